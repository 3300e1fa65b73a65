package migrations

import "strings"

// The tables of scans and of views have the same columns and the same materialized views; they stand here once.

// hostColumns are the columns of a host record. Lists of equal length share a prefix (ports.port, ports.protocol,
// ...). An empty text, the address ::, the number -1 and the time 0 stand for "unknown".
const hostColumns = `id              UInt64 COMMENT 'identifies the record' CODEC(ZSTD(1)),
    addr            IPv6 COMMENT 'address of the host; IPv4 addresses are mapped (::ffff:192.0.2.1)' CODEC(ZSTD(1)),
    starttime       DateTime64(6, 'UTC') COMMENT 'start of the scan of this host; 1970-01-01 if unknown' CODEC(Delta, ZSTD(1)),
    endtime         DateTime64(6, 'UTC') COMMENT 'end of the scan of this host; 1970-01-01 if unknown' CODEC(Delta, ZSTD(1)),
    state           LowCardinality(String) COMMENT 'up, or empty',
    state_reason    LowCardinality(String) COMMENT 'why it is thought to be up: echo-reply, syn-ack, ...',
    source          Array(LowCardinality(String)) COMMENT 'where it was scanned from',
    categories      Array(LowCardinality(String)) COMMENT 'categories of the record, sorted',
    ` + "`tags.value`" + `      Array(LowCardinality(String)) COMMENT 'tags: CDN, Honeypot, ...',
    ` + "`tags.type`" + `       Array(LowCardinality(String)) COMMENT 'info, warning or danger',
    ` + "`tags.info`" + `       Array(Array(String)) COMMENT 'details of each tag',
    country_code    LowCardinality(String) COMMENT 'ISO 3166-1 alpha-2 code of the country',
    country_name    LowCardinality(String) COMMENT 'name of the country',
    city            LowCardinality(String) COMMENT 'name of the city',
    as_num          Int64 COMMENT 'number of the autonomous system; -1 if unknown' CODEC(T64, ZSTD(1)),
    as_name         LowCardinality(String) COMMENT 'name of the autonomous system',
    coordinates     Array(Float64) COMMENT 'latitude and longitude, or nothing' CODEC(ZSTD(1)),
    ` + "`hostnames.name`" + `    Array(String) COMMENT 'names of the host' CODEC(ZSTD(1)),
    ` + "`hostnames.type`" + `    Array(LowCardinality(String)) COMMENT 'origin of each name: user, PTR, A, cert-san-dns, ...',
    ` + "`hostnames.domains`" + ` Array(Array(String)) COMMENT 'each name and its parent domains' CODEC(ZSTD(1)),
    macs            Array(String) COMMENT 'MAC addresses, lower case' CODEC(ZSTD(1)),
    openports_count UInt32 COMMENT 'number of open ports' CODEC(T64, ZSTD(1)),
    openports_tcp   Array(UInt16) COMMENT 'open TCP ports' CODEC(ZSTD(1)),
    openports_udp   Array(UInt16) COMMENT 'open UDP ports' CODEC(ZSTD(1)),
    ` + "`ports.port`" + `               Array(Int32) COMMENT 'ports; -1 stands for the host as a whole' CODEC(ZSTD(1)),
    ` + "`ports.protocol`" + `           Array(LowCardinality(String)) COMMENT 'tcp, udp, sctp, ...; empty for port -1',
    ` + "`ports.state_state`" + `        Array(LowCardinality(String)) COMMENT 'open, closed, filtered, ...',
    ` + "`ports.state_reason`" + `       Array(LowCardinality(String)) COMMENT 'syn-ack, reset, no-response, ...',
    ` + "`ports.state_reason_ttl`" + `   Array(Int16) COMMENT 'time to live of the answer' CODEC(ZSTD(1)),
    ` + "`ports.state_reason_ip`" + `    Array(IPv6) COMMENT 'who answered, when not the host itself' CODEC(ZSTD(1)),
    ` + "`ports.service_name`" + `       Array(LowCardinality(String)) COMMENT 'http, ssh, ...',
    ` + "`ports.service_tunnel`" + `     Array(LowCardinality(String)) COMMENT 'ssl, or empty',
    ` + "`ports.service_product`" + `    Array(LowCardinality(String)) COMMENT 'nginx, OpenSSH, ...',
    ` + "`ports.service_version`" + `    Array(LowCardinality(String)) COMMENT 'version of the product',
    ` + "`ports.service_extrainfo`" + `  Array(LowCardinality(String)) COMMENT 'further information on the product',
    ` + "`ports.service_ostype`" + `     Array(LowCardinality(String)) COMMENT 'operating system, as the service tells it',
    ` + "`ports.service_hostname`" + `   Array(String) COMMENT 'name of the host, as the service tells it' CODEC(ZSTD(1)),
    ` + "`ports.service_devicetype`" + ` Array(LowCardinality(String)) COMMENT 'router, printer, ...',
    ` + "`ports.service_method`" + `     Array(LowCardinality(String)) COMMENT 'how the service was found: probed',
    ` + "`ports.screenshot`" + `         Array(LowCardinality(String)) COMMENT 'field: there is a screenshot; empty: it was blank',
    ` + "`ports.screenwords`" + `        Array(Array(String)) COMMENT 'words on the screenshot' CODEC(ZSTD(1)),
    ` + "`cpes.type`" + `       Array(LowCardinality(String)) COMMENT 'a: application, o: operating system, h: hardware',
    ` + "`cpes.vendor`" + `     Array(LowCardinality(String)) COMMENT 'vendors',
    ` + "`cpes.product`" + `    Array(LowCardinality(String)) COMMENT 'products',
    ` + "`cpes.version`" + `    Array(LowCardinality(String)) COMMENT 'versions, and what follows them',
    ` + "`osclass.type`" + `     Array(LowCardinality(String)) COMMENT 'operating system: general purpose, router, ...',
    ` + "`osclass.vendor`" + `   Array(LowCardinality(String)) COMMENT 'operating system: vendors',
    ` + "`osclass.osfamily`" + ` Array(LowCardinality(String)) COMMENT 'operating system: Linux, Windows, ...',
    ` + "`osclass.osgen`" + `    Array(LowCardinality(String)) COMMENT 'operating system: generations',
    ` + "`osclass.accuracy`" + ` Array(LowCardinality(String)) COMMENT 'operating system: per cent',
    osmatch         Array(LowCardinality(String)) COMMENT 'operating systems, by name',
    ` + "`hops.addr`" + `       Array(IPv6) COMMENT 'traceroute: routers' CODEC(ZSTD(1)),
    ` + "`hops.ttl`" + `        Array(Int16) COMMENT 'traceroute: distance' CODEC(ZSTD(1)),
    ` + "`hops.host`" + `       Array(String) COMMENT 'traceroute: names of the routers' CODEC(ZSTD(1)),
    ` + "`hops.domains`" + `    Array(Array(String)) COMMENT 'traceroute: names and their parent domains' CODEC(ZSTD(1)),
    record          String COMMENT 'the whole record as JSON' CODEC(ZSTD(1)),
    INDEX id_range id TYPE minmax GRANULARITY 1,`

// scriptColumns are those of a script's result.
const scriptColumns = `id         UInt64 COMMENT 'the host record, as in scans' CODEC(ZSTD(1)),
    addr       IPv6 COMMENT 'address of the host' CODEC(ZSTD(1)),
    month      UInt32 COMMENT 'year and month (YYYYMM) of the host''s endtime' CODEC(ZSTD(1)),
    port       Int32 COMMENT 'port; -1 for scripts on the host as a whole' CODEC(ZSTD(1)),
    protocol   LowCardinality(String) COMMENT 'tcp, udp, ...; empty for port -1',
    state      LowCardinality(String) COMMENT 'state of the port',
    service    LowCardinality(String) COMMENT 'service of the port',
    script     LowCardinality(String) COMMENT 'id of the script: http-title, ssl-cert, ...',
    key        LowCardinality(String) COMMENT 'name of the structured result in the record: that of the script, or one that scripts share (vulns, ls, ...); empty: none',
    has_output Bool COMMENT 'there is a text' CODEC(ZSTD(1)),
    output     String COMMENT 'result as a text' CODEC(ZSTD(1)),
    data       String COMMENT 'structured result as JSON; empty if there is none' CODEC(ZSTD(1))`

// topColumns are those of the tables that hold the numbers of values.
const topColumns = `month UInt32 COMMENT 'year and month (YYYYMM) of the records'' endtime',
    field LowCardinality(String) COMMENT 'what is counted: version (service, product and version of open ports), port, cpe, ...',
    label Array(Nullable(String)) COMMENT 'the value; several texts if it has several parts',
    count SimpleAggregateFunction(sum, Int64) COMMENT 'how often it occurs' CODEC(ZSTD(1))`

// TopView is a materialized view that counts values as they come in.
type TopView struct {
	Name   string
	From   string // the table that it reads
	Fields []string
	Select string
}

// TopViews lists the views of a kind of host records ("scan" or "view"), reading the given tables. The statements
// are also those that make the numbers anew.
func TopViews(prefix, hosts, scripts string) []TopView {
	var out []TopView
	for _, v := range topViews {
		from := hosts
		if v.scripts {
			from = scripts
		}
		out = append(out, TopView{
			Name: prefix + "_tops_" + v.name, From: from, Fields: v.fields,
			Select: strings.ReplaceAll(v.sql, "FROM hosts", "FROM "+from),
		})
	}
	return out
}

type topView struct {
	name    string
	fields  []string
	scripts bool
	sql     string
}

const hostMonth = "toYYYYMM(endtime) AS month"

// perHost counts values that a host has one or a few of: pairs of a field and the parts of its label.
const perHost = `arrayConcat(
    [('hosts', emptyArrayString()), ('countports:open', [toString(openports_count)])],
    arrayMap(c -> ('category', [toString(c)]), categories),
    if(empty(source), [], [('source', arrayMap(s -> toString(s), source))]),
    if(country_code = '', [], [('country', [toString(country_code), toString(country_name)])]),
    if(country_code = '' OR city = '', [], [('city', [toString(country_code), toString(city)])]),
    if(as_num < 0, [], [('as', [toString(as_num), toString(as_name)])]))`

var topViews = []topView{
	{
		name: "hosts", fields: []string{"hosts", "countports:open", "category", "source", "country", "city", "as"},
		sql: `SELECT month, value.1 AS field, arrayMap(s -> if(s = '', NULL, s), value.2) AS label, toInt64(n) AS count
FROM (SELECT ` + hostMonth + `, arrayJoin(` + perHost + `) AS value, count() AS n FROM hosts GROUP BY month, value)`,
	},
	{
		name: "ports", fields: []string{"port"},
		sql: `SELECT month, 'port' AS field, [state, protocol, toString(port)]::Array(Nullable(String)) AS label, toInt64(n) AS count
FROM (SELECT ` + hostMonth + `, toString(s) AS state, toString(p) AS protocol, port, count() AS n
    FROM hosts ARRAY JOIN ports.state_state AS s, ports.protocol AS p, ports.port AS port WHERE s != '' GROUP BY month, s, p, port)`,
	},
	{
		name: "versions", fields: []string{"version"},
		sql: `SELECT month, 'version' AS field, [nullIf(toString(s), ''), nullIf(toString(p), ''), nullIf(toString(v), '')] AS label, toInt64(n) AS count
FROM (SELECT ` + hostMonth + `, s, p, v, count() AS n
    FROM hosts ARRAY JOIN ports.service_name AS s, ports.service_product AS p, ports.service_version AS v, ports.state_state AS state
    WHERE state = 'open' GROUP BY month, s, p, v)`,
	},
	{
		name: "domains", fields: []string{"domains"},
		sql: `SELECT month, 'domains' AS field, [domain]::Array(Nullable(String)) AS label, toInt64(n) AS count
FROM (SELECT ` + hostMonth + `, arrayJoin(arrayFlatten(hostnames.domains)) AS domain, count() AS n FROM hosts GROUP BY month, domain)`,
	},
	{
		name: "cpes", fields: []string{"cpe"},
		sql: `SELECT month, 'cpe' AS field, [toString(t), toString(v), toString(p), toString(r)]::Array(Nullable(String)) AS label, toInt64(n) AS count
FROM (SELECT ` + hostMonth + `, t, v, p, r, count() AS n
    FROM hosts ARRAY JOIN cpes.type AS t, cpes.vendor AS v, cpes.product AS p, cpes.version AS r GROUP BY month, t, v, p, r)`,
	},
	{
		name: "tags", fields: []string{"tag", "tag.value"},
		sql: `SELECT month, value.1 AS field, value.2::Array(Nullable(String)) AS label, toInt64(n) AS count
FROM (SELECT ` + hostMonth + `, arrayJoin(arrayConcat(arrayMap(v -> ('tag.value', [toString(v)::Nullable(String)]), tags.value),
        arrayFlatten(arrayMap((v, i) -> if(empty(i), [('tag', [toString(v)::Nullable(String), NULL])],
            arrayMap(x -> ('tag', [toString(v)::Nullable(String), x::Nullable(String)]), i)), tags.value, tags.info)))) AS value, count() AS n
    FROM hosts GROUP BY month, value)`,
	},
	{
		name: "scripts", fields: []string{"script"}, scripts: true,
		sql: `SELECT month, 'script' AS field, [toString(script)]::Array(Nullable(String)) AS label, toInt64(n) AS count
FROM (SELECT month, script, count() AS n FROM hosts GROUP BY month, script)`,
	},
}
