package ask

import (
	"strings"

	"ivre/sql/tree"
)

// TextOrPattern reads "text" or "/pattern/flags"; a text that starts with a slash is written with a backslash before it.
func TextOrPattern(field, s string) (tree.Test, error) {
	if rest, ok := strings.CutPrefix(s, `\/`); ok {
		return tree.Test{Field: field, Op: tree.Eq, Value: tree.Text("/" + rest)}, nil
	}
	if !strings.HasPrefix(s, "/") {
		return tree.Test{Field: field, Op: tree.Eq, Value: tree.Text(s)}, nil
	}
	source, letters := s[1:], ""
	if i := strings.LastIndexByte(s, '/'); i > 0 {
		source, letters = s[1:i], s[i+1:]
	}
	var flags tree.Flags
	for _, l := range strings.ToLower(letters) {
		switch l {
		case 'i':
			flags.IgnoreCase = true
		case 'm':
			flags.Multiline = true
		case 's':
			flags.DotAll = true
		case 'x':
			flags.Verbose = true
		case 'u', 'a':
		default:
			return tree.Test{}, &InputError{Reason: "invalid regular expression " + s + ": unknown flag " + string(l)}
		}
	}
	p, err := tree.ParsePattern(strings.ReplaceAll(source, `\/`, "/"), flags)
	if err != nil {
		return tree.Test{}, &InputError{Reason: err.Error()}
	}
	return tree.Test{Field: field, Op: tree.Match, Value: p}, nil
}

// addrText is the text form of an address column, IPv4 as such.
func AddrText(column string) string {
	return "if(startsWith(IPv6NumToString(" + column + "), '::ffff:') AND isIPv4String(substring(IPv6NumToString(" + column + "), 8)), substring(IPv6NumToString(" + column + "), 8), IPv6NumToString(" + column + "))"
}
