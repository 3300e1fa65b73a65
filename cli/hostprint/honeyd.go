package hostprint

import (
	"io"
	"math"
	"net/netip"
	"slices"
	"strings"

	"ivre/ingest/host"
)

// HoneydOptions are the options of Honeyd.
type HoneydOptions struct {
	ScriptsDir string // where Honeyd's host has the script sshd
}

// Honeyd writes a configuration for Honeyd 1.5 that imitates the hosts: a personality for each of them, and at the
// end the routes to them, from the longest trace of each record. The routes are kept in memory until then. If there
// are several records for an address, the first one tells its ports: Honeyd takes only one. Names of
// actions, protocols and banners, which come from scanned hosts, cannot bring further directives or commands into
// the configuration.
func Honeyd(opt HoneydOptions) Printer {
	return &honeyd{opt: opt, hosts: map[netip.Addr]struct{}{}, entries: map[netip.Addr]struct{}{}, links: map[link]*latency{}}
}

type honeyd struct {
	page
	opt     HoneydOptions
	started bool
	hosts   map[netip.Addr]struct{}
	entries map[netip.Addr]struct{} // first hops
	links   map[link]*latency
}

// link is a step from one router to the next one.
type link struct{ from, to netip.Addr }

func compareLinks(a, b link) int {
	if c := a.from.Compare(b.from); c != 0 {
		return c
	}
	return a.to.Compare(b.to)
}

// latency is what is known of a link.
type latency struct {
	sum     float64 // of the differences of round-trip times, ms
	n       int
	targets []netip.Addr // behind it
}

func (hd *honeyd) start() {
	if hd.started {
		return
	}
	hd.started = true
	hd.text("create default\n")
	for _, proto := range [...]string{"tcp", "udp", "icmp"} {
		hd.text("set default default " + proto + " action block\n")
	}
	hd.text("\n")
}

func (hd *honeyd) Host(w io.Writer, h *host.Host) error {
	hd.start()
	if !h.Addr.IsValid() {
		return hd.flush(w)
	}
	hd.route(h)
	if _, again := hd.hosts[h.Addr]; again {
		return hd.flush(w)
	}
	hd.hosts[h.Addr] = struct{}{}
	addr := h.Addr.String()
	name := "host_" + strings.NewReplacer(".", "_", ":", "_").Replace(addr)
	hd.text("create " + name + "\n")
	hd.text("set " + name + " default tcp action " + defaultAction(h.ExtraPorts) + "\n")
	for i := range h.Ports {
		p := &h.Ports[i]
		if p.Protocol != "tcp" && p.Protocol != "udp" { // Honeyd has no others
			continue
		}
		hd.text("add " + name + " " + p.Protocol + " port ")
		hd.number(int64(p.Port))
		hd.text(" " + hd.action(p) + "\n")
		hd.spill(w)
	}
	hd.text("bind " + addr + " " + name + "\n\n")
	return hd.flush(w)
}

// defaultAction is the action of the ports that are not listed: that of the most frequent reason of the most
// frequent state.
func defaultAction(extra []host.ExtraPorts) string {
	var state *host.ExtraPorts
	for i := range extra {
		if state == nil || extra[i].Total > state.Total {
			state = &extra[i]
		}
	}
	if state == nil {
		return "block"
	}
	var reason host.Reason
	for _, r := range state.Reasons {
		if r.Count > reason.Count {
			reason = r
		}
	}
	switch reason.Name {
	case "reset", "resets", "conn-refused":
		return "reset"
	case "open":
		return "open"
	}
	return "block" // no-response, and all kinds of ICMP errors, which Honeyd does not send
}

func (hd *honeyd) action(p *host.Port) string {
	switch {
	case p.State == "closed":
		return "reset"
	case p.State != "open":
		return "block"
	}
	switch p.Service.Name {
	case "tcpwrapped":
		return `"true"`
	case "ssh":
		return `"` + hd.opt.ScriptsDir + "/sshd " + sshBanner(p) + `"`
	}
	return "open"
}

// sshBanner is the banner of an SSH server as far as it is known. Honeyd has the shell run the command that the
// banner becomes part of, so nothing but plain characters remains.
func sshBanner(p *host.Port) string {
	banner := ""
	for i := range p.Scripts {
		if s := &p.Scripts[i]; s.ID == "banner" {
			banner, _ = nextLine(s.Output)
			break
		}
	}
	if banner == "" {
		version := p.Service.Version
		if version == "" {
			version = "2.0"
		}
		words := strings.Fields(p.Service.Product)
		words = slices.DeleteFunc(words, func(w string) bool { return w == "SSH" })
		banner = "SSH-" + version + "-" + strings.Join(words, "_")
	}
	const maxBanner = 255 // RFC 4253, section 4.2
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune(" ._+:@,-", r):
			return r
		}
		return '_'
	}, banner[:min(len(banner), maxBanner)])
}

// route takes note of the longest trace of a host.
func (hd *honeyd) route(h *host.Host) {
	var longest []host.Hop
	for i := range h.Traces {
		if hops := h.Traces[i].Hops; len(hops) > len(longest) {
			longest = hops
		}
	}
	hops := slices.DeleteFunc(slices.Clone(sortedHops(longest)), func(hop host.Hop) bool { return !hop.Addr.IsValid() })
	if len(hops) == 0 {
		return
	}
	hd.entries[hops[0].Addr] = struct{}{}
	for i := 1; i < len(hops); i++ {
		a, b := &hops[i-1], &hops[i]
		if a.Addr != b.Addr {
			hd.link(a, b, h.Addr)
		}
	}
	if last := &hops[len(hops)-1]; last.Addr != h.Addr { // the target did not answer, but is behind its router
		hd.link(last, &host.Hop{Addr: h.Addr}, h.Addr)
	}
}

func (hd *honeyd) link(a, b *host.Hop, target netip.Addr) {
	k := link{a.Addr, b.Addr}
	l := hd.links[k]
	if l == nil {
		l = &latency{}
		hd.links[k] = l
	}
	from, okFrom := a.RTT.(float64)
	to, okTo := b.RTT.(float64)
	if okFrom && okTo {
		l.sum += to - from
		l.n++
	}
	if target != b.Addr { // which is directly behind a
		l.targets = append(l.targets, target)
	}
}

// ms is the mean latency. Later hops may answer faster than earlier ones, but Honeyd cannot look into the future.
func (l *latency) ms() (ms int64, known bool) {
	if l.n == 0 {
		return 0, false
	}
	return int64(min(max(0, math.Round(l.sum/float64(l.n))), math.MaxInt32)), true
}

func (hd *honeyd) End(w io.Writer) error {
	hd.start()
	entries := make([]netip.Addr, 0, len(hd.entries))
	for a := range hd.entries {
		entries = append(entries, a)
	}
	slices.SortFunc(entries, netip.Addr.Compare)
	for _, a := range entries {
		hd.text("route entry " + a.String() + "\n")
		hd.text("route " + a.String() + " link " + network(a) + "\n")
		hd.spill(w)
	}
	if len(entries) > 0 {
		hd.text("\n")
	}
	links := make([]link, 0, len(hd.links))
	for k := range hd.links {
		links = append(links, k)
	}
	slices.SortFunc(links, compareLinks)
	for _, k := range links {
		hd.linkRoutes(w, k)
	}
	return hd.flush(w)
}

func (hd *honeyd) linkRoutes(w io.Writer, k link) {
	l := hd.links[k]
	from, to := k.from.String(), k.to.String()
	hd.text("route " + from + " link " + network(k.to) + "\n")
	slices.SortFunc(l.targets, netip.Addr.Compare)
	for _, target := range slices.Compact(l.targets) {
		hd.text("route " + from + " add net " + network(target) + " " + to)
		if ms, known := l.ms(); known {
			hd.text(" latency ")
			hd.number(ms)
			hd.text("ms")
		}
		hd.text("\n")
		hd.spill(w)
	}
}

// network is the network that has only this address.
func network(a netip.Addr) string { return netip.PrefixFrom(a, a.BitLen()).String() }
