package passiveload

import (
	"sync"
	"sync/atomic"
	"time"

	"ivre/ingest/passive"
)

// FileInfo says what is loaded.
type FileInfo struct {
	Name   string
	Format string
	Sensor string // put into every observation
	// KeepSensor leaves the sensors as the observations have them.
	KeepSensor bool
	// Stream says that this is no file that could be loaded again: what was stored of it stays even if the load is
	// interrupted.
	Stream bool
}

// File takes the observations of one file. Its methods are called by one goroutine.
type File struct {
	loader *Loader
	info   FileInfo
	number uint64
	refs   atomic.Int64 // what is not stored of it, and one for the file that is not done

	mu     sync.Mutex
	chunks []*chunk      // for each worker; nil if there is nothing for it
	began  time.Time     // when the first observation came that is in the chunks; only kept with FlushEvery
	ended  chan struct{} // closed by Done

	kept, ignored, bad atomic.Uint64

	// Hash is the SHA-256 of the file's content, zero for a stream. To be set before Done.
	Hash [32]byte
	// Err is what was wrong with the file, though some of it was read. To be set before Done.
	Err error
}

// Open starts a file. Done must be called.
func (l *Loader) Open(info FileInfo) *File {
	f := &File{loader: l, info: info, chunks: make([]*chunk, len(l.queues)), ended: make(chan struct{})}
	if !info.Stream {
		f.number = l.number | l.files.Add(1)
	}
	f.refs.Store(1)
	if l.opt.FlushEvery > 0 {
		go f.handOn(l.opt.FlushEvery / 2)
	}
	return f
}

// handOn hands on what waits for too long, as the next observation may not come for hours.
func (f *File) handOn(after time.Duration) {
	t := time.NewTicker(after / 2)
	defer t.Stop()
	for {
		select {
		case <-f.ended:
			return
		case <-t.C:
			f.mu.Lock()
			if !f.began.IsZero() && time.Since(f.began) >= after {
				f.flush()
			}
			f.mu.Unlock()
		}
	}
}

// Add takes an observation; it and its texts may be reused after that, but not its Infos. An error is one of storing.
func (f *File) Add(r *passive.Record) error {
	l := f.loader
	if l.opt.FlushEvery > 0 { // else nobody else looks at the chunks
		f.mu.Lock()
		defer f.mu.Unlock()
	}
	worker := l.worker(r)
	c := f.chunks[worker]
	if c == nil {
		c = f.newChunk()
		f.chunks[worker] = c
	}
	last := c.add(r)
	if !f.info.KeepSensor {
		last.Sensor = f.info.Sensor
	}
	if last.Count == 0 {
		last.Count = 1
	}
	if len(c.records) == chunkRecords || len(c.texts) >= chunkBytes {
		f.handOver(worker)
		return l.Err()
	}
	return nil
}

func (f *File) newChunk() *chunk {
	var c *chunk
	select {
	case c = <-f.loader.spare:
	default:
		c = &chunk{records: make([]passive.Record, 0, chunkRecords)}
	}
	c.file = f
	f.refs.Add(1)
	if f.loader.opt.FlushEvery > 0 && f.began.IsZero() {
		f.began = time.Now()
	}
	return c
}

// handOver hands on what was gathered for a worker, without waiting until it is stored.
func (f *File) handOver(worker int) {
	if c := f.chunks[worker]; c != nil {
		f.loader.seen.Add(uint64(len(c.records)))
		f.loader.handOver(worker, c) // waits if no worker is free: this slows the parsers down to the database's pace
		f.chunks[worker] = nil
	}
}

// flush hands on everything.
func (f *File) flush() {
	for worker := range f.chunks {
		f.handOver(worker)
	}
	f.began = time.Time{}
}

// Bad counts a line that could not be read.
func (f *File) Bad() { f.bad.Add(1) }

// Counts are the observations of the file that are kept, that the rules say to ignore, and the lines and observations
// that could not be read. They are complete when the load was closed.
func (f *File) Counts() (kept, ignored, bad uint64) {
	return f.kept.Load(), f.ignored.Load(), f.bad.Load()
}

// Done ends the file. keep tells to note it in the journal once all of it is stored: what is in of a file that is not
// noted is removed when the load is over.
func (f *File) Done(keep bool) error {
	close(f.ended)
	f.mu.Lock()
	f.flush()
	f.mu.Unlock()
	if keep {
		f.release()
	}
	return f.loader.Err()
}

func (f *File) release() {
	if f.refs.Add(-1) == 0 && !f.info.Stream {
		f.loader.mu.Lock()
		f.loader.ready = append(f.loader.ready, f)
		f.loader.mu.Unlock()
	}
}
