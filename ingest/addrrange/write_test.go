package addrrange

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

// france is what the dump of countries has for FR in the specification, europe that for DE,FR: united.
const france, europe = "192.0.2.0/25 198.51.100.16/28", "198.51.100.0/28 " + france

// write returns the text or, for json, the document of ranges.
func write(t testing.TB, asJSON bool, ranges []Range, o Options) string {
	t.Helper()
	var b bytes.Buffer
	f := WriteText
	if asJSON {
		f = WriteJSON
	}
	if err := f(t.Context(), &b, ranges, o); err != nil {
		if b.Len() > 0 {
			t.Errorf("%q was written before %v", b.String(), err)
		}
		return err.Error()
	}
	return b.String()
}

func TestWrite(t *testing.T) {
	for _, tt := range []struct {
		name, ranges string
		json         bool
		o            Options
		want         string
	}{
		{"vector 19", france, false, Options{}, "192.0.2.0/25\n198.51.100.16/28\n"},
		{"vector 20", europe, false, Options{Output: Document}, `{"count": 160, "ranges": [["192.0.2.0", "192.0.2.127"], ["198.51.100.0", "198.51.100.31"]], ` +
			`"cidrs": ["192.0.2.0/25", "198.51.100.0/27"]}` + "\n"},
		{"vector 21", "192.0.2.1-192.0.2.10", false, Options{}, "192.0.2.1/32\n192.0.2.2/31\n192.0.2.4/30\n192.0.2.8/31\n192.0.2.10/32\n"},
		{"vector 22", "10.0.0.0/8", true, Options{Output: Addrs, Limit: 3, Cap: 100_000}, `{"count": 16777216, "addrs": ["10.0.0.0", "10.0.0.1", "10.0.0.2"]}` + "\n"},
		{"vector 22, no limit", "10.0.0.0/8", true, Options{Output: Addrs, Cap: 100_000},
			"refusing to enumerate 16777216 addresses (> cap 100000); raise the cap or pick a narrower selector"},
		{"limit above the cap", "10.0.0.0/8", false, Options{Output: Addrs, Limit: 100_001, Cap: 100_000},
			"refusing to enumerate 16777216 addresses (> cap 100000); raise the cap or pick a narrower selector"},
		{"limit above the cap, few addresses", "10.0.0.0/31", false, Options{Output: Addrs, Limit: 100_001, Cap: 2}, "10.0.0.0\n10.0.0.1\n"},
		{"cap of the exact number", "10.0.0.0/31", false, Options{Output: Addrs, Cap: 1}, "refusing to enumerate 2 addresses (> cap 1); raise the cap or pick a narrower selector"},
		{"cap, IPv6", "::/0", true, Options{Output: Addrs, Cap: math.MaxUint64},
			"refusing to enumerate 340282366920938463463374607431768211456 addresses (> cap 18446744073709551615); raise the cap or pick a narrower selector"},
		{"no cap for other outputs", "10/8", false, Options{Output: CIDRs, Cap: 1}, "10.0.0.0/8\n"},
		{"no cap, limit", "::/0", false, Options{Output: Addrs, Limit: 2}, "::\n::1\n"},
		{"ranges", europe, false, Options{Output: Ranges}, "192.0.2.0-192.0.2.127\n198.51.100.0-198.51.100.31\n"},
		{"ranges, JSON", europe, true, Options{Output: Ranges}, `{"count": 160, "ranges": [["192.0.2.0", "192.0.2.127"], ["198.51.100.0", "198.51.100.31"]]}` + "\n"},
		{"ranges, limit", europe, true, Options{Output: Ranges, Limit: 1}, `{"count": 160, "ranges": [["192.0.2.0", "192.0.2.127"]]}` + "\n"},
		{"count", europe, false, Options{Output: OnlyCount, Limit: 1}, "160\n"},
		{"count, JSON", "::/0", true, Options{Output: OnlyCount}, `{"count": 340282366920938463463374607431768211456}` + "\n"},
		{"networks, limit over ranges", "192.0.2.1-192.0.2.2 198.51.100.0/24", true, Options{Limit: 2}, `{"count": 258, "cidrs": ["192.0.2.1/32", "192.0.2.2/32"]}` + "\n"},
		{"document, limit", "192.0.2.1-192.0.2.2 198.51.100.0/24", true, Options{Output: Document, Limit: 1, Cap: 1},
			`{"count": 258, "ranges": [["192.0.2.1", "192.0.2.2"]], "cidrs": ["192.0.2.1/32"]}` + "\n"},
		{"addresses of both families", "192.0.2.255 192.0.3.0 ::1", false, Options{Output: Addrs, Cap: 3}, "192.0.2.255\n192.0.3.0\n::1\n"},
		{"small IPv6", "::/126", false, Options{}, "::/126\n"},
		{"nothing", "", false, Options{}, ""},
		{"nothing, JSON", "", true, Options{}, `{"count": 0, "cidrs": []}` + "\n"},
		{"no document", "", true, Options{Output: Document}, `{"count": 0, "ranges": [], "cidrs": []}` + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) { check(t, tt.want, write(t, tt.json, set(t, tt.ranges).Ranges(), tt.o)) })
	}
}

// TestNotJoined has ranges that touch, overlap and are not valid.
func TestNotJoined(t *testing.T) {
	ranges := []Range{rng(t, "192.0.2.2/31"), {}, rng(t, "192.0.2.0/31"), rng(t, "192.0.2.0")}
	check(t, "192.0.2.2/31\n192.0.2.0/31\n192.0.2.0/32\n", write(t, false, ranges, Options{}))
	check(t, `{"count": 5, "ranges": [["192.0.2.2", "192.0.2.3"], ["192.0.2.0", "192.0.2.1"], ["192.0.2.0", "192.0.2.0"]]}`+"\n",
		write(t, true, ranges, Options{Output: Ranges}))
	check(t, "192.0.2.2\n192.0.2.3\n192.0.2.0\n192.0.2.1\n192.0.2.0\n", write(t, false, ranges, Options{Output: Addrs}))
}

// TestLarge has more than fits in the buffer.
func TestLarge(t *testing.T) {
	var document struct {
		Count int
		Addrs []string
	}
	if err := json.Unmarshal([]byte(write(t, true, set(t, "10.0.0.0/16").Ranges(), Options{Output: Addrs})), &document); err != nil {
		t.Fatal(err)
	}
	if n := len(document.Addrs); n != 1<<16 || document.Count != n || document.Addrs[n-1] != "10.0.255.255" || document.Addrs[0x1234] != "10.0.18.52" {
		t.Errorf("%d addresses up to %s", n, document.Addrs[n-1])
	}
}

// failing is a writer that fails after some bytes.
type failing struct{ n int }

var errFull = errors.New("full")

func (f *failing) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// TestWriteErrors has endless lists that must end.
func TestWriteErrors(t *testing.T) {
	all := set(t, "::/0").Ranges()
	for _, f := range []func(context.Context, io.Writer, []Range, Options) error{WriteText, WriteJSON} {
		if err := f(t.Context(), &failing{100_000}, all, Options{Output: Addrs}); err != errFull {
			t.Error(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errFull)
		if err := f(ctx, io.Discard, all, Options{Output: Addrs}); err != errFull {
			t.Error(err)
		}
	}
	if err := WriteText(t.Context(), &failing{1}, all, Options{Output: OnlyCount}); err != errFull {
		t.Error(err)
	}
	if err := WriteIntervals(&failing{1}, set(t, "10/8")); err != errFull {
		t.Error(err)
	}
	if err := Calc(&failing{1}, []string{"10/8"}); err != errFull {
		t.Error(err)
	}
}

func TestOutputNames(t *testing.T) {
	for _, o := range []Output{CIDRs, Ranges, Addrs, OnlyCount} {
		if got, err := ParseOutput(o.String()); got != o || err != nil {
			t.Error(o, got, err)
		}
	}
	check(t, "Output(9)", Output(9).String())
	check(t, "Kind(9)", Kind(9).String())
}

func TestCalc(t *testing.T) {
	for _, tt := range []struct{ args, out, err string }{
		// Test vector 23 of the specification.
		{"192.0.2.0/24 192.0.2.0 - 192.0.2.10 192.0.2.1 3221225985",
			"192.0.2.0-192.0.2.255\n192.0.2.0/29\n192.0.2.8/31\n192.0.2.10/32\n3221225985\n192.0.2.1\n", ""},
		{"3221225984-3221225985 0-192.0.2.0", "192.0.2.0/31\n0.0.0.0/1\n128.0.0.0/2\n192.0.0.0/23\n192.0.2.0/32\n", ""},
		{"10/8 2001:db8::/32", "10.0.0.0-10.255.255.255\n2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff\n", ""},
		{"::1 1 4294967296 0", "1\n0.0.0.1\n::1:0:0\n0.0.0.0\n", ""},
		{"::/64 ::1-3 4294967296-4294967297", "::-::ffff:ffff:ffff:ffff\n::1/128\n::2/127\n::1:0:0/127\n", ""},
		{"0-::1:0:0", "::/96\n::1:0:0/128\n", ""},
		{"0-340282366920938463463374607431768211455", "", "invalid range '0'-'340282366920938463463374607431768211455' (IPv4 and IPv6 addresses do not mix)"},
		{"10/8 foo 10/8", "10.0.0.0-10.255.255.255\n", "invalid address 'foo'"},
		{"340282366920938463463374607431768211456", "", "invalid address '340282366920938463463374607431768211456'"},
		{"192.0.2.2 - 192.0.2.1", "", "range '192.0.2.2'-'192.0.2.1' is empty (stop < start)"},
		{"192.0.2.1 -", "3221225985\n", "invalid range ''-'' ()"},
		{"- 192.0.2.1", "", "invalid range ''-'' ()"},
		{"1-2-3", "", "invalid range '1'-'2-3' (2-3)"},
		{"::1-foo", "", "invalid range '::1'-'foo' (foo)"},
		{"10/33", "", "invalid network '10/33' (a prefix length of 0 to 32 is expected, not 33)"},
		{"010.0.0.1", "", "invalid address '010.0.0.1'"},
		{"", "", ""},
	} {
		var b bytes.Buffer
		var message string
		if err := Calc(&b, strings.Fields(tt.args)); err != nil {
			message = err.Error()
		}
		check(t, tt.out, b.String())
		check(t, tt.err, message)
	}
	if err := Calc(io.Discard, []string{""}); err == nil {
		t.Error("no error for an empty argument")
	}
}

// FuzzCalc checks that no argument makes more output than there are networks in a range.
func FuzzCalc(f *testing.F) {
	for _, s := range []string{"192.0.2.0/24", "0-::1", "1-5", "::1", "3221225985", "A - B"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b bytes.Buffer
		args := strings.Fields(s)
		if err := Calc(&b, args); err == nil && b.Len() == 0 && len(args) > 0 {
			t.Fatal("no output")
		}
		if bytes.Count(b.Bytes(), []byte("\n")) > 254*len(args) {
			t.Fatal(b.String())
		}
	})
}

func BenchmarkAddrs(b *testing.B) {
	for _, text := range []string{"10.0.0.0/16", "2001:db8::/112"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := WriteText(b.Context(), io.Discard, []Range{rng(b, text)}, Options{Output: Addrs}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCIDRs(b *testing.B) {
	ranges := Union(many(100_000)...).Ranges()
	for b.Loop() {
		if err := WriteText(b.Context(), io.Discard, ranges, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
