package addrrange

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func check(t testing.TB, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error("-want +got:\n" + diff)
	}
}

// rng is the range that a text stands for.
func rng(t testing.TB, s string) Range {
	t.Helper()
	r, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// set is the union of the ranges of a text, which are separated by blanks.
func set(t testing.TB, text string) Set {
	t.Helper()
	var b Builder
	for s := range strings.FieldsSeq(text) {
		b.Add(rng(t, s))
	}
	return b.Set()
}

func texts(ranges []Range) string {
	var out []string
	for _, r := range ranges {
		out = append(out, r.String())
	}
	return strings.Join(out, " ")
}

func TestParseAddr(t *testing.T) {
	for s, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::1": "::1", "2001:DB8::": "2001:db8::", "::ffff:192.0.2.1": "::ffff:192.0.2.1",
		"1": "", "1.2": "", "0x10": "", "010.0.0.1": "", "192.0.2.1 x": "", "192.0.2.256": "", "fe80::1%eth0": "", "": "", " ::1": "",
	} {
		a, err := ParseAddr(s)
		if want == "" {
			bad, ok := errors.AsType[*AddrError](err)
			if !ok || bad.Text != s {
				t.Errorf("%q: %v, %v", s, a, err)
			}
		} else if a.String() != want || err != nil {
			t.Errorf("%q: %v, %v, want %s", s, a, err, want)
		}
	}
}

func TestIntegers(t *testing.T) {
	for _, tt := range []struct{ digits, addr string }{
		{"0", "0.0.0.0"}, {"1", "0.0.0.1"}, {"3221225985", "192.0.2.1"}, {"4294967295", "255.255.255.255"},
		{"4294967296", "::1:0:0"}, {"18446744073709551615", "::ffff:ffff:ffff:ffff"}, {"18446744073709551616", "0:0:0:1::"},
		{"42540766411282592856903984951653826561", "2001:db8::1"},
		{"340282366920938463463374607431768211455", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	} {
		a, err := ParseAddrOrInt(tt.digits)
		if err != nil {
			t.Fatal(err)
		}
		check(t, tt.addr, a.String())
		check(t, tt.digits, string(AppendInt(nil, a)))
		if a, err = ParseAddrOrInt("000" + tt.digits); a.String() != tt.addr || err != nil {
			t.Errorf("leading zeros of %s: %v, %v", tt.digits, a, err)
		}
	}
	for _, s := range []string{"", "340282366920938463463374607431768211456", "3402823669209384634633746074317682114550",
		strings.Repeat("9", 10_000), "-1", "1x", "1_0", "٣"} {
		if a, err := FromInt(s); err == nil {
			t.Errorf("%q: %v", s, a)
		}
	}
	check(t, "1", string(AppendInt(nil, netip.MustParseAddr("::1"))))
}

func TestParseNetwork(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"192.0.2.77/24", "192.0.2.0-192.0.2.255"},
		{"192.0.2.77/255.255.255.0", "192.0.2.0-192.0.2.255"},
		{"192.0.2.77/0.0.0.0", "0.0.0.0-255.255.255.255"},
		{"192.0.2.77/255.255.255.255", "192.0.2.77-192.0.2.77"},
		{"192.0.2.77/0", "0.0.0.0-255.255.255.255"},
		{"192.0.2.77/32", "192.0.2.77-192.0.2.77"},
		{"192.0.2.77", "192.0.2.77-192.0.2.77"},
		{"10/8", "10.0.0.0-10.255.255.255"},
		{"10.1/16", "10.1.0.0-10.1.255.255"},
		{"10.129/255.128.0.0", "10.128.0.0-10.255.255.255"},
		{"198.51.100/24", "198.51.100.0-198.51.100.255"},
		{"2001:db8::77/32", "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"::/64", "::-::ffff:ffff:ffff:ffff"},
		{"::/0", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"::1", "::1-::1"},
		{"::ffff:0:0/96", "::ffff:0.0.0.0-::ffff:255.255.255.255"},
		{"192.0.2.0/33", "invalid network '192.0.2.0/33' (a prefix length of 0 to 32 is expected, not 33)"},
		{"::/129", "invalid network '::/129' (a prefix length of 0 to 128 is expected, not 129)"},
		{"192.0.2./24", "invalid network '192.0.2./24' (192.0.2.)"},
		{".1/24", "invalid network '.1/24' (.1)"},
		{"/24", "invalid network '/24' ()"},
		{"010/8", "invalid network '010/8' (010)"},
		{"256/8", "invalid network '256/8' (256)"},
		{"1.2.3.4.5/8", "invalid network '1.2.3.4.5/8' (1.2.3.4.5)"},
		{"10", "invalid network '10' (10)"},
		{"192.0.2.0/", "invalid network '192.0.2.0/' ('' is neither a prefix length nor an IPv4 mask)"},
		{"192.0.2.0/-1", "invalid network '192.0.2.0/-1' ('-1' is neither a prefix length nor an IPv4 mask)"},
		{"192.0.2.0/24/8", "invalid network '192.0.2.0/24/8' ('24/8' is neither a prefix length nor an IPv4 mask)"},
		{"192.0.2.0/255.0.255.0", "invalid network '192.0.2.0/255.0.255.0' (the bits of the mask 255.0.255.0 are not contiguous)"},
		{"192.0.2.0/0.0.0.255", "invalid network '192.0.2.0/0.0.0.255' (the bits of the mask 0.0.0.255 are not contiguous)"},
		{"::/255.0.0.0", "invalid network '::/255.0.0.0' ('255.0.0.0' is neither a prefix length nor an IPv4 mask)"},
		{"fe80::1%eth0/64", "invalid network 'fe80::1%eth0/64' (fe80::1%eth0)"},
	} {
		r, err := ParseNetwork(tt.text)
		got := r.String()
		if err != nil {
			got = err.Error()
		}
		check(t, tt.want, got)
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{" 192.0.2.1 ", "192.0.2.1-192.0.2.1"},
		{"192.0.2.1-192.0.2.3", "192.0.2.1-192.0.2.3"},
		{"192.0.2.1\t - 192.0.2.3\r\n", "192.0.2.1-192.0.2.3"},
		{"10/8", "10.0.0.0-10.255.255.255"},
		{"::1-::2", "::1-::2"},
		{"192.0.2.3-192.0.2.1", "range '192.0.2.3'-'192.0.2.1' is empty (stop < start)"},
		{"192.0.2.3-::1", "invalid range '192.0.2.3'-'::1' (IPv4 and IPv6 addresses do not mix)"},
		{"foo - 192.0.2.1", "invalid range 'foo'-'192.0.2.1' (foo)"},
		{"192.0.2.1-", "invalid range '192.0.2.1'-'' ()"},
		{"1-2", "invalid range '1'-'2' (1)"},
		{"it's", `invalid address "it's"`},
		{`it's "`, `invalid address 'it\'s "'`},
		{"\x1b[2J\n", `invalid address '\x1b[2J'`},
		{strings.Repeat("x", 1000), "invalid address '" + strings.Repeat("x", 200) + "...'"},
		{"", "invalid address ''"},
	} {
		r, err := Parse(tt.text)
		got := r.String()
		if err != nil {
			got = err.Error()
		}
		check(t, tt.want, got)
	}
	if _, err := Parse("::2-::1"); !errors.Is(err, ErrEmpty) {
		t.Error(err)
	}
	if _, err := Parse("::2-1.1.1.1"); !errors.Is(err, ErrFamily) {
		t.Error(err)
	}
	if _, err := ParseNetwork("x/8"); err == nil || errors.Unwrap(err) == nil {
		t.Error(err)
	}
}

// FuzzParse checks that what is read can be written and read again, and covers of networks are exact.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"10/8", "192.0.2.1 - 192.0.2.10", "2001:db8::/33", "::ffff:1.2.3.4/97", "1.2.3.4/255.255.0.0", "::-::ffff", "0.0.0.1-255.255.255.254",
		"::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := Parse(s)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b\x00") {
				t.Fatalf("control characters in %q", err)
			}
			return
		}
		if !r.IsValid() || rng(t, r.String()) != r {
			t.Fatalf("%q became %v", s, r)
		}
		checkCover(t, r)
	})
}

// checkCover checks that the networks of a range are it, in order, and that no two neighbours make a larger one.
func checkCover(t *testing.T, r Range) {
	next, n := r.First, 0
	var before netip.Prefix
	for p := range r.Prefixes() {
		got := FromPrefix(p)
		if rng(t, p.String()) != got || got.First != next || p.Addr() != next || p.Masked() != p {
			t.Fatalf("%v follows %v in %v", p, before, r)
		}
		if n > 0 && before.Bits() == p.Bits() && FromPrefix(netip.PrefixFrom(before.Addr(), p.Bits()-1)) == (Range{before.Addr(), got.Last}) {
			t.Fatalf("%v and %v could be one", before, p)
		}
		before, next = p, got.Last.Next()
		n++
	}
	if FromPrefix(before).Last != r.Last || n > 2*r.First.BitLen()-2 {
		t.Fatalf("%d networks up to %v for %v", n, before, r)
	}
	if p, ok := r.Prefix(); ok != (n == 1) || ok && p != before {
		t.Fatalf("%v has the network %v, %v", r, p, ok)
	}
}
