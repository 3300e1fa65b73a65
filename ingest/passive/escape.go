package passive

import "strings"

// Unescape returns the bytes that a value stands for: it decodes \xHH, \r, \n, \t, \\, \0 and \". Other backslashes stand for themselves, and odd says that there are
// some.
func Unescape(s string) (b []byte, odd bool) {
	b = make([]byte, 0, len(s))
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			return append(b, s...), odd
		}
		b, s = append(b, s[:i]...), s[i:]
		c, n := escapeAt(s)
		if n == 1 {
			odd = true
		}
		b, s = append(b, c), s[n:]
	}
}

// escapeAt decodes the escape at the start of s and returns its length: 1 if the backslash stands for itself.
func escapeAt(s string) (c byte, n int) {
	if len(s) < 2 {
		return '\\', 1
	}
	switch s[1] {
	case 'r':
		return '\r', 2
	case 'n':
		return '\n', 2
	case 't':
		return '\t', 2
	case '\\', '"':
		return s[1], 2
	case '0':
		return 0, 2
	case 'x':
		if len(s) >= 4 {
			hi, ok1 := HexDigit(s[2])
			lo, ok2 := HexDigit(s[3])
			if ok1 && ok2 {
				return hi<<4 | lo, 4
			}
		}
	}
	return '\\', 1
}

// HexDigit is the number of a hexadecimal digit.
func HexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
