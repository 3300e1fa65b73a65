package passiveload

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// worker adds up the observations that it gets, and stores them.
type worker struct {
	loader  *Loader
	table   *Table
	columns columns
	files   map[*File]bool // that have rows in the table
	raw     uint64         // observations that went into the table
	oldest  time.Time      // when the first of them came
}

// limits of what is added up before it is stored
const (
	batchRows  = 1 << 16
	batchBytes = 24 << 20
)

func (w *worker) run(ctx context.Context) {
	l := w.loader
	defer l.workers.Done()
	var tick <-chan time.Time
	if l.opt.FlushEvery > 0 {
		t := time.NewTicker(max(l.opt.FlushEvery/4, time.Millisecond))
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case c, more := <-l.jobs:
			if !more {
				w.store(ctx)
				return
			}
			w.take(c)
			if len(w.table.rows) >= batchRows || w.table.bytes >= batchBytes {
				w.store(ctx)
			}
		case <-tick:
			if w.raw > 0 && time.Since(w.oldest) >= l.opt.FlushEvery/4 {
				w.store(ctx)
			}
		}
	}
}

// take adds a chunk to the table.
func (w *worker) take(c *chunk) {
	f := c.file
	if w.loader.Err() == nil { // else the load has failed: nothing more is stored
		if w.raw == 0 {
			w.oldest = time.Now()
		}
		for i := range c.records {
			w.add(f, c, i)
		}
		if !w.files[f] {
			w.files[f] = true
			f.refs.Add(1)
		}
	}
	clear(c.records)
	c.records, c.file = c.records[:0], nil
	select {
	case w.loader.spare <- c:
	default:
	}
	f.release()
}

func (w *worker) add(f *File, c *chunk, i int) {
	w.raw++
	kept, err := w.table.Add(&c.records[i], f.number)
	switch {
	case err != nil:
		f.bad.Add(1)
		if w.loader.opt.Warn != nil {
			w.loader.opt.Warn(f.info.Name, err)
		}
	case kept:
		f.kept.Add(1)
	default:
		f.ignored.Add(1)
	}
}

// store sends the table's rows, in one insert, and empties it.
func (w *worker) store(ctx context.Context) {
	l := w.loader
	if l.Err() == nil && len(w.table.rows) > 0 {
		if err := w.send(ctx); err != nil {
			l.fail(err)
		}
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
	w.table.Reset()
	w.raw = 0
}

func (w *worker) send(ctx context.Context) error {
	b, err := w.loader.db.Conn().PrepareBatch(ctx, insertEvents)
	if err != nil {
		return err
	}
	w.columns.reset()
	w.columns.fill(w.table.rows)
	if err := w.columns.write(b); err != nil {
		return errors.Join(fmt.Errorf("a column: %w", err), b.Abort())
	}
	return b.Send()
}
