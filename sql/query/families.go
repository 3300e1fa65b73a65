package query

import (
	"strconv"
	"strings"

	"ivre/sql/tree"
)

// families are the words with parts in their names: cert.sha256:..., smb.os:..., ntlm.fqdn:....
var families = []family{
	{"cert.", true, certFamily("ssl-cert")},
	{"cacert.", true, certFamily("ssl-cacert")},
	{"sshkey.", false, sshKeyFamily},
	{"smb.", false, keyFamily("smb-os-discovery", smbKeys)},
	{"ntlm.", false, keyFamily("ntlm-info", NTLMKeys)},
	{"ike.", false, ikeFamily},
}

// certKeys are the members of a certificate by the names that words use; hashes are lower case.
var certKeys = map[string]struct {
	path string
	hash bool
}{
	"md5": {"md5", true}, "sha1": {"sha1", true}, "sha256": {"sha256", true},
	"subject": {"subject_text", false}, "issuer": {"issuer_text", false},
	"pkmd5": {"pubkey.md5", true}, "pksha1": {"pubkey.sha1", true}, "pksha256": {"pubkey.sha256", true},
	"pubkey.md5": {"pubkey.md5", true}, "pubkey.sha1": {"pubkey.sha1", true}, "pubkey.sha256": {"pubkey.sha256", true},
}

func certFamily(id string) func(*builder, string, Word) (tree.Cond, bool, error) {
	return func(b *builder, key string, w Word) (tree.Cond, bool, error) {
		if key == "self_signed" {
			if w.HasValue {
				return nil, false, nil
			}
			return script(id, tree.Test{Field: "ssl-cert.self_signed", Op: tree.Eq, Value: tree.Bool(!w.Neg)}), true, nil
		}
		k, ok := certKeys[key]
		if !ok {
			return nil, false, nil
		}
		if !w.HasValue {
			return nil, false, fail("", "a value is missing (%s:VALUE)", w.Param)
		}
		v, err := b.rx(w.Value)
		if err == nil && k.hash {
			v, err = b.lower(v)
		}
		return negate(script(id, match("ssl-cert."+k.path, v)), w.Neg), true, err
	}
}

func sshKeyFamily(b *builder, key string, w Word) (tree.Cond, bool, error) {
	if key != "fingerprint" && key != "key" && key != "type" && key != "bits" {
		return nil, false, nil
	}
	if !w.HasValue {
		return nil, false, fail("", "a value is missing (%s:VALUE)", w.Param)
	}
	v := tree.Value(tree.Text("ssh-" + w.Value))
	var err error
	switch key {
	case "bits":
		v = tree.Text(w.Value)
		if n, err := strconv.ParseInt(w.Value, 10, 64); err == nil {
			v = tree.Int(n)
		}
	case "fingerprint", "key":
		v, err = b.rx(w.Value)
	}
	return sshKey(key, v), true, err
}

// sshKey: a host key has the value. Fingerprints are compared without colons.
func sshKey(key string, v tree.Value) tree.Cond {
	if t, ok := v.(tree.Text); ok && key == "fingerprint" {
		v = tree.Text(strings.ToLower(strings.ReplaceAll(string(t), ":", "")))
	}
	return script("ssh-hostkey", match("ssh-hostkey."+key, v))
}

var smbKeys = map[string]string{
	"dnsdomain": "domain_dns", "forest": "forest_dns", "ntlm_os": "ntlm-os", "ntlm_version": "ntlm-version", "smb_version": "smb-version",
}

// NTLMKeys are the members of ntlm-info by their short names; other names are those of members.
var NTLMKeys = map[string]string{
	"name": "Target_Name", "server": "NetBIOS_Computer_Name", "domain": "NetBIOS_Domain_Name", "workgroup": "Workgroup",
	"domain_dns": "DNS_Domain_Name", "forest": "DNS_Tree_Name", "fqdn": "DNS_Computer_Name", "os": "Product_Version", "version": "NTLM_Version",
}

// keyFamily tests members of a script's result.
func keyFamily(id string, names map[string]string) func(*builder, string, Word) (tree.Cond, bool, error) {
	return func(b *builder, key string, w Word) (tree.Cond, bool, error) {
		if key == "" || !w.HasValue {
			return nil, false, fail("", "a key and a value are needed (%s.KEY:VALUE)", strings.TrimSuffix(w.Param, "."+key))
		}
		v, err := b.rx(w.Value)
		return script(id, keyed(id, names, key, v)), true, err
	}
}

func keyed(id string, names map[string]string, key string, v tree.Value) tree.Cond {
	if name, ok := names[key]; ok {
		key = name
	}
	return match(id+"."+key, v)
}

func ikeFamily(b *builder, key string, w Word) (tree.Cond, bool, error) {
	path, ok := map[string]string{"vendor_id.name": "vendor_ids.name", "vendor_id.value": "vendor_ids.value", "notification": "notification_type"}[key]
	if !ok {
		return nil, false, nil
	}
	if !w.HasValue {
		return nil, false, fail("", "a value is missing (%s:VALUE)", w.Param)
	}
	v, err := b.rx(w.Value)
	return script("ike-info", match("ike-info."+path, v)), true, err
}
