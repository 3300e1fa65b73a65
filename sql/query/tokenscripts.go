package query

import (
	"strconv"
	"strings"

	"ivre/sql/tree"
)

var scriptTokens = []token{
	textToken("script", hosts, hosts, scriptText),
	valueToken("banner", hosts, nowhere, func(_ *builder, v tree.Value, _ bool) tree.Cond { return banner(v) }),
	textToken("cookie", hosts, nowhere, func(_ *builder, s string, _ bool) (tree.Cond, error) { return cookie(s) }),
	{"phpmyadmin", hosts, nowhere, noValue, func(*builder, Word) (tree.Cond, error) { return phpMyAdmin() }},
	fixedToken("anonftp", hosts, anonymousFTP),
	fixedToken("authbypassvnc", hosts, vncBypass),
	fixedToken("authhttp", hosts, defaultPassword),
	fixedToken("authhttp", passive, func() tree.Cond { return authHeader(nil) }),
	{"file", hosts, nowhere, mayValue, fileWord},
	fixedToken("webfiles", hosts, webFiles),
	{"vuln", hosts, nowhere, orEmpty, func(_ *builder, w Word) (tree.Cond, error) {
		id, state, _ := strings.Cut(w.Value, ":")
		return vulnerability(literalOrNone(id), literalOrNone(state)), nil
	}},
	valueToken("httptitle", hosts, hosts, func(_ *builder, v tree.Value, neg bool) tree.Cond { return httpTitle(v, neg) }),
	fixedToken("nfs", hosts, nfs),
	fixedToken("nis yp", hosts, nis),
	fixedToken("mssqlemptypwd", hosts, emptyMSSQL),
	fixedToken("mysqlemptypwd", hosts, emptyMySQL),
	fixedToken("x11open", hosts, openX11),
	fixedToken("owa", hosts, outlookWeb),
	fixedToken("xp445", hosts, windowsXP445),
	{"httphdr", hosts, nowhere, mayValue, func(b *builder, w Word) (tree.Cond, error) { return pairText(b, w.Value, lowered, httpHeader) }},
	{"httpapp", hosts, nowhere, mayValue, func(b *builder, w Word) (tree.Cond, error) { return pairText(b, w.Value, asWritten, httpApp) }},
	{"smbshare", hosts, nowhere, mayValue, func(_ *builder, w Word) (tree.Cond, error) { return smbShares(w.Value, nil) }},
	optionalToken("useragent", orEmpty, observed, observed, asWritten, (*builder).userAgent),
}

// scriptText reads ID or ID:OUTPUT.
func scriptText(b *builder, s string, neg bool) (tree.Cond, error) {
	id, out, both := strings.Cut(s, ":")
	v, err := b.rx(id)
	if err != nil || !both {
		return scriptResult(v, nil, neg), err
	}
	o, err := b.rx(out)
	return scriptResult(v, o, neg), err
}

func literalOrNone(s string) tree.Value {
	if s == "" {
		return nil
	}
	return tree.Text(s)
}

// fileWord reads NAME or SCRIPT,SCRIPT...:NAME.
func fileWord(b *builder, w Word) (tree.Cond, error) {
	if !w.HasValue {
		return file(nil, nil), nil
	}
	ids, name, both := strings.Cut(w.Value, ":")
	if both = both && !strings.HasPrefix(ids, "/"); !both {
		name = w.Value
	}
	v, err := b.rx(name)
	if err != nil || !both {
		return file(nil, v), err
	}
	return file(texts(strings.Split(ids, ",")), v), nil
}

// pairText reads FIRST:SECOND. A first part that is empty, or a second one that is missing, is no condition; a second
// one that is empty is a text of no letters.
func pairText(b *builder, s string, l letters, c func(first, second tree.Value) tree.Cond) (tree.Cond, error) {
	var values [2]tree.Value
	first, second, both := strings.Cut(s, ":")
	if first != "" {
		v, err := b.value(first, l)
		if err != nil {
			return nil, err
		}
		values[0] = v
	}
	if both {
		v, err := b.rx(second)
		if err != nil {
			return nil, err
		}
		values[1] = v
	}
	return c(values[0], values[1]), nil
}

// certTokens are the words about certificates of servers and of authorities.
func certTokens() []token {
	const dbs = observed
	var out []token
	for _, kind := range []string{"cert", "cacert"} {
		out = append(out,
			flagToken(kind, dbs, func(b *builder, neg bool) (tree.Cond, error) { return b.cert(kind, nil, neg), nil }),
			flagToken(kind+".self_signed", dbs, func(b *builder, neg bool) (tree.Cond, error) { return b.selfSigned(kind, neg), nil }))
		for _, k := range certKeys {
			names := kind + "." + k.name
			if strings.HasPrefix(k.path, "pubkey.") {
				names += " " + kind + "." + k.path
			}
			out = append(out, optionalToken(names, needsValue, dbs, dbs, k.letters, func(b *builder, v tree.Value, neg bool) (tree.Cond, error) {
				return b.cert(kind, []member{{k.path, v}}, neg), nil
			}))
		}
	}
	return append(out, fixedTokenFor("torcert", dbs, (*builder).torCert))
}

// fixedTokenFor is fixedToken for a condition that differs between databases.
func fixedTokenFor(names string, dbs dbSet, c func(b *builder) tree.Cond) token {
	return token{names, dbs, nowhere, noValue, func(b *builder, _ Word) (tree.Cond, error) { return c(b), nil }}
}

var keyTokens = []token{
	optionalToken("sshkey", orEmpty, observed, nowhere, asWritten, func(b *builder, v tree.Value, _ bool) (tree.Cond, error) {
		return b.sshKey(sshKey{output: v})
	}),
	optionalToken("sshkey.fingerprint", needsValue, observed, nowhere, asWritten, func(b *builder, v tree.Value, _ bool) (tree.Cond, error) {
		return b.sshKey(sshKey{fingerprint: v})
	}),
	optionalToken("sshkey.key", needsValue, observed, nowhere, asWritten, func(b *builder, v tree.Value, _ bool) (tree.Cond, error) {
		return b.sshKey(sshKey{key: v})
	}),
	textToken("sshkey.type", observed, nowhere, func(b *builder, s string, _ bool) (tree.Cond, error) {
		return b.sshKey(sshKey{kind: tree.Text(s)})
	}),
	textToken("sshkey.bits", observed, nowhere, func(b *builder, s string, _ bool) (tree.Cond, error) {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return b.sshKey(sshKey{bits: tree.Int(n)})
		}
		return b.sshKey(sshKey{bits: tree.Text(s)}) // no key has that
	}),
	resultToken("smb", "smb-os-discovery", smbKeys),
	resultToken("ntlm", "ntlm-info", NTLMKeys),
	ikeToken("vendor_id.name", "vendor_ids.name"),
	ikeToken("vendor_id.value", "vendor_ids.value"),
	ikeToken("notification", "notification_type"),
}

// resultToken reads NAME.KEY:VALUE, a member of the result of a script.
func resultToken(name, id string, keys keyNames) token {
	return token{name + ".*", hosts, nowhere, needsValue, func(b *builder, w Word) (tree.Cond, error) {
		key := strings.TrimPrefix(w.Param, name+".")
		if key == "" {
			return nil, fail("a key is missing (%s.KEY:VALUE)", name)
		}
		v, err := b.rx(w.Value)
		return keys.result(id, member{key, v}), err
	}}
}

func ikeToken(key, path string) token {
	return valueToken("ike."+key, hosts, nowhere, func(_ *builder, v tree.Value, _ bool) tree.Cond { return ike(path, v) })
}

var fingerprintTokens = []token{
	optionalToken("ssl-jarm", mayValue, hosts, hosts, anyCase, func(_ *builder, v tree.Value, neg bool) (tree.Cond, error) { return jarm(v, neg), nil }),
	hasshToken("hassh", eitherSide),
	hasshToken("hassh-server", serverSide),
	hasshToken("hassh-client", clientSide),
	optionalToken("ssl-ja3-client", mayValue, observed, observed, asWritten, (*builder).ja3Client),
	{"ssl-ja3-server", observed, observed, mayValue, func(b *builder, w Word) (tree.Cond, error) { return ja3ServerText(b, w.Value, w.Neg) }},
	optionalToken("ssl-ja4-client", mayValue, observed, observed, asWritten, func(b *builder, v tree.Value, neg bool) (tree.Cond, error) {
		return b.ja4Client([]member{{"ja4", v}}, neg), nil
	}),
}

func hasshToken(name string, s side) token {
	return optionalToken(name, mayValue, observed, nowhere, asWritten, func(b *builder, v tree.Value, _ bool) (tree.Cond, error) {
		return b.hassh(s, v)
	})
}

// ja3ServerText reads SERVER, SERVER:CLIENT or :CLIENT.
func ja3ServerText(b *builder, s string, neg bool) (tree.Cond, error) {
	first, second, _ := strings.Cut(s, ":")
	server, err := b.given(first)
	if err != nil {
		return nil, err
	}
	client, err := b.given(second)
	if err != nil {
		return nil, err
	}
	return b.ja3Server(server, client, neg)
}
