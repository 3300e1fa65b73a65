package nfcapd

import (
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"ivre/ingest/flow"
)

// Record is a flow as a collector writes it: packets from Src to Dst, and where the exporter counts
// both directions of a connection in one record, packets back.
type Record struct {
	First, Last          time.Time // of the packets; kept to the millisecond
	Src, Dst             flow.Addr
	SrcPort, DstPort     uint16 // DstPort of ICMP is type<<8 | code
	Proto                uint8
	TCPFlags             uint8
	InPackets, InBytes   uint64 // from Src to Dst
	OutPackets, OutBytes uint64 // from Dst to Src
	Flows                uint64 // flows aggregated in this record; 0 means 1
}

// WriterOptions are the properties of a file. The zero value is an uncompressed file named "none".
type WriterOptions struct {
	Compression Compression // Uncompressed, LZ4 or ZSTD; nfdump reads ZSTD from version 1.7.2 on
	Ident       string      // name of the source, up to 127 bytes
	Created     time.Time   // now if zero
}

// Writer writes a file of layout 2, as nfdump 1.7 does. It exists to make test data: it keeps what
// flow events need and no more.
type Writer struct {
	w       io.WriteSeeker
	opts    WriterOptions
	buf     []byte // block header and records of the current block
	records uint32
	blocks  uint32
	offset  int64
	out     []byte // compressed block
	lz4     lz4.Compressor
	zstd    *zstd.Encoder
	stat    fileStat
	err     error
}

// fileStat are the sums that a file carries at its end.
type fileStat struct {
	flows, bytes, packets    uint64
	protoFlows               [4]uint64 // tcp, udp, icmp, other
	protoBytes, protoPackets [4]uint64
	first, last              uint64 // milliseconds
}

// Sizes of what the writer makes.
const (
	writeBlock    = 1 << 20 // a block is written when it is full to this size
	maxWritten    = v3Header + 4*elementHeader + sizeGeneric + sizeIPv6 + sizeCounts
	maxIdent      = 127
	statSize2     = 18 * 8
	recordIdent   = 0x8001
	recordStat    = 0x8002
	versionOfFile = 0x01070100 // nfdump 1.7.1
	protoICMP     = 1
	protoTCP      = 6
	protoUDP      = 17
	protoICMP6    = 58
)

// NewWriter starts a file at the current position of w, which must be its beginning. The file is not
// valid before Close.
func NewWriter(w io.WriteSeeker, opts WriterOptions) (*Writer, error) {
	if opts.Ident == "" {
		opts.Ident = "none"
	}
	if len(opts.Ident) > maxIdent {
		return nil, fmt.Errorf("nfcapd: the name of the source has %d bytes, more than %d", len(opts.Ident), maxIdent)
	}
	if opts.Created.IsZero() {
		opts.Created = time.Now()
	}
	wr := &Writer{w: w, opts: opts, buf: make([]byte, blockHeader, blockHeader+writeBlock+maxWritten)}
	wr.stat.first = math.MaxInt64
	switch opts.Compression {
	case Uncompressed, LZ4:
	case ZSTD:
		var err error
		if wr.zstd, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
			return nil, fmt.Errorf("nfcapd: %w", err)
		}
	default:
		return nil, fmt.Errorf("nfcapd: files can't be written with compression %d", opts.Compression)
	}
	if err := wr.write(wr.fileHeader(0, 0)); err != nil {
		return nil, err
	}
	return wr, nil
}

// fileHeader builds the header of a file with its blocks ended at appendix (0 if not ended yet).
func (w *Writer) fileHeader(blocks uint32, appendix int64) []byte {
	b := make([]byte, 0, headerSize2)
	b = le.AppendUint16(b, magic)
	b = le.AppendUint16(b, layout2)
	b = le.AppendUint32(b, versionOfFile)
	b = le.AppendUint64(b, uint64(w.opts.Created.Unix()))
	b = append(b, byte(w.opts.Compression), 0)
	if appendix != 0 {
		b = le.AppendUint16(b, 1)
	} else {
		b = le.AppendUint16(b, 0)
	}
	b = le.AppendUint32(b, 0)
	b = le.AppendUint64(b, uint64(appendix))
	b = le.AppendUint32(b, 0)
	return le.AppendUint32(b, blocks)
}

// write passes bytes on. After an error nothing more is written.
func (w *Writer) write(b []byte) error {
	if w.err != nil {
		return w.err
	}
	n, err := w.w.Write(b)
	w.offset += int64(n)
	if err != nil {
		w.err = fmt.Errorf("nfcapd: writing: %w", err)
	}
	return w.err
}

// Write adds a flow record.
func (w *Writer) Write(r *Record) error {
	if w.err != nil {
		return w.err
	}
	first, last := r.First.UnixMilli(), r.Last.UnixMilli()
	if first < 0 || last < 0 {
		return errors.New("nfcapd: a flow before 1970 can't be written")
	}
	w.buf = appendRecord(w.buf, r, uint64(first), uint64(last))
	w.records++
	w.stat.add(r, uint64(first), uint64(last))
	if len(w.buf) >= blockHeader+writeBlock {
		return w.flush()
	}
	return nil
}

// appendRecord appends the V3 record of a flow.
func appendRecord(b []byte, r *Record, first, last uint64) []byte {
	start := len(b)
	elements := byte(2)
	b = append(b, recordV3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9)
	b = le.AppendUint32(b, elementGeneric|(elementHeader+sizeGeneric)<<16)
	for _, v := range [...]uint64{first, last, last, r.InPackets, r.InBytes} {
		b = le.AppendUint64(b, v)
	}
	b = le.AppendUint16(b, r.SrcPort)
	b = le.AppendUint16(b, r.DstPort)
	b = append(b, r.Proto, r.TCPFlags, 0, 0)
	src, dst := r.Src.Netip(), r.Dst.Netip()
	if src.Is4() && dst.Is4() {
		b = le.AppendUint32(b, elementIPv4|(elementHeader+sizeIPv4)<<16)
		b = le.AppendUint32(b, be.Uint32(r.Src[12:]))
		b = le.AppendUint32(b, be.Uint32(r.Dst[12:]))
	} else {
		b = le.AppendUint32(b, elementIPv6|(elementHeader+sizeIPv6)<<16)
		for _, half := range [...][]byte{r.Src[:8], r.Src[8:], r.Dst[:8], r.Dst[8:]} {
			b = le.AppendUint64(b, be.Uint64(half))
		}
	}
	if r.OutPackets != 0 || r.OutBytes != 0 || r.Flows > 1 {
		elements++
		b = le.AppendUint32(b, elementCounts|(elementHeader+sizeCounts)<<16)
		b = le.AppendUint64(b, max(1, r.Flows))
		b = le.AppendUint64(b, r.OutPackets)
		b = le.AppendUint64(b, r.OutBytes)
	}
	le.PutUint16(b[start+2:], uint16(len(b)-start))
	b[start+v3Elements] = elements
	return b
}

// add counts a flow as nfdump's collectors do.
func (s *fileStat) add(r *Record, first, last uint64) {
	proto := 3
	switch r.Proto {
	case protoTCP:
		proto = 0
	case protoUDP:
		proto = 1
	case protoICMP, protoICMP6:
		proto = 2
	}
	s.flows++
	s.packets += r.InPackets + r.OutPackets
	s.bytes += r.InBytes + r.OutBytes
	s.protoFlows[proto]++
	s.protoPackets[proto] += r.InPackets
	s.protoBytes[proto] += r.InBytes
	s.first, s.last = min(s.first, first), max(s.last, last)
}

// flush writes the current block, if it has any record.
func (w *Writer) flush() error {
	if w.records == 0 {
		return w.err
	}
	block, err := w.compress()
	if err != nil {
		w.err = fmt.Errorf("nfcapd: compressing a block: %w", err)
		return w.err
	}
	le.PutUint32(block[0:], w.records)
	le.PutUint32(block[4:], uint32(len(block)-blockHeader))
	le.PutUint16(block[8:], blockRecords2)
	le.PutUint16(block[10:], 0)
	w.buf, w.records = w.buf[:blockHeader], 0
	w.blocks++
	return w.write(block)
}

// compress returns the current block with room for its header.
func (w *Writer) compress() ([]byte, error) {
	content := w.buf[blockHeader:]
	switch w.opts.Compression {
	case LZ4:
		if need := blockHeader + lz4.CompressBlockBound(len(content)); cap(w.out) < need {
			w.out = make([]byte, need)
		}
		w.out = w.out[:cap(w.out)]
		n, err := w.lz4.CompressBlock(content, w.out[blockHeader:])
		return w.out[:blockHeader+n], err
	case ZSTD:
		w.out = append(w.out[:0], w.buf[:blockHeader]...)
		w.out = w.zstd.EncodeAll(content, w.out)
		return w.out, nil
	}
	return w.buf, nil
}

// Close ends the file: it writes the last block, the appendix and the header. It does not close the
// underlying file.
func (w *Writer) Close() error {
	if err := w.flush(); err != nil {
		return err
	}
	blocks, appendix := w.blocks, w.offset
	w.buf = le.AppendUint16(w.buf, recordIdent)
	w.buf = le.AppendUint16(w.buf, uint16(recordHeader+len(w.opts.Ident)+1))
	w.buf = append(append(w.buf, w.opts.Ident...), 0)
	w.buf = le.AppendUint16(w.buf, recordStat)
	w.buf = le.AppendUint16(w.buf, recordHeader+statSize2)
	w.buf = w.stat.append(w.buf)
	w.records = 2
	if err := w.flush(); err != nil {
		return err
	}
	if _, err := w.w.Seek(0, io.SeekStart); err != nil {
		w.err = fmt.Errorf("nfcapd: completing the header: %w", err)
		return w.err
	}
	if err := w.write(w.fileHeader(blocks, appendix)); err != nil {
		return err
	}
	w.err = errors.New("nfcapd: the writer is closed")
	return nil
}

func (s *fileStat) append(b []byte) []byte {
	b = le.AppendUint64(b, s.flows)
	b = le.AppendUint64(b, s.bytes)
	b = le.AppendUint64(b, s.packets)
	for _, sums := range [...][4]uint64{s.protoFlows, s.protoBytes, s.protoPackets} {
		for _, v := range sums {
			b = le.AppendUint64(b, v)
		}
	}
	b = le.AppendUint64(b, s.first)
	b = le.AppendUint64(b, s.last)
	return le.AppendUint64(b, 0) // lost packets of the exporter
}
