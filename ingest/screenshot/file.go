package screenshot

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// maxFile is the size in bytes up to which images are taken. Screens of 4K pixels have 1 to 10 MB as PNG.
const maxFile = 16 << 20

// checkName tells whether a name is that of a file without a folder, with the extension of a known kind of image.
func checkName(name string) error {
	ext := filepath.Ext(name)
	if !strings.ContainsAny(name, "/\\\x00") && filepath.IsLocal(name) && len(ext) < len(name) {
		switch strings.ToLower(ext) {
		case ".jpg", ".jpeg", ".png", ".gif":
			return nil
		}
	}
	return errors.New("it is left out: that is not the name of a .jpg, .jpeg, .png or .gif file without a folder")
}

// readFile reads a file in a folder. Links are followed inside of the folder only. The error wraps fs.ErrNotExist if
// there is no such file, or a link to none.
func readFile(dir, name string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, leftOut(err)
	}
	defer root.Close()
	// Looked at before it is opened: to open a device may have effects.
	st, err := root.Stat(name)
	if err == nil {
		err = checkFile(st)
	} else if link, lerr := root.Lstat(name); lerr == nil && link.Mode()&fs.ModeSymlink != 0 {
		return nil, fmt.Errorf("it is left out: it is a link, and links are followed inside of %s only: %w", dir, plain(err))
	}
	if err != nil {
		return nil, leftOut(err)
	}
	// It may have become a pipe meanwhile, whose opening would wait for a writer.
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, leftOut(err)
	}
	defer file.Close()
	if st, err = file.Stat(); err == nil {
		err = checkFile(st)
	}
	if err != nil {
		return nil, leftOut(err)
	}
	data := make([]byte, st.Size())
	if _, err := io.ReadFull(file, data); err != nil {
		return nil, leftOut(fmt.Errorf("it can't be read: %w", err))
	}
	return data, nil
}

// checkFile tells whether a file can be an image.
func checkFile(st fs.FileInfo) error {
	switch {
	case !st.Mode().IsRegular():
		return errors.New("it is not a regular file")
	case st.Size() == 0:
		return errNoData
	case st.Size() > maxFile:
		return errTooLarge(int(st.Size()))
	}
	return nil
}

var errNoData = errors.New("it has no data")

func errTooLarge(size int) error {
	return fmt.Errorf("it has %d bytes, more than the limit of %d; make it smaller and load the report again", size, maxFile)
}

func leftOut(err error) error { return fmt.Errorf("it is left out: %w", plain(err)) }

// plain is an error without the name of the system call and the path, which the message has already.
func plain(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
