package flows

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/sql/store"
	"ivre/sql/tree"
)

// Client answers questions about the flows of a database. It may be used by several goroutines.
type Client struct{ db *store.Store }

// New returns a client for a database.
func New(db *store.Store) *Client { return &Client{db} }

// Request selects flows and says how to return them.
type Request struct {
	// Cond is what the flows have to satisfy, from flowfilter.Parse; nil: all flows.
	Cond tree.Cond
	// After and Before bound the starts of time slots: the flow has a slot that starts at After or later
	// and before Before. The zero time is no bound.
	After, Before time.Time
	// Precision is the length in seconds that the same slot has; 0: any.
	Precision int
	// OrderBy is "src" or "dst" (address), "flow" (port, then protocol) or "" (by source, destination,
	// protocol, port and ICMP type, which is how flows are stored).
	OrderBy string
	// Skip and Limit cut the list of flows, before the modes of Graph merge any; Limit 0 is no limit.
	Skip, Limit int
	// Timeline asks for the time slots of the flows.
	Timeline bool
}

// bounds is the condition that After, Before and Precision make, nil if they are not set. All of them
// speak of the same slot.
func (r *Request) bounds() tree.Cond {
	var c tree.And
	if !r.After.IsZero() {
		c = append(c, tree.Test{Field: "start", Op: tree.Ge, Value: tree.Time(r.After)})
	}
	if !r.Before.IsZero() {
		c = append(c, tree.Test{Field: "start", Op: tree.Lt, Value: tree.Time(r.Before)})
	}
	if r.Precision != 0 {
		c = append(c, tree.Test{Field: "duration", Op: tree.Eq, Value: tree.Int(r.Precision)})
	}
	if c == nil {
		return nil
	}
	return tree.Elements{Field: "times", Quantifier: tree.Any, Cond: c}
}

// holds tells whether a slot is within the bounds.
func (r *Request) holds(s Slot) bool {
	return (r.After.IsZero() || !s.Start.Before(r.After)) &&
		(r.Before.IsZero() || s.Start.Before(r.Before)) &&
		(r.Precision == 0 || s.Duration == r.Precision)
}

// conjuncts are the conditions that all have to hold.
func (r *Request) conjuncts() []tree.Cond {
	return append(tree.Conjuncts(r.Cond), tree.Conjuncts(r.bounds())...)
}

// check finds what no SQL could be made of.
func (r *Request) check() error {
	switch {
	case r.OrderBy != "" && r.OrderBy != "src" && r.OrderBy != "dst" && r.OrderBy != "flow":
		return &InputError{"Unsupported orderby (should be 'src', 'dst' or 'flow')"}
	case r.Skip < 0 || r.Limit < 0:
		return &InputError{"skip and limit must not be negative"}
	}
	return nil
}

// cut is the SQL of skip and limit.
func cut(skip, limit int) string {
	s := ""
	if limit > 0 {
		s = " LIMIT " + strconv.Itoa(limit)
	}
	if skip > 0 {
		s += " OFFSET " + strconv.Itoa(skip)
	}
	return s
}

// maxStatement is a little less than what ClickHouse parses (its setting max_query_size).
const maxStatement = 250_000

// statement completes SQL with the settings that it relies on.
func (c *Client) statement(sql string, p *tree.Params, settings ...string) (store.Statement, error) {
	if c.db.Target().Cluster != "" {
		// the tables are sharded by src, so each server has all rows that the look-ups of its flows need
		settings = append(settings, "distributed_product_mode = 'local'")
	}
	for i, s := range settings {
		if i == 0 {
			sql += " SETTINGS " + s
		} else {
			sql += ", " + s
		}
	}
	if len(sql) > maxStatement {
		return store.Statement{}, &InputError{fmt.Sprintf("the filters are too long: they make a query of %d bytes, more than %d", len(sql), maxStatement)}
	}
	return store.Statement{SQL: sql, Params: p.Values()}, nil
}

// query runs a statement and calls scan for each row of the answer.
func (c *Client) query(ctx context.Context, st store.Statement, scan func(driver.Rows) error) error {
	rows, err := c.db.Query(ctx, st)
	if err != nil {
		return explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return explain(rows.Err())
}
