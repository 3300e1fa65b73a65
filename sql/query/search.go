package query

import (
	"regexp"
	"strings"
	"unicode"

	"ivre/sql/tree"
)

// searchPaths are the fields that a search for words looks at.
var (
	searchPaths = strings.Fields(`categories cpes.product cpes.vendor cpes.version hostnames.name os.osclass.osfamily
		os.osclass.osgen os.osclass.vendor os.osmatch.name ports.screenwords ports.scripts.output
		ports.service_devicetype ports.service_extrainfo ports.service_hostname ports.service_name
		ports.service_ostype ports.service_product ports.service_version tags.info tags.value traces.hops.host`)
	searchPathsRIR = strings.Fields("netname descr remarks notify org")
)

// maxTerms bounds the words and phrases of a search; each is a condition on every field.
const maxTerms = 50

// search: any of the words is in the record; with "phrases", all of these. None of the -words is. Letters are the same
// without their accents and in either case, words are found by their stems. A search for nothing finds nothing.
//
// It is the only place that makes such conditions: a catalog with an index for words can take over here.
func (b *builder) search(text string) (tree.Cond, error) {
	terms := searchTerms(text)
	if len(terms) > maxTerms {
		return nil, fail("a search takes %d words at most", maxTerms)
	}
	paths := searchPaths
	if b.db == RIR {
		paths = searchPathsRIR
	}
	var words tree.Or
	var phrases, without []tree.Cond
	for _, t := range terms {
		p, err := tree.ParsePattern(t.pattern(), ignoreCase)
		if err != nil {
			return nil, fail("%q cannot be searched for: %v", shorten(t.text, 60), err)
		}
		found := make(tree.Or, len(paths))
		for i, path := range paths {
			found[i] = match(path, p)
		}
		switch {
		case t.exclude:
			without = append(without, tree.Not{Cond: found})
		case t.phrase:
			phrases = append(phrases, found)
		default:
			words = append(words, found...)
		}
	}
	switch {
	case phrases != nil: // a record that has them has a word
		return allOf(append(phrases, without...)...), nil
	case words != nil:
		return allOf(append([]tree.Cond{words}, without...)...), nil
	}
	return tree.Const(false), nil
}

// searchTerm is a word, or a phrase that has to be there as it is.
type searchTerm struct {
	text            string
	phrase, exclude bool
}

// searchTerms splits a search. Words that say nothing are left out.
func searchTerms(s string) []searchTerm {
	var out []searchTerm
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		var t searchTerm
		s, t.exclude = strings.CutPrefix(s, "-")
		if s, t.phrase = strings.CutPrefix(s, `"`); t.phrase {
			t.text, s, _ = strings.Cut(s, `"`)
			if t.text = strings.TrimSpace(withoutMarks(t.text)); t.text != "" {
				out = append(out, t)
			}
			continue
		}
		end := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '"' })
		if end < 0 {
			end = len(s)
		}
		for word := range strings.FieldsFuncSeq(withoutMarks(s[:end]), func(r rune) bool { return !isWordRune(r) }) {
			if word = strings.ToLower(word); !stopWords[word] {
				out = append(out, searchTerm{text: word, exclude: t.exclude})
			}
		}
		s = s[end:]
	}
	return out
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// withoutMarks removes accents that are characters of their own.
func withoutMarks(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, " "))
}

// pattern is the regular expression that finds the term.
func (t searchTerm) pattern() string {
	if t.phrase {
		return anyAccent(regexp.QuoteMeta(t.text))
	}
	stem, endings := stemOf(t.text)
	return `(?:^|` + separator + `)` + anyAccent(regexp.QuoteMeta(stem)) + endings + `(?:$|` + separator + `)`
}

// separator is a character between words: no letter, digit or underscore. Characters that texts of any script have there
// are listed (punctuation, symbols, accents that are characters of their own); [^\pL\pN_] has hundreds of ranges, and the
// server takes 10 ms to compile it, again for each field and block of rows.
const separator = `[\x00-/:-@\[-\^\x60{-\x{a9}\x{ab}-\x{b1}\x{b4}\x{b6}-\x{b8}\x{bb}\x{bf}\x{d7}\x{f7}` + // ASCII and Latin-1
	`\x{300}-\x{344}\x{346}-\x{36f}\x{37e}\x{387}\x{55a}-\x{55f}\x{589}\x{58a}\x{5be}\x{60c}\x{61b}\x{61f}\x{6d4}\x{964}\x{965}` +
	`\x{2000}-\x{206f}\x{207a}-\x{207e}\x{208a}-\x{208e}\x{20a0}-\x{20cf}\x{2190}-\x{245f}\x{2500}-\x{2775}\x{2794}-\x{2bff}` +
	`\x{2e00}-\x{2e2e}\x{2e30}-\x{2e7f}\x{3000}-\x{3004}\x{3008}-\x{3020}\x{3030}\x{303d}-\x{303f}\x{30a0}\x{30fb}\x{e000}-\x{f8ff}` +
	`\x{fe10}-\x{fe6f}\x{ff01}-\x{ff0f}\x{ff1a}-\x{ff20}\x{ff3b}-\x{ff40}\x{ff5b}-\x{ff65}\x{fff9}-\x{fffd}\x{1f300}-\x{1faff}]`

// minStem is how many letters an ending has to leave of a word.
const minStem = 3

// stemOf takes common English endings off a word. It returns what is left, and a pattern of the endings with which it
// is still the same word.
func stemOf(word string) (stem, endings string) {
	cut := func(ends ...string) bool {
		for _, end := range ends {
			if s := strings.TrimSuffix(word, end); s != word && len([]rune(s)) >= minStem {
				stem = s
				return true
			}
		}
		return false
	}
	stem = word
	switch {
	case cut("ies", "ied", "y"):
		return stem, "(?:y|i|i" + anyE + "s|i" + anyE + "d|ying|" + anyE + ")?"
	case strings.HasSuffix(word, "ss") || strings.HasSuffix(word, "us"):
	case cut("ings", "ing", "ed"):
		// running, runs
		if n := len(stem); n > minStem && stem[n-1] == stem[n-2] && !strings.ContainsRune("aeiouslz", rune(stem[n-1])) {
			stem = stem[:n-1]
		}
	case cut("es", "s", "ly", "e"):
	}
	double := ""
	if last := stem[len(stem)-1]; last >= 'a' && last <= 'z' {
		double = string(last) + "?"
	}
	return stem, "(?:" + anyE + "?s|" + anyE + "|ly|" + double + "(?:" + anyE + "d|ing|ings))?"
}

// accented are the letters that are the same but for their accents.
var accented = letterClasses("aàáâãäåāăą", "cçćĉċč", "dďđ", "eèéêëēĕėęě", "gĝğġģ", "hĥħ", "iìíîïĩīĭįı", "jĵ", "kķ", "lĺļľł",
	"nñńņň", "oòóôõöøōŏő", "rŕŗř", "sśŝşš", "tţťŧ", "uùúûüũūŭůűų", "wŵ", "yýÿŷ", "zźżž")

// anyE is the letter that endings start with in words from other languages, too (café, cafés).
var anyE = accented['e']

func letterClasses(list ...string) map[rune]string {
	out := map[rune]string{}
	for _, class := range list {
		for _, r := range class {
			out[r] = "[" + class + "]"
		}
	}
	return out
}

// anyAccent makes the letters of a pattern without escapes for letters match any of their accented forms.
func anyAccent(pattern string) string {
	var out strings.Builder
	for _, r := range pattern {
		if class, ok := accented[unicode.ToLower(r)]; ok {
			out.WriteString(class)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// stopWords say nothing in a search.
var stopWords = wordSet(`a about above after again against all am an and any are as at be because been before being below
	between both but by can could did do does doing down during each few for from further had has have having he her
	here hers herself him himself his how i if in into is it its itself just me more most my myself no nor not now of
	off on once only or other ought our ours ourselves out over own same she should so some such than that the their
	theirs them themselves then there these they this those through to too under until up very was we were what when
	where which while who whom why will with would you your yours yourself yourselves`)

func wordSet(list string) map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		out[word] = true
	}
	return out
}
