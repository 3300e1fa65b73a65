package hosts_test

import (
	"fmt"
	"strconv"
	"strings"
)

// fieldMakers make fields of top values, by the names of their families. Their arguments are valid.
var fieldMakers = map[string]func(g maker) string{}

func fields(list string) func(g maker) string {
	return func(g maker) string { return pick(g, strings.Fields(list)) }
}

// withArgument adds the fields NAME:ARGUMENT.
func withArgument(name string, argument func(g maker) string) {
	fieldMakers[name+":"] = func(g maker) string { return name + ":" + argument(g) }
}

// somePaths are paths without a meaning of their own.
var somePaths = strings.Fields(`ports.service_name ports.port ports.state_state ports.protocol ports.service_conf ports.state_reason_ttl
	ports.state_reason_ip ports.screenwords ports.screenshot ports.service_servicefp ports.service_hostname ports.service_version hostnames.name hostnames.type
	hostnames.domains hostnames.ttl openports.tcp.ports openports.udp.ports openports.count openports.tcp.count openports infos.city infos.country_code
	infos.country_name infos.as_num infos.as_name infos.coordinates infos infos.postal_code source state state_reason schema_version tags.value tags.info
	tags.type tags os.osmatch.name os.osclass.vendor os.osclass.osfamily os.osclass.type os.osclass.osgen os.osclass os.portused os.portused.port os
	traces.hops.host traces.hops.ttl traces.hops.rtt traces.hops.ipaddr traces.hops.domains traces.protocol traces.port categories addresses.mac addresses
	cpes.version cpes.origins extraports.filtered.total comment n starttime endtime nosuch ports.nosuch ports.scripts.id ports.scripts.output
	ports.scripts.nosuch ports.scripts.ssl-cert ports.scripts.ssl-cert.md5 ports.scripts.ssl-cert.san ports.scripts.ssl-cert.not_before
	ports.scripts.ssl-cert.pubkey ports.scripts.ssl-cert.pubkey.bits ports.scripts.ssh-hostkey.bits ports.scripts.http-headers ports.scripts.http-headers.name
	ports.scripts.ls.volumes.files.filename ports.scripts.ls.volumes.files.size ports.scripts.ls.volumes.volume ports.scripts.vulns.refs ports.scripts.vulns.state
	ports.scripts.smb-enum-shares.shares.Share ports.scripts.custom-script ports.scripts.custom-script.a ports.scripts.custom-script.list
	ports.scripts.custom-script.list.k ports.scripts.custom-script.a.b ports.scripts.ssl-jarm ports.scripts.http-user-agent ports.scripts.ntlm-info
	ports.scripts.scanner.ports.tcp.ports ports.scripts.scanner.scanners.probes ports.scripts.nuclei.tags ports.scripts.nuclei.classification.cve-id
	ports.scripts.rpcinfo.version ports.scripts.dns-domains.parents ports.scripts.mongodb-databases.totalSize ports.scripts.ssl-ja3-server.client.md5 addr ports ports.scripts`)

func init() {
	fieldMakers["plain"] = fields(`category categories country city asnum as addr net source domains port service product version devicetype screenwords
		hop script ntlm useragent jarm httphdr httpapp file scanner.name sshkey.bits ike.vendor_ids ike.transforms ike.notification tag tag.value tag.type
		tag.info hassh hassh-server hassh-client ja3-client ja3-server ja4-client cpe vulns.id countports:open`)
	fieldMakers["path"] = func(g maker) string { return pick(g, somePaths) }
	withArgument("category", func(g maker) string { return g.rx(poolCategories) })
	withArgument("categories", func(g maker) string { return g.rx(poolCategories) })
	withArgument("net", func(g maker) string { return strconv.Itoa(g.IntN(33)) })
	withArgument("domains", func(g maker) string {
		name := pick(g, []string{"example.com", "com", "www.example.com", "test", "example.net", "nosuch", "le.com"})
		return pick(g, []string{strconv.Itoa(g.IntN(5)), name, name + ":" + strconv.Itoa(g.IntN(5))})
	})
	fieldMakers["hop:"] = func(g maker) string { return "hop" + pick(g, []string{":", ">"}) + strconv.Itoa(g.IntN(66)%5) }
	withArgument("tag", func(g maker) string { return pick(g, append(poolTags, "nosuch")) })
	withArgument("port", func(g maker) string {
		return pick(g, append(poolServices, "open", "closed", "filtered", "open|filtered", "nosuch"))
	})
	states := append(poolStates, "nosuch")
	withArgument("portlist", func(g maker) string { return pick(g, states) })
	withArgument("countports", func(g maker) string { return pick(g, states) })
	withArgument("service", maker.portValue)
	withArgument("devicetype", maker.portValue)
	withArgument("product", func(g maker) string { return pick(g, append(poolServices, g.portValue())) })
	withArgument("version", func(g maker) string {
		return pick(g, []string{g.portValue(), pick(g, poolServices), pick(g, poolServices) + ":" + pick(g, poolProducts)})
	})
	fieldMakers["cpe"] = func(g maker) string {
		field := "cpe" + pick(g, []string{"", ".type", ".vendor", ".product", ".version", ".1", ".2", ".3", ".4", "s", "s.vendor"})
		for i := range g.IntN(5) {
			field += ":" + pick(g, []string{g.part(column(poolCPEs, i)), "//", column(poolCPEs, i)[0]})
		}
		return field
	}
	withArgument("script", func(g maker) string {
		id := pick(g, []string{"banner", "ntlm-info", "http-title", "x11-access", "ssl-jarm", "nosuch"})
		return pick(g, []string{"", "", "host:", g.portValue() + ":"}) + id
	})
	withArgument("useragent", func(g maker) string { return g.rx(poolAgents) })
	withArgument("jarm", maker.portValue)
	initScriptFields()
}

func initScriptFields() {
	members := strings.Fields("md5 sha1 sha256 raw nosuch")
	fieldMakers["cert"] = func(g maker) string {
		return pick(g, []string{"cert.", "cacert."}) + pick(g, strings.Fields(`md5 sha1 subject_text issuer_text subject issuer subject.commonName pubkey pubkey.type pubkey.bits
			pubkey.md5 self_signed san not_before not_after serial_number nosuch nosuch.x`))
	}
	fieldMakers["hassh"] = func(g maker) string {
		return pick(g, []string{"hassh", "hassh-server", "hassh-client"}) + "." + pick(g, members)
	}
	fieldMakers["ja3-client"] = func(g maker) string {
		return "ja3-client" + pick(g, []string{"", "." + pick(g, members)}) + pick(g, []string{"", ":" + g.fingerprintValue()})
	}
	fieldMakers["ja3-server"] = func(g maker) string {
		field := "ja3-server" + pick(g, []string{"", "." + pick(g, members)})
		switch g.IntN(3) {
		case 0:
			field += ":" + g.fingerprintValue()
		case 1:
			field += ":" + pick(g, []string{"", g.fingerprintValue()}) + ":" + g.fingerprintValue()
		}
		return field
	}
	fieldMakers["ja4-client"] = func(g maker) string {
		return "ja4-client" + pick(g, []string{"", ".ja4_a", ".ja4_b_raw", ".nosuch"}) + pick(g, []string{"", ":" + pick(g, append(poolJA4, "t13", "nosuch_nosuch"))})
	}
	for family, keys := range map[string]string{
		"sshkey": "type fingerprint key bits nosuch", "smb": "os lanmanager smb-version nosuch domain_dns", "ntlm": "name server os version protocol nosuch DNS_Tree_Name fqdn",
		"ike": "notification_type vendor_ids.name vendor_ids.value transforms.Hash nosuch", "httphdr": "name value nosuch", "modbus": "sid_0x1 sid_0x1.Device-x nosuch",
		"s7": "Module Version nosuch", "enip": "vendor product serial devtype prodcode rev ip Vendor", "mongo.dbs": "databases.name databases totalSize databases.sizeOnDisk nosuch",
		"vulns": "id state refs ids description check_results extra_info title nosuch",
	} {
		fieldMakers[family+"."] = func(g maker) string { return family + "." + pick(g, strings.Fields(keys)) }
	}
	withArgument("httphdr", func(g maker) string { return pick(g, []string{"Server", "date", "SET-COOKIE", "nosuch"}) })
	withArgument("httpapp", func(g maker) string { return pick(g, append(poolApps, "wordpress")) })
	fieldMakers["file"] = func(g maker) string {
		ids := strings.Join(append(g.texts(2, poolListers), pick(g, poolListers)), ",")
		key := pick(g, []string{"filename", "size", "time", "nosuch"})
		return pick(g, []string{"file." + key, "file:" + ids, fmt.Sprint("file:", ids, ".", key), fmt.Sprint("file.", key, ":", ids)})
	}
	withArgument("scanner.port", func(g maker) string { return pick(g, []string{"tcp", "udp"}) })
	fieldMakers["tag."] = fields("tag.value tag.type tag.info tag.nosuch")
}
