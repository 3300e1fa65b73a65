package flows

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"time"
)

// Modes of graphs. Any other name means DefaultMode.
const (
	DefaultMode = "default"  // an edge per flow
	FlowMap     = "flow_map" // an edge per pair of hosts, with the protocols and ports
	TalkMap     = "talk_map" // an edge per pair of hosts
)

// Node is a host.
type Node struct {
	Addr                netip.Addr
	FirstSeen, LastSeen time.Time // over the flows that it is shown with
	X, Y                float64   // where to draw it at first, at random, from 0 up to 1
}

func newNode(a netip.Addr, f *Flow) *Node {
	return &Node{Addr: a, FirstSeen: f.FirstSeen, LastSeen: f.LastSeen, X: rand.Float64(), Y: rand.Float64()}
}

// Data is what is known of the host.
func (n *Node) Data() Object {
	return Object{{"addr", n.Addr}, {"firstseen", n.FirstSeen}, {"lastseen", n.LastSeen}}
}

// MarshalJSON writes the node as the web interface expects it.
func (n *Node) MarshalJSON() ([]byte, error) {
	return Object{
		{"id", n.Addr}, {"label", n.Addr}, {"labels", []string{"Host"}}, {"x", n.X}, {"y", n.Y}, {"data", n.Data()},
	}.MarshalJSON()
}

// Edge connects two hosts.
type Edge struct {
	ID             string // of the flow, or of the first one of several
	Label          string // tcp/80; or Kind where flows are merged
	Kind           string // Flow, MERGED_FLOWS or TALK
	Source, Target netip.Addr
	Data           Object
}

// MarshalJSON writes the edge as the web interface expects it.
func (e *Edge) MarshalJSON() ([]byte, error) {
	return Object{
		{"id", e.ID}, {"label", e.Label}, {"labels", []string{e.Kind}},
		{"source", e.Source}, {"target", e.Target}, {"data", e.Data},
	}.MarshalJSON()
}

// NewEdge returns the edge that stands for a flow in a mode. In the default mode it has the flow's time
// slots if the flow was read with them.
func NewEdge(f *Flow, mode string) *Edge {
	e := &Edge{ID: f.ID(), Source: f.Src, Target: f.Dst}
	switch mode {
	case FlowMap:
		e.Kind = "MERGED_FLOWS"
		e.Data = Object{{"count", 1}, {"flows", []any{talk(f.Key)}}}
	case TalkMap:
		e.Kind = "TALK"
		e.Data = Object{{"count", 1}, {"flows", []any{"TALK"}}}
	default:
		e.Kind, e.Label, e.Data = "Flow", f.Label(), f.Data()
		return e
	}
	e.Label = e.Kind
	return e
}

// talk is a flow's protocol and port, null without one.
func talk(k Key) []any {
	if k.HasPort() {
		return []any{k.Proto, k.Dport}
	}
	return []any{k.Proto, nil}
}

// Data is what is known of the flow. What is absent is nil.
func (f *Flow) Data() Object {
	id := f.ID()
	o := Object{
		{"cspkts", number(f.CsPkts)}, {"csbytes", number(f.CsBytes)}, {"count", number(f.Count)},
		{"scpkts", number(f.ScPkts)}, {"scbytes", number(f.ScBytes)},
		{"proto", f.Proto}, {"firstseen", f.FirstSeen}, {"lastseen", f.LastSeen},
		{"__key__", id}, {"addr_src", f.Src}, {"addr_dst", f.Dst},
	}
	if f.Times != nil {
		o = append(o, Member{"meta", Object{{"times", f.Times}}})
	}
	switch {
	case f.HasPort():
		o = append(o, Member{"sports", orNil(f.Sports)}, Member{"dport", f.Dport})
	case f.HasType():
		o = append(o, Member{"codes", orNil(f.Codes)}, Member{"type", f.Type})
	}
	return o
}

func number(n *uint64) any {
	if n == nil {
		return nil
	}
	return *n
}

func orNil[T any](list []T) any {
	if list == nil {
		return nil
	}
	return list
}

// Record is a flow with its hosts, for listings.
type Record struct {
	Src  *Node `json:"src"`
	Dst  *Node `json:"dst"`
	Flow *Edge `json:"flow"`
}

// NewRecord returns the record of a flow in a mode of graphs. Nothing is merged.
func NewRecord(f *Flow, mode string) Record {
	return Record{newNode(f.Src, f), newNode(f.Dst, f), NewEdge(f, mode)}
}

// Graph holds hosts and what connects them.
type Graph struct {
	Nodes []*Node `json:"nodes"` // in order of appearance, sources before destinations
	Edges []*Edge `json:"edges"`
}

// Graph returns the flows of a request as a graph. Time slots are left out if they are not within the
// request's bounds.
func (c *Client) Graph(ctx context.Context, req Request, mode string) (*Graph, error) {
	b := newBuilder(mode)
	d := timesOnly
	if mode != FlowMap && mode != TalkMap {
		d = withSums
		if req.Timeline {
			d = everything
		}
	}
	err := c.each(ctx, req, d, func(f *Flow) error {
		if f.Times != nil {
			f.Times = req.within(f.Times)
		}
		b.add(f)
		return nil
	})
	return &b.graph, err
}

// within keeps the slots within the bounds.
func (r *Request) within(slots []Slot) []Slot {
	kept := slots[:0]
	for _, s := range slots {
		if r.holds(s) {
			kept = append(kept, s)
		}
	}
	return kept
}

// builder puts a graph together.
type builder struct {
	mode  string
	graph Graph
	nodes map[netip.Addr]*Node
	pairs map[[2]netip.Addr]*pair
}

// pair is the edge between two hosts, with what it holds already.
type pair struct {
	edge *Edge
	seen map[Key]bool
}

func newBuilder(mode string) *builder {
	return &builder{
		mode: mode, graph: Graph{Nodes: []*Node{}, Edges: []*Edge{}},
		nodes: map[netip.Addr]*Node{}, pairs: map[[2]netip.Addr]*pair{},
	}
}

func (b *builder) add(f *Flow) {
	b.host(f.Src, f)
	b.host(f.Dst, f)
	if b.mode != FlowMap && b.mode != TalkMap {
		b.graph.Edges = append(b.graph.Edges, NewEdge(f, b.mode))
		return
	}
	ends := [2]netip.Addr{f.Src, f.Dst}
	p := b.pairs[ends]
	if p == nil {
		p = &pair{NewEdge(f, b.mode), map[Key]bool{talkKey(f.Key): true}}
		b.pairs[ends] = p
		b.graph.Edges = append(b.graph.Edges, p.edge)
		return
	}
	if k := talkKey(f.Key); b.mode == FlowMap && !p.seen[k] {
		p.seen[k] = true
		p.edge.Data[0].Value = len(p.seen)
		p.edge.Data[1].Value = append(p.edge.Data[1].Value.([]any), talk(f.Key))
	}
}

// talkKey is what makes talks of one pair of hosts different.
func talkKey(k Key) Key { return Key{Proto: k.Proto, Dport: k.Dport} }

func (b *builder) host(a netip.Addr, f *Flow) {
	n := b.nodes[a]
	if n == nil {
		n = newNode(a, f)
		b.nodes[a] = n
		b.graph.Nodes = append(b.graph.Nodes, n)
		return
	}
	if f.FirstSeen.Before(n.FirstSeen) {
		n.FirstSeen = f.FirstSeen
	}
	if f.LastSeen.After(n.LastSeen) {
		n.LastSeen = f.LastSeen
	}
}
