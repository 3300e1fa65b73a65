package viewbuild

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"ivre/sql/ask"
	"ivre/sql/passive"
	"ivre/sql/store"
)

// chunk is a range of addresses that is merged at once. If list is not nil, only these of them are meant.
type chunk struct {
	first, last netip.Addr // of the columns: IPv4 addresses are mapped
	addresses   int
	list        []netip.Addr
}

// A chunk has at most so many addresses and about so many records of the sources.
const (
	chunkAddresses = 4096
	chunkListed    = 2048
	chunkRecords   = 1 << 15
)

// sourceRows are the statements that select the address of each row of the sources that is to be looked at.
func (b *builder) sourceRows() []string {
	if b.Files != nil {
		numbers := []string{"0"}
		for _, f := range b.Files {
			numbers = append(numbers, strconv.FormatUint(f, 10))
		}
		return []string{"SELECT addr FROM scans WHERE file IN (" + strings.Join(numbers, ", ") + ")"}
	}
	var parts []string
	if b.Scans {
		conds := slices.Clone(b.scansConds)
		if !b.since.IsZero() {
			conds = append(conds, "file IN (SELECT file FROM scan_files WHERE loaded > "+b.moment()+")")
		}
		parts = append(parts, "SELECT addr FROM scans"+ask.Clause("WHERE", conds))
	}
	if b.Passive {
		const some = "addr != toIPv6('::')"
		if b.since.IsZero() {
			parts = append(parts, "SELECT addr FROM "+passive.Unmerged(append(slices.Clone(b.passiveConds), some)))
		} else {
			parts = append(parts, "SELECT addr FROM passive_events WHERE "+some+" AND loaded > "+b.moment())
		}
	}
	if !b.onTop {
		var conds []string
		if !b.since.IsZero() {
			conds = append(conds, "loaded > "+b.moment())
		}
		parts = append(parts, "SELECT addr FROM view_given"+ask.Clause("WHERE", conds))
	}
	return parts
}

// moment is the time from which on changes count, in SQL.
func (b *builder) moment() string {
	return "fromUnixTimestamp64Milli(" + strconv.FormatInt(b.since.UnixMilli(), 10) + ", 'UTC')"
}

// countAddresses counts the addresses that are to be merged, roughly.
func (b *builder) countAddresses(ctx context.Context) error {
	if b.Progress == nil {
		return nil
	}
	sql := "SELECT uniqCombined(addr) FROM (" + strings.Join(b.sourceRows(), " UNION ALL ") + ")"
	return b.db.QueryRow(ctx, store.Statement{SQL: sql, Params: b.params.Values()}).Scan(&b.of)
}

// chunks calls f with one chunk after the other.
func (b *builder) chunks(ctx context.Context, f func(chunk) error) error {
	// sorting spills to disk when there are more addresses than memory; the sources have no order in common to group by
	sql := "SELECT addr, count() AS n FROM (" + strings.Join(b.sourceRows(), " UNION ALL ") + ") GROUP BY addr ORDER BY addr " +
		"SETTINGS optimize_aggregation_in_order = 0, max_bytes_before_external_group_by = 500000000, max_bytes_before_external_sort = 500000000"
	rows, err := b.db.Query(ctx, store.Statement{SQL: sql, Params: b.params.Values()})
	if err != nil {
		return err
	}
	defer rows.Close()
	var c chunk
	var records, n uint64
	var addr netip.Addr
	most := chunkAddresses
	listed := b.Update || b.Files != nil
	if listed {
		most = chunkListed
	}
	for rows.Next() {
		if err := rows.Scan(&addr, &n); err != nil {
			return err
		}
		if c.addresses > 0 && (c.addresses == most || records+n > chunkRecords) {
			if err := f(c); err != nil {
				return err
			}
			c, records = chunk{}, 0
		}
		if c.addresses == 0 {
			c.first = addr
		}
		c.last = addr
		c.addresses++
		records += n
		if listed {
			c.list = append(c.list, addr)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if c.addresses > 0 {
		return f(c)
	}
	return nil
}

// within is the condition that an address is of the chunk.
func (c *chunk) within() string {
	if c.list == nil {
		return "addr >= toIPv6('" + mapped(c.first) + "') AND addr <= toIPv6('" + mapped(c.last) + "')"
	}
	var s strings.Builder
	s.WriteString("addr IN (")
	for i, a := range c.list {
		if i > 0 {
			s.WriteByte(',')
		}
		s.WriteString("'" + mapped(a) + "'")
	}
	return s.String() + ")"
}

// mapped is an address in the form of the columns.
func mapped(a netip.Addr) string { return netip.AddrFrom16(a.As16()).String() }

// progress counts addresses that are done.
func (b *builder) progress(n int) {
	done := b.done.Add(uint64(n))
	if b.Progress != nil {
		b.Progress(done, max(b.of, done))
	}
}
