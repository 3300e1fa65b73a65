package ask

import (
	"ivre/sql/query"
	"ivre/sql/tree"
)

// TextOrPattern reads "text" or "/pattern/flags" as words of queries do; a text that starts with a slash is written with
// a backslash before it.
func TextOrPattern(field, s string) (tree.Test, error) {
	v, err := query.ParseValue(s)
	if err != nil {
		return tree.Test{}, &InputError{err.Error()}
	}
	if _, ok := v.(*tree.Pattern); ok {
		return tree.Test{Field: field, Op: tree.Match, Value: v}, nil
	}
	return tree.Test{Field: field, Op: tree.Eq, Value: v}, nil
}

// addrText is the text form of an address column, IPv4 as such.
func AddrText(column string) string {
	return "if(startsWith(IPv6NumToString(" + column + "), '::ffff:') AND isIPv4String(substring(IPv6NumToString(" + column + "), 8)), substring(IPv6NumToString(" + column + "), 8), IPv6NumToString(" + column + "))"
}
