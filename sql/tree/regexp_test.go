package tree_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"ivre/sql/tree"
)

func TestParsePattern(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{"", ""},
		{"abc", "abc"},
		{"a.c", `a[^\n]c`},
		{"(?s)a.c", `a(?s:.)c`},
		{"(?s:a.)c.", `(?:a(?s:.))c[^\n]`},
		{"^a$", `^a(?:\n?\z)`},
		{"(?m)^a$", `(?m:^)a(?m:$)`},
		{"(?i)abc", "(?i)abc"},
		{"a(?i:b)c", "a(?:(?i)b)c"},
		{"(?i)a(?-i)b", "(?i)a(?-i)b"},
		{"(a(?i)b|c)d", "(?:a(?i)b|c)d"},
		{"(?^)a", "a"},
		{"(?im-sx)^a", "(?i)(?m:^)a"},
		{"(?x) a b # comment\n c", "abc"},
		{"(?x) a\\ b [ ] +", `a b[ ]+`},
		{"(?x)a +", "a+"},
		{"(?#comment)a", "a"},
		{"(a)|(?:b)|(?P<n>c)|(?<n>d)|(?'n'e)|(?|f)", "(?:a)|(?:b)|(?:c)|(?:d)|(?:e)|(?:f)"},
		{"a*b+c?d{2}e{2,}f{2,3}", "a*b+c?d{2}e{2,}f{2,3}"},
		{"a*?b+?c??d{2}?", "a*?b+?c??d{2}?"},
		{"a{,5}b{x}c{", `a\{,5\}b\{x\}c\{`},
		{`\d\D\w\W\b\B\A\z`, `[\d][\D][\w][\W]\b\B\A\z`},
		{`\s`, `[\t-\r ]`},
		{`[\s\S]`, `[\t-\r \x00-\x08\x0e-\x1f!-\x{10ffff}]`},
		{`a\Z`, `a(?:\n?\z)`},
		{`\R`, `(?:\r\n|[\n-\r\x{85}\x{2028}\x{2029}])`},
		{`\N`, `[^\n]`},
		{`\h`, `[\t \x{a0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]`},
		{`\a\e\f\n\r\t`, `\x{7}\x{1b}\x{c}\x{a}\x{d}\x{9}`},
		{`\cA\c[\x41\x4\x{1F600}\o{101}\0\012\101`, `\x{1}\x{1b}A\x{4}😀A\x{0}\x{a}A`},
		{`\.\*\/\-\"\é`, `\.\*/\-"é`},
		{`\Qa.b*\Ec.`, `a\.b\*c[^\n]`},
		{`\Qa.b`, `a\.b`},
		{`\E`, ``},
		{`\pL\P{Greek}\p{^Lu}`, `\pL\P{Greek}\p{^Lu}`},
		{"[abc]", "[abc]"},
		{"[^a-z]", "[^a-z]"},
		{"[]a]", `[\]a]`},
		{"[^]a]", `[^\]a]`},
		{"[a-]", `[a\-]`},
		{"[-a]", `[\-a]`},
		{`[a-\d]`, `[a\-\d]`},
		{`[\d-z]`, `[\d\-z]`},
		{`[+--]`, `[\+-\-]`},
		{`[[:alpha:][:^digit:]]`, `[[:alpha:][:^digit:]]`},
		{`[[:x]`, `[\[:x]`},
		{`[[]`, `[\[]`},
		{`[\b\n\x41\101\7]`, `[\x{8}\x{a}AA\x{7}]`},
		{`[\p{Lu}\.]`, `[\p{Lu}\.]`},
		{"a\x00b\x7f\u00a0", `a\x{0}b\x{7f}\x{a0}`},
		{"日本.", `日本[^\n]`},

		{"(?=a)", "error at 1: lookahead"},
		{"a(?!b)", "error at 2: negative lookahead"},
		{"(?<=a)b", "error at 1: lookbehind"},
		{"(?<!a)b", "error at 1: negative lookbehind"},
		{"(?>a)", "error at 1: atomic groups"},
		{"a*+", "error at 2: possessive quantifiers (*+)"},
		{"a{2}+", "error at 2: possessive quantifiers ({2}+)"},
		{`(a)\1`, "error at 4: back references"},
		{`\10`, "error at 1: back references"},
		{`(?<n>a)\k<n>`, "error at 8: back references"},
		{`(?P<n>a)(?P=n)`, "error at 9: back references"},
		{`(a)\g{1}`, "error at 4: back references"},
		{"(?R)", "error at 1: recursion"},
		{"(a)(?1)", "error at 4: (?1 is not a known kind of group"},
		{"(?&n)", "error at 1: recursion"},
		{"(?(1)a|b)", "error at 1: conditions"},
		{"(*ACCEPT)", "error at 1: verbs"},
		{"(?L)a", "error at 1: (?L is not a known kind of group or flag"},
		{"(?i", "error at 1: the group has no end"},
		{"(?#a", "error at 1: the comment has no end"},
		{"(?<1>a)", "error at 1: the name of the group"},
		{"(a", "error at 3: a ) is missing"},
		{"a)", "error at 2: this ) closes no group"},
		{"[a", "error at 1: the ] is missing"},
		{"[]", "error at 1: the ] is missing"},
		{`[a\`, "error at 3: the ] is missing"},
		{"[z-a]", "error at 2: the range z-a runs backwards"},
		{"[[.a.]]", "error at 2: collating elements"},
		{"*a", "error at 1: there is nothing that * could repeat"},
		{"a**", "error at 3: there is nothing that * could repeat"},
		{"a|+", "error at 3: there is nothing that + could repeat"},
		{"a{1001}", "error at 2: {1001} repeats too often"},
		{"(a{100}){100}", "error at 0: "},
		{"a{99999999999999999999}", "error at 2: "},
		{"a{3,2}", "error at 0: "},
		{`a\`, "error at 2: the backslash at the end"},
		{`\X`, `error at 1: \X is not supported`},
		{`\G`, `error at 1: \G is not supported`},
		{`\C`, `error at 1: \C is not supported`},
		{`\y`, `error at 1: \y is not a known escape`},
		{`[\R]`, `error at 2: \R is not supported inside`},
		{`\p`, `error at 1: the property has no name`},
		{`\p{`, `error at 1: the name of the property has no end`},
		{`\p{Nope}`, `error at 0: \p{Nope} is not a known class`},
		{`[[:nope:]]`, `error at 0: [:nope:] is not a known class`},
		{`\x{110000}`, `error at 1: {110000} is not the number of a character`},
		{`\x{d800}`, `error at 1: {d800} is not the number of a character`},
		{`\x{}`, `error at 1: {} is not the number of a character`},
		{"\xff", "error at 0: it is not valid UTF-8"},
		{strings.Repeat("a", tree.MaxPattern+1), "error at 0: it is longer than 32768 bytes"},
		{strings.Repeat("(a", 2000) + strings.Repeat(")*", 2000), "error at 0: "},
	} {
		p, err := tree.ParsePattern(c.source, tree.Flags{})
		if !strings.HasPrefix(c.want, "error at ") {
			if err != nil || p.RE2() != c.want || p.Source() != c.source {
				t.Errorf("%q: %v, %v; want %q", c.source, p, err, c.want)
			}
			continue
		}
		var pe *tree.PatternError
		if !errors.As(err, &pe) {
			t.Errorf("%.50q: %v; want %s", c.source, err, c.want)
			continue
		}
		got := "error at " + string(rune('0'+pe.Offset+1)) + ": " + pe.Reason
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%.50q: %s; want %s", c.source, got, c.want)
		}
	}
}

func TestPatternFlags(t *testing.T) {
	p, err := tree.ParsePattern("^a . # x", tree.Flags{IgnoreCase: true, Multiline: true, DotAll: true, Verbose: true})
	if err != nil || p.RE2() != "(?i)(?m:^)a(?s:.)" {
		t.Errorf("%v, %v", p, err)
	}
}

// TestPatternMatches compares answers with those of PCRE, worked out by hand.
func TestPatternMatches(t *testing.T) {
	for _, c := range []struct {
		source, subject string
		want            bool
	}{
		{"b", "abc", true}, {"^b", "abc", false}, {"c$", "abc", true}, {"c$", "abc\n", true}, {"c$", "abc\n\n", false}, {`c\z`, "abc\n", false},
		{"a.b", "a\nb", false}, {"(?s)a.b", "a\nb", true}, {"^b", "a\nb", false}, {"(?m)^b", "a\nb", true}, {"(?m)a$", "a\nb", true}, {"a$", "a\nb", false},
		{`a\sb`, "a\vb", true}, {`a\Sb`, "a\vb", false}, {`^[\S]$`, "\v", false}, {`a\hb`, "a\u00a0b", true}, {`a\Rb`, "a\r\nb", true},
		{"(?i)straße", "STRASSE", false}, {"(?i)É", "é", true}, {"A", "a", false}, {"[^a]", "\n", true}, {`\x{1F600}`, "😀", true},
		{"^(?i)a(?-i)B$", "AB", true}, {"^(?i)a(?-i)B$", "Ab", false}, {"a{,2}", "aa", false}, {"a{,2}", "a{,2}", true}, {`\Q.*\E`, "x.*", true},
	} {
		p, err := tree.ParsePattern(c.source, tree.Flags{})
		if err != nil {
			t.Fatal(err)
		}
		if got := regexp.MustCompile(p.RE2()).MatchString(c.subject); got != c.want {
			t.Errorf("%q on %q: %v", c.source, c.subject, got)
		}
	}
}

func FuzzParsePattern(f *testing.F) {
	for _, s := range []string{
		"^www\\.", "(?i)apache/2\\.[0-4]", "[^[:space:]]+", `\bfoo\b`, "(a|b)*c{2,3}?", `(?x) a # b`, `\p{Greek}`, "(?:a(?i)b|[c-e\\d-]){3}", `\Qa\E`, "(?=a)", "a++", `[\x{41}-\101]`,
	} {
		f.Add(s, uint8(0))
	}
	f.Fuzz(func(t *testing.T, source string, flags uint8) {
		if len(source) > 2000 {
			return
		}
		p, err := tree.ParsePattern(source, tree.Flags{IgnoreCase: flags&1 > 0, Multiline: flags&2 > 0, DotAll: flags&4 > 0, Verbose: flags&8 > 0})
		if err != nil {
			var pe *tree.PatternError
			if !errors.As(err, &pe) || pe.Offset > len(source) {
				t.Errorf("%v", err)
			}
			return
		}
		if !utf8.ValidString(p.RE2()) || strings.ContainsRune(p.RE2(), 0) {
			t.Errorf("%q", p.RE2())
		}
		if _, err := regexp.Compile(p.RE2()); err != nil {
			t.Errorf("%q: %v", p.RE2(), err)
		}
	})
}
