package query

import (
	"strings"

	"ivre/sql/tree"
)

// needs tells whether a token takes a value.
type needs uint8

const (
	noValue    needs = iota // with one it means nothing
	needsValue              // without one it is an error
	mayValue                // either
	orEmpty                 // either; an empty value is none
)

// token is a word of the language for some databases.
type token struct {
	names    string // separated by spaces; "smb.*" is all that start with "smb."
	dbs, not dbSet  // the databases that know the word, and its negation
	value    needs
	make     func(b *builder, w Word) (tree.Cond, error)
}

// fixedToken is a token without a value and without a negation.
func fixedToken(names string, dbs dbSet, c func() tree.Cond) token {
	return token{names, dbs, nowhere, noValue, func(*builder, Word) (tree.Cond, error) { return c(), nil }}
}

// flagToken is a token without a value, with a negation.
func flagToken(names string, dbs dbSet, c func(b *builder, neg bool) (tree.Cond, error)) token {
	return token{names, dbs, dbs, noValue, func(b *builder, w Word) (tree.Cond, error) { return c(b, w.Neg) }}
}

// textToken is a token with a value that is taken as it is.
func textToken(names string, dbs, not dbSet, c func(b *builder, s string, neg bool) (tree.Cond, error)) token {
	return token{names, dbs, not, needsValue, func(b *builder, w Word) (tree.Cond, error) { return c(b, w.Value, w.Neg) }}
}

// valueToken is a token with a text or a regular expression.
func valueToken(names string, dbs, not dbSet, c func(b *builder, v tree.Value, neg bool) tree.Cond) token {
	return textToken(names, dbs, not, func(b *builder, s string, neg bool) (tree.Cond, error) {
		v, err := b.rx(s)
		if err != nil {
			return nil, err
		}
		return c(b, v, neg), nil
	})
}

// optionalToken is a token with a text or a regular expression, or without (nil).
func optionalToken(names string, n needs, dbs, not dbSet, l letters, c func(b *builder, v tree.Value, neg bool) (tree.Cond, error)) token {
	return token{names, dbs, not, n, func(b *builder, w Word) (tree.Cond, error) {
		if !w.HasValue {
			return c(b, nil, w.Neg)
		}
		v, err := b.value(w.Value, l)
		if err != nil {
			return nil, err
		}
		return c(b, v, w.Neg)
	}}
}

// pathToken is a token with a value that is matched with a field; its negation is the complement.
func pathToken(names, field string, dbs dbSet) token {
	return valueToken(names, dbs, dbs, func(_ *builder, v tree.Value, neg bool) tree.Cond { return negate(match(field, v), neg) })
}

// literalToken is a token whose value is compared as it is.
func literalToken(names, field string, dbs dbSet) token {
	return textToken(names, dbs, dbs, func(_ *builder, s string, neg bool) (tree.Cond, error) { return negate(equals(field, s), neg), nil })
}

// tokens are the words of the language.
var tokens = joinTokens(identityTokens, nameTokens, portTokens, scriptTokens, certTokens(), keyTokens, fingerprintTokens)

func joinTokens(tables ...[]token) []token {
	var out []token
	for _, t := range tables {
		out = append(out, t...)
	}
	return out
}

var tokenIndex = indexTokens()

func indexTokens() (index [databases]map[string]*token) {
	for db := range databases {
		index[db] = map[string]*token{}
		for i := range tokens {
			if t := &tokens[i]; t.dbs.has(db) {
				for name := range strings.FieldsSeq(t.names) {
					index[db][name] = t
				}
			}
		}
	}
	return index
}

// findToken returns the token of that name in the database, or nil.
func findToken(db Database, name string) *token {
	if t := tokenIndex[db][name]; t != nil {
		return t
	}
	if family, _, ok := strings.Cut(name, "."); ok {
		return tokenIndex[db][family+".*"]
	}
	return nil
}

var identityTokens = []token{
	textToken("id", everywhere, everywhere, func(_ *builder, s string, neg bool) (tree.Cond, error) {
		return recordIDs(strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == '-' }), neg)
	}),
	textToken("host", everywhere, everywhere, func(b *builder, s string, neg bool) (tree.Cond, error) { return b.hostText(s, neg) }),
	textToken("net", everywhere, everywhere, func(b *builder, s string, neg bool) (tree.Cond, error) { return b.network(s, neg) }),
	textToken("range", everywhere, everywhere, func(b *builder, s string, neg bool) (tree.Cond, error) {
		r, err := parseRange(s)
		if err != nil {
			return nil, err
		}
		return b.inRange(r, neg)
	}),
	flagToken("ipv4", everywhere, func(b *builder, neg bool) (tree.Cond, error) { return b.ipv4(neg) }),
	flagToken("ipv6", everywhere, func(b *builder, neg bool) (tree.Cond, error) { return b.ipv4(!neg) }),
	flagToken("notes", everywhere, func(b *builder, neg bool) (tree.Cond, error) { return b.notes(neg) }),
	textToken("timerange", hosts, hosts, func(_ *builder, s string, neg bool) (tree.Cond, error) { return timeRangeText(s, neg) }),
	textToken("timeago", observed, observed, func(b *builder, s string, neg bool) (tree.Cond, error) {
		n, err := parseSeconds(s)
		if err != nil {
			return nil, err
		}
		return b.ago(n, true, neg)
	}),
}

var nameTokens = []token{
	valueToken("hostname", observed, observed, (*builder).hostname),
	valueToken("domain", observed, observed, (*builder).domain),
	valueToken("category", observed, observed, (*builder).category),
	textToken("country", view|rir, view|rir, func(b *builder, s string, neg bool) (tree.Cond, error) {
		return b.country(texts(splitList(s)), neg)
	}),
	pathToken("city", "infos.city", view),
	textToken("asnum", view|rir, view|rir, func(b *builder, s string, neg bool) (tree.Cond, error) { return b.asNumber(splitList(s), neg) }),
	valueToken("asname", view|rir, view|rir, (*builder).asName),
	pathToken("sourcefile", "source_file", rir),
	pathToken("source", "source", hosts),
	textToken("source", passive, passive, passiveSource),
	pathToken("recontype", "recontype", passive),
	pathToken("sensor", "sensor", passive),
	textToken("hop", hosts, hosts, func(_ *builder, s string, neg bool) (tree.Cond, error) { return hopText(s, neg) }),
	literalToken("hopname", "traces.hops.host", hosts),
	literalToken("hopdomain", "traces.hops.domains", hosts),
	{"tag", view, view, orEmpty, func(b *builder, w Word) (tree.Cond, error) { return tagText(b, w.Value, w.Neg) }},
	textToken("search", hosts|rir, nowhere, func(b *builder, s string, _ bool) (tree.Cond, error) { return b.search(s) }),
}

// passiveSource reads SOURCE or RECONTYPE:SOURCE.
func passiveSource(b *builder, s string, neg bool) (tree.Cond, error) {
	kind, source, both := strings.Cut(s, ":")
	if !both {
		kind, source = "", s
	}
	v, err := b.rx(source)
	if err != nil || !both {
		return recontype(nil, v, neg), err
	}
	k, err := b.rx(kind)
	return recontype(k, v, neg), err
}

// tagText reads VALUE, VALUE:INFO or :INFO; nothing is any tag.
func tagText(b *builder, s string, neg bool) (tree.Cond, error) {
	first, second, _ := strings.Cut(s, ":")
	value, err := b.given(first)
	if err != nil {
		return nil, err
	}
	info, err := b.given(second)
	return tag(value, info, neg), err
}

var portTokens = []token{
	textToken("open", observed, nowhere, func(b *builder, s string, _ bool) (tree.Cond, error) {
		list, err := parsePorts(s)
		if err != nil {
			return nil, err
		}
		return b.openPorts(list, false)
	}),
	stateToken("filtered"),
	stateToken("closed"),
	textToken("otheropenport", hosts, nowhere, func(_ *builder, s string, _ bool) (tree.Cond, error) {
		numbers, err := wholeNumbers(strings.Split(s, ","))
		return otherIn("tcp", numbers, "open"), err
	}),
	flagToken("openport", hosts, func(_ *builder, neg bool) (tree.Cond, error) { return anyOpen(neg), nil }),
	textToken("countports", hosts, hosts, func(_ *builder, s string, neg bool) (tree.Cond, error) { return countOpenText(s, neg) }),
	serviceToken("service", 1),
	serviceToken("product", 2),
	serviceToken("version", 3),
	valueToken("os", hosts, nowhere, func(_ *builder, v tree.Value, _ bool) tree.Cond { return operatingSystem(v) }),
	valueToken("devicetype devtype", hosts, nowhere, func(_ *builder, v tree.Value, _ bool) tree.Cond { return deviceType(v) }),
	fixedToken("netdev networkdevice", hosts, networkDevice),
	fixedToken("phonedev", hosts, phoneDevice),
	fixedToken("anonldap", hosts, anonymousLDAP),
	fixedToken("geovision", hosts, geoVision),
	fixedToken("webmin", hosts, webmin),
	fixedToken("x11srv", hosts, x11Server),
	{"cpe", hosts, nowhere, orEmpty, cpeWord},
	{"screenshot", hosts, hosts, mayValue, func(_ *builder, w Word) (tree.Cond, error) {
		if !w.HasValue {
			return screenshot(nil, w.Neg), nil
		}
		return screenshot(portOrService(w.Value), w.Neg), nil
	}},
	{"screenwords", hosts, hosts, mayValue, screenWordsWord},
}

func stateToken(state string) token {
	return textToken(state, hosts, nowhere, func(_ *builder, s string, _ bool) (tree.Cond, error) {
		list, err := parsePorts(s)
		return allIn(list, state, false), err
	})
}

// serviceToken reads the first parts of service, product and version, and a port after them.
func serviceToken(name string, parts int) token {
	return textToken(name, observed, nowhere, func(b *builder, s string, _ bool) (tree.Cond, error) {
		p := strings.SplitN(s, ":", parts+1)
		if len(p) < parts {
			return nil, errNotHere
		}
		return b.serviceText(textAt(p[:parts], 0), textAt(p[:parts], 1), textAt(p[:parts], 2), textAt(p, parts))
	})
}

func textAt(list []string, i int) *string {
	if i < len(list) {
		return &list[i]
	}
	return nil
}

// cpeWord reads TYPE:VENDOR:PRODUCT:VERSION; parts that are empty or missing are no condition.
func cpeWord(b *builder, w Word) (tree.Cond, error) {
	var parts [4]tree.Value
	for i, s := range strings.SplitN(w.Value, ":", len(parts)) {
		v, err := b.given(s)
		if err != nil {
			return nil, err
		}
		parts[i] = v
	}
	return cpe(parts[0], parts[1], parts[2], parts[3]), nil
}

// screenWordsWord reads WORD,WORD..., a regular expression, and a port or service after them.
func screenWordsWord(b *builder, w Word) (tree.Cond, error) {
	if !w.HasValue {
		return screenWords(exists("screenwords"), nil, w.Neg), nil
	}
	words, where, limited := cutValue(w.Value)
	var conds []tree.Cond
	list := []string{words}
	if !strings.HasPrefix(words, "/") {
		list = strings.Split(words, ",")
	}
	for _, s := range list {
		v, err := b.value(s, lowered)
		if err != nil {
			return nil, err
		}
		if _, ok := v.(*tree.Pattern); ok && len(list) > 1 {
			return nil, fail("a list of words cannot hold regular expressions")
		}
		conds = append(conds, match("screenwords", v))
	}
	var members []member
	if limited {
		members = portOrService(where)
	}
	return screenWords(allOf(conds...), members, w.Neg), nil
}
