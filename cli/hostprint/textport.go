package hostprint

import (
	"io"
	"strings"

	"ivre/ingest/host"
)

// The widths of the columns of a port's line. Longer texts push the next columns to the right.
const (
	portWidth   = 10
	stateWidth  = 8
	reasonWidth = 22
)

// ports writes the ports, each with its scripts, and the host-wide scripts after them.
func (t *text) ports(w io.Writer, h *host.Host) {
	ports := sortedPorts(h.Ports)
	hostScripts := 0
	for i := range ports {
		p := &ports[i]
		if p.Port == host.HostScripts {
			hostScripts += len(p.Scripts)
			continue
		}
		t.port(p)
		t.scripts(w, p)
	}
	if hostScripts == 0 {
		return
	}
	t.text("\tHost scripts:\n")
	for i := range ports {
		if p := &ports[i]; p.Port == host.HostScripts {
			t.scripts(w, p)
		}
	}
}

func (t *text) scripts(w io.Writer, p *host.Port) {
	for i := range p.Scripts {
		t.script(&p.Scripts[i])
		t.spill(w)
	}
	t.spill(w)
}

func (t *text) port(p *host.Port) {
	t.text("\t")
	from := len(t.b)
	t.clean(p.Protocol)
	t.text("/")
	t.number(int64(p.Port))
	t.pad(from, portWidth)
	from = len(t.b)
	t.clean(p.State)
	t.pad(from, stateWidth)
	from = len(t.b)
	t.reason(p)
	t.pad(from, reasonWidth)
	t.service(&p.Service)
	t.text("\n")
}

// reason writes why the port is in its state, and what else is known of that.
func (t *text) reason(p *host.Port) {
	from := len(t.b)
	t.text(" (")
	start := len(t.b)
	t.clean(p.StateReason)
	name := func(key string) {
		if len(t.b) > start {
			t.text(", ")
		}
		t.clean(key)
		t.text("=")
	}
	if p.StateReasonTTL.Set {
		name("ttl")
		t.number(p.StateReasonTTL.N)
	}
	if p.StateReasonIP.IsValid() {
		name("ip")
		t.b = p.StateReasonIP.AppendTo(t.b)
	}
	for i := range p.Extra {
		if key, ok := strings.CutPrefix(p.Extra[i].Key, "state_reason_"); ok {
			name(key)
			t.b = AppendValue(t.b, p.Extra[i].Value)
		}
	}
	if len(t.b) == start { // nothing is known
		t.b = t.b[:from]
		return
	}
	t.text(")")
}

func (t *text) service(s *host.Service) {
	if s.Name == "" {
		return
	}
	t.text(" ")
	t.clean(s.Name)
	if s.Tunnel != "" {
		t.text("/")
		t.clean(s.Tunnel)
	}
	if s.Method != "" {
		t.text(" (")
		t.clean(s.Method)
		t.text(")")
	}
	for _, part := range [...]string{s.Product, s.Version, s.ExtraInfo, s.OSType, s.Hostname} {
		if part != "" {
			t.text(" ")
			t.clean(part)
		}
	}
}
