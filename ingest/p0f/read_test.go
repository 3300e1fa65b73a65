package p0f

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/passive"
)

// read returns the records of a log in their JSON form, then what was reported.
func read(t *testing.T, log string) (records, bad []string, stats Stats) {
	t.Helper()
	stats, err := Read(t.Context(), strings.NewReader(log),
		Options{Bad: func(n int, err error) { bad = append(bad, fmt.Sprintf("%d: %v", n, err)) }},
		func(r *passive.Record) error {
			r.Sensor = "S1"
			records = append(records, string(passive.Append(nil, r)))
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return records, bad, stats
}

const synAck = "[2024/01/02 03:04:06] mod=syn+ack|cli=192.0.2.1/40000|srv=198.51.100.1/80|subj=srv|os=???|dist=5|params=none|raw_sig=4:59+5:0:1460:mss*10,7:mss,sok,ts,nop,ws:df:0"

// V2 of the specification.
func TestVector(t *testing.T) {
	records, bad, stats := read(t, strings.Join([]string{
		synAck,
		"[2024/01/02 03:04:06] mod=mtu|cli=192.0.2.1/40000|srv=198.51.100.1/80|subj=srv|link=Ethernet or modem|raw_mtu=1500",
		"[2024/01/02 03:04:06] mod=syn|cli=192.0.2.1/40000|srv=198.51.100.1/80|subj=cli|os=Linux 3.11 and newer|dist=<= 11|params=None|raw_sig=4:64",
	}, "\n"))
	want := []string{
		`{"addr": "198.51.100.1", "count": 1, "firstseen": "2024-01-02 03:04:06", "infos": {"dist": "5"}, "lastseen": "2024-01-02 03:04:06", "port": 80, "recontype": "P0FV3_SYN+ACK", "schema_version": 3, "sensor": "S1", "source": "P0FV3", "value": "4:59+5:0:1460:mss*10,7:mss,sok,ts,nop,ws:df:0"}`,
		`{"addr": "192.0.2.1", "count": 1, "firstseen": "2024-01-02 03:04:06", "infos": {"os": "Linux 3.11 and newer", "dist": "<= 11"}, "lastseen": "2024-01-02 03:04:06", "recontype": "P0FV3_SYN", "schema_version": 3, "sensor": "S1", "source": "P0FV3", "value": "4:64"}`,
	}
	if diff := cmp.Diff(want, records); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Stats{Lines: 3, Records: 2, Skipped: 1}, stats); diff != "" || bad != nil {
		t.Errorf("%v\n%s", bad, diff)
	}
}

func TestBadLines(t *testing.T) {
	const head = "[2024/01/02 03:04:06] mod=syn|cli=192.0.2.1/40000|"
	for name, tt := range map[string]struct{ line, want string }{
		"duplicate key":   {head + "cli=192.0.2.2/1|subj=cli|raw_sig=x", `1: duplicate key "cli"`},
		"key ts":          {head + "ts=1|subj=cli|raw_sig=x", `1: duplicate key "ts"`},
		"no mod":          {"[2024/01/02 03:04:06] cli=192.0.2.1/40000|subj=cli|raw_sig=x", "1: no mod in the entry"},
		"no subj":         {head + "raw_sig=x", "1: no subj in the entry"},
		"odd subj":        {head + "subj=both|raw_sig=x", `1: subj "both" is neither cli nor srv`},
		"no field":        {head + "subj=srv|raw_sig=x", "1: no srv in the entry"},
		"no raw_sig":      {head + "subj=cli|os=x", "1: no raw_sig in the entry"},
		"empty raw_sig":   {head + "subj=cli|raw_sig=", "1: no raw_sig in the entry"},
		"item without =":  {head + "subj=cli|raw", `1: item "raw" has no "="; the entry may be cut`},
		"bad address":     {"[2024/01/02 03:04:06] mod=syn|cli=x/1|subj=cli|raw_sig=x", `1: cli: "x" is not an IP address`},
		"bad port":        {"[2024/01/02 03:04:06] mod=syn+ack|srv=192.0.2.1/65536|subj=srv|raw_sig=x", `1: srv: "65536" is not a port`},
		"no port":         {"[2024/01/02 03:04:06] mod=syn+ack|srv=192.0.2.1|subj=srv|raw_sig=x", `1: srv: "" is not a port`},
		"bad date":        {"[2024/13/02 03:04:06] mod=syn|cli=192.0.2.1/1|subj=cli|raw_sig=x", `1: "2024/13/02 03:04:06" is not a date (want YYYY/MM/DD HH:MM:SS, from 1970 on)`},
		"too many items":  {head + strings.Repeat("a=|", 100), `1: duplicate key "a"`},
		"very many items": {head + manyItems(100), "1: more than 64 items"},
	} {
		t.Run(name, func(t *testing.T) {
			records, bad, stats := read(t, tt.line+"\n"+synAck+"\n")
			if diff := cmp.Diff([]string{tt.want}, bad); diff != "" {
				t.Error(diff)
			}
			if len(records) != 1 || stats.Bad != 1 {
				t.Errorf("%d records, %+v", len(records), stats)
			}
		})
	}
}

func manyItems(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d=|", i)
	}
	return b.String()
}

func TestSkippedLines(t *testing.T) {
	records, bad, stats := read(t, strings.Join([]string{
		"", "--- p0f 3.09b ---", "[2024/01/02 03:04:06] ", "[2024-01-02] x", "x2024/01/02 03:04:06] mod=syn|",
		"[2024/01/02 03:04:06] mod=http request|cli=192.0.2.1/1|raw_sig=1:a|b|cli=:",
		"[2024/01/02 03:04:06] mod=uptime|cli=192.0.2.1/1|x",
	}, "\n"))
	if records != nil || bad != nil || stats.Skipped != 7 {
		t.Errorf("%q, %q, %+v", records, bad, stats)
	}
}

func TestValues(t *testing.T) {
	records, _, _ := read(t, "[2024/01/02 03:04:06] mod=syn|cli=2001:db8:0:0:0:0:0:10/5|subj=cli|app=Caf\xe9\x1b|raw_sig=a=b=c\r\n")
	want := []string{`{"addr": "2001:db8::10", "count": 1, "firstseen": "2024-01-02 03:04:06", "infos": {"app": "Caf\\xe9\\x1b"}, "lastseen": "2024-01-02 03:04:06", "recontype": "P0FV3_SYN", "schema_version": 3, "sensor": "S1", "source": "P0FV3", "value": "a=b=c"}`}
	if diff := cmp.Diff(want, records); diff != "" {
		t.Error(diff)
	}
}

// TestLab reads a log of p0f 3.09b of a small network.
func TestLab(t *testing.T) {
	b, err := os.ReadFile("testdata/lab.log")
	if err != nil {
		t.Fatal(err)
	}
	records, bad, stats := read(t, string(b))
	entries := bytes.Count(b, []byte("] mod=syn|")) + bytes.Count(b, []byte("] mod=syn+ack|"))
	if len(records) != entries || entries == 0 || bad != nil || stats.Records+stats.Skipped != stats.Lines {
		t.Errorf("%d records of %d entries, %q, %+v", len(records), entries, bad, stats)
	}
	for _, want := range []string{
		`{"addr": "192.0.2.10", "count": 1, "firstseen": "2026-11-25 17:24:01", "infos": {"os": "Linux 2.2.x-3.x", "dist": "0", "params": "generic"}, "lastseen": "2026-11-25 17:24:01", "recontype": "P0FV3_SYN", "schema_version": 3, "sensor": "S1", "source": "P0FV3", "value": "4:64+0:0:1460:mss*44,10:mss,sok,ts,nop,ws:df,id+:0"}`,
		`{"addr": "2001:db8::10", "count": 1, "firstseen": "2026-11-25 17:24:01", "infos": {"dist": "0"}, "lastseen": "2026-11-25 17:24:01", "recontype": "P0FV3_SYN", "schema_version": 3, "sensor": "S1", "source": "P0FV3", "value": "6:64+0:0:1440:mss*45,10:mss,sok,ts,nop,ws:flow:0"}`,
	} {
		found := false
		for _, r := range records {
			found = found || r == want
		}
		if !found {
			t.Errorf("no record %s", want)
		}
	}
}

func TestErrors(t *testing.T) {
	stop := errors.New("stop")
	stats, err := Read(t.Context(), strings.NewReader(synAck+"\n"+synAck), Options{}, func(*passive.Record) error { return stop })
	if err != stop || stats.Records != 0 || stats.Lines != 1 {
		t.Errorf("%v, %+v", err, stats)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, strings.NewReader(synAck), Options{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	b, err := os.ReadFile("testdata/lab.log")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[:2000])
	f.Add([]byte(synAck))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, bad := 0, 0
		stats, err := Read(t.Context(), bytes.NewReader(b), Options{Bad: func(int, error) { bad++ }}, func(r *passive.Record) error {
			n++
			if !r.Addr.IsValid() || !utf8.ValidString(r.Value) || r.Value == "" || r.First.Year() < 1970 {
				t.Fatalf("%+v", r)
			}
			return nil
		})
		if err != nil || stats.Records != n || stats.Bad != bad || stats.Lines != n+bad+stats.Skipped {
			t.Fatalf("%v, %+v, %d records, %d bad", err, stats, n, bad)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	one, err := os.ReadFile("testdata/lab.log")
	if err != nil {
		b.Fatal(err)
	}
	log := bytes.Repeat(one, 100)
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(b.Context(), bytes.NewReader(log), Options{}, func(*passive.Record) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
