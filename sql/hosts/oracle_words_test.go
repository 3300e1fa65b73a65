package hosts_test

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oracleWord is a word of a query.
type oracleWord struct {
	neg          bool
	param, value string
	has          bool // has a value
}

// oracleHandler tells whether a record matches a word. known is false if the word is no condition for the database,
// or not a valid one.
type oracleHandler func(w oracleWord, rec oracleRecord) (match, known bool)

// oracleMatch tells whether a record of a database ("scans" or "view") matches one word of a query. known is false if
// the database does not take the word: it is unused there, or an error. Words that are no conditions (limit:1)
// match everything.
func oracleMatch(db, word string, rec oracleRecord) (match, known bool) {
	words, ok := oracleSplit(word)
	if !ok || len(words) != 1 {
		return false, false
	}
	w := oracleParse(words[0])
	if db == "scans" && slices.Contains([]string{"country", "city", "asnum", "asname", "tag"}, w.param) {
		return false, false
	}
	if h, ok := oracleTokens[w.param]; ok {
		return h(w, rec)
	}
	for _, prefix := range []string{"smb.", "ntlm."} {
		if key, ok := strings.CutPrefix(w.param, prefix); ok && w.has && !w.neg {
			return oracleSMB(prefix, key, w.value, rec)
		}
	}
	if w.has {
		return false, false
	}
	return oracleBare(w, rec)
}

// oracleSplit splits a query in words: at blanks outside of quotes, which are removed. ok is false if a quote
// is left open.
func oracleSplit(q string) (words []string, ok bool) {
	var word strings.Builder
	quote := byte(0)
	end := func() {
		if word.Len() > 0 { // empty words are ignored
			words = append(words, word.String())
		}
		word.Reset()
	}
	for i := range len(q) {
		switch c := q[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote = c
		case strings.IndexByte(" \t\r\n", c) >= 0:
			end()
		default:
			word.WriteByte(c)
		}
	}
	end()
	return words, quote == 0
}

// oracleParse splits an unquoted word.
func oracleParse(s string) (w oracleWord) {
	if s[0] == '!' || s[0] == '-' {
		w.neg, s = true, s[1:]
	}
	if w.param = s; oracleAddress(s) {
		return w
	}
	w.param, w.value, w.has = strings.Cut(s, ":")
	return w
}

// oracleAddress tells whether a word is an address, or an address and a mask (which may be an impossible one).
func oracleAddress(s string) bool {
	addr, mask, masked := strings.Cut(s, "/")
	if _, err := netip.ParseAddr(addr); err != nil || !masked {
		return err == nil
	}
	n, err := strconv.ParseUint(mask, 10, 8)
	m, err2 := netip.ParseAddr(mask)
	return err == nil && n <= 128 || err2 == nil && m.Is4()
}

var (
	oraclePortSpec   = regexp.MustCompile(`^(?:(tcp|udp)[/_])?([0-9]+)$`)
	oracleComparison = regexp.MustCompile(`(?s)^([^<]*)(<=?)(.*)$`)
	oracleGreater    = regexp.MustCompile(`(?s)^([^>]*)(>=?)(.*)$`)
)

// oraclePort is a port as words name it.
type oraclePort struct {
	protocol string
	number   int64
}

func oracleParsePort(s string) (p oraclePort, ok bool) {
	m := oraclePortSpec.FindStringSubmatch(s)
	if m == nil {
		return p, false
	}
	if p.protocol = m[1]; p.protocol == "" {
		p.protocol = "tcp"
	}
	var err error
	p.number, err = strconv.ParseInt(m[2], 10, 64)
	return p, err == nil
}

func oracleParsePorts(s string) (ports []oraclePort, ok bool) {
	for item := range strings.SplitSeq(s, ",") {
		p, ok := oracleParsePort(item)
		if !ok {
			return nil, false
		}
		ports = append(ports, p)
	}
	return ports, true
}

// open tells whether the port is open on a host.
func (p oraclePort) open(rec oracleRecord) bool {
	return oracleSome(rec, "openports."+p.protocol+".ports", oracleIs(p.number))
}

// is tells whether an element of ports is this port.
func (p oraclePort) is(element any) bool {
	return oracleSome(element, "port", oracleIs(p.number)) && oracleSome(element, "protocol", oracleIs(p.protocol))
}

// oracleBare matches words without value that have no name: ports, addresses, comparisons.
func oracleBare(w oracleWord, rec oracleRecord) (match, known bool) {
	if ports, ok := oracleParsePorts(w.param); ok {
		open := func(p oraclePort) bool { return p.open(rec) }
		closed := func(p oraclePort) bool { return !p.open(rec) }
		if w.neg { // none of them is open
			return !slices.ContainsFunc(ports, open), true
		}
		return !slices.ContainsFunc(ports, closed), true
	}
	if oracleAddress(w.param) {
		w.value, w.has = w.param, true
		if strings.Contains(w.param, "/") {
			return oracleNetWord(w, rec)
		}
		return oracleHostWord(w, rec)
	}
	m := oracleComparison.FindStringSubmatch(w.param)
	if m == nil {
		m = oracleGreater.FindStringSubmatch(w.param)
	}
	if m == nil {
		return false, false
	}
	n, err := strconv.ParseInt(m[3], 10, 64)
	if err != nil {
		return false, false
	}
	op := m[2]
	if w.neg { // not the complement: without a number, neither matches
		op = map[string]string{"<": ">=", "<=": ">", ">": "<=", ">=": "<"}[op]
	}
	return oracleSome(rec, m[1], oracleCompare(op, n)), true
}

// The functions below make handlers of tests, for the ways in which words take values and negation.

// oracleTry is a test with the value of a word; ok is false if the value is bad.
type oracleTry func(value string, rec oracleRecord) (match, ok bool)

// oracleFlag handles words without value that cannot be negated.
func oracleFlag(test func(rec oracleRecord) bool) oracleHandler {
	return func(w oracleWord, rec oracleRecord) (match, known bool) {
		if w.has || w.neg {
			return false, false
		}
		return test(rec), true
	}
}

// oracleToggle handles words without value whose negation is the complement.
func oracleToggle(test func(rec oracleRecord) bool) oracleHandler {
	return func(w oracleWord, rec oracleRecord) (match, known bool) {
		if w.has {
			return false, false
		}
		return test(rec) != w.neg, true
	}
}

// oraclePositive handles words with a value that cannot be negated.
func oraclePositive(test oracleTry) oracleHandler {
	return func(w oracleWord, rec oracleRecord) (match, known bool) {
		if !w.has || w.neg {
			return false, false
		}
		return test(w.value, rec)
	}
}

// oracleNegatable handles words with a value whose negation is the complement.
func oracleNegatable(test oracleTry) oracleHandler {
	return func(w oracleWord, rec oracleRecord) (match, known bool) {
		if !w.has {
			return false, false
		}
		match, known = test(w.value, rec)
		return known && match != w.neg, known
	}
}

// oracleOptional handles words with and without value; an empty value is none if empty says so.
func oracleOptional(empty bool, without, with oracleHandler) oracleHandler {
	return func(w oracleWord, rec oracleRecord) (match, known bool) {
		if !w.has || empty && w.value == "" {
			w.has = false
			return without(w, rec)
		}
		return with(w, rec)
	}
}

// oraclePath tests the leaves of paths, one of which has to match: "regex or string".
func oraclePath(paths ...string) oracleTry {
	return func(value string, rec oracleRecord) (match, ok bool) {
		v, ok := oracleParseValue(value, "")
		return ok && slices.ContainsFunc(paths, func(path string) bool { return oracleSome(rec, path, v.is) }), ok
	}
}
