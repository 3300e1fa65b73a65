package rir

import (
	"net/netip"

	"ivre/ingest/addrrange"
)

// SchemaVersion is the version of the record's shape that this package writes.
const SchemaVersion = 2

// Kind is the type of an object.
type Kind uint8

// The kinds of objects that are kept.
const (
	Inetnum Kind = iota + 1
	Inet6num
	AutNum
)

// String returns the name of the class in RPSL.
func (k Kind) String() string {
	switch k {
	case Inetnum:
		return "inetnum"
	case Inet6num:
		return "inet6num"
	case AutNum:
		return "aut-num"
	}
	return "unknown"
}

// Attr is an attribute: its name in lower case (language is called lang), and its values, joined with line feeds
// in the order of the object.
type Attr struct{ Key, Value string }

// Record is an object. It does not refer to the parser's memory and may be kept.
type Record struct {
	Kind        Kind
	Start, Stop netip.Addr // of the range; not valid if Kind is AutNum
	ASNum       uint32     // only if Kind is AutNum
	// Attrs are all attributes, in the order of their first occurrences, but the one that names the object (the
	// range or the autonomous system). Keys are unique.
	Attrs []Attr

	SourceFile    string // base name of the file, "" if unknown
	SourceHash    string // SHA-256 of the uncompressed file in hexadecimal, "" if unknown
	SchemaVersion int    // 0 if unknown

	Line int // of the first line of the object in the file; not a part of the record's forms
}

// Get returns the value of an attribute.
func (r *Record) Get(key string) (string, bool) {
	for i := range r.Attrs {
		if r.Attrs[i].Key == key {
			return r.Attrs[i].Value, true
		}
	}
	return "", false
}

// Range is the range of addresses; it is not valid for an autonomous system.
func (r *Record) Range() addrrange.Range { return addrrange.Range{First: r.Start, Last: r.Stop} }

// Size is the number of addresses of the range, 0 for an autonomous system.
func (r *Record) Size() addrrange.Count { return r.Range().Count() }
