package viewmerge

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"ivre/ingest/host"
)

// MaxHostnames is the default number of host names from which on a record has none, but the tag "Too many hostnames".
const MaxHostnames = 200

// Merge merges two records of an address. The one with the later end is the newer one; b, if both end at the same time.
// An empty record, or a nil one, leaves the other unchanged. The result has parts in common with both, which do not
// change.
//
// Members that only one scan can have (Extra, StateReasonTTL) are dropped.
func Merge(a, b *host.Host) *host.Host {
	switch {
	case empty(a):
		return b
	case empty(b):
		return a
	}
	var m Builder
	m.absorb(a, stamp{rank: &rank{end: endOf(a)}})
	m.absorb(b, stamp{rank: &rank{end: endOf(b), origin: 1}})
	return m.merged()
}

// Builder merges records of one address, in any order; see the package's documentation. The zero value is ready for
// use. It keeps as much of the records as the result needs, so it must not be used from several goroutines, and the
// records must not change until Result was called.
type Builder struct {
	// MaxHostnames is the number of host names that a record may have: 0 is 200, a negative one no limit.
	MaxHostnames int

	only     *host.Host // the first record, until there is a second one
	onlyRank *rank

	start, end   time.Time
	addr         latest[netip.Addr]
	up, honeypot bool
	state        latest[string]
	reason       latest[string]
	os           latest[*host.OS]
	categories   textSet
	sources      textSet
	infos        table[string, host.Member]
	tags         table[string, string] // by value; the type
	addresses    table[addressKey, addressKey]
	extra        table[string, *host.ExtraPorts]
	traces       table[traceKey, []host.Trace]
	cpes         table[cpeKey, *host.CPE]
	ports        map[portKey]*portSlot

	names        table[nameKey, *host.Hostname]
	tooManyNames bool
}

type (
	addressKey struct{ typ, value string }
	traceKey   struct {
		protocol string
		port     host.Int
	}
	cpeKey  struct{ typ, vendor, product, version string }
	nameKey struct{ typ, name string }
	portKey struct {
		protocol string
		port     int
	}
)

// Add adds a record. Nil and empty records do nothing; nor do records that are the same as one that was added before.
func (b *Builder) Add(h *host.Host, o Origin) {
	if empty(h) {
		return
	}
	r := newRank(h, o)
	switch {
	case b.onlyRank == nil:
		b.only, b.onlyRank = h, r
		return
	case b.only != nil:
		if (stamp{rank: r}).compare(stamp{rank: b.onlyRank}) == 0 {
			return
		}
		b.absorb(b.only, stamp{rank: b.onlyRank})
		b.only = nil
	}
	b.absorb(h, stamp{rank: r})
}

// Result returns the merged record, nil if there was none. A record that was the only one is returned as it was, in a
// new Host. The Builder must not be used any more.
func (b *Builder) Result() *host.Host {
	switch {
	case b.onlyRank == nil:
		return nil
	case b.only != nil:
		h := *b.only
		return &h
	}
	return b.merged()
}

// empty tells whether a record says nothing.
func empty(h *host.Host) bool {
	return h == nil || !h.Addr.IsValid() && h.Start.IsZero() && h.End.IsZero() && h.State == "" && h.StateReason == "" &&
		!h.StateReasonTTL.Set && h.Infos == nil && h.OS == nil &&
		len(h.Addresses)+len(h.Hostnames)+len(h.Source)+len(h.Categories)+len(h.Tags)+len(h.Ports)+len(h.ExtraPorts)+
			len(h.CPEs)+len(h.Traces)+len(h.Extra) == 0
}

// absorb adds what a record says.
func (b *Builder) absorb(h *host.Host, at stamp) {
	if !h.Start.IsZero() && (b.start.IsZero() || h.Start.Before(b.start)) {
		b.start = h.Start
	}
	if h.End.After(b.end) || b.end.IsZero() {
		b.end = h.End
	}
	if h.Addr.IsValid() {
		b.addr.put(at, h.Addr)
	}
	b.up = b.up || h.State == "up"
	if h.State != "" {
		b.state.put(at, h.State)
	}
	if h.StateReason != "" {
		b.reason.put(at, h.StateReason)
	}
	if h.OS != nil && (h.OS.PortUsed.Len() > 0 || len(h.OS.Match)+len(h.OS.Class) > 0 || h.OS.Fingerprint != "") {
		b.os.put(at, h.OS)
	}
	b.categories.add(h.Categories...)
	for _, s := range h.Source {
		if s != "" {
			b.sources.add(s)
		}
	}
	b.absorbLists(h, at)
	b.absorbNames(h, at)
	b.absorbPorts(h, at)
}

func (b *Builder) absorbLists(h *host.Host, at stamp) {
	if h.Infos != nil {
		for i, m := range h.Infos.Members {
			b.infos.put(m.Key, at, i, m)
		}
	}
	for i := range h.Tags {
		t := &h.Tags[i]
		b.tags.put(t.Value, at, i, t.Type).set.add(t.Info...)
	}
	n := 0
	for _, l := range h.Addresses {
		for _, v := range l.Values {
			k := addressKey{l.Type, strings.ToLower(v)}
			b.addresses.put(k, at, n, k)
			n++
		}
	}
	for i := range h.ExtraPorts {
		b.extra.put(h.ExtraPorts[i].State, at, i, &h.ExtraPorts[i])
	}
	for i := range h.CPEs {
		c := &h.CPEs[i]
		b.cpes.put(cpeKey{c.Type, c.Vendor, c.Product, c.Version}, at, i, c).set.add(c.Origins...)
	}
	for i := range h.Traces {
		k := traceKey{h.Traces[i].Protocol, h.Traces[i].Port}
		if s := b.traces[k]; s != nil && s.last.at == at { // all of the newest record's traces are kept
			s.newest = append(s.newest, h.Traces[i])
			continue
		}
		b.traces.put(k, at, i, []host.Trace{h.Traces[i]})
	}
}

// absorbNames adds host names, unless there are too many.
func (b *Builder) absorbNames(h *host.Host, at stamp) {
	if hasInfo(h, tagCDN, infoTooManyHostnames) {
		b.dropNames()
	}
	limit := limit(b.MaxHostnames, MaxHostnames)
	for i := range h.Hostnames {
		if b.tooManyNames {
			return
		}
		n := &h.Hostnames[i]
		b.names.put(nameKey{n.Type, n.Name}, at, i, n)
		if limit >= 0 && len(b.names) > limit {
			b.dropNames()
		}
	}
}

func (b *Builder) dropNames() { b.names, b.tooManyNames = nil, true }

// limit is the number that was asked for, or the default one if that is 0.
func limit(n, byDefault int) int {
	if n == 0 {
		return byDefault
	}
	return n
}

// hasInfo tells whether a record has a tag with a piece of information.
func hasInfo(h *host.Host, value, info string) bool {
	for i := range h.Tags {
		if h.Tags[i].Value == value && slices.Contains(h.Tags[i].Info, info) {
			return true
		}
	}
	return false
}
