package passivederive

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// looksLikePython tells whether the first thing in a text is an assignment, or something else that YAML does not begin
// with: a text in triple quotes or an import.
func looksLikePython(text string) bool {
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		if l == "" || l[0] == '#' {
			continue
		}
		name := l[:len(l)-len(strings.TrimLeft(l, identChars))]
		after := strings.TrimLeft(l[len(name):], " \t")
		return strings.HasPrefix(l, `"""`) || strings.HasPrefix(l, "'''") || name == "import" || name == "from" ||
			name != "" && strings.HasPrefix(after, "=")
	}
	return false
}

const identChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789"

// python reads the part of Python that needs not be run: assignments of texts, numbers, lists, tuples, sets, tables and
// names that were assigned before.
type python struct {
	s     string
	i     int
	line  int
	names map[string]*literal
}

// parsePython reads assignments. The result is a table with those of IGNORENETS and NEVERIGNORE.
func parsePython(text string) (*literal, error) {
	p := &python{s: text, line: 1, names: map[string]*literal{}}
	for {
		p.skip(true)
		if p.i == len(p.s) {
			break
		}
		if err := p.statement(); err != nil {
			return nil, err
		}
	}
	top := &literal{line: 1, kind: isTable}
	for _, name := range [...]string{"IGNORENETS", "NEVERIGNORE"} {
		if l := p.names[name]; l != nil {
			top.list = append(top.list, &literal{line: l.line, kind: isText, text: name}, l)
		}
	}
	if len(top.list) == 0 {
		return nil, fmt.Errorf("neither IGNORENETS nor NEVERIGNORE is assigned")
	}
	return top, nil
}

func (p *python) errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: %w", p.line, fmt.Errorf(format, args...))
}

// statement reads a text that nobody uses, or name = value.
func (p *python) statement() error {
	if c := p.peek(); c == '"' || c == '\'' {
		_, err := p.value(0)
		return err
	}
	name := p.name()
	p.skip(false)
	if name == "" || p.peek() != '=' {
		return p.errorf("only assignments are understood: IGNORENETS = {...}")
	}
	p.i++
	p.skip(false)
	v, err := p.value(0)
	if err != nil {
		return err
	}
	p.skip(false)
	if c := p.peek(); c != 0 && c != '\n' && c != ';' {
		return p.errorf("%q is not understood after a value", p.rune())
	}
	if p.peek() == ';' {
		p.i++
	}
	p.names[name] = v
	return nil
}

func (p *python) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *python) rune() rune {
	r, _ := utf8.DecodeRuneInString(p.s[p.i:])
	return r
}

// skip skips blanks and comments; and ends of lines, too, if told so.
func (p *python) skip(lines bool) {
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '\n' && lines:
			p.line++
		case c == '\\' && strings.HasPrefix(p.s[p.i:], "\\\n"):
			p.line++
			p.i++
		case c == ' ' || c == '\t' || c == '\r' || c == '\f':
		case c == '#':
			for p.i < len(p.s) && p.s[p.i] != '\n' {
				p.i++
			}
			continue
		default:
			return
		}
		p.i++
	}
}

func (p *python) name() string {
	rest := p.s[p.i:]
	n := len(rest) - len(strings.TrimLeft(rest, identChars))
	if n > 0 && '0' <= rest[0] && rest[0] <= '9' {
		return ""
	}
	p.i += n
	return rest[:n]
}

func (p *python) value(depth int) (*literal, error) {
	if depth > maxNesting {
		return nil, p.errorf("%w", errNesting)
	}
	l := &literal{line: p.line}
	switch c := p.peek(); {
	case c == '{':
		return p.braces(l, depth)
	case c == '[':
		l.kind = isList
		_, err := p.items(l, ']', depth)
		return l, err
	case c == '(':
		return p.parentheses(l, depth)
	case c == '"' || c == '\'':
		l.kind = isText
		return l, p.texts(l)
	case '0' <= c && c <= '9':
		rest := p.s[p.i:]
		l.kind, l.text = isNumber, rest[:len(rest)-len(strings.TrimLeft(rest, identChars))]
		p.i += len(l.text)
		return l, nil
	}
	switch name := p.name(); name {
	case "":
		if p.i == len(p.s) {
			return nil, p.errorf("a value is missing at the end of the file")
		}
		return nil, p.errorf("%q is not understood where a value is expected", p.rune())
	case "None":
		return l, nil
	default:
		if v := p.names[name]; v != nil {
			return v, nil
		}
		return nil, p.errorf("%.40q is not a value, nor a name that was assigned one", name)
	}
}

// items reads values separated by commas up to the bracket that ends them. comma tells whether the last thing was a
// comma.
func (p *python) items(l *literal, end byte, depth int) (comma bool, err error) {
	p.i++ // the bracket that begins them
	for {
		p.skip(true)
		if p.peek() == end {
			p.i++
			return comma, nil
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return false, err
		}
		l.list = append(l.list, v)
		if comma, err = p.comma(end); err != nil {
			return false, err
		}
	}
}

// comma reads a comma, unless the end is next.
func (p *python) comma(end byte) (bool, error) {
	p.skip(true)
	switch p.peek() {
	case ',':
		p.i++
		return true, nil
	case end:
		return false, nil
	}
	if p.i == len(p.s) {
		return false, p.errorf("%q is missing at the end of the file", end)
	}
	return false, p.errorf("expected a comma or %q, got %q", end, p.rune())
}

// parentheses reads a tuple, or a value in parentheses.
func (p *python) parentheses(l *literal, depth int) (*literal, error) {
	l.kind = isList
	comma, err := p.items(l, ')', depth)
	if err != nil {
		return nil, err
	}
	if len(l.list) == 1 && !comma {
		return l.list[0], nil
	}
	return l, nil
}

// braces reads a table or a set, which is a list here.
func (p *python) braces(l *literal, depth int) (*literal, error) {
	l.kind = isTable
	p.i++
	for first := true; ; first = false {
		p.skip(true)
		if p.peek() == '}' {
			p.i++
			return l, nil
		}
		key, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		l.list = append(l.list, key)
		p.skip(true)
		if first && p.peek() != ':' {
			l.kind = isList
		}
		if l.kind == isTable {
			if p.peek() != ':' {
				return nil, p.errorf("a key without a value; expected a colon")
			}
			p.i++
			p.skip(true)
			v, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			l.list = append(l.list, v)
		}
		if _, err := p.comma('}'); err != nil {
			return nil, err
		}
	}
}

// texts reads texts in quotes; those that follow each other are one.
func (p *python) texts(l *literal) error {
	var b strings.Builder
	for {
		quote := p.s[p.i : p.i+1]
		if triple := strings.Repeat(quote, 3); strings.HasPrefix(p.s[p.i:], triple) {
			quote = triple
		}
		p.i += len(quote)
		body := p.s[p.i:]
		n := strings.Index(body, quote)
		if n < 0 || len(quote) == 1 && strings.Contains(body[:n], "\n") {
			return p.errorf("a text is not closed")
		}
		if strings.Contains(body[:n], `\`) && len(quote) == 1 {
			return p.errorf("escapes in texts are not understood")
		}
		b.WriteString(body[:n])
		p.line += strings.Count(body[:n], "\n")
		p.i += n + len(quote)
		p.skip(false)
		if c := p.peek(); c != '"' && c != '\'' {
			l.text = b.String()
			return nil
		}
	}
}
