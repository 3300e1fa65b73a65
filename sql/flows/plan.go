package flows

import (
	"slices"
	"strings"

	"ivre/sql/tree"
)

// plan holds the conditions of a request as SQL, by when they can be checked.
type plan struct {
	params tree.Params
	key    []string // hold for all rows of a flow or for none
	value  []string // speak of the flow as a whole
	needs  []string // columns that value needs
	// lookup selects keys in flow_metadata such that one condition of key says that the flow's key is
	// among them; lookupAt is its index. Empty: there is no such condition.
	lookup   string
	lookupAt int
}

// newPlan compiles the conjuncts of a condition.
func newPlan(conjuncts []tree.Cond) (*plan, error) {
	p := &plan{}
	lookups := map[string]string{}
	for _, c := range conjuncts {
		e, err := tree.Compile(c, catalog, &p.params)
		if err != nil {
			return nil, explain(err)
		}
		if len(e.Needs) == 0 {
			p.key = append(p.key, e.Text)
			lookups[e.Text] = e.Lookup
		} else {
			p.value = append(p.value, e.Text)
			p.needs = append(p.needs, e.Needs...)
		}
	}
	// look-ups cost more than comparisons
	slices.SortStableFunc(p.key, func(a, b string) int {
		return strings.Count(a, "(SELECT ") - strings.Count(b, "(SELECT ")
	})
	for i, cond := range p.key {
		if l := lookups[cond]; l != "" {
			p.lookup, p.lookupAt = l, i
			break
		}
	}
	return p, nil
}

// clause writes a keyword with conditions, or nothing without any.
func clause(keyword string, conds []string) string {
	if len(conds) == 0 {
		return ""
	}
	return " " + keyword + " " + strings.Join(conds, " AND ")
}

// merged is the FROM clause for whole flows that satisfy all conditions: FINAL merges the rows of each
// flow while it reads them in the order of the key. It is correct wherever the server checks the
// conditions on the key; PREWHERE makes it do so before it reads and merges the other columns.
func (p *plan) merged() string {
	return " FROM flows FINAL" + clause("PREWHERE", p.key) + clause("WHERE", p.value)
}

// parts is the FROM clause for the rows that flows consist of; only for plans without value conditions.
func (p *plan) parts() string { return " FROM flows" + clause("WHERE", p.key) }
