package query

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"ivre/sql/tree"
)

// Bounds of a JSON filter: its length in bytes, and how deep "and" and "or" nest.
const (
	maxJSON  = 1 << 20
	maxDepth = 100
)

// ParseJSON reads a filter as clients of the web API send it: {}, {"f": "and"|"or", "a": [FILTER...]} or
// {"f": NAME, "a": [ARGUMENT...], "k": {NAME: ARGUMENT}}. It is nil if all records satisfy it. Errors are of type
// *Error and name the function at fault.
func ParseJSON(f []byte, opt Options) (tree.Cond, error) {
	b, err := newBuilder(opt.DB, opt, true)
	if err != nil {
		return nil, err
	}
	if len(f) > maxJSON {
		return nil, about("f", fail("the filter is longer than %d bytes", maxJSON))
	}
	dec := json.NewDecoder(bytes.NewReader(f))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, about("f", fail("invalid JSON: %v", err))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, about("f", fail("there is something after the filter"))
	}
	return b.filter(v, 0)
}

// filter reads a filter; depth is the number of filters around it.
func (b *builder) filter(v any, depth int) (tree.Cond, error) {
	o, ok := v.(map[string]any)
	switch {
	case depth > maxDepth:
		return nil, about("f", fail("the filter nests more than %d levels deep", maxDepth))
	case !ok:
		return nil, about("f", fail("a filter is a JSON object, not %s", short(v)))
	case len(o) == 0:
		return nil, nil
	}
	name, ok := o["f"].(string)
	if !ok {
		return nil, about("f", fail(`a filter needs "f", the name of a function`))
	}
	if name == "and" || name == "or" {
		return b.combination(name, o["a"], depth)
	}
	c, err := b.call(name, o)
	if err != nil {
		return nil, about(name, err)
	}
	return c, nil
}

// combination reads the filters of "and" and "or". Other members of the object mean nothing.
func (b *builder) combination(op string, list any, depth int) (tree.Cond, error) {
	items, ok := list.([]any)
	if !ok && list != nil {
		return nil, about(op, fail(`"a" is a list of filters`))
	}
	conds := make([]tree.Cond, len(items))
	for i, item := range items {
		c, err := b.filter(item, depth+1)
		if err != nil {
			return nil, err
		}
		if c == nil && op == "or" {
			c = tree.Const(true)
		}
		conds[i] = c
	}
	switch {
	case op == "and":
		return allOf(conds...), nil
	case len(conds) == 0:
		return nil, about(op, fail("there is no filter"))
	case len(conds) == 1:
		return conds[0], nil
	}
	return tree.Or(conds), nil
}

// call makes the condition of a search function.
func (b *builder) call(name string, o map[string]any) (tree.Cond, error) {
	fn := functionIndex[b.db][name]
	if fn == nil {
		for db := range databases {
			if functionIndex[db][name] != nil {
				return nil, fail("this function is unknown for %s", b.db)
			}
		}
		return nil, fail("this function is unknown")
	}
	for key := range o {
		if key != "f" && key != "a" && key != "k" {
			return nil, fail("unexpected member %q", shorten(key, 60))
		}
	}
	a, err := b.bind(fn, o["a"], o["k"])
	if err != nil {
		return nil, err
	}
	c, err := fn.make(b, a)
	if a.err != nil {
		return nil, a.err
	}
	return c, err
}

// short is a JSON value for messages.
func short(v any) string {
	switch v := v.(type) {
	case []any:
		if len(v) > 0 {
			return "[...]"
		}
	case map[string]any:
		if len(v) > 0 {
			return "{...}"
		}
	case string:
		return fmt.Sprintf("%q", shorten(v, 60))
	case json.Number:
		return shorten(v.String(), 60)
	case nil:
		return "null"
	}
	text, _ := json.Marshal(v)
	return string(text)
}

// function is a search function of JSON filters for some databases.
type function struct {
	names string // separated by spaces
	dbs   dbSet
	// args are the names of the arguments in their order, separated by spaces: "neg?" may be missing, "cat|c" has
	// two names. "*" are arguments of any name, all of them named.
	args string
	make func(b *builder, a *arguments) (tree.Cond, error)
}

// parameter is one of the arguments that a function takes.
type parameter struct {
	names    []string
	optional bool
}

func parameters(args string) []parameter {
	var out []parameter
	for s := range strings.FieldsSeq(args) {
		s, optional := strings.CutSuffix(s, "?")
		out = append(out, parameter{strings.Split(s, "|"), optional})
	}
	return out
}

// boundFunction is a function whose parameters were read.
type boundFunction struct {
	function
	params []parameter
	byName map[string]string // the first name of the parameter of that name
	anyArg bool
}

func indexFunctions(tables ...[]function) (index [databases]map[string]*boundFunction) {
	for db := range databases {
		index[db] = map[string]*boundFunction{}
	}
	for _, table := range tables {
		for _, fn := range table {
			f := &boundFunction{function: fn, byName: map[string]string{}}
			if f.anyArg = fn.args == "*"; !f.anyArg {
				f.params = parameters(fn.args)
			}
			for _, p := range f.params {
				for _, name := range p.names {
					f.byName[name] = p.names[0]
				}
			}
			for db := range databases {
				for name := range strings.FieldsSeq(fn.names) {
					if fn.dbs.has(db) {
						index[db][name] = f
					}
				}
			}
		}
	}
	return index
}

// bind gives the arguments of a call their names.
func (b *builder) bind(fn *boundFunction, list, named any) (*arguments, error) {
	a := &arguments{b: b, values: map[string]any{}}
	items, ok := list.([]any)
	if !ok && list != nil {
		return nil, fail(`"a" is a list of arguments`)
	}
	if len(items) > len(fn.params) {
		return nil, fail("there are %d arguments; it takes %d at most", len(items), len(fn.params))
	}
	for i, v := range items {
		a.values[fn.params[i].names[0]] = v
	}
	members, ok := named.(map[string]any)
	if !ok && named != nil {
		return nil, fail(`"k" is an object, the named arguments`)
	}
	for key, v := range members {
		name, known := fn.byName[key]
		if fn.anyArg {
			name, known = key, key != ""
		}
		if !known {
			return nil, fail("unexpected argument %q", shorten(key, 60))
		}
		if _, twice := a.values[name]; twice {
			return nil, fail("the argument %q is there twice", name)
		}
		a.values[name] = v
	}
	for _, p := range fn.params {
		if _, ok := a.values[p.names[0]]; !ok && !p.optional {
			return nil, fail("the argument %q is missing", p.names[0])
		}
	}
	return a, nil
}
