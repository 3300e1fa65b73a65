package termtext

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Width is the number of columns that s takes on a terminal, if it went through Append: two for East Asian wide
// characters and emoji, none for combining marks and invisible characters.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	switch {
	case r < utf8.RuneSelf:
		return 1
	case r == 0xad: // the soft hyphen is invisible by class, but terminals show it
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

const ellipsis = "…"

// Shorten returns s if it takes at most columns columns (at least 1 is assumed). Else it leaves out a part in the
// middle, with an ellipsis in its place: texts that start alike (names of products with their versions) and texts
// that end alike (names of hosts in a domain) stay different.
func Shorten(s string, columns int) string {
	columns = max(columns, 1)
	if len(s) <= columns || Width(s) <= columns { // no character has more columns than bytes
		return s
	}
	left := columns - 1 // without the ellipsis
	tail := left / 3
	end := len(s)
	for n := 0; end > 0; {
		r, size := utf8.DecodeLastRuneInString(s[:end])
		if n += runeWidth(r); n > tail || n == tail && runeWidth(r) == 0 { // marks at the start would join the ellipsis
			break
		}
		end -= size
	}
	for end < len(s) { // nor may the end start with marks
		r, size := utf8.DecodeRuneInString(s[end:])
		if runeWidth(r) > 0 {
			break
		}
		end += size
	}
	left -= Width(s[end:])
	start := 0
	for start < end {
		r, size := utf8.DecodeRuneInString(s[start:])
		if left -= runeWidth(r); left < 0 {
			break
		}
		start += size
	}
	return s[:start] + ellipsis + s[end:]
}
