package config

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// place is a file system of its own with files, and the options to load them.
func place(t *testing.T, files map[string]string, environ ...string) Options {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(content, "ROOT", root)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range environ {
		environ[i] = strings.ReplaceAll(environ[i], "ROOT", root)
	}
	return Options{Root: root, Environ: append([]string{"HOME=" + filepath.Join(root, "home")}, environ...)}
}

var comparers = cmp.Options{cmpopts.IgnoreUnexported(Config{}), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })}

func TestDefaults(t *testing.T) {
	got, err := Load(place(t, nil, "HOME=/home/u"))
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		FlowTime: true, FlowTimePrecision: 3600, FlowTimeFullRange: true, FlowStoreMetadata: true,
		WebGraphLimit: 1000, WebLimit: 10, WebWarnDotsCount: 20000, WebRegexMaxLength: 1000, WebRegexStarriness: 2, WebNotesBase: "/dokuwiki/#IP#", WebSequentialLoading: true,
		RIRURLs: registries(), GeoIPLang: "en", TesseractCmd: "tesseract", WebIPRangeAddrCap: 100000, ViewMaxHostnames: 200, ViewHoneypotPorts: 200, DNSBlacklistDomains: []string{"blacklist.woody.ch", "zen.spamhaus.org"},
		WebUploadMaxBytes: 268435456, QueryTimeout: 30 * time.Second, DataDir: "/home/u/.local/share/ivre",
	}
	if d := cmp.Diff(want, got, comparers); d != "" {
		t.Error(d)
	}
	if at := got.Origin("DB"); at != "default" {
		t.Errorf("DB is from %s", at)
	}
	t.Setenv("XDG_DATA_HOME", "/data")
	if dir := Default().DataDir; dir != "/data/ivre" {
		t.Errorf("data folder %s", dir)
	}
}

func TestAllSettings(t *testing.T) {
	const python = `FLOW_TIME = False
FLOW_TIME_PRECISION = 60
FLOW_TIME_FULL_RANGE = 0
FLOW_TIME_BASE = 345600
FLOW_STORE_METADATA = False
KNOWN_PORTS = {"tcp": {8080: 0.5, 9: 1}, "UDP": {}}
NMAP_SHARE_PATH = "/opt/nmap"
GEOIP_PATH = "~/geoip"
GEOIP_LANG = "fr"
DATA_PATH = "~/lists"
WEBDATA_URLS = {"tor_exit_nodes.txt": None}
IPDATA_URLS = {"BGP.raw": None, "GeoLite2-City.tar.gz": "https://example.com/x"}
MAXMIND_LICENSE_KEY = "abc"
TESSERACT_CMD = None
WEB_IPRANGE_ADDR_CAP = 5
RIR_PATH = "~/rir"
RIR_URLS = {"ripe.db.gz": "https://example.com/ripe.db.gz"}
VIEW_MAX_HOSTNAMES_COUNT = None
VIEW_SYNACK_HONEYPOT_COUNT = 9
DNS_BLACKLIST_DOMAINS = {"bl.example.com"}
WEB_GRAPH_LIMIT = None
WEB_LIMIT = 25
WEB_MAXRESULTS = 500
WEB_REGEX_MAX_LENGTH = 200
WEB_REGEX_STARRINESS_LIMIT = None
WEB_WARN_DOTS_COUNT = 0
WEB_NOTES_BASE = None
WEB_SEQUENTIAL_LOADING = False
WEB_MODULES = ("view", "flow")
WEB_UPLOAD_OK = True
WEB_UPLOAD_MAX_BYTES = 1 
WEB_ALLOWED_REFERERS = ["https://ivre.example.com/", "https://other.example.com/x"]
WEB_TRUSTED_PROXIES = ["192.0.2.7/24", "2001:db8::1"]
WEB_USER_HEADER = "Remote-User"
WEB_INIT_QUERIES = {"alice": "full", "@example.com": "category:a,b"}
WEB_DEFAULT_INIT_QUERY = "noaccess"
WEB_STATIC_PATH = "~/pages"
DB = "clickhouse://ivre:secret@db.example.com:9000/ivre?cluster=c"
DATA_DIR = "~/data"
ENGINE_LIB = "/opt/libchdb.so"
MONGODB_QUERY_TIMEOUT_MS = 1500
DEBUG = True
`
	opt := place(t, map[string]string{"etc/ivre.conf": python})
	got, err := Load(opt)
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(opt.Root, "home")
	want := &Config{
		FlowTimePrecision: 60, FlowTimeBase: 345600, KnownPorts: map[string]map[int]float64{"tcp": {8080: 0.5, 9: 1}, "udp": {}},
		DNSBlacklistDomains: []string{"bl.example.com"}, ViewHoneypotPorts: 9, RIRPath: home + "/rir", GeoIPPath: home + "/geoip", GeoIPLang: "fr", DataPath: home + "/lists", MaxMindLicenseKey: "abc", WebIPRangeAddrCap: 5,
		RIRURLs: map[string]string{"ripe.db.gz": "https://example.com/ripe.db.gz"}, WebDataURLs: map[string]string{"tor_exit_nodes.txt": ""},
		IPDataURLs: map[string]string{"BGP.raw": "", "GeoLite2-City.tar.gz": "https://example.com/x"}, NmapSharePath: "/opt/nmap", WebLimit: 25, WebMaxResults: 500, WebModules: []string{"view", "flow"}, WebUploadOK: true, WebUploadMaxBytes: 1, WebRegexMaxLength: 200,
		WebAllowedReferers: Referers{Listed, []string{"https://ivre.example.com/", "https://other.example.com/x"}},
		WebTrustedProxies:  []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::1/128")},
		WebUserHeader:      "Remote-User", WebDefaultInitQuery: "noaccess", WebInitQueries: map[string]string{"alice": "full", "@example.com": "category:a,b"},
		WebStaticPath: home + "/pages", DB: "clickhouse://ivre:secret@db.example.com:9000/ivre?cluster=c", DataDir: home + "/data",
		EngineLib: "/opt/libchdb.so", QueryTimeout: 1500 * time.Millisecond, Debug: true,
	}
	if d := cmp.Diff(want, got, comparers); d != "" {
		t.Error(d)
	}
	for i := range settings {
		if got.Origin(settings[i].name) == "default" {
			t.Errorf("%s is not tested", settings[i].name)
		}
	}
	if at := got.Origin("QUERY_TIMEOUT_MS"); !strings.HasSuffix(at, "/etc/ivre.conf:41") {
		t.Errorf("QUERY_TIMEOUT_MS is from %s", at)
	}
}

// TestOrder sets one value in all places but the last n.
func TestOrder(t *testing.T) {
	files := []string{
		"etc/ivre.conf", "etc/ivre/ivre.conf", "usr/local/etc/ivre.conf", "usr/local/etc/ivre/ivre.conf", "home/.ivre.conf",
		"etc/ivre/ivre.yaml", "home/.config/ivre/ivre.yaml", "elsewhere/conf", "elsewhere/option.yml",
	}
	for n := range files {
		present := map[string]string{}
		for i, name := range files[:n+1] {
			format := "WEB_LIMIT = %d\n"
			if strings.HasSuffix(name, "ml") {
				format = "web_limit: %d\n"
			}
			present[name] = fmt.Sprintf(format, i+1)
		}
		opt := place(t, present)
		if n >= 7 {
			opt.Environ = append(opt.Environ, "IVRE_CONF="+filepath.Join(opt.Root, files[7]))
		}
		if n >= 8 {
			opt.File = filepath.Join(opt.Root, files[8])
		}
		c, err := Load(opt)
		if err != nil {
			t.Fatal(err)
		}
		if c.WebLimit != n+1 || c.Origin("WEB_LIMIT") != filepath.Join(opt.Root, files[n])+":1" {
			t.Errorf("%d, from %s, want that of %s", c.WebLimit, c.Origin("WEB_LIMIT"), files[n])
		}
		opt.Environ = append(opt.Environ, "IVRE_WEB_LIMIT=99")
		if c, err = Load(opt); err != nil || c.WebLimit != 99 || c.Origin("WEB_LIMIT") != "IVRE_WEB_LIMIT" {
			t.Errorf("environment: %d, error %v", c.WebLimit, err)
		}
	}
	c, err := Load(place(t, map[string]string{"xdg/ivre/ivre.yaml": "web_limit: 5", "home/.config/ivre/ivre.yaml": "web_limit: 6"}, "XDG_CONFIG_HOME=ROOT/xdg"))
	if err != nil || c.WebLimit != 5 {
		t.Errorf("XDG_CONFIG_HOME: %d, error %v", c.WebLimit, err)
	}
}

func TestEnvironment(t *testing.T) {
	for _, tt := range []struct {
		variable string
		get      func(*Config) any
		want     any
	}{
		{"IVRE_FLOW_TIME=False", func(c *Config) any { return c.FlowTime }, false},
		{"IVRE_DEBUG=1", func(c *Config) any { return c.Debug }, true},
		{"IVRE_WEB_UPLOAD_OK=yes", func(c *Config) any { return c.WebUploadOK }, true},
		{"IVRE_WEB_SEQUENTIAL_LOADING=off", func(c *Config) any { return c.WebSequentialLoading }, false},
		{"IVRE_WEB_MAXRESULTS=None", func(c *Config) any { return c.WebMaxResults }, 0},
		{"IVRE_WEB_GRAPH_LIMIT=null", func(c *Config) any { return c.WebGraphLimit }, 0},
		{"IVRE_QUERY_TIMEOUT_MS=0", func(c *Config) any { return c.QueryTimeout }, time.Duration(0)},
		{"IVRE_MONGODB_QUERY_TIMEOUT_MS= 5 ", func(c *Config) any { return c.QueryTimeout }, 5 * time.Millisecond},
		{"IVRE_WEB_MODULES=view, flow", func(c *Config) any { return c.WebModules }, []string{"view", "flow"}},
		{`IVRE_WEB_MODULES=["view"]`, func(c *Config) any { return c.WebModules }, []string{"view"}},
		{`IVRE_WEB_MODULES=[]`, func(c *Config) any { return c.WebModules }, []string{}},
		{"IVRE_WEB_ALLOWED_REFERERS=False", func(c *Config) any { return c.WebAllowedReferers.Mode }, AnyReferer},
		{"IVRE_WEB_ALLOWED_REFERERS=None", func(c *Config) any { return c.WebAllowedReferers.Mode }, SameOrigin},
		{"IVRE_WEB_ALLOWED_REFERERS=http://p/ui/", func(c *Config) any { return c.WebAllowedReferers }, Referers{Listed, []string{"http://p/ui/"}}},
		{"IVRE_WEB_TRUSTED_PROXIES=10.0.0.1", func(c *Config) any { return c.WebTrustedProxies[0].String() }, "10.0.0.1/32"},
		{`IVRE_KNOWN_PORTS={"tcp": {"8080": 0.5, "9": 1}}`, func(c *Config) any { return c.KnownPorts }, map[string]map[int]float64{"tcp": {8080: 0.5, 9: 1}}},
		{"IVRE_DB=clickhouse://h/ivre", func(c *Config) any { return c.DB }, "clickhouse://h/ivre"},
		{`IVRE_DATA_DIR="/with space"`, func(c *Config) any { return c.DataDir }, "/with space"},
		{"IVRE_DATA_DIR=12", func(c *Config) any { return c.DataDir }, "12"},
		{"IVRE_DATA_DIR=", func(c *Config) any { return strings.HasSuffix(c.DataDir, "/ivre") }, true},
		{"IVRE_WEB_NOTES_BASE=null", func(c *Config) any { return c.WebNotesBase }, ""},
	} {
		c, err := Load(place(t, nil, tt.variable))
		if err != nil {
			t.Errorf("%s: %v", tt.variable, err)
		} else if d := cmp.Diff(tt.want, tt.get(c)); d != "" || len(c.Warnings) > 0 {
			t.Errorf("%s: %s %v", tt.variable, d, c.Warnings)
		}
	}
}

func TestWrongValues(t *testing.T) {
	for line, want := range map[string]string{
		"FLOW_TIME = 'yes'":                                     `FLOW_TIME must be True or False, not "yes"`,
		"FLOW_TIME = 2":                                         "not 2",
		"FLOW_TIME_PRECISION = 0":                               "FLOW_TIME_PRECISION must be a whole number from 1 to 2147483647, not 0",
		"FLOW_TIME_PRECISION = True":                            "not True",
		"FLOW_TIME_PRECISION = 3600.0":                          "not 3600",
		"FLOW_TIME_PRECISION = 2147483648":                      "not 2147483648",
		"FLOW_TIME_PRECISION = None":                            "not None",
		"FLOW_TIME_BASE = -1":                                   "FLOW_TIME_BASE must be a whole number from 0",
		"WEB_MAXRESULTS = 0":                                    "or None for no limit, not 0",
		"WEB_GRAPH_LIMIT = 'x'":                                 `not "x"`,
		"KNOWN_PORTS = {'tcp': 80}":                             `KNOWN_PORTS must be a mapping {protocol: {port: value}} with ports from 0 to 65535 and values of at least 0, not {"tcp": 80}`,
		"KNOWN_PORTS = {'tcp': {65536: 1}}":                     "65536",
		"KNOWN_PORTS = {'tcp': {80: -1}}":                       "-1",
		"KNOWN_PORTS = {'tcp': {'http': 1}}":                    "http",
		"KNOWN_PORTS = {6: {80: 1}}":                            "{6: {80: 1}}",
		"KNOWN_PORTS = []":                                      "not []",
		"WEB_MODULES = 'view'":                                  `WEB_MODULES must be a list of names, or None for all, not "view"`,
		"WEB_MODULES = ['view', 1]":                             `not ["view", 1]`,
		"WEB_ALLOWED_REFERERS = True":                           "must be None, False, or a list of URLs, not True",
		"WEB_ALLOWED_REFERERS = ['ivre.example.com']":           "ivre.example.com",
		"WEB_TRUSTED_PROXIES = ['192.0.2.0/33']":                "192.0.2.0/33",
		"WEB_TRUSTED_PROXIES = ['fe80::1%eth0']":                "fe80",
		"WEB_INIT_QUERIES = {'x': 1}":                           `{"x": 1}`,
		"WEB_INIT_QUERIES = []":                                 "not []",
		"WEB_UPLOAD_MAX_BYTES = 0":                              "at least 1, not 0",
		"NMAP_SHARE_PATH = 1":                                   "NMAP_SHARE_PATH must be a text, or None, not 1",
		"DATA_DIR = ''":                                         `DATA_DIR must be the path of a folder, not ""`,
		"DB = 'clickhouse:/me:secret@h'":                        "the value is not shown",
		"DB = 1":                                                "DB must be clickhouse://",
		"QUERY_TIMEOUT_MS = -1":                                 "QUERY_TIMEOUT_MS must be",
		"MONGODB_QUERY_TIMEOUT_MS = 'long'":                     `QUERY_TIMEOUT_MS must be a whole number from 0 to 2147483647, or None for no limit, not "long"`,
		"WEB_MODULES = ['" + strings.Repeat("x", 200) + "', 1]": "xxx...",
	} {
		opt := place(t, map[string]string{"etc/ivre.conf": "\n" + line + "\n"})
		_, err := Load(opt)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), opt.Root+"/etc/ivre.conf:2: ") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
	for variable, want := range map[string]string{
		"IVRE_DB=mongodb:///ivre":            "IVRE_DB: DB must be clickhouse://",
		"IVRE_WEB_MODULES=[view]":            "IVRE_WEB_MODULES: the value looks like JSON and is not",
		"IVRE_WEB_MODULES=[] []":             "IVRE_WEB_MODULES: the value looks like JSON and is not",
		"IVRE_FLOW_TIME_PRECISION=an hour":   `IVRE_FLOW_TIME_PRECISION: FLOW_TIME_PRECISION must be a whole number from 1 to 2147483647, not "an hour"`,
		`IVRE_FLOW_TIME_PRECISION="3600"`:    `not "3600"`,
		"IVRE_WEB_ALLOWED_REFERERS=true":     `not "true"`,
		`IVRE_KNOWN_PORTS={"tcp": {"x": 1}}`: "KNOWN_PORTS must be",
		"IVRE_CONF=/nonexistent":             "the configuration can't be read",
	} {
		if _, err := Load(place(t, nil, variable)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", variable, err, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	opt := place(t, map[string]string{
		"etc/ivre.conf": "import os\nFLOW_TIME_PRECISON = 60\nDB = 'mongodb+srv://u:secret@h/ivre'\nWEB_AUTH_ENABLED = True\nNOTHING_LIKE_IT = 1\n" +
			"WEB_LIMIT = 5 * 2\n",
		"etc/ivre/ivre.yaml": "web_uplaod_ok: true\n",
	}, "IVRE_WEB_MODULE=view", "IVRE_DB_VIEW=x", "IVRE_WEB_LIMIT=", "OTHER=1")
	c, err := Load(opt)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range c.Warnings {
		got = append(got, strings.TrimPrefix(w.String(), opt.Root))
	}
	want := []string{
		"/etc/ivre.conf:1: left out, as only NAME = plain value is understood: import os",
		"/etc/ivre.conf:6: left out, as only NAME = plain value is understood: WEB_LIMIT = 5 * 2",
		"/etc/ivre.conf:2: FLOW_TIME_PRECISON is not a setting; did you mean FLOW_TIME_PRECISION?",
		"/etc/ivre.conf:3: DB names a database that this program can't use; it is left out",
		"/etc/ivre.conf:4: WEB_AUTH_ENABLED is not used by this program",
		"/etc/ivre.conf:5: NOTHING_LIKE_IT is not a setting",
		"/etc/ivre/ivre.yaml:1: WEB_UPLAOD_OK is not a setting; did you mean WEB_UPLOAD_OK?",
		"IVRE_DB_VIEW: DB_VIEW is not used by this program",
		"IVRE_WEB_MODULE: WEB_MODULE is not a setting; did you mean WEB_MODULES?",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if c.DB != "" {
		t.Errorf("DB is %s", c.DB)
	}
}

func TestUnreadable(t *testing.T) {
	for name, tt := range map[string]struct {
		files map[string]string
		file  string
		want  string
	}{
		"missing --config": {nil, "none.conf", "none.conf: no such file"},
		"folder":           {map[string]string{"etc/ivre.conf/x": ""}, "", "is a directory"},
		"too large":        {map[string]string{"etc/ivre.conf": strings.Repeat("#", maxFile+1)}, "", "is larger than 1048576 bytes"},
		"bad Python":       {map[string]string{"etc/ivre.conf": "A = 1\nB = ["}, "", "/etc/ivre.conf:2: a bracket is opened here"},
		"bad YAML":         {map[string]string{"x.yaml": "a: 1\nb: [\n"}, "x.yaml", "x.yaml:2: this is not YAML"},
	} {
		opt := place(t, tt.files)
		if tt.file != "" {
			opt.File = filepath.Join(opt.Root, tt.file)
		}
		if _, err := Load(opt); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestNearest(t *testing.T) {
	for wrong, want := range map[string]string{
		"WEB_LIMITS": "WEB_LIMIT", "FLOWTIME": "FLOW_TIME", "DEBUGG": "DEBUG", "XYZ": "", "": "", strings.Repeat("WEB_LIMIT", 20): "",
	} {
		if got := nearest(wrong); got != want {
			t.Errorf("nearest(%q) = %q, want %q", wrong, got, want)
		}
	}
}
