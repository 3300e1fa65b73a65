package flowbody

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/flow"
)

// collect keeps what it is given.
type collect struct {
	events []flow.Event
	metas  []flow.Meta
	fail   error
}

func (c *collect) Event(e *flow.Event) error {
	c.events = append(c.events, *e)
	return c.fail
}

func (c *collect) Meta(m *flow.Meta) error {
	k := *m
	k.Values = append([]flow.Value(nil), m.Values...)
	k.Counters = append([]flow.Counter(nil), m.Counters...)
	c.metas = append(c.metas, k)
	return c.fail
}

func addr(t testing.TB, s string) flow.Addr {
	t.Helper()
	a, err := flow.ParseAddr(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// tcp is a record of kind flow, with members replaced or (with "-") left out.
func record(kind string, change ...string) string {
	m := map[string]string{
		"src": `"192.0.2.1"`, "dst": `"198.51.100.1"`, "proto": `"tcp"`, "sport": "40000", "dport": "443",
		"start_time": "1704164645.5", "end_time": "1704164650",
		"cspkts": "3", "scpkts": "2", "csbytes": "180", "scbytes": "90",
		"orig_pkts": "3", "resp_pkts": "2", "orig_ip_bytes": "180", "resp_ip_bytes": "90",
	}
	for i := 0; i < len(change); i += 2 {
		if m[change[i]] = change[i+1]; change[i+1] == "-" {
			delete(m, change[i])
		}
	}
	var b []string
	for k, v := range m {
		b = append(b, fmt.Sprintf("%q: %s", k, v))
	}
	return fmt.Sprintf(`{"kind": %q, "rec": {%s}}`, kind, strings.Join(b, ", "))
}

func body(records ...string) string { return `{"records": [` + strings.Join(records, ",") + `]}` }

func TestReadTraffic(t *testing.T) {
	base := flow.Event{
		Start: 1704164645_500000, End: 1704164650_000000, Src: addr(t, "192.0.2.1"), Dst: addr(t, "198.51.100.1"),
		Proto: "tcp", Sport: 40000, Dport: 443, Count: 1, CsPkts: 3, CsBytes: 180, ScPkts: 2, ScBytes: 90,
	}
	with := func(f func(*flow.Event)) flow.Event {
		e := base
		f(&e)
		return e
	}
	tests := []struct {
		name, rec string
		want      flow.Event
	}{
		{"flow", record("flow"), base},
		{"conn", record("conn"), base},
		{"conn, unset counters", record("conn", "orig_pkts", "null", "orig_ip_bytes", "null", "resp_pkts", "null", "resp_ip_bytes", "null"),
			with(func(e *flow.Event) { e.CsPkts, e.CsBytes, e.ScPkts, e.ScBytes = 0, 0, 0, 0 })},
		{"counters of the other kind are ignored", record("flow", "orig_pkts", `"x"`), base},
		{"protocol in capitals", record("flow", "proto", `"TCP"`), base},
		{"icmp", record("flow", "proto", `"icmp"`, "type", "8", "code", "255", "sport", "-", "dport", "-"),
			with(func(e *flow.Event) { e.Proto, e.Sport, e.Dport, e.Type, e.Code = "icmp", 0, 0, 8, 255 })},
		{"icmp6", record("flow", "proto", `"icmp6"`, "type", "128", "code", "1"),
			with(func(e *flow.Event) { e.Proto, e.Sport, e.Dport, e.Type, e.Code = "icmp6", 0, 0, 128, 1 })},
		{"icmp6 of a client that knows no types of it", record("flow", "proto", `"icmp6"`, "type", "null"),
			with(func(e *flow.Event) { e.Proto, e.Sport, e.Dport = "icmp6", 0, 0 })},
		{"no ports", record("flow", "proto", `"gre"`, "sport", "-", "dport", "-"),
			with(func(e *flow.Event) { e.Proto, e.Sport, e.Dport = "gre", 0, 0 })},
		{"ports of a protocol without", record("flow", "proto", `"gre"`, "sport", "99999"),
			with(func(e *flow.Event) { e.Proto, e.Sport, e.Dport = "gre", 0, 0 })},
		{"IPv6 with zone", record("flow", "src", `"fe80::1%eth0"`), with(func(e *flow.Event) { e.Src = addr(t, "fe80::1") })},
		{"dates", record("flow", "start_time", `"2024-01-02 03:04:05.5"`, "end_time", `"2024-01-02T03:04:10"`), base},
		{"every microsecond", record("flow", "start_time", "1767322800.000001", "end_time", "1767322800.999999"),
			with(func(e *flow.Event) { e.Start, e.End = 1767322800_000001, 1767322800_999999 })},
		{"exponent", record("flow", "start_time", "17041646455e-1", "end_time", "1.70416465E+9"), base},
		{"whole floats", record("flow", "cspkts", "3.0", "csbytes", "1.8e2"), base},
		{"largest", record("flow", "sport", "65535", "dport", "0", "cspkts", "18446744073709551615"),
			with(func(e *flow.Event) { e.Sport, e.Dport, e.CsPkts = 65535, 0, 1<<64-1 })},
		{"escapes in keys and values", strings.NewReplacer(`"src"`, `"\u0073rc"`, `"192.0.2.1"`, `"\u003192.0.2.1"`).Replace(record("flow")), base},
		{"the last of a member twice", strings.Replace(record("flow"), `"rec": {`, `"rec": {"src": 1, "dst": {"src": [2]}, `, 1), base},
		{"space", strings.NewReplacer(":", " :\n", ",", "\t,\r", "{", "{ ", "}", " }").Replace(record("flow")), base},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got collect
			n, err := Read(strings.NewReader(body(tt.rec)), &got)
			if err != nil || n != 1 {
				t.Fatalf("%d records, %v; body %s", n, err, tt.rec)
			}
			if diff := cmp.Diff([]flow.Event{tt.want}, got.events); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestReadProtocolLog(t *testing.T) {
	rec := `{"kind": "any", "name": "http", "rec": {"ts": 1767322801, "src": "192.0.2.10", "dst": "198.51.100.5", "proto": "tcp", "dport": 80,
		"start_time": 1767322801, "end_time": 1767322801, "method": "GET", "host": "WWW.example.com", "status_code": 200, "user_agent": null,
		"info_msg": "", "proxied": ["VIA -> a", "VIA -> b"], "request_body_len": 0, "response_body_len": 512, "other": {"x": 1}}}`
	want := []flow.Meta{{
		Start: 1767322801_000000, End: 1767322801_000000, Src: addr(t, "192.0.2.10"), Dst: addr(t, "198.51.100.5"),
		Proto: "tcp", Dport: 80, Name: "http",
		Values: []flow.Value{
			{Key: "method", Kind: flow.String, Str: "GET"}, {Key: "host", Kind: flow.String, Str: "WWW.example.com"},
			{Key: "status_code", Kind: flow.Int, Int: 200},
			{Key: "proxied", Kind: flow.String, Str: "VIA -> a"}, {Key: "proxied", Kind: flow.String, Str: "VIA -> b"},
		},
		Counters: []flow.Counter{{Key: "response_body_len", N: 512}},
	}, {
		Start: 1767322801_000000, End: 1767322801_000000, Src: addr(t, "192.0.2.10"), Dst: addr(t, "198.51.100.5"),
		Proto: "icmp", Type: 8, Name: "arp",
	}, {
		Start: 1767322801_000000, End: 1767322801_000000, Src: addr(t, "192.0.2.10"), Dst: addr(t, "198.51.100.5"),
		Proto: "arp", Name: "arp", Values: []flow.Value{{Key: "op", Kind: flow.String, Str: "who-has"}},
	}}
	const common = `"src": "192.0.2.10", "dst": "198.51.100.5", "start_time": 1767322801, "end_time": 1767322801`
	var got collect
	n, err := Read(strings.NewReader(body(rec,
		`{"kind": "any", "name": "arp", "rec": {"proto": "icmp", "type": 8, `+common+`}}`,
		`{"kind": "any", "name": "arp", "rec": {"proto": "arp", "op": "who-has", `+common+`}}`)), &got)
	if err != nil || n != 3 {
		t.Fatalf("%d records, %v", n, err)
	}
	if diff := cmp.Diff(want, got.metas); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestReadErrors(t *testing.T) {
	tests := []struct{ body, want string }{
		{``, `invalid JSON body: it ends early, after 0 bytes`},
		{`nonsense`, `invalid JSON body: invalid character 'o' in literal null (expecting 'u'), near byte 0`},
		{"\x00\x00", `invalid JSON body: invalid character '\x00' looking for beginning of value, near byte 0`},
		{`{"records": []`, `invalid JSON body: it ends early, after 14 bytes`},
		{`{"records": [}`, `invalid JSON body: `},
		{`{"records": [1,]}`, `each record must be an object`},
		{`{"records": [` + record("flow") + `,]}`, `invalid JSON body: `},
		{`{"records": [] "x": 1}`, `invalid JSON body: `},
		{`{"records": []} x`, `invalid JSON body: something follows the object`},
		{`{"records": []}{}`, `invalid JSON body: something follows the object`},
		{`{"records": [], "records": []}`, `invalid JSON body: 'records' appears twice`},
		{`{"x": ` + strings.Repeat("[", 2000), `invalid JSON body: nested more than 1000 deep`},
		{`[]`, `'records' must be a list`}, {`1`, `'records' must be a list`}, {`null`, `'records' must be a list`},
		{`{}`, `'records' must be a list`}, {`{"records": 1}`, `'records' must be a list`}, {`{"records": {}}`, `'records' must be a list`},
		{`{"Records": []}`, `'records' must be a list`},
		{body(`1`), `each record must be an object`}, {body(`[]`), `each record must be an object`}, {body(`null`), `each record must be an object`},
		{body(`{}`), `record must be an object`}, {body(`{"kind": "x", "rec": []}`), `record must be an object`},
		{body(`{"kind": "any", "rec": {}}`), `'any' records must carry a string 'name'`},
		{body(`{"kind": "any", "name": 1, "rec": {}}`), `'any' records must carry a string 'name'`},
		{body(`{"kind": "x", "rec": {}}`), `unknown record kind 'x'`}, {body(`{"kind": "FLOW", "rec": {}}`), `unknown record kind 'FLOW'`},
		{body(`{"kind": 5, "rec": {}}`), `unknown record kind 5`}, {body(`{"rec": {}}`), `unknown record kind null`},
		{body(`{"kind": "it's \n", "rec": {}}`), `unknown record kind 'it\'s \n'`},
		{body(`{"kind": "` + strings.Repeat("k", 1000) + `", "rec": {}}`), `unknown record kind '` + strings.Repeat("k", 60) + `...'`},
		{body(`{"kind": "any", "name": "quic", "rec": {}}`), `records[0]: nothing is known of logs named 'quic'`},
		{body(record("flow"), record("flow"), record("flow", "dst", "-")), `records[2]: 'dst' is missing`},
		{body(record("flow", "src", "1")), `records[0]: 'src' must be an IP address in a text, not 1`},
		{body(record("flow", "src", `"192.0.2"`)), `records[0]: 'src' must be an IP address, not '192.0.2'`},
		{body(record("flow", "src", `"192.0.2.0/24"`)), `records[0]: 'src' must be an IP address, not '192.0.2.0/24'`},
		{body(record("flow", "proto", `""`)), `records[0]: 'proto' must be the name of a protocol`},
		{body(record("flow", "proto", `6`)), `records[0]: 'proto' must be the name of a protocol`},
		{body(record("flow", "proto", `"a b"`)), `records[0]: 'proto' must be the name of a protocol`},
		{body(record("flow", "proto", `"t\u0441p"`)), `records[0]: 'proto' must be the name of a protocol`},
		{body(record("flow", "sport", "-")), `records[0]: 'sport' is missing (needed as the protocol is tcp)`},
		{body(record("flow", "dport", "65536")), `records[0]: 'dport' must be a whole number from 0 to 65535, not 65536`},
		{body(record("flow", "dport", "-1")), `records[0]: 'dport' must be a whole number from 0 to 65535, not -1`},
		{body(record("flow", "dport", `"80"`)), `records[0]: 'dport' must be a whole number from 0 to 65535, not '80'`},
		{body(record("flow", "dport", "true")), `records[0]: 'dport' must be a whole number from 0 to 65535, not true`},
		{body(record("flow", "dport", "1.5")), `records[0]: 'dport' must be a whole number from 0 to 65535, not 1.5`},
		{body(record("conn", "dport", "null")), `records[0]: 'dport' must be a whole number from 0 to 65535, not null`},
		{body(record("flow", "proto", `"icmp"`)), `records[0]: 'type' is missing (needed as the protocol is icmp)`},
		{body(record("flow", "proto", `"icmp"`, "type", "8")), `records[0]: 'code' is missing`},
		{body(record("flow", "proto", `"icmp"`, "type", "256", "code", "0")), `records[0]: 'type' must be a whole number from 0 to 255, not 256`},
		{body(record("flow", "cspkts", "-")), `records[0]: 'cspkts' is missing`},
		{body(record("flow", "cspkts", "null")), `records[0]: 'cspkts' must be a whole number`},
		{body(record("conn", "orig_pkts", "-")), `records[0]: 'orig_pkts' is missing`},
		{body(record("flow", "cspkts", "18446744073709551616")), `records[0]: 'cspkts' must be a whole number`},
		{body(record("flow", "cspkts", "1e999999999999999999999")), `records[0]: 'cspkts' must be a whole number`},
		{body(record("flow", "start_time", "-")), `records[0]: 'start_time' is missing`},
		{body(record("flow", "start_time", `"yesterday"`)), `records[0]: 'start_time' must be seconds since 1970 or a text`},
		{body(record("flow", "end_time", "null")), `records[0]: 'end_time' must be seconds since 1970 or a text`},
		{body(record("flow", "start_time", "1e300")), `records[0]: 'start_time' must be seconds since 1970 or a text`},
		{body(record("flow", "start_time", "-5")), `records[0]: time out of range`},
		{body(record("flow", "end_time", "1704164645")), `records[0]: the record ends 0.500 s before it starts`},
		{body(`{"kind": "any", "name": "http", "rec": {"src": "192.0.2.1"}}`), `records[0]: 'start_time' is missing`},
		{body(strings.Replace(record("any", "request_body_len", "-1"), `"kind"`, `"name": "http", "kind"`, 1)), `records[0]: member "request_body_len": `},
	}
	for _, tt := range tests {
		n, err := Read(strings.NewReader(tt.body), &collect{})
		var wrong *Error
		if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%.200s: %d, %v; want %q", tt.body, n, err, tt.want)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\r\n") {
			t.Errorf("%.200s: the error has several lines: %q", tt.body, err)
		}
	}
}

func TestReadSkipsOtherMembers(t *testing.T) {
	var got collect
	n, err := Read(strings.NewReader(`{"a": {"records": [1, {"x": [2]}]}, "records": [`+record("flow")+`], "z": [[], {}], "y": null}`), &got)
	if err != nil || n != 1 || len(got.events) != 1 {
		t.Errorf("%d records, %v", n, err)
	}
	if n, err := Read(strings.NewReader(" { \"records\" : [ ] } \n"), &got); err != nil || n != 0 {
		t.Errorf("%d records, %v", n, err)
	}
}

func TestReadPassesErrorsOn(t *testing.T) {
	cause := errors.New("cause")
	if _, err := Read(strings.NewReader(body(record("flow"))), &collect{fail: cause}); err != cause {
		t.Errorf("of the sink: %v", err)
	}
	for _, cause := range []error{cause, io.ErrUnexpectedEOF} { // the latter is a body that is shorter than announced
		for _, text := range []string{`{"records": [`, body(record("flow"))} {
			r := io.MultiReader(strings.NewReader(text), iotest.ErrReader(cause))
			if _, err := Read(r, &collect{}); err != cause {
				t.Errorf("%s: of the reader: %v", text, err)
			}
		}
	}
}

// repeat reads the same text without end.
type repeat struct {
	text string
	at   int
}

func (r *repeat) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	return n, nil
}

// TestReadHoldsLittle feeds a gigabyte of what a JSON decoder would like to keep.
func TestReadHoldsLittle(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const size = 1 << 26
	tests := []struct{ name, start, more, want string }{
		{"zeros", "", "\x00", "invalid JSON body: invalid character"},
		{"space", "", " ", "the record (or other value) at byte 0 of the body is larger than 1048576 bytes"},
		{"a text", `{"records": [{"kind": "`, "k", "the record (or other value) at byte 13"},
		{"a key", `{"`, "k", "the record (or other value) at byte 1"},
		{"another member", `{"x": "`, "k", "the record (or other value)"},
		{"a list in a record", `{"records": [{"rec": {"x": [`, "1,", "the record (or other value) at byte 13"},
		{"nesting", `{"x": `, "[", "invalid JSON body: nested more than"},
		{"nesting in a record", `{"records": [`, "[", "invalid JSON body: invalid character '[' exceeded max depth"},
		{"a list elsewhere", `{"x": [`, "12345678,", "invalid JSON body: it ends early"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			peak := watchHeap()
			r := io.MultiReader(strings.NewReader(tt.start), io.LimitReader(&repeat{text: tt.more}, size))
			_, err := Read(r, &collect{})
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v", err)
			}
			if used := peak(); used > 16<<20 {
				t.Errorf("%d bytes were held", used)
			}
		})
	}
}

// watchHeap returns a function that tells by how much the heap has been larger than now, at most, garbage
// included.
func watchHeap() (grown func() int64) {
	inUse := func() int64 {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64())
	}
	runtime.GC()
	start, peak := inUse(), int64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			peak = max(peak, inUse()-start)
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	return func() int64 {
		close(stop)
		<-stopped
		return peak
	}
}

func BenchmarkRead(b *testing.B) {
	recs := make([]string, 1000)
	for i := range recs {
		recs[i] = record("flow")
	}
	text := body(recs...)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(strings.NewReader(text), discard{}); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{}

func (discard) Event(*flow.Event) error { return nil }
func (discard) Meta(*flow.Meta) error   { return nil }

// FuzzRead checks that what is read is JSON with as many records, whose members are in their ranges.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		body(record("flow"), record("conn")), body(), `{"x": [{}], "records": [{"rec": 1}]}`,
		body(record("flow", "proto", `"icmp"`, "type", "8", "code", "0", "start_time", `"2024-01-02 03:04:05.5"`)),
		body(`{"kind": "any", "name": "dns", "rec": {"src": "::1", "dst": "::2", "proto": "udp", "dport": 53, "start_time": 1, "end_time": 1.5e0, "answers": ["A", "\u00e9"], "query": "x"}}`),
		`{"records": [{"kind": "\ud83d", "rec": {"\\": "}\"]"}}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var got collect
		n, err := Read(iotest.OneByteReader(strings.NewReader(string(text))), &got)
		if err != nil {
			return
		}
		var all struct {
			Records []json.RawMessage `json:"records"`
		}
		if err := json.Unmarshal(text, &all); err != nil && !strings.Contains(strings.ToLower(string(text)), "records") {
			t.Fatalf("%q was read but %v", text, err)
		}
		if !json.Valid(text) || n != len(got.events)+len(got.metas) {
			t.Fatalf("%q: %d records, %d passed on", text, n, len(got.events)+len(got.metas))
		}
		for _, e := range got.events {
			if err := flow.CheckTimes(e.Start, e.End); err != nil || e.Proto == "" || e.Proto != strings.ToLower(e.Proto) {
				t.Fatalf("%q: %+v, %v", text, e, err)
			}
		}
	})
}
