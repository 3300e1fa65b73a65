package ipdata

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ivre/ingest/host"
)

// Options say where the files are.
type Options struct {
	// Dir holds *.mmdb files and their dumps (the setting GEOIP_PATH). Empty, or a directory that does not exist:
	// there are none.
	Dir string
	// DataDir holds the lists that tags are made from (DATA_PATH). Empty: only special addresses have tags.
	DataDir string
	// Lang is the language of city names in dumps (GEOIP_LANG), "en" if empty. Look-ups are always in English.
	Lang string
	// CheckEvery is how often look-ups check, at most, whether files have changed: a second if 0, never if negative.
	CheckEvery time.Duration
	// Warn is called for each problem with a file, once per version of the file. It may be called from any
	// goroutine, and must not call the DB. If nil, problems are only kept for Problems.
	Warn func(error)
}

// DB answers what is known of addresses. Its methods may be called by several goroutines at the same time.
type DB struct {
	opts Options
	cur  atomic.Pointer[snapshot]

	due   atomic.Bool // whether the next look-up has to check the files
	timer *time.Timer // sets due; it does not run while it is set. nil if files are never checked

	loading sync.Mutex // held while files are checked and loaded
	closed  bool       // guarded by loading

	problemsMu sync.Mutex
	problems   []error
}

// snapshot is what a look-up works on. It never changes.
type snapshot struct {
	roles   [len(roleNames)]*source // those that look-ups use; nil if there is none
	sources map[string]*source      // by path
	failed  map[string]stamp        // files that could not be used, by path

	tags      *tagTable
	tagStamps []stamp // of tagFiles, zero if missing
	missing   bool    // whether a role is
	err       string  // why Dir cannot be listed
}

// maxProblems bounds what Problems keeps.
const maxProblems = 100

// Open loads what there is. Files that are missing or damaged are no errors (see Options.Warn); the only error is
// a Dir or DataDir that is a file.
func Open(opts Options) (*DB, error) {
	for _, dir := range []string{opts.Dir, opts.DataDir} {
		if info, err := os.Stat(dir); err == nil && !info.IsDir() {
			return nil, fmt.Errorf("%s is a file: name the directory that holds the IP data files", dir)
		}
	}
	if opts.Lang == "" {
		opts.Lang = "en"
	}
	if opts.CheckEvery == 0 {
		opts.CheckEvery = time.Second
	}
	db := &DB{opts: opts}
	db.cur.Store(&snapshot{})
	db.Reload()
	if opts.CheckEvery > 0 {
		db.timer = time.AfterFunc(opts.CheckEvery, func() { db.due.Store(true) })
	}
	return db, nil
}

// Close lets go of all files. Look-ups that run go on; later ones find nothing.
func (db *DB) Close() error {
	db.loading.Lock()
	defer db.loading.Unlock()
	db.closed = true
	if db.timer != nil {
		db.timer.Stop()
	}
	db.cur.Store(&snapshot{tags: reservedTags()})
	return nil
}

// Lookup gives everything that is known of an address, tags included. It takes less than a microsecond if the
// record was decoded before. Zones are ignored; IPv4-mapped addresses are IPv4 addresses.
func (db *DB) Lookup(a netip.Addr) (out Infos) {
	if !a.IsValid() {
		return out
	}
	a = a.Unmap().WithZone("")
	s := db.current()
	out.fill(s.roles[roleAS].lookup(a), s.roles[roleCountry].lookup(a), s.roles[roleCity].lookup(a))
	out.Tags = s.tags.lookup(a)
	return out
}

// Tags gives the tags of an address, sorted by value. The list is shared: do not change it.
func (db *DB) Tags(a netip.Addr) []host.Tag {
	if !a.IsValid() {
		return nil
	}
	return db.current().tags.lookup(a.Unmap().WithZone(""))
}

// Problems lists what was found wrong with files since they were opened, oldest first, at most 100.
func (db *DB) Problems() []error {
	db.problemsMu.Lock()
	defer db.problemsMu.Unlock()
	return slices.Clone(db.problems)
}

func (db *DB) report(err error) {
	db.problemsMu.Lock()
	if len(db.problems) < maxProblems {
		db.problems = append(db.problems, err)
	}
	db.problemsMu.Unlock()
	if db.opts.Warn != nil {
		db.opts.Warn(err)
	}
}

// current is the snapshot to use. The look-up that finds that it is time to check the files does so; the others do
// not wait for it.
func (db *DB) current() *snapshot {
	if db.due.Load() && db.due.CompareAndSwap(true, false) {
		if db.loading.TryLock() { // else Reload is at it
			db.reload()
			db.loading.Unlock()
		}
		db.timer.Reset(db.opts.CheckEvery)
	}
	return db.cur.Load()
}
