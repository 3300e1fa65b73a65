package flows

import (
	"cmp"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ivre/ingest/flow"
)

// Key identifies a flow: one edge of the graph. Its text form is the flow's id.
type Key struct {
	Src, Dst netip.Addr
	Proto    string
	Dport    uint16 // tcp, udp
	Type     uint8  // icmp, icmp6
}

// Slot is a time slot in which a flow was active.
type Slot struct {
	Start    time.Time
	Duration int // seconds
}

// Flow is one edge with its sums. Count, the volumes and Sports (Codes) are absent (nil) when the
// flow is only known from protocol logs.
type Flow struct {
	Key
	FirstSeen, LastSeen              time.Time
	Count                            *uint64
	CsPkts, CsBytes, ScPkts, ScBytes *uint64
	Sports                           []uint16 // ascending; nil if absent
	Codes                            []uint8  // ascending; nil if absent
	// Times are the slots, ascending, if they were asked for; nil if the flow has none. It may be empty,
	// but not nil, after slots were left out.
	Times []Slot
}

// HasPort tells whether flows of the protocol have a destination port.
func (k Key) HasPort() bool { return flow.HasPorts(k.Proto) }

// HasType tells whether flows of the protocol have an ICMP type.
func (k Key) HasType() bool { return flow.HasType(k.Proto) }

// Label names what was talked: tcp/80, icmp/8, arp/None.
func (k Key) Label() string {
	if !k.HasPort() && !k.HasType() {
		return k.Proto + "/None"
	}
	return k.name()
}

// name is Label without the None.
func (k Key) name() string {
	if s := k.suffix(); s != "" {
		return k.Proto + "/" + s
	}
	return k.Proto
}

// suffix is the port or the ICMP type, if there is one.
func (k Key) suffix() string {
	switch {
	case k.HasPort():
		return strconv.Itoa(int(k.Dport))
	case k.HasType():
		return strconv.Itoa(int(k.Type))
	}
	return ""
}

// ID is the flow's identifier: opaque to users, and all that is needed to find the flow.
func (k Key) ID() string {
	return hexAddr(k.Src) + "-" + hexAddr(k.Dst) + "-" + k.Proto + "-" + k.suffix()
}

func hexAddr(a netip.Addr) string { return hex.EncodeToString(a.Unmap().AsSlice()) }

// ParseID reads an identifier; it returns ErrNotFound for anything that ID does not write.
func ParseID(id string) (Key, error) {
	src, rest, _ := strings.Cut(id, "-")
	dst, rest, _ := strings.Cut(rest, "-")
	end := strings.LastIndexByte(rest, '-')
	if end < 0 {
		return Key{}, ErrNotFound
	}
	k := Key{Proto: rest[:end]}
	k.Src, k.Dst = parseHexAddr(src), parseHexAddr(dst)
	number, _ := strconv.ParseUint(rest[end+1:], 10, 16)
	if k.HasPort() {
		k.Dport = uint16(number)
	} else if k.HasType() {
		k.Type = uint8(number)
	}
	if !k.Src.IsValid() || !k.Dst.IsValid() || k.ID() != id {
		return Key{}, ErrNotFound
	}
	return k, nil
}

func parseHexAddr(s string) netip.Addr {
	b, err := hex.DecodeString(s)
	if err != nil {
		return netip.Addr{}
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// unpackSlot reads a time slot as it is stored: start (Unix time) * 2^32 + length in seconds.
func unpackSlot(s uint64) Slot {
	return Slot{Start: time.Unix(int64(s>>32), 0).UTC(), Duration: int(uint32(s))}
}

func compareSlots(a, b Slot) int {
	return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Duration, b.Duration))
}

// FormatTime writes a time as it is shown: YYYY-MM-DD HH:MM:SS, with the six digits of the microseconds
// unless they are zero.
func FormatTime(t time.Time) string { return string(appendTime(make([]byte, 0, 26), t)) }

// appendTime writes digits itself: with a layout, times would take most of the time that a graph takes.
func appendTime(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(b, "2006-01-02 15:04:05")
	}
	hour, minute, second := t.Clock()
	b = append(digits(digits(digits(b, year, 4), int(month), 2, '-'), day, 2, '-'), ' ')
	b = digits(digits(digits(b, hour, 2), minute, 2, ':'), second, 2, ':')
	if micros := t.Nanosecond() / 1000; micros != 0 {
		b = digits(b, micros, 6, '.')
	}
	return b
}

// digits appends a number of n digits, after the separators.
func digits(b []byte, v, n int, before ...byte) []byte {
	b = append(b, before...)
	for range n {
		b = append(b, '0')
	}
	for i := len(b) - 1; v > 0; i-- {
		b[i] = byte('0' + v%10)
		v /= 10
	}
	return b
}
