package flowfilter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clauses splits a filter at the words OR and ||. Outside of double quotes, blanks are collapsed.
func clauses(filter string) []string {
	var out []string
	var words []string
	flush := func() {
		if len(words) > 0 {
			out = append(out, strings.Join(words, " "))
			words = nil
		}
	}
	for _, w := range split(filter) {
		if w == "OR" || w == "||" {
			flush()
			continue
		}
		words = append(words, w)
	}
	flush()
	return out
}

// split returns the words of a filter: runs of characters other than blanks and double quotes, and of
// quoted strings. A quote without a partner ends a word and is dropped.
func split(s string) []string {
	var out []string
	start := -1 // of the current word
	end := func(i int) {
		if start >= 0 {
			out = append(out, s[start:i])
			start = -1
		}
	}
	alone := false // a quote had no partner; then no later one has
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '"':
			n := 0
			if !alone {
				n = quotedLength(s[i:])
			}
			if n == 0 {
				alone = true
				end(i)
				i++
				continue
			}
			size = n
			fallthrough
		default:
			if start < 0 {
				start = i
			}
		case unicode.IsSpace(r):
			end(i)
		}
		i += size
	}
	end(len(s))
	return out
}

// quotedLength returns the length of the quoted string at the start of s, 0 if it does not end.
func quotedLength(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}
