// Package jsonpath writes the SQL that looks into JSON texts in columns: values at paths, descending into lists, as
// conditions and tops need them. It knows no table.
package jsonpath

import (
	"strconv"
	"strings"

	"ivre/sql/tree"
)

// Values in JSON texts are handled as pieces of JSON ("raw"): "abc" with its quotes, 12, [1, 2], {...}. An absent
// value is the empty text.

// Elements turns a list of raw values into one where lists are replaced by their items.
func Elements(list string) string {
	return "arrayFlatten(arrayMap(x -> if(startsWith(x, '['), JSONExtractArrayRaw(x), [x]), " + list + "))"
}

// step goes from each raw value of a list to its member of that name.
func Step(list, key string, p *tree.Params) string {
	return "arrayFilter(x -> x != '', arrayMap(x -> JSONExtractRaw(x, " + p.Bind("String", key) + "), " + list + "))"
}

// Members goes from each raw value of a list to its member of that name, which is empty if it has none. That of a list
// that was not taken apart is the list of its items' members; if the values have to be objects, there is none.
func Members(list, key string, objects bool, p *tree.Params) string {
	name := p.Bind("String", key)
	value := "JSONExtractRaw(x, " + name + ")"
	if !objects {
		value = "if(startsWith(x, '['), concat('[', arrayStringConcat(arrayFilter(y -> y != '', arrayMap(y -> JSONExtractRaw(y, " + name +
			"), JSONExtractArrayRaw(x))), ','), ']'), " + value + ")"
	}
	return "arrayMap(x -> " + value + ", " + list + ")"
}

// objects are columns that hold an object, never a list.
var objects = map[string]bool{"record": true, "infos": true, "all_infos": true}

// Leaves is the list of all raw values that a path reaches from a raw value, descending into every item of every
// list on the way and at its end.
func Leaves(raw string, keys []string, p *tree.Params) string {
	if len(keys) == 0 { // the value itself, or its items
		return "if(startsWith(" + raw + ", '['), JSONExtractArrayRaw(" + raw + "), if(" + raw + " = '', [], [" + raw + "]))"
	}
	list := "[" + raw + "]"
	for i, key := range keys {
		one := raw[0] == 'e' || objects[raw]
		if i == 0 && one && len(keys) == 1 {
			return Leaves("JSONExtractRaw("+raw+", "+p.Bind("String", key)+")", nil, p)
		}
		if i == 0 && one { // an object; lists are taken apart before
			list = "arrayFilter(x -> x != '', [JSONExtractRaw(" + raw + ", " + p.Bind("String", key) + ")])"
			continue
		}
		list = Step(Elements(list), key, p)
	}
	return Elements(list)
}

// Field is a field whose values are a list of raw values. Its items are called by the variable's name.
func Field(list, variable string, needs ...string) tree.Field {
	return tree.Field{Present: "notEmpty(" + list + ")", Needs: needs, Array: &tree.Array{
		Element: element(variable), Some: true,
		Lists: []tree.ArrayColumn{{Variable: variable, SQL: list, Needs: needs}},
	}}
}

// element describes a raw value by the name of the variable that holds it.
type element string

// Field implements tree.Catalog.
func (e element) Field(name string, p *tree.Params) (tree.Field, bool) {
	v := string(e)
	if name == "" {
		return RawValue(v, v), true
	}
	depth, err := strconv.Atoi(v[1:])
	if err != nil {
		return tree.Field{}, false
	}
	f := Field(Leaves(v, strings.Split(name, "."), p), "e"+strconv.Itoa(depth+1), v)
	if !strings.Contains(name, ".") { // most members are texts
		member := "(" + v + ", " + p.Bind("String", name) + ")"
		f.Columns = []tree.Column{{Class: tree.TextClass, SQL: "JSONExtractString" + member, When: "JSONType" + member + " = 'String'"}}
	}
	return f, true
}

// RawValue is the value of a raw value.
func RawValue(v string, needs ...string) tree.Field {
	return tree.Field{Null: v + " = 'null'", Needs: needs, Columns: []tree.Column{
		{Class: tree.TextClass, SQL: "JSONExtractString(" + v + ")", When: "startsWith(" + v + ", '\"')"},
		{Class: tree.NumberClass, SQL: "JSONExtractFloat(" + v + ")", When: IsNumber(v)},
		{Class: tree.BoolClass, SQL: "toUInt8(" + v + " = 'true')", When: v + " IN ('true', 'false')"},
	}}
}

// IsNumber is true for raw values that are numbers: of all kinds only these start with such a character.
func IsNumber(v string) string { return v + " >= '-' AND " + v + " < ':'" }

// SortKey is the SQL of a key to sort by, with its direction: the smallest value of a path, in descending order the
// largest one. Values of different kinds are in the order null, numbers, texts, objects, others.
func SortKey(raw string, keys []string, desc bool, p *tree.Params) string {
	list := "arrayMap(x -> (multiIf(x = 'null', 1, " + IsNumber("x") + ", 2, startsWith(x, '\"'), 3, startsWith(x, '{'), 4, 5), " +
		"if(" + IsNumber("x") + ", JSONExtractFloat(x), 0), if(startsWith(x, '\"'), JSONExtractString(x), x)), " + Leaves(raw, keys, p) + ")"
	if desc {
		return "arrayReverseSort(" + list + ")[1] DESC"
	}
	return "arraySort(" + list + ")[1]"
}
