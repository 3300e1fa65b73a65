package passivederive

import (
	"encoding/binary"
	"math/big"
	"strings"

	"ivre/ingest/host"
	"ivre/ingest/passive"
)

// keyValue is the base64 form of a host key. Sensors log the bytes of the key, with escapes; records that were exported
// hold the base64 form, which bytes cannot be taken for: those start with zeros, or have a blank.
func (d *Deriver) keyValue(r *passive.Record) string {
	if strings.Trim(strings.TrimRight(r.Value, "="), base64Alphabet) == "" && len(r.Value)%4 == 0 {
		if b, ok := decodeBase64(r.Value); ok {
			return encodeBase64(b)
		}
	}
	return encodeBase64(d.bytes(r))
}

// hostKeyInfos describes the public key of an SSH server (RFC 4253, section 6.6; RFC 5656; RFC 8709).
func (d *Deriver) hostKeyInfos(r *passive.Record) *host.Object {
	blob, ok := decodeBase64(r.Value)
	if !ok || len(blob) == 0 {
		d.warn(r, "the key is not base64: %.60q", r.Value)
		return nil
	}
	o := hashInfos(blob)
	if r.Source == "SSHv1" {
		setSSH1Key(o, string(blob))
		return o
	}
	algo, rest, ok := sshString(blob)
	if !ok || len(algo) == 0 || len(algo) > maxAlgo {
		return o
	}
	o.Set("algo", escape(algo))
	first, rest, ok := sshString(rest)
	if !ok {
		return o
	}
	switch string(algo) {
	case "ssh-rsa": // exponent, modulus
		if modulus, _, ok := sshString(rest); ok {
			setRSA(o, new(big.Int).SetBytes(first), new(big.Int).SetBytes(modulus))
		}
	case "ssh-dss": // p, ...
		o.Set("bits", int64(new(big.Int).SetBytes(first).BitLen()))
	case "ecdsa-sha2-nistp256":
		o.Set("bits", int64(256))
	case "ssh-ed25519":
		o.Set("bits", int64(8*len(first)))
	}
	return o
}

// maxAlgo is the length of the longest name of an algorithm (RFC 4251, section 6).
const maxAlgo = 64

// maxNumber is the size of the largest number that is written in decimal, in bits: that takes long.
const maxNumber = 16 << 10

func setRSA(o *host.Object, exponent, modulus *big.Int) {
	if exponent.BitLen() <= maxNumber && modulus.BitLen() <= maxNumber {
		o.Set("exponent", exponent.String())
		o.Set("modulus", modulus.String())
	}
	o.Set("bits", int64(modulus.BitLen()))
}

// setSSH1Key describes a key of version 1 of the protocol: the exponent and the modulus, separated by a blank.
func setSSH1Key(o *host.Object, text string) {
	e, m, ok := strings.Cut(text, " ")
	if !ok {
		return
	}
	const limit = maxNumber / 3 // digits: each has more than three bits
	if !isDigits(e, limit) || !isDigits(m, limit) {
		return
	}
	exponent, ok1 := new(big.Int).SetString(e, 10)
	modulus, ok2 := new(big.Int).SetString(m, 10)
	if ok1 && ok2 {
		setRSA(o, exponent, modulus)
	}
}

// sshString reads a text or number that follows its length (RFC 4251, section 5).
func sshString(b []byte) (s, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := binary.BigEndian.Uint32(b)
	if b = b[4:]; uint64(n) > uint64(len(b)) {
		return nil, nil, false
	}
	return b[:n], b[n:], true
}
