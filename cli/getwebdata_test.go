package cli_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ivre/sql/store/storetest"
)

// publisher is a server of files, with the time of their last change.
type publisher struct {
	mu    sync.Mutex
	files map[string]string
	times map[string]time.Time
	asked []string // "200 NAME" or "304 NAME"
	*httptest.Server
}

func publish(t *testing.T) *publisher {
	p := &publisher{files: map[string]string{}, times: map[string]time.Time{}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *publisher) put(name, text string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files[name], p.times[name] = text, at
}

// take returns what was asked for since the last time.
func (p *publisher) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := strings.Join(p.asked, ", ")
	p.asked = nil
	return asked
}

func (p *publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := strings.TrimPrefix(r.URL.Path, "/")
	text, ok := p.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	answer := &statusOf{ResponseWriter: w, code: http.StatusOK}
	if strings.HasPrefix(text, "CUT ") { // half of the file, then the end of the connection
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		w.Write([]byte(text[4:]))
		return
	}
	http.ServeContent(answer, r, "", p.times[name], strings.NewReader(text))
	p.asked = append(p.asked, fmt.Sprint(answer.code, " ", name))
}

type statusOf struct {
	http.ResponseWriter
	code int
}

func (s *statusOf) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

const (
	webCDN   = `{"cdn": {"acme": ["192.0.2.0/24"]}, "waf": {"acme": ["192.0.2.64/26", "2001:db8::/32"]}}`
	webAWS   = `{"prefixes": [{"ip_prefix": "198.51.100.0/24", "region": "us-gov-west-1", "service": "EC2"}]}`
	webAzure = `{"values": [{"properties": {"platform": "Azure", "region": "usgoviowa", "addressPrefixes": ["203.0.113.0/24"]}}]}`
)

// webLists is a server of all lists, and a configuration that names it.
func webLists(t *testing.T) (p *publisher, config, dir string) {
	p, dir = publish(t), filepath.Join(t.TempDir(), "new", "data")
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	azure := "down/ServiceTags_AzureGovernment_20260102.json"
	for name, text := range map[string]string{
		"tor": "198.51.100.9\n9.9.9.9\n", "cdn": webCDN, "ssi": "<html><li>9.9.9.10</li><li>9.9.9.9</li>", "censys": "9.9.9.9\n9.9.8.0/24\n",
		"rapid7": "9.9.9.11\n", "ncsc": "9.9.9.9\n", "aws": webAWS, "page": `<a href="` + p.URL + "/" + azure + `">download</a>`, azure: webAzure,
	} {
		p.put(name, text, at)
	}
	var urls []string
	for _, pair := range []string{
		"tor_exit_nodes.txt tor", "cdn_nuclei.json cdn", "ssigouvfr_scanners.txt ssi", "censys_scanners.txt censys", "rapid7_scanners.txt rapid7",
		"ukncsc_scanners.txt ncsc", "govcloud_aws.json aws", "govcloud_azure.json page",
	} {
		name, path, _ := strings.Cut(pair, " ")
		urls = append(urls, fmt.Sprintf("%q: %q", name, p.URL+"/"+path))
	}
	config = filepath.Join(t.TempDir(), "ivre.conf")
	text := "DATA_PATH = " + pythonText(dir) + "\nWEBDATA_URLS = {" + strings.Join(urls, ", ") + "}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p, config, dir
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(text)
	}
	return out
}

func TestGetWebData(t *testing.T) {
	p, config, dir := webLists(t)
	flags := []string{"--config=" + config}
	got := run(t, "--config="+config, "getwebdata")
	if got.code != 0 || got.out != "" || strings.Count(got.err, ": done.\n") != 8 {
		t.Fatalf("%+v", got)
	}
	if text := contents(t, dir)["censys_scanners.txt"]; text != "9.9.8.0/24\n9.9.9.9/32\n" {
		t.Errorf("Censys: %s", text)
	}
	const acme = "acme as listed by cdncheck (projectdiscovery)\n"
	tags := []question{
		{args: []string{"ipdata", "9.9.9.9"}, want: "9.9.9.9\n    Scanner: Listed as a ANSSI scanner, Listed as a Censys scanner, Listed as a UK-NCSC scanner\n    TOR: Exit node listed at <https://check.torproject.org/torbulkexitlist>\n"},
		{args: []string{"ipdata", "9.9.8.77", "9.9.9.10", "9.9.9.11", "9.9.9.12"}, want: "9.9.8.77\n    Scanner: Listed as a Censys scanner\n9.9.9.10\n    Scanner: Listed as a ANSSI scanner\n9.9.9.11\n    Scanner: Listed as a Rapid7 scanner\n9.9.9.12\n"},
		{args: []string{"ipdata", "192.0.2.65"}, want: "192.0.2.65\n    CDN: " + acme + "    Reserved address: Address type Documentation\n    WAF: " + acme},
		{args: []string{"ipdata", "192.0.2.1"}, want: "192.0.2.1\n    CDN: " + acme + "    Reserved address: Address type Documentation\n"},
		{args: []string{"ipdata", "2001:db8::1"}, want: "2001:db8::1\n    Reserved address: Address type Documentation\n    WAF: " + acme},
		{args: []string{"ipdata", "198.51.100.1"}, want: "198.51.100.1\n    GovCloud: Platform: AWS, Region: us-gov-west-1, Service: EC2\n    Reserved address: Address type Documentation\n"},
		{args: []string{"ipdata", "203.0.113.1"}, want: "203.0.113.1\n    GovCloud: Platform: Azure, Region: usgoviowa\n    Reserved address: Address type Documentation\n"},
	}
	ask(t, flags, tags)
	before := contents(t, dir)
	p.take()

	// Nothing has changed.
	got = run(t, "--config="+config, "getwebdata")
	if got.code != 0 || strings.Count(got.err, ": already downloaded.\n") != 8 {
		t.Errorf("%+v", got)
	}
	if asked := p.take(); strings.Count(asked, "304 ") != 8 || !strings.Contains(asked, "200 page, 304 down/") {
		t.Errorf("asked for %s", asked)
	}
	sameFiles(t, dir, before)

	// One list has.
	p.put("tor", "9.9.9.13\n", time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC))
	if got = run(t, "--config="+config, "getwebdata", "-q"); got.code != 0 || got.err != "" {
		t.Errorf("%+v", got)
	}
	ask(t, flags, []question{{args: []string{"ipdata", "9.9.9.13"}, want: "9.9.9.13\n    TOR: Exit node listed at <https://check.torproject.org/torbulkexitlist>\n"}})
	for name := range contents(t, dir) {
		if strings.HasPrefix(name, ".") {
			t.Errorf("%s was left behind", name)
		}
	}
}

func sameFiles(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	got := contents(t, dir)
	if len(got) != len(want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s is\n%s\nwant\n%s", name, got[name], text)
		}
	}
}

// A download that is broken leaves the file that is there, and the others are fetched.
func TestGetWebDataBroken(t *testing.T) {
	p, config, dir := webLists(t)
	if got := run(t, "--config="+config, "getwebdata", "-q"); got.code != 0 || got.err != "" {
		t.Fatalf("%+v", got)
	}
	before := contents(t, dir)
	later := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	delete(p.files, "ncsc") // 404
	for name, text := range map[string]string{
		"tor": "<html>down for maintenance</html>", "cdn": webCDN[:40], "ssi": "<html>your address is 9.9.9.1</html>", "censys": "", "rapid7": "CUT 9.9.9.1\n",
		"aws": "{}", "page": "<html>moved</html>",
	} {
		p.put(name, text, later)
	}
	got := run(t, "--config="+config, "getwebdata", "-q")
	for _, want := range []string{
		"tor_exit_nodes.txt: cannot use " + p.URL + "/tor: it is a web page, not the list; the old one stays", "cdn_nuclei.json: ", "unexpected end of JSON",
		"the web page does not list addresses", "censys_scanners.txt: ", "unexpected EOF", "404", "govcloud_aws.json: ", "give it in WEBDATA_URLS, for \"govcloud_azure.json\"",
	} {
		if !strings.Contains(got.err, want) {
			t.Errorf("there is no %q in\n%s", want, got.err)
		}
	}
	if got.code != 0 || strings.Count(got.err, "the old one stays\n") != 8 {
		t.Errorf("%+v", got)
	}
	sameFiles(t, dir, before)

	// What is mended is fetched again.
	p.put("tor", "9.9.9.13\n", later)
	run(t, "--config="+config, "getwebdata", "-q")
	if text := contents(t, dir)["tor_exit_nodes.txt"]; text != "9.9.9.13\n" {
		t.Errorf("mended: %s", text)
	}
}

func TestGetWebDataSettings(t *testing.T) {
	_, config, _ := webLists(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	none := []string{}
	for _, name := range []string{"tor_exit_nodes.txt", "cdn_nuclei.json", "ssigouvfr_scanners.txt", "censys_scanners.txt", "rapid7_scanners.txt", "ukncsc_scanners.txt", "govcloud_aws.json", "govcloud_azure.json"} {
		none = append(none, fmt.Sprintf("%q: None", name))
	}
	other := filepath.Join(t.TempDir(), "other.conf")
	text := "DATA_PATH = " + pythonText(dir) + "\nWEBDATA_URLS = {" + strings.Join(none, ", ") + `, "tor.txt": "http://192.0.2.1/"}`
	if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ask(t, nil, []question{
		{args: []string{"--config=" + other, "getwebdata"}, err: `there is no list "tor.txt"; there are tor_exit_nodes.txt, `},
		{args: []string{"getwebdata"}, code: 1, err: "set DATA_PATH to the folder"},
	})
	if got := contents(t, dir); len(got) != 1 {
		t.Errorf("lists that are left out: %v", got)
	}
	text = "DATA_PATH = " + pythonText(filepath.Join(file, "x")) + "\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ask(t, []string{"--config=" + config}, []question{{args: []string{"getwebdata"}, code: 1, err: "set DATA_PATH to a folder that can be written to"}})
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write([]byte(text))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Fetches dumps, loads them and looks addresses up.
func TestRIRDownload(t *testing.T) {
	p, dir := publish(t), filepath.Join(t.TempDir(), "new")
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	p.put("b.db.gz", zipped(t, "inetnum: 192.0.2.0 - 192.0.2.255\nnetname: ONE\n"), at)
	p.put("a.db", "inetnum: 198.51.100.0 - 198.51.100.255\nnetname: TWO\n", at)
	config := filepath.Join(t.TempDir(), "ivre.conf")
	text := fmt.Sprintf("RIR_PATH = %s\nRIR_URLS = {'b.db.gz': '%s/b.db.gz', 'a.db': '%s/a.db', 'none.db': None}\n", pythonText(dir), p.URL, p.URL)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	a, b := filepath.Join(dir, "a.db"), filepath.Join(dir, "b.db.gz")
	flags := []string{"--config=" + config, serverFlag(storetest.New(t))}
	ask(t, flags, []question{
		{args: []string{"rirlookup", "--insert"}, code: 1, err: "fetch them with --download"},
		{args: []string{"rirlookup", "--download"}, want: a + "\n" + b + "\n", err: "Downloading to " + a + ": done.\n"},
		{args: []string{"rirlookup", "--download"}, err: "already downloaded"},
		{args: []string{"rirlookup", "--download", "--insert"}, err: "already downloaded"},
		{args: []string{"rirlookup", "--count"}, want: "0\n"}, // nothing was fetched
		{args: []string{"rirlookup", "--insert"}, err: b + ": 1 objects loaded"},
		{args: []string{"rirlookup", "--short", "192.0.2.1"}, want: "192.0.2.1\n192.0.2.0/24: ONE - \n"},
	})

	// One dump is new, one broken: the new one is loaded, the old one stays.
	p.put("b.db.gz", zipped(t, "inetnum: 192.0.2.0 - 192.0.2.127\nnetname: NEW\n"), at.Add(time.Hour))
	p.put("a.db", "<html>down</html>", at.Add(time.Hour))
	got := run(t, append(flags, "rirlookup", "--download", "--insert", "--short", "192.0.2.1", "198.51.100.1")...)
	if got.code != 1 || got.out != "192.0.2.1\n192.0.2.0/25: NEW - \n198.51.100.1\n198.51.100.0/24: TWO - \n" ||
		!strings.Contains(got.err, b+": 1 objects loaded") || !strings.Contains(got.err, "a.db: cannot download "+p.URL+"/a.db: the server sends a web page") || strings.Contains(got.err, "already loaded") {
		t.Errorf("%+v", got)
	}
	for _, broken := range []string{"", "CUT inetnum: 198.51.100.0 - 198.51.100.255\n"} {
		p.put("a.db", broken, at.Add(2*time.Hour))
		ask(t, flags, []question{{args: []string{"rirlookup", "--download", "-q"}, code: 1, err: "a.db: cannot download"}})
	}
	if text := contents(t, dir)["a.db"]; !strings.Contains(text, "TWO") {
		t.Errorf("the old dump is %q", text)
	}
	delete(p.files, "a.db")
	p.put("b.db.gz", zipped(t, "inetnum: 192.0.2.0 - 192.0.2.63\nnetname: THIRD\n"), at.Add(2*time.Hour))
	ask(t, flags, []question{
		{args: []string{"rirlookup", "--download", "-q"}, want: b + "\n", code: 1, err: "the server answers 404"},
		{args: []string{"rirlookup", "--insert"}, err: a + ": already loaded"},
		{args: []string{"rirlookup", "--short", "192.0.2.1"}, want: "192.0.2.1\n192.0.2.0/26: THIRD - \n"},
	})
}
