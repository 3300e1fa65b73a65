package passivederive

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"ivre/ingest/cert"
	"ivre/ingest/host"
	"ivre/ingest/passive"
)

func md5Hex(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// setRaw keeps the text that a record's value is, or will be, the hash of.
func setRaw(r *passive.Record, raw string) { r.Infos = withMember(r.Infos, "raw", raw) }

// withMember returns a copy of an object, which may be shared, with a member set.
func withMember(o *host.Object, key string, v host.Value) *host.Object {
	out := &host.Object{}
	if o != nil {
		out.Members = append(make([]host.Member, 0, len(o.Members)+1), o.Members...)
	}
	out.Set(key, v)
	return out
}

// normaliseTLS hashes the fingerprints of clients and servers.
func (d *Deriver) normaliseTLS(r *passive.Record) {
	client, isServer := strings.CutPrefix(r.Source, "ja3-")
	switch {
	case r.Recontype == "SSL_CLIENT" && r.Source == "ja4":
		d.normaliseJA4(r)
	case r.Recontype == "SSL_CLIENT" && r.Source == "ja3":
		if !isHex(r.Value, 32) {
			setRaw(r, r.Value)
			r.Value = md5Hex(r.Value)
		}
	case r.Recontype == "SSL_SERVER" && isServer:
		if !isHex(r.Value, 32) {
			setRaw(r, r.Value)
			r.Value = md5Hex(r.Value)
		}
		if !isHex(client, 32) {
			r.Infos = withMember(r.Infos, "client", host.NewObject("raw", client))
			r.Source = "ja3-" + md5Hex(client)
		}
	}
}

// rawInfos completes what was kept of a text that was hashed: sha1, sha256 and raw. The MD5 hash is the record's value.
func rawInfos(infos *host.Object) *host.Object {
	v, ok := infos.Get("raw")
	raw, isText := v.(string)
	if !ok || !isText {
		return nil
	}
	s1, s2 := sha1.Sum([]byte(raw)), sha256.Sum256([]byte(raw))
	return &host.Object{Members: []host.Member{
		{Key: "sha1", Value: hex.EncodeToString(s1[:])},
		{Key: "sha256", Value: hex.EncodeToString(s2[:])},
		{Key: "raw", Value: raw},
	}}
}

// tlsInfos derives what fingerprints and certificates tell.
func (d *Deriver) tlsInfos(r *passive.Record) *host.Object {
	switch {
	case r.Recontype == "SSL_CLIENT" && r.Source == "ja3":
		return rawInfos(r.Infos)
	case r.Recontype == "SSL_SERVER" && strings.HasPrefix(r.Source, "ja3-"):
		o := rawInfos(r.Infos)
		v, _ := r.Infos.Get("client")
		if client, _ := v.(*host.Object); client != nil {
			if full := rawInfos(client); full != nil {
				o = withMember(o, "client", full)
			}
		}
		return o
	}
	return nil
}

// maxCert is the length of the longest certificate that is taken apart, in bytes of DER. Of a longer one there are only
// the hashes: real ones have a few kilobytes, and numbers of megabytes take long to be written in decimal.
const maxCert = 256 << 10

func (d *Deriver) certInfos(r *passive.Record) *host.Object {
	der, ok := decodeBase64(r.Value)
	if !ok || len(der) == 0 {
		d.warn(r, "the certificate is not base64: %.60q", r.Value)
		return nil
	}
	if len(der) > maxCert {
		d.warn(r, "a certificate of %d bytes, more than %d, is not looked into", len(der), maxCert)
		return hashInfos(der)
	}
	o := cert.Parse(der)
	o.Delete("pem") // it is the record's value
	return o
}

// hashInfos returns the hashes of data.
func hashInfos(data []byte) *host.Object {
	m, s1, s2 := md5.Sum(data), sha1.Sum(data), sha256.Sum256(data)
	return host.NewObject("md5", hex.EncodeToString(m[:]), "sha1", hex.EncodeToString(s1[:]), "sha256", hex.EncodeToString(s2[:]))
}
