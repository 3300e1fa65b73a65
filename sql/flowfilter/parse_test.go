package flowfilter

import (
	"errors"
	"strings"
	"testing"

	"ivre/sql/tree"
)

// TestParse holds what filters mean. "wanted" marks where this differs from the reference on purpose.
func TestParse(t *testing.T) {
	for _, c := range []struct{ filter, want string }{
		// lexing
		{"", "true"},
		{"   ", "true"},
		{"OR", "true"},
		{"OR || OR", "true"},
		{"#Flow", "true"},
		{"!#Flow", "true"}, // wanted
		{"#Flow OR dport = 80", "dport = 80"},
		{"proto = tcp OR proto = icmp", `or(proto = "tcp", proto = "icmp")`},
		{"proto = tcp || proto = icmp", `or(proto = "tcp", proto = "icmp")`},
		{"proto = tcp or proto = icmp", `proto = "tcp or proto = icmp"`},
		{"proto = tcp ORANGE dport = 80", `proto = "tcp ORANGE dport = 80"`}, // wanted
		{"proto = tcp|| dport = 80", `proto = "tcp|| dport = 80"`},           // wanted
		{`meta.dns.query = "a OR b"`, `any(meta.dns.query: . = "a OR b")`},
		{"meta.dns.query = 'a OR b'", `error: b' is not a valid field`},
		{"meta.dns.query = a    b", `any(meta.dns.query: . = "a b")`},
		{"meta.dns.query = 'a  b'", `any(meta.dns.query: . = "a b")`},
		{`meta.dns.query = "a  b"`, `any(meta.dns.query: . = "a  b")`},
		{"meta.dns.query = a\t\n b", `any(meta.dns.query: . = "a b")`},
		{`proto = "tcp`, `proto = "tcp"`},
		{`proto = t"cp`, `proto = "t cp"`},
		{`proto = "a" "b`, `proto = "\"a\" b"`},
		{`meta.http.host = "a\"b"`, `any(meta.http.host: . = "a\"b")`},
		{`meta.http.host = abc"d  e"f`, `any(meta.http.host: . = "abc\"d  e\"f")`},

		// clauses
		{"dport = 80", "dport = 80"},
		{"dport=80", "dport = 80"},
		{"dport:80", "dport = 80"},
		{"dport == 80", "dport = 80"},
		{"dport != 80", "not(dport = 80)"},
		{"dport <80", "dport < 80"},
		{"dport<= 80", "dport <= 80"},
		{"dport>80", "dport > 80"},
		{"dport >= 80", "dport >= 80"},
		{"dport=>80", `dport = ">80"`},
		{"dport = 0x50", "dport = 80"},
		{"dport = 080", `dport = "080"`},
		{"proto =", `proto = ""`},
		{"dport", "exists(dport)"},
		{"!dport", "not(exists(dport))"},
		{"-dport", "not(exists(dport))"},
		{"~dport", "not(exists(dport))"},
		{"! dport = 80", "not(dport = 80)"},
		{"meta.http", "exists(meta.http)"},
		{"meta.http = 1", "meta.http = 1"},
		{"meta.http.request_body_len > 5", "meta.http.request_body_len > 5"},
		{"times.start", "exists(times)"},
		{"proto =~ ^t", "proto =~ /^t/"},
		{"proto =~ (?i)TCP$", `proto =~ /(?i)TCP(?:\n?\z)/`},
		{"!proto =~ ^t", "not(proto =~ /^t/)"},
		{`dport =~ "4"`, "dport =~ /4/"},
		{"dport = null", "dport = null"},
		{"dport != null", "not(dport = null)"},
		{"dport < null", "false"},
		{"dport = [80, 443]", "false"},
		{"dport != [80, 443]", "not(false)"},
		{"dport < [80]", "false"},
		{"dport = 1.5", "dport = 1.5"},
		{"dport = true", "dport = true"},
		{"dport = 18446744073709551615", "dport = 18446744073709551615"},
		{"dport < 18446744073709551616", "dport < 1.8446744073709552e+19"},

		// negation
		{"!dport = 80", "not(dport = 80)"},
		{"!dport != 80", "dport = 80"},
		{"!dport < 80", "dport >= 80"},
		{"!dport <= 80", "dport > 80"},
		{"!dport > 80", "dport <= 80"},
		{"!dport >= 80", "dport < 80"},
		{"NONE dport = 80", "not(dport = 80)"},
		{"NONE dport < 80", "dport >= 80"},
		{"!NONE dport < 80", "dport < 80"},
		{"ANY dport < 80", "dport < 80"},

		// arrays
		{"sports = 40000", "any(sports: . = 40000)"},
		{"ANY sports = 40000", "any(sports: . = 40000)"},
		{"ANY  sports = 40000", "any(sports: . = 40000)"},
		{"sports != 40000", "not(any(sports: . = 40000))"},
		{"!sports = 40000", "not(any(sports: . = 40000))"},
		{"!sports != 40000", "any(sports: . = 40000)"},
		{"ANY sports != 40000", "not(any(sports: . = 40000))"},
		{"!sports > 68", "any(sports: . <= 68)"},
		{"!ANY sports > 68", "not(any(sports: . > 68))"}, // wanted
		{"NONE sports = 68", "not(any(sports: . = 68))"},
		{"NONE sports > 68", "not(any(sports: . > 68))"}, // wanted
		{"NONE sports != 68", "any(sports: . = 68)"},
		{"!NONE sports > 68", "any(sports: . > 68)"},
		{"!NONE sports != 68", "not(any(sports: . = 68))"},
		{"ALL sports = 68", "all(sports: . = 68)"}, // wanted
		{"ALL sports != 68", "all(sports: not(. = 68))"},
		{"ALL sports >= 68", "all(sports: . >= 68)"},
		{"!ALL sports >= 68", "not(all(sports: . >= 68))"}, // wanted
		{"ALL meta.http.host =~ ^www", "all(meta.http.host: . =~ /^www/)"},
		{"ONE sports = 1", "one(sports: . = 1)"}, // wanted
		{"!ONE sports = 1", "not(one(sports: . = 1))"},
		{"ONE sports != 1", "one(sports: not(. = 1))"},
		{"meta.http.host =~ x", "any(meta.http.host: . =~ /x/)"},
		{"!meta.http.host =~ x", "not(any(meta.http.host: . =~ /x/))"},
		{"NONE meta.http.host =~ x", "not(any(meta.http.host: . =~ /x/))"},
		{"sports = null", "sports = null"},
		{"sports != null", "not(sports = null)"},
		{"sports = [40000,40001]", "sports = [40000, 40001]"},
		{"sports = 40000,40001", "sports = [40000, 40001]"},
		{"sports != (1,)", "not(sports = [1])"},
		{"sports = [1,1]", "sports = [1, 1]"},
		{"sports < [1]", "false"},
		{"times.duration = 3600", "any(times: duration = 3600)"},
		{"ALL times.duration = 3600", "all(times: duration = 3600)"},
		{"times = 5", "any(times: . = 5)"},
		{"times.start = null", "error: time data 'null' does not match format"},

		// lengths
		{"LEN sports = 2", "len(sports) = 2"},
		{"LEN sports != 2", "not(len(sports) = 2)"},
		{"!LEN sports = 2", "not(len(sports) = 2)"},
		{"!LEN sports < 2", "len(sports) >= 2"},
		{"LEN sports >= -1", "len(sports) >= -1"},
		{`LEN sports = "2"`, "len(sports) = 2"},
		{"LEN sports = 2.7", "len(sports) = 2"},
		{"LEN sports < 99999999999999999999", "len(sports) < 9223372036854775807"},
		{"LEN meta.http.host > 1", "len(meta.http.host) > 1"},
		{"LEN times.start > 1", "len(times) > 1"},
		{"LEN dport = 1", "false"},
		{"LEN dport != 1", "true"},
		{"LEN dport >= 0", "false"},

		// dates
		{"firstseen = 2026-01-02 03:00:00.250000", "firstseen = 2026-01-02T03:00:00.25"},
		{"firstseen > 2026-01-02 03:04:05", "firstseen > 2026-01-02T03:04:05"}, // wanted
		{"firstseen > 2026-01-02T03:04:05.5", "firstseen > 2026-01-02T03:04:05.5"},
		{`lastseen < "2026-01-02 03:04:05"`, "lastseen < 2026-01-02T03:04:05"},
		{"!lastseen < 2026-01-02 03:04:05", "lastseen >= 2026-01-02T03:04:05"},
		{"ALL times.start >= 2026-01-02 03:00:00", "all(times: start >= 2026-01-02T03:00:00)"},

		// addresses
		{"addr", "true"},
		{"!addr", "false"},
		{"src.addr", "true"},
		{"!dst.addr", "false"},
		{"addr = 192.0.2.10", "or(src.addr = 192.0.2.10, dst.addr = 192.0.2.10)"},
		{"addr != 192.0.2.10", "and(not(src.addr = 192.0.2.10), not(dst.addr = 192.0.2.10))"},
		{"!addr = 192.0.2.10", "and(not(src.addr = 192.0.2.10), not(dst.addr = 192.0.2.10))"},
		{"NONE addr = 192.0.2.10", "and(not(src.addr = 192.0.2.10), not(dst.addr = 192.0.2.10))"},
		{"!NONE addr = 192.0.2.10", "or(src.addr = 192.0.2.10, dst.addr = 192.0.2.10)"},
		{"ANY addr = 192.0.2.10", "or(src.addr = 192.0.2.10, dst.addr = 192.0.2.10)"},
		{"src.addr = ::ffff:192.0.2.1", "src.addr = 192.0.2.1"},
		{"addr_src = 192.0.2.1", "src.addr = 192.0.2.1"},
		{"addr_dst = 192.0.2.1", "dst.addr = 192.0.2.1"},
		{"src.addr = 2001:DB8::1", "src.addr = 2001:db8::1"},
		{"src.addr = 1", "src.addr = ::1"},
		{"src.addr = 10.1.2", "src.addr = 10.1.0.2"},
		{"src.addr = 192.0.2.0/24", "src.addr in 192.0.2.0..192.0.2.255"}, // an addition
		{"src.addr != 192.0.2.0/24", "not(src.addr in 192.0.2.0..192.0.2.255)"},
		{"src.addr =~ 192.0.2.77/24", "src.addr in 192.0.2.0..192.0.2.255"},
		{"src.addr =~ 192.0.2.77/255.255.255.0", "src.addr in 192.0.2.0..192.0.2.255"},
		{"src.addr =~ 10/8", "src.addr in 10.0.0.0..10.255.255.255"},
		{"addr =~ 10.1./16", "or(src.addr in 10.1.0.0..10.1.255.255, dst.addr in 10.1.0.0..10.1.255.255)"},
		{"!addr =~ 10/8", "and(not(src.addr in 10.0.0.0..10.255.255.255), not(dst.addr in 10.0.0.0..10.255.255.255))"},
		{"dst.addr =~ 2001:db8::/32", "dst.addr in 2001:db8::..2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"dst.addr =~ 192.0.2.1", "dst.addr = 192.0.2.1"},
		{"dst.addr =~ 0.0.0.0/0", "dst.addr in 0.0.0.0..255.255.255.255"},

		// errors
		{"!!dport", "error: !dport is not a valid field"},
		{"ANY !dport = 1", "error: !dport is not a valid field"},
		{"proto tcp", "error: proto tcp is not a valid field. Use --fields to get the list of available fields."},
		{"toto", "error: toto is not a valid field. Use --fields to get the list of available fields."},
		{"= 80", "error:  is not a valid field"},
		{"__key__ = 1", "error: __key__ is not a valid field"},
		{"sport = 1", "error: sport is not a valid field"},
		{"meta.query = a", "error: meta.query is not a valid field"},
		{"meta.http.count = 1", "error: meta.http.count is not a valid field"},
		{"schema_version = 1", "error: schema_version is not a valid field"},
		{"LEN sports", "error: Queries must have an operator in len mode"},
		{"ANY sports", "error: Queries must have an operator in array mode"},
		{"ONE sports", "error: Queries must have an operator in array mode"},
		{"LEN sports =~ a", "error: Regex are not supported in length mode"},
		{"LEN sports = a", `error: "a" is not a number of elements`},
		{"LEN sports = null", "error: null is not a number of elements"},
		{"ALL dport = 1", "error: dport is not a valid array attribute"},
		{"ONE proto = tcp", "error: proto is not a valid array attribute"},
		{"ALL addr = 192.0.2.1", "error: addr is not a valid array attribute"},
		{"dport =~ 4", "error: 4 is not a regular expression"},
		{"proto =~ (", "error: invalid regular expression"},
		{"proto =~ (?=a)", "error: invalid regular expression \"(?=a)\", at position 1: lookahead"},
		{"firstseen > yesterday", "error: time data 'yesterday' does not match format"},
		{"firstseen = 5", "error: time data '5' does not match format"},
		{"firstseen = 2026-01-02 03:04:05.1234567", "error: time data"},
		{"firstseen =~ 2026", "error: Regex are not supported on dates"},
		{"addr < 192.0.2.1", "error: addresses cannot be compared with <"},
		{"!src.addr >= 192.0.2.1", "error: addresses cannot be compared with >="},
		{"addr = foo", `error: "foo" is not an IP address`},
		{"addr = 10.1", "error: 10.1 is not an IP address"},
		{"addr = null", "error: null is not an IP address"},
		{"addr = fe80::1%eth0", "error: \"fe80::1%eth0\" is not an IP address"},
		{"addr = -1", "error: -1 is not an IP address"},
		{"addr = 340282366920938463463374607431768211456", "is not an IP address"},
		{"addr =~ ^10", "is not a network"},
		{"addr =~ 10", "10 is not a network"},
		{"addr =~ 192.0.2.0/33", `"33" is not a prefix length or netmask`},
		{"addr =~ 192.0.2.0/255.0.255.0", `is not a prefix length or netmask`},
	} {
		got, err := Parse(nil, []string{c.filter})
		text := "error: "
		if err == nil {
			text = tree.Format(got)
		} else {
			text += err.Error()
			var e *Error
			if !errors.As(err, &e) || e.Clause == "" || !strings.Contains(text, strings.TrimSpace(e.Clause)) {
				t.Errorf("%s: error %T %q does not show the clause", c.filter, err, text)
			}
		}
		if text != c.want && !(err != nil && strings.Contains(text, c.want)) {
			t.Errorf("%s:\n got %s\nwant %s", c.filter, text, c.want)
		}
	}
}

func TestFiltersAllHold(t *testing.T) {
	c, err := Parse([]string{"addr = 192.0.2.1", "#Host"}, []string{"proto = tcp", "", "dport = 1 OR dport = 2"})
	if err != nil {
		t.Fatal(err)
	}
	want := `and(or(src.addr = 192.0.2.1, dst.addr = 192.0.2.1), proto = "tcp", or(dport = 1, dport = 2))`
	if got := tree.Format(c); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if c, err := Parse([]string{"#x"}, []string{"OR"}); c != nil || err != nil {
		t.Errorf("nothing to hold: %v, %v", c, err)
	}
	if _, err := Parse(nil, []string{strings.Repeat("x", MaxLength), "y"}); err == nil {
		t.Error("too long filters are taken")
	}
}

func TestNegatedDatesStayDates(t *testing.T) {
	a, err := Parse(nil, []string{"firstseen >= 2026-01-02 03:04:05"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Parse(nil, []string{"!firstseen < 2026-1-2T3:4:5.0"})
	if err != nil || tree.Format(a) != tree.Format(b) {
		t.Errorf("%s, %s, %v", tree.Format(a), tree.Format(b), err)
	}
}
