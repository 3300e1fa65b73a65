package scanload

import (
	"net/netip"
	"time"

	"ivre/ingest/host"
)

// texts is a column of lists of texts.
type texts = list[string]

// batch holds rows of both tables.
type batch struct {
	hosts   hostColumns
	scripts scriptColumns
	bytes   int     // of the records, roughly
	files   []*File // that have rows here, each once
	buf     []byte
}

// limits of a batch
const (
	maxRows  = 1 << 16
	maxBytes = 24 << 20
)

func (b *batch) full() bool { return len(b.hosts.id.items) >= maxRows || b.bytes >= maxBytes }
func (b *batch) rows() int  { return len(b.hosts.id.items) }

func (b *batch) reset() {
	for _, c := range b.hosts.columns() {
		c.column.reset()
	}
	for _, c := range b.scripts.columns() {
		c.column.reset()
	}
	clear(b.files)
	b.files, b.bytes = b.files[:0], 0
}

// hostColumns are the columns of the hosts' table.
type hostColumns struct {
	id, file                          flat[uint64]
	addr                              flat[netip.Addr]
	start, end                        flat[time.Time]
	state, stateReason                flat[string]
	source, categories                texts
	tagValue, tagType                 texts
	tagInfo                           list[[]string]
	countryCode, countryName, city    flat[string]
	asNum                             flat[int64]
	asName                            flat[string]
	coordinates                       list[float64]
	hostname, hostnameType            texts
	hostnameDomains                   list[[]string]
	macs                              texts
	openCount                         flat[uint32]
	openTCP, openUDP                  list[uint16]
	port                              list[int32]
	protocol, portState, portReason   texts
	ttl                               list[int16]
	reasonIP                          list[netip.Addr]
	service, tunnel, product, version texts
	extrainfo, ostype, svchostname    texts
	devicetype, method, screenshot    texts
	screenwords                       list[[]string]
	cpeType, cpeVendor, cpeProduct    texts
	cpeVersion                        texts
	osType, osVendor, osFamily, osGen texts
	osAccuracy, osMatch               texts
	hopAddr                           list[netip.Addr]
	hopTTL                            list[int16]
	hopHost                           texts
	hopDomains                        list[[]string]
	record                            flat[string]
}

func (c *hostColumns) columns() []named {
	return []named{
		{"id", &c.id}, {"file", &c.file}, {"addr", &c.addr}, {"starttime", &c.start}, {"endtime", &c.end},
		{"state", &c.state}, {"state_reason", &c.stateReason}, {"source", &c.source}, {"categories", &c.categories},
		{"tags.value", &c.tagValue}, {"tags.type", &c.tagType}, {"tags.info", &c.tagInfo},
		{"country_code", &c.countryCode}, {"country_name", &c.countryName}, {"city", &c.city}, {"as_num", &c.asNum},
		{"as_name", &c.asName}, {"coordinates", &c.coordinates},
		{"hostnames.name", &c.hostname}, {"hostnames.type", &c.hostnameType}, {"hostnames.domains", &c.hostnameDomains},
		{"macs", &c.macs}, {"openports_count", &c.openCount}, {"openports_tcp", &c.openTCP}, {"openports_udp", &c.openUDP},
		{"ports.port", &c.port}, {"ports.protocol", &c.protocol}, {"ports.state_state", &c.portState}, {"ports.state_reason", &c.portReason},
		{"ports.state_reason_ttl", &c.ttl}, {"ports.state_reason_ip", &c.reasonIP}, {"ports.service_name", &c.service},
		{"ports.service_tunnel", &c.tunnel}, {"ports.service_product", &c.product}, {"ports.service_version", &c.version},
		{"ports.service_extrainfo", &c.extrainfo}, {"ports.service_ostype", &c.ostype}, {"ports.service_hostname", &c.svchostname},
		{"ports.service_devicetype", &c.devicetype}, {"ports.service_method", &c.method}, {"ports.screenshot", &c.screenshot},
		{"ports.screenwords", &c.screenwords}, {"cpes.type", &c.cpeType}, {"cpes.vendor", &c.cpeVendor}, {"cpes.product", &c.cpeProduct},
		{"cpes.version", &c.cpeVersion}, {"osclass.type", &c.osType}, {"osclass.vendor", &c.osVendor}, {"osclass.osfamily", &c.osFamily},
		{"osclass.osgen", &c.osGen}, {"osclass.accuracy", &c.osAccuracy}, {"osmatch", &c.osMatch}, {"hops.addr", &c.hopAddr},
		{"hops.ttl", &c.hopTTL}, {"hops.host", &c.hopHost}, {"hops.domains", &c.hopDomains}, {"record", &c.record},
	}
}

// scriptColumns are the columns of the scripts' table.
type scriptColumns struct {
	id                       flat[uint64]
	addr                     flat[netip.Addr]
	month                    flat[uint32]
	port                     flat[int32]
	protocol, state, service flat[string]
	script, key              flat[string]
	hasOutput                flat[bool]
	output, data             flat[string]
}

func (c *scriptColumns) columns() []named {
	return []named{
		{"id", &c.id}, {"addr", &c.addr}, {"month", &c.month}, {"port", &c.port}, {"protocol", &c.protocol}, {"state", &c.state},
		{"service", &c.service}, {"script", &c.script}, {"key", &c.key}, {"has_output", &c.hasOutput}, {"output", &c.output}, {"data", &c.data},
	}
}

// add appends the rows of a record.
func (b *batch) add(h *host.Host, id, file uint64) {
	c := &b.hosts
	b.buf = host.Append(b.buf[:0], h)
	b.bytes += len(b.buf) + 200
	c.record.add(string(b.buf))
	c.id.add(id)
	c.file.add(file)
	c.addr.add(as16(h.Addr))
	end := moment(h.End)
	c.start.add(moment(h.Start))
	c.end.add(end)
	c.state.add(h.State)
	c.stateReason.add(h.StateReason)
	c.source.addRow(h.Source...)
	c.categories.addRow(h.Categories...)
	c.addTags(h)
	c.addInfos(h.Infos)
	c.addNames(h)
	c.addOpenPorts(h)
	for i := range h.Ports {
		c.addPort(&h.Ports[i])
	}
	c.endPorts()
	c.addOS(h)
	c.addHops(h)
	month := uint32(end.UTC().Year()*100 + int(end.UTC().Month()))
	for i := range h.Ports {
		p := &h.Ports[i]
		for j := range p.Scripts {
			b.addScript(h, p, &p.Scripts[j], id, month)
		}
	}
}

func (c *hostColumns) addTags(h *host.Host) {
	for i := range h.Tags {
		t := &h.Tags[i]
		c.tagValue.add(t.Value)
		c.tagType.add(t.Type)
		c.tagInfo.add(t.Info)
	}
	c.tagValue.end()
	c.tagType.end()
	c.tagInfo.end()
}

func (c *hostColumns) addInfos(o *host.Object) {
	c.countryCode.add(o.Text("country_code"))
	c.countryName.add(o.Text("country_name"))
	c.city.add(o.Text("city"))
	c.asName.add(o.Text("as_name"))
	n := int64(-1)
	if v, ok := o.Get("as_num"); ok {
		if i, ok := v.(int64); ok {
			n = i
		}
	}
	c.asNum.add(n)
	if v, ok := o.Get("coordinates"); ok {
		if l, ok := v.(host.List); ok && len(l) == 2 {
			lat, ok1 := float(l[0])
			lon, ok2 := float(l[1])
			if ok1 && ok2 {
				c.coordinates.add(lat)
				c.coordinates.add(lon)
			}
		}
	}
	c.coordinates.end()
}

func float(v host.Value) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	}
	return 0, false
}

func (c *hostColumns) addNames(h *host.Host) {
	for i := range h.Hostnames {
		n := &h.Hostnames[i]
		c.hostname.add(n.Name)
		c.hostnameType.add(n.Type)
		c.hostnameDomains.add(n.Domains)
	}
	c.hostname.end()
	c.hostnameType.end()
	c.hostnameDomains.end()
	for i := range h.Addresses {
		if h.Addresses[i].Type == "mac" {
			c.macs.items = append(c.macs.items, h.Addresses[i].Values...)
		}
	}
	c.macs.end()
	for i := range h.CPEs {
		x := &h.CPEs[i]
		c.cpeType.add(x.Type)
		c.cpeVendor.add(x.Vendor)
		c.cpeProduct.add(x.Product)
		c.cpeVersion.add(x.Version)
	}
	c.cpeType.end()
	c.cpeVendor.end()
	c.cpeProduct.end()
	c.cpeVersion.end()
}

func (c *hostColumns) addOpenPorts(h *host.Host) {
	open := h.OpenPorts()
	c.openCount.add(uint32(open.Count))
	for _, l := range open.Protocols {
		for _, p := range l.Ports {
			switch l.Protocol {
			case "tcp":
				c.openTCP.add(uint16(p))
			case "udp":
				c.openUDP.add(uint16(p))
			}
		}
	}
	c.openTCP.end()
	c.openUDP.end()
}

func (c *hostColumns) addPort(p *host.Port) {
	s := &p.Service
	c.port.add(int32(p.Port))
	c.protocol.add(p.Protocol)
	c.portState.add(p.State)
	c.portReason.add(p.StateReason)
	c.ttl.add(small(p.StateReasonTTL))
	c.reasonIP.add(as16(p.StateReasonIP))
	c.service.add(s.Name)
	c.tunnel.add(s.Tunnel)
	c.product.add(s.Product)
	c.version.add(s.Version)
	c.extrainfo.add(s.ExtraInfo)
	c.ostype.add(s.OSType)
	c.svchostname.add(s.Hostname)
	c.devicetype.add(s.DeviceType)
	c.method.add(s.Method)
	c.screenshot.add(p.Screenshot)
	c.screenwords.add(p.ScreenWords)
}

// small is a number that fits a column of Int16; -1 if it is unknown or does not.
func small(n host.Int) int16 {
	if !n.Set || n.N < 0 || n.N > 32767 {
		return -1
	}
	return int16(n.N)
}

func (c *hostColumns) endPorts() {
	c.port.end()
	c.ttl.end()
	c.reasonIP.end()
	c.screenwords.end()
	for _, l := range []*texts{&c.protocol, &c.portState, &c.portReason, &c.service, &c.tunnel, &c.product, &c.version,
		&c.extrainfo, &c.ostype, &c.svchostname, &c.devicetype, &c.method, &c.screenshot} {
		l.end()
	}
}

func (c *hostColumns) addOS(h *host.Host) {
	if h.OS != nil {
		for _, o := range h.OS.Class {
			c.osType.add(o.Text("type"))
			c.osVendor.add(o.Text("vendor"))
			c.osFamily.add(o.Text("osfamily"))
			c.osGen.add(o.Text("osgen"))
			c.osAccuracy.add(o.Text("accuracy"))
		}
		for _, o := range h.OS.Match {
			c.osMatch.add(o.Text("name"))
		}
	}
	for _, l := range []*texts{&c.osType, &c.osVendor, &c.osFamily, &c.osGen, &c.osAccuracy, &c.osMatch} {
		l.end()
	}
}

func (c *hostColumns) addHops(h *host.Host) {
	for i := range h.Traces {
		for j := range h.Traces[i].Hops {
			hop := &h.Traces[i].Hops[j]
			c.hopAddr.add(as16(hop.Addr))
			ttl := int16(-1)
			if n, ok := hop.TTL.(int64); ok {
				ttl = small(host.Some(n))
			}
			c.hopTTL.add(ttl)
			c.hopHost.add(hop.Host)
			c.hopDomains.add(hop.Domains)
		}
	}
	c.hopAddr.end()
	c.hopTTL.end()
	c.hopHost.end()
	c.hopDomains.end()
}

func (b *batch) addScript(h *host.Host, p *host.Port, s *host.Script, id uint64, month uint32) {
	c := &b.scripts
	c.id.add(id)
	c.addr.add(as16(h.Addr))
	c.month.add(month)
	c.port.add(int32(p.Port))
	c.protocol.add(p.Protocol)
	c.state.add(p.State)
	c.service.add(p.Service.Name)
	c.script.add(s.ID)
	c.hasOutput.add(s.HasOutput)
	c.output.add(s.Output)
	key, data := "", ""
	if s.Data != nil {
		key = host.DataKey(s.ID)
		b.buf = host.AppendValue(b.buf[:0], s.Data)
		data = string(b.buf)
	}
	c.key.add(key)
	c.data.add(data)
	b.bytes += len(s.Output) + len(data) + 100
}
