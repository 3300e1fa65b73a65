package passivederive

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"ivre/ingest/host"
	"ivre/ingest/passive"
)

// normalKey writes the base64 of a host key in one way.
func normalKey(r *passive.Record) error {
	if r.Source == "SSHv1" && strings.Contains(r.Value, " ") { // exponent and modulus, as Zeek shows them
		r.Value = base64.StdEncoding.EncodeToString(decode(r.Value))
		return nil
	}
	b, err := unbase64(r.Value)
	if err != nil || len(b) == 0 {
		return fmt.Errorf("SSH_SERVER_HOSTKEY %s: the key is not base64", r.Source)
	}
	r.Value = base64.StdEncoding.EncodeToString(b)
	return nil
}

// keyInfos describes a host key (RFC 4253, section 6.6).
func (d *Deriver) keyInfos(r *passive.Record) *host.Object {
	blob, err := unbase64(r.Value)
	if err != nil || len(blob) == 0 {
		return nil
	}
	m, s1, s256 := md5.Sum(blob), sha1.Sum(blob), sha256.Sum256(blob)
	o := host.NewObject("md5", hex.EncodeToString(m[:]), "sha1", hex.EncodeToString(s1[:]), "sha256", hex.EncodeToString(s256[:]))
	if r.Source == "SSHv1" {
		keyV1(o, blob)
		return o
	}
	algo, rest, ok := field(blob)
	if !ok {
		return o
	}
	o.Set("algo", plainOr(algo))
	switch string(algo) {
	case "ssh-rsa":
		e, rest, ok := field(rest)
		n, _, ok2 := field(rest)
		if ok && ok2 {
			rsa(o, new(big.Int).SetBytes(e), new(big.Int).SetBytes(n))
		}
	case "ssh-dss":
		if p, _, ok := field(rest); ok {
			o.Set("bits", int64(new(big.Int).SetBytes(p).BitLen()))
		}
	case "ecdsa-sha2-nistp256":
		o.Set("bits", int64(256))
	case "ssh-ed25519":
		if key, _, ok := field(rest); ok {
			o.Set("bits", int64(8*len(key)))
		}
	}
	return o
}

// maxKeyBits bounds the numbers that are written in decimal, which takes time that grows faster than their length.
const maxKeyBits = 1 << 15

func rsa(o *host.Object, e, n *big.Int) {
	if e.BitLen() <= maxKeyBits && n.BitLen() <= maxKeyBits {
		o.Set("exponent", e.String())
		o.Set("modulus", n.String())
	}
	o.Set("bits", int64(n.BitLen()))
}

// keyV1 describes a key of version 1 of the protocol: exponent and modulus, in decimal.
func keyV1(o *host.Object, text []byte) {
	exponent, modulus, ok := strings.Cut(string(text), " ")
	if !ok || len(modulus) > maxKeyBits/3 || len(exponent) > maxKeyBits/3 {
		return
	}
	e, ok1 := new(big.Int).SetString(exponent, 10)
	n, ok2 := new(big.Int).SetString(modulus, 10)
	if !ok1 || !ok2 || e.Sign() < 0 || n.Sign() < 0 { // bytes rather than digits
		e, n = new(big.Int).SetBytes([]byte(exponent)), new(big.Int).SetBytes([]byte(modulus))
	}
	rsa(o, e, n)
}

// field takes a text with its length before it (RFC 4251, section 5) off a blob.
func field(b []byte) (text, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := int64(binary.BigEndian.Uint32(b))
	if n > int64(len(b)-4) {
		return nil, nil, false
	}
	return b[4 : 4+n], b[4+n:], true
}
