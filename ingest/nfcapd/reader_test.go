package nfcapd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/flow"
)

func TestDetect(t *testing.T) {
	for head, want := range map[string]bool{
		"\x0c\xa5\x01\x00": true, "\x0c\xa5\x02\x00": true, "\x0c\xa5\x03\x00": true, "\xa5\x0c\x00\x02": true,
		"\x0c\xa5\x02\x00more": true, "\x0c\xa5\x00\x00": false, "\x0c\xa5\x02": false, "": false,
		"\x83\x10\x00\x20": false, "\x1f\x8b\x08\x00": false,
	} {
		if got := Detect([]byte(head)); got != want {
			t.Errorf("Detect(%q) = %v", head, got)
		}
	}
}

func TestUnsupported(t *testing.T) {
	header := func(change func([]byte)) []byte {
		b := bytes.Clone(testFile(t, "v9.nfcapd"))
		change(b)
		return b
	}
	tests := map[string][]byte{
		"layout 3":            header(func(b []byte) { b[2] = 3 }),
		"encrypted":           header(func(b []byte) { b[17] = 1 }),
		"unknown compression": header(func(b []byte) { b[16] = 5 }),
		"big-endian":          append([]byte{0xa5, 0x0c, 0, 2}, make([]byte, 100)...),
	}
	for name, data := range tests {
		r, err := readAll(data)
		if !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: error %v, want ErrUnsupported", name, err)
		}
		if diff := cmp.Diff(&recorder{}, r, cmp.AllowUnexported(recorder{})); diff != "" {
			t.Errorf("%s: the sink was called:\n%s", name, diff)
		}
	}
	if _, err := readAll([]byte("PK\x03\x04 not flows")); err == nil || errors.Is(err, ErrUnsupported) {
		t.Errorf("other file: error %v", err)
	}
}

// The flows of the lab files, as nfdump counts them.
func TestFiles(t *testing.T) {
	tests := []struct {
		file string
		want map[string]sums
	}{
		{"v5.nfcapd", map[string]sums{"tcp": {14, 14, 104, 20045}, "udp": {18, 18, 18, 1614}, "icmp": {2, 2, 6, 504}}},
		{"v9.nfcapd", map[string]sums{"tcp": {16, 16, 114, 21231}, "udp": {18, 18, 18, 1614}, "icmp": {2, 2, 6, 504}, "icmp6": {17, 17, 21, 1576}}},
		{"ipfix-biflow.nfcapd", map[string]sums{"tcp": {8, 8, 114, 21231}, "udp": {9, 9, 18, 1614}, "icmp": {2, 2, 6, 504}, "icmp6": {17, 17, 21, 1576}}},
	}
	for _, tt := range tests {
		got := eventTotals(readClean(t, testFile(t, tt.file)).events).Proto
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.file, diff)
		}
	}
}

// The same file in different compressions must give the same events.
func TestCompressions(t *testing.T) {
	for _, base := range []string{"v9", "ipfix-biflow"} {
		want := readClean(t, testFile(t, base+".nfcapd")).events
		for _, compression := range []string{"lzo", "lz4", "bz2"} {
			got := readClean(t, testFile(t, base+"-"+compression+".nfcapd")).events
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %s: -want +got:\n%s", base, compression, diff)
			}
		}
	}
}

// Some events in all detail: echo requests and replies, in a record each, and in one for both
// directions; and TCP in both directions.
func TestEvents(t *testing.T) {
	client, server := addr(t, "192.0.2.10"), addr(t, "192.0.2.80")
	ping := flow.Event{Src: client, Dst: server, Proto: "icmp", Type: 8, Count: 1}
	request, reply := ping, ping
	request.CsPkts, request.CsBytes = 3, 252
	reply.ScPkts, reply.ScBytes = 3, 252
	tests := []struct {
		file       string
		proto      string
		start, end int64 // milliseconds
		want       []flow.Event
	}{
		{"v9.nfcapd", "icmp", 1799922410866, 1799922412915, []flow.Event{request, reply}},
		{"ipfix-biflow.nfcapd", "icmp", 1799922411090, 1799922413139, []flow.Event{request, reply}},
		{"ipfix-biflow.nfcapd", "tcp", 1799922408467, 1799922408474, []flow.Event{{
			Src: client, Dst: server, Proto: "tcp", Sport: 37884, Dport: 80, Count: 1,
			CsPkts: 6, CsBytes: 431, ScPkts: 4, ScBytes: 555,
		}}},
	}
	for _, tt := range tests {
		for i := range tt.want {
			tt.want[i].Start, tt.want[i].End = tt.start*1000, tt.end*1000
		}
		var got []flow.Event
		for _, e := range readClean(t, testFile(t, tt.file)).events {
			if e.Proto == tt.proto && len(got) < len(tt.want) {
				got = append(got, e)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s, %s: -want +got:\n%s", tt.file, tt.proto, diff)
		}
	}
}

// The clocks of the IPFIX files run backwards.
func TestTimesExchanged(t *testing.T) {
	r, err := readAll(testFile(t, "ipfix.nfcapd"))
	want := []string{"22 flow records end before they start; their times were exchanged"}
	if diff := cmp.Diff(want, r.notes); err != nil || len(r.bad) > 0 || diff != "" {
		t.Errorf("error %v, bad %q, notes -want +got:\n%s", err, r.bad, diff)
	}
}

func TestPortTableDecides(t *testing.T) {
	table := new(flow.PortTable)
	table.Set("udp", 52755, 1)
	r := &recorder{}
	if err := Read(context.Background(), bytes.NewReader(testFile(t, "v9.nfcapd")), table, r); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range r.events {
		if e.Proto == "udp" && e.Sport == 53 && e.Dport == 52755 {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d flows to the known port, want 2", n)
	}
}

// Wherever it is cut, a file gives the records before the cut and an error that says so.
func TestTruncated(t *testing.T) {
	data := testFile(t, "v9.nfcapd")
	whole := readClean(t, data).events
	const first = headerSize2 + blockHeader + 32 // end of the record of the exporter, the first one
	appendix := int(le.Uint64(data[24:]))
	for n := 0; n < appendix; n += 1 + n/500 {
		r, err := readAll(data[:n])
		if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), fmt.Sprintf("ends at byte %d", n)) {
			t.Fatalf("cut at %d: error %v", n, err)
		}
		want := 0
		for end := first; want < len(whole); want++ {
			if end += int(le.Uint16(data[end+2:])); end > n {
				break
			}
		}
		if diff := cmp.Diff(whole[:want], append([]flow.Event{}, r.events...)); diff != "" || len(r.bad) > 0 {
			t.Fatalf("cut at %d: bad %q, -want +got:\n%s", n, r.bad, diff)
		}
	}
	if r := readClean(t, data[:appendix]); len(r.events) != len(whole) {
		t.Errorf("without the appendix: %d events, want %d", len(r.events), len(whole))
	}
}

func TestTruncatedCompressed(t *testing.T) {
	data := testFile(t, "v9-lzo.nfcapd")
	r, err := readAll(data[:300])
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(r.events) != 0 {
		t.Errorf("error %v, events %v", err, r.events)
	}
	if len(r.bad) != 1 || !strings.Contains(r.bad[0], "block 1") {
		t.Errorf("bad: %q", r.bad)
	}
}

// A file that the collector still writes to has no number of blocks yet.
func TestUnfinished(t *testing.T) {
	data := testFile(t, "v9.nfcapd")
	want := readClean(t, data).events
	open := bytes.Clone(data[:le.Uint64(data[24:])])
	copy(open[18:20], []byte{0, 0})
	copy(open[24:32], make([]byte, 8))
	copy(open[36:40], make([]byte, 4))
	r, err := readAll(open)
	if err != nil || len(r.bad) > 0 || len(r.notes) != 1 {
		t.Fatalf("error %v, bad %q, notes %q", err, r.bad, r.notes)
	}
	if diff := cmp.Diff(want, r.events); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSinkErrorEndsReading(t *testing.T) {
	r := &recorder{err: errors.New("enough")}
	err := Read(context.Background(), bytes.NewReader(testFile(t, "v9.nfcapd")), nil, r)
	if err != r.err || len(r.events) != 1 {
		t.Errorf("error %v after %d events", err, len(r.events))
	}
}

func TestContextEndsReading(t *testing.T) {
	cause := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	r := &recorder{}
	if err := Read(ctx, bytes.NewReader(testFile(t, "v9.nfcapd")), nil, r); err != cause || len(r.events) > 0 {
		t.Errorf("error %v after %d events", err, len(r.events))
	}
}

func TestReadErrorIsReturned(t *testing.T) {
	want := errors.New("disk on fire")
	data := testFile(t, "v9.nfcapd")
	for _, n := range []int{0, 20, 45, 1000} {
		r := &recorder{}
		err := Read(context.Background(), io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(want)), nil, r)
		if !errors.Is(err, want) {
			t.Errorf("after %d bytes: error %v, want %v", n, err, want)
		}
	}
}

// Nothing may depend on how many bytes a read returns.
func TestSmallReads(t *testing.T) {
	for _, name := range []string{"v9.nfcapd", "v9-lz4.nfcapd"} {
		r := &recorder{}
		if err := Read(context.Background(), iotest.OneByteReader(bytes.NewReader(testFile(t, name))), nil, r); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(readClean(t, testFile(t, name)).events, r.events); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

func TestWriterRoundTrip(t *testing.T) {
	t0 := time.UnixMilli(1_767_322_800_250)
	records := []Record{
		{First: t0, Last: t0.Add(time.Second), Src: addr(t, "192.0.2.10"), Dst: addr(t, "198.51.100.5"), SrcPort: 40000, DstPort: 443,
			Proto: 6, InPackets: 3, InBytes: 180},
		{First: t0, Last: t0, Src: addr(t, "2001:db8::53"), Dst: addr(t, "2001:db8::10"), SrcPort: 53, DstPort: 5353,
			Proto: 17, InPackets: 1, InBytes: 2, OutPackets: 3, OutBytes: 4, Flows: 7},
		{First: t0, Last: t0, Src: addr(t, "2001:db8::53"), Dst: addr(t, "192.0.2.10"), DstPort: 129 << 8, Proto: 58, InPackets: 1, InBytes: 64},
	}
	ms := t0.UnixMicro()
	want := []flow.Event{
		{Start: ms, End: ms + 1e6, Src: records[0].Src, Dst: records[0].Dst, Proto: "tcp", Sport: 40000, Dport: 443, Count: 1, CsPkts: 3, CsBytes: 180},
		{Start: ms, End: ms, Src: records[1].Dst, Dst: records[1].Src, Proto: "udp", Sport: 5353, Dport: 53, Count: 7,
			CsPkts: 3, CsBytes: 4, ScPkts: 1, ScBytes: 2},
		{Start: ms, End: ms, Src: records[2].Dst, Dst: records[2].Src, Proto: "icmp6", Type: 128, Count: 1, ScPkts: 1, ScBytes: 64},
	}
	for _, compression := range []Compression{Uncompressed, LZ4, ZSTD} {
		var file seekBuffer
		w, err := NewWriter(&file, WriterOptions{Compression: compression})
		if err != nil {
			t.Fatal(err)
		}
		for i := range records {
			if err := w.Write(&records[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, readClean(t, file.data).events); diff != "" {
			t.Errorf("compression %d: -want +got:\n%s", compression, diff)
		}
		if err := w.Write(&records[0]); err == nil {
			t.Error("no error when writing after the end")
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	if _, err := NewWriter(&seekBuffer{}, WriterOptions{Compression: LZO}); err == nil {
		t.Error("no error for LZO")
	}
	if _, err := NewWriter(&seekBuffer{}, WriterOptions{Ident: strings.Repeat("x", 128)}); err == nil {
		t.Error("no error for a long name")
	}
	w, err := NewWriter(&seekBuffer{}, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(&Record{}); err == nil {
		t.Error("no error for a flow of the year 1")
	}
}

// Decoding must not allocate: there are millions of records.
func TestNoAllocationPerRecord(t *testing.T) {
	data := testFile(t, "ipfix-biflow.nfcapd")
	b := &block{number: 1, kind: blockRecords2, records: le.Uint32(data[headerSize2:]), data: data[headerSize2+blockHeader : le.Uint64(data[24:])]}
	d := &decoder{table: new(flow.PortTable), sink: &discard{}, layout: layout2}
	allocs := testing.AllocsPerRun(100, func() {
		if err := d.block(b); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations for a block", allocs)
	}
}

// What a block claims to have must not cost memory before it is there.
func TestReadBytesGrows(t *testing.T) {
	buf, err := readBytes(bytes.NewReader(make([]byte, 1000)), nil, maxBlock)
	if err != io.ErrUnexpectedEOF || len(buf) != 1000 || cap(buf) > 1<<20 {
		t.Errorf("length %d, capacity %d, error %v", len(buf), cap(buf), err)
	}
}
