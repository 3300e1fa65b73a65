package fingerprint

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// op is the kind of a node.
type op uint8

const (
	opSet       op = iota // one byte out of a set
	opCat                 // subs one after the other
	opAlt                 // one of subs, the first that leads to a match
	opRepeat              // subs[0], min to max times
	opGroup               // subs[0], captured as number n
	opAtomic              // subs[0], never tried another way
	opLook                // subs[0] must (or, neg, must not) match here, ahead or behind
	opBackref             // the text of group n again
	opBegin               // start of the text
	opBeginLine           // start of a line
	opEnd                 // end of the text
	opEndNL               // end of the text, or before a line feed that ends it
	opEndLine             // end of a line
	opWord                // word boundary
	opNotWord             // no word boundary
)

// node is a node of the syntax tree of a pattern. Case and the dot's meaning are resolved: only sets of bytes are left.
type node struct {
	op         op
	set        *byteSet
	subs       []*node
	n          int
	min, max   int // max -1: no limit
	lazy       bool
	behind     bool
	neg        bool
	ignoreCase bool // opBackref
}

// Bounds of what a pattern may hold. Those of Nmap's file stay far below.
const (
	maxDepth   = 60
	maxRepeat  = 65535
	maxPattern = 1 << 16
)

type flags struct{ i, s, m, x bool }

// parser reads Perl's syntax of regular expressions, as far as it works on bytes.
type parser struct {
	src    string
	pos    int
	flags  flags
	groups int // opened so far
	total  int // in the whole pattern
	depth  int
}

var errNesting = errors.New("groups are nested too deeply")

// parsePattern reads a pattern. options are letters of i, s, m and x.
func parsePattern(src, options string) (*node, error) {
	if len(src) > maxPattern {
		return nil, fmt.Errorf("the pattern is longer than %d bytes", maxPattern)
	}
	p := &parser{src: src, total: countGroups(src)}
	for _, c := range options {
		if !p.flags.set(c, true) {
			return nil, fmt.Errorf("unknown option %q of a pattern", c)
		}
	}
	n, err := p.alternatives()
	if err == nil && p.pos < len(src) {
		err = errors.New("unexpected )")
	}
	if err != nil {
		return nil, fmt.Errorf("byte %d of the pattern: %w", p.pos, err)
	}
	return n, nil
}

func (f *flags) set(c rune, on bool) bool {
	switch c {
	case 'i':
		f.i = on
	case 's':
		f.s = on
	case 'm':
		f.m = on
	case 'x':
		f.x = on
	default:
		return false
	}
	return true
}

// countGroups counts capturing groups, for telling back-references from octal escapes.
func countGroups(src string) int {
	n, class := 0, false
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
			if i+1 < len(src) && src[i+1] == '^' {
				i++
			}
			if i+1 < len(src) && src[i+1] == ']' {
				i++
			}
		case c == '(' && (i+1 >= len(src) || src[i+1] != '?'):
			n++
		}
	}
	return n
}

func (p *parser) more() bool { return p.pos < len(p.src) }

func (p *parser) accept(s string) bool {
	if strings.HasPrefix(p.src[p.pos:], s) {
		p.pos += len(s)
		return true
	}
	return false
}

func (p *parser) alternatives() (*node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errNesting
	}
	defer func() { p.depth-- }()
	var alts []*node
	for {
		n, err := p.sequence()
		if err != nil {
			return nil, err
		}
		alts = append(alts, n)
		if !p.accept("|") {
			break
		}
	}
	if len(alts) == 1 {
		return alts[0], nil
	}
	return &node{op: opAlt, subs: alts}, nil
}

func (p *parser) sequence() (*node, error) {
	cat := &node{op: opCat}
	for p.more() && p.src[p.pos] != '|' && p.src[p.pos] != ')' {
		if p.flags.x && p.skipComment() {
			continue
		}
		if p.accept(`\Q`) {
			p.quoted(cat)
			continue
		}
		atom, err := p.atom()
		if err != nil {
			return nil, err
		}
		if atom == nil { // options
			continue
		}
		if atom, err = p.quantified(atom); err != nil {
			return nil, err
		}
		cat.subs = append(cat.subs, atom)
	}
	simplify(cat)
	return cat, nil
}

func (p *parser) skipComment() bool {
	switch p.src[p.pos] {
	case ' ', '\t', '\r', '\n':
		p.pos++
		return true
	case '#':
		if i := strings.IndexByte(p.src[p.pos:], '\n'); i >= 0 {
			p.pos += i + 1
		} else {
			p.pos = len(p.src)
		}
		return true
	}
	return false
}

func (p *parser) quoted(cat *node) {
	text, _, _ := strings.Cut(p.src[p.pos:], `\E`)
	for i := range len(text) {
		cat.subs = append(cat.subs, p.single(text[i]))
	}
	p.pos += len(text)
	p.accept(`\E`)
}

// single is the node of one byte. It is shared.
func (p *parser) single(c byte) *node {
	if p.flags.i {
		return &singleFold[c]
	}
	return &singles[c]
}

var singles, singleFold = func() (exact, fold [256]node) {
	for c := range 256 {
		e := &byteSet{}
		e.add(byte(c))
		f := *e
		f.fold()
		exact[c], fold[c] = node{op: opSet, set: e}, node{op: opSet, set: &f}
	}
	return exact, fold
}()

func (p *parser) atom() (*node, error) {
	c := p.src[p.pos]
	p.pos++
	switch c {
	case '(':
		return p.group()
	case '[':
		return p.class()
	case '.':
		if p.flags.s {
			return &node{op: opSet, set: anyByte}, nil
		}
		return &node{op: opSet, set: notNewline}, nil
	case '^':
		if p.flags.m {
			return &node{op: opBeginLine}, nil
		}
		return &node{op: opBegin}, nil
	case '$':
		if p.flags.m {
			return &node{op: opEndLine}, nil
		}
		return &node{op: opEndNL}, nil
	case '\\':
		return p.escape()
	case '*', '+', '?':
		return nil, fmt.Errorf("nothing to repeat before %c", c)
	}
	return p.single(c), nil
}

func (p *parser) group() (*node, error) {
	saved := p.flags
	n := &node{op: opGroup}
	switch {
	case p.accept("?:"):
		n.op = opCat
	case p.accept("?>"):
		n.op = opAtomic
	case p.accept("?="):
		n.op = opLook
	case p.accept("?!"):
		n.op, n.neg = opLook, true
	case p.accept("?<="):
		n.op, n.behind = opLook, true
	case p.accept("?<!"):
		n.op, n.behind, n.neg = opLook, true, true
	case p.accept("?#"):
		i := strings.IndexByte(p.src[p.pos:], ')')
		if i < 0 {
			return nil, errors.New("missing ) of a comment")
		}
		p.pos += i + 1
		return nil, nil
	case p.accept("?"):
		colon, err := p.inlineFlags()
		if err != nil || !colon {
			return nil, err // options hold up to the end of the enclosing group
		}
		n.op = opCat
	default:
		p.groups++
		n.n = p.groups
	}
	sub, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	p.flags = saved
	if !p.accept(")") {
		return nil, errors.New("missing )")
	}
	if n.op == opCat {
		return sub, nil
	}
	n.subs = []*node{sub}
	return n, nil
}

// inlineFlags reads what follows (? up to the colon (true) or the parenthesis (false).
func (p *parser) inlineFlags() (colon bool, err error) {
	on := true
	for p.more() {
		c := p.src[p.pos]
		p.pos++
		switch {
		case c == '-':
			on = false
		case c == ':':
			return true, nil
		case c == ')':
			return false, nil
		case !p.flags.set(rune(c), on):
			return false, fmt.Errorf("(?%c is not supported", c)
		}
	}
	return false, errors.New("missing )")
}

func (p *parser) quantified(atom *node) (*node, error) {
	for p.more() && strings.IndexByte("*+?{", p.src[p.pos]) >= 0 {
		n := &node{op: opRepeat, subs: []*node{atom}}
		switch {
		case p.accept("*"):
			n.max = -1
		case p.accept("+"):
			n.min, n.max = 1, -1
		case p.accept("?"):
			n.max = 1
		default:
			ok, err := p.counts(n)
			if err != nil || !ok {
				return atom, err
			}
		}
		if atom.op == opRepeat {
			return nil, errors.New("a repetition is repeated")
		}
		switch {
		case p.accept("?"):
			n.lazy = true
		case p.accept("+"):
			n = &node{op: opAtomic, subs: []*node{n}}
		}
		atom = n
	}
	return atom, nil
}

// counts reads {n}, {n,} and {n,m}. Other braces are ordinary characters.
func (p *parser) counts(n *node) (bool, error) {
	if p.src[p.pos] != '{' {
		return false, nil
	}
	text, _, ok := strings.Cut(p.src[p.pos+1:], "}")
	low, high, comma := strings.Cut(text, ",")
	if !ok || low == "" || !allDigits(low) || !allDigits(high) {
		return false, nil
	}
	p.pos += len(text) + 2
	var err1, err2 error
	n.min, err1 = strconv.Atoi(low)
	switch {
	case !comma:
		n.max = n.min
	case high == "":
		n.max = -1
	default:
		n.max, err2 = strconv.Atoi(high)
	}
	if err1 != nil || err2 != nil || n.min > maxRepeat || n.max > maxRepeat || n.max >= 0 && n.max < n.min {
		return false, fmt.Errorf("bad repetition {%s}", text)
	}
	return true, nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
