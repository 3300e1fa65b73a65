package passiveload

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/google/uuid"

	"ivre/sql/passive"
	"ivre/sql/store"
)

// Loaded returns the hashes of the files that were loaded for a sensor.
func Loaded(ctx context.Context, db *store.Store, sensor string) (map[[32]byte]bool, error) {
	rows, err := db.Query(ctx, store.Statement{
		SQL: "SELECT DISTINCT toString(sha256) FROM passive_files WHERE sensor = {sensor:String}", Params: map[string]string{"sensor": sensor},
	})
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

// Recover repairs what an interrupted load, deletion or crash may have left behind: observations of files that were not
// loaded to their end are taken back, and derived tables are made anew if they do not agree with the observations. It
// costs two small queries when there is nothing to do. The messages say what was done.
func Recover(ctx context.Context, db *store.Store) (messages []string, err error) {
	client := passive.New(db)
	if unfinished, err := client.FinishChange(ctx); err != nil {
		return nil, err
	} else if unfinished {
		messages = append(messages, "finished a change of records that had been interrupted")
	}
	dead, err := deadSessions(ctx, db)
	if err != nil {
		return messages, err
	}
	if len(dead) > 0 || db.Unclean() {
		same, err := client.Agrees(ctx)
		if err == nil && !same {
			err = client.Rebuild(ctx)
			messages = append(messages, "made the records anew from the observations")
		}
		if err != nil {
			return messages, err
		}
	}
	for _, id := range dead {
		n, err := client.RemoveFiles(ctx, passive.OfSession(sessionNumber(id)))
		if err != nil {
			return messages, err
		}
		if n > 0 {
			messages = append(messages, fmt.Sprintf("took back %d observations of files whose load had been interrupted; load these files again", n))
		}
		if err := buryDead(ctx, db, id); err != nil {
			return messages, err
		}
	}
	return messages, nil
}

// deadSessions are loads that say they run, or broke, and whose process is gone; and those that were interrupted.
func deadSessions(ctx context.Context, db *store.Store) ([]uuid.UUID, error) {
	rows, err := db.Query(ctx, store.Statement{SQL: "SELECT id, host, pid, state FROM loads FINAL WHERE purpose = '" + purpose + "' AND state IN ('running', 'broken', 'interrupted')"})
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
		if state != "running" || gone {
			out = append(out, id)
		}
	}
	return out, rows.Err()
}

// buryDead notes that a dead load was taken care of.
func buryDead(ctx context.Context, db *store.Store, id uuid.UUID) error {
	sql := "INSERT INTO loads SELECT id, purpose, file, format, host, pid, 'failed', started, now64(3, 'UTC'), records, skipped, bad, if(message = '', 'the process ended', message) FROM loads FINAL WHERE id = {id:UUID}"
	return db.Exec(ctx, store.Statement{SQL: sql, Params: map[string]string{"id": id.String()}})
}
