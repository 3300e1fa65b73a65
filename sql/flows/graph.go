package flows

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"strconv"
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
func (n *Node) MarshalJSON() ([]byte, error) { return n.appendJSON(make([]byte, 0, 256)), nil }

// appendJSON writes the object member by member: graphs have more nodes than anything else.
func (n *Node) appendJSON(b []byte) []byte {
	addr := appendJSON(make([]byte, 0, 48), n.Addr)
	b = append(append(b, `{"id":`...), addr...)
	b = append(append(b, `,"label":`...), addr...)
	b = strconv.AppendFloat(append(b, `,"labels":["Host"],"x":`...), n.X, 'g', -1, 64)
	b = strconv.AppendFloat(append(b, `,"y":`...), n.Y, 'g', -1, 64)
	b = append(append(b, `,"data":{"addr":`...), addr...)
	b = appendTime(append(b, `,"firstseen":"`...), n.FirstSeen)
	b = appendTime(append(b, `","lastseen":"`...), n.LastSeen)
	return append(b, `"}}`...)
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
		f.Times = req.Within(f.Times)
		b.add(f)
		return nil
	})
	return &b.graph, err
}

// Within keeps the slots within the bounds, in place; nil stays nil.
func (r *Request) Within(slots []Slot) []Slot {
	kept := slots[:0] // of nil, nil
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

// AppendEdge appends the JSON text of the flow's edge in the default mode: what NewEdge would marshal to,
// without making the values in between, which is most of what a graph of many flows costs.
func (f *Flow) AppendEdge(b []byte) []byte {
	id := appendString(make([]byte, 0, 96), f.ID())
	src, dst := appendJSON(make([]byte, 0, 48), f.Src), appendJSON(make([]byte, 0, 48), f.Dst)
	b = append(append(b, `{"id":`...), id...)
	b = appendString(append(b, `,"label":`...), f.Label())
	b = append(append(b, `,"labels":["Flow"],"source":`...), src...)
	b = append(append(b, `,"target":`...), dst...)
	b = append(b, `,"data":{`...)
	for _, n := range [...]struct {
		name  string
		value *uint64
	}{{`"cspkts":`, f.CsPkts}, {`,"csbytes":`, f.CsBytes}, {`,"count":`, f.Count}, {`,"scpkts":`, f.ScPkts}, {`,"scbytes":`, f.ScBytes}} {
		b = append(b, n.name...)
		if n.value == nil {
			b = append(b, "null"...)
		} else {
			b = strconv.AppendUint(b, *n.value, 10)
		}
	}
	b = appendString(append(b, `,"proto":`...), f.Proto)
	b = appendTime(append(b, `,"firstseen":"`...), f.FirstSeen)
	b = appendTime(append(b, `","lastseen":"`...), f.LastSeen)
	b = append(append(b, `","__key__":`...), id...)
	b = append(append(b, `,"addr_src":`...), src...)
	b = append(append(b, `,"addr_dst":`...), dst...)
	if f.Times != nil {
		b = append(appendList(append(b, `,"meta":{"times":`...), f.Times), '}')
	}
	switch {
	case f.HasPort():
		b = appendPresent(append(b, `,"sports":`...), f.Sports)
		b = strconv.AppendUint(append(b, `,"dport":`...), uint64(f.Dport), 10)
	case f.HasType():
		b = appendPresent(append(b, `,"codes":`...), f.Codes)
		b = strconv.AppendUint(append(b, `,"type":`...), uint64(f.Type), 10)
	}
	return append(b, "}}"...)
}

func appendPresent[T uint8 | uint16](b []byte, list []T) []byte {
	if list == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(v), 10)
	}
	return append(b, ']')
}
