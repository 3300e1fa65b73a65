package hosts_test

import (
	"cmp"
	"slices"
	"strings"
)

// oracleGroup is a top value: the JSON of the label (see oracleCanonical) and how often it occurs.
type oracleGroup struct {
	Label string
	Count int
}

// oracleTop returns all top values of a field, most frequent first, then by label. A bad argument gives none.
func oracleTop(db, field string, recs []oracleRecord) []oracleGroup {
	counts := map[string]int{}
	rows := oracleFieldOf(db, field)
	for _, rec := range recs {
		for _, label := range rows(rec) {
			counts[oracleCanonical(label)]++
		}
	}
	var out []oracleGroup
	for label, n := range counts {
		out = append(out, oracleGroup{label, n})
	}
	slices.SortFunc(out, func(a, b oracleGroup) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Label, b.Label))
	})
	return out
}

// oracleDistinct returns the distinct values of a path as JSON, null first.
func oracleDistinct(field string, recs []oracleRecord) []string {
	seen := map[string]bool{}
	for _, rec := range recs {
		for _, v := range oracleRows(rec, field) {
			if oracleIsAbsent(v) {
				v = nil
			}
			seen[oracleCanonical(v)] = true
		}
	}
	var out []string
	for v := range seen {
		out = append(out, v)
	}
	slices.Sort(out)
	if i := slices.Index(out, "null"); i > 0 {
		out = append([]string{"null"}, slices.Delete(out, i, i+1)...)
	}
	return out
}

// oracleAbsent stands for a value that a row does not have.
type oracleAbsent struct{}

func oracleIsAbsent(v any) bool {
	_, absent := v.(oracleAbsent)
	return absent
}

// oracleLists are the paths of which each element is a row (top values 1.5).
var oracleLists = func() map[string]bool {
	out := map[string]bool{}
	for _, s := range strings.Fields(`categories cpes hostnames hostnames.domains openports.tcp.ports openports.udp.ports
		os.osclass os.osmatch tags tags.info traces traces.hops ports ports.screenwords ports.scripts`) {
		out[s] = true
	}
	for _, s := range strings.Fields(`dns-domains dns-domains.parents dns-zone-transfer dns-zone-transfer.records fcrdns
		fcrdns.addresses http-app http-citrix-netscaler-triage.rdx_en_gzip_datetime.tls_names http-headers
		http-httpx.technologies http-server-header http-user-agent ike-info.transforms ike-info.vendor_ids ls.volumes
		ls.volumes.files ms-sql-info mongodb-databases.databases mongodb-databases.databases.shards nuclei
		nuclei.extracted-results nuclei.classification.cve-id nuclei.classification.cwe-id nuclei.reference nuclei.tags
		rpcinfo rpcinfo.version scanner.http_uris scanner.ports.tcp.ports scanner.ports.udp.ports scanner.probes
		scanner.scanners scanner.scanners.probes smb-enum-shares.shares ssh-hostkey ssl-cert ssl-ja3-client ssl-ja3-server
		ssl-ja4-client vulns vulns.check_results vulns.description vulns.extra_info vulns.ids vulns.refs`) {
		out["ports.scripts."+s] = true
	}
	return out
}()

// oracleRows returns what a path is in each row of a record, which may be oracleAbsent.
func oracleRows(rec any, path string) []any { return oracleRowsFrom(rec, "", strings.Split(path, ".")) }

// oracleRowsFrom walks the rest of a path from v, which is at prefix and present.
func oracleRowsFrom(v any, prefix string, keys []string) []any {
	rows := []any{v}
	if oracleLists[prefix] {
		rows = oracleItems(v)
	}
	if len(keys) == 0 {
		return rows
	}
	prefix = strings.TrimPrefix(prefix+"."+keys[0], ".")
	var out []any
	for _, row := range rows {
		if l, ok := row.([]any); ok { // not exploded: the values of its elements, unless a list should come further on
			if !oracleExplodes(prefix, keys[1:]) {
				out = append(out, oracleCollect(l, keys))
			}
			continue
		}
		m, _ := row.(map[string]any)
		if child, ok := m[keys[0]]; ok {
			out = append(out, oracleRowsFrom(child, prefix, keys[1:])...)
		} else if !oracleExplodes(prefix, keys[1:]) {
			out = append(out, oracleAbsent{})
		}
	}
	return out
}

// oracleExplodes tells whether a path, or one that the further keys make of it, is in the list table.
func oracleExplodes(path string, keys []string) bool {
	for _, key := range keys {
		if oracleLists[path] {
			return true
		}
		path += "." + key
	}
	return oracleLists[path]
}

func oracleCollect(list []any, keys []string) any {
	out := []any{}
	for _, e := range list {
		if v := oracleGet(e, strings.Join(keys, ".")); !oracleIsAbsent(v) {
			out = append(out, v)
		}
	}
	return out
}

// oracleItems are the rows that a list makes; a value that is no list is one.
func oracleItems(v any) []any {
	switch v := v.(type) {
	case nil, oracleAbsent:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// oracleGet returns the value at a path through objects.
func oracleGet(v any, path string) any {
	for key := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		child, ok := m[key]
		if !ok {
			return oracleAbsent{}
		}
		v = child
	}
	return v
}

// oracleLabels makes the rows of a field: the labels for one record.
type oracleLabels func(rec oracleRecord) []any

// oraclePlain are the rows of a path, without those that do not have it.
func oraclePlain(path string) oracleLabels {
	return func(rec oracleRecord) []any { return oraclePresent(oracleRows(rec, path)) }
}

func oraclePresent(values []any) []any {
	return slices.DeleteFunc(slices.Clone(values), oracleIsAbsent)
}

// oracleTuple is the label of several values of a row; what is absent is null.
func oracleTuple(row any, paths ...string) []any {
	out := make([]any, len(paths))
	for i, path := range paths {
		if v := oracleGet(row, path); !oracleIsAbsent(v) {
			out[i] = v
		}
	}
	return out
}

// oracleWhen restricts a field to records.
func oracleWhen(keep func(rec oracleRecord) bool, rows oracleLabels) oracleLabels {
	return func(rec oracleRecord) []any {
		if !keep(rec) {
			return nil
		}
		return rows(rec)
	}
}

// oracleNothing is a field with a bad argument.
func oracleNothing(oracleRecord) []any { return nil }

// oracleFieldOf finds the rows of a pseudo-field, or else of a path.
func oracleFieldOf(db, field string) oracleLabels {
	for _, family := range []func(db, field string) oracleLabels{
		oracleHostField, oraclePortField, oracleServiceField, oracleCPEField, oracleScriptField, oracleTLSField, oracleKeyField, oracleDataField,
	} {
		if rows := family(db, field); rows != nil {
			return rows
		}
	}
	return oraclePlain(field)
}
