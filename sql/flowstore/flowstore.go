// Package flowstore keeps the flow tables in order: it compares the derived tables with their base
// tables, makes them anew where they differ (after a crash in the middle of an insert), and does the
// changes to stored flows that the flow purpose knows: turning round flows whose client and server
// were swapped, and making time slots coarser. Answers to questions are package flows' work.
package flowstore

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"syscall"

	"ivre/migrations"
	"ivre/sql/store"
)

// Difference is a month whose derived tables do not agree with their base tables.
type Difference struct {
	Month  uint32 // YYYYMM
	What   string // the sum that differs
	Base   uint64
	Stored uint64
}

func (d Difference) String() string {
	return fmt.Sprintf("%d: %s: %d in the base table, %d in the derived one", d.Month, d.What, d.Base, d.Stored)
}

// The sums that must be equal for every month. A row that is missing in a derived table, or there
// twice, changes at least one of them.
const compareMonths = `
SELECT month, total.1 AS what, sumIf(total.2, is_base) AS in_base, sumIf(total.2, NOT is_base) AS in_derived
FROM (
    SELECT toYYYYMM(start_time) AS month, true AS is_base,
        [('flows', sum(count)), ('cspkts', sum(cspkts)), ('csbytes', sum(csbytes)), ('scpkts', sum(scpkts)), ('scbytes', sum(scbytes))] AS totals
    FROM flow_events GROUP BY month
    UNION ALL
    SELECT toYYYYMM(start_time) AS month, true AS is_base,
        [('log lines of flows', count()), ('log lines', count()), ('metadata values', sum(length(values.key))), ('metadata sums', sum(arraySum(counters.n)))] AS totals
    FROM flow_metadata_events GROUP BY month
    UNION ALL
    SELECT month, false AS is_base,
        [('flows', sum(count)), ('cspkts', sum(cspkts)), ('csbytes', sum(csbytes)), ('scpkts', sum(scpkts)), ('scbytes', sum(scbytes)), ('log lines of flows', sum(loglines))] AS totals
    FROM flows GROUP BY month
    UNION ALL
    SELECT month, false AS is_base,
        [('log lines', sumIf(n, key = '')), ('metadata values', sumIf(n, kind > 0)), ('metadata sums', sumIf(n, kind = 0 AND key != ''))] AS totals
    FROM flow_metadata GROUP BY month
)
ARRAY JOIN totals AS total
GROUP BY month, what
HAVING in_base != in_derived
ORDER BY month, what`

// Check compares base and derived tables month by month; it reads a few columns of all rows.
func Check(ctx context.Context, db *store.Store) ([]Difference, error) {
	rows, err := db.Query(ctx, store.Statement{SQL: compareMonths})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Difference
	for rows.Next() {
		var d Difference
		if err := rows.Scan(&d.Month, &d.What, &d.Base, &d.Stored); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// Repair makes the derived tables of the months that differ anew and returns these months.
func Repair(ctx context.Context, db *store.Store) ([]uint32, error) {
	diffs, err := Check(ctx, db)
	if err != nil {
		return nil, err
	}
	pending, err := pendingMonths(ctx, db)
	if err != nil {
		return nil, err
	}
	months := map[uint32]bool{}
	for _, d := range diffs {
		months[d.Month] = true
	}
	for _, m := range pending {
		months[m] = true
	}
	out := make([]uint32, 0, len(months))
	for m := range months {
		out = append(out, m)
	}
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out, rebuild(ctx, db, out)
}

// Recover repairs what a crash may have left behind: it looks for an engine that ended out of order,
// loads whose process is gone, and changes that were not finished. It costs one small query when
// there is nothing to do. The months that were made anew are returned.
func Recover(ctx context.Context, db *store.Store) ([]uint32, error) {
	dead, err := deadLoads(ctx, db)
	if err != nil {
		return nil, err
	}
	pending, err := pendingMonths(ctx, db)
	if err != nil {
		return nil, err
	}
	if !db.Unclean() && len(dead) == 0 && len(pending) == 0 {
		return nil, nil
	}
	if err := takeOver(ctx, db); err != nil {
		return nil, err
	}
	months, err := Repair(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("making derived tables anew: %w", err)
	}
	for _, id := range dead {
		err := db.Exec(ctx, store.Statement{
			SQL:    "INSERT INTO loads SELECT * REPLACE ('interrupted' AS state, now64(3) AS changed, 'the process ended without a word' AS message) FROM loads FINAL WHERE id = {id:UUID}",
			Params: map[string]string{"id": id},
		})
		if err != nil {
			return months, err
		}
	}
	return months, db.Checked()
}

// deadLoads lists the loads that failed while records were being stored, and those of this machine that
// say they are running though their process is gone.
func deadLoads(ctx context.Context, db *store.Store) ([]string, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	rows, err := db.Query(ctx, store.Statement{
		SQL:    "SELECT toString(id), if(state = 'broken', 0, pid) FROM loads FINAL WHERE purpose = 'flow' AND (state = 'broken' OR state = 'running' AND host = {host:String})",
		Params: map[string]string{"host": host},
	})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id string
		var pid uint32
		if err := rows.Scan(&id, &pid); err != nil {
			return nil, err
		}
		if pid == 0 || syscall.Kill(int(pid), 0) == syscall.ESRCH {
			out = append(out, id)
		}
	}
	return out, rows.Err()
}

func pendingMonths(ctx context.Context, db *store.Store) ([]uint32, error) {
	return months(ctx, db, store.Statement{SQL: "SELECT month FROM repairs FINAL WHERE purpose = 'flow' AND pending = 1 ORDER BY month"})
}

func months(ctx context.Context, db *store.Store, st store.Statement) ([]uint32, error) {
	rows, err := db.Query(ctx, st)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []uint32
	for rows.Next() {
		var m uint32
		if err := rows.Scan(&m); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

// setPending notes that the derived tables of months are about to disagree with the base tables, or
// that they agree again.
func setPending(ctx context.Context, db *store.Store, list []uint32, pending int) error {
	if len(list) == 0 {
		return nil
	}
	return db.Exec(ctx, store.Statement{
		SQL:    "INSERT INTO repairs (purpose, month, pending) SELECT 'flow', arrayJoin({months:Array(UInt32)}), {pending:UInt8}",
		Params: map[string]string{"months": array(list), "pending": strconv.Itoa(pending)},
	})
}

func array(list []uint32) string {
	text := make([]string, len(list))
	for i, m := range list {
		text[i] = strconv.FormatUint(uint64(m), 10)
	}
	return "[" + strings.Join(text, ",") + "]"
}

// rebuild makes the derived tables of months anew and checks them, again if records were stored
// meanwhile.
func rebuild(ctx context.Context, db *store.Store, list []uint32) error {
	if len(list) == 0 {
		return nil
	}
	if err := singleServer(db); err != nil {
		return err
	}
	if err := setPending(ctx, db, list, 1); err != nil {
		return err
	}
	const tries = 5
	for range tries {
		for _, m := range list {
			if err := rebuildMonth(ctx, db, m); err != nil {
				return err
			}
		}
		diffs, err := Check(ctx, db)
		if err != nil {
			return err
		}
		if !touches(diffs, list) {
			return setPending(ctx, db, list, 0)
		}
	}
	return fmt.Errorf("flows are being loaded into the months that have to be made anew; run 'ivre db check --repair' when the load has ended")
}

func touches(diffs []Difference, list []uint32) bool {
	for _, d := range diffs {
		for _, m := range list {
			if d.Month == m {
				return true
			}
		}
	}
	return false
}

// rebuildMonth fills a copy of each derived table from the base tables and puts the copy in the place
// of the month's partition, which readers see happen at once.
func rebuildMonth(ctx context.Context, db *store.Store, month uint32) error {
	where := fmt.Sprintf(" WHERE toYYYYMM(start_time) = %d", month)
	for table, bodies := range map[string][]string{
		"flows":         {migrations.FlowsFromEvents("flow_events" + where), migrations.FlowsFromMetadata("flow_metadata_events" + where)},
		"flow_metadata": {metadataWhere(where)},
	} {
		fresh := table + "_rebuild_" + strconv.Itoa(os.Getpid())
		steps := []string{"DROP TABLE IF EXISTS " + fresh + " SYNC", "CREATE TABLE " + fresh + " AS " + table}
		for _, b := range bodies {
			steps = append(steps, "INSERT INTO "+fresh+" "+b)
		}
		steps = append(steps, fmt.Sprintf("ALTER TABLE %s REPLACE PARTITION %d FROM %s SETTINGS allow_replace_partition_from_empty_source = 1", table, month, fresh), "DROP TABLE "+fresh+" SYNC")
		if err := run(ctx, db, steps...); err != nil {
			return err
		}
	}
	return nil
}

// metadataWhere puts the condition inside, before the rows are multiplied.
func metadataWhere(where string) string {
	return migrations.MetadataFromEvents("(SELECT * FROM flow_metadata_events" + where + ")")
}

func run(ctx context.Context, db *store.Store, statements ...string) error {
	for _, s := range statements {
		if err := db.Exec(ctx, store.Statement{SQL: s}); err != nil {
			return err
		}
	}
	return nil
}

func singleServer(db *store.Store) error {
	if c := db.Target().Cluster; c != "" {
		return fmt.Errorf("this changes stored flows, which is done on one server at a time: connect to each server of cluster %q with --db without cluster=", c)
	}
	return nil
}

// Init removes every flow.
func Init(ctx context.Context, db *store.Store) error {
	t := db.Target()
	for _, table := range []string{"flow_metadata", "flows", "flow_metadata_events", "flow_events"} {
		if err := run(ctx, db, "TRUNCATE TABLE "+t.Local(table)+" "+t.On()); err != nil {
			return err
		}
	}
	return nil
}
