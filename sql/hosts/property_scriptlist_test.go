package hosts_test

import "strings"

// portScripts are scripts that run on ports, hostScripts those on hosts.
var portScripts, hostScripts = makeScripts()

// told makes a script that only has an output.
func told(id string, outputs ...string) scriptMaker {
	return scriptMaker{id, func(g maker) (any, string) { return nil, pick(g, outputs) }}
}

// found makes a script that has a structured result.
func found(id string, data func(g maker) any) scriptMaker {
	return scriptMaker{id, func(g maker) (any, string) { return data(g), "the output of " + id }}
}

func makeScripts() (port, host []scriptMaker) {
	common := []scriptMaker{
		{"ssh2-enum-algos", maker.hassh},
		{"ntlm-info", maker.ntlm}, {"smb-os-discovery", maker.smb}, {"smb-enum-shares", maker.shares},
		{"ls", maker.listing}, {"smb-vuln-ms17-010", maker.vulns},
		found("http-user-agent", func(g maker) any { return g.texts(3, poolAgents) }),
		found("ssl-ja3-client", func(g maker) any { return some(g, 2, g.fingerprint) }),
		{"ssl-ja4-client", maker.ja4},
		found("scanner", scannerResult),
		{"smb-os-discovery", func(g maker) (any, string) { return object{"os": "Windows 5.1"}, "-" }},
	}
	host = append(common[:len(common):len(common)], found("dns-domains", func(g maker) any {
		return some(g, 2, func() object {
			name := pick(g, poolNames)
			return object{"domain": name, "parents": domainsOf(name)}
		})
	}))
	port = append(common,
		scriptMaker{"ssl-cert", maker.certs}, scriptMaker{"ssl-cacert", maker.certs}, scriptMaker{"ssl-cert", torCert},
		scriptMaker{"http-headers", maker.headers}, scriptMaker{"http-headers", maker.headers},
		scriptMaker{"ssl-ja3-server", maker.ja3Server}, scriptMaker{"ike-info", maker.ike},
		scriptMaker{"ssl-heartbleed", maker.vulns}, scriptMaker{"http-shellshock", maker.vulns},
		scriptMaker{"ssl-jarm", func(g maker) (any, string) { s := pick(g, poolJARM); return s, s }},
		scriptMaker{"ssh-hostkey", sshKeys},
		found("http-app", func(g maker) any {
			return some(g, 3, func() object {
				o := object{"path": "/", "application": pick(g, poolApps)}
				g.putOrNull(o, "version", poolAppVers)
				return o
			})
		}),
		found("modbus-discover", func(g maker) any {
			return object{"sid_0x1": object{"Slave ID data": "x", "Device identification": pick(g, poolVendors)[1]}}
		}),
		found("s7-info", func(g maker) any { return object{"Module": "6ES7", "Version": pick(g, poolVersions)} }),
		found("enip-info", func(g maker) any {
			return object{"Vendor": pick(g, []string{"Rockwell", "Omron"}), "Product Name": "1756-L61", "Device IP": pick(g, poolAddrs4), "Revision": 1.5, "Serial Number": 12}
		}),
		found("mongodb-databases", func(g maker) any {
			return object{"totalSize": pick(g, []any{"83886080", 83886080, 1e10}), "databases": some(g, 3, func() object {
				return object{"name": pick(g, []string{"admin", "local", "shop"}), "sizeOnDisk": g.IntN(2)}
			})}
		}),
		found("rpcinfo", func(g maker) any { return nil }),
		scriptMaker{"rpcinfo", func(g maker) (any, string) {
			return []object{{"program": pick(g, poolProgs), "version": []int{2, 3}}}, "100003 2,3 2049/tcp " + pick(g, poolProgs)
		}},
		scriptMaker{"realvnc-auth-bypass", maker.vulns},
		found("http-nuclei", func(g maker) any {
			return []object{{"name": pick(g, poolVulns), "tags": g.texts(2, poolTags), "classification": object{"cve-id": g.texts(2, poolVulns)}}}
		}),
		found("custom-script", customResult),
		told("banner", poolBanners...), told("http-title", poolTitles...), told("html-title", poolTitles...),
		told("http-auth-finder", "\n  /exchweb/bin", "x"),
		told("http-default-accounts", "[GitLab] at /: root: password credentials found", "nothing"),
		told("http-auth", "HTTP server may accept admin:admin"),
		told("ms-sql-empty-password", "sa:<empty> => Login Success", "x"),
		told("mysql-empty-password", "root account has empty password", "x"),
		told("x11-access", "X server access is granted", "X server access is granted!"),
	)
	return port, host
}

func torCert(g maker) (any, string) {
	c := g.cert()
	c["subject_text"], c["issuer_text"], c["self_signed"] = poolSubjects[1], poolSubjects[1+g.IntN(2)], g.in(4)
	return []object{g.cert(), c}, "-"
}

func sshKeys(g maker) (any, string) {
	return some(g, 3, func() object {
		typ := pick(g, poolKeyTypes)
		o := object{"type": typ, "bits": pick(g, []any{256, 1024, 2048, 2048, "2048", 2048.5}), "key": "AAAA" + strings.ToUpper(typ[:5]), "fingerprint": hashes(typ)["md5"]}
		if g.in(8) {
			delete(o, pick(g, []string{"type", "bits"}))
		}
		return o
	}), "\n  2048 " + pick(g, poolRaw) + " (RSA)"
}

func scannerResult(g maker) any {
	return object{
		"scanners": some(g, 3, func() object {
			return object{"name": pick(g, []string{"nmap", "zmap", "masscan"}), "probes": g.texts(2, []string{"NULL", "GET"})}
		}),
		"ports": object{"tcp": object{"count": 2, "ports": some(g, 3, func() int { return pick(g, poolPorts) })}},
	}
}

// customResult is one of a script that nobody knows, with values of all types.
func customResult(g maker) any {
	return object{
		"a":     pick(g, []any{1, 1.0, 1.5, "1", true, false, nil, -3, 1e15, "", "é\n", []any{1, "x", nil}, object{"b": 1, "c": []any{}}}),
		"list":  some(g, 3, func() any { return pick(g, []any{object{"k": 1}, object{"k": "v"}, object{}, "x", 2, nil}) }),
		"x.y":   1,
		"Upper": pick(g, []string{"A", "a"}),
	}
}
