package httpscript

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
)

// record returns what the port 443 of a host is, in JSON, after something was added to it.
func record(add func(h *host.Host, p *host.Port)) string {
	h, p := &host.Host{}, host.Port{Port: 443, Protocol: "tcp"}
	add(h, &p)
	h.Ports = []host.Port{p}
	return string(host.Append(nil, h))
}

// describes says what a record of the port 443 must be, in JSON, apart from what all records have.
func describes(t *testing.T, name, got, before, inPort, after string) {
	t.Helper()
	want := `{"schema_version": 22, ` + before + `"ports": [{"port": 443, "protocol": "tcp"` + inPort + `}], "openports": {"count": 0}` + after + `}`
	equalJSON(t, name, got, want)
}

// equalJSON compares values, whatever the order of members.
func equalJSON(t *testing.T, name, got, want string) {
	t.Helper()
	g, err := host.DecodeValue([]byte(got))
	if err != nil {
		t.Fatalf("%s: %v in %s", name, err, got)
	}
	w, err := host.DecodeValue([]byte(want))
	if err != nil {
		t.Fatalf("%s: %v in %s", name, err, want)
	}
	if d := cmp.Diff(plain(w), plain(g)); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

// plain turns objects into maps.
func plain(v host.Value) any {
	switch v := v.(type) {
	case *host.Object:
		m := map[string]any{}
		for _, member := range v.Members {
			m[member.Key] = plain(member.Value)
		}
		return m
	case host.List:
		l := make([]any, len(v))
		for i := range v {
			l[i] = plain(v[i])
		}
		return l
	}
	return v
}

// hd makes headers of alternating names and values.
func hd(pairs ...string) []Header {
	var out []Header
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, Header{pairs[i], pairs[i+1]})
	}
	return out
}

const (
	sharePointCPE = `{"type": "a", "vendor": "microsoft", "product": "sharepoint_server", "version": "16.0.0.5000", "origins": ["ports.port:443"]}`
	kibanaCPE     = `{"type": "a", "vendor": "elasticsearch", "product": "kibana", "version": "7.1.0", "origins": ["ports.port:443"]}`
)

func TestHeaders(t *testing.T) {
	for _, c := range []struct {
		name    string
		headers []Header
		path    string
		server  bool
		port    string // members of the port
		cpes    string
	}{
		{name: "nothing", headers: hd("date", "x"), server: true},
		{name: "applications", headers: hd("microsoftsharepointteamservices", "16.0.0.5000: 1; x", "kbn-name", "kib", "kbn-version", "7.1.0", "location", "/app/kibana"),
			port: `"scripts": [{"id": "http-app", "output": "SharePoint: path /, version 16.0.0.5000\nKibana: path /app/kibana, version 7.1.0\n",
				"http-app": [{"application": "SharePoint", "path": "/", "version": "16.0.0.5000"}, {"application": "Kibana", "path": "/app/kibana", "version": "7.1.0"}]}]`,
			cpes: sharePointCPE + ", " + kibanaCPE},
		{name: "the first that is not empty", headers: hd("kbn-name", "", "kbn-name", "k", "kbn-version", "", "kbn-version", "7.1.0", "location", "", "location", "app"), path: "/x",
			port: `"scripts": [{"id": "http-app", "output": "Kibana: path /x/app, version 7.1.0\n", "http-app": [{"application": "Kibana", "path": "/x/app", "version": "7.1.0"}]}]`, cpes: kibanaCPE},
		{name: "no version", headers: []Header{{"kbn-name", "k"}, {"location", "http://192.0.2.1/app"}, {"kbn-version", nil}}, path: "/",
			port: `"scripts": [{"id": "http-app", "output": "Kibana: path /http://192.0.2.1/app\n", "http-app": [{"application": "Kibana", "path": "/http://192.0.2.1/app"}]}]`,
			cpes: `{"type": "a", "vendor": "elasticsearch", "product": "kibana", "version": "", "origins": ["ports.port:443"]}`},
		{name: "servers", headers: []Header{{"server", "nginx"}, {"x", "y"}, {"server", ""}, {"server", nil}, {"server", "b/1"}}, server: true,
			port: `"scripts": [{"id": "http-server-header", "output": "nginx\nb/1", "http-server-header": ["nginx", "b/1"]}]`},
		{name: "no servers", headers: hd("server", "nginx")},
		{name: "empty servers", headers: []Header{{"server", ""}, {"server", nil}}, server: true},
	} {
		got := record(func(h *host.Host, p *host.Port) { Headers(h, p, c.headers, c.path, c.server) })
		port, cpes := "", ""
		if c.port != "" {
			port = ", " + c.port
		}
		if c.cpes != "" {
			cpes = `, "cpes": [` + c.cpes + `]`
		}
		describes(t, c.name, got, "", port, cpes)
	}
}

func TestServerIsKept(t *testing.T) {
	p := &host.Port{Scripts: []host.Script{{ID: "http-server-header", Output: "old"}}}
	Headers(&host.Host{}, p, hd("server", "new"), "/", true)
	if len(p.Scripts) != 1 || p.Scripts[0].Output != "old" {
		t.Errorf("%+v", p.Scripts)
	}
}

func TestHeaderList(t *testing.T) {
	got := HeaderList([]Header{{"_status", "HTTP/1.1 200 OK"}, {"x", nil}})
	equalJSON(t, "list", string(host.AppendValue(nil, got)), `[{"name": "_status", "value": "HTTP/1.1 200 OK"}, {"name": "x", "value": null}]`)
}

func TestAddApp(t *testing.T) {
	p := &host.Port{}
	AddApp(p, host.NewObject("path", "/owa", "application", "OWA", "version", "15.1"))
	AddApp(p, host.NewObject("path", "/", "application", "Centreon"))
	AddApp(p, host.NewObject("path", "/owa", "application", "OWA", "version", "15.2", "parsed_version", "Exchange 2016"))
	AddApp(p, host.NewObject("path", "/b", "application", "OWA"))
	s := p.Script("http-app")
	if want := "OWA: path /owa, version 15.1 (Exchange 2016)\nCentreon: path /\nOWA: path /b\n"; s == nil || s.Output != want || len(p.Scripts) != 1 {
		t.Fatalf("%+v", p.Scripts)
	}
	equalJSON(t, "list", string(host.AppendValue(nil, s.Data)),
		`[{"path": "/owa", "application": "OWA", "version": "15.1", "parsed_version": "Exchange 2016"}, {"path": "/", "application": "Centreon"}, {"path": "/b", "application": "OWA"}]`)
}

func TestLimits(t *testing.T) {
	p := &host.Port{}
	for i := range 3 * maxApps {
		AddApp(p, app("A", strconv.Itoa(i), ""))
	}
	if n := len(p.Script("http-app").Data.(host.List)); n != maxApps {
		t.Errorf("%d applications", n)
	}
	p = &host.Port{Scripts: make([]host.Script, maxScripts)}
	h := &host.Host{}
	AddApp(p, app("A", "/", ""))
	Headers(h, p, hd("server", "x", "kbn-name", "k"), "/", true)
	Content(h, p, []byte("<title>x</title>"), "/")
	if len(p.Scripts) != maxScripts || len(h.CPEs) != 0 {
		t.Errorf("%d scripts, %d CPE names", len(p.Scripts), len(h.CPEs))
	}
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "plain ~": "plain ~", "a\r\n\tb": `a\r\n\tb`, `a\b`: `a\\b`, "é\x00\x7f\x1f": `\xc3\xa9\x00\x7f\x1f`, "\xff": `\xff`,
	} {
		if got := Escape([]byte(in)); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	if n := testing.AllocsPerRun(10, func() { Escape([]byte(strings.Repeat("x", 10))) }); n > 3 {
		t.Errorf("%v allocations for plain text", n)
	}
}
