package query

import (
	"strings"

	"ivre/sql/tree"
)

// splitRegexp takes /PATTERN/FLAGS apart; ok is false for a literal.
func splitRegexp(s string) (pattern, flags string, ok bool) {
	if !strings.HasPrefix(s, "/") {
		return "", "", false
	}
	if i := strings.LastIndexByte(s, '/'); i > 0 {
		return s[1:i], s[i+1:], true
	}
	return s[1:], "", true
}

// rx reads a value that is a text or a regular expression. budget bounds the expressions; the command line has none.
func (b *builder) rx(s string) (tree.Value, error) {
	source, letters, ok := splitRegexp(s)
	if !ok {
		if rest, escaped := strings.CutPrefix(s, `\/`); escaped {
			return tree.Text("/" + rest), nil
		}
		return tree.Text(s), nil
	}
	flags, err := parseFlags(s, letters)
	if err != nil {
		return nil, err
	}
	source = unescapeSlashes(source)
	if b.budget {
		if err := b.checkBudget(source, flags); err != nil {
			return nil, err
		}
	}
	p, err := tree.ParsePattern(source, flags)
	if err != nil {
		return nil, fail("", "Invalid regex pattern: %v", err)
	}
	return p, nil
}

func parseFlags(s, letters string) (f tree.Flags, err error) {
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
		case 'u', 'U', 'a', 'A', 't', 'T':
		default:
			return f, fail(s, "unknown flag %q of a regular expression (a slash inside is written \\/)", string(l))
		}
	}
	return f, nil
}

// unescapeSlashes turns \/ into /, and drops a backslash at the end.
func unescapeSlashes(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 == len(s) {
			break
		}
		i++
		if s[i] != '/' {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// match is the test of a path that a value stands for.
func match(field string, v tree.Value) tree.Cond {
	switch v := v.(type) {
	case *tree.Pattern:
		return tree.Test{Field: field, Op: tree.Match, Value: v}
	case tree.List:
		return tree.Test{Field: field, Op: tree.In, Value: v}
	case tree.Range:
		return tree.Test{Field: field, Op: tree.In, Value: v}
	}
	return tree.Test{Field: field, Op: tree.Eq, Value: v}
}

func equals(field, s string) tree.Cond {
	return tree.Test{Field: field, Op: tree.Eq, Value: tree.Text(s)}
}

func oneOf(field string, texts ...string) tree.Cond {
	var l tree.List
	for _, t := range texts {
		l = append(l, tree.Text(t))
	}
	return tree.Test{Field: field, Op: tree.In, Value: l}
}

// known is a pattern of the program's own.
func known(source string, flags tree.Flags) tree.Value {
	p, err := tree.ParsePattern(source, flags)
	if err != nil {
		panic(err) // a constant
	}
	return p
}

// matchOrAbsent is the test for a value that may be "unknown" (nil).
func matchOrAbsent(field string, v tree.Value) tree.Cond {
	if v == nil {
		return tree.Not{Cond: tree.Exists{Field: field}}
	}
	return match(field, v)
}

// splitList is a list if there are commas or bars in the text.
func splitList(s string) []string { return strings.Split(strings.ReplaceAll(s, "|", ","), ",") }

// textsOf is the value for "one or several texts".
func textsOf(list []string) tree.Value {
	if len(list) == 1 {
		return tree.Text(list[0])
	}
	out := make(tree.List, len(list))
	for i, s := range list {
		out[i] = tree.Text(s)
	}
	return out
}

// lower brings texts to lower case, and patterns to a form that ignores case.
func (b *builder) lower(v tree.Value) (tree.Value, error) {
	switch v := v.(type) {
	case tree.Text:
		return tree.Text(strings.ToLower(string(v))), nil
	case *tree.Pattern: // in RE2's form, as the other flags are written out there
		p, err := tree.ParsePattern(v.RE2(), tree.Flags{IgnoreCase: true})
		if err != nil {
			return nil, fail("", "Invalid regex pattern: %v", err)
		}
		return p, nil
	case tree.List:
		out := make(tree.List, len(v))
		for i, x := range v {
			var err error
			if out[i], err = b.lower(x); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

// same is SAME(array){conditions}: they all hold for one element.
func same(array string, conds ...tree.Cond) tree.Cond {
	return tree.Elements{Field: array, Quantifier: tree.Any, Cond: tree.And(conds)}
}

// script is SAME(ports.scripts){id, conditions}.
func script(id string, conds ...tree.Cond) tree.Cond {
	return same("ports.scripts", append([]tree.Cond{equals("id", id)}, conds...)...)
}
