package host

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"math/bits"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep objects and lists of a record may be nested. What is deeper is null when it is written,
// an error when it is read. Parsers of scan files stay below it.
const maxDepth = 128

// AppendValue appends v as JSON: ", " after items, ": " after keys, ASCII only (\uXXXX, surrogate pairs above
// U+FFFF), ".0" after whole floats. NaN and infinities, which JSON does not have, values of other types than
// Value lists, and what is nested more than 128 deep become null.
func AppendValue(dst []byte, v Value) []byte { return appendValue(dst, v, 0) }

// appendValue appends a value that is inside of depth objects and lists.
func appendValue(dst []byte, v Value, depth int) []byte {
	switch v := v.(type) {
	case string:
		return AppendString(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case int: // no Value, but easily written in a program
		return strconv.AppendInt(dst, int64(v), 10)
	case *Object:
		return appendObject(dst, v, depth)
	case List:
		return appendList(dst, v, depth)
	case bool:
		return strconv.AppendBool(dst, v)
	case float64:
		return appendFloat(dst, v)
	case time.Time:
		return appendTime(dst, v)
	case []byte:
		return appendBinary(dst, v)
	case json.Number:
		if validNumber(string(v)) {
			return append(dst, v...)
		}
	}
	return append(dst, "null"...)
}

func appendObject(dst []byte, o *Object, depth int) []byte {
	if o == nil || depth >= maxDepth {
		return append(dst, "null"...)
	}
	dst = append(dst, '{')
	for i := range o.Members {
		m := &o.Members[i]
		dst = appendKey(dst, m.Key)
		dst = append(appendValue(dst, m.Value, depth+1), ", "...)
	}
	return closeWith(dst, '}')
}

func appendList(dst []byte, l List, depth int) []byte {
	if depth >= maxDepth {
		return append(dst, "null"...)
	}
	dst = append(dst, '[')
	for _, v := range l {
		dst = append(appendValue(dst, v, depth+1), ", "...)
	}
	return closeWith(dst, ']')
}

// closeWith ends an object or a list, whose items each were followed by a separator. No value ends like a
// separator: texts end with a quote.
func closeWith(dst []byte, end byte) []byte {
	if n := len(dst); dst[n-1] == ' ' {
		dst = dst[:n-2]
	}
	return append(dst, end)
}

func appendKey(dst []byte, key string) []byte {
	return append(AppendString(dst, key), ": "...)
}

func appendBinary(dst, b []byte) []byte {
	dst = append(dst, '"')
	return append(base64.StdEncoding.AppendEncode(dst, b), '"')
}

// appendFloat writes the shortest text that reads back as f, with an exponent below 1e-4 and from 1e16 on.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	if f == math.Trunc(f) {
		return strconv.AppendFloat(dst, f, 'f', 1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// appendTime writes a time as AppendTime does, in quotes.
func appendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return append(AppendTime(append(dst, '"'), t), '"')
	}
	hour, minute, second := t.Clock()
	dst = append(dst, '"', byte('0'+year/1000), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10), '-')
	dst = append(append2(dst, int(month)), '-')
	dst = append(append2(dst, day), ' ')
	dst = append(append2(dst, hour), ':')
	dst = append(append2(dst, minute), ':')
	dst = append2(dst, second)
	if us := t.Nanosecond() / 1000; us != 0 {
		dst = append(dst, '.')
		dst = append2(append2(append2(dst, us/10000), us/100%100), us%100)
	}
	return append(dst, '"')
}

func append2(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

// AppendString appends s as a JSON text, in quotes, ASCII only. Bytes that are not UTF-8 become U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for {
		n := plainPrefix(s)
		dst = append(dst, s[:n]...)
		if n == len(s) {
			return append(dst, '"')
		}
		c := s[n]
		if c < utf8.RuneSelf {
			dst = appendEscape(dst, c)
			s = s[n+1:]
			continue
		}
		r, size := utf8.DecodeRuneInString(s[n:])
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			dst = appendHex(appendHex(dst, high), low)
		} else {
			dst = appendHex(dst, r)
		}
		s = s[n+size:]
	}
}

// plainPrefix is the length of the beginning of s that needs no escapes: printable ASCII but " and \.
func plainPrefix(s string) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if m := specials(load8(s[i:])); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for i < len(s) && plain[s[i]] {
		i++
	}
	return i
}

// load8 returns the first 8 bytes of s, which the compiler makes one load.
func load8(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// specials is 0 if all of the 8 bytes of x are plain. Else its lowest bit is in the first byte that is not:
// the terms have the high bit of a byte set if it is not ASCII, below 0x20, 0x7f, a quote or a backslash, and
// carries, which may reach the bytes above, only come from such bytes.
func specials(x uint64) uint64 {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	quote, backslash := x^ones*'"', x^ones*'\\'
	return (x | (x - ones*0x20) | (x + ones) | (quote - ones) | (backslash - ones)) & highs
}

var plain = plainBytes()

func plainBytes() (t [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	}
	return appendHex(dst, rune(c))
}

func appendHex(dst []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}
