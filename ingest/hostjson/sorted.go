package hostjson

import (
	"slices"
	"strings"

	"ivre/ingest/host"
)

// AppendSorted appends the JSON of a record as host.Append does, but with the members of all objects sorted by name.
// It is for people and for comparing, not for speed. A record of more values than host.Decode reads is not sorted.
func AppendSorted(dst []byte, h *host.Host) []byte {
	text := host.Append(nil, h)
	v, err := host.DecodeValue(text)
	if err != nil {
		return append(dst, text...)
	}
	sortMembers(v)
	return host.AppendValue(dst, v)
}

func sortMembers(v host.Value) {
	switch v := v.(type) {
	case host.List:
		for _, item := range v {
			sortMembers(item)
		}
	case *host.Object:
		slices.SortFunc(v.Members, func(a, b host.Member) int { return strings.Compare(a.Key, b.Key) })
		for _, m := range v.Members {
			sortMembers(m.Value)
		}
	}
}
