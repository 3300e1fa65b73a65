package scanfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"ivre/ingest/host"
	"ivre/ingest/input"
	"ivre/ingest/nmapxml"
	"ivre/ingest/scanload"
	"ivre/sql/store"
)

// Loads stores files: it keeps the parts that all files of a run share. Its methods may be called by several goroutines.
type Loads struct {
	Loader *scanload.Loader
	// Options are those of every file; Parsers makes the parsers for a file, by its folder.
	Options Options
	Parsers func(dir string, warn func(msg string)) Parsers
	// Again loads files that were loaded before.
	Again bool
	// Opened is called with each file that is about to be read, and what it returns when the file was read. It may be
	// nil.
	Opened func(*input.File) (closed func())

	mu    sync.Mutex
	known map[[32]byte]bool
}

// Start starts a load of files with the given options. Its Loader must be closed.
func Start(ctx context.Context, db *store.Store, opt Options, parsers func(dir string, warn func(msg string)) Parsers) (*Loads, error) {
	known, err := scanload.Loaded(ctx, db, opt.Source, opt.Categories)
	if err != nil {
		return nil, err
	}
	loader, err := scanload.New(ctx, db)
	return &Loads{Loader: loader, Options: opt, Parsers: parsers, known: known}, err
}

// Outcome says what became of a file.
type Outcome struct {
	Result
	Name    string
	File    uint64 // its number, as in scans.file; 0 if nothing was read
	Stored  uint64
	Skipped []scanload.Skip
	Known   bool  // the file was loaded before; nothing was stored
	Err     error // why the file could not be read, or not to its end
}

// Summary says in one line what became of the file.
func (o *Outcome) Summary() string {
	if o.Known {
		return "already loaded with this source and these categories; skipped (--again loads it again)"
	}
	var b strings.Builder
	if o.Format != "" {
		b.WriteString(o.Format + ": ")
	}
	fmt.Fprintf(&b, "%d hosts seen, %d loaded", o.Hosts, o.Stored)
	for i, s := range o.Skipped {
		sep := ", "
		if i == 0 {
			sep = ", skipped: "
		}
		fmt.Fprintf(&b, "%s%d %s", sep, s.Count, s.Reason)
	}
	for _, w := range o.Warnings {
		b.WriteString("; " + w)
	}
	if o.More > 0 {
		fmt.Fprintf(&b, "; %d more warnings", o.More)
	}
	if o.Err != nil {
		b.WriteString("; " + o.Err.Error())
	}
	return b.String()
}

// Failed tells whether the file could not be read, or only in part.
func (o *Outcome) Failed() bool { return o.Err != nil }

// File stores one file. The error is one of storing, or of the context: it ends the whole run. What is wrong with the
// file itself is in the Outcome.
func (l *Loads) File(ctx context.Context, path, name, dir string) (Outcome, error) {
	out := Outcome{Name: name}
	hash, err := hashFile(ctx, path)
	if err != nil {
		out.Err = err
		return out, ctx.Err()
	}
	l.mu.Lock()
	out.Known = l.known[hash] && !l.Again
	l.known[hash] = true // of two equal files in a run, one is loaded
	l.mu.Unlock()
	if out.Known {
		return out, nil
	}
	in, err := input.Open(ctx, path, input.Options{})
	if errors.Is(err, input.ErrEmpty) {
		out.Format = "empty file"
		return out, nil
	}
	if err != nil {
		out.Err = err
		return out, ctx.Err()
	}
	defer in.Close()
	if l.Opened != nil {
		defer l.Opened(in)()
	}
	return out, l.read(ctx, in, dir, scanload.FileInfo{Name: name, Hash: hash, Source: l.Options.Source, Categories: l.Options.Categories}, &out)
}

// read stores what a file holds.
func (l *Loads) read(ctx context.Context, in io.Reader, dir string, info scanload.FileInfo, out *Outcome) error {
	opt := l.Options
	opt.Parsers = func(warn func(msg string)) Parsers { return l.Parsers(dir, warn) }
	f := l.Loader.Open(info)
	out.File = f.Number()
	res, err := Read(ctx, in, opt, f)
	out.Result, out.Stored, out.Skipped = res, f.Stored, f.Skipped
	f.Format, f.Hosts, f.Err = res.Format, res.Hosts, err
	ended := IsSinkError(err) || ctx.Err() != nil
	// A file that ends too early is noted like any other: what was readable of it is in, and reading it again
	// would give the same.
	keep := !ended && (err == nil || errors.Is(err, nmapxml.ErrTruncated) || f.Stored > 0)
	if derr := f.Done(keep); derr != nil {
		return derr
	}
	if ended {
		return errors.Join(ctx.Err(), err)
	}
	if !keep {
		l.mu.Lock()
		delete(l.known, info.Hash)
		l.mu.Unlock()
	}
	out.Err = err
	return nil
}

func hashFile(ctx context.Context, path string) (sum [32]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil && st.IsDir() {
		return sum, fmt.Errorf("%s %w (-r reads all files below it)", path, input.ErrDirectory)
	}
	return input.Hash(ctx, f)
}

// Collect is a Sink that calls a function for each host and counts what is left out.
type Collect struct {
	Each    func(*host.Host) error
	Stored  uint64
	Skipped []scanload.Skip
}

// Host implements Sink.
func (c *Collect) Host(h *host.Host) error {
	c.Stored++
	return c.Each(h)
}

// Skip implements Sink.
func (c *Collect) Skip(reason string, n uint64) {
	if n > 0 {
		c.Skipped = append(c.Skipped, scanload.Skip{Reason: reason, Count: n})
	}
}
