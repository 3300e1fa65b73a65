package cert

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"

	"ivre/ingest/host"
)

// ParsePEM describes the certificate in a PEM text.
func ParsePEM(text string) (*host.Object, bool) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, false
	}
	return Parse(block.Bytes), true
}

// Parse describes a certificate in DER. Of one that cannot be read there are only the hashes and the PEM text.
func Parse(der []byte) *host.Object {
	o := &host.Object{}
	setHashes(o, der)
	parseBody(o, der)
	o.Set("pem", encodePEM(der))
	return o
}

func setHashes(o *host.Object, data []byte) {
	m, s1, s2 := md5.Sum(data), sha1.Sum(data), sha256.Sum256(data)
	o.Set("md5", hex.EncodeToString(m[:]))
	o.Set("sha1", hex.EncodeToString(s1[:]))
	o.Set("sha256", hex.EncodeToString(s2[:]))
}

func encodePEM(der []byte) string {
	text := base64.StdEncoding.EncodeToString(der)
	var b strings.Builder
	b.WriteString("-----BEGIN CERTIFICATE-----\n")
	for len(text) > 0 {
		n := min(64, len(text))
		b.WriteString(text[:n])
		b.WriteByte('\n')
		text = text[n:]
	}
	b.WriteString("-----END CERTIFICATE-----\n")
	return b.String()
}

// parseBody reads the parts of a certificate as far as it goes.
func parseBody(o *host.Object, der []byte) {
	input := cryptobyte.String(der)
	var outer, tbs, algorithm, issuer, validity, subject, key cryptobyte.String
	if !input.ReadASN1(&outer, tags.SEQUENCE) || !outer.ReadASN1(&tbs, tags.SEQUENCE) {
		return
	}
	version := int64(0)
	var explicit cryptobyte.String
	var has bool
	if tbs.ReadOptionalASN1(&explicit, &has, tags.Tag(0).ContextSpecific().Constructed()) && has {
		explicit.ReadASN1Integer(&version)
	}
	serial, ok := readInteger(&tbs)
	if !ok || !tbs.ReadASN1(&algorithm, tags.SEQUENCE) {
		return
	}
	if !tbs.ReadASN1(&issuer, tags.SEQUENCE) || !tbs.ReadASN1(&validity, tags.SEQUENCE) || !tbs.ReadASN1(&subject, tags.SEQUENCE) {
		return
	}
	subjectName, subjectText := name(subject)
	issuerName, issuerText := name(issuer)
	o.Set("subject", subjectName)
	o.Set("subject_text", subjectText)
	o.Set("issuer", issuerName)
	o.Set("issuer_text", issuerText)
	o.Set("self_signed", subjectText == issuerText)
	setValidity(o, validity)
	o.Set("serial_number", serial.String())
	o.Set("version", version)
	if oid, ok := readOID(&algorithm); ok {
		o.Set("signature_algorithm", algorithmName(oid))
	}
	var rawKey cryptobyte.String
	if !tbs.ReadASN1Element(&rawKey, tags.SEQUENCE) {
		return
	}
	key = rawKey
	if extensions, ok := findExtensions(tbs); ok {
		if san := subjectAltNames(extensions); san != nil {
			o.Set("san", san)
		}
	}
	o.Set("pubkey", publicKey(key, rawKey))
}

// readInteger reads an integer, even if it is not in its shortest form.
func readInteger(s *cryptobyte.String) (*big.Int, bool) {
	var body cryptobyte.String
	if !s.ReadASN1(&body, tags.INTEGER) || len(body) == 0 {
		return nil, false
	}
	n := new(big.Int).SetBytes(body)
	if body[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(body))*8))
	}
	return n, true
}

func readOID(s *cryptobyte.String) (string, bool) {
	var oid asn1.ObjectIdentifier
	if !s.ReadASN1ObjectIdentifier(&oid) {
		return "", false
	}
	return oid.String(), true
}

func algorithmName(oid string) string {
	if n, ok := algorithms[oid]; ok {
		return n
	}
	return oid
}

func setValidity(o *host.Object, validity cryptobyte.String) {
	before, ok1 := readTime(&validity)
	after, ok2 := readTime(&validity)
	if ok1 {
		o.Set("not_before", before)
	}
	if ok2 {
		o.Set("not_after", after)
	}
	if ok1 && ok2 {
		o.Set("lifetime", after.Unix()-before.Unix())
	}
}

func readTime(s *cryptobyte.String) (time.Time, bool) {
	var body cryptobyte.String
	var tag tags.Tag
	if !s.ReadAnyASN1(&body, &tag) {
		return time.Time{}, false
	}
	layouts := []string{"060102150405Z0700", "0601021504Z0700"}
	if tag == tags.GeneralizedTime {
		layouts = []string{"20060102150405Z0700", "200601021504Z0700"}
	}
	for _, layout := range layouts {
		t, err := time.Parse(layout, string(body))
		if err != nil {
			continue
		}
		if tag != tags.GeneralizedTime && t.Year() >= 2050 { // RFC 5280, 4.1.2.5.1
			t = t.AddDate(-100, 0, 0)
		}
		return t.UTC(), true
	}
	return time.Time{}, false
}

// findExtensions looks for the list of extensions in what follows the public key.
func findExtensions(rest cryptobyte.String) (cryptobyte.String, bool) {
	for !rest.Empty() {
		var body, list cryptobyte.String
		var tag tags.Tag
		if !rest.ReadAnyASN1(&body, &tag) {
			return nil, false
		}
		if tag == tags.Tag(3).ContextSpecific().Constructed() {
			return list, body.ReadASN1(&list, tags.SEQUENCE)
		}
	}
	return nil, false
}
