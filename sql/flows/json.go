package flows

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// Member is a name of a JSON object with its value. Lists of members keep the order that users of the
// JSON rely on. Values are nil, bool, string, int64, uint64, uint16, uint8, int, float64, time.Time,
// netip.Addr, Slot, []Member, and lists of these.
type Member struct {
	Name  string
	Value any
}

// Object is a JSON object whose members have an order.
type Object []Member

// Get returns the value of a member.
func (o Object) Get(name string) (value any, ok bool) {
	for _, m := range o {
		if m.Name == name {
			return m.Value, true
		}
	}
	return nil, false
}

// MarshalJSON writes the object with times as FormatTime does.
func (o Object) MarshalJSON() ([]byte, error) { return appendJSON(nil, o), nil }

// appendJSON writes a value. Unlike encoding/json it knows the form of times here, and writes lists of
// bytes as lists.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case string:
		return appendString(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case uint64:
		return strconv.AppendUint(b, v, 10)
	case uint16:
		return strconv.AppendUint(b, uint64(v), 10)
	case uint8:
		return strconv.AppendUint(b, uint64(v), 10)
	case float64:
		return strconv.AppendFloat(b, v, 'g', -1, 64)
	case time.Time:
		return append(appendTime(append(b, '"'), v), '"')
	case netip.Addr:
		return append(v.AppendTo(append(b, '"')), '"')
	case Slot:
		return appendJSON(b, Object{{"start", v.Start}, {"duration", v.Duration}})
	case Object:
		return appendObject(b, v)
	case []uint16:
		return appendList(b, v)
	case []uint8:
		return appendList(b, v)
	case []string:
		return appendList(b, v)
	case []Slot:
		return appendList(b, v)
	case []any:
		return appendList(b, v)
	}
	return appendString(b, fmt.Sprint(v)) // not reached: see Member
}

func appendObject(b []byte, o Object) []byte {
	b = append(b, '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, m.Name)
		b = append(b, ':')
		b = appendJSON(b, m.Value)
	}
	return append(b, '}')
}

func appendList[T any](b []byte, list []T) []byte {
	b = append(b, '[')
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(b, e)
	}
	return append(b, ']')
}

func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendEscaped(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func appendEscaped(b []byte, s string) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return append(b, `""`...) // not reached: every string can be encoded
	}
	return append(b, bytes.TrimRight(buf.Bytes(), "\n")...)
}
