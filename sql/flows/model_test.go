package flows_test

import (
	"cmp"
	"fmt"
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"ivre/ingest/flow"
	"ivre/sql/flows"
	"ivre/sql/tree"
)

// This file says in plain Go what records become and what filters mean, to compare the database with.

// modelFlow is a flow as records make it.
type modelFlow struct {
	key         flows.Key
	first, last int64
	sums        [5]uint64 // count, cspkts, csbytes, scpkts, scbytes
	sports      []uint16
	codes       []uint8
	slots       []flows.Slot
	lines       map[string]int
	values      map[string][]any // by meta.name.key, in order of appearance
	counters    map[string]uint64
	// one replaces the elements of arrays by a single one, where top values take flows apart.
	one map[string]any
}

// modelSlots lists the slots of an hour that a time touches.
func modelSlots(start, end int64) []flows.Slot {
	const hour = 3600 * 1_000_000
	var out []flows.Slot
	for s := start - start%hour; s <= end; s += hour {
		out = append(out, flows.Slot{Start: micros(s), Duration: 3600})
	}
	return out
}

func addTo[T comparable](list []T, values ...T) []T {
	for _, v := range values {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// model aggregates records, which have to be sorted by time.
func model(r *records) map[string]*modelFlow {
	all := map[string]*modelFlow{}
	get := func(k flows.Key, start, end int64) *modelFlow {
		f := all[k.ID()]
		if f == nil {
			f = &modelFlow{key: k, first: start, last: end, lines: map[string]int{}, values: map[string][]any{}, counters: map[string]uint64{}}
			all[k.ID()] = f
		}
		f.first, f.last = min(f.first, start), max(f.last, end)
		f.slots = addTo(f.slots, modelSlots(start, end)...)
		return f
	}
	for _, e := range r.events {
		f := get(flows.Key{Src: e.Src.Netip(), Dst: e.Dst.Netip(), Proto: e.Proto, Dport: e.Dport, Type: e.Type}, e.Start, e.End)
		for i, n := range [...]uint64{e.Count, e.CsPkts, e.CsBytes, e.ScPkts, e.ScBytes} {
			f.sums[i] += n
		}
		if f.key.HasPort() {
			f.sports = addTo(f.sports, e.Sport)
		} else if f.key.HasType() {
			f.codes = addTo(f.codes, e.Code)
		}
	}
	for i := range r.metas {
		m := &r.metas[i]
		f := get(flows.Key{Src: m.Src.Netip(), Dst: m.Dst.Netip(), Proto: m.Proto, Dport: m.Dport, Type: m.Type}, m.Start, m.End)
		f.lines[m.Name]++
		for _, v := range m.Values {
			name := "meta." + m.Name + "." + v.Key
			f.values[name] = addTo(f.values[name], modelValue(v))
		}
		for _, c := range m.Counters {
			f.counters["meta."+m.Name+"."+c.Key] += c.N
		}
	}
	return all
}

func modelValue(v flow.Value) any {
	switch v.Kind {
	case flow.Int:
		return v.Int
	case flow.Bool:
		return true
	}
	return v.Str
}

// isArray tells whether a field has elements.
func isArray(attr string) bool {
	switch attr {
	case "sports", "codes", "times", "times.start", "times.duration":
		return true
	}
	for _, f := range flows.Fields() {
		if f.Name == attr {
			return f.Array
		}
	}
	return false
}

// elements returns the elements of an array field, nil if the flow lacks it.
func (f *modelFlow) elements(attr string) []any {
	base, _, _ := strings.Cut(attr, ".")
	if base == "meta" {
		base = attr
	}
	if v, ok := f.one[base]; ok {
		if s, ok := v.(flows.Slot); ok {
			return []any{slotMember(s, attr)}
		}
		return []any{v}
	}
	return f.original(attr)
}

func (f *modelFlow) original(attr string) []any {
	var out []any
	switch attr {
	case "sports":
		for _, p := range f.sports {
			out = append(out, int64(p))
		}
	case "codes":
		for _, c := range f.codes {
			out = append(out, int64(c))
		}
	case "times", "times.start", "times.duration":
		for _, s := range f.slots {
			out = append(out, slotMember(s, attr))
		}
	default:
		out = f.values[attr]
	}
	return out
}

func slotMember(s flows.Slot, attr string) any {
	switch attr {
	case "times.start":
		return s.Start
	case "times.duration":
		return int64(s.Duration)
	}
	return s
}

// scalar returns the value of a field that is no array, nil if the flow lacks it.
func (f *modelFlow) scalar(attr string) any {
	sum := func(i int) any {
		if f.sums[0] == 0 {
			return nil
		}
		return f.sums[i]
	}
	switch attr {
	case "src.addr":
		return f.key.Src
	case "dst.addr":
		return f.key.Dst
	case "proto":
		return f.key.Proto
	case "dport":
		if f.key.HasPort() {
			return int64(f.key.Dport)
		}
	case "type":
		if f.key.HasType() {
			return int64(f.key.Type)
		}
	case "firstseen":
		return micros(f.first)
	case "lastseen":
		return micros(f.last)
	case "count", "cspkts", "csbytes", "scpkts", "scbytes":
		return sum(slices.Index([]string{"count", "cspkts", "csbytes", "scpkts", "scbytes"}, attr))
	}
	if n, ok := f.counters[attr]; ok {
		return n
	}
	if name, ok := strings.CutPrefix(attr, "meta."); ok && f.lines[name] > 0 {
		return struct{}{}
	}
	return nil
}

// modelClause is a clause of a filter in its parts.
type modelClause struct {
	neg, mode, attr, op string
	value               any // nil, bool, int64, float64, string, time.Time, netip.Addr, netip.Prefix, *regexp.Regexp, []any
	text                string
}

var opposite = map[string]string{"=": "!=", "!=": "=", "<": ">=", ">=": "<", "<=": ">", ">": "<=", "=~": "!~", "!~": "=~"}

// holds evaluates a clause by the rules of the language.
func (c *modelClause) holds(f *modelFlow) bool {
	neg := c.neg != ""
	if c.attr == "addr" {
		return c.addr(f, neg)
	}
	array := isArray(c.attr)
	switch {
	case c.op == "" && c.attr == "src.addr":
		return !neg
	case c.op == "" && array:
		return (len(f.elements(c.attr)) > 0) != neg
	case c.op == "":
		return (f.scalar(c.attr) != nil) != neg
	case c.mode == "LEN":
		return c.length(f, array, neg)
	case !array:
		op := c.op
		if neg != (c.mode == "NONE") {
			op = opposite[op]
		}
		return compareScalar(f.scalar(c.attr), op, c.value)
	}
	list := f.elements(c.attr)
	n := 0
	for _, e := range list {
		if compareScalar(e, c.op, c.value) {
			n++
		}
	}
	switch c.mode {
	case "ALL":
		return (len(list) > 0 && n == len(list)) != neg
	case "ONE":
		return (n == 1) != neg
	case "ANY":
		return c.plain(f, list, c.op) != neg
	case "NONE":
		return c.plain(f, list, c.op) == neg
	}
	if neg {
		return c.plain(f, list, opposite[c.op])
	}
	return c.plain(f, list, c.op)
}

// plain is a comparison with an array without mode.
func (c *modelClause) plain(f *modelFlow, list []any, op string) bool {
	if op == "!=" || op == "!~" {
		return !c.plain(f, list, opposite[op])
	}
	if c.value == nil {
		return op == "=" && len(list) == 0
	}
	if whole, ok := c.value.([]any); ok {
		if op != "=" || len(whole) != len(f.original(c.attr)) || c.attr == "times" {
			return false
		}
		for _, v := range whole {
			if !slices.ContainsFunc(f.original(c.attr), func(e any) bool { return compareScalar(e, "=", v) }) {
				return false
			}
		}
		return true
	}
	return slices.ContainsFunc(list, func(e any) bool { return compareScalar(e, op, c.value) })
}

func (c *modelClause) addr(f *modelFlow, neg bool) bool {
	if c.op == "" {
		return !neg
	}
	op := c.op
	if neg != (c.mode == "NONE") {
		op = opposite[op]
	}
	src, dst := compareScalar(f.key.Src, op, c.value), compareScalar(f.key.Dst, op, c.value)
	if op == "!=" || op == "!~" {
		return src && dst
	}
	return src || dst
}

func (c *modelClause) length(f *modelFlow, array, neg bool) bool {
	op := c.op
	if neg {
		op = opposite[op]
	}
	n := len(f.original(c.attr))
	if op == "!=" {
		return n == 0 || !array || int64(n) != c.value.(int64)
	}
	return array && n > 0 && compareScalar(int64(n), op, c.value)
}

// compareScalar compares a stored value (nil: absent) with that of a clause.
func compareScalar(stored any, op string, v any) bool {
	switch op {
	case "!=":
		return !compareScalar(stored, "=", v)
	case "!~":
		return !compareScalar(stored, "=~", v)
	}
	if stored == nil || v == nil {
		return op == "=" && stored == nil && v == nil
	}
	switch v := v.(type) {
	case *regexp.Regexp:
		s, ok := stored.(string)
		// no pattern of the tests matches the empty text within another one, and to RE2 bytes that are
		// not UTF-8 are no characters
		return ok && utf8.ValidString(s) && v.MatchString(s)
	case netip.Prefix:
		a, ok := stored.(netip.Addr)
		return ok && wide(v).Contains(netip.AddrFrom16(a.As16()))
	case []any:
		return false
	}
	n, ok := order(stored, v)
	if !ok {
		return false
	}
	switch op {
	case "=":
		return n == 0
	case "<":
		return n < 0
	case "<=":
		return n <= 0
	case ">":
		return n > 0
	}
	return n >= 0
}

// wide is a network in the common 128-bit space.
func wide(p netip.Prefix) netip.Prefix {
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	return netip.PrefixFrom(netip.AddrFrom16(p.Addr().As16()), bits)
}

// order compares two values of one class.
func order(a, b any) (int, bool) {
	if x, ok := a.(time.Time); ok {
		y, ok := b.(time.Time)
		return x.Compare(y), ok
	}
	if x, ok := a.(netip.Addr); ok {
		y, ok := b.(netip.Addr)
		return x.Compare(y), ok
	}
	if x, ok := a.(string); ok {
		y, ok := b.(string)
		return cmp.Compare(x, y), ok
	}
	if x, ok := a.(bool); ok {
		y, ok := b.(bool)
		return cmp.Compare(fmt.Sprint(x), fmt.Sprint(y)), ok
	}
	x, y := rational(a), rational(b)
	if x == nil || y == nil {
		return 0, false
	}
	return x.Cmp(y), true
}

func rational(v any) *big.Rat {
	switch v := v.(type) {
	case int64:
		return new(big.Rat).SetInt64(v)
	case uint64:
		return new(big.Rat).SetInt(new(big.Int).SetUint64(v))
	case float64:
		return new(big.Rat).SetFloat64(v)
	}
	return nil
}

// modelFilter is one filter: alternatives.
type modelFilter []modelClause

func (m modelFilter) text() string {
	parts := make([]string, len(m))
	for i, c := range m {
		parts[i] = c.text
	}
	return strings.Join(parts, " OR ")
}

func (m modelFilter) holds(f *modelFlow) bool {
	return slices.ContainsFunc(m, func(c modelClause) bool { return c.holds(f) })
}

// modelPattern translates a pattern as filters do.
func modelPattern(s string) *regexp.Regexp {
	p, err := tree.ParsePattern(s, tree.Flags{})
	if err != nil {
		panic(err)
	}
	return regexp.MustCompile(p.RE2())
}
