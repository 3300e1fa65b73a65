package passiveload

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"ivre/ingest/passive"
	"ivre/ingest/session"
	"ivre/sql/store"
)

// Options of a load.
type Options struct {
	Derive Deriver
	// FlushEvery bounds how long an observation waits to be stored (live input); 0: no bound.
	FlushEvery time.Duration
	// Warn is told what was wrong with an observation that is left out. It may be nil.
	Warn func(file string, err error)
}

// Loader stores the observations of any number of files. Several goroutines may each have a File open.
type Loader struct {
	db      *store.Store
	opt     Options
	session *session.Session
	number  uint64 // of the load, in the upper half; makes numbers of files
	files   atomic.Uint64
	seen    atomic.Uint64
	stored  atomic.Uint64

	queues  []chan *chunk // of the workers
	anyone  chan *chunk   // for a worker that is free
	spare   chan *chunk
	workers sync.WaitGroup
	seed    maphash.Seed

	mu    sync.Mutex
	ready []*File // stored as a whole, to be noted in the journal

	failed chan struct{} // closed at the first error
	once   sync.Once
	err    error
}

// chunk is what goes from a file's reader to a worker.
type chunk struct {
	file    *File
	records []passive.Record
	texts   []byte // of the records
}

// add appends a copy of a record.
func (c *chunk) add(r *passive.Record) *passive.Record {
	c.records = append(c.records, *r)
	own := &c.records[len(c.records)-1]
	for _, s := range [...]*string{&own.Recontype, &own.Source, &own.Sensor, &own.TargetVal, &own.Value} {
		start := len(c.texts)
		c.texts = append(c.texts, *s...)
		*s = view(c.texts[start:])
	}
	return own
}

// reset empties a chunk. Its memory stays, unless a few huge texts took it.
func (c *chunk) reset() {
	clear(c.records)
	c.records, c.file, c.texts = c.records[:0], nil, c.texts[:0]
	if cap(c.texts) > 2*chunkBytes {
		c.texts = nil
	}
}

// limits of a chunk
const (
	chunkRecords = 2048
	chunkBytes   = 4 << 20
)

// New starts a load and notes it in the table loads. Close must be called.
func New(ctx context.Context, db *store.Store, opt Options) (*Loader, error) {
	s, err := session.Start(ctx, db, purpose)
	if err != nil {
		return nil, err
	}
	workers := min(4, runtime.NumCPU())
	l := &Loader{
		db: db, opt: opt, session: s, spare: make(chan *chunk, 4*workers), seed: maphash.MakeSeed(), anyone: make(chan *chunk),
		failed: make(chan struct{}),
	}
	l.number = sessionNumber(s.ID)
	// A batch that was started is finished even when the user interrupts the load.
	send := context.WithoutCancel(ctx)
	for range workers {
		w := &worker{loader: l, jobs: make(chan *chunk, 1), table: NewTable(opt.Derive), files: map[*File]bool{}}
		l.queues = append(l.queues, w.jobs)
		l.workers.Add(1)
		go w.run(send)
	}
	return l, nil
}

// worker says which worker gets an observation: always the same one for the same observation, so that it is added up.
func (l *Loader) worker(r *passive.Record) int {
	h := maphash.String(l.seed, r.Value)
	if r.Addr.IsValid() {
		a := r.Addr.As16()
		h ^= (binary.LittleEndian.Uint64(a[8:]) ^ binary.LittleEndian.Uint64(a[:])) * 0x9e3779b97f4a7c15
	}
	return int(h >> 32 * uint64(len(l.queues)) >> 32)
}

// handOver gives a chunk to a worker, or to another one if that one waits for the database: what is added up in two places
// takes two rows, but a processor that waits is worse.
func (l *Loader) handOver(worker int, c *chunk) {
	select {
	case l.queues[worker] <- c:
		return
	default:
	}
	select {
	case l.queues[worker] <- c:
	case l.anyone <- c:
	}
}

// sessionNumber is the upper half of the numbers of a load's files.
func sessionNumber(id uuid.UUID) uint64 { return uint64(binary.BigEndian.Uint32(id[:4])|1<<31) << 32 }

// Records is how many observations were read so far. It may be called from any goroutine.
func (l *Loader) Records() uint64 { return l.seen.Load() }

// Stored is how many observations are in the database.
func (l *Loader) Stored() uint64 { return l.stored.Load() }

// Err is the first error of storing, nil if there was none.
func (l *Loader) Err() error {
	select {
	case <-l.failed:
		return l.err
	default:
		return nil
	}
}

func (l *Loader) fail(err error) {
	l.once.Do(func() {
		l.err = fmt.Errorf("storing observations: %w", err)
		close(l.failed)
	})
}

// Close stores what is left, notes the outcome and ends the workers. cause is what ended the load early, nil if
// nothing did. All files must be done. Close returns the first error of storing.
func (l *Loader) Close(ctx context.Context, cause error) error {
	for _, q := range l.queues {
		close(q)
	}
	l.workers.Wait()
	err := l.Err()
	if err == nil {
		err = l.noteReady(context.WithoutCancel(ctx))
	}
	return l.session.End(ctx, l.stored.Load(), err, cause)
}

const purpose = "passive"

// noteReady notes files that are stored as a whole.
func (l *Loader) noteReady(ctx context.Context) error {
	l.mu.Lock()
	files := l.ready
	l.ready = nil
	l.mu.Unlock()
	if len(files) == 0 {
		return nil
	}
	b, err := l.db.Conn().PrepareBatch(ctx, "INSERT INTO passive_files (file, sha256, name, format, sensor, loaded, records, ignored, bad, message)")
	if err != nil {
		return fmt.Errorf("noting the loaded files: %w", err)
	}
	for _, f := range files {
		message := ""
		if f.Err != nil {
			message = f.Err.Error()
		}
		if err := b.Append(f.number, f.Hash[:], f.info.Name, f.info.Format, f.info.Sensor, time.Now(), f.kept.Load(), f.ignored.Load(), f.bad.Load(), message); err != nil {
			return errors.Join(fmt.Errorf("noting the loaded files: %w", err), b.Abort())
		}
	}
	return b.Send()
}
