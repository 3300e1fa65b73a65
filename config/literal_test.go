package config

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// parse reads the value of "A = text".
func parse(text string) (any, error) {
	found, left, err := statements("A = " + text)
	switch {
	case err != nil:
		return nil, err
	case len(left) > 0:
		return nil, errNotLiteral
	case len(found) != 1:
		return nil, errors.New("no assignment")
	}
	return found[0].value, nil
}

func TestLiterals(t *testing.T) {
	for _, tt := range []struct {
		text string
		want any
	}{
		{"None", nil},
		{"True", true},
		{"False # comment", false},
		{"3600", int64(3600)},
		{"-1", int64(-1)},
		{"+ 7", int64(7)},
		{"0", int64(0)},
		{"00", int64(0)},
		{"1_000_000", int64(1000000)},
		{"0xFF", int64(255)},
		{"0o17", int64(15)},
		{"0b101", int64(5)},
		{"-9223372036854775808", int64(-1 << 63)},
		{"0.5", 0.5},
		{".5", 0.5},
		{"5.", 5.0},
		{"007.25", 7.25},
		{"1e3", 1000.0},
		{"-1.5E-3", -0.0015},
		{"1_0.2_5", 10.25},
		{`"text"`, "text"},
		{`'it is "quoted"'`, `it is "quoted"`},
		{`""`, ""},
		{`"a\tb\\c\"d\'e\x41\101\u00e9\U0001F600\0"`, "a\tb\\c\"d'eAA\u00e9\U0001F600\x00"},
		{`"unknown \d stays"`, `unknown \d stays`},
		{`r"raw \n \" stays"`, `raw \n \" stays`},
		{`u'old'`, "old"},
		{"\"\"\"two\nlines, \"one\" text\"\"\"", "two\nlines, \"one\" text"},
		{"'''\\\nno line end first'''", "no line end first"},
		{`"joined" 'texts' r"\d"`, `joinedtexts\d`},
		{"(\"over\"\n  # between\n \"lines\")", "overlines"},
		{"\"continued\" \\\n  \"here\"", "continuedhere"},
		{"'in \\\nside'", "in side"},
		{"[]", []any{}},
		{"()", []any{}},
		{"(1)", int64(1)},
		{"(1,)", []any{int64(1)}},
		{"1, 2", []any{int64(1), int64(2)}},
		{"1,", []any{int64(1)}},
		{"[1, 'a', None, [True, 0.5],]", []any{int64(1), "a", nil, []any{true, 0.5}}},
		{"[\n  1,  # one\n\n  2,\n]  # end", []any{int64(1), int64(2)}},
		{"{}", dict{}},
		{"{'tcp': {8080: 0.5, 9: 1}, 'udp': {},}",
			dict{{"tcp", dict{{int64(8080), 0.5}, {int64(9), int64(1)}}}, {"udp", dict{}}}},
		{"{'view', 'flow'}", []any{"view", "flow"}},
		{"{1}", []any{int64(1)}},
		{"'caf\u00e9'", "caf\u00e9"},
		{"1;", int64(1)},
		{"1\r\n", int64(1)},
	} {
		got, err := parse(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
		} else if d := cmp.Diff(tt.want, got, cmp.AllowUnexported(entry{})); d != "" {
			t.Errorf("%s: %s", tt.text, d)
		}
	}
}

// TestDepth: cmp takes time exponential in the depth.
func TestDepth(t *testing.T) {
	v, err := parse(strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth))
	if err != nil {
		t.Fatal(err)
	}
	depth := 0
	for list := v.([]any); ; list = list[0].([]any) {
		if depth++; len(list) == 0 {
			break
		}
	}
	if depth != maxDepth {
		t.Errorf("%d lists in each other", depth)
	}
}

func TestNotLiterals(t *testing.T) {
	for _, text := range []string{
		"", "name", "true", "Trueish", "7 * 86400", "1 + 2", "os.getenv('X')", "dict(a=1)", "[x for x in y]", "not True", "1 if True else 2",
		"b'bytes'", "f'{x}'", "rb''", "'%s' % 1", "'a' + 'b'", "'a'.lower()", "'\\N{BULLET}'", `"\x4"`, `"\ud800"`, `"\U00110000"`,
		"0777", "1__0", "1_", "0x", "0xg", "12abc", "1j", "1.5.2", "1e", "1e400", "inf", "9223372036854775808", "--1", "-", ".", "- None",
		"[1 2]", "[,]", "(,)", "{1: 2, 3}", "{1, 2: 3}", "{1:}", "{,}", "[*x]", "{**x}", "== 1", "1 2", "[1][0]", "(1, 2",
		"'open", "'''open'", "[1, 2", "{'a': (1}", "1, , 2", "lambda: 1",
		strings.Repeat("[", 101) + strings.Repeat("]", 101),
	} {
		if v, err := parse(text); err == nil {
			t.Errorf("%q gives %v", text, v)
		}
	}
}

// FuzzLiteral checks that a value that was read is read again from what show prints of it.
func FuzzLiteral(f *testing.F) {
	for _, text := range []string{
		"None", "True", "-1_0", "0x1F", "1.5e-3", `"a\tb\x41" 'c' r"\d"`, "'''a\nb'''", "[1, (2,), {3}, {'a': {4: None}},]", "(1)", "1, 2",
		"[\n1, # one\n'#']", "a\\\n+1", "\"\\N{X}\"", "{**x}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := parse(text)
		if err != nil {
			return
		}
		var b strings.Builder
		write(&b, v, 1<<20)
		if hasUnprintable(v) {
			return // printed with escapes of Go
		}
		again, err := parse(b.String())
		if err != nil {
			t.Fatalf("%q, printed as %q: %v", text, b.String(), err)
		}
		if !reflect.DeepEqual(v, again) {
			t.Errorf("%q, printed as %q, gives %v", text, b.String(), again)
		}
	})
}

// hasUnprintable tells whether the value holds what show writes in another way than Python.
func hasUnprintable(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\n' || r == 0xfffd })
	case float64:
		return v == float64(int64(v)) // 5.0 is shown as 5
	case []any:
		for _, e := range v {
			if hasUnprintable(e) {
				return true
			}
		}
	case dict:
		for _, e := range v {
			if hasUnprintable(e.key) || hasUnprintable(e.value) {
				return true
			}
		}
	}
	return false
}

// TestLargeFiles: the time to read a file of the largest size must not be quadratic.
func TestLargeFiles(t *testing.T) {
	const n = maxFile / 4
	for name, src := range map[string]string{
		"escapes":     "A = '" + strings.Repeat(`\0`, n) + "'",
		"number":      "A = " + strings.Repeat("1_", n) + "1",
		"texts":       "A = " + strings.Repeat("'' ", n),
		"open":        strings.Repeat("[", n),
		"statements":  strings.Repeat("A\n", n),
		"semicolons":  strings.Repeat("A=1;", n),
		"assignments": strings.Repeat("A=1\n", n),
		"deep":        "A = " + strings.Repeat("[", n) + strings.Repeat("]", n),
		"prefixes":    "A = '' " + strings.Repeat("r", n),
	} {
		began := time.Now()
		statements(src)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: %v", name, took)
		}
	}
}
