package query

import (
	"strings"

	"ivre/sql/tree"
)

// flagTables are the filter flags in the order of their help.
var flagTables = [][]flagRow{commonFlags, activeFlags, viewFlags, passiveFlags}

var commonFlags = []flagRow{
	{"id", observed, Many, "ID", "These records.", func(_ *builder, v []string) (tree.Cond, error) { return recordIDs(v, false) }},
	{"no-id", observed, Many, "ID", "All records but these.", func(_ *builder, v []string) (tree.Cond, error) { return recordIDs(v, true) }},
	{"version schema-version", observed, One, "N", "Records in this version of their form.", versionFlag},
	{"category", hosts, One, "CAT[,CAT...]", "One of these categories.", categoryFlag},
	{"category", passive, One, "NAME[,NAME...]", "One of these sensors.", categoryFlag},
	{"port", observed, One, "[PROTO/]N", "This port is open.", func(b *builder, v []string) (tree.Cond, error) { return portFlag(b, v[0], false) }},
	{"service", observed, One, "NAME[:PORT]", "This service; - is an unknown one.", func(b *builder, v []string) (tree.Cond, error) {
		name, port, both := strings.Cut(v[0], ":")
		if !both {
			return b.serviceText(&name, nil, nil, nil)
		}
		return b.serviceText(&name, nil, nil, &port)
	}},
	{"product", observed, One, "[SERVICE:]PRODUCT[:PORT]", "A service of this product (the port needs all parts).", productFlag(false)},
	{"prodversion product-version", observed, One, "[[SERVICE:]PRODUCT:]VERSION[:PORT]", "A service of this version (the port needs all parts).", productFlag(true)},
	rxFlag("svchostname", observed, "NAME", "Name that a service gives itself.", func(b *builder, v tree.Value) (tree.Cond, error) { return b.serviceHostname(v), nil }),
	anyFlag("useragent", observed, "NAME", "A client with this user agent (or with any).", (*builder).userAgent),
	{"host", observed, One, "ADDRESS", "This address.", func(b *builder, v []string) (tree.Cond, error) {
		return addressFlag(v[0], func() (tree.Cond, error) { return b.hostText(v[0], false) })
	}},
	{"range", observed, Two, "FIRST LAST", "Addresses from FIRST to LAST.", func(b *builder, v []string) (tree.Cond, error) {
		return addressFlag(strings.Join(v, " "), func() (tree.Cond, error) {
			r, err := rangeOf(v[0], v[1])
			if err != nil {
				return nil, err
			}
			return b.inRange(r, false)
		})
	}},
	{"net", observed, One, "NETWORK", "Addresses in this network.", func(b *builder, v []string) (tree.Cond, error) {
		return addressFlag(v[0], func() (tree.Cond, error) { return b.network(v[0], false) })
	}},
	noFlag("ipv4", observed, "IPv4 addresses.", func(b *builder) (tree.Cond, error) { return b.ipv4(false) }),
	noFlag("ipv6", observed, "IPv6 addresses.", func(b *builder) (tree.Cond, error) { return b.ipv4(true) }),
	{"mac", observed, One, "ADDRESS", "This MAC address.", func(b *builder, v []string) (tree.Cond, error) {
		x, err := b.value(v[0], anyCase)
		if err != nil {
			return nil, err
		}
		return b.mac(x, false), nil
	}},
	rxFlag("hostname", observed, "NAME", "A name of the host.", func(b *builder, v tree.Value) (tree.Cond, error) { return b.hostname(v, false), nil }),
	rxFlag("domain", observed, "NAME", "A name of the host, or a domain that it is in.", func(b *builder, v tree.Value) (tree.Cond, error) { return b.domain(v, false), nil }),
	hasshFlag("hassh", "Algorithms of an SSH server or client (or any).", eitherSide),
	hasshFlag("hassh-server", "Algorithms of an SSH server (or any).", serverSide),
	hasshFlag("hassh-client", "Algorithms of an SSH client (or any).", clientSide),
	{"cert", observed, One, "HASH", "A certificate with this MD5, SHA-1 or SHA-256.", certFlag},
	noFlag("torcert", observed, "A certificate as Tor makes them.", func(b *builder) (tree.Cond, error) { return b.torCert(), nil }),
}

func categoryFlag(b *builder, v []string) (tree.Cond, error) {
	return b.category(texts(splitList(v[0])), false), nil
}

func hasshFlag(name, help string, s side) flagRow {
	return anyFlag(name, observed, "HASH", help, func(b *builder, v tree.Value, _ bool) (tree.Cond, error) { return b.hassh(s, v) })
}

var activeFlags = []flagRow{
	{"source", hosts, One, "NAME", "Where the scan was made from.", func(_ *builder, v []string) (tree.Cond, error) { return equals("source", v[0]), nil }},
	agoFlag("timeago", hosts, "Scanned within the last SECONDS.", true, false),
	agoFlag("no-timeago", hosts, "Not scanned within the last SECONDS.", true, true),
	rxFlag("no-hostname", hosts, "NAME", "No name of the host.", func(b *builder, v tree.Value) (tree.Cond, error) { return b.hostname(v, true), nil }),
	rxFlag("no-domain", hosts, "NAME", "No name of the host, and no domain that it is in.", func(b *builder, v tree.Value) (tree.Cond, error) { return b.domain(v, true), nil }),
	{"hop", hosts, One, "ADDRESS", "A router on the way to the host.", func(_ *builder, v []string) (tree.Cond, error) {
		return addressFlag(v[0], func() (tree.Cond, error) {
			a, err := parseAddress(v[0])
			return hop(tree.Addr(a), nil, false), err
		})
	}},
	{"not-port", hosts, One, "[PROTO/]N", "This port is not open.", func(b *builder, v []string) (tree.Cond, error) { return portFlag(b, v[0], true) }},
	fixedFlag("openport", hosts, "Some port is open.", func() tree.Cond { return anyOpen(false) }),
	fixedFlag("no-openport", hosts, "No port is open.", func() tree.Cond { return anyOpen(true) }),
	{"countports", hosts, Two, "MIN MAX", "From MIN to MAX ports are open.", func(_ *builder, v []string) (tree.Cond, error) { return countOpenTexts(v[0], v[1], false) }},
	{"no-countports", hosts, Two, "MIN MAX", "Less than MIN or more than MAX ports are open.", func(_ *builder, v []string) (tree.Cond, error) { return countOpenTexts(v[0], v[1], true) }},
	{"script", hosts, One, "ID[:OUTPUT]", "A result of this script.", func(b *builder, v []string) (tree.Cond, error) { return scriptText(b, v[0], false) }},
	{"no-script", hosts, One, "ID[:OUTPUT]", "No result of this script.", func(b *builder, v []string) (tree.Cond, error) { return scriptText(b, v[0], true) }},
	rxFlag("os", hosts, "NAME", "Operating system.", func(_ *builder, v tree.Value) (tree.Cond, error) { return operatingSystem(v), nil }),
	fixedFlag("anonftp", hosts, "FTP servers that let anybody in.", anonymousFTP),
	fixedFlag("anonldap", hosts, "LDAP servers that let anybody in.", anonymousLDAP),
	fixedFlag("authhttp", hosts, "Web servers with a default password.", defaultPassword),
	fixedFlag("authbypassvnc", hosts, "VNC servers whose authentication can be bypassed.", vncBypass),
	fixedFlag("ypserv nis", hosts, "NIS servers.", nis),
	fixedFlag("nfs", hosts, "NFS servers.", nfs),
	fixedFlag("xp445", hosts, "Windows XP with TCP port 445 open.", windowsXP445),
	fixedFlag("owa", hosts, "Outlook on the web.", outlookWeb),
	fixedFlag("x11", hosts, "X11 servers that let anybody in.", openX11),
	{"httphdr", hosts, One, "[NAME[:VALUE]]", "An HTTP header; an empty text is any.", func(b *builder, v []string) (tree.Cond, error) {
		return pairText(b, v[0], lowered, httpHeader)
	}},
	{"httpapp", hosts, One, "[NAME[:VERSION]]", "A web application; an empty text is any.", func(b *builder, v []string) (tree.Cond, error) {
		return pairText(b, strings.TrimSuffix(v[0], ":"), asWritten, httpApp)
	}},
	fixedFlag("vuln-boa vuln-intersil", hosts, "Boa HTTPd in vulnerable versions.", intersil),
	rxFlag("sshkey", hosts, "FINGERPRINT", "An SSH host key.", func(b *builder, v tree.Value) (tree.Cond, error) { return b.sshKey(sshKey{fingerprint: v}) }),
}

var viewFlags = []flagRow{
	{"tag", view, One, "[!]VALUE[:INFO]", "A tag; an empty text is hosts without one.", tagFlag},
	{"country", view, One, "CC[,CC...]", "One of these countries.", func(b *builder, v []string) (tree.Cond, error) {
		return b.country(texts(splitList(v[0])), false)
	}},
	rxFlag("asname", view, "NAME", "Name of the autonomous system.", func(b *builder, v tree.Value) (tree.Cond, error) { return b.asName(v, false), nil }),
	{"asnum", view, One, "[!]N[,N...]", "Number of the autonomous system.", func(b *builder, v []string) (tree.Cond, error) {
		s, neg := cutNegation(v[0])
		return b.asNumber(splitList(s), neg)
	}},
	{"search", view, One, "TEXT", "Words anywhere in the record.", func(b *builder, v []string) (tree.Cond, error) { return b.search(v[0]) }},
	ja3ServerFlag(view),
	ja3ClientFlag(view),
	ja4ClientFlag(view),
	rawJA4Flag(view),
}

var passiveFlags = []flagRow{
	{"sensor", passive, One, "NAME[,NAME...]", "One of these sensors.", func(_ *builder, v []string) (tree.Cond, error) {
		return match("sensor", texts(splitList(v[0]))), nil
	}},
	rxFlag("dns", passive, "NAME", "DNS answers for this name.", func(_ *builder, v tree.Value) (tree.Cond, error) {
		return dnsAnswer(v, "", false, false, false), nil
	}),
	rxFlag("dnssub", passive, "NAME", "DNS answers for names in this domain.", func(_ *builder, v tree.Value) (tree.Cond, error) {
		return dnsAnswer(v, "", false, true, false), nil
	}),
	{"dnstype", passive, One, "TYPE", "DNS answers of this type.", func(_ *builder, v []string) (tree.Cond, error) {
		return dnsAnswer(nil, v[0], false, false, false), nil
	}},
	fixedFlag("basicauth", passive, "HTTP basic authentication.", basicAuth),
	fixedFlag("auth", passive, "HTTP authentication.", func() tree.Cond { return authHeader(nil) }),
	fixedFlag("ftp", passive, "FTP authentication.", ftpAuth),
	fixedFlag("pop", passive, "POP authentication.", popAuth),
	noFlag("java", passive, "Java user agents.", (*builder).javaUserAgent),
	agoFlag("timeago", passive, "Seen within the last SECONDS.", false, false),
	agoFlag("no-timeago", passive, "Not seen within the last SECONDS.", false, true),
	agoFlag("timeagonew", passive, "Seen for the first time within the last SECONDS.", true, false),
	agoFlag("no-timeagonew", passive, "Seen for the first time before the last SECONDS.", true, true),
	ja3ServerFlag(passive),
	ja3ClientFlag(passive),
	ja4ClientFlag(passive),
	rawJA4Flag(passive),
}

func ja3ServerFlag(dbs dbSet) flagRow {
	return flagRow{"ssl-ja3-server", dbs, Optional, "[SERVER][:CLIENT]", "JA3 of a TLS server, and of its client (or any).", func(b *builder, v []string) (tree.Cond, error) {
		return ja3ServerText(b, strings.Join(v, ""), false)
	}}
}

func ja3ClientFlag(dbs dbSet) flagRow {
	return anyFlag("ssl-ja3-client", dbs, "HASH", "JA3 of a TLS client (or any).", (*builder).ja3Client)
}

func ja4ClientFlag(dbs dbSet) flagRow {
	return anyFlag("ssl-ja4-client", dbs, "JA4", "JA4 of a TLS client (or any).", func(b *builder, v tree.Value, neg bool) (tree.Cond, error) {
		return b.ja4Client([]member{{"ja4", v}}, neg), nil
	})
}

func rawJA4Flag(dbs dbSet) flagRow {
	return flagRow{"ssl-ja4-client-raw", dbs, Optional, "RAW", "Raw JA4 of a TLS client (or any).", func(b *builder, v []string) (tree.Cond, error) {
		if len(v) == 0 {
			return b.ja4Client(nil, false), nil
		}
		members, err := rawJA4(v[0])
		return b.ja4Client(members, false), err
	}}
}
