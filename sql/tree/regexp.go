package tree

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Pattern is a regular expression that was checked and rewritten for RE2, the engine behind
// ClickHouse's match(). Users write the dialect of PCRE and Python; the two differ from RE2, and match()
// from RE2's defaults, in ways that would silently change answers:
//
//   - match() lets "." match a line break; here it does so only under the flag s.
//   - "$" matches before a final line break too, as in PCRE. It stands for an optional line break at the
//     end, so what follows it in the pattern can no longer match that line break.
//   - \s holds the vertical tab; \h, \v, \R, \N, \Z, \e, \cX, \o{}, \Q..\E and the flag x are written out.
//   - All groups become non-capturing; comments and names go away.
//
// What RE2 cannot do (lookaround, back references, atomic groups, possessive quantifiers, recursion,
// conditions) is an error, not an approximation.
//
// match() reads text as UTF-8: a byte that is no part of a valid sequence matches nothing, not even ".",
// but does not keep the rest of the text from matching.
type Pattern struct{ source, re2 string }

// Source is the pattern as it was written.
func (p *Pattern) Source() string { return p.source }

// RE2 is the pattern as match() gets it. It is also valid for Go's package regexp.
func (p *Pattern) RE2() string { return p.re2 }

// matchesEmpty tells whether the empty text matches.
func (p *Pattern) matchesEmpty() bool {
	re, err := regexp.Compile(p.re2)
	return err != nil || re.MatchString("")
}

// Flags change the meaning of a pattern from its start on.
type Flags struct {
	IgnoreCase bool // i
	Multiline  bool // m: ^ and $ match at line breaks
	DotAll     bool // s: . matches line breaks
	Verbose    bool // x: white space and #comments are not part of the pattern
}

// MaxPattern is the length in bytes up to which patterns are taken.
const MaxPattern = 32 << 10

// PatternError says why a pattern cannot be used.
type PatternError struct {
	Pattern string
	Offset  int // in bytes, of the place at fault; -1 if it is the pattern as a whole
	Reason  string
}

func (e *PatternError) Error() string {
	shown := e.Pattern
	if len(shown) > 200 {
		shown = shown[:200] + "..."
	}
	if e.Offset < 0 {
		return fmt.Sprintf("invalid regular expression %q: %s", shown, e.Reason)
	}
	return fmt.Sprintf("invalid regular expression %q, at position %d: %s", shown, e.Offset+1, e.Reason)
}

// ParsePattern checks and translates a pattern. Errors are *PatternError.
func ParsePattern(source string, flags Flags) (*Pattern, error) {
	p := &patternParser{src: source, flags: flags, atom: -1}
	if flags.IgnoreCase {
		p.out = append(p.out, "(?i)"...)
	}
	if err := p.run(); err != nil {
		return nil, err
	}
	re2 := string(p.out)
	if _, err := syntax.Parse(re2, syntax.Perl); err != nil {
		return nil, &PatternError{source, -1, explainSyntax(err)}
	}
	return &Pattern{source, re2}, nil
}

func explainSyntax(err error) string {
	se, ok := err.(*syntax.Error)
	if !ok {
		return err.Error()
	}
	switch se.Code {
	case syntax.ErrInvalidRepeatSize:
		return fmt.Sprintf("%s repeats too often (1000 times at most, nested counts multiplied)", se.Expr)
	case syntax.ErrInvalidCharRange:
		return fmt.Sprintf("%s is not a known class of characters or range", se.Expr)
	}
	return se.Code.String() + ": " + se.Expr
}

// patternParser walks through a pattern and writes its translation.
type patternParser struct {
	src    string
	pos    int
	out    []byte
	flags  Flags
	groups []groupState // open ones
	atom   int          // where in out the item starts that a quantifier would repeat; -1: there is none
	quoted bool         // between \Q and \E
}

// groupState is what a group returns to at its end, and where it starts in the output.
type groupState struct {
	flags Flags
	start int
}

func (p *patternParser) fail(at int, format string, args ...any) error {
	return &PatternError{p.src, at, fmt.Sprintf(format, args...)}
}

func (p *patternParser) run() error {
	if len(p.src) > MaxPattern {
		return p.fail(-1, "it is longer than %d bytes", MaxPattern)
	}
	if !utf8.ValidString(p.src) {
		return p.fail(-1, "it is not valid UTF-8")
	}
	for p.pos < len(p.src) {
		if err := p.step(); err != nil {
			return err
		}
	}
	if len(p.groups) > 0 {
		return p.fail(len(p.src), "a ) is missing")
	}
	return nil
}

// step translates the next item of the pattern.
func (p *patternParser) step() error {
	if p.quoted {
		p.quotedItem()
		return nil
	}
	start := p.pos
	r := p.next()
	switch r {
	case '\\':
		return p.escape(start)
	case '[':
		return p.class(start)
	case '(':
		return p.group(start)
	case ')':
		return p.closeGroup(start)
	case '*', '+', '?':
		return p.quantifier(start)
	case '{':
		if n := counted(p.src[start:]); n > 0 {
			p.pos = start + n
			return p.quantifier(start)
		}
		p.literal(r)
	case '|':
		p.out, p.atom = append(p.out, '|'), -1
	case '.':
		p.item(dot(p.flags))
	case '^':
		p.item(lineStart(p.flags))
	case '$':
		p.item(lineEnd(p.flags))
	default:
		if p.flags.Verbose && p.skipVerbose(r) {
			return nil
		}
		p.literal(r)
	}
	return nil
}

func (p *patternParser) next() rune {
	r, n := utf8.DecodeRuneInString(p.src[p.pos:])
	p.pos += n
	return r
}

func (p *patternParser) peek(prefix string) bool { return strings.HasPrefix(p.src[p.pos:], prefix) }

// item writes something that a quantifier may repeat.
func (p *patternParser) item(s string) {
	p.atom = len(p.out)
	p.out = append(p.out, s...)
}

func (p *patternParser) literal(r rune) {
	p.atom = len(p.out)
	p.out = appendLiteral(p.out, r)
}

func (p *patternParser) quotedItem() {
	if p.peek(`\E`) {
		p.pos, p.quoted = p.pos+2, false
		return
	}
	p.literal(p.next())
}

// skipVerbose leaves out white space and comments.
func (p *patternParser) skipVerbose(r rune) bool {
	if r == '#' {
		if i := strings.IndexByte(p.src[p.pos:], '\n'); i >= 0 {
			p.pos += i + 1
		} else {
			p.pos = len(p.src)
		}
		return true
	}
	return r == ' ' || r >= '\t' && r <= '\r'
}

// appendLiteral writes a character so that it stands for itself, inside and outside of classes.
func appendLiteral(out []byte, r rune) []byte {
	switch {
	case r < ' ' || r == 0x7f || r >= utf8.RuneSelf && !unicode.IsPrint(r):
		return fmt.Appendf(out, `\x{%x}`, r)
	case strings.ContainsRune(`\.+*?()|[]{}^$-&~#`, r):
		return append(out, '\\', byte(r))
	}
	return utf8.AppendRune(out, r)
}

func dot(f Flags) string {
	if f.DotAll {
		return "(?s:.)"
	}
	return `[^\n]`
}

func lineStart(f Flags) string {
	if f.Multiline {
		return "(?m:^)"
	}
	return "^"
}

func lineEnd(f Flags) string {
	if f.Multiline {
		return "(?m:$)"
	}
	return `(?:\n?\z)`
}

// counted returns the length of the {n}, {n,} or {n,m} that s starts with; 0 if it does not and the
// brace stands for itself.
func counted(s string) int {
	i := 1
	digits := func() int {
		start := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i - start
	}
	if digits() == 0 {
		return 0
	}
	if i < len(s) && s[i] == ',' {
		i++
		digits()
	}
	if i < len(s) && s[i] == '}' {
		return i + 1
	}
	return 0
}

// quantifier copies the quantifier from start to the current position, with its "?".
func (p *patternParser) quantifier(start int) error {
	if p.atom < 0 {
		return p.fail(start, "there is nothing that %s could repeat", p.src[start:p.pos])
	}
	text := p.src[start:p.pos]
	if len(text) > 1 && largestCount(text) > maxRepeat {
		return p.fail(start, "%s repeats too often (%d times at most)", text, maxRepeat)
	}
	p.out = append(p.out, text...)
	p.atom = -1
	switch {
	case p.peek("?"):
		p.pos++
		p.out = append(p.out, '?')
	case p.peek("+"):
		return p.fail(start, "possessive quantifiers (%s+) are not supported", text)
	}
	return nil
}

// maxRepeat is RE2's limit.
const maxRepeat = 1000

// largestCount returns the larger number of {n,m}, maxRepeat+1 for numbers far beyond.
func largestCount(text string) int {
	largest, n := 0, 0
	for i := range len(text) {
		if c := text[i]; c >= '0' && c <= '9' {
			n = min(n*10+int(c-'0'), maxRepeat+1)
			largest = max(largest, n)
		} else {
			n = 0
		}
	}
	return largest
}
