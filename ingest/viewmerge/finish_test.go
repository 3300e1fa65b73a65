package viewmerge

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
)

// ports makes a record with ports that tell nothing, from 1000 on, and others.
func ports(t testing.TB, n int, state, reason, others string) *host.Host {
	h := record(t, `{"addr": "192.0.2.10", "ports": [`+others+`]}`)
	for i := range n {
		h.Ports = append(h.Ports, host.Port{Port: 1000 + i, Protocol: "tcp", State: state, StateReason: reason})
	}
	return h
}

const https = `{"port": 443, "protocol": "tcp", "state_state": "open", "service_name": "http"}`

// TestHoneypot is the vector 15, and what is wanted where it shows what is called a quirk.
func TestHoneypot(t *testing.T) {
	tag := `[{"value": "Honeypot", "type": "warning", "info": ["SYN+ACK honeypot"]}]`
	for _, test := range []struct {
		n, limit int
		left     int
		want     string
	}{
		{201, 0, 1, `{"tags": ` + tag + `, "openports": {"count": 1, "tcp": {"count": 1, "ports": [443]}}, "ports": [` + https + `]}`},
		{200, 0, 201, `{"tags": null}`},
		{199, 0, 200, `{"tags": null}`},
		{201, -1, 202, `{"tags": null}`},
		{3, 2, 1, `{"tags": ` + tag + `}`},
		{2, 2, 3, `{"tags": null}`},
	} {
		h := ports(t, test.n, "open", "syn-ack", https)
		Finish(h, FinishOptions{HoneypotPorts: test.limit})
		if len(h.Ports) != test.left {
			t.Errorf("%d of %d, limit %d: %d ports are left", test.n, test.n+1, test.limit, len(h.Ports))
		}
		wantJSON(t, h, test.want)
	}
	h := ports(t, 2, "open", "syn-ack", https)
	h.AddTag(host.Tag{Value: "Honeypot", Type: "warning", Info: []string{"SYN+ACK honeypot"}})
	Finish(h, FinishOptions{HoneypotPorts: -1})
	wantJSON(t, h, `{"ports": [`+https+`]}`)
}

// TestManyRealPorts: services do not make a honeypot, however many there are.
func TestManyRealPorts(t *testing.T) {
	h := ports(t, 300, "open", "syn-ack", "")
	for i := range h.Ports {
		h.Ports[i].Service.Name = "http"
	}
	Finish(h, FinishOptions{})
	if len(h.Ports) != 300 || h.Tags != nil {
		t.Errorf("%d ports, tags %v", len(h.Ports), h.Tags)
	}
}

// TestClosedPorts is the vector 16, and more.
func TestClosedPorts(t *testing.T) {
	h := ports(t, 200, "closed", "reset", https)
	Finish(h, FinishOptions{})
	wantJSON(t, h, `{"extraports": {"closed": {"total": 200, "reasons": {"reset": 200}}}, "ports": [`+https+`]}`)

	h = ports(t, 199, "closed", "reset", https)
	Finish(h, FinishOptions{})
	if len(h.Ports) != 200 || h.ExtraPorts != nil {
		t.Errorf("%d ports, %v", len(h.Ports), h.ExtraPorts)
	}

	h = ports(t, 2, "filtered", "no-response", https+`, {"port": 1, "protocol": "tcp", "state_state": "filtered", "state_reason": "x"}, {"port": 2, "protocol": "tcp", "state_state": "closed"}`)
	h.ExtraPorts = []host.ExtraPorts{{State: "filtered", Total: 5, Reasons: []host.Reason{{Name: "x", Count: 5}}}}
	before := h.ExtraPorts
	Finish(h, FinishOptions{HoneypotPorts: -1})
	want := []host.ExtraPorts{{State: "filtered", Total: 8, Reasons: []host.Reason{{Name: "x", Count: 6}, {Name: "no-response", Count: 2}}}}
	if d := cmp.Diff(want, h.ExtraPorts); d != "" || len(h.Ports) != 2 {
		t.Errorf("%d ports; (-want +got)\n%s", len(h.Ports), d)
	}
	if before[0].Total != 5 || before[0].Reasons[0].Count != 5 {
		t.Error("what was shared was changed")
	}
}

func TestRealPort(t *testing.T) {
	banner := func(s string) []host.Script { return []host.Script{{ID: "banner", Output: s}} }
	for name, test := range map[string]struct {
		p    host.Port
		want bool
	}{
		"host":       {host.Port{Port: -1}, true},
		"bare":       {host.Port{Port: 1}, false},
		"service":    {host.Port{Service: host.Service{Name: "http"}}, true},
		"tcpwrapped": {host.Port{Service: host.Service{Name: "tcpwrapped"}, Scripts: banner("x")}, false},
		"script":     {host.Port{Scripts: []host.Script{{ID: "http-title", Output: "\n"}}}, true},
		"banner":     {host.Port{Scripts: banner("\n\n")}, true},
		"line feed":  {host.Port{Scripts: banner("\n")}, false},
		"BIG-IP":     {host.Port{Scripts: banner("BIG-IP: [0x2a5c4a9:12] x")}, false},
		"no BIG-IP":  {host.Port{Scripts: banner("BIG-IP: [0x2a5c4a:12] x")}, true},
		"SonicWall":  {host.Port{Scripts: banner("(Ref.Id: ?abc?)")}, false},
		"two":        {host.Port{Scripts: append(banner("\n"), banner("\n")...)}, true},
	} {
		if got := realPort(&test.p); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// tagTests are ports (or names) and the tags that they get.
var tagTests = map[string][2]string{
	"Shodan":     {`"hostnames": [{"name": "census1.shodan.io"}, {"name": "www.shodan.io"}, {"name": "Census1.shodan.io"}]`, `[{"value": "Scanner", "type": "warning", "info": ["Hostname census1.shodan.io suggests a Shodan scanner"]}]`},
	"BinaryEdge": {`"hostnames": [{"name": "a.binaryedge.ninja"}]`, `[{"value": "Scanner", "type": "warning", "info": ["Hostname a.binaryedge.ninja suggests a BinaryEdge scanner"]}]`},
	"Onyphe":     {`"hostnames": [{"name": "a.probe.onyphe.net"}]`, `[{"value": "Scanner", "type": "warning", "info": ["Hostname a.probe.onyphe.net suggests an Onyphe scanner"]}]`},
	"honeypot": {`"ports": [{"port": 22, "protocol": "tcp", "service_name": "ssh", "service_product": "Kippo", "service_extrainfo": "SSH HoneyPot"}]`,
		`[{"value": "Honeypot", "type": "warning", "info": ["ssh / Kippo / SSH HoneyPot on port tcp/22"]}]`},
	"tor":       {`"ports": [{"port": 9050, "protocol": "tcp", "service_name": "tor-socks"}]`, `[{"value": "TOR", "type": "info", "info": ["Service tor-socks found on port tcp/9050"]}]`},
	"tor ssl":   {`"ports": [{"port": 1, "protocol": "tcp", "service_name": "ssl", "service_product": "Tor over SSL"}]`, `[{"value": "TOR", "type": "info", "info": ["ssl / Tor over SSL found on port tcp/1"]}]`},
	"tor http":  {`"ports": [{"port": 1, "protocol": "tcp", "service_name": "http", "service_product": "Tor built-in httpd"}]`, `[{"value": "TOR", "type": "info", "info": ["http / Tor built-in httpd found on port tcp/1"]}]`},
	"tor other": {`"ports": [{"port": 1, "protocol": "tcp", "service_name": "ssl", "service_product": "Tor directory"}]`, `null`},
	"certificate": {onPort(`{"id": "ssl-cert", "ssl-cert": [{"sha1": "bad", "subject_text": "commonName=www.abcdefgh.net", "issuer_text": "commonName=www.abcdefg2.com", "subject": {"organizationName": " Org "}}]}`),
		`[{"value": "Malware", "type": "danger", "info": ["Evil certificate on port tcp/443 (SSL Blacklist by abuse.ch)"]}, {"value": "Organization", "type": "info", "info": ["Org"]}]`},
	"tor certificate": {onPort(`{"id": "ssl-cert", "ssl-cert": [{"sha1": "x", "subject_text": "commonName=www.abcdefgh.net", "issuer_text": "commonName=www.abcdefg2.com", "subject": {"organizationName": " "}}]}`),
		`[{"value": "TOR", "type": "info", "info": ["TOR certificate on port tcp/443"]}]`},
	"no tor certificate": {onPort(`{"id": "ssl-cert", "ssl-cert": [{"subject_text": "commonName=www.abcdefgh.net", "issuer_text": "commonName=www.abcdefgh.net"}, {"subject_text": "commonName=www.abcdefgh.net", "issuer_text": "commonName=www.abc.net"}]}`), `null`},
	"client certificate": {`"ports": [{"port": -1, "scripts": [{"id": "ssl-cert", "ssl-cert": [{"sha1": "bad"}]}]}]`, `[{"value": "Malware", "type": "danger", "info": ["Evil certificate (SSL Blacklist by abuse.ch)"]}]`},
	"JA3":                {`"ports": [{"port": -1, "scripts": [{"id": "ssl-ja3-client", "ssl-ja3-client": [{"md5": "bad3"}]}]}]`, `[{"value": "Malware", "type": "danger", "info": ["Tofsee JA3 client fingerprint (SSL Blacklist by abuse.ch)"]}]`},
	"tor exit":           {onPort(`{"id": "http-title", "output": "This is a Tor Exit Router"}`), `[{"value": "TOR", "type": "info", "info": ["TOR exit node notice on port tcp/443"]}]`},
	"tor socks":          {onPort(`{"id": "http-title", "output": "This is a SOCKS Proxy, Not An HTTP Proxy"}`), `[{"value": "TOR", "type": "info", "info": ["TOR SOCKS Proxy notice on port tcp/443"]}]`},
	"tor tunnel":         {onPort(`{"id": "http-title", "output": "This is an HTTP CONNECT tunnel, not a full HTTP Proxy"}`), `[{"value": "TOR", "type": "info", "info": ["TOR HTTP CONNECT tunnel notice on port tcp/443"]}]`},
	"scanner":            {`"ports": [{"port": -1, "scripts": [{"id": "scanner", "scanner": {"scanners": [{"name": "Z"}, {"name": "A"}]}}]}]`, `[{"value": "Scanner", "type": "warning", "info": ["A", "Z"]}]`},
	"unknown scanner":    {`"ports": [{"port": -1, "scripts": [{"id": "scanner", "scanner": {}}]}]`, `[{"value": "Scanner", "type": "warning"}]`},
	"scanner on a port":  {onPort(`{"id": "scanner", "scanner": {"scanners": [{"name": "Z"}]}}`), `null`},
	"accounts": {onPort(`{"id": "http-default-accounts", "http-default-accounts": [{"name": "App", "credentials": [{"username": "u", "password": "p"}, {"username": "v", "password": "q"}]}, {"name": "None", "credentials": []}]}`),
		`[{"value": "Default password", "type": "danger", "info": ["App: u / p, v / q"]}]`},
	"vulns": {onPort(`{"id": "ssl-heartbleed", "vulns": [{"id": "NMAP-1", "state": "VULNERABLE (Exploitable)"}, {"id": "B", "state": "LIKELY VULNERABLE"}, {"state": "UNKNOWN (unable to test)"}, {"id": "C", "state": "NOT VULNERABLE"}]}`),
		`[{"value": "Cannot test vuln", "type": "info"}, {"value": "Likely vulnerable", "type": "warning", "info": ["B"]}, {"value": "Vulnerable", "type": "danger", "info": ["NMAP-1"]}]`},
	"vulns of a script that is not known": {onPort(`{"id": "my-script", "vulns": [{"id": "X", "state": "VULNERABLE"}], "nuclei": [{"name": "CVE-1"}]}`),
		`[{"value": "Vulnerable", "type": "danger", "info": ["X"]}]`},
	"nuclei": {onPort(`{"id": "http-nuclei", "nuclei": [{"template": "CVE-2024-1", "name": "CVE-2024-1"}, {"template": "x", "name": "CVE-2024-2 RCE"}, {"template": "a-default-login", "name": "A"}, {"template": "y", "name": "Y Default Password"}, {"template": "cve-2024-3", "name": "z"}]}`),
		`[{"value": "Default password", "type": "danger", "info": ["a-default-login / A", "y / Y Default Password"]}, {"value": "Vulnerable", "type": "danger", "info": ["CVE-2024-1", "x / CVE-2024-2 RCE"]}]`},
}

func onPort(script string) string {
	return `"ports": [{"port": 443, "protocol": "tcp", "state_state": "open", "scripts": [` + script + `]}]`
}

func blacklist(kind MalwareKind, hash string) string {
	return map[string]string{"0bad": "Evil", "1bad3": "Tofsee"}[fmt.Sprint(int(kind), hash)]
}

func TestTags(t *testing.T) {
	for name, test := range tagTests {
		t.Run(name, func(t *testing.T) {
			h := record(t, `{"addr": "192.0.2.10", `+test[0]+`}`)
			Finish(h, FinishOptions{Malware: blacklist})
			wantJSON(t, h, `{"tags": `+test[1]+`}`)
		})
	}
}

// TestEnrich is the vector 14's tag, and geography.
func TestEnrich(t *testing.T) {
	opts := FinishOptions{Enrich: func(a netip.Addr) (*host.Object, []host.Tag) {
		return host.NewObject("country_code", "FR", "as_num", int64(64496)),
			[]host.Tag{{Value: "Reserved address", Type: "info", Info: []string{"Address type Documentation"}}}
	}}
	h := record(t, `{"addr": "192.0.2.10", "infos": {"x": 1, "country_code": "DE"}, "extraports": {"closed": {"total": 1, "reasons": {}}},
		"tags": [{"value": "Reserved address", "type": "danger", "info": ["z"]}]}`)
	infos := h.Infos
	Finish(h, opts)
	wantJSON(t, h, `{"infos": {"x": 1, "country_code": "FR", "as_num": 64496}, "openports": {"count": 0},
		"tags": [{"value": "Reserved address", "type": "danger", "info": ["Address type Documentation", "z"]}]}`)
	if infos.Text("country_code") != "DE" {
		t.Error("what was shared was changed")
	}

	h = record(t, `{"addr": "192.0.2.10"}`)
	Finish(h, FinishOptions{Enrich: func(netip.Addr) (*host.Object, []host.Tag) { return nil, nil }})
	wantJSON(t, h, `{"infos": {}, "tags": null}`)
	h = record(t, `{"addr": "192.0.2.10"}`)
	Finish(h, FinishOptions{})
	wantJSON(t, h, `{"infos": null}`)
}

func TestFinishManyNames(t *testing.T) {
	for _, n := range []int{200, 201} {
		h := record(t, `{"addr": "192.0.2.10", "hostnames": [{"name": "census.shodan.io", "type": "A"}]}`)
		for i := range n - 1 {
			h.Hostnames = append(h.Hostnames, host.Hostname{Name: fmt.Sprint("n", i), Type: "A"})
		}
		Finish(h, FinishOptions{})
		want := `{"tags": [{"value": "Scanner", "type": "warning", "info": ["Hostname census.shodan.io suggests a Shodan scanner"]}]}`
		if n > 200 {
			want = `{"hostnames": null, "tags": [{"value": "CDN", "type": "info", "info": ["Too many hostnames"]},
				{"value": "Scanner", "type": "warning", "info": ["Hostname census.shodan.io suggests a Shodan scanner"]}]}`
		}
		wantJSON(t, h, want)
	}
}
