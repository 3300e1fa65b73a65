package query

import (
	"net/netip"

	"ivre/sql/tree"
)

// functionIndex finds the search functions of JSON filters by database and name.
var functionIndex = indexFunctions(recordFunctions, nameFunctions, portFunctions, fixedFunctions, scriptFunctions, fingerprintFunctions, passiveFunctions)

// pathFunction matches a field with its first argument; the negation is the complement.
func pathFunction(names string, dbs dbSet, arg, field string) function {
	return valueFunction(names, dbs, arg, func(_ *builder, v tree.Value, neg bool) tree.Cond { return negate(match(field, v), neg) })
}

// valueFunction is a function of a value and a negation.
func valueFunction(names string, dbs dbSet, arg string, c func(b *builder, v tree.Value, neg bool) tree.Cond) function {
	first := parameters(arg)[0].names[0]
	return function{names, dbs, arg + " neg?", func(b *builder, a *arguments) (tree.Cond, error) {
		return c(b, a.value(first), a.neg()), nil
	}}
}

// optionalFunction is a function of a value that may be null and a negation.
func optionalFunction(names string, dbs dbSet, arg string, l letters, c func(b *builder, v tree.Value, neg bool) (tree.Cond, error)) function {
	first := parameters(arg)[0].names[0]
	return function{names, dbs, arg + "? neg?", func(b *builder, a *arguments) (tree.Cond, error) {
		return c(b, a.optionalIn(first, l), a.neg())
	}}
}

// fixedFunction is a function without arguments.
func fixedFunction(names string, dbs dbSet, c func() tree.Cond) function {
	return function{names, dbs, "", func(*builder, *arguments) (tree.Cond, error) { return c(), nil }}
}

var recordFunctions = []function{
	{"objectid id", everywhere, "oid neg?", func(b *builder, a *arguments) (tree.Cond, error) { return recordIDs(a.texts("oid"), a.neg()) }},
	{"version", everywhere, "version|v", func(b *builder, a *arguments) (tree.Cond, error) {
		return schemaVersion(a.optionalNumber("version")), nil
	}},
	{"host", everywhere, "addr neg?", func(b *builder, a *arguments) (tree.Cond, error) { return b.hostText(a.address("addr"), a.neg()) }},
	{"hosts", everywhere, "hosts|list neg?", hostsFunction},
	{"net", everywhere, "net neg?", func(b *builder, a *arguments) (tree.Cond, error) { return b.network(a.text("net"), a.neg()) }},
	{"range", everywhere, "start stop neg?", func(b *builder, a *arguments) (tree.Cond, error) {
		r, err := rangeOf(a.address("start"), a.address("stop"))
		if err != nil {
			return nil, err
		}
		return b.inRange(r, a.neg())
	}},
	{"ipv4", everywhere, "", func(b *builder, a *arguments) (tree.Cond, error) { return b.ipv4(false) }},
	{"ipv6", observed, "", func(b *builder, a *arguments) (tree.Cond, error) { return b.ipv4(true) }},
	{"val", everywhere, "key val|value|v", func(b *builder, a *arguments) (tree.Cond, error) { return match(a.text("key"), a.value("val")), nil }},
	{"cmp", everywhere, "key val|value|v cmpop|op", compareFunction},
	fixedFunction("nonexistent", everywhere, func() tree.Cond { return tree.Const(false) }),
	{"text", hosts | rir, "text|t", func(b *builder, a *arguments) (tree.Cond, error) { return b.search(a.text("text")) }},
	{"timerange", hosts, "start stop neg?", func(b *builder, a *arguments) (tree.Cond, error) {
		return timeRange(a.moment("start"), a.moment("stop"), a.neg()), nil
	}},
	{"timeago", hosts, "delta|s neg?", func(b *builder, a *arguments) (tree.Cond, error) { return b.ago(a.seconds("delta"), true, a.neg()) }},
	{"timeago", passive, "delta|s neg? new?", func(b *builder, a *arguments) (tree.Cond, error) {
		return b.ago(a.seconds("delta"), a.flag("new", true), a.neg())
	}},
	{"newer", passive, "timestamp|ts neg? new?", func(b *builder, a *arguments) (tree.Cond, error) {
		return b.newer(a.moment("timestamp"), a.flag("new", true), a.neg()), nil
	}},
}

// address is an address as a text, or as a number.
func (a *arguments) address(name string) string {
	if list := a.texts(name); len(list) == 1 {
		return list[0]
	}
	a.isNot(name, "an IP address")
	return ""
}

func hostsFunction(b *builder, a *arguments) (tree.Cond, error) {
	items := a.texts("hosts")
	addrs := make([]netip.Addr, len(items))
	for i, s := range items {
		addr, err := parseAddress(s)
		if err != nil {
			return nil, err
		}
		addrs[i] = addr
	}
	return b.anyHost(addrs, a.neg()), nil
}

var comparisons = map[string]tree.Op{"<": tree.Lt, "<=": tree.Le, ">": tree.Gt, ">=": tree.Ge, "=": tree.Eq, "==": tree.Eq, "!=": tree.Eq}

func compareFunction(_ *builder, a *arguments) (tree.Cond, error) {
	sign, v := a.text("cmpop"), a.value("val")
	op, ok := comparisons[sign]
	if !ok {
		return nil, fail("%q is not one of < <= > >= = == !=", shorten(sign, 60))
	}
	if op == tree.Eq {
		return negate(match(a.text("key"), v), sign == "!="), nil
	}
	switch v.(type) {
	case *tree.Pattern, tree.List:
		return nil, fail("only a text, a number or a date is less or more than another")
	}
	return tree.Test{Field: a.text("key"), Op: op, Value: v}, nil
}

var nameFunctions = []function{
	optionalFunction("hostname", observed, "name", asWritten, func(b *builder, v tree.Value, neg bool) (tree.Cond, error) { return b.hostname(v, neg), nil }),
	valueFunction("domain", observed, "name", (*builder).domain),
	valueFunction("category", observed, "cat|c", (*builder).category),
	pathFunction("source", observed, "src|s", "source"),
	optionalFunction("mac", observed, "mac", anyCase, func(b *builder, v tree.Value, neg bool) (tree.Cond, error) { return b.mac(v, neg), nil }),
	{"country", view | rir, "country|x neg?", func(b *builder, a *arguments) (tree.Cond, error) {
		return b.country(texts(a.texts("country")), a.neg())
	}},
	{"asnum", view | rir, "asnum|x neg?", func(b *builder, a *arguments) (tree.Cond, error) { return b.asNumber(a.texts("asnum"), a.neg()) }},
	valueFunction("asname", view|rir, "asname|x", (*builder).asName),
	pathFunction("city", view, "city|x", "infos.city"),
	{"haslocation", view, "neg?", func(b *builder, a *arguments) (tree.Cond, error) {
		return negate(exists("infos.coordinates"), a.neg()), nil
	}},
	{"tag", view, "tag? neg?", tagFunction},
	{"os", hosts, "txt|t", func(b *builder, a *arguments) (tree.Cond, error) { return operatingSystem(a.value("txt")), nil }},
	{"cpe", hosts, "cpe_type? vendor? product? version?", func(b *builder, a *arguments) (tree.Cond, error) {
		return cpe(a.optional("cpe_type"), a.optional("vendor"), a.optional("product"), a.optional("version")), nil
	}},
	{"hop", hosts, "hop ttl? neg?", func(b *builder, a *arguments) (tree.Cond, error) {
		addr, err := parseAddress(a.address("hop"))
		if err != nil {
			return nil, err
		}
		return hop(tree.Addr(addr), a.optionalNumber("ttl"), a.neg()), nil
	}},
	pathFunction("hopname", hosts, "hop", "traces.hops.host"),
	pathFunction("hopdomain", hosts, "hop", "traces.hops.domains"),
	pathFunction("sourcefile", rir, "src|x", "source_file"),
	pathFunction("fileid", rir, "fileid|x", "source_hash"),
}

// tagFunction takes a value, or an object of value and info.
func tagFunction(_ *builder, a *arguments) (tree.Cond, error) {
	o, ok := a.values["tag"].(map[string]any)
	if !ok || isSpecial(o) {
		return tag(a.optional("tag"), nil, a.neg()), nil
	}
	for key := range o {
		if key != "value" && key != "info" {
			return nil, fail("a tag has a value and info, no %q", shorten(key, 60))
		}
	}
	inner := &arguments{b: a.b, values: o}
	value, info := inner.optional("value"), inner.optional("info")
	a.note(inner.err)
	return tag(value, info, a.neg()), nil
}

var portFunctions = []function{
	{"port", hosts, "port protocol? state? neg?", portFunction},
	{"port", passive, "port protocol? state? neg?", func(b *builder, a *arguments) (tree.Cond, error) {
		if a.textOr("state", "open") != "open" {
			return nil, errNotHere
		}
		return b.openPorts([]portSpec{{a.textOr("protocol", "tcp"), a.integer("port")}}, a.neg())
	}},
	{"ports", hosts, "ports protocol? state? neg? any_|any?", portsFunction},
	{"portsother", hosts, "ports protocol? state?", func(b *builder, a *arguments) (tree.Cond, error) {
		return otherIn(a.textOr("protocol", "tcp"), a.integers("ports"), a.textOr("state", "open")), nil
	}},
	{"openport", hosts, "neg?", func(b *builder, a *arguments) (tree.Cond, error) { return anyOpen(a.neg()), nil }},
	{"countopenports", hosts, "minn? maxn? neg?", func(b *builder, a *arguments) (tree.Cond, error) {
		return countOpen(a.optionalInteger("minn"), a.optionalInteger("maxn"), a.neg())
	}},
	{"service", observed, "srv port? protocol?", serviceFunction("srv")},
	{"product", observed, "product? version? service? port? protocol?", serviceFunction("service")},
	{"svchostname", observed, "hostname|h", func(b *builder, a *arguments) (tree.Cond, error) { return b.serviceHostname(a.value("hostname")), nil }},
	{"devicetype", hosts, "devtype|d", func(b *builder, a *arguments) (tree.Cond, error) { return deviceType(a.value("devtype")), nil }},
	{"screenshot", hosts, "port? protocol? service? words? neg?", screenshotFunction},
}

func portFunction(_ *builder, a *arguments) (tree.Cond, error) {
	switch {
	case a.values["port"] == "host" && a.neg():
		return tree.Test{Field: "ports.port", Op: tree.Ge, Value: tree.Int(0)}, nil
	case a.values["port"] == "host":
		return number("ports.port", -1), nil
	}
	p, state := portSpec{a.textOr("protocol", "tcp"), a.integer("port")}, a.textOr("state", "open")
	if a.neg() {
		return p.notIn(state), nil
	}
	return p.in(state), nil
}

func portsFunction(_ *builder, a *arguments) (tree.Cond, error) {
	numbers, proto, state := a.integers("ports"), a.textOr("protocol", "tcp"), a.textOr("state", "open")
	neg, any := a.neg(), a.flag("any_", false)
	switch {
	case neg && any:
		return nil, fail("neg and any_ exclude each other")
	case any:
		return anyIn(proto, numbers, state), nil
	}
	list := make([]portSpec, len(numbers))
	for i, n := range numbers {
		list[i] = portSpec{proto, int64(n.(tree.Int))}
	}
	return allIn(list, state, neg), nil
}

// serviceFunction takes the parts of a service; name is the argument that has its name.
func serviceFunction(name string) func(*builder, *arguments) (tree.Cond, error) {
	return func(b *builder, a *arguments) (tree.Cond, error) {
		c, err := b.service(service{
			name: a.part(name), product: a.part("product"), version: a.part("version"),
			port: a.optionalNumber("port"), proto: a.optional("protocol"),
		})
		if c == nil && err == nil {
			err = fail("there is nothing to look for")
		}
		return c, err
	}
}

func screenshotFunction(_ *builder, a *arguments) (tree.Cond, error) {
	var where []member
	if a.has("port") {
		where = append(where, member{"port", a.optionalNumber("port")}, member{"protocol", tree.Text(a.textOr("protocol", "tcp"))})
	} else if a.has("protocol") {
		where = append(where, member{"protocol", a.value("protocol")})
	}
	if a.has("service") {
		where = append(where, member{"service_name", a.value("service")})
	}
	if !a.has("words") {
		return screenshot(where, a.neg()), nil
	}
	if known, ok := a.values["words"].(bool); ok {
		return screenWords(negate(exists("screenwords"), !known), where, a.neg()), nil
	}
	v := a.valueIn("words", lowered)
	list, ok := v.(tree.List)
	if !ok {
		list = tree.List{v}
	}
	var words []tree.Cond
	for _, w := range list {
		words = append(words, match("screenwords", w))
	}
	c := allOf(words...)
	if c == nil {
		c = tree.Const(true)
	}
	return screenWords(c, where, a.neg()), nil
}
