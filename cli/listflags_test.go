package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// parseFlowcli parses the arguments of flowcli.
func parseFlowcli(t testing.TB, args ...string) (*flowcliCommand, error) {
	t.Helper()
	var line struct {
		globals
		Flowcli flowcliCommand `cmd:""`
	}
	k, err := kong.New(&line, kong.NoDefaultHelp(), kong.ExplicitGroups(flowcliGroups))
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.Parse(append([]string{"flowcli"}, args...))
	return &line.Flowcli, err
}

func TestFlowcliArguments(t *testing.T) {
	p := func(n int64) *int64 { return &n }
	s := func(s string) *string { return &s }
	for _, c := range []struct {
		args string // separated by |
		want flowcliCommand
	}{
		{"", flowcliCommand{}},
		{"--top|src.addr|dport|--sum|csbytes|scbytes|--collect|proto", flowcliCommand{Top: wordList{"src.addr", "dport"}, Sum: wordList{"csbytes", "scbytes"}, Collect: wordList{"proto"}}},
		{"-t|src.addr|dport|-S|csbytes|-C|proto|-L", flowcliCommand{Top: wordList{"src.addr", "dport"}, Sum: wordList{"csbytes"}, Collect: wordList{"proto"}, Least: true}},
		{"--top=src.addr|dport", flowcliCommand{Top: wordList{"src.addr", "dport"}}},
		{"-tsrc.addr|dport", flowcliCommand{Top: wordList{"src.addr", "dport"}}},
		{"--top|a|--top|b", flowcliCommand{Top: wordList{"a", "b"}}},
		{"-n|A|B|-f|C", flowcliCommand{NodeFilters: filterList{"A", "B"}, FlowFilters: filterList{"C"}}},
		{"-f|!dport = 80|proto = tcp|-c", flowcliCommand{FlowFilters: filterList{"!dport = 80", "proto = tcp"}, Count: true}},
		{"-f|-dport = 80|-c", flowcliCommand{FlowFilters: filterList{"-dport = 80"}, Count: true}},
		{"-f|-dport=80|-count", flowcliCommand{FlowFilters: filterList{"-dport=80", "-count"}}},
		{"-f|-src.addr =~ 10/8|-addr|-meta.http.host", flowcliCommand{FlowFilters: filterList{"-src.addr =~ 10/8", "-addr", "-meta.http.host"}}},
		{"-f|-ANY sports = 1|-LEN sports>2", flowcliCommand{FlowFilters: filterList{"-ANY sports = 1", "-LEN sports>2"}}},
		{"-f|-nosuch = 1|-c", flowcliCommand{FlowFilters: filterList{"-nosuch = 1"}, Count: true}},
		{"-f|~proto = tcp|-o|src", flowcliCommand{FlowFilters: filterList{"~proto = tcp"}, Orderby: "src"}},
		{"-f|proto = tcp|-s, ", flowcliCommand{FlowFilters: filterList{"proto = tcp"}, Separator: s(", ")}},
		{"-f|proto = tcp|-s|;|-l|3", flowcliCommand{FlowFilters: filterList{"proto = tcp"}, Separator: s(";"), Limit: 3}},
		{"-f|x|-cTL", flowcliCommand{FlowFilters: filterList{"x"}, Count: true, Timeline: true, Least: true}},
		{"-f||-c", flowcliCommand{FlowFilters: filterList{""}, Count: true}},
		{"--flow-filters=a=b", flowcliCommand{FlowFilters: filterList{"a=b"}}},
		{"-c|-f|--|-weird|--count", flowcliCommand{FlowFilters: filterList{"-weird", "--count"}, Count: true}},
		{"--fields", flowcliCommand{Fields: optionalWordList{Given: true}}},
		{"--fields|-j", flowcliCommand{Fields: optionalWordList{Given: true}, JSON: true}},
		{"--fields|count|proto|-j", flowcliCommand{Fields: optionalWordList{Given: true, Words: []string{"count", "proto"}}, JSON: true}},
		{"--precision", flowcliCommand{Precision: optionalInt{Given: true}}},
		{"--precision|-c", flowcliCommand{Precision: optionalInt{Given: true}, Count: true}},
		{"--precision|0", flowcliCommand{Precision: optionalInt{Given: true}}},
		{"--precision|3600|-c", flowcliCommand{Precision: optionalInt{Given: true, N: 3600}, Count: true}},
		{"--precision=60", flowcliCommand{Precision: optionalInt{Given: true, N: 60}}},
		{"--dport|80|--sport|1024", flowcliCommand{Port: p(80), Sport: p(1024)}},
		{"--port=443|--tcp|--host|192.0.2.0/24", flowcliCommand{Port: p(443), TCP: true, Host: "192.0.2.0/24"}},
		{"--purgedb", flowcliCommand{Init: true}},
		{"-a|2026-01-02 03:04|-b|2026-01-03 00:00", flowcliCommand{After: "2026-01-02 03:04", Before: "2026-01-03 00:00"}},
		{"-s|", flowcliCommand{Separator: s("")}},
		{"--reduce-precision|7200|--precision|3600", flowcliCommand{ReducePrecision: 7200, Precision: optionalInt{Given: true, N: 3600}}},
	} {
		var args []string
		if c.args != "" {
			args = strings.Split(c.args, "|")
		}
		got, err := parseFlowcli(t, args...)
		if err != nil {
			t.Errorf("%s: %v", c.args, err)
			continue
		}
		if d := cmp.Diff(c.want, *got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.args, d)
		}
	}
}

func TestFlowcliArgumentErrors(t *testing.T) {
	for _, args := range []string{
		"--top", "--top|--sum|count", "-f|-c", "-n|--host|x", "--precision|x", "--precision=-1", "--precision|99999999999999999999",
		"--precision=", "--limit|-1", "--skip|x", "x", "-f|a|--nosuch", "--port|http", "--reduce-precision|-5", "--plot-file|x.gif",
	} {
		if got, err := parseFlowcli(t, strings.Split(args, "|")...); err == nil {
			t.Errorf("%s: accepted as %+v", args, got)
		}
	}
}

func TestFilters(t *testing.T) {
	c, err := parseFlowcli(t, "-n", "addr", "-f", "dport", "--host", "192.0.2.1", "--src", "10/8", "--dst", "2001:db8::/32", "--proto", `u" OR "x\`,
		"--tcp", "--udp", "--port", "80", "--sport", "40000")
	if err != nil {
		t.Fatal(err)
	}
	nodes, edges := c.filters()
	if want := []string{"addr", "addr = 192.0.2.1"}; !slices.Equal(nodes, want) {
		t.Errorf("nodes: %q", nodes)
	}
	want := []string{"dport", "src.addr =~ 10/8", "dst.addr =~ 2001:db8::/32", `proto = "u\" OR \"x\\"`, "proto = tcp", "proto = udp", "dport = 80", "ANY sports = 40000"}
	if !slices.Equal(edges, want) {
		t.Errorf("edges: %q", edges)
	}
	c, _ = parseFlowcli(t, "--host", "x OR proto")
	if nodes, _ := c.filters(); nodes[0] != `addr = "x OR proto"` {
		t.Errorf("a text that is no address: %q", nodes)
	}
}

// FuzzFlowcliArguments checks that parsing never fails in another way than with an error, and that the
// values of lists are arguments of the line, in order.
func FuzzFlowcliArguments(f *testing.F) {
	for _, s := range []string{"--top|a|b|-c", "-f|-dport = 1|--|x", "--fields|--precision|-s,", "-tx|-f=y|--sum=a|b", "-|--|-f", "-é|\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Split(line, "|")
		c, err := parseFlowcli(t, args...)
		if err != nil {
			return
		}
		for _, list := range [][]string{c.Top, c.Sum, c.Collect, c.NodeFilters, c.FlowFilters, c.Fields.Words} {
			at := 0
			for _, v := range list {
				for at < len(args) && !strings.HasSuffix(args[at], v) {
					at++
				}
				if at == len(args) {
					t.Fatalf("%q: the value %q is not in the line", args, v)
				}
			}
		}
	})
}
