package input

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// Files gives the files that command line arguments stand for, in order. Without recursive these are
// the arguments themselves. With it, a folder stands for all regular files below it, in lexical order,
// whatever their names; links to files are followed, links to folders are not (but for an argument).
//
// An argument that does not exist and a folder that can't be read come with an error; the rest follows.
func Files(args []string, recursive bool) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, arg := range args {
			if !recursive || arg == Stdin {
				if !yield(arg, nil) {
					return
				}
			} else if !walk(arg, yield) {
				return
			}
		}
	}
}

// walk gives the files below root and tells whether to go on.
func walk(root string, yield func(string, error) bool) bool {
	st, err := os.Stat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return yield(root, fmt.Errorf("%s does not exist (%w)", root, fs.ErrNotExist))
	case err != nil:
		return yield(root, err)
	case !st.IsDir():
		return yield(root, nil)
	}
	if !strings.HasSuffix(root, string(filepath.Separator)) {
		root += string(filepath.Separator) // a link as argument is followed
	}
	stopped := errors.New("stopped")
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && (d.IsDir() || !isFile(path, d)) {
			return nil
		}
		if !yield(path, err) {
			return stopped
		}
		return nil
	})
	return err != stopped
}

// isFile tells whether an entry is a regular file or a link to one.
func isFile(path string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return d.Type().IsRegular()
	}
	st, err := os.Stat(path)
	return err != nil || st.Mode().IsRegular() // a dead link is reported when it is opened
}
