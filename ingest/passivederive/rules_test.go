package passivederive_test

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"ivre/ingest/host"
	"ivre/ingest/passive"
	"ivre/ingest/passivederive"
	"ivre/ingest/passiverecon"
	"ivre/ingest/zeekscript"
)

func md5Of(s string) string    { h := md5.Sum([]byte(s)); return hex.EncodeToString(h[:]) }
func sha1Of(s string) string   { h := sha1.Sum([]byte(s)); return hex.EncodeToString(h[:]) }
func sha256Of(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }

const rulesYAML = `ignore:
  OPEN_PORT: [10.0.0.0/8, 192.0.2.1-192.0.2.9, "2001:db8::/32"]
  HTTP_CLIENT_HEADER: [10.0.0.0/8]
never:
  HTTP_CLIENT_HEADER: [AUTHORIZATION]
`

const rulesPython = `# rules
import os
IGNORENETS = {
    "OPEN_PORT": [("10.0.0.0", "10.255.255.255"), (3221225985, "192.0.2.9"), ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")],
    "HTTP_CLIENT_HEADER": [("10.0.0.0", "10.255.255.255")],
}
NEVERIGNORE = {"HTTP_CLIENT_HEADER": ["AUTHORIZATION"]}
`

func TestIgnore(t *testing.T) {
	for name, text := range map[string]string{"YAML": rulesYAML, "Python": rulesPython} {
		path := filepath.Join(t.TempDir(), "rules")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		rules, err := passivederive.LoadIgnore(path)
		if err != nil {
			t.Fatal(name, err)
		}
		for _, tt := range []struct {
			kind, source, addr string
			want               bool
		}{
			{"OPEN_PORT", "TCP", "10.1.2.3", true}, {"OPEN_PORT", "TCP", "192.0.2.9", true}, {"OPEN_PORT", "TCP", "192.0.2.10", false}, {"OPEN_PORT", "TCP", "2001:db8::9", true},
			{"SSH_SERVER", "", "10.1.2.3", false}, {"HTTP_CLIENT_HEADER", "USER-AGENT", "10.1.2.3", true}, {"HTTP_CLIENT_HEADER", "AUTHORIZATION", "10.1.2.3", false},
			{"OPEN_PORT", "TCP", "", false},
		} {
			r := passive.Record{Recontype: tt.kind, Source: tt.source}
			if tt.addr != "" {
				r.Addr = netip.MustParseAddr(tt.addr)
			}
			if got := rules.Match(&r); got != tt.want {
				t.Errorf("%s: %+v: %v", name, tt, got)
			}
		}
	}
	for _, bad := range []string{"ignore: [x]", "ignore: {A: [1.2.3]}", "nonsense: 1", "IGNORENETS = {'A': [('x', 'y')]}", "IGNORENETS = {'A': [('192.0.2.9', '192.0.2.1')]}", "IGNORENETS = ["} {
		if _, err := passivederive.ParseIgnore([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// What the Zeek package writes is what the importer reads.
func TestColumns(t *testing.T) {
	var names, types, values []string
	for _, c := range zeekscript.Columns() {
		names, types = append(names, c.Name), append(types, c.Type)
		values = append(values, map[string]string{"ts": "1704164645.5", "host": "192.0.2.1", "srvport": "80", "recon_type": zeekscript.EnumPrefix + "KIND"}[c.Name])
		if values[len(values)-1] == "" {
			values[len(values)-1] = "a " + c.Name
		}
	}
	for _, kind := range zeekscript.Recontypes() {
		line := strings.Replace(strings.Join(values, "\t"), "KIND", kind, 1)
		log := "#separator \\x09\n#fields\t" + strings.Join(names, "\t") + "\n#types\t" + strings.Join(types, "\t") + "\n" + line + "\n"
		n := 0
		_, err := passiverecon.Read(context.Background(), strings.NewReader(log), passiverecon.Options{}, func(r *passive.Record) error {
			n++
			if r.Recontype != kind || r.Addr.String() != "192.0.2.1" || r.Port != 80 || r.Source != "a source" || r.Value != "a value" || r.TargetVal != "" || r.First.UnixMilli() != 1704164645500 {
				t.Errorf("%+v", r)
			}
			return nil
		})
		if err != nil || n != 1 {
			t.Errorf("%s: %d records, %v", kind, n, err)
		}
	}
}

// Bad lines are told with their numbers; the others are read.
func TestBadLines(t *testing.T) {
	log := "#separator \\x09\n#fields\tts\thost\tsrvport\trecon_type\tsource\tvalue\n" +
		"x\t-\t-\tPassiveRecon::SSH_SERVER\t-\tv\n" +
		"1\t192.0.2.300\t-\tPassiveRecon::SSH_SERVER\t-\tv\n" +
		"1\t-\t99999\tPassiveRecon::SSH_SERVER\t-\tv\n" +
		"1\t-\t-\tshort\t-\tv\n" +
		"99999999999\t-\t-\tPassiveRecon::SSH_SERVER\t-\tv\n" +
		"1\t192.0.2.1\t22\tPassiveRecon::SSH_SERVER\t-\tSSH-2.0-x\n" +
		"#fields\tts\thost\n1\t192.0.2.1\n"
	var lines []uint64
	n := 0
	stats, err := passiverecon.Read(context.Background(), strings.NewReader(log), passiverecon.Options{Bad: func(line uint64, _ error) { lines = append(lines, line) }},
		func(*passive.Record) error { n++; return nil })
	if err != nil || n != 1 || stats.Records != 1 || stats.Bad != 6 || len(lines) != 6 || lines[0] != 3 {
		t.Errorf("%d records, %+v, lines %v, %v", n, stats, lines, err)
	}
	if _, err := passiverecon.Read(context.Background(), strings.NewReader("hello\nworld\n"), passiverecon.Options{}, nil); !errors.Is(err, passiverecon.ErrNotZeek) {
		t.Errorf("no log: %v", err)
	}
	stop := errors.New("stop")
	if _, err := passiverecon.Read(context.Background(), strings.NewReader(log), passiverecon.Options{}, func(*passive.Record) error { return stop }); err != stop {
		t.Errorf("the error of emit: %v", err)
	}
}

var kinds = []struct{ recontype, source string }{
	{"HTTP_CLIENT_HEADER", "USER-AGENT"}, {"HTTP_CLIENT_HEADER", "AUTHORIZATION"}, {"HTTP_SERVER_HEADER", "WWW-AUTHENTICATE"}, {"HTTP_SERVER_HEADER", "SERVER"},
	{"TCP_SERVER_BANNER", ""}, {"TCP_HONEYPOT_HIT", "tcp/80"}, {"UDP_HONEYPOT_HIT", "udp/53"}, {"STUN_HONEYPOT_REQUEST", "udp/1"}, {"SSL_CLIENT", "ja3"}, {"SSL_CLIENT", "ja4"},
	{"SSL_SERVER", "cert"}, {"SSL_SERVER", "ja3-x"}, {"SSH_SERVER", ""}, {"SSH_SERVER_HASSH", "hassh-v1.1"}, {"SSH_SERVER_HOSTKEY", "SSHv2"}, {"SSH_SERVER_HOSTKEY", "SSHv1"},
	{"DNS_ANSWER", "A-192.0.2.53-53"}, {"SMB", "tcp-SMB"}, {"NTLM_CHALLENGE", "tcp-SMB"}, {"NTLM_CLIENT_FLAGS", "tcp-SMB"}, {"DNS_BLACKLIST", "x"},
}

// Whatever was sent, the records are valid texts and the same each time.
func FuzzDerive(f *testing.F) {
	for _, seed := range []string{"", "NTLM TlRMTVNTUAABAAAA", challenge, "Digest a=\"b,c\",qop=", `\x4a\x00\x00\x00\n5.7\x00`, "1.0.0.127.zen.spamhaus.org", "AAAAB3NzaC1yc2EAAAADAQABAAAACQDDw8PDw8PDww==", "os:V2lu,is_guest:true", "Basic Og=="} {
		for i := range kinds {
			f.Add(uint8(i), seed)
		}
	}
	d := deriver(f)
	f.Fuzz(func(t *testing.T, kind uint8, value string) {
		k := kinds[int(kind)%len(kinds)]
		run := func() string {
			r := passive.Record{Recontype: k.recontype, Source: k.source, Value: strings.ToValidUTF8(value, "?"), Addr: netip.MustParseAddr("192.0.2.1"), Port: 1}
			var out []byte
			err := d.Normalise(&r, func(n *passive.Record) error {
				n.Infos = d.Infos(n)
				out = append(passive.Append(out, n), '\n')
				return nil
			})
			if err != nil {
				return err.Error()
			}
			return string(out)
		}
		first := run()
		if !utf8.ValidString(first) {
			t.Errorf("not valid UTF-8: %q", first)
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(first, "\n"), "\n") {
			if strings.HasPrefix(line, "{") {
				if _, err := host.DecodeValue([]byte(line)); err != nil {
					t.Errorf("%s: %v", line, err)
				}
			}
		}
		if again := run(); again != first {
			t.Errorf("first %s, then %s", first, again)
		}
	})
}

func FuzzIgnore(f *testing.F) {
	f.Add([]byte(rulesYAML))
	f.Add([]byte(rulesPython))
	f.Fuzz(func(t *testing.T, text []byte) {
		if rules, err := passivederive.ParseIgnore(text); err == nil {
			rules.Match(&passive.Record{Recontype: "OPEN_PORT", Addr: netip.MustParseAddr("10.0.0.1")})
		}
	})
}
