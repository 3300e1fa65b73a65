package zeekflow

import (
	"ivre/ingest/flow"
	"ivre/ingest/zeeklog"
)

// Columns that every schema begins with.
const (
	colTime = iota
	colOrigHost
	colRespHost
	colPktSrc
	colPktDst
	colOrigPort
	colRespPort
	colProto
	baseColumns
)

var base = [baseColumns]zeeklog.Column{
	colTime:     {Name: "ts", Type: zeeklog.Type{Base: zeeklog.Time}},
	colOrigHost: {Name: "id.orig_h", Type: zeeklog.Type{Base: zeeklog.Addr}},
	colRespHost: {Name: "id.resp_h", Type: zeeklog.Type{Base: zeeklog.Addr}},
	colPktSrc:   {Name: "pkt_src", Type: zeeklog.Type{Base: zeeklog.Addr}},
	colPktDst:   {Name: "pkt_dst", Type: zeeklog.Type{Base: zeeklog.Addr}},
	colOrigPort: {Name: "id.orig_p", Type: zeeklog.Type{Base: zeeklog.Port}},
	colRespPort: {Name: "id.resp_p", Type: zeeklog.Type{Base: zeeklog.Port}},
	colProto:    {Name: "proto", Type: zeeklog.Type{Base: zeeklog.Enum}},
}

// Further columns of conn.
const (
	colDuration = baseColumns + iota
	colOrigPkts
	colOrigBytes
	colRespPkts
	colRespBytes
)

// Further columns of sip, before those of its metadata.
const (
	colRequestPath = baseColumns + iota
	colResponsePath
)

// transport says where the protocol of a log's flows comes from.
type transport uint8

const (
	fixed   transport = iota // always kind.proto
	column                   // the column proto, which must be set
	either                   // the column proto if it is set, else kind.proto
	sipPath                  // derived from the paths of the SIP messages
)

// kind is a log that flows are made from.
type kind struct {
	name      string
	transport transport
	proto     string
	schema    *zeeklog.Schema
	meta      *flow.MetaProtocol // nil for conn
	firstKey  int                // column of the first key of meta; counters follow the keys
}

// kinds are the logs by their path.
var kinds = func() map[string]*kind {
	m := make(map[string]*kind)
	for _, k := range []*kind{
		{name: "conn", transport: column},
		{name: "http", proto: "tcp"},
		{name: "ssh", proto: "tcp"},
		{name: "ssl", proto: "tcp"}, // DTLS, too: the log does not tell
		{name: "rdp", proto: "tcp"},
		{name: "snmp", proto: "udp"},
		{name: "dns", transport: column},
		{name: "sip", transport: sipPath},
		{name: "arp", proto: "arp"},
		{name: "modbus", transport: either, proto: "tcp"}, // Zeek's own log has no proto
	} {
		k.compile()
		m[k.name] = k
	}
	return m
}()

// compile makes the schema.
func (k *kind) compile() {
	cols := append([]zeeklog.Column(nil), base[:]...)
	count := zeeklog.Type{Base: zeeklog.Count}
	if k.name == "conn" {
		k.schema = zeeklog.NewSchema(append(cols,
			zeeklog.Column{Name: "duration", Type: zeeklog.Type{Base: zeeklog.Interval}},
			zeeklog.Column{Name: "orig_pkts", Type: count}, zeeklog.Column{Name: "orig_ip_bytes", Type: count},
			zeeklog.Column{Name: "resp_pkts", Type: count}, zeeklog.Column{Name: "resp_ip_bytes", Type: count},
		)...)
		return
	}
	if k.transport == sipPath {
		path := zeeklog.Type{Base: zeeklog.String, List: true}
		cols = append(cols, zeeklog.Column{Name: "request_path", Type: path}, zeeklog.Column{Name: "response_path", Type: path})
	}
	k.meta, _ = flow.MetadataByName(k.name)
	k.firstKey = len(cols)
	for _, f := range append(append([]flow.MetaField(nil), k.meta.Keys...), k.meta.Counters...) {
		cols = append(cols, zeeklog.Column{Name: f.Column, Type: columnType(f)})
	}
	k.schema = zeeklog.NewSchema(cols...)
}

// columnType is the type that Zeek documents for the column, as far as values depend on it.
func columnType(f flow.MetaField) zeeklog.Type {
	t := zeeklog.Type{Base: zeeklog.String, List: f.List}
	switch f.Kind {
	case flow.Int:
		t.Base = zeeklog.Count
	case flow.Bool:
		t.Base = zeeklog.Bool
	}
	return t
}
