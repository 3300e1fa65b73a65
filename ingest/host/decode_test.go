package host

import (
	"encoding/json"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDecode(t *testing.T) {
	ip := netip.MustParseAddr
	tests := []struct {
		name, text string
		want       Host
	}{
		{"nothing", ` {} `, Host{}},
		{"nulls", `{"addr":null,"addresses":null,"hostnames":null,"starttime":null,"state":null,"state_reason_ttl":null,"source":null,
			"categories":null,"tags":null,"infos":null,"ports":null,"extraports":null,"cpes":null,"os":null,"traces":null,"openports":null}`, Host{}},
		{"not kept", `{"_id":{"$oid":"x"},"schema_version":22,"openports":{"count":[1,{"x":"\u00e9"}]}}`, Host{}},
		{"address", `{"addr":"::FFFF:192.0.2.1"}`, Host{Addr: ip("192.0.2.1")}},
		{"zone", `{"addr":"fe80::1%eth0"}`, Host{Addr: ip("fe80::1")}},
		{"addresses", `{"addresses":{"mac":["00:00:5E:00:53:01"],"ipv4":[],"ipv6":null}}`,
			Host{Addresses: []AddressList{{"mac", []string{"00:00:5e:00:53:01"}}}}},
		{"last wins", `{"state":"down","x":1,"addresses":{"mac":["a"],"ipv4":["b"],"mac":["c"]},"y":{"a":1,"b":2,"a":3},"state":"up","x":2,
			"ports":[{"port":1}],"ports":[{"port":1,"port":2,"scripts":[{"id":"a","id":"b","b":1,"b":2,"output":"x","output":null}]}],
			"extraports":{"closed":{"total":1},"closed":{"reasons":{"a":1},"reasons":{"b":1,"b":2}}}}`,
			Host{State: "up", Addresses: []AddressList{{"mac", []string{"c"}}, {"ipv4", []string{"b"}}},
				Extra:      []Member{{"x", int64(2)}, {"y", NewObject("a", int64(3), "b", int64(2))}},
				Ports:      []Port{{Port: 2, Scripts: []Script{{ID: "b", Data: int64(2)}}}},
				ExtraPorts: []ExtraPorts{{"closed", 0, []Reason{{"b", 2}}}}}},
		{"lists are sorted", `{"categories":["b","a","b"],"cpes":[{"type":"a","origins":["z","a",null,"a"]}],"tags":[{"value":"b","type":"x","info":["2","1"]},
			{"value":"a"},{"value":"b","type":"y","info":["2","0"]}]}`,
			Host{Categories: []string{"a", "b"}, CPEs: []CPE{{Type: "a", Origins: []string{"a", "z"}}},
				Tags: []Tag{{Value: "a"}, {"b", "x", []string{"0", "1", "2"}}}}},
		{"sources", `{"source":["a","b"]}`, Host{Source: []string{"a", "b"}, SourceList: true}},
		{"no source", `{"source":[]}`, Host{}},
		{"empty source", `{"source":""}`, Host{Source: []string{""}}},
		{"integers", `{"state_reason_ttl":"54","ports":[{"port":"80","service_conf":10.0,"state_reason_ttl":-1}]}`,
			Host{StateReasonTTL: Some(54), Ports: []Port{{Port: 80, Service: Service{Conf: Some(10)}, StateReasonTTL: Some(-1)}}}},
		{"script with its id at the end", `{"ports":[{"port":-1,"scripts":[{"vulns":[],"ntlm-info":{"a":1},"output":"o","id":"rdp-ntlm-info"}]}]}`,
			Host{Ports: []Port{{Port: -1, Scripts: []Script{{ID: "rdp-ntlm-info", Output: "o", HasOutput: true,
				Data: NewObject("a", int64(1)), Extra: []Member{{"vulns", List{}}}}}}}}},
		{"binary", `{"ports":[{"port":1,"screendata":"/9g=","scripts":[{"masscan":{"raw":"AP/+\nAA==","encoded":"\\x00","other":1}}]}]}`,
			Host{Ports: []Port{{Port: 1, ScreenData: []byte{0xff, 0xd8},
				Scripts: []Script{{Masscan: &Banner{[]byte{0, 0xff, 0xfe, 0}, `\x00`}}}}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Decode([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tt.want, got, same); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeHops(t *testing.T) {
	h, err := Decode([]byte(`{"traces":[{"hops":[{"ipaddr":"192.0.2.1","ttl":1,"rtt":5},{"ttl":"x","rtt":"--"},{"ttl":2.0,"rtt":0.5},
		{"ttl":null,"rtt":null},{"ttl":"3","rtt":36893488147419103232}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Hop{{Addr: netip.MustParseAddr("192.0.2.1"), TTL: int64(1), RTT: 5.0}, {TTL: "x", RTT: "--"}, {TTL: int64(2), RTT: 0.5}, {}, {TTL: "3", RTT: 36893488147419103232.0}}
	if diff := cmp.Diff(want, h.Traces[0].Hops, same); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeDates(t *testing.T) {
	whole := time.Date(2023, 11, 14, 22, 13, 21, 0, time.UTC)
	tests := []struct {
		text string
		want time.Time
	}{
		{`"2023-11-14 22:13:21"`, whole},
		{`"2023-11-14 22:13:21.250000"`, whole.Add(250 * time.Millisecond)},
		{`"2023-11-14 22:13:21.25"`, whole.Add(250 * time.Millisecond)},
		{`"2023-11-14T22:13:21"`, whole},
		{`"2023-11-14T22:13:21.250000Z"`, whole.Add(250 * time.Millisecond)},
		{`"2023-11-15 00:13:21+02:00"`, whole},
		{`"2023-11-14 22:13:21+00:00"`, whole},
		{`1700000001`, whole},
		{`1700000001.25`, whole.Add(250 * time.Millisecond)},
		{`-1`, time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC)},
		{`"2024-02-29 00:00:00"`, time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)},
	}
	for _, tt := range tests {
		h, err := Decode([]byte(`{"starttime":` + tt.text + `,"ports":[{"port":1,"scripts":[{"id":"ssl-cacert","ssl-cert":[{"not_after":` + tt.text + `}]},
			{"id":"ssl-cert","ssl-cert":{"not_before":` + tt.text + `}},{"id":"http-citrix-netscaler-triage","http-citrix-netscaler-triage":{"rdx_en_gzip_datetime":` + tt.text + `}}]}]}`))
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		scripts := h.Ports[0].Scripts
		want := []Value{List{NewObject("not_after", tt.want)}, NewObject("not_before", tt.want), NewObject("rdx_en_gzip_datetime", tt.want)}
		if got := []Value{scripts[0].Data, scripts[1].Data, scripts[2].Data}; !h.Start.Equal(tt.want) || !cmp.Equal(want, got) {
			t.Errorf("%s: got %v and %v", tt.text, h.Start, got)
		}
	}
	for _, text := range []string{`"2023-02-29 00:00:00"`, `"2023-11-14"`, `""`, `true`, `"2023-11-14 24:00:00"`, `1e15`,
		`999999999999999`, `-99999999999999`, `123456789012345678901234567890`, `"2023-1x-14 22:13:21"`, `"2023-11-14 22:13:21.25000x"`} {
		if h, err := Decode([]byte(`{"endtime":` + text + `}`)); err == nil {
			t.Errorf("%s is the date %v", text, h.End)
		}
		// Certificates hold what servers send: no reason to refuse the record.
		h, err := Decode([]byte(`{"ports":[{"port":1,"scripts":[{"id":"ssl-cert","ssl-cert":[{"not_after":` + text + `},1]}]}]}`))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if v, _ := h.Ports[0].Scripts[0].Data.(List)[0].(*Object).Get("not_after"); v == nil {
			t.Errorf("%s: lost", text)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	tests := []struct{ text, want string }{
		{``, `JSON, offset 0: the text is cut off`},
		{` 1`, `JSON, offset 1: want an object, found a number`},
		{`null`, `JSON, offset 0: want an object, found null`},
		{`{} x`, `JSON, offset 3: something follows the end of the JSON value`},
		{`{"state"`, `JSON, offset 8: state: the text is cut off`},
		{`{"state":"u`, `JSON, offset 11: state: the text is cut off`},
		{`{"state":"é`, `JSON, offset 12: state: the text is cut off`},
		{`{"state":"\`, `JSON, offset 11: state: the text is cut off`},
		{`{"state":1}`, `JSON, offset 9: state: want a text, found a number`},
		{`{"state":"up",}`, `JSON, offset 14: want a key in quotes, found something that is no JSON value`},
		{`{"state" "up"}`, `JSON, offset 9: state: want a colon, found a text`},
		{`{"state":"up" "x":1}`, `JSON, offset 14: want a comma or }, found a text`},
		{`{"state":"a` + "\n" + `b"}`, `JSON, offset 11: state: a control character in a text`},
		{`{"state":"é` + "\n" + `b"}`, `JSON, offset 12: state: a control character in a text`},
		{`{"state":"a\q"}`, `JSON, offset 11: state: a \ that begins none of the escapes of JSON`},
		{`{"state":"\u12g4"}`, `JSON, offset 10: state: a \ that begins none of the escapes of JSON`},
		{`{"addr":"example"}`, `JSON, offset 8: addr: "example" is not an IP address`},
		{`{"starttime": "yesterday"}`, `JSON, offset 14: starttime: "yesterday" is not a date (want YYYY-MM-DD HH:MM:SS)`},
		{`{"ports":[{"port":1},{"port":70000}]}`, `JSON, offset 29: ports[1].port: want a port number, -1 to 65535`},
		{`{"ports":[{"port":1},{"protocol":"tcp"}]}`, `JSON, offset 21: ports[1].port: missing`},
		{`{"ports":[{"port":null}]}`, `JSON, offset 18: ports[0].port: want a port number, -1 to 65535`},
		{`{"ports":[{"port":1.5}]}`, `JSON, offset 18: ports[0].port: want an integer of at most 64 bits, found "1.5}]}"`},
		{`{"ports":[{"port":"host"}]}`, `JSON, offset 18: ports[0].port: want an integer of at most 64 bits, found "\"host\"}]}"`},
		{`{"ports":[{"port":1,"scripts":[{"id":"a","a":[1,{"b":tru}]}]}]}`, `JSON, offset 53: ports[0].scripts[0].a[1].b: want a value, found true or false`},
		{`{"ports":[{"port":1,"screendata":"*"}]}`, `JSON, offset 33: ports[0].screendata: not base64: illegal base64 data at input byte 0`},
		{`{"traces":[{"hops":[{"rtt":1},{"rtt":1e400000e}]}]}`, `JSON, offset 37: traces[0].hops[1].rtt: the number is too large for a float`},
		{`{"source":{}}`, `JSON, offset 10: source: want a text or a list of texts, found an object`},
		{`{"x":01}`, `JSON, offset 6: want a comma or }, found a number`},
		{`{"x":-}`, `JSON, offset 5: x: want a number`},
		{`{"x":1.}`, `JSON, offset 5: x: want a number`},
		{`{"x":1e+}`, `JSON, offset 5: x: want a number`},
		{`{"x":1e999}`, `JSON, offset 5: x: the number is too large for a float`},
		{`{"x":NaN}`, `JSON, offset 5: x: want a value, found something that is no JSON value`},
		{`{"` + strings.Repeat("é", 40) + `":}`, `JSON, offset 84: ` + strings.Repeat("é", 32) + `...: want a value, found something that is no JSON value`},
		{`[`, `JSON, offset 0: want an object, found a list`},
	}
	for _, tt := range tests {
		_, err := Decode([]byte(tt.text))
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.text, err, tt.want)
		}
	}
}

func TestDecodeValue(t *testing.T) {
	tests := []struct {
		text string
		want Value
	}{
		{"null", nil}, {" true ", true}, {"false", false}, {"[]", List{}}, {"{}", &Object{}},
		{"0", int64(0)}, {"-0", int64(0)}, {"-12", int64(-12)}, {"123456789012345678", int64(123456789012345678)},
		{"9223372036854775807", int64(math.MaxInt64)}, {"-9223372036854775808", int64(math.MinInt64)},
		{"9223372036854775808", json.Number("9223372036854775808")}, {"1.0", 1.0}, {"1e2", 100.0}, {"1E-2", 0.01},
		{`"\u00e9\ud83d\ude00\ud83d\u0041\ude00\ud83dx\"\\\/\b\f\n\r\t"`, "é😀\ufffdA\ufffd\ufffdx\"\\/\b\f\n\r\t"},
		{"\"\xffa\x7f\"", "\ufffda\x7f"}, {`"\uD83D\uDE00"`, "😀"}, {`"é"`, "é"},
		{"[1,\t\"a\" ,\r\n{\"b\" : [ ] }]", List{int64(1), "a", NewObject("b", List{})}},
	}
	for _, tt := range tests {
		got, err := DecodeValue([]byte(tt.text))
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", tt.text, err, diff)
		}
	}
	// A text with something to escape at each place of its words of 8 bytes.
	for at := range 20 {
		for _, s := range []string{`"`, `\`, "é", "\n", "\x7f"} {
			want := strings.Repeat("a", at) + s + strings.Repeat("b", 19-at)
			text, err := json.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := DecodeValue(text); got != want || err != nil {
				t.Errorf("%s: got %q, %v", text, got, err)
			}
		}
	}
	if _, err := DecodeValue([]byte("[1] 2")); err == nil {
		t.Error("two values are read as one")
	}
}

func TestVersionOf(t *testing.T) {
	tests := []struct {
		text string
		want int64
		bad  string
	}{
		{`{"schema_version":21,"cut off`, 21, ""},
		{`{"a":{"schema_version":3},"b":["x\"",1.5,null,true],"schema_version":"7"}`, 7, ""},
		{`{"a":1}`, 0, ""},
		{`{}`, 0, ""},
		{`[]`, 0, "want an object"},
		{`{"a":[1,`, 0, "cut off"},
		{`{"schema_version":[]}`, 0, "schema_version: want an integer"},
	}
	for _, tt := range tests {
		got, err := VersionOf(tt.text)
		if got != tt.want || (err != nil) != (tt.bad != "") || err != nil && !strings.Contains(err.Error(), tt.bad) {
			t.Errorf("%s: %d, %v", tt.text, got, err)
		}
	}
}

// Many members of one object, and many objects: neither takes quadratic time.
func TestManyMembers(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"infos":{"k0":-1`)
	const n = 200000
	for i := range n {
		b.WriteString(`,"k` + string(AppendValue(nil, int64(i))) + `":` + string(AppendValue(nil, int64(i))))
	}
	b.WriteString("}}")
	start := time.Now()
	h, err := Decode([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := h.Infos.Get("k0"); h.Infos.Len() != n || v != int64(0) || h.Infos.Members[0].Key != "k0" {
		t.Errorf("%d members, first %v", h.Infos.Len(), h.Infos.Members[0])
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}
