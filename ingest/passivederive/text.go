package passivederive

import (
	"strings"

	"ivre/ingest/httpscript"
)

// decode turns a text with the escapes of Zeek (\xHH) and Nmap (\r, \n, \t, \\, \0, \") into bytes. Other escapes stay
// as they are.
func decode(s string) []byte {
	if strings.IndexByte(s, '\\') < 0 {
		return []byte(s)
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out = append(out, s[i])
			continue
		}
		switch c := s[i+1]; c {
		case 'r':
			out = append(out, '\r')
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case '0':
			out = append(out, 0)
		case '\\', '"':
			out = append(out, c)
		case 'x':
			if i+3 < len(s) && isHex(s[i+2]) && isHex(s[i+3]) {
				out = append(out, digit(s[i+2])<<4|digit(s[i+3]))
				i += 2
				break
			}
			fallthrough
		default:
			out = append(out, '\\', c)
		}
		i++
	}
	return out
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func digit(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}

// encode writes bytes as a text: what is not printable ASCII is escaped as Nmap does it.
func encode(b []byte) string { return httpscript.Escape(b) }

// allHex tells whether a text consists of n hexadecimal digits.
func allHex(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if !isHex(s[i]) {
			return false
		}
	}
	return true
}
