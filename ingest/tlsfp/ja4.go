package tlsfp

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"ivre/ingest/host"
)

// What carries a ClientHello, in the letters of JA4.
const (
	TCP  = 't'
	QUIC = 'q'
)

// none stands for the hash of an empty list.
const none = "000000000000"

// JA4Client returns the JA4 of the ClientHello that starts the stream hello, as an object of texts: ja4, its parts ja4_a,
// ja4_b and ja4_c, and the lists that the parts are hashes of: ja4_b_raw (ciphers), ja4_c1_raw (extensions) and
// ja4_c2_raw (signature algorithms). It is nil if there is no complete ClientHello. transport is TCP or QUIC.
func JA4Client(hello []byte, transport byte) *host.Object {
	h, err := Parse(hello)
	if err != nil {
		return nil
	}
	return h.JA4(transport)
}

// JA4 returns the JA4 of a client; see JA4Client.
func (h *ClientHello) JA4(transport byte) *host.Object {
	sni := byte('i')
	if h.ServerName {
		sni = 'd'
	}
	a := fmt.Sprintf("%c%s%c%02d%02d%s", transport, h.version(), sni, min(len(h.Ciphers), 99), min(len(h.Extensions), 99), h.alpn())
	extensions := slices.DeleteFunc(slices.Clone(h.Extensions), func(v uint16) bool { return v == extServerName || v == extALPN })
	ciphers := hexList(sorted(h.Ciphers))
	c1, c2 := hexList(sorted(extensions)), hexList(h.SignatureAlgs)
	c := c1
	if c2 != "" {
		c += "_" + c2
	}
	b := hash12(ciphers)
	hashC := hash12(c)
	if len(h.Extensions) == 0 {
		hashC = none
	}
	return host.NewObject("ja4", a+"_"+b+"_"+hashC, "ja4_a", a, "ja4_b", b, "ja4_b_raw", ciphers,
		"ja4_c", hashC, "ja4_c1_raw", c1, "ja4_c2_raw", c2)
}

// version is the highest version that the client supports.
func (h *ClientHello) version() string {
	v := h.Version
	if len(h.SupportedVersions) > 0 {
		v = slices.Max(h.SupportedVersions)
	}
	switch v {
	case 0x0304:
		return "13"
	case 0x0303:
		return "12"
	case 0x0302:
		return "11"
	case 0x0301:
		return "10"
	case 0x0300:
		return "s3"
	case 0x0002:
		return "s2"
	}
	return "00"
}

// alpn is the first and the last character of the first protocol, or the first and the last hexadecimal digit if one of
// them is neither a letter nor a digit.
func (h *ClientHello) alpn() string {
	if len(h.ALPN) == 0 || h.ALPN[0] == "" {
		return "00"
	}
	name := h.ALPN[0]
	first, last := name[0], name[len(name)-1]
	if alphanumeric(first) && alphanumeric(last) {
		return string([]byte{first, last})
	}
	const digits = "0123456789abcdef"
	return string([]byte{digits[first>>4], digits[last&15]})
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

func sorted(list []uint16) []uint16 {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// hexList writes numbers with four hexadecimal digits, separated by commas.
func hexList(list []uint16) string {
	out := make([]byte, 0, 5*len(list))
	for i, v := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = hex.AppendEncode(out, []byte{byte(v >> 8), byte(v)})
	}
	return string(out)
}

func hash12(s string) string {
	if s == "" {
		return none
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
