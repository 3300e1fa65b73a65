package ipdata

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Reload takes up files that are new or have changed, now. Files that have not changed stay as they are.
func (db *DB) Reload() {
	db.loading.Lock()
	defer db.loading.Unlock()
	db.reload()
}

// reload is called with loading held.
func (db *DB) reload() {
	if db.closed {
		return
	}
	old := db.cur.Load()
	next := &snapshot{sources: map[string]*source{}, failed: map[string]stamp{}}
	changed := db.loadSources(old, next)
	if changed {
		next.pickRoles()
	} else {
		next.roles = old.roles
	}
	db.reportMissing(old, next)
	if db.loadTags(old, next) || changed || next.err != old.err {
		db.cur.Store(next)
	}
}

// loadSources opens the databases that are new and keeps the others. It tells whether anything has changed.
func (db *DB) loadSources(old, next *snapshot) bool {
	if db.opts.Dir == "" {
		return false
	}
	files, err := statAll(db.opts.Dir, ".mmdb")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		next.err = err.Error()
		if next.err != old.err {
			db.report(fmt.Errorf("cannot list the directory of IP data files: %w: check its permissions", err))
		}
		// Better old data than none, for example if the program has run out of file descriptors.
		next.sources, next.failed = old.sources, old.failed
		return false
	}
	for _, info := range files {
		db.loadSource(old, next, filepath.Join(db.opts.Dir, info.Name()), info)
	}
	return !maps.Equal(old.sources, next.sources) || !maps.Equal(old.failed, next.failed)
}

func (db *DB) loadSource(old, next *snapshot, path string, info fs.FileInfo) {
	prev, known := old.sources[path]
	if known && prev.stamp == stampOf(info) && os.SameFile(prev.info, info) {
		next.sources[path] = prev
		return
	}
	if f, ok := old.failed[path]; ok && f == stampOf(info) {
		next.failed[path] = f
	} else if s, err := openSource(path, info, db.opts.Lang, db.report); err != nil {
		db.report(err)
		next.failed[path] = stampOf(info)
	} else {
		next.sources[path] = s
		return
	}
	// The new version is of no use. The old one still is, unless it was overwritten.
	if known && !os.SameFile(prev.info, info) {
		next.sources[path] = prev
	}
}

// pickRoles decides which databases look-ups use: the last built one of each role, the first by name among equals.
func (s *snapshot) pickRoles() {
	for _, path := range slices.Sorted(maps.Keys(s.sources)) {
		src := s.sources[path]
		best := s.roles[src.role]
		if best == nil || src.reader.Metadata.BuildEpoch > best.reader.Metadata.BuildEpoch {
			s.roles[src.role] = src
		}
	}
}

// reportMissing tells which roles have no database, when that has become so.
func (db *DB) reportMissing(old, next *snapshot) {
	if db.opts.Dir == "" {
		return
	}
	var names []string
	for r, src := range next.roles {
		if src == nil && role(r) != roleNone {
			names = append(names, roleNames[r])
		}
	}
	next.missing = len(names) > 0
	if next.missing && !old.missing {
		db.report(fmt.Errorf("Cannot find Maxmind database files in %s (missing: %s). Try running ipdata --download",
			db.opts.Dir, strings.Join(names, ", ")))
	}
}
