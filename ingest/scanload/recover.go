package scanload

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"ivre/ingest/session"
	"ivre/sql/hosts"
	"ivre/sql/store"
	"ivre/sql/tree"
)

// Loaded returns the hashes of the files that were loaded with a source and categories.
func Loaded(ctx context.Context, db *store.Store, source string, categories []string) (map[[32]byte]bool, error) {
	var p tree.Params
	sql := "SELECT DISTINCT toString(sha256) FROM scan_files WHERE source = " + p.Bind("String", source) +
		" AND categories = " + array(categories, &p)
	return session.Hashes(ctx, db, store.Statement{SQL: sql, Params: p.Values()})
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
	dead, err := session.Dead(ctx, db, purpose, "broken")
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
		if err := session.Bury(ctx, db, id); err != nil {
			return messages, err
		}
	}
	return messages, nil
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
