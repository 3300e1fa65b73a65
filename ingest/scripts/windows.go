package scripts

import (
	"regexp"
	"slices"
	"strings"

	"ivre/ingest/host"
)

// ntlmInfo brings the results of the *-ntlm-info scripts under one id, with the protocol as a member.
func ntlmInfo(h *host.Host, s *host.Script) {
	protocol, ok := strings.CutSuffix(s.ID, "-ntlm-info")
	if !ok {
		return
	}
	s.ID = "ntlm-info"
	o, ok := s.Data.(*host.Object)
	if !ok {
		return
	}
	if o.Len() == 1 && strings.Contains(o.Members[0].Key, `\`) {
		if inner, ok := o.Members[0].Value.(*host.Object); ok {
			o = inner
		}
	}
	o.Set("protocol", protocol)
	s.Data = o
	if name := o.Text("DNS_Computer_Name"); name != "" {
		h.AddHostname(name, "ntlm")
	}
}

type pair struct{ from, to string }

var smbLabels = []pair{{"os", "OS"}, {"lanmanager", "LAN Manager"}, {"date", "System Time"}, {"cpe", "OS CPE"}, {"smb-version", "SMB Version"}, {"guid", "GUID"}}

var ntlmNames = []pair{
	{"domain", "NetBIOS_Domain_Name"}, {"server", "NetBIOS_Computer_Name"}, {"fqdn", "DNS_Computer_Name"}, {"domain_dns", "DNS_Domain_Name"},
	{"forest_dns", "DNS_Tree_Name"}, {"workgroup", "Workgroup"}, {"ntlm-os", "Product_Version"}, {"ntlm-version", "NTLM_Version"},
}

// splitSMB makes two results of smb-os-discovery: what SMB tells of the system, and what NTLM tells of it.
func splitSMB(h *host.Host, s host.Script) []host.Script {
	o, ok := s.Data.(*host.Object)
	if !ok {
		return []host.Script{s}
	}
	all := &host.Object{Members: slices.Clone(o.Members)}
	all.Set("ntlm-version", "15")
	if build := WindowsBuild(o.Text("os")); build != "" {
		all.Set("ntlm-os", build)
	}
	smb, smbText := chosen(all, smbLabels, false)
	ntlm, ntlmText := chosen(all, ntlmNames, true)
	ntlm.Set("protocol", "smb")
	if name := o.Text("fqdn"); name != "" {
		h.AddHostname(name, "ntlm")
	}
	return []host.Script{
		{ID: "smb-os-discovery", Output: smbText, HasOutput: true, Data: smb, Masscan: s.Masscan, Extra: s.Extra},
		{ID: "ntlm-info", Output: ntlmText, HasOutput: true, Data: ntlm},
	}
}

// chosen takes members out of an object and describes them, a line for each.
func chosen(o *host.Object, names []pair, rename bool) (*host.Object, string) {
	out := &host.Object{}
	var lines []string
	for _, n := range names {
		v, ok := o.Get(n.from)
		if !ok {
			continue
		}
		key := n.from
		if rename {
			key = n.to
		}
		out.Set(key, v)
		if text, ok := v.(string); ok {
			lines = append(lines, "  "+n.to+": "+text)
		}
	}
	return out, strings.Join(lines, "\n")
}

// fixedBuilds are the builds of systems whose names do not tell them in one way.
var fixedBuilds = map[string]string{
	"Windows NT 4.0": "4.0.1381", "Windows 2000": "5.0.2195", "Windows 5.0": "5.0.2195",
	"Windows Server 2003 3790": "5.2.3790", "Windows Server 2003 3790 Service Pack 2": "5.2.3790", "Windows Server 2003 R2 3790 Service Pack 2": "5.2.3790",
	"Windows Server 2003 3790 Service Pack 1": "5.2.3790.1180",
	"Windows XP": "5.1.2600", "Windows 5.1": "5.1.2600", "Windows XP 3790 Service Pack 1": "5.1.2600.1105-1106", "Windows XP 3790 Service Pack 2": "5.1.2600.2180",
	"Windows Server (R) 2008 Enterprise 6001 Service Pack 1": "6.0.6001",
	"Windows Server (R) 2008 Enterprise 6002 Service Pack 2": "6.0.6002",
	"Windows Server (R) 2008 Enterprise 6003 Service Pack 2": "6.0.6003", "Windows Server (R) 2008 Standard 6002 Service Pack 2": "6.0.6003",
	"Windows Vista (TM) Enterprise 6000": "6.0.6000", "Windows Vista (TM) Enterprise 6001 Service Pack 1": "6.0.6001", "Windows Vista (TM) Enterprise 6002 Service Pack 2": "6.0.6002",
	"Windows Server 2008 R2 Enterprise 7600": "6.1.7600", "Windows 7 Enterprise 7600": "6.1.7600", "Windows 7 Professional 7600": "6.1.7600",
	"Windows Server 2008 R2 Enterprise 7601 Service Pack 1": "6.1.7601", "Windows Server 2008 R2 Standard 7601 Service Pack 1": "6.1.7601",
	"Windows Web Server 2008 R2 7601 Service Pack 1": "6.1.7601", "Windows 7 Enterprise 7601 Service Pack 1": "6.1.7601", "Windows 7 Professional 7601 Service Pack 1": "6.1.7601",
	"Windows 8 Enterprise Evaluation 9200": "6.2.9200", "Windows Server 2012 Standard 9200": "6.2.9200",
	"Windows 8.1 Enterprise 9600": "6.3.9200", "Windows Server 2012 R2 Standard 9600": "6.3.9600", "Windows Server 2016 Standard 14393": "10.0.14393",
}

var windows10 = regexp.MustCompile(`^Windows 10 Enterprise (?:Evaluation )?(?:2015 LTSB |2016 LTSB |LTSC 2019 )?(10240|10586|14393|15063|16299|17134|17763|18362|18363|19041)$`)

// WindowsBuild is the version number of a Windows by the name that SMB gives it, "" if it is not known.
func WindowsBuild(os string) string {
	if b, ok := fixedBuilds[os]; ok {
		return b
	}
	if m := windows10.FindStringSubmatch(os); m != nil {
		return "10.0." + m[1]
	}
	return ""
}

// shares turns the two layouts of smb-enum-shares into one: a list of shares, sorted by name.
func shares(v host.Value) host.Value {
	o, ok := v.(*host.Object)
	if !ok || o.Len() == 0 {
		return v
	}
	out, list := &host.Object{}, host.List{}
	for _, m := range o.Members {
		share, isObject := m.Value.(*host.Object)
		old, isList := m.Value.(host.List)
		switch {
		case isObject && strings.HasPrefix(m.Key, `\\`):
			share.Set("Share", shareName(m.Key))
			list = append(list, share)
		case isList && m.Key == "shares":
			for _, item := range old {
				if s, ok := item.(*host.Object); ok {
					s.Set("Share", shareName(s.Text("Share")))
					list = append(list, s)
				}
			}
		case !isObject && !isList:
			out.Set(m.Key, m.Value)
		}
	}
	slices.SortStableFunc(list, func(a, b host.Value) int {
		return strings.Compare(a.(*host.Object).Text("Share"), b.(*host.Object).Text("Share"))
	})
	out.Set("shares", list)
	return out
}

// shareName undoes what became of the dots in the server's name: \\192_0_2_20\C$ is \\192.0.2.20\C$.
func shareName(s string) string {
	rest, ok := strings.CutPrefix(s, `\\`)
	server, name, found := strings.Cut(rest, `\`)
	if !ok || !found {
		return s
	}
	return `\\` + dots(server) + `\` + name
}
