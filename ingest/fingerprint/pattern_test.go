package fingerprint

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/dlclark/regexp2"
	"github.com/google/go-cmp/cmp"
)

// Patterns in the dialects that they are written in.
func TestEmit(t *testing.T) {
	for _, tt := range []struct{ pattern, options, re2, backtrack string }{
		{`^a.b$`, "", `\Aa[^\n]b(?:\z|\n\z)`, `\Aa[^\n]b\Z`},
		{`a.`, "s", `a(?s:.)`, ``},
		{`a1-\xff\0`, "i", `[Aa]1\x2d\xff\x00`, ``},
		{`[^a-c]`, "i", `[\x00-\x40D-\x60d-\xff]`, ``},
		{`[]a-][^]]`, "", `[\x2d\x5da][\x00-\x5c\x5e-\xff]`, ``},
		{`[\w.-]\D`, "", `[\x2d-\x2e0-9A-Z\x5fa-z][\x00-\x2f\x3a-\xff]`, ``},
		{`[[:digit:]x]`, "", `[0-9x]`, ``},
		{`(?:a|b)*?c{2,}d{3}`, "", `(?:a|b)*?c{2,}d{3}`, ``},
		{`(a)|b`, "", `(a)|b`, ``},
		{`a{,3}{x`, "", `a\x7b\x2c3\x7d\x7bx`, ``},
		{`(?i)a(?-i)b(?i:c)`, "", `[Aa]b[Cc]`, ``},
		{`\x{41}\cA\e\011`, "", `A\x01\x1b\x09`, ``},
		{`\Qa.b\Ec`, "", `a\x2ebc`, ``},
		{`a #c`, "x", `a`, ``},
		{`a(?#c)b`, "", `ab`, ``},
		{`^a$`, "m", `(?m:^)a(?m:$)`, ``},
		{`(a)\1`, "", ``, `(a)(?:\1)`},
		{`a++`, "", ``, `(?>a+)`},
		{`(?<!a)b(?=c)`, "", ``, `(?<!a)b(?=c)`},
		{`(?:[^\r\n]*\r\n(?!\r\n))*?S`, "", `(?:[\x00-\x09\x0b-\x0c\x0e-\xff]*\x0d\x0a(?:[\x00-\x09\x0b-\x0c\x0e-\xff]+\x0d\x0a)*?)??S`, ``},
		{`(?:[^\r\n]*\r\n(?!\r\n))*?\r`, "", ``, `(?:[\x00-\x09\x0b-\x0c\x0e-\xff]*\x0d\x0a(?!\x0d\x0a))*?\x0d`},
	} {
		n, err := parsePattern(tt.pattern, tt.options)
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		got, err := emit(n, re2)
		if tt.re2 == "" && err == nil || tt.re2 != "" && got != tt.re2 {
			t.Errorf("%s: got %s, %v\nwant %s", tt.pattern, got, err, tt.re2)
		}
		if got, _ := emit(n, backtrack); tt.backtrack != "" && got != tt.backtrack {
			t.Errorf("%s: got %s\nwant %s", tt.pattern, got, tt.backtrack)
		}
	}
}

func TestBadPatterns(t *testing.T) {
	for _, s := range []string{`(`, `)`, `[a`, `a**`, `\`, `[\`, `a{3,2}`, `a{99999}`, `(?P<n>a)`, `\q`, `[b-a]`, `*`, `(?`, `(?i`, `\x{100}`, `\c`} {
		if _, err := parsePattern(s, ""); err == nil {
			t.Errorf("%s is taken", s)
		}
	}
	if _, err := parsePattern("a", "q"); err == nil {
		t.Error("an unknown option is taken")
	}
}

func TestNeeds(t *testing.T) {
	for _, tt := range []struct {
		pattern, options string
		want             []literal
		begin            bool
	}{
		{`^HTTP/1\.[01] \d\d\d .*Server: x+y\r\n`, "", []literal{{"HTTP/1.", false}, {" ", false}, {" ", false}, {"Server: x", false}, {"y\r\n", false}}, true},
		{`^Foo(?:bar)?Ba`, "i", []literal{{"foo", true}, {"ba", true}}, true},
		{`a(bc{3})d|e`, "", nil, false},
		{`a(b(?=x)c)d\b(?:x|y)e`, "", []literal{{"abcd", false}, {"e", false}}, false},
		{`^.ab`, "", []literal{{"ab", false}}, false},
	} {
		n, err := parsePattern(tt.pattern, tt.options)
		if err != nil {
			t.Fatal(err)
		}
		got := needsOf(n)
		if diff := cmp.Diff(tt.want, got.lits, cmp.AllowUnexported(literal{})); diff != "" || got.begin != tt.begin {
			t.Errorf("%s: begin %t (-want +got)\n%s", tt.pattern, got.begin, diff)
		}
	}
}

// sample builds a text that a pattern is likely to match.
func sample(r *rand.Rand, n *node, dst []byte) []byte {
	switch n.op {
	case opSet:
		for range 1000 {
			c := byte(r.IntN(256))
			if r.IntN(2) == 0 {
				c = byte(' ' + r.IntN(95))
			}
			if n.set.has(c) {
				return append(dst, c)
			}
		}
		for c := range 256 {
			if n.set.has(byte(c)) {
				return append(dst, byte(c))
			}
		}
	case opCat:
		for _, sub := range n.subs {
			dst = sample(r, sub, dst)
		}
	case opAlt:
		return sample(r, n.subs[r.IntN(len(n.subs))], dst)
	case opRepeat:
		k := n.min + r.IntN(3)
		if n.max >= 0 {
			k = min(k, n.max)
		}
		for range k {
			dst = sample(r, n.subs[0], dst)
		}
	case opGroup, opAtomic:
		return sample(r, n.subs[0], dst)
	}
	return dst
}

// What the index leaves out does not match: samples of all patterns of the installed Nmap are found by their index, and
// both engines agree on them.
func TestIndexIsSound(t *testing.T) {
	d := installed(t)
	r := rand.New(rand.NewPCG(1, 2))
	matched := 0
	for _, s := range d.sections {
		s.once.Do(s.build)
		for i, p := range s.patterns {
			if testing.Short() && i%8 > 0 {
				continue
			}
			n, err := p.parse()
			if err != nil {
				t.Fatal(err)
			}
			exact, err := emit(n, backtrack)
			if err != nil {
				t.Fatal(err)
			}
			slow := regexp2.MustCompile(exact, regexp2.None)
			p.once.Do(func() { _ = p.compile() })
			b := newBanner(sample(r, n, nil))
			want, _ := slow.MatchRunes(b.runes())
			_, got := p.run(b)
			if got != want {
				t.Errorf("line %d: match %t, want %t: %q", p.line, got, want, b.data)
			}
			if !want {
				continue
			}
			matched++
			set := make([]uint64, (len(s.patterns)+63)/64)
			s.index.candidates(b, set)
			if set[i>>6]&(1<<(i&63)) == 0 || !p.needs.plausible(b) {
				t.Errorf("line %d: left out: %q", p.line, b.data)
			}
		}
	}
	if matched < 800 {
		t.Errorf("only %d samples match", matched)
	}
}

// FuzzPattern compares the two engines, and both with what the index needs.
func FuzzPattern(f *testing.F) {
	f.Add(`^HTTP/1\.[01] \d\d\d (?:[^\r\n]*\r\n(?!\r\n))*?Server: (\w+)\r\n`, "s", []byte("HTTP/1.1 200 OK\r\nA: b\r\nServer: x\r\n"))
	f.Add(`^(a|ab)(c|bcd)*(d*)$`, "i", []byte("ABCDbcd\n"))
	f.Add(`[[:alpha:]\x80-\xff]{2,3}?\b\Q*\E`, "", []byte("\xe9a*"))
	f.Add(`(?=a)(?<!b)(a)\1++`, "m", []byte("aaa"))
	f.Fuzz(func(t *testing.T, pattern, options string, data []byte) {
		if len(pattern) > 200 || len(data) > 200 {
			return
		}
		n, err := parsePattern(pattern, options)
		if err != nil {
			return
		}
		n = orEnd(n)
		b := newBanner(data)
		text, err := emit(n, backtrack)
		if err != nil {
			t.Fatal(err)
		}
		slow, err := regexp2.Compile(text, regexp2.None)
		if err != nil {
			return
		}
		slow.MatchTimeout = backtrackTimeout
		want, err := slow.MatchRunes(b.runes())
		if err != nil {
			return
		}
		need := needsOf(n)
		if want && !need.plausible(b) {
			t.Fatalf("%s: %q is left out by %+v", text, data, need)
		}
		weaker, _ := emit(n, re2Weaker)
		if re, err := regexp.Compile(weaker); err == nil && want && !re.Match(b.text()) {
			t.Fatalf("%s: %q does not match %s", text, data, weaker)
		}
		linear, err := emit(n, re2)
		if err != nil {
			return
		}
		if re, err := regexp.Compile(linear); err == nil && re.Match(b.text()) != want {
			t.Fatalf("%s: %q matches: %t, %s differs", text, data, want, linear)
		}
	})
}

func FuzzMatch(f *testing.F) {
	d := own(f)
	if path, err := Find(); err == nil {
		if d, err = Load(path); err != nil {
			f.Fatal(err)
		}
	}
	for _, tt := range realBanners {
		f.Add(tt.probe, []byte(tt.banner))
	}
	f.Fuzz(func(t *testing.T, probe string, data []byte) {
		m, ok := d.Match("tcp", probe, data)
		if ok == (m.Service == "") {
			t.Errorf("match %t, service %q", ok, m.Service)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("Probe TCP NULL q||\nmatch a m|^b(c)|i p/$SUBST(1,\"a\",\"b\")/ cpe:/a:b:$P(1)/\nfallback NULL\n", []byte("bc"))
	f.Fuzz(func(t *testing.T, file string, data []byte) {
		d, err := Parse(strings.NewReader(file), "f")
		if err != nil {
			return
		}
		d.Match("tcp", "NULL", data)
	})
}
