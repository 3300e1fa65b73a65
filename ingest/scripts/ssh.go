package scripts

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"ivre/ingest/host"
)

// hostKeys makes the lengths of keys numbers.
func hostKeys(v host.Value) host.Value {
	list, ok := v.(host.List)
	if !ok {
		return v
	}
	for _, item := range list {
		if o, ok := item.(*host.Object); ok {
			if f, err := strconv.ParseFloat(o.Text("bits"), 64); err == nil && f >= 0 && f < 1e9 {
				o.Set("bits", int64(f))
			}
		}
	}
	return list
}

// addHASSH adds the HASSH of a server (https://github.com/salesforce/hassh, version 1.1) to the lists of algorithms
// that it offers, and to the text.
func addHASSH(s *host.Script) {
	o, ok := s.Data.(*host.Object)
	if !ok {
		return
	}
	var lists [4]string
	for i, key := range []string{"kex_algorithms", "encryption_algorithms", "mac_algorithms", "compression_algorithms"} {
		lists[i] = joined(o, key)
		if lists[i] == "" {
			lists[i] = joined(o, key+"_server_to_client")
		}
	}
	hassh, text := HASSH(lists)
	o.Set("hassh", hassh)
	s.Output += text
	s.HasOutput = true
}

func joined(o *host.Object, key string) string {
	v, _ := o.Get(key)
	list, _ := v.(host.List)
	texts := make([]string, 0, len(list))
	for _, item := range list {
		if t, ok := item.(string); ok {
			texts = append(texts, t)
		}
	}
	return strings.Join(texts, ",")
}

// HASSH computes the fingerprint of four lists of algorithms (key exchange, encryption, MAC, compression; each joined
// by commas), and the text that describes it.
func HASSH(lists [4]string) (*host.Object, string) {
	raw := strings.Join(lists[:], ";")
	m, s1, s2 := md5.Sum([]byte(raw)), sha1.Sum([]byte(raw)), sha256.Sum256([]byte(raw))
	o := host.NewObject("version", "1.1", "raw", raw, "md5", hex.EncodeToString(m[:]), "sha1", hex.EncodeToString(s1[:]), "sha256", hex.EncodeToString(s2[:]))
	text := "\n  HASSH"
	for _, x := range o.Members {
		text += "\n    " + x.Key + ": " + x.Value.(string)
	}
	return o, text
}
