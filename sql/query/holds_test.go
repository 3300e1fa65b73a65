package query

import (
	"encoding/json"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"ivre/sql/tree"
)

// holds tells whether a JSON record satisfies a condition: the plain meaning of the tree, without a database.
func holds(t *testing.T, c tree.Cond, record any) bool {
	t.Helper()
	switch c := c.(type) {
	case nil:
		return true
	case tree.Const:
		return bool(c)
	case tree.And:
		for _, sub := range c {
			if !holds(t, sub, record) {
				return false
			}
		}
		return true
	case tree.Or:
		for _, sub := range c {
			if holds(t, sub, record) {
				return true
			}
		}
		return false
	case tree.Not:
		return !holds(t, c.Cond, record)
	case tree.Exists:
		return len(leaves(record, c.Field)) > 0
	case tree.Test:
		for _, leaf := range leaves(record, c.Field) {
			if satisfies(t, leaf, c.Op, c.Value) {
				return true
			}
		}
		return false
	case tree.Elements:
		if c.Quantifier != tree.Any {
			t.Fatalf("quantifier %s", c.Quantifier)
		}
		for _, e := range elements(record, c.Field) {
			if holds(t, c.Cond, e) {
				return true
			}
		}
		return false
	}
	t.Fatalf("condition of type %T", c)
	return false
}

// leaves are the values that a path reaches, descending into arrays.
func leaves(v any, path string) []any {
	list := []any{v}
	if path != "" {
		for key := range strings.SplitSeq(path, ".") {
			var next []any
			for _, x := range flat(list) {
				if o, ok := x.(map[string]any); ok {
					if member, ok := o[key]; ok {
						next = append(next, member)
					}
				}
			}
			list = next
		}
	}
	return flat(list)
}

// flat replaces arrays by their elements.
func flat(list []any) []any {
	var out []any
	for _, x := range list {
		if items, ok := x.([]any); ok {
			out = append(out, items...)
		} else {
			out = append(out, x)
		}
	}
	return out
}

// elements are the elements of an array. Those of ports.scripts know their port.
func elements(record any, path string) []any {
	if path != "ports.scripts" {
		return leaves(record, path)
	}
	var out []any
	for _, p := range leaves(record, "ports") {
		for _, s := range leaves(p, "scripts") {
			o := map[string]any{"port": p}
			for k, v := range s.(map[string]any) {
				o[k] = v
			}
			out = append(out, o)
		}
	}
	return out
}

func satisfies(t *testing.T, leaf any, op tree.Op, v tree.Value) bool {
	t.Helper()
	switch v := v.(type) {
	case tree.List:
		for _, item := range v {
			if satisfies(t, leaf, tree.Eq, item) {
				return true
			}
		}
		return false
	case tree.Int:
		n, ok := leaf.(float64)
		return ok && ordered(op, n-float64(v))
	case tree.Bool:
		x, ok := leaf.(bool)
		return ok && x == bool(v)
	case tree.Time:
		s, _ := leaf.(string)
		x, err := time.Parse("2006-01-02 15:04:05", s)
		return err == nil && ordered(op, float64(x.Sub(time.Time(v))))
	}
	s, ok := leaf.(string)
	if !ok {
		return false
	}
	switch v := v.(type) {
	case tree.Text:
		return ordered(op, float64(strings.Compare(s, string(v))))
	case *tree.Pattern:
		return regexp.MustCompile(v.RE2()).MatchString(s)
	case tree.Addr:
		a, err := netip.ParseAddr(s)
		return err == nil && ordered(op, float64(wide(a).Compare(wide(netip.Addr(v)))))
	case tree.Range:
		a, err := netip.ParseAddr(s)
		return err == nil && wide(v.From).Compare(wide(a)) <= 0 && wide(a).Compare(wide(v.To)) <= 0
	}
	t.Fatalf("value of type %T", v)
	return false
}

func ordered(op tree.Op, difference float64) bool {
	switch op {
	case tree.Eq:
		return difference == 0
	case tree.Lt:
		return difference < 0
	case tree.Le:
		return difference <= 0
	case tree.Gt:
		return difference > 0
	case tree.Ge:
		return difference >= 0
	}
	return false
}

// named are records by a letter or name each.
type named []struct {
	name   string
	record any
}

func records(t *testing.T, list ...string) named {
	t.Helper()
	var out named
	for i := 0; i < len(list); i += 2 {
		var v any
		if err := json.Unmarshal([]byte(list[i+1]), &v); err != nil {
			t.Fatalf("%s: %v", list[i], err)
		}
		out = append(out, struct {
			name   string
			record any
		}{list[i], v})
	}
	return out
}

// matching lists the names of the records that satisfy a condition.
func (n named) matching(t *testing.T, c tree.Cond) string {
	t.Helper()
	var out []string
	for _, r := range n {
		if holds(t, c, r.record) {
			out = append(out, r.name)
		}
	}
	return strings.Join(out, " ")
}
