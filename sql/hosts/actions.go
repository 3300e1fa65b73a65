package hosts

import (
	"context"
	"net/netip"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/sql/ask"
	"ivre/sql/tree"
)

// each runs a SELECT of some columns over all records that satisfy a condition, in the order of storage.
func (c *Client) each(ctx context.Context, what string, cond tree.Cond, scan func(driver.Rows) error) error {
	var p tree.Params
	sql, err := c.selection(what, Request{Cond: cond}, &p)
	if err != nil {
		return err
	}
	return c.query(ctx, sql, &p, scan)
}

// Addresses calls f with the address of each record: an address that was scanned twice comes twice.
func (c *Client) Addresses(ctx context.Context, cond tree.Cond, f func(netip.Addr) error) error {
	var a netip.Addr
	return c.each(ctx, "addr", cond, func(r driver.Rows) error {
		if err := r.Scan(&a); err != nil {
			return err
		}
		return f(a.Unmap())
	})
}

// OpenPorts calls f with the start of the scan (zero if unknown), the address and the number of open ports of each
// record.
func (c *Client) OpenPorts(ctx context.Context, cond tree.Cond, f func(start time.Time, addr netip.Addr, open uint32) error) error {
	var start time.Time
	var a netip.Addr
	var n uint32
	return c.each(ctx, "starttime, addr, openports_count", cond, func(r driver.Rows) error {
		if err := r.Scan(&start, &a, &n); err != nil {
			return err
		}
		if start.Unix() == 0 && start.Nanosecond() == 0 {
			start = time.Time{}
		}
		return f(start, a.Unmap(), n)
	})
}

// PortState is a port with its state.
type PortState struct {
	Port  int32
	State string
}

// Ports calls f with the address of each record and those of its ports that have a state.
func (c *Client) Ports(ctx context.Context, cond tree.Cond, f func(addr netip.Addr, ports []PortState) error) error {
	var a netip.Addr
	var numbers []int32
	var states []string
	return c.each(ctx, "addr, ports.port, ports.state_state", cond, func(r driver.Rows) error {
		if err := r.Scan(&a, &numbers, &states); err != nil {
			return err
		}
		var ports []PortState
		for i, s := range states {
			if s != "" {
				ports = append(ports, PortState{numbers[i], s})
			}
		}
		return f(a.Unmap(), ports)
	})
}

// Position is a place with the number of records there.
type Position struct {
	Latitude, Longitude float64
	Count               uint64
}

// Positions calls f with each distinct place of the records, ordered.
func (c *Client) Positions(ctx context.Context, cond tree.Cond, f func(Position) error) error {
	var p tree.Params
	list, err := c.conditions(cond, &p)
	if err != nil {
		return err
	}
	sql := "SELECT coordinates[1], coordinates[2], count() FROM " + c.tables.Hosts + ask.Clause("WHERE", append(list, "length(coordinates) = 2")) +
		" GROUP BY coordinates ORDER BY coordinates"
	var pos Position
	return c.query(ctx, sql, &p, func(r driver.Rows) error {
		if err := r.Scan(&pos.Latitude, &pos.Longitude, &pos.Count); err != nil {
			return err
		}
		return f(pos)
	})
}

// PortChange is a port that is open in one category (Value -1), in both (0), or in the other one (1).
type PortChange struct {
	Addr     netip.Addr
	Protocol string
	Port     int32
	Value    int8
}

// DiffCategories compares the open ports of two categories, address by address. onlyDiff leaves out the ports that
// are open in both.
func (c *Client) DiffCategories(ctx context.Context, cat1, cat2 string, cond tree.Cond, onlyDiff bool, f func(PortChange) error) error {
	both := tree.Test{Field: "categories", Op: tree.In, Value: tree.List{tree.Text(cat1), tree.Text(cat2)}}
	all := tree.And{both}
	if cond != nil {
		all = append(all, cond)
	}
	var p tree.Params
	where, err := c.where(all, &p)
	if err != nil {
		return err
	}
	sql := "SELECT addr, toString(proto) AS proto, port, multiIf(in1 AND in2, 0, in1, -1, 1)::Int8 AS value FROM (" +
		"SELECT addr, proto, port, max(has(categories, " + p.Bind("String", cat1) + ")) AS in1, max(has(categories, " + p.Bind("String", cat2) + ")) AS in2 FROM (" +
		"SELECT addr, categories, ports.protocol, ports.port, ports.state_state FROM " + c.tables.Hosts + where + ") " +
		"ARRAY JOIN ports.protocol AS proto, ports.port AS port, ports.state_state AS state WHERE state = 'open' AND port >= 0 GROUP BY addr, proto, port)"
	if onlyDiff {
		sql += " WHERE NOT (in1 AND in2)"
	}
	sql += " ORDER BY addr, proto, port"
	var ch PortChange
	return c.query(ctx, sql, &p, func(r driver.Rows) error {
		if err := r.Scan(&ch.Addr, &ch.Protocol, &ch.Port, &ch.Value); err != nil {
			return err
		}
		ch.Addr = ch.Addr.Unmap()
		return f(ch)
	})
}
