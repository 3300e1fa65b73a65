package flows_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"ivre/ingest/flow"
	"ivre/sql/flowfilter"
	"ivre/sql/flows"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
	"ivre/sql/tree"
)

var (
	trials = flag.Int("trials", 400, "how many random filters are tried")
	seed   = flag.Uint64("seed", 1, "what the random records and filters start from")
)

// TestRandomFilters compares what the database answers to random filters over random records with what
// the model says, while the rows of flows are spread over several parts and after they were merged.
func TestRandomFilters(t *testing.T) {
	r := chooser{rand.New(rand.NewPCG(*seed, 7))}
	data := r.records(250, 150)
	all := model(sortedCopy(data))
	db := storetest.New(t)
	data.store(t, db, 40)
	c := flows.New(db)
	checkAll(t, c, all)
	tryFilters(t, c, r, all, *trials/2)
	for _, table := range []string{"flows", "flow_metadata"} {
		fatal(t, db.Exec(ctx, store.Statement{SQL: "OPTIMIZE TABLE " + table + " FINAL"}))
	}
	checkAll(t, c, all)
	tryFilters(t, c, r, all, *trials/2)
}

// tryFilters compares the answers to n random requests.
func tryFilters(t *testing.T, c *flows.Client, r chooser, all map[string]*modelFlow, n int) {
	t.Helper()
	for range n {
		filters := r.filters()
		req := flows.Request{OrderBy: pick(r, "", "src", "dst", "flow")}
		r.bounds(&req)
		texts := make([]string, len(filters))
		for k, f := range filters {
			texts[k] = f.text()
		}
		cond, err := flowfilter.Parse(nil, texts)
		if err != nil {
			t.Fatalf("%q: %v", texts, err)
		}
		req.Cond = cond
		want := selected(all, filters, req)
		checkRequest(t, c, r, req, want, fmt.Sprintf("%q after %v before %v precision %d", texts, req.After, req.Before, req.Precision))
	}
}

// sortedCopy returns the records in the order of time, in which values are first seen.
func sortedCopy(r *records) *records {
	c := &records{events: slices.Clone(r.events), metas: slices.Clone(r.metas)}
	slices.SortStableFunc(c.metas, func(a, b flow.Meta) int { return cmp.Compare(a.Start, b.Start) })
	return c
}

// selected returns the flows for which all filters hold, in the order of the request.
func selected(all map[string]*modelFlow, filters []modelFilter, req flows.Request) []*modelFlow {
	out := []*modelFlow{}
	for _, f := range all {
		ok := withinBounds(f, req)
		for _, m := range filters {
			ok = ok && m.holds(f)
		}
		if ok {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b *modelFlow) int { return compareFlows(a, b, req.OrderBy) })
	return out
}

func compareFlows(a, b *modelFlow, order string) int {
	as16 := func(k flows.Key) [2][16]byte { return [2][16]byte{k.Src.As16(), k.Dst.As16()} }
	x, y := as16(a.key), as16(b.key)
	src, dst := slices.Compare(x[0][:], y[0][:]), slices.Compare(x[1][:], y[1][:])
	rest := cmp.Or(cmp.Compare(a.key.Proto, b.key.Proto), cmp.Compare(a.key.Dport, b.key.Dport), cmp.Compare(a.key.Type, b.key.Type))
	switch order {
	case "dst":
		return cmp.Or(dst, src, rest)
	case "flow":
		port := func(k flows.Key) int {
			if k.HasPort() {
				return int(k.Dport)
			}
			return -1
		}
		return cmp.Or(cmp.Compare(port(a.key), port(b.key)), cmp.Compare(a.key.Proto, b.key.Proto), src, dst, rest)
	}
	return cmp.Or(src, dst, rest)
}

// checkRequest compares lists, limited lists and counts.
func checkRequest(t *testing.T, c *flows.Client, r chooser, req flows.Request, want []*modelFlow, about string) {
	t.Helper()
	names := func(list []*modelFlow) []string {
		out := []string{}
		for _, f := range list {
			out = append(out, f.key.ID())
		}
		return out
	}
	ids := func(req flows.Request) []string {
		out := []string{}
		if err := c.Each(ctx, req, func(f *flows.Flow) error { out = append(out, f.ID()); return nil }); err != nil {
			t.Errorf("%s: %v", about, err)
		}
		return out
	}
	if diff := gocmp.Diff(names(want), ids(req)); diff != "" {
		t.Errorf("%s\n%s\n%s", about, tree.Format(req.Cond), diff)
	}
	req.Skip, req.Limit = r.IntN(4), 1+r.IntN(20)
	from := min(req.Skip, len(want))
	if diff := gocmp.Diff(names(want[from:min(from+req.Limit, len(want))]), ids(req)); diff != "" {
		t.Errorf("%s, skip %d limit %d orderby %q: %s", about, req.Skip, req.Limit, req.OrderBy, diff)
	}
	sources, targets := map[string]bool{}, map[string]bool{}
	for _, f := range want {
		sources[f.key.Src.String()], targets[f.key.Dst.String()] = true, true
	}
	n, err := c.Count(ctx, req)
	fatal(t, err)
	if n != (flows.Counts{Clients: uint64(len(sources)), Servers: uint64(len(targets)), Flows: uint64(len(want))}) {
		t.Errorf("%s: counts %+v, want %d, %d, %d", about, n, len(sources), len(targets), len(want))
	}
}

// checkAll compares everything that is known of all flows.
func checkAll(t *testing.T, c *flows.Client, all map[string]*modelFlow) {
	t.Helper()
	seen := 0
	fatal(t, c.Each(context.Background(), flows.Request{Timeline: true}, func(f *flows.Flow) error {
		seen++
		m := all[f.ID()]
		if m == nil {
			t.Errorf("unexpected flow %s", f.ID())
			return nil
		}
		if diff := gocmp.Diff(m.shown(), text(t, f.Data())); diff != "" {
			t.Errorf("%s: %s", f.ID(), diff)
		}
		if len(m.lines) == 0 {
			return nil
		}
		d, err := c.Flow(ctx, f.ID())
		fatal(t, err)
		for name, values := range m.values {
			if diff := gocmp.Diff(values, detail(d, name)); diff != "" {
				t.Errorf("%s, %s: %s", f.ID(), name, diff)
			}
		}
		for name, n := range m.counters {
			if got := detail(d, name); got != n {
				t.Errorf("%s, %s: %v, want %d", f.ID(), name, got, n)
			}
		}
		for name, n := range m.lines {
			if got := detail(d, "meta."+name+".count"); got != uint64(n) {
				t.Errorf("%s, %s: %v lines, want %d", f.ID(), name, got, n)
			}
		}
		return nil
	}))
	if seen != len(all) {
		t.Errorf("%d flows, want %d", seen, len(all))
	}
}

// detail finds meta.name.key in the details of a flow.
func detail(d *flows.FlowDetails, field string) any {
	name, key, _ := strings.Cut(strings.TrimPrefix(field, "meta."), ".")
	protocol, _ := d.Meta.Get(name)
	o, _ := protocol.(flows.Object)
	v, _ := o.Get(key)
	return v
}

// shown is what a flow's data should look like.
func (f *modelFlow) shown() string {
	k := f.key
	o := flows.Object{}
	for i, name := range []string{"count", "cspkts", "csbytes", "scpkts", "scbytes"} {
		var v any
		if f.sums[0] > 0 {
			v = f.sums[i]
		}
		o = append(o, flows.Member{Name: name, Value: v})
	}
	o[0], o[1], o[2] = o[1], o[2], o[0]
	slots := slices.Clone(f.slots)
	slices.SortFunc(slots, func(a, b flows.Slot) int { return a.Start.Compare(b.Start) })
	o = append(o, flows.Object{
		{Name: "proto", Value: k.Proto}, {Name: "firstseen", Value: micros(f.first)}, {Name: "lastseen", Value: micros(f.last)},
		{Name: "__key__", Value: k.ID()}, {Name: "addr_src", Value: k.Src}, {Name: "addr_dst", Value: k.Dst},
		{Name: "meta", Value: flows.Object{{Name: "times", Value: slots}}},
	}...)
	slices.Sort(f.sports)
	slices.Sort(f.codes)
	var list any
	switch {
	case k.HasPort():
		if f.sports != nil {
			list = f.sports
		}
		o = append(o, flows.Member{Name: "sports", Value: list}, flows.Member{Name: "dport", Value: k.Dport})
	case k.HasType():
		if f.codes != nil {
			list = f.codes
		}
		o = append(o, flows.Member{Name: "codes", Value: list}, flows.Member{Name: "type", Value: k.Type})
	}
	b, _ := o.MarshalJSON()
	return string(b)
}

var someTops = []string{"proto", "dport", "src.addr", "type", "count", "firstseen", "sport", "codes", "times", "times.start", "meta.http.host", "meta.http.method", "meta.http.request_body_len", "meta.ssh.version"}

// TestRandomTops compares top values: flows are taken apart by the arrays among the fields, and the
// filters have to hold for the elements.
func TestRandomTops(t *testing.T) {
	r := chooser{rand.New(rand.NewPCG(*seed, 8))}
	data := r.records(150, 120)
	all := model(sortedCopy(data))
	db := storetest.New(t)
	data.store(t, db, 30)
	tryTops(t, flows.New(db), r, all, *trials)
}

// tryTops compares the answers to n random requests for top values.
func tryTops(t *testing.T, c *flows.Client, r chooser, all map[string]*modelFlow, n int) {
	t.Helper()
	for range n {
		filters := r.filters()
		top := flows.TopRequest{Fields: []string{pick(r, someTops...)}}
		if r.IntN(2) == 0 {
			top.Fields = append(top.Fields, pick(r, someTops...))
		}
		if r.IntN(3) == 0 {
			top.Sum = []string{pick(r, "count", "dport", "meta.http.request_body_len")}
		}
		req := flows.Request{}
		r.bounds(&req)
		texts := make([]string, len(filters))
		for k, f := range filters {
			texts[k] = f.text()
		}
		cond, err := flowfilter.Parse(texts, nil)
		fatal(t, err)
		req.Cond = cond
		want := modelTop(t, all, filters, req, top)
		got := map[string]uint64{}
		var last uint64
		first := true
		for e, err := range c.Top(ctx, req, top) {
			if err != nil {
				t.Fatalf("%q %+v: %v", texts, top, err)
			}
			if !first && e.Count > last {
				t.Errorf("%q %+v: not in order", texts, top)
			}
			first, last = false, e.Count
			got[tuple(t, e.Fields)] = e.Count
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%q after %v before %v precision %d %+v: %s", texts, req.After, req.Before, req.Precision, top, diff)
		}
	}
}

// modelTop counts tuples of values.
func modelTop(t *testing.T, all map[string]*modelFlow, filters []modelFilter, req flows.Request, top flows.TopRequest) map[string]uint64 {
	out := map[string]uint64{}
	for _, f := range selected(all, filters, req) {
		rows := []*modelFlow{f}
		for _, name := range top.Fields {
			rows = takeApart(rows, name)
		}
		for _, row := range rows {
			ok := withinBounds(row, req)
			for _, m := range filters {
				ok = ok && m.holds(row)
			}
			values := make([]any, len(top.Fields))
			for i, name := range top.Fields {
				values[i] = row.top(name)
				ok = ok && values[i] != nil
			}
			if ok {
				out[tuple(t, values)] += row.amount(top.Sum)
			}
		}
	}
	return out
}

// takeApart makes a flow for each element of an array.
func takeApart(list []*modelFlow, name string) []*modelFlow {
	base := name
	switch name {
	case "sport":
		base = "sports"
	case "times.start":
		base = "times"
	}
	if !isArray(base) || len(list) > 0 && list[0].one[base] != nil {
		return list
	}
	var out []*modelFlow
	for _, f := range list {
		for _, e := range f.original(base) {
			c := *f
			c.one = maps.Clone(f.one)
			if c.one == nil {
				c.one = map[string]any{}
			}
			c.one[base] = e
			out = append(out, &c)
		}
	}
	return out
}

// top is the value of a field as top values show it, nil if the flow lacks it.
func (f *modelFlow) top(name string) any {
	if name == "sport" {
		name = "sports"
	}
	var v any
	if isArray(name) {
		v = f.elements(name)[0]
	} else {
		v = f.scalar(name)
	}
	return v
}

func (f *modelFlow) amount(sum []string) uint64 {
	if sum == nil {
		return 1
	}
	switch v := f.scalar(sum[0]).(type) {
	case int64:
		return uint64(v)
	case uint64:
		return v
	}
	return 0
}
