package host

import "slices"

// longList is the length from which on a list is no longer searched for each item that is added to it: that would
// take quadratic time. Items are then added unseen, and doubles dropped whenever the list has no room left (see
// room) and in the end (see Finish).
const longList = 64

// room makes room for another item in a list. A long list without room loses its doubles first, and then has room
// for at least half as many items as it has: so dropping doubles takes constant time for each item added. The
// list's array is not changed, others may use it.
func room[T any](list []T, unique func([]T) []T) []T {
	if len(list) < longList || len(list) < cap(list) {
		return list
	}
	kept := unique(list)
	return slices.Grow(kept, max(cap(list)-len(kept), len(kept)/2))
}

// nameKey identifies a hostname of a record.
type nameKey struct{ name, typ string }

// uniqueHostnames returns the names without doubles, in a new list if there are any.
func uniqueHostnames(list []Hostname) []Hostname {
	return unique(list, func(n *Hostname) nameKey { return nameKey{n.Name, n.Type} }, nil)
}

// uniqueTexts returns the texts without doubles, in a new list if there are any.
func uniqueTexts(list []string) []string {
	return unique(list, func(s *string) string { return *s }, nil)
}

// uniqueSorted returns the texts sorted and without doubles, in a new list.
func uniqueSorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.Compact(out)
}

// uniqueCPEs unites the entries of the same name, in a new list if there are any. The origins of long lists are not
// sorted.
func uniqueCPEs(list []CPE) []CPE {
	return unique(list, (*CPE).name, func(c, double *CPE) {
		for _, origin := range double.Origins {
			c.addOrigin(origin)
		}
	})
}

// name is the CPE without its origins.
func (c *CPE) name() [4]string { return [4]string{c.Type, c.Vendor, c.Product, c.Version} }

// unique returns the list without the items whose key is that of an earlier one, in a new list if there are any.
// The earlier item takes over from them what unite says.
func unique[T any, K comparable](list []T, key func(*T) K, unite func(item, double *T)) []T {
	at := make(map[K]int, len(list))
	out := list
	for i := range list {
		k := key(&list[i])
		j, double := at[k]
		switch {
		case !double && len(at) == i: // none so far
			at[k] = i
		case !double:
			at[k] = len(out)
			out = append(out, list[i])
		default:
			if len(at) == i {
				out = slices.Clone(list[:i])
			}
			if unite != nil {
				unite(&out[j], &list[i])
			}
		}
	}
	return out
}
