package query

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"ivre/sql/tree"
)

func TestSearchTerms(t *testing.T) {
	for s, want := range map[string][]searchTerm{
		`Apache nginx`:           {{"apache", false, false}, {"nginx", false, false}},
		`the "Apache  httpd" of`: {{"Apache  httpd", true, false}},
		`a -b-c "-d"`:            {{"b", false, true}, {"c", false, true}, {"-d", true, false}},
		`x-y x_y 10.0.0.1`:       {{"x", false, false}, {"y", false, false}, {"x_y", false, false}, {"10", false, false}, {"0", false, false}, {"0", false, false}, {"1", false, false}},
		`-"a b" "c`:              {{"a b", true, true}, {"c", true, false}},
		`w"p"`:                   {{"w", false, false}, {"p", true, false}},
		"e\u0301te\u0301":        {{"ete", false, false}},
		` - "" " " `:             nil,
	} {
		if d := cmp.Diff(want, searchTerms(s), cmp.AllowUnexported(searchTerm{})); d != "" {
			t.Errorf("%s: %s", s, d)
		}
	}
}

// TestSearch looks for words in a text of a host.
func TestSearch(t *testing.T) {
	for _, c := range []struct {
		search, text string
		want         bool
	}{
		{"nginx", "Server: NGINX/1.2", true},
		{"nginx", "openresty", false},
		{"nginx", "nginxx", false},
		{"services", "a service", true},
		{"service", "two Services.", true},
		{"running", "it runs", true},
		{"runs", "still running", true},
		{"proxy", "reverse proxies", true},
		{"proxies", "proxy", true},
		{"address", "addresses", true},
		{"addresses", "the address", true},
		{"logging", "log in", true},
		{"dns", "dns", true},
		{"dn", "dna", false},
		{"key", "public keys", true},
		{"falling", "fall", true},
		{"virus", "virus", true},
		{"cafe", "Café Zürich", true},
		{"zurich", "Café ZÜRICH", true},
		{"café", "CAFE", true},
		{"foo bar", "only bar", true},
		{"foo bar", "neither", false},
		{`"foo bar"`, "a FOO BAR b", true},
		{`"foo bar"`, "bar foo", false},
		{`"foo bar" baz`, "foo bar", true},
		{`"foo" "bar"`, "foo", false},
		{`"foo" "bar"`, "bar foo", true},
		{"foo -bar", "foo", true},
		{"foo -bar", "foo bars", false},
		{`foo -"b c"`, "foo b c", false},
		{"-bar", "foo", false},
		{"the", "the", false},
		{"", "", false},
		{"c++ (x", "c", true},
	} {
		b, err := newBuilder(View, options(View), true)
		if err != nil {
			t.Fatal(err)
		}
		cond, err := b.search(c.search)
		if err != nil {
			t.Errorf("%s: %v", c.search, err)
			continue
		}
		record := map[string]any{"ports": []any{map[string]any{"service_product": c.text}}}
		if got := holds(t, cond, record); got != c.want {
			t.Errorf("%q in %q: %v", c.search, c.text, got)
		}
	}
	if _, err := Parse("search:'"+strings.Repeat("x ", maxTerms+1)+"'", options(View)); err == nil {
		t.Error("no limit of words")
	}
}

func TestInit(t *testing.T) {
	for _, c := range []struct {
		spec string
		db   Database
		want string
	}{
		{"full", View, "true"},
		{"full", RIR, "true"},
		{"noaccess", Passive, "false"},
		{"category:A", Scans, `categories = "A"`},
		{"category:A,B|C", View, `categories in ["A", "B|C"]`},
		{"category:A,/b/", Passive, `sensor in ["A", "/b/"]`},
		{"source:a,b:c", Scans, `source = "a,b:c"`},
		{"source:X", Passive, `source = "X"`},
		{"source:", View, `source = ""`},
	} {
		got, err := Init(c.spec, c.db)
		if err != nil || tree.Format(got) != c.want {
			t.Errorf("%s %s: %s, %v", c.db, c.spec, tree.Format(got), err)
		}
	}
	for spec, db := range map[string]Database{"category:A": RIR, "source:A": RIR, "x": View, "": View, "full:": View, "category": View, "noaccess:x": View, "Full": 9} {
		if got, err := Init(spec, db); err == nil {
			t.Errorf("%s %s: %s", db, spec, tree.Format(got))
		}
	}
}

func TestNotes(t *testing.T) {
	pages := func(ok bool, addrs ...string) func() ([]netip.Addr, bool) {
		return func() ([]netip.Addr, bool) {
			var out []netip.Addr
			for _, a := range addrs {
				out = append(out, netip.MustParseAddr(a))
			}
			return out, ok
		}
	}
	for _, c := range []struct {
		q     string
		pages func() ([]netip.Addr, bool)
		want  string
	}{
		{"notes", pages(true, "192.0.2.1", "::1"), "addr in [192.0.2.1, ::1]"},
		{"-notes", pages(true, "192.0.2.1", "::1"), "not(addr in [192.0.2.1, ::1])"},
		{"notes", pages(true), "false"},
		{"-notes", pages(true), "not(false)"},
		{"notes", pages(false), "unused"},
		{"-notes", nil, "unused"},
	} {
		opt := options(View)
		opt.NotepadPages = c.pages
		q, err := Parse(c.q, opt)
		got := tree.Format(q.Filter)
		if q.Unused != nil {
			got = "unused"
		}
		if err != nil || got != c.want {
			t.Errorf("%s: %s, %v, not %s", c.q, got, err, c.want)
		}
	}
}

func TestWarnings(t *testing.T) {
	var warnings []string
	opt := options(View)
	opt.Warn = func(message string) { warnings = append(warnings, message) }
	c, err := ParseJSON([]byte(`{"f":"cert","k":{"subject":{"a.b":"x","commonName":"y"}}}`), opt)
	if err != nil || tree.Format(c) != `any(ports.scripts: and(id = "ssl-cert", ssl-cert.subject.commonName = "y"))` {
		t.Errorf("%s, %v", tree.Format(c), err)
	}
	if d := cmp.Diff([]string{`ignored: subject of a certificate has no attribute "a.b"`}, warnings); d != "" {
		t.Error(d)
	}
}

func TestNow(t *testing.T) {
	q, err := Parse("timeago:60", Options{DB: Scans})
	if err != nil {
		t.Fatal(err)
	}
	c, ok := q.Filter.(tree.Test)
	if _, isTime := c.Value.(tree.Time); !ok || !isTime || c.Field != "endtime" {
		t.Errorf("%s", tree.Format(q.Filter))
	}
}

// TestSeparator expects what is between words never to be part of one, and in ASCII and Latin-1 everything else to be.
func TestSeparator(t *testing.T) {
	re := regexp.MustCompile("(?i)^" + separator + "$")
	for r := range unicode.MaxRune + 1 {
		word := unicode.IsLetter(r) || unicode.IsNumber(r) || r == '_'
		if between := re.MatchString(string(r)); between == word && (between || r <= unicode.MaxLatin1) {
			t.Errorf("%U: separates words: %v", r, between)
		}
	}
}
