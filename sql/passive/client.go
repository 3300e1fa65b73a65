package passive

import (
	"context"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/ingest/host"
	"ivre/ingest/passive"
	"ivre/sql/ask"
	"ivre/sql/jsonpath"
	"ivre/sql/store"
	"ivre/sql/tree"
)

// Client answers questions about the passive records of a database. It may be used by several goroutines.
type Client struct{ db *store.Store }

// New returns a client for a database.
func New(db *store.Store) *Client { return &Client{db} }

// From is what to select from for the records of which all conditions hold: rows of one record count as one. Rows are
// merged only if they satisfy the conditions that all rows of a record agree on.
func From(conds []string) string {
	var alike, rest []string
	for _, c := range conds {
		if merged.MatchString(c) {
			rest = append(rest, c)
		} else {
			alike = append(alike, c)
		}
	}
	return from(alike, rest)
}

func from(alike, rest []string) string {
	return "passive FINAL" + ask.Clause("PREWHERE", alike) + ask.Clause("WHERE", rest)
}

// Unmerged is From where a record may be several rows, whose numbers are to be added up, if the conditions allow that.
// All rows of a record agree on the conditions in alike.
func Unmerged(conds []string, alike ...string) string {
	if !agreed(conds) {
		return from(alike, conds)
	}
	return "passive" + ask.Clause("WHERE", append(slices.Clone(conds), alike...))
}

// merged finds columns in SQL that can differ between the rows of a record.
var merged = regexp.MustCompile(`\b(count|firstseen|lastseen|(all_)?infos|(target_)?domains|service_[a-z]+|md5|sha1|sha256)\b`)

// Conditions compiles a condition to those that all have to hold, those that look into JSON last.
func Conditions(cond tree.Cond, p *tree.Params) ([]string, error) {
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
	slices.SortStableFunc(out, func(a, b string) int { return cost(a) - cost(b) })
	return out, nil
}

func cost(sql string) int {
	if strings.Contains(sql, "infos") {
		return 1
	}
	return 0
}

// Count is the number of records that satisfy a condition.
func (c *Client) Count(ctx context.Context, cond tree.Cond) (n uint64, err error) {
	var p tree.Params
	conds, err := Conditions(cond, &p)
	if err != nil {
		return 0, err
	}
	sql, settings := "SELECT count() FROM "+From(conds), []string(nil)
	if agreed(conds) {
		sql, settings = "SELECT count() FROM (SELECT id FROM "+Unmerged(conds)+" GROUP BY id)", byIdentity
	}
	err = ask.Rows(ctx, c.db, sql, &p, func(r driver.Rows) error { return r.Scan(&n) }, settings...)
	return n, err
}

// agreed tells whether all rows of a record agree on conditions, or other expressions.
func agreed(sql []string) bool { return !slices.ContainsFunc(sql, merged.MatchString) }

// byIdentity are settings to put the rows of records together by their identity, which takes half of the time that it
// takes to merge them in the order of the table. Beyond some memory, the disk is used.
var byIdentity = []string{"optimize_aggregation_in_order = 0", "max_bytes_before_external_group_by = 500000000"}

// recordColumns are what a record is made of.
const recordColumns = "recontype, source, sensor, addr, targetval, port, value, count, firstseen, lastseen, infos"

// Each calls f with each record, in order. The record is only valid during the call; Infos is filled in.
func (c *Client) Each(ctx context.Context, r ask.Request, f func(*passive.Record) error) error {
	var p tree.Params
	sql, err := selection(recordColumns, r, &p)
	if err != nil {
		return err
	}
	return c.records(ctx, sql, &p, f)
}

// EachText calls f with the JSON text of each record, in order. The text is only valid during the call.
func (c *Client) EachText(ctx context.Context, r ask.Request, f func(record string) error) error {
	var p tree.Params
	sql, err := selection(recordColumns, r, &p)
	if err != nil {
		return err
	}
	var buf []byte
	return c.stored(ctx, sql, &p, func(rec *passive.Record, stored string) error {
		buf = passive.AppendStored(buf[:0], rec, stored)
		return f(string(buf))
	})
}

func (c *Client) records(ctx context.Context, sql string, p *tree.Params, f func(*passive.Record) error) error {
	var buf []byte
	return c.stored(ctx, sql, p, func(rec *passive.Record, stored string) error {
		rec.Infos = nil
		if buf = passive.AppendAllInfos(buf[:0], rec, stored); len(buf) > 0 {
			v, err := host.DecodeValue(buf)
			if err != nil {
				return err
			}
			rec.Infos, _ = v.(*host.Object)
		}
		return f(rec)
	})
}

// stored reads records, with what is stored of their information.
func (c *Client) stored(ctx context.Context, sql string, p *tree.Params, f func(rec *passive.Record, stored string) error) error {
	var rec passive.Record
	var stored string
	return ask.Rows(ctx, c.db, sql, p, func(rows driver.Rows) error {
		err := rows.Scan(&rec.Recontype, &rec.Source, &rec.Sensor, &rec.Addr, &rec.TargetVal, &rec.Port, &rec.Value, &rec.Count, &rec.First, &rec.Last, &stored)
		if err != nil {
			return err
		}
		rec.Addr = fromColumn(rec.Addr)
		rec.First, rec.Last = rec.First.UTC(), rec.Last.UTC()
		return f(&rec, stored)
	})
}

// fromColumn is the address in a column; the unspecified address stands for none.
func fromColumn(a netip.Addr) netip.Addr {
	if a == netip.IPv6Unspecified() {
		return netip.Addr{}
	}
	return a.Unmap()
}

// SQL is the statement behind Each, for a user to go on with.
func (c *Client) SQL(r ask.Request) (string, error) {
	var p tree.Params
	sql, err := selection("*", r, &p)
	if err != nil {
		return "", err
	}
	st, err := ask.Statement(c.db, sql, &p)
	return st.Inline(), err
}

// order is that of records without another one. It is that of the table.
const order = "recontype, addr, port, source, id"

// selection writes the statement that selects something of the records of a request.
func selection(what string, r ask.Request, p *tree.Params) (string, error) {
	if r.Skip < 0 || r.Limit < 0 {
		return "", &ask.InputError{Reason: "skip and limit must not be negative"}
	}
	conds, err := Conditions(r.Cond, p)
	if err != nil {
		return "", err
	}
	sql := "SELECT " + what + " FROM " + From(conds) + " ORDER BY "
	if what == recordColumns && isPage(r) && agreed(conds) {
		sql = "SELECT " + mergedColumns + " FROM " + Unmerged(conds) + " GROUP BY " + order + " ORDER BY "
	}
	for _, s := range r.Sort {
		sql += sortKey(s, p) + ", "
	}
	sql += order
	if r.Limit > 0 {
		sql += " LIMIT " + strconv.FormatInt(r.Limit, 10)
	}
	if r.Skip > 0 {
		sql += " OFFSET " + strconv.FormatInt(r.Skip, 10)
	}
	return sql, nil
}

// isPage tells whether a request is for a few records in the order of the table. Their rows are added up in that order:
// this begins at once, while rows that are merged come in blocks.
func isPage(r ask.Request) bool {
	const most = 1000
	return r.Limit > 0 && r.Limit <= most && r.Skip <= most && len(r.Sort) == 0
}

// mergedColumns are recordColumns of rows that are grouped by the order of the table.
const mergedColumns = "recontype, source, any(sensor), addr, any(targetval), port, any(value), sum(count), min(firstseen), max(lastseen), max(infos)"

// unordered is selection for when it does not matter which of the records come first.
func unordered(what string, r ask.Request, p *tree.Params) (string, error) {
	if r.Limit != 0 || r.Skip != 0 {
		return selection(what, r, p)
	}
	conds, err := Conditions(r.Cond, p)
	return "SELECT " + what + " FROM " + From(conds), err
}

// sortKey is the SQL of a sort key. Absent values come first in ascending order.
func sortKey(s ask.Sort, p *tree.Params) string {
	desc := ""
	if s.Desc {
		desc = " DESC"
	}
	if f, ok := columns[s.Field]; ok && len(f.Columns) == 1 {
		return f.Columns[0].SQL + desc
	}
	rest, ok := strings.CutPrefix(s.Field, "infos.")
	if !ok {
		return "tuple()" + desc
	}
	return jsonpath.SortKey(infosColumn(rest), strings.Split(rest, "."), s.Desc, p)
}

// Addresses calls f with the different addresses of the records of a condition.
func (c *Client) Addresses(ctx context.Context, cond tree.Cond, f func(netip.Addr) error) error {
	var p tree.Params
	list, err := Conditions(cond, &p)
	if err != nil {
		return err
	}
	list = append(list, "addr != toIPv6('::')")
	sql := "SELECT DISTINCT addr FROM " + Unmerged(list) + " ORDER BY addr"
	var a netip.Addr
	return ask.Rows(ctx, c.db, sql, &p, func(rows driver.Rows) error {
		if err := rows.Scan(&a); err != nil {
			return err
		}
		return f(a.Unmap())
	})
}

// Recent calls f with the last records of a condition, the oldest first: those that were seen last, or, if created,
// those that were seen for the first time last. Only records that are newer than after count, unless it is zero.
func (c *Client) Recent(ctx context.Context, cond tree.Cond, created bool, after time.Time, limit int64, f func(*passive.Record) error) error {
	var p tree.Params
	list, err := Conditions(cond, &p)
	if err != nil {
		return err
	}
	column := "lastseen"
	if created {
		column = "firstseen"
	}
	if !after.IsZero() {
		list = append(list, column+" > fromUnixTimestamp64Milli("+p.Bind("Int64", strconv.FormatInt(after.UnixMilli(), 10))+", 'UTC')")
	}
	sql := "SELECT " + recordColumns + " FROM " + From(list) + " ORDER BY " + column + " DESC, " + order
	if limit > 0 {
		sql += " LIMIT " + strconv.FormatInt(limit, 10)
	}
	return c.records(ctx, "SELECT * FROM ("+sql+") ORDER BY "+column, &p, f)
}

// EachWhere calls f with each record for which conditions hold, in the order of their addresses.
func (c *Client) EachWhere(ctx context.Context, conds []string, p *tree.Params, f func(*passive.Record) error) error {
	return c.records(ctx, "SELECT "+recordColumns+" FROM "+From(conds)+" ORDER BY addr, recontype, port, source, id", p, f)
}
