package flows

import (
	"slices"
	"strconv"
	"strings"

	"ivre/sql/flowfilter"
)

// metaJoin brings a field from flow_metadata to the rows of flows.
type metaJoin struct {
	field    flowfilter.Field
	kind     joinKind
	name     string // prefix of its columns
	required bool   // flows without it are left out
}

type joinKind uint8

const (
	elementJoin joinKind = iota + 1 // a row per value
	listJoin                        // all values of a flow
	counterJoin                     // a sum
	objectJoin                      // everything of a protocol
)

// join returns the join for a field; asked for again, it is the same one.
func (b *topBuilder) join(f flowfilter.Field, kind joinKind) *metaJoin {
	i := slices.IndexFunc(b.joins, func(j *metaJoin) bool { return j.field.Name == f.Name })
	if i >= 0 {
		return b.joins[i]
	}
	j := &metaJoin{field: f, kind: kind, name: "meta" + strconv.Itoa(len(b.joins))}
	b.joins = append(b.joins, j)
	return j
}

func (j *metaJoin) column(name string) string { return j.name + "_" + name }

// rows selects from flow_metadata; conds are conditions on the key of flows.
func (j *metaJoin) rows(conds []string) string {
	from := " FROM flow_metadata" + clause("WHERE", append([]string{metaWhere(j.field)}, conds...))
	switch j.kind {
	case elementJoin:
		return "SELECT " + keyColumns + ", kind AS " + j.column("kind") + ", text AS " + j.column("text") +
			", number AS " + j.column("number") + from + " GROUP BY " + keyColumns + ", kind, text, number"
	case counterJoin:
		return "SELECT " + keyColumns + ", sum(n) AS " + j.column("n") + from + " GROUP BY " + keyColumns
	case listJoin:
		return "SELECT " + keyColumns + ", arrayMap(v -> v.2, arraySort(groupArray((place, value)))) AS " + j.column("all") +
			" FROM (SELECT " + keyColumns + ", (min(seen), min(position)) AS place, " + mixedStrings("kind", "number", "text") + " AS value" +
			from + " GROUP BY " + keyColumns + ", kind, number, text) GROUP BY " + keyColumns
	}
	from = " FROM flow_metadata" + clause("WHERE", append([]string{"name = '" + j.field.Meta + "'"}, conds...))
	return "SELECT " + keyColumns + ", arraySort(groupArray(value)) AS " + j.column("all") +
		" FROM (SELECT " + keyColumns + ", [toString(kind), toString(number), text, toString(key), toString(sum(n))] AS value" +
		from + " GROUP BY " + keyColumns + ", key, kind, number, text) GROUP BY " + keyColumns
}

// rows writes the subquery for the rows that are counted.
func (b *topBuilder) rows() string {
	joins := slices.Clone(b.joins)
	slices.SortStableFunc(joins, func(a, b *metaJoin) int { // required ones first
		switch {
		case a.required == b.required:
			return 0
		case a.required:
			return -1
		}
		return 1
	})
	var sql string
	if b.metaAlone(joins) {
		// every flow with metadata is in flows, which therefore adds nothing
		sql = joins[0].rows(b.plan.key)
		joins = joins[1:]
	} else {
		sql = b.flowRows()
	}
	for _, j := range joins {
		how := "LEFT"
		if j.required {
			how = "INNER"
		}
		sql = "SELECT * FROM (" + sql + ") AS known " + how + " JOIN (" + j.rows(nil) + ") AS more USING (" + keyColumns + ")"
	}
	return sql
}

// metaAlone tells whether nothing is needed of the table flows.
func (b *topBuilder) metaAlone(joins []*metaJoin) bool {
	return len(joins) > 0 && joins[0].required && len(b.needs) == 0 && len(b.present) == 0 &&
		len(b.plan.value) == 0 && b.req.Limit == 0 &&
		!slices.ContainsFunc(b.exploded, func(f flowfilter.Field) bool { return f.Meta == "" })
}

// flowRows selects the flows that count, with the columns that are needed of them.
func (b *topBuilder) flowRows() string {
	columns := append([]string{keyColumns}, b.needs...)
	arrays := []string{}
	for _, f := range b.exploded {
		if f.Meta == "" {
			array := catalog[f.Name].Array.Lists[0].SQL
			columns = append(columns, "arrayJoin("+array+") AS "+element[f.Name])
			arrays = append(arrays, array)
		}
	}
	p := *b.plan
	p.value = append(slices.Clone(p.value), b.present...)
	from := p.merged()
	if b.req.Limit > 0 {
		inner := slices.Concat(b.needs, arrays, p.needs)
		slices.Sort(inner)
		from = " FROM (SELECT " + strings.Join(append([]string{keyColumns}, slices.Compact(inner)...), ", ") +
			" FROM flows FINAL ORDER BY " + keyColumns + cut(0, b.req.Limit) + ")" +
			clause("WHERE", slices.Concat(p.key, p.value))
	}
	return "SELECT " + strings.Join(columns, ", ") + from
}
