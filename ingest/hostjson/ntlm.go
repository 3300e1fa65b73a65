package hostjson

import (
	"slices"
	"strings"

	"ivre/ingest/host"
	nse "ivre/ingest/nmapscript"
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
	if build := nse.WindowsBuild(smb.Text("os")); build != "" {
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
