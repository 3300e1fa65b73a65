package query

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"ivre/sql/tree"
)

// Bounds of a JSON filter.
const (
	maxJSON  = 1 << 20
	maxDepth = 64
)

// ParseJSON reads a filter as clients of the web API send it: {}, {"f": "and"|"or", "a": [FILTER...]} or
// {"f": NAME, "a": [ARGUMENT...], "k": {NAME: ARGUMENT}}. nil is the condition that all records satisfy.
func ParseJSON(f []byte, opt Options) (tree.Cond, error) {
	if len(f) > maxJSON {
		return nil, fail("f", "the filter is longer than %d bytes", maxJSON)
	}
	dec := json.NewDecoder(bytes.NewReader(f))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fail("f", "invalid JSON: %v", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fail("f", "there is something after the filter")
	}
	b := &builder{opt: opt, budget: true}
	return b.filter(v, 0)
}

func (b *builder) filter(v any, depth int) (tree.Cond, error) {
	o, ok := v.(map[string]any)
	switch {
	case depth > maxDepth:
		return nil, fail("f", "the filter nests more than %d levels deep", maxDepth)
	case !ok:
		return nil, fail("f", "a filter is a JSON object, not %s", short(v))
	case len(o) == 0:
		return nil, nil
	}
	name, ok := o["f"].(string)
	if !ok {
		return nil, fail("f", `a filter needs "f", the name of a function`)
	}
	if name == "and" || name == "or" {
		return b.combined(name, o["a"], depth)
	}
	for key := range o {
		if key != "f" && key != "a" && key != "k" {
			return nil, fail("f", "%s: unexpected member %q", name, key)
		}
	}
	fn, ok := functions[name]
	if !ok || fn.viewOnly && b.opt.DB != View {
		return nil, fail("f", "unknown filter function %q", name)
	}
	args, err := b.bind(name, fn, o["a"], o["k"])
	if err != nil {
		return nil, err
	}
	c, err := fn.make(b, args)
	if args.err != nil { // an argument that is at fault itself says more than what came of it
		err = args.err
	}
	if err != nil {
		return nil, fail("f", "%s: %v", name, err)
	}
	return c, nil
}

func (b *builder) combined(op string, list any, depth int) (tree.Cond, error) {
	items, ok := list.([]any)
	if !ok && list != nil {
		return nil, fail("f", `%s: "a" is a list of filters`, op)
	}
	var conds []tree.Cond
	for _, item := range items {
		c, err := b.filter(item, depth+1)
		if err != nil {
			return nil, err
		}
		if c == nil {
			c = tree.Const(true)
		}
		conds = append(conds, c)
	}
	if op == "and" {
		return tree.And(conds), nil
	}
	if len(conds) == 0 {
		return nil, fail("f", "or: there is no filter")
	}
	return tree.Or(conds), nil
}

func short(v any) string {
	s, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%T", v)
	}
	if len(s) > 60 {
		s = append(s[:60:60], "..."...)
	}
	return string(s)
}

// function is a search function of JSON filters. Its arguments are named in order.
type function struct {
	args     []string
	viewOnly bool
	make     func(b *builder, a *arguments) (tree.Cond, error)
}

// arguments are those of one call. The first error of reading them is kept.
type arguments struct {
	b      *builder
	values map[string]any
	err    error
}

// bind gives the arguments of a call their names.
func (b *builder) bind(name string, fn function, list, named any) (*arguments, error) {
	a := &arguments{b: b, values: map[string]any{}}
	items, ok := list.([]any)
	if !ok && list != nil {
		return nil, fail("f", `%s: "a" is a list`, name)
	}
	if len(items) > len(fn.args) {
		return nil, fail("f", "%s takes at most %d arguments", name, len(fn.args))
	}
	for i, v := range items {
		a.values[fn.args[i]] = v
	}
	members, ok := named.(map[string]any)
	if !ok && named != nil {
		return nil, fail("f", `%s: "k" is an object`, name)
	}
	for key, v := range members {
		_, twice := a.values[key]
		if !slices.Contains(fn.args, key) && !slices.Contains(fn.args, "*") || twice {
			return nil, fail("f", "%s: unexpected argument %q", name, key)
		}
		a.values[key] = v
	}
	return a, nil
}

func (a *arguments) fail(name, want string) {
	if a.err == nil {
		a.err = fmt.Errorf("%s: %s is not %s", name, short(a.values[name]), want)
	}
}

// has tells whether an argument was given and is not null.
func (a *arguments) has(name string) bool { return a.values[name] != nil }

func (a *arguments) flag(name string, def bool) bool {
	switch v := a.values[name].(type) {
	case nil:
		return def
	case bool:
		return v
	case json.Number:
		return v != "0"
	}
	a.fail(name, "true or false")
	return def
}

// neg is the argument of that name.
func (a *arguments) neg() bool { return a.flag("neg", false) }

func (a *arguments) text(name string) string {
	switch v := a.values[name].(type) {
	case string:
		return v
	case json.Number:
		return string(v)
	case nil:
	}
	if v, ok := a.decode(a.values[name]).(tree.Text); ok {
		return string(v)
	}
	a.fail(name, "a text")
	return ""
}

func (a *arguments) integer(name string) int64 {
	n, ok := a.values[name].(json.Number)
	if ok {
		if i, err := n.Int64(); err == nil {
			return i
		}
	}
	a.fail(name, "a whole number")
	return 0
}

// optional is an integer that may be missing.
func (a *arguments) optional(name string) *int64 {
	if !a.has(name) {
		return nil
	}
	n := a.integer(name)
	return &n
}

// value is a text, a number, a regular expression or a list of these.
func (a *arguments) value(name string) tree.Value {
	v := a.decode(a.values[name])
	if v == nil {
		a.fail(name, "a text, a number, a regular expression or a list of them")
	}
	return v
}

// texts are a text or a list of texts.
func (a *arguments) texts(name string) []string {
	switch v := a.values[name].(type) {
	case string:
		return []string{v}
	case json.Number:
		return []string{string(v)}
	case []any:
		var out []string
		for _, x := range v {
			switch x := x.(type) {
			case string:
				out = append(out, x)
			case json.Number:
				out = append(out, string(x))
			default:
				a.fail(name, "a list of texts")
			}
		}
		return out
	}
	a.fail(name, "a text or a list of texts")
	return nil
}

// moment is a date, or seconds since 1970.
func (a *arguments) moment(name string) tree.Time {
	switch v := a.decode(a.values[name]).(type) {
	case tree.Time:
		return v
	case tree.Int:
		if -maxAgo <= v && v <= maxAgo {
			return tree.Time(time.Unix(int64(v), 0).UTC())
		}
	case tree.Float:
		if math.Abs(float64(v)) <= maxAgo {
			return tree.Time(time.UnixMicro(int64(float64(v) * 1e6)).UTC())
		}
	}
	a.fail(name, "a date")
	return tree.Time{}
}

// decode turns JSON into a value, nil if it is none.
func (a *arguments) decode(v any) tree.Value {
	switch v := v.(type) {
	case string:
		return tree.Text(v)
	case bool:
		return tree.Bool(v)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return tree.Int(n)
		}
		if f, err := v.Float64(); err == nil && !math.IsInf(f, 0) {
			return tree.Float(f)
		}
	case []any:
		out := tree.List{}
		for _, x := range v {
			item := a.decode(x)
			if item == nil {
				return nil
			}
			out = append(out, item)
		}
		if len(out) == 1 {
			return out[0]
		}
		return out
	case map[string]any:
		return a.special(v)
	}
	return nil
}

// special is {"f": KIND, "a": [VALUE]}.
func (a *arguments) special(o map[string]any) tree.Value {
	kind, _ := o["f"].(string)
	list, _ := o["a"].([]any)
	if len(o) != 2 || len(list) != 1 {
		return nil
	}
	switch s := list[0].(type) {
	case string:
		switch kind {
		case "regexp":
			v, err := a.b.rx(s)
			if err != nil {
				if a.err == nil {
					a.err = err
				}
				return tree.Text(s)
			}
			return v
		case "bytes":
			if raw, err := base64.StdEncoding.DecodeString(s); err == nil {
				return tree.Text(raw)
			}
		}
	case json.Number:
		if f, err := s.Float64(); err == nil && kind == "datetime" && math.Abs(f) < 1e11 {
			return tree.Time(time.UnixMicro(int64(f * 1e6)).UTC())
		}
	}
	return nil
}

// lowered is a value in lower case; regular expressions ignore case.
func (a *arguments) lowered(name string) tree.Value {
	v, err := a.b.lower(a.value(name))
	if err != nil && a.err == nil {
		a.err = err
	}
	return v
}

// unknown tells whether an argument is false, which stands for "unknown".
func (a *arguments) unknown(name string) bool { return a.values[name] == false }

// argNames splits a list of names.
func argNames(s string) []string { return strings.Fields(s) }
