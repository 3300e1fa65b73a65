package passivederive

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/netip"
	"os"
	"slices"
	"sort"
	"strings"

	"ivre/ingest/passive"
)

// Ignore says which observations are dropped: those of addresses in some ranges, by the kind of the observation, except
// from some sources. A nil Ignore drops nothing. It can be used from several goroutines.
type Ignore struct {
	nets  map[string][]addrRange
	never map[string]map[string]bool
}

// addrRange is a range of addresses, both ends included.
type addrRange struct{ first, last netip.Addr }

// Match tells whether an observation is to be dropped.
func (ig *Ignore) Match(r *passive.Record) bool {
	if ig == nil || !r.Addr.IsValid() {
		return false
	}
	ranges := ig.nets[r.Recontype]
	i := sort.Search(len(ranges), func(i int) bool { return ranges[i].last.Compare(r.Addr) >= 0 })
	return i < len(ranges) && ranges[i].first.Compare(r.Addr) <= 0 && !ig.never[r.Recontype][r.Source]
}

// maxIgnoreFile is the longest file of rules, in bytes; maxIgnoreRanges is how many ranges it may have, counted for each
// kind of observation.
const (
	maxIgnoreFile   = 1 << 20
	maxIgnoreRanges = 1 << 20
)

// LoadIgnore reads a file of rules; see ReadIgnore.
func LoadIgnore(path string) (*Ignore, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	ig, err := ReadIgnore(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return ig, nil
}

// ReadIgnore reads rules: two tables, IGNORENETS with lists of ranges by the kind of observation (recontype), and
// NEVERIGNORE with lists of sources by the same. A range is a pair of addresses (first and last, as text or number), or a
// text: an address, a network (10.0.0.0/8), or first-last.
//
// The tables are written in YAML, or as Python: assignments of literals to names, which may be used after that.
//
//	IGNORENETS:
//	  OPEN_PORT:
//	    - 10.0.0.0/8
//	    - [172.16.0.0, 172.31.255.255]
//	NEVERIGNORE:
//	  HTTP_CLIENT_HEADER: [AUTHORIZATION]
//
// The error names the line. Nothing in the file is run.
func ReadIgnore(r io.Reader) (*Ignore, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxIgnoreFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxIgnoreFile {
		return nil, fmt.Errorf("the file is longer than %d bytes", maxIgnoreFile)
	}
	var top *literal
	if looksLikePython(string(text)) {
		top, err = parsePython(string(text))
	} else {
		top, err = parseYAML(text)
	}
	if err != nil {
		return nil, err
	}
	return ignoreOf(top)
}

// literal is a value in a file of rules. Those that are used more than once are shared.
type literal struct {
	line int
	kind literalKind
	text string     // of a text, or of a number
	list []*literal // items; of a table, its keys and values by turns
}

type literalKind uint8

const (
	isNull literalKind = iota // and whatever else rules have no use for
	isText
	isNumber
	isList
	isTable
)

func (l *literal) errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: %w", l.line, fmt.Errorf(format, args...))
}

// lists returns the lists in a table by their keys, and calls f for each.
func (l *literal) lists(what string, f func(key string, items []*literal) error) error {
	if l.kind == isNull {
		return nil
	}
	if l.kind != isTable {
		return l.errorf("%s must be a table of lists", what)
	}
	for i := 0; i < len(l.list); i += 2 {
		key, value := l.list[i], l.list[i+1]
		if key.kind != isText {
			return key.errorf("the keys of %s must be texts", what)
		}
		switch value.kind {
		case isNull:
			continue
		case isList:
		default:
			return value.errorf("%s of %.40q must be a list", what, key.text)
		}
		if err := f(key.text, value.list); err != nil {
			return err
		}
	}
	return nil
}

// ignoreOf makes rules of what a file says.
func ignoreOf(top *literal) (*Ignore, error) {
	ig := &Ignore{nets: map[string][]addrRange{}, never: map[string]map[string]bool{}}
	if top.kind == isNull {
		return ig, nil
	}
	if top.kind != isTable {
		return nil, top.errorf("expected the tables IGNORENETS and NEVERIGNORE")
	}
	total := 0
	for i := 0; i < len(top.list); i += 2 {
		key, value := top.list[i], top.list[i+1]
		var err error
		switch {
		case key.kind == isText && strings.EqualFold(key.text, "IGNORENETS"):
			err = value.lists("IGNORENETS", func(recontype string, items []*literal) error {
				if total += len(items); total > maxIgnoreRanges {
					return value.errorf("more than %d ranges", maxIgnoreRanges)
				}
				ranges, err := rangesOf(items)
				ig.nets[recontype] = ranges
				return err
			})
		case key.kind == isText && strings.EqualFold(key.text, "NEVERIGNORE"):
			err = value.lists("NEVERIGNORE", func(recontype string, items []*literal) error {
				if total += len(items); total > maxIgnoreRanges {
					return value.errorf("more than %d sources", maxIgnoreRanges)
				}
				ig.never[recontype] = map[string]bool{}
				for _, item := range items {
					if item.kind != isText {
						return item.errorf("a source must be a text")
					}
					ig.never[recontype][item.text] = true
				}
				return nil
			})
		default:
			err = key.errorf("%.40q is neither IGNORENETS nor NEVERIGNORE", key.text)
		}
		if err != nil {
			return nil, err
		}
	}
	return ig, nil
}

// rangesOf reads a list of ranges, sorts them and joins those that overlap.
func rangesOf(items []*literal) ([]addrRange, error) {
	out := make([]addrRange, 0, len(items))
	for _, item := range items {
		r, err := rangeOf(item)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b addrRange) int { return a.first.Compare(b.first) })
	n := 0
	for _, r := range out {
		if n > 0 && out[n-1].last.BitLen() == r.first.BitLen() && out[n-1].last.Compare(r.first) >= 0 {
			if out[n-1].last.Less(r.last) {
				out[n-1].last = r.last
			}
			continue
		}
		out[n] = r
		n++
	}
	return out[:n], nil
}

var errRange = errors.New("not a range of addresses: expected a pair of addresses, an address, a network or first-last")

func rangeOf(item *literal) (addrRange, error) {
	first, last := item, item
	switch {
	case item.kind == isList && len(item.list) == 2:
		first, last = item.list[0], item.list[1]
	case item.kind == isText:
		if p, err := netip.ParsePrefix(item.text); err == nil {
			return prefixRange(p), nil
		}
		if a, b, ok := strings.Cut(item.text, "-"); ok {
			first = &literal{line: item.line, kind: isText, text: strings.TrimSpace(a)}
			last = &literal{line: item.line, kind: isText, text: strings.TrimSpace(b)}
		}
	case item.kind != isNumber:
		return addrRange{}, item.errorf("%w", errRange)
	}
	a, err := addrOf(first, last)
	if err != nil {
		return addrRange{}, err
	}
	b, err := addrOf(last, first)
	if err != nil {
		return addrRange{}, err
	}
	if a.BitLen() != b.BitLen() || b.Less(a) {
		return addrRange{}, item.errorf("%v to %v is not a range", a, b)
	}
	return addrRange{a, b}, nil
}

func prefixRange(p netip.Prefix) addrRange {
	p = p.Masked()
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	last, _ := netip.AddrFromSlice(b)
	if p.Addr().Is4In6() && p.Bits() >= 96 { // records have these addresses as IPv4
		return addrRange{p.Addr().Unmap(), last.Unmap()}
	}
	return addrRange{p.Addr(), last}
}

// addrOf reads an address. A number is one of IPv4 if it is small enough, unless the other end of the range says that it
// is one of IPv6.
func addrOf(l, other *literal) (netip.Addr, error) {
	if n, ok := l.number(); ok {
		var b [16]byte
		n.FillBytes(b[:])
		if n.BitLen() <= 32 && !other.isIPv6() {
			return netip.AddrFrom4([4]byte(b[12:])), nil
		}
		return netip.AddrFrom16(b), nil
	}
	if l.kind != isText && l.kind != isNumber {
		return netip.Addr{}, l.errorf("%w", errRange)
	}
	a, err := netip.ParseAddr(l.text)
	if err != nil {
		return a, l.errorf("%.60q is not an IP address, nor the number of one", l.text)
	}
	return a.Unmap().WithZone(""), nil
}

// number returns the number that a literal is. YAML has no numbers of more than 64 bits, and gives texts instead.
func (l *literal) number() (*big.Int, bool) {
	const limit = 140 // digits of 128 bits in base 2, and a prefix
	if l.kind != isText && l.kind != isNumber || l.text == "" || len(l.text) > limit || l.text[0] < '0' || l.text[0] > '9' {
		return nil, false
	}
	n, ok := new(big.Int).SetString(l.text, 0)
	return n, ok && n.BitLen() <= 128
}

func (l *literal) isIPv6() bool {
	if n, ok := l.number(); ok {
		return n.BitLen() > 32
	}
	a, err := netip.ParseAddr(l.text)
	return l.kind == isText && err == nil && a.Unmap().Is6()
}
