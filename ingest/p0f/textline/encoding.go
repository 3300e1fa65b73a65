package textline

import (
	"bufio"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// decode takes off the byte order mark, if there is one, and turns UTF-16 into UTF-8.
func decode(src *bufio.Reader) *bufio.Reader {
	head, _ := src.Peek(3)
	switch {
	case len(head) >= 3 && head[0] == 0xef && head[1] == 0xbb && head[2] == 0xbf:
		src.Discard(3)
	case len(head) >= 2 && head[0] == 0xff && head[1] == 0xfe:
		src.Discard(2)
		return bufio.NewReaderSize(&utf16Reader{src: src, order: binary.LittleEndian}, bufferSize)
	case len(head) >= 2 && head[0] == 0xfe && head[1] == 0xff:
		src.Discard(2)
		return bufio.NewReaderSize(&utf16Reader{src: src, order: binary.BigEndian}, bufferSize)
	}
	return src
}

// utf16Reader reads UTF-16 as UTF-8. What is no character becomes U+FFFD.
type utf16Reader struct {
	src   *bufio.Reader
	order binary.ByteOrder
	rest  [utf8.UTFMax]byte // of a character that did not fit
	n     int               // bytes of rest
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	n := copy(p, u.rest[:u.n])
	u.n = copy(u.rest[:], u.rest[n:u.n])
	for n < len(p) {
		if n > 0 && u.src.Buffered() < 4 {
			return n, nil // do not wait for more while there is something to give
		}
		r, err := u.rune()
		if err != nil {
			return n, err
		}
		if n+utf8.UTFMax <= len(p) {
			n += utf8.EncodeRune(p[n:], r)
			continue
		}
		var b [utf8.UTFMax]byte
		size := utf8.EncodeRune(b[:], r)
		took := copy(p[n:], b[:size])
		n += took
		u.n = copy(u.rest[:], b[took:size])
	}
	return n, nil
}

// rune reads one character, of one or two units.
func (u *utf16Reader) rune() (rune, error) {
	b, err := u.src.Peek(2)
	if len(b) == 1 && err == io.EOF { // half a unit at the end
		u.src.Discard(1)
		return utf8.RuneError, nil
	}
	if len(b) < 2 {
		return 0, err
	}
	r := rune(u.order.Uint16(b))
	u.src.Discard(2)
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	if b, _ = u.src.Peek(2); len(b) == 2 {
		if pair := utf16.DecodeRune(r, rune(u.order.Uint16(b))); pair != utf8.RuneError {
			u.src.Discard(2)
			return pair, nil
		}
	}
	return utf8.RuneError, nil
}
