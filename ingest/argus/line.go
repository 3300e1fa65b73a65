package argus

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"ivre/ingest/flow"
)

// Skipped is returned by ParseLine for a line that is no flow and should not be one.
type Skipped string

func (s Skipped) Error() string { return string(s) }

// The reasons of ParseLine to skip a line.
const (
	Management Skipped = "Argus management record"
	NotIP      Skipped = "Argus record of a protocol other than IP and ARP"
	Titles     Skipped = "titles of the columns"
)

// columns are the columns of a line, by their names as fields of ra.
const (
	colProto = iota
	colDir
	colSaddr
	colSport
	colDaddr
	colDport
	colSpkts
	colDpkts
	colSbytes
	colDbytes
	colStime
	colLtime
	columns
)

// fields are the arguments of ra's option -s that give these columns, wide enough that no value is cut.
var fields = []string{
	"proto:24", "dir:8", "saddr:48", "sport:12", "daddr:48", "dport:12",
	"spkts:24", "dpkts:24", "sbytes:24", "dbytes:24", "stime:32", "ltime:32",
}

const etherTypeARP = 0x0806

// ICMP types of an echo.
const (
	icmpEchoReply, icmpEcho   = 0, 8
	icmp6EchoReply, icmp6Echo = 129, 128
)

// ParseLine reads a line of twelve columns that ra prints with "-u -n -c ," (or "-nn", for numeric
// protocols) for the fields proto dir saddr sport daddr dport spkts dpkts sbytes dbytes stime ltime.
// The event is valid only without an error. An error of type Skipped says why the line is no flow.
//
// Argus decides which side is the client: src and dst are as printed. The exception are replies to an
// ICMP echo nobody asked for: they are counted as traffic from the server of that echo.
func ParseLine(line string, e *flow.Event) error {
	var col [columns]string
	if err := split(line, &col); err != nil {
		return err
	}
	proto, isIP, err := protocol(col[colProto])
	if err != nil {
		return err
	}
	if !isIP || isMAC(col[colSaddr]) {
		return NotIP
	}
	*e = flow.Event{Proto: proto, Count: 1}
	if e.Src, err = flow.ParseAddr(col[colSaddr]); err == nil {
		e.Dst, err = flow.ParseAddr(col[colDaddr])
	}
	if err != nil {
		return err
	}
	if err := counters(&col, e); err != nil {
		return err
	}
	if e.Start, err = epochMicros(col[colStime]); err != nil {
		return err
	}
	if e.End, err = epochMicros(col[colLtime]); err != nil {
		return err
	}
	if err := flow.CheckTimes(e.Start, e.End); err != nil {
		return err
	}
	return ends(&col, e)
}

// split cuts a line into its columns without the blanks around them.
func split(line string, col *[columns]string) error {
	n := 0
	for part := range strings.SplitSeq(line, ",") {
		if n < columns {
			col[n] = strings.TrimSpace(part)
		}
		n++
	}
	if n != columns {
		return fmt.Errorf("%d columns instead of %d", n, columns)
	}
	return nil
}

// protocol returns the name of a protocol that is printed as a number or in the spelling of ra, and
// whether it is one of IP or ARP. Numbers above those of IP are Ethernet types.
func protocol(s string) (name string, isIP bool, err error) {
	if n, err := strconv.ParseUint(s, 10, 16); err == nil {
		switch {
		case n < 256:
			return flow.ProtoName(uint8(n)), true, nil
		case n == etherTypeARP:
			return "arp", true, nil
		}
		return "", false, nil
	}
	switch s {
	case "man":
		return "", false, Management
	case "Proto":
		return "", false, Titles
	case "":
		return "", false, errors.New("no protocol")
	case "arp":
		return s, true, nil
	case "rtp", "rtcp", "udt": // recognised in UDP packets by their content
		return flow.ProtoUDP, true, nil
	}
	if n, ok := flow.ProtoNumber(s); ok {
		return flow.ProtoName(n), true, nil
	}
	return "", false, nil
}

// ends reads the port columns: ports, or the type and code of ICMP.
func ends(col *[columns]string, e *flow.Event) (err error) {
	switch e.Proto {
	case flow.ProtoTCP, flow.ProtoUDP:
		if e.Sport, err = port(col[colSport]); err == nil {
			e.Dport, err = port(col[colDport])
		}
	case flow.ProtoICMP:
		if e.Type, e.Code, err = icmpType(col); err == nil {
			orientEcho(e, icmpEchoReply, icmpEcho)
		}
	case flow.ProtoICMP6:
		if e.Type, e.Code, err = icmpType(col); err == nil {
			orientEcho(e, icmp6EchoReply, icmp6Echo)
		}
	}
	return err
}

// port reads a port, decimal or hexadecimal; none (in fragments) is 0.
func port(s string) (uint16, error) {
	if s == "" {
		return 0, nil
	}
	n, err := number(s, 16)
	if err != nil {
		return 0, fmt.Errorf("%q is not a port", s)
	}
	return uint16(n), nil
}

// number reads a decimal or, after "0x", hexadecimal number of so many bits.
func number(s string, bits int) (uint64, error) {
	if hex, ok := strings.CutPrefix(s, "0x"); ok {
		return strconv.ParseUint(hex, 16, bits)
	}
	return strconv.ParseUint(s, 10, bits)
}

// icmpType reads type and code. For ICMP the first port column is a hexadecimal number of the code (high
// byte) and the type (low byte), the second has the identifier of an echo; for ICMPv6 the columns are
// the type and the code.
func icmpType(col *[columns]string) (typ, code uint8, err error) {
	if s := col[colSport]; strings.HasPrefix(s, "0x") {
		n, err := number(s, 16)
		if err != nil {
			return 0, 0, fmt.Errorf("%q is not the type and code of an ICMP message", s)
		}
		return uint8(n), uint8(n >> 8), nil
	}
	t, err := strconv.ParseUint(col[colSport], 10, 8)
	if err != nil {
		return 0, 0, fmt.Errorf("%q is not an ICMP type", col[colSport])
	}
	c, err := strconv.ParseUint(col[colDport], 10, 8)
	if err != nil {
		return 0, 0, fmt.Errorf("%q is not an ICMP code", col[colDport])
	}
	return uint8(t), uint8(c), nil
}

// orientEcho makes an echo reply, of which the request was not seen, part of the flow of the request.
// Argus mostly makes the receiver of the reply the source already: then nothing came from there.
func orientEcho(e *flow.Event, reply, request uint8) {
	if e.Type != reply {
		return
	}
	e.Type = request
	if e.CsPkts > 0 && e.ScPkts == 0 {
		e.Src, e.Dst = e.Dst, e.Src
		e.CsPkts, e.ScPkts = e.ScPkts, e.CsPkts
		e.CsBytes, e.ScBytes = e.ScBytes, e.CsBytes
	}
}

// counters reads the four amounts of traffic.
func counters(col *[columns]string, e *flow.Event) (err error) {
	for _, c := range []struct {
		to   *uint64
		from string
	}{
		{&e.CsPkts, col[colSpkts]}, {&e.ScPkts, col[colDpkts]},
		{&e.CsBytes, col[colSbytes]}, {&e.ScBytes, col[colDbytes]},
	} {
		if *c.to, err = strconv.ParseUint(c.from, 10, 64); err != nil {
			return fmt.Errorf("%q is not a number of packets or bytes", c.from)
		}
	}
	return nil
}

// epochMicros reads seconds since 1970 with any number of decimals, and returns microseconds.
func epochMicros(s string) (int64, error) {
	whole, frac, _ := strings.Cut(s, ".")
	sec, err := strconv.ParseUint(whole, 10, 40)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time in seconds since 1970", s)
	}
	micros, unit := int64(sec)*1_000_000, int64(100_000)
	for i := range len(frac) {
		digit := frac[i] - '0'
		if digit > 9 {
			return 0, fmt.Errorf("%q is not a time in seconds since 1970", s)
		}
		micros += int64(digit) * unit
		unit /= 10
	}
	return micros, nil
}

// isMAC tells whether a column looks like six bytes of an Ethernet address.
func isMAC(s string) bool {
	if len(s) != 17 {
		return false
	}
	for i := range len(s) {
		if (s[i] == ':') != (i%3 == 2) {
			return false
		}
	}
	return true
}
