package hostjson

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"ivre/ingest/host"
)

// addHASSH adds the fingerprint of an SSH server to the structure and to the output of ssh2-enum-algos. It is
// made from the algorithms that the server offers for its own direction.
// See https://github.com/salesforce/hassh.
func addHASSH(s *host.Object) {
	algorithms := object(s, "ssh2-enum-algos")
	if algorithms == nil {
		return
	}
	var parts []string
	for _, kind := range [...]string{"kex_algorithms", "encryption_algorithms", "mac_algorithms", "compression_algorithms"} {
		v, ok := algorithms.Get(kind)
		if !ok {
			v, _ = algorithms.Get(kind + "_server_to_client")
		}
		parts = append(parts, strings.Join(texts(v), ","))
	}
	raw := strings.Join(parts, ";")
	m, s1, s2 := md5.Sum([]byte(raw)), sha1.Sum([]byte(raw)), sha256.Sum256([]byte(raw))
	hassh := host.NewObject("version", "1.1", "raw", raw,
		"md5", hex.EncodeToString(m[:]), "sha1", hex.EncodeToString(s1[:]), "sha256", hex.EncodeToString(s2[:]))
	algorithms.Set("hassh", hassh)
	output := s.Text("output") + "\n  HASSH"
	for _, m := range hassh.Members {
		output += "\n    " + m.Key + ": " + m.Value.(string)
	}
	s.Set("output", output)
}

// texts returns the texts in a list, or the one that v is.
func texts(v host.Value) (out []string) {
	list, ok := v.(host.List)
	if !ok {
		list = host.List{v}
	}
	for _, item := range list {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
