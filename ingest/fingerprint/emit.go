package fingerprint

import (
	"errors"
	"strconv"
	"strings"
)

// dialect is a syntax that patterns are written in.
type dialect uint8

const (
	re2       dialect = iota // package regexp; fails for what it does not have
	re2Weaker                // package regexp, matching wherever the pattern does and maybe elsewhere; no captures
	backtrack                // package regexp2
)

var errNotRE2 = errors.New("the pattern is not regular")

// maxRE2Repeat is the highest number of repetitions that package regexp takes.
const maxRE2Repeat = 1000

type emitter struct {
	strings.Builder
	d   dialect
	err error
}

// emit writes a pattern for texts whose code points 0 to 255 stand for bytes.
func emit(n *node, d dialect) (string, error) {
	e := &emitter{d: d}
	e.node(n)
	return e.String(), e.err
}

func (e *emitter) node(n *node) {
	switch n.op {
	case opSet:
		e.set(n.set)
	case opCat:
		for _, sub := range n.subs {
			if sub.op == opAlt {
				e.wrapped("(?:", sub)
			} else {
				e.node(sub)
			}
		}
	case opAlt:
		for i, sub := range n.subs {
			if i > 0 {
				e.WriteByte('|')
			}
			e.node(sub)
		}
	case opRepeat:
		e.repeat(n)
	case opGroup:
		if e.d == re2Weaker {
			e.wrapped("(?:", n.subs[0])
		} else {
			e.wrapped("(", n.subs[0])
		}
	default:
		e.special(n)
	}
}

func (e *emitter) wrapped(open string, n *node) {
	e.WriteString(open)
	e.node(n)
	e.WriteByte(')')
}

func (e *emitter) special(n *node) {
	switch n.op {
	case opBegin:
		e.WriteString(`\A`)
	case opBeginLine:
		e.WriteString(`(?m:^)`)
	case opEndLine:
		e.WriteString(`(?m:$)`)
	case opEnd:
		e.WriteString(`\z`)
	case opEndNL:
		if e.d == backtrack {
			e.WriteString(`\Z`)
		} else {
			e.WriteString(`(?:\z|\n\z)`)
		}
	case opWord, opNotWord:
		e.wordBoundary(n.op == opNotWord)
	default:
		e.irregular(n)
	}
}

// wordBoundary keeps to ASCII, where regexp2 would know more letters.
func (e *emitter) wordBoundary(not bool) {
	const w = `[0-9A-Za-z_]`
	switch {
	case e.d != backtrack && not:
		e.WriteString(`\B`)
	case e.d != backtrack:
		e.WriteString(`\b`)
	case not:
		e.WriteString(`(?:(?<=` + w + `)(?=` + w + `)|(?<!` + w + `)(?!` + w + `))`)
	default:
		e.WriteString(`(?:(?<=` + w + `)(?!` + w + `)|(?<!` + w + `)(?=` + w + `))`)
	}
}

func (e *emitter) irregular(n *node) {
	if e.d == re2 {
		e.err = errNotRE2
		return
	}
	weaker := e.d == re2Weaker
	switch {
	case n.op == opLook && weaker:
	case n.op == opLook:
		open := "(?"
		if n.behind {
			open += "<"
		}
		if n.neg {
			open += "!"
		} else {
			open += "="
		}
		e.wrapped(open, n.subs[0])
	case n.op == opAtomic && weaker:
		e.wrapped("(?:", n.subs[0])
	case n.op == opAtomic:
		e.wrapped("(?>", n.subs[0])
	case weaker: // opBackref
		e.WriteString(`(?s:.)*`)
	case n.ignoreCase:
		e.WriteString(`(?i:\` + strconv.Itoa(n.n) + `)`)
	default:
		e.WriteString(`(?:\` + strconv.Itoa(n.n) + `)`)
	}
}

func (e *emitter) repeat(n *node) {
	if sub := n.subs[0]; sub.op == opSet {
		e.set(sub.set)
	} else {
		e.wrapped("(?:", sub)
	}
	low, high := n.min, n.max
	if e.d == re2Weaker {
		low = min(low, maxRE2Repeat)
		if high > maxRE2Repeat {
			high = -1
		}
	}
	switch {
	case low == 0 && high == -1:
		e.WriteByte('*')
	case low == 1 && high == -1:
		e.WriteByte('+')
	case low == 0 && high == 1:
		e.WriteByte('?')
	case high == -1:
		e.WriteString("{" + strconv.Itoa(low) + ",}")
	case low == high:
		e.WriteString("{" + strconv.Itoa(low) + "}")
	default:
		e.WriteString("{" + strconv.Itoa(low) + "," + strconv.Itoa(high) + "}")
	}
	if n.lazy {
		e.WriteByte('?')
	}
}

func (e *emitter) set(s *byteSet) {
	switch {
	case *s == *anyByte:
		e.WriteString(`(?s:.)`)
		return
	case *s == *notNewline:
		e.WriteString(`[^\n]`)
		return
	case *s == byteSet{}:
		e.WriteString(neverMatches)
		return
	}
	if c, fold, ok := s.literal(); ok && !fold {
		e.byte(c)
		return
	}
	e.WriteByte('[')
	for c := 0; c < 256; c++ {
		if !s.has(byte(c)) {
			continue
		}
		lo := c
		for c < 255 && s.has(byte(c+1)) {
			c++
		}
		e.byte(byte(lo))
		if c > lo {
			e.WriteByte('-')
			e.byte(byte(c))
		}
	}
	e.WriteByte(']')
}

// neverMatches is a pattern in all dialects that nothing matches.
const neverMatches = `[^\s\S]`

func (e *emitter) byte(c byte) {
	const hex = "0123456789abcdef"
	switch {
	case '0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z':
		e.WriteByte(c)
	default:
		e.WriteString(`\x`)
		e.WriteByte(hex[c>>4])
		e.WriteByte(hex[c&15])
	}
}
