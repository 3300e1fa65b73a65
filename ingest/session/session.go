// Package session keeps the table loads: which loads run, how they ended, and which of them ended without a word. It is
// for loads of many files; what became of each file is noted elsewhere.
package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"

	"ivre/sql/store"
)

// Session is one load. As long as its row says "running" and the process is gone, files may be in the database in part.
type Session struct {
	ID      uuid.UUID
	db      *store.Store
	purpose string
	started time.Time
}

// Start notes that a load begins. purpose is that of the records (nmap, passive).
func Start(ctx context.Context, db *store.Store, purpose string) (*Session, error) {
	s := &Session{ID: uuid.New(), db: db, purpose: purpose, started: time.Now()}
	if err := s.note(ctx, "running", 0, nil); err != nil {
		return nil, fmt.Errorf("noting the load: %w", err)
	}
	return s, nil
}

// End notes how the load ended, after so many records: failed is an error of storing, cause what ended the load early;
// both may be nil. It returns failed, or else the error of noting the end. A context that is over does not keep it.
func (s *Session) End(ctx context.Context, records uint64, failed, cause error) error {
	state := "done"
	switch {
	case failed != nil:
		state, cause = "broken", failed
	case errors.Is(cause, context.Canceled):
		state = "interrupted"
	case cause != nil:
		state = "failed"
	}
	if err := s.note(context.WithoutCancel(ctx), state, records, cause); err != nil && failed == nil {
		return fmt.Errorf("noting the end of the load: %w", err)
	}
	return failed
}

// note writes the row of the load as a whole.
func (s *Session) note(ctx context.Context, state string, records uint64, cause error) error {
	message := ""
	if cause != nil {
		message = cause.Error()
	}
	b, err := s.db.Conn().PrepareBatch(ctx, "INSERT INTO loads (id, purpose, host, pid, state, started, changed, records, message)")
	if err != nil {
		return err
	}
	if err := b.Append(s.ID, s.purpose, machine(), uint32(os.Getpid()), state, s.started, time.Now(), records, message); err != nil {
		return errors.Join(err, b.Abort())
	}
	return b.Send()
}

func machine() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}

// Dead returns the loads that say they run, and whose process on this machine is gone, and those that are in one of the
// other states, which are written as they are.
func Dead(ctx context.Context, db *store.Store, purpose string, others ...string) ([]uuid.UUID, error) {
	states := "'" + strings.Join(append(others, "running"), "', '") + "'"
	rows, err := db.Query(ctx, store.Statement{
		SQL:    "SELECT id, host, pid, state FROM loads FINAL WHERE purpose = {purpose:String} AND state IN (" + states + ")",
		Params: map[string]string{"purpose": purpose},
	})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	me := machine()
	var out []uuid.UUID
	for rows.Next() {
		var id uuid.UUID
		var host, state string
		var pid uint32
		if err := rows.Scan(&id, &host, &pid, &state); err != nil {
			return nil, err
		}
		gone := host == me && errors.Is(syscall.Kill(int(pid), 0), syscall.ESRCH)
		if state != "running" || gone {
			out = append(out, id)
		}
	}
	return out, rows.Err()
}

// Bury notes that a dead load was taken care of.
func Bury(ctx context.Context, db *store.Store, id uuid.UUID) error {
	sql := "INSERT INTO loads SELECT id, purpose, file, format, host, pid, 'failed', started, now64(3, 'UTC'), records, skipped, bad, if(message = '', 'the process ended', message) FROM loads FINAL WHERE id = {id:UUID}"
	return db.Exec(ctx, store.Statement{SQL: sql, Params: map[string]string{"id": id.String()}})
}

// Hashes returns the SHA-256 of files that a statement selects as texts.
func Hashes(ctx context.Context, db *store.Store, st store.Statement) (map[[32]byte]bool, error) {
	rows, err := db.Query(ctx, st)
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
