package hostprint

import (
	"io"

	"ivre/ingest/host"
)

// CSVKind tells what the lines of a table are.
type CSVKind int

// The kinds of tables.
const (
	CSVPorts CSVKind = iota // addr, ports.port, ports.state_state
	CSVHops                 // addr, traces.hops.ipaddr, traces.hops.ttl, traces.hops.rtt
)

// CSVOptions are the options of CSV.
type CSVOptions struct {
	Separator string // between columns; "" is ","
	NA        string // for unknown values; "" is "NA"
	AddInfos  bool   // further columns: infos.country_code, infos.city, infos.as_num
}

// CSV writes a table with a line for each port (also the pseudo-port of host-wide scripts, -1) or each hop of each
// host. The first line has the names of the columns. Values are not quoted: choose a separator that does not occur
// in names of cities if they are wanted.
func CSV(kind CSVKind, opt CSVOptions) Printer {
	if opt.Separator == "" {
		opt.Separator = ","
	}
	if opt.NA == "" {
		opt.NA = "NA"
	}
	return &csv{kind: kind, opt: opt}
}

type csv struct {
	page
	kind    CSVKind
	opt     CSVOptions
	started bool
	infos   string // the further columns of the current host
}

var (
	portColumns = []string{"addr", "ports.port", "ports.state_state"}
	hopColumns  = []string{"addr", "traces.hops.ipaddr", "traces.hops.ttl", "traces.hops.rtt"}
	infoColumns = []string{"country_code", "city", "as_num"}
)

func (c *csv) start() {
	if c.started {
		return
	}
	c.started = true
	columns := portColumns
	if c.kind == CSVHops {
		columns = hopColumns
	}
	for i, name := range columns {
		if i > 0 {
			c.text(c.opt.Separator)
		}
		c.text(name)
	}
	if c.opt.AddInfos {
		for _, name := range infoColumns {
			c.text(c.opt.Separator + "infos." + name)
		}
	}
	c.text("\n")
}

func (c *csv) End(w io.Writer) error {
	c.start()
	return c.flush(w)
}

func (c *csv) Host(w io.Writer, h *host.Host) error {
	c.start()
	c.infos = ""
	if c.opt.AddInfos {
		for _, key := range infoColumns {
			c.infos += c.opt.Separator + c.orNA(info(h.Infos, key))
		}
	}
	if c.kind == CSVHops {
		for i := range h.Traces {
			for j := range h.Traces[i].Hops {
				c.hop(h, &h.Traces[i].Hops[j])
				c.spill(w)
			}
		}
		return c.flush(w)
	}
	for i := range h.Ports {
		p := &h.Ports[i]
		c.address(h)
		c.text(c.opt.Separator)
		c.number(int64(p.Port))
		c.text(c.opt.Separator)
		c.cell(p.State)
		c.text(c.infos)
		c.text("\n")
		c.spill(w)
	}
	return c.flush(w)
}

func (c *csv) hop(h *host.Host, hop *host.Hop) {
	c.address(h)
	c.text(c.opt.Separator)
	if hop.Addr.IsValid() {
		c.b = hop.Addr.AppendTo(c.b)
	} else {
		c.text(c.opt.NA)
	}
	for _, v := range [...]host.Value{hop.TTL, hop.RTT} {
		c.text(c.opt.Separator)
		if v == nil || v == "--" {
			v = ""
		}
		if s, ok := v.(string); ok {
			c.cell(s)
		} else {
			c.b = AppendValue(c.b, v)
		}
	}
	c.text(c.infos)
	c.text("\n")
}

func (c *csv) address(h *host.Host) {
	if h.Addr.IsValid() {
		c.addr(h)
	} else {
		c.text(c.opt.NA)
	}
}

func (c *csv) cell(s string) { c.clean(c.orNA(s)) }

func (c *csv) orNA(s string) string {
	if s == "" {
		return c.opt.NA
	}
	return s
}
