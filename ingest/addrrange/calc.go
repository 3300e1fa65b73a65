package addrrange

import (
	"bytes"
	"io"
	"net/netip"
	"strings"
)

// Calc writes the line or lines that the address calculator has for each of its arguments:
//
//	192.0.2.0/24             first and last address: 192.0.2.0-192.0.2.255
//	192.0.2.0-192.0.2.10     the networks of a range, one per line; its ends may be decimal integers
//	3221225985               the address of a decimal integer
//	192.0.2.1                the decimal integer of an address
//
// "A - B" may be three arguments. An integer below 2^32 is an IPv4 address, unless the other end of its range is
// written as an IPv6 address. Calc stops at the first argument that is not valid; what belongs to those before
// it was written.
func Calc(w io.Writer, args []string) error {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if len(args) >= 2 && args[0] == "-" {
			arg += "-" + args[1]
			args = args[2:]
		}
		if err := calcArg(w, strings.Trim(arg, blanks)); err != nil {
			return err
		}
	}
	return nil
}

// calcArg writes the result of one argument.
func calcArg(w io.Writer, arg string) error {
	var out []byte
	switch {
	case strings.Contains(arg, "/"):
		r, err := ParseNetwork(arg)
		if err != nil {
			return err
		}
		out = r.Append(nil)
	case strings.Contains(arg, "-"):
		r, err := parseCalcRange(arg)
		if err != nil {
			return err
		}
		for p := range r.Prefixes() {
			out = append(p.AppendTo(out), '\n')
		}
		out = bytes.TrimSuffix(out, []byte("\n"))
	case isDigits(arg):
		a, err := FromInt(arg)
		if err != nil {
			return err
		}
		out = a.AppendTo(nil)
	default:
		a, err := ParseAddr(arg)
		if err != nil {
			return err
		}
		out = AppendInt(nil, a)
	}
	_, err := w.Write(append(out, '\n'))
	return err
}

// parseCalcRange reads A-B; A and B may be decimal integers.
func parseCalcRange(s string) (Range, error) {
	first, last, _ := strings.Cut(s, "-")
	first, last = strings.TrimRight(first, blanks), strings.TrimLeft(last, blanks)
	parse := ParseAddrOrInt
	if strings.Contains(s, ":") {
		parse = parseIPv6OrInt
	}
	return parseRange(first, last, parse)
}

// parseIPv6OrInt is ParseAddrOrInt for an integer that is an IPv6 address however small it is.
func parseIPv6OrInt(s string) (netip.Addr, error) {
	if isDigits(s) {
		if n, ok := parseNumber(s); ok {
			return n.addr(128), nil
		}
	}
	return ParseAddr(s)
}
