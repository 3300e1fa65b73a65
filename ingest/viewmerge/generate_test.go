package viewmerge

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"ivre/ingest/host"
)

// generator makes records that have much in common, with structures as they are to be and with others.
type generator struct {
	*rand.Rand
	tame bool // a port has one service only, nothing is a honeypot: see the package's documentation on groups
}

func newGenerator(seed uint64) generator { return generator{Rand: rand.New(rand.NewPCG(seed, 2))} }

func (g generator) maybe() bool { return g.IntN(2) == 0 }

func some[T any](g generator, most int, item func() T) []T {
	var out []T
	for range g.IntN(most + 1) {
		out = append(out, item())
	}
	return out
}

func (g generator) pick(words ...string) string { return words[g.IntN(len(words))] }

func (g generator) word() string { return g.pick("a", "b", "c", "d.a", "e.b") }

func (g generator) words() []string { return some(g, 3, g.word) }

func (g generator) sorted() []string {
	list := g.words()
	slices.Sort(list)
	return slices.Compact(list)
}

func (g generator) value(depth int) host.Value {
	switch n := g.IntN(8); {
	case n == 0:
		return nil
	case n == 1:
		return int64(g.IntN(3))
	case n == 2:
		return g.maybe()
	case n < 5 || depth > 2:
		return g.word()
	case n == 5:
		return host.List(some(g, 3, func() host.Value { return g.value(depth + 1) }))
	}
	o := &host.Object{}
	for range g.IntN(4) {
		o.Set(g.pick("name", "x", "proto", "ports", "probes", "domain", "md5", "version"), g.value(depth+1))
	}
	return o
}

// shapes are the structures of scripts: lists of objects with these members.
var shapes = map[string][]string{
	"http-app": {"application", "path", "version"}, "ssl-cert": {"sha256", "subject_text"}, "ssl-ja3-client": {"md5", "raw"},
	"ssl-ja3-server": {"md5", "client"}, "ssl-ja4-client": {"ja4"}, "http-nuclei": {"name", "url", "template"}, "http-git": {"repository", "files-found"},
	"dns-domains": {"domain"}, "dns-domains-mx": {"domain", "priority"}, "dns-tls-rpt": {"domain", "value", "warnings"},
	"dns-check-consistency": {"domain", "name", "rtype", "value", "reference_value"}, "dns-zone-transfer": {"domain", "records"},
	"ssl-heartbleed": {"id", "state"}, "http-default-accounts": {"name", "credentials"},
}

func (g generator) script() host.Script {
	s := host.Script{ID: g.pick("http-app", "ssl-cert", "ssl-ja3-client", "ssl-ja3-server", "ssl-ja4-client", "http-nuclei", "http-git", "dns-domains",
		"dns-domains-mx", "dns-tls-rpt", "dns-check-consistency", "dns-zone-transfer", "ssl-heartbleed", "http-default-accounts",
		"scanner", "scanner", "http-user-agent", "banner", "http-title")}
	if g.maybe() {
		s.Output, s.HasOutput = g.word(), true
	}
	switch n := g.IntN(5); {
	case n == 0:
		s.Data = g.value(0)
	case n == 1:
	case s.ID == "scanner":
		s.Data = g.scanner()
	case s.ID == "http-user-agent":
		s.Data = list(g.words())
	default:
		s.Data = host.List(some(g, 3, func() host.Value { return g.item(shapes[s.ID]) }))
	}
	return s
}

func (g generator) item(members []string) *host.Object {
	o := &host.Object{}
	for _, name := range members {
		switch {
		case name == "client" || name == "records" || name == "credentials":
			o.Set(name, g.value(1))
		case name == "files-found" || name == "warnings" || name == "reference_value":
			o.Set(name, list(g.sorted()))
		case g.IntN(8) > 0:
			o.Set(name, g.word())
		}
	}
	return o
}

func (g generator) scanner() *host.Object {
	o := &host.Object{}
	objects := func(members ...string) host.Value {
		return host.List(some(g, 3, func() host.Value { return g.item(members) }))
	}
	if g.maybe() {
		numbers := host.List(some(g, 3, func() host.Value { return int64(20 + g.IntN(5)) }))
		o.Set("ports", host.NewObject("count", int64(1), g.pick("tcp", "udp"), host.NewObject("count", int64(1), "ports", numbers)))
	}
	if g.maybe() {
		o.Set("scanners", host.List(some(g, 2, func() host.Value {
			return host.NewObject("name", g.word(), "probes", objects("proto", "name"))
		})))
	}
	for key, members := range map[string][]string{"probes": {"proto", "value"}, "http_uris": {"uri", "method", "version"}, "dns_queries": {"query", "qtype", "qclass"}} {
		o.Set(key, objects(members...))
	}
	return o
}

func (g generator) port() host.Port {
	p := host.Port{Port: []int{-1, 22, 80, 443}[g.IntN(4)], Scripts: some(g, 4, g.script), ScreenWords: g.words()}
	if p.Port != host.HostScripts {
		p.Protocol, p.State, p.StateReason = g.pick("tcp", "udp"), g.pick("open", "closed", ""), g.word()
		p.Service.Name = g.pick("", "http", "ssh", "tcpwrapped")
		if g.tame && p.Service.Name != "" {
			p.Service.Name = "http"
		}
		if g.maybe() && (p.Service.Name != "" || !g.tame) {
			p.Service.Product, p.Service.Tunnel, p.Service.Conf = g.word(), g.pick("", "ssl"), host.Some(int64(g.IntN(3)))
			p.Extra = []host.Member{{Key: "service_servicefp", Value: g.word()}, {Key: "own", Value: g.word()}}
		}
	}
	if g.IntN(4) == 0 {
		p.Screenshot, p.ScreenData = "field", []byte(g.word())
	}
	return p
}

func (g generator) host() *host.Host {
	h := &host.Host{
		Addr: netip.MustParseAddr("192.0.2.10"), State: g.pick("", "up", "down"), StateReason: g.pick("", "a", "b"),
		Source: g.words(), SourceList: true, Categories: g.sorted(), Ports: some(g, 4, g.port),
		CPEs: some(g, 2, func() host.CPE { return host.CPE{Type: g.word(), Vendor: g.word(), Origins: g.sorted()} }),
		Traces: some(g, 2, func() host.Trace {
			return host.Trace{Protocol: g.pick("tcp", "icmp"), Hops: []host.Hop{{Host: g.word()}}}
		}),
		Hostnames: some(g, 3, func() host.Hostname {
			return host.Hostname{Name: g.word(), Type: g.pick("A", "PTR"), Domains: g.words()}
		}),
	}
	if g.IntN(8) > 0 {
		h.End = time.Unix(1700000000+g.Int64N(4), 0).UTC()
		h.Start = h.End.Add(-time.Duration(g.IntN(1000)) * time.Second)
	}
	for range g.IntN(3) {
		h.AddAddress(g.pick("mac", "ipv6"), g.word())
		h.AddTag(host.Tag{Value: g.pick("CDN", "TOR", "X"), Type: g.pick("info", "danger"), Info: g.sorted()})
	}
	if !g.tame && g.IntN(6) == 0 {
		h.AddTag(host.Tag{Value: tagHoneypot, Type: typeWarning, Info: []string{infoHoneypot}})
	}
	if o, ok := g.value(0).(*host.Object); ok {
		h.Infos = o
	}
	if g.maybe() {
		h.OS = &host.OS{Fingerprint: g.pick("", "f", "g")}
		h.ExtraPorts = []host.ExtraPorts{{State: g.pick("closed", "filtered"), Total: g.Int64N(5)}}
		h.Extra = []host.Member{{Key: "comment", Value: g.word()}}
	}
	return h
}

// apart makes records with ends of their own, from old to new.
func (g generator) apart(n int) []*host.Host {
	out := make([]*host.Host, n)
	for i := range out {
		h := g.host()
		h.End = time.Unix(1700000000+int64(i), 0).UTC()
		h.Start = h.End
		h.StateReason = fmt.Sprint(i)
		out[i] = h
	}
	return out
}
