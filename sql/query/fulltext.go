package query

import (
	"regexp"
	"strings"
	"unicode"

	"ivre/sql/tree"
)

// textPaths are the fields that a search for words looks at.
var textPaths = strings.Fields(`categories cpes.product cpes.vendor cpes.version hostnames.name os.osclass.osfamily os.osclass.osgen
	os.osclass.vendor os.osmatch.name ports.screenwords ports.scripts.output ports.service_devicetype ports.service_extrainfo
	ports.service_hostname ports.service_name ports.service_ostype ports.service_product ports.service_version tags.info tags.value
	traces.hops.host`)

var stopWords = wordSet(`a about above after again against all am an and any are as at be because been before being below between both but by
	can did do does doing down during each few for from further had has have having he her here hers him his how i if in into is it its
	just me more most my no nor not now of off on once only or other our out over own same she should so some such than that the their
	them then there these they this those through to too under until up very was we were what when where which while who whom why
	will with you your`)

func wordSet(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

// maxTerms bounds how many words a search has: each becomes a test of every one of the paths.
const maxTerms = 64

// fullText is a search: any of the words, all "phrases", none of the -words. Case and accents do not matter; words are
// found by their stems.
func fullText(s string) (tree.Cond, error) {
	var any tree.Or
	var all tree.And
	terms := searchTerms(s)
	if len(terms) > maxTerms {
		return nil, fail("", "a search has %d words at most", maxTerms)
	}
	for _, t := range terms {
		c, err := textContains(t)
		switch {
		case err != nil:
			return nil, err
		case c == nil:
		case t.exclude:
			all = append(all, tree.Not{Cond: c})
		case t.phrase:
			all = append(all, c)
		default:
			any = append(any, c)
		}
	}
	switch {
	case any != nil && !hasPhrase(all):
		all = append(all, any)
	case any == nil && all == nil:
		return nil, fail("", "there is no word to search for")
	}
	return all, nil
}

// hasPhrase tells whether something besides exclusions has to be there; words are then a matter of taste.
func hasPhrase(all tree.And) bool {
	for _, c := range all {
		if _, not := c.(tree.Not); !not {
			return true
		}
	}
	return false
}

type searchTerm struct {
	text            string
	phrase, exclude bool
}

func searchTerms(s string) []searchTerm {
	var out []searchTerm
	excludePhrase := false
	for i, piece := range strings.Split(s, `"`) {
		if i%2 == 1 {
			if strings.TrimSpace(piece) != "" {
				out = append(out, searchTerm{text: piece, phrase: true, exclude: excludePhrase})
			}
			continue
		}
		excludePhrase = strings.HasSuffix(" "+piece, " -")
		for _, w := range strings.Fields(piece) {
			rest, exclude := strings.CutPrefix(w, "-")
			for _, word := range strings.FieldsFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }) {
				if !stopWords[strings.ToLower(word)] {
					out = append(out, searchTerm{text: word, exclude: exclude})
				}
			}
		}
	}
	return out
}

func textContains(t searchTerm) (tree.Cond, error) {
	var source string
	if t.phrase {
		source = foldAccents(regexp.QuoteMeta(strings.TrimSpace(t.text)))
	} else {
		source = `(^|[^\pL\pN_])` + foldAccents(regexp.QuoteMeta(stem(strings.ToLower(t.text)))) + foldAccents(`(s|es|ed|ing|ly|e)?`) + `($|[^\pL\pN_])`
	}
	p, err := tree.ParsePattern(source, tree.Flags{IgnoreCase: true})
	if err != nil {
		return nil, fail("", "%v", err)
	}
	var any tree.Or
	for _, path := range textPaths {
		any = append(any, match(path, p))
	}
	return any, nil
}

// stem takes common English endings off.
func stem(w string) string {
	for _, end := range []string{"ing", "ed", "es", "ly", "s", "e"} {
		if strings.HasSuffix(w, end) && len(w)-len(end) >= 3 && !strings.HasSuffix(w, "ss") {
			return strings.TrimSuffix(w, end)
		}
	}
	return w
}

// accents are the letters that are the same but for their accents.
var accents = []string{"aàáâãäåā", "cçćč", "eèéêëēę", "iìíîïī", "nñńň", "oòóôõöøō", "sśšş", "uùúûüū", "yýÿ", "zźżž"}

// foldAccents makes a pattern match letters with any accent.
func foldAccents(pattern string) string {
	var b strings.Builder
	for _, r := range pattern {
		class := ""
		for _, a := range accents {
			if strings.ContainsRune(a, unicode.ToLower(r)) {
				class = a
				break
			}
		}
		if class == "" {
			b.WriteRune(r)
			continue
		}
		b.WriteString("[" + class + "]")
	}
	return b.String()
}
