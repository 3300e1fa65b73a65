package arp

import (
	"encoding/binary"
	"errors"
	"fmt"

	"ivre/ingest/flow"
)

// Link types (LINKTYPE_ of tcpdump.org) of networks that have ARP.
const (
	linkEthernet = 1
	linkSLL      = 113 // Linux "any" pseudo-interface
	linkSLL2     = 276
)

// Types of what is in a frame.
const (
	typeARP    = 0x0806
	typeIPv4   = 0x0800
	typeVLAN   = 0x8100 // IEEE 802.1Q
	typeVLANs  = 0x88a8 // IEEE 802.1ad
	typeVLANs1 = 0x9100 // the same before the standard
	minType    = 0x0600 // smaller numbers are the length of an IEEE 802.3 frame
)

// frame is what the link layer tells about an ARP message.
type frame struct {
	source, target []byte // MAC addresses; nil if not known
	payload        []byte // the message
}

// decodeLink finds the ARP message in a packet, or tells why there is none.
func decodeLink(link uint16, b []byte) (f frame, reason string) {
	var typ uint16
	switch {
	case link == linkEthernet && len(b) >= 14:
		f.target, f.source = b[0:6], b[6:12]
		typ, f.payload = binary.BigEndian.Uint16(b[12:]), b[14:]
		if typ < minType {
			typ, f.payload = snap(f.payload)
		}
	case link == linkSLL && len(b) >= 16:
		if binary.BigEndian.Uint16(b[4:]) == 6 {
			f.source = b[6:12]
		}
		typ, f.payload = binary.BigEndian.Uint16(b[14:]), b[16:]
	case link == linkSLL2 && len(b) >= 20:
		if b[11] == 6 {
			f.source = b[12:18]
		}
		typ, f.payload = binary.BigEndian.Uint16(b[0:]), b[20:]
	case link == linkEthernet || link == linkSLL || link == linkSLL2: // cut
		return f, skipOther
	default:
		return f, skipLink
	}
	for typ == typeVLAN || typ == typeVLANs || typ == typeVLANs1 {
		if len(f.payload) < 4 {
			return f, skipOther
		}
		typ, f.payload = binary.BigEndian.Uint16(f.payload[2:]), f.payload[4:]
	}
	if typ != typeARP {
		return f, skipOther
	}
	return f, ""
}

// snap reads the header of a frame that has its type behind an IEEE 802.2 header (RFC 1042).
func snap(b []byte) (typ uint16, payload []byte) {
	if len(b) < 8 || [6]byte(b[:6]) != [6]byte{0xaa, 0xaa, 3, 0, 0, 0} {
		return 0, nil
	}
	return binary.BigEndian.Uint16(b[6:]), b[8:]
}

// Hardware types of Ethernet addresses, and the length of a message about IPv4 over Ethernet.
const (
	hardwareEthernet = 1
	hardwareIEEE802  = 6
	messageLen       = 28
)

var (
	errCut    = errors.New("the ARP message is cut")
	errNoTime = errors.New("the ARP message has no time (a simple packet block); write the capture with times")
)

// operations are the texts of Zeek's enum for the operations 1 and 2.
var operations = [...]string{1: "ARP::WHO_HAS", 2: "ARP::REPLY"}

// message makes p.meta from an ARP message, or tells why not.
func (p *parser) message(pkt *packet, f *frame) (reason string, err error) {
	b := f.payload
	if len(b) < 8 {
		return "", errCut
	}
	hardware, proto := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	if hardware != hardwareEthernet && hardware != hardwareIEEE802 || proto != typeIPv4 || b[4] != 6 || b[5] != 4 {
		return skipMedia, nil
	}
	op := binary.BigEndian.Uint16(b[6:])
	if op != 1 && op != 2 {
		return skipOp, nil
	}
	if len(b) < messageLen {
		return "", errCut
	}
	if !pkt.timed {
		return "", errNoTime
	}
	if err := flow.CheckTimes(pkt.time, pkt.time); err != nil {
		return "", fmt.Errorf("ARP message: %w", err)
	}
	m := &p.meta
	m.ResetValues()
	m.Start, m.End, m.Proto, m.Name = pkt.time, pkt.time, "arp", "arp"
	m.Src = flow.AddrFrom4(binary.BigEndian.Uint32(b[14:]))
	m.Dst = flow.AddrFrom4(binary.BigEndian.Uint32(b[24:]))
	if !p.opts.NoMetadata {
		m.AddString("op", operations[op])
		m.AddString("mac_src", p.macs.get(f.source))
		m.AddString("mac_dst", p.macs.get(f.target))
	}
	return "", nil
}

// macTexts makes the texts of MAC addresses. A network has few, and the broadcast address is the target of most
// requests, so that they are kept; memory is bounded.
type macTexts struct{ known map[[6]byte]string }

const maxMACs = 4096

// get returns a MAC address in lower case with colons, "" for nil.
func (t *macTexts) get(b []byte) string {
	if b == nil {
		return ""
	}
	mac := [6]byte(b)
	if s, ok := t.known[mac]; ok {
		return s
	}
	if t.known == nil {
		t.known = make(map[[6]byte]string)
	} else if len(t.known) >= maxMACs {
		clear(t.known)
	}
	const digits = "0123456789abcdef"
	var text [17]byte
	for i, c := range mac {
		text[3*i], text[3*i+1] = digits[c>>4], digits[c&15]
		if i < 5 {
			text[3*i+2] = ':'
		}
	}
	s := string(text[:])
	t.known[mac] = s
	return s
}
