// Package flowload stores flow records: it gathers what the parsers emit into columnar batches and
// sends them over the native protocol, several at a time. It knows no file format, and nothing but
// the base tables flow_events and flow_metadata_events (the engine fills the others from these).
package flowload

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"

	"ivre/ingest/flow"
	"ivre/sql/store"
)

// Options of a load. The zero value of a number means its default.
type Options struct {
	Slots Slots
	// BatchRows is how many events make a batch (65,536). A batch takes about 100 bytes a row, and
	// Workers + 2 of them exist at once.
	BatchRows int
	// Workers is how many batches are sent at once (one per processor, at most 4).
	Workers int
	// FlushEvery bounds how long a record waits for its batch to fill (live input); 0: no bound.
	FlushEvery time.Duration
}

// Loader stores the records of any number of files. Its methods are called by one goroutine.
type Loader struct {
	db      *store.Store
	opt     Options
	session uuid.UUID
	started time.Time

	events  *eventBatch
	metas   *metaBatch
	oldest  time.Time // when the first record came that is not stored yet; only kept with FlushEvery
	jobs    chan job
	spare   chan *eventBatch
	crew    []*worker
	workers sync.WaitGroup
	pending sync.WaitGroup // batches on their way

	failed chan struct{} // closed at the first error
	once   sync.Once
	err    error
	seen   atomic.Uint64 // records read, roughly
	stored atomic.Uint64 // records known to be in the database
	done   []journalRow  // files read to their end, some of whose records are on their way
}

type job struct {
	events *eventBatch
	metas  *metaBatch
}

const maxMetaBytes, maxMetaRows = 16 << 20, 65536

// New starts a load and notes it in the table loads. Close must be called.
func New(ctx context.Context, db *store.Store, opt Options) (*Loader, error) {
	if opt.BatchRows == 0 {
		opt.BatchRows = 1 << 16
	}
	if opt.Workers == 0 {
		opt.Workers = min(4, runtime.NumCPU())
	}
	l := &Loader{
		db: db, opt: opt, session: uuid.New(), started: time.Now(), metas: &metaBatch{},
		jobs: make(chan job), spare: make(chan *eventBatch, opt.Workers+2), failed: make(chan struct{}),
	}
	if err := l.journal(ctx, l.sessionRow("running", nil)); err != nil {
		return nil, fmt.Errorf("noting the load: %w", err)
	}
	// A batch that was started is finished even when the user interrupts the load: what is in and what
	// is not can then be said exactly.
	sendCtx := context.WithoutCancel(ctx)
	for range opt.Workers {
		w := &worker{loader: l, commit: make(chan struct{})}
		l.crew = append(l.crew, w)
		l.workers.Add(1)
		go w.run(sendCtx)
	}
	return l, nil
}

// worker sends batches as the blocks of long inserts: the engine makes its parts of about a million
// rows, however small the batches, which leaves it far less to merge.
type worker struct {
	loader *Loader
	commit chan struct{} // asks to end the open inserts
	events insert
	metas  insert
}

// insert is an INSERT statement under way.
type insert struct {
	batch driver.Batch
	rows  int
}

// rowsPerInsert is how many rows are sent before an insert is ended, which stores them.
const rowsPerInsert = 1 << 20

func (w *worker) run(ctx context.Context) {
	l := w.loader
	defer l.workers.Done()
	for {
		select {
		case j, more := <-l.jobs:
			if !more {
				return
			}
			if err := w.send(ctx, j); err != nil {
				l.fail(err)
			}
			if j.events != nil {
				j.events.reset()
				select {
				case l.spare <- j.events:
				default:
				}
			}
		case <-w.commit:
			if err := errors.Join(w.end(&w.events), w.end(&w.metas)); err != nil {
				l.fail(err)
			}
		}
		l.pending.Done()
	}
}

func (w *worker) send(ctx context.Context, j job) error {
	if w.loader.errorNow() != nil {
		return nil // the load has failed: nothing more is stored
	}
	if j.events != nil {
		return w.block(ctx, &w.events, insertEvents, j.events)
	}
	return w.block(ctx, &w.metas, insertMetas, j.metas)
}

// columns is a batch of either kind.
type columns interface {
	rows() int
	write(driver.Batch, Slots) error
}

func (w *worker) block(ctx context.Context, in *insert, statement string, c columns) error {
	if in.batch == nil {
		b, err := w.loader.db.Conn().PrepareBatch(ctx, statement)
		if err != nil {
			return err
		}
		in.batch, in.rows = b, 0
	}
	err := c.write(in.batch, w.loader.opt.Slots)
	if err == nil {
		err = in.batch.Flush()
	}
	if err != nil {
		b := in.batch
		in.batch = nil
		return errors.Join(err, b.Abort())
	}
	in.rows += c.rows()
	if in.rows >= rowsPerInsert {
		return w.end(in)
	}
	return nil
}

// end stores what was sent.
func (w *worker) end(in *insert) error {
	if in.batch == nil {
		return nil
	}
	b := in.batch
	in.batch = nil
	if w.loader.errorNow() != nil {
		return b.Abort()
	}
	if err := b.Send(); err != nil {
		return err
	}
	w.loader.stored.Add(uint64(in.rows))
	return nil
}

func (l *Loader) fail(err error) {
	l.once.Do(func() {
		l.err = fmt.Errorf("storing records: %w", err)
		close(l.failed)
	})
}

// errorNow is the first storage error, if there was one.
func (l *Loader) errorNow() error {
	select {
	case <-l.failed:
		return l.err
	default:
		return nil
	}
}

// Seen is how many records were read so far, to the thousand. It may be called from any goroutine.
func (l *Loader) Seen() uint64 { return l.seen.Load() }

// Stored is how many records are in the database so far.
func (l *Loader) Stored() uint64 { return l.stored.Load() }

func (l *Loader) addEvent(e *flow.Event) error {
	if l.events == nil {
		select {
		case l.events = <-l.spare:
		default:
			l.events = newEventBatch(l.opt.BatchRows)
		}
	}
	l.touch()
	l.events.add(e)
	if l.events.rows() >= l.opt.BatchRows {
		return l.flushEvents()
	}
	return l.flushOld()
}

func (l *Loader) addMeta(m *flow.Meta) error {
	l.touch()
	l.metas.add(m)
	if l.metas.rows() >= maxMetaRows || l.metas.bytes >= maxMetaBytes {
		return l.flushMetas()
	}
	return l.flushOld()
}

func (l *Loader) touch() {
	if l.opt.FlushEvery > 0 && l.oldest.IsZero() {
		l.oldest = time.Now()
	}
}

func (l *Loader) flushOld() error {
	if l.oldest.IsZero() || time.Since(l.oldest) < l.opt.FlushEvery {
		return nil
	}
	return l.Flush()
}

func (l *Loader) flushEvents() error {
	if l.events == nil {
		return nil
	}
	j := job{events: l.events}
	l.events = nil
	return l.enqueue(j)
}

func (l *Loader) flushMetas() error {
	if l.metas.rows() == 0 {
		return nil
	}
	j := job{metas: l.metas}
	l.metas = &metaBatch{}
	return l.enqueue(j)
}

// enqueue waits for a free worker: this is what slows the parser down to the database's pace.
func (l *Loader) enqueue(j job) error {
	l.pending.Add(1)
	l.jobs <- j
	return l.errorNow()
}

// Flush stores everything that was read so far and waits until it is in the database.
func (l *Loader) Flush() error {
	err := errors.Join(l.flushEvents(), l.flushMetas())
	l.oldest = time.Time{}
	l.pending.Wait() // every batch is part of some insert now
	for _, w := range l.crew {
		l.pending.Add(1)
		w.commit <- struct{}{}
	}
	l.pending.Wait()
	if failure := l.errorNow(); failure != nil {
		return failure
	}
	return err
}

// Close stores what is left, notes the outcome in the table loads and ends the workers. cause is what
// ended the load early, nil if nothing did. Close returns the first storage error.
func (l *Loader) Close(ctx context.Context, cause error) error {
	err := l.Flush()
	close(l.jobs)
	l.workers.Wait()
	state := "done"
	switch {
	case err != nil:
		// Some batch may be in a base table and not in the tables made from it.
		state, cause = "broken", err
	case errors.Is(cause, context.Canceled):
		state = "interrupted"
	case cause != nil:
		state = "failed"
	}
	rows := l.done
	if err != nil {
		for i := range rows { // nobody knows which of them are whole
			rows[i].state, rows[i].message = "failed", err.Error()
		}
	}
	rows = append(slices.Clip(rows), l.sessionRow(state, cause)...)
	if jerr := l.journal(context.WithoutCancel(ctx), rows); jerr != nil && err == nil {
		err = fmt.Errorf("noting the end of the load: %w", jerr)
	}
	return err
}

// journalRow is a row of the table loads.
type journalRow struct {
	id                    uuid.UUID
	file, format, state   string
	started               time.Time
	records, skipped, bad uint64
	message               string
}

// sessionRow is the row of the load as a whole: as long as it says "running" and the process is gone,
// the tables may have been left in the middle of a batch.
func (l *Loader) sessionRow(state string, cause error) []journalRow {
	r := journalRow{id: l.session, state: state, started: l.started, records: l.stored.Load()}
	if cause != nil {
		r.message = cause.Error()
	}
	return []journalRow{r}
}

func (l *Loader) journal(ctx context.Context, rows []journalRow) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	b, err := l.db.Conn().PrepareBatch(ctx, "INSERT INTO loads (id, purpose, file, format, host, pid, state, started, changed, records, skipped, bad, message)")
	if err != nil {
		return err
	}
	for _, r := range rows {
		err := b.Append(r.id, "flow", r.file, r.format, host, uint32(os.Getpid()), r.state, r.started, time.Now(), r.records, r.skipped, r.bad, r.message)
		if err != nil {
			return errors.Join(err, b.Abort())
		}
	}
	return b.Send()
}
