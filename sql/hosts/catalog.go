package hosts

import (
	"strings"

	"ivre/sql/jsonpath"
	"ivre/sql/tree"
)

// catalog maps the fields of a host record to SQL. Fields without columns of their own are looked up in the
// record's JSON text, which is slower and gives the same answers.
type catalog struct{ tables Tables }

// Field implements tree.Catalog. Every name is a field: that of an unknown one is one that no record has.
func (c catalog) Field(name string, p *tree.Params) (tree.Field, bool) {
	if f, ok := columns[name]; ok {
		return f, true
	}
	if rest, ok := strings.CutPrefix(name, "ports.scripts"); ok {
		switch {
		case rest == "":
			return c.scripts("", scriptElement{}), true
		case rest[0] == '.':
			return c.scriptPath(rest[1:], p), true
		}
	}
	return jsonpath.Field(jsonpath.Leaves("record", strings.Split(name, "."), p), "e1", "record"), true
}

// scripts are the rows of the scripts' table as elements.
func (c catalog) scripts(where string, element tree.Catalog) tree.Field {
	return tree.Field{Array: &tree.Array{
		Element: element,
		Rows:    &tree.Rows{Key: "id", Table: c.tables.Scripts, Where: where, Identity: "(port, protocol, script, output, data)"},
	}}
}

// scriptPath is a path below ports.scripts.
func (c catalog) scriptPath(path string, p *tree.Params) tree.Field {
	f, _ := scriptElement{}.Field(path, p)
	where := f.Present
	f.Present = ""
	return c.scripts(where, tree.Fields{"": f})
}

// The kinds of columns, with the condition that tells that a value is known.

func text(sql string, needs ...string) tree.Field {
	return tree.Field{Present: sql + " != ''", Needs: needs, Columns: []tree.Column{{Class: tree.TextClass, SQL: sql, Blank: true}}}
}

func number(sql, present string, needs ...string) tree.Field {
	return tree.Field{Present: present, Needs: needs, Columns: []tree.Column{{Class: tree.NumberClass, SQL: sql}}}
}

func moment(sql string, needs ...string) tree.Field {
	return tree.Field{Present: sql + " != toDateTime64(0, 6, 'UTC')", Needs: needs, Columns: []tree.Column{{Class: tree.TimeClass, SQL: sql}}}
}

func address(sql, present string, needs ...string) tree.Field {
	return tree.Field{Present: present, Needs: needs, Columns: []tree.Column{{Class: tree.AddrClass, SQL: sql}}}
}

// single makes a field of one kind for the items of an array.
type single func(variable string) tree.Field

func textItem(v string) tree.Field { return text(v, v) }
func portItem(v string) tree.Field { return number(v, "", v) }

func countItem(v string) tree.Field { return number(v, v+" >= 0", v) }
func addrItem(v string) tree.Field  { return address(v, v+" != toIPv6('::')", v) }

// anyOf is a list of values.
func anyOf(sql string, item single) tree.Field {
	f := item("x")
	present := "notEmpty(" + sql + ")"
	if f.Present != "" {
		present = "arrayExists(x -> " + f.Present + ", " + sql + ")"
	}
	return tree.Field{Present: present, Array: &tree.Array{
		Element: tree.Fields{"": f},
		Lists:   []tree.ArrayColumn{{Variable: "x", SQL: sql}},
	}}
}

// flat is a list of lists of texts, taken as one list.
func flat(sql string) tree.Field { return anyOf("arrayFlatten("+sql+")", textItem) }

// listItem is a list of texts within an element.
func listItem(v string) tree.Field {
	return tree.Field{Present: "notEmpty(" + v + ")", Needs: []string{v}, Array: &tree.Array{
		Element: tree.Fields{"": text("y", "y")},
		Lists:   []tree.ArrayColumn{{Variable: "y", SQL: v, Needs: []string{v}}},
	}}
}

// member is a field of the elements of a list: its name in the record, and the column.
type member struct {
	name, column string
	item         single
}

// addList adds a list of elements, and each member as a path of its own.
func addList(m tree.Fields, path string, members ...member) {
	element := tree.Fields{"": {}} // the element itself is an object, which compares with nothing
	var lists []tree.ArrayColumn
	for i, x := range members {
		v := "x" + string(rune('a'+i))
		element[x.name] = x.item(v)
		lists = append(lists, tree.ArrayColumn{Variable: v, SQL: x.column})
		if x.item("x").Array != nil {
			m[path+"."+x.name] = flat(x.column)
		} else {
			m[path+"."+x.name] = anyOf(x.column, x.item)
		}
	}
	m[path] = tree.Field{Present: "notEmpty(" + members[0].column + ")", Array: &tree.Array{Element: element, Lists: lists}}
}

// addrKnown tells that a record has an address.
const addrKnown = "addr != toIPv6('::')"

const recordID = "lower(leftPad(hex(id), 16, '0'))"

// columns are the fields that have columns.
var columns = makeColumns()

func makeColumns() tree.Fields {
	m := tree.Fields{
		"_id":                 {Columns: []tree.Column{{Class: tree.TextClass, SQL: recordID}}},
		"schema_version":      number("toInt32(22)", ""),
		"addr":                address("addr", addrKnown),
		"starttime":           moment("starttime"),
		"endtime":             moment("endtime"),
		"state":               text("state"),
		"state_reason":        text("state_reason"),
		"source":              anyOf("source", textItem),
		"categories":          anyOf("categories", textItem),
		"addresses.mac":       anyOf("macs", textItem),
		"openports.count":     number("openports_count", ""),
		"openports.tcp.ports": anyOf("openports_tcp", portItem),
		"openports.udp.ports": anyOf("openports_udp", portItem),
		"infos.country_code":  text("country_code"),
		"infos.country_name":  text("country_name"),
		"infos.city":          text("city"),
		"infos.as_num":        number("as_num", "as_num >= 0"),
		"infos.as_name":       text("as_name"),
		"os.osmatch.name":     anyOf("osmatch", textItem),
	}
	addList(m, "hostnames", member{"name", "hostnames.name", textItem}, member{"type", "hostnames.type", textItem}, member{"domains", "hostnames.domains", listItem})
	addList(m, "tags", member{"value", "tags.value", textItem}, member{"type", "tags.type", textItem}, member{"info", "tags.info", listItem})
	addList(m, "cpes", texts("cpes", "type", "vendor", "product", "version")...)
	addList(m, "os.osclass", texts("osclass", "type", "vendor", "osfamily", "osgen", "accuracy")...)
	addList(m, "traces.hops", member{"ipaddr", "hops.addr", addrItem}, member{"ttl", "hops.ttl", countItem},
		member{"host", "hops.host", textItem}, member{"domains", "hops.domains", listItem})
	ports := []member{{"port", "ports.port", portItem}, {"state_reason_ttl", "ports.state_reason_ttl", countItem},
		{"state_reason_ip", "ports.state_reason_ip", addrItem}, {"screenwords", "ports.screenwords", listItem}}
	addList(m, "ports", append(ports, texts("ports", "protocol", "state_state", "state_reason", "service_name", "service_tunnel", "service_product", "service_version",
		"service_extrainfo", "service_ostype", "service_hostname", "service_devicetype", "service_method", "screenshot")...)...)
	for _, name := range []string{"version", "type", "vendor", "product"} { // CPE: an empty part is a part
		m["cpes."+name] = anyOf("cpes."+name, plainItem)
	}
	return m
}

// plainItem is a text that may be empty.
func plainItem(v string) tree.Field {
	return tree.Field{Needs: []string{v}, Columns: []tree.Column{{Class: tree.TextClass, SQL: v}}}
}

func texts(prefix string, names ...string) []member {
	item := single(textItem)
	if prefix == "cpes" {
		item = plainItem
	}
	var out []member
	for _, n := range names {
		out = append(out, member{n, prefix + "." + n, item})
	}
	return out
}

// scriptElement describes a script's result: a row of the scripts' table.
type scriptElement struct{}

var scriptColumns = tree.Fields{
	"":                  {}, // the result itself, which compares with nothing
	"id":                {Columns: []tree.Column{{Class: tree.TextClass, SQL: "script"}}},
	"output":            {Present: "has_output", Columns: []tree.Column{{Class: tree.TextClass, SQL: "output"}}},
	"port.port":         number("port", ""),
	"port.protocol":     text("protocol"),
	"port.state_state":  text("state"),
	"port.service_name": text("service"),
}

// Field implements tree.Catalog: everything else is a path into the structured result, which starts with its key.
func (scriptElement) Field(name string, p *tree.Params) (tree.Field, bool) {
	if f, ok := scriptColumns[name]; ok {
		return f, true
	}
	keys := strings.Split(name, ".")
	f := jsonpath.Field(jsonpath.Leaves("data", keys[1:], p), "e1")
	f.Present = "key = " + p.Bind("String", keys[0]) + " AND " + f.Present
	f.Array.Some = false
	return f, true
}
