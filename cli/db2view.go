package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"ivre/ingest/host"
	"ivre/ingest/scanfile"
	"ivre/ingest/viewbuild"
	"ivre/ingest/viewmerge"
	"ivre/sql/query"
	"ivre/sql/store"
	"ivre/sql/tree"
)

type db2viewCommand struct {
	Source string   `arg:"" optional:"" enum:"all,nmap,scans,passive," default:"" name:"source" help:"What to make the view of: nmap (also scans), passive, or all (the default)."`
	IPs    []string `arg:"" optional:"" name:"address" help:"Only these addresses, networks and ranges."`
	Query  string   `short:"q" placeholder:"WORDS" help:"Filter in the language of the web interface."`

	Category  string `name:"view-category" placeholder:"NAME" help:"Put the records in this category."`
	Test      bool   `short:"t" help:"Store nothing; print the records as JSON, one per line."`
	NoMerge   bool   `help:"Store every record by itself, instead of one per address."`
	Update    bool   `help:"Only take addresses of which something changed since the last run."`
	Processes int    `placeholder:"N" help:"How many addresses are worked on at once (default: one per processor)."`
}

// Help is shown by --help.
func (c *db2viewCommand) Help() string {
	return `Makes the view: one record for each address, of everything that scans and sensors know of it.

Without filters, a record is made anew from all of its sources; records that did not change are not written. So it can
be run again at any time, also after it was interrupted, and --update only looks at what changed. With filters, or
for one kind of sources only, what they choose is merged with what the view holds.

` + filterHelp(query.View) + `
Examples:
  ivre db2view
  ivre db2view --update
  ivre db2view nmap --category office
  ivre db2view -t passive 192.0.2.0/24`
}

// Run makes the view.
func (c *db2viewCommand) Run(e *env) error {
	opt := viewbuild.Options{
		Scans: c.Source != "passive", Passive: c.Source == "" || c.Source == "all" || c.Source == "passive",
		Update: c.Update, NoMerge: c.NoMerge, Category: c.Category, Workers: c.Processes,
	}
	filter := hostFilter{Query: c.Query, IPs: c.IPs}
	for _, of := range []struct {
		use  bool
		db   query.Database
		cond *tree.Cond
	}{{opt.Scans, query.Scans, &opt.ScansCond}, {opt.Passive, query.Passive, &opt.PassiveCond}} {
		if !of.use {
			continue
		}
		var err error
		if *of.cond, err = filter.cond(e, of.db); err != nil {
			return err
		}
	}
	if c.Test {
		opt.Test = func(h *host.Host) error { return printTestJSON(e.stdout, h) }
	}
	return e.withStore(true, func(ctx context.Context, db *store.Store) error {
		if err := e.recover(ctx, db); err != nil {
			return err
		}
		return e.buildView(ctx, db, opt)
	})
}

// buildView makes the view, or a part of it, with a progress bar on a terminal.
func (e *env) buildView(ctx context.Context, db *store.Store, opt viewbuild.Options) error {
	defer leanMemory()()
	if err := e.viewOptions(&opt); err != nil {
		return err
	}
	end := func() {}
	if _, tty := terminal(e.stderr); tty && opt.Test == nil {
		var mu sync.Mutex
		var bar *Progress
		var shown uint64
		opt.Progress = func(done, of uint64) {
			mu.Lock()
			defer mu.Unlock()
			if bar == nil {
				bar = NewProgress(int64(of), e.stderr)
			}
			bar.SetRecords(done)
			bar.Add(int64(done - min(done, shown)))
			shown = max(shown, done)
		}
		end = func() {
			if bar != nil {
				bar.Close()
			}
		}
	}
	res, err := viewbuild.Build(ctx, db, opt)
	end()
	if opt.Test == nil && err == nil {
		fmt.Fprintf(e.stderr, "ivre: view: %d addresses looked at, %d records new or changed\n", res.Addresses, res.Changed)
	}
	return err
}

// viewOptions fills in what the records of a view are made with.
func (e *env) viewOptions(opt *viewbuild.Options) error {
	settings, err := e.config()
	if err != nil {
		return err
	}
	var mu sync.Mutex
	warned := 0
	opt.Warn = func(msg string) {
		mu.Lock()
		defer mu.Unlock()
		if warned++; warned <= maxWarnings {
			fmt.Fprintln(e.stderr, "ivre: view:", msg)
		}
	}
	opt.Fingerprints = e.fingerprints(opt.Warn)
	opt.Finish = viewmerge.FinishOptions{
		MaxHostnames: unlimited(settings.ViewMaxHostnames), HoneypotPorts: unlimited(settings.ViewHoneypotPorts), Enrich: e.enrich(),
	}
	return nil
}

// maxWarnings is how many warnings of one kind are shown.
const maxWarnings = 20

// unlimited turns the 0 of a setting that knows no limit into what package viewmerge takes for that.
func unlimited(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

// viewFiles brings the view up to date with scan files that were loaded.
func (e *env) viewFiles(ctx context.Context, db *store.Store, files []scanfile.Outcome) error {
	opt := viewbuild.Options{Scans: true, Passive: true, Files: []uint64{}}
	for _, f := range files {
		if f.Stored > 0 {
			opt.Files = append(opt.Files, f.File)
		}
	}
	if len(opt.Files) == 0 {
		return nil
	}
	if err := e.buildView(ctx, db, opt); err != nil {
		return errors.Join(errors.New("the scans are stored, but the view does not have them all: run 'ivre db2view --update'"), err)
	}
	return nil
}
