package flows

import (
	"net"
	"net/netip"
	"reflect"
	"strconv"
	"time"

	"ivre/ingest/flow"
	"ivre/sql/flowfilter"
	"ivre/sql/tree"
)

// topValue is a field in the rows that are counted.
type topValue struct {
	sql     string
	nested  string        // the same inside of tuples, if it has to differ there
	read    func(any) any // turns what the driver returns into the value
	present string        // condition: the flow has it; empty: always, or see join
	keyOnly bool          // present can be checked before rows are merged
	join    *metaJoin     // where metadata comes from
	// number is the value for sums, which counts if numberPresent; empty if it is not numeric.
	number, numberPresent string
}

// value finds out how to get at a field. Sums (output is false) read whole arrays never, so they do not
// join what is not a number.
func (b *topBuilder) value(f flowfilter.Field, output bool) topValue {
	if f.Meta != "" {
		return b.metaValue(f, output)
	}
	switch f.Name {
	case "sports", "codes", "times", "times.start", "times.duration":
		return b.listValue(f)
	case "src.addr":
		return topValue{sql: "src", read: readAddr}
	case "dst.addr":
		return topValue{sql: "dst", read: readAddr}
	}
	known := catalog[f.Name]
	b.need(known.Needs...)
	v := topValue{sql: known.Columns[0].SQL, read: readPlain, present: known.Present, keyOnly: len(known.Needs) == 0}
	if f.Kind == flowfilter.Number {
		v.number, v.numberPresent = v.sql, v.present
	}
	return v
}

// element names the item of an array of flows that was taken apart.
var element = map[string]string{"sports": "sport", "codes": "code", "times": "slot"}

// listValue is an array of flows or, if it was taken apart, an element of it.
func (b *topBuilder) listValue(f flowfilter.Field) topValue {
	array, _ := arrayOf(f)
	known := catalog[array.Name]
	column := known.Array.Lists[0].SQL
	item := element[array.Name]
	v := topValue{present: known.Present}
	sql, read := item, readPlain
	switch f.Name {
	case "times":
		read = readSlot
	case "times.start":
		sql = slotStart(item)
	case "times.duration":
		sql = slotDuration(item)
	}
	if b.isExploded(array) {
		v.sql, v.read = sql, read
		if f.Kind == flowfilter.Number {
			v.number = sql
		}
		return v
	}
	b.need(column)
	v.sql, v.read = "arraySort("+column+")", readList(read)
	if sql != item {
		v.sql = "arraySort(arrayMap(" + item + " -> " + sql + ", " + column + "))"
	}
	return v
}

// metaValue is a field from protocol logs.
func (b *topBuilder) metaValue(f flowfilter.Field, output bool) topValue {
	if f.Counter {
		j := b.join(f, counterJoin)
		n := j.column("n")
		return topValue{sql: n, read: readPlain, join: j, number: n, numberPresent: n + " > 0"}
	}
	if b.isExploded(f) {
		j := b.join(f, elementJoin)
		kind, number := j.column("kind"), j.column("number")
		return topValue{
			sql:    "(" + kind + ", " + number + ", " + j.column("text") + ")",
			nested: mixedStrings(kind, number, j.column("text")),
			read:   readMixed, join: j,
			number: number, numberPresent: kind + " = " + strconv.Itoa(int(flow.Int)) + " AND " + number + " > 0",
		}
	}
	if !output {
		return topValue{}
	}
	if f.Key == "" {
		j := b.join(f, objectJoin)
		return topValue{sql: j.column("all"), read: readObject(f.Meta), join: j}
	}
	j := b.join(f, listJoin)
	return topValue{sql: j.column("all"), read: readList(readMixed), join: j}
}

// elementCatalog describes flows that were taken apart: an array has the one element that the row is
// about, but its length is that of the flow's array.
type elementCatalog struct{ b *topBuilder }

func (e elementCatalog) exploded(name string) bool {
	f, ok := flowfilter.Lookup(name)
	return ok && e.b.isExploded(f)
}

// Field implements tree.Catalog.
func (e elementCatalog) Field(name string, p *tree.Params) (tree.Field, bool) {
	whole, ok := catalog.Field(name, p)
	if !ok || !e.exploded(name) {
		return whole, ok
	}
	f, _ := flowfilter.Lookup(name)
	one := &tree.Array{Element: whole.Array.Element, Whole: whole.Array}
	if f.Meta == "" {
		variable := whole.Array.Lists[0].Variable
		one.Lists = []tree.ArrayColumn{{Variable: variable, SQL: "[" + element[name] + "]"}}
		return tree.Field{Array: one}, true
	}
	j := e.b.join(f, elementJoin)
	one.Element = mixedElement("kind", "text", "number", "kind", "text", "number")
	for _, column := range []string{"kind", "text", "number"} {
		one.Lists = append(one.Lists, tree.ArrayColumn{Variable: column, SQL: "[" + j.column(column) + "]"})
	}
	return tree.Field{Array: one}, true
}

// readPlain turns what the driver returns into one of the types of values.
func readPlain(v any) any {
	switch v := v.(type) {
	case uint8:
		return uint64(v)
	case uint16:
		return uint64(v)
	case uint32:
		return uint64(v)
	case time.Time:
		return v.UTC()
	}
	return v
}

func readAddr(v any) any {
	switch v := v.(type) {
	case net.IP:
		a, _ := netip.AddrFromSlice(v)
		return a.Unmap().String()
	case netip.Addr:
		return v.Unmap().String()
	}
	return v
}

func readSlot(v any) any {
	s, _ := v.(uint64)
	return unpackSlot(s)
}

// mixedStrings is a metadata value in a form that comes through the driver at any depth of arrays and
// tuples, unlike tuples.
func mixedStrings(kind, number, text string) string {
	return "[toString(" + kind + "), toString(" + number + "), " + text + "]"
}

// readMixed reads a metadata value, from a tuple or from mixedStrings.
func readMixed(v any) any {
	m := readMeta(v)
	return m.value()
}

// readMeta reads kind, number and text, and if they are there key and n.
func readMeta(v any) metaValue {
	var m metaValue
	switch v := v.(type) {
	case []any:
		m.kind, _ = v[0].(uint8)
		m.number, _ = v[1].(int64)
		m.text, _ = v[2].(string)
	case []string:
		kind, _ := strconv.ParseUint(v[0], 10, 8)
		m.kind = uint8(kind)
		m.number, _ = strconv.ParseInt(v[1], 10, 64)
		m.text = v[2]
		if len(v) == 5 {
			m.key = v[3]
			m.n, _ = strconv.ParseUint(v[4], 10, 64)
		}
	}
	return m
}

// readObject reads all metadata of a protocol.
func readObject(name string) func(any) any {
	return func(v any) any {
		b := metaBuilder{}
		forEach(v, func(e any) { b.add(name, readMeta(e)) })
		return b.protocol(name)
	}
}

func readList(read func(any) any) func(any) any {
	return func(v any) any {
		out := []any{}
		forEach(v, func(e any) { out = append(out, read(e)) })
		return out
	}
}

// forEach walks through a slice of any type.
func forEach(v any, f func(any)) {
	list := reflect.ValueOf(v)
	if list.Kind() != reflect.Slice {
		return
	}
	for i := range list.Len() {
		f(list.Index(i).Interface())
	}
}
