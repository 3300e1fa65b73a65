package nmapxml

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// token is what tokenizer.next found.
type token uint8

const (
	tokenEnd   token = iota // the end of the input, between tokens
	tokenStart              // <name ...> or <name .../>
	tokenClose              // </name>
)

// errEOF tells that the input ends within a token.
var errEOF = errors.New("unexpected end of file")

// syntaxError is a place where the file is not XML.
type syntaxError string

func (e syntaxError) Error() string { return string(e) }

// attr is an attribute of the current tag. Its name and value are positions behind tokenizer.mark.
type attr struct {
	nameStart, nameEnd, start, end int
	special                        bool // the value is not to be taken as it is: see tokenizer.decode
	cut                            bool
}

// tokenizer splits a file into tags. Texts are collected only while keep is set, anything else between tags
// (comments, processing instructions, the document type) is skipped.
type tokenizer struct {
	ctx context.Context
	r   io.Reader
	// buf[:end] is a section of the file; buf[end] is 0, so that loops over classes of bytes stop there. What is
	// before mark, the start of the current token, is no longer needed. pos is where reading goes on.
	buf            []byte
	mark, pos, end int
	base           int64 // offset of buf[0] in the file
	counted, lines int   // the number of line feeds before buf[counted]
	tokenLine      int   // line of the current token, if its value was cut, else 0
	done           bool  // r has no more
	readErr        error // why, if it is not the end of the file
	latin1         bool  // the encoding is ISO-8859-1

	nameStart, nameEnd int // of the current tag, behind mark
	attrs              []attr
	empty              bool // the current tag is <name/>

	keep    bool   // collect text
	text    []byte // UTF-8
	textCut bool

	// onEntity is called for references to entities that are not predefined.
	onEntity func(name []byte)
	scratch  []byte
	interned [internSlots]internedString
}

func newTokenizer(ctx context.Context, r io.Reader) *tokenizer {
	return &tokenizer{ctx: ctx, r: r, buf: make([]byte, bufferSize+1)}
}

// line returns the number of the line of buf[at], which is not before mark.
func (t *tokenizer) line(at int) int {
	if at >= t.counted {
		t.lines += bytes.Count(t.buf[t.counted:at], newline)
		t.counted = at
		return t.lines + 1
	}
	return t.lines - bytes.Count(t.buf[at:t.counted], newline) + 1
}

var newline = []byte{'\n'}

// lineOfToken returns the line where the current token starts.
func (t *tokenizer) lineOfToken() int {
	if t.tokenLine != 0 {
		return t.tokenLine
	}
	return t.line(t.mark)
}

// more reads further bytes behind buf[:end] and moves the positions if it makes room. It returns false at the end
// of the input.
func (t *tokenizer) more() bool {
	if t.done {
		return false
	}
	if err := t.ctx.Err(); err != nil {
		t.done, t.readErr = true, err
		return false
	}
	t.makeRoom()
	for range 100 {
		n, err := t.r.Read(t.buf[t.end : len(t.buf)-1])
		t.end += n
		t.buf[t.end] = 0
		if err != nil {
			t.done = true
			if err != io.EOF {
				t.readErr = err
			}
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
	t.done, t.readErr = true, io.ErrNoProgress
	return false
}

// makeRoom discards what is before mark. A buffer that the rest fills grows, one that was for a large tag and is
// now mostly empty shrinks.
func (t *tokenizer) makeRoom() {
	if t.mark > t.counted {
		t.line(t.mark)
	}
	rest := t.buf[t.mark:t.end]
	switch {
	case len(rest) >= len(t.buf)-1:
		buf := make([]byte, 2*len(rest)+1)
		copy(buf, rest)
		t.buf = buf
	case len(t.buf) > bufferSize+1 && len(rest) < bufferSize/2:
		buf := make([]byte, bufferSize+1)
		copy(buf, rest)
		t.buf = buf
		t.scratch = nil
	case t.mark > 0:
		copy(t.buf, rest)
	}
	t.base += int64(t.mark)
	t.pos -= t.mark
	t.counted -= t.mark
	t.end = len(rest)
	t.mark = 0
}

// cut takes buf[from:pos] out, which is the end of a value that is too long.
func (t *tokenizer) cut(from int) {
	if t.tokenLine == 0 {
		t.tokenLine = t.line(t.mark)
	}
	t.line(t.pos)
	n := copy(t.buf[from:], t.buf[t.pos:t.end])
	t.base += int64(t.pos - from)
	t.end = from + n
	t.buf[t.end] = 0
	t.pos, t.counted = from, from
}

// next returns the next tag.
func (t *tokenizer) next() (token, error) {
	for {
		if err := t.skipText(); err != nil {
			return tokenEnd, err
		}
		if t.pos == t.end {
			return tokenEnd, nil
		}
		t.mark, t.tokenLine = t.pos, 0
		t.pos++
		if t.pos == t.end && !t.more() {
			return tokenEnd, errEOF
		}
		switch t.buf[t.pos] {
		case '/':
			return tokenClose, t.closeTag()
		case '!':
			if err := t.declaration(); err != nil {
				return tokenEnd, err
			}
		case '?':
			if _, _, err := t.until("?>", false); err != nil {
				return tokenEnd, err
			}
		default:
			return tokenStart, t.startTag()
		}
	}
}

// skipText goes to the next '<', or to the end of the input.
func (t *tokenizer) skipText() error {
	if t.buf[t.pos] == '<' && t.pos < t.end {
		return nil
	}
	t.mark, t.tokenLine = t.pos, 0
	if t.keep {
		return t.keepText()
	}
	for {
		if i := bytes.IndexByte(t.buf[t.pos:t.end], '<'); i >= 0 {
			t.pos += i
			return nil
		}
		t.pos = t.end
		t.mark = t.pos
		if !t.more() {
			return t.readErr
		}
	}
}

func (t *tokenizer) keepText() error {
	a, err := t.until1('<')
	if err != nil {
		return err
	}
	t.addText(t.buf[t.mark+a.start:t.mark+a.end], a.cut)
	return nil
}

// addText adds decoded text, as far as there is room for it.
func (t *tokenizer) addText(raw []byte, cut bool) {
	if room := max(0, maxValue-len(t.text)); len(raw) > room {
		raw, cut = raw[:room], true
	}
	if cut {
		raw = trimPartial(raw)
		t.textCut = true
	}
	t.text = t.decode(t.text, raw, false)
}

// until1 goes to the next c and returns what is before it. What ends the file ends a text, too.
func (t *tokenizer) until1(c byte) (attr, error) {
	a := attr{start: t.pos - t.mark}
	for {
		i := bytes.IndexByte(t.buf[t.pos:t.end], c)
		if i >= 0 {
			t.pos += i
		} else {
			t.pos = t.end
		}
		t.limit(&a)
		if i >= 0 {
			a.end = t.pos - t.mark
			return a, nil
		}
		if !t.more() {
			a.end = t.pos - t.mark
			return a, t.readErr
		}
	}
}

// limit cuts a value that started at a.start and goes at least to pos.
func (t *tokenizer) limit(a *attr) {
	if from := t.mark + a.start + maxValue; t.pos > from {
		t.cut(from)
		a.cut = true
	}
}

// until goes behind the next delim. With keep it returns what is before it, cut at maxValue; the current token
// starts with it. Without keep it discards what it reads.
func (t *tokenizer) until(delim string, keep bool) ([]byte, bool, error) {
	a := attr{start: t.pos - t.mark}
	d := []byte(delim)
	for {
		if i := bytes.Index(t.buf[t.pos:t.end], d); i >= 0 {
			t.pos += i
			if keep {
				t.limit(&a)
			}
			raw := t.buf[min(t.mark+a.start, t.pos):t.pos]
			t.pos += len(d)
			return raw, a.cut, nil
		}
		t.pos = max(t.pos, t.end-len(d)+1) // delim may have begun
		if keep {
			t.limit(&a)
		} else {
			t.line(t.pos)
			t.mark = t.pos
		}
		if !t.more() {
			return nil, false, errEOF
		}
	}
}

// declaration skips what starts with "<!", except for CDATA sections, which are text.
func (t *tokenizer) declaration() error {
	switch ok, err := t.startsWith("!--"); {
	case err != nil:
		return err
	case ok:
		_, _, err := t.until("-->", false)
		return err
	}
	switch ok, err := t.startsWith("![CDATA["); {
	case err != nil:
		return err
	case ok:
		raw, cut, err := t.until("]]>", t.keep)
		if err == nil && t.keep {
			t.addCDATA(raw, cut)
		}
		return err
	}
	switch ok, err := t.startsWith("!DOCTYPE"); {
	case err != nil:
		return err
	case ok:
		return t.doctype()
	}
	return syntaxError("a declaration that does not belong here")
}

func (t *tokenizer) addCDATA(raw []byte, cut bool) {
	if room := max(0, maxValue-len(t.text)); len(raw) > room {
		raw, cut = raw[:room], true
	}
	t.textCut = t.textCut || cut
	for {
		i := bytes.IndexByte(raw, '&')
		if i < 0 {
			t.text = t.decode(t.text, raw, false)
			return
		}
		t.text = append(t.decode(t.text, raw[:i], false), '&')
		raw = raw[i+1:]
	}
}

// startsWith tells whether s is next, and goes behind it if it is.
func (t *tokenizer) startsWith(s string) (bool, error) {
	for t.end-t.pos < len(s) {
		if n := t.end - t.pos; string(t.buf[t.pos:t.end]) != s[:n] {
			return false, nil
		}
		if !t.more() {
			return false, errEOF
		}
	}
	if string(t.buf[t.pos:t.pos+len(s)]) != s {
		return false, nil
	}
	t.pos += len(s)
	return true, nil
}

// doctype skips a document type declaration with its internal subset, in which a '>' may be in a quoted text or in
// a comment.
func (t *tokenizer) doctype() error {
	start := t.base + int64(t.pos)
	depth := 1
	for {
		if t.pos == t.end {
			t.mark = t.pos
			if !t.more() {
				return errEOF
			}
		}
		if t.base+int64(t.pos)-start > maxDoctype {
			return syntaxError(fmt.Sprintf("a document type declaration of more than %d bytes", maxDoctype))
		}
		c := t.buf[t.pos]
		t.pos++
		var err error
		switch c {
		case '"', '\'':
			_, _, err = t.until(string(rune(c)), false)
		case '<':
			var comment bool
			if comment, err = t.startsWith("!--"); comment {
				_, _, err = t.until("-->", false)
			} else {
				depth++
			}
		case '>':
			depth--
		}
		if err != nil || depth == 0 {
			return err
		}
	}
}
