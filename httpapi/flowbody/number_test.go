package flowbody

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"
)

func TestMicroseconds(t *testing.T) {
	tests := []struct {
		in   string
		want int64
		ok   bool
	}{
		{"0", 0, true}, {"-0", 0, true}, {"1", 1000000, true}, {"-1.5", -1500000, true},
		{"1704164645.123456", 1704164645123456, true}, {"4294967294.999999", 4294967294999999, true},
		{"1704164645.1999998", 1704164645200000, true}, {"0.0000005", 1, true}, {"0.00000049999", 0, true},
		{"0.00000000000000000000000000000001", 0, true}, {"1e-400", 0, true}, {"0e999999999999", 0, true},
		{"17041646450000000000e-10", 1704164645000000, true}, {"0.00017041646455e13", 1704164645500000, true},
		{"1." + strings.Repeat("0", 1000) + "1", 1000000, true},
		{"9223372036854.775807", math.MaxInt64, true}, {"9223372036854.775808", 0, false}, {"1e300", 0, false},
		{"1e99999999999999999999", 0, false}, {"1e-99999999999999999999", 0, true},
		{`"1"`, 0, false}, {"null", 0, false}, {"true", 0, false}, {"", 0, false}, {"[1]", 0, false},
	}
	for _, tt := range tests {
		if got, ok := microseconds([]byte(tt.in)); ok != tt.ok || got != tt.want && ok {
			t.Errorf("%s: %d, %v; want %d, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

func TestWhole(t *testing.T) {
	tests := []struct {
		in   string
		want uint64
		ok   bool
	}{
		{"0", 0, true}, {"-0", 0, true}, {"-0.0", 0, true}, {"7", 7, true}, {"3.0", 3, true}, {"3.5", 0, false}, {"-1", 0, false},
		{"1e3", 1000, true}, {"1500e-2", 15, true}, {"1501e-2", 0, false}, {"1e19", 1e19, true}, {"1e20", 0, false}, {"0.1e1", 1, true},
		{"18446744073709551615", math.MaxUint64, true}, {"18446744073709551616", 0, false},
		{"18446744073709551615.5", 0, false}, {"0.0000001", 0, false},
		{`"1"`, 0, false}, {"null", 0, false},
	}
	for _, tt := range tests {
		if got, ok := whole([]byte(tt.in)); ok != tt.ok || got != tt.want && ok {
			t.Errorf("%s: %d, %v; want %d, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

// FuzzScaled compares with exact arithmetic.
func FuzzScaled(f *testing.F) {
	for _, s := range []string{"1704164645.1999998", "-0.5e-3", "99e18", "0.00000e9", "1e-7"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !json.Valid([]byte(s)) || strings.ContainsAny(s, " \t\r\n\"[{tfn") || len(s) > 200 {
			return
		}
		negative, n, exact, ok := scaled([]byte(s), 6)
		if i := strings.IndexAny(s, "eE"); i >= 0 {
			if e := exponentOf([]byte(s[i+1:])); e > 400 || e < -400 {
				return // too slow to check
			}
		}
		want, good := new(big.Rat).SetString(s)
		if !good {
			t.Fatalf("%q", s)
		}
		want.Abs(want).Mul(want, big.NewRat(1e6, 1))
		if exact != want.IsInt() && ok {
			t.Errorf("%q: exact %v", s, exact)
		}
		want.Add(want, big.NewRat(1, 2))
		q := new(big.Int).Quo(want.Num(), want.Denom())
		if ok != q.IsUint64() || ok && q.Uint64() != n || negative != strings.HasPrefix(s, "-") {
			t.Errorf("%q: %v %d %v, want %v", s, negative, n, ok, q)
		}
	})
}
