package tree

import (
	"fmt"
	"strconv"
)

// Class is a kind of values. Values of different classes never compare.
type Class uint8

// Classes of values and the SQL that columns of them need: Number any numeric type, String for texts
// (LowCardinality too), UInt8 or Int64 for booleans, DateTime or DateTime64 for times, IPv6 for addresses.
const (
	NumberClass Class = iota + 1
	BoolClass
	TextClass
	TimeClass
	AddrClass
)

// Catalog knows the fields that conditions may name, and their SQL.
type Catalog interface {
	// Field describes a field; ok is false if there is none of that name. SQL that depends on the name
	// binds it with p.
	Field(name string, p *Params) (f Field, ok bool)
}

// Fields is a Catalog with a fixed set of fields.
type Fields map[string]Field

// Field implements Catalog.
func (m Fields) Field(name string, _ *Params) (Field, bool) {
	f, ok := m[name]
	return f, ok
}

// Field is the SQL of one field. All expressions are of non-nullable types.
type Field struct {
	// Present is a condition: the record has the field. Empty: it always has.
	Present string
	// Null is a condition: the record has the field and it is null. Empty: it never is.
	Null string
	// Columns hold the value, at most one for each class. A field may be of several classes (a number in
	// some records, a text in others) or of none (an object).
	Columns []Column
	// Needs names what the expressions rely on, in terms of the catalog: columns to compute, lambda
	// variables (see ArrayColumn). Compile collects the names.
	Needs []string
	// Array is set if the field holds a list of elements. Columns then are the value of records where it is a
	// single one, as their When says: such a record need not be taken apart.
	Array *Array
}

// Column is the value of a field as far as it is of one class.
type Column struct {
	Class Class
	SQL   string // can stand as an operand of any operator
	// When is a condition: the value is of this class. Empty: it is whenever the field is present.
	When string
	// Blank says that the empty text stands for an absent field. Tests then need not look at the field's
	// Present, which keeps them simple enough for the server's fast paths.
	Blank bool
}

// Array says where the elements of a field are: in arrays of the row (Lists) or in the rows of another
// table (Rows).
type Array struct {
	// Element describes the fields of an element; "" is the element itself.
	Element Catalog
	// Lists are arrays of equal length, one for each column of the elements.
	Lists []ArrayColumn
	Rows  *Rows
	// Some says that the field's Present is that there is an element, and no more.
	Some bool
	// Whole is the array that Length speaks of where it is not this one: where a record was taken apart
	// into a row per element, Lists hold a single element and Whole all of them.
	Whole *Array
}

// ArrayColumn is an SQL array. The element's expressions know its items by the name Variable, and say so in
// their Needs.
type ArrayColumn struct {
	Variable string
	SQL      string
	Needs    []string
}

// Rows are elements stored one per row of a table that repeats the key of the record.
type Rows struct {
	Key   string // columns, separated by commas; the same names in both tables
	Table string
	Where string // condition that selects the rows of this field
	// Identity is an expression that differs for different elements; the table may hold an element twice.
	Identity string
	// Grouped says that the element's expressions are aggregates over the rows of a record, which
	// therefore has one element at most.
	Grouped bool
}

// Params collects values to bind. The zero value is ready for use.
type Params struct {
	values map[string]string
	names  map[[2]string]string
}

// Bind adds a value in ClickHouse's text form for the type and returns the placeholder to write.
func (p *Params) Bind(typ, value string) string {
	key := [2]string{typ, value}
	name, known := p.names[key]
	if !known {
		if p.values == nil {
			p.values, p.names = map[string]string{}, map[[2]string]string{}
		}
		name = "p" + strconv.Itoa(len(p.values)+1)
		p.values[name], p.names[key] = value, name
	}
	return "{" + name + ":" + typ + "}"
}

// Values returns what was bound, by the names of the placeholders.
func (p *Params) Values() map[string]string { return p.values }

// FieldError is a condition on a field that the catalog does not have.
type FieldError struct{ Field string }

func (e *FieldError) Error() string { return fmt.Sprintf("there is no field %q", e.Field) }
