package viewmerge

import (
	"strings"

	"ivre/ingest/fingerprint"
	"ivre/ingest/host"
	"ivre/ingest/httpscript"
	"ivre/ingest/nmapscript"
	"ivre/ingest/passive"
)

func (o *observation) serverHeader() {
	switch o.Source {
	case "WWW-AUTHENTICATE", "PROXY-AUTHENTICATE":
		if ntlmHeader(o.Value) {
			o.ntlm("http", "tcp", "http")
			return
		}
	}
	p, ok := o.open("tcp", "http")
	if !ok {
		return
	}
	switch o.Source {
	case "SERVER":
		p.Scripts = []host.Script{script("http-server-header", o.Value, nil)}
		value, _ := passive.Unescape(o.Value)
		answer := append([]byte("HTTP/1.1 200 OK\r\nServer: "), value...)
		o.identify(p, "GetRequest", append(answer, "\r\n\r\n"...))
	case "MICROSOFTSHAREPOINTTEAMSERVICES":
		version, _, _ := strings.Cut(o.Value, ":")
		app := host.NewObject("path", "/UNKNOWN/", "application", "SharePoint", "version", version)
		output := strings.TrimSuffix(httpscript.AppText(host.List{app}), "\n")
		p.Scripts = []host.Script{script("http-app", output, host.List{app})}
		o.h.AddCPE("cpe:/a:microsoft:sharepoint_server:"+version, host.OriginPort(p.Port))
	}
}

// banner is what a server sent first.
func (o *observation) banner() {
	p, ok := o.open("tcp", "")
	if !ok {
		return
	}
	output := o.Value
	if o.Recontype == "SSH_SERVER" {
		output += "\r\n"
	}
	p.Scripts = []host.Script{script("banner", output, nil)}
	for i := 0; i < o.Infos.Len(); i++ {
		setMember(p, o.Infos.Members[i])
	}
	answer, _ := passive.Unescape(output)
	o.identify(p, "NULL", answer)
}

// setMember sets what records have as a member of a port.
func setMember(p *host.Port, m host.Member) {
	if to := serviceText(&p.Service, m.Key); to != nil {
		*to = text(m.Value)
		return
	}
	p.Extra = append(p.Extra, m)
}

// serviceText is the place of a text about a service, nil for other members.
func serviceText(s *host.Service, key string) *string {
	switch key {
	case "service_name":
		return &s.Name
	case "service_product":
		return &s.Product
	case "service_version":
		return &s.Version
	case "service_extrainfo":
		return &s.ExtraInfo
	case "service_ostype":
		return &s.OSType
	case "service_hostname":
		return &s.Hostname
	case "service_devicetype":
		return &s.DeviceType
	case "service_tunnel":
		return &s.Tunnel
	case "service_method":
		return &s.Method
	}
	return nil
}

// identify tells the service by an answer to a probe.
func (o *observation) identify(p *host.Port, probe string, answer []byte) {
	m, ok := o.opts.Fingerprints.Match(p.Protocol, probe, answer)
	if !ok {
		return
	}
	setService(&p.Service, &m)
	for _, cpe := range m.CPEs {
		o.h.AddCPE(cpe, host.OriginPort(p.Port)) // one that is none was made from an answer that lacks a part
	}
	if m.Hostname != "" {
		o.h.AddHostname(serviceHostname(m.Hostname, m.ExtraInfo), "service")
	}
}

func setService(s *host.Service, m *fingerprint.Match) {
	for _, f := range [...]struct {
		to   *string
		from string
	}{
		{&s.Name, m.Service}, {&s.Product, m.Product}, {&s.Version, m.Version}, {&s.ExtraInfo, m.ExtraInfo},
		{&s.OSType, m.OSType}, {&s.Hostname, m.Hostname}, {&s.DeviceType, m.DeviceType}, {&s.Tunnel, m.Tunnel},
	} {
		if f.from != "" {
			*f.to = f.from
		}
	}
	if s.Name == "https" {
		s.Name, s.Tunnel = "http", "ssl"
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

// hostKey is the key of an SSH server, in base64.
func (o *observation) hostKey() {
	p, ok := o.open("tcp", "ssh")
	if !ok {
		return
	}
	algorithm, md5 := o.info("algo"), o.info("md5")
	key := host.NewObject("type", algorithm, "key", o.Value, "fingerprint", md5)
	length := "-"
	if bits, _ := o.Infos.Get("bits"); bits != nil {
		key.Set("bits", bits)
		length = text(bits)
	}
	name := strings.ToUpper(strings.TrimPrefix(algorithm, "ssh-"))
	if algorithm == "ecdsa-sha2-nistp256" {
		name = "ECDSA"
	}
	output := "\n  " + length + " " + colons(md5) + " (" + name + ")\n" + algorithm + " " + o.Value
	p.Scripts = []host.Script{script("ssh-hostkey", output, host.List{key})}
}

// colons writes hexadecimal digits as bytes: 00:11.
func colons(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(s[i:min(i+2, len(s))])
	}
	return b.String()
}

// algorithms are what a side of an SSH connection offers: key exchange, encryption, MAC, compression.
func (o *observation) algorithms() {
	raw := strings.Split(o.info("raw"), ";")
	if len(raw) != 4 {
		return
	}
	var lists [4][]string
	var out []string
	data := &host.Object{}
	for i, name := range [4]string{"kex_algorithms", "encryption_algorithms", "mac_algorithms", "compression_algorithms"} {
		if raw[i] != "" {
			lists[i] = strings.Split(raw[i], ",")
		}
		data.Set(name, list(lists[i]))
		out = append(out, "  "+name+" ("+text(int64(len(lists[i])))+")")
		for _, item := range lists[i] {
			out = append(out, "      "+item)
		}
	}
	hassh, _ := nmapscript.HASSH(lists[0], lists[1], lists[2], lists[3])
	hassh.Set("md5", o.Value)
	out = append(out, "", "  HASSH")
	for _, m := range hassh.Members {
		out = append(out, "    "+m.Key+": "+text(m.Value))
	}
	data.Set("hassh", hassh)
	o.either("tcp", "ssh", script("ssh2-enum-algos", strings.Join(out, "\n"), data))
}

// ntlmHeader tells whether the value of a header has an NTLM message.
func ntlmHeader(value string) bool {
	scheme, message, ok := strings.Cut(value, " ")
	return ok && message != "" && (strings.EqualFold(scheme, "NTLM") || strings.EqualFold(scheme, "Negotiate"))
}

func (o *observation) ntlmMessage() {
	protocol, services, _ := strings.Cut(o.Source, "-")
	name := "unknown"
	switch {
	case strings.Contains(services, "SMB"):
		name = "smb"
	case strings.Contains(services, "DCE_RPC"):
		name = "dce-rpc"
	default:
		o.warn("the service is not known; SMB and DCE_RPC are")
	}
	o.ntlm(name, protocol, "")
}

// ntlm adds what a message of NTLM tells.
func (o *observation) ntlm(name, protocol, service string) {
	if o.Infos.Len() == 0 {
		o.open(protocol, service)
		return
	}
	lines := make([]string, 0, o.Infos.Len())
	for _, m := range o.Infos.Members {
		lines = append(lines, m.Key+": "+text(m.Value))
	}
	o.either(protocol, service, script("ntlm-info", strings.Join(lines, "\n"), with(o.Infos, "protocol", name)))
	o.h.AddHostname(o.info("DNS_Computer_Name"), "ntlm")
}

// smb is what a message of SMB tells.
func (o *observation) smb() {
	protocol, _, _ := strings.Cut(o.Source, "-")
	if o.Infos.Len() == 0 {
		o.open(protocol, "")
		return
	}
	var lines [2]string
	for i, m := range [...][2]string{{"os", "OS: "}, {"lanmanager", "LAN Manager: "}} {
		if v, ok := o.Infos.Get(m[0]); ok {
			lines[i] = m[1] + text(v)
		}
	}
	o.either(protocol, "", script("smb-os-discovery", lines[0]+"\n"+lines[1], o.Infos))
}
