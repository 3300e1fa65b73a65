package hostprint

import (
	"io"
	"strings"

	"ivre/ingest/host"
)

// Gnmap writes records in the grepable format of Nmap (-oG): a line with the state of a host, and one with its
// ports, the ports that are not listed, and its operating system. The name is the first PTR name. The parts of a
// port are separated by slashes; Nmap writes "|" for slashes in them.
func Gnmap() Printer { return &gnmap{} }

type gnmap struct {
	page
	started bool
}

func (g *gnmap) start() {
	if !g.started {
		g.started = true
		g.text("# Nmap  scan initiated  as: \n") // what it was, is not known
	}
}

func (g *gnmap) End(w io.Writer) error {
	g.start()
	return g.flush(w)
}

func (g *gnmap) Host(w io.Writer, h *host.Host) error {
	g.start()
	if h.State != "" {
		g.begin(h)
		g.text("Status: ")
		switch h.State {
		case "up":
			g.text("Up")
		case "down":
			g.text("Down")
		default: // Nmap has no others
			g.clean(h.State)
		}
		g.text("\n")
	}
	sections := 0
	section := func(name string) {
		if sections++; sections == 1 {
			g.begin(h)
		} else {
			g.text("\t")
		}
		g.text(name)
	}
	g.ports(w, h.Ports, section)
	for i, e := range h.ExtraPorts {
		if i == 0 {
			section("Ignored State: ")
		} else {
			g.text(", ")
		}
		g.clean(e.State)
		g.text(" (")
		g.number(e.Total)
		g.text(")")
	}
	if h.OS != nil && len(h.OS.Match) > 0 {
		if name := h.OS.Match[0].Text("name"); name != "" {
			section("OS: ")
			g.clean(name)
		}
	}
	if sections > 0 {
		g.text("\n")
	}
	return g.flush(w)
}

// begin writes the start of a line.
func (g *gnmap) begin(h *host.Host) {
	g.text("Host: ")
	g.addr(h)
	for i := range h.Hostnames {
		if n := &h.Hostnames[i]; n.Type == "PTR" {
			g.text(" (")
			g.clean(n.Name)
			g.text(")")
			break
		}
	}
	g.text(" ")
}

func (g *gnmap) ports(w io.Writer, ports []host.Port, section func(name string)) {
	n := 0
	for i := range ports {
		p := &ports[i]
		if p.Port == host.HostScripts {
			continue
		}
		if n++; n == 1 {
			section("Ports: ")
		} else {
			g.text(", ")
		}
		g.number(int64(p.Port))
		g.text("/")
		g.part(p.State)
		g.text("/")
		g.part(p.Protocol)
		g.text("//") // the owner, which Nmap does not find out any more
		g.part(p.Service.Name)
		g.text("//") // the RPC program
		sep := ""
		for _, s := range [...]string{p.Service.Product, p.Service.Version, p.Service.ExtraInfo} {
			if s != "" {
				g.text(sep)
				g.part(s)
				sep = " "
			}
		}
		g.text("/")
		g.spill(w)
	}
}

func (g *gnmap) part(s string) { g.clean(strings.ReplaceAll(s, "/", "|")) }
