package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"ivre/sql/store"
)

// question is one thing to ask: of the web API or the command line, and by hand-written SQL.
type question struct {
	name   string
	q      string   // of GET /cgi/flows
	action string   // of GET /cgi/flows
	cli    []string // a command instead
	edges  string   // the best SQL on the table flows
	base   string   // the same from flow_events
}

const (
	key        = "src, dst, proto, dport, type"
	edgeFields = key + ", min(firstseen), max(lastseen), sum(count) AS n, sum(cspkts), sum(csbytes), sum(scpkts), sum(scbytes), groupUniqArrayArray(sports)"
	baseFields = key + ", min(start_time), max(end_time), sum(count) AS n, sum(cspkts), sum(csbytes), sum(scpkts), sum(scbytes), groupUniqArray(sport)"
	inOrder    = " SETTINGS optimize_aggregation_in_order = 1"
	hostOf     = "toIPv6('198.18.0.1')"
)

func questions() []question {
	top := "SELECT dport, count() AS c FROM (SELECT dport FROM %s WHERE proto IN ('tcp', 'udp') GROUP BY " + key + ") GROUP BY dport ORDER BY c DESC LIMIT 15"
	count := "SELECT uniqExact(src), uniqExact(dst), count() FROM (SELECT src, dst FROM %s GROUP BY " + key + ")"
	return []question{
		{name: "count", q: `{"count": true}`, edges: fmt.Sprintf(count, "flows"), base: fmt.Sprintf(count, "flow_events")},
		{name: "count, dport = 443", q: `{"count": true, "edges": ["dport = 443"]}`,
			edges: fmt.Sprintf(count, "flows WHERE dport = 443"), base: fmt.Sprintf(count, "flow_events WHERE dport = 443")},
		{name: "graph of 1,000 edges", q: `{"limit": 1000}`,
			edges: "SELECT " + edgeFields + " FROM flows GROUP BY " + key + " ORDER BY " + key + " LIMIT 1000" + inOrder,
			base:  "SELECT " + baseFields + " FROM flow_events GROUP BY " + key + " LIMIT 1000"},
		{name: "graph, with timeline", q: `{"limit": 1000, "timeline": true}`,
			edges: "SELECT " + edgeFields + ", groupUniqArrayArray(slots) FROM flows GROUP BY " + key + " ORDER BY " + key + " LIMIT 1000" + inOrder,
			base:  "SELECT " + baseFields + ", groupUniqArrayArray(slots) FROM flow_events GROUP BY " + key + " LIMIT 1000"},
		{name: "graph, dport = 22", q: `{"limit": 1000, "edges": ["dport = 22"]}`,
			edges: "SELECT " + edgeFields + " FROM flows WHERE dport = 22 GROUP BY " + key + " ORDER BY " + key + " LIMIT 1000" + inOrder,
			base:  "SELECT " + baseFields + " FROM flow_events WHERE dport = 22 GROUP BY " + key + " LIMIT 1000"},
		{name: "graph, scbytes > 20000", q: `{"limit": 1000, "edges": ["scbytes > 20000"]}`,
			edges: "SELECT " + edgeFields + " FROM flows GROUP BY " + key + " HAVING sum(scbytes) > 20000 ORDER BY " + key + " LIMIT 1000" + inOrder,
			base:  "SELECT " + baseFields + " FROM flow_events GROUP BY " + key + " HAVING sum(scbytes) > 20000 LIMIT 1000"},
		{name: "top 15 ports (command line)", cli: []string{"flowcli", "--top", "dport", "--limit", "15"}, edges: fmt.Sprintf(top, "flows"), base: fmt.Sprintf(top, "flow_events")},
		{name: "one host's details", q: `{"type": "node", "id": "198.18.0.1"}`, action: "details",
			edges: "SELECT " + key + ", min(firstseen), max(lastseen) FROM flows WHERE src = " + hostOf + " OR dst = " + hostOf + " GROUP BY " + key,
			base:  "SELECT " + key + ", min(start_time), max(end_time) FROM flow_events WHERE src = " + hostOf + " OR dst = " + hostOf + " GROUP BY " + key},
	}
}

// questions asks a running server over HTTP, the command line, and the engine itself.
func (b *bench) questions() error {
	path, err := b.file(b.flows)
	if err != nil {
		return err
	}
	s, dir, err := b.fresh("ask")
	if err != nil {
		return err
	}
	defer b.closeAndRemove(s, dir)
	if _, _, err := b.command(dir, "flow2db", "-C", path); err != nil {
		return err
	}
	stop, address, err := b.serve(dir)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Printf("answers over %d flows (median of %d after one for warmth)\n", b.flows, 2*b.rounds+1)
	fmt.Printf("  %-30s %10s %12s %16s %8s\n", "", "ivre", "SQL on flows", "on flow_events", "ratio")
	fmt.Println("  (the SQL is asked over the engine's HTTP interface, for JSON)")
	for _, q := range questions() {
		if err := b.ask(s, dir, address, q); err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
	}
	return nil
}

func (b *bench) ask(s *store.Store, dir, address string, q question) error {
	n := 2*b.rounds + 1
	ours, err := timed(n, func() error {
		if q.cli != nil {
			_, _, err := b.command(dir, q.cli...)
			return err
		}
		return get(address + "/cgi/flows?action=" + q.action + "&q=" + url.QueryEscape(q.q))
	})
	if err != nil {
		return err
	}
	edges, err := timed(n, func() error { return sqlOverHTTP(s, q.edges) })
	if err != nil {
		return err
	}
	base, err := timed(n, func() error { return sqlOverHTTP(s, q.base) })
	if err != nil {
		return err
	}
	fmt.Printf("  %-30s %7.1f ms %9.1f ms %13.1f ms %8.2f\n", q.name, ms(ours), ms(edges), ms(base), ours.Seconds()/min(edges, base).Seconds())
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func get(address string) error {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Referer", address)
	return fetch(req)
}

// sqlOverHTTP asks the engine's own HTTP interface for JSON: the way in which somebody would get the
// same answer without ivre.
func sqlOverHTTP(s *store.Store, sql string) error {
	address, user, password := s.HTTPAddress()
	req, err := http.NewRequest(http.MethodPost, address+"?default_format=JSONEachRow&database="+url.QueryEscape(s.Database()), strings.NewReader(sql))
	if err != nil {
		return err
	}
	req.Header.Set("X-ClickHouse-User", user)
	req.Header.Set("X-ClickHouse-Key", password)
	return fetch(req)
}

// fetch reads an answer to its end, uncompressed: nobody compresses on one machine.
func fetch(req *http.Request) error {
	req.Header.Set("Accept-Encoding", "identity")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", resp.Status, strings.TrimSpace(string(body)))
	}
	return nil
}

// serve starts the web server on a free port and waits until it answers.
func (b *bench) serve(dir string) (stop func(), address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	cmd := exec.CommandContext(b.ctx, b.ivre, "--data-dir", dir, "httpd", "--port", fmt.Sprint(port))
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	stop = func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	}
	address = fmt.Sprintf("http://127.0.0.1:%d", port)
	for range 200 {
		if get(address+"/cgi/config") == nil {
			return stop, address, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	return nil, "", fmt.Errorf("the server does not answer at %s", address)
}
