package passivederive

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
	"ivre/ingest/passive"
)

const infoless = ""

// one is a record that comes out alone, without address, port and second value.
func one(kind, source, value, infos string) []string {
	s := kind + "|" + source + "||0||" + value
	if infos != infoless {
		s += " " + infos
	}
	return []string{s}
}

// TestHeaders covers what the vectors of the specification do not say about HTTP headers and NTLM.
func TestHeaders(t *testing.T) {
	auth := func(value string) passive.Record { return record("HTTP_CLIENT_HEADER", "AUTHORIZATION", value) }
	ask := func(value string) passive.Record { return record("HTTP_SERVER_HEADER", "WWW-AUTHENTICATE", value) }
	authOut := func(value, infos string) []string { return one("HTTP_CLIENT_HEADER", "AUTHORIZATION", value, infos) }
	agent := func(s string) passive.Record { return record("HTTP_CLIENT_HEADER", "USER-AGENT", s) }
	agentOut := func(s string) []string { return one("HTTP_CLIENT_HEADER", "USER-AGENT", s, infoless) }
	runVectors(t, []vector{
		{"user agent with spaces", agent("Mozilla/5.0 AAAAA"), agentOut("Mozilla/5.0 AAAAA")},
		{"user agent of 32 characters", agent(strings.Repeat("x", 32) + "AAAAA"), agentOut("SymantecRandomUserAgent")},
		{"user agent of 31 characters", agent(strings.Repeat("x", 31) + "AAAAA"), agentOut(strings.Repeat("x", 31) + "AAAAA")},
		{"SEP without commas", agent("SEP/14.3 MID/{01234567-89AB-CDEF-0123-456789ABCDEF} SID/12"), agentOut("SEP/14.3")},
		{"SEP with a lower case GUID", agent("SEP/14.3, MID/{01234567-89ab-CDEF-0123-456789ABCDEF}, SID/12"), agentOut("SEP/14.3, MID/{01234567-89ab-CDEF-0123-456789ABCDEF}, SID/12")},
		{"other headers keep user agents", record("HTTP_CLIENT_HEADER", "VIA", "AAAAAxyAB"), one("HTTP_CLIENT_HEADER", "VIA", "AAAAAxyAB", infoless)},
		{"Basic without colon", auth("Basic dXNlcg=="), authOut("Basic dXNlcg==", infoless)},
		{"Basic, not base64", auth("Basic !"), authOut("Basic !", infoless)},
		{"Basic, no padding", auth("Basic dXNlcjpwYXNzOndvcmQ"), authOut("Basic dXNlcjpwYXNzOndvcmQ", infoless)},
		{"Basic, other bytes", auth("basic " + base64.StdEncoding.EncodeToString([]byte("b\xe9\\:\n"))), authOut(`basic YulcOgo=`, `{"username": "b\\xe9\\\\", "password": "\\n"}`)},
		{"scheme only", auth("NTLM"), authOut("NTLM", infoless)},
		{"empty", auth(""), authOut("", infoless)},
		{"Digest with nothing to keep", auth(`DIGEST nonce="username=x, realm=y"`), authOut("DIGEST", infoless)},
		{"Digest of a server", ask(`Digest realm="r",nonce="n",domain="/a /b", qop="auth,auth-int"`), one("HTTP_SERVER_HEADER", "WWW-AUTHENTICATE", `Digest realm="r",domain="/a /b",qop="auth,auth-int"`, infoless)},
		{"Basic of a server", ask(`Basic realm="dXNlcjpwYXNzOndvcmQ="`), one("HTTP_SERVER_HEADER", "WWW-AUTHENTICATE", `Basic realm="dXNlcjpwYXNzOndvcmQ="`, infoless)},
		{"kerberos", auth("Kerberos YIIabcdef"), authOut("Kerberos", infoless)},
		{"several schemes", ask("Negotiate, NTLM"), one("HTTP_SERVER_HEADER", "WWW-AUTHENTICATE", "Negotiate, NTLM", infoless)},
		{"NTLM in Negotiate", ask("Negotiate " + ntlmChallenge), []string{
			`NTLM_SERVER_FLAGS|WWW-AUTHENTICATE||0||ntlm-fingerprint:0xe2898215 {"ntlm-fingerprint": "0xe2898215"}`,
			"HTTP_SERVER_HEADER|WWW-AUTHENTICATE||0||Negotiate " + ntlmPairs + " " + ntlmInfos}},
		{"NTLM in lower case", auth("ntlm " + ntlmNegotiate), []string{
			`NTLM_CLIENT_FLAGS|AUTHORIZATION||0||ntlm-fingerprint:0xa2088207 {"ntlm-fingerprint": "0xa2088207"}`, "HTTP_CLIENT_HEADER|AUTHORIZATION||0||"}},
		{"NTLM authenticate", auth("NTLM " + authenticateMessage), authOut(
			"NTLM NetBIOS_Domain_Name:RE9N,User_Name:Ylx4YzNceGE5", `{"NetBIOS_Domain_Name": "DOM", "User_Name": "b\\xc3\\xa9"}`)},
		{"NTLM authenticate, anonymous", auth("NTLM " + base64.StdEncoding.EncodeToString([]byte("NTLMSSP\x00\x03"+strings.Repeat("\x00", 60)))), authOut("NTLM", infoless)},
		{"NTLM of a sensor", record("NTLM_CHALLENGE", "tcp-SMB", "Target_Name:"+base64.StdEncoding.EncodeToString([]byte("É\\"))+",NTLM_Version:15"),
			one("NTLM_CHALLENGE", "tcp-SMB", `Target_Name:w4lc,NTLM_Version:15`, `{"Target_Name": "\\xc3\\x89\\\\", "NTLM_Version": "15"}`)},
		{"NTLM of a sensor, a key twice", record("NTLM_NEGOTIATE", "tcp-", "Workstation:QQ==,Workstation:Qg=="), one("NTLM_NEGOTIATE", "tcp-", "Workstation:QQ==,Workstation:Qg==", `{"Workstation": "B"}`)},
		{"guest", record("SMB", "tcp-SMB", "is_guest:true"), one("SMB", "tcp-SMB", "is_guest:true", `{"is_guest": true}`)},
	})
}

// TestBanners covers what is replaced in banners, and the services behind them.
func TestBanners(t *testing.T) {
	banner := func(value string) passive.Record { return record("TCP_SERVER_BANNER", "", value) }
	bannerOut := func(value string) []string { return one("TCP_SERVER_BANNER", "", value, infoless) }
	runVectors(t, []vector{
		{"user number", banner(`220-You are user number 17 of 50 allowed.\x0d\x0a220-Local time is now 13:37. Server port: 21.\x0d\x0a`), bannerOut(`220-You are user number 1 of 50 allowed.\r\n220-Local time is now 00:00. Server port: 21.\r\n`)},
		{"nothing but the first user", banner(`You are user number 1 of 50\x0d\x0a`), bannerOut(`You are user number 1 of 50\x0d\x0a`)},
		{"several dates", banner(`Mon, 1 Feb 1999 00:00:01 Sun,  9 Dec 2001 23:59:59 Sun, 10 Dec 3001 23:59:59`), bannerOut(`Thu, 1 Jan 1970 00:00:00 Thu, 1 Jan 1970 00:00:00 Sun, 10 Dec 3001 23:59:59`)},
		{"Gmail", banner(`220 mx.google.com ESMTP ab12-v6si1234567qtc.42 - gsmtp\x0d\x0a`), bannerOut(`220 mx.google.com ESMTP xx000-v6si00000000xxx.000 - gsmtp\r\n`)},
		{"Gmail, short", banner(`220 smtp.gmail.com ESMTP 1wr98765432wmb.7 - gsmtp\x0d\x0a`), bannerOut(`220 smtp.gmail.com ESMTP xx000wr00000000xxx.000 - gsmtp\r\n`)},
		{"OVH", banner(`220 mx1.example.com in12\x0d\x0a`), bannerOut(`220 mx1.example.com in00\r\n`)},
		{"OVH, end of data", banner(`220-mx1 in7`), bannerOut(`220-mx1 in00`)},
		{"Outlook", banner(`220 AM5EUR03FT042.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready\x0d\x0a`), bannerOut(`220 AM0EUR00FT000.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready\r\n`)},
		{"Outlook, as specified", banner(`220 AA9BBBB99CCC999.mail.protection.outlook.com x`), bannerOut(`220 AA0BBBB00CCC000.mail.protection.outlook.com x`)},
		{"Yahoo", banner(`220 mta1234.mail.bf1.yahoo.com ESMTP ready\x0d\x0a`), bannerOut(`220 mta0000.mail.bf1.yahoo.com ESMTP ready\r\n`)},
		{"POP3", banner(`+OK Dovecot ready <1234.1704164645@mx.example.com>\x0d\x0a`), bannerOut(`+OK Dovecot ready <000000.0000000000@mx.example.com>\r\n`)},
		{"POP3, later", banner(`x +OK Dovecot ready <1234.1704164645@mx>`), bannerOut(`x +OK Dovecot ready <1234.1704164645@mx>`)},
		{"binary banner that changes", banner(`\xff\\\x00You are user number 9 of \xe9`), bannerOut(`\xff\\\x00You are user number 1 of \xe9`)},
		{"MySQL, already normal", banner(mysqlNormal(13)), one("TCP_SERVER_BANNER", "", mysqlNormal(13), `{"service_name": "mysql", "service_product": "Acme SQL", "service_version": "5.7.33"}`)},
		{"MySQL, cut off in the block", banner(escaped(mysqlGreeting[:40])), one("TCP_SERVER_BANNER", "", escaped(mysqlGreeting[:40]), `{"service_name": "mysql", "service_product": "Acme SQL", "service_version": "5.7.33"}`)},
		{"tunnel and host name", banner(`220 mx.example.com ESMTP Acme\x0d\x0a`), one("TCP_SERVER_BANNER", "", `220 mx.example.com ESMTP Acme\x0d\x0a`, `{"service_name": "smtp", "service_hostname": "mx.example.com", "service_product": "Acme mail", "service_tunnel": "ssl"}`)},
		{"SSH", record("SSH_SERVER", "", "SSH-2.0-AcmeSSH_1.5"), one("SSH_SERVER", "", "SSH-2.0-AcmeSSH_1.5", `{"service_name": "ssh", "service_devicetype": "router", "service_extrainfo": "protocol 2.0", "service_ostype": "Unix", "service_product": "Acme SSH", "service_version": "1.5"}`)},
		{"web server", record("HTTP_SERVER_HEADER", "SERVER", "acme/2.0 (Unix)"), one("HTTP_SERVER_HEADER", "SERVER", "acme/2.0 (Unix)", `{"service_name": "http", "service_extrainfo": "Unix", "service_product": "Acme httpd", "service_version": "2.0"}`)},
		{"unknown web server", record("HTTP_SERVER_HEADER", "SERVER", "x"), one("HTTP_SERVER_HEADER", "SERVER", "x", infoless)},
		{"other header of a server", record("HTTP_SERVER_HEADER", "X-POWERED-BY", "acme/2.0"), one("HTTP_SERVER_HEADER", "X-POWERED-BY", "acme/2.0", infoless)},
	})
}

// TestOtherKinds covers payloads, fingerprints, keys and DNS blacklists.
func TestOtherKinds(t *testing.T) {
	runVectors(t, []vector{
		{"STUN", record("STUN_HONEYPOT_REQUEST", "udp/3478", `\x00\x01\x0d\x0aé`), one("STUN_HONEYPOT_REQUEST", "udp/3478", `\x00\x01\r\n\xc3\xa9`, infoless)},
		{"UDP probe", record("UDP_HONEYPOT_HIT", "udp/7", `help\r\n\r\n`), one("UDP_HONEYPOT_HIT", "udp/7", `help\r\n\r\n`, `{"service_name": "scanner", "service_product": "Nmap", "service_extrainfo": "UDP probe Help"}`)},
		{"UDP payload", record("UDP_HONEYPOT_HIT", "udp/53", `\x00\x01`), one("UDP_HONEYPOT_HIT", "udp/53", `\x00\x01`, `{"service_name": "scanner", "service_product": "Nmap", "service_extrainfo": "UDP payload 53,69"}`)},
		{"UDP payload on several lines", record("UDP_HONEYPOT_HIT", "udp/53", `two lines`), one("UDP_HONEYPOT_HIT", "udp/53", `two lines`, `{"service_name": "scanner", "service_product": "Nmap", "service_extrainfo": "UDP payload 1000-1001"}`)},
		{"TCP is not UDP", record("TCP_CLIENT_BANNER", "tcp/7", `help\r\n\r\n`), one("TCP_CLIENT_BANNER", "tcp/7", `help\r\n\r\n`, infoless)},
		{"unfinished payload", record("UDP_HONEYPOT_HIT", "udp/9", `open`), one("UDP_HONEYPOT_HIT", "udp/9", `open`, infoless)},
		{"DTLS", record("SSL_CLIENT", "ja4", "dd2i010000_cc9a9ccdc355_d2e2adf7177b"), one("SSL_CLIENT", "ja4", "dd2i010000_cc9a9ccdc355_d2e2adf7177b", `{"ja4_a": "dd2i010000", "ja4_b": "cc9a9ccdc355", "ja4_c": "d2e2adf7177b"}`)},
		{"server without client", record("SSL_SERVER", "ja3-"+ja3MD5, ja3MD5), one("SSL_SERVER", "ja3-"+ja3MD5, ja3MD5, infoless)},
		{"ed25519", record("SSH_SERVER_HOSTKEY", "SSHv2", escaped(sshBlob("ssh-ed25519", strings.Repeat("k", 32)))), keyOut("SSHv2", sshBlob("ssh-ed25519", strings.Repeat("k", 32)), `, "algo": "ssh-ed25519", "bits": 256`)},
		{"ECDSA", record("SSH_SERVER_HOSTKEY", "SSHv2", escaped(sshBlob("ecdsa-sha2-nistp256", "nistp256", "p"))), keyOut("SSHv2", sshBlob("ecdsa-sha2-nistp256", "nistp256", "p"), `, "algo": "ecdsa-sha2-nistp256", "bits": 256`)},
		{"DSA", record("SSH_SERVER_HOSTKEY", "SSHv2", escaped(sshBlob("ssh-dss", "\x00\x81", "q"))), keyOut("SSHv2", sshBlob("ssh-dss", "\x00\x81", "q"), `, "algo": "ssh-dss", "bits": 8`)},
		{"other key", record("SSH_SERVER_HOSTKEY", "SSHv2", escaped(sshBlob("ssh-x\n", "k"))), keyOut("SSHv2", sshBlob("ssh-x\n", "k"), `, "algo": "ssh-x\\n"`)},
		{"no key", record("SSH_SERVER_HOSTKEY", "SSHv2", "abc"), keyOut("SSHv2", []byte("abc"), "")},
		{"version 1", record("SSH_SERVER_HOSTKEY", "SSHv1", "35 1267650600228229401496703205377"), keyOut("SSHv1", []byte("35 1267650600228229401496703205377"), `, "exponent": "35", "modulus": "1267650600228229401496703205377", "bits": 101`)},
		{"version 1, no numbers", record("SSH_SERVER_HOSTKEY", "SSHv1", "35 x"), keyOut("SSHv1", []byte("35 x"), "")},
		{"DNSBL for a name", passive.Record{Recontype: "DNS_ANSWER", Source: "CNAME-192.0.2.53-53", Value: "2.0.0.127.blacklist.woody.ch", TargetVal: "t.example"},
			[]string{`DNS_BLACKLIST|blacklist.woody.ch-CNAME-192.0.2.53-53|127.0.0.2|0|t.example| {"domain": ["blacklist.woody.ch", "woody.ch", "ch"]}`}},
		{"DNSBL, below a zone with a dash", with(record("DNS_ANSWER", "A-2001:db8::53-53", "2.0.0.127.my-key.zen.spamhaus.org"), "127.0.0.9", 0),
			[]string{`DNS_BLACKLIST|my-key.zen.spamhaus.org-A-2001:db8::53-53|127.0.0.2|0||127.0.0.9 {"domain": ["my-key.zen.spamhaus.org", "zen.spamhaus.org", "spamhaus.org", "org"]}`}},
		{"DNSBL, no address", record("DNS_ANSWER", "A-192.0.2.53-53", "256.0.0.127.zen.spamhaus.org"), one("DNS_ANSWER", "A-192.0.2.53-53", "256.0.0.127.zen.spamhaus.org",
			`{"domain": ["256.0.0.127.zen.spamhaus.org", "0.0.127.zen.spamhaus.org", "0.127.zen.spamhaus.org", "127.zen.spamhaus.org", "zen.spamhaus.org", "spamhaus.org", "org"]}`)},
		{"DNSBL, the zone itself", record("DNS_ANSWER", "A-192.0.2.53-53", "zen.spamhaus.org"), one("DNS_ANSWER", "A-192.0.2.53-53", "zen.spamhaus.org", `{"domain": ["zen.spamhaus.org", "spamhaus.org", "org"]}`)},
		{"kind without a rule", record("OPEN_PORT", "TCP", `tcp/80\x0d`), one("OPEN_PORT", "TCP", `tcp/80\x0d`, infoless)},
	})
}

// authenticateMessage is the last message of bé of the domain DOM.
var authenticateMessage = func() string {
	b := make([]byte, 64)
	copy(b, "NTLMSSP\x00\x03")
	b[28], b[32] = 6, 64
	b[36], b[40] = 4, 70
	b[60] = 1
	return base64.StdEncoding.EncodeToString(append(b, "D\x00O\x00M\x00b\x00\xe9\x00"...))
}()

func keyOut(source string, blob []byte, more string) []string {
	infos := string(host.AppendValue(nil, hashInfos(blob)))
	return []string{"SSH_SERVER_HOSTKEY|" + source + "||0||" + encodeBase64(blob) + " " + strings.TrimSuffix(infos, "}") + more + "}"}
}

// TestWarnings lists what is dropped or not understood.
func TestWarnings(t *testing.T) {
	tests := []struct {
		name string
		in   passive.Record
		want string // "" if it is dropped
		warn string
	}{
		{"NTLM, short", record("HTTP_CLIENT_HEADER", "AUTHORIZATION", "NTLM AAAA"), "", "dropped: not an NTLM message"},
		{"NTLM, not base64", record("HTTP_SERVER_HEADER", "WWW-AUTHENTICATE", "NTLM A"), "", "is not base64"},
		{"NTLM, unknown type", record("HTTP_CLIENT_HEADER", "AUTHORIZATION", "Negotiate TlRMTVNTUAAJAAAA"), "", "unknown type 9"},
		{"pair without colon", record("NTLM_CHALLENGE", "tcp-", "Target_Name"), "NTLM_CHALLENGE|tcp-||0||Target_Name", "has no colon"},
		{"pair, not base64", record("SMB", "tcp-SMB", "os:A"), "SMB|tcp-SMB||0||os:A", "is not base64"},
		{"too many pairs", record("SMB", "tcp-SMB", manyPairs), "SMB|tcp-SMB||0||" + manyPairs, "more than 64"},
		{"JA4", record("SSL_CLIENT", "ja4", "t13d02"), "SSL_CLIENT|ja4||0||t13d02", "is not a JA4"},
		{"JA4 of five parts", record("SSL_CLIENT", "ja4", "t13d0203h2_1301____"), "SSL_CLIENT|ja4||0||t13d0203h2_1301____", "is not a JA4"},
		{"certificate", record("SSL_CLIENT", "cert", "A"), "SSL_CLIENT|cert||0||A", "is not base64"},
		{"escape", record("TCP_CLIENT_BANNER", "tcp/1", `\q`), `TCP_CLIENT_BANNER|tcp/1||0||\q`, "escapes that are not known"},
		{"long name", record("DNS_ANSWER", "A-1-2", strings.Repeat("a.", 600)), "DNS_ANSWER|A-1-2||0||" + strings.Repeat("a.", 600), "too long for a name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var warnings []string
			got := process(t, testDeriver(t, &warnings), tt.in)
			var want []string
			if tt.want != "" {
				want = []string{tt.want}
			}
			if d := cmp.Diff(want, showAll(got)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if len(warnings) != 1 || !strings.Contains(warnings[0], tt.warn) || !strings.HasPrefix(warnings[0], tt.in.Recontype) {
				t.Errorf("warnings %q, want one with %q", warnings, tt.warn)
			}
		})
	}
}

var manyPairs = func() string {
	var list []string
	for i := range 100 {
		list = append(list, fmt.Sprintf("k%d:QQ==", i))
	}
	return strings.Join(list, ",")
}()

func TestInfosOfImporters(t *testing.T) {
	d := &Deriver{}
	given := host.NewObject("os", "Linux", "domain", "x")
	r := record("P0FV3_SYN", "P0FV3", "4:64")
	r.Infos = given
	if d.Infos(&r); r.Infos != given {
		t.Errorf("got %v, want what was given", r.Infos)
	}
	r = record("DNS_ANSWER", "A-1-2", "a.b")
	r.Infos = given
	d.Infos(&r)
	if got := string(host.AppendValue(nil, r.Infos)); got != `{"os": "Linux", "domain": ["a.b", "b"]}` || given.Text("domain") != "x" {
		t.Errorf("got %s, given %v", got, given)
	}
	r = record("OPEN_PORT", "TCP", "tcp/80")
	r.Infos = &host.Object{}
	if d.Infos(&r); r.Infos != nil {
		t.Errorf("got %v, want nil for an empty object", r.Infos)
	}
}

func TestCertificate(t *testing.T) {
	der := readCertificate(t)
	for _, source := range []string{"cert", "cacert"} {
		got := process(t, &Deriver{}, record("SSL_SERVER", source, base64.StdEncoding.EncodeToString(der)))
		if len(got) != 1 {
			t.Fatalf("got %d records", len(got))
		}
		o := got[0].Infos
		if _, ok := o.Get("pem"); ok || o.Text("sha256") != hashInfos(der).Text("sha256") || o.Text("subject_text") == "" {
			t.Errorf("got %s", host.AppendValue(nil, o))
		}
	}
	big := make([]byte, maxCert+1)
	got := process(t, &Deriver{}, record("SSL_CLIENT", "cert", base64.StdEncoding.EncodeToString(big)))
	if d := cmp.Diff(hashInfos(big), got[0].Infos); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestHostileTime: values that make a careless program slow.
func TestHostileTime(t *testing.T) {
	const size = 2 << 20
	hostile := []string{
		strings.Repeat("a.", size/2), strings.Repeat(`\`, size), strings.Repeat("220 a ESMTP ", size/12), strings.Repeat("220-x in1", size/9) + "x",
		"+OK " + strings.Repeat(" ready <1.1", size/11), strings.Repeat("Mon, 1 Jan 2001 00:00:0", size/23), strings.Repeat(" - gsmtp220 a ESMTP ", size/20),
		"Digest " + strings.Repeat(`username=a",`, size/12), "Digest " + strings.Repeat(`username="a",`, size/12), strings.Repeat("k:QQ==,", size/7), strings.Repeat("k", size) + ":QQ==",
		"NTLM " + strings.Repeat("TlRM", size/4), "NTLM " + ntlmChallenge + strings.Repeat("AAAA", size/4), "SEP/" + strings.Repeat("1.", size/2),
		"t13d0203h2_" + strings.Repeat("1301,", size/5) + "1301_1301", strings.Repeat("_", size),
		encodeBase64(sshBlob("ssh-rsa", strings.Repeat("\xff", size/4), strings.Repeat("\xff", size/4))), strings.Repeat("9", size/2) + " " + strings.Repeat("9", size/2),
		escaped(sshBlob("ssh-rsa", strings.Repeat("\xff", size/16), strings.Repeat("\xff", size/16))), strings.Repeat("1.", 32) + strings.Repeat("zen.spamhaus.org", size/16),
		hostileCert(),
	}
	d := testDeriver(t, nil)
	for _, kind := range kinds {
		for _, source := range kind.sources {
			for i, value := range hostile {
				start := time.Now()
				process(t, d, record(kind.name, source, value))
				if took := time.Since(start); took > 3*time.Second {
					t.Errorf("%s %s, value %d took %v", kind.name, source, i, took)
				}
			}
		}
	}
	if d.cache.bytes() > DefaultCacheBytes {
		t.Errorf("the cache has %d bytes", d.cache.bytes())
	}
}

// hostileCert has a modulus that nearly fills the largest certificate that is taken apart.
func hostileCert() string {
	element := func(tag byte, body string) string {
		return string([]byte{tag, 0x83, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}) + body
	}
	name, when := element(0x30, ""), element(0x30, "")
	rsa := element(0x30, element(0x30, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00")+
		element(3, "\x00"+element(0x30, element(2, strings.Repeat("\x7f", maxCert-1000))+element(2, "\x03"))))
	tbs := element(0x30, element(2, "\x01")+element(0x30, "")+name+when+name+rsa)
	return encodeBase64([]byte(element(0x30, tbs)))
}

func (c *cache) bytes() (n int) {
	for i := range c.shards {
		n += c.shards[i].size
	}
	return n
}

func TestCache(t *testing.T) {
	c := newCache(cacheShards * 10 * entrySize)
	for i := range 10_000 {
		key := cacheKey{"K", "s", fmt.Sprint(i)}
		c.put(key, &known{})
		c.put(cacheKey{"K", "s", "kept"}, &known{})
		if _, ok := c.get(cacheKey{"K", "s", "kept"}); !ok {
			t.Fatalf("what is used all the time was forgotten after %d", i)
		}
		if _, ok := c.get(key); !ok {
			t.Fatalf("%d was forgotten at once", i)
		}
	}
	if n := c.bytes(); n > cacheShards*10*entrySize || n < cacheShards*5*entrySize {
		t.Errorf("%d bytes in the cache", n)
	}
	for i := range c.shards {
		s := &c.shards[i]
		if len(s.entries) != s.order.Len() {
			t.Errorf("%d entries, %d in order", len(s.entries), s.order.Len())
		}
	}
	big := cacheKey{"K", "s", strings.Repeat("x", 10*entrySize)}
	c.put(big, &known{})
	if _, ok := c.get(big); ok {
		t.Error("a value that is too large was kept")
	}
	var none *cache
	none.put(big, &known{})
	if _, ok := none.get(big); ok {
		t.Error("no cache has a value")
	}
}

// TestParallel derives the same things from many goroutines.
func TestParallel(t *testing.T) {
	d := testDeriver(t, nil)
	d.CacheBytes = 1 << 20
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 200 {
				v := vectors[i%len(vectors)]
				if got := showAll(process(t, d, v.in)); cmp.Diff(v.want, got) != "" {
					t.Errorf("%s: -want +got:\n%s", v.name, cmp.Diff(v.want, got))
				}
			}
		}()
	}
	wg.Wait()
}
