package nfcapd

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ivre/ingest/flow"
)

// recorder is a sink that keeps everything.
type recorder struct {
	events  []flow.Event
	bad     []string // where: error
	skipped map[string]uint64
	notes   []string
	err     error // to return from Event
}

func (r *recorder) Event(e *flow.Event) error {
	r.events = append(r.events, *e)
	return r.err
}

func (r *recorder) Meta(*flow.Meta) error { panic("a flow file has no metadata") }

func (r *recorder) Bad(where string, err error) { r.bad = append(r.bad, where+": "+err.Error()) }

func (r *recorder) Skip(reason string, n uint64) {
	if r.skipped == nil {
		r.skipped = make(map[string]uint64)
	}
	r.skipped[reason] += n
}

func (r *recorder) Note(msg string) { r.notes = append(r.notes, msg) }

// readAll reads a whole file image.
func readAll(data []byte) (*recorder, error) {
	r := &recorder{}
	err := Read(context.Background(), bytes.NewReader(data), nil, r)
	return r, err
}

// readClean reads a file image in which nothing may be wrong but the times (which softflowd turned
// around in the IPFIX files).
func readClean(t *testing.T, data []byte) *recorder {
	t.Helper()
	r, err := readAll(data)
	if err != nil {
		t.Fatal(err)
	}
	r.notes = slices.DeleteFunc(r.notes, func(s string) bool { return strings.HasSuffix(s, "their times were exchanged") })
	if len(r.bad) > 0 || len(r.notes) > 0 {
		t.Fatalf("bad records: %s; notes: %s", strings.Join(r.bad, ", "), strings.Join(r.notes, ", "))
	}
	return r
}

func testFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func addr(t testing.TB, s string) flow.Addr {
	t.Helper()
	a, err := flow.ParseAddr(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// seekBuffer is a file in memory.
type seekBuffer struct {
	data []byte
	pos  int
}

func (b *seekBuffer) Write(p []byte) (int, error) {
	n := copy(b.data[b.pos:], p)
	b.data = append(b.data, p[n:]...)
	b.pos += len(p)
	return len(p), nil
}

func (b *seekBuffer) Seek(offset int64, _ int) (int64, error) {
	b.pos = int(offset)
	return offset, nil
}
