package zeekscript

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// script returns a script without its comments.
func script(t *testing.T, name string) string {
	t.Helper()
	b, err := fs.ReadFile(Files(), "scripts/"+name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

func scripts(t *testing.T) map[string]string {
	t.Helper()
	names, err := fs.Glob(Files(), "scripts/*.zeek")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for _, name := range names {
		base := filepath.Base(name)
		all[base] = script(t, base)
	}
	return all
}

// block returns what is between the braces after start.
func block(t *testing.T, text, start string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, start)
	if !ok {
		t.Fatalf("no %q", start)
	}
	body, _, ok := strings.Cut(rest, "\n\t};")
	if !ok {
		t.Fatalf("%q does not end", start)
	}
	return body
}

func TestColumns(t *testing.T) {
	field := regexp.MustCompile(`(?m)^\t\t(\w+): (\w+) &log( &optional| &default=UNKNOWN)?;$`)
	body := block(t, script(t, "main.zeek"), "type Info: record {")
	var got []Column
	for _, m := range field.FindAllStringSubmatch(body, -1) {
		c := Column{m[1], m[2]}
		if c.Type == "Type" {
			c.Type = "enum"
		}
		got = append(got, c)
	}
	if diff := cmp.Diff(Columns(), got); diff != "" {
		t.Errorf("columns of the log (-Columns +script):\n%s", diff)
	}
	if n := strings.Count(body, ";"); n != len(got) {
		t.Errorf("%d fields, %d of them understood", n, len(got))
	}
}

func TestRecontypes(t *testing.T) {
	var got []string
	for _, name := range strings.Split(block(t, script(t, "main.zeek"), "type Type: enum {"), ",") {
		if name = strings.TrimSpace(name); name != "" {
			got = append(got, name)
		}
	}
	if diff := cmp.Diff(Recontypes(), got); diff != "" {
		t.Errorf("kinds (-Recontypes +script):\n%s", diff)
	}
}

// TestRecontypesAreWritten checks that each kind is written by a script, and that no other is.
func TestRecontypesAreWritten(t *testing.T) {
	use := regexp.MustCompile(`(?:about_(?:client|server)\((?:c|f\$conns\[id\]), |\$recon_type=)([A-Z0-9_]+)`)
	written := map[string]bool{"UNKNOWN": true}
	for name, text := range scripts(t) {
		for _, m := range use.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(Recontypes(), m[1]) {
				t.Errorf("%s writes %s", name, m[1])
			}
			written[m[1]] = true
		}
	}
	for _, kind := range Recontypes() {
		if !written[kind] {
			t.Errorf("no script writes %s", kind)
		}
	}
}

// TestSources checks that the texts that records are told apart by are those that the importer knows.
func TestSources(t *testing.T) {
	for name, want := range map[string][]string{
		"http.zeek": {
			"USER-AGENT", "X-FLASH-VERSION", "ACCEPT-LANGUAGE", "AUTHORIZATION", "PROXY-AUTHORIZATION", "X-FORWARDED-FOR",
			"VIA", "HOST", "SERVER", "X-SERVER", "X-POWERED-BY", "X-GENERATOR", "WWW-AUTHENTICATE", "PROXY-AUTHENTICATE",
			"MICROSOFTSHAREPOINTTEAMSERVICES",
		},
		"ssh.zeek": {
			"kex_algorithms", "server_host_key_algorithms", "encryption_algorithms", "mac_algorithms",
			"compression_algorithms", "SSHv2", "SSHv1", "hassh-v1.1",
		},
		"tls.zeek":         {"ja3", "ja4", "ja3-", "UNKNOWN", "cert", "cacert"},
		"dns.zeek":         {"A", "AAAA", "PTR", "CNAME", "NS", "MX"},
		"credentials.zeek": {"USER", "PASS"},
		"arp.zeek":         {"ARP_REQUEST_SRC", "ARP_REQUEST_DST", "ARP_REPLY_SRC", "ARP_REPLY_DST"},
		"banners.zeek":     {"TCP"},
		"ntlm.zeek": {
			"Target_Name", "NetBIOS_Domain_Name", "NetBIOS_Computer_Name", "DNS_Domain_Name", "DNS_Computer_Name",
			"DNS_Tree_Name", "User_Name", "Workstation", "Product_Version", "Protocol",
			"os", "lanmanager", "domain", "account_name", "account_password", "is_guest:true", "is_guest:false",
		},
	} {
		text := script(t, name)
		for _, source := range want {
			if !strings.Contains(text, `"`+source+`"`) {
				t.Errorf("%s: no %q", name, source)
			}
		}
	}
	for _, format := range []string{`"ntlm-fingerprint:0x%08x"`, `"NTLM_Version:%d"`} {
		if !strings.Contains(script(t, "ntlm.zeek"), format) {
			t.Errorf("no %s", format)
		}
	}
}

// TestLoads checks that every script is loaded, and that what is loaded from the package is there.
func TestLoads(t *testing.T) {
	load := regexp.MustCompile(`(?m)^@load \./(\w+)$`)
	all := scripts(t)
	loaded := map[string]bool{"__load__.zeek": true, "standalone.zeek": true}
	for name, text := range all {
		for _, m := range load.FindAllStringSubmatch(text, -1) {
			target := m[1] + ".zeek"
			if _, ok := all[target]; !ok {
				t.Errorf("%s loads %s, which does not exist", name, target)
			}
			if name == "__load__.zeek" {
				loaded[target] = true
			}
		}
		if name != "__load__.zeek" && name != "standalone.zeek" && !strings.Contains(text, "\nmodule PassiveRecon;\n") {
			t.Errorf("%s is not in the module", name)
		}
	}
	for name := range all {
		if !loaded[name] {
			t.Errorf("__load__.zeek does not load %s", name)
		}
	}
}

// events are the events that the scripts handle, with the types of their parameters in Zeek 5 to 7.
var events = map[string]string{
	"arp_reply":                        "string string addr string addr string",
	"arp_request":                      "string string addr string addr string",
	"connection_established":           "connection",
	"connection_state_remove":          "connection",
	"dns_A_reply":                      "connection dns_msg dns_answer addr",
	"dns_AAAA_reply":                   "connection dns_msg dns_answer addr",
	"dns_CNAME_reply":                  "connection dns_msg dns_answer string",
	"dns_MX_reply":                     "connection dns_msg dns_answer string count",
	"dns_NS_reply":                     "connection dns_msg dns_answer string",
	"dns_PTR_reply":                    "connection dns_msg dns_answer string",
	"dns_request":                      "connection dns_msg string count count",
	"ftp_request":                      "connection string string",
	"http_header":                      "connection bool string string string",
	"http_request":                     "connection string string string string",
	"ntlm_authenticate":                "connection NTLM::Authenticate",
	"ntlm_challenge":                   "connection NTLM::Challenge",
	"ntlm_negotiate":                   "connection NTLM::Negotiate",
	"pop3_request":                     "connection bool string string",
	"smb1_session_setup_andx_request":  "connection SMB1::Header SMB1::SessionSetupAndXRequest",
	"smb1_session_setup_andx_response": "connection SMB1::Header SMB1::SessionSetupAndXResponse",
	"smb2_session_setup_response":      "connection SMB2::Header SMB2::SessionSetupResponse",
	"ssh1_server_host_key":             "connection string string",
	"ssh2_server_host_key":             "connection string",
	"ssh_capabilities":                 "connection string SSH::Capabilities",
	"ssh_client_version":               "connection string",
	"ssh_server_version":               "connection string",
	"ssl_client_hello":                 "connection count count time string string index_vec index_vec",
	"ssl_extension":                    "connection bool count string",
	"ssl_extension_application_layer_protocol_negotiation": "connection bool string_vec",
	"ssl_extension_ec_point_formats":                       "connection bool index_vec",
	"ssl_extension_elliptic_curves":                        "connection bool index_vec",
	"ssl_extension_signature_algorithm":                    "connection bool signature_and_hashalgorithm_vec",
	"ssl_extension_supported_versions":                     "connection bool index_vec",
	"ssl_server_hello":                                     "connection count count time string string count count",
	"x509_certificate":                                     "fa_file opaque of x509 X509::Certificate",
	"zeek_init":                                            "",
}

// TestEvents checks that handlers have the parameters of their events: Zeek ignores events that it does not know.
func TestEvents(t *testing.T) {
	handler := regexp.MustCompile(`(?m)^event (\w+)\(([^)]*)\)`)
	handled := make(map[string]bool)
	for name, text := range scripts(t) {
		for _, m := range handler.FindAllStringSubmatch(text, -1) {
			var types []string
			for _, param := range strings.Split(m[2], ",") {
				if _, typ, ok := strings.Cut(param, ": "); ok {
					types = append(types, typ)
				}
			}
			want, ok := events[m[1]]
			if got := strings.Join(types, " "); !ok || got != want {
				t.Errorf("%s: event %s(%s), want (%s)", name, m[1], got, want)
			}
			handled[m[1]] = true
		}
	}
	for name := range events {
		if !handled[name] {
			t.Errorf("no script handles %s", name)
		}
	}
}

// TestSignatures checks that the functions of the signatures exist.
func TestSignatures(t *testing.T) {
	b, err := fs.ReadFile(Files(), "scripts/banners.sig")
	if err != nil {
		t.Fatal(err)
	}
	text := script(t, "banners.zeek") + script(t, "honeypots.zeek")
	calls := regexp.MustCompile(`eval PassiveRecon::(\w+)`).FindAllStringSubmatch(string(b), -1)
	if n := strings.Count(string(b), "signature passiverecon-"); n != len(calls) || n == 0 {
		t.Errorf("%d signatures with %d functions", n, len(calls))
	}
	for _, m := range calls {
		if !strings.Contains(text, "\nfunction "+m[1]+"(state: signature_state, data: string): bool\n") {
			t.Errorf("no function %s", m[1])
		}
	}
}

// TestBalanced checks that brackets close in each script, outside of texts and patterns.
func TestBalanced(t *testing.T) {
	quoted := regexp.MustCompile(`"(\\.|[^"\\\n])*"|(?m)/(\\.|[^/\\\n])+/( ==| \|| in| !in|;)`)
	closing := map[rune]rune{')': '(', ']': '[', '}': '{'}
	for name, text := range scripts(t) {
		var open []rune
		for _, r := range quoted.ReplaceAllString(text, "") {
			switch r {
			case '(', '[', '{':
				open = append(open, r)
			case ')', ']', '}':
				if len(open) == 0 || open[len(open)-1] != closing[r] {
					t.Fatalf("%s: %q closes nothing", name, r)
				}
				open = open[:len(open)-1]
			}
		}
		if len(open) > 0 {
			t.Errorf("%s: %q is not closed", name, string(open))
		}
	}
}

// TestOptions checks what users set: the names are part of the interface.
func TestOptions(t *testing.T) {
	text := script(t, "main.zeek")
	for _, want := range []string{"option HONEYPOTS: set[addr]", `getenv("LOG_PATH")`, `getenv("LOG_ROTATE")`, `"/dev/stdout"`} {
		if !strings.Contains(text, want) {
			t.Errorf("main.zeek: no %s", want)
		}
	}
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	target, err := Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "passiverecon"); target != want {
		t.Errorf("written to %s, want %s", target, want)
	}
	for _, name := range []string{"zkg.meta", "README.md", "scripts/__load__.zeek", "scripts/main.zeek", "scripts/banners.sig"} {
		want, err := fs.ReadFile(Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(target, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if _, err := Write(dir); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second Write: %v, want fs.ErrExist", err)
	}
}
