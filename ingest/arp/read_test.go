package arp

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/flow"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

var (
	le = binary.LittleEndian
	be = binary.BigEndian
)

// The records of request, at the time of packets.
const (
	asked         = "arp arp 1767322800123456 192.0.2.10 192.0.2.53 op=ARP::WHO_HAS mac_src=02:00:5e:00:53:0a mac_dst=ff:ff:ff:ff:ff:ff"
	askedOnCooked = "arp arp 1767322800123456 192.0.2.10 192.0.2.53 op=ARP::WHO_HAS mac_src=02:00:5e:00:53:0a"
)

// read returns what the sink got.
func read(t *testing.T, b []byte) ([]string, Stats, error) {
	t.Helper()
	var s sink
	stats, err := Read(t.Context(), bytes.NewReader(b), Options{}, &s)
	var slow sink
	slowStats, slowErr := Read(t.Context(), iotest.OneByteReader(bytes.NewReader(b)), Options{}, &slow)
	if diff := cmp.Diff(s.lines, slow.lines); diff != "" || stats != slowStats || (err == nil) != (slowErr == nil) {
		t.Errorf("byte by byte: %+v, %v\n%s", slowStats, slowErr, diff)
	}
	return s.lines, stats, err
}

func TestPcap(t *testing.T) {
	for name, b := range map[string][]byte{
		"little endian": pcapFile(le, magicMicro, linkEthernet, frameOfRequest),
		"big endian":    pcapFile(be, magicMicro, linkEthernet, frameOfRequest),
		"nanoseconds":   pcapFile(le, magicNano, linkEthernet, frameOfRequest),
		"modified":      pcapFile(le, magicModified, linkEthernet, frameOfRequest),
		"with an FCS":   pcapFile(be, magicMicro, linkEthernet|0x14000000, frameOfRequest),
	} {
		got, stats, err := read(t, b)
		if diff := cmp.Diff([]string{asked}, got); diff != "" || err != nil || stats != (Stats{Packets: 1, Records: 1}) {
			t.Errorf("%s: %v, %+v\n%s", name, err, stats, diff)
		}
	}
}

func TestFrames(t *testing.T) {
	reply := strings.Replace(asked, "WHO_HAS", "REPLY", 1)
	cooked := join([]byte{0, 1, 0, 1, 0, 6}, sender, []byte{0, 0}, typeOfARP, request)
	for name, tt := range map[string]struct {
		link  uint32
		frame []byte
		want  string
	}{
		"request":   {linkEthernet, frameOfRequest, asked},
		"reply":     {linkEthernet, ether(typeOfARP, message(2, 0x0a, 0x35)), reply},
		"unpadded":  {linkEthernet, join(broadcast, sender, typeOfARP, request), asked},
		"VLAN":      {linkEthernet, ether([]byte{0x81, 0, 0, 5, 8, 6}, request), asked},
		"VLANs":     {linkEthernet, ether([]byte{0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 6}, request), asked},
		"old VLANs": {linkEthernet, ether([]byte{0x91, 0, 0, 5, 0x91, 0, 0, 6, 8, 6}, request), asked},
		"SNAP":      {linkEthernet, ether([]byte{0, 36, 0xaa, 0xaa, 3, 0, 0, 0, 8, 6}, request), asked},
		"IEEE 802":  {linkEthernet, ether(typeOfARP, append([]byte{0, 6}, request[2:]...)), asked},
		"cooked":    {linkSLL, cooked, askedOnCooked},
		"cooked, no MAC": {linkSLL, append([]byte{0, 4, 3, 4, 0, 0}, cooked[6:]...),
			"arp arp 1767322800123456 192.0.2.10 192.0.2.53 op=ARP::WHO_HAS"},
		"cooked 2": {linkSLL2, join(typeOfARP, []byte{0, 0, 0, 0, 0, 1, 0, 1, 0, 6}, sender, []byte{0, 0}, request), askedOnCooked},
		"probe": {linkEthernet, ether(typeOfARP, append(append(request[:14:14], 0, 0, 0, 0), request[18:]...)),
			strings.Replace(asked, "192.0.2.10", "0.0.0.0", 1)},
		"IPv4":            {linkEthernet, ether([]byte{8, 0}, request), "skip 1 packet that is not ARP"},
		"IEEE 802.3":      {linkEthernet, ether([]byte{0, 36, 0x42, 0x42, 3, 0, 0, 0, 8, 6}, request), "skip 1 packet that is not ARP"},
		"IPv4 in a VLAN":  {linkEthernet, ether([]byte{0x81, 0, 0, 5, 8, 0}, request), "skip 1 packet that is not ARP"},
		"cut VLAN":        {linkEthernet, join(broadcast, sender, []byte{0x81, 0, 0}), "skip 1 packet that is not ARP"},
		"cut header":      {linkEthernet, broadcast, "skip 1 packet that is not ARP"},
		"empty":           {linkEthernet, nil, "skip 1 packet that is not ARP"},
		"cut message":     {linkEthernet, join(broadcast, sender, typeOfARP, request[:27]), "bad packet 1: the ARP message is cut"},
		"cut beginning":   {linkEthernet, join(broadcast, sender, typeOfARP, request[:7]), "bad packet 1: the ARP message is cut"},
		"reverse request": {linkEthernet, ether(typeOfARP, message(3, 1, 2)), "skip 1 ARP packet that is neither a request nor a reply"},
		"operation 0":     {linkEthernet, ether(typeOfARP, message(0, 1, 2)), "skip 1 ARP packet that is neither a request nor a reply"},
		"operation 257":   {linkEthernet, ether(typeOfARP, message(257, 1, 2)), "skip 1 ARP packet that is neither a request nor a reply"},
		"other addresses": {linkEthernet, ether(typeOfARP, append([]byte{0, 1, 8, 0, 6, 16}, request[6:]...)), "skip 1 ARP packet that is not about IPv4 over Ethernet"},
		"other hardware":  {linkEthernet, ether(typeOfARP, append([]byte{0, 24}, request[2:]...)), "skip 1 ARP packet that is not about IPv4 over Ethernet"},
		"raw IP":          {101, request, "skip 1 packet of a link type without ARP"},
	} {
		t.Run(name, func(t *testing.T) {
			got, stats, err := read(t, pcapFile(le, magicMicro, tt.link, tt.frame))
			if diff := cmp.Diff([]string{tt.want}, got); diff != "" || err != nil || stats.Packets != 1 {
				t.Errorf("%v, %+v\n%s", err, stats, diff)
			}
		})
	}
}

func TestPcapng(t *testing.T) {
	const micros = at*1_000_000 + fraction
	nano := []byte{9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0} // if_tsresol, end of options
	offset := append(be.AppendUint64([]byte{0, 14, 0, 8}, at), 0, 0, 0, 0)
	huge := append(be.AppendUint64([]byte{0, 14, 0, 8}, math.MaxInt64), 0, 0, 0, 0)
	old := be.AppendUint32(be.AppendUint32([]byte{0, 0, 0xff, 0xff}, micros>>32), micros&math.MaxUint32)
	old = be.AppendUint32(be.AppendUint32(old, uint32(len(frameOfRequest))), 60)
	many := bytes.Repeat(frameOfRequest, 10000)
	for name, tt := range map[string]struct {
		file []byte
		want []string
	}{
		"packet":            {join(sectionBlock(le), interfaceBlock(le, 1), packetBlock(le, 0, micros, frameOfRequest)), []string{asked}},
		"big endian":        {join(sectionBlock(be), interfaceBlock(be, 1), packetBlock(be, 0, micros, frameOfRequest)), []string{asked}},
		"odd length":        {join(sectionBlock(be), interfaceBlock(be, 1), packetBlock(be, 0, micros, frameOfRequest[:43]), packetBlock(be, 0, micros, frameOfRequest)), []string{asked, asked}},
		"nanoseconds":       {join(sectionBlock(le), interfaceBlock(le, 1, nano...), packetBlock(le, 0, micros*1000+999, frameOfRequest)), []string{asked}},
		"offset":            {join(sectionBlock(be), interfaceBlock(be, 1, offset...), packetBlock(be, 0, fraction, frameOfRequest)), []string{asked}},
		"impossible offset": {join(sectionBlock(be), interfaceBlock(be, 1, huge...), packetBlock(be, 0, fraction, frameOfRequest)), []string{"bad packet 1: ARP message: time out of range (start -1, end -1 microseconds since 1970)"}},
		"two interfaces":    {join(sectionBlock(le), interfaceBlock(le, 101), interfaceBlock(le, 1), packetBlock(le, 0, micros, request), packetBlock(le, 1, micros, frameOfRequest)), []string{asked, "skip 1 packet of a link type without ARP"}},
		"two sections":      {join(sectionBlock(le), interfaceBlock(le, 101), sectionBlock(be), interfaceBlock(be, 1), packetBlock(be, 0, micros, frameOfRequest)), []string{asked}},
		"old packet":        {join(sectionBlock(be), interfaceBlock(be, 1), block(be, blockOldPacket, append(old, frameOfRequest...))), []string{asked}},
		"simple packet":     {join(sectionBlock(le), interfaceBlock(le, 1), block(le, blockSimple, append([]byte{60, 0, 0, 0}, frameOfRequest...))), []string{"bad packet 1: the ARP message has no time (a simple packet block); write the capture with times"}},
		"other blocks":      {join(sectionBlock(le), block(le, 0xbad, many), interfaceBlock(le, 1), block(le, 5, many[:5]), packetBlock(le, 0, micros, frameOfRequest)), []string{asked}},
		"long packet":       {join(sectionBlock(le), interfaceBlock(le, 1), packetBlock(le, 0, micros, many)), []string{asked}},
		"no interface":      {join(sectionBlock(le), packetBlock(le, 0, micros, many), interfaceBlock(le, 1), packetBlock(le, 0, micros, frameOfRequest)), []string{"bad packet 1: the packet is of interface 0, of which nothing was said", asked}},
		"nothing":           {sectionBlock(le), nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := read(t, tt.file)
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// TestClock compares the conversion of times with exact arithmetic.
func TestClock(t *testing.T) {
	for _, ticks := range []uint64{0, 1, 999, 1e6, 1767322800123456, 1767322800123456789, math.MaxInt64, math.MaxUint64} {
		for c := range 256 {
			want := new(big.Int).Mul(new(big.Int).SetUint64(ticks), big.NewInt(1e6))
			if n := uint(c & 0x7f); c&0x80 != 0 {
				want.Rsh(want, n)
			} else {
				want.Div(want, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil))
			}
			got, ok := clock(c).micros(ticks)
			if ok != want.IsInt64() || ok && got != want.Int64() {
				t.Errorf("%d at %#x: %d, %v; want %v", ticks, c, got, ok, want)
			}
		}
	}
}

func TestDamage(t *testing.T) {
	good := pcapFile(le, magicMicro, linkEthernet, frameOfRequest)
	long := append(bytes.Clone(good), make([]byte, 16)...)
	le.PutUint32(long[len(long)-8:], maxPacket+1)
	section := join(sectionBlock(le), interfaceBlock(le, 1), packetBlock(le, 0, at*1e6+fraction, frameOfRequest))
	inBlock := le.AppendUint32(le.AppendUint32(nil, blockPacket), 16)
	tooMuch := packetBlock(le, 0, 0, frameOfRequest)
	le.PutUint32(tooMuch[20:], 1000)
	noMagic := sectionBlock(le)
	noMagic[8] = 0
	version := sectionBlock(le)
	version[12] = 2
	shortSection := sectionBlock(le)
	shortSection[4] = 12
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"cut in a header":       {append(bytes.Clone(good), good[24:34]...), "bad after packet 1: the capture is cut"},
		"cut in a packet":       {append(bytes.Clone(good), good[24:60]...), "bad after packet 1: the capture is cut"},
		"too long":              {long, "bad after packet 1: a packet of 16777217 bytes: the capture is damaged"},
		"cut in a block header": {append(bytes.Clone(section), 6, 0), "bad after packet 1: the capture is cut"},
		"cut in a block":        {append(bytes.Clone(section), section[len(sectionBlock(le)):len(sectionBlock(le))+9]...), "bad after packet 1: the capture is cut"},
		"length of a block":     {append(bytes.Clone(section), 6, 0, 0, 0, 13, 0, 0, 0), "bad after packet 1: a block of 13 bytes: the capture is damaged"},
		"length 0":              {append(bytes.Clone(section), 6, 0, 0, 0, 0, 0, 0, 0), "bad after packet 1: a block of 0 bytes: the capture is damaged"},
		"short packet block":    {append(bytes.Clone(section), inBlock...), "bad after packet 1: a packet's block of 16 bytes: the capture is damaged"},
		"packet beyond block":   {append(bytes.Clone(section), tooMuch...), "bad packet 2: a packet of 1000 bytes in a block of 92"},
		"interface":             {append(bytes.Clone(section), 1, 0, 0, 0, 16, 0, 0, 0), "bad after packet 1: the description of an interface has 16 bytes"},
		"no byte order":         {append(bytes.Clone(section), noMagic...), "bad after packet 1: a section without the byte order magic"},
		"version":               {append(bytes.Clone(section), version...), "bad after packet 1: pcapng of version 2, only 1 is known"},
		"length of a section":   {append(bytes.Clone(section), shortSection...), "bad after packet 1: the header of a section has 12 bytes: the capture is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			got, stats, err := read(t, tt.file)
			want := []string{asked}
			if tt.want != "" {
				want = append(want, tt.want)
			}
			if diff := cmp.Diff(want, got); diff != "" || err != nil || stats.Records != 1 || stats.Bad != len(want)-1 {
				t.Errorf("%v, %+v\n%s", err, stats, diff)
			}
		})
	}
}

func TestNoCapture(t *testing.T) {
	if got, _, err := read(t, nil); got != nil || err != nil {
		t.Errorf("empty: %q, %v", got, err)
	}
	version := pcapFile(le, magicMicro, linkEthernet)
	version[4] = 3
	for in, want := range map[string]string{
		"abc": ErrNotCapture.Error(), "hello world": ErrNotCapture.Error(),
		string(pcapFile(le, magicMicro, linkEthernet)[:20]): "the capture ends inside of its header",
		string(version): "pcap of version 3, only 2 is known",
	} {
		if got, _, err := read(t, []byte(in)); got != nil || err == nil || err.Error() != want {
			t.Errorf("%q: %q, %v; want %s", in, got, err, want)
		}
	}
}

func TestManyInterfaces(t *testing.T) {
	b := join(sectionBlock(le), bytes.Repeat(interfaceBlock(le, 1), maxInterfaces+1))
	var s sink
	_, err := Read(t.Context(), bytes.NewReader(b), Options{}, &s)
	if diff := cmp.Diff([]string{"bad after packet 0: more than 65536 interfaces in a section"}, s.lines); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestLab reads a capture of a small network.
func TestLab(t *testing.T) {
	b, err := os.ReadFile("testdata/lab.pcap")
	if err != nil {
		t.Fatal(err)
	}
	got, stats, err := read(t, b)
	if err != nil || stats != (Stats{Packets: 173, Records: 14}) {
		t.Fatalf("%v, %+v", err, stats)
	}
	want := []string{
		"arp arp 1795627440531830 192.0.2.10 192.0.2.53 op=ARP::WHO_HAS mac_src=02:00:5e:00:53:0a mac_dst=ff:ff:ff:ff:ff:ff",
		"arp arp 1795627440531896 192.0.2.53 192.0.2.10 op=ARP::REPLY mac_src=02:00:5e:00:53:35 mac_dst=02:00:5e:00:53:0a",
	}
	if diff := cmp.Diff(want, got[:2]); diff != "" {
		t.Error(diff)
	}
	if last := got[len(got)-1]; last != "skip 159 packet that is not ARP" {
		t.Error(last)
	}
}

// TestKeys checks that the metadata are those that flows have for ARP.
func TestKeys(t *testing.T) {
	p, ok := flow.MetadataByName("arp")
	if !ok {
		t.Fatal("no metadata for arp")
	}
	for _, key := range p.Keys {
		if !strings.Contains(asked, " "+key.Name+"=") {
			t.Errorf("no %s in the metadata", key.Name)
		}
	}
}

func TestOptions(t *testing.T) {
	var s sink
	_, err := Read(t.Context(), bytes.NewReader(pcapFile(le, magicMicro, linkEthernet, frameOfRequest)), Options{NoMetadata: true}, &s)
	if diff := cmp.Diff([]string{"arp arp 1767322800123456 192.0.2.10 192.0.2.53"}, s.lines); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestErrors(t *testing.T) {
	stop := errors.New("stop")
	good := pcapFile(le, magicMicro, linkEthernet, frameOfRequest)
	stats, err := Read(t.Context(), bytes.NewReader(good), Options{}, &sink{fail: stop})
	if err != stop || stats.Records != 0 {
		t.Errorf("%v, %+v", err, stats)
	}
	_, err = Read(t.Context(), io.MultiReader(bytes.NewReader(good), iotest.ErrReader(stop)), Options{}, &sink{})
	if !errors.Is(err, stop) || err.Error() != "after packet 1: stop" {
		t.Error(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if _, err := Read(ctx, bytes.NewReader(good), Options{}, &sink{}); err != stop {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	b, err := os.ReadFile("testdata/lab.pcap")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[:600])
	f.Add(pcapFile(be, magicNano, linkSLL, frameOfRequest))
	f.Add(join(sectionBlock(le), interfaceBlock(le, 1, 9, 0, 1, 0, 9, 0, 0, 0), packetBlock(le, 0, 1, frameOfRequest), block(le, blockSimple, append([]byte{60, 0, 0, 0}, frameOfRequest...))))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s sink
		stats, err := Read(t.Context(), bytes.NewReader(b), Options{}, &s)
		n, bad := 0, 0
		for _, line := range s.lines {
			switch {
			case strings.HasPrefix(line, "arp "):
				n++
			case strings.HasPrefix(line, "bad "):
				bad++
			}
		}
		if stats.Records != n || stats.Bad != bad || stats.Records > stats.Packets || err != nil && n > 0 {
			t.Fatalf("%v, %+v, %q", err, stats, s.lines)
		}
	})
}

// nowhere takes records.
type nowhere struct{ sink }

func (*nowhere) Meta(*flow.Meta) error { return nil }

func BenchmarkRead(b *testing.B) {
	var packets [][]byte
	big := ether([]byte{8, 0}, make([]byte, 1400))
	for range 1000 {
		packets = append(packets, frameOfRequest, big)
	}
	file := pcapFile(le, magicMicro, linkEthernet, packets...)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(b.Context(), bytes.NewReader(file), Options{}, &nowhere{}); err != nil {
			b.Fatal(err)
		}
	}
}
