package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// rirFolder is the folder of the dumps.
func (e *env) rirFolder() (string, error) {
	settings, err := e.config()
	if err != nil {
		return "", err
	}
	if settings.RIRPath == "" {
		return ".", nil
	}
	return settings.RIRPath, nil
}

// download fetches the dumps that are newer than those in the folder and returns their paths, sorted. What fails is told
// and leaves the dump that is there; failed says that there was such.
func (c *rirlookupCommand) download(ctx context.Context, e *env) (fresh []string, failed bool, err error) {
	dir, err := e.rirFolder()
	if err != nil {
		return nil, false, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, false, fmt.Errorf("%w: set RIR_PATH to a folder for the dumps", err)
	}
	d := downloader{env: e, dir: dir, quiet: c.Quiet}
	urls := e.settings.RIRURLs
	for _, name := range slices.Sorted(maps.Keys(urls)) {
		url := urls[name]
		if url == "" {
			continue
		}
		path := filepath.Join(dir, name)
		changed, err := d.step(ctx, path, func() (bool, error) {
			if filepath.Base(name) != name {
				return false, errors.New("RIR_URLS must name files without folders")
			}
			return fetch(ctx, url, path, checkDump)
		})
		switch {
		case ctx.Err() != nil:
			return fresh, true, ctx.Err()
		case err != nil:
			fmt.Fprintf(e.stderr, "ivre: %s: cannot download %s: %v\n", name, url, err)
			failed = true
		case changed:
			fresh = append(fresh, path)
		}
	}
	return fresh, failed, nil
}

// checkDump refuses what is no dump, for loading it would remove the objects of the dump before: nothing, and web pages
// with which proxies and servers answer instead.
func checkDump(f *os.File) error {
	start := make([]byte, 512)
	n, err := f.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch start = bytes.TrimSpace(start[:n]); {
	case len(start) == 0:
		return errors.New("the server sends an empty file")
	case start[0] == '<':
		return errors.New("the server sends a web page, not a dump")
	}
	return nil
}
