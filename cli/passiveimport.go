package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"ivre/ingest/input"
	"ivre/ingest/passive"
	"ivre/ingest/passivederive"
	"ivre/ingest/passiveload"
	"ivre/sql/store"
)

// passiveImport are the flags of the commands that load passive records.
type passiveImport struct {
	Files      []string `arg:"" optional:"" name:"file" help:"Files to load, compressed or not; none: standard input."`
	Sensor     string   `short:"s" placeholder:"NAME" help:"Name of the sensor."`
	IgnoreSpec string   `short:"i" placeholder:"FILE" help:"Rules for what to leave out: YAML or Python literals, with tables IGNORENETS (kinds of records, each with a list of networks or pairs of addresses) and NEVERIGNORE (kinds, each with sources that are always kept)."`
	Test       bool     `short:"t" help:"Store nothing; print the records as JSON, one per line."`
	Recursive  bool     `short:"r" help:"Load all files below the folders that are named."`
	Once       bool     `help:"Skip files that were loaded for this sensor before."`
	Bulk       bool     `hidden:"" help:"Without effect: all loads are bulk loads."`
	LocalBulk  bool     `hidden:"" help:"Without effect."`
	NoBulk     bool     `hidden:"" help:"Without effect."`

	// toTheEnd says that signals do not end the run, only the end of its input does.
	toTheEnd bool
}

// passiveReader reads one file to its end and gives its observations to add. bad is told of what cannot be read; an
// error of add is returned as it is.
type passiveReader func(ctx context.Context, in io.Reader, bad func(line uint64, err error), add func(*passive.Record) error) error

// passiveLoad is one run of such a command.
type passiveLoad struct {
	*passiveImport
	env    *env
	format string
	read   passiveReader
	derive passiveload.Deriver

	mu     sync.Mutex
	bar    *loadProgress
	failed int
	known  map[[32]byte]bool
	warned map[string]int // by file
}

// flushEvery is how long an observation from a pipe waits at most until it is stored.
const flushEvery = 2 * time.Second

// run loads the files.
func (c *passiveImport) run(e *env, format string, read passiveReader) error {
	derive, err := e.deriver(c.IgnoreSpec)
	if err != nil {
		return err
	}
	l := &passiveLoad{passiveImport: c, env: e, format: format, read: read, derive: derive, warned: map[string]int{}}
	derive.Warn = func(msg string) { l.warn("observation", 0, errors.New(msg)) }
	if len(c.Files) == 0 {
		c.Files = []string{input.Stdin}
	}
	ctx, stop := context.Background(), func() {}
	if !c.toTheEnd {
		ctx, stop = e.interruptible()
	}
	defer stop()
	if c.Test {
		return l.test(ctx)
	}
	db, err := e.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := e.recover(ctx, db); err != nil {
		return err
	}
	return l.load(ctx, db)
}

// deriver makes what turns observations into records. ignore is a file of rules; "" for none.
func (e *env) deriver(ignore string) (*passivederive.Deriver, error) {
	settings, err := e.config()
	if err != nil {
		return nil, err
	}
	say := func(msg string) { fmt.Fprintln(e.stderr, "ivre:", msg) }
	d := &passivederive.Deriver{BlacklistDomains: settings.DNSBlacklistDomains, Probes: e.fingerprints(say), Scanners: passivederive.DefaultScanners()}
	if d.BlacklistDomains == nil {
		d.BlacklistDomains = []string{} // none at all
	}
	if settings.NmapSharePath != "" {
		d.Scanners = passivederive.NewScanners()
		if err := d.Scanners.ReadNmap(settings.NmapSharePath); err != nil {
			say("scanners are not recognised by Nmap's probes: " + err.Error())
		}
	}
	d.Probes.WarnOnce(say)
	if ignore != "" {
		if d.Ignore, err = passivederive.LoadIgnore(ignore); err != nil {
			return nil, fmt.Errorf("--ignore-spec: %w", err)
		}
	}
	return d, nil
}

// warn reports what could not be read, up to a number per file.
func (l *passiveLoad) warn(name string, line uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.warned[name]++
	n := l.warned[name]
	if n > maxWarnings {
		return
	}
	if l.bar != nil {
		l.bar.clear()
	}
	if line > 0 {
		name = fmt.Sprintf("%s, line %d", name, line)
	}
	fmt.Fprintf(l.env.stderr, "ivre: %s: %v\n", name, err)
	if n == maxWarnings {
		fmt.Fprintln(l.env.stderr, "ivre: further such lines are only counted")
	}
}

// test prints the records.
func (l *passiveLoad) test(ctx context.Context) error {
	out := bufio.NewWriterSize(l.env.stdout, 64<<10)
	table := passiveload.NewTable(l.derive)
	var buf []byte
	print := func() error {
		err := table.Each(func(r *passive.Record, stored string) error {
			buf = append(passive.AppendStored(buf[:0], r, stored), '\n')
			_, err := out.Write(buf)
			return err
		})
		table.Reset()
		return errors.Join(err, out.Flush())
	}
	for name, err := range l.names() {
		if err == nil {
			err = l.readFile(ctx, name, func(r *passive.Record) error {
				r.Sensor = l.Sensor
				if _, err := table.Add(r, 0); err != nil {
					l.warn(name, 0, err)
				}
				if table.Full() {
					return print()
				}
				return nil
			}, func(line uint64, err error) { l.warn(name, line, err) }, nil)
		}
		if err != nil {
			l.complain(name, err)
		}
	}
	return errors.Join(print(), l.status())
}

func (l *passiveLoad) names() func(func(string, error) bool) {
	return input.Files(l.Files, l.Recursive)
}

// readFile reads a file; opened is called with it before, and may be nil.
func (l *passiveLoad) readFile(ctx context.Context, name string, add func(*passive.Record) error, bad func(uint64, error), opened func(*input.File)) error {
	in, err := input.Open(ctx, name, input.Options{Stdin: l.env.stdin})
	if errors.Is(err, input.ErrEmpty) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	if opened != nil {
		opened(in)
	}
	return l.read(ctx, in, bad, add)
}

func (l *passiveLoad) complain(name string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed++
	if l.bar != nil {
		l.bar.clear()
	}
	if errors.Is(err, os.ErrNotExist) {
		err = errors.New("the file does not exist")
	}
	fmt.Fprintf(l.env.stderr, "ivre: %s: %v\n", name, err)
}

func (l *passiveLoad) status() error {
	if l.failed > 0 {
		return &exitStatus{code: 1}
	}
	return nil
}

// load stores the files, several at once.
func (l *passiveLoad) load(ctx context.Context, db *store.Store) error {
	defer leanMemory()()
	var err error
	if l.Once {
		if l.known, err = passiveload.Loaded(ctx, db, l.Sensor); err != nil {
			return err
		}
	}
	opt := passiveload.Options{Derive: l.derive, Warn: func(file string, err error) { l.warn(file, 0, err) }}
	if len(l.Files) == 1 && l.Files[0] == input.Stdin {
		opt.FlushEvery = flushEvery
	}
	loader, err := passiveload.New(ctx, db, opt)
	if err != nil {
		return err
	}
	l.bar = l.env.newLoadProgress(sizes(l.Files), loader.Records)
	err = l.all(ctx, loader)
	l.bar.close()
	if cerr := loader.Close(ctx, err); cerr != nil {
		err = errors.Join(err, cerr)
	}
	if err != nil {
		fmt.Fprintf(l.env.stderr, "ivre: %d observations stored; what is in of files that were not finished is taken back by the next load\n", loader.Stored())
		return err
	}
	fmt.Fprintf(l.env.stderr, "ivre: %d observations stored\n", loader.Stored())
	return l.status()
}

// all reads the files, as many at once as there are processors.
func (l *passiveLoad) all(ctx context.Context, loader *passiveload.Loader) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	names := make(chan string)
	var readers sync.WaitGroup
	for range min(runtime.NumCPU(), max(1, len(l.Files)+boolInt(l.Recursive)*8)) {
		readers.Go(func() {
			for name := range names {
				if err := l.one(ctx, loader, name); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
feed:
	for name, err := range l.names() {
		if err != nil {
			l.complain(name, err)
			continue
		}
		select {
		case names <- name:
		case <-ctx.Done():
			break feed
		}
	}
	close(names)
	readers.Wait()
	return context.Cause(ctx)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// addError tells errors of storing from those of a file.
type addError struct{ error }

// one loads a file. The error is one that ends the run: of storing, or an interruption.
func (l *passiveLoad) one(ctx context.Context, loader *passiveload.Loader, name string) error {
	info := passiveload.FileInfo{Name: name, Format: l.format, Sensor: l.Sensor, Stream: name == input.Stdin}
	var hash func() ([32]byte, error)
	switch {
	case info.Stream:
	case l.Once:
		hash = sync.OnceValues(func() ([32]byte, error) { return hashOf(ctx, name) })
		sum, err := hash()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			l.complain(name, err)
			return nil
		}
		if l.skip(sum) {
			fmt.Fprintf(l.env.stderr, "ivre: %s: already loaded; skipped\n", name)
			return nil
		}
	default: // nobody asks for it before the file is in
		hash = later(func() ([32]byte, error) { return hashOf(ctx, name) })
	}
	f := loader.Open(info)
	err := l.readFile(ctx, name, func(r *passive.Record) error {
		if err := f.Add(r); err != nil {
			return addError{err}
		}
		return nil
	}, func(line uint64, err error) {
		f.Bad()
		l.warn(name, line, err)
	}, l.bar.file)
	var storing addError
	ended := errors.As(err, &storing) || ctx.Err() != nil
	if err != nil && !ended {
		l.complain(name, err)
		f.Err = err
	}
	if hash != nil && !ended {
		sum, err := hash()
		if err != nil && f.Err == nil {
			l.complain(name, fmt.Errorf("its hash, for --once: %w", err))
			f.Err = err
		}
		f.Hash = sum
	}
	return errors.Join(ctx.Err(), f.Done(!ended))
}

// later starts f and returns what waits for its results.
func later[T any](f func() (T, error)) func() (T, error) {
	get := sync.OnceValues(f)
	go get()
	return get
}

// skip tells whether a file was loaded before, or is being loaded.
func (l *passiveLoad) skip(hash [32]byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if hash == ([32]byte{}) { // a pipe
		return false
	}
	known := l.known[hash]
	l.known[hash] = true
	return known
}

// hashOf is the SHA-256 of a file; zero for what is no regular file, which can be read only once.
func hashOf(ctx context.Context, path string) (sum [32]byte, err error) {
	if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
		return sum, err
	}
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	return input.Hash(ctx, f)
}
