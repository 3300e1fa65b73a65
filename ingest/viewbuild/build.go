package viewbuild

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"ivre/ingest/fingerprint"
	"ivre/ingest/host"
	"ivre/ingest/viewmerge"
	"ivre/sql/hosts"
	"ivre/sql/passive"
	"ivre/sql/store"
	"ivre/sql/tree"
)

// Options of a run.
type Options struct {
	// Update takes only addresses of which something changed since the last full run or update.
	Update bool
	// Files takes only addresses in these scan files (see scans.file); nil: no such restriction.
	Files []uint64
	// Scans and Passive tell which sources to take. If not both, or if there are conditions, what they give is merged
	// with what the view holds.
	Scans, Passive         bool
	ScansCond, PassiveCond tree.Cond // nil: all
	Category               string    // put into every record; "" for none
	NoMerge                bool      // store each record by itself
	Workers                int       // 0: one per processor
	Finish                 viewmerge.FinishOptions
	Fingerprints           *fingerprint.DB
	// Warn is told of records that cannot be used. It may be nil, and is called by several goroutines.
	Warn func(string)
	// Test takes the records instead of the database. It is called by one goroutine at a time.
	Test func(*host.Host) error
	// Progress is told how many addresses were merged, and of how many. It may be nil; it is called by several
	// goroutines.
	Progress func(done, of uint64)
}

// Result says what a run did.
type Result struct {
	Addresses uint64 // that were looked at
	Changed   uint64 // records that were stored
}

// builder is one run.
type builder struct {
	Options
	db      *store.Store
	started time.Time
	since   time.Time // of what counts as changed; zero: everything
	// wheres are conditions in SQL on the rows of the sources, empty for all.
	scansConds, passiveConds []string
	params                   tree.Params
	// onTop tells to merge with what the view holds.
	onTop bool

	of            uint64
	done, changed atomic.Uint64
	testing       sync.Mutex
}

// margin is how long before the start of the last run changes count: rows appear some time after they were stamped.
const margin = 15 * time.Minute

// Build makes the view, or a part of it.
func Build(ctx context.Context, db *store.Store, opt Options) (Result, error) {
	b := &builder{Options: opt, db: db, started: time.Now().UTC().Truncate(time.Microsecond)}
	if err := b.prepare(ctx); err != nil {
		return Result{}, err
	}
	client := hosts.New(db, hosts.View)
	if opt.Test == nil {
		if err := b.cleanUp(ctx, client); err != nil {
			return Result{}, err
		}
	}
	unsettled, err := b.unsettled(ctx)
	if err != nil {
		return Result{}, err
	}
	err = b.run(ctx)
	res := Result{b.done.Load(), b.changed.Load()}
	if opt.Test != nil {
		return res, err
	}
	// What is in is right, even if the run was interrupted: the numbers of values must follow.
	after := context.WithoutCancel(ctx)
	if res.Changed > 0 || unsettled {
		if ferr := b.settle(after, client, err == nil); ferr != nil {
			return res, errors.Join(err, ferr)
		}
	}
	if err == nil {
		err = b.note(after, res)
	}
	return res, err
}

// prepare finds out what is to be done.
func (b *builder) prepare(ctx context.Context) (err error) {
	if b.Workers <= 0 {
		b.Workers = runtime.NumCPU()
	}
	if b.Test != nil {
		b.Workers = 1
	}
	b.onTop = !b.Scans || !b.Passive || b.ScansCond != nil || b.PassiveCond != nil || b.Category != "" || b.NoMerge
	if b.scansConds, err = hosts.Scans.Conditions(b.ScansCond, &b.params); err != nil {
		return err
	}
	if b.passiveConds, err = passive.Conditions(b.PassiveCond, &b.params); err != nil {
		return err
	}
	if b.Update || b.Files != nil {
		if b.onTop {
			return errors.New("an update takes everything that changed: it goes with no filter, source, or category")
		}
	}
	if b.Update {
		if b.since, err = b.lastRun(ctx); err != nil {
			return err
		}
	}
	if b.Warn == nil {
		b.Warn = func(string) {}
	}
	return nil
}

// lastRun is the time from which on changes have to be looked at; zero if there was no run yet.
func (b *builder) lastRun(ctx context.Context) (t time.Time, err error) {
	var n uint64
	err = b.db.QueryRow(ctx, store.Statement{SQL: "SELECT count(), max(started) FROM view_runs WHERE kind IN ('full', 'update')"}).Scan(&n, &t)
	if err != nil || n == 0 {
		return time.Time{}, err
	}
	return t.Add(-margin), nil
}

// run merges all chunks.
func (b *builder) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if err := b.countAddresses(ctx); err != nil {
		return err
	}
	chunks := make(chan chunk)
	var workers sync.WaitGroup
	for range b.Workers {
		workers.Go(func() {
			w := &worker{builder: b, version: uint64(b.started.UnixMicro())}
			for c := range chunks {
				if err := w.merge(ctx, c); err != nil {
					cancel(err)
				}
			}
			if err := w.store(ctx); err != nil {
				cancel(err)
			}
		})
	}
	err := b.chunks(ctx, func(c chunk) error {
		select {
		case chunks <- c:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	close(chunks)
	workers.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// cleanUp finishes what an interrupted deletion has left.
func (b *builder) cleanUp(ctx context.Context, client *hosts.Client) error {
	_, err := client.FinishRemoval(ctx)
	return err
}

// unsettled tells whether a run before stored records and did not come to its end.
func (b *builder) unsettled(ctx context.Context) (unsettled bool, err error) {
	sql := "SELECT max(version) > (SELECT toUInt64(max(toUnixTimestamp64Micro(started))) FROM view_runs) FROM view_versions"
	err = b.db.QueryRow(ctx, store.Statement{SQL: sql}).Scan(&unsettled)
	return unsettled, err
}

// dropScripts removes the scripts of records that are not in the view any more.
func (b *builder) dropScripts(ctx context.Context) error {
	const stale = "id NOT IN (SELECT id FROM views)"
	var n uint64
	if err := b.db.QueryRow(ctx, store.Statement{SQL: "SELECT count() FROM view_scripts WHERE " + stale}).Scan(&n); err != nil || n == 0 {
		return err
	}
	t := b.db.Target()
	return b.db.Exec(ctx, store.Statement{SQL: "DELETE FROM " + t.Local("view_scripts") + " " + t.On() + " WHERE " + stale})
}

// settle brings what is derived from the records up to date. whole says that the run came to its end.
func (b *builder) settle(ctx context.Context, client *hosts.Client, whole bool) error {
	if whole && !b.Update && b.Files == nil { // older versions and their scripts cost every question a little
		if err := b.dropScripts(ctx); err != nil {
			return fmt.Errorf("removing results of scripts that are not current: %w", err)
		}
		t := b.db.Target()
		if err := b.db.Exec(ctx, store.Statement{SQL: "OPTIMIZE TABLE " + t.Local("view_versions") + " " + t.On() + " FINAL"}); err != nil {
			return fmt.Errorf("merging versions: %w", err)
		}
	}
	return client.RebuildTops(ctx)
}

// note writes down that the run came to its end.
func (b *builder) note(ctx context.Context, res Result) error {
	kind := "full"
	switch {
	case b.Update:
		kind = "update"
	case b.onTop || b.Files != nil:
		kind = "part"
	}
	batch, err := b.db.Conn().PrepareBatch(ctx, "INSERT INTO view_runs (started, ended, kind, hosts)")
	if err != nil {
		return err
	}
	if err := batch.Append(b.started, time.Now(), kind, res.Changed); err != nil {
		return errors.Join(err, batch.Abort())
	}
	return batch.Send()
}
