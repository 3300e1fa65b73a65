package nmapxml

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Classes of bytes. All that ends no name is taken for a part of it: only the tools' own names mean something.
const (
	isName = 1 << iota
	isSpace
)

var class = func() (c [256]uint8) {
	for i := '!'; i < 256; i++ {
		c[i] = isName
	}
	for _, b := range []byte(`"'<=>/`) {
		c[b] = 0
	}
	for _, b := range []byte(" \t\r\n") {
		c[b] = isSpace
	}
	return c
}()

// startTag reads <name attributes> or <name attributes/>. pos is behind the '<'.
func (t *tokenizer) startTag() error {
	t.attrs = t.attrs[:0]
	t.empty = false
	t.nameStart = t.pos - t.mark
	if err := t.skip(isName); err != nil {
		return err
	}
	t.nameEnd = t.pos - t.mark
	if t.nameEnd == t.nameStart {
		return syntaxError("a '<' without the name of an element")
	}
	for {
		p := t.pos
		for class[t.buf[p]]&isSpace != 0 {
			p++
		}
		t.pos = p
		switch c := t.buf[p]; {
		case class[c]&isName != 0:
			if err := t.attribute(); err != nil {
				return err
			}
		case c == '>':
			t.pos++
			return nil
		case c == '/':
			t.pos++
			t.empty = true
			return t.expect('>')
		case p < t.end:
			return syntaxError(fmt.Sprintf("%q in a tag where an attribute or its end must be", c))
		case t.end-t.mark > maxTag:
			return syntaxError(fmt.Sprintf("a tag of more than %d bytes", maxTag))
		case !t.more():
			return errEOF
		}
	}
}

// attribute reads name="value". pos is at the name.
func (t *tokenizer) attribute() error {
	if len(t.attrs) == maxAttrs {
		return syntaxError(fmt.Sprintf("a tag with more than %d attributes", maxAttrs))
	}
	a := attr{nameStart: t.pos - t.mark}
	if err := t.skip(isName); err != nil {
		return err
	}
	a.nameEnd = t.pos - t.mark
	if t.buf[t.pos] != '=' { // blanks before it are allowed, but nobody writes them
		if err := t.skip(isSpace); err != nil {
			return err
		}
	}
	if err := t.expect('='); err != nil {
		return err
	}
	if c := t.buf[t.pos]; c != '"' && c != '\'' {
		if err := t.skip(isSpace); err != nil {
			return err
		}
	}
	quote := t.buf[t.pos]
	if quote != '"' && quote != '\'' {
		return syntaxError(fmt.Sprintf("%q where the value of an attribute must start with a quote", quote))
	}
	t.pos++
	if err := t.quoted(&a, quote); err != nil {
		return err
	}
	t.attrs = append(t.attrs, a)
	return nil
}

// skip goes behind bytes of a class. Unless it fails there is a byte at pos.
func (t *tokenizer) skip(cl uint8) error {
	for {
		p := t.pos
		for class[t.buf[p]]&cl != 0 {
			p++
		}
		t.pos = p
		if p < t.end {
			return nil
		}
		if t.end-t.mark > maxTag {
			return syntaxError(fmt.Sprintf("a tag of more than %d bytes", maxTag))
		}
		if !t.more() {
			return errEOF
		}
	}
}

// expect goes behind a byte that must be next, and makes sure that there is a byte behind it unless it is '>'.
func (t *tokenizer) expect(c byte) error {
	if t.pos == t.end && !t.more() {
		return errEOF
	}
	if got := t.buf[t.pos]; got != c {
		return syntaxError(fmt.Sprintf("%q where %q must be", got, c))
	}
	t.pos++
	if c != '>' && t.pos == t.end && !t.more() {
		return errEOF
	}
	return nil
}

// quoted reads up to the closing quote and goes behind it. A '<' is not allowed in a value, and a good thing too: it
// tells that a quote is missing or that a writer was interrupted.
func (t *tokenizer) quoted(a *attr, quote byte) error {
	a.start = t.pos - t.mark
	for {
		b := t.buf[t.pos:t.end]
		i, special := scanValue(b, quote)
		t.pos += i
		a.special = a.special || special
		found := i < len(b)
		t.limit(a)
		switch {
		case found && t.buf[t.pos] == quote:
			a.end = t.pos - t.mark
			a.special = a.special || a.cut
			t.pos++
			return nil
		case found:
			return syntaxError("'<' in the value of an attribute")
		case t.end-t.mark > maxTag:
			return syntaxError(fmt.Sprintf("a tag of more than %d bytes", maxTag))
		case !t.more():
			return errEOF
		}
	}
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// zeros sets the high bit of the lowest byte of x that is 0; those of higher bytes mean nothing then.
func zeros(x uint64) uint64 { return (x - ones) &^ x & highs }

// scanValue returns the position of the first quote or '<' in b, len(b) if there is none, and whether a byte
// before it is special: '&', a control character, or not ASCII. It may call a value special that is not, which
// only costs time. It looks at eight bytes at once.
func scanValue(b []byte, quote byte) (int, bool) {
	special := false
	q := uint64(quote) * ones
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		stop := zeros(x^q) | zeros(x^('<'*ones))
		odd := zeros(x^('&'*ones)) | ((x-0x20*ones)&^x|x)&highs
		if stop != 0 {
			first := stop & -stop
			return i + bits.TrailingZeros64(stop)>>3, special || odd&(first-1) != 0
		}
		special = special || odd != 0
	}
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c == quote, c == '<':
			return i, special
		case c == '&', c < 0x20, c >= 0x80:
			special = true
		}
	}
	return i, special
}

// closeTag reads </name>. pos is at the '/'.
func (t *tokenizer) closeTag() error {
	t.pos++
	t.nameStart = t.pos - t.mark
	if err := t.skip(isName); err != nil {
		return err
	}
	t.nameEnd = t.pos - t.mark
	if t.buf[t.pos] != '>' {
		if err := t.skip(isSpace); err != nil {
			return err
		}
	}
	return t.expect('>')
}

// name returns the name of the current tag. It is valid until the next call of next.
func (t *tokenizer) name() []byte { return t.buf[t.mark+t.nameStart : t.mark+t.nameEnd] }

// attrName returns the name of an attribute of the current tag, in the same way.
func (t *tokenizer) attrName(a *attr) []byte { return t.buf[t.mark+a.nameStart : t.mark+a.nameEnd] }
