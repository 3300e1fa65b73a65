package zeeklog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// DefaultMaxLine is the length of the longest line that is read unless Options say otherwise.
const DefaultMaxLine = 64 << 20

// ErrNoHeader is what Bad gets for lines that are neither JSON objects nor preceded by #fields, so that
// their columns are not known. Only the first line of a run is reported, see Reader.Headless, and
// nothing at all if the whole stream is like that, see Reader.IsZeek.
var ErrNoHeader = errors.New("no #fields header before this line and not a JSON object: not a Zeek log, or its beginning is missing")

// Options says how a log is read. The zero value is good.
type Options struct {
	// MaxLine is the length in bytes of the longest line that is read, DefaultMaxLine if 0. Longer
	// lines are bad.
	MaxLine int
	// Bad is called for lines and headers that cannot be used. Lines count from 1.
	Bad func(line uint64, err error)
}

// Reader reads a log line by line. It is used by one goroutine at a time.
type Reader struct {
	lines  lineReader
	bad    func(uint64, error)
	header header
	gen    uint64 // changes with the header

	line    []byte // current line
	isJSON  bool   // it is a JSON object
	starts  []int  // its columns, unless it is JSON
	members []member
	path    string // of the last JSON object that said it
	hasPath bool   // the current object says it

	headless uint64 // lines without a header that were not reported
	inRun    bool   // the line before was one of them
	first    uint64 // the first of them, if it comes before anything that Zeek writes and is not reported
	known    bool   // a header or an object was seen

	last        *resolution // of the last Row
	resolutions map[*Schema]*resolution
	scratch     []byte
}

// NewReader returns a reader of the log in src, which must be decompressed.
func NewReader(src io.Reader, opt Options) *Reader {
	if opt.MaxLine <= 0 {
		opt.MaxLine = DefaultMaxLine
	}
	if opt.Bad == nil {
		opt.Bad = func(uint64, error) {}
	}
	return &Reader{
		lines:       lineReader{src: src, max: opt.MaxLine},
		bad:         opt.Bad,
		header:      newHeader(),
		gen:         1,
		resolutions: make(map[*Schema]*resolution),
	}
}

// Next goes to the next line that has values. It returns io.EOF at the end of the log, or the error of
// the underlying reader with the number of the last line.
func (r *Reader) Next() error {
	for {
		line, err := r.lines.next()
		switch {
		case err == errTooLong:
			r.bad(r.lines.number, fmt.Errorf("line longer than %d bytes", r.lines.max))
			continue
		case err != nil:
			return r.lines.wrap(err)
		}
		if ok, err := r.take(r.trim(line)); err != nil {
			r.bad(r.lines.number, err)
		} else if ok {
			return nil
		}
	}
}

// trim removes what editors and other systems put around a line.
func (r *Reader) trim(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if r.lines.number == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	return line
}

// take reads a line; ok says that it has values.
func (r *Reader) take(line []byte) (ok bool, err error) {
	if len(line) == 0 || (line[0] <= ' ' && len(bytes.TrimSpace(line)) == 0) {
		return false, nil
	}
	if line[0] == '#' {
		r.zeek()
		r.gen++
		return false, r.header.directive(line, r.lines.number)
	}
	if r.looksLikeJSON(line) {
		r.zeek()
		r.isJSON, r.line = true, line
		return r.object(line)
	}
	if r.header.names == nil {
		return false, r.noHeader()
	}
	r.isJSON, r.line = false, line
	r.starts, err = r.header.split(line, r.starts)
	return err == nil, err
}

// zeek notes that the current line is something that Zeek writes.
func (r *Reader) zeek() {
	r.known, r.inRun = true, false
	if r.first > 0 {
		r.bad(r.first, ErrNoHeader)
		r.first, r.headless = 0, r.headless-1
	}
}

// noHeader handles a line whose columns are not known. A stream may be anything but a log: its first
// lines are reported only once something follows that makes it one.
func (r *Reader) noHeader() error {
	switch {
	case r.inRun:
		r.headless++
	case !r.known:
		r.first = r.lines.number
		r.headless++
	default:
		r.inRun = true
		return ErrNoHeader
	}
	r.inRun = true
	return nil
}

// looksLikeJSON tells whether a line is meant to be a JSON object. Below a header it may also be a line
// of values whose first one begins with a brace, but then it has separators, and JSON has no tabs.
func (r *Reader) looksLikeJSON(line []byte) bool {
	if line[0] != '{' && line[0] > ' ' {
		return false
	}
	if bytes.TrimLeft(line, " \t")[0] != '{' {
		return false
	}
	return r.header.names == nil || len(r.header.names) > 1 && !bytes.Contains(line, r.header.sep)
}

// object reads a line of JSON.
func (r *Reader) object(line []byte) (ok bool, err error) {
	r.members, err = parseObject(line, r.members)
	if err != nil {
		return false, err
	}
	r.hasPath = false
	for i := range r.members {
		m := &r.members[i]
		if string(m.key) != "_path" || m.form != jsonString && m.form != jsonEscaped {
			continue
		}
		r.hasPath = true
		if m.form == jsonEscaped || r.path != string(m.raw) {
			r.path = string(Value{raw: m.raw, form: m.form}.AppendText(nil))
		}
	}
	return true, nil
}

// Path returns the name of the log that the current line belongs to: #path, or the member _path of a
// JSON object. It is empty if the log does not say it. At the end of the log it is the last #path.
func (r *Reader) Path() string {
	switch {
	case !r.isJSON:
		return r.header.path
	case r.hasPath:
		return r.path
	}
	return ""
}

// Line returns the number of the current line; after the end, the number of lines.
func (r *Reader) Line() uint64 { return r.lines.number }

// Headless returns the number of lines that had no header and were not reported to Bad.
func (r *Reader) Headless() uint64 { return r.headless }

// IsZeek tells whether a header line or something like a JSON object was seen so far.
func (r *Reader) IsZeek() bool { return r.known }
