package fingerprint

import "math/bits"

// byteSet is a set of bytes.
type byteSet [4]uint64

func (s *byteSet) add(c byte)      { s[c>>6] |= 1 << (c & 63) }
func (s *byteSet) has(c byte) bool { return s[c>>6]&(1<<(c&63)) != 0 }

func (s *byteSet) addRange(lo, hi byte) {
	for c := int(lo); c <= int(hi); c++ {
		s.add(byte(c))
	}
}

func (s *byteSet) union(t *byteSet) {
	for i := range s {
		s[i] |= t[i]
	}
}

func (s byteSet) complement() byteSet {
	for i := range s {
		s[i] = ^s[i]
	}
	return s
}

func (s *byteSet) size() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// fold adds the other case of the ASCII letters of the set.
func (s *byteSet) fold() {
	for c := byte('a'); c <= 'z'; c++ {
		if s.has(c) {
			s.add(c - 'a' + 'A')
		} else if s.has(c - 'a' + 'A') {
			s.add(c)
		}
	}
}

// literal returns the only byte of the set, or the lower case of the only letter if both its cases are in it (fold).
func (s *byteSet) literal() (c byte, fold, ok bool) {
	n := s.size()
	if n != 1 && n != 2 {
		return 0, false, false
	}
	for i, w := range s {
		if w == 0 {
			continue
		}
		c = byte(i<<6 + bits.TrailingZeros64(w)) // the lowest: an upper case letter comes before its lower case
		break
	}
	if n == 1 {
		return c, false, true
	}
	if 'A' <= c && c <= 'Z' && s.has(c|0x20) {
		return c | 0x20, true, true
	}
	return 0, false, false
}

func setOf(chars string) *byteSet {
	s := &byteSet{}
	for i := range len(chars) {
		s.add(chars[i])
	}
	return s
}

func rangesOf(ranges string) *byteSet {
	s := &byteSet{}
	for i := 0; i+1 < len(ranges); i += 2 {
		s.addRange(ranges[i], ranges[i+1])
	}
	return s
}

func negated(s *byteSet) *byteSet {
	c := s.complement()
	return &c
}

// The classes of Perl's escapes, in the C locale.
var (
	digits     = rangesOf("09")
	wordBytes  = rangesOf("09AZaz__")
	spaces     = setOf("\t\n\v\f\r ")
	horizontal = setOf("\t \xa0")
	vertical   = setOf("\n\v\f\r\x85")
	anyByte    = rangesOf("\x00\xff")
	notNewline = negated(setOf("\n"))
)

var posixClasses = map[string]*byteSet{
	"alnum": rangesOf("09AZaz"), "alpha": rangesOf("AZaz"), "ascii": rangesOf("\x00\x7f"), "blank": setOf("\t "),
	"cntrl": rangesOf("\x00\x1f\x7f\x7f"), "digit": digits, "graph": rangesOf("!~"), "lower": rangesOf("az"),
	"print": rangesOf(" ~"), "punct": rangesOf("!/:@[`{~"), "space": spaces, "upper": rangesOf("AZ"), "word": wordBytes,
	"xdigit": rangesOf("09AFaf"),
}
