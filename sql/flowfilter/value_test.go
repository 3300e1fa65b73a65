package flowfilter

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
)

// written shows a value with its type.
func written(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case *big.Int:
		return "int " + v.String()
	case float64:
		return fmt.Sprintf("float %v", v)
	case string:
		return fmt.Sprintf("%q", v)
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = written(e)
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	return fmt.Sprint(v)
}

func TestReadValue(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"80", "int 80"}, {"-1", "int -1"}, {"+1", "int 1"}, {"- 1", "int -1"}, {"--1", `"--1"`},
		{"0x50", "int 80"}, {"0X_50", "int 80"}, {"0o17", "int 15"}, {"0b101", "int 5"}, {"0x", `"0x"`},
		{"1_000", "int 1000"}, {"1__000", `"1__000"`}, {"_1", `"_1"`}, {"1_", `"1_"`},
		{"0", "int 0"}, {"00", "int 0"}, {"080", `"080"`}, {"0_0", "int 0"},
		{"1.5", "float 1.5"}, {"1e3", "float 1000"}, {"1E-3", "float 0.001"}, {".5", "float 0.5"}, {"5.", "float 5"},
		{"010.5", "float 10.5"}, {"1_0.2_5", "float 10.25"}, {"1_.5", `"1_.5"`}, {"-1.5", "float -1.5"},
		{"1e999", "float +Inf"}, {"-1e999", "float -Inf"}, {"1e", `"1e"`}, {"1j", `"1j"`}, {"0x1p3", `"0x1p3"`},
		{"inf", `"inf"`}, {"nan", `"nan"`}, {"...", `"..."`}, {".", `"."`},
		{"192.0.2.1", `"192.0.2.1"`}, {"2026-01-02 03:04:05.0", `"2026-01-02 03:04:05.0"`}, {"GET", `"GET"`},
		{"1-2", `"1-2"`}, {"1 2", `"1 2"`}, {"", `""`},
		{`"200"`, `"200"`}, {`'200'`, `"200"`}, {`"a b"`, `"a b"`}, {`"a\"b"`, `"a\"b"`}, {`'a\'b'`, `"a'b"`},
		{`"a" 'b'`, `"ab"`}, {`"a"b`, `"\"a\"b"`}, {`abc"d e"f`, `"abc\"d e\"f"`},
		{`"""a"b"""`, `"a\"b"`}, {`""`, `""`}, {`'''`, `"'''"`},
		{`"\n\t\\\x41\101\u00e9\U0001F600\q\0"`, `"\n\t\\AAé😀\\q\x00"`},
		{`"\xe9"`, `"é"`}, {`"\x4"`, `"\"\\x4\""`}, {`"\ud800"`, `"\"\\ud800\""`}, {`"\N{DASH}"`, `"\"\\N{DASH}\""`},
		{`r"\n"`, `"\\n"`}, {`R'a\'b'`, `"a\\'b"`}, {`u"a"`, `"a"`}, {`b"a"`, `"b\"a\""`}, {`f"a"`, `"f\"a\""`},
		{"\"a\nb\"", `"a\nb"`}, {`"a\`, `"\"a\\"`},
		{"True", "true"}, {"False", "false"}, {"None", "null"},
		{"true", "true"}, {"false", "false"}, {"null", "null"}, {"none", "null"}, {"TRUE", `"TRUE"`}, {"Null", `"Null"`}, {"Truer", `"Truer"`},
		{"[1,2]", "[int 1 int 2]"}, {"(1,2)", "[int 1 int 2]"}, {"[1, 2, ]", "[int 1 int 2]"}, {"1,2", "[int 1 int 2]"}, {"1,", "[int 1]"},
		{"(1)", "int 1"}, {"((1,),)", "[[int 1]]"}, {"[]", "[]"}, {"()", "[]"}, {"[ ]", "[]"}, {"[,]", `"[,]"`}, {"[1", `"[1"`}, {"[1)", `"[1)"`},
		{"[true]", `"[true]"`}, {`["a", None, [1.5]]`, `["a" null [float 1.5]]`}, {"[1,,2]", `"[1,,2]"`},
		{"{1}", `"{1}"`}, {"{'a': 1}", `"{'a': 1}"`},
		{strings.Repeat("[", 60) + strings.Repeat("]", 60), fmt.Sprintf("%q", strings.Repeat("[", 60)+strings.Repeat("]", 60))},
		{strings.Repeat("9", 5000), fmt.Sprintf("%q", strings.Repeat("9", 5000))},
	} {
		if got := written(readValue(c.text)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
	}
}

func TestParseAddr(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"192.0.2.1", "192.0.2.1"}, {"::ffff:192.0.2.1", "192.0.2.1"}, {"2001:DB8::1", "2001:db8::1"},
		{"10.1.2", "10.1.0.2"}, {"10.258", "10.0.1.2"}, {"10.1.65535", "10.1.255.255"},
		{"10.1.65536", ""}, {"10.01.2", ""}, {"10", ""}, {"10..1", ""}, {"", ""}, {"a.b.c", ""}, {"fe80::1%1", ""}, {"192.0.2.1/32", ""}, {"1.2.3.4.5", ""}, {"+1.2.3", ""},
	} {
		got, err := ParseAddr(c.text)
		if err != nil && c.want == "" {
			continue
		}
		if err != nil || got.String() != c.want {
			t.Errorf("%s: got %s, %v; want %s", c.text, got, err, c.want)
		}
	}
}
