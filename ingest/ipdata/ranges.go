package ipdata

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/netip"
	"os"
	"path/filepath"

	"ivre/ingest/host"
	"ivre/ingest/ipdata/netrange"
)

// Kind is what ranges are told apart by.
type Kind uint8

// The kinds of ranges, with the fields of Entry that they have.
const (
	KindAS                Kind = iota // ASNum, ASName (not in dumps)
	KindCountry                       // Country
	KindRegisteredCountry             // Country: where the network is registered
	KindRegion                        // Country, Region
	KindCity                          // Country, Region, City, CityID
)

var kindNames = [...]string{"AS", "country", "registered country", "region", "city"}

// String is the name of a kind.
func (k Kind) String() string { return kindNames[k] }

// Entry is what the addresses of a range have in common.
type Entry struct {
	ASNum   int64
	ASName  string
	Country string // ISO 3166-1 code
	Region  string // code of the widest subdivision; empty if unknown
	City    string // name in the language of Options.Lang
	CityID  host.Int
}

// same tells whether neighbours are one range.
func (k Kind) same(a, b *Entry) bool {
	if k == KindAS {
		return a.ASNum == b.ASNum
	}
	return *a == *b
}

// entry tells what a record says about a kind. ok is false if it says nothing.
func (k Kind) entry(r *record) (e Entry, ok bool) {
	switch k {
	case KindAS:
		return Entry{ASNum: r.asNum.N, ASName: r.asName}, r.asNum.Set
	case KindCountry:
		return Entry{Country: r.country.code}, plain(r.country.code)
	case KindRegisteredCountry:
		return Entry{Country: r.registered.code}, plain(r.registered.code)
	}
	e.Country = r.country.code
	if len(r.regions) > 0 && plain(r.regions[0].Code) {
		e.Region = r.regions[0].Code
	}
	if k == KindRegion {
		return e, plain(e.Country) && e.Region != ""
	}
	e.City, e.CityID = r.cityLocal, r.cityID
	return e, plain(e.Country) && (e.Region != "" || e.City != "" || e.CityID.Set)
}

// plain tells whether a code can be one: not empty, and without what would need quotes in a dump.
func plain(code string) bool {
	for i := range len(code) {
		if c := code[i]; c <= ' ' || c >= 0x7f || c == ',' || c == '"' {
			return false
		}
	}
	return code != ""
}

// ErrNoData is what errors about missing databases wrap.
var ErrNoData = errors.New("no IP data")

func (db *DB) noData(what string) error {
	if db.opts.Dir == "" {
		return fmt.Errorf("GeoIP data is not configured (GEOIP_PATH is unset); run ipdata --download (%w for %s)", ErrNoData, what)
	}
	if _, err := os.Stat(db.opts.Dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("GeoIP data directory '%s' does not exist; run ipdata --download (%w for %s)", db.opts.Dir, ErrNoData, what)
	}
	return fmt.Errorf("GeoIP data directory '%s' has no file for %s; run ipdata --download (%w)", db.opts.Dir, what, ErrNoData)
}

// sourceOf is the database of a kind, nil if there is none.
func (s *snapshot) sourceOf(k Kind) *source {
	switch k {
	case KindAS:
		return s.roles[roleAS]
	case KindCountry, KindRegisteredCountry:
		if src := s.roles[roleCountry]; src != nil {
			return src
		}
	}
	return s.roles[roleCity]
}

// Ranges iterates over the ranges of addresses for which match returns true (nil: all), in ascending order, IPv4
// first; neighbours with equal entries are one range. It reads the database, or, if there is none, the dump of
// GeoLite2, which has IPv4 only. Damaged parts are reported and left out. The error wraps ErrNoData if there is
// neither.
//
// The whole database is walked: some 100 ns per network. Stop after the first IPv6 range if IPv4 is enough.
func (db *DB) Ranges(kind Kind, match func(*Entry) bool) (iter.Seq2[netrange.Range, Entry], error) {
	if match == nil {
		match = func(*Entry) bool { return true }
	}
	src := db.current().sourceOf(kind)
	if src == nil {
		return db.dumpRanges(kind, match)
	}
	return src.ranges(kind, match), nil
}

// dumpRanges reads the dump of GeoLite2.
func (db *DB) dumpRanges(kind Kind, match func(*Entry) bool) (iter.Seq2[netrange.Range, Entry], error) {
	path := filepath.Join(db.opts.Dir, dumpFile(kind))
	if _, err := os.Stat(path); err != nil || db.opts.Dir == "" {
		return nil, db.noData(kind.String())
	}
	rows := Dump(path, kind, db.report)
	if kind != KindRegion {
		return filter(rows, match), nil
	}
	regions := func(yield func(netrange.Range, Entry) bool) {
		j := joiner{kind: kind, yield: yield}
		for r, e := range rows {
			e = Entry{Country: e.Country, Region: e.Region}
			if e.Region != "" && match(&e) && !j.add(r, &e) {
				return
			}
		}
		j.flush()
	}
	return regions, nil
}

func filter(rows iter.Seq2[netrange.Range, Entry], match func(*Entry) bool) iter.Seq2[netrange.Range, Entry] {
	return func(yield func(netrange.Range, Entry) bool) {
		for r, e := range rows {
			if match(&e) && !yield(r, e) {
				return
			}
		}
	}
}

// joiner makes one range of neighbours that are the same.
type joiner struct {
	kind  Kind
	yield func(netrange.Range, Entry) bool
	r     netrange.Range
	e     Entry
}

func (j *joiner) add(r netrange.Range, e *Entry) bool {
	if j.r.First.IsValid() && j.kind.same(&j.e, e) && j.r.Touches(r) {
		j.r.Last = r.Last
		return true
	}
	if !j.flush() {
		return false
	}
	j.r, j.e = r, *e
	return true
}

func (j *joiner) flush() bool {
	return !j.r.First.IsValid() || j.yield(j.r, j.e)
}

func (s *source) ranges(kind Kind, match func(*Entry) bool) iter.Seq2[netrange.Range, Entry] {
	return func(yield func(netrange.Range, Entry) bool) {
		j := joiner{kind: kind, yield: yield}
		var last *record
		var e Entry
		wanted, more := false, true
		s.each(func(r netrange.Range, rec *record) bool {
			if rec != last { // large networks are often followed by more of the same
				last = rec
				e, wanted = kind.entry(rec)
				wanted = wanted && match(&e)
			}
			if wanted {
				more = j.add(r, &e)
			}
			return more
		})
		if more {
			j.flush()
		}
	}
}

// Networks iterates over all prefixes of which anything is known but tags, in ascending order, IPv4 first, without
// overlaps: the common refinement of the AS, Country and City databases, as rows for a table of networks. match
// chooses rows (nil: all). Lists in Infos are shared. The error wraps ErrNoData if there is no database at all.
func (db *DB) Networks(match func(*Infos) bool) (iter.Seq2[netip.Prefix, *Infos], error) {
	s := db.current()
	if s.roles[roleAS] == nil && s.roles[roleCountry] == nil && s.roles[roleCity] == nil {
		return nil, db.noData("any network")
	}
	return func(yield func(netip.Prefix, *Infos) bool) {
		s.sweep(func(r netrange.Range, recs [len(roleNames)]*record) bool {
			infos := &Infos{}
			infos.fill(recs[roleAS], recs[roleCountry], recs[roleCity])
			if !infos.hasPlace() || match != nil && !match(infos) {
				return true
			}
			for p := range r.Prefixes() {
				if !yield(p, infos) {
					return false
				}
			}
			return true
		})
	}, nil
}

// head is the next network of one database.
type head struct {
	next func() (netrange.Range, *record, bool)
	r    netrange.Range
	rec  *record
	ok   bool
}

// advance goes to the first network that is not before a, and cuts off what is.
func (h *head) advance(a netip.Addr) {
	for h.ok && h.r.Last.Less(a) {
		h.r, h.rec, h.ok = h.next()
	}
	if h.ok && h.r.First.Less(a) {
		h.r.First = a
	}
}

// sweep calls f for the ranges in which no database changes its mind, where at least one has a record.
func (s *snapshot) sweep(f func(netrange.Range, [len(roleNames)]*record) bool) {
	var heads [len(roleNames)]head
	for i, src := range s.roles {
		if src == nil {
			continue
		}
		h := &heads[i]
		var stop func()
		h.next, stop = iter.Pull2(iter.Seq2[netrange.Range, *record](src.each))
		defer stop()
		h.r, h.rec, h.ok = h.next()
	}
	for {
		at, recs := firstRange(&heads)
		if !at.First.IsValid() || !f(at, recs) {
			return
		}
		next := at.Last.Next()
		if !next.IsValid() { // the last IPv4 address: IPv6 follows
			if at.Last.Is6() {
				return
			}
			next = netip.IPv6Unspecified()
		}
		for i := range heads {
			heads[i].advance(next)
		}
	}
}

// firstRange is the range from the lowest start up to where something begins or ends, with the records of those
// that cover it.
func firstRange(heads *[len(roleNames)]head) (out netrange.Range, recs [len(roleNames)]*record) {
	for i := range heads {
		if h := &heads[i]; h.ok && (!out.First.IsValid() || h.r.First.Less(out.First)) {
			out = netrange.Range{First: h.r.First, Last: h.r.Last}
		}
	}
	for i := range heads {
		h := &heads[i]
		if !h.ok || h.r.First.BitLen() != out.First.BitLen() {
			continue
		}
		switch {
		case h.r.First == out.First:
			recs[i] = h.rec
			if h.r.Last.Less(out.Last) {
				out.Last = h.r.Last
			}
		case !out.Last.Less(h.r.First):
			out.Last = h.r.First.Prev()
		}
	}
	return out, recs
}
