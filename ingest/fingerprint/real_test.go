package fingerprint

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// installed returns the probes of the installed Nmap.
func installed(tb testing.TB) *DB {
	tb.Helper()
	path, err := Find()
	if err != nil {
		tb.Skip(err)
	}
	d, err := Load(path)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

const nginx = "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Wed, 25 Nov 2026 17:25:04 GMT\r\nContent-Type: text/html\r\n" +
	"Content-Length: 76\r\nLast-Modified: Wed, 25 Nov 2026 17:23:57 GMT\r\nConnection: close\r\nETag: \"6b0719ad-4c\"\r\n" +
	"Set-Cookie: sid=1; path=/\r\nAccept-Ranges: bytes\r\n\r"

const apache = "HTTP/1.1 403 Forbidden\r\nDate: Wed, 25 Nov 2026 17:25:04 GMT\r\nServer: Apache/2.4.41 (Ubuntu)\r\nContent-Length: 199\r\n" +
	"Connection: close\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>403 Forbidden</title>\n"

var realBanners = []struct {
	name, probe, banner string
	want                Match
}{
	{"nginx", "GetRequest", nginx, Match{Service: "http", Product: "nginx", Version: "1.22.1", CPEs: []string{"cpe:/a:igor_sysoev:nginx:1.22.1"}}},
	{"apache", "GetRequest", apache, Match{Service: "http", Product: "Apache httpd", Version: "2.4.41", ExtraInfo: "(Ubuntu)", CPEs: []string{"cpe:/a:apache:http_server:2.4.41"}}},
	{"openssh", "NULL", "SSH-2.0-OpenSSH_8.4p1 Debian-5+deb11u1\r\n", Match{Service: "ssh", Product: "OpenSSH", Version: "8.4p1 Debian 5+deb11u1", ExtraInfo: "protocol 2.0", OSType: "Linux", CPEs: []string{"cpe:/a:openbsd:openssh:8.4p1", "cpe:/o:debian:debian_linux", "cpe:/o:linux:linux_kernel"}}},
	{"openssh without line end", "NULL", "SSH-2.0-OpenSSH_9.3", Match{Service: "ssh", Product: "OpenSSH", Version: "9.3", ExtraInfo: "protocol 2.0", CPEs: []string{"cpe:/a:openbsd:openssh:9.3"}}},
	{"vsftpd", "NULL", "220 (vsFTPd 3.0.3)\r\n", Match{Service: "ftp", Product: "vsftpd", Version: "3.0.3", OSType: "Unix", CPEs: []string{"cpe:/a:vsftpd:vsftpd:3.0.3"}}},
	{"postfix", "NULL", "220 mx.example.com ESMTP Postfix\r\n", Match{Service: "smtp", Product: "Postfix smtpd", Hostname: " mx.example.com", CPEs: []string{"cpe:/a:postfix:postfix"}}},
	{"back-reference", "NULL", "+OK mail.example.com CommuniGate Pro POP3 Server 6.2.1 ready <123.456@mail.example.com>\r\n", Match{Service: "pop3", Product: "CommuniGate Pro pop3d", Version: "6.2.1", Hostname: "mail.example.com", CPEs: []string{"cpe:/a:stalker:communigate_pro:6.2.1"}}},
	{"soft", "NULL", "SSH-2.0-unheard of\r\n", Match{Service: "ssh", ExtraInfo: "protocol 2.0", Soft: true}},
	{"vnc", "NULL", "RFB 003.008\n", Match{Service: "vnc", Product: "VNC", ExtraInfo: "protocol 3.8"}},
}

func TestInstalled(t *testing.T) {
	d := installed(t)
	for _, tt := range realBanners {
		got, ok := d.Match("tcp", tt.probe, []byte(tt.banner))
		if !ok {
			t.Errorf("%s: no match", tt.name)
			continue
		}
		// Versions of Nmap differ in what else they know; what is wanted has been the same for years.
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
	if p := d.Problems(); len(p) > 0 {
		t.Errorf("lines that cannot be used:\n%s", strings.Join(p, "\n"))
	}
}

// Every pattern of the installed Nmap can be used.
func TestInstalledCompiles(t *testing.T) {
	d := installed(t)
	n, slow := 0, 0
	for _, s := range d.sections {
		s.once.Do(s.build)
		for _, p := range s.patterns {
			if err := p.compile(); err != nil {
				t.Errorf("line %d: %v", p.line, err)
			}
			if n++; p.slow != nil {
				slow++
			}
		}
	}
	t.Logf("%d patterns, %d of which backtrack", n, slow)
	if n < 5000 {
		t.Errorf("%d patterns were found, expected thousands", n)
	}
}

func BenchmarkMatch(b *testing.B) {
	d := installed(b)
	for _, tt := range realBanners {
		data := []byte(tt.banner)
		d.Match("tcp", tt.probe, data)
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d.Match("tcp", tt.probe, data)
			}
		})
	}
}

// BenchmarkStart is the cost of the first banner.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		installed(b).Match("tcp", "GetRequest", []byte(nginx))
	}
}
