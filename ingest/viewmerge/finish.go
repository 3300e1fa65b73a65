package viewmerge

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"

	"ivre/ingest/host"
)

// HoneypotPorts is the default number of ports from which on a host is suspected to answer on all of them.
const HoneypotPorts = 200

// MalwareKind says what FinishOptions.Malware is asked about.
type MalwareKind int

const (
	MalwareCertificate MalwareKind = iota // the SHA-1 of a certificate
	MalwareJA3                            // the MD5 of a JA3 fingerprint of a client
)

// FinishOptions say what Finish uses. The zero value works.
type FinishOptions struct {
	// MaxHostnames is the number of host names that a record may have: 0 is 200, a negative one no limit.
	MaxHostnames int
	// HoneypotPorts is the number of ports from which on ports that tell nothing are dropped: 0 is 200, a negative one
	// no limit.
	HoneypotPorts int
	// Malware returns the name of what uses a certificate or a JA3 fingerprint, "" if it is not known; see the SSL
	// Blacklist by abuse.ch. May be nil.
	Malware func(kind MalwareKind, hash string) string
	// Enrich returns what is known of an address: its geography and its network (nil if nothing), and tags. If it is
	// nil, the record's Infos stay as they are.
	Enrich func(netip.Addr) (*host.Object, []host.Tag)
}

// Finish ends a record of a view: it adds automatic tags, drops host names if there are too many and ports that tell
// nothing if there are too many, counts closed ports instead of listing them, and adds geography. Tags are only added.
//
// What other records may have in common with this one does not change. Finish does nothing the second time, unless
// what Enrich or Malware return has changed.
func Finish(h *host.Host, opts FinishOptions) {
	t := tagger{&opts, tagsOf(h.Tags)}
	if opts.Enrich != nil && h.Addr.IsValid() {
		infos, tags := opts.Enrich(h.Addr)
		for _, tag := range tags {
			t.tags.add(tag.Value, tag.Type, tag.Info...)
		}
		h.Infos = updated(h.Infos, infos)
	}
	for i := range h.Hostnames {
		t.hostname(h.Hostnames[i].Name)
	}
	if limit := limit(opts.MaxHostnames, MaxHostnames); limit >= 0 && len(h.Hostnames) > limit {
		h.Hostnames = nil
		t.tags.add(tagCDN, typeInfo, infoTooManyHostnames)
	}
	for i := range h.Ports {
		t.port(&h.Ports[i])
	}
	cleanPorts(h, &t, limit(opts.HoneypotPorts, HoneypotPorts))
	h.Tags = t.tags.sorted()
}

// updated returns an object with the members of both; those of more replace those of o. It is never nil.
func updated(o, more *host.Object) *host.Object {
	out := &host.Object{Members: make([]host.Member, 0, o.Len()+more.Len())}
	at := make(map[string]int, o.Len()+more.Len())
	for _, from := range [...]*host.Object{o, more} {
		for i := 0; i < from.Len(); i++ {
			m := from.Members[i]
			if j, ok := at[m.Key]; ok {
				out.Members[j] = m
				continue
			}
			at[m.Key] = len(out.Members)
			out.Members = append(out.Members, m)
		}
	}
	return out
}

// Banners that a device sends on any port.
var (
	bigIP     = regexp.MustCompile(`^BIG-IP: \[0x[0-9a-f]{7}:[0-9]{1,5}\] `)
	sonicWall = regexp.MustCompile(`^\(Ref.Id: \?.*\?\)$`)
)

// realPort tells whether a port tells more than that something answers there.
func realPort(p *host.Port) bool {
	switch {
	case p.Port == host.HostScripts:
		return true
	case p.Service.Name != "":
		return p.Service.Name != "tcpwrapped"
	case len(p.Scripts) != 1 || p.Scripts[0].ID != "banner":
		return len(p.Scripts) > 0
	}
	out := p.Scripts[0].Output
	return out != "\n" && !bigIP.MatchString(out) && !sonicWall.MatchString(out)
}

// cleanPorts drops ports that tell nothing if there are more than limit, which a negative number is not, and folds
// closed ones.
func cleanPorts(h *host.Host, t *tagger, limit int) {
	count := map[string]int{}
	doubtful := 0
	for i := range h.Ports {
		p := &h.Ports[i]
		count[p.State]++
		if p.State == "open" && !realPort(p) {
			doubtful++
		}
	}
	dropOpen := doubtful > 0 && hasInfo(h, tagHoneypot, infoHoneypot)
	if !dropOpen && limit >= 0 && doubtful > limit { // which makes the number of open ports greater than the limit, too
		dropOpen = true
		t.tags.add(tagHoneypot, typeWarning, infoHoneypot)
	}
	fold := map[string]*folded{}
	for _, state := range [...]string{"closed", "filtered"} {
		known := slices.ContainsFunc(h.ExtraPorts, func(e host.ExtraPorts) bool { return e.State == state })
		if n := count[state]; n > 0 && (known || limit >= 0 && n >= limit) {
			fold[state] = &folded{reasons: map[string]int64{}}
		}
	}
	if !dropOpen && len(fold) == 0 {
		return
	}
	var kept []host.Port
	for i := range h.Ports {
		p := &h.Ports[i]
		f := fold[p.State]
		switch {
		case f != nil:
			f.add(p)
		case !dropOpen || p.State != "open" || realPort(p):
			kept = append(kept, *p)
		}
	}
	h.Ports = kept
	foldInto(h, fold)
}

// folded counts ports that are not listed any more.
type folded struct {
	total   int64
	reasons map[string]int64
	order   []string
}

func (f *folded) add(p *host.Port) {
	f.total++
	if p.StateReason == "" {
		return
	}
	if _, ok := f.reasons[p.StateReason]; !ok {
		f.order = append(f.order, p.StateReason)
	}
	f.reasons[p.StateReason]++
}

// foldInto adds the counts of ports to those that the record has.
func foldInto(h *host.Host, fold map[string]*folded) {
	extra := slices.Clone(h.ExtraPorts)
	for _, state := range [...]string{"closed", "filtered"} {
		f := fold[state]
		if f == nil {
			continue
		}
		i := slices.IndexFunc(extra, func(e host.ExtraPorts) bool { return e.State == state })
		if i < 0 {
			i = len(extra)
			extra = append(extra, host.ExtraPorts{State: state})
		}
		e := &extra[i]
		e.Total += f.total
		e.Reasons = slices.Clone(e.Reasons)
		for j := range e.Reasons {
			r := &e.Reasons[j]
			r.Count += f.reasons[r.Name]
			delete(f.reasons, r.Name)
		}
		for _, name := range f.order {
			if n := f.reasons[name]; n > 0 {
				e.Reasons = append(e.Reasons, host.Reason{Name: name, Count: n})
			}
		}
	}
	h.ExtraPorts = extra
}

// portText names a port: tcp/80.
func portText(p *host.Port) string { return p.Protocol + "/" + strconv.Itoa(p.Port) }
