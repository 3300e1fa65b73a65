// Package wire writes JSON in the style that the web API and the command line speak: ", " after items,
// ": " after keys, nothing but ASCII (\uXXXX, surrogate pairs above U+FFFF), keys in the order in which
// encoding/json gives them, no HTML escapes, whole floating-point numbers with ".0", null for NaN and
// infinities. Scripts compare such output byte by byte, so the style must not depend on who writes it.
//
// The package knows nothing of what it writes.
package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Marshal is json.Marshal in the style of this package.
//
// Floating-point numbers in dynamic values (any, []any, map[string]any) are written as Float does.
// Members of structures are not: they should be of type Float, since encoding/json writes 1 for a
// float64 of 1.0 and fails on NaN.
func Marshal(v any) ([]byte, error) { return Append(nil, v) }

// Append appends v to dst as Marshal writes it. After an error, dst is returned as it was.
func Append(dst []byte, v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(withFloats(v)); err != nil {
		return dst, err
	}
	return Restyle(dst, b.Bytes()), nil
}

// Restyle appends the JSON text src, which must be valid, to dst in the style of this package. Numbers
// and escapes stay as they are.
func Restyle(dst, src []byte) []byte {
	for i := 0; i < len(src); {
		switch c := src[i]; c {
		case '"':
			n := stringEnd(src[i:])
			dst = appendString(dst, src[i:i+n])
			i += n
			continue
		case ',', ':':
			dst = append(dst, c, ' ')
		case ' ', '\t', '\r', '\n':
		default:
			dst = append(dst, c)
		}
		i++
	}
	return dst
}

// stringEnd returns the length of the string literal at the beginning of src, with its quotes.
func stringEnd(src []byte) int {
	for i := 1; i < len(src); i++ {
		switch src[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(src)
}

// appendString appends a string literal, in which everything that is not printable ASCII is escaped.
func appendString(dst, s []byte) []byte {
	for len(s) > 0 {
		n := 0
		for n < len(s) && s[n] < 0x7f {
			n++
		}
		dst = append(dst, s[:n]...)
		if s = s[n:]; len(s) == 0 {
			break
		}
		r, size := utf8.DecodeRune(s)
		s = s[size:]
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			dst = appendEscape(appendEscape(dst, high), low)
		} else {
			dst = appendEscape(dst, r)
		}
	}
	return dst
}

func appendEscape(dst []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}

// Float is a number that is written as a floating-point one even if it is whole: 1.0, 1e+16. NaN and
// infinities, which JSON does not have, become null.
type Float float64

// MarshalJSON implements json.Marshaler.
func (f Float) MarshalJSON() ([]byte, error) {
	v := float64(f)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	format := byte('f')
	if a := math.Abs(v); a != 0 && (a < 1e-4 || a >= 1e16) {
		format = 'e'
	}
	b := strconv.AppendFloat(nil, v, format, -1, 64)
	if format == 'f' && bytes.IndexByte(b, '.') < 0 {
		b = append(b, ".0"...)
	}
	return b, nil
}

// withFloats returns v with the floating-point numbers of dynamic values replaced by Float. It copies
// what it changes.
func withFloats(v any) any {
	switch v := v.(type) {
	case float64:
		return Float(v)
	case float32:
		// By way of the shortest text: 0.1 must not become 0.10000000149011612.
		f, err := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64)
		if err != nil {
			return Float(v)
		}
		return Float(f)
	case []any:
		if v == nil {
			return v
		}
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = withFloats(e)
		}
		return out
	case map[string]any:
		if v == nil {
			return v
		}
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = withFloats(e)
		}
		return out
	}
	return v
}
