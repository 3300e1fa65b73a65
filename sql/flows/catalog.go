package flows

import (
	"strconv"

	"ivre/ingest/flow"
	"ivre/sql/flowfilter"
	"ivre/sql/tree"
)

// keyColumns identify a flow in every table.
const keyColumns = "src, dst, proto, dport, type"

const (
	hasPort = "proto IN ('tcp', 'udp')"
	hasType = "proto IN ('icmp', 'icmp6')"
)

// catalog describes the fields of a flow whose rows were merged, in terms of the columns of the table
// flows. What a field needs are the columns that have to be merged; fields that need nothing are known
// from the key alone.
var catalog = makeCatalog()

func makeCatalog() tree.Fields {
	m := tree.Fields{
		"src.addr":  single(tree.AddrClass, "src", ""),
		"dst.addr":  single(tree.AddrClass, "dst", ""),
		"proto":     single(tree.TextClass, "proto", ""),
		"dport":     single(tree.NumberClass, "dport", hasPort),
		"type":      single(tree.NumberClass, "type", hasType),
		"firstseen": single(tree.TimeClass, "firstseen", "", "firstseen"),
		"lastseen":  single(tree.TimeClass, "lastseen", "", "lastseen"),
		"count":     single(tree.NumberClass, "count", "count > 0", "count"),
		"sports":    list("sports", "sport", numberElement("sport")),
		"codes":     list("codes", "code", numberElement("code")),
		"times":     list("slots", "slot", slotElement("slot")),
	}
	for _, end := range []string{"src", "dst"} { // the dictionaries of package geography
		country, as := "dictGet('geo', 'country_code', "+end+")", "dictGet('asn', 'asn', "+end+")"
		m[end+".country"] = single(tree.TextClass, country, country+" != ''")
		m[end+".as"] = single(tree.NumberClass, as, as+" > 0")
	}
	for _, name := range []string{"cspkts", "csbytes", "scpkts", "scbytes"} {
		m[name] = single(tree.NumberClass, name, "count > 0", "count", name)
	}
	for _, f := range flowfilter.Fields() {
		if f.Meta != "" {
			m[f.Name] = tree.Field{Array: &tree.Array{Rows: metaRows(f), Element: metaElement(f)}}
		}
	}
	return m
}

func single(class tree.Class, sql, present string, needs ...string) tree.Field {
	return tree.Field{Present: present, Columns: []tree.Column{{Class: class, SQL: sql}}, Needs: needs}
}

// list is a field that holds an array column. It exists unless it is empty.
func list(column, variable string, element tree.Catalog) tree.Field {
	return tree.Field{
		Present: "notEmpty(" + column + ")", Needs: []string{column},
		Array: &tree.Array{
			Element: element,
			Lists:   []tree.ArrayColumn{{Variable: variable, SQL: column, Needs: []string{column}}},
		},
	}
}

func numberElement(variable string) tree.Catalog {
	return tree.Fields{"": single(tree.NumberClass, variable, "", variable)}
}

// slotElement describes a time slot; as a whole it cannot be compared with anything.
func slotElement(variable string) tree.Catalog {
	return tree.Fields{
		"":         {Needs: []string{variable}},
		"start":    single(tree.TimeClass, slotStart(variable), "", variable),
		"duration": single(tree.NumberClass, slotDuration(variable), "", variable),
	}
}

func slotStart(slot string) string    { return "toDateTime(bitShiftRight(" + slot + ", 32), 'UTC')" }
func slotDuration(slot string) string { return "bitAnd(" + slot + ", 4294967295)" }

// metaWhere selects the rows of flow_metadata that belong to a field. Names and keys are the program's
// own and need no quoting.
func metaWhere(f flowfilter.Field) string {
	where := "name = '" + f.Meta + "' AND key = '" + f.Key + "'"
	switch {
	case f.Key == "": // the row that counts the log lines; every flow with that metadata has it
		return where
	case f.Counter:
		return where + " AND kind = 0 AND n > 0"
	}
	return where + " AND kind != 0"
}

func metaRows(f flowfilter.Field) *tree.Rows {
	return &tree.Rows{
		Key: keyColumns, Table: "flow_metadata", Where: metaWhere(f),
		Identity: "(kind, text, number)", Grouped: f.Counter,
	}
}

func metaElement(f flowfilter.Field) tree.Catalog {
	switch {
	case f.Key == "":
		return tree.Fields{"": {}}
	case f.Counter:
		return tree.Fields{"": single(tree.NumberClass, "sum(n)", "")}
	}
	return mixedElement("kind", "text", "number")
}

// mixedElement describes a metadata value by the columns that hold it.
func mixedElement(kind, text, number string, needs ...string) tree.Catalog {
	is := func(k flow.Kind) string { return kind + " = " + strconv.Itoa(int(k)) }
	return tree.Fields{"": {Needs: needs, Columns: []tree.Column{
		{Class: tree.TextClass, SQL: text, When: is(flow.String)},
		{Class: tree.NumberClass, SQL: number, When: is(flow.Int)},
		{Class: tree.BoolClass, SQL: number, When: is(flow.Bool)},
	}}}
}
