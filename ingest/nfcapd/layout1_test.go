package nfcapd

import (
	"encoding/binary"
	"math/rand/v2"
)

// layout1File builds files of layout 1, which no program here writes any more. It follows the layout
// of nfdump 1.6; nfdump 1.7 reads its files (TestLayout1AgainstNfdump).
type layout1File struct {
	flags   uint32
	blocks  [][]byte // contents
	records []int
	kinds   []uint16
}

type bytesOf = []byte

func u16(v ...uint16) (b bytesOf) {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint16(b, x)
	}
	return b
}

func u32(v ...uint32) (b bytesOf) {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, x)
	}
	return b
}

func u64(v ...uint64) (b bytesOf) {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint64(b, x)
	}
	return b
}

func join(parts ...bytesOf) (b bytesOf) {
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// record puts the header before a record's contents.
func record(kind uint16, contents ...bytesOf) bytesOf {
	c := join(contents...)
	return join(u16(kind, uint16(len(c)+4)), c)
}

// add appends a block of records.
func (f *layout1File) add(kind uint16, records ...bytesOf) *layout1File {
	f.blocks = append(f.blocks, join(records...))
	f.records = append(f.records, len(records))
	f.kinds = append(f.kinds, kind)
	return f
}

func (f *layout1File) bytes() bytesOf {
	b := join(u16(magic, layout1), u32(f.flags, uint32(len(f.blocks))), make(bytesOf, 128), make(bytesOf, statSize1))
	copy(b[12:], "test")
	for i, content := range f.blocks {
		b = append(b, block12(f.records[i], f.kinds[i], 0, content)...)
	}
	return b
}

// block12 is a block with its header, which is the same in both layouts.
func block12(records int, kind, flags uint16, content bytesOf) bytesOf {
	return join(u32(uint32(records), uint32(len(content))), u16(kind, flags), content)
}

// mapRecord is an extension map. Its size is a multiple of four.
func mapRecord(id uint16, extensions ...uint16) bytesOf {
	size := 0
	for _, e := range extensions {
		size += int(extensionSizes[e])
	}
	ids := append(u16(extensions...), 0, 0)
	if len(ids)%4 != 0 {
		ids = append(ids, 0, 0)
	}
	return record(recordExtensionMap, u16(id, uint16(size)), ids)
}

// common is what a flow record of layout 1 starts with.
type common struct {
	kind             uint16
	flags            byte
	mapID            uint16
	first, last      uint64 // milliseconds
	proto            byte
	srcPort, dstPort uint16
}

// record makes the record; rest are addresses, counters and extensions.
func (c common) record(rest ...bytesOf) bytesOf {
	head := join(
		bytesOf{c.flags, 0}, u16(c.mapID),
		u16(uint16(c.first%1000), uint16(c.last%1000)), u32(uint32(c.first/1000), uint32(c.last/1000)),
		bytesOf{0, 0x1b, c.proto, 0}, u16(c.srcPort, c.dstPort))
	if c.kind == recordCommon {
		head = join(head, u16(3, 0)) // exporter, reserved
	}
	return record(c.kind, head, join(rest...))
}

// v4 is an IPv4 address in a file.
func v4(a, b, c, d byte) bytesOf { return bytesOf{d, c, b, a} }

// v6 is an IPv6 address in a file.
func v6(upper, lower uint64) bytesOf { return u64(upper, lower) }

// randomLayout1 is a file with flows of all shapes that the records can have, all of type 10, which
// is what nfdump 1.7 reads.
func randomLayout1(n int) *layout1File {
	rng := rand.New(rand.NewPCG(1, 2))
	f := &layout1File{}
	maps := [][]uint16{
		{4, 8}, {5, 9, 13, 14, 16, 25}, {15, 17, 19, 27}, {6, 10, 12, 14, 17, 18, 22}, {20, 21, 24, 26, 45}, {7, 11, 16, 14, 23},
	}
	records := []bytesOf{record(7, make(bytesOf, 28))}
	for id, extensions := range maps {
		records = append(records, mapRecord(uint16(id), extensions...))
	}
	for i := range n {
		id := rng.IntN(len(maps))
		c := common{
			kind: recordCommon, mapID: uint16(id), flags: byte(rng.IntN(8)),
			first: 1_700_000_000_000 + uint64(i), last: 1_700_000_000_000 + uint64(i) + rng.Uint64N(100_000),
			proto: []byte{1, 6, 17, 47, 58, 132}[rng.IntN(6)],
		}
		if c.proto != 47 {
			c.srcPort, c.dstPort = uint16(rng.IntN(2000)), uint16(rng.IntN(2000))
		}
		addrs := join(v4(192, 0, 2, byte(i)), v4(198, 51, 100, byte(i>>8)))
		if c.flags&commonIPv6 != 0 {
			addrs = join(v6(0x20010db8<<32, uint64(i)), v6(0x20010db8<<32|1, rng.Uint64()))
		}
		pkts, octets := u32(rng.Uint32N(1000)), u32(rng.Uint32())
		if c.flags&commonPkts64 != 0 {
			pkts = u64(rng.Uint64N(1 << 40))
		}
		if c.flags&commonBytes64 != 0 {
			octets = u64(rng.Uint64N(1 << 50))
		}
		records = append(records, c.record(addrs, pkts, octets, randomExtensions(rng, maps[id])))
	}
	return f.add(blockRecords1, records...)
}

// randomExtensions fills the extensions; those with counters so that sums do not overflow.
func randomExtensions(rng *rand.Rand, ids []uint16) (b bytesOf) {
	for _, id := range ids {
		switch id {
		case extOutPkts32, extOutBytes32, extFlows32:
			b = append(b, u32(rng.Uint32N(1<<20))...)
		case extOutPkts64, extOutBytes64, extFlows64:
			b = append(b, u64(rng.Uint64N(1<<40))...)
		default:
			for range extensionSizes[id] {
				b = append(b, byte(rng.Uint32()))
			}
		}
	}
	return b
}
