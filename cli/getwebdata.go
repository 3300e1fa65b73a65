package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ivre/ingest/webdata"
)

type getwebdataCommand struct {
	Quiet bool `short:"q" help:"Do not tell what is fetched, only what fails."`
}

// Help is shown by --help.
func (*getwebdataCommand) Help() string {
	return `Fetches the lists that tags of addresses are made from into the folder that DATA_PATH names: exit nodes of Tor,
networks of content delivery, cloud and government cloud providers, scanners of ANSSI, Censys, Rapid7 and UK-NCSC. Then
'ivre ipdata' and 'ivre db2view' have tags for these addresses.

A list that has not changed is not fetched again. If a list can't be fetched, or is not what it should be, the file that
is there stays, and the others are fetched. WEBDATA_URLS gives lists other addresses, by the names of their files;
"dns:NAME" stands for the addresses of a name, and None leaves a list out:

  WEBDATA_URLS = {"cdn_nuclei.json": "https://mirror.example.com/sources_data.json", "rapid7_scanners.txt": None}

Examples:
  ivre getwebdata
  IVRE_DATA_PATH=/var/lib/ivre/data ivre getwebdata --quiet`
}

// Run fetches.
func (c *getwebdataCommand) Run(e *env) error {
	settings, err := e.config()
	if err != nil {
		return err
	}
	dir := shareDir(settings.DataPath, "data")
	if dir == "" {
		return errors.New("set DATA_PATH to the folder for the lists")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("%w: set DATA_PATH to a folder that can be written to", err)
	}
	ctx, stop := e.interruptible()
	defer stop()
	w := webLists{downloader: downloader{env: e, dir: dir, quiet: c.Quiet}, urls: settings.WebDataURLs, resolve: e.resolve}
	if w.resolve == nil {
		w.resolve = net.DefaultResolver.LookupNetIP
	}
	return w.all(ctx)
}

// resolver looks the addresses of a name up. The network is "ip": those of both families.
type resolver func(ctx context.Context, network, name string) ([]netip.Addr, error)

// webLists fetches lists.
type webLists struct {
	downloader
	urls    map[string]string // instead of those of package webdata
	resolve resolver
}

// maxListTime is how long fetching one list may take.
const maxListTime = 5 * time.Minute

// all fetches all lists. What fails is told and does not end the run, nor does it make the exit status an error: jobs
// that run every day must not fail for a server that is down. The error is that of an interruption.
func (w *webLists) all(ctx context.Context) error {
	w.warnOfNames()
	for _, s := range webdata.Sources {
		url := w.url(s)
		if url == "" {
			continue
		}
		path := filepath.Join(w.dir, s.Name)
		_, err := w.step(ctx, path, func() (bool, error) { return w.fetch(ctx, s, url, path) })
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			w.fails(s.Name, fmt.Errorf("cannot use %s: %w", url, err))
		}
	}
	if err := w.makeGovCloud(); err != nil {
		w.fails(webdata.GovCloudFile, err)
	}
	return nil
}

// fails tells that a list could not be brought up to date.
func (w *webLists) fails(name string, err error) {
	stays := "there is none yet"
	if _, missing := os.Stat(filepath.Join(w.dir, name)); missing == nil {
		stays = "the old one stays"
	}
	fmt.Fprintf(w.env.stderr, "ivre: %s: %v; %s\n", name, err, stays)
}

// url is where a list comes from; "" if it is left out.
func (w *webLists) url(s webdata.Source) string {
	if url, ok := w.urls[s.Name]; ok {
		return url
	}
	return s.URL
}

// warnOfNames tells of names in WEBDATA_URLS that are those of no list.
func (w *webLists) warnOfNames() {
	var known []string
	for _, s := range webdata.Sources {
		known = append(known, s.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(w.urls)) {
		if !slices.Contains(known, name) {
			fmt.Fprintf(w.env.stderr, "ivre: warning: WEBDATA_URLS: there is no list %q; there are %s\n", name, strings.Join(known, ", "))
		}
	}
}

// fetch brings the file of a list up to date.
func (w *webLists) fetch(ctx context.Context, s webdata.Source, url, path string) (changed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, maxListTime)
	defer cancel()
	if name, ok := strings.CutPrefix(url, webdata.DNS); ok {
		return w.lookUp(ctx, name, path)
	}
	since := timeOf(path)
	if s.Link != nil && !strings.HasSuffix(url, ".json") {
		// The age of the page says nothing of that of the list.
		if url, err = w.followLink(ctx, s, url); err != nil {
			return false, err
		}
	}
	answer, err := get(ctx, url, since)
	if answer == nil {
		return false, err
	}
	download, err := readBody(answer)
	if err != nil {
		return false, err
	}
	file, err := s.Make(download)
	if err != nil {
		return false, err
	}
	return true, replace(path, lastModified(answer), func(f *os.File) error { return write(f, file) })
}

// lookUp brings a file of the addresses of a name up to date.
func (w *webLists) lookUp(ctx context.Context, name, path string) (changed bool, err error) {
	addrs, err := w.resolve(ctx, "ip", name)
	if err != nil {
		return false, err
	}
	file, err := webdata.Resolved(addrs)
	if err != nil {
		return false, err
	}
	return writeIfNew(path, file)
}

// followLink finds the address of a list in the page that links to it.
func (w *webLists) followLink(ctx context.Context, s webdata.Source, page string) (url string, err error) {
	answer, err := get(ctx, page, time.Time{})
	if err != nil {
		return "", err
	}
	text, err := readBody(answer)
	if err != nil {
		return "", err
	}
	url, ok := s.Link(text)
	if !ok {
		return "", fmt.Errorf("the page has no link to the list; find the list's address in a browser, and give it in WEBDATA_URLS, for %q", s.Name)
	}
	return url, nil
}

// readBody reads a list, and closes the answer.
func readBody(answer *http.Response) ([]byte, error) {
	defer answer.Body.Close()
	var text bytes.Buffer
	err := copyBody(&text, answer, webdata.MaxSize)
	return text.Bytes(), err
}

// makeGovCloud makes the table of government clouds of the lists that are there, fetched now or before.
func (w *webLists) makeGovCloud() error {
	var lists [2][]byte
	some := false
	for i, name := range []string{webdata.AWSFile, webdata.AzureFile} {
		if url, ok := w.urls[name]; ok && url == "" {
			continue
		}
		list, err := os.ReadFile(filepath.Join(w.dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		lists[i] = list
		some = some || list != nil
	}
	if !some { // which was told
		return nil
	}
	table, err := webdata.GovCloud(lists[0], lists[1])
	if err != nil {
		return fmt.Errorf("%w: remove that file, and run getwebdata again", err)
	}
	_, err = writeIfNew(filepath.Join(w.dir, webdata.GovCloudFile), table)
	return err
}

// writeIfNew writes a file unless it has this content already: readers load files again that have changed.
func writeIfNew(path string, content []byte) (changed bool, err error) {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
		return false, nil
	}
	return true, replace(path, time.Time{}, func(f *os.File) error { return write(f, content) })
}

func write(f *os.File, content []byte) error {
	_, err := f.Write(content)
	return err
}
