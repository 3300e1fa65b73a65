package tree

import (
	"net/netip"
	"time"
)

// Cond is a condition on a record: Const, And, Or, Not, Test, Exists, Elements or Length.
type Cond interface{ isCond() }

// Const is a condition with a known answer.
type Const bool

// And is true if all conditions are; the empty And is true.
type And []Cond

// Or is true if one of the conditions is; the empty Or is false.
type Or []Cond

// Not is true where the condition is false.
type Not struct{ Cond Cond }

// Test compares the value of a field. It is false if the record lacks the field or if field and value
// are of different classes (the number 200 is not the text "200"). Where the field is an array, one of
// its elements has to satisfy the test.
type Test struct {
	Field string
	Op    Op
	Value Value
}

// Exists is true if the record has the field.
type Exists struct{ Field string }

// Elements is a condition on the elements of an array. Inside, the fields are those of the element; the
// name "" means an element that is a plain value. All conditions inside speak of the same element.
type Elements struct {
	Field      string
	Quantifier Quantifier
	Cond       Cond
}

// Length compares the number of elements of an array with Eq, Lt, Le, Gt or Ge. It is false if the
// record lacks the array.
type Length struct {
	Field string
	Op    Op
	N     int64
}

func (Const) isCond()    {}
func (And) isCond()      {}
func (Or) isCond()       {}
func (Not) isCond()      {}
func (Test) isCond()     {}
func (Exists) isCond()   {}
func (Elements) isCond() {}
func (Length) isCond()   {}

// Op is what a Test does. There is no "not equal": that is Not of Eq.
type Op uint8

// Operators. Eq with Null is true if the field is absent or null. Match takes a *Pattern. In takes a
// List (any of its members) or a Range of addresses.
const (
	Eq Op = iota + 1
	Lt
	Le
	Gt
	Ge
	Match
	In
)

var opNames = [...]string{Eq: "=", Lt: "<", Le: "<=", Gt: ">", Ge: ">=", Match: "=~", In: "in"}

func (o Op) String() string {
	if int(o) < len(opNames) && opNames[o] != "" {
		return opNames[o]
	}
	return "?"
}

// Quantifier says how many elements of an array have to satisfy a condition.
type Quantifier uint8

// Quantifiers. A record without the array satisfies None and no other one; an empty array satisfies
// All and None.
const (
	Any  Quantifier = iota + 1 // at least one
	All                        // every one
	One                        // exactly one
	None                       // not one
)

var quantifierNames = [...]string{Any: "any", All: "all", One: "one", None: "none"}

func (q Quantifier) String() string {
	if int(q) < len(quantifierNames) && quantifierNames[q] != "" {
		return quantifierNames[q]
	}
	return "?"
}

// Value is what a Test compares with: Null, Bool, Int, Uint, Float, Text, Time, Addr, Range, *Pattern
// or List.
type Value interface{ isValue() }

// Null stands for no value.
type Null struct{}

// Bool is of the class of booleans; false sorts before true.
type Bool bool

// Int, Uint and Float are of the class of numbers and compare by their mathematical value. Uint is
// meant for numbers above the range of Int.
type (
	Int   int64
	Uint  uint64
	Float float64
)

// Text is a sequence of bytes. It compares bytewise.
type Text string

// Time is a moment.
type Time time.Time

// Addr is an IP address. IPv4 addresses equal their IPv6-mapped form and sort there.
type Addr netip.Addr

// Range holds the addresses from From to To, both included. It is empty if From sorts after To.
type Range struct{ From, To netip.Addr }

// List holds alternatives for In. An array of a record equals a list (Eq) with the same elements in any
// order.
type List []Value

func (Null) isValue()     {}
func (Bool) isValue()     {}
func (Int) isValue()      {}
func (Uint) isValue()     {}
func (Float) isValue()    {}
func (Text) isValue()     {}
func (Time) isValue()     {}
func (Addr) isValue()     {}
func (Range) isValue()    {}
func (*Pattern) isValue() {}
func (List) isValue()     {}

// Conjuncts splits a condition into conditions that all have to be true.
func Conjuncts(c Cond) []Cond {
	switch c := c.(type) {
	case nil:
		return nil
	case And:
		var out []Cond
		for _, sub := range c {
			out = append(out, Conjuncts(sub)...)
		}
		return out
	case Const:
		if c {
			return nil
		}
	}
	return []Cond{c}
}

// Names returns the fields that a condition speaks of, each once. Members of elements are not among them.
func Names(c Cond) []string {
	seen := map[string]bool{}
	var out []string
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	var walk func(Cond)
	walk = func(c Cond) {
		switch c := c.(type) {
		case And:
			for _, sub := range c {
				walk(sub)
			}
		case Or:
			for _, sub := range c {
				walk(sub)
			}
		case Not:
			walk(c.Cond)
		case Test:
			add(c.Field)
		case Exists:
			add(c.Field)
		case Elements:
			add(c.Field)
		case Length:
			add(c.Field)
		}
	}
	walk(c)
	return out
}
