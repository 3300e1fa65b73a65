package tree_test

import (
	"context"
	"math/rand/v2"
	"regexp"
	"testing"

	"ivre/sql/store"
	"ivre/sql/store/storetest"
	"ivre/sql/tree"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// matches asks ClickHouse which subjects a pattern matches.
func matches(t *testing.T, db *store.Store, re2 string) map[string]bool {
	t.Helper()
	rows, err := db.Query(context.Background(), store.Statement{
		SQL: "SELECT s, match(s, {p1:String}) FROM subjects", Params: map[string]string{"p1": re2},
	})
	if err != nil {
		t.Fatalf("%q: %v", re2, err)
	}
	defer rows.Close()
	out := map[string]bool{}
	for rows.Next() {
		var s string
		var m bool
		if err := rows.Scan(&s, &m); err != nil {
			t.Fatal(err)
		}
		out[s] = m
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%q: %v", re2, err)
	}
	return out
}

func subjects(t *testing.T, db *store.Store, list []string) {
	t.Helper()
	if err := db.Exec(context.Background(), store.Statement{SQL: "CREATE OR REPLACE TABLE subjects (s String) ENGINE = MergeTree ORDER BY s"}); err != nil {
		t.Fatal(err)
	}
	batch, err := db.Conn().PrepareBatch(context.Background(), "INSERT INTO subjects")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if err := batch.Append(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
}

// pieces of random patterns.
var pieces = []string{
	"a", "b", "B", ".", "^", "$", "[ab]", "[^a]", "a+", "b*", "(?:a|b)", "(ab)?", "(?i)", "(?-i)", "(?s)", "(?m)", "|", `\n`, `\s`, `\S`, `\w`, `\b`,
	"é", "[é-ü]", `\x00`, `\.`, "-", "a{2}", "(?i:ab)", "(b|)", `\Q.\E`, "[[:alpha:]]", `\d`, "ab", "ba", `\z`, `\A`, `\pL`, "(?s:.)", " ", "%", "_",
}

// TestMatchAgreesWithGo checks that what ClickHouse makes of translated patterns (it looks for a required
// substring before it asks RE2) is what the patterns say, over random patterns and texts.
func TestMatchAgreesWithGo(t *testing.T) {
	db := storetest.New(t)
	rng := rand.New(rand.NewPCG(1, 2))
	texts := []string{"", "\n", "\x00", "a\nb", "ab\n"}
	letters := []rune("aabbB\n\x00é.- %_1")
	for range 60 {
		s := make([]rune, rng.IntN(6))
		for i := range s {
			s[i] = letters[rng.IntN(len(letters))]
		}
		texts = append(texts, string(s))
	}
	subjects(t, db, texts)
	tried := 0
	for tried < 600 {
		source := ""
		for range 1 + rng.IntN(5) {
			source += pieces[rng.IntN(len(pieces))]
		}
		p, err := tree.ParsePattern(source, tree.Flags{})
		if err != nil {
			continue
		}
		tried++
		re := regexp.MustCompile(p.RE2())
		for s, got := range matches(t, db, p.RE2()) {
			if want := re.MatchString(s); got != want {
				t.Errorf("%q (%q) on %q: ClickHouse says %v", source, p.RE2(), s, got)
			}
		}
	}
}

// TestMatchOnBytes shows what the documentation of Pattern says about texts that are not UTF-8.
func TestMatchOnBytes(t *testing.T) {
	db := storetest.New(t)
	subjects(t, db, []string{"\xff", "\xffabc", "abc\xfe", "a\xffb", "caf\xe9", "é", "ab\x00cd"})
	for _, c := range []struct {
		source string
		want   []string
	}{
		{"abc", []string{"\xffabc", "abc\xfe"}},
		{"^abc", []string{"abc\xfe"}},
		{"abc$", []string{"\xffabc"}},
		{"a.b", nil},
		{"^.$", []string{"é"}},
		{"é", []string{"é"}},
		{"b.c", []string{"ab\x00cd"}},
		{`b\0c`, []string{"ab\x00cd"}},
		{"[^a]", []string{"\xffabc", "abc\xfe", "a\xffb", "caf\xe9", "é", "ab\x00cd"}},
		{"", []string{"\xff", "\xffabc", "abc\xfe", "a\xffb", "caf\xe9", "é", "ab\x00cd"}},
	} {
		p, err := tree.ParsePattern(c.source, tree.Flags{})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{}
		for _, s := range c.want {
			want[s] = true
		}
		for s, got := range matches(t, db, p.RE2()) {
			if got != want[s] {
				t.Errorf("%q on %q: %v", c.source, s, got)
			}
		}
	}
}
