package passiveload

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// worker adds up the observations that it gets, and sends them as the blocks of long inserts: the engine makes large
// parts of these, which leaves it less to merge.
type worker struct {
	loader *Loader
	jobs   chan *chunk
	table  *Table
	files  map[*File]bool // that have observations here which are not stored
	raw    uint64         // these observations
	oldest time.Time      // when the first of them came
	insert driver.Batch   // nil if none is open
	rows   int            // that were sent in it
	bytes  int
}

// limits of what is added up before it is sent, of what is sent at once, and of what is sent before it is stored
const (
	batchRows   = 1 << 18
	batchBytes  = 40 << 20
	blockRows   = 1 << 13
	insertRows  = 1 << 20
	insertBytes = 256 << 20
)

// insertTime is how long an insert is open at most: the engine takes a connection that says nothing for minutes for dead.
const insertTime = time.Minute

func (w *worker) run(ctx context.Context) {
	l := w.loader
	defer l.workers.Done()
	wait := insertTime
	if l.opt.FlushEvery > 0 {
		wait = l.opt.FlushEvery / 4
	}
	tick := time.NewTicker(max(wait/4, time.Millisecond))
	defer tick.Stop()
	// Columns of few different texts are sent as they are: the engine numbers them faster than the driver does.
	// And an insert is one part of each table: it is stored as a whole or not at all.
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
		"low_cardinality_allow_in_native_format": 0, "min_insert_block_size_rows": 0, "min_insert_block_size_bytes": 8 * insertBytes,
	}))
	for {
		select {
		case c, more := <-w.jobs:
			if !more {
				w.store(ctx)
				return
			}
			w.load(ctx, c)
		case c := <-w.loader.anyone:
			w.load(ctx, c)
		case <-tick.C:
			if w.raw > 0 && time.Since(w.oldest) >= wait {
				w.store(ctx)
			}
		}
	}
}

// load takes a chunk, and stores what there is if it is enough.
func (w *worker) load(ctx context.Context, c *chunk) {
	w.take(c)
	if !w.table.Full() {
		return
	}
	w.send(ctx)
	if w.rows >= insertRows {
		w.store(ctx)
	}
}

// take adds a chunk to the table. Once the load has failed, nothing more is stored, and no file is whole.
func (w *worker) take(c *chunk) {
	f := c.file
	failed := w.loader.Err() != nil
	if !failed {
		if w.raw == 0 {
			w.oldest = time.Now()
		}
		w.add(f, c)
		if !w.files[f] {
			w.files[f] = true
			f.refs.Add(1)
		}
	}
	c.reset()
	select {
	case w.loader.spare <- c:
	default:
	}
	if !failed {
		f.release()
	}
}

// add adds up a chunk's observations.
func (w *worker) add(f *File, c *chunk) {
	w.raw += uint64(len(c.records))
	var stored, ignored, bad uint64
	for i := range c.records {
		kept, err := w.table.Add(&c.records[i], f.number)
		switch {
		case err != nil:
			bad++
			if w.loader.opt.Warn != nil {
				w.loader.opt.Warn(f.info.Name, err)
			}
		case kept:
			stored++
		default:
			ignored++
		}
	}
	f.kept.Add(stored)
	f.ignored.Add(ignored)
	f.bad.Add(bad)
}

// send sends the table's rows and empties it. They are stored when the insert is ended.
func (w *worker) send(ctx context.Context) {
	if w.loader.Err() == nil && w.table.Len() > 0 {
		if err := w.sendBlocks(ctx); err != nil {
			w.loader.fail(err)
		}
	}
	w.table.Reset()
}

func (w *worker) sendBlocks(ctx context.Context) (err error) {
	for from := 0; from < w.table.Len(); from += blockRows {
		if w.insert == nil {
			if w.insert, err = w.loader.db.Conn().PrepareBatch(ctx, insertEvents); err != nil {
				w.insert = nil
				return err
			}
		}
		to := min(from+blockRows, w.table.Len())
		bytes, err := w.table.write(w.insert, from, to)
		if err != nil {
			return fmt.Errorf("a column: %w", err)
		}
		if err := w.insert.Flush(); err != nil {
			return err
		}
		w.rows += to - from
		if w.bytes += bytes; w.bytes >= insertBytes {
			if err := w.end(); err != nil {
				return err
			}
		}
	}
	return nil
}

// store sends what is left and ends the insert: everything that was taken is then stored.
func (w *worker) store(ctx context.Context) {
	l := w.loader
	w.send(ctx)
	if err := w.end(); err != nil {
		l.fail(err)
	}
	if l.Err() == nil {
		l.stored.Add(w.raw)
		for f := range w.files {
			f.release()
		}
		if err := l.noteReady(ctx); err != nil {
			l.fail(err)
		}
	}
	clear(w.files)
	w.raw = 0
}

// end ends the open insert, if there is one. What a load that failed has sent is not stored.
func (w *worker) end() error {
	b := w.insert
	if b == nil {
		return nil
	}
	w.insert, w.rows, w.bytes = nil, 0, 0
	if err := w.loader.Err(); err != nil {
		if err := b.Abort(); !errors.Is(err, clickhouse.ErrBatchAlreadySent) {
			return err
		}
		return nil
	}
	return b.Send()
}
