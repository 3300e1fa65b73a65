package passivederive

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"regexp"

	"ivre/ingest/cert"
	"ivre/ingest/host"
	"ivre/ingest/passive"
)

func md5Hex(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// hashInfos are the hashes of the raw form of a fingerprint, and that form.
func hashInfos(raw string) *host.Object {
	s1, s256 := sha1.Sum([]byte(raw)), sha256.Sum256([]byte(raw))
	return host.NewObject("sha1", hex.EncodeToString(s1[:]), "sha256", hex.EncodeToString(s256[:]), "raw", raw)
}

// hashed is the MD5 that a raw fingerprint (https://github.com/salesforce/ja3) is known by; what is one stays.
func (d *Deriver) hashed(r *passive.Record, raw string) string {
	if allHex(raw, 32) {
		return raw
	}
	r.Infos = hashInfos(raw)
	return md5Hex(raw)
}

// serverJA3 puts hashes in the places of the raw fingerprints of a server and of the client that it answered.
func (d *Deriver) serverJA3(r *passive.Record, client string) {
	r.Infos = nil
	r.Value = d.hashed(r, r.Value)
	if allHex(client, 32) {
		return
	}
	r.Source = "ja3-" + md5Hex(client)
	if r.Infos == nil {
		r.Infos = &host.Object{}
	}
	r.Infos.Set("client", hashInfos(client))
}

// Forms of a JA4 fingerprint (https://github.com/FoxIO-LLC/ja4): raw, and with hashes.
var (
	rawJA4    = regexp.MustCompile(`^([tq?][0-9?sd]{2}[id][0-9]{4}..)_((?:[0-9a-f]{4}(?:,[0-9a-f]{4})*)?)_((?:[0-9a-f]{4}(?:,[0-9a-f]{4})*)?)(?:_((?:[0-9a-f]{4}(?:,[0-9a-f]{4})*)?))?$`)
	hashedJA4 = regexp.MustCompile(`^([tq?][0-9?sd]{2}[id][0-9]{4}..)_([0-9a-f]{12})_([0-9a-f]{12})$`)
)

// maxJA4 bounds a raw fingerprint, in bytes.
const maxJA4 = 16 << 10

// normalJA4 is the fingerprint with hashes; its parts become the record's information.
func normalJA4(r *passive.Record) string {
	r.Infos = nil
	if len(r.Value) > maxJA4 {
		return r.Value
	}
	if m := hashedJA4.FindStringSubmatch(r.Value); m != nil {
		r.Infos = host.NewObject("ja4_a", m[1], "ja4_b", m[2], "ja4_c", m[3])
		return r.Value
	}
	m := rawJA4.FindStringSubmatch(r.Value)
	if m == nil {
		return r.Value
	}
	c := m[3]
	if m[4] != "" {
		c += "_" + m[4]
	}
	b, cHash := shortHash(m[2]), shortHash(c)
	r.Infos = host.NewObject("ja4_a", m[1], "ja4_b_raw", m[2], "ja4_c1_raw", m[3], "ja4_c2_raw", m[4], "ja4_b", b, "ja4_c", cHash)
	return m[1] + "_" + b + "_" + cHash
}

// shortHash is the part of a SHA-256 that JA4 uses.
func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}

// certInfos describes a certificate.
func (d *Deriver) certInfos(r *passive.Record) *host.Object {
	if r.Source != "cert" && r.Source != "cacert" {
		return nil
	}
	der, err := unbase64(r.Value)
	if err != nil || len(der) == 0 {
		return nil
	}
	return cert.Parse(der)
}
