package nfcapd

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ivre/ingest/flow"
)

// layout2File is a file image of layout 2 with the given blocks.
func layout2File(compression Compression, blocks ...bytesOf) bytesOf {
	head := join(u16(magic, layout2), u32(versionOfFile), u64(1_700_000_000), bytesOf{byte(compression), 0}, u16(0), u32(0), u64(0),
		u32(0, uint32(len(blocks))))
	return append(head, join(blocks...)...)
}

// element is an element of a V3 record.
func element(kind uint16, contents ...bytesOf) bytesOf { return record(kind, contents...) }

// v3 is a V3 record.
func v3(flags byte, elements ...bytesOf) bytesOf {
	return record(recordV3, u16(uint16(len(elements))), bytesOf{0, 0, 0, 0, flags, 9}, join(elements...))
}

const testTime = 1_767_322_800_250 // milliseconds

func generic(first, last uint64, proto byte, srcPort, dstPort uint16) bytesOf {
	return element(elementGeneric, u64(first, last, last, 2, 100), u16(srcPort, dstPort), bytesOf{proto, 0, 0, 0})
}

var (
	ipv4      = element(elementIPv4, v4(192, 0, 2, 10), v4(198, 51, 100, 5))
	ipv6      = element(elementIPv6, v6(0x20010db8<<32, 1), v6(0x20010db8<<32, 2))
	goodFlow  = v3(0, generic(testTime, testTime+1, 17, 40000, 53), ipv4)
	testEvent = flow.Event{
		Start: testTime * 1000, End: testTime*1000 + 1000, Src: flow.AddrFrom4(0xc000020a), Dst: flow.AddrFrom4(0xc6336405),
		Proto: "udp", Sport: 40000, Dport: 53, Count: 1, CsPkts: 2, CsBytes: 100,
	}
)

// outcome is what reading a file comes to.
type outcome struct {
	Events  int               // copies of testEvent
	Bad     []string          // beginnings of the reports
	Skipped map[string]uint64 // reasons
	Err     string            // part of the error
}

func checkOutcome(t *testing.T, data []byte, want outcome) {
	t.Helper()
	r, err := readAll(data)
	got := outcome{Events: len(r.events), Skipped: r.skipped}
	for _, e := range r.events {
		if diff := cmp.Diff(testEvent, e); diff != "" {
			t.Errorf("event -want +got:\n%s", diff)
		}
	}
	if err != nil {
		got.Err = err.Error()
		if want.Err != "" && strings.Contains(got.Err, want.Err) {
			got.Err = want.Err
		}
	}
	for i, bad := range r.bad {
		if i < len(want.Bad) && strings.Contains(bad, want.Bad[i]) {
			bad = want.Bad[i]
		}
		got.Bad = append(got.Bad, bad)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestLayout2Records(t *testing.T) {
	good := goodFlow
	tests := []struct {
		name    string
		records []bytesOf
		want    outcome
	}{
		{"flows", []bytesOf{good, good}, outcome{Events: 2}},
		{"elements in another order, unknown ones", []bytesOf{
			v3(0, ipv4, element(99, u32(1)), generic(testTime, testTime+1, 17, 40000, 53), element(4)),
		}, outcome{Events: 1}},
		{"longer element", []bytesOf{
			v3(0, element(elementIPv4, v4(192, 0, 2, 10), v4(198, 51, 100, 5), u32(7)), generic(testTime, testTime+1, 17, 40000, 53)),
		}, outcome{Events: 1}},
		{"no flows counted", []bytesOf{
			v3(0, generic(testTime, testTime+1, 17, 40000, 53), ipv4, element(elementCounts, u64(0, 0, 0))),
		}, outcome{Events: 1}},
		{"management", []bytesOf{record(7), record(8), record(9), record(12), record(13), record(14), record(15), record(0x8001), good}, outcome{Events: 1}},
		{"events", []bytesOf{
			v3(v3FlagEvent, generic(testTime, testTime, 6, 1, 2), ipv4),
			v3(0, generic(testTime, testTime, 6, 1, 2), ipv4, element(elementNSEL, make(bytesOf, 16))),
			v3(0, element(elementNAT, make(bytesOf, 16))), good,
		}, outcome{Events: 1, Skipped: map[string]uint64{skipEvent: 3}}},
		{"no addresses or no flow", []bytesOf{v3(0, generic(testTime, testTime, 6, 1, 2)), v3(0, ipv6), v3(0), good},
			outcome{Events: 1, Skipped: map[string]uint64{skipNoAddrs: 3}}},
		{"unknown types", []bytesOf{record(77), record(77), record(16), good},
			outcome{Events: 1, Skipped: map[string]uint64{"record of unknown type 77": 2, "record of unknown type 16": 1}}},
		{"bad times", []bytesOf{
			v3(0, generic(1<<63, 1<<63, 6, 1, 2), ipv4),
			v3(0, generic(0, testTime, 6, 1, 2), ipv4), good,
		}, outcome{Events: 1, Bad: []string{"block 1, record 1: time out of range", "block 1, record 2: the record lasts"}}},
		{"broken elements", []bytesOf{
			record(recordV3), // no header
			record(recordV3, u16(2), make(bytesOf, 6), ipv4),
			record(recordV3, u16(1), make(bytesOf, 6), u16(2, 13), make(bytesOf, 8)),
			record(recordV3, u16(1), make(bytesOf, 6), u16(2, 3), make(bytesOf, 8)),
			v3(0, element(elementGeneric, make(bytesOf, 47))),
			v3(0, element(elementIPv4, make(bytesOf, 7))),
			v3(0, element(elementIPv6, make(bytesOf, 31))),
			v3(0, element(elementCounts, make(bytesOf, 23))),
			good,
		}, outcome{Events: 1, Bad: []string{
			"record 1: a flow record of only 4 bytes", "record 2: the record ends before its last 1 elements",
			"record 3: element of type 2 and size 13, with 12 bytes left", "record 4: element of type 2 and size 3",
			"record 5: element of type 1 with only 47 bytes", "record 6: element of type 2", "record 7: element of type 3", "record 8: element of type 5",
		}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkOutcome(t, layout2File(Uncompressed, block12(len(tt.records), blockRecords2, 0, join(tt.records...))), tt.want)
		})
	}
}

func TestLayout2Blocks(t *testing.T) {
	good := block12(1, blockRecords2, 0, goodFlow)
	var lz4File seekBuffer
	w, err := NewWriter(&lz4File, WriterOptions{Compression: LZ4})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		file bytesOf
		want outcome
	}{
		{"chain ends early", layout2File(Uncompressed, block12(3, blockRecords2, 0, goodFlow), good),
			outcome{Events: 2, Bad: []string{"block 1, record 2: the block has 3 records, but ends"}}},
		{"record larger than the block", layout2File(Uncompressed, block12(2, blockRecords2, 0, join(goodFlow, u16(recordV3, 1000), u64(0))), good),
			outcome{Events: 2, Bad: []string{"block 1, record 2: size 1000, with 12 bytes left"}}},
		{"record of size 0", layout2File(Uncompressed, block12(2, blockRecords2, 0, join(goodFlow, u64(0))), good),
			outcome{Events: 2, Bad: []string{"block 1, record 2: size 0"}}},
		{"trailing bytes", layout2File(Uncompressed, block12(1, blockRecords2, 0, join(goodFlow, goodFlow)), good),
			outcome{Events: 2, Bad: []string{"block 1: 76 bytes after its 1 records"}}},
		{"empty block", layout2File(Uncompressed, block12(0, blockRecords2, 0, nil), good), outcome{Events: 1}},
		{"huge block", append(layout2File(Uncompressed, good, nil), join(u32(1, 0xffffffff), u16(blockRecords2, 0))...),
			outcome{Events: 1, Err: "block 2 (at byte 128) claims to have 4294967295 bytes"}},
		{"missing block", layout2File(Uncompressed, good, nil), outcome{Events: 1, Err: "the file ends at byte 128, after 1 of its 2 blocks"}},
		{"block types", layout2File(Uncompressed, block12(5, blockArray, 0, make(bytesOf, 9)), block12(7, 99, 0, u32(1)), good),
			outcome{Events: 1, Skipped: map[string]uint64{"record in a block of unknown type 99": 7}}},
		{"block stored in a compressed file", layout2File(LZ4, block12(1, blockRecords2, flagBlockUncompressed, goodFlow)), outcome{Events: 1}},
		{"no LZO", layout2File(LZO, block12(1, blockRecords2, 0, bytes.Repeat(bytesOf{0xff}, 9)), block12(1, blockRecords2, 1, goodFlow)),
			outcome{Events: 1, Bad: []string{"block 1 at byte 40: lzo"}}},
		{"no LZ4", layout2File(LZ4, block12(1, blockRecords2, 0, bytes.Repeat(bytesOf{0xff}, 9))), outcome{Bad: []string{"block 1 at byte 40: lz4"}}},
		{"no BZ2", layout2File(BZ2, block12(1, blockRecords2, 0, bytes.Repeat(bytesOf{0xff}, 9))), outcome{Bad: []string{"block 1 at byte 40: bzip2"}}},
		{"no ZSTD", layout2File(ZSTD, block12(1, blockRecords2, 0, bytes.Repeat(bytesOf{0xff}, 9))), outcome{Bad: []string{"block 1 at byte 40: "}}},
		{"no blocks", lz4File.data, outcome{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkOutcome(t, tt.file, tt.want) })
	}
}

// A small block must not decompress to more than is reasonable.
func TestDecompressionBombs(t *testing.T) {
	zeros := make([]byte, maxBlock+1)
	for name, compression := range map[string]Compression{"lz4": LZ4, "zstd": ZSTD} {
		w, err := NewWriter(&seekBuffer{}, WriterOptions{Compression: compression})
		if err != nil {
			t.Fatal(err)
		}
		w.buf = append(w.buf, zeros...)
		block, err := w.compress()
		if err != nil {
			t.Fatal(err)
		}
		d, err := newDecompressor(compression)
		if err != nil {
			t.Fatal(err)
		}
		defer d.close()
		if out, err := d.decompress(nil, block[blockHeader:]); err == nil {
			t.Errorf("%s: no error, but %d bytes", name, len(out))
		}
	}
	// bzip2 of 9 MiB of zeros (bzip2 -9), and LZO: a literal and a match of as many bytes as fit.
	d := &decompressor{method: BZ2}
	if out, err := d.decompress(nil, testFile(t, "zeros.bz2")); err == nil {
		t.Errorf("bz2: no error, but %d bytes", len(out))
	}
	d.method = LZO
	lzo := join(bytesOf{18, 0, 0x20}, make(bytesOf, maxBlock/255+1), bytesOf{1, 0, 0, 17, 0, 0})
	if out, err := d.decompress(nil, lzo); err == nil {
		t.Errorf("lzo: no error, but %d bytes", len(out))
	}
}

func TestLayout1(t *testing.T) {
	addrs := join(v4(192, 0, 2, 10), v4(198, 51, 100, 5))
	old := common{kind: recordCommon0, mapID: 1, first: testTime, last: testTime + 1, proto: 17, srcPort: 40000, dstPort: 53}
	recent := old
	recent.kind = recordCommon
	wide := recent
	wide.flags = commonPkts64 | commonBytes64
	event, eventMap, noMap := recent, recent, recent
	event.flags, eventMap.mapID, noMap.mapID = commonEvent, 2, 3
	map1, map2 := mapRecord(1, 4, extFlows32, 13), mapRecord(2, extNSEL)
	ext := u32(0, 1, 0)
	good := recent.record(addrs, u32(2, 100), ext)
	tests := []struct {
		name    string
		records []bytesOf
		want    outcome
	}{
		{"flows of both types", []bytesOf{map1, old.record(addrs, u32(2, 100), ext), good, wide.record(addrs, u64(2, 100), ext)}, outcome{Events: 3}},
		{"V3 record", []bytesOf{goodFlow}, outcome{Events: 1}},
		{"management", []bytesOf{record(7), record(5), record(6), record(3), record(4), map1, good}, outcome{Events: 1}},
		{"events", []bytesOf{map1, map2, event.record(addrs, u32(2, 100), ext), eventMap.record(addrs, u32(2, 100), make(bytesOf, 20)), good},
			outcome{Events: 1, Skipped: map[string]uint64{skipEvent: 2}}},
		{"no map", []bytesOf{map1, noMap.record(addrs, u32(2, 100), ext), good},
			outcome{Events: 1, Bad: []string{"record 2: the extension map 3 of this flow record is missing"}}},
		{"map defined anew", []bytesOf{map1, good, mapRecord(1), recent.record(addrs, u32(2, 100))}, outcome{Events: 2}},
		{"bad maps", []bytesOf{
			map1, good, record(recordExtensionMap, u16(1, 5, 4, 0)), good,
			record(recordExtensionMap, u16(1, 4, 99, 0)), record(recordExtensionMap, u16(1, 4, 28, 0)), record(recordExtensionMap), map1, good,
		}, outcome{Events: 2, Bad: []string{
			"record 3: extension map 1: its extensions have 4 bytes, but it says 5", "record 4: the extension map 1 of this flow record is missing",
			"record 5: extension map 1: unknown extension 99", "record 6: extension map 1: unknown extension 28", "record 7: an extension map of only 4 bytes",
		}}},
		{"short records", []bytesOf{map1, record(recordCommon, make(bytesOf, 27)), record(recordCommon0, make(bytesOf, 23)), recent.record(addrs, u32(2, 100), u32(0, 1)), good},
			outcome{Events: 1, Bad: []string{
				"record 2: a flow record of only 31 bytes", "record 3: a flow record of only 27 bytes", "record 4: a flow record of 56 bytes that should have 60",
			}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkOutcome(t, new(layout1File).add(blockRecords1, tt.records...).bytes(), tt.want)
		})
	}
	t.Run("blocks", func(t *testing.T) {
		f := new(layout1File).add(blockRecords1, map1, good)
		f.add(blockRecords2, join(u32(3, 16), u64(0, 0))) // histogram
		f.add(blockNfdump15, u32(0)).add(blockRecords2, goodFlow).add(blockRecords1, good)
		checkOutcome(t, f.bytes(), outcome{Events: 3, Skipped: map[string]uint64{"record of nfdump 1.5 (convert the file with nfdump 1.6)": 1}})
		data := f.bytes()
		checkOutcome(t, data[:len(data)-len(good)-blockHeader], outcome{
			Events: 2, Skipped: map[string]uint64{"record of nfdump 1.5 (convert the file with nfdump 1.6)": 1}, Err: "after 4 of its 5 blocks",
		})
	})
}

// The counters of the other direction and the number of flows, in both sizes.
func TestLayout1Extensions(t *testing.T) {
	addrs := join(v6(0x20010db8<<32, 1), v6(0x20010db8<<32, 2))
	want := testEvent
	want.Src, want.Dst = addr(t, "2001:db8::1"), addr(t, "2001:db8::2")
	want.Count, want.ScPkts, want.ScBytes = 7, 8, 9
	c := common{kind: recordCommon, mapID: 1, flags: commonIPv6, first: testTime, last: testTime + 1, proto: 17, srcPort: 40000, dstPort: 53}
	for _, records := range [][]bytesOf{
		{mapRecord(1, extOutPkts32, extOutBytes32, extFlows32), c.record(addrs, u32(2, 100), u32(8, 9, 7))},
		{mapRecord(1, 10, extFlows64, extOutBytes64, 24, extOutPkts64), c.record(addrs, u32(2, 100), u64(0, 0), u64(7, 9), u64(1, 1), u64(8))},
	} {
		got := readClean(t, new(layout1File).add(blockRecords1, records...).bytes()).events
		if diff := cmp.Diff([]flow.Event{want}, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

// Layout 1 has its compression in other places than layout 2.
func TestLayout1Compressed(t *testing.T) {
	f := new(layout1File).add(blockRecords1, goodFlow)
	lzo := func(b bytesOf) bytesOf { // literals only: no compression, but LZO
		n := len(b) - 18
		return join(bytesOf{0, byte(n)}, b, bytesOf{17, 0, 0})
	}
	f.flags, f.blocks[0] = flag1LZO, lzo(f.blocks[0])
	checkOutcome(t, f.bytes(), outcome{Events: 1})
	f.flags = flag1LZ4
	checkOutcome(t, f.bytes(), outcome{Bad: []string{"block 1 at byte 276: lz4"}})
	f.flags = flag1BZ2
	checkOutcome(t, f.bytes(), outcome{Bad: []string{"block 1 at byte 276: bzip2"}})
}
