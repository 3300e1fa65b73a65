package fingerprint

import (
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/dlclark/regexp2"
)

// backtrackTimeout bounds one run of the backtracking engine.
const backtrackTimeout = 50 * time.Millisecond

// pattern is a match or softmatch line.
type pattern struct {
	line            int
	soft            bool
	service, tunnel string
	source, options string // the pattern and its options
	info            string // what follows
	needs           needs  // set by the section's index

	once    sync.Once
	bad     bool           // it cannot be compiled
	linear  *regexp.Regexp // exact if slow is nil; else something that matches at least where slow does, or nil
	slow    *regexp2.Regexp
	version versionInfo
}

// parse returns the syntax tree of the pattern.
func (p *pattern) parse() (*node, error) {
	n, err := parsePattern(p.source, p.options)
	if err != nil {
		return nil, err
	}
	return orEnd(n), nil
}

// compile makes the pattern usable. It is called when the pattern is first needed.
func (p *pattern) compile() error {
	n, err := p.parse()
	if err != nil {
		return err
	}
	if p.version, err = parseVersion(p.info); err != nil {
		return err
	}
	text, err := emit(n, re2)
	if err == nil {
		if p.linear, err = regexp.Compile(text); err == nil {
			return nil
		}
	}
	if text, err = emit(n, re2Weaker); err == nil {
		p.linear, _ = regexp.Compile(text) // nil: it repeats more than the package allows
	}
	if text, err = emit(n, backtrack); err != nil {
		return err
	}
	if p.slow, err = regexp2.Compile(text, regexp2.None); err != nil {
		return err
	}
	p.slow.MatchTimeout = backtrackTimeout
	return nil
}

// run matches a banner and builds the result. ok is false if the pattern does not match.
func (p *pattern) run(b *banner) (m Match, ok bool) {
	if p.linear != nil && p.slow == nil && !p.version.groups {
		if !b.spend(1) || !p.linear.Match(b.text()) {
			return m, false
		}
		return p.result(nil), true
	}
	if p.slow == nil {
		if !b.spend(2) {
			return m, false
		}
		loc := p.linear.FindSubmatchIndex(b.text())
		if loc == nil {
			return m, false
		}
		return p.result(func(n int) ([]byte, bool) { return b.captured(loc, n) }), true
	}
	if p.linear != nil && (!b.spend(1) || !p.linear.Match(b.text())) || !b.spend(8) {
		return m, false
	}
	found, err := p.slow.FindRunesMatch(b.runes())
	if err != nil || found == nil { // an error is the time limit
		return m, false
	}
	return p.result(func(n int) ([]byte, bool) {
		g := found.GroupByNumber(n)
		if g == nil || len(g.Captures) == 0 {
			return nil, false
		}
		out := make([]byte, 0, g.Length)
		for _, r := range g.Runes() {
			out = append(out, byte(r))
		}
		return out, true
	}), true
}

func (p *pattern) result(group func(int) ([]byte, bool)) Match {
	m := Match{Service: p.service, Tunnel: p.tunnel, Soft: p.soft}
	for key, t := range p.version.fields {
		s, ok := t.fill(group)
		if !ok {
			continue
		}
		switch key {
		case 'p':
			m.Product = s
		case 'v':
			m.Version = s
		case 'i':
			m.ExtraInfo = s
		case 'h':
			m.Hostname = s
		case 'o':
			m.OSType = s
		case 'd':
			m.DeviceType = s
		}
	}
	for _, t := range p.version.cpes {
		if s, ok := t.fill(group); ok {
			m.CPEs = append(m.CPEs, s)
		}
	}
	return m
}

// plausible checks what is cheap to check before a pattern runs.
func (n *needs) plausible(b *banner) bool {
	if n.first != nil && (len(b.data) == 0 || !n.first.has(b.data[0])) {
		return false
	}
	pos := 0
	for i, l := range n.lits {
		in := b.str
		if l.fold {
			in = b.low
		}
		if i == 0 && n.begin {
			if !strings.HasPrefix(in, l.text) {
				return false
			}
			pos = len(l.text)
			continue
		}
		at := strings.Index(in[pos:], l.text)
		if at < 0 {
			return false
		}
		pos += at + len(l.text)
	}
	return true
}
