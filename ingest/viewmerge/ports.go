package viewmerge

import (
	"slices"

	"ivre/ingest/host"
)

// contribution is what one record says of a port.
type contribution struct {
	at stamp
	p  *host.Port
}

// portSlot collects what records say of a port. Most ports are in one record only; the rest of the work is left for
// those that are in several.
type portSlot struct {
	latest   stamp // of what was added last
	one      contribution
	acc      *portUnion
	doubtful []contribution // dropped if one of the records is a honeypot
}

func (b *Builder) absorbPorts(h *host.Host, at stamp) {
	tagged := hasInfo(h, tagHoneypot, infoHoneypot)
	b.honeypot = b.honeypot || tagged
	if len(h.Ports) > 0 && b.ports == nil {
		b.ports = make(map[portKey]*portSlot, len(h.Ports))
	}
	for i := range h.Ports {
		p := &h.Ports[i]
		k := portKey{p.Protocol, p.Port}
		s := b.ports[k]
		if s == nil {
			s = &portSlot{}
			b.ports[k] = s
		}
		c := contribution{stamp{rank: at.rank}, p}
		if s.latest.rank == at.rank { // the record has this port several times
			c.at.sub = s.latest.sub + 1
		}
		s.latest = c.at
		if tagged || realPort(p) {
			s.add(c)
		} else {
			s.doubtful = append(s.doubtful, c)
		}
	}
}

func (s *portSlot) add(c contribution) {
	switch {
	case s.acc != nil:
		s.acc.add(c)
	case s.one.p == nil:
		s.one = c
	case s.one.at.compare(c.at) != 0:
		s.acc = &portUnion{scripts: map[string]*scriptSlot{}}
		s.acc.add(s.one)
		s.acc.add(c)
	}
}

// merged returns the port; ok is false if nothing of it is left.
func (s *portSlot) merged(honeypot bool) (p host.Port, ok bool) {
	if !honeypot {
		for _, c := range s.doubtful {
			s.add(c)
		}
		s.doubtful = nil
	}
	switch {
	case s.acc != nil:
		return s.acc.merged(), true
	case s.one.p != nil:
		return *s.one.p, true
	}
	return p, false
}

// portUnion is what several records say of a port.
type portUnion struct {
	newest     latest[*host.Port]
	screenshot latest[*host.Port]
	services   []contribution
	scripts    map[string]*scriptSlot
}

func (u *portUnion) add(c contribution) {
	u.newest.put(c.at, c.p)
	if c.p.Screenshot != "" || len(c.p.ScreenData) > 0 {
		u.screenshot.put(c.at, c.p)
	}
	if c.p.Service != (host.Service{}) || slices.ContainsFunc(c.p.Extra, ofService) {
		u.services = append(u.services, c)
	}
	for i := range c.p.Scripts {
		id := c.p.Scripts[i].ID
		s := u.scripts[id]
		if s == nil {
			s = &scriptSlot{union: newUnion(id)}
			u.scripts[id] = s
		}
		s.add(c.at, i, &c.p.Scripts[i])
	}
}

func (u *portUnion) merged() host.Port {
	p := *u.newest.v
	p.Service, p.Extra = mergeServices(u.services, p.Extra)
	if shot := u.screenshot.v; shot != nil {
		p.Screenshot, p.ScreenData, p.ScreenWords = shot.Screenshot, shot.ScreenData, shot.ScreenWords
	}
	p.Scripts = mergedScripts(u.scripts)
	return p
}
