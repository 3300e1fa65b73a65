package hosts

import (
	"fmt"
	"strconv"
	"strings"

	"ivre/sql/ask"
	"ivre/sql/tree"
)

// planTop finds the plan of a field. The names are tried in a fixed order; anything that is no pseudo-field is a path.
func (c *Client) planTop(field string) (*topPlan, error) {
	name, arg, hasArg := strings.Cut(field, ":")
	b := &planner{plan: &topPlan{params: &tree.Params{}}, view: c.tables.View, tables: c.tables}
	if !hasArg {
		if make, ok := plainFields[name]; ok {
			return make(b), nil
		}
	} else if make, ok := argFields[name]; ok {
		return make(b, arg)
	}
	for _, p := range prefixFields {
		if strings.HasPrefix(field, p.prefix) {
			plan, err := p.make(b, field[len(p.prefix):])
			if plan != nil || err != nil {
				return plan, err
			}
		}
	}
	return b.path(field), nil
}

// planner builds a plan.
type planner struct {
	plan   *topPlan
	view   bool
	tables Tables
}

type plainField func(*planner) *topPlan
type argField func(b *planner, arg string) (*topPlan, error)

func textParts(sql ...string) []part {
	var out []part
	for _, s := range sql {
		out = append(out, part{s, textKind})
	}
	return out
}

// join notes the lists to take apart, each as "list AS name".
func (b *planner) join(lists ...string) *planner {
	b.plan.join = lists
	return b
}

func (b *planner) where(conds ...string) *planner {
	b.plan.where = append(b.plan.where, conds...)
	return b
}
func (b *planner) rows(conds ...string) *planner {
	b.plan.rows = append(b.plan.rows, conds...)
	return b
}

func (b *planner) single(sql string, k kind) *topPlan {
	b.plan.parts = []part{{sql, k}}
	if k == textKind || k == addrKind {
		b.plan.rows = append(b.plan.rows, sql+" != ''") // rows without the value do not count
	}
	return b.plan
}

func (b *planner) tuple(parts ...part) *topPlan {
	b.plan.parts, b.plan.tuple = parts, true
	return b.plan
}

func (b *planner) stored(field, where string, parts ...string) *planner {
	b.plan.mat = &stored{field, where, parts}
	return b
}

const (
	openOnly   = "state = 'open'"
	portsState = "ports.state_state AS state"
	portsName  = "ports.service_name AS service"
)

var plainFields = map[string]plainField{
	"category": func(b *planner) *topPlan {
		return b.stored("category", "", "label[1]").join("categories AS x").single("x", textKind)
	},
	"categories": func(b *planner) *topPlan {
		return b.stored("category", "", "label[1]").join("categories AS x").single("x", textKind)
	},
	"country": func(b *planner) *topPlan {
		b.stored("country", "", "label[1]", "ifNull(label[2], '?')").where("country_code != ''")
		return b.tuple(part{"country_code", textKind}, part{"if(country_name = '', '?', toString(country_name))", textKind})
	},
	"city": func(b *planner) *topPlan {
		b.stored("city", "", "label[1]", "label[2]").where("country_code != ''", "city != ''")
		return b.tuple(textParts("country_code", "city")...)
	},
	"asnum": func(b *planner) *topPlan {
		return b.stored("as", "", "label[1]").where("as_num >= 0").single("as_num", numberKind)
	},
	"as": func(b *planner) *topPlan {
		b.stored("as", "", "label[1]", "label[2]").where("as_num >= 0")
		return b.tuple(part{"as_num", numberKind}, part{"as_name", textKind})
	},
	"addr":   addrField,
	"net":    func(b *planner) *topPlan { return b.net(24) },
	"source": sourceField,
	"domains": func(b *planner) *topPlan {
		return b.stored("domains", "", "label[1]").domains("")
	},
	"port": func(b *planner) *topPlan {
		return b.stored("port", "", "label[2]", "label[3]").ports("state != ''")
	},
	"service": func(b *planner) *topPlan {
		b.stored("version", "", "label[1]").join(portsName, portsState).rows(openOnly)
		b.plan.parts = []part{{"service", textKind}}
		return b.plan
	},
	"product": func(b *planner) *topPlan {
		b.stored("version", "", "label[1]", "label[2]").join(portsName, "ports.service_product AS product", portsState).rows(openOnly)
		return b.tuple(textParts("service", "product")...)
	},
	"version": func(b *planner) *topPlan {
		b.stored("version", "", "label[1]", "label[2]", "label[3]").join(portsName, "ports.service_product AS product", "ports.service_version AS version", portsState).rows(openOnly)
		return b.tuple(textParts("service", "product", "version")...)
	},
	"devicetype": func(b *planner) *topPlan { return b.join("ports.service_devicetype AS x").single("x", textKind) },
	"screenwords": func(b *planner) *topPlan {
		b.where("arrayExists((s, w) -> s != '' AND notEmpty(w), ports.screenshot, ports.screenwords)")
		return b.join("arrayFlatten(ports.screenwords) AS x").single("x", textKind)
	},
	"hop": func(b *planner) *topPlan { return b.hops("") },
	"script": func(b *planner) *topPlan {
		b.plan.scripts = true
		return b.stored("script", "", "label[1]").single("script", textKind)
	},
	"ntlm":         func(b *planner) *topPlan { return b.scriptValue("ntlm-info", "data") },
	"useragent":    func(b *planner) *topPlan { return b.items("", "http-user-agent").single1() },
	"jarm":         func(b *planner) *topPlan { return b.scriptValue("ssl-jarm", "data") },
	"httphdr":      func(b *planner) *topPlan { return b.items("", "http-headers").members("name", "value") },
	"httpapp":      func(b *planner) *topPlan { return b.items("", "http-app").members("application", "version") },
	"file":         func(b *planner) *topPlan { return b.files(nil, "filename") },
	"scanner.name": func(b *planner) *topPlan { return b.items("", "scanner", "scanners").member("name") },
	"sshkey.bits":  func(b *planner) *topPlan { return b.items("ssh-hostkey", "ssh-hostkey").members("type", "bits") },
	"ike.vendor_ids": func(b *planner) *topPlan {
		return b.items("ike-info", "ike-info", "vendor_ids").members("value", "name")
	},
	"ike.transforms": func(b *planner) *topPlan {
		return b.items("ike-info", "ike-info", "transforms").members("Authentication", "Encryption", "GroupDesc", "Hash", "LifeDuration", "LifeType")
	},
	"ike.notification": func(b *planner) *topPlan { return b.scriptPath("ike-info", "ike-info", "notification_type") },
	"tag": func(b *planner) *topPlan {
		if !b.view {
			return b.path("tag")
		}
		b.stored("tag", "", "label[1]", "label[2]")
		b.join("arrayFlatten(arrayMap((v, i) -> if(empty(i), [(toString(v), '')], arrayMap(x -> (toString(v), x), i)), tags.value, tags.info)) AS x")
		return b.tuple(textParts("x.1", "x.2")...)
	},
}

func addrField(b *planner) *topPlan { return b.where(addrKnown).single(ask.AddrText("addr"), addrKind) }

// sourceField: scans have one source, views a list of them, which is a value as a whole.
func sourceField(b *planner) *topPlan {
	if b.view {
		return b.where("notEmpty(source)").single("toJSONString(source)", jsonKind)
	}
	return b.stored("source", "", "label[1]").single("source[1]", textKind)
}

var argFields = map[string]argField{
	"category":   categoryField,
	"categories": categoryField,
	"net": func(b *planner, arg string) (*topPlan, error) {
		n, err := strconv.Atoi(arg)
		if err != nil || n < 0 || n > 32 {
			return nil, badArgument("net", arg, "a prefix length from 0 to 32")
		}
		return b.net(n), nil
	},
	"domains":  domainsField,
	"port":     portField,
	"portlist": portListField,
	"countports": func(b *planner, state string) (*topPlan, error) {
		if state == "open" {
			return b.stored("countports:open", "", "label[1]").single("openports_count", numberKind), nil
		}
		return b.single("countEqual(ports.state_state, "+b.plan.params.Bind("String", state)+")", numberKind), nil
	},
	"service":    serviceField,
	"product":    productField,
	"version":    productField2,
	"devicetype": deviceTypeField,
	"script":     scriptField,
	"useragent":  func(b *planner, arg string) (*topPlan, error) { return b.items("", "http-user-agent").matching(arg) },
	"jarm": func(b *planner, arg string) (*topPlan, error) {
		proto, port, err := portArgument("jarm", arg)
		if err != nil {
			return nil, err
		}
		proto = protoOr(proto, "tcp")
		b.where("port = "+strconv.Itoa(port), "protocol = '"+proto+"'", b.hasOpen(proto, port))
		return b.scriptValue("ssl-jarm", "data"), nil
	},
	"httphdr": func(b *planner, arg string) (*topPlan, error) {
		b.items("", "http-headers").rowEquals("name", strings.ToLower(arg))
		return b.member("value"), nil
	},
	"httpapp": func(b *planner, arg string) (*topPlan, error) {
		b.items("", "http-app").rowEquals("application", arg)
		return b.member("version"), nil
	},
	"file": func(b *planner, arg string) (*topPlan, error) {
		ids, key, _ := strings.Cut(arg, ".")
		if key == "" {
			key = "filename"
		}
		return b.files(strings.Split(ids, ","), key), nil
	},
	"scanner.port": func(b *planner, proto string) (*topPlan, error) {
		return b.items("", "scanner", "ports", proto, "ports").single1(), nil
	},
	"hop": func(b *planner, arg string) (*topPlan, error) {
		n, err := strconv.ParseInt(arg, 10, 16)
		if err != nil {
			return nil, badArgument("hop", arg, "a time to live")
		}
		return b.hops("ttl = " + strconv.FormatInt(n, 10)), nil
	},
	"tag": func(b *planner, arg string) (*topPlan, error) {
		if !b.view {
			return b.path("tag:" + arg), nil
		}
		v := b.plan.params.Bind("String", arg)
		return b.join("arrayFlatten(arrayFilter((i, v) -> v = "+v+", tags.info, tags.value)) AS x").single("x", textKind), nil
	},
}

func badArgument(field, arg, want string) error {
	return &InputError{Reason: fmt.Sprintf("%s:%s: %q is not %s", field, arg, arg, want)}
}

// portArgument reads N, tcp/N or udp/N (also with an underscore).
func portArgument(field, arg string) (proto string, port int, err error) {
	number := arg
	if p, n, ok := strings.Cut(strings.Replace(arg, "_", "/", 1), "/"); ok && (p == "tcp" || p == "udp") {
		proto, number = p, n
	}
	port, err = strconv.Atoi(number)
	if err != nil || port < 0 {
		return "", 0, badArgument(field, arg, "a port")
	}
	return proto, port, nil
}

func protoOr(proto, def string) string {
	if proto == "" {
		return def
	}
	return proto
}
