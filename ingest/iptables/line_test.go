package iptables

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/flow"
)

// now is the latest time of the tests.
var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func micros(t testing.TB, rfc3339 string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, rfc3339)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMicro()
}

func addr(t testing.TB, s string) flow.Addr {
	t.Helper()
	a, err := flow.ParseAddr(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestParseLine(t *testing.T) {
	const head = "Feb  4 05:30:11 gw kernel: [1.0] FW: "
	for _, tt := range []struct {
		name, line, src, dst string
		want                 flow.Event
	}{
		{"of the specification",
			head + "IN=eth0 OUT= MAC=00:00:5e:00:53:01 SRC=192.0.2.254 DST=192.0.2.255 LEN=236 PROTO=UDP SPT=138 DPT=138 LEN=216",
			"192.0.2.254", "192.0.2.255", flow.Event{Proto: "udp", Sport: 138, Dport: 138}},
		{"prefix without a blank, TCP",
			"Feb  4 05:30:11 gw kernel: DROPIN=eth0 OUT= SRC=192.0.2.1 DST=192.0.2.2 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF PROTO=TCP " +
				"SPT=40000 DPT=443 WINDOW=1024 RES=0x00 SYN URGP=0 OPT (020405B4)",
			"192.0.2.1", "192.0.2.2", flow.Event{Proto: "tcp", Sport: 40000, Dport: 443}},
		{"prefix with IN=",
			"Feb  4 05:30:11 gw kernel: CHAIN=INPUT IN=eth0 OUT= SRC=192.0.2.1 DST=192.0.2.2 PROTO=TCP SPT=1 DPT=2",
			"192.0.2.1", "192.0.2.2", flow.Event{Proto: "tcp", Sport: 1, Dport: 2}},
		{"later members win", head + "IN= SRC=192.0.2.9 SRC=192.0.2.1 DST=192.0.2.2 PROTO=TCP PROTO=udp SPT=1 DPT=2 DPT=3",
			"192.0.2.1", "192.0.2.2", flow.Event{Proto: "udp", Sport: 1, Dport: 3}},
		{"lower case members", head + "IN=eth0 src=192.0.2.1 dst=192.0.2.2 proto=udp spt=1 dpt=2",
			"192.0.2.1", "192.0.2.2", flow.Event{Proto: "udp", Sport: 1, Dport: 2}},
		{"ping", head + "IN=eth0 OUT= SRC=192.0.2.1 DST=192.0.2.2 LEN=84 PROTO=ICMP TYPE=8 CODE=0 ID=7 SEQ=1",
			"192.0.2.1", "192.0.2.2", flow.Event{Proto: "icmp", Type: 8}},
		{"ICMP error with the packet in question",
			head + "IN=eth0 OUT= SRC=192.0.2.1 DST=192.0.2.2 LEN=88 TTL=64 ID=5 PROTO=ICMP TYPE=3 CODE=10 " +
				"[SRC=192.0.2.2 DST=198.51.100.7 LEN=60 TTL=63 ID=6 DF PROTO=TCP SPT=40000 DPT=22 WINDOW=5 RES=0x00 SYN URGP=0 ] MARK=0x1",
			"192.0.2.1", "192.0.2.2", flow.Event{Proto: "icmp", Type: 3, Code: 10}},
		{"the packet in question is incomplete",
			head + "IN=eth0 OUT= SRC=192.0.2.1 DST=192.0.2.2 PROTO=ICMP TYPE=11 CODE=0 " +
				"[SRC=192.0.2.2 DST=198.51.100.7 PROTO=UDP INCOMPLETE [4 bytes] SPT=9 ] CODE=1",
			"192.0.2.1", "192.0.2.2", flow.Event{Proto: "icmp", Type: 11, Code: 1}},
		{"brackets never closed", head + "IN=eth0 SRC=192.0.2.1 DST=192.0.2.2 PROTO=ICMP TYPE=3 CODE=1 [SRC=192.0.2.7 PROTO=UDP",
			"192.0.2.1", "192.0.2.2", flow.Event{Proto: "icmp", Type: 3, Code: 1}},
		{"ICMPv6 has no type", head + "IN=eth0 OUT= SRC=fe80:0000:0000:0000:0000:0000:0000:0001 DST=ff02::2 LEN=56 TC=0 HOPLIMIT=255 PROTO=ICMPv6 TYPE=133 CODE=0",
			"fe80::1", "ff02::2", flow.Event{Proto: "icmpv6"}},
		{"ICMPv6 by number", head + "IN=eth0 OUT= SRC=fe80::1 DST=ff02::2 PROTO=58", "fe80::1", "ff02::2", flow.Event{Proto: "icmpv6"}},
		{"GRE by number", head + "IN=eth0 SRC=192.0.2.1 DST=192.0.2.2 PROTO=47", "192.0.2.1", "192.0.2.2", flow.Event{Proto: "gre"}},
		{"IGMP by number", head + "IN= OUT=eth0 SRC=192.0.2.1 DST=224.0.0.22 PROTO=2", "192.0.2.1", "224.0.0.22", flow.Event{Proto: "igmp"}},
		{"unassigned number", head + "IN=eth0 SRC=192.0.2.1 DST=192.0.2.2 PROTO=253", "192.0.2.1", "192.0.2.2", flow.Event{Proto: "253"}},
		{"ports of other protocols do not count", head + "IN=eth0 SRC=192.0.2.1 DST=192.0.2.2 PROTO=SCTP SPT=1 DPT=2",
			"192.0.2.1", "192.0.2.2", flow.Event{Proto: "sctp"}},
		{"later fragment", head + "IN=eth0 SRC=192.0.2.1 DST=192.0.2.2 LEN=500 ID=9 FRAG:185 PROTO=UDP",
			"192.0.2.1", "192.0.2.2", flow.Event{Proto: "udp"}},
		{"cut packet", head + "IN=eth0 SRC=192.0.2.1 DST=192.0.2.2 LEN=22 PROTO=TCP INCOMPLETE [2 bytes]",
			"192.0.2.1", "192.0.2.2", flow.Event{Proto: "tcp"}},
		{"line end of another system", head + "IN=eth0 SRC=192.0.2.1 DST=192.0.2.2 PROTO=UDP SPT=1 DPT=2\r\n",
			"192.0.2.1", "192.0.2.2", flow.Event{Proto: "udp", Sport: 1, Dport: 2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.want
			want.Src, want.Dst, want.Count = addr(t, tt.src), addr(t, tt.dst), 1
			want.Start = micros(t, "2026-02-04T05:30:11Z")
			want.End = want.Start
			var got flow.Event
			if err := ParseLine(tt.line, now, &got); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParseLineErrors(t *testing.T) {
	const good = "Feb  4 05:30:11 gw kernel: IN=eth0 OUT= SRC=192.0.2.1 DST=192.0.2.2 PROTO=UDP SPT=1 DPT=2"
	for _, tt := range []struct{ old, new, want string }{
		{"IN=", "EN=", ErrNotPacket.Error()},
		{"PROTO=UDP", "", "no protocol (PROTO=)"},
		{"PROTO=UDP", "PROTO=", "no protocol (PROTO=)"},
		{"SRC=192.0.2.1", "", "no address (SRC=)"},
		{"DST=192.0.2.2", "DST=192.0.2", `DST=: "192.0.2" is not an IP address`},
		{"SPT=1", "", "no SPT= for this protocol"},
		{"DPT=2", "DPT=65536", "DPT=65536 is not a number from 0 to 65535"},
		{"DPT=2", "DPT=-1", "DPT=-1 is not a number"},
		{"PROTO=UDP", "PROTO=ICMP", "no TYPE= for this protocol"},
		{"PROTO=UDP", "PROTO=ICMP TYPE=256 CODE=0", "TYPE=256 is not a number from 0 to 255"},
		{"PROTO=UDP", "PROTO=1 TYPE=3", "no CODE= for this protocol"},
		{"Feb  4 05:30:11 ", "", "no time stamp"},
		{"Feb  4", "Feb 30", `"Feb 30 05:30:11" is no day of the calendar`},
		{"05:30:11", "25:30:11", `"Feb  4 25:30:11" is not a time`},
		{"Feb  4 05:30:11", "1969-12-31T23:59:59Z", "time out of range"},
	} {
		line := strings.Replace(good, tt.old, tt.new, 1)
		var e flow.Event
		if err := ParseLine(line, now, &e); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", line, err, tt.want)
		}
	}
}

func FuzzParseLine(f *testing.F) {
	for _, line := range []string{
		"Feb  4 05:30:11 gw kernel: [1.0] FW: IN=eth0 OUT= MAC=00:00:5e:00:53:01 SRC=192.0.2.254 DST=192.0.2.255 LEN=236 PROTO=UDP SPT=138 DPT=138 LEN=216",
		"2026-02-04T05:30:11.123456+01:00 gw kernel: IN=eth0 SRC=192.0.2.1 DST=192.0.2.2 PROTO=ICMP TYPE=3 CODE=1 [SRC=192.0.2.7 PROTO=UDP ]",
		"<4>Feb 29 23:59:60 IN= SRC=fe80::1 DST=ff02::2 PROTO=ICMPv6 TYPE=133 CODE=0",
		"Feb  4 05:30:11 IN=eth0 SRC=192.0.2.1 DST=192.0.2.2 FRAG:185 PROTO=TCP INCOMPLETE [2 bytes]",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var e flow.Event
		if ParseLine(line, now, &e) != nil {
			return
		}
		if err := flow.CheckTimes(e.Start, e.End); err != nil {
			t.Error(err)
		}
		if e.Count != 1 || e.Proto == "" || e.CsPkts|e.CsBytes|e.ScPkts|e.ScBytes != 0 {
			t.Errorf("event %+v", e)
		}
		if !flow.HasPorts(e.Proto) && e.Sport|e.Dport != 0 || !flow.HasType(e.Proto) && e.Type|e.Code != 0 {
			t.Errorf("members that %s does not have: %+v", e.Proto, e)
		}
	})
}

func BenchmarkParseLine(b *testing.B) {
	line := []byte("Feb  4 05:30:11 gw kernel: [1.0] FW: IN=eth0 OUT= MAC=00:00:5e:00:53:01 SRC=192.0.2.254 DST=192.0.2.255 LEN=236 PROTO=UDP SPT=138 DPT=138 LEN=216\n")
	var e flow.Event
	b.ReportAllocs()
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if err := ParseLine(string(line), now, &e); err != nil {
			b.Fatal(err)
		}
	}
}
