package query

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"

	"ivre/sql/tree"
)

// checkBudget refuses expressions that are long, or that backtracking engines would take for ever for. The engine
// behind this program takes linear time for any; the refusal is part of the interface.
func (b *builder) checkBudget(source string, flags tree.Flags) error {
	if n := utf8.RuneCountInString(source); b.opt.RegexMaxLength > 0 && n > b.opt.RegexMaxLength {
		return fail("", "Regex exceeds maximum length (%d > %d)", n, b.opt.RegexMaxLength)
	}
	if b.opt.RegexStarriness <= 0 {
		return nil
	}
	p, err := tree.ParsePattern(source, flags)
	if err != nil {
		return fail("", "Invalid regex pattern: %v", err)
	}
	re, err := syntax.Parse(p.RE2(), syntax.Perl)
	if err != nil {
		return fail("", "Invalid regex pattern: %v", err)
	}
	m := scorer{sums: map[*syntax.Regexp]item{}, left: maxWork}
	n := m.starriness(re)
	if m.left < 0 {
		return fail("", "Regex pattern has too many repeats to be checked")
	}
	if n > b.opt.RegexStarriness {
		return fail("", "Regex pattern is vulnerable to ReDoS (starriness=%d, limit=%d)", n, b.opt.RegexStarriness)
	}
	return nil
}

// set is a set of runes as sorted pairs.
type set []rune

var allRunes = set{0, utf8.MaxRune}

func intersect(a, b set) set {
	var out set
	for i, j := 0, 0; i < len(a) && j < len(b); {
		lo, hi := max(a[i], b[j]), min(a[i+1], b[j+1])
		if lo <= hi {
			out = append(out, lo, hi)
		}
		if a[i+1] < b[j+1] {
			i += 2
		} else {
			j += 2
		}
	}
	return out
}

// union merges two sets.
func union(a, b set) set {
	out := make(set, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		next := &a
		if len(a) == 0 || len(b) > 0 && b[0] < a[0] {
			next = &b
		}
		lo, hi := (*next)[0], (*next)[1]
		*next = (*next)[2:]
		if n := len(out); n > 0 && lo <= out[n-1]+1 {
			out[n-1] = max(out[n-1], hi)
			continue
		}
		out = append(out, lo, hi)
	}
	return out
}

// item is a piece of an expression: which runes it can begin with, how starry it is, whether it may be empty.
type item struct {
	runes     set
	score     int
	unbounded bool
	optional  bool
	fails     bool // can fail the match though it takes no rune ($, \b)
}

// repeated is the score of an unbounded repeat; that of very deep ones stays at a bound.
func repeated(body int) int { return min(1+10*body, 1<<40) }

// scorer looks at one expression.
type scorer struct {
	sums map[*syntax.Regexp]item // what parts of it were summed up to: the parts around them ask again
	left int                     // how many more ranges of runes it may look at; below zero it gave up
}

// maxWork is what a scorer starts with: a tenth of a second, and beyond what a thousand characters usually need.
const maxWork = 1 << 24

// starriness is the largest score of a chain of overlapping unbounded repeats that something mandatory follows, 0 if
// there is none above 2.
func (m *scorer) starriness(re *syntax.Regexp) int {
	items := m.flatten(re, nil)
	covered := make([]bool, len(items))
	worst := 0
	for i, first := range items {
		if first.unbounded && !covered[i] {
			worst = max(worst, m.chain(first, items[i+1:], covered[i+1:]))
		}
	}
	for _, sub := range re.Sub {
		if re.Op != syntax.OpConcat {
			worst = max(worst, m.starriness(sub))
		} else if sub.Op != syntax.OpLiteral {
			worst = max(worst, m.inner(sub))
		}
	}
	return worst
}

// inner looks into a part of a sequence whose own items were looked at already.
func (m *scorer) inner(re *syntax.Regexp) int {
	worst := 0
	for _, sub := range re.Sub {
		worst = max(worst, m.starriness(sub))
	}
	return worst
}

// chain is the score of what starts with an unbounded repeat, up to the last mandatory thing that follows. It marks the
// repeats whose own chains are parts of this one, so that they need no look: a*a*a*... takes linear time by that.
func (m *scorer) chain(first item, rest []item, covered []bool) int {
	total, common, worst := first.score, first.runes, 0
	for i, it := range rest {
		if !it.optional || it.fails {
			worst = max(worst, over(total))
		}
		if it.fails {
			break
		}
		if m.left -= 1 + (len(common)+len(it.runes))/2; m.left < 0 {
			break
		}
		overlap := intersect(common, it.runes)
		if len(overlap) == 0 && !it.optional {
			break
		}
		if len(overlap) == 0 || it.optional && !it.unbounded {
			continue
		}
		covered[i] = covered[i] || it.unbounded && slices.Equal(common, it.runes)
		common = overlap
		total += it.score
	}
	return worst
}

func over(total int) int {
	if total > 2 {
		return total
	}
	return 0
}

// flatten lists the items of a sequence.
func (m *scorer) flatten(re *syntax.Regexp, out []item) []item {
	switch re.Op {
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			out = m.flatten(sub, out)
		}
		return out
	case syntax.OpCapture:
		return m.flatten(re.Sub[0], out)
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			out = append(out, item{runes: set{r, r}})
		}
		return out
	}
	return append(out, m.itemOf(re))
}

func (m *scorer) itemOf(re *syntax.Regexp) item {
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus:
		body := m.sequence(re.Sub[0])
		return item{runes: body.runes, score: repeated(body.score), unbounded: true, optional: re.Op == syntax.OpStar || body.optional}
	case syntax.OpQuest:
		body := m.sequence(re.Sub[0])
		body.optional, body.unbounded = true, false
		return body
	case syntax.OpRepeat:
		body := m.sequence(re.Sub[0])
		if re.Max < 0 {
			return item{runes: body.runes, score: repeated(body.score), unbounded: true, optional: re.Min == 0 || body.optional}
		}
		body.optional = body.optional || re.Min == 0
		return body
	case syntax.OpAlternate:
		var out item
		for _, sub := range re.Sub {
			x := m.sequence(sub)
			out.runes = union(out.runes, x.runes)
			out.score = max(out.score, x.score)
			out.optional = out.optional || x.optional
		}
		return out
	case syntax.OpCharClass:
		return item{runes: set(re.Rune)}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return item{runes: allRunes}
	case syntax.OpEndLine, syntax.OpEndText, syntax.OpBeginLine, syntax.OpBeginText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return item{optional: true, fails: true}
	case syntax.OpEmptyMatch:
		return item{optional: true}
	}
	return item{fails: true} // OpNoMatch, such as [^\x00-\x{10ffff}]
}

// sequence is a whole sequence as one item.
func (m *scorer) sequence(re *syntax.Regexp) item {
	it, known := m.sums[re]
	if !known {
		it = sum(m.flatten(re, nil))
		m.sums[re] = it
	}
	return it
}

func sum(items []item) item {
	out := item{optional: true}
	for _, it := range items {
		out.runes = union(out.runes, it.runes)
		out.score += it.score
		out.optional = out.optional && it.optional
	}
	return out
}
