package flowbody

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The functions of this file work on JSON that encoding/json has found valid.

// members calls f for each member of an object, in order.
func members(object []byte, f func(key, value []byte)) {
	i := 1 + space(object[1:])
	for object[i] != '}' {
		n := valueEnd(object[i:])
		key, _ := textBytes(object[i : i+n])
		i += n
		i += space(object[i:]) + 1 // the colon
		i += space(object[i:])
		n = valueEnd(object[i:])
		f(key, object[i:i+n])
		i += n
		i += space(object[i:])
		if object[i] == ',' {
			i++
			i += space(object[i:])
		}
	}
}

// space is the number of white space characters at the beginning of b.
func space(b []byte) int {
	for i, c := range b {
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return i
		}
	}
	return len(b)
}

// valueEnd returns the length of the value at the beginning of b.
func valueEnd(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 { // of the object around a number, true, false or null
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\n', '\r', '\t':
			if depth == 0 {
				return i
			}
		}
	}
	return len(b)
}

// text returns a string value; ok is false if raw is something else.
func text(raw []byte) (s string, ok bool) {
	b, ok := textBytes(raw)
	return string(b), ok
}

// textBytes is text without a copy: the result may be a part of raw.
func textBytes(raw []byte) (b []byte, ok bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return nil, false
	}
	plain := raw[1 : len(raw)-1]
	for _, c := range plain {
		if c == '\\' || c >= utf8.RuneSelf {
			var s string
			err := json.Unmarshal(raw, &s)
			return []byte(s), err == nil
		}
	}
	return plain, true
}

// maxShown is how much of a value an error repeats.
const maxShown = 60

// shown prints a value for an error.
func shown(raw []byte) string {
	if s, ok := text(raw); ok {
		return shownText(s)
	}
	if raw == nil {
		return "null"
	}
	return shorten(string(raw))
}

// shownText prints a text in the quotes that the messages use, on one line.
func shownText(s string) string {
	q := strconv.Quote(shorten(s))
	q = strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
	return "'" + strings.ReplaceAll(q, "'", `\'`) + "'"
}

func shorten(s string) string {
	if len(s) > maxShown {
		return strings.ToValidUTF8(s[:maxShown], "") + "..."
	}
	return s
}
