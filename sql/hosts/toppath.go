package hosts

import "strings"

// listFields are the paths that are known to hold lists: a top or distinct of a path below them makes a row of each
// item.
var listFields = makeListFields()

func makeListFields() map[string]bool {
	out := map[string]bool{}
	for _, s := range strings.Fields(`categories cpes hostnames hostnames.domains openports.tcp.ports openports.udp.ports os.osclass os.osmatch
		tags tags.info traces traces.hops ports ports.screenwords ports.scripts`) {
		out[s] = true
	}
	for _, s := range strings.Fields(`dns-domains dns-domains.parents dns-zone-transfer dns-zone-transfer.records fcrdns fcrdns.addresses http-app
		http-citrix-netscaler-triage.rdx_en_gzip_datetime.tls_names http-headers http-httpx.technologies http-server-header http-user-agent
		ike-info.transforms ike-info.vendor_ids ls.volumes ls.volumes.files ms-sql-info mongodb-databases.databases mongodb-databases.databases.shards
		nuclei nuclei.extracted-results nuclei.classification.cve-id nuclei.classification.cwe-id nuclei.reference nuclei.tags rpcinfo rpcinfo.version
		scanner.http_uris scanner.ports.tcp.ports scanner.ports.udp.ports scanner.probes scanner.scanners scanner.scanners.probes smb-enum-shares.shares
		ssh-hostkey ssl-cert ssl-ja3-client ssl-ja3-server ssl-ja4-client vulns vulns.check_results vulns.description vulns.extra_info vulns.ids vulns.refs`) {
		out["ports.scripts."+s] = true
	}
	return out
}

// knownLists is how many of the keys, which follow a prefix, lead to the last known list among their paths. What they
// go through on the way are objects or known lists.
func knownLists(prefix string, keys []string) (n int) {
	for i, key := range keys {
		if prefix = strings.TrimPrefix(prefix+"."+key, "."); listFields[prefix] {
			n = i + 1
		}
	}
	return n
}

// columnPaths are the paths that are counted from columns rather than from the records' JSON: a list column, and how
// its items show.
var columnPaths = map[string]struct {
	list string
	kind kind
}{
	"categories":     {"categories", textKind},
	"hostnames.name": {"hostnames.name", textKind}, "hostnames.type": {"hostnames.type", textKind},
	"tags.value": {"tags.value", textKind}, "tags.type": {"tags.type", textKind},
	"openports.tcp.ports": {"openports_tcp", numberKind}, "openports.udp.ports": {"openports_udp", numberKind},
	"openports.count": {"[openports_count]", numberKind},
	"ports.port":      {"ports.port", numberKind},
	"ports.protocol":  {"ports.protocol", textKind}, "ports.state_state": {"ports.state_state", textKind}, "ports.state_reason": {"ports.state_reason", textKind},
	"ports.service_name": {"ports.service_name", textKind}, "ports.service_tunnel": {"ports.service_tunnel", textKind}, "ports.service_product": {"ports.service_product", textKind},
	"ports.service_version": {"ports.service_version", textKind}, "ports.service_extrainfo": {"ports.service_extrainfo", textKind}, "ports.service_ostype": {"ports.service_ostype", textKind},
	"ports.service_hostname": {"ports.service_hostname", textKind}, "ports.service_devicetype": {"ports.service_devicetype", textKind}, "ports.service_method": {"ports.service_method", textKind},
	"os.osclass.type": {"osclass.type", textKind}, "os.osclass.vendor": {"osclass.vendor", textKind}, "os.osclass.osfamily": {"osclass.osfamily", textKind}, "os.osclass.osgen": {"osclass.osgen", textKind},
	"os.osmatch.name":  {"osmatch", textKind},
	"traces.hops.host": {"hops.host", textKind}, "state": {"[toString(state)]", textKind}, "state_reason": {"[toString(state_reason)]", textKind},
	"infos.country_code": {"[toString(country_code)]", textKind}, "infos.country_name": {"[toString(country_name)]", textKind},
	"infos.city": {"[toString(city)]", textKind}, "infos.as_name": {"[toString(as_name)]", textKind},
	"schema_version": {"[toInt32(22)]", numberKind},
}

// nestedPaths are lists of lists of texts.
var nestedPaths = map[string]string{"hostnames.domains": "hostnames.domains", "tags.info": "tags.info", "ports.screenwords": "ports.screenwords"}

// path counts the values of a path.
func (b *planner) path(path string) *topPlan {
	switch path {
	case "addr":
		return addrField(b)
	case "source":
		return sourceField(b)
	}
	if c, ok := columnPaths[path]; ok {
		return b.join(c.list+" AS x").single("x", c.kind)
	}
	if list, ok := nestedPaths[path]; ok {
		return b.join("arrayFlatten("+list+") AS x").single("x", textKind)
	}
	if rest, ok := strings.CutPrefix(path, "ports.scripts."); ok {
		return b.scriptsPath(rest)
	}
	return b.join(exploded("record", "", strings.Split(path, "."), false, b.plan.params) + " AS e").single1()
}

// scriptsPath counts a path below ports.scripts.
func (b *planner) scriptsPath(path string) *topPlan {
	b.plan.scripts = true
	switch path {
	case "id":
		return b.stored("script", "", "label[1]").single("script", textKind)
	case "output":
		b.where("has_output")
		b.plan.parts = []part{{"output", emptyKind}}
		return b.plan
	}
	keys := strings.Split(path, ".")
	return b.scriptPath("", keys[0], keys[1:]...)
}
