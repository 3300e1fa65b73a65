package ntlm

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"

	"ivre/ingest/httpscript"
)

// text reads a text of a message: UTF-16 if the message says so, or if it looks like that, else 8-bit. ok is false if
// UTF-16 ends within a character.
func text(b []byte, unicode bool) (s string, ok bool) {
	if !unicode && !looksWide(b) {
		return httpscript.Escape(b), true
	}
	if len(b)%2 != 0 {
		return "", false
	}
	return httpscript.Escape(utf8Of(b)), true
}

// looksWide tells whether b is UTF-16 of the first 256 characters, least significant byte first.
func looksWide(b []byte) bool {
	if len(b) == 0 || len(b)%2 != 0 {
		return false
	}
	for i := 1; i < len(b); i += 2 {
		if b[i] != 0 {
			return false
		}
	}
	return true
}

// utf8Of converts UTF-16. Its least significant byte comes first unless a byte order mark says otherwise; halves of
// surrogate pairs become U+FFFD.
func utf8Of(b []byte) []byte {
	var order binary.ByteOrder = binary.LittleEndian
	if len(b) >= 2 {
		switch {
		case b[0] == 0xff && b[1] == 0xfe:
			b = b[2:]
		case b[0] == 0xfe && b[1] == 0xff:
			b, order = b[2:], binary.BigEndian
		}
	}
	out := make([]byte, 0, len(b)/2+8)
	for len(b) >= 2 {
		r := rune(order.Uint16(b))
		b = b[2:]
		if utf16.IsSurrogate(r) {
			low := rune(utf8.RuneError)
			if len(b) >= 2 {
				low = rune(order.Uint16(b))
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				b = b[2:]
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
