package httpapi_test

import (
	"net/netip"
	"strings"
	"testing"

	"ivre/config"
	"ivre/httpapi"
)

// The base filter of a user bounds every answer about scans; who the user is, only a known front end can tell.
func TestBaseFilters(t *testing.T) {
	records := []string{
		`{"addr": "192.0.2.1", "categories": ["a"], "source": "s1", "ports": [{"port": 22, "protocol": "tcp", "state_state": "open"}]}`,
		`{"addr": "192.0.2.2", "categories": ["b"], "source": "s2", "ports": [{"port": 22, "protocol": "tcp", "state_state": "open"}]}`,
		`{"addr": "192.0.2.3", "categories": ["b", "c"], "source": "s1"}`,
	}
	db := scansDB(t, records...)
	c := config.Default()
	c.WebInitQueries = map[string]string{"alice@example.com": "full", "@example.com": "category:a,c", "bob": "source:s2", "eve": "noaccess"}
	c.WebDefaultInitQuery = "category:a"
	c.WebUserHeader = "Remote-User"
	c.WebTrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	ts := server(t, func(d *httpapi.Deps) { withScans(db)(d); d.Config = c })
	direct := *c
	direct.WebTrustedProxies = nil
	untrusted := server(t, func(d *httpapi.Deps) { withScans(db)(d); d.Config = &direct })
	for _, tt := range []struct{ user, path, want string }{
		{"alice@example.com", "/count", "3\n"},
		{"carol@example.com", "/count", "2\n"},
		{"carol@example.com", "/count?q=!category:a", "1\n"},
		{"bob", "/onlyips?format=txt", "192.0.2.2\n"},
		{"bob", "/top/port:open:5?format=ndjson", "{\"label\": [\"tcp\", 22], \"value\": 1}\n"},
		{"bob", "/distinct/addr?format=ndjson", "\"192.0.2.2\"\n"},
		{"eve", "/count", "0\n"},
		{"eve", "?format=ndjson", ""},
		{"dave", "/count", "1\n"},
		{"", "/count", "1\n"},
	} {
		if r := do(t, ts, "GET", "/cgi/scans"+tt.path, nil, "Remote-User", tt.user); r.body != tt.want {
			t.Errorf("%s %s: %d %q, want %q", tt.user, tt.path, r.StatusCode, r.body, tt.want)
		}
		if r := do(t, untrusted, "GET", "/cgi/scans/count", nil, "Remote-User", tt.user); r.body != "1\n" {
			t.Errorf("%s, not through the front end: %q, want the default", tt.user, r.body)
		}
	}
}

func TestBadBaseFilters(t *testing.T) {
	for name, change := range map[string]func(*config.Config){
		"WEB_INIT_QUERIES":       func(c *config.Config) { c.WebInitQueries = map[string]string{"x": "everything"} },
		"WEB_DEFAULT_INIT_QUERY": func(c *config.Config) { c.WebDefaultInitQuery = "source" },
	} {
		c := config.Default()
		change(c)
		if _, err := httpapi.New(httpapi.Deps{Config: c, Flows: fixedFlows{}}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
