package passive

import (
	"strings"

	"ivre/sql/jsonpath"
	"ivre/sql/tree"
)

// catalog maps the fields of a passive record to SQL.
type catalog struct{}

const recordID = "lower(hex(id))"

func text(sql string) tree.Field {
	return tree.Field{Present: sql + " != ''", Columns: []tree.Column{{Class: tree.TextClass, SQL: sql, Blank: true}}}
}

func plain(sql string) tree.Field {
	return tree.Field{Columns: []tree.Column{{Class: tree.TextClass, SQL: sql}}}
}

func number(sql, present string) tree.Field {
	return tree.Field{Present: present, Columns: []tree.Column{{Class: tree.NumberClass, SQL: sql}}}
}

func moment(sql string) tree.Field {
	return tree.Field{Columns: []tree.Column{{Class: tree.TimeClass, SQL: sql}}}
}

// names is a list of names in a column.
func names(column string) tree.Field {
	return tree.Field{Present: "notEmpty(" + column + ")", Array: &tree.Array{
		Element: tree.Fields{"": {Columns: []tree.Column{{Class: tree.TextClass, SQL: "name"}}, Needs: []string{"name"}}}, Some: true,
		Lists: []tree.ArrayColumn{{Variable: "name", SQL: column}},
	}}
}

// columns are the fields that have columns.
var columns = tree.Fields{
	"_id":                    plain(recordID),
	"schema_version":         number("toInt32(3)", ""),
	"recontype":              plain("recontype"),
	"source":                 text("source"),
	"sensor":                 text("sensor"),
	"addr":                   {Present: "addr != toIPv6('::')", Columns: []tree.Column{{Class: tree.AddrClass, SQL: "addr"}}},
	"targetval":              text("targetval"),
	"port":                   number("port", "port != 0"),
	"value":                  plain("value"),
	"count":                  number("count", ""),
	"firstseen":              moment("firstseen"),
	"lastseen":               moment("lastseen"),
	"infos":                  {Present: "all_infos != ''"},
	"infos.domain":           names("domains"),
	"infos.domaintarget":     names("target_domains"),
	"infos.service_name":     text("service_name"),
	"infos.service_product":  text("service_product"),
	"infos.service_version":  text("service_version"),
	"infos.service_hostname": text("service_hostname"),
	"infos.md5":              text("md5"),
	"infos.sha1":             text("sha1"),
	"infos.sha256":           text("sha256"),
}

// Field implements tree.Catalog. Every name is a field: that of an unknown one is one that no record has.
func (catalog) Field(name string, p *tree.Params) (tree.Field, bool) {
	if f, ok := columns[name]; ok {
		return f, true
	}
	rest, ok := strings.CutPrefix(name, "infos.")
	if !ok {
		return tree.Field{Present: "false"}, true
	}
	column := infosColumn(rest)
	return jsonpath.Field(jsonpath.Leaves(column, strings.Split(rest, "."), p), "e1", column), true
}

// infosColumn is the column with what is at a path below infos: what is known of DNS answers is stored in none.
func infosColumn(path string) string {
	key, _, _ := strings.Cut(path, ".")
	if key == "domain" || key == "domaintarget" {
		return allInfos
	}
	return "infos"
}

const allInfos = "all_infos"
