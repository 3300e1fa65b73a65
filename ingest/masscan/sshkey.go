package masscan

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"math/bits"
	"strconv"
	"strings"

	"ivre/ingest/host"
)

// sshHostKey makes the script ssh-hostkey of SSH_MSG_KEXDH_REPLY, whose first string is the server's public key.
func (r *reading) sshHostKey(payload []byte) {
	key, _, ok := sshString(payload[1:])
	if !ok || r.p.Script("ssh-hostkey") != nil {
		return
	}
	name, rest, ok := sshString(key)
	if !ok {
		return
	}
	typ := escape(name)
	sum := md5.Sum(key)
	text := base64.StdEncoding.EncodeToString(key)
	o := host.NewObject("type", typ, "key", text)
	length := "-"
	if n, ok := keyBits(typ, rest); ok {
		o.Set("bits", int64(n))
		length = strconv.Itoa(n)
	}
	o.Set("fingerprint", hex.EncodeToString(sum[:]))
	out := "\n  " + length + " " + colons(sum[:]) + " (" + shortType(typ) + ")\n" + typ + " " + text
	r.script("ssh-hostkey", out, host.List{o})
}

// keyBits returns the length of a public key, in bits. rest is what follows the name of its type.
func keyBits(typ string, rest []byte) (int, bool) {
	first, rest, ok := sshString(rest)
	if !ok {
		return 0, false
	}
	switch typ {
	case "ssh-rsa": // exponent, modulus
		modulus, _, ok := sshString(rest)
		return bitLen(modulus), ok
	case "ssh-dss": // p, ...
		return bitLen(first), true
	case "ssh-ed25519":
		return 8 * len(first), true
	case "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521":
		n, err := strconv.Atoi(strings.TrimPrefix(typ, "ecdsa-sha2-nistp"))
		return n, err == nil
	}
	return 0, false
}

// bitLen is the length of a big-endian number, in bits.
func bitLen(b []byte) int {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	if len(b) == 0 {
		return 0
	}
	return 8*(len(b)-1) + bits.Len8(b[0])
}

func colons(b []byte) string {
	out := make([]byte, 0, 3*len(b))
	for i := range b {
		if i > 0 {
			out = append(out, ':')
		}
		out = hex.AppendEncode(out, b[i:i+1])
	}
	return string(out)
}

func shortType(typ string) string {
	if strings.HasPrefix(typ, "ecdsa-sha2-nistp") {
		return "ECDSA"
	}
	return strings.ToUpper(strings.TrimPrefix(typ, "ssh-"))
}
