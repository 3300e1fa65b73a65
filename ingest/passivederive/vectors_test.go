package passivederive_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/fingerprint"
	"ivre/ingest/host"
	"ivre/ingest/passive"
	"ivre/ingest/passivederive"
	"ivre/ingest/passiveload"
	"ivre/ingest/passiverecon"
)

// probes are a few of the kinds of Nmap's file.
const probes = `Probe TCP NULL q||
match mysql m|^.\0\0\0\n(5\.[-_~.+:\w]+)\0|s p/MySQL/ v/$1/ cpe:/a:mysql:mysql:$1/
match ssh m|^SSH-([\d.]+)-OpenSSH[_-]([\w.]+)\r?\n|i p/OpenSSH/ v/$2/ i/protocol $1/
Probe TCP GetRequest q|GET / HTTP/1.0\r\n\r\n|
match http m|^HTTP/1\.[01] \d\d\d .*\r\nServer: nginx/([\d.]+) \(Ubuntu\)\r\n|s p/nginx/ v/$1/ i/Ubuntu/ o/Linux/ cpe:/a:nginx:nginx:$1/
Probe UDP Help q|help\r\n\r\n|
`

func deriver(t testing.TB) *passivederive.Deriver {
	t.Helper()
	db, err := fingerprint.Parse(strings.NewReader(probes), "probes")
	if err != nil {
		t.Fatal(err)
	}
	return &passivederive.Deriver{Probes: db, Blacklists: []string{"blacklist.woody.ch", "zen.spamhaus.org"}}
}

// derived is what becomes of an observation, a line for each record: recontype, source, addr, port, targetval, value,
// information.
func derived(t testing.TB, d *passivederive.Deriver, r passive.Record) (out []string) {
	t.Helper()
	table := passiveload.NewTable(d)
	if _, err := table.Add(&r, 0); err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	for _, row := range table.Rows() {
		line := row.Recontype + "|" + row.Source
		if row.Addr.IsValid() {
			line += "|" + row.Addr.String()
		}
		if row.Port != 0 {
			line += fmt.Sprint("|", row.Port)
		}
		line += "|" + row.Value
		if row.Infos.Len() > 0 {
			line += "|" + string(host.AppendValue(nil, row.Infos))
		}
		out = append(out, line)
	}
	return out
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// text64 is a text in base64.
func text64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func zeek(b []byte) string {
	var out strings.Builder
	for _, c := range b {
		if c < ' ' || c > '~' || c == '\\' {
			fmt.Fprintf(&out, `\x%02x`, c)
			continue
		}
		out.WriteByte(c)
	}
	return out.String()
}

const challenge = "NTLM TlRMTVNTUAACAAAADgAOADgAAAAVgoniEREREREREREAAAAAAAAAAHoAegBGAAAACgBjRQAAAA9FAFgAQQBNAFAATABFAAIADgBFAFgAQQBNAFAATABFAAEACABTAFIAVgAxAAQAFgBlAHgAYQBtAHAAbABlAC4AYwBvAG0AAwAgAHMAcgB2ADEALgBlAHgAYQBtAHAAbABlAC4AYwBvAG0ABQAWAGUAeABhAG0AcABsAGUALgBjAG8AbQAAAAAA"

func negotiate() string {
	msg := []byte("NTLMSSP\x00")
	msg = binary.LittleEndian.AppendUint32(msg, 1)
	msg = binary.LittleEndian.AppendUint32(msg, 0xa2088207)
	msg = append(msg, make([]byte, 24)...)
	return "NTLM " + base64.StdEncoding.EncodeToString(msg)
}

func hostKey() string {
	var b []byte
	for _, f := range [][]byte{[]byte("ssh-rsa"), unhex("010001"), unhex("00c3c3c3c3c3c3c3c3")} {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(f))), f...)
	}
	return base64.StdEncoding.EncodeToString(b)
}

func mysql(connection, salt string) []byte {
	b := append(unhex("4a0000000a"), "5.7.33\x00"+connection+salt+"\x00"...)
	b = append(b, unhex("ffff080200ffc115")...)
	b = append(b, make([]byte, 10)...)
	return append(b, "secretsecret\x00mysql_native_password\x00"...)
}

// The vectors V5 to V18 of the specification.
func TestVectors(t *testing.T) {
	d := deriver(t)
	a := func(s string) netip.Addr { return netip.MustParseAddr(s) }
	const ja3 = "771,4865-4866,0-23-65281,29-23,0"
	const ja3Infos = `"sha1": "c9f22adc931303540ff2ea2ff1c3f6872ad73c69", "sha256": "97b5a9f69e2fcf34ef94f4572a49b5f8d08af30e9a3596a2eb2ebc3a98dffb16", "raw": "771,4865-4866,0-23-65281,29-23,0"`
	for name, tt := range map[string]struct {
		r    passive.Record
		want []string
	}{
		"V5": {passive.Record{Recontype: "DNS_ANSWER", Addr: a("127.0.0.2"), Source: "A-198.51.100.53-53", Value: "7.113.0.203.zen.spamhaus.org"},
			[]string{`DNS_BLACKLIST|zen.spamhaus.org-A-198.51.100.53-53|203.0.113.7|127.0.0.2|{"domain": ["zen.spamhaus.org", "spamhaus.org", "org"]}`}},
		"V6": {passive.Record{Recontype: "DNS_ANSWER", Addr: a("127.0.0.4"), Source: "A-198.51.100.53-53", Value: "1." + strings.Repeat("0.", 23) + "8.b.d.0.1.0.0.2.zen.spamhaus.org"},
			[]string{`DNS_BLACKLIST|zen.spamhaus.org-A-198.51.100.53-53|2001:db8::1|127.0.0.4|{"domain": ["zen.spamhaus.org", "spamhaus.org", "org"]}`}},
		"V7": {passive.Record{Recontype: "SSL_CLIENT", Addr: a("192.0.2.1"), Source: "ja3", Value: ja3},
			[]string{`SSL_CLIENT|ja3|192.0.2.1|34a14ebc110e5a719652f6cb80e1f2c0|{` + ja3Infos + `}`}},
		"V7 hashed": {passive.Record{Recontype: "SSL_CLIENT", Addr: a("192.0.2.1"), Source: "ja3", Value: "34a14ebc110e5a719652f6cb80e1f2c0"},
			[]string{`SSL_CLIENT|ja3|192.0.2.1|34a14ebc110e5a719652f6cb80e1f2c0`}},
		"V8": {passive.Record{Recontype: "SSL_SERVER", Addr: a("192.0.2.1"), Port: 443, Source: "ja3-" + ja3, Value: "771,4865,43-51"},
			[]string{`SSL_SERVER|ja3-34a14ebc110e5a719652f6cb80e1f2c0|192.0.2.1|443|f4febc55ea12b31ae17cfb7e614afda8|{"sha1": "8bd60ae8a04ccf6e6c7004e78659578c535f1890", "sha256": "` + sha256Of("771,4865,43-51") + `", "raw": "771,4865,43-51", "client": {` + ja3Infos + `}}`}},
		"ja3-UNKNOWN, hashed server": {passive.Record{Recontype: "SSL_SERVER", Source: "ja3-UNKNOWN", Value: "f4febc55ea12b31ae17cfb7e614afda8"},
			[]string{`SSL_SERVER|ja3-696b031073e74bf2cb98e5ef201d4aa3|f4febc55ea12b31ae17cfb7e614afda8|{"client": {"sha1": "` + sha1Of("UNKNOWN") + `", "sha256": "` + sha256Of("UNKNOWN") + `", "raw": "UNKNOWN"}}`}},
		"V9": {passive.Record{Recontype: "SSL_CLIENT", Source: "ja4", Value: "t13d0203h2_1301,1302_000a,000d,0017_0403,0804"},
			[]string{`SSL_CLIENT|ja4|t13d0203h2_62ed6f6ca7ad_b170b4d4d148|{"ja4_a": "t13d0203h2", "ja4_b_raw": "1301,1302", "ja4_c1_raw": "000a,000d,0017", "ja4_c2_raw": "0403,0804", "ja4_b": "62ed6f6ca7ad", "ja4_c": "b170b4d4d148"}`}},
		"V9 short": {passive.Record{Recontype: "SSL_CLIENT", Source: "ja4", Value: "t13d0203h2_1301,1302_000a,000d,0017"},
			[]string{`SSL_CLIENT|ja4|t13d0203h2_62ed6f6ca7ad_2bd235b36552|{"ja4_a": "t13d0203h2", "ja4_b_raw": "1301,1302", "ja4_c1_raw": "000a,000d,0017", "ja4_c2_raw": "", "ja4_b": "62ed6f6ca7ad", "ja4_c": "2bd235b36552"}`}},
		"V9 hashed": {passive.Record{Recontype: "SSL_CLIENT", Source: "ja4", Value: "t13d0203h2_62ed6f6ca7ad_b170b4d4d148"},
			[]string{`SSL_CLIENT|ja4|t13d0203h2_62ed6f6ca7ad_b170b4d4d148|{"ja4_a": "t13d0203h2", "ja4_b": "62ed6f6ca7ad", "ja4_c": "b170b4d4d148"}`}},
		"V9 other": {passive.Record{Recontype: "SSL_CLIENT", Source: "ja4", Value: "what is this"}, []string{`SSL_CLIENT|ja4|what is this`}},
		"V10": {passive.Record{Recontype: "SSH_SERVER_HASSH", Addr: a("192.0.2.1"), Port: 22, Source: "hassh-v1.1", Value: "curve25519-sha256;aes128-ctr;hmac-sha2-256;none"},
			[]string{`SSH_SERVER_HASSH|hassh-v1.1|192.0.2.1|22|e97d07603350d1111ec2b64bf25413c9|{"sha1": "e6961656b208895a5656fa9659a8cca449d34fc2", "sha256": "bcb4167de58216fab3bdb96f5b024719503e394834ded9ab6253099a53b9a78e", "raw": "curve25519-sha256;aes128-ctr;hmac-sha2-256;none"}`}},
		"V11": {passive.Record{Recontype: "SSH_SERVER_HOSTKEY", Addr: a("192.0.2.1"), Port: 22, Source: "SSHv2", Value: hostKey()},
			[]string{`SSH_SERVER_HOSTKEY|SSHv2|192.0.2.1|22|AAAAB3NzaC1yc2EAAAADAQABAAAACQDDw8PDw8PDww==|{"md5": "7088c45640e8fbb01d2c9341782b9699", "sha1": "93733223f86edb523aacee65050fa426513d1659", "sha256": "82c4fcb4e35745e0bc14e56326184ce3892868e93a00a39b76aaeefebc67f013", "algo": "ssh-rsa", "exponent": "65537", "modulus": "14106333703424951235", "bits": 64}`}},
		"SSHv1": {passive.Record{Recontype: "SSH_SERVER_HOSTKEY", Source: "SSHv1", Value: text64("65537 14106333703424951235")},
			[]string{`SSH_SERVER_HOSTKEY|SSHv1|` + text64("65537 14106333703424951235") + `|{"md5": "` + md5Of("65537 14106333703424951235") + `", "sha1": "` + sha1Of("65537 14106333703424951235") + `", "sha256": "` + sha256Of("65537 14106333703424951235") + `", "exponent": "65537", "modulus": "14106333703424951235", "bits": 64}`}},
		"V12 basic": {passive.Record{Recontype: "HTTP_CLIENT_HEADER", Source: "AUTHORIZATION", Value: "Basic dXNlcjpwYXNzOndvcmQ="},
			[]string{`HTTP_CLIENT_HEADER|AUTHORIZATION|Basic dXNlcjpwYXNzOndvcmQ=|{"username": "user", "password": "pass:word"}`}},
		"V12 digest": {passive.Record{Recontype: "HTTP_CLIENT_HEADER", Source: "AUTHORIZATION", Value: `Digest username="bob", realm="a, b", nonce="xyz", uri="/", algorithm=MD5, qop=auth, response="00"`},
			[]string{`HTTP_CLIENT_HEADER|AUTHORIZATION|Digest username="bob",realm="a, b",algorithm=MD5,qop=auth|{"username": "bob", "realm": "a, b", "algorithm": "MD5", "qop": "auth"}`}},
		"V12 oauth":     {passive.Record{Recontype: "HTTP_CLIENT_HEADER", Source: "AUTHORIZATION", Value: "OAuth abcdef"}, []string{`HTTP_CLIENT_HEADER|AUTHORIZATION|OAuth`}},
		"V12 negotiate": {passive.Record{Recontype: "HTTP_CLIENT_HEADER", Source: "AUTHORIZATION", Value: "Negotiate YIIabcdef"}, []string{`HTTP_CLIENT_HEADER|AUTHORIZATION|Negotiate`}},
		"V12 bearer":    {passive.Record{Recontype: "HTTP_CLIENT_HEADER", Source: "AUTHORIZATION", Value: "Bearer abcdef"}, []string{`HTTP_CLIENT_HEADER|AUTHORIZATION|Bearer abcdef`}},
		"V13": {passive.Record{Recontype: "HTTP_CLIENT_HEADER", Source: "AUTHORIZATION", Addr: a("192.0.2.1"), Value: negotiate()},
			[]string{`NTLM_CLIENT_FLAGS|AUTHORIZATION|192.0.2.1|ntlm-fingerprint:0xa2088207|{"ntlm-fingerprint": "0xa2088207"}`, `HTTP_CLIENT_HEADER|AUTHORIZATION|192.0.2.1|`}},
		"V14": {passive.Record{Recontype: "HTTP_SERVER_HEADER", Source: "WWW-AUTHENTICATE", Port: 80, Value: challenge}, []string{
			`NTLM_SERVER_FLAGS|WWW-AUTHENTICATE|80|ntlm-fingerprint:0xe2898215|{"ntlm-fingerprint": "0xe2898215"}`,
			`HTTP_SERVER_HEADER|WWW-AUTHENTICATE|80|NTLM Target_Name:RVhBTVBMRQ==,Product_Version:MTAuMC4xNzc2Mw==,NTLM_Version:15,NetBIOS_Domain_Name:RVhBTVBMRQ==,NetBIOS_Computer_Name:U1JWMQ==,DNS_Domain_Name:ZXhhbXBsZS5jb20=,DNS_Computer_Name:c3J2MS5leGFtcGxlLmNvbQ==,DNS_Tree_Name:ZXhhbXBsZS5jb20=` +
				`|{"Target_Name": "EXAMPLE", "Product_Version": "10.0.17763", "NTLM_Version": "15", "NetBIOS_Domain_Name": "EXAMPLE", "NetBIOS_Computer_Name": "SRV1", "DNS_Domain_Name": "example.com", "DNS_Computer_Name": "srv1.example.com", "DNS_Tree_Name": "example.com"}`}},
		"V15 date": {passive.Record{Recontype: "TCP_SERVER_BANNER", Value: `hello Tue, 02 Jan 2024 03:04:05 GMT\x0d\x0a`}, []string{`TCP_SERVER_BANNER||hello Thu, 1 Jan 1970 00:00:00 GMT\r\n`}},
		"V15 same": {passive.Record{Recontype: "TCP_SERVER_BANNER", Value: `220 mx.example.com ESMTP Postfix\x0d\x0a`}, []string{`TCP_SERVER_BANNER||220 mx.example.com ESMTP Postfix\x0d\x0a`}},
		"V15 mysql": {passive.Record{Recontype: "TCP_SERVER_BANNER", Value: zeek(mysql("\x12\x34\x56\x78", "ABCDEFGH"))},
			[]string{`TCP_SERVER_BANNER||J\x00\x00\x00\n5.7.33` + strings.Repeat(`\x00`, 14) + `\xff\xff\x08\x02\x00\xff\xc1\x15` + strings.Repeat(`\x00`, 23) + `mysql_native_password\x00|{"service_name": "mysql", "service_product": "MySQL", "service_version": "5.7.33"}`}},
		"gmail":   {passive.Record{Recontype: "TCP_SERVER_BANNER", Value: `220 mx.google.com ESMTP ab12-v6cd345678efg.12 - gsmtp\x0d\x0a`}, []string{`TCP_SERVER_BANNER||220 mx.google.com ESMTP xx000-v6cd00000000xxx.000 - gsmtp\r\n`}},
		"ovh":     {passive.Record{Recontype: "TCP_SERVER_BANNER", Value: `220 mail.ovh.net in12\x0d\x0a`}, []string{`TCP_SERVER_BANNER||220 mail.ovh.net in00\r\n`}},
		"outlook": {passive.Record{Recontype: "TCP_SERVER_BANNER", Value: `220 AB1CDEF23GH456.mail.protection.outlook.com Microsoft`}, []string{`TCP_SERVER_BANNER||220 AB0CDEF00GH000.mail.protection.outlook.com Microsoft`}},
		"yahoo":   {passive.Record{Recontype: "TCP_SERVER_BANNER", Value: `220 mta1234.mail.bf1.yahoo.com ESMTP ready`}, []string{`TCP_SERVER_BANNER||220 mta0000.mail.bf1.yahoo.com ESMTP ready`}},
		"pop3":    {passive.Record{Recontype: "TCP_SERVER_BANNER", Value: `+OK POP3 ready <1234.5678901234@mail.example.com>`}, []string{`TCP_SERVER_BANNER||+OK POP3 ready <000000.0000000000@mail.example.com>`}},
		"user":    {passive.Record{Recontype: "TCP_SERVER_BANNER", Value: `You are user number 17 of 50 allowed. Local time is now 12:34.`}, []string{`TCP_SERVER_BANNER||You are user number 1 of 50 allowed. Local time is now 00:00.`}},
		"V16": {passive.Record{Recontype: "TCP_HONEYPOT_HIT", Source: "tcp/80", Value: `GET / HTTP/1.0\x0d\x0a\x0d\x0a`},
			[]string{`TCP_HONEYPOT_HIT|tcp/80|GET / HTTP/1.0\x0d\x0a\x0d\x0a|{"service_name": "scanner", "service_product": "Nmap", "service_extrainfo": "TCP probe GetRequest"}`}},
		"V16 empty": {passive.Record{Recontype: "TCP_HONEYPOT_HIT", Source: "tcp/80"}, []string{`TCP_HONEYPOT_HIT|tcp/80|`}},
		"V16 udp": {passive.Record{Recontype: "UDP_HONEYPOT_HIT", Source: "udp/53", Value: zeek(unhex("93d501000001000000000000033231330131033136380331393207696e2d61646472046172706100000c0001"))},
			[]string{`UDP_HONEYPOT_HIT|udp/53|` + zeek(unhex("93d501000001000000000000033231330131033136380331393207696e2d61646472046172706100000c0001")) + `|{"service_name": "scanner", "service_product": "Censys", "service_extrainfo": "UDP probe DNS"}`}},
		"V17 symantec":  {passive.Record{Recontype: "HTTP_CLIENT_HEADER", Source: "USER-AGENT", Value: strings.Repeat("A", 38)}, []string{`HTTP_CLIENT_HEADER|USER-AGENT|SymantecRandomUserAgent`}},
		"V17 kaspersky": {passive.Record{Recontype: "HTTP_CLIENT_HEADER", Source: "USER-AGENT", Value: "AAAAAxyAB"}, []string{`HTTP_CLIENT_HEADER|USER-AGENT|KasperskyWeirdUserAgent`}},
		"V17 sep": {passive.Record{Recontype: "HTTP_CLIENT_HEADER", Source: "USER-AGENT", Value: "SEP/14.3.1, MID/{01234567-89AB-CDEF-0123-456789ABCDEF}, SID/12 SEQ/20240101 rest"},
			[]string{`HTTP_CLIENT_HEADER|USER-AGENT|SEP/14.3.1 rest`}},
		"V18": {passive.Record{Recontype: "SMB", Source: "tcp-SMB", Value: "os:V2luZG93cyA3,lanmanager:U2FtYmE=,is_guest:false"},
			[]string{`SMB|tcp-SMB|os:V2luZG93cyA3,lanmanager:U2FtYmE=,is_guest:false|{"os": "Windows 7", "lanmanager": "Samba", "is_guest": false}`}},
		"SMB without key": {passive.Record{Recontype: "SMB", Source: "tcp-SMB", Value: "os"}, []string{`SMB|tcp-SMB|os`}},
		"V22 server": {passive.Record{Recontype: "HTTP_SERVER_HEADER", Source: "SERVER", Port: 80, Value: "nginx/1.18.0 (Ubuntu)"},
			[]string{`HTTP_SERVER_HEADER|SERVER|80|nginx/1.18.0 (Ubuntu)|{"service_name": "http", "service_extrainfo": "Ubuntu", "service_ostype": "Linux", "service_product": "nginx", "service_version": "1.18.0"}`}},
		"SSH": {passive.Record{Recontype: "SSH_SERVER", Port: 22, Value: "SSH-2.0-OpenSSH_8.0"},
			[]string{`SSH_SERVER||22|SSH-2.0-OpenSSH_8.0|{"service_name": "ssh", "service_extrainfo": "protocol 2.0", "service_product": "OpenSSH", "service_version": "8.0"}`}},
		"STUN": {passive.Record{Recontype: "STUN_HONEYPOT_REQUEST", Source: "udp/3478", Value: `\x00\x01\x00\x00!\x12\xa4B\x0d`}, []string{`STUN_HONEYPOT_REQUEST|udp/3478|\x00\x01\x00\x00!\x12\xa4B\r`}},
	} {
		tt.r.First = time.Unix(1704164645, 0)
		tt.r.Last = tt.r.First
		if d := cmp.Diff(tt.want, derived(t, d, tt.r)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	for _, bad := range []passive.Record{
		{Recontype: "HTTP_CLIENT_HEADER", Source: "AUTHORIZATION", Value: "NTLM AAAA"},
		{Recontype: "HTTP_CLIENT_HEADER", Source: "AUTHORIZATION", Value: "NTLM A"},
		{Recontype: "SSH_SERVER_HOSTKEY", Source: "SSHv2", Value: "!"},
	} {
		if err := d.Normalise(&bad, func(*passive.Record) error { t.Error("a record was made"); return nil }); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

// Vector V1: a log of Zeek, as ivre passiverecon2db -t prints it.
func TestV1(t *testing.T) {
	log := "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tpassiverecon\n" +
		"#fields\tts\tuid\thost\tsrvport\trecon_type\tsource\tvalue\ttargetval\n#types\ttime\tstring\taddr\tport\tenum\tstring\tstring\tstring\n" +
		"1704164645.678000\tC1\t192.0.2.1\t-\tPassiveRecon::DNS_ANSWER\tA-198.51.100.53-53\twww.example.com\t-\n" +
		"1704164700.000000\tC2\t192.0.2.1\t-\tPassiveRecon::DNS_ANSWER\tA-198.51.100.53-53\twww.example.com\t-\n" +
		"1704164600.000000\tC3\t-\t-\tPassiveRecon::DNS_ANSWER\tCNAME-198.51.100.53-53\twww.example.com\tcdn.example.net\n"
	json := `{"ts": 1704164645.678, "uid": "C1", "host": "192.0.2.1", "recon_type": "PassiveRecon::DNS_ANSWER", "source": "A-198.51.100.53-53", "value": "www.example.com"}
{"ts": "2024-01-02T03:05:00.000000Z", "host": "192.0.2.1", "recon_type": "PassiveRecon::DNS_ANSWER", "source": "A-198.51.100.53-53", "value": "www.example.com"}
{"ts": 1704164600.0, "recon_type": "PassiveRecon::DNS_ANSWER", "source": "CNAME-198.51.100.53-53", "value": "www.example.com", "targetval": "cdn.example.net"}
`
	want := []string{
		`{"addr": "192.0.2.1", "count": 2, "firstseen": "2024-01-02 03:04:05.678000", "infos": {"domain": ["www.example.com", "example.com", "com"]}, "lastseen": "2024-01-02 03:05:00", "recontype": "DNS_ANSWER", "schema_version": 3, "sensor": "S1", "source": "A-198.51.100.53-53", "value": "www.example.com"}`,
		`{"count": 1, "firstseen": "2024-01-02 03:03:20", "infos": {"domain": ["www.example.com", "example.com", "com"], "domaintarget": ["cdn.example.net", "example.net", "net"]}, "lastseen": "2024-01-02 03:03:20", "recontype": "DNS_ANSWER", "schema_version": 3, "sensor": "S1", "source": "CNAME-198.51.100.53-53", "targetval": "cdn.example.net", "value": "www.example.com"}`,
	}
	for name, text := range map[string]string{"TSV": log, "JSON": json, "both": log + json} {
		table := passiveload.NewTable(deriver(t))
		stats, err := passiverecon.Read(context.Background(), strings.NewReader(text), passiverecon.Options{}, func(r *passive.Record) error {
			r.Sensor = "S1"
			_, err := table.Add(r, 0)
			return err
		})
		if err != nil || stats.Bad != 0 {
			t.Fatal(name, stats, err)
		}
		var got []string
		for _, row := range table.Rows() {
			got = append(got, string(passive.Append(nil, &row.Record)))
		}
		expected := want
		if name == "both" {
			expected = []string{strings.Replace(want[0], `"count": 2`, `"count": 4`, 1), strings.Replace(want[1], `"count": 1`, `"count": 2`, 1)}
		}
		if d := cmp.Diff(expected, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
