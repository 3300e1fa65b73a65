package flows

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/sql/store"
)

// inOrder makes ClickHouse group rows by a prefix of the sorting key while it reads them in that order:
// groups are complete early, so a LIMIT ends the reading, and few are in memory at once.
const inOrder = "optimize_aggregation_in_order = 1"

// fewFlows is up to how many flows are put together by grouping their rows. FINAL has to start reading
// all parts at several places at once, which pays off for longer answers only.
const fewFlows = 20_000

// orders are the ORDER BY expressions. Without a port, a flow sorts before those with one.
var orders = map[string]string{
	"":     keyColumns,
	"src":  keyColumns,
	"dst":  "dst, src, proto, dport, type",
	"flow": "if(" + hasPort + ", dport, -1), proto, src, dst, dport, type",
}

// sumColumns are the columns of a flow beside its key, as they are read and as they are merged.
var sumColumns = []struct{ name, merge string }{
	{"firstseen", "min"}, {"lastseen", "max"}, {"count", "sum"},
	{"cspkts", "sum"}, {"csbytes", "sum"}, {"scpkts", "sum"}, {"scbytes", "sum"},
	{"sports", "groupUniqArrayArray"}, {"codes", "groupUniqArrayArray"}, {"slots", "groupUniqArrayArray"},
}

// detail says which columns of a flow are read.
type detail uint8

const (
	timesOnly  detail = iota // key, firstseen, lastseen
	withSums                 // all but slots
	everything               //
)

func (d detail) columns() int { return [...]int{2, 9, 10}[d] }

// plain lists the columns of merged rows.
func (d detail) plain() string {
	s := keyColumns
	for _, c := range sumColumns[:d.columns()] {
		s += ", " + c.name
	}
	return s
}

// grouped lists the columns with the aggregate functions that merge the rows of a flow.
func (d detail) grouped() string {
	s := keyColumns
	for _, c := range sumColumns[:d.columns()] {
		s += ", " + c.merge + "(flows." + c.name + ") AS " + c.name
	}
	return s
}

// Each calls f for each flow that satisfies the request, in order. The flow is f's to keep. An error of
// f ends the walk and is returned.
func (c *Client) Each(ctx context.Context, req Request, f func(*Flow) error) error {
	d := withSums
	if req.Timeline {
		d = everything
	}
	return c.each(ctx, req, d, f)
}

func (c *Client) each(ctx context.Context, req Request, d detail, f func(*Flow) error) error {
	st, err := c.selectFlows(req, d)
	if err != nil {
		return err
	}
	return c.scanFlows(ctx, st, d, f)
}

func (c *Client) scanFlows(ctx context.Context, st store.Statement, d detail, f func(*Flow) error) error {
	var r flowRow
	return c.query(ctx, st, func(rows driver.Rows) error {
		if err := rows.Scan(r.targets()[:5+d.columns()]...); err != nil {
			return err
		}
		return f(r.flow(d))
	})
}

// selectFlows writes the statement that returns the flows of a request.
func (c *Client) selectFlows(req Request, d detail) (store.Statement, error) {
	if err := req.check(); err != nil {
		return store.Statement{}, err
	}
	p, err := newPlan(req.conjuncts())
	if err != nil {
		return store.Statement{}, err
	}
	order := " ORDER BY " + orders[req.OrderBy]
	limits := cut(req.Skip, req.Limit)
	few := len(p.value) == 0 && req.Limit > 0 && req.Limit <= fewFlows-min(req.Skip, fewFlows)
	switch {
	case few && orders[req.OrderBy] == keyColumns:
		return c.statement("SELECT "+d.grouped()+p.parts()+" GROUP BY "+keyColumns+order+limits, &p.params, inOrder)
	case few: // find their keys first, then read the other columns of these only
		// On a cluster each server finds those of its own, so the result is cut once more.
		keys := "SELECT " + keyColumns + p.merged() + order + cut(0, req.Skip+req.Limit)
		return c.statement("SELECT "+d.grouped()+" FROM flows WHERE ("+keyColumns+") IN ("+keys+
			") GROUP BY "+keyColumns+order+limits, &p.params)
	}
	return c.statement("SELECT "+d.plain()+p.merged()+order+limits, &p.params)
}

// Selection is the statement that selects the keys (src, dst, proto, dport, type) of the flows that
// satisfy the request's conditions, for use as a subquery of statements that change them. Order, Skip,
// Limit and Timeline have no effect.
func (c *Client) Selection(req Request) (store.Statement, error) {
	p, err := newPlan(req.conjuncts())
	if err != nil {
		return store.Statement{}, err
	}
	if len(p.value) == 0 {
		return store.Statement{SQL: "SELECT DISTINCT " + keyColumns + p.parts(), Params: p.params.Values()}, nil
	}
	return store.Statement{SQL: "SELECT " + keyColumns + p.merged(), Params: p.params.Values()}, nil
}

// flowRow takes the columns of a row.
type flowRow struct {
	src, dst                                netip.Addr
	proto                                   string
	dport                                   uint16
	typ                                     uint8
	first, last                             time.Time
	count, cspkts, csbytes, scpkts, scbytes uint64
	sports                                  []uint16
	codes                                   []uint8
	slots                                   []uint64
}

func (r *flowRow) targets() []any {
	r.sports, r.codes, r.slots = nil, nil, nil // the last row's belong to its flow
	return []any{
		&r.src, &r.dst, &r.proto, &r.dport, &r.typ, &r.first, &r.last,
		&r.count, &r.cspkts, &r.csbytes, &r.scpkts, &r.scbytes, &r.sports, &r.codes, &r.slots,
	}
}

func (r *flowRow) key() Key {
	return Key{Src: r.src.Unmap(), Dst: r.dst.Unmap(), Proto: r.proto, Dport: r.dport, Type: r.typ}
}

func (r *flowRow) flow(d detail) *Flow {
	f := &Flow{Key: r.key(), FirstSeen: r.first.UTC(), LastSeen: r.last.UTC()}
	if d == timesOnly {
		return f
	}
	if r.count > 0 {
		sums := [...]uint64{r.count, r.cspkts, r.csbytes, r.scpkts, r.scbytes}
		f.Count, f.CsPkts, f.CsBytes, f.ScPkts, f.ScBytes = &sums[0], &sums[1], &sums[2], &sums[3], &sums[4]
	}
	if len(r.sports) > 0 {
		slices.Sort(r.sports)
		f.Sports = r.sports
	}
	if len(r.codes) > 0 {
		slices.Sort(r.codes)
		f.Codes = r.codes
	}
	if d == everything && len(r.slots) > 0 {
		f.Times = make([]Slot, len(r.slots))
		for i, s := range r.slots {
			f.Times[i] = unpackSlot(s)
		}
		slices.SortFunc(f.Times, compareSlots)
	}
	return f
}
