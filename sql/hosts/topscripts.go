package hosts

import (
	"slices"
	"strconv"
	"strings"

	"ivre/sql/jsonpath"
	"ivre/sql/query"
	"ivre/sql/tree"
)

// script restricts the rows to those of one script.
func (b *planner) script(id string) *planner {
	b.plan.scripts = true
	if id != "" {
		b.where("script = " + b.plan.params.Bind("String", id))
	}
	return b
}

// items makes a row of each item of a list in the structured results of a key; keys lead to the list. id restricts
// them to those of one script.
func (b *planner) items(id, key string, keys ...string) *planner {
	b.script(id).where("key = " + b.plan.params.Bind("String", key))
	return b.join(exploded("data", "ports.scripts."+key, keys, true, b.plan.params) + " AS e")
}

// exploded is the list of raw values that a path reaches where only known lists are taken apart; prefix is the path
// that leads to the raw value, empty for a whole record. last tells to take the end of the path apart in any case.
func exploded(raw, prefix string, keys []string, last bool, p *tree.Params) string {
	if len(keys) == 0 && !listFields[prefix] {
		raw = sameStyle(raw)
	}
	list := "arrayFilter(x -> x != '' AND x != 'null', [" + raw + "])"
	if listFields[prefix] || last && len(keys) == 0 {
		list = knownElements(list)
	}
	known := knownLists(prefix, keys)
	for i, key := range keys {
		prefix = strings.TrimPrefix(prefix+"."+key, ".")
		list = "arrayFilter(x -> x != '', " + jsonpath.Members(list, key, i < known || last, p) + ")"
		if listFields[prefix] || last && i == len(keys)-1 {
			list = knownElements(list)
		}
	}
	return list
}

// knownElements takes lists apart; null counts as no list.
func knownElements(list string) string {
	return "arrayFlatten(arrayMap(x -> if(startsWith(x, '['), JSONExtractArrayRaw(x), if(x = 'null', [], [" + sameStyle("x") + "])), " + list + "))"
}

// sameStyle is a raw value in the style of those that the server takes out of others, so that equal ones are equal texts.
func sameStyle(raw string) string { return "JSONExtractRaw(" + raw + ")" }

// memberOf is the raw value of a member of the row's item; key may be a path.
func (b *planner) memberOf(key string) string {
	args := ""
	for _, k := range strings.Split(key, ".") {
		args += ", " + b.plan.params.Bind("String", k)
	}
	return "JSONExtractRaw(e" + args + ")"
}

// single1 counts the items themselves.
func (b *planner) single1() *topPlan {
	b.plan.parts = []part{{"e", jsonKind}}
	return b.plan
}

// member counts one member of the items that have it.
func (b *planner) member(key string) *topPlan {
	sql := b.memberOf(key)
	b.rows(sql + " != ''")
	b.plan.parts = []part{{sql, jsonKind}}
	return b.plan
}

// members counts tuples of members.
func (b *planner) members(keys ...string) *topPlan {
	var parts []part
	for _, k := range keys {
		parts = append(parts, tuplePart(b.memberOf(k)))
	}
	return b.tuple(parts...)
}

// tuplePart is a raw value as part of a tuple, where null and no value are the same.
func tuplePart(raw string) part { return part{"if(" + raw + " = 'null', '', " + raw + ")", jsonKind} }

// rowEquals selects items by a member that is a text.
func (b *planner) rowEquals(key, value string) {
	b.rows(jsonText(b.memberOf(key)) + " = " + b.plan.params.Bind("String", value))
}

// jsonText is the text that a raw value holds, empty if it is none.
func jsonText(raw string) string { return "JSONExtractString(" + raw + ")" }

// matching counts the items that are texts and match a value or pattern.
func (b *planner) matching(value string) (*topPlan, error) {
	cond, err := b.matches(value, "e", jsonpath.RawValue("e"))
	if err != nil {
		return nil, err
	}
	return b.rows(cond).single1(), nil
}

// scriptValue counts a column of a script's rows that hold structured results.
func (b *planner) scriptValue(id, column string) *topPlan {
	b.script(id).where(column + " != ''")
	b.plan.parts = []part{{column, jsonKind}}
	return b.plan
}

// scriptPath counts a path in the structured results of a key.
func (b *planner) scriptPath(id, key string, keys ...string) *topPlan {
	b.script(id).where("key = " + b.plan.params.Bind("String", key))
	b.join(exploded("data", "ports.scripts."+key, keys, false, b.plan.params) + " AS e")
	return b.single1()
}

func scriptField(b *planner, arg string) (*topPlan, error) {
	where, id, found := strings.Cut(arg, ":")
	switch {
	case !found:
		id = arg
	case where == "host":
		b.where("port = -1")
	default:
		proto, port, err := portArgument("script", where)
		if err != nil {
			return nil, err
		}
		b.where("port = "+strconv.Itoa(port), b.hasOpen(protoOr(proto, "tcp"), port))
		if proto != "" {
			b.where("protocol = '" + proto + "'")
		}
	}
	b.script(id).where("has_output")
	b.plan.parts = []part{{"output", emptyKind}}
	return b.plan, nil
}

// files counts the files of directory listings.
func (b *planner) files(ids []string, key string) *topPlan {
	b.items("", "ls", "volumes", "files")
	if len(ids) > 0 {
		var list []string
		for _, id := range ids {
			list = append(list, b.plan.params.Bind("String", id))
		}
		b.where("script IN (" + strings.Join(list, ", ") + ")")
	}
	raw := b.memberOf(key)
	b.plan.parts = []part{{"if(" + raw + " IN ('\"\"', 'null'), '', " + raw + ")", jsonKind}}
	return b.plan
}

// prefixField is a family of fields that share a prefix. make returns nil if the rest is none of the family.
type prefixField struct {
	prefix string
	make   argField
}

var prefixFields []prefixField

func init() { // the functions refer to the tables that hold them
	prefixFields = []prefixField{
		{"cpe", cpeField},
		{"smb.", keyPath("smb-os-discovery", nil)},
		{"ntlm.", keyPath("ntlm-info", query.NTLMKeys)},
		{"cert.", certField("ssl-cert")},
		{"cacert.", certField("ssl-cacert")},
		{"ja3-client", fingerprintField("ssl-ja3-client", "md5", ja3Client)},
		{"ja3-server", fingerprintField("ssl-ja3-server", "md5", ja3Server)},
		{"ja4-client", fingerprintField("ssl-ja4-client", "ja4", ja4Client)},
		{"hassh", hasshField},
		{"sshkey.", func(b *planner, key string) (*topPlan, error) {
			return b.items("ssh-hostkey", "ssh-hostkey").member(key), nil
		}},
		{"ike.", keyPath("ike-info", nil)},
		{"httphdr.", itemKey("http-headers")},
		{"httpapp.", itemKey("http-app")},
		{"modbus.", keyPath("modbus-discover", nil)},
		{"s7.", keyPath("s7-info", nil)},
		{"enip.", keyPath("enip-info", enipAliases)},
		{"mongo.dbs.", keyPath("mongodb-databases", nil)},
		{"vulns.", vulnsField},
		{"file.", func(b *planner, rest string) (*topPlan, error) {
			key, ids, restricted := strings.Cut(rest, ":")
			if restricted {
				return b.files(strings.Split(ids, ","), key), nil
			}
			return b.files(nil, key), nil
		}},
		{"hop>", func(b *planner, arg string) (*topPlan, error) {
			n, err := strconv.ParseInt(arg, 10, 16)
			if err != nil {
				return nil, badArgument("hop>", arg, "a time to live")
			}
			return b.hops("ttl > " + strconv.FormatInt(n, 10)), nil
		}},
		{"tag.", tagField},
	}
}

var enipAliases = map[string]string{
	"vendor": "Vendor", "product": "Product Name", "serial": "Serial Number", "devtype": "Device Type",
	"prodcode": "Product Code", "rev": "Revision", "ip": "Device IP",
}

// keyPath counts a path in the results of a script.
func keyPath(id string, aliases map[string]string) argField {
	return func(b *planner, path string) (*topPlan, error) {
		if alias, ok := aliases[path]; ok {
			path = alias
		}
		return b.scriptPath(id, id, strings.Split(path, ".")...), nil
	}
}

func itemKey(key string) argField {
	return func(b *planner, member string) (*topPlan, error) { return b.items("", key).member(member), nil }
}

func certField(id string) argField {
	return func(b *planner, path string) (*topPlan, error) { return b.items(id, "ssl-cert").member(path), nil }
}

func vulnsField(b *planner, key string) (*topPlan, error) {
	b.items("", "vulns")
	if key == "id" {
		return b.member("id"), nil
	}
	value := b.memberOf(key)
	if listFields["ports.scripts.vulns."+key] {
		list := strings.TrimSuffix(b.plan.join[0], " AS e")
		pairs := "arrayFlatten(arrayMap(e -> arrayMap(x -> (JSONExtractRaw(e, 'id'), x), " + knownElements("arrayFilter(x -> x != '', ["+value+"])") + "), " + list + "))"
		b.join(pairs + " AS p")
		return b.tuple(tuplePart("p.1"), tuplePart("p.2")), nil
	}
	return b.tuple(tuplePart(b.memberOf("id")), tuplePart(value)), nil
}

func tagField(b *planner, key string) (*topPlan, error) {
	if !b.view {
		return b.path("tag." + key), nil
	}
	switch key {
	case "value":
		b.stored("tag.value", "", "label[1]")
	case "type":
	case "info":
		return b.join("arrayFlatten(tags.info) AS x").single("x", textKind), nil
	default:
		return b.path("tags." + key), nil
	}
	return b.join("tags."+key+" AS x").single("x", textKind), nil
}

// hasshField is hassh, hassh-server or hassh-client, with the member to count after a dot.
func hasshField(b *planner, rest string) (*topPlan, error) {
	which, key, hasKey := strings.Cut(rest, ".")
	if !hasKey {
		key = "md5"
	}
	switch which {
	case "":
	case "-server":
		b.where("port != -1")
	case "-client":
		b.where("port = -1")
	default:
		if strings.HasPrefix(which, "-") {
			return nil, &InputError{Reason: "there is no field hassh" + which + " (there are hassh, hassh-server and hassh-client)"}
		}
		return nil, nil
	}
	return b.scriptPath("ssh2-enum-algos", "ssh2-enum-algos", append([]string{"hassh"}, strings.Split(key, ".")...)...), nil
}

// cpeParts are the parts of a CPE name in order.
var cpeParts = []string{"type", "vendor", "product", "version"}

// cpeField is cpe[.PART][:TYPE[:VENDOR[:PRODUCT[:VERSION]]]]; whatever follows "cpe" before that does not matter.
func cpeField(b *planner, rest string) (*topPlan, error) {
	name, filter, hasFilter := strings.Cut(rest, ":")
	n := len(cpeParts)
	if _, partName, ok := strings.Cut(name, "."); ok {
		if i := slices.Index(cpeParts, partName); i >= 0 {
			n = i + 1
		} else if i, err := strconv.Atoi(partName); err == nil && i >= 1 && i <= 4 {
			n = i
		}
	}
	lists := []string{}
	parts := []part{}
	labels := []string{}
	for i, p := range cpeParts {
		lists = append(lists, "cpes."+p+" AS "+p)
		if i < n {
			parts = append(parts, part{p, emptyKind})
			labels = append(labels, "label["+strconv.Itoa(i+1)+"]")
		}
	}
	b.join(lists...)
	if !hasFilter {
		return b.stored("cpe", "", labels...).tuple(parts...), nil
	}
	for i, value := range strings.SplitN(filter, ":", len(cpeParts)) {
		cond, err := b.matches(value, cpeParts[i], plainItem(cpeParts[i]))
		if err != nil {
			return nil, err
		}
		if cond != "true" {
			b.rows(cond)
		}
	}
	return b.tuple(parts...), nil
}
