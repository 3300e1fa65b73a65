package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

// datasetD loads the sample logs of three flows: tcp/80 from 192.0.2.10, icmp/8 from 192.0.2.11 and
// udp/53 from 2001:db8::10, and returns --db for them.
func datasetD(t *testing.T) (*store.Store, string) {
	t.Helper()
	s := storetest.New(t)
	db := serverFlag(s)
	args := []string{"zeek2db", db}
	for _, name := range []string{"http.log", "dns.log", "conn.log"} {
		args = append(args, filepath.Join("..", "ingest", "zeekflow", "testdata", "dataset-d", name))
	}
	if got := run(t, args...); got.code != 0 {
		t.Fatalf("loading: %+v", got)
	}
	return s, db
}

// TestFlowcliAnswers has the vectors for the command line.
func TestFlowcliAnswers(t *testing.T) {
	_, db := datasetD(t)
	pad := func(s string, n int) string { return s + strings.Repeat(" ", max(0, n-len(s))) }
	line := func(src, flow, dst string) string { return pad(src, 29) + " | " + pad(flow, 9) + " | " + pad(dst, 29) }
	tcp := line("192.0.2.10", "tcp/80", "198.51.100.5")
	icmp := line("192.0.2.11", "icmp/8", "192.0.2.10")
	udp := line("2001:db8::10", "udp/53", "2001:db8::53")
	for _, c := range []struct {
		args []string
		out  string
	}{
		{[]string{"--count"}, "3 clients\n3 servers\n3 flows\n"},
		{[]string{"-c", "-l", "1", "--skip", "5"}, "3 clients\n3 servers\n3 flows\n"},
		{nil, tcp + "\n" + icmp + "\n" + udp + "\n"},
		{[]string{"-s", ","}, "192.0.2.10,tcp/80,198.51.100.5\n192.0.2.11,icmp/8,192.0.2.10\n2001:db8::10,udp/53,2001:db8::53\n"},
		{[]string{"-l", "1"}, tcp + "\n"},
		{[]string{"--skip", "2"}, udp + "\n"},
		{[]string{"-o", "flow", "-s", ","}, "192.0.2.11,icmp/8,192.0.2.10\n2001:db8::10,udp/53,2001:db8::53\n192.0.2.10,tcp/80,198.51.100.5\n"},
		{[]string{"-o", "dst", "-s", ","}, "192.0.2.11,icmp/8,192.0.2.10\n192.0.2.10,tcp/80,198.51.100.5\n2001:db8::10,udp/53,2001:db8::53\n"},
		{[]string{"--fields", "count", "-s", ";", "-f", "!proto = icmp"}, "192.0.2.10 ;;tcp/80 ;2;198.51.100.5 ;\n2001:db8::10 ;;udp/53 ;None;2001:db8::53 ;\n"},
		{[]string{"--tcp", "--fields", "firstseen", "sports", "src.addr", "dport", "type", "meta.http.host", "-s", "|"},
			"192.0.2.10 ;2026-01-02 03:00:00.250000 ; ; ; ; ;|tcp/80 ;2026-01-02 03:00:00.250000 ;[40000, 40001] ; ;80 ; ;|198.51.100.5 ;2026-01-02 03:00:00.250000 ; ; ; ; ;\n"},
		{[]string{"--proto", "icmp", "--fields", "codes", "type", "lastseen"},
			line("192.0.2.11 ;  ;  ; 2026-01-02 04:00:01", "icmp/8 ; [0] ; 8 ; 2026-01-02 04:00:01", "192.0.2.10 ;  ;  ; 2026-01-02 04:00:01") + "\n"},
		{[]string{"--top", "src.addr", "dport", "--sum", "csbytes", "scbytes", "--collect", "proto"}, "(192.0.2.10, 80) | 1724 | (tcp)\n(2001:db8::10, 53) | 0 | (udp)\n"},
		{[]string{"--top", "sport"}, "(40000) | 1 | \n(40001) | 1 | \n"},
		{[]string{"--top", "sport", "-f", "ANY sports = 40001"}, "(40001) | 1 | \n"},
		{[]string{"--top", "sport", "-l", "1", "--skip", "1"}, "(40001) | 1 | \n"},
		{[]string{"--top", "dst.addr", "--collect", "sports", "proto"}, "(198.51.100.5) | 1 | ((40000, 40001), tcp)\n"},
		{[]string{"--top", "meta.http.status_code", "--sum", "count"}, "(200) | 2 | \n(404) | 2 | \n"},
		{[]string{"--top", "meta.http.host", "--tcp"}, "(api.example.com) | 1 | \n(www.example.com) | 1 | \n"},
		{[]string{"--top", "proto", "--tcp", "--collect", "meta.http.method"}, "(tcp) | 1 | (('GET',))\n"},
		{[]string{"--top", "proto", "--proto", "icmp", "--collect", "codes"}, "(icmp) | 1 | ((0,))\n"},
		{[]string{"--top", "firstseen", "--tcp"}, "(2026-01-02 03:00:00.250000) | 1 | \n"},
		{[]string{"--top", "times", "--udp"}, "({'start': datetime.datetime(2026, 1, 2, 3, 0), 'duration': 3600}) | 1 | \n"},
		{[]string{"--top", "times.start", "--udp"}, "(2026-01-02 03:00:00) | 1 | \n"},
		{[]string{"--top", "proto", "--udp", "--collect", "times"}, "(udp) | 1 | (({'start': datetime.datetime(2026, 1, 2, 3, 0), 'duration': 3600},))\n"},
		{[]string{"--top", "proto", "-s", ";", "--collect", "dport", "count"}, "(tcp);1;(80,2)\n"},
		{[]string{"--flow-daily"}, "03:00:00.000000 | (tcp/80, 1) ; (udp/53, 1)\n04:00:00.000000 | (tcp/80, 1) ; (icmp/8, 1)\n"},
		{[]string{"--flow-daily", "-s", ",", "--tcp"}, "03:00:00.000000,(tcp/80, 1)\n04:00:00.000000,(tcp/80, 1)\n"},
		{[]string{"--flow-daily", "--precision", "60"}, ""},
		{[]string{"--precision"}, "3600\n"},
		{[]string{"--precision", "3600", "-c"}, "3 clients\n3 servers\n3 flows\n"},
		{[]string{"--precision", "60", "-c"}, "0 clients\n0 servers\n0 flows\n"},
		{[]string{"--timeline"}, tcp + " | 2026-01-02 03:00:00 ; 2026-01-02 04:00:00\n" + icmp + " | 2026-01-02 04:00:00\n" + udp + " | 2026-01-02 03:00:00\n"},
		{[]string{"-T", "-s", ",", "--tcp"}, "192.0.2.10,tcp/80,198.51.100.5,2026-01-02 03:00:00 ;2026-01-02 04:00:00\n"},
		{[]string{"--tcp", "--udp", "--count"}, "0 clients\n0 servers\n0 flows\n"},
		{[]string{"--mode", "talk_map", "--skip", "1", "-l", "1"}, line("192.0.2.11", "TALK", "192.0.2.10") + "\n"},
		{[]string{"--mode", "flow_map", "--tcp", "--fields", "count", "proto", "-s", ";"}, "192.0.2.10 ; ;;MERGED_FLOWS ;1 ;;198.51.100.5 ; ;\n"},
		{[]string{"-a", "2026-01-02 03:30", "-b", "2026-01-02 04:00", "--count"}, "0 clients\n0 servers\n0 flows\n"},
		{[]string{"-b", "2026-01-02 03:30", "--count"}, "2 clients\n2 servers\n2 flows\n"},
		{[]string{"-a", "2026-01-02T04:00:00", "-s", ","}, "192.0.2.10,tcp/80,198.51.100.5\n192.0.2.11,icmp/8,192.0.2.10\n"},
		{[]string{"--host", "192.0.2.10", "-s", ","}, "192.0.2.10,tcp/80,198.51.100.5\n192.0.2.11,icmp/8,192.0.2.10\n"},
		{[]string{"--src", "192.0.2.0/24", "--dst", "198.51.100.5", "-s", ","}, "192.0.2.10,tcp/80,198.51.100.5\n"},
		{[]string{"--port", "80", "--sport", "40001", "-s", ","}, "192.0.2.10,tcp/80,198.51.100.5\n"},
		{[]string{"-f", "-proto = tcp", "-s", ","}, "192.0.2.11,icmp/8,192.0.2.10\n2001:db8::10,udp/53,2001:db8::53\n"},
		{[]string{"-n", "addr = 192.0.2.11", "-f", "count", "-s", ","}, "192.0.2.11,icmp/8,192.0.2.10\n"},
	} {
		expect(t, strings.Join(c.args, " "), run(t, append([]string{"flowcli", db}, c.args...)...), result{out: c.out})
	}
}

func TestFlowcliErrors(t *testing.T) {
	_, db := datasetD(t)
	const noField = "toto is not a valid field. Use --fields to get the list of available fields."
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-o", "foo"}, "Unsupported orderby (should be 'src', 'dst' or 'flow')"},
		{[]string{"-f", "toto"}, noField},
		{[]string{"-n", "toto = 1", "-c"}, noField},
		{[]string{"--fields", "toto"}, noField},
		{[]string{"--fields", "addr"}, "addr is not a valid field"},
		{[]string{"--top", "toto"}, noField},
		{[]string{"--top", "proto", "--sum", "toto"}, noField},
		{[]string{"--top", "proto", "--collect", "toto"}, noField},
		{[]string{"--host", "nonsense"}, "nonsense"},
		{[]string{"-a", "yesterday"}, "YYYY-MM-DD HH:MM"},
		{[]string{"-b", "2026-13-01 00:00", "-c"}, "YYYY-MM-DD HH:MM"},
		{[]string{"--reduce-precision", "60", "--precision", "3600"}, "must be greater"},
		{[]string{"--udp", "-f", "dport = 54", "--flow-daily", "--plot"}, "nothing to plot"},
	} {
		expect(t, strings.Join(c.args, " "), run(t, append([]string{"flowcli", db}, c.args...)...), result{code: 1, err: c.want})
	}
}

var random = regexp.MustCompile(`"([xy])": 0\.\d+(e-\d+)?`)

func TestFlowcliJSON(t *testing.T) {
	_, db := datasetD(t)
	got := run(t, "flowcli", db, "--json", "--timeline", "--udp")
	if got.code != 0 || got.err != "" {
		t.Fatalf("%+v", got)
	}
	const node = `{"id": "%", "label": "%", "labels": ["Host"], "x": R, "y": R, "data": {"addr": "%", "firstseen": "2026-01-02 03:00:02", "lastseen": "2026-01-02 03:00:02"}}`
	id := regexp.MustCompile(`"__key__": "([^"]+)"`).FindStringSubmatch(got.out)
	if id == nil {
		t.Fatalf("no id in %s", got.out)
	}
	want := `{"src": ` + strings.ReplaceAll(node, "%", "2001:db8::10") + `, "dst": ` + strings.ReplaceAll(node, "%", "2001:db8::53") +
		`, "flow": {"id": "` + id[1] + `", "label": "udp/53", "labels": ["Flow"], "source": "2001:db8::10", "target": "2001:db8::53", ` +
		`"data": {"cspkts": null, "csbytes": null, "count": null, "scpkts": null, "scbytes": null, "proto": "udp", "firstseen": "2026-01-02 03:00:02", ` +
		`"lastseen": "2026-01-02 03:00:02", "__key__": "` + id[1] + `", "addr_src": "2001:db8::10", "addr_dst": "2001:db8::53", "meta": {"times": [{"start": ` +
		`"2026-01-02 03:00:00", "duration": 3600}]}, "sports": null, "dport": 53}}}` + "\n"
	if d := cmp.Diff(want, random.ReplaceAllString(got.out, `"$1": R`)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	got = run(t, "flowcli", db, "--json", "--mode", "flow_map")
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines: %s", len(lines), got.out)
	}
	for i, want := range []string{`[["tcp", 80]]`, `[["icmp", null]]`, `[["udp", 53]]`} {
		if !json.Valid([]byte(lines[i])) || !strings.Contains(lines[i], `"label": "MERGED_FLOWS", "labels": ["MERGED_FLOWS"]`) ||
			!strings.Contains(lines[i], `"data": {"count": 1, "flows": `+want+`}`) {
			t.Errorf("line %d: %s", i, lines[i])
		}
	}
}

func TestFlowcliFieldsNeedNoDatabase(t *testing.T) {
	got := run(t, "flowcli", "--db", "clickhouse://127.0.0.1:1", "--fields")
	if got.code != 0 || got.err != "" {
		t.Fatalf("%+v", got)
	}
	for _, want := range []string{
		"=======  General   =======\nsrc.addr    : ", "\ntimes.start : ", "\n=======    http    =======\nmeta.http.method (list)\n",
		"\nmeta.http.request_body_len\n", "\nmeta.dns.answers (list)\n", "\nmeta.snmp.get_requests\n", "\nmeta.rdp.encryption_method (list)\n",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("no %q in\n%s", want, got.out)
		}
	}
}

func TestFlowcliExplain(t *testing.T) {
	_, db := datasetD(t)
	for _, args := range [][]string{
		{}, {"--count"}, {"--top", "sport", "--sum", "count"}, {"--flow-daily"}, {"--precision"},
		{"--host", "192.0.2.10", "-f", `meta.http.host =~ "it's"`},
	} {
		got := run(t, append([]string{"flowcli", db, "--explain"}, args...)...)
		if got.code != 0 || got.err != "" || !strings.Contains(got.out, "SELECT") || !strings.HasSuffix(got.out, ";\n") {
			t.Errorf("%v: %+v", args, got)
			continue
		}
		if answer := runWith(t, got.out, "sql", db); answer.code != 0 {
			t.Errorf("%v: its SQL fails: %s\n%s", args, answer.err, got.out)
		}
	}
}

func TestFlowcliPlot(t *testing.T) {
	_, db := datasetD(t)
	got := run(t, "flowcli", db, "--flow-daily", "--plot")
	if got.code != 0 || !strings.Contains(got.out, "tcp/80") || !strings.Contains(got.out, "03:00") || strings.Contains(got.out, "\x1b") {
		t.Errorf("%+v", got)
	}
	dir := t.TempDir()
	for _, name := range []string{"a.png", "b.svg"} {
		file := filepath.Join(dir, name)
		expect(t, name, run(t, "flowcli", db, "--flow-daily", "--plot-file", file), result{})
		if st, err := os.Stat(file); err != nil || st.Size() < 1000 {
			t.Errorf("%s: %v", name, err)
		}
	}
	got = run(t, "flowcli", db, "--flow-daily", "--plot-file", filepath.Join(dir, "none", "c.png"))
	expect(t, "no such folder", got, result{code: 1, err: "none"})
	if left, _ := filepath.Glob(filepath.Join(dir, "*.part")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFlowcliReducePrecision(t *testing.T) {
	_, db := datasetD(t)
	expect(t, "not for icmp", run(t, "flowcli", db, "--reduce-precision", "7200", "--precision", "3600", "-f", "!proto = icmp"), result{})
	expect(t, "precisions", run(t, "flowcli", db, "--precision"), result{out: "3600\n7200\n"})
	expect(t, "slots", run(t, "flowcli", db, "-T", "-s", ","), result{out: "192.0.2.10,tcp/80,198.51.100.5,2026-01-02 02:00:00 ;2026-01-02 04:00:00\n" +
		"192.0.2.11,icmp/8,192.0.2.10,2026-01-02 04:00:00\n2001:db8::10,udp/53,2001:db8::53,2026-01-02 02:00:00\n"})
	expect(t, "bounded", run(t, "flowcli", db, "--reduce-precision", "86400", "-b", "2026-01-02 03:00"), result{})
	expect(t, "slots", run(t, "flowcli", db, "-T", "-s", ","), result{out: "192.0.2.10,tcp/80,198.51.100.5,2026-01-02 00:00:00 ;2026-01-02 04:00:00\n" +
		"192.0.2.11,icmp/8,192.0.2.10,2026-01-02 04:00:00\n2001:db8::10,udp/53,2001:db8::53,2026-01-02 00:00:00\n"})
	expect(t, "nothing matches", run(t, "flowcli", db, "--reduce-precision", "86400", "--dport", "1"), result{})
	expect(t, "check", run(t, "db", "check", db), result{out: "flow tables: derived and base tables agree\n"})
}

func TestFlowcliPurgesWithoutAsking(t *testing.T) {
	_, db := datasetD(t)
	expect(t, "--purgedb", run(t, "flowcli", db, "--purgedb"), result{})
	expect(t, "--count", run(t, "flowcli", db, "--count"), result{out: "0 clients\n0 servers\n0 flows\n"})
	expect(t, "listing", run(t, "flowcli", db), result{})
	expect(t, "--json", run(t, "flowcli", db, "-j"), result{})
	expect(t, "--flow-daily", run(t, "flowcli", db, "--flow-daily"), result{})
	expect(t, "--precision", run(t, "flowcli", db, "--precision"), result{})
}
