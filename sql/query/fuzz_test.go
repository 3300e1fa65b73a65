package query

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ivre/sql/tree"
)

// checkError fails for errors that are not meant for users.
func checkError(t *testing.T, input string, err error) {
	t.Helper()
	var e *Error
	if err != nil && (!errors.As(err, &e) || e.Reason == "") {
		t.Errorf("%q: error %#v", input, err)
	}
}

// checkCond fails for conditions that no query could be made of, or that do not come out the same each time.
func checkCond(t *testing.T, input string, c, again tree.Cond) {
	t.Helper()
	s := tree.Format(c)
	if s != tree.Format(again) {
		t.Errorf("%q:\n%s\n%s", input, s, tree.Format(again))
	}
	if strings.Contains(s, "<nil>") || strings.Contains(s, " ? ") {
		t.Errorf("%q: %s", input, s)
	}
	tree.Simplify(c)
}

func FuzzParse(f *testing.F) {
	for _, c := range wordTable {
		f.Add(c.word)
		f.Add("-" + c.word + ` skip:1 limit:2 -sortby:a fields:b "search:x \"y z\" -w"`)
	}
	f.Fuzz(func(t *testing.T, q string) {
		start := time.Now()
		got, err := Parse(q, tableOptions)
		checkError(t, q, err)
		again, err2 := Parse(q, tableOptions)
		if (err == nil) != (err2 == nil) {
			t.Errorf("%q: %v, %v", q, err, err2)
		}
		if err == nil {
			checkCond(t, q, got.Filter, again.Filter)
		}
		if got.Skip < 0 || got.Limit != nil && *got.Limit < 0 {
			t.Errorf("%q: %+v", q, got)
		}
		if _, err := Addresses(strings.Fields(q)); err != nil {
			checkError(t, q, err)
		}
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("%q took %v", q, d)
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	for _, c := range functionTable {
		f.Add([]byte(c.filter))
		f.Add([]byte(`{"f":"or","a":[{},` + c.filter + `]}`))
	}
	f.Fuzz(func(t *testing.T, filter []byte) {
		c, err := ParseJSON(filter, tableOptions)
		checkError(t, string(filter), err)
		again, err2 := ParseJSON(filter, tableOptions)
		if (err == nil) != (err2 == nil) {
			t.Errorf("%q: %v, %v", filter, err, err2)
		}
		if err == nil {
			checkCond(t, string(filter), c, again)
		}
	})
}

func FuzzStarriness(f *testing.F) {
	for _, s := range []string{`a+a+a+x`, `.*.*.*x`, `\d+\d+\d+$`, `.*a.*a.*a.*a$`, `(a+)+x`, `(\w+\s?)*$`, `(a|a)*x`, `(?i)(?:x|[^a-f]{2,}\pL*)?y{3}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		p, err := tree.ParsePattern(pattern, tree.Flags{})
		if err != nil {
			return
		}
		start := time.Now()
		b := &builder{opt: Options{RegexStarriness: 2}}
		err = b.checkBudget(pattern, tree.Flags{})
		checkError(t, pattern, err)
		// something mandatory at the end cannot make an expression less starry, nor can a repeat of one that is refused
		for _, more := range []string{"(?:" + pattern + ")\x00", "\x00(?:" + pattern + ")"} {
			if _, parses := tree.ParsePattern(more, tree.Flags{}); err != nil && parses == nil && b.checkBudget(more, tree.Flags{}) == nil {
				t.Errorf("%q is refused (%v), %q is not", pattern, err, more)
			}
		}
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("%q (%s) took %v", pattern, p.RE2(), d)
		}
	})
}
