package passive

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"ivre/ingest/passive"
	"ivre/migrations"
	"ivre/sql/ask"
	"ivre/sql/store"
	"ivre/sql/tree"
)

// derived are the tables that the materialized views fill.
var derived = []string{"passive", "passive_dns", "passive_dns_targets"}

// marker is the row of passive_changes that says that all changes are noted: from then on they will be made.
const marker = "unhex('00000000000000000000000000000000')"

// Delete removes the records that satisfy a condition, with the observations behind them, and returns their number.
func (c *Client) Delete(ctx context.Context, cond tree.Cond) (uint64, error) {
	n, err := c.Count(ctx, cond)
	if err != nil || n == 0 {
		return n, err
	}
	var p tree.Params
	conds, err := Conditions(cond, &p)
	if err != nil {
		return 0, err
	}
	return n, c.change(ctx, "SELECT id, 0 FROM "+From(conds), &p)
}

// RemoveFiles takes back what files said, and returns how many observations that were. files is a condition on the
// number of a file.
func (c *Client) RemoveFiles(ctx context.Context, files string) (n uint64, err error) {
	err = c.db.QueryRow(ctx, store.Statement{SQL: "SELECT toUInt64(sum(count)) FROM passive_events WHERE " + files}).Scan(&n)
	if err != nil || n == 0 {
		return n, err
	}
	return n, c.change(ctx, "SELECT DISTINCT id, file FROM passive_events WHERE "+files, &tree.Params{})
}

// change notes records that are to be removed or made anew, and then does so.
func (c *Client) change(ctx context.Context, list string, p *tree.Params) error {
	notes := []store.Statement{
		{SQL: "TRUNCATE TABLE passive_changes " + c.db.Target().On()}, // what was noted only in part
		{SQL: "INSERT INTO passive_changes (id, file) " + list, Params: p.Values()},
		{SQL: "INSERT INTO passive_changes (id, file) SELECT " + marker + ", 0"},
	}
	for _, st := range notes {
		if err := c.db.Exec(ctx, st); err != nil {
			return fmt.Errorf("noting the records to change: %w", ask.Explain(err))
		}
	}
	return c.makeChanges(context.WithoutCancel(ctx))
}

// FinishChange finishes a change that was interrupted. It does nothing if there is none.
func (c *Client) FinishChange(ctx context.Context) (bool, error) {
	var n uint64
	sql := "SELECT countIf(id = " + marker + ") FROM passive_changes"
	if err := c.db.QueryRow(ctx, store.Statement{SQL: sql}).Scan(&n); err != nil || n == 0 {
		return false, err
	}
	return true, c.makeChanges(ctx)
}

// makeChanges does what is noted. It can be repeated.
func (c *Client) makeChanges(ctx context.Context) error {
	t := c.db.Target()
	const noted = "id IN (SELECT id FROM passive_changes)"
	statements := []string{
		"DELETE FROM " + t.Local("passive_events") + " " + t.On() + " WHERE id IN (SELECT id FROM passive_changes WHERE file = 0)" +
			" OR file IN (SELECT file FROM passive_changes WHERE file != 0)",
	}
	for _, name := range derived {
		statements = append(statements, "DELETE FROM "+t.Local(name)+" "+t.On()+" WHERE "+noted)
	}
	for _, v := range migrations.PassiveViews("(SELECT * FROM passive_events WHERE id IN (SELECT id FROM passive_changes WHERE file != 0))") {
		statements = append(statements, "INSERT INTO "+v.To+" "+v.Select)
	}
	statements = append(statements, "TRUNCATE TABLE passive_changes "+t.On())
	for _, sql := range statements {
		if err := c.db.Exec(ctx, store.Statement{SQL: sql}); err != nil {
			return fmt.Errorf("changing records: %w", err)
		}
	}
	return nil
}

// Agrees tells whether the derived tables agree with the observations, as far as their totals go.
func (c *Client) Agrees(ctx context.Context) (bool, error) {
	var same bool
	sql := "SELECT (SELECT (sum(count), sumIf(count, recontype = 'DNS_ANSWER'), sumIf(count, recontype = 'DNS_ANSWER' AND targetval != '')) FROM passive_events)" +
		" = ((SELECT sum(count) FROM passive), (SELECT sum(count) FROM passive_dns), (SELECT sum(count) FROM passive_dns_targets))"
	err := c.db.QueryRow(ctx, store.Statement{SQL: sql}).Scan(&same)
	return same, err
}

// Rebuild makes the derived tables anew from the observations: readers see the old rows of a table or the new ones.
func (c *Client) Rebuild(ctx context.Context) error {
	if c.db.Target().Cluster != "" {
		return errors.New("making the passive records anew is not possible on a cluster yet")
	}
	for _, v := range migrations.PassiveViews("passive_events") {
		fresh := v.To + "_fresh"
		for _, sql := range []string{
			"DROP TABLE IF EXISTS " + fresh, "CREATE TABLE " + fresh + " AS " + v.To, "INSERT INTO " + fresh + " " + v.Select,
			"EXCHANGE TABLES " + fresh + " AND " + v.To, "DROP TABLE " + fresh,
		} {
			if err := c.db.Exec(ctx, store.Statement{SQL: sql}); err != nil {
				return fmt.Errorf("making the passive records anew: %w", err)
			}
		}
	}
	return nil
}

// Clear removes all records, and forgets the files that were loaded.
func (c *Client) Clear(ctx context.Context) error {
	t := c.db.Target()
	names := []string{"passive_changes " + t.On(), "passive_files " + t.On()}
	for _, name := range append([]string{"passive_events"}, derived...) {
		names = append(names, t.Local(name)+" "+t.On())
	}
	for _, name := range names {
		if err := c.db.Exec(ctx, store.Statement{SQL: "TRUNCATE TABLE " + name}); err != nil {
			return fmt.Errorf("removing all records: %w", err)
		}
	}
	return nil
}

// OfSession is a condition on the number of a file: it is of a load with that number and was not loaded to its end.
func OfSession(number uint64) string {
	s := strconv.FormatUint(number, 10)
	return "bitAnd(file, 18446744069414584320) = " + s + " AND file NOT IN (SELECT file FROM passive_files WHERE bitAnd(file, 18446744069414584320) = " + s + ")"
}

// DeleteIDs removes records with the observations behind them.
func (c *Client) DeleteIDs(ctx context.Context, ids []passive.ID) error {
	if len(ids) == 0 {
		return nil
	}
	if err := c.db.Exec(ctx, store.Statement{SQL: "TRUNCATE TABLE passive_changes " + c.db.Target().On()}); err != nil {
		return fmt.Errorf("noting the records to change: %w", err)
	}
	b, err := c.db.Conn().PrepareBatch(ctx, "INSERT INTO passive_changes (id, file)")
	if err != nil {
		return err
	}
	for _, id := range append(ids, passive.ID{}) { // the last one is the marker
		if err := b.Append(string(id[:]), uint64(0)); err != nil {
			return errors.Join(err, b.Abort())
		}
	}
	if err := b.Send(); err != nil {
		return fmt.Errorf("noting the records to change: %w", err)
	}
	return c.makeChanges(context.WithoutCancel(ctx))
}
