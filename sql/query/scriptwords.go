package query

import (
	"crypto/md5"
	"encoding/hex"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"ivre/sql/tree"
)

// hasScript: some script of the host has that id.
func hasScript(id string) tree.Cond { return equals("ports.scripts.id", id) }

// plain are the words that stand for one fixed condition.
var plain = map[string]func() tree.Cond{
	"netdev": netDevice, "networkdevice": netDevice,
	"phonedev": func() tree.Cond {
		return oneOf("ports.service_devicetype", "PBX", "phone", "telecom-misc", "VoIP adapter", "VoIP phone")
	},
	"anonldap": func() tree.Cond { return equals("ports.service_extrainfo", "Anonymous bind OK") },
	"geovision": func() tree.Cond {
		return match("ports.service_product", known("^GeoVision", tree.Flags{IgnoreCase: true}))
	},
	"webmin": func() tree.Cond {
		return same("ports", equals("service_name", "http"), equals("service_product", "MiniServ"), tree.Not{Cond: equals("service_extrainfo", "Webmin httpd")})
	},
	"x11srv": func() tree.Cond {
		return same("ports", equals("service_name", "X11"), tree.Not{Cond: equals("service_extrainfo", "access denied")})
	},
	"phpmyadmin": func() tree.Cond { c, _ := cookie("phpMyAdmin"); return c },
	"anonftp": func() tree.Cond {
		return script("ftp-anon", match("output", known("^Anonymous FTP login allowed", tree.Flags{})))
	},
	"authbypassvnc": func() tree.Cond { return hasScript("realvnc-auth-bypass") },
	"authhttp": func() tree.Cond {
		return script("http-default-accounts", match("output", known("credentials found", tree.Flags{})))
	},
	"webfiles": func() tree.Cond {
		return match("ports.scripts.ls.volumes.files.filename", known(`vhost|www|web\.config|\.htaccess|\.([aj]sp|php|html?|js|css)`, tree.Flags{IgnoreCase: true}))
	},
	"nfs": func() tree.Cond { return script("rpcinfo", match("output", known("nfs", tree.Flags{}))) },
	"nis": ypserv, "yp": ypserv,
	"mssqlemptypwd": func() tree.Cond {
		return script("ms-sql-empty-password", match("output", known("Login Success", tree.Flags{})))
	},
	"mysqlemptypwd": func() tree.Cond {
		return script("mysql-empty-password", match("output", known("account has empty password", tree.Flags{})))
	},
	"x11open": func() tree.Cond { return script("x11-access", equals("output", "X server access is granted")) },
	"owa": func() tree.Cond {
		return same("ports.scripts", match("id", known("^(http-(headers|auth-finder|title)|html-title)$", tree.Flags{})),
			match("output", known(`[ /](owa|exchweb)|X-OWA-Version|Outlook Web A`, tree.Flags{IgnoreCase: true})))
	},
	"xp445": func() tree.Cond {
		return tree.And{portSpec{"tcp", 445}.open(), script("smb-os-discovery", equals("smb-os-discovery.os", "Windows 5.1"))}
	},
	"torcert": func() tree.Cond {
		name := known(`^commonName=www\.[a-z2-7]{8,20}\.(net|com)$`, tree.Flags{})
		return script("ssl-cert", same("ssl-cert", match("subject_text", name), match("issuer_text", name), tree.Test{Field: "self_signed", Op: tree.Eq, Value: tree.Bool(false)}))
	},
}

func netDevice() tree.Cond {
	return oneOf("ports.service_devicetype", "bridge", "broadband router", "firewall", "hub", "load balancer", "proxy server", "router", "switch", "WAP")
}

func ypserv() tree.Cond { return script("rpcinfo", match("output", known("ypserv", tree.Flags{}))) }

func cookie(name string) (tree.Cond, error) {
	p, err := tree.ParsePattern("^ *Set-Cookie: "+regexp.QuoteMeta(name)+"=", tree.Flags{IgnoreCase: true, Multiline: true})
	if err != nil {
		return nil, fail("", "%v", err)
	}
	return script("http-headers", match("output", p)), nil
}

func screenshotWord(_ *builder, w Word) (tree.Cond, error) {
	if !w.HasValue {
		return negate(tree.Exists{Field: "ports.screenshot"}, w.Neg), nil
	}
	return same("ports", append(portOrService(w.Value), negate(tree.Exists{Field: "screenshot"}, w.Neg))...), nil
}

// portOrService are the conditions on an element of ports that a text stands for: a port, or the name of a service.
func portOrService(s string) []tree.Cond {
	if p, ok := parsePort(s); ok {
		return []tree.Cond{number("port", p.port), equals("protocol", p.proto)}
	}
	return []tree.Cond{equals("service_name", s)}
}

func screenWordsWord(b *builder, w Word) (tree.Cond, error) {
	conds := []tree.Cond{tree.Exists{Field: "screenshot"}}
	if !w.HasValue {
		return same("ports", append(conds, negate(tree.Exists{Field: "screenwords"}, w.Neg))...), nil
	}
	words, where, hasWhere := w.Value, "", false
	if !strings.HasPrefix(words, "/") {
		words, where, hasWhere = strings.Cut(w.Value, ":")
	} else if i := strings.LastIndexByte(words, ':'); i > strings.LastIndexByte(words, '/') {
		words, where, hasWhere = words[:i], words[i+1:], true
	}
	c, err := b.screenWords(strings.ToLower(words))
	if err != nil {
		return nil, err
	}
	conds = append(conds, negate(c, w.Neg))
	if hasWhere {
		conds = append(conds, portOrService(where)...)
	}
	return same("ports", conds...), nil
}

// screenWords: a word or a regular expression, or words that all have to be there.
func (b *builder) screenWords(s string) (tree.Cond, error) {
	if strings.HasPrefix(s, "/") || !strings.Contains(s, ",") {
		v, err := b.rx(s)
		return match("screenwords", v), err
	}
	var all tree.And
	for word := range strings.SplitSeq(s, ",") {
		if strings.HasPrefix(word, "/") {
			return nil, fail("", "a list of words cannot hold regular expressions")
		}
		all = append(all, equals("screenwords", word))
	}
	return all, nil
}

func scriptWord(b *builder, w Word) (tree.Cond, error) {
	id, output, hasOutput := strings.Cut(w.Value, ":")
	v, err := b.rx(id)
	if err != nil || !hasOutput {
		return negate(match("ports.scripts.id", v), w.Neg), err
	}
	out, err := b.rx(output)
	return negate(same("ports.scripts", match("id", v), match("output", out)), w.Neg), err
}

const fileName = "ls.volumes.files.filename"

func fileWord(b *builder, w Word) (tree.Cond, error) {
	if !w.HasValue {
		return tree.Exists{Field: "ports.scripts." + fileName}, nil
	}
	ids, name, restricted := strings.Cut(w.Value, ":")
	if strings.HasPrefix(w.Value, "/") || !restricted {
		v, err := b.rx(w.Value)
		return match("ports.scripts."+fileName, v), err
	}
	v, err := b.rx(name)
	return same("ports.scripts", oneOf("id", strings.Split(ids, ",")...), match(fileName, v)), err
}

// vuln: some vulnerability has the id, the state, or both.
func vuln(id, state tree.Value, hasID, hasState bool) tree.Cond {
	switch {
	case hasID && hasState:
		return same("ports.scripts", same("vulns", match("id", id), match("state", state)))
	case hasID:
		return match("ports.scripts.vulns.id", id)
	case hasState:
		return match("ports.scripts.vulns.state", state)
	}
	return tree.Exists{Field: "ports.scripts.vulns.id"}
}

func headerWord(b *builder, w Word) (tree.Cond, error) {
	if !w.HasValue {
		return hasScript("http-headers"), nil
	}
	name, value, hasValue := strings.Cut(w.Value, ":")
	return b.pair("http-headers", "name", strings.ToLower(name), "value", value, hasValue)
}

func appWord(b *builder, w Word) (tree.Cond, error) {
	if !w.HasValue {
		return hasScript("http-app"), nil
	}
	app, version, hasVersion := strings.Cut(w.Value, ":")
	return b.pair("http-app", "application", app, "version", version, hasVersion)
}

// pair is a condition on one item of a list in a script's result; an empty first part is not constrained.
func (b *builder) pair(id, key1, v1, key2, v2 string, has2 bool) (tree.Cond, error) {
	var conds []tree.Cond
	if v1 != "" {
		v, err := b.rx(v1)
		if err != nil {
			return nil, err
		}
		conds = append(conds, match(key1, v))
	}
	if has2 {
		v, err := b.rx(v2)
		if err != nil {
			return nil, err
		}
		conds = append(conds, match(key2, v))
	}
	return listItem(id, conds), nil
}

// listItem: the script has an item in its result that satisfies all conditions; without any, the script is there.
func listItem(id string, conds []tree.Cond) tree.Cond {
	if len(conds) == 0 {
		return hasScript(id)
	}
	return script(id, same(id, conds...))
}

// smbShares: a share that is accessible in that mode, and (hidden nil) is neither printer nor pipe.
func smbShares(mode string, hidden *bool) (tree.Cond, error) {
	var access tree.Value
	switch strings.ToLower(mode) {
	case "":
		access = known("^(READ|WRITE)", tree.Flags{})
	case "r":
		access = known("^READ(/|$)", tree.Flags{})
	case "w":
		access = known("(^|/)WRITE$", tree.Flags{})
	case "rw", "wr":
		access = tree.Text("READ/WRITE")
	default:
		return nil, fail("", "%q is no kind of access (r, w or rw)", mode)
	}
	conds := []tree.Cond{tree.Or{match("Anonymous access", access), match("Current user access", access)}, tree.Not{Cond: equals("Share", "IPC$")}}
	switch {
	case hidden == nil:
		conds = append(conds, tree.Not{Cond: oneOf("Type", "STYPE_IPC_HIDDEN", "Not a file share", "STYPE_IPC", "STYPE_PRINTQ")})
	case *hidden:
		conds = append(conds, equals("Type", "STYPE_DISKTREE_HIDDEN"))
	default:
		conds = append(conds, equals("Type", "STYPE_DISKTREE"))
	}
	return script("smb-enum-shares", same("smb-enum-shares.shares", conds...)), nil
}

func userAgentWord(b *builder, w Word) (tree.Cond, error) {
	if !w.HasValue {
		return negate(hasScript("http-user-agent"), w.Neg), nil
	}
	v, err := b.rx(w.Value)
	return negate(script("http-user-agent", match("http-user-agent", v)), w.Neg), err
}

func jarmWord(b *builder, w Word) (tree.Cond, error) {
	if !w.HasValue {
		return negate(hasScript("ssl-jarm"), w.Neg), nil
	}
	v, err := b.rx(w.Value)
	if t, ok := v.(tree.Text); ok {
		v = tree.Text(strings.ToLower(string(t)))
	}
	return negate(script("ssl-jarm", match("ssl-jarm", v)), w.Neg), err
}

func hasshToken(side string) token {
	return token{value: mayValue, make: func(b *builder, w Word) (tree.Cond, error) {
		var conds []tree.Cond
		if w.HasValue {
			c, err := b.ja3("ssh2-enum-algos.hassh.", w.Value)
			if err != nil {
				return nil, err
			}
			conds = append(conds, c)
		}
		return hassh(side, conds), nil
	}}
}

// hassh: key exchange lists of a server (on a port), of a client (on the pseudo-port) or of any.
func hassh(side string, conds []tree.Cond) tree.Cond {
	onHost := number("port.port", -1)
	switch side {
	case "server":
		conds = append(conds, tree.Not{Cond: onHost})
	case "client":
		conds = append(conds, onHost)
	}
	if len(conds) == 0 {
		return hasScript("ssh2-enum-algos")
	}
	return script("ssh2-enum-algos", conds...)
}

// ja3 is a test of a fingerprint below a prefix: a pattern is one on the raw form; digits of the length of a hash are
// that hash; anything else is a raw form, whose MD5 is compared.
func (b *builder) ja3(prefix, value string) (tree.Cond, error) {
	v, err := b.rx(value)
	if err != nil {
		return nil, err
	}
	return Fingerprint(prefix, v), nil
}

// Fingerprint is the condition that one of the hashes of a TLS or SSH fingerprint, members below a prefix, is a text of
// that length, or that its raw form matches a pattern. Any other text is a raw form, whose MD5 is looked for.
func Fingerprint(prefix string, v tree.Value) tree.Cond {
	if list, ok := v.(tree.List); ok {
		any := tree.Or{}
		for _, x := range list {
			any = append(any, Fingerprint(prefix, x))
		}
		return any
	}
	t, ok := v.(tree.Text)
	if !ok {
		return match(prefix+"raw", v)
	}
	s := string(t)
	if strings.Trim(s, "0123456789abcdefABCDEF") == "" {
		if hash, ok := map[int]string{32: "md5", 40: "sha1", 64: "sha256"}[len(s)]; ok {
			return equals(prefix+hash, strings.ToLower(s))
		}
	}
	sum := md5.Sum([]byte(s))
	return equals(prefix+"md5", hex.EncodeToString(sum[:]))
}

func ja3ServerWord(b *builder, w Word) (tree.Cond, error) {
	server, client, _ := strings.Cut(w.Value, ":")
	var conds []tree.Cond
	for _, x := range [][2]string{{"", server}, {"client.", client}} {
		if x[1] == "" {
			continue
		}
		c, err := b.ja3(x[0], x[1])
		if err != nil {
			return nil, err
		}
		conds = append(conds, c)
	}
	return negate(listItem("ssl-ja3-server", conds), w.Neg), nil
}

func ja4Word(b *builder, w Word) (tree.Cond, error) {
	if !w.HasValue {
		return negate(hasScript("ssl-ja4-client"), w.Neg), nil
	}
	v, err := b.rx(w.Value)
	return negate(script("ssl-ja4-client", match("ssl-ja4-client.ja4", v)), w.Neg), err
}

func hopWord(_ *builder, w Word) (tree.Cond, error) {
	addr, ttl := w.Value, ""
	if _, err := parseAddress(addr); err != nil {
		i := strings.LastIndexByte(addr, ':')
		if i < 0 {
			return nil, err
		}
		addr, ttl = addr[:i], addr[i+1:]
	}
	a, err := parseAddress(addr)
	if err != nil {
		return nil, err
	}
	if ttl == "" {
		if addr != w.Value {
			return nil, fail("", "a time to live is missing after the last colon")
		}
		return hop(a, nil, w.Neg), nil
	}
	n, err := strconv.ParseInt(ttl, 10, 64)
	if err != nil {
		return nil, fail("", "%q is not a time to live", ttl)
	}
	return hop(a, &n, w.Neg), nil
}

// hop: a router on the way has the address, at that distance if one is given. The negation with a distance is true for
// another router there, too.
func hop(a netip.Addr, ttl *int64, neg bool) tree.Cond {
	isAddr := tree.Test{Field: "ipaddr", Op: tree.Eq, Value: tree.Addr(a)}
	if ttl == nil {
		return negate(same("traces.hops", isAddr), neg)
	}
	at := number("ttl", *ttl)
	if neg {
		return tree.Or{same("traces.hops", at, tree.Not{Cond: isAddr}), tree.Not{Cond: same("traces.hops", at)}}
	}
	return same("traces.hops", isAddr, at)
}

func tagWord(b *builder, w Word) (tree.Cond, error) {
	if !w.HasValue {
		return negate(tree.Exists{Field: "tags.value"}, w.Neg), nil
	}
	value, info, _ := strings.Cut(w.Value, ":")
	var conds []tree.Cond
	for _, x := range [][2]string{{"value", value}, {"info", info}} {
		if x[1] == "" {
			continue
		}
		v, err := b.rx(x[1])
		if err != nil {
			return nil, err
		}
		conds = append(conds, match(x[0], v))
	}
	if conds == nil {
		return negate(tree.Exists{Field: "tags.value"}, w.Neg), nil
	}
	return negate(same("tags", conds...), w.Neg), nil
}
