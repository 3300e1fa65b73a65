package viewmerge

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"ivre/ingest/host"
)

// oldAndNew makes two records of an address, the second of which ends later.
func oldAndNew(t testing.TB, older, newer string) (a, b *host.Host) {
	t.Helper()
	return record(t, `{"addr": "192.0.2.10", "starttime": "2024-01-01 00:00:00", "endtime": "2024-01-01 01:00:00", `+strings.TrimPrefix(older, "{")),
		record(t, `{"addr": "192.0.2.10", "starttime": "2024-02-01 00:00:00", "endtime": "2024-02-01 01:00:00", `+strings.TrimPrefix(newer, "{"))
}

// mergeTests are the vectors 8 to 14b, and more. Where a vector shows what is called a quirk, what is wanted instead
// is here.
var mergeTests = []struct{ name, older, newer, want string }{
	{"8 closed since", `{"state": "up", "ports": [{"port": 22, "protocol": "tcp", "state_state": "open", "service_name": "ssh",
		"service_product": "OpenSSH", "service_version": "8.0", "scripts": [{"id": "ssh-hostkey"}, {"id": "banner", "output": "oldb"}]}]}`,
		`{"state": "down", "state_reason": "no-response", "ports": [{"port": 22, "protocol": "tcp", "state_state": "closed",
			"scripts": [{"id": "banner", "output": "newb"}]}]}`,
		`{"state": "up", "state_reason": "no-response", "starttime": "2024-01-01 00:00:00", "endtime": "2024-02-01 01:00:00", "ports": [
			{"port": 22, "protocol": "tcp", "state_state": "closed", "service_name": "ssh", "service_product": "OpenSSH",
			"service_version": "8.0", "scripts": [{"id": "banner", "output": "newb"}, {"id": "ssh-hostkey"}]}]}`},
	{"9 screenshot", `{"ports": [{"port": 80, "protocol": "tcp", "service_name": "http", "screenshot": "field", "screendata": "YWJj", "screenwords": ["x"]}]}`,
		`{"ports": [{"port": 80, "protocol": "tcp", "service_name": "http", "service_product": "nginx"}]}`,
		`{"ports": [{"port": 80, "protocol": "tcp", "service_name": "http", "service_product": "nginx", "screenshot": "field",
			"screendata": "YWJj", "screenwords": ["x"]}]}`},
	{"10 same service", `{"ports": [{"port": 443, "protocol": "tcp", "service_name": "http", "service_product": "x", "service_version": "1", "service_servicefp": "f"}]}`,
		`{"ports": [{"port": 443, "protocol": "tcp", "service_name": "http", "service_product": "y", "own": 1}]}`,
		`{"ports": [{"port": 443, "protocol": "tcp", "service_name": "http", "service_product": "y", "service_version": "1", "service_servicefp": "f", "own": 1}]}`},
	{"10 other service", `{"ports": [{"port": 443, "protocol": "tcp", "service_name": "http", "service_product": "x", "service_servicefp": "f", "own": 1}]}`,
		`{"ports": [{"port": 443, "protocol": "tcp", "service_name": "ssh"}]}`,
		`{"ports": [{"port": 443, "protocol": "tcp", "service_name": "ssh"}]}`},
	{"service found before", `{"ports": [{"port": 443, "protocol": "tcp", "service_name": "http", "service_conf": 10}]}`,
		`{"ports": [{"port": 443, "protocol": "tcp", "service_tunnel": "ssl"}]}`,
		`{"ports": [{"port": 443, "protocol": "tcp", "service_name": "http", "service_tunnel": "ssl", "service_conf": 10}]}`},
	{"11 traces", `{"traces": [{"protocol": "tcp", "port": 80, "hops": []}, {"protocol": "icmp", "hops": [{"ipaddr": "192.0.2.1"}]}]}`,
		`{"traces": [{"protocol": "tcp", "port": 80, "hops": [{"ipaddr": "192.0.2.2"}]}]}`,
		`{"traces": [{"protocol": "tcp", "port": 80, "hops": [{"ipaddr": "192.0.2.2"}]}, {"protocol": "icmp", "hops": [{"ipaddr": "192.0.2.1"}]}]}`},
	{"12 addresses", `{"addresses": {"mac": ["00:11:22:33:44:55"]}}`,
		`{"addresses": {"mac": ["AA:11:22:33:44:55", "00:11:22:33:44:55"]}}`,
		`{"addresses": {"mac": ["00:11:22:33:44:55", "aa:11:22:33:44:55"]}}`},
	{"13 scanner; a probe without a name is told by its protocol", `{"ports": [{"port": -1, "scripts": [{"id": "scanner", "output": "x", "scanner": {
			"ports": {"count": 1, "tcp": {"count": 1, "ports": [22]}}, "probes": [{"proto": "tcp", "value": "abc"}],
			"scanners": [{"name": "Zgrab", "probes": [{"proto": "http"}]}]}}]}]}`,
		`{"ports": [{"port": -1, "scripts": [{"id": "scanner", "output": "y", "scanner": {
			"ports": {"count": 1, "tcp": {"count": 1, "ports": [23]}}, "http_uris": [{"uri": "/", "method": "GET", "version": "1.1"}]}}]}]}`,
		`{"ports": [{"port": -1, "scripts": [{"id": "scanner",
			"output": "Scanned ports: tcp: 22-23\nScanned URI: / (GET 1.1)\nScanner: \n - Zgrab [http]", "scanner": {
			"ports": {"count": 2, "tcp": {"count": 2, "ports": [22, 23]}}, "http_uris": [{"uri": "/", "method": "GET", "version": "1.1"}],
			"probes": [{"proto": "tcp", "value": "abc"}], "scanners": [{"name": "Zgrab", "probes": [{"proto": "http", "name": null}]}]}}]}]}`},
	{"scanner: all kinds", `{"ports": [{"port": -1, "scripts": [{"id": "scanner", "scanner": {
			"ports": {"count": 3, "udp": {"count": 1, "ports": [53]}, "tcp": {"count": 2, "ports": [80, 22]}},
			"scanners": [{"name": "B"}, {"name": "A", "probes": [{"proto": "tls", "name": "DTLS"}]}], "stun_queries": [{"tid": "1"}]}}]}]}`,
		`{"ports": [{"port": -1, "scripts": [{"id": "scanner", "scanner": {"ports": {"count": 1, "tcp": {"count": 1, "ports": [23]}},
			"scanners": [{"name": "A", "probes": [{"proto": "http"}, {"proto": "tls", "name": "DTLS"}]}],
			"dns_queries": [{"query": "b", "qtype": "A", "qclass": "IN"}, {"query": "a", "qtype": "A", "qclass": "IN"}]}}]}]}`,
		`{"ports": [{"port": -1, "scripts": [{"id": "scanner",
			"output": "Scanned ports: tcp: 22-23,80, udp: 53\nDNS queries: a (type: A, class: IN), b (type: A, class: IN)\nScanners: \n - A [http, DTLS/tls]\n - B",
			"scanner": {"ports": {"count": 4, "tcp": {"count": 3, "ports": [22, 23, 80]}, "udp": {"count": 1, "ports": [53]}}, "probes": [],
			"dns_queries": [{"query": "a", "qtype": "A", "qclass": "IN"}, {"query": "b", "qtype": "A", "qclass": "IN"}],
			"scanners": [{"name": "A", "probes": [{"proto": "http", "name": null}, {"proto": "tls", "name": "DTLS"}]}, {"name": "B"}]}}]}]}`},
	{"scanner: one structure", `{"ports": [{"port": -1, "scripts": [{"id": "scanner", "output": "old", "scanner": {"probes": [], "stun_queries": [1]}}]}]}`,
		`{"ports": [{"port": -1, "scripts": [{"id": "scanner", "output": "new"}]}]}`,
		`{"ports": [{"port": -1, "scripts": [{"id": "scanner", "output": "old", "scanner": {"probes": [], "stun_queries": [1]}}]}]}`},
	{"14 extraports: of each state, the newest", `{"extraports": {"closed": {"total": 1, "reasons": {"reset": 1}}, "filtered": {"total": 9, "reasons": {}}}}`,
		`{"extraports": {"filtered": {"total": 2, "reasons": {"no-response": 2}}}}`,
		`{"extraports": {"closed": {"total": 1, "reasons": {"reset": 1}}, "filtered": {"total": 2, "reasons": {"no-response": 2}}}, "openports": {"count": 0}}`},
	{"14b down, then named: the newest known state", `{"state": "down", "state_reason": "no-response"}`,
		`{"state_reason": "passive", "hostnames": [{"name": "a.example.com", "type": "A", "domains": ["a.example.com", "example.com", "com"]}]}`,
		`{"state": "down", "state_reason": "passive", "endtime": "2024-02-01 01:00:00", "categories": null,
			"hostnames": [{"name": "a.example.com", "type": "A", "domains": ["a.example.com", "example.com", "com"]}]}`},
	{"up since", `{"state": "down"}`, `{"state": "up"}`, `{"state": "up"}`},
	{"names", `{"hostnames": [{"name": "a", "type": "A", "domains": ["x"]}, {"name": "b", "type": "A", "domains": ["b"]}]}`,
		`{"hostnames": [{"name": "c", "type": "A", "domains": ["c"]}, {"name": "a", "type": "PTR", "domains": ["a"]}, {"name": "a", "type": "A", "domains": ["a"]}]}`,
		`{"hostnames": [{"name": "a", "type": "A", "domains": ["a"]}, {"name": "b", "type": "A", "domains": ["b"]},
			{"name": "c", "type": "A", "domains": ["c"]}, {"name": "a", "type": "PTR", "domains": ["a"]}]}`},
	{"no names if there were too many", `{"tags": [{"value": "CDN", "type": "warning", "info": ["Too many hostnames"]}]}`,
		`{"hostnames": [{"name": "a", "type": "A", "domains": ["a"]}]}`,
		`{"hostnames": null, "tags": [{"value": "CDN", "type": "warning", "info": ["Too many hostnames"]}]}`},
	{"tags", `{"tags": [{"value": "A", "type": "warning", "info": ["z", "a"]}]}`,
		`{"tags": [{"value": "A", "type": "danger", "info": ["m"]}, {"value": "B", "type": "info"}]}`,
		`{"tags": [{"value": "A", "type": "warning", "info": ["a", "m", "z"]}, {"value": "B", "type": "info"}]}`},
	{"lists", `{"categories": ["b"], "source": ["s2"], "infos": {"x": 1, "y": 1}, "os": {"fingerprint": "f"},
			"cpes": [{"type": "a", "vendor": "v", "product": "p", "version": "1", "origins": ["o1"]}, {"type": "o", "vendor": "v", "product": "p", "version": "", "origins": []}]}`,
		`{"categories": ["a"], "source": "s1", "infos": {"y": 2, "z": 2}, "os": {}, "state_reason_ttl": 3, "uptime": "x",
			"cpes": [{"type": "h", "vendor": "v", "product": "p", "version": "1", "origins": []}, {"type": "a", "vendor": "v", "product": "p", "version": "1", "origins": ["o2", "o0"]}]}`,
		`{"categories": ["a", "b"], "source": ["s1", "s2"], "infos": {"x": 1, "y": 2, "z": 2}, "os": {"fingerprint": "f"}, "state_reason_ttl": null, "uptime": null,
			"cpes": [{"type": "h", "vendor": "v", "product": "p", "version": "1"},
				{"type": "a", "vendor": "v", "product": "p", "version": "1", "origins": ["o0", "o1", "o2"]},
				{"type": "o", "vendor": "v", "product": "p", "version": ""}]}`},
	{"order of ports", `{"ports": [{"port": -1, "scripts": [{"id": "a"}]}, {"port": 80, "protocol": "udp"}, {"port": 8, "protocol": "tcp"}]}`,
		`{"ports": [{"port": 22, "protocol": "tcp"}, {"port": 1, "protocol": "sctp"}]}`,
		`{"ports": [{"port": 1, "protocol": "sctp"}, {"port": 8, "protocol": "tcp"}, {"port": 22, "protocol": "tcp"}, {"port": 80, "protocol": "udp"}, {"port": -1, "scripts": [{"id": "a"}]}]}`},
	{"doubtful ports of a record that is no honeypot yet", `{"ports": [{"port": 1, "protocol": "tcp", "state_state": "open"}, {"port": 2, "protocol": "tcp", "state_state": "open", "service_name": "x"},
			{"port": 3, "protocol": "tcp", "state_state": "open", "service_name": "tcpwrapped"}, {"port": 5, "protocol": "tcp", "state_state": "closed"}]}`,
		`{"tags": [{"value": "Honeypot", "type": "warning", "info": ["SYN+ACK honeypot"]}], "ports": [{"port": 3, "protocol": "tcp", "state_state": "closed"}, {"port": 4, "protocol": "tcp", "state_state": "open"}]}`,
		`{"ports": [{"port": 2, "protocol": "tcp", "state_state": "open", "service_name": "x"}, {"port": 3, "protocol": "tcp", "state_state": "closed"},
			{"port": 4, "protocol": "tcp", "state_state": "open"}]}`},
}

func TestMerge(t *testing.T) {
	for _, test := range mergeTests {
		t.Run(test.name, func(t *testing.T) {
			a, b := oldAndNew(t, test.older, test.newer)
			before := appended(a) + appended(b)
			wantJSON(t, Merge(a, b), test.want)
			if x, y := appended(Merge(a, b)), appended(Merge(b, a)); x != y {
				t.Errorf("the order counts:\n%s\n%s", x, y)
			}
			if appended(a)+appended(b) != before {
				t.Error("a record was changed")
			}
		})
	}
}

// scriptTests are results of one script on tcp/80 as two records have them.
var scriptTests = []struct{ id, older, newer, want, output string }{
	{"http-app", `[{"application": "A", "path": "/"}, {"application": "OWA", "path": "/owa", "version": "15.1.2106.2"}, {"application": "OWA", "path": "/x", "version": "1.2"}]`,
		`[{"application": "B", "path": "/b", "version": "1"}]`,
		`[{"application": "B", "path": "/b", "version": "1"}, {"application": "A", "path": "/"},
			{"application": "OWA", "path": "/owa", "version": "15.1.2106.2", "parsed_version": "Exchange Server 2016 CU18"},
			{"application": "OWA", "path": "/x", "version": "1.2", "parsed_version": "unknown build number"}]`,
		"B: path /b, version 1\nA: path /\nOWA: path /owa, version 15.1.2106.2 (Exchange Server 2016 CU18)\nOWA: path /x, version 1.2 (unknown build number)\n"},
	{"http-user-agent", `["a", "b"]`, `["b", "c"]`, `["b", "c", "a"]`, "b\nc\na\n"},
	{"ssl-cert", `[{"sha256": "aaaabb", "subject_text": "S"}]`, `[{"sha256": "cc", "issuer_text": "I"}]`,
		`[{"sha256": "cc", "issuer_text": "I"}, {"sha256": "aaaabb", "subject_text": "S"}]`,
		"Issuer: I\nSHA-256:cc\n" + strings.Repeat("-", 64) + "\nSubject: S\nSHA-256:aaaa bb\n"},
	{"ssl-ja3-client", `[{"md5": "a"}, {"md5": "b", "raw": "old"}]`, `[{"md5": "b", "raw": "new"}]`, `[{"md5": "b", "raw": "new"}, {"md5": "a"}]`, "b\na\n"},
	{"ssl-ja3-server", `[{"md5": "a", "client": {"md5": "c"}}]`, `[{"md5": "a", "client": {"md5": "d"}}]`,
		`[{"md5": "a", "client": {"md5": "d"}}, {"md5": "a", "client": {"md5": "c"}}]`, "a - d\na - c\n"},
	{"ssl-ja4-client", `[{"ja4": "a"}]`, `[]`, `[{"ja4": "a"}]`, "a\n"},
	{"http-user-agent", `[]`, `[]`, `[]`, ""},
	{"http-nuclei", `[{"name": "N", "url": "u", "template": "t", "severity": "low"}]`, `[{"name": "N", "url": "v", "template": "t", "severity": "high"}]`,
		`[{"name": "N", "url": "v", "template": "t", "severity": "high"}, {"name": "N", "url": "u", "template": "t", "severity": "low"}]`,
		"[high] N found at v\n[low] N found at u\n"},
	{"http-git", `[{"repository": "b/.git/", "files-found": [".git/x", ".git/a"], "remotes": "r"}]`,
		`[{"repository": "b/.git/", "files-found": [".git/c"]}, {"repository": "a/.git/", "files-found": []}]`,
		`[{"repository": "a/.git/", "files-found": []}, {"repository": "b/.git/", "files-found": [".git/a", ".git/c", ".git/x"]}]`,
		"\n  a/.git/\n    Git repository found!\n\n\n  b/.git/\n    Git repository found!\n"},
	{"dns-domains", `[{"domain": "example.com", "parents": ["p"]}]`, `[{"domain": "example.com"}]`,
		`[{"domain": "example.com", "parents": ["example.com", "com"]}]`, "Server is authoritative for example.com"},
	{"dns-domains", `[{"domain": "b.example", "parents": []}]`, `[{"domain": "a.example.org", "parents": []}, {"domain": "example", "parents": []}]`,
		`[{"domain": "example", "parents": []}, {"domain": "b.example", "parents": []}, {"domain": "a.example.org", "parents": []}]`,
		"Server is authoritative for:\n  example\n  b.example\n  a.example.org"},
	{"dns-domains-mx", `[{"domain": "d", "priority": "10", "parents": []}]`, `[{"domain": "d", "priority": "5", "parents": []}]`,
		`[{"domain": "d", "priority": "5", "parents": []}, {"domain": "d", "priority": "10", "parents": []}]`,
		"Server is Mail eXchanger for:\n  d (priority 5)\n  d (priority 10)"},
	{"dns-domains-mx", `[{"domain": "d", "priority": "10", "parents": []}]`, `[{"domain": "d", "priority": "10", "parents": []}]`,
		`[{"domain": "d", "priority": "10", "parents": []}]`, "Server is Mail eXchanger for d (priority 10)"},
	{"dns-tls-rpt", `[{"domain": "a", "warnings": ["Domain has no TLS-RPT configuration"]}, {"domain": "b", "value": "v"}]`,
		`[{"domain": "a", "value": "v"}, {"domain": "c", "warnings": ["Domain has more than one TLS-RPT configuration"]}, {"domain": "d", "warnings": ["w1", "w2"]}]`,
		`[{"domain": "a", "value": "v"}, {"domain": "b", "value": "v"}, {"domain": "c", "warnings": ["Domain has more than one TLS-RPT configuration"]}, {"domain": "d", "warnings": ["w1", "w2"]}]`,
		"Domain a has a valid TLS-RPT configuration\nDomain b has a valid TLS-RPT configuration\nDomain c has more than one TLS-RPT configuration\nDomain d has a TLS-RPT configuration with warnings:\nw1\nw2"},
	{"dns-check-consistency", `[{"domain": "d", "name": "d", "rtype": "NS", "value": ["old"], "reference_value": []}]`,
		`[{"domain": "d", "name": "d", "rtype": "NS", "value": ["a'b"], "reference_value": ["c", "d"]}, {"domain": "d", "name": "d", "rtype": "A", "value": [], "reference_value": ["1\n"]}]`,
		`[{"domain": "d", "name": "d", "rtype": "A", "value": [], "reference_value": ["1\n"]}, {"domain": "d", "name": "d", "rtype": "NS", "value": ["a'b"], "reference_value": ["c", "d"]}]`,
		"DNS inconsistency\n\nd (A)\nThis server:\nMost common answer:\n  '1\\n'\n\nd (NS)\nThis server:\n  \"a'b\"\nMost common answer:\n  'c'\n  'd'"},
	{"dns-zone-transfer", `[{"domain": "example.com", "records": [{"name": "example.com.", "type": "SOA", "data": "x"}, {"name": "ns1.example.com.", "type": "A", "data": "y"}]}]`,
		`[{"domain": "a.example.com", "records": []}]`,
		`[{"domain": "example.com", "records": [{"name": "example.com.", "type": "SOA", "data": "x"}, {"name": "ns1.example.com.", "type": "A", "data": "y"}]}, {"domain": "a.example.com", "records": []}]`,
		"\nDomain: example.com\n| example.com.      SOA  x\n| ns1.example.com.  A    y\n\\\n\nDomain: a.example.com\n\\\n"},
}

func TestMergeScripts(t *testing.T) {
	tested := map[string]bool{}
	for _, test := range scriptTests {
		tested[test.id] = true
		key := host.DataKey(test.id)
		wrap := func(data string) string {
			return fmt.Sprintf(`{"ports": [{"port": 80, "protocol": "tcp", "scripts": [{"id": %q, "output": "before", %q: %s}]}]}`, test.id, key, data)
		}
		a, b := oldAndNew(t, wrap(test.older), wrap(test.newer))
		h := Merge(a, b)
		wantJSON(t, h, strings.Replace(wrap(test.want), `"before"`, string(host.AppendString(nil, test.output)), 1))
		if got := h.Ports[0].Scripts[0].Output; got != test.output {
			t.Errorf("%s: output %q, want %q", test.id, got, test.output)
		}
	}
	for id := range listRules {
		if !tested[id] && id != "ssl-cacert" && id != "network-nuclei" {
			t.Errorf("%s is not tested", id)
		}
	}
}

// TestMergeScanVector is the vector 23 of the scan records.
func TestMergeScanVector(t *testing.T) {
	a, b := oldAndNew(t, `{"source": "s2", "ports": [{"port": 80, "protocol": "tcp", "service_name": "http", "service_product": "nginx", "service_version": "1.0",
			"scripts": [{"id": "http-title", "output": "old"}, {"id": "http-app", "output": "x", "http-app": [{"application": "A", "path": "/"}]}]},
			{"port": 22, "protocol": "tcp", "state_state": "open"}]}`,
		`{"source": "s1", "ports": [{"port": 80, "protocol": "tcp", "service_name": "http", "service_product": "nginx",
			"scripts": [{"id": "http-title", "output": "new"}, {"id": "http-app", "output": "y", "http-app": [{"application": "B", "path": "/b", "version": "1"}]}]}]}`)
	wantJSON(t, Merge(a, b), `{"source": ["s1", "s2"], "starttime": "2024-01-01 00:00:00", "endtime": "2024-02-01 01:00:00", "ports": [
		{"port": 22, "protocol": "tcp", "state_state": "open"},
		{"port": 80, "protocol": "tcp", "service_name": "http", "service_product": "nginx", "service_version": "1.0", "scripts": [
			{"id": "http-title", "output": "new"},
			{"id": "http-app", "output": "B: path /b, version 1\nA: path /\n", "http-app": [{"application": "B", "path": "/b", "version": "1"}, {"application": "A", "path": "/"}]}]}]}`)
}

func TestMergeEmpty(t *testing.T) {
	h := record(t, `{"addr": "192.0.2.10", "state_reason_ttl": 3}`)
	for _, none := range []*host.Host{nil, {}} {
		if Merge(none, h) != h || Merge(h, none) != h {
			t.Error("an empty record changes another")
		}
	}
	if Merge(nil, nil) != nil {
		t.Error("nothing became something")
	}
	var b Builder
	b.Add(nil, Scan)
	b.Add(&host.Host{}, Scan)
	if b.Result() != nil {
		t.Error("nothing became something")
	}
}

// TestMergeTie: of two records with the same end, the second one is newer, and for a Builder the passive one.
func TestMergeTie(t *testing.T) {
	a, b := record(t, `{"addr": "192.0.2.10", "state_reason": "a"}`), record(t, `{"addr": "192.0.2.10", "state_reason": "b", "endtime": "1970-01-01 00:00:00"}`)
	if r := Merge(a, b).StateReason; r != "b" {
		t.Errorf("reason %s", r)
	}
	if r := Merge(b, a).StateReason; r != "a" {
		t.Errorf("reason %s", r)
	}
	for range 2 {
		a, b = b, a
		var m Builder
		m.Add(a, Passive)
		m.Add(b, Scan)
		if r := m.Result().StateReason; r != a.StateReason {
			t.Errorf("reason %s", r)
		}
	}
}

func TestMergeManyNames(t *testing.T) {
	for _, limit := range []int{0, 3, -1} {
		for _, over := range []int{0, 1} {
			n := MaxHostnames + over
			if limit > 0 {
				n = limit + over
			}
			m := Builder{MaxHostnames: limit}
			for i := range n {
				h := &host.Host{Addr: netip.MustParseAddr("192.0.2.10")}
				h.AddHostname(fmt.Sprintf("n%d.example.com", i), "A")
				m.Add(h, Passive)
				m.Add(h, Passive)
			}
			h := m.Result()
			dropped := over == 1 && limit >= 0
			if (len(h.Hostnames) == 0) != dropped || hasInfo(h, "CDN", "Too many hostnames") != dropped || !dropped && len(h.Hostnames) != n {
				t.Errorf("limit %d, %d names: %d are left, tags %v", limit, n, len(h.Hostnames), h.Tags)
			}
		}
	}
}
