package cert

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf16"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"

	"ivre/ingest/host"
)

// attributes are the names of the parts of names: long for the usual ones, else OpenSSL's short ones.
var attributes = map[string]string{
	"2.5.4.3": "commonName", "2.5.4.4": "surname", "2.5.4.5": "serialNumber", "2.5.4.6": "countryName", "2.5.4.7": "localityName",
	"2.5.4.8": "stateOrProvinceName", "2.5.4.9": "street", "2.5.4.10": "organizationName", "2.5.4.11": "organizationalUnitName",
	"2.5.4.12": "title", "2.5.4.13": "description", "2.5.4.15": "businessCategory", "2.5.4.17": "postalCode", "2.5.4.41": "name",
	"2.5.4.42": "GN", "2.5.4.43": "initials", "2.5.4.44": "generationQualifier", "2.5.4.45": "x500UniqueIdentifier", "2.5.4.46": "dnQualifier",
	"2.5.4.65": "pseudonym", "2.5.4.97": "organizationIdentifier", "1.2.840.113549.1.9.1": "emailAddress", "1.2.840.113549.1.9.2": "unstructuredName",
	"1.2.840.113549.1.9.8": "unstructuredAddress", "0.9.2342.19200300.100.1.25": "domainComponent", "0.9.2342.19200300.100.1.1": "UID",
	"1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL", "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST", "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
}

// rfc4514 are the short names of RFC 4514.
var rfc4514 = map[string]string{
	"commonName": "CN", "countryName": "C", "localityName": "L", "stateOrProvinceName": "ST", "organizationName": "O",
	"organizationalUnitName": "OU", "domainComponent": "DC", "street": "STREET",
}

// algorithms are OpenSSL's names of signature algorithms.
var algorithms = map[string]string{
	"1.2.840.113549.1.1.2": "md2WithRSAEncryption", "1.2.840.113549.1.1.4": "md5WithRSAEncryption", "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
	"1.2.840.113549.1.1.10": "rsassaPss", "1.2.840.113549.1.1.11": "sha256WithRSAEncryption", "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
	"1.2.840.113549.1.1.13": "sha512WithRSAEncryption", "1.2.840.113549.1.1.14": "sha224WithRSAEncryption", "1.3.14.3.2.29": "sha1WithRSA",
	"1.2.840.10040.4.3": "dsaWithSHA1", "2.16.840.1.101.3.4.3.1": "dsa_with_SHA224", "2.16.840.1.101.3.4.3.2": "dsa_with_SHA256",
	"1.2.840.10045.4.1": "ecdsa-with-SHA1", "1.2.840.10045.4.3.1": "ecdsa-with-SHA224", "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
	"1.2.840.10045.4.3.3": "ecdsa-with-SHA384", "1.2.840.10045.4.3.4": "ecdsa-with-SHA512", "1.3.101.112": "ED25519", "1.3.101.113": "ED448",
}

// attribute is a part of a name.
type attribute struct{ name, value string }

func readName(s cryptobyte.String) []attribute {
	var out []attribute
	for !s.Empty() {
		var set cryptobyte.String
		if !s.ReadASN1(&set, tags.SET) {
			return out
		}
		for !set.Empty() {
			var pair, value cryptobyte.String
			var tag tags.Tag
			if !set.ReadASN1(&pair, tags.SEQUENCE) {
				return out
			}
			oid, ok := readOID(&pair)
			if !ok || !pair.ReadAnyASN1(&value, &tag) {
				continue
			}
			name, known := attributes[oid]
			if !known {
				name = oid
			}
			out = append(out, attribute{name, stringValue(tag, value)})
		}
	}
	return out
}

// name describes a name: its parts by their names, the last of each, and all of them as a text.
func name(s cryptobyte.String) (*host.Object, string) {
	o := &host.Object{}
	var texts []string
	for _, a := range readName(s) {
		value := printable([]byte(a.value))
		o.Set(a.name, value)
		texts = append(texts, a.name+"="+value)
	}
	return o, strings.Join(texts, "/")
}

// tagT61 and its siblings are the tags of texts that package asn1 does not name.
const (
	tagUniversal = tags.Tag(28)
	tagBMP       = tags.Tag(30)
)

func stringValue(tag tags.Tag, value []byte) string {
	switch tag {
	case tagBMP:
		var units []uint16
		for i := 0; i+1 < len(value); i += 2 {
			units = append(units, uint16(value[i])<<8|uint16(value[i+1]))
		}
		return string(utf16.Decode(units))
	case tagUniversal:
		var b strings.Builder
		for i := 0; i+3 < len(value); i += 4 {
			b.WriteRune(rune(value[i])<<24 | rune(value[i+1])<<16 | rune(value[i+2])<<8 | rune(value[i+3]))
		}
		return b.String()
	}
	return string(value)
}

// printable replaces every byte that is not printable ASCII by a dot.
func printable(b []byte) string {
	out := make([]byte, len(b))
	for i, c := range b {
		if c < 32 || c > 126 {
			c = '.'
		}
		out[i] = c
	}
	return string(out)
}

// subjectAltNames reads the extension of that name; nil if there is none, or if it cannot be read.
func subjectAltNames(extensions cryptobyte.String) host.Value {
	for !extensions.Empty() {
		var ext, body, list cryptobyte.String
		if !extensions.ReadASN1(&ext, tags.SEQUENCE) {
			return nil
		}
		oid, ok := readOID(&ext)
		if !ok || oid != "2.5.29.17" {
			continue
		}
		ext.SkipOptionalASN1(tags.BOOLEAN)
		if !ext.ReadASN1(&body, tags.OCTET_STRING) || !body.ReadASN1(&list, tags.SEQUENCE) {
			return nil
		}
		return generalNames(list)
	}
	return nil
}

func generalNames(list cryptobyte.String) host.Value {
	out := host.List{}
	for !list.Empty() {
		var body cryptobyte.String
		var tag tags.Tag
		if !list.ReadAnyASN1(&body, &tag) {
			return nil
		}
		text, ok := generalName(tag, body)
		if !ok {
			return nil
		}
		out = append(out, text)
	}
	return out
}

func generalName(tag tags.Tag, body cryptobyte.String) (string, bool) {
	switch tag &^ tags.Tag(0).ContextSpecific().Constructed() {
	case 0:
		return otherName(body)
	case 1:
		return "email:" + printable(body), true
	case 2:
		return "DNS:" + printable(body), true
	case 4:
		var inner cryptobyte.String
		if !body.ReadASN1(&inner, tags.SEQUENCE) {
			return "", false
		}
		return "DirName:" + distinguished(readName(inner)), true
	case 6:
		return "URI:" + printable(body), true
	case 7:
		if a, ok := netip.AddrFromSlice(body); ok {
			return "IP Address:" + a.String(), true
		}
		return "IP Address:<invalid>", true
	case 8:
		return "Registered ID:" + oidText(body), true
	}
	return fmt.Sprintf("othername:<unsupported type %d>", tag&31), true
}

// otherName shows the type of the name; its value if it is a text.
func otherName(body cryptobyte.String) (string, bool) {
	oid, ok := readOID(&body)
	if !ok {
		return "", false
	}
	if oid == "1.3.6.1.4.1.311.20.2.3" {
		oid = "UPN"
	}
	var wrapped, value cryptobyte.String
	var tag tags.Tag
	if body.ReadASN1(&wrapped, tags.Tag(0).ContextSpecific().Constructed()) && wrapped.ReadAnyASN1(&value, &tag) {
		switch tag {
		case tags.UTF8String, tags.PrintableString, tags.IA5String, tagBMP:
			return "othername:" + oid + ":" + printable([]byte(stringValue(tag, value))), true
		}
	}
	return "othername:" + oid, true
}

// oidText is the dotted form of an object identifier's content.
func oidText(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	var out []string
	n := uint64(0)
	for i, c := range body {
		n = n<<7 | uint64(c&0x7f)
		if c&0x80 != 0 {
			if i > 64 {
				return hex.EncodeToString(body)
			}
			continue
		}
		if out == nil {
			first := min(n/40, 2)
			out = []string{strconv.FormatUint(first, 10)}
			n -= first * 40
		}
		out = append(out, strconv.FormatUint(n, 10))
		n = 0
	}
	return strings.Join(out, ".")
}

var escape4514 = strings.NewReplacer(`\`, `\\`, `,`, `\,`, `+`, `\+`, `"`, `\"`, `<`, `\<`, `>`, `\>`, `;`, `\;`)

// distinguished is a name in the form of RFC 4514: the last part first.
func distinguished(list []attribute) string {
	var parts []string
	for i := len(list) - 1; i >= 0; i-- {
		name := list[i].name
		if short, ok := rfc4514[name]; ok {
			name = short
		}
		parts = append(parts, name+"="+escape4514.Replace(printable([]byte(list[i].value))))
	}
	return strings.Join(parts, ",")
}
