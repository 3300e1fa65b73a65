package query_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ivre/sql/query"
)

// quoted is a value that Words leaves as it is.
func quoted(s string) string { return `"` + s + `"` }

func TestStarriness(t *testing.T) {
	for _, c := range []struct {
		pattern string
		score   int // 0: accepted
	}{
		{`a+a+x`, 0}, {`.*foo.*bar.*`, 0}, {`.*foo.*bar.*baz.*qux`, 0}, {`.*.*.*`, 0}, {`(ab)*c`, 0}, {`(a|a)*x`, 0},
		{`a+a+a+x`, 3}, {`.*.*.*x`, 3}, {`\d+\d+\d+$`, 3}, {`.*a.*a.*a.*a$`, 4}, {`(a+)+x`, 11}, {`(\w+\s?)*$`, 11},
		// the rules one by one
		{`a+b+c+d+x`, 0},        // the sets do not overlap
		{`\w+[a-c]+[x-z]+!`, 0}, // [a-c] narrows what [x-z] would have to overlap with
		{`\w+[a-m]+[c-f]+!`, 3}, // narrower and narrower
		{`a+b?a+c{0,3}a+x`, 3},  // optional finite parts are skipped
		{`a+b*a+a+x`, 3},        // as are optional repeats of something else
		{`a+ba+a+x`, 0},         // something mandatory else ends the chain
		{`a+a+a+`, 0},           // nothing follows
		{`a+a+a+a?`, 0},         // nothing mandatory follows
		{`a+a+a+a`, 3},          // it may be one of the set
		{`a{2,}a{3,}a{4,}x`, 3}, // unbounded counts
		{`a{2,9}a{3,9}a{4,9}x`, 0},
		{`(?:x|(a+)+y|z)`, 11},   // inside of an alternative
		{`q(?:(?:(a+)+y)z)`, 11}, // inside of groups
		{`((a+)+)+x`, 111},
		{`(a+|b+b+)+x`, 21}, // the starriest alternative counts
		{`(a+)*`, 0}, {`(a+)*\b`, 11}, {`^(a+)*$`, 11},
		{`(?i)a+A+[a-b]+x`, 3},
		{`[^\x00-\x{10ffff}]`, 0}, {`a+a+a+[^\x00-\x{10ffff}]`, 3}, {`([^\x00-\x{10ffff}])*a*b`, 0}, // matches nothing at all
	} {
		q := "city:" + quoted("/"+c.pattern+"/")
		_, err := query.Parse(q, view)
		var e *query.Error
		switch {
		case c.score == 0:
			if err != nil {
				t.Errorf("%s: %v", c.pattern, err)
			}
		case !errors.As(err, &e) || e.Reason != fmt.Sprintf("Regex pattern is vulnerable to ReDoS (starriness=%d, limit=2)", c.score):
			t.Errorf("%s: %v, want a score of %d", c.pattern, err, c.score)
		}
		// the same in JSON; no limit, no refusal
		f := fmt.Sprintf(`{"f":"city","a":[{"f":"regexp","a":[%q]}]}`, "/"+c.pattern+"/")
		if _, err := query.ParseJSON([]byte(f), view); (err != nil) != (c.score > 0) {
			t.Errorf("%s: %v", f, err)
		}
		unlimited := query.Options{DB: query.View}
		if _, err := query.Parse(q, unlimited); err != nil {
			t.Errorf("without a limit: %s: %v", c.pattern, err)
		}
	}
}

func TestStarrinessLimit(t *testing.T) {
	opt := view
	opt.RegexStarriness = 3
	if _, err := query.Parse(`city:/a+a+a+x/`, opt); err != nil {
		t.Error(err)
	}
	if _, err := query.Parse(`city:/a+a+a+a+x/`, opt); err == nil || !strings.Contains(err.Error(), "(starriness=4, limit=3)") {
		t.Error(err)
	}
}

func TestRegexLength(t *testing.T) {
	pattern := strings.Repeat("a", 1000)
	for _, ok := range []string{"/" + pattern + "/i", "/" + strings.Repeat("é", 1000) + "/", pattern + "aaa"} {
		if _, err := query.Parse("city:"+ok, view); err != nil {
			t.Errorf("%.20s: %v", ok, err)
		}
	}
	for _, bad := range []string{"/" + pattern + "a/", "/" + pattern + "a/i", "/" + pattern + "a"} {
		_, err := query.Parse("city:"+bad, view)
		var e *query.Error
		if !errors.As(err, &e) || e.Reason != "Regex exceeds maximum length (1001 > 1000)" {
			t.Errorf("%.20s: %v", bad, err)
		}
	}
}

// TestStarrinessTime has expressions that would take quadratic time or more, where nothing bounds their length.
func TestStarrinessTime(t *testing.T) {
	opt := view
	opt.RegexMaxLength = 0
	var distinct strings.Builder
	for i := range 8000 {
		fmt.Fprintf(&distinct, "%c*", 0x4e00+i)
	}
	for name, pattern := range map[string]string{
		"same":        strings.Repeat("a*", 16000),
		"two":         strings.Repeat("a*b*", 8000),
		"distinct":    distinct.String(), // its repeats do not overlap: only this is refused as too much
		"classes":     strings.Repeat(`\pL`, 10000),
		"repeated":    "(" + strings.Repeat(`\pL*`, 1500) + ")*",
		"nested":      strings.Repeat("(", 900) + strings.Repeat("a*b", 9000) + strings.Repeat(")*", 900),
		"alternative": strings.Repeat("(a|", 900) + "b" + strings.Repeat(")*x*", 900),
	} {
		if len(pattern) > 32<<10 {
			t.Fatalf("%s is refused for its length of %d", name, len(pattern))
		}
		start := time.Now()
		_, err := query.Parse("city:"+quoted("/"+pattern+"/"), opt)
		if tooMuch := err != nil && strings.Contains(err.Error(), "too many repeats"); tooMuch != (name == "distinct") {
			t.Errorf("%s: %.200v", name, err)
		}
		if d := time.Since(start); d > 3*time.Second {
			t.Errorf("%s took %v (%.100v)", name, d, err)
		}
	}
}
