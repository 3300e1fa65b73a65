package zeekflow

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ivre/ingest/flow"
)

// discard is a sink that counts only.
type discard struct{ n int }

func (d *discard) Event(*flow.Event) error { d.n++; return nil }
func (d *discard) Meta(*flow.Meta) error   { d.n++; return nil }
func (d *discard) Bad(string, error)       {}
func (d *discard) Skip(string, uint64)     {}
func (d *discard) Note(string)             {}

// repeat makes a log of the given number of lines from the first line of a sample, with other ports,
// addresses and times.
func repeat(b *testing.B, name string, lines int) []byte {
	b.Helper()
	sample, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	var line string
	for l := range strings.Lines(string(sample)) {
		if !strings.HasPrefix(l, "#") {
			line = l
			break
		}
		out.WriteString(l)
	}
	for i := range lines {
		out.WriteString(strings.NewReplacer(
			"1767322800", fmt.Sprint(1767322800+i/100), "192.0.2.10", fmt.Sprintf("192.0.2.%d", i%256), "50000", fmt.Sprint(i%65536),
		).Replace(line))
	}
	return out.Bytes()
}

func BenchmarkRead(b *testing.B) {
	const lines = 20000
	for _, name := range []string{"conn.log", "conn.json.log", "http.log", "http.json.log", "dns.log", "dns.json.log"} {
		b.Run(name, func(b *testing.B) {
			log := repeat(b, name, lines)
			b.SetBytes(int64(len(log)))
			b.ReportAllocs()
			for b.Loop() {
				d := &discard{}
				if _, err := Read(context.Background(), bytes.NewReader(log), Options{}, d); err != nil || d.n != lines {
					b.Fatal(err, d.n)
				}
			}
			b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}

// BenchmarkOtherLog reads a log that flows are not made from.
func BenchmarkOtherLog(b *testing.B) {
	log := bytes.Replace(repeat(b, "conn.log", 20000), []byte("#path\tconn"), []byte("#path\tother"), 1)
	b.SetBytes(int64(len(log)))
	for b.Loop() {
		if res, _ := Read(context.Background(), io.LimitReader(bytes.NewReader(log), int64(len(log))), Options{}, &discard{}); res.Skipped == 0 {
			b.Fatal(res)
		}
	}
}
