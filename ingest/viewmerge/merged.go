package viewmerge

import (
	"slices"
	"strings"

	"ivre/ingest/host"
)

// merged puts the record together.
func (b *Builder) merged() *host.Host {
	h := &host.Host{
		Addr: b.addr.v, Start: b.start, End: b.end, State: b.state.v, StateReason: b.reason.v, OS: b.os.v,
		Categories: b.categories.sorted(), Source: b.sources.sorted(), SourceList: true,
		Infos: b.mergedInfos(), Tags: b.mergedTags(), Addresses: b.mergedAddresses(), Ports: b.mergedPorts(),
	}
	if b.up {
		h.State = "up"
	}
	for _, s := range b.names.oldFirst() {
		h.Hostnames = append(h.Hostnames, *s.newest)
	}
	for _, s := range b.extra.newFirst() {
		h.ExtraPorts = append(h.ExtraPorts, *s.newest)
	}
	for _, s := range b.cpes.newFirst() {
		c := *s.newest
		c.Origins = s.set.sorted()
		h.CPEs = append(h.CPEs, c)
	}
	for _, s := range b.traces.newFirst() {
		h.Traces = append(h.Traces, s.newest...)
	}
	return h
}

func (b *Builder) mergedInfos() *host.Object {
	if len(b.infos) == 0 {
		return nil
	}
	o := &host.Object{Members: make([]host.Member, 0, len(b.infos))}
	for _, s := range b.infos.oldFirst() {
		o.Members = append(o.Members, s.newest)
	}
	return o
}

func (b *Builder) mergedTags() []host.Tag {
	out := make(tagSet, len(b.tags)+1)
	for value, s := range b.tags {
		out[value] = &tagEntry{typ: s.oldest, info: s.set}
	}
	if b.tooManyNames {
		out.add(tagCDN, typeInfo, infoTooManyHostnames)
	}
	return out.sorted()
}

func (b *Builder) mergedAddresses() []host.AddressList {
	var out []host.AddressList
	at := map[string]int{}
	for _, s := range b.addresses.oldFirst() {
		i, ok := at[s.newest.typ]
		if !ok {
			i = len(out)
			at[s.newest.typ] = i
			out = append(out, host.AddressList{Type: s.newest.typ})
		}
		out[i].Values = append(out[i].Values, s.newest.value)
	}
	return out
}

// mergedPorts lists the ports by protocol and number, those without a protocol last.
func (b *Builder) mergedPorts() []host.Port {
	if len(b.ports) == 0 {
		return nil
	}
	out := make([]host.Port, 0, len(b.ports))
	for _, s := range b.ports {
		if p, ok := s.merged(b.honeypot); ok {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b host.Port) int {
		switch {
		case a.Protocol == b.Protocol:
			return a.Port - b.Port
		case a.Protocol == "":
			return 1
		case b.Protocol == "":
			return -1
		}
		return strings.Compare(a.Protocol, b.Protocol)
	})
	if len(out) == 0 {
		return nil
	}
	return out
}
