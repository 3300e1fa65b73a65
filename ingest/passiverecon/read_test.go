package passiverecon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ivre/ingest/passive"
)

const header = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tpassiverecon\n" +
	"#fields\tts\tuid\thost\tsrvport\trecon_type\tsource\tvalue\ttargetval\n" +
	"#types\ttime\tstring\taddr\tport\tenum\tstring\tstring\tstring\n"

type result struct {
	Records []passive.Record
	Bad     []string
	Stats   Stats
	Err     error
}

func read(t testing.TB, r io.Reader, opts Options) (res result) {
	t.Helper()
	opts.Bad = func(line uint64, err error) { res.Bad = append(res.Bad, fmt.Sprintf("%d: %v", line, err)) }
	res.Stats, res.Err = Read(context.Background(), r, opts, func(r *passive.Record) error {
		res.Records = append(res.Records, r.Clone())
		return nil
	})
	return res
}

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05.999", s)
	if err != nil {
		panic(err)
	}
	return t
}

var cmpAddr = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

// TestVector1 reads the three lines of the specification's first example in both formats.
func TestVector1(t *testing.T) {
	tsv := header +
		"1704164645.678000\tC1\t192.0.2.1\t-\tPassiveRecon::DNS_ANSWER\tA-198.51.100.53-53\twww.example.com\t-\n" +
		"1704164700.000000\tC2\t192.0.2.1\t-\tPassiveRecon::DNS_ANSWER\tA-198.51.100.53-53\twww.example.com\t-\n" +
		"1704164600.000000\tC3\t-\t-\tPassiveRecon::DNS_ANSWER\tCNAME-198.51.100.53-53\twww.example.com\tcdn.example.net\n"
	json := `{"ts":1704164645.678,"uid":"C1","host":"192.0.2.1","recon_type":"PassiveRecon::DNS_ANSWER","source":"A-198.51.100.53-53","value":"www.example.com"}
{"_path":"passiverecon","_write_ts":"2024-01-02T03:05:01Z","ts":"2024-01-02T03:05:00.000000Z","uid":"C2","host":"192.0.2.1","recon_type":"PassiveRecon::DNS_ANSWER","source":"A-198.51.100.53-53","value":"www.example.com"}
{"ts":1704164600.0,"uid":"C3","recon_type":"PassiveRecon::DNS_ANSWER","source":"CNAME-198.51.100.53-53","value":"www.example.com","targetval":"cdn.example.net"}
`
	a := passive.Record{Recontype: "DNS_ANSWER", Source: "A-198.51.100.53-53", Sensor: "S1", Addr: netip.MustParseAddr("192.0.2.1"),
		Value: "www.example.com", Count: 1, First: at("2024-01-02 03:04:05.678"), Last: at("2024-01-02 03:04:05.678")}
	b := a
	b.First, b.Last = at("2024-01-02 03:05:00"), at("2024-01-02 03:05:00")
	c := passive.Record{Recontype: "DNS_ANSWER", Source: "CNAME-198.51.100.53-53", Sensor: "S1", TargetVal: "cdn.example.net",
		Value: "www.example.com", Count: 1, First: at("2024-01-02 03:03:20"), Last: at("2024-01-02 03:03:20")}
	for name, text := range map[string]string{"tab-separated": tsv, "JSON": json} {
		t.Run(name, func(t *testing.T) {
			got := read(t, strings.NewReader(text), Options{Sensor: "S1"})
			if got.Err != nil || got.Bad != nil {
				t.Fatalf("bad %v, error %v", got.Bad, got.Err)
			}
			if d := cmp.Diff([]passive.Record{a, b, c}, got.Records, cmpAddr, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestColumns(t *testing.T) {
	tests := []struct {
		name, line string
		want       passive.Record
	}{
		{"port", "1.5\tC\t192.0.2.1\t80\tPassiveRecon::HTTP_SERVER_HEADER\tSERVER\tnginx\t-",
			passive.Record{Recontype: "HTTP_SERVER_HEADER", Source: "SERVER", Addr: netip.MustParseAddr("192.0.2.1"), Port: 80, Value: "nginx"}},
		{"microseconds are cut", "1.999999\tC\t2001:DB8::1\t-\tPassiveRecon::SSH_CLIENT\t-\tv\t-",
			passive.Record{Recontype: "SSH_CLIENT", Addr: netip.MustParseAddr("2001:db8::1"), Value: "v", First: time.UnixMilli(1999)}},
		{"mapped address", "1\tC\t::ffff:192.0.2.1\t-\tPassiveRecon::SSH_CLIENT\t-\tv\t-",
			passive.Record{Recontype: "SSH_CLIENT", Addr: netip.MustParseAddr("192.0.2.1"), Value: "v"}},
		{"a host leaves no second value", "1\tC\t192.0.2.1\t-\tPassiveRecon::X\ts\tv\tother",
			passive.Record{Recontype: "X", Source: "s", Addr: netip.MustParseAddr("192.0.2.1"), Value: "v"}},
		{"empty value", "1\tC\t192.0.2.1\t-\tPassiveRecon::TCP_HONEYPOT_HIT\ttcp/80\t(empty)\t-",
			passive.Record{Recontype: "TCP_HONEYPOT_HIT", Source: "tcp/80", Addr: netip.MustParseAddr("192.0.2.1")}},
		{"kind of another module", "1\tC\t192.0.2.1\t-\tMine::P0FV3_SYN+ACK\t-\tv\t-",
			passive.Record{Recontype: "P0FV3_SYN+ACK", Addr: netip.MustParseAddr("192.0.2.1"), Value: "v"}},
		{"spaces around values stay", "1\tC\t-\t-\tPassiveRecon::X\t s\tv \tw ",
			passive.Record{Recontype: "X", Source: " s", Value: "v ", TargetVal: "w "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := read(t, strings.NewReader(header+tt.line+"\n"), Options{})
			if len(got.Records) != 1 || got.Bad != nil || got.Err != nil {
				t.Fatalf("got %+v", got)
			}
			r := got.Records[0]
			if !tt.want.First.IsZero() && !tt.want.First.Equal(r.First) {
				t.Errorf("got the time %v, want %v", r.First, tt.want.First)
			}
			if d := cmp.Diff(tt.want, r, cmpAddr, cmpopts.IgnoreFields(passive.Record{}, "First", "Last", "Count")); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// TestText compares what the two formats make of the same bytes.
func TestText(t *testing.T) {
	tests := []struct{ name, tsv, json, want string }{
		{"plain", `nginx/1.18.0 (Ubuntu)`, `nginx/1.18.0 (Ubuntu)`, `nginx/1.18.0 (Ubuntu)`},
		{"line end", `220 mx ESMTP\x0d\x0a`, `220 mx ESMTP\r\n`, `220 mx ESMTP\x0d\x0a`},
		{"tab", `a\x09b`, `a\tb`, `a\x09b`},
		{"UTF-8", `café`, `café`, `café`},
		{"UTF-8, escaped by old versions", `caf\xc3\xa9`, `caf\\xc3\\xa9`, `café`},
		{"other bytes", `caf\xe9`, `caf\\xe9`, `caf\xe9`},
		{"upper case digits are no different in the file format", `caf\xE9`, `caf\\xe9`, `caf\xe9`},
		{"NUL", `a\x00b`, `a\\x00b`, `a\x00b`},
		{"NUL, standard escape", `a\x00b`, `a\u0000b`, `a\x00b`},
		{"backslash", `DOM\\user`, `DOM\\user`, `DOM\\user`},
		{"backslash before a byte", `\\\x00`, `\\\\x00`, `\\\x00`},
		{"escape sent by a client", `printf "\\x41\\n"`, `printf \"\\x41\\n\"`, `printf "\\x41\\n"`},
		{"value like the unset marker", `\x2d`, `-`, `-`},
		{"C1 control", `\xc2\x85`, `\u0085`, `\xc2\x85`},
		{"beyond the basic plane", `😀`, `\ud83d\ude00`, `😀`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tsv := header + "1\tC\t-\t-\tPassiveRecon::X\t-\t" + tt.tsv + "\t-\n"
			json := `{"ts":1,"recon_type":"PassiveRecon::X","value":"` + tt.json + `"}`
			for _, text := range []string{tsv, json} {
				got := read(t, strings.NewReader(text), Options{})
				if len(got.Records) != 1 || got.Records[0].Value != tt.want {
					t.Errorf("%q: got %+v, want the value %q", text, got, tt.want)
				}
			}
		})
	}
}

func TestBadLines(t *testing.T) {
	const good = "1\tC\t192.0.2.1\t-\tPassiveRecon::X\t-\tv\t-\n"
	const goodJSON = `{"ts":1,"recon_type":"PassiveRecon::X","value":"v"}` + "\n"
	tests := []struct {
		name, text string
		records    uint64
		bad        []string
		skipped    uint64
	}{
		{"time", header + "x\tC\t-\t-\tPassiveRecon::X\t-\tv\t-\n" + good, 1, []string{`8: column ts: "x" is not a time (seconds since 1970 or ISO 8601)`}, 0},
		{"time out of range", header + "99999999999\tC\t-\t-\tPassiveRecon::X\t-\tv\t-\n" + good, 1,
			[]string{"8: column ts: 99999999999 seconds since 1970 is outside the years 1970 to 2105"}, 0},
		{"address", header + "1\tC\t192.0.2\t-\tPassiveRecon::X\t-\tv\t-\n" + good, 1, []string{`8: column host: "192.0.2" is not an IP address`}, 0},
		{"port", header + "1\tC\t-\t70000\tPassiveRecon::X\t-\tv\t-\n" + good, 1, []string{`8: column srvport: "70000" is not a whole number from 0 to 65535`}, 0},
		{"kind", header + "1\tC\t-\t-\tX\t-\tv\t-\n1\tC\t-\t-\t-\t-\tv\t-\n" + good, 1,
			[]string{`8: column recon_type: "X" is not a kind, expected PassiveRecon::<kind>`, `9: column recon_type: not set, expected PassiveRecon::<kind>`}, 0},
		{"too few values", header + "1\tC\n" + good, 1, []string{"8: 2 values for the 8 columns named in line 6"}, 0},
		{"unknown column", header + "#fields\tts\tid.orig_h\trecon_type\tvalue\n1\t2\t3\t4\n1\t2\t3\t4\n" + header + good, 1,
			[]string{`8: unknown column "id.orig_h": the log of passiverecon has ts, uid, host, srvport, recon_type, source, value, targetval; the lines below this header are left out`}, 2},
		{"missing column", "#fields\tts\tvalue\n1\tv\n", 0, []string{"1: the header has no column recon_type; the lines below it are left out"}, 1},
		{"separated by spaces", "#fields ts nonsense\n1 v\n", 0, []string{`1: unknown column "nonsense": the log of passiverecon has ts, uid, host, srvport, recon_type, source, value, targetval; the lines below this header are left out`}, 1},
		{"fewer and other columns in a later header", header + good + "#separator ,\n#fields,recon_type,value,ts\nPassiveRecon::X,v,1\n", 2, nil, 0},
		{"unknown member", `{"ts":1,"recon_type":"PassiveRecon::X","value":"v","other":[{"a":"b"},2]}` + "\n" + goodJSON, 1,
			[]string{`1: unknown column "other": the log of passiverecon has ts, uid, host, srvport, recon_type, source, value, targetval`}, 0},
		{"member after a text with quotes and braces", `{"value":"\\\"},{\"a\":1","x":1}` + "\n" + goodJSON, 1,
			[]string{`1: unknown column "x": the log of passiverecon has ts, uid, host, srvport, recon_type, source, value, targetval`}, 0},
		{"not JSON", `{"ts":1,` + "\n" + goodJSON, 1, []string{"1: the JSON object is cut off"}, 0},
		{"missing member", `{"recon_type":"PassiveRecon::X","value":"v"}` + "\n" + goodJSON, 1,
			[]string{"1: column ts: not set, expected a time (seconds since 1970 or ISO 8601)"}, 0},
		{"JSON below a header of another log", "#fields\ta\tb\n1\t2\n" + goodJSON, 1,
			[]string{`1: unknown column "a": the log of passiverecon has ts, uid, host, srvport, recon_type, source, value, targetval; the lines below this header are left out`}, 1},
		{"lines before the header", good + good + header + good, 1, []string{"1: " + "no #fields header before this line and not a JSON object: not a Zeek log, or its beginning is missing"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(tt.text), iotest.OneByteReader(strings.NewReader(tt.text))} {
				got := read(t, r, Options{})
				want := Stats{Lines: uint64(strings.Count(tt.text, "\n")), Records: tt.records, Bad: uint64(len(tt.bad)), Skipped: tt.skipped}
				if d := cmp.Diff(result{Bad: tt.bad, Stats: want, Records: got.Records}, got, cmpAddr); d != "" {
					t.Errorf("-want +got:\n%s", d)
				}
				if uint64(len(got.Records)) != tt.records {
					t.Errorf("got %d records, want %d", len(got.Records), tt.records)
				}
			}
		})
	}
}

func TestStreams(t *testing.T) {
	if got := read(t, strings.NewReader("hello\nworld\n"), Options{}); !errors.Is(got.Err, ErrNotZeek) {
		t.Errorf("text: got %+v, want ErrNotZeek", got)
	}
	for _, text := range []string{"", "\n\n", header} {
		if got := read(t, strings.NewReader(text), Options{}); got.Err != nil || got.Bad != nil {
			t.Errorf("%q: got %+v, want no error", text, got)
		}
	}
	broken := errors.New("broken")
	text := header + "1\tC\t-\t-\tPassiveRecon::X\t-\tv\t-\n#fields\tcut"
	got := read(t, io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), Options{})
	if !errors.Is(got.Err, broken) || !strings.Contains(got.Err.Error(), "after line 8") || got.Stats.Records != 1 || got.Bad != nil {
		t.Errorf("got %+v, want the error of the reader after line 8", got)
	}
	stop := errors.New("stop")
	stats, err := Read(context.Background(), strings.NewReader(header+"1\tC\t-\t-\tPassiveRecon::X\t-\tv\t-\n"), Options{},
		func(*passive.Record) error { return stop })
	if err != stop || stats.Records != 0 {
		t.Errorf("got %v, %+v, want the error of emit", err, stats)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Read(ctx, strings.NewReader(header), Options{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the error of the context", err)
	}
}

// TestLongLines reads values around the limit, and lines that are beyond any.
func TestLongLines(t *testing.T) {
	line := func(value string) string { return "1\tC\t-\t-\tPassiveRecon::X\t-\t" + value + "\t-\n" }
	const limit = 300_000
	text := header + line(strings.Repeat("a", limit)) + line(strings.Repeat("a", limit+1)) +
		line(strings.Repeat(`\x00`, limit/4)) + line(strings.Repeat("b", 4*limit+100_000)) + line("v") +
		`{"ts":1,"recon_type":"PassiveRecon::X","value":"` + strings.Repeat("b", limit) + `"}` + "\n" +
		`{"ts":1,"value":"` + strings.Repeat("b", limit) + `","x":1}` + "\n" + line("w")
	got := read(t, strings.NewReader(text), Options{MaxValue: limit})
	want := []string{"9: column value: longer than 300000 bytes", "11: line longer than 1265536 bytes",
		`14: unknown column "x": the log of passiverecon has ts, uid, host, srvport, recon_type, source, value, targetval`}
	if d := cmp.Diff(want, got.Bad); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	var lengths []int
	for _, r := range got.Records {
		lengths = append(lengths, len(r.Value))
	}
	if d := cmp.Diff([]int{limit, limit, 1, limit, 1}, lengths); d != "" || got.Stats.Lines != 15 {
		t.Errorf("%d lines; lengths -want +got:\n%s", got.Stats.Lines, d)
	}
}

// TestAllocations: a line needs memory for its value only.
func TestAllocations(t *testing.T) {
	const lines = 10_000
	text := header + strings.Repeat("1704164645.678000\tC1\t192.0.2.1\t443\tPassiveRecon::DNS_ANSWER\tA-198.51.100.53-53\twww.example.com\t-\n", lines)
	n := testing.AllocsPerRun(3, func() {
		if _, err := Read(context.Background(), strings.NewReader(text), Options{}, func(*passive.Record) error { return nil }); err != nil {
			t.Fatal(err)
		}
	})
	if perLine := n / lines; perLine > 1.05 {
		t.Errorf("%.2f allocations a line", perLine)
	}
}

func benchmark(b *testing.B, text string, lines int) {
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		stats, err := Read(context.Background(), strings.NewReader(text), Options{}, func(*passive.Record) error { return nil })
		if err != nil || stats.Records != uint64(lines) {
			b.Fatal(stats, err)
		}
	}
	b.ReportMetric(float64(b.N)*float64(lines)/b.Elapsed().Seconds(), "lines/s")
}

func BenchmarkReadTSV(b *testing.B) {
	const lines = 20_000
	benchmark(b, header+strings.Repeat("1704164645.678000\tCsZ9Sg3xvWyqQv3tBh\t192.0.2.1\t443\tPassiveRecon::DNS_ANSWER\tA-198.51.100.53-53\twww.example.com\t-\n"+
		"1704164646.678000\tCsZ9Sg3xvWyqQv3tBi\t2001:db8::1\t25\tPassiveRecon::TCP_SERVER_BANNER\t-\t220 mx.example.com ESMTP Postfix\\x0d\\x0a\t-\n", lines/2), lines)
}

func BenchmarkReadJSON(b *testing.B) {
	const lines = 20_000
	benchmark(b, strings.Repeat(`{"ts":1704164645.678,"uid":"CsZ9Sg3xvWyqQv3tBh","host":"192.0.2.1","srvport":443,"recon_type":"PassiveRecon::DNS_ANSWER","source":"A-198.51.100.53-53","value":"www.example.com"}`+"\n", lines), lines)
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(header + "1704164645.678000\tC1\t192.0.2.1\t-\tPassiveRecon::DNS_ANSWER\tA-198.51.100.53-53\twww.example.com\t-\n"))
	f.Add([]byte(`{"ts":1704164645.678,"host":"192.0.2.1","recon_type":"PassiveRecon::X","value":"\\x00\\\u0000é"}`))
	f.Add([]byte("#separator \\x2c\n#fields,ts,recon_type,value\n1,X::Y,\\x5cx41\\xff\n{\"a\":{\"b\":[\"}\"]}}\n"))
	f.Add([]byte("\ufeff#fields ts x\n{ \"ts\":\"\\\\\"}\n#separator\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		bad := uint64(0)
		opts := Options{MaxValue: 1 << 10, Bad: func(uint64, error) { bad++ }}
		stats, err := Read(context.Background(), strings.NewReader(string(b)), opts, func(r *passive.Record) error {
			if r.Recontype == "" || r.Count != 1 || r.First.IsZero() || r.Addr.IsValid() && r.TargetVal != "" {
				t.Errorf("record %+v", r)
			}
			for _, s := range []string{r.Source, r.Value, r.TargetVal} {
				if again := string(appendEscaped(nil, unescaped(s))); again != s {
					t.Errorf("%q is not stable: %q", s, again)
				}
			}
			return nil
		})
		if err != nil && (!errors.Is(err, ErrNotZeek) || stats.Records > 0) {
			t.Errorf("%+v, %v", stats, err)
		}
		if bad != stats.Bad || stats.Records+stats.Bad+stats.Skipped > 2*stats.Lines {
			t.Errorf("%d reported, %+v", bad, stats)
		}
	})
}

// unescaped undoes appendEscaped.
func unescaped(s string) []byte {
	var out []byte
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			out = append(out, s[i])
		case s[i+1] == '\\':
			out = append(out, '\\')
			i++
		default:
			hi, _ := lowerHex(s[i+2])
			lo, _ := lowerHex(s[i+3])
			out = append(out, hi<<4|lo)
			i += 3
		}
	}
	return out
}
