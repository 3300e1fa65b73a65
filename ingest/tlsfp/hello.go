package tlsfp

import (
	"encoding/binary"
	"errors"
)

// maxHello bounds a ClientHello, in bytes. Real ones have a few kilobytes at most, even with post-quantum keys.
const maxHello = 64 << 10

// Numbers of extensions (IANA, TLS ExtensionType Values).
const (
	extServerName        = 0
	extSupportedGroups   = 10
	extPointFormats      = 11
	extSignatureAlgs     = 13
	extALPN              = 16
	extSupportedVersions = 43
)

// ClientHello is what fingerprints need of a TLS ClientHello (RFC 8446, 4.1.2), in the order of the message. The values
// that clients make up to keep servers tolerant (GREASE, RFC 8701) are left out.
type ClientHello struct {
	Version           uint16 // of the message itself, 0x0303 for TLS 1.2 and later
	Ciphers           []uint16
	Extensions        []uint16
	Groups            []uint16
	PointFormats      []uint8
	SignatureAlgs     []uint16
	SupportedVersions []uint16
	ServerName        bool     // the extension is there
	ALPN              []string // names of protocols; GREASE is kept
}

var errHello = errors.New("no complete TLS ClientHello")

// grease tells whether a value is of RFC 8701: 0x0a0a, 0x1a1a, ... 0xfafa.
func grease(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }

// Parse reads a ClientHello: TLS records that hold it, or the handshake message alone. What follows it is ignored.
// Extensions that are cut or malformed count by their number only.
func Parse(b []byte) (*ClientHello, error) {
	b, err := message(b)
	if err != nil {
		return nil, err
	}
	c := cursor{b: b}
	h := &ClientHello{Version: c.u16()}
	c.take(32) // random
	c.take(int(c.u8()))
	h.Ciphers = numbers(c.take(int(c.u16())))
	c.take(int(c.u8())) // compression methods
	if c.bad {
		return nil, errHello
	}
	if len(c.b) == 0 {
		return h, nil // SSL 3.0 and TLS 1.0 know hellos without extensions
	}
	exts := cursor{b: c.take(int(c.u16()))}
	if c.bad {
		return nil, errHello
	}
	for len(exts.b) > 0 {
		typ := exts.u16()
		data := exts.take(int(exts.u16()))
		if exts.bad {
			return nil, errHello
		}
		if !grease(typ) {
			h.extension(typ, data)
		}
	}
	return h, nil
}

// message returns the body of the handshake message, put together from records.
func message(b []byte) ([]byte, error) {
	b = b[:min(len(b), maxHello)]
	if len(b) > 0 && b[0] == 22 {
		var whole []byte
		for len(b) >= 5 && b[0] == 22 && b[1] == 3 {
			n := int(binary.BigEndian.Uint16(b[3:]))
			part := b[5:min(5+n, len(b))]
			if whole == nil && len(b) >= 5+n {
				whole = part[:len(part):len(part)] // nearly always the only one
			} else {
				whole = append(whole, part...)
			}
			b = b[min(5+n, len(b)):]
			if len(whole) >= 4 && len(whole) >= 4+length24(whole[1:]) {
				break
			}
		}
		b = whole
	}
	if len(b) < 4 || b[0] != 1 {
		return nil, errHello
	}
	n := length24(b[1:])
	if len(b) < 4+n {
		return nil, errHello
	}
	return b[4 : 4+n], nil
}

func length24(b []byte) int { return int(b[0])<<16 | int(b[1])<<8 | int(b[2]) }

func (h *ClientHello) extension(typ uint16, data []byte) {
	h.Extensions = append(h.Extensions, typ)
	c := cursor{b: data}
	switch typ {
	case extServerName:
		h.ServerName = true
	case extSupportedGroups:
		h.Groups = numbers(c.take(int(c.u16())))
	case extPointFormats:
		h.PointFormats = c.take(int(c.u8()))
	case extSignatureAlgs:
		h.SignatureAlgs = numbers(c.take(int(c.u16())))
	case extSupportedVersions:
		h.SupportedVersions = numbers(c.take(int(c.u8())))
	case extALPN:
		list := cursor{b: c.take(int(c.u16()))}
		for len(list.b) > 0 && len(h.ALPN) < 64 {
			name := list.take(int(list.u8()))
			if list.bad {
				break
			}
			h.ALPN = append(h.ALPN, string(name))
		}
	}
}

// numbers reads numbers of two bytes, without those of GREASE.
func numbers(b []byte) []uint16 {
	out := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		if v := binary.BigEndian.Uint16(b); !grease(v) {
			out = append(out, v)
		}
	}
	return out
}

// cursor takes values off the front of a text. Once there was too little of it, it yields nothing more.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) take(n int) []byte {
	if c.bad || n > len(c.b) {
		c.bad, c.b = true, nil
		return nil
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) u8() uint8 {
	if b := c.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) u16() uint16 {
	if b := c.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}
