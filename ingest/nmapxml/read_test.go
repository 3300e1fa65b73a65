package nmapxml

import (
	"context"
	"os"
	"strings"
	"testing"

	"ivre/ingest/host"
)

// read returns the records of a report in JSON.
func read(t testing.TB, text string, opt Options) ([]string, Result, error) {
	t.Helper()
	var out []string
	res, err := Read(context.Background(), strings.NewReader(text), opt, func(h *host.Host) error {
		out = append(out, string(host.Append(nil, h)))
		return nil
	})
	return out, res, err
}

func report(hosts string) string {
	return `<?xml version="1.0"?><!DOCTYPE nmaprun><nmaprun scanner="nmap">` + hosts + `</nmaprun>`
}

const address = `<address addr="192.0.2.20" addrtype="ipv4"/>`

func TestVectors(t *testing.T) {
	for _, c := range []struct {
		name, hosts string
		want        []string // parts of the one record, in order
	}{
		{"times and a host that is down", `<host starttime="1700000001" endtime="1700000100"><status state="up"/>` + address + `</host><host><status state="down"/>` + address + `</host>`,
			[]string{`"starttime": "2023-11-14 22:13:21", "endtime": "2023-11-14 22:15:00"`}},
		{"addresses", `<host>` + address + `<address addr="2001:DB8::1" addrtype="ipv6"/><address addr="00:00:5E:00:53:01" addrtype="mac" vendor="x"/></host>`,
			[]string{`"addr": "192.0.2.20"`, `"ipv6": ["2001:db8::1"]`, `"mac": ["00:00:5e:00:53:01"]`}},
		{"names", `<host>` + address + `<hostnames><hostname name="Host10.example.net" type="PTR"/></hostnames></host>`,
			[]string{`{"name": "Host10.example.net", "type": "PTR", "domains": ["Host10.example.net", "example.net", "net"]}`}},
		{"services", `<host>` + address + `<ports><port protocol="tcp" portid="443"><state state="open"/><service name="https" product="nginx" hostname="WEB" extrainfo="Domain: corp.example.com, x" method="probed" conf="10"><cpe>cpe:/a:nginx:nginx</cpe></service></port><port protocol="tcp" portid="25"><state state="closed"/><service name="smtp" method="table" conf="3"/></port></ports></host>`,
			[]string{`"name": "web.corp.example.com", "type": "service"`, `{"port": 25, "protocol": "tcp", "state_state": "closed"}`, `"service_name": "http"`, `"service_hostname": "WEB"`, `"service_tunnel": "ssl"`, `"service_conf": 10`}},
		{"structures", `<host>` + address + `<ports><port protocol="tcp" portid="80"><state state="open"/><script id="x" output="o"><table key="a.b"><elem key="k"> v </elem><table key="l"><elem>1</elem><elem>2</elem></table></table></script></port></ports><hostscript><script id="y" output="&#xa;z"/></hostscript></host>`,
			[]string{`{"port": -1, "scripts": [{"id": "y", "output": "\nz"}]}`, `"x": {"a_b": {"k": " v ", "l": ["1", "2"]}}`}},
		{"other ports", `<host>` + address + `<ports><extraports state="filtered" count="996"><extrareasons reason="no-response" count="990"/><extrareasons reason="admin-prohibited" count="6"/></extraports></ports></host>`,
			[]string{`"extraports": {"filtered": {"total": 996, "reasons": {"no-response": 990, "admin-prohibited": 6}}}`}},
		{"traces", `<host>` + address + `<trace port="80" proto="tcp"><hop ttl="1" ipaddr="10.0.0.1" rtt="0.52" host="r.example"/><hop ttl="x" ipaddr="10.0.0.2" rtt="--"/></trace></host>`,
			[]string{`"protocol": "tcp", "port": 80`, `"ttl": 1, "rtt": 0.52, "host": "r.example", "domains": ["r.example", "example"]`, `"ttl": "x", "rtt": "--"`}},
	} {
		got, _, err := read(t, report(c.hosts), Options{})
		if err != nil || len(got) != 1 {
			t.Errorf("%s: %d hosts, %v", c.name, len(got), err)
			continue
		}
		rest := got[0]
		for _, part := range c.want {
			i := strings.Index(rest, part)
			if i < 0 {
				t.Errorf("%s: %s is not (or not in its place) in\n%s", c.name, part, got[0])
				break
			}
			rest = rest[i+len(part):]
		}
	}
}

func TestMasscan(t *testing.T) {
	text, err := os.ReadFile("testdata/masscan.xml")
	if err != nil {
		t.Fatal(err)
	}
	var banners []string
	got, res, err := read(t, string(text), Options{Reuse: true, Banner: func(_ *host.Host, _ *host.Port, name, _ string) error {
		banners = append(banners, name)
		return nil
	}})
	if err != nil || res.Scanner != "masscan" || len(got) != 6 || len(banners) == 0 {
		t.Fatalf("%d hosts, banners %v, %+v, %v", len(got), banners, res, err)
	}
	for _, r := range got {
		if !strings.Contains(r, `"state": "up"`) || !strings.Contains(r, `"starttime": "2026-`) {
			t.Error(r)
		}
	}
}
