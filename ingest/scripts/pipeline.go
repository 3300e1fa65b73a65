package scripts

import (
	"strings"

	"ivre/ingest/host"
)

// Pipeline is what scripts go through. The zero value works.
type Pipeline struct {
	// Cert makes the structure of a certificate from its PEM text and CertText its output; nil: Nmap's are kept.
	Cert     func(pem string) *host.Object
	CertText func(*host.Object) string
	// CertNames adds the names in a certificate to a host. It may be nil.
	CertNames func(*host.Host, *host.Object)
	// Screenshot takes the image file of that base name, which a script saved. It may be nil.
	Screenshot func(p *host.Port, name string)
}

// Apply appends to p.Scripts what becomes of a script: s.Data holds the structure of its tables as the report has it,
// or nil.
func (pl *Pipeline) Apply(h *host.Host, p *host.Port, s host.Script) {
	if name, ok := screenshotName(s.ID, s.Output); ok && pl.Screenshot != nil {
		pl.Screenshot(p, name)
	}
	if Ignored(s.ID, s.Output, s.HasOutput) {
		return
	}
	key := host.DataKey(s.ID)
	if s.Data != nil {
		if change, ok := changes[key]; ok {
			s.Data = change(s.Data)
		}
	} else if create, ok := creators[key]; ok {
		s.Data = create(s.ID, s.Output)
	}
	switch {
	case key == "ssl-cert":
		pl.certificate(h, &s)
	case key == "ntlm-info":
		ntlmInfo(h, &s)
	case s.ID == "ssh2-enum-algos":
		addHASSH(&s)
	case s.ID == "http-headers":
		headerApps(h, p, s.Data)
	case s.ID == "snmp-info":
		snmpAddress(h, s.Data)
	case s.ID == "smb-os-discovery":
		p.Scripts = append(p.Scripts, splitSMB(h, s)...)
		return
	}
	p.Scripts = append(p.Scripts, s)
}

// changes turn the structure of a key's tables into the one that records hold.
var changes = map[string]func(host.Value) host.Value{
	"http-server-header":    serverHeader,
	"http-git":              gitRepositories,
	"http-default-accounts": namedItems("name", nil),
	"ls":                    listing,
	"vulns":                 namedItems("id", nil),
	"fcrdns":                namedItems("name", dots),
	"ms-sql-info":           namedItems("Instance", dots),
	"rpcinfo":               rpcPrograms,
	"smb-enum-shares":       shares,
	"s7-info":               renamed(s7Names),
	"ssh-hostkey":           hostKeys,
}

// creators make a structure from the text of a script that has none.
var creators = map[string]func(id, output string) host.Value{
	"http-headers":      func(_, out string) host.Value { return headersOf(out) },
	"modbus-discover":   func(_, out string) host.Value { return modbus(out) },
	"mongodb-databases": func(_, out string) host.Value { return mongo(out) },
	"ls":                listingOf,
}

func dots(s string) string { return strings.ReplaceAll(s, "_", ".") }

// namedItems turns an object of objects into a list of these, with their keys as a member.
func namedItems(member string, rename func(string) string) func(host.Value) host.Value {
	return func(v host.Value) host.Value {
		o, ok := v.(*host.Object)
		if !ok {
			return v
		}
		out := host.List{}
		for _, m := range o.Members {
			item, ok := m.Value.(*host.Object)
			if !ok {
				continue
			}
			key := m.Key
			if rename != nil {
				key = rename(key)
			}
			item.Set(member, key)
			out = append(out, item)
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
}

func renamed(names map[string]string) func(host.Value) host.Value {
	return func(v host.Value) host.Value {
		o, ok := v.(*host.Object)
		if !ok {
			return v
		}
		out := &host.Object{}
		for _, m := range o.Members {
			key := m.Key
			if to, ok := names[key]; ok {
				key = to
			}
			out.Set(key, m.Value)
		}
		return out
	}
}

var s7Names = map[string]string{
	"Module": "module", "Basic Hardware": "hardware", "Version": "version", "System Name": "system_name", "Module Type": "module_name",
	"Serial Number": "module_sn", "Plant Identification": "plant", "Copyright": "copyright",
}
