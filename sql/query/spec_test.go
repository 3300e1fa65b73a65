package query

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/sql/tree"
)

// now is the present of the tests.
var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func options(db Database) Options {
	return Options{DB: db, RegexMaxLength: 1000, RegexStarriness: 2, Now: now}
}

func TestWords(t *testing.T) {
	for q, want := range map[string][]Word{
		`a b:c "d:e f" 'g:h i'`:              {{false, "a", "", false}, {false, "b", "c", true}, {false, "d", "e f", true}, {false, "g", "h i", true}},
		`!x -y --z`:                          {{true, "x", "", false}, {true, "y", "", false}, {true, "-z", "", false}},
		`host:2001:db8::1 2001:db8::1 a:b:c`: {{false, "host", "2001:db8::1", true}, {false, "2001:db8::1", "", false}, {false, "a", "b:c", true}},
		`cert.subject:/.*\.example\.com/`:    {{false, "cert.subject", `/.*\.example\.com/`, true}},
		`banner:"say \"hi\""`:                {{false, "banner", `say \hi\`, true}},
		`http:`:                              {{false, "http", "", true}},
		`tag:"a b":c`:                        {{false, "tag", "a b:c", true}},
		`-"a b:c" "-a b:c"`:                  {{true, "a b", "c", true}, {true, "a b", "c", true}},
		"a\tb\r\nc":                          {{false, "a", "", false}, {false, "b", "", false}, {false, "c", "", false}},
		`"" '' - -""`:                        {{true, "", "", false}, {true, "", "", false}},
		`#a 'it"s'`:                          {{false, "#a", "", false}, {false, `it"s`, "", false}},
		`cafe:: ::FFFF:192.0.2.1 fe80::1%x`:  {{false, "cafe::", "", false}, {false, "::FFFF:192.0.2.1", "", false}, {false, "fe80::1%x", "", false}},
		`::/129 ::/128 192.0.2.0/255.255.0.0 ::/255.255.0.0`: {
			{false, "", ":/129", true}, {false, "::/128", "", false}, {false, "192.0.2.0/255.255.0.0", "", false}, {false, "", ":/255.255.0.0", true},
		},
		`city:é`: {{false, "city", "é", true}},
		``:       nil,
	} {
		got, err := Words(q)
		if err != nil {
			t.Errorf("%s: %v", q, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", q, d)
		}
	}
	for _, q := range []string{`it's`, `a "b`, strings.Repeat("x", maxQuery+1)} {
		if _, err := Words(q); err == nil {
			t.Errorf("%.20s: no error", q)
		}
	}
	if _, err := Words(`it's`); err == nil || !strings.HasPrefix(err.Error(), "Parameter parsing error") {
		t.Errorf("%v", err)
	}
}

func TestValues(t *testing.T) {
	b, err := newBuilder(View, options(View), true)
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]string{
		`/a/b/i`:     `x =~ /(?i)a/b/`,
		`/foo`:       `x =~ /foo/`,
		`\/x`:        `x = "/x"`,
		`\x`:         `x = "\\x"`,
		`/a\/b\.c/`:  `x =~ /a/b\.c/`,
		`/`:          `x =~ //`,
		`//`:         `x =~ //`,
		``:           `x = ""`,
		`/a\`:        `x =~ /a/`,
		`/a/ii`:      `x =~ /(?i)a/`,
		`/a/mm`:      `x =~ /a/`,
		`/^a./MSUat`: `x =~ /(?m:^)a(?s:.)/`,
		`/a b/x`:     `x =~ /ab/`,
		`-`:          `x = "-"`,
		`A,B`:        `x = "A,B"`,
	} {
		v, err := b.rx(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if got := tree.Format(match("x", v)); got != want {
			t.Errorf("%s: %s, not %s", s, got, want)
		}
	}
	for s, want := range map[string]string{
		`/etc/passwd`:                         `"p" is not a flag of regular expressions (a slash inside of one is written \/)`,
		`/a/l`:                                `"l" is not a flag of regular expressions (a slash inside of one is written \/)`,
		"/" + strings.Repeat("a", 1001):       `Regex exceeds maximum length (1001 > 1000)`,
		"/" + strings.Repeat("é", 1001):       `Regex exceeds maximum length (1001 > 1000)`,
		`/(?=a)/`:                             `Invalid regex pattern: lookahead (?=...) is not supported (position 1)`,
		`/(a/`:                                `Invalid regex pattern: a ) is missing (position 3)`,
		`/(a+)+x/`:                            `Regex pattern is vulnerable to ReDoS (starriness=11, limit=2)`,
		"/" + strings.Repeat("a", 1001) + "/": `Regex exceeds maximum length (1001 > 1000)`,
	} {
		if _, err := b.rx(s); err == nil || err.Error() != want {
			t.Errorf("%.30s: %v, not %s", s, err, want)
		}
	}
	if _, err := b.rx("/" + strings.Repeat("a", 1000) + "/i"); err != nil {
		t.Errorf("1000 characters: %v", err)
	}
}

func TestNetworks(t *testing.T) {
	for s, want := range map[string]string{
		"192.0.2/24":                 "192.0.2.0..192.0.2.255",
		"10/8":                       "10.0.0.0..10.255.255.255",
		"192.0/16":                   "192.0.0.0..192.0.255.255",
		"192.0.2.77/24":              "192.0.2.0..192.0.2.255",
		"192.0.2.77/255.255.255.0":   "192.0.2.0..192.0.2.255",
		"192.0.2.77/0.0.0.255":       "192.0.2.0..192.0.2.255",
		"192.0.2.77/255.255.255.255": "192.0.2.77..192.0.2.77",
		"192.0.2.77/0.0.0.0":         "0.0.0.0..255.255.255.255",
		"192.0.2.77":                 "192.0.2.77..192.0.2.77",
		"2001:db8::1/32":             "2001:db8::..2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
		"::/0":                       "::..ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		"::ffff:192.0.2.77/120":      "192.0.2.0..192.0.2.255",
	} {
		r, err := parseNetwork(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
		} else if got := r.From.String() + ".." + r.To.String(); got != want {
			t.Errorf("%s: %s, not %s", s, got, want)
		}
	}
	for _, s := range []string{"192.0.2./24", "192.0.2.0/33", "::/129", "192.0.2.0/255.0.255.0", "192.0.2.0/", "/8", "", "x/8", "192.0.2", "::/255.0.0.0", "1.2.3.4.5/8"} {
		if r, err := parseNetwork(s); err == nil {
			t.Errorf("%q: %v", s, r)
		}
	}
}

func TestAddresses(t *testing.T) {
	for items, want := range map[string]string{
		"":                                    "true",
		"192.0.2.1":                           "addr = 192.0.2.1",
		"167772161":                           "addr = 10.0.0.1",
		"4294967296":                          "addr = ::1:0:0",
		"281470681743361":                     "addr = 0.0.0.1",
		"192.0.2.0/30 2001:db8::-2001:db8::f": "or(addr in 192.0.2.0..192.0.2.3, addr in 2001:db8::..2001:db8::f)",
		"192.0.2.9-192.0.2.1 ::1":             "or(addr in 192.0.2.9..192.0.2.1, addr = ::1)",
		"340282366920938463463374607431768211455": "addr = ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	} {
		c, err := Addresses(strings.Fields(items))
		if err != nil || tree.Format(c) != want {
			t.Errorf("%s: %s, %v, not %s", items, tree.Format(c), err, want)
		}
	}
	for _, s := range []string{"x", "", "192.0.2.1-", "340282366920938463463374607431768211456", "1.2.3.4/99", "0x7f.1"} {
		if _, err := Addresses([]string{s}); err == nil || err.Error() != "Invalid IP address ['"+s+"']!" {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestMeta(t *testing.T) {
	zero, four := int64(0), int64(4)
	for q, want := range map[string]Query{
		"skip:-10 limit:-4":                        {},
		"limit:0":                                  {Limit: &zero},
		"limit:3 limit:4 skip:1 skip:2":            {Limit: &four, Skip: 2},
		"limit:4 limit:-1":                         {},
		"sortby:addr -sortby:endtime":              {Sort: []Sort{{"addr", false}, {"endtime", true}}},
		"country:FR -foo:bar baz":                  {Unused: []string{"country=FR", "-foo=bar", "baz"}},
		"-cpe:a":                                   {Unused: []string{"-cpe=a"}},
		"fields:a fields:addr,ports.port":          {Fields: []string{"addr", "ports.port"}},
		"display display:map -display:x":           {},
		"-skip:1 -limit:1 !fields:a port:80":       {Unused: []string{"-skip=1", "-limit=1", "-fields=a", "port=80"}},
		"<3 >=4 -":                                 {Unused: []string{"<3", ">=4", "-"}},
		"openport:x ipv4:x cert:x notes":           {Unused: []string{"openport=x", "ipv4=x", "cert=x", "notes"}},
		"cert.other:x sshkey.other:x ike.x:y":      {Unused: []string{"cert.other=x", "sshkey.other=x", "ike.x=y"}},
		"product:x version:a:b cert.self_signed:x": {Unused: []string{"product=x", "version=a:b", "cert.self_signed=x"}},
		"Host:192.0.2.1 192.0/16 10.1":             {Unused: []string{"Host=192.0.2.1", "192.0/16", "10.1"}},
		"":                                         {},
	} {
		got, err := Parse(q, options(Scans))
		if err != nil {
			t.Errorf("%s: %v", q, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", q, d)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, q := range []string{
		"skip:x", "skip", "limit:", "limit:1.5", "limit:99999999999999999999", "sortby", "-sortby:", "fields", "fields:,",
		"host", "host:x", "host:010.0.0.1", "net:192.0.2./24", "192.0.2.0/33", "range:192.0.2.1", "range:192.0.2.1-", "range:a-192.0.2.1",
		"id", "id:", "id:5f3c", "id:zzzzzzzzzzzzzzzz", "timerange:1", "timerange:1,2,3", "timerange:a-b", "timerange:nan,2",
		"timeago:3w", "timeago:", "timeago:1.5h", "timeago:9223372036854775807y", "hostname", "hostname:/a/q", "hostname:/(?<=a)b/",
		"country", "asnum:x", "asnum:/64500/", "asnum:64500,", "open:80,x", "closed:", "otheropenport:tcp/80", "countports:x", "countports:1-", "countports:1-2-3",
		"service", "service:http:x", "product:a:b:c", "version:a:b:c:d", "product", "os", "cpe:/a(/", "screenwords:a,/b/", "script", "script:/a(/",
		"script:x:/a(/", "cookie", "file:x:/a(/", "httphdr:/a(/", "httphdr:a:/b(/", "smbshare:x", "smb.os", "smb.:x", "ntlm.os:/(/", "ike.notification",
		"cert.md5", "cert.subject:/(/", "sshkey.bits", "hop:x", "hop:192.0.2.1:x", "hop:x:1", "tag:/(/", "tag:a:/(/", "ssl-ja3-server:/(/", "ssl-ja3-server::/(/",
		"a<x", "a>", "a<1.5", "source:/(a+)+x/", "city:/(/",
	} {
		for _, opt := range []Options{options(View)} {
			got, err := Parse(q, opt)
			if err == nil {
				t.Errorf("%s: %s, unused %q", q, tree.Format(got.Filter), got.Unused)
			} else if e, ok := err.(*Error); !ok || e.Token != strings.TrimPrefix(q, "!") || !strings.HasPrefix(err.Error(), q+": ") {
				t.Errorf("%s: %T %v", q, err, err)
			}
		}
	}
	if _, err := Parse("a", Options{DB: 9}); err == nil {
		t.Error("unknown database")
	}
}

const hostA = `{"hostnames": [{"name": "www.example.com", "domains": ["www.example.com", "example.com", "com"]}],
	"openports": {"count": 2, "tcp": {"count": 2, "ports": [22, 80]}},
	"ports": [
		{"port": 22, "protocol": "tcp", "state_state": "open", "service_name": "ssh", "scripts": [{"id": "ssh-hostkey"}]},
		{"port": 80, "protocol": "tcp", "state_state": "open", "service_name": "http", "screenshot": "field", "screenwords": ["login", "admin"],
			"scripts": [{"id": "ssl-cert", "ssl-cert": [
				{"sha256": "aa", "self_signed": true, "subject_text": "s1", "issuer_text": "i1"},
				{"sha256": "bb", "self_signed": false, "subject_text": "s2", "issuer_text": "i2"}]}]}],
	"tags": [{"value": "CDN", "info": ["cloudflare"]}, {"value": "Honeypot", "info": ["x"]}]}`

func viewRecords(t *testing.T) named {
	return records(t, "A", hostA,
		"B", `{"openports": {"count": 1, "tcp": {"count": 1, "ports": [443]}},
			"ports": [{"port": 443, "protocol": "tcp", "state_state": "open"}, {"port": 22, "protocol": "tcp", "state_state": "closed"}],
			"tags": [{"value": "CDN", "info": ["cloudflare"]}]}`,
		"C", `{"openports": {"count": 0}}`)
}

var hostVectors = map[string]string{
	"service:-":                      "B C",
	"service:-:443":                  "B",
	"-script:ssl-cert":               "B C",
	"-cert.sha256:AA":                "B C",
	"-cert.sha256:cc":                "A B C",
	"cert.self_signed":               "A",
	"-cert.self_signed":              "A",
	"-tag:CDN":                       "C",
	"-tag:CDN:cloudflare":            "C",
	"-screenshot":                    "B C",
	"-screenwords:login":             "",
	"-screenwords:login,admin":       "",
	"-screenwords:admin,login":       "",
	"otheropenport:22":               "A B",
	"otheropenport:22,80":            "B",
	"-80,443":                        "C",
	"-openport":                      "C",
	"closed:22":                      "B",
	"hostname:example.com":           "",
	"domain:example.com":             "A",
	"-hostname:www.example.com":      "B C",
	"openports.count<1":              "C",
	"ports.port<100":                 "A B",
	"-ports.port<100":                "B",
	"-countports:1-5":                "C",
	"80 443":                         "",
	"80,22":                          "A",
	"80 -80":                         "",
	"tag:CDN tag:Honeypot":           "A",
	"80 service:ssh":                 "A",
	"service:ssh:80":                 "",
	"cert.subject:s1 cert.issuer:i2": "A",
	"cert.sha256:/^A/":               "A",
	"tag:CDN:x":                      "",
	"tag::x":                         "A",
	"-tag::x":                        "B C",
	"tag":                            "A B",
	"-tag:":                          "C",
	"screenshot:http":                "A",
	"-screenshot:tcp/22":             "A B",
	"-screenshot:80":                 "",
	"screenwords:LOGIN,admin:tcp/80": "A",
	"screenwords:/^log/:80":          "A",
	"screenwords:login:ssh":          "",
	"screenwords:login:http":         "A",
	"-screenwords:/^x/":              "A",
	"search:WWW":                     "A",
	`search:'"admi" zzz'`:            "A",
	`search:'login -cloudflare'`:     "",
	"search:clóudflares":             "A B",
	"search:the":                     "",
	"hassh":                          "",
	"script:ssh-hostkey":             "A",
	"script:/^ssh/":                  "A",
	"-script:/^ssh/":                 "B C",
	"-host:192.0.2.1":                "A B C",
	"-net:192.0.2.0/24":              "",
}

func TestHosts(t *testing.T) {
	hosts := viewRecords(t)
	for q, want := range hostVectors {
		got, err := Parse(q, options(View))
		if err != nil || got.Unused != nil {
			t.Errorf("%s: unused %q, %v", q, got.Unused, err)
		} else if m := hosts.matching(t, got.Filter); m != want {
			t.Errorf("%s: %s, not %q: %s", q, m, want, tree.Format(got.Filter))
		}
	}
	c, err := ParseJSON([]byte(`{"f": "cert", "k": {"subject": "s1", "issuer": "i2"}}`), options(View))
	if m := hosts.matching(t, c); err != nil || m != "" {
		t.Errorf("cert: %s, %v", m, err)
	}
	c, err = ParseJSON([]byte(`{"f": "cert", "k": {"subject": "s2", "issuer": "i2"}}`), options(View))
	if m := hosts.matching(t, c); err != nil || m != "A" {
		t.Errorf("cert: %s, %v", m, err)
	}
}

func TestPassive(t *testing.T) {
	observations := records(t,
		"p1", `{"recontype": "DNS_ANSWER", "source": "CNAME-192.0.2.53-53", "value": "www.example.com", "targetval": "web.example.net",
			"infos": {"domain": ["www.example.com", "example.com", "com"]}}`,
		"p2", `{"recontype": "SSH_SERVER_HASSH", "addr": "192.0.2.9", "port": 22, "value": "0123456789abcdef0123456789abcdef"}`,
		"p3", `{"recontype": "HTTP_CLIENT_HEADER", "source": "USER-AGENT", "addr": "2001:db8::7", "value": "curl/8", "sensor": "S"}`)
	for q, want := range map[string]string{
		"-host:192.0.2.9":              "p1 p3",
		"-net:192.0.2.0/24":            "p3",
		"ipv6":                         "p3",
		"-ipv6":                        "p2",
		"-hostname:www.example.com":    "",
		"-22":                          "p1 p3",
		"source:DNS_ANSWER:/^CNAME-/":  "p1",
		"-source:DNS_ANSWER:/^CNAME-/": "p2 p3",
		"-category:S":                  "p1 p2",
		"hassh-server:0123456789ABCDEF0123456789abcdef": "p2",
		"useragent:/curl/": "p3",
		"hassh-client":     "",
		"hassh":            "p2",
		"-useragent":       "p1 p2",
		"80 443":           "",
		"domain:com":       "p1",
	} {
		got, err := Parse(q, options(Passive))
		if err != nil || got.Unused != nil {
			t.Errorf("%s: unused %q, %v", q, got.Unused, err)
		} else if m := observations.matching(t, got.Filter); m != want {
			t.Errorf("%s: %s, not %q: %s", q, m, want, tree.Format(got.Filter))
		}
	}
}

func TestRegistries(t *testing.T) {
	objects := records(t,
		"net", `{"start": "192.0.2.0", "stop": "192.0.2.255", "country": "FR", "netname": "EXAMPLE-NET"}`,
		"all", `{"start": "0.0.0.0", "stop": "255.255.255.255"}`,
		"v6", `{"start": "2001:db8::", "stop": "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "country": "GB"}`,
		"as", `{"aut-num": 64500, "as-name": "EXAMPLE-AS", "descr": "Servers of an example"}`)
	for q, want := range map[string]string{
		"192.0.2.7":                 "net all",
		"host:2001:db8::1":          "v6",
		"192.0.2.128/25":            "net all",
		"192.0.0.0/16":              "net all",
		"range:192.0.2.9-192.0.2.1": "",
		"range:192.0.1.0-192.0.2.0": "net all",
		"ipv4":                      "net all",
		"-ipv6":                     "net all",
		"country:uk":                "v6",
		"-country:EU":               "all v6 as",
		"asnum:AS64500|1":           "as",
		"asname:/^EX/":              "as",
		"search:server":             "as",
		"search:example":            "net as",
	} {
		got, err := Parse(q, options(RIR))
		if err != nil || got.Unused != nil {
			t.Errorf("%s: unused %q, %v", q, got.Unused, err)
		} else if m := objects.matching(t, got.Filter); m != want {
			t.Errorf("%s: %s, not %q: %s", q, m, want, tree.Format(got.Filter))
		}
	}
}

func TestJSON(t *testing.T) {
	for f, want := range map[string]string{
		`{}`: `true`,
		`{"f":"or","a":[{"f":"host","a":["192.0.2.1"]},{"f":"net","a":["198.51.100.0/24"]}]}`: `or(addr = 192.0.2.1, addr in 198.51.100.0..198.51.100.255)`,
		`{"f":"port","a":[80],"k":{"neg":true}}`:                                              `not(openports.tcp.ports = 80)`,
		`{"f":"hostname","a":[{"f":"regexp","a":["/^www/i"]}]}`:                               `hostnames.name =~ /(?i)^www/`,
		`{"f":"ja3client","a":["769,47-53,0-10,11,0"]}`:                                       `any(ports.scripts: and(id = "ssl-ja3-client", ssl-ja3-client.md5 = "de6bab8476d6c7ea41e1e105b8f3e899"))`,
		`{"f":"and","a":[]}`:                                          `true`,
		`{"f":"and","a":[{},{"f":"nfs"}],"x":1}`:                      `any(ports.scripts: and(id = "rpcinfo", output =~ /nfs/))`,
		`{"f":"or","a":[{},{"f":"ipv4"}]}`:                            `or(true, addr in 0.0.0.0..255.255.255.255)`,
		`{"f":"or","a":[{"f":"ipv4"}]}`:                               `addr in 0.0.0.0..255.255.255.255`,
		`{"f":"cookie","a":[{"f":"bytes","a":["YWI="]}]}`:             `any(ports.scripts: and(id = "http-headers", output =~ /(?i)(?m:^) *Set\-Cookie: ab=/))`,
		`{"f":"val","a":["a.b",{"f":"datetime","a":[1700000000.5]}]}`: `a.b = 2023-11-14T22:13:20.5`,
		`{"f":"val","a":["a",[1,2.5,"x",{"f":"regexp","a":["y"]}]]}`:  `a in [1, 2.5, "x", "y"]`,
		`{"f":"val","a":["a",[true]]}`:                                `a = true`,
		`{"f":"val","a":["a",[]]}`:                                    `false`,
		`{"f":"val","a":["a",18446744073709551615]}`:                  `a = 18446744073709551615`,
		`{"f":"val","a":["a",3.0]}`:                                   `a = 3`,
		` {"f" : "ipv6", "a":null, "k":null} `:                        `and(exists(addr), not(addr in 0.0.0.0..255.255.255.255))`,
	} {
		c, err := ParseJSON([]byte(f), options(View))
		if got := tree.Format(c); err != nil || got != want {
			t.Errorf("%s: %s, %v, not %s", f, got, err, want)
		}
	}
}

// nested is deeper than filters may be.
var nested = strings.Repeat(`{"f":"and","a":[`, maxDepth+1) + "{}" + strings.Repeat("]}", maxDepth+1)

var jsonErrors = map[string]string{
	`{"f":"host","a":["192.0.2.1"],"x":1}`:  `host: unexpected member "x"`,
	`{"f":"nope"}`:                          `nope: this function is unknown`,
	`[]`:                                    `f: a filter is a JSON object, not []`,
	`{"a":[]}`:                              `f: a filter needs "f", the name of a function`,
	``:                                      `f: invalid JSON: EOF`,
	`{`:                                     `f: invalid JSON: unexpected EOF`,
	`{}{}`:                                  `f: there is something after the filter`,
	`{"f":1}`:                               `f: a filter needs "f", the name of a function`,
	`{"f":"or","a":[]}`:                     `or: there is no filter`,
	`{"f":"or"}`:                            `or: there is no filter`,
	`{"f":"or","a":{}}`:                     `or: "a" is a list of filters`,
	`{"f":"and","a":[1]}`:                   `f: a filter is a JSON object, not 1`,
	`{"f":"sensor","a":["x"]}`:              `sensor: this function is unknown for view`,
	`{"f":"host"}`:                          `host: the argument "addr" is missing`,
	`{"f":"host","a":["192.0.2.1",true,1]}`: `host: there are 3 arguments; it takes 2 at most`,
	`{"f":"host","a":"192.0.2.1"}`:          `host: "a" is a list of arguments`,
	`{"f":"host","k":[]}`:                   `host: "k" is an object, the named arguments`,
	`{"f":"host","k":{"x":1}}`:              `host: unexpected argument "x"`,
	`{"f":"host","a":["::1"],"k":{"addr":1}}`:                             `host: the argument "addr" is there twice`,
	`{"f":"host","a":["x"]}`:                                              `host: "x" is not an IP address`,
	`{"f":"host","a":[{"x":1}]}`:                                          `host: addr: {...} is not a text or a list of texts`,
	`{"f":"host","a":["::1","x"]}`:                                        `host: neg: "x" is not true or false`,
	`{"f":"hostname","a":[{"$ne":1}]}`:                                    `hostname: name: {...} is not a text, a number, a regular expression or a list of these`,
	`{"f":"hostname","a":[["a",["b"]]]}`:                                  `hostname: name: [...] is not a text, a number, a regular expression or a list of these`,
	`{"f":"hostname","a":[{"f":"regexp","a":["/a/","/b/"]}]}`:             `hostname: name: {...} is not a text, a number, a regular expression or a list of these`,
	`{"f":"hostname","a":[{"f":"x","a":["/a/"]}]}`:                        `hostname: name: {...} is not a text, a number, a regular expression or a list of these`,
	`{"f":"hostname","a":[{"f":"regexp","a":["/a/q"]}]}`:                  `hostname: "q" is not a flag of regular expressions (a slash inside of one is written \/)`,
	`{"f":"hostname","a":[{"f":"regexp","a":["/(a+)+x/"]}]}`:              `hostname: Regex pattern is vulnerable to ReDoS (starriness=11, limit=2)`,
	`{"f":"hostname","a":[{"f":"bytes","a":["!"]}]}`:                      `hostname: name: {...} is not a text, a number, a regular expression or a list of these`,
	`{"f":"domain","a":[null]}`:                                           `domain: name: null is not a text, a number, a regular expression or a list of these`,
	`{"f":"cmp","a":["a",1,"<>"]}`:                                        `cmp: "<>" is not one of < <= > >= = == !=`,
	`{"f":"cmp","a":["a",[1],"<"]}`:                                       `cmp: only a text, a number or a date is less or more than another`,
	`{"f":"countopenports"}`:                                              `countopenports: a number of open ports is missing`,
	`{"f":"ports","a":[[80]],"k":{"neg":true,"any_":true}}`:               `ports: neg and any_ exclude each other`,
	`{"f":"port","a":["80"]}`:                                             `port: port: "80" is not a whole number`,
	`{"f":"version","a":["x"]}`:                                           `version: version: "x" is not a whole number or a list of these`,
	`{"f":"hop","a":["::1",[3,"x"]]}`:                                     `hop: ttl: [...] is not a whole number or a list of these`,
	`{"f":"service","a":["x",80.5]}`:                                      `service: port: 80.5 is not a whole number or a list of these`,
	`{"f":"asnum","a":["x"]}`:                                             `asnum: "x" is not the number of an AS`,
	`{"f":"timeago","a":["x"]}`:                                           `timeago: delta: "x" is not a length of time (seconds)`,
	`{"f":"hosts","a":[["x"]]}`:                                           `hosts: "x" is not an IP address`,
	`{"f":"hassh","a":["x",2]}`:                                           `hassh: server: 2 is not true or false`,
	`{"f":"ja3server","a":["x",1]}`:                                       `ja3server: a fingerprint is a text or a regular expression`,
	`{"f":"cookie","a":[1]}`:                                              `cookie: name: 1 is not a text`,
	`{"f":"val","a":["a",1e999]}`:                                         `val: val: 1e999 is not a text, a number, a regular expression or a list of these`,
	`{"f":"service","a":[null]}`:                                          `service: there is nothing to look for`,
	`{"f":"script","k":{"values":"x"}}`:                                   `script: values needs the name of a script, or a list of names`,
	`{"f":"script","k":{"name":{"f":"regexp","a":["/x/"]},"values":"x"}}`: `script: values needs the name of a script, or a list of names`,
	`{"f":"script","k":{"name":["smb-ls","banner"],"values":"x"}}`:        `script: the results of smb-ls and banner have different forms: values cannot be about both`,
	`{"f":"script","k":{"name":[],"values":"x"}}`:                         `script: values needs the name of a script`,
	`{"f":"script","k":{"name":"x","values":{"a":{"b":1}}}}`:              `script: a: {...} is not a text, a number, a regular expression or a list of these`,
	`{"f":"smb","a":["x"]}`:                                               `smb: there are 1 arguments; it takes 0 at most`,
	`{"f":"httpauth","a":[false]}`:                                        `httpauth: neither script is to be looked at`,
	`{"f":"smbshares","a":["x"]}`:                                         `smbshares: "x" is no kind of access (r, w or rw)`,
	`{"f":"ja4client","k":{"raw":"a_b"}}`:                                 `ja4client: "a_b" is not a raw JA4 fingerprint (A_B_C1 or A_B_C1_C2)`,
	`{"f":"ja3client","a":[["a","` + strings.Repeat("0", 40) + `"]]}`:     `ja3client: a list of fingerprints holds hashes of one kind`,
	`{"f":"ja3client","a":[1]}`:                                           `ja3client: a fingerprint is a text or a regular expression`,
	`{"f":"tag","a":[{"x":1}]}`:                                           `tag: a tag has a value and info, no "x"`,
	`{"f":"timeago","a":[1e99]}`:                                          `timeago: this is too long ago`,
	`{"f":"timerange","a":["x",1]}`:                                       `timerange: start: "x" is not a date`,
	`{"f":"id","a":["x"]}`:                                                `id: "x" is not the id of a record (16 hexadecimal digits)`,
	nested:                                                                `f: the filter nests more than 100 levels deep`,
	strings.Repeat(" ", maxJSON) + "{}":                                   `f: the filter is longer than 1048576 bytes`,
}

func TestJSONErrors(t *testing.T) {
	for f, want := range jsonErrors {
		c, err := ParseJSON([]byte(f), options(View))
		if err == nil {
			t.Errorf("%.80s: %s", f, tree.Format(c))
		} else if _, ok := err.(*Error); !ok || err.Error() != want {
			t.Errorf("%.80s: %T %v, not %s", f, err, err, want)
		}
	}
	for db, f := range map[Database]string{

		Passive: `{"f":"port","a":[53,"udp"]}`,
	} {
		if _, err := ParseJSON([]byte(f), options(db)); err == nil || !strings.HasSuffix(err.Error(), errNotHere.Reason) {
			t.Errorf("%s %s: %v", db, f, err)
		}
	}
	if _, err := ParseJSON([]byte(`{"f":"cert","k":{"neg":true}}`), options(Passive)); err == nil || err.Error() != `cert: unexpected argument "neg"` {
		t.Errorf("%v", err)
	}
	if _, err := ParseJSON([]byte(`{}`), Options{DB: 9}); err == nil {
		t.Error("unknown database")
	}
}
