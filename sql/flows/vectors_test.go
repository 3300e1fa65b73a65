package flows_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/sql/flowfilter"
	"ivre/sql/flows"
)

var ctx = context.Background()

// text writes a value as compact JSON with random coordinates left out.
func text(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	fatal(t, err)
	return coordinates.ReplaceAllString(string(b), `"x":0,"y":0`)
}

var coordinates = regexp.MustCompile(`"x":[0-9.e-]+,"y":[0-9.e-]+`)

const (
	tcpID  = "c000020a-c6336405-tcp-80"
	udpID  = "20010db8000000000000000000000010-20010db8000000000000000000000053-udp-53"
	icmpID = "c000020b-c000020a-icmp-8"
)

// Vector 1: the flows as they are stored.
func TestStoredFlows(t *testing.T) {
	c := clientD(t)
	for _, v := range []struct{ id, want string }{
		{tcpID, `{"elt":{"cspkts":7,"csbytes":452,"count":2,"scpkts":6,"scbytes":1272,"proto":"tcp","firstseen":"2026-01-02 03:00:00.250000",` +
			`"lastseen":"2026-01-02 04:00:02","__key__":"` + tcpID + `","addr_src":"192.0.2.10","addr_dst":"198.51.100.5","sports":[40000,40001],"dport":80},` +
			`"meta":{"http":{"count":2,"method":["GET"],"host":["www.example.com","api.example.com"],"user_agent":["curl/8.0"],"status_code":[200,404],` +
			`"status_msg":["OK","Not Found"],"proxied":["VIA -\u003e a","VIA -\u003e b"],"request_body_len":10,"response_body_len":552}}}`},
		{udpID, `{"elt":{"cspkts":null,"csbytes":null,"count":null,"scpkts":null,"scbytes":null,"proto":"udp","firstseen":"2026-01-02 03:00:02",` +
			`"lastseen":"2026-01-02 03:00:02","__key__":"` + udpID + `","addr_src":"2001:db8::10","addr_dst":"2001:db8::53","sports":null,"dport":53},` +
			`"meta":{"dns":{"count":1,"query":["www.example.com"],"class":["C_INTERNET"],"type":["A"],"rcode":["NOERROR"],"answers":["198.51.100.5","cdn.example.net"]}}}`},
		{icmpID, `{"elt":{"cspkts":1,"csbytes":84,"count":1,"scpkts":1,"scbytes":84,"proto":"icmp","firstseen":"2026-01-02 04:00:01",` +
			`"lastseen":"2026-01-02 04:00:01","__key__":"` + icmpID + `","addr_src":"192.0.2.11","addr_dst":"192.0.2.10","codes":[0],"type":8}}`},
	} {
		d, err := c.Flow(ctx, v.id)
		fatal(t, err)
		if diff := cmp.Diff(v.want, text(t, d)); diff != "" {
			t.Errorf("%s: %s", v.id, diff)
		}
	}
	for _, id := range []string{"", "x", "c000020a-c6336405-tcp-81", "c000020a-c6336405-tcp-080", "C000020A-c6336405-tcp-80", "c000020a-c6336405-tcp-", "c000020a-c6336405-arp-",
		"00000000000000000000ffffc000020a-c6336405-tcp-80", "c000020a-c6336405-icmp-300", "c000020a-c6336405-tcp-80'", "c0-c6336405-tcp-80"} {
		if d, err := c.Flow(ctx, id); !errors.Is(err, flows.ErrNotFound) {
			t.Errorf("%q: %v, %v", id, d, err)
		}
	}
	slots := map[string][]string{}
	fatal(t, c.Each(ctx, flows.Request{Timeline: true}, func(f *flows.Flow) error {
		for _, s := range f.Times {
			slots[f.Label()] = append(slots[f.Label()], fmt.Sprint(flows.FormatTime(s.Start), " ", s.Duration))
		}
		return nil
	}))
	want := map[string][]string{
		"tcp/80": {"2026-01-02 03:00:00 3600", "2026-01-02 04:00:00 3600"}, "udp/53": {"2026-01-02 03:00:00 3600"}, "icmp/8": {"2026-01-02 04:00:00 3600"},
	}
	if diff := cmp.Diff(want, slots); diff != "" {
		t.Error(diff)
	}
}

// Vectors 2 and 22.
func TestCount(t *testing.T) {
	c := clientD(t)
	for _, v := range []struct {
		filters []string
		want    flows.Counts
	}{
		{nil, flows.Counts{Clients: 3, Servers: 3, Flows: 3}},
		{[]string{"proto = tcp", "proto = udp"}, flows.Counts{}},
		{[]string{"count > 0"}, flows.Counts{Clients: 2, Servers: 2, Flows: 2}},
		{[]string{"addr = 192.0.2.10"}, flows.Counts{Clients: 2, Servers: 2, Flows: 2}},
		{[]string{"count > 5"}, flows.Counts{}},
	} {
		got, err := c.Count(ctx, flows.Request{Cond: edges(t, v.filters...), Limit: 1, Skip: 1})
		fatal(t, err)
		if got != v.want {
			t.Errorf("%v: %+v", v.filters, got)
		}
	}
	if got := text(t, flows.Counts{Clients: 1, Servers: 2, Flows: 3}); got != `{"clients":1,"servers":2,"flows":3}` {
		t.Error(got)
	}
}

// Vectors 3 and 4.
func TestGraph(t *testing.T) {
	c := clientD(t)
	g, err := c.Graph(ctx, flows.Request{OrderBy: "flow", Timeline: true}, flows.DefaultMode)
	fatal(t, err)
	var order []string
	for _, e := range g.Edges {
		order = append(order, e.Label)
	}
	for _, n := range g.Nodes {
		order = append(order, n.Addr.String())
		if n.X < 0 || n.X >= 1 || n.Y < 0 || n.Y >= 1 {
			t.Errorf("coordinates %v, %v", n.X, n.Y)
		}
	}
	want := []string{"icmp/8", "udp/53", "tcp/80", "192.0.2.11", "192.0.2.10", "2001:db8::10", "2001:db8::53", "198.51.100.5"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Error(diff)
	}
	wantNode := `{"id":"192.0.2.10","label":"192.0.2.10","labels":["Host"],"x":0,"y":0,"data":{"addr":"192.0.2.10","firstseen":"2026-01-02 03:00:00.250000","lastseen":"2026-01-02 04:00:02"}}`
	if diff := cmp.Diff(wantNode, text(t, g.Nodes[1])); diff != "" {
		t.Error(diff)
	}
	wantEdge := `{"id":"I","label":"udp/53","labels":["Flow"],"source":"2001:db8::10","target":"2001:db8::53","data":{"cspkts":null,"csbytes":null,"count":null,` +
		`"scpkts":null,"scbytes":null,"proto":"udp","firstseen":"2026-01-02 03:00:02","lastseen":"2026-01-02 03:00:02","__key__":"I","addr_src":"2001:db8::10",` +
		`"addr_dst":"2001:db8::53","meta":{"times":[{"start":"2026-01-02 03:00:00","duration":3600}]},"sports":null,"dport":53}}`
	if diff := cmp.Diff(wantEdge, strings.ReplaceAll(text(t, g.Edges[1]), udpID, "I")); diff != "" {
		t.Error(diff)
	}
	if g, err := c.Graph(ctx, flows.Request{Cond: edges(t, "proto = x")}, ""); err != nil || text(t, g) != `{"nodes":[],"edges":[]}` {
		t.Errorf("empty graph: %s, %v", text(t, g), err)
	}
}

// Vectors 5 and 23.
func TestGraphModes(t *testing.T) {
	c := clientD(t)
	for _, v := range []struct{ mode, label, data string }{
		{flows.FlowMap, "MERGED_FLOWS", `{"count":1,"flows":[["icmp",null]]}`},
		{flows.TalkMap, "TALK", `{"count":1,"flows":["TALK"]}`},
	} {
		g, err := c.Graph(ctx, flows.Request{Cond: edges(t, "proto = icmp"), Timeline: true}, v.mode)
		fatal(t, err)
		want := `{"id":"` + icmpID + `","label":"` + v.label + `","labels":["` + v.label + `"],"source":"192.0.2.11","target":"192.0.2.10","data":` + v.data + `}`
		if diff := cmp.Diff(want, text(t, g.Edges[0])); diff != "" {
			t.Error(diff)
		}
	}
	g, err := c.Graph(ctx, flows.Request{Skip: 1, Limit: 1}, flows.TalkMap)
	fatal(t, err)
	if len(g.Edges) != 1 || g.Edges[0].Label != "TALK" || len(g.Nodes) != 2 {
		t.Errorf("with skip and limit: %s", text(t, g))
	}
}

// Vector 6.
func TestTimeBounds(t *testing.T) {
	c := clientD(t)
	g, err := c.Graph(ctx, flows.Request{After: at(t, "2026-01-02 04:00"), Timeline: true}, "")
	fatal(t, err)
	var got []string
	for _, e := range g.Edges {
		meta, _ := e.Data.Get("meta")
		got = append(got, e.Label+" "+text(t, meta))
	}
	slot := ` {"times":[{"start":"2026-01-02 04:00:00","duration":3600}]}`
	if diff := cmp.Diff([]string{"tcp/80" + slot, "icmp/8" + slot}, got); diff != "" {
		t.Error(diff)
	}
	for _, v := range []struct {
		after, before string
		precision     int
		want          uint64
	}{
		{"", "2026-01-02 03:30", 0, 2},
		{"2026-01-02 03:30", "2026-01-02 04:00", 0, 0},
		{"2026-01-02 03:00", "2026-01-02 04:01", 3600, 3},
		{"", "", 60, 0},
	} {
		req := flows.Request{Precision: v.precision}
		if v.after != "" {
			req.After = at(t, v.after)
		}
		if v.before != "" {
			req.Before = at(t, v.before)
		}
		n, err := c.Count(ctx, req)
		fatal(t, err)
		if n.Flows != v.want {
			t.Errorf("%+v: %d flows", v, n.Flows)
		}
	}
	// listings do not leave out slots
	fatal(t, c.Each(ctx, flows.Request{Cond: edges(t, "dport = 80"), After: at(t, "2026-01-02 04:00"), Timeline: true}, func(f *flows.Flow) error {
		if len(f.Times) != 2 {
			t.Errorf("%d slots", len(f.Times))
		}
		return nil
	}))
}

// Vector 7.
func TestHostDetails(t *testing.T) {
	c := clientD(t)
	for _, v := range []struct{ addr, want string }{
		{"192.0.2.10", `{"in_flows":[["icmp",null]],"elt":{"addr":"192.0.2.10","firstseen":"2026-01-02 03:00:00.250000","lastseen":"2026-01-02 04:00:02"},` +
			`"out_flows":[["tcp",80]],"clients":["192.0.2.11"],"servers":["198.51.100.5"]}`},
		{"::ffff:192.0.2.11", `{"in_flows":[],"elt":{"addr":"::ffff:192.0.2.11","firstseen":"2026-01-02 04:00:01","lastseen":"2026-01-02 04:00:01"},` +
			`"out_flows":[["icmp",null]],"clients":[],"servers":["192.0.2.10"]}`},
		{"203.0.113.9", `{"in_flows":[],"elt":{"addr":"203.0.113.9"},"out_flows":[],"clients":[],"servers":[]}`},
	} {
		h, err := c.Host(ctx, v.addr)
		fatal(t, err)
		if diff := cmp.Diff(v.want, text(t, h)); diff != "" {
			t.Errorf("%s: %s", v.addr, diff)
		}
	}
	if _, err := c.Host(ctx, "nohost"); !flows.IsInputError(err) {
		t.Errorf("bad address: %v", err)
	}
}

// Vectors 8 and 9, as far as they are about data.
func TestListing(t *testing.T) {
	c := clientD(t)
	want := []string{"192.0.2.10 tcp/80 198.51.100.5", "192.0.2.11 icmp/8 192.0.2.10", "2001:db8::10 udp/53 2001:db8::53"}
	for _, order := range []string{"", "src"} {
		if diff := cmp.Diff(want, labels(t, c, flows.Request{OrderBy: order})); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want[1:2], labels(t, c, flows.Request{OrderBy: order, Skip: 1, Limit: 1})); diff != "" {
			t.Error(diff)
		}
	}
	byDst := []string{want[1], want[0], want[2]}
	for limit := range 4 {
		if diff := cmp.Diff(byDst[:min(3, (limit+3)%4)], labels(t, c, flows.Request{OrderBy: "dst", Limit: (limit + 3) % 4})); diff != "" && (limit+3)%4 > 0 {
			t.Error(diff)
		}
	}
	var counts []any
	fatal(t, c.Each(ctx, flows.Request{}, func(f *flows.Flow) error {
		n, _ := f.Data().Get("count")
		counts = append(counts, n)
		return nil
	}))
	if diff := cmp.Diff([]any{uint64(2), uint64(1), nil}, counts); diff != "" {
		t.Error(diff)
	}
	stop := errors.New("stop")
	if err := c.Each(ctx, flows.Request{}, func(*flows.Flow) error { return stop }); err != stop {
		t.Errorf("the callback's error became %v", err)
	}
}

func TestRecord(t *testing.T) {
	c := clientD(t)
	var got []string
	fatal(t, c.Each(ctx, flows.Request{Cond: edges(t, "proto = icmp")}, func(f *flows.Flow) error {
		got = append(got, text(t, flows.NewRecord(f, flows.FlowMap)))
		return nil
	}))
	node := func(a string) string {
		return `{"id":"` + a + `","label":"` + a + `","labels":["Host"],"x":0,"y":0,"data":{"addr":"` + a + `","firstseen":"2026-01-02 04:00:01","lastseen":"2026-01-02 04:00:01"}}`
	}
	want := `{"src":` + node("192.0.2.11") + `,"dst":` + node("192.0.2.10") + `,"flow":{"id":"` + icmpID +
		`","label":"MERGED_FLOWS","labels":["MERGED_FLOWS"],"source":"192.0.2.11","target":"192.0.2.10","data":{"count":1,"flows":[["icmp",null]]}}}`
	if diff := cmp.Diff([]string{want}, got); diff != "" {
		t.Error(diff)
	}
}

// Vector 12.
func TestDaily(t *testing.T) {
	c := clientD(t)
	daily := func(req flows.Request) string {
		entries, err := c.Daily(ctx, req)
		fatal(t, err)
		var lines []string
		for _, e := range entries {
			line := flows.FormatTimeOfDay(e.Time)
			for _, f := range e.Flows {
				line += fmt.Sprintf(" (%s, %d)", f.Name, f.Count)
			}
			lines = append(lines, line)
		}
		return strings.Join(lines, "\n")
	}
	want := "03:00:00.000000 (tcp/80, 1) (udp/53, 1)\n04:00:00.000000 (tcp/80, 1) (icmp/8, 1)"
	if diff := cmp.Diff(want, daily(flows.Request{Precision: 3600})); diff != "" {
		t.Error(diff)
	}
	want = "04:00:00.000000 (tcp/80, 1)"
	req := flows.Request{Precision: 3600, After: at(t, "2026-01-02 04:00"), Before: at(t, "2026-01-03 00:00"), Cond: edges(t, "count >= 2")}
	if diff := cmp.Diff(want, daily(req)); diff != "" {
		t.Error(diff)
	}
	if got := daily(flows.Request{Precision: 60}); got != "" {
		t.Error(got)
	}
	if _, err := c.Daily(ctx, flows.Request{}); !flows.IsInputError(err) {
		t.Errorf("without precision: %v", err)
	}
	p, err := c.Precisions(ctx)
	fatal(t, err)
	if diff := cmp.Diff([]int{3600}, p); diff != "" {
		t.Error(diff)
	}
}

// Vector 13, with the wanted meaning where the reference has a quirk.
func TestFilters(t *testing.T) {
	c := clientD(t)
	for _, v := range []struct {
		filter string
		want   int
	}{
		{"dport != 80", 2},
		{"!dport <= 80", 0},
		{"src.addr", 3}, // reference: 0
		{"!src.addr", 0},
		{"!addr = 192.0.2.10", 1},
		{"addr =~ 192.0.2.0/28", 2},
		{"addr = 192.0.2.0/28", 2},
		{"ALL sports >= 40001", 0},
		{"ALL sports = 40000", 0},         // reference: 1
		{"ALL meta.http.host =~ ^www", 0}, // reference: 1
		{"ALL meta.http.host =~ example", 1},
		{"NONE sports = 40000", 2},
		{"LEN sports >= 2", 1},
		{"count = null", 1},
		{"!count", 1},
		{"meta.http.status_code > 400", 1},
		{"meta.http.status_code = \"404\"", 0},
		{"meta.http.proxied =~ VIA", 1}, // reference: 0
		{"LEN meta.http.proxied = 2", 1},
		{"meta.dns.answers =~ cdn", 1},
		{"firstseen = 2026-01-02 03:00:00.250000", 1},
		{"firstseen = 2026-01-02 04:00:01", 1},
		{"proto = tcp OR proto = icmp", 2},
		{"sports = 40000", 1},
		{"sports = [40001, 40000]", 1},
		{"sports = [40000]", 0},
		{"sports != 40000", 2},
		{"ONE sports = 40000", 1},
		{"ONE sports >= 40000", 0},
		{"!ALL sports = 40000", 3},
		{"meta.http", 1},
		{"!meta.http", 2},
		{"meta.http.response_body_len = 552", 1},
		{"meta.http.response_body_len > 551.5", 1},
		{"meta.http.response_body_len != 552", 2},
		{"meta.http.request_body_len", 1},
		{"codes = 0", 1},
		{"codes", 1},
		{"type = 8 OR meta.dns.query = www.example.com", 2},
		{"times.start = 2026-01-02 04:00:00", 2},
		{"ALL times.start < 2026-01-02 04:00:00", 1},
		{"LEN times = 2", 1},
		{"NONE meta.http.host = www.example.com", 2},
		{"proto = \"tcp' OR 1=1 --\"", 0},
	} {
		req := flows.Request{Cond: edges(t, v.filter)}
		if got := labels(t, c, req); len(got) != v.want {
			t.Errorf("%s: %q, want %d flows", v.filter, got, v.want)
		}
		n, err := c.Count(ctx, req)
		fatal(t, err)
		if int(n.Flows) != v.want {
			t.Errorf("%s: counted %d flows, want %d", v.filter, n.Flows, v.want)
		}
	}
	// the time before SQL could be made
	if got := labels(t, c, flows.Request{Cond: edges(t, "firstseen > 0001-01-01 00:00:00 OR lastseen > 9999-12-31 23:59:59")}); len(got) != 3 {
		t.Errorf("times out of range: %q", got)
	}
}

// Vector 22.
func TestInputErrors(t *testing.T) {
	c := clientD(t)
	err := c.Each(ctx, flows.Request{OrderBy: "foo"}, func(*flows.Flow) error { return nil })
	if !flows.IsInputError(err) || err.Error() != "Unsupported orderby (should be 'src', 'dst' or 'flow')" {
		t.Errorf("orderby: %v", err)
	}
	if _, err := c.Graph(ctx, flows.Request{Limit: -1}, ""); !flows.IsInputError(err) {
		t.Errorf("negative limit: %v", err)
	}
	if err := flows.ValidateField("toto"); err == nil || err.Error() != "toto is not a valid field. Use --fields to get the list of available fields." {
		t.Errorf("field: %v", err)
	}
	for _, name := range []string{"addr", "sport", "", "schema_version"} {
		if err := flows.ValidateField(name); !flows.IsInputError(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, f := range flows.Fields() {
		if err := flows.ValidateField(f.Name); err != nil {
			t.Error(err)
		}
	}
	if _, err := flowfilter.Parse(nil, []string{"toto"}); !flows.IsInputError(err) {
		t.Errorf("filter: %v", err)
	}
	_, err = c.Count(ctx, flows.Request{Cond: edges(t, `proto =~ "((a{30}){30}b{30}){1}((\\pL{100}){9}\\pN{900}){1}((\\pL{100}){9}\\pN{900}){1}((\\pL{100}){9}\\pN{900}){1}"`)})
	if !flows.IsInputError(err) {
		t.Errorf("a pattern beyond the memory of RE2: %v", err)
	}
}

func TestFormatTime(t *testing.T) {
	for _, v := range []struct {
		t    time.Time
		want string
	}{
		{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "2026-01-02 03:04:05"},
		{time.Date(2026, 1, 2, 3, 4, 5, 120_000_000, time.UTC), "2026-01-02 03:04:05.120000"},
		{time.Date(2026, 1, 2, 3, 4, 5, 999, time.FixedZone("", 3600)), "2026-01-02 02:04:05"},
	} {
		if got := flows.FormatTime(v.t); got != v.want {
			t.Errorf("%v: %s", v.t, got)
		}
	}
}
