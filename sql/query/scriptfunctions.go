package query

import (
	"fmt"
	"slices"
	"strings"

	"ivre/ingest/host"
	"ivre/sql/tree"
)

var scriptFunctions = map[string]function{
	"script":      {args: argNames("name output values neg"), make: scriptFunction},
	"cert":        {args: argNames("keytype md5 sha1 sha256 subject issuer self_signed pkmd5 pksha1 pksha256 cacert neg"), make: certFunction},
	"certsubject": {args: argNames("expr issuer"), make: certNameFunction("subject")},
	"certissuer":  {args: argNames("expr"), make: certNameFunction("issuer")},
	"file": {args: argNames("fname scripts"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		switch {
		case a.has("scripts") && a.has("fname"):
			return same("ports.scripts", oneOf("id", a.texts("scripts")...), match(fileName, a.value("fname"))), nil
		case a.has("scripts"):
			return same("ports.scripts", oneOf("id", a.texts("scripts")...), tree.Exists{Field: fileName}), nil
		case a.has("fname"):
			return match("ports.scripts."+fileName, a.value("fname")), nil
		}
		return tree.Exists{Field: "ports.scripts." + fileName}, nil
	}},
	"vuln": {args: argNames("vulnid state"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		var id, state tree.Value
		if a.has("vulnid") {
			id = a.value("vulnid")
		}
		if a.has("state") {
			state = a.value("state")
		}
		return vuln(id, state, id != nil, state != nil), nil
	}},
	"httphdr": {args: argNames("name value"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		return a.items("http-headers", "name", "name", "value", "value"), nil
	}},
	"httpapp": {args: argNames("name version"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		return a.items("http-app", "name", "application", "version", "version"), nil
	}},
	"smb":  {args: argNames("*"), make: func(b *builder, a *arguments) (tree.Cond, error) { return a.keys("smb-os-discovery", smbKeys) }},
	"ntlm": {args: argNames("*"), make: func(b *builder, a *arguments) (tree.Cond, error) { return a.keys("ntlm-info", NTLMKeys) }},
	"smbshares": {args: argNames("access hidden"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		var hidden *bool
		if a.has("hidden") {
			v := a.flag("hidden", false)
			hidden = &v
		}
		return smbShares(a.textOr("access", ""), hidden)
	}},
	"useragent": {args: argNames("useragent neg"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		if !a.has("useragent") {
			return negate(hasScript("http-user-agent"), a.neg()), nil
		}
		return negate(script("http-user-agent", match("http-user-agent", a.value("useragent"))), a.neg()), nil
	}},
	"jarm": {args: argNames("value neg"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		if !a.has("value") {
			return negate(hasScript("ssl-jarm"), a.neg()), nil
		}
		return negate(script("ssl-jarm", match("ssl-jarm", a.lowered("value"))), a.neg()), nil
	}},
	"sshkey": {args: argNames("fingerprint key keytype bits output"), make: sshKeyFunction},
	"hassh": {args: argNames("value_or_hash server"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		side := ""
		if a.has("server") {
			if side = "client"; a.flag("server", false) {
				side = "server"
			}
		}
		var conds []tree.Cond
		if a.has("value_or_hash") {
			conds = append(conds, Fingerprint("ssh2-enum-algos.hassh.", a.value("value_or_hash")))
		}
		return hassh(side, conds), nil
	}},
	"ja3client": {args: argNames("value_or_hash neg"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		if !a.has("value_or_hash") {
			return negate(hasScript("ssl-ja3-client"), a.neg()), nil
		}
		return negate(script("ssl-ja3-client", Fingerprint("ssl-ja3-client.", a.value("value_or_hash"))), a.neg()), nil
	}},
	"ja3server": {args: argNames("value_or_hash client_value_or_hash neg"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		var conds []tree.Cond
		if a.has("value_or_hash") {
			conds = append(conds, Fingerprint("", a.value("value_or_hash")))
		}
		if a.has("client_value_or_hash") {
			conds = append(conds, Fingerprint("client.", a.value("client_value_or_hash")))
		}
		return negate(listItem("ssl-ja3-server", conds), a.neg()), nil
	}},
	"ja4client": {args: argNames("value raw ja4_a ja4_b ja4_c ja4_b_raw ja4_c_raw ja4_c1_raw ja4_c2_raw neg"), make: ja4Function},
	"dnssrv": {args: argNames("domain sub"), make: func(b *builder, a *arguments) (tree.Cond, error) {
		v := a.value("domain")
		if a.flag("sub", false) {
			return script("dns-domains", match("dns-domains.parents", v)), nil
		}
		return script("dns-domains", same("dns-domains", match("domain", v), match("parents", v))), nil
	}},
	"httpauth": {args: argNames("newscript oldscript"), make: httpAuthFunction},
}

// items is a condition on one item of a list in a script's result; arguments that are missing do not constrain.
func (a *arguments) items(id, arg1, key1, arg2, key2 string) tree.Cond {
	var conds []tree.Cond
	if a.has(arg1) {
		v := a.value(arg1)
		if t, ok := v.(tree.Text); ok && id == "http-headers" {
			v = tree.Text(strings.ToLower(string(t)))
		}
		conds = append(conds, match(key1, v))
	}
	if a.has(arg2) {
		conds = append(conds, match(key2, a.value(arg2)))
	}
	return listItem(id, conds)
}

// keys are conditions on members of one script's result.
func (a *arguments) keys(id string, names map[string]string) (tree.Cond, error) {
	var conds []tree.Cond
	args := make([]string, 0, len(a.values))
	for key := range a.values {
		args = append(args, key)
	}
	slices.Sort(args)
	for _, key := range args {
		if key == "*" {
			return nil, fmt.Errorf("the arguments need names")
		}
		conds = append(conds, keyed(id, names, key, a.value(key)))
	}
	if conds == nil {
		return hasScript(id), nil
	}
	return script(id, conds...), nil
}

func scriptFunction(_ *builder, a *arguments) (tree.Cond, error) {
	if !a.has("name") && !a.has("output") && !a.has("values") {
		return negate(tree.Exists{Field: "ports.scripts"}, a.neg()), nil
	}
	var conds []tree.Cond
	if a.has("name") {
		if !a.has("output") && !a.has("values") {
			return negate(match("ports.scripts.id", a.value("name")), a.neg()), nil
		}
		conds = append(conds, match("id", a.value("name")))
	}
	if a.has("output") {
		conds = append(conds, match("output", a.value("output")))
	}
	if a.has("values") {
		key, err := a.sharedKey()
		if err != nil {
			return nil, err
		}
		c, err := a.structured(key)
		if err != nil {
			return nil, err
		}
		conds = append(conds, c...)
	}
	return negate(same("ports.scripts", conds...), a.neg()), nil
}

// sharedKey is the name of the structured result of the scripts that are named.
func (a *arguments) sharedKey() (string, error) {
	var key string
	switch a.decode(a.values["name"]).(type) {
	case tree.Text, tree.List:
	default:
		return "", fmt.Errorf("values needs the name of a script")
	}
	for _, id := range a.texts("name") {
		k := host.DataKey(id)
		if key != "" && k != key {
			return "", fmt.Errorf("values needs scripts that share the form of their results")
		}
		key = k
	}
	return key, nil
}

// structured are the conditions on a script's structured result: on its members, or on the result itself.
func (a *arguments) structured(key string) ([]tree.Cond, error) {
	o, ok := a.values["values"].(map[string]any)
	if !ok || len(o) == 2 && o["f"] != nil && o["a"] != nil {
		return []tree.Cond{match(key, a.value("values"))}, nil
	}
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	var conds, inItem []tree.Cond
	for _, name := range names {
		v := a.decode(o[name])
		if v == nil {
			return nil, fmt.Errorf("values: %s is no value to compare with", short(o[name]))
		}
		conds = append(conds, match(key+"."+name, v))
		inItem = append(inItem, match(name, v))
	}
	if len(conds) < 2 {
		return conds, nil
	}
	return []tree.Cond{same(key, inItem...)}, nil
}

func certFunction(_ *builder, a *arguments) (tree.Cond, error) {
	id := "ssl-cert"
	if a.flag("cacert", false) {
		id = "ssl-cacert"
	}
	var conds []tree.Cond
	for _, x := range [][2]string{{"md5", "md5"}, {"sha1", "sha1"}, {"sha256", "sha256"}, {"pkmd5", "pubkey.md5"}, {"pksha1", "pubkey.sha1"}, {"pksha256", "pubkey.sha256"}} {
		if a.has(x[0]) {
			conds = append(conds, match(x[1], a.lowered(x[0])))
		}
	}
	if a.has("keytype") {
		conds = append(conds, match("pubkey.type", a.value("keytype")))
	}
	if a.has("self_signed") {
		conds = append(conds, tree.Test{Field: "self_signed", Op: tree.Eq, Value: tree.Bool(a.flag("self_signed", false))})
	}
	for _, name := range []string{"subject", "issuer"} {
		if a.has(name) {
			conds = append(conds, a.distinguished(name)...)
		}
	}
	return negate(listItemOf(id, "ssl-cert", conds), a.neg()), nil
}

// certNameFunction is cert for a subject or an issuer that is called expr.
func certNameFunction(name string) func(*builder, *arguments) (tree.Cond, error) {
	return func(b *builder, a *arguments) (tree.Cond, error) {
		if !a.has("expr") {
			return nil, fmt.Errorf("expr is missing")
		}
		a.values[name] = a.values["expr"]
		return certFunction(b, a)
	}
}

// listItemOf is listItem for a script whose result has another name.
func listItemOf(id, key string, conds []tree.Cond) tree.Cond {
	if len(conds) == 0 {
		return hasScript(id)
	}
	return script(id, same(key, conds...))
}

// distinguished are the conditions on a subject or issuer: on its text, or on attributes. Names that no attribute can
// have are skipped.
func (a *arguments) distinguished(name string) []tree.Cond {
	o, ok := a.values[name].(map[string]any)
	if !ok || o["f"] != nil && o["a"] != nil {
		return []tree.Cond{match(name+"_text", a.value(name))}
	}
	conds := []tree.Cond{}
	keys := make([]string, 0, len(o))
	for k := range o {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if k == "" || strings.ContainsFunc(k, notInAttribute) {
			continue
		}
		v := a.decode(o[k])
		if v == nil {
			a.fail(name, "an object of texts, numbers or regular expressions")
		}
		conds = append(conds, match(name+"."+k, v))
	}
	if len(conds) == 0 {
		conds = append(conds, tree.Exists{Field: name + "_text"})
	}
	return conds
}

func notInAttribute(r rune) bool {
	return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

func sshKeyFunction(_ *builder, a *arguments) (tree.Cond, error) {
	var inItem, conds []tree.Cond
	for _, x := range [][2]string{{"fingerprint", "fingerprint"}, {"key", "key"}, {"keytype", "type"}, {"bits", "bits"}} {
		arg, key := x[0], x[1]
		if !a.has(arg) {
			continue
		}
		v := a.value(arg)
		switch t, _ := v.(tree.Text); {
		case arg == "fingerprint" && t != "":
			v = tree.Text(strings.ToLower(strings.ReplaceAll(string(t), ":", "")))
		case arg == "keytype" && t != "":
			v = tree.Text("ssh-" + string(t))
		}
		inItem = append(inItem, match(key, v))
	}
	if inItem != nil {
		conds = append(conds, same("ssh-hostkey", inItem...))
	}
	if a.has("output") {
		conds = append(conds, match("output", a.value("output")))
	}
	if conds == nil {
		return hasScript("ssh-hostkey"), nil
	}
	return script("ssh-hostkey", conds...), nil
}

func ja4Function(_ *builder, a *arguments) (tree.Cond, error) {
	var conds []tree.Cond
	if a.has("value") {
		conds = append(conds, match("ja4", a.value("value")))
	}
	for _, key := range []string{"ja4_a", "ja4_b", "ja4_c", "ja4_b_raw", "ja4_c1_raw", "ja4_c2_raw"} {
		if a.has(key) {
			conds = append(conds, match(key, a.value(key)))
		}
	}
	if a.has("ja4_c_raw") {
		conds = append(conds, rawExtensions(a.text("ja4_c_raw"))...)
	}
	if a.has("raw") { // a_b-raw_c1-raw[_c2-raw]
		conds = append(conds, rawJA4(a.text("raw"))...)
	}
	return negate(listItem("ssl-ja4-client", conds), a.neg()), nil
}

func rawExtensions(s string) []tree.Cond {
	c1, c2, _ := strings.Cut(s, "_")
	return []tree.Cond{equals("ja4_c1_raw", c1), equals("ja4_c2_raw", c2)}
}

func rawJA4(s string) []tree.Cond {
	parts := strings.SplitN(s, "_", 3)
	conds := []tree.Cond{equals("ja4_a", parts[0]), equals("ja4_b_raw", at(parts, 1))}
	return append(conds, rawExtensions(at(parts, 2))...)
}

func httpAuthFunction(_ *builder, a *arguments) (tree.Cond, error) {
	old := match("output", known("HTTP server may accept", tree.Flags{}))
	switch newScript, oldScript := a.flag("newscript", true), a.flag("oldscript", false); {
	case newScript && oldScript:
		return same("ports.scripts", match("id", known("^http-(default-accounts|auth)$", tree.Flags{})),
			tree.Or{match("output", known("credentials found", tree.Flags{})), old}), nil
	case oldScript:
		return script("http-auth", old), nil
	case newScript:
		return plain["authhttp"](), nil
	}
	return nil, fmt.Errorf("neither script is to be looked at")
}
