package nfcapd

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"ivre/ingest/flow"
)

// discard is a sink that only looks at what it gets.
type discard struct{ flows, sum uint64 }

func (d *discard) Event(e *flow.Event) error {
	d.flows += e.Count
	d.sum += e.CsBytes + uint64(e.Dport)
	return nil
}

func (d *discard) Meta(*flow.Meta) error { return nil }
func (d *discard) Bad(string, error)     {}
func (d *discard) Skip(string, uint64)   {}
func (d *discard) Note(string)           {}

const benchFlows = 500_000

// benchFile makes a file of benchFlows flows.
func benchFile(b *testing.B, opts WriterOptions) []byte {
	var file seekBuffer
	w, err := NewWriter(&file, opts)
	if err != nil {
		b.Fatal(err)
	}
	g := newGenerator()
	var r Record
	for range benchFlows {
		g.next(&r)
		if err := w.Write(&r); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return file.data
}

func benchTable() *flow.PortTable {
	table := new(flow.PortTable)
	for _, port := range []uint16{22, 53, 80, 443, 993} {
		table.Set("tcp", port, 0.5)
		table.Set("udp", port, 0.3)
	}
	return table
}

func benchRead(b *testing.B, data []byte) {
	table := benchTable()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if err := Read(context.Background(), bytes.NewReader(data), table, &discard{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(benchFlows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mflows/s")
}

// BenchmarkRead/one-core is the whole reader on a single processor.
func BenchmarkRead(b *testing.B) {
	plain := benchFile(b, WriterOptions{})
	b.Run("one-core", func(b *testing.B) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		benchRead(b, plain)
	})
	b.Run("uncompressed", func(b *testing.B) { benchRead(b, plain) })
	b.Run("lz4", func(b *testing.B) { benchRead(b, benchFile(b, WriterOptions{Compression: LZ4})) })
	b.Run("zstd", func(b *testing.B) { benchRead(b, benchFile(b, WriterOptions{Compression: ZSTD})) })
	for name, option := range map[string]string{"lzo": "-z", "bz2": "-j"} {
		b.Run(name, func(b *testing.B) { benchRead(b, recompress(b, plain, option)) })
	}
}

// recompress lets nfdump compress a file.
func recompress(b *testing.B, data []byte, option string) []byte {
	needNfdump(b)
	in, out := filepath.Join(b.TempDir(), "in"), filepath.Join(b.TempDir(), "out")
	if err := os.WriteFile(in, data, 0o644); err != nil {
		b.Fatal(err)
	}
	if msg, err := exec.Command("nfdump", "-r", in, option, "-w", out).CombinedOutput(); err != nil {
		b.Fatalf("nfdump: %v\n%s", err, msg)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		b.Fatal(err)
	}
	return data
}

func BenchmarkReadLayout1(b *testing.B) {
	f := &layout1File{}
	records := []bytesOf{mapRecord(1, extOutPkts64, extOutBytes64, extFlows32)}
	c := common{kind: recordCommon, mapID: 1, first: testTime, last: testTime + 1, proto: 6, srcPort: 40000, dstPort: 443}
	rec := c.record(v4(192, 0, 2, 10), v4(198, 51, 100, 5), u32(2, 100), u64(3, 200), u32(1))
	for range benchFlows / 50 {
		records = append(records, rec)
	}
	for range 50 {
		f.add(blockRecords1, records...)
	}
	benchRead(b, f.bytes())
}

func BenchmarkWriter(b *testing.B) {
	w, err := NewWriter(discardSeeker{}, WriterOptions{})
	if err != nil {
		b.Fatal(err)
	}
	g := newGenerator()
	var r Record
	g.next(&r)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Write(&r); err != nil {
			b.Fatal(err)
		}
	}
}

type discardSeeker struct{}

func (discardSeeker) Write(p []byte) (int, error)             { return len(p), nil }
func (discardSeeker) Seek(offset int64, _ int) (int64, error) { return offset, nil }
