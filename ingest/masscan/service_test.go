package masscan

import (
	"crypto/tls"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/fingerprint"
	"ivre/ingest/host"
)

func TestService(t *testing.T) {
	db := patterns(t)
	for _, tt := range []struct {
		what    string
		probes  []string
		proto   string
		port    int
		name    string
		banner  string
		service host.Service
	}{
		{"first line, with its end", nil, "tcp", 21, "ftp", `220 (vsFTPd 3.0.3)\x0d\x0a530 Please login\x0d\x0a`,
			host.Service{Name: "ftp", Product: "vsftpd", Version: "3.0.3", OSType: "Unix"}},
		{"line that was cut", nil, "tcp", 21, "ftp", `220 (vsFTPd 3.0.3)`, host.Service{Name: "ftp"}},
		{"unknown", nil, "tcp", 1, "unknown", `220 (vsFTPd 3.0.3)\x0d\x0a`, host.Service{Name: "ftp", Product: "vsftpd", Version: "3.0.3", OSType: "Unix"}},
		{"https", nil, "tcp", 1, "unknown", "over TLS", host.Service{Name: "http", Tunnel: "ssl", Product: "T", Hostname: "WEB", ExtraInfo: "x, Domain: corp.example.com, y"}},
		{"tunnel", nil, "tcp", 995, "pop", "+OK", host.Service{Name: "pop3", Tunnel: "ssl", Product: "P"}},
		{"the first soft one", nil, "tcp", 5060, "unknown", "soft", host.Service{Name: "sip", Product: "SIP"}},
		{"a hard one wins", []string{"Own"}, "tcp", 5060, "unknown", "soft", host.Service{Name: "own", Product: "Own"}},
		{"probe of the port", nil, "tcp", 5060, "sip", "SIP/2.0 200", host.Service{Name: "sip", Product: "SIP"}},
		{"port without probe", nil, "tcp", 5061, "sip", "SIP/2.0 200", host.Service{}},
		{"other protocol", []string{"Own"}, "udp", 5060, "unknown", "soft", host.Service{}},
		{"unknown probe", []string{"None", "ike"}, "tcp", 1, "unknown", "nothing", host.Service{}},
		{"probe of other banners", nil, "tcp", 443, "ssl", "+OK", host.Service{Tunnel: "ssl"}},
	} {
		r := apply(t, &Banners{DB: db, Probes: tt.probes}, tt.proto, tt.port, tt.name, tt.banner)
		if diff := cmp.Diff(tt.service, r.p.Service); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.what, diff)
		}
	}
	r := apply(t, &Banners{DB: db}, "tcp", 1, "unknown", "over TLS")
	if len(r.h.Hostnames) != 1 || r.h.Hostnames[0].Name != "web.corp.example.com" || r.h.Hostnames[0].Type != "service" {
		t.Errorf("hostnames are %+v", r.h.Hostnames)
	}
}

// What a client sends, read back from a real one.
func TestReverseTLS(t *testing.T) {
	ours, theirs := net.Pipe()
	go func() {
		_ = tls.Client(theirs, &tls.Config{ServerName: "www.example.com"}).Handshake()
	}()
	buf := make([]byte, 1<<16)
	n, err := ours.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	ours.Close()
	r := apply(t, &Banners{DB: patterns(t)}, "tcp", 8000, "unknown", Encode(buf[:n]))
	r.wantIDs(t, "banner", "ssl-ja3-client", "ssl-ja4-client")
	if s := r.p.Service; s.Name != "reverse-ssl" || s.Product != "SSL/TLS ClientHello" {
		t.Errorf("service is %+v", s)
	}
	for id, key := range map[string]string{"ssl-ja3-client": "md5", "ssl-ja4-client": "ja4"} {
		s := r.p.Script(id)
		if list := s.Data.(host.List); len(list) != 1 || list[0].(*host.Object).Text(key) != s.Output || s.Output == "" {
			t.Errorf("%s: %+v", id, s)
		}
	}
}

// With the patterns of the installed Nmap.
func TestInstalled(t *testing.T) {
	path, err := fingerprint.Find()
	if err != nil {
		t.Skip(err)
	}
	db, err := fingerprint.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		port                                   int
		name, banner, service, product, verson string
	}{
		// From a report of Masscan's, of the lab.
		{80, "http", `HTTP/1.1 200 OK\x0d\x0aServer: nginx/1.22.1\x0d\x0aDate: Wed, 25 Nov 2026 17:25:04 GMT\x0d\x0aContent-Type: text/html\x0d\x0a` +
			`ETag: \x226b0719ad-4c\x22\x0d\x0aSet-Cookie: sid=1; path=/\x0d\x0aAccept-Ranges: bytes\x0d\x0a\x0d`, "http", "nginx", "1.22.1"},
		{443, "ssl", ` ALERT(0x0250) `, "", "", ""},
		{21, "ftp", `220 (vsFTPd 3.0.3)\x0d\x0a`, "ftp", "vsftpd", "3.0.3"},
		{22, "ssh", `SSH-2.0-OpenSSH_9.3\x0d\x0a`, "ssh", "OpenSSH", "9.3"},
		{5900, "vnc", `RFB 003.008 SECURITY=[VNC none]`, "vnc", "VNC", ""},
		{110, "pop", `+OK Dovecot ready.\x0d\x0a`, "pop3", "Dovecot pop3d", ""},
	} {
		r := apply(t, &Banners{DB: db}, "tcp", tt.port, tt.name, tt.banner)
		if s := r.p.Service; s.Name != tt.service || s.Product != tt.product || s.Version != tt.verson {
			t.Errorf("%s: service is %+v", tt.banner, s)
		}
	}
	if p := db.Problems(); len(p) > 0 {
		t.Errorf("problems: %q", p)
	}
}

func BenchmarkApply(b *testing.B) {
	path, err := fingerprint.Find()
	if err != nil {
		b.Skip(err)
	}
	db, err := fingerprint.Load(path)
	if err != nil {
		b.Fatal(err)
	}
	m := &Banners{DB: db}
	for name, banner := range map[string]string{
		"http": `HTTP/1.1 200 OK\x0d\x0aServer: nginx/1.22.1\x0d\x0aDate: Wed, 25 Nov 2026 17:25:04 GMT\x0d\x0aContent-Type: text/html\x0d\x0a\x0d`,
		"ssh":  `SSH-2.0-OpenSSH_8.4p1 Debian-5+deb11u1\x0d\x0a`,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				var h host.Host
				p := host.Port{Protocol: "tcp", Port: 80}
				if err := m.Apply(&h, &p, name, banner); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
