package nmapscript

import (
	"regexp"
	"strings"
	"testing"

	"ivre/ingest/host"
)

func TestIgnored(t *testing.T) {
	const md5 = "d41d8cd98f00b204e9800998ecf8427e"
	const hash = "0123456789abcdef0123456789abcdef"
	for _, c := range []struct {
		id, output string
		want       bool
	}{
		{"foo", "false", true}, {"foo", "false ", false}, {"foo", "Unable to open connection", true}, {"foo", "TIMEOUT", true}, {"foo", "ERROR", true}, {"foo", "", false},
		{"foo", "\n", true}, {"foo", "\r\n", true}, {"foo", " \n", false}, {"foo", "x", false}, {"http-screenshot", "x", true},

		{"foo", "  ERROR: Script execution failed (use -d to debug)", true}, {"foo", "a\n   ERROR: Receiving packet: EOF\nb", true}, {"foo", "ERROR: ERROR: x", true},
		{"foo", "x ERROR: Failed to connect to server", false}, {"foo", "ERROR: x\nERROR: Failed to connect to server", true}, {"foo", "ERROR: Failed to connect", false},
		{"foo", "\tERROR: Failed to connect to server", false}, {"foo", "ERROR:  ERROR", false}, {"foo", "x ERROR: ERROR: ERROR", false},

		{"foo", "SMB: TIMEOUT", true}, {"foo", "a\n  ERROR: b TIMEOUT c", true}, {"foo", "TIMEOUT SMB:", false}, {"foo", "SMB: x\nTIMEOUT", false}, {"foo", "TIMEOUT\nSMB:TIMEOUT", true},
		{"foo", "x SMB: TIMEOUT", false},

		{"foo", "bar " + md5, true}, {"foo", strings.ToUpper(md5), true}, {"foo", md5[1:], false}, {"foo", md5[:31], false}, {"foo", "9800998" + md5 + "x", true},
		{"foo", "d41d8cd98f00b204e9800998" + md5, true}, {"foo", "9800998009800998", false},

		{"smtp-commands", "Couldn't establish connection on port 25", true}, {"smtp-commands", "Couldn't establish connection on port 25x", false}, {"smtp-commands", "Couldn't establish connection on port ", false},
		{"ms-sql-config", "x\n  ERROR: No login credentials", true}, {"ms-sql-tables", "No login credentials.\n", true}, {"ms-sql-query", "No login credentials..", false},
		{"ms-sql-hasdbaccess", "  TCP: Socket connection failed, Named Pipes: No named pipe for this instance.", true}, {"ms-sql-dump-hashes", "  x No login credentials", false}, {"ms-sql-info", "No login credentials", false},
		{"irc-botnet-channels", "\n  ERROR: Closing Link: x", true}, {"irc-botnet-channels", "\n  ERROR: EOF\n", true}, {"irc-botnet-channels", "ERROR: Closing Link: x", false},
		{"http-php-version", "Logo query returned unknown hash " + hash, true}, {"http-php-version", "Credits query returned unknown hash " + hash, true},
		{"http-php-version", "Logo query returned unknown hash " + hash + "\nCredits query returned unknown hash " + hash, true},
		{"http-php-version", "Logo query returned unknown hash " + hash + "Credits query returned unknown hash " + hash, false}, {"http-php-version", "", false},
		{"http-php-version", "Logo query returned unknown hash " + hash[1:], false}, {"http-php-version", "Logo query returned unknown hash " + hash + "\nVersion", false},
		{"p2p-conficker", "x Host is CLEAN or ports are blocked y", true}, {"p2p-conficker", "x", false},
		{"dns-nsec-enum", "Can't determine domain for host 192.0.2.1; use dns-nsec-enum.domains script arg.", true}, {"dns-nsec3-enum", "Can't determine domain for host ; use dns-nsec3-enum.domains script arg!", true},
		{"dns-nsec3-enum", "Can't determine domain for host a; use dns-nsec-enum.domains script arg.", false}, {"dns-nsec-enum", "Can't determine domain for host \n; use dns-nsec-enum.domains script arg.", false},
		{"dns-nsec-enum", "Can't determine domain for host ", false},
		{"http-vhosts", "\n12 names had status 200\nx", true}, {"http-vhosts", "\n128 names had status ERROR", true}, {"http-vhosts", "\n names had status 200", false}, {"http-vhosts", "12 names had status 200", false},
		{"http-vhosts", "\n12 names had status 20", false}, {"http-vhosts", "\n12 names", false},
		{"http-fileupload-exploiter", "", true}, {"http-fileupload-exploiter", strings.Repeat("\n  \n    Couldn't find a file-type field.", 2), true}, {"http-fileupload-exploiter", "\n  \n    x", false},
	} {
		if got := Ignored(c.id, c.output, true); got != c.want {
			t.Errorf("%s %q: %v", c.id, c.output, got)
		}
		if got := Ignored(c.id, c.output, false); got != screenshotIDs[c.id] {
			t.Errorf("%s without an output: %v", c.id, got)
		}
	}
}

// TestEmptyTexts spells out those texts that are long or come in several forms; all of them are dropped for their script
// only.
func TestEmptyTexts(t *testing.T) {
	for id, outputs := range map[string][]string{
		"ajp-request":            {"\n  ERROR: Failed to retrieve response for request", "\n  ERROR: Failed to connect to AJP server"},
		"bitcoin-getaddr":        {"\n  ERROR: Failed to extract address information", "\n  ERROR: Failed to extract version information"},
		"giop-info":              {"  \n  ERROR: Failed to read Packet.GIOP"},
		"http-default-accounts":  {"[ERROR] HTTP request table is empty. This should not happen since we at least made one request."},
		"http-headers":           {"\n  (Request type: GET)\n"},
		"http-sitemap-generator": {"\n  Directory structure:\n    /\n      Other: 1\n  Longest directory structure:\n    Depth: 0\n    Dir: /\n  Total files found (by extension):\n    Other: 1\n"},
		"mcafee-epo-agent":       {"ePO Agent not found"},
		"rsync-list-modules":     {"\n  ERROR: Failed to connect to rsync server", "\n  ERROR: Failed to retrieve a list of modules"},
		"sip-call-spoof":         {"ERROR: Failed to connect to the SIP server."},
		"smb-mbenum":             {"\n  ERROR: Failed to connect to browser service: SMB: ERROR: Server disconnected the connection"},
		"snmp-hh3c-logins":       {"\n  baseoid: 1.3.6.1.4.1.25506.2.12.1.1.1"},
		"telnet-encryption":      {"\n  ERROR: Failed to send packet: TIMEOUT"},
	} {
		for _, output := range outputs {
			if !Ignored(id, output, true) {
				t.Errorf("%s %q is kept", id, output)
			}
		}
	}
	if len(emptyTexts) != 51 {
		t.Errorf("%d scripts have texts that say nothing", len(emptyTexts))
	}
	for id, outputs := range emptyTexts {
		for _, output := range outputs {
			if Ignored("other", output, true) != (hasFailure(output) || hasTimeout(output)) || Ignored(id, output+"x", true) && !hasFailure(output) && !hasTimeout(output) {
				t.Errorf("%s: %q is not only dropped as it is", id, output)
			}
		}
	}
}

// The patterns that define reports of failures.
var (
	failurePattern = regexp.MustCompile(`(?m)^ *ERROR: (Failed to connect to server|Failed to receive response from server|` +
		`Script execution failed \(use -d to debug\)|Receiving packet: ERROR|Receiving packet: EOF|Failed to send packet: ERROR|ERROR)`)
	timeoutPattern = regexp.MustCompile(`(?m)^ *(SMB|ERROR):.*TIMEOUT`)
	hashPattern    = regexp.MustCompile(`(?i)d41d8cd98f00b204e9800998ecf8427e`)
)

func FuzzIgnored(f *testing.F) {
	for _, s := range []string{"a\n  ERROR: ERROR: Failed to connect to server", " SMB: x\n ERROR:TIMEOUT", "d41D8cd98f00b204e9800998ecf8427e9800998", "ERROR: Receiving packet: EOF"} {
		f.Add("foo", s)
	}
	f.Fuzz(func(t *testing.T, id, s string) {
		if got, want := hasFailure(s), failurePattern.MatchString(s); got != want {
			t.Errorf("failure: %v, want %v", got, want)
		}
		if got, want := hasTimeout(s), timeoutPattern.MatchString(s); got != want {
			t.Errorf("timeout: %v, want %v", got, want)
		}
		if got, want := hasHashOfNothing(s), hashPattern.MatchString(s); got != want {
			t.Errorf("hash: %v, want %v", got, want)
		}
		for id, isEmpty := range emptyPatterns {
			isEmpty(id, s)
		}
		Ignored(id, s, true)
	})
}

func BenchmarkIgnored(b *testing.B) {
	output := strings.Repeat("\n  Some-Header: some value, and ERROR-free 0123456789", 20)
	b.SetBytes(int64(len(output)))
	b.ReportAllocs()
	for range b.N {
		if Ignored("http-headers", output, true) {
			b.Fatal("ignored")
		}
	}
}

func BenchmarkApply(b *testing.B) {
	s := host.Script{ID: "http-headers", HasOutput: true, Output: "\n  Server: nginx/1.22.1\n  Date: Wed, 25 Nov 2026 17:24:34 GMT\n  Content-Type: text/html\n  Content-Length: 76\n  Connection: close\n  \n  (Request type: HEAD)\n"}
	other := host.Script{ID: "tls-alpn", HasOutput: true, Output: "\n  http/1.1\n", Data: host.List{"http/1.1"}}
	pl, h := &Pipeline{}, &host.Host{}
	p := host.Port{Port: 80, Protocol: "tcp"}
	b.ReportAllocs()
	for range b.N {
		p.Scripts = p.Scripts[:0]
		pl.Apply(h, &p, s)
		pl.Apply(h, &p, other)
	}
}
