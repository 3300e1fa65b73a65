package nmapxml

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"ivre/ingest/host"
)

// internSlots is the size of the table of strings that occur again and again. A power of 2.
const internSlots = 1 << 11

// internMax is the length of the longest string that is looked for there.
const internMax = 40

// internedString is a string, and the same as a value if it was ever needed as one.
type internedString struct {
	s string
	v host.Value
}

// intern returns b as a string, without allocating if it is one of those that were needed lately.
func (t *tokenizer) intern(b []byte) string {
	switch {
	case len(b) > internMax:
		return string(b)
	case len(b) == 0:
		return ""
	}
	slot := &t.interned[hash(b)&(internSlots-1)]
	if slot.s != string(b) {
		*slot = internedString{s: string(b)}
	}
	return slot.s
}

// internValue returns b as a value, in the same way.
func (t *tokenizer) internValue(b []byte) host.Value {
	if len(b) == 0 || len(b) > internMax {
		return string(b)
	}
	s := t.intern(b)
	slot := &t.interned[hash(b)&(internSlots-1)]
	if slot.v == nil {
		slot.v = s
	}
	return slot.v
}

// hash mixes the length and the ends of b, and for names of elements that is enough.
func hash(b []byte) uint32 {
	const mul = 0x9e3779b97f4a7c15
	var x, y uint64
	if n := len(b); n >= 8 {
		x, y = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
		if n > 16 {
			y ^= binary.LittleEndian.Uint64(b[n/2-4:]) * mul
		}
	} else {
		for _, c := range b {
			x = x<<8 | uint64(c)
		}
	}
	x = (x*mul ^ y + uint64(len(b))) * mul
	return uint32(x >> 32)
}

// raw returns the value of an attribute, decoded. It is valid until the next call of raw, str or next.
func (t *tokenizer) raw(a *attr) []byte {
	v := t.buf[t.mark+a.start : t.mark+a.end]
	if !a.special {
		return v
	}
	if a.cut {
		v = trimPartial(v)
	}
	t.scratch = t.decode(t.scratch[:0], v, true)
	return t.scratch
}

// str returns the value of an attribute, decoded.
func (t *tokenizer) str(a *attr) string { return t.intern(t.raw(a)) }

// value returns the same as a value.
func (t *tokenizer) value(a *attr) host.Value { return t.internValue(t.raw(a)) }

// attrStr returns the name of an attribute.
func (t *tokenizer) attrStr(a *attr) string {
	n := t.attrName(a)
	for _, c := range n {
		if c >= 0x80 {
			t.scratch = t.decode(t.scratch[:0], n, true)
			return t.intern(t.scratch)
		}
	}
	return t.intern(n)
}

// trimPartial removes a reference or a character that was cut in two from the end of a value.
func trimPartial(v []byte) []byte {
	if i := bytes.LastIndexByte(v, '&'); i >= 0 && len(v)-i < maxReference && bytes.IndexByte(v[i:], ';') < 0 {
		return v[:i]
	}
	for i := 1; i < utf8.UTFMax && i <= len(v); i++ {
		if c := v[len(v)-i]; c >= 0xc0 { // the first byte of a character
			if !utf8.FullRune(v[len(v)-i:]) {
				return v[:len(v)-i]
			}
			break
		} else if c < 0x80 {
			break
		}
	}
	return v
}

// decode appends text of the file as UTF-8 to dst. References are resolved, ends of lines become line feeds. In
// the values of attributes (value is true), blanks that are not written as references become spaces (XML 1.0,
// 3.3.3).
func (t *tokenizer) decode(dst, src []byte, value bool) []byte {
	for len(src) > 0 {
		n := plain(src)
		dst = append(dst, src[:n]...)
		src = src[n:]
		if len(src) == 0 {
			break
		}
		switch c := src[0]; {
		case c == '&':
			dst, n = t.reference(dst, src)
		case c >= 0x80:
			dst, n = t.character(dst, src)
		case c == 0:
			dst, n = utf8.AppendRune(dst, utf8.RuneError), 1
		case c == '\r' || c == '\n' || c == '\t':
			if n = 1; c == '\r' {
				if c = '\n'; len(src) > 1 && src[1] == '\n' {
					n = 2
				}
			}
			if value {
				c = ' '
			}
			dst = append(dst, c)
		default:
			dst, n = append(dst, c), 1
		}
		src = src[n:]
	}
	return dst
}

// plain returns how many of the first bytes of b are neither '&' nor control characters and ASCII.
func plain(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if zeros(x^('&'*ones))|((x-0x20*ones)&^x|x)&highs != 0 {
			break
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == '&' || c < 0x20 || c >= 0x80 {
			break
		}
	}
	return i
}

// character appends the character that src starts with, which is not ASCII, and returns its length in src.
func (t *tokenizer) character(dst, src []byte) ([]byte, int) {
	if t.latin1 {
		return utf8.AppendRune(dst, rune(src[0])), 1
	}
	r, n := utf8.DecodeRune(src)
	return utf8.AppendRune(dst, r), n
}

// maxReference is the length of the longest reference that is looked for, "&#x0010ffff;" with room for more
// zeros.
const maxReference = 32

// reference appends the character that the reference at the start of src stands for, and returns the length of the
// reference. What is none is kept as it is; so is a reference to an entity that the document would have to
// define.
func (t *tokenizer) reference(dst, src []byte) ([]byte, int) {
	end := bytes.IndexByte(src[:min(len(src), maxReference)], ';')
	if end < 2 {
		return append(dst, '&'), 1
	}
	name := src[1:end]
	if name[0] == '#' {
		r, ok := charReference(name[1:])
		if !ok {
			return append(dst, '&'), 1
		}
		return utf8.AppendRune(dst, r), end + 1
	}
	switch string(name) {
	case "amp":
		return append(dst, '&'), end + 1
	case "lt":
		return append(dst, '<'), end + 1
	case "gt":
		return append(dst, '>'), end + 1
	case "quot":
		return append(dst, '"'), end + 1
	case "apos":
		return append(dst, '\''), end + 1
	}
	if t.onEntity != nil {
		t.onEntity(name)
	}
	return append(dst, '&'), 1
}

// charReference reads the number of a character: decimal, or x and hexadecimal. Numbers of no character (and
// that of NUL) give U+FFFD.
func charReference(s []byte) (rune, bool) {
	base := uint32(10)
	if len(s) > 0 && s[0] == 'x' {
		base, s = 16, s[1:]
	}
	if len(s) == 0 {
		return 0, false
	}
	n := uint32(0)
	for _, c := range s {
		d := uint32(99)
		switch {
		case '0' <= c && c <= '9':
			d = uint32(c - '0')
		case 'a' <= c && c <= 'f':
			d = uint32(c-'a') + 10
		case 'A' <= c && c <= 'F':
			d = uint32(c-'A') + 10
		}
		if d >= base {
			return 0, false
		}
		n = min(n*base+d, utf8.MaxRune+1)
	}
	if n == 0 || n > utf8.MaxRune || n >= 0xd800 && n < 0xe000 {
		return utf8.RuneError, true
	}
	return rune(n), true
}
