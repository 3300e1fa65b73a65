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
	for _, proto := range []string{"tcp", "udp"} {
		if rest, ok := strings.CutPrefix(s, proto); ok && rest != "" && (rest[0] == '/' || rest[0] == '_') {
			p.proto, s = proto, rest[1:]
			break
		}
	}
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return p, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		n = 1 << 40 // no port has such a number
	}
	p.port = n
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
		return nil, fail("", "%q is not a list of ports (80,tcp/443,udp/53)", s)
	}
	return list, nil
}

func (p portSpec) open() tree.Cond {
	return tree.Test{Field: "openports." + p.proto + ".ports", Op: tree.Eq, Value: tree.Int(p.port)}
}

// openPorts: all of the ports are open; negated: none of them is.
func openPorts(list []portSpec, neg bool) tree.Cond {
	var all tree.And
	for _, p := range list {
		all = append(all, negate(p.open(), neg))
	}
	return all
}

// inState: each port is in the state.
func inState(list []portSpec, state string) tree.Cond {
	var all tree.And
	for _, p := range list {
		all = append(all, same("ports", number("port", p.port), equals("protocol", p.proto), equals("state_state", state)))
	}
	return all
}

func number(field string, n int64) tree.Cond {
	return tree.Test{Field: field, Op: tree.Eq, Value: tree.Int(n)}
}

// numbersOf are whole numbers separated by commas.
func numbersOf(s string) (tree.List, error) {
	var out tree.List
	for item := range strings.SplitSeq(s, ",") {
		n, err := strconv.ParseInt(strings.TrimSpace(item), 10, 64)
		if err != nil {
			return nil, fail("", "%q is not a whole number", item)
		}
		out = append(out, tree.Int(n))
	}
	return out, nil
}

// otherOpen: some port is open that is not in the list.
func otherOpen(proto string, list tree.List) tree.Cond {
	return tree.Elements{Field: "openports." + proto + ".ports", Quantifier: tree.Any, Cond: tree.Not{Cond: tree.Test{Op: tree.In, Value: list}}}
}

// countOpen bounds the number of open ports.
func countOpen(lo, hi *int64, neg bool) (tree.Cond, error) {
	const field = "openports.count"
	test := func(op tree.Op, n int64) tree.Cond { return tree.Test{Field: field, Op: op, Value: tree.Int(n)} }
	switch {
	case lo == nil && hi == nil:
		return nil, fail("", "a number of open ports is missing")
	case lo != nil && hi != nil && *lo == *hi:
		return negate(test(tree.Eq, *lo), neg), nil
	case neg:
		var any tree.Or
		if lo != nil {
			any = append(any, test(tree.Lt, *lo))
		}
		if hi != nil {
			any = append(any, test(tree.Gt, *hi))
		}
		return any, nil
	}
	var all tree.And
	if lo != nil {
		all = append(all, test(tree.Ge, *lo))
	}
	if hi != nil {
		all = append(all, test(tree.Le, *hi))
	}
	return all, nil
}

// part is a value of a part of a service: "-" is unknown.
func (b *builder) part(s string) (tree.Value, error) {
	if s == "-" {
		return nil, nil
	}
	return b.rx(s)
}

// serviceParts are the parts of a service in the order in which they are named.
var serviceParts = []string{"service_name", "service_product", "service_version"}

// servicesAt is services for n parts that a port may follow.
func (b *builder) servicesAt(parts []string, n int) (tree.Cond, error) {
	if len(parts) > n && parts[n] == "" {
		return nil, fail("", "a port is missing after the last colon")
	}
	return b.services(parts[:n], at(parts, n))
}

// services is SAME(ports){...} for the parts of a service that are given, with the port if there is one. A single
// condition is one on the host: an unknown part is one that no port has.
func (b *builder) services(parts []string, port string) (tree.Cond, error) {
	var conds []tree.Cond
	for i, s := range parts {
		v, err := b.part(s)
		if err != nil {
			return nil, err
		}
		if len(parts) == 1 && port == "" {
			return matchOrAbsent("ports."+serviceParts[i], v), nil
		}
		conds = append(conds, matchOrAbsent(serviceParts[i], v))
	}
	if port != "" {
		n, err := strconv.ParseInt(port, 10, 64)
		if err != nil {
			return nil, fail("", "%q is not a port", port)
		}
		conds = append(conds, number("port", n))
	}
	return same("ports", conds...), nil
}
