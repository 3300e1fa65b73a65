package hostprint

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"ivre/cli/termtext"
)

// appendXML appends s for an attribute's value or an element's text. What XML 1.0 cannot have even as a reference
// (control characters but LF, CR and TAB, bytes that are not UTF-8) becomes \xHH as Nmap writes it, the two
// non-characters that it excludes become U+FFFD. LF, CR, TAB, other control characters and those that change the
// direction of writing become references, so that they come back when the file is read but do not reach a terminal.
func appendXML(dst []byte, s string) []byte {
	for {
		n := 0
		for n < len(s) && xmlPlain[s[n]] {
			n++
		}
		dst = append(dst, s[:n]...)
		if s = s[n:]; s == "" {
			return dst
		}
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1, r < ' ' && r != '\t' && r != '\n' && r != '\r':
			dst = termtext.Append(dst, s[:1])
		case r == '<':
			dst = append(dst, "&lt;"...)
		case r == '>':
			dst = append(dst, "&gt;"...)
		case r == '&':
			dst = append(dst, "&amp;"...)
		case r == '"':
			dst = append(dst, "&quot;"...)
		case r == '\'':
			dst = append(dst, "&apos;"...)
		case unicode.IsControl(r), termtext.Misleading(r):
			dst = strconv.AppendInt(append(dst, "&#"...), int64(r), 10)
			dst = append(dst, ';')
		case r == 0xfffe, r == 0xffff:
			dst = append(dst, "\ufffd"...)
		default:
			dst = append(dst, s[:size]...)
		}
		s = s[size:]
	}
}

// xmlPlain are the bytes that need no attention.
var xmlPlain = func() (t [256]bool) {
	for c := ' '; c <= '~'; c++ {
		switch c {
		case '<', '>', '&', '"', '\'':
		default:
			t[c] = true
		}
	}
	return t
}()
