package termtext

import (
	"unicode"
	"unicode/utf8"
)

// Append appends s with everything escaped that could end a line or be a command to a terminal: LF, CR and TAB
// become \n, \r and \t, other control characters (C0, DEL, C1) and bytes that are not UTF-8 become \xHH, and line
// separators and characters that change the direction of writing become \uHHHH. Backslashes stay as they are: what
// is shown is meant for people. The result is a single line of valid UTF-8, and escaping it again does not change
// it.
func Append(dst []byte, s string) []byte { return appendText(dst, s, false) }

// AppendTabs is Append, but TABs stay: for text in its own line, where they harm nobody.
func AppendTabs(dst []byte, s string) []byte { return appendText(dst, s, true) }

// Clean returns what Append appends.
func Clean(s string) string {
	if printable(s) == len(s) {
		return s
	}
	return string(Append(nil, s))
}

func appendText(dst []byte, s string, tabs bool) []byte {
	for {
		n := printable(s)
		dst = append(dst, s[:n]...)
		if s = s[n:]; s == "" {
			return dst
		}
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			dst = appendByte(dst, s[0])
		case r == '\t' && tabs:
			dst = append(dst, '\t')
		case unicode.IsControl(r):
			dst = appendControl(dst, r)
		case Misleading(r):
			dst = append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		default:
			dst = append(dst, s[:size]...)
		}
		s = s[size:]
	}
}

// printable is the length of the beginning of s that is printable ASCII.
func printable(s string) int {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' {
			return i
		}
	}
	return len(s)
}

const hex = "0123456789abcdef"

func appendByte(dst []byte, c byte) []byte { return append(dst, '\\', 'x', hex[c>>4], hex[c&15]) }

func appendControl(dst []byte, r rune) []byte {
	switch r {
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return appendByte(dst, byte(r)) // control characters are below U+0100
}

// Misleading tells whether r starts a new line in some programs, or makes text be shown in another order than it
// is in (the Bidi_Control characters of Unicode).
func Misleading(r rune) bool {
	switch {
	case r < 0x61c:
		return false
	case r == 0x61c, r == 0x200e, r == 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return false
}
