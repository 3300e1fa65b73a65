package fingerprint

import (
	"math/bits"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// section holds the patterns of a probe.
type section struct {
	db          *DB
	proto, name string
	patterns    []*pattern
	fallback    []string
	next        []*section // of fallback

	once  sync.Once
	index index
}

// index finds the patterns that may match a banner. Each pattern is filed under four bytes in a row (in lower case) that
// every match contains, the rarest that it has, or else under the bytes that it may begin with.
type index struct {
	filter [1 << 12]uint64 // a bit for each hash of grams: most places of a banner end here
	grams  map[uint32][]int32
	first  [256][]int32 // patterns without such bytes
	empty  []int32      // those of them that may match an empty banner
}

// gramHash has 18 bits.
func gramHash(g uint32) uint32 { return g * 0x9e3779b1 >> 14 }

func (s *section) build() {
	forEach(len(s.patterns), func(i int) {
		p := s.patterns[i]
		n, err := p.parse()
		if err != nil {
			p.bad = true
			s.db.problem(p.line, err)
			return
		}
		p.needs = needsOf(n)
	})
	counts := map[uint32]int{}
	for _, p := range s.patterns {
		p.needs.eachGram(func(g uint32) { counts[g]++ })
	}
	x := &s.index
	x.grams = map[uint32][]int32{}
	for i, p := range s.patterns {
		if p.bad {
			continue
		}
		best, least := uint32(0), 0
		p.needs.eachGram(func(g uint32) {
			if n := counts[g]; least == 0 || n < least {
				best, least = g, n
			}
		})
		if least == 0 {
			x.addShort(p, int32(i))
			continue
		}
		x.grams[best] = append(x.grams[best], int32(i))
		h := gramHash(best)
		x.filter[h>>6] |= 1 << (h & 63)
	}
}

// eachGram calls f for all bytes in a row, four by four.
func (n *needs) eachGram(f func(uint32)) {
	for _, l := range n.lits {
		var g uint32
		for i := range len(l.text) {
			g = g<<8 | uint32(lower[l.text[i]])
			if i >= 3 {
				f(g)
			}
		}
	}
}

// addShort files a pattern that has no four bytes in a row.
func (x *index) addShort(p *pattern, i int32) {
	first := p.needs.first
	if p.needs.begin {
		l := p.needs.lits[0]
		first = &byteSet{}
		first.add(l.text[0])
		if l.fold {
			first.fold()
		}
	}
	for c := range 256 {
		if first == nil || first.has(byte(c)) {
			x.first[c] = append(x.first[c], i)
		}
	}
	if first == nil {
		x.empty = append(x.empty, i)
	}
}

// candidates sets the bits of the patterns that may match.
func (x *index) candidates(b *banner, set []uint64) {
	mark := func(list []int32) {
		for _, i := range list {
			set[i>>6] |= 1 << (i & 63)
		}
	}
	if len(b.low) == 0 {
		mark(x.empty)
		return
	}
	mark(x.first[b.data[0]])
	var g uint32
	for i := range len(b.low) {
		g = g<<8 | uint32(b.low[i])
		if h := gramHash(g); x.filter[h>>6]&(1<<(h&63)) != 0 && i >= 3 {
			mark(x.grams[g])
		}
	}
}

// match finds the first hard match, or gathers soft ones.
func (s *section) match(b *banner) (m Match, ok bool) {
	s.once.Do(s.build)
	set := make([]uint64, (len(s.patterns)+63)/64)
	s.index.candidates(b, set)
	for w, word := range set {
		for ; word != 0; word &= word - 1 {
			p := s.patterns[w<<6+bits.TrailingZeros64(word)]
			hit, matched := s.try(p, b)
			if !matched {
				continue
			}
			if !p.soft {
				return hit, true
			}
			m.add(&hit)
			ok = true
		}
	}
	return m, ok
}

// try matches one pattern that the index has found.
func (s *section) try(p *pattern, b *banner) (m Match, ok bool) {
	if !p.needs.plausible(b) {
		return m, false
	}
	if s.name == "NULL" && p.service == "landesk-rc" && b.distinct() < 100 {
		return m, false // its pattern takes any 264 bytes; those of the real service are random
	}
	p.once.Do(func() {
		if err := p.compile(); err != nil {
			p.bad = true
			s.db.problem(p.line, err)
		}
	})
	if p.bad {
		return m, false
	}
	return p.run(b)
}

// forEach calls f for 0 to n-1 on a few goroutines.
func forEach(n int, f func(int)) {
	const workers, chunk = 4, 64
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, (n+chunk-1)/chunk) {
		wg.Go(func() {
			for {
				lo := int(next.Add(chunk)) - chunk
				if lo >= n {
					return
				}
				for i := lo; i < min(lo+chunk, n); i++ {
					f(i)
				}
			}
		})
	}
	wg.Wait()
}

// Bounds of the work for one banner.
const (
	maxData   = 16 << 10 // bytes of a banner that are looked at
	maxEffort = 4 << 20  // bytes that the engines read, in all; one that captures or backtracks counts more
)

// banner is what is matched, in the forms that the engines need.
type banner struct {
	data   []byte
	str    string // data
	low    string // in lower case
	latin1 []byte // each byte as a code point, in UTF-8
	rune   []rune // the same
	effort int
}

func newBanner(data []byte) *banner {
	data = data[:min(len(data), maxData)]
	low := make([]byte, len(data))
	for i, c := range data {
		low[i] = lower[c]
	}
	return &banner{data: data, str: string(data), low: string(low)}
}

// spend takes the work of reading the banner n times from what is left.
func (b *banner) spend(n int) bool {
	b.effort += n * (len(b.data) + 64)
	return b.effort <= maxEffort
}

func (b *banner) text() []byte {
	if b.latin1 == nil {
		high := 0
		for _, c := range b.data {
			high += int(c >> 7)
		}
		if b.latin1 = b.data; high > 0 {
			b.latin1 = make([]byte, 0, len(b.data)+high)
			for _, c := range b.data {
				b.latin1 = utf8.AppendRune(b.latin1, rune(c))
			}
		}
	}
	return b.latin1
}

func (b *banner) runes() []rune {
	if b.rune == nil {
		b.rune = make([]rune, len(b.data))
		for i, c := range b.data {
			b.rune[i] = rune(c)
		}
	}
	return b.rune
}

// captured returns the bytes of a group, from positions in the text.
func (b *banner) captured(loc []int, n int) ([]byte, bool) {
	if 2*n+1 >= len(loc) || loc[2*n] < 0 {
		return nil, false
	}
	part := b.latin1[loc[2*n]:loc[2*n+1]]
	if len(b.latin1) == len(b.data) {
		return part, true
	}
	out := make([]byte, 0, len(part))
	for _, r := range string(part) {
		out = append(out, byte(r))
	}
	return out, true
}

func (b *banner) distinct() int {
	var s byteSet
	for _, c := range b.data {
		s.add(c)
	}
	return s.size()
}
