package hosts_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
	"ivre/ingest/nmapxml"
	"ivre/ingest/scanload"
	"ivre/sql/hosts"
	"ivre/sql/query"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// asView has the questions of views asked to the tables of scans, which have the same columns.
var asView = func() hosts.Tables {
	t := hosts.Scans
	t.View = true
	return t
}()

// load stores hosts.
func load(t testing.TB, db *store.Store, list ...*host.Host) {
	t.Helper()
	l, err := scanload.New(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	f := l.Open(scanload.FileInfo{Name: t.Name()})
	for _, h := range list {
		if err := f.Host(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Done(true); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
}

// decode reads records in JSON.
func decode(t testing.TB, records ...string) []*host.Host {
	t.Helper()
	var out []*host.Host
	for _, r := range records {
		h, err := host.Decode([]byte(r))
		if err != nil {
			t.Fatalf("%v in %s", err, r)
		}
		h.Finish()
		out = append(out, h)
	}
	return out
}

// report reads the hosts of a real report.
func report(t testing.TB, name string) []*host.Host {
	t.Helper()
	f, err := os.Open("../../ingest/nmapxml/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []*host.Host
	if _, err := nmapxml.Read(context.Background(), f, nmapxml.Options{}, func(h *host.Host) error {
		out = append(out, h)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// The records of data set A of the specification of top values.
var setA = []string{
	`{"addr": "192.0.2.10", "categories": ["dmz", "lan"], "infos": {"country_code": "FR", "country_name": "France", "as_num": 64500, "as_name": "Example Net", "city": "Paris", "coordinates": [48.85, 2.35]},
	  "hostnames": [{"name": "www.example.com", "type": "A", "domains": ["www.example.com", "example.com", "com"]}, {"name": "mail.example.com", "type": "A", "domains": ["mail.example.com", "example.com", "com"]}],
	  "tags": [{"value": "CDN", "type": "info", "info": ["ExampleCDN", "other"]}, {"value": "Scanner", "type": "warning"}],
	  "cpes": [{"type": "a", "vendor": "apache", "product": "http_server", "version": "2.4.1", "origins": []}, {"type": "o", "vendor": "linux", "product": "linux_kernel", "version": "", "origins": []}],
	  "ports": [{"port": 22, "protocol": "tcp", "state_state": "open", "service_name": "ssh", "service_product": "OpenSSH", "scripts": [
	    {"id": "ssh-hostkey", "ssh-hostkey": [{"type": "ssh-rsa", "bits": 2048}, {"type": "ssh-ed25519", "bits": 256}]}, {"id": "ssh2-enum-algos", "ssh2-enum-algos": {"hassh": {"md5": "m1"}}}]},
	   {"port": 80, "protocol": "tcp", "state_state": "open", "service_name": "http", "service_product": "Apache httpd", "service_version": "2.4.1", "scripts": [
	    {"id": "http-headers", "http-headers": [{"name": "server", "value": "Apache"}, {"name": "date", "value": "today"}]},
	    {"id": "http-app", "http-app": [{"path": "/", "application": "WordPress", "version": "6.1"}, {"path": "/", "application": "phpMyAdmin"}]}]},
	   {"port": 443, "protocol": "tcp", "state_state": "closed"},
	   {"port": -1, "scripts": [{"id": "smb-os-discovery", "smb-os-discovery": {"os": "Windows 6.1"}}, {"id": "ssl-ja3-client", "ssl-ja3-client": [{"md5": "j1", "sha1": "s1"}]}, {"id": "ntlm-info", "output": "the text", "ntlm-info": {"Product_Version": "6.1.7601"}}]}],
	  "traces": [{"protocol": "tcp", "hops": [{"ipaddr": "198.51.100.1", "ttl": 1}, {"ipaddr": "198.51.100.2", "ttl": 2}]}]}`,
	`{"addr": "192.0.2.20", "categories": ["lan"], "infos": {"country_code": "FR", "as_num": 64501, "coordinates": [48.85, 2.35]},
	  "cpes": [{"type": "a", "vendor": "nginx", "product": "nginx", "version": "1.0:x", "origins": []}],
	  "ports": [{"port": 80, "protocol": "tcp", "state_state": "open", "scripts": [{"id": "ssl-jarm", "ssl-jarm": "jj"}]}]}`,
	`{"addr": "2001:db8::1"}`,
}

// top returns the values of a field as "label xN", sorted.
func top(t testing.TB, c *hosts.Client, r hosts.TopRequest) []string {
	t.Helper()
	var out []string
	err := c.Top(context.Background(), r, func(x hosts.Top) error {
		out = append(out, fmt.Sprintf("%s x%d", host.AppendValue(nil, x.Label), x.Count))
		return nil
	})
	if err != nil {
		t.Errorf("%s: %v", r.Field, err)
	}
	slices.Sort(out)
	return out
}

func TestTopOfDataSetA(t *testing.T) {
	db := storetest.New(t)
	load(t, db, decode(t, setA...)...)
	c := hosts.New(db, asView)
	all, err := query.Parse("-host:198.51.100.99", query.Options{DB: query.View}) // holds for every record
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ field, want string }{
		{"category", `"dmz" x1, "lan" x2`},
		{"categories", `"dmz" x1, "lan" x2`},
		{"category:/^l/", `"lan" x2`},
		{"country", `["FR", "?"] x1, ["FR", "France"] x1`},
		{"city", `["FR", "Paris"] x1`},
		{"as", `[64500, "Example Net"] x1, [64501, null] x1`},
		{"asnum", `64500 x1, 64501 x1`},
		{"addr", `"192.0.2.10" x1, "192.0.2.20" x1, "2001:db8::1" x1`},
		{"net", `"192.0.2.0/24" x2`},
		{"net:16", `"192.0.0.0/16" x2`},
		{"port", `["tcp", 22] x1, ["tcp", 443] x1, ["tcp", 80] x2`},
		{"port:open", `["tcp", 22] x1, ["tcp", 80] x2`},
		{"port:http", `["tcp", 80] x1`},
		{"portlist:open", `[["tcp", 22], ["tcp", 80]] x1, [["tcp", 80]] x1, [] x1`},
		{"countports:closed", `0 x2, 1 x1`},
		{"countports:open", `0 x1, 1 x1, 2 x1`},
		{"countports:filtered", `0 x3`},
		{"service", `"http" x1, "ssh" x1, null x1`},
		{"service:80", `"" x1, "http" x1`},
		{"product", `["http", "Apache httpd"] x1, ["ssh", "OpenSSH"] x1, [null, null] x1`},
		{"product:http", `["http", "Apache httpd"] x1`},
		{"product:80", `["http", "Apache httpd"] x1, [null, null] x1`},
		{"version:http:Apache httpd", `["http", "Apache httpd", "2.4.1"] x1`},
		{"cpe.type", `["a"] x2, ["o"] x1`},
		{"cpe", `["a", "apache", "http_server", "2.4.1"] x1, ["a", "nginx", "nginx", "1.0:x"] x1, ["o", "linux", "linux_kernel", ""] x1`},
		{"cpe.vendor:a:apache", `["a", "apache"] x1`},
		{"domains", `"com" x2, "example.com" x2, "mail.example.com" x1, "www.example.com" x1`},
		{"domains:2", `"example.com" x2`},
		{"domains:example.com", `"mail.example.com" x1, "www.example.com" x1`},
		{"domains:com:1", `"com" x2`},
		{"sshkey.bits", `["ssh-ed25519", 256] x1, ["ssh-rsa", 2048] x1`},
		{"sshkey.type", `"ssh-ed25519" x1, "ssh-rsa" x1`},
		{"httpapp", `["WordPress", "6.1"] x1, ["phpMyAdmin", null] x1`},
		{"httpapp:phpMyAdmin", ``},
		{"httpapp:WordPress", `"6.1" x1`},
		{"httphdr", `["date", "today"] x1, ["server", "Apache"] x1`},
		{"httphdr:Server", `"Apache" x1`},
		{"tag", `["CDN", "ExampleCDN"] x1, ["CDN", "other"] x1, ["Scanner", null] x1`},
		{"tag.value", `"CDN" x1, "Scanner" x1`},
		{"tag:CDN", `"ExampleCDN" x1, "other" x1`},
		{"tag:Scanner", ``},
		{"ntlm", `{"Product_Version": "6.1.7601"} x1`},
		{"ntlm.os", `"6.1.7601" x1`},
		{"smb.os", `"Windows 6.1" x1`},
		{"hop", `"198.51.100.1" x1, "198.51.100.2" x1`},
		{"hop:1", `"198.51.100.1" x1`},
		{"hop>1", `"198.51.100.2" x1`},
		{"hassh", `"m1" x1`},
		{"ja3-client.sha1", `"s1" x1`}, // then again without a member: one question must not change the next
		{"ja3-client", `"j1" x1`},
		{"hassh-server", `"m1" x1`},
		{"hassh-client", ``},
		{"nosuch", ``},
		{"ports.port", `-1 x1, 22 x1, 443 x1, 80 x2`},
		{"ports.scripts.ssh-hostkey.bits", `2048 x1, 256 x1`},
		{"script", `"http-app" x1, "http-headers" x1, "ntlm-info" x1, "smb-os-discovery" x1, "ssh-hostkey" x1, "ssh2-enum-algos" x1, "ssl-ja3-client" x1, "ssl-jarm" x1`},
		{"script:host:ntlm-info", `"the text" x1`},
		{"script:ntlm-info", `"the text" x1`},
		{"jarm", `"jj" x1`},
		{"jarm:80", `"jj" x1`},
		{"jarm:81", ``},
	} {
		// from the numbers that are kept, where there are some, and counted in the records
		kept := strings.Join(top(t, c, hosts.TopRequest{Field: x.field}), ", ")
		counted := strings.Join(top(t, c, hosts.TopRequest{Field: x.field, Cond: all.Filter}), ", ")
		if kept != x.want || counted != x.want {
			t.Errorf("%s:\nkept    %s\ncounted %s\nwant    %s", x.field, kept, counted, x.want)
		}
	}
	for _, field := range []string{"hassh-x", "net:33", "net:x", "service:x", "devicetype:x", "hop:x", "hop>x", "script:x:y", "jarm:x", "useragent:/(/", "category:/a/q", "domains:a:b"} {
		if err := c.Top(context.Background(), hosts.TopRequest{Field: field}, func(hosts.Top) error { return nil }); err == nil {
			t.Errorf("%s: no error", field)
		}
	}
}

func TestDistinctOfDataSetA(t *testing.T) {
	db := storetest.New(t)
	load(t, db, decode(t, setA...)...)
	c := hosts.New(db, asView)
	for path, want := range map[string]string{
		"addr":                    `"192.0.2.10" "192.0.2.20" "2001:db8::1"`,
		"categories":              `"dmz" "lan"`,
		"ports.service_name":      `null "http" "ssh"`,
		"service":                 `null`,
		"infos.city":              `null "Paris"`,
		"infos.as_num":            `null 64500 64501`,
		"traces.hops.ipaddr":      `"198.51.100.1" "198.51.100.2"`,
		"traces.hops.host":        `null`,
		"ports.nosuch":            `null`,
		"openports.count":         `0 1 2`,
		"ports.scripts.id":        `"http-app" "http-headers" "ntlm-info" "smb-os-discovery" "ssh-hostkey" "ssh2-enum-algos" "ssl-ja3-client" "ssl-jarm"`,
		"ports.scripts.ssl-jarm":  `null "jj"`,
		"hostnames.domains":       `"com" "example.com" "mail.example.com" "www.example.com"`,
		"ports.state_reason_ip":   `null`,
		"ports.scripts.ssl-cert":  ``,
		"ports.scripts.ntlm-info": `null {"Product_Version":"6.1.7601"}`,
	} {
		var got []string
		err := c.Distinct(context.Background(), path, hosts.Request{}, func(v host.Value) error {
			got = append(got, strings.ReplaceAll(string(host.AppendValue(nil, v)), `": "6`, `":"6`))
			return nil
		})
		if s := strings.Join(got, " "); err != nil || s != want {
			t.Errorf("%s: %s, want %s; error %v", path, s, want, err)
		}
	}
	var got []string
	err := c.Distinct(context.Background(), "addr", hosts.Request{Skip: 1, Limit: 1}, func(v host.Value) error {
		got = append(got, v.(string))
		return nil
	})
	if err != nil || len(got) != 1 || got[0] != "192.0.2.20" {
		t.Errorf("the second record: %v, %v", got, err)
	}
}

// The hosts of section 11.4 of the specification of the query language.
var filterHosts = []string{
	`{"addr": "192.0.2.1", "hostnames": [{"name": "www.example.com", "type": "A", "domains": ["www.example.com", "example.com", "com"]}],
	  "ports": [{"port": 22, "protocol": "tcp", "state_state": "open", "service_name": "ssh", "scripts": [{"id": "ssh-hostkey"}]},
	   {"port": 80, "protocol": "tcp", "state_state": "open", "service_name": "http", "screenshot": "field", "screenwords": ["login", "admin"], "scripts": [{"id": "ssl-cert", "ssl-cert": [
	     {"sha256": "aa", "self_signed": true, "subject_text": "s1", "issuer_text": "i1"}, {"sha256": "bb", "self_signed": false, "subject_text": "s2", "issuer_text": "i2"}]}]}],
	  "tags": [{"value": "CDN", "type": "info", "info": ["cloudflare"]}, {"value": "Honeypot", "type": "info", "info": ["x"]}]}`,
	`{"addr": "192.0.2.2", "ports": [{"port": 443, "protocol": "tcp", "state_state": "open"}, {"port": 22, "protocol": "tcp", "state_state": "closed"}], "tags": [{"value": "CDN", "type": "info", "info": ["cloudflare"]}]}`,
	`{"addr": "192.0.2.3"}`,
}

func TestFiltersOfSection11(t *testing.T) {
	db := storetest.New(t)
	load(t, db, decode(t, filterHosts...)...)
	c := hosts.New(db, asView)
	names := map[string]string{"192.0.2.1": "A", "192.0.2.2": "B", "192.0.2.3": "C"}
	for _, x := range []struct{ q, want string }{
		{"service:-", "BC"}, {"service:-:443", "B"}, {"-script:ssl-cert", "BC"}, {"-cert.sha256:AA", "BC"}, {"-cert.sha256:cc", "ABC"}, {"cert.sha256:AA", "A"},
		{"cert.self_signed", "A"}, {"-cert.self_signed", "A"}, {"-tag:CDN", "C"}, {"-tag:CDN:cloudflare", "C"}, {"tag:CDN:cloudflare", "AB"}, {"tag:CDN:x", ""},
		{"-screenshot", "BC"}, {"screenshot:80", "A"}, {"screenwords:login", "A"}, {"-screenwords:login", ""}, {"-screenwords:login,admin", ""}, {"-screenwords:admin,login", ""},
		{"screenwords:admin:80", "A"}, {"screenwords:admin:http", "A"}, {"screenwords:admin:ssh", ""},
		{"otheropenport:22", "AB"}, {"otheropenport:22,80", "B"}, {"-80,443", "C"}, {"22,80", "A"}, {"-openport", "C"}, {"openport", "AB"}, {"closed:22", "B"},
		{"hostname:example.com", ""}, {"domain:example.com", "A"}, {"-hostname:www.example.com", "BC"}, {"hostname:/^WWW/i", "A"},
		{"openports.count<1", "C"}, {"ports.port<100", "AB"}, {"-ports.port<100", "B"}, {"-countports:1-5", "C"}, {"countports:2", "A"}, {"-countports:2", "BC"},
		{"tag", "AB"}, {"-tag", "C"}, {"service:http:80", "A"}, {"service:http:22", ""}, {"service:/^(ssh|http)$/", "A"}, {"-host:192.0.2.2", "AC"}, {"net:192.0.2.0/31", "A"}, {"-net:192.0.2.0/31", "BC"},
		{"ipv4", "ABC"}, {"ipv6", ""}, {"search:Login", "A"}, {"search:'-login cloudflare'", "B"}, {"ports.scripts.ssl-cert.nosuch<4", ""},
	} {
		q, err := query.Parse(x.q, query.Options{DB: query.View, RegexMaxLength: 1000, RegexStarriness: 2})
		if err != nil || q.Unused != nil {
			t.Errorf("%s: %v, unused %v", x.q, err, q.Unused)
			continue
		}
		got := ""
		err = c.Each(context.Background(), hosts.Request{Cond: q.Filter}, func(record string) error {
			h, err := host.Decode([]byte(record))
			if err == nil {
				got += names[h.Addr.String()]
			}
			return err
		})
		n, cerr := c.Count(context.Background(), q.Filter)
		if err != nil || cerr != nil || got != x.want || n != uint64(len(got)) {
			t.Errorf("%s: %s (%d), want %s; errors %v, %v", x.q, got, n, x.want, err, cerr)
		}
	}
	cond, err := query.ParseJSON([]byte(`{"f": "cert", "k": {"subject": "s1", "issuer": "i2"}}`), query.Options{DB: query.View})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := c.Count(context.Background(), cond); n != 0 || err != nil {
		t.Errorf("parts of two certificates: %d, %v", n, err)
	}
}

func TestDiffCategories(t *testing.T) {
	db := storetest.New(t)
	port := func(proto string, n int, state string) string {
		return fmt.Sprintf(`{"port": %d, "protocol": %q, "state_state": %q}`, n, proto, state)
	}
	record := func(addr, cat string, ports ...string) string {
		return fmt.Sprintf(`{"addr": %q, "categories": [%q], "ports": [%s]}`, addr, cat, strings.Join(ports, ", "))
	}
	load(t, db, decode(t,
		record("192.0.2.10", "c1", port("tcp", 21, "open"), port("tcp", 443, "open"), port("udp", 500, "open")),
		record("192.0.2.10", "c2", port("tcp", 80, "open"), port("tcp", 443, "open")),
		record("192.0.2.11", "c2", port("tcp", 22, "open"), port("tcp", 80, "closed")))...)
	c := hosts.New(db, hosts.Scans)
	for onlyDiff, want := range map[bool][]string{
		false: {"192.0.2.10 tcp 21 -1", "192.0.2.10 tcp 443 0", "192.0.2.10 tcp 80 1", "192.0.2.10 udp 500 -1", "192.0.2.11 tcp 22 1"},
		true:  {"192.0.2.10 tcp 21 -1", "192.0.2.10 tcp 80 1", "192.0.2.10 udp 500 -1", "192.0.2.11 tcp 22 1"},
	} {
		var got []string
		err := c.DiffCategories(context.Background(), "c1", "c2", nil, onlyDiff, func(x hosts.PortChange) error {
			got = append(got, fmt.Sprint(x.Addr, " ", x.Protocol, " ", x.Port, " ", x.Value))
			return nil
		})
		slices.Sort(got)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	}
}

// TestDelete expects the numbers of values to follow the records.
func TestDelete(t *testing.T) {
	db := storetest.New(t)
	ctx := context.Background()
	load(t, db, append(decode(t, setA...), report(t, "nmap-A.xml")...)...)
	c := hosts.New(db, asView)
	for _, word := range []string{"script:ssh-hostkey", "net:192.0.2.16/28", "-nosuch<1"} {
		q, err := query.Parse(word, query.Options{DB: query.View})
		if err != nil {
			t.Fatal(err)
		}
		before, err := c.Count(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		n, err := c.Delete(ctx, q.Filter)
		if err != nil {
			t.Fatalf("%s: %v", word, err)
		}
		after, err := c.Count(ctx, nil)
		if err != nil || after != before-n {
			t.Errorf("%s: %d of %d records deleted, %d left, %v", word, n, before, after, err)
		}
		if same, err := c.TopsAgree(ctx); !same || err != nil {
			t.Errorf("%s: the kept numbers differ, %v", word, err)
		}
	}
}
