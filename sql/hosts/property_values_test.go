package hosts_test

import (
	"regexp"
	"strings"
)

// The functions below make values of words. Where the language gives a colon or a comma a meaning, they are left out.

// rx makes a text or a regular expression, mostly one that finds something of the pool.
func (g maker) rx(pool []string) string {
	s := pick(g, pool)
	switch g.IntN(12) {
	case 0:
		return "nosuch"
	case 1:
		return strings.ToUpper(s)
	case 2, 3, 4, 5:
		return literalText(s)
	}
	return g.regexp(pool)
}

// part is rx without colons and commas.
func (g maker) part(pool []string) string {
	for {
		if s := g.rx(pool); !strings.ContainsAny(s, ":,|") || strings.HasPrefix(s, "/") && !strings.ContainsAny(s, ":,") {
			return s
		}
	}
}

// orUnknown is part, or "-".
func (g maker) orUnknown(pool []string) string {
	if g.in(6) {
		return "-"
	}
	return g.part(pool)
}

// orEmpty is part, or nothing.
func (g maker) orEmpty(pool []string) string {
	if g.in(4) {
		return ""
	}
	return g.part(pool)
}

// literalText writes a text so that it is none of a regular expression.
func literalText(s string) string {
	if strings.HasPrefix(s, "/") {
		return `\` + s
	}
	return s
}

// regexp makes a regular expression of texts of a pool.
func (g maker) regexp(pool []string) string {
	s := pick(g, pool)
	quoted := quotePattern(s)
	piece := quotePattern(g.piece(s))
	flags := "/" + pick(g, []string{"", "", "", "i", "u", "m", "is", "S"})
	switch g.IntN(14) {
	case 0:
		return "/^" + quoted + "$" + flags
	case 1:
		return "/^" + piece + flags
	case 2:
		return "/" + piece + "$" + flags
	case 3:
		return "/" + quotePattern(strings.ToUpper(g.piece(s))) + "/i"
	case 4:
		if !strings.Contains(piece, "/") {
			return "/" + piece // without the second slash
		}
	case 5:
		return "/^(?:" + quoted + "|" + quotePattern(pick(g, pool)) + ")$" + flags
	case 6:
		return "/" + pick(g, []string{"^.", ".$", `\d+`, `\.`, "[a-c]x?", "[^a-z]", "^$", "^[A-Z]", `\s`, `(?i)W.*\.`, `e.*e`, "a{2}", `\bn`}) + flags
	case 7:
		return pick(g, []string{"/", "//", "/.*/", "/nosuch/"})
	case 8:
		return "/^ " + piece + " # that is all/x"
	case 9:
		return "/" + piece + ".*" + flags
	}
	return "/" + piece + flags
}

// piece is a part of a text.
func (g maker) piece(s string) string {
	r := []rune(s)
	if len(r) < 2 {
		return s
	}
	from := g.IntN(len(r) - 1)
	return string(r[from : from+1+g.IntN(min(6, len(r)-from))])
}

// quotePattern writes a text as a pattern without the characters that words give another meaning.
func quotePattern(s string) string {
	return strings.NewReplacer(":", ".", ",", ".", "/", `\/`, " ", `\x20`, "#", `\x23`, "\n", `\n`, "\r", `\r`, "\x1b", `\x1b`).Replace(regexp.QuoteMeta(s))
}

// quoted writes a word so that it is one word of a query.
func quoted(word string) string {
	if !strings.ContainsAny(word, " \t\r\n'\"") && word != "" {
		return word
	}
	var out strings.Builder
	for _, part := range strings.SplitAfter(word, "'") {
		text, found := strings.CutSuffix(part, "'")
		if text != "" {
			out.WriteString("'" + text + "'")
		}
		if found {
			out.WriteString(`"'"`)
		}
	}
	return out.String()
}

// column returns one of the columns of a table of texts.
func column[T [2]string | [4]string](table []T, i int) []string {
	var out []string
	for _, row := range table {
		switch row := any(row).(type) {
		case [2]string:
			out = append(out, row[i])
		case [4]string:
			out = append(out, row[i])
		}
	}
	return out
}

// hash makes a hash of the raw texts of a pool, in one of the forms that words take.
func (g maker) hash(pool []string, kind string) string {
	s := hashes(pick(g, pool))[kind].(string)
	switch g.IntN(5) {
	case 0:
		return strings.ToUpper(s)
	case 1:
		return "/^" + s[:1+g.IntN(8)] + "/"
	case 2:
		return "/" + strings.ToUpper(s[len(s)-2:]) + "$/i"
	}
	return s
}

// fingerprintValue makes a JA3 or HASSH value without colons.
func (g maker) fingerprintValue() string {
	switch g.IntN(4) {
	case 0:
		return pick(g, poolRaw)
	case 1:
		return strings.ReplaceAll(g.regexp(poolRaw), "?:", "")
	}
	s := hashes(pick(g, poolRaw))[pick(g, []string{"md5", "sha1", "sha256"})].(string)
	if g.in(3) {
		return strings.ToUpper(s)
	}
	return s
}
