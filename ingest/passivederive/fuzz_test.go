package passivederive

import (
	"encoding/base64"
	"net/netip"
	"testing"
	"unicode/utf8"

	"ivre/ingest/host"
	"ivre/ingest/passive"
)

// kinds are the kinds of observations with some of their sources.
var kinds = []struct {
	name    string
	sources []string
}{
	{"HTTP_CLIENT_HEADER", []string{"USER-AGENT", "AUTHORIZATION", "VIA"}},
	{"HTTP_CLIENT_HEADER_SERVER", []string{"HOST", "PROXY-AUTHORIZATION"}},
	{"HTTP_SERVER_HEADER", []string{"SERVER", "WWW-AUTHENTICATE"}},
	{"HTTP_HONEYPOT_REQUEST", []string{"GET-1.1-tcp/80"}},
	{"SSH_CLIENT", []string{""}}, {"SSH_SERVER", []string{""}},
	{"SSH_SERVER_ALGOS", []string{"kex_algorithms"}},
	{"SSH_SERVER_HOSTKEY", []string{"SSHv2", "SSHv1"}},
	{"SSH_CLIENT_HASSH", []string{"hassh-v1.1"}}, {"SSH_SERVER_HASSH", []string{"hassh-v1.1"}},
	{"SSL_CLIENT", []string{"ja3", "ja4", "cert", "cacert"}},
	{"SSL_SERVER", []string{"ja3-UNKNOWN", "ja3-" + ja3MD5, "cert", "cacert"}},
	{"DNS_ANSWER", []string{"A-192.0.2.53-53"}}, {"DNS_BLACKLIST", []string{"zen.spamhaus.org-A-192.0.2.53-53", "-"}},
	{"DNS_HONEYPOT_QUERY", []string{"udp/53-A-C_INTERNET"}},
	{"FTP_CLIENT", []string{"USER"}}, {"POP_SERVER", []string{"PASS"}},
	{"TCP_CLIENT_BANNER", []string{"tcp/80"}}, {"TCP_SERVER_BANNER", []string{""}}, {"TCP_HONEYPOT_HIT", []string{"tcp/80"}},
	{"UDP_HONEYPOT_HIT", []string{"udp/53"}}, {"STUN_HONEYPOT_REQUEST", []string{"udp/3478"}},
	{"OPEN_PORT", []string{"TCP"}}, {"MAC_ADDRESS", []string{"ARP_REPLY_SRC"}},
	{"NTLM_NEGOTIATE", []string{"tcp-SMB"}}, {"NTLM_CHALLENGE", []string{"tcp-"}}, {"NTLM_AUTHENTICATE", []string{"tcp-"}},
	{"NTLM_CLIENT_FLAGS", []string{"AUTHORIZATION"}}, {"NTLM_SERVER_FLAGS", []string{"tcp-"}},
	{"SMB", []string{"tcp-SMB"}}, {"P0FV3_SYN", []string{"P0FV3"}}, {"UNKNOWN", []string{""}},
}

// FuzzDerive normalises a value as that of each kind, and derives from what comes out.
func FuzzDerive(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.in.Value, v.in.Source, v.in.TargetVal)
	}
	f.Add(base64.StdEncoding.EncodeToString(readCertificate(f)), "cert", "")
	f.Add("ts2i010000__1301_", "ja4", "a.b.")
	d := testDeriver(f, nil)
	d.CacheBytes = 1 << 20
	f.Fuzz(func(t *testing.T, value, source, target string) {
		if !utf8.ValidString(value) || !utf8.ValidString(source) || !utf8.ValidString(target) {
			return // readers make valid texts
		}
		for _, kind := range kinds {
			for _, s := range append(kind.sources, source) {
				r := passive.Record{Recontype: kind.name, Source: s, Value: value, TargetVal: target, Addr: netip.MustParseAddr("192.0.2.1")}
				for i, out := range process(t, d, r) {
					checkRecord(t, &out)
					if i > 1 {
						t.Fatalf("%s %s: more than two records", kind.name, s)
					}
				}
			}
		}
	})
}

// checkRecord checks what must be true of all records.
func checkRecord(t *testing.T, r *passive.Record) {
	for _, s := range []string{r.Recontype, r.Source, r.Value, r.TargetVal} {
		if !utf8.ValidString(s) {
			t.Errorf("%s %s: %q is not UTF-8", r.Recontype, r.Source, s)
		}
	}
	if r.Infos != nil && r.Infos.Len() == 0 {
		t.Errorf("%s %s: empty infos", r.Recontype, r.Source)
	}
	if r.Infos != nil {
		checkValue(t, r, r.Infos)
	}
	if infos, _ := passive.AppendInfos(nil, r.Infos); len(infos) > 64*(len(r.Value)+len(r.Source)+len(r.TargetVal))+64<<10 {
		t.Errorf("%s %s: infos of %d bytes", r.Recontype, r.Source, len(infos))
	}
}

func checkValue(t *testing.T, r *passive.Record, v host.Value) {
	switch v := v.(type) {
	case string:
		if !utf8.ValidString(v) {
			t.Errorf("%s %s: %q is not UTF-8", r.Recontype, r.Source, v)
		}
	case host.List:
		for _, item := range v {
			checkValue(t, r, item)
		}
	case *host.Object:
		seen := map[string]bool{}
		for _, m := range v.Members {
			if checkValue(t, r, m.Key); seen[m.Key] {
				t.Errorf("%s %s: %q twice", r.Recontype, r.Source, m.Key)
			}
			seen[m.Key] = true
			checkValue(t, r, m.Value)
		}
	}
}

func BenchmarkDeriveCached(b *testing.B) {
	d := testDeriver(b, nil)
	r := record("SSL_SERVER", "cert", base64.StdEncoding.EncodeToString(readCertificate(b)))
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = d.Derive(buf[:0], &r)
	}
}

func BenchmarkNormalise(b *testing.B) {
	d := testDeriver(b, nil)
	emit := func(*passive.Record) error { return nil }
	for _, v := range []struct {
		name string
		in   passive.Record
	}{
		{"DNS", record("DNS_ANSWER", "A-198.51.100.53-53", "www.example.com")},
		{"banner", record("TCP_SERVER_BANNER", "", `220 mx.example.com ESMTP Postfix\x0d\x0a`)},
		{"JA3", record("SSL_CLIENT", "ja3", ja3Raw)},
		{"NTLM", record("HTTP_SERVER_HEADER", "WWW-AUTHENTICATE", "NTLM "+ntlmChallenge)},
		{"user agent", record("HTTP_CLIENT_HEADER", "USER-AGENT", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")},
	} {
		b.Run(v.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := v.in
				if err := d.Normalise(&r, emit); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
