package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDepth is how deep values may be nested.
const maxDepth = 100

// maxNumber is the length of the longest number, in characters.
const maxNumber = 400

// errNotLiteral says that an expression is more than a plain value: a name, a call, a sum, ... or no
// valid Python at all.
var errNotLiteral = errors.New("not a plain value")

// literal reads plain values of Python ("The Python Language Reference", chapters 2.4 to 2.6 and 6.2.5
// to 6.2.7): None, True, False, numbers, texts, and lists, tuples, sets and mappings of such.
type literal struct {
	src   string
	pos   int
	depth int // of the value
	// inside counts the open brackets: line ends mean nothing there.
	inside int
}

// blank skips blanks, continued lines and, inside brackets, line ends and comments.
func (l *literal) blank() {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == ' ' || c == '\t' || c == '\f' || l.inside > 0 && (c == '\n' || c == '\r'):
			l.pos++
		case c == '\\' && strings.HasPrefix(l.src[l.pos+1:], "\n"):
			l.pos += 2
		case c == '\\' && strings.HasPrefix(l.src[l.pos+1:], "\r\n"):
			l.pos += 3
		case c == '#' && l.inside > 0:
			for l.pos < len(l.src) && l.src[l.pos] != '\n' {
				l.pos++
			}
		default:
			return
		}
	}
}

// peek returns the next character, 0 at the end.
func (l *literal) peek() byte {
	if l.pos < len(l.src) {
		return l.src[l.pos]
	}
	return 0
}

// accept takes a character if it is next after blanks.
func (l *literal) accept(c byte) bool {
	l.blank()
	if l.peek() != c || l.pos >= len(l.src) {
		return false
	}
	l.pos++
	return true
}

// value reads a value, and the blanks before it.
func (l *literal) value() (any, error) {
	if l.depth++; l.depth > maxDepth {
		return nil, errNotLiteral
	}
	defer func() { l.depth-- }()
	l.blank()
	switch c := l.peek(); {
	case c == '[':
		return l.list(']')
	case c == '(':
		return l.parenthesised()
	case c == '{':
		return l.braces()
	case c == '"' || c == '\'':
		return l.texts()
	case c == '+' || c == '-' || c == '.' || c >= '0' && c <= '9':
		return l.number()
	}
	return l.word()
}

// identifier returns the name that is next, "" if none is, without taking it.
func (l *literal) identifier() string {
	end := l.pos
	for end < len(l.src) {
		r, size := utf8.DecodeRuneInString(l.src[end:])
		if r != '_' && !unicode.IsLetter(r) && (end == l.pos || !unicode.IsDigit(r)) {
			break
		}
		end += size
	}
	return l.src[l.pos:end]
}

// word reads None, True, False or a text with a prefix.
func (l *literal) word() (any, error) {
	name := l.identifier()
	if next := l.pos + len(name); next < len(l.src) && (l.src[next] == '"' || l.src[next] == '\'') {
		return l.texts()
	}
	var v any
	switch name {
	case "None":
	case "True":
		v = true
	case "False":
		v = false
	default:
		return nil, errNotLiteral
	}
	l.pos += len(name)
	return v, nil
}

// number reads a number with an optional sign.
func (l *literal) number() (any, error) {
	sign := ""
	if c := l.peek(); c == '+' || c == '-' {
		l.pos++
		l.blank()
		if c == '-' {
			sign = "-"
		}
	}
	end := l.pos
	for end < len(l.src) && isNumeric(l.src[l.pos:], end-l.pos) {
		end++
	}
	text := l.src[l.pos:end]
	if text == "" || len(text) > maxNumber {
		return nil, errNotLiteral
	}
	v, err := parseNumber(sign, text)
	if err == nil {
		l.pos = end
	}
	return v, err
}

// isNumeric tells whether the character at i goes on with the number that s starts with.
func isNumeric(s string, i int) bool {
	c := s[i]
	if c == '+' || c == '-' { // of an exponent
		return i > 0 && (s[i-1] == 'e' || s[i-1] == 'E') && !hasBase(s)
	}
	return c == '.' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

// hasBase tells whether a number starts with 0x, 0o or 0b.
func hasBase(s string) bool {
	return len(s) > 1 && s[0] == '0' && strings.ContainsRune("xXoObB", rune(s[1]))
}

// parseNumber reads a number without blanks. Go's and Python's syntaxes differ in leading zeros (octal,
// an error), hexadecimal fractions (allowed, not) and names (inf).
func parseNumber(sign, text string) (any, error) {
	if first := strings.TrimPrefix(text, "."); first == "" || !isDigit(first[0]) {
		return nil, errNotLiteral
	}
	if hasBase(text) || !strings.ContainsAny(text, ".eE") {
		if !hasBase(text) && text[0] == '0' && strings.Trim(text, "0_") != "" {
			return nil, errNotLiteral
		}
		n, err := strconv.ParseInt(sign+text, 0, 64)
		if err != nil {
			return nil, errNotLiteral
		}
		return n, nil
	}
	if text = strings.TrimLeft(withoutUnderscores(text), "0"); text == "" || text[0] < '0' || text[0] > '9' {
		text = "0" + text
	}
	f, err := strconv.ParseFloat(sign+text, 64)
	if err != nil || math.IsInf(f, 0) {
		return nil, errNotLiteral
	}
	return f, nil
}

// withoutUnderscores removes the underscores between digits.
func withoutUnderscores(s string) string {
	for i := 1; i+1 < len(s); i++ {
		if s[i] == '_' && isDigit(s[i-1]) && isDigit(s[i+1]) {
			s = s[:i] + s[i+1:]
		}
	}
	return s
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// list reads values up to the closing bracket. The opening one is next.
func (l *literal) list(closing byte) ([]any, error) {
	l.pos++
	l.inside++
	defer func() { l.inside-- }()
	return l.rest([]any{}, closing)
}

// rest reads the values that are left of a list.
func (l *literal) rest(out []any, closing byte) ([]any, error) {
	for {
		if l.accept(closing) {
			return out, nil
		}
		v, err := l.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if l.accept(closing) {
			return out, nil
		}
		if !l.accept(',') {
			return nil, errNotLiteral
		}
	}
}

// parenthesised reads a tuple or a value in parentheses.
func (l *literal) parenthesised() (any, error) {
	l.pos++
	l.inside++
	defer func() { l.inside-- }()
	if l.accept(')') {
		return []any{}, nil
	}
	v, err := l.value()
	if err != nil || l.accept(')') {
		return v, err
	}
	if !l.accept(',') {
		return nil, errNotLiteral
	}
	return l.rest([]any{v}, ')')
}

// braces reads a mapping or a set.
func (l *literal) braces() (any, error) {
	l.pos++
	l.inside++
	defer func() { l.inside-- }()
	d := dict{}
	for !l.accept('}') {
		key, err := l.value()
		if err != nil {
			return nil, err
		}
		if !l.accept(':') {
			if len(d) > 0 {
				return nil, errNotLiteral
			}
			if l.accept('}') {
				return []any{key}, nil
			}
			if !l.accept(',') {
				return nil, errNotLiteral
			}
			return l.rest([]any{key}, '}')
		}
		v, err := l.value()
		if err != nil {
			return nil, err
		}
		d = append(d, entry{key, v})
		if !l.accept(',') {
			if !l.accept('}') {
				return nil, errNotLiteral
			}
			break
		}
	}
	return d, nil
}

// texts reads one text or more, which Python joins.
func (l *literal) texts() (any, error) {
	var b strings.Builder
	for {
		if err := l.text(&b); err != nil {
			return nil, err
		}
		end := l.pos
		l.blank()
		next := l.pos + len(l.identifier())
		if next >= len(l.src) || l.src[next] != '"' && l.src[next] != '\'' {
			l.pos = end
			return b.String(), nil
		}
	}
}

// text reads one text, with its prefix.
func (l *literal) text(b *strings.Builder) error {
	prefix := strings.ToLower(l.identifier())
	if prefix != "" && prefix != "r" && prefix != "u" {
		return errNotLiteral // bytes, or with expressions inside
	}
	start := l.pos + len(prefix)
	body, end, ok := quoted(l.src, start)
	if !ok {
		return errNotLiteral
	}
	l.pos = end
	if strings.Contains(body, "\r\n") {
		body = strings.ReplaceAll(body, "\r\n", "\n")
	}
	if prefix == "r" {
		b.WriteString(body)
		return nil
	}
	return unescape(b, body)
}

// quoted returns what is between the quotes that start at the given place, and the place behind them;
// ok is false if they are not closed.
func quoted(src string, start int) (body string, end int, ok bool) {
	quote := src[start : start+1]
	long := strings.HasPrefix(src[start:], strings.Repeat(quote, 3))
	if long {
		quote = src[start : start+3]
	}
	for i := start + len(quote); i < len(src); i++ {
		switch {
		case src[i] == '\\':
			i++
			if !long && i+1 < len(src) && src[i] == '\r' && src[i+1] == '\n' {
				i++
			}
		case strings.HasPrefix(src[i:], quote):
			return src[start+len(quote) : i], i + len(quote), true
		case !long && src[i] == '\n':
			return "", 0, false
		}
	}
	return "", 0, false
}

// simpleEscapes are the escapes of one character; that of a line end stands for nothing.
var simpleEscapes = map[byte]string{
	'\\': "\\", '\'': "'", '"': "\"", 'n': "\n", 'r': "\r", 't': "\t", 'a': "\a", 'b': "\b", 'f': "\f", 'v': "\v", '\n': "",
}

// unescape writes a text with its escapes replaced. Unknown escapes stay as they are, as in Python.
func unescape(b *strings.Builder, s string) error {
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 || i+1 == len(s) {
			b.WriteString(s)
			return nil
		}
		b.WriteString(s[:i])
		c := s[i+1]
		octal := s[i+1:]
		s = s[i+2:]
		if plain, ok := simpleEscapes[c]; ok {
			b.WriteString(plain)
			continue
		}
		digits, base := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c], 16
		switch {
		case c >= '0' && c <= '7':
			base = 8
			s = octal
			for digits = 1; digits < 3 && digits < len(s) && s[digits] >= '0' && s[digits] <= '7'; {
				digits++
			}
		case c == 'N':
			return fmt.Errorf("%w: names of characters are not known", errNotLiteral)
		case digits == 0:
			b.WriteByte('\\')
			b.WriteByte(c)
			continue
		}
		if len(s) < digits {
			return errNotLiteral
		}
		n, err := strconv.ParseUint(s[:digits], base, 32)
		if err != nil || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
			return errNotLiteral
		}
		b.WriteRune(rune(n))
		s = s[digits:]
	}
}
