package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"ivre/ingest/host"
	"ivre/ingest/hostjson"
	"ivre/ingest/input"
	"ivre/ingest/scanfile"
	"ivre/ingest/scanload"
	"ivre/sql/store"
)

type scan2dbCommand struct {
	Scans         []string `arg:"" optional:"" name:"scan" help:"Files to load, compressed or not."`
	Categories    string   `short:"c" placeholder:"CAT[,CAT...]" help:"Put the hosts in these categories."`
	Source        string   `short:"s" placeholder:"NAME" help:"Name of the place that the scan was made from."`
	Tags          string   `placeholder:"VALUE:TYPE:INFO[,...]" help:"Give the hosts tags. TYPE is info, warning or danger; INFO may be empty."`
	Test          bool     `short:"t" help:"Store nothing; print the hosts as JSON, one per line."`
	TestNormal    bool     `help:"Store nothing; print the hosts as text."`
	Ports         bool     `aliases:"port" help:"Keep only hosts with ports."`
	OpenPorts     bool     `help:"Keep only hosts with open ports."`
	MasscanProbes wordList `placeholder:"PROBE" help:"Names of the Nmap probes that Masscan was told to send (nmap-service-probes), or ike, ike-ipsec-nat-t, dicom. Ends at the next flag or at --."`
	ZgrabPort     int      `hidden:"" help:"Without effect: ZGrab's records are not read yet."`
	Recursive     bool     `short:"r" help:"Load all files below the folders that are named."`
	Again         bool     `help:"Load files again that were loaded with the same source and categories."`
	UpdateView    bool     `help:"Bring the view up to date with these files."`
	NoUpdateView  bool     `hidden:"" help:"Do not update the view (the default)."`
}

// Help is shown by --help.
func (*scan2dbCommand) Help() string {
	return `Loads the results of active scans:

  Nmap XML      (nmap -oX or -oA), also of scans that were interrupted: the hosts up to there are loaded
  Masscan XML   (masscan -oX), with the banners
  JSON lines    as 'ivre scancli --json' writes them

The format is told from the content. Every file ends in a line that says what it was recognised as, how
many hosts it holds and what became of them. A file that was loaded with the same source and categories is
skipped, so a load that was interrupted can simply be run again. Each host of each scan is one record.

Examples:
  ivre scan2db -c office -s laptop scan.xml
  ivre scan2db -r --open-ports scans/
  ivre scan2db --test scan.xml.gz | head`
}

// Run loads the files.
func (c *scan2dbCommand) Run(e *env) error {
	tags, err := scanfile.Tags(c.Tags)
	if err != nil {
		return &usageError{err: err, command: " scan2db"}
	}
	if c.ZgrabPort != 0 {
		fmt.Fprintln(e.stderr, "ivre: --zgrab-port has no effect: this version does not read ZGrab's records")
	}
	opt := scanfile.Options{
		Categories: scanfile.Categories(c.Categories), Source: c.Source, Tags: tags, NeedPorts: c.Ports, OpenPorts: c.OpenPorts,
	}
	r := &scanRun{env: e, command: c, options: opt, parsers: e.scanParsers(context.Background(), c.MasscanProbes), inputs: map[*input.File]bool{}}
	if c.Test || c.TestNormal {
		return r.test()
	}
	return r.load()
}

// scanRun is one run of scan2db.
type scanRun struct {
	env     *env
	command *scan2dbCommand
	options scanfile.Options
	parsers func(dir string, warn func(msg string)) scanfile.Parsers

	mu     sync.Mutex
	bar    *Progress
	files  int
	failed int
	loaded []scanfile.Outcome   // files of which something was stored, for --update-view
	inputs map[*input.File]bool // being read
	read   int64                // bytes of the files before
}

// test prints the hosts and stores nothing.
func (r *scanRun) test() error {
	ctx, stop := r.env.interruptible()
	defer stop()
	print := printTestJSON
	if !r.command.Test {
		print = r.env.textPrinter()
	}
	for path, err := range input.Files(r.command.Scans, r.command.Recursive) {
		if err != nil {
			r.report(scanfile.Outcome{Name: path, Err: err})
			continue
		}
		out := scanfile.Outcome{Name: path}
		opt := r.options
		opt.Parsers = func(warn func(msg string)) scanfile.Parsers { return r.parsers(filepath.Dir(path), warn) }
		sink := &scanfile.Collect{Each: func(h *host.Host) error { return print(r.env.stdout, h) }}
		in, err := input.Open(ctx, path, input.Options{})
		if err == nil {
			out.Result, err = scanfile.Read(ctx, in, opt, sink)
			in.Close()
		}
		if scanfile.IsSinkError(err) || ctx.Err() != nil {
			return err
		}
		out.Stored, out.Skipped, out.Err = sink.Stored, sink.Skipped, err
		r.report(out)
	}
	return r.status()
}

func printTestJSON(w io.Writer, h *host.Host) error {
	_, err := w.Write(append(hostjson.AppendSorted(nil, h), '\n'))
	return err
}

// load stores the files, several at once.
func (r *scanRun) load() error {
	ctx, stop := r.env.interruptible()
	defer stop()
	db, err := r.env.openStore(ctx, true)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := r.env.recover(ctx, db); err != nil {
		return err
	}
	loads, err := scanfile.Start(ctx, db, r.options, r.parsers)
	if err != nil {
		return err
	}
	loads.Again, loads.Opened = r.command.Again, r.opened
	loader := loads.Loader
	done := r.progress(loader)
	err = r.all(ctx, loads)
	if cerr := loader.Close(ctx, err); cerr != nil {
		err = errors.Join(err, cerr)
	}
	done()
	if err != nil {
		fmt.Fprintf(r.env.stderr, "ivre: %d hosts stored; what is in of files that were not finished is removed when scan2db runs again\n", loader.Stored())
		return err
	}
	fmt.Fprintf(r.env.stderr, "INFO:ivre:%d results imported.\n", r.files)
	if r.command.UpdateView && !r.command.NoUpdateView {
		if err := r.env.viewFiles(ctx, db, r.loaded); err != nil {
			return err
		}
	}
	return r.status()
}

func (r *scanRun) status() error {
	if r.failed > 0 {
		return &exitStatus{code: 1}
	}
	return nil
}

// all reads the files, as many at once as there are processors.
func (r *scanRun) all(ctx context.Context, loads *scanfile.Loads) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	paths := make(chan string)
	var readers sync.WaitGroup
	for range runtime.NumCPU() {
		readers.Go(func() {
			for path := range paths {
				out, err := loads.File(ctx, path, path, filepath.Dir(path))
				if err != nil {
					cancel(err)
					return
				}
				r.report(out)
			}
		})
	}
feed:
	for path, err := range input.Files(r.command.Scans, r.command.Recursive) {
		if err != nil {
			r.report(scanfile.Outcome{Name: path, Err: err})
			continue
		}
		select {
		case paths <- path:
		case <-ctx.Done():
			break feed
		}
	}
	close(paths)
	readers.Wait()
	return context.Cause(ctx)
}

func (r *scanRun) report(out scanfile.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bar != nil {
		r.bar.Clear()
	}
	if out.Stored > 0 && r.command.UpdateView {
		r.loaded = append(r.loaded, out)
	}
	if out.Failed() {
		r.failed++
	} else if !out.Known {
		r.files++
	}
	fmt.Fprintf(r.env.stderr, "ivre: %s: %s\n", out.Name, out.Summary())
}

// opened has the progress count a file until it was read.
func (r *scanRun) opened(f *input.File) (closed func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inputs[f] = true
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.inputs, f)
		r.read += f.Consumed()
	}
}

// progress shows how far the load is until the function that it returns is called.
func (r *scanRun) progress(loader *scanload.Loader) (done func()) {
	if _, ok := terminal(r.env.stderr); !ok {
		return func() {}
	}
	total := int64(-1)
	if !r.command.Recursive {
		total = sizes(r.command.Scans)
	}
	r.bar = NewProgress(total, r.env.stderr)
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		var shown int64
		tick := time.NewTicker(refreshEvery)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			r.mu.Lock()
			at := r.read
			for f := range r.inputs {
				at += f.Consumed()
			}
			r.bar.Add(at - shown)
			r.bar.SetRecords(loader.Records())
			shown = at
			r.mu.Unlock()
		}
	}()
	return func() {
		close(stop)
		<-ended
		r.bar.Close()
	}
}

// recover repairs what crashes and interrupted loads of any kind may have left behind. Scans come first: what is done
// for flows takes the mark away that the engine did not end in order.
func (e *env) recover(ctx context.Context, db *store.Store) error {
	if err := e.recoverScans(ctx, db); err != nil {
		return err
	}
	if err := e.recoverPassive(ctx, db); err != nil {
		return err
	}
	return e.recoverFlows(ctx, db)
}

// recoverScans repairs what an interrupted load or a crash may have left behind.
func (e *env) recoverScans(ctx context.Context, db *store.Store) error {
	messages, err := scanload.Recover(ctx, db)
	for _, m := range messages {
		fmt.Fprintln(e.stderr, "ivre: scans:", m)
	}
	return err
}
