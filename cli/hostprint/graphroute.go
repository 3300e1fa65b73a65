package hostprint

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/netip"
	"slices"
	"strings"

	"ivre/cli/termtext"
	"ivre/ingest/host"
)

// GraphInclude tells how far the routes of a graph go.
type GraphInclude int

// How far routes go.
const (
	GraphInner   GraphInclude = iota // without the target and the last router before it
	GraphLastHop                     // without the target
	GraphTarget                      // all of them
)

// GraphOptions are the options of GraphRoute.
type GraphOptions struct {
	Include GraphInclude
	// Cluster returns the group (an AS, a country) that a router belongs to, and the group's name; the id "" is no
	// group. nil: there are no groups. It is called once for each router, at the end.
	Cluster func(router netip.Addr) (id, name string)
}

// GraphRoute writes the routes in the traces of all hosts as one directed graph for Graphviz's dot. Routers that
// are at consecutive distances are connected. The graph is kept in memory until the end.
func GraphRoute(opt GraphOptions) Printer {
	return &graph{opt: opt, nodes: map[netip.Addr]struct{}{}, edges: map[link]struct{}{}}
}

type graph struct {
	page
	opt   GraphOptions
	nodes map[netip.Addr]struct{}
	edges map[link]struct{}
}

func (g *graph) Host(_ io.Writer, h *host.Host) error {
	for i := range h.Traces {
		hops := g.included(sortedHops(h.Traces[i].Hops), h.Addr)
		for j := range hops {
			b := &hops[j]
			if !b.Addr.IsValid() {
				continue
			}
			g.nodes[b.Addr] = struct{}{}
			if j == 0 {
				continue
			}
			if a := &hops[j-1]; a.Addr.IsValid() && a.Addr != b.Addr && consecutive(a.TTL, b.TTL) {
				g.edges[link{a.Addr, b.Addr}] = struct{}{}
			}
		}
	}
	return nil
}

// included returns the hops that belong to the graph. The last router is the last one that answered.
func (g *graph) included(hops []host.Hop, target netip.Addr) []host.Hop {
	if g.opt.Include == GraphTarget {
		return hops
	}
	for len(hops) > 0 && hops[len(hops)-1].Addr == target {
		hops = hops[:len(hops)-1]
	}
	if g.opt.Include == GraphInner && len(hops) > 0 {
		hops = hops[:len(hops)-1]
	}
	return hops
}

func consecutive(a, b host.Value) bool {
	na, oka := a.(int64)
	nb, okb := b.(int64)
	return oka && okb && nb > na && nb-na == 1
}

func (g *graph) End(w io.Writer) error {
	g.text("digraph traceroute {\n")
	nodes := make([]netip.Addr, 0, len(g.nodes))
	for a := range g.nodes {
		nodes = append(nodes, a)
	}
	slices.SortFunc(nodes, netip.Addr.Compare)
	if g.opt.Cluster == nil {
		for _, a := range nodes {
			g.node("\t", a)
			g.spill(w)
		}
	} else {
		g.clusters(w, nodes)
	}
	edges := make([]link, 0, len(g.edges))
	for e := range g.edges {
		edges = append(edges, e)
	}
	slices.SortFunc(edges, compareLinks)
	for _, e := range edges {
		g.text("\t" + nodeID(e.from) + " -> " + nodeID(e.to) + ";\n")
		g.spill(w)
	}
	g.text("}\n")
	return g.flush(w)
}

// cluster is a group of routers.
type cluster struct {
	id, name string
	nodes    []netip.Addr
}

// clusters writes the nodes without a group, then the groups in the order of their ids.
func (g *graph) clusters(w io.Writer, nodes []netip.Addr) {
	byID := map[string]*cluster{}
	var all []*cluster
	for _, a := range nodes {
		id, name := g.opt.Cluster(a)
		if id == "" {
			g.node("\t", a)
			g.spill(w)
			continue
		}
		id = identifier(id)
		c := byID[id]
		if c == nil {
			c = &cluster{id: id, name: name}
			byID[id] = c
			all = append(all, c)
		}
		c.nodes = append(c.nodes, a)
	}
	slices.SortFunc(all, func(a, b *cluster) int { return strings.Compare(a.id, b.id) })
	for _, c := range all {
		g.text("\tsubgraph cluster_" + c.id + " {\n")
		if c.name != "" {
			g.text("\t\tlabel=" + dotText(c.name) + ";\n")
		}
		for _, a := range c.nodes {
			g.node("\t\t", a)
			g.spill(w)
		}
		g.text("\t}\n")
	}
}

func (g *graph) node(indent string, a netip.Addr) {
	g.text(indent + nodeID(a) + ` [label="` + a.String() + "\"];\n")
}

// nodeID is the identifier of a node, the same in all graphs.
func nodeID(a netip.Addr) string {
	sum := sha256.Sum256([]byte(a.String()))
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

// identifier makes a dot identifier of s.
func identifier(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return r
		}
		return '_'
	}, s)
}

// dotText is s as a quoted text of dot.
func dotText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(termtext.Clean(s)) + `"`
}
