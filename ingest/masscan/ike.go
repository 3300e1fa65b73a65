package masscan

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"ivre/ingest/host"
)

// Types of ISAKMP payloads (RFC 2408, 3.1).
const (
	payloadSA           = 1
	payloadProposal     = 2
	payloadTransform    = 3
	payloadNotification = 11
	payloadVendor       = 13
)

const (
	isakmpHeader = 28
	// maxIKEItems bounds how many payloads, transforms and vendor IDs of an answer are kept, each.
	maxIKEItems = 100
	// maxIKENumber bounds numbers of transforms, in bytes: the prime of a group of 16384 bits.
	maxIKENumber = 2048
	// maxVendorID bounds a vendor ID, in bytes. Those in use are hashes with a few bytes behind.
	maxVendorID = 1024
)

// ikeCookie starts the initiator's cookie that Masscan sends.
var ikeCookie = []byte{0x00, 0x11, 0x22, 0x33}

// ikeAnswer is what an answer to an IKE request says.
type ikeAnswer struct {
	types      host.List // names of payloads, in order
	doi        string
	transforms host.List // of *host.Object
	vendors    host.List // of *host.Object: value, name
	protocol   string
	notify     string
	remarks    host.List // on what is malformed
}

// ike reads the answer to an IKE (version 1) request. What is no such answer stays as it is.
func (r *reading) ike(probe string) {
	var a ikeAnswer
	b := r.raw
	if probe == "ike-ipsec-nat-t" {
		marked, ok := bytes.CutPrefix(b, []byte{0, 0, 0, 0}) // RFC 3948, 2.2
		if b = marked; !ok {
			a.remark("ike-ipsec-nat-t: missing non-ESP marker")
		}
	}
	if len(b) < isakmpHeader || !bytes.HasPrefix(b, ikeCookie) {
		return
	}
	n := uint64(binary.BigEndian.Uint32(b[24:]))
	if n > uint64(len(b)) {
		return
	}
	a.payloads(b[16], b[isakmpHeader:max(n, isakmpHeader)])
	s := &r.p.Service
	s.Name = "isakmp"
	for _, v := range a.vendors {
		if vendorService(s, v.(*host.Object).Text("name")) {
			break
		}
	}
	r.replace("ike-info", a.text(), a.object())
}

func (a *ikeAnswer) remark(format string, args ...any) {
	if len(a.remarks) < maxIKEItems {
		a.remarks = append(a.remarks, fmt.Sprintf(format, args...))
	}
}

// payload takes a payload off b: the type of the next one, and what it holds.
func (a *ikeAnswer) payload(b []byte) (next byte, body, rest []byte, ok bool) {
	if len(b) < 4 {
		return 0, nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n < 4 || n > len(b) {
		a.remark("invalid payload length: %d", n)
		return 0, nil, nil, false
	}
	return b[0], b[4:n], b[n:], true
}

func (a *ikeAnswer) payloads(typ byte, b []byte) {
	for range maxIKEItems {
		if typ == 0 {
			return
		}
		next, body, rest, ok := a.payload(b)
		if !ok {
			return
		}
		switch typ {
		case payloadSA:
			a.types = append(a.types, "SA")
			a.association(body)
		case payloadNotification:
			a.types = append(a.types, "Notification")
			a.notification(body)
		case payloadVendor:
			a.types = append(a.types, "Vendor ID")
			a.vendor(body)
		}
		typ, b = next, rest
	}
}

// association reads an SA payload (RFC 2408, 3.4): the domain of interpretation, the situation, proposals.
func (a *ikeAnswer) association(b []byte) {
	if len(b) < 8 {
		a.remark("invalid SA length: %d", len(b))
		return
	}
	a.doi = named(ikeDomains, int64(binary.BigEndian.Uint32(b)))
	for b, typ := b[8:], byte(payloadProposal); typ == payloadProposal && len(b) > 0; {
		next, body, rest, ok := a.payload(b)
		if !ok {
			return
		}
		a.proposal(body)
		typ, b = next, rest
	}
}

// proposal reads a proposal (RFC 2408, 3.5): number, protocol, size of the SPI, number of transforms, SPI, transforms.
func (a *ikeAnswer) proposal(b []byte) {
	if len(b) < 4 || len(b) < 4+int(b[2]) {
		a.remark("invalid proposal length: %d", len(b))
		return
	}
	for b, typ := b[4+int(b[2]):], byte(payloadTransform); typ == payloadTransform && len(b) > 0; {
		next, body, rest, ok := a.payload(b)
		if !ok || len(a.transforms) >= maxIKEItems {
			return
		}
		if len(body) < 4 {
			a.remark("invalid transform length: %d", len(body))
			return
		}
		a.transform(body[4:])
		typ, b = next, rest
	}
}

// transform reads the attributes of a transform (RFC 2408, 3.3): numbers of two bytes, or, without the first bit of the
// type, of a length that is given.
func (a *ikeAnswer) transform(b []byte) {
	o := &host.Object{}
	for len(b) >= 4 && o.Len() < maxIKEItems {
		typ, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		value := b[2:4]
		b = b[4:]
		if typ&0x8000 == 0 {
			if n > len(b) || n > maxIKENumber {
				a.remark("invalid transform length: %d", n)
				break
			}
			value, b = b[:n], b[n:]
		}
		key, v := attribute(typ&0x7fff, value)
		o.Set(key, v)
	}
	if o.Len() > 0 {
		a.transforms = append(a.transforms, o)
	}
}

// attribute names an attribute of a transform, and its value if that has a name.
func attribute(typ uint16, value []byte) (string, host.Value) {
	number := new(big.Int).SetBytes(value)
	attr, ok := ikeAttributes[typ]
	if !ok {
		attr.name = fmt.Sprintf("UNKNOWN-%d", typ)
	}
	switch {
	case attr.values != nil:
		if number.IsInt64() && attr.values[number.Int64()] != "" {
			return attr.name, attr.values[number.Int64()]
		}
		return attr.name, "UNKNOWN-" + number.String()
	case number.IsInt64():
		return attr.name, number.Int64()
	}
	return attr.name, json.Number(number.String())
}

// notification reads a notification (RFC 2408, 3.14): the domain of interpretation, protocol, size of the SPI, type.
func (a *ikeAnswer) notification(b []byte) {
	if len(b) < 8 {
		a.remark("invalid notification length: %d", len(b))
		return
	}
	a.doi = named(ikeDomains, int64(binary.BigEndian.Uint32(b)))
	a.protocol = named(ikeProtocols, int64(b[4]))
	a.notify = named(ikeNotifications, int64(binary.BigEndian.Uint16(b[6:])))
}

func (a *ikeAnswer) vendor(b []byte) {
	if len(a.vendors) >= maxIKEItems || len(b) > maxVendorID {
		return
	}
	value := hex.EncodeToString(b)
	o := host.NewObject("value", value)
	if name := vendorName(value); name != "" {
		o.Set("name", name)
	}
	a.vendors = append(a.vendors, o)
}

func (a *ikeAnswer) object() *host.Object {
	o := &host.Object{}
	for _, f := range [...]struct {
		key  string
		list host.List
		text string
	}{
		{key: "type", list: a.types}, {key: "DOI", text: a.doi}, {key: "transforms", list: a.transforms},
		{key: "vendor_ids", list: a.vendors}, {key: "protocol_id", text: a.protocol},
		{key: "notification_type", text: a.notify}, {key: "protocol", list: a.remarks},
	} {
		switch {
		case len(f.list) > 0:
			o.Set(f.key, f.list)
		case f.text != "":
			o.Set(f.key, f.text)
		}
	}
	return o
}

func (a *ikeAnswer) text() string {
	var lines []string
	if len(a.transforms) > 0 {
		lines = append(lines, "Transforms:")
	}
	for _, t := range a.transforms {
		members := slices.Clone(t.(*host.Object).Members)
		slices.SortFunc(members, func(a, b host.Member) int { return strings.Compare(a.Key, b.Key) })
		parts := make([]string, len(members))
		for i, m := range members {
			parts[i] = fmt.Sprintf("%s: %v", m.Key, m.Value)
		}
		lines = append(lines, "  - "+strings.Join(parts, ", "))
	}
	if len(a.vendors) > 0 {
		lines = append(lines, "Vendor IDs:")
	}
	for _, v := range a.vendors {
		o := v.(*host.Object)
		name := o.Text("name")
		if name == "" {
			name = o.Text("value")
		}
		lines = append(lines, "  - "+name)
	}
	if a.notify != "" {
		lines = append(lines, "Notification: "+a.notify)
	}
	return strings.Join(lines, "\n")
}
