package passivederive

import (
	"encoding/base64"
	"strings"

	"ivre/ingest/httpscript"
	"ivre/ingest/passive"
)

// bytes returns the bytes that a record's value stands for.
func (d *Deriver) bytes(r *passive.Record) []byte {
	b, odd := unescape(r.Value)
	if odd {
		d.warn(r, "the value %.60q has escapes that are not known; they are taken as they are", r.Value)
	}
	return b
}

// unescape decodes \xHH, \r, \n, \t, \\, \0 and \". Other backslashes stand for themselves, and odd says that there are
// some.
func unescape(s string) (b []byte, odd bool) {
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
			hi, ok1 := hexDigit(s[2])
			lo, ok2 := hexDigit(s[3])
			if ok1 && ok2 {
				return hi<<4 | lo, 4
			}
		}
	}
	return '\\', 1
}

func hexDigit(c byte) (byte, bool) {
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

// escape writes bytes as Nmap does.
func escape(b []byte) string { return httpscript.Escape(b) }

func encodeBase64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// base64Values holds the values of the alphabet, 64 for what is not in it.
var base64Values = func() (t [256]byte) {
	for i := range t {
		t[i] = 64
	}
	for i := range len(base64Alphabet) {
		t[base64Alphabet[i]] = byte(i)
	}
	return t
}()

// decodeBase64 decodes base64 as senders get away with: characters that are not in the alphabet are skipped, and what
// comes after the padding does not count. Without the padding that it needs, a text is no base64.
func decodeBase64(s string) (b []byte, ok bool) {
	b = make([]byte, 0, len(s)/4*3+3)
	var bits uint32
	have, pads := 0, 0
	for i := range len(s) {
		if s[i] == '=' {
			if pads++; have >= 2 && have+pads >= 4 {
				return b, true
			}
			continue
		}
		v := base64Values[s[i]]
		if v == 64 {
			continue
		}
		pads = 0
		bits = bits<<6 | uint32(v)
		switch have {
		case 0:
			have = 1
			continue
		case 1:
			b = append(b, byte(bits>>4))
		case 2:
			b = append(b, byte(bits>>2))
		case 3:
			b = append(b, byte(bits))
		}
		have = (have + 1) % 4
	}
	return b, have == 0
}

// isHex tells whether s is n lower case hexadecimal digits.
func isHex(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range n {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// isDigits tells whether s is decimal digits, from one to limit.
func isDigits(s string, limit int) bool {
	if s == "" || len(s) > limit {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
