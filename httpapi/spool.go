package httpapi

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
)

// spoolMemory is how much of a body is kept in memory; most are smaller.
const spoolMemory = 1 << 20

// spool keeps what is written to it, in memory as long as it is little, else in a temporary file.
type spool struct {
	memory bytes.Buffer
	file   *os.File
	out    *bufio.Writer
}

// spoolError is an error of the copy, not of what is copied.
type spoolError struct{ err error }

func (e *spoolError) Error() string {
	return fmt.Sprintf("keeping a copy of the request in a temporary file (set TMPDIR to a folder with room): %v", e.err)
}
func (e *spoolError) Unwrap() error { return e.err }

func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && s.memory.Len()+len(p) <= spoolMemory {
		return s.memory.Write(p)
	}
	if s.file == nil {
		if err := s.spill(); err != nil {
			return 0, &spoolError{err}
		}
	}
	n, err := s.out.Write(p)
	if err != nil {
		return n, &spoolError{err}
	}
	return n, nil
}

// spill moves on to a file. Its name is removed at once: it is gone with the process in any case.
func (s *spool) spill() error {
	f, err := os.CreateTemp("", "ivre-upload-*")
	if err != nil {
		return err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return err
	}
	s.file, s.out = f, bufio.NewWriterSize(f, 256<<10)
	if _, err = s.memory.WriteTo(s.out); err != nil {
		return err
	}
	s.memory = bytes.Buffer{}
	return nil
}

// reader reads what was written, from the beginning.
func (s *spool) reader() (io.Reader, error) {
	if s.file == nil {
		return bytes.NewReader(s.memory.Bytes()), nil
	}
	if err := s.out.Flush(); err != nil {
		return nil, &spoolError{err}
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, &spoolError{err}
	}
	return bufio.NewReaderSize(s.file, 256<<10), nil
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
	}
}
