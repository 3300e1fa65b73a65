package hosts_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// oracleHostField finds fields of hosts (top values 3.1).
func oracleHostField(db, field string) oracleLabels {
	name, arg, has := strings.Cut(field, ":")
	switch {
	case (name == "category" || name == "categories") && has:
		return oracleMatching("categories", arg)
	case field == "category":
		return oraclePlain("categories")
	case field == "country":
		return func(rec oracleRecord) []any {
			label := oracleTuple(rec, "infos.country_code", "infos.country_name")
			if label[1] == nil {
				label[1] = "?"
			}
			return oracleIf(rec, label, "infos.country_code")
		}
	case field == "city":
		return func(rec oracleRecord) []any {
			return oracleIf(rec, oracleTuple(rec, "infos.country_code", "infos.city"), "infos.country_code", "infos.city")
		}
	case field == "asnum":
		return oraclePlain("infos.as_num")
	case field == "as":
		return func(rec oracleRecord) []any {
			return oracleIf(rec, oracleTuple(rec, "infos.as_num", "infos.as_name"), "infos.as_num")
		}
	case field == "net" || name == "net" && has:
		return oracleNetField(arg, has)
	case field == "domains" || name == "domains" && has:
		return oracleDomainField(arg, has)
	case field == "hop" || strings.HasPrefix(field, "hop:") || strings.HasPrefix(field, "hop>"):
		return oracleHopField(field[3:])
	case db == "view" && (name == "tag" || strings.HasPrefix(field, "tag.")):
		return oracleTagField(field)
	}
	return nil
}

// oracleIf is the label if the paths exist.
func oracleIf(rec oracleRecord, label any, paths ...string) []any {
	for _, path := range paths {
		if !oracleExists(rec, path) {
			return nil
		}
	}
	return []any{label}
}

// oracleMatching are the elements of a list that match.
func oracleMatching(path, arg string) oracleLabels {
	v, ok := oracleParseValue(arg, "")
	if !ok {
		return oracleNothing
	}
	return func(rec oracleRecord) []any {
		return slices.DeleteFunc(oraclePlain(path)(rec), func(e any) bool { return !v.is(e) })
	}
}

func oracleNetField(arg string, has bool) oracleLabels {
	bits := 24
	if has {
		var err error
		if bits, err = strconv.Atoi(arg); err != nil || bits < 0 || bits > 32 {
			return oracleNothing
		}
	}
	return func(rec oracleRecord) []any {
		text, _ := rec["addr"].(string)
		addr, err := netip.ParseAddr(text)
		if err != nil || !addr.Unmap().Is4() {
			return nil
		}
		p, _ := addr.Unmap().Prefix(bits)
		return []any{fmt.Sprintf("%s/%d", p.Addr(), bits)}
	}
}

// oracleDomainField reads N, NAME and NAME:N.
func oracleDomainField(arg string, has bool) oracleLabels {
	name, count, both := strings.Cut(arg, ":")
	if !both && arg != "" && strings.Trim(arg, "0123456789") == "" {
		name, count, both = "", arg, true
	}
	n, err := strconv.Atoi(count)
	if both && err != nil {
		return oracleNothing
	}
	keep := func(s string) bool { return true }
	if has {
		keep = func(s string) bool {
			below := name == "" || strings.HasSuffix(s, "."+name) || both && s == name
			return below && (!both || strings.Count(s, ".")+1 == n)
		}
	}
	return func(rec oracleRecord) []any {
		if name != "" && !oracleSome(rec, "hostnames.domains", oracleIs(name)) {
			return nil
		}
		return slices.DeleteFunc(oraclePlain("hostnames.domains")(rec), func(v any) bool {
			s, ok := v.(string)
			return !ok || !keep(s)
		})
	}
}

// oracleHopField reads what follows "hop": nothing, ":TTL", ">TTL".
func oracleHopField(arg string) oracleLabels {
	test := func(any) bool { return true }
	if arg != "" {
		n, err := strconv.ParseInt(arg[1:], 10, 64)
		if err != nil {
			return oracleNothing
		}
		if test = oracleIs(n); arg[0] == '>' {
			test = oracleCompare(">", n)
		}
	}
	return func(rec oracleRecord) []any {
		var out []any
		for _, hop := range oracleRows(rec, "traces.hops") {
			if arg == "" || oracleSome(hop, "ttl", test) {
				out = append(out, oracleGet(hop, "ipaddr"))
			}
		}
		return oraclePresent(out)
	}
}

// oracleTagField reads tag, tag.KEY and tag:VALUE.
func oracleTagField(field string) oracleLabels {
	if key, ok := strings.CutPrefix(field, "tag."); ok {
		return oraclePlain("tags." + key)
	}
	want, some := strings.CutPrefix(field, "tag:")
	return func(rec oracleRecord) []any {
		var out []any
		for _, tag := range oracleRows(rec, "tags") {
			value, infos := oracleGet(tag, "value"), oracleItems(oracleGet(tag, "info"))
			switch {
			case some && value == want:
				out = append(out, infos...)
			case !some && len(infos) == 0:
				out = append(out, []any{value, nil})
			case !some:
				for _, info := range infos {
					out = append(out, []any{value, info})
				}
			}
		}
		return out
	}
}

// oracleCPEField reads what follows "cpe" (top values 3.3): .PART, then up to four conditions.
func oracleCPEField(_, field string) oracleLabels {
	if !strings.HasPrefix(field, "cpe") {
		return nil
	}
	parts := []string{"type", "vendor", "product", "version"}
	head, args, has := strings.Cut(field, ":")
	_, part, _ := strings.Cut(head, ".")
	n := slices.Index(parts, part) + 1
	if n == 0 {
		if n = strings.Index("1234", part) + 1; len(part) != 1 || n == 0 {
			n = 4
		}
	}
	var tests []oracleValue
	if has {
		for _, arg := range strings.SplitN(args, ":", 4) {
			v, ok := oracleParseValue(arg, "")
			if !ok {
				return oracleNothing
			}
			tests = append(tests, v)
		}
	}
	return func(rec oracleRecord) []any {
		var out []any
	rows:
		for _, cpe := range oracleRows(rec, "cpes") {
			label := oracleTuple(cpe, parts...)
			for i := range label {
				if label[i] == nil {
					label[i] = ""
				}
				if i < len(tests) && !tests[i].is(label[i]) {
					continue rows
				}
			}
			out = append(out, label[:n])
		}
		return out
	}
}

// oraclePortField finds fields of ports (top values 3.2).
func oraclePortField(_, field string) oracleLabels {
	name, arg, has := strings.Cut(field, ":")
	switch {
	case field == "port":
		return func(rec oracleRecord) []any {
			return oraclePorts(rec, func(p any) bool { return oracleExists(p, "state_state") }, oraclePortLabel)
		}
	case name == "port" && has:
		member := "service_name"
		if slices.Contains([]string{"open", "closed", "filtered", "open|filtered"}, arg) {
			member = "state_state"
		}
		return func(rec oracleRecord) []any {
			return oraclePorts(rec, func(p any) bool { return oracleSome(p, member, oracleIs(arg)) }, oraclePortLabel)
		}
	case name == "portlist" && has:
		return func(rec oracleRecord) []any { return []any{oracleInState(rec, arg)} }
	case field == "countports:open":
		return oraclePlain("openports.count")
	case name == "countports" && has:
		return func(rec oracleRecord) []any { return []any{len(oracleInState(rec, arg))} }
	case field == "screenwords":
		return oracleWhen(func(rec oracleRecord) bool {
			return oracleSame(rec, "ports", func(p any) bool { return oracleExists(p, "screenshot") && oracleExists(p, "screenwords") })
		}, oraclePlain("ports.screenwords"))
	}
	return nil
}

func oraclePortLabel(port any) any { return oracleTuple(port, "protocol", "port") }

// oraclePorts are the labels of the ports that pass a test.
func oraclePorts(rec oracleRecord, test func(port any) bool, label func(port any) any) []any {
	out := []any{}
	for _, p := range oracleRows(rec, "ports") {
		if test(p) {
			out = append(out, label(p))
		}
	}
	return out
}

func oracleInState(rec oracleRecord, state string) []any {
	return oraclePorts(rec, func(p any) bool { return oracleSome(p, "state_state", oracleIs(state)) }, oraclePortLabel)
}

// oracleAtPort reads "80", "tcp/80", "udp/53": the records that have the port open, and its elements. Without
// protocol, the record has TCP open, and elements of all protocols count.
func oracleAtPort(arg string) (keep func(rec oracleRecord) bool, test func(port any) bool, ok bool) {
	p, ok := oracleParsePort(arg)
	test = p.is
	if strings.Trim(arg, "0123456789") == "" {
		test = func(port any) bool { return oracleSome(port, "port", oracleIs(p.number)) }
	}
	return p.open, test, ok
}

// oracleServiceField finds service, product, version and devicetype.
func oracleServiceField(_, field string) oracleLabels {
	name, arg, has := strings.Cut(field, ":")
	members := map[string][]string{
		"service":    {"service_name"},
		"product":    {"service_name", "service_product"},
		"version":    {"service_name", "service_product", "service_version"},
		"devicetype": {"service_devicetype"},
	}[name]
	if members == nil {
		return nil
	}
	label := func(p any) any { return any(oracleTuple(p, members...)) }
	keep, test, atPort := oracleAtPort(arg)
	switch {
	case name == "devicetype" || name == "service":
		if has && !atPort {
			return oracleNothing
		}
		label = func(p any) any {
			v := oracleTuple(p, members...)[0]
			if v == nil && has && name == "service" {
				return ""
			}
			return v
		}
	case has && !atPort:
		service, product, both := strings.Cut(arg, ":")
		both = both && name == "version"
		if !both {
			service = arg
		}
		keep = func(oracleRecord) bool { return true }
		test = func(p any) bool {
			return oracleSome(p, "service_name", oracleIs(service)) && (!both || oracleSome(p, "service_product", oracleIs(product)))
		}
	}
	if !has {
		keep = func(oracleRecord) bool { return true }
		test = func(p any) bool { return oracleSome(p, "state_state", oracleIs("open")) }
	}
	if name == "devicetype" {
		at := test
		test = func(p any) bool { return (!has || at(p)) && oracleExists(p, "service_devicetype") }
	}
	return oracleWhen(keep, func(rec oracleRecord) []any { return oraclePorts(rec, test, label) })
}
