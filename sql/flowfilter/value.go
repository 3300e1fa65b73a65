package flowfilter

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"ivre/sql/tree"
)

// A value as it is written: nil, bool, *big.Int, float64, string or []any.

// readValue reads the right side of a clause: a Python literal if it is one, else one of the words of
// JSON, else the text itself.
func readValue(text string) any {
	r := literalReader{s: text}
	if v, ok := r.whole(); ok {
		return v
	}
	switch text {
	case "true":
		return true
	case "false":
		return false
	case "null", "none":
		return nil
	}
	return text
}

// treeValue turns a value into that of a test. Integers beyond 64 bits become floating-point numbers:
// nothing stored is that large, so only their order counts.
func treeValue(v any) tree.Value {
	switch v := v.(type) {
	case bool:
		return tree.Bool(v)
	case *big.Int:
		if v.IsInt64() {
			return tree.Int(v.Int64())
		}
		if v.IsUint64() {
			return tree.Uint(v.Uint64())
		}
		f, _ := new(big.Float).SetInt(v).Float64()
		return tree.Float(f)
	case float64:
		return tree.Float(v)
	case string:
		return tree.Text(v)
	case []any:
		list := make(tree.List, len(v))
		for i, e := range v {
			list[i] = treeValue(e)
		}
		return list
	}
	return tree.Null{}
}

// Limits of literals. Texts beyond them are not literals but stand for themselves.
const (
	maxDigits  = 4300 // of an integer, as in Python
	maxNesting = 50   // of lists
)

// literalReader reads the literals of Python that make sense as values: numbers, strings, True, False,
// None, lists and tuples. ok is false for everything else.
type literalReader struct {
	s     string
	i     int
	depth int
}

func (r *literalReader) whole() (any, bool) {
	r.blanks()
	v, ok := r.value()
	if !ok {
		return nil, false
	}
	if r.at(',') { // 1, 2 is a tuple, too
		v, ok = r.items([]any{v}, 0)
	}
	return v, ok && r.i == len(r.s)
}

func (r *literalReader) at(c byte) bool { return r.i < len(r.s) && r.s[r.i] == c }

func (r *literalReader) blanks() {
	for r.i < len(r.s) && strings.IndexByte(" \t\n\r\f", r.s[r.i]) >= 0 {
		r.i++
	}
}

// value reads one value and the blanks after it.
func (r *literalReader) value() (v any, ok bool) {
	if r.i >= len(r.s) {
		return nil, false
	}
	switch c := r.s[r.i]; {
	case c == '[':
		r.i++
		return r.list(']')
	case c == '(':
		r.i++
		return r.list(')')
	case c == '+' || c == '-':
		r.i++
		r.blanks()
		v, ok = r.number()
		if c == '-' && ok {
			v = negated(v)
		}
	case c >= '0' && c <= '9' || c == '.':
		v, ok = r.number()
	case c == '"' || c == '\'' || isPrefixed(r.s[r.i:]):
		return r.text()
	default:
		v, ok = r.word()
	}
	r.blanks()
	return v, ok
}

func negated(v any) any {
	switch v := v.(type) {
	case *big.Int:
		return v.Neg(v)
	case float64:
		return -v
	}
	return v
}

func (r *literalReader) word() (any, bool) {
	for _, w := range []struct {
		name  string
		value any
	}{{"True", true}, {"False", false}, {"None", nil}} {
		if rest, ok := strings.CutPrefix(r.s[r.i:], w.name); ok && (rest == "" || !isWordByte(rest[0])) {
			r.i += len(w.name)
			return w.value, true
		}
	}
	return nil, false
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

// list reads the rest of a list or tuple. A single value in parentheses without comma is just that.
func (r *literalReader) list(end byte) (any, bool) {
	if r.depth++; r.depth > maxNesting {
		return nil, false
	}
	defer func() { r.depth-- }()
	r.blanks()
	if r.at(end) {
		r.i++
		r.blanks()
		return []any{}, true
	}
	first, ok := r.value()
	if !ok {
		return nil, false
	}
	if end == ')' && r.at(end) {
		r.i++
		r.blanks()
		return first, true
	}
	return r.items([]any{first}, end)
}

// items reads what follows the first item, through the end mark (0: the end of the text).
func (r *literalReader) items(list []any, end byte) (any, bool) {
	for r.at(',') {
		r.i++
		r.blanks()
		if r.i == len(r.s) || end != 0 && r.at(end) {
			break
		}
		v, ok := r.value()
		if !ok {
			return nil, false
		}
		list = append(list, v)
	}
	if end == 0 {
		return list, true
	}
	if !r.at(end) {
		return nil, false
	}
	r.i++
	r.blanks()
	return list, true
}

// number reads an integer (decimal, 0x, 0o, 0b, with single underscores between digits) or a
// floating-point number.
func (r *literalReader) number() (any, bool) {
	start := r.i
	for r.i < len(r.s) {
		c := r.s[r.i]
		exponent := (c == '+' || c == '-') && r.i > start && (r.s[r.i-1] == 'e' || r.s[r.i-1] == 'E') && !isHex(r.s[start:r.i])
		if !isWordByte(c) && c != '.' && !exponent {
			break
		}
		r.i++
	}
	text := r.s[start:r.i]
	if !isHex(text) && strings.ContainsAny(text, ".eE") {
		return floatLiteral(text)
	}
	return intLiteral(text)
}

func isHex(text string) bool { return len(text) > 1 && text[0] == '0' && (text[1]|0x20) == 'x' }

func intLiteral(text string) (any, bool) {
	base, digits := 10, text
	if len(text) > 2 && text[0] == '0' {
		switch text[1] | 0x20 {
		case 'x':
			base = 16
		case 'o':
			base = 8
		case 'b':
			base = 2
		}
		if base != 10 {
			digits = strings.TrimPrefix(text[2:], "_")
		}
	}
	if !cleanUnderscores(digits) || len(digits) > maxDigits {
		return nil, false
	}
	digits = strings.ReplaceAll(digits, "_", "")
	if base == 10 && digits[0] == '0' && strings.Trim(digits, "0") != "" {
		return nil, false // 080 is neither octal nor decimal
	}
	return new(big.Int).SetString(digits, base)
}

// cleanUnderscores reports whether underscores are single and between other characters, which start
// with no sign.
func cleanUnderscores(s string) bool {
	return s != "" && s[0] != '_' && s[0] != '+' && s[0] != '-' && s[len(s)-1] != '_' && !strings.Contains(s, "__")
}

func floatLiteral(text string) (any, bool) {
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9', c == '.', c == 'e', c == 'E', c == '+', c == '-':
		case c == '_' && i > 0 && i+1 < len(text) && isDigit(text[i-1]) && isDigit(text[i+1]):
		default:
			return nil, false
		}
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
	if err != nil && !math.IsInf(f, 0) {
		return nil, false
	}
	return f, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
