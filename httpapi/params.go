package httpapi

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// params are the parameters of a query string. Of a parameter that is repeated, the last one wins.
type params map[string]string

// parseParams reads a query string: name=value pairs separated by "&", "+" for a space, percent-encoded
// UTF-8. A semicolon is an ordinary character, unlike in url.ParseQuery: filters may contain it.
func parseParams(query string) (params, error) {
	p := params{}
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := unescape(rawName)
		if err != nil {
			return nil, badRequest("the query string has a malformed parameter name: %v", err)
		}
		value, err := unescape(rawValue)
		if err != nil {
			return nil, badRequest("parameter %q: %v", name, err)
		}
		p[name] = value
	}
	return p, nil
}

func unescape(s string) (string, error) {
	out, err := url.QueryUnescape(s)
	if err != nil {
		return "", fmt.Errorf("malformed percent-encoding (write %%25 for a percent sign): %w", err)
	}
	if !utf8.ValidString(out) {
		return "", fmt.Errorf("not UTF-8")
	}
	return out, nil
}

// get returns a parameter, or a default if the request does not have it.
func (p params) get(name, def string) string {
	if v, ok := p[name]; ok {
		return v
	}
	return def
}

// flag tells whether a parameter is switched on: there, and not empty, 0, false or no.
func (p params) flag(name string) bool { return isOn(p[name]) }

func isOn(v string) bool {
	switch strings.ToLower(v) {
	case "", "0", "false", "no":
		return false
	}
	return true
}
