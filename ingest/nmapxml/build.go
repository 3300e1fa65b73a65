package nmapxml

import (
	"fmt"
	"time"

	"ivre/ingest/host"
)

// builder holds the host that is being read.
type builder struct {
	active  bool // within <host>
	ignored bool // up to </host>: it is unreadable
	line    int  // where it starts
	h       *host.Host
	size    int  // estimate of its memory
	full    bool // it was reported that scripts are dropped

	port      *host.Port // the open <port>; nil if it is not readable
	skipCPE   bool       // the open <service> is ignored
	hostPort  host.Port
	hostnames []host.Hostname // of the open <hostnames>
	extra     *host.ExtraPorts
	osOrigin  string // origin of CPE names in the last <osmatch>
	origin    string // origin of CPE names in the <service> of port; empty until it is needed
	addresses int    // further ones
	script    script
}

// drop forgets the current host.
func (rd *reader) drop() {
	rd.b.active, rd.b.ignored = false, false
	rd.t.keep = false
}

// reuseMax is the number of ports of a host whose memory is used again.
const reuseMax = 64

func (rd *reader) startHost() error {
	b := &rd.b
	h := b.h
	if rd.opt.Reuse && h != nil && cap(h.Ports) <= reuseMax && cap(h.Hostnames) <= reuseMax {
		*h = host.Host{Ports: h.Ports[:0], Hostnames: h.Hostnames[:0], Extra: h.Extra[:0]}
	} else {
		h = &host.Host{}
	}
	*b = builder{active: true, line: rd.t.lineOfToken(), h: h, script: script{tables: b.script.tables[:0]}}
	t := rd.t
	for i := range t.attrs {
		a := &t.attrs[i]
		var err error
		switch string(t.attrName(a)) {
		case "starttime":
			h.Start, err = rd.time(a)
		case "endtime":
			h.End, err = rd.time(a)
		default:
			if key := t.attrStr(a); !hostMembers[key] {
				h.Extra = addExtra(h.Extra, key, t.value(a))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hostMembers are the members of a record. An attribute of <host> must not pass itself off as one.
var hostMembers = func() map[string]bool {
	m := map[string]bool{}
	for _, key := range []string{
		"_id", "schema_version", "scanid", "addr", "addresses", "hostnames", "starttime", "endtime", "state",
		"state_reason", "state_reason_ttl", "source", "categories", "tags", "infos", "ports", "openports",
		"extraports", "cpes", "os", "traces", "scripts",
	} {
		m[key] = true
	}
	return m
}()

// addExtra sets a further member.
func addExtra(list []host.Member, key string, value host.Value) []host.Member {
	for i := range list {
		if list[i].Key == key {
			list[i].Value = value
			return list
		}
	}
	if len(list) >= maxExtra {
		return list
	}
	return append(list, host.Member{Key: key, Value: value})
}

// lastSecond is the end of the year 9999; records cannot hold later times.
const lastSecond = 253402300799

// time reads an attribute that holds seconds since 1970.
func (rd *reader) time(a *attr) (time.Time, error) {
	n, err := rd.int(a)
	if err != nil {
		return time.Time{}, err
	}
	if n < 0 || n > lastSecond {
		return time.Time{}, hostError(fmt.Sprintf("%s: %d is out of range", rd.t.attrName(a), n))
	}
	return time.Unix(n, 0).UTC(), nil
}

// int reads an attribute that holds an integer.
func (rd *reader) int(a *attr) (int64, error) {
	raw := rd.t.raw(a)
	n, ok := parseInt(raw)
	if !ok {
		return 0, hostError(fmt.Sprintf("%s: %.40q is not an integer", rd.t.attrName(a), raw))
	}
	return n, nil
}

// optional reads an attribute that holds an integer into an optional one.
func (rd *reader) optional(dst *host.Int, a *attr) error {
	n, err := rd.int(a)
	if err == nil {
		*dst = host.Some(n)
	}
	return err
}

// startInHost deals with the start of an element of a host.
func (rd *reader) startInHost(e, parent element) error {
	b := &rd.b
	b.size += rd.t.pos - rd.t.mark + weight[e]
	if b.size > maxHost {
		b.h = nil
		return hostError(fmt.Sprintf("it takes more than %d MiB of memory", maxHost>>20))
	}
	switch e {
	case elStatus:
		return rd.status()
	case elAddress:
		return rd.address()
	case elHostnames:
		b.hostnames = nil
	case elHostname:
		rd.hostname()
	case elExtraports:
		return rd.extraports()
	case elExtrareasons:
		return rd.extrareasons()
	case elPort:
		rd.startPort()
	case elState:
		return rd.state()
	case elService:
		return rd.service()
	case elCPE:
		rd.t.keepFrom()
	case elScript:
		rd.startScript(parent)
	case elTable:
		rd.startTable()
	case elElem:
		rd.startElem()
	case elOS, elPortused, elOsmatch, elOsclass, elOsfingerprint:
		rd.osElement(e)
	case elTrace:
		rd.trace()
	case elHop:
		rd.hop()
	}
	return nil
}

// keepFrom starts the collection of text.
func (t *tokenizer) keepFrom() {
	if cap(t.text) > 1<<20 {
		t.text = nil
	}
	t.keep, t.text, t.textCut = true, t.text[:0], false
}

// closeInHost deals with the end of an element of a host.
func (rd *reader) closeInHost(e, parent element) error {
	b := &rd.b
	if e == elCPE || e == elElem {
		rd.t.keep = false
		b.size += len(rd.t.text)
		if rd.t.textCut {
			rd.warn(rd.t.lineOfToken(), "a text of more than %d MiB is cut", maxValue>>20)
		}
	}
	switch e {
	case elHostnames:
		b.h.Hostnames = append(b.h.Hostnames[:0], b.hostnames...)
	case elPort:
		b.port = nil
	case elService:
		b.skipCPE = false
	case elExtraports:
		b.extra = nil
	case elCPE:
		rd.cpe(parent)
	case elScript:
		rd.closeScript()
	case elTable:
		rd.closeTable()
	case elElem:
		rd.closeElem()
	}
	return nil
}

// closeHost hands the host over, if it is one.
func (rd *reader) closeHost() error {
	b := &rd.b
	ignored, h := b.ignored, b.h
	rd.drop()
	if ignored {
		return nil
	}
	if h.Start.IsZero() {
		h.Start = h.End
	}
	if len(b.hostPort.Scripts) > 0 || b.hostPort.Screenshot != "" {
		b.hostPort.Port = host.HostScripts
		h.Ports = append(h.Ports, b.hostPort)
	}
	switch {
	case h.State != "" && h.State != "up":
		rd.res.Down++
		return nil
	case !h.Addr.IsValid():
		rd.res.NoAddress++
		return nil
	}
	for i := range h.Ports {
		if h.State == "" && h.Ports[i].State == "open" {
			h.State = "up"
		}
	}
	h.Finish()
	if err := rd.emit(h); err != nil {
		return fatalError{err}
	}
	rd.res.Hosts++
	if !rd.opt.Reuse {
		b.h = nil
	}
	return nil
}
