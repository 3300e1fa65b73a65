package hostjson

import (
	"slices"
	"strings"

	"ivre/ingest/host"
	nse "ivre/ingest/nmapscript"
)

// splitSMB returns the script smb-os-discovery, whose structure is smb, with what stays there.
func splitSMB(s, smb *host.Object) *host.Object {
	structure, output := nse.PickSMB(smb)
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
	structure, output := nse.PickNTLM(all)
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
