package config

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// The values that files and variables give are of the types nil, bool, int64, float64, string, []any
// (lists, tuples and sets), dict, and plain.

// dict is a mapping in the order in which it was written.
type dict []entry

type entry struct{ key, value any }

// plain is a value of an environment variable that is not JSON's list, object or quoted text: the
// setting says of which type it is.
type plain string

// isNone tells whether the value is None.
func isNone(v any) bool {
	if s, ok := v.(plain); ok {
		return s == "None" || s == "none" || s == "null"
	}
	return v == nil
}

// asBool reads a truth value; like in Python, 0 and 1 are such.
func asBool(v any) (b, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case int64:
		return v == 1, v == 0 || v == 1
	case plain:
		switch strings.ToLower(string(v)) {
		case "true", "1", "yes", "on":
			return true, true
		case "false", "0", "no", "off":
			return false, true
		}
	}
	return false, false
}

func asInt(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case plain:
		n, err := strconv.ParseInt(string(v), 10, 64)
		return n, err == nil
	}
	return 0, false
}

func asFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, v == v
	}
	return 0, false
}

func asText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case plain:
		return string(v), true
	}
	return "", false
}

// asTexts reads a list of texts; of a plain value, separated by commas.
func asTexts(v any) ([]string, bool) {
	switch v := v.(type) {
	case []any:
		out := make([]string, 0, len(v))
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, false
			}
			out = append(out, s)
		}
		return out, true
	case plain:
		out := []string{}
		for s := range strings.SplitSeq(string(v), ",") {
			if s = strings.TrimSpace(s); s != "" {
				out = append(out, s)
			}
		}
		return out, true
	}
	return nil, false
}

// show prints a value for an error, as Python would, not too long.
func show(v any) string {
	const longest = 80
	var b strings.Builder
	write(&b, v, longest)
	if s := b.String(); len(s) > longest {
		return strings.ToValidUTF8(s[:longest], "") + "..."
	}
	return b.String()
}

// write prints a value; it stops soon after so many bytes.
func write(b *strings.Builder, v any, most int) {
	if b.Len() > most {
		return
	}
	switch v := v.(type) {
	case nil:
		b.WriteString("None")
	case bool:
		b.WriteString(map[bool]string{true: "True", false: "False"}[v])
	case string:
		b.WriteString(strconv.Quote(v))
	case plain:
		b.WriteString(strconv.Quote(string(v)))
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			write(b, e, most)
		}
		b.WriteByte(']')
	case dict:
		b.WriteByte('{')
		for i, e := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			write(b, e.key, most)
			b.WriteString(": ")
			write(b, e.value, most)
		}
		b.WriteByte('}')
	default:
		fmt.Fprint(b, v)
	}
}

// fromEnvironment reads the value of an environment variable: JSON if it is a list, an object or a text
// in quotes, else plain.
func fromEnvironment(s string) (any, error) {
	s = strings.TrimSpace(s)
	if s == "" || !strings.ContainsRune(`[{"`, rune(s[0])) {
		return plain(s), nil
	}
	var whole json.RawMessage // checks the syntax, and bounds the depth
	if err := json.Unmarshal([]byte(s), &whole); err != nil {
		return nil, fmt.Errorf("the value looks like JSON and is not: %w", err)
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	return jsonValue(d)
}

// jsonValue reads the next value of the decoder, in the order of the text and with whole numbers kept.
func jsonValue(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Number:
		if n, err := t.Int64(); err == nil {
			return n, nil
		}
		return t.Float64()
	case json.Delim:
		if t == '{' {
			return jsonObject(d)
		}
		list := []any{}
		for d.More() {
			v, err := jsonValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	}
	return t, nil
}

func jsonObject(d *json.Decoder) (any, error) {
	object := dict{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := jsonValue(d)
		if err != nil {
			return nil, err
		}
		object = append(object, entry{key, v})
	}
	_, err := d.Token()
	return object, err
}
