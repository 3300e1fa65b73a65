package fingerprint

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// escape reads what follows a backslash outside of a class.
func (p *parser) escape() (*node, error) {
	if !p.more() {
		return nil, errors.New("a backslash ends the pattern")
	}
	c := p.src[p.pos]
	switch c {
	case 'A':
		p.pos++
		return &node{op: opBegin}, nil
	case 'z':
		p.pos++
		return &node{op: opEnd}, nil
	case 'Z':
		p.pos++
		return &node{op: opEndNL}, nil
	case 'b':
		p.pos++
		return &node{op: opWord}, nil
	case 'B':
		p.pos++
		return &node{op: opNotWord}, nil
	case 'R':
		p.pos++
		crlf := &node{op: opCat, subs: []*node{{op: opSet, set: setOf("\r")}, {op: opSet, set: setOf("\n")}}}
		return &node{op: opAtomic, subs: []*node{{op: opAlt, subs: []*node{crlf, {op: opSet, set: vertical}}}}}, nil
	case 'E':
		p.pos++
		return nil, nil
	}
	if n, ok := p.backref(); ok {
		return n, nil
	}
	if s := classEscape(c); s != nil {
		p.pos++
		return &node{op: opSet, set: s}, nil
	}
	b, err := p.byteEscape()
	if err != nil {
		return nil, err
	}
	return p.single(b), nil
}

// backref reads the number of a group. A number of one digit is always one, a longer one if there are so many groups.
func (p *parser) backref() (*node, bool) {
	end := p.pos
	for end < len(p.src) && end < p.pos+3 && '0' <= p.src[end] && p.src[end] <= '9' {
		end++
	}
	if end == p.pos || p.src[p.pos] == '0' {
		return nil, false
	}
	n, _ := strconv.Atoi(p.src[p.pos:end])
	if n > 9 && n > p.total {
		return nil, false
	}
	p.pos = end
	return &node{op: opBackref, n: n, ignoreCase: p.flags.i}, true
}

func classEscape(c byte) *byteSet {
	switch c {
	case 'd':
		return digits
	case 'D':
		return negated(digits)
	case 'w':
		return wordBytes
	case 'W':
		return negated(wordBytes)
	case 's':
		return spaces
	case 'S':
		return negated(spaces)
	case 'h':
		return horizontal
	case 'H':
		return negated(horizontal)
	case 'v':
		return vertical
	case 'V':
		return negated(vertical)
	case 'N':
		return notNewline
	}
	return nil
}

// byteEscape reads an escape that stands for one byte.
func (p *parser) byteEscape() (byte, error) {
	c := p.src[p.pos]
	p.pos++
	switch c {
	case 'a':
		return 7, nil
	case 'e':
		return 27, nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'x':
		return p.hexEscape()
	case 'c':
		if !p.more() {
			return 0, errors.New(`\c without a letter`)
		}
		c = p.src[p.pos]
		p.pos++
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		return c ^ 64, nil
	case '0', '1', '2', '3', '4', '5', '6', '7':
		v := int(c - '0')
		for i := 0; i < 2 && p.more() && '0' <= p.src[p.pos] && p.src[p.pos] <= '7'; i++ {
			v = v*8 + int(p.src[p.pos]-'0')
			p.pos++
		}
		return byte(v), nil
	}
	if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
		return 0, fmt.Errorf(`\%c is not supported`, c)
	}
	return c, nil
}

// hexEscape reads \xHH (up to two digits) and \x{HH}.
func (p *parser) hexEscape() (byte, error) {
	if p.accept("{") {
		text, _, ok := strings.Cut(p.src[p.pos:], "}")
		v, err := strconv.ParseUint(text, 16, 8)
		if !ok || err != nil {
			return 0, errors.New(`\x{} does not hold a byte`)
		}
		p.pos += len(text) + 1
		return byte(v), nil
	}
	end := p.pos
	for end < len(p.src) && end < p.pos+2 && strings.IndexByte("0123456789abcdefABCDEF", p.src[end]) >= 0 {
		end++
	}
	v, _ := strconv.ParseUint("0"+p.src[p.pos:end], 16, 8)
	p.pos = end
	return byte(v), nil
}

// class reads a class in brackets, the first of them already being read.
func (p *parser) class() (*node, error) {
	neg := p.accept("^")
	s := &byteSet{}
	for first := true; ; first = false {
		if !p.more() {
			return nil, errors.New("missing ]")
		}
		if p.src[p.pos] == ']' && !first {
			p.pos++
			break
		}
		if err := p.classItem(s); err != nil {
			return nil, err
		}
	}
	if p.flags.i {
		s.fold()
	}
	if neg {
		s = negated(s)
	}
	return &node{op: opSet, set: s}, nil
}

// classItem reads one member of a class: a set or a range.
func (p *parser) classItem(s *byteSet) error {
	if p.accept("[:") {
		name, _, ok := strings.Cut(p.src[p.pos:], ":]")
		not := strings.HasPrefix(name, "^")
		if set := posixClasses[strings.TrimPrefix(name, "^")]; ok && set != nil {
			if not {
				set = negated(set)
			}
			s.union(set)
			p.pos += len(name) + 2
			return nil
		}
		p.pos-- // the colon is a member like any other
		s.add('[')
		return nil
	}
	lo, set, err := p.classByte()
	if err != nil {
		return err
	}
	if set != nil {
		s.union(set)
		return nil
	}
	if p.pos+1 >= len(p.src) || p.src[p.pos] != '-' || p.src[p.pos+1] == ']' {
		s.add(lo)
		return nil
	}
	p.pos++
	hi, set, err := p.classByte()
	switch {
	case err != nil:
		return err
	case set != nil: // [a-\d]: the hyphen is itself
		s.add(lo)
		s.add('-')
		s.union(set)
	case hi < lo:
		return fmt.Errorf("the range %q-%q is empty", lo, hi)
	default:
		s.addRange(lo, hi)
	}
	return nil
}

func (p *parser) classByte() (byte, *byteSet, error) {
	c := p.src[p.pos]
	if c != '\\' {
		p.pos++
		return c, nil, nil
	}
	p.pos++
	if !p.more() {
		return 0, nil, errors.New("a backslash ends the pattern")
	}
	c = p.src[p.pos]
	if c == 'b' {
		p.pos++
		return 8, nil, nil
	}
	if s := classEscape(c); s != nil && c != 'N' {
		p.pos++
		return 0, s, nil
	}
	b, err := p.byteEscape()
	return b, nil, err
}
