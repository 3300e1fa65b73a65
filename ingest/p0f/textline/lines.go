package textline

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
)

// MaxLine is the length in bytes of the longest line that is read, without its end.
const MaxLine = 1 << 20

// Options says how a log is read. The zero value is fit for use.
type Options struct {
	// Bad is called for each line that could not be used, with its number, counted from 1. It may be nil.
	Bad func(line int, err error)
}

// Stats counts what was read. It is complete also when reading ended with an error.
type Stats struct {
	Lines   int // all lines
	Records int // records that were taken
	Bad     int // lines that were reported to Options.Bad
	Skipped int // lines left out on purpose: other kinds of entries, entries without anything to record
}

// Lines splits a stream into lines and keeps the statistics.
type Lines struct {
	Stats
	src  *bufio.Reader
	bad  func(line int, err error)
	long []byte // a line that is longer than the buffer of src
	open bool   // the last line had no end
}

// NewLines returns the lines of r. Reading ends when ctx does.
func NewLines(ctx context.Context, r io.Reader, opts Options) *Lines {
	return &Lines{src: decode(bufio.NewReaderSize(&contextReader{ctx, r}, bufferSize)), bad: opts.Bad}
}

const bufferSize = 64 << 10

// Next returns the next line without its end (LF or CR LF). The slice is valid until the next call. Lines that are
// too long are reported and left out. The error is io.EOF at the end, else that of the stream or of the context,
// with its place; a line that an error of the stream cut is not returned.
func (l *Lines) Next() ([]byte, error) {
	for {
		line, err := l.src.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			if line, err = l.readLong(line); line == nil && err == nil {
				l.Stats.Lines++
				l.Report(fmt.Errorf("longer than %d bytes", MaxLine))
				continue
			}
		}
		l.open = err != nil
		if err == io.EOF && len(line) > 0 {
			err = nil // the next call finds the end again
		}
		if err == io.EOF {
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("after line %d: %w", l.Stats.Lines, err)
		}
		l.Stats.Lines++
		return trimEnd(line), nil
	}
}

// readLong reads the rest of a line that does not fit into the buffer. It returns nil for one that is longer than
// MaxLine, after having read it to its end.
func (l *Lines) readLong(part []byte) ([]byte, error) {
	l.long = append(l.long[:0], part...)
	for {
		part, err := l.src.ReadSlice('\n')
		if len(l.long) <= MaxLine+len("\r\n") {
			l.long = append(l.long, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err != nil && err != io.EOF:
			return l.long, err
		case len(trimEnd(l.long)) > MaxLine:
			l.open = err == io.EOF
			return nil, nil
		}
		return l.long, err
	}
}

func trimEnd(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
}

// Open tells whether the line that Next returned has no end: it is the last one, and may be cut.
func (l *Lines) Open() bool { return l.open }

// Report counts the current line as bad and passes it on.
func (l *Lines) Report(err error) {
	l.Stats.Bad++
	if l.bad != nil {
		l.bad(l.Stats.Lines, err)
	}
}

// contextReader ends with the context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}
