package flows_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/sql/flows"
)

// TestAppendEdge compares the two ways to write an edge.
func TestAppendEdge(t *testing.T) {
	n := func(v uint64) *uint64 { return &v }
	at := time.Date(2026, 1, 2, 3, 0, 0, 250_000_000, time.UTC)
	four, six := netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("2001:db8::53")
	seen := flows.Flow{FirstSeen: at, LastSeen: at.Add(time.Hour).Truncate(time.Second)}
	for name, change := range map[string]func(*flows.Flow){
		"tcp": func(f *flows.Flow) {
			f.Key = flows.Key{Src: four, Dst: six, Proto: "tcp", Dport: 80}
			f.Count, f.CsPkts, f.CsBytes, f.ScPkts, f.ScBytes = n(1), n(2), n(1<<64-1), n(0), n(5)
			f.Sports = []uint16{40000, 65535}
		},
		"udp from logs only, no slots": func(f *flows.Flow) {
			f.Key, f.Times = flows.Key{Src: six, Dst: four, Proto: "udp", Dport: 53}, []flows.Slot{}
		},
		"icmp with slots": func(f *flows.Flow) {
			f.Key = flows.Key{Src: four, Dst: four, Proto: "icmp", Type: 8}
			f.Count, f.Codes = n(1), []uint8{0, 3}
			f.Times = []flows.Slot{{Start: at.Truncate(time.Hour), Duration: 3600}, {Start: at.Truncate(time.Hour).Add(time.Hour), Duration: 3600}}
		},
		"icmp without codes":    func(f *flows.Flow) { f.Key = flows.Key{Src: four, Dst: six, Proto: "icmp6", Type: 128} },
		"a protocol from a log": func(f *flows.Flow) { f.Key = flows.Key{Src: four, Dst: six, Proto: "a\"b\\\u00e9<"} },
		"sports that are empty": func(f *flows.Flow) { f.Key.Proto, f.Key.Src, f.Key.Dst, f.Sports = "tcp", four, six, []uint16{} },
	} {
		f := seen
		change(&f)
		want, err := flows.NewEdge(&f, flows.DefaultMode).MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff("before"+string(want), string(f.AppendEdge([]byte("before")))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
