package flows

import (
	"context"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/sql/store"
)

// Counts are numbers of different hosts and flows.
type Counts struct {
	Clients uint64 `json:"clients"`
	Servers uint64 `json:"servers"`
	Flows   uint64 `json:"flows"`
}

// Count counts the flows that satisfy the request and their hosts. Order, Skip, Limit and Timeline have
// no effect.
func (c *Client) Count(ctx context.Context, req Request) (Counts, error) {
	var n Counts
	st, err := c.countStatement(req)
	if err != nil {
		return n, err
	}
	err = c.query(ctx, st, func(rows driver.Rows) error { return rows.Scan(&n.Clients, &n.Servers, &n.Flows) })
	return n, err
}

func (c *Client) countStatement(req Request) (store.Statement, error) {
	p, err := newPlan(req.conjuncts())
	if err != nil {
		return store.Statement{}, err
	}
	const counts = "SELECT uniqExact(src), uniqExact(dst), count()"
	switch {
	case len(p.value) > 0:
		return c.statement(counts+p.merged(), &p.params)
	case p.lookup != "": // what has metadata is a flow: the keys are all there is to count
		others := slices.Delete(slices.Clone(p.key), p.lookupAt, p.lookupAt+1)
		return c.statement(counts+" FROM (SELECT DISTINCT "+keyColumns+" FROM ("+p.lookup+"))"+clause("WHERE", others), &p.params)
	case slices.ContainsFunc(p.key, func(cond string) bool { return strings.Contains(cond, "(SELECT ") }):
		return c.statement(counts+p.merged(), &p.params) // evaluates look-ups once only
	}
	// Rows of a source come one after the other, so its flows are told apart by one small set at a time.
	// Grouping is also the cheapest way to count different addresses.
	return c.statement("SELECT clients, (SELECT count() FROM (SELECT dst"+p.parts()+" GROUP BY dst)) AS servers, flows"+
		" FROM (SELECT count() AS clients, sum(n) AS flows"+
		" FROM (SELECT src, uniqExact(dst, proto, dport, type) AS n"+p.parts()+" GROUP BY src))", &p.params, inOrder)
}
