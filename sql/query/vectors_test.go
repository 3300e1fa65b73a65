package query_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/sql/query"
	"ivre/sql/tree"
)

// The options that the web API has by default.
var (
	now   = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	view  = query.Options{DB: query.View, RegexMaxLength: 1000, RegexStarriness: 2, Now: now}
	scans = query.Options{DB: query.Scans, RegexMaxLength: 1000, RegexStarriness: 2, Now: now}
)

func TestWords(t *testing.T) {
	word := func(neg bool, param string) query.Word { return query.Word{Neg: neg, Param: param} }
	pair := func(param, value string) query.Word {
		return query.Word{Param: param, Value: value, HasValue: true}
	}
	for _, c := range []struct {
		q    string
		want []query.Word
	}{
		{`a b:c "d:e f" 'g:h i'`, []query.Word{word(false, "a"), pair("b", "c"), pair("d", "e f"), pair("g", "h i")}},
		{`!x -y --z`, []query.Word{word(true, "x"), word(true, "y"), word(true, "-z")}},
		{`host:2001:db8::1 2001:db8::1 a:b:c`, []query.Word{pair("host", "2001:db8::1"), word(false, "2001:db8::1"), pair("a", "b:c")}},
		{`cert.subject:/.*\.example\.com/`, []query.Word{pair("cert.subject", `/.*\.example\.com/`)}},
		{`banner:"say \"hi\""`, []query.Word{pair("banner", `say \hi\`)}},
		{`http:`, []query.Word{pair("http", "")}},
		{`tag:"a b":c`, []query.Word{pair("tag", "a b:c")}},
		{`-"a b:c" "-a b:c"`, []query.Word{{Neg: true, Param: "a b", Value: "c", HasValue: true}, {Neg: true, Param: "a b", Value: "c", HasValue: true}}},
		{"a\tb\r\nc  # d", []query.Word{word(false, "a"), word(false, "b"), word(false, "c"), word(false, "#"), word(false, "d")}},
		{`"" '' a`, []query.Word{word(false, "a")}},
		{`"it's" 'a "b"'`, []query.Word{word(false, "it's"), word(false, `a "b"`)}},
		{`cafe:: fe80::1%eth0 ::FFFF:192.0.2.1`, []query.Word{word(false, "cafe::"), word(false, "fe80::1%eth0"), word(false, "::FFFF:192.0.2.1")}},
		{`192.0.2.0/24 -192.0.2.0/255.255.255.0 2001:db8::/32`, []query.Word{word(false, "192.0.2.0/24"), word(true, "192.0.2.0/255.255.255.0"), word(false, "2001:db8::/32")}},
		{`192.0.2.0/33`, []query.Word{word(false, "192.0.2.0/33")}},
		{`city:é`, []query.Word{pair("city", "é")}},
		{``, nil},
	} {
		got, err := query.Words(c.q)
		if err != nil {
			t.Errorf("%s: %v", c.q, err)
		} else if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.q, diff)
		}
	}
	for _, q := range []string{`it's`, `a "b`, `'`, `a:"b c`} {
		if _, err := query.Words(q); err == nil || !strings.Contains(err.Error(), "Parameter parsing error") {
			t.Errorf("%s: %v", q, err)
		}
	}
	if _, err := query.Words(strings.Repeat("a", 300<<10)); err == nil {
		t.Error("no error for an endless query")
	}
}

// shown is the condition of a query without the outermost And of a single one.
func shown(c tree.Cond) string {
	if all, ok := c.(tree.And); ok && len(all) == 1 {
		c = all[0]
	}
	return tree.Format(c)
}

func TestValues(t *testing.T) {
	for _, c := range []struct{ q, want string }{
		{`city:/a/b/i`, `infos.city =~ /(?i)a/b/`},
		{`city:/foo`, `infos.city =~ /foo/`},
		{`city:\/x`, `infos.city = "/x"`},
		{`city:/a\/b\.c/`, `infos.city =~ /a/b\.c/`},
		{`city:`, `infos.city = ""`},
		{`city:/`, `infos.city =~ //`},
		{`city://`, `infos.city =~ //`},
		{`city:a/b/`, `infos.city = "a/b/"`},
		{`city:\a`, `infos.city = "\\a"`},
		{`city:/a\`, `infos.city =~ /a/`},
		{`city:/a.b/ii`, `infos.city =~ /(?i)a[^\n]b/`},
		{`city:/^a.b/SM`, `infos.city =~ /(?m:^)a(?s:.)b/`},
		{`"city:/a b #c/x"`, `infos.city =~ /ab/`},
		{`city:/a/uat`, `infos.city =~ /a/`},
		{`net:192.0.2/24`, `addr in 192.0.2.0..192.0.2.255`},
		{`net:10/8`, `addr in 10.0.0.0..10.255.255.255`},
		{`net:192.0/16`, `addr in 192.0.0.0..192.0.255.255`},
		{`net:192.0.2.77/24`, `addr in 192.0.2.0..192.0.2.255`},
		{`net:192.0.2.77/255.255.255.0`, `addr in 192.0.2.0..192.0.2.255`},
		{`net:192.0.2.77/0.0.0.255`, `addr in 192.0.2.0..192.0.2.255`},
		{`net:192.0.2.77/0.0.0.0`, `addr in 0.0.0.0..255.255.255.255`},
		{`net:192.0.2.77/255.255.255.255`, `addr in 192.0.2.77..192.0.2.77`},
		{`net:192.0.2.77`, `addr in 192.0.2.77..192.0.2.77`},
		{`net:0.0.0.0/0`, `addr in 0.0.0.0..255.255.255.255`},
		{`net:2001:db8::1/33`, `addr in 2001:db8::..2001:db8:7fff:ffff:ffff:ffff:ffff:ffff`},
		{`net:::ffff:192.0.2.1/120`, `addr in 192.0.2.0..192.0.2.255`},
		{`net:::ffff:192.0.2.1/64`, `addr in ::..::ffff:ffff:ffff:ffff`},
		{`host:167772161`, `addr = 10.0.0.1`},
		{`host:::ffff:192.0.2.1`, `addr = 192.0.2.1`},
		{`host:fe80::1%eth0`, `addr = fe80::1`},
		{`99999`, `and(openports.tcp.ports = 99999)`},
		{`tcp/0`, `and(openports.tcp.ports = 0)`},
	} {
		got, err := query.Parse(c.q, view)
		if err != nil {
			t.Errorf("%s: %v", c.q, err)
		} else if s := shown(got.Filter); s != c.want || got.Unused != nil {
			t.Errorf("%s:\n got %s %q\nwant %s", c.q, s, got.Unused, c.want)
		}
	}
}

func TestMeta(t *testing.T) {
	n := func(i int64) *int64 { return &i }
	for _, c := range []struct {
		q    string
		want query.Query
	}{
		{`skip:-10 limit:-4`, query.Query{}},
		{`skip:10 skip:3 limit:4 limit:5`, query.Query{Skip: 3, Limit: n(5)}},
		{`limit:0`, query.Query{Limit: n(0)}},
		{`limit:7 limit:-1`, query.Query{}},
		{`sortby:addr -sortby:endtime`, query.Query{Sort: []query.Sort{{Field: "addr"}, {Field: "endtime", Desc: true}}}},
		{`country:FR -foo:bar baz`, query.Query{Unused: []string{"country=FR", "-foo=bar", "baz"}}},
		{`-cpe:a`, query.Query{Unused: []string{"-cpe=a"}}},
		{`fields:addr,ports.port`, query.Query{Fields: []string{"addr", "ports.port"}}},
		{`fields:a fields:b`, query.Query{Fields: []string{"b"}}},
		{`display:screenshot -display display:`, query.Query{}},
		{`-skip:1 !limit:2 -fields:a`, query.Query{Unused: []string{"-skip=1", "-limit=2", "-fields=a"}}},
		{`port:80 foo foo: -`, query.Query{Unused: []string{"port=80", "foo", "foo=", "-"}}},
		{`notes -notes Hostname:a 192.0.2/24 10/8`, query.Query{Unused: []string{"notes", "-notes", "Hostname=a", "192.0.2/24", "10/8"}}},
		{`city:a -asnum:x asname:b -tag sourcefile:x recontype:x sensor:x`, query.Query{Unused: []string{"city=a", "-asnum=x", "asname=b", "-tag", "sourcefile=x", "recontype=x", "sensor=x"}}},
		{`product:a version:a:b`, query.Query{Unused: []string{"product=a", "version=a:b"}}},
		{`cert.self_signed:1 cert.nope:1 cacert.nope sshkey.nope:1 ike.nope:1 openport:1 cert:1`,
			query.Query{Unused: []string{"cert.self_signed=1", "cert.nope=1", "cacert.nope", "sshkey.nope=1", "ike.nope=1", "openport=1", "cert=1"}}},
		{``, query.Query{}},
	} {
		got, err := query.Parse(c.q, scans)
		if err != nil {
			t.Errorf("%s: %v", c.q, err)
		} else if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.q, diff)
		}
	}
}

// The hosts of the specification's test vectors, with addresses and times.
var hostA = `{"addr": "192.0.2.1", "starttime": "2026-01-01 00:00:00", "endtime": "2026-01-01 01:00:00",
	"hostnames": [{"name": "www.example.com", "domains": ["www.example.com", "example.com", "com"]}],
	"openports": {"count": 2, "tcp": {"count": 2, "ports": [22, 80]}},
	"ports": [
		{"port": 22, "protocol": "tcp", "state_state": "open", "service_name": "ssh", "scripts": [{"id": "ssh-hostkey"}]},
		{"port": 80, "protocol": "tcp", "state_state": "open", "service_name": "http", "screenshot": "field", "screenwords": ["login", "admin"], "scripts": [
			{"id": "ssl-cert", "ssl-cert": [
				{"sha256": "aa", "self_signed": true, "subject_text": "s1", "issuer_text": "i1"},
				{"sha256": "bb", "self_signed": false, "subject_text": "s2", "issuer_text": "i2"}]}]}],
	"tags": [{"value": "CDN", "info": ["cloudflare"]}, {"value": "Honeypot", "info": ["x"]}]}`

var hostB = `{"addr": "2001:db8::7", "starttime": "2026-01-01 12:00:00", "endtime": "2026-01-02 03:00:00",
	"openports": {"count": 1, "tcp": {"count": 1, "ports": [443]}},
	"ports": [{"port": 443, "protocol": "tcp", "state_state": "open"}, {"port": 22, "protocol": "tcp", "state_state": "closed"}],
	"tags": [{"value": "CDN", "info": ["cloudflare"]}]}`

const hostC = `{"addr": "198.51.100.9", "openports": {"count": 0}}`

// matching names the hosts that satisfy a condition.
func matching(t testing.TB, c tree.Cond, records map[string]string) string {
	t.Helper()
	var out []string
	for _, name := range []string{"A", "B", "C", "D", "E"} {
		if s, ok := records[name]; ok && decodeRecord(t, s).holds(c) {
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}

func TestHosts(t *testing.T) {
	hosts := map[string]string{"A": hostA, "B": hostB, "C": hostC}
	for _, c := range []struct{ q, want string }{
		{`service:-`, "B C"},
		{`service:-:443`, "B"},
		{`-script:ssl-cert`, "B C"},
		{`-cert.sha256:AA`, "B C"},
		{`-cert.sha256:cc`, "A B C"},
		{`cert.self_signed`, "A"},
		{`-cert.self_signed`, "A"},
		{`-tag:CDN`, "C"},
		{`-tag:CDN:cloudflare`, "C"},
		{`-screenshot`, "B C"},
		{`-screenwords:login`, ""},
		{`-screenwords:login,admin`, ""},
		{`-screenwords:admin,login`, ""},
		{`otheropenport:22`, "A B"},
		{`otheropenport:22,80`, "B"},
		{`-80,443`, "C"},
		{`-openport`, "C"},
		{`closed:22`, "B"},
		{`hostname:example.com`, ""},
		{`domain:example.com`, "A"},
		{`-hostname:www.example.com`, "B C"},
		{`openports.count<1`, "C"},
		{`ports.port<100`, "A B"},
		{`-ports.port<100`, "B"},
		{`-countports:1-5`, "C"},
		// what the tables of the specification say of words
		{``, "A B C"},
		{`22,80`, "A"}, {`22,443`, ""}, {`open:tcp/22`, "A"}, {`80 443`, ""}, {`tag:CDN tag:Honeypot`, "A"}, {`80 -80`, ""},
		{`tag::cloudflare`, "A B"}, {`-tag`, "C"}, {`tag:`, "A B"}, {`tag:Honeypot:cloudflare`, ""}, {`-tag::x`, "B C"},
		{`service:/^s/`, "A"}, {`service:http:22`, ""}, {`service:http:80`, "A"},
		{`screenwords:admin,login`, "A"}, {`screenwords:ADMIN:80`, "A"}, {`screenwords:admin:22`, ""}, {`screenwords:/^LOG/:http`, "A"},
		{`-screenwords:nope`, "A"}, {`-screenshot:22`, "A B"}, {`screenshot:http`, "A"}, {`-screenshot:http`, ""},
		{`net:192.0.2.0/24`, "A"}, {`-net:192.0.2.0/24`, "B C"}, {`ipv6`, "B"}, {`-ipv6`, "A C"}, {`-198.51.100.9`, "A B"},
		{`range:192.0.2.1-198.51.100.8`, "A"}, {`range:198.51.100.8-192.0.2.1`, ""},
		{`countports:1-5`, "A B"}, {`-countports:2`, "B C"}, {`countports:0`, "C"},
		{`timeago:1h`, "B"}, {`-timeago:1h`, "A"}, {`timerange:1767225600,1767229200`, "A"}, {`-timerange:1767225600-1767229200`, "B"},
		{`script:/^ssl-/`, "A"}, {`-script:/^ssl-/`, "B C"}, {`-cert`, "B C"}, {`cert.subject:s1 cert.issuer:i2`, "A"},
	} {
		q, err := query.Parse(c.q, view)
		if err != nil || q.Unused != nil {
			t.Errorf("%s: %v, unused %q", c.q, err, q.Unused)
			continue
		}
		if got := matching(t, q.Filter, hosts); got != c.want {
			t.Errorf("%s (%s): got %q, want %q", c.q, tree.Format(q.Filter), got, c.want)
		}
	}
	for f, want := range map[string]string{
		`{"f":"cert","k":{"subject":"s1","issuer":"i2"}}`:               "",
		`{"f":"cert","k":{"subject":"s1","issuer":"i1"}}`:               "A",
		`{"f":"cert","k":{"subject":"s1","issuer":"i2","neg":true}}`:    "A B C",
		`{"f":"portsother","a":[[22, 80]]}`:                             "B",
		`{"f":"port","a":[22],"k":{"state":"closed","neg":true}}`:       "A C",
		`{"f":"port","a":[22],"k":{"state":"closed"}}`:                  "B",
		`{"f":"ports","a":[[22, 443]],"k":{"any_":true}}`:               "A B",
		`{"f":"tag","a":[{"value":"CDN","info":"cloudflare"}, true]}`:   "C",
		`{"f":"service","a":[false]}`:                                   "B C",
		`{"f":"service","a":[false, 443]}`:                              "B",
		`{"f":"hosts","a":[["192.0.2.1", "198.51.100.9"]]}`:             "A C",
		`{"f":"hosts","a":[[]]}`:                                        "",
		`{"f":"hosts","a":[[], true]}`:                                  "A B C",
		`{"f":"screenshot","k":{"words":["ADMIN","login"],"neg":true}}`: "",
	} {
		cond, err := query.ParseJSON([]byte(f), view)
		if err != nil {
			t.Errorf("%s: %v", f, err)
		} else if got := matching(t, cond, hosts); got != want {
			t.Errorf("%s (%s): got %q, want %q", f, tree.Format(cond), got, want)
		}
	}
}

// TestScriptsOfHosts is about conditions that have to hold for one script, one item of its result, or its port.
func TestScriptsOfHosts(t *testing.T) {
	hosts := map[string]string{
		"A": `{"ports": [{"port": 22, "scripts": [{"id": "ssh2-enum-algos", "ssh2-enum-algos": {"hassh": {"md5": "0123456789abcdef0123456789abcdef", "raw": "curve25519"}}}]},
			{"port": 80, "protocol": "tcp", "state_state": "open", "service_name": "http", "service_product": "MiniServ", "scripts": [
			{"id": "http-headers", "output": "\n  Set-Cookie: phpMyAdmin=1", "http-headers": [{"name": "server", "value": "a"}, {"name": "date", "value": "b"}]}]}]}`,
		"B": `{"ports": [{"port": -1, "scripts": [{"id": "ssh2-enum-algos", "ssh2-enum-algos": {"hassh": {"md5": "0123456789abcdef0123456789abcdef"}}},
			{"id": "ssl-ja3-server", "ssl-ja3-server": [{"md5": "0123456789abcdef0123456789abcdef", "client": {"raw": "769,47"}}, {"md5": "f123456789abcdef0123456789abcdef", "client": {"raw": "770,47"}}]}]}],
			"traces": [{"hops": [{"ipaddr": "192.0.2.1", "ttl": 1}, {"ipaddr": "2001:db8::5", "ttl": 2, "host": "r.example.com", "domains": ["example.com"]}]}]}`,
		"C": `{"ports": [{"port": 445, "protocol": "tcp", "service_name": "http", "service_product": "MiniServ", "service_extrainfo": "Webmin httpd", "scripts": [{"id": "smb-enum-shares", "smb-enum-shares": {"shares": [
			{"Share": "IPC$", "Anonymous access": "READ/WRITE", "Type": "x"}, {"Share": "pub", "Anonymous access": "READ", "Type": "STYPE_DISKTREE"}]}}]}]}`,
	}
	for _, c := range []struct{ q, want string }{
		{`hassh`, "A B"}, {`hassh-server`, "A"}, {`hassh-client`, "B"},
		{`hassh-server:0123456789ABCDEF0123456789abcdef`, "A"}, {`hassh:/^curve/`, "A"}, {`hassh:nope`, ""},
		{`httphdr:Server:a`, "A"}, {`httphdr:server:b`, ""}, {`httphdr::b`, "A"}, {`phpmyadmin`, "A"}, {`webmin`, "A"},
		{`ssl-ja3-server:0123456789abcdef0123456789abcdef:/^769/`, "B"}, {`ssl-ja3-server:0123456789abcdef0123456789abcdef:/^770/`, ""},
		{`ssl-ja3-server::/^770/`, "B"}, {`-ssl-ja3-server`, "A C"},
		{`smbshare`, "C"}, {`smbshare:r`, "C"}, {`smbshare:w`, ""}, {`smbshare:RW`, ""},
		{`hop:2001:db8::5`, "B"}, {`-hop:192.0.2.1`, "A C"}, {`hop:192.0.2.1:1`, "B"}, {`hop:192.0.2.1:2`, ""}, {`-hop:192.0.2.1:2`, "A B C"}, {`-hop:192.0.2.1:1`, "A C"},
		{`hopname:r.example.com`, "B"}, {`-hopdomain:example.com`, "A C"}, {`hopname:/./`, ""},
	} {
		q, err := query.Parse(c.q, view)
		if err != nil || q.Unused != nil {
			t.Errorf("%s: %v, unused %q", c.q, err, q.Unused)
			continue
		}
		if got := matching(t, q.Filter, hosts); got != c.want {
			t.Errorf("%s (%s): got %q, want %q", c.q, tree.Format(q.Filter), got, c.want)
		}
	}
	hop := `{"f":"hop","a":["2001:db8::5", 2]}`
	if c, err := query.ParseJSON([]byte(hop), view); err != nil || matching(t, c, hosts) != "B" {
		t.Errorf("%s: %s, %v", hop, tree.Format(c), err)
	}
}

func TestJSONVectors(t *testing.T) {
	for _, c := range []struct{ f, want string }{
		{`{}`, `true`},
		{`{"f":"or","a":[{"f":"host","a":["192.0.2.1"]},{"f":"net","a":["198.51.100.0/24"]}]}`, `or(addr = 192.0.2.1, addr in 198.51.100.0..198.51.100.255)`},
		{`{"f":"port","a":[80],"k":{"neg":true}}`, `not(openports.tcp.ports = 80)`},
		{`{"f":"hostname","a":[{"f":"regexp","a":["/^www/i"]}]}`, `hostnames.name =~ /(?i)^www/`},
		{`{"f":"ja3client","a":["769,47-53,0-10,11,0"]}`, `any(ports.scripts: and(id = "ssl-ja3-client", ssl-ja3-client.md5 = "de6bab8476d6c7ea41e1e105b8f3e899"))`},
		{`{"f":"and"}`, `and()`},
		{`{"f":"and","a":[],"x":1}`, `and()`},
		{`{"f":"or","a":[{}, {"f":"nonexistent"}]}`, `or(true, false)`},
		{`{"f":"category","a":[["a", {"f":"regexp","a":["/b/"]}]]}`, `categories in ["a", /b/]`},
		{`{"f":"category","a":[["a"]]}`, `categories = "a"`},
		{`{"f":"category","a":[{"f":"bytes","a":["YWI="]}]}`, `categories = "ab"`},
		{`{"f":"val","a":["starttime", {"f":"datetime","a":[1767225600.5]}]}`, `starttime = 2026-01-01T00:00:00.5`},
	} {
		got, err := query.ParseJSON([]byte(c.f), view)
		if err != nil {
			t.Errorf("%s: %v", c.f, err)
		} else if s := tree.Format(got); s != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.f, s, c.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ items, want string }{
		{``, `true`},
		{`192.0.2.1`, `or(addr = 192.0.2.1)`},
		{`192.0.2.1-192.0.2.9 10.0.0.0/8`, `or(addr in 192.0.2.1..192.0.2.9, addr in 10.0.0.0..10.255.255.255)`},
		{`167772161 4294967296 2001:db8::1 281470681743361`, `or(addr = 10.0.0.1, addr = ::1:0:0, addr = 2001:db8::1, addr = 0.0.0.1)`},
		{`2001:db8::1-2001:db8::ff`, `or(addr in 2001:db8::1..2001:db8::ff)`},
	} {
		got, err := query.Addresses(strings.Fields(c.items))
		if err != nil {
			t.Errorf("%s: %v", c.items, err)
		} else if s := tree.Format(got); s != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.items, s, c.want)
		}
	}
	for _, item := range []string{"", "x", "192.0.2.256", "192.0.2.1-", "-", "192.0.2.1/33", "/8", "340282366920938463463374607431768211456"} {
		if c, err := query.Addresses([]string{"192.0.2.1", item}); err == nil || err.Error() != "Invalid IP address ['"+item+"']!" {
			t.Errorf("%q: %v, %v", item, c, err)
		}
	}
}
