package fingerprint

import (
	"strings"
	"testing"
	"time"
)

// Banners that are made to keep the engines busy.
func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	d := installed(t)
	var all strings.Builder // the texts that patterns ask for
	all.WriteString("HTTP/1.1 200 OK\r\n")
	s := d.sections["TCP/GetRequest"]
	s.once.Do(s.build)
	for _, p := range s.patterns {
		for _, l := range p.needs.lits {
			if len(l.text) > 5 && all.Len() < maxData {
				all.WriteString(l.text)
			}
		}
	}
	for name, banner := range map[string]string{
		"every text":  all.String(),
		"headers":     "HTTP/1.1 200 OK\r\n" + strings.Repeat("Server: a\r\n", maxData),
		"line ends":   "HTTP/1.1 200 OK" + strings.Repeat("\r\n", maxData),
		"one byte":    strings.Repeat("a", maxData),
		"zeros":       strings.Repeat("\x00", maxData),
		"high bytes":  strings.Repeat("\xff\xfd", maxData),
		"SSH letters": "SSH-2.0-" + strings.Repeat("aB1", maxData) + "\n",
	} {
		for _, probe := range []string{"NULL", "GetRequest"} {
			start := time.Now()
			d.Match("tcp", probe, []byte(banner))
			took := time.Since(start)
			t.Logf("%s, %s: %v", name, probe, took)
			if took > 2*time.Second {
				t.Errorf("%s, %s: took %v", name, probe, took)
			}
		}
	}
}
