package passivederive

import (
	"bytes"
	"regexp"
	"strings"

	"ivre/ingest/fingerprint"
	"ivre/ingest/host"
	"ivre/ingest/passive"
)

// rewrite takes out of a banner what differs each time. hint is a part of every banner that it may concern.
type rewrite struct {
	hint        string
	pattern     *regexp.Regexp
	replacement string
}

var rewrites = []rewrite{
	{"You are user number ", regexp.MustCompile(`You are user number \d+ of `), "You are user number 1 of "},
	{":", regexp.MustCompile(`(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [ \d]?\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [12]\d{3} \d\d:\d\d:\d\d`), "Thu, 1 Jan 1970 00:00:00"},
	{"Local time is now ", regexp.MustCompile(`Local time is now \d\d:\d\d`), "Local time is now 00:00"},
	{"gsmtp", regexp.MustCompile(`^(220 \S+ ESMTP )[a-z]{0,2}\d{1,3}(-v6)?([a-z]{2})\d+[a-z]{3}\.\d{1,3}( - gsmtp)`), "${1}xx000${2}${3}00000000xxx.000${4}"},
	{"220", regexp.MustCompile(`(?m)(220[ -]\S+ in)\d{1,2}(\r?)$`), "${1}00${2}"},
	{"outlook.com", regexp.MustCompile(`^220 ([A-Z]{2})\d([A-Z]{4})\d{2}([A-Z]{2})\d{3}(\.mail\.protection\.outlook\.com )`), "220 ${1}0${2}00${3}000${4}"},
	{"yahoo.com", regexp.MustCompile(`^220 mta\d{4}(\.mail\.\w+\.yahoo\.com ESMTP ready)`), "220 mta0000${1}"},
	{"+OK", regexp.MustCompile(`^(\+OK .*? ready <)\d+\.\d+@`), "${1}000000.0000000000@"},
}

// maxBanner bounds what of a banner is looked at, in bytes.
const maxBanner = 64 << 10

// normalBanner is a banner without what differs each time. A banner without such parts stays exactly as it was.
func normalBanner(s string) string {
	if len(s) > 4*maxBanner {
		return s
	}
	raw := decode(s)
	out := normalMySQL(raw)
	for _, r := range rewrites {
		if bytes.Contains(out, []byte(r.hint)) {
			out = r.pattern.ReplaceAll(out, []byte(r.replacement))
		}
	}
	if bytes.Equal(out, raw) {
		return s
	}
	return encode(out)
}

var mysqlGreeting = regexp.MustCompile(`(?s)^.\x00\x00\x00\n[3-6]\.[^\x00]*\x00`)

// normalMySQL blanks the parts of a greeting of protocol 10 that are random: the number of the connection and the
// challenge.
func normalMySQL(b []byte) []byte {
	if len(b) < 5 || b[4] != '\n' {
		return b
	}
	// Bytes above 127 are no UTF-8, which the pattern would not match; only the first one may be any.
	head := append([]byte{'?'}, b[1:min(len(b), 128)]...)
	m := mysqlGreeting.FindIndex(head)
	if m == nil {
		return b
	}
	const connection, capabilities, reserved = 13, 8, 10
	at := m[1]
	if len(b) < at+connection+capabilities+reserved {
		return b
	}
	out := bytes.Clone(b)
	clear(out[at : at+connection])
	capEnd := at + connection + capabilities
	// the last byte of the block is the length of the challenge, 8 bytes of which came before
	rest := out[capEnd+reserved:]
	n := max(13, int(out[capEnd-1])-8)
	clear(rest[:min(n, len(rest))])
	return out
}

// service recognises a service by what it answered to a probe.
func (d *Deriver) service(probe string, data []byte) *host.Object {
	m, ok := d.Probes.Match("tcp", probe, data)
	if !ok {
		return nil
	}
	return serviceInfos(&m)
}

// serviceInfos are the members of what is known of a service: its name, then the rest by their names.
func serviceInfos(m *fingerprint.Match) *host.Object {
	o := host.NewObject("service_name", m.Service)
	for _, f := range [...]struct{ key, value string }{
		{"service_devicetype", m.DeviceType}, {"service_extrainfo", m.ExtraInfo}, {"service_hostname", m.Hostname},
		{"service_ostype", m.OSType}, {"service_product", m.Product}, {"service_tunnel", m.Tunnel}, {"service_version", m.Version},
	} {
		if f.value != "" {
			o.Set(f.key, f.value)
		}
	}
	return o
}

func (d *Deriver) bannerInfos(r *passive.Record) *host.Object {
	return d.service("NULL", decode(r.Value))
}

func (d *Deriver) sshInfos(r *passive.Record) *host.Object {
	return d.service("NULL", append(decode(r.Value), '\r', '\n'))
}

// scannerInfos recognises a scanner by what it sent.
func (d *Deriver) scannerInfos(r *passive.Record) *host.Object {
	protocol, _, _ := strings.Cut(r.Source, "/")
	if r.Value == "" || protocol != "tcp" && protocol != "udp" {
		return nil
	}
	data := decode(r.Value)
	known, ok := payloads[protocol+"/"+string(data)]
	if !ok {
		name := d.Probes.Sent(protocol, data)
		if name == "" {
			return nil
		}
		known = payload{"Nmap", name}
	}
	return host.NewObject("service_name", "scanner", "service_product", known.scanner,
		"service_extrainfo", strings.ToUpper(protocol)+" probe "+known.name)
}
