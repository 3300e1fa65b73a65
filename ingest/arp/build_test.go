package arp

import (
	"encoding/binary"
	"strings"

	"ivre/ingest/flow"
)

// request asks who has 192.0.2.53, from 192.0.2.10.
var request = message(1, 0x0a, 0x35)

// message is an ARP message between two hosts of 192.0.2.0/24, named by their last octets.
func message(op uint16, from, to byte) []byte {
	b := []byte{0, 1, 8, 0, 6, 4, byte(op >> 8), byte(op)}
	b = append(b, 2, 0, 0x5e, 0, 0x53, from, 192, 0, 2, from)
	return append(b, 0, 0, 0, 0, 0, 0, 192, 0, 2, to)
}

var (
	broadcast = []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	sender    = []byte{2, 0, 0x5e, 0, 0x53, 0x0a}
	typeOfARP = []byte{8, 6}
)

func join(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// ether is a frame that is padded as on the wire.
func ether(between []byte, msg []byte) []byte {
	b := join(broadcast, sender, between, msg)
	return append(b, make([]byte, max(0, 60-len(b)))...)
}

var frameOfRequest = ether(typeOfARP, request)

// at is the time of packets, in seconds, and their fraction.
const (
	at       = 1767322800
	fraction = 123456
)

// pcapFile is a file of the classic format.
func pcapFile(order binary.AppendByteOrder, magic, link uint32, packets ...[]byte) []byte {
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(order.AppendUint16(b, 2), 4)
	for _, v := range []uint32{0, 0, 65535, link} {
		b = order.AppendUint32(b, v)
	}
	for _, p := range packets {
		frac := uint32(fraction)
		if magic == magicNano {
			frac = fraction*1000 + 999
		}
		for _, v := range []uint32{at, frac, uint32(len(p)), uint32(len(p)) + 4} {
			b = order.AppendUint32(b, v)
		}
		if magic == magicModified {
			b = append(b, make([]byte, 8)...)
		}
		b = append(b, p...)
	}
	return b
}

// block is a block of pcapng.
func block(order binary.AppendByteOrder, typ uint32, body []byte) []byte {
	for len(body)%4 != 0 {
		body = append(body[:len(body):len(body)], 0)
	}
	b := order.AppendUint32(nil, typ)
	b = order.AppendUint32(b, uint32(len(body))+12)
	return order.AppendUint32(append(b, body...), uint32(len(body))+12)
}

func sectionBlock(order binary.AppendByteOrder) []byte {
	b := order.AppendUint16(order.AppendUint16(order.AppendUint32(nil, byteOrderMagic), 1), 0)
	return block(order, blockSection, append(b, broadcast[0], 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
}

func interfaceBlock(order binary.AppendByteOrder, link uint16, options ...byte) []byte {
	b := order.AppendUint16(order.AppendUint16(nil, link), 0)
	return block(order, blockInterface, append(order.AppendUint32(b, 0), options...))
}

func packetBlock(order binary.AppendByteOrder, id uint32, ticks uint64, p []byte) []byte {
	b := order.AppendUint32(nil, id)
	b = order.AppendUint32(order.AppendUint32(b, uint32(ticks>>32)), uint32(ticks))
	b = order.AppendUint32(order.AppendUint32(b, uint32(len(p))), uint32(len(p)))
	return block(order, blockPacket, append(b, p...))
}

// sink writes down what it gets.
type sink struct {
	lines []string
	fail  error
}

func (s *sink) add(parts ...string)          { s.lines = append(s.lines, strings.Join(parts, " ")) }
func (s *sink) Event(*flow.Event) error      { s.add("event"); return s.fail }
func (s *sink) Bad(where string, err error)  { s.add("bad", where+":", err.Error()) }
func (s *sink) Note(msg string)              { s.add("note", msg) }
func (s *sink) Skip(reason string, n uint64) { s.add("skip", itoa(int64(n)), reason) }
func (s *sink) Meta(m *flow.Meta) (err error) {
	parts := []string{m.Name, m.Proto, itoa(m.Start)}
	if m.End != m.Start {
		parts = append(parts, "to", itoa(m.End))
	}
	parts = append(parts, m.Src.String(), m.Dst.String())
	for _, v := range m.Values {
		parts = append(parts, v.Key+"="+v.Str)
	}
	s.add(parts...)
	return s.fail
}
