package viewmerge

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"ivre/ingest/host"
)

// Types and values of automatic tags.
const (
	typeInfo    = "info"
	typeWarning = "warning"
	typeDanger  = "danger"

	tagCDN               = "CDN"
	tagDefaultPassword   = "Default password"
	tagHoneypot          = "Honeypot"
	tagMalware           = "Malware"
	tagOrganization      = "Organization"
	tagScanner           = "Scanner"
	tagTOR               = "TOR"
	tagVulnerable        = "Vulnerable"
	tagLikelyVulnerable  = "Likely vulnerable"
	tagCannotTest        = "Cannot test vuln"
	infoTooManyHostnames = "Too many hostnames"
	infoHoneypot         = "SYN+ACK honeypot"
)

type tagEntry struct {
	typ  string
	info textSet
}

// tagSet holds tags by their values. It is for hosts with any number of tags; see host.AddTag for a few.
type tagSet map[string]*tagEntry

// tagsOf starts with tags that are there.
func tagsOf(list []host.Tag) tagSet {
	s := make(tagSet, len(list)+4)
	for i := range list {
		s.add(list[i].Value, list[i].Type, list[i].Info...)
	}
	return s
}

// add adds a tag, or pieces of information to the tag, which keeps its type.
func (s tagSet) add(value, typ string, info ...string) {
	e := s[value]
	if e == nil {
		e = &tagEntry{typ: typ}
		s[value] = e
	}
	e.info.add(info...)
}

// sorted lists the tags by their values; nil if there are none.
func (s tagSet) sorted() []host.Tag {
	var out []host.Tag
	for _, value := range slices.Sorted(maps.Keys(s)) {
		out = append(out, host.Tag{Value: value, Type: s[value].typ, Info: s[value].info.sorted()})
	}
	return out
}

// tagger finds the automatic tags of a record.
type tagger struct {
	*FinishOptions
	tags tagSet
}

func (t *tagger) hostname(name string) {
	scanner := ""
	switch {
	case strings.HasSuffix(name, ".shodan.io") && strings.Contains(name, "census"):
		scanner = "a Shodan"
	case strings.HasSuffix(name, ".binaryedge.ninja"):
		scanner = "a BinaryEdge"
	case strings.HasSuffix(name, ".probe.onyphe.net"):
		scanner = "an Onyphe"
	default:
		return
	}
	t.tags.add(tagScanner, typeWarning, "Hostname "+name+" suggests "+scanner+" scanner")
}

func (t *tagger) port(p *host.Port) {
	t.service(p)
	for i := range p.Scripts {
		t.script(p, &p.Scripts[i])
	}
}

// on tells where something was found; nothing for scripts of the host itself.
func on(p *host.Port) string {
	if p.Port == host.HostScripts {
		return ""
	}
	return " on port " + portText(p)
}

func (t *tagger) service(p *host.Port) {
	s := &p.Service
	for _, f := range [...]string{s.Name, s.Product, s.Version, s.ExtraInfo} {
		if strings.Contains(strings.ToLower(f), "honeypot") {
			t.tags.add(tagHoneypot, typeWarning, joinNonEmpty(" / ", s.Name, s.Product, s.Version, s.ExtraInfo)+on(p))
			break
		}
	}
	switch s.Name {
	case "tor", "tor-control", "tor-info", "tor-orport", "tor-socks":
		t.tags.add(tagTOR, typeInfo, "Service "+s.Name+" found"+on(p))
	case "ssl":
		if s.Product == "Tor over SSL" {
			t.tags.add(tagTOR, typeInfo, "ssl / "+s.Product+" found"+on(p))
		}
	case "http":
		switch s.Product {
		case "Tor directory", "Tor directory server", "Tor built-in httpd":
			t.tags.add(tagTOR, typeInfo, "http / "+s.Product+" found"+on(p))
		}
	}
}

func joinNonEmpty(sep string, list ...string) string {
	return strings.Join(slices.DeleteFunc(list, func(s string) bool { return s == "" }), sep)
}

// torTitles are pages that Tor serves.
var torTitles = map[string]string{
	"This is a Tor Exit Router":                             "TOR exit node notice",
	"This is a SOCKS Proxy, Not An HTTP Proxy":              "TOR SOCKS Proxy notice",
	"This is an HTTP CONNECT tunnel, not a full HTTP Proxy": "TOR HTTP CONNECT tunnel notice",
}

func (t *tagger) script(p *host.Port, s *host.Script) {
	items, _ := s.Data.(host.List)
	switch s.ID {
	case "ssl-cert":
		for _, c := range items {
			t.certificate(p, c)
		}
	case "ssl-ja3-client":
		for _, ja3 := range items {
			if what := t.malware(MalwareJA3, member(ja3, "md5")); what != "" {
				t.tags.add(tagMalware, typeDanger, what+" JA3 client fingerprint (SSL Blacklist by abuse.ch)")
			}
		}
	case "http-title":
		if notice, ok := torTitles[s.Output]; ok {
			t.tags.add(tagTOR, typeInfo, notice+on(p))
		}
	case "scanner":
		if p.Port == host.HostScripts {
			t.scanner(s.Data)
		}
	case "http-default-accounts":
		for _, app := range items {
			t.accounts(app)
		}
	default:
		if vulns := structure(s, "vulns"); len(vulns) > 0 {
			for _, v := range vulns {
				t.vulnerability(v)
			}
			return
		}
		for _, v := range structure(s, "nuclei") {
			t.nuclei(v)
		}
	}
}

// structure returns the list that a script has under a key.
func structure(s *host.Script, key string) host.List {
	if host.DataKey(s.ID) == key {
		l, _ := s.Data.(host.List)
		return l
	}
	for _, m := range s.Extra {
		if m.Key == key {
			l, _ := m.Value.(host.List)
			return l
		}
	}
	return nil
}

// torName is what Tor puts in the certificates that it makes.
var torName = regexp.MustCompile(`^commonName=www\.[a-z2-7]{8,20}\.(?:net|com)$`)

func (t *tagger) certificate(p *host.Port, c host.Value) {
	subject, issuer := member(c, "subject_text"), member(c, "issuer_text")
	if what := t.malware(MalwareCertificate, member(c, "sha1")); what != "" {
		t.tags.add(tagMalware, typeDanger, what+" certificate"+on(p)+" (SSL Blacklist by abuse.ch)")
	} else if subject != issuer && torName.MatchString(subject) && torName.MatchString(issuer) {
		t.tags.add(tagTOR, typeInfo, "TOR certificate"+on(p))
	}
	o, _ := c.(*host.Object)
	names, _ := o.Get("subject")
	if name := strings.TrimSpace(member(names, "organizationName")); name != "" {
		t.tags.add(tagOrganization, typeInfo, name)
	}
}

func (t *tagger) malware(kind MalwareKind, hash string) string {
	if t.Malware == nil || hash == "" {
		return ""
	}
	return t.Malware(kind, hash)
}

func (t *tagger) scanner(data host.Value) {
	t.tags.add(tagScanner, typeWarning)
	o, _ := data.(*host.Object)
	v, _ := o.Get("scanners")
	scanners, _ := v.(host.List)
	for _, s := range scanners {
		if name := member(s, "name"); name != "" {
			t.tags.add(tagScanner, typeWarning, name)
		}
	}
}

func (t *tagger) accounts(app host.Value) {
	o, _ := app.(*host.Object)
	v, _ := o.Get("credentials")
	credentials, _ := v.(host.List)
	if len(credentials) == 0 {
		return
	}
	parts := make([]string, len(credentials))
	for i, c := range credentials {
		parts[i] = member(c, "username") + " / " + member(c, "password")
	}
	t.tags.add(tagDefaultPassword, typeDanger, member(app, "name")+": "+strings.Join(parts, ", "))
}

func (t *tagger) vulnerability(v host.Value) {
	var info []string
	if id := member(v, "id"); id != "" {
		info = []string{id}
	}
	switch state := member(v, "state"); {
	case strings.HasPrefix(state, "VULNERABLE"):
		t.tags.add(tagVulnerable, typeDanger, info...)
	case strings.HasPrefix(state, "LIKELY VULNERABLE"):
		t.tags.add(tagLikelyVulnerable, typeWarning, info...)
	case strings.HasPrefix(state, "UNKNOWN"):
		t.tags.add(tagCannotTest, typeInfo, info...)
	}
}

func (t *tagger) nuclei(v host.Value) {
	template, name := member(v, "template"), member(v, "name")
	info := template
	if template != name {
		info = template + " / " + name
	}
	switch {
	case strings.HasPrefix(template, "CVE-") || strings.HasPrefix(name, "CVE-"):
		t.tags.add(tagVulnerable, typeDanger, info)
	case defaultPassword(template, name):
		t.tags.add(tagDefaultPassword, typeDanger, info)
	}
}

// defaultPassword tells whether a template of Nuclei tries default passwords.
func defaultPassword(template, name string) bool {
	switch template {
	case "google-earth-dlogin", "oracle-business-intelligence-login", "trilithic-viewpoint-default":
		return true
	}
	for _, end := range [...]string{"-default-login", "-weak-login", "-weak-password", "-default-admin"} {
		if strings.HasSuffix(template, end) {
			return true
		}
	}
	return strings.HasSuffix(name, "Default Password")
}
