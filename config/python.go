package config

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// assignment is one NAME = value of a file.
type assignment struct {
	line  int
	name  string
	value any
}

// leftOut is a statement of a file that is more than an assignment of a plain value.
type leftOut struct {
	line int
	text string // its start
}

// syntaxError is a place from which on a file can't be understood.
type syntaxError struct {
	line int
	text string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.text) }

// statements reads a file of Python statements. Assignments of plain values to one name are returned,
// all others left out. The error is a *syntaxError.
func statements(src string) (found []assignment, left []leftOut, err error) {
	src = strings.TrimPrefix(src, "\ufeff")
	if !utf8.ValidString(src) {
		return nil, nil, &syntaxError{invalidLine(src), "this is not UTF-8"}
	}
	p := &statementParser{literal: literal{src: src}, line: 1}
	for p.next() {
		start := p.pos
		p.advance(start)
		indented := start > 0 && src[start-1] != '\n'
		if !indented || p.joined {
			if name, v, ok := p.assignment(); ok {
				found = append(found, assignment{p.line, name, v})
				p.block = false
				continue
			}
			if p.comment() {
				continue
			}
		}
		p.joined = false
		end, problem := logicalLine(src, start)
		if problem != "" {
			p.advance(end)
			return nil, nil, &syntaxError{p.line, problem}
		}
		if !indented || !p.block { // the lines of a block go with its head
			left = append(left, leftOut{p.line, firstLine(src[start:end])})
		}
		p.block = true
		p.pos = end
	}
	return found, left, nil
}

// invalidLine returns the number of the line with the first byte that is not UTF-8.
func invalidLine(src string) int {
	for i, r := range src {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(src[i:]); size == 1 {
				return 1 + strings.Count(src[:i], "\n")
			}
		}
	}
	return 1
}

// firstLine is the start of a statement, not too long.
func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if r := []rune(strings.TrimSpace(s)); len(r) > 60 {
		return string(r[:60]) + "..."
	}
	return strings.TrimSpace(s)
}

type statementParser struct {
	literal
	line    int // of the statement
	counted int // place up to which lines are counted
	// joined: the statement follows another one of the same line, after a semicolon.
	joined bool
	// block: the last statement was left out, so that indented lines belong to it.
	block bool
}

// advance counts the lines up to a place.
func (p *statementParser) advance(to int) {
	p.line += strings.Count(p.src[p.counted:to], "\n")
	p.counted = to
}

// next goes to the next statement.
func (p *statementParser) next() bool {
	for {
		p.blank()
		switch c := p.peek(); {
		case p.pos >= len(p.src):
			return false
		case c == '\n' || c == '\r':
			p.pos++
			p.joined = false
		case c == '#':
			for p.pos < len(p.src) && p.src[p.pos] != '\n' {
				p.pos++
			}
		default:
			return true
		}
	}
}

// assignment reads NAME = value up to the end of the statement. If there is something else, nothing is
// read.
func (p *statementParser) assignment() (name string, v any, ok bool) {
	start := p.pos
	name = p.identifier()
	p.pos += len(name)
	if name != "" && p.accept('=') && p.peek() != '=' {
		var err error
		if v, err = p.tuple(); err == nil && p.ends() {
			return name, v, true
		}
	}
	p.pos = start
	return "", nil, false
}

// comment takes a statement that is only a text, as comments of several lines are written.
func (p *statementParser) comment() bool {
	start := p.pos
	if v, err := p.value(); err == nil && p.ends() {
		if _, ok := v.(string); ok {
			return true
		}
	}
	p.pos = start
	return false
}

// tuple reads a value, or a tuple without parentheses.
func (p *statementParser) tuple() (any, error) {
	v, err := p.value()
	if err != nil || !p.accept(',') {
		return v, err
	}
	list := []any{v}
	for !p.atEnd() {
		if v, err = p.value(); err != nil {
			return nil, err
		}
		list = append(list, v)
		if !p.accept(',') {
			break
		}
	}
	return list, nil
}

// atEnd tells whether the statement ends here.
func (p *statementParser) atEnd() bool {
	p.blank()
	return p.pos >= len(p.src) || strings.IndexByte("\r\n;#", p.peek()) >= 0
}

// ends takes the end of the statement, if it is next.
func (p *statementParser) ends() bool {
	if !p.atEnd() {
		return false
	}
	p.joined = p.peek() == ';' && p.pos < len(p.src)
	if p.joined {
		p.pos++
	}
	return true
}

// logicalLine returns the end of the line of statements that starts at a place: brackets, texts and a
// backslash continue it. If it has no end, the problem says why, and end is the place of the problem.
func logicalLine(src string, start int) (end int, problem string) {
	var open []int // places of brackets
	for i := start; i < len(src); i++ {
		switch src[i] {
		case '"', '\'':
			_, end, ok := quoted(src, i)
			if !ok {
				return i, "a text starts here that is not closed"
			}
			i = end - 1
		case '[', '(', '{':
			open = append(open, i)
		case ']', ')', '}':
			open = open[:max(0, len(open)-1)]
		case '\\':
			if strings.HasPrefix(src[i+1:], "\r\n") {
				i++
			}
			i++
		case '#':
			for i+1 < len(src) && src[i+1] != '\n' {
				i++
			}
		case '\n':
			if len(open) == 0 {
				return i, ""
			}
		}
	}
	if len(open) > 0 {
		return open[len(open)-1], "a bracket is opened here that is not closed"
	}
	return len(src), ""
}
