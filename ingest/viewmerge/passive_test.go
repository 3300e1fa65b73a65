package viewmerge

import (
	"encoding/base64"
	"encoding/pem"
	"flag"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/cert"
	"ivre/ingest/fingerprint"
	"ivre/ingest/host"
	"ivre/ingest/passive"
)

var update = flag.Bool("update", false, "write the golden files")

// TestPassiveVectors are the vectors 1 to 7.
func TestPassiveVectors(t *testing.T) {
	base := `"addr": "192.0.2.10", "state_reason": "passive", "schema_version": 22, "state": "up", "source": ["s1"],
		"starttime": "2024-03-05 10:11:12", "endtime": "2024-03-05 10:11:12", "categories": null, `
	for name, test := range map[string]struct {
		r    *passive.Record
		want string
	}{
		"1 SSH banner": {seen(t, "SSH_SERVER", "", 22, "SSH-2.0-OpenSSH_8.0", ""), `"hostnames": null,
			"ports": [{"state_state": "open", "state_reason": "passive", "port": 22, "protocol": "tcp",
				"scripts": [{"id": "banner", "output": "SSH-2.0-OpenSSH_8.0\r\n"}],
				"service_name": "ssh", "service_product": "OpenSSH", "service_version": "8.0", "service_extrainfo": "protocol 2.0"}],
			"cpes": [{"type": "a", "vendor": "openbsd", "product": "openssh", "version": "8.0", "origins": ["ports.port:22"]}]`},
		"2 DNS answer": {seen(t, "DNS_ANSWER", "A-192.0.2.53-53", 0, "www.example.com", `{"domain": ["example.com", "com"]}`),
			`"hostnames": [{"name": "www.example.com", "type": "A", "domains": ["example.com", "com"]}], "state": null, "ports": null`},
		"3 honeypot": {seen(t, "TCP_HONEYPOT_HIT", "tcp/443", 0, "abc",
			`{"service_name": "scanner", "service_product": "Masscan", "service_extrainfo": "TLS"}`),
			`"ports": [{"port": -1, "scripts": [{"id": "scanner", "output": "Scanned port: tcp: 443\nScanner:\n - Masscan [TLS/tcp]",
				"scanner": {"ports": {"count": 1, "tcp": {"count": 1, "ports": [443]}},
					"scanners": [{"name": "Masscan", "probes": [{"proto": "tcp", "name": "TLS"}]}],
					"probes": [{"proto": "tcp", "value": "abc"}]}}]}], "openports": {"count": 0}`},
		"4 JA3 server": {seen(t, "SSL_SERVER", "ja3-aabb", 443, "ccdd", `{"raw": "771,1"}`),
			`"ports": [{"port": 443, "protocol": "tcp", "state_state": "open", "state_reason": "passive",
				"scripts": [{"id": "ssl-ja3-server", "output": "ccdd - aabb",
					"ssl-ja3-server": [{"md5": "ccdd", "client": {"md5": "aabb"}, "raw": "771,1"}]}]}]`},
		"5 host key": {seen(t, "SSH_SERVER_HOSTKEY", "SSHv2", 22, "AAAAB3NzaC1yc2E=",
			`{"algo": "ssh-rsa", "bits": 2048, "md5": "00112233445566778899aabbccddeeff"}`),
			`"ports": [{"port": 22, "protocol": "tcp", "state_state": "open", "state_reason": "passive", "service_name": "ssh",
				"scripts": [{"id": "ssh-hostkey",
					"output": "\n  2048 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff (RSA)\nssh-rsa AAAAB3NzaC1yc2E=",
					"ssh-hostkey": [{"type": "ssh-rsa", "key": "AAAAB3NzaC1yc2E=", "bits": 2048,
						"fingerprint": "00112233445566778899aabbccddeeff"}]}]}]`},
		"6 STUN": {seen(t, "STUN_HONEYPOT_REQUEST", "udp/3478", 0,
			`\x00\x01\x00\x00!\x12\xa4B\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b`, ""),
			`"ports": [{"port": -1, "scripts": [{"id": "scanner",
				"output": "Scanned port: udp: 3478\nSTUN request (magic: 0x2112a442, tid: 2112a442000102030405060708090a0b)",
				"scanner": {"ports": {"count": 1, "udp": {"count": 1, "ports": [3478]}},
					"stun_queries": [{"magic": 554869826, "tid": "2112a442000102030405060708090a0b", "len": 0, "type": 1}]}}]}]`},
		"7 SMB": {seen(t, "SMB", "tcp-SMB", 0, "os:V2luZG93cw==", `{"os": "Windows"}`),
			`"ports": [{"port": -1, "scripts": [{"id": "smb-os-discovery", "output": "OS: Windows\n", "smb-os-discovery": {"os": "Windows"}}]}]`},
	} {
		t.Run(name, func(t *testing.T) {
			wanted := base + test.want
			if strings.Contains(test.want, `"state": null`) {
				wanted = strings.Replace(base, `"state": "up", `, "", 1) + test.want
			}
			wantJSON(t, FromPassive(test.r, PassiveOptions{Fingerprints: testDB(t)}), "{"+wanted+"}")
		})
	}
}

// TestInstalledFingerprints is vector 1 with Nmap's own file.
func TestInstalledFingerprints(t *testing.T) {
	if _, err := fingerprint.Find(); err != nil {
		t.Skip(err)
	}
	h := FromPassive(seen(t, "SSH_SERVER", "", 22, "SSH-2.0-OpenSSH_8.0", ""), PassiveOptions{Fingerprints: fingerprint.Default()})
	want := host.Service{Name: "ssh", Product: "OpenSSH", Version: "8.0", ExtraInfo: "protocol 2.0"}
	if d := cmp.Diff(want, h.Ports[0].Service); d != "" {
		t.Error(d)
	}
	wantJSON(t, h, `{"cpes": [{"type": "a", "vendor": "openbsd", "product": "openssh", "version": "8.0", "origins": ["ports.port:22"]}]}`)
}

// certificate is a passive record of the certificate of a real server.
func certificate(t testing.TB, recontype, source string, port uint16) *passive.Record {
	file, err := os.ReadFile("testdata/lab.pem")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(file)
	infos := cert.Parse(block.Bytes)
	infos.Delete("pem")
	r := seen(t, recontype, source, port, base64.StdEncoding.EncodeToString(block.Bytes), "")
	r.Infos = infos
	return r
}

const ntlmInfos = `{"Target_Name": "EXAMPLE", "DNS_Computer_Name": "Srv1.example.com", "NTLM_Version": "15"}`

// everyKind lists records of every kind that tells something.
func everyKind(t testing.TB) []*passive.Record {
	scanner := `{"service_name": "scanner", "service_product": "Nmap"}`
	return []*passive.Record{
		seen(t, "HTTP_CLIENT_HEADER", "USER-AGENT", 0, "curl/8.0", ""),
		seen(t, "HTTP_CLIENT_HEADER", "USER-AGENT", 0, "Mozilla/5.0 zgrab/0.x", ""),
		seen(t, "HTTP_CLIENT_HEADER", "AUTHORIZATION", 0, "ntlm Target_Name:RVhBTVBMRQ==", ntlmInfos),
		seen(t, "HTTP_CLIENT_HEADER", "PROXY-AUTHORIZATION", 0, "Negotiate", ""),
		seen(t, "HTTP_CLIENT_HEADER", "AUTHORIZATION", 0, "NTLM ", ""),
		seen(t, "HTTP_CLIENT_HEADER", "VIA", 0, "1.1 proxy", ""),
		seen(t, "HTTP_SERVER_HEADER", "WWW-AUTHENTICATE", 80, "NTLM Target_Name:RVhBTVBMRQ==", ntlmInfos),
		seen(t, "HTTP_SERVER_HEADER", "PROXY-AUTHENTICATE", 3128, "Basic realm=x", ""),
		seen(t, "HTTP_SERVER_HEADER", "SERVER", 80, "nginx/1.18.0", ""),
		seen(t, "HTTP_SERVER_HEADER", "SERVER", 443, "tls", ""),
		seen(t, "HTTP_SERVER_HEADER", "SERVER", 81, `odd \x41 \z`, ""),
		seen(t, "HTTP_SERVER_HEADER", "MICROSOFTSHAREPOINTTEAMSERVICES", 80, "16.0.0.5000: 1; x", ""),
		seen(t, "HTTP_SERVER_HEADER", "X-POWERED-BY", 80, "PHP/8", ""),
		seen(t, "HTTP_SERVER_HEADER", "SERVER", 0, "nginx", ""),
		seen(t, "SSH_SERVER", "", 22, "SSH-2.0-dropbear", `{"service_name": "ssh", "service_product": "Dropbear sshd", "x": 1}`),
		seen(t, "TCP_SERVER_BANNER", "", 21, `220 Ftp.Example FTP\x0d\x0a`, ""),
		seen(t, "SSH_SERVER_HOSTKEY", "SSHv2", 2222, "AAAA", `{"algo": "ecdsa-sha2-nistp256", "md5": "0011"}`),
		seen(t, "SSH_SERVER_HASSH", "hassh-v1.1", 22, "e97d07603350d1111ec2b64bf25413c9", `{"raw": "curve25519-sha256;aes128-ctr;hmac-sha2-256;none"}`),
		seen(t, "SSH_CLIENT_HASSH", "hassh-v1.1", 0, "7ab55a5b369a2ea00c8f40dc5c1b77d1", `{"raw": "curve25519-sha256,x;aes128-ctr;;none"}`),
		seen(t, "SSH_CLIENT_HASSH", "hassh-v1.1", 0, "00", `{"raw": "a;b;c"}`),
		certificate(t, "SSL_SERVER", "cert", 443),
		certificate(t, "SSL_SERVER", "cacert", 443),
		certificate(t, "SSL_CLIENT", "cert", 0),
		seen(t, "SSL_SERVER", "cert", 443, "AAAA", ""),
		seen(t, "SSL_CLIENT", "cacert", 0, "AAAA", ""),
		seen(t, "SSL_SERVER", "ja3-aabb", 443, "ccdd", `{"raw": "771,1", "sha1": "s1", "sha256": "s2", "client": {"raw": "771,2", "sha1": "c1", "sha256": "c2"}}`),
		seen(t, "SSL_SERVER", "other", 443, "x", ""),
		seen(t, "SSL_CLIENT", "ja3", 0, "aabb", `{"raw": "771,2", "sha1": "c1", "sha256": "c2"}`),
		seen(t, "SSL_CLIENT", "ja3", 0, "18e9afaf91db6f8a2470e7435c2a1d6b", ""),
		seen(t, "SSL_CLIENT", "ja3", 0, "8951236eca85955755e4946572ef32bb", ""),
		seen(t, "SSL_CLIENT", "ja4", 0, "t12d000600_e3b0c44298fc_e51b7354d87f", `{"ja4_a": "t12d000600", "ja4_b": "e3b0c44298fc", "ja4_c": "e51b7354d87f"}`),
		seen(t, "DNS_ANSWER", "PTR-2001:db8::53-53", 0, "Mixed Case.example", ""),
		seen(t, "MAC_ADDRESS", "ARP_REPLY_SRC", 0, "00:11:22:AA:BB:CC", ""),
		seen(t, "OPEN_PORT", "TCP", 8080, "tcp/8080", ""),
		seen(t, "OPEN_PORT", "UDP", 53, "udp/53", ""),
		seen(t, "OPEN_PORT", "", 99, "", ""),
		seen(t, "TCP_HONEYPOT_HIT", "tcp/22", 0, "", ""),
		seen(t, "UDP_HONEYPOT_HIT", "udp/53", 0, `\x00`, scanner),
		seen(t, "TCP_HONEYPOT_HIT", "tcp", 0, "x", ""),
		seen(t, "HTTP_HONEYPOT_REQUEST", "M-SEARCH-1.1-tcp/8080", 0, "/a-b", ""),
		seen(t, "HTTP_HONEYPOT_REQUEST", "GET", 0, "/", ""),
		seen(t, "DNS_HONEYPOT_QUERY", "udp/53-A-C_INTERNET", 0, "www.example.com", ""),
		seen(t, "DNS_HONEYPOT_QUERY", "udp/53", 0, "www.example.com", ""),
		seen(t, "STUN_HONEYPOT_REQUEST", "udp/3478", 0, `\x00\x01\x00\x08AAAABBBBCCCCDDDDmore`, ""),
		seen(t, "STUN_HONEYPOT_REQUEST", "udp/3478", 0, "short", ""),
		seen(t, "NTLM_CHALLENGE", "tcp-DCE_RPC-SMB", 445, "x", ntlmInfos),
		seen(t, "NTLM_CHALLENGE", "tcp-DCE_RPC", 135, "x", ntlmInfos),
		seen(t, "NTLM_AUTHENTICATE", "tcp-", 0, "x", `{"User_Name": "u"}`),
		seen(t, "SMB", "tcp-SMB", 445, "x", `{"lanmanager": "Samba", "is_guest": false}`),
		seen(t, "P0FV3_SYN", "P0FV3", 0, "4:59+5:0:1460:mss*10,7:mss:df:0", `{"app": "NMap SYN scan"}`),
		seen(t, "P0FV3_SYN", "P0FV3", 0, "4:59+5:0:1460:mss*10,7:mss:df:0", `{"os": "Linux"}`),
		seen(t, "UNKNOWN", "x", 1, "y", `{"a": 1}`),
	}
}

// TestPassiveGolden compares what becomes of every kind of record with what it was when somebody looked at it last.
func TestPassiveGolden(t *testing.T) {
	var got strings.Builder
	for _, r := range everyKind(t) {
		opts := PassiveOptions{Category: "cat", Fingerprints: testDB(t), Warn: func(s string) { got.WriteString("warning: " + s + "\n") }}
		got.WriteString("# " + r.Recontype + " " + r.Source + "\n")
		h := FromPassive(r, opts)
		got.Write(append(host.Append(nil, h), '\n'))
		for _, p := range h.Ports {
			for _, s := range p.Scripts {
				got.WriteString("  | " + strings.ReplaceAll(s.Output, "\n", "\n  | ") + "\n")
			}
		}
	}
	golden(t, "testdata/passive.golden", got.String())
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestEveryKindIsTested(t *testing.T) {
	missing := map[string]bool{}
	for kind := range readers {
		missing[kind] = true
	}
	for _, r := range everyKind(t) {
		delete(missing, r.Recontype)
	}
	if len(missing) > 0 {
		t.Errorf("no record of the kinds %v", missing)
	}
}

func TestNoAddress(t *testing.T) {
	r := seen(t, "DNS_ANSWER", "MX-192.0.2.53-53", 0, "example.com", "")
	r.Addr = netip.Addr{}
	if h := FromPassive(r, PassiveOptions{}); h != nil {
		t.Errorf("got %s", appended(h))
	}
	if h := FromScan(&host.Host{State: "up"}, "c"); h != nil {
		t.Errorf("got %s", appended(h))
	}
}

func TestKnownScanners(t *testing.T) {
	for known, want := range map[int]int{len(ja3Scanners): 18, len(ja4Scanners): 13, len(agentScanners): 6, len(p0fScanners): 3} {
		if known != want {
			t.Errorf("%d scanners, want %d", known, want)
		}
	}
}

func TestFromScan(t *testing.T) {
	h := record(t, `{"addr": "192.0.2.10", "source": "src", "categories": ["b"], "comment": "kept", "state_reason_ttl": 3}`)
	before := appended(h)
	wantJSON(t, FromScan(h, "a"), `{"source": ["src"], "categories": ["a", "b"], "comment": "kept", "state_reason_ttl": 3}`)
	wantJSON(t, FromScan(h, ""), `{"source": ["src"], "categories": ["b"]}`)
	if appended(h) != before {
		t.Error("the record was changed")
	}
	wantJSON(t, FromScan(record(t, `{"addr": "192.0.2.10", "source": ""}`), ""), `{"source": null, "categories": null}`)
}
