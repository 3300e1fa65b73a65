package tree

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// test compiles a comparison of a field with a value.
func (k *compiler) test(c Test, cat Catalog) (expr, error) {
	f, err := k.field(c.Field, cat)
	if err != nil {
		return expr{}, err
	}
	switch c.Value.(type) {
	case Null:
		if c.Op != Eq {
			return constant(false), nil
		}
		return or(not(k.exists(f)), k.null(f)), nil
	case List:
		if c.Op == In {
			return k.inList(f, c, cat)
		}
		return k.wholeArray(f, c)
	}
	if err := checkOp(c); err != nil {
		return expr{}, err
	}
	if f.Array != nil {
		return k.listTest(f, c, cat)
	}
	class := classOf(c.Value)
	for _, col := range f.Columns {
		if col.Class == class {
			e := k.compare(col.SQL, c.Op, c.Value)
			e.needs = f.Needs
			return and(col.present(f, c.Op, c.Value), fixed(col.When, f.Needs), e), nil
		}
	}
	return constant(false), nil
}

// listTest compiles a comparison of the elements of a field with a value.
func (k *compiler) listTest(f Field, c Test, cat Catalog) (expr, error) {
	list, err := k.elements(Elements{c.Field, Any, Test{"", c.Op, c.Value}}, cat)
	if err != nil {
		return expr{}, err
	}
	class := classOf(c.Value)
	for _, col := range f.Columns {
		if col.Class == class {
			one := k.compare(col.SQL, c.Op, c.Value)
			return expr{sql: "if(" + col.When + ", " + one.sql + ", " + list.sql + ")", needs: append(list.needs, f.Needs...)}, nil
		}
	}
	return list, nil
}

// present is the condition that a test of the column needs beside the comparison itself.
func (c *Column) present(f Field, op Op, v Value) expr {
	if !c.Blank {
		return fixed(f.Present, f.Needs)
	}
	switch v := v.(type) {
	case Text:
		if (op == Eq || op == Ge || op == Gt) && v != "" {
			return constant(true)
		}
	case *Pattern:
		if !v.matchesEmpty() {
			return constant(true)
		}
	}
	return expr{sql: c.SQL + " != ''", needs: f.Needs}
}

func (k *compiler) null(f Field) expr {
	if f.Null == "" {
		return constant(false)
	}
	return fixed(f.Null, f.Needs)
}

// checkOp finds operators that do not go with the value.
func checkOp(c Test) error {
	switch c.Value.(type) {
	case Range:
		if c.Op == In || c.Op == Eq {
			return nil
		}
	case *Pattern:
		if c.Op == Match {
			return nil
		}
	default:
		if c.Op >= Eq && c.Op <= Ge {
			return nil
		}
	}
	return fmt.Errorf("operator %s with a value of type %T", c.Op, c.Value)
}

func classOf(v Value) Class {
	switch v.(type) {
	case Bool:
		return BoolClass
	case Int, Uint, Float:
		return NumberClass
	case Text, *Pattern:
		return TextClass
	case Time:
		return TimeClass
	case Addr, Range:
		return AddrClass
	}
	return 0
}

func (k *compiler) compare(column string, op Op, v Value) expr {
	switch v := v.(type) {
	case Range:
		from, to := v.From.Unmap(), v.To.Unmap()
		return expr{loose: true, sql: column + " >= " + k.addr(from) + " AND " + column + " <= " + k.addr(to)}
	case *Pattern:
		return expr{sql: "match(" + column + ", " + k.params.Bind("String", v.re2) + ")"}
	}
	return expr{sql: column + " " + op.String() + " " + k.scalar(v)}
}

// scalar binds a value that is not Null, Range, List or *Pattern.
func (k *compiler) scalar(v Value) string {
	switch v := v.(type) {
	case Bool:
		if v {
			return "1"
		}
		return "0"
	case Int:
		return k.params.Bind("Int64", strconv.FormatInt(int64(v), 10))
	case Uint:
		return k.params.Bind("UInt64", strconv.FormatUint(uint64(v), 10))
	case Float:
		return k.params.Bind("Float64", floatText(float64(v)))
	case Text:
		return k.params.Bind("String", string(v))
	case Time:
		return k.params.Bind("DateTime64(6, 'UTC')", timeText(time.Time(v)))
	case Addr:
		return k.addr(netip.Addr(v))
	}
	return "NULL"
}

func (k *compiler) addr(a netip.Addr) string { return k.params.Bind("IPv6", addrText(a)) }

// addrText writes an address in the common 128-bit form. An address with a zone loses it, none at all
// (the zero Addr) becomes "::".
func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return "::"
	}
	return netip.AddrFrom16(a.As16()).String()
}

func floatText(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case math.IsNaN(f):
		return "nan"
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// Times outside of what DateTime64 holds become its first or last day, where no record is.
var (
	firstTime = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
	lastTime  = time.Date(2299, 12, 31, 0, 0, 0, 0, time.UTC)
)

func timeText(t time.Time) string {
	if t.Before(firstTime) {
		t = firstTime
	} else if t.After(lastTime) {
		t = lastTime
	}
	return t.UTC().Format("2006-01-02 15:04:05.000000")
}

// wholeArray compiles a comparison of an array with a list. They are equal if they have the same
// elements: as many as the list, all of them in it, provided that neither repeats one.
func (k *compiler) wholeArray(f Field, c Test) (expr, error) {
	list := c.Value.(List)
	if f.Array == nil || c.Op != Eq || repeats(list) {
		return constant(false), nil
	}
	if f.Array.Whole != nil {
		f.Array = f.Array.Whole
	}
	only := Fields{"": f}
	return k.cond(And{
		Length{Field: "", Op: Eq, N: int64(len(list))},
		Elements{Field: "", Quantifier: All, Cond: Test{Op: In, Value: list}},
	}, only)
}

// repeats tells whether a list has equal members.
func repeats(list List) bool {
	seen := map[string]bool{}
	for _, v := range list {
		seen[formatValue(v)] = true
	}
	return len(seen) < len(list)
}

// inList compiles a test for one of several values.
func (k *compiler) inList(f Field, c Test, cat Catalog) (expr, error) {
	if f.Array != nil {
		values := c.Value.(List)
		rest := slices.DeleteFunc(slices.Clone(values), func(v Value) bool { return v == Value(Null{}) })
		e, err := k.elements(Elements{c.Field, Any, Test{"", In, rest}}, cat)
		if err != nil || len(rest) == len(values) {
			return e, err
		}
		absent, err := k.test(Test{c.Field, Eq, Null{}}, cat)
		return or(absent, e), err
	}
	byClass := map[Class]List{}
	var out []expr
	for _, v := range c.Value.(List) {
		switch v.(type) {
		case Null, Range, *Pattern, Float:
			op := Eq
			if _, ok := v.(*Pattern); ok {
				op = Match
			}
			e, err := k.test(Test{c.Field, op, v}, cat)
			if err != nil {
				return expr{}, err
			}
			out = append(out, e)
		case List: // no field holds a list as one of its values
		default:
			byClass[classOf(v)] = append(byClass[classOf(v)], v)
		}
	}
	for _, col := range f.Columns {
		if list := byClass[col.Class]; len(list) > 0 {
			e := expr{sql: col.SQL + " IN (" + k.scalars(list) + ")", needs: f.Needs}
			present := fixed(f.Present, f.Needs)
			if col.Blank && !slices.Contains(list, Value(Text(""))) {
				present = constant(true)
			}
			out = append(out, and(present, fixed(col.When, f.Needs), e))
		}
	}
	return or(out...), nil
}

func (k *compiler) scalars(list List) string {
	parts := make([]string, 0, len(list))
	for _, v := range list {
		parts = append(parts, k.scalar(v))
	}
	slices.Sort(parts) // equal values have equal placeholders
	return strings.Join(slices.Compact(parts), ", ")
}
