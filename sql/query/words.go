package query

import (
	"fmt"
	"net/netip"
	"strings"
)

// Word is one word of a query: a parameter with a value or without.
type Word struct {
	Neg      bool
	Param    string
	Value    string
	HasValue bool
}

// String writes the word as lists of words that were not understood show it.
func (w Word) String() string {
	s := w.Param
	if w.HasValue {
		s += "=" + w.Value
	}
	if w.Neg {
		s = "-" + s
	}
	return s
}

// Error is a word or filter that makes no sense. Its text is meant for the user.
type Error struct {
	Token  string
	Reason string
}

func (e *Error) Error() string {
	if e.Token == "" {
		return e.Reason
	}
	return e.Token + ": " + e.Reason
}

func fail(token, format string, args ...any) error {
	return &Error{token, fmt.Sprintf(format, args...)}
}

// maxQuery is the length in bytes of the longest query.
const maxQuery = 256 << 10

// Words splits a query at white space. Quotes of either kind group; a backslash is a character like any other.
func Words(q string) ([]Word, error) {
	if len(q) > maxQuery {
		return nil, fail("", "the query is longer than %d bytes", maxQuery)
	}
	var out []Word
	var b strings.Builder
	inWord := false
	quote := byte(0)
	end := func() {
		if inWord && b.Len() > 0 {
			out = append(out, newWord(b.String()))
		}
		b.Reset()
		inWord = false
	}
	for i := range len(q) {
		switch c := q[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			b.WriteByte(c)
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			end()
		default:
			inWord = true
			b.WriteByte(c)
		}
	}
	if quote != 0 {
		return nil, fail("", "Parameter parsing error: a quote (%c) has no end", quote)
	}
	end()
	return out, nil
}

func newWord(s string) Word {
	var w Word
	if s[0] == '!' || s[0] == '-' {
		w.Neg, s = true, s[1:]
	}
	if isAddress(s) {
		w.Param = s
		return w
	}
	w.Param, w.Value, w.HasValue = strings.Cut(s, ":")
	return w
}

// isAddress tells whether a text is an address or a network.
func isAddress(s string) bool {
	host, mask, isNet := strings.Cut(s, "/")
	a, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	if !isNet {
		return true
	}
	if m, err := netip.ParseAddr(mask); err == nil {
		return m.Is4() && a.Is4()
	}
	return mask != "" && len(mask) <= 3 && strings.Trim(mask, "0123456789") == ""
}
