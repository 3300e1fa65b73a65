package httpapi_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"

	"ivre/config"
	"ivre/httpapi"
	"ivre/httpapi/wire"
	"ivre/sql/flows"
	"ivre/sql/flowstore"
	"ivre/sql/store/storetest"
)

// TestStreamedGraphIsTheGraph compares what is streamed with what flows.Client.Graph returns.
func TestStreamedGraphIsTheGraph(t *testing.T) {
	d := newDatabase(t, nil)
	rng := rand.New(rand.NewPCG(1, 2))
	var recs []string
	for range 2000 {
		proto := []string{"tcp", "udp", "icmp", "gre", "icmp6"}[rng.IntN(5)]
		start := 1767322800 + rng.IntN(5*86400)
		recs = append(recs, fmt.Sprintf(`{"kind": "flow", "rec": {"src": "192.0.2.%d", "dst": "%s%d", "proto": %q, "sport": %d, "dport": %d, "type": %d, "code": %d,
			"start_time": %d.%06d, "end_time": %d, "cspkts": 1, "scpkts": 2, "csbytes": 3, "scbytes": 4}}`, rng.IntN(12), []string{"2001:db8::", "192.0.2."}[rng.IntN(2)], rng.IntN(9),
			proto, rng.IntN(65536), rng.IntN(5), rng.IntN(3), rng.IntN(3), start, rng.IntN(1000000), start+1+rng.IntN(9000)))
	}
	d.post(t, "flows", records(recs...), 200, `{"count": 2000}`)
	client := flows.New(d.db)
	for _, mode := range []string{"", "default", "flow_map", "talk_map"} {
		for _, order := range []string{"", "src", "dst", "flow"} {
			for _, bounds := range []string{"", `, "after": "2026-01-03 00:00", "before": "2026-01-05 12:00"`, `, "limit": 100, "skip": 50`} {
				q := fmt.Sprintf(`{"limit": 0, "mode": %q, "orderby": %q, "timeline": true%s}`, mode, order, bounds)
				var got, want graph
				got = ask(t, d.Server, q).graph(t)
				req := flows.Request{OrderBy: order, Timeline: true}
				switch {
				case strings.Contains(bounds, "after"):
					req.After, req.Before = time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
				case bounds != "":
					req.Limit, req.Skip = 100, 50
				}
				g, err := client.Graph(context.Background(), req, mode)
				if err != nil {
					t.Fatal(err)
				}
				text, err := wire.Marshal(g)
				if err != nil {
					t.Fatal(err)
				}
				if err := json.Unmarshal(text, &want); err != nil {
					t.Fatal(err)
				}
				gotNodes, gotEdges := got.summary(t)
				wantNodes, wantEdges := want.summary(t)
				if diff := cmp.Diff(wantNodes, gotNodes) + cmp.Diff(wantEdges, gotEdges); diff != "" || len(gotEdges) < 10 {
					t.Errorf("%s: %d edges; -want +got:\n%.2000s", q, len(gotEdges), diff)
				}
			}
		}
	}
}

// madeUp passes n flows to f, between many hosts.
func madeUp(n int, f func(*flows.Flow) error) error {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for i := range n {
		count := uint64(i)
		err := f(&flows.Flow{
			Key:       flows.Key{Src: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), 0}), Dst: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), Proto: "tcp", Dport: 443},
			FirstSeen: at, LastSeen: at, Count: &count, CsPkts: &count, CsBytes: &count, ScPkts: &count, ScBytes: &count, Sports: []uint16{1, 2, 3},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func TestLargeGraphTakesLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const n = 1_000_000
	for _, mode := range []string{"default", "talk_map"} {
		ts := server(t, func(d *httpapi.Deps) {
			d.Flows = fixedFlows{each: func(_ context.Context, _ flows.Request, f func(*flows.Flow) error) error { return madeUp(n, f) }}
		})
		grown := watchHeap()
		req, err := http.NewRequest("GET", ts.URL+"/cgi/flows?q=%7B%22limit%22:0,%22mode%22:%22"+mode+"%22%7D", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Referer", ts.URL+"/")
		start := time.Now()
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		size, err := io.Copy(io.Discard, res.Body)
		res.Body.Close()
		most := grown()
		t.Logf("%s: %d MB in %v, heap grown by %d MB", mode, size>>20, time.Since(start).Round(time.Millisecond), most>>20)
		if err != nil || size < n*50 || most > 64<<20 {
			t.Errorf("%s: %d bytes, %v; the heap has grown by %d bytes", mode, size, err, most)
		}
	}
}

// TestFailureWhileStreaming has errors before anything was sent, and after.
func TestFailureWhileStreaming(t *testing.T) {
	for _, accept := range []string{"", "gzip"} {
		for _, n := range []int{0, 1, 20, 5000} {
			ts := server(t, func(d *httpapi.Deps) {
				d.Flows = fixedFlows{each: func(_ context.Context, _ flows.Request, f func(*flows.Flow) error) error {
					return errors.Join(madeUp(n, f), errors.New("secret cause"))
				}}
			})
			req, err := http.NewRequest("GET", ts.URL+"/cgi/flows", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Referer", ts.URL+"/")
			req.Header.Set("Accept-Encoding", accept)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				if n < 5000 {
					t.Errorf("%d flows: %v", n, err)
				}
				continue
			}
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			if n < 5000 {
				if err != nil || res.StatusCode != 500 || string(body) != `{"error": "Internal error. The server's log says more."}` {
					t.Errorf("%d flows: %d %.200s, %v", n, res.StatusCode, body, err)
				}
				continue
			}
			if err == nil {
				t.Errorf("%d flows, %q: the answer ended as if it were whole: %d, %d bytes", n, accept, res.StatusCode, len(body))
			}
		}
	}
}

func TestErrorsOfTheDatabase(t *testing.T) {
	tests := []struct {
		err    error
		status int
		want   string
	}{
		{&clickhouse.Exception{Code: 159, Message: "Timeout exceeded"}, 504, "The database did not answer within 30s. Narrow the filter"},
		{fmt.Errorf("wrapped: %w", &clickhouse.Exception{Code: 160}), 504, "The database did not answer within 30s."},
		{&clickhouse.Exception{Code: 202}, 503, "The database is busy."},
		{&clickhouse.Exception{Code: 241}, 503, "The database does not have the memory"},
		{&clickhouse.Exception{Code: 394}, 503, "The query was cancelled"},
		{&clickhouse.Exception{Code: 47, Message: "Missing columns"}, 500, "Internal error."},
		{clickhouse.ErrAcquireConnTimeout, 503, "The database is busy."},
		{flowstore.ErrBusy, 503, "Another process is changing stored flows."},
		{fmt.Errorf("dial: %w", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), 503,
			"The database can't be reached."},
		{io.EOF, 503, "The database can't be reached."},
		{context.DeadlineExceeded, 504, "The database did not answer"},
		{&flows.InputError{Msg: "your <fault>"}, 400, "your <fault>"},
		{flows.ErrNotFound, 404, "Entity not found"},
		{errors.New("secret"), 500, "Internal error."},
	}
	for _, tt := range tests {
		ts := server(t, func(d *httpapi.Deps) {
			d.Flows = fixedFlows{count: func(context.Context, flows.Request) (flows.Counts, error) { return flows.Counts{}, tt.err }}
		})
		res := get(t, ts, countQuery)
		if res.StatusCode != tt.status || !strings.HasPrefix(res.body, `{"error": "`+tt.want) || strings.Contains(res.body, "secret") {
			t.Errorf("%v: %d %s", tt.err, res.StatusCode, res.body)
		}
		page := get(t, ts, countQuery, "Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
		title := fmt.Sprintf("<h1>Error: %d %s</h1>", tt.status, http.StatusText(tt.status))
		if page.StatusCode != tt.status || page.Header.Get("Content-Type") != "text/html; charset=UTF-8" || !strings.Contains(page.body, title) || strings.Contains(page.body, "<fault>") {
			t.Errorf("%v: %d %v %s", tt.err, page.StatusCode, page.Header, page.body)
		}
	}
}

func TestDebugShowsErrors(t *testing.T) {
	ts := server(t, func(d *httpapi.Deps) {
		d.Config.Debug = true
		d.Flows = fixedFlows{count: func(context.Context, flows.Request) (flows.Counts, error) {
			return flows.Counts{}, errors.New("the cause")
		}}
	})
	get(t, ts, countQuery).check(t, "debug", 500, `{"error": "the cause"}`)
}

func TestHTMLOnlyWherePreferred(t *testing.T) {
	ts := server(t, nil)
	for accept, html := range map[string]bool{
		"": false, "*/*": false, "application/json": false, "text/html": true, "TEXT/HTML": true, "text/*": true, "text/html, application/json": false,
		"text/html;q=0.5, application/json;q=0.9": false, "text/html;q=0.9, */*;q=0.1": true, "text/html; q=x": false, "text/html;q=0": false, "text/html;q=2, */*": false,
		"text/html;level=1;q=0.4,application/*;q=0.3": true, "text/html,*/*": false, ";;,,/": false,
	} {
		res := get(t, ts, `/cgi/<b>?q="<i>"`, "Accept", accept)
		if got := strings.HasPrefix(res.Header.Get("Content-Type"), "text/html"); got != html || res.StatusCode != 404 {
			t.Errorf("%q: %d %s", accept, res.StatusCode, res.Header.Get("Content-Type"))
		}
		if html && (strings.Contains(res.body, "<b>") || strings.Contains(res.body, "<i>") || !strings.Contains(res.body, "<pre>Not found: &#39;/cgi/&lt;b&gt;&#39;</pre>")) {
			t.Errorf("%q: %s", accept, res.body)
		}
	}
}

// TestTimeLimit has a database that is too slow, in all kinds of questions.
func TestTimeLimit(t *testing.T) {
	wait := func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return errors.New("read: connection closed") // what a driver may make of it
		case <-time.After(20 * time.Second):
			return nil
		}
	}
	ts := server(t, func(d *httpapi.Deps) {
		d.Config.QueryTimeout = 50 * time.Millisecond
		d.Flows = fixedFlows{
			count: func(ctx context.Context, _ flows.Request) (flows.Counts, error) { return flows.Counts{}, wait(ctx) },
			each: func(ctx context.Context, _ flows.Request, f func(*flows.Flow) error) error {
				return errors.Join(madeUp(2, f), wait(ctx))
			},
		}
	})
	want := `{"error": "The database did not answer within 50ms. Narrow the filter, set a limit, or raise QUERY_TIMEOUT_MS."}`
	get(t, ts, countQuery).check(t, "count", 504, want)
	get(t, ts, "/cgi/flows").check(t, "graph", 504, want)
	real := newDatabase(t, func(d *httpapi.Deps) { d.Config.QueryTimeout = time.Nanosecond })
	for _, q := range []string{`{"count": true}`, `{}`, `{"mode": "talk_map", "orderby": "flow"}`, `{"mode": "talk_map"}`} {
		if res := ask(t, real.Server, q); res.StatusCode != 504 {
			t.Errorf("%s: %d %s", q, res.StatusCode, res.body)
		}
	}
	unlimited := newDatabase(t, func(d *httpapi.Deps) { d.Config.QueryTimeout = 0 })
	for _, q := range []string{`{"count": true}`, `{}`, `{"mode": "talk_map", "orderby": "flow"}`} {
		if res := ask(t, unlimited.Server, q); res.StatusCode != 200 {
			t.Errorf("no limit: %s: %d %s", q, res.StatusCode, res.body)
		}
	}
}

// TestSlowClient reads a long answer after the time that a query may take, of this server and of
// the database's own clock.
func TestSlowClient(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	opt := storetest.Options(t)
	opt.QueryTimeout = time.Second
	d := openDatabase(t, opt, func(d *httpapi.Deps) { d.Config.QueryTimeout = time.Second })
	err := d.db.Conn().Exec(context.Background(), `INSERT INTO flow_events (start_time, end_time, src, dst, proto, sport, dport)
		SELECT toDateTime64('2026-01-02 03:04:05', 6, 'UTC') AS s, s, toIPv6('10.' || toString(intDiv(number, 65536)) || '.' || toString(intDiv(number, 256) % 256) || '.' || toString(number % 256)),
		toIPv6('192.0.2.1'), 'tcp', 1, 2 FROM numbers(200000)`)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest("GET", d.URL+"/cgi/flows?q=%7B%22limit%22:0%7D", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Referer", d.URL+"/")
	client := http.Client{Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	time.Sleep(3 * time.Second)
	edges := 0
	dec := json.NewDecoder(res.Body)
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("after %d edges: %v", edges, err)
		}
		if tok == "addr_src" {
			edges++
		}
	}
	if edges != 200000 {
		t.Errorf("%d edges", edges)
	}
}

// TestClientGoesAway looks whether the query is ended with the request.
func TestClientGoesAway(t *testing.T) {
	ended := make(chan error, 1)
	started := make(chan struct{})
	ts := server(t, func(d *httpapi.Deps) {
		d.Flows = fixedFlows{count: func(ctx context.Context, _ flows.Request) (flows.Counts, error) {
			close(started)
			<-ctx.Done()
			ended <- ctx.Err()
			return flows.Counts{}, ctx.Err()
		}}
	})
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, "GET", ts.URL+countQuery, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Referer", ts.URL+"/")
	go func() { <-started; cancel() }()
	if _, err := http.DefaultClient.Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("client: %v", err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the query goes on")
	}
}

// TestHeadEndsTheQuery asks for the headers of a graph that never ends.
func TestHeadEndsTheQuery(t *testing.T) {
	cancelled := false
	ts := server(t, func(d *httpapi.Deps) {
		d.Flows = fixedFlows{each: func(ctx context.Context, _ flows.Request, f func(*flows.Flow) error) error {
			err := madeUp(1<<40, f)
			cancelled = ctx.Err() != nil
			return err
		}}
	})
	if res := do(t, ts, "HEAD", "/cgi/flows", nil); res.StatusCode != 200 || res.Header.Get("Content-Type") != "application/json" || !cancelled {
		t.Errorf("%d %v, cancelled: %v", res.StatusCode, res.Header, cancelled)
	}
}

func TestGzip(t *testing.T) {
	ts := server(t, func(d *httpapi.Deps) {
		d.Config.WebStaticPath = staticFolder(t)
		d.Flows = fixedFlows{each: func(_ context.Context, _ flows.Request, f func(*flows.Flow) error) error { return madeUp(100, f) }}
	})
	tests := []struct {
		path, accept string
		zipped       bool
	}{
		{"/cgi/flows", "gzip", true}, {"/cgi/flows", "br, gzip;q=0.5", true}, {"/cgi/flows", "gzip;q=0", false}, {"/cgi/flows", "identity", false}, {"/cgi/flows", "zstd", false},
		{countQuery, "gzip", false}, {"/index.html", "gzip", true}, {"/big.json", "gzip", true}, {"/big.png", "gzip", false}, {"/metrics", "gzip", true},
	}
	for _, tt := range tests {
		plain, res := get(t, ts, tt.path), get(t, ts, tt.path, "Accept-Encoding", tt.accept)
		if got := res.Header.Get("Content-Encoding") == "gzip"; got != tt.zipped || res.StatusCode != 200 {
			t.Errorf("%s, %q: %d %v", tt.path, tt.accept, res.StatusCode, res.Header)
			continue
		}
		if !strings.Contains(strings.Join(res.Header.Values("Vary"), ","), "Accept-Encoding") && tt.path != "/big.png" {
			t.Errorf("%s, %q: Vary %q", tt.path, tt.accept, res.Header.Values("Vary"))
		}
		if !tt.zipped {
			continue
		}
		zr, err := gzip.NewReader(strings.NewReader(res.body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(zr)
		// Nodes have random places, metrics change.
		if err != nil || len(text) < len(plain.body)*9/10 || text[0] != plain.body[0] {
			t.Errorf("%s, %q: %d bytes, %v; %d bytes without compression", tt.path, tt.accept, len(text), err, len(plain.body))
		}
	}
	if res := get(t, ts, "/big.json", "Accept-Encoding", "gzip", "Range", "bytes=0-4"); res.StatusCode != 206 || res.body != `["xxx` {
		t.Errorf("a range is one of the file: %d %q", res.StatusCode, res.body)
	}
}

// TestShow lets browsers show an answer instead of saving it.
func TestShow(t *testing.T) {
	ts := server(t, configured(func(c *config.Config) {}))
	for extra, how := range map[string]string{"": "attachment", "&show=1": "inline", "&show=0": "attachment", "&show=false": "attachment", "&show=": "attachment", "&show=yes": "inline"} {
		if got := get(t, ts, countQuery+extra).Header.Get("Content-Disposition"); got != how+`; filename="IVRE-results.json"` {
			t.Errorf("%q: %s", extra, got)
		}
	}
}
