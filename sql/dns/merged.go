package dns

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/migrations"
	"ivre/sql/ask"
	"ivre/sql/hosts"
	"ivre/sql/passive"
	"ivre/sql/query"
	"ivre/sql/tree"
)

// Pair is a name with what it points to, from all sources.
type Pair struct {
	Name    string
	Target  string   // an address or a name
	Types   []string // sorted: types of resource records, origins of names in scans (user, PTR, ...)
	Sources []string // sorted: sensors, sources of scans
	Count   uint64   // observations, and host records
	// First and Last are UTC; zero if unknown.
	First, Last time.Time
}

// MergedRequest selects pairs.
type MergedRequest struct {
	// Scans and Passive tell which records to take, and Hosts and Records which of them (nil: all).
	Scans, Passive bool
	Hosts, Records tree.Cond
	Skip           int64
	Limit          int64 // 0: no limit
}

// Merged calls f with each pair, those that were seen last first, then those that were seen most often.
func (c *Client) Merged(ctx context.Context, r MergedRequest, f func(*Pair) error) error {
	if r.Skip < 0 || r.Limit < 0 {
		return &ask.InputError{Reason: "skip and limit must not be negative"}
	}
	var p tree.Params
	var parts []string
	names := ""
	if r.Scans {
		conds, err := hosts.Scans.Conditions(r.Hosts, &p)
		if err != nil {
			return err
		}
		parts = append(parts, scannedNames("", "", conds...))
		names = "SELECT arrayJoin(hostnames.name) AS name FROM scans" + ask.Clause("WHERE", conds)
	}
	if r.Passive {
		conds, err := passive.Conditions(r.Records, &p)
		if err != nil {
			return err
		}
		alike := []string{isDNS}
		switch {
		case r.Limit > 0 && len(conds) == 0:
			records, err := c.latest(ctx, r.Skip+r.Limit, names)
			if err != nil {
				return err
			}
			parts = append(parts, observedPairs(records))
		case r.Limit > 0:
			alike = append(alike, lastSeen(conds, r.Skip+r.Limit, names))
			fallthrough
		default:
			parts = append(parts, observedPairs("SELECT "+observed+" FROM "+passive.Unmerged(conds, alike...)))
		}
	}
	sql := merge(parts, "last DESC, n DESC, name, target")
	if r.Limit > 0 {
		sql += " LIMIT " + strconv.FormatInt(r.Limit, 10)
	}
	if r.Skip > 0 {
		sql += " OFFSET " + strconv.FormatInt(r.Skip, 10)
	}
	return c.pairs(ctx, sql, &p, f)
}

func (c *Client) pairs(ctx context.Context, sql string, p *tree.Params, f func(*Pair) error) error {
	return ask.Rows(ctx, c.db, sql, p, func(rows driver.Rows) error {
		var x Pair
		if err := rows.Scan(&x.Name, &x.Target, &x.Types, &x.Sources, &x.Count, &x.First, &x.Last); err != nil {
			return err
		}
		x.First, x.Last = known(x.First), known(x.Last)
		return f(&x)
	}, "optimize_aggregation_in_order = 0") // pairs are in the order of no table
}

// known is a moment from a column, zero if it stands for an unknown one.
func known(t time.Time) time.Time {
	if t.UnixMicro() == 0 {
		return time.Time{}
	}
	return t.UTC()
}

// merge adds up the pairs of several statements.
func merge(parts []string, order string) string {
	switch len(parts) {
	case 0:
		return "SELECT '', '', emptyArrayString(), emptyArrayString(), toUInt64(0), toDateTime64(0, 6, 'UTC'), toDateTime64(0, 6, 'UTC') WHERE false"
	case 1:
		return "SELECT name, target, arraySort(t), arraySort(s), n, first, last FROM (" + parts[0] + ") ORDER BY " + order
	}
	return "SELECT name, target, arraySort(groupUniqArrayArray(t)), arraySort(groupUniqArrayArray(s)), toUInt64(sum(p.n)) AS n, " +
		"minIf(p.first, p.first != toDateTime64(0, 6, 'UTC')) AS first, max(p.last) AS last FROM (" + strings.Join(parts, " UNION ALL ") +
		") AS p GROUP BY name, target ORDER BY " + order
}

// lastSeen is the condition that a DNS record is of one of the n pairs that were seen last among the records that
// satisfy conditions, or of a pair that may have been seen later elsewhere: of one of the names that a statement
// selects (if it is not empty). No other record can be about the first n of all pairs, and to find these takes much less
// than to add up all.
func lastSeen(conds []string, n int64, names string) string {
	latest := "(value, addr, targetval) IN (SELECT value, addr, targetval FROM " + passive.Unmerged(conds, isDNS) +
		" GROUP BY value, addr, targetval ORDER BY max(lastseen) DESC LIMIT " + strconv.FormatInt(n, 10) + " WITH TIES)"
	if names == "" {
		return latest
	}
	return "(" + latest + " OR value IN (" + names + "))"
}

// rowsPerPair is how many of the rows that were seen last are looked at for each pair that is wanted.
const rowsPerPair = 20

// since is a moment after which at least n pairs were seen, which one column tells in most cases: there are enough
// different ones among the rows that were seen last. Else it is 1970.
func (c *Client) since(ctx context.Context, n int64) (t time.Time, err error) {
	rows := n
	if n < math.MaxInt64/rowsPerPair {
		rows *= rowsPerPair
	}
	sql := "SELECT if(uniqExact(labels, addr, target) >= " + strconv.FormatInt(n, 10) + ", min(lastseen), toDateTime64(0, 3, 'UTC')) FROM passive_dns " +
		"WHERE lastseen >= (SELECT min(lastseen) FROM (SELECT lastseen FROM passive_dns ORDER BY lastseen DESC LIMIT " + strconv.FormatInt(rows, 10) + "))"
	err = ask.Rows(ctx, c.db, sql, &tree.Params{}, func(r driver.Rows) error { return r.Scan(&t) })
	return t, err
}

// latest selects the records of lastSeen where there are no conditions, from the table that is ordered by names.
func (c *Client) latest(ctx context.Context, n int64, names string) (string, error) {
	t, err := c.since(ctx, n)
	if err != nil {
		return "", err
	}
	const records = "SELECT name AS value, addr, target AS targetval, source, sensor, count, firstseen, lastseen FROM passive_dns WHERE "
	sql := records + "(labels, addr, target) IN (SELECT labels, addr, target FROM passive_dns WHERE lastseen >= fromUnixTimestamp64Milli(" +
		strconv.FormatInt(t.UnixMilli(), 10) + ", 'UTC') GROUP BY labels, addr, target ORDER BY max(lastseen) DESC LIMIT " + strconv.FormatInt(n, 10) + " WITH TIES)"
	if names == "" {
		return sql, nil
	}
	// Each record once: those of these names, and of the pairs those that have other names.
	labels := "SELECT " + migrations.ReversedLabels("name") + " FROM (" + names + ")"
	return records + "labels IN (" + labels + ") UNION ALL " + sql + " AND labels NOT IN (" + labels + ")", nil
}

// observedNames are the pairs of passive records that satisfy conditions.
func observedNames(conds ...string) string {
	return observedPairs("SELECT " + observed + " FROM " + passive.Unmerged(conds, isDNS))
}

const (
	isDNS    = "recontype = 'DNS_ANSWER'"
	observed = "value, addr, targetval, source, sensor, count, firstseen, lastseen"
)

// observedPairs are the pairs of the DNS records that a statement selects.
func observedPairs(records string) string {
	return "SELECT value AS name, if(addr = toIPv6('::'), targetval, " + ask.AddrText("addr") + ") AS target, " +
		"groupUniqArray(toString(splitByChar('-', source)[1])) AS t, groupUniqArrayIf(toString(sensor), sensor != '') AS s, " +
		"toUInt64(sum(count)) AS n, toDateTime64(min(firstseen), 6, 'UTC') AS first, toDateTime64(max(lastseen), 6, 'UTC') AS last FROM " +
		"(" + records + ") GROUP BY name, target"
}

// scannedNames are the pairs of host records that satisfy conditions. names is a condition on the name and types one on
// its origin; both may be empty.
func scannedNames(names, types string, conds ...string) string {
	conds = append([]string{"notEmpty(hostnames.name)"}, conds...)
	var each []string
	for _, c := range []string{names, types} {
		if c != "" {
			each = append(each, c)
		}
	}
	return "SELECT name, target, groupUniqArray(type) AS t, groupUniqArrayArray(sources) AS s, toUInt64(uniqExact(id)) AS n, " +
		"minIf(start, start != toDateTime64(0, 6, 'UTC')) AS first, max(end) AS last FROM " +
		"(SELECT id, name, toString(type) AS type, domains, " + ask.AddrText("addr") + " AS target, arrayMap(x -> toString(x), source) AS sources, starttime AS start, endtime AS end " +
		"FROM (SELECT * FROM scans" + ask.Clause("WHERE", conds) + ") ARRAY JOIN hostnames.name AS name, hostnames.type AS type, hostnames.domains AS domains)" +
		ask.Clause("WHERE", each) + " GROUP BY name, target"
}

// Resolvers are where an answer may come from.
type Resolvers struct {
	Direct  bool // passive records, by the name that was asked for (or the address)
	Reverse bool // passive records, by the name that was the answer (or the address)
	Scans   bool // names of scanned hosts: A, AAAA and PTR only
}

// Resolve calls f with the pairs of an address, a network, a name or a /regular expression/. With sub, a name stands
// for all names below it, too, and an expression is tried on the parents of names.
func (c *Client) Resolve(ctx context.Context, what string, sub bool, from Resolvers, f func(*Pair) error) error {
	var p tree.Params
	var parts []string
	if n, err := query.Network(what); err == nil {
		within := "addr >= toIPv6(" + p.Bind("String", mapped(n.From)) + ") AND addr <= toIPv6(" + p.Bind("String", mapped(n.To)) + ")"
		if from.Direct || from.Reverse {
			parts = append(parts, observedNames(within))
		}
		if from.Scans {
			parts = append(parts, scannedNames("", hostTypes, within))
		}
		return c.pairs(ctx, merge(parts, "name, target"), &p, f)
	}
	observed, err := passiveNames(what, sub, from, &p)
	if err != nil {
		return err
	}
	if observed != "" {
		parts = append(parts, observed)
	}
	if from.Scans {
		list := "[name]"
		if sub {
			list = "domains"
		}
		names, err := anyName(what, list, &p)
		if err != nil {
			return err
		}
		parts = append(parts, scannedNames(names, hostTypes))
	}
	return c.pairs(ctx, merge(parts, "name, target"), &p, f)
}

const hostTypes = "type IN ('A', 'AAAA', 'PTR')"

// passiveNames are the pairs of the passive records with a name, empty if none are asked for. A record that matches in
// both directions counts once.
func passiveNames(what string, sub bool, from Resolvers, p *tree.Params) (string, error) {
	test, err := ask.TextOrPattern("", what)
	if err != nil || !from.Direct && !from.Reverse {
		return "", err
	}
	if name, ok := test.Value.(tree.Text); ok {
		return observedPairs(named(string(name), sub, from, p)), nil
	}
	var conds []string
	for _, column := range []string{"value", "targetval"} {
		if column == "value" && !from.Direct || column == "targetval" && !from.Reverse {
			continue
		}
		list := "[" + column + "]"
		if sub {
			list = migrations.WithParents(column)
		}
		cond, err := anyName(what, list, p)
		if err != nil {
			return "", err
		}
		conds = append(conds, column+" != '' AND "+cond)
	}
	return observedNames("(" + strings.Join(conds, " OR ") + ")"), nil
}

// named selects the DNS records of a name from the tables that are ordered by names.
func named(name string, sub bool, from Resolvers, p *tree.Params) string {
	var parts []string
	const columns = "target AS targetval, source, sensor, count, firstseen, lastseen"
	if from.Direct {
		parts = append(parts, "SELECT id, name AS value, addr, "+columns+" FROM passive_dns FINAL PREWHERE "+below(name, sub, p))
	}
	if from.Reverse {
		parts = append(parts, "SELECT id, name AS value, toIPv6('::') AS addr, "+columns+" FROM passive_dns_targets FINAL PREWHERE "+below(name, sub, p))
	}
	return strings.Join(parts, " UNION DISTINCT ")
}

// anyName is the condition that one of a list of names is a text, or matches a /regular expression/.
func anyName(what, list string, p *tree.Params) (string, error) {
	test, err := ask.TextOrPattern("", what)
	if err != nil {
		return "", err
	}
	name := tree.Fields{"": {Columns: []tree.Column{{Class: tree.TextClass, SQL: "x"}}}}
	e, err := tree.Compile(test, name, p)
	if err != nil {
		return "", &ask.InputError{Reason: err.Error()}
	}
	return "arrayExists(x -> " + e.Text + ", " + list + ")", nil
}
