package hostprint

import (
	"bytes"
	"errors"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
)

var update = flag.Bool("update", false, "write the golden files")

// printers are all printers, with the names of their golden files.
var printers = []struct {
	name string
	make func() Printer
}{
	{"text", func() Printer { return Text(TextOptions{Manufacturer: maker}) }},
	{"text-terminal", func() Printer { return Text(TextOptions{Terminal: true}) }},
	{"json", func() Printer { return JSON(JSONOptions{}) }},
	{"json-indented", func() Printer { return JSON(JSONOptions{Indent: true, NoScreenshots: true}) }},
	{"urls", func() Printer { return HTTPURLs(AddressURLs) }},
	{"urls-names", func() Printer { return HTTPURLs(NameURLs) }},
	{"urls-full-scans", func() Printer { return HTTPURLs(AddressedNameURLs) }},
	{"urls-full-view", func() Printer { return HTTPURLs(AddressedURLs) }},
	{"gnmap", Gnmap},
	{"csv-ports", func() Printer { return CSV(CSVPorts, CSVOptions{}) }},
	{"csv-ports-infos", func() Printer { return CSV(CSVPorts, CSVOptions{Separator: ";", NA: "-", AddInfos: true}) }},
	{"csv-hops", func() Printer { return CSV(CSVHops, CSVOptions{}) }},
	{"csv-hops-infos", func() Printer { return CSV(CSVHops, CSVOptions{AddInfos: true}) }},
	{"nmapxml", func() Printer { return NmapXML(maker) }},
	{"honeyd", func() Printer { return Honeyd(HoneydOptions{ScriptsDir: "/usr/share/ivre/data/honeyd"}) }},
	{"graph", func() Printer { return GraphRoute(GraphOptions{}) }},
	{"graph-lasthop", func() Printer { return GraphRoute(GraphOptions{Include: GraphLastHop}) }},
	{"graph-target", func() Printer { return GraphRoute(GraphOptions{Include: GraphTarget, Cluster: clusterOf}) }},
}

func output(t testing.TB, p Printer, hosts ...*host.Host) string {
	t.Helper()
	var buf bytes.Buffer
	for _, h := range hosts {
		if err := p.Host(&buf, h); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.End(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, d)
	}
}

func TestGolden(t *testing.T) {
	for _, tc := range printers {
		t.Run(tc.name, func(t *testing.T) {
			switch tc.name {
			case "text-terminal", "json", "json-indented": // what is special to them does not depend on the host
				golden(t, tc.name, output(t, tc.make(), documented()))
				return
			}
			golden(t, tc.name, output(t, tc.make(), rich()...))
		})
	}
}

// What Nmap 7.93 reported, in the formats that show most of it.
func TestGoldenReal(t *testing.T) {
	for _, tc := range printers {
		switch tc.name {
		case "text", "gnmap", "csv-ports", "csv-hops", "nmapxml", "honeyd", "urls":
			t.Run(tc.name, func(t *testing.T) { golden(t, tc.name+"-real", output(t, tc.make(), real(t)...)) })
		}
	}
}

// The output is the same each time, and printing does not change the hosts.
func TestDeterministic(t *testing.T) {
	for _, tc := range printers {
		hosts := rich()
		first := output(t, tc.make(), hosts...)
		if again := output(t, tc.make(), hosts...); again != first {
			t.Errorf("%s: the second output is another one", tc.name)
		}
		for i, want := range rich() {
			if d := cmp.Diff(want, hosts[i], cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); d != "" {
				t.Errorf("%s changes the host: %s", tc.name, d)
			}
		}
	}
}

// No printer lets through what a terminal would obey, and each record's end is where the layout has it.
func TestHostileText(t *testing.T) {
	for _, tc := range printers {
		out := output(t, tc.make(), hostile())
		if !utf8.ValidString(out) {
			t.Errorf("%s writes text that is not UTF-8", tc.name)
		}
		for _, r := range out {
			if unicode.IsControl(r) && r != '\n' && r != '\t' || r == '\u202e' {
				t.Errorf("%s writes %U", tc.name, r)
				break
			}
		}
		switch {
		case strings.HasPrefix(tc.name, "csv"), strings.HasPrefix(tc.name, "urls"), tc.name == "honeyd":
			if strings.Contains(out, "\t") {
				t.Errorf("%s writes a TAB", tc.name)
			}
		}
	}
}

// Nothing but the header and footer for no hosts at all.
func TestNoHosts(t *testing.T) {
	for _, tc := range printers {
		got := output(t, tc.make())
		var want string
		switch tc.name {
		case "gnmap":
			want = "# Nmap  scan initiated  as: \n"
		case "csv-ports":
			want = "addr,ports.port,ports.state_state\n"
		case "csv-ports-infos":
			want = "addr;ports.port;ports.state_state;infos.country_code;infos.city;infos.as_num\n"
		case "csv-hops":
			want = "addr,traces.hops.ipaddr,traces.hops.ttl,traces.hops.rtt\n"
		case "csv-hops-infos":
			want = "addr,traces.hops.ipaddr,traces.hops.ttl,traces.hops.rtt,infos.country_code,infos.city,infos.as_num\n"
		case "nmapxml":
			want = xmlHeader + xmlFooter
		case "honeyd":
			want = "create default\nset default default tcp action block\nset default default udp action block\nset default default icmp action block\n\n"
		case "graph", "graph-lasthop", "graph-target":
			want = "digraph traceroute {\n}\n"
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", tc.name, got, want)
		}
	}
}

// failing fails after some bytes.
type failing struct{ left int }

var errFull = errors.New("disk full")

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestWriteErrors(t *testing.T) {
	big := documented()
	big.Ports[0].Scripts = []host.Script{{ID: "x", Output: strings.Repeat("line\n", spillSize), HasOutput: true}}
	for len(big.Traces[0].Hops) < spillSize { // so that something is too large for all of them
		i := len(big.Traces[0].Hops)
		big.Traces[0].Hops = append(big.Traces[0].Hops, host.Hop{Addr: addr("198.51.100.1").Next(), TTL: int64(i + 1), RTT: 0.5})
	}
	for range 5000 {
		big.Ports = append(big.Ports, big.Ports[0])
		big.Ports[len(big.Ports)-1].Scripts = nil
	}
	for _, tc := range printers {
		for _, room := range []int{0, spillSize / 2} {
			p := tc.make()
			w := &failing{room}
			errHost, errEnd := p.Host(w, big), p.End(w)
			if !errors.Is(errHost, errFull) && !errors.Is(errEnd, errFull) && len(output(t, tc.make(), big)) > room {
				t.Errorf("%s with room for %d bytes: the error of the writer is lost (%v, %v)", tc.name, room, errHost, errEnd)
			}
		}
	}
}

// largest notes the largest piece that is written.
type largest int

func (l *largest) Write(b []byte) (int, error) {
	*l = max(*l, largest(len(b)))
	return len(b), nil
}

// A record with many parts does not have to fit into memory as text once more.
func TestSpill(t *testing.T) {
	h := documented()
	for i := range 20000 {
		h.Ports = append(h.Ports, host.Port{Port: i, Protocol: "udp", State: "open", Service: host.Service{Name: "http", Product: "something"}})
	}
	for _, tc := range printers {
		if tc.name == "json" { // one line in one piece
			continue
		}
		var l largest
		if err := tc.make().Host(&l, h); err != nil {
			t.Fatal(err)
		}
		if l > 2*spillSize {
			t.Errorf("%s writes %d bytes at once", tc.name, l)
		}
	}
}
