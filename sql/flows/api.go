// Package flows answers questions about the flow graph: it turns conditions of the flow grammar into
// SQL over the tables of migrations (flows, flow_metadata) and rows into results. It is the only place
// that writes SELECTs about flows. Times are UTC; addresses are printable netip addresses.
package flows

import (
	"net/netip"
	"time"
)

// DB is the access that queries need; *store.Store implements it.
//
// Every method takes bound parameters for anything that comes from a user.

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
	Times                            []Slot   // ascending; only if asked for
}
