package httpapi_test

import (
	"net/netip"
	"strings"
	"testing"

	"ivre/config"
	"ivre/httpapi"
	"ivre/ingest/host"
	"ivre/ingest/passive"
	"ivre/ingest/passiveload/loadtest"
	"ivre/sql/dns"
	"ivre/sql/hosts"
	questions "ivre/sql/passive"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

func answerOf(typ, name, data, first string) passive.Record {
	when, err := host.ParseTime(first)
	if err != nil {
		panic(err)
	}
	r := passive.Record{Recontype: "DNS_ANSWER", Source: typ + "-198.51.100.53-53", Value: name, First: when, Infos: host.NewObject("domain", host.List{name, "example.com", "com"})}
	if a, err := netip.ParseAddr(data); err == nil {
		r.Addr = a
	} else {
		r.TargetVal = data
	}
	return r
}

func withNames(db *store.Store) func(*httpapi.Deps) {
	return func(d *httpapi.Deps) {
		d.Scans, d.Passive, d.Names = hosts.New(db, hosts.Scans), questions.New(db), dns.New(db)
	}
}

// Vectors V19 and V20 of the passive specification, and 15 of the web API.
func TestPassiveRoutes(t *testing.T) {
	db := storetest.New(t)
	loadtest.Load(t, db, "S1", answerOf("A", "www.example.com", "192.0.2.1", "2024-01-02 03:04:05.678"), answerOf("A", "www.example.com", "192.0.2.1", "2024-01-02 03:05:00"),
		answerOf("CNAME", "www.example.com", "cdn.example.net", "2024-01-02 03:03:20"))
	const (
		a     = `{"sensor": "S1", "sensor_id": "S1", "source": "198.51.100.53", "count": 2, "rrtype": "A", "rrname": "www.example.com", "rdata": "192.0.2.1", "time_first": 1704164645, "time_last": 1704164700}` + "\n"
		cname = `{"sensor": "S1", "sensor_id": "S1", "source": "198.51.100.53", "count": 1, "rrtype": "CNAME", "rrname": "www.example.com", "rdata": "cdn.example.net", "time_first": 1704164600, "time_last": 1704164600}` + "\n"
		recA  = `{"addr": "192.0.2.1", "count": 2, "firstseen": 1704164645, "infos": {"domain": ["www.example.com", "example.com", "com"]}, "lastseen": 1704164700, "recontype": "DNS_ANSWER", "schema_version": 3, "sensor": "S1", "source": "A-198.51.100.53-53", "value": "www.example.com"}`
	)
	ts := server(t, withNames(db))
	for path, want := range map[string]string{
		"/passivedns/www.example.com":                          a + cname,
		"/passivedns/example.com":                              "",
		"/passivedns/example.com?subdomains":                   a + cname,
		"/passivedns/example.com?subdomains=&type=cname":       cname,
		"/passivedns/cdn.example.net?reverse":                  cname,
		"/passivedns/192.0.2.0/24":                             a,
		"/passivedns/192.0.2.0%2F24":                           a,
		"/passivedns/192.0.2/24":                               a,
		"/passivedns/3221225985":                               a,
		"/passivedns/192.0.2.1?type=AAAA":                      "",
		"/passivedns/0/25.2.0.192.in-addr.arpa":                "",
		"/passivedns/cdn.example.net?reverse&datesasstrings=1": strings.NewReplacer("1704164600", `"2024-01-02 03:03:20"`).Replace(cname),
		"/passive/count":                                       "2\n",
		"/passive/count?q=host:192.0.2.1":                      "1\n",
		"/passive/count?q=!host:192.0.2.1":                     "1\n",
		"/passive/count?q=domain:example.com":                  "2\n",
		"/passive/count?q=sensor:S2":                           "0\n",
		"/passive?q=host:192.0.2.1":                            "[\n\t" + recA + "\n]\n",
		"/passive?q=host:192.0.2.1&format=ndjson":              recA + "\n",
		"/passive?q=host:192.0.2.1%20fields:addr,lastseen&datesasstrings=1&ipsasnumbers=1": "[\n\t{\"addr\": 3221225985, \"lastseen\": \"2024-01-02 03:05:00\"}\n]\n",
		"/passive?q=host:192.0.2.9":                    "[\n\n]\n",
		"/passive/top/source":                          "[\n{\"label\": [\"DNS_ANSWER\", \"A-198.51.100.53-53\"], \"value\": 1},\n{\"label\": [\"DNS_ANSWER\", \"CNAME-198.51.100.53-53\"], \"value\": 1}\n]\n",
		"/passive/top/addr:5":                          "[\n{\"label\": null, \"value\": 1},\n{\"label\": \"192.0.2.1\", \"value\": 1}\n]\n",
		"/passive/top/-infos.domain:1":                 "[\n{\"label\": \"com\", \"value\": 2}\n]\n",
		"/passive/distinct/addr?format=ndjson":         "null\n\"192.0.2.1\"\n",
		"/dns":                                         "[\n" + `{"name": "www.example.com", "addr": "192.0.2.1", "types": ["A"], "sources": ["S1"], "firstseen": 1704164645, "lastseen": 1704164700, "count": 2},` + "\n" + `{"name": "www.example.com", "addr": "cdn.example.net", "types": ["CNAME"], "sources": ["S1"], "firstseen": 1704164600, "lastseen": 1704164600, "count": 1}` + "\n]\n",
		"/dns?q=skip:9":                                "[\n\n]\n",
		"/dns?q=skip:1&format=ndjson&datesasstrings=1": `{"name": "www.example.com", "addr": "cdn.example.net", "types": ["CNAME"], "sources": ["S1"], "firstseen": "2024-01-02 03:03:20", "lastseen": "2024-01-02 03:03:20", "count": 1}` + "\n",
	} {
		if r := do(t, ts, "GET", "/cgi"+path, nil); r.StatusCode != 200 || r.body != want {
			t.Errorf("%s: %d\n%s\nwant\n%s", path, r.StatusCode, r.body, want)
		}
	}
	for path, part := range map[string]string{
		"/passivedns/99999999999": "99999999999", "/passivedns/192.0.2.0/33": "192.0.2.0/33", "/passive/top/net:33:5": "33", "/passive/count?q=it's": "Parameter parsing error",
		"/dns?q=limit:x": "limit:x", "/passive/top/hassh-x": "hassh-x",
	} {
		if r := do(t, ts, "GET", "/cgi"+path, nil); r.StatusCode != 400 || !strings.Contains(r.body, part) {
			t.Errorf("%s: %d %q, want 400 with %q", path, r.StatusCode, r.body, part)
		}
	}
}

// The base filter of a user holds for passive DNS, too.
func TestPassiveBaseFilter(t *testing.T) {
	db := storetest.New(t)
	loadtest.Load(t, db, "S1", answerOf("A", "www.example.com", "192.0.2.1", "2024-01-02 03:04:05"))
	loadtest.Load(t, db, "S2", answerOf("A", "www.example.com", "192.0.2.2", "2024-01-02 03:04:05"))
	c := config.Default()
	c.WebDefaultInitQuery = "category:S2"
	ts := server(t, func(d *httpapi.Deps) { withNames(db)(d); d.Config = c })
	for _, path := range []string{"/passivedns/www.example.com", "/passivedns/192.0.2.0/24", "/dns", "/passive", "/passive/distinct/addr"} {
		r := do(t, ts, "GET", "/cgi"+path, nil)
		if r.StatusCode != 200 || !strings.Contains(r.body, "192.0.2.2") || strings.Contains(r.body, "192.0.2.1\"") {
			t.Errorf("%s: %d %s", path, r.StatusCode, r.body)
		}
	}
}
