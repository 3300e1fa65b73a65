// Package nfcapd reads the binary flow files of nfdump's collectors (nfcapd, sfcapd, nfpcapd) and
// writes simple ones. It knows both layouts in use, 1 (nfdump 1.6) and 2 (nfdump 1.7), all their
// block compressions, and turns each flow record into one flow.Event from client to server. It does
// not aggregate flows, knows no filters and no database, and never runs a program: files that it
// can't read (ErrUnsupported) are for package nfdumptext.
package nfcapd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrUnsupported is wrapped by the errors about files that are nfdump's but of a kind that this
// package does not read: encrypted, of an unknown layout or compression, of the other byte order.
// It is returned before anything was passed to the sink, so that the caller can try nfdump itself.
var ErrUnsupported = errors.New("this kind of nfdump file can't be read natively")

// All numbers in the files are in the byte order of the machine that wrote them; the magic number
// tells which. Big-endian collectors are practically extinct and not supported.
var (
	le = binary.LittleEndian
	be = binary.BigEndian // of addresses
)

const (
	magic = 0xa50c // first two bytes of every file

	layout1 = 1
	layout2 = 2

	headerSize1 = 140 // layout 1: without the statistics
	statSize1   = 136 // layout 1: statistics, right after the header
	headerSize2 = 40  // layout 2
	blockHeader = 12  // both layouts
)

// Compression is the way in which the blocks of a file are compressed. The numbers are those of
// layout 2.
type Compression uint8

// The compressions that nfdump knows.
const (
	Uncompressed Compression = 0
	LZO          Compression = 1 // LZO1X
	BZ2          Compression = 2
	LZ4          Compression = 3 // raw LZ4 blocks
	ZSTD         Compression = 4
)

// Compression flags in the header of layout 1.
const (
	flag1LZO = 0x01
	flag1BZ2 = 0x08
	flag1LZ4 = 0x10
)

// Block types. In layout 1 type 3 are histograms and the like with 32-bit record headers; in layout
// 2 it is the only one that holds flows.
const (
	blockNfdump15 = 1
	blockRecords1 = 2
	blockRecords2 = 3
	blockArray    = 4 // lookup tables (places, Tor nodes), no flows
)

// flagBlockUncompressed is set in blocks of type 3 that are stored as they are in a compressed file.
const flagBlockUncompressed = 1

// fileHeader is what the reader needs to know of a file's header, of either layout.
type fileHeader struct {
	layout      int
	compression Compression
	blocks      uint32 // 0 also if the collector did not get to close the file
	finished    bool   // the writer closed the file
	size        int64  // bytes of the header
}

// Detect tells whether a file that starts with head (at least 4 bytes) is one of nfdump's. That
// includes those that Read refuses with ErrUnsupported, so that they are reported as what they are.
func Detect(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	little := head[0] == 0x0c && head[1] == 0xa5 && head[2] != 0 && head[3] == 0
	big := head[0] == 0xa5 && head[1] == 0x0c && head[2] == 0 && head[3] != 0
	return little || big
}

func readFileHeader(r io.Reader) (fileHeader, error) {
	var buf [headerSize1 + statSize1]byte
	if n, err := io.ReadFull(r, buf[:4]); err != nil {
		return fileHeader{}, headerError(n, 4, err)
	}
	if !Detect(buf[:4]) {
		return fileHeader{}, fmt.Errorf("not an nfdump file: it starts with % x", buf[:4])
	}
	if le.Uint16(buf[:]) != magic {
		return fileHeader{}, fmt.Errorf("file written on a big-endian machine: %w", ErrUnsupported)
	}
	var size int
	switch v := le.Uint16(buf[2:]); v {
	case layout1:
		size = headerSize1 + statSize1
	case layout2:
		size = headerSize2
	default:
		return fileHeader{}, fmt.Errorf("file layout %d: %w", v, ErrUnsupported)
	}
	if n, err := io.ReadFull(r, buf[4:size]); err != nil {
		return fileHeader{}, headerError(4+n, size, err)
	}
	if size == headerSize2 {
		return parseHeader2(buf[:size])
	}
	return parseHeader1(buf[:size])
}

func headerError(have, want int, err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("the file ends at byte %d, inside its header of %d bytes: %w", have, want, io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("reading the file header: %w", err)
}

// parseHeader1: magic, version (16 bits), flags, number of blocks (32 bits), 128 bytes of name, then
// the statistics.
func parseHeader1(b []byte) (fileHeader, error) {
	h := fileHeader{layout: layout1, blocks: le.Uint32(b[8:]), size: int64(len(b))}
	h.finished = h.blocks != 0
	flags := le.Uint32(b[4:])
	switch {
	case flags&flag1LZO != 0:
		h.compression = LZO
	case flags&flag1BZ2 != 0:
		h.compression = BZ2
	case flags&flag1LZ4 != 0:
		h.compression = LZ4
	}
	return h, nil
}

// parseHeader2: magic, layout (16 bits), nfdump version (32), time of creation (64), compression,
// encryption (8), appendix blocks (16), creator (32), offset of the appendix (64), block size,
// number of blocks (32).
func parseHeader2(b []byte) (fileHeader, error) {
	h := fileHeader{
		layout:      layout2,
		compression: Compression(b[16]),
		blocks:      le.Uint32(b[36:]),
		size:        int64(len(b)),
	}
	h.finished = h.blocks != 0 || le.Uint64(b[24:]) != 0
	if b[17] != 0 {
		return h, fmt.Errorf("encrypted file (method %d): %w", b[17], ErrUnsupported)
	}
	if h.compression > ZSTD {
		return h, fmt.Errorf("block compression %d: %w", h.compression, ErrUnsupported)
	}
	return h, nil
}
