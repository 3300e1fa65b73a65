package rir

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/ingest/host"
	"ivre/sql/ask"
	"ivre/sql/jsonpath"
	"ivre/sql/store"
	"ivre/sql/tree"
)

// Client answers questions about the registries' objects of a database. It may be used by several goroutines.
type Client struct{ db *store.Store }

// New returns a client for a database.
func New(db *store.Store) *Client { return &Client{db} }

// catalog maps the fields of an object to SQL.
type catalog struct{}

func text(sql string) tree.Field {
	return tree.Field{Present: sql + " != ''", Columns: []tree.Column{{Class: tree.TextClass, SQL: sql, Blank: true}}}
}

func address(sql string) tree.Field {
	return tree.Field{Present: isRange, Columns: []tree.Column{{Class: tree.AddrClass, SQL: sql}}}
}

const isRange = "asnum < 0"

// columns are the fields that have columns.
var columns = tree.Fields{
	"_id":         {Columns: []tree.Column{{Class: tree.TextClass, SQL: "lower(leftPad(hex(id), 16, '0'))"}}},
	"start":       address("start"),
	"stop":        address("stop"),
	"size":        {Present: isRange, Columns: []tree.Column{{Class: tree.NumberClass, SQL: "toFloat64(size)"}}},
	"aut-num":     {Present: "asnum >= 0", Columns: []tree.Column{{Class: tree.NumberClass, SQL: "asnum"}}},
	"netname":     text("netname"),
	"country":     text("country"),
	"as-name":     text("as_name"),
	"org":         text("org"),
	"descr":       text("descr"),
	"remarks":     text("remarks"),
	"notify":      text("notify"),
	"source_file": text("source_file"),
	"source_hash": text("source_hash"),
}

// Field implements tree.Catalog. Every name is a field: that of an unknown one is one that no object has.
func (catalog) Field(name string, p *tree.Params) (tree.Field, bool) {
	if f, ok := columns[name]; ok {
		return f, true
	}
	return jsonpath.Field(jsonpath.Leaves("record", strings.Split(name, "."), p), "e1", "record"), true
}

// conditions compiles a condition to those that all have to hold.
func conditions(cond tree.Cond, p *tree.Params) ([]string, error) {
	if cond == nil {
		return nil, nil
	}
	var out []string
	for _, sub := range tree.Conjuncts(tree.Simplify(cond)) {
		e, err := tree.Compile(sub, catalog{}, p)
		if err != nil {
			return nil, &ask.InputError{Reason: err.Error()}
		}
		if e.Text != "true" {
			out = append(out, e.Text)
		}
	}
	return out, nil
}

// Count is the number of objects that satisfy a condition.
func (c *Client) Count(ctx context.Context, cond tree.Cond) (n uint64, err error) {
	var p tree.Params
	list, err := conditions(cond, &p)
	if err != nil {
		return 0, err
	}
	err = ask.Rows(ctx, c.db, "SELECT count() FROM rir"+ask.Clause("WHERE", list), &p, func(r driver.Rows) error { return r.Scan(&n) })
	return n, err
}

// Narrowest is the order in which the narrowest ranges come first, and autonomous systems last.
const Narrowest = "asnum >= 0, size, start DESC, stop, asnum, id"

// Each calls f with the JSON text of each object, in order: without an order that is asked for, the narrowest ranges
// first. The text is only valid during the call.
func (c *Client) Each(ctx context.Context, r ask.Request, f func(record string) error) error {
	var p tree.Params
	sql, err := selection("record", r, &p)
	if err != nil {
		return err
	}
	var record string
	return ask.Rows(ctx, c.db, sql, &p, func(rows driver.Rows) error {
		if err := rows.Scan(&record); err != nil {
			return err
		}
		return f(record)
	})
}

// errFound ends a question whose answer is there.
var errFound = errors.New("found")

// Best returns the JSON text of the range that says most about an address: the one with the highest start, then the
// lowest end, among those that contain it and satisfy a condition. ok is false if there is none.
func (c *Client) Best(ctx context.Context, a netip.Addr, cond tree.Cond) (record string, ok bool, err error) {
	var p tree.Params
	list, err := conditions(cond, &p)
	if err != nil {
		return "", false, err
	}
	v := "toIPv6(" + p.Bind("String", netip.AddrFrom16(a.As16()).String()) + ")"
	kind := "inetnum"
	if !a.Unmap().Is4() {
		kind = "inet6num"
	}
	list = append(list, "kind = '"+kind+"'", "start <= "+v, "stop >= "+v)
	sql := "SELECT record FROM rir" + ask.Clause("WHERE", list) + " ORDER BY start DESC, stop, id LIMIT 1"
	err = ask.Rows(ctx, c.db, sql, &p, func(rows driver.Rows) error {
		if err := rows.Scan(&record); err != nil {
			return err
		}
		return errFound
	})
	if errors.Is(err, errFound) {
		return record, true, nil
	}
	return "", false, err
}

func selection(what string, r ask.Request, p *tree.Params) (string, error) {
	if r.Skip < 0 || r.Limit < 0 {
		return "", &ask.InputError{Reason: "skip and limit must not be negative"}
	}
	list, err := conditions(r.Cond, p)
	if err != nil {
		return "", err
	}
	sql := "SELECT " + what + " FROM rir" + ask.Clause("WHERE", list) + " ORDER BY "
	for _, s := range r.Sort {
		sql += sortKey(s, p) + ", "
	}
	sql += Narrowest
	if r.Limit > 0 {
		sql += " LIMIT " + strconv.FormatInt(r.Limit, 10)
	}
	if r.Skip > 0 {
		sql += " OFFSET " + strconv.FormatInt(r.Skip, 10)
	}
	return sql, nil
}

func sortKey(s ask.Sort, p *tree.Params) string {
	desc := ""
	if s.Desc {
		desc = " DESC"
	}
	if s.Field == "size" {
		return "size" + desc
	}
	if f, ok := columns[s.Field]; ok {
		return f.Columns[0].SQL + desc
	}
	return jsonpath.SortKey("record", strings.Split(s.Field, "."), s.Desc, p)
}

// valueOf is the SQL of a field's value and how it is read; an absent value is the empty text.
func valueOf(field string, p *tree.Params) (string, ask.Kind) {
	switch field {
	case "start", "stop":
		return "if(" + isRange + ", " + ask.AddrText(field) + ", '')", ask.AddrKind
	case "size":
		return "if(" + isRange + ", toString(size), '')", ask.NumberKind
	case "aut-num":
		return "if(asnum < 0, '', toString(asnum))", ask.NumberKind
	case "as-name":
		return "as_name", ask.TextKind
	case "netname", "country", "org", "descr", "remarks", "notify", "source_file", "source_hash":
		return "toString(" + field + ")", ask.TextKind
	}
	args := ""
	for _, k := range strings.Split(field, ".") {
		args += ", " + p.Bind("String", k)
	}
	return "JSONExtractRaw(record" + args + ")", ask.JSONKind
}

func topSQL(r ask.TopRequest, p *tree.Params) (string, ask.Kind, error) {
	if r.Limit < 0 {
		return "", 0, &ask.InputError{Reason: "the number of values must not be negative"}
	}
	list, err := conditions(r.Cond, p)
	if err != nil {
		return "", 0, err
	}
	value, kind := valueOf(r.Field, p)
	sql := "SELECT v, n FROM (SELECT " + value + " AS v, count() AS n FROM rir" + ask.Clause("WHERE", list) + " GROUP BY v) WHERE v != '' ORDER BY n"
	if !r.Least {
		sql += " DESC"
	}
	if kind == ask.NumberKind {
		sql += ", toFloat64OrZero(v)"
	}
	sql += ", v"
	if r.Limit > 0 {
		sql += " LIMIT " + strconv.FormatInt(r.Limit, 10)
	}
	return sql, kind, nil
}

// Top calls f with the values of an attribute in order: by number of objects, then by the value itself.
func (c *Client) Top(ctx context.Context, r ask.TopRequest, f func(ask.Top) error) error {
	var p tree.Params
	sql, kind, err := topSQL(r, &p)
	if err != nil {
		return err
	}
	var v string
	var n uint64
	return ask.Rows(ctx, c.db, sql, &p, func(rows driver.Rows) error {
		if err := rows.Scan(&v, &n); err != nil {
			return err
		}
		return f(ask.Top{Label: kind.Value(v), Count: n})
	})
}

// TopSQL is the statement behind Top, for a user to go on with.
func (c *Client) TopSQL(r ask.TopRequest) (string, error) {
	var p tree.Params
	sql, _, err := topSQL(r, &p)
	if err != nil {
		return "", err
	}
	st, err := ask.Statement(c.db, sql, &p)
	return st.Inline(), err
}

// Distinct calls f with the different values of an attribute among the objects of a request, nil first if an object has
// none. Sort, skip and limit choose the objects that are looked at.
func (c *Client) Distinct(ctx context.Context, field string, r ask.Request, f func(host.Value) error) error {
	var p tree.Params
	value, kind := valueOf(field, &p)
	from, err := selection(value+" AS value", r, &p)
	if err != nil {
		return err
	}
	return ask.Distinct(ctx, c.db, "value", from, kind, &p, f)
}

// Clear removes all objects.
func (c *Client) Clear(ctx context.Context) error {
	t := c.db.Target()
	return c.db.Exec(ctx, store.Statement{SQL: "TRUNCATE TABLE " + t.Local("rir") + " " + t.On()})
}
