package cli_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/bench/flowgen"
	"ivre/sql/flowstore"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

const (
	labNetFlow = "../samples/lab.nfcapd"
	labArgus   = "../samples/lab.argus"
)

// rows returns the lines of an answer, sorted. sql goes on after the bracket that opens the columns.
func rows(t *testing.T, db *store.Store, sql string) []string {
	t.Helper()
	r, err := db.Query(context.Background(), store.Statement{SQL: "SELECT arrayStringConcat([" + sql})
	if err != nil {
		t.Fatal(sql, err)
	}
	defer r.Close()
	var out []string
	for r.Next() {
		var s string
		if err := r.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	sort.Strings(out)
	return out
}

// The same three sums, from the base table and from the graph's edges.
const (
	perProto    = "toString(proto), toString(sum(count)), toString(sum(cspkts + scpkts)), toString(sum(csbytes + scbytes))], ' ') FROM %s GROUP BY proto"
	perPort     = "toString(proto), toString(dport), toString(sum(count)), toString(sum(cspkts + scpkts)), toString(sum(csbytes + scbytes))], ' ') FROM %s WHERE proto IN ('tcp', 'udp') GROUP BY proto, dport"
	perServer   = "toString(proto), replaceOne(IPv6NumToString(dst), '::ffff:', ''), toString(dport), toString(sum(count)), toString(sum(csbytes)), toString(sum(scbytes))], ' ') FROM %s WHERE proto IN ('tcp', 'udp') GROUP BY proto, dst, dport"
	inTotal     = "toString(sum(count)), toString(sum(cspkts + scpkts)), toString(sum(csbytes + scbytes))], ' ') FROM %s"
	graphFields = "toString(count()), toString(sum(h))], ' ') FROM (SELECT sipHash64(src, dst, proto, dport, type, min(firstseen), max(lastseen), sum(count), sum(cspkts), sum(csbytes), sum(scpkts), sum(scbytes), sum(loglines), arraySort(groupUniqArrayArray(sports)), arraySort(groupUniqArrayArray(codes)), arraySort(groupUniqArrayArray(slots))) AS h FROM flows GROUP BY src, dst, proto, dport, type)"
)

func mustLoad(t *testing.T, db *store.Store, args ...string) {
	t.Helper()
	got := run(t, append(args[:1:1], append([]string{serverFlag(db)}, args[1:]...)...)...)
	if got.code != 0 || got.out != "" {
		t.Fatalf("%v: %+v", args, got)
	}
	diffs, err := flowstore.Check(context.Background(), db)
	if err != nil || len(diffs) > 0 {
		t.Fatalf("%v: base and derived tables: %v %v", args, diffs, err)
	}
}

// tool runs one of the field's programs and returns its lines, sorted, with blanks folded.
func tool(t *testing.T, name string, args ...string) []string {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s (is it installed? see .ci/run): %v", name, err)
	}
	var lines []string
	for _, l := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		lines = append(lines, strings.Join(strings.Fields(strings.ReplaceAll(l, ",", " ")), " "))
	}
	sort.Strings(lines)
	return lines
}

// sums adds up the last n columns of lines that agree in the others.
func sums(lines []string, n int) []string {
	totals := map[string][]uint64{}
	for _, l := range lines {
		f := strings.Fields(l)
		key := strings.Join(f[:len(f)-n], " ")
		if totals[key] == nil {
			totals[key] = make([]uint64, n)
		}
		for i, v := range f[len(f)-n:] {
			var x uint64
			fmt.Sscan(v, &x)
			totals[key][i] += x
		}
	}
	var out []string
	for key, v := range totals {
		text := key
		for _, x := range v {
			text += " " + fmt.Sprint(x)
		}
		out = append(out, strings.TrimSpace(text))
	}
	sort.Strings(out)
	return out
}

// TestNetFlowEqualsNfdump compares what was loaded with what the nfdump program says of the file.
func TestNetFlowEqualsNfdump(t *testing.T) {
	generated := filepath.Join(t.TempDir(), "generated.nfcapd")
	f, err := os.Create(generated)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(flowgen.Write(f, flowgen.Options{Flows: 3000, Seed: 7}), f.Close()); err != nil {
		t.Fatal(err)
	}
	names := map[string]string{"1": "icmp", "6": "tcp", "17": "udp", "58": "icmp6"}
	for _, file := range []string{labNetFlow, generated} {
		db := storetest.New(t)
		mustLoad(t, db, "flow2db", "-C", file)
		lines := tool(t, "nfdump", "-6", "-r", file, "-q", "-N", "-o", "fmt:%pr %sp %dp %fl %opkt %ipkt %obyt %ibyt")
		var protos, ports []string
		for _, l := range lines {
			var c [8]uint64
			fields := strings.Fields(l)
			for i, v := range fields {
				fmt.Sscan(v, &c[i])
			}
			proto, volume := names[fields[0]], fmt.Sprintf("%d %d %d", c[3], c[4]+c[5], c[6]+c[7])
			protos = append(protos, proto+" "+volume)
			if proto == "tcp" || proto == "udp" {
				ports = append(ports, fmt.Sprintf("%s %d %s", proto, serverPort(c[1], c[2]), volume))
			}
		}
		for _, table := range []string{"flow_events", "flows"} {
			if diff := cmp.Diff(sums(protos, 3), rows(t, db, fmt.Sprintf(perProto, table))); diff != "" {
				t.Errorf("%s, %s per protocol (-nfdump +ivre):\n%s", file, table, diff)
			}
			if diff := cmp.Diff(sums(ports, 3), rows(t, db, fmt.Sprintf(perPort, table))); diff != "" {
				t.Errorf("%s, %s per server port (-nfdump +ivre):\n%s", file, table, diff)
			}
		}
	}
}

// serverPort is the rule for two ports without a port table. The tests run where /etc/services may
// exist; of its entries without aliases none is above the ports of the clients here.
func serverPort(src, dst uint64) uint64 { return min(src, dst) }

// TestArgusEqualsRa compares what was loaded with what the ra program says of the file.
func TestArgusEqualsRa(t *testing.T) {
	db := storetest.New(t)
	mustLoad(t, db, "flow2db", "-C", labArgus)
	var protos, servers []string
	for _, l := range tool(t, "ra", "-r", labArgus, "-n", "-u", "-c", ",", "-s", "proto", "daddr", "dport", "pkts", "bytes", "sbytes", "dbytes") {
		f := strings.Fields(l)
		if f[0] == "man" || f[0] == "Proto" {
			continue
		}
		proto := strings.Replace(f[0], "ipv6-icmp", "icmp6", 1)
		pkts, bytes, sbytes, dbytes := f[len(f)-4], f[len(f)-3], f[len(f)-2], f[len(f)-1]
		protos = append(protos, proto+" 1 "+pkts+" "+bytes)
		if proto == "tcp" || proto == "udp" {
			servers = append(servers, fmt.Sprintf("%s %s %s 1 %s %s", proto, f[1], f[2], sbytes, dbytes))
		}
	}
	for _, table := range []string{"flow_events", "flows"} {
		if diff := cmp.Diff(sums(protos, 3), rows(t, db, fmt.Sprintf(perProto, table))); diff != "" {
			t.Errorf("%s per protocol (-ra +ivre):\n%s", table, diff)
		}
		if diff := cmp.Diff(sums(servers, 3), rows(t, db, fmt.Sprintf(perServer, table))); diff != "" {
			t.Errorf("%s per server (-ra +ivre):\n%s", table, diff)
		}
	}
}

// TestOnePieceOrTwenty splits a recording into twenty files.
func TestOnePieceOrTwenty(t *testing.T) {
	dir := t.TempDir()
	const n = 5000
	write := func(name string, from, to int) string {
		path := filepath.Join(dir, name)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(flowgen.Write(f, flowgen.Options{Flows: n, From: from, To: to}), f.Close()); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole := storetest.New(t)
	mustLoad(t, whole, "flow2db", write("whole", 0, n))
	args := []string{"flow2db"}
	for i := range 20 {
		args = append(args, write(fmt.Sprint("part", i), n*i/20, n*(i+1)/20))
	}
	parts := storetest.New(t)
	mustLoad(t, parts, args...)
	if diff := cmp.Diff(rows(t, whole, graphFields), rows(t, parts, graphFields)); diff != "" {
		t.Error(diff)
	}
}

// TestInputsAndFilters loads the same flows in every way and expects the same sums.
func TestInputsAndFilters(t *testing.T) {
	raw, err := os.ReadFile(labNetFlow)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(raw)
	w.Close()
	zipped := filepath.Join(t.TempDir(), "lab.gz")
	if err := os.WriteFile(zipped, packed.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	all, tcp := []string{"53 159 24925"}, []string{"16 114 21231"}
	for _, c := range []struct {
		name  string
		stdin io.Reader
		args  []string
		want  []string
	}{
		{"file", nil, []string{labNetFlow}, all},
		{"type named", nil, []string{"-t", "netflow", labNetFlow}, all},
		{"gzip", nil, []string{zipped}, all},
		{"standard input", bytes.NewReader(raw), []string{"-"}, all},
		{"gzip on standard input", bytes.NewReader(packed.Bytes()), []string{"-"}, all},
		{"filter", nil, []string{"-f", "proto tcp", labNetFlow}, tcp},
		{"filter on gzip", nil, []string{"-f", "proto tcp", zipped}, tcp},
		{"filter on standard input", bytes.NewReader(raw), []string{"-f", "proto tcp", "-"}, tcp},
		{"nothing matches", nil, []string{"-f", "host 203.0.113.1", labNetFlow}, []string{"0 0 0"}},
		{"no file", nil, nil, []string{"0 0 0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := storetest.New(t)
			stdin := ""
			if c.stdin != nil {
				b, err := io.ReadAll(c.stdin)
				if err != nil {
					t.Fatal(err)
				}
				stdin = string(b)
			}
			got := runWith(t, stdin, append([]string{"flow2db", serverFlag(db)}, c.args...)...)
			if got.code != 0 {
				t.Fatalf("%+v", got)
			}
			if diff := cmp.Diff(c.want, rows(t, db, fmt.Sprintf(inTotal, "flow_events"))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestBadInputs: a clear message that names the file, status 1, and the other files are loaded.
func TestBadInputs(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	raw, err := os.ReadFile(labNetFlow)
	if err != nil {
		t.Fatal(err)
	}
	argus, err := os.ReadFile(labArgus)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(raw)
	for i := 1000; i < 1400; i++ {
		flipped[i] ^= 0xff
	}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"truncated", []string{put("cut", raw[:3000])}, "truncated"},
		{"corrupt", []string{put("flipped", flipped)}, "block 1"},
		{"argus truncated", []string{put("cut.argus", argus[:3001])}, "byte"},
		{"wrong type", []string{"-t", "argus", put("nfcapd", raw)}, "nfcapd"},
		{"unknown", []string{put("text", []byte("hello, world\n"))}, "Cannot find the appropriate parser for file '"},
		{"empty", []string{put("empty", nil)}, "is empty"},
		{"folder", []string{dir}, "is a folder"},
		{"missing", []string{filepath.Join(dir, "nosuch")}, "does not exist"},
		{"filter", []string{"-f", "proto nosuch(", labNetFlow}, "nfdump"},
		{"filter that is an option", []string{"--pcap-filter=-w/tmp/x", labNetFlow}, "-w/tmp/x"},
		{"truncated gzip", []string{put("cut.gz", gzipped(t, raw)[:700])}, "cut.gz"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := storetest.New(t)
			good := put("good", raw)
			got := run(t, append(append([]string{"flow2db", serverFlag(db)}, c.args...), good)...)
			if c.name == "wrong type" || strings.HasPrefix(c.name, "filter") {
				got = run(t, append([]string{"flow2db", serverFlag(db)}, c.args...)...)
			}
			if got.code != 1 && c.name != "corrupt" && c.name != "argus truncated" {
				t.Errorf("exit status %d", got.code)
			}
			if got.out != "" || !strings.Contains(got.err, c.want) || strings.Contains(got.err, "goroutine ") {
				t.Errorf("printed %q; standard error, want %q in it: %s", got.out, c.want, got.err)
			}
			if c.name == "empty" || c.name == "folder" || c.name == "missing" || c.name == "unknown" {
				if diff := cmp.Diff([]string{"53 159 24925"}, rows(t, db, fmt.Sprintf(inTotal, "flow_events"))); diff != "" {
					t.Error("the good file was not loaded:", diff)
				}
			}
			if diffs, err := flowstore.Check(context.Background(), db); err != nil || len(diffs) > 0 {
				t.Errorf("base and derived tables: %v %v", diffs, err)
			}
		})
	}
}

func gzipped(t *testing.T, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestMissingProgram hides the external programs.
func TestMissingProgram(t *testing.T) {
	db := storetest.New(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-f", "proto tcp", labNetFlow}, "nfdump"},
		{[]string{labArgus}, "argus-client"},
	} {
		cmd := program(t, append([]string{"flow2db", serverFlag(db)}, c.args...)...)
		cmd.Env = append(cmd.Env, "PATH=/nonexistent")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		err := cmd.Run()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(stderr.String(), c.want) || !strings.Contains(stderr.String(), "install") {
			t.Errorf("%v: %v %s", c.args, err, stderr.String())
		}
	}
}

// TestZeek loads the logs of the flow purpose's reference dataset and a folder of all kinds of logs.
func TestZeek(t *testing.T) {
	const d = "../ingest/zeekflow/testdata/"
	db := storetest.New(t)
	mustLoad(t, db, "zeek2db", d+"dataset-d/http.log", d+"dataset-d/dns.log", d+"dataset-d/conn.log")
	got := rows(t, db, `toString(proto), toString(dport), toString(type), toString(min(firstseen)), toString(max(lastseen)), toString(sum(count)), toString(sum(cspkts)), toString(sum(scpkts)),
		toString(sum(csbytes)), toString(sum(scbytes)), toString(arraySort(groupUniqArrayArray(sports))), toString(arraySort(groupUniqArrayArray(codes))), toString(sum(loglines))], ' ') FROM flows GROUP BY src, dst, proto, dport, type`)
	want := []string{
		"icmp 0 8 2026-01-02 04:00:01.000000 2026-01-02 04:00:01.000000 1 1 1 84 84 [] [0] 0",
		"tcp 80 0 2026-01-02 03:00:00.250000 2026-01-02 04:00:02.000000 2 7 6 452 1272 [40000,40001] [] 2",
		"udp 53 0 2026-01-02 03:00:02.000000 2026-01-02 03:00:02.000000 0 0 0 0 0 [] [] 1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = rows(t, db, "toString(proto), toString(dport), toString(start), toString(duration)], ' ') FROM flow_slots")
	want = []string{"icmp 0 2026-01-02 04:00:00 3600", "tcp 80 2026-01-02 03:00:00 3600", "tcp 80 2026-01-02 04:00:00 3600", "udp 53 2026-01-02 03:00:00 3600"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("slots:", diff)
	}
	got = rows(t, db, "toString(name), toString(key), groupArray(v)[1]], ' ') FROM (SELECT name, key, toString(groupArray(if(kind = 1, text, if(kind = 0, toString(n), toString(number))))) AS v FROM (SELECT name, key, kind, text, number, sum(n) AS n, min(seen) AS s, min(position) AS p FROM flow_metadata GROUP BY name, key, kind, text, number ORDER BY s, p) GROUP BY name, key) GROUP BY name, key")
	want = []string{
		"dns  ['1']", "dns answers ['198.51.100.5','cdn.example.net']", "dns class ['C_INTERNET']", "dns query ['www.example.com']", "dns rcode ['NOERROR']", "dns type ['A']",
		"http  ['2']", "http host ['www.example.com','api.example.com']", "http method ['GET']", "http proxied ['VIA -> a','VIA -> b']", "http request_body_len ['10']",
		"http response_body_len ['552']", "http status_code ['200','404']", "http status_msg ['OK','Not Found']", "http user_agent ['curl/8.0']",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("metadata:", diff)
	}
	folder := run(t, "zeek2db", serverFlag(db), "-r", d+"dataset-d")
	if folder.code != 0 || folder.out != "" {
		t.Errorf("a folder: %+v", folder)
	}
	missing := run(t, "zeek2db", serverFlag(db), d+"nosuch.log", d+"dns.log")
	if missing.code != 1 || !strings.Contains(missing.err, "nosuch.log does not exist") {
		t.Errorf("a missing file: %+v", missing)
	}
}
