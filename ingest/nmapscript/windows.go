package nmapscript

import (
	"slices"
	"strings"

	"ivre/ingest/host"
)

// finishNTLM gives the results of all *-ntlm-info scripts one id, with the protocol as a member.
func finishNTLM(j *job) bool {
	protocol, ok := strings.CutSuffix(j.s.ID, "-ntlm-info")
	if !ok {
		return true
	}
	j.s.ID = "ntlm-info"
	o, ok := j.s.Data.(*host.Object)
	if !ok {
		return true
	}
	if o.Len() == 1 && strings.Contains(o.Members[0].Key, `\`) { // the server's name
		if inner, ok := o.Members[0].Value.(*host.Object); ok {
			o = inner
		}
	}
	o.Set("protocol", protocol)
	j.s.Data = o
	j.h.AddHostname(o.Text("DNS_Computer_Name"), "ntlm")
	return true
}

// renaming is a member that gets another name, and how the output calls it.
type renaming struct{ from, to, label string }

// smbMembers are the members of smb-os-discovery that stay there.
var smbMembers = []renaming{
	{"os", "os", "OS"},
	{"lanmanager", "lanmanager", "LAN Manager"},
	{"date", "date", "System Time"},
	{"cpe", "cpe", "OS CPE"},
	{"smb-version", "smb-version", "SMB Version"},
	{"guid", "guid", "GUID"},
}

// ntlmMembers are those that become ntlm-info.
var ntlmMembers = []renaming{
	{"domain", "NetBIOS_Domain_Name", "NetBIOS_Domain_Name"},
	{"server", "NetBIOS_Computer_Name", "NetBIOS_Computer_Name"},
	{"fqdn", "DNS_Computer_Name", "DNS_Computer_Name"},
	{"domain_dns", "DNS_Domain_Name", "DNS_Domain_Name"},
	{"forest_dns", "DNS_Tree_Name", "DNS_Tree_Name"},
	{"workgroup", "Workgroup", "Workgroup"},
	{"ntlm-os", "Product_Version", "Product_Version"},
	{"ntlm-version", "NTLM_Version", "NTLM_Version"},
}

// finishSMB splits the result of smb-os-discovery: what SMB tells of the system stays, what NTLM tells of it becomes
// ntlm-info.
func finishSMB(j *job) bool {
	o, ok := j.s.Data.(*host.Object)
	if !ok {
		return true
	}
	smb, smbText := PickSMB(o)
	ntlm, _ := PickNTLM(o)
	if smb.Len()+ntlm.Len() == 0 { // something else
		return true
	}
	build, isKnown := windowsBuilds[o.Text("os")]
	if _, ok := ntlm.Get("Product_Version"); isKnown && !ok {
		ntlm.Set("Product_Version", build)
	}
	if _, ok := ntlm.Get("NTLM_Version"); !ok {
		ntlm.Set("NTLM_Version", "15")
	}
	ntlmText := describe(ntlm)
	ntlm.Set("protocol", "smb")
	j.h.AddHostname(o.Text("fqdn"), "ntlm")
	j.s.Data, j.s.Output, j.s.HasOutput = nil, smbText, true
	if smb.Len() > 0 {
		j.s.Data = smb
	}
	j.p.Scripts = append(j.p.Scripts, j.s, host.Script{ID: "ntlm-info", Output: ntlmText, HasOutput: true, Data: ntlm})
	return false
}

// PickSMB returns what stays in the structure of smb-os-discovery, and an output that shows it.
func PickSMB(o *host.Object) (picked *host.Object, output string) { return pick(o, smbMembers) }

// PickNTLM returns what becomes ntlm-info of the structure of smb-os-discovery, and an output that shows it.
func PickNTLM(o *host.Object) (picked *host.Object, output string) { return pick(o, ntlmMembers) }

// pick returns the members that a list names, and an output that shows them.
func pick(o *host.Object, names []renaming) (picked *host.Object, output string) {
	picked = &host.Object{}
	var lines []string
	for _, n := range names {
		if v, ok := o.Get(n.from); ok {
			picked.Set(n.to, v)
			lines = append(lines, "  "+n.label+": "+strings.Join(texts(v), ", "))
		}
	}
	return picked, strings.Join(lines, "\n")
}

// describe shows all members.
func describe(o *host.Object) string {
	lines := make([]string, o.Len())
	for i, m := range o.Members {
		lines[i] = "  " + m.Key + ": " + strings.Join(texts(m.Value), ", ")
	}
	return strings.Join(lines, "\n")
}

// changeShares makes one list of shares of what the versions of smb-enum-shares write: shares are members with names
// such as \\192_0_2_1\C$, or a list already. What else there is stays.
func changeShares(j *job, v host.Value) host.Value {
	o, ok := v.(*host.Object)
	if !ok {
		return v
	}
	shares, out := host.List{}, &host.Object{Members: make([]host.Member, 0, o.Len())}
	for _, m := range o.Members {
		share, isObject := m.Value.(*host.Object)
		list, isList := m.Value.(host.List)
		switch {
		case isList && m.Key == "shares":
			shares = append(shares, list...)
		case m.Key == "shares": // there can only be one member of that name
			shares = append(shares, m.Value)
		case isObject && strings.HasPrefix(m.Key, `\\`):
			name, ok := shareName(m.Key)
			if !ok {
				j.warn(`the share %.200q is not named \\server\share: the name is kept as it is`, name)
			}
			shares = append(shares, withFirst("Share", name, share))
		default:
			out.Members = append(out.Members, m)
		}
	}
	slices.SortStableFunc(shares, func(a, b host.Value) int { return strings.Compare(shareOf(a), shareOf(b)) })
	out.Members = append(out.Members, host.Member{Key: "shares", Value: shares})
	return out
}

func shareOf(v host.Value) string {
	o, _ := v.(*host.Object)
	return o.Text("Share")
}

// shareName undoes what becomes of the dots in the name of a server.
func shareName(s string) (string, bool) {
	server, share, ok := strings.Cut(strings.TrimPrefix(s, `\\`), `\`)
	if !ok || server == "" || share == "" {
		return s, false
	}
	return `\\` + dots(server) + `\` + share, true
}
