package fingerprint

// literal is a text that every match of a pattern contains.
type literal struct {
	text string // lower case if fold
	fold bool   // in any case
}

// needs is what a banner must have for a pattern to match it.
type needs struct {
	lits  []literal // in this order, without overlap
	begin bool      // the first of them is at the start
	first *byteSet  // if not nil: what it starts with; an empty banner does not match
}

// maxLiterals bounds how many texts of a pattern are looked for.
const maxLiterals = 12

// maxExpand is up to which count a repeated byte is written out.
const maxExpand = 64

// needsOf finds what a pattern needs.
func needsOf(n *node) needs {
	c := collector{start: true}
	c.node(n)
	c.cut()
	out := needs{lits: c.out, begin: c.begin}
	if anchored(n) {
		if first, empty := n.first(); !empty && first.size() < 256 {
			out.first = &first
		}
	}
	return out
}

// anchored tells whether matches only begin at the start of the text.
func anchored(n *node) bool {
	switch n.op {
	case opBegin:
		return true
	case opCat:
		return len(n.subs) > 0 && anchored(n.subs[0])
	case opAlt:
		for _, sub := range n.subs {
			if !anchored(sub) {
				return false
			}
		}
		return true
	case opGroup, opAtomic:
		return anchored(n.subs[0])
	}
	return false
}

// collector walks through a pattern and gathers the texts that no match goes without.
type collector struct {
	out      []literal
	run      []byte
	fold     bool
	start    bool // nothing but zero-width nodes so far
	anchored bool // an opBegin was among them
	begin    bool // out[0] (or the run that becomes it) is at the start
}

func (c *collector) node(n *node) {
	switch n.op {
	case opSet:
		c.byte(n.set)
	case opCat:
		for _, sub := range n.subs {
			c.node(sub)
		}
	case opGroup, opAtomic:
		c.node(n.subs[0])
	case opRepeat:
		c.repeat(n)
	case opAlt, opBackref:
		c.cut()
		c.start = false
	case opBegin:
		c.anchored = c.anchored || c.start
	}
}

func (c *collector) byte(s *byteSet) {
	b, fold, ok := s.literal()
	if !ok {
		c.cut()
		c.start = false
		return
	}
	if c.start {
		c.begin, c.start = c.anchored, false
	}
	c.run = append(c.run, b)
	c.fold = c.fold || fold
}

func (c *collector) repeat(n *node) {
	sub := n.subs[0]
	switch {
	case n.min == 0:
		c.cut()
		c.start = false
		return
	case n.min == n.max && n.min <= maxExpand && sub.op == opSet:
		for range n.min {
			c.byte(sub.set)
		}
		return
	}
	c.node(sub)
	c.cut()
}

func (c *collector) cut() {
	if len(c.run) == 0 {
		return
	}
	if len(c.out) < maxLiterals {
		if c.fold {
			for i, b := range c.run {
				c.run[i] = lower[b]
			}
		}
		c.out = append(c.out, literal{string(c.run), c.fold})
	}
	c.run, c.fold = c.run[:0], false
}

// lower maps ASCII letters to lower case.
var lower = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
	}
	for c := byte('A'); c <= 'Z'; c++ {
		t[c] = c | 0x20
	}
	return t
}()
