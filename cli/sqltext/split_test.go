package sqltext_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/cli/sqltext"
)

func TestFeed(t *testing.T) {
	for _, c := range []struct {
		text    string
		want    []sqltext.Statement
		pending string
	}{
		{"SELECT 1", nil, "SELECT 1"},
		{"SELECT 1;", []sqltext.Statement{{Text: "SELECT 1"}}, ""},
		{"SELECT 1; SELECT 2;\n", []sqltext.Statement{{Text: "SELECT 1"}, {Text: "SELECT 2"}}, "\n"},
		{";;  ; -- nothing\n;", nil, ""},
		{"SELECT ';', \"a;b\", `c;d`;", []sqltext.Statement{{Text: "SELECT ';', \"a;b\", `c;d`"}}, ""},
		{`SELECT 'it''s;', 'a\';b';x`, []sqltext.Statement{{Text: `SELECT 'it''s;', 'a\';b'`}}, "x"},
		{"SELECT 1 -- one; two\n+ 1;", []sqltext.Statement{{Text: "SELECT 1 -- one; two\n+ 1"}}, ""},
		{"SELECT 1 # one; two\n;", []sqltext.Statement{{Text: "SELECT 1 # one; two"}}, ""},
		{"#!x;\nSELECT 1;", []sqltext.Statement{{Text: "#!x;\nSELECT 1"}}, ""},
		{"SELECT /* ; */ 1;", []sqltext.Statement{{Text: "SELECT /* ; */ 1"}}, ""},
		{"SELECT $$a;b$$, $x$ $$; $y$ $x$;", []sqltext.Statement{{Text: "SELECT $$a;b$$, $x$ $$; $y$ $x$"}}, ""},
		{"SELECT 5 - -1, a$b;", []sqltext.Statement{{Text: "SELECT 5 - -1, a$b"}}, ""},
		{`SELECT 1\G`, []sqltext.Statement{{Text: "SELECT 1", Vertical: true}}, ""},
		{`SELECT '\G';`, []sqltext.Statement{{Text: `SELECT '\G'`}}, ""},
		{"SELECT 'open;", nil, "SELECT 'open;"},
		{`SELECT '\`, nil, `SELECT '\`},
	} {
		var s sqltext.Splitter
		got := s.Feed(c.text)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%q: (-want +got)\n%s", c.text, d)
		}
		if s.Pending() != c.pending {
			t.Errorf("%q: pending %q, want %q", c.text, s.Pending(), c.pending)
		}
	}
}

func TestPendingState(t *testing.T) {
	for _, c := range []struct {
		text, within string
		open, data   bool
	}{
		{"", "", false, false},
		{" -- only a comment", "", false, false},
		{"/* open", "/*", true, false},
		{"SELECT 'x", "'", true, false},
		{"SELECT $a$ x", "$a$", true, false},
		{"SELECT 1", "", true, false},
		{"INSERT INTO flow_events FORMAT CSV\n", "", true, true},
		{"insert into t (a, b)\n format JSONEachRow ", "", true, true},
		{"INSERT INTO t SELECT 1", "", true, false},
		{"INSERT INTO t VALUES (1)", "", true, false},
		{"SELECT 1 FORMAT CSV", "", true, false},
	} {
		var s sqltext.Splitter
		s.Feed(c.text)
		if s.Within() != c.within || s.Open() != c.open || s.AwaitsData() != c.data {
			t.Errorf("%q: within %q, open %t, data %t", c.text, s.Within(), s.Open(), s.AwaitsData())
		}
	}
}

func TestRest(t *testing.T) {
	var s sqltext.Splitter
	s.Feed("SELECT 1;\n SELECT 2 \n")
	if st, ok := s.Rest(); !ok || st.Text != "SELECT 2" {
		t.Errorf("rest %q, %t", st.Text, ok)
	}
	if st, ok := s.Rest(); ok {
		t.Errorf("a second rest: %q", st.Text)
	}
	s.Feed(" -- the end\n")
	if st, ok := s.Rest(); ok {
		t.Errorf("a comment as a statement: %q", st.Text)
	}
}

func TestOneLine(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"SELECT 1", "SELECT 1"},
		{"SELECT\n  1 -- one\n  + 2", "SELECT   1    + 2"},
		{"SELECT '-- no comment'", "SELECT '-- no comment'"},
		{"SELECT 'a\nb'", ""},
		{"SELECT 1 /* a\nb */", "SELECT 1 /* a b */"},
	} {
		if got := sqltext.OneLine(c.in); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

// FuzzFeed checks that how a text is cut into lines changes nothing, that no text gets lost, and that
// what was cut out is one statement for a second splitter.
func FuzzFeed(f *testing.F) {
	for _, s := range []string{
		"SELECT 1; SELECT 'a;b'\\G", "-- x;\nSELECT 1;", "/* ; */ SELECT $$;$$;", "INSERT INTO t FORMAT CSV\n1,2;\n",
		"SELECT 'it''s', \"\\\"\";", "#! a\n;`;`;", "$a$;$b$;$a$;",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var whole, lines sqltext.Splitter
		a := whole.Feed(text)
		var b []sqltext.Statement
		for _, l := range strings.SplitAfter(text, "\n") {
			// A backslash escapes the byte behind it, which may be on the next line.
			b = append(b, lines.Feed(l)...)
		}
		if d := cmp.Diff(a, b); d != "" {
			t.Errorf("line by line: %s", d)
		}
		kept := len(whole.Pending())
		for _, st := range a {
			kept += len(st.Text)
			var again sqltext.Splitter
			if more := again.Feed(st.Text); len(more) > 0 && !strings.HasSuffix(st.Text, `\`) {
				t.Errorf("%q holds %d statements", st.Text, len(more))
			}
			sqltext.OneLine(st.Text)
		}
		if kept > len(text) {
			t.Errorf("%d bytes came out of %d", kept, len(text))
		}
	})
}
