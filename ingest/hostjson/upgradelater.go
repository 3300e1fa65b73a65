package hostjson

import (
	"slices"
	"strings"

	"ivre/ingest/host"
)

// The steps from version 12 on; see upgrade.go.

// upgradeTo12 makes lists of the results of fcrdns and rpcinfo.
func upgradeTo12(_ *Options, rec *host.Object) {
	for _, s := range scripts(rec) {
		change(s, "fcrdns", func(v host.Value) host.Value {
			return listByName(v, "name", func(key string) string { return strings.ReplaceAll(key, "_", ".") })
		})
		change(s, "rpcinfo", rpcPrograms)
	}
}

// rpcPrograms makes a list of {program: {protocol: {port, version, ...}}}.
func rpcPrograms(v host.Value) host.Value {
	programs, ok := v.(*host.Object)
	if !ok {
		return v
	}
	list := host.List{}
	for _, program := range programs.Members {
		protocols, _ := program.Value.(*host.Object)
		for i := range protocols.Len() {
			protocol := &protocols.Members[i]
			if o, ok := protocol.Value.(*host.Object); ok {
				change(o, "port", number)
				list = append(list, withFirst("program", number(program.Key), withFirst("protocol", protocol.Key, o)))
			}
		}
	}
	return list
}

// upgradeTo13 makes lists of the results of ms-sql-info and of the shares of smb-enum-shares.
func upgradeTo13(_ *Options, rec *host.Object) {
	for _, s := range scripts(rec) {
		change(s, "ms-sql-info", func(v host.Value) host.Value {
			return listByName(v, "Instance", func(key string) string { return strings.ReplaceAll(key, "_", ".") })
		})
		change(s, "smb-enum-shares", smbShares)
	}
}

// smbShares puts the shares, members whose names start with \\, in a list under "shares", sorted by name.
func smbShares(v host.Value) host.Value {
	o, ok := v.(*host.Object)
	if !ok || o.Len() == 0 {
		return v
	}
	var shares []*host.Object
	out := &host.Object{}
	for _, m := range o.Members {
		share, isObject := m.Value.(*host.Object)
		switch {
		case isObject && strings.HasPrefix(m.Key, `\\`):
			shares = append(shares, withFirst("Share", shareName(m.Key), share))
		case m.Key == "shares":
			shares = append(shares, objects(o, "shares")...)
		default:
			out.Members = append(out.Members, m)
		}
	}
	slices.SortStableFunc(shares, func(a, b *host.Object) int { return strings.Compare(a.Text("Share"), b.Text("Share")) })
	list := host.List{}
	for _, s := range shares {
		list = append(list, s)
	}
	out.Members = append(out.Members, host.Member{Key: "shares", Value: list})
	return out
}

// shareName gives the server's name in \\server\share its dots back.
func shareName(s string) string {
	server, share, ok := strings.Cut(s[len(`\\`):], `\`)
	if !ok {
		return s
	}
	return `\\` + strings.ReplaceAll(server, "_", ".") + `\` + share
}

// upgradeTo14 makes numbers of the lengths of SSH keys, and drops the sizes of directories.
func upgradeTo14(_ *Options, rec *host.Object) {
	for _, s := range scripts(rec) {
		for _, key := range objects(s, "ssh-hostkey") {
			change(key, "bits", number)
		}
		listedFiles(s, false)
	}
}

// upgradeTo15 makes a list of the results of http-git.
func upgradeTo15(_ *Options, rec *host.Object) {
	for _, s := range scriptsWithID(rec, "http-git") {
		change(s, "http-git", func(v host.Value) host.Value {
			repositories := listByName(v, "repository", func(key string) string { return strings.ReplaceAll(key, "_", ".") })
			if _, isObject := v.(*host.Object); isObject {
				for _, r := range items(repositories) {
					change(r, "files-found", gitFiles)
					change(r, "interesting-matches", gitMatches)
				}
			}
			return repositories
		})
	}
}

// gitFiles lists the files that were found: {"_git/config": "true", "_gitignore": "false"}.
func gitFiles(v host.Value) host.Value {
	o, ok := v.(*host.Object)
	if !ok {
		return v
	}
	list := host.List{}
	for _, m := range o.Members {
		if m.Value == "true" || m.Value == true {
			list = append(list, gitFile(m.Key))
		}
	}
	return list
}

// gitMatches makes a list of {file: matches}.
func gitMatches(v host.Value) host.Value {
	o, ok := v.(*host.Object)
	if !ok {
		return v
	}
	list := host.List{}
	for _, m := range o.Members {
		list = append(list, host.NewObject("file", gitFile(m.Key), "matches", m.Value))
	}
	return list
}

// gitFile gives the name of a file its first dot back.
func gitFile(name string) string {
	if rest, ok := strings.CutPrefix(name, "_git"); ok {
		return ".git" + rest
	}
	return name
}

// upgradeTo16 makes lists of the results of http-server-header, of the output if there are none.
func upgradeTo16(_ *Options, rec *host.Object) {
	for _, s := range scriptsWithID(rec, "http-server-header") {
		v, _ := s.Get("http-server-header")
		switch header := v.(type) {
		case host.List:
			continue
		case string:
			v = host.List{header}
		case *host.Object:
			list := host.List{}
			if server, ok := header.Get("Server"); ok {
				list = append(list, server)
			}
			v = list
		default:
			list := host.List{}
			for line := range strings.Lines(s.Text("output")) {
				if server, ok := strings.CutPrefix(strings.TrimSpace(line), "Server:"); ok {
					list = append(list, strings.TrimSpace(server))
				}
			}
			v = list
		}
		s.Set("http-server-header", v)
	}
}

// upgradeTo17 makes lists of certificates, and reads them anew.
func upgradeTo17(opt *Options, rec *host.Object) {
	for _, s := range scripts(rec) {
		if host.DataKey(s.Text("id")) == "ssl-cert" {
			moveStructure(s)
			change(s, "ssl-cert", oneItem)
		}
	}
	opt.readCerts(rec)
}

// oneItem makes a list of an object.
func oneItem(v host.Value) host.Value {
	if _, ok := v.(*host.Object); ok {
		return host.List{v}
	}
	return v
}

// upgradeTo18 adds the fingerprint of SSH servers.
func upgradeTo18(_ *Options, rec *host.Object) {
	for _, s := range scriptsWithID(rec, "ssh2-enum-algos") {
		addHASSH(s)
	}
}

// upgradeTo19 takes what is known from NTLM out of smb-os-discovery, and gives the results of the scripts that talk
// NTLM a common name.
func upgradeTo19(_ *Options, rec *host.Object) {
	for _, p := range ports(rec) {
		list := objects(p, "scripts")
		out := make(host.List, 0, len(list))
		for _, s := range list {
			id := s.Text("id")
			if smb := object(s, "smb-os-discovery"); id == "smb-os-discovery" && smb.Len() > 0 {
				out = append(out, splitSMB(s, smb), ntlmOfSMB(smb))
				continue
			}
			if protocol, ok := strings.CutSuffix(id, "-ntlm-info"); ok && host.DataKey(id) == "ntlm-info" {
				renameNTLM(s, protocol)
			}
			out = append(out, s)
		}
		if len(out) > 0 {
			p.Set("scripts", out)
		}
	}
}

// upgradeTo20 makes a tag of synack_honeypot, a list of http-default-accounts, and gives results of Nuclei a common
// name. The version also adds tags that are computed from the rest of the record; that is left to the view.
func upgradeTo20(_ *Options, rec *host.Object) {
	if v, _ := rec.Delete("synack_honeypot"); v == true {
		tags, _ := rec.Get("tags")
		list, _ := tags.(host.List)
		rec.Set("tags", append(list, host.NewObject("value", "Honeypot", "type", "warning", "info", host.List{"SYN+ACK honeypot"})))
	}
	for _, s := range scripts(rec) {
		change(s, "http-default-accounts", func(v host.Value) host.Value {
			return listByName(v, "name", func(key string) string { return key })
		})
		if host.DataKey(s.Text("id")) == "nuclei" {
			moveStructure(s)
		}
	}
}

// upgradeTo21 makes the structure of ssl-jarm from its output.
func upgradeTo21(_ *Options, rec *host.Object) {
	for _, s := range scriptsWithID(rec, "ssl-jarm") {
		if jarm := strings.TrimSpace(s.Text("output")); jarm != "" {
			s.Set("ssl-jarm", jarm)
		}
	}
}

// upgradeTo22 drops the references to scans, and what was known of the address: that is the view's business.
func upgradeTo22(_ *Options, rec *host.Object) {
	rec.Delete("scanid")
	rec.Delete("infos")
}
