package iptables

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ivre/ingest/flow"
)

// ErrNotPacket is returned by ParseLine for a line that does not log a packet.
var ErrNotPacket = errors.New("line without IN=")

// protoICMPv6 is how flows of ICMPv6 from these logs are keyed: by addresses only, without the type.
const protoICMPv6 = "icmpv6"

// ParseLine reads one line of the log. notAfter is the latest time that a stamp without a year may have.
// The event is valid only without an error. ErrNotPacket says that the line logs no packet.
func ParseLine(line string, notAfter time.Time, e *flow.Event) error {
	at := strings.Index(line, "IN=")
	if at < 0 {
		return ErrNotPacket
	}
	stamp, err := parseStamp(line, notAfter)
	if err != nil {
		return err
	}
	var p packet
	p.scan(line[at:])
	*e = flow.Event{Start: stamp, End: stamp, Count: 1}
	if err := flow.CheckTimes(stamp, stamp); err != nil {
		return err
	}
	return p.event(e)
}

// packet are the members of a line that matter, as text.
type packet struct {
	src, dst, proto, spt, dpt, typ, code string
	partial                              bool // only a later fragment or a part of the headers was logged
}

// scan reads the members KEY=VALUE. Of a key that comes twice the last value counts. What is in brackets
// is the packet that an ICMP error is about, not the one logged; netfilter puts brackets in these
// brackets ("INCOMPLETE [8 bytes]").
func (p *packet) scan(text string) {
	depth := 0
	for {
		text = strings.TrimLeft(text, blanks)
		if text == "" {
			return
		}
		token := text
		if end := strings.IndexAny(text, blanks); end >= 0 {
			token = text[:end]
		}
		text = text[len(token):]
		if token[0] == '[' {
			depth++
		}
		if depth == 0 {
			p.member(token)
		} else if token[len(token)-1] == ']' {
			depth--
		}
	}
}

// blanks separate the members of a line.
const blanks = " \t\n\v\f\r"

// member keeps one member. Keys may be in lower case.
func (p *packet) member(token string) {
	key, value, ok := strings.Cut(token, "=")
	if !ok {
		p.partial = p.partial || token == "INCOMPLETE" || strings.HasPrefix(token, "FRAG:")
		return
	}
	if len(key) < 3 || len(key) > 5 {
		return
	}
	switch strings.ToUpper(key) {
	case "SRC":
		p.src = value
	case "DST":
		p.dst = value
	case "PROTO":
		p.proto = value
	case "SPT":
		p.spt = value
	case "DPT":
		p.dpt = value
	case "TYPE":
		p.typ = value
	case "CODE":
		p.code = value
	}
}

// event fills in everything but the time.
func (p *packet) event(e *flow.Event) (err error) {
	if p.proto == "" {
		return errors.New("no protocol (PROTO=)")
	}
	e.Proto = protocol(p.proto)
	if e.Src, err = address("SRC", p.src); err != nil {
		return err
	}
	if e.Dst, err = address("DST", p.dst); err != nil {
		return err
	}
	switch {
	case flow.HasPorts(e.Proto):
		if p.partial && p.spt == "" && p.dpt == "" {
			return nil // a fragment has no ports
		}
		if e.Sport, err = number[uint16]("SPT", p.spt, 16); err != nil {
			return err
		}
		e.Dport, err = number[uint16]("DPT", p.dpt, 16)
	case flow.HasType(e.Proto):
		if e.Type, err = number[uint8]("TYPE", p.typ, 8); err != nil {
			return err
		}
		e.Code, err = number[uint8]("CODE", p.code, 8)
	}
	return err
}

// protocol returns the name of a protocol that is logged by name or number.
func protocol(s string) string {
	switch s { // as the kernel writes most of them
	case "TCP":
		return flow.ProtoTCP
	case "UDP":
		return flow.ProtoUDP
	case "ICMP":
		return flow.ProtoICMP
	case "ICMPv6":
		return protoICMPv6
	}
	name := flow.CanonicalProto(s)
	if name == flow.ProtoICMP6 {
		return protoICMPv6
	}
	if _, known := flow.ProtoNumber(name); !known {
		return strings.Clone(name) // does not keep the line
	}
	return name
}

func address(key, value string) (flow.Addr, error) {
	if value == "" {
		return flow.Addr{}, fmt.Errorf("no address (%s=)", key)
	}
	a, err := flow.ParseAddr(value)
	if err != nil {
		return a, fmt.Errorf("%s=: %w", key, err)
	}
	return a, nil
}

func number[T uint8 | uint16](key, value string, bits int) (T, error) {
	if value == "" {
		return 0, fmt.Errorf("no %s= for this protocol", key)
	}
	n, err := strconv.ParseUint(value, 10, bits)
	if err != nil {
		return 0, fmt.Errorf("%s=%s is not a number from 0 to %d", key, value, uint64(1)<<bits-1)
	}
	return T(n), nil
}
