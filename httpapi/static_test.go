package httpapi_test

import (
	"bufio"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"ivre/config"
	"ivre/httpapi"
	"ivre/sql/flows"
	"ivre/sql/hosts"
	"ivre/sql/rir"
	"ivre/sql/store/storetest"
)

// staticFolder makes a folder of static files, with things beside it that must not be served.
func staticFolder(t testing.TB) string {
	t.Helper()
	top := t.TempDir()
	files := map[string]string{
		"secret.txt": "secret", "static/app.js": "js();", "static/doc/index.html": "<p>doc", "static/ui/index.html": "<p>ui",
		"static/data.bin": "0123456789", "static/a b.txt": "spaced", "static/sub/x.css": "css", "static/noext": "<script>",
		"static/big.json": `["` + strings.Repeat("x", 5000) + `"]`, "static/big.png": strings.Repeat("x", 5000),
	}
	for name, text := range files {
		path := filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root := filepath.Join(top, "static")
	for name, to := range map[string]string{"out.txt": "../secret.txt", "abs.txt": filepath.Join(top, "secret.txt"), "in.js": "app.js", "loop": "loop"} {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(root, "pipe.txt"), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestStaticFiles(t *testing.T) {
	ts := server(t, configured(func(c *config.Config) { c.WebStaticPath = staticFolder(t) }))
	tests := []struct {
		path   string
		status int
		typ    string
		body   string
	}{
		{"/app.js", 200, "text/javascript; charset=UTF-8", "js();"},
		{"/in.js", 200, "text/javascript; charset=UTF-8", "js();"},
		{"/doc/index.html", 200, "text/html; charset=UTF-8", "<p>doc"},
		{"/sub/x.css", 200, "text/css; charset=UTF-8", "css"},
		{"/a%20b.txt", 200, "text/plain; charset=UTF-8", "spaced"},
		{"/noext", 200, "application/octet-stream", "<script>"},
		{"/sub/../app.js", 200, "text/javascript; charset=UTF-8", "js();"},
		{"/landing.css", 200, "text/css; charset=UTF-8", ""}, // in the program
		{"/../secret.txt", 403, "application/json", `{"error": "Access denied."}`},
		{"/sub/../../secret.txt", 403, "application/json", `{"error": "Access denied."}`},
		{"/..%2fsecret.txt", 403, "application/json", `{"error": "Access denied."}`},
		{"/..", 403, "application/json", `{"error": "Access denied."}`},
		{"/out.txt", 403, "application/json", `{"error": "Access denied."}`},
		{"/abs.txt", 403, "application/json", `{"error": "Access denied."}`},
		{"/nothing", 404, "application/json", `{"error": "Not found: '/nothing'"}`},
		{"/app.js/x", 404, "application/json", `{"error": "Not found: '/app.js/x'"}`},
		{"/app.js/", 404, "application/json", `{"error": "Not found: '/app.js/'"}`},
		{"/sub", 404, "application/json", `{"error": "Not found: '/sub'"}`},
		{"/sub/", 404, "application/json", `{"error": "Not found: '/sub/'"}`},
		{"/pipe.txt", 404, "application/json", `{"error": "Not found: '/pipe.txt'"}`},
		{"/x%00", 404, "application/json", `{"error": "Not found: '/x\u0000'"}`},
		{"/" + strings.Repeat("x", 5000), 404, "application/json", `{"error": "Not found: '/` + strings.Repeat("x", 5000) + `'"}`},
	}
	for _, tt := range tests {
		res := rawGet(t, ts.Listener.Addr().String(), tt.path)
		if res.StatusCode != tt.status || res.Header.Get("Content-Type") != tt.typ || tt.body != "" && res.body != tt.body {
			t.Errorf("%.100s: %d %s %.100q, want %d %s %.100q", tt.path, res.StatusCode, res.Header.Get("Content-Type"), res.body, tt.status, tt.typ, tt.body)
		}
	}
}

// rawGet sends a path as it is; http.Client would clean it.
func rawGet(t *testing.T, addr, path string, headers ...string) response {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n%s\r\n", path, strings.Join(append(headers, ""), "\r\n"))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var b strings.Builder
	if _, err := bufio.NewReader(res.Body).WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return response{res, b.String()}
}

func TestStaticRanges(t *testing.T) {
	ts := server(t, configured(func(c *config.Config) { c.WebStaticPath = staticFolder(t) }))
	res := get(t, ts, "/data.bin")
	changed := res.Header.Get("Last-Modified")
	if _, err := http.ParseTime(changed); err != nil || res.Header.Get("Accept-Ranges") != "bytes" || res.ContentLength != 10 {
		t.Errorf("headers %v", res.Header)
	}
	get(t, ts, "/data.bin", "Range", "bytes=2-4").check(t, "range", 206, "234")
	get(t, ts, "/data.bin", "Range", "bytes=-3").check(t, "suffix", 206, "789")
	if res := get(t, ts, "/data.bin", "Range", "bytes=20-30"); res.StatusCode != 416 {
		t.Errorf("outside: %d", res.StatusCode)
	}
	get(t, ts, "/data.bin", "If-Modified-Since", changed).check(t, "not modified", 304, "")
	get(t, ts, "/data.bin", "If-Modified-Since", time.Unix(0, 0).UTC().Format(http.TimeFormat)).check(t, "modified", 200, "0123456789")
	head := do(t, ts, "HEAD", "/data.bin", nil)
	if head.check(t, "HEAD", 200, ""); head.Header.Get("Content-Length") != "10" {
		t.Errorf("HEAD: %v", head.Header)
	}
}

func TestRedirects(t *testing.T) {
	ts := server(t, nil)
	for path, to := range map[string]string{
		"/": "/index.html", "/ui": "/ui/index.html", "/ui/": "/ui/index.html", "/doc": "/doc/index.html", "/doc/": "/doc/index.html",
		"/doc/dev": "/doc/dev/index.html", "/doc/install/": "/doc/install/index.html", "/doc/usage": "/doc/usage/index.html",
	} {
		res := get(t, ts, path)
		if res.StatusCode != 303 || res.Header.Get("Location") != ts.URL+to {
			t.Errorf("%s: %d %s", path, res.StatusCode, res.Header.Get("Location"))
		}
	}
	if res := get(t, ts, "/doc/other"); res.StatusCode != 404 {
		t.Errorf("/doc/other: %d", res.StatusCode)
	}
	trusted := server(t, configured(func(c *config.Config) {
		c.WebTrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	}))
	res := get(t, trusted, "/", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "front.example")
	if to := res.Header.Get("Location"); to != "https://front.example/index.html" {
		t.Errorf("behind a front end: %s", to)
	}
}

func TestLandingPage(t *testing.T) {
	ts := server(t, nil)
	res := get(t, ts, "/index.html", "Referer", "")
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/html; charset=UTF-8" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	for _, want := range []string{"version 1.2.3", "curl -H 'Referer: " + ts.URL + "/' '" + ts.URL + "/cgi/flows?q=%7B%22count%22%3A%20true%7D'", "WEB_UPLOAD_OK", `href="landing.css"`} {
		if !strings.Contains(res.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(res.body, "<script") || strings.Contains(strings.ReplaceAll(res.body, ts.URL, ""), "//") {
		t.Error("the page has a script or refers to the outside")
	}
	if res := get(t, ts, "/index.html", "Host", "x$(touch y)'"); strings.Contains(res.body, "touch") {
		t.Error("the page repeats what is no host name")
	}
	own := staticFolder(t)
	if err := os.WriteFile(filepath.Join(own, "index.html"), []byte("own"), 0o644); err != nil {
		t.Fatal(err)
	}
	get(t, server(t, configured(func(c *config.Config) { c.WebStaticPath = own })), "/index.html").check(t, "own page", 200, "own")
	hidden := server(t, configured(func(c *config.Config) { c.WebModules = []string{} }))
	if res := get(t, hidden, "/index.html"); strings.Contains(res.body, "cgi/") {
		t.Error("the page leads to what is not exposed")
	}
}

// Every question of the first page has an answer.
func TestLandingQuestions(t *testing.T) {
	db := storetest.New(t)
	ts := server(t, func(d *httpapi.Deps) {
		withNames(db)(d)
		d.Flows, d.View, d.RIR = flows.New(db), hosts.New(db, hosts.View), rir.New(db)
	})
	asked := map[string]bool{}
	for _, link := range regexp.MustCompile(`href="(cgi/[^"]+)"`).FindAllStringSubmatch(get(t, ts, "/index.html").body, -1) {
		path := html.UnescapeString(link[1])
		about := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '?' })[1]
		asked[about] = true
		if res := get(t, ts, "/"+path); res.StatusCode != 200 {
			t.Errorf("%s: %d %s", path, res.StatusCode, res.body)
		}
	}
	for _, about := range []string{"view", "scans", "passive", "dns", "rir", "flows"} {
		if !asked[about] {
			t.Errorf("the page has no question about %s", about)
		}
	}
}

func TestMetrics(t *testing.T) {
	ts := server(t, nil)
	get(t, ts, countQuery)
	get(t, ts, "/cgi/"+strings.Repeat("x", 50))
	res := get(t, ts, "/metrics")
	for _, want := range []string{
		`ivre_http_requests_total{code="200",method="GET",route="/cgi/flows"} 1`, `ivre_http_requests_total{code="404",method="GET",route="unknown"} 1`,
		`ivre_http_request_seconds_count{route="/cgi/flows"} 1`, "ivre_http_requests_in_flight 1", "go_goroutines ",
	} {
		if !strings.Contains(res.body, want) {
			t.Errorf("no %q in\n%s", want, res.body)
		}
	}
	// What a front end passes on does not come from this machine.
	for _, h := range []string{"X-Forwarded-For", "Via", "Forwarded", "X-Real-IP"} {
		if res := get(t, ts, "/metrics", h, "127.0.0.1"); res.StatusCode != 403 {
			t.Errorf("with %s: %d", h, res.StatusCode)
		}
	}
	public := server(t, func(d *httpapi.Deps) { d.PublicMetrics = true })
	if res := get(t, public, "/metrics", "X-Forwarded-For", "192.0.2.1"); res.StatusCode != 200 {
		t.Errorf("public: %d", res.StatusCode)
	}
}
