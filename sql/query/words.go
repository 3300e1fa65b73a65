package query

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Word is one word of a query: a parameter, with a value or without.
type Word struct {
	Neg      bool
	Param    string
	Value    string
	HasValue bool // a value may be empty
}

// String writes the word as it is shown in lists of words that were not understood.
func (w Word) String() string { return w.text("=") }

func (w Word) text(separator string) string {
	s := w.Param
	if w.HasValue {
		s += separator + w.Value
	}
	if w.Neg {
		s = "-" + s
	}
	return s
}

// Error is a word, a filter or a flag that makes no sense. Its text is meant for the user.
type Error struct {
	Token  string // the word, function or flag at fault; empty if it is the query as a whole
	Reason string
}

func (e *Error) Error() string {
	if e.Token == "" {
		return e.Reason
	}
	return e.Token + ": " + e.Reason
}

// fail is an error whose token is not known yet.
func fail(format string, args ...any) error { return &Error{Reason: fmt.Sprintf(format, args...)} }

// about makes an error name its token.
func about(token string, err error) error {
	return &Error{shorten(token, 100), err.Error()}
}

func shorten(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "") + "..."
	}
	return s
}

// maxQuery is the length in bytes of the longest query.
const maxQuery = 256 << 10

// Words splits a query at white space. Quotes of either kind group; a backslash is a character like any other. Errors
// are of type *Error.
func Words(q string) ([]Word, error) {
	if len(q) > maxQuery {
		return nil, fail("the query is longer than %d bytes", maxQuery)
	}
	var out []Word
	var word strings.Builder
	quote := byte(0)
	end := func() {
		if word.Len() > 0 { // "" is no word
			out = append(out, newWord(word.String()))
		}
		word.Reset()
	}
	for i := range len(q) {
		switch c := q[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote = c
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			end()
		default:
			word.WriteByte(c)
		}
	}
	if quote != 0 {
		return nil, fail("Parameter parsing error: a quote (%c) has no end", quote)
	}
	end()
	return out, nil
}

// newWord splits a word that is not empty.
func newWord(s string) Word {
	var w Word
	if s[0] == '!' || s[0] == '-' {
		w.Neg, s = true, s[1:]
	}
	if isAddress(s) {
		w.Param = s
	} else {
		w.Param, w.Value, w.HasValue = strings.Cut(s, ":")
	}
	return w
}

// isAddress tells whether a text has the form of an address or a network. The mask may be impossible.
func isAddress(s string) bool {
	host, mask, isNet := strings.Cut(s, "/")
	a, err := netip.ParseAddr(host)
	if err != nil || !isNet {
		return err == nil
	}
	if n, err := strconv.ParseUint(mask, 10, 16); err == nil {
		return n <= 128
	}
	m, err := netip.ParseAddr(mask)
	return err == nil && m.Is4() && a.Is4()
}
