package ipdata

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"ivre/ingest/host"
	"ivre/ingest/ipdata/netrange"
)

// key is an address as a number; IPv4 addresses are in ::ffff:0:0/96.
type key struct{ hi, lo uint64 }

func keyOf(a netip.Addr) key {
	b := a.As16()
	return key{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

func (k key) compare(m key) int {
	if c := cmp.Compare(k.hi, m.hi); c != 0 {
		return c
	}
	return cmp.Compare(k.lo, m.lo)
}

// next is 0 after the last address.
func (k key) next() key {
	k.lo++
	if k.lo == 0 {
		k.hi++
	}
	return k
}

// tagTable gives the tags of addresses: the address space cut into slices, each with the tags of all ranges that it
// lies in.
type tagTable struct {
	starts []key    // ascending, the first is 0
	sets   []uint32 // of the slice that begins there: index in tags
	tags   [][]host.Tag
}

func (t *tagTable) lookup(a netip.Addr) []host.Tag {
	if t == nil || len(t.starts) == 0 {
		return nil
	}
	k := keyOf(a)
	lo, hi := 0, len(t.starts) // starts[lo] <= k
	for hi-lo > 1 {
		mid := int(uint(lo+hi) / 2)
		if s := t.starts[mid]; s.hi < k.hi || s.hi == k.hi && s.lo <= k.lo {
			lo = mid
		} else {
			hi = mid
		}
	}
	return t.tags[t.sets[lo]]
}

// tagLabel is a tag with one piece of information.
type tagLabel struct{ value, typ, info string }

type span struct {
	first, last key
	label       int
}

// MaxTagLabels is how many different labels a file of tags may have; real files have some 200. It bounds the work for each
// range, however they overlap.
const MaxTagLabels = 1024

// tagBuilder collects ranges for a table.
type tagBuilder struct {
	ids    map[tagLabel]int
	labels []tagLabel
	spans  []span
	before int // labels of the files before this one
}

// nextFile begins another file.
func (b *tagBuilder) nextFile() { b.before = len(b.labels) }

// add returns an error if the file has too many labels.
func (b *tagBuilder) add(r netrange.Range, labels ...tagLabel) error {
	for _, l := range labels {
		id, ok := b.ids[l]
		if !ok {
			if len(b.labels)-b.before == MaxTagLabels {
				return fmt.Errorf("more than %d different labels", MaxTagLabels)
			}
			if b.ids == nil {
				b.ids = map[tagLabel]int{}
			}
			id = len(b.labels)
			b.ids[l] = id
			b.labels = append(b.labels, l)
		}
		b.spans = append(b.spans, span{keyOf(r.First), keyOf(r.Last), id})
	}
	return nil
}

// edge is where a range begins (+1) or has ended (-1).
type edge struct {
	at    key
	label int
	delta int
}

func (b *tagBuilder) edges() []edge {
	out := make([]edge, 0, 2*len(b.spans))
	for _, s := range b.spans {
		out = append(out, edge{s.first, s.label, 1})
		if end := s.last.next(); end != (key{}) {
			out = append(out, edge{end, s.label, -1})
		}
	}
	slices.SortFunc(out, func(a, b edge) int { return a.at.compare(b.at) })
	return out
}

// maxTagged bounds the labels of all different sets of labels together; real files have some 2000.
const maxTagged = 1 << 20

// errTagged is returned with a table that is not complete.
var errTagged = errors.New("lists of addresses overlap in too many ways, some tags are left out: run getwebdata again")

// build makes the table: a sweep over the ends of all ranges, counting how many ranges of each label are open. The
// table can be used even if there is an error.
func (b *tagBuilder) build() (t *tagTable, err error) {
	t = &tagTable{starts: []key{{}}, sets: []uint32{0}, tags: [][]host.Tag{nil}}
	counts := make([]int32, len(b.labels))
	open := make([]byte, (len(b.labels)+7)/8) // bit set of labels
	known := map[string]uint32{string(open): 0}
	left := maxTagged
	edges := b.edges()
	for i := 0; i < len(edges); {
		at := edges[i].at
		for ; i < len(edges) && edges[i].at == at; i++ {
			l := edges[i].label
			counts[l] += int32(edges[i].delta)
			if counts[l] > 0 {
				open[l/8] |= 1 << (l % 8)
			} else {
				open[l/8] &^= 1 << (l % 8)
			}
		}
		set, ok := known[string(open)]
		if n := count(open); !ok && n > left {
			err = errTagged // and no tags
		} else if !ok {
			left -= n
			set = uint32(len(t.tags))
			known[string(open)] = set
			t.tags = append(t.tags, b.tagsOf(open))
		}
		switch n := len(t.starts) - 1; {
		case at == t.starts[n]:
			t.sets[n] = set
		case set != t.sets[n]:
			t.starts, t.sets = append(t.starts, at), append(t.sets, set)
		}
	}
	t.starts, t.sets = slices.Clip(t.starts), slices.Clip(t.sets)
	return t, err
}

func count(set []byte) (n int) {
	for _, b := range set {
		n += bits.OnesCount8(b)
	}
	return n
}

// tagsOf unites labels to tags: one per value, the first type wins, infos sorted.
func (b *tagBuilder) tagsOf(open []byte) []host.Tag {
	var list []tagLabel
	for i, l := range b.labels {
		if open[i/8]&(1<<(i%8)) != 0 {
			list = append(list, l)
		}
	}
	slices.SortStableFunc(list, func(a, b tagLabel) int { return strings.Compare(a.value, b.value) })
	var out []host.Tag
	for _, l := range list {
		if n := len(out); n == 0 || out[n-1].Value != l.value {
			out = append(out, host.Tag{Value: l.value, Type: l.typ})
		}
		t := &out[len(out)-1]
		t.Info = append(t.Info, l.info)
	}
	for i := range out {
		slices.Sort(out[i].Info)
		out[i].Info = slices.Clip(slices.Compact(out[i].Info))
	}
	return slices.Clip(out)
}

// reservedTags is the table of special addresses only.
var reservedTags = sync.OnceValue(func() *tagTable {
	var b tagBuilder
	addSpecials(&b)
	t, _ := b.build()
	return t
})
