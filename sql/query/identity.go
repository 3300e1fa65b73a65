package query

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ivre/sql/tree"
)

// idDigits is the number of hexadecimal digits of a record's id.
const idDigits = 16

// recordIDs: the record is one of those.
func recordIDs(ids []string, neg bool) (tree.Cond, error) {
	if len(ids) == 0 {
		return nil, fail("the id of a record is missing")
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		id = strings.ToLower(strings.TrimSpace(id))
		if len(id) != idDigits || strings.Trim(id, "0123456789abcdef") != "" {
			return nil, fail("%q is not the id of a record (%d hexadecimal digits)", shorten(id, 60), idDigits)
		}
		out[i] = id
	}
	return negate(tree.Test{Field: "_id", Op: tree.In, Value: texts(out)}, neg), nil
}

// errNegatedRange: to leave the negation out would answer with everything.
var errNegatedRange = fail("for objects of registries, addresses and networks cannot be negated")

// host: the record is about the address. A record without an address satisfies the negation.
func (b *builder) host(a netip.Addr, neg bool) (tree.Cond, error) {
	if b.db != RIR {
		return negate(match("addr", tree.Addr(a)), neg), nil
	}
	if neg {
		return nil, errNegatedRange
	}
	return overlap(tree.Range{From: a, To: a}), nil
}

func (b *builder) hostText(s string, neg bool) (tree.Cond, error) {
	a, err := parseAddress(s)
	if err != nil {
		return nil, err
	}
	return b.host(a, neg)
}

// anyHost: the record is about one of the addresses; negated, about none of them.
func (b *builder) anyHost(addrs []netip.Addr, neg bool) tree.Cond {
	if b.db != RIR {
		list := make(tree.List, len(addrs))
		for i, a := range addrs {
			list[i] = tree.Addr(a)
		}
		return negate(match("addr", list), neg)
	}
	any := make(tree.Or, len(addrs))
	for i, a := range addrs {
		any[i] = overlap(tree.Range{From: a, To: a})
	}
	return negate(any, neg)
}

// overlap: the range of a registry's object has an address in the range.
func overlap(r tree.Range) tree.Cond {
	if wide(r.To).Less(wide(r.From)) {
		return tree.Const(false)
	}
	return tree.And{
		tree.Test{Field: "start", Op: tree.Le, Value: tree.Addr(r.To)},
		tree.Test{Field: "stop", Op: tree.Ge, Value: tree.Addr(r.From)},
	}
}

// wide is the form in which addresses are compared: IPv4 ones are mapped to IPv6.
func wide(a netip.Addr) netip.Addr { return netip.AddrFrom16(a.As16()) }

// inRange: the address is in the range; for the negation it has to be there, too.
func (b *builder) inRange(r tree.Range, neg bool) (tree.Cond, error) {
	switch {
	case b.db == RIR && neg:
		return nil, errNegatedRange
	case b.db == RIR:
		return overlap(r), nil
	case neg:
		return tree.And{exists("addr"), tree.Not{Cond: match("addr", r)}}, nil
	}
	return match("addr", r), nil
}

func (b *builder) network(s string, neg bool) (tree.Cond, error) {
	r, err := parseNetwork(s)
	if err != nil {
		return nil, err
	}
	return b.inRange(r, neg)
}

// ipv4: the address is an IPv4 one; negated, an IPv6 one.
func (b *builder) ipv4(neg bool) (tree.Cond, error) {
	if b.db == RIR && neg {
		return nil, errNotHere
	}
	return b.inRange(tree.Range{From: netip.AddrFrom4([4]byte{}), To: netip.AddrFrom4([4]byte{255, 255, 255, 255})}, neg)
}

// notes: there are notes about the address.
func (b *builder) notes(neg bool) (tree.Cond, error) {
	if b.opt.NotepadPages == nil {
		return nil, errNotHere
	}
	addrs, ok := b.opt.NotepadPages()
	if !ok {
		return nil, errNotHere
	}
	return b.anyHost(addrs, neg), nil
}

// schemaVersion: the record is of that version of the shape of records; nil: of none.
func schemaVersion(v tree.Value) tree.Cond {
	if v == nil {
		v = tree.Null{}
	}
	return match("schema_version", v)
}

// unixTime reads seconds since 1970, with decimals.
func unixTime(s string) (tree.Time, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	t, ok := momentOf(f)
	if err != nil || !ok {
		return tree.Time{}, fail("%q is not a time (seconds since 1970)", shorten(s, 60))
	}
	return t, nil
}

// maxSeconds bounds lengths of time and times since 1970, far beyond what records hold.
const maxSeconds = 1e12

func momentOf(seconds float64) (tree.Time, bool) {
	if !(seconds >= -maxSeconds && seconds <= maxSeconds) { // nor NaN
		return tree.Time{}, false
	}
	return tree.Time(time.UnixMicro(int64(seconds * 1e6)).UTC()), true
}

func timeRangeText(s string, neg bool) (tree.Cond, error) {
	first, last, ok := strings.Cut(s, ",")
	if !ok {
		first, last, ok = strings.Cut(s, "-")
	}
	if !ok {
		return nil, fail("a range is two times, FIRST-LAST")
	}
	from, err := unixTime(first)
	if err != nil {
		return nil, err
	}
	to, err := unixTime(last)
	if err != nil {
		return nil, err
	}
	return timeRange(from, to, neg), nil
}

// timeRange: the scan overlaps with the range; negated, it ended before or started after.
func timeRange(from, to tree.Time, neg bool) tree.Cond {
	if neg {
		return tree.Or{tree.Test{Field: "endtime", Op: tree.Lt, Value: from}, tree.Test{Field: "starttime", Op: tree.Gt, Value: to}}
	}
	return tree.And{tree.Test{Field: "endtime", Op: tree.Ge, Value: from}, tree.Test{Field: "starttime", Op: tree.Le, Value: to}}
}

// units of time in seconds. A year is 365.25 days.
var units = map[byte]int64{'s': 1, 'm': 60, 'h': 3600, 'd': 86400, 'y': 31557600}

func parseSeconds(s string) (float64, error) {
	digits, unit := s, int64(1)
	if s != "" {
		if last := s[len(s)-1]; last < '0' || last > '9' {
			digits, unit = s[:len(s)-1], units[last]
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
	if err != nil || unit == 0 {
		return 0, fail("%q is not a length of time (30d; units are s, m, h, d and y)", shorten(s, 60))
	}
	return float64(n) * float64(unit), nil
}

// seen is the field that says when a record was made: of a passive one, when it was seen first or last.
func (b *builder) seen(first bool) string {
	switch {
	case b.db != Passive:
		return "endtime"
	case first:
		return "firstseen"
	}
	return "lastseen"
}

// ago: the record was made within the last seconds (first: for passive ones, seen for the first time).
func (b *builder) ago(seconds float64, first, neg bool) (tree.Cond, error) {
	now := b.opt.Now
	since, ok := momentOf(float64(now.Unix()) - seconds)
	if !ok {
		return nil, fail("this is too long ago")
	}
	op := tree.Ge
	if neg {
		op = tree.Lt
	}
	t := time.Time(since).Add(time.Duration(now.Nanosecond()))
	return tree.Test{Field: b.seen(first), Op: op, Value: tree.Time(t)}, nil
}

// newer: a passive record was seen after the moment (first: for the first time).
func (b *builder) newer(t tree.Time, first, neg bool) tree.Cond {
	op := tree.Gt
	if neg {
		op = tree.Le
	}
	return tree.Test{Field: b.seen(first), Op: op, Value: t}
}
