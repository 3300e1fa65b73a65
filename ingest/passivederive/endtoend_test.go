package passivederive

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/passive"
	"ivre/ingest/passiverecon"
)

// readLog reads a log and returns what would be stored of each line, as JSON.
func readLog(t *testing.T, text string) (out []string) {
	t.Helper()
	d := testDeriver(t, nil)
	opts := passiverecon.Options{Sensor: "S1", Bad: func(line uint64, err error) { t.Errorf("line %d: %v", line, err) }}
	_, err := passiverecon.Read(context.Background(), strings.NewReader(text), opts, func(r *passive.Record) error {
		return d.Normalise(r, func(r *passive.Record) error {
			d.Infos(r)
			out = append(out, string(passive.Append(nil, r)))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestFormats: a log makes the same records whether Zeek wrote it as tab-separated text or as JSON.
func TestFormats(t *testing.T) {
	type line struct {
		kind, source, target string
		value                []byte
	}
	lines := []line{
		{"DNS_ANSWER", "CNAME-198.51.100.53-53", "cdn.example.net", []byte("www.example.com")},
		{"TCP_SERVER_BANNER", "", "", []byte("hello Tue, 02 Jan 2024 03:04:05 GMT\r\n")},
		{"TCP_SERVER_BANNER", "", "", []byte("220 mx.example.com ESMTP Postfix\r\n")},
		{"TCP_SERVER_BANNER", "", "", mysqlGreeting},
		{"TCP_HONEYPOT_HIT", "tcp/80", "", []byte("GET / HTTP/1.0\r\n\r\n")},
		{"UDP_HONEYPOT_HIT", "udp/53", "", []byte("\x00\x01")},
		{"SSH_SERVER_HOSTKEY", "SSHv2", "", rsaBlob},
		{"STUN_HONEYPOT_REQUEST", "udp/3478", "", []byte("\x00\\\x01\xff caf\xe9 \xc3\xa9")},
		{"FTP_CLIENT", "USER", "", []byte(`DOM\user`)},
	}
	tsv := "#separator \\x09\n#empty_field\t(empty)\n#unset_field\t-\n#fields\tts\tuid\thost\tsrvport\trecon_type\tsource\tvalue\ttargetval\n"
	var object strings.Builder
	for _, l := range lines {
		target := l.target
		if target == "" {
			target = "-"
		}
		source := l.source
		if source == "" {
			source = "-"
		}
		tsv += fmt.Sprintf("1704164600.000000\tC3\t-\t-\tPassiveRecon::%s\t%s\t%s\t%s\n", l.kind, source, escaped(l.value), target)
		o := map[string]any{"ts": 1704164600.0, "recon_type": "PassiveRecon::" + l.kind, "value": zeekJSON(l.value)}
		if l.source != "" {
			o["source"] = l.source
		}
		if l.target != "" {
			o["targetval"] = l.target
		}
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		object.WriteString(string(b) + "\n")
	}
	got := readLog(t, tsv)
	if d := cmp.Diff(got, readLog(t, object.String())); d != "" {
		t.Errorf("-tab-separated +JSON:\n%s", d)
	}
	const v1 = `{"count": 1, "firstseen": "2024-01-02 03:03:20", "infos": {"domain": ["www.example.com", "example.com", "com"], "domaintarget": ["cdn.example.net", "example.net", "net"]}, "lastseen": "2024-01-02 03:03:20", "recontype": "DNS_ANSWER", "schema_version": 3, "sensor": "S1", "source": "CNAME-198.51.100.53-53", "targetval": "cdn.example.net", "value": "www.example.com"}`
	if len(got) != len(lines) || got[0] != v1 {
		t.Errorf("got %d records, the first\n%s\nwant\n%s", len(got), got[0], v1)
	}
	for i, want := range []string{"", `"value": "hello Thu, 1 Jan 1970 00:00:00 GMT\\r\\n"`, `"value": "220 mx.example.com ESMTP Postfix\\x0d\\x0a"`,
		`"service_version": "5.7.33"`, "TCP probe GetRequest", "UDP payload 53,69", `"modulus": "14106333703424951235"`,
		`"value": "\\x00\\\\\\x01\\xff caf\\xe9 \\xc3\\xa9"`, `"value": "DOM\\\\user"`} {
		if !strings.Contains(got[i], want) {
			t.Errorf("record %d: got %s, want %s in it", i, got[i], want)
		}
	}
}

// zeekJSON writes bytes as Zeek puts them into JSON strings: what is neither UTF-8 nor a usual control character as \xHH.
func zeekJSON(b []byte) string {
	var s strings.Builder
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		invalid := r == utf8.RuneError && n == 1
		if !invalid && (r == '\r' || r == '\n' || r == '\t' || r >= ' ' && r != 0x7f) {
			s.Write(b[:n])
		} else {
			fmt.Fprintf(&s, `\x%02x`, b[0])
		}
		b = b[n:]
	}
	return s.String()
}
