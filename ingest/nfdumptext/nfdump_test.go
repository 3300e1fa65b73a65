package nfdumptext

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/flow"
	"ivre/ingest/nfcapd"
)

// recorder is a sink that keeps everything.
type recorder struct {
	Events  []flow.Event
	Bads    []string
	Skipped map[string]uint64
	Notes   []string
	err     error // to return from Event
}

func (r *recorder) Event(e *flow.Event) error {
	r.Events = append(r.Events, *e)
	return r.err
}

func (r *recorder) Meta(*flow.Meta) error { panic("a flow file has no metadata") }

func (r *recorder) Bad(where string, err error) { r.Bads = append(r.Bads, where+": "+err.Error()) }

func (r *recorder) Skip(reason string, n uint64) {
	if r.Skipped == nil {
		r.Skipped = make(map[string]uint64)
	}
	r.Skipped[reason] += n
}

func (r *recorder) Note(msg string) { r.Notes = append(r.Notes, msg) }

func needNfdump(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skip("skipped: needs the nfdump program, which is not installed")
	}
}

// Both readers must see the same in the same file, event by event.
func TestReadEqualsNative(t *testing.T) {
	needNfdump(t)
	files, err := filepath.Glob("../nfcapd/testdata/*.nfcapd")
	if err != nil || len(files) == 0 {
		t.Fatalf("files %q, error %v", files, err)
	}
	table := new(flow.PortTable)
	table.Set("udp", 41671, 1)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			var native, text recorder
			if err := nfcapd.Read(context.Background(), f, table, &native); err != nil {
				t.Fatal(err)
			}
			if err := Read(context.Background(), file, "", table, &text); err != nil {
				t.Fatal(err)
			}
			native.Notes = nil // about exchanged times
			if diff := cmp.Diff(native, text, cmp.AllowUnexported(recorder{})); diff != "" || len(text.Events) == 0 {
				t.Errorf("%d events, -native +text:\n%s", len(text.Events), diff)
			}
		})
	}
}

// Large numbers and all protocols come through unscaled and with their names.
func TestReadNumbers(t *testing.T) {
	needNfdump(t)
	file := filepath.Join(t.TempDir(), "-flows") // not an option either
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := nfcapd.NewWriter(f, nfcapd.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.UnixMilli(1_767_322_800_250)
	for proto := range 256 {
		err := w.Write(&nfcapd.Record{First: now, Last: now, Src: addr(t, "192.0.2.10"), Dst: addr(t, "198.51.100.5"), Proto: uint8(proto),
			InPackets: 1_234_567_891, InBytes: 1_234_567_890_123, OutPackets: 9_876_543, OutBytes: 2_345_678_901, Flows: 12_345_678})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var r recorder
	if err := Read(context.Background(), file, "", nil, &r); err != nil || len(r.Events) != 256 {
		t.Fatalf("%d events, error %v, bad %q", len(r.Events), err, r.Bads)
	}
	for i, e := range r.Events {
		if want := flow.ProtoName(uint8(i)); e.Proto != want {
			t.Errorf("protocol %d is %q, want %q", i, e.Proto, want)
		}
		if e.Proto == "icmp" {
			continue // turned around
		}
		if e.CsPkts != 1_234_567_891 || e.CsBytes != 1_234_567_890_123 || e.ScPkts != 9_876_543 || e.ScBytes != 2_345_678_901 || e.Count != 12_345_678 {
			t.Errorf("protocol %d: %+v", i, e)
		}
	}
}

func TestReadFilter(t *testing.T) {
	needNfdump(t)
	const file = "../nfcapd/testdata/v9.nfcapd"
	read := func(filter string) (*recorder, error) {
		r := &recorder{}
		return r, Read(context.Background(), file, filter, nil, r)
	}
	r, err := read(" proto icmp and src ip 192.0.2.80 ")
	if err != nil || len(r.Events) != 1 || r.Events[0].Dst != addr(t, "192.0.2.80") {
		t.Errorf("events %v, error %v", r.Events, err)
	}
	if r, err = read("proto gre"); err != nil || len(r.Events)+len(r.Bads)+len(r.Skipped)+len(r.Notes) > 0 {
		t.Errorf("no matching flows: %+v, error %v", r, err)
	}
	if _, err = read("portt 80"); err == nil || !strings.Contains(err.Error(), "syntax error at 'portt'") {
		t.Errorf("syntax error: error %v", err)
	}
	out := filepath.Join(t.TempDir(), "out")
	for _, filter := range []string{"-w" + out, " -w" + out, "--", "-", "any\x00"} {
		if r, err := read(filter); err == nil || len(r.Events) > 0 {
			t.Errorf("filter %q: no error", filter)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a filter became an option")
	}
}

func TestReadFails(t *testing.T) {
	needNfdump(t)
	if err := Read(context.Background(), "testdata/missing", "", nil, &recorder{}); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Errorf("missing file: error %v", err)
	}
	if err := Read(context.Background(), "line_test.go", "", nil, &recorder{}); err == nil || !strings.Contains(err.Error(), "bad magic") {
		t.Errorf("other file: error %v", err)
	}
}

func TestNotInstalled(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := Read(context.Background(), "flows", "", nil, &recorder{})
	if !errors.Is(err, ErrNotInstalled) {
		t.Errorf("error %v", err)
	}
}

// fakeNfdump puts a shell script in the place of nfdump.
func fakeNfdump(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, program), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestReadOutput(t *testing.T) {
	fakeNfdump(t, `
echo "$TZ $LC_ALL"
echo '`+tcpLine+`,2'
echo
echo 'x,x,x,x,x,x,x,x,x,x,x,x'
head -c 100000 /dev/zero | tr '\0' ,
echo
echo 'disk is old' >&2
printf '%s' '`+tcpLine+`'
`)
	t.Setenv("TZ", "Asia/Tokyo")
	r := &recorder{}
	if err := Read(context.Background(), "flows", "", nil, r); err != nil {
		t.Fatal(err)
	}
	if len(r.Events) != 2 || r.Events[0].Count != 2 || r.Events[1].Count != 1 {
		t.Errorf("events %+v", r.Events)
	}
	if len(r.Bads) != 1 || !strings.Contains(r.Bads[0], "line 4 of nfdump's output: column 1 (start)") {
		t.Errorf("bad %q", r.Bads)
	}
	if diff := cmp.Diff(map[string]uint64{"line of nfdump that is not a flow": 2}, r.Skipped); diff != "" {
		t.Errorf("skipped -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"nfdump: disk is old"}, r.Notes); diff != "" {
		t.Errorf("notes -want +got:\n%s", diff)
	}
}

func TestReadStatus(t *testing.T) {
	fakeNfdump(t, "echo '"+tcpLine+"'; yes 'out of luck' | head -c 100000 >&2; exit 3")
	r := &recorder{}
	err := Read(context.Background(), "flows", "", nil, r)
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "out of luck") || len(err.Error()) > 5000 {
		t.Errorf("error %v", err)
	}
	if len(r.Events) != 1 {
		t.Errorf("%d events, want 1", len(r.Events))
	}
}

// The program must not go on when nobody listens.
func TestReadEnds(t *testing.T) {
	fakeNfdump(t, "exec yes '"+tcpLine+"'")
	enough := errors.New("enough")
	r := &recorder{err: enough}
	if err := Read(context.Background(), "flows", "", nil, r); err != enough || len(r.Events) != 1 {
		t.Errorf("error %v after %d events", err, len(r.Events))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := Read(ctx, "flows", "", nil, &recorder{}); err != context.DeadlineExceeded {
		t.Errorf("error %v, want the deadline", err)
	}
}
