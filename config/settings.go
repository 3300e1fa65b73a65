package config

import (
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// setting is one name of a configuration file.
type setting struct {
	name string
	rule string // what the value must be
	set  func(c *Config, v any) bool
	// secret values are not shown in errors.
	secret bool
}

const (
	ruleBool     = "True or False"
	ruleText     = "a text, or None"
	rulePositive = "a whole number from 1 to 2147483647"
	ruleCount    = "a whole number from 0 to 2147483647"
	ruleLimit    = ruleCount + ", or None for no limit"
	ruleURLs     = "a mapping of names of files to URLs, or None for each"
)

// settings are all settings, in the order of the documentation.
var settings = []setting{
	{name: "FLOW_TIME", rule: ruleBool, set: boolean(func(c *Config) *bool { return &c.FlowTime })},
	{name: "FLOW_TIME_PRECISION", rule: rulePositive, set: whole(1, func(c *Config) *int { return &c.FlowTimePrecision })},
	{name: "FLOW_TIME_FULL_RANGE", rule: ruleBool, set: boolean(func(c *Config) *bool { return &c.FlowTimeFullRange })},
	{name: "FLOW_TIME_BASE", rule: ruleCount, set: whole(0, func(c *Config) *int { return &c.FlowTimeBase })},
	{name: "FLOW_STORE_METADATA", rule: ruleBool, set: boolean(func(c *Config) *bool { return &c.FlowStoreMetadata })},
	{name: "KNOWN_PORTS", rule: "a mapping {protocol: {port: value}} with ports from 0 to 65535 and values of at least 0", set: setKnownPorts},
	{name: "DNS_BLACKLIST_DOMAINS", rule: "a list of domains, or None for none", set: setBlacklists},
	{name: "VIEW_MAX_HOSTNAMES_COUNT", rule: ruleLimit, set: limit(0, func(c *Config) *int { return &c.ViewMaxHostnames })},
	{name: "VIEW_SYNACK_HONEYPOT_COUNT", rule: ruleLimit, set: limit(0, func(c *Config) *int { return &c.ViewHoneypotPorts })},
	{name: "RIR_PATH", rule: ruleText, set: textual(func(c *Config) *string { return &c.RIRPath })},
	{name: "RIR_URLS", rule: ruleURLs, set: addresses(func(c *Config) *map[string]string { return &c.RIRURLs })},
	{name: "GEOIP_PATH", rule: ruleText, set: textual(func(c *Config) *string { return &c.GeoIPPath })},
	{name: "GEOIP_LANG", rule: ruleText, set: textual(func(c *Config) *string { return &c.GeoIPLang })},
	{name: "DATA_PATH", rule: ruleText, set: textual(func(c *Config) *string { return &c.DataPath })},
	{name: "WEBDATA_URLS", rule: ruleURLs, set: addresses(func(c *Config) *map[string]string { return &c.WebDataURLs })},
	{name: "IPDATA_URLS", rule: ruleURLs, set: addresses(func(c *Config) *map[string]string { return &c.IPDataURLs })},
	{name: "MAXMIND_LICENSE_KEY", rule: ruleText, set: textual(func(c *Config) *string { return &c.MaxMindLicenseKey }), secret: true},
	{name: "TESSERACT_CMD", rule: ruleText, set: textual(func(c *Config) *string { return &c.TesseractCmd })},
	{name: "WEB_IPRANGE_ADDR_CAP", rule: ruleLimit, set: limit(0, func(c *Config) *int { return &c.WebIPRangeAddrCap })},
	{name: "NMAP_SHARE_PATH", rule: ruleText, set: textual(func(c *Config) *string { return &c.NmapSharePath })},
	{name: "WEB_GRAPH_LIMIT", rule: ruleLimit, set: limit(0, func(c *Config) *int { return &c.WebGraphLimit })},
	{name: "WEB_LIMIT", rule: rulePositive, set: whole(1, func(c *Config) *int { return &c.WebLimit })},
	{name: "WEB_MAXRESULTS", rule: rulePositive + ", or None for no limit", set: limit(1, func(c *Config) *int { return &c.WebMaxResults })},
	{name: "WEB_REGEX_MAX_LENGTH", rule: rulePositive + ", or None for no limit", set: limit(1, func(c *Config) *int { return &c.WebRegexMaxLength })},
	{name: "WEB_REGEX_STARRINESS_LIMIT", rule: rulePositive + ", or None for no limit", set: limit(1, func(c *Config) *int { return &c.WebRegexStarriness })},
	{name: "WEB_WARN_DOTS_COUNT", rule: ruleCount, set: whole(0, func(c *Config) *int { return &c.WebWarnDotsCount })},
	{name: "WEB_NOTES_BASE", rule: ruleText, set: textual(func(c *Config) *string { return &c.WebNotesBase })},
	{name: "WEB_SEQUENTIAL_LOADING", rule: ruleBool, set: boolean(func(c *Config) *bool { return &c.WebSequentialLoading })},
	{name: "WEB_MODULES", rule: "a list of names, or None for all", set: setModules},
	{name: "WEB_UPLOAD_OK", rule: ruleBool, set: boolean(func(c *Config) *bool { return &c.WebUploadOK })},
	{name: "WEB_UPLOAD_MAX_BYTES", rule: "a whole number of at least 1", set: setUploadMax},
	{name: "WEB_ALLOWED_REFERERS", rule: "None, False, or a list of URLs", set: setReferers},
	{name: "WEB_TRUSTED_PROXIES", rule: "a list of addresses or networks (192.0.2.0/24), or None", set: setProxies},
	{name: "WEB_USER_HEADER", rule: ruleText, set: textual(func(c *Config) *string { return &c.WebUserHeader })},
	{name: "WEB_INIT_QUERIES", rule: "a mapping of users (or @realm) to base filters: full, noaccess, category:A,B or source:A", set: setInitQueries},
	{name: "WEB_DEFAULT_INIT_QUERY", rule: ruleText, set: textual(func(c *Config) *string { return &c.WebDefaultInitQuery })},
	{name: "WEB_STATIC_PATH", rule: ruleText, set: textual(func(c *Config) *string { return &c.WebStaticPath })},
	{name: "DB", rule: "clickhouse://USER:PASSWORD@HOST:9000/DATABASE, or None for the embedded engine", set: setDB, secret: true},
	{name: "DATA_DIR", rule: "the path of a folder", set: setDataDir},
	{name: "ENGINE_LIB", rule: ruleText, set: textual(func(c *Config) *string { return &c.EngineLib })},
	{name: queryTimeout, rule: ruleLimit, set: setQueryTimeout},
	{name: "DEBUG", rule: ruleBool, set: boolean(func(c *Config) *bool { return &c.Debug })},
}

const queryTimeout = "QUERY_TIMEOUT_MS"

// synonyms are other names of settings.
var synonyms = map[string]string{"MONGODB_QUERY_TIMEOUT_MS": queryTimeout}

// byName finds the setting of a name in upper case.
var byName = func() map[string]*setting {
	m := make(map[string]*setting, len(settings)+len(synonyms))
	for i := range settings {
		m[settings[i].name] = &settings[i]
	}
	for name, of := range synonyms {
		m[name] = m[of]
	}
	return m
}()

// ignored are names of IVRE's configuration that mean nothing here, or end with an underscore if all
// that start like it do.
var ignored = []string{
	"DB_NMAP", "DB_VIEW", "DB_PASSIVE", "DB_RIR", "DB_FLOW", "DB_DATA", "DB_AUTH", "DB_NOTES", "DB_AUDIT",
	"WEB_GET_NOTEPAD_PAGES", "WEB_HOST_NOTES_MAX_BYTES", "WEB_SECRET", "WEB_DOKU_PATH",
	"WEB_AUTH_", "WEB_API_KEY_", "MCP_",
}

// isIgnored tells whether a name is known to mean nothing here.
func isIgnored(name string) bool {
	for _, known := range ignored {
		if name == known || strings.HasSuffix(known, "_") && strings.HasPrefix(name, known) {
			return true
		}
	}
	return false
}

func boolean(field func(*Config) *bool) func(*Config, any) bool {
	return func(c *Config, v any) bool {
		b, ok := asBool(v)
		if ok {
			*field(c) = b
		}
		return ok
	}
}

// whole is a whole number of at least least that fits 31 bits.
func whole(least int64, field func(*Config) *int) func(*Config, any) bool {
	return func(c *Config, v any) bool {
		n, ok := asInt(v)
		if !ok || n < least || n > math.MaxInt32 {
			return false
		}
		*field(c) = int(n)
		return true
	}
}

// limit is a whole number, or none, which is kept as 0.
func limit(least int64, field func(*Config) *int) func(*Config, any) bool {
	set := whole(least, field)
	return func(c *Config, v any) bool {
		if isNone(v) {
			*field(c) = 0
			return true
		}
		return set(c, v)
	}
}

// textual is a text, or none, which is kept as "".
func textual(field func(*Config) *string) func(*Config, any) bool {
	return func(c *Config, v any) bool {
		s, ok := "", true
		if !isNone(v) {
			s, ok = asText(v)
		}
		if ok {
			*field(c) = s
		}
		return ok
	}
}

func setKnownPorts(c *Config, v any) bool {
	d, ok := v.(dict)
	if !ok {
		return false
	}
	known := make(map[string]map[int]float64, len(d))
	for _, of := range d {
		proto, isText := of.key.(string)
		ports, isDict := of.value.(dict)
		if !isText || !isDict || proto == "" {
			return false
		}
		values := make(map[int]float64, len(ports))
		for _, p := range ports {
			port, ok := asInt(p.key)
			if s, isText := p.key.(string); isText { // as keys of JSON are
				n, err := strconv.ParseUint(s, 10, 16)
				port, ok = int64(n), err == nil
			}
			value, isNumber := asFloat(p.value)
			if !ok || port < 0 || port > math.MaxUint16 || !isNumber || value < 0 || math.IsInf(value, 0) {
				return false
			}
			values[int(port)] = value
		}
		known[strings.ToLower(proto)] = values
	}
	c.KnownPorts = known
	return true
}

func setInitQueries(c *Config, v any) bool {
	if isNone(v) {
		c.WebInitQueries = nil
		return true
	}
	d, ok := v.(dict)
	if !ok {
		return false
	}
	queries := make(map[string]string, len(d))
	for _, of := range d {
		user, isText := of.key.(string)
		spec, isSpec := of.value.(string)
		if !isText || !isSpec {
			return false
		}
		queries[user] = spec
	}
	c.WebInitQueries = queries
	return true
}

func setBlacklists(c *Config, v any) bool {
	if isNone(v) {
		c.DNSBlacklistDomains = nil
		return true
	}
	names, ok := asTexts(v)
	if ok {
		c.DNSBlacklistDomains = names
	}
	return ok
}

// addresses is a mapping of names of files to URLs; none is kept as "".
func addresses(field func(*Config) *map[string]string) func(*Config, any) bool {
	return func(c *Config, v any) bool {
		d, ok := v.(dict)
		if !ok {
			return false
		}
		urls := make(map[string]string, len(d))
		for _, of := range d {
			name, isText := of.key.(string)
			url, isURL := of.value.(string)
			if !isText || !isURL && !isNone(of.value) {
				return false
			}
			urls[name] = url
		}
		*field(c) = urls
		return true
	}
}

func setModules(c *Config, v any) bool {
	if isNone(v) {
		c.WebModules = nil
		return true
	}
	names, ok := asTexts(v)
	if ok {
		c.WebModules = names
	}
	return ok
}

func setUploadMax(c *Config, v any) bool {
	n, ok := asInt(v)
	if !ok || n < 1 {
		return false
	}
	c.WebUploadMaxBytes = n
	return true
}

func setReferers(c *Config, v any) bool {
	if isNone(v) {
		c.WebAllowedReferers = Referers{Mode: SameOrigin}
		return true
	}
	if b, ok := asBool(v); ok {
		if b {
			return false
		}
		c.WebAllowedReferers = Referers{Mode: AnyReferer}
		return true
	}
	urls, ok := asTexts(v)
	if !ok {
		return false
	}
	for _, u := range urls {
		if parsed, err := url.Parse(u); err != nil || parsed.Scheme == "" || parsed.Host == "" {
			return false
		}
	}
	c.WebAllowedReferers = Referers{Mode: Listed, URLs: urls}
	return true
}

func setProxies(c *Config, v any) bool {
	if isNone(v) {
		c.WebTrustedProxies = nil
		return true
	}
	texts, ok := asTexts(v)
	if !ok {
		return false
	}
	nets := make([]netip.Prefix, 0, len(texts))
	for _, s := range texts {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, err := netip.ParseAddr(s)
			if err != nil || a.Zone() != "" {
				return false
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		nets = append(nets, p.Masked())
	}
	c.WebTrustedProxies = nets
	return true
}

func setDB(c *Config, v any) bool {
	s, ok := "", isNone(v)
	if !ok {
		s, ok = asText(v)
	}
	if !ok {
		return false
	}
	if s != "" {
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "clickhouse" || u.Host == "" {
			return false
		}
	}
	c.DB = s
	return true
}

func setDataDir(c *Config, v any) bool {
	s, ok := asText(v)
	if !ok || s == "" {
		return false
	}
	c.DataDir = s
	return true
}

func setQueryTimeout(c *Config, v any) bool {
	if isNone(v) {
		c.QueryTimeout = 0
		return true
	}
	n, ok := asInt(v)
	if !ok || n < 0 || n > math.MaxInt32 {
		return false
	}
	c.QueryTimeout = time.Duration(n) * time.Millisecond
	return true
}

// otherDatabases are the schemes of the databases that IVRE can use.
var otherDatabases = []string{"mongodb", "documentdb", "postgresql", "sqlite", "duckdb", "elastic", "maxmind", "tinydb", "http", "https"}

// isOtherDatabase tells whether the value of DB is the address of a database that IVRE can use and this
// program can't.
func isOtherDatabase(v any) bool {
	s, ok := v.(string)
	if !ok {
		return false
	}
	scheme, _, ok := strings.Cut(s, ":")
	scheme, _, _ = strings.Cut(scheme, "+") // mongodb+srv
	if !ok {
		return false
	}
	for _, other := range otherDatabases {
		if scheme == other {
			return true
		}
	}
	return false
}

// wrong says that a value breaks the rule of its setting.
func (s *setting) wrong(place string, v any) error {
	if s.secret {
		return fmt.Errorf("%s: %s must be %s (the value is not shown: it may hold a password)", place, s.name, s.rule)
	}
	return fmt.Errorf("%s: %s must be %s, not %s", place, s.name, s.rule, show(v))
}
