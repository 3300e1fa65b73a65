package addrrange

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"
	"net/netip"
	"strconv"
)

// number is an address as an integer.
type number struct{ hi, lo uint64 }

func toNumber(a netip.Addr) number {
	if a.Is4() {
		b := a.As4()
		return number{0, uint64(binary.BigEndian.Uint32(b[:]))}
	}
	b := a.As16()
	return number{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

// addr is the address of the family that is width bits wide. An IPv4 number must fit.
func (n number) addr(width int) netip.Addr {
	if width == 32 {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(n.lo))
		return netip.AddrFrom4(b)
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], n.hi)
	binary.BigEndian.PutUint64(b[8:], n.lo)
	return netip.AddrFrom16(b)
}

func (n number) isZero() bool { return n.hi|n.lo == 0 }

// add and sub wrap around.
func (n number) add(m number) number {
	lo, carry := bits.Add64(n.lo, m.lo, 0)
	hi, _ := bits.Add64(n.hi, m.hi, carry)
	return number{hi, lo}
}

func (n number) sub(m number) number {
	lo, borrow := bits.Sub64(n.lo, m.lo, 0)
	hi, _ := bits.Sub64(n.hi, m.hi, borrow)
	return number{hi, lo}
}

func (n number) less(m number) bool { return n.hi < m.hi || n.hi == m.hi && n.lo < m.lo }

func (n number) trailingZeros() int {
	if n.lo != 0 {
		return bits.TrailingZeros64(n.lo)
	}
	return 64 + bits.TrailingZeros64(n.hi)
}

func (n number) len() int {
	if n.hi != 0 {
		return 64 + bits.Len64(n.hi)
	}
	return bits.Len64(n.lo)
}

// lowBits is 2^n - 1, n up to 128.
func lowBits(n int) number {
	if n >= 64 {
		return number{1<<(n-64) - 1, math.MaxUint64}
	}
	return number{0, 1<<n - 1}
}

// parseNumber reads decimal digits; it fails on anything else and on 2^128 and more.
func parseNumber(s string) (n number, ok bool) {
	if s == "" {
		return n, false
	}
	for i := range len(s) {
		digit := s[i] - '0'
		if digit > 9 {
			return number{}, false
		}
		carry, lo := bits.Mul64(n.lo, 10)
		over, hi := bits.Mul64(n.hi, 10)
		lo, c := bits.Add64(lo, uint64(digit), 0)
		hi, c = bits.Add64(hi, carry, c)
		if over|c != 0 {
			return number{}, false
		}
		n = number{hi, lo}
	}
	return n, true
}

// Count is a number of addresses. It is exact: 2^128 and sums of very many ranges fit. The zero value is 0.
type Count struct {
	top uint64
	n   number
}

// Add returns the sum.
func (c Count) Add(d Count) Count {
	lo, carry := bits.Add64(c.n.lo, d.n.lo, 0)
	hi, carry := bits.Add64(c.n.hi, d.n.hi, carry)
	top, _ := bits.Add64(c.top, d.top, carry)
	return Count{top, number{hi, lo}}
}

// Cmp compares: -1, 0 or 1.
func (c Count) Cmp(d Count) int {
	switch {
	case c == d:
		return 0
	case c.top < d.top || c.top == d.top && c.n.less(d.n):
		return -1
	}
	return 1
}

// Uint64 returns the value if it fits.
func (c Count) Uint64() (uint64, bool) { return c.n.lo, c.top|c.n.hi == 0 }

// Big returns the value as an integer of any size.
func (c Count) Big() *big.Int {
	var b [24]byte
	binary.BigEndian.PutUint64(b[:], c.top)
	binary.BigEndian.PutUint64(b[8:], c.n.hi)
	binary.BigEndian.PutUint64(b[16:], c.n.lo)
	return new(big.Int).SetBytes(b[:])
}

// String returns the decimal digits.
func (c Count) String() string { return string(c.Append(nil)) }

// Append appends the decimal digits.
func (c Count) Append(dst []byte) []byte {
	if n, ok := c.Uint64(); ok {
		return strconv.AppendUint(dst, n, 10)
	}
	const chunk = 1e19 // the largest power of ten in 64 bits
	var r [4]uint64    // 192 bits have at most 58 digits: four chunks
	for i := range r {
		var rem uint64
		c.top, rem = bits.Div64(0, c.top, chunk)
		c.n.hi, rem = bits.Div64(rem, c.n.hi, chunk)
		c.n.lo, r[i] = bits.Div64(rem, c.n.lo, chunk)
	}
	i := len(r) - 1
	for r[i] == 0 {
		i--
	}
	dst = strconv.AppendUint(dst, r[i], 10)
	for i--; i >= 0; i-- {
		var digits [20]byte
		// 19 digits in two parts. The powers of ten that are added keep the leading zeros, their own digit is
		// dropped.
		dst = append(dst, strconv.AppendUint(digits[:0], r[i]/1e10+1e9, 10)[1:]...)
		dst = append(dst, strconv.AppendUint(digits[:0], r[i]%1e10+1e10, 10)[1:]...)
	}
	return dst
}

// AppendInt appends an address as a decimal integer: 32 bits for IPv4, 128 for IPv6.
func AppendInt(dst []byte, a netip.Addr) []byte { return Count{n: toNumber(a)}.Append(dst) }

// FromInt is the address that a decimal integer stands for: an IPv4 address below 2^32, else an IPv6 one. It
// fails on 2^128 and more, and on what is no integer.
func FromInt(s string) (netip.Addr, error) {
	n, ok := parseNumber(s)
	switch {
	case !ok:
		return netip.Addr{}, &AddrError{s}
	case n.hi == 0 && n.lo <= math.MaxUint32:
		return n.addr(32), nil
	}
	return n.addr(128), nil
}
