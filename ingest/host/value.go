package host

import (
	"fmt"
	"time"
)

// Value is a JSON value of a record: nil, bool, int64, float64, json.Number (an integer beyond int64), string,
// List, *Object, time.Time (a date, written as a text) or []byte (binary, written as base64).
type Value any

// List is a JSON array.
type List []Value

// Member is one member of an object.
type Member struct {
	Key   string
	Value Value
}

// Object is a JSON object that keeps the order of its members. Keys are unique.
type Object struct{ Members []Member }

// NewObject builds an object from alternating keys and values. It panics if a key is not a string: the
// arguments are the program's own.
func NewObject(pairs ...any) *Object {
	o := &Object{}
	for i := 0; i < len(pairs); i += 2 {
		o.Set(pairs[i].(string), pairs[i+1])
	}
	return o
}

// Len is the number of members; that of a nil object is 0.
func (o *Object) Len() int {
	if o == nil {
		return 0
	}
	return len(o.Members)
}

// Get returns the value of a member.
func (o *Object) Get(key string) (Value, bool) {
	if o == nil {
		return nil, false
	}
	for i := range o.Members {
		if o.Members[i].Key == key {
			return o.Members[i].Value, true
		}
	}
	return nil, false
}

// Text returns a member that is a text, and "" if there is none.
func (o *Object) Text(key string) string {
	v, _ := o.Get(key)
	s, _ := v.(string)
	return s
}

// Set replaces the value of a member, in its place, or appends the member.
func (o *Object) Set(key string, v Value) {
	for i := range o.Members {
		if o.Members[i].Key == key {
			o.Members[i].Value = v
			return
		}
	}
	o.Members = append(o.Members, Member{key, v})
}

// Delete removes a member and returns its value.
func (o *Object) Delete(key string) (Value, bool) {
	for i := range o.Members {
		if o.Members[i].Key == key {
			v := o.Members[i].Value
			o.Members = append(o.Members[:i], o.Members[i+1:]...)
			return v, true
		}
	}
	return nil, false
}

// FormatTime writes a time as records show it: UTC, with microseconds only if they are not zero, no zone.
func FormatTime(t time.Time) string { return string(AppendTime(nil, t)) }

// AppendTime appends what FormatTime returns.
func AppendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	if t.Nanosecond()/1000 == 0 {
		return t.AppendFormat(dst, "2006-01-02 15:04:05")
	}
	return t.AppendFormat(dst, "2006-01-02 15:04:05.000000")
}

// ParseTime reads the two forms that FormatTime writes, also with a T between date and time and with a zone
// suffix.
func ParseTime(s string) (time.Time, error) {
	for _, layout := range [...]string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil { // a fraction of a second is taken after any of them
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a date (want YYYY-MM-DD HH:MM:SS)", s)
}
