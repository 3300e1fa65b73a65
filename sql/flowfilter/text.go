package flowfilter

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// isPrefixed tells whether s starts with a string literal that has a prefix: r"...", u'...'.
func isPrefixed(s string) bool {
	return len(s) > 1 && strings.IndexByte("rRuU", s[0]) >= 0 && (s[1] == '"' || s[1] == '\'')
}

// text reads one or several string literals next to each other, which are one string.
func (r *literalReader) text() (any, bool) {
	var b strings.Builder
	for r.i < len(r.s) && (r.at('"') || r.at('\'') || isPrefixed(r.s[r.i:])) {
		raw := false
		if !r.at('"') && !r.at('\'') {
			raw = r.at('r') || r.at('R')
			r.i++
		}
		if !r.quoted(&b, raw) {
			return nil, false
		}
		r.blanks()
	}
	return b.String(), true
}

// quoted reads one string literal from its opening quote (or three of them) to its end. Unlike in
// Python, line breaks may stand in it.
func (r *literalReader) quoted(b *strings.Builder, raw bool) bool {
	quote := r.s[r.i : r.i+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(r.s[r.i:], triple) {
		quote = triple
	}
	r.i += len(quote)
	for r.i < len(r.s) {
		if strings.HasPrefix(r.s[r.i:], quote) {
			r.i += len(quote)
			return true
		}
		c := r.s[r.i]
		r.i++
		if c != '\\' {
			b.WriteByte(c)
			continue
		}
		if r.i == len(r.s) {
			return false
		}
		if raw {
			b.WriteByte('\\')
			b.WriteByte(r.s[r.i])
			r.i++
		} else if !r.escape(b) {
			return false
		}
	}
	return false
}

var simpleEscapes = map[byte]string{
	'\n': "", '\\': `\`, '\'': "'", '"': `"`,
	'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

// escape reads what follows a backslash. Unknown escapes keep the backslash; broken ones, and names of
// characters (\N{...}), make the whole no literal.
func (r *literalReader) escape(b *strings.Builder) bool {
	c := r.s[r.i]
	r.i++
	if s, ok := simpleEscapes[c]; ok {
		b.WriteString(s)
		return true
	}
	switch c {
	case 'x':
		return r.hexEscape(b, 2)
	case 'u':
		return r.hexEscape(b, 4)
	case 'U':
		return r.hexEscape(b, 8)
	case 'N':
		return false
	}
	if c < '0' || c > '7' {
		b.WriteByte('\\')
		b.WriteByte(c)
		return true
	}
	n := rune(c - '0')
	for k := 0; k < 2 && r.i < len(r.s) && r.s[r.i] >= '0' && r.s[r.i] <= '7'; k++ {
		n = n*8 + rune(r.s[r.i]-'0')
		r.i++
	}
	b.WriteRune(n)
	return true
}

func (r *literalReader) hexEscape(b *strings.Builder, digits int) bool {
	if r.i+digits > len(r.s) {
		return false
	}
	n, err := strconv.ParseUint(r.s[r.i:r.i+digits], 16, 32)
	if err != nil || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return false
	}
	r.i += digits
	b.WriteRune(rune(n))
	return true
}
