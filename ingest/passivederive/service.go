package passivederive

import (
	"strings"
	"unicode/utf8"

	"ivre/ingest/host"
	"ivre/ingest/passive"
)

// bannerInfos tells a service by what it sends first.
func (d *Deriver) bannerInfos(r *passive.Record) *host.Object { return d.service("NULL", d.bytes(r)) }

// sshInfos tells a program by its identification, which is a line.
func (d *Deriver) sshInfos(r *passive.Record) *host.Object {
	return d.service("NULL", append(d.bytes(r), "\r\n"...))
}

// serverInfos tells a web server by its header Server, as if it had come with an answer to Nmap's GetRequest.
func (d *Deriver) serverInfos(r *passive.Record) *host.Object {
	answer := []byte("HTTP/1.1 200 OK\r\nServer: ")
	answer = append(answer, d.bytes(r)...)
	return d.service("GetRequest", append(answer, "\r\n\r\n"...))
}

// service looks for the service that answers a probe of Nmap with data. Its name is the first member, the others are in
// the order of their names.
func (d *Deriver) service(probe string, data []byte) *host.Object {
	m, ok := d.Probes.Match("tcp", probe, data)
	if !ok {
		return nil
	}
	o := &host.Object{}
	for _, f := range [...]struct{ key, value string }{
		{"service_name", m.Service}, {"service_devicetype", m.DeviceType}, {"service_extrainfo", m.ExtraInfo},
		{"service_hostname", m.Hostname}, {"service_ostype", m.OSType}, {"service_product", m.Product},
		{"service_tunnel", m.Tunnel}, {"service_version", m.Version},
	} {
		if f.value != "" {
			o.Members = append(o.Members, host.Member{Key: f.key, Value: clean(f.value)})
		}
	}
	return o
}

// clean makes a text of what was taken from a banner.
func clean(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c >= 0x7f && c < 0xa0 }) {
		return s
	}
	return escape([]byte(s))
}
