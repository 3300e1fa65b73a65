package tree

import "strings"

// groupErrors are the forms of groups that RE2 does not have, by what follows the "(".
var groupErrors = []struct{ prefix, what string }{
	{"?=", "lookahead (?=...) is not supported"},
	{"?!", "negative lookahead (?!...) is not supported"},
	{"?<=", "lookbehind (?<=...) is not supported"},
	{"?<!", "negative lookbehind (?<!...) is not supported"},
	{"?>", "atomic groups (?>...) are not supported"},
	{"?P=", "back references (?P=name) are not supported"},
	{"?P>", "recursion (?P>name) is not supported"},
	{"?&", "recursion (?&name) is not supported"},
	{"?R", "recursion (?R) is not supported"},
	{"?+", "recursion (?+1) is not supported"},
	{"?(", "conditions (?(...)...) are not supported"},
	{"?C", "callouts (?C) are not supported"},
	{"*", "verbs (*...) are not supported"},
}

// group translates what follows the "(" at start.
func (p *patternParser) group(start int) error {
	for _, e := range groupErrors {
		if p.peek(e.prefix) {
			return p.fail(start, "%s", e.what)
		}
	}
	switch {
	case !p.peek("?"):
		p.openGroup()
	case p.peek("?#"):
		end := strings.IndexByte(p.src[p.pos:], ')')
		if end < 0 {
			return p.fail(start, "the comment has no end")
		}
		p.pos += end + 1
	case p.peek("?:"), p.peek("?|"):
		p.pos += 2
		p.openGroup()
	case p.peek("?P<"):
		p.pos += 3
		return p.namedGroup(start, '>')
	case p.peek("?<"):
		p.pos += 2
		return p.namedGroup(start, '>')
	case p.peek("?'"):
		p.pos += 2
		return p.namedGroup(start, '\'')
	default:
		p.pos++
		return p.flagGroup(start)
	}
	return nil
}

// openGroup starts a group, which remembers the flags that hold outside of it.
func (p *patternParser) openGroup() {
	p.groups = append(p.groups, groupState{p.flags, len(p.out)})
	p.out, p.atom = append(p.out, "(?:"...), -1
}

func (p *patternParser) namedGroup(start int, end byte) error {
	n := strings.IndexByte(p.src[p.pos:], end)
	if n <= 0 || !isName(p.src[p.pos:p.pos+n]) {
		return p.fail(start, "the name of the group is not a word")
	}
	p.pos += n + 1
	p.openGroup()
	return nil
}

func isName(s string) bool {
	for i, r := range s {
		if !(r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && r >= '0' && r <= '9') {
			return false
		}
	}
	return s != ""
}

// flagGroup translates (?i), (?i-m), (?^s) and (?i:...).
func (p *patternParser) flagGroup(start int) error {
	flags, on := p.flags, true
	for {
		if p.pos >= len(p.src) {
			return p.fail(start, "the group has no end")
		}
		c := p.src[p.pos]
		p.pos++
		switch c {
		case '-':
			on = false
		case '^':
			flags = Flags{}
		case ')':
			p.setFlags(flags)
			p.atom = -1
			return nil
		case ':':
			p.openGroup()
			p.setFlags(flags)
			return nil
		default:
			if !flags.set(c, on) {
				return p.fail(start, "(?%s is not a known kind of group or flag", p.src[start+2:p.pos])
			}
		}
	}
}

// set changes the flag with the letter c. Letters of PCRE and Python that cannot change whether a text
// matches have no effect.
func (f *Flags) set(c byte, on bool) bool {
	switch c {
	case 'i':
		f.IgnoreCase = on
	case 'm':
		f.Multiline = on
	case 's':
		f.DotAll = on
	case 'x':
		f.Verbose = on
	case 'a', 'n', 'u', 'J', 'U':
	default:
		return false
	}
	return true
}

// setFlags makes flags hold until the end of the innermost group. RE2 needs to know of i only, the
// others are written out.
func (p *patternParser) setFlags(f Flags) {
	if f.IgnoreCase && !p.flags.IgnoreCase {
		p.out = append(p.out, "(?i)"...)
	} else if !f.IgnoreCase && p.flags.IgnoreCase {
		p.out = append(p.out, "(?-i)"...)
	}
	p.flags = f
}

func (p *patternParser) closeGroup(start int) error {
	if len(p.groups) == 0 {
		return p.fail(start, "this ) closes no group")
	}
	last := len(p.groups) - 1
	p.flags, p.atom = p.groups[last].flags, p.groups[last].start
	p.groups = p.groups[:last]
	p.out = append(p.out, ')')
	return nil
}
