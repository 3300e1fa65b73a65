package query

import (
	"encoding/binary"
	"math/big"
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
	return netip.Addr{}, fail(s, "invalid IP address")
}

func fromUint32(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

// parseInteger reads an address as an integer: below 2^32 it is an IPv4 one.
func parseInteger(s string) (netip.Addr, error) {
	n, ok := new(big.Int).SetString(s, 10)
	if !ok || n.Sign() < 0 || n.BitLen() > 128 {
		return netip.Addr{}, fail(s, "invalid IP address")
	}
	if n.BitLen() <= 32 {
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
	if hasMask && strings.Count(host, ".") < 3 && !strings.Contains(host, ":") && host != "" {
		host += strings.Repeat(".0", 3-strings.Count(host, "."))
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return tree.Range{}, fail(s, "invalid network")
	}
	a = a.WithZone("") // an IPv4-mapped address keeps its form: its mask counts 128 bits
	bits := a.BitLen()
	if hasMask {
		if bits, err = prefixLength(mask, a.Is4()); err != nil || bits > a.BitLen() {
			return tree.Range{}, fail(s, "invalid network")
		}
	}
	p := netip.PrefixFrom(a, bits).Masked()
	return tree.Range{From: p.Addr().Unmap(), To: last(p).Unmap()}, nil
}

func prefixLength(mask string, is4 bool) (int, error) {
	if m, err := netip.ParseAddr(mask); err == nil && m.Is4() && is4 {
		b := m.As4()
		n := binary.BigEndian.Uint32(b[:])
		for i := 0; i <= 32; i++ {
			net := ^uint32(0)
			if i < 32 {
				net = ^(^uint32(0) >> i)
			}
			if n == net || n == ^net && i > 0 && i < 32 {
				return i, nil
			}
		}
		return 0, fail(mask, "invalid mask")
	}
	n, err := strconv.ParseUint(mask, 10, 8)
	return int(n), err
}

func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// parseRange reads two addresses.
func parseRange(s string) (tree.Range, error) {
	i := strings.IndexAny(s, "-,")
	if i < 0 {
		return tree.Range{}, fail(s, "a range is two addresses, A-B")
	}
	from, err := parseAddress(s[:i])
	if err != nil {
		return tree.Range{}, err
	}
	to, err := parseAddress(s[i+1:])
	return tree.Range{From: from, To: to}, err
}

// Addresses is the condition that the positional arguments of commands make: addresses, A-B ranges, networks, and
// addresses as integers, any of them. nil if there are none.
func Addresses(items []string) (tree.Cond, error) {
	var any tree.Or
	for _, s := range items {
		var c tree.Cond
		var err error
		switch {
		case strings.Contains(s, "-"):
			var r tree.Range
			r, err = parseRange(s)
			c = inRange(r, false)
		case strings.Contains(s, "/"):
			var r tree.Range
			r, err = parseNetwork(s)
			c = inRange(r, false)
		case strings.Trim(s, "0123456789") == "" && s != "":
			var a netip.Addr
			a, err = parseInteger(s)
			c = isHost(a, false)
		default:
			var a netip.Addr
			a, err = parseAddress(s)
			c = isHost(a, false)
		}
		if err != nil {
			return nil, fail("", "Invalid IP address ['%s']!", s)
		}
		any = append(any, c)
	}
	if any == nil {
		return nil, nil
	}
	return any, nil
}

// isHost: a record without an address satisfies the negation.
func isHost(a netip.Addr, neg bool) tree.Cond {
	return negate(tree.Test{Field: "addr", Op: tree.Eq, Value: tree.Addr(a)}, neg)
}

// inRange: the address has to be there for the negation, too.
func inRange(r tree.Range, neg bool) tree.Cond {
	c := tree.Cond(tree.Test{Field: "addr", Op: tree.In, Value: r})
	if neg {
		c = tree.And{tree.Exists{Field: "addr"}, tree.Not{Cond: c}}
	}
	return c
}

var allIPv4 = tree.Range{From: netip.AddrFrom4([4]byte{}), To: netip.AddrFrom4([4]byte{255, 255, 255, 255})}

func negate(c tree.Cond, neg bool) tree.Cond {
	if neg {
		return tree.Not{Cond: c}
	}
	return c
}
