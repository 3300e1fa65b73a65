package viewmerge

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"ivre/ingest/host"
	"ivre/ingest/passive"
)

func (o *observation) clientHeader() {
	switch o.Source {
	case "USER-AGENT":
		scripts := []host.Script{script("http-user-agent", o.Value, host.List{o.Value})}
		if name, ok := agentScanners[o.Value]; ok {
			scripts = append(scripts, namedScanner(name, "http", o.Value))
		}
		o.client(scripts...)
	case "AUTHORIZATION", "PROXY-AUTHORIZATION":
		if ntlmHeader(o.Value) {
			o.ntlm("http", "tcp", "http")
		}
	}
}

// namedScanner is the result for a scanner that was told by what it sent.
func namedScanner(name, protocol, value string) host.Script {
	return script("scanner", "Scanner: \n - "+name+" ["+protocol+"]", host.NewObject(
		"scanners", host.List{host.NewObject("name", name, "probes", host.List{host.NewObject("proto", protocol)})},
		"probes", host.List{host.NewObject("proto", protocol, "value", value)},
	))
}

func (o *observation) p0f() {
	if name, ok := p0fScanners[o.info("app")]; ok {
		o.client(namedScanner(name, "TCP SYN", o.Value))
	}
}

// scanned starts a result with the port that was scanned.
func scanned(protocol string, port int64) (data *host.Object, output string) {
	one := int64(1)
	data = host.NewObject("ports", host.NewObject("count", one, protocol, host.NewObject("count", one, "ports", host.List{port})))
	return data, fmt.Sprintf("Scanned port: %s: %d", protocol, port)
}

func (o *observation) honeypotHit() {
	protocol, port, ok := protocolPort(o.Source)
	if !ok {
		o.warn("the source is not a protocol and a port, such as tcp/80")
		return
	}
	data, output := scanned(protocol, port)
	if o.info("service_name") == "scanner" {
		probe := host.NewObject("proto", protocol)
		product, how := o.info("service_product"), protocol
		if name := o.info("service_extrainfo"); name != "" {
			probe.Set("name", name)
			how = name + "/" + protocol
		}
		data.Set("scanners", host.List{host.NewObject("name", product, "probes", host.List{probe})})
		output += "\nScanner:\n - " + product + " [" + how + "]"
	}
	if o.Value != "" {
		data.Set("probes", host.List{host.NewObject("proto", protocol, "value", o.Value)})
	}
	o.client(script("scanner", output, data))
}

// honeypotHTTP reads a source like GET-1.1-tcp/80.
func (o *observation) honeypotHTTP() {
	rest, where, _ := cutLast(o.Source, "-")
	method, version, ok := cutLast(rest, "-")
	protocol, port, ok2 := protocolPort(where)
	if !ok || !ok2 {
		o.warn("the source is not a method, a version, and a protocol and a port, such as GET-1.1-tcp/80")
		return
	}
	data, output := scanned(protocol, port)
	data.Set("http_uris", host.List{host.NewObject("method", method, "version", version, "uri", o.Value)})
	o.client(script("scanner", output+"\nScanned HTTP URI: "+o.Value+" ("+method+" "+version+")", data))
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+len(sep):], true
}

// honeypotDNS reads a source like udp/53-A-C_INTERNET.
func (o *observation) honeypotDNS() {
	where, rest, _ := strings.Cut(o.Source, "-")
	typ, class, ok := strings.Cut(rest, "-")
	protocol, port, ok2 := protocolPort(where)
	if !ok || !ok2 {
		o.warn("the source is not a protocol and a port, a type and a class, such as udp/53-A-C_INTERNET")
		return
	}
	data, output := scanned(protocol, port)
	data.Set("dns_queries", host.List{host.NewObject("qtype", typ, "qclass", class, "query", o.Value)})
	o.client(script("scanner", output+"\nDNS query: "+o.Value+" (type: "+typ+", class: "+class+")", data))
}

// stunMagic is the magic cookie of STUN (RFC 5389, 6). Older versions have 16 bytes of transaction instead (RFC 3489).
const stunMagic = 0x2112a442

func (o *observation) honeypotSTUN() {
	protocol, port, ok := protocolPort(o.Source)
	if !ok {
		o.warn("the source is not a protocol and a port, such as udp/3478")
		return
	}
	b, _ := passive.Unescape(o.Value)
	if len(b) < 20 {
		o.warn("a STUN request of %d bytes; the header is 20 bytes long", len(b))
		return
	}
	data, output := scanned(protocol, port)
	tid := hex.EncodeToString(b[4:20])
	var magic host.Value
	told := ""
	if binary.BigEndian.Uint32(b[4:]) == stunMagic {
		magic, told = int64(stunMagic), "magic: 0x2112a442, "
	}
	data.Set("stun_queries", host.List{host.NewObject(
		"magic", magic, "tid", tid, "len", int64(binary.BigEndian.Uint16(b[2:])), "type", int64(binary.BigEndian.Uint16(b)),
	)})
	o.client(script("scanner", output+"\nSTUN request ("+told+"tid: "+tid+")", data))
}
