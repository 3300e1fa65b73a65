package flows

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/sql/flowfilter"
	"ivre/sql/store"
	"ivre/sql/tree"
)

// TopRequest asks for the most frequent values.
type TopRequest struct {
	// Fields name what is counted: each different tuple of their values. A field with several values
	// counts once for each of them; the conditions of the request then have to hold for that value. Valid
	// names are those of ValidateField, and sport for sports.
	Fields []string
	// Collect names fields whose tuples of values are collected for each entry. A field with several
	// values is one list, unless it is among Fields, too.
	Collect []string
	// Sum names numeric fields that are added up to make the count, instead of 1 for each flow.
	Sum     []string
	Least   bool // the least frequent values first
	Skip, N int  // entries to leave out, and to return; N 0: all
}

// TopEntry is a tuple of values and how often it occurs. Values are string (texts, printable addresses),
// uint64, int64, bool, time.Time (UTC), Slot, Object (all metadata of a protocol), or []any of these.
type TopEntry struct {
	Fields    []any
	Count     uint64
	Collected [][]any // different tuples, sorted
}

// Top counts values over the flows that satisfy the request, the most frequent first and equally frequent
// ones by their values. Only flows that have all of Fields and Collect count. The request's Limit cuts
// the list of flows before its conditions are looked at; OrderBy, Skip and Timeline have no effect.
func (c *Client) Top(ctx context.Context, req Request, top TopRequest) iter.Seq2[TopEntry, error] {
	return func(yield func(TopEntry, error) bool) {
		st, values, err := c.topStatement(req, top)
		if err != nil {
			yield(TopEntry{}, err)
			return
		}
		stopped := errors.New("stopped")
		err = c.query(ctx, st, func(rows driver.Rows) error {
			e, err := scanTop(rows, values)
			if err == nil && !yield(e, nil) {
				return stopped
			}
			return err
		})
		if err != nil && err != stopped {
			yield(TopEntry{}, err)
		}
	}
}

// topValues are the columns of the answer.
type topValues struct{ fields, collect []topValue }

func (c *Client) topStatement(req Request, top TopRequest) (store.Statement, topValues, error) {
	var values topValues
	if len(top.Fields) == 0 {
		return store.Statement{}, values, &InputError{"the fields to count are missing"}
	}
	if top.Skip < 0 || top.N < 0 || req.Limit < 0 {
		return store.Statement{}, values, &InputError{"skip and limit must not be negative"}
	}
	b, err := newTopBuilder(req, top)
	if err != nil {
		return store.Statement{}, values, err
	}
	values.fields, values.collect, err = b.values(top)
	if err != nil {
		return store.Statement{}, values, err
	}
	amount, err := b.amount(top.Sum)
	if err != nil {
		return store.Statement{}, values, err
	}
	again, err := b.conditionsOnElements()
	if err != nil {
		return store.Statement{}, values, err
	}
	direction := " DESC"
	if top.Least {
		direction = ""
	}
	names := make([]string, len(values.fields))
	columns := make([]string, len(values.fields))
	for i, v := range values.fields {
		names[i] = "value" + strconv.Itoa(i)
		columns[i] = v.sql + " AS " + names[i]
	}
	list := strings.Join(names, ", ")
	sql := "SELECT " + strings.Join(columns, ", ") + ", " + amount + " AS total" + collected(values.collect) +
		" FROM (" + b.rows() + ")" + clause("WHERE", again) +
		" GROUP BY " + list + " ORDER BY total" + direction + ", " + list + cut(top.Skip, top.N)
	st, err := c.statement(sql, &b.plan.params, b.settings()...)
	return st, values, err
}

func collected(values []topValue) string {
	if len(values) == 0 {
		return ""
	}
	list := make([]string, len(values))
	for i, v := range values {
		if list[i] = v.nested; v.nested == "" {
			list[i] = v.sql
		}
	}
	return ", arraySort(groupUniqArray(tuple(" + strings.Join(list, ", ") + "))) AS collected"
}

// scanTop reads a row of the answer.
func scanTop(rows driver.Rows, values topValues) (TopEntry, error) {
	types := rows.ColumnTypes()
	targets := make([]any, len(types))
	for i, t := range types {
		targets[i] = reflect.New(t.ScanType()).Interface()
	}
	var e TopEntry
	targets[len(values.fields)] = &e.Count
	var tuples [][]any
	if len(values.collect) > 0 {
		targets[len(targets)-1] = &tuples
	}
	if err := rows.Scan(targets...); err != nil {
		return e, err
	}
	e.Fields = make([]any, len(values.fields))
	for i, v := range values.fields {
		e.Fields[i] = v.read(reflect.ValueOf(targets[i]).Elem().Interface())
	}
	for _, t := range tuples {
		for i, v := range values.collect {
			t[i] = v.read(t[i])
		}
	}
	e.Collected = tuples
	return e, nil
}

// topBuilder makes the rows that are counted: one per flow, or per flow and element of the arrays among
// the fields.
type topBuilder struct {
	req      Request
	plan     *plan
	exploded []flowfilter.Field // arrays that are taken apart
	needs    []string           // columns of flows that the rows have
	joins    []*metaJoin
	present  []string // conditions on whole flows
}

func newTopBuilder(req Request, top TopRequest) (*topBuilder, error) {
	p, err := newPlan(req.conjuncts())
	if err != nil {
		return nil, err
	}
	b := &topBuilder{req: req, plan: p}
	for _, name := range top.Fields {
		f, err := topField(name)
		if err != nil {
			return nil, err
		}
		if array, ok := arrayOf(f); ok && !b.isExploded(array) {
			b.exploded = append(b.exploded, array)
		}
	}
	return b, nil
}

// topField returns a field by its name.
func topField(name string) (flowfilter.Field, error) {
	real := name
	if name == "sport" {
		real = "sports"
	}
	f, ok := flowfilter.Lookup(real)
	if !ok {
		return f, &InputError{flowfilter.NoField(name)}
	}
	return f, nil
}

// arrayOf returns the array that a field is, or is a member of.
func arrayOf(f flowfilter.Field) (flowfilter.Field, bool) {
	if f.Of != "" {
		return flowfilter.Lookup(f.Of)
	}
	return f, f.Array
}

func (b *topBuilder) isExploded(f flowfilter.Field) bool {
	return slices.ContainsFunc(b.exploded, func(e flowfilter.Field) bool { return e.Name == f.Name })
}

func (b *topBuilder) need(columns ...string) {
	for _, c := range columns {
		if !slices.Contains(b.needs, c) {
			b.needs = append(b.needs, c)
		}
	}
}

func (b *topBuilder) values(top TopRequest) (fields, collect []topValue, err error) {
	for _, list := range []struct {
		names []string
		out   *[]topValue
	}{{top.Fields, &fields}, {top.Collect, &collect}} {
		for _, name := range list.names {
			f, err := topField(name)
			if err != nil {
				return nil, nil, err
			}
			v := b.value(f, true)
			b.mustExist(v)
			*list.out = append(*list.out, v)
		}
	}
	return fields, collect, nil
}

// mustExist leaves out flows that lack a value.
func (b *topBuilder) mustExist(v topValue) {
	switch {
	case v.join != nil:
		v.join.required = true
	case v.present == "":
	case v.keyOnly:
		if !slices.Contains(b.plan.key, v.present) {
			b.plan.key = append([]string{v.present}, b.plan.key...)
		}
	case !slices.Contains(b.present, v.present):
		b.present = append(b.present, v.present)
	}
}

// amount is what the rows of an entry add up to.
func (b *topBuilder) amount(sum []string) (string, error) {
	if len(sum) == 0 {
		return "count()", nil
	}
	var terms, present []string
	for _, name := range sum {
		f, err := topField(name)
		if err != nil {
			return "", err
		}
		v := b.value(f, false)
		if v.number == "" {
			return "", &InputError{name + " cannot be added up: it is not a number, or a list that is not among the fields that are counted"}
		}
		terms = append(terms, "toUInt64("+v.number+")")
		if v.numberPresent != "" {
			present = append(present, v.numberPresent)
		}
	}
	row := strings.Join(terms, " + ")
	if len(present) > 0 {
		row = "if(" + strings.Join(present, " AND ") + ", " + row + ", 0)"
	}
	return "sum(" + row + ")", nil
}

// conditionsOnElements are the conditions that speak of arrays that were taken apart; they hold for the
// flow, and now have to hold for the element.
func (b *topBuilder) conditionsOnElements() ([]string, error) {
	if len(b.exploded) == 0 {
		return nil, nil
	}
	over := elementCatalog{b}
	var out []string
	for _, c := range b.req.conjuncts() {
		if !slices.ContainsFunc(tree.Names(c), over.exploded) {
			continue
		}
		e, err := tree.Compile(c, over, &b.plan.params)
		if err != nil {
			return nil, explain(err)
		}
		b.need(e.Needs...)
		out = append(out, e.Text)
	}
	return out, nil
}

// settings are those that the statement relies on.
func (b *topBuilder) settings() []string {
	for _, j := range b.joins {
		if !j.required {
			return []string{"join_use_nulls = 0"}
		}
	}
	return nil
}
