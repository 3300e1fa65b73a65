package httpapi_test

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"ivre/config"
	"ivre/httpapi"
	"ivre/ingest/flow"
)

const badReferer = `{"error": "Invalid Referer header. Check your configuration."}`

// TestReferer has the vectors 1 to 5 (of web-api.md), for /flows instead of /scans.
func TestReferer(t *testing.T) {
	proxied := []string{"Referer", "https://front.example/x", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "front.example"}
	trust := func(c *config.Config) { c.WebTrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }
	listed := func(c *config.Config) {
		c.WebAllowedReferers = config.Referers{Mode: config.Listed, URLs: []string{"http://p/ui/"}}
	}
	off := func(c *config.Config) { c.WebAllowedReferers = config.Referers{Mode: config.AnyReferer} }
	tests := []struct {
		name    string
		set     func(*config.Config)
		headers []string
		ok      bool
	}{
		{"1: none", nil, []string{"Referer", ""}, false},
		{"2: no final slash", nil, []string{"Host", "h", "Referer", "http://h"}, false},
		{"2: other scheme", nil, []string{"Host", "h", "Referer", "https://h/"}, false},
		{"2: other site", nil, []string{"Host", "h", "Referer", "http://evil/"}, false},
		{"same origin", nil, []string{"Host", "h", "Referer", "http://h/"}, true},
		{"same origin, some path", nil, []string{"Host", "h", "Referer", "http://h/anything?x"}, true},
		{"case", nil, []string{"Host", "h", "Referer", "http://H/"}, false},
		{"default port is not left out", nil, []string{"Host", "h", "Referer", "http://h:80/"}, false},
		{"prefix of a longer name", nil, []string{"Host", "h", "Referer", "http://h.evil/"}, false},
		{"3: API key", nil, []string{"Referer", "", "X-API-Key", "zz"}, true},
		{"3: empty API key", nil, []string{"Referer", "", "X-API-Key", ""}, false},
		{"3: bearer", nil, []string{"Referer", "", "Authorization", "bearer  a"}, true},
		{"3: Bearer alone", nil, []string{"Referer", "", "Authorization", "Bearer"}, false},
		{"3: two parts", nil, []string{"Referer", "", "Authorization", "Bearer a b"}, false},
		{"3: Basic", nil, []string{"Referer", "", "Authorization", "Basic YTpi"}, false},
		{"3: API key and a bad Referer", nil, []string{"Referer", "http://evil/", "X-API-Key", "zz"}, true},
		{"4: a front end that is trusted", trust, proxied, true},
		{"4: a front end that is not", nil, proxied, false},
		{"4: trusted, but the Referer is that of the inner host", trust, append([]string{"Host", "h"}, append(proxied, "Referer", "http://h/")...), false},
		{"4: chain of front ends", trust, []string{"Referer", "https://front.example/", "X-Forwarded-Proto", "https, http", "X-Forwarded-Host", "front.example, inner"}, true},
		{"5: listed", listed, []string{"Referer", "http://p/ui/"}, true},
		{"5: below a listed one", listed, []string{"Referer", "http://p/ui/x"}, false},
		{"5: same origin, but not listed", listed, []string{"Host", "h", "Referer", "http://h/"}, false},
		{"off, none", off, []string{"Referer", ""}, true},
		{"off, other site", off, []string{"Referer", "http://evil/"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ts := server(t, func(d *httpapi.Deps) {
				if tt.set != nil {
					tt.set(d.Config)
				}
			})
			res := get(t, ts, countQuery, tt.headers...)
			if tt.ok {
				res.check(t, tt.name, 200, countAnswer)
				return
			}
			// Never HTML, whatever the client likes.
			res.check(t, tt.name, 400, badReferer)
			get(t, ts, countQuery, append(tt.headers, "Accept", "text/html")...).check(t, tt.name, 400, badReferer)
			if ct := res.Header.Get("Content-Type"); ct != "application/json" {
				t.Errorf("Content-Type %q", ct)
			}
		})
	}
}

// TestGateOrder has each gate shut together with all that come after it.
func TestGateOrder(t *testing.T) {
	stored := 0
	uploads := func(d *httpapi.Deps) {
		d.Config.WebUploadOK = true
		d.Ingest = func(context.Context, func(flow.Sink) error) error { stored++; return nil }
		d.Cleanup = func(context.Context) error { stored++; return nil }
	}
	hidden := func(d *httpapi.Deps) { d.Config.WebModules = []string{"view", "dns", "unknown"} }
	noModule := `{"error": "Module 'flow' is not exposed by this server."}`
	noUploads := `{"error": "Uploads are disabled. Set WEB_UPLOAD_OK to True in the configuration to allow them."}`
	tests := []struct {
		name, method, path, referer string
		set                         []func(*httpapi.Deps)
		status                      int
		body                        string
	}{
		{"referer before module", "GET", "/cgi/flows", "http://evil/", []func(*httpapi.Deps){hidden}, 400, badReferer},
		{"referer before uploads", "POST", "/cgi/flows", "http://evil/", nil, 400, badReferer},
		{"uploads before module", "POST", "/cgi/flows", "", []func(*httpapi.Deps){hidden}, 403, noUploads},
		{"uploads of clean-up", "POST", "/cgi/flows/cleanup", "", nil, 403, noUploads},
		{"18: module", "GET", "/cgi/flows", "", []func(*httpapi.Deps){hidden}, 404, noModule},
		{"module before parameters", "GET", "/cgi/flows?q=%zz", "", []func(*httpapi.Deps){hidden}, 404, noModule},
		{"module of an upload", "POST", "/cgi/flows", "", []func(*httpapi.Deps){uploads, hidden}, 404, noModule},
		{"module of clean-up", "POST", "/cgi/flows/cleanup", "", []func(*httpapi.Deps){uploads, hidden}, 404, noModule},
		{"method before referer", "PUT", "/cgi/flows", "http://evil/", nil, 405, `{"error": "Method Not Allowed"}`},
		{"path before referer", "GET", "/cgi/nothing", "http://evil/", nil, 404, `{"error": "Not found: '/cgi/nothing'"}`},
		{"clean-up", "POST", "/cgi/flows/cleanup", "", []func(*httpapi.Deps){uploads}, 200, `{"status": "ok"}`},
	}
	for _, tt := range tests {
		stored = 0
		ts := server(t, func(d *httpapi.Deps) {
			for _, f := range tt.set {
				f(d)
			}
		})
		headers := []string{}
		if tt.referer != "" {
			headers = []string{"Referer", tt.referer}
		}
		res := do(t, ts, tt.method, tt.path, strings.NewReader(`{"records": []}`), headers...)
		res.check(t, tt.name, tt.status, tt.body)
		if (stored > 0) != (tt.name == "clean-up") {
			t.Errorf("%s: %d calls", tt.name, stored)
		}
	}
}

// TestDisabledUploadIsNotRead sends a body that never comes.
func TestDisabledUploadIsNotRead(t *testing.T) {
	ts := server(t, nil)
	res := do(t, ts, "POST", "/cgi/flows", blocked{}, "Expect", "100-continue")
	if res.StatusCode != 403 {
		t.Errorf("got %d %s", res.StatusCode, res.body)
	}
}

type blocked struct{}

func (blocked) Read([]byte) (int, error) { select {} }

// TestMethods has vector 24.
func TestMethods(t *testing.T) {
	ts := server(t, func(d *httpapi.Deps) { d.PublicMetrics = true })
	tests := []struct{ method, path, allow string }{
		{"PUT", "/cgi/flows", "GET,POST"}, {"GET", "/cgi/flows/cleanup", "POST"}, {"HEAD", "/cgi/flows/cleanup", "POST"},
		{"DELETE", "/cgi/config", "GET"}, {"OPTIONS", "/cgi/flows", "GET,POST"}, {"PROPFIND", "/cgi/config", "GET"}, {"BREW", "/cgi/flows", "GET,POST"},
		{"POST", "/index.html", "GET"}, {"OPTIONS", "/", "GET"}, {"POST", "/metrics", "GET"},
	}
	for _, tt := range tests {
		res := do(t, ts, tt.method, tt.path, nil)
		if res.StatusCode != 405 || strings.Join(res.Header.Values("Allow"), "|") != tt.allow {
			t.Errorf("%s %s: %d, Allow %q, want %q", tt.method, tt.path, res.StatusCode, res.Header.Values("Allow"), tt.allow)
		}
		for name := range res.Header {
			if strings.HasPrefix(name, "Access-Control") {
				t.Errorf("%s %s: header %s", tt.method, tt.path, name)
			}
		}
	}
}

func TestUnknownPaths(t *testing.T) {
	ts := server(t, nil)
	for _, path := range []string{
		"/cgi", "/cgi/", "/cgi/flows/", "/cgi/config/", "/cgi/Flows", "/cgi/flows/cleanup/", "/cgi//flows", "/flows", "/config",
		"/cgi/scans", "/cgi/scans/count", "/cgi/view", "/cgi/passive", "/cgi/dns", "/cgi/rir", "/cgi/notes/", "/cgi/auth/me", "/cgi/auth/config",
		"/nothing.html", "/index.html/", "/index.html/x", "/index.html.tmpl", "/pages/landing.css", "/doc/../nothing", "/dokuwiki/x",
	} {
		for _, method := range []string{"GET", "OPTIONS"} {
			if method == "OPTIONS" && !strings.HasPrefix(path, "/cgi") {
				continue
			}
			if res := do(t, ts, method, path, nil); res.StatusCode != 404 || !strings.HasPrefix(res.body, `{"error": "Not found: '/`) {
				t.Errorf("%s %s: %d %s", method, path, res.StatusCode, res.body)
			}
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	ts := server(t, configured(func(c *config.Config) { c.WebStaticPath = staticFolder(t) }))
	tests := []struct {
		path, referer string
		framed        bool
	}{
		{countQuery, "", false}, {countQuery, "http://evil/", false}, {"/cgi/flows?q=x", "", false}, {"/cgi/config", "", false},
		{"/cgi/nothing", "", false}, {"/", "", false}, {"/index.html", "", false}, {"/nothing", "", false}, {"/metrics", "", false},
		{"/app.js", "", false}, {"/doc/index.html", "", true}, {"/doc/nothing", "", true}, {"/doc", "", false},
	}
	for _, tt := range tests {
		headers := []string{"X-Forwarded-For", "192.0.2.1"}
		if tt.referer != "" {
			headers = append(headers, "Referer", tt.referer)
		}
		h := get(t, ts, tt.path, headers...).Header
		if h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options %q", tt.path, h["X-Content-Type-Options"])
		}
		frame, csp := h.Get("X-Frame-Options"), h.Get("Content-Security-Policy")
		if tt.framed != (frame == "") || !tt.framed && frame != "DENY" {
			t.Errorf("%s: X-Frame-Options %q", tt.path, frame)
		}
		if tt.framed == strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: Content-Security-Policy %q", tt.path, csp)
		}
	}
}

func TestConfigRoute(t *testing.T) {
	const want = `config.notesbase = "/dokuwiki/#IP#";
config.dflt_limit = 10;
config.warn_dots_count = 20000;
config.uploadok = false;
config.flow_time_precision = 3600;
config.version = "1.2.3";
config.auth_enabled = false;
config.sequential_loading = true;
config.modules = ["flow"];
`
	res := get(t, server(t, nil), "/cgi/config")
	res.check(t, "default", 200, want)
	if ct := res.Header.Get("Content-Type"); ct != "application/javascript" {
		t.Errorf("Content-Type %q", ct)
	}
	get(t, server(t, nil), "/cgi/config", "Referer", "").check(t, "without Referer", 400, badReferer)
	changed := server(t, func(d *httpapi.Deps) {
		d.Version = "</script>\u00e9"
		d.Config.WebNotesBase, d.Config.WebLimit, d.Config.WebWarnDotsCount = "", 7, 0
		d.Config.FlowTimePrecision, d.Config.WebSequentialLoading, d.Config.WebModules = 60, false, []string{"rir"}
	})
	get(t, changed, "/cgi/config").check(t, "changed", 200, `config.notesbase = null;
config.dflt_limit = 7;
config.warn_dots_count = 0;
config.uploadok = false;
config.flow_time_precision = 60;
config.version = "</script>\u00e9";
config.auth_enabled = false;
config.sequential_loading = false;
config.modules = [];
`)
}

func TestNewRefusesHalfOfWhatItNeeds(t *testing.T) {
	uploads, folder := config.Default(), config.Default()
	uploads.WebUploadOK = true
	folder.WebStaticPath = "/nonexistent/folder"
	for _, tt := range []struct {
		d    httpapi.Deps
		want string
	}{
		{httpapi.Deps{}, "needs a configuration and a database"},
		{httpapi.Deps{Config: config.Default()}, "needs a configuration and a database"},
		{httpapi.Deps{Config: uploads, Flows: fixedFlows{}}, "WEB_UPLOAD_OK"},
		{httpapi.Deps{Config: folder, Flows: fixedFlows{}}, "WEB_STATIC_PATH: open"},
	} {
		if _, err := httpapi.New(tt.d); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
}

var _ http.Handler = (*httpapi.Server)(nil)
