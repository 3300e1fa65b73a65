package passive

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/ingest/host"
	"ivre/sql/ask"
	"ivre/sql/tree"
)

// part is one part of a label.
type part struct {
	sql  string
	kind ask.Kind
}

// topPlan is the SQL of a field's values.
type topPlan struct {
	where []string // on records
	list  string   // to take apart into rows, whose items are called x; empty: none
	rows  []string // on the rows after that
	parts []part
	tuple bool
}

// Top calls f with the values of a field in order: by number of records, then by the value itself.
func (c *Client) Top(ctx context.Context, r ask.TopRequest, f func(ask.Top) error) error {
	var p tree.Params
	plan, sql, err := topSQL(r, &p)
	if err != nil {
		return err
	}
	texts := make([]string, len(plan.parts))
	targets := make([]any, 0, len(texts)+1)
	for i := range texts {
		targets = append(targets, &texts[i])
	}
	var n uint64
	targets = append(targets, &n)
	return ask.Rows(ctx, c.db, sql, &p, func(rows driver.Rows) error {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		return f(ask.Top{Label: plan.label(texts), Tuple: plan.tuple, Count: n})
	}, byIdentity...)
}

// TopSQL is the statement behind Top, for a user to go on with.
func (c *Client) TopSQL(r ask.TopRequest) (string, error) {
	var p tree.Params
	_, sql, err := topSQL(r, &p)
	if err != nil {
		return "", err
	}
	st, err := ask.Statement(c.db, sql, &p)
	return st.Inline(), err
}

func topSQL(r ask.TopRequest, p *tree.Params) (*topPlan, string, error) {
	if r.Limit < 0 {
		return nil, "", &ask.InputError{Reason: "the number of values must not be negative"}
	}
	plan, err := planTop(r.Field, p)
	if err != nil {
		return nil, "", err
	}
	conds, err := Conditions(r.Cond, p)
	if err != nil {
		return nil, "", err
	}
	count := "count()"
	if r.Sum {
		count = "sum(count)"
	}
	conds = append(conds, plan.where...)
	from := From(conds)
	if plan.list != "" {
		from = "(SELECT *, " + plan.list + " AS items FROM " + from + ") ARRAY JOIN items AS x" + ask.Clause("WHERE", plan.rows)
	}
	var keys, sel, group []string
	for i, part := range plan.parts {
		n := strconv.Itoa(i)
		keys = append(keys, part.sql)
		sel = append(sel, "toString(k"+n+") AS l"+n)
		group = append(group, "k"+n)
	}
	switch alike := agreed(conds) && agreed(keys); {
	case plan.list != "" || !alike:
	case r.Sum: // numbers of rows add up
		from = Unmerged(conds)
	default:
		from = "(SELECT " + named("any(", keys, ")") + " FROM " + Unmerged(conds) + " GROUP BY id)"
		keys = group
	}
	sql := "SELECT " + strings.Join(sel, ", ") + ", n FROM (SELECT " + named("", keys, "") + ", " + count + " AS n FROM " + from +
		" GROUP BY " + strings.Join(group, ", ") + ") ORDER BY n"
	if !r.Least {
		sql += " DESC"
	}
	for i, part := range plan.parts {
		name := "l" + strconv.Itoa(i)
		if part.kind == ask.NumberKind {
			sql += ", toFloat64OrZero(" + name + ")"
		}
		sql += ", " + name
	}
	if r.Limit > 0 {
		sql += " LIMIT " + strconv.FormatInt(r.Limit, 10)
	}
	return plan, sql, nil
}

// named gives expressions the names k0, k1, ...
func named(before string, sql []string, after string) string {
	out := make([]string, len(sql))
	for i, s := range sql {
		out[i] = before + s + after + " AS k" + strconv.Itoa(i)
	}
	return strings.Join(out, ", ")
}

// label builds a label from what the database returned.
func (plan *topPlan) label(texts []string) host.Value {
	if !plan.tuple {
		return plan.parts[0].kind.Value(texts[0])
	}
	out := make(host.List, len(texts))
	for i, p := range plan.parts {
		out[i] = p.kind.Value(texts[i])
	}
	return out
}

func single(sql string, k ask.Kind, where ...string) *topPlan {
	return &topPlan{where: where, parts: []part{{sql, k}}}
}

const (
	addrLabel = "addr"
	isDNS     = "recontype = 'DNS_ANSWER'"
	isHostKey = "recontype = 'SSH_SERVER_HOSTKEY' AND source = 'SSHv2'"
	isAgent   = "recontype = 'HTTP_CLIENT_HEADER' AND source = 'USER-AGENT'"
	keyType   = "if(JSONExtractString(infos, 'algo') = 'ecdsa-sha2-nistp256', 'ECDSA', upper(replaceRegexpOne(JSONExtractString(infos, 'algo'), '^ssh-', '')))"
)

// addrText is the address as a text, empty if there is none.
var addrText = "if(addr = toIPv6('::'), '', " + ask.AddrText("addr") + ")"

// planTop finds the SQL of a field.
func planTop(field string, p *tree.Params) (*topPlan, error) {
	name, arg, hasArg := strings.Cut(field, ":")
	switch {
	case field == "source":
		return &topPlan{parts: []part{{"recontype", ask.TextKind}, {"source", ask.TextKind}}, tuple: true}, nil
	case name == "net":
		return netPlan(arg, hasArg)
	case name == "domains":
		return domainsPlan(arg, hasArg, p)
	case name == "useragent":
		return agentPlan(arg, hasArg, p)
	case strings.HasPrefix(field, "hassh"):
		return hasshPlan(field, p)
	case strings.HasPrefix(field, "sshkey."):
		return keyPlan(strings.TrimPrefix(field, "sshkey."), p), nil
	}
	return pathPlan(field, p), nil
}

// timeText is a moment as records show it.
func timeText(column string) string {
	return "if(toUnixTimestamp64Milli(" + column + ") % 1000 = 0, toString(toDateTime64(" + column + ", 0, 'UTC')), concat(toString(" + column + "), '000'))"
}

// pathPlan counts the values of a path.
func pathPlan(path string, p *tree.Params) *topPlan {
	switch path {
	case addrLabel:
		return single(addrText, ask.AddrKind)
	case "recontype", "value":
		return single(path, ask.EmptyKind)
	case "sensor", "targetval":
		return single(path, ask.TextKind, path+" != ''")
	case "port":
		return single(path, ask.NumberKind, "port != 0")
	case "count":
		return single(path, ask.NumberKind)
	case "schema_version":
		return single("toInt32(3)", ask.NumberKind)
	case "firstseen", "lastseen":
		return single(timeText(path), ask.TextKind)
	case "infos.service_name", "infos.service_product", "infos.service_version", "infos.service_hostname", "infos.md5", "infos.sha1", "infos.sha256":
		column := strings.TrimPrefix(path, "infos.")
		return single(column, ask.TextKind, column+" != ''")
	}
	raw, ok := rawPath(path, p)
	if !ok {
		return single("''", ask.TextKind, "false")
	}
	if listFields[path] {
		return &topPlan{list: itemsOf(raw), parts: []part{{"x", ask.JSONKind}}}
	}
	return &topPlan{list: "[" + raw + "]", rows: []string{"x != ''"}, parts: []part{{"x", ask.JSONKind}}}
}

// listFields are the paths that hold lists, whose items count.
var listFields = map[string]bool{"infos.domain": true, "infos.domaintarget": true, "infos.san": true}

// rawPath is the piece of JSON at a path, empty if there is none.
func rawPath(path string, p *tree.Params) (string, bool) {
	rest, ok := strings.CutPrefix(path, "infos.")
	if !ok {
		if path == "infos" {
			return allInfos, true
		}
		return "", false
	}
	args := ""
	for _, k := range strings.Split(rest, ".") {
		args += ", " + p.Bind("String", k)
	}
	return "JSONExtractRaw(" + infosColumn(rest) + args + ")", true
}

// itemsOf are the items of a list in JSON, or the one value that is no list.
func itemsOf(raw string) string {
	return "if(startsWith(" + raw + ", '['), JSONExtractArrayRaw(" + raw + "), if(" + raw + " IN ('', 'null'), [], [" + raw + "]))"
}

// netPlan groups IPv4 addresses by network.
func netPlan(arg string, hasArg bool) (*topPlan, error) {
	bits := 24
	if hasArg {
		n, err := strconv.Atoi(arg)
		if err != nil || n < 0 || n > 32 {
			return nil, badArgument("net", arg, "the length of a network mask, from 0 to 32")
		}
		bits = n
	}
	low := strconv.FormatUint(1<<(32-bits)-1, 10)
	network := "IPv4NumToString(toUInt32(bitAnd(toUInt32(toUInt128(addr)), bitNot(toUInt32(" + low + ")))))"
	return single("concat("+network+", '/"+strconv.Itoa(bits)+"')", ask.TextKind,
		"addr >= toIPv6('::ffff:0.0.0.0') AND addr <= toIPv6('::ffff:255.255.255.255')"), nil
}

// domainsPlan counts names and their parents, of n labels or below a name.
func domainsPlan(arg string, hasArg bool, p *tree.Params) (*topPlan, error) {
	plan := &topPlan{where: []string{isDNS}, list: "domains", parts: []part{{"x", ask.EmptyKind}}}
	if !hasArg {
		return plan, nil
	}
	labels := func(n string) (string, error) {
		if n == "" || len(n) > 9 || strings.Trim(n, "0123456789") != "" {
			return "", badArgument("domains", arg, "a number of labels, a domain, or both (example.com:3)")
		}
		return "length(splitByChar('.', x)) = " + n, nil
	}
	if strings.Trim(arg, "0123456789") == "" {
		cond, err := labels(arg)
		plan.rows = []string{cond}
		return plan, err
	}
	name, n, hasN := strings.Cut(arg, ":")
	v, dotted := p.Bind("String", name), p.Bind("String", "."+name)
	plan.where = append(plan.where, "has(domains, "+v+")")
	if !hasN {
		plan.rows = []string{"endsWith(x, " + dotted + ")"}
		return plan, nil
	}
	cond, err := labels(n)
	plan.rows = []string{"(x = " + v + " OR endsWith(x, " + dotted + "))", cond}
	return plan, err
}

func agentPlan(arg string, hasArg bool, p *tree.Params) (*topPlan, error) {
	plan := single("value", ask.EmptyKind, isAgent)
	if !hasArg {
		return plan, nil
	}
	test, err := ask.TextOrPattern("value", arg)
	if err != nil {
		return nil, err
	}
	e, err := tree.Compile(test, catalog{}, p)
	if err != nil {
		return nil, &ask.InputError{Reason: err.Error()}
	}
	plan.where = append(plan.where, e.Text)
	return plan, nil
}

func hasshPlan(field string, p *tree.Params) (*topPlan, error) {
	name, key, hasKey := strings.Cut(field, ".")
	kinds, ok := map[string]string{"hassh": "'SSH_CLIENT_HASSH', 'SSH_SERVER_HASSH'", "hassh-server": "'SSH_SERVER_HASSH'", "hassh-client": "'SSH_CLIENT_HASSH'"}[name]
	if !ok {
		if strings.HasPrefix(name, "hassh-") {
			return nil, &ask.InputError{Reason: fmt.Sprintf("%s: there are hassh, hassh-server and hassh-client", field)}
		}
		return pathPlan(field, p), nil
	}
	plan := single("value", ask.EmptyKind)
	if hasKey && key != "md5" {
		plan = pathPlan("infos."+key, p)
	}
	plan.where = append(plan.where, "recontype IN ("+kinds+")")
	return plan, nil
}

func keyPlan(key string, p *tree.Params) *topPlan {
	var plan *topPlan
	switch key {
	case "bits":
		plan = &topPlan{parts: []part{{keyType, ask.TextKind}, {"JSONExtractRaw(infos, 'bits')", ask.NumberKind}}, tuple: true}
	case "keytype":
		plan = single(keyType, ask.TextKind, "JSONHas(infos, 'algo')")
	case "fingerprint":
		plan = pathPlan("infos.md5", p)
	case "key":
		plan = single("value", ask.EmptyKind)
	default:
		plan = pathPlan("infos."+key, p)
	}
	plan.where = append(plan.where, isHostKey)
	return plan
}

func badArgument(field, arg, want string) error {
	return &ask.InputError{Reason: fmt.Sprintf("%s:%s: %q is not %s", field, arg, arg, want)}
}

// Distinct calls f with the different values of a path among the records of a request, nil first if a record has
// none. Sort, skip and limit choose the records that are looked at.
func (c *Client) Distinct(ctx context.Context, path string, r ask.Request, f func(host.Value) error) error {
	var p tree.Params
	list, kind := distinctValues(path, &p)
	from, err := unordered(list+" AS list", r, &p)
	if err != nil {
		return err
	}
	return ask.Distinct(ctx, c.db, "toString(arrayJoin(list))", from, kind, &p, f)
}

// distinctValues is the list of a record's values of a path; an absent value is the empty text.
func distinctValues(path string, p *tree.Params) (string, ask.Kind) {
	if path == "source" {
		return "[source]", ask.TextKind
	}
	raw, isInfo := rawPath(path, p)
	switch {
	case isInfo && listFields[path]:
		return itemsOf(raw), ask.JSONKind
	case isInfo:
		return "[" + raw + "]", ask.JSONKind
	case path == "port":
		return "[if(port = 0, '', toString(port))]", ask.NumberKind
	}
	plan := pathPlan(path, p)
	return "[toString(" + plan.parts[0].sql + ")]", plan.parts[0].kind
}
