package httpapi

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

var landingPage = template.Must(template.ParseFS(pages, "pages/index.html.tmpl"))

// example is a question that the first page shows, and leads to.
type example struct {
	Text  string
	Query string // the API's q= (JSON)
	Extra string // other parameters
}

// Link is relative, so that a front end may put everything below a prefix.
func (e example) Link() string { return "cgi/flows?" + e.params() + "&show=1" }

// Path is the address for other programs.
func (e example) Path() string { return mount + "/flows?" + e.params() }

func (e example) params() string {
	// %20 means a space everywhere, unlike "+".
	return "q=" + strings.ReplaceAll(url.QueryEscape(e.Query), "+", "%20") + e.Extra
}

var examples = []example{
	{"How much is loaded: flows, clients, servers", `{"count": true}`, ""},
	{"The first ten flows, with the time slots in which they were seen", `{"limit": 10, "timeline": true}`, ""},
	{"Who asks for names (DNS over UDP)", `{"nodes": ["proto = udp", "dport = 53"], "limit": 10}`, ""},
	{"Who talks to whom, one edge per pair of hosts", `{"mode": "talk_map", "limit": 100}`, ""},
	{"All that is known of one host", `{"type": "node", "id": "192.0.2.1"}`, "&action=details"},
}

// landing sends the first page of a server without a web interface of its own.
func (s *Server) landing(w http.ResponseWriter, r *http.Request) error {
	data := struct {
		Version, Origin string
		Flows, Scans    bool
		Uploads         bool
		Examples        []example
		First           example
	}{
		Version: s.Version, Origin: "http://HOST", Uploads: s.cfg.WebUploadOK, Examples: examples, First: examples[0],
		Flows: slices.Contains(s.exposedModules(), moduleFlow), Scans: slices.Contains(s.exposedModules(), moduleActive),
	}
	// The page has commands to copy: only what can be the name of a host is put there.
	if origin := s.origin(r); !strings.ContainsFunc(strings.TrimPrefix(origin, "http"), notInOrigin) {
		data.Origin = origin
	}
	var b bytes.Buffer
	if err := landingPage.Execute(&b, data); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=UTF-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "same-origin") // the links need a Referer
	h.Set("Vary", "Host")
	_, err := w.Write(b.Bytes())
	if err != nil {
		s.Log.Debug("writing the first page", "error", err)
	}
	return nil
}

func notInOrigin(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return !strings.ContainsRune(".-:[]/", r)
}
