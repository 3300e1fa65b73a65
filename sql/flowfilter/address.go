package flowfilter

import (
	"fmt"
	"math/big"
	"net/netip"
	"strconv"
	"strings"

	"ivre/sql/tree"
)

// ParseAddr reads an IP address: IPv4, IPv6, or IPv4 in one of the short forms with two or three parts
// (10.1.2 is 10.1.0.2). IPv6-mapped IPv4 addresses become IPv4.
func ParseAddr(s string) (netip.Addr, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return a.Unmap(), nil
	}
	if a, ok := shortAddr(s); ok {
		return a, nil
	}
	return netip.Addr{}, fmt.Errorf("%q is not an IP address", s)
}

// shortAddr reads a.b and a.b.c, the last part of which fills the remaining bytes.
func shortAddr(s string) (netip.Addr, bool) {
	parts := strings.Split(s, ".")
	if len(parts) < 2 || len(parts) > 3 {
		return netip.Addr{}, false
	}
	var v uint64
	for i, part := range parts {
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (5 - len(parts))
		}
		if len(part) > 1 && part[0] == '0' || strings.Trim(part, "0123456789") != "" {
			return netip.Addr{}, false
		}
		n, err := strconv.ParseUint(part, 10, bits)
		if err != nil {
			return netip.Addr{}, false
		}
		v = v<<bits | n
	}
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}), true
}

// parseNetwork reads address/length or, for IPv4, address/mask, where an IPv4 address may lack its last
// parts and bits behind the length are ignored; or a single address.
func parseNetwork(s string) (tree.Range, error) {
	base, mask, ok := strings.Cut(s, "/")
	if !ok {
		a, err := netip.ParseAddr(s)
		if err != nil || a.Zone() != "" {
			return tree.Range{}, fmt.Errorf("%q is not a network (address/length, such as 192.0.2.0/24) or an IP address", s)
		}
		return tree.Range{From: a.Unmap(), To: a.Unmap()}, nil
	}
	a, err := netip.ParseAddr(base)
	if err != nil {
		a, err = netip.ParseAddr(completed(base))
	}
	if err != nil || a.Zone() != "" {
		return tree.Range{}, fmt.Errorf("%q is not an address or the start of one, in the network %q", base, s)
	}
	bits, ok := maskLength(mask, a)
	if !ok {
		return tree.Range{}, fmt.Errorf("%q is not a prefix length or netmask, in the network %q", mask, s)
	}
	p := netip.PrefixFrom(a, bits).Masked()
	return tree.Range{From: p.Addr(), To: lastAddr(p)}, nil
}

// completed adds the missing parts of an IPv4 address.
func completed(s string) string {
	s = strings.TrimSuffix(s, ".")
	if n := strings.Count(s, "."); n < 3 {
		s += strings.Repeat(".0", 3-n)
	}
	return s
}

func maskLength(mask string, a netip.Addr) (bits int, ok bool) {
	if n, err := strconv.ParseUint(mask, 10, 8); err == nil && mask[0] != '+' {
		return int(n), int(n) <= a.BitLen()
	}
	m, err := netip.ParseAddr(mask)
	if err != nil || !m.Is4() || !a.Is4() {
		return 0, false
	}
	b := m.As4()
	v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	for v&0x80000000 != 0 {
		v <<= 1
		bits++
	}
	return bits, v == 0
}

func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// addrValue turns the right side of an equality into an address or, as an addition to the language of
// the reference, a network.
func addrValue(v any) (tree.Value, error) {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, "/") {
			r, err := parseNetwork(v)
			return r, err
		}
		a, err := ParseAddr(v)
		return tree.Addr(a), err
	case *big.Int:
		if v.Sign() >= 0 && v.BitLen() <= 128 {
			return tree.Addr(netip.AddrFrom16([16]byte(v.FillBytes(make([]byte, 16)))).Unmap()), nil
		}
	}
	return nil, fmt.Errorf("%s is not an IP address", show(v))
}

// show writes a value that is no text for an error message.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return strconv.Quote(v)
	case *big.Int:
		if v.BitLen() > 256 {
			return "this number"
		}
		return v.String()
	case []any:
		return "a list"
	}
	return fmt.Sprint(v)
}
