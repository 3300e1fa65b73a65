package httpscript

import "strings"

const hexDigits = "0123456789abcdef"

// Escape writes bytes as the text that Nmap would show: CR, LF, TAB and backslash as in C, printable ASCII as it is,
// any other byte as \xHH in lower case.
func Escape(b []byte) string {
	plain := 0
	for plain < len(b) && isPlain(b[plain]) {
		plain++
	}
	if plain == len(b) {
		return string(b)
	}
	var out strings.Builder
	out.Grow(len(b) + 16)
	out.Write(b[:plain])
	for _, c := range b[plain:] {
		switch {
		case isPlain(c):
			out.WriteByte(c)
		case c == '\r':
			out.WriteString(`\r`)
		case c == '\n':
			out.WriteString(`\n`)
		case c == '\t':
			out.WriteString(`\t`)
		case c == '\\':
			out.WriteString(`\\`)
		default:
			out.WriteString(`\x`)
			out.WriteByte(hexDigits[c>>4])
			out.WriteByte(hexDigits[c&15])
		}
	}
	return out.String()
}

func isPlain(c byte) bool { return ' ' <= c && c <= '~' && c != '\\' }
