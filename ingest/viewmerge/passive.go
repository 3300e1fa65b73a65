package viewmerge

import (
	"fmt"
	"strconv"
	"strings"

	"ivre/ingest/fingerprint"
	"ivre/ingest/host"
	"ivre/ingest/passive"
)

// PassiveOptions say what FromPassive uses. The zero value works.
type PassiveOptions struct {
	// Category is the category of the records; "" for none.
	Category string
	// Fingerprints tells services by banners. A nil one knows none; what the record itself tells is used in any case.
	Fingerprints *fingerprint.DB
	// Warn is told of records that are not as they should be. What can be used of them is used. May be nil.
	Warn func(text string)
}

// FromPassive returns the record that a view has of a passive record, nil if that has no address. Kinds of records that
// tell nothing about an address only tell that it was seen. Servers without a port number are told of by that, too.
func FromPassive(r *passive.Record, opts PassiveOptions) *host.Host {
	if !r.Addr.IsValid() {
		return nil
	}
	h := &host.Host{Addr: r.Addr, State: "up", StateReason: "passive", SourceList: true, Start: r.Last, End: r.Last}
	if r.Recontype == "DNS_ANSWER" {
		h.State = ""
	}
	if r.Sensor != "" {
		h.Source = []string{r.Sensor}
	}
	if opts.Category != "" {
		h.Categories = []string{opts.Category}
	}
	o := observation{Record: r, h: h, opts: &opts}
	if read, ok := readers[r.Recontype]; ok {
		read(&o)
	}
	h.Finish()
	return h
}

// readers are the kinds of records that tell something.
var readers = map[string]func(*observation){
	"HTTP_CLIENT_HEADER":    (*observation).clientHeader,
	"HTTP_SERVER_HEADER":    (*observation).serverHeader,
	"SSH_SERVER":            (*observation).banner,
	"TCP_SERVER_BANNER":     (*observation).banner,
	"SSH_SERVER_HOSTKEY":    (*observation).hostKey,
	"SSH_CLIENT_HASSH":      (*observation).algorithms,
	"SSH_SERVER_HASSH":      (*observation).algorithms,
	"SSL_SERVER":            (*observation).tlsServer,
	"SSL_CLIENT":            (*observation).tlsClient,
	"DNS_ANSWER":            (*observation).answer,
	"MAC_ADDRESS":           (*observation).mac,
	"OPEN_PORT":             (*observation).openPort,
	"TCP_HONEYPOT_HIT":      (*observation).honeypotHit,
	"UDP_HONEYPOT_HIT":      (*observation).honeypotHit,
	"HTTP_HONEYPOT_REQUEST": (*observation).honeypotHTTP,
	"DNS_HONEYPOT_QUERY":    (*observation).honeypotDNS,
	"STUN_HONEYPOT_REQUEST": (*observation).honeypotSTUN,
	"NTLM_CHALLENGE":        (*observation).ntlmMessage,
	"NTLM_AUTHENTICATE":     (*observation).ntlmMessage,
	"SMB":                   (*observation).smb,
	"P0FV3_SYN":             (*observation).p0f,
}

// observation is a passive record while it is converted.
type observation struct {
	*passive.Record
	h    *host.Host
	opts *PassiveOptions
}

func (o *observation) warn(format string, args ...any) {
	if o.opts.Warn != nil {
		o.opts.Warn(fmt.Sprintf("passive record %s of %s, source %q: ", o.Recontype, o.Addr, o.Source) + fmt.Sprintf(format, args...))
	}
}

// open adds the record's port; ok is false if it has none.
func (o *observation) open(protocol, service string) (p *host.Port, ok bool) {
	if o.Port == 0 {
		return nil, false
	}
	return o.addPort(host.Port{
		Port: int(o.Port), Protocol: protocol, State: "open", StateReason: "passive", Service: host.Service{Name: service},
	}), true
}

func (o *observation) addPort(p host.Port) *host.Port {
	o.h.Ports = append(o.h.Ports, p)
	return &o.h.Ports[len(o.h.Ports)-1]
}

// client adds a result that belongs to the host itself.
func (o *observation) client(scripts ...host.Script) {
	o.addPort(host.Port{Port: host.HostScripts, Scripts: scripts})
}

// either adds a result to the record's port, or to the host itself if the record has none.
func (o *observation) either(protocol, service string, s host.Script) {
	if p, ok := o.open(protocol, service); ok {
		p.Scripts = []host.Script{s}
		return
	}
	o.client(s)
}

func script(id, output string, data host.Value) host.Script {
	return host.Script{ID: id, Output: output, HasOutput: true, Data: data}
}

// info is a text of the record's infos, "" if there is none.
func (o *observation) info(key string) string { return o.Infos.Text(key) }

func (o *observation) answer() {
	typ, _, _ := strings.Cut(o.Source, "-")
	all := texts(o.Infos, "domain")
	if len(all) == 0 {
		all = domains(o.Value)
	}
	o.h.Hostnames = []host.Hostname{{Name: o.Value, Type: typ, Domains: all}}
}

func (o *observation) mac() { o.h.AddAddress("mac", o.Value) }

func (o *observation) openPort() {
	protocol := strings.ToLower(o.Source)
	if protocol == "" {
		protocol = "tcp"
	}
	o.open(protocol, "")
}

// protocolPort reads "tcp/80".
func protocolPort(s string) (protocol string, port int64, ok bool) {
	protocol, number, ok := strings.Cut(s, "/")
	port, err := strconv.ParseInt(number, 10, 64)
	return protocol, port, ok && err == nil && protocol != "" && 0 <= port && port <= 65535
}
