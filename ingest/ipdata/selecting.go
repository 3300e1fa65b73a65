package ipdata

import (
	"slices"

	"ivre/ingest/addrrange"
	"ivre/ingest/ipdata/netrange"
)

// Select returns the ranges of addresses that a selector names, in ascending order: those of databases and of the routing
// table have IPv4 only. Ranges of several countries or systems are united; what only one is asked for is not joined. The
// error wraps ErrNoData if there is no database to look into.
func (db *DB) Select(s addrrange.Selector) ([]addrrange.Range, error) {
	switch s.Kind {
	case addrrange.Country, addrrange.RegisteredCountry:
		kind := KindCountry
		if s.Kind == addrrange.RegisteredCountry {
			kind = KindRegisteredCountry
		}
		return db.selected(kind, len(s.Codes) > 1, func(e *Entry) bool {
			_, found := slices.BinarySearch(s.Codes, e.Country)
			return found
		})
	case addrrange.Region:
		return db.selected(KindCity, true, func(e *Entry) bool { return e.Country == s.Country && e.Region == s.Name })
	case addrrange.City:
		return db.selected(KindCity, true, func(e *Entry) bool { return e.Country == s.Country && e.City == s.Name })
	case addrrange.ASNum:
		return db.selected(KindAS, len(s.ASNums) > 1, func(e *Entry) bool {
			_, found := slices.BinarySearch(s.ASNums, uint32(e.ASNum))
			return found && e.ASNum >= 0
		})
	case addrrange.Routable:
		routes, err := db.Routable()
		if err != nil {
			return nil, err
		}
		var out addrrange.Builder
		for r := range routes {
			out.Add(addrRange(r))
		}
		return out.Set().Ranges(), nil
	}
	return s.Ranges, nil
}

func addrRange(r netrange.Range) addrrange.Range {
	return addrrange.Range{First: r.First, Last: r.Last}
}

// selected returns the IPv4 ranges of matching entries, united or as they are.
func (db *DB) selected(kind Kind, unite bool, match func(*Entry) bool) ([]addrrange.Range, error) {
	ranges, err := db.Ranges(kind, match)
	if err != nil {
		return nil, err
	}
	var out []addrrange.Range
	for r := range ranges {
		if !r.First.Is4() {
			break
		}
		out = append(out, addrRange(r))
	}
	if unite {
		return addrrange.Union(out...).Ranges(), nil
	}
	return out, nil
}
