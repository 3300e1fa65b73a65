package flows

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/ingest/flow"
	"ivre/sql/flowfilter"
	"ivre/sql/store"
	"ivre/sql/tree"
)

// HostDetails is what is known of a host from its flows. A flow of a host with itself is outgoing.
type HostDetails struct {
	Addr                string     // as it was asked for
	FirstSeen, LastSeen *time.Time // nil if there is no flow
	InFlows, OutFlows   []Talk     // by protocol and port
	Clients, Servers    []netip.Addr
}

// Talk is a protocol with its server port.
type Talk struct {
	Proto string
	Dport *uint16 // nil for protocols without ports
}

// MarshalJSON writes the details as the web interface expects them.
func (h *HostDetails) MarshalJSON() ([]byte, error) {
	elt := Object{{"addr", h.Addr}}
	if h.FirstSeen != nil {
		elt = append(elt, Member{"firstseen", *h.FirstSeen}, Member{"lastseen", *h.LastSeen})
	}
	return Object{
		{"in_flows", talkList(h.InFlows)}, {"elt", elt}, {"out_flows", talkList(h.OutFlows)},
		{"clients", addrList(h.Clients)}, {"servers", addrList(h.Servers)},
	}.MarshalJSON()
}

func talkList(talks []Talk) []any {
	out := make([]any, len(talks))
	for i, t := range talks {
		var port any
		if t.Dport != nil {
			port = *t.Dport
		}
		out[i] = []any{t.Proto, port}
	}
	return out
}

func addrList(addrs []netip.Addr) []any {
	out := make([]any, len(addrs))
	for i, a := range addrs {
		out[i] = a
	}
	return out
}

// Host returns the details of a host, found or not. The address may have any form that filters take.
func (c *Client) Host(ctx context.Context, addr string) (*HostDetails, error) {
	a, err := flowfilter.ParseAddr(addr)
	if err != nil {
		return nil, &InputError{err.Error()}
	}
	st, err := c.hostStatement(a)
	if err != nil {
		return nil, err
	}
	h := &HostDetails{Addr: addr}
	err = c.query(ctx, st, func(rows driver.Rows) error {
		var outgoing bool
		var first, last time.Time
		var talks [][]any
		var peers []net.IP
		if err := rows.Scan(&outgoing, &first, &last, &talks, &peers); err != nil {
			return err
		}
		h.widen(first.UTC(), last.UTC())
		if outgoing {
			h.OutFlows, h.Servers = readTalks(talks), readAddrs(peers)
		} else {
			h.InFlows, h.Clients = readTalks(talks), readAddrs(peers)
		}
		return nil
	})
	return h, err
}

// hostStatement reads the rows of flows as they are: sets, minima and maxima do not mind repetition. The
// two directions are separate so that each one can use its index.
func (c *Client) hostStatement(a netip.Addr) (store.Statement, error) {
	var p tree.Params
	bound := p.Bind("IPv6", netip.AddrFrom16(a.As16()).String())
	direction := func(outgoing, peer, where string) string {
		return "SELECT " + outgoing + " AS outgoing, min(firstseen), max(lastseen)," +
			" arraySort(groupUniqArray((toString(proto), if(" + hasPort + ", toInt32(dport), -1))))," +
			" arraySort(groupUniqArray(" + peer + "))" +
			" FROM flows WHERE " + where + " HAVING count() > 0"
	}
	return c.statement(direction("true", "dst", "src = "+bound)+
		" UNION ALL "+direction("false", "src", "dst = "+bound+" AND src != "+bound), &p)
}

func (h *HostDetails) widen(first, last time.Time) {
	if h.FirstSeen == nil || first.Before(*h.FirstSeen) {
		h.FirstSeen = &first
	}
	if h.LastSeen == nil || last.After(*h.LastSeen) {
		h.LastSeen = &last
	}
}

func readAddrs(list []net.IP) []netip.Addr {
	out := make([]netip.Addr, len(list))
	for i, ip := range list {
		a, _ := netip.AddrFromSlice(ip)
		out[i] = a.Unmap()
	}
	return out
}

func readTalks(rows [][]any) []Talk {
	out := make([]Talk, len(rows))
	for i, r := range rows {
		out[i].Proto, _ = r[0].(string)
		if port, _ := r[1].(int32); port >= 0 {
			p := uint16(port)
			out[i].Dport = &p
		}
	}
	return out
}

// FlowDetails is all that is known of a flow.
type FlowDetails struct {
	Flow *Flow // without time slots
	// Meta holds an object for each protocol whose logs speak of the flow: the number of log lines, the
	// lists of values and the sums.
	Meta Object
}

// MarshalJSON writes the details as the web interface expects them.
func (d *FlowDetails) MarshalJSON() ([]byte, error) {
	o := Object{{"elt", d.Flow.Data()}}
	if len(d.Meta) > 0 {
		o = append(o, Member{"meta", d.Meta})
	}
	return o.MarshalJSON()
}

// Flow returns the details of a flow by its identifier; ErrNotFound if there is no such flow.
func (c *Client) Flow(ctx context.Context, id string) (*FlowDetails, error) {
	k, err := ParseID(id)
	if err != nil {
		return nil, err
	}
	var p tree.Params
	where := " WHERE " + whereKey(k, &p)
	st, err := c.statement("SELECT "+withSums.grouped()+" FROM flows"+where+" GROUP BY "+keyColumns, &p)
	if err != nil {
		return nil, err
	}
	var d FlowDetails
	err = c.scanFlows(ctx, st, withSums, func(f *Flow) error {
		d.Flow = f
		return nil
	})
	if err != nil {
		return nil, err
	}
	if d.Flow == nil {
		return nil, ErrNotFound
	}
	d.Meta, err = c.metadata(ctx, where, &p)
	return &d, err
}

// whereKey selects the rows of one flow.
func whereKey(k Key, p *tree.Params) string {
	addr := func(a netip.Addr) string { return p.Bind("IPv6", netip.AddrFrom16(a.As16()).String()) }
	return "src = " + addr(k.Src) + " AND dst = " + addr(k.Dst) + " AND proto = " + p.Bind("String", k.Proto) +
		" AND dport = " + p.Bind("UInt16", strconv.Itoa(int(k.Dport))) + " AND type = " + p.Bind("UInt8", strconv.Itoa(int(k.Type)))
}

// metadata reads what protocol logs say about one flow.
func (c *Client) metadata(ctx context.Context, where string, p *tree.Params) (Object, error) {
	st, err := c.statement("SELECT name, key, kind, text, number, sum(n) FROM flow_metadata"+where+
		" GROUP BY name, key, kind, text, number ORDER BY name, key, min(seen), min(position), kind, text, number", p)
	if err != nil {
		return nil, err
	}
	b := metaBuilder{}
	err = c.query(ctx, st, func(rows driver.Rows) error {
		var name string
		var v metaValue
		if err := rows.Scan(&name, &v.key, &v.kind, &v.text, &v.number, &v.n); err != nil {
			return err
		}
		b.add(name, v)
		return nil
	})
	return b.object(), err
}

// metaValue is a row of flow_metadata.
type metaValue struct {
	key    string
	kind   uint8
	text   string
	number int64
	n      uint64
}

// value is the value that the row is about.
func (v *metaValue) value() any {
	switch flow.Kind(v.kind) {
	case flow.String:
		return v.text
	case flow.Int:
		return v.number
	case flow.Bool:
		return true
	}
	return v.n
}

// metaBuilder collects metadata values by protocol and key.
type metaBuilder map[string]map[string]any

func (b metaBuilder) add(name string, v metaValue) {
	keys := b[name]
	if keys == nil {
		keys = map[string]any{}
		b[name] = keys
	}
	switch {
	case v.kind != 0:
		list, _ := keys[v.key].([]any)
		keys[v.key] = append(list, v.value())
	case v.key == "":
		keys["count"] = v.n
	default:
		keys[v.key] = v.n
	}
}

// object puts the protocols and their keys in the order in which the fields are listed.
func (b metaBuilder) object() Object {
	var out Object
	for _, p := range flow.Metadata {
		if _, known := b[p.Name]; known {
			out = append(out, Member{p.Name, b.protocol(p.Name)})
		}
	}
	return out
}

func (b metaBuilder) protocol(name string) Object {
	keys := b[name]
	var o Object
	if n, ok := keys["count"]; ok {
		o = append(o, Member{"count", n})
	}
	p, _ := flow.MetadataByName(name)
	for _, f := range append(p.Keys[:len(p.Keys):len(p.Keys)], p.Counters...) {
		if v, ok := keys[f.Name]; ok {
			o = append(o, Member{f.Name, v})
		}
	}
	return o
}
