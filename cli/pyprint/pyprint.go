// Package pyprint writes values the way Python's str() and repr() do. The command line prints top values
// like this because scripts have parsed such lines for years. It covers the values that such lines
// hold, not Python's types at large.
//
// One thing differs: control characters in plain texts are escaped, as Python does in quoted ones only.
// Texts come from networks, and must neither end a line nor reach a terminal as a command.
package pyprint

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Tuple is a Python tuple: (1, 2), (1,), ().
type Tuple []any

// List is a Python list: [1, 2].
type List []any

// Dict is a Python dict in order of its items: {'start': 1}.
type Dict []Item

// Item is one item of a Dict.
type Item struct {
	Key   string
	Value any
}

// Str writes a value as Python's str does: texts and times plainly, all else like Repr. Times are in
// UTC, without a zone.
func Str(v any) string {
	var b strings.Builder
	switch v := v.(type) {
	case string:
		plain(&b, v)
	case netip.Addr:
		b.WriteString(v.String())
	case time.Time:
		b.WriteString(v.UTC().Format("2006-01-02 15:04:05"))
		if us := v.Nanosecond() / 1000; us != 0 {
			fmt.Fprintf(&b, ".%06d", us)
		}
	default:
		repr(&b, v)
	}
	return b.String()
}

// Repr writes a value as Python's repr does: texts in quotes, times as calls of datetime.datetime.
func Repr(v any) string {
	var b strings.Builder
	repr(&b, v)
	return b.String()
}

func repr(b *strings.Builder, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("None")
	case bool:
		if v {
			b.WriteString("True")
		} else {
			b.WriteString("False")
		}
	case string:
		quote(b, v)
	case netip.Addr:
		quote(b, v.String())
	case time.Time:
		reprTime(b, v.UTC())
	case Tuple:
		b.WriteByte('(')
		sequence(b, v)
		if len(v) == 1 {
			b.WriteByte(',')
		}
		b.WriteByte(')')
	case List:
		b.WriteByte('[')
		sequence(b, v)
		b.WriteByte(']')
	case Dict:
		b.WriteByte('{')
		for i, it := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			quote(b, it.Key)
			b.WriteString(": ")
			repr(b, it.Value)
		}
		b.WriteByte('}')
	default:
		fmt.Fprint(b, v) // numbers
	}
}

func sequence(b *strings.Builder, items []any) {
	for i, it := range items {
		if i > 0 {
			b.WriteString(", ")
		}
		repr(b, it)
	}
}

// reprTime leaves out seconds and microseconds as long as nothing but zeros would follow.
func reprTime(b *strings.Builder, t time.Time) {
	fmt.Fprintf(b, "datetime.datetime(%d, %d, %d, %d, %d", t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute())
	us := t.Nanosecond() / 1000
	if t.Second() != 0 || us != 0 {
		fmt.Fprintf(b, ", %d", t.Second())
	}
	if us != 0 {
		fmt.Fprintf(b, ", %d", us)
	}
	b.WriteByte(')')
}

// quote writes a text as a literal, in single quotes unless only those occur in it.
func quote(b *strings.Builder, s string) {
	q := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = '"'
	}
	b.WriteByte(q)
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == '\\' || r == rune(q):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == utf8.RuneError && size == 1, !unicode.IsPrint(r):
			escape(b, r, s[:size])
		default:
			b.WriteRune(r)
		}
		s = s[size:]
	}
	b.WriteByte(q)
}

// plain writes a text as it is but for control characters and bytes that are not UTF-8.
func plain(b *strings.Builder, s string) {
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 || unicode.IsControl(r) {
			escape(b, r, s[:size])
		} else {
			b.WriteRune(r)
		}
		s = s[size:]
	}
}

// escape writes a character as an escape of Python's literals. A byte that is not UTF-8 becomes the
// surrogate under which Python would have read it (its error handler "surrogateescape").
func escape(b *strings.Builder, r rune, raw string) {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		fmt.Fprintf(b, `\udc%02x`, raw[0])
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	case r < 0x100:
		fmt.Fprintf(b, `\x%02x`, r)
	case r < 0x10000:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		fmt.Fprintf(b, `\U%08x`, r)
	}
}
