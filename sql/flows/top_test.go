package flows_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/sql/flows"
)

// topLines writes top values one per line.
func topLines(t testing.TB, c *flows.Client, req flows.Request, top flows.TopRequest) []string {
	t.Helper()
	out := []string{}
	for e, err := range c.Top(ctx, req, top) {
		fatal(t, err)
		line := fmt.Sprintf("%s %d", tuple(t, e.Fields), e.Count)
		for _, c := range e.Collected {
			line += " " + tuple(t, c)
		}
		out = append(out, line)
	}
	return out
}

func tuple(t testing.TB, values []any) string {
	t.Helper()
	s := text(t, flows.Object{{Name: "", Value: values}})
	return s[len(`{"":`) : len(s)-1]
}

// Vectors 10 and 11, and more.
func TestTop(t *testing.T) {
	c := clientD(t)
	for _, v := range []struct {
		filter string
		top    flows.TopRequest
		want   []string
	}{
		{"", flows.TopRequest{Fields: []string{"src.addr", "dport"}, Sum: []string{"csbytes", "scbytes"}, Collect: []string{"proto"}},
			[]string{`["192.0.2.10",80] 1724 ["tcp"]`, `["2001:db8::10",53] 0 ["udp"]`}},
		{"", flows.TopRequest{Fields: []string{"sport"}}, []string{`[40000] 1`, `[40001] 1`}},
		{"ANY sports = 40001", flows.TopRequest{Fields: []string{"sport"}}, []string{`[40001] 1`}},
		{"ANY sports = 40001", flows.TopRequest{Fields: []string{"sports", "sport"}}, []string{`[40001,40001] 1`}},
		{"sports != 40001", flows.TopRequest{Fields: []string{"sport"}}, []string{}},
		{"LEN sports = 2", flows.TopRequest{Fields: []string{"sport"}}, []string{`[40000] 1`, `[40001] 1`}},
		{"ALL sports > 30000", flows.TopRequest{Fields: []string{"sport"}}, []string{`[40000] 1`, `[40001] 1`}},
		{"dport = 80 OR sports = 40001", flows.TopRequest{Fields: []string{"sport"}}, []string{`[40000] 1`, `[40001] 1`}},
		{"", flows.TopRequest{Fields: []string{"dst.addr"}, Collect: []string{"sports", "proto"}}, []string{`["198.51.100.5"] 1 [[40000,40001],"tcp"]`}},
		{"", flows.TopRequest{Fields: []string{"meta.http.status_code"}, Sum: []string{"count"}}, []string{`[200] 2`, `[404] 2`}},
		{"", flows.TopRequest{Fields: []string{"proto"}, Collect: []string{"dport", "count"}}, []string{`["tcp"] 1 [80,2]`}},
		{"", flows.TopRequest{Fields: []string{"proto"}}, []string{`["icmp"] 1`, `["tcp"] 1`, `["udp"] 1`}},
		{"", flows.TopRequest{Fields: []string{"proto"}, N: 1, Skip: 1}, []string{`["tcp"] 1`}},
		{"", flows.TopRequest{Fields: []string{"proto"}, Skip: 2}, []string{`["udp"] 1`}},
		{"", flows.TopRequest{Fields: []string{"proto"}, Sum: []string{"count"}, Least: true}, []string{`["udp"] 0`, `["icmp"] 1`, `["tcp"] 2`}},
		{"", flows.TopRequest{Fields: []string{"times.start"}}, []string{`["2026-01-02 03:00:00"] 2`, `["2026-01-02 04:00:00"] 2`}},
		{"", flows.TopRequest{Fields: []string{"times"}, Sum: []string{"times.duration"}},
			[]string{`[{"start":"2026-01-02 03:00:00","duration":3600}] 7200`, `[{"start":"2026-01-02 04:00:00","duration":3600}] 7200`}},
		{"", flows.TopRequest{Fields: []string{"proto", "times.start", "times.duration"}, N: 2},
			[]string{`["icmp","2026-01-02 04:00:00",3600] 1`, `["tcp","2026-01-02 03:00:00",3600] 1`}},
		{"", flows.TopRequest{Fields: []string{"dport"}, Collect: []string{"times", "times.start"}}, []string{
			`[53] 1 [[{"start":"2026-01-02 03:00:00","duration":3600}],["2026-01-02 03:00:00"]]`,
			`[80] 1 [[{"start":"2026-01-02 03:00:00","duration":3600},{"start":"2026-01-02 04:00:00","duration":3600}],["2026-01-02 03:00:00","2026-01-02 04:00:00"]]`}},
		{"", flows.TopRequest{Fields: []string{"meta.http.host", "meta.http.status_code"}}, []string{
			`["api.example.com",200] 1`, `["api.example.com",404] 1`, `["www.example.com",200] 1`, `["www.example.com",404] 1`}},
		{"meta.http.host =~ ^www", flows.TopRequest{Fields: []string{"meta.http.host"}, Sum: []string{"scpkts"}}, []string{`["www.example.com"] 6`}},
		{"meta.http.host =~ ^www", flows.TopRequest{Fields: []string{"dst.addr"}, Collect: []string{"meta.http.host"}},
			[]string{`["198.51.100.5"] 1 [["www.example.com","api.example.com"]]`}},
		{"LEN meta.http.host = 2", flows.TopRequest{Fields: []string{"meta.http.host"}}, []string{`["api.example.com"] 1`, `["www.example.com"] 1`}},
		{"", flows.TopRequest{Fields: []string{"meta.http.response_body_len"}, Sum: []string{"meta.http.response_body_len", "meta.http.request_body_len"}}, []string{`[552] 562`}},
		{"", flows.TopRequest{Fields: []string{"proto"}, Sum: []string{"meta.http.response_body_len"}}, []string{`["tcp"] 552`, `["icmp"] 0`, `["udp"] 0`}},
		{"", flows.TopRequest{Fields: []string{"meta.http.status_code"}, Sum: []string{"meta.http.status_code"}}, []string{`[404] 404`, `[200] 200`}},
		{"", flows.TopRequest{Fields: []string{"meta.dns"}}, []string{
			`[{"count":1,"query":["www.example.com"],"class":["C_INTERNET"],"type":["A"],"rcode":["NOERROR"],"answers":["198.51.100.5","cdn.example.net"]}] 1`}},
		{"", flows.TopRequest{Fields: []string{"meta.dns.query"}, Collect: []string{"meta.dns.answers"}}, []string{`["www.example.com"] 1 [["198.51.100.5","cdn.example.net"]]`}},
		{"", flows.TopRequest{Fields: []string{"meta.dns.query"}, Collect: []string{"meta.http.host"}}, []string{}},
		{"", flows.TopRequest{Fields: []string{"meta.http.host"}, Collect: []string{"meta.http.host", "meta.http.status_code", "meta.http.request_body_len"}, N: 1},
			[]string{`["api.example.com"] 1 ["api.example.com",[200,404],10]`}},
		{"", flows.TopRequest{Fields: []string{"src.addr"}, Collect: []string{"dst.addr", "codes"}}, []string{`["192.0.2.11"] 1 ["192.0.2.10",[0]]`}},
		{"", flows.TopRequest{Fields: []string{"meta.http.status_code"}, Collect: []string{"meta.dns"}}, []string{}},
		{"", flows.TopRequest{Fields: []string{"proto"}, Collect: []string{"meta.dns"}}, []string{
			`["udp"] 1 [{"count":1,"query":["www.example.com"],"class":["C_INTERNET"],"type":["A"],"rcode":["NOERROR"],"answers":["198.51.100.5","cdn.example.net"]}]`}},
		{"", flows.TopRequest{Fields: []string{"meta.http.method", "sport"}, Collect: []string{"firstseen"}}, []string{
			`["GET",40000] 1 ["2026-01-02 03:00:00.250000"]`, `["GET",40001] 1 ["2026-01-02 03:00:00.250000"]`}},
		{"", flows.TopRequest{Fields: []string{"type", "codes"}}, []string{`[8,0] 1`}},
	} {
		req := flows.Request{}
		if v.filter != "" {
			req.Cond = edges(t, v.filter)
		}
		if diff := cmp.Diff(v.want, topLines(t, c, req, v.top)); diff != "" {
			t.Errorf("%s %+v: %s", v.filter, v.top, diff)
		}
	}
}

func TestTopBounds(t *testing.T) {
	c := clientD(t)
	// bounds select the slots that are counted
	req := flows.Request{After: at(t, "2026-01-02 04:00")}
	want := []string{`["2026-01-02 04:00:00"] 2`}
	if diff := cmp.Diff(want, topLines(t, c, req, flows.TopRequest{Fields: []string{"times.start"}})); diff != "" {
		t.Error(diff)
	}
	// and flows, if none is counted
	want = []string{`["icmp"] 1`, `["tcp"] 1`}
	if diff := cmp.Diff(want, topLines(t, c, req, flows.TopRequest{Fields: []string{"proto"}})); diff != "" {
		t.Error(diff)
	}
	// the limit comes before the conditions
	req = flows.Request{Limit: 2, Cond: edges(t, "proto = udp OR LEN sports = 2")}
	want = []string{`["tcp",40000] 1`, `["tcp",40001] 1`}
	if diff := cmp.Diff(want, topLines(t, c, req, flows.TopRequest{Fields: []string{"proto", "sport"}})); diff != "" {
		t.Error(diff)
	}
	req = flows.Request{Limit: 2, Cond: edges(t, "dport = 53")}
	if got := topLines(t, c, req, flows.TopRequest{Fields: []string{"proto"}, Collect: []string{"lastseen"}}); len(got) != 0 {
		t.Error(got)
	}
}

func TestTopErrors(t *testing.T) {
	c := clientD(t)
	for _, v := range []struct {
		top  flows.TopRequest
		want string
	}{
		{flows.TopRequest{}, "missing"},
		{flows.TopRequest{Fields: []string{"addr"}}, "addr is not a valid field"},
		{flows.TopRequest{Fields: []string{"toto"}}, "toto is not a valid field"},
		{flows.TopRequest{Fields: []string{"proto"}, Collect: []string{"toto"}}, "toto is not a valid field"},
		{flows.TopRequest{Fields: []string{"proto"}, Sum: []string{"toto"}}, "toto is not a valid field"},
		{flows.TopRequest{Fields: []string{"proto"}, Sum: []string{"proto"}}, "proto cannot be added up"},
		{flows.TopRequest{Fields: []string{"proto"}, Sum: []string{"sports"}}, "sports cannot be added up"},
		{flows.TopRequest{Fields: []string{"proto"}, Sum: []string{"meta.http"}}, "meta.http cannot be added up"},
		{flows.TopRequest{Fields: []string{"proto"}, Sum: []string{"firstseen"}}, "firstseen cannot be added up"},
		{flows.TopRequest{Fields: []string{"proto"}, N: -1}, "negative"},
	} {
		n := 0
		for _, err := range c.Top(ctx, flows.Request{}, v.top) {
			n++
			var input *flows.InputError
			if !errors.As(err, &input) || !strings.Contains(err.Error(), v.want) {
				t.Errorf("%+v: %v", v.top, err)
			}
		}
		if n != 1 {
			t.Errorf("%+v: %d results", v.top, n)
		}
	}
	for range c.Top(ctx, flows.Request{}, flows.TopRequest{Fields: []string{"proto"}}) {
		break // ends the query, too
	}
}
