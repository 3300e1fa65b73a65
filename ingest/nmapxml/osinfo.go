package nmapxml

import (
	"math"
	"strconv"

	"ivre/ingest/host"
)

// osElement deals with <os> and what is in it.
func (rd *reader) osElement(e element) {
	b := &rd.b
	if e == elOS {
		b.h.OS = &host.OS{}
		b.osOrigin = ""
		return
	}
	o := b.h.OS
	switch e {
	case elPortused:
		used := rd.attributes()
		o.PortUsed = host.NewObject("port", used.Text("proto")+"_"+used.Text("portid"))
		if state, ok := used.Get("state"); ok {
			o.PortUsed.Set("state", state)
		}
	case elOsmatch:
		m := rd.attributes()
		o.Match = append(o.Match, m)
		b.osOrigin = ""
		if line := m.Text("line"); line != "" {
			b.osOrigin = host.OriginOS(line)
		}
	case elOsclass:
		o.Class = append(o.Class, rd.attributes())
	case elOsfingerprint:
		o.Fingerprint = rd.attributes().Text("fingerprint")
	}
}

// attributes returns the attributes of the current tag as texts.
func (rd *reader) attributes() *host.Object {
	t := rd.t
	o := &struct { // one piece of memory for what Nmap writes
		host.Object
		room [5]host.Member
	}{}
	o.Members = o.room[:0]
	for i := range t.attrs {
		a := &t.attrs[i]
		o.Members = addExtra(o.Members, t.attrStr(a), t.value(a))
	}
	return &o.Object
}

func (rd *reader) trace() {
	t := rd.t
	var tr host.Trace
	var port *attr
	for i := range t.attrs {
		switch a := &t.attrs[i]; string(t.attrName(a)) {
		case "proto":
			tr.Protocol = t.str(a)
		case "port":
			port = a
		}
	}
	if port != nil && (tr.Protocol == "tcp" || tr.Protocol == "udp") {
		if n, ok := parseInt(t.raw(port)); ok && n >= 0 && n <= 65535 {
			tr.Port = host.Some(n)
		} else {
			rd.warn(t.lineOfToken(), "the port %.40q of a trace is left out: it is no number from 0 to 65535", t.raw(port))
		}
	}
	rd.b.h.Traces = append(rd.b.h.Traces, tr)
}

func (rd *reader) hop() {
	t, h := rd.t, rd.b.h
	var hop host.Hop
	for i := range t.attrs {
		a := &t.attrs[i]
		switch string(t.attrName(a)) {
		case "ipaddr":
			ip, ok := parseAddr(t.raw(a))
			if !ok {
				rd.warn(t.lineOfToken(), "a hop is left out: %.60q is not an IP address", t.raw(a))
				return
			}
			hop.Addr = ip
		case "ttl":
			if n, ok := parseInt(t.raw(a)); ok {
				hop.TTL = n
			} else {
				hop.TTL = t.str(a)
			}
		case "rtt":
			hop.RTT = milliseconds(t.str(a))
		case "host":
			hop.Host = t.str(a)
			hop.Domains = domains(hop.Host)
		case "domains":
		default:
			hop.Extra = addExtra(hop.Extra, t.attrStr(a), t.value(a))
		}
	}
	tr := &h.Traces[len(h.Traces)-1]
	tr.Hops = append(tr.Hops, hop)
}

// milliseconds reads a round-trip time. It returns the text if it is no number ("--" is an unknown time);
// infinities and the like would not be numbers in JSON.
func milliseconds(s string) host.Value {
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return s
		}
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(f, 0) {
		return f
	}
	return s
}
