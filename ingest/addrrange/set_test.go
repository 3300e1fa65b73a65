package addrrange

import (
	"math/big"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestPrefixes(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		// Test vector 21 of the specification.
		{"192.0.2.1-192.0.2.10", "192.0.2.1/32 192.0.2.2/31 192.0.2.4/30 192.0.2.8/31 192.0.2.10/32"},
		{"192.0.2.0-192.0.2.10", "192.0.2.0/29 192.0.2.8/31 192.0.2.10/32"},
		{"0.0.0.0-255.255.255.255", "0.0.0.0/0"},
		{"255.255.255.255", "255.255.255.255/32"},
		{"0.0.0.0-0.0.0.2", "0.0.0.0/31 0.0.0.2/32"},
		{"::/0", "::/0"},
		{"::-::2", "::/127 ::2/128"},
		{"::ffff:ffff:ffff:ffff-::1:0:0:0:0", "::ffff:ffff:ffff:ffff/128 0:0:0:1::/128"},
		{"::1-::1:0:0:0:0", "::1/128 ::2/127 ::4/126 ::8/125 ::10/124 ::20/123 ::40/122 ::80/121 ::100/120 ::200/119 ::400/118 ::800/117 ::1000/116 ::2000/115 " +
			"::4000/114 ::8000/113 ::1:0/112 ::2:0/111 ::4:0/110 ::8:0/109 ::10:0/108 ::20:0/107 ::40:0/106 ::80:0/105 ::100:0/104 ::200:0/103 ::400:0/102 " +
			"::800:0/101 ::1000:0/100 ::2000:0/99 ::4000:0/98 ::8000:0/97 ::1:0:0/96 ::2:0:0/95 ::4:0:0/94 ::8:0:0/93 ::10:0:0/92 ::20:0:0/91 ::40:0:0/90 " +
			"::80:0:0/89 ::100:0:0/88 ::200:0:0/87 ::400:0:0/86 ::800:0:0/85 ::1000:0:0/84 ::2000:0:0/83 ::4000:0:0/82 ::8000:0:0/81 ::1:0:0:0/80 ::2:0:0:0/79 " +
			"::4:0:0:0/78 ::8:0:0:0/77 ::10:0:0:0/76 ::20:0:0:0/75 ::40:0:0:0/74 ::80:0:0:0/73 ::100:0:0:0/72 ::200:0:0:0/71 ::400:0:0:0/70 ::800:0:0:0/69 " +
			"::1000:0:0:0/68 ::2000:0:0:0/67 ::4000:0:0:0/66 ::8000:0:0:0/65 0:0:0:1::/128"},
	} {
		r := rng(t, tt.text)
		check(t, tt.want, strings.Join(strs(slices.Collect(r.Prefixes())), " "))
		checkCover(t, r)
	}
	for text, want := range map[string]int{"0.0.0.1-255.255.255.254": 62, "::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe": 254} {
		if n := len(slices.Collect(rng(t, text).Prefixes())); n != want {
			t.Errorf("%d networks for %s, want %d", n, text, want)
		}
	}
}

func TestAddrs(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.254-192.0.3.1":                       "192.0.2.254 192.0.2.255 192.0.3.0 192.0.3.1",
		"255.255.255.254/31":                          "255.255.255.254 255.255.255.255",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"::fffe:ffff:ffff-::ffff:0:1":                 "::fffe:ffff:ffff ::ffff:0.0.0.0 ::ffff:0.0.0.1",
	} {
		var got []string
		for a := range rng(t, text).Addrs() {
			got = append(got, a.String())
		}
		check(t, want, strings.Join(got, " "))
	}
}

func TestNew(t *testing.T) {
	a := netip.MustParseAddr
	for _, tt := range []struct {
		first, last netip.Addr
		want        error
	}{
		{a("::1"), a("::1"), nil},
		{a("::2"), a("::1"), ErrEmpty},
		{a("1.1.1.1"), a("::1"), ErrFamily},
		{a("1.1.1.1"), a("::ffff:1.1.1.1"), ErrFamily},
		{a("fe80::%1"), a("fe80::1"), ErrZone},
		{netip.Addr{}, a("::1"), ErrZone},
		{a("::1"), netip.Addr{}, ErrZone},
	} {
		if _, err := New(tt.first, tt.last); err != tt.want {
			t.Errorf("%v-%v: %v, want %v", tt.first, tt.last, err, tt.want)
		}
	}
	check(t, Range{}, FromPrefix(netip.Prefix{}))
	check(t, rng(t, "fe80::/64"), FromPrefix(netip.PrefixFrom(a("fe80::1%eth0").WithZone(""), 64)))
	zero := Range{}
	if _, ok := zero.Prefix(); ok || zero.IsValid() || zero.Count() != (Count{}) || len(slices.Collect(zero.Prefixes()))+len(slices.Collect(zero.Addrs())) > 0 {
		t.Error("the zero range holds something")
	}
}

func TestCount(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1": "1", "10/8": "16777216", "0/0": "4294967296", "::1": "1", "::-::ffff:ffff:ffff:fffe": "18446744073709551615",
		"::/64": "18446744073709551616", "::-::1:0:0:0:0": "18446744073709551617", "::/0": "340282366920938463463374607431768211456",
		"2001:db8::/32": "79228162514264337593543950336",
	} {
		c := rng(t, text).Count()
		check(t, want, c.String())
		check(t, want, c.Big().String())
	}
	var sum Count
	big1 := new(big.Int)
	for range 1000 {
		sum = sum.Add(rng(t, "::/0").Count()).Add(rng(t, "::1-::8ac7:2304:89e8:0").Count())
		big1.Add(big1, rng(t, "::/0").Count().Big()).Add(big1, rng(t, "::1-::8ac7:2304:89e8:0").Count().Big())
		check(t, big1.String(), sum.String())
	}
	one, all := rng(t, "::1").Count(), rng(t, "::/0").Count()
	if one.Cmp(all) != -1 || all.Cmp(one) != 1 || one.Cmp(one) != 0 || all.Cmp(all.Add(one)) != -1 {
		t.Error("counts compare wrongly")
	}
	if _, ok := all.Uint64(); ok {
		t.Error("2^128 fits in 64 bits")
	}
	if n, ok := rng(t, "::-::ffff:ffff:ffff:fffe").Count().Uint64(); n != 1<<64-1 || !ok {
		t.Error(n, ok)
	}
}

// TestDecimal compares the digits of counts with those of math/big.
func TestDecimal(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		c := Count{random.Uint64() >> random.IntN(65), number{random.Uint64() >> random.IntN(65), random.Uint64() >> random.IntN(65)}}
		if got, want := c.String(), c.Big().String(); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
	for n := 19; n < 57; n++ {
		power, _ := new(big.Int).SetString("1"+strings.Repeat("0", n), 10)
		var b [24]byte
		power.FillBytes(b[:])
		words := [3]uint64{}
		for i, c := range b {
			words[i/8] = words[i/8]<<8 | uint64(c)
		}
		check(t, power.String(), Count{words[0], number{words[1], words[2]}}.String())
	}
}

func TestSets(t *testing.T) {
	const top4, top6 = "255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
	for _, tt := range []struct{ a, b, union, common, rest string }{
		{"", "", "", "", ""},
		{"10/8", "", "10.0.0.0-10.255.255.255", "", "10.0.0.0-10.255.255.255"},
		{"", "10/8", "10.0.0.0-10.255.255.255", "", ""},
		{"10/8", "11/8", "10.0.0.0-11.255.255.255", "", "10.0.0.0-10.255.255.255"},
		{"10/8", "10.1.0.0/16", "10.0.0.0-10.255.255.255", "10.1.0.0-10.1.255.255", "10.0.0.0-10.0.255.255 10.2.0.0-10.255.255.255"},
		{"10.1.0.0/16", "10/8", "10.0.0.0-10.255.255.255", "10.1.0.0-10.1.255.255", ""},
		{"192.0.2.0-192.0.2.9", "192.0.2.5-192.0.2.20", "192.0.2.0-192.0.2.20", "192.0.2.5-192.0.2.9", "192.0.2.0-192.0.2.4"},
		{"192.0.2.5-192.0.2.20", "192.0.2.0-192.0.2.9", "192.0.2.0-192.0.2.20", "192.0.2.5-192.0.2.9", "192.0.2.10-192.0.2.20"},
		{"0/0", "0.0.0.0 " + top4, "0.0.0.0-255.255.255.255", "0.0.0.0-0.0.0.0 255.255.255.255-255.255.255.255", "0.0.0.1-255.255.255.254"},
		{"::/0", "::/1 " + top6, "::-" + top6, "::-7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff " + top6 + "-" + top6, "8000::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"},
		{"0/0", "::/0", "0.0.0.0-255.255.255.255 ::-" + top6, "", "0.0.0.0-255.255.255.255"},
		{"::1 0.0.0.1", "::1", "0.0.0.1-0.0.0.1 ::1-::1", "::1-::1", "0.0.0.1-0.0.0.1"},
		{"255.0.0.0/8 ::", "255.0.0.0/9", "255.0.0.0-255.255.255.255 ::-::", "255.0.0.0-255.127.255.255", "255.128.0.0-255.255.255.255 ::-::"},
		{"1.0.0.0-1.0.0.9 1.0.0.20-1.0.0.29", "1.0.0.5-1.0.0.24", "1.0.0.0-1.0.0.29", "1.0.0.5-1.0.0.9 1.0.0.20-1.0.0.24", "1.0.0.0-1.0.0.4 1.0.0.25-1.0.0.29"},
	} {
		a, b := set(t, tt.a), set(t, tt.b)
		check(t, tt.union, texts(a.Union(b).Ranges()))
		check(t, tt.union, texts(b.Union(a).Ranges()))
		check(t, tt.common, texts(a.Intersect(b).Ranges()))
		check(t, tt.common, texts(b.Intersect(a).Ranges()))
		check(t, tt.rest, texts(a.Subtract(b).Ranges()))
	}
}

func TestUnion(t *testing.T) {
	ranges := []Range{rng(t, "::1"), {}, rng(t, "192.0.2.5"), rng(t, "192.0.2.0/30"), rng(t, "192.0.2.4"), {netip.MustParseAddr("::3"), netip.MustParseAddr("::2")}}
	s := Union(ranges...)
	check(t, "192.0.2.0-192.0.2.5 ::1-::1", texts(s.Ranges()))
	check(t, 2, s.Len())
	check(t, "7", s.Count().String())
	check(t, []string{"192.0.2.0/30", "192.0.2.4/31", "::1/128"}, strs(slices.Collect(s.Prefixes())))
	check(t, []string{"192.0.2.0", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "::1"}, strs(slices.Collect(s.Addrs())))
	for range s.Prefixes() {
		break // must not go on
	}
	for range s.Addrs() {
		break
	}
	for text, want := range map[string]bool{"192.0.2.0": true, "192.0.2.5": true, "192.0.2.6": false, "192.0.1.255": false,
		"::": false, "::1": true, "::2": false, "::ffff:192.0.2.0": false} {
		if got := s.Contains(netip.MustParseAddr(text)); got != want {
			t.Errorf("contains %s: %v", text, got)
		}
	}
	if s.Contains(netip.Addr{}) || (Set{}).Contains(netip.MustParseAddr("::")) {
		t.Error("contains what it can't")
	}
}

func strs[T interface{ String() string }](items []T) (out []string) {
	for _, item := range items {
		out = append(out, item.String())
	}
	return out
}

// TestBuilderMemory adds the same ranges over and over again, in descending order.
func TestBuilderMemory(t *testing.T) {
	var b Builder
	for i := range 2_000_000 {
		a := netip.AddrFrom4([4]byte{10, 0, 0, byte(255 - 2*i)})
		b.Add(Range{a, a})
		if cap(b.ranges) > 4*builderMin {
			t.Fatalf("%d ranges are kept after %d", cap(b.ranges), i)
		}
	}
	if s := b.Set(); s.Len() != 128 {
		t.Errorf("%d ranges", s.Len())
	}
}

// small is a set of the 256 addresses 10.0.0.0/24 or 10::/120, as bits.
type small [512]bool

// fuzzSet makes a set and its model of pairs of bytes and families.
func fuzzSet(data []byte) (s Set, model small) {
	var b Builder
	for ; len(data) >= 3; data = data[3:] {
		first, last, family := int(min(data[0], data[1])), int(max(data[0], data[1])), int(data[2]&1)
		b.Add(Range{fuzzAddr(family, first), fuzzAddr(family, last)})
		for i := first; i <= last; i++ {
			model[family*256+i] = true
		}
	}
	return b.Set(), model
}

// fuzzAddr is an address at the end of its family: the last one is where arithmetic could overflow.
func fuzzAddr(family, i int) netip.Addr {
	if family == 0 {
		return netip.AddrFrom4([4]byte{255, 255, 255, byte(i)})
	}
	b := netip.MustParseAddr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00").As16()
	b[15] = byte(i)
	return netip.AddrFrom16(b)
}

// FuzzSets compares sets with sets of single addresses.
func FuzzSets(f *testing.F) {
	f.Add([]byte("\x00\x10\x00\x11\x20\x00\x30\xff\x01"), []byte("\x05\x15\x00"))
	f.Add([]byte("\x00\xff\x00\x00\xff\x01"), []byte("\x05\x15\x00\x80\x80\x01"))
	f.Fuzz(func(t *testing.T, x, y []byte) {
		a, modelA := fuzzSet(x)
		b, modelB := fuzzSet(y)
		var union, common, rest small
		for i := range union {
			union[i], common[i], rest[i] = modelA[i] || modelB[i], modelA[i] && modelB[i], modelA[i] && !modelB[i]
		}
		checkSet(t, a, modelA)
		checkSet(t, a.Union(b), union)
		checkSet(t, a.Intersect(b), common)
		checkSet(t, a.Subtract(b), rest)
	})
}

func checkSet(t *testing.T, s Set, model small) {
	t.Helper()
	n := uint64(0)
	for i, in := range model {
		if in {
			n++
		}
		if s.Contains(fuzzAddr(i/256, i%256)) != in {
			t.Fatalf("%v: %d should be %v", s.Ranges(), i, in)
		}
	}
	if got, _ := s.Count().Uint64(); got != n {
		t.Fatalf("%v: %d addresses, want %d", s.Ranges(), got, n)
	}
	for i, r := range s.Ranges() {
		if !r.IsValid() {
			t.Fatalf("%v: %v", s.Ranges(), r)
		}
		if i > 0 {
			before := s.Ranges()[i-1]
			if before.Last.Compare(r.First) >= 0 || before.Last.Next() == r.First {
				t.Fatalf("%v: %v follows %v", s.Ranges(), r, before)
			}
		}
		checkCover(t, r)
	}
}

// many are n ranges in random order.
func many(n int) []Range {
	random := rand.New(rand.NewPCG(1, 2))
	ranges := make([]Range, n)
	for i := range ranges {
		first := random.Uint32()
		last := first + random.Uint32N(min(1<<10, ^first|1))
		ranges[i] = Range{number{0, uint64(first)}.addr(32), number{0, uint64(last)}.addr(32)}
	}
	return ranges
}

func BenchmarkUnion(b *testing.B) {
	ranges := many(100_000)
	for b.Loop() {
		Union(ranges...)
	}
}

func BenchmarkIntersect(b *testing.B) {
	s, t := Union(many(100_000)...), Union(many(50_000)...)
	for b.Loop() {
		s.Intersect(t)
	}
}
