package addrrange

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// AddrError says that a text is no address.
type AddrError struct{ Text string }

func (e *AddrError) Error() string { return "invalid address " + quote(e.Text) }

// EmptyError says that a range ends before it begins.
type EmptyError struct{ First, Last string }

func (e *EmptyError) Error() string {
	return fmt.Sprintf("range %s-%s is empty (stop < start)", quote(e.First), quote(e.Last))
}

// Unwrap is ErrEmpty.
func (e *EmptyError) Unwrap() error { return ErrEmpty }

// reason is how an error is mentioned in the parentheses of another one: a bad address by its text alone.
func reason(err error) string {
	if bad, ok := errors.AsType[*AddrError](err); ok {
		return printable(bad.Text)
	}
	return err.Error()
}

// maxQuoted is how much of a text messages show, in bytes.
const maxQuoted = 200

// printable is a text without line breaks and control characters, cut if it is long.
func printable(s string) string {
	if len(s) > maxQuoted {
		s = s[:maxQuoted] + "..."
	}
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

// quote puts a text in quotes: single ones, or double ones if it has single ones only.
func quote(s string) string {
	s = printable(s)
	if strings.Contains(s, "'") {
		if !strings.Contains(s, `"`) {
			return `"` + s + `"`
		}
		s = strings.ReplaceAll(s, "'", `\'`)
	}
	return "'" + s + "'"
}

// ParseAddr reads an address: four decimal numbers without leading zeros (the short, octal and hexadecimal
// forms of inet_aton are not accepted), or an IPv6 address without zone (RFC 4291), which stays one if it is
// IPv4-mapped. The error is an *AddrError.
func ParseAddr(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, &AddrError{s}
	}
	return a, nil
}

// ParseAddrOrInt reads what ParseAddr and FromInt read.
func ParseAddrOrInt(s string) (netip.Addr, error) {
	if isDigits(s) {
		return FromInt(s)
	}
	return ParseAddr(s)
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// ParseRange reads the two addresses of a range. The error is an *EmptyError if they are reversed.
func ParseRange(first, last string) (Range, error) { return parseRange(first, last, ParseAddr) }

func parseRange(first, last string, parse func(string) (netip.Addr, error)) (Range, error) {
	a, err := parse(first)
	if err != nil {
		return Range{}, rangeError(first, last, err)
	}
	b, err := parse(last)
	if err != nil {
		return Range{}, rangeError(first, last, err)
	}
	return rangeOf(a, b, first, last)
}

// rangeOf makes the range of two addresses, which were written as the texts.
func rangeOf(a, b netip.Addr, first, last string) (Range, error) {
	r, err := New(a, b)
	switch err {
	case nil:
		return r, nil
	case ErrEmpty:
		return r, &EmptyError{first, last}
	}
	return r, rangeError(first, last, err)
}

// rangeText is the error of a range; its message has the two texts and the reason.
type rangeText struct {
	first, last string
	err         error
}

func (e *rangeText) Error() string {
	return fmt.Sprintf("invalid range %s-%s (%s)", quote(e.first), quote(e.last), reason(e.err))
}

func (e *rangeText) Unwrap() error { return e.err }

func rangeError(first, last string, err error) error { return &rangeText{first, last, err} }

// ParseNetwork reads a network: ADDRESS/LENGTH, ADDRESS/MASK (IPv4), or an address alone, which is a network of
// one address. Host bits are ignored. Octets at the end of an IPv4 address may be missing: 10/8, 198.51.100/24.
func ParseNetwork(s string) (Range, error) {
	base, mask, found := strings.Cut(s, "/")
	if !found {
		a, err := ParseAddr(s)
		if err != nil {
			return Range{}, &networkError{s, err}
		}
		return Range{a, a}, nil
	}
	a, err := parseBase(base)
	if err != nil {
		return Range{}, &networkError{s, err}
	}
	length, err := parseMask(mask, a)
	if err != nil {
		return Range{}, &networkError{s, err}
	}
	return network(a, length), nil
}

// networkError is the error of a network.
type networkError struct {
	text string
	err  error
}

func (e *networkError) Error() string {
	return fmt.Sprintf("invalid network %s (%s)", quote(e.text), reason(e.err))
}

func (e *networkError) Unwrap() error { return e.err }

// parseBase reads the address of a network.
func parseBase(s string) (netip.Addr, error) {
	if strings.Contains(s, ":") || strings.Count(s, ".") >= 3 {
		return ParseAddr(s)
	}
	var octets [4]byte
	rest := s
	for i := 0; ; i++ {
		octet, tail, more := strings.Cut(rest, ".")
		n, err := strconv.ParseUint(octet, 10, 8)
		if err != nil || octet[0] == '0' && len(octet) > 1 {
			return netip.Addr{}, &AddrError{s}
		}
		octets[i] = byte(n)
		if !more {
			return netip.AddrFrom4(octets), nil
		}
		rest = tail
	}
}

// parseMask reads the length of a network around a, or its mask.
func parseMask(s string, a netip.Addr) (int, error) {
	if n, err := strconv.ParseUint(s, 10, 16); err == nil {
		if n > uint64(a.BitLen()) {
			return 0, fmt.Errorf("a prefix length of 0 to %d is expected, not %d", a.BitLen(), n)
		}
		return int(n), nil
	}
	mask, err := ParseAddr(s)
	if err != nil || !mask.Is4() || !a.Is4() {
		return 0, fmt.Errorf("%s is neither a prefix length nor an IPv4 mask", quote(s))
	}
	n := toNumber(mask)
	length := 32 - n.trailingZeros()
	if n.isZero() {
		length = 0
	}
	if ones := lowBits(32).sub(lowBits(32 - length)); n != ones {
		return 0, fmt.Errorf("the bits of the mask %s are not contiguous", s)
	}
	return length, nil
}

// Parse reads a range in any form: FIRST-LAST with blanks around the hyphen or not, a network or an address.
func Parse(s string) (Range, error) {
	s = strings.Trim(s, blanks)
	if first, last, found := strings.Cut(s, "-"); found {
		return ParseRange(strings.TrimRight(first, blanks), strings.TrimLeft(last, blanks))
	}
	if strings.Contains(s, "/") {
		return ParseNetwork(s)
	}
	a, err := ParseAddr(s)
	return Range{a, a}, err
}

// blanks is the white space around the parts of a line.
const blanks = " \t\r\n\v\f"
