package viewmerge

import (
	"slices"

	"ivre/ingest/host"
)

// scriptSlot collects the results of one script on a port.
type scriptSlot struct {
	first  stamp         // the oldest contribution
	newest []scriptEntry // of the newest contribution: a port may have a script several times
	union  union         // nil if the newest result counts
}

type scriptEntry struct {
	place
	s *host.Script
}

// union merges the results of a script.
type union interface {
	// add adds a result. place tells its age, and where the script was in its port.
	add(p place, s *host.Script)
	// merged sets the structure and the output; it does nothing if no result has a structure.
	merged(s *host.Script)
}

// newUnion returns what merges a script's results, nil for scripts of which the newest result counts.
func newUnion(id string) union {
	if id == "scanner" {
		return &scannerUnion{}
	}
	if rule, ok := listRules[id]; ok {
		return &listUnion{rule: rule}
	}
	return nil
}

func (s *scriptSlot) add(at stamp, index int, script *host.Script) {
	p := place{at, index}
	if s.union != nil {
		s.union.add(p, script)
	}
	if len(s.newest) == 0 {
		s.first, s.newest = at, append(s.newest, scriptEntry{p, script})
		return
	}
	if at.compare(s.first) < 0 {
		s.first = at
	}
	last := s.newest[0].at
	switch {
	case at == last:
		s.newest = append(s.newest, scriptEntry{p, script})
	case at.compare(last) > 0:
		s.newest = []scriptEntry{{p, script}}
	}
}

// mergedScripts lists the scripts of the newest port in their order, then those that only older ones have.
func mergedScripts(slots map[string]*scriptSlot) []host.Script {
	var entries []scriptEntry
	for _, s := range slots {
		if s.union == nil || s.first.compare(s.newest[0].at) == 0 {
			entries = append(entries, s.newest...)
			continue
		}
		script := *s.newest[0].s
		s.union.merged(&script)
		entries = append(entries, scriptEntry{s.newest[0].place, &script})
	}
	slices.SortFunc(entries, func(a, b scriptEntry) int { return a.newFirst(b.place) })
	if len(entries) == 0 {
		return nil
	}
	out := make([]host.Script, len(entries))
	for i := range entries {
		out[i] = *entries[i].s
	}
	return out
}

// listRule says how the structure of a script that is a list is merged. Items with the same key are one; the newest
// counts.
type listRule struct {
	key     func(host.Value) string
	compare func(a, b host.Value) int // order of the items; nil: those of the newest result first
	texts   func(host.Value) []string // parts of an item that are united; they become those of the result through unite
	unite   func(v host.Value, texts []string) host.Value
	output  func(host.List) string
}

// listUnion merges lists.
type listUnion struct {
	rule  *listRule
	items table[string, host.Value]
	any   bool
}

func (u *listUnion) add(p place, s *host.Script) {
	list, ok := s.Data.(host.List)
	if !ok {
		return
	}
	u.any = true
	for i, v := range list {
		slot := u.items.put(u.rule.key(v), p.at, p.index<<32+i, v)
		if u.rule.texts != nil {
			slot.set.add(u.rule.texts(v)...)
		}
	}
}

func (u *listUnion) merged(s *host.Script) {
	if !u.any {
		return
	}
	list := make(host.List, 0, len(u.items))
	for _, slot := range u.items.newFirst() {
		v := slot.newest
		if u.rule.unite != nil {
			v = u.rule.unite(v, slot.set.sorted())
		}
		list = append(list, v)
	}
	if u.rule.compare != nil {
		slices.SortStableFunc(list, func(a, b host.Value) int { return u.rule.compare(a, b) })
	}
	s.Data, s.Output, s.HasOutput = list, u.rule.output(list), true
}
