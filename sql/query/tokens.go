package query

import (
	"strconv"
	"strings"
	"time"

	"ivre/sql/tree"
)

// path is a token that matches a path; its negation is the complement.
func path(field string) token {
	return token{value: needsValue, negatable: true, make: func(b *builder, w Word) (tree.Cond, error) {
		v, err := b.rx(w.Value)
		if err != nil {
			return nil, err
		}
		return negate(match(field, v), w.Neg), nil
	}}
}

func viewPath(field string) token {
	t := path(field)
	t.viewOnly = true
	return t
}

// fixed is a token without a value and without a negation.
func fixed(c func() tree.Cond) token {
	return token{make: func(*builder, Word) (tree.Cond, error) { return c(), nil }}
}

// tokens are the words of the language. Those with a negation mean the complement by it unless they say otherwise.
var tokens map[string]token

func init() {
	tokens = map[string]token{
		"id": {value: needsValue, negatable: true, make: func(_ *builder, w Word) (tree.Cond, error) {
			list, err := recordIDs(strings.FieldsFunc(w.Value, func(r rune) bool { return r == ',' || r == '-' }))
			return negate(list, w.Neg), err
		}},
		"host": {value: needsValue, negatable: true, make: func(_ *builder, w Word) (tree.Cond, error) {
			a, err := parseAddress(w.Value)
			return isHost(a, w.Neg), err
		}},
		"net": {value: needsValue, negatable: true, make: func(_ *builder, w Word) (tree.Cond, error) {
			r, err := parseNetwork(w.Value)
			return inRange(r, w.Neg), err
		}},
		"range": {value: needsValue, negatable: true, make: func(_ *builder, w Word) (tree.Cond, error) {
			r, err := parseRange(w.Value)
			return inRange(r, w.Neg), err
		}},
		"ipv4":      {negatable: true, make: func(_ *builder, w Word) (tree.Cond, error) { return inRange(allIPv4, w.Neg), nil }},
		"ipv6":      {negatable: true, make: func(_ *builder, w Word) (tree.Cond, error) { return inRange(allIPv4, !w.Neg), nil }},
		"timerange": {value: needsValue, negatable: true, make: timeRangeWord},
		"timeago":   {value: needsValue, negatable: true, make: timeAgoWord},

		"hostname": path("hostnames.name"),
		"domain":   path("hostnames.domains"),
		"category": path("categories"),
		"source":   path("source"),
		"country": {value: needsValue, negatable: true, viewOnly: true, make: func(_ *builder, w Word) (tree.Cond, error) {
			return negate(country(splitList(w.Value)), w.Neg), nil
		}},
		"city":   viewPath("infos.city"),
		"asname": viewPath("infos.as_name"),
		"asnum": {value: needsValue, negatable: true, viewOnly: true, make: func(_ *builder, w Word) (tree.Cond, error) {
			c, err := asNumbers(splitList(w.Value))
			return negate(c, w.Neg), err
		}},

		"open": {value: needsValue, make: func(_ *builder, w Word) (tree.Cond, error) {
			list, err := parsePorts(w.Value)
			return openPorts(list, false), err
		}},
		"filtered": stateToken("filtered"),
		"closed":   stateToken("closed"),
		"otheropenport": {value: needsValue, make: func(_ *builder, w Word) (tree.Cond, error) {
			list, err := numbersOf(w.Value)
			return otherOpen("tcp", list), err
		}},
		"openport": {negatable: true, make: func(_ *builder, w Word) (tree.Cond, error) {
			return negate(equals("ports.state_state", "open"), w.Neg), nil
		}},
		"countports": {value: needsValue, negatable: true, make: countPortsWord},
		"service": {value: needsValue, make: func(b *builder, w Word) (tree.Cond, error) {
			return b.servicesAt(strings.SplitN(w.Value, ":", 2), 1)
		}},
		"product": {value: needsValue, make: func(b *builder, w Word) (tree.Cond, error) {
			p := strings.SplitN(w.Value, ":", 3)
			if len(p) < 2 {
				return nil, errUnused
			}
			return b.servicesAt(p, 2)
		}},
		"version": {value: needsValue, make: func(b *builder, w Word) (tree.Cond, error) {
			p := strings.SplitN(w.Value, ":", 4)
			if len(p) < 3 {
				return nil, errUnused
			}
			return b.servicesAt(p, 3)
		}},
		"os": {value: needsValue, make: func(b *builder, w Word) (tree.Cond, error) {
			v, err := b.rx(w.Value)
			return osIs(v), err
		}},
		"devicetype": deviceToken(),
		"devtype":    deviceToken(),
		"cpe":        {value: orEmpty, make: cpeWord},

		"screenshot":  {value: mayValue, negatable: true, make: screenshotWord},
		"screenwords": {value: mayValue, negatable: true, make: screenWordsWord},

		"script": {value: needsValue, negatable: true, make: scriptWord},
		"banner": outputToken("banner"),
		"cookie": {value: needsValue, make: func(_ *builder, w Word) (tree.Cond, error) { return cookie(w.Value) }},
		"file":   {value: mayValue, make: fileWord},
		"vuln": {value: orEmpty, make: func(_ *builder, w Word) (tree.Cond, error) {
			id, state, hasState := strings.Cut(w.Value, ":")
			return vuln(tree.Text(id), tree.Text(state), w.HasValue && id != "", hasState), nil
		}},
		"httptitle": {value: needsValue, negatable: true, make: func(b *builder, w Word) (tree.Cond, error) {
			v, err := b.rx(w.Value)
			return negate(same("ports.scripts", oneOf("id", "http-title", "html-title"), match("output", v)), w.Neg), err
		}},
		"sshkey": {value: orEmpty, make: func(b *builder, w Word) (tree.Cond, error) {
			if !w.HasValue {
				return hasScript("ssh-hostkey"), nil
			}
			v, err := b.rx(w.Value)
			return script("ssh-hostkey", match("output", v)), err
		}},
		"cert":         {negatable: true, make: func(_ *builder, w Word) (tree.Cond, error) { return negate(hasScript("ssl-cert"), w.Neg), nil }},
		"cacert":       {negatable: true, make: func(_ *builder, w Word) (tree.Cond, error) { return negate(hasScript("ssl-cacert"), w.Neg), nil }},
		"httphdr":      {value: mayValue, make: headerWord},
		"httpapp":      {value: mayValue, make: appWord},
		"smbshare":     {value: mayValue, make: func(_ *builder, w Word) (tree.Cond, error) { return smbShares(w.Value, nil) }},
		"useragent":    {value: orEmpty, negatable: true, make: userAgentWord},
		"ssl-jarm":     {value: mayValue, negatable: true, make: jarmWord},
		"hassh":        hasshToken(""),
		"hassh-server": hasshToken("server"),
		"hassh-client": hasshToken("client"),
		"ssl-ja3-client": {value: mayValue, negatable: true, make: func(b *builder, w Word) (tree.Cond, error) {
			if !w.HasValue {
				return negate(hasScript("ssl-ja3-client"), w.Neg), nil
			}
			c, err := b.ja3("ssl-ja3-client.", w.Value)
			return negate(script("ssl-ja3-client", c), w.Neg), err
		}},
		"ssl-ja3-server": {value: mayValue, negatable: true, make: ja3ServerWord},
		"ssl-ja4-client": {value: mayValue, negatable: true, make: ja4Word},

		"hop":       {value: needsValue, negatable: true, make: hopWord},
		"hopname":   literal("traces.hops.host"),
		"hopdomain": literal("traces.hops.domains"),
		"tag":       {value: orEmpty, negatable: true, viewOnly: true, make: tagWord},
		"search":    {value: needsValue, make: func(_ *builder, w Word) (tree.Cond, error) { return fullText(w.Value) }},
	}
	for name, c := range plain {
		tokens[name] = fixed(c)
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// literal is a token whose value is compared as it is.
func literal(field string) token {
	return token{value: needsValue, negatable: true, make: func(_ *builder, w Word) (tree.Cond, error) {
		return negate(equals(field, w.Value), w.Neg), nil
	}}
}

func stateToken(state string) token {
	return token{value: needsValue, make: func(_ *builder, w Word) (tree.Cond, error) {
		list, err := parsePorts(w.Value)
		return inState(list, state), err
	}}
}

func deviceToken() token {
	return token{value: needsValue, make: func(b *builder, w Word) (tree.Cond, error) {
		v, err := b.rx(w.Value)
		return match("ports.service_devicetype", v), err
	}}
}

func outputToken(id string) token {
	return token{value: needsValue, make: func(b *builder, w Word) (tree.Cond, error) {
		v, err := b.rx(w.Value)
		return script(id, match("output", v)), err
	}}
}

// recordIDs: the record is one of those.
func recordIDs(ids []string) (tree.Cond, error) {
	var list tree.List
	for _, id := range ids {
		id = strings.ToLower(strings.TrimSpace(id))
		if len(id) != 16 || strings.Trim(id, "0123456789abcdef") != "" {
			return nil, fail("", "%q is not the id of a record (16 hexadecimal digits)", id)
		}
		list = append(list, tree.Text(id))
	}
	if list == nil {
		return nil, fail("", "the id of a record is missing")
	}
	return tree.Test{Field: "_id", Op: tree.In, Value: list}, nil
}

func unixTime(s string) (tree.Time, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || f != f || f > 1e11 || f < -1e11 {
		return tree.Time{}, fail("", "%q is not a time (seconds since 1970)", s)
	}
	return tree.Time(time.UnixMicro(int64(f * 1e6)).UTC()), nil
}

func timeRangeWord(_ *builder, w Word) (tree.Cond, error) {
	sep := ","
	if !strings.Contains(w.Value, ",") {
		sep = "-"
	}
	parts := strings.Split(w.Value, sep)
	if len(parts) != 2 {
		return nil, fail("", "a time range is two times, T1-T2")
	}
	from, err := unixTime(parts[0])
	if err != nil {
		return nil, err
	}
	to, err := unixTime(parts[1])
	return timeRange(from, to, w.Neg), err
}

// timeRange: the scan overlaps with the range; negated, it ended before or started after.
func timeRange(from, to tree.Time, neg bool) tree.Cond {
	test := func(field string, op tree.Op, t tree.Time) tree.Cond {
		return tree.Test{Field: field, Op: op, Value: t}
	}
	if neg {
		return tree.Or{test("endtime", tree.Lt, from), test("starttime", tree.Gt, to)}
	}
	return tree.And{test("endtime", tree.Ge, from), test("starttime", tree.Le, to)}
}

var units = map[byte]int64{'s': 1, 'm': 60, 'h': 3600, 'd': 86400, 'y': 31557600}

func timeAgoWord(b *builder, w Word) (tree.Cond, error) {
	s, unit := w.Value, int64(1)
	if s != "" {
		last := s[len(s)-1]
		if last < '0' || last > '9' {
			u, ok := units[last]
			if !ok {
				return nil, fail("", "%q is no unit of time (s, m, h, d or y)", string(last))
			}
			unit, s = u, s[:len(s)-1]
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > 1e9 || n < -1e9 {
		return nil, fail("", "%q is not a length of time (such as 30d)", w.Value)
	}
	return b.timeAgo(n*unit, w.Neg), nil
}

// maxAgo bounds lengths of time in seconds: some thousand years either way.
const maxAgo = 100_000_000_000

// timeAgo: the scan ended within that many seconds before now.
func (b *builder) timeAgo(seconds int64, neg bool) tree.Cond {
	seconds = min(max(seconds, -maxAgo), maxAgo)
	op := tree.Ge
	if neg {
		op = tree.Lt
	}
	now := b.now() // a Duration holds 292 years only
	return tree.Test{Field: "endtime", Op: op, Value: tree.Time(time.Unix(now.Unix()-seconds, int64(now.Nanosecond())).UTC())}
}

func countPortsWord(_ *builder, w Word) (tree.Cond, error) {
	sep := strings.IndexAny(w.Value, "-,")
	lo := w.Value
	hi := w.Value
	if sep > 0 {
		lo, hi = w.Value[:sep], w.Value[sep+1:]
	}
	a, err1 := strconv.ParseInt(lo, 10, 64)
	z, err2 := strconv.ParseInt(hi, 10, 64)
	if err1 != nil || err2 != nil {
		return nil, fail("", "%q is not a number of ports, or two (N or A-B)", w.Value)
	}
	return countOpen(&a, &z, w.Neg)
}

var europe = strings.Fields("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE EU")

// country: the country is one of those; UK is GB, EU all countries of the European Union.
func country(codes []string) tree.Cond {
	var list []string
	for _, c := range codes {
		switch c = strings.ToUpper(c); c {
		case "UK":
			list = append(list, "GB")
		case "EU":
			list = append(list, europe...)
		default:
			list = append(list, c)
		}
	}
	return match("infos.country_code", textsOf(list))
}

func asNumbers(items []string) (tree.Cond, error) {
	var list tree.List
	for _, s := range items {
		if len(s) > 2 && strings.EqualFold(s[:2], "AS") {
			s = s[2:]
		}
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, fail("", "%q is not the number of an AS", s)
		}
		list = append(list, tree.Int(n))
	}
	return match("infos.as_num", list), nil
}

// osIs: some part of the name of the operating system matches.
func osIs(v tree.Value) tree.Cond {
	var any tree.Or
	for _, part := range []string{"vendor", "osfamily", "osgen", "type"} {
		any = append(any, match("os.osclass."+part, v))
	}
	return any
}

var cpeParts = []string{"type", "vendor", "product", "version"}

func cpeWord(b *builder, w Word) (tree.Cond, error) {
	var values []tree.Value
	if w.HasValue {
		for _, s := range strings.SplitN(w.Value, ":", len(cpeParts)) {
			if s == "" { // not constrained
				values = append(values, nil)
				continue
			}
			v, err := b.rx(s)
			if err != nil {
				return nil, err
			}
			values = append(values, v)
		}
	}
	return cpe(values), nil
}

// cpe: one CPE name has the parts that are not nil.
func cpe(values []tree.Value) tree.Cond {
	var conds []tree.Cond
	for i, v := range values {
		if v != nil {
			conds = append(conds, match(cpeParts[i], v))
		}
	}
	if conds == nil {
		return tree.Exists{Field: "cpes"}
	}
	return same("cpes", conds...)
}
