package nfcapd

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/flow"
)

// sums of packets and bytes in both directions together, which do not depend on the direction guess.
type sums struct{ Records, Flows, Packets, Bytes uint64 }

func (s *sums) add(flows, packets, bytes uint64) {
	s.Records++
	s.Flows += flows
	s.Packets += packets
	s.Bytes += bytes
}

type totals struct {
	All     sums
	Proto   map[string]sums
	Port    map[string]sums // protocol/port or protocol/type.code, each end of a flow
	Address map[string]sums // each end of a flow
	Sent    map[string]sums // what an address sent
	First   string
	Last    string
}

func newTotals() totals {
	return totals{
		Proto: map[string]sums{}, Port: map[string]sums{}, Address: map[string]sums{}, Sent: map[string]sums{}, First: "9", Last: "0",
	}
}

func (t *totals) add(key map[string]sums, name string, flows, packets, bytes uint64) {
	s := key[name]
	s.add(flows, packets, bytes)
	key[name] = s
}

const timeLayout = "2006-01-02 15:04:05.000"

// eventTotals sums up events.
func eventTotals(events []flow.Event) totals {
	t := newTotals()
	for _, e := range events {
		pkts, octets := e.CsPkts+e.ScPkts, e.CsBytes+e.ScBytes
		t.All.add(e.Count, pkts, octets)
		t.add(t.Proto, e.Proto, e.Count, pkts, octets)
		switch {
		case flow.HasPorts(e.Proto):
			t.add(t.Port, fmt.Sprintf("%s/%d", e.Proto, e.Sport), e.Count, pkts, octets)
			t.add(t.Port, fmt.Sprintf("%s/%d", e.Proto, e.Dport), e.Count, pkts, octets)
		case flow.HasType(e.Proto):
			t.add(t.Port, fmt.Sprintf("%s/%d.%d", e.Proto, e.Type, e.Code), e.Count, pkts, octets)
		}
		t.add(t.Address, e.Src.String(), e.Count, pkts, octets)
		t.add(t.Address, e.Dst.String(), e.Count, pkts, octets)
		t.add(t.Sent, e.Src.String(), e.Count, e.CsPkts, e.CsBytes)
		t.add(t.Sent, e.Dst.String(), e.Count, e.ScPkts, e.ScBytes)
		t.First = min(t.First, time.UnixMicro(e.Start).UTC().Format(timeLayout))
		t.Last = max(t.Last, time.UnixMicro(e.End).UTC().Format(timeLayout))
	}
	return t
}

// nfdumpTotals sums up what the nfdump program prints. It shares no code with the readers.
func nfdumpTotals(t *testing.T, file string) totals {
	t.Helper()
	cmd := exec.Command("nfdump", "-q", "-N", "-6", "-r", file, "-o", "fmt:%pr;%sa;%da;%sp;%dp;%ipkt;%opkt;%ibyt;%obyt;%fl;%ts;%te")
	cmd.Env = append(os.Environ(), "TZ=UTC")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("nfdump: %v", err)
	}
	sum := newTotals()
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		f := strings.Split(line, ";")
		if len(f) != 12 {
			t.Fatalf("nfdump printed %q", line)
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		addLine(t, &sum, f)
	}
	return sum
}

func addLine(t *testing.T, sum *totals, f []string) {
	t.Helper()
	num := func(i int) uint64 {
		v, err := strconv.ParseUint(f[i], 10, 64)
		if err != nil {
			t.Fatalf("column %d of %q: %v", i, f, err)
		}
		return v
	}
	names := map[string]string{"0": "hopopt", "1": "icmp", "2": "igmp", "6": "tcp", "17": "udp", "47": "gre", "58": "icmp6", "132": "sctp"}
	proto := names[f[0]]
	in, out, bin, bout, flows := num(5), num(6), num(7), num(8), num(9)
	sum.All.add(flows, in+out, bin+bout)
	sum.add(sum.Proto, proto, flows, in+out, bin+bout)
	switch proto {
	case "tcp", "udp":
		sum.add(sum.Port, proto+"/"+f[3], flows, in+out, bin+bout)
		sum.add(sum.Port, proto+"/"+f[4], flows, in+out, bin+bout)
	case "icmp", "icmp6":
		// Replies are counted with the requests.
		kind, code, _ := strings.Cut(f[4], ".")
		switch {
		case proto == "icmp" && kind == "0" && code == "8":
			kind, code = "8", "0"
		case proto == "icmp" && kind == "0":
			kind = "8"
		case proto == "icmp6" && kind == "129":
			kind = "128"
		}
		sum.add(sum.Port, proto+"/"+kind+"."+code, flows, in+out, bin+bout)
	}
	sum.add(sum.Address, f[1], flows, in+out, bin+bout)
	sum.add(sum.Address, f[2], flows, in+out, bin+bout)
	sum.add(sum.Sent, f[1], flows, in, bin)
	sum.add(sum.Sent, f[2], flows, out, bout)
	sum.First, sum.Last = min(sum.First, f[10], f[11]), max(sum.Last, f[10], f[11])
}

func needNfdump(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("nfdump"); err != nil {
		t.Skip("skipped: the comparison needs the nfdump program, which is not installed")
	}
}

// compare checks that Read and nfdump see the same flows in a file.
func compare(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := eventTotals(readClean(t, data).events)
	if got.All.Records == 0 {
		t.Fatal("no flows")
	}
	if diff := cmp.Diff(nfdumpTotals(t, file), got); diff != "" {
		t.Errorf("-nfdump +read:\n%s", diff)
	}
}

func TestFilesAgainstNfdump(t *testing.T) {
	needNfdump(t)
	files, err := filepath.Glob("testdata/*.nfcapd")
	if err != nil || len(files) == 0 {
		t.Fatalf("files %q, error %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { compare(t, file) })
	}
}

func TestLayout1AgainstNfdump(t *testing.T) {
	needNfdump(t)
	file := filepath.Join(t.TempDir(), "layout1")
	if err := os.WriteFile(file, randomLayout1(3000).bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	compare(t, file)
}

// writeRandom writes a file of random flows of all shapes with the Writer.
func writeRandom(t testing.TB, file string, n int, opts WriterOptions) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := NewWriter(f, opts)
	if err != nil {
		t.Fatal(err)
	}
	g := newGenerator()
	var r Record
	for range n {
		g.next(&r)
		if err := w.Write(&r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// generator makes random flows that look like traffic: clients to a few services, some of it counted
// in both directions, some aggregated.
type generator struct {
	rng  *rand.Rand
	time time.Time
}

func newGenerator() *generator {
	return &generator{rng: rand.New(rand.NewPCG(3, 4)), time: time.UnixMilli(1_767_322_800_250)}
}

func (g *generator) next(r *Record) {
	g.time = g.time.Add(time.Duration(g.rng.IntN(3)) * time.Millisecond)
	*r = Record{
		First: g.time, Last: g.time.Add(time.Duration(g.rng.IntN(60_000)) * time.Millisecond),
		Proto: 6, SrcPort: uint16(32768 + g.rng.IntN(28000)), DstPort: []uint16{22, 53, 80, 443, 993, 8080}[g.rng.IntN(6)],
		TCPFlags: 0x1b, InPackets: 1 + g.rng.Uint64N(50),
		Src: flow.AddrFrom4(0xc0000200 + g.rng.Uint32N(256)), Dst: flow.AddrFrom4(0xc6336400 + g.rng.Uint32N(256)),
	}
	r.InBytes = r.InPackets * (40 + g.rng.Uint64N(1400))
	if g.rng.IntN(10) == 0 {
		r.Src, r.Dst = flow.Addr{0: 0x20, 1: 1, 2: 0xd, 3: 0xb8, 15: byte(g.rng.Uint32())}, flow.Addr{0: 0x20, 1: 1, 2: 0xd, 3: 0xb8, 4: 1}
	}
	switch g.rng.IntN(20) {
	case 0, 1, 2, 3:
		r.Proto, r.TCPFlags = 17, 0
	case 4:
		r.Proto, r.TCPFlags, r.SrcPort, r.DstPort = 1, 0, 0, []uint16{0, 8 << 8, 3<<8 | 1}[g.rng.IntN(3)]
	case 5:
		r.Proto, r.TCPFlags, r.SrcPort, r.DstPort = 58, 0, 0, []uint16{128 << 8, 129 << 8, 135 << 8}[g.rng.IntN(3)]
	case 6:
		r.Proto, r.TCPFlags, r.SrcPort, r.DstPort = 47, 0, 0, 0
	}
	if g.rng.IntN(3) == 0 {
		r.OutPackets = g.rng.Uint64N(50)
		r.OutBytes = r.OutPackets * 1000
	}
	if g.rng.IntN(8) == 0 {
		r.Flows = g.rng.Uint64N(9)
	}
	if g.rng.IntN(2) == 0 { // the answer
		r.Src, r.Dst = r.Dst, r.Src
		if r.Proto == 6 || r.Proto == 17 {
			r.SrcPort, r.DstPort = r.DstPort, r.SrcPort
		}
	}
}

// nfdump must accept what the Writer writes: flows, statistics and structure.
func TestWriterAgainstNfdump(t *testing.T) {
	needNfdump(t)
	const flows = 40_000 // several blocks
	for name, compression := range map[string]Compression{"uncompressed": Uncompressed, "lz4": LZ4} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "written")
			writeRandom(t, file, flows, WriterOptions{Compression: compression, Ident: "lab"})
			compare(t, file)
			verify, err := exec.Command("nfdump", "-v", file).CombinedOutput()
			if err != nil {
				t.Fatalf("nfdump -v: %v\n%s", err, verify)
			}
			fields := strings.Join(strings.Fields(string(verify)), " ")
			for _, want := range []string{"encryption : no", "Appdx blks : 1", fmt.Sprintf("Records : %d", flows+2)} {
				if !strings.Contains(strings.ReplaceAll(fields, "Records :", "Records :"), want) {
					t.Errorf("nfdump -v does not say %q:\n%s", want, verify)
				}
			}
			stat, err := exec.Command("nfdump", "-I", "-r", file).CombinedOutput()
			if err != nil {
				t.Fatalf("nfdump -I: %v\n%s", err, stat)
			}
			all := nfdumpTotals(t, file).All
			for _, want := range []string{
				"Ident: lab\n", fmt.Sprintf("Flows: %d\n", flows), fmt.Sprintf("Packets: %d\n", all.Packets), fmt.Sprintf("Bytes: %d\n", all.Bytes),
			} {
				if !strings.Contains(string(stat), want) {
					t.Errorf("nfdump -I does not say %q:\n%s", want, stat)
				}
			}
		})
	}
}

// nfdump's own compression of a larger file, in all the ways it has.
func TestRecompressedAgainstNfdump(t *testing.T) {
	needNfdump(t)
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	writeRandom(t, plain, 40_000, WriterOptions{})
	data, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	want := readClean(t, data).events
	for _, option := range []string{"-z", "-y", "-j"} {
		t.Run(option, func(t *testing.T) {
			file := filepath.Join(dir, option)
			if out, err := exec.Command("nfdump", "-r", plain, option, "-w", file).CombinedOutput(); err != nil {
				t.Fatalf("nfdump: %v\n%s", err, out)
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, readClean(t, data).events); diff != "" {
				t.Errorf("-plain +compressed:\n%s", diff)
			}
		})
	}
}
