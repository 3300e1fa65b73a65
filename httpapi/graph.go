package httpapi

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"

	"ivre/httpapi/wire"
	"ivre/sql/flows"
)

// flowGraph answers with the graph of flows.
//
// The edges are written while they are read, before the nodes, whose times are known at the end only (the
// order of members does not matter to clients). So what a graph takes is some bytes for each host, not
// the whole of the edges. That also goes for the modes with an edge per pair of hosts as long as the flows
// of a pair come one after the other, that is, in any order but that of the ports.
func (s *Server) flowGraph(c echo.Context, q flowQuery) error {
	merged := q.mode == flows.FlowMap || q.mode == flows.TalkMap
	if merged && q.OrderBy == "flow" {
		return s.limited(c, func(ctx context.Context) error {
			g, err := s.Flows.Graph(ctx, q.Request, q.mode)
			if err != nil {
				return err
			}
			return answer(c, g)
		})
	}
	disposition(c, "json")
	h := c.Response().Header()
	h.Set("Content-Type", "application/json")
	w := newGraphWriter(c.Response(), q.Request, q.mode)
	if !merged {
		w.merge = nil
	}
	err := s.stream(c, q.Request, w.add)
	if errors.Is(err, errHeadersOnly) {
		c.Response().WriteHeader(http.StatusOK)
		return nil
	}
	if err != nil {
		return err // with its own status if nothing was sent yet; else the connection is cut
	}
	return w.finish()
}

var errHeadersOnly = errors.New("only the headers were asked for")

// stream reads flows and passes each to f.
func (s *Server) stream(c echo.Context, req flows.Request, f func(*flows.Flow) error) error {
	return s.paced(c.Request(), func(ctx context.Context, write func(func() error) error) error {
		return s.Flows.Each(ctx, req, func(fl *flows.Flow) error { return write(func() error { return f(fl) }) })
	})
}

// graphWriter writes a graph flow by flow.
type graphWriter struct {
	out   *bufio.Writer
	raw   []byte // an edge as it is in JSON, reused
	text  []byte // an item in the style of the API, reused
	req   flows.Request
	mode  string
	edges int
	merge *mergedEdge // the edge whose flows are being read; nil if each flow has its own
	hosts hostList
}

// outBuffer is how much of an answer is held back. An error until then has its own status.
const outBuffer = 64 << 10

func newGraphWriter(w io.Writer, req flows.Request, mode string) *graphWriter {
	return &graphWriter{
		out: bufio.NewWriterSize(w, outBuffer), req: req, mode: mode,
		merge: &mergedEdge{}, hosts: hostList{at: map[[16]byte]uint32{}},
	}
}

func (w *graphWriter) add(f *flows.Flow) error {
	w.hosts.add(f.Src, f)
	w.hosts.add(f.Dst, f)
	if w.merge == nil {
		f.Times = w.req.Within(f.Times)
		w.raw = f.AppendEdge(w.raw[:0])
		return w.write(w.beforeEdge(), w.raw)
	}
	return w.edge(w.merge.add(f, w.mode))
}

// edge writes an edge, if it is one.
func (w *graphWriter) edge(e *flows.Edge) error {
	if e == nil {
		return nil
	}
	return w.item(w.beforeEdge(), e)
}

// beforeEdge counts an edge and returns what stands before it.
func (w *graphWriter) beforeEdge() string {
	w.edges++
	if w.edges == 1 {
		return `{"edges": [`
	}
	return ", "
}

// item writes a text and then a value.
func (w *graphWriter) item(before string, v json.Marshaler) error {
	text, err := v.MarshalJSON()
	if err != nil {
		return err
	}
	return w.write(before, text)
}

func (w *graphWriter) write(before string, text []byte) error {
	w.text = wire.Restyle(append(w.text[:0], before...), text)
	_, err := w.out.Write(w.text)
	return err
}

// finish writes what is left: the last edge and the nodes.
func (w *graphWriter) finish() error {
	if w.merge != nil {
		if err := w.edge(w.merge.edge); err != nil {
			return err
		}
	}
	start := `], "nodes": [`
	if w.edges == 0 {
		start = `{"edges": [], "nodes": [`
	}
	if _, err := w.out.WriteString(start); err != nil {
		return err
	}
	before := ""
	for i := range w.hosts.list {
		if err := w.item(before, w.hosts.node(i)); err != nil {
			return err
		}
		before = ", "
	}
	if _, err := w.out.WriteString("]}\n"); err != nil {
		return err
	}
	return w.out.Flush()
}

// mergedEdge is the edge of a pair of hosts in the modes that have one for each pair.
type mergedEdge struct {
	edge *flows.Edge // nil before the first flow
	seen map[talk]bool
}

// talk is what makes the flows of a pair different in the answer.
type talk struct {
	proto string
	port  int
}

func talkOf(f *flows.Flow) talk {
	if f.HasPort() {
		return talk{f.Proto, int(f.Dport)}
	}
	return talk{f.Proto, -1}
}

// add adds a flow to the edge. If it is of another pair, its edge takes the place of the one so far, which
// is returned: it is complete.
func (m *mergedEdge) add(f *flows.Flow, mode string) (complete *flows.Edge) {
	t := talkOf(f)
	if m.edge == nil || f.Src != m.edge.Source || f.Dst != m.edge.Target {
		complete = m.edge
		m.edge, m.seen = flows.NewEdge(f, mode), map[talk]bool{t: true}
		return complete
	}
	if mode == flows.FlowMap && !m.seen[t] {
		m.seen[t] = true
		m.edge.Data = joined(m.edge.Data, flows.NewEdge(f, mode).Data)
	}
	return nil
}

// joined adds the flows of one edge's data to those of another.
func joined(all, more flows.Object) flows.Object {
	a, _ := all.Get("flows")
	b, _ := more.Get("flows")
	list := append(a.([]any), b.([]any)...)
	return flows.Object{{Name: "count", Value: len(list)}, {Name: "flows", Value: list}}
}

// hostList holds the hosts of a graph in order of appearance, in as little memory as possible: there may be
// millions.
type hostList struct {
	at   map[[16]byte]uint32
	list []host
}

type host struct {
	addr        [16]byte
	first, last int64 // microseconds since 1970
}

func (l *hostList) add(a netip.Addr, f *flows.Flow) {
	key, first, last := a.As16(), f.FirstSeen.UnixMicro(), f.LastSeen.UnixMicro()
	i, ok := l.at[key]
	if !ok {
		l.at[key] = uint32(len(l.list))
		l.list = append(l.list, host{key, first, last})
		return
	}
	h := &l.list[i]
	h.first, h.last = min(h.first, first), max(h.last, last)
}

func (l *hostList) node(i int) *flows.Node {
	h := &l.list[i]
	return &flows.Node{
		Addr: netip.AddrFrom16(h.addr).Unmap(), FirstSeen: time.UnixMicro(h.first).UTC(), LastSeen: time.UnixMicro(h.last).UTC(),
		X: rand.Float64(), Y: rand.Float64(),
	}
}
