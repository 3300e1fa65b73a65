package banner

import (
	"fmt"
	"regexp"
	"strings"

	"ivre/ingest/host"
)

// smbService is the name of the service on the port that SMB was found at.
func smbService(port int) string {
	switch port {
	case 139:
		return "netbios-ssn"
	case 445:
		return "microsoft-ds"
	}
	return "smb"
}

var (
	smbWord  = regexp.MustCompile(`(?:^| +)([A-Za-z-]+)=`)
	smbTime  = regexp.MustCompile(`^([0-9]{4,5}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})(?: TZ=([+-][0-9]+))?`)
	spacious = map[string]bool{"os": true, "ver": true, "domain": true, "name": true, "domain-dns": true, "name-dns": true}
)

// smb reads what Masscan tells of an SMB server.
func (b *Parser) smb(h *host.Host, p *host.Port, text string) {
	p.Service.Name = smbService(p.Port)
	raw, output := Unescape(text)
	banner := &host.Banner{Raw: raw, Encoded: text}
	words := strings.TrimPrefix(output, "ERR unknown response")
	if strings.HasPrefix(strings.TrimSpace(words), "ERROR") {
		p.Scripts = append(p.Scripts, host.Script{ID: "smb-os-discovery", Output: strings.TrimSpace(words), HasOutput: true, Masscan: banner})
		return
	}
	v := smbValues(words)
	date, zone := moment(v["time"])
	start, startZone := moment(v["boottime"])
	if date != "" || start != "" {
		o, out := &host.Object{}, "\n"
		for _, x := range [][2]string{{"date", date + zone}, {"start_time", start + startZone}} {
			if x[1] != "" {
				o.Set(x[0], x[1])
				out += "  " + x[0] + ": " + x[1] + "\n"
			}
		}
		p.Scripts = append(p.Scripts, host.Script{ID: "smb2-time", Output: strings.TrimSuffix(out, "\n"), HasOutput: true, Data: o})
	}
	p.Scripts = append(p.Scripts, smbSystem(v, date, banner))
	if s, ok := smbNTLM(v); ok {
		if o := s.Data.(*host.Object); o.Text("DNS_Computer_Name") != "" {
			h.AddHostname(o.Text("DNS_Computer_Name"), "smb")
		}
		p.Scripts = append(p.Scripts, s)
	}
}

// smbValues takes the key=value pairs apart; the values of some keys hold blanks.
func smbValues(s string) map[string]string {
	out := map[string]string{}
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "SMBv") {
		out["smb-version"], s, _ = strings.Cut(s, " ")
	}
	marks := smbWord.FindAllStringSubmatchIndex(s, -1)
	for i := 0; i < len(marks); i++ {
		key := s[marks[i][2]:marks[i][3]]
		value := s[marks[i][1]:]
		switch {
		case spacious[key] && i+1 < len(marks):
			value = s[marks[i][1]:marks[i+1][0]]
		case key == "time" || key == "boottime":
			value = smbTime.FindString(value)
			if strings.Contains(value, "TZ=") {
				i++ // the zone belongs to the time
			}
		case !spacious[key]:
			value, _, _ = strings.Cut(value, " ")
		}
		out[key] = strings.TrimSpace(value)
	}
	return out
}

// moment reads a time and its zone as +HH:MM. The first and last times of Windows stand for none.
func moment(s string) (date, zone string) {
	m := smbTime.FindStringSubmatch(s)
	if m == nil || strings.HasPrefix(m[1], "1601-01-01") || strings.HasPrefix(m[1], "60056-05-28") {
		return "", ""
	}
	if m[2] != "" {
		var minutes int
		if _, err := fmt.Sscanf(m[2][1:], "%d", &minutes); err == nil && minutes < 24*60 {
			zone = fmt.Sprintf("%c%02d:%02d", m[2][0], minutes/60, minutes%60)
		}
	}
	return m[1], zone
}

func smbSystem(v map[string]string, date string, banner *host.Banner) host.Script {
	o := &host.Object{}
	for _, x := range [][2]string{{"os", v["os"]}, {"lanmanager", v["ver"]}, {"smb-version", v["smb-version"]}, {"guid", v["guid"]}, {"date", strings.Replace(date, " ", "T", 1)}} {
		if x[1] != "" {
			o.Set(x[0], x[1])
		}
	}
	out := "\n"
	switch system, version := v["os"], v["ver"]; {
	case system != "" && version != "":
		out += "  OS: " + system + " (" + version + ")\n"
	case system != "":
		out += "  OS: " + system + "\n"
	case version != "":
		out += "  OS: - (" + version + ")\n"
	}
	for _, x := range [][2]string{{"SMB Version", "smb-version"}, {"GUID", "guid"}, {"System time", "date"}} {
		if s := o.Text(x[1]); s != "" {
			out += "  " + x[0] + ": " + s + "\n"
		}
	}
	s := host.Script{ID: "smb-os-discovery", Output: out, HasOutput: true, Masscan: banner}
	if o.Len() > 0 {
		s.Data = o
	}
	return s
}

var ntlmMembers = [][2]string{
	{"name", "NetBIOS_Computer_Name"}, {"domain", "Workgroup"}, {"name-dns", "DNS_Computer_Name"}, {"domain-dns", "DNS_Domain_Name"},
	{"forest", "DNS_Tree_Name"}, {"version", "Product_Version"}, {"ntlm-ver", "NTLM_Version"},
}

func smbNTLM(v map[string]string) (host.Script, bool) {
	o, out := &host.Object{}, "\n"
	for _, m := range ntlmMembers {
		if s := v[m[0]]; s != "" {
			o.Set(m[1], s)
			out += "  " + m[1] + ": " + s + "\n"
		}
	}
	if o.Len() == 0 {
		return host.Script{}, false
	}
	o.Set("protocol", "smb")
	return host.Script{ID: "ntlm-info", Output: out, HasOutput: true, Data: o}, true
}
