package config

import (
	"net/netip"
	"path/filepath"
	"time"
)

// Config is the set of all settings. The comment of each names it and its default.
type Config struct {
	// FlowTime (FLOW_TIME, true) records the time slots in which a flow was seen.
	FlowTime bool
	// FlowTimePrecision (FLOW_TIME_PRECISION, 3600) is the length of new time slots in seconds, at least 1.
	FlowTimePrecision int
	// FlowTimeFullRange (FLOW_TIME_FULL_RANGE, true) records every slot from the start to the end of an
	// observation; else only the slot of its start.
	FlowTimeFullRange bool
	// FlowTimeBase (FLOW_TIME_BASE, 0) is the origin of the slots in seconds since 1970-01-01 00:00 UTC.
	FlowTimeBase int
	// FlowStoreMetadata (FLOW_STORE_METADATA, true) keeps the values of protocol logs (http, dns, ...);
	// else only their number of lines.
	FlowStoreMetadata bool
	// KnownPorts (KNOWN_PORTS, empty) says how likely a port is a server's: protocol, port, value of at
	// least 0 (most in the port table are below 1). It overrides the table of nmap-services.
	KnownPorts map[string]map[int]float64
	// DNSBlacklistDomains (DNS_BLACKLIST_DOMAINS, blacklist.woody.ch and zen.spamhaus.org) are the zones of DNS
	// blacklists: answers for names in them are about the addresses that they list.
	DNSBlacklistDomains []string
	// ViewMaxHostnames (VIEW_MAX_HOSTNAMES_COUNT, 200) is the number of names that a record of the view may have;
	// ViewHoneypotPorts (VIEW_SYNACK_HONEYPOT_COUNT, 200) that of ports from which on ports that tell nothing are
	// dropped. 0 is no limit.
	ViewMaxHostnames, ViewHoneypotPorts int
	// RIRPath (RIR_PATH, "": the current folder) is the folder of the registries' dumps.
	RIRPath string
	// RIRURLs (RIR_URLS, the public servers of the registries) says where those dumps come from, by their names; ""
	// leaves one out.
	RIRURLs map[string]string
	// GeoIPPath (GEOIP_PATH, "": searched) is the folder of MaxMind databases, GeoIPLang (GEOIP_LANG, en) the language
	// of city names in tables made of them; DataPath (DATA_PATH, "": searched) is the folder of the lists that tags of
	// addresses are made from.
	GeoIPPath, GeoIPLang, DataPath string
	// WebDataURLs (WEBDATA_URLS, none) says where lists for DATA_PATH come from instead of where they are published, by
	// their names; "" leaves one out.
	WebDataURLs map[string]string
	// IPDataURLs (IPDATA_URLS, none) says where files for GEOIP_PATH come from, by their names; MaxMindLicenseKey
	// (MAXMIND_LICENSE_KEY, none) is for those that have no address and are MaxMind's.
	IPDataURLs        map[string]string
	MaxMindLicenseKey string
	// TesseractCmd (TESSERACT_CMD, tesseract) is the program that reads the words on screenshots; "" is none.
	TesseractCmd string
	// NmapSharePath (NMAP_SHARE_PATH, "": searched) is the folder of nmap-services.
	NmapSharePath string

	// WebGraphLimit (WEB_GRAPH_LIMIT, 1000) is the default number of edges of the flow page; 0 is no limit.
	WebGraphLimit int
	// WebLimit (WEB_LIMIT, 10) is the default number of records on a page, at least 1.
	WebLimit int
	// WebMaxResults (WEB_MAXRESULTS, none: 0) caps the number of records of one answer.
	WebMaxResults int
	// WebRegexMaxLength (WEB_REGEX_MAX_LENGTH, 1000) is the length of the longest regular expression in a query;
	// 0 is no limit.
	WebRegexMaxLength int
	// WebRegexStarriness (WEB_REGEX_STARRINESS_LIMIT, 2) bounds the repeats that overlap in a regular expression of
	// a query; 0 is no limit.
	WebRegexStarriness int
	// WebWarnDotsCount (WEB_WARN_DOTS_COUNT, 20000) is the number of points from which the web page warns
	// before it draws them.
	WebWarnDotsCount int
	// WebNotesBase (WEB_NOTES_BASE, "/dokuwiki/#IP#") is the address of the notes of a host; "" is none.
	WebNotesBase string
	// WebSequentialLoading (WEB_SEQUENTIAL_LOADING, true) makes the web page load its parts one by one.
	WebSequentialLoading bool
	// WebModules (WEB_MODULES, none: nil) lists the modules that the web interface may expose; nil is all,
	// empty is none.
	WebModules []string
	// WebUploadOK (WEB_UPLOAD_OK, false) allows uploads through the web interface.
	WebUploadOK bool
	// WebUploadMaxBytes (WEB_UPLOAD_MAX_BYTES, 268435456) is the largest body of an upload, at least 1.
	WebUploadMaxBytes int64
	// WebAllowedReferers (WEB_ALLOWED_REFERERS, none) says which Referer headers are accepted.
	WebAllowedReferers Referers
	// WebTrustedProxies (WEB_TRUSTED_PROXIES, empty) lists the networks of the front ends of which
	// X-Forwarded-* headers are believed.
	WebTrustedProxies []netip.Prefix
	// WebUserHeader (WEB_USER_HEADER, "": none) is the request header in which those front ends name the user that
	// they let in.
	WebUserHeader string
	// WebInitQueries (WEB_INIT_QUERIES, empty) are the base filters of users: a name, or @realm for all names that
	// end so, and full, noaccess, category:A[,B...] or source:A.
	WebInitQueries map[string]string
	// WebDefaultInitQuery (WEB_DEFAULT_INIT_QUERY, full) is the base filter of all others.
	WebDefaultInitQuery string
	// WebIPRangeAddrCap (WEB_IPRANGE_ADDR_CAP, 100000) is how many addresses one answer lists; 0 is no limit.
	WebIPRangeAddrCap int
	// WebStaticPath (WEB_STATIC_PATH, "": the pages in the program) is a folder to serve pages from.
	WebStaticPath string

	// DB (DB, "": the embedded engine) is the address of a ClickHouse server, clickhouse://...
	DB string
	// DataDir (DATA_DIR, $XDG_DATA_HOME/ivre or ~/.local/share/ivre) is the folder of the embedded engine.
	DataDir string
	// EngineLib (ENGINE_LIB, "": searched) is the path of the embedded engine's library.
	EngineLib string
	// QueryTimeout (QUERY_TIMEOUT_MS in milliseconds, 30000; also MONGODB_QUERY_TIMEOUT_MS) limits a query
	// of the web interface; 0 is no limit.
	QueryTimeout time.Duration
	// Debug (DEBUG, false) logs filters and users, and shows errors in full.
	Debug bool

	// Warnings are what Load has to say of the files: parts that are not used.
	Warnings []Warning

	origins map[string]string
}

// RefererMode is a way to judge Referer headers.
type RefererMode uint8

// The ways to judge a Referer header.
const (
	SameOrigin RefererMode = iota // None: it must be of the server itself
	Listed                        // a list: it must be one of these
	AnyReferer                    // False: it is not looked at
)

// Referers says which Referer headers are accepted.
type Referers struct {
	Mode RefererMode
	URLs []string // whole URLs, if Mode is Listed
}

// Warning is a part of the configuration that is not used.
type Warning struct {
	Place string // FILE:LINE, or the environment variable
	Text  string
}

func (w Warning) String() string { return w.Place + ": " + w.Text }

// Default returns the settings of a program that is not configured.
func Default() *Config { return defaults(osEnviron()) }

func defaults(env environ) *Config {
	c := &Config{
		FlowTime:             true,
		FlowTimePrecision:    3600,
		FlowTimeFullRange:    true,
		FlowStoreMetadata:    true,
		DNSBlacklistDomains:  []string{"blacklist.woody.ch", "zen.spamhaus.org"},
		ViewMaxHostnames:     200,
		ViewHoneypotPorts:    200,
		RIRURLs:              registries(),
		GeoIPLang:            "en",
		TesseractCmd:         "tesseract",
		WebIPRangeAddrCap:    100000,
		WebGraphLimit:        1000,
		WebLimit:             10,
		WebRegexMaxLength:    1000,
		WebRegexStarriness:   2,
		WebWarnDotsCount:     20000,
		WebNotesBase:         "/dokuwiki/#IP#",
		WebSequentialLoading: true,
		WebUploadMaxBytes:    256 << 20,
		QueryTimeout:         30 * time.Second,
		origins:              map[string]string{},
	}
	if dir := env.userDir("XDG_DATA_HOME", ".local/share"); dir != "" {
		c.DataDir = filepath.Join(dir, "ivre")
	}
	return c
}

// registries are where the registries publish dumps.
func registries() map[string]string {
	const apnic, ripe = "https://ftp.apnic.net/pub/apnic/whois/", "https://ftp.ripe.net/ripe/dbase/split/"
	return map[string]string{
		"afrinic.db.gz":        "https://ftp.afrinic.net/pub/dbase/afrinic.db.gz",
		"apnic.db.inetnum.gz":  apnic + "apnic.db.inetnum.gz",
		"apnic.db.inet6num.gz": apnic + "apnic.db.inet6num.gz",
		"arin.db.gz":           "https://ftp.arin.net/pub/rr/arin.db.gz",
		"lacnic.db.gz":         "https://ftp.lacnic.net/lacnic/dbase/lacnic.db.gz",
		"ripe.db.inetnum.gz":   ripe + "ripe.db.inetnum.gz",
		"ripe.db.inet6num.gz":  ripe + "ripe.db.inet6num.gz",
	}
}

// Origin tells where a setting, by its name as in files, got its value: FILE:LINE, an environment
// variable, or "default".
func (c *Config) Origin(name string) string {
	if at, ok := c.origins[name]; ok {
		return at
	}
	return "default"
}
