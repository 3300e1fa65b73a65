package query

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"ivre/sql/tree"
)

// arguments are those of one call of a function, by their names. Reading them keeps the first error.
type arguments struct {
	b      *builder
	values map[string]any
	err    error
}

// note keeps an error if it is the first one.
func (a *arguments) note(err error) {
	if a.err == nil && err != nil {
		a.err = err
	}
}

func (a *arguments) isNot(name, what string) {
	a.note(fail("%s: %s is not %s", name, short(a.values[name]), what))
}

// has tells whether an argument was given and is not null.
func (a *arguments) has(name string) bool { return a.values[name] != nil }

// names lists the arguments that were given, in alphabetical order.
func (a *arguments) names() []string { return sortedKeys(a.values) }

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// flag is true or false, also as a number.
func (a *arguments) flag(name string, otherwise bool) bool {
	switch v := a.values[name].(type) {
	case nil:
		return otherwise
	case bool:
		return v
	case json.Number:
		if v == "0" || v == "1" {
			return v == "1"
		}
	}
	a.isNot(name, "true or false")
	return otherwise
}

func (a *arguments) neg() bool { return a.flag("neg", false) }

// optionalFlag is a flag that may be null (nil).
func (a *arguments) optionalFlag(name string) *bool {
	if !a.has(name) {
		return nil
	}
	v := a.flag(name, false)
	return &v
}

// text is a text, also from bytes.
func (a *arguments) text(name string) string {
	if v, ok := a.decode(a.values[name], asWritten).(tree.Text); ok {
		return string(v)
	}
	a.isNot(name, "a text")
	return ""
}

func (a *arguments) textOr(name, otherwise string) string {
	if !a.has(name) {
		return otherwise
	}
	return a.text(name)
}

// texts are a text, a number, or a list of these.
func (a *arguments) texts(name string) []string {
	items, ok := a.values[name].([]any)
	if !ok {
		items = []any{a.values[name]}
	}
	out := make([]string, len(items))
	for i, item := range items {
		switch v := item.(type) {
		case string:
			out[i] = v
		case json.Number:
			out[i] = string(v)
		default:
			a.isNot(name, "a text or a list of texts")
			return nil
		}
	}
	return out
}

// integer is a whole number.
func (a *arguments) integer(name string) int64 {
	if v, ok := a.decode(a.values[name], asWritten).(tree.Int); ok {
		return int64(v)
	}
	a.isNot(name, "a whole number")
	return 0
}

// optionalInteger is a whole number that may be null (nil).
func (a *arguments) optionalInteger(name string) *int64 {
	if !a.has(name) {
		return nil
	}
	n := a.integer(name)
	return &n
}

// optionalNumber is a whole number or a list of these, or null (nil).
func (a *arguments) optionalNumber(name string) tree.Value {
	v := a.optional(name)
	list, ok := v.(tree.List)
	if !ok {
		list = tree.List{v}
	}
	for _, n := range list {
		if _, ok := n.(tree.Int); !ok && v != nil {
			a.isNot(name, "a whole number or a list of these")
		}
	}
	return v
}

// integers are a whole number or a list of these.
func (a *arguments) integers(name string) tree.List {
	list, err := wholeNumbers(a.texts(name))
	a.note(err)
	return list
}

// seconds is a length of time.
func (a *arguments) seconds(name string) float64 {
	n, ok := a.values[name].(json.Number)
	f, err := n.Float64()
	if !ok || err != nil {
		a.isNot(name, "a length of time (seconds)")
	}
	return f
}

// moment is a date, or seconds since 1970.
func (a *arguments) moment(name string) tree.Time {
	v := a.values[name]
	if n, ok := v.(json.Number); ok {
		if f, err := n.Float64(); err == nil {
			if t, ok := momentOf(f); ok {
				return t
			}
		}
	}
	if t, ok := a.decode(v, asWritten).(tree.Time); ok {
		return t
	}
	a.isNot(name, "a date")
	return tree.Time{}
}

// value is a text, a number, a date, a regular expression, true, false, or a list of these.
func (a *arguments) value(name string) tree.Value { return a.valueIn(name, asWritten) }

func (a *arguments) valueIn(name string, l letters) tree.Value {
	v := a.decode(a.values[name], l)
	if v == nil {
		a.isNot(name, "a text, a number, a regular expression or a list of these")
	}
	return v
}

// optional is a value that may be null (nil).
func (a *arguments) optional(name string) tree.Value {
	if !a.has(name) {
		return nil
	}
	return a.value(name)
}

// optionalIn is optional with the letters' case.
func (a *arguments) optionalIn(name string, l letters) tree.Value {
	if !a.has(name) {
		return nil
	}
	return a.valueIn(name, l)
}

// part is a value that may be null (no condition) or false (unknown).
func (a *arguments) part(name string) tree.Value {
	if a.values[name] == false {
		return tree.Null{}
	}
	return a.optional(name)
}

// decode turns JSON into a value, nil if it is none.
func (a *arguments) decode(v any, l letters) tree.Value {
	list, ok := v.([]any)
	if !ok {
		return a.scalar(v, l)
	}
	out := make(tree.List, len(list))
	for i, x := range list {
		item := a.scalar(x, l)
		if item == nil {
			return nil
		}
		out[i] = item
	}
	return out
}

func (a *arguments) scalar(v any, l letters) tree.Value {
	switch v := v.(type) {
	case string:
		if l != asWritten {
			v = strings.ToLower(v)
		}
		return tree.Text(v)
	case bool:
		return tree.Bool(v)
	case json.Number:
		return numberOf(v)
	case map[string]any:
		if isSpecial(v) {
			return a.special(v["f"].(string), v["a"].([]any)[0], l)
		}
	}
	return nil
}

func numberOf(v json.Number) tree.Value {
	if n, err := v.Int64(); err == nil {
		return tree.Int(n)
	}
	if n, err := strconv.ParseUint(string(v), 10, 64); err == nil {
		return tree.Uint(n)
	}
	f, err := v.Float64()
	if err != nil {
		return nil
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return tree.Int(int64(f))
	}
	return tree.Float(f)
}

// isSpecial tells whether an object is {"f": KIND, "a": [VALUE]}, a value that JSON has no form for.
func isSpecial(o map[string]any) bool {
	_, ok := o["f"].(string)
	list, _ := o["a"].([]any)
	return ok && len(o) == 2 && len(list) == 1
}

func (a *arguments) special(kind string, v any, l letters) tree.Value {
	switch v := v.(type) {
	case string:
		switch kind {
		case "regexp":
			x, err := a.b.value(v, l)
			a.note(err)
			if err == nil {
				return x
			}
			return tree.Text(v)
		case "bytes":
			if raw, err := base64.StdEncoding.DecodeString(v); err == nil {
				return tree.Text(raw)
			}
		}
	case json.Number:
		if f, err := v.Float64(); err == nil && kind == "datetime" {
			if t, ok := momentOf(f); ok {
				return t
			}
		}
	}
	return nil
}
