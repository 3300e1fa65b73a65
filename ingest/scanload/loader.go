package scanload

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"

	"ivre/ingest/host"
	"ivre/ingest/session"
	"ivre/sql/store"
)

// Loader stores the records of any number of files. Several goroutines may each have a File open.
type Loader struct {
	db      *store.Store
	session *session.Session
	number  uint64 // of the load, in the upper half; makes numbers of files and records
	files   atomic.Uint64
	records atomic.Uint64
	stored  atomic.Uint64

	jobs    chan *batch
	workers sync.WaitGroup
	pending sync.WaitGroup // batches that are not yet part of an insert

	mu    sync.Mutex
	open  []*batch // have room
	spare []*batch // empty
	ready []*File  // stored as a whole, to be noted in the journal

	failed chan struct{} // closed at the first error
	once   sync.Once
	err    error
}

// New starts a load and notes it in the table loads. Close must be called.
func New(ctx context.Context, db *store.Store) (*Loader, error) {
	s, err := session.Start(ctx, db, purpose)
	if err != nil {
		return nil, err
	}
	workers := min(4, runtime.NumCPU())
	l := &Loader{
		db: db, session: s, jobs: make(chan *batch), failed: make(chan struct{}),
	}
	l.number = sessionNumber(s.ID)
	// A batch that was started is finished even when the user interrupts the load.
	send := context.WithoutCancel(ctx)
	for range workers {
		w := &worker{loader: l}
		l.workers.Add(1)
		go w.run(send)
	}
	return l, nil
}

const purpose = "nmap"

// sessionNumber is the upper half of the numbers of a load's files and records.
func sessionNumber(id uuid.UUID) uint64 { return uint64(binary.BigEndian.Uint32(id[:4])) << 32 }

// Records is how many records were read so far. It may be called from any goroutine.
func (l *Loader) Records() uint64 { return l.records.Load() }

// Stored is how many records are in the database.
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
		l.err = fmt.Errorf("storing hosts: %w", err)
		close(l.failed)
	})
}

// take returns a batch with room.
func (l *Loader) take() *batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, list := range []*[]*batch{&l.open, &l.spare} {
		if n := len(*list); n > 0 {
			b := (*list)[n-1]
			*list = (*list)[:n-1]
			return b
		}
	}
	return &batch{}
}

// give takes a batch back: it is stored if it is full.
func (l *Loader) give(b *batch) error {
	if b.full() {
		return l.enqueue(b)
	}
	l.mu.Lock()
	l.open = append(l.open, b)
	l.mu.Unlock()
	return nil
}

// enqueue waits for a free worker: this is what slows the parsers down to the database's pace.
func (l *Loader) enqueue(b *batch) error {
	l.pending.Add(1)
	l.jobs <- b
	return l.Err()
}

// worker sends batches as the blocks of long inserts: the engine makes large parts of them, however small the
// batches, which leaves it less to merge.
type worker struct {
	loader         *Loader
	hosts, scripts driver.Batch
	bytes, rows    int
	files          []*File
}

// limits of what is sent before an insert is ended, which stores it
const (
	insertBytes = 512 << 20
	insertRows  = 1 << 20
)

func (w *worker) run(ctx context.Context) {
	defer w.loader.workers.Done()
	for b := range w.loader.jobs {
		if err := w.send(ctx, b); err != nil {
			w.loader.fail(err)
		}
		w.loader.recycle(b)
		w.loader.pending.Done()
	}
	if err := w.commit(); err != nil {
		w.loader.fail(err)
	}
}

func (l *Loader) recycle(b *batch) {
	b.reset()
	l.mu.Lock()
	l.spare = append(l.spare, b)
	l.mu.Unlock()
}

func (w *worker) send(ctx context.Context, b *batch) error {
	if w.loader.Err() != nil {
		return nil // the load has failed: nothing more is stored
	}
	w.files = append(w.files, b.files...)
	if len(b.scripts.id.items) > 0 {
		if err := w.block(ctx, &w.scripts, "scan_scripts", b.scripts.columns()); err != nil {
			return err
		}
	}
	if err := w.block(ctx, &w.hosts, "scans", b.hosts.columns()); err != nil {
		return err
	}
	w.bytes += b.bytes
	w.rows += b.rows()
	if w.bytes >= insertBytes || w.rows >= insertRows {
		return w.commit()
	}
	return nil
}

func (w *worker) block(ctx context.Context, to *driver.Batch, table string, columns []named) error {
	if *to == nil {
		b, err := w.loader.db.Conn().PrepareBatch(ctx, insert(table, columns))
		if err != nil {
			return err
		}
		*to = b
	}
	var err error
	for i, c := range columns {
		if err = c.column.write((*to).Column(i)); err != nil {
			err = fmt.Errorf("column %s: %w", c.name, err)
			break
		}
	}
	if err == nil {
		err = (*to).Flush()
	}
	if err != nil {
		b := *to
		*to = nil
		return errors.Join(err, b.Abort())
	}
	return nil
}

// commit stores what was sent: the scripts first, so that a record that is there has its scripts.
func (w *worker) commit() error {
	for _, b := range []*driver.Batch{&w.scripts, &w.hosts} {
		if *b == nil {
			continue
		}
		open := *b
		*b = nil
		if w.loader.Err() != nil {
			return open.Abort()
		}
		if err := open.Send(); err != nil {
			return err
		}
	}
	w.loader.stored.Add(uint64(w.rows))
	files := w.files
	w.files, w.bytes, w.rows = nil, 0, 0
	return w.loader.storedIn(files)
}

// storedIn notes that one batch of each of the files is stored.
func (l *Loader) storedIn(files []*File) error {
	for _, f := range files {
		f.release()
	}
	l.mu.Lock()
	ready := l.ready
	l.ready = nil
	l.mu.Unlock()
	return l.journal(context.Background(), ready)
}

// Close stores what is left, notes the outcome and ends the workers. cause is what ended the load early, nil if
// nothing did. All files must be done. Close returns the first error of storing.
func (l *Loader) Close(ctx context.Context, cause error) error {
	l.mu.Lock()
	open := l.open
	l.open = nil
	l.mu.Unlock()
	for _, b := range open {
		if b.rows() > 0 {
			l.pending.Add(1)
			l.jobs <- b
		}
	}
	close(l.jobs)
	l.workers.Wait()
	err := l.Err()
	if err == nil {
		err = l.storedIn(nil)
	}
	return l.session.End(ctx, l.stored.Load(), err, cause)
}

// journal notes files that are stored as a whole.
func (l *Loader) journal(ctx context.Context, files []*File) error {
	if len(files) == 0 {
		return nil
	}
	b, err := l.db.Conn().PrepareBatch(ctx, "INSERT INTO scan_files (file, sha256, name, format, source, categories, loaded, hosts, stored, skipped, message)")
	if err != nil {
		return fmt.Errorf("noting the loaded files: %w", err)
	}
	for _, f := range files {
		skipped := make([][]any, 0, len(f.Skipped))
		for _, s := range f.Skipped {
			skipped = append(skipped, []any{s.Reason, s.Count})
		}
		message := ""
		if f.Err != nil {
			message = f.Err.Error()
		}
		err := b.Append(f.number, f.info.Hash[:], f.info.Name, f.Format, f.info.Source, f.info.Categories, time.Now(), f.Hosts, f.Stored, skipped, message)
		if err != nil {
			return errors.Join(fmt.Errorf("noting the loaded files: %w", err), b.Abort())
		}
	}
	return b.Send()
}

// File takes the records of one file. Its methods are called by one goroutine; the exported fields count what became
// of the file's hosts and may be changed until Done.
type File struct {
	loader *Loader
	info   FileInfo
	number uint64
	batch  *batch
	refs   atomic.Int64 // batches that are not stored, and one for the file that is not done

	Format  string // what the file was recognised as
	Hosts   uint64 // hosts in the file
	Stored  uint64 // hosts given to the loader
	Skipped []Skip // hosts left out
	Err     error  // what was wrong with the file, though some of it was read
}

// Skip counts what was left out for one reason.
type Skip struct {
	Reason string
	Count  uint64
}

// FileInfo says what is loaded and how.
type FileInfo struct {
	Name       string
	Hash       [32]byte // SHA-256 of its content
	Source     string
	Categories []string
}

// Open starts a file. Done must be called.
func (l *Loader) Open(info FileInfo) *File {
	f := &File{loader: l, info: info, number: l.number | l.files.Add(1)}
	f.refs.Store(1)
	return f
}

// Host takes a record; it may be reused after that.
func (f *File) Host(h *host.Host) error {
	if f.batch == nil {
		f.batch = f.loader.take()
		f.batch.files = append(f.batch.files, f)
		f.refs.Add(1)
	}
	f.batch.add(h, f.loader.number|f.loader.records.Add(1)&0xffffffff, f.number)
	f.Stored++
	if f.batch.full() {
		b := f.batch
		f.batch = nil
		return f.loader.enqueue(b)
	}
	return nil
}

// Number is the number of the file, as in scans.file.
func (f *File) Number() uint64 { return f.number }

// Skip counts a host that is left out.
func (f *File) Skip(reason string, n uint64) {
	if n == 0 {
		return
	}
	for i := range f.Skipped {
		if f.Skipped[i].Reason == reason {
			f.Skipped[i].Count += n
			return
		}
	}
	f.Skipped = append(f.Skipped, Skip{reason, n})
}

// Done ends the file. keep tells to note it in the journal once all of it is stored: a file that is not noted can be
// loaded again.
func (f *File) Done(keep bool) error {
	var err error
	if f.batch != nil {
		err = f.loader.give(f.batch)
		f.batch = nil
	}
	if keep {
		f.release()
	}
	return err
}

func (f *File) release() {
	if f.refs.Add(-1) == 0 {
		f.loader.mu.Lock()
		f.loader.ready = append(f.loader.ready, f)
		f.loader.mu.Unlock()
	}
}
