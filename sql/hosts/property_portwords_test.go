package hosts_test

import (
	"strconv"
	"strings"
)

func init() {
	valued("open filtered closed", maker.portList)
	valued("otheropenport", func(g maker) string {
		return strings.Join(append(some(g, 3, g.number), g.number()), ",")
	})
	valued("countports", func(g maker) string {
		n := g.IntN(4)
		return pick(g, []string{strconv.Itoa(n), strconv.Itoa(n) + "-" + strconv.Itoa(n+g.IntN(3)), strconv.Itoa(n) + "," + strconv.Itoa(g.IntN(4)), "x"})
	})
	valued("service", func(g maker) string { return g.orUnknown(poolServices) + g.atPort() })
	valued("product", func(g maker) string {
		return g.orUnknown(poolServices) + ":" + g.orUnknown(poolProducts) + g.atPort()
	})
	valued("version", func(g maker) string {
		return g.orUnknown(poolServices) + ":" + g.orUnknown(poolProducts) + ":" + g.orUnknown(poolVersions) + g.atPort()
	})
	valued("devicetype devtype", rxOf(poolDevices))
	optional("screenshot", maker.place)
	optional("screenwords", func(g maker) string {
		words := g.part(poolWords)
		if !strings.HasPrefix(words, "/") && g.in(2) {
			words += "," + pick(g, poolWords)
		}
		if open := strings.HasPrefix(words, "/") && strings.Count(words, "/") == 1; g.in(3) && !open {
			words += ":" + g.place() // which would be part of the expression if that was open
		}
		return words
	})
	valued("script", func(g maker) string {
		ids := []string{"http-headers", "ssl-cert", "banner", "ntlm-info", "http-title", "ftp-anon", "ssl-jarm", "scanner"}
		if g.in(2) {
			return g.part(ids)
		}
		outputs := append(append(poolTitles, poolBanners...), "the output of scanner", poolJARM[0], "Request type", "Set-Cookie")
		return g.part(ids) + ":" + g.rx(outputs)
	})
	valued("banner", rxOf(poolBanners))
	valued("cookie", func(g maker) string { return pick(g, []string{"phpMyAdmin", "phpmyadmin", "sid", "php.yAdmin", ""}) })
	optional("file", func(g maker) string {
		if g.in(2) {
			return g.part(poolFiles)
		}
		return strings.Join(append(g.texts(2, poolListers), pick(g, poolListers)), ",") + ":" + g.rx(poolFiles)
	})
	optional("vuln", func(g maker) string {
		id := pick(g, poolVulns[:3])
		if g.in(2) {
			return id
		}
		return id + ":" + pick(g, poolStatesOf)
	})
	initKeyWords()
	initFingerprintWords()
	smbKeys := strings.Fields("os lanmanager dnsdomain forest ntlm_os ntlm_version smb_version workgroup server domain_dns nosuch")
	wordMakers[" smb"] = func(g maker) string {
		return "smb." + pick(g, smbKeys) + ":" + g.rx(append(poolNetBIOS, poolWindows...))
	}
	ntlmKeys := strings.Fields("name server domain workgroup domain_dns forest fqdn os version protocol Target_Name nosuch")
	wordMakers[" ntlm"] = func(g maker) string {
		return "ntlm." + pick(g, ntlmKeys) + ":" + g.rx(append(poolNetBIOS, "smb", "http"))
	}
}

func initKeyWords() {
	valued("httptitle", rxOf(poolTitles))
	optional("sshkey", rxOf(append(poolRaw, "2048", "RSA")))
	valued("sshkey.fingerprint", func(g maker) string {
		s := hashes(pick(g, poolKeyTypes))["md5"].(string)
		switch g.IntN(4) {
		case 0:
			return strings.ToUpper(s[:2] + ":" + s[2:4] + ":" + s[4:])
		case 1:
			return "/^" + s[:2] + "/"
		}
		return s
	})
	valued("sshkey.key", rxOf([]string{"AAAASSH-R", "AAAASSH-E", "AAAAECDSA"}))
	valued("sshkey.type", func(g maker) string { return pick(g, []string{"rsa", "ed25519", "dss", "ssh-rsa", "/rsa/"}) })
	valued("sshkey.bits", func(g maker) string { return pick(g, []string{"256", "1024", "2048", "0", "x", "2048.0"}) })
	optional("httphdr", func(g maker) string {
		return g.pair(append(column(poolHeaders, 0), "SERVER"), column(poolHeaders, 1))
	})
	optional("httpapp", func(g maker) string { return g.pair(poolApps, poolAppVers) })
	optional("smbshare", func(g maker) string { return pick(g, []string{"", "r", "w", "rw", "WR", "x"}) })
	valued("ike.vendor_id.name", rxOf(column(poolVendors, 1)))
	valued("ike.vendor_id.value", rxOf(column(poolVendors, 0)))
	valued("ike.notification", rxOf(poolNotified))
	optional("useragent", rxOf(poolAgents))
}

func initFingerprintWords() {
	optional("ssl-jarm", rxOf(poolJARM))
	for name := range strings.FieldsSeq("hassh hassh-server hassh-client ssl-ja3-client") {
		optional(name, maker.fingerprintValue)
	}
	optional("ssl-ja3-server", func(g maker) string {
		return pick(g, []string{"", g.fingerprintValue()}) + pick(g, []string{"", ":", ":" + g.fingerprintValue()})
	})
	optional("ssl-ja4-client", rxOf(poolJA4))
	for _, kind := range []string{"cert", "cacert"} {
		valued(kind+".subject "+kind+".issuer", rxOf(poolSubjects))
		for _, hash := range []string{"md5", "sha1", "sha256"} {
			valued(kind+"."+hash, func(g maker) string { return g.hash(prefixed("certificate of ", poolSubjects), hash) })
			valued(kind+".pk"+hash+" "+kind+".pubkey."+hash, func(g maker) string { return g.hash(prefixed("key of ", poolSubjects), hash) })
		}
	}
}

func (g maker) number() string { return strconv.Itoa(pick(g, append(poolPorts, 1))) }

// atPort is a port at the end of a word, or nothing.
func (g maker) atPort() string {
	if g.in(2) {
		return ""
	}
	return ":" + pick(g, []string{g.number(), g.number(), g.number(), "x"})
}

// place is a port or a service.
func (g maker) place() string {
	return pick(g, []string{g.portValue(), g.number(), pick(g, poolServices)})
}

// pair makes FIRST or FIRST:SECOND.
func (g maker) pair(first, second []string) string {
	if g.in(2) {
		return g.part(first)
	}
	return g.part(first) + ":" + g.rx(second)
}

func prefixed(prefix string, pool []string) []string {
	var out []string
	for _, s := range pool {
		out = append(out, prefix+s)
	}
	return out
}
