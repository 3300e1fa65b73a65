package hostprint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
)

// The documented layout, written out here: the golden file may be written by mistake.
func TestTextLayout(t *testing.T) {
	const want = `Host 192.0.2.10 (www.example.com/web.corp.example.com) from s1/s2 (c1, c2) (up: echo-reply)
	FR - France - Paris
	AS64500 - Example AS
	scan 2023-11-14 22:13:21 - 2023-11-14 22:15:00
	CDN (a, b)
	996 ports filtered (990 no-response, 6 admin-prohibited)
	tcp/22    open     (syn-ack, ttl=54)     ssh (probed) OpenSSH 8.4p1 protocol 2.0 Linux
		ssh-hostkey: 2048 aa:bb (RSA)
	tcp/443   open     (syn-ack, ttl=54)     http/ssl (probed) nginx
		http-headers:
			Server: nginx
			(Request type: HEAD)
	tcp/8080  open                           http-proxy
	Host scripts:
		fcrdns: PASS
	MAC Address: 00:00:5e:00:53:01 (ICANNIANADep)
	Traceroute (using tcp/80)
		  1    198.51.100.1     0.5
		  2      192.0.2.10      --
	OS fingerprint
		Linux / general purpose / Linux / accuracy = 95

`
	if d := cmp.Diff(want, output(t, Text(TextOptions{Manufacturer: maker}), documented())); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	without := strings.TrimSuffix(strings.Replace(want, " (ICANNIANADep)", "", 1), "\n")
	if d := cmp.Diff(without, output(t, Text(TextOptions{Terminal: true}), documented())); d != "" {
		t.Errorf("on a terminal (-want +got):\n%s", d)
	}
}

// Vector 24.
func TestTextOfSparseHost(t *testing.T) {
	h, err := host.DecodeString(`{"schema_version":22,"addr":"192.0.2.9","state":"up","categories":["_x"],"ports":[` +
		`{"port":-1,"scripts":[{"id":"a"},{"id":"b","output":"\n \n"}]},{"protocol":"tcp","port":80,"state_state":"open",` +
		`"state_reason":"passive","state_reason_ip":"198.51.100.1"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	const want = "Host 192.0.2.9 () (up)\n" +
		"\ttcp/80    open     (passive, ip=198.51.100.1)\n" +
		"\tHost scripts:\n\t\ta:\n\t\tb:\n\n"
	if d := cmp.Diff(want, output(t, Text(TextOptions{}), h)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A port without a service keeps the blanks that fill its columns; one without a state has all of them.
func TestTextPadding(t *testing.T) {
	h := &host.Host{Addr: addr("192.0.2.9"), Ports: []host.Port{
		{Port: 80, Protocol: "tcp", State: "open"}, {Port: 81, Protocol: "tcp", Service: host.Service{Name: "x"}},
		{Port: 65535, Protocol: "sctp", State: "open|filtered", StateReason: "no-response", StateReasonTTL: host.Some(255), Service: host.Service{Name: "x"}}}}
	want := "Host 192.0.2.9\n" +
		"\tsctp/65535open|filtered (no-response, ttl=255) x\n" +
		"\ttcp/80    open    " + strings.Repeat(" ", 22) + "\n" +
		"\ttcp/81    " + strings.Repeat(" ", 8+22) + " x\n\n"
	if d := cmp.Diff(want, output(t, Text(TextOptions{}), h)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// The best guess is the one with the largest number: 100 is more than 95, and all equal ones are shown.
func TestTextOSAccuracy(t *testing.T) {
	class := func(family, accuracy string) *host.Object {
		return host.NewObject("osfamily", family, "accuracy", accuracy)
	}
	h := &host.Host{Addr: addr("192.0.2.9"), OS: &host.OS{Class: []*host.Object{
		class("A", "95"), class("B", "100"), class("C", "x"), class("D", "100"), class("E", "9")}}}
	const want = "Host 192.0.2.9\n\tOS fingerprint\n\t\tB / accuracy = 100\n\t\tD / accuracy = 100\n\n"
	if d := cmp.Diff(want, output(t, Text(TextOptions{}), h)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Vector 25.
func TestURLs(t *testing.T) {
	h := &host.Host{Addr: addr("192.0.2.10"), Hostnames: names("PTR", "www.example.com", "*.example.com"), Ports: []host.Port{
		{Port: 443, Protocol: "tcp", State: "open", Service: host.Service{Name: "http", Tunnel: "ssl"}},
		{Port: 8080, Protocol: "tcp", State: "open", Service: host.Service{Name: "http-proxy"}}}}
	for kind, want := range map[URLKind]string{
		AddressURLs:       "https://192.0.2.10/\nhttp://192.0.2.10:8080/\n",
		NameURLs:          "https://www.example.com/\nhttp://www.example.com:8080/\n",
		AddressedNameURLs: "192.0.2.10, https://www.example.com/\n192.0.2.10, http://www.example.com:8080/\n",
		AddressedURLs: "192.0.2.10, https://192.0.2.10/\n192.0.2.10, https://www.example.com/\n" +
			"192.0.2.10, http://192.0.2.10:8080/\n192.0.2.10, http://www.example.com:8080/\n",
	} {
		if d := cmp.Diff(want, output(t, HTTPURLs(kind), h)); d != "" {
			t.Errorf("kind %d (-want +got):\n%s", kind, d)
		}
	}
}

func TestURLOfPort(t *testing.T) {
	for _, tc := range []struct {
		service, tunnel string
		port            int
		addr, want      string
	}{
		{"http", "", 80, "192.0.2.1", "http://192.0.2.1/"},
		{"http", "", 443, "192.0.2.1", "http://192.0.2.1:443/"},
		{"http", "ssl", 80, "192.0.2.1", "https://192.0.2.1:80/"},
		{"https", "", 443, "2001:db8::1", "https://[2001:db8::1]/"},
		{"https-alt", "", 8443, "2001:db8::1", "https://[2001:db8::1]:8443/"},
		{"http-alt", "", 8000, "192.0.2.1", "http://192.0.2.1:8000/"},
		{"http-proxy", "ssl", 3128, "192.0.2.1", "https://192.0.2.1:3128/"},
		{"ssh", "", 80, "192.0.2.1", ""},
		{"", "ssl", 443, "192.0.2.1", ""},
		{"http", "", host.HostScripts, "192.0.2.1", ""},
	} {
		h := &host.Host{Addr: addr(tc.addr), Ports: []host.Port{{Port: tc.port, State: "closed", Service: host.Service{Name: tc.service, Tunnel: tc.tunnel}}}}
		if got := strings.TrimSuffix(output(t, HTTPURLs(AddressURLs), h), "\n"); got != tc.want {
			t.Errorf("%s/%s on %d: got %q, want %q", tc.service, tc.tunnel, tc.port, got, tc.want)
		}
	}
}

func TestCompareReversed(t *testing.T) {
	sorted := []string{"", "com", "example.com", "a.example.com", "b.a.example.com", "b.example.com", "examples.com", "a.net", ".org"}
	for i, a := range sorted {
		for j, b := range sorted {
			got := compareReversed(a, b)
			if got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("compareReversed(%q, %q) = %d", a, b, got)
			}
		}
	}
}

func TestGnmap(t *testing.T) {
	h := &host.Host{Addr: addr("192.0.2.10"), Hostnames: append(names("user", "no.example"), names("PTR", "a.example", "b.example")...), State: "up",
		Ports: []host.Port{{Port: host.HostScripts}, {Port: 80, Protocol: "tcp", State: "open",
			Service: host.Service{Name: "http", Product: "Apache httpd", Version: "2.4/x", ExtraInfo: "(Unix)"}}, {Port: 81, Protocol: "tcp"}},
		ExtraPorts: []host.ExtraPorts{{State: "closed", Total: 998}},
		OS:         &host.OS{Match: []*host.Object{host.NewObject("name", "Linux 5"), host.NewObject("name", "Linux 4")}}}
	const want = "# Nmap  scan initiated  as: \n" +
		"Host: 192.0.2.10 (a.example) Status: Up\n" +
		"Host: 192.0.2.10 (a.example) Ports: 80/open/tcp//http//Apache httpd 2.4|x (Unix)/, 81//tcp/////\tIgnored State: closed (998)\tOS: Linux 5\n"
	if d := cmp.Diff(want, output(t, Gnmap(), h)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// The default action never is a text from a scan.
func TestHoneydDefaultAction(t *testing.T) {
	extra := func(pairs ...any) []host.ExtraPorts {
		e := host.ExtraPorts{State: "x", Total: 5}
		for i := 0; i < len(pairs); i += 2 {
			e.Reasons = append(e.Reasons, host.Reason{Name: pairs[i].(string), Count: int64(pairs[i+1].(int))})
		}
		return []host.ExtraPorts{{State: "less", Total: 4, Reasons: []host.Reason{{Name: "reset", Count: 4}}}, e}
	}
	for want, list := range map[string][][]host.ExtraPorts{
		"block": {nil, extra(), extra("no-responses", 5), extra("no-response", 5), extra("reset", 2, "admin-prohibited", 3), extra("open\nset x", 1)},
		"reset": {extra("resets", 5), extra("conn-refused", 3, "no-response", 2), extra()[:1]},
	} {
		for i, e := range list {
			if got := defaultAction(e); got != want {
				t.Errorf("%v: got %s, want %s (%d)", e, got, want, i)
			}
		}
	}
}

// The indented form is that of encoding/json, and both forms are the same value.
func TestJSONIndented(t *testing.T) {
	h := hostile()
	h.Ports[0].Scripts[0].Data = host.NewObject("empty", host.List{}, "{", &host.Object{}, `quo"te\`, host.List{"[", `\"`, host.List{host.List{}}, 1.0, nil})
	for i, h := range append([]*host.Host{h}, append(rich(), real(t)...)...) {
		wire := output(t, JSON(JSONOptions{}), h)
		if want := string(host.Append(nil, h)) + "\n"; wire != want {
			t.Errorf("host %d: got %s, want %s", i, wire, want)
		}
		var want bytes.Buffer
		if err := json.Indent(&want, []byte(wire), "", "    "); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want.String(), output(t, JSON(JSONOptions{Indent: true}), h)); d != "" {
			t.Errorf("host %d (-want +got):\n%s", i, d)
		}
	}
}

func TestJSONScreenshots(t *testing.T) {
	h := documented()
	with, without := output(t, JSON(JSONOptions{}), h), output(t, JSON(JSONOptions{NoScreenshots: true}), h)
	if !strings.Contains(with, `"screenshot": "field", "screendata": "/9j/", `) {
		t.Errorf("no screenshot in %s", with)
	}
	if want := strings.Replace(with, `"screenshot": "field", "screendata": "/9j/", `, "", 1); without != want {
		t.Errorf("got %s, want %s", without, want)
	}
}

func TestLabel(t *testing.T) {
	date := time.Date(2023, 11, 14, 22, 13, 21, 0, time.UTC)
	for _, tc := range []struct {
		v           host.Value
		list, tuple string // the label if v is a list and if it is a tuple; the same if tuple is empty
		distinct    string // "" if it is the same as list
	}{
		{v: "lan", list: "lan"},
		{v: nil, list: "None"},
		{v: "", list: "None", distinct: "-"},
		{v: int64(0), list: "0"},
		{v: 0.0, list: "0.0"},
		{v: false, list: "False"},
		{v: true, list: "True"},
		{v: int64(-1), list: "-1"},
		{v: json.Number("340282366920938463463374607431768211456"), list: "340282366920938463463374607431768211456"},
		{v: date, list: "2023-11-14 22:13:21"},
		{v: date.Add(5 * time.Microsecond), list: "2023-11-14 22:13:21.000005"},
		{v: []byte{0xff, 0xd8}, list: "/9g="},
		{v: []byte{}, list: "", distinct: "-"},
		{v: "two\nlines\x1b[2J", list: `two\nlines\x1b[2J`},
		{v: host.List{}, list: "None", distinct: "[]"},
		{v: host.List{"ssh", "OpenSSH"}, list: "ssh, OpenSSH", tuple: "ssh / OpenSSH", distinct: `["ssh", "OpenSSH"]`},
		{v: host.List{nil, nil}, list: "None, None", tuple: "None / None", distinct: `[null, null]`},
		{v: host.List{true, int64(0), "", "é"}, list: "True, 0, , é", tuple: "True / 0 /  / é", distinct: `[true, 0, "", "\u00e9"]`},
		{v: host.List{host.List{"tcp", int64(22)}, host.List{"tcp", int64(80)}}, list: "tcp/22, tcp/80", tuple: "tcp/22 / tcp/80", distinct: `[["tcp", 22], ["tcp", 80]]`},
		{v: host.List{host.List{"tcp", host.List{int64(1)}}, host.List{}}, list: `tcp/[1], None`, tuple: `tcp/[1] / None`, distinct: `[["tcp", [1]], []]`},
		{v: host.NewObject("Product_Version", "6.1.7601", "é", nil), list: `{"Product_Version": "6.1.7601", "\u00e9": null}`},
		{v: host.List{host.NewObject("a", int64(1)), host.NewObject("b", "\x1b")}, list: `{"a": 1}, {"b": "\u001b"}`, tuple: `{"a": 1} / {"b": "\u001b"}`, distinct: `[{"a": 1}, {"b": "\u001b"}]`},
	} {
		if tc.tuple == "" {
			tc.tuple = tc.list
		}
		switch tc.distinct {
		case "":
			tc.distinct = tc.list
		case "-":
			tc.distinct = ""
		}
		name := fmt.Sprintf("%#v", tc.v)
		if got := Label(tc.v, false); got != tc.list {
			t.Errorf("Label(%s, false) = %q, want %q", name, got, tc.list)
		}
		if got := Label(tc.v, true); got != tc.tuple {
			t.Errorf("Label(%s, true) = %q, want %q", name, got, tc.tuple)
		}
		if got := DistinctValue(tc.v); got != tc.distinct {
			t.Errorf("DistinctValue(%s) = %q, want %q", name, got, tc.distinct)
		}
	}
}
