package nmapscript

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"ivre/ingest/host"
)

// changeHostKeys makes the lengths of keys numbers; some versions of Nmap write them as 2048.0.
func changeHostKeys(_ *job, v host.Value) host.Value {
	list, _ := v.(host.List)
	for _, item := range list {
		o, _ := item.(*host.Object)
		bits := o.Text("bits")
		if bits == "" {
			continue
		}
		if n, ok := parseDigits(bits); ok {
			o.Set("bits", n)
		} else if f, err := strconv.ParseFloat(bits, 64); err == nil && f == math.Trunc(f) && f >= 0 && f < 1<<53 {
			o.Set("bits", int64(f))
		}
	}
	return v
}

// finishAlgorithms adds the HASSH of a server to the lists of the algorithms that it offers. Where the lists for the
// two directions differ, the one of what the server sends counts.
func finishAlgorithms(j *job) bool {
	o, ok := j.s.Data.(*host.Object)
	if !ok {
		return true
	}
	known := false
	var lists [4][]string
	for i, key := range [...]string{"kex_algorithms", "encryption_algorithms", "mac_algorithms", "compression_algorithms"} {
		v, ok := o.Get(key)
		if !ok {
			v, ok = o.Get(key + "_server_to_client")
		}
		known = known || ok
		lists[i] = texts(v)
	}
	if !known {
		return true
	}
	hassh, text := HASSH(lists[0], lists[1], lists[2], lists[3])
	o.Set("hassh", hassh)
	j.s.Output += text
	j.s.HasOutput = true
	return true
}

// texts returns the texts in a list, or the one that v is.
func texts(v host.Value) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case host.List:
		out := make([]string, 0, len(v))
		for _, item := range v {
			if s, ok := item.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// HASSH returns the fingerprint of the side of an SSH connection that offers these algorithms for what it sends
// (https://github.com/salesforce/hassh, version 1.1): {version, raw, md5, sha1, sha256}, and the text to append to the
// output of ssh2-enum-algos.
func HASSH(kex, encryption, mac, compression []string) (*host.Object, string) {
	raw := strings.Join([]string{strings.Join(kex, ","), strings.Join(encryption, ","), strings.Join(mac, ","), strings.Join(compression, ",")}, ";")
	b := []byte(raw)
	m, s1, s2 := md5.Sum(b), sha1.Sum(b), sha256.Sum256(b)
	hassh := host.NewObject("version", "1.1", "raw", raw,
		"md5", hex.EncodeToString(m[:]), "sha1", hex.EncodeToString(s1[:]), "sha256", hex.EncodeToString(s2[:]))
	var text strings.Builder
	text.WriteString("\n  HASSH")
	for _, m := range hassh.Members {
		text.WriteString("\n    " + m.Key + ": " + m.Value.(string))
	}
	return hassh, text.String()
}
