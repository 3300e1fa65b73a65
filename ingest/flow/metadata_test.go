package flow

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMetadataTable has the table of the specification (flow.md, 2.3), in its order.
func TestMetadataTable(t *testing.T) {
	want := []string{
		"arp: op mac_src mac_dst |",
		"dns: query class<-qclass_name type<-qtype_name rcode<-rcode_name answers[] |",
		"http: method host user_agent status_code:int status_msg info_code:int info_msg username password proxied[] | request_body_len:int response_body_len:int",
		"ssl: version cipher curve server_name last_alert next_protocol subject issuer client_subject client_issuer |",
		"ssh: version:int auth_success:bool client server cipher_alg mac_alg compression_alg kex_alg host_key_alg host_key |",
		"sip: method uri request_from request_to response_from response_to reply_to user_agent status_code:int status_msg warning | request_body_len:int response_body_len:int",
		"snmp: version community | get_requests:int get_bulk_requests:int get_responses:int set_requests:int",
		"modbus: name<-func exception |",
		"rdp: cookie result security_protocol keyboard_layout client_build client_name client_dig_product_id cert_type cert_count:int cert_permanent:bool encryption_level encryption_method |",
	}
	var got []string
	for _, p := range Metadata {
		words := []string{p.Name + ":"}
		for _, f := range p.Keys {
			words = append(words, describe(f))
		}
		words = append(words, "|")
		for _, f := range p.Counters {
			words = append(words, describe(f))
		}
		got = append(got, strings.Join(words, " "))
		if q, ok := MetadataByName(p.Name); !ok || q.Name != p.Name {
			t.Errorf("MetadataByName(%q) = %v, %v", p.Name, q, ok)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, name := range []string{"", "conn", "HTTP"} {
		if _, ok := MetadataByName(name); ok {
			t.Errorf("MetadataByName(%q) is known", name)
		}
	}
}

func describe(f MetaField) string {
	s := f.Name
	if f.Column != f.Name {
		s += "<-" + f.Column
	}
	switch f.Kind {
	case Int:
		s += ":int"
	case Bool:
		s += ":bool"
	}
	if f.List {
		s += "[]"
	}
	return s
}

func TestMetaProtocolField(t *testing.T) {
	p, _ := MetadataByName("http")
	tests := map[string]struct {
		counter, ok bool
		kind        Kind
	}{
		"host": {false, true, String}, "status_code": {false, true, Int}, "request_body_len": {true, true, Int},
		"count": {}, "uri": {}, "": {},
	}
	for name, want := range tests {
		f, counter, ok := p.Field(name)
		if counter != want.counter || ok != want.ok || f.Kind != want.kind || ok && f.Name != name {
			t.Errorf("Field(%q) = %v, %v, %v", name, f, counter, ok)
		}
	}
}

func decode(t testing.TB, s string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var rec map[string]any
	if err := d.Decode(&rec); err != nil {
		t.Fatal(err)
	}
	return rec
}

func TestSetValues(t *testing.T) {
	str := func(key, s string) Value { return Value{Key: key, Kind: String, Str: s} }
	num := func(key string, n int64) Value { return Value{Key: key, Kind: Int, Int: n} }
	tests := map[string]struct {
		name, rec string
		values    []Value
		counters  []Counter
		bad       string // part of the error
	}{
		"dns": {
			name:   "dns",
			rec:    `{"src":"192.0.2.1","query":"WWW.example.com","qclass_name":"C_INTERNET","class":"x","qtype_name":null,"answers":["a","b",null,""]}`,
			values: []Value{str("query", "WWW.example.com"), str("class", "C_INTERNET"), str("answers", "a"), str("answers", "b")},
		},
		"http": {
			name:     "http",
			rec:      `{"status_code":200,"host":["a",7,true],"proxied":"x","info_code":-1,"request_body_len":5,"response_body_len":18446744073709551615}`,
			values:   []Value{str("host", "a"), num("host", 7), {Key: "host", Kind: Bool, Int: 1}, num("status_code", 200), num("info_code", -1), str("proxied", "x")},
			counters: []Counter{{"request_body_len", 5}, {"response_body_len", math.MaxUint64}},
		},
		"no traces": {name: "http", rec: `{"status_code":0,"host":"","method":false,"proxied":[],"info_msg":[0,"",false,null],"info_code":0.0,"username":-0,"password":0e9,"request_body_len":0,"response_body_len":null}`},
		"other numbers": {
			name:   "http",
			rec:    `{"host":[1.50,1e3,9223372036854775808,1e-999,1e999]}`,
			values: []Value{str("host", "1.50"), str("host", "1e3"), str("host", "9223372036854775808"), str("host", "1e-999"), str("host", "1e999")},
		},
		"empty":            {name: "ssh", rec: `{}`},
		"list in a list":   {name: "http", rec: `{"proxied":[["a"]]}`, bad: `member "proxied": a list inside`},
		"object":           {name: "dns", rec: `{"qtype_name":{"a":1}}`, bad: `member "qtype_name": a list inside a list or an object`},
		"object in a list": {name: "dns", rec: `{"answers":[{}]}`, bad: `member "answers"`},
		"text counter":     {name: "http", rec: `{"request_body_len":"5"}`, bad: `member "request_body_len": not a whole number`},
		"negative counter": {name: "snmp", rec: `{"get_requests":-5}`, bad: `member "get_requests": not a whole number`},
		"fraction counter": {name: "snmp", rec: `{"set_requests":0.5}`, bad: `member "set_requests": not a whole number`},
		"huge counter":     {name: "snmp", rec: `{"set_requests":18446744073709551616}`, bad: `member "set_requests": not a whole number`},
	}
	m := &Meta{Name: "x", Values: []Value{str("old", "x")}, Counters: []Counter{{"old", 1}}}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p, _ := MetadataByName(tt.name)
			err := p.SetValues(m, decode(t, tt.rec))
			if tt.bad != "" {
				if err == nil || !strings.Contains(err.Error(), tt.bad) {
					t.Errorf("error = %v, want %q", err, tt.bad)
				}
				return
			}
			if err != nil || m.Name != tt.name {
				t.Fatalf("name %q, error %v", m.Name, err)
			}
			if diff := cmp.Diff(append([]Value{}, tt.values...), append([]Value{}, m.Values...)); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append([]Counter{}, tt.counters...), append([]Counter{}, m.Counters...)); diff != "" {
				t.Errorf("counters (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSetValuesGo has values that come from elsewhere than a JSON decoder with UseNumber.
func TestSetValuesGo(t *testing.T) {
	p, _ := MetadataByName("http")
	m := &Meta{}
	rec := map[string]any{"status_code": 200.0, "host": 1.5, "username": 1e300, "request_body_len": 3.0}
	if err := p.SetValues(m, rec); err != nil {
		t.Fatal(err)
	}
	want := []Value{{Key: "host", Kind: String, Str: "1.5"}, {Key: "status_code", Kind: Int, Int: 200}, {Key: "username", Kind: String, Str: "1" + strings.Repeat("0", 300)}}
	if diff := cmp.Diff(want, m.Values); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, v := range []any{1.5, -1.0, math.Inf(1), math.NaN(), 18446744073709551616.0, "1", true, []any{1.0}, 7} {
		if err := p.SetValues(m, map[string]any{"request_body_len": v}); err == nil {
			t.Errorf("counter %v: no error", v)
		}
	}
	for _, v := range []any{math.NaN(), math.Inf(-1), json.Number("x"), json.Number(""), struct{}{}, 7, []string{"a"}} {
		if err := p.SetValues(m, map[string]any{"host": v}); err == nil {
			t.Errorf("value %v: no error, %v", v, m.Values)
		}
	}
}

func FuzzSetValues(f *testing.F) {
	f.Add(`{"host":["a",1,true,null,1.5],"status_code":200,"request_body_len":5,"proxied":[]}`)
	f.Add(`{"host":0.0,"status_code":1e999,"request_body_len":-0,"proxied":{}}`)
	f.Fuzz(func(t *testing.T, s string) {
		d := json.NewDecoder(strings.NewReader(s))
		d.UseNumber()
		var rec map[string]any
		if d.Decode(&rec) != nil {
			return
		}
		p, _ := MetadataByName("http")
		m := &Meta{}
		if p.SetValues(m, rec) != nil {
			return
		}
		for _, v := range m.Values {
			if v.Kind == String && (v.Str == "" || v.Int != 0) || v.Kind != String && (v.Int == 0 || v.Str != "") {
				t.Errorf("%s: value %+v", s, v)
			}
		}
		for _, c := range m.Counters {
			if c.N == 0 {
				t.Errorf("%s: counter %+v", s, c)
			}
		}
	})
}
