package hosts

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/sql/ask"
	"ivre/sql/jsonpath"
	"ivre/sql/store"
	"ivre/sql/tree"
)

// Client answers questions about the host records of a database. It may be used by several goroutines.
type Client struct {
	db     *store.Store
	tables Tables
}

// New returns a client for one kind of host records of a database.
func New(db *store.Store, t Tables) *Client { return &Client{db, t} }

// InputError is a request that makes no sense; its text is meant for the user.
type InputError = ask.InputError

// Sort is one key of an order.
type Sort = ask.Sort

// Request selects records. Without an order they come by address and record.
type Request = ask.Request

// where compiles a condition to a WHERE clause with a leading blank, empty for all records.
func (c *Client) where(cond tree.Cond, p *tree.Params) (string, error) {
	list, err := c.conditions(cond, p)
	return ask.Clause("WHERE", list), err
}

// conditions compiles a condition to those that all have to hold, the cheap ones first.
func (c *Client) conditions(cond tree.Cond, p *tree.Params) ([]string, error) {
	if cond == nil {
		return nil, nil
	}
	var out []string
	for _, sub := range tree.Conjuncts(tree.Simplify(cond)) {
		e, err := tree.Compile(sub, catalog{c.tables}, p)
		if err != nil {
			return nil, &InputError{Reason: err.Error()}
		}
		if e.Text != "true" {
			out = append(out, e.Text)
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return cost(a) - cost(b) })
	return out, nil
}

// cost ranks conditions: plain columns, look-ups in other tables, the JSON text of records.
func cost(sql string) int {
	switch {
	case strings.Contains(sql, "record"):
		return 2
	case strings.Contains(sql, "(SELECT "):
		return 1
	}
	return 0
}

func (c *Client) statement(sql string, p *tree.Params) (store.Statement, error) {
	return ask.Statement(c.db, sql, p)
}

// query runs a statement and calls scan for each row of the answer.
func (c *Client) query(ctx context.Context, sql string, p *tree.Params, scan func(driver.Rows) error, settings ...string) error {
	return ask.Rows(ctx, c.db, sql, p, scan, settings...)
}

// Count is the number of records that satisfy a condition.
func (c *Client) Count(ctx context.Context, cond tree.Cond) (n uint64, err error) {
	var p tree.Params
	sql, err := c.countSQL(cond, &p)
	if err != nil {
		return 0, err
	}
	err = c.query(ctx, sql, &p, func(r driver.Rows) error { return r.Scan(&n) })
	return n, err
}

// countSQL counts records. If all that is asked is whether a record is among those that another table's rows belong
// to, it counts these.
func (c *Client) countSQL(cond tree.Cond, p *tree.Params) (string, error) {
	if cond != nil && !c.tables.View {
		if list := tree.Conjuncts(tree.Simplify(cond)); len(list) == 1 {
			e, err := tree.Compile(list[0], catalog{c.tables}, p)
			if err != nil {
				return "", &InputError{Reason: err.Error()}
			}
			if e.Lookup != "" {
				return "SELECT uniqExact(id) FROM (" + e.Lookup + ")", nil
			}
		}
	}
	where, err := c.where(cond, p)
	return "SELECT count() FROM " + c.tables.Hosts + where, err
}

// Each calls f with the JSON text of each record, in order. The text is only valid during the call.
func (c *Client) Each(ctx context.Context, r Request, f func(record string) error) error {
	var p tree.Params
	sql, err := c.selection("record", r, &p)
	if err != nil {
		return err
	}
	var record string
	return c.query(ctx, sql, &p, func(rows driver.Rows) error {
		if err := rows.Scan(&record); err != nil {
			return err
		}
		return f(record)
	}, c.tables.reading(r)...)
}

// SQL is the statement behind Each, for a user to go on with.
func (c *Client) SQL(r Request) (string, error) {
	var p tree.Params
	sql, err := c.selection("record", r, &p)
	if err != nil {
		return "", err
	}
	st, err := ask.Statement(c.db, sql, &p, c.tables.reading(r)...)
	return st.Inline(), err
}

// unordered is selection for when it does not matter which of the records come first: they have no order unless the
// request takes only some of them.
func (c *Client) unordered(what string, r Request, p *tree.Params) (string, error) {
	if r.Limit != 0 || r.Skip != 0 {
		return c.selection(what, r, p)
	}
	where, err := c.where(r.Cond, p)
	return "SELECT " + what + " FROM " + c.tables.Hosts + where, err
}

// selection writes the statement that selects something of the records of a request.
func (c *Client) selection(what string, r Request, p *tree.Params) (string, error) {
	if r.Skip < 0 || r.Limit < 0 {
		return "", &InputError{Reason: "skip and limit must not be negative"}
	}
	where, err := c.where(r.Cond, p)
	if err != nil {
		return "", err
	}
	sql := "SELECT " + what + " FROM " + c.tables.Hosts + where + " ORDER BY "
	for _, s := range r.Sort {
		sql += sortKey(s, p) + ", "
	}
	sql += "addr, id"
	if r.Limit > 0 {
		sql += " LIMIT " + strconv.FormatInt(r.Limit, 10)
	}
	if r.Skip > 0 {
		sql += " OFFSET " + strconv.FormatInt(r.Skip, 10)
	}
	return sql, nil
}

// sortKey is the SQL of a sort key. Absent values come first in ascending order. A list sorts by its smallest value,
// in descending order by its largest one.
func sortKey(s Sort, p *tree.Params) string {
	desc, pick := "", "arrayMin"
	if s.Desc {
		desc, pick = " DESC", "arrayMax"
	}
	f, ok := columns[s.Field]
	switch {
	case ok && f.Array == nil && len(f.Columns) == 1:
		return f.Columns[0].SQL + desc
	case ok && f.Array != nil && len(f.Array.Lists) == 1:
		return pick + "(" + knownItems(f.Array) + ")" + desc
	}
	return jsonpath.SortKey("record", strings.Split(s.Field, "."), s.Desc, p)
}

// knownItems is the list without the items that stand for unknown values.
func knownItems(a *tree.Array) string {
	item, _ := a.Element.Field("", nil)
	l := a.Lists[0]
	if item.Present == "" {
		return l.SQL
	}
	return "arrayFilter(" + l.Variable + " -> " + item.Present + ", " + l.SQL + ")"
}

// Delete removes the records that satisfy a condition, and what was derived from them, and returns their number. The
// numbers of values are made anew.
func (c *Client) Delete(ctx context.Context, cond tree.Cond) (uint64, error) {
	n, err := c.Count(ctx, cond)
	if err != nil || n == 0 {
		return n, err
	}
	var p tree.Params
	where, err := c.where(cond, &p)
	if err != nil {
		return 0, err
	}
	if where == "" {
		where = " WHERE true"
	}
	return n, c.Remove(ctx, where, &p)
}

// Conditions compiles a condition on host records to those that all have to hold, the cheap ones first.
func (t Tables) Conditions(cond tree.Cond, p *tree.Params) ([]string, error) {
	return (&Client{tables: t}).conditions(cond, p)
}
