package input

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
)

// Path returns a path under which another program can read the content: the file itself if it is
// regular and not compressed, else a decompressed copy that Close removes (as does the end of the
// context). It must be called before anything is read, and nothing can be read afterwards.
//
// If compressed data are damaged or cut short, Path returns the path of a copy of what can be read,
// together with the error: only an empty path means that there is nothing to use.
func (f *File) Path() (string, error) {
	if f.spool != nil {
		return f.spool.usable, f.spool.err
	}
	if f.path != "" && f.compression == None && f.size >= 0 {
		return plainPath(f.path), nil
	}
	if f.started {
		return "", fmt.Errorf("%s was read already and can't be read again", f.Name())
	}
	temp, err := os.CreateTemp(f.tempDir, "ivre-input-*")
	if err != nil {
		return "", fmt.Errorf("no place for a decompressed copy of %s (set TMPDIR to a folder with room): %w", f.Name(), err)
	}
	f.spool = &spool{path: temp.Name()}
	f.unwatch = context.AfterFunc(f.ctx, func() { f.spool.remove() })
	_, err = io.Copy(temp, f)
	if cerr := temp.Close(); err == nil {
		err = cerr
	}
	if err != nil && !f.isContentError(err) {
		f.spool.remove()
		f.spool.err = fmt.Errorf("making a decompressed copy of %s: %w", f.Name(), err)
		return "", f.spool.err
	}
	f.spool.usable, f.spool.err = f.spool.path, err
	return f.spool.usable, err
}

// isContentError tells whether err is one of the content, which leaves a usable first part, and not of
// writing the copy nor of the context.
func (f *File) isContentError(err error) bool {
	var writing *fs.PathError
	return f.ctx.Err() == nil && (!errors.As(err, &writing) || f.source.err != nil)
}

// plainPath makes sure that a program does not take a path for an option.
func plainPath(path string) string {
	if strings.HasPrefix(path, "-") {
		return "./" + path
	}
	return path
}

// spool is a temporary file.
type spool struct {
	path   string
	usable string // path, or "" if the copy could not be made
	err    error  // of the content, or why there is no copy
	once   sync.Once
}

// remove deletes the file, the first time that it is called.
func (s *spool) remove() (err error) {
	s.once.Do(func() {
		if err = os.Remove(s.path); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	})
	return err
}
