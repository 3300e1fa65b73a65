package zeeklog

import (
	"bytes"
	"fmt"
	"iter"
	"math"
	"net/netip"
	"strconv"
	"time"
)

// Value is the value of a column in one line. It is valid until the next call of Reader.Next. The zero
// Value is that of a column which the line does not have.
type Value struct {
	raw  []byte
	form form
	typ  Type
	h    *header // of the tab-separated format
}

// value makes a value of the tab-separated format.
func (h *header) value(raw []byte, typ Type) Value {
	v := Value{raw: raw, form: plain, typ: typ, h: h}
	switch {
	case bytes.Equal(raw, h.unset):
		v.form = unset
	case bytes.Equal(raw, h.empty):
		v.form = empty
	}
	return v
}

// IsSet tells that the line has the column and that its value is not the unset marker or null. Empty
// strings and lists are set.
func (v Value) IsSet() bool { return v.form > unset }

// Type returns the type of the value: that of the header or else that of the schema.
func (v Value) Type() Type { return v.typ }

// IsList tells whether the value has elements rather than being one.
func (v Value) IsList() bool {
	if v.h != nil {
		return v.typ.List
	}
	return v.form == jsonArray
}

// AppendText appends the value as text, in the form that the package comment describes. Numbers and
// lists are as printed in the log; a value that is not set has no text.
func (v Value) AppendText(dst []byte) []byte {
	n := len(dst)
	switch v.form {
	case absent, unset, empty:
		return dst
	case plain:
		return appendText(dst, v.raw)
	case jsonEscaped:
		dst = appendUnquoted(dst, v.raw)
	default:
		dst = append(dst, v.raw...)
	}
	return cleanFrom(dst, n)
}

// Elements returns the elements of a list, in their order. A value that is not a list is its own and
// only element; a value that is not set has none.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		switch {
		case v.form == absent || v.form == unset:
		case v.h != nil && v.typ.List:
			v.separated(yield)
		case v.form == jsonArray:
			v.array(yield)
		default:
			yield(v)
		}
	}
}

// separated yields the elements of a list of the tab-separated format.
func (v Value) separated(yield func(Value) bool) {
	if v.form == empty {
		return
	}
	elem := Type{Base: v.typ.Base}
	for raw := range bytes.SplitSeq(v.raw, v.h.setSep) {
		if !yield(v.h.value(raw, elem)) {
			return
		}
	}
}

// array yields the elements of a JSON array, which was found valid when the line was read.
func (v Value) array(yield func(Value) bool) {
	i, more, err := openContainer(v.raw, 0, '[', ']')
	for err == nil && more {
		var end int
		e := Value{typ: Type{Base: v.typ.Base}}
		if end, e.form, err = scanValue(v.raw, i, 1); err != nil {
			return
		}
		e.raw = v.raw[i:end]
		if e.form == jsonString || e.form == jsonEscaped {
			e.raw = v.raw[i+1 : end-1]
		}
		if !yield(e) {
			return
		}
		i, more, err = nextElement(v.raw, end, ']')
	}
}

// token returns the bytes of a value that has no text with escapes, such as a number or an address.
func (v Value) token() []byte {
	if v.form == jsonEscaped {
		return appendUnquoted(nil, v.raw)
	}
	return v.raw
}

// bad describes a value that is not what was asked for.
func (v Value) bad(what string) error {
	if !v.IsSet() {
		return fmt.Errorf("not set, expected %s", what)
	}
	return fmt.Errorf("%s is not %s", quote(v.raw), what)
}

// Bool reads a bool: T and F, or those of JSON.
func (v Value) Bool() (bool, error) {
	switch {
	case v.form == jsonTrue:
		return true, nil
	case v.form == jsonFalse:
		return false, nil
	case len(v.raw) == 1 && v.raw[0] == 'T' || string(v.raw) == "true":
		return true, nil
	case len(v.raw) == 1 && v.raw[0] == 'F' || string(v.raw) == "false":
		return false, nil
	}
	return false, v.bad("a bool (T or F)")
}

// Uint reads a whole number (count, port) from 0 to limit.
func (v Value) Uint(limit uint64) (uint64, error) {
	t := v.token()
	if len(t) == 0 || len(t) > 20 || digits(t) != len(t) {
		return 0, v.badUint(limit)
	}
	var n uint64
	for _, c := range t {
		d := uint64(c - '0')
		if n > (math.MaxUint64-d)/10 {
			return 0, v.badUint(limit)
		}
		n = n*10 + d
	}
	if n > limit {
		return 0, v.badUint(limit)
	}
	return n, nil
}

func (v Value) badUint(limit uint64) error {
	return v.bad("a whole number from 0 to " + strconv.FormatUint(limit, 10))
}

// Addr reads an IPv4 or IPv6 address, without its zone.
func (v Value) Addr() (netip.Addr, error) {
	t := v.token()
	if a, ok := parseIPv4(t); ok {
		return a, nil
	}
	if len(t) <= 64 { // longer ones are no addresses, whatever their zone
		if a, err := netip.ParseAddr(string(t)); err == nil {
			return a.WithZone(""), nil
		}
	}
	return netip.Addr{}, v.bad("an IP address")
}

// parseIPv4 reads a dotted quad without the string that netip.ParseAddr needs.
func parseIPv4(t []byte) (netip.Addr, bool) {
	var a [4]byte
	part, n, width := 0, 0, 0
	for _, c := range t {
		switch {
		case '0' <= c && c <= '9' && (width == 0 || n > 0):
			n, width = n*10+int(c-'0'), width+1
			if n > 255 {
				return netip.Addr{}, false
			}
		case c == '.' && width > 0 && part < 3:
			a[part] = byte(n)
			part, n, width = part+1, 0, 0
		default:
			return netip.Addr{}, false
		}
	}
	a[3] = byte(n)
	return netip.AddrFrom4(a), part == 3 && width > 0
}

// Time reads a time as microseconds since the Unix epoch: seconds with a fraction, as in the
// tab-separated format and JSON::TS_EPOCH, or the ISO 8601 text of JSON::TS_ISO8601. In JSON a whole
// number of 100 thousand millions or more is in milliseconds (JSON::TS_MILLIS): in seconds it would be
// beyond the year 5000. Digits beyond the microseconds are rounded.
func (v Value) Time() (int64, error) {
	t := v.token()
	const millis = 100_000_000_000
	if v.form == jsonNumber && len(t) >= len("100000000000") && digits(t) == len(t) {
		n, err := v.Uint(math.MaxInt64 / 1000)
		if err != nil {
			return 0, v.bad("a time")
		}
		if n >= millis {
			return int64(n) * 1000, nil
		}
	}
	if us, ok := parseMicros(t); ok {
		return us, nil
	}
	if us, ok := parseISO(t); ok {
		return us, nil
	}
	return 0, v.bad("a time (seconds since 1970 or ISO 8601)")
}

// Interval reads a duration in seconds as microseconds.
func (v Value) Interval() (int64, error) {
	if us, ok := parseMicros(v.token()); ok {
		return us, nil
	}
	return 0, v.bad("a number of seconds")
}

// parseMicros reads a decimal number exactly, as millionths, rounded to the nearest.
func parseMicros(t []byte) (int64, bool) {
	neg := len(t) > 0 && t[0] == '-'
	if neg {
		t = t[1:]
	}
	whole := digits(t)
	if whole == 0 || whole > 12 {
		return 0, false
	}
	var n int64
	for _, c := range t[:whole] {
		n = n*10 + int64(c-'0')
	}
	frac := []byte(nil)
	if rest := t[whole:]; len(rest) > 0 {
		if rest[0] != '.' || len(rest) == 1 || digits(rest[1:]) != len(rest)-1 {
			return parseExponent(t, neg)
		}
		frac = rest[1:]
	}
	for i := range 6 {
		n *= 10
		if i < len(frac) {
			n += int64(frac[i] - '0')
		}
	}
	if len(frac) > 6 && frac[6] >= '5' {
		n++
	}
	if neg {
		n = -n
	}
	return n, true
}

// parseExponent reads numbers such as 1.5e9, which some JSON writers prefer.
func parseExponent(t []byte, neg bool) (int64, bool) {
	if len(t) > 32 || len(bytes.Trim(t, "0123456789.eE+-")) > 0 || !bytes.ContainsAny(t, "eE") {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(t), 64)
	if err != nil || !(f < 1e12) {
		return 0, false
	}
	if neg {
		f = -f
	}
	return int64(math.Round(f * 1e6)), true
}

// isoLayouts are the forms of ISO 8601 that Zeek and its tools print. Fractions may follow the seconds.
var isoLayouts = [...]string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05"}

// parseISO reads a point in time as ISO 8601 text. Without an offset it is UTC.
func parseISO(t []byte) (int64, bool) {
	if len(t) < len("2006-01-02T15:04:05") || len(t) > 48 || t[4] != '-' {
		return 0, false
	}
	for _, layout := range isoLayouts {
		if p, err := time.Parse(layout, string(t)); err == nil {
			return p.Round(time.Microsecond).UnixMicro(), true
		}
	}
	return 0, false
}
