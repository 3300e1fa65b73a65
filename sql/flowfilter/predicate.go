package flowfilter

import (
	"fmt"

	"ivre/sql/tree"
)

// predicate is an operator with its value, to be applied to a field or to the elements of one.
type predicate struct {
	op    string // = != < <= > >= =~ !~
	value tree.Value
}

// inverse is the operator that a negation makes of another one.
var inverse = map[string]string{
	"=": "!=", "!=": "=", "<": ">=", ">=": "<", "<=": ">", ">": "<=", "=~": "!~", "!~": "=~",
}

var treeOps = map[string]tree.Op{
	"=": tree.Eq, "<": tree.Lt, "<=": tree.Le, ">": tree.Gt, ">=": tree.Ge, "=~": tree.Match,
}

func canonicalOp(op string) string {
	if op == ":" || op == "==" {
		return "="
	}
	return op
}

// newPredicate checks that operator and value go with the field.
func newPredicate(f Field, op string, v any) (predicate, error) {
	p := predicate{op: canonicalOp(op)}
	var err error
	switch {
	case f.Kind == Address:
		err = p.setAddr(v)
	case f.Kind == Date && p.op == "=~":
		err = message("Regex are not supported on dates (" + f.Name + ")")
	case f.Kind == Date:
		t, dateErr := parseDate(v)
		p.value, err = tree.Time(t), dateErr
	case p.op == "=~":
		err = p.setPattern(v)
	default:
		p.value = treeValue(v)
	}
	return p, err
}

func (p *predicate) setAddr(v any) (err error) {
	switch p.op {
	case "=", "!=":
		p.value, err = addrValue(v)
	case "=~":
		s, ok := v.(string)
		if !ok {
			return fmt.Errorf("%s is not a network (address/length, such as 192.0.2.0/24)", show(v))
		}
		p.value, err = parseNetwork(s)
	default:
		err = fmt.Errorf("addresses cannot be compared with %s; use = or =~ with an address or a network", p.op)
	}
	return err
}

func (p *predicate) setPattern(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("%s is not a regular expression; quote it to make it one", show(v))
	}
	pattern, err := tree.ParsePattern(s, tree.Flags{})
	p.value = pattern
	return err
}

// on applies the predicate to a field.
func (p predicate) on(field string) tree.Cond {
	switch p.op {
	case "!=":
		p.op = "="
		return tree.Not{Cond: p.on(field)}
	case "!~":
		p.op = "=~"
		return tree.Not{Cond: p.on(field)}
	}
	t := tree.Test{Field: field, Op: treeOps[p.op], Value: p.value}
	switch v := p.value.(type) {
	case tree.Range:
		t.Op = tree.In
		if v.From == v.To {
			t.Op, t.Value = tree.Eq, tree.Addr(v.From)
		}
	case tree.List: // no field or element holds a list
		return tree.Const(false)
	case tree.Null:
		if t.Op != tree.Eq {
			return tree.Const(false)
		}
	}
	return t
}
