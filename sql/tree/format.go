package tree

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Format writes a condition in a form for people: messages, logs and the expectations of tests.
// Different conditions have different forms.
func Format(c Cond) string {
	var b strings.Builder
	format(&b, c)
	return b.String()
}

func format(b *strings.Builder, c Cond) {
	switch c := c.(type) {
	case nil:
		b.WriteString("true")
	case Const:
		b.WriteString(strconv.FormatBool(bool(c)))
	case And:
		formatList(b, "and", c)
	case Or:
		formatList(b, "or", c)
	case Not:
		b.WriteString("not(")
		format(b, c.Cond)
		b.WriteByte(')')
	case Test:
		fmt.Fprintf(b, "%s %s %s", formatField(c.Field), c.Op, formatValue(c.Value))
	case Exists:
		fmt.Fprintf(b, "exists(%s)", formatField(c.Field))
	case Elements:
		fmt.Fprintf(b, "%s(%s: ", c.Quantifier, formatField(c.Field))
		format(b, c.Cond)
		b.WriteByte(')')
	case Length:
		fmt.Fprintf(b, "len(%s) %s %d", formatField(c.Field), c.Op, c.N)
	default:
		fmt.Fprintf(b, "%T", c)
	}
}

func formatList(b *strings.Builder, word string, list []Cond) {
	b.WriteString(word)
	b.WriteByte('(')
	for i, sub := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		format(b, sub)
	}
	b.WriteByte(')')
}

func formatField(name string) string {
	if name == "" {
		return "."
	}
	return name
}

func formatValue(v Value) string {
	switch v := v.(type) {
	case Null:
		return "null"
	case Bool:
		return strconv.FormatBool(bool(v))
	case Int:
		return strconv.FormatInt(int64(v), 10)
	case Uint:
		return strconv.FormatUint(uint64(v), 10)
	case Float:
		s := strconv.FormatFloat(float64(v), 'g', -1, 64)
		if !strings.ContainsAny(s, ".eInN") {
			s += ".0"
		}
		return s
	case Text:
		return strconv.Quote(string(v))
	case Time:
		return time.Time(v).UTC().Format("2006-01-02T15:04:05.999999999")
	case Addr:
		return netip.Addr(v).Unmap().String()
	case Range:
		return v.From.Unmap().String() + ".." + v.To.Unmap().String()
	case *Pattern:
		return "/" + v.RE2() + "/"
	case List:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = formatValue(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprintf("%T", v)
}
