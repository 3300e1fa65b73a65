package netrange

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseAddr(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "1": "0.0.0.1", "1.2": "1.0.0.2", "0x10": "0.0.0.16", "010.0.0.1": "8.0.0.1",
		"3221225985": "192.0.2.1", "1.2.65535": "1.2.255.255", "4294967295": "255.255.255.255", "0": "0.0.0.0",
		"::1": "::1", "2001:db8::1": "2001:db8::1", "::ffff:192.0.2.1": "192.0.2.1", "0XfF.1": "255.0.0.1",
	} {
		a, err := ParseAddr(in)
		if err != nil || a.String() != want {
			t.Errorf("ParseAddr(%q) = %v, %v; want %s", in, a, err, want)
		}
	}
	for _, in := range []string{"", "foo", "256.1.1.1", "1.2.3.4.5", "1..2", "1.2.3.", "4294967296", "fe80::1%eth0", "-1", "+1", "0x",
		"08.1", "1.16777216", "192.0.2.1 x", "1_0", strings.Repeat("1", 1000)} {
		if a, err := ParseAddr(in); err == nil {
			t.Errorf("ParseAddr(%q) = %v, want an error", in, a)
		} else if len(err.Error()) > 200 {
			t.Errorf("ParseAddr(%.10q...): error of %d bytes", in, len(err.Error()))
		}
	}
}

func TestDecimal(t *testing.T) {
	for dec, want := range map[string]string{"3221225985": "192.0.2.1", "0": "0.0.0.0", "4294967296": "::1:0:0",
		"340282366920938463463374607431768211455": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"} {
		a, err := FromDecimal(dec)
		if err != nil || a.String() != want {
			t.Errorf("FromDecimal(%s) = %v, %v; want %s", dec, a, err, want)
			continue
		}
		if got := Decimal(a); got != dec {
			t.Errorf("Decimal(%v) = %s, want %s", a, got, dec)
		}
	}
	if got := Decimal(netip.MustParseAddr("::1")); got != "1" {
		t.Errorf("Decimal(::1) = %s", got)
	}
	for _, bad := range []string{"", "x", "-1", "1.0", "340282366920938463463374607431768211456", strings.Repeat("9", 400)} {
		if a, err := FromDecimal(bad); err == nil {
			t.Errorf("FromDecimal(%q) = %v, want an error", bad, a)
		}
	}
}

func TestParseNetwork(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.77/24": "192.0.2.0-192.0.2.255", "192.0.2.0/255.255.255.128": "192.0.2.0-192.0.2.127", "192.0.2.9": "192.0.2.9-192.0.2.9",
		"10/8": "10.0.0.0-10.255.255.255", "10.1/16": "10.1.0.0-10.1.255.255", "198.51.100/24": "198.51.100.0-198.51.100.255",
		"0.0.0.0/0": "0.0.0.0-255.255.255.255", "2001:db8::/32": "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
		"::/0": "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::1/128": "::1-::1", "::/64": "::-::ffff:ffff:ffff:ffff",
		"192.0.2.0/0.0.0.0": "0.0.0.0-255.255.255.255", "::ffff:192.0.2.0/120": "192.0.2.0-192.0.2.255",
	} {
		r, err := ParseNetwork(in)
		if err != nil || r.String() != want {
			t.Errorf("ParseNetwork(%q) = %v, %v; want %s", in, r, err, want)
		}
	}
	for _, in := range []string{"192.0.2.0/33", "192.0.2./24", "foo/8", "10/", "/8", "::/129", "10/8/8", "10.0.0.0/255.0.255.0", "1.2.3.4.5/8", "10/-1", "fe80::%a/64"} {
		if r, err := ParseNetwork(in); err == nil {
			t.Errorf("ParseNetwork(%q) = %v, want an error", in, r)
		}
	}
}

func TestParseRange(t *testing.T) {
	for _, c := range []struct{ first, last, want string }{
		{"foo", "192.0.2.1", "invalid range 'foo'-'192.0.2.1' (foo)"},
		{"192.0.2.1", "bar", "invalid range '192.0.2.1'-'bar' (bar)"},
		{"192.0.2.10", "192.0.2.1", "range '192.0.2.10'-'192.0.2.1' is empty (stop < start)"},
	} {
		if r, err := ParseRange(c.first, c.last); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("ParseRange(%q, %q) = %v, %v; want %s", c.first, c.last, r, err, c.want)
		}
	}
	if _, err := ParseRange("1.2.3.4", "::1"); !errors.Is(err, ErrFamilies) {
		t.Errorf("mixed families: %v", err)
	}
	if _, err := New(netip.Addr{}, netip.IPv6Unspecified()); err == nil {
		t.Error("New took a range without a start")
	}
}

func mustRange(t *testing.T, first, last string) Range {
	t.Helper()
	r, err := ParseRange(first, last)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPrefixes(t *testing.T) {
	for _, c := range []struct{ first, last, want, count string }{
		{"192.0.2.1", "192.0.2.10", "192.0.2.1/32 192.0.2.2/31 192.0.2.4/30 192.0.2.8/31 192.0.2.10/32", "10"}, // vector 21
		{"192.0.2.0", "192.0.2.10", "192.0.2.0/29 192.0.2.8/31 192.0.2.10/32", "11"},                           // vector 23
		{"0.0.0.0", "255.255.255.255", "0.0.0.0/0", "4294967296"},
		{"255.255.255.254", "255.255.255.255", "255.255.255.254/31", "2"},
		{"::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0", "340282366920938463463374607431768211456"},
		{"::1", "::3", "::1/128 ::2/127", "3"},
		{"0.0.0.1", "0.0.0.1", "0.0.0.1/32", "1"},
	} {
		r := mustRange(t, c.first, c.last)
		var got []string
		for p := range r.Prefixes() {
			got = append(got, p.String())
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%v: %s, want %s", r, s, c.want)
		}
		if n := r.Count().String(); n != c.count {
			t.Errorf("%v: %s addresses, want %s", r, n, c.count)
		}
	}
	if n := (Range{}).Count().Sign(); n != 0 {
		t.Error("the zero range has addresses")
	}
	for p := range (Range{}).Prefixes() {
		t.Errorf("the zero range has the prefix %v", p)
	}
}

func TestUnion(t *testing.T) {
	in := []Range{mustRange(t, "198.51.100.16", "198.51.100.31"), mustRange(t, "::", "::5"), mustRange(t, "192.0.2.0", "192.0.2.127"),
		mustRange(t, "198.51.100.0", "198.51.100.15"), mustRange(t, "192.0.2.3", "192.0.2.4"), mustRange(t, "255.255.255.255", "255.255.255.255"),
		mustRange(t, "255.0.0.0", "255.255.255.255")}
	before := slices.Clone(in)
	var got []string
	for _, r := range Union(in) {
		got = append(got, r.String())
	}
	want := []string{"192.0.2.0-192.0.2.127", "198.51.100.0-198.51.100.31", "255.0.0.0-255.255.255.255", "::-::5"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !slices.Equal(before, in) {
		t.Error("Union changed its argument")
	}
	joined := slices.Collect(Joined(slices.Values([]Range{in[2], in[3], in[0]})))
	if len(joined) != 2 || joined[1].String() != "198.51.100.0-198.51.100.31" {
		t.Errorf("Joined: %v", joined)
	}
}

func TestAddrs(t *testing.T) {
	var got []string
	for a := range mustRange(t, "255.255.255.253", "255.255.255.255").Addrs() {
		got = append(got, a.String())
	}
	if s := strings.Join(got, " "); s != "255.255.255.253 255.255.255.254 255.255.255.255" {
		t.Error(s)
	}
}

func FuzzPrefixes(f *testing.F) {
	f.Add([]byte{192, 0, 2, 1}, []byte{192, 0, 2, 10})
	f.Add(make([]byte, 16), []byte("aaaaaaaaaaaaaaaa"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		first, ok1 := netip.AddrFromSlice(a)
		last, ok2 := netip.AddrFromSlice(b)
		if !ok1 || !ok2 {
			return
		}
		r, err := New(first, last)
		if err != nil {
			return
		}
		at, n := r.First, 0
		var end netip.Addr
		for p := range r.Prefixes() {
			q := FromPrefix(p)
			if q.First.Unmap() != at.Unmap() || p != p.Masked() {
				t.Fatalf("%v: %v does not start at %v", r, p, at)
			}
			end, n = q.Last, n+1
			at = end.Next()
		}
		if end.Unmap() != r.Last.Unmap() || n > 2*r.First.BitLen() {
			t.Fatalf("%v: %d prefixes to %v", r, n, end)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"10/8", "0x10.1", "::1/64", "1.2.3.4/255.0.0.0", "99999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if r, err := ParseNetwork(s); err == nil && (r.Last.Less(r.First) || !r.First.IsValid()) {
			t.Fatalf("%q: %v", s, r)
		}
		if a, err := ParseAddr(s); err == nil {
			if b, err := ParseAddr(a.String()); err != nil || a != b {
				t.Fatalf("%q: %v, then %v", s, a, b)
			}
		}
	})
}
