package hosts_test

import (
	"fmt"
	"strconv"
	"strings"
)

// wordMakers make words of the query language, by their names. Names that begin with a blank are those of words that
// have none. All words may come out negated, also where that is not possible.
var wordMakers = map[string]func(g maker) string{}

// valued adds the words NAME:VALUE.
func valued(names string, value func(g maker) string) {
	for name := range strings.FieldsSeq(names) {
		wordMakers[name] = func(g maker) string { return name + ":" + value(g) }
	}
}

// optional adds the words NAME and NAME:VALUE.
func optional(name string, value func(g maker) string) {
	wordMakers[name] = func(g maker) string {
		if g.in(10) {
			return name
		}
		return name + ":" + value(g)
	}
}

func rxOf(pool []string) func(g maker) string { return func(g maker) string { return g.rx(pool) } }

func init() {
	for name := range strings.FieldsSeq(`ipv4 ipv6 openport netdev networkdevice phonedev anonldap geovision webmin x11srv phpmyadmin anonftp
		authbypassvnc authhttp webfiles nfs nis yp mssqlemptypwd mysqlemptypwd x11open owa xp445 torcert cert cacert cert.self_signed
		cacert.self_signed display`) {
		wordMakers[name] = func(g maker) string { return name }
	}
	valued("sortby fields", func(g maker) string { return pick(g, []string{"addr", "ports.port", "endtime"}) })
	valued("skip limit", func(g maker) string { return pick(g, []string{"0", "-3", "10", "x", ""}) })
	valued("host", maker.hostValue)
	valued("net", maker.netValue)
	valued("range", func(g maker) string {
		return pick(g, poolAddrs) + pick(g, []string{"-", ","}) + pick(g, append(poolAddrs, "192.0.2.200", "3232235777"))
	})
	valued("timerange", func(g maker) string {
		from := 1_700_000_000 + g.IntN(300*86_400)
		return fmt.Sprintf("%d%s%d%s", from, pick(g, []string{"-", ","}), from+g.IntN(60*86_400), pick(g, []string{"", ".5", ".25"}))
	})
	valued("timeago", func(g maker) string {
		days := int(oracleNow.Unix()-1_700_000_000)/86_400 - g.IntN(320)
		return pick(g, []string{fmt.Sprint(days, "d"), fmt.Sprint(days * 86_400),
			fmt.Sprint(days*24, "h"), fmt.Sprint(days*1440, "m"), fmt.Sprint(days*86_400, "s"), "2y", "0", "1w", "-1d"})
	})
	valued("hostname", rxOf(poolNames))
	valued("domain", rxOf(append(poolNames, "com", "net", "example.org", "test", "")))
	valued("category", rxOf(poolCategories))
	valued("source", rxOf(poolSources))
	valued("city", rxOf(poolCities))
	valued("asname", rxOf(poolASNames))
	valued("country", func(g maker) string {
		return strings.Join(append(g.texts(2, column(poolCountries, 0)), pick(g, []string{"FR", "uk", "EU", "us", "XX", ""})), pick(g, []string{",", "|"}))
	})
	valued("asnum", func(g maker) string {
		list := some(g, 2, func() string { return pick(g, []string{"AS", "as", ""}) + strconv.Itoa(64_500+g.IntN(5)) })
		return strings.Join(append(list, pick(g, []string{"64501", "AS64503", "1", "/a/"})), pick(g, []string{",", "|"}))
	})
	valued("os", rxOf(append(append(poolOSFamilies, poolOSTypes...), append(poolOSGens, poolOSVendors...)...)))
	valued("hopname", func(g maker) string { return pick(g, append(poolHopNames, "nosuch")) })
	valued("hopdomain", func(g maker) string { return pick(g, append(poolHopNames, "example.net", "net", "test", "/net/")) })
	valued("hop", func(g maker) string {
		return pick(g, poolAddrs) + pick(g, []string{"", "", ":1", ":3", ":64", ":x"})
	})
	optional("tag", func(g maker) string {
		switch g.IntN(4) {
		case 0:
			return g.part(poolTags)
		case 1:
			return ""
		}
		return g.orEmpty(poolTags) + ":" + g.orEmpty(poolTagInfos)
	})
	optional("cpe", func(g maker) string {
		var parts []string
		for i := range 1 + g.IntN(4) {
			parts = append(parts, g.orEmpty(column(poolCPEs, i)))
		}
		return strings.Join(parts, ":")
	})
	valued("search", maker.searchValue)
	valued("id", func(g maker) string {
		list := append(g.texts(3, g.ids), pick(g, []string{g.ids[0], "0123456789abcdef"}))
		return strings.Join(list, pick(g, []string{",", "-"}))
	})
	wordMakers[" address"] = maker.hostValue
	wordMakers[" network"] = func(g maker) string {
		return pick(g, poolAddrs) + "/" + pick(g, []string{"8", "16", "24", "31", "0", "64", "255.255.0.0"})
	}
	wordMakers[" port"] = maker.portValue
	wordMakers[" ports"] = func(g maker) string { return g.portList() + "," + g.portValue() }
	wordMakers[" comparison"] = maker.comparison
}

func (g maker) hostValue() string {
	return pick(g, append(poolAddrs, "3221225985", "::ffff:192.0.2.1", "2001:DB8::1", "2001:db8:1::1", "fe80::1%eth0", "192.0.3.4", "nosuch", "167772161"))
}

func (g maker) netValue() string {
	if g.in(3) {
		return pick(g, []string{"192.0.2/24", "192.0/16", "10/8", "192.0.2.77/24", "0/0", "192.0.2.0/255.255.255.0",
			"192.0.2.0/0.0.0.255", "::/0", "2001:db8::/32", "192.0.2./24", "192.0.2.1/33", "2001:db8::1/129", "::ffff:0:0/96", "::/96"})
	}
	return pick(g, poolAddrs) + pick(g, []string{"", "/8", "/23", "/31", "/32", "/64", "/128", "/0"})
}

func (g maker) portValue() string {
	return pick(g, []string{"", "", "", "tcp/", "tcp_", "udp/", "udp_"}) + strconv.Itoa(pick(g, append(poolPorts, 0, 99999)))
}

func (g maker) portList() string {
	return strings.Join(append(some(g, 2, g.portValue), g.portValue()), ",")
}

func (g maker) comparison() string {
	path := pick(g, []string{
		"ports.port", "openports.count", "infos.as_num", "ports.state_reason_ttl", "traces.hops.ttl", "ports.service_conf", "openports.tcp.ports",
		"openports.udp.ports", "openports.tcp.count", "schema_version", "ports.scripts.ssl-cert.pubkey.bits", "ports.scripts.ssh-hostkey.bits",
		"ports.scripts.custom-script.a", "ports.scripts.custom-script.list.k", "ports.scripts.scanner.ports.tcp.ports", "infos.coordinates",
		"infos.city", "nosuch", "ports", "endtime", "n", "traces.hops.rtt", "extraports.filtered.total", "comment", "traces.port", "addr",
	})
	n := pick(g, []string{"0", "1", "2", "3", "22", "80", "443", "2048", "64501", "-1", "100", "x", "54", "1500000000000000000000"})
	return path + pick(g, []string{"<", "<=", ">", ">="}) + n
}

// searchValue makes searches of words whose stems are no other words' of the records.
func (g maker) searchValue() string {
	words := []string{"nginx", "cloudflare", "openssh", "linux", "wap", "zurich", "buro", "lan", "dmz",
		"été", "passwort", "nosuch", "rsa", "x11", "gw", "2", "webmin", "curl", "tor", "Honeypot"}
	var parts []string
	for range 1 + g.IntN(3) {
		switch g.IntN(8) {
		case 0:
			parts = append(parts, "-"+pick(g, words))
		case 1:
			parts = append(parts, `"`+pick(g, []string{"apache httpd", "Anonymous bind", "example.com", "nosuch phrase", "cisco ios", "ubuntu"})+`"`)
		default:
			parts = append(parts, pick(g, words))
		}
	}
	return strings.Join(parts, " ")
}
