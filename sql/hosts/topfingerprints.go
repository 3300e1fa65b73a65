package hosts

import (
	"strings"

	"ivre/sql/ask"
	"ivre/sql/jsonpath"
	"ivre/sql/query"
	"ivre/sql/tree"
)

// fingerprintField is NAME[.MEMBER][:VALUE].
func fingerprintField(key, usual string, make func(b *planner, key, member, value string, hasValue bool) (*topPlan, error)) argField {
	return func(b *planner, rest string) (*topPlan, error) {
		if rest != "" && rest[0] != '.' && rest[0] != ':' {
			return nil, nil
		}
		name, value, hasValue := strings.Cut(rest, ":")
		member := usual
		if name != "" {
			member = name[1:]
		}
		return make(b, key, member, value, hasValue)
	}
}

func ja3Client(b *planner, key, member, value string, hasValue bool) (*topPlan, error) {
	b.items("", key)
	if hasValue {
		if err := b.fingerprint("", value); err != nil {
			return nil, err
		}
	}
	return b.member(member), nil
}

func ja3Server(b *planner, key, member, value string, hasValue bool) (*topPlan, error) {
	b.items("", key)
	if hasValue {
		server, client, _ := strings.Cut(value, ":")
		if server != "" {
			if err := b.fingerprint("", server); err != nil {
				return nil, err
			}
		}
		if client != "" {
			if err := b.fingerprint("client.", client); err != nil {
				return nil, err
			}
		}
	}
	return b.members(member, "client."+member), nil
}

func ja4Client(b *planner, key, member, value string, hasValue bool) (*topPlan, error) {
	b.items("", key)
	if hasValue {
		b.rowEquals("ja4", value)
	}
	return b.member(member), nil
}

// fingerprint selects the items with a TLS fingerprint, whose members are below a prefix.
func (b *planner) fingerprint(prefix, value string) error {
	cond, err := ask.TextOrPattern("", value)
	if err != nil {
		return err
	}
	is, err := query.Fingerprint(prefix, cond.Value)
	if err != nil {
		return &InputError{Reason: err.Error()}
	}
	e, err := tree.Compile(is, itemMembers{b}, b.plan.params)
	if err != nil {
		return &InputError{Reason: err.Error()}
	}
	b.rows(e.Text)
	return nil
}

// itemMembers are the fields of the items that a planner takes apart.
type itemMembers struct{ b *planner }

// Field implements tree.Catalog.
func (m itemMembers) Field(name string, _ *tree.Params) (tree.Field, bool) {
	return jsonpath.RawValue(m.b.memberOf(name)), true
}
