package passivederive

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"ivre/ingest/host"
	"ivre/ingest/passive"
)

// normaliseJA4 hashes the lists of a JA4 (https://github.com/FoxIO-LLC/ja4): ciphers, and extensions with signature
// algorithms. What is hashed already is only taken apart.
func (d *Deriver) normaliseJA4(r *passive.Record) {
	parts := strings.SplitN(r.Value, "_", 5)
	switch {
	case len(parts) < 3 || !isJA4A(parts[0]):
	case len(parts) == 3 && isHex(parts[1], 12) && isHex(parts[2], 12):
		r.Infos = host.NewObject("ja4_a", parts[0], "ja4_b", parts[1], "ja4_c", parts[2])
		return
	case len(parts) <= 4 && isGroups(parts[1]) && isGroups(parts[2]) && (len(parts) == 3 || isGroups(parts[3])):
		a, b, c1, c2 := parts[0], parts[1], parts[2], ""
		c := c1
		if len(parts) == 4 && parts[3] != "" {
			c2 = parts[3]
			c += "_" + c2
		}
		hashB, hashC := hash12(b), hash12(c)
		r.Infos = host.NewObject("ja4_a", a, "ja4_b_raw", b, "ja4_c1_raw", c1, "ja4_c2_raw", c2, "ja4_b", hashB, "ja4_c", hashC)
		r.Value = a + "_" + hashB + "_" + hashC
		return
	}
	d.warn(r, "%.80q is not a JA4", r.Value)
}

// isJA4A tells whether s is the first part of a JA4: t13d1516h2.
func isJA4A(s string) bool {
	if len(s) != 10 || !strings.Contains("tqd?", s[:1]) || s[3] != 'i' && s[3] != 'd' || !isDigits(s[4:8], 4) {
		return false
	}
	switch v := s[1:3]; v {
	case "s2", "s3", "d1", "d2", "d3": // SSL 2 and 3, DTLS
	default:
		for _, c := range []byte(v) {
			if c != '?' && (c < '0' || c > '9') {
				return false
			}
		}
	}
	return true
}

// isGroups tells whether s is a list of numbers of four hexadecimal digits, which may be empty.
func isGroups(s string) bool {
	if s == "" {
		return true
	}
	for ; len(s) > 4 && isHex(s[:4], 4) && s[4] == ','; s = s[5:] {
	}
	return isHex(s, 4)
}

func hash12(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
