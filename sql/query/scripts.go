package query

import (
	"regexp"
	"strings"

	"ivre/sql/tree"
)

// deviceType: some service runs on such a device.
func deviceType(v tree.Value) tree.Cond { return match("ports.service_devicetype", v) }

func networkDevice() tree.Cond {
	return deviceType(texts([]string{"bridge", "broadband router", "firewall", "hub", "load balancer", "proxy server", "router", "switch", "WAP"}))
}

func phoneDevice() tree.Cond {
	return deviceType(texts([]string{"PBX", "phone", "telecom-misc", "VoIP adapter", "VoIP phone"}))
}

func webcam() tree.Cond { return deviceType(tree.Text("webcam")) }

func anonymousLDAP() tree.Cond { return equals("ports.service_extrainfo", "Anonymous bind OK") }

func geoVision() tree.Cond { return matches("ports.service_product", "^GeoVision", ignoreCase) }

func webmin() tree.Cond {
	return same("ports", equals("service_name", "http"), equals("service_product", "MiniServ"),
		tree.Not{Cond: equals("service_extrainfo", "Webmin httpd")})
}

func x11Server() tree.Cond {
	return same("ports", equals("service_name", "X11"), tree.Not{Cond: equals("service_extrainfo", "access denied")})
}

// openTCP is the condition on one open TCP port.
func openTCP(conds ...tree.Cond) tree.Cond {
	return same("ports", append([]tree.Cond{equals("protocol", "tcp"), equals("state_state", "open")}, conds...)...)
}

// vsftpdBackdoor: the release of vsftpd that came with a back door (CVE-2011-2523).
func vsftpdBackdoor() tree.Cond {
	return openTCP(equals("service_product", "vsftpd"), equals("service_version", "2.3.4"))
}

// intersil: releases of Boa in Intersil's access points that let anybody reset the password.
func intersil() tree.Cond {
	return openTCP(equals("service_product", "Boa HTTPd"),
		matches("service_version", `^0\.9(3([^0-9]|$)|4\.([0-9]|0[0-9]|1[0-1])([^0-9]|$))`, tree.Flags{}))
}

func anonymousFTP() tree.Cond { return output("ftp-anon", "^Anonymous FTP login allowed") }

func vncBypass() tree.Cond { return hasScript("realvnc-auth-bypass") }

func nfs() tree.Cond { return output("rpcinfo", "nfs") }

func nis() tree.Cond { return output("rpcinfo", "ypserv") }

func emptyMSSQL() tree.Cond { return output("ms-sql-empty-password", "Login Success") }

func emptyMySQL() tree.Cond { return output("mysql-empty-password", "account has empty password") }

func openX11() tree.Cond { return script("x11-access", equals("output", "X server access is granted")) }

func outlookWeb() tree.Cond {
	return same("ports.scripts", matches("id", "^(http-(headers|auth-finder|title)|html-title)$", tree.Flags{}),
		matches("output", `[ /](owa|exchweb)|X-OWA-Version|Outlook Web A`, ignoreCase))
}

func windowsXP445() tree.Cond {
	return tree.And{portSpec{"tcp", 445}.in("open"), script("smb-os-discovery", equals("smb-os-discovery.os", "Windows 5.1"))}
}

// defaultPassword: a web server that has a default password.
func defaultPassword() tree.Cond { return output("http-default-accounts", "credentials found") }

// httpAuth: what the scripts say about web servers that ask for a password.
func httpAuth(newScript, oldScript bool) (tree.Cond, error) {
	const mayAccept = "HTTP server may accept"
	switch {
	case newScript && oldScript:
		return same("ports.scripts", matches("id", "^http-(default-accounts|auth)$", tree.Flags{}), tree.Or{
			matches("output", "credentials found", tree.Flags{}), matches("output", mayAccept, tree.Flags{}),
		}), nil
	case newScript:
		return defaultPassword(), nil
	case oldScript:
		return output("http-auth", mayAccept), nil
	}
	return nil, fail("neither script is to be looked at")
}

// authHeader: a client sent credentials by HTTP; v are these (nil: any).
func authHeader(v tree.Value) tree.Cond {
	return record(member{"recontype", texts([]string{"HTTP_CLIENT_HEADER", "HTTP_CLIENT_HEADER_SERVER"})},
		member{"source", texts([]string{"AUTHORIZATION", "PROXY-AUTHORIZATION"})}, member{"value", v})
}

func basicAuth() tree.Cond { return authHeader(pattern("^Basic", ignoreCase)) }

func ftpAuth() tree.Cond { return oneOf("recontype", "FTP_CLIENT", "FTP_SERVER") }

func popAuth() tree.Cond { return oneOf("recontype", "POP_CLIENT", "POP_SERVER") }

// cookie: a web server sets a cookie of that name.
func cookie(name string) (tree.Cond, error) {
	p, err := tree.ParsePattern("^ *Set-Cookie: "+regexp.QuoteMeta(name)+"=", tree.Flags{IgnoreCase: true, Multiline: true})
	if err != nil {
		return nil, fail("%q cannot be the name of a cookie: %v", shorten(name, 60), err)
	}
	return script("http-headers", match("output", p)), nil
}

func phpMyAdmin() (tree.Cond, error) { return cookie("phpMyAdmin") }

func banner(v tree.Value) tree.Cond { return script("banner", match("output", v)) }

func httpTitle(v tree.Value, neg bool) tree.Cond {
	return negate(same("ports.scripts", oneOf("id", "http-title", "html-title"), match("output", v)), neg)
}

// scriptResult: one result of a script has the id and the output; nil: any.
func scriptResult(id, out tree.Value, neg bool) tree.Cond {
	c := element("ports.scripts", member{"id", id}, member{"output", out})
	if c == nil {
		c = exists("ports.scripts")
	}
	return negate(c, neg)
}

// file: a script that lists files (nil: any) found one of that name (nil: any).
func file(ids, name tree.Value) tree.Cond {
	const path = "ls.volumes.files.filename"
	switch {
	case ids == nil && name == nil:
		return exists("ports.scripts." + path)
	case name == nil:
		return same("ports.scripts", match("id", ids), exists(path))
	}
	return element("ports.scripts", member{"id", ids}, member{path, name})
}

func webFiles() tree.Cond {
	return file(nil, pattern(`vhost|www|web\.config|\.htaccess|\.([aj]sp|php|html?|js|css)`, ignoreCase))
}

// vulnerability: one vulnerability has the id and the state; nil: any.
func vulnerability(id, state tree.Value) tree.Cond {
	switch {
	case id == nil && state == nil:
		return exists("ports.scripts.vulns.id")
	case id != nil && state != nil:
		return same("ports.scripts", element("vulns", member{"id", id}, member{"state", state}))
	}
	return element("ports.scripts.vulns", member{"id", id}, member{"state", state})
}

// listed: one item of the list that is a script's result has all members; without any, the script is there.
func listed(id string, members ...member) tree.Cond { return script(id, element(id, members...)) }

func httpHeader(name, value tree.Value) tree.Cond {
	return listed("http-headers", member{"name", name}, member{"value", value})
}

func httpApp(name, version tree.Value) tree.Cond {
	return listed("http-app", member{"application", name}, member{"version", version})
}

// keyNames are the names of members of a script's result where words have others for them.
type keyNames map[string]string

var smbKeys = keyNames{
	"dnsdomain": "domain_dns", "forest": "forest_dns", "ntlm_os": "ntlm-os", "ntlm_version": "ntlm-version", "smb_version": "smb-version",
}

// NTLMKeys are the members of ntlm-info by their short names; other names are those of members.
var NTLMKeys = keyNames{
	"name": "Target_Name", "server": "NetBIOS_Computer_Name", "domain": "NetBIOS_Domain_Name", "workgroup": "Workgroup",
	"domain_dns": "DNS_Domain_Name", "forest": "DNS_Tree_Name", "fqdn": "DNS_Computer_Name", "os": "Product_Version", "version": "NTLM_Version",
}

// result: one result of the script has all members.
func (n keyNames) result(id string, members ...member) tree.Cond {
	conds := make([]tree.Cond, len(members))
	for i, m := range members {
		name, ok := n[m.name]
		if !ok {
			name = m.name
		}
		conds[i] = match(id+"."+name, m.value)
	}
	return script(id, conds...)
}

// smbShares: a share that is accessible in that mode ("": any), and that is (hidden) a hidden directory or one that is
// not; nil: anything that is a share of files.
func smbShares(mode string, hidden *bool) (tree.Cond, error) {
	var access tree.Value
	switch strings.ToLower(mode) {
	case "":
		access = pattern("^(READ|WRITE)", tree.Flags{})
	case "r":
		access = pattern("^READ(/|$)", tree.Flags{})
	case "w":
		access = pattern("(^|/)WRITE$", tree.Flags{})
	case "rw", "wr":
		access = tree.Text("READ/WRITE")
	default:
		return nil, fail("%q is no kind of access (r, w or rw)", shorten(mode, 60))
	}
	var kind tree.Cond
	switch {
	case hidden == nil:
		kind = tree.Not{Cond: oneOf("Type", "STYPE_IPC_HIDDEN", "Not a file share", "STYPE_IPC", "STYPE_PRINTQ")}
	case *hidden:
		kind = equals("Type", "STYPE_DISKTREE_HIDDEN")
	default:
		kind = equals("Type", "STYPE_DISKTREE")
	}
	return script("smb-enum-shares", same("smb-enum-shares.shares",
		tree.Or{match("Anonymous access", access), match("Current user access", access)},
		kind, tree.Not{Cond: equals("Share", "IPC$")})), nil
}

func ike(path string, v tree.Value) tree.Cond {
	return script("ike-info", match("ike-info."+path, v))
}

// userAgent: a client on the host said that it is that program; nil: any.
func (b *builder) userAgent(v tree.Value, neg bool) (tree.Cond, error) {
	const id = "http-user-agent"
	switch {
	case b.db != Passive && v == nil:
		return negate(hasScript(id), neg), nil
	case b.db != Passive:
		return negate(script(id, match(id, v)), neg), nil
	case v == nil:
		return negate(observation("HTTP_CLIENT_HEADER", "USER-AGENT"), neg), nil
	case neg:
		return nil, errNotHere
	}
	return observation("HTTP_CLIENT_HEADER", "USER-AGENT", match("value", v)), nil
}

func (b *builder) javaUserAgent() (tree.Cond, error) {
	return b.userAgent(pattern(`(^| )(Java|javaws)/`, tree.Flags{}), false)
}

// jarm: a server has that JARM fingerprint; nil: any.
func jarm(v tree.Value, neg bool) tree.Cond {
	if v == nil {
		return negate(hasScript("ssl-jarm"), neg)
	}
	return negate(script("ssl-jarm", match("ssl-jarm", v)), neg)
}

// dnsServer: the host is a name server of the domain (sub: or of a domain above it).
func dnsServer(domain tree.Value, sub bool) tree.Cond {
	m := member{"domain", domain}
	if sub {
		m.value = nil
	}
	return listed("dns-domains", member{"parents", domain}, m)
}
