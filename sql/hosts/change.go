package hosts

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/migrations"
	"ivre/sql/ask"
	"ivre/sql/store"
	"ivre/sql/tree"
)

// Remove deletes the records that a WHERE clause on the hosts' table selects, with all that belongs to them. What is
// to go is noted first, so that a deletion that was interrupted can be finished (see FinishRemoval).
func (c *Client) Remove(ctx context.Context, where string, p *tree.Params) error {
	sql := "INSERT INTO " + c.tables.Removals + " SELECT id FROM " + c.tables.Hosts + where
	if err := c.db.Exec(ctx, store.Statement{SQL: sql, Params: p.Values()}); err != nil {
		return fmt.Errorf("noting the records to delete: %w", ask.Explain(err))
	}
	return c.removeNoted(context.WithoutCancel(ctx))
}

// FinishRemoval finishes a deletion that was interrupted. It does nothing if there is none.
func (c *Client) FinishRemoval(ctx context.Context) (bool, error) {
	var n uint64
	if err := c.db.QueryRow(ctx, store.Statement{SQL: "SELECT count() FROM " + c.tables.Removals}).Scan(&n); err != nil || n == 0 {
		return false, err
	}
	return true, c.removeNoted(ctx)
}

func (c *Client) removeNoted(ctx context.Context) error {
	t := c.db.Target()
	if c.tables.Files != "" { // a file that lost hosts can be loaded again
		sql := "DELETE FROM " + c.tables.Files + " " + t.On() + " WHERE file IN (SELECT DISTINCT file FROM " + c.tables.Hosts +
			" WHERE id IN (SELECT id FROM " + c.tables.Removals + "))"
		if err := c.db.Exec(ctx, store.Statement{SQL: sql}); err != nil {
			return fmt.Errorf("forgetting the files of the records: %w", err)
		}
	}
	noted := " WHERE id IN (SELECT id FROM " + c.tables.Removals + ")"
	deletions := []string{c.tables.Scripts + noted, c.tables.Hosts + noted}
	if c.tables.Versions != "" { // older versions must not come up again
		current := " IN (SELECT addr FROM " + c.tables.Hosts + noted + ")"
		deletions = []string{
			c.tables.Given + " WHERE addr" + current, c.tables.Scripts + noted,
			c.tables.Versions + " WHERE (addr, slot) IN (SELECT addr, slot FROM " + c.tables.Hosts + noted + ")",
		}
	}
	for _, d := range deletions {
		table, where, _ := strings.Cut(d, " ")
		if err := c.db.Exec(ctx, store.Statement{SQL: "DELETE FROM " + t.Local(table) + " " + t.On() + " " + where}); err != nil {
			return fmt.Errorf("deleting records: %w", err)
		}
	}
	if err := c.RebuildTops(ctx); err != nil {
		return err
	}
	return c.db.Exec(ctx, store.Statement{SQL: "TRUNCATE TABLE " + c.tables.Removals + " " + t.On()})
}

// RebuildTops makes the numbers of values anew from the records, of scans a month at a time: readers see the old numbers
// (of a month) or the new ones.
func (c *Client) RebuildTops(ctx context.Context) error {
	t := c.db.Target()
	tops, fresh := t.Local(c.tables.Tops), t.Local(c.tables.Tops)+"_fresh"
	run := func(sql string) error {
		if err := c.db.Exec(ctx, store.Statement{SQL: sql}); err != nil {
			return fmt.Errorf("making the numbers of values anew: %w", err)
		}
		return nil
	}
	if t.Cluster != "" {
		return fmt.Errorf("making the numbers of values anew is not possible on a cluster yet")
	}
	statements := []string{"DROP TABLE IF EXISTS " + fresh, "CREATE TABLE " + fresh + " AS " + tops}
	for _, v := range c.views() {
		statements = append(statements, "INSERT INTO "+fresh+" "+v.Select)
	}
	for _, sql := range statements {
		if err := run(sql); err != nil {
			return err
		}
	}
	if c.tables.Versions != "" { // no materialized view writes to the table
		if err := run("EXCHANGE TABLES " + fresh + " AND " + tops); err != nil {
			return err
		}
		return run("DROP TABLE IF EXISTS " + fresh)
	}
	months, err := c.months(ctx, fresh, tops)
	if err != nil {
		return err
	}
	for _, m := range months {
		// a month without rows in the new table replaces the old one by nothing
		if err := run("ALTER TABLE " + tops + " REPLACE PARTITION " + strconv.FormatUint(uint64(m), 10) + " FROM " + fresh); err != nil {
			return err
		}
	}
	return run("DROP TABLE IF EXISTS " + fresh)
}

func (c *Client) months(ctx context.Context, tables ...string) ([]uint32, error) {
	var parts []string
	for _, t := range tables {
		parts = append(parts, "SELECT month FROM "+t)
	}
	var out []uint32
	sql := "SELECT DISTINCT month FROM (" + strings.Join(parts, " UNION ALL ") + ") ORDER BY month"
	err := c.query(ctx, sql, &tree.Params{}, func(r driver.Rows) error {
		var m uint32
		if err := r.Scan(&m); err != nil {
			return err
		}
		out = append(out, m)
		return nil
	})
	return out, err
}

// views are the materialized views that fill the table of numbers.
func (c *Client) views() []migrations.TopView {
	scripts := c.tables.Scripts
	if c.tables.Versions != "" { // there may be scripts of older versions of a record
		scripts = "(SELECT * FROM " + scripts + " WHERE id IN (SELECT id FROM " + c.tables.Hosts + "))"
	}
	return migrations.TopViews(strings.TrimSuffix(c.tables.Hosts, "s"), c.tables.Hosts, scripts)
}

// TopsAgree tells whether the numbers of values agree with the records, as far as their totals go.
func (c *Client) TopsAgree(ctx context.Context) (bool, error) {
	var same bool
	sql := "SELECT (SELECT groupArray((m, n)) FROM (SELECT toYYYYMM(endtime) AS m, count() AS n FROM " + c.tables.Hosts + " GROUP BY m ORDER BY m)) = " +
		"(SELECT groupArray((m, n)) FROM (SELECT month AS m, toUInt64(sum(count)) AS n FROM " + c.tables.Tops + " WHERE field = 'hosts' GROUP BY m HAVING n > 0 ORDER BY m)) AND " +
		"(SELECT count() FROM " + c.tables.Scripts + ") = (SELECT toUInt64(sum(count)) FROM " + c.tables.Tops + " WHERE field = 'script')"
	err := c.db.QueryRow(ctx, store.Statement{SQL: sql}).Scan(&same)
	return same, err
}

// Clear removes all records.
func (c *Client) Clear(ctx context.Context) error {
	t := c.db.Target()
	tables := []string{c.tables.Hosts, c.tables.Scripts, c.tables.Tops}
	if c.tables.Versions != "" {
		tables = []string{c.tables.Given, c.tables.Versions, c.tables.Scripts, c.tables.Tops}
	}
	for _, table := range tables {
		if err := c.db.Exec(ctx, store.Statement{SQL: "TRUNCATE TABLE " + t.Local(table) + " " + t.On()}); err != nil {
			return fmt.Errorf("removing all records: %w", err)
		}
	}
	for _, journal := range []string{c.tables.Files, c.tables.Runs} {
		if journal == "" {
			continue
		}
		if err := c.db.Exec(ctx, store.Statement{SQL: "TRUNCATE TABLE " + journal + " " + t.On()}); err != nil {
			return fmt.Errorf("removing all records: %w", err)
		}
	}
	return nil
}
