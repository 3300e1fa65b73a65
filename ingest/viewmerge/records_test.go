package viewmerge

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/fingerprint"
	"ivre/ingest/host"
	"ivre/ingest/passive"
)

// record reads a record's JSON.
func record(t testing.TB, text string) *host.Host {
	t.Helper()
	h, err := host.DecodeString(text)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return h
}

// object reads an object's JSON.
func object(t testing.TB, text string) *host.Object {
	t.Helper()
	v, err := host.DecodeValue([]byte(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	o, _ := v.(*host.Object)
	return o
}

// plain is JSON as package json reads it: without the order of members.
func plain(t testing.TB, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// wantJSON compares a record with what is expected, of which missing members are not compared.
func wantJSON(t testing.TB, h *host.Host, want string) {
	t.Helper()
	got := plain(t, string(host.Append(nil, h))).(map[string]any)
	for key, v := range plain(t, want).(map[string]any) {
		if v == nil {
			if g, ok := got[key]; ok {
				t.Errorf("%s is %v, want none", key, g)
			}
			continue
		}
		if d := cmp.Diff(v, got[key]); d != "" {
			t.Errorf("%s: (-want +got)\n%s", key, d)
		}
	}
}

func appended(h *host.Host) string {
	if h == nil {
		return "nil"
	}
	return string(host.Append(nil, h))
}

var lastSeen = time.Date(2024, 3, 5, 10, 11, 12, 0, time.UTC)

// seen makes a passive record of 192.0.2.10.
func seen(t testing.TB, recontype, source string, port uint16, value, infos string) *passive.Record {
	r := &passive.Record{
		Recontype: recontype, Source: source, Sensor: "s1", Addr: netip.MustParseAddr("192.0.2.10"), Port: port, Value: value,
		Count: 3, First: lastSeen.Add(-time.Hour), Last: lastSeen,
	}
	if infos != "" {
		r.Infos = object(t, infos)
	}
	return r
}

// probes is a file of service probes in the format of Nmap's.
const probes = `
Probe TCP NULL q||
match ssh m|^SSH-([\d.]+)-OpenSSH_([\w._-]+)\r?\n|i p/OpenSSH/ v/$2/ i/protocol $1/ cpe:/a:openbsd:openssh:$2/
match ftp m|^220 ([\w.-]+) FTP\r\n| p/Example ftpd/ h/$1/ i/x, Domain: corp.example.com/
Probe TCP GetRequest q|GET / HTTP/1.0\r\n\r\n|
match http m|^HTTP/1\.[01] \d\d\d .*\r\nServer: nginx/([\d.]+)\r\n|s p/nginx/ v/$1/ cpe:/a:igor_sysoev:nginx:$1/
match https m|^HTTP/1\.[01] \d\d\d .*\r\nServer: tls\r\n|s p/TLS server/
`

func testDB(t testing.TB) *fingerprint.DB {
	t.Helper()
	db, err := fingerprint.Parse(strings.NewReader(probes), "probes")
	if err != nil {
		t.Fatal(err)
	}
	return db
}
