package httpscript

import (
	"strings"

	"ivre/ingest/host"
)

// maxApps is the number of applications of a port. Each that is added is compared with the others, and the text of all
// is written again.
const maxApps = 100

// app describes an application that was found at a path. version may be empty.
func app(name, path, version string) *host.Object {
	o := host.NewObject("path", path, "application", name)
	if version != "" {
		o.Set("version", version)
	}
	return o
}

// AddApp adds an application ({path, application, version?, parsed_version?}) to the script http-app of a port, and
// writes the script's output anew. An application that is known at that path is not added again, but gets the members
// that it lacks. A port has at most 100 applications.
func AddApp(p *host.Port, app *host.Object) {
	s := p.Script("http-app")
	if s == nil {
		if len(p.Scripts) >= maxScripts {
			return
		}
		p.Scripts = append(p.Scripts, host.Script{ID: "http-app"})
		s = &p.Scripts[len(p.Scripts)-1]
	}
	list, _ := s.Data.(host.List)
	list, changed := mergeApp(list, app)
	if changed {
		s.Data, s.Output, s.HasOutput = list, AppText(list), true
	}
}

// mergeApp adds an application to a list and tells whether that changed it.
func mergeApp(list host.List, app *host.Object) (merged host.List, changed bool) {
	for _, item := range list {
		known, ok := item.(*host.Object)
		if !ok || known.Text("application") != app.Text("application") || known.Text("path") != app.Text("path") {
			continue
		}
		for _, m := range app.Members {
			if _, ok := known.Get(m.Key); !ok {
				known.Set(m.Key, m.Value)
				changed = true
			}
		}
		return list, changed
	}
	if len(list) >= maxApps {
		return list, false
	}
	return append(list, app), true
}

// AppText returns the output of the script http-app: a line "NAME: path PATH, version VERSION (PARSED)" for each
// application, the last two only if they are known.
func AppText(list host.List) string {
	var b strings.Builder
	for _, item := range list {
		app, ok := item.(*host.Object)
		if !ok {
			continue
		}
		b.WriteString(app.Text("application"))
		b.WriteString(": path ")
		b.WriteString(app.Text("path"))
		if version := app.Text("version"); version != "" {
			b.WriteString(", version ")
			b.WriteString(version)
			if parsed := app.Text("parsed_version"); parsed != "" {
				b.WriteString(" (")
				b.WriteString(parsed)
				b.WriteByte(')')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
