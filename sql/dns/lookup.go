package dns

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/sql/ask"
	"ivre/sql/passive"
	"ivre/sql/store"
	"ivre/sql/tree"
)

// Client answers questions about names. It may be used by several goroutines.
type Client struct{ db *store.Store }

// New returns a client for a database.
func New(db *store.Store) *Client { return &Client{db} }

// Query selects DNS answers: those about addresses, or a name.
type Query struct {
	From, To netip.Addr // addresses, both included; if they are valid, the rest up to Type is not looked at

	Name       string // as it was asked for, case-sensitive
	Subdomains bool   // also the names below it
	Reverse    bool   // the name is that of the answer (CNAME, NS, MX)

	Type string    // of the resource record, upper case; empty: any
	Base tree.Cond // condition on the passive records; nil: all
}

// Answer is what one server (for one sensor) answered.
type Answer struct {
	Name        string
	Type        string
	Data        string // an address or a name
	Server      string // address of the DNS server; empty if it is not known
	Sensor      string
	Count       uint64
	First, Last time.Time // UTC
}

// Lookup calls f with each answer, in the order of the names, or of the addresses.
func (c *Client) Lookup(ctx context.Context, q Query, f func(*Answer) error) error {
	var p tree.Params
	sql, err := q.sql(&p)
	if err != nil {
		return err
	}
	var a Answer
	var addr netip.Addr
	var target, source string
	return ask.Rows(ctx, c.db, sql, &p, func(rows driver.Rows) error {
		if err := rows.Scan(&a.Name, &a.Type, &addr, &target, &source, &a.Sensor, &a.Count, &a.First, &a.Last); err != nil {
			return err
		}
		a.Data, a.Server = target, ""
		if addr != netip.IPv6Unspecified() {
			a.Data = addr.Unmap().String()
		}
		if parts := strings.Split(source, "-"); len(parts) == 3 {
			a.Server = parts[1]
		}
		a.First, a.Last = a.First.UTC(), a.Last.UTC()
		return f(&a)
	}, smallBlocks)
}

func (q *Query) sql(p *tree.Params) (string, error) {
	base, err := passive.Conditions(q.Base, p)
	if err != nil {
		return "", err
	}
	if q.From.IsValid() {
		where := []string{"recontype = 'DNS_ANSWER'"}
		if q.From == q.To {
			where = append(where, "addr = toIPv6("+p.Bind("String", mapped(q.From))+")")
		} else {
			where = append(where, "addr >= toIPv6("+p.Bind("String", mapped(q.From))+")", "addr <= toIPv6("+p.Bind("String", mapped(q.To))+")")
		}
		if q.Type != "" {
			where = append(where, "startsWith(source, "+p.Bind("String", q.Type+"-")+")")
		}
		where = append(where, base...)
		return "SELECT value, toString(splitByChar('-', source)[1]), addr, targetval, source, toString(sensor), count, firstseen, lastseen FROM " +
			passive.From(where) + " ORDER BY recontype, addr, port, source, id", nil
	}
	table, addr := "passive_dns", "addr"
	if q.Reverse {
		table, addr = "passive_dns_targets", "toIPv6('::')"
	}
	first := []string{below(q.Name, q.Subdomains, p)} // before rows are merged: those of an answer agree on it
	if q.Type != "" {
		first = append(first, "type = "+p.Bind("String", q.Type))
	}
	var rest []string
	if len(base) > 0 {
		rest = append(rest, "id IN (SELECT id FROM "+passive.Unmerged(base)+")")
	}
	return "SELECT name, toString(type), " + addr + ", target, source, toString(sensor), count, firstseen, lastseen FROM " + table + " FINAL" +
		ask.Clause("PREWHERE", first) + ask.Clause("WHERE", rest) + " ORDER BY labels, type, id", nil
}

// smallBlocks has the first answers of a domain come soon: blocks of the usual size take most of a second to fill.
const smallBlocks = "max_block_size = 8192"

// below is the condition on labels in reverse order that the name is one, or also that it is below one.
func below(name string, subdomains bool, p *tree.Params) string {
	labels := strings.Split(name, ".")
	for i, j := 0, len(labels)-1; i < j; i, j = i+1, j-1 {
		labels[i], labels[j] = labels[j], labels[i]
	}
	reversed := strings.Join(labels, ".")
	cond := "labels = " + p.Bind("String", reversed)
	if subdomains {
		cond = "(" + cond + " OR startsWith(labels, " + p.Bind("String", reversed+".") + "))"
	}
	return cond
}

// mapped is an address in the form of the columns.
func mapped(a netip.Addr) string { return netip.AddrFrom16(a.As16()).String() }
