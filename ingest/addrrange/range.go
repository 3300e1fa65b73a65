package addrrange

import (
	"cmp"
	"errors"
	"iter"
	"net/netip"
)

// Range is the addresses from First to Last, both included. They are of one family, without zones, and not in
// reverse order; New checks that. The zero value holds no address.
type Range struct{ First, Last netip.Addr }

// Reasons why two addresses do not make a range.
var (
	ErrEmpty  = errors.New("the last address is below the first one")
	ErrFamily = errors.New("IPv4 and IPv6 addresses do not mix")
	ErrZone   = errors.New("addresses of a range have no zone and are not empty")
)

// New makes a range of its ends. It fails with ErrEmpty, ErrFamily or ErrZone.
func New(first, last netip.Addr) (Range, error) {
	switch {
	case !first.IsValid() || !last.IsValid() || first.Zone() != "" || last.Zone() != "":
		return Range{}, ErrZone
	case first.BitLen() != last.BitLen():
		return Range{}, ErrFamily
	case last.Less(first):
		return Range{}, ErrEmpty
	}
	return Range{first, last}, nil
}

// FromPrefix is the range of a network; its host bits are ignored. It is empty if p is not valid.
func FromPrefix(p netip.Prefix) Range {
	if !p.IsValid() {
		return Range{}
	}
	return network(p.Addr().WithZone(""), p.Bits())
}

// network is the network of length bits around an address.
func network(a netip.Addr, length int) Range {
	n, hosts := toNumber(a), lowBits(a.BitLen()-length)
	n.hi &^= hosts.hi
	n.lo &^= hosts.lo
	return Range{n.addr(a.BitLen()), n.add(hosts).addr(a.BitLen())}
}

// IsValid tells whether the range holds an address.
func (r Range) IsValid() bool {
	_, err := New(r.First, r.Last)
	return err == nil
}

// Compare orders ranges by first, then by last address, IPv4 before IPv6.
func (r Range) Compare(s Range) int {
	return cmp.Or(r.First.Compare(s.First), r.Last.Compare(s.Last))
}

// Contains tells whether an address is in the range.
func (r Range) Contains(a netip.Addr) bool {
	return r.First.Compare(a) <= 0 && a.Compare(r.Last) <= 0 && a.BitLen() == r.First.BitLen()
}

// Overlaps tells whether the ranges have an address in common.
func (r Range) Overlaps(s Range) bool {
	return r.First.Compare(s.Last) <= 0 && s.First.Compare(r.Last) <= 0
}

// Count is the number of addresses.
func (r Range) Count() Count {
	if !r.First.IsValid() {
		return Count{}
	}
	return Count{n: toNumber(r.Last).sub(toNumber(r.First))}.Add(Count{n: number{0, 1}})
}

// Prefix returns the network that has exactly these addresses, if there is one.
func (r Range) Prefix() (netip.Prefix, bool) {
	if !r.First.IsValid() {
		return netip.Prefix{}, false
	}
	p := firstPrefix(toNumber(r.First), toNumber(r.Last), r.First.BitLen())
	return netip.PrefixFrom(r.First, p.length), p.last == toNumber(r.Last)
}

// prefix is the length and the last address of a network.
type prefix struct {
	length int
	last   number
}

// firstPrefix is the largest network that starts at first and does not go beyond last.
func firstPrefix(first, last number, width int) prefix {
	hosts := last.sub(first).len() // 2^hosts > last - first
	if last.sub(first) != lowBits(hosts) {
		hosts-- // 2^hosts - 1 <= last - first
	}
	if !first.isZero() {
		hosts = min(hosts, first.trailingZeros())
	}
	return prefix{width - hosts, first.add(lowBits(hosts))}
}

// Prefixes is the smallest list of networks that has exactly these addresses, in ascending order: at most 62
// for IPv4, 254 for IPv6.
func (r Range) Prefixes() iter.Seq[netip.Prefix] {
	return func(yield func(netip.Prefix) bool) {
		if !r.First.IsValid() {
			return
		}
		first, last, width := toNumber(r.First), toNumber(r.Last), r.First.BitLen()
		for {
			p := firstPrefix(first, last, width)
			if !yield(netip.PrefixFrom(first.addr(width), p.length)) || p.last == last {
				return
			}
			first = p.last.add(number{0, 1})
		}
	}
}

// Addrs is every address, in ascending order.
func (r Range) Addrs() iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		for a := r.First; a.IsValid() && yield(a) && a != r.Last; a = a.Next() {
		}
	}
}

// String returns FIRST-LAST.
func (r Range) String() string { return string(r.Append(nil)) }

// Append appends FIRST-LAST.
func (r Range) Append(dst []byte) []byte {
	dst = append(r.First.AppendTo(dst), '-')
	return r.Last.AppendTo(dst)
}
