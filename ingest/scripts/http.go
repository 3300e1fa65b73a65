package scripts

import (
	"path"
	"strings"

	"ivre/ingest/host"
)

// headersOf reads the text of http-headers: a list of name and value, in order.
func headersOf(output string) host.Value {
	out := host.List{}
	lines := strings.Split(output, "\n")
	if len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		var v host.Value
		if ok {
			v = strings.TrimSpace(value)
		}
		out = append(out, host.NewObject("name", strings.ToLower(strings.TrimSpace(name)), "value", v))
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// header is the first value of a header that is not empty.
func header(headers host.List, name string) string {
	for _, item := range headers {
		if o, ok := item.(*host.Object); ok && o.Text("name") == name && o.Text("value") != "" {
			return o.Text("value")
		}
	}
	return ""
}

// headerApps finds applications that tell their names in headers.
func headerApps(h *host.Host, p *host.Port, v host.Value) {
	headers, ok := v.(host.List)
	if !ok {
		return
	}
	if s := header(headers, "microsoftsharepointteamservices"); s != "" {
		version, _, _ := strings.Cut(s, ":")
		h.AddCPE("cpe:/a:microsoft:sharepoint_server:"+version, host.OriginPort(p.Port))
		AddApp(p, host.NewObject("path", "/", "application", "SharePoint", "version", version))
	}
	if header(headers, "kbn-name") == "" {
		return
	}
	app := host.NewObject("path", joinLocation("/", header(headers, "location")), "application", "Kibana")
	cpe := "cpe:/a:elasticsearch:kibana"
	if version := header(headers, "kbn-version"); version != "" {
		app.Set("version", version)
		cpe += ":" + version
	}
	h.AddCPE(cpe, host.OriginPort(p.Port))
	AddApp(p, app)
}

func joinLocation(base, location string) string {
	switch {
	case location == "":
		return base
	case strings.HasPrefix(location, "/"):
		return location
	}
	return path.Join(base, location)
}

// AddApp adds an application to the port's list (script http-app), whose text says the same, a line for each. One that
// is listed for the path is not added again.
func AddApp(p *host.Port, app *host.Object) {
	s := p.Script("http-app")
	if s == nil {
		p.Scripts = append(p.Scripts, host.Script{ID: "http-app"})
		s = &p.Scripts[len(p.Scripts)-1]
	}
	list, _ := s.Data.(host.List)
	known := false
	for _, item := range list {
		if o, ok := item.(*host.Object); ok {
			known = known || o.Text("application") == app.Text("application") && o.Text("path") == app.Text("path")
		}
	}
	if !known {
		list = append(list, app)
	}
	s.Data = list
	var b strings.Builder
	for _, item := range list {
		o, ok := item.(*host.Object)
		if !ok {
			continue
		}
		b.WriteString(o.Text("application") + ": path " + o.Text("path"))
		if v := o.Text("version"); v != "" {
			b.WriteString(", version " + v)
		}
		b.WriteByte('\n')
	}
	s.Output, s.HasOutput = b.String(), true
}

func serverHeader(v host.Value) host.Value {
	o, ok := v.(*host.Object)
	if !ok {
		return v
	}
	if s, ok := o.Get("Server"); ok {
		return host.List{s}
	}
	return host.List{}
}

// gitRepositories turns an object of repositories into a list.
func gitRepositories(v host.Value) host.Value {
	list, ok := namedItems("repository", dots)(v).(host.List)
	if !ok {
		return v
	}
	for _, item := range list {
		o := item.(*host.Object)
		if files, ok := o.Get("files-found"); ok {
			if fo, ok := files.(*host.Object); ok {
				found := host.List{}
				for _, m := range fo.Members {
					if m.Value == "true" {
						found = append(found, gitName(m.Key))
					}
				}
				o.Set("files-found", found)
			}
		}
		if matches, ok := o.Get("interesting-matches"); ok {
			if mo, ok := matches.(*host.Object); ok {
				out := host.List{}
				for _, m := range mo.Members {
					out = append(out, host.NewObject("file", gitName(m.Key), "matches", m.Value))
				}
				o.Set("interesting-matches", out)
			}
		}
	}
	return list
}

// gitName undoes what became of the dot of a name in .git.
func gitName(s string) string {
	if strings.HasPrefix(s, "_git") {
		return ".git" + s[4:]
	}
	return s
}
