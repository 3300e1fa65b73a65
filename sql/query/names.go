package query

import (
	"regexp"
	"strconv"
	"strings"

	"ivre/sql/tree"
)

// hostname: some name of the host; nil: any. Of passive records, a DNS answer for that name; the negation speaks of
// DNS answers, too.
func (b *builder) hostname(v tree.Value, neg bool) tree.Cond {
	field, any := "hostnames.name", "hostnames.domains"
	if b.db == Passive {
		field, any = "value", "value"
	}
	c := exists(any)
	if v != nil {
		c = match(field, v)
	}
	switch {
	case b.db != Passive:
		return negate(c, neg)
	case v == nil && !neg:
		return observation("DNS_ANSWER", "")
	}
	return observation("DNS_ANSWER", "", negate(c, neg))
}

// domain: a name of the host, or a domain that one is in.
func (b *builder) domain(v tree.Value, neg bool) tree.Cond {
	if b.db == Passive {
		return observation("DNS_ANSWER", "", negate(match("infos.domain", v), neg))
	}
	return negate(match("hostnames.domains", v), neg)
}

// dnsAnswer: an answer of that type ("": any) for a name (nil: any), or (reverse) one that has the name in it; sub:
// for a name in that domain. The negation is that of the name.
func dnsAnswer(name tree.Value, dnstype string, reverse, sub, neg bool) tree.Cond {
	var conds []tree.Cond
	if dnstype != "" {
		conds = append(conds, matches("source", "^"+regexp.QuoteMeta(strings.ToUpper(dnstype))+"-", tree.Flags{}))
	}
	if name != nil {
		field := map[[2]bool]string{{false, false}: "value", {true, false}: "targetval", {false, true}: "infos.domain", {true, true}: "infos.domaintarget"}[[2]bool{reverse, sub}]
		conds = append(conds, negate(match(field, name), neg))
	}
	return observation("DNS_ANSWER", "", conds...)
}

// category: a category of the host, or the sensor of a passive record.
func (b *builder) category(v tree.Value, neg bool) tree.Cond {
	if b.db == Passive {
		return negate(match("sensor", v), neg)
	}
	return negate(match("categories", v), neg)
}

// recontype: the kind of a passive record and its source. The negation is that of both.
func recontype(kind, source tree.Value, neg bool) tree.Cond {
	c := record(member{"recontype", kind}, member{"source", source})
	if c == nil {
		c = tree.Const(true)
	}
	return negate(c, neg)
}

// mac: a MAC address of the host; nil: any. Passive records have them in records of their own, and the negation
// speaks of these.
func (b *builder) mac(v tree.Value, neg bool) tree.Cond {
	switch {
	case b.db != Passive && v == nil:
		return negate(exists("addresses.mac"), neg)
	case b.db != Passive:
		return negate(match("addresses.mac", v), neg)
	case v == nil:
		return negate(observation("MAC_ADDRESS", ""), neg)
	}
	return observation("MAC_ADDRESS", "", negate(match("value", v), neg))
}

var europe = texts(strings.Fields("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE EU"))

// country: the country is one of those. UK is GB; EU are all countries of the European Union.
func (b *builder) country(v tree.Value, neg bool) (tree.Cond, error) {
	items, ok := v.(tree.List)
	if !ok {
		items = tree.List{v}
	}
	var codes tree.List
	for _, item := range items {
		code, ok := item.(tree.Text)
		if !ok {
			return nil, fail("countries are codes of two letters")
		}
		switch code := strings.ToUpper(string(code)); code {
		case "UK":
			codes = append(codes, tree.Text("GB"))
		case "EU":
			codes = append(codes, europe...)
		default:
			codes = append(codes, tree.Text(code))
		}
	}
	field := "infos.country_code"
	if b.db == RIR {
		field = "country"
	}
	return negate(match(field, codes), neg), nil
}

// asNumber: the number of the autonomous system is one of those (64500 or AS64500).
func (b *builder) asNumber(items []string, neg bool) (tree.Cond, error) {
	numbers := make(tree.List, len(items))
	for i, s := range items {
		s = strings.TrimSpace(s)
		digits := s
		if len(s) > 2 && strings.EqualFold(s[:2], "AS") {
			digits = s[2:]
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return nil, fail("%q is not the number of an AS", shorten(s, 60))
		}
		numbers[i] = tree.Int(n)
	}
	field := "infos.as_num"
	if b.db == RIR {
		field = "aut-num"
	}
	return negate(match(field, numbers), neg), nil
}

// asName: the name of the autonomous system.
func (b *builder) asName(v tree.Value, neg bool) tree.Cond {
	if b.db == RIR {
		return negate(match("as-name", v), neg)
	}
	return negate(match("infos.as_name", v), neg)
}

// tag: one tag of the host has the value and that among its pieces of information; nil: any.
func tag(value, info tree.Value, neg bool) tree.Cond {
	c := element("tags", member{"value", value}, member{"info", info})
	if c == nil {
		c = exists("tags.value")
	}
	return negate(c, neg)
}

// operatingSystem: some part of the name of the operating system.
func operatingSystem(v tree.Value) tree.Cond {
	var any tree.Or
	for _, part := range []string{"vendor", "osfamily", "osgen", "type"} {
		any = append(any, match("os.osclass."+part, v))
	}
	return any
}

// cpe: one CPE name has the parts; nil: any.
func cpe(kind, vendor, product, version tree.Value) tree.Cond {
	c := element("cpes", member{"type", kind}, member{"vendor", vendor}, member{"product", product}, member{"version", version})
	if c == nil {
		c = exists("cpes")
	}
	return c
}

// hop: a router on the way to the host, at that distance (nil: any). The negation with a distance asks for another
// router there, or for none at all.
func hop(addr tree.Addr, ttl tree.Value, neg bool) tree.Cond {
	switch {
	case ttl == nil:
		return negate(match("traces.hops.ipaddr", addr), neg)
	case !neg:
		return same("traces.hops", match("ipaddr", addr), match("ttl", ttl))
	}
	return tree.Or{
		same("traces.hops", match("ttl", ttl), tree.Not{Cond: match("ipaddr", addr)}),
		tree.Not{Cond: match("traces.hops.ttl", ttl)},
	}
}

// hopText reads ADDRESS or ADDRESS:TTL. What can be an address as a whole is one.
func hopText(s string, neg bool) (tree.Cond, error) {
	a, err := parseAddress(s)
	if err == nil {
		return hop(tree.Addr(a), nil, neg), nil
	}
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return nil, err
	}
	if a, err = parseAddress(s[:i]); err != nil {
		return nil, err
	}
	ttl, err := wholeNumber(s[i+1:])
	if err != nil {
		return nil, err
	}
	return hop(tree.Addr(a), tree.Int(ttl), neg), nil
}
