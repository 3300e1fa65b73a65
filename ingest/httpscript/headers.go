package httpscript

import (
	"strings"

	"ivre/ingest/host"
)

// Header is a header of an answer: its name in lower case, and its value, a string or nil if it has none. The status
// line is a header named _status.
type Header struct {
	Name  string
	Value host.Value
}

// maxScripts is the number of scripts of a port from which on nothing is added here: a port that has so many is not
// what a scanner found, and its scripts are searched for each that is added. Nmap has 600 scripts in all.
const maxScripts = 1000

// HeaderList returns the structured value of the script http-headers: a list of {name, value}.
func HeaderList(headers []Header) host.List {
	list := make(host.List, len(headers))
	for i, hd := range headers {
		list[i] = &host.Object{Members: []host.Member{{Key: "name", Value: hd.Name}, {Key: "value", Value: hd.Value}}}
	}
	return list
}

// Headers adds what headers of an answer tell: the server software (script http-server-header, only if serverHeader is
// set and the port has none) and the applications SharePoint and Kibana (script http-app and CPE names). path is
// the path of the request; "" stands for "/".
func Headers(h *host.Host, p *host.Port, headers []Header, path string, serverHeader bool) {
	if len(p.Scripts) >= maxScripts {
		return
	}
	if path == "" {
		path = "/"
	}
	if serverHeader {
		addServer(p, headers)
	}
	addSharePoint(h, p, headers, path)
	addKibana(h, p, headers, path)
}

func addServer(p *host.Port, headers []Header) {
	var values []string
	for _, hd := range headers {
		if s, _ := hd.Value.(string); s != "" && hd.Name == "server" {
			values = append(values, s)
		}
	}
	if values == nil || p.Script("http-server-header") != nil {
		return
	}
	list := make(host.List, len(values))
	for i, s := range values {
		list[i] = s
	}
	p.Scripts = append(p.Scripts, host.Script{ID: "http-server-header", Output: strings.Join(values, "\n"), HasOutput: true, Data: list})
}

// first returns the first value of a header that is not empty, "" if there is none.
func first(headers []Header, name string) string {
	for i := range headers {
		if headers[i].Name != name {
			continue
		}
		if s, _ := headers[i].Value.(string); s != "" {
			return s
		}
	}
	return ""
}

func addSharePoint(h *host.Host, p *host.Port, headers []Header, path string) {
	value := first(headers, "microsoftsharepointteamservices")
	if value == "" {
		return
	}
	version, _, _ := strings.Cut(value, ":")
	h.AddCPE("cpe:/a:microsoft:sharepoint_server:"+version, host.OriginPort(p.Port))
	AddApp(p, app("SharePoint", path, version))
}

func addKibana(h *host.Host, p *host.Port, headers []Header, path string) {
	if first(headers, "kbn-name") == "" {
		return
	}
	version := first(headers, "kbn-version")
	name := "cpe:/a:elasticsearch:kibana"
	if version != "" {
		name += ":" + version
	}
	h.AddCPE(name, host.OriginPort(p.Port))
	AddApp(p, app("Kibana", joinPath(path, first(headers, "location")), version))
}

// joinPath returns the path that a location leads to. Only a location that starts with a slash replaces the path; any
// other is appended, even a URL: this is how records have always had it, and what they are compared by.
func joinPath(path, location string) string {
	switch {
	case location == "":
		return path
	case location[0] == '/':
		return location
	case strings.HasSuffix(path, "/"):
		return path + location
	}
	return path + "/" + location
}
