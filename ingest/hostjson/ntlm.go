package hostjson

import (
	"slices"
	"strings"

	"ivre/ingest/host"
)

// renamed is a member that gets another name, and how the output calls it.
type renamed struct{ from, to, label string }

// smbMembers are the members of smb-os-discovery that stay there.
var smbMembers = []renamed{
	{"os", "os", "OS"},
	{"lanmanager", "lanmanager", "LAN Manager"},
	{"date", "date", "System Time"},
	{"cpe", "cpe", "OS CPE"},
	{"smb-version", "smb-version", "SMB Version"},
	{"guid", "guid", "GUID"},
}

// ntlmMembers are those that become ntlm-info.
var ntlmMembers = []renamed{
	{"domain", "NetBIOS_Domain_Name", "NetBIOS_Domain_Name"},
	{"server", "NetBIOS_Computer_Name", "NetBIOS_Computer_Name"},
	{"fqdn", "DNS_Computer_Name", "DNS_Computer_Name"},
	{"domain_dns", "DNS_Domain_Name", "DNS_Domain_Name"},
	{"forest_dns", "DNS_Tree_Name", "DNS_Tree_Name"},
	{"workgroup", "Workgroup", "Workgroup"},
	{"ntlm-os", "Product_Version", "Product_Version"},
	{"ntlm-version", "NTLM_Version", "NTLM_Version"},
}

// pick returns the members that a list names, and an output that shows them.
func pick(o *host.Object, names []renamed) (picked *host.Object, output string) {
	picked = &host.Object{}
	var lines []string
	for _, n := range names {
		if v, ok := o.Get(n.from); ok {
			picked.Members = append(picked.Members, host.Member{Key: n.to, Value: v})
			lines = append(lines, "  "+n.label+": "+strings.Join(texts(v), ", "))
		}
	}
	return picked, strings.Join(lines, "\n")
}

// splitSMB returns the script smb-os-discovery, whose structure is smb, with what stays there.
func splitSMB(s, smb *host.Object) *host.Object {
	structure, output := pick(smb, smbMembers)
	s.Set("output", output)
	s.Set("smb-os-discovery", structure)
	return s
}

// ntlmOfSMB returns the script ntlm-info with what else is in the structure of smb-os-discovery.
func ntlmOfSMB(smb *host.Object) *host.Object {
	all := &host.Object{Members: slices.Clone(smb.Members)}
	if build := windowsBuild(smb.Text("os")); build != "" {
		all.Set("ntlm-os", build)
	}
	if _, ok := all.Get("ntlm-version"); !ok {
		all.Set("ntlm-version", "15")
	}
	structure, output := pick(all, ntlmMembers)
	structure.Set("protocol", "smb")
	return host.NewObject("id", "ntlm-info", "output", output, "ntlm-info", structure)
}

// renameNTLM makes ntlm-info of a script that talks NTLM over a protocol.
func renameNTLM(s *host.Object, protocol string) {
	moveStructure(s)
	s.Set("id", "ntlm-info")
	structure := object(s, "ntlm-info")
	if structure == nil {
		return
	}
	if structure.Len() == 1 && strings.Contains(structure.Members[0].Key, `\`) { // the server's name
		if inner, ok := structure.Members[0].Value.(*host.Object); ok {
			structure = inner
		}
	}
	structure.Set("protocol", protocol)
	s.Set("ntlm-info", structure)
}

// windowsBuilds are the versions that Windows tells in NTLM, by the name that it tells in SMB without "Windows ".
var windowsBuilds = map[string]string{
	"NT 4.0":                             "4.0.1381",
	"2000":                               "5.0.2195",
	"5.0":                                "5.0.2195",
	"Server 2003 3790":                   "5.2.3790",
	"Server 2003 3790 Service Pack 2":    "5.2.3790",
	"Server 2003 R2 3790 Service Pack 2": "5.2.3790",
	"Server 2003 3790 Service Pack 1":    "5.2.3790.1180",
	"XP":                                 "5.1.2600",
	"5.1":                                "5.1.2600",
	"XP 3790 Service Pack 1":             "5.1.2600.1105-1106",
	"XP 3790 Service Pack 2":             "5.1.2600.2180",
	"Server (R) 2008 Enterprise 6001 Service Pack 1": "6.0.6001",
	"Server (R) 2008 Enterprise 6002 Service Pack 2": "6.0.6002",
	"Server (R) 2008 Enterprise 6003 Service Pack 2": "6.0.6003",
	"Server (R) 2008 Standard 6002 Service Pack 2":   "6.0.6003",
	"Vista (TM) Enterprise 6000":                     "6.0.6000",
	"Vista (TM) Enterprise 6001 Service Pack 1":      "6.0.6001",
	"Vista (TM) Enterprise 6002 Service Pack 2":      "6.0.6002",
	"Server 2008 R2 Enterprise 7600":                 "6.1.7600",
	"7 Enterprise 7600":                              "6.1.7600",
	"7 Professional 7600":                            "6.1.7600",
	"Server 2008 R2 Enterprise 7601 Service Pack 1":  "6.1.7601",
	"Server 2008 R2 Standard 7601 Service Pack 1":    "6.1.7601",
	"Web Server 2008 R2 7601 Service Pack 1":         "6.1.7601",
	"7 Enterprise 7601 Service Pack 1":               "6.1.7601",
	"7 Professional 7601 Service Pack 1":             "6.1.7601",
	"8 Enterprise Evaluation 9200":                   "6.2.9200",
	"Server 2012 Standard 9200":                      "6.2.9200",
	"8.1 Enterprise 9600":                            "6.3.9200",
	"Server 2012 R2 Standard 9600":                   "6.3.9600",
	"Server 2016 Standard 14393":                     "10.0.14393",
}

// The builds and the editions of Windows 10 Enterprise.
var (
	windows10Builds   = []string{"10240", "10586", "14393", "15063", "16299", "17134", "17763", "18362", "18363", "19041"}
	windows10Editions = []string{"", "Evaluation ", "2015 LTSB ", "2016 LTSB ", "LTSC 2019 ",
		"Evaluation 2015 LTSB ", "Evaluation 2016 LTSB ", "Evaluation LTSC 2019 "}
)

// windowsBuild returns the version of a Windows by the name that SMB tells, "" if it is not known.
func windowsBuild(os string) string {
	os, ok := strings.CutPrefix(os, "Windows ")
	if !ok {
		return ""
	}
	if rest, ok := strings.CutPrefix(os, "10 Enterprise "); ok {
		i := strings.LastIndexByte(rest, ' ') + 1
		if slices.Contains(windows10Editions, rest[:i]) && slices.Contains(windows10Builds, rest[i:]) {
			return "10.0." + rest[i:]
		}
	}
	return windowsBuilds[os]
}
