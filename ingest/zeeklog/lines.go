package zeeklog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	firstBuffer  = 256 << 10
	maxIdleReads = 100 // reads without a byte nor an error before giving up
)

// errTooLong says that a line was skipped for its length.
var errTooLong = errors.New("line too long")

// lineReader splits a stream into lines. Its buffer grows as needed, up to max.
type lineReader struct {
	src        io.Reader
	buf        []byte
	start, end int // unread bytes of buf
	max        int // length of the longest line, without its end
	number     uint64
	err        error // of src
}

// next returns the next line without its line feed. The slice is valid until the next call. It returns
// errTooLong for a line that it skipped, io.EOF at the end, or the error of the stream.
func (l *lineReader) next() ([]byte, error) {
	l.number++
	searched := 0
	for {
		if i := bytes.IndexByte(l.buf[l.start+searched:l.end], '\n'); i >= 0 {
			line := l.buf[l.start : l.start+searched+i]
			l.start += searched + i + 1
			if len(line) > l.max {
				return nil, errTooLong
			}
			return line, nil
		}
		searched = l.end - l.start
		if searched > l.max {
			return nil, l.skip()
		}
		if l.err != nil {
			return l.rest()
		}
		l.fill()
	}
}

// rest returns the last line, which has no line feed. It is used only if the stream ended well: else
// it may be cut anywhere.
func (l *lineReader) rest() ([]byte, error) {
	if l.err == io.EOF && l.start < l.end {
		line := l.buf[l.start:l.end]
		l.start = l.end
		return line, nil
	}
	l.number--
	return nil, l.err
}

// skip throws away the rest of a line that is too long.
func (l *lineReader) skip() error {
	for {
		if i := bytes.IndexByte(l.buf[l.start:l.end], '\n'); i >= 0 {
			l.start += i + 1
			return errTooLong
		}
		l.start, l.end = 0, 0
		if l.err != nil {
			return errTooLong
		}
		l.fill()
	}
}

// fill reads more bytes, after having made room for them.
func (l *lineReader) fill() {
	if l.start > 0 && (l.start == l.end || l.end == len(l.buf)) {
		copy(l.buf, l.buf[l.start:l.end])
		l.start, l.end = 0, l.end-l.start
	}
	if l.end == len(l.buf) {
		l.buf = append(l.buf, make([]byte, max(firstBuffer, min(len(l.buf), l.max+1-len(l.buf))))...)
	}
	for range maxIdleReads {
		n, err := l.src.Read(l.buf[l.end:])
		if n < 0 || n > len(l.buf)-l.end {
			l.err = errors.New("the reader returned an impossible count")
			return
		}
		l.end += n
		l.err = err
		if n > 0 || err != nil {
			return
		}
	}
	l.err = io.ErrNoProgress
}

// wrap adds the place to an error of the stream.
func (l *lineReader) wrap(err error) error {
	if err == io.EOF {
		return err
	}
	return fmt.Errorf("after line %d: %w", l.number, err)
}
