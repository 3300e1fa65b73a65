package nmapscript

import (
	"fmt"

	"ivre/ingest/host"
)

// Pipeline is what results go through. The zero value works: without a function, what it would do is left out. A
// Pipeline may be used by many goroutines if its functions may.
type Pipeline struct {
	// Warn is told, in a full sentence with the place, what could not be understood.
	Warn func(msg string)
	// Cert makes the structure of a certificate from its PEM text; nil if it can't be read: then Nmap's structure is
	// kept. CertText makes the output that belongs to a structure.
	Cert     func(pem string) *host.Object
	CertText func(*host.Object) string
	// CertHostnames adds the names in a certificate (Cert's structure, or Nmap's) to a host.
	CertHostnames func(*host.Host, *host.Object)
	// Screenshot takes over the image that a script saved in a file of that name. The name has no directory and the
	// extension of a known kind of image; the file may be missing, or a link that leads elsewhere.
	Screenshot func(p *host.Port, name string)
}

// Apply appends what becomes of a script's result to p.Scripts: nothing, the script, or several scripts. s is the
// result as the report has it, s.Data the structure of its tables (objects, lists and strings), nil if it has none.
func (pl *Pipeline) Apply(h *host.Host, p *host.Port, s host.Script) {
	if screenshotIDs[s.ID] {
		pl.screenshot(h, p, s.ID, s.Output)
		return
	}
	if Ignored(s.ID, s.Output, s.HasOutput) {
		return
	}
	if textOnly(s.ID) || isEmpty(s.Data) {
		s.Data = nil
	}
	r := rules[host.DataKey(s.ID)]
	if r == nil {
		p.Scripts = append(p.Scripts, s)
		return
	}
	j := &job{pl, h, p, s}
	switch {
	case s.Data != nil && r.change != nil:
		j.s.Data = r.change(j, s.Data)
	case s.Data == nil && s.HasOutput && r.create != nil && !textOnly(s.ID):
		j.s.Data = r.create(j, s.Output)
	}
	if r.finish != nil && !r.finish(j) {
		return
	}
	p.Scripts = append(p.Scripts, j.s)
}

// textOnly tells whether only the text of a script's result is kept: its tables mix members with and without keys.
func textOnly(id string) bool { return id == "xmpp-info" || id == "sslv2" || id == "sslv2-drown" }

func isEmpty(v host.Value) bool {
	switch v := v.(type) {
	case *host.Object:
		return v.Len() == 0
	case host.List:
		return len(v) == 0
	}
	return v == nil
}

// job is the result of one script on its way.
type job struct {
	pl *Pipeline
	h  *host.Host
	p  *host.Port
	s  host.Script
}

// warn reports what is odd about a result.
func (j *job) warn(format string, args ...any) { j.pl.warn(j.h, j.p, j.s.ID, format, args...) }

func (pl *Pipeline) warn(h *host.Host, p *host.Port, id, format string, args ...any) {
	if pl.Warn == nil {
		return
	}
	place := "host scripts"
	if p.Port != host.HostScripts {
		place = fmt.Sprintf("port %s/%d", p.Protocol, p.Port)
	}
	if h.Addr.IsValid() {
		place = h.Addr.String() + ", " + place
	}
	pl.Warn(fmt.Sprintf("%s: script %.100q: ", place, id) + fmt.Sprintf(format, args...))
}

// rule is what happens to the results of scripts whose structures share a name. Each part may be missing.
type rule struct {
	// change returns what becomes of a structure, which is not empty; nil drops it.
	change func(*job, host.Value) host.Value
	// create makes a structure from a text that has none; nil if it can't.
	create func(j *job, output string) host.Value
	// finish does the rest. It may add scripts; it returns false if the script itself is not to be added any more.
	finish func(*job) bool
}

// rules are found by the name of a structure (host.DataKey).
var rules = map[string]*rule{
	"fcrdns":                {change: changeFCrDNS},
	"http-default-accounts": {change: changeAccounts},
	"http-git":              {change: changeGit},
	"http-headers":          {create: createHeaders, finish: finishHeaders},
	"http-server-header":    {change: changeServerHeader},
	"ls":                    {change: changeListing, create: createListing},
	"modbus-discover":       {create: createModbus},
	"mongodb-databases":     {create: createMongoDB},
	"ms-sql-info":           {change: changeMSSQL},
	"ntlm-info":             {finish: finishNTLM},
	"rpcinfo":               {change: changeRPC},
	"s7-info":               {change: changeS7},
	"smb-enum-shares":       {change: changeShares},
	"smb-os-discovery":      {finish: finishSMB},
	"snmp-info":             {finish: finishSNMP},
	"ssh-hostkey":           {change: changeHostKeys},
	"ssh2-enum-algos":       {finish: finishAlgorithms},
	"ssl-cert":              {change: changeCertificate, finish: finishCertificate},
	"vulns":                 {change: changeVulns},
}

// Structure makes the structure of a script's result from its output alone, as Apply does for a result without tables;
// nil if there is none to make. It serves records that were made before a structure was known.
func (pl *Pipeline) Structure(id, output string) host.Value {
	r := rules[host.DataKey(id)]
	if r == nil || r.create == nil || textOnly(id) {
		return nil
	}
	s := host.Script{ID: id, Output: output, HasOutput: true}
	return r.create(&job{pl, &host.Host{}, &host.Port{Port: host.HostScripts}, s}, output)
}
