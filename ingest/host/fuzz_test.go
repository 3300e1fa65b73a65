package host

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzDecode checks that what Decode accepts is JSON, and that writing it and reading it back changes nothing.
func FuzzDecode(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(Append(nil, newGenerator(seed).host()))
	}
	f.Add([]byte(`{"starttime":1700000001.5,"source":["a"],"ports":[{"port":"80","scripts":[{"id":"ssl-cert","ssl-cert":[{"not_before":1}]}]}]}`))
	f.Add([]byte("{\"x\":[\"\\ud83d\\ude00\xff\\u00e9\",1e5,-0.0,12345678901234567890,true,null]}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := Decode(text)
		if err != nil {
			return
		}
		if !json.Valid(text) {
			t.Fatalf("read, but not JSON: %q", text)
		}
		b := Append(nil, h)
		again, err := Decode(b)
		if err != nil {
			t.Fatalf("cannot be read back: %v: %s", err, b)
		}
		if b2 := Append(nil, again); !bytes.Equal(b, b2) {
			t.Fatalf("not the same twice:\n%s\n%s", b, b2)
		}
	})
}

// FuzzDecodeValue compares with encoding/json.
func FuzzDecodeValue(f *testing.F) {
	f.Add([]byte(`{"a":[1,2.5,"x\u00e9\ud83d",true,null],"a":{"b":"é"}}`))
	f.Add([]byte(" [\"\\ud83d\\ude00\xff\", -0.0, 1e400, 12345678901234567890]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := DecodeValue(text)
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		var reference any
		valid := json.Valid(text) && dec.Decode(&reference) == nil
		if !valid {
			if err == nil {
				t.Fatalf("read, but not JSON: %q", text)
			}
			return
		}
		want, readable := unordered(reference, 0)
		if err != nil {
			if readable {
				t.Fatalf("not read: %v", err)
			}
			return
		}
		got, _ := unordered(v, 0)
		if diff := cmp.Diff(want, got); diff != "" || !readable {
			t.Fatalf("%v %s", readable, diff)
		}
		again, err := DecodeValue(AppendValue(nil, v))
		if diff := cmp.Diff(v, again); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
	})
}

// unordered turns values of this package and those of encoding/json into the same ones, objects into maps. readable
// tells whether DecodeValue has to accept it.
func unordered(v any, depth int) (out any, readable bool) {
	readable = true
	item := func(v any) any {
		out, ok := unordered(v, depth+1)
		readable = readable && ok
		return out
	}
	switch v := v.(type) {
	case List:
		list := []any{}
		for _, e := range v {
			list = append(list, e)
		}
		return unordered(list, depth)
	case *Object:
		m := map[string]any{}
		for _, e := range v.Members {
			m[e.Key] = e.Value
		}
		return unordered(m, depth)
	case []any:
		list := []any{}
		for _, e := range v {
			list = append(list, item(e))
		}
		return list, readable && depth < maxDepth
	case map[string]any:
		m := map[string]any{}
		for k, e := range v {
			m[k] = item(e)
		}
		return m, readable && depth < maxDepth
	case json.Number:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return n, true
		}
		if !strings.ContainsAny(string(v), ".eE") {
			return v, true
		}
		f, err := v.Float64()
		return f, err == nil
	}
	return v, true
}

// FuzzRoundTrip reads back generated records.
func FuzzRoundTrip(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { roundTrip(t, newGenerator(seed).host()) })
}
