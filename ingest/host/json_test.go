package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/httpapi/wire"
)

func TestAppend(t *testing.T) {
	h := &Host{
		Addr:       netip.MustParseAddr("192.0.2.20"),
		Start:      time.Unix(1700000001, 0).UTC(),
		End:        time.Unix(1700000100, 250000000).In(time.FixedZone("", 3600)),
		State:      "up",
		Source:     []string{"s1"},
		Categories: []string{"a", "b"},
	}
	h.AddAddress("ipv6", "2001:DB8::1")
	h.AddAddress("mac", "00:00:5E:00:53:01")
	h.Hostnames = []Hostname{{Name: "Host10.example.net", Type: "PTR", Domains: Domains("Host10.example.net"),
		Extra: []Member{{"vendor", "x"}, {"name", "not twice"}}}}
	h.AddTag(Tag{Value: "Zed", Type: "warning"})
	h.AddTag(Tag{Value: "CDN", Type: "info", Info: []string{"b", "a"}})
	h.ExtraPorts = []ExtraPorts{{"filtered", 996, []Reason{{"no-response", 990}, {"admin-prohibited", 6}}}}
	h.AddCPE("cpe:/a:nginx:nginx", OriginPort(443))
	h.OS = &OS{}
	h.Traces = []Trace{{Protocol: "", Hops: []Hop{{Addr: netip.MustParseAddr("198.51.100.1"), TTL: int64(1), RTT: 2.0, Host: "r"}, {}}}, {Protocol: "tcp", Port: Some(80)}}
	h.Extra = []Member{{"timedout", "false"}, {"_id", "x"}, {"ports", "x"}, {"openports", "x"}}
	h.Ports = []Port{
		{Port: 443, Protocol: "tcp", State: "open", StateReason: "syn-ack", StateReasonTTL: Some(0), StateReasonIP: netip.MustParseAddr("2001:db8::1"),
			Service: Service{Name: "http", Tunnel: "ssl", Conf: Some(10)},
			Extra:   []Member{{"service_servicefp", "SF"}, {"service_name", "not twice"}},
			Scripts: []Script{
				{ID: "ssl-heartbleed", Output: "é😀\n\x7f<&>\"\\", HasOutput: true, Data: List{NewObject("id", "NMAP-1")},
					Masscan: &Banner{Raw: []byte("RFB 003.008\n"), Encoded: `RFB 003.008\x0a`},
					Extra:   []Member{{"key", NewObject("f", 12.0, "g", 1e16, "h", 1e-5, "n", nil)}, {"id", "not twice"}, {"vulns", "not twice"}}},
				{ID: "output", Data: "cannot be told", HasOutput: true},
			},
			Screenshot: "field", ScreenData: []byte{0xff, 0xd8}, ScreenWords: []string{"login"}},
		{Port: 53, Protocol: "udp", State: "open|filtered"},
		{Port: HostScripts, Scripts: []Script{{ID: "a"}}},
	}
	want := `{"schema_version": 22, "addr": "192.0.2.20", ` +
		`"addresses": {"ipv6": ["2001:db8::1"], "mac": ["00:00:5e:00:53:01"]}, ` +
		`"hostnames": [{"name": "Host10.example.net", "type": "PTR", "domains": ["Host10.example.net", "example.net", "net"], "vendor": "x"}], ` +
		`"starttime": "2023-11-14 22:13:21", "endtime": "2023-11-14 22:15:00.250000", "state": "up", "source": "s1", "categories": ["a", "b"], ` +
		`"tags": [{"value": "CDN", "type": "info", "info": ["a", "b"]}, {"value": "Zed", "type": "warning"}], ` +
		`"extraports": {"filtered": {"total": 996, "reasons": {"no-response": 990, "admin-prohibited": 6}}}, ` +
		`"cpes": [{"type": "a", "vendor": "nginx", "product": "nginx", "version": "", "origins": ["ports.port:443"]}], ` +
		`"os": {}, "traces": [{"protocol": null, "hops": [{"ipaddr": "198.51.100.1", "ttl": 1, "rtt": 2.0, "host": "r"}, {}]}, {"protocol": "tcp", "port": 80, "hops": []}], ` +
		`"timedout": "false", "openports": {"count": 1, "tcp": {"count": 1, "ports": [443]}}, ` +
		`"ports": [{"port": 443, "protocol": "tcp", "state_state": "open", "state_reason": "syn-ack", "state_reason_ttl": 0, "state_reason_ip": "2001:db8::1", ` +
		`"service_name": "http", "service_tunnel": "ssl", "service_conf": 10, "service_servicefp": "SF", ` +
		`"scripts": [{"id": "ssl-heartbleed", "output": "\u00e9\ud83d\ude00\n\u007f<&>\"\\", "vulns": [{"id": "NMAP-1"}], ` +
		`"masscan": {"raw": "UkZCIDAwMy4wMDgK", "encoded": "RFB 003.008\\x0a"}, "key": {"f": 12.0, "g": 1e+16, "h": 1e-05, "n": null}}, {"id": "output", "output": ""}], ` +
		`"screenshot": "field", "screendata": "/9g=", "screenwords": ["login"]}, ` +
		`{"port": 53, "protocol": "udp", "state_state": "open|filtered"}, {"port": -1, "scripts": [{"id": "a"}]}]}`
	if diff := cmp.Diff(want, string(Append(nil, h))); diff != "" {
		t.Error(diff)
	}
	if got := string(Append([]byte("x"), &Host{})); got != `x{"schema_version": 22, "openports": {"count": 0}}` {
		t.Error("empty record:", got)
	}
	h = &Host{Source: []string{"a"}, SourceList: true}
	if got := string(Append(nil, h)); got != `{"schema_version": 22, "source": ["a"], "openports": {"count": 0}}` {
		t.Error("list of one source:", got)
	}
}

func TestAppendValue(t *testing.T) {
	tests := []struct {
		v    Value
		want string
	}{
		{nil, "null"}, {true, "true"}, {false, "false"},
		{int64(0), "0"}, {int64(math.MinInt64), "-9223372036854775808"}, {7, "7"},
		{0.0, "0.0"}, {math.Copysign(0, -1), "-0.0"}, {1.5, "1.5"}, {1e15, "1000000000000000.0"}, {1e16, "1e+16"},
		{0.0001, "0.0001"}, {0.00001, "1e-05"}, {1e300, "1e+300"}, {5e-324, "5e-324"}, {0.1, "0.1"},
		{math.NaN(), "null"}, {math.Inf(-1), "null"},
		{json.Number("9223372036854775808"), "9223372036854775808"}, {json.Number("1, 2"), "null"}, {json.Number(""), "null"},
		{"a", `"a"`}, {List{}, "[]"}, {List(nil), "[]"}, {List{int64(1), List{"x"}, nil}, `[1, ["x"], null]`},
		{&Object{}, "{}"}, {(*Object)(nil), "null"}, {NewObject("k", List{}, "é", NewObject()), `{"k": [], "\u00e9": {}}`},
		{List{" ", ", "}, `[" ", ", "]`},
		{[]byte("\x00\xff\xfe"), `"AP/+"`}, {[]byte{}, `""`},
		{time.Date(2024, 1, 2, 3, 4, 5, 6000, time.UTC), `"2024-01-02 03:04:05.000006"`},
		{time.Date(2024, 1, 2, 3, 4, 5, 999, time.UTC), `"2024-01-02 03:04:05"`},
		{time.Date(12024, 1, 2, 3, 4, 5, 0, time.UTC), `"12024-01-02 03:04:05"`},
		{struct{}{}, "null"},
	}
	for _, tt := range tests {
		if got := string(AppendValue(nil, tt.v)); got != tt.want {
			t.Errorf("%#v: got %s, want %s", tt.v, got, tt.want)
		}
	}
}

func TestAppendString(t *testing.T) {
	tests := []struct{ s, want string }{
		{"", `""`}, {"abc", `"abc"`}, {"12345678", `"12345678"`}, {"1234567\n", `"1234567\n"`}, {"12345678\"", `"12345678\""`},
		{"\x00\x1f\b\f\n\r\t\\\"/\x7f", `"\u0000\u001f\b\f\n\r\t\\\"/\u007f"`},
		{"é\u2028\uffff😀", `"\u00e9\u2028\uffff\ud83d\ude00"`},
		{"\xff\xed\xa0\x80a\xc3", `"\ufffd\ufffd\ufffd\ufffda\ufffd"`},
	}
	for _, tt := range tests {
		if got := string(AppendString(nil, tt.s)); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.s, got, tt.want)
		}
	}
	// Each byte at each place of a text of words of 8 bytes.
	for c := range 256 {
		for at := range 20 {
			s := strings.Repeat("~", at) + string([]byte{byte(c)}) + strings.Repeat(" ", 19-at)
			want := strings.ToValidUTF8(s, "\ufffd")
			var got string
			if err := json.Unmarshal(AppendString(nil, s), &got); err != nil || got != want {
				t.Fatalf("%q is written as %s (%v)", s, AppendString(nil, s), err)
			}
		}
	}
}

// The style must be that of the web API's other answers.
func TestStyle(t *testing.T) {
	for seed := range uint64(500) {
		g := newGenerator(seed)
		b := Append(nil, g.host())
		if !json.Valid(b) {
			t.Fatalf("seed %d: not JSON: %s", seed, b)
		}
		if i := bytes.IndexFunc(b, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
			t.Fatalf("seed %d: not printable ASCII: %q", seed, b[i:])
		}
		if diff := cmp.Diff(string(wire.Restyle(nil, b)), string(b)); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
		for _, v := range []any{g.text(), math.Float64frombits(g.Uint64()), float64(g.Int64()), float64(g.IntN(1000)) / 8} {
			want, err := wire.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if got := AppendValue(nil, v); !bytes.Equal(got, want) {
				t.Errorf("%#v: got %s, want %s", v, got, want)
			}
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for seed := range uint64(500) {
		h := newGenerator(seed).host()
		roundTrip(t, h)
	}
}

func roundTrip(t *testing.T, h *Host) {
	t.Helper()
	b := Append(nil, h)
	got, err := Decode(b)
	if err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	if diff := cmp.Diff(h, got, same); diff != "" {
		t.Fatalf("%s\n%s", diff, b)
	}
}

// Values that are nested too deep must not give a text that cannot be read.
func TestDepth(t *testing.T) {
	v := Value("x")
	for range 2 * maxDepth {
		v = List{v}
	}
	h := &Host{Infos: NewObject("a", v), Extra: []Member{{"b", v}}, OS: &OS{PortUsed: NewObject("c", v), Match: []*Object{NewObject("d", v)}},
		Hostnames: []Hostname{{Extra: []Member{{"e", v}}}}, Traces: []Trace{{Hops: []Hop{{Extra: []Member{{"f", v}}}}}},
		Ports: []Port{{Extra: []Member{{"g", v}}, Scripts: []Script{{ID: "h", Data: v, Extra: []Member{{"i", v}}}}}}}
	b := Append(nil, h)
	if _, err := Decode(b); err != nil {
		t.Error(err)
	}
	if n := bytes.Count(b, []byte("null")); n != 10 { // 9 values, and the protocol of the trace
		t.Errorf("%d values are cut", n)
	}
	if _, err := DecodeValue(AppendValue(nil, v)); err != nil {
		t.Error(err)
	}
	for _, text := range []string{strings.Repeat("[", 1e6), strings.Repeat(`{"a":`, 1e6)} {
		var bad *DecodeError
		if _, err := DecodeValue([]byte(text)); !errors.As(err, &bad) || !strings.Contains(bad.Reason, "deep") {
			t.Error(err)
		}
	}
}

func TestManyValues(t *testing.T) {
	b := []byte("[" + strings.Repeat("0,", maxValues) + "0]")
	if _, err := DecodeValue(b); err == nil {
		t.Error("too many values are read")
	}
	port := fmt.Appendf(nil, `{"port":1},`)
	b = append([]byte(`{"ports":[`), bytes.Repeat(port, maxPorts)...)
	if _, err := Decode(append(b, `{"port":1}]}`...)); err == nil {
		t.Error("too many ports are read")
	}
	if _, err := Decode(append(b[:len(b)-1], `]}`...)); err != nil {
		t.Error(err)
	}
}
