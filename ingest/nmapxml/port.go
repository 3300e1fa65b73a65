package nmapxml

import (
	"fmt"

	"ivre/ingest/host"
)

func (rd *reader) extraports() error {
	t, b := rd.t, &rd.b
	var e host.ExtraPorts
	for i := range t.attrs {
		var err error
		switch a := &t.attrs[i]; string(t.attrName(a)) {
		case "state":
			e.State = t.str(a)
		case "count":
			e.Total, err = rd.int(a)
		}
		if err != nil {
			return err
		}
	}
	list := b.h.ExtraPorts
	i := 0
	for i < len(list) && list[i].State != e.State {
		i++
	}
	switch {
	case i < len(list):
		list[i] = e
	case i < maxStates:
		b.h.ExtraPorts = append(list, e)
	default:
		b.extra = nil
		return nil
	}
	b.extra = &b.h.ExtraPorts[i]
	return nil
}

func (rd *reader) extrareasons() error {
	t, e := rd.t, rd.b.extra
	if e == nil {
		return nil
	}
	var r host.Reason
	for i := range t.attrs {
		var err error
		switch a := &t.attrs[i]; string(t.attrName(a)) {
		case "reason":
			r.Name = t.str(a)
		case "count":
			r.Count, err = rd.int(a)
		}
		if err != nil {
			return err
		}
	}
	for i := range e.Reasons {
		if e.Reasons[i].Name == r.Name {
			e.Reasons[i].Count = r.Count
			return nil
		}
	}
	if len(e.Reasons) < maxStates {
		e.Reasons = append(e.Reasons, r)
	}
	return nil
}

// startPort starts a port. One without a number that can be one is left out.
func (rd *reader) startPort() {
	t, b := rd.t, &rd.b
	b.port = nil
	var id *attr
	protocol := ""
	for i := range t.attrs {
		switch a := &t.attrs[i]; string(t.attrName(a)) {
		case "portid":
			id = a
		case "protocol":
			protocol = t.str(a)
		}
	}
	if id == nil {
		rd.warn(t.lineOfToken(), "a port without a number is left out")
		return
	}
	n, ok := parseInt(t.raw(id))
	if !ok || n < 0 || n > 65535 {
		rd.warn(t.lineOfToken(), "the port %.40q is left out: it is no number from 0 to 65535", t.raw(id))
		return
	}
	b.port = b.newPort()
	b.port.Port, b.port.Protocol = int(n), protocol
	b.origin = ""
}

// newPort appends a port to the host, and uses what is left there of an earlier one.
func (b *builder) newPort() *host.Port {
	ports := b.h.Ports
	if n := len(ports); n < cap(ports) {
		ports = ports[:n+1]
		p := &ports[n]
		*p = host.Port{Scripts: p.Scripts[:0], Extra: p.Extra[:0]}
	} else {
		ports = append(ports, host.Port{})
	}
	b.h.Ports = ports
	return &ports[len(ports)-1]
}

func (rd *reader) state() error {
	t, p := rd.t, rd.b.port
	if p == nil {
		return nil
	}
	for i := range t.attrs {
		a := &t.attrs[i]
		switch string(t.attrName(a)) {
		case "state":
			p.State = t.str(a)
		case "reason":
			p.StateReason = t.str(a)
		case "reason_ttl":
			if err := rd.optional(&p.StateReasonTTL, a); err != nil {
				return err
			}
		case "reason_ip":
			ip, ok := parseAddr(t.raw(a))
			if !ok && a.start < a.end {
				rd.warn(t.lineOfToken(), "reason_ip: %.60q is not an IP address", t.raw(a))
			}
			p.StateReasonIP = ip
		default:
			p.Extra = addExtra(p.Extra, "state_"+t.attrStr(a), t.value(a))
		}
	}
	return nil
}

func (rd *reader) service() error {
	t, p := rd.t, rd.b.port
	switch {
	case p == nil:
		return nil
	case rd.masscan:
		return rd.banner(p)
	}
	for i := range t.attrs {
		a := &t.attrs[i]
		if string(t.attrName(a)) == "method" && string(t.raw(a)) == "table" {
			// a guess from the port's number
			rd.b.skipCPE = true
			return nil
		}
	}
	for i := range t.attrs {
		if err := rd.serviceAttr(p, &t.attrs[i]); err != nil {
			return err
		}
	}
	if s := &p.Service; s.Name == "https" {
		s.Name, s.Tunnel = "http", "ssl"
	}
	if p.Service.Hostname != "" {
		rd.serviceHostname(&p.Service)
	}
	return nil
}

func (rd *reader) serviceAttr(p *host.Port, a *attr) error {
	t, s := rd.t, &p.Service
	var text *string
	switch string(t.attrName(a)) {
	case "name":
		text = &s.Name
	case "product":
		text = &s.Product
	case "version":
		text = &s.Version
	case "extrainfo":
		text = &s.ExtraInfo
	case "ostype":
		text = &s.OSType
	case "hostname":
		text = &s.Hostname
	case "devicetype":
		text = &s.DeviceType
	case "tunnel":
		text = &s.Tunnel
	case "method":
		text = &s.Method
	case "conf":
		return rd.optional(&s.Conf, a)
	case "rpcnum":
		return rd.optional(&s.RPCNum, a)
	case "lowver":
		return rd.optional(&s.LowVer, a)
	case "highver":
		return rd.optional(&s.HighVer, a)
	default:
		p.Extra = addExtra(p.Extra, "service_"+t.attrStr(a), t.value(a))
		rd.cut(a)
		return nil
	}
	*text = t.str(a)
	rd.cut(a)
	return nil
}

// cut warns if an attribute is not complete.
func (rd *reader) cut(a *attr) {
	if a.cut {
		rd.warn(rd.t.lineOfToken(), "the value of %s has more than %d MiB and is cut", rd.t.attrName(a), maxValue>>20)
	}
}

// banner hands a Masscan banner over.
func (rd *reader) banner(p *host.Port) error {
	t := rd.t
	if rd.opt.Banner == nil {
		return nil
	}
	var name, text string
	found := false
	for i := range t.attrs {
		switch a := &t.attrs[i]; string(t.attrName(a)) {
		case "name":
			name = t.str(a)
		case "banner":
			text, found = t.str(a), true
			rd.cut(a)
		}
	}
	if !found {
		rd.warn(t.lineOfToken(), "a service without a banner is ignored")
		return nil
	}
	if err := rd.opt.Banner(rd.b.h, p, name, text); err != nil {
		rd.warn(t.lineOfToken(), "%s", fmt.Sprintf("banner of %s port %d: %v", p.Protocol, p.Port, err))
	}
	return nil
}
