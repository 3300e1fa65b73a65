package hosts

import (
	"context"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/ingest/host"
	"ivre/sql/ask"
	"ivre/sql/tree"
)

// TopRequest asks for the most frequent values of a field: a pseudo-field or a path.
type TopRequest = ask.TopRequest

// Top is a value with its number of occurrences.
type Top = ask.Top

type kind = ask.Kind

const (
	textKind   = ask.TextKind
	emptyKind  = ask.EmptyKind
	numberKind = ask.NumberKind
	jsonKind   = ask.JSONKind
	addrKind   = ask.AddrKind
	markedKind = ask.MarkedKind
)

// part is one part of a label.
type part struct {
	sql  string
	kind kind
}

// topPlan is the SQL of a field's values.
type topPlan struct {
	params *tree.Params
	// scripts tells that the rows are those of the scripts' table.
	scripts bool
	where   []string // on the row of the table, before lists are taken apart
	join    []string // lists to take apart, each as "list AS name"
	rows    []string // on the rows after that
	parts   []part
	tuple   bool
	mat     *stored
}

// stored says how to read the values from the table of numbers.
type stored struct {
	field string
	where string
	parts []string
}

// Top calls f with the values of a field in order: by number of occurrences, then by the value itself.
func (c *Client) Top(ctx context.Context, r TopRequest, f func(Top) error) error {
	plan, err := c.planTop(r.Field)
	if err != nil {
		return err
	}
	if r.Limit < 0 {
		return &InputError{Reason: "the number of values must not be negative"}
	}
	sql, err := c.topSQL(plan, r)
	if err != nil {
		return err
	}
	texts := make([]string, len(plan.parts))
	targets := make([]any, 0, len(texts)+1)
	for i := range texts {
		targets = append(targets, &texts[i])
	}
	var n uint64
	targets = append(targets, &n)
	return c.query(ctx, sql, plan.params, func(rows driver.Rows) error {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		return f(Top{Label: plan.label(texts), Tuple: plan.tuple, Count: n})
	})
}

// TopSQL is the statement behind Top, for a user to go on with.
func (c *Client) TopSQL(r TopRequest) (string, error) {
	plan, err := c.planTop(r.Field)
	if err != nil {
		return "", err
	}
	sql, err := c.topSQL(plan, r)
	if err != nil {
		return "", err
	}
	st, err := c.statement(sql, plan.params)
	return st.Inline(), err
}

func (c *Client) topSQL(plan *topPlan, r TopRequest) (string, error) {
	conds, err := c.conditions(r.Cond, plan.params)
	if err != nil {
		return "", err
	}
	var sql string
	if len(conds) == 0 && plan.mat != nil && c.db.Target().Cluster == "" {
		sql = c.storedTop(plan)
	} else {
		sql = c.countedTop(plan, conds)
	}
	sql += " ORDER BY n"
	if !r.Least {
		sql += " DESC"
	}
	for i, p := range plan.parts {
		name := "l" + strconv.Itoa(i)
		if p.kind == numberKind {
			sql += ", toFloat64OrZero(" + name + ")"
		}
		sql += ", " + name
	}
	if r.Limit > 0 {
		sql += " LIMIT " + strconv.FormatInt(r.Limit, 10)
	}
	return sql, nil
}

// countedTop counts the values in the records.
func (c *Client) countedTop(plan *topPlan, conds []string) string {
	from := c.tables.Hosts
	where := append([]string(nil), plan.where...)
	if plan.scripts {
		from = c.tables.Scripts
		if len(conds) > 0 || c.tables.View { // there may be scripts of older versions of a record
			where = append(where, "id IN (SELECT id FROM "+c.tables.Hosts+ask.Clause("WHERE", conds)+")")
		}
	} else {
		where = append(where, conds...)
	}
	if plan.join != nil {
		// the conditions on whole records go inside, so that their lists are those of the records
		inner, outer := plan.joinColumns()
		from = "(SELECT " + inner + " FROM " + from + ask.Clause("WHERE", where) + ") ARRAY JOIN " + outer
		where = nil
	}
	where = append(where, plan.rows...)
	keys := make([]string, len(plan.parts))
	sel := make([]string, len(plan.parts))
	for i, p := range plan.parts {
		keys[i] = p.sql + " AS k" + strconv.Itoa(i)
		sel[i] = "toString(k" + strconv.Itoa(i) + ") AS l" + strconv.Itoa(i)
	}
	group := make([]string, len(plan.parts))
	for i := range group {
		group[i] = "k" + strconv.Itoa(i)
	}
	inner := "SELECT " + strings.Join(keys, ", ") + ", count() AS n FROM " + from + ask.Clause("WHERE", where) + " GROUP BY " + strings.Join(group, ", ")
	return "SELECT " + strings.Join(sel, ", ") + ", n FROM (" + inner + ")"
}

// joinColumns gives the lists to take apart names of their own, so that the subquery (inner) reads nothing else than
// what is taken apart outside of it (outer).
func (plan *topPlan) joinColumns() (inner, outer string) {
	var lists, names []string
	for i, item := range plan.join {
		list, name, _ := strings.Cut(item, " AS ")
		lists = append(lists, list+" AS j"+strconv.Itoa(i))
		names = append(names, "j"+strconv.Itoa(i)+" AS "+name)
	}
	return strings.Join(lists, ", "), strings.Join(names, ", ")
}

// storedTop adds up the numbers that the materialized views keep.
func (c *Client) storedTop(plan *topPlan) string {
	m := plan.mat
	sel := make([]string, len(m.parts))
	names := make([]string, len(m.parts))
	for i, p := range m.parts {
		names[i] = "l" + strconv.Itoa(i)
		sel[i] = "ifNull(" + p + ", '') AS " + names[i]
	}
	where := []string{"field = '" + m.field + "'"}
	if m.where != "" {
		where = append(where, m.where)
	}
	return "SELECT " + strings.Join(sel, ", ") + ", toUInt64(sum(count)) AS n FROM " + c.tables.Tops + ask.Clause("WHERE", where) +
		" GROUP BY " + strings.Join(names, ", ") + " HAVING n > 0"
}

// label builds a label from what the database returned.
func (plan *topPlan) label(texts []string) host.Value {
	if !plan.tuple {
		return plan.parts[0].value(texts[0])
	}
	out := make(host.List, len(texts))
	for i, p := range plan.parts {
		out[i] = p.value(texts[i])
	}
	return out
}

func (p part) value(s string) host.Value { return p.kind.Value(s) }
