package webdata

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"slices"

	"ivre/ingest/ipdata"
	"ivre/ingest/ipdata/netrange"
)

// A table of ranges is JSON: [[last address of each slice of the address space, as a number of 128 bits], [label or null
// of each slice]], with IPv4 in ::ffff:0:0/96. Slices do not overlap: where networks do, a slice has the labels of all.

// key is an address in a table.
type key [16]byte

func (k key) compare(m key) int { return bytes.Compare(k[:], m[:]) }

// before is the address before this one, which is not the first.
func (k key) before() key {
	for i := len(k) - 1; i >= 0; i-- {
		k[i]--
		if k[i] != 0xff {
			break
		}
	}
	return k
}

// after is the address after this one; ok is false if this is the last.
func (k key) after() (next key, ok bool) {
	for i := len(k) - 1; i >= 0; i-- {
		k[i]++
		if k[i] != 0 {
			return k, true
		}
	}
	return k, false
}

// edge is where a network begins (+1) or has ended (-1).
type edge struct {
	at    key
	label int
	delta int
}

// tableMaker collects networks with labels, which are JSON.
type tableMaker struct {
	ids    map[string]int
	labels []string
	edges  []edge
}

// maxEdges bounds the ends of networks, once for each label, and maxListed the labels of all slices together; real tables
// have below 200000 of each.
const (
	maxLabels = ipdata.MaxTagLabels
	maxEdges  = 1 << 21
	maxListed = 1 << 22
)

var errOverlaps = errors.New("its networks overlap in too many ways")

// add adds a network.
func (m *tableMaker) add(p netip.Prefix, labels ...string) error {
	if tooWide(p) {
		return fmt.Errorf("the network %s is too wide to be true", p)
	}
	r := netrange.FromPrefix(p)
	end, bounded := key(r.Last.As16()).after()
	for _, l := range labels {
		id, ok := m.ids[l]
		if !ok {
			if len(m.labels) == maxLabels {
				return fmt.Errorf("it has more than %d different labels", maxLabels)
			}
			if m.ids == nil {
				m.ids = map[string]int{}
			}
			id = len(m.labels)
			m.ids[l] = id
			m.labels = append(m.labels, l)
		}
		if len(m.edges) >= maxEdges {
			return errors.New("it has too many networks")
		}
		m.edges = append(m.edges, edge{r.First.As16(), id, 1})
		if bounded {
			m.edges = append(m.edges, edge{end, id, -1})
		}
	}
	return nil
}

// write makes the table. together writes the labels of a slice, which are sorted, as one.
func (m *tableMaker) write(together func(labels []string) string) ([]byte, error) {
	if len(m.edges) == 0 {
		return nil, errEmpty
	}
	slices.SortFunc(m.edges, func(a, b edge) int { return a.at.compare(b.at) })
	t := &tableText{last: "null"}
	open := make([]int, len(m.labels)) // networks of each label that the sweep is in
	listed := 0
	for i := 0; i < len(m.edges); {
		at := m.edges[i].at
		for ; i < len(m.edges) && m.edges[i].at == at; i++ {
			open[m.edges[i].label] += m.edges[i].delta
		}
		var labels []string
		for id, n := range open {
			if n > 0 {
				labels = append(labels, m.labels[id])
			}
		}
		if listed += len(labels); listed > maxListed {
			return nil, errOverlaps
		}
		label := "null"
		if len(labels) > 0 {
			slices.Sort(labels)
			label = together(labels)
		}
		if t.change(at, label); len(t.labels) > MaxSize {
			return nil, errOverlaps
		}
	}
	return t.end()
}

// tableText is a table being written.
type tableText struct {
	stops, labels []byte
	last          string // label of the slice that is open
}

// change says that the label is another one from an address on.
func (t *tableText) change(at key, label string) {
	if label == t.last {
		return
	}
	if at != (key{}) {
		t.slice(at.before())
	}
	t.last = label
}

func (t *tableText) slice(stop key) {
	if len(t.stops) > 0 {
		t.stops, t.labels = append(t.stops, ", "...), append(t.labels, ", "...)
	}
	t.stops = new(big.Int).SetBytes(stop[:]).Append(t.stops, 10)
	t.labels = append(t.labels, t.last...)
}

// end adds the slice up to the last address, so that each address is in one.
func (t *tableText) end() ([]byte, error) {
	var top key
	t.slice(top.before())
	text := slices.Concat([]byte("[["), t.stops, []byte("],\n["), t.labels, []byte("]]\n"))
	if len(text) > MaxSize {
		return nil, errOverlaps
	}
	return text, nil
}
