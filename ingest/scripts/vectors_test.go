package scripts

import (
	"strings"
	"testing"

	"ivre/ingest/host"
)

// run sends a script through the pipeline and returns the record with one port in JSON.
func run(t testing.TB, port int, id, output, data string) string {
	t.Helper()
	h, p := &host.Host{}, host.Port{Port: port, Protocol: "tcp"}
	s := host.Script{ID: id, Output: output, HasOutput: true}
	if data != "" {
		v, err := host.DecodeValue([]byte(data))
		if err != nil {
			t.Fatalf("%v in %s", err, data)
		}
		s.Data = v
	}
	(&Pipeline{}).Apply(h, &p, s)
	h.Ports = []host.Port{p}
	return string(host.Append(nil, h))
}

func TestVectors(t *testing.T) {
	for _, c := range []struct {
		id, output, data string
		want             []string
	}{
		{"http-headers", "\n  Server: nginx\n  Date: Mon, 01 Jan\n  weird\n  \n  (Request type: HEAD)\n", "",
			[]string{`"http-headers": [{"name": "server", "value": "nginx"}, {"name": "date", "value": "Mon, 01 Jan"}, {"name": "weird", "value": null}]`}},
		{"http-headers", "\n  MicrosoftSharePointTeamServices: 16.0.0.5000: 1; x\n  kbn-name: kib\n  kbn-version: 7.1.0\n  Location: /app/kibana\n  \n  (Request type: GET)\n", "",
			[]string{`"product": "sharepoint_server", "version": "16.0.0.5000", "origins": ["ports.port:443"]`, `"product": "kibana", "version": "7.1.0"`,
				`{"id": "http-app", "output": "SharePoint: path /, version 16.0.0.5000\nKibana: path /app/kibana, version 7.1.0\n"`, `"id": "http-headers"`}},
		{"rpcinfo", "x", `{"100000": {"tcp": {"port": "111", "version": ["2", "3"]}, "udp": {"port": "111", "version": ["2"]}}}`,
			[]string{`"rpcinfo": [{"program": 100000, "protocol": "tcp", "port": 111, "version": ["2", "3"]}, {"program": 100000, "protocol": "udp", "port": 111, "version": ["2"]}]`}},
		{"ssl-heartbleed", "x", `{"NMAP-1": {"title": "T", "state": "VULNERABLE", "ids": ["CVE:CVE-2014-0160"]}}`,
			[]string{`"vulns": [{"title": "T", "state": "VULNERABLE", "ids": ["CVE:CVE-2014-0160"], "id": "NMAP-1"}]`}},
		{"http-ls", "x", `{"volumes": [{"volume": "/", "files": [{"filename": "a", "size": "12"}, {"filename": "b", "size": "<DIR>"}, {"filename": "c", "size": "1K"}]}], "total": {"files": "3", "bytes": "12"}}`,
			[]string{`[{"filename": "a", "size": 12}, {"filename": "b"}, {"filename": "c", "size": "1K"}]`, `"total": {"files": 3, "bytes": 12}`}},
		{"smb-enum-shares", "x", `{"account_used": "guest", "\\\\192_0_2_20\\IPC$": {"Type": "STYPE_IPC"}, "\\\\192_0_2_20\\A": {"Type": "D"}}`,
			[]string{`"smb-enum-shares": {"account_used": "guest", "shares": [{"Type": "D", "Share": "\\\\192.0.2.20\\A"}, {"Type": "STYPE_IPC", "Share": "\\\\192.0.2.20\\IPC$"}]}`}},
		{"http-git", "x", `{"192_0_2_20:443/_git/": {"remotes": "r", "files-found": {"_git/config": "true", "_gitignore": "false"}}}`,
			[]string{`"http-git": [{"remotes": "r", "files-found": [".git/config"], "repository": "192.0.2.20:443/.git/"}]`}},
		{"ssh2-enum-algos", "x", `{"kex_algorithms": ["curve25519-sha256", "x"], "encryption_algorithms": ["aes128-ctr"], "mac_algorithms": ["hmac-sha1"], "compression_algorithms": ["none"]}`,
			[]string{`\n  HASSH\n    version: 1.1\n    raw: curve25519-sha256,x;aes128-ctr;hmac-sha1;none`, `"raw": "curve25519-sha256,x;aes128-ctr;hmac-sha1;none", "md5": "7ab55a5b369a2ea00c8f40dc5c1b77d1", "sha1": "33559299bf9ce41c4a0b8f42a49976afeee7111b", "sha256": "dff73e35fcad63920fcaa2e3ea90b542700d6e8a8f5fe042c3fcf55a73d70cec"`}},
		{"rdp-ntlm-info", "x", `{"Target_Name": "CORP", "DNS_Computer_Name": "Srv.corp.example.com", "Product_Version": "10.0.17763"}`,
			[]string{`"name": "srv.corp.example.com", "type": "ntlm"`, `"id": "ntlm-info"`, `"ntlm-info": {"Target_Name": "CORP", "DNS_Computer_Name": "Srv.corp.example.com", "Product_Version": "10.0.17763", "protocol": "rdp"}`}},
		{"http-ntlm-info", "x", `{"\\\\srv": {"Target_Name": "A"}}`, []string{`"ntlm-info": {"Target_Name": "A", "protocol": "http"}`}},
		{"smb-os-discovery", "x", `{"os": "Windows Server 2016 Standard 14393", "lanmanager": "Windows Server 2016 Standard 6.3", "date": "2024-01-01T00:00:00+00:00", "fqdn": "srv.corp.example.com", "workgroup": "CORP\\x00"}`,
			[]string{`"output": "  OS: Windows Server 2016 Standard 14393\n  LAN Manager: Windows Server 2016 Standard 6.3\n  System Time: 2024-01-01T00:00:00+00:00"`,
				`"ntlm-info": {"DNS_Computer_Name": "srv.corp.example.com", "Workgroup": "CORP\\x00", "Product_Version": "10.0.14393", "NTLM_Version": "15", "protocol": "smb"}`}},
		{"mongodb-databases", "\n  totalSizeMb = 12\n  databases\n    0\n      name = test\n      empty = false\n      sizeOnDisk = 112233\n      shards\n        sh1 = 77\n  ok = 1\n", "",
			[]string{`"mongodb-databases": {"totalSizeMb": 12.0, "databases": [{"name": "test", "empty": false, "sizeOnDisk": 112233.0, "shards": [{"name": "sh1", "size": 77.0}]}], "ok": "1"}`}},
		{"ftp-anon", "Anonymous FTP login allowed\ndrwxr-xr-x   2 0        0            4096 Jan 02 03:04 pub [NSE: writeable]\n01-02-24  03:04PM       <DIR>          win", "",
			[]string{`"ls": {"total": {"files": 2, "bytes": 4096}`, `[{"permission": "drwxr-xr-x", "uid": "0", "gid": "0", "size": 4096, "time": "Jan 02 03:04", "filename": "pub"}, {"time": "01-02-24  03:04PM", "size": "<DIR>", "filename": "win"}]`}},
		{"ssh-hostkey", "x", `[{"type": "ssh-rsa", "bits": "2048.0"}]`, []string{`"ssh-hostkey": [{"type": "ssh-rsa", "bits": 2048}]`}},
		{"http-server-header", "nginx", `{"Server": "nginx"}`, []string{`"http-server-header": ["nginx"]`}},
		{"modbus-discover", "\n  sid 0x1: \n    Slave ID data: x\n    DEVICE IDENTIFICATION:  Schneider  \n", "", []string{`"modbus-discover": {"deviceid": "Schneider"}`}},
		{"fcrdns", "x", `{"host10_example_net": {"status": "pass"}}`, []string{`"fcrdns": [{"status": "pass", "name": "host10.example.net"}]`}},
		{"ms-sql-info", "x", `{"192_0_2_1:1433": {"Version": "x"}, "Windows server name": "S"}`, []string{`"ms-sql-info": [{"Version": "x", "Instance": "192.0.2.1:1433"}]`}},
		{"s7-info", "x", `{"Module": "m", "Basic Hardware": "h", "other": "o"}`, []string{`"s7-info": {"module": "m", "hardware": "h", "other": "o"}`}},
		{"snmp-info", "x", `{"engineIDFormat": "octets", "engineIDData": "00005e00530133"}`, []string{`"mac": ["00:00:5e:00:53:01"]`}},
		{"ssl-cert", "x", `{"pubkey": {"type": "rsa", "modulus": "ff", "exponent": "BIGNUM: 0x1"}}`, []string{`"ssl-cert": [{"pubkey": {"type": "rsa", "modulus": "255"}}]`}},
		{"smb-ls", "Directory of \\\\192.0.2.1\\C\n2024-01-01 00:00:00 12 a b.txt\nTotal Files Listed:\n", "", []string{`"volume": "\\\\192.0.2.1\\C"`, `{"size": 12, "filename": "a b.txt", "time": "2024-01-01 00:00:00"}`}},
	} {
		got := run(t, 443, c.id, c.output, c.data)
		rest := got
		for _, part := range c.want {
			i := strings.Index(rest, part)
			if i < 0 {
				t.Errorf("%s: %s is not (or not in its place) in\n%s", c.id, part, got)
				break
			}
			rest = rest[i+len(part):]
		}
	}
}

func TestIgnored(t *testing.T) {
	for _, c := range []struct {
		id, output string
		want       bool
	}{
		{"foo", "false", true}, {"foo", "false ", false}, {"foo", "  ERROR: Script execution failed (use -d to debug)", true}, {"foo", "SMB: TIMEOUT", true},
		{"foo", "bar d41d8cd98f00b204e9800998ecf8427e", true}, {"foo", "bar D41D8CD98F00B204E9800998ECF8427E", true}, {"foo", "\n", true}, {"foo", "\r\n", true}, {"foo", "x", false},
		{"mcafee-epo-agent", "ePO Agent not found", true}, {"foo", "ePO Agent not found", false}, {"http-headers", "\n  (Request type: GET)\n", true},
		{"sip-call-spoof", "ERROR: Failed to connect to the SIP server.", true}, {"http-fileupload-exploiter", "", true},
		{"http-fileupload-exploiter", "\n  \n    Couldn't find a file-type field.", true}, {"http-vhosts", "\n12 names had status 200", true},
		{"ms-sql-query", "\n  ERROR: No login credentials", true}, {"dns-nsec-enum", "Can't determine domain for host 192.0.2.1; use dns-nsec-enum.domains script arg.", true},
		{"p2p-conficker", "x Host is CLEAN or ports are blocked y", true}, {"vnc-screenshot", "Saved to a.png", true},
	} {
		if got := Ignored(c.id, c.output, true); got != c.want {
			t.Errorf("%s %q: %v", c.id, c.output, got)
		}
	}
	if Ignored("foo", "", false) {
		t.Error("a script without a text is ignored")
	}
	for output, want := range map[string]string{"\n  Saved to a.png\n": "a.png", "Saved to ../a.png": "", "Saved to a.txt": ""} {
		if name, _ := screenshotName("http-screenshot", output); name != want {
			t.Errorf("%q: %q", output, name)
		}
	}
	if name, _ := screenshotName("rtsp-screenshot", " Saved rtsp://x to b.JPG"); name != "b.JPG" {
		t.Errorf("rtsp: %q", name)
	}
}

func FuzzApply(f *testing.F) {
	f.Add("smb-os-discovery", "x", `{"os": 1, "fqdn": []}`)
	f.Add("smb-enum-shares", "x", `{"shares": [{"Share": "\\\\a"}, 1]}`)
	f.Add("mongodb-databases", "\n  databases\n    0\n      shards\n        a = 1\n  bad cmd\n    x = 1\n", "")
	f.Add("nfs-ls", "NFS Export: /x\nPERMISSION  UID  GID  SIZE  TIME  FILENAME\nrwx 0 0 1 t f\n\nNFS X\n", "")
	f.Add("afp-ls", "  vol\n    PERMISSION  UID  GID  SIZE  TIME  FILENAME\n    r 0 0 1 d t f\n  \n  Info\n", "")
	f.Add("ssl-cert", "", `{"pem": "x", "pubkey": {"modulus": "zz"}}`)
	f.Add("http-git", "", `{"a": {"files-found": [1], "interesting-matches": {"_git": {}}}}`)
	f.Fuzz(func(t *testing.T, id, output, data string) {
		s := host.Script{ID: id, Output: output, HasOutput: true}
		if v, err := host.DecodeValue([]byte(data)); err == nil {
			s.Data = v
		}
		h, p := &host.Host{}, host.Port{Port: 1}
		(&Pipeline{}).Apply(h, &p, s)
		h.Ports = []host.Port{p}
		host.Append(nil, h)
	})
}
