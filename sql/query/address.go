package query

import (
	"encoding/binary"
	"math/big"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	"ivre/sql/tree"
)

// parseAddress reads an IPv4 or IPv6 address, or an IPv4 address as a decimal number. Zones are dropped.
func parseAddress(s string) (netip.Addr, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.WithZone("").Unmap(), nil
	}
	if n, err := strconv.ParseUint(s, 10, 32); err == nil {
		return fromUint32(uint32(n)), nil
	}
	return netip.Addr{}, fail("%q is not an IP address", shorten(s, 60))
}

func fromUint32(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

// parseInteger reads an address as an integer: below 2^32 it is an IPv4 one.
func parseInteger(s string) (netip.Addr, error) {
	n, ok := new(big.Int), len(s) <= 39 // digits of 2^128
	if ok {
		_, ok = n.SetString(s, 10)
	}
	switch {
	case !ok || n.Sign() < 0 || n.BitLen() > 128:
		return netip.Addr{}, fail("%q is not an IP address", shorten(s, 60))
	case n.BitLen() <= 32:
		return fromUint32(uint32(n.Uint64())), nil
	}
	var b [16]byte
	n.FillBytes(b[:])
	return netip.AddrFrom16(b).Unmap(), nil
}

// parseNetwork reads ADDRESS/PREFIX, ADDRESS/NETMASK or ADDRESS/HOSTMASK (IPv4), with host bits or without; an IPv4
// address may lack octets. Without a mask it is that address.
func parseNetwork(s string) (tree.Range, error) {
	host, mask, hasMask := strings.Cut(s, "/")
	if dots := strings.Count(host, "."); hasMask && dots < 3 && host != "" && !strings.Contains(host, ":") {
		host += strings.Repeat(".0", 3-dots)
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return tree.Range{}, fail("%q is not a network", shorten(s, 60))
	}
	a = a.WithZone("")
	length := a.BitLen()
	if hasMask {
		if length, err = prefixLength(mask, a.Is4()); err != nil || length > a.BitLen() {
			return tree.Range{}, fail("%q is not a network: the mask is impossible", shorten(s, 60))
		}
	}
	p := netip.PrefixFrom(a, length).Masked()
	return tree.Range{From: p.Addr().Unmap(), To: lastAddress(p).Unmap()}, nil
}

// Network reads an address, or a network as words and functions take it.
func Network(s string) (tree.Range, error) { return parseNetwork(s) }

// prefixLength reads a prefix length or, for IPv4, a mask whose ones (or, in a host mask, zeros) come first.
func prefixLength(mask string, is4 bool) (int, error) {
	m, err := netip.ParseAddr(mask)
	if err != nil || !m.Is4() || !is4 {
		n, err := strconv.ParseUint(mask, 10, 8)
		return int(n), err
	}
	b := m.As4()
	n := binary.BigEndian.Uint32(b[:])
	if n != 0 && n&(1<<31) == 0 { // a host mask
		n = ^n
	}
	if ones := bits.LeadingZeros32(^n); n<<ones == 0 {
		return ones, nil
	}
	return 0, fail("%q is not a mask", mask)
}

func lastAddress(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// parseRange reads FIRST-LAST or FIRST,LAST.
func parseRange(s string) (tree.Range, error) {
	i := strings.IndexAny(s, "-,")
	if i < 0 {
		return tree.Range{}, fail("a range is two addresses, FIRST-LAST")
	}
	return rangeOf(s[:i], s[i+1:])
}

func rangeOf(first, last string) (tree.Range, error) {
	from, err := parseAddress(first)
	if err != nil {
		return tree.Range{}, err
	}
	to, err := parseAddress(last)
	return tree.Range{From: from, To: to}, err
}

// Addresses is the condition that the positional arguments of commands make: addresses (also as integers), FIRST-LAST
// ranges and networks, any of them. It is nil if there are none. It is meant for records that have an address: scans,
// view and passive.
func Addresses(items []string) (tree.Cond, error) {
	var any tree.Or
	for _, s := range items {
		v, err := addressOrRange(s)
		if err != nil {
			return nil, fail("Invalid IP address ['%s']!", shorten(s, 60))
		}
		any = append(any, match("addr", v))
	}
	switch len(any) {
	case 0:
		return nil, nil
	case 1:
		return any[0], nil
	}
	return any, nil
}

func addressOrRange(s string) (tree.Value, error) {
	switch {
	case strings.Contains(s, "-"):
		return parseRange(s)
	case strings.Contains(s, "/"):
		return parseNetwork(s)
	case strings.Trim(s, "0123456789") == "":
		a, err := parseInteger(s)
		return tree.Addr(a), err
	}
	a, err := parseAddress(s)
	return tree.Addr(a), err
}
