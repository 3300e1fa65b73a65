package query

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ivre/sql/tree"
)

func TestStarriness(t *testing.T) {
	for source, want := range map[string]int{
		// accepted
		`a+a+x`: 0, `.*foo.*bar.*`: 0, `.*foo.*bar.*baz.*qux`: 0, `.*.*.*`: 0, `(ab)*c`: 0, `(a|a)*x`: 0,
		``: 0, `a`: 0, `.*a.*a$`: 0, `(a+)+`: 0, `a+b+a+b+a+x`: 0, `a{1,9}a{1,9}a{1,9}x`: 0, `(a{2,5})+x`: 0, `(?:a|b+|c)+`: 0,
		`[a-f]*[e-k]*[j-z]*x`: 0, `\(?:a+\)+x`: 0, `[(?:a+)]+x`: 0, `a*|b*|c*x`: 0, `(a+a+a+)?`: 0,
		// refused
		`a+a+a+x`: 3, `.*.*.*x`: 3, `\d+\d+\d+$`: 3, `.*a.*a.*a.*a$`: 4, `(a+)+x`: 11, `(\w+\s?)*$`: 11,
		`(?:a+)+x`: 11, `(a*)*x`: 11, `((a+)+)+x`: 111, `(a{2,})+x`: 11, `(a+b?)+\b`: 11, `(b|a+)*x`: 11, `(a+b+)+x`: 21,
		`a+b*a+c?a+x`: 3, `a*a*a*(x|y)`: 3, `(?i)a+A+a+x`: 3, `a+A+a+x`: 0, `(a+a+a+x)?`: 3, `(?:y|a+a+a+)x`: 3, `a+(a+)a+x`: 3,
		`.+?.+?.+?x`: 3, `[ab]+[bc]+[bd]+x`: 3, `(?i:k)+\x{212a}+[Kk]+x`: 0, `(?i)k+\x{212a}+k+x`: 3, `é*é*é*x`: 3, `.*.*.*.*x`: 4,
		`x(.*)(.*)(.*)y`: 3,
	} {
		p, err := tree.ParsePattern(source, tree.Flags{})
		if err != nil {
			t.Errorf("%s: %v", source, err)
		} else if got := starriness(p, 2); got != want {
			t.Errorf("%s: %d, not %d (%s)", source, got, want, p.RE2())
		}
	}
}

func TestStarrinessLimit(t *testing.T) {
	for limit, refused := range map[int]bool{0: false, -1: false, 2: true, 3: false} {
		opt := options(View)
		opt.RegexStarriness = limit
		_, err := Parse("city:/a+a+a+x/", opt)
		if (err != nil) != refused {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
	if _, err := Parse("city:/"+strings.Repeat("a", 2000)+"/", Options{DB: View}); err != nil {
		t.Errorf("no limit: %v", err)
	}
	if _, err := FlagCond(View, "hostname", []string{"/(a+)+x" + strings.Repeat("a", 2000) + "/"}, options(View)); err != nil {
		t.Errorf("flags have no budget: %v", err)
	}
	if _, err := FlagCond(View, "hostname", []string{"/(/"}, options(View)); err == nil {
		t.Error("no error")
	}
}

// TestTime takes the longest inputs that could be slow. They take some milliseconds each, or much longer if the time
// grows faster than the length.
func TestTime(t *testing.T) {
	var distinct strings.Builder
	for r := rune(0x4e00); distinct.Len() < 32000; r++ {
		distinct.WriteRune(r)
		distinct.WriteByte('*')
	}
	opt := Options{DB: View, RegexStarriness: 2}
	long := Options{DB: View, RegexStarriness: 1 << 30}
	for name, f := range map[string]func() error{
		"distinct repeats": func() error { _, err := Parse("city:/"+distinct.String()+"$/", opt); return err },
		"large classes":    func() error { _, err := Parse("city:/"+strings.Repeat(`\pL`, 10000)+`\d+x/`, opt); return err },
		"literals":         func() error { _, err := Parse("city:/.*"+strings.Repeat(`a`, 32000)+"/", opt); return err },
		"chain":            func() error { _, err := Parse("city:/"+strings.Repeat(`.*`, 16000)+"/", long); return err },
		"chain that fails": func() error { _, err := Parse("city:/"+strings.Repeat(`a*`, 16000)+"b/", long); return err },
		"alternatives":     func() error { _, err := Parse("city:/(?:"+strings.Repeat(`a+|`, 10000)+"b)+/", opt); return err },
		"nested groups": func() error {
			_, err := Parse("city:/"+strings.Repeat(`(`, 900)+"a"+strings.Repeat(`)+`, 900)+"/", opt)
			return err
		},
		"words":  func() error { _, err := Parse(strings.Repeat("a ", maxQuery/2), opt); return err },
		"colons": func() error { _, err := Parse("screenwords:/"+strings.Repeat("/i", 100000), opt); return err },
		"quotes": func() error { _, err := Parse("search:'"+strings.Repeat(`"`, 200000)+"'", opt); return err },
		"digits": func() error { _, err := Addresses([]string{strings.Repeat("1", 1<<20)}); return err },
		"list": func() error {
			_, err := ParseJSON([]byte(`{"f":"val","a":["a",[1`+strings.Repeat(",1", maxJSON/2-20)+"]]}"), opt)
			return err
		},
		"and": func() error {
			_, err := ParseJSON([]byte(strings.Repeat(`{"f":"and","a":[{"f":"nfs"},`, 99)+`{"f":"nfs"}`+strings.Repeat(`,{"f":"nfs"}`, maxJSON/12-400)+strings.Repeat("]}", 99)), opt)
			return err
		},
		"arrays": func() error {
			_, err := ParseJSON([]byte(`{"f":"val","a":["a",`+strings.Repeat("[", 9000)+strings.Repeat("]", 9000)+"]}"), opt)
			return err
		},
	} {
		start := time.Now()
		err := f()
		d := time.Since(start)
		t.Logf("%s: %s", name, d)
		if d > 3*time.Second {
			t.Errorf("%s: %s (%.60s)", name, d, fmt.Sprint(err))
		}
	}
}
