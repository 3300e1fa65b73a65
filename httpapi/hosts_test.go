package httpapi_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"

	"ivre/config"
	"ivre/httpapi"
	"ivre/ingest/flow"
	"ivre/ingest/host"
	"ivre/ingest/scanfile"
	"ivre/ingest/scanload"
	"ivre/sql/hosts"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

// twoHosts are the records of the specification's vectors for this API.
var twoHosts = []string{
	`{"addr": "192.0.2.1", "starttime": "2024-01-02 03:04:05.678000", "addresses": {"mac": ["00:00:0c:01:02:03"]}, "ports": [{"port": 22, "protocol": "tcp", "state_state": "open"}, {"port": 80, "protocol": "tcp", "state_state": "closed",
	  "scripts": [{"id": "ssl-cert", "ssl-cert": [{"not_before": "2024-01-02 03:04:05"}], "masscan": {"raw": "AAE="}}]}],
	  "traces": [{"protocol": "tcp", "hops": [{"ipaddr": "198.51.100.2", "ttl": 2}, {"ipaddr": "198.51.100.1", "ttl": 1}]}]}`,
	`{"addr": "2001:db8::1", "starttime": "2024-01-02 03:04:05.678000", "source": "lab", "ports": [{"port": 22, "protocol": "tcp", "state_state": "open"}, {"port": 80, "protocol": "tcp", "state_state": "closed"}]}`,
}

func scansDB(t *testing.T, records ...string) *store.Store {
	t.Helper()
	db := storetest.New(t)
	l, err := scanload.New(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	f := l.Open(scanload.FileInfo{Name: t.Name()})
	for _, r := range records {
		h, err := host.Decode([]byte(r))
		if err != nil {
			t.Fatal(err)
		}
		h.Finish()
		if err := f.Host(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Done(true); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	return db
}

func withScans(db *store.Store) func(*httpapi.Deps) {
	return func(d *httpapi.Deps) { d.Scans = hosts.New(db, hosts.Scans) }
}

func TestScanRoutes(t *testing.T) {
	ts := server(t, withScans(scansDB(t, twoHosts...)))
	for _, c := range []struct {
		path, want string
	}{
		{"/count", "2\n"},
		{"?q=limit:1%20fields:addr", "[\n\t{\"addr\": \"192.0.2.1\"}\n]\n"},
		{"?q=limit:0%20fields:addr,starttime&format=ndjson", "{\"addr\": \"192.0.2.1\", \"starttime\": 1704164645}\n{\"addr\": \"2001:db8::1\", \"starttime\": 1704164645}\n"},
		{"?q=limit:0%20fields:addr,starttime&format=txt", "{\"addr\": \"192.0.2.1\", \"starttime\": 1704164645}\n{\"addr\": \"2001:db8::1\", \"starttime\": 1704164645}\n"},
		{"?q=limit:1%20fields:addr,starttime&datesasstrings=1&ipsasnumbers=1", "[\n\t{\"addr\": 3221225985, \"starttime\": \"2024-01-02 03:04:05.678000\"}\n]\n"},
		{"?q=limit:1%20fields:traces.hops", "[\n\t{\"traces\": [{\"hops\": [{\"ipaddr\": \"198.51.100.1\", \"ttl\": 1}, {\"ipaddr\": \"198.51.100.2\", \"ttl\": 2}]}]}\n]\n"},
		{"?q=limit:1%20fields:addresses", "[\n\t{\"addresses\": {\"mac\": [{\"addr\": \"00:00:0c:01:02:03\"}]}}\n]\n"},
		{"?q=limit:1%20fields:ports.scripts", "[\n\t{\"ports\": [{}, {\"scripts\": [{\"id\": \"ssl-cert\", \"ssl-cert\": [{\"not_before\": 1704164645}], \"masscan\": {}}]}]}\n]\n"},
		{"?q=host:198.51.100.1", "[\n\n]\n"},
		{"?q=skip:99", "[\n\n]\n"}, {"?q=limit:-1%20fields:addr%20-sortby:addr%20skip:1", "[\n\t{\"addr\": \"192.0.2.1\"}\n]\n"},
		{"/onlyips", "[\n\"192.0.2.1\",\n\"2001:db8::1\"\n]\n\n"},
		{"/onlyips?ipsasnumbers=1", "[\n3221225985,\n42540766411282592856903984951653826561\n]\n\n"},
		{"/onlyips?format=ndjson", "\"192.0.2.1\"\n\"2001:db8::1\"\n"},
		{"/onlyips?format=txt", "192.0.2.1\n2001:db8::1\n"},
		{"/onlyips?q=ipv6", "[\n\"2001:db8::1\"\n]\n\n"},
		{"/ipsports?format=txt", "['192.0.2.1', [[22, 'open'], [80, 'closed']]]\n['2001:db8::1', [[22, 'open'], [80, 'closed']]]\n"},
		{"/timeline?modulo=86400", "[\n[11045, \"192.0.2.1\", 1],\n[11045, \"2001:db8::1\", 1]\n]\n\n"},
		{"/countopenports", "[\n[\"192.0.2.1\", 1],\n[\"2001:db8::1\", 1]\n]\n\n"},
		{"/coordinates", "{\"type\": \"GeometryCollection\", \"geometries\": [\n]}\n\n"},
		{"/diffcats?cat1=a&cat2=b", "[\n]\n\n"},
		{"/top/nosuchfield", "[\n\n]\n"},
		{"/top/port:open:2", "[\n{\"label\": [\"tcp\", 22], \"value\": 2}\n]\n"},
		{"/top/port%3Aopen:2?format=ndjson", "{\"label\": [\"tcp\", 22], \"value\": 2}\n"},
		{"/top/-port:1", "[\n{\"label\": [\"tcp\", 22], \"value\": 2}\n]\n"},
		{"/top/port:0?format=txt", "[\n{\"label\": [\"tcp\", 22], \"value\": 2},\n{\"label\": [\"tcp\", 80], \"value\": 2}\n]\n"},
		{"/distinct/source?format=ndjson", "null\n\"lab\"\n"},
		{"/distinct/addr?q=limit:0", "[\n\"192.0.2.1\",\n\"2001:db8::1\"\n]\n"},
		{`/count?f={"f":"and","a":[{},{"f":"net","a":["192.0.2.0/30"]}]}&q=!host:192.0.2.2`, "1\n"},
	} {
		r := do(t, ts, "GET", "/cgi/scans"+strings.ReplaceAll(c.path, `"`, "%22"), nil)
		if r.StatusCode != 200 || r.body != c.want {
			t.Errorf("%s: %d %q, want %q", c.path, r.StatusCode, r.body, c.want)
		}
		if d := r.Header.Get("Content-Disposition"); !strings.HasPrefix(d, `attachment; filename="IVRE-results.`) {
			t.Errorf("%s: Content-Disposition %q", c.path, d)
		}
	}
	for path, part := range map[string]string{
		"/count?q=it's": "Parameter parsing error", "/count?q=skip:x": "skip:x", "/count?f=[]": "JSON object", "/count?f=": "JSON", "/count?q=service:/(/": "regex", "/count?q=net:1.2.3.4/33": "net:1.2.3.4/33",
		"/timeline?modulo=0": "modulo", "/diffcats?cat1=a": "cat2", "/top/port:-1": "-1", "/top/hassh-x": "hassh-x", "/count?q=hostname": "hostname", "/top/jarm:x:1": "jarm",
		"/count?q=hostname:/(a%2B)%2Bx/": "ReDoS",
	} {
		if r := do(t, ts, "GET", "/cgi/scans"+path, nil); r.StatusCode != 400 || !strings.Contains(r.body, part) {
			t.Errorf("%s: %d %q, want 400 with %q", path, r.StatusCode, r.body, part)
		}
	}
	if r := do(t, ts, "PUT", "/cgi/scans", nil); r.StatusCode != 405 || r.Header.Get("Allow") != "GET,POST" {
		t.Errorf("PUT: %d, Allow %q", r.StatusCode, r.Header.Get("Allow"))
	}
	if r := do(t, ts, "GET", "/cgi/scans/top/", nil); r.StatusCode != 404 {
		t.Errorf("top of nothing: %d", r.StatusCode)
	}
}

func TestLimits(t *testing.T) {
	var records []string
	for i := range 5 {
		records = append(records, fmt.Sprintf(`{"addr": "192.0.2.%d"}`, i+1))
	}
	db := scansDB(t, records...)
	for most, want := range map[int][]int{0: {3, 5, 4, 3, 1, 3, 0}, 2: {2, 2, 2, 2, 1, 2, 0}} {
		ts := server(t, func(d *httpapi.Deps) {
			withScans(db)(d)
			d.Config.WebLimit, d.Config.WebMaxResults = 3, most
		})
		for i, q := range []string{"", "limit:0", "limit:4", "limit:-1", "skip:4", "skip:-3", "skip:99"} {
			r := do(t, ts, "GET", "/cgi/scans?format=ndjson&q="+q, nil)
			if n := strings.Count(r.body, "\n"); r.StatusCode != 200 || n != want[i] {
				t.Errorf("cap %d, %q: %d records, want %d", most, q, n, want[i])
			}
		}
	}
}

func TestUploadScans(t *testing.T) {
	var stored []string
	ts := server(t, func(d *httpapi.Deps) {
		withScans(scansDB(t))(d)
		d.Config.WebUploadOK = true
		d.Ingest = nothingStored
		d.Cleanup = func(context.Context) error { return nil }
		d.StoreScans = func(_ context.Context, opt scanfile.Options, files []httpapi.UploadedFile) (out []scanfile.Outcome, err error) {
			for _, f := range files {
				stored = append(stored, fmt.Sprint(opt.Source, " ", opt.Categories, " ", f.Name))
				out = append(out, scanfile.Outcome{Name: f.Name, Result: scanfile.Result{Format: "Nmap XML", Hosts: 2}, Stored: 2})
			}
			return out, nil
		}
	})
	form := func(fields map[string]string, files ...string) (*bytes.Buffer, string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for k, v := range fields {
			if err := w.WriteField(k, v); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range files {
			part, err := w.CreateFormFile("result", name)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(part, "content")
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return &b, w.FormDataContentType()
	}
	for _, c := range []struct {
		fields map[string]string
		files  []string
		code   int
		want   string
	}{
		{nil, []string{"a.xml"}, 400, "ERROR: source is mandatory\n"},
		{map[string]string{"source": "lab"}, nil, 200, `{"count": 0}`},
		{map[string]string{"source": "lab", "categories": "b,a,b,"}, []string{"a.xml", "b.xml"}, 200, `{"count": 2, "files": [{`},
	} {
		body, typ := form(c.fields, c.files...)
		r := do(t, ts, "POST", "/cgi/scans", body, "Content-Type", typ)
		if r.StatusCode != c.code || !strings.HasPrefix(r.body, c.want) {
			t.Errorf("%v: %d %q, want %d %q", c.fields, r.StatusCode, r.body, c.code, c.want)
		}
	}
	if s := strings.Join(stored, "; "); s != "lab [a b] a.xml; lab [a b] b.xml" {
		t.Error(s)
	}
	closed := server(t, func(d *httpapi.Deps) { withScans(scansDB(t))(d) })
	if r := do(t, closed, "POST", "/cgi/scans", strings.NewReader("x")); r.StatusCode != 403 {
		t.Errorf("uploads switched off: %d", r.StatusCode)
	}
	small := server(t, func(d *httpapi.Deps) {
		withScans(scansDB(t))(d)
		*d.Config = *config.Default()
		d.Config.WebUploadOK, d.Config.WebUploadMaxBytes = true, 50
		d.Ingest = nothingStored
		d.Cleanup = func(context.Context) error { return nil }
		d.StoreScans = func(context.Context, scanfile.Options, []httpapi.UploadedFile) ([]scanfile.Outcome, error) {
			return nil, nil
		}
	})
	body, typ := form(map[string]string{"source": "lab"}, "a.xml")
	if r := do(t, small, "POST", "/cgi/scans", body, "Content-Type", typ); r.StatusCode != 413 {
		t.Errorf("a large upload: %d %s", r.StatusCode, r.body)
	}
}

// nothingStored is a sink of flows that must not be called.
func nothingStored(context.Context, func(flow.Sink) error) error {
	return fmt.Errorf("flows were stored")
}

// TestStatesAreJSON has a report bring a state that is no word.
func TestStatesAreJSON(t *testing.T) {
	ts := server(t, withScans(scansDB(t, `{"addr": "192.0.2.1", "ports": [{"port": 1, "protocol": "tcp", "state_state": "a\u0001\"é"}]}`)))
	r := do(t, ts, "GET", "/cgi/scans/ipsports?format=ndjson", nil)
	if want := `["192.0.2.1", [[1, "a\u0001\"\u00e9"]]]` + "\n"; r.body != want {
		t.Errorf("%q, want %q", r.body, want)
	}
}
