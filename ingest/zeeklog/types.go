package zeeklog

import "strings"

// Base is a scalar type of Zeek's scripting language, as named in #types.
type Base uint8

// The types that can occur in logs. Any stands for types that are not known.
const (
	Any Base = iota
	Bool
	Count
	Int
	Double
	Time
	Interval
	String
	Pattern
	Port
	Addr
	Subnet
	Enum
)

var baseNames = map[string]Base{
	"bool": Bool, "count": Count, "int": Int, "double": Double, "time": Time, "interval": Interval,
	"string": String, "pattern": Pattern, "port": Port, "addr": Addr, "subnet": Subnet, "enum": Enum,
}

// Type is the type of a column.
type Type struct {
	Base Base // of the elements, if it is a list
	List bool // a set, table or vector
}

// ParseType reads a type as written in #types: count, set[string], ... Unknown types are Any.
func ParseType(s string) Type {
	kind, elem, ok := strings.Cut(s, "[")
	if !ok {
		// Logs made for tests and by old versions have bare "table", "set" and "vector".
		return Type{Base: baseNames[s], List: isListName(s)}
	}
	elem = strings.TrimSuffix(elem, "]")
	if !isListName(kind) {
		return Type{}
	}
	return Type{Base: baseNames[elem], List: true}
}

func isListName(s string) bool { return s == "set" || s == "table" || s == "vector" }
