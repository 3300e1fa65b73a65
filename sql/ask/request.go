package ask

import (
	"net/netip"
	"strings"

	"ivre/ingest/host"
	"ivre/sql/tree"
)

// Sort is one key of an order.
type Sort struct {
	Field string
	Desc  bool
}

// Request selects records.
type Request struct {
	Cond  tree.Cond // nil: all
	Sort  []Sort    // then by what identifies a record, which is also the order without any
	Skip  int64
	Limit int64 // 0: no limit
}

// TopRequest asks for the most frequent values of a field.
type TopRequest struct {
	Field string    // without prefix for least-first
	Cond  tree.Cond // nil: all records
	Limit int64     // number of values; 0: all
	Least bool      // rarest first
	// Sum adds up the counts of records, where records have one, rather than the records.
	Sum bool
}

// Top is a value with its number of occurrences.
type Top struct {
	Label host.Value // a host.List if the field's values have several parts
	Tuple bool       // the list is a tuple of parts rather than a list of values
	Count uint64
}

// TopField takes the prefix off a field that asks for its rarest values first: !, - or ~.
func TopField(s string) (field string, least bool) {
	if s != "" && strings.IndexByte("!-~", s[0]) >= 0 {
		return s[1:], true
	}
	return s, false
}

// Kind is how a value is read from the text that the database returns; an absent value is the empty text.
type Kind uint8

// The kinds.
const (
	TextKind   Kind = iota // the text itself; absent: null
	EmptyKind              // the text itself, also if it is empty
	NumberKind             // a number
	JSONKind               // JSON
	AddrKind               // an address, as the database writes it
	MarkedKind             // a text after a character of no meaning, so that an empty text is not an absent one
)

// Value reads a value.
func (k Kind) Value(s string) host.Value {
	switch {
	case k == EmptyKind:
		return s
	case s == "":
		return nil
	case k == TextKind:
		return s
	case k == MarkedKind:
		return s[1:]
	case k == AddrKind: // the server writes ::c000:201 as ::192.0.2.1
		if a, err := netip.ParseAddr(s); err == nil {
			return a.Unmap().String()
		}
		return s
	}
	v, err := host.DecodeValue([]byte(s))
	if err != nil {
		return s
	}
	return v
}
