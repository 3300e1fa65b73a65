package viewmerge

import (
	"cmp"
	"strings"

	"ivre/ingest/cert"
	"ivre/ingest/host"
	"ivre/ingest/httpscript"
)

// listRules are the scripts whose results are merged item by item.
var listRules = map[string]*listRule{
	"http-app":              {key: byMembers("application", "path"), unite: withBuild, output: appOutput},
	"http-user-agent":       {key: byMembers(), output: lines(text)},
	"ssl-cert":              {key: byMembers("sha256"), output: certOutput},
	"ssl-cacert":            {key: byMembers("sha256"), output: certOutput},
	"ssl-ja3-client":        {key: byMembers("md5"), output: lines(func(v host.Value) string { return member(v, "md5") })},
	"ssl-ja3-server":        {key: ja3ServerKey, output: lines(func(v host.Value) string { return member(v, "md5") + " - " + clientMD5(v) })},
	"ssl-ja4-client":        {key: byMembers("ja4"), output: lines(func(v host.Value) string { return member(v, "ja4") })},
	"http-nuclei":           {key: byMembers("name", "url", "template", "host", "path"), output: lines(nucleiText)},
	"network-nuclei":        {key: byMembers("name", "url", "template", "host", "path"), output: lines(nucleiText)},
	"http-git":              {key: byMembers("repository"), compare: byMember("repository"), texts: gitFiles, unite: withFiles, output: gitOutput},
	"dns-domains":           {key: byMembers("domain"), compare: byDomain, unite: withParents, output: domainsOutput},
	"dns-domains-mx":        {key: byMembers("domain", "priority"), compare: byDomain, unite: withParents, output: mailDomainsOutput},
	"dns-tls-rpt":           {key: byMembers("domain"), compare: byDomain, output: reportsOutput},
	"dns-check-consistency": {key: byMembers("domain", "name", "rtype"), compare: byDomain, output: inconsistenciesOutput},
	"dns-zone-transfer":     {key: byMembers("domain"), compare: byDomain, output: zonesOutput},
}

// byMembers makes keys of an object's members. What is no object, or has none of the members, is only the same as what
// is equal in all.
func byMembers(names ...string) func(host.Value) string {
	return func(v host.Value) string {
		var b []byte
		o, _ := v.(*host.Object)
		found := false
		for _, name := range names {
			m, _ := o.Get(name)
			found = found || m != nil
			b = append(host.AppendValue(b, m), 0)
		}
		if !found {
			return "\x00" + string(host.AppendValue(b, v))
		}
		return string(b)
	}
}

func ja3ServerKey(v host.Value) string {
	if o, ok := v.(*host.Object); ok {
		if md5, _ := o.Get("md5"); md5 != nil {
			return member(v, "md5") + "\x00" + clientMD5(v)
		}
	}
	return byMembers()(v)
}

func clientMD5(v host.Value) string {
	o, _ := v.(*host.Object)
	client, _ := o.Get("client")
	return member(client, "md5")
}

// text is a value as a text: a text itself, "" for null, else JSON.
func text(v host.Value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	return string(host.AppendValue(nil, v))
}

// member is the text of an object's member, "" if there is none.
func member(v host.Value, name string) string {
	o, _ := v.(*host.Object)
	m, _ := o.Get(name)
	return text(m)
}

// texts lists the texts in a member that is a list.
func texts(v host.Value, name string) []string {
	o, _ := v.(*host.Object)
	m, _ := o.Get(name)
	list, _ := m.(host.List)
	out := make([]string, 0, len(list))
	for _, item := range list {
		out = append(out, text(item))
	}
	return out
}

func byMember(name string) func(a, b host.Value) int {
	return func(a, b host.Value) int { return strings.Compare(member(a, name), member(b, name)) }
}

// with returns an object with another value of a member.
func with(o *host.Object, name string, v host.Value) *host.Object {
	out := &host.Object{Members: append(make([]host.Member, 0, o.Len()+1), o.Members...)}
	out.Set(name, v)
	return out
}

// lines makes the output of a text for each item, each in a line.
func lines(item func(host.Value) string) func(host.List) string {
	return func(list host.List) string {
		var b strings.Builder
		for _, v := range list {
			b.WriteString(item(v))
			b.WriteByte('\n')
		}
		return b.String()
	}
}

// withBuild names the product behind a version of Outlook on the web.
func withBuild(v host.Value, _ []string) host.Value {
	app, ok := v.(*host.Object)
	if !ok || app.Text("application") != "OWA" || app.Text("version") == "" || app.Text("parsed_version") != "" {
		return v
	}
	return with(app, "parsed_version", exchangeBuild(app.Text("version")))
}

func appOutput(list host.List) string { return httpscript.AppText(list) }

// certOutput shows certificates, with a line of dashes between them.
func certOutput(list host.List) string {
	parts := make([]string, 0, len(list))
	for _, v := range list {
		if c, ok := v.(*host.Object); ok {
			parts = append(parts, strings.TrimRight(cert.Text(c), "\n"))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "\n"+strings.Repeat("-", 64)+"\n") + "\n"
}

func nucleiText(v host.Value) string {
	return "[" + member(v, "severity") + "] " + member(v, "name") + " found at " + member(v, "url")
}

func gitFiles(v host.Value) []string { return texts(v, "files-found") }

// withFiles keeps of a repository only what is merged.
func withFiles(v host.Value, files []string) host.Value {
	o, _ := v.(*host.Object)
	repository, _ := o.Get("repository")
	if repository == nil {
		return v
	}
	return host.NewObject("repository", repository, "files-found", list(files))
}

func list(texts []string) host.List {
	out := make(host.List, len(texts))
	for i, s := range texts {
		out[i] = s
	}
	return out
}

func gitOutput(list host.List) string {
	parts := make([]string, 0, len(list))
	for _, v := range list {
		parts = append(parts, "\n  "+member(v, "repository")+"\n    Git repository found!\n")
	}
	return strings.Join(parts, "\n")
}

// byDomain orders by domain, from the last label on, then by the other members that tell items apart.
func byDomain(a, b host.Value) int {
	if c := compareDomains(member(a, "domain"), member(b, "domain")); c != 0 {
		return c
	}
	for _, name := range [...]string{"priority", "name", "rtype"} {
		x, y := member(a, name), member(b, name)
		if c := cmp.Or(cmp.Compare(number(x), number(y)), strings.Compare(x, y)); c != 0 {
			return c
		}
	}
	return 0
}

// number is the number that a text is, 0 for others.
func number(s string) (n int) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' || n > 1<<30 {
			return 0
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// compareDomains compares names label by label, from the last one on.
func compareDomains(a, b string) int {
	for {
		i, j := strings.LastIndexByte(a, '.'), strings.LastIndexByte(b, '.')
		if c := strings.Compare(a[i+1:], b[j+1:]); c != 0 {
			return c
		}
		if i < 0 || j < 0 {
			return i - j
		}
		a, b = a[:i], b[:j]
	}
}
