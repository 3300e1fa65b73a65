package masscan

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/fingerprint"
	"ivre/ingest/host"
)

// plain turns a value into what encoding/json makes of it, so that wanted values can be written as JSON.
func plain(v host.Value) any {
	switch v := v.(type) {
	case host.List:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	case *host.Object:
		if v == nil {
			return nil
		}
		out := map[string]any{}
		for _, m := range v.Members {
			out[m.Key] = plain(m.Value)
		}
		return out
	case int64:
		return float64(v)
	case json.Number:
		return v.String()
	}
	return v
}

func sameJSON(t *testing.T, what string, got host.Value, want string) {
	t.Helper()
	var w any
	if want != "" {
		if err := json.Unmarshal([]byte(want), &w); err != nil {
			t.Fatalf("%s: %v", want, err)
		}
	}
	if diff := cmp.Diff(w, plain(got)); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", what, diff)
	}
}

// patterns are a few in Nmap's format.
func patterns(tb testing.TB) *fingerprint.DB {
	tb.Helper()
	d, err := fingerprint.Load("testdata/probes")
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

type result struct {
	h host.Host
	p host.Port
}

func apply(t *testing.T, b *Banners, proto string, port int, name, banner string) *result {
	t.Helper()
	r := &result{p: host.Port{Protocol: proto, Port: port, State: "open"}}
	if err := b.Apply(&r.h, &r.p, name, banner); err != nil {
		t.Errorf("%s %s: %v", name, banner, err)
	}
	return r
}

func (r *result) ids() []string {
	var out []string
	for _, s := range r.p.Scripts {
		out = append(out, s.ID)
	}
	return out
}

func (r *result) wantIDs(t *testing.T, want ...string) {
	t.Helper()
	if got := r.ids(); !slices.Equal(got, want) {
		t.Fatalf("scripts are %v, want %v", got, want)
	}
}

func (r *result) wantOutput(t *testing.T, id, want string) {
	t.Helper()
	if diff := cmp.Diff(want, r.p.Script(id).Output); diff != "" {
		t.Errorf("output of %s: (-want +got)\n%s", id, diff)
	}
}

func TestUnescape(t *testing.T) {
	for _, tt := range []struct{ banner, raw, output string }{
		{"plain", "plain", "plain"},
		{`a\x0d\x0a\x09\x5c\x00\xff`, "a\r\n\t\\\x00\xff", "a\r\n\t\\" + `\x00\xff`},
		{`\x5cx41`, `\x41`, `\x41`},
		{`\xZZ\x4\xAB\`, `\xZZ\x4\xAB\`, `\xZZ\x4\xAB\`},
		{"é", "é", "é"},
	} {
		raw, output := Unescape(tt.banner)
		if string(raw) != tt.raw || output != tt.output {
			t.Errorf("%s: got %q, %q", tt.banner, raw, output)
		}
	}
}

// Vector 17.
func TestVNC(t *testing.T) {
	r := apply(t, &Banners{DB: patterns(t)}, "tcp", 5900, "vnc", `RFB 003.008 SECURITY=[VNC none] NAME=[My Desk top] SIZE=1x1`)
	r.wantIDs(t, "vnc-info", "banner")
	r.wantOutput(t, "vnc-info", "SECURITY: VNC none\nNAME: My Desk top\nSIZE: 1x1")
	r.wantOutput(t, "banner", "RFB 003.008\n")
	m := r.p.Script("banner").Masscan
	if m.Encoded != `RFB 003.008\x0a` || base64.StdEncoding.EncodeToString(m.Raw) != "UkZCIDAwMy4wMDgK" {
		t.Errorf("banner is %+v", m)
	}
	if s := r.p.Service; s.Name != "vnc" || s.ExtraInfo != "protocol 3.8" {
		t.Errorf("service is %+v", s)
	}
}

func TestVNCForms(t *testing.T) {
	for _, tt := range []struct{ banner, info, output string }{
		{`RFB 003.008\x0a`, "", "RFB 003.008\n"},
		{`RFB 003.003 ERROR=Too many security failures`, "ERROR: Too many security failures", "RFB 003.003\n"},
		{`RFB 003.008 NAME=[a [b] c] odd SIZE=2x2`, "NAME: a [b] c\nodd\nSIZE: 2x2", "RFB 003.008\n"},
		{`RFB 003.008 NAME=[open`, "NAME: open", "RFB 003.008\n"},
		{`RFB 003.008 NAME=[x\x00\x5c]`, `NAME: x\x00\\`, "RFB 003.008\n"},
		{`A=`, "", "A=\n"},
	} {
		r := apply(t, &Banners{}, "tcp", 5900, "vnc", tt.banner)
		r.wantOutput(t, "banner", tt.output)
		if s := r.p.Script("vnc-info"); s == nil && tt.info != "" || s != nil && s.Output != tt.info {
			t.Errorf("%s: got %+v, want %q", tt.banner, s, tt.info)
		}
	}
}

const smbBanner = `SMBv2  guid=00112233-4455-6677-8899-aabbccddeeff time=2020-01-02 03:04:05 TZ=+60  domain=CORP name=SRV01 ` +
	`name-dns=Srv01.corp.example.com version=10.0.17763 ntlm-ver=15 os=Windows Server 2016 Standard 14393 ver=Windows Server 2016 Standard 6.3`

// Vector 18.
func TestSMB(t *testing.T) {
	r := apply(t, &Banners{}, "tcp", 445, "smb", smbBanner)
	r.wantIDs(t, "smb2-time", "smb-os-discovery", "ntlm-info")
	if r.p.Service.Name != "microsoft-ds" {
		t.Errorf("service is %s", r.p.Service.Name)
	}
	sameJSON(t, "time", r.p.Script("smb2-time").Data, `{"date": "2020-01-02 03:04:05+01:00"}`)
	r.wantOutput(t, "smb2-time", "\n  date: 2020-01-02 03:04:05+01:00")
	r.wantOutput(t, "smb-os-discovery", "\n  OS: Windows Server 2016 Standard 14393 (Windows Server 2016 Standard 6.3)\n"+
		"  SMB Version: SMBv2\n  GUID: 00112233-4455-6677-8899-aabbccddeeff\n  System time: 2020-01-02T03:04:05\n")
	sameJSON(t, "system", r.p.Script("smb-os-discovery").Data, `{"os": "Windows Server 2016 Standard 14393",
		"lanmanager": "Windows Server 2016 Standard 6.3", "smb-version": "SMBv2", "guid": "00112233-4455-6677-8899-aabbccddeeff",
		"date": "2020-01-02T03:04:05"}`)
	sameJSON(t, "names", r.p.Script("ntlm-info").Data, `{"Workgroup": "CORP", "NetBIOS_Computer_Name": "SRV01",
		"DNS_Computer_Name": "Srv01.corp.example.com", "Product_Version": "10.0.17763", "NTLM_Version": "15", "protocol": "smb"}`)
	r.wantOutput(t, "ntlm-info", "\n  NetBIOS_Computer_Name: SRV01\n  Workgroup: CORP\n  DNS_Computer_Name: Srv01.corp.example.com\n"+
		"  Product_Version: 10.0.17763\n  NTLM_Version: 15\n")
	if len(r.h.Hostnames) != 1 || r.h.Hostnames[0].Name != "srv01.corp.example.com" || r.h.Hostnames[0].Type != "smb" {
		t.Errorf("hostnames are %+v", r.h.Hostnames)
	}
	if r.p.Script("smb-os-discovery").Masscan == nil || r.p.Script("ntlm-info").Masscan != nil {
		t.Error("the banner is not with the script that it belongs to")
	}
}

func TestSMBForms(t *testing.T) {
	for _, tt := range []struct {
		port           int
		banner         string
		service        string
		ids            []string
		output, system string
	}{
		{139, "ERR unknown responseERROR(0x5)", "netbios-ssn", []string{"smb-os-discovery"}, "ERROR(0x5)", ""},
		{139, "SMBv1  os=Unix ver=Samba 3.0 domain=MY GROUP", "netbios-ssn", []string{"smb-os-discovery", "ntlm-info"},
			"\n  OS: Unix (Samba 3.0)\n  SMB Version: SMBv1\n", `{"os": "Unix", "lanmanager": "Samba 3.0", "smb-version": "SMBv1"}`},
		{8445, "SMBv2 time=1601-01-01 00:00:00 TZ=+0 boottime=60056-05-28 05:36:10", "smb", []string{"smb-os-discovery"},
			"\n  SMB Version: SMBv2\n", `{"smb-version": "SMBv2"}`},
		{445, "boottime=2020-01-02 03:04:05 TZ=-90 ver=X", "microsoft-ds", []string{"smb2-time", "smb-os-discovery"},
			"\n  OS: - (X)\n", `{"lanmanager": "X"}`},
		{445, "time=soon guid=g os=A=B c", "microsoft-ds", []string{"smb-os-discovery"}, "\n  OS: A=B c\n  GUID: g\n", `{"os": "A=B c", "guid": "g"}`},
		{445, "", "microsoft-ds", []string{"smb-os-discovery"}, "\n", ""},
	} {
		r := apply(t, &Banners{}, "tcp", tt.port, "smb", tt.banner)
		r.wantIDs(t, tt.ids...)
		r.wantOutput(t, "smb-os-discovery", tt.output)
		sameJSON(t, tt.banner, r.p.Script("smb-os-discovery").Data, tt.system)
		if r.p.Service.Name != tt.service {
			t.Errorf("%s: service is %s", tt.banner, r.p.Service.Name)
		}
	}
	r := apply(t, &Banners{}, "tcp", 445, "smb", "boottime=2020-01-02 03:04:05 TZ=-90 ver=X")
	sameJSON(t, "boot time", r.p.Script("smb2-time").Data, `{"start_time": "2020-01-02 03:04:05-01:30"}`)
}

// Vector 19.
func TestHTTP(t *testing.T) {
	banner := `HTTP/1.1 200 OK\x0d\x0aServer: nginx/1.18.0\x0d\x0aX-Empty:\x0d\x0a\x0d\x0a`
	r := apply(t, &Banners{DB: patterns(t)}, "tcp", 80, "http", banner)
	r.wantIDs(t, "http-headers", "http-server-header")
	sameJSON(t, "headers", r.p.Script("http-headers").Data, `[{"name": "_status", "value": "HTTP/1.1 200 OK"},
		{"name": "server", "value": "nginx/1.18.0"}, {"name": "x-empty", "value": ""}]`)
	sameJSON(t, "server", r.p.Script("http-server-header").Data, `["nginx/1.18.0"]`)
	r.wantOutput(t, "http-headers", "HTTP/1.1 200 OK\r\nServer: nginx/1.18.0\r\nX-Empty:\r\n\r\n")
	if s := r.p.Service; s.Name != "http" || s.Product != "nginx" || s.Version != "1.18.0" {
		t.Errorf("service is %+v", s)
	}
	want := []host.CPE{{Type: "a", Vendor: "igor_sysoev", Product: "nginx", Version: "1.18.0", Origins: []string{"ports.port:80"}}}
	if diff := cmp.Diff(want, r.h.CPEs); diff != "" {
		t.Error(diff)
	}
	if m := r.p.Script("http-headers").Masscan; m.Encoded != banner || !bytes.HasSuffix(m.Raw, []byte("\r\n\r\n")) {
		t.Errorf("banner is %+v", m)
	}
}

func TestHTTPForms(t *testing.T) {
	banner := `HTTP/1.1 200\x0aA b: no\x0aTab:\x09x\x5c\x00y \x0d\x0aNo colon\x0a\x0aBody: x`
	r := apply(t, &Banners{}, "tcp", 80, "http", banner)
	sameJSON(t, "headers", r.p.Script("http-headers").Data, `[{"name": "_status", "value": "HTTP/1.1 200"}, {"name": "tab", "value": "x\\\\\\x00y"}]`)
	r = apply(t, &Banners{DB: patterns(t)}, "tcp", 80, "http", "HTTP/1.0 404 Not Found")
	if r.p.Service.Name != "http" || r.p.Service.Product != "" {
		t.Errorf("service is %+v", r.p.Service)
	}
	r = apply(t, &Banners{}, "tcp", 80, "http.server", "Apache")
	sameJSON(t, "server", r.p.Script("http-server-header").Data, `["Apache"]`)
	r = apply(t, &Banners{}, "tcp", 80, "title", "Hi")
	r.wantOutput(t, "http-title", "Hi")
}

// Vector 20.
func TestHTML(t *testing.T) {
	r := apply(t, &Banners{}, "tcp", 80, "html", `\x3ctitle\x3eIndex of /pub\x3c/title\x3e\x0a\x3ca href=\x22a.txt\x22\x3ea.txt\x3c/a\x3e 2024-01-02 10:11  12K`)
	r.wantIDs(t, "http-content", "http-title", "http-ls")
	r.wantOutput(t, "http-content", `<title>Index of /pub</title>\n<a href="a.txt">a.txt</a> 2024-01-02 10:11  12K`)
	r.wantOutput(t, "http-title", "Index of /pub")
	r.wantOutput(t, "http-ls", "Volume /\nSIZE  TIME              FILENAME\n12K   2024-01-02 10:11  a.txt\n")
}

func TestKinds(t *testing.T) {
	for _, tt := range []struct{ name, id, service, tunnel string }{
		{"ftp", "banner", "ftp", ""}, {"imap", "banner", "imap", ""}, {"pop", "banner", "pop3", ""}, {"smtp", "banner", "smtp", ""},
		{"telnet", "banner", "telnet", ""}, {"unknown", "banner", "", ""}, {"X509", "ssl-cert", "", "ssl"},
		{"X509CA", "ssl-cacert", "", "ssl"}, {"ssl", "ssl", "", "ssl"}, {"rdp", "rdp-nla-support", "ms-wbt-server", ""},
		{"memcached", "memcached", "", ""}, {"ssh", "banner", "ssh", ""}, {"s7comm", "banner", "iso-tsap", ""},
	} {
		r := apply(t, &Banners{}, "tcp", 9999, tt.name, `some\x00text`)
		r.wantIDs(t, tt.id)
		r.wantOutput(t, tt.id, `some\x00text`)
		if s := r.p.Service; s.Name != tt.service || s.Tunnel != tt.tunnel {
			t.Errorf("%s: service is %+v", tt.name, s)
		}
		if m := r.p.Scripts[0].Masscan; string(m.Raw) != "some\x00text" || m.Encoded != `some\x00text` {
			t.Errorf("%s: banner is %+v", tt.name, m)
		}
	}
}

func TestErrors(t *testing.T) {
	var h host.Host
	var p host.Port
	var b Banners
	if err := b.Apply(&h, &p, "", "x"); err == nil || len(p.Scripts) > 0 {
		t.Errorf("a banner without a name: %v", err)
	}
	err := b.Apply(&h, &p, "unknown", strings.Repeat("x", maxBanner+1))
	if err == nil || len(p.Script("banner").Output) != maxBanner {
		t.Errorf("a long banner: %v", err)
	}
}

func TestCertificate(t *testing.T) {
	cert := host.NewObject("sha1", "x")
	var named int
	b := &Banners{
		Cert: func(der []byte) *host.Object {
			if string(der) != "der!" {
				return nil
			}
			return cert
		},
		CertText:      func(*host.Object) string { return "text" },
		CertHostnames: func(*host.Host, *host.Object) { named++ },
	}
	for _, name := range []string{"X509", "X509CA"} {
		for _, text := range []string{"ZGVyIQ==", "ZGVyIQ"} {
			r := apply(t, b, "tcp", 443, name, text)
			if s := r.p.Scripts[0]; s.Output != "text" || len(s.Data.(host.List)) != 1 || r.p.Service.Tunnel != "ssl" {
				t.Errorf("%s: got %+v", name, s)
			}
		}
	}
	if named != 2 {
		t.Errorf("names of %d certificates, want those of X509 only", named)
	}
	for _, bad := range []string{"!!", "ZGVy"} {
		var h host.Host
		var p host.Port
		if err := b.Apply(&h, &p, "X509", bad); err == nil || p.Scripts[0].Output != bad || p.Scripts[0].Data != nil {
			t.Errorf("%s: %v, %+v", bad, err, p.Scripts)
		}
	}
}

func TestWarning(t *testing.T) {
	t.Setenv("NMAPDIR", t.TempDir())
	if _, err := fingerprint.Find(); err == nil {
		t.Skip("an Nmap is installed")
	}
	var got []string
	b := &Banners{DB: fingerprint.Default(), Warn: func(s string) { got = append(got, s) }}
	for range 3 {
		apply(t, b, "tcp", 80, "http", "x")
	}
	if len(got) != 1 {
		t.Errorf("warnings: %q", got)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
