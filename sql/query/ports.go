package query

import (
	"strconv"
	"strings"

	"ivre/sql/tree"
)

// portSpec is a port with its protocol.
type portSpec struct {
	proto string
	port  int64
}

// parsePort reads N, tcp/N, udp/N, tcp_N or udp_N.
func parsePort(s string) (portSpec, bool) {
	p := portSpec{proto: "tcp"}
	if len(s) > 4 && (s[3] == '/' || s[3] == '_') && (s[:3] == "tcp" || s[:3] == "udp") {
		p.proto, s = s[:3], s[4:]
	}
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return p, false
	}
	var err error
	if p.port, err = strconv.ParseInt(s, 10, 64); err != nil {
		p.port = 1 << 62 // no port has such a number, either
	}
	return p, true
}

// portList reads ports separated by commas.
func portList(s string) ([]portSpec, bool) {
	var out []portSpec
	for item := range strings.SplitSeq(s, ",") {
		p, ok := parsePort(item)
		if !ok {
			return nil, false
		}
		out = append(out, p)
	}
	return out, true
}

func parsePorts(s string) ([]portSpec, error) {
	list, ok := portList(s)
	if !ok {
		return nil, fail("%q is not a list of ports (80,tcp/443,udp/53)", shorten(s, 60))
	}
	return list, nil
}

func (p portSpec) members() []member {
	return []member{{"port", tree.Int(p.port)}, {"protocol", tree.Text(p.proto)}}
}

// in: the port is in that state.
func (p portSpec) in(state string) tree.Cond {
	if state == "open" {
		return number("openports."+p.proto+".ports", p.port)
	}
	return element("ports", append(p.members(), member{"state_state", tree.Text(state)})...)
}

// notIn is the negation of in. For states other than open it asks for the port in another state, or for no port of
// that number under any protocol.
func (p portSpec) notIn(state string) tree.Cond {
	if state == "open" {
		return tree.Not{Cond: p.in(state)}
	}
	return tree.Or{
		same("ports", record(p.members()...), tree.Not{Cond: equals("state_state", state)}),
		tree.Not{Cond: number("ports.port", p.port)},
	}
}

// openPorts: all of the ports are open; negated: none of them is. A passive record is about one TCP port.
func (b *builder) openPorts(list []portSpec, neg bool) (tree.Cond, error) {
	if b.db == RIR || b.db == Passive && (len(list) > 1 || list[0].proto != "tcp") {
		return nil, errNotHere
	}
	if b.db == Passive {
		return negate(number("port", list[0].port), neg), nil
	}
	return allIn(list, "open", neg), nil
}

// allIn: all ports are in the state; negated: none is.
func allIn(list []portSpec, state string, neg bool) tree.Cond {
	conds := make([]tree.Cond, len(list))
	for i, p := range list {
		conds[i] = negate(p.in(state), neg)
	}
	return allOf(conds...)
}

// anyIn: one of the ports of a protocol is in the state.
func anyIn(proto string, numbers tree.List, state string) tree.Cond {
	if state == "open" {
		return match("openports."+proto+".ports", numbers)
	}
	return element("ports", member{"port", numbers}, member{"protocol", tree.Text(proto)}, member{"state_state", tree.Text(state)})
}

// otherIn: some port of the protocol that is not listed is in the state.
func otherIn(proto string, numbers tree.List, state string) tree.Cond {
	if state == "open" {
		return same("openports."+proto+".ports", tree.Not{Cond: match("", numbers)})
	}
	return same("ports", tree.Not{Cond: match("port", numbers)}, equals("protocol", proto), equals("state_state", state))
}

func wholeNumbers(items []string) (tree.List, error) {
	out := make(tree.List, len(items))
	for i, s := range items {
		n, err := wholeNumber(s)
		if err != nil {
			return nil, err
		}
		out[i] = tree.Int(n)
	}
	return out, nil
}

// anyOpen: some port is open.
func anyOpen(neg bool) tree.Cond { return negate(equals("ports.state_state", "open"), neg) }

// countOpen bounds the number of open ports; a bound that is nil is none. Negated, the number is outside of the
// bounds, and known unless they are the same.
func countOpen(lo, hi *int64, neg bool) (tree.Cond, error) {
	const field = "openports.count"
	var conds []tree.Cond
	bound := func(n *int64, op tree.Op) {
		if n != nil {
			conds = append(conds, tree.Test{Field: field, Op: op, Value: tree.Int(*n)})
		}
	}
	switch {
	case lo == nil && hi == nil:
		return nil, fail("a number of open ports is missing")
	case lo != nil && hi != nil && *lo == *hi:
		return negate(number(field, *lo), neg), nil
	case neg:
		bound(lo, tree.Lt)
		bound(hi, tree.Gt)
		if len(conds) > 1 {
			return tree.Or(conds), nil
		}
	default:
		bound(lo, tree.Ge)
		bound(hi, tree.Le)
	}
	return allOf(conds...), nil
}

// countOpenText reads N, A-B or A,B.
func countOpenText(s string, neg bool) (tree.Cond, error) {
	first, last := s, s
	if i := strings.IndexAny(s, "-,"); i >= 0 {
		first, last = s[:i], s[i+1:]
	}
	return countOpenTexts(first, last, neg)
}

func countOpenTexts(first, last string, neg bool) (tree.Cond, error) {
	lo, err := wholeNumber(first)
	if err != nil {
		return nil, err
	}
	hi, err := wholeNumber(last)
	if err != nil {
		return nil, err
	}
	return countOpen(&lo, &hi, neg)
}

// service is what is known of a service; nil members are no condition, Null ones are unknown ("-").
type service struct {
	name, product, version tree.Value
	port, proto            tree.Value
}

// service: one port has such a service. A single condition is one on the host: an unknown name is one that no port
// has. A passive record is about one TCP port.
func (b *builder) service(s service) (tree.Cond, error) {
	if b.db == Passive {
		if s.proto != nil && s.proto != tree.Value(tree.Text("tcp")) {
			return nil, errNotHere
		}
		return record(member{"infos.service_name", s.name}, member{"infos.service_product", s.product},
			member{"infos.service_version", s.version}, member{"port", s.port}), nil
	}
	return element("ports", member{"service_name", s.name}, member{"service_product", s.product},
		member{"service_version", s.version}, member{"port", s.port}, member{"protocol", s.proto}), nil
}

// serviceText reads the parts of a service, and a port after them ("": none).
func (b *builder) serviceText(name, product, version, port *string) (tree.Cond, error) {
	var s service
	for _, p := range []struct {
		text *string
		to   *tree.Value
	}{{name, &s.name}, {product, &s.product}, {version, &s.version}} {
		if p.text == nil {
			continue
		}
		v, err := b.part(*p.text)
		if err != nil {
			return nil, err
		}
		*p.to = v
	}
	if port != nil {
		n, err := wholeNumber(*port)
		if err != nil {
			return nil, fail("%q is not a port", shorten(*port, 60))
		}
		s.port = tree.Int(n)
	}
	return b.service(s)
}

// serviceHostname: the name that a service gives itself.
func (b *builder) serviceHostname(v tree.Value) tree.Cond {
	if b.db == Passive {
		return match("infos.service_hostname", v)
	}
	return match("ports.service_hostname", v)
}

// screenshot: one of the ports (none: of all ports) has a screenshot; negated, such a port exists and has none. Of all
// ports, the negation is that none has one.
func screenshot(where []member, neg bool) tree.Cond {
	if len(where) == 0 {
		return negate(exists("ports.screenshot"), neg)
	}
	return same("ports", record(where...), negate(exists("screenshot"), neg))
}

// screenWords: one of the ports has a screenshot with such words; negated, one without.
func screenWords(words tree.Cond, where []member, neg bool) tree.Cond {
	return same("ports", record(where...), exists("screenshot"), negate(words, neg))
}

// portOrService are the members of a port that a text stands for: number and protocol, or the name of the service.
func portOrService(s string) []member {
	if p, ok := parsePort(s); ok {
		return p.members()
	}
	return []member{{"service_name", tree.Text(s)}}
}
