package zeekflow

import (
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/flow"
)

const (
	head = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
	// connHead is the header of a log with the columns that matter, 12 of them.
	connHead = head + "#path\tconn\n" +
		"#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\tlocal_orig\n" +
		"#types\ttime\taddr\tport\taddr\tport\tenum\tinterval\tcount\tcount\tcount\tcount\tbool\n"
	goodConn = "1767322800.250000\t192.0.2.10\t40000\t198.51.100.5\t80\ttcp\t10.500000\t5\t360\t4\t1100\tT\n"
	goodDump = "conn 2026-01-02 03:00:00.250000..2026-01-02 03:00:00.250000 tcp 192.0.2.10:40000 -> 198.51.100.5:80 icmp 0/0 count 1 cs 5/360 sc 4/1100"
	httpHead = head + "#path\thttp\n" +
		"#fields\tts\tid.orig_h\tid.resp_h\tid.resp_p\thost\tstatus_code\tproxied\trequest_body_len\n" +
		"#types\ttime\taddr\taddr\tport\tstring\tcount\tset[string]\tcount\n"
	httpStart = "http 2026-01-02 03:00:00.000000..2026-01-02 03:00:00.000000 tcp 192.0.2.10 -> 198.51.100.5:80 icmp 0"
)

// TestConnLines reads single lines between two good ones: whatever they hold, the good ones count.
func TestConnLines(t *testing.T) {
	line := func(cols ...string) string { return strings.Join(cols, "\t") }
	tests := map[string]struct {
		line string
		want string // record
		bad  string // or part of the report
	}{
		"blank":     {line: ""},
		"blanks":    {line: "  \t "},
		"close":     {line: "#close\t2026-01-02-05-00-00"},
		"unset":     {line: line("1767322800", "192.0.2.1", "1", "192.0.2.2", "2", "udp", "-", "-", "-", "-", "-", "-"), want: "conn 2026-01-02 03:00:00.000000..2026-01-02 03:00:00.000000 udp 192.0.2.1:1 -> 192.0.2.2:2 icmp 0/0 count 1 cs 0/0 sc 0/0"},
		"biggest":   {line: line("4294967295.000000", "::", "65535", "ffff::", "0", "TCP", "-", "18446744073709551615", "0", "0", "0", "-"), want: "conn 2106-02-07 06:28:15.000000..2106-02-07 06:28:15.000000 tcp :::65535 -> ffff:::0 icmp 0/0 count 1 cs 18446744073709551615/0 sc 0/0"},
		"mapped":    {line: line("0", "::ffff:192.0.2.1", "3", "192.0.2.2", "1", "icmp", "-", "1", "1", "1", "1", "-"), want: "conn 1970-01-01 00:00:00.000000..1970-01-01 00:00:00.000000 icmp 192.0.2.1:0 -> 192.0.2.2:0 icmp 3/1 count 1 cs 1/1 sc 1/1"},
		"other":     {line: line("0", "fe80::1%eth0", "-", "192.0.2.2", "-", "sctp", "-", "1", "1", "1", "1", "-"), want: "conn 1970-01-01 00:00:00.000000..1970-01-01 00:00:00.000000 sctp fe80::1:0 -> 192.0.2.2:0 icmp 0/0 count 1 cs 1/1 sc 1/1"},
		"truncated": {line: "1767322800.250000\t192.0.2.10\t400", bad: "3 values for the 12 columns named in line 6"},
		"more":      {line: strings.TrimSuffix(goodConn, "\n") + "\tx\ty", bad: "14 values for the 12 columns"},
		"NUL":       {line: "\x00\x00\x00", bad: "1 values for the 12 columns"},
		"NUL ts":    {line: line("1767322800\x00", "192.0.2.1", "1", "192.0.2.2", "2", "udp", "-", "-", "-", "-", "-", "-"), bad: `column ts: "1767322800\x00" is not a time`},
		"no ts":     {line: line("-", "192.0.2.1", "1", "192.0.2.2", "2", "udp", "-", "-", "-", "-", "-", "-"), bad: "column ts: not set"},
		"far year":  {line: line("14371730131200.000000", "192.0.2.1", "1", "192.0.2.2", "2", "udp", "-", "-", "-", "-", "-", "-"), bad: "column ts: "},
		"next year": {line: line("4294967296.000000", "192.0.2.1", "1", "192.0.2.2", "2", "udp", "-", "-", "-", "-", "-", "-"), bad: "time out of range"},
		"negative":  {line: line("-1.000000", "192.0.2.1", "1", "192.0.2.2", "2", "udp", "-", "-", "-", "-", "-", "-"), bad: "time out of range"},
		"no src":    {line: line("1767322800", "-", "1", "192.0.2.2", "2", "udp", "-", "-", "-", "-", "-", "-"), bad: "column id.orig_h: not set, expected an IP address"},
		"bad src":   {line: line("1767322800", "192.0.2.256", "1", "192.0.2.2", "2", "udp", "-", "-", "-", "-", "-", "-"), bad: `column id.orig_h: "192.0.2.256" is not an IP address`},
		"bad dst":   {line: line("1767322800", "192.0.2.1", "1", "www", "2", "udp", "-", "-", "-", "-", "-", "-"), bad: `column id.resp_h: "www" is not an IP address`},
		"no sport":  {line: line("1767322800", "192.0.2.1", "-", "192.0.2.2", "2", "udp", "-", "-", "-", "-", "-", "-"), bad: "column id.orig_p: not set"},
		"big port":  {line: line("1767322800", "192.0.2.1", "1", "192.0.2.2", "65536", "udp", "-", "-", "-", "-", "-", "-"), bad: `column id.resp_p: "65536" is not a whole number from 0 to 65535`},
		"big type":  {line: line("1767322800", "192.0.2.1", "256", "192.0.2.2", "0", "icmp", "-", "-", "-", "-", "-", "-"), bad: `column id.orig_p: ICMP: "256" is not a whole number from 0 to 255`},
		"no proto":  {line: line("1767322800", "192.0.2.1", "1", "192.0.2.2", "2", "-", "-", "-", "-", "-", "-", "-"), bad: "column proto: not set"},
		"bad proto": {line: line("1767322800", "192.0.2.1", "1", "192.0.2.2", "2", "t\x01p", "-", "-", "-", "-", "-", "-"), bad: "is not the name of a protocol"},
		"huge":      {line: line("1767322800", "192.0.2.1", "1", "192.0.2.2", "2", "udp", "-", "18446744073709551616", "-", "-", "-", "-"), bad: `column orig_pkts: "18446744073709551616" is not a whole number`},
		"minus":     {line: line("1767322800", "192.0.2.1", "1", "192.0.2.2", "2", "udp", "-", "0", "-1", "-", "-", "-"), bad: `column orig_ip_bytes: "-1" is not`},
		"long":      {line: line("1767322800", "192.0.2.1", "1", "192.0.2.2", "2", strings.Repeat("x", 5000), "-", "-", "-", "-", "-", "-"), bad: "line longer than 4096 bytes"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, res := read(t, strings.NewReader(connHead+goodConn+tt.line+"\n"+goodConn), Options{MaxLine: 4096})
			want := []string{goodDump, goodDump}
			if tt.want != "" {
				want = []string{goodDump, tt.want, goodDump}
			}
			if diff := cmp.Diff(want, s.all); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			switch {
			case tt.bad == "" && len(s.bad) > 0:
				t.Errorf("bad = %q", s.bad)
			case tt.bad != "" && (len(s.bad) != 1 || !strings.HasPrefix(s.bad[0], "line 9: ") || !strings.Contains(s.bad[0], tt.bad)):
				t.Errorf("bad = %q, want line 9: ...%s", s.bad, tt.bad)
			}
			if res.Bad != uint64(len(s.bad)) || res.Lines != 10 || res.Records["conn"] != uint64(len(want)) {
				t.Errorf("Result = %+v", res)
			}
		})
	}
}

func TestDuration(t *testing.T) {
	tests := map[string]struct {
		duration string
		length   int64 // microseconds
		bad      string
	}{
		"fraction": {duration: "10.500000", length: 10_500000},
		"unset":    {duration: "-"},
		"negative": {duration: "-3.000000"},
		"too long": {duration: "99999999.0", bad: "the record lasts 1157 days"},
		"no":       {duration: "long", bad: `column duration: "long" is not a number of seconds`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			log := connHead + strings.Replace(goodConn, "10.500000", tt.duration, 1)
			s, _ := read(t, strings.NewReader(log), Options{UseDuration: true})
			if tt.bad != "" {
				if len(s.bad) != 1 || !strings.Contains(s.bad[0], tt.bad) || len(s.all) > 0 {
					t.Errorf("bad = %q, records %q", s.bad, s.all)
				}
				return
			}
			if len(s.events) != 1 || s.events[0].End-s.events[0].Start != tt.length {
				t.Errorf("records = %q, want a length of %d µs", s.all, tt.length)
			}
		})
	}
}

// TestMetadataValues reads values of http.log that leave traces or do not.
func TestMetadataValues(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat("a,", maxValues+1), ",")
	tests := map[string]struct {
		values string // host, status_code, proxied, request_body_len
		want   string
		bad    string
	}{
		"unset":          {values: "-\t-\t-\t-"},
		"empty":          {values: "(empty)\t0\t(empty)\t0"},
		"zero-length":    {values: "\t0\t(empty)\t0"},
		"set":            {values: "h\t200\ta,b\t5", want: "\n  host = \"h\"\n  status_code = 200\n  proxied = \"a\"\n  proxied = \"b\"\n  request_body_len += 5"},
		"escaped":        {values: `\x2d` + "\t-\t" + `a\x2cb,-,(empty),\xc3\xa9` + "\t-", want: "\n  host = \"-\"\n  proxied = \"a,b\"\n  proxied = \"é\""},
		"control":        {values: "a\x00\x7f" + `\x0a\xff\xe9` + "\xe9\xc2\x85\t-\t-\t-", want: "\n  host = \"a\\\\x00\\\\x7f\\\\x0a\\\\xff\\\\xe9\\\\xe9\\\\xc2\\\\x85\""},
		"biggest":        {values: "-\t9223372036854775807\t-\t18446744073709551615", want: "\n  status_code = 9223372036854775807\n  request_body_len += 18446744073709551615"},
		"too big":        {values: "-\t9223372036854775808\t-\t-", bad: "column status_code: "},
		"counter":        {values: "-\t-\t-\tx", bad: "column request_body_len: "},
		"status is text": {values: "-\tOK\t-\t-", bad: `column status_code: "OK" is not a whole number`},
		"many":           {values: "-\t-\t" + many + "\t-", bad: "column proxied: more than 65536 values"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, _ := read(t, strings.NewReader(httpHead+"1767322800.0\t192.0.2.10\t198.51.100.5\t80\t"+tt.values+"\n"), Options{})
			if tt.bad != "" {
				if len(s.bad) != 1 || !strings.Contains(s.bad[0], "line 8: "+tt.bad) || len(s.all) > 0 {
					t.Errorf("bad = %q, %d records", s.bad, len(s.all))
				}
				return
			}
			if diff := cmp.Diff([]string{httpStart + tt.want}, s.all); diff != "" {
				t.Errorf("(-want +got):\n%s\nbad: %q", diff, s.bad)
			}
		})
	}
}

func TestNoMetadata(t *testing.T) {
	s, res := read(t, strings.NewReader(httpHead+"1767322800.0\t192.0.2.10\t198.51.100.5\t80\th\tnot a number\ta\t5\n"), Options{NoMetadata: true})
	if diff := cmp.Diff([]string{httpStart}, s.all); diff != "" || res.Bad != 0 {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHeaderTypes has the columns' types from #types, not from what Zeek documents.
func TestHeaderTypes(t *testing.T) {
	const fields = "#path\tssh\n#fields\tts\tid.orig_h\tid.resp_h\tid.resp_p\tversion\tauth_success\tclient\n"
	const line = "1767322800.0\t192.0.2.10\t198.51.100.5\t22\t2\tT\t7\n"
	const start = "ssh 2026-01-02 03:00:00.000000..2026-01-02 03:00:00.000000 tcp 192.0.2.10 -> 198.51.100.5:22 icmp 0"
	tests := map[string]struct{ types, want string }{
		"documented": {"#types\ttime\taddr\taddr\tport\tcount\tbool\tstring\n", "\n  version = 2\n  auth_success = bool 1\n  client = \"7\""},
		"other":      {"#types\ttime\taddr\taddr\tport\tint\tstring\tport\n", "\n  version = \"2\"\n  auth_success = \"T\"\n  client = 7"},
		"double":     {"#types\ttime\taddr\taddr\tport\tdouble\tenum\tset[count]\n", "\n  version = \"2\"\n  auth_success = \"T\"\n  client = 7"},
		"missing":    {"", "\n  version = 2\n  auth_success = bool 1\n  client = \"7\""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, _ := read(t, strings.NewReader(head+fields+tt.types+line), Options{})
			if diff := cmp.Diff([]string{start + tt.want}, s.all); diff != "" {
				t.Errorf("(-want +got):\n%s\nbad: %q", diff, s.bad)
			}
		})
	}
}

// TestJSONLines reads JSON lines between two good ones.
func TestJSONLines(t *testing.T) {
	const good = `{"_path":"conn","ts":1767322800.25,"id.orig_h":"192.0.2.10","id.orig_p":40000,"id.resp_h":"198.51.100.5","id.resp_p":80,"proto":"tcp","orig_pkts":5,"orig_ip_bytes":360,"resp_pkts":4,"resp_ip_bytes":1100}` + "\n"
	const rest = `"id.orig_h":"192.0.2.10","id.orig_p":40000,"id.resp_h":"198.51.100.5","id.resp_p":80,"proto":"tcp","orig_pkts":5,"orig_ip_bytes":360,"resp_pkts":4,"resp_ip_bytes":1100`
	const ids = `"ts":1767322800,"id.orig_h":"192.0.2.10","id.resp_h":"198.51.100.5","id.resp_p":80`
	tests := map[string]struct {
		line, want, bad string
	}{
		"ISO 8601":      {line: `{"_path":"conn","ts":"2026-01-02T03:00:00.250000Z",` + rest + `}`, want: goodDump},
		"ISO, offset":   {line: `{"_path":"conn","ts":"2026-01-02T04:00:00.250+0100",` + rest + `}`, want: goodDump},
		"milliseconds":  {line: `{"_path":"conn","ts":1767322800250,` + rest + `}`, want: goodDump},
		"exponent":      {line: `{"_path":"conn","ts":1.76732280025e9,` + rest + `}`, want: goodDump},
		"more digits":   {line: `{"_path":"conn","ts":1767322800.24999994,` + rest + `}`, want: goodDump},
		"text":          {line: `{"_path":"conn","ts":"1767322800.25",` + rest + `}`, want: goodDump},
		"underscores":   {line: strings.NewReplacer("id.", "id_").Replace(`{"_path":"conn","ts":1767322800.25,` + rest + `}`), want: goodDump},
		"unknown":       {line: `{"x":{"ts":[1,{}]},"_path":"conn","ts":1767322800.25,` + rest + `,"y":null}`, want: goodDump},
		"last counts":   {line: `{"_path":"conn","ts":1,"ts":1767322800.25,` + rest + `}`, want: goodDump},
		"lists":         {line: `{"_path":"http",` + ids + `,"proxied":["a","","b\u0000\ud83d\ude00\ud83d",null],"host":"","status_code":0,"info_code":null}`, want: httpStart + "\n  proxied = \"a\"\n  proxied = \"b\\\\x00😀�\""},
		"list for one":  {line: `{"_path":"http",` + ids + `,"host":["a","b"],"proxied":"c"}`, want: httpStart + "\n  host = \"a\"\n  host = \"b\"\n  proxied = \"c\""},
		"numbers":       {line: `{"_path":"http",` + ids + `,"host":7.50,"status_code":"200","request_body_len":"3"}`, want: httpStart + "\n  host = \"7.50\"\n  status_code = 200\n  request_body_len += 3"},
		"verbatim":      {line: `{"_path":"http",` + ids + `,"host":"a\\x2cb\\"}`, want: httpStart + "\n  host = \"a\\\\x2cb\\\\\""},
		"millis, far":   {line: `{"_path":"conn","ts":14371730131200,` + rest + `}`, bad: "time out of range"},
		"no ts":         {line: `{"_path":"conn",` + rest + `}`, bad: "column ts: not set"},
		"null ts":       {line: `{"_path":"conn","ts":null,` + rest + `}`, bad: "column ts: not set"},
		"bad ts":        {line: `{"_path":"conn","ts":"2026-13-02T03:00:00Z",` + rest + `}`, bad: "column ts: "},
		"float port":    {line: `{"_path":"conn","ts":1,` + strings.Replace(rest, "40000", "4e4", 1) + `}`, bad: "column id.orig_p: "},
		"bool":          {line: `{"_path":"ssh",` + ids + `,"auth_success":1}`, bad: "column auth_success: "},
		"truncated":     {line: `{"_path":"conn","ts":1767322800.25,"id.orig_h":"192.0`, bad: "cut off"},
		"two":           {line: strings.TrimSpace(good) + strings.TrimSpace(good), bad: "not valid JSON at column"},
		"control":       {line: "{\"_path\":\"conn\x01\"}", bad: "not valid JSON at column 15"},
		"nested deeply": {line: `{"_path":` + strings.Repeat("[", 100), bad: "nested more than 64 deep"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, _ := read(t, strings.NewReader(good+tt.line+"\r\n"+good), Options{})
			want := []string{goodDump, goodDump}
			if tt.want != "" {
				want = []string{goodDump, tt.want, goodDump}
			}
			if diff := cmp.Diff(want, s.all); diff != "" {
				t.Errorf("records (-want +got):\n%s\nbad: %q", diff, s.bad)
			}
			if (tt.bad != "") != (len(s.bad) == 1) || tt.bad != "" && !strings.Contains(s.bad[0], "line 2: ") || tt.bad != "" && !strings.Contains(s.bad[0], tt.bad) {
				t.Errorf("bad = %q, want %q", s.bad, tt.bad)
			}
		})
	}
}

func TestSIPTransport(t *testing.T) {
	tests := []struct{ request, response, want string }{
		{"-", "-", "udp"},
		{"(empty)", "(empty)", "udp"},
		{"SIP/2.0/UDP 192.0.2.1", "SIP/2.0/UDP 192.0.2.1", "udp"},
		{"SIP/2.0/TCP 192.0.2.1", "-", "tcp"},
		{"-", "SIP/2.0/UDP 192.0.2.1,SIP/2.0/Tls 192.0.2.1:5061", "tcp"},
		{"TCP", "SIP/2.0/WS/TCP x", "udp"},
		{"x SIP/2.0/TCP", "SIP/2.0/TCPX", "udp"},
	}
	const header = head + "#path\tsip\n#fields\tts\tid.orig_h\tid.resp_h\tid.resp_p\trequest_path\tresponse_path\n" +
		"#types\ttime\taddr\taddr\tport\tvector[string]\tvector[string]\n"
	for _, tt := range tests {
		s, _ := read(t, strings.NewReader(header+"1\t192.0.2.1\t192.0.2.2\t5060\t"+tt.request+"\t"+tt.response+"\n"), Options{})
		if len(s.metas) != 1 || s.metas[0].Proto != tt.want {
			t.Errorf("%q, %q: %v, bad %q, want %s", tt.request, tt.response, s.metas, s.bad, tt.want)
		}
	}
}

// TestModbusProto takes the proto column of the Modbus logs that have one.
func TestModbusProto(t *testing.T) {
	const header = head + "#path\tmodbus\n#fields\tts\tid.orig_h\tid.resp_h\tid.resp_p\tproto\n#types\ttime\taddr\taddr\tport\tenum\n"
	s, _ := read(t, strings.NewReader(header+"1\t192.0.2.1\t192.0.2.2\t502\tudp\n1\t192.0.2.1\t192.0.2.2\t502\t-\n"), Options{})
	if len(s.metas) != 2 || s.metas[0].Proto != "udp" || s.metas[1].Proto != "tcp" {
		t.Errorf("records = %q, bad %q", s.all, s.bad)
	}
}

// TestConcatenated has logs of several kinds and both formats in one stream.
func TestConcatenated(t *testing.T) {
	const weird = head + "#path\tweird\n#fields\tts\tname\n#types\ttime\tstring\n1\ta\n2\tb\n"
	const json = `{"_path":"ssh","ts":1767322800,"id.orig_h":"192.0.2.10","id.resp_h":"198.51.100.5","id.resp_p":22}` + "\n"
	s, res := read(t, strings.NewReader(weird+connHead+goodConn+"#close\tx\n"+httpHead+
		"1767322800.0\t192.0.2.10\t198.51.100.5\t80\t-\t-\t-\t-\n"+json+connHead+goodConn+`{"_path":"x"}`), Options{})
	want := []string{goodDump, httpStart, "ssh 2026-01-02 03:00:00.000000..2026-01-02 03:00:00.000000 tcp 192.0.2.10 -> 198.51.100.5:22 icmp 0", goodDump}
	if diff := cmp.Diff(want, s.all); diff != "" {
		t.Errorf("records (-want +got):\n%s\nbad: %q", diff, s.bad)
	}
	if diff := cmp.Diff(map[string]uint64{`path "weird" is not a flow log`: 2, `path "x" is not a flow log`: 1}, s.skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	want2 := Result{Path: "conn", Records: map[string]uint64{"conn": 2, "http": 1, "ssh": 1}, Lines: 36, Skipped: 3}
	if diff := cmp.Diff(want2, res); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

// TestNothing reads streams without any flow record.
func TestNothing(t *testing.T) {
	tests := map[string]struct {
		log, name string
		path      string // of the result
		err       error
		message   string
		bad       int
	}{
		"empty":           {},
		"blank lines":     {log: "\n \n\n"},
		"conn, no line":   {log: connHead + "#close\tx\n", path: "conn"},
		"conn, bad lines": {log: connHead + "x\n", path: "conn", bad: 1},
		"weird":           {log: head + "#path\tweird\n#fields\tts\n#types\ttime\n1\n", path: "weird", err: ErrUnknownPath, message: `path "weird" is not a flow log`},
		"weird, no line":  {log: head + "#path\tweird\n#fields\tts\n", path: "weird", err: ErrUnknownPath, message: `path "weird" is not a flow log`},
		"JSON":            {log: `{"_path":"files","ts":1}`, path: "files", err: ErrUnknownPath, message: `path "files" is not a flow log`},
		"JSON, unknown":   {log: `{"ts":1}`, err: ErrUnknownPath, message: "neither #path nor _path"},
		"JSON, conn_long": {log: `{"ts":1,"conn_state":"SF","orig_pkts":1}`, name: "conn_long.log", path: "conn_long", err: ErrUnknownPath, message: `path "conn_long" is not a flow log`},
		"no fields":       {log: "#separator \\x09\n#path\tconn\n1\t2\n", path: "conn", bad: 1},
		"text":            {log: "To whom it may concern\nnothing\n", name: "conn.log", path: "conn", err: ErrNotZeek},
		"binary":          {log: "\x1f\x8b\x00\x00\n\n\x00#{", err: ErrNotZeek},
		"JSON array":      {log: `[{"ts":1}]`, err: ErrNotZeek},
		"long path":       {log: "#separator \\x09\n#path\t" + strings.Repeat("é", 1000) + "\n", path: strings.Repeat("é", 32) + "...", err: ErrUnknownPath},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &recorder{}
			res, err := Read(context.Background(), strings.NewReader(tt.log), Options{Name: tt.name}, s)
			if !errors.Is(err, tt.err) || tt.err == nil && err != nil {
				t.Errorf("error = %v, want %v", err, tt.err)
			}
			if tt.message != "" && !strings.Contains(err.Error(), tt.message) {
				t.Errorf("error = %v, want %q", err, tt.message)
			}
			if res.Path != tt.path || len(s.all) > 0 || len(s.bad) != tt.bad {
				t.Errorf("path %q, records %q, bad %q", res.Path, s.all, s.bad)
			}
		})
	}
}

// TestMissingBeginning has lines before the first header: they are lost, the others are not.
func TestMissingBeginning(t *testing.T) {
	s, res := read(t, strings.NewReader("\ufeff"+goodConn+goodConn+goodConn+connHead+goodConn), Options{})
	if diff := cmp.Diff([]string{goodDump}, s.all); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if len(s.bad) != 1 || !strings.HasPrefix(s.bad[0], "line 1: no #fields header before this line") || res.Skipped != 2 || s.skipped["line without a #fields header"] != 2 {
		t.Errorf("bad = %q, skipped %v", s.bad, s.skipped)
	}
}

// TestDetect reads the samples without their paths: the file name or the columns must do.
func TestDetect(t *testing.T) {
	for name := range kinds {
		for _, suffix := range []string{".log", ".json.log"} {
			whole, err := io.ReadAll(open(t, name+suffix))
			if err != nil {
				t.Fatal(err)
			}
			log := strings.NewReplacer("#path\t"+name+"\n", "", `"_path":"`+name+`",`, "").Replace(string(whole))
			want, _ := read(t, strings.NewReader(string(whole)), Options{})
			for _, file := range []string{"", "dir/zeek.json", name + ".log", "/x/" + name + ".2026-01-02-00.log.json.gz", name + "-26-01-02_03.00.00.log"} {
				s, res := read(t, strings.NewReader(log), Options{Name: file})
				if diff := cmp.Diff(want.all, s.all); diff != "" || res.Path != name {
					t.Errorf("%s%s as %q: path %q (-want +got):\n%s", name, suffix, file, res.Path, diff)
				}
				if named := pathOfName(file) != ""; named == (len(s.notes) > 0) {
					t.Errorf("%s%s as %q: notes %q", name, suffix, file, s.notes)
				}
			}
		}
	}
}

func TestPathOfName(t *testing.T) {
	tests := map[string]string{
		"": "", "conn": "conn", "conn.log": "conn", "/a/b.c/conn.00:00:00-01:00:00.log.gz": "conn",
		"conn-26-01-02_03.00.00.log": "conn", "conn_20260102_03:00:00-04:00:00-0000.log.gz": "conn",
		"conn_long.log": "conn_long", "conn-summary.log": "", "conn_": "", "weird.log": "", "Conn.log": "", "stdin": "",
		"dns_red_20260102.log": "dns_red_20260102",
	}
	for name, want := range tests {
		if got := pathOfName(name); got != want {
			t.Errorf("pathOfName(%q) = %q, want %q", name, got, want)
		}
	}
}

// TestManyOtherLogs bounds what is remembered of other logs.
func TestManyOtherLogs(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		b.WriteString(`{"_path":"` + strings.Repeat("x", i) + `y"}` + "\n")
	}
	s := &recorder{}
	res, err := Read(context.Background(), strings.NewReader(b.String()), Options{}, s)
	if !errors.Is(err, ErrUnknownPath) || res.Skipped != 1000 || len(s.skipped) > maxSkippedPaths+1 {
		t.Errorf("error %v, %+v, %d reasons", err, res, len(s.skipped))
	}
}

func TestErrors(t *testing.T) {
	log := connHead + goodConn + goodConn
	t.Run("sink", func(t *testing.T) {
		full := errors.New("disk full")
		s := &recorder{fail: full}
		if res, err := Read(context.Background(), strings.NewReader(log), Options{}, s); err != full || len(s.all) != 1 || res.Path != "conn" || len(res.Records) > 0 {
			t.Errorf("error = %v after %d records, %+v", err, len(s.all), res)
		}
	})
	t.Run("stream", func(t *testing.T) {
		broken := errors.New("broken pipe")
		s := &recorder{}
		r := io.MultiReader(strings.NewReader(log+goodConn[:20]), iotest.ErrReader(broken))
		_, err := Read(context.Background(), r, Options{}, s)
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), "after line 9") || len(s.all) != 2 || len(s.bad) > 0 {
			t.Errorf("error = %v, %d records, bad %q", err, len(s.all), s.bad)
		}
	})
	t.Run("context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		s := &recorder{}
		if _, err := Read(ctx, strings.NewReader(log), Options{}, s); !errors.Is(err, context.Canceled) || len(s.all) > 0 {
			t.Errorf("error = %v, %d records", err, len(s.all))
		}
	})
	t.Run("one byte at a time", func(t *testing.T) {
		s, _ := read(t, iotest.OneByteReader(strings.NewReader(strings.TrimSuffix(log, "\n"))), Options{})
		if diff := cmp.Diff([]string{goodDump, goodDump}, s.all); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestReuse makes sure that strings given to the sink stay as they were.
func TestReuse(t *testing.T) {
	var b strings.Builder
	b.WriteString(httpHead)
	for i := range 100 {
		b.WriteString("1767322800.0\t192.0.2.10\t198.51.100.5\t80\thost" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + "\t-\t-\t-\n")
	}
	s, _ := read(t, strings.NewReader(b.String()), Options{})
	for i, m := range s.metas {
		if want := "host" + strings.Repeat("x", i%7) + string(rune('a'+i%26)); len(m.Values) != 1 || m.Values[0].Str != want {
			t.Fatalf("record %d: %v, want %q", i, m.Values, want)
		}
	}
}

var _ flow.Sink = (*recorder)(nil)

// TestLimits keeps the limits of the formats in line with the types of the records.
func TestLimits(t *testing.T) {
	if math.MaxUint16 != 65535 || len(kinds) != len(flow.Metadata)+1 {
		t.Errorf("%d kinds of logs for %d meta protocols", len(kinds), len(flow.Metadata))
	}
	for _, m := range flow.Metadata {
		if k := kinds[m.Name]; k == nil || k.meta == nil || k.schema.Len() != k.firstKey+len(m.Keys)+len(m.Counters) {
			t.Errorf("%s: no or wrong schema", m.Name)
		}
	}
}
