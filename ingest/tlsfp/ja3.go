package tlsfp

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"ivre/ingest/host"
)

// JA3Client returns the JA3 of the ClientHello that starts the stream hello, as an object of md5, sha1, sha256 and raw
// (texts). It is nil if there is no complete ClientHello.
func JA3Client(hello []byte) *host.Object {
	h, err := Parse(hello)
	if err != nil {
		return nil
	}
	return h.JA3()
}

// JA3 returns the JA3 of a client: version, ciphers, extensions, groups and point formats in decimal.
func (h *ClientHello) JA3() *host.Object {
	raw := strconv.AppendUint(nil, uint64(h.Version), 10)
	raw = dashed(append(raw, ','), h.Ciphers)
	raw = dashed(append(raw, ','), h.Extensions)
	raw = dashed(append(raw, ','), h.Groups)
	raw = dashed(append(raw, ','), h.PointFormats)
	m, s1, s2 := md5.Sum(raw), sha1.Sum(raw), sha256.Sum256(raw)
	return host.NewObject("md5", hex.EncodeToString(m[:]), "sha1", hex.EncodeToString(s1[:]),
		"sha256", hex.EncodeToString(s2[:]), "raw", string(raw))
}

func dashed[T uint8 | uint16](dst []byte, list []T) []byte {
	for i, v := range list {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = strconv.AppendUint(dst, uint64(v), 10)
	}
	return dst
}
