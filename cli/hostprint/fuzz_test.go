package hostprint

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"ivre/cli/termtext"
	"ivre/ingest/host"
)

// Whatever is in a record: no printer panics, changes its mind, or lets control characters through; JSON and XML are
// well-formed.
func FuzzPrinters(f *testing.F) {
	for _, h := range rich() {
		f.Add(string(host.Append(nil, h)))
	}
	f.Add(`{"addr": "192.0.2.1", "ports": [{"port": -1, "scripts": [{"id": "x", "x": [[], {}, "\u0000", 1e300]}]}]}`)
	f.Fuzz(func(t *testing.T, record string) {
		h, err := host.DecodeString(record)
		if err != nil {
			return
		}
		for _, tc := range printers {
			out := output(t, tc.make(), h)
			if out != output(t, tc.make(), h) {
				t.Fatalf("%s is not deterministic", tc.name)
			}
			if !utf8.ValidString(out) || strings.ContainsFunc(out, func(r rune) bool {
				return unicode.IsControl(r) && r != '\n' && r != '\t' || termtext.Misleading(r)
			}) {
				t.Fatalf("%s writes %q", tc.name, out)
			}
			switch tc.name {
			case "json", "json-indented":
				if !json.Valid([]byte(out)) {
					t.Fatalf("%s writes %s", tc.name, out)
				}
			case "nmapxml":
				d := xml.NewDecoder(strings.NewReader(out))
				for err == nil {
					_, err = d.Token()
				}
				if !errors.Is(err, io.EOF) {
					t.Fatalf("%v in %s", err, out)
				}
			}
		}
		for i := range h.Ports {
			for _, s := range h.Ports[i].Scripts {
				if l := Label(s.Data, true) + Label(s.Data, false) + DistinctValue(s.Data); termtext.Clean(l) != l {
					t.Fatalf("the label %q is not clean", l)
				}
			}
		}
	})
}

// A host with many ports, as it comes from a scan of all of them.
func manyPorts() *host.Host {
	h := documented()
	for i := range 1000 {
		h.Ports = append(h.Ports, host.Port{Port: i, Protocol: "udp", State: "open", StateReason: "udp-response", StateReasonTTL: host.Some(64),
			Service: host.Service{Name: "http", Method: "probed", Product: "Apache httpd", Version: "2.4.1"},
			Scripts: []host.Script{{ID: "http-title", Output: "\n  Title\n  of the page: é\n", HasOutput: true}}})
	}
	h.Finish()
	return h
}

func BenchmarkPrinters(b *testing.B) {
	h := manyPorts()
	for _, tc := range printers {
		b.Run(tc.name, func(b *testing.B) {
			p := tc.make()
			n := len(output(b, tc.make(), h))
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Host(io.Discard, h); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
