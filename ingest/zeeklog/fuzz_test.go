package zeeklog

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzReader reads anything and checks what the package promises about it.
func FuzzReader(f *testing.F) {
	f.Add("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tp\n#fields\ta\tb.c\td\n#types\tstring\tcount\tset[string]\nx\t1\ty,z\\x2c\n-\t-\t-\n#close\tx\n")
	f.Add("#separator \\x2c\n#fields,a,b.c\n1,2\n{\"a\":\"x\"}\n")
	f.Add("{\"_path\":\"p\",\"a\":\"\\u00e9\\ud83d\\ude00\\n\",\"b.c\":12,\"d\":[\"x\",null,{}]}\r\n")
	f.Add("\ufeff1\t2\n#fields\ta\td\n1\t2026-01-02T03:00:00Z\n")
	f.Fuzz(func(t *testing.T, log string) {
		const limit = 1000
		bad, values := 0, 0
		r := NewReader(strings.NewReader(log), Options{MaxLine: limit, Bad: func(line uint64, err error) {
			bad++
			if line == 0 || err == nil {
				t.Errorf("report of line %d: %v", line, err)
			}
		}})
		var buf []byte
		for {
			err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			values++
			checkText(t, []byte(r.Path()))
			row := r.Row(abc)
			for i := range abc.Len() {
				v := row.Value(i)
				if v.IsSet() && !row.Has(i) {
					t.Error("an absent column has a value")
				}
				buf = checkValue(t, v, buf)
				for e := range v.Elements() {
					buf = checkValue(t, e, buf)
				}
			}
		}
		lines := uint64(strings.Count(log, "\n"))
		if log != "" && !strings.HasSuffix(log, "\n") {
			lines++
		}
		if r.Line() != lines || uint64(values+bad)+r.Headless() > lines {
			t.Errorf("%d lines, want %d; %d values, %d bad, %d headless", r.Line(), lines, values, bad, r.Headless())
		}
	})
}

func checkValue(t *testing.T, v Value, buf []byte) []byte {
	buf = v.AppendText(buf[:0])
	checkText(t, buf)
	if !v.IsSet() && len(buf) > 0 {
		t.Errorf("text %q of a value that is not set", buf)
	}
	if n, err := v.Uint(99); err == nil && n > 99 {
		t.Errorf("Uint(99) = %d", n)
	}
	_, _ = v.Time()
	_, _ = v.Interval()
	_, _ = v.Bool()
	if a, err := v.Addr(); err == nil && (!a.IsValid() || a.Zone() != "") {
		t.Errorf("Addr = %v", a)
	}
	return buf
}

// checkText makes sure that text is printable.
func checkText(t *testing.T, text []byte) {
	if !utf8.Valid(text) {
		t.Errorf("%q is not UTF-8", text)
	}
	for _, r := range string(text) {
		if isControl(r) {
			t.Errorf("%q has control characters", text)
		}
	}
}

// FuzzObject compares the JSON parser with that of the standard library.
func FuzzObject(f *testing.F) {
	for _, s := range []string{`{}`, ` { "a" : 1 , "b":[ ] , "c":{ } } `, `{"a":"\u00e9\ud83d\ude00\\\""}`, `{"a":-0.5e+10}`, `{"a":[1,"x",{"y":[true,false,null]}]}`, `{"a":1,"a":2}`, "{\"\xff\":\"\xff\"}", `{"a":01}`, `{"a":1}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if bytes.Count(b, []byte("["))+bytes.Count(b, []byte("{")) > maxDepth || bytes.Count(b, []byte(":")) > maxColumns {
			t.Skip("may be beyond our limits")
		}
		members, err := parseObject(b, nil)
		want := map[string]any{}
		wantErr := json.Unmarshal(b, &want)
		if json.Valid(b) && bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte("{")) {
			wantErr = nil // numbers too big for a float64
		} else if wantErr == nil {
			wantErr = io.EOF // null
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: %v, want %v", b, err, wantErr)
		}
		if err != nil {
			return
		}
		got := map[string]member{}
		for _, m := range members {
			got[strings.ToValidUTF8(string(m.key), "\ufffd")] = m
		}
		for k, v := range want {
			s, ok := v.(string)
			m := got[strings.ToValidUTF8(k, "\ufffd")]
			if !ok || m.form == absent {
				continue // keys with invalid UTF-8 may differ in the number of U+FFFD
			}
			text := Value{raw: m.raw, form: m.form}.token()
			if m.form != jsonString && m.form != jsonEscaped || utf8.Valid(text) && string(text) != s {
				t.Errorf("%q: member %q is %q, want %q", b, k, text, s)
			}
		}
	})
}
