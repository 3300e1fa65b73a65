package query

import (
	"strings"

	"ivre/sql/tree"
)

// allOf is the condition that all conditions hold; those that are nil do not count.
func allOf(conds ...tree.Cond) tree.Cond {
	var out tree.And
	for _, c := range conds {
		switch c := c.(type) {
		case nil:
		case tree.And:
			out = append(out, c...)
		default:
			out = append(out, c)
		}
	}
	switch len(out) {
	case 0:
		return nil
	case 1:
		return out[0]
	}
	return out
}

func negate(c tree.Cond, neg bool) tree.Cond {
	if neg {
		return tree.Not{Cond: c}
	}
	return c
}

func exists(field string) tree.Cond { return tree.Exists{Field: field} }

// match is the test of a field that a value stands for. Null stands for "unknown": there is no such field.
func match(field string, v tree.Value) tree.Cond {
	op := tree.Eq
	switch x := v.(type) {
	case tree.Null:
		return tree.Not{Cond: exists(field)}
	case *tree.Pattern:
		op = tree.Match
	case tree.List:
		if op = tree.In; len(x) == 1 {
			return match(field, x[0])
		}
		if len(x) == 0 {
			return tree.Const(false)
		}
	case tree.Range:
		op = tree.In
	}
	return tree.Test{Field: field, Op: op, Value: v}
}

func equals(field, s string) tree.Cond { return match(field, tree.Text(s)) }

func number(field string, n int64) tree.Cond { return match(field, tree.Int(n)) }

func oneOf(field string, list ...string) tree.Cond { return match(field, texts(list)) }

func texts(list []string) tree.List {
	out := make(tree.List, len(list))
	for i, s := range list {
		out[i] = tree.Text(s)
	}
	return out
}

// pattern is a regular expression of the program's own.
func pattern(source string, flags tree.Flags) *tree.Pattern {
	p, err := tree.ParsePattern(source, flags)
	if err != nil {
		panic(err) // a constant, and every one is in a test
	}
	return p
}

var ignoreCase = tree.Flags{IgnoreCase: true}

// matches is the test of a field for a regular expression of the program's own.
func matches(field, source string, flags tree.Flags) tree.Cond {
	return match(field, pattern(source, flags))
}

// same is the condition that one element of the array satisfies all conditions.
func same(array string, conds ...tree.Cond) tree.Cond {
	return tree.Elements{Field: array, Quantifier: tree.Any, Cond: allOf(conds...)}
}

// member is a condition on a member of an element. A value of nil is no condition.
type member struct {
	name  string
	value tree.Value
}

// element is the condition that one element of the array has all of the members; nil if there is no condition. A
// single one is a condition on the path, so that an unknown member is one that no element has.
func element(array string, members ...member) tree.Cond {
	var conds []tree.Cond
	var path tree.Cond
	for _, m := range members {
		if m.value != nil {
			conds = append(conds, match(m.name, m.value))
			path = match(array+"."+m.name, m.value)
		}
	}
	if len(conds) < 2 {
		return path
	}
	return same(array, conds...)
}

// record is the condition that the record itself has all of the members, at those paths; nil if there is none.
func record(members ...member) tree.Cond {
	var conds []tree.Cond
	for _, m := range members {
		if m.value != nil {
			conds = append(conds, match(m.name, m.value))
		}
	}
	return allOf(conds...)
}

// observation is the condition that a passive record is of a kind and source ("": any), and satisfies the others.
func observation(recontype, source string, conds ...tree.Cond) tree.Cond {
	kind := []tree.Cond{equals("recontype", recontype)}
	if source != "" {
		kind = append(kind, equals("source", source))
	}
	return allOf(append(kind, conds...)...)
}

// hasScript: some script of the host has that id.
func hasScript(id string) tree.Cond { return equals("ports.scripts.id", id) }

// script is the condition that one result of the script satisfies all conditions; without any, that there is one.
func script(id string, conds ...tree.Cond) tree.Cond {
	if allOf(conds...) == nil {
		return hasScript(id)
	}
	return same("ports.scripts", append([]tree.Cond{equals("id", id)}, conds...)...)
}

// output is the condition that one result of the script has such an output.
func output(id, source string) tree.Cond { return script(id, matches("output", source, tree.Flags{})) }

// splitList splits at commas and bars.
func splitList(s string) []string { return strings.Split(strings.ReplaceAll(s, "|", ","), ",") }
