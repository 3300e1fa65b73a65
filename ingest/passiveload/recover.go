package passiveload

import (
	"context"
	"fmt"

	"ivre/ingest/session"
	"ivre/sql/passive"
	"ivre/sql/store"
)

// Loaded returns the hashes of the files that were loaded for a sensor.
func Loaded(ctx context.Context, db *store.Store, sensor string) (map[[32]byte]bool, error) {
	return session.Hashes(ctx, db, store.Statement{
		SQL: "SELECT DISTINCT toString(sha256) FROM passive_files WHERE sensor = {sensor:String}", Params: map[string]string{"sensor": sensor},
	})
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
	dead, err := session.Dead(ctx, db, purpose, "broken", "interrupted")
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
		if err := session.Bury(ctx, db, id); err != nil {
			return messages, err
		}
	}
	return messages, nil
}
