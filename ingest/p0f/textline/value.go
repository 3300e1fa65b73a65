package textline

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"time"
	"unicode/utf8"
)

// Text returns b as a text that can be stored and shown: valid UTF-8 without control characters. Bytes that are not
// valid UTF-8 and control characters become \xHH with two lower case digits, as in the texts of Zeek's logs (see
// package zeeklog): the same traffic gives the same text.
func Text(b []byte) string {
	if isClean(b) {
		return string(b)
	}
	const digits = "0123456789abcdef"
	dst := make([]byte, 0, len(b)+16)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if isControl(r) || r == utf8.RuneError && n == 1 {
			for _, c := range b[:n] {
				dst = append(dst, '\\', 'x', digits[c>>4], digits[c&15])
			}
		} else {
			dst = append(dst, b[:n]...)
		}
		b = b[n:]
	}
	return string(dst)
}

func isClean(b []byte) bool {
	for i := 0; i < len(b); {
		if ' ' <= b[i] && b[i] < 0x7f {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if isControl(r) || r == utf8.RuneError && n == 1 {
			return false
		}
		i += n
	}
	return true
}

func isControl(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }

// Texts makes texts and keeps the last ones, as logs repeat few values: user agents, signatures. The zero value is
// ready for use; its memory is bounded.
type Texts struct{ seen map[string]string }

const (
	maxTexts   = 4096
	maxKeptLen = 512
)

// Get returns Text(b).
func (t *Texts) Get(b []byte) string {
	if len(b) > maxKeptLen {
		return Text(b)
	}
	if s, ok := t.seen[string(b)]; ok {
		return s
	}
	if t.seen == nil {
		t.seen = make(map[string]string)
	} else if len(t.seen) >= maxTexts {
		clear(t.seen)
	}
	s := Text(b)
	if len(s) == len(b) { // the same
		t.seen[s] = s
	} else {
		t.seen[string(b)] = s
	}
	return s
}

// Addr reads an IP address. IPv4-mapped addresses are unmapped, zones dropped: they name an interface of the sensor.
func Addr(b []byte) (netip.Addr, error) {
	if a, ok := addr4(b); ok {
		return a, nil
	}
	const longest = 64 // with a zone
	if len(b) > longest {
		return netip.Addr{}, fmt.Errorf("%s is not an IP address", Quote(b))
	}
	a, err := netip.ParseAddr(string(b))
	if err != nil {
		return netip.Addr{}, fmt.Errorf("%s is not an IP address", Quote(b))
	}
	return a.WithZone("").Unmap(), nil
}

// addr4 reads a dotted IPv4 address; other forms are left to netip.
func addr4(b []byte) (netip.Addr, bool) {
	var a [4]byte
	part, digits, n := 0, 0, 0
	for _, c := range b {
		switch {
		case '0' <= c && c <= '9' && digits < 3 && (digits == 0 || n > 0):
			n = n*10 + int(c-'0')
			digits++
		case c == '.' && digits > 0 && n < 256 && part < 3:
			a[part] = byte(n)
			part, digits, n = part+1, 0, 0
		default:
			return netip.Addr{}, false
		}
	}
	if part != 3 || digits == 0 || n > 255 {
		return netip.Addr{}, false
	}
	a[3] = byte(n)
	return netip.AddrFrom4(a), true
}

// Number reads a decimal number without a sign, of at most max.
func Number(b []byte, max int) (int, bool) {
	if len(b) == 0 || len(b) > 9 {
		return 0, false
	}
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, n <= max
}

// Years that a record may be from: those that the database can hold.
const (
	minYear = 1970
	maxYear = 2299
)

// Date makes a time of the six numbers of a date as logs write it, year to second, in UTC. ok is false if there is no
// such date or the year is not one of 1970 to 2299. A leap second is the first one of the next minute.
func Date(year, month, day, hour, minute, second int) (t time.Time, ok bool) {
	if year < minYear || year > maxYear || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60 {
		return time.Time{}, false
	}
	t = time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	return t, day <= 28 || time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() == day
}

// Stamp reads "YYYY-MM-DD HH:MM:SS", with another separator of the date's parts if sep is not '-'.
func Stamp(b []byte, sep byte) (time.Time, error) {
	if len(b) == 19 && b[4] == sep && b[7] == sep && b[10] == ' ' && b[13] == ':' && b[16] == ':' {
		var n [6]int
		ok := true
		for i, at := range [6][2]int{{0, 4}, {5, 7}, {8, 10}, {11, 13}, {14, 16}, {17, 19}} {
			var good bool
			n[i], good = Number(b[at[0]:at[1]], 9999)
			ok = ok && good
		}
		if ok {
			if t, ok := Date(n[0], n[1], n[2], n[3], n[4], n[5]); ok {
				return t, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("%s is not a date (want YYYY%cMM%cDD HH:MM:SS, from 1970 on)", Quote(b), sep, sep)
}

// Quote shows a value in an error message; long ones are cut.
func Quote(b []byte) string {
	const limit = 48
	if len(b) > limit {
		return strconv.Quote(string(b[:limit])) + "..."
	}
	return strconv.Quote(string(b))
}

// Field cuts the next field off a line: b up to sep, and what is after it. last is true if there is no sep.
func Field(b []byte, sep byte) (field, rest []byte, last bool) {
	if i := bytes.IndexByte(b, sep); i >= 0 {
		return b[:i], b[i+1:], false
	}
	return b, nil, true
}
