package passivederive

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/fingerprint"
	"ivre/ingest/host"
	"ivre/ingest/passive"
)

// testDeriver uses the files of probes in testdata, and collects warnings.
func testDeriver(t testing.TB, warnings *[]string) *Deriver {
	t.Helper()
	db, err := fingerprint.Load("testdata")
	if err != nil {
		t.Fatal(err)
	}
	scanners := NewScanners()
	if err := scanners.ReadNmap("testdata"); err != nil {
		t.Fatal(err)
	}
	d := &Deriver{Probes: db, Scanners: scanners}
	if warnings != nil {
		d.Warn = func(s string) { *warnings = append(*warnings, s) }
	}
	return d
}

// process normalises a record and derives the infos of what comes out.
func process(t testing.TB, d *Deriver, r passive.Record) []passive.Record {
	t.Helper()
	var out []passive.Record
	if err := d.Normalise(&r, func(r *passive.Record) error { out = append(out, *r); return nil }); err != nil {
		t.Fatal(err)
	}
	for i := range out {
		if d.Warn != nil { // deriving twice would warn twice
			d.Infos(&out[i])
			continue
		}
		stored, texts := d.Derive([]byte("x"), &out[i])
		d.Infos(&out[i])
		want, wantTexts := passive.AppendInfos([]byte("x"), out[i].Infos)
		stored = append([]byte("x"), passive.AppendAllInfos(nil, &out[i], string(stored[1:]))...)
		if string(stored) != string(want) || texts != wantTexts {
			t.Fatalf("Derive: %s %+v, Infos: %s %+v", stored, texts, want, wantTexts)
		}
	}
	return out
}

// show writes a record as kind|source|addr|port|targetval|value and its infos as JSON.
func show(r passive.Record) string {
	addr := ""
	if r.Addr.IsValid() {
		addr = r.Addr.String()
	}
	s := fmt.Sprintf("%s|%s|%s|%d|%s|%s", r.Recontype, r.Source, addr, r.Port, r.TargetVal, r.Value)
	if r.Infos != nil {
		s += " " + string(host.AppendValue(nil, r.Infos))
	}
	return s
}

func showAll(records []passive.Record) []string {
	var out []string
	for _, r := range records {
		out = append(out, show(r))
	}
	return out
}

func record(kind, source, value string) passive.Record {
	return passive.Record{Recontype: kind, Source: source, Value: value, Count: 1}
}

func with(r passive.Record, addr string, port uint16) passive.Record {
	if addr != "" {
		r.Addr = netip.MustParseAddr(addr)
	}
	r.Port = port
	return r
}

// escaped writes bytes as a sensor does.
func escaped(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		switch {
		case c == '\\':
			s.WriteString(`\\`)
		case ' ' <= c && c <= '~':
			s.WriteByte(c)
		default:
			fmt.Fprintf(&s, `\x%02x`, c)
		}
	}
	return s.String()
}

const (
	ja3SHA1   = "c9f22adc931303540ff2ea2ff1c3f6872ad73c69"
	ja3SHA256 = "97b5a9f69e2fcf34ef94f4572a49b5f8d08af30e9a3596a2eb2ebc3a98dffb16"
	ja3Raw    = "771,4865-4866,0-23-65281,29-23,0"
	ja3MD5    = "34a14ebc110e5a719652f6cb80e1f2c0"
	ja3Infos  = `"sha1": "` + ja3SHA1 + `", "sha256": "` + ja3SHA256 + `", "raw": "` + ja3Raw + `"`

	ntlmChallenge = "TlRMTVNTUAACAAAADgAOADgAAAAVgoniEREREREREREAAAAAAAAAAHoAegBGAAAACgBjRQAAAA9FAFgAQQBNAFAATABFAAIADgBFAFgAQQBNAFAATABFAAEACABTAFIAVgAxAAQAFgBlAHgAYQBtAHAAbABlAC4AYwBvAG0AAwAgAHMAcgB2ADEALgBlAHgAYQBtAHAAbABlAC4AYwBvAG0ABQAWAGUAeABhAG0AcABsAGUALgBjAG8AbQAAAAAA"
	ntlmPairs     = "Target_Name:RVhBTVBMRQ==,Product_Version:MTAuMC4xNzc2Mw==,NTLM_Version:15,NetBIOS_Domain_Name:RVhBTVBMRQ==,NetBIOS_Computer_Name:U1JWMQ==,DNS_Domain_Name:ZXhhbXBsZS5jb20=,DNS_Computer_Name:c3J2MS5leGFtcGxlLmNvbQ==,DNS_Tree_Name:ZXhhbXBsZS5jb20="
	ntlmInfos     = `{"Target_Name": "EXAMPLE", "Product_Version": "10.0.17763", "NTLM_Version": "15", "NetBIOS_Domain_Name": "EXAMPLE", "NetBIOS_Computer_Name": "SRV1", "DNS_Domain_Name": "example.com", "DNS_Computer_Name": "srv1.example.com", "DNS_Tree_Name": "example.com"}`
)

// ntlmNegotiate is the negotiate message of V13.
var ntlmNegotiate = base64.StdEncoding.EncodeToString([]byte("NTLMSSP\x00\x01\x00\x00\x00\x07\x82\x08\xa2" + strings.Repeat("\x00", 16) + "\x0a\x00cE\x00\x00\x00\x0f"))

func sshBlob(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(p))), p...)
	}
	return b
}

var rsaBlob = sshBlob("ssh-rsa", "\x01\x00\x01", "\x00"+strings.Repeat("\xc3", 8))

// mysqlGreeting is the greeting of V15.
var mysqlGreeting = []byte("J\x00\x00\x00\n5.7.33\x00\x12\x34\x56\x78ABCDEFGH\x00\xff\xff\x08\x02\x00\xff\xc1\x15" +
	strings.Repeat("\x00", 10) + "secretsecret\x00mysql_native_password\x00")

func mysqlNormal(salt2 int) string {
	return `J\x00\x00\x00\n5.7.33` + strings.Repeat(`\x00`, 14) + `\xff\xff\x08\x02\x00\xff\xc1\x15` + strings.Repeat(`\x00`, 10+salt2) + `mysql_native_password\x00`
}

type vector struct {
	name string
	in   passive.Record
	want []string
}

// vectors are those of the specification.
var vectors = []vector{
	{"V1 address", with(record("DNS_ANSWER", "A-198.51.100.53-53", "www.example.com"), "192.0.2.1", 0),
		[]string{`DNS_ANSWER|A-198.51.100.53-53|192.0.2.1|0||www.example.com {"domain": ["www.example.com", "example.com", "com"]}`}},
	{"V1 name", passive.Record{Recontype: "DNS_ANSWER", Source: "CNAME-198.51.100.53-53", Value: "www.example.com", TargetVal: "cdn.example.net"},
		[]string{`DNS_ANSWER|CNAME-198.51.100.53-53||0|cdn.example.net|www.example.com {"domain": ["www.example.com", "example.com", "com"], "domaintarget": ["cdn.example.net", "example.net", "net"]}`}},
	{"V5", with(record("DNS_ANSWER", "A-198.51.100.53-53", "7.113.0.203.zen.spamhaus.org"), "127.0.0.2", 0),
		[]string{`DNS_BLACKLIST|zen.spamhaus.org-A-198.51.100.53-53|203.0.113.7|0||127.0.0.2 {"domain": ["zen.spamhaus.org", "spamhaus.org", "org"]}`}},
	{"V6", with(record("DNS_ANSWER", "A-198.51.100.53-53", "1."+strings.Repeat("0.", 23)+"8.b.d.0.1.0.0.2.zen.spamhaus.org"), "127.0.0.4", 0),
		[]string{`DNS_BLACKLIST|zen.spamhaus.org-A-198.51.100.53-53|2001:db8::1|0||127.0.0.4 {"domain": ["zen.spamhaus.org", "spamhaus.org", "org"]}`}},
	{"V7", record("SSL_CLIENT", "ja3", ja3Raw), []string{"SSL_CLIENT|ja3||0||" + ja3MD5 + " {" + ja3Infos + "}"}},
	{"V7 hashed", record("SSL_CLIENT", "ja3", ja3MD5), []string{"SSL_CLIENT|ja3||0||" + ja3MD5}},
	{"V8", record("SSL_SERVER", "ja3-"+ja3Raw, "771,4865,43-51"),
		[]string{`SSL_SERVER|ja3-` + ja3MD5 + `||0||f4febc55ea12b31ae17cfb7e614afda8 {"sha1": "8bd60ae8a04ccf6e6c7004e78659578c535f1890", "sha256": "` + sha256Of("771,4865,43-51") + `", "raw": "771,4865,43-51", "client": {` + ja3Infos + `}}`}},
	{"V8 unknown client", record("SSL_SERVER", "ja3-UNKNOWN", ja3MD5),
		[]string{`SSL_SERVER|ja3-696b031073e74bf2cb98e5ef201d4aa3||0||` + ja3MD5 + ` {"client": {"sha1": "` + sha1Of("UNKNOWN") + `", "sha256": "` + sha256Of("UNKNOWN") + `", "raw": "UNKNOWN"}}`}},
	{"V9", record("SSL_CLIENT", "ja4", "t13d0203h2_1301,1302_000a,000d,0017_0403,0804"),
		[]string{`SSL_CLIENT|ja4||0||t13d0203h2_62ed6f6ca7ad_b170b4d4d148 {"ja4_a": "t13d0203h2", "ja4_b_raw": "1301,1302", "ja4_c1_raw": "000a,000d,0017", "ja4_c2_raw": "0403,0804", "ja4_b": "62ed6f6ca7ad", "ja4_c": "b170b4d4d148"}`}},
	{"V9 without signatures", record("SSL_CLIENT", "ja4", "t13d0203h2_1301,1302_000a,000d,0017"),
		[]string{`SSL_CLIENT|ja4||0||t13d0203h2_62ed6f6ca7ad_2bd235b36552 {"ja4_a": "t13d0203h2", "ja4_b_raw": "1301,1302", "ja4_c1_raw": "000a,000d,0017", "ja4_c2_raw": "", "ja4_b": "62ed6f6ca7ad", "ja4_c": "2bd235b36552"}`}},
	{"V9 SSL 3", record("SSL_CLIENT", "ja4", "ts3i130000_0004,0005_"),
		[]string{`SSL_CLIENT|ja4||0||ts3i130000_` + sha256Of("0004,0005")[:12] + `_e3b0c44298fc {"ja4_a": "ts3i130000", "ja4_b_raw": "0004,0005", "ja4_c1_raw": "", "ja4_c2_raw": "", "ja4_b": "` + sha256Of("0004,0005")[:12] + `", "ja4_c": "e3b0c44298fc"}`}},
	{"V10", record("SSH_SERVER_HASSH", "hassh-v1.1", "curve25519-sha256;aes128-ctr;hmac-sha2-256;none"),
		[]string{`SSH_SERVER_HASSH|hassh-v1.1||0||e97d07603350d1111ec2b64bf25413c9 {"sha1": "e6961656b208895a5656fa9659a8cca449d34fc2", "sha256": "bcb4167de58216fab3bdb96f5b024719503e394834ded9ab6253099a53b9a78e", "raw": "curve25519-sha256;aes128-ctr;hmac-sha2-256;none"}`}},
	{"V11", record("SSH_SERVER_HOSTKEY", "SSHv2", escaped(rsaBlob)),
		[]string{`SSH_SERVER_HOSTKEY|SSHv2||0||AAAAB3NzaC1yc2EAAAADAQABAAAACQDDw8PDw8PDww== {"md5": "7088c45640e8fbb01d2c9341782b9699", "sha1": "93733223f86edb523aacee65050fa426513d1659", "sha256": "82c4fcb4e35745e0bc14e56326184ce3892868e93a00a39b76aaeefebc67f013", "algo": "ssh-rsa", "exponent": "65537", "modulus": "14106333703424951235", "bits": 64}`}},
	{"V12 Basic", record("HTTP_CLIENT_HEADER", "AUTHORIZATION", "Basic dXNlcjpwYXNzOndvcmQ="),
		[]string{`HTTP_CLIENT_HEADER|AUTHORIZATION||0||Basic dXNlcjpwYXNzOndvcmQ= {"username": "user", "password": "pass:word"}`}},
	{"V12 Digest", record("HTTP_CLIENT_HEADER", "AUTHORIZATION", `Digest username="bob", realm="a, b", nonce="xyz", uri="/", algorithm=MD5, qop=auth, response="00"`),
		[]string{`HTTP_CLIENT_HEADER|AUTHORIZATION||0||Digest username="bob",realm="a, b",algorithm=MD5,qop=auth {"username": "bob", "realm": "a, b", "algorithm": "MD5", "qop": "auth"}`}},
	{"V12 OAuth", record("HTTP_CLIENT_HEADER_SERVER", "PROXY-AUTHORIZATION", "OAuth abcdef"), []string{"HTTP_CLIENT_HEADER_SERVER|PROXY-AUTHORIZATION||0||OAuth"}},
	{"V12 Negotiate", record("HTTP_CLIENT_HEADER", "AUTHORIZATION", "Negotiate YIIabcdef"), []string{"HTTP_CLIENT_HEADER|AUTHORIZATION||0||Negotiate"}},
	{"V12 Bearer", record("HTTP_CLIENT_HEADER", "AUTHORIZATION", "Bearer abcdef"), []string{"HTTP_CLIENT_HEADER|AUTHORIZATION||0||Bearer abcdef"}},
	{"V13", record("HTTP_CLIENT_HEADER", "AUTHORIZATION", "NTLM "+ntlmNegotiate),
		[]string{`NTLM_CLIENT_FLAGS|AUTHORIZATION||0||ntlm-fingerprint:0xa2088207 {"ntlm-fingerprint": "0xa2088207"}`, `HTTP_CLIENT_HEADER|AUTHORIZATION||0||`}},
	{"V14", with(record("HTTP_SERVER_HEADER", "WWW-AUTHENTICATE", "NTLM "+ntlmChallenge), "", 80),
		[]string{`NTLM_SERVER_FLAGS|WWW-AUTHENTICATE||80||ntlm-fingerprint:0xe2898215 {"ntlm-fingerprint": "0xe2898215"}`,
			"HTTP_SERVER_HEADER|WWW-AUTHENTICATE||80||NTLM " + ntlmPairs + " " + ntlmInfos}},
	{"V15 date", record("TCP_SERVER_BANNER", "", `hello Tue, 02 Jan 2024 03:04:05 GMT\x0d\x0a`), []string{`TCP_SERVER_BANNER|||0||hello Thu, 1 Jan 1970 00:00:00 GMT\r\n`}},
	{"V15 unchanged", record("TCP_SERVER_BANNER", "", `220 mx.example.com ESMTP Postfix\x0d\x0a`), []string{`TCP_SERVER_BANNER|||0||220 mx.example.com ESMTP Postfix\x0d\x0a`}},
	{"V15 MySQL", record("TCP_SERVER_BANNER", "", escaped(mysqlGreeting)),
		[]string{`TCP_SERVER_BANNER|||0||` + mysqlNormal(13) + ` {"service_name": "mysql", "service_product": "Acme SQL", "service_version": "5.7.33"}`}},
	{"V16", record("TCP_HONEYPOT_HIT", "tcp/80", `GET / HTTP/1.0\x0d\x0a\x0d\x0a`),
		[]string{`TCP_HONEYPOT_HIT|tcp/80||0||GET / HTTP/1.0\x0d\x0a\x0d\x0a {"service_name": "scanner", "service_product": "Nmap", "service_extrainfo": "TCP probe GetRequest"}`}},
	{"V16 empty", record("TCP_HONEYPOT_HIT", "tcp/80", ""), []string{"TCP_HONEYPOT_HIT|tcp/80||0||"}},
	{"V17 Symantec", record("HTTP_CLIENT_HEADER", "USER-AGENT", strings.Repeat("A", 33)+"AAAAA"), []string{"HTTP_CLIENT_HEADER|USER-AGENT||0||SymantecRandomUserAgent"}},
	{"V17 Kaspersky", record("HTTP_CLIENT_HEADER", "USER-AGENT", "AAAAAxyAB"), []string{"HTTP_CLIENT_HEADER|USER-AGENT||0||KasperskyWeirdUserAgent"}},
	{"V17 SEP", record("HTTP_CLIENT_HEADER", "USER-AGENT", "SEP/14.3.1, MID/{01234567-89AB-CDEF-0123-456789ABCDEF}, SID/12 SEQ/20240101 rest"), []string{"HTTP_CLIENT_HEADER|USER-AGENT||0||SEP/14.3.1 rest"}},
	{"V18", record("SMB", "tcp-SMB", "os:V2luZG93cyA3,lanmanager:U2FtYmE=,is_guest:false"),
		[]string{`SMB|tcp-SMB||0||os:V2luZG93cyA3,lanmanager:U2FtYmE=,is_guest:false {"os": "Windows 7", "lanmanager": "Samba", "is_guest": false}`}},
}

func sha256Of(s string) string { return hashInfos([]byte(s)).Text("sha256") }
func sha1Of(s string) string   { return hashInfos([]byte(s)).Text("sha1") }

func runVectors(t *testing.T, list []vector) {
	for _, tt := range list {
		t.Run(tt.name, func(t *testing.T) {
			var warnings []string
			d := testDeriver(t, &warnings)
			got := showAll(process(t, d, tt.in))
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if again := showAll(process(t, d, tt.in)); cmp.Diff(got, again) != "" { // from the cache
				t.Errorf("the second time:\n%s", cmp.Diff(got, again))
			}
			if warnings != nil {
				t.Errorf("warnings: %q", warnings)
			}
		})
	}
}

func TestVectors(t *testing.T) { runVectors(t, vectors) }

// TestInstalledNmap runs the vectors that depend on Nmap's own files.
func TestInstalledNmap(t *testing.T) {
	if _, err := fingerprint.Find(); err != nil {
		t.Skip(err)
	}
	d := &Deriver{Probes: fingerprint.Default(), Scanners: DefaultScanners()}
	tests := []struct {
		in   passive.Record
		want string
	}{
		{record("TCP_SERVER_BANNER", "", escaped(mysqlGreeting)), `{"service_name": "mysql", "service_product": "MySQL", "service_version": "5.7.33"}`},
		{record("TCP_HONEYPOT_HIT", "tcp/80", `GET / HTTP/1.0\x0d\x0a\x0d\x0a`), `{"service_name": "scanner", "service_product": "Nmap", "service_extrainfo": "TCP probe GetRequest"}`},
		{record("HTTP_SERVER_HEADER", "SERVER", "nginx/1.18.0 (Ubuntu)"), `{"service_name": "http", "service_extrainfo": "Ubuntu", "service_ostype": "Linux", "service_product": "nginx", "service_version": "1.18.0"}`},
	}
	for _, tt := range tests {
		got := process(t, d, tt.in)
		if len(got) != 1 || string(host.AppendValue(nil, got[0].Infos)) != tt.want {
			t.Errorf("got %q, want the infos %s", showAll(got), tt.want)
		}
	}
}

// TestKnownScanners sends the payloads of the specification's Appendix A.
func TestKnownScanners(t *testing.T) {
	sizes := map[string]int{"Masscan": 372, "Nmap-modified": 52, "Censys DTLS": 139, "Censys DNS": 44}
	for _, k := range knownPayloads {
		payload, err := hex.DecodeString(k.payload)
		if err != nil {
			t.Fatal(err)
		}
		if n := sizes[k.product] + sizes[k.product+" "+k.probe]; n != len(payload) {
			t.Errorf("%s %s: %d bytes, want %d", k.product, k.probe, len(payload), n)
		}
		kind := strings.ToUpper(k.proto) + "_HONEYPOT_HIT"
		for _, value := range []string{escaped(payload), escape(payload)} {
			got := process(t, &Deriver{}, record(kind, "", value))
			want := kind + "||" + "|0||" + value + ` {"service_name": "scanner", "service_product": "` + k.product + `", "service_extrainfo": "` + strings.ToUpper(k.proto) + " probe " + k.probe + `"}`
			if d := cmp.Diff([]string{want}, showAll(got)); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		}
	}
}

func TestEmitError(t *testing.T) {
	stop := errors.New("stop")
	r := record("HTTP_SERVER_HEADER", "WWW-AUTHENTICATE", "NTLM "+ntlmChallenge)
	calls := 0
	if err := (&Deriver{}).Normalise(&r, func(*passive.Record) error { calls++; return stop }); err != stop || calls != 1 {
		t.Errorf("got %v after %d calls, want the error of the first call", err, calls)
	}
}

func readCertificate(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/cert.der")
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(b)
}
