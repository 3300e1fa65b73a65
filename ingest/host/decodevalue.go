package host

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DecodeValue reads a JSON text of any kind. Integers become int64 or, beyond that, json.Number; other numbers
// float64. The last member of a name wins, at the place of the first. Texts are UTF-8: what is not becomes U+FFFD.
// Errors are of type *DecodeError.
func DecodeValue(b []byte) (Value, error) {
	d := decoder{s: string(b)}
	v, err := d.value()
	if err == nil {
		err = d.end()
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// value reads a value.
func (d *decoder) value() (Value, error) {
	switch c := d.peek(); {
	case c == '"':
		s, err := d.quoted()
		return s, err
	case c == '{':
		return d.objectValue()
	case c == '[':
		return d.listValue()
	case c == '-' || isDigit(c):
		return d.number()
	case c == 't' && d.literal("true"):
		return true, nil
	case c == 'f' && d.literal("false"):
		return false, nil
	case c == 'n' && d.literal("null"):
		return nil, nil
	}
	return nil, d.wrong("a value")
}

// objectValue reads an object.
func (d *decoder) objectValue() (*Object, error) {
	base := len(d.members)
	set := memberSet{base: base}
	err := d.object(func(key string) error {
		v, err := d.value()
		if err == nil {
			d.members = set.put(d.members, key, v)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	o := &Object{Members: slices.Clone(d.members[base:])}
	clear(d.members[base:])
	d.members = d.members[:base]
	if len(o.Members) == 0 {
		o.Members = nil
	}
	return o, nil
}

// memberSet keeps the members of one object unique. The zero value is for a list of members of its own.
type memberSet struct {
	base  int            // where the object's members begin in the list
	index map[string]int // made when there are many
}

// put appends a member, or replaces the value of the one with that key.
func (s *memberSet) put(to []Member, key string, v Value) []Member {
	const few = 24 // below, comparing keys is faster than a map
	own := to[s.base:]
	if len(own) < few {
		for i := range own {
			if own[i].Key == key {
				own[i].Value = v
				return to
			}
		}
		return append(to, Member{key, v})
	}
	if s.index == nil {
		s.index = make(map[string]int, 2*few)
		for i := range own {
			s.index[own[i].Key] = i
		}
	}
	if i, ok := s.index[key]; ok {
		own[i].Value = v
		return to
	}
	s.index[key] = len(own)
	return append(to, Member{key, v})
}

// listValue reads a list.
func (d *decoder) listValue() (List, error) {
	base := len(d.values)
	err := d.array(func() error {
		v, err := d.value()
		d.values = append(d.values, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	l := append(make(List, 0, len(d.values)-base), d.values[base:]...)
	clear(d.values[base:])
	d.values = d.values[:base]
	return l, nil
}

// number reads a number.
func (d *decoder) number() (Value, error) {
	end, integer := numberEnd(d.s, d.i)
	text := d.s[d.i:end]
	if text == "" {
		return nil, d.fail("want a number")
	}
	if integer {
		d.i = end
		if n, ok := parseInt(text); ok {
			return n, nil
		}
		return json.Number(text), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, d.fail("the number is too large for a float")
	}
	d.i = end
	return f, nil
}

// parseInt reads an integer that fits int64.
func parseInt(s string) (int64, bool) {
	if len(s) > 18 || s[0] == '-' {
		n, err := strconv.ParseInt(s, 10, 64)
		return n, err == nil
	}
	var n int64
	for i := range len(s) {
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

// skip reads a value that is not wanted.
func (d *decoder) skip() error {
	switch c := d.peek(); {
	case c == '"':
		_, err := d.quoted()
		return err
	case c == '{':
		return d.object(func(string) error { return d.skip() })
	case c == '[':
		return d.array(d.skip)
	}
	_, err := d.value()
	return err
}

// The functions below read values of one kind. A null is an absent value.

func (d *decoder) text() (string, error) {
	if d.peek() == '"' {
		return d.quoted()
	}
	if d.null() {
		return "", nil
	}
	return "", d.wrong("a text")
}

// int reads an integer, also one that is written as a text or as a whole float.
func (d *decoder) int() (Int, error) {
	if d.null() {
		return Int{}, nil
	}
	at := d.i
	v, err := d.scalar("an integer")
	if err != nil {
		return Int{}, err
	}
	switch v := v.(type) {
	case int64:
		return Some(v), nil
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return Some(int64(v)), nil
		}
	case string:
		if n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64); err == nil {
			return Some(n), nil
		}
	}
	d.i = at
	return Int{}, d.fail("want an integer of at most 64 bits, found %.40q", d.here())
}

// here is what is read next, for errors.
func (d *decoder) here() string { return d.s[d.i:min(len(d.s), d.i+40)] }

// scalar reads a text or a number.
func (d *decoder) scalar(want string) (Value, error) {
	if c := d.peek(); c != '"' && c != '-' && !isDigit(c) {
		return nil, d.wrong(want)
	}
	return d.value()
}

func (d *decoder) addr() (netip.Addr, error) {
	at := d.i
	s, err := d.text()
	if err != nil || s == "" {
		return netip.Addr{}, err
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		d.i = at
		return netip.Addr{}, d.fail("%.60q is not an IP address", s)
	}
	return a.Unmap().WithZone(""), nil
}

// date reads a date, as a text (see ParseTime) or in seconds since 1970.
func (d *decoder) date() (time.Time, error) {
	if d.null() {
		return time.Time{}, nil
	}
	at := d.i
	v, err := d.scalar("a date")
	if err != nil {
		return time.Time{}, err
	}
	t, err := dateOf(v)
	if err != nil {
		d.i = at
		return time.Time{}, d.fail("%v", err)
	}
	return t, nil
}

// dateOf makes a date of a text or of a number of seconds since 1970.
func dateOf(v Value) (time.Time, error) {
	var t time.Time
	switch v := v.(type) {
	case time.Time:
		return v, nil
	case string:
		if t, ok := plainDate(v); ok {
			return t, nil
		}
		return ParseTime(v)
	case int64:
		t = time.Unix(v, 0).UTC()
	case float64:
		if math.Abs(v) > 1e12 {
			return t, errors.New("the date is out of range")
		}
		whole := math.Floor(v)
		t = time.Unix(int64(whole), int64((v-whole)*1e6)*1000).UTC()
	default:
		return t, errors.New("want a date, as YYYY-MM-DD HH:MM:SS or in seconds since 1970")
	}
	if y := t.Year(); y < 1 || y > 9999 {
		return time.Time{}, errors.New("the date is out of range")
	}
	return t, nil
}

// plainDate reads the two forms that FormatTime writes.
func plainDate(s string) (time.Time, bool) {
	if len(s) != 19 && len(s) != 26 || s[4] != '-' || s[7] != '-' || s[10] != ' ' || s[13] != ':' || s[16] != ':' {
		return time.Time{}, false
	}
	bad := false
	number := func(s string) (n int) {
		for i := range len(s) {
			bad = bad || !isDigit(s[i])
			n = n*10 + int(s[i]-'0')
		}
		return n
	}
	year, month, day := number(s[:4]), number(s[5:7]), number(s[8:10])
	hour, minute, second, micro := number(s[11:13]), number(s[14:16]), number(s[17:19]), 0
	if len(s) == 26 {
		bad = bad || s[19] != '.'
		micro = number(s[20:])
	}
	if bad || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, micro*1000, time.UTC)
	return t, t.Day() == day // not so on the 30th of February
}

// binary reads bytes that are written as base64.
func (d *decoder) binary() ([]byte, error) {
	at := d.i
	s, err := d.text()
	if err != nil || s == "" {
		return nil, err
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		d.i = at
		return nil, d.fail("not base64: %v", err)
	}
	return b, nil
}

// texts reads a list of texts; items that are null are left out.
func (d *decoder) texts() ([]string, error) {
	var out []string
	err := d.array(func() error {
		if d.null() {
			return nil
		}
		s, err := d.text()
		out = append(out, s)
		return err
	})
	return out, err
}

// objectOrNull reads an object, nil if it is null.
func (d *decoder) objectOrNull() (*Object, error) {
	if d.null() {
		return nil, nil
	}
	return d.objectValue()
}

// listOf reads a list whose items are read by item, which gets a zero value to fill.
func listOf[T any](d *decoder, item func(*decoder, *T) error) ([]T, error) {
	var out []T
	err := d.array(func() error {
		var zero T
		out = append(out, zero)
		return item(d, &out[len(out)-1])
	})
	return out, err
}
