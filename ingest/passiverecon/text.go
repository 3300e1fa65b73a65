package passiverecon

import "unicode/utf8"

// rawBytes appends the bytes that a text of package zeeklog stands for. There, \xHH stands for a byte or for what the
// network sent; see the package comment for how they are told apart.
func rawBytes(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		if c, ok := shownByte(text[i:]); ok {
			dst = append(dst, c)
			i += 4
			continue
		}
		dst = append(dst, text[i])
		i++
	}
	return dst
}

// shownByte reads \xHH at the start of b, if it is a byte that Zeek would write like that.
func shownByte(b []byte) (c byte, ok bool) {
	if len(b) < 4 || b[0] != '\\' || b[1] != 'x' {
		return 0, false
	}
	hi, ok1 := lowerHex(b[2])
	lo, ok2 := lowerHex(b[3])
	c = hi<<4 | lo
	return c, ok1 && ok2 && (c < ' ' || c >= 0x7f)
}

func lowerHex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}

// appendEscaped appends bytes as text: UTF-8 as it is, a backslash twice, control characters and other bytes as \xHH.
func appendEscaped(dst, b []byte) []byte {
	const digits = "0123456789abcdef"
	for len(b) > 0 {
		if c := b[0]; c >= ' ' && c < 0x7f {
			if c == '\\' {
				dst = append(dst, '\\')
			}
			dst = append(dst, c)
			b = b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		if r < 0xa0 || r == utf8.RuneError && n == 1 {
			for _, c := range b[:n] {
				dst = append(dst, '\\', 'x', digits[c>>4], digits[c&15])
			}
		} else {
			dst = append(dst, b[:n]...)
		}
		b = b[n:]
	}
	return dst
}
