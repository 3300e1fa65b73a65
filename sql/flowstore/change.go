package flowstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"ivre/migrations"
	"ivre/sql/store"
)

// changesTable holds the flows that a change is about, and is the lock of changes as well: creating a
// table either succeeds for one process or fails.
const changesTable = "flow_changes"

// ErrBusy says that another process changes stored flows.
var ErrBusy = errors.New("another process is changing stored flows")

// Cleanup turns round the flows whose client and server look swapped (one source port that talks to
// more than five high destination ports is a server's) and returns how many flows it turned round.
// The rules are those of the flow purpose's cleanup; the data are changed in the base tables, the
// derived rows of the flows concerned are made anew.
func Cleanup(ctx context.Context, db *store.Store) (uint64, error) {
	if err := singleServer(db); err != nil {
		return 0, err
	}
	// Looking costs nothing to others; most loads swap nothing.
	var found uint64
	if err := db.QueryRow(ctx, store.Statement{SQL: "SELECT count() FROM (" + swappedFlows + ")"}).Scan(&found); err != nil || found == 0 {
		return 0, err
	}
	err := change(ctx, db, "(id String, src IPv6, dst IPv6, proto String, dport UInt16, sport UInt16) ENGINE = Join(ANY, LEFT, id)",
		func() error {
			if err := run(ctx, db, "INSERT INTO "+changesTable+" SELECT "+flowHash+", src, dst, proto, dport, sport FROM ("+swappedFlows+")"); err != nil {
				return err
			}
			return turnRound(ctx, db)
		})
	return found, err
}

// swappedFlows selects the flows to turn round. Volumes are summed once per flow; a side without
// packets does not count for the mean packet size, and a TCP group without packets stays.
const swappedFlows = `
WITH edges AS (
    SELECT src, dst, proto, dport, groupUniqArrayArray(sports) AS ports, sum(cspkts) AS cp, sum(csbytes) AS cb, sum(scpkts) AS sp, sum(scbytes) AS sb
    FROM flows
    WHERE dport > 128 AND proto IN ('tcp', 'udp')
    GROUP BY src, dst, proto, dport, type
    HAVING length(ports) = 1 AND notEmpty(groupUniqArrayArray(slots))
)
SELECT src, dst, proto, dport, ports[1] AS sport
FROM edges
WHERE (src, dst, proto, ports[1]) IN (
    SELECT src, dst, proto, port FROM (
        SELECT src, dst, proto, ports[1] AS port, uniqExact(dport) AS targets,
            sum(cp) AS tcp_cp, sum(cb) AS tcp_cb, sum(sp) AS tcp_sp, sum(sb) AS tcp_sb,
            if(tcp_cp > 0, tcp_cb / tcp_cp, 0) + if(tcp_sp > 0, tcp_sb / tcp_sp, 0) AS sizes, (tcp_cp > 0) + (tcp_sp > 0) AS sides
        FROM edges
        GROUP BY src, dst, proto, port
        HAVING targets > 5 AND (proto != 'tcp' OR sides > 0 AND sizes / sides >= 50)
    )
)`

// flowHash is the key under which a flow's true server port is looked up in the middle of an UPDATE
// (a table for such look-ups has one key column).
const flowHash = "toString(sipHash128(src, dst, toString(proto), dport))"

func turnRound(ctx context.Context, db *store.Store) error {
	const concerned = "(src, dst, proto, dport, sport) IN (SELECT src, dst, proto, dport, sport FROM " + changesTable + ")"
	affected, err := months(ctx, db, store.Statement{SQL: "SELECT DISTINCT month FROM flows WHERE (src, dst, proto, dport) IN (SELECT src, dst, proto, dport FROM " + changesTable + ") ORDER BY month"})
	if err != nil {
		return err
	}
	if err := setPending(ctx, db, affected, 1); err != nil {
		return err
	}
	lookup := "joinGet('" + db.Database() + "." + changesTable + "', 'sport', " + flowHash + ")"
	// The log lines first: their new port is found through the old key.
	err = run(ctx, db,
		"ALTER TABLE flow_metadata_events UPDATE src = dst, dst = src, dport = "+lookup+" WHERE (src, dst, proto, dport) IN (SELECT src, dst, proto, dport FROM "+changesTable+") SETTINGS mutations_sync = 1",
		"ALTER TABLE flow_events UPDATE src = dst, dst = src, sport = dport, dport = sport, cspkts = scpkts, scpkts = cspkts, csbytes = scbytes, scbytes = csbytes WHERE "+concerned+" SETTINGS mutations_sync = 1",
	)
	if err != nil {
		return err
	}
	return refresh(ctx, db, affected)
}

// refresh makes the derived rows of the flows in the changes table anew, under their old and their
// new key, and then whole months if something else was stored meanwhile.
func refresh(ctx context.Context, db *store.Store, affected []uint32) error {
	const keys = "(src, dst, proto, dport) IN (SELECT src, dst, proto, dport FROM " + changesTable + " UNION ALL SELECT dst, src, proto, sport FROM " + changesTable + ")"
	in := "SETTINGS lightweight_deletes_sync = 1"
	err := run(ctx, db,
		"DELETE FROM flows WHERE "+keys+" "+in,
		"INSERT INTO flows "+migrations.FlowsFromEvents("flow_events WHERE "+keys),
		"INSERT INTO flows "+migrations.FlowsFromMetadata("flow_metadata_events WHERE "+keys),
		"DELETE FROM flow_metadata WHERE "+keys+" "+in,
		"INSERT INTO flow_metadata "+migrations.MetadataFromEvents("(SELECT * FROM flow_metadata_events WHERE "+keys+")"),
	)
	if err != nil {
		return err
	}
	diffs, err := Check(ctx, db)
	if err != nil {
		return err
	}
	if touches(diffs, affected) {
		return rebuild(ctx, db, affected)
	}
	return setPending(ctx, db, affected, 0)
}

// Precision is a change of the time slots of stored flows.
type Precision struct {
	New           int    // length of the new slots in seconds
	Base          int    // FLOW_TIME_BASE: a moment at which slots start
	Current       int    // change only slots of this length; 0: any that fit
	Before, After uint32 // change only slots that start before, and not before, these Unix times; 0: no bound
}

// check tells what is wrong with the arguments (only asked for when Current is given, as it always was).
func (p Precision) check() error {
	switch {
	case p.New <= 0:
		return fmt.Errorf("the new precision must be a positive number of seconds")
	case p.Current == 0:
		return nil
	case p.Base%p.Current != 0:
		return fmt.Errorf("FLOW_TIME_BASE (%d) is not a multiple of the current precision (%d)", p.Base, p.Current)
	case p.New <= p.Current:
		return fmt.Errorf("the new precision (%d) must be greater than the current one (%d)", p.New, p.Current)
	case p.New%p.Current != 0:
		return fmt.Errorf("the new precision (%d) is not a multiple of the current one (%d)", p.New, p.Current)
	}
	return nil
}

// slotChange is the SQL of a slot's new value; slots that do not fit stay as they are. All numbers in it
// were made by this program.
func (p Precision) slotChange() string {
	base := p.Base
	keep := []string{}
	if p.Current > 0 {
		base = p.Base % p.New
		keep = append(keep, fmt.Sprintf("bitAnd(s, 4294967295) != %d", p.Current))
	} else {
		keep = append(keep, fmt.Sprintf("bitAnd(s, 4294967295) >= %d", p.New), fmt.Sprintf("%d %% bitAnd(s, 4294967295) != 0", p.New),
			fmt.Sprintf("%d %% bitAnd(s, 4294967295) != 0", base))
	}
	if p.Before > 0 {
		keep = append(keep, fmt.Sprintf("bitShiftRight(s, 32) >= %d", p.Before))
	}
	if p.After > 0 {
		keep = append(keep, fmt.Sprintf("bitShiftRight(s, 32) < %d", p.After))
	}
	start := "toInt64(bitShiftRight(s, 32))"
	moved := fmt.Sprintf("bitShiftLeft(toUInt64(greatest(0, %s - positiveModulo(%s - %d, %d))), 32) + %d", start, start, base, p.New, p.New)
	return "arraySort(arrayDistinct(arrayMap(s -> if(" + strings.Join(keep, " OR ") + ", s, " + moved + "), slots)))"
}

// ReducePrecision makes the time slots of flows coarser for good. keys is a statement that selects
// (src, dst, proto, dport, type) of the flows to change; without text it means all of them.
func ReducePrecision(ctx context.Context, db *store.Store, keys store.Statement, p Precision) error {
	if err := p.check(); err != nil {
		return err
	}
	if err := singleServer(db); err != nil {
		return err
	}
	definition := "(src IPv6, dst IPv6, proto String, dport UInt16, type UInt8) ENGINE = MergeTree ORDER BY (src, dst, proto, dport, type)"
	return change(ctx, db, definition, func() error {
		if keys.SQL == "" {
			keys.SQL = "SELECT DISTINCT src, dst, proto, dport, type FROM flows"
		}
		insert := store.Statement{SQL: "INSERT INTO " + changesTable + " " + keys.SQL, Params: keys.Params}
		if err := db.Exec(ctx, insert); err != nil {
			return err
		}
		const concerned = "(src, dst, proto, dport, type) IN (SELECT src, dst, proto, dport, type FROM " + changesTable + ")"
		affected, err := months(ctx, db, store.Statement{SQL: "SELECT DISTINCT month FROM flows WHERE " + concerned + " ORDER BY month"})
		if err != nil {
			return err
		}
		if err := setPending(ctx, db, affected, 1); err != nil {
			return err
		}
		update := " UPDATE slots = " + p.slotChange() + " WHERE " + concerned + " SETTINGS mutations_sync = 1"
		if err := run(ctx, db, "ALTER TABLE flow_events"+update, "ALTER TABLE flow_metadata_events"+update); err != nil {
			return err
		}
		return rebuild(ctx, db, affected)
	})
}

// change runs do while holding the changes table, which it creates with the definition and drops at
// the end. When do fails half-way the months it noted stay noted, and Recover finishes them.
func change(ctx context.Context, db *store.Store, definition string, do func() error) error {
	err := run(ctx, db, fmt.Sprintf("CREATE TABLE %s %s COMMENT '%s'", changesTable, definition, owner()))
	if isTableExists(err) {
		if terr := takeOver(ctx, db); terr != nil {
			return terr
		}
		if _, terr := Repair(ctx, db); terr != nil {
			return terr
		}
		err = run(ctx, db, fmt.Sprintf("CREATE TABLE %s %s COMMENT '%s'", changesTable, definition, owner()))
	}
	if err != nil {
		return err
	}
	return errors.Join(do(), run(context.WithoutCancel(ctx), db, "DROP TABLE IF EXISTS "+changesTable+" SYNC"))
}

func isTableExists(err error) bool {
	var ex *clickhouse.Exception
	return errors.As(err, &ex) && ex.Code == 57
}

// owner names this process in the changes table's comment.
func owner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	clean := strings.Map(func(r rune) rune {
		if r == '\'' || r == '\\' || r == ' ' || r < 32 {
			return '-'
		}
		return r
	}, host)
	return clean + " " + strconv.Itoa(os.Getpid())
}

// takeOver removes the changes table of a process that is gone, after the engine has finished the
// mutations that read it. ErrBusy if the process lives.
func takeOver(ctx context.Context, db *store.Store) error {
	var comment string
	err := db.QueryRow(ctx, store.Statement{SQL: "SELECT any(comment) FROM system.tables WHERE database = currentDatabase() AND name = '" + changesTable + "'"}).Scan(&comment)
	if err != nil || comment == "" {
		return err
	}
	host, pidText, _ := strings.Cut(comment, " ")
	pid, _ := strconv.Atoi(pidText)
	mine, _, _ := strings.Cut(owner(), " ")
	switch {
	case host != mine:
		return fmt.Errorf("%w on %s (process %s); if it is gone, drop the table %s", ErrBusy, host, pidText, changesTable)
	case pid > 0 && syscall.Kill(pid, 0) != syscall.ESRCH:
		return fmt.Errorf("%w (process %s)", ErrBusy, pidText)
	}
	for {
		var running uint64
		q := "SELECT count() FROM system.mutations WHERE database = currentDatabase() AND table IN ('flow_events', 'flow_metadata_events', 'flows', 'flow_metadata') AND NOT is_done"
		if err := db.QueryRow(ctx, store.Statement{SQL: q}).Scan(&running); err != nil {
			return err
		}
		if running == 0 {
			break
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
	return run(ctx, db, "DROP TABLE IF EXISTS "+changesTable+" SYNC")
}

func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(200 * time.Millisecond):
		return nil
	}
}
