package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/httpapi"
	"ivre/ingest/flow"
	"ivre/ingest/flowload"
	"ivre/sql/flows"
	"ivre/sql/flowstore"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// database is a web interface with a database of its own, which takes uploads.
type database struct {
	*httptest.Server
	db *store.Store
}

func newDatabase(t testing.TB, change func(*httpapi.Deps)) database {
	t.Helper()
	return openDatabase(t, storetest.Options(t), change)
}

func openDatabase(t testing.TB, opt store.Options, change func(*httpapi.Deps)) database {
	t.Helper()
	db := storetest.Open(t, opt)
	ts := server(t, func(d *httpapi.Deps) {
		d.Flows = flows.New(db)
		d.Config.WebUploadOK = true
		d.Ingest = loadInto(db)
		d.Cleanup = func(ctx context.Context) error { _, err := flowstore.Cleanup(ctx, db); return err }
		if change != nil {
			change(d)
		}
	})
	return database{ts, db}
}

// loadInto is a sink that stores records as the program does.
func loadInto(db *store.Store) httpapi.FlowSink {
	return func(ctx context.Context, feed func(flow.Sink) error) error {
		l, err := flowload.New(ctx, db, flowload.Options{Slots: flowload.Slots{Seconds: 3600}})
		if err != nil {
			return err
		}
		f := l.Open(ctx, "test")
		err = feed(f.Sink())
		f.Done("http", err)
		return errors.Join(err, l.Close(ctx, err))
	}
}

// post sends a body to /flows and expects an answer.
func (d database) post(t testing.TB, name, body string, status int, answer string) {
	t.Helper()
	do(t, d.Server, "POST", "/cgi/flows", strings.NewReader(body), "Content-Type", "application/json").check(t, name, status, answer)
}

// ask sends q= to /flows.
func ask(t testing.TB, ts *httptest.Server, q string, headers ...string) response {
	t.Helper()
	return get(t, ts, "/cgi/flows?q="+url.QueryEscape(q), headers...)
}

// records makes a body of records.
func records(list ...string) string { return `{"records": [` + strings.Join(list, ", ") + `]}` }

// datasetD are the records that a client makes of the logs of dataset D (flow.md, 13).
func datasetD() string {
	web := func(ts, host, rest string) string {
		return fmt.Sprintf(`{"kind": "any", "name": "http", "rec": {"src": "192.0.2.10", "dst": "198.51.100.5", "proto": "tcp", "sport": 40000, "dport": 80,
			"ts": %s, "start_time": %s, "end_time": %s, "method": "GET", "host": %q, "user_agent": "curl/8.0", %s}}`, ts, ts, ts, host, rest)
	}
	conn := func(start, end, ends, counters string) string {
		return fmt.Sprintf(`{"kind": "conn", "rec": {"start_time": %s, "end_time": %s, %s, %s}}`, start, end, ends, counters)
	}
	return records(
		web("1767322801.0", "www.example.com", `"request_body_len": 0, "response_body_len": 512, "status_code": 200, "status_msg": "OK", "proxied": null`),
		web("1767326402.0", "api.example.com", `"request_body_len": 10, "response_body_len": 40, "status_code": 404, "status_msg": "Not Found", "proxied": ["VIA -> a", "VIA -> b"]`),
		`{"kind": "any", "name": "dns", "rec": {"src": "2001:db8::10", "dst": "2001:db8::53", "proto": "udp", "sport": 5353, "dport": 53,
			"start_time": 1767322802.0, "end_time": 1767322802.0, "query": "www.example.com", "qclass_name": "C_INTERNET", "qtype_name": "A",
			"rcode_name": "NOERROR", "answers": ["198.51.100.5", "cdn.example.net"]}}`,
		conn("1767322800.25", "1767322800.25", `"src": "192.0.2.10", "dst": "198.51.100.5", "proto": "tcp", "sport": 40000, "dport": 80`,
			`"orig_pkts": 5, "orig_ip_bytes": 360, "resp_pkts": 4, "resp_ip_bytes": 1100`),
		conn("1767326400.5", "1767326400.5", `"src": "192.0.2.10", "dst": "198.51.100.5", "proto": "tcp", "sport": 40001, "dport": 80`,
			`"orig_pkts": 2, "orig_ip_bytes": 92, "resp_pkts": 2, "resp_ip_bytes": 172`),
		conn("1767326401.0", "1767326401.0", `"src": "192.0.2.11", "dst": "192.0.2.10", "proto": "icmp", "type": 8, "code": 0`,
			`"orig_pkts": 1, "orig_ip_bytes": 84, "resp_pkts": 1, "resp_ip_bytes": 84`),
	)
}

// graph is an answer of /flows.
type graph struct {
	Nodes []node            `json:"nodes"`
	Edges []json.RawMessage `json:"edges"`
}

type node struct {
	ID, Label string
	Labels    []string
	X, Y      *float64
	Data      struct{ Addr, FirstSeen, LastSeen string }
}

func (r response) graph(t testing.TB) graph {
	t.Helper()
	var g graph
	dec := json.NewDecoder(strings.NewReader(r.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&g); err != nil || r.StatusCode != 200 || !strings.HasSuffix(r.body, "}\n") {
		t.Fatalf("%d %s: %v", r.StatusCode, r.body, err)
	}
	for _, n := range g.Nodes {
		if n.X == nil || n.Y == nil || *n.X < 0 || *n.X >= 1 || *n.Y < 0 || *n.Y >= 1 || n.ID != n.Label || n.ID != n.Data.Addr || !slices.Equal(n.Labels, []string{"Host"}) {
			t.Errorf("node %+v", n)
		}
	}
	return g
}

// summary shows nodes with their times, and edges with their data.
func (g graph) summary(t testing.TB) (nodes, edges []string) {
	t.Helper()
	for _, n := range g.Nodes {
		nodes = append(nodes, n.ID+" "+n.Data.FirstSeen+" "+n.Data.LastSeen)
	}
	for _, e := range g.Edges {
		edges = append(edges, string(e))
	}
	return nodes, edges
}

// TestPostVectors has the vectors 19 and 20 of web-api.md.
func TestPostVectors(t *testing.T) {
	d := newDatabase(t, nil)
	d.post(t, "19", `{"records": []}`, 200, `{"count": 0}`)
	d.post(t, "19", `{"records": 1}`, 400, "ERROR: 'records' must be a list\n")
	d.post(t, "19", `{"records": [{"kind": "x", "rec": {}}]}`, 400, "ERROR: unknown record kind 'x'\n")
	const ends = `"src": "192.0.2.1", "dst": "198.51.100.1", "proto": "tcp", "dport": 443`
	d.post(t, "20", records(
		`{"kind": "flow", "rec": {`+ends+`, "sport": 40000, "start_time": 1704164645.5, "end_time": 1704164650.0, "cspkts": 3, "scpkts": 2, "csbytes": 180, "scbytes": 90}}`,
		`{"kind": "conn", "rec": {`+ends+`, "sport": 40001, "start_time": 1704164645.5, "end_time": 1704168300.0, "orig_pkts": 1, "resp_pkts": 1, "orig_ip_bytes": 60, "resp_ip_bytes": 40}}`,
	), 200, `{"count": 2}`)
	ask(t, d.Server, `{"count": true}`).check(t, "20: counts", 200, `{"clients": 1, "servers": 1, "flows": 1}`+"\n")
	res := ask(t, d.Server, `{"timeline": true}`)
	nodes, edges := res.graph(t).summary(t)
	const id = "c0000201-c6336401-tcp-443"
	want := []string{`{"id": "` + id + `", "label": "tcp/443", "labels": ["Flow"], "source": "192.0.2.1", "target": "198.51.100.1", "data": {"cspkts": 4, "csbytes": 240, "count": 2, ` +
		`"scpkts": 3, "scbytes": 130, "proto": "tcp", "firstseen": "2024-01-02 03:04:05.500000", "lastseen": "2024-01-02 04:05:00", "__key__": "` + id + `", "addr_src": "192.0.2.1", ` +
		`"addr_dst": "198.51.100.1", "meta": {"times": [{"start": "2024-01-02 03:00:00", "duration": 3600}, {"start": "2024-01-02 04:00:00", "duration": 3600}]}, ` +
		`"sports": [40000, 40001], "dport": 443}}`}
	if diff := cmp.Diff(want, edges); diff != "" {
		t.Errorf("edges: -want +got:\n%s", diff)
	}
	const times = " 2024-01-02 03:04:05.500000 2024-01-02 04:05:00"
	if diff := cmp.Diff([]string{"192.0.2.1" + times, "198.51.100.1" + times}, nodes); diff != "" {
		t.Errorf("nodes: -want +got:\n%s", diff)
	}
	if h := res.Header; h.Get("Content-Type") != "application/json" || h.Get("Content-Disposition") != `attachment; filename="IVRE-results.json"` {
		t.Errorf("headers %v", h)
	}
}

// TestDetailVectors has vector 27 and the details of dataset D.
func TestDetailVectors(t *testing.T) {
	d := newDatabase(t, nil)
	d.post(t, "D", datasetD(), 200, `{"count": 6}`)
	details := func(q string) response { return get(t, d.Server, "/cgi/flows?action=details&q="+url.QueryEscape(q)) }
	details(`{"type":"node","id":"203.0.113.9"}`).check(t, "27", 200,
		`{"in_flows": [], "elt": {"addr": "203.0.113.9"}, "out_flows": [], "clients": [], "servers": []}`+"\n")
	const notFound = `{"error": "Entity not found"}`
	details(`{"type":"edge","id":"000000000000000000000000"}`).check(t, "27: unknown edge", 404, notFound)
	details(`{"type":"edge","id":"c0000201-c6336401-tcp-9"}`).check(t, "unknown edge", 404, notFound)
	details(`{"type":"x","id":"'; DROP TABLE flows"}`).check(t, "malformed edge", 404, notFound)
	details(`{"type":"node","id":"192.0.2.10","labels":["Host"]}`).check(t, "host", 200,
		`{"in_flows": [["icmp", null]], "elt": {"addr": "192.0.2.10", "firstseen": "2026-01-02 03:00:00.250000", "lastseen": "2026-01-02 04:00:02"}, `+
			`"out_flows": [["tcp", 80]], "clients": ["192.0.2.11"], "servers": ["198.51.100.5"]}`+"\n")
	const id = "20010db8000000000000000000000010-20010db8000000000000000000000053-udp-53"
	details(`{"type":"edge","id":"`+id+`"}`).check(t, "edge", 200,
		`{"elt": {"cspkts": null, "csbytes": null, "count": null, "scpkts": null, "scbytes": null, "proto": "udp", "firstseen": "2026-01-02 03:00:02", `+
			`"lastseen": "2026-01-02 03:00:02", "__key__": "`+id+`", "addr_src": "2001:db8::10", "addr_dst": "2001:db8::53", "sports": null, "dport": 53}, `+
			`"meta": {"dns": {"count": 1, "query": ["www.example.com"], "class": ["C_INTERNET"], "type": ["A"], "rcode": ["NOERROR"], "answers": ["198.51.100.5", "cdn.example.net"]}}}`+"\n")
	for q, want := range map[string]string{
		`{"type":"node","id":"x"}`: "x", `{"type":"node"}`: `\"id\"`, `{"id":"192.0.2.1"}`: `\"type\"`, `{"type":1,"id":"192.0.2.1"}`: `\"type\"`, `{}`: `\"type\"`,
	} {
		if res := details(q); res.StatusCode != 400 || !strings.Contains(res.body, want) {
			t.Errorf("%s: %d %s", q, res.StatusCode, res.body)
		}
	}
}

// TestGraphVectors has the vectors 2 to 6 of flow.md.
func TestGraphVectors(t *testing.T) {
	d := newDatabase(t, nil)
	d.post(t, "D", datasetD(), 200, `{"count": 6}`)
	ask(t, d.Server, `{"count": true}`).check(t, "2", 200, `{"clients": 3, "servers": 3, "flows": 3}`+"\n")
	const id = "20010db8000000000000000000000010-20010db8000000000000000000000053-udp-53"
	_, edges := ask(t, d.Server, `{"timeline": true, "nodes": ["proto = udp"]}`).graph(t).summary(t)
	if diff := cmp.Diff([]string{`{"id": "` + id + `", "label": "udp/53", "labels": ["Flow"], "source": "2001:db8::10", "target": "2001:db8::53", ` +
		`"data": {"cspkts": null, "csbytes": null, "count": null, "scpkts": null, "scbytes": null, "proto": "udp", "firstseen": "2026-01-02 03:00:02", ` +
		`"lastseen": "2026-01-02 03:00:02", "__key__": "` + id + `", "addr_src": "2001:db8::10", "addr_dst": "2001:db8::53", "meta": {"times": [{"start": ` +
		`"2026-01-02 03:00:00", "duration": 3600}]}, "sports": null, "dport": 53}}`}, edges); diff != "" {
		t.Errorf("3: -want +got:\n%s", diff)
	}
	nodes, edges := ask(t, d.Server, `{"orderby": "flow"}`).graph(t).summary(t)
	if diff := cmp.Diff([]string{
		"192.0.2.11 2026-01-02 04:00:01 2026-01-02 04:00:01", "192.0.2.10 2026-01-02 03:00:00.250000 2026-01-02 04:00:02",
		"2001:db8::10 2026-01-02 03:00:02 2026-01-02 03:00:02", "2001:db8::53 2026-01-02 03:00:02 2026-01-02 03:00:02",
		"198.51.100.5 2026-01-02 03:00:00.250000 2026-01-02 04:00:02",
	}, nodes); diff != "" {
		t.Errorf("4: -want +got:\n%s", diff)
	}
	if len(edges) != 3 || !strings.Contains(edges[0], `"icmp/8"`) || !strings.Contains(edges[1], `"udp/53"`) || !strings.Contains(edges[2], `"tcp/80"`) || strings.Contains(edges[2], "meta") {
		t.Errorf("4: %q", edges)
	}
	const ping = `{"id": "c000020b-c000020a-icmp-8", "label": "%s", "labels": ["%s"], "source": "192.0.2.11", "target": "192.0.2.10", "data": {"count": 1, "flows": [%s]}}`
	for _, order := range []string{"", "src", "dst", "flow"} {
		_, edges = ask(t, d.Server, fmt.Sprintf(`{"mode": "flow_map", "nodes": ["proto = icmp"], "orderby": %q}`, order)).graph(t).summary(t)
		if want := fmt.Sprintf(ping, "MERGED_FLOWS", "MERGED_FLOWS", `["icmp", null]`); len(edges) != 1 || edges[0] != want {
			t.Errorf("5: %q, want %q", edges, want)
		}
		_, edges = ask(t, d.Server, fmt.Sprintf(`{"mode": "talk_map", "edges": ["proto = icmp"], "orderby": %q}`, order)).graph(t).summary(t)
		if want := fmt.Sprintf(ping, "TALK", "TALK", `"TALK"`); len(edges) != 1 || edges[0] != want {
			t.Errorf("5: %q, want %q", edges, want)
		}
	}
	_, edges = ask(t, d.Server, `{"timeline": true, "after": "2026-01-02 04:00"}`).graph(t).summary(t)
	if len(edges) != 2 || !strings.Contains(edges[0], `"times": [{"start": "2026-01-02 04:00:00", "duration": 3600}]`) || strings.Contains(strings.Join(edges, ""), "udp") {
		t.Errorf("6: %q", edges)
	}
	ask(t, d.Server, `{"count": true, "before": "2026-01-02 03:30:00"}`).check(t, "6", 200, `{"clients": 2, "servers": 2, "flows": 2}`+"\n")
	ask(t, d.Server, `{"count": 1, "after": "2026-01-02 03:30", "before": "2026-01-02 04:00"}`).check(t, "6", 200, `{"clients": 0, "servers": 0, "flows": 0}`+"\n")
	if g := ask(t, d.Server, `{"nodes": ["proto = gre"]}`); g.body != `{"edges": [], "nodes": []}`+"\n" {
		t.Errorf("an empty graph: %s", g.body)
	}
}

// TestClientRequests sends what the HTTP database client and the flow page send (web-api.md 12, flow.md 12.3).
func TestClientRequests(t *testing.T) {
	d := newDatabase(t, nil)
	d.post(t, "D", datasetD(), 200, `{"count": 6}`)
	const client = `{"nodes": ["addr = 192.0.2.10"], "edges": [], "limit": 5, "skip": 0, "orderby": "", "timeline": false, "after": "2024-01-01 00:00"`
	ask(t, d.Server, client+`, "count": true}`, "User-Agent", "IVRE/0.9.21 +https://ivre.rocks/").check(t, "count", 200, `{"clients": 2, "servers": 2, "flows": 2}`+"\n")
	if g := ask(t, d.Server, client+`, "mode": "flow_map"}`, "Referer", "", "X-API-Key", "ivre_x").graph(t); len(g.Edges) != 2 || len(g.Nodes) != 3 {
		t.Errorf("%+v", g)
	}
	const page = `{"nodes":[],"edges":[],"limit":1000,"skip":0,"mode":"default","orderby":"","timeline":true,"after":null,"before":null,"light_theme":{},"count":%v}`
	if g := ask(t, d.Server, fmt.Sprintf(page, false)).graph(t); len(g.Edges) != 3 || !bytes.Contains(g.Edges[0], []byte(`"meta": {"times": [`)) {
		t.Errorf("%+v", g)
	}
	ask(t, d.Server, fmt.Sprintf(page, true)).check(t, "page", 200, `{"clients": 3, "servers": 3, "flows": 3}`+"\n")
	if g := ask(t, d.Server, `{"nodes": ["!#Flow", "addr_src = 192.0.2.10"]}`).graph(t); len(g.Edges) != 1 {
		t.Errorf("filters of the page's menu: %+v", g)
	}
	for _, q := range []string{`{"limit": 1, "skip": 1}`, `{"limit": 1, "skip": 2}`} {
		if g := ask(t, d.Server, q).graph(t); len(g.Edges) != 1 {
			t.Errorf("%s: %+v", q, g)
		}
	}
	res := do(t, d.Server, "POST", "/cgi/flows/cleanup", nil, "Content-Type", "application/json")
	if res.check(t, "cleanup", 200, `{"status": "ok"}`); res.Header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", res.Header)
	}
	// Cleanup has vector 21 of flow.md.
	var swapped []string
	for port := 50000; port < 50006; port++ {
		swapped = append(swapped, fmt.Sprintf(`{"kind": "flow", "rec": {"src": "192.0.2.10", "dst": "198.51.100.9", "proto": "tcp", "sport": 27017, "dport": %d,
			"start_time": 1767322800, "end_time": 1767322801, "cspkts": 1, "scpkts": 1, "csbytes": 200, "scbytes": 100}}`, port))
	}
	d.post(t, "swapped", records(swapped...), 200, `{"count": 6}`)
	do(t, d.Server, "POST", "/cgi/flows/cleanup", strings.NewReader("ignored")).check(t, "cleanup", 200, `{"status": "ok"}`)
	ask(t, d.Server, `{"count": true, "nodes": ["addr = 198.51.100.9"]}`).check(t, "turned round", 200, `{"clients": 1, "servers": 1, "flows": 1}`+"\n")
}

func TestLandingPageLinks(t *testing.T) {
	d := newDatabase(t, nil)
	d.post(t, "D", datasetD(), 200, `{"count": 6}`)
	page := get(t, d.Server, "/index.html", "Referer", "")
	links := strings.Split(page.body, `href="`)[1:]
	if len(links) < 8 {
		t.Fatalf("%d links", len(links))
	}
	for _, link := range links {
		link, _, _ = strings.Cut(link, `"`)
		// A browser sends the page's address as the Referer.
		res := get(t, d.Server, "/"+strings.ReplaceAll(link, "&amp;", "&"), "Referer", d.URL+"/index.html")
		if res.StatusCode != 200 || strings.Contains(link, "flows") && !strings.HasPrefix(res.Header.Get("Content-Disposition"), "inline;") {
			t.Errorf("%s: %d %s", link, res.StatusCode, res.body)
		}
	}
}

func TestBadQueries(t *testing.T) {
	d := newDatabase(t, nil)
	tests := []struct{ query, want string }{
		{"q=", "q is not JSON: it ends early, after 0 bytes"}, {"q=%7B", "q is not JSON: it ends early"}, {"q=nope", "q is not JSON: invalid character"},
		{"q=%7B%7D%7B%7D", "q is not JSON: something follows the value, at byte 3"}, {"q=[]", "q must be a JSON object, not []"}, {"q=1", "q must be a JSON object, not 1"},
		{"q=%22" + strings.Repeat("x", 200) + "%22", `q must be a JSON object, not \"` + strings.Repeat("x", 79) + "..."},
		{"q=" + strings.Repeat("[", 20000), "q is not JSON: "},
		{"q=%zz", `parameter \"q\": malformed percent-encoding (write %25 for a percent sign)`}, {"q=%ff", `parameter \"q\": not UTF-8`}, {"%=1", "the query string has a malformed parameter name"},
	}
	for q, want := range map[string]string{
		`{"nodes": "dport = 80"}`: `q: \"nodes\" must be a list of filters (texts), not \"dport = 80\"`, `{"edges": {}}`: `q: \"edges\" must be a list`,
		`{"nodes": ["x", 1]}`: `q: \"nodes\" must be a list of filters (texts), but its item 1 is 1`,
		`{"limit": -1}`:       `q: \"limit\" must be a whole number of at least 0, or null, not -1`, `{"limit": "5"}`: `q: \"limit\" must be`, `{"limit": 1.5}`: `q: \"limit\" must be`,
		`{"limit": 1e99}`: `q: \"limit\" must be`, `{"limit": true}`: `q: \"limit\" must be`, `{"skip": []}`: `q: \"skip\" must be`,
		`{"limit": 99999999999999999999}`: `q: \"limit\" must be`, `{"mode": 1}`: `q: \"mode\" must be a text, not 1`, `{"orderby": false}`: `q: \"orderby\" must be a text`,
		`{"count": []}`: `q: \"count\" must be true or false, not []`, `{"timeline": {}}`: `q: \"timeline\" must be true or false`,
		`{"orderby": "dport"}`:          "Unsupported orderby (should be 'src', 'dst' or 'flow')",
		`{"after": "2026-01-02"}`:       `q: \"after\" must be a time \"YYYY-MM-DD HH:MM\" (UTC), not \"2026-01-02\"`,
		`{"before": 1767322800}`:        `q: \"before\" must be a time`,
		`{"after": "2026-13-02 03:04"}`: `q: \"after\" must be a time`,
		`{"nodes": ["toto"]}`:           "toto", `{"nodes": ["dport =~ 4"]}`: "dport", `{"nodes": ["meta.http.host =~ ("]}`: "(",
		`{"count": true, "nodes": ["src.addr = 192.0.2.300"]}`: "192.0.2.300",
	} {
		tests = append(tests, struct{ query, want string }{"q=" + url.QueryEscape(q), want})
	}
	for _, tt := range tests {
		res := get(t, d.Server, "/cgi/flows?"+tt.query)
		if res.StatusCode != 400 || !strings.HasPrefix(res.body, `{"error": "`) || !strings.Contains(res.body, tt.want) || strings.HasSuffix(res.body, "\n") || !json.Valid([]byte(res.body)) {
			t.Errorf("%.200s: %d %s, want 400 and %s", tt.query, res.StatusCode, res.body, tt.want)
		}
		if res.Header.Get("Content-Type") != "application/json" || res.Header.Get("Content-Disposition") != "" {
			t.Errorf("%.200s: headers %v", tt.query, res.Header)
		}
	}
}

func TestGoodQueries(t *testing.T) {
	var got flows.Request
	note := fixedFlows{count: func(_ context.Context, r flows.Request) (flows.Counts, error) {
		got = r
		return flows.Counts{}, nil
	}, each: func(_ context.Context, r flows.Request, _ func(*flows.Flow) error) error {
		got = r
		return nil
	}}
	ts := server(t, func(d *httpapi.Deps) { d.Flows = note })
	tests := []struct {
		query string
		want  flows.Request
	}{
		{"", flows.Request{Limit: 1000}}, {"?q={}", flows.Request{Limit: 1000}}, {"?q={%22limit%22:null}", flows.Request{}}, {"?q={%22limit%22:0}", flows.Request{}},
		{"?q={%22limit%22:7,%22skip%22:3,%22orderby%22:null}", flows.Request{Limit: 7, Skip: 3}},
		{"?q={%22skip%22:null,%22mode%22:null,%22nodes%22:null,%22edges%22:[],%22timeline%22:1,%22after%22:%22%22}", flows.Request{Limit: 1000, Timeline: true}},
		{"?q=nope&q={%22limit%22:8}", flows.Request{Limit: 8}}, {"?Q=x&q={%22limit%22:8}&action=other&x", flows.Request{Limit: 8}},
		{"?q={%22limit%22:+9,%22x%22:%22a%26;b%22}", flows.Request{Limit: 9}}, {"?&&q={%22limit%22:9}&", flows.Request{Limit: 9}},
		{"?q={%22count%22:%22%22,%22limit%22:5,%22orderby%22:%22src%22}", flows.Request{Limit: 5, OrderBy: "src"}},
	}
	for _, tt := range tests {
		got = flows.Request{}
		if res := get(t, ts, "/cgi/flows"+tt.query); res.StatusCode != 200 {
			t.Errorf("%s: %d %s", tt.query, res.StatusCode, res.body)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.query, diff)
		}
	}
	limited := server(t, func(d *httpapi.Deps) { d.Flows, d.Config.WebGraphLimit = note, 12 })
	if get(t, limited, "/cgi/flows"); got.Limit != 12 {
		t.Errorf("WEB_GRAPH_LIMIT: %d", got.Limit)
	}
	if ask(t, limited, `{"count": true, "after": "2026-01-02 03:04", "before": "2026-01-02 03:04:05.5"}`); flows.FormatTime(got.After) != "2026-01-02 03:04:00" || flows.FormatTime(got.Before) != "2026-01-02 03:04:05.500000" {
		t.Errorf("%v %v", got.After, got.Before)
	}
}

func TestSQLHeader(t *testing.T) {
	d := newDatabase(t, nil)
	d.post(t, "D", datasetD(), 200, `{"count": 6}`)
	if h := ask(t, d.Server, `{"count": true}`).Header.Values("X-SQL-Query"); len(h) > 0 {
		t.Errorf("unasked: %q", h)
	}
	if h := ask(t, d.Server, `{"count": true}`, "X-SQL-Query", "0").Header.Values("X-SQL-Query"); len(h) > 0 {
		t.Errorf("switched off: %q", h)
	}
	long := strings.Repeat("x", 20000)
	for _, q := range []string{
		`{"count": true, "nodes": ["meta.http.host = \"it's\\\\ a\ttab \r\n \u00e9\u0001\u007f\""]}`, `{"nodes": ["meta.http.host =~ ^www"], "timeline": true}`,
		`{"mode": "talk_map", "orderby": "flow"}`, `{"count": true, "nodes": ["meta.http.host = ` + long + `"]}`,
	} {
		res := ask(t, d.Server, q, "X-SQL-Query", "1")
		statements := res.Header.Values("X-SQL-Query")
		if res.StatusCode != 200 || len(statements) == 0 {
			t.Errorf("%.100s: %d %s, statements %q", q, res.StatusCode, res.body, statements)
		}
		for _, st := range statements {
			if strings.Contains(q, long) {
				if !strings.HasPrefix(st, "-- a statement of ") {
					t.Errorf("%.100s", st)
				}
				continue
			}
			if strings.ContainsFunc(st, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("%q is not safe", st)
			}
			rows, err := d.db.Query(context.Background(), store.Statement{SQL: st})
			if err != nil {
				t.Errorf("%s: %v", st, err)
				continue
			}
			for rows.Next() {
				continue
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				t.Errorf("%s: %v", st, err)
			}
		}
	}
	res := get(t, d.Server, "/cgi/flows?sql=1&action=details&q="+url.QueryEscape(`{"type": "edge", "id": "c0000201-c6336401-tcp-443"}`))
	if res.StatusCode != 404 || len(res.Header.Values("X-SQL-Query")) == 0 {
		t.Errorf("an error: %d %v", res.StatusCode, res.Header)
	}
}

// TestLongRequestLine sends filters of 64 KiB.
func TestLongRequestLine(t *testing.T) {
	d := newDatabase(t, nil)
	line := "/cgi/flows?q=" + url.QueryEscape(`{"count": true, "nodes": ["meta.http.host = `) + strings.Repeat("x", 64<<10) + "%22%5D%7D"
	get(t, d.Server, line).check(t, "64 KiB", 200, `{"clients": 0, "servers": 0, "flows": 0}`+"\n")
}

func TestHead(t *testing.T) {
	d := newDatabase(t, nil)
	d.post(t, "D", datasetD(), 200, `{"count": 6}`)
	for _, path := range []string{"/cgi/config", countQuery, "/cgi/flows", "/cgi/flows?q=%7B%22mode%22:%22talk_map%22%7D", "/cgi/flows?q=x", "/cgi/nothing", "/index.html", "/landing.css", "/", "/nothing"} {
		g, h := get(t, d.Server, path, "X-SQL-Query", "1"), do(t, d.Server, "HEAD", path, nil, "X-SQL-Query", "1")
		if h.body != "" || h.StatusCode != g.StatusCode {
			t.Errorf("%s: %d %q", path, h.StatusCode, h.body)
		}
		for _, header := range []http.Header{g.Header, h.Header} {
			header.Del("Date")
			header.Del("Content-Length") // of short answers
		}
		if diff := cmp.Diff(g.Header, h.Header); diff != "" {
			t.Errorf("%s: -GET +HEAD\n%s", path, diff)
		}
	}
}

func TestConcurrentRequests(t *testing.T) {
	d := newDatabase(t, nil)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Add(2)
		go func() {
			defer wg.Done()
			for j := range 5 {
				rec := fmt.Sprintf(`{"kind": "flow", "rec": {"src": "192.0.2.%d", "dst": "198.51.100.1", "proto": "tcp", "sport": 1, "dport": %d,
					"start_time": 1767322800, "end_time": 1767322801, "cspkts": 1, "scpkts": 1, "csbytes": 1, "scbytes": 1}}`, i, j)
				if res := do(t, d.Server, "POST", "/cgi/flows", strings.NewReader(records(rec))); res.StatusCode != 200 {
					t.Errorf("POST: %d %s", res.StatusCode, res.body)
				}
			}
		}()
		go func() {
			defer wg.Done()
			for range 5 {
				if res := ask(t, d.Server, `{"limit": 0}`); res.StatusCode != 200 || !json.Valid([]byte(res.body)) {
					t.Errorf("GET: %d %s", res.StatusCode, res.body)
				}
			}
		}()
	}
	wg.Wait()
	ask(t, d.Server, `{"count": true}`).check(t, "at last", 200, `{"clients": 8, "servers": 1, "flows": 40}`+"\n")
}
