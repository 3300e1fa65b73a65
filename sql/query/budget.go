package query

import (
	"regexp/syntax"
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
	if n := starriness(re); n > b.opt.RegexStarriness {
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

func union(a, b set) set {
	out := append(append(set{}, a...), b...)
	// sorted by insertion: sets are short
	for i := 2; i < len(out); i += 2 {
		for j := i; j > 0 && out[j] < out[j-2]; j -= 2 {
			out[j], out[j+1], out[j-2], out[j-1] = out[j-2], out[j-1], out[j], out[j+1]
		}
	}
	merged := set{}
	for i := 0; i < len(out); i += 2 {
		if n := len(merged); n > 0 && out[i] <= merged[n-1]+1 {
			merged[n-1] = max(merged[n-1], out[i+1])
			continue
		}
		merged = append(merged, out[i], out[i+1])
	}
	return merged
}

// item is a piece of an expression: which runes it can begin with, how starry it is, whether it may be empty.
type item struct {
	runes     set
	score     int
	unbounded bool
	optional  bool
	fails     bool // can fail the match though it takes no rune ($, \b)
}

// starriness is the largest score of a chain of overlapping unbounded repeats that something mandatory follows, 0 if
// there is none above 2.
func starriness(re *syntax.Regexp) int {
	items := flatten(re, nil)
	worst := 0
	for i, first := range items {
		if !first.unbounded {
			continue
		}
		worst = max(worst, chain(first, items[i+1:]))
	}
	for _, sub := range re.Sub {
		if re.Op != syntax.OpConcat {
			worst = max(worst, starriness(sub))
		} else if sub.Op != syntax.OpLiteral {
			worst = max(worst, inner(sub))
		}
	}
	return worst
}

// inner looks into a part of a sequence whose own items were looked at already.
func inner(re *syntax.Regexp) int {
	worst := 0
	for _, sub := range re.Sub {
		worst = max(worst, starriness(sub))
	}
	return worst
}

// chain is the score of what starts with an unbounded repeat, if something mandatory follows.
func chain(first item, rest []item) int {
	total, common := first.score, first.runes
	for _, it := range rest {
		if it.fails {
			break
		}
		overlap := intersect(common, it.runes)
		switch {
		case len(overlap) == 0 && it.optional:
			continue
		case len(overlap) == 0:
			return over(total)
		case it.optional && !it.unbounded:
			continue
		}
		common = overlap
		total += it.score
		if !it.optional && !it.unbounded {
			common = overlap
		}
	}
	for _, it := range rest {
		if it.fails || !it.optional {
			return over(total)
		}
	}
	return 0
}

func over(total int) int {
	if total > 2 {
		return total
	}
	return 0
}

// flatten lists the items of a sequence.
func flatten(re *syntax.Regexp, out []item) []item {
	switch re.Op {
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			out = flatten(sub, out)
		}
		return out
	case syntax.OpCapture:
		return flatten(re.Sub[0], out)
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			out = append(out, item{runes: set{r, r}})
		}
		return out
	}
	return append(out, itemOf(re))
}

func itemOf(re *syntax.Regexp) item {
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus:
		body := sequence(re.Sub[0])
		return item{runes: body.runes, score: 1 + 10*body.score, unbounded: true, optional: re.Op == syntax.OpStar || body.optional}
	case syntax.OpQuest:
		body := sequence(re.Sub[0])
		body.optional, body.unbounded = true, false
		return body
	case syntax.OpRepeat:
		body := sequence(re.Sub[0])
		if re.Max < 0 {
			return item{runes: body.runes, score: 1 + 10*body.score, unbounded: true, optional: re.Min == 0 || body.optional}
		}
		body.optional = body.optional || re.Min == 0
		return body
	case syntax.OpAlternate:
		var out item
		for _, sub := range re.Sub {
			x := sequence(sub)
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
	items := flatten(re, nil)
	return sum(items)
}

// sequence is a whole sequence as one item.
func sequence(re *syntax.Regexp) item { return sum(flatten(re, nil)) }

func sum(items []item) item {
	out := item{optional: true}
	for _, it := range items {
		out.runes = union(out.runes, it.runes)
		out.score += it.score
		out.optional = out.optional && it.optional
	}
	return out
}
