package nfdumptext

import (
	"errors"
	"fmt"
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

const (
	start = 1767323045_120_000 // 2026-01-02 03:04:05.120
	end   = 1767323100_000_000 // 03:05:00
)

// tcpLine is test vector 15; the columns of icmpLine, vector 16, that are left out there are its.
const (
	tcpLine  = "2026-01-02 03:04:05.120,2026-01-02 03:05:00.000,TCP  ,198.51.100.5,192.0.2.10,443,40000,3,12,180,  1.2 M,...AP.SF"
	icmpLine = "2026-01-02 03:04:05.120,2026-01-02 03:05:00.000, ICMP ,%s,192.0.2.10,0,%s,0,4,0,336,......."
)

func TestParseLine(t *testing.T) {
	client, server := addr(t, "192.0.2.10"), addr(t, "198.51.100.5")
	tcp := flow.Event{Start: start, End: end, Src: client, Dst: server, Proto: "tcp", Sport: 40000, Dport: 443, Count: 1,
		CsPkts: 3, CsBytes: 180, ScPkts: 12, ScBytes: 1_200_000}
	tcp9 := tcp
	tcp9.Count = 9
	ping := flow.Event{Start: start, End: end, Src: client, Dst: server, Proto: "icmp", Type: 8, Count: 1, ScPkts: 4, ScBytes: 336}
	request := ping
	request.Src, request.Dst, request.CsPkts, request.CsBytes, request.ScPkts, request.ScBytes = server, client, 4, 336, 0, 0
	unreachable := request
	unreachable.Src, unreachable.Type, unreachable.Code = addr(t, "192.0.2.1"), 3, 1
	tests := []struct {
		name, line string
		want       flow.Event
	}{
		{"vector 15", tcpLine, tcp},
		{"plain numbers", strings.NewReplacer("TCP", "6", "1.2 M", "1200000").Replace(tcpLine), tcp},
		{"number of flows", tcpLine + ",    9", tcp9},
		{"no flows", tcpLine + ",0", tcp},
		{"end of line", tcpLine + "\r\n", tcp},
		{"vector 16, reply", fmt.Sprintf(icmpLine, "198.51.100.5", "0.0"), ping},
		{"vector 16, unreachable", fmt.Sprintf(icmpLine, "192.0.2.1", "3.1"), unreachable},
		{"request", fmt.Sprintf(icmpLine, "198.51.100.5", "8.0"), request},
		{"request the wrong way round", fmt.Sprintf(icmpLine, "198.51.100.5", "0.8"), request},
		{"request as a number", fmt.Sprintf(icmpLine, "198.51.100.5", "2048"), request},
		{"ICMPv6", "2026-01-02 03:04:05.120,2026-01-02 03:05:00.000,ICMP6,2001:db8::53,2001:db8::10,0, 129.0,0,4,0,336,.......", flow.Event{
			Start: start, End: end, Src: addr(t, "2001:db8::10"), Dst: addr(t, "2001:db8::53"), Proto: "icmp6", Type: 128, Count: 1, ScPkts: 4, ScBytes: 336,
		}},
		{"GRE", strings.NewReplacer("TCP", "47", "443", "0", "40000", "0", "1.2 M", "5").Replace(tcpLine), flow.Event{
			Start: start, End: end, Src: server, Dst: client, Proto: "gre", Count: 1, CsPkts: 12, CsBytes: 5, ScPkts: 3, ScBytes: 180,
		}},
	}
	for _, tt := range tests {
		var got flow.Event
		if err := ParseLine(tt.line, nil, &got); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.name, diff)
		}
	}
}

// Vector 17: the direction with and without a port table.
func TestParseLineDirection(t *testing.T) {
	line := func(proto, port1, port2 string) string {
		return fmt.Sprintf("2026-01-02 03:04:05.120,2026-01-02 03:05:00.000,%s,192.0.2.10,198.51.100.5,%s,%s,0,4,0,336,.,1", proto, port1, port2)
	}
	known := new(flow.PortTable)
	known.Set("tcp", 50000, 0.2)
	tests := []struct {
		line     string
		table    *flow.PortTable
		src      string
		sport    uint16
		dport    uint16
		cs, sent uint64
	}{
		{line("TCP", "40000", "50000"), nil, "198.51.100.5", 50000, 40000, 0, 4},
		{line("TCP", "40000", "50000"), known, "192.0.2.10", 40000, 50000, 4, 0},
		{line("UDP", "123", "123"), nil, "192.0.2.10", 123, 123, 4, 0},
	}
	for _, tt := range tests {
		var e flow.Event
		if err := ParseLine(tt.line, tt.table, &e); err != nil {
			t.Fatal(err)
		}
		if e.Src != addr(t, tt.src) || e.Sport != tt.sport || e.Dport != tt.dport || e.CsPkts != tt.cs || e.ScPkts != tt.sent {
			t.Errorf("%s: %+v", tt.line, e)
		}
	}
}

func TestParseLineErrors(t *testing.T) {
	for _, line := range []string{
		"", "No matching flows", "Command line switch -s overwrites -a", strings.Join(strings.Split(tcpLine, ",")[:11], ","),
		tcpLine + ",1,2", tcpLine + ",1,2,3", strings.Repeat(",", 1000),
	} {
		if err := ParseLine(line, nil, &flow.Event{}); err != ErrNotFlow {
			t.Errorf("%q: error %v, want ErrNotFlow", line, err)
		}
	}
	for _, tt := range [][3]string{ // replace in tcpLine, by, error
		{"2026-01-02 03:04:05.120", "2026-01-02 03:04:05", "column 1 (start)"},
		{"2026-01-02 03:04:05.120", "0000-00-00 00:00:00.000", "column 1 (start)"},
		{"2026-01-02 03:05:00.000", "2026-01-02 03:65:00.000", "column 2 (end)"},
		{"2026-01-02 03:04:05.120", "1969-01-02 03:04:05.120", "out of range"},
		{"2026-01-02 03:04:05.120", "2016-01-02 03:04:05.120", "lasts"},
		{"TCP  ", "  ", "column 3 (protocol)"},
		{"198.51.100.5", "fe80::5..00:534f", "column 4 (source address)"},
		{"192.0.2.10", "", "column 5 (destination address)"},
		{"443", "https", "column 6 (source port)"},
		{"40000", "65536", "column 7 (destination port)"},
		{",3,", ",-3,", "column 8 (packets out)"},
		{"1.2 M", "1.2 X", "column 11 (bytes in)"},
		{"1.2 M", "99999999.9 T", "too large"},
	} {
		line := strings.Replace(tcpLine, tt[0], tt[1], 1)
		err := ParseLine(line, nil, &flow.Event{})
		if err == nil || errors.Is(err, ErrNotFlow) || !strings.Contains(err.Error(), tt[2]) {
			t.Errorf("%q: error %v, want one about %q", line, err, tt[2])
		}
	}
	for _, port := range []string{"8.", ".0", "8.0.0", "256.0", "8.256", "x", "-1.0", ""} {
		err := ParseLine(fmt.Sprintf(icmpLine, "192.0.2.1", port), nil, &flow.Event{})
		if err == nil || !strings.Contains(err.Error(), "column 7") {
			t.Errorf("ICMP port %q: error %v", port, err)
		}
	}
}

func TestTimesExchanged(t *testing.T) {
	line := strings.Replace(tcpLine, "2026-01-02 03:05:00.000", "2026-01-02 03:04:00.000", 1)
	var e flow.Event
	if err := ParseLine(line, nil, &e); err != nil || e.Start != 1767323040_000_000 || e.End != start {
		t.Errorf("from %d to %d, error %v", e.Start, e.End, err)
	}
}

func TestParseAmount(t *testing.T) {
	for in, want := range map[string]uint64{
		"0": 0, "18446744073709551615": 1<<64 - 1, "1.2 M": 1_200_000, "2.3 M": 2_300_000, "4.35 K": 4350, "1.0 G": 1_000_000_000,
		"1.1 T": 1_100_000_000_000, "1.23456 K": 1234, "5 K": 5000, "7  M": 7_000_000, "0.5 K": 500,
	} {
		if got, err := parseAmount(in); err != nil || got != want {
			t.Errorf("parseAmount(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", " ", "1.2", "M", " M", ". M", "1.2 MM", "1.2M", "1,2 M", "-1 M", "1e3 M", "+1", "0x10", "1.-2 M", "18446744073709551616"} {
		if got, err := parseAmount(in); err == nil {
			t.Errorf("parseAmount(%q) = %d, no error", in, got)
		}
	}
}

func FuzzParseLine(f *testing.F) {
	f.Add(tcpLine)
	f.Add(tcpLine + ",    9")
	f.Add(fmt.Sprintf(icmpLine, "198.51.100.5", "0.8"))
	f.Add("2027-01-14 10:26:46.202,2027-01-14 10:26:46.714,58   ,                   fe80::5eff:fe00:534f,                               ff02::16,     0,   0.0,       0,       2,       0,     192,........,    1")
	f.Add("No matching flows")
	f.Fuzz(func(t *testing.T, line string) {
		var e flow.Event
		if err := ParseLine(line, nil, &e); err != nil {
			return
		}
		if err := flow.CheckTimes(e.Start, e.End); err != nil {
			t.Errorf("times: %v", err)
		}
		if e.Count == 0 || e.Proto == "" || e.Proto != strings.ToLower(e.Proto) {
			t.Errorf("count %d, protocol %q", e.Count, e.Proto)
		}
		if !flow.HasPorts(e.Proto) && (e.Sport != 0 || e.Dport != 0) || !flow.HasType(e.Proto) && (e.Type != 0 || e.Code != 0) {
			t.Errorf("%+v", e)
		}
	})
}

func BenchmarkParseLine(b *testing.B) {
	const line = "2027-01-14 10:26:47.514,2027-01-14 10:26:47.515,17   ,                             192.0.2.10,                             192.0.2.53, 52755,    53,       0,       1,       0,      84,........,    1\n"
	table := new(flow.PortTable)
	var e flow.Event
	b.ReportAllocs()
	for b.Loop() {
		if err := ParseLine(line, table, &e); err != nil {
			b.Fatal(err)
		}
	}
}
