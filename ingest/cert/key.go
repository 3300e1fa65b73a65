package cert

import (
	"encoding/base64"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"

	"ivre/ingest/host"
)

// keyTypes are the types of public keys by their algorithms. Others are called by OpenSSL's numbers.
var keyTypes = map[string]string{
	"1.2.840.113549.1.1.1": "rsa", "1.2.840.113549.1.1.10": "rsa", "1.2.840.10045.2.1": "ec", "1.2.840.10040.4.1": "dsa", "1.2.840.113549.1.3.1": "dh",
	"1.3.101.110": "1034", "1.3.101.111": "1035", "1.3.101.112": "1087", "1.3.101.113": "1088",
}

var keyBits = map[string]int64{"1034": 253, "1035": 448, "1087": 256, "1088": 456}

// curveBits are the sizes of named curves.
var curveBits = map[string]int64{
	"1.2.840.10045.3.1.1": 192, "1.3.132.0.33": 224, "1.2.840.10045.3.1.7": 256, "1.3.132.0.34": 384, "1.3.132.0.35": 521,
	"1.3.132.0.10": 256, "1.3.36.3.3.2.8.1.1.7": 256, "1.3.36.3.3.2.8.1.1.11": 384, "1.3.36.3.3.2.8.1.1.13": 512,
}

// publicKey describes a SubjectPublicKeyInfo.
func publicKey(key cryptobyte.String, raw []byte) *host.Object {
	o := &host.Object{}
	var info, algorithm, bits cryptobyte.String
	if key.ReadASN1(&info, tags.SEQUENCE) && info.ReadASN1(&algorithm, tags.SEQUENCE) {
		oid, _ := readOID(&algorithm)
		typ, ok := keyTypes[oid]
		if !ok {
			typ = oid
		}
		o.Set("type", typ)
		if n, ok := keyBits[typ]; ok {
			o.Set("bits", n)
		}
		if info.ReadASN1(&bits, tags.BIT_STRING) && len(bits) > 0 {
			describeKey(o, typ, algorithm, bits[1:])
		}
	}
	setHashes(o, raw)
	o.Set("raw", base64.StdEncoding.EncodeToString(raw))
	return o
}

func describeKey(o *host.Object, typ string, parameters, body cryptobyte.String) {
	switch typ {
	case "rsa":
		var pair cryptobyte.String
		if !body.ReadASN1(&pair, tags.SEQUENCE) {
			return
		}
		modulus, ok1 := readInteger(&pair)
		exponent, ok2 := readInteger(&pair)
		if !ok1 || !ok2 {
			return
		}
		o.Set("bits", int64(modulus.BitLen()))
		if exponent.IsInt64() {
			o.Set("exponent", exponent.Int64())
		}
		o.Set("modulus", modulus.String())
	case "ec":
		if oid, ok := readOID(&parameters); ok {
			if n, known := curveBits[oid]; known {
				o.Set("bits", n)
				return
			}
		}
		if len(body) > 1 && body[0] == 4 { // an uncompressed point: two coordinates
			o.Set("bits", int64(len(body)-1)*4)
		}
	case "dsa", "dh":
		var group cryptobyte.String
		if parameters.ReadASN1(&group, tags.SEQUENCE) {
			if p, ok := readInteger(&group); ok {
				o.Set("bits", int64(p.BitLen()))
			}
		}
	}
}
