package netrange

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math/big"
	"math/bits"
	"net/netip"
	"slices"
)

// Range is all addresses from First to Last, both included, of one family, First not after Last.
type Range struct{ First, Last netip.Addr }

// New checks both ends of a range. IPv4-mapped addresses are unmapped.
func New(first, last netip.Addr) (Range, error) {
	r := Range{first.Unmap().WithZone(""), last.Unmap().WithZone("")}
	switch {
	case !first.IsValid() || !last.IsValid():
		return Range{}, errors.New("a range needs two addresses")
	case r.First.BitLen() != r.Last.BitLen():
		return Range{}, fmt.Errorf("invalid range '%s'-'%s': %w", first, last, ErrFamilies)
	case r.Last.Less(r.First):
		return Range{}, fmt.Errorf("range '%s'-'%s' is %w", first, last, ErrReversed)
	}
	return r, nil
}

// FromPrefix is the range of a prefix.
func FromPrefix(p netip.Prefix) Range {
	p = p.Masked()
	if !p.IsValid() {
		return Range{}
	}
	if p.Addr().Is4() {
		host := uint32(uint64(1)<<(32-p.Bits()) - 1)
		return Range{p.Addr(), addr4(num4(p.Addr()) | host)}
	}
	n := num6(p.Addr())
	mask := maskOf(128 - p.Bits())
	return normal(Range{p.Addr(), addr6(n.or(mask))})
}

// normal unmaps ranges that lie within the IPv4-mapped addresses.
func normal(r Range) Range {
	if r.First.Is4In6() && r.Last.Is4In6() {
		return Range{r.First.Unmap(), r.Last.Unmap()}
	}
	return r
}

// Contains tells whether an address, of the same family, is in the range.
func (r Range) Contains(a netip.Addr) bool {
	return a.BitLen() == r.First.BitLen() && !a.Less(r.First) && !r.Last.Less(a)
}

// String is "first-last".
func (r Range) String() string { return r.First.String() + "-" + r.Last.String() }

// Count is the number of addresses.
func (r Range) Count() *big.Int {
	if !r.First.IsValid() {
		return new(big.Int)
	}
	n := num6(r.Last).sub(num6(r.First))
	out := new(big.Int).SetUint64(n.hi)
	out.Lsh(out, 64).Add(out, new(big.Int).SetUint64(n.lo))
	return out.Add(out, big.NewInt(1))
}

// Prefixes is the shortest list of prefixes that make up the range, in ascending order.
func (r Range) Prefixes() iter.Seq[netip.Prefix] {
	return func(yield func(netip.Prefix) bool) {
		if !r.First.IsValid() {
			return
		}
		width := r.First.BitLen()
		n, last := num6(r.First), num6(r.Last) // IPv4 is mapped: only the low 32 bits change
		for {
			size := min(n.trailingZeros(), width)
			for size > 0 && last.less(n.or(maskOf(size))) {
				size--
			}
			a := addr6(n)
			if width == 32 {
				a = a.Unmap()
			}
			if !yield(netip.PrefixFrom(a, width-size)) {
				return
			}
			end := n.or(maskOf(size))
			if !end.less(last) {
				return
			}
			n = end.next()
		}
	}
}

// Addrs is every address, in ascending order.
func (r Range) Addrs() iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		if !r.First.IsValid() {
			return
		}
		for a := r.First; yield(a) && a != r.Last; a = a.Next() {
		}
	}
}

// Touches tells whether b, which does not start before r, overlaps r or follows it directly.
func (r Range) Touches(b Range) bool {
	if r.First.BitLen() != b.First.BitLen() {
		return false
	}
	next := r.Last.Next()
	return !next.IsValid() || !next.Less(b.First)
}

// Union sorts ranges, IPv4 first, and joins those that overlap or touch. The argument is left as it is.
func Union(ranges []Range) []Range {
	sorted := slices.Clone(ranges)
	slices.SortFunc(sorted, func(a, b Range) int { return a.First.Compare(b.First) })
	out := sorted[:0]
	for _, r := range sorted {
		if n := len(out); n > 0 && out[n-1].Touches(r) {
			if out[n-1].Last.Less(r.Last) {
				out[n-1].Last = r.Last
			}
			continue
		}
		out = append(out, r)
	}
	return out
}

// Joined joins neighbours of a sorted sequence as Union does, without keeping it in memory.
func Joined(ranges iter.Seq[Range]) iter.Seq[Range] {
	return func(yield func(Range) bool) {
		var cur Range
		for r := range ranges {
			switch {
			case !cur.First.IsValid():
				cur = r
			case cur.Touches(r):
				if cur.Last.Less(r.Last) {
					cur.Last = r.Last
				}
			case !yield(cur):
				return
			default:
				cur = r
			}
		}
		if cur.First.IsValid() {
			yield(cur)
		}
	}
}

// num is a number of 128 bits.
type num struct{ hi, lo uint64 }

func num6(a netip.Addr) num {
	b := a.As16()
	return num{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

func addr6(n num) netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], n.hi)
	binary.BigEndian.PutUint64(b[8:], n.lo)
	return netip.AddrFrom16(b)
}

func num4(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

func addr4(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

// maskOf has the lowest n bits set, 0 <= n <= 128.
func maskOf(n int) num {
	if n >= 64 {
		return num{1<<(n-64) - 1, ^uint64(0)}
	}
	return num{0, 1<<n - 1}
}

func (n num) or(m num) num    { return num{n.hi | m.hi, n.lo | m.lo} }
func (n num) less(m num) bool { return n.hi < m.hi || n.hi == m.hi && n.lo < m.lo }

func (n num) sub(m num) num {
	lo, borrow := bits.Sub64(n.lo, m.lo, 0)
	hi, _ := bits.Sub64(n.hi, m.hi, borrow)
	return num{hi, lo}
}

func (n num) next() num {
	lo, carry := bits.Add64(n.lo, 1, 0)
	return num{n.hi + carry, lo}
}

func (n num) trailingZeros() int {
	if n.lo != 0 {
		return bits.TrailingZeros64(n.lo)
	}
	return 64 + bits.TrailingZeros64(n.hi)
}
