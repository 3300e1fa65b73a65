package nmapxml

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
)

// outcome is what a report gives.
type outcome struct {
	hosts    []*host.Host
	warnings []string
	res      Result
	err      error
}

func readAll(text string, opt Options) (out outcome) {
	opt.Warn = func(line int, msg string) { out.warnings = append(out.warnings, fmt.Sprintf("%d: %s", line, msg)) }
	out.res, out.err = Read(context.Background(), strings.NewReader(text), opt, func(h *host.Host) error {
		out.hosts = append(out.hosts, h)
		return nil
	})
	return out
}

// one reads a report with one host, which has an address and what inner says.
func one(t *testing.T, inner string, opt Options) (*host.Host, []string) {
	t.Helper()
	out := readAll(report("<host>"+address+inner+"</host>"), opt)
	if out.err != nil || len(out.hosts) != 1 {
		t.Fatalf("%s: %d hosts, %+v, %v, %q", inner, len(out.hosts), out.res, out.err, out.warnings)
	}
	return out.hosts[0], out.warnings
}

func port(inner string) string {
	return `<ports><port protocol="tcp" portid="80"><state state="open"/>` + inner + `</port></ports>`
}

func extra(pairs ...string) []host.Member {
	var out []host.Member
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, host.Member{Key: pairs[i], Value: pairs[i+1]})
	}
	return out
}

// differs compares a part of a record.
func differs(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b fmt.Stringer) bool { return a.String() == b.String() })); diff != "" {
		t.Errorf("%s (-want +got)\n%s", what, diff)
	}
}

func TestStructures(t *testing.T) {
	obj := host.NewObject
	for _, c := range []struct {
		name, id, tables string
		want             host.Value
		warns            bool
	}{
		{name: "rpcinfo", id: "rpcinfo", // vector 6, before its own rule
			tables: `<table key="100000"><table key="tcp"><elem key="port">111</elem><table key="version"><elem>2</elem><elem>3</elem></table></table><table key="udp"><elem key="port">111</elem><table key="version"><elem>2</elem></table></table></table>`,
			want: obj("100000", obj("tcp", obj("port", "111", "version", host.List{"2", "3"}),
				"udp", obj("port", "111", "version", host.List{"2"})))},
		{name: "vulns", id: "ssl-heartbleed", // vector 7
			tables: `<table key="NMAP-1"><elem key="title">T</elem><elem key="state">VULNERABLE</elem><table key="ids"><elem>CVE:CVE-2014-0160</elem></table></table>`,
			want:   obj("NMAP-1", obj("title", "T", "state", "VULNERABLE", "ids", host.List{"CVE:CVE-2014-0160"}))},
		{name: "ls", id: "http-ls", // vector 8
			tables: `<table key="volumes"><table><table key="files"><table><elem key="size">12</elem></table><table><elem key="size">&lt;DIR&gt;</elem></table></table></table></table><table key="total"><elem key="files">3</elem></table>`,
			want:   obj("volumes", host.List{obj("files", host.List{obj("size", "12"), obj("size", "<DIR>")})}, "total", obj("files", "3"))},
		{name: "texts stay texts", id: "x", tables: "<elem key='a'>12</elem>\n<elem key='b'>true</elem>\n<elem key='c'> \n x </elem><elem key='d'/><elem key='e'></elem>",
			want: obj("a", "12", "b", "true", "c", " \n x ", "d", "", "e", "")},
		{name: "dots", id: "x", tables: `<elem key="Apache Tomcat 7.0">a.b</elem><elem key="..">c</elem><elem key="">d</elem>`,
			want: obj("Apache Tomcat 7_0", "a.b", "__", "c", "", "d")},
		{name: "list", id: "x", tables: `<elem>1</elem><table><elem>2</elem></table><table><elem key="a">3</elem></table>`,
			want: host.List{"1", host.List{"2"}, obj("a", "3")}},
		{name: "empty tables", id: "x", tables: `<table key="a"></table><table key="b"/>`, want: obj("a", obj(), "b", obj())},
		{name: "lost tables", id: "x", tables: `<elem key="a">1</elem><table key="b"><table/><table></table></table>`, want: obj("a", "1", "b", obj())},
		{name: "nothing", id: "x", tables: "\n<table></table>\n", want: nil},
		{name: "doubles", id: "x", tables: `<elem key="a">1</elem><elem key="b">2</elem><elem key="a">3</elem><elem key="a.">4</elem><elem key="a_">5</elem>`,
			want: obj("a", "3", "b", "2", "a_", "5")},
		{name: "text around", id: "x", tables: `a<table key="t">b<elem key="k">c<b>d</b>e</elem>f</table>g`, want: obj("t", obj("k", "cde"))},
		{name: "keyed first", id: "x", tables: `<elem key="a">1</elem><elem>2</elem><table key="c"><elem>3</elem></table>`, warns: true},
		{name: "keyless first", id: "x", tables: `<elem>2</elem><elem key="a">1</elem>`, warns: true},
		{name: "deep", id: "x", tables: `<table key="a"><elem>2</elem><table key="b"><elem>1</elem></table></table><elem key="c">3</elem>`, warns: true},
		{name: "xmpp", id: "xmpp-info", tables: `<elem>2</elem><elem key="a">1</elem>`},
		{name: "sslv2", id: "sslv2", tables: `<elem>2</elem>`},
		{name: "drown", id: "sslv2-drown", tables: `<table key="a"><elem>2</elem></table>`},
	} {
		h, warnings := one(t, port(`<script id="`+c.id+`" output="o">`+c.tables+`</script><script id="next"/>`), Options{})
		differs(t, c.name, h.Ports[0].Scripts, []host.Script{
			{ID: c.id, Output: "o", HasOutput: true, Data: c.want}, {ID: "next"}})
		if (len(warnings) > 0) != c.warns {
			t.Errorf("%s: warnings %q", c.name, warnings)
		}
	}
}

// TestLargeObject has an object that is searched by an index.
func TestLargeObject(t *testing.T) {
	var b strings.Builder
	want := &host.Object{}
	for i := range 5000 {
		fmt.Fprintf(&b, `<elem key="k%d">%d</elem>`, i%3000, i)
		want.Set(fmt.Sprintf("k%d", i%3000), fmt.Sprint(i))
	}
	h, _ := one(t, port(`<script id="x">`+b.String()+`</script>`), Options{})
	differs(t, "object", h.Ports[0].Scripts[0].Data, host.Value(want))
}

func TestCPEs(t *testing.T) {
	h, warnings := one(t, `<ports>
		<port protocol="tcp" portid="443"><service name="x"><cpe>cpe:/a:v:p:1.0</cpe><cpe>cpe:/o:linux:linux_kernel</cpe><cpe>foo</cpe></service>
			<script id="s1" output=""><elem key="cpe">cpe:/a:v:p:1.0</elem></script>
			<script id="xmpp-info" output=""><elem>a</elem><elem key="cpe">cpe:2.3:a:v:q:1:*:*</elem></script></port>
		<port protocol="tcp" portid="25"><service name="smtp" method="table"><cpe>cpe:/a:guessed:guess</cpe></service></port>
		<port protocol="tcp" portid="70000"><service name="x"><cpe>cpe:/a:lost:lost</cpe></service></port>
		</ports>
		<os><cpe>cpe:/o:early:os</cpe><osmatch name="m" line="12"><osclass vendor="v"><cpe>cpe:/o:linux:linux_kernel</cpe></osclass></osmatch><osmatch name="n"><osclass><cpe>cpe:/h:x:y</cpe></osclass></osmatch></os>
		<cpe>cpe:/a:any:where</cpe>
		<hostscript><script id="s2" output=""><table key="t"><elem key="cpe">cpe:/a:v:p:1.0</elem></table></script></hostscript>`, Options{})
	differs(t, "cpes", h.CPEs, []host.CPE{
		{Type: "a", Vendor: "v", Product: "p", Version: "1.0", Origins: []string{"ports.port:443", "ports{port:443, scripts.id:s1}", "scripts.id:s2"}},
		{Type: "o", Vendor: "linux", Product: "linux_kernel", Origins: []string{"os.osmatch.line:12", "ports.port:443"}},
		{Type: "a", Vendor: "v", Product: "q", Version: "1:*:*", Origins: []string{"ports{port:443, scripts.id:xmpp-info}"}},
		{Type: "o", Vendor: "early", Product: "os"},
		{Type: "h", Vendor: "x", Product: "y"},
		{Type: "a", Vendor: "any", Product: "where"},
	})
	differs(t, "warnings", warnings, []string{
		`2: invalid CPE name "foo"`,
		`6: the port "70000" is left out: it is no number from 0 to 65535`,
	})
}

func TestServices(t *testing.T) {
	for _, c := range []struct {
		attrs, name string // the hostname that is added
		want        host.Service
		extra       []host.Member
	}{
		{`name="https" method="probed"`, "", host.Service{Name: "http", Tunnel: "ssl", Method: "probed"}, nil},
		{`method="table" name="https" conf="x" foo="bar"`, "", host.Service{}, nil},
		{`name="a" product="b" version="c" extrainfo="d" ostype="e" devicetype="g" tunnel="ssl" conf="1" rpcnum="100000" lowver="2" highver="3" servicefp="h" proto="rpc"`, "",
			host.Service{Name: "a", Product: "b", Version: "c", ExtraInfo: "d", OSType: "e", DeviceType: "g", Tunnel: "ssl",
				Conf: host.Some(1), RPCNum: host.Some(100000), LowVer: host.Some(2), HighVer: host.Some(3)},
			extra("service_servicefp", "h", "service_proto", "rpc")},
		{`hostname=" Web "`, "web", host.Service{Hostname: " Web "}, nil},
		{`hostname="Web" extrainfo="workgroup: X, Domain: Corp.Example.com , DOMAIN: other"`, "web.corp.example.com",
			host.Service{Hostname: "Web", ExtraInfo: "workgroup: X, Domain: Corp.Example.com , DOMAIN: other"}, nil},
		{`extrainfo="Domain: x"`, "", host.Service{ExtraInfo: "Domain: x"}, nil},
		{`hostname="192.0.2.1"`, "", host.Service{Hostname: "192.0.2.1"}, nil},
	} {
		h, _ := one(t, port(`<service `+c.attrs+`/>`), Options{})
		differs(t, c.attrs, h.Ports[0].Service, c.want)
		differs(t, c.attrs, h.Ports[0].Extra, c.extra)
		var names []host.Hostname
		if c.name != "" {
			names = []host.Hostname{{Name: c.name, Type: "service", Domains: host.Domains(c.name)}}
		}
		differs(t, c.attrs, h.Hostnames, names)
	}
}

func TestHostParts(t *testing.T) {
	out := readAll(report(`
	<hosthint><status state="down"/><address addr="192.0.2.99" addrtype="ipv4"/><hostnames><hostname name="hint"/></hostnames></hosthint>
	<prescript><script id="pre" output="x"/></prescript>
	<host starttime="1700000001" timedout="true" comment="a &amp; b" addr="192.0.2.66" ports="x"><status state="up" reason="echo-reply" reason_ttl="64"/>
	<address addr="2001:db8::1" addrtype="ipv6"/><address addr="192.0.2.20" addrtype="ipv4"/><address addr="00:00:5E:00:53:01" addrtype="mac"/>
	<hostnames><hostname name="first"/></hostnames>
	<hostnames><hostname name="A.example" type="user" source="x" domains="y"/><hostname name=""/></hostnames>
	<ports><extraports state="closed" count="5"/><extraports state="filtered" count="9"><extrareasons reason="no-responses" count="7" proto="tcp" ports="1-7"/><extrareasons reason="no-responses" count="8"/></extraports>
	<port protocol="udp" portid="53"><state state="open|filtered" reason="no-response" reason_ttl="0" reason_ip="198.51.100.1" foo="bar"/></port>
	<port protocol="tcp" portid="0"><state state="closed" reason_ip="x"/></port></ports>
	<os><portused state="open" proto="tcp" portid="22"/><portused state="closed" proto="udp" portid="7"/><osclass type="t" vendor="v" osfamily="f" accuracy="90"/>
	<osmatch name="m" accuracy="90" line="7"/><osfingerprint fingerprint="OS:&#xa;"/></os>
	<trace proto="icmp" port="7"/><trace><hop ipaddr="fe80::1%eth0" rtt="nan"/><hop ttl="2" ipaddr="x"/><hop ttl="3" rtt="-1.5e1" ipaddr="::ffff:10.0.0.1" host="" foo="bar"/></trace><trace proto="udp" port="x"/>
	<hostscript><script id="h1" output="1"/></hostscript><hostscript><script id="h2"/></hostscript>
	</host>
	<postscript><script id="post" output="x"/></postscript>`), Options{})
	if out.err != nil || len(out.hosts) != 1 {
		t.Fatal(out)
	}
	h := out.hosts[0]
	differs(t, "address", h.Addr.String(), "2001:db8::1")
	differs(t, "addresses", h.Addresses, []host.AddressList{{Type: "ipv4", Values: []string{"192.0.2.20"}}, {Type: "mac", Values: []string{"00:00:5e:00:53:01"}}})
	differs(t, "extra", h.Extra, extra("timedout", "true", "comment", "a & b"))
	differs(t, "status", []any{h.State, h.StateReason, h.StateReasonTTL, h.End.IsZero()}, []any{"up", "echo-reply", host.Some(64), true})
	differs(t, "names", h.Hostnames, []host.Hostname{
		{Name: "A.example", Type: "user", Domains: []string{"A.example", "example"}, Extra: extra("source", "x")},
		{Domains: []string{""}}})
	differs(t, "extraports", h.ExtraPorts, []host.ExtraPorts{{State: "closed", Total: 5},
		{State: "filtered", Total: 9, Reasons: []host.Reason{{Name: "no-responses", Count: 8}}}})
	if len(h.Ports) != 3 {
		t.Fatalf("ports: %+v", h.Ports)
	}
	differs(t, "host scripts", h.Ports[0].Scripts, []host.Script{{ID: "h1", Output: "1", HasOutput: true}, {ID: "h2"}})
	differs(t, "tcp", []any{h.Ports[1].Port, h.Ports[1].State, h.Ports[1].StateReasonIP.IsValid()}, []any{0, "closed", false})
	u := h.Ports[2]
	differs(t, "udp", []any{u.Port, u.State, u.StateReason, u.StateReasonTTL, u.StateReasonIP.String(), u.Extra},
		[]any{53, "open|filtered", "no-response", host.Some(0), "198.51.100.1", extra("state_foo", "bar")})
	differs(t, "os", h.OS, &host.OS{
		PortUsed:    host.NewObject("port", "udp_7", "state", "closed"),
		Match:       []*host.Object{host.NewObject("name", "m", "accuracy", "90", "line", "7")},
		Class:       []*host.Object{host.NewObject("type", "t", "vendor", "v", "osfamily", "f", "accuracy", "90")},
		Fingerprint: "OS:\n",
	})
	differs(t, "traces", len(h.Traces), 3)
	differs(t, "icmp", h.Traces[0], host.Trace{Protocol: "icmp"})
	hops := h.Traces[1].Hops
	differs(t, "hops", []any{len(hops), hops[0].Addr.String(), hops[0].TTL, hops[0].RTT, hops[1].Addr.String(), hops[1].TTL, hops[1].RTT, hops[1].Domains, hops[1].Extra},
		[]any{2, "fe80::1", nil, "nan", "10.0.0.1", int64(3), -15.0, []string{""}, extra("foo", "bar")})
	differs(t, "udp trace", h.Traces[2], host.Trace{Protocol: "udp"})
	differs(t, "warnings", out.warnings, []string{
		`10: reason_ip: "x" is not an IP address`,
		`13: a hop is left out: "x" is not an IP address`,
		`13: the port "x" of a trace is left out: it is no number from 0 to 65535`,
	})
}

// TestScriptFunction has scripts that are dropped, changed, split and that bring CPE names of their own.
func TestScriptFunction(t *testing.T) {
	var seen []string
	h, _ := one(t, port(`<script id="drop"><elem key="cpe">cpe:/a:dropped:dropped</elem></script>
		<script id="split" output="o"><elem key="cpe">cpe:/a:v:split</elem></script>`)+
		`<hostscript><script id="drop"/></hostscript><hostscript><script id="host"/></hostscript>`, Options{
		Script: func(h *host.Host, p *host.Port, s host.Script) {
			seen = append(seen, fmt.Sprintf("%d %s %v", p.Port, s.ID, s.HasOutput))
			if s.ID == "drop" {
				return
			}
			h.AddCPE("cpe:/a:v:own", "")
			p.Scripts = append(p.Scripts, host.Script{ID: s.ID + "-1"}, host.Script{ID: s.ID + "-2"})
		}})
	differs(t, "calls", seen, []string{"80 drop false", "80 split true", "-1 drop false", "-1 host false"})
	differs(t, "host scripts", h.Ports[0].Scripts, []host.Script{{ID: "host-1"}, {ID: "host-2"}})
	differs(t, "port scripts", h.Ports[1].Scripts, []host.Script{{ID: "split-1"}, {ID: "split-2"}})
	differs(t, "cpes", h.CPEs, []host.CPE{{Type: "a", Vendor: "v", Product: "own"},
		{Type: "a", Vendor: "v", Product: "split", Origins: []string{"ports{port:80, scripts.id:split}"}}})

	h, _ = one(t, port("")+`<hostscript><script id="x"/></hostscript>`, Options{Script: func(*host.Host, *host.Port, host.Script) {}})
	differs(t, "no host scripts are left", len(h.Ports), 1)
	h, _ = one(t, `<hostscript><script id="x"/></hostscript>`, Options{Script: func(_ *host.Host, p *host.Port, _ host.Script) {
		p.Screenshot, p.ScreenData = "field", []byte{1}
	}})
	differs(t, "a screenshot of the host", h.Ports, []host.Port{{Port: -1, Screenshot: "field", ScreenData: []byte{1}}})
}

func TestStates(t *testing.T) {
	out := readAll(report(`<host><status state="down"/>`+address+`</host><host><status state="unknown"/></host>
		<host><status state="up"/></host><host><address addr="00:00:5e:00:53:01" addrtype="mac"/></host>
		<host>`+address+`</host><host/>
		<host>`+address+`<ports><port portid="1"><state state="open|filtered"/></port></ports></host>
		<host><address addr="192.0.2.1"/><ports><port portid="1"><state state="open"/></port></ports></host>`), Options{})
	var states []string
	for _, h := range out.hosts {
		states = append(states, h.State)
	}
	differs(t, "states", states, []string{"", "", "up"})
	differs(t, "result", out.res, Result{Scanner: "nmap", Hosts: 3, Down: 2, NoAddress: 3, Line: 5, Offset: out.res.Offset})
}

func TestMasscanRules(t *testing.T) {
	text := strings.Replace(report(`<host endtime="1700000000"><address addr="192.0.2.1" addrtype="ipv4"/><ports>
		<port protocol="tcp" portid="80"><state state="open" reason="response"/><service name="http" banner="a\x0d&lt;" method="table"></service></port>
		<port protocol="tcp" portid="81"><service name="title"/></port>
		<port protocol="tcp" portid="82"><service name="bad" banner=""/></port>
		<port protocol="tcp" portid="-1"><service name="bad" banner="lost"/></port></ports></host>`), `"nmap"`, `"masscan"`, 1)
	var seen []string
	out := readAll(text, Options{Banner: func(h *host.Host, p *host.Port, name, banner string) error {
		seen = append(seen, fmt.Sprintf("%s %s/%d %s %s %s", h.Addr, p.Protocol, p.Port, p.StateReason, name, banner))
		if name == "bad" {
			return errors.New("not hexadecimal")
		}
		return nil
	}})
	differs(t, "banners", seen, []string{`192.0.2.1 tcp/80 response http a\x0d<`, "192.0.2.1 tcp/82  bad "})
	differs(t, "warnings", out.warnings, []string{
		"3: a service without a banner is ignored",
		"4: banner of tcp port 82: not hexadecimal",
		`5: the port "-1" is left out: it is no number from 0 to 65535`})
	h := out.hosts[0]
	differs(t, "host", []any{h.Start.Unix(), h.End.Unix(), h.State, len(h.Ports)}, []any{int64(1700000000), int64(1700000000), "up", 3})
	for _, p := range h.Ports {
		differs(t, "service", p.Service, host.Service{})
	}
	if out := readAll(text, Options{}); out.err != nil || len(out.hosts) != 1 {
		t.Error("without Options.Banner:", out)
	}
}
