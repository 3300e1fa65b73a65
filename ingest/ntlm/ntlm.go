package ntlm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

// Keys of what a message tells.
const (
	Fingerprint         = "ntlm-fingerprint" // the flags of a negotiate or challenge message, as 0x%08x
	TargetName          = "Target_Name"
	NetBIOSDomainName   = "NetBIOS_Domain_Name"
	NetBIOSComputerName = "NetBIOS_Computer_Name"
	DNSDomainName       = "DNS_Domain_Name"
	DNSComputerName     = "DNS_Computer_Name"
	DNSTreeName         = "DNS_Tree_Name"
	UserName            = "User_Name"
	Workstation         = "Workstation"
	ProductVersion      = "Product_Version" // major.minor.build
	NTLMVersion         = "NTLM_Version"    // revision of the protocol, decimal
)

// Signature begins every message.
const Signature = "NTLMSSP\x00"

// Flags that say what is in a message ([MS-NLMP], 2.2.2.5).
const (
	flagUnicode    = 0x00000001
	flagTargetInfo = 0x00800000
	flagVersion    = 0x02000000
)

// Types of messages.
const (
	negotiate    = 1
	challenge    = 2
	authenticate = 3
)

// Field is a piece of information in a message. The value is printable ASCII: other bytes of its UTF-8 form are escaped
// as Nmap does (see httpscript.Escape).
type Field struct{ Key, Value string }

// ErrNotNTLM is the error for what does not begin like a message.
var ErrNotNTLM = errors.New("not an NTLM message: it does not begin with NTLMSSP")

// IsMessage tells whether b begins like a message.
func IsMessage(b []byte) bool {
	return len(b) >= len(Signature)-1 && string(b[:len(Signature)-1]) == Signature[:len(Signature)-1]
}

// Decode returns what a message tells. The order of the fields is fixed, apart from the names that a challenge lists,
// which come as they do there. Texts that are cut off are left out, empty ones as well except for Target_Name. The error
// says that b is no message, is of an unknown type, or ends before the fixed part of its type does.
func Decode(b []byte) ([]Field, error) {
	if !IsMessage(b) {
		return nil, ErrNotNTLM
	}
	if len(b) < 12 {
		return nil, fmt.Errorf("an NTLM message of %d bytes is too short, expected at least 12", len(b))
	}
	m := message{b: b}
	shortest, read := 0, (func(*message))(nil)
	typ := binary.LittleEndian.Uint32(b[8:])
	switch typ {
	case negotiate:
		shortest, read = 16, (*message).negotiate
	case challenge:
		shortest, read = 24, (*message).challenge
	case authenticate:
		shortest, read = 52, (*message).authenticate
	default:
		return nil, fmt.Errorf("NTLM message of unknown type %d", typ)
	}
	if len(b) < shortest {
		return nil, fmt.Errorf("an NTLM message of type %d has %d bytes, expected at least %d", typ, len(b), shortest)
	}
	read(&m)
	return m.fields, nil
}

// message is a message that is being read.
type message struct {
	b      []byte
	flags  uint32
	fields []Field
}

func (m *message) add(key, value string) { m.fields = append(m.fields, Field{key, value}) }

func (m *message) u16(at int) int    { return int(binary.LittleEndian.Uint16(m.b[at:])) }
func (m *message) u32(at int) uint32 { return binary.LittleEndian.Uint32(m.b[at:]) }

func (m *message) addFingerprint() { m.add(Fingerprint, fmt.Sprintf("0x%08x", m.flags)) }

// slice returns n bytes of the message; ok is false if they are not all there.
func (m *message) slice(offset uint32, n int) (b []byte, ok bool) {
	if uint64(offset)+uint64(n) > uint64(len(m.b)) {
		return nil, false
	}
	return m.b[offset : int(offset)+n], true
}

// addText adds the text whose length is at a position of the message, and its place 4 bytes further, unless it is empty.
func (m *message) addText(key string, at int, unicode bool) {
	n, offset := m.u16(at), m.u32(at+4)
	if n == 0 || offset == 0 {
		return
	}
	b, ok := m.slice(offset, n)
	if !ok {
		return
	}
	if s, ok := text(b, unicode); ok {
		m.add(key, s)
	}
}

// negotiate reads what a client begins with. Its names are 8-bit texts, whatever the flags say ([MS-NLMP], 2.2.1.1);
// clients that write UTF-16 nevertheless are told by its zeros.
func (m *message) negotiate() {
	m.flags = m.u32(12)
	m.addFingerprint()
	if len(m.b) > 32 {
		m.addText(NetBIOSDomainName, 16, false)
		m.addText(Workstation, 24, false)
	}
}

// challenge reads the answer of a server. What is optional in the fixed part is there only if the first text comes later.
func (m *message) challenge() {
	m.flags = m.u32(20)
	m.addFingerprint()
	n, offset := m.u16(12), m.u32(16)
	if n == 0 {
		m.add(TargetName, "")
	} else if b, ok := m.slice(offset, n); ok {
		if s, ok := text(b, m.flags&flagUnicode != 0); ok {
			m.add(TargetName, s)
		}
	}
	if offset >= 56 && m.flags&flagVersion != 0 {
		m.version(48)
	}
	if offset >= 48 && m.flags&flagTargetInfo != 0 && len(m.b) >= 48 {
		m.targetInfo(m.u32(44), m.u16(42))
	}
}

// pairKeys are the keys of the names in a list of AV pairs, by their type ([MS-NLMP], 2.2.2.1).
var pairKeys = [...]string{1: NetBIOSComputerName, 2: NetBIOSDomainName, 3: DNSComputerName, 4: DNSDomainName, 5: DNSTreeName}

// targetInfo reads a list of AV pairs up to the first one that is no name.
func (m *message) targetInfo(offset uint32, size int) {
	if uint64(offset) >= uint64(len(m.b)) {
		return
	}
	list := m.b[offset:]
	list = list[:min(size, len(list))]
	for len(list) >= 4 {
		typ, n := binary.LittleEndian.Uint16(list), int(binary.LittleEndian.Uint16(list[2:]))
		list = list[4:]
		if typ == 0 || int(typ) >= len(pairKeys) || n > len(list) {
			return
		}
		if s, ok := text(list[:n], m.flags&flagUnicode != 0); ok {
			m.add(pairKeys[typ], s)
		}
		list = list[n:]
	}
}

// authenticate reads what a client ends with. How long its fixed part is, is told by where the first text begins.
func (m *message) authenticate() {
	first := uint32(0)
	for _, at := range [...]int{16, 24, 32, 40, 48} {
		if offset := m.u32(at); offset != 0 && (first == 0 || offset < first) {
			first = offset
		}
	}
	if first >= 64 && len(m.b) >= 64 {
		m.flags = m.u32(60)
	}
	unicode := m.flags&flagUnicode != 0
	m.addText(NetBIOSDomainName, 28, unicode)
	m.addText(UserName, 36, unicode)
	m.addText(Workstation, 44, unicode)
	if first >= 72 && m.flags&flagVersion != 0 {
		m.version(64)
	}
}

// version reads a version structure ([MS-NLMP], 2.2.2.10).
func (m *message) version(at uint32) {
	v, ok := m.slice(at, 8)
	if !ok {
		return
	}
	build := binary.LittleEndian.Uint16(v[2:])
	m.add(ProductVersion, strconv.Itoa(int(v[0]))+"."+strconv.Itoa(int(v[1]))+"."+strconv.Itoa(int(build)))
	m.add(NTLMVersion, strconv.Itoa(int(v[7])))
}
