package flow

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

const nmapServices = `# name	port/proto	frequency	comment
http	80/tcp	0.484143	# World Wide Web HTTP
domain	53/udp	0.213496
domain	53/tcp	12/1000
sctp-thing	3868/sctp	0.5 # Diameter

broken	80
broken	80/tcp	many
broken	66000/tcp	0.1
broken	81	0.1
broken	82/	0.1
negative	83/tcp	-1
nothing	84/tcp	1/0
`

type portValue struct {
	proto string
	port  uint16
	value float64
}

func checkValues(t *testing.T, table *PortTable, want []portValue) {
	t.Helper()
	for _, w := range want {
		if got := table.Value(w.proto, w.port); got != w.value {
			t.Errorf("value of %s/%d = %v, want %v", w.proto, w.port, got, w.value)
		}
	}
}

func TestLoadNmapServices(t *testing.T) {
	table := new(PortTable)
	if err := table.LoadNmapServices(strings.NewReader(nmapServices)); err != nil {
		t.Fatal(err)
	}
	checkValues(t, table, []portValue{
		{"tcp", 80, 0.484143}, {"udp", 80, 0}, {"udp", 53, 0.213496}, {"tcp", 53, 0.012}, {"sctp", 3868, 0.5},
		{"tcp", 81, 0}, {"tcp", 82, 0}, {"tcp", 83, 0}, {"tcp", 84, 0}, {"tcp", 464, 0}, {"dccp", 1, 0},
	})
}

func TestLoadEtcServices(t *testing.T) {
	table := new(PortTable)
	err := table.LoadEtcServices(strings.NewReader("# comment\nssh\t22/tcp\t# SSH\nhttp 80/tcp www\nntp 123/udp\nname\nodd x/tcp\n"))
	if err != nil {
		t.Fatal(err)
	}
	checkValues(t, table, []portValue{{"tcp", 22, 0.5}, {"tcp", 80, 0}, {"udp", 123, 0.5}, {"tcp", 123, 0}})
}

func TestOverride(t *testing.T) {
	table := new(PortTable)
	table.Set("tcp", 80, 0.5)
	err := table.Override(map[string]map[int]float64{"TCP": {80: 0, 8080: 2}, "132": {9: 1}})
	if err != nil {
		t.Fatal(err)
	}
	checkValues(t, table, []portValue{{"tcp", 80, 0}, {"tcp", 8080, 2}, {"sctp", 9, 1}})
	for name, known := range map[string]map[string]map[int]float64{
		"port too large": {"tcp": {65536: 1}},
		"negative port":  {"tcp": {-1: 1}},
		"negative value": {"tcp": {1: -1}},
		"not a number":   {"tcp": {1: math.NaN()}},
		"infinite":       {"tcp": {1: math.Inf(1)}},
	} {
		if err := new(PortTable).Override(known); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestOpenPortTable(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "nmap-services")
	if err := os.WriteFile(name, []byte(nmapServices), 0o644); err != nil {
		t.Fatal(err)
	}
	table, source, err := OpenPortTable(dir, map[string]map[int]float64{"tcp": {53: 1}})
	if err != nil || source != name {
		t.Fatalf("source %q, error %v", source, err)
	}
	checkValues(t, table, []portValue{{"tcp", 80, 0.484143}, {"tcp", 53, 1}})

	// Without nmap's file the machine's /etc/services stands in, if there is one.
	_, source, err = OpenPortTable(t.TempDir(), nil)
	if err != nil || (source != "" && source != etcServices) {
		t.Errorf("without nmap-services: source %q, error %v", source, err)
	}
	if _, _, err := OpenPortTable(dir, map[string]map[int]float64{"tcp": {-1: 1}}); err == nil {
		t.Error("no error for a wrong known port")
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "sub", "nmap-services"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenPortTable(filepath.Join(dir, "sub"), nil); err == nil {
		t.Error("no error for an unreadable nmap-services")
	}
}

func TestLoadReportsReadErrors(t *testing.T) {
	want := errors.New("disk on fire")
	if err := new(PortTable).LoadNmapServices(iotest.ErrReader(want)); !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

func FuzzLoadNmapServices(f *testing.F) {
	f.Add(nmapServices)
	f.Fuzz(func(t *testing.T, text string) {
		table := new(PortTable)
		if err := table.LoadNmapServices(strings.NewReader(text)); err != nil {
			return
		}
		for port := range 1 << 16 {
			if v := table.Value("tcp", uint16(port)); !validValue(v) {
				t.Fatalf("value of tcp/%d is %v", port, v)
			}
		}
	})
}

func BenchmarkOrient(b *testing.B) {
	table := new(PortTable)
	table.Set("tcp", 80, 1)
	e := Event{Proto: "tcp", Sport: 80, Dport: 40000}
	for b.Loop() {
		table.Orient(&e)
	}
}
