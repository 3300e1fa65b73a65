package tree

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// SQL is a compiled condition.
type SQL struct {
	Text  string   // a boolean expression that is never NULL and can stand as an operand of AND
	Needs []string // names that the catalog's fields and lists need, sorted
	// Lookup is set if the condition is just "(key) IN (Lookup)" for the Rows of one field: a SELECT of
	// the keys that may repeat them.
	Lookup string
}

// maxDepth bounds how deeply conditions nest: ClickHouse's parser has a limit, too.
const maxDepth = 100

// Compile turns a condition into SQL. Values become placeholders bound with p. Errors are *FieldError
// for a field that the catalog lacks, or say that the tree makes no sense.
func Compile(c Cond, cat Catalog, p *Params) (SQL, error) {
	if err := checkDepth(c, 0); err != nil {
		return SQL{}, err
	}
	k := compiler{params: p}
	e, err := k.cond(Simplify(c), cat)
	if err != nil {
		return SQL{}, err
	}
	slices.Sort(e.needs)
	return SQL{e.operand(), slices.Compact(e.needs), e.lookup}, nil
}

func checkDepth(c Cond, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("the condition nests more than %d levels deep", maxDepth)
	}
	switch c := c.(type) {
	case And:
		return checkDepths(c, depth)
	case Or:
		return checkDepths(c, depth)
	case Not:
		return checkDepth(c.Cond, depth+1)
	case Elements:
		return checkDepth(c.Cond, depth+1)
	}
	return nil
}

func checkDepths(list []Cond, depth int) error {
	for _, sub := range list {
		if err := checkDepth(sub, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// expr is a boolean SQL expression under construction.
type expr struct {
	sql   string
	loose bool // needs parentheses as an operand
	needs []string
	// lookup is as in SQL
	lookup string
}

func (e expr) operand() string {
	if e.loose {
		return "(" + e.sql + ")"
	}
	return e.sql
}

const (
	sqlTrue  = "true"
	sqlFalse = "false"
)

func constant(v bool) expr {
	if v {
		return expr{sql: sqlTrue}
	}
	return expr{sql: sqlFalse}
}

// fixed is a catalog's expression; it may be anything, so it gets parentheses where it is combined.
func fixed(sql string, needs []string) expr {
	if sql == "" {
		return constant(true)
	}
	return expr{sql: sql, loose: true, needs: needs}
}

// and joins expressions, which are evaluated from left to right as far as the server cares to.
func and(list ...expr) expr { return join(" AND ", sqlTrue, sqlFalse, list) }

func or(list ...expr) expr { return join(" OR ", sqlFalse, sqlTrue, list) }

// join joins expressions by an operator with its neutral and its deciding element.
func join(op, neutral, deciding string, list []expr) expr {
	var parts []string
	var out expr
	for _, e := range list {
		switch e.sql {
		case neutral:
			continue
		case deciding:
			return expr{sql: deciding}
		}
		out.needs = append(out.needs, e.needs...)
		out.sql, out.loose, out.lookup = e.sql, e.loose, e.lookup
		parts = append(parts, e.operand())
	}
	switch len(parts) {
	case 0:
		return expr{sql: neutral}
	case 1:
		return out
	}
	return expr{sql: strings.Join(parts, op), loose: true, needs: out.needs}
}

func not(e expr) expr {
	switch e.sql {
	case sqlTrue:
		return constant(false)
	case sqlFalse:
		return constant(true)
	}
	return expr{sql: "NOT " + e.operand(), loose: true, needs: e.needs}
}

type compiler struct{ params *Params }

func (k *compiler) cond(c Cond, cat Catalog) (expr, error) {
	switch c := c.(type) {
	case Const:
		return constant(bool(c)), nil
	case And:
		list, err := k.list(c, cat)
		return and(list...), err
	case Or:
		list, err := k.list(c, cat)
		return or(list...), err
	case Not:
		e, err := k.cond(c.Cond, cat)
		return not(e), err
	case Test:
		return k.test(c, cat)
	case Exists:
		f, err := k.field(c.Field, cat)
		if err != nil {
			return expr{}, err
		}
		return k.exists(f), nil
	case Elements:
		return k.elements(c, cat)
	case Length:
		return k.length(c, cat)
	}
	return expr{}, fmt.Errorf("condition of type %T", c)
}

func (k *compiler) list(conds []Cond, cat Catalog) ([]expr, error) {
	out := make([]expr, len(conds))
	for i, c := range conds {
		var err error
		if out[i], err = k.cond(c, cat); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (k *compiler) field(name string, cat Catalog) (Field, error) {
	f, ok := cat.Field(name, k.params)
	if !ok {
		return f, &FieldError{name}
	}
	return f, nil
}

func (k *compiler) exists(f Field) expr {
	if f.Array != nil && f.Array.Rows != nil {
		return k.rows(f.Array.Rows, constant(true))
	}
	return fixed(f.Present, f.Needs)
}

// elements compiles a condition on the elements of an array.
func (k *compiler) elements(c Elements, cat Catalog) (expr, error) {
	f, err := k.field(c.Field, cat)
	if err != nil {
		return expr{}, err
	}
	if f.Array == nil {
		return expr{}, fmt.Errorf("field %q is not an array", c.Field)
	}
	if c.Quantifier == None {
		c.Quantifier = Any
		e, err := k.elements(c, cat)
		return not(e), err
	}
	inner, err := k.cond(c.Cond, f.Array.Element)
	if err != nil {
		return expr{}, err
	}
	if f.Array.Rows != nil {
		return k.rowElements(f.Array.Rows, c.Quantifier, inner)
	}
	return k.listElements(f, c, inner)
}

func (k *compiler) listElements(f Field, c Elements, inner expr) (expr, error) {
	present := fixed(f.Present, f.Needs)
	if inner.sql == sqlFalse && c.Quantifier != All {
		return constant(false), nil
	}
	if inner.sql == sqlTrue && c.Quantifier == All {
		return present, nil
	}
	variables, arrays, needs := f.Array.pick(inner.needs)
	if c.Quantifier == Any && f.Array.Some {
		present = constant(true) // an element that satisfies a condition is one
	}
	if c.Quantifier == Any {
		if value, ok := strings.CutPrefix(inner.sql, variables[0]+" = "); ok && len(variables) == 1 && !inner.loose {
			return and(present, expr{sql: "has(" + arrays[0] + ", " + value + ")", needs: needs}), nil
		}
	}
	lambda := variables[0]
	if len(variables) > 1 {
		lambda = "(" + strings.Join(variables, ", ") + ")"
	}
	args := "(" + lambda + " -> " + inner.sql + ", " + strings.Join(arrays, ", ") + ")"
	var e expr
	switch c.Quantifier {
	case Any:
		e.sql = "arrayExists" + args
	case All:
		e.sql = "arrayAll" + args
	case One:
		e.sql = "arrayCount" + args + " = 1"
	default:
		return expr{}, errors.New("elements without a quantifier")
	}
	e.needs = needs
	return and(present, e), nil
}

// pick returns the arrays that an expression on the elements uses (at least one), with the names of
// their items in it, and what is needed outside of it.
func (a *Array) pick(needs []string) (variables, arrays, outer []string) {
	used := map[string]bool{}
	for _, n := range needs {
		used[n] = true
	}
	for _, l := range a.Lists {
		if used[l.Variable] {
			variables, arrays = append(variables, l.Variable), append(arrays, l.SQL)
			outer = append(outer, l.Needs...)
			delete(used, l.Variable)
		}
	}
	if len(variables) == 0 {
		l := a.Lists[0]
		variables, arrays, outer = []string{l.Variable}, []string{l.SQL}, append(outer, l.Needs...)
	}
	for n := range used {
		outer = append(outer, n)
	}
	return variables, arrays, outer
}

// rows is true for records that have a row that satisfies the condition.
func (k *compiler) rows(r *Rows, cond expr) expr {
	if cond.sql == sqlFalse {
		return cond
	}
	if r.Grouped {
		if cond.sql == sqlTrue {
			return r.in(and(fixed(r.Where, nil)), "")
		}
		return r.in(fixed(r.Where, nil), cond.sql)
	}
	return r.in(and(fixed(r.Where, nil), cond), "")
}

// in is the look-up of the record's key among the selected rows or groups of rows.
func (r *Rows) in(where expr, having string) expr {
	lookup := "SELECT " + r.Key + " FROM " + r.Table + " WHERE " + where.sql
	if having != "" {
		lookup += " GROUP BY " + r.Key + " HAVING " + having
	}
	return expr{sql: "(" + r.Key + ") IN (" + lookup + ")", needs: where.needs, lookup: lookup}
}

func (k *compiler) rowElements(r *Rows, q Quantifier, inner expr) (expr, error) {
	switch {
	case q == Any || r.Grouped: // with one element at most, any, all and exactly one are the same
		return k.rows(r, inner), nil
	case q == All:
		return and(k.rows(r, constant(true)), not(k.rows(r, not(inner)))), nil
	case q == One:
		if inner.sql == sqlFalse {
			return inner, nil
		}
		return r.in(and(fixed(r.Where, nil), inner), "uniqExact("+r.Identity+") = 1"), nil
	}
	return expr{}, errors.New("elements without a quantifier")
}

// length compiles a condition on the number of elements.
func (k *compiler) length(c Length, cat Catalog) (expr, error) {
	f, err := k.field(c.Field, cat)
	if err != nil {
		return expr{}, err
	}
	if f.Array == nil {
		return expr{}, fmt.Errorf("field %q is not an array", c.Field)
	}
	switch c.Op {
	case Eq, Lt, Le, Gt, Ge:
	default:
		return expr{}, fmt.Errorf("operator %s on a length", c.Op)
	}
	n := k.params.Bind("Int64", strconv.FormatInt(c.N, 10))
	test := " " + c.Op.String() + " " + n
	array := f.Array
	if array.Whole != nil {
		array = array.Whole
	}
	if r := array.Rows; r != nil {
		count := "uniqExact(" + r.Identity + ")"
		if r.Grouped {
			count = "1"
		}
		return r.in(fixed(r.Where, nil), count+test), nil
	}
	l := array.Lists[0]
	e := expr{sql: "length(" + l.SQL + ")" + test, needs: l.Needs}
	return and(fixed(f.Present, f.Needs), e), nil
}
