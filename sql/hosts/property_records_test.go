package hosts_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ivre/ingest/host"
)

// object is a JSON object in the making.
type object = map[string]any

// maker makes records, and questions about them. It draws values from the small pools of this file and its siblings, so
// that questions hit records. The same seed makes the same things.
type maker struct {
	*rand.Rand
	ids []string // identifiers of records, for words that need them
}

func newMaker(seed uint64) maker { return maker{Rand: rand.New(rand.NewPCG(seed, 20240229))} }

// in tells, once in n times, that something is to be done.
func (g maker) in(n int) bool { return g.IntN(n) == 0 }

func pick[T any](g maker, list []T) T { return list[g.IntN(len(list))] }

// some takes up to most items; they may repeat.
func some[T any](g maker, most int, item func() T) []T {
	out := []T{}
	for range g.IntN(most + 1) {
		out = append(out, item())
	}
	return out
}

func (g maker) texts(most int, pool []string) []string {
	return some(g, most, func() string { return pick(g, pool) })
}

// put sets a member in most cases.
func (g maker) put(o object, key string, pool []string) {
	if !g.in(4) {
		o[key] = pick(g, pool)
	}
}

// putOrNull is put, and sets some members to null.
func (g maker) putOrNull(o object, key string, pool []string) {
	if g.put(o, key, pool); g.in(8) {
		o[key] = nil
	}
}

// Values of records, from which questions are made, too.
var (
	poolAddrs4 = []string{"192.0.2.1", "192.0.2.2", "192.0.2.77", "192.0.2.255", "192.0.3.0", "198.51.100.7", "10.0.0.1", "10.1.2.3", "255.255.255.255", "0.0.0.1"}
	poolAddrs6 = []string{"2001:db8::1", "2001:db8::2", "2001:db8:0:1:1:1:1:1", "fe80::1", "::1", "::192.0.2.33", "ffff::"}
	poolAddrs  = slices.Clip(slices.Concat(poolAddrs4, poolAddrs6))

	poolCategories = []string{"lan", "dmz", "corp", "LAN", "Büro", "a b", "x.y"}
	poolSources    = []string{"lab", "Paris", "probe-1", "a:b"}
	poolNames      = []string{"www.example.com", "mail.example.com", "example.com", "WWW.Example.com", "a.b.example.org", "*.example.net",
		"localhost", "h-1.lab.test", "_sip.example.org", "é.example.com", "a..b"}
	poolCountries = [][2]string{{"FR", "France"}, {"GB", "United Kingdom"}, {"US", "United States"}, {"DE", "Germany"}, {"SE", "Sweden"}, {"CH", "Switzerland"}}
	poolCities    = []string{"Paris", "London", "Zürich", "New York", "paris"}
	poolASNames   = []string{"Example Net", "OTHER-AS", "Télécom \"X\"", "it's"}
	poolTags      = []string{"CDN", "Honeypot", "Scanner", "TOR", "Vulnerable", "cdn"}
	poolTagInfos  = []string{"cloudflare", "ExampleCDN", "x", "CVE-2014-0160", "a b", "Cloudflare", "«nginx»", "nginx—1", "日本nginx", "nginxÖ", "nginx٣", "(nginx😀"}
	poolCPEs      = [][4]string{{"a", "apache", "http_server", "2.4.1"}, {"a", "apache", "http_server", "2.2"}, {"a", "nginx", "nginx", "1.0:x"},
		{"o", "linux", "linux_kernel", ""}, {"o", "microsoft", "windows", "10"}, {"h", "cisco", "ios", "12.4"}, {"a", "", "", ""}, {"", "apache", "tomcat", "9"}}
	poolOSFamilies = []string{"Linux", "Windows", "IOS", "linux", "embedded"}
	poolOSTypes    = []string{"general purpose", "router", "WAP", "printer"}
	poolOSVendors  = []string{"Linux", "Microsoft", "Cisco", "HP"}
	poolOSGens     = []string{"3.X", "10", "XP", "12.X"}
	poolOSMatches  = []string{"Linux 3.2 - 4.9", "Microsoft Windows XP SP2", "Cisco IOS 12.4"}
	poolHopNames   = []string{"gw.example.net", "core-1.example.net", "router", "/x/", "*.lab.test"}
	poolMACs       = []string{"00:00:5e:00:53:01", "00:00:5e:00:53:ff"}
)

// record makes a record that has the number n. Records of views have lists of sources.
func (g maker) record(n int, view bool) object {
	rec := object{"schema_version": 22}
	if !g.in(30) {
		rec["addr"] = g.addr(n)
	}
	g.times(rec, n)
	if !g.in(5) {
		rec["state"] = pick(g, []string{"up", "up", "down"})
		rec["state_reason"] = pick(g, []string{"echo-reply", "syn-ack", "arp-response"})
	}
	switch sources := g.texts(2, poolSources); {
	case view:
		rec["source"] = sources
	case !g.in(4):
		rec["source"] = pick(g, poolSources)
	}
	if !g.in(4) {
		rec["categories"] = g.texts(3, poolCategories)
	}
	if g.in(3) {
		rec["addresses"] = object{"mac": g.texts(2, poolMACs), "ipv4": g.texts(2, poolAddrs4)}
	}
	if !g.in(4) {
		rec["hostnames"] = some(g, 3, g.hostname)
	}
	if !g.in(3) {
		rec["tags"] = some(g, 3, g.tag)
	}
	if view || g.in(10) {
		g.infos(rec)
	}
	if !g.in(3) {
		rec["cpes"] = some(g, 3, g.cpe)
	}
	if g.in(2) {
		rec["os"] = g.os()
	}
	if g.in(2) {
		rec["traces"] = some(g, 2, g.trace)
	}
	if !g.in(12) {
		rec["ports"] = g.ports()
	}
	if g.in(8) {
		rec["extraports"] = object{pick(g, []string{"filtered", "closed"}): object{"total": g.IntN(1000), "reasons": object{"no-response": g.IntN(1000)}}}
	}
	if g.in(8) {
		rec["comment"] = pick(g, []any{"a comment", 12, nil, []any{"x", 1, nil}, object{"k": "v"}})
	}
	return rec
}

// addr makes an address that mostly differs between records.
func (g maker) addr(n int) string {
	switch g.IntN(4) {
	case 0:
		return fmt.Sprintf("192.0.%d.%d", 2+n%3, n%256)
	case 1:
		return fmt.Sprintf("2001:db8:%x::%x", n%5, n)
	}
	return pick(g, poolAddrs)
}

// times are different for all records, which thereby differ.
func (g maker) times(rec object, n int) {
	start := 1_700_000_000 + int64(n)*86_400 + g.Int64N(1000)
	if g.in(8) {
		rec["comment_n"] = n
	} else {
		rec["starttime"] = start
	}
	switch {
	case g.in(8):
		rec["n"] = n
	case g.in(8):
		rec["endtime"] = float64(start+10) + 0.25
	default:
		rec["endtime"] = start + g.Int64N(100_000)
	}
}

func domainsOf(name string) []string {
	var out []string
	for {
		out = append(out, name)
		_, rest, ok := strings.Cut(name, ".")
		if !ok {
			return out
		}
		name = rest
	}
}

func (g maker) hostname() object {
	name := pick(g, poolNames)
	o := object{"name": name, "type": pick(g, []string{"user", "PTR", "A", "cert-san-dns"})}
	if !g.in(10) {
		o["domains"] = domainsOf(name)
	}
	if g.in(10) {
		o["ttl"] = g.IntN(3)
	}
	return o
}

func (g maker) tag() object {
	o := object{"value": pick(g, poolTags), "type": pick(g, []string{"info", "warning", "danger"})}
	if !g.in(3) {
		o["info"] = g.texts(3, poolTagInfos)
	}
	if g.in(5) {
		delete(o, "type")
	}
	return o
}

func (g maker) infos(rec object) {
	if g.in(6) {
		return
	}
	o := object{}
	if !g.in(4) {
		c := pick(g, poolCountries)
		o["country_code"] = c[0]
		if !g.in(4) {
			o["country_name"] = c[1]
		}
	}
	g.put(o, "city", poolCities)
	if !g.in(3) {
		o["as_num"] = 64_500 + g.IntN(4)
		g.put(o, "as_name", poolASNames)
	}
	if g.in(2) {
		o["coordinates"] = []any{48.85 + float64(g.IntN(2)), pick(g, []any{2.35, 2, -0.5})}
	}
	if g.in(10) {
		o["postal_code"] = pick(g, []any{"75001", nil, 75001})
	}
	rec["infos"] = o
}

func (g maker) cpe() object {
	c := pick(g, poolCPEs)
	o := object{"type": c[0], "vendor": c[1], "product": c[2], "version": c[3], "origins": g.texts(2, []string{"ports.port:80", "ports.port:443"})}
	if c[3] == "" && g.in(2) {
		delete(o, "version")
	}
	return o
}

func (g maker) os() object {
	o := object{}
	if !g.in(4) {
		o["osclass"] = some(g, 3, func() object {
			c := object{"accuracy": pick(g, []string{"100", "95"})}
			g.put(c, "type", poolOSTypes)
			g.put(c, "vendor", poolOSVendors)
			g.put(c, "osfamily", poolOSFamilies)
			g.put(c, "osgen", poolOSGens)
			return c
		})
	}
	if !g.in(4) {
		o["osmatch"] = some(g, 2, func() object {
			return object{"name": pick(g, poolOSMatches), "accuracy": "100", "line": pick(g, []string{"1", "20"})}
		})
	}
	if g.in(3) {
		o["portused"] = object{"port": "tcp_22", "state": "open"}
	}
	return o
}

func (g maker) trace() object {
	o := object{"protocol": pick(g, []any{"tcp", "udp", nil}), "hops": some(g, 4, g.hop)}
	if g.in(2) {
		o["port"] = pick(g, []int{80, 443})
	}
	return o
}

func (g maker) hop() object {
	o := object{"rtt": pick(g, []any{0.25, 3.0, "--", 12})}
	if !g.in(10) {
		o["ipaddr"] = pick(g, poolAddrs)
	}
	if !g.in(6) {
		o["ttl"] = pick(g, []any{1, 2, 3, 3, 64, "x"})
	}
	if g.in(2) {
		name := pick(g, poolHopNames)
		o["host"], o["domains"] = name, domainsOf(name)
	}
	return o
}

// madeHosts makes records and reads them as an import would do.
func madeHosts(t testing.TB, seed uint64, count int, view bool) []*host.Host {
	t.Helper()
	g := newMaker(seed)
	var texts []string
	for n := range count {
		data, err := json.Marshal(g.record(n, view))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	return decode(t, texts...)
}
