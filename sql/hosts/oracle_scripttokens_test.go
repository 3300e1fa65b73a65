package hosts_test

import (
	"crypto/md5"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oracleScript is SCRIPT: one result of the script satisfies a condition.
func oracleScript(rec any, id string, test func(script any) bool) bool {
	return oracleSame(rec, "ports.scripts", func(s any) bool { return oracleSome(s, "id", oracleIs(id)) && test(s) })
}

func oracleHasScript(rec any, id string) bool {
	return oracleSome(rec, "ports.scripts.id", oracleIs(id))
}

// oracleID handles words that ask for a script.
func oracleID(id string) func(rec oracleRecord) bool {
	return func(rec oracleRecord) bool { return oracleHasScript(rec, id) }
}

// oracleOutput handles words that ask for a text in a script's output.
func oracleOutput(id, pattern string) oracleHandler {
	test := oracleRegexp(pattern)
	return oracleFlag(func(rec oracleRecord) bool {
		return oracleScript(rec, id, func(s any) bool { return oracleSome(s, "output", test) })
	})
}

// oracleData tests the leaves of a path in a script's result: "regex or string".
func oracleData(id, path string) oracleTry {
	return func(value string, rec oracleRecord) (match, ok bool) {
		v, ok := oracleParseValue(value, "")
		return ok && oracleScript(rec, id, func(s any) bool { return oracleSome(s, path, v.is) }), ok
	}
}

const oracleFilename = "ports.scripts.ls.volumes.files.filename"

func init() {
	nis := oracleOutput("rpcinfo", "ypserv")
	file := func(rec oracleRecord) bool { return oracleExists(rec, oracleFilename) }
	for param, h := range map[string]oracleHandler{
		"script":        oracleNegatable(oracleScriptWord),
		"banner":        oraclePositive(oracleData("banner", "output")),
		"cookie":        oraclePositive(oracleCookie),
		"phpmyadmin":    oracleFlag(func(rec oracleRecord) bool { match, _ := oracleCookie("phpMyAdmin", rec); return match }),
		"anonftp":       oracleOutput("ftp-anon", "^Anonymous FTP login allowed"),
		"authbypassvnc": oracleFlag(oracleID("realvnc-auth-bypass")),
		"authhttp":      oracleOutput("http-default-accounts", "credentials found"),
		"file":          oracleOptional(false, oracleFlag(file), oraclePositive(oracleFile)),
		"webfiles": oracleFlag(func(rec oracleRecord) bool {
			return oracleSome(rec, oracleFilename, oracleRegexp(`(?i)vhost|www|web\.config|\.htaccess|\.([aj]sp|php|html?|js|css)`))
		}),
		"vuln": oracleOptional(false,
			oracleFlag(func(rec oracleRecord) bool { return oracleExists(rec, "ports.scripts.vulns.id") }), oraclePositive(oracleVuln)),
		"httptitle":     oracleNegatable(oracleTitle),
		"nfs":           oracleOutput("rpcinfo", "nfs"),
		"nis":           nis,
		"yp":            nis,
		"mssqlemptypwd": oracleOutput("ms-sql-empty-password", "Login Success"),
		"mysqlemptypwd": oracleOutput("mysql-empty-password", "account has empty password"),
		"x11open": oracleFlag(func(rec oracleRecord) bool {
			return oracleScript(rec, "x11-access", func(s any) bool { return oracleSome(s, "output", oracleIs("X server access is granted")) })
		}),
		"owa": oracleFlag(oracleOWA),
		"xp445": oracleFlag(func(rec oracleRecord) bool {
			return oraclePort{"tcp", 445}.open(rec) && oracleScript(rec, "smb-os-discovery", func(s any) bool {
				return oracleSome(s, "smb-os-discovery.os", oracleIs("Windows 5.1"))
			})
		}),
		"sshkey":     oracleOptional(true, oracleFlag(oracleID("ssh-hostkey")), oraclePositive(oracleData("ssh-hostkey", "output"))),
		"sshkey.key": oraclePositive(oracleData("ssh-hostkey", "ssh-hostkey.key")),
		"sshkey.fingerprint": oraclePositive(func(value string, rec oracleRecord) (match, ok bool) {
			if !strings.HasPrefix(value, "/") {
				value = strings.ReplaceAll(strings.ToLower(value), ":", "")
			}
			return oracleData("ssh-hostkey", "ssh-hostkey.fingerprint")(value, rec)
		}),
		"sshkey.type": oraclePositive(func(value string, rec oracleRecord) (match, ok bool) {
			return oracleScript(rec, "ssh-hostkey", func(s any) bool { return oracleSome(s, "ssh-hostkey.type", oracleIs("ssh-"+value)) }), true
		}),
		"sshkey.bits": oraclePositive(func(value string, rec oracleRecord) (match, ok bool) {
			n, err := strconv.ParseInt(value, 10, 64)
			return err == nil && oracleScript(rec, "ssh-hostkey", func(s any) bool { return oracleSome(s, "ssh-hostkey.bits", oracleIs(n)) }), true
		}),
		"httphdr": oracleOptional(false, oracleFlag(oracleID("http-headers")), oraclePositive(oracleHeader)),
		"httpapp": oracleOptional(false, oracleFlag(oracleID("http-app")), oraclePositive(oracleApp)),
		"smbshare": func(w oracleWord, rec oracleRecord) (match, known bool) { // no value is the empty one
			w.has = true
			return oraclePositive(oracleShare)(w, rec)
		},
		"ike.vendor_id.name":  oraclePositive(oracleData("ike-info", "ike-info.vendor_ids.name")),
		"ike.vendor_id.value": oraclePositive(oracleData("ike-info", "ike-info.vendor_ids.value")),
		"ike.notification":    oraclePositive(oracleData("ike-info", "ike-info.notification_type")),
		"useragent":           oracleOptional(true, oracleToggle(oracleID("http-user-agent")), oracleNegatable(oracleData("http-user-agent", "http-user-agent"))),
		"ssl-jarm":            oracleOptional(false, oracleToggle(oracleID("ssl-jarm")), oracleNegatable(oracleJARM)),
		"hassh":               oracleHASSH(func(any) bool { return true }),
		"hassh-server":        oracleHASSH(func(port any) bool { return !oracleSome(port, "port", oracleIs(-1)) }),
		"hassh-client":        oracleHASSH(func(port any) bool { return oracleSome(port, "port", oracleIs(-1)) }),
		"ssl-ja3-client":      oracleOptional(false, oracleToggle(oracleID("ssl-ja3-client")), oracleNegatable(oracleJA3Client)),
		"ssl-ja3-server":      oracleOptional(false, oracleToggle(oracleID("ssl-ja3-server")), oracleNegatable(oracleJA3Server)),
		"ssl-ja4-client":      oracleOptional(false, oracleToggle(oracleID("ssl-ja4-client")), oracleNegatable(oracleData("ssl-ja4-client", "ssl-ja4-client.ja4"))),
	} {
		oracleTokens[param] = h
	}
}

func oracleScriptWord(value string, rec oracleRecord) (match, ok bool) {
	id, output, both := strings.Cut(value, ":")
	i, ok := oracleParseValue(id, "")
	o, ok2 := oracleParseValue(output, "")
	return oracleSame(rec, "ports.scripts", func(s any) bool {
		return oracleSome(s, "id", i.is) && (!both || oracleSome(s, "output", o.is))
	}), ok && ok2
}

func oracleCookie(name string, rec oracleRecord) (match, ok bool) {
	re, err := oracleCompile(`(?im)^ *Set-Cookie: ` + regexp.QuoteMeta(name) + `=`)
	test := oracleValue{re: re}.is
	return oracleScript(rec, "http-headers", func(s any) bool { return oracleSome(s, "output", test) }), err == nil
}

// oracleFile reads NAME or IDS:NAME.
func oracleFile(value string, rec oracleRecord) (match, ok bool) {
	ids, name, some := strings.Cut(value, ":")
	if !some {
		return oraclePath(oracleFilename)(value, rec)
	}
	v, ok := oracleParseValue(name, "")
	return oracleSame(rec, "ports.scripts", func(s any) bool {
		return oracleSome(s, "id", oracleIn(strings.Split(ids, ",")...)) && oracleSome(s, "ls.volumes.files.filename", v.is)
	}), ok
}

func oracleVuln(value string, rec oracleRecord) (match, ok bool) {
	id, state, both := strings.Cut(value, ":")
	return oracleSame(rec, "ports.scripts.vulns", func(v any) bool {
		return oracleSome(v, "id", oracleIs(id)) && (!both || oracleSome(v, "state", oracleIs(state)))
	}), true
}

func oracleTitle(value string, rec oracleRecord) (match, ok bool) {
	v, ok := oracleParseValue(value, "")
	return oracleSame(rec, "ports.scripts", func(s any) bool {
		return oracleSome(s, "id", oracleIn("http-title", "html-title")) && oracleSome(s, "output", v.is)
	}), ok
}

func oracleOWA(rec oracleRecord) bool {
	id := oracleRegexp(`^(http-(headers|auth-finder|title)|html-title)$`)
	output := oracleRegexp(`(?i)[ /](owa|exchweb)|X-OWA-Version|Outlook Web A`)
	return oracleSame(rec, "ports.scripts", func(s any) bool {
		return oracleSome(s, "id", id) && oracleSome(s, "output", output)
	})
}

// oracleHeader reads NAME and NAME:VALUE, which one header has to have.
func oracleHeader(value string, rec oracleRecord) (match, ok bool) {
	name, text, both := strings.Cut(value, ":")
	n, ok := oracleParseValue(strings.ToLower(name), "")
	t, ok2 := oracleParseValue(text, "")
	return oracleScript(rec, "http-headers", func(s any) bool {
		return oracleSame(s, "http-headers", func(h any) bool {
			return (name == "" || oracleSome(h, "name", n.is)) && (!both || oracleSome(h, "value", t.is))
		})
	}), ok && ok2
}

func oracleApp(value string, rec oracleRecord) (match, ok bool) {
	name, version, both := strings.Cut(value, ":")
	n, ok := oracleParseValue(name, "")
	v, ok2 := oracleParseValue(version, "")
	return oracleScript(rec, "http-app", func(s any) bool {
		return oracleSame(s, "http-app", func(a any) bool {
			return oracleSome(a, "application", n.is) && (!both || oracleSome(a, "version", v.is))
		})
	}), ok && ok2
}

// oracleSMB reads smb.KEY and ntlm.KEY.
func oracleSMB(prefix, key, value string, rec oracleRecord) (match, ok bool) {
	if prefix == "smb." {
		if k, ok := map[string]string{
			"dnsdomain": "domain_dns", "forest": "forest_dns", "ntlm_os": "ntlm-os", "ntlm_version": "ntlm-version", "smb_version": "smb-version",
		}[key]; ok {
			key = k
		}
		return oracleData("smb-os-discovery", "smb-os-discovery."+key)(value, rec)
	}
	return oracleData("ntlm-info", "ntlm-info."+oracleNTLMKey(key))(value, rec)
}

func oracleNTLMKey(key string) string {
	if k, ok := map[string]string{
		"name": "Target_Name", "server": "NetBIOS_Computer_Name", "domain": "NetBIOS_Domain_Name", "workgroup": "Workgroup",
		"domain_dns": "DNS_Domain_Name", "forest": "DNS_Tree_Name", "fqdn": "DNS_Computer_Name", "os": "Product_Version", "version": "NTLM_Version",
	}[key]; ok {
		return k
	}
	return key
}

// oracleShare finds a share that anybody can access in the given way.
func oracleShare(mode string, rec oracleRecord) (match, ok bool) {
	pattern, ok := map[string]string{
		"": `^(READ|WRITE)`, "r": `^READ(/|$)`, "w": `(^|/)WRITE$`, "rw": `^READ/WRITE$`, "wr": `^READ/WRITE$`,
	}[strings.ToLower(mode)]
	if !ok {
		return false, false
	}
	access := oracleRegexp(pattern)
	return oracleScript(rec, "smb-enum-shares", func(s any) bool {
		return oracleSame(s, "smb-enum-shares.shares", func(share any) bool {
			return (oracleSome(share, "Anonymous access", access) || oracleSome(share, "Current user access", access)) &&
				!oracleSome(share, "Type", oracleIn("STYPE_IPC_HIDDEN", "Not a file share", "STYPE_IPC", "STYPE_PRINTQ")) &&
				!oracleSome(share, "Share", oracleIs("IPC$"))
		})
	}), true
}

func oracleJARM(value string, rec oracleRecord) (match, ok bool) {
	if !strings.HasPrefix(value, "/") {
		value = strings.ToLower(value)
	}
	return oracleData("ssl-jarm", "ssl-jarm")(value, rec)
}

var oracleHex = regexp.MustCompile(`^[0-9a-fA-F]+$`)

// oracleFingerprint reads what JA3 and HASSH values are looked up by.
func oracleFingerprint(s string) (key string, v oracleValue, ok bool) {
	if strings.HasPrefix(s, "/") {
		v, ok = oracleParseValue(s, "")
		return "raw", v, ok
	}
	v, _ = oracleParseValue(s, "")
	if i := slices.Index([]int{32, 40, 64}, len(v.text)); i >= 0 && oracleHex.MatchString(v.text) {
		return []string{"md5", "sha1", "sha256"}[i], oracleValue{text: strings.ToLower(v.text)}, true
	}
	sum := md5.Sum([]byte(v.text))
	return "md5", oracleValue{text: hex.EncodeToString(sum[:])}, true
}

func oracleHASSH(where func(port any) bool) oracleHandler {
	has := func(rec oracleRecord, test func(script any) bool) bool {
		return oracleSame(rec, "ports", func(p any) bool {
			return where(p) && oracleSame(p, "scripts", func(s any) bool {
				return oracleSome(s, "id", oracleIs("ssh2-enum-algos")) && test(s)
			})
		})
	}
	return oracleOptional(false,
		oracleFlag(func(rec oracleRecord) bool { return has(rec, func(any) bool { return true }) }),
		oraclePositive(func(value string, rec oracleRecord) (match, ok bool) {
			key, v, ok := oracleFingerprint(value)
			return ok && has(rec, func(s any) bool { return oracleSome(s, "ssh2-enum-algos.hassh."+key, v.is) }), ok
		}))
}

func oracleJA3Client(value string, rec oracleRecord) (match, ok bool) {
	key, v, ok := oracleFingerprint(value)
	return ok && oracleScript(rec, "ssl-ja3-client", func(s any) bool { return oracleSome(s, "ssl-ja3-client."+key, v.is) }), ok
}

// oracleJA3Server reads SERVER, SERVER:CLIENT, :CLIENT, which one element has to have.
func oracleJA3Server(value string, rec oracleRecord) (match, ok bool) {
	server, client, _ := strings.Cut(value, ":")
	sk, s, ok := oracleFingerprint(server)
	ck, c, ok2 := oracleFingerprint(client)
	return oracleScript(rec, "ssl-ja3-server", func(script any) bool {
		return server == "" && client == "" || oracleSame(script, "ssl-ja3-server", func(e any) bool {
			return (server == "" || oracleSome(e, sk, s.is)) && (client == "" || oracleSome(e, "client."+ck, c.is))
		})
	}), ok && ok2
}
