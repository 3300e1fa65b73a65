package banner

import (
	"encoding/base64"
	"strings"
	"testing"

	"ivre/ingest/host"
)

// apply returns the host with one port that has the banner, in JSON.
func apply(t *testing.T, port int, name, text string) (*host.Host, string) {
	t.Helper()
	h := &host.Host{}
	p := host.Port{Port: port, Protocol: "tcp", State: "open"}
	if err := (&Parser{}).Apply(h, &p, name, text); err != nil {
		t.Fatal(err)
	}
	h.Ports = []host.Port{p}
	return h, string(host.Append(nil, h))
}

func TestVectors(t *testing.T) {
	for _, c := range []struct {
		name, text string
		port       int
		want       []string // parts of the record, in order
	}{
		{"vnc", `RFB 003.008 SECURITY=[VNC none] NAME=[My Desk top] SIZE=1x1`, 5900, []string{
			`"service_name": "vnc"`, `{"id": "vnc-info", "output": "SECURITY: VNC none\nNAME: My Desk top\nSIZE: 1x1"}`,
			`"id": "banner", "output": "RFB 003.008\n", "masscan": {"raw": "UkZCIDAwMy4wMDgK", "encoded": "RFB 003.008\\x0a"}`}},
		{"smb", `SMBv2  guid=00112233-4455-6677-8899-aabbccddeeff time=2020-01-02 03:04:05 TZ=+60  domain=CORP name=SRV01 name-dns=Srv01.corp.example.com version=10.0.17763 ntlm-ver=15 os=Windows Server 2016 Standard 14393 ver=Windows Server 2016 Standard 6.3`, 445, []string{
			`"name": "srv01.corp.example.com", "type": "smb"`, `"service_name": "microsoft-ds"`,
			`"smb2-time": {"date": "2020-01-02 03:04:05+01:00"}`,
			`"id": "smb-os-discovery", "output": "\n  OS: Windows Server 2016 Standard 14393 (Windows Server 2016 Standard 6.3)\n  SMB Version: SMBv2\n  GUID: 00112233-4455-6677-8899-aabbccddeeff\n  System time: 2020-01-02T03:04:05\n"`,
			`"ntlm-info": {"NetBIOS_Computer_Name": "SRV01", "Workgroup": "CORP", "DNS_Computer_Name": "Srv01.corp.example.com", "Product_Version": "10.0.17763", "NTLM_Version": "15", "protocol": "smb"}`}},
		{"smb", `ERROR(UNKNOWN) `, 139, []string{`"service_name": "netbios-ssn"`, `"id": "smb-os-discovery", "output": "ERROR(UNKNOWN)"`}},
		{"http", `HTTP/1.1 200 OK\x0d\x0aServer: nginx/1.18.0\x0d\x0aX-Empty:\x0d\x0a\x0d\x0a`, 80, []string{
			`"service_name": "http"`, `"http-headers": [{"name": "_status", "value": "HTTP/1.1 200 OK"}, {"name": "server", "value": "nginx/1.18.0"}, {"name": "x-empty", "value": ""}]`,
			`{"id": "http-server-header", "output": "nginx/1.18.0", "http-server-header": ["nginx/1.18.0"]}`}},
		{"html", `<title>Index of /pub</title><a href="a.txt">a.txt</a> 2024-01-02 10:11  12K`, 80, []string{
			`"id": "http-content"`, `"id": "http-title", "output": "Index of /pub", "http-title": {"title": "Index of /pub"}`,
			`"id": "http-ls", "output": "Volume /\nSIZE  TIME              FILENAME\n12K   2024-01-02 10:11  a.txt\n"`}},
		{"http.server", `nginx`, 80, []string{`"http-server-header": ["nginx"]`}},
		{"ssh", `SSH-2.0-OpenSSH_8.4\x0d\x0a`, 22, []string{`"service_name": "ssh"`, `"id": "banner", "output": "SSH-2.0-OpenSSH_8.4"`}},
		{"X509", `not base64`, 443, []string{`"service_tunnel": "ssl"`, `"id": "ssl-cert", "output": "not base64"`}},
		{"strange", `a\x00b`, 1, []string{`"id": "strange", "output": "a\\x00b"`}},
	} {
		_, got := apply(t, c.port, c.name, c.text)
		rest := got
		for _, part := range c.want {
			i := strings.Index(rest, part)
			if i < 0 {
				t.Errorf("%s: %s is not (or not in its place) in\n%s", c.name, part, got)
				break
			}
			rest = rest[i+len(part):]
		}
	}
}

func TestUnescape(t *testing.T) {
	raw, text := Unescape(`a\x0d\x0a\xff\x41\xZZ\x4`)
	if string(raw) != "a\r\n\xffA\\xZZ\\x4" || text != "a\r\n\\xffA\\xZZ\\x4" {
		t.Errorf("%q %q", raw, text)
	}
}

func FuzzApply(f *testing.F) {
	for name := range kinds {
		f.Add(name, `SMBv2 os=a ver=b time=2020-01-02 03:04:05 TZ=+60 NAME=[x ERROR=y \x00`)
	}
	f.Add("smb", `SMBv1 time=60056-05-28 05:36:11 TZ=-9999999999 boottime=1601-01-01 00:00:00 domain= name=`)
	f.Add("html", `<title>Index of /</title><li><a href="x">x</a>`)
	f.Add("X509", base64.StdEncoding.EncodeToString([]byte{0x30, 0x80}))
	f.Fuzz(func(t *testing.T, name, text string) {
		h, p := &host.Host{}, host.Port{Port: 445}
		if err := (&Parser{}).Apply(h, &p, name, text); err != nil {
			t.Fatal(err)
		}
		if len(p.Scripts) == 0 {
			t.Fatal("nothing came of the banner")
		}
	})
}
