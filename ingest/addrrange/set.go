package addrrange

import (
	"iter"
	"net/netip"
	"slices"
	"sort"
)

// Set is a set of addresses: ranges in ascending order that neither overlap nor touch. The zero value is empty.
// Sets are not changed once they are made.
type Set struct{ ranges []Range }

// Union is the set of the addresses of all the ranges, which may come in any order. Ranges that are not valid
// are left out.
func Union(ranges ...Range) Set {
	var b Builder
	for _, r := range ranges {
		b.Add(r)
	}
	return b.Set()
}

// Builder makes a set of ranges that come one by one, in any order. It needs memory for the resulting set, not
// for all that was added. The zero value is ready.
type Builder struct {
	ranges []Range
	limit  int // how many ranges there may be before they are joined
}

// builderMin is how many ranges are gathered at least before they are joined.
const builderMin = 1024

// Add adds the addresses of a range. It ignores one that is not valid.
func (b *Builder) Add(r Range) {
	if !r.IsValid() {
		return
	}
	if n := len(b.ranges); n > 0 && r.First.Compare(b.ranges[n-1].First) >= 0 {
		b.ranges = join(b.ranges, r)
		return
	}
	if len(b.ranges) >= max(b.limit, builderMin) {
		b.compact()
		b.limit = 2 * len(b.ranges) // so the sorting costs little for each range
	}
	b.ranges = append(b.ranges, r)
}

// Set is the set of all that was added. The builder is empty afterwards.
func (b *Builder) Set() Set {
	b.compact()
	s := Set{slices.Clip(b.ranges)}
	*b = Builder{}
	return s
}

func (b *Builder) compact() {
	slices.SortFunc(b.ranges, Range.Compare)
	joined := b.ranges[:0]
	for _, r := range b.ranges {
		joined = join(joined, r)
	}
	b.ranges = joined
}

// join appends a range to sorted ranges; it starts not before the last one of them, and becomes a part of that
// one if they overlap or touch.
func join(sorted []Range, r Range) []Range {
	if n := len(sorted); n > 0 {
		last := &sorted[n-1]
		if r.First.Compare(last.Last) <= 0 || r.First == last.Last.Next() {
			if last.Last.Less(r.Last) {
				last.Last = r.Last
			}
			return sorted
		}
	}
	return append(sorted, r)
}

// Ranges are the ranges of the set. The caller must not change them.
func (s Set) Ranges() []Range { return s.ranges }

// Len is the number of ranges.
func (s Set) Len() int { return len(s.ranges) }

// Count is the number of addresses.
func (s Set) Count() Count { return Total(s.ranges) }

// Total is the sum of the numbers of addresses of ranges; an address that is in two of them counts twice.
func Total(ranges []Range) (c Count) {
	for _, r := range ranges {
		c = c.Add(r.Count())
	}
	return c
}

// Prefixes is the smallest list of networks with exactly the set's addresses, in ascending order.
func (s Set) Prefixes() iter.Seq[netip.Prefix] {
	return func(yield func(netip.Prefix) bool) {
		for _, r := range s.ranges {
			for p := range r.Prefixes() {
				if !yield(p) {
					return
				}
			}
		}
	}
}

// Addrs is every address of the set, in ascending order.
func (s Set) Addrs() iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		for _, r := range s.ranges {
			for a := range r.Addrs() {
				if !yield(a) {
					return
				}
			}
		}
	}
}

// Contains tells whether an address is in the set, in logarithmic time.
func (s Set) Contains(a netip.Addr) bool {
	i := sort.Search(len(s.ranges), func(i int) bool { return s.ranges[i].Last.Compare(a) >= 0 })
	return i < len(s.ranges) && s.ranges[i].Contains(a)
}

// Union returns the addresses that are in s or in t.
func (s Set) Union(t Set) Set {
	u := make([]Range, 0, len(s.ranges)+len(t.ranges))
	for len(s.ranges)+len(t.ranges) > 0 {
		from := &s
		if len(s.ranges) == 0 || len(t.ranges) > 0 && t.ranges[0].First.Less(s.ranges[0].First) {
			from = &t
		}
		u = join(u, from.ranges[0])
		from.ranges = from.ranges[1:]
	}
	return Set{slices.Clip(u)}
}

// Intersect returns the addresses that are in s and in t: what is routable of a set, say.
func (s Set) Intersect(t Set) Set {
	var u []Range
	for len(s.ranges) > 0 && len(t.ranges) > 0 {
		a, b := s.ranges[0], t.ranges[0]
		if a.Overlaps(b) {
			u = append(u, Range{later(a.First, b.First), earlier(a.Last, b.Last)})
		}
		if a.Last.Less(b.Last) {
			s.ranges = s.ranges[1:]
		} else {
			t.ranges = t.ranges[1:]
		}
	}
	return Set{u}
}

// Subtract returns the addresses that are in s but not in t.
func (s Set) Subtract(t Set) Set {
	var u []Range
	for _, r := range s.ranges {
		for len(t.ranges) > 0 && t.ranges[0].Last.Less(r.First) {
			t.ranges = t.ranges[1:]
		}
		rest := true
		for _, hole := range t.ranges {
			if !hole.Overlaps(r) {
				break
			}
			if r.First.Less(hole.First) {
				u = append(u, Range{r.First, hole.First.Prev()})
			}
			if rest = hole.Last.Less(r.Last); !rest {
				break
			}
			r.First = hole.Last.Next()
		}
		if rest {
			u = append(u, r)
		}
	}
	return Set{u}
}

func later(a, b netip.Addr) netip.Addr {
	if a.Less(b) {
		return b
	}
	return a
}

func earlier(a, b netip.Addr) netip.Addr {
	if b.Less(a) {
		return b
	}
	return a
}
