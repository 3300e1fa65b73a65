package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// downloader fetches files.
type downloader struct {
	env   *env
	dir   string
	quiet bool
	key   string // for MaxMind's server
}

func (d *downloader) say(format string, args ...any) {
	if !d.quiet {
		fmt.Fprintf(d.env.stderr, format, args...)
	}
}

// step tells how bringing a file up to date goes. Its error is that of bring, or of an interruption.
func (d *downloader) step(ctx context.Context, path string, bring func() (changed bool, err error)) (changed bool, err error) {
	d.say("Downloading to %s: ", path)
	changed, err = bring()
	switch {
	case ctx.Err() != nil:
		d.say("interrupted.\n")
		return false, ctx.Err()
	case err != nil:
		d.say("failed.\n")
	case changed:
		d.say("done.\n")
	default:
		d.say("already downloaded.\n")
	}
	return changed, err
}

// maxDownload is the size in bytes of the largest file that is fetched.
const maxDownload = 4 << 30

// fetch gets a file unless the one that is there is as new. It takes the place of that one when it is complete and
// check, if there is one, has no objection.
func fetch(ctx context.Context, url, path string, check func(*os.File) error) (changed bool, err error) {
	answer, err := get(ctx, url, timeOf(path))
	if answer == nil {
		return false, err
	}
	defer answer.Body.Close()
	err = replace(path, lastModified(answer), func(f *os.File) error {
		err := copyBody(f, answer, maxDownload)
		if err == nil && check != nil {
			err = check(f)
		}
		return err
	})
	return err == nil, err
}

// get asks a server for a file that has changed since a time; there is no answer, and no error, if it has not.
func get(ctx context.Context, address string, since time.Time) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "IVRE/"+programVersion())
	if !since.IsZero() {
		req.Header.Set("If-Modified-Since", since.UTC().Format(http.TimeFormat))
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		// What the client adds is the address, which may hold a key, and which callers name if it does not.
		var of *url.Error
		if errors.As(err, &of) {
			err = of.Err
		}
		return nil, err
	}
	switch answer.StatusCode {
	case http.StatusOK:
		return answer, nil
	case http.StatusNotModified:
		return nil, answer.Body.Close()
	}
	answer.Body.Close()
	return nil, fmt.Errorf("the server answers %s", answer.Status)
}

// copyBody copies an answer whole.
func copyBody(w io.Writer, answer *http.Response, most int64) error {
	n, err := io.Copy(w, io.LimitReader(answer.Body, most+1))
	switch {
	case err != nil:
		return err
	case n > most:
		return fmt.Errorf("the file is larger than %d bytes", most)
	case answer.ContentLength >= 0 && n != answer.ContentLength:
		return io.ErrUnexpectedEOF
	}
	return nil
}

// timeOf is when a file was changed, which for one that was fetched is when the server's was; zero without a file.
func timeOf(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// lastModified is when the server says that a file was changed; zero if it does not.
func lastModified(answer *http.Response) time.Time {
	t, err := http.ParseTime(answer.Header.Get("Last-Modified"))
	if err != nil {
		return time.Time{}
	}
	return t
}

// replace writes a file beside the one at the path and then puts it in its place, so that whoever reads that one finds
// all of the old or all of the new. An error leaves the old one.
func replace(path string, modified time.Time, write func(*os.File) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if err := errors.Join(write(tmp), tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	if !modified.IsZero() {
		// Without this time, the next run fetches the file again: no reason to fail.
		os.Chtimes(tmp.Name(), modified, modified)
	}
	return os.Rename(tmp.Name(), path)
}
