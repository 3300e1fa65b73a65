package scanload

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/google/uuid"

	"ivre/sql/hosts"
	"ivre/sql/store"
	"ivre/sql/tree"
)

// Loaded returns the hashes of the files that were loaded with a source and categories.
func Loaded(ctx context.Context, db *store.Store, source string, categories []string) (map[[32]byte]bool, error) {
	var p tree.Params
	sql := "SELECT DISTINCT toString(sha256) FROM scan_files WHERE source = " + p.Bind("String", source) +
		" AND categories = " + array(categories, &p)
	rows, err := db.Query(ctx, store.Statement{SQL: sql, Params: p.Values()})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[[32]byte]bool{}
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		var h [32]byte
		copy(h[:], s)
		out[h] = true
	}
	return out, rows.Err()
}

// array is an array of texts in SQL.
func array(list []string, p *tree.Params) string {
	items := make([]string, len(list))
	for i, s := range list {
		items[i] = p.Bind("String", s)
	}
	return "CAST([" + strings.Join(items, ", ") + "], 'Array(String)')"
}

// Recover repairs what an interrupted load, deletion or crash may have left behind: records of files that were not
// loaded to their end are removed, and the numbers of values are made anew if they do not agree with the records.
// It costs two small queries when there is nothing to do. The messages say what was done.
func Recover(ctx context.Context, db *store.Store) (messages []string, err error) {
	client := hosts.New(db, hosts.Scans)
	if unfinished, err := client.FinishRemoval(ctx); err != nil {
		return nil, err
	} else if unfinished {
		messages = append(messages, "finished a deletion of hosts that had been interrupted")
	}
	dead, err := deadSessions(ctx, db)
	if err != nil {
		return messages, err
	}
	for _, id := range dead {
		n, err := removeUnfinished(ctx, db, client, sessionNumber(id))
		if err != nil {
			return messages, err
		}
		if n > 0 {
			messages = append(messages, fmt.Sprintf("removed %d hosts of files whose load had been interrupted; load these files again", n))
		}
	}
	if len(dead) > 0 || db.Unclean() {
		same, err := client.TopsAgree(ctx)
		if err == nil && !same {
			err = client.RebuildTops(ctx)
			messages = append(messages, "made the numbers of values anew")
		}
		if err != nil {
			return messages, err
		}
	}
	for _, id := range dead {
		if err := buryDead(ctx, db, id); err != nil {
			return messages, err
		}
	}
	return messages, nil
}

// deadSessions are loads that say they run, or broke, and whose process is gone.
func deadSessions(ctx context.Context, db *store.Store) ([]uuid.UUID, error) {
	rows, err := db.Query(ctx, store.Statement{SQL: "SELECT id, host, pid, state FROM loads FINAL WHERE purpose = 'nmap' AND state IN ('running', 'broken')"})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	me, err := os.Hostname()
	if err != nil {
		me = "unknown"
	}
	var out []uuid.UUID
	for rows.Next() {
		var id uuid.UUID
		var machine, state string
		var pid uint32
		if err := rows.Scan(&id, &machine, &pid, &state); err != nil {
			return nil, err
		}
		gone := machine == me && errors.Is(syscall.Kill(int(pid), 0), syscall.ESRCH)
		if state == "broken" || gone {
			out = append(out, id)
		}
	}
	return out, rows.Err()
}

func removeUnfinished(ctx context.Context, db *store.Store, client *hosts.Client, session uint64) (uint64, error) {
	s := strconv.FormatUint(session, 10)
	where := " WHERE bitAnd(id, 18446744069414584320) = " + s + " AND file NOT IN (SELECT file FROM scan_files WHERE bitAnd(file, 18446744069414584320) = " + s + ")"
	var n, orphans uint64
	err := db.QueryRow(ctx, store.Statement{SQL: "SELECT count() FROM scans" + where}).Scan(&n)
	if err != nil {
		return 0, err
	}
	t := db.Target()
	if n > 0 {
		if err := client.Remove(ctx, where, &tree.Params{}); err != nil {
			return 0, err
		}
	}
	// scripts are stored before their hosts
	lost := "bitAnd(id, 18446744069414584320) = " + s + " AND id NOT IN (SELECT id FROM scans WHERE bitAnd(id, 18446744069414584320) = " + s + ")"
	if err := db.QueryRow(ctx, store.Statement{SQL: "SELECT count() FROM scan_scripts WHERE " + lost}).Scan(&orphans); err != nil {
		return n, err
	}
	if orphans > 0 {
		err = db.Exec(ctx, store.Statement{SQL: "DELETE FROM " + t.Local("scan_scripts") + " " + t.On() + " WHERE " + lost})
	}
	return n, err
}

// buryDead notes that a dead load was taken care of.
func buryDead(ctx context.Context, db *store.Store, id uuid.UUID) error {
	sql := "INSERT INTO loads SELECT id, purpose, file, format, host, pid, 'failed', started, now64(3, 'UTC'), records, skipped, bad, if(message = '', 'the process ended', message) FROM loads FINAL WHERE id = {id:UUID}"
	return db.Exec(ctx, store.Statement{SQL: sql, Params: map[string]string{"id": id.String()}})
}
