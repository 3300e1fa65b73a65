package httpapi

import (
	"strconv"
	"strings"
)

// prefersHTML tells whether an Accept header (RFC 9110, 12.5.1) likes HTML better than JSON. Browsers
// that open an address do; programs that say "*/*" or nothing do not.
func prefersHTML(accept string) bool {
	return quality(accept, "text", "html") > quality(accept, "application", "json")
}

// quality is the weight of a media type: that of the most specific range which covers it.
func quality(accept, kind, subtype string) float64 {
	best, weight := -1, 0.0
	for item := range strings.SplitSeq(accept, ",") {
		mediaRange, parameters, _ := strings.Cut(item, ";")
		k, sub, ok := strings.Cut(strings.ToLower(strings.TrimSpace(mediaRange)), "/")
		if !ok {
			continue
		}
		specific := 2
		switch {
		case k == kind && sub == subtype:
		case k == kind && sub == "*":
			specific = 1
		case k == "*" && sub == "*":
			specific = 0
		default:
			continue
		}
		if specific > best {
			best, weight = specific, weightOf(parameters)
		}
	}
	return weight
}

func weightOf(parameters string) float64 {
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(name), "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil || !(q >= 0 && q <= 1) {
				return 0
			}
			return q
		}
	}
	return 1
}
