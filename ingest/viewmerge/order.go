package viewmerge

import (
	"hash/fnv"
	"maps"
	"slices"

	"ivre/ingest/host"
)

// Origin says where a record comes from. Of records with the same end, those of a greater origin are newer.
type Origin uint8

const (
	Stored  Origin = iota // what the view held before
	Scan                  // see FromScan
	Passive               // see FromPassive
)

// rank orders records by their age.
type rank struct {
	end    int64 // microseconds since 1970
	origin Origin
	h      *host.Host // until sum is known
	sum    uint64
}

func newRank(h *host.Host, o Origin) *rank { return &rank{end: endOf(h), origin: o, h: h} }

// endOf is the end of a record; one without is as old as 1970.
func endOf(h *host.Host) int64 {
	if h.End.IsZero() {
		return 0
	}
	return h.End.UnixMicro()
}

// hash is only needed where end and origin are the same, so it is computed late.
func (r *rank) hash() uint64 {
	if r.h != nil {
		f := fnv.New64a()
		f.Write(host.Append(nil, r.h))
		r.sum, r.h = f.Sum64(), nil
	}
	return r.sum
}

// stamp is the age of a record, or of one of several ports of the same number in it.
type stamp struct {
	*rank
	sub int
}

func (s stamp) compare(o stamp) int {
	switch {
	case s.rank == o.rank:
		return s.sub - o.sub
	case s.end != o.end:
		return less(s.end < o.end)
	case s.origin != o.origin:
		return less(s.origin < o.origin)
	}
	if a, b := s.hash(), o.hash(); a != b {
		return less(a < b)
	}
	return s.sub - o.sub
}

func less(is bool) int {
	if is {
		return -1
	}
	return 1
}

// latest is the newest value.
type latest[T any] struct {
	at stamp
	v  T
}

func (l *latest[T]) put(at stamp, v T) {
	if l.at.rank == nil || at.compare(l.at) > 0 {
		l.at, l.v = at, v
	}
}

// place is the age of an item and its place in a list of its record.
type place struct {
	at    stamp
	index int
}

// compare orders by age, then by place.
func (p place) compare(o place) int {
	if c := p.at.compare(o.at); c != 0 {
		return c
	}
	return p.index - o.index
}

// newFirst orders from new to old, but what is in one record by place.
func (p place) newFirst(o place) int {
	if c := o.at.compare(p.at); c != 0 {
		return c
	}
	return p.index - o.index
}

// slot is what is known of an item: its oldest and its newest form, and a set of texts that belong to it.
type slot[T any] struct {
	first, last    place
	oldest, newest T
	set            textSet
}

// table holds items by what makes them the same.
type table[K comparable, T any] map[K]*slot[T]

// put adds an item. Of several that are the same in a list of one record, the first counts.
func (t *table[K, T]) put(key K, at stamp, index int, v T) *slot[T] {
	p := place{at, index}
	s := (*t)[key]
	if s == nil {
		if *t == nil {
			*t = table[K, T]{}
		}
		s = &slot[T]{first: p, last: p, oldest: v, newest: v}
		(*t)[key] = s
		return s
	}
	if p.compare(s.first) < 0 {
		s.first, s.oldest = p, v
	}
	if p.newFirst(s.last) < 0 {
		s.last, s.newest = p, v
	}
	return s
}

// oldFirst lists the items by when they appeared first.
func (t table[K, T]) oldFirst() []*slot[T] {
	return slices.SortedFunc(maps.Values(t), func(a, b *slot[T]) int { return a.first.compare(b.first) })
}

// newFirst lists the items of the newest record in their order, then those of the record before that are not among
// them, and so on.
func (t table[K, T]) newFirst() []*slot[T] {
	return slices.SortedFunc(maps.Values(t), func(a, b *slot[T]) int { return a.last.newFirst(b.last) })
}

// textSet is a set of texts.
type textSet map[string]struct{}

func (s *textSet) add(list ...string) {
	if len(list) > 0 && *s == nil {
		*s = textSet{}
	}
	for _, text := range list {
		(*s)[text] = struct{}{}
	}
}

// sorted lists the texts; nil if there are none.
func (s textSet) sorted() []string {
	if len(s) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(s))
}
