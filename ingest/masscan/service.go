package masscan

import (
	"bytes"
	"strings"

	"ivre/ingest/fingerprint"
	"ivre/ingest/host"
	"ivre/ingest/tlsfp"
)

// portProbes names what Masscan sends by itself to some TCP ports, by Nmap's names.
var portProbes = func() map[int]string {
	m := map[int]string{}
	for probe, ports := range map[string][]int{
		"DNSVersionBindReqTCP": {53, 135, 50000, 50001, 50002},
		"Kerberos":             {88},
		"dicom":                {104, 2345, 2761, 2762, 4242, 11112},
		"RPCCheck":             {111, 2049},
		"NotesRPC":             {130, 427, 1352, 1972, 7171, 8728, 22001},
		"LDAPSearchReq":        {256, 257, 389, 390, 1702, 3268, 3892, 11711},
		"SIPOptions":           {406, 5060, 8081, 31337},
		"afp":                  {548},
		"RTSPRequest":          {554, 8554},
		"JavaRMI":              {1098, 1099},
		"ms-sql-s":             {1433},
		"docker":               {2375, 2379, 2380},
		"redis-server":         {6379},
		"mongodb":              {9001, 27017, 49153},
	} {
		for _, port := range ports {
			m[port] = probe
		}
	}
	for port := 6000; port <= 6019; port++ {
		m[port] = "X11Probe"
	}
	return m
}()

// probes lists what the banner may be the answer to.
func (r *reading) probes() []string {
	out := make([]string, 0, len(r.Probes)+2)
	tcp := r.p.Protocol == "tcp"
	if probe, ok := portProbes[r.p.Port]; ok && tcp {
		out = append(out, probe)
	}
	out = append(out, r.Probes...)
	switch {
	case !tcp:
	case r.s.ID == "banner":
		out = append(out, "NULL")
	case r.s.ID == "http-headers":
		out = append(out, "GetRequest")
	}
	return out
}

// identify recognises the service. A sure result wins over one that is not; else the first counts.
func (r *reading) identify() {
	var soft *fingerprint.Match
	for _, probe := range r.probes() {
		switch {
		case r.p.Protocol == "udp" && (probe == "ike" || probe == "ike-ipsec-nat-t"):
			r.ike(probe)
			return
		case r.p.Protocol == "tcp" && probe == "dicom":
			r.dicom()
			return
		}
		m, ok := r.ask(probe)
		if ok && !m.Soft {
			r.take(&m)
			return
		}
		if ok && soft == nil {
			soft = &m
		}
	}
	if soft != nil {
		r.take(soft)
	}
}

// answer is what DB knew of the banner as an answer to a probe.
type answer struct {
	probe string
	match fingerprint.Match
	ok    bool
}

func (r *reading) ask(probe string) (fingerprint.Match, bool) {
	for i := range r.asked {
		if a := &r.asked[i]; a.probe == probe {
			return a.match, a.ok
		}
	}
	m, ok := r.DB.Match(r.p.Protocol, probe, r.answer())
	r.asked = append(r.asked, answer{probe, m, ok})
	return m, ok
}

// answer is the part of the banner that patterns are meant for: of protocols made of lines, the first line, with its
// end, which some patterns ask for.
func (r *reading) answer() []byte {
	switch r.p.Service.Name {
	case "ftp", "imap", "pop3", "smtp", "ssh":
		if i := bytes.IndexByte(r.raw, '\n'); i >= 0 {
			return r.raw[:i+1]
		}
	}
	return r.raw
}

// take sets the port's service.
func (r *reading) take(m *fingerprint.Match) {
	s := &r.p.Service
	if s.Name = m.Service; s.Name == "https" {
		s.Name, s.Tunnel = "http", "ssl"
	}
	for _, f := range [...]struct {
		to   *string
		from string
	}{
		{&s.Product, m.Product}, {&s.Version, m.Version}, {&s.ExtraInfo, m.ExtraInfo}, {&s.OSType, m.OSType},
		{&s.Hostname, m.Hostname}, {&s.DeviceType, m.DeviceType}, {&s.Tunnel, m.Tunnel},
	} {
		if f.from != "" {
			*f.to = f.from
		}
	}
	for _, cpe := range m.CPEs {
		r.h.AddCPE(cpe, host.OriginPort(r.p.Port))
	}
	if m.Hostname != "" {
		r.h.AddHostname(serviceHostname(m.Hostname, m.ExtraInfo), "service")
	}
	if m.Service == "reverse-ssl" {
		r.client()
	}
}

// serviceHostname completes the name that a service tells by the domain that may be in its further information.
func serviceHostname(name, info string) string {
	name = strings.TrimSpace(strings.ToLower(name))
	for item := range strings.SplitSeq(strings.ToLower(info), ", ") {
		if domain, ok := strings.CutPrefix(item, "domain:"); ok {
			return name + "." + strings.TrimSpace(domain)
		}
	}
	return name
}

// client describes a port that starts TLS as a client does.
func (r *reading) client() {
	if ja3 := tlsfp.JA3Client(r.raw); ja3 != nil && r.p.Script("ssl-ja3-client") == nil {
		r.script("ssl-ja3-client", ja3.Text("md5"), host.List{ja3})
	}
	if ja4 := tlsfp.JA4Client(r.raw, tlsfp.TCP); ja4 != nil && r.p.Script("ssl-ja4-client") == nil {
		r.script("ssl-ja4-client", ja4.Text("ja4"), host.List{ja4})
	}
}
