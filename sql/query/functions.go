package query

import (
	"fmt"
	"strings"

	"ivre/sql/tree"
)

// pathFunction matches a path with its first argument.
func pathFunction(arg, field string, viewOnly bool) function {
	return function{argNames(arg + " neg"), viewOnly, func(b *builder, a *arguments) (tree.Cond, error) {
		return negate(match(field, a.value(arg)), a.neg()), nil
	}}
}

func fixedFunction(c func() tree.Cond) function {
	return function{make: func(*builder, *arguments) (tree.Cond, error) { return c(), nil }}
}

// functions are the search functions of JSON filters by their names.
var functions map[string]function

func init() {
	functions = map[string]function{
		"val": {args: argNames("key value"), make: func(b *builder, a *arguments) (tree.Cond, error) { return match(a.text("key"), a.value("value")), nil }},
		"cmp": {args: argNames("key value cmpop"), make: compareFunction},
		"version": {args: argNames("version"), make: func(b *builder, a *arguments) (tree.Cond, error) {
			if !a.has("version") {
				return tree.Not{Cond: tree.Exists{Field: "schema_version"}}, nil
			}
			return number("schema_version", a.integer("version")), nil
		}},
		"nonexistent": fixedFunction(func() tree.Cond { return tree.Const(false) }),
		"text":        {args: argNames("text"), make: func(b *builder, a *arguments) (tree.Cond, error) { return fullText(a.text("text")) }},
		"category":    pathFunction("cat", "categories", false),
		"source":      pathFunction("src", "source", false),
		"domain":      pathFunction("name", "hostnames.domains", false),
		"city":        pathFunction("city", "infos.city", true),
		"asname":      pathFunction("asname", "infos.as_name", true),
		"hostname": {args: argNames("name neg"), make: func(b *builder, a *arguments) (tree.Cond, error) {
			if !a.has("name") {
				return negate(tree.Exists{Field: "hostnames.domains"}, a.neg()), nil
			}
			return negate(match("hostnames.name", a.value("name")), a.neg()), nil
		}},
		"country": {args: argNames("country neg"), viewOnly: true, make: func(b *builder, a *arguments) (tree.Cond, error) {
			return negate(country(a.texts("country")), a.neg()), nil
		}},
		"asnum": {args: argNames("asnum neg"), viewOnly: true, make: func(b *builder, a *arguments) (tree.Cond, error) {
			c, err := asNumbers(a.texts("asnum"))
			return negate(c, a.neg()), err
		}},
		"haslocation": {args: argNames("neg"), viewOnly: true, make: func(b *builder, a *arguments) (tree.Cond, error) {
			return negate(tree.Exists{Field: "infos.coordinates"}, a.neg()), nil
		}},
		"mac": {args: argNames("mac neg"), make: func(b *builder, a *arguments) (tree.Cond, error) {
			if !a.has("mac") {
				return negate(tree.Exists{Field: "addresses.mac"}, a.neg()), nil
			}
			return negate(match("addresses.mac", a.lowered("mac")), a.neg()), nil
		}},
		"svchostname": pathFunction("hostname", "ports.service_hostname", false),
		"devicetype":  pathFunction("devtype", "ports.service_devicetype", false),
		"os":          {args: argNames("txt"), make: func(b *builder, a *arguments) (tree.Cond, error) { return osIs(a.value("txt")), nil }},
		"hopname":     pathFunction("hop", "traces.hops.host", false),
		"hopdomain":   pathFunction("hop", "traces.hops.domains", false),
		"openport": {args: argNames("neg"), make: func(b *builder, a *arguments) (tree.Cond, error) {
			return negate(equals("ports.state_state", "open"), a.neg()), nil
		}},
		"countopenports": {args: argNames("minn maxn neg"), make: func(b *builder, a *arguments) (tree.Cond, error) {
			return countOpen(a.optional("minn"), a.optional("maxn"), a.neg())
		}},
		"banner": {args: argNames("banner"), make: func(b *builder, a *arguments) (tree.Cond, error) {
			return script("banner", match("output", a.value("banner"))), nil
		}},
		"cookie": {args: argNames("name"), make: func(b *builder, a *arguments) (tree.Cond, error) { return cookie(a.text("name")) }},
		"httptitle": {args: argNames("title"), make: func(b *builder, a *arguments) (tree.Cond, error) {
			return same("ports.scripts", oneOf("id", "http-title", "html-title"), match("output", a.value("title"))), nil
		}},
		"webcam": fixedFunction(func() tree.Cond { return equals("ports.service_devicetype", "webcam") }),
		"javaua": fixedFunction(func() tree.Cond {
			return script("http-user-agent", match("http-user-agent", known(`(^| )(Java|javaws)/`, tree.Flags{})))
		}),
	}
	for name, fn := range addressFunctions {
		functions[name] = fn
	}
	for name, fn := range portFunctions {
		functions[name] = fn
	}
	for name, fn := range scriptFunctions {
		functions[name] = fn
	}
	for name, word := range map[string]string{
		"torcert": "torcert", "webfiles": "webfiles", "phpmyadmin": "phpmyadmin", "ftpanon": "anonftp", "ldapanon": "anonldap",
		"vncauthbypass": "authbypassvnc", "mssqlemptypwd": "mssqlemptypwd", "mysqlemptypwd": "mysqlemptypwd", "owa": "owa", "xp445": "xp445",
		"ypserv": "nis", "nfs": "nfs", "x11": "x11srv", "x11access": "x11open", "webmin": "webmin", "geovision": "geovision",
		"netdev": "netdev", "phonedev": "phonedev",
	} {
		functions[name] = fixedFunction(plain[word])
	}
}

func compareFunction(_ *builder, a *arguments) (tree.Cond, error) {
	ops := map[string]tree.Op{"<": tree.Lt, "<=": tree.Le, ">": tree.Gt, ">=": tree.Ge, "=": tree.Eq, "==": tree.Eq, "!=": tree.Eq}
	name := a.text("cmpop")
	op, ok := ops[name]
	if !ok {
		return nil, fmt.Errorf("%q is no comparison", name)
	}
	v := a.value("value")
	switch v.(type) {
	case *tree.Pattern, tree.List:
		return nil, fmt.Errorf("only a text, a number or a date can be compared")
	}
	return negate(tree.Test{Field: a.text("key"), Op: op, Value: v}, name == "!="), nil
}

var addressFunctions = map[string]function{
	"objectid": idFunction, "id": idFunction,
	"host": {args: argNames("addr neg"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		addr, err := parseAddress(a.text("addr"))
		return isHost(addr, a.neg()), err
	}},
	"hosts": {args: argNames("hosts neg"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		any := tree.Or{}
		for _, s := range a.texts("hosts") {
			addr, err := parseAddress(s)
			if err != nil {
				return nil, err
			}
			any = append(any, isHost(addr, false))
		}
		return negate(any, a.neg()), nil
	}},
	"net": {args: argNames("net neg"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		r, err := parseNetwork(a.text("net"))
		return inRange(r, a.neg()), err
	}},
	"range": {args: argNames("start stop neg"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		r, err := parseRange(a.text("start") + "," + a.text("stop"))
		return inRange(r, a.neg()), err
	}},
	"ipv4": {make: func(b *builder, a *arguments) (tree.Cond, error) { return inRange(allIPv4, false), nil }},
	"ipv6": {make: func(b *builder, a *arguments) (tree.Cond, error) { return inRange(allIPv4, true), nil }},
	"timerange": {args: argNames("start stop neg"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		return timeRange(a.moment("start"), a.moment("stop"), a.neg()), nil
	}},
	"timeago": {args: argNames("delta neg"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		return b.timeAgo(a.integer("delta"), a.neg()), nil
	}},
	"hop": {args: argNames("hop ttl neg"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		addr, err := parseAddress(a.text("hop"))
		return hop(addr, a.optional("ttl"), a.neg()), err
	}},
}

var idFunction = function{args: argNames("oid neg"), make: func(b *builder, a *arguments) (tree.Cond, error) {
	c, err := recordIDs(a.texts("oid"))
	return negate(c, a.neg()), err
}}

var portFunctions = map[string]function{
	"port":  {args: argNames("port protocol state neg"), make: portFunction},
	"ports": {args: argNames("ports protocol state neg any_"), make: portsFunction},
	"portsother": {args: argNames("ports protocol state"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		list, err := a.numbers("ports")
		if err != nil {
			return nil, err
		}
		proto, state := a.textOr("protocol", "tcp"), a.textOr("state", "open")
		if state == "open" {
			return otherOpen(proto, list), nil
		}
		return same("ports", tree.Not{Cond: tree.Test{Field: "port", Op: tree.In, Value: list}}, equals("protocol", proto), equals("state_state", state)), nil
	}},
	"service": {args: argNames("srv port protocol"), make: func(b *builder, a *arguments) (tree.Cond, error) { return a.service("srv"), nil }},
	"product": {args: argNames("product version service port protocol"), make: func(b *builder, a *arguments) (tree.Cond, error) { return a.service("service"), nil }},
	"vsftpdbackdoor": fixedFunction(func() tree.Cond {
		return same("ports", equals("protocol", "tcp"), equals("state_state", "open"), equals("service_product", "vsftpd"), equals("service_version", "2.3.4"))
	}),
	"vulnintersil": fixedFunction(intersil),
	"screenshot":   {args: argNames("port protocol service words neg"), make: screenshotFunction},
	"cpe": {args: argNames("cpe_type vendor product version"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		var values []tree.Value
		for _, name := range []string{"cpe_type", "vendor", "product", "version"} {
			var v tree.Value
			if a.has(name) {
				v = a.value(name)
			}
			values = append(values, v)
		}
		return cpe(values), nil
	}},
	"tag": {args: argNames("tag neg"), viewOnly: true, make: func(b *builder, a *arguments) (tree.Cond, error) {
		o, isObject := a.values["tag"].(map[string]any)
		switch {
		case !a.has("tag"):
			return negate(tree.Exists{Field: "tags.value"}, a.neg()), nil
		case !isObject || o["f"] != nil:
			return negate(match("tags.value", a.value("tag")), a.neg()), nil
		}
		var conds []tree.Cond
		for _, key := range []string{"value", "info"} {
			if o[key] == nil {
				continue
			}
			v := a.decode(o[key])
			if v == nil {
				return nil, fmt.Errorf("the %s of a tag cannot be %s", key, short(o[key]))
			}
			conds = append(conds, match(key, v))
		}
		if conds == nil {
			return nil, fmt.Errorf("a tag has a value or info")
		}
		return negate(same("tags", conds...), a.neg()), nil
	}},
}

func intersil() tree.Cond {
	return same("ports", equals("protocol", "tcp"), equals("state_state", "open"), equals("service_product", "Boa HTTPd"),
		match("service_version", known(`^0\.9(3([^0-9]|$)|4\.([0-9]|0[0-9]|1[0-1])([^0-9]|$))`, tree.Flags{})))
}

func (a *arguments) textOr(name, def string) string {
	if !a.has(name) {
		return def
	}
	return a.text(name)
}

func (a *arguments) numbers(name string) (tree.List, error) {
	return numbersOf(strings.Join(a.texts(name), ","))
}

func portFunction(_ *builder, a *arguments) (tree.Cond, error) {
	proto, state, neg := a.textOr("protocol", "tcp"), a.textOr("state", "open"), a.neg()
	if a.values["port"] == "host" {
		if neg {
			return tree.Test{Field: "ports.port", Op: tree.Ge, Value: tree.Int(0)}, nil
		}
		return number("ports.port", -1), nil
	}
	n := a.integer("port")
	switch {
	case state == "open":
		return negate(portSpec{proto, n}.open(), neg), nil
	case neg:
		return tree.Or{same("ports", number("port", n), equals("protocol", proto), tree.Not{Cond: equals("state_state", state)}), tree.Not{Cond: number("ports.port", n)}}, nil
	}
	return same("ports", number("port", n), equals("protocol", proto), equals("state_state", state)), nil
}

func portsFunction(_ *builder, a *arguments) (tree.Cond, error) {
	list, err := a.numbers("ports")
	if err != nil {
		return nil, err
	}
	proto, state, neg, any := a.textOr("protocol", "tcp"), a.textOr("state", "open"), a.neg(), a.flag("any_", false)
	if neg && any {
		return nil, fmt.Errorf("neg and any_ exclude each other")
	}
	var conds []tree.Cond
	for _, n := range list {
		p := portSpec{proto, int64(n.(tree.Int))}
		c := p.open()
		if state != "open" {
			c = inState([]portSpec{p}, state)
		}
		conds = append(conds, negate(c, neg))
	}
	switch {
	case any && state != "open":
		return same("ports", tree.Test{Field: "port", Op: tree.In, Value: list}, equals("protocol", proto), equals("state_state", state)), nil
	case any:
		return tree.Or(conds), nil
	}
	return tree.And(conds), nil
}

// service reads the arguments of service and product: parts of a service, port and protocol. A single one is a
// condition on the host.
func (a *arguments) service(nameArg string) tree.Cond {
	var conds []tree.Cond
	var alone tree.Cond
	for i, arg := range []string{nameArg, "product", "version"} {
		field := serviceParts[i]
		if !a.has(arg) {
			continue
		}
		var v tree.Value
		if !a.unknown(arg) {
			v = a.value(arg)
		}
		conds, alone = append(conds, matchOrAbsent(field, v)), matchOrAbsent("ports."+field, v)
	}
	if a.has("port") {
		conds = append(conds, number("port", a.integer("port")))
	}
	if a.has("protocol") {
		conds = append(conds, equals("protocol", a.text("protocol")))
	}
	switch {
	case len(conds) == 0:
		a.fail(nameArg, "given")
		return nil
	case len(conds) == 1 && alone != nil:
		return alone
	}
	return same("ports", conds...)
}

func screenshotFunction(b *builder, a *arguments) (tree.Cond, error) {
	neg := a.neg()
	if !a.has("port") && !a.has("service") && !a.has("words") {
		return negate(tree.Exists{Field: "ports.screenshot"}, neg), nil
	}
	var conds []tree.Cond
	if a.has("port") {
		conds = append(conds, number("port", a.integer("port")), equals("protocol", a.textOr("protocol", "tcp")))
	}
	if a.has("service") {
		conds = append(conds, equals("service_name", a.text("service")))
	}
	if !a.has("words") {
		return same("ports", append(conds, negate(tree.Exists{Field: "screenshot"}, neg))...), nil
	}
	c := tree.Cond(tree.Exists{Field: "screenwords"})
	if v, isFlag := a.values["words"].(bool); isFlag {
		c = negate(c, !v)
	} else if list, ok := a.lowered("words").(tree.List); ok {
		var all tree.And
		for _, w := range list {
			all = append(all, match("screenwords", w))
		}
		c = all
	} else {
		c = match("screenwords", a.lowered("words"))
	}
	return same("ports", append(conds, tree.Exists{Field: "screenshot"}, negate(c, neg))...), nil
}
