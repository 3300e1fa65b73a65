package migrations

import (
	"strconv"

	"ivre/ingest/passive"
)

// passiveIdentity are the columns of what identifies a passive record, and of what follows from it. Empty texts, the
// address :: and the port 0 stand for "absent".
const passiveIdentity = `id        FixedString(16) COMMENT 'identifies the record: a hash of recontype, source, sensor, addr, targetval, port and value' CODEC(ZSTD(1)),
    recontype LowCardinality(String) COMMENT 'kind of observation: DNS_ANSWER, HTTP_SERVER_HEADER, SSL_SERVER, ...',
    source    String COMMENT 'sub-kind: name of a header, A-198.51.100.53-53, cert, tcp/80, ...' CODEC(ZSTD(1)),
    sensor    LowCardinality(String) COMMENT 'name of the sensor',
    addr      IPv6 COMMENT 'address that the observation is about; IPv4 addresses are mapped (::ffff:192.0.2.1)' CODEC(ZSTD(1)),
    targetval String COMMENT 'second name or value, mostly where there is no address' CODEC(ZSTD(1)),
    port      UInt16 COMMENT 'port of the server, TCP or UDP' CODEC(ZSTD(1)),
    value     String COMMENT 'what was observed' CODEC(ZSTD(1))`

// Columns that are made of others when they are asked for. Most records are answers of DNS servers, whose names with their
// parents would take more room than all the rest. Names are those of package passive.
var (
	passiveDomains       = namesOf("value", "domain")
	passiveTargetDomains = namesOf("targetval", "domaintarget")
	passiveAllInfos      = `if(recontype != 'DNS_ANSWER' OR infos != '' OR empty(domains) AND empty(target_domains), infos, ` +
		`concat('{', arrayStringConcat(arrayFilter(x -> x != '', [` +
		`if(empty(domains), '', concat('"domain": ', toJSONString(domains))), if(empty(target_domains), '', concat('"domaintarget": ', toJSONString(target_domains)))]), ', '), '}'))`
)

// namesOf are the names of a DNS answer's column, or of other records' information: a list, or one text.
func namesOf(column, key string) string {
	return "multiIf(recontype = 'DNS_ANSWER', " + withParents(column) + ", JSONType(infos, '" + key + "') = 'String', [JSONExtractString(infos, '" + key + "')], " +
		"JSONExtract(infos, '" + key + "', 'Array(String)'))"
}

// withParents is WithParents for what passive.IsName says of; else there is nothing.
func withParents(name string) string {
	return "if(" + name + " = '' OR length(" + name + ") > " + strconv.Itoa(passive.MaxName) + " OR countSubstrings(" + name + ", '.') >= " +
		strconv.Itoa(passive.MaxLabels) + ", [], " + WithParents(name) + ")"
}

// WithParents is the list of a name and its parents: www.example.com, example.com, com.
func WithParents(name string) string {
	return "arrayMap(i -> arrayStringConcat(arraySlice(splitByChar('.', " + name + "), i), '.'), range(1, countSubstrings(" + name + ", '.') + 2))"
}

// PassiveView is a materialized view on observations.
type PassiveView struct {
	Name, To string
	Select   string
}

// PassiveViews lists the materialized views that read the observations in a table. The statements are also those that
// make derived rows anew.
func PassiveViews(events string) []PassiveView {
	const times = "count, firstseen, lastseen"
	return []PassiveView{
		{"passive_events_to_passive", "passive",
			"SELECT id, recontype, source, sensor, addr, targetval, port, value, " + times +
				", infos, service_name, service_product, service_version, service_hostname, md5, sha1, sha256 FROM " + events},
		{"passive_events_to_passive_dns", "passive_dns",
			"SELECT id, " + ReversedLabels("value") + " AS labels, value AS name, " + dnsType +
				", addr, targetval AS target, source, sensor, " + times + " FROM " + events + " WHERE recontype = 'DNS_ANSWER'"},
		{"passive_events_to_passive_dns_targets", "passive_dns_targets",
			"SELECT id, " + ReversedLabels("targetval") + " AS labels, value AS name, " + dnsType +
				", targetval AS target, source, sensor, " + times + " FROM " + events + " WHERE recontype = 'DNS_ANSWER' AND targetval != ''"},
	}
}

const dnsType = "splitByChar('-', source)[1] AS type"

// ReversedLabels turns www.example.com into com.example.www: all names of a domain then stand together.
func ReversedLabels(name string) string {
	return "arrayStringConcat(arrayReverse(splitByChar('.', " + name + ")), '.')"
}
