package passivederive

import (
	"encoding/base64"

	"ivre/ingest/httpscript"
	"ivre/ingest/passive"
)

// bytes returns the bytes that a record's value stands for.
func (d *Deriver) bytes(r *passive.Record) []byte {
	b, odd := passive.Unescape(r.Value)
	if odd {
		d.warn(r, "the value %.60q has escapes that are not known; they are taken as they are", r.Value)
	}
	return b
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
