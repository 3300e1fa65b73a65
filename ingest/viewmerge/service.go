package viewmerge

import (
	"slices"
	"strings"

	"ivre/ingest/host"
)

// ofService tells whether a further member of a port belongs to the service.
func ofService(m host.Member) bool { return strings.HasPrefix(m.Key, "service_") }

// mergeServices merges what records say of a port's service. extra are the further members of the newest port; those
// returned are its own and those of the service.
func mergeServices(all []contribution, extra []host.Member) (host.Service, []host.Member) {
	slices.SortFunc(all, func(a, b contribution) int { return a.at.compare(b.at) })
	own := make([]host.Member, 0, len(extra))
	for _, m := range extra {
		if !ofService(m) {
			own = append(own, m)
		}
	}
	var s host.Service
	known := map[string]struct{}{}
	for _, p := range precedence(all) {
		fillService(&s, &p.Service)
		for _, m := range p.Extra {
			if _, ok := known[m.Key]; !ok && ofService(m) {
				known[m.Key] = struct{}{}
				own = append(own, m)
			}
		}
	}
	if len(own) == 0 {
		own = nil
	}
	return s, own
}

// precedence lists the ports whose services are one, the one that counts most first. all goes from old to new. A service
// without a name takes over all of an older one that has a name, which counts more; a service of the same name takes
// over what it lacks; any other service displaces the older ones.
func precedence(all []contribution) []*host.Port {
	var more, less []*host.Port // more from the last on, then less
	name := ""
	for _, c := range all {
		switch n := c.p.Service.Name; {
		case n == name:
			more = append(more, c.p)
		case n == "":
			less = append(less, c.p)
		default:
			name, more, less = n, append(more[:0], c.p), less[:0]
		}
	}
	slices.Reverse(more)
	return append(more, less...)
}

// fillService sets what is not known yet.
func fillService(s, o *host.Service) {
	for _, f := range [...]struct{ to, from *string }{
		{&s.Name, &o.Name}, {&s.Product, &o.Product}, {&s.Version, &o.Version}, {&s.ExtraInfo, &o.ExtraInfo},
		{&s.OSType, &o.OSType}, {&s.Hostname, &o.Hostname}, {&s.DeviceType, &o.DeviceType}, {&s.Tunnel, &o.Tunnel},
		{&s.Method, &o.Method},
	} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
	for _, f := range [...]struct{ to, from *host.Int }{
		{&s.Conf, &o.Conf}, {&s.RPCNum, &o.RPCNum}, {&s.LowVer, &o.LowVer}, {&s.HighVer, &o.HighVer},
	} {
		if !f.to.Set {
			*f.to = *f.from
		}
	}
}
