package flowbody

import (
	"bytes"
	"math"
	"strconv"
)

// whole reads a number without a fraction ("3", "3.0", "3e2") that is not negative.
func whole(raw []byte) (n uint64, ok bool) {
	negative, n, exact, ok := scaled(raw, 0)
	return n, ok && exact && (!negative || n == 0)
}

// microseconds reads a number of seconds. It goes by the digits, since a float64 of today's time does
// not hold all six decimals of every microsecond; what is finer than that is rounded to the nearest.
func microseconds(raw []byte) (us int64, ok bool) {
	negative, n, _, ok := scaled(raw, 6)
	if !ok || n > math.MaxInt64 {
		return 0, false
	}
	if negative {
		return -int64(n), true
	}
	return int64(n), true
}

// scaled reads a JSON number times 10^scale and rounds its absolute value half up; exact tells that
// there was nothing to round. ok is false if raw is no number or too large.
func scaled(raw []byte, scale int64) (negative bool, n uint64, exact, ok bool) {
	if len(raw) > 0 && raw[0] == '-' {
		negative, raw = true, raw[1:]
	}
	if len(raw) == 0 || raw[0] < '0' || raw[0] > '9' {
		return false, 0, false, false
	}
	mantissa, exponent := raw, int64(0)
	if i := bytes.IndexAny(raw, "eE"); i >= 0 {
		mantissa, exponent = raw[:i], exponentOf(raw[i+1:])
	}
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	digits := fraction
	if len(whole) != 1 || whole[0] != '0' {
		digits = append(append(make([]byte, 0, len(mantissa)), whole...), fraction...)
	}
	digits = bytes.TrimLeft(digits, "0")
	// The value is digits * 10^shift.
	shift := exponent + scale - int64(len(fraction))
	n, exact, ok = shifted(digits, shift)
	return negative, n, exact, ok
}

// shifted returns digits * 10^shift, rounded half up.
func shifted(digits []byte, shift int64) (n uint64, exact, ok bool) {
	const most = 20 // digits of the largest uint64
	length := int64(len(digits)) + shift
	switch {
	case len(digits) == 0 || length < 0:
		return 0, len(digits) == 0, true
	case length > most:
		return 0, false, false
	}
	kept, rest := digits, []byte(nil)
	if shift < 0 {
		kept, rest = digits[:length], digits[length:]
	}
	if len(kept) > 0 {
		var err error
		if n, err = strconv.ParseUint(string(kept), 10, 64); err != nil {
			return 0, false, false
		}
	}
	for ; shift > 0; shift-- {
		if n > math.MaxUint64/10 {
			return 0, false, false
		}
		n *= 10
	}
	exact = len(bytes.Trim(rest, "0")) == 0
	if len(rest) > 0 && rest[0] >= '5' {
		if n == math.MaxUint64 {
			return 0, false, false
		}
		n++
	}
	return n, exact, true
}

// exponentOf reads the exponent of a number. Beyond a billion it makes no difference any more.
func exponentOf(b []byte) int64 {
	n, err := strconv.ParseInt(string(b), 10, 32)
	if err == nil {
		return n
	}
	if b[0] == '-' {
		return -1e9
	}
	return 1e9
}
