package arp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"ivre/ingest/flow"
)

// ErrNotCapture says that a stream is neither pcap nor pcapng.
var ErrNotCapture = errors.New("not a packet capture: it is neither pcap nor pcapng")

// Options says how captures are read. The zero value is fit for use.
type Options struct {
	// NoMetadata keeps nothing of a packet but the fact that the flow has it (FLOW_STORE_METADATA false).
	NoMetadata bool
}

// Stats counts what was read. It is complete also when Read returns an error.
type Stats struct {
	Packets int // all packets
	Records int // ARP packets that the sink took
	Bad     int // packets that were reported to Sink.Bad
}

// Read reads a capture, decompressed, up to its end and passes each ARP request and reply to sink.Meta. ARP packets that
// cannot be used are reported to the sink with their number, counted from 1, other packets are counted as skipped. A
// capture that is cut or damaged is reported, too, and what was before the place is kept. The error is that of the sink
// (unchanged), of the stream or of the context, or ErrNotCapture.
func Read(ctx context.Context, r io.Reader, opts Options, sink flow.Sink) (Stats, error) {
	p := parser{opts: opts, sink: sink, skipped: make(map[string]uint64)}
	err := p.run(ctx, bufio.NewReaderSize(r, bufferSize))
	for _, reason := range reasons {
		if n := p.skipped[reason]; n > 0 {
			sink.Skip(reason, n)
		}
	}
	return p.stats, err
}

// bufferSize must be larger than headBytes and the headers of blocks.
const bufferSize = 256 << 10

// headBytes is how much of a packet is looked at: an ARP message behind a link header with several VLAN tags.
const headBytes = 128

// packet is one packet of a capture.
type packet struct {
	time   int64 // microseconds since the Unix epoch
	timed  bool  // the time is known
	link   uint16
	head   []byte // its first bytes; valid until the next packet
	length int    // bytes of it in the capture
}

// source is a capture file. next returns io.EOF at its end, *damage for a place from which on it cannot be read, and
// *badPacket for a packet that is left out.
type source interface {
	next(*packet) error
}

// damage says why the rest of a capture cannot be used.
type damage struct{ err error }

func (d *damage) Error() string { return d.err.Error() }

// badPacket says why a packet cannot be used.
type badPacket struct{ err error }

func (b *badPacket) Error() string { return b.err.Error() }

// parser is the state of one Read.
type parser struct {
	opts    Options
	sink    flow.Sink
	stats   Stats
	skipped map[string]uint64
	meta    flow.Meta
	macs    macTexts
}

// checkEvery is the number of packets between two looks at the context.
const checkEvery = 1024

func (p *parser) run(ctx context.Context, r *bufio.Reader) error {
	src, err := open(r)
	if err != nil || src == nil {
		return err
	}
	var pkt packet
	for n := 0; ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		switch err := src.next(&pkt).(type) {
		case nil:
			p.stats.Packets++
			if err := p.packet(&pkt); err != nil {
				return err
			}
		case *badPacket:
			p.stats.Packets++
			p.bad(err.err)
		case *damage:
			p.stats.Bad++
			p.sink.Bad(fmt.Sprintf("after packet %d", p.stats.Packets), err.err)
			return nil
		default:
			if err == io.EOF {
				return nil
			}
			return fmt.Errorf("after packet %d: %w", p.stats.Packets, err)
		}
	}
}

// open recognises the format by the first bytes. The source is nil if there are none.
func open(r *bufio.Reader) (source, error) {
	magic, err := r.Peek(4)
	if len(magic) == 0 && err == io.EOF {
		return nil, nil
	}
	if len(magic) < 4 {
		if err == io.EOF {
			err = ErrNotCapture
		}
		return nil, err
	}
	if isSection(magic) {
		return &pcapng{r: r}, nil
	}
	return openPcap(r)
}

func (p *parser) bad(err error) {
	p.stats.Bad++
	p.sink.Bad(fmt.Sprintf("packet %d", p.stats.Packets), err)
}

// Reasons why packets are left out.
const (
	skipLink  = "packet of a link type without ARP"
	skipOther = "packet that is not ARP"
	skipOp    = "ARP packet that is neither a request nor a reply"
	skipMedia = "ARP packet that is not about IPv4 over Ethernet"
)

var reasons = [...]string{skipLink, skipOther, skipOp, skipMedia}

// packet handles one packet. Its error is that of the sink.
func (p *parser) packet(pkt *packet) error {
	f, reason := decodeLink(pkt.link, pkt.head)
	if reason == "" {
		var err error
		if reason, err = p.message(pkt, &f); err != nil {
			p.bad(err)
			return nil
		}
	}
	if reason != "" {
		p.skipped[reason]++
		return nil
	}
	if err := p.sink.Meta(&p.meta); err != nil {
		return err
	}
	p.stats.Records++
	return nil
}
