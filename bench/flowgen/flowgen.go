// Package flowgen makes NetFlow files of any size for benchmarks: the same seed and number always give
// the same flows. The traffic looks like that of an organisation's border: many clients, fewer servers,
// a few busy ports and a long tail, both directions of connections recorded by the exporter.
package flowgen

import (
	"io"
	"math"
	"math/rand/v2"
	"time"

	"ivre/ingest/flow"
	"ivre/ingest/nfcapd"
)

// Options of the traffic.
type Options struct {
	Flows int       // number of records of the recording
	Start time.Time // of the first flow; the zero value means 2026-01-02 00:00 UTC
	Hours int       // duration of the recording; 0: 24
	Seed  uint64
	// From and To select records of the recording, to write it into several files; To 0 means all.
	From, To int
}

// ports of servers with their share of the traffic in percent; the rest goes to random high ports.
var ports = []struct {
	port  uint16
	proto uint8
	share int
}{{443, 6, 38}, {53, 17, 22}, {80, 6, 12}, {443, 17, 6}, {22, 6, 3}, {25, 6, 3}, {123, 17, 3}, {993, 6, 2}, {8080, 6, 2}, {3389, 6, 1}, {445, 6, 1}, {161, 17, 1}}

// Each calls f with every record. The record is reused.
func Each(o Options, f func(*nfcapd.Record) error) error {
	start, hours := o.Start, o.Hours
	if start.IsZero() {
		start = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	}
	if hours == 0 {
		hours = 24
	}
	to := o.To
	if to == 0 {
		to = o.Flows
	}
	step := time.Duration(hours) * time.Hour / time.Duration(max(1, o.Flows))
	rng := rand.New(rand.NewPCG(o.Seed, 0x6976726520666c77))
	var r nfcapd.Record
	for i := range to {
		fill(&r, rng, start.Add(time.Duration(i)*step).Truncate(time.Millisecond))
		if i < o.From {
			continue
		}
		if err := f(&r); err != nil {
			return err
		}
	}
	return nil
}

// Write writes the records as an uncompressed nfcapd file.
func Write(w io.WriteSeeker, o Options) error {
	file, err := nfcapd.NewWriter(w, nfcapd.WriterOptions{Ident: "bench"})
	if err != nil {
		return err
	}
	if err := Each(o, file.Write); err != nil {
		return err
	}
	return file.Close()
}

func fill(r *nfcapd.Record, rng *rand.Rand, at time.Time) {
	client := flow.AddrFrom4(0x0a000000 | rng.Uint32()&0x3ffff)
	server := flow.AddrFrom4(0xc6120000 | uint32(math.Abs(rng.NormFloat64())*4096)&0x1ffff)
	if rng.IntN(20) == 0 { // one in twenty is IPv6
		client, server = v6(client, 1), v6(server, 2)
	}
	proto, port := uint8(6), uint16(1024+rng.IntN(64000))
	pick := rng.IntN(100)
	for _, p := range ports {
		if pick -= p.share; pick < 0 {
			proto, port = p.proto, p.port
			break
		}
	}
	sport := uint16(32768 + rng.IntN(28000))
	sent := uint64(1 + rng.ExpFloat64()*8)
	got := uint64(1 + rng.ExpFloat64()*12)
	*r = nfcapd.Record{
		First: at, Last: at.Add(time.Duration(rng.ExpFloat64()*5000) * time.Millisecond), Proto: proto, TCPFlags: 0x1b,
		Src: client, Dst: server, SrcPort: sport, DstPort: port, InPackets: sent, InBytes: sent * (60 + rng.Uint64N(400)),
	}
	if rng.IntN(5) < 2 { // the direction from the server, which exporters record as a flow of its own
		r.Src, r.Dst, r.SrcPort, r.DstPort = server, client, port, sport
		r.InPackets, r.InBytes = got, got*(60+rng.Uint64N(1400))
	}
}

func v6(a flow.Addr, net byte) flow.Addr {
	return flow.Addr{0: 0x20, 1: 0x01, 2: 0x0d, 3: 0xb8, 5: net, 12: a[12], 13: a[13], 14: a[14], 15: a[15]}
}
