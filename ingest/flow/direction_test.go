package flow

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func addr(t testing.TB, s string) Addr {
	t.Helper()
	a, err := ParseAddr(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestServerSide(t *testing.T) {
	known := new(PortTable)
	known.Set("tcp", 50000, 0.1)
	known.Set("sctp", 3868, 0.1)
	tests := []struct {
		table  *PortTable
		p1, p2 uint16
		proto  string
		want   int
	}{
		{nil, 50000, 40000, "tcp", -1},
		{nil, 40000, 50000, "tcp", 1},
		{nil, 443, 40000, "tcp", 1},
		{nil, 0, 0, "tcp", 0},
		{new(PortTable), 50000, 40000, "udp", -1},
		{new(PortTable), 123, 123, "udp", 0},
		{known, 50000, 40000, "tcp", 1},
		{known, 40000, 50000, "tcp", -1},
		{known, 50000, 50000, "tcp", 0},
		{known, 50000, 40000, "udp", -1}, // the table's entry is for tcp
		{known, 3868, 80, "sctp", 1},
	}
	for _, tt := range tests {
		if got := tt.table.ServerSide(tt.p1, tt.p2, tt.proto); got != tt.want {
			t.Errorf("ServerSide(%d, %d, %s) = %d, want %d", tt.p1, tt.p2, tt.proto, got, tt.want)
		}
	}
}

func TestOrient(t *testing.T) {
	a, b := addr(t, "192.0.2.10"), addr(t, "198.51.100.5")
	known := new(PortTable)
	known.Set("tcp", 50000, 0.1)
	// All observations are of packets from a to b: 4 packets, 336 bytes; 3 and 180 came back.
	tests := []struct {
		name  string
		table *PortTable
		in    Event
		swap  bool
		want  Event // ports, type and code
	}{
		{"known server", nil, Event{Proto: "tcp", Sport: 40000, Dport: 443}, false, Event{Sport: 40000, Dport: 443}},
		{"answer of a server", nil, Event{Proto: "tcp", Sport: 443, Dport: 40000}, true, Event{Sport: 40000, Dport: 443}},
		{"vector 17: lower port", nil, Event{Proto: "tcp", Sport: 40000, Dport: 50000}, true, Event{Sport: 50000, Dport: 40000}},
		{"vector 17: known port", known, Event{Proto: "tcp", Sport: 40000, Dport: 50000}, false, Event{Sport: 40000, Dport: 50000}},
		{"vector 17: equal ports", nil, Event{Proto: "udp", Sport: 123, Dport: 123}, false, Event{Sport: 123, Dport: 123}},
		{"no ports", nil, Event{Proto: "gre"}, false, Event{}},
		{"what are no ports", nil, Event{Proto: "esp", Sport: 1, Dport: 2}, false, Event{}},
		{"ports that are not kept", nil, Event{Proto: "sctp", Sport: 36412, Dport: 50000}, true, Event{}},
		{"echo request", nil, Event{Proto: "icmp", Dport: 8 << 8}, false, Event{Type: 8}},
		{"echo reply", nil, Event{Proto: "icmp", Dport: 0}, true, Event{Type: 8}},
		{"echo reply, code", nil, Event{Proto: "icmp", Dport: 3}, true, Event{Type: 8, Code: 3}},
		{"echo request the wrong way round", nil, Event{Proto: "icmp", Dport: 8}, false, Event{Type: 8}},
		{"unreachable", nil, Event{Proto: "icmp", Sport: 9, Dport: 3<<8 | 1}, false, Event{Type: 3, Code: 1}},
		{"echo request 6", nil, Event{Proto: "icmp6", Dport: 128 << 8}, false, Event{Type: 128}},
		{"echo reply 6", nil, Event{Proto: "icmp6", Dport: 129 << 8}, true, Event{Type: 128}},
		{"type 0 of icmp6", nil, Event{Proto: "icmp6"}, false, Event{}},
		{"solicitation", nil, Event{Proto: "icmp6", Dport: 135 << 8}, false, Event{Type: 135}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.in
			got.Start, got.End, got.Count = 1, 2, 3
			got.Src, got.Dst = a, b
			got.CsPkts, got.CsBytes, got.ScPkts, got.ScBytes = 4, 336, 3, 180
			want := tt.want
			want.Start, want.End, want.Count, want.Proto = 1, 2, 3, tt.in.Proto
			want.Src, want.Dst = a, b
			want.CsPkts, want.CsBytes, want.ScPkts, want.ScBytes = 4, 336, 3, 180
			if tt.swap {
				want.Src, want.Dst = b, a
				want.CsPkts, want.CsBytes, want.ScPkts, want.ScBytes = 3, 180, 4, 336
			}
			tt.table.Orient(&got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestOrderTimes(t *testing.T) {
	for _, tt := range []struct {
		in, want Event
		changed  bool
	}{
		{Event{Start: 1, End: 2}, Event{Start: 1, End: 2}, false},
		{Event{Start: 2, End: 2}, Event{Start: 2, End: 2}, false},
		{Event{Start: 3, End: 2}, Event{Start: 2, End: 3}, true},
	} {
		got := tt.in
		if changed := got.OrderTimes(); changed != tt.changed || got != tt.want {
			t.Errorf("%v: got %v (%v), want %v (%v)", tt.in, got, changed, tt.want, tt.changed)
		}
	}
}

// In a record of both directions the packets of an echo reply may all be in the other direction.
func TestOrientReplyOnly(t *testing.T) {
	a, b := addr(t, "192.0.2.10"), addr(t, "192.0.2.80")
	for _, proto := range []string{"icmp", "icmp6"} {
		reply := map[string]uint16{"icmp": 0, "icmp6": 129 << 8}[proto]
		request := map[string]uint8{"icmp": 8, "icmp6": 128}[proto]
		got := Event{Src: a, Dst: b, Proto: proto, Dport: reply, ScPkts: 3, ScBytes: 252}
		(*PortTable)(nil).Orient(&got)
		want := Event{Src: a, Dst: b, Proto: proto, Type: request, ScPkts: 3, ScBytes: 252}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", proto, diff)
		}
	}
}
