package hosts

import (
	"context"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/ingest/host"
	"ivre/sql/ask"
	"ivre/sql/jsonpath"
	"ivre/sql/tree"
)

// Distinct calls f with the different values of a path among the records of a request, nil first if a record has
// none. Sort, skip and limit choose the records that are looked at.
func (c *Client) Distinct(ctx context.Context, path string, r Request, f func(host.Value) error) error {
	var p tree.Params
	values, kind, scripts := distinctValues(path, c.tables.View, &p)
	if kind == jsonKind { // a null and no value are the same
		values = "arrayMap(x -> if(x = 'null', '', x), " + values + ")"
	}
	var sql string
	switch {
	case scripts:
		conds, err := c.scriptsOf(r, &p)
		if err != nil {
			return err
		}
		sql = "SELECT DISTINCT toString(arrayJoin(" + values + ")) AS v FROM " + c.tables.Scripts + ask.Clause("WHERE", conds)
	default:
		from, err := c.unordered(values+" AS list", r, &p)
		if err != nil {
			return err
		}
		sql = "SELECT DISTINCT toString(arrayJoin(list)) AS v FROM (" + from + ")"
	}
	sql += " ORDER BY "
	if kind == numberKind {
		sql += "toFloat64OrZero(v), "
	}
	sql += "v"
	var v string
	return c.query(ctx, sql, &p, func(rows driver.Rows) error {
		if err := rows.Scan(&v); err != nil {
			return err
		}
		return f(part{kind: kind}.value(v))
	})
}

// scriptsOf are the conditions on scripts that belong to the records of a request.
func (c *Client) scriptsOf(r Request, p *tree.Params) ([]string, error) {
	if r.Skip == 0 && r.Limit == 0 && !c.tables.View {
		if where, err := c.where(r.Cond, p); err != nil || where == "" {
			return nil, err
		}
	}
	ids, err := c.unordered("id", r, p)
	return []string{"id IN (" + ids + ")"}, err
}

// distinctValues is the list of a record's (or a script's) values of a path; an absent value is the empty text.
func distinctValues(path string, view bool, p *tree.Params) (sql string, k kind, scripts bool) {
	switch path {
	case "addr":
		return addrTexts("[addr]"), addrKind, false
	case "traces.hops.ipaddr":
		return addrTexts("hops.addr"), addrKind, false
	case "ports.state_reason_ip":
		return addrTexts("ports.state_reason_ip"), addrKind, false
	case "source":
		if view {
			return "[if(empty(source), '', toJSONString(source))]", jsonKind, false
		}
		return "if(length(source) = 1, [toString(source[1])], [''])", textKind, false
	case "ports.scripts.id":
		return "[script]", textKind, true
	case "ports.scripts.output":
		return "[if(has_output, concat('=', output), '')]", markedKind, true
	}
	if c, ok := columnPaths[path]; ok {
		return c.list, c.kind, false
	}
	if list, ok := nestedPaths[path]; ok {
		return "arrayFlatten(" + list + ")", textKind, false
	}
	if rest, ok := strings.CutPrefix(path, "ports.scripts."); ok {
		keys := strings.Split(rest, ".")
		raw := "[if(key = " + p.Bind("String", keys[0]) + ", data, '')]"
		return keptPath(raw, "ports.scripts."+keys[0], keys[1:], p), jsonKind, true
	}
	keys := strings.Split(path, ".")
	return keptPath(jsonpath.Members("[record]", keys[0], true, p), keys[0], keys[1:], p), jsonKind, false
}

func addrTexts(column string) string {
	return "arrayMap(x -> if(x = toIPv6('::'), '', " + ask.AddrText("x") + "), " + column + ")"
}

// keptPath goes from raw values along keys; unlike exploded it keeps absent values. prefix is the path that led to
// the raw values.
func keptPath(list, prefix string, keys []string, p *tree.Params) string {
	if len(keys) == 0 && !listFields[prefix] {
		list = "arrayMap(x -> " + sameStyle("x") + ", " + list + ")"
	}
	list = keptElements(list, prefix)
	known := knownLists(prefix, keys)
	for i, key := range keys {
		prefix += "." + key
		list = keptElements(jsonpath.Members(list, key, i < known, p), prefix)
	}
	return list
}

// keptElements takes known lists apart; an absent list has no items.
func keptElements(list, prefix string) string {
	if !listFields[prefix] {
		return list
	}
	return "arrayFlatten(arrayMap(x -> if(startsWith(x, '['), JSONExtractArrayRaw(x), if(x IN ('', 'null'), [], [" + sameStyle("x") + "])), " + list + "))"
}
