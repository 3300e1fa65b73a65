package pyprint_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"ivre/cli/pyprint"
)

func TestPrinting(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		v         any
		str, repr string
	}{
		{nil, "None", "None"},
		{true, "True", "True"},
		{false, "False", "False"},
		{80, "80", "80"},
		{uint64(1<<64 - 1), "18446744073709551615", "18446744073709551615"},
		{int64(-5), "-5", "-5"},
		{uint8(8), "8", "8"},
		{"GET", "GET", "'GET'"},
		{"", "", "''"},
		{"it's", "it's", `"it's"`},
		{`it's "x"`, `it's "x"`, `'it\'s "x"'`},
		{`back\slash`, `back\slash`, `'back\\slash'`},
		{"caf\u00e9 \u732b \U0001F431", "caf\u00e9 \u732b \U0001F431", "'caf\u00e9 \u732b \U0001F431'"},
		{"a\nb\r\t\x00\x1b[2J\x7f\u0085", `a\nb\r\t\x00\x1b[2J\x7f\x85`, `'a\nb\r\t\x00\x1b[2J\x7f\x85'`},
		{"\u200b\u2028\U000e0001", "\u200b\u2028\U000e0001", `'\u200b\u2028\U000e0001'`},
		{"\u00a0", "\u00a0", `'\xa0'`},
		{"\xff\ufffd", "\\udcff\ufffd", "'\\udcff\ufffd'"},
		{netip.MustParseAddr("2001:db8::10"), "2001:db8::10", "'2001:db8::10'"},
		{at, "2026-01-02 03:00:00", "datetime.datetime(2026, 1, 2, 3, 0)"},
		{at.Add(5 * time.Second), "2026-01-02 03:00:05", "datetime.datetime(2026, 1, 2, 3, 0, 5)"},
		{at.Add(250 * time.Millisecond), "2026-01-02 03:00:00.250000", "datetime.datetime(2026, 1, 2, 3, 0, 0, 250000)"},
		{at.In(time.FixedZone("x", 3600)), "2026-01-02 03:00:00", "datetime.datetime(2026, 1, 2, 3, 0)"},
		{pyprint.Tuple{40000, 40001}, "(40000, 40001)", "(40000, 40001)"},
		{pyprint.Tuple{40000}, "(40000,)", "(40000,)"},
		{pyprint.Tuple{}, "()", "()"},
		{pyprint.Tuple{"GET"}, "('GET',)", "('GET',)"},
		{pyprint.List{1, "x", nil}, "[1, 'x', None]", "[1, 'x', None]"},
		{pyprint.Dict{{"start", at}, {"duration", 3600}}, "{'start': datetime.datetime(2026, 1, 2, 3, 0), 'duration': 3600}",
			"{'start': datetime.datetime(2026, 1, 2, 3, 0), 'duration': 3600}"},
		{pyprint.Tuple{pyprint.Tuple{"a"}, true}, "(('a',), True)", "(('a',), True)"},
	} {
		if got := pyprint.Str(c.v); got != c.str {
			t.Errorf("Str(%#v) = %s, want %s", c.v, got, c.str)
		}
		if got := pyprint.Repr(c.v); got != c.repr {
			t.Errorf("Repr(%#v) = %s, want %s", c.v, got, c.repr)
		}
	}
}

// FuzzText checks that no text breaks out of its line or its quotes.
func FuzzText(f *testing.F) {
	for _, s := range []string{"x", "it's", "\"'", "\\", "\x1b]0;x\a", "\xff", "\u2028", `\'`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, out := range []string{pyprint.Str(s), pyprint.Repr(s)} {
			if !utf8.ValidString(out) || strings.ContainsFunc(out, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
				t.Errorf("%q: control characters in %q", s, out)
			}
		}
		r := pyprint.Repr(s)
		q, body := r[0], r[1:len(r)-1]
		if r[len(r)-1] != q {
			t.Fatalf("%q: unbalanced quotes in %s", s, r)
		}
		for i := 0; i < len(body); i++ {
			switch body[i] {
			case '\\':
				i++
			case q:
				t.Errorf("%q: an open quote in %s", s, r)
			}
		}
	})
}
