// Package flow defines the records that the flow parsers (NetFlow, Argus, iptables, Zeek) emit and
// the sink that takes them. It knows neither file formats nor the database: parsers turn bytes into
// these records, the loader turns these records into columns.
package flow

import (
	"fmt"
	"net/netip"
)

// Addr is an IPv6 address in network byte order; IPv4 addresses are mapped (::ffff:a.b.c.d).
type Addr [16]byte

// AddrFrom4 maps an IPv4 address given in host order into the common 128-bit space.
func AddrFrom4(v uint32) Addr {
	return Addr{10: 0xff, 11: 0xff, 12: byte(v >> 24), 13: byte(v >> 16), 14: byte(v >> 8), 15: byte(v)}
}

// AddrFrom maps a netip address (without its zone) into the common 128-bit space.
func AddrFrom(a netip.Addr) Addr { return Addr(a.As16()) }

// ParseAddr reads an IPv4 or IPv6 address in its text form. A zone (fe80::1%eth0) is dropped: it
// names an interface of the capturing machine, not a property of the address.
func ParseAddr(s string) (Addr, error) {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return Addr{}, fmt.Errorf("%q is not an IP address", s)
	}
	return Addr(a.As16()), nil
}

// Netip returns the address with IPv4-mapped addresses unmapped.
func (a Addr) Netip() netip.Addr { return netip.AddrFrom16(a).Unmap() }

// String prints IPv4 addresses dotted and IPv6 addresses compressed (RFC 5952).
func (a Addr) String() string { return a.Netip().String() }

// HasPorts tells whether flows of the protocol are keyed by their destination port.
func HasPorts(proto string) bool { return proto == "tcp" || proto == "udp" }

// HasType tells whether flows of the protocol are keyed by their ICMP type.
func HasType(proto string) bool { return proto == "icmp" || proto == "icmp6" }

// Event is one observation of traffic between a client (Src) and a server (Dst): a NetFlow, Argus or
// iptables record or a line of Zeek's conn.log.
type Event struct {
	Start, End   int64 // microseconds since the Unix epoch, UTC; Start <= End
	Src, Dst     Addr
	Proto        string // lower case IANA keyword: tcp, udp, icmp, icmp6, gre, ...
	Sport, Dport uint16 // 0 unless HasPorts(Proto)
	Type, Code   uint8  // 0 unless HasType(Proto)
	Count        uint64 // flows that this record stands for, at least 1
	// Traffic from client to server (Cs) and from server to client (Sc), in IP packets and bytes.
	CsPkts, CsBytes, ScPkts, ScBytes uint64
}

// Kind is the type of a metadata value. Values of different kinds are never equal ("200" is not 200).
type Kind uint8

// The kinds of metadata values. The numbers are stored.
const (
	String Kind = 1
	Int    Kind = 2
	Bool   Kind = 3 // only true is ever recorded
)

// Value is one element of the set of values that a metadata key has.
type Value struct {
	Key  string
	Kind Kind
	Str  string // String
	Int  int64  // Int; 1 for Bool
}

// Counter is an amount that is summed up over the log lines of a flow.
type Counter struct {
	Key string
	N   uint64
}

// Meta is one line of a protocol log (Zeek's http.log, dns.log, ...): it creates or widens the flow
// but never adds to its traffic.
type Meta struct {
	Start, End int64 // microseconds since the Unix epoch, UTC
	Src, Dst   Addr
	Proto      string
	Dport      uint16 // 0 unless HasPorts(Proto)
	Type       uint8  // 0 unless HasType(Proto)
	Name       string // protocol of the log: http, dns, ...
	Values     []Value
	Counters   []Counter
}

// Sink takes what a parser reads. Pointers are valid during the call only: the parser reuses them.
// An error from Event or Meta ends the parsing and is returned by the parser unchanged.
// A Sink is used by one goroutine at a time.
type Sink interface {
	Event(*Event) error
	Meta(*Meta) error
	// Bad reports a record that could not be used; where says its place in the file ("line 12",
	// "block 3, record 17"). The parser goes on with the next record.
	Bad(where string, err error)
	// Skip counts n records left out on purpose, by reason ("NSEL event", "management record").
	Skip(reason string, n uint64)
	// Note passes a message about the file as a whole to the user ("read through nfdump: ...").
	Note(msg string)
}

// Limits of the times that a record may carry: the range of a 32-bit Unix time, so that every
// record falls into a monthly partition and every slot start can be stored.
const (
	MinTime = 0
	MaxTime = (1<<32 - 1) * 1_000_000
	// MaxSpan is the longest duration of one record that is believed, in microseconds (two years).
	MaxSpan = 2 * 366 * 86400 * 1_000_000
)

// CheckTimes says what is wrong with the times of a record: outside the years 1970 to 2105, the end
// before the start, or a span of more than two years. Parsers report such records as bad.
func CheckTimes(start, end int64) error {
	switch {
	case start < MinTime || start > MaxTime || end < MinTime || end > MaxTime:
		return fmt.Errorf("time out of range (start %d, end %d microseconds since 1970)", start, end)
	case end < start:
		return fmt.Errorf("the record ends %.3f s before it starts", float64(start-end)/1e6)
	case end-start > MaxSpan:
		return fmt.Errorf("the record lasts %d days", (end-start)/86400e6)
	}
	return nil
}
