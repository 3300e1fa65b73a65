package hosts_test

import (
	"slices"
	"strings"
)

// oracleEntry is a result of a script, with the port that it belongs to.
type oracleEntry struct{ port, script any }

func oracleEntries(rec oracleRecord) []oracleEntry {
	var out []oracleEntry
	for _, p := range oracleRows(rec, "ports") {
		for _, s := range oracleItems(oracleGet(p, "scripts")) {
			out = append(out, oracleEntry{p, s})
		}
	}
	return out
}

// oracleFrom are the labels of the entries' elements at a path of list fields.
func oracleFrom(path string, keep func(e oracleEntry) bool, labels func(element any) []any) oracleLabels {
	return func(rec oracleRecord) []any {
		var out []any
		for _, e := range oracleEntries(rec) {
			if !keep(e) {
				continue
			}
			for _, element := range oraclePresent(oracleRowsFrom(e.script, "ports.scripts", strings.Split(path, "."))) {
				out = append(out, labels(element)...)
			}
		}
		return out
	}
}

func oracleAny(oracleEntry) bool { return true }

// oracleOne takes one value of an element, if it is there.
func oracleOne(path string) func(element any) []any {
	return func(element any) []any { return oraclePresent([]any{oracleGet(element, path)}) }
}

// oraclePair takes several values of an element.
func oraclePair(paths ...string) func(element any) []any {
	return func(element any) []any { return []any{oracleTuple(element, paths...)} }
}

// oracleWith restricts a field to records that have a script.
func oracleWith(id string, rows oracleLabels) oracleLabels { return oracleWhen(oracleID(id), rows) }

// oracleScriptField finds script, cert and cacert (top values 3.4).
func oracleScriptField(_, field string) oracleLabels {
	if field == "script" {
		return oraclePlain("ports.scripts.id")
	}
	for prefix, id := range map[string]string{"cert.": "ssl-cert", "cacert.": "ssl-cacert"} {
		if path, ok := strings.CutPrefix(field, prefix); ok {
			is := func(e oracleEntry) bool { return oracleGet(e.script, "id") == id }
			return oracleFrom("ssl-cert", is, oracleOne(path))
		}
	}
	arg, ok := strings.CutPrefix(field, "script:")
	if !ok {
		return nil
	}
	place, id, both := strings.Cut(arg, ":")
	if !both {
		place, id = "", arg
	}
	keep, test := func(oracleRecord) bool { return true }, func(any) bool { return true }
	switch {
	case place == "host":
		test = func(port any) bool { return oracleSome(port, "port", oracleIs(-1)) }
	case both:
		var ok bool
		if keep, test, ok = oracleAtPort(place); !ok {
			return oracleNothing
		}
	}
	return oracleWhen(keep, func(rec oracleRecord) []any {
		var out []any
		for _, e := range oracleEntries(rec) {
			if test(e.port) && oracleGet(e.script, "id") == id {
				out = append(out, oracleGet(e.script, "output"))
			}
		}
		return oraclePresent(out)
	})
}

// oracleTLSField finds the fingerprints of TLS and SSH implementations (top values 3.5, and hassh, jarm).
func oracleTLSField(_, field string) oracleLabels {
	name, arg, has := strings.Cut(field, ":")
	name, key, hasKey := strings.Cut(name, ".")
	switch name {
	case "ja3-client":
		return oracleJA3ClientField(oracleDefault(key, hasKey, "md5"), arg, has)
	case "ja3-server":
		return oracleJA3ServerField(oracleDefault(key, hasKey, "md5"), arg)
	case "ja4-client":
		return oracleFrom("ssl-ja4-client", oracleAny, func(e any) []any {
			if has && (len(arg) < 11 || oracleGet(e, "ja4") != arg) {
				return nil
			}
			return oracleOne(oracleDefault(key, hasKey, "ja4"))(e)
		})
	case "jarm":
		return oracleJARMField(field, arg, has)
	}
	name, key, hasKey = strings.Cut(field, ".")
	key = oracleDefault(key, hasKey, "md5")
	keep := oracleAny
	switch name {
	case "hassh":
	case "hassh-server":
		keep = func(e oracleEntry) bool { return !oracleSome(e.port, "port", oracleIs(-1)) }
	case "hassh-client":
		keep = func(e oracleEntry) bool { return oracleSome(e.port, "port", oracleIs(-1)) }
	default:
		if strings.HasPrefix(name, "hassh-") {
			return oracleNothing
		}
		return nil
	}
	return oracleWith("ssh2-enum-algos", oracleFrom("ssh2-enum-algos.hassh."+key, keep, func(v any) []any { return []any{v} }))
}

func oracleDefault(s string, given bool, otherwise string) string {
	if given {
		return s
	}
	return otherwise
}

func oracleJA3ClientField(key, arg string, has bool) oracleLabels {
	k, v, ok := oracleFingerprint(arg)
	if !ok {
		return oracleNothing
	}
	return oracleFrom("ssl-ja3-client", oracleAny, func(e any) []any {
		if has && !v.is(oracleGet(e, k)) {
			return nil
		}
		return oracleOne(key)(e)
	})
}

func oracleJA3ServerField(key, arg string) oracleLabels {
	server, client, _ := strings.Cut(arg, ":")
	sk, s, ok := oracleFingerprint(server)
	ck, c, ok2 := oracleFingerprint(client)
	if !ok || !ok2 {
		return oracleNothing
	}
	return oracleFrom("ssl-ja3-server", oracleAny, func(e any) []any {
		if server != "" && !s.is(oracleGet(e, sk)) || client != "" && !c.is(oracleGet(e, "client."+ck)) {
			return nil
		}
		return oraclePair(key, "client."+key)(e)
	})
}

// oracleJARMField reads jarm and jarm:PORT, a TCP port.
func oracleJARMField(field, arg string, has bool) oracleLabels {
	if !has {
		if field != "jarm" {
			return nil
		}
		return oracleWith("ssl-jarm", oraclePlain("ports.scripts.ssl-jarm"))
	}
	p, ok := oracleParsePort(arg)
	if !ok {
		return oracleNothing
	}
	at := func(e oracleEntry) bool { return p.is(e.port) }
	return oracleWhen(p.open, oracleFrom("ssl-jarm", at, func(v any) []any { return []any{v} }))
}

// oracleKeyField finds the fields sshkey, smb, ntlm, ike and those that are paths with another beginning.
func oracleKeyField(_, field string) oracleLabels {
	switch field {
	case "sshkey.bits":
		return oracleWith("ssh-hostkey", oracleFrom("ssh-hostkey", oracleAny, oraclePair("type", "bits")))
	case "ntlm":
		return oracleWith("ntlm-info", oraclePlain("ports.scripts.ntlm-info"))
	case "ike.vendor_ids":
		return oracleWith("ike-info", oracleFrom("ike-info.vendor_ids", oracleAny, oraclePair("value", "name")))
	case "ike.transforms":
		return oracleWith("ike-info", oracleFrom("ike-info.transforms", oracleAny,
			oraclePair("Authentication", "Encryption", "GroupDesc", "Hash", "LifeDuration", "LifeType")))
	case "ike.notification":
		return oracleWith("ike-info", oraclePlain("ports.scripts.ike-info.notification_type"))
	}
	enip := map[string]string{"vendor": "Vendor", "product": "Product Name", "serial": "Serial Number", "devtype": "Device Type",
		"prodcode": "Product Code", "rev": "Revision", "ip": "Device IP"}
	for prefix, id := range map[string]string{
		"sshkey.": "ssh-hostkey", "smb.": "smb-os-discovery", "ntlm.": "ntlm-info", "ike.": "ike-info",
		"modbus.": "modbus-discover", "s7.": "s7-info", "enip.": "enip-info", "mongo.dbs.": "mongodb-databases",
	} {
		key, ok := strings.CutPrefix(field, prefix)
		if !ok {
			continue
		}
		if prefix == "ntlm." {
			key = oracleNTLMKey(key)
		}
		if k, ok := enip[key]; ok && prefix == "enip." {
			key = k
		}
		return oracleWith(id, oraclePlain("ports.scripts."+id+"."+key))
	}
	return nil
}

// oracleDataField finds the other fields of scripts' results.
func oracleDataField(_, field string) oracleLabels {
	name, arg, has := strings.Cut(field, ":")
	switch {
	case field == "useragent":
		return oracleWith("http-user-agent", oraclePlain("ports.scripts.http-user-agent"))
	case name == "useragent" && has:
		return oracleMatching("ports.scripts.http-user-agent", arg)
	case field == "httphdr":
		return oracleWith("http-headers", oracleFrom("http-headers", oracleAny, oraclePair("name", "value")))
	case strings.HasPrefix(field, "httphdr."):
		return oracleWith("http-headers", oraclePlain("ports.scripts.http-headers."+strings.TrimPrefix(field, "httphdr.")))
	case name == "httphdr" && has:
		return oracleFrom("http-headers", oracleAny, oracleNamed("name", strings.ToLower(arg), "value"))
	case field == "httpapp":
		return oracleWith("http-app", oracleFrom("http-app", oracleAny, oraclePair("application", "version")))
	case name == "httpapp" && has:
		return oracleFrom("http-app", oracleAny, oracleNamed("application", arg, "version"))
	case field == "vulns.id":
		return oraclePlain("ports.scripts.vulns.id")
	case strings.HasPrefix(field, "vulns."):
		return oracleVulnField(strings.TrimPrefix(field, "vulns."))
	case field == "file" || strings.HasPrefix(field, "file.") || strings.HasPrefix(field, "file:"):
		return oracleFileField(field[4:])
	case field == "scanner.name":
		return oracleWith("scanner", oraclePlain("ports.scripts.scanner.scanners.name"))
	case name == "scanner.port" && has:
		return oracleWith("scanner", oraclePlain("ports.scripts.scanner.ports."+arg+".ports"))
	}
	return nil
}

// oracleNamed takes a value of elements that have a name.
func oracleNamed(member, name, path string) func(element any) []any {
	return func(element any) []any {
		if oracleGet(element, member) != name {
			return nil
		}
		return oracleOne(path)(element)
	}
}

// oracleVulnField reads vulns.KEY: the id with each of the values.
func oracleVulnField(key string) oracleLabels {
	return oracleFrom("vulns", oracleAny, func(vuln any) []any {
		var out []any
		rows := []any{nil}
		if keys := strings.Split(key, "."); vuln != nil {
			rows = oracleRowsFrom(vuln, "ports.scripts.vulns", keys)
		} else if oracleExplodes("ports.scripts.vulns."+keys[0], keys[1:]) {
			rows = nil
		}
		for _, v := range rows {
			if oracleIsAbsent(v) {
				v = nil
			}
			out = append(out, []any{oracleTuple(vuln, "id")[0], v})
		}
		return out
	})
}

// oracleFileField reads what follows "file": ".KEY", ":IDS", ":IDS.KEY", ".KEY:IDS".
func oracleFileField(rest string) oracleLabels {
	key, ids, hasIDs := strings.Cut(rest, ":")
	hasKey := key != ""
	key = strings.TrimPrefix(key, ".")
	if hasIDs && !hasKey {
		ids, key, hasKey = strings.Cut(ids, ".")
	}
	key = oracleDefault(key, hasKey, "filename")
	keep := func(e oracleEntry) bool {
		id, _ := oracleGet(e.script, "id").(string)
		return !hasIDs || slices.Contains(strings.Split(ids, ","), id)
	}
	return oracleFrom("ls.volumes.files", keep, func(file any) []any {
		v := oracleGet(file, key)
		if oracleIsAbsent(v) || v == "" {
			v = nil
		}
		return []any{v}
	})
}
