package tree

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sets of characters, in the form that they have inside [...]. RE2's \s lacks the vertical tab.
const (
	spaceSet     = `\t-\r `
	notSpaceSet  = `\x00-\x08\x0e-\x1f!-\x{10ffff}`
	blankSet     = `\t \x{a0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}`
	notBlankSet  = `\x00-\x08\x0a-\x1f!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{180d}\x{180f}-\x{1fff}\x{200b}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff}`
	breakSet     = `\n-\r\x{85}\x{2028}\x{2029}`
	notBreakSet  = `\x00-\x09\x0e-\x{84}\x{86}-\x{2027}\x{202a}-\x{10ffff}`
	anyLineBreak = `(?:\r\n|[` + breakSet + `])`
)

// classEscapes are the escapes that stand for several characters, by their letter.
var classEscapes = map[rune]string{
	'd': `\d`, 'D': `\D`, 'w': `\w`, 'W': `\W`,
	's': spaceSet, 'S': notSpaceSet,
	'h': blankSet, 'H': notBlankSet,
	'v': breakSet, 'V': notBreakSet,
}

// escapeErrors are the escapes that RE2 does not have.
var escapeErrors = map[rune]string{
	'k': `back references (\k) are not supported`,
	'g': `back references (\g) are not supported`,
	'G': `\G is not supported`,
	'K': `\K is not supported`,
	'X': `\X is not supported`,
	'C': `\C is not supported`,
}

// escape translates what follows the backslash at start, outside of classes.
func (p *patternParser) escape(start int) error {
	if p.pos >= len(p.src) {
		return p.fail(start, "the backslash at the end escapes nothing")
	}
	r, size := utf8.DecodeRuneInString(p.src[p.pos:])
	if set, ok := classEscapes[r]; ok {
		p.pos += size
		p.item("[" + set + "]")
		return nil
	}
	if why, ok := escapeErrors[r]; ok {
		return p.fail(start, "%s", why)
	}
	simple, ok := "", true
	switch r {
	case 'b', 'B', 'A', 'z':
		simple = `\` + string(r)
	case 'Z':
		simple = lineEnd(Flags{})
	case 'R':
		simple = anyLineBreak
	case 'N':
		simple = dot(Flags{})
	case 'Q':
		p.pos, p.quoted = p.pos+1, true
		return nil
	case 'E':
		p.pos++
		return nil
	case 'p', 'P':
		return p.property(start, true)
	default:
		ok = false
	}
	if ok {
		p.pos += size
		p.item(simple)
		return nil
	}
	c, err := p.character(start, false)
	if err != nil {
		return err
	}
	p.literal(c)
	return nil
}

// property copies \p{Greek}, \pL, \P{^Lu}; whether RE2 knows the name is checked at the end.
func (p *patternParser) property(start int, outside bool) error {
	p.pos++
	if p.pos >= len(p.src) {
		return p.fail(start, "the property has no name")
	}
	end := p.pos + 1
	if p.peek("{") {
		n := strings.IndexByte(p.src[p.pos:], '}')
		if n < 0 {
			return p.fail(start, "the name of the property has no end")
		}
		end = p.pos + n + 1
	}
	text := p.src[start:end]
	p.pos = end
	if !utf8.ValidString(text) || strings.ContainsAny(text[2:], `\[]|()`) {
		return p.fail(start, "this is not the name of a property")
	}
	if outside {
		p.item(text)
	} else {
		p.out = append(p.out, text...)
	}
	return nil
}

// character reads the rest of an escape that stands for one character.
func (p *patternParser) character(start int, inClass bool) (rune, error) {
	r := p.next()
	switch r {
	case 'a':
		return 7, nil
	case 'e':
		return 27, nil
	case 'f':
		return 12, nil
	case 'n':
		return 10, nil
	case 'r':
		return 13, nil
	case 't':
		return 9, nil
	case 'c':
		if p.pos >= len(p.src) || p.src[p.pos] < ' ' || p.src[p.pos] > '~' {
			return 0, p.fail(start, `\c needs a letter`)
		}
		c := unicode.ToUpper(p.next())
		return c ^ 64, nil
	case 'x':
		return p.hexadecimal(start)
	case 'o':
		return p.braced(start, 8)
	}
	if r >= '0' && r <= '9' {
		return p.digits(start, inClass)
	}
	if r < utf8.RuneSelf && (unicode.IsLetter(r)) {
		return 0, p.fail(start, `\%c is not a known escape`, r)
	}
	return r, nil
}

func (p *patternParser) hexadecimal(start int) (rune, error) {
	if p.peek("{") {
		return p.braced(start, 16)
	}
	n := 0
	for n < 2 && p.pos+n < len(p.src) && strings.IndexByte("0123456789abcdefABCDEF", p.src[p.pos+n]) >= 0 {
		n++
	}
	if n == 0 {
		return 0, nil
	}
	v, err := strconv.ParseUint(p.src[p.pos:p.pos+n], 16, 8)
	p.pos += n
	return rune(v), err
}

// braced reads {digits}.
func (p *patternParser) braced(start, base int) (rune, error) {
	end := strings.IndexByte(p.src[p.pos:], '}')
	if !p.peek("{") || end < 0 {
		return 0, p.fail(start, "a number in braces is missing")
	}
	text := p.src[p.pos+1 : p.pos+end]
	v, err := strconv.ParseUint(text, base, 32)
	if err != nil || v > unicode.MaxRune || v >= 0xd800 && v < 0xe000 {
		return 0, p.fail(start, "{%s} is not the number of a character", text)
	}
	p.pos += end + 1
	return rune(v), nil
}

// digits reads an octal number. Numbers that start with another digit than 0 mean a group, unless they
// have three octal digits or stand in a class.
func (p *patternParser) digits(start int, inClass bool) (rune, error) {
	p.pos = start + 1
	n := 0
	for n < 3 && p.pos+n < len(p.src) && p.src[p.pos+n] >= '0' && p.src[p.pos+n] <= '7' {
		n++
	}
	if n == 0 || p.src[p.pos] != '0' && n < 3 && !inClass {
		return 0, p.fail(start, `back references (\%c) are not supported`, p.src[p.pos])
	}
	v, err := strconv.ParseUint(p.src[p.pos:p.pos+n], 8, 16)
	p.pos += n
	return rune(v), err
}

// class translates what follows the "[" at start.
func (p *patternParser) class(start int) error {
	p.item("[")
	if p.peek("^") {
		p.pos++
		p.out = append(p.out, '^')
	}
	for first := true; ; first = false {
		if p.pos >= len(p.src) {
			return p.fail(start, "the ] is missing")
		}
		if p.peek("]") && !first {
			p.pos++
			p.out = append(p.out, ']')
			return nil
		}
		if err := p.classItem(); err != nil {
			return err
		}
	}
}

// classItem translates a character, a range or a named set inside of a class.
func (p *patternParser) classItem() error {
	at := p.pos
	for _, kind := range []string{"[:", "[.", "[="} {
		if !p.peek(kind) {
			continue
		}
		end := strings.Index(p.src[p.pos+2:], kind[1:]+"]")
		if end < 0 || strings.ContainsAny(p.src[p.pos+2:p.pos+2+end], `]\`) {
			break
		}
		if kind != "[:" {
			return p.fail(at, "collating elements (%s%s]) are not supported", kind, kind[1:])
		}
		p.out = append(p.out, p.src[p.pos:p.pos+end+4]...)
		p.pos += end + 4
		return nil
	}
	from, single, err := p.classMember()
	if err != nil || !single {
		return err
	}
	if !p.peek("-") || strings.HasPrefix(p.src[p.pos:], "-]") || p.pos+1 >= len(p.src) {
		p.out = appendLiteral(p.out, from)
		return nil
	}
	return p.classRange(at, from)
}

// classRange translates the rest of a range from-to; a minus sign before a set stands for itself.
func (p *patternParser) classRange(at int, from rune) error {
	p.pos++
	mark := len(p.out)
	to, single, err := p.classMember()
	if err != nil {
		return err
	}
	if !single {
		set := string(p.out[mark:])
		p.out = appendLiteral(p.out[:mark], from)
		p.out = append(append(p.out, `\-`...), set...)
		return nil
	}
	if to < from {
		return p.fail(at, "the range %c-%c runs backwards", from, to)
	}
	p.out = appendLiteral(p.out, from)
	p.out = append(p.out, '-')
	p.out = appendLiteral(p.out, to)
	return nil
}

// classMember reads a single character, or writes a set of characters (single is false).
func (p *patternParser) classMember() (r rune, single bool, err error) {
	at := p.pos
	if r = p.next(); r != '\\' {
		return r, true, nil
	}
	if p.pos >= len(p.src) {
		return 0, false, p.fail(at, "the ] is missing")
	}
	r, size := utf8.DecodeRuneInString(p.src[p.pos:])
	if set, ok := classEscapes[r]; ok {
		p.pos += size
		p.out = append(p.out, set...)
		return 0, false, nil
	}
	switch r {
	case 'p', 'P':
		return 0, false, p.property(at, false)
	case 'b':
		p.pos++
		return 8, true, nil
	case 'B', 'R', 'N', 'X', 'A', 'z', 'Z', 'Q', 'E', 'k', 'g', 'G', 'K', 'C':
		return 0, false, p.fail(at, `\%c is not supported inside of [...]`, r)
	}
	r, err = p.character(at, true)
	return r, true, err
}
