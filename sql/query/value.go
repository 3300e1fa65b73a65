package query

import (
	"errors"
	"strings"
	"unicode/utf8"

	"ivre/sql/tree"
)

// letters says what the case of letters means in a value.
type letters uint8

const (
	asWritten letters = iota
	anyCase           // stored in lower case: literals become lower case, regular expressions ignore case
	lowered           // the text as a whole becomes lower case, also that of a regular expression
)

// ParseValue reads a value that is a text or a /regular expression/ with flags, of any length: a tree.Text or a
// *tree.Pattern. Errors are of type *Error.
func ParseValue(s string) (tree.Value, error) { return (&builder{}).rx(s) }

// rx reads a value that is a text or a /regular expression/.
func (b *builder) rx(s string) (tree.Value, error) { return b.value(s, asWritten) }

// value is rx for values whose letters have no case.
func (b *builder) value(s string, l letters) (tree.Value, error) {
	if l == lowered {
		s = strings.ToLower(s)
	}
	if !strings.HasPrefix(s, "/") {
		if l == anyCase {
			s = strings.ToLower(s)
		}
		if strings.HasPrefix(s, `\/`) {
			s = s[1:]
		}
		return tree.Text(s), nil
	}
	source, flags := s[1:], ""
	if i := strings.LastIndexByte(source, '/'); i >= 0 {
		source, flags = source[:i], source[i+1:]
	}
	f, err := parseFlags(flags)
	if err != nil {
		return nil, err
	}
	if l == anyCase {
		f.IgnoreCase = true
	}
	return b.pattern(source, f)
}

// part is rx for values that may be "-", unknown.
func (b *builder) part(s string) (tree.Value, error) {
	if s == "-" {
		return tree.Null{}, nil
	}
	return b.rx(s)
}

// given is rx for values that may be empty, which is no condition.
func (b *builder) given(s string) (tree.Value, error) {
	if s == "" {
		return nil, nil
	}
	return b.rx(s)
}

func (b *builder) pattern(source string, f tree.Flags) (*tree.Pattern, error) {
	n := utf8.RuneCountInString(source)
	if limit := b.opt.RegexMaxLength; b.budget && limit > 0 && n > limit {
		return nil, fail("Regex exceeds maximum length (%d > %d)", n, limit)
	}
	p, err := tree.ParsePattern(unescapeSlashes(source), f)
	if err != nil {
		var pe *tree.PatternError
		if errors.As(err, &pe) && pe.Offset >= 0 {
			return nil, fail("Invalid regex pattern: %s (position %d)", pe.Reason, pe.Offset+1)
		}
		return nil, fail("Invalid regex pattern: %v", err)
	}
	if limit := b.opt.RegexStarriness; b.budget && limit > 0 {
		if n := starriness(p, limit); n > limit {
			return nil, fail("Regex pattern is vulnerable to ReDoS (starriness=%d, limit=%d)", n, limit)
		}
	}
	return p, nil
}

func parseFlags(letters string) (f tree.Flags, err error) {
	for _, l := range letters {
		switch l {
		case 'i', 'I':
			f.IgnoreCase = true
		case 'm', 'M':
			f.Multiline = true
		case 's', 'S':
			f.DotAll = true
		case 'x', 'X':
			f.Verbose = true
		case 'u', 'U', 'a', 'A', 't', 'T': // no effect
		default:
			return f, fail("%q is not a flag of regular expressions (a slash inside of one is written \\/)", string(l))
		}
	}
	return f, nil
}

// unescapeSlashes turns \/ into /, keeps all other escapes, and drops a backslash at the end.
func unescapeSlashes(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out.WriteByte(s[i])
			continue
		}
		if i++; i == len(s) {
			break
		}
		if s[i] != '/' {
			out.WriteByte('\\')
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// cutValue cuts a text that starts with a value at the colon after it; a colon inside of a regular expression does not
// count if the expression has its second slash.
func cutValue(s string) (value, rest string, found bool) {
	if !strings.HasPrefix(s, "/") {
		return strings.Cut(s, ":")
	}
	for i := 1; i < len(s); i++ {
		if s[i] != '/' || s[i-1] == '\\' {
			continue
		}
		flags := len(s[i+1:]) - len(strings.TrimLeft(s[i+1:], "imsxuatIMSXUAT"))
		if end := i + 1 + flags; end < len(s) && s[end] == ':' {
			return s[:end], s[end+1:], true
		}
	}
	return s, "", false
}
