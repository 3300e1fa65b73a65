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

// section is what the first page says of a purpose other than flows.
type section struct {
	Module    string
	Title     string
	Intro     string
	Questions []question
	More      string  // routes that have no question here
	Upload    *upload // nil: nothing can be stored
}

// upload is a POST route below the API's.
type upload struct{ Path, What string }

// Address is that for other programs.
func (u *upload) Address() string { return mount + u.Path }

// question is one that the first page shows, and leads to: an address below the API's.
type question struct{ Text, Path string }

// Link is relative, so that a front end may put everything below a prefix.
func (q question) Link() string {
	sep := "?"
	if strings.Contains(q.Path, "?") {
		sep = "&"
	}
	return strings.TrimPrefix(mount, "/") + q.Path + sep + "show=1"
}

// Address is that for other programs.
func (q question) Address() string { return mount + q.Path }

var sections = []section{
	{moduleView, "View", "One record for each address, of everything that scans and sensors know of it. ivre db2view makes it.", []question{
		{"How many addresses there are", "/view/count"},
		{"The first five", "/view?q=limit:5"},
		{"The most frequent services", "/view/top/service:10"},
		{"The systems that they are in", "/view/top/as:10"},
		{"When they were seen", "/view/timeline"},
	}, "distinct, onlyips, ipsports, countopenports, coordinates, diffcats", &upload{"/view", "hosts (JSON) that other programs know of"}},
	{moduleActive, "Scans", "What scanners found, each scan by itself.", []question{
		{"How many hosts there are", "/scans/count"},
		{"The first five hosts", "/scans?q=limit:5"},
		{"The most frequent services", "/scans/top/service:10"},
		{"What web servers run", "/scans/top/product:http:10"},
		{"Ports that were seen", "/scans/distinct/ports.port?q=limit:0"},
		{"Ports of each host", "/scans/ipsports?q=openport"},
	}, "onlyips, timeline, countopenports, coordinates, diffcats", &upload{"/scans", "reports of scanners"}},
	{modulePassive, "Passive records", "What sensors saw on the wire: names, certificates, banners, fingerprints.", []question{
		{"How many records there are", "/passive/count"},
		{"The first five", "/passive?q=limit:5"},
		{"Kinds of records", "/passive/top/recontype"},
		{"The most frequent user agents", "/passive/top/value:10?q=useragent"},
	}, "distinct; /cgi/passivedns/NAME, ADDRESS or NETWORK for clients of passive DNS (Common Output Format)", nil},
	{moduleDNS, "Names", "Which name pointed where and when, of scans and sensors together.", []question{
		{"The names that were seen last", "/dns?q=limit:10"},
	}, "", nil},
	{moduleRIR, "Registries", "Who holds which addresses and systems. ivre rirlookup --insert loads the registries' dumps.", []question{
		{"How many objects there are", "/rir/count"},
		{"The first five", "/rir?q=limit:5"},
		{"Countries of networks", "/rir/top/country:10"},
	}, "distinct", nil},
}

// landing sends the first page of a server without a web interface of its own.
func (s *Server) landing(w http.ResponseWriter, r *http.Request) error {
	data := struct {
		Version, Origin string
		Flows, Scans    bool
		Uploads         bool
		Sections        []section
		Examples        []example
		First           example
	}{Version: s.Version, Origin: "http://HOST", Uploads: s.cfg.WebUploadOK, Examples: examples, First: examples[0]}
	exposed := s.exposedModules()
	data.Flows, data.Scans = slices.Contains(exposed, moduleFlow), slices.Contains(exposed, moduleActive)
	for _, about := range sections {
		if slices.Contains(exposed, about.Module) {
			data.Sections = append(data.Sections, about)
		}
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
