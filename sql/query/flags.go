package query

import (
	"strconv"
	"strings"

	"ivre/sql/tree"
)

// Arity is how many values a flag of the command line takes.
type Arity uint8

// The arities.
const (
	None     Arity = iota
	One            // exactly one
	Two            // exactly two
	Optional       // one or none
	Many           // one or more
)

// Flag is a filter flag of the command line.
type Flag struct {
	Name        string // without dashes
	Aliases     []string
	ViewOnly    bool
	Args        Arity
	Placeholder string
	Help        string
	make        func(b *builder, v []string) (tree.Cond, error)
}

// Flags lists the filter flags of a database's commands in the order of their help.
func Flags(db Database) []Flag {
	var out []Flag
	for _, f := range flags {
		if !f.ViewOnly || db == View {
			out = append(out, f)
		}
	}
	return out
}

// FlagCond makes the condition of a flag. Regular expressions have no budget there.
func FlagCond(f Flag, values []string, opt Options) (tree.Cond, error) {
	b := &builder{opt: opt}
	c, err := f.make(b, values)
	if err != nil {
		return nil, fail("--"+f.Name, "%v", err)
	}
	return c, nil
}

// wordFlag has the meaning of a word of the query language.
func wordFlag(name, param, placeholder, help string, args Arity) Flag {
	return Flag{Name: name, Args: args, Placeholder: placeholder, Help: help, make: func(b *builder, v []string) (tree.Cond, error) {
		return b.flagWord(param, v, false)
	}}
}

// notWordFlag has the meaning of a negated word.
func notWordFlag(name, param, placeholder, help string) Flag {
	return Flag{Name: name, Args: One, Placeholder: placeholder, Help: help, make: func(b *builder, v []string) (tree.Cond, error) {
		return b.flagWord(param, v, true)
	}}
}

func (b *builder) flagWord(param string, v []string, neg bool) (tree.Cond, error) {
	w := Word{Param: param, Neg: neg}
	if len(v) > 0 {
		w.Value, w.HasValue = v[0], true
	}
	c, used, err := b.word(w)
	if err == nil && !used {
		err = fail("", "%q makes no sense here", w.Value)
	}
	return c, err
}

func aliased(f Flag, aliases ...string) Flag {
	f.Aliases = aliases
	return f
}

func viewOnly(f Flag) Flag {
	f.ViewOnly = true
	return f
}

var flags []Flag

func init() { // the functions refer to the table of words
	flags = []Flag{
		{Name: "id", Args: Many, Placeholder: "ID ...", Help: "These records.", make: func(_ *builder, v []string) (tree.Cond, error) { return recordIDs(v) }},
		{Name: "no-id", Args: Many, Placeholder: "ID ...", Help: "All records but these.", make: func(_ *builder, v []string) (tree.Cond, error) {
			c, err := recordIDs(v)
			return negate(c, true), err
		}},
		aliased(Flag{Name: "version", Args: One, Placeholder: "N", Help: "Version of the record's form.", make: func(_ *builder, v []string) (tree.Cond, error) {
			n, err := strconv.ParseInt(v[0], 10, 64)
			if err != nil {
				return nil, fail("", "%q is not a whole number", v[0])
			}
			return number("schema_version", n), nil
		}}, "schema-version"),
		wordFlag("host", "host", "ADDRESS", "This address.", One),
		{Name: "range", Args: Two, Placeholder: "FIRST LAST", Help: "Addresses from FIRST to LAST.", make: func(_ *builder, v []string) (tree.Cond, error) {
			r, err := parseRange(v[0] + "," + v[1])
			return inRange(r, false), err
		}},
		wordFlag("net", "net", "NETWORK", "Addresses in this network.", One),
		wordFlag("ipv4", "ipv4", "", "IPv4 addresses.", None),
		wordFlag("ipv6", "ipv6", "", "IPv6 addresses.", None),
		{Name: "mac", Args: One, Placeholder: "RX", Help: "MAC address.", make: func(b *builder, v []string) (tree.Cond, error) {
			x, err := b.rx(v[0])
			if err == nil {
				x, err = b.lower(x)
			}
			return match("addresses.mac", x), err
		}},
		wordFlag("hostname", "hostname", "RX", "A name of the host.", One),
		wordFlag("domain", "domain", "RX", "A name of the host, or a domain that it is in.", One),
		notWordFlag("no-hostname", "hostname", "RX", "No name of the host."),
		notWordFlag("no-domain", "domain", "RX", "No domain of the host."),
		{Name: "category", Args: One, Placeholder: "CAT[,CAT...]", Help: "One of these categories.", make: func(_ *builder, v []string) (tree.Cond, error) {
			return match("categories", textsOf(splitList(v[0]))), nil
		}},
		{Name: "source", Args: One, Placeholder: "NAME", Help: "Where the scan was made from.", make: func(_ *builder, v []string) (tree.Cond, error) { return equals("source", v[0]), nil }},
		{Name: "timeago", Args: One, Placeholder: "SECONDS", Help: "Scanned within the last SECONDS.", make: agoFlag(false)},
		{Name: "no-timeago", Args: One, Placeholder: "SECONDS", Help: "Not scanned within the last SECONDS.", make: agoFlag(true)},
		{Name: "port", Args: One, Placeholder: "[PROTO/]N", Help: "This port is open.", make: portFlag(false)},
		{Name: "not-port", Args: One, Placeholder: "[PROTO/]N", Help: "This port is not open.", make: portFlag(true)},
		wordFlag("openport", "openport", "", "Some port is open.", None),
		{Name: "no-openport", Help: "No port is open.", make: func(b *builder, _ []string) (tree.Cond, error) { return b.flagWord("openport", nil, true) }},
		{Name: "countports", Args: Two, Placeholder: "MIN MAX", Help: "The number of open ports.", make: countFlag(false)},
		{Name: "no-countports", Args: Two, Placeholder: "MIN MAX", Help: "The number of open ports is outside.", make: countFlag(true)},
		wordFlag("service", "service", "SERVICE[:PORT]", "Name of a service; - for an unknown one.", One),
		{Name: "product", Args: One, Placeholder: "[SERVICE:]PRODUCT[:PORT]", Help: "Product behind a port.", make: func(b *builder, v []string) (tree.Cond, error) { return b.productFlag(v[0], false) }},
		aliased(Flag{Name: "prodversion", Args: One, Placeholder: "[[SERVICE:]PRODUCT:]VERSION[:PORT]", Help: "Version of a product.", make: func(b *builder, v []string) (tree.Cond, error) { return b.productFlag(v[0], true) }}, "product-version"),
		{Name: "svchostname", Args: One, Placeholder: "RX", Help: "Name that a service gives itself.", make: func(b *builder, v []string) (tree.Cond, error) {
			x, err := b.rx(v[0])
			return match("ports.service_hostname", x), err
		}},
		wordFlag("os", "os", "RX", "Operating system.", One),
		wordFlag("script", "script", "ID[:OUTPUT]", "Result of a script.", One),
		notWordFlag("no-script", "script", "ID[:OUTPUT]", "No such result of a script."),
		{Name: "cert", Args: One, Placeholder: "HASH", Help: "Certificate with this MD5, SHA-1 or SHA-256.", make: certFlag},
		wordFlag("torcert", "torcert", "", "Certificate as Tor makes them.", None),
		{Name: "sshkey", Args: One, Placeholder: "RX", Help: "Fingerprint of an SSH host key.", make: func(b *builder, v []string) (tree.Cond, error) {
			x, err := b.rx(v[0])
			return sshKey("fingerprint", x), err
		}},
		wordFlag("hassh", "hassh", "[HASH]", "Key exchange of an SSH server or client.", Optional),
		wordFlag("hassh-server", "hassh-server", "[HASH]", "Key exchange of an SSH server.", Optional),
		wordFlag("hassh-client", "hassh-client", "[HASH]", "Key exchange of an SSH client.", Optional),
		wordFlag("useragent", "useragent", "[RX]", "User agent seen from the host.", Optional),
		{Name: "httphdr", Args: One, Placeholder: "[NAME[:VALUE]]", Help: "HTTP header; an empty text: any.", make: itemFlag("httphdr", "http-headers")},
		{Name: "httpapp", Args: One, Placeholder: "[APP[:VERSION]]", Help: "Web application; an empty text: any.", make: itemFlag("httpapp", "http-app")},
		wordFlag("hop", "hop", "ADDRESS", "Router on the way to the host.", One),
		wordFlag("anonftp", "anonftp", "", "FTP servers that let anybody in.", None),
		wordFlag("anonldap", "anonldap", "", "LDAP servers that let anybody in.", None),
		wordFlag("authhttp", "authhttp", "", "Web servers with default passwords.", None),
		wordFlag("authbypassvnc", "authbypassvnc", "", "VNC servers whose authentication can be bypassed.", None),
		aliased(wordFlag("ypserv", "nis", "", "NIS servers.", None), "nis"),
		wordFlag("nfs", "nfs", "", "NFS servers.", None),
		wordFlag("x11", "x11open", "", "X11 servers that let anybody in.", None),
		wordFlag("xp445", "xp445", "", "Windows XP with port 445 open.", None),
		wordFlag("owa", "owa", "", "Outlook Web App.", None),
		aliased(Flag{Name: "vuln-boa", Help: "Vulnerable versions of Boa HTTPd.", make: func(*builder, []string) (tree.Cond, error) { return intersil(), nil }}, "vuln-intersil"),
		viewOnly(Flag{Name: "tag", Args: One, Placeholder: "[!]VALUE[:INFO]", Help: "Tag; an empty text: no tag at all.", make: func(b *builder, v []string) (tree.Cond, error) {
			if v[0] == "" {
				return b.flagWord("tag", nil, true)
			}
			rest, neg := cutNegation(v[0])
			return b.flagWord("tag", []string{rest}, neg)
		}}),
		viewOnly(wordFlag("country", "country", "CC[,CC...]", "Country, by its code.", One)),
		viewOnly(wordFlag("asname", "asname", "RX", "Name of the autonomous system.", One)),
		viewOnly(Flag{Name: "asnum", Args: One, Placeholder: "[!]N[,N...]", Help: "Number of the autonomous system.", make: func(b *builder, v []string) (tree.Cond, error) {
			rest, neg := cutNegation(v[0])
			return b.flagWord("asnum", []string{rest}, neg)
		}}),
		wordFlag("search", "search", "TEXT", "Words anywhere in the record.", One),
		wordFlag("ssl-ja3-server", "ssl-ja3-server", "[SERVER[:CLIENT]]", "JA3 fingerprint of a TLS server.", Optional),
		wordFlag("ssl-ja3-client", "ssl-ja3-client", "[HASH]", "JA3 fingerprint of a TLS client.", Optional),
		wordFlag("ssl-ja4-client", "ssl-ja4-client", "[JA4]", "JA4 fingerprint of a TLS client.", Optional),
		{Name: "ssl-ja4-client-raw", Args: Optional, Placeholder: "[RAW]", Help: "Raw JA4 fingerprint of a TLS client.", make: func(b *builder, v []string) (tree.Cond, error) {
			if len(v) == 0 {
				return hasScript("ssl-ja4-client"), nil
			}
			return listItem("ssl-ja4-client", rawJA4(v[0])), nil
		}},
	}
}

func cutNegation(s string) (rest string, neg bool) {
	if strings.HasPrefix(s, "!") || strings.HasPrefix(s, "-") {
		return s[1:], true
	}
	return s, false
}

func agoFlag(neg bool) func(*builder, []string) (tree.Cond, error) {
	return func(b *builder, v []string) (tree.Cond, error) { return b.flagWord("timeago", v, neg) }
}

func portFlag(neg bool) func(*builder, []string) (tree.Cond, error) {
	return func(_ *builder, v []string) (tree.Cond, error) {
		p, ok := parsePort(v[0])
		if !ok || p.port > 65535 {
			return nil, fail("", "Invalid port ['%s']!", v[0])
		}
		return negate(p.open(), neg), nil
	}
}

func countFlag(neg bool) func(*builder, []string) (tree.Cond, error) {
	return func(_ *builder, v []string) (tree.Cond, error) {
		lo, err1 := strconv.ParseInt(v[0], 10, 64)
		hi, err2 := strconv.ParseInt(v[1], 10, 64)
		if err1 != nil || err2 != nil {
			return nil, fail("", "%s %s are not two numbers", v[0], v[1])
		}
		return countOpen(&lo, &hi, neg)
	}
}

// productFlag reads [SERVICE:]PRODUCT[:PORT] or [[SERVICE:]PRODUCT:]VERSION[:PORT].
func (b *builder) productFlag(s string, version bool) (tree.Cond, error) {
	most := 2
	fields := []string{"service_product"}
	if version {
		most, fields = 3, []string{"service_version"}
	}
	parts := strings.SplitN(s, ":", most+1)
	switch n := min(len(parts), most); {
	case n == most:
		return b.services(parts[:most], at(parts, most))
	case n == 2: // PRODUCT:VERSION
		fields = serviceParts[1:]
	}
	var conds []tree.Cond
	for i, p := range parts {
		v, err := b.part(p)
		if err != nil {
			return nil, err
		}
		if len(parts) == 1 {
			return matchOrAbsent("ports."+fields[i], v), nil
		}
		conds = append(conds, matchOrAbsent(fields[i], v))
	}
	return same("ports", conds...), nil
}

func certFlag(_ *builder, v []string) (tree.Cond, error) {
	s := strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(v[0]))
	hash, ok := map[int]string{32: "md5", 40: "sha1", 64: "sha256"}[len(s)]
	if !ok || strings.Trim(s, "0123456789abcdef") != "" {
		return nil, fail("", "Expected hash value, got '%s'", v[0])
	}
	return script("ssl-cert", equals("ssl-cert."+hash, s)), nil
}

// itemFlag is a word whose empty value means that the script is there.
func itemFlag(param, id string) func(*builder, []string) (tree.Cond, error) {
	return func(b *builder, v []string) (tree.Cond, error) {
		if v[0] == "" {
			return hasScript(id), nil
		}
		return b.flagWord(param, v, false)
	}
}
