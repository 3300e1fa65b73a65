package zeeklog

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"unicode/utf8"
)

// unescape appends src with the escapes of the tab-separated format resolved: \xHH and \\. Other
// backslashes stand for themselves.
func unescape(dst, src []byte) []byte {
	for {
		i := bytes.IndexByte(src, '\\')
		if i < 0 {
			return append(dst, src...)
		}
		dst = append(dst, src[:i]...)
		src = src[i:]
		switch {
		case len(src) >= 4 && src[1] == 'x' && isHex(src[2]) && isHex(src[3]):
			dst = append(dst, unhex(src[2])<<4|unhex(src[3]))
			src = src[4:]
		case len(src) >= 2 && src[1] == '\\':
			dst = append(dst, '\\')
			src = src[2:]
		default:
			dst = append(dst, '\\')
			src = src[1:]
		}
	}
}

// appendText appends src, which has the escapes of the tab-separated format, in the form that the
// package comment describes.
func appendText(dst, src []byte) []byte {
	n := len(dst)
	return cleanFrom(unescape(dst, src), n)
}

// cleanFrom puts the text from dst[n] on into the form that the package comment describes.
func cleanFrom(dst []byte, n int) []byte {
	if isClean(dst[n:]) {
		return dst
	}
	return appendClean(dst[:n], bytes.Clone(dst[n:]))
}

// isClean tells that b is valid UTF-8 without control characters.
func isClean(b []byte) bool {
	for i := 0; i < len(b); {
		if i+8 <= len(b) && isPlain8(binary.LittleEndian.Uint64(b[i:])) {
			i += 8
			continue
		}
		if ' ' <= b[i] && b[i] < 0x7f {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if isControl(r) || r == utf8.RuneError && n == 1 {
			return false
		}
		i += n
	}
	return true
}

// isPlain8 tells that 8 bytes are printable ASCII. The terms have the high bit of a byte set if it is not ASCII, below
// 0x20, or 0x7f.
func isPlain8(x uint64) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	return (x|(x-ones*' ')|(x+ones))&highs == 0
}

// appendClean appends b with \xHH for what is not clean.
func appendClean(dst, b []byte) []byte {
	const digits = "0123456789abcdef"
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if isControl(r) || r == utf8.RuneError && n == 1 {
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

func isControl(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}

// quote shows a value in an error message; long values are cut.
func quote(b []byte) string {
	const limit = 48
	if len(b) > limit {
		return strconv.Quote(string(b[:limit])) + "..."
	}
	return strconv.Quote(string(b))
}
