package query_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"ivre/sql/tree"
)

// record is a decoded JSON object that conditions are evaluated on, slowly and in the plainest way.
type record struct {
	value any
	// port is the member of "ports" that holds the script if value is a script: fields named "port.*" are its members.
	port any
}

func decodeRecord(t testing.TB, s string) record {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	return record{value: v}
}

// holds evaluates a condition.
func (r record) holds(c tree.Cond) bool {
	switch c := c.(type) {
	case nil:
		return true
	case tree.Const:
		return bool(c)
	case tree.And:
		for _, sub := range c {
			if !r.holds(sub) {
				return false
			}
		}
		return true
	case tree.Or:
		for _, sub := range c {
			if r.holds(sub) {
				return true
			}
		}
		return false
	case tree.Not:
		return !r.holds(c.Cond)
	case tree.Exists:
		return len(r.leaves(c.Field)) > 0
	case tree.Test:
		return r.test(c)
	case tree.Elements:
		return r.elements(c)
	}
	panic(fmt.Sprintf("condition of type %T", c))
}

// leaves are the values that a path reaches: it descends into all items of all lists.
func (r record) leaves(field string) []any {
	if rest, ok := strings.CutPrefix(field, "port."); ok && r.port != nil {
		return leaves(r.port, strings.Split(rest, "."))
	}
	if field == "" {
		return leaves(r.value, nil)
	}
	return leaves(r.value, strings.Split(field, "."))
}

func leaves(v any, path []string) []any {
	if list, ok := v.([]any); ok {
		var out []any
		for _, item := range list {
			out = append(out, leaves(item, path)...)
		}
		if len(path) == 0 {
			out = append(out, v) // the whole list is a value, too
		}
		return out
	}
	if len(path) == 0 {
		return []any{v}
	}
	if o, ok := v.(map[string]any); ok {
		if member, ok := o[path[0]]; ok {
			return leaves(member, path[1:])
		}
	}
	return nil
}

// elements evaluates a condition on the items of lists, each with the port that holds it.
func (r record) elements(c tree.Elements) bool {
	items := []record{}
	holders := []any{nil}
	path := c.Field
	if c.Field == "ports.scripts" {
		holders, path = nil, "scripts"
		for _, p := range r.leaves("ports") {
			if _, ok := p.(map[string]any); ok {
				holders = append(holders, p)
			}
		}
	}
	for _, h := range holders {
		from := r
		if h != nil {
			from = record{value: h}
		}
		for _, leaf := range from.leaves(path) {
			if _, whole := leaf.([]any); !whole {
				items = append(items, record{leaf, h})
			}
		}
	}
	n := 0
	for _, item := range items {
		if item.holds(c.Cond) {
			n++
		}
	}
	switch c.Quantifier {
	case tree.Any:
		return n > 0
	case tree.None:
		return n == 0
	case tree.One:
		return n == 1
	case tree.All:
		return n == len(items)
	}
	panic("elements without a quantifier")
}

func (r record) test(c tree.Test) bool {
	for _, leaf := range r.leaves(c.Field) {
		if compare(leaf, c.Op, c.Value) {
			return true
		}
	}
	return false
}

func compare(leaf any, op tree.Op, v tree.Value) bool {
	switch v := v.(type) {
	case tree.List:
		for _, item := range v {
			op := tree.Eq
			if _, ok := item.(*tree.Pattern); ok {
				op = tree.Match
			}
			if compare(leaf, op, item) {
				return true
			}
		}
	case *tree.Pattern:
		s, ok := leaf.(string)
		return ok && op == tree.Match && regexp.MustCompile(v.RE2()).MatchString(s)
	case tree.Range:
		a, ok := address(leaf)
		return ok && ordered(tree.Ge, a.Compare(mapped(v.From))) && ordered(tree.Le, a.Compare(mapped(v.To)))
	case tree.Addr:
		a, ok := address(leaf)
		return ok && ordered(op, a.Compare(mapped(netip.Addr(v))))
	case tree.Time:
		s, _ := leaf.(string)
		at, err := time.Parse("2006-01-02 15:04:05", s)
		return err == nil && ordered(op, at.Compare(time.Time(v)))
	case tree.Text:
		s, ok := leaf.(string)
		return ok && ordered(op, strings.Compare(s, string(v)))
	case tree.Int:
		f, ok := leaf.(float64)
		return ok && ordered(op, sign(f-float64(v)))
	case tree.Float:
		f, ok := leaf.(float64)
		return ok && ordered(op, sign(f-float64(v)))
	case tree.Bool:
		x, ok := leaf.(bool)
		return ok && op == tree.Eq && x == bool(v)
	default:
		panic(fmt.Sprintf("value of type %T", v))
	}
	return false
}

func address(leaf any) (netip.Addr, bool) {
	s, _ := leaf.(string)
	a, err := netip.ParseAddr(s)
	return mapped(a), err == nil
}

// mapped brings addresses to the form in which all of them compare as 128-bit integers.
func mapped(a netip.Addr) netip.Addr {
	if !a.IsValid() {
		return a
	}
	return netip.AddrFrom16(a.As16())
}

func sign(f float64) int {
	switch {
	case f < 0:
		return -1
	case f > 0:
		return 1
	}
	return 0
}

func ordered(op tree.Op, cmp int) bool {
	switch op {
	case tree.Eq:
		return cmp == 0
	case tree.Lt:
		return cmp < 0
	case tree.Le:
		return cmp <= 0
	case tree.Gt:
		return cmp > 0
	case tree.Ge:
		return cmp >= 0
	}
	return false
}
