// Package ntlm reads the messages of the NTLM authentication protocol ([MS-NLMP]) as far as they tell about the machines
// that exchange them. It knows neither transports nor records.
package ntlm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// Pair is a piece of information. Value is a text as it was sent, in UTF-8 or in the 8-bit encoding of the sender.
type Pair struct{ Key, Value string }

// Fingerprint is the key of the flags of a message, which differ between implementations: 0x and eight digits.
const Fingerprint = "ntlm-fingerprint"

// Version is the key of the revision of the protocol, a decimal number.
const Version = "NTLM_Version"

const signature = "NTLMSSP\x00"

// Flags of messages ([MS-NLMP] 2.2.2.5).
const (
	flagUnicode    = 0x00000001
	flagTargetInfo = 0x00800000
	flagVersion    = 0x02000000
)

// maxText bounds a text of a message, in bytes.
const maxText = 4096

// Parse reads a message of any of the three types. Texts that go beyond the end of the message are left out.
func Parse(msg []byte) ([]Pair, error) {
	if len(msg) < 16 || string(msg[:8]) != signature {
		return nil, errors.New("this is no NTLM message")
	}
	m := message(msg)
	switch t := m.u32(8); t {
	case 1:
		return m.negotiate()
	case 2:
		return m.challenge()
	case 3:
		return m.authenticate()
	default:
		return nil, fmt.Errorf("there are no NTLM messages of type %d", t)
	}
}

type message []byte

func (m message) u16(at int) uint16 { return binary.LittleEndian.Uint16(m[at:]) }
func (m message) u32(at int) uint32 { return binary.LittleEndian.Uint32(m[at:]) }

// text is the text whose length and place are in the message.
func (m message) text(lenAt, offAt int, flags uint32) (string, bool) {
	n, off := int(m.u16(lenAt)), int64(m.u32(offAt))
	if n > maxText || off+int64(n) > int64(len(m)) {
		return "", false
	}
	return decode(m[off:off+int64(n)], flags), true
}

// decode turns bytes into a text: UTF-16 if the flags say so, or if every second byte is 0.
func decode(b []byte, flags uint32) string {
	if flags&flagUnicode == 0 && !looksWide(b) {
		return string(b)
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if len(b) >= 2 {
		switch {
		case b[0] == 0xff && b[1] == 0xfe:
			b = b[2:]
		case b[0] == 0xfe && b[1] == 0xff:
			b, order = b[2:], binary.BigEndian
		}
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	out := make([]byte, 0, len(units))
	for _, r := range utf16.Decode(units) {
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}

func looksWide(b []byte) bool {
	if len(b) < 2 || len(b)%2 != 0 {
		return false
	}
	for i := 1; i < len(b); i += 2 {
		if b[i] != 0 {
			return false
		}
	}
	return true
}

func fingerprint(flags uint32) Pair { return Pair{Fingerprint, fmt.Sprintf("0x%08x", flags)} }

// negotiate reads a message of type 1 ([MS-NLMP] 2.2.1.1).
func (m message) negotiate() ([]Pair, error) {
	flags := m.u32(12)
	out := []Pair{fingerprint(flags)}
	if len(m) <= 32 {
		return out, nil
	}
	for _, f := range [...]struct {
		key        string
		len, place int
	}{{"NetBIOS_Domain_Name", 16, 20}, {"Workstation", 24, 28}} {
		if m.u16(f.len) == 0 || m.u32(f.place) == 0 {
			continue
		}
		if s, ok := m.text(f.len, f.place, 0); ok { // these are in the sender's 8-bit encoding, whatever the flags say
			out = append(out, Pair{f.key, s})
		}
	}
	return out, nil
}

// challenge reads a message of type 2 ([MS-NLMP] 2.2.1.2).
func (m message) challenge() ([]Pair, error) {
	if len(m) < 24 {
		return nil, errors.New("an NTLM challenge is shorter than 24 bytes")
	}
	flags := m.u32(20)
	out := []Pair{fingerprint(flags)}
	target := int64(m.u32(16))
	if s, ok := m.text(12, 16, flags); ok {
		out = append(out, Pair{"Target_Name", s})
	}
	if flags&flagVersion != 0 && target >= 56 && len(m) >= 56 {
		out = append(out, m.version(48)...)
	}
	if flags&flagTargetInfo != 0 && target >= 48 && len(m) >= 48 {
		size, off := int64(m.u16(40)), int64(m.u32(44))
		if off <= int64(len(m)) {
			out = append(out, pairs(m[off:min(off+size, int64(len(m)))])...)
		}
	}
	return out, nil
}

// version reads the version of the sender's system.
func (m message) version(at int) []Pair {
	return []Pair{
		{"Product_Version", fmt.Sprintf("%d.%d.%d", m[at], m[at+1], m.u16(at+2))},
		{Version, fmt.Sprint(m[at+7])},
	}
}

// avKeys are the names in the target information ([MS-NLMP] 2.2.2.1).
var avKeys = [...]string{1: "NetBIOS_Computer_Name", 2: "NetBIOS_Domain_Name", 3: "DNS_Computer_Name", 4: "DNS_Domain_Name", 5: "DNS_Tree_Name"}

// pairs reads the target information, up to the first item that is no name.
func pairs(b []byte) (out []Pair) {
	for len(b) >= 4 {
		id, n := int(binary.LittleEndian.Uint16(b)), int(binary.LittleEndian.Uint16(b[2:]))
		b = b[4:]
		if id < 1 || id >= len(avKeys) || n > len(b) || n > maxText {
			return out
		}
		out = append(out, Pair{avKeys[id], decode(b[:n], flagUnicode)})
		b = b[n:]
	}
	return out
}

// authenticate reads a message of type 3 ([MS-NLMP] 2.2.1.3).
func (m message) authenticate() ([]Pair, error) {
	if len(m) < 52 {
		return nil, errors.New("an NTLM authentication is shorter than 52 bytes")
	}
	first := uint32(1<<32 - 1)
	for _, at := range [...]int{16, 24, 32, 40, 48} {
		if off := m.u32(at); off != 0 {
			first = min(first, off)
		}
	}
	flags := uint32(0)
	if first >= 64 && len(m) >= 64 {
		flags = m.u32(60)
	}
	var out []Pair
	for _, f := range [...]struct {
		key        string
		len, place int
	}{{"NetBIOS_Domain_Name", 28, 32}, {"User_Name", 36, 40}, {"Workstation", 44, 48}} {
		if m.u16(f.len) == 0 || m.u32(f.place) == 0 {
			continue
		}
		if s, ok := m.text(f.len, f.place, flags); ok {
			out = append(out, Pair{f.key, s})
		}
	}
	if flags&flagVersion != 0 && first >= 72 && len(m) >= 72 {
		out = append(out, m.version(64)...)
	}
	return out, nil
}
