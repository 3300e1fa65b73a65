package netrange

import (
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
)

// ParseAddr reads an address: IPv4 by the rules of inet_aton (one to four numbers, decimal, octal with a leading 0
// or hexadecimal with 0x, the last one filling what is left: 10.1 is 10.0.0.1, 3221225985 is 192.0.2.1), else IPv6
// text. IPv4-mapped IPv6 text is an IPv4 address. Zones are errors.
func ParseAddr(s string) (netip.Addr, error) {
	if a, ok := parseQuad(s); ok {
		return a, nil
	}
	if a, ok := atonAddr(s); ok {
		return a, nil
	}
	if a, err := netip.ParseAddr(s); err == nil && a.Is6() && a.Zone() == "" {
		return a.Unmap(), nil
	}
	return netip.Addr{}, fmt.Errorf("invalid IP address %q: write it like 192.0.2.1 or 2001:db8::1", shorten(s))
}

// parseQuad is the quick way for plain dotted quads.
func parseQuad(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	return a, err == nil && a.Is4()
}

func atonAddr(s string) (netip.Addr, bool) {
	if len(s) > 64 {
		return netip.Addr{}, false
	}
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var sum uint64
	for i, p := range parts {
		n, ok := atonNumber(p)
		if !ok {
			return netip.Addr{}, false
		}
		if i < len(parts)-1 {
			if n > 255 {
				return netip.Addr{}, false
			}
			sum |= n << (24 - 8*i)
			continue
		}
		if n>>(32-8*i) != 0 {
			return netip.Addr{}, false
		}
		sum |= n
	}
	return addr4(uint32(sum)), true
}

func atonNumber(s string) (uint64, bool) {
	base := 10
	switch {
	case len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'):
		s, base = s[2:], 16
	case len(s) > 1 && s[0] == '0':
		s, base = s[1:], 8
	}
	if s == "" || s[0] == '+' || s[0] == '-' {
		return 0, false
	}
	n, err := strconv.ParseUint(s, base, 64)
	return n, err == nil
}

// FromDecimal reads the decimal number of an address: below 2^32 it is an IPv4 address, else an IPv6 address.
func FromDecimal(s string) (netip.Addr, error) {
	if len(s) > 0 && len(s) <= 39 && strings.Trim(s, "0123456789") == "" {
		n, _ := new(big.Int).SetString(s, 10)
		if n.BitLen() <= 32 {
			return addr4(uint32(n.Uint64())), nil
		}
		if n.BitLen() <= 128 {
			var b [16]byte
			n.FillBytes(b[:])
			return netip.AddrFrom16(b), nil
		}
	}
	return netip.Addr{}, fmt.Errorf("invalid address number %q: want a decimal number below 2^128", shorten(s))
}

// Decimal is the number of an address: 32 bits for IPv4, 128 bits for IPv6.
func Decimal(a netip.Addr) string {
	if a.Is4() {
		b := a.As4()
		return strconv.FormatUint(uint64(b[0])<<24|uint64(b[1])<<16|uint64(b[2])<<8|uint64(b[3]), 10)
	}
	b := a.As16()
	return new(big.Int).SetBytes(b[:]).String()
}

// ParseNetwork reads addr/length, addr/mask (IPv4) or a single address; the host's bits are ignored. IPv4 networks
// may leave out octets at the end, which are 0: 10/8, 198.51.100/24.
func ParseNetwork(s string) (Range, error) {
	base, suffix, cut := strings.Cut(s, "/")
	if !cut {
		a, err := ParseAddr(s)
		return Range{a, a}, err
	}
	a, err := networkBase(base)
	if err != nil {
		return Range{}, networkError(s, err)
	}
	bits, err := prefixLength(suffix, a)
	if err != nil {
		return Range{}, networkError(s, err)
	}
	return FromPrefix(netip.PrefixFrom(a, bits)), nil
}

func networkError(s string, err error) error {
	return fmt.Errorf("invalid network '%s' (%w)", shorten(s), err)
}

func networkBase(s string) (netip.Addr, error) {
	full := s
	if !strings.Contains(s, ":") {
		if n := strings.Count(s, "."); n < 3 {
			full += strings.Repeat(".0", 3-n)
		}
	}
	a, err := netip.ParseAddr(full)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, fmt.Errorf("'%s' is no address", shorten(s))
	}
	return a, nil
}

func prefixLength(s string, base netip.Addr) (int, error) {
	if strings.Contains(s, ".") && base.Is4() {
		m, err := netip.ParseAddr(s)
		if err != nil || !m.Is4() {
			return 0, fmt.Errorf("'%s' is no mask", shorten(s))
		}
		v := num4(m)
		bits := 0
		for v&(1<<31) != 0 {
			v <<= 1
			bits++
		}
		if v != 0 {
			return 0, fmt.Errorf("mask %s has holes", s)
		}
		return bits, nil
	}
	n, err := strconv.ParseUint(s, 10, 8)
	if err != nil || int(n) > base.BitLen() {
		return 0, fmt.Errorf("want a length from 0 to %d after the /", base.BitLen())
	}
	return int(n), nil
}

// ErrReversed and ErrFamilies say what is wrong with the ends of a range.
var (
	ErrReversed = errors.New("empty (stop < start)")
	ErrFamilies = errors.New("one end is IPv4, the other IPv6")
)

// ParseRange reads both ends of a range, as ParseAddr does.
func ParseRange(first, last string) (Range, error) {
	a, err := ParseAddr(first)
	if err != nil {
		return Range{}, fmt.Errorf("invalid range '%s'-'%s' (%s)", shorten(first), shorten(last), shorten(first))
	}
	b, err := ParseAddr(last)
	if err != nil {
		return Range{}, fmt.Errorf("invalid range '%s'-'%s' (%s)", shorten(first), shorten(last), shorten(last))
	}
	return New(a, b)
}

// shorten keeps messages readable when the input is not.
func shorten(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "..."
	}
	return s
}
