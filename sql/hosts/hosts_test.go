package hosts_test

import (
	"context"
	"os"
	"testing"

	"ivre/ingest/host"
	"ivre/ingest/nmapxml"
	"ivre/ingest/scanload"
	"ivre/sql/hosts"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

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

func TestSmoke(t *testing.T) {
	db := storetest.New(t)
	load(t, db, report(t, "nmap-A.xml")...)
	c := hosts.New(db, hosts.Scans)
	n, err := c.Count(context.Background(), nil)
	t.Log(n, err)
	for _, f := range []string{"service", "port", "port:open", "port:http", "product", "version", "version:http", "cpe", "cpe.vendor:a", "domains", "domains:2", "script", "script:http-title", "cert.subject_text", "cert.pubkey.bits", "httphdr", "hassh", "sshkey.bits", "net", "net:16", "addr", "hop", "portlist:open", "countports:open", "countports:closed", "ports.port", "hostnames.name", "openports.tcp", "ports.scripts.ssl-cert.subject.commonName", "state", "ports.service_servicefp", "nosuch", "file", "vulns.id", "vulns.refs", "jarm", "jarm:443", "source", "category", "ja3-client", "tag", "hop>1", "scanner.port:tcp", "devicetype", "screenwords", "os.osmatch.name", "ntlm.os", "smb.os", "country", "as", "city", "asnum", "service:80", "product:tcp/80", "devicetype:80", "script:80:http-title", "script:host:x", "categories:/a/", "useragent:/a/", "ja3-server:aa:bb", "ja4-client:xx", "file:ftp-anon.size", "ike.transforms"} {
		var out []any
		err := c.Top(context.Background(), hosts.TopRequest{Field: f, Limit: 4}, func(t hosts.Top) error {
			out = append(out, string(host.AppendValue(nil, t.Label)), t.Count)
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		t.Log(f, out)
	}
	for _, f := range []string{"addr", "ports.port", "ports.service_name", "traces.hops.ipaddr", "nosuch", "ports.nosuch", "ports.scripts.id", "ports.scripts.ssl-cert.sha1", "hostnames.domains", "openports", "starttime"} {
		var out []string
		err := c.Distinct(context.Background(), f, hosts.Request{Limit: 5}, func(v host.Value) error {
			out = append(out, string(host.AppendValue(nil, v)))
			return nil
		})
		t.Log(f, out, err)
	}
}
