package httpscript

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"ivre/ingest/host"
)

func TestContent(t *testing.T) {
	listing := func(title, files, output string) string {
		return `, "scripts": [{"id": "http-title", "output": "` + title + `", "http-title": {"title": "` + title + `"}},
			{"id": "http-ls", "output": "` + output + `", "ls": {"volumes": [{"volume": "/", "files": [` + files + `]}]}}]`
	}
	for _, c := range []struct{ name, body, port string }{
		{"empty", "", ""},
		{"no title", "<titlex <b>x", ""},
		{"title", "<html><TITLE lang=en>a\n\xe9</Title>", `, "scripts": [{"id": "http-title", "output": "a\\n\\xe9", "http-title": {"title": "a\\n\\xe9"}}]`},
		{"empty title", "<title></title>", `, "scripts": [{"id": "http-title", "output": "", "http-title": {"title": ""}}]`},
		{"the title that is closed", "<title <title>a<b></title><title>c</title>", `, "scripts": [{"id": "http-title", "output": "c", "http-title": {"title": "c"}}]`},
		{"columns", `<title>Index of /pub</title><a href="a.txt">a.txt</a> 2024-01-02 10:11  12K`,
			listing("Index of /pub", `{"filename": "a.txt", "time": "2024-01-02 10:11", "size": "12K"}`, `Volume /\nSIZE  TIME              FILENAME\n12K   2024-01-02 10:11  a.txt\n`)},
		{"nginx", "<title>Index of /</title><pre><a href=\"../\">../</a>\r\n<a href=\"d/\">d/</a>      02-Jan-2024 10:11        -\r\n<a href=\"f\">f</a>  02-Jan-2024 10:11:12\r\n",
			listing("Index of /", `{"filename": "d/", "time": "02-Jan-2024 10:11", "size": "-"}, {"filename": "f", "time": "02-Jan-2024 10:11:12"}`,
				`Volume /\nSIZE  TIME                  FILENAME\n-     02-Jan-2024 10:11     d/\n-     02-Jan-2024 10:11:12  f\n`)},
		{"Apache", `<title>Index of /</title><tr><td><a href="/">Parent Directory</a></td><td>&nbsp;</td><td align="right">  - </td></tr>
			<tr><TD><A HREF="a%20b">a b</A></TD><td align="right">2024-01-02 10:11  </td><td align="right"> 12K </td></tr>
			<tr><td><a href="d/">d/</a></td><td align="right">2024-01-02 10:12  </td><td align="right">  </td>`,
			listing("Index of /", `{"filename": "a%20b", "time": "2024-01-02 10:11", "size": "12K"}, {"filename": "d/", "time": "2024-01-02 10:12"}`,
				`Volume /\nSIZE  TIME              FILENAME\n12K   2024-01-02 10:11  a%20b\n-     2024-01-02 10:12  d/\n`)},
		{"bare list, twice", `<title>Directory  listing for /</title><ul><li><a href="x">x</a></li><li><a href="y">Y</a></li><li><a href="z">z</a> 1-a-1 1:1 2`,
			listing("Directory  listing for /", `{"filename": "z", "time": "1-a-1 1:1", "size": "2"}, {"filename": "x"}, {"filename": "z"}`,
				`Volume /\nSIZE  TIME       FILENAME\n2     1-a-1 1:1  z\n-     -          x\n-     -          z\n`)},
		{"no files", `<title>Index of /</title>`, `, "scripts": [{"id": "http-title", "output": "Index of /", "http-title": {"title": "Index of /"}}]`},
		{"no listing", `<title>Indexof</title><a href="a">a</a> 2024-01-02 10:11  12K`, `, "scripts": [{"id": "http-title", "output": "Indexof", "http-title": {"title": "Indexof"}}]`},
	} {
		got := record(func(h *host.Host, p *host.Port) { Content(h, p, []byte(c.body), "") })
		describes(t, c.name, got, "", c.port, "")
	}
}

func TestTitleIsKept(t *testing.T) {
	p := &host.Port{Scripts: []host.Script{{ID: "http-title", Output: "old"}}}
	Content(&host.Host{}, p, []byte("<title>new</title>"), "/")
	if len(p.Scripts) != 1 || p.Scripts[0].Output != "old" {
		t.Errorf("%+v", p.Scripts)
	}
}

func TestElasticsearch(t *testing.T) {
	const hostname = `"hostnames": [{"type": "service", "name": "node-1", "domains": ["node-1"]}], `
	cpe := func(vendor, product, version string) string {
		return `{"type": "a", "vendor": "` + vendor + `", "product": "` + product + `", "version": "` + version + `", "origins": ["ports.port:443"]}`
	}
	service := func(more string) string {
		return `, "service_name": "http", "service_product": "Elasticsearch REST API"` + more
	}
	refusal := service(`, "service_extrainfo": "Authentication required"`)
	noVersion := `, "cpes": [` + cpe("elasticsearch", "elasticsearch", "") + `]`
	for _, c := range []struct{ name, body, before, port, after string }{
		{"start page", ` {"name": "node-1", "cluster_name": "c", "version": {"number": "7.1.0", "lucene_version": "8.0"}, "tagline": "You Know, for Search"}`, hostname,
			service(`, "service_version": "7.1.0", "service_hostname": "node-1", "service_extrainfo": "name: node-1; cluster: c; Lucene 8.0"`),
			`, "cpes": [` + cpe("elasticsearch", "elasticsearch", "7.1.0") + ", " + cpe("apache", "lucene", "8.0") + `]`},
		{"little", `{"tagline": "You Know, for Search", "version": 1}`, "", service(""), noVersion},
		{"text", `{"error": "AuthenticationException[missing token]", "status": 401}`, "", refusal, noVersion},
		{"object", `{"error": {"root_cause": []}, "status": 401}`, "", refusal, noVersion},
		{"status in the object", `{"error": {"root_cause": [], "status": 401}}`, "", refusal, noVersion},
		{"another error", `{"error": "NotFoundException", "status": 401}`, "", "", ""},
		{"another status", `{"error": {"root_cause": []}, "status": [404]}`, "", "", ""},
		{"another cause", `{"error": {"cause": []}, "status": 401}`, "", "", ""},
		{"another tagline", `{"tagline": "You Know", "name": "x"}`, "", "", ""},
		{"cut", `{"tagline": "You Know, for Search"`, "", "", ""},
		{"list", `[{"tagline": "You Know, for Search"}]`, "", "", ""},
	} {
		got := record(func(h *host.Host, p *host.Port) { Content(h, p, []byte(c.body), "/") })
		describes(t, c.name, got, c.before, c.port, c.after)
	}
	p := &host.Port{Service: host.Service{Name: "x", Product: "nginx", Version: "1", Tunnel: "ssl", Hostname: "h"}}
	Content(&host.Host{}, p, []byte(`{"error": {"root_cause": 1}, "status": 401}`), "/")
	if want := (host.Service{Name: "http", Product: "Elasticsearch REST API", ExtraInfo: "Authentication required", Tunnel: "ssl", Hostname: "h"}); p.Service != want {
		t.Errorf("%+v", p.Service)
	}
}

// TestLinear reads pages that make a naive reader take quadratic time or memory.
func TestLinear(t *testing.T) {
	const n = 1 << 18
	start := time.Now()
	for _, body := range []string{
		strings.Repeat("<title", n), strings.Repeat("<title", n) + ">x<", strings.Repeat("<title>", n), strings.Repeat("<title>"+strings.Repeat(" ", 100), n/100),
		"<title>Index of" + strings.Repeat(`<a href="`, n), "<title>Index of" + strings.Repeat(`<a href="a">`, n), "<title>Index of" + strings.Repeat(`<a href="a">a</a></td><td`, n),
		"<title>Index of" + strings.Repeat(`<a href="a">a</a> 1-1-1 1:1 2`, n) + strings.Repeat("x", n), "<title>Index of" + strings.Repeat(" ", n),
		"<title>Index of" + strings.Repeat(`<a href="a">a</a>1-1-1 1:1 x<a href="`+strings.Repeat("9", 60), n/8),
	} {
		p := &host.Port{}
		Content(&host.Host{}, p, []byte(body), "/")
		if s := p.Script("http-ls"); s != nil && len(s.Output) > 8*len(body) {
			t.Errorf("%.40q: an output of %d bytes", body, len(s.Output))
		}
	}
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("took %v", d)
	}
}

// The patterns that define titles.
var (
	titlePattern   = regexp.MustCompile(`(?i)<title[^>]*>([^<]*)</title>`)
	listingPattern = regexp.MustCompile(`(?i)<title[^>]*> *(index +of|directory +listing +(of|for))`)
)

func FuzzContent(f *testing.F) {
	for _, s := range []string{
		`<title>Index of /pub</title><a href="a.txt">a.txt</a> 2024-01-02 10:11  12K`, `<TITLE x>Directory listing for</title><li><a href="a">a</a>`,
		`<title>index of <a href="a">a</a></td><td x> 2024-01-02 10:11 </td><td> 1K</td>`, "<title <title>a<b></title><title>c</title>",
		`{"tagline": "You Know, for Search", "name": "a", "version": {"number": "1", "lucene_version": []}}`, `{"error": {"root_cause": 1, "status": 401}}`,
	} {
		f.Add([]byte(s), "/")
	}
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		ascii := bytes.IndexFunc(body, func(r rune) bool { return r > 127 }) < 0
		if title, isListing := titles(body); ascii { // (?i) also knows letters beyond ASCII
			m := titlePattern.FindSubmatch(body)
			if (m != nil) != (title != nil) || m != nil && !bytes.Equal(m[1], title) {
				t.Errorf("title %q, want %q", title, m)
			}
			if want := listingPattern.Match(body); isListing != want {
				t.Errorf("listing: %v, want %v", isListing, want)
			}
		}
		for _, f := range listing(body) {
			if len(f.name) == 0 || !bytes.Contains(body, f.name) || f.time != nil && len(f.time) < 8 {
				t.Errorf("file %q", f)
			}
		}
		got := record(func(h *host.Host, p *host.Port) { Content(h, p, body, path) })
		if _, err := host.Decode([]byte(got)); err != nil {
			t.Errorf("%v in %s", err, got)
		}
	})
}

func BenchmarkContent(b *testing.B) {
	body := []byte("<html><head><title>Welcome</title></head><body>" + strings.Repeat("<p>Some <b>text</b> and a <a href=\"/x\">link</a>.</p>\n", 60))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for range b.N {
		p := host.Port{}
		Content(nil, &p, body, "/")
	}
}
