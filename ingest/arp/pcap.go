package arp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Magic numbers of pcap files.
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // of Linux distributions around 2000: longer headers of packets
)

// maxPacket is the length in bytes of the longest packet that is believed; more is a sign of damage. libpcap has a
// limit of 256 KiB for networks (128 MiB for USB and D-Bus, which have no ARP).
const maxPacket = 16 << 20

// pcap is a file of the classic format.
type pcap struct {
	r       *bufio.Reader
	order   binary.ByteOrder
	perTick int64 // nanoseconds
	header  int   // length of a packet's header
	link    uint16
}

// openPcap reads the header of the file.
func openPcap(r *bufio.Reader) (source, error) {
	const headerLen = 24
	magic, _ := r.Peek(4)
	p := &pcap{r: r, perTick: 1000, header: 16}
	for _, order := range [...]binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(magic) {
		case magicMicro:
			p.order = order
		case magicNano:
			p.order, p.perTick = order, 1
		case magicModified:
			p.order, p.header = order, 24
		}
	}
	if p.order == nil {
		return nil, ErrNotCapture
	}
	b, err := r.Peek(headerLen)
	if len(b) < headerLen {
		if err == io.EOF {
			err = errors.New("the capture ends inside of its header")
		}
		return nil, err
	}
	if major := p.order.Uint16(b[4:]); major != 2 {
		return nil, fmt.Errorf("pcap of version %d, only 2 is known", major)
	}
	p.link = uint16(p.order.Uint32(b[20:])) // the upper bits tell the length of the FCS
	r.Discard(headerLen)
	return p, nil
}

// next reads a packet.
func (p *pcap) next(pkt *packet) error {
	b, err := p.r.Peek(p.header)
	if len(b) < p.header {
		return atEnd(err, len(b) == 0)
	}
	seconds, ticks := int64(p.order.Uint32(b)), int64(p.order.Uint32(b[4:]))
	length := p.order.Uint32(b[8:])
	if length > maxPacket {
		return &damage{fmt.Errorf("a packet of %d bytes: the capture is damaged", length)}
	}
	p.r.Discard(p.header)
	*pkt = packet{time: seconds*1e6 + ticks*p.perTick/1000, timed: true, link: p.link, head: pkt.head, length: int(length)}
	return readHead(p.r, pkt)
}

// readHead reads the first bytes of a packet and drops the rest. The stream is behind its header.
func readHead(r *bufio.Reader, pkt *packet) error {
	n := min(pkt.length, headBytes)
	b, err := r.Peek(n)
	if len(b) < n {
		return atEnd(err, false)
	}
	pkt.head = append(pkt.head[:0], b...)
	return drop(r, int64(pkt.length))
}

// drop reads over n bytes.
func drop(r *bufio.Reader, n int64) error {
	for n > 0 {
		step := int(min(n, 1<<30))
		if _, err := r.Discard(step); err != nil {
			return atEnd(err, false)
		}
		n -= int64(step)
	}
	return nil
}

// atEnd turns the end of the file into io.EOF if it may end there, and into damage if not.
func atEnd(err error, clean bool) error {
	if err == io.EOF && !clean {
		return &damage{errors.New("the capture is cut")}
	}
	return err
}
