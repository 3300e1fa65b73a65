package argus

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/flow"
)

// recorder is a sink that keeps everything as text.
type recorder struct {
	events []string
	total  totals
	bad    []string
	skips  map[string]uint64
	notes  []string
	failAt int // event at which Event fails, from 1
}

type totals struct{ flows, pkts, bytes uint64 }

var errSink = errors.New("no more room")

func (r *recorder) Event(e *flow.Event) error {
	if len(r.events)+1 == r.failAt {
		return errSink
	}
	r.events = append(r.events, fmt.Sprintf("%d %d %s %s:%d > %s:%d type %d/%d, %d/%d > %d/%d <", e.Start, e.End-e.Start, e.Proto,
		e.Src, e.Sport, e.Dst, e.Dport, e.Type, e.Code, e.CsPkts, e.CsBytes, e.ScPkts, e.ScBytes))
	r.total.flows += e.Count
	r.total.pkts += e.CsPkts + e.ScPkts
	r.total.bytes += e.CsBytes + e.ScBytes
	return nil
}
func (r *recorder) Meta(*flow.Meta) error { return errors.New("there is no metadata in Argus records") }
func (r *recorder) Bad(where string, err error) {
	r.bad = append(r.bad, where+": "+err.Error())
}
func (r *recorder) Skip(reason string, n uint64) {
	if r.skips == nil {
		r.skips = map[string]uint64{}
	}
	r.skips[reason] += n
}
func (r *recorder) Note(msg string) { r.notes = append(r.notes, msg) }

func needRa(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skip("the ra program is not installed (package argus-client): reading real Argus files is not tested")
	}
}

const (
	labFile   = "../../samples/lab.argus"
	mixedFile = "testdata/mixed.argus" // by argus 3.0.8, from packets of many protocols and ICMP types
)

func load(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// records cuts an Argus stream into its records.
func records(t *testing.T, b []byte) (recs [][]byte) {
	t.Helper()
	for len(b) > 0 {
		n := int(binary.BigEndian.Uint16(b[2:])) * 4
		recs = append(recs, b[:n])
		b = b[n:]
	}
	return recs
}

// raTotals asks ra itself for the sums, in another way than Read does.
func raTotals(t *testing.T, path string) (sum totals) {
	t.Helper()
	out, err := exec.Command(program, "-n", "-L", "-1", "-c", ";", "-s", "pkts", "bytes", "proto", "saddr", "-r", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		col := strings.Split(strings.TrimSpace(line), ";")
		if col[2] == "man" || strings.Count(col[3], ":") == 5 && len(col[3]) == 17 {
			continue
		}
		for i, to := range []*uint64{&sum.pkts, &sum.bytes} {
			n, err := strconv.ParseUint(strings.TrimSpace(col[i]), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			*to += n
		}
		sum.flows++
	}
	return sum
}

func TestReadSums(t *testing.T) {
	needRa(t)
	for path, skips := range map[string]map[string]uint64{
		labFile:   {string(Management): 2},
		mixedFile: {string(Management): 2, string(NotIP): 9},
	} {
		var got recorder
		if err := Read(t.Context(), bytes.NewReader(load(t, path)), "", &got); err != nil {
			t.Fatal(err)
		}
		want := raTotals(t, path)
		if got.total != want || want.flows < 40 {
			t.Errorf("%s: %+v, ra prints %+v", path, got.total, want)
		}
		if d := cmp.Diff(skips, got.skips); d != "" {
			t.Errorf("%s: skipped %s", path, d)
		}
		if len(got.bad)+len(got.notes) > 0 {
			t.Errorf("%s: bad %q, notes %q", path, got.bad, got.notes)
		}
	}
}

func TestReadGolden(t *testing.T) {
	needRa(t)
	for _, path := range []string{labFile, mixedFile} {
		var got recorder
		if err := Read(t.Context(), bytes.NewReader(load(t, path)), "", &got); err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", strings.TrimSuffix(filepath.Base(path), ".argus")+".golden")
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(golden, []byte(strings.Join(got.events, "\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want := strings.Split(strings.TrimSpace(string(load(t, golden))), "\n")
		if d := cmp.Diff(want, got.events); d != "" {
			t.Error(d)
		}
	}
}

// TestPieces reads a capture whole and in twenty pieces.
func TestPieces(t *testing.T) {
	needRa(t)
	for _, path := range []string{labFile, mixedFile} {
		b := load(t, path)
		var whole, pieces recorder
		if err := Read(t.Context(), bytes.NewReader(b), "", &whole); err != nil {
			t.Fatal(err)
		}
		recs := records(t, b)
		const n = 20
		for i := range n {
			piece := bytes.Join(recs[i*len(recs)/n:(i+1)*len(recs)/n], nil)
			if i > 0 { // every file starts with the management record
				piece = append(bytes.Clone(recs[0]), piece...)
			}
			if err := Read(t.Context(), bytes.NewReader(piece), "", &pieces); err != nil {
				t.Fatal(err)
			}
		}
		if d := cmp.Diff(whole.events, pieces.events); d != "" {
			t.Error(d)
		}
	}
}

func TestReadIgnoresUserSettings(t *testing.T) {
	needRa(t)
	home := t.TempDir()
	rc := "RA_FILTER=\"tcp\"\nRA_FIELD_DELIMITER='|'\nRA_PRINT_LABELS=-1\nRA_USEC_PRECISION=1\nRA_PRINT_NAMES=all\n" +
		"RA_PRINT_UNIX_TIME=no\nRA_TZ=\"EST5EDT4,M3.2.0/02,M11.1.0/02\"\nRA_TIMERANGE=\"2001\"\n"
	if err := os.WriteFile(filepath.Join(home, ".rarc"), []byte(rc), 0o600); err != nil {
		t.Fatal(err)
	}
	var want, got recorder
	if err := Read(t.Context(), bytes.NewReader(load(t, mixedFile)), "", &want); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Setenv("ARGUSHOME", home)
	t.Setenv("TZ", "Asia/Tokyo")
	if err := Read(t.Context(), bytes.NewReader(load(t, mixedFile)), "", &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want.events, got.events); d != "" {
		t.Error(d)
	}
}

func TestReadFilter(t *testing.T) {
	needRa(t)
	for _, tt := range []struct {
		filter string
		events int
		note   string
		err    string
	}{
		{filter: " tcp and port 443 ", events: 2},
		{filter: "icmp", events: 22},
		{filter: "port 9", note: "no record matches the filter"},
		{filter: "tcp andd port 443", err: "filter syntax error"},
		{filter: "-w evil", err: "filter syntax error"},
		{filter: "tcp\x00", err: "zero byte"},
	} {
		var got recorder
		err := Read(t.Context(), bytes.NewReader(load(t, mixedFile)), tt.filter, &got)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q: error %v", tt.filter, err)
			}
			continue
		}
		if err != nil || len(got.events) != tt.events || strings.Join(got.notes, "") != tt.note || len(got.bad) > 0 {
			t.Errorf("%q: %d events, notes %q, bad %q, error %v", tt.filter, len(got.events), got.notes, got.bad, err)
		}
	}
}

func TestReadDamaged(t *testing.T) {
	needRa(t)
	b := load(t, mixedFile)
	recs := records(t, b)
	start := len(b) - len(recs[len(recs)-1])
	damaged := bytes.Clone(b)
	at := len(bytes.Join(recs[:50], nil))
	damaged[at+2], damaged[at+3] = 0, 0
	for _, tt := range []struct {
		name string
		data []byte
		bad  string
		err  string
	}{
		{"cut in a record", b[:len(b)-5], fmt.Sprintf("byte %d: the last Argus record is cut off", start), ""},
		{"cut in a header", b[:start+2], fmt.Sprintf("byte %d: the last Argus record is cut off", start), ""},
		{"damaged", damaged, fmt.Sprintf("byte %d: there should be an Argus record", at), ""},
		{"text", []byte(strings.Repeat("Feb  4 05:30:11 gw kernel\n", 50)), "", "not Argus data (they start with 46 65 62 20)"},
		{"two bytes", []byte("ab"), "", "not Argus data"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got recorder
			err := Read(t.Context(), bytes.NewReader(tt.data), "", &got)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(got.bad) != 1 || !strings.HasPrefix(got.bad[0], tt.bad) || len(got.events) < 40 {
				t.Errorf("%d events, bad %q", len(got.events), got.bad)
			}
		})
	}
}

func TestReadConcatenated(t *testing.T) {
	needRa(t)
	var got recorder
	if err := Read(t.Context(), bytes.NewReader(append(load(t, labFile), load(t, mixedFile)...)), "", &got); err != nil {
		t.Fatal(err)
	}
	if len(got.events) != 42+85 || len(got.bad) > 0 {
		t.Errorf("%d events, bad %q", len(got.events), got.bad)
	}
}

func TestReadSourceError(t *testing.T) {
	needRa(t)
	var got recorder
	torn := errors.New("torn tape")
	err := Read(t.Context(), io.MultiReader(bytes.NewReader(load(t, labFile)[:5000]), iotest.ErrReader(torn)), "", &got)
	if err != torn || len(got.events) < 20 || len(got.bad) > 0 {
		t.Errorf("%d events, bad %q, error %v", len(got.events), got.bad, err)
	}
}

func TestReadSinkError(t *testing.T) {
	needRa(t)
	endless := io.MultiReader(bytes.NewReader(load(t, labFile)), &repeat{b: load(t, labFile)})
	got := recorder{failAt: 10}
	if err := Read(t.Context(), endless, "", &got); err != errSink {
		t.Errorf("error %v", err)
	}
}

// repeat gives the same bytes for ever.
type repeat struct {
	b  []byte
	at int
}

func (r *repeat) Read(p []byte) (int, error) {
	n := copy(p, r.b[r.at:])
	r.at = (r.at + n) % len(r.b)
	return n, nil
}

func TestReadCancelled(t *testing.T) {
	needRa(t)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	var got recorder
	began := time.Now()
	if err := Read(ctx, &repeat{b: load(t, labFile)}, "", &got); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v to end", took)
	}
}

// fakeRa puts a script in the place of ra.
func fakeRa(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, program), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestNotInstalled(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := Read(t.Context(), strings.NewReader("x"), "", &recorder{})
	if !errors.Is(err, ErrNotInstalled) || !strings.Contains(err.Error(), "argus-client") {
		t.Errorf("error %v", err)
	}
}

func TestProgramFails(t *testing.T) {
	fakeRa(t, "cat > /dev/null; echo 'ra: out of memory' >&2; exit 3\n")
	err := Read(t.Context(), strings.NewReader("x"), "", &recorder{})
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "ra: out of memory") {
		t.Errorf("error %v", err)
	}
}

func TestProgramTalks(t *testing.T) {
	const line = "6,->,192.0.2.10,40000,198.51.100.5,443,5,4,360,1100,1767322800.25,1767322810.5"
	fakeRa(t, "cat > /dev/null; cat /dev/fd/3; echo strange; printf '%070000d\\n' 1; echo '"+line+
		"'; for i in 1 2 3 4 5 6 7 8; do printf '%01000d' 7 >&2; done\n")
	var got recorder
	if err := Read(t.Context(), bytes.NewReader(load(t, labFile)), "", &got); err != nil {
		t.Fatal(err)
	}
	if len(got.events) != 1 || len(got.notes) != 1 || len(got.notes[0]) != 4096+4 {
		t.Errorf("%d events, notes %d", len(got.events), len(got.notes))
	}
	want := []string{
		"line 1 of the output of ra: 2 columns instead of 12", // the settings that the script was given
		"line 2 of the output of ra: 1 columns instead of 12",
		"line 3 of the output of ra: 1 columns instead of 12",
		"end: ra printed 4 of 42 flow records",
	}
	if d := cmp.Diff(want, got.bad); d != "" {
		t.Error(d)
	}
}

// TestProgramEndsEarly: ra ends while the source has nothing to give and does not end.
func TestProgramEndsEarly(t *testing.T) {
	fakeRa(t, "exit 0\n")
	r, w := io.Pipe()
	defer w.Close()
	err := Read(t.Context(), r, "", &recorder{})
	if err == nil || !strings.Contains(err.Error(), "ended before the data did") {
		t.Errorf("error %v", err)
	}
}
