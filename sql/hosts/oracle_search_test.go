package hosts_test

import (
	"slices"
	"strings"
	"unicode"
)

var oracleTexts = strings.Fields(`categories cpes.product cpes.vendor cpes.version hostnames.name
	os.osclass.osfamily os.osclass.osgen os.osclass.vendor os.osmatch.name ports.screenwords ports.scripts.output
	ports.service_devicetype ports.service_extrainfo ports.service_hostname ports.service_name ports.service_ostype
	ports.service_product ports.service_version tags.info tags.value traces.hops.host`)

// oracleSearch is the full-text search: phrases, which all must occur, words of which one must, unless there is a
// phrase, and words that must not. Words are neither stemmed nor stopped: the random ones are such that it does not matter.
func oracleSearch(value string, rec oracleRecord) (match, ok bool) {
	var texts []string
	for _, path := range oracleTexts {
		for _, leaf := range oracleLeaves(rec, path) {
			if s, ok := leaf.(string); ok {
				texts = append(texts, oracleFold(s))
			}
		}
	}
	has := func(word string) bool {
		return slices.ContainsFunc(texts, func(text string) bool {
			return slices.Contains(strings.FieldsFunc(text, oracleDelimiter), word)
		})
	}
	found, phrases, wrong := false, 0, false
	for i, part := range strings.Split(oracleFold(value), `"`) {
		if i%2 == 1 {
			phrases++
			in := func(text string) bool { return strings.Contains(text, part) }
			wrong = wrong || !slices.ContainsFunc(texts, in)
			continue
		}
		for word := range strings.FieldsSeq(part) {
			if out, ok := strings.CutPrefix(word, "-"); ok {
				wrong = wrong || has(out)
			} else {
				found = found || has(word)
			}
		}
	}
	return (found || phrases > 0) && !wrong, true
}

// oracleFold makes a text lower case and drops diacritics.
func oracleFold(s string) string {
	return strings.NewReplacer("à", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ï", "i", "ô", "o", "ö", "o", "ü", "u").
		Replace(strings.ToLower(s))
}

func oracleDelimiter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }
