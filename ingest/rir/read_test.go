package rir

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var update = flag.Bool("update", false, "write the golden files")

// readAll reads a dump and returns its records and what was reported.
func readAll(t testing.TB, text string) (records []*Record, problems []string) {
	t.Helper()
	opts := Options{Report: func(p *Problem) { problems = append(problems, p.Error()) }}
	err := Read(t.Context(), strings.NewReader(text), opts, func(r *Record) error {
		records = append(records, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return records, problems
}

func check(t testing.TB, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error("-want +got:\n" + diff)
	}
}

// TestGolden reads samples in the style of each registry and compares all forms of the records, and what is
// reported, with golden files.
func TestGolden(t *testing.T) {
	samples, err := filepath.Glob("testdata/*.db*")
	if err != nil || len(samples) != 10 && !*update {
		t.Fatal(samples, err)
	}
	for _, name := range samples {
		if strings.HasSuffix(name, ".golden") {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			var out []byte
			opts := Options{SourceFile: filepath.Base(name), SourceHash: "00ff", Report: func(p *Problem) {
				out = fmt.Appendf(out, "! %v\n\n", p)
			}}
			// One byte at a time: the result does not depend on how the text comes.
			err = Read(t.Context(), iotest.OneByteReader(f), opts, func(r *Record) error {
				out = append(Append(out, r), '\n')
				out = AppendFull(AppendShort(out, r), r)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			golden := name + ".golden"
			if *update {
				if err := os.WriteFile(golden, out, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			check(t, string(want), string(out))
		})
	}
}

// TestVector24 is test vector 24 of the specification.
func TestVector24(t *testing.T) {
	records, problems := readAll(t, "inetnum: 192.0.2.0 - 192.0.2.255\nnetname: EX\ndescr: L1\ndescr: L2\n+\n cont\nlanguage: FR\nsource: RIPE # Filtered\n")
	check(t, []string(nil), problems)
	check(t, []*Record{{
		Kind: Inetnum, Start: netip.MustParseAddr("192.0.2.0"), Stop: netip.MustParseAddr("192.0.2.255"), Line: 1,
		Attrs: []Attr{{"netname", "EX"}, {"descr", "L1\nL2\n\ncont"}, {"lang", "FR"}, {"source", "RIPE # Filtered"}},
	}}, records)
	check(t, `{"netname": "EX", "descr": "L1\nL2\n\ncont", "lang": "FR", "source": "RIPE # Filtered", `+
		`"start": "192.0.2.0", "stop": "192.0.2.255", "size": 256}`, string(Append(nil, records[0])))
}

func TestObjects(t *testing.T) {
	const net = "inetnum: 192.0.2.0/24\n"
	for _, tt := range []struct {
		name, text string
		want       []string // JSON
		problems   []string
	}{
		{name: "nothing"},
		{name: "comments only", text: "# a: b\n%c: d\n\n\n"},
		{name: "no line feed at the end", text: "aut-num: as64496\nas-name: X",
			want: []string{`{"aut-num": 64496, "as-name": "X"}`}},
		{name: "no AS", text: "aut-num: 4294967295\n", want: []string{`{"aut-num": 4294967295}`}},
		{name: "AS number of 33 bits", text: "aut-num: AS4294967296\nas-name: X\n",
			problems: []string{`line 1: aut-num "AS4294967296" left out: not the number of an autonomous system`}},
		{name: "single address", text: "inetnum: 192.0.2.7\n", want: []string{`{"start": "192.0.2.7", "stop": "192.0.2.7", "size": 1}`}},
		{name: "range without blanks", text: "inetnum:192.0.2.7-192.0.2.8\n",
			want: []string{`{"start": "192.0.2.7", "stop": "192.0.2.8", "size": 2}`}},
		{name: "range on two lines", text: "inetnum: 192.0.2.7 -\n         192.0.2.8\n",
			want: []string{`{"start": "192.0.2.7", "stop": "192.0.2.8", "size": 2}`}},
		{name: "small IPv6 range stays one", text: "inet6num: ::1 - ::2\n", want: []string{`{"start": "::1", "stop": "::2", "size": 2}`}},
		{name: "two ranges", text: "\ninetnum: 192.0.2.7\ninetnum: 192.0.2.8\n",
			problems: []string{`line 2: inetnum "192.0.2.7\n192.0.2.8" left out: invalid address '192.0.2.7\n192.0.2.8'`}},
		{name: "bad network", text: "inetnum: 192.0.2.0/33\n",
			problems: []string{`line 1: inetnum "192.0.2.0/33" left out: invalid network '192.0.2.0/33' (a prefix length of 0 to 32 is expected, not 33)`}},
		{name: "no network", text: "inetnum:\nnetname: X\n\n" + net,
			want:     []string{`{"start": "192.0.2.0", "stop": "192.0.2.255", "size": 256}`},
			problems: []string{`line 1: inetnum "" left out: invalid address ''`}},
		{name: "class not first", text: "netname: X\n" + net},
		{name: "ignored lines", text: net + "no colon\n: no key\nnetname: X\n",
			want: []string{`{"netname": "X", "start": "192.0.2.0", "stop": "192.0.2.255", "size": 256}`},
			problems: []string{`line 2: no attribute (KEY: VALUE) in "no colon\n"`,
				`line 3: no attribute (KEY: VALUE) in ": no key\n"`}},
		{name: "continuation first", text: " x\n+y\n" + net,
			want: []string{`{"start": "192.0.2.0", "stop": "192.0.2.255", "size": 256}`},
			problems: []string{`line 1: the continuation "x" does not follow an attribute`,
				`line 2: the continuation "y" does not follow an attribute`}},
		{name: "line of blanks ends an object", text: net + " \t\r\n" + "netname: X\n",
			want: []string{`{"start": "192.0.2.0", "stop": "192.0.2.255", "size": 256}`}},
		{name: "reserved and other keys", text: net + "size: 1\nstart: x\nNetName : X \xa0\nsource_file: f\nr\xe9: \xff\n",
			want: []string{`{"netname": "X", "r\u00e9": "\u00ff", "start": "192.0.2.0", "stop": "192.0.2.255", "size": 256}`}},
		{name: "too many attributes", text: net + manyKeys(256) + "\n" + net,
			want:     []string{`{"start": "192.0.2.0", "stop": "192.0.2.255", "size": 256}`},
			problems: []string{`line 1: inetnum "192.0.2.0/24" left out: more than 256 different attributes`}},
		{name: "too long a line", text: "\n" + net + "remarks: " + strings.Repeat("x", maxLine) + "\nnetname: X\n\n" + net,
			want:     []string{`{"start": "192.0.2.0", "stop": "192.0.2.255", "size": 256}`},
			problems: []string{`line 2: inetnum "192.0.2.0/24" left out: line 3 is longer than 1048576 bytes`}},
		{name: "too long a first line", text: "inetnum: " + strings.Repeat("x", maxLine) + "\nnetname: X\n\n" + net,
			want:     []string{`{"start": "192.0.2.0", "stop": "192.0.2.255", "size": 256}`},
			problems: []string{`line 1: object left out: line 1 is longer than 1048576 bytes`}},
		{name: "too long a last line", text: net + "x: " + strings.Repeat("x", maxLine),
			problems: []string{`line 1: inetnum "192.0.2.0/24" left out: line 2 is longer than 1048576 bytes`}},
		{name: "too long a comment", text: net + "# " + strings.Repeat("x", maxLine) + "\nnetname: X\n",
			want: []string{`{"netname": "X", "start": "192.0.2.0", "stop": "192.0.2.255", "size": 256}`}},
		{name: "too long an object", text: net + strings.Repeat("+\n", maxObject) + "\n" + net,
			want:     []string{`{"start": "192.0.2.0", "stop": "192.0.2.255", "size": 256}`},
			problems: []string{`line 1: inetnum "192.0.2.0/24` + strings.Repeat(`\n`, 80-len("192.0.2.0/24")) + `" left out: more than 4194304 bytes`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			records, problems := readAll(t, tt.text)
			var got []string
			for _, r := range records {
				got = append(got, string(Append(nil, r)))
			}
			check(t, tt.want, got)
			check(t, tt.problems, problems)
		})
	}
}

// manyKeys is n attributes.
func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: v\n", i)
	}
	return b.String()
}

// TestErrors has what ends the reading.
func TestErrors(t *testing.T) {
	const text = "aut-num: AS1\n\naut-num: AS2\n"
	boom := errors.New("boom")
	calls := 0
	err := Read(t.Context(), strings.NewReader(text), Options{}, func(*Record) error { calls++; return boom })
	if err != boom || calls != 1 {
		t.Errorf("error of the function: %v after %d calls", err, calls)
	}
	err = Read(t.Context(), iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader(text))), Options{}, nil)
	if !errors.Is(err, iotest.ErrTimeout) || err.Error() != "line 1: timeout" {
		t.Errorf("error of the reader: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(boom)
	if err := Read(ctx, strings.NewReader(strings.Repeat(text, 1000)), Options{}, func(*Record) error { return nil }); err != boom {
		t.Errorf("error of the context: %v", err)
	}
	if _, err := Hash(ctx, strings.NewReader(text)); err != boom {
		t.Errorf("error of the context: %v", err)
	}
	if _, err := Hash(t.Context(), iotest.ErrReader(boom)); err != boom {
		t.Errorf("error of the reader: %v", err)
	}
}

func TestHash(t *testing.T) {
	got, err := Hash(t.Context(), iotest.HalfReader(strings.NewReader("abc"))) // FIPS 180-2, B.1
	if want := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

// TestTime has texts that would take long if the time were quadratic.
func TestTime(t *testing.T) {
	const net = "inetnum: 192.0.2.0/24\n"
	for name, text := range map[string]string{
		"alternating keys": net + manyKeys(255) + strings.Repeat("k1: a\nk254: b\n", 500_000),
		"continuations":    net + strings.Repeat("+\n", 2_000_000),
		"objects":          strings.Repeat("inetnum: 192.0.2.0-192.0.2.1\n\n", 300_000),
		"bad objects":      strings.Repeat("inetnum: x\n\n", 300_000),
	} {
		start := time.Now()
		readAll(t, text)
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: %d bytes took %v", name, len(text), took)
		}
	}
}

// endless is an object without an end.
type endless struct{ line string }

func (e endless) Read(p []byte) (int, error) { return copy(p, e.line), nil }

// TestMemory reads an object of 200 MB.
func TestMemory(t *testing.T) {
	for _, line := range []string{"+ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", "remarks: x\n", "xxxxxxxxxxxxxxxx"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		text := &limited{r: strings.NewReader("inetnum: 192.0.2.0/24\n"), rest: endless{line}, n: 200 << 20}
		if err := Read(t.Context(), text, Options{}, func(*Record) error { return nil }); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 100<<20 {
			t.Errorf("%q: %d bytes allocated in all", line, grown)
		}
	}
}

// limited is a text and then n bytes of another one.
type limited struct {
	r    *strings.Reader
	rest endless
	n    int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.r.Len() > 0 {
		return l.r.Read(p)
	}
	if l.n <= 0 {
		return l.r.Read(p) // the end
	}
	n, _ := l.rest.Read(p)
	l.n -= n
	return n, nil
}

func sample(t testing.TB) []byte {
	text, err := os.ReadFile("testdata/ripe.db.inetnum")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func BenchmarkRead(b *testing.B) {
	object, _, _ := bytes.Cut(sample(b)[bytes.Index(sample(b), []byte("inetnum:")):], []byte("\n\n"))
	for name, text := range map[string][]byte{
		"kept":    append(object, "\n\n"...),
		"ignored": append(append([]byte("person: x\n"), object...), "\n\n"...),
	} {
		b.Run(name, func(b *testing.B) {
			text := bytes.Repeat(text, 20_000)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if err := Read(b.Context(), bytes.NewReader(text), Options{}, func(*Record) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	records, _ := readAll(b, string(sample(b)))
	dst := Append(nil, records[0])
	b.SetBytes(int64(len(dst)))
	b.ReportAllocs()
	for b.Loop() {
		dst = Append(dst[:0], records[0])
	}
}
