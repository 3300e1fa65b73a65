package hostprint

import (
	"io"
	"slices"
	"strconv"

	"ivre/ingest/host"
)

// Nothing is known of the scans that the records came from.
const xmlHeader = `<?xml version="1.0"?>
<?xml-stylesheet href="file:///usr/share/nmap/nmap.xsl" type="text/xsl"?>
<!DOCTYPE nmaprun PUBLIC "-//IDN nmap.org//DTD Nmap XML 1.04//EN" "https://svn.nmap.org/nmap/docs/nmap.dtd">
<!-- Nmap scan results from a database -->
<nmaprun scanner="" args="" start="" startstr="" version="" xmloutputversion="">
<scaninfo type="" protocol="" numservices="" services=""/>
`

const xmlFooter = "</nmaprun>\n"

// maxTables is how deep tables are nested; what is deeper is written as JSON. Readers of Nmap's files do not expect
// more than a few levels.
const maxTables = 64

// NmapXML writes records as a report of Nmap (-oX, DTD version 1.04): well-formed XML whatever is in the records.
// Programs that read such reports, and ivre/ingest/nmapxml, get addresses, names, ports, services, scripts with
// their structure (as texts, like Nmap's own) and traces back; what Nmap's format has no place for is left out, as
// are CPE names and operating systems. maker, which may be nil, gives the vendors of MAC addresses.
func NmapXML(maker Manufacturer) Printer { return &nmapXML{maker: maker} }

type nmapXML struct {
	page
	maker   Manufacturer
	started bool
}

func (x *nmapXML) start() {
	if !x.started {
		x.started = true
		x.text(xmlHeader)
	}
}

func (x *nmapXML) End(w io.Writer) error {
	x.start()
	x.text(xmlFooter)
	return x.flush(w)
}

func (x *nmapXML) Host(w io.Writer, h *host.Host) error {
	x.start()
	x.text("<host")
	if !h.Start.IsZero() {
		x.intAttr("starttime", h.Start.Unix())
	}
	if !h.End.IsZero() {
		x.intAttr("endtime", h.End.Unix())
	}
	for i := range h.Extra {
		switch m := &h.Extra[i]; m.Key {
		case "timedout", "timeoutcounter":
			x.attr(m.Key, DistinctValue(m.Value))
		}
	}
	x.text(">\n")
	if h.State != "" {
		x.text("<status")
		x.attr("state", h.State)
		x.attrIf("reason", h.StateReason)
		x.optAttr("reason_ttl", h.StateReasonTTL)
		x.text("/>\n")
	}
	x.addresses(h)
	x.hostnames(w, h.Hostnames)
	x.ports(w, h)
	x.hostScripts(w, h.Ports)
	for i := range h.Traces {
		x.trace(&h.Traces[i])
		x.spill(w)
	}
	x.text("</host>\n")
	return x.flush(w)
}

func (x *nmapXML) attr(name, value string) {
	x.text(" " + name + `="`)
	x.b = appendXML(x.b, value)
	x.text(`"`)
}

func (x *nmapXML) attrIf(name, value string) {
	if value != "" {
		x.attr(name, value)
	}
}

func (x *nmapXML) intAttr(name string, n int64) {
	x.text(" " + name + `="`)
	x.number(n)
	x.text(`"`)
}

func (x *nmapXML) optAttr(name string, n host.Int) {
	if n.Set {
		x.intAttr(name, n.N)
	}
}

func (x *nmapXML) addresses(h *host.Host) {
	address := func(addr, typ string) {
		x.text("<address")
		x.attr("addr", addr)
		x.attr("addrtype", typ)
		if typ == "mac" && x.maker != nil {
			if name, ok := x.maker(addr); ok {
				x.attr("vendor", name)
			}
		}
		x.text("/>\n")
	}
	switch {
	case h.Addr.Is4():
		address(h.Addr.String(), "ipv4")
	case h.Addr.IsValid():
		address(h.Addr.String(), "ipv6")
	}
	for _, l := range h.Addresses {
		for _, addr := range l.Values {
			address(addr, l.Type)
		}
	}
}

func (x *nmapXML) hostnames(w io.Writer, names []host.Hostname) {
	if len(names) == 0 {
		return
	}
	x.text("<hostnames>\n")
	for i := range names {
		x.text("<hostname")
		x.attr("name", names[i].Name)
		x.attrIf("type", names[i].Type)
		x.text("/>\n")
		x.spill(w)
	}
	x.text("</hostnames>\n")
}

func (x *nmapXML) ports(w io.Writer, h *host.Host) {
	isPort := func(p host.Port) bool { return p.Port != host.HostScripts }
	if len(h.ExtraPorts) == 0 && !slices.ContainsFunc(h.Ports, isPort) {
		return
	}
	x.text("<ports>")
	for i := range h.ExtraPorts {
		e := &h.ExtraPorts[i]
		x.text("<extraports")
		x.attr("state", e.State)
		x.intAttr("count", e.Total)
		x.text(">\n")
		for _, r := range e.Reasons {
			x.text("<extrareasons")
			x.attr("reason", r.Name)
			x.intAttr("count", r.Count)
			x.text("/>\n")
		}
		x.text("</extraports>\n")
	}
	for i := range h.Ports {
		if p := &h.Ports[i]; p.Port != host.HostScripts {
			x.port(w, p)
			x.spill(w)
		}
	}
	x.text("</ports>\n")
}

func (x *nmapXML) port(w io.Writer, p *host.Port) {
	x.text("<port")
	x.attr("protocol", p.Protocol)
	x.intAttr("portid", int64(p.Port))
	x.text(">")
	x.unlessBare("state", func() {
		x.attrIf("state", p.State)
		x.attrIf("reason", p.StateReason)
		x.optAttr("reason_ttl", p.StateReasonTTL)
		if p.StateReasonIP.IsValid() {
			x.attr("reason_ip", p.StateReasonIP.String())
		}
	})
	x.unlessBare("service", func() { x.service(p) })
	for i := range p.Scripts {
		x.script(w, &p.Scripts[i])
	}
	x.text("</port>\n")
}

// unlessBare writes an element without contents, and nothing if it has no attributes either.
func (x *nmapXML) unlessBare(name string, attributes func()) {
	from := len(x.b)
	x.text("<" + name)
	start := len(x.b)
	attributes()
	if len(x.b) == start {
		x.b = x.b[:from]
		return
	}
	x.text("/>")
}

// service writes the attributes in the order of Nmap's DTD.
func (x *nmapXML) service(p *host.Port) {
	s := &p.Service
	x.attrIf("name", s.Name)
	for i := range p.Extra {
		if m := &p.Extra[i]; m.Key == "service_servicefp" {
			x.attr("servicefp", DistinctValue(m.Value))
		}
	}
	x.attrIf("product", s.Product)
	x.attrIf("version", s.Version)
	x.attrIf("extrainfo", s.ExtraInfo)
	x.attrIf("ostype", s.OSType)
	x.attrIf("devicetype", s.DeviceType)
	x.attrIf("hostname", s.Hostname)
	x.attrIf("tunnel", s.Tunnel)
	x.attrIf("method", s.Method)
	x.optAttr("conf", s.Conf)
	x.optAttr("rpcnum", s.RPCNum)
	x.optAttr("lowver", s.LowVer)
	x.optAttr("highver", s.HighVer)
}

func (x *nmapXML) hostScripts(w io.Writer, ports []host.Port) {
	n := 0
	for i := range ports {
		p := &ports[i]
		if p.Port != host.HostScripts {
			continue
		}
		for j := range p.Scripts {
			if n++; n == 1 {
				x.text("<hostscript>")
			}
			x.script(w, &p.Scripts[j])
		}
	}
	if n > 0 {
		x.text("</hostscript>\n")
	}
}

func (x *nmapXML) script(w io.Writer, s *host.Script) {
	x.text("<script")
	x.attr("id", s.ID)
	if s.HasOutput {
		x.attr("output", s.Output)
	}
	if s.Data == nil {
		x.text("/>")
		return
	}
	x.text(">\n")
	switch v := s.Data.(type) {
	case *host.Object, host.List:
		x.members(w, v, 0)
	default:
		x.member(w, nil, v, 0)
	}
	x.text("</script>")
	x.spill(w)
}

// members writes the contents of an object or a list.
func (x *nmapXML) members(w io.Writer, v host.Value, depth int) {
	switch v := v.(type) {
	case *host.Object:
		if v == nil {
			return
		}
		for i := range v.Members {
			m := &v.Members[i]
			x.member(w, &m.Key, m.Value, depth)
		}
	case host.List:
		for _, item := range v {
			x.member(w, nil, item, depth)
		}
	}
}

// member writes a table or an elem; key is nil in lists.
func (x *nmapXML) member(w io.Writer, key *string, v host.Value, depth int) {
	switch v.(type) {
	case *host.Object, host.List:
		if depth >= maxTables {
			break
		}
		x.open("table", key)
		x.text("\n")
		x.members(w, v, depth+1)
		x.text("</table>\n")
		x.spill(w)
		return
	}
	x.open("elem", key)
	x.b = appendXML(x.b, elemText(v))
	x.text("</elem>\n")
}

func (x *nmapXML) open(name string, key *string) {
	x.text("<" + name)
	if key != nil {
		x.attr("key", *key)
	}
	x.text(">")
}

// elemText writes a value as a script of Nmap would: true and false in lower case, where Label has capitals.
func elemText(v host.Value) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	}
	return DistinctValue(v)
}

func (x *nmapXML) trace(tr *host.Trace) {
	x.text("<trace")
	x.optAttr("port", tr.Port)
	x.attrIf("proto", tr.Protocol)
	x.text(">\n")
	for i := range tr.Hops {
		hop := &tr.Hops[i]
		x.text("<hop")
		if hop.TTL != nil {
			x.attr("ttl", elemText(hop.TTL))
		}
		if hop.Addr.IsValid() {
			x.attr("ipaddr", hop.Addr.String())
		}
		switch rtt := hop.RTT.(type) {
		case nil:
		case float64:
			x.text(` rtt="`)
			x.b = strconv.AppendFloat(x.b, rtt, 'f', 2, 64)
			x.text(`"`)
		default:
			x.attr("rtt", elemText(rtt))
		}
		x.attrIf("host", hop.Host)
		x.text("/>\n")
	}
	x.text("</trace>\n")
}
