package flowfilter

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"ivre/sql/tree"
)

// MaxLength bounds the length of all filters of a query together, in bytes.
const MaxLength = 1 << 20

// Error is a filter that cannot be understood.
type Error struct {
	Clause string // the part at fault, as it was read
	Msg    string
}

func (e *Error) Error() string {
	clause := e.Clause
	if len(clause) > 200 {
		clause = strings.ToValidUTF8(clause[:200], "") + "..."
	}
	if strings.HasPrefix(e.Msg, clause+" ") || clause == "" {
		return e.Msg
	}
	return fmt.Sprintf("%s (in the filter %q)", e.Msg, clause)
}

// message is an error whose text is given by what users of the reference know.
type message string

func (m message) Error() string { return string(m) }

// Parse reads filters on nodes and on edges, which all have to hold; there is no difference between the
// two. The result is nil if there is nothing to hold. Errors are *Error.
func Parse(nodes, edges []string) (tree.Cond, error) {
	total := 0
	var all tree.And
	for _, list := range [][]string{nodes, edges} {
		for _, filter := range list {
			if total += len(filter); total > MaxLength {
				return nil, &Error{"", fmt.Sprintf("The filters are longer than %d bytes.", MaxLength)}
			}
			c, err := parseFilter(filter)
			if err != nil {
				return nil, err
			}
			if c != nil {
				all = append(all, c)
			}
		}
	}
	switch len(all) {
	case 0:
		return nil, nil
	case 1:
		return all[0], nil
	}
	return all, nil
}

func parseFilter(filter string) (tree.Cond, error) {
	var alternatives tree.Or
	for _, text := range clauses(filter) {
		cl := clause{}
		if !cl.split(text) {
			continue
		}
		c, err := cl.cond()
		if err != nil {
			return nil, &Error{text, err.Error()}
		}
		alternatives = append(alternatives, c)
	}
	switch len(alternatives) {
	case 0:
		return nil, nil
	case 1:
		return alternatives[0], nil
	}
	return alternatives, nil
}

// clause is a clause taken apart.
type clause struct {
	negated bool
	mode    string // ANY, ALL, ONE, NONE, LEN or empty
	attr    string
	op      string // empty: existence
	value   any
}

var modes = []string{"ANY", "ALL", "ONE", "NONE", "LEN"}

// operators, at one place the first one that fits is taken.
var operators = []string{":", "==", "=~", "=", "!=", "<=", "<", ">=", ">"}

// split takes a clause apart; ok is false for labels (#Flow), which are no condition.
func (c *clause) split(text string) (ok bool) {
	if text != "" && strings.IndexByte("!-~", text[0]) >= 0 {
		c.negated, text = true, strings.TrimLeft(text[1:], " ")
	}
	if strings.HasPrefix(text, "#") {
		return false
	}
	for _, m := range modes {
		if rest, found := strings.CutPrefix(text, m+" "); found {
			c.mode, text = m, rest
			break
		}
	}
	c.attr = strings.TrimSpace(text)
	for i := range len(text) {
		if op := operatorAt(text[i:]); op != "" {
			c.attr, c.op = strings.TrimSpace(text[:i]), op
			c.value = readValue(strings.TrimSpace(text[i+len(op):]))
			break
		}
	}
	if name, ok := aliases[c.attr]; ok {
		c.attr = name
	}
	return true
}

func operatorAt(s string) string {
	for _, op := range operators {
		if strings.HasPrefix(s, op) {
			return op
		}
	}
	return ""
}

// cond turns the clause into a condition.
func (c *clause) cond() (tree.Cond, error) {
	f, ok := Lookup(c.attr)
	if !ok && c.attr != Addr {
		return nil, message(NoField(c.attr))
	}
	if !ok {
		f = Field{Name: Addr, Kind: Address}
	}
	switch {
	case c.op == "" && c.mode == "LEN":
		return nil, message("Queries must have an operator in len mode")
	case c.op == "" && c.mode != "":
		return nil, message("Queries must have an operator in array mode")
	case c.op == "":
		return c.existence(f), nil
	case c.mode == "LEN":
		return c.length(f)
	}
	p, err := newPredicate(f, c.op, c.value)
	if err != nil {
		return nil, err
	}
	if f.Array {
		return c.array(f, p), nil
	}
	if c.mode == "ALL" || c.mode == "ONE" {
		return nil, fmt.Errorf("%s is not a valid array attribute", c.attr)
	}
	if c.negated != (c.mode == "NONE") {
		p.op = inverse[p.op]
	}
	if c.attr == Addr {
		return eitherAddr(p), nil
	}
	return p.on(f.Name), nil
}

func (c *clause) existence(f Field) tree.Cond {
	name := f.Name
	if f.Of != "" {
		name = f.Of
	}
	var e tree.Cond = tree.Exists{Field: name}
	if f.Kind == Address {
		e = tree.Const(true)
	}
	if c.negated {
		return tree.Simplify(tree.Not{Cond: e})
	}
	return e
}

// eitherAddr applies a predicate to both addresses: one of them has to be equal, both of them different.
func eitherAddr(p predicate) tree.Cond {
	src, dst := p.on("src.addr"), p.on("dst.addr")
	if p.op == "!=" || p.op == "!~" {
		return tree.And{src, dst}
	}
	return tree.Or{src, dst}
}

// array applies a predicate to the elements of an array, by the mode of the clause.
func (c *clause) array(f Field, p predicate) tree.Cond {
	quantified := func(q tree.Quantifier) tree.Cond {
		if f.Of != "" {
			return tree.Elements{Field: f.Of, Quantifier: q, Cond: p.on(f.Member)}
		}
		return tree.Elements{Field: f.Name, Quantifier: q, Cond: p.on("")}
	}
	opposite := func(negated bool, cond tree.Cond) tree.Cond {
		if negated {
			return tree.Not{Cond: cond}
		}
		return cond
	}
	switch c.mode {
	case "ALL":
		return opposite(c.negated, quantified(tree.All))
	case "ONE":
		return opposite(c.negated, quantified(tree.One))
	}
	negated := c.negated != (c.mode == "NONE")
	if c.mode == "" && negated {
		p.op, negated = inverse[p.op], false
	}
	// != and "does not match" speak of all elements: none is equal
	if p.op == "!=" || p.op == "!~" {
		p.op, negated = inverse[p.op], !negated
	}
	if whole := wholeArray(f, p); whole != nil {
		return opposite(negated, whole)
	}
	return opposite(negated, quantified(tree.Any))
}

// wholeArray is the condition that an array as a whole equals null or a list; nil if that is not what
// the predicate asks for. The elements of a flow's arrays have no order and are not repeated.
func wholeArray(f Field, p predicate) tree.Cond {
	name := f.Name
	if f.Of != "" {
		name = f.Of
	}
	switch v := p.value.(type) {
	case tree.Null:
		if p.op == "=" {
			return tree.Test{Field: name, Op: tree.Eq, Value: v}
		}
	case tree.List:
		if p.op != "=" || f.Of != "" {
			return tree.Const(false)
		}
		return tree.Test{Field: name, Op: tree.Eq, Value: v}
	}
	return nil
}

// length is a condition on the number of elements. What is no array does not have one.
func (c *clause) length(f Field) (tree.Cond, error) {
	if c.op == "=~" {
		return nil, message("Regex are not supported in length mode")
	}
	n, err := lengthValue(c.value)
	if err != nil {
		return nil, err
	}
	op := canonicalOp(c.op)
	if c.negated {
		op = inverse[op]
	}
	if !f.Array {
		return tree.Const(op == "!="), nil
	}
	name := f.Name
	if f.Of != "" {
		name = f.Of
	}
	if op == "!=" {
		return tree.Not{Cond: tree.Length{Field: name, Op: tree.Eq, N: n}}, nil
	}
	return tree.Length{Field: name, Op: treeOps[op], N: n}, nil
}

// lengthValue converts a value to an integer; numbers beyond 64 bits are as good as the largest one.
func lengthValue(v any) (int64, error) {
	switch v := v.(type) {
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case *big.Int:
		switch {
		case v.IsInt64():
			return v.Int64(), nil
		case v.Sign() < 0:
			return math.MinInt64, nil
		}
		return math.MaxInt64, nil
	case float64:
		if v > -1e18 && v < 1e18 {
			return int64(v), nil
		}
	case string:
		if n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64); err == nil {
			return n, nil
		}
	}
	return 0, fmt.Errorf("%s is not a number of elements", show(v))
}
