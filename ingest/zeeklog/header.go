package zeeklog

import (
	"bytes"
	"errors"
	"fmt"
)

// maxColumns bounds the memory that a line can ask for. Zeek's widest logs have some 40 columns.
const maxColumns = 4096

// header is what the "#" lines before a line say.
type header struct {
	sep, setSep  []byte
	empty, unset []byte
	sepGiven     bool // by #separator, else guessed from the other lines
	path         string
	names        []string // nil if there are no usable #fields
	types        []Type
	fieldsLine   uint64 // line of #fields
}

func newHeader() header {
	return header{sep: []byte("\t"), setSep: []byte(","), empty: []byte("(empty)"), unset: []byte("-")}
}

// directive takes a header line. Lines that are not known (#open, #close, ...) are ignored.
func (h *header) directive(line []byte, number uint64) error {
	if rest, ok := bytes.CutPrefix(line, []byte("#separator")); ok && len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		return h.separator(rest[1:])
	}
	if !h.sepGiven {
		h.sep = []byte("\t")
		if bytes.IndexByte(line, '\t') < 0 {
			h.sep = []byte(" ")
		}
	}
	name, value, ok := bytes.Cut(line[1:], h.sep)
	switch string(name) {
	case "set_separator", "empty_field", "unset_field", "path", "fields", "types":
		if !ok {
			return fmt.Errorf("header #%s has no value", name)
		}
		return h.set(string(name), value, number)
	case "separator":
		return errors.New("header #separator has no value")
	}
	return nil
}

// separator starts the header of a new log: #separator is its first line.
func (h *header) separator(value []byte) error {
	sep := unescape(nil, value)
	*h = newHeader()
	if len(sep) == 0 || bytes.IndexByte(sep, '\n') >= 0 {
		return fmt.Errorf("header #separator: %s cannot separate columns", quote(value))
	}
	h.sep, h.sepGiven = sep, true
	return nil
}

func (h *header) set(name string, value []byte, number uint64) error {
	switch name {
	case "set_separator":
		sep := unescape(nil, value)
		if len(sep) == 0 {
			return errors.New("header #set_separator is empty")
		}
		h.setSep = sep
	case "empty_field":
		h.empty = bytes.Clone(value)
	case "unset_field":
		h.unset = bytes.Clone(value)
	case "path":
		h.path = string(appendText(nil, value))
	case "fields":
		return h.fields(value, number)
	case "types":
		if n := bytes.Count(value, h.sep) + 1; n > maxColumns {
			return fmt.Errorf("header #types has %d types, more than %d", n, maxColumns)
		}
		h.types = nil
		for t := range bytes.SplitSeq(value, h.sep) {
			h.types = append(h.types, ParseType(string(t)))
		}
		if h.names != nil && len(h.types) != len(h.names) {
			return fmt.Errorf("header #types has %d types for %d columns", len(h.types), len(h.names))
		}
	}
	return nil
}

func (h *header) fields(value []byte, number uint64) error {
	h.names, h.types, h.fieldsLine = nil, nil, number
	if n := bytes.Count(value, h.sep) + 1; n > maxColumns {
		return fmt.Errorf("header #fields has %d columns, more than %d", n, maxColumns)
	}
	for name := range bytes.SplitSeq(value, h.sep) {
		h.names = append(h.names, string(name))
	}
	return nil
}

// split finds the columns of a line: starts[i] is where column i begins, and starts[n] is where a
// column after the last one would begin.
func (h *header) split(line []byte, starts []int) ([]int, error) {
	starts = append(starts[:0], 0)
	want, pos := len(h.names), 0
	for {
		var i int
		if len(h.sep) == 1 {
			i = bytes.IndexByte(line[pos:], h.sep[0])
		} else {
			i = bytes.Index(line[pos:], h.sep)
		}
		if i < 0 {
			break
		}
		if len(starts) == want {
			n := want + 1 + bytes.Count(line[pos+i+len(h.sep):], h.sep)
			return starts, h.mismatch(n)
		}
		pos += i + len(h.sep)
		starts = append(starts, pos)
	}
	if len(starts) != want {
		return starts, h.mismatch(len(starts))
	}
	return append(starts, len(line)+len(h.sep)), nil
}

func (h *header) mismatch(n int) error {
	return fmt.Errorf("%d values for the %d columns named in line %d", n, len(h.names), h.fieldsLine)
}
