package hostprint

import (
	"time"

	"ivre/cli/termtext"
	"ivre/ingest/host"
)

const none = "None"

// Label writes the label of a top value. tuple tells that a list is a label of several parts rather than a value
// that happens to be a list.
//
//   - nil, empty texts and empty lists: None
//   - true and false: True and False
//   - parts of a tuple are joined with " / ", items of a list with ", "; lists inside of either with "/". Empty
//     texts in them stay empty
//   - objects, and what is nested deeper: JSON in one line, ASCII only
//   - dates: YYYY-MM-DD HH:MM:SS with microseconds if there are any; binary: base64
//
// It is always a single line, safe for terminals.
func Label(v host.Value, tuple bool) string {
	switch v := v.(type) {
	case string:
		if v == "" {
			return none
		}
		return termtext.Clean(v)
	case host.List:
		sep := ", "
		if tuple {
			sep = " / "
		}
		return string(appendParts(nil, v, sep, func(dst []byte, part host.Value) []byte {
			if l, ok := part.(host.List); ok {
				return appendParts(dst, l, "/", AppendValue)
			}
			return AppendValue(dst, part)
		}))
	}
	return string(AppendValue(nil, v))
}

func appendParts(dst []byte, l host.List, sep string, part func(dst []byte, v host.Value) []byte) []byte {
	if len(l) == 0 {
		return append(dst, none...)
	}
	for i, v := range l {
		if i > 0 {
			dst = append(dst, sep...)
		}
		dst = part(dst, v)
	}
	return dst
}

// DistinctValue writes a distinct value: texts (also empty ones), numbers and dates as they are, None, True, False,
// and JSON for lists and objects. It is always a single line, safe for terminals.
func DistinctValue(v host.Value) string { return string(AppendValue(nil, v)) }

// AppendValue appends what DistinctValue returns.
func AppendValue(dst []byte, v host.Value) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, none...)
	case bool:
		if v {
			return append(dst, "True"...)
		}
		return append(dst, "False"...)
	case string:
		return termtext.Append(dst, v)
	case time.Time:
		return host.AppendTime(dst, v)
	case []byte:
		n := len(dst)
		dst = host.AppendValue(dst, v) // in quotes
		return append(dst[:n], dst[n+1:len(dst)-1]...)
	}
	return host.AppendValue(dst, v)
}
