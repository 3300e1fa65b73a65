package query

import (
	"cmp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"ivre/sql/tree"
)

// starriness tells whether an engine that backtracks could take very long for a pattern. It looks for repeats without
// an upper bound that compete for the same text and are followed by something that can fail: a chain of them takes
// time that grows with the length of the text to the power of the chain's length, nested ones exponential time. The
// engines behind this program take linear time for any pattern; the refusal is part of the interface.
//
// A repeat counts 1 and ten times what is in it; a chain counts the sum. The result is the count of the first chain
// that is above the limit, 0 if there is none.
func starriness(p *tree.Pattern, limit int) int {
	re, err := syntax.Parse(withCaptures(p.RE2()), syntax.Perl)
	if err != nil { // too complex for the parser with its groups
		return 0
	}
	s := starScan{limit: limit, work: maxWork, items: map[*syntax.Regexp]starItem{}}
	return s.sequence(re, false)
}

// withCaptures makes groups capture: the parser joins repeats of groups that do not, (?:a+)+ becoming a+.
func withCaptures(re2 string) string {
	if !strings.Contains(re2, "(?:") {
		return re2
	}
	var out strings.Builder
	for i := 0; i < len(re2); i++ {
		switch {
		case re2[i] == '\\' && i+1 < len(re2):
			out.WriteString(re2[i : i+2])
			i++
		case strings.HasPrefix(re2[i:], "(?:"): // never within a class, where both are escaped
			out.WriteByte('(')
			i += 2
		default:
			out.WriteByte(re2[i])
		}
	}
	return out.String()
}

// starItem is what a part of a pattern means for the parts around it.
type starItem struct {
	runes     []rune // the characters in it, as pairs of first and last
	score     int
	unbounded bool // it repeats without an upper bound
	optional  bool // it matches the empty text
	anchor    bool // it takes no character but can fail
	node      *syntax.Regexp
}

type starScan struct {
	limit int
	work  int // what may still be done
	items map[*syntax.Regexp]starItem
}

// maxWork bounds the comparisons of classes. With common limits a pattern is far too short to get there.
const maxWork = 1 << 21

// sequence looks at a part of a pattern as a sequence, then at the parts of it. tail tells whether something mandatory
// follows.
func (s *starScan) sequence(re *syntax.Regexp, tail bool) int {
	items := s.flatten(re, nil)
	mandatory := make([]bool, len(items)+1) // something mandatory is at that place, or after it
	mandatory[len(items)] = tail
	for i := len(items) - 1; i >= 0; i-- {
		mandatory[i] = mandatory[i+1] || items[i].anchor || !items[i].optional
	}
	for i := range items {
		if items[i].unbounded {
			if n := s.chain(items[i:], mandatory[i:]); n > 0 {
				return n
			}
		}
	}
	for i := range items {
		if items[i].node == nil {
			continue
		}
		for _, sub := range items[i].node.Sub {
			if n := s.sequence(sub, mandatory[i+1]); n > 0 {
				return n
			}
		}
	}
	return 0
}

// chain counts from an unbounded repeat on; it is 0 if the count stays within the limit or nothing can fail after it.
func (s *starScan) chain(items []starItem, mandatory []bool) int {
	total, common, found := items[0].score, items[0].runes, 0
	for i := 1; ; i++ {
		if total > s.limit {
			if !mandatory[i] {
				return found
			}
			found = total
		}
		if i == len(items) || s.work < 0 {
			return found
		}
		it := items[i]
		s.work -= 1 + len(it.runes)
		if it.anchor || it.optional && !it.unbounded {
			continue
		}
		both := intersection(common, it.runes)
		switch {
		case len(both) > 0:
			common = both
			total = min(total+it.score, maxScore)
		case !it.optional:
			return found
		}
	}
}

// flatten appends the items of a sequence.
func (s *starScan) flatten(re *syntax.Regexp, out []starItem) []starItem {
	switch re.Op {
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			out = s.flatten(sub, out)
		}
		return out
	case syntax.OpCapture:
		return s.flatten(re.Sub[0], out)
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			out = append(out, starItem{runes: runeClass(r, re.Flags&syntax.FoldCase != 0)})
		}
		return out
	}
	it, ok := s.items[re]
	if !ok {
		it = s.item(re)
		s.items[re] = it
	}
	return append(out, it)
}

// runeClass is a character as pairs; fold: with its other cases.
func runeClass(r rune, fold bool) []rune {
	out := []rune{r, r}
	if fold {
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			out = append(out, f, f)
		}
		slices.Sort(out)
	}
	return out
}

// maxScore keeps counts from overflowing.
const maxScore = 1 << 20

func (s *starScan) item(re *syntax.Regexp) starItem {
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		it := sum(s.flatten(re.Sub[0], nil))
		it.optional = it.optional || re.Op == syntax.OpStar || re.Op == syntax.OpQuest || re.Op == syntax.OpRepeat && re.Min == 0
		it.unbounded = re.Op == syntax.OpStar || re.Op == syntax.OpPlus || re.Op == syntax.OpRepeat && re.Max < 0
		if it.unbounded {
			it.score = min(1+10*it.score, maxScore)
		}
		it.node = re
		return it
	case syntax.OpAlternate:
		it := starItem{node: re}
		var sets runeSets
		for _, sub := range re.Sub {
			branch := sum(s.flatten(sub, nil))
			sets.add(branch.runes)
			it.score = max(it.score, branch.score)
			it.optional = it.optional || branch.optional
		}
		it.runes = sets.union()
		return it
	case syntax.OpCharClass:
		return starItem{runes: re.Rune}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return starItem{runes: []rune{0, utf8.MaxRune}}
	case syntax.OpEmptyMatch:
		return starItem{optional: true}
	case syntax.OpNoMatch:
		return starItem{}
	}
	return starItem{optional: true, anchor: true}
}

// sum is a sequence as one item.
func sum(items []starItem) starItem {
	out := starItem{optional: true}
	var sets runeSets
	for _, it := range items {
		sets.add(it.runes)
		out.score = min(out.score+it.score, maxScore)
		out.optional = out.optional && it.optional
	}
	out.runes = sets.union()
	return out
}

// runeSets collects classes of characters.
type runeSets struct {
	pairs [][2]rune
	limit int // of pairs before they are merged
}

func (s *runeSets) add(class []rune) {
	for i := 0; i+1 < len(class); i += 2 {
		s.pairs = append(s.pairs, [2]rune{class[i], class[i+1]})
	}
	if len(s.pairs) > max(s.limit, 1024) {
		s.merge()
		s.limit = 2 * len(s.pairs)
	}
}

func (s *runeSets) merge() {
	slices.SortFunc(s.pairs, func(a, b [2]rune) int { return cmp.Compare(a[0], b[0]) })
	out := s.pairs[:0]
	for _, p := range s.pairs {
		if n := len(out); n > 0 && p[0] <= out[n-1][1]+1 {
			out[n-1][1] = max(out[n-1][1], p[1])
		} else {
			out = append(out, p)
		}
	}
	s.pairs = out
}

func (s *runeSets) union() []rune {
	s.merge()
	out := make([]rune, 0, 2*len(s.pairs))
	for _, p := range s.pairs {
		out = append(out, p[0], p[1])
	}
	return out
}

func intersection(a, b []rune) []rune {
	var out []rune
	for i, j := 0, 0; i+1 < len(a) && j+1 < len(b); {
		if lo, hi := max(a[i], b[j]), min(a[i+1], b[j+1]); lo <= hi {
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
