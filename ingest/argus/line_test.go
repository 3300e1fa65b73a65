package argus

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/flow"
)

func addr(t testing.TB, s string) flow.Addr {
	t.Helper()
	a, err := flow.ParseAddr(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// stamp is the time of most test lines: 2026-01-02 03:00:01 UTC.
const stamp = 1767322801_000_000

func TestParseLine(t *testing.T) {
	v4 := func(e flow.Event) flow.Event {
		e.Src, e.Dst = addr(t, "192.0.2.10"), addr(t, "198.51.100.5")
		if e.Start == 0 {
			e.Start, e.End = stamp, stamp+500_000
		}
		e.Count = 1
		return e
	}
	v6 := func(e flow.Event) flow.Event {
		e = v4(e)
		e.Src, e.Dst = addr(t, "2001:db8::10"), addr(t, "2001:db8::22")
		return e
	}
	swapped := func(e flow.Event) flow.Event {
		e.Src, e.Dst = e.Dst, e.Src
		return e
	}
	const times = ",1767322801.000000,1767322801.500000"
	for _, tt := range []struct {
		line string
		want flow.Event
	}{
		// the line of the specification
		{"tcp,   ->,192.0.2.10,40000,198.51.100.5,443,5,4,360,1100,1767322800.250000,1767322810.500000",
			v4(flow.Event{Proto: "tcp", Sport: 40000, Dport: 443, CsPkts: 5, CsBytes: 360, ScPkts: 4, ScBytes: 1100,
				Start: 1767322800_250_000, End: 1767322810_500_000})},
		{"6,   ->,192.0.2.10,0x9c40,198.51.100.5,443,5,4,18446744073709551615,1100" + times,
			v4(flow.Event{Proto: "tcp", Sport: 40000, Dport: 443, CsPkts: 5, CsBytes: 1<<64 - 1, ScPkts: 4, ScBytes: 1100})},
		{"17,  <->,192.0.2.10,,198.51.100.5,,1,0,60,0" + times, v4(flow.Event{Proto: "udp", CsPkts: 1, CsBytes: 60})},
		{"rtp,  <->,192.0.2.10,16384,198.51.100.5,16386,1,0,60,0" + times,
			v4(flow.Event{Proto: "udp", Sport: 16384, Dport: 16386, CsPkts: 1, CsBytes: 60})},
		// ICMP: code and type, identifier of the echo
		{"icmp,  <->,192.0.2.10,0x0008,198.51.100.5,0x3752,1,1,98,98" + times,
			v4(flow.Event{Proto: "icmp", Type: 8, CsPkts: 1, CsBytes: 98, ScPkts: 1, ScBytes: 98})},
		{"1,   ->,192.0.2.10,0x0103,198.51.100.5,0xc633,1,0,70,0" + times,
			v4(flow.Event{Proto: "icmp", Type: 3, Code: 1, CsPkts: 1, CsBytes: 70})},
		{"1,   ->,192.0.2.10,11,198.51.100.5,1,1,0,70,0" + times,
			v4(flow.Event{Proto: "icmp", Type: 11, Code: 1, CsPkts: 1, CsBytes: 70})},
		{"1,  <-,192.0.2.10,0x0000,198.51.100.5,0x7700,0,1,0,60" + times,
			v4(flow.Event{Proto: "icmp", Type: 8, ScPkts: 1, ScBytes: 60})},
		{"1,  ->,192.0.2.10,0x0000,198.51.100.5,0x7700,2,0,120,0" + times,
			swapped(v4(flow.Event{Proto: "icmp", Type: 8, ScPkts: 2, ScBytes: 120}))},
		// ICMPv6: type, code
		{"ipv6-icmp,   ->,2001:db8::10,1,2001:db8::22,4,1,0,110,0" + times,
			v6(flow.Event{Proto: "icmp6", Type: 1, Code: 4, CsPkts: 1, CsBytes: 110})},
		{"58,  <->,2001:db8::10,128,2001:db8::22,0,2,2,236,236" + times,
			v6(flow.Event{Proto: "icmp6", Type: 128, CsPkts: 2, CsBytes: 236, ScPkts: 2, ScBytes: 236})},
		{"58,   ->,2001:db8::10,129,2001:db8::22,0,1,0,118,0" + times,
			swapped(v6(flow.Event{Proto: "icmp6", Type: 128, ScPkts: 1, ScBytes: 118}))},
		// no ports, or what is printed in their place
		{"arp,  who,192.0.2.10,,198.51.100.5,,1,1,42,42" + times,
			v4(flow.Event{Proto: "arp", CsPkts: 1, CsBytes: 42, ScPkts: 1, ScBytes: 42})},
		{"2054,  who,192.0.2.10,,198.51.100.5,,0,1,0,60" + times, v4(flow.Event{Proto: "arp", ScPkts: 1, ScBytes: 60})},
		{"50,   ->,192.0.2.10,,198.51.100.5,0x20203344,1,0,60,0" + times, v4(flow.Event{Proto: "esp", CsPkts: 1, CsBytes: 60})},
		{"47,   ->,192.0.2.10,,198.51.100.5,,1,0,60,0" + times, v4(flow.Event{Proto: "gre", CsPkts: 1, CsBytes: 60})},
		{"253,   ->,192.0.2.10,,198.51.100.5,,1,0,60,0" + times, v4(flow.Event{Proto: "253", CsPkts: 1, CsBytes: 60})},
		{"IGMP , -> , 192.0.2.10 ,, 198.51.100.5 ,,1,0,60,0,1767322801.0,1767322801.5 ",
			v4(flow.Event{Proto: "igmp", CsPkts: 1, CsBytes: 60})},
		// times of other precisions
		{"47,   ->,192.0.2.10,,198.51.100.5,,1,0,60,0,1767322801,1767322801.500000999",
			v4(flow.Event{Proto: "gre", CsPkts: 1, CsBytes: 60})},
	} {
		var got flow.Event
		if err := ParseLine(tt.line, &got); err != nil {
			t.Errorf("%s: %v", tt.line, err)
		} else if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s: %s", tt.line, d)
		}
	}
}

func TestParseLineSkips(t *testing.T) {
	const rest = ",1,0,60,0,1767322801.000000,1767322801.500000"
	for line, want := range map[string]Skipped{
		"Proto,Dir,SrcAddr,Sport,DstAddr,Dport,SrcPkts,DstPkts,SrcBytes,DstBytes,StartTime,LastTime": Titles,
		"man,,0,0,15,1,0,43,0,0,1795627512.085151,1795627511.058122":                                 Management,
		"llc,   ->,01:80:c2:00:00:00,66,02:00:00:00:00:0a,66" + rest:                                 NotIP,
		"0,   ->,01:80:c2:00:00:00,66,02:00:00:00:00:0a,66" + rest:                                   NotIP,
		"34997,   ->,02:00:00:00:00:0a,0,ff:ff:ff:ff:ff:ff,0" + rest:                                 NotIP,
		"rarp,  who,02:00:00:00:00:0a,,02:00:00:00:00:0b," + rest:                                    NotIP,
		"2048,   ->,192.0.2.1,,192.0.2.2," + rest:                                                    NotIP,
		"isis,   ->,1921.6800.1001.00-00,,49.0001," + rest:                                           NotIP,
	} {
		var e flow.Event
		if err := ParseLine(line, &e); err != want {
			t.Errorf("%s: %v, want %v", line, err, want)
		}
	}
}

func TestParseLineErrors(t *testing.T) {
	const good = "6,->,192.0.2.10,40000,198.51.100.5,443,5,4,360,1100,1767322800.250000,1767322810.500000"
	for _, tt := range []struct{ old, new, want string }{
		{",1100,", ",", "11 columns instead of 12"},
		{"6,", ",", "no protocol"},
		{"192.0.2.10", "192.0.2.300", `"192.0.2.300" is not an IP address`},
		{"198.51.100.5", "", `"" is not an IP address`},
		{"40000", "http", `"http" is not a port`},
		{"443", "65536", `"65536" is not a port`},
		{"443", "0x10000", `"0x10000" is not a port`},
		{",360,", ",3.6 K,", `"3.6 K" is not a number of packets or bytes`},
		{",5,4,", ",-5,4,", `"-5" is not a number`},
		{"1767322800.25", "03:00:00.25", `"03:00:00.250000" is not a time`},
		{"1767322800.25", "1767322800.2x", "is not a time"},
		{"1767322810.5", "1767322800.2", "before it starts"},
		{"1767322810.5", "17673228100.5", "time out of range"},
		{"6,->,192.0.2.10,40000", "1,->,192.0.2.10,", `"" is not an ICMP type`},
		{"6,->,192.0.2.10,40000", "1,->,192.0.2.10,0x1ffff", "not the type and code"},
		{"6,->,192.0.2.10,40000", "58,->,192.0.2.10,128", `"443" is not an ICMP code`},
		{"6,->,192.0.2.10,40000", "58,->,192.0.2.10,256", `"256" is not an ICMP type`},
	} {
		line := strings.Replace(good, tt.old, tt.new, 1)
		var e flow.Event
		if err := ParseLine(line, &e); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", line, err, tt.want)
		}
	}
}

func FuzzParseLine(f *testing.F) {
	for _, line := range []string{
		"tcp,   ->,192.0.2.10,40000,198.51.100.5,443,5,4,360,1100,1767322800.250000,1767322810.500000",
		"58,  <->,2001:db8::10,128,2001:db8::22,0,2,2,236,236,1795627445.859502,1795627446.868087",
		"1,  <-,192.0.2.10,0x0000,198.51.100.77,0x7700,0,1,0,60,1767322802.009999,1767322802.009999",
		"llc,   ->,01:80:c2:00:00:00,66,02:00:00:00:00:0a,66,1,0,60,0,1767322876.021999,1767322876.021999",
		"2048,,192.0.2.1,,192.0.2.2,,1,0,60,0,1767322876.021999,1767322876.021999",
		"man,,0,0,15,1,0,43,0,0,1795627512.085151,1795627511.058122",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var e flow.Event
		if ParseLine(line, &e) != nil {
			return
		}
		if err := flow.CheckTimes(e.Start, e.End); err != nil {
			t.Error(err)
		}
		if e.Count != 1 || e.Proto == "" {
			t.Errorf("event %+v", e)
		}
		if !flow.HasPorts(e.Proto) && e.Sport|e.Dport != 0 || !flow.HasType(e.Proto) && e.Type|e.Code != 0 {
			t.Errorf("members that %s does not have: %+v", e.Proto, e)
		}
	})
}

func BenchmarkParseLine(b *testing.B) {
	line := []byte("6,   ->,192.0.2.10,40000,198.51.100.5,443,5,4,360,1100,1767322800.250000,1767322810.500000")
	var e flow.Event
	b.ReportAllocs()
	for b.Loop() {
		if err := ParseLine(string(line), &e); err != nil {
			b.Fatal(err)
		}
	}
}
