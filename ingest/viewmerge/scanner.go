package viewmerge

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ivre/ingest/host"
)

// scannerUnion merges the results of the script scanner: what an address scanned, how, and with what. It is a union of
// sets. Its structure is
//
//	{ports: {count, tcp: {count, ports: [22]}}, http_uris: [{uri, method, version}],
//	 dns_queries: [{query, qtype, qclass}], scanners: [{name, probes: [{proto, name}]}], probes: [{proto, value}]}
//
// stun_queries, which a single observation has, are dropped: their identifiers are random.
type scannerUnion struct {
	first, last place        // of the results with a structure
	only        *host.Script // the first one that was added
	ports       map[string]map[int64]struct{}
	uris        map[triple]struct{}
	queries     map[triple]struct{}
	probes      map[triple]struct{} // protocol, value
	scanners    map[string]map[triple]struct{}
}

// triple are up to three texts in the order in which lists are sorted. For a scanner's probe they are the protocol,
// whether there is a name ("1" or ""), and the name.
type triple [3]string

func compareTriples(a, b triple) int {
	return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1]), strings.Compare(a[2], b[2]))
}

func (u *scannerUnion) add(p place, s *host.Script) {
	o, ok := s.Data.(*host.Object)
	if !ok {
		return
	}
	switch {
	case u.only == nil:
		u.first, u.last, u.only = p, p, s
	case p.compare(u.first) < 0:
		u.first = p
	case p.compare(u.last) > 0:
		u.last = p
	}
	for _, m := range o.Members {
		switch m.Key {
		case "ports":
			u.addPorts(m.Value)
		case "http_uris":
			addTriples(&u.uris, m.Value, "uri", "method", "version")
		case "dns_queries":
			addTriples(&u.queries, m.Value, "query", "qtype", "qclass")
		case "probes":
			addTriples(&u.probes, m.Value, "proto", "value")
		case "scanners":
			u.addScanners(m.Value)
		}
	}
}

func addTriples(set *map[triple]struct{}, v host.Value, names ...string) {
	items, _ := v.(host.List)
	if len(items) > 0 && *set == nil {
		*set = map[triple]struct{}{}
	}
	for _, item := range items {
		var t triple
		for i, name := range names {
			t[i] = member(item, name)
		}
		(*set)[t] = struct{}{}
	}
}

func (u *scannerUnion) addPorts(v host.Value) {
	o, _ := v.(*host.Object)
	for i := 0; i < o.Len(); i++ {
		protocol, ok := o.Members[i].Value.(*host.Object)
		if !ok {
			continue // the count
		}
		m, _ := protocol.Get("ports")
		items, _ := m.(host.List)
		set := u.ports[o.Members[i].Key]
		if set == nil {
			if u.ports == nil {
				u.ports = map[string]map[int64]struct{}{}
			}
			set = map[int64]struct{}{}
			u.ports[o.Members[i].Key] = set
		}
		for _, item := range items {
			if n, ok := item.(int64); ok {
				set[n] = struct{}{}
			}
		}
	}
}

func (u *scannerUnion) addScanners(v host.Value) {
	items, _ := v.(host.List)
	for _, item := range items {
		o, ok := item.(*host.Object)
		if !ok {
			continue
		}
		name := member(o, "name")
		set, known := u.scanners[name]
		if !known {
			if u.scanners == nil {
				u.scanners = map[string]map[triple]struct{}{}
			}
			set = map[triple]struct{}{}
			u.scanners[name] = set
		}
		m, _ := o.Get("probes")
		probes, _ := m.(host.List)
		for _, probe := range probes {
			t := triple{member(probe, "proto")}
			if p, ok := probe.(*host.Object); ok {
				if name, _ := p.Get("name"); name != nil {
					t[1], t[2] = "1", text(name)
				}
			}
			set[t] = struct{}{}
		}
	}
}

func (u *scannerUnion) merged(s *host.Script) {
	switch {
	case u.only == nil:
		return
	case u.first.compare(u.last) == 0:
		s.Data, s.Output, s.HasOutput = u.only.Data, u.only.Output, u.only.HasOutput
		return
	}
	o := &host.Object{}
	var out []string
	if len(u.ports) > 0 {
		ports, line := u.mergedPorts()
		o.Set("ports", ports)
		out = append(out, line)
	}
	if len(u.uris) > 0 {
		uris := sortedTriples(u.uris)
		o.Set("http_uris", objects(uris, "uri", "method", "version"))
		out = append(out, plural(len(uris), "Scanned URI", "Scanned URIs")+joined(uris, "%s (%s %s)"))
	}
	if len(u.queries) > 0 {
		queries := sortedTriples(u.queries)
		o.Set("dns_queries", objects(queries, "query", "qtype", "qclass"))
		out = append(out, plural(len(queries), "DNS query", "DNS queries")+joined(queries, "%s (type: %s, class: %s)"))
	}
	if len(u.scanners) > 0 {
		scanners, text := u.mergedScanners()
		o.Set("scanners", scanners)
		out = append(out, text)
	}
	o.Set("probes", objects(sortedTriples(u.probes), "proto", "value"))
	s.Data, s.Output, s.HasOutput = o, strings.Join(out, "\n"), true
}

func sortedTriples(set map[triple]struct{}) []triple {
	return slices.SortedFunc(maps.Keys(set), compareTriples)
}

func objects(list []triple, names ...string) host.List {
	out := make(host.List, len(list))
	for i := range list {
		o := &host.Object{Members: make([]host.Member, len(names))}
		for j, name := range names {
			o.Members[j] = host.Member{Key: name, Value: list[i][j]}
		}
		out[i] = o
	}
	return out
}

func plural(n int, one, many string) string {
	if n > 1 {
		return many + ": "
	}
	return one + ": "
}

func joined(list []triple, format string) string {
	parts := make([]string, len(list))
	for i, t := range list {
		parts[i] = fmt.Sprintf(format, t[0], t[1], t[2])
	}
	return strings.Join(parts, ", ")
}

func (u *scannerUnion) mergedPorts() (*host.Object, string) {
	count := 0
	all := host.NewObject("count", int64(0))
	var parts []string
	for _, protocol := range slices.Sorted(maps.Keys(u.ports)) {
		numbers := slices.Sorted(maps.Keys(u.ports[protocol]))
		count += len(numbers)
		items := make(host.List, len(numbers))
		for i, n := range numbers {
			items[i] = n
		}
		all.Members = append(all.Members, host.Member{Key: protocol, Value: host.NewObject("count", int64(len(numbers)), "ports", items)})
		parts = append(parts, protocol+": "+ranges(numbers))
	}
	all.Members[0].Value = int64(count)
	return all, plural(count, "Scanned port", "Scanned ports") + strings.Join(parts, ", ")
}

// ranges writes sorted numbers as Nmap takes lists of ports: 22-23,80.
func ranges(numbers []int64) string {
	var b []byte
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, numbers[i], 10)
		if j > i {
			b = strconv.AppendInt(append(b, '-'), numbers[j], 10)
		}
		i = j + 1
	}
	return string(b)
}

func (u *scannerUnion) mergedScanners() (host.List, string) {
	var out host.List
	var b strings.Builder
	b.WriteString(plural(len(u.scanners), "Scanner", "Scanners"))
	for _, name := range slices.Sorted(maps.Keys(u.scanners)) {
		o := host.NewObject("name", name)
		b.WriteString("\n - " + name)
		if set := u.scanners[name]; len(set) > 0 {
			probes, text := scannerProbes(sortedTriples(set))
			o.Set("probes", probes)
			b.WriteString(" [" + text + "]")
		}
		out = append(out, o)
	}
	return out, b.String()
}

// scannerProbes describes the probes of a scanner; those without a name are told by their protocol.
func scannerProbes(list []triple) (host.List, string) {
	items := make(host.List, len(list))
	parts := make([]string, len(list))
	for i, t := range list {
		parts[i] = t[0]
		var name host.Value
		if t[1] != "" {
			name, parts[i] = t[2], t[2]+"/"+t[0]
		}
		items[i] = host.NewObject("proto", t[0], "name", name)
	}
	return items, strings.Join(parts, ", ")
}
