package flowfilter

import (
	"fmt"

	"ivre/ingest/flow"
)

// Kind says what a field holds and so what it can be compared with.
type Kind uint8

// Kinds of fields.
const (
	Address Kind = iota + 1
	Text
	Number
	Date
	Object // has no value of its own, only existence
	Mixed  // texts, numbers or true
)

// Field is a field that filters (and top values, and listings) may name.
type Field struct {
	Name string
	Text string // what it is, for people
	// Meta is the protocol (http, dns, ...) whose logs the field comes from, and Key its name there; both
	// are empty for general fields, Key also for the protocol's object as a whole.
	Meta, Key string
	Counter   bool // of a protocol: a sum
	Array     bool // has several values
	Kind      Kind // of the value or of each element
	// Of and Member say that the field is a member of the elements of another array field: times.start
	// is the member start of times.
	Of, Member string
}

// Addr is the name that stands for either address of a flow in filters. It is no field.
const Addr = "addr"

var general = []Field{
	{Name: "src.addr", Kind: Address, Text: "address of the client"},
	{Name: "dst.addr", Kind: Address, Text: "address of the server"},
	{Name: "src.country", Kind: Text, Text: "country of the client, after ivre ipdata --to-sql"},
	{Name: "dst.country", Kind: Text, Text: "country of the server, after ivre ipdata --to-sql"},
	{Name: "src.as", Kind: Number, Text: "autonomous system of the client, after ivre ipdata --to-sql"},
	{Name: "dst.as", Kind: Number, Text: "autonomous system of the server, after ivre ipdata --to-sql"},
	{Name: "proto", Kind: Text, Text: "transport protocol (tcp, udp, icmp, ...)"},
	{Name: "dport", Kind: Number, Text: "port of the server (tcp and udp)"},
	{Name: "sports", Kind: Number, Array: true, Text: "ports of the client (tcp and udp)"},
	{Name: "type", Kind: Number, Text: "ICMP type"},
	{Name: "codes", Kind: Number, Array: true, Text: "ICMP codes"},
	{Name: "count", Kind: Number, Text: "number of connections"},
	{Name: "csbytes", Kind: Number, Text: "bytes sent by the client"},
	{Name: "scbytes", Kind: Number, Text: "bytes sent by the server"},
	{Name: "cspkts", Kind: Number, Text: "packets sent by the client"},
	{Name: "scpkts", Kind: Number, Text: "packets sent by the server"},
	{Name: "firstseen", Kind: Date, Text: "time of the first packet"},
	{Name: "lastseen", Kind: Date, Text: "time of the last packet"},
	{Name: "times", Kind: Object, Array: true, Text: "time slots in which the flow was active"},
	{Name: "times.duration", Kind: Number, Array: true, Of: "times", Member: "duration", Text: "lengths of the time slots, in seconds"},
	{Name: "times.start", Kind: Date, Array: true, Of: "times", Member: "start", Text: "starts of the time slots"},
}

// fields lists all valid fields in the order in which they are shown; fieldsByName finds them.
var (
	fields       = append(general[:len(general):len(general)], metaFields()...)
	fieldsByName = indexFields()
)

func metaFields() []Field {
	var out []Field
	for _, p := range flow.Metadata {
		prefix := "meta." + p.Name
		out = append(out, Field{Name: prefix, Meta: p.Name, Kind: Object, Text: "what " + p.Name + " logs say about the flow"})
		for _, key := range p.Keys {
			out = append(out, Field{Name: prefix + "." + key.Name, Meta: p.Name, Key: key.Name, Kind: Mixed, Array: true,
				Text: "values of " + key.Name + " in " + p.Name + " logs"})
		}
		for _, counter := range p.Counters {
			out = append(out, Field{Name: prefix + "." + counter.Name, Meta: p.Name, Key: counter.Name, Kind: Number, Counter: true,
				Text: "sum of " + counter.Name + " in " + p.Name + " logs"})
		}
	}
	return out
}

func indexFields() map[string]*Field {
	m := make(map[string]*Field, len(fields))
	for i := range fields {
		m[fields[i].Name] = &fields[i]
	}
	return m
}

// aliases are names that the web interface uses for fields.
var aliases = map[string]string{"addr_src": "src.addr", "addr_dst": "dst.addr"}

// Fields returns all valid fields in the order in which they are shown to users.
func Fields() []Field { return fields[:len(fields):len(fields)] }

// Lookup returns a field by its name.
func Lookup(name string) (Field, bool) {
	f, ok := fieldsByName[name]
	if !ok {
		return Field{}, false
	}
	return *f, true
}

// NoField is the message for a name that is no field.
func NoField(name string) string {
	return fmt.Sprintf("%s is not a valid field. Use --fields to get the list of available fields.", name)
}
