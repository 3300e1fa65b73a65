package zeekflow

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/flow"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden from the tab-separated logs")

func addr(t *testing.T, s string) flow.Addr {
	t.Helper()
	a, err := flow.ParseAddr(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func open(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func str(key, s string) flow.Value           { return flow.Value{Key: key, Kind: flow.String, Str: s} }
func integer(key string, n int64) flow.Value { return flow.Value{Key: key, Kind: flow.Int, Int: n} }

// TestDatasetD reads the data set of the specification's test vectors.
func TestDatasetD(t *testing.T) {
	client, server := addr(t, "192.0.2.10"), addr(t, "198.51.100.5")
	const t0 = 1767322800_000000
	h1 := flow.Meta{
		Start: t0 + 1_000000, End: t0 + 1_000000, Src: client, Dst: server, Proto: "tcp", Dport: 80, Name: "http",
		Values: []flow.Value{
			str("method", "GET"), str("host", "www.example.com"), str("user_agent", "curl/8.0"),
			integer("status_code", 200), str("status_msg", "OK"),
		},
		Counters: []flow.Counter{{Key: "response_body_len", N: 512}},
	}
	h2 := flow.Meta{
		Start: t0 + 3602_000000, End: t0 + 3602_000000, Src: client, Dst: server, Proto: "tcp", Dport: 80, Name: "http",
		Values: []flow.Value{
			str("method", "GET"), str("host", "api.example.com"), str("user_agent", "curl/8.0"),
			integer("status_code", 404), str("status_msg", "Not Found"), str("proxied", "VIA -> a"), str("proxied", "VIA -> b"),
		},
		Counters: []flow.Counter{{Key: "request_body_len", N: 10}, {Key: "response_body_len", N: 40}},
	}
	n1 := flow.Meta{
		Start: t0 + 2_000000, End: t0 + 2_000000, Src: addr(t, "2001:db8::10"), Dst: addr(t, "2001:db8::53"),
		Proto: "udp", Dport: 53, Name: "dns",
		Values: []flow.Value{
			str("query", "www.example.com"), str("class", "C_INTERNET"), str("type", "A"), str("rcode", "NOERROR"),
			str("answers", "198.51.100.5"), str("answers", "cdn.example.net"),
		},
	}
	c1 := flow.Event{
		Start: t0 + 250000, End: t0 + 250000, Src: client, Dst: server, Proto: "tcp", Sport: 40000, Dport: 80,
		Count: 1, CsPkts: 5, CsBytes: 360, ScPkts: 4, ScBytes: 1100,
	}
	c2 := flow.Event{
		Start: t0 + 3600_500000, End: t0 + 3600_500000, Src: client, Dst: server, Proto: "tcp", Sport: 40001, Dport: 80,
		Count: 1, CsPkts: 2, CsBytes: 92, ScPkts: 2, ScBytes: 172,
	}
	c3 := flow.Event{
		Start: t0 + 3601_000000, End: t0 + 3601_000000, Src: addr(t, "192.0.2.11"), Dst: client, Proto: "icmp", Type: 8, Code: 0,
		Count: 1, CsPkts: 1, CsBytes: 84, ScPkts: 1, ScBytes: 84,
	}
	for _, suffix := range []string{".log", ".json.log"} {
		t.Run(suffix, func(t *testing.T) {
			got := recorder{}
			for _, log := range []string{"http", "dns", "conn"} {
				name := "dataset-d/" + log + suffix
				s, res := read(t, open(t, name), Options{Name: name})
				if len(s.bad) > 0 || len(s.skipped) > 0 || res.Path != log {
					t.Errorf("%s: path %q, bad %q, skipped %v", name, res.Path, s.bad, s.skipped)
				}
				got.events, got.metas = append(got.events, s.events...), append(got.metas, s.metas...)
			}
			if diff := cmp.Diff([]flow.Meta{h1, h2, n1}, got.metas); diff != "" {
				t.Errorf("metadata (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]flow.Event{c1, c2, c3}, got.events); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSamples reads a log of each kind, with the columns of Zeek 5 to 7, in both formats. The golden
// files hold for both.
func TestSamples(t *testing.T) {
	for name := range kinds {
		golden := filepath.Join("testdata", name+".golden")
		for _, suffix := range []string{".log", ".json.log"} {
			t.Run(name+suffix, func(t *testing.T) {
				// The name of the file must not be needed: the log says its path.
				s, res := read(t, open(t, name+suffix), Options{Name: "x"})
				got := strings.Join(s.all, "\n") + "\n"
				if *update && suffix == ".log" {
					if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if res.Path != name || len(s.bad)+len(s.skipped)+len(s.notes) > 0 {
					t.Errorf("path %q, bad %q, skipped %v, notes %q", res.Path, s.bad, s.skipped, s.notes)
				}
				if n := res.Records[name]; n != uint64(len(s.all)) || n == 0 {
					t.Errorf("Records = %v for %d records", res.Records, len(s.all))
				}
			})
		}
	}
}
