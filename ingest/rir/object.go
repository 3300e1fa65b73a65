package rir

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"ivre/ingest/addrrange"
)

// object gathers the lines of an object; its memory is used for the next one.
type object struct {
	kind  Kind
	line  int
	attrs []attr
	lines []line
	text  []byte // UTF-8 of all lines
	last  int    // attribute of the last line
	size  int    // bytes of keys and values, and lineCost for each line
}

// attr is an attribute with its first and last line (indexes).
type attr struct {
	key         string
	first, last int32
}

// line is a line of a value: where it ends in the text, and the next line of the same value, -1 for none. The text
// of the line starts where the line before it ends.
type line struct{ end, next int32 }

// keepLines is for how many lines the memory of an object is kept.
const keepLines = 16 << 10

func (o *object) reset(kind Kind, number int) {
	if cap(o.lines) > keepLines || cap(o.text) > maxLine {
		o.lines, o.text = nil, nil
	}
	*o = object{kind: kind, line: number, attrs: o.attrs[:0], lines: o.lines[:0], text: o.text[:0]}
}

// attr adds an attribute, or another line of one that is there.
func (o *object) attr(key string, value []byte) error {
	if n := len(o.attrs); n > 0 && o.attrs[o.last].key == key {
		return o.more(value)
	}
	for i := range o.attrs {
		if o.attrs[i].key == key {
			o.last = i
			return o.more(value)
		}
	}
	if len(o.attrs) == maxAttrs {
		return fmt.Errorf("more than %d different attributes", maxAttrs)
	}
	n := int32(len(o.lines))
	o.last = len(o.attrs)
	o.attrs = append(o.attrs, attr{key, n, n})
	o.size += len(key)
	return o.push(value)
}

// more adds a line to the last attribute.
func (o *object) more(value []byte) error {
	a, n := &o.attrs[o.last], int32(len(o.lines))
	o.lines[a.last].next, a.last = n, n
	return o.push(value)
}

func (o *object) push(value []byte) error {
	o.text = appendLatin1(o.text, value)
	o.lines = append(o.lines, line{int32(len(o.text)), -1})
	if o.size += len(value) + lineCost; o.size > maxObject {
		return fmt.Errorf("more than %d bytes", maxObject)
	}
	return nil
}

// piece is the text of a line.
func (o *object) piece(i int32) []byte {
	start := int32(0)
	if i > 0 {
		start = o.lines[i-1].end
	}
	return o.text[start:o.lines[i].end]
}

// value is the value of an attribute that is not in a record yet.
func (o *object) value(i int) string {
	var b []byte
	for n := o.attrs[i].first; n >= 0; n = o.lines[n].next {
		if n != o.attrs[i].first {
			b = append(b, '\n')
		}
		b = append(b, o.piece(n)...)
	}
	return string(b)
}

// title names the object in messages.
func (o *object) title() string {
	if len(o.lines) == 0 {
		return "object"
	}
	return fmt.Sprintf("%s %.80q", o.kind, o.value(0))
}

// fields are the names of a record's members that no attribute can have.
var fields = map[string]bool{"start": true, "stop": true, "size": true, "source_file": true, "source_hash": true, "schema_version": true}

// record makes the record of the object.
func (o *object) record() (*Record, error) {
	r := &Record{Kind: o.kind, Line: o.line}
	if err := o.identify(r); err != nil {
		return nil, err
	}
	var text strings.Builder // of all values: one allocation
	text.Grow(len(o.text) + len(o.lines))
	r.Attrs = make([]Attr, 0, len(o.attrs)-1)
	for _, a := range o.attrs[1:] {
		if fields[a.key] {
			continue
		}
		start := text.Len()
		for n := a.first; n >= 0; n = o.lines[n].next {
			if n != a.first {
				text.WriteByte('\n')
			}
			text.Write(o.piece(n))
		}
		r.Attrs = append(r.Attrs, Attr{a.key, text.String()[start:]})
	}
	return r, nil
}

// identify reads the attribute that names the object.
func (o *object) identify(r *Record) error {
	value := o.value(0) // on several lines, maybe
	if o.kind == AutNum {
		digits := value
		if len(digits) > 2 && strings.EqualFold(digits[:2], "as") {
			digits = digits[2:]
		}
		n, err := strconv.ParseUint(digits, 10, 32)
		if err != nil {
			return errors.New("not the number of an autonomous system")
		}
		r.ASNum = uint32(n)
		return nil
	}
	rg, err := addrrange.Parse(value)
	if err != nil {
		return err
	}
	r.Start, r.Stop = rg.First, rg.Last
	return nil
}

// appendLatin1 appends Latin-1 text as UTF-8.
func appendLatin1(dst, s []byte) []byte {
	for i, c := range s {
		if c >= utf8.RuneSelf {
			dst = append(dst, s[:i]...)
			for _, c := range s[i:] {
				dst = utf8.AppendRune(dst, rune(c))
			}
			return dst
		}
	}
	return append(dst, s...)
}

// space are the bytes that are white space in Latin-1: those of ASCII, the separators, NEL and the non-breaking
// blank.
var space = [256]bool{'\t': true, '\n': true, '\v': true, '\f': true, '\r': true, ' ': true,
	0x1c: true, 0x1d: true, 0x1e: true, 0x1f: true, 0x85: true, 0xa0: true}

func trim(s []byte) []byte {
	for len(s) > 0 && space[s[0]] {
		s = s[1:]
	}
	return trimRight(s)
}

func trimRight(s []byte) []byte {
	for len(s) > 0 && space[s[len(s)-1]] {
		s = s[:len(s)-1]
	}
	return s
}
