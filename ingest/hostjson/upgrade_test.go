package hostjson

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
	nse "ivre/ingest/nmapscript"
)

// testOptions make structures that tell where they come from.
var testOptions = Options{
	Cert: func(pem string) *host.Object {
		if pem == "bad" {
			return nil
		}
		return host.NewObject("pem", pem, "read", "anew")
	},
	Structure: func(id, output string) host.Value {
		if output == "bad" {
			return nil
		}
		return host.List{id + " " + output}
	},
	Words: func(image []byte) []string {
		if string(image) != "image" {
			return nil
		}
		return []string{"a", "b"}
	},
}

// onPort and onHost put scripts in a record.
func onPort(scripts string) string { return `{"ports": [{"port": 80, "scripts": [` + scripts + `]}]}` }
func onHost(scripts string) string { return `{"scripts": [` + scripts + `]}` }

var stepTests = []struct {
	to         int
	name       string
	from, want string
}{
	{1, "words",
		`{"ports": [{"screendata": "aW1hZ2U="}, {"screendata": "aW1hZ2U=", "screenwords": ["x"]}, {"screendata": "*"}, {"screendata": "AA=="}, {}]}`,
		`{"ports": [{"screendata": "aW1hZ2U=", "screenwords": ["a", "b"]}, {"screendata": "aW1hZ2U=", "screenwords": ["x"]}, {"screendata": "*"}, {"screendata": "AA=="}, {}]}`},
	{2, "services of the table",
		`{"ports": [{"port": 1, "service_name": "x", "service_method": "table", "service_conf": 3, "protocol": "tcp"}, {"service_name": "x", "service_method": "probed"}]}`,
		`{"ports": [{"port": 1, "protocol": "tcp"}, {"service_name": "x", "service_method": "probed"}]}`},
	{3, "moved",
		onPort(`{"id": "smb-ls", "smb-ls": {"volumes": [{"files": [{"size": "12"}, {"size": "<DIR>"}, {"size": "1K"}]}], "total": {"files": "3", "bytes": "12"}}}`),
		onPort(`{"id": "smb-ls", "ls": {"volumes": [{"files": [{"size": 12}, {}, {"size": "1K"}]}], "total": {"files": 3, "bytes": 12}}}`)},
	{3, "made from the output, of the host's scripts as well",
		onHost(`{"id": "afp-ls", "output": "o"}, {"id": "nfs-ls", "output": "bad"}, {"id": "http-ls", "output": "o", "ls": 1}, {"id": "x", "output": "o"}`),
		onHost(`{"id": "afp-ls", "output": "o", "ls": ["afp-ls o"]}, {"id": "nfs-ls", "output": "bad"}, {"id": "http-ls", "output": "o", "ls": 1}, {"id": "x", "output": "o"}`)},
	{4, "pseudo-port", `{"ports": [{"port": 1}], "scripts": [{"id": "a"}]}`, `{"ports": [{"port": 1}, {"port": "host", "scripts": [{"id": "a"}]}]}`},
	{4, "no ports", `{"scripts": [{"id": "a"}]}`, `{"ports": [{"port": "host", "scripts": [{"id": "a"}]}]}`},
	{4, "no scripts", `{"scripts": []}`, `{}`},
	{5, "pseudo-port and extraports",
		`{"ports": [{"port": "host"}, {"port": 1}], "extraports": {"filtered": [996, {"no-response": 990, "admin-prohibited": 6}], "closed": {"total": 1}}}`,
		`{"ports": [{"port": -1}, {"port": 1}], "extraports": {"filtered": {"total": 996, "reasons": {"no-response": 990, "admin-prohibited": 6}}, "closed": {"total": 1}}}`},
	{6, "by id", // test vector 7
		onPort(`{"id": "ssl-heartbleed", "ssl-heartbleed": {"NMAP-1": {"title": "T", "state": "VULNERABLE", "ids": ["CVE:CVE-2014-0160"]}}}, {"id": "x", "x": {"a": {}}}`),
		onPort(`{"id": "ssl-heartbleed", "vulns": [{"id": "NMAP-1", "title": "T", "state": "VULNERABLE", "ids": ["CVE:CVE-2014-0160"]}]}, {"id": "x", "x": {"a": {}}}`)},
	{6, "output only", onPort(`{"id": "ssl-poodle", "output": "x"}`), onPort(`{"id": "ssl-poodle", "output": "x"}`)},
	{7, "made from the output", onPort(`{"id": "mongodb-databases", "output": "o"}, {"id": "http-headers", "output": "o"}`),
		onPort(`{"id": "mongodb-databases", "output": "o", "mongodb-databases": ["mongodb-databases o"]}, {"id": "http-headers", "output": "o"}`)},
	{8, "single, by id, and list",
		onPort(`{"id": "ssl-poodle", "vulns": {"title": "T", "dates": {}}}, {"id": "ssl-poodle", "vulns": {"A": {"title": "T"}, "B": {}}}, {"id": "ssl-poodle", "vulns": [1]}`),
		onPort(`{"id": "ssl-poodle", "vulns": [{"title": "T", "dates": {}}]}, {"id": "ssl-poodle", "vulns": [{"id": "A", "title": "T"}, {"id": "B"}]}, {"id": "ssl-poodle", "vulns": [1]}`)},
	{9, "made from the output", onPort(`{"id": "http-headers", "output": "o"}, {"id": "http-headers", "output": "o", "http-headers": []}`),
		onPort(`{"id": "http-headers", "output": "o", "http-headers": ["http-headers o"]}, {"id": "http-headers", "output": "o", "http-headers": []}`)},
	{10, "names",
		onPort(`{"id": "s7-info", "s7-info": {"Module": "1", "Basic Hardware": "2", "Version": "3", "System Name": "4", "Module Type": "5", "Serial Number": "6", "Plant Identification": "7", "Copyright": "8", "Other": "9"}}`),
		onPort(`{"id": "s7-info", "s7-info": {"module": "1", "hardware": "2", "version": "3", "system_name": "4", "module_name": "5", "module_sn": "6", "plant": "7", "copyright": "8", "Other": "9"}}`)},
	{11, "addresses",
		`{"addr": 3221225985, "ports": [{"state_reason_ip": 42540766411282592856903984951653826561}], "traces": [{"hops": [{"ipaddr": 1}, {"ipaddr": "192.0.2.1"}]}]}`,
		`{"addr": "192.0.2.1", "ports": [{"state_reason_ip": "2001:db8::1"}], "traces": [{"hops": [{"ipaddr": "0.0.0.1"}, {"ipaddr": "192.0.2.1"}]}]}`},
	{11, "no addresses", `{"addr": -1, "ports": [{"state_reason_ip": 340282366920938463463374607431768211456}]}`,
		`{"addr": -1, "ports": [{"state_reason_ip": 340282366920938463463374607431768211456}]}`},
	{11, "place", `{"infos": {"loc": {"type": "Point", "coordinates": [2.35, 48.85]}, "city": "Paris"}}`,
		`{"infos": {"city": "Paris", "coordinates": [48.85, 2.35]}}`},
	{11, "certificate", onPort(`{"id": "ssl-cert", "ssl-cert": {"pem": "P", "x": 1}}, {"id": "ssl-cert", "ssl-cert": {"pem": "bad"}}, {"id": "ssl-cert", "ssl-cert": {"x": 1}}`),
		onPort(`{"id": "ssl-cert", "ssl-cert": {"pem": "P", "read": "anew"}}, {"id": "ssl-cert", "ssl-cert": {"pem": "bad"}}, {"id": "ssl-cert", "ssl-cert": {"x": 1}}`)},
	{12, "names", onPort(`{"id": "fcrdns", "fcrdns": {"host10_example_net": {"status": "pass", "addresses": ["192.0.2.1"]}, "x": "y"}}`),
		onPort(`{"id": "fcrdns", "fcrdns": [{"name": "host10.example.net", "status": "pass", "addresses": ["192.0.2.1"]}]}`)},
	{12, "programs", // test vector 6
		onPort(`{"id": "rpcinfo", "rpcinfo": {"100000": {"tcp": {"port": "111", "version": ["2", "3"]}, "udp": {"port": "111", "version": ["2"]}}, "x": {"tcp": {"port": "y"}}}}`),
		onPort(`{"id": "rpcinfo", "rpcinfo": [{"program": 100000, "protocol": "tcp", "port": 111, "version": ["2", "3"]},
			{"program": 100000, "protocol": "udp", "port": 111, "version": ["2"]}, {"program": "x", "protocol": "tcp", "port": "y"}]}`)},
	{12, "lists", onPort(`{"id": "fcrdns", "fcrdns": [{"name": "a_b"}]}, {"id": "rpcinfo", "rpcinfo": []}`), onPort(`{"id": "fcrdns", "fcrdns": [{"name": "a_b"}]}, {"id": "rpcinfo", "rpcinfo": []}`)},
	{13, "instances", onPort(`{"id": "ms-sql-info", "ms-sql-info": {"192_0_2_20:1433": {"TCP port": "1433"}, "Windows server name": "X"}}`),
		onPort(`{"id": "ms-sql-info", "ms-sql-info": [{"Instance": "192.0.2.20:1433", "TCP port": "1433"}]}`)},
	{13, "shares", // test vector 9
		onPort(`{"id": "smb-enum-shares", "smb-enum-shares": {"account_used": "guest", "\\\\192_0_2_20\\IPC$": {"Type": "STYPE_IPC"}, "\\\\192_0_2_20\\A_B": {"Type": "D"}, "\\\\odd_name": {}}}`),
		onPort(`{"id": "smb-enum-shares", "smb-enum-shares": {"account_used": "guest", "shares": [{"Share": "\\\\192.0.2.20\\A_B", "Type": "D"},
			{"Share": "\\\\192.0.2.20\\IPC$", "Type": "STYPE_IPC"}, {"Share": "\\\\odd_name"}]}}`)},
	{13, "list of shares", onPort(`{"id": "smb-enum-shares", "smb-enum-shares": {"shares": [{"Share": "b"}, {"Share": "a"}]}}, {"id": "smb-enum-shares", "smb-enum-shares": {}}`),
		onPort(`{"id": "smb-enum-shares", "smb-enum-shares": {"shares": [{"Share": "a"}, {"Share": "b"}]}}, {"id": "smb-enum-shares", "smb-enum-shares": {}}`)},
	{14, "numbers", onPort(`{"id": "ssh-hostkey", "ssh-hostkey": [{"bits": "2048"}, {"bits": "2048.0"}, {"bits": 256.0}, {"bits": 3}, {"bits": "x"}, {}]},
			{"id": "ftp-anon", "ls": {"volumes": [{"files": [{"size": "<DIR>", "filename": "a"}, {"size": "12"}]}], "total": {"files": "2"}}}`),
		onPort(`{"id": "ssh-hostkey", "ssh-hostkey": [{"bits": 2048}, {"bits": 2048}, {"bits": 256}, {"bits": 3}, {"bits": "x"}, {}]},
			{"id": "ftp-anon", "ls": {"volumes": [{"files": [{"filename": "a"}, {"size": "12"}]}], "total": {"files": "2"}}}`)},
	{15, "repositories", // test vector 10
		onPort(`{"id": "http-git", "http-git": {"192_0_2_20:443/_git/": {"remotes": "r", "files-found": {"_git/config": "true", "_gitignore": "false", "a_b": true},
			"interesting-matches": {"_git/config": ["m"], "x": "y"}}}}, {"id": "http-git", "http-git": [{"files-found": {}}]}`),
		onPort(`{"id": "http-git", "http-git": [{"repository": "192.0.2.20:443/.git/", "remotes": "r", "files-found": [".git/config", "a_b"],
			"interesting-matches": [{"file": ".git/config", "matches": ["m"]}, {"file": "x", "matches": "y"}]}]}, {"id": "http-git", "http-git": [{"files-found": {}}]}`)},
	{16, "lists", onPort(`{"id": "http-server-header", "http-server-header": {"Server": "a"}}, {"id": "http-server-header", "http-server-header": {}},
			{"id": "http-server-header", "http-server-header": "a"}, {"id": "http-server-header", "http-server-header": ["a"]},
			{"id": "http-server-header", "output": "\n  Server: a\n  Server:b\nX-Server: c"}, {"id": "http-server-header"}`),
		onPort(`{"id": "http-server-header", "http-server-header": ["a"]}, {"id": "http-server-header", "http-server-header": []},
			{"id": "http-server-header", "http-server-header": ["a"]}, {"id": "http-server-header", "http-server-header": ["a"]},
			{"id": "http-server-header", "output": "\n  Server: a\n  Server:b\nX-Server: c", "http-server-header": ["a", "b"]}, {"id": "http-server-header", "http-server-header": []}`)},
	{17, "lists", onPort(`{"id": "ssl-cert", "ssl-cert": {"pem": "P"}}, {"id": "ssl-cacert", "ssl-cacert": {"x": 1}}, {"id": "ssl-cert", "ssl-cert": [{"pem": "P"}, {"pem": "bad"}]}, {"id": "ssl-cert"}`),
		onPort(`{"id": "ssl-cert", "ssl-cert": [{"pem": "P", "read": "anew"}]}, {"id": "ssl-cacert", "ssl-cert": [{"x": 1}]},
			{"id": "ssl-cert", "ssl-cert": [{"pem": "P", "read": "anew"}, {"pem": "bad"}]}, {"id": "ssl-cert"}`)},
	{18, "fingerprint", // test vector 11
		onPort(`{"id": "ssh2-enum-algos", "output": "o", "ssh2-enum-algos": {"kex_algorithms": ["curve25519-sha256", "x"], "encryption_algorithms": ["aes128-ctr"],
			"mac_algorithms_server_to_client": ["hmac-sha1"], "mac_algorithms_client_to_server": ["y"], "compression_algorithms": ["none"]}}, {"id": "ssh2-enum-algos", "output": "o"}`),
		onPort(`{"id": "ssh2-enum-algos", "output": "o\n  HASSH\n    version: 1.1\n    raw: curve25519-sha256,x;aes128-ctr;hmac-sha1;none\n    md5: 7ab55a5b369a2ea00c8f40dc5c1b77d1\n    sha1: 33559299bf9ce41c4a0b8f42a49976afeee7111b\n    sha256: dff73e35fcad63920fcaa2e3ea90b542700d6e8a8f5fe042c3fcf55a73d70cec",
			"ssh2-enum-algos": {"kex_algorithms": ["curve25519-sha256", "x"], "encryption_algorithms": ["aes128-ctr"],
			"mac_algorithms_server_to_client": ["hmac-sha1"], "mac_algorithms_client_to_server": ["y"], "compression_algorithms": ["none"],
			"hassh": {"version": "1.1", "raw": "curve25519-sha256,x;aes128-ctr;hmac-sha1;none", "md5": "7ab55a5b369a2ea00c8f40dc5c1b77d1",
			"sha1": "33559299bf9ce41c4a0b8f42a49976afeee7111b", "sha256": "dff73e35fcad63920fcaa2e3ea90b542700d6e8a8f5fe042c3fcf55a73d70cec"}}}, {"id": "ssh2-enum-algos", "output": "o"}`)},
	{19, "SMB", // test vector 13
		onPort(`{"id": "a"}, {"id": "smb-os-discovery", "output": "o", "smb-os-discovery": {"os": "Windows Server 2016 Standard 14393", "lanmanager": "Windows Server 2016 Standard 6.3",
			"date": "2024-01-01T00:00:00+00:00", "fqdn": "srv.corp.example.com", "workgroup": "CORP\\x00"}}, {"id": "b"}`),
		onPort(`{"id": "a"}, {"id": "smb-os-discovery", "output": "  OS: Windows Server 2016 Standard 14393\n  LAN Manager: Windows Server 2016 Standard 6.3\n  System Time: 2024-01-01T00:00:00+00:00",
			"smb-os-discovery": {"os": "Windows Server 2016 Standard 14393", "lanmanager": "Windows Server 2016 Standard 6.3", "date": "2024-01-01T00:00:00+00:00"}},
			{"id": "ntlm-info", "output": "  DNS_Computer_Name: srv.corp.example.com\n  Workgroup: CORP\\x00\n  Product_Version: 10.0.14393\n  NTLM_Version: 15",
			"ntlm-info": {"DNS_Computer_Name": "srv.corp.example.com", "Workgroup": "CORP\\x00", "Product_Version": "10.0.14393", "NTLM_Version": "15", "protocol": "smb"}}, {"id": "b"}`)},
	{19, "SMB without structure", onPort(`{"id": "smb-os-discovery", "output": "o"}`), onPort(`{"id": "smb-os-discovery", "output": "o"}`)},
	{19, "NTLM", // test vector 12
		onPort(`{"id": "rdp-ntlm-info", "rdp-ntlm-info": {"Target_Name": "CORP"}}, {"id": "http-ntlm-info", "ntlm-info": {"\\\\srv": {"Target_Name": "A"}}}, {"id": "ms-sql-ntlm-info", "output": "o"}`),
		onPort(`{"id": "ntlm-info", "ntlm-info": {"Target_Name": "CORP", "protocol": "rdp"}}, {"id": "ntlm-info", "ntlm-info": {"Target_Name": "A", "protocol": "http"}}, {"id": "ntlm-info", "output": "o"}`)},
	{20, "flag", `{"synack_honeypot": true, "tags": [{"value": "a"}]}`, `{"tags": [{"value": "a"}, {"value": "Honeypot", "type": "warning", "info": ["SYN+ACK honeypot"]}]}`},
	{20, "no flag", `{"synack_honeypot": false}`, `{}`},
	{20, "accounts", onPort(`{"id": "http-default-accounts", "http-default-accounts": {"Apache Tomcat 7_0": {"cpe": "c", "paths": []}}}`),
		onPort(`{"id": "http-default-accounts", "http-default-accounts": [{"name": "Apache Tomcat 7_0", "cpe": "c", "paths": []}]}`)},
	{20, "Nuclei", onPort(`{"id": "http-nuclei", "http-nuclei": [{"name": "a"}]}, {"id": "ssl-nuclei", "nuclei": []}`),
		onPort(`{"id": "http-nuclei", "nuclei": [{"name": "a"}]}, {"id": "ssl-nuclei", "nuclei": []}`)},
	{21, "fingerprint", onPort(`{"id": "ssl-jarm", "output": " 29d2 \n"}, {"id": "ssl-jarm", "output": " "}`), onPort(`{"id": "ssl-jarm", "output": " 29d2 \n", "ssl-jarm": "29d2"}, {"id": "ssl-jarm", "output": " "}`)},
	{22, "dropped", `{"scanid": ["x"], "infos": {"city": "Paris"}, "tags": [{"value": "a"}]}`, `{"tags": [{"value": "a"}]}`},
}

func TestSteps(t *testing.T) {
	tested := map[int]bool{}
	for _, tt := range stepTests {
		tested[tt.to] = true
		t.Run(fmt.Sprint(tt.to, " ", tt.name), func(t *testing.T) {
			rec := readObject(t, tt.from)
			steps[tt.to-1](&testOptions, rec)
			if diff := cmp.Diff(sortedText(readObject(t, tt.want)), sortedText(rec)); diff != "" {
				t.Error(diff)
			}
			// Without the functions of Options, and on records of other shapes, nothing must fail.
			steps[tt.to-1](&Options{}, readObject(t, tt.from))
			steps[tt.to-1](&testOptions, readObject(t, strings.NewReplacer("{", `{"z": [`, "}", `]}`, ": ", `, `).Replace(tt.from)))
		})
	}
	for to := range steps {
		if !tested[to+1] {
			t.Errorf("the step to version %d is not tested", to+1)
		}
	}
}

func readObject(t testing.TB, text string) *host.Object {
	t.Helper()
	v, err := host.DecodeValue([]byte(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v.(*host.Object)
}

// sortedText shows a value with one member per line.
func sortedText(v host.Value) string {
	sortMembers(v)
	return strings.ReplaceAll(string(host.AppendValue(nil, v)), ", ", ",\n")
}

func TestWindowsBuild(t *testing.T) {
	tests := []struct{ os, want string }{
		{"Windows 5.1", "5.1.2600"},
		{"Windows Server 2003 3790 Service Pack 1", "5.2.3790.1180"},
		{"Windows 10 Enterprise 19041", "10.0.19041"},
		{"Windows 10 Enterprise LTSC 2019 17763", "10.0.17763"},
		{"Windows 10 Enterprise Evaluation 2016 LTSB 14393", "10.0.14393"},
		{"Windows 10 Enterprise 99999", ""},
		{"Windows 10 Enterprise Pro 19041", ""},
		{"Windows 10 Enterprise ", ""},
		{"5.1", ""},
		{"", ""},
	}
	for _, tt := range tests {
		if got := nse.WindowsBuild(tt.os); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.os, got, tt.want)
		}
	}
}
