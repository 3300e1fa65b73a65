package weblog

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/passive"
)

// read returns the records of a log, shortened, and what was reported.
func read(t *testing.T, log string) (records, bad []string, stats Stats) {
	t.Helper()
	stats, err := Read(t.Context(), strings.NewReader(log),
		Options{Bad: func(n int, err error) { bad = append(bad, fmt.Sprintf("%d: %v", n, err)) }},
		func(r *passive.Record) error {
			who := r.TargetVal
			if r.Addr.IsValid() {
				who += r.Addr.String()
			}
			records = append(records, fmt.Sprintf("%s %s=%s", who, r.Source, r.Value))
			r.Addr, r.TargetVal, r.Sensor = r.Addr.Next(), "changed", "S1" // by what comes next
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return records, bad, stats
}

const line = `192.0.2.7 - - [02/Jan/2024:03:04:05 +0100] "GET / HTTP/1.1" 200 12 "-" "curl/8.0" "203.0.113.5"`

// V3 of the specification.
func TestVector(t *testing.T) {
	var got []string
	stats, err := Read(t.Context(), strings.NewReader(line), Options{}, func(r *passive.Record) error {
		got = append(got, string(passive.Append(nil, r)))
		return nil
	})
	want := []string{
		`{"addr": "192.0.2.7", "count": 1, "firstseen": "2024-01-02 03:04:05", "lastseen": "2024-01-02 03:04:05", "recontype": "HTTP_CLIENT_HEADER", "schema_version": 3, "source": "USER-AGENT", "value": "curl/8.0"}`,
		`{"addr": "192.0.2.7", "count": 1, "firstseen": "2024-01-02 03:04:05", "lastseen": "2024-01-02 03:04:05", "recontype": "HTTP_CLIENT_HEADER", "schema_version": 3, "source": "X-FORWARDED-FOR", "value": "203.0.113.5"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if diff := cmp.Diff(Stats{Lines: 1, Records: 2}, stats); diff != "" {
		t.Error(diff)
	}
}

func TestLines(t *testing.T) {
	const head = ` [02/Jan/2024:03:04:05 +0100] `
	for name, tt := range map[string]struct {
		line string
		want []string // no records: skipped
	}{
		"no forwarded field": {`192.0.2.7 - -` + head + `"GET /" 200 12 "-" "a"`, []string{"192.0.2.7 USER-AGENT=a"}},
		"CR":                 {`192.0.2.7 - -` + head + `"GET /" 200 12 "-" "a"` + "\r", []string{"192.0.2.7 USER-AGENT=a"}},
		"no headers":         {`192.0.2.7 - -` + head + `"GET /" 200 12 "-" "-" "-"`, nil},
		"empty headers":      {`192.0.2.7 - -` + head + `"GET /" 200 12 "" "" ""`, nil},
		"blank":              {" ", nil},
		"only forwarded":     {`192.0.2.7 - -` + head + `"GET /" 200 12 "-" "-" "192.0.2.1, unknown"`, []string{"192.0.2.7 X-FORWARDED-FOR=192.0.2.1, unknown"}},
		"no size":            {`192.0.2.7 - -` + head + `"-" 408 - "-" "a"`, []string{"192.0.2.7 USER-AGENT=a"}},
		"IPv6":               {`2001:db8::7 - -` + head + `"GET /" 200 12 "-" "a"`, []string{"2001:db8::7 USER-AGENT=a"}},
		"mapped":             {`::ffff:192.0.2.7 - -` + head + `"GET /" 200 12 "-" "a"`, []string{"192.0.2.7 USER-AGENT=a"}},
		"host name":          {`client-1.Example.com - -` + head + `"GET /" 200 12 "-" "a"`, []string{"client-1.Example.com USER-AGENT=a"}},
		"user":               {`192.0.2.7 ident user` + head + `"GET /" 200 12 "-" "a"`, []string{"192.0.2.7 USER-AGENT=a"}},
		"user with spaces":   {`192.0.2.7 - John Q. Public` + head + `"GET /" 200 12 "-" "a"`, []string{"192.0.2.7 USER-AGENT=a"}},
		"empty user":         {`192.0.2.7 - ` + head + `"GET /" 200 12 "-" "a"`, []string{"192.0.2.7 USER-AGENT=a"}},
		"brackets":           {`192.0.2.7 - -` + head + `"GET /?[1] " 200 12 "] " "a [b] "`, []string{"192.0.2.7 USER-AGENT=a [b] "}},
		"Apache escapes":     {`192.0.2.7 - -` + head + `"GET /" 200 12 "-" "a \"b\" c"`, []string{`192.0.2.7 USER-AGENT=a \"b\" c`}},
		"hidden backslash":   {`192.0.2.7 - -` + head + `"GET /\"" 200 12 "-" "a\\" "b"`, []string{`192.0.2.7 USER-AGENT=a\\`, "192.0.2.7 X-FORWARDED-FOR=b"}},
		"plain backslash":    {`192.0.2.7 - -` + head + `"GET /" 200 12 "-" "a\"`, []string{`192.0.2.7 USER-AGENT=a\`}},
		"Latin-1":            {`192.0.2.7 - -` + head + `"GET /" 200 12 "-" "Caf` + "\xe9\"", []string{`192.0.2.7 USER-AGENT=Caf\xe9`}},
		"control characters": {`192.0.2.7 - -` + head + `"GET /" 200 12 "-" "` + "a\x1b[31m\"", []string{`192.0.2.7 USER-AGENT=a\x1b[31m`}},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				got, bad, stats := read(t, tt.line+"\n"+tt.line+"\n")
				if diff := cmp.Diff(append(tt.want[:len(tt.want):len(tt.want)], tt.want...), got); diff != "" || bad != nil {
					t.Errorf("%q\n%s", bad, diff)
				}
				if tt.want == nil && stats.Skipped != 2 {
					t.Errorf("%+v", stats)
				}
			}
		})
	}
}

func TestBadLines(t *testing.T) {
	const format = "1: not a line of the combined log format"
	for name, tt := range map[string]struct{ line, want string }{
		"common format":     {`192.0.2.7 - - [02/Jan/2024:03:04:05 +0100] "GET /" 200 12`, format},
		"cut":               {line[:len(line)-20], format},
		"text after it":     {line + ` 0.001`, format},
		"quote":             {`192.0.2.7 - - [02/Jan/2024:03:04:05 +0100] "GET /" 200 12 "-" "a"b"`, format},
		"no status":         {`192.0.2.7 - - [02/Jan/2024:03:04:05 +0100] "GET /" x 12 "-" "a"`, format},
		"nothing":           {"x", format},
		"no client":         {` - - [02/Jan/2024:03:04:05 +0100] "GET /" 200 12 "-" "a"`, format},
		"unknown month":     {strings.Replace(line, "Jan", "anF", 1), `1: "02/anF/2024:03:04:05 +0100" is not a date (want DD/Mon/YYYY:HH:MM:SS and a zone)`},
		"no such day":       {strings.Replace(line, "02/Jan", "30/Feb", 1), `1: "30/Feb/2024:03:04:05 +0100" is not a date (want DD/Mon/YYYY:HH:MM:SS and a zone)`},
		"other date":        {strings.Replace(line, "02/Jan/2024:", "2024-01-02 ", 1), `1: "2024-01-02 03:04:05 +0100" is not a date (want DD/Mon/YYYY:HH:MM:SS and a zone)`},
		"dash for a client": {"-" + line[len("192.0.2.7"):], `1: the client "-" is neither an address nor a host name`},
		"socket":            {"unix:" + line[len("192.0.2.7"):], `1: the client "unix:" is neither an address nor a host name`},
		"damaged address":   {"192.0.2.777" + line[len("192.0.2.7"):], `1: the client "192.0.2.777" is neither an address nor a host name`},
	} {
		t.Run(name, func(t *testing.T) {
			records, bad, stats := read(t, tt.line+"\n"+line+"\n")
			if diff := cmp.Diff([]string{tt.want}, bad); diff != "" {
				t.Error(diff)
			}
			if len(records) != 2 || stats.Bad != 1 || stats.Lines != 2 {
				t.Errorf("%d records, %+v", len(records), stats)
			}
		})
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{
		"localhost": true, "a.example": true, "a_b.example": true, "a.example.": true, "3com.com": true, "xn--e1afmkfd.example": true,
		"": false, ".": false, "a..b": false, "-a.example": false, "192.0.2.1.5": false, "a.1": false, "a b": false, "a/b": false,
		"caf\u00e9.example": false, strings.Repeat("a", 254): false, "::1": false,
	} {
		if got := isName([]byte(name)); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestErrors(t *testing.T) {
	stop := errors.New("stop")
	stats, err := Read(t.Context(), strings.NewReader(line), Options{}, func(r *passive.Record) error {
		if r.Source == "X-FORWARDED-FOR" {
			return stop
		}
		return nil
	})
	if err != stop || stats.Records != 1 {
		t.Errorf("%v, %+v", err, stats)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(line))
	f.Add([]byte(`h.example - u [02/Jan/2024:03:04:05 +0100] "GET /\"" 200 - "\"" "a\\"` + "\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, bad := 0, 0
		stats, err := Read(t.Context(), bytes.NewReader(b), Options{Bad: func(int, error) { bad++ }}, func(r *passive.Record) error {
			n++
			if r.Addr.IsValid() == (r.TargetVal != "") || !utf8.ValidString(r.Value) || r.Value == "" || r.Value == "-" {
				t.Fatalf("%+v", r)
			}
			return nil
		})
		if err != nil || stats.Records != n || stats.Bad != bad || stats.Lines < bad+stats.Skipped {
			t.Fatalf("%v, %+v, %d records, %d bad", err, stats, n, bad)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var log bytes.Buffer
	for i := range 20000 {
		fmt.Fprintf(&log, "192.0.2.%d - - [02/Jan/2024:03:04:05 +0100] \"GET /%d HTTP/1.1\" 200 1234 \"https://www.example.com/\" \"Mozilla/5.0 (X11; Linux x86_64) Example/%d.0\"\n", i/8%256, i, i%50)
	}
	b.SetBytes(int64(log.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(b.Context(), bytes.NewReader(log.Bytes()), Options{}, func(*passive.Record) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
