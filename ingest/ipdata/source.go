package ipdata

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"

	"ivre/ingest/ipdata/netrange"
)

// role is what a database is used for.
type role uint8

const (
	roleNone role = iota
	roleAS
	roleCountry
	roleCity
)

var roleNames = [...]string{"", "ASN", "Country", "City"}

// roleOf tells the role by the type that a database gives itself: GeoLite2-City, GeoIP2-ISP, GeoIP2-City-Europe,
// DBIP-ASN-Lite, ...
func roleOf(databaseType string) role {
	separator := func(r rune) bool { return r == '-' || r == ' ' || r == '_' }
	for _, word := range strings.FieldsFunc(strings.ToLower(databaseType), separator) {
		switch word {
		case "city", "enterprise":
			return roleCity
		case "country":
			return roleCountry
		case "asn", "isp":
			return roleAS
		}
	}
	return roleNone
}

// stamp tells versions of a file apart.
type stamp struct {
	size  int64
	mtime time.Time
}

func stampOf(info fs.FileInfo) stamp { return stamp{info.Size(), info.ModTime()} }

// cacheBits is the size of a source's cache of decoded records, as a power of 2. Country databases fit, and the busy
// parts of the others.
const cacheBits = 15

// cache has decoded records by their offset: each in one of two neighbouring slots.
type cache [1 << cacheBits]atomic.Pointer[record]

func (c *cache) slots(off uintptr) (first, second *atomic.Pointer[record]) {
	i := uint64(off) * 0x9e3779b97f4a7c15 >> (64 - cacheBits) // Fibonacci hashing
	return &c[i], &c[i^1]
}

func (c *cache) get(off uintptr) *record {
	first, second := c.slots(off)
	if rec := first.Load(); rec != nil && rec.offset == off {
		return rec
	}
	if rec := second.Load(); rec != nil && rec.offset == off {
		return rec
	}
	return nil
}

func (c *cache) put(rec *record) {
	first, second := c.slots(rec.offset)
	if old := first.Load(); old != nil {
		second.Store(old)
	}
	first.Store(rec)
}

// source is an open MaxMind database. The file is unmapped when nothing refers to the source any longer: look-ups
// and iterations that started before a new version came may go on.
type source struct {
	path  string
	info  fs.FileInfo
	stamp stamp
	role  role
	lang  string

	reader *maxminddb.Reader
	cache  *cache

	broken atomic.Bool // the file was changed in place, or its tree is damaged: not used any longer
	report func(error)
	told   atomic.Bool // whether a bad record was reported
}

// openSource maps a database.
func openSource(path string, info fs.FileInfo, lang string, report func(error)) (*source, error) {
	if info.Size() == 0 {
		return nil, fmt.Errorf("%s is empty: remove it, or download it again", path)
	}
	r, err := maxminddb.Open(path)
	if err != nil {
		var perr *fs.PathError
		if errors.As(err, &perr) {
			return nil, fmt.Errorf("cannot open a MaxMind database: %w: check the file's permissions", err)
		}
		return nil, fmt.Errorf("%s is not a usable MaxMind database (%w): download it again", path, err)
	}
	s := &source{path: path, info: info, stamp: stampOf(info), role: roleOf(r.Metadata.DatabaseType), lang: lang, reader: r, report: report}
	if s.role == roleNone {
		return nil, fmt.Errorf("%s has the type %q, which is not used (only City, Country, ASN and ISP databases are): remove it from the directory",
			path, r.Metadata.DatabaseType)
	}
	s.cache = new(cache)
	return s, nil
}

// lookup finds the record of an address, nil if there is none.
func (s *source) lookup(a netip.Addr) (rec *record) {
	if s == nil || s.broken.Load() || a.Is6() && s.reader.Metadata.IPVersion == 4 {
		return nil
	}
	// A file that is cut short while it is mapped makes reads fault, which ends the program unless it asks for
	// panics instead.
	defer s.guard(debug.SetPanicOnFault(true))
	res := s.reader.Lookup(a)
	if err := res.Err(); err != nil {
		s.bad(fmt.Errorf("%s: looking up %s: %w: download the file again", s.path, a, err))
		return nil
	}
	if !res.Found() {
		return nil
	}
	return s.record(res)
}

// guard is deferred where the file is read; prev is the setting to restore.
func (s *source) guard(prev bool) {
	debug.SetPanicOnFault(prev)
	if p := recover(); p != nil {
		s.fail(p)
	}
}

func (s *source) fail(p any) {
	if s.broken.CompareAndSwap(false, true) {
		s.report(fmt.Errorf("%s cannot be read any longer (%v): it was changed in place; replace it by renaming a new file over it", s.path, p))
	}
}

// bad reports the first problem with the contents of a file.
func (s *source) bad(err error) {
	if s.told.CompareAndSwap(false, true) {
		s.report(err)
	}
}

// record decodes a record, or takes it from the cache. A record that is damaged is empty.
func (s *source) record(res maxminddb.Result) *record {
	off := res.Offset()
	if rec := s.cache.get(off); rec != nil {
		return rec
	}
	rec := &record{}
	d := decoding{rec: rec, lang: s.lang, as: s.role == roleAS, budget: maxEntries}
	if err := res.Decode(&d); err != nil {
		s.bad(fmt.Errorf("%s: the record of %s is damaged or of another shape (%w): download the file again", s.path, res.Prefix(), err))
		*rec = record{}
	}
	rec.offset = off
	s.cache.put(rec)
	return rec
}

// each calls yield for the networks that have a record, in the order of their addresses (IPv4 first), until it
// returns false.
func (s *source) each(yield func(netrange.Range, *record) bool) {
	prev := debug.SetPanicOnFault(true)
	outside := false
	defer func() {
		debug.SetPanicOnFault(prev)
		if !outside { // what the caller's code panics with is not ours
			if p := recover(); p != nil {
				s.fail(p)
			}
		}
	}()
	// A tree with n nodes has n+1 leaves. A damaged one, that leads to nodes on several ways, has up to 2^128.
	left := s.reader.Metadata.NodeCount + 2
	for res := range s.reader.Networks(maxminddb.IncludeNetworksWithoutData()) {
		if err := res.Err(); err != nil || left == 0 || s.broken.Load() {
			if err == nil && left == 0 {
				err = errors.New("its search tree has loops")
			}
			if err != nil {
				s.bad(fmt.Errorf("%s: listing networks: %w: download the file again", s.path, err))
			}
			return
		}
		left--
		if !res.Found() {
			continue
		}
		rec, r := s.record(res), netrange.FromPrefix(res.Prefix())
		outside = true
		debug.SetPanicOnFault(prev)
		more := yield(r, rec)
		debug.SetPanicOnFault(true)
		outside = false
		if !more {
			return
		}
	}
}

// statAll lists the files of a directory whose names end with suffix, sorted by name.
func statAll(dir, suffix string) ([]fs.FileInfo, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []fs.FileInfo
	for _, e := range entries {
		if !strings.HasSuffix(strings.ToLower(e.Name()), suffix) {
			continue
		}
		info, err := os.Stat(dir + string(os.PathSeparator) + e.Name()) // follows links
		if err == nil && info.Mode().IsRegular() {
			out = append(out, info)
		}
	}
	return out, nil
}
