package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"ivre/config"
	"ivre/ingest/flow"
	"ivre/ingest/flowload"
	"ivre/ingest/input"
	"ivre/sql/flowstore"
	"ivre/sql/store"
)

// leanMemory has the garbage collector run more often until the function that it returns is called. What loads and the
// making of the view keep are mostly buffers that it need not look into, so that this takes little time, while the room
// that it would leave otherwise is as large as they are.
func leanMemory() (end func()) {
	old := debug.SetGCPercent(30)
	return func() { debug.SetGCPercent(old) }
}

// flowRun is one run of a command that loads flows: its files, what became of them, the clean-up.
type flowRun struct {
	env     *env
	ctx     context.Context
	config  *config.Config
	db      *store.Store
	loader  *flowload.Loader
	bar     *loadProgress
	current string // the file that is read
	files   int    // read to their end
	failed  int    // could not be read, or only in part
}

// reader reads one opened file into the sink and names the format that it found.
type reader func(ctx context.Context, f *input.File, sink flow.Sink) (format string, err error)

// loadFlows loads the files that names stand for (an error in place of a name is reported like that of
// a file) and then turns swapped flows round if that is wanted.
func (e *env) loadFlows(names func(func(string, error) bool), total int64, cleanup func() bool, read reader) error {
	ctx, stop := e.interruptible()
	defer stop()
	c, err := e.config()
	if err != nil {
		return err
	}
	db, err := e.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := e.recover(ctx, db); err != nil {
		return err
	}
	r := &flowRun{env: e, ctx: ctx, config: c, db: db}
	r.loader, err = flowload.New(ctx, db, flowload.Options{Slots: slotsOf(c)})
	if err != nil {
		return err
	}
	r.bar = e.newLoadProgress(total, r.loader.Seen)
	err = r.all(names, read)
	r.bar.close()
	if cerr := r.loader.Close(ctx, err); cerr != nil {
		err = cerr
		if ctx.Err() == nil {
			err = errors.Join(err, e.recover(ctx, db))
		}
	}
	r.summary(err)
	if err != nil {
		return err
	}
	if cleanup() {
		if err := e.cleanup(ctx, db); err != nil {
			return err
		}
	}
	if r.failed > 0 {
		return &exitStatus{code: 1}
	}
	return nil
}

// slotsOf turns the FLOW_TIME settings into what the loader needs.
func slotsOf(c *config.Config) flowload.Slots {
	if !c.FlowTime {
		return flowload.Slots{}
	}
	p := c.FlowTimePrecision
	return flowload.Slots{Seconds: uint32(p), Base: uint32((c.FlowTimeBase%p + p) % p), First: !c.FlowTimeFullRange}
}

func (r *flowRun) all(names func(func(string, error) bool), read reader) error {
	for name, err := range names {
		if err != nil {
			r.complain(name, err)
			continue
		}
		if err := r.one(name, read); err != nil {
			return err
		}
	}
	return nil
}

// one loads a file. Only what ends the whole run is returned: a storage error or an interruption.
func (r *flowRun) one(name string, read reader) error {
	in, err := input.Open(r.ctx, name, input.Options{Stdin: r.env.stdin})
	if err != nil {
		if r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		r.complain(name, err)
		return nil
	}
	defer in.Close()
	r.bar.file(in)
	r.current = in.Name()
	file := r.loader.Open(r.ctx, name)
	watched := &watchedSink{Sink: file.Sink()}
	format, err := read(r.ctx, in, watched)
	file.Done(format, err)
	for _, n := range file.Notes {
		r.say("%s: %s", in.Name(), n)
	}
	for _, b := range file.First {
		r.say("%s: %s", in.Name(), b)
	}
	if more := file.Bad - uint64(len(file.First)); more > 0 {
		r.say("%s: %d more bad records", in.Name(), more)
	}
	if err == nil {
		r.files++
		r.detail("%s: %s: %s", in.Name(), format, file.Summary())
		return nil
	}
	if watched.err != nil || r.ctx.Err() != nil {
		return errors.Join(watched.err, r.ctx.Err())
	}
	r.complain(in.Name(), err)
	if file.Records > 0 {
		r.say("%s: %s before that; they are stored", in.Name(), file.Summary())
	}
	return nil
}

// watchedSink remembers the sink's own error, which a parser returns like one of the file.
type watchedSink struct {
	flow.Sink
	err error
}

func (w *watchedSink) Event(e *flow.Event) error {
	err := w.Sink.Event(e)
	if err != nil {
		w.err = err
	}
	return err
}

func (w *watchedSink) Meta(m *flow.Meta) error {
	err := w.Sink.Meta(m)
	if err != nil {
		w.err = err
	}
	return err
}

func (r *flowRun) complain(name string, err error) {
	r.failed++
	if text := err.Error(); strings.Contains(text, name) {
		r.say("%s", text)
	} else {
		r.say("%s: %s", name, text)
	}
}

// say prints a message of the run without tearing the progress bar.
func (r *flowRun) say(format string, args ...any) {
	r.bar.clear()
	fmt.Fprintf(r.env.stderr, "ivre: "+format+"\n", args...)
}

func (r *flowRun) detail(format string, args ...any) {
	if r.env.flags.Verbose {
		r.say(format, args...)
	}
}

// summary says how much is in the database, however the run ended.
func (r *flowRun) summary(err error) {
	if r.files+r.failed == 0 && err == nil {
		return
	}
	files := fmt.Sprintf("%d files read", r.files)
	if r.files == 1 {
		files = "1 file read"
	}
	if r.failed > 0 {
		files += fmt.Sprintf(", %d with errors", r.failed)
	}
	if err != nil {
		files += fmt.Sprintf(", ended in the middle of %s", r.current)
	}
	fmt.Fprintf(r.env.stderr, "ivre: %s; %d records stored\n", files, r.loader.Stored())
}

// recoverFlows repairs what a crash may have left behind.
func (e *env) recoverFlows(ctx context.Context, db *store.Store) error {
	months, err := flowstore.Recover(ctx, db)
	if len(months) > 0 {
		fmt.Fprintf(e.stderr, "ivre: a load ended while records were being stored; the flow tables of %v were made consistent again\n", months)
	}
	return err
}

func (e *env) cleanup(ctx context.Context, db *store.Store) error {
	n, err := flowstore.Cleanup(ctx, db)
	if errors.Is(err, flowstore.ErrBusy) {
		fmt.Fprintf(e.stderr, "ivre: the clean-up of swapped flows was left out: %v\n", err)
		return nil
	}
	if err == nil {
		e.log.Debug("clean-up of swapped flows", "switched", n)
	}
	return err
}

// loadProgress shows how far a load is: bytes of the files, records, rate. Off a terminal it is silent.
type loadProgress struct {
	mu      sync.Mutex
	bar     *Progress
	seen    func() uint64
	current *input.File
	before  int64 // bytes of the files before
	shown   int64 // bytes told to the bar
	stop    chan struct{}
	ended   sync.WaitGroup
}

func (e *env) newLoadProgress(total int64, seen func() uint64) *loadProgress {
	p := &loadProgress{seen: seen, stop: make(chan struct{})}
	if _, ok := terminal(e.stderr); !ok {
		return p
	}
	p.bar = NewProgress(total, e.stderr)
	p.ended.Go(func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-p.stop:
				return
			case <-tick.C:
				p.show()
			}
		}
	})
	return p
}

func (p *loadProgress) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.before
	if p.current != nil {
		at += p.current.Consumed()
	}
	p.bar.Add(at - p.shown)
	p.bar.SetRecords(p.seen())
	p.shown = at
}

// file tells which file is read now.
func (p *loadProgress) file(f *input.File) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != nil && p.current.Size() > 0 {
		p.before += p.current.Size()
	}
	p.current = f
}

// clear makes room for a message.
func (p *loadProgress) clear() {
	if p.bar != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.bar.Clear()
	}
}

func (p *loadProgress) close() {
	close(p.stop)
	p.ended.Wait()
	if p.bar != nil {
		p.show()
		p.bar.Close()
	}
}

// sizes sums up the files that can be looked at, -1 if one of them can't.
func sizes(names []string) int64 {
	var total int64
	for _, n := range names {
		st, err := os.Stat(n)
		if err != nil || !st.Mode().IsRegular() {
			return -1
		}
		total += st.Size()
	}
	return total
}
