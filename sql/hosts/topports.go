package hosts

import (
	"strconv"
	"strings"

	"ivre/sql/ask"
	"ivre/sql/tree"
)

// net groups IPv4 addresses by network.
func (b *planner) net(bits int) *topPlan {
	low := strconv.FormatUint(1<<(32-bits)-1, 10)
	b.where("addr >= toIPv6('::ffff:0.0.0.0') AND addr <= toIPv6('::ffff:255.255.255.255')")
	// not toIPv4, which fails for IPv6 addresses: the server may evaluate it for all rows
	number := "toUInt32(bitAnd(toUInt32(toUInt128(addr)), bitNot(toUInt32(" + low + "))))"
	return b.single("concat(IPv4NumToString("+number+"), '/"+strconv.Itoa(bits)+"')", textKind)
}

func (b *planner) hops(cond string) *topPlan {
	b.join("hops.addr AS addr", "hops.ttl AS ttl").rows("addr != toIPv6('::')")
	if cond != "" {
		b.rows(cond)
	}
	return b.single(ask.AddrText("addr"), addrKind)
}

func (b *planner) ports(cond string) *topPlan {
	b.join("ports.protocol AS proto", "ports.port AS port", portsState, portsName).rows(cond)
	return b.tuple(part{"proto", textKind}, part{"port", numberKind})
}

func portField(b *planner, arg string) (*topPlan, error) {
	v := b.plan.params.Bind("String", arg)
	switch arg {
	case "open", "closed", "filtered", "open|filtered", "closed|filtered", "unfiltered":
		return b.stored("port", "label[1] = "+v, "label[2]", "label[3]").ports("state = " + v), nil
	}
	return b.ports("service = " + v), nil
}

func portListField(b *planner, state string) (*topPlan, error) {
	v := b.plan.params.Bind("String", state)
	list := "arrayFilter((x, s) -> s = " + v + ", arrayZip(arrayMap(x -> toString(x), ports.protocol), ports.port), ports.state_state)"
	return b.single("toJSONString(arrayMap(x -> (x.1, x.2), "+list+"))", jsonKind), nil
}

// openPort is the condition that a record has that port open.
func openPort(proto string, port int) string {
	column := "openports_tcp"
	if proto == "udp" {
		column = "openports_udp"
	}
	if port > 65535 {
		return "false"
	}
	return "has(" + column + ", " + strconv.Itoa(port) + ")"
}

// hasOpen is openPort for the rows of the scripts' table.
func (b *planner) hasOpen(proto string, port int) string {
	return "id IN (SELECT id FROM " + b.tables.Hosts + " WHERE " + openPort(proto, port) + ")"
}

// onPort selects the entries of a port: of the given protocol, or of any in hosts that have the TCP port open.
func (b *planner) onPort(field, arg string) (bool, error) {
	proto, port, err := portArgument(field, arg)
	if err != nil {
		return false, err
	}
	b.where(openPort(protoOr(proto, "tcp"), port)).rows("port = " + strconv.Itoa(port))
	if proto != "" {
		b.rows("proto = '" + proto + "'")
	}
	return true, nil
}

func serviceField(b *planner, arg string) (*topPlan, error) {
	b.join(portsName, "ports.port AS port", "ports.protocol AS proto")
	if _, err := b.onPort("service", arg); err != nil {
		return nil, err
	}
	b.plan.parts = []part{{"service", emptyKind}}
	return b.plan, nil
}

// isPort tells whether an argument speaks of a port rather than of a service.
func isPort(arg string) bool {
	_, _, err := portArgument("", arg)
	return err == nil
}

func productField(b *planner, arg string) (*topPlan, error) {
	return b.products("product", arg, false)
}

func productField2(b *planner, arg string) (*topPlan, error) {
	return b.products("version", arg, true)
}

func (b *planner) products(field, arg string, version bool) (*topPlan, error) {
	b.join(portsName, "ports.service_product AS product", "ports.service_version AS version", "ports.port AS port", "ports.protocol AS proto")
	service, product, hasProduct := strings.Cut(arg, ":")
	switch {
	case isPort(arg):
		if _, err := b.onPort(field, arg); err != nil {
			return nil, err
		}
	case version && hasProduct:
		b.rows("service = "+b.plan.params.Bind("String", service), "product = "+b.plan.params.Bind("String", product))
	default:
		b.rows("service = " + b.plan.params.Bind("String", arg))
	}
	if version {
		return b.tuple(textParts("service", "product", "version")...), nil
	}
	return b.tuple(textParts("service", "product")...), nil
}

func deviceTypeField(b *planner, arg string) (*topPlan, error) {
	b.join("ports.service_devicetype AS x", "ports.port AS port", "ports.protocol AS proto")
	if _, err := b.onPort("devicetype", arg); err != nil {
		return nil, err
	}
	return b.single("x", textKind), nil
}

func categoryField(b *planner, arg string) (*topPlan, error) {
	cond, err := b.matches(arg, "x", textItem("x"))
	if err != nil {
		return nil, err
	}
	return b.join("categories AS x").rows(cond).single("x", textKind), nil
}

// matches compiles "value or regular expression" as a condition on a field.
func (b *planner) matches(value, variable string, f tree.Field) (string, error) {
	cond, err := ask.TextOrPattern("", value)
	if err != nil {
		return "", err
	}
	e, err := tree.Compile(cond, tree.Fields{"": f}, b.plan.params)
	if err != nil {
		return "", &InputError{Reason: err.Error()}
	}
	return e.Text, nil
}

func (b *planner) domains(cond string) *topPlan {
	b.join("arrayFlatten(hostnames.domains) AS x")
	if cond != "" {
		b.rows(cond)
		b.plan.mat = nil
	}
	return b.single("x", textKind)
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func domainsField(b *planner, arg string) (*topPlan, error) {
	labels := func(n string) string { return "length(splitByChar('.', x)) = " + n }
	if digits(arg) {
		if len(arg) > 9 {
			return nil, badArgument("domains", arg, "a number of labels")
		}
		b.stored("domains", strings.ReplaceAll(labels(arg), "x", "ifNull(label[1], '')"), "label[1]")
		mat := b.plan.mat
		plan := b.domains(labels(arg))
		plan.mat = mat
		return plan, nil
	}
	name, n, hasN := strings.Cut(arg, ":")
	v := b.plan.params.Bind("String", name)
	b.where("arrayExists(d -> has(d, " + v + "), hostnames.domains)")
	dotted := b.plan.params.Bind("String", "."+name)
	if !hasN {
		return b.domains("endsWith(x, " + dotted + ")"), nil
	}
	if !digits(n) || len(n) > 9 {
		return nil, badArgument("domains", arg, "a domain and a number of labels")
	}
	return b.domains("(x = " + v + " OR endsWith(x, " + dotted + ")) AND " + labels(n)), nil
}
