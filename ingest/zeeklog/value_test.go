package zeeklog

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tsv makes a value of the tab-separated format.
func tsv(s string, typ Type) Value {
	h := newHeader()
	return h.value([]byte(s), typ)
}

// fromJSON makes a value from a JSON text.
func fromJSON(t testing.TB, s string) Value {
	t.Helper()
	members, err := parseObject([]byte(`{"x":`+s+`}`), nil)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return Value{raw: members[0].raw, form: members[0].form}
}

func TestText(t *testing.T) {
	tests := []struct{ tsv, json, want string }{
		{`plain text`, `"plain text"`, `plain text`},
		{`-`, `null`, ``},
		{`(empty)`, `""`, ``},
		{`\x2d`, `"-"`, `-`},
		{`a\x2cb`, `"a,b"`, `a,b`},
		{`a\\b`, `"a\\b"`, `a\b`},
		{`\\x41`, `"\\x41"`, `\x41`},
		{`\x5c`, `"\u005c"`, `\`},
		{`C:\dir\`, `"C:\\dir\\"`, `C:\dir\`},
		{`\x`, `"\\x"`, `\x`},
		{`\xg1\x1`, `"\\xg1\\x1"`, `\xg1\x1`},
		{`caf\xc3\xA9`, `"caf\u00e9"`, `café`},
		{"caf\u00e9", "\"caf\u00e9\"", `café`},
		{`caf\xe9`, `"caf\\xe9"`, `caf\xe9`},
		{"caf\xe9", "\"caf\xe9\"", `caf\xe9`},
		{`\xc3`, `"\\xc3"`, `\xc3`},
		{`\xe2\x82`, "\"\xe2\x82\"", `\xe2\x82`},
		{`a\x09b\x0a`, `"a\tb\n"`, `a\x09b\x0a`},
		{"a\x00\x1b[1m\x7f", `"a\u0000\u001b[1m\u007f"`, `a\x00\x1b[1m\x7f`},
		{"\u0085", `"\u0085"`, `\xc2\x85`},
		{"\ufffd", `"\ud800"`, "\ufffd"},
		{"😀", `"\ud83d\ude00"`, "😀"},
		{"\ufffdA", `"\ud83d\u0041"`, "\ufffdA"},
		{`"/`, `"\"\/"`, `"/`},
		{`\x08\x0c\x0d`, `"\b\f\r"`, `\x08\x0c\x0d`},
		{`1.50`, `1.50`, `1.50`},
		{`true`, `true`, `true`},
	}
	for _, tt := range tests {
		for kind, v := range map[string]Value{tt.tsv: tsv(tt.tsv, Type{}), tt.json: fromJSON(t, tt.json)} {
			if got := string(v.AppendText([]byte("\xff>"))); got != "\xff>"+tt.want {
				t.Errorf("%q: text %q, want %q", kind, got, tt.want)
			}
		}
	}
}

func TestTime(t *testing.T) {
	const ok = 1767322800_250000
	tests := []struct {
		tsv, json string // either may be empty
		want      int64
		bad       bool
	}{
		{tsv: "1767322800.250000", json: "1767322800.25", want: ok},
		{tsv: "1767322800", json: `"1767322800"`, want: 1767322800_000000},
		{tsv: "0.000001", json: "0.000001", want: 1},
		{tsv: "9007199254.740993", json: "9007199254.740993", want: 9007199254740993}, // 2^53 + 1
		{tsv: "1767322800.2499999", json: "1767322800.2499996", want: ok},
		{tsv: "1767322799.9999995", json: "1767322799.9999999", want: 1767322800_000000},
		{tsv: "1767322800.2500004", want: ok},
		{tsv: "-1.5", json: "-1.5", want: -1_500000},
		{tsv: "999999999999.999999", want: 999999999999_999999},
		{tsv: "1767322800250", json: `"1767322800250"`, bad: true},
		{json: "1767322800250", want: ok},
		{json: "99999999999", want: 99999999999_000000},
		{json: "100000000000", want: 100000000000_000},
		{json: "9223372036854775", want: 9223372036854775000},
		{json: "9223372036854776", bad: true},
		{json: "1.76732280025e9", want: ok},
		{json: "176732280025E-2", want: ok},
		{json: "1e300", bad: true},
		{json: "-1e300", bad: true},
		{tsv: "2026-01-02T03:00:00.25Z", json: `"2026-01-02T03:00:00.250000Z"`, want: ok},
		{tsv: "2026-01-02T03:00:00.25", json: `"2026-01-02T05:00:00.250000123+0200"`, want: ok},
		{tsv: "2026-01-02T02:00:00.2500006-01:00", want: ok + 1},
		{tsv: "2026-01-02 03:00:00", json: `"2026-02-30T00:00:00Z"`, bad: true},
		{tsv: "-", json: "null", bad: true},
		{tsv: "(empty)", json: `""`, bad: true},
		{tsv: "1.", json: `"1."`, bad: true},
		{tsv: ".5", json: `".5"`, bad: true},
		{tsv: "+1", json: `"0x10"`, bad: true},
		{tsv: "1_0", json: `"1_0e1"`, bad: true},
		{tsv: "NaN", json: `"Inf"`, bad: true},
		{tsv: "1e", json: `"1e5e"`, bad: true},
		{tsv: "--1", json: `"1 "`, bad: true},
		{tsv: strings.Repeat("9", 400), json: strings.Repeat("9", 400), bad: true},
		{tsv: "1." + strings.Repeat("3", 400), want: 1_333333},
	}
	for _, tt := range tests {
		for text, v := range map[string]Value{tt.tsv: tsv(tt.tsv, Type{Base: Time}), tt.json: fromJSON(t, orZero(tt.json))} {
			if text == "" {
				continue
			}
			got, err := v.Time()
			if (err != nil) != tt.bad || got != tt.want {
				t.Errorf("%.60s: %d, %v, want %d, bad %v", text, got, err, tt.want, tt.bad)
			}
		}
	}
}

// orZero stands in for a JSON text that a test does not have.
func orZero(s string) string {
	if s == "" {
		return "0"
	}
	return s
}

func TestInterval(t *testing.T) {
	for s, want := range map[string]int64{"0.027648": 27648, "-0.5": -500000, "3e2": 300_000000} {
		if got, err := tsv(s, Type{}).Interval(); err != nil || got != want {
			t.Errorf("%s: %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"-", "", "x", "1 s", "2026-01-02T03:00:00Z"} {
		if got, err := tsv(s, Type{}).Interval(); err == nil {
			t.Errorf("%q: %d, want an error", s, got)
		}
	}
}

func TestUint(t *testing.T) {
	tests := []struct {
		s     string
		limit uint64
		want  uint64
		bad   bool
	}{
		{s: "0", limit: 0},
		{s: "007", limit: 10, want: 7},
		{s: "65535", limit: 65535, want: 65535},
		{s: "65536", limit: 65535, bad: true},
		{s: "18446744073709551615", limit: math.MaxUint64, want: math.MaxUint64},
		{s: "18446744073709551616", limit: math.MaxUint64, bad: true},
		{s: "99999999999999999999", limit: math.MaxUint64, bad: true},
		{s: "000000000000000000001", limit: 5, bad: true}, // no log has this
		{s: "", limit: 5, bad: true},
		{s: "-", limit: 5, bad: true},
		{s: "-1", limit: 5, bad: true},
		{s: "1.0", limit: 5, bad: true},
		{s: " 1", limit: 5, bad: true},
		{s: "0x1", limit: 5, bad: true},
		{s: "１", limit: 5, bad: true},
	}
	for _, tt := range tests {
		got, err := tsv(tt.s, Type{}).Uint(tt.limit)
		if (err != nil) != tt.bad || got != tt.want {
			t.Errorf("%q: %d, %v, want %d, bad %v", tt.s, got, err, tt.want, tt.bad)
		}
	}
	if got, err := fromJSON(t, `"\u0037"`).Uint(7); got != 7 || err != nil {
		t.Errorf("escaped digit: %d, %v", got, err)
	}
}

func TestBool(t *testing.T) {
	for s, want := range map[string]bool{"T": true, "F": false, "true": true, "false": false} {
		if got, err := tsv(s, Type{}).Bool(); err != nil || got != want {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for s, want := range map[string]bool{"true": true, "false": false, `"T"`: true, `"F"`: false} {
		if got, err := fromJSON(t, s).Bool(); err != nil || got != want {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"-", "", "t", "1", "TRUE", "(empty)"} {
		if got, err := tsv(s, Type{}).Bool(); err == nil {
			t.Errorf("%q: %v, want an error", s, got)
		}
	}
}

func TestAddr(t *testing.T) {
	for s, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "0.0.0.0": "0.0.0.0", "255.255.255.255": "255.255.255.255", "2001:db8::1": "2001:db8::1",
		"fe80::1%eth0": "fe80::1", "::ffff:192.0.2.1": "::ffff:192.0.2.1",
	} {
		if got, err := tsv(s, Type{}).Addr(); err != nil || got.String() != want {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"-", "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1..2.3", "1.2.3.", ".1.2.3", "1.2.3.4 ", "10", "::g", "1.2.3.4%a", "::1%" + strings.Repeat("x", 99)} {
		if got, err := tsv(s, Type{}).Addr(); err == nil {
			t.Errorf("%q: %v, want an error", s, got)
		}
	}
}

func TestElements(t *testing.T) {
	list := Type{Base: Count, List: true}
	texts := func(v Value) []string {
		got := []string{}
		for e := range v.Elements() {
			if e.IsList() {
				t.Errorf("element %q is a list", e.raw)
			}
			if !e.IsSet() {
				got = append(got, "unset")
				continue
			}
			got = append(got, string(e.AppendText(nil)))
		}
		return got
	}
	tests := map[string]struct {
		v      Value
		isList bool
		want   []string
	}{
		"zero":          {Value{}, false, []string{}},
		"unset":         {tsv("-", list), true, []string{}},
		"empty":         {tsv("(empty)", list), true, []string{}},
		"one":           {tsv("1", list), true, []string{"1"}},
		"several":       {tsv(`a\x2cb,-,(empty),,c`, list), true, []string{"a,b", "unset", "", "", "c"}},
		"scalar":        {tsv("a,b", Type{Base: String}), false, []string{"a,b"}},
		"JSON null":     {fromJSON(t, "null"), false, []string{}},
		"JSON empty":    {fromJSON(t, "[ ]"), true, []string{}},
		"JSON":          {fromJSON(t, ` [ "a,\u0062" , null, 1.0,true ,"" ] `), true, []string{"a,b", "unset", "1.0", "true", ""}},
		"JSON nested":   {fromJSON(t, `[{"a":[1,2]}]`), true, []string{`{"a":[1,2]}`}},
		"JSON scalar":   {fromJSON(t, `"a"`), false, []string{"a"}},
		"JSON brackets": {fromJSON(t, `["]",["[",2]]`), true, nil},
	}
	for name, tt := range tests {
		if tt.v.IsList() != tt.isList {
			t.Errorf("%s: IsList = %v", name, tt.v.IsList())
		}
		if tt.want == nil {
			continue
		}
		if diff := cmp.Diff(tt.want, texts(tt.v)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	n := 0
	for e := range tests["JSON brackets"].v.Elements() {
		if n++; n == 1 && string(e.raw) != "]" || n == 2 && string(e.raw) != `["[",2]` {
			t.Errorf("element %d: %q", n, e.raw)
		}
	}
	for range tests["several"].v.Elements() {
		n++
		break
	}
	for range tests["JSON"].v.Elements() {
		n++
		break
	}
	if n != 4 {
		t.Errorf("%d elements, want 4", n)
	}
	for e := range tsv("7", list).Elements() {
		if e.Type() != (Type{Base: Count}) {
			t.Errorf("type of an element: %v", e.Type())
		}
	}
}

func TestParseType(t *testing.T) {
	tests := map[string]Type{
		"count": {Base: Count}, "set[string]": {Base: String, List: true}, "table[addr]": {Base: Addr, List: true},
		"vector[interval]": {Base: Interval, List: true}, "set": {List: true}, "func": {}, "": {}, "record[count]": {}, "set[x]": {List: true},
	}
	for s, want := range tests {
		if got := ParseType(s); got != want {
			t.Errorf("ParseType(%q) = %v, want %v", s, got, want)
		}
	}
}
