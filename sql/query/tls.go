package query

import (
	"crypto/md5"
	"encoding/hex"
	"strings"

	"ivre/sql/tree"
)

// certKey is a member of a certificate by the name that words use. Hashes are stored in lower case.
type certKey struct {
	name, path string
	letters    letters
}

var certKeys = []certKey{
	{"md5", "md5", anyCase},
	{"sha1", "sha1", anyCase},
	{"sha256", "sha256", anyCase},
	{"subject", "subject_text", asWritten},
	{"issuer", "issuer_text", asWritten},
	{"pkmd5", "pubkey.md5", anyCase},
	{"pksha1", "pubkey.sha1", anyCase},
	{"pksha256", "pubkey.sha256", anyCase},
}

// cert: one certificate of a kind ("cert": of servers, "cacert": of authorities) has all members; without any, there
// is one. A passive record is about one certificate.
func (b *builder) cert(kind string, members []member, neg bool) tree.Cond {
	if b.db != Passive {
		return negate(script("ssl-"+kind, element("ssl-cert", members...)), neg)
	}
	for i := range members {
		members[i].name = "infos." + members[i].name
	}
	return negate(observation("SSL_SERVER", kind, record(members...)), neg)
}

// selfSigned: there is a certificate that is self-signed; negated, that is not.
func (b *builder) selfSigned(kind string, neg bool) tree.Cond {
	return b.cert(kind, []member{{"self_signed", tree.Bool(!neg)}}, false)
}

// torCert: a certificate as Tor makes them.
func (b *builder) torCert() tree.Cond {
	name := pattern(`^commonName=www\.[a-z2-7]{8,20}\.(net|com)$`, tree.Flags{})
	return b.cert("cert", []member{{"subject_text", name}, {"issuer_text", name}, {"self_signed", tree.Bool(false)}}, false)
}

// hashOf tells which hash of something a text is, by its length.
func hashOf(s string) (name string, ok bool) {
	if strings.Trim(s, "0123456789abcdefABCDEF") != "" {
		return "", false
	}
	name, ok = map[int]string{32: "md5", 40: "sha1", 64: "sha256"}[len(s)]
	return name, ok
}

// fingerprint is the member of a JA3 or HASSH fingerprint that a value speaks of: a pattern of the raw form; what
// looks like a hash of that hash; anything else is a raw form, and found by its MD5. A list is any of them. nil: none.
func fingerprint(v tree.Value) (member, error) {
	switch v := v.(type) {
	case nil:
		return member{}, nil
	case *tree.Pattern:
		return member{"raw", v}, nil
	case tree.Text:
		if name, ok := hashOf(string(v)); ok {
			return member{name, tree.Text(strings.ToLower(string(v)))}, nil
		}
		sum := md5.Sum([]byte(v))
		return member{"md5", tree.Text(hex.EncodeToString(sum[:]))}, nil
	case tree.List:
		return anyFingerprint(v)
	}
	return member{}, fail("a fingerprint is a text or a regular expression")
}

func anyFingerprint(list tree.List) (member, error) {
	out := member{name: "md5"}
	values := make(tree.List, len(list))
	for i, v := range list {
		m, err := fingerprint(v)
		if err != nil {
			return member{}, err
		}
		if i > 0 && m.name != out.name {
			return member{}, fail("a list of fingerprints holds hashes of one kind")
		}
		out.name, values[i] = m.name, m.value
	}
	out.value = values
	return out, nil
}

// Fingerprint is the condition that a JA3 or HASSH fingerprint, whose members have names with a prefix, is the one that
// a value speaks of (see fingerprint).
func Fingerprint(prefix string, v tree.Value) (tree.Cond, error) {
	m, err := fingerprint(v)
	if err != nil {
		return nil, err
	}
	return match(prefix+m.name, m.value), nil
}

// stored is where a passive record has a member of its fingerprint: its value is the MD5.
func (m member) stored() member {
	if m.name == "md5" {
		return member{"value", m.value}
	}
	return member{"infos." + m.name, m.value}
}

// below is the member of a member.
func (m member) below(prefix string) member { return member{prefix + m.name, m.value} }

// side says whose fingerprint is looked for.
type side uint8

const (
	eitherSide side = iota
	serverSide
	clientSide
)

// hassh: algorithms that an SSH server (on a port), a client (on the pseudo-port) or either offers; nil: any.
func (b *builder) hassh(s side, v tree.Value) (tree.Cond, error) {
	m, err := fingerprint(v)
	if err != nil {
		return nil, err
	}
	const id = "ssh2-enum-algos"
	if b.db == Passive {
		kinds := []string{"SSH_SERVER_HASSH", "SSH_CLIENT_HASSH"}
		switch s {
		case serverSide:
			kinds = kinds[:1]
		case clientSide:
			kinds = kinds[1:]
		}
		return record(member{"recontype", texts(kinds)}, m.stored()), nil
	}
	conds := []tree.Cond{record(m.below(id + ".hassh."))}
	onHost := number("port.port", -1)
	switch s {
	case serverSide:
		conds = append(conds, tree.Not{Cond: onHost})
	case clientSide:
		conds = append(conds, onHost)
	}
	return script(id, conds...), nil
}

// ja3Client: a TLS client on the host has that fingerprint; nil: any.
func (b *builder) ja3Client(v tree.Value, neg bool) (tree.Cond, error) {
	m, err := fingerprint(v)
	if err != nil {
		return nil, err
	}
	if b.db == Passive {
		return negate(observation("SSL_CLIENT", "ja3", record(m.stored())), neg), nil
	}
	return negate(listed("ssl-ja3-client", m), neg), nil
}

// ja3Server: a TLS server has that fingerprint, in its answer to a client with that one; nil: any.
func (b *builder) ja3Server(server, client tree.Value, neg bool) (tree.Cond, error) {
	s, err := fingerprint(server)
	if err != nil {
		return nil, err
	}
	c, err := fingerprint(client)
	if err != nil {
		return nil, err
	}
	if b.db != Passive {
		return negate(listed("ssl-ja3-server", s, c.below("client.")), neg), nil
	}
	source := matches("source", "^ja3-", tree.Flags{})
	if c.name == "md5" {
		source, c = match("source", ja3Sources(c.value)), member{}
	}
	return negate(observation("SSL_SERVER", "", source, record(s.stored(), c.below("infos.client."))), neg), nil
}

// ja3Sources are the sources of passive records about answers to clients with those MD5s.
func ja3Sources(md5s tree.Value) tree.Value {
	if list, ok := md5s.(tree.List); ok {
		out := make(tree.List, len(list))
		for i, v := range list {
			out[i] = ja3Sources(v)
		}
		return out
	}
	return "ja3-" + md5s.(tree.Text)
}

// ja4Client: one fingerprint of a TLS client on the host has all members; without any, there is one.
func (b *builder) ja4Client(members []member, neg bool) tree.Cond {
	if b.db != Passive {
		return negate(listed("ssl-ja4-client", members...), neg)
	}
	for i, m := range members {
		if members[i].name = "infos." + m.name; m.name == "ja4" {
			members[i].name = "value"
		}
	}
	return negate(observation("SSL_CLIENT", "ja4", record(members...)), neg)
}

// rawJA4 are the members that a raw form A_B_C1[_C2] stands for.
func rawJA4(s string) ([]member, error) {
	parts := strings.SplitN(s, "_", 3)
	if len(parts) < 3 {
		return nil, fail("%q is not a raw JA4 fingerprint (A_B_C1 or A_B_C1_C2)", shorten(s, 60))
	}
	return append([]member{{"ja4_a", tree.Text(parts[0])}, {"ja4_b_raw", tree.Text(parts[1])}}, rawExtensions(parts[2])...), nil
}

// rawExtensions are the members that the last part of a raw form stands for: extensions, and signature algorithms.
func rawExtensions(s string) []member {
	c1, c2, _ := strings.Cut(s, "_")
	return []member{{"ja4_c1_raw", tree.Text(c1)}, {"ja4_c2_raw", tree.Text(c2)}}
}

// sshKey is what is known of an SSH host key; members that are nil are no condition.
type sshKey struct{ fingerprint, key, kind, bits, output tree.Value }

// sshKey: one host key has all of it.
func (b *builder) sshKey(k sshKey) (tree.Cond, error) {
	if t, ok := k.fingerprint.(tree.Text); ok {
		k.fingerprint = tree.Text(strings.ToLower(strings.ReplaceAll(string(t), ":", "")))
	}
	if t, ok := k.kind.(tree.Text); ok {
		k.kind = tree.Text("ssh-" + string(t))
	}
	if b.db == Passive {
		if k.output != nil {
			return nil, errNotHere
		}
		return observation("SSH_SERVER_HOSTKEY", "SSHv2", record(member{"infos.md5", k.fingerprint}, member{"value", k.key},
			member{"infos.algo", k.kind}, member{"infos.bits", k.bits})), nil
	}
	const id = "ssh-hostkey"
	return script(id, element(id, member{"fingerprint", k.fingerprint}, member{"key", k.key}, member{"type", k.kind}, member{"bits", k.bits}),
		record(member{"output", k.output})), nil
}
