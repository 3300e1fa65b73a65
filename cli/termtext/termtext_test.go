package termtext

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestAppend(t *testing.T) {
	for _, tc := range []struct{ in, want, tabs string }{
		{"", "", ""},
		{"plain text ~", "plain text ~", ""},
		{`back\slash "quotes"`, `back\slash "quotes"`, ""},
		{"a\nb\r\n", `a\nb\r\n`, ""},
		{"a\tb", `a\tb`, "a\tb"},
		{"\x00\x07\x1b[2J\x7f", `\x00\x07\x1b[2J\x7f`, ""},
		{"\u0080\u009b31m\u009f", `\x80\x9b31m\x9f`, ""},
		{"\xff\xc3(\xe2\x82", `\xff\xc3(\xe2\x82`, ""},
		{"é €😀\ufffd", "é €😀\ufffd", ""},
		{"\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069", `\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069`, ""},
		{"\u200d\u00a0", "\u200d\u00a0", ""},
	} {
		if got := string(Append([]byte("x"), tc.in)); got != "x"+tc.want {
			t.Errorf("Append(%q) = %q, want %q", tc.in, got, "x"+tc.want)
		}
		if got := Clean(tc.in); got != tc.want {
			t.Errorf("Clean(%q) = %q, want %q", tc.in, got, tc.want)
		}
		if tc.tabs == "" {
			tc.tabs = tc.want
		}
		if got := string(AppendTabs(nil, tc.in)); got != tc.tabs {
			t.Errorf("AppendTabs(%q) = %q, want %q", tc.in, got, tc.tabs)
		}
	}
}

func TestWidth(t *testing.T) {
	for s, want := range map[string]int{
		"": 0, "abc": 3, "é": 1, "e\u0301": 1, "日本": 4, "Ａ": 2, "ｱ": 1, "😀": 2, "…█▏": 3, "a\u200db": 2, "\u00ad": 1, "한": 2, "\u20dd": 0,
	} {
		if got := Width(s); got != want {
			t.Errorf("Width(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, tc := range []struct {
		in      string
		columns int
		want    string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"abcd", 1, "…"},
		{"abcd", 0, "…"},
		{"", 0, ""},
		{"abcdefghij", 10, "abcdefghij"},
		{"abcdefghijk", 10, "abcdef…ijk"},
		{"日本語日本語", 12, "日本語日本語"},
		{"日本語日本語", 11, "日本語日…語"},
		{"日本語日本語", 2, "…"},
		{"日本語日本語", 3, "日…"},
		{"abcdefghe\u0301\u0301", 7, "abcd…he\u0301\u0301"},
		{"ab\u0301\u0301\u0301\u0301cdef", 4, "ab\u0301\u0301\u0301\u0301…f"},
	} {
		got := Shorten(tc.in, tc.columns)
		if got != tc.want {
			t.Errorf("Shorten(%q, %d) = %q, want %q", tc.in, tc.columns, got, tc.want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "abc", "日本語", "e\u0301x\u0301", "\x1b[2J\xff", "\u202eabc\u0301\u0301"} {
		for _, n := range []int{0, 1, 2, 5} {
			f.Add(s, n)
		}
	}
	f.Fuzz(func(t *testing.T, s string, columns int) {
		clean := Clean(s)
		if !utf8.ValidString(clean) || strings.ContainsFunc(clean, func(r rune) bool { return unicode.IsControl(r) || Misleading(r) }) {
			t.Fatalf("%q is not clean", clean)
		}
		if again := Clean(clean); again != clean {
			t.Fatalf("%q becomes %q", clean, again)
		}
		if tabs := string(AppendTabs(nil, s)); strings.ReplaceAll(tabs, "\t", `\t`) != clean {
			t.Fatalf("%q with TABs, %q without", tabs, clean)
		}
		columns %= 100
		short := Shorten(clean, columns)
		if n := Width(short); n > max(columns, 1) && clean != "" && n > 0 {
			t.Fatalf("%q has %d columns, want %d", short, n, columns)
		}
		if Width(clean) <= columns && short != clean {
			t.Fatalf("%q becomes %q for %d columns", clean, short, columns)
		}
		if !utf8.ValidString(short) {
			t.Fatalf("%q is not UTF-8", short)
		}
	})
}
