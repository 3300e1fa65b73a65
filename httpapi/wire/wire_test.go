package wire_test

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"unicode/utf8"

	"ivre/httpapi/wire"
)

func TestMarshal(t *testing.T) {
	type inner struct {
		B int        `json:"b"`
		A *uint64    `json:"a"`
		F wire.Float `json:"f"`
	}
	tests := []struct {
		in   any
		want string
	}{
		{nil, `null`},
		{[]any{}, `[]`},
		{[]any(nil), `null`},
		{map[string]any{}, `{}`},
		{map[string]any(nil), `null`},
		{struct {
			Count int `json:"count"`
		}{0}, `{"count": 0}`},
		{inner{B: 1, F: 2}, `{"b": 1, "a": null, "f": 2.0}`}, // the order of the members
		{[]any{1, "a,b:c", true, nil}, `[1, "a,b:c", true, null]`},
		{"<a href='x'>&</a>", `"<a href='x'>&</a>"`},
		{"caf\u00e9 \u4f8b \U0001f600", `"caf\u00e9 \u4f8b \ud83d\ude00"`},
		{"\u2028\u2029\x7f", `"\u2028\u2029\u007f"`},
		{"a\"b\\c\n\r\t\b\f\x01", `"a\"b\\c\n\r\t\b\f\u0001"`},
		{"bad \xff", `"bad \ufffd"`},
		{map[string]any{"\u00e9": "\\"}, `{"\u00e9": "\\"}`},
		{uint64(math.MaxUint64), `18446744073709551615`},
		{json.Number("123456789012345678901234567890"), `123456789012345678901234567890`},
		{json.RawMessage("{\"a\" :\n[1 ,2], \"b\":\"x : y\"}"), `{"a": [1, 2], "b": "x : y"}`},
		{[]any{1.0, 0.5, float32(0.1), math.NaN(), math.Inf(-1)}, `[1.0, 0.5, 0.1, null, null]`},
		{map[string]any{"x": []any{2.0}}, `{"x": [2.0]}`},
		{wire.Float(math.Inf(1)), `null`},
		{wire.Float(math.Copysign(0, -1)), `-0.0`},
		{wire.Float(1704164645.5), `1704164645.5`},
		{wire.Float(1e16), `1e+16`},
		{wire.Float(1e15), `1000000000000000.0`},
		{wire.Float(0.0001), `0.0001`},
		{wire.Float(0.00001), `1e-05`},
	}
	for _, tt := range tests {
		got, err := wire.Marshal(tt.in)
		if err != nil {
			t.Errorf("%#v: %v", tt.in, err)
			continue
		}
		if string(got) != tt.want {
			t.Errorf("%#v: got %s, want %s", tt.in, got, tt.want)
		}
		if !json.Valid(got) {
			t.Errorf("%s is not JSON", got)
		}
	}
}

func TestMarshalCopiesWhatItChanges(t *testing.T) {
	in := map[string]any{"x": []any{1.0}}
	if _, err := wire.Marshal(in); err != nil {
		t.Fatal(err)
	}
	if _, ok := in["x"].([]any)[0].(float64); !ok {
		t.Errorf("the argument was changed: %v", in)
	}
}

func TestAppendErrorKeepsDst(t *testing.T) {
	dst := []byte("x")
	got, err := wire.Append(dst, func() {})
	if err == nil || string(got) != "x" {
		t.Errorf("got %q, %v", got, err)
	}
}

// FuzzRestyle checks that restyled JSON is ASCII, means the same, and does not change when restyled again.
func FuzzRestyle(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.0,"x\"\\,:"],"é":"😀"}`, `"\u00e9\ud83d"`, ` [ ] `, `"` + "\x7f\u2028" + `"`, "\"\xff\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if !json.Valid(src) {
			return
		}
		out := wire.Restyle(nil, src)
		for _, c := range out {
			if c >= utf8.RuneSelf || c < ' ' {
				t.Fatalf("%q became %q", src, out)
			}
		}
		if !bytes.Equal(decode(t, src), decode(t, out)) {
			t.Fatalf("%q became %q", src, out)
		}
		if again := wire.Restyle(nil, out); !bytes.Equal(out, again) {
			t.Fatalf("%q became %q", out, again)
		}
	})
}

// decode brings JSON into a form that can be compared.
func decode(t *testing.T, src []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%q: %v", src, err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
