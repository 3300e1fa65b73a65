package httpapi_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ivre/httpapi"
	"ivre/ingest/ipdata"
	"ivre/ingest/rirload"
	"ivre/ingest/viewbuild"
	"ivre/sql/hosts"
	"ivre/sql/rir"
	"ivre/sql/store/storetest"
)

// Vectors 18 and 22 of the specification of data, and the errors of ranges.
func TestDataRoutes(t *testing.T) {
	data, err := ipdata.Open(ipdata.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { data.Close() })
	ts := server(t, func(d *httpapi.Deps) { d.Data = data })
	for path, want := range map[string]string{
		"/ipdata/9.9.9.9":   "null\n",
		"/ipdata/151587081": "null\n",
		"/ipdata/2002::1":   `{"tags": [{"value": "Reserved address", "type": "info", "info": ["Address type 6to4"]}]}` + "\n",
		"/iprange?network=10.0.0.0/8&output=addrs&limit=3":         `{"count": 16777216, "addrs": ["10.0.0.0", "10.0.0.1", "10.0.0.2"]}` + "\n",
		"/iprange?range_start=192.0.2.1&range_stop=192.0.2.10":     `{"count": 10, "cidrs": ["192.0.2.1/32", "192.0.2.2/31", "192.0.2.4/30", "192.0.2.8/31", "192.0.2.10/32"]}` + "\n",
		"/iprange?network=2001:db8::/32&output=count":              `{"count": 79228162514264337593543950336}` + "\n",
		"/iprange?network=192.0.2.77/24&output=ranges&routable=no": `{"count": 256, "ranges": [["192.0.2.0", "192.0.2.255"]]}` + "\n",
	} {
		if r := do(t, ts, "GET", "/cgi"+path, nil); r.StatusCode != 200 || r.body != want || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s, want %s", path, r.StatusCode, r.body, want)
		}
	}
	for path, part := range map[string]string{
		"/ipdata/foo": "foo", "/ipdata/192.0.2.1/33": "192.0.2.1/33",
		"/iprange":                                         "ERROR: exactly one selector is required",
		"/iprange?country=FR&asnum=1":                      "ERROR: selectors are mutually exclusive (country, asnum)",
		"/iprange?country=,":                               "ERROR: selector resolved to an empty set of values",
		"/iprange?network=10.0.0.0/8&output=addrs":         "ERROR: refusing to enumerate 16777216 addresses (> cap 100000)",
		"/iprange?network=192.0.2.0/33":                    "ERROR: invalid network '192.0.2.0/33'",
		"/iprange?network=10.0.0.0/8&output=json":          "ERROR: invalid output mode 'json'",
		"/iprange?range_start=1.2.3.4":                     "range_start and range_stop must both be set",
		"/iprange?country=FR":                              "GEOIP_PATH is unset",
		"/iprange?network=10.0.0.0/8&output=addrs&limit=x": "limit must be an integer (got 'x')",
	} {
		if r := do(t, ts, "GET", "/cgi"+path, nil); r.StatusCode != 400 || !strings.Contains(r.body, part) {
			t.Errorf("%s: %d %s, want 400 with %q", path, r.StatusCode, r.body, part)
		}
	}
}

func TestRIRRoutes(t *testing.T) {
	db := storetest.New(t)
	dump := filepath.Join(t.TempDir(), "ripe.db.inetnum")
	text := "inetnum: 192.0.0.0 - 192.0.255.255\nnetname: WIDE\ncountry: EU\n\ninetnum: 192.0.2.0 - 192.0.2.255\nnetname: EX-NET\ncountry: FR\n\n" +
		"inet6num: 2001:db8::/32\nnetname: SIX\ncountry: FR\n\naut-num: AS64496\nas-name: EXAMPLE\n"
	if err := os.WriteFile(dump, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := rirload.File(context.Background(), db, dump, nil); err != nil || out.Objects != 4 {
		t.Fatal(out, err)
	}
	ts := server(t, func(d *httpapi.Deps) { d.RIR = rir.New(db) })
	names := func(list ...string) string {
		for i, n := range list {
			list[i] = "\t" + `{"netname": "` + n + `"}`
		}
		return "[\n" + strings.Join(list, ",\n") + "\n]\n"
	}
	for path, want := range map[string]string{
		"/rir/count":                                      "4\n",
		"/rir/count?q=host:192.0.2.1":                     "2\n",
		"/rir?q=host:192.0.2.1%20fields:netname":          names("EX-NET", "WIDE"),
		"/rir?q=net:192.0.2.0/25%20fields:netname":        names("EX-NET", "WIDE"),
		"/rir?q=country:FR%20fields:netname":              names("EX-NET", "SIX"),
		"/rir?q=host:2001:db8::1%20fields:size":           "[\n\t{\"size\": \"79228162514264337593543950336\"}\n]\n",
		"/rir?q=asnum:64496%20fields:aut-num":             "[\n\t{\"aut-num\": 64496}\n]\n",
		"/rir?q=limit:0%20skip:3%20fields:as-name":        "[\n\t{\"as-name\": \"EXAMPLE\"}\n]\n",
		"/rir?q=-sortby:start%20limit:1%20fields:netname": names("SIX"),
		"/rir/top/country":                                "[\n{\"label\": \"FR\", \"value\": 2},\n{\"label\": \"EU\", \"value\": 1}\n]\n",
		"/rir/top/nosuch":                                 "[\n\n]\n",
		"/rir/distinct/aut-num?format=ndjson":             "null\n64496\n",
	} {
		if r := do(t, ts, "GET", "/cgi"+path, nil); r.StatusCode != 200 || r.body != want {
			t.Errorf("%s: %d\n%s\nwant\n%s", path, r.StatusCode, r.body, want)
		}
	}
	if r := do(t, ts, "GET", "/cgi/rir/count?q=!host:192.0.2.1", nil); r.StatusCode != 400 {
		t.Errorf("a negated address: %d %s", r.StatusCode, r.body)
	}
}

// The view answers like scans do.
func TestViewRoutes(t *testing.T) {
	db := scansDB(t, twoHosts...)
	if _, err := viewbuild.Build(context.Background(), db, viewbuild.Options{Scans: true, Passive: true}); err != nil {
		t.Fatal(err)
	}
	ts := server(t, func(d *httpapi.Deps) { d.View = hosts.New(db, hosts.View) })
	for path, want := range map[string]string{
		"/view/count":                                "2\n",
		"/view?q=limit:1%20fields:addr":              "[\n\t{\"addr\": \"192.0.2.1\"}\n]\n",
		"/view/top/port:open:2":                      "[\n{\"label\": [\"tcp\", 22], \"value\": 2}\n]\n",
		"/view/onlyips?format=txt":                   "192.0.2.1\n2001:db8::1\n",
		"/view/distinct/addr?q=limit:0":              "[\n\"192.0.2.1\",\n\"2001:db8::1\"\n]\n",
		"/view/count?q=tag:%22Reserved%20address%22": "0\n",
	} {
		if r := do(t, ts, "GET", "/cgi"+path, nil); r.StatusCode != 200 || r.body != want {
			t.Errorf("%s: %d\n%s\nwant\n%s", path, r.StatusCode, r.body, want)
		}
	}
}
