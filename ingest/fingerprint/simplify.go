package fingerprint

// Many patterns for HTTP skip header lines with (?:[^\r\n]*\r\n(?!\r\n))*? before the name of a header. The look-ahead
// keeps them from running into the body, but RE2 has none. Where the text that follows cannot begin with CR, this says
// the same without it: the first line may be empty, the next ones may not.

var (
	notCRLF   = negated(setOf("\r\n"))
	setCR     = setOf("\r")
	setLF     = setOf("\n")
	lineBytes = &node{op: opSet, set: notCRLF}
)

// simplify rewrites a sequence in place.
func simplify(cat *node) {
	for i, n := range cat.subs {
		if !skipsHeaders(n) {
			continue
		}
		if first, empty := firstOf(cat.subs[i+1:]); empty || first.has('\r') {
			continue
		}
		cat.subs[i] = headerLines(n.lazy)
	}
}

func isSet(n *node, s *byteSet) bool { return n.op == opSet && *n.set == *s }

func skipsHeaders(n *node) bool {
	if n.op != opRepeat || n.min != 0 || n.max != -1 || n.subs[0].op != opCat || len(n.subs[0].subs) != 4 {
		return false
	}
	line := n.subs[0].subs
	if text := line[0]; text.op != opRepeat || text.min != 0 || text.max != -1 || !isSet(text.subs[0], notCRLF) {
		return false
	}
	if !isSet(line[1], setCR) || !isSet(line[2], setLF) || line[3].op != opLook || !line[3].neg || line[3].behind {
		return false
	}
	not := line[3].subs[0]
	return not.op == opCat && len(not.subs) == 2 && isSet(not.subs[0], setCR) && isSet(not.subs[1], setLF)
}

func headerLines(lazy bool) *node {
	line := func(min int) []*node {
		text := &node{op: opRepeat, min: min, max: -1, subs: []*node{lineBytes}}
		return []*node{text, {op: opSet, set: setCR}, {op: opSet, set: setLF}}
	}
	next := &node{op: opRepeat, max: -1, lazy: lazy, subs: []*node{{op: opCat, subs: line(1)}}}
	all := &node{op: opCat, subs: append(line(0), next)}
	return &node{op: opRepeat, max: 1, lazy: lazy, subs: []*node{all}}
}

// firstOf returns the bytes that a match of a sequence may begin with, and whether it may be empty.
func firstOf(seq []*node) (first byteSet, empty bool) {
	for _, n := range seq {
		s, e := n.first()
		first.union(&s)
		if !e {
			return first, false
		}
	}
	return first, true
}

func (n *node) first() (first byteSet, empty bool) {
	switch n.op {
	case opSet:
		return *n.set, false
	case opCat:
		return firstOf(n.subs)
	case opAlt:
		for _, sub := range n.subs {
			s, e := sub.first()
			first.union(&s)
			empty = empty || e
		}
		return first, empty
	case opRepeat:
		first, empty = n.subs[0].first()
		return first, empty || n.min == 0
	case opGroup, opAtomic:
		return n.subs[0].first()
	case opBackref:
		return *anyByte, true
	}
	return first, true // takes no byte
}

// orEnd makes the line end that ends a pattern optional where the text ends: banners are often cut there, or the line
// end was taken away.
func orEnd(n *node) *node {
	switch n.op {
	case opAlt:
		last := len(n.subs) - 1
		n.subs[last] = orEnd(n.subs[last])
	case opCat:
		k := len(n.subs)
		if k == 0 || !isSet(n.subs[k-1], setLF) {
			break
		}
		cut := k - 1
		if k > 1 && isSet(n.subs[k-2], setCR) {
			cut--
		}
		lineEnd := &node{op: opCat, subs: append([]*node(nil), n.subs[cut:]...)}
		n.subs = append(n.subs[:cut:cut], &node{op: opAlt, subs: []*node{lineEnd, {op: opEnd}}})
	}
	return n
}
