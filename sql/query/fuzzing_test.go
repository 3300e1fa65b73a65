package query

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"ivre/sql/tree"
)

// anything is a catalog in which every field has values of every class, and elements.
type anything struct{}

func (anything) Field(string, *tree.Params) (tree.Field, bool) {
	f := tree.Field{Present: "x"}
	for class := tree.NumberClass; class <= tree.AddrClass; class++ {
		f.Columns = append(f.Columns, tree.Column{Class: class, SQL: "x"})
	}
	f.Array = &tree.Array{Element: element1{}, Lists: []tree.ArrayColumn{{Variable: "x", SQL: "x"}}}
	return f, true
}

// element1 is the catalog of an element: its own value is no array.
type element1 struct{ anything }

func (e element1) Field(name string, p *tree.Params) (tree.Field, bool) {
	f, ok := e.anything.Field(name, p)
	if name == "" {
		f.Array = nil
	}
	return f, ok
}

// check tells whether a condition makes sense to the compiler.
func check(t *testing.T, c tree.Cond, in string) {
	t.Helper()
	var p tree.Params
	if _, err := tree.Compile(c, anything{}, &p); err != nil {
		t.Errorf("%q: %s: %v", in, tree.Format(c), err)
	}
}

func FuzzParse(f *testing.F) {
	for _, r := range readRows(f, "words.txt") {
		if r.dbs != "" {
			f.Add(r.in, uint8(letters2dbs(r.dbs)[0]))
		}
	}
	f.Fuzz(func(t *testing.T, q string, db uint8) {
		start := time.Now()
		got, err := Parse(q, options(Database(db%4)))
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%s for %d bytes", d, len(q))
		}
		if err != nil {
			if _, ok := err.(*Error); !ok || err.Error() == "" {
				t.Errorf("%T %v", err, err)
			}
			return
		}
		check(t, got.Filter, q)
		words, err := Words(q)
		if err != nil || len(got.Unused) > len(words) || got.Skip < 0 || got.Limit != nil && *got.Limit < 0 {
			t.Errorf("%+v", got)
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	for _, r := range readRows(f, "functions.txt") {
		if r.dbs == "" {
			continue
		}
		f.Add([]byte(r.in), uint8(letters2dbs(r.dbs)[0]))
		f.Add([]byte(`{"f":"or","a":[{},`+r.in+`]}`), uint8(letters2dbs(r.dbs)[0]))
	}
	f.Fuzz(func(t *testing.T, in []byte, db uint8) {
		start := time.Now()
		c, err := ParseJSON(in, options(Database(db%4)))
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%s for %d bytes", d, len(in))
		}
		if err != nil {
			if _, ok := err.(*Error); !ok || err.Error() == "" {
				t.Errorf("%T %v", err, err)
			}
			return
		}
		check(t, c, string(in))
		if !json.Valid(in) {
			t.Errorf("%q is not JSON", in)
		}
	})
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{`a b:c "d:e f" 'g:h i'`, `!x -y --z`, `host:2001:db8::1 2001:db8::1 a:b:c`, `it's`, `"" '' -`, "::1/64 1.2.3.4/255.0.0.0 fe80::1%x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, q string) {
		words, err := Words(q)
		if err != nil {
			if _, ok := err.(*Error); !ok {
				t.Errorf("%T", err)
			}
			return
		}
		total := 0
		for _, w := range words {
			total += len(w.text(":"))
			if !w.HasValue && w.Value != "" {
				t.Errorf("%+v", w)
			}
			if isAddress(w.Param) && w.HasValue {
				continue
			}
			// a word means the same when it is quoted as a whole
			for _, quote := range []string{`"`, `'`} {
				s := w.text(":")
				if strings.Contains(s, quote) || s == "" {
					continue
				}
				again, err := Words(quote + s + quote)
				if err != nil || len(again) != 1 || again[0] != w && !(w.Param == "" || !w.Neg && (w.Param[0] == '-' || w.Param[0] == '!')) {
					t.Errorf("%+v: %+v, %v", w, again, err)
				}
			}
		}
		if total > len(q) {
			t.Errorf("%d bytes of words in %d", total, len(q))
		}
	})
}

func FuzzStarriness(f *testing.F) {
	for _, s := range []string{`a+a+x`, `.*foo.*bar.*`, `(a+)+x`, `(\w+\s?)*$`, `[^a-z]+?\pL*(?i:k|é)+`, `((a{2,})?|b*)+\b`, `\Q(?:\E+`, `(?x) a + # b`, `[(?:a)]+`} {
		f.Add(s, 2)
	}
	f.Fuzz(func(t *testing.T, source string, limit int) {
		p, err := tree.ParsePattern(source, tree.Flags{})
		if err != nil {
			return
		}
		if limit = limit & 0xff; limit == 0 {
			limit = 2
		}
		start := time.Now()
		n := starriness(p, limit)
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%s for %d bytes", d, len(source))
		}
		if n != 0 && n <= limit {
			t.Errorf("%d with limit %d", n, limit)
		}
		re, err := regexp.Compile(withCaptures(p.RE2()))
		if err != nil {
			return // too deep with its groups
		}
		// the groups do not change what matches
		for _, text := range []string{"", "a", "ab", "(?:", "k\u212a", "\n", source} {
			if re.MatchString(text) != regexp.MustCompile(p.RE2()).MatchString(text) {
				t.Errorf("%s and %s differ for %q", p.RE2(), re, text)
			}
		}
	})
}
