package query

import (
	"ivre/ingest/host"
	"ivre/sql/tree"
)

// fixedFunctions are those without arguments.
var fixedFunctions = []function{
	fixedFunction("netdev", hosts, networkDevice),
	fixedFunction("phonedev", hosts, phoneDevice),
	fixedFunction("webcam", hosts, webcam),
	fixedFunction("ldapanon", hosts, anonymousLDAP),
	fixedFunction("geovision", hosts, geoVision),
	fixedFunction("webmin", hosts, webmin),
	fixedFunction("x11", hosts, x11Server),
	fixedFunction("x11access", hosts, openX11),
	fixedFunction("vsftpdbackdoor", hosts, vsftpdBackdoor),
	fixedFunction("vulnintersil", hosts, intersil),
	fixedFunction("ftpanon", hosts, anonymousFTP),
	fixedFunction("vncauthbypass", hosts, vncBypass),
	fixedFunction("nfs", hosts, nfs),
	fixedFunction("ypserv", hosts, nis),
	fixedFunction("mssqlemptypwd", hosts, emptyMSSQL),
	fixedFunction("mysqlemptypwd", hosts, emptyMySQL),
	fixedFunction("owa", hosts, outlookWeb),
	fixedFunction("xp445", hosts, windowsXP445),
	fixedFunction("webfiles", hosts, webFiles),
	{"phpmyadmin", hosts, "", func(*builder, *arguments) (tree.Cond, error) { return phpMyAdmin() }},
	{"torcert", observed, "", func(b *builder, _ *arguments) (tree.Cond, error) { return b.torCert(), nil }},
	{"javaua", observed, "", func(b *builder, _ *arguments) (tree.Cond, error) { return b.javaUserAgent() }},
	fixedFunction("httpauth", passive, func() tree.Cond { return authHeader(nil) }),
	fixedFunction("basicauth", passive, basicAuth),
	fixedFunction("ftpauth", passive, ftpAuth),
	fixedFunction("popauth", passive, popAuth),
}

var scriptFunctions = []function{
	{"script", hosts, "name? output? values? neg?", scriptFunction},
	{"banner", hosts, "banner|b", func(b *builder, a *arguments) (tree.Cond, error) { return banner(a.value("banner")), nil }},
	{"cookie", hosts, "name", func(b *builder, a *arguments) (tree.Cond, error) { return cookie(a.text("name")) }},
	{"httptitle", hosts, "title|t", func(b *builder, a *arguments) (tree.Cond, error) { return httpTitle(a.value("title"), false), nil }},
	{"file", hosts, "fname? scripts?", func(b *builder, a *arguments) (tree.Cond, error) {
		return file(a.optional("scripts"), a.optional("fname")), nil
	}},
	{"vuln", hosts, "vulnid? state?", func(b *builder, a *arguments) (tree.Cond, error) {
		return vulnerability(a.optional("vulnid"), a.optional("state")), nil
	}},
	{"httphdr", hosts, "name? value?", func(b *builder, a *arguments) (tree.Cond, error) {
		return httpHeader(a.optionalIn("name", lowered), a.optional("value")), nil
	}},
	{"httpapp", hosts, "name? version?", func(b *builder, a *arguments) (tree.Cond, error) {
		return httpApp(a.optional("name"), a.optional("version")), nil
	}},
	resultFunction("smb", "smb-os-discovery", smbKeys),
	resultFunction("ntlm", "ntlm-info", NTLMKeys),
	{"smbshares", hosts, "access? hidden?", func(b *builder, a *arguments) (tree.Cond, error) {
		return smbShares(a.textOr("access", ""), a.optionalFlag("hidden"))
	}},
	optionalFunction("useragent", observed, "useragent|ua", asWritten, (*builder).userAgent),
	{"httpauth", hosts, "newscript? oldscript?", func(b *builder, a *arguments) (tree.Cond, error) {
		return httpAuth(a.flag("newscript", true), a.flag("oldscript", false))
	}},
	{"dnssrv", hosts, "domain sub?", func(b *builder, a *arguments) (tree.Cond, error) {
		return dnsServer(a.value("domain"), a.flag("sub", false)), nil
	}},
}

// resultFunction takes members of one script's result as named arguments.
func resultFunction(name, id string, keys keyNames) function {
	return function{name, hosts, "*", func(b *builder, a *arguments) (tree.Cond, error) {
		var members []member
		for _, key := range a.names() {
			members = append(members, member{key, a.value(key)})
		}
		return keys.result(id, members...), nil
	}}
}

func scriptFunction(_ *builder, a *arguments) (tree.Cond, error) {
	id, out := a.optional("name"), a.optional("output")
	if !a.has("values") {
		return scriptResult(id, out, a.neg()), nil
	}
	key, err := sharedKey(id)
	if err != nil {
		return nil, err
	}
	return negate(same("ports.scripts", record(member{"id", id}, member{"output", out}), a.structured(key)), a.neg()), nil
}

// sharedKey is the name of the structured result of all scripts with those ids.
func sharedKey(id tree.Value) (string, error) {
	ids, ok := id.(tree.List)
	if !ok {
		ids = tree.List{id}
	}
	var key string
	for i, id := range ids {
		name, ok := id.(tree.Text)
		if !ok {
			return "", fail("values needs the name of a script, or a list of names")
		}
		k := host.DataKey(string(name))
		if i > 0 && k != key {
			return "", fail("the results of %s and %s have different forms: values cannot be about both", ids[0], id)
		}
		key = k
	}
	if key == "" {
		return "", fail("values needs the name of a script")
	}
	return key, nil
}

// structured is the condition on a structured result: on the members of one item of it, or on the result itself. No
// member is the condition that there is a result.
func (a *arguments) structured(key string) tree.Cond {
	o, ok := a.values["values"].(map[string]any)
	if !ok || isSpecial(o) {
		return match(key, a.value("values"))
	}
	inner := &arguments{b: a.b, values: o}
	var members []member
	for _, name := range inner.names() {
		members = append(members, member{name, inner.value(name)})
	}
	a.note(inner.err)
	if members == nil {
		return exists(key)
	}
	return element(key, members...)
}

const (
	certArgs   = "keytype? md5? sha1? sha256? subject? issuer? self_signed? pkmd5? pksha1? pksha256? cacert?"
	ja4Members = "ja4_a? ja4_b? ja4_c? ja4_b_raw? ja4_c_raw? ja4_c1_raw? ja4_c2_raw?"
)

var fingerprintFunctions = []function{
	{"cert", hosts, certArgs + " neg?", certFunction},
	{"cert", passive, certArgs, certFunction},
	{"certsubject", observed, "subject|expr issuer?", certFunction},
	{"certissuer", observed, "issuer|expr", certFunction},
	{"sshkey", hosts, "fingerprint? key? keytype? bits? output?", sshKeyFunction},
	{"sshkey", passive, "fingerprint? key? keytype? bits?", sshKeyFunction},
	optionalFunction("jarm", hosts, "value", anyCase, func(_ *builder, v tree.Value, neg bool) (tree.Cond, error) { return jarm(v, neg), nil }),
	{"hassh", observed, "value_or_hash|v? server?", func(b *builder, a *arguments) (tree.Cond, error) {
		s := eitherSide
		if server := a.optionalFlag("server"); server != nil {
			if s = clientSide; *server {
				s = serverSide
			}
		}
		return b.hassh(s, a.optional("value_or_hash"))
	}},
	optionalFunction("ja3client", hosts, "value_or_hash|v", asWritten, (*builder).ja3Client),
	{"ja3client", passive, "value_or_hash|v?", func(b *builder, a *arguments) (tree.Cond, error) {
		return b.ja3Client(a.optional("value_or_hash"), false)
	}},
	{"ja3server", hosts, "value_or_hash|s? client_value_or_hash|c? neg?", ja3ServerFunction},
	{"ja3server", passive, "value_or_hash|s? client_value_or_hash|c?", ja3ServerFunction},
	{"ja4client", observed, "value? raw? " + ja4Members + " neg?", ja4ClientFunction},
}

func certFunction(b *builder, a *arguments) (tree.Cond, error) {
	kind := "cert"
	if a.flag("cacert", false) {
		kind = "cacert"
	}
	members := []member{{"pubkey.type", a.optional("keytype")}}
	for _, k := range certKeys {
		switch k.name {
		case "subject", "issuer":
			members = append(members, a.distinguishedName(k.name)...)
		default:
			members = append(members, member{k.path, a.optionalIn(k.name, k.letters)})
		}
	}
	if v := a.optionalFlag("self_signed"); v != nil {
		members = append(members, member{"self_signed", tree.Bool(*v)})
	}
	return b.cert(kind, members, a.neg()), nil
}

// distinguishedName are the members of a certificate that a subject or issuer stands for: its text, or attributes.
func (a *arguments) distinguishedName(name string) []member {
	o, ok := a.values[name].(map[string]any)
	if !ok || isSpecial(o) {
		return []member{{name + "_text", a.optional(name)}}
	}
	inner := &arguments{b: a.b, values: o}
	var members []member
	for _, key := range inner.names() {
		if isAttribute(key) {
			members = append(members, member{name + "." + key, inner.value(key)})
		} else if a.b.opt.Warn != nil {
			a.b.opt.Warn("ignored: " + name + " of a certificate has no attribute " + short(key))
		}
	}
	a.note(inner.err)
	if members == nil {
		return []member{{name + "_text", pattern("", tree.Flags{})}} // any text
	}
	return members
}

func isAttribute(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return s != ""
}

func sshKeyFunction(b *builder, a *arguments) (tree.Cond, error) {
	return b.sshKey(sshKey{a.optional("fingerprint"), a.optional("key"), a.optional("keytype"), a.optional("bits"), a.optional("output")})
}

func ja3ServerFunction(b *builder, a *arguments) (tree.Cond, error) {
	return b.ja3Server(a.optional("value_or_hash"), a.optional("client_value_or_hash"), a.neg())
}

func ja4ClientFunction(b *builder, a *arguments) (tree.Cond, error) {
	members := []member{{"ja4", a.optional("value")}}
	for _, p := range parameters(ja4Members) {
		if name := p.names[0]; name != "ja4_c_raw" {
			members = append(members, member{name, a.optional(name)})
		} else if a.has(name) {
			members = append(members, rawExtensions(a.text(name))...)
		}
	}
	if a.has("raw") {
		raw, err := rawJA4(a.text("raw"))
		if err != nil {
			return nil, err
		}
		members = append(members, raw...)
	}
	return b.ja4Client(members, a.neg()), nil
}

var passiveFunctions = []function{
	{"recontype", passive, "rectype? source? neg?", func(b *builder, a *arguments) (tree.Cond, error) {
		return recontype(a.optional("rectype"), a.optional("source"), a.neg()), nil
	}},
	pathFunction("sensor", passive, "sensor|s", "sensor"),
	{"dns", passive, "name? reverse? dnstype? subdomains? neg?", func(b *builder, a *arguments) (tree.Cond, error) {
		return dnsAnswer(a.optional("name"), a.textOr("dnstype", ""), a.flag("reverse", false), a.flag("subdomains", false), a.neg()), nil
	}},
	{"tcpsrvbanner", passive, "banner|b", func(b *builder, a *arguments) (tree.Cond, error) {
		return observation("TCP_SERVER_BANNER", "", match("value", a.value("banner"))), nil
	}},
}
