package masscan

import "strings"

// Unescape decodes the escapes that Masscan writes for bytes outside of printable ASCII and for the special characters of
// XML: \xHH with lower case digits. raw holds all bytes. In output, escapes of bytes that are no text (neither 32 to 126
// nor TAB, LF or CR) are kept.
func Unescape(banner string) (raw []byte, output string) {
	raw = make([]byte, 0, len(banner))
	out := make([]byte, 0, len(banner))
	for i := 0; i < len(banner); {
		c, ok := escaped(banner[i:])
		switch {
		case !ok:
			raw, out = append(raw, banner[i]), append(out, banner[i])
			i++
			continue
		case ' ' <= c && c <= '~', c == '\t', c == '\n', c == '\r':
			out = append(out, c)
		default:
			out = append(out, banner[i:i+4]...)
		}
		raw = append(raw, c)
		i += 4
	}
	return raw, string(out)
}

func escaped(s string) (byte, bool) {
	if len(s) < 4 || s[0] != '\\' || s[1] != 'x' {
		return 0, false
	}
	hi, lo := hexDigit(s[2]), hexDigit(s[3])
	return hi<<4 | lo, hi < 16 && lo < 16
}

func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 0xff
}

// Encode writes bytes as Masscan does; Unescape undoes it.
func Encode(raw []byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, len(raw))
	for _, c := range raw {
		if c < ' ' || c > '~' || strings.IndexByte(`\<>&"'`, c) >= 0 {
			out = append(out, '\\', 'x', digits[c>>4], digits[c&15])
		} else {
			out = append(out, c)
		}
	}
	return string(out)
}
