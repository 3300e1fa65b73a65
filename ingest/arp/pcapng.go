package arp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Types of pcapng blocks.
const (
	blockSection   = 0x0a0d0d0a // the same in both byte orders
	blockInterface = 1
	blockOldPacket = 2
	blockSimple    = 3
	blockPacket    = 6
)

// byteOrderMagic is in the header of each section.
const byteOrderMagic = 0x1a2b3c4d

// Bounds: the header of an interface with its options, and the number of interfaces of a section. Both are far above
// what programs write.
const (
	maxInterfaceBlock = 64 << 10
	maxInterfaces     = 65536
)

// pcapng is a file of the pcapng format: sections of blocks.
type pcapng struct {
	r          *bufio.Reader
	order      binary.ByteOrder
	interfaces []iface
}

// iface is an interface of the current section.
type iface struct {
	link   uint16
	snap   uint32
	clock  clock
	offset int64 // seconds
}

// isSection tells whether a stream that begins with b is pcapng.
func isSection(b []byte) bool { return binary.LittleEndian.Uint32(b) == blockSection }

// next reads up to the next packet. The stream begins with a section, which sets the byte order.
func (p *pcapng) next(pkt *packet) error {
	for {
		b, err := p.r.Peek(8)
		if len(b) < 8 {
			return atEnd(err, len(b) == 0)
		}
		if isSection(b) {
			if err := p.section(); err != nil {
				return err
			}
			continue
		}
		typ, length := p.order.Uint32(b), p.order.Uint32(b[4:])
		if length < 12 || length%4 != 0 {
			return &damage{fmt.Errorf("a block of %d bytes: the capture is damaged", length)}
		}
		done, err := p.block(typ, int64(length), pkt)
		if err != nil || done {
			return err
		}
	}
}

// section reads the header of a section.
func (p *pcapng) section() error {
	const headerLen = 28
	b, err := p.r.Peek(headerLen)
	if len(b) < headerLen {
		return atEnd(err, false)
	}
	switch uint32(byteOrderMagic) {
	case binary.LittleEndian.Uint32(b[8:]):
		p.order = binary.LittleEndian
	case binary.BigEndian.Uint32(b[8:]):
		p.order = binary.BigEndian
	default:
		return &damage{errors.New("a section without the byte order magic")}
	}
	if major := p.order.Uint16(b[12:]); major != 1 {
		return &damage{fmt.Errorf("pcapng of version %d, only 1 is known", major)}
	}
	length := p.order.Uint32(b[4:])
	if length < headerLen || length%4 != 0 {
		return &damage{fmt.Errorf("the header of a section has %d bytes: the capture is damaged", length)}
	}
	p.interfaces = p.interfaces[:0]
	return drop(p.r, int64(length))
}

// block reads a block of the given length, which the stream is at. done says that it was a packet.
func (p *pcapng) block(typ uint32, length int64, pkt *packet) (done bool, err error) {
	header := 0
	switch typ {
	case blockInterface:
		return false, p.addInterface(length)
	case blockPacket, blockOldPacket:
		header = 28
	case blockSimple:
		header = 12
	default:
		return false, drop(p.r, length)
	}
	if length < int64(header)+4 {
		return false, &damage{fmt.Errorf("a packet's block of %d bytes: the capture is damaged", length)}
	}
	b, err := p.r.Peek(header)
	if len(b) < header {
		return false, atEnd(err, false)
	}
	problem := p.packet(typ, b, length, pkt)
	p.r.Discard(header)
	if problem != nil {
		if err := drop(p.r, length-int64(header)); err != nil {
			return false, err
		}
		return true, &badPacket{problem}
	}
	if err := readHead(p.r, pkt); err != nil {
		return false, err
	}
	return true, drop(p.r, length-int64(header)-int64(pkt.length))
}

// packet reads the header b of a packet. Its error says that the packet cannot be used.
func (p *pcapng) packet(typ uint32, b []byte, length int64, pkt *packet) error {
	*pkt = packet{head: pkt.head}
	id := uint32(0)
	switch typ {
	case blockPacket:
		id = p.order.Uint32(b[8:])
	case blockOldPacket:
		id = uint32(p.order.Uint16(b[8:]))
	}
	if int64(id) >= int64(len(p.interfaces)) {
		return fmt.Errorf("the packet is of interface %d, of which nothing was said", id)
	}
	in := &p.interfaces[id]
	pkt.link = in.link
	room := length - int64(len(b)) - 4
	if typ == blockSimple {
		have := min(int64(p.order.Uint32(b[8:])), room)
		if in.snap != 0 {
			have = min(have, int64(in.snap))
		}
		pkt.length = int(have)
		return nil
	}
	have := int64(p.order.Uint32(b[20:]))
	if have > room {
		return fmt.Errorf("a packet of %d bytes in a block of %d", have, length)
	}
	pkt.length = int(have)
	ticks := uint64(p.order.Uint32(b[12:]))<<32 | uint64(p.order.Uint32(b[16:]))
	micros, ok := in.clock.micros(ticks)
	if seconds := in.offset; ok && seconds > -math.MaxInt32*4 && seconds < math.MaxInt32*4 {
		pkt.time, pkt.timed = micros+seconds*1e6, true
		return nil
	}
	pkt.time, pkt.timed = -1, true // out of any range
	return nil
}

// addInterface reads the description of an interface.
func (p *pcapng) addInterface(length int64) error {
	if length > maxInterfaceBlock || length < 20 {
		return &damage{fmt.Errorf("the description of an interface has %d bytes", length)}
	}
	if len(p.interfaces) == maxInterfaces {
		return &damage{fmt.Errorf("more than %d interfaces in a section", maxInterfaces)}
	}
	b, err := p.r.Peek(int(length))
	if len(b) < int(length) {
		return atEnd(err, false)
	}
	in := iface{link: p.order.Uint16(b[8:]), snap: p.order.Uint32(b[12:]), clock: defaultClock}
	p.options(b[16:length-4], &in)
	p.interfaces = append(p.interfaces, in)
	return drop(p.r, length)
}

// options reads the options of an interface: if_tsresol and if_tsoffset.
func (p *pcapng) options(b []byte, in *iface) {
	const resolution, offset = 9, 14
	for len(b) >= 4 {
		code, n := p.order.Uint16(b), int(p.order.Uint16(b[2:]))
		b = b[4:]
		if code == 0 || n > len(b) {
			return
		}
		switch {
		case code == resolution && n == 1:
			in.clock = clock(b[0])
		case code == offset && n == 8:
			in.offset = int64(p.order.Uint64(b))
		}
		b = b[min((n+3)&^3, len(b)):]
	}
}

// clock is the resolution of times as pcapng gives it: 10^-n seconds, or 2^-n if the highest bit is set.
type clock uint8

const defaultClock clock = 6

// micros converts a time into microseconds. ok is false if they do not fit into 63 bits.
func (c clock) micros(ticks uint64) (micros int64, ok bool) {
	n := int(c & 0x7f)
	var hi, lo uint64
	switch {
	case c&0x80 != 0 && n < 64:
		hi, lo = bits.Mul64(ticks, 1e6)
		lo, hi = lo>>n|hi<<(64-n), hi>>n // a shift by 64 gives 0
	case c&0x80 != 0:
		hi, _ = bits.Mul64(ticks, 1e6)
		lo, hi = hi>>(n-64), 0
	case n <= 6:
		hi, lo = bits.Mul64(ticks, powers[6-n])
	case n-6 < len(powers):
		lo = ticks / powers[n-6]
	}
	return int64(lo), hi == 0 && lo <= math.MaxInt64
}

// powers are those of ten that fit into 64 bits.
var powers = func() (p [20]uint64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()
