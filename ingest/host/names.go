package host

import (
	"net/netip"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Domains returns a name and all its parents, the name first: a.b.example, b.example, example. Empty labels
// count.
func Domains(name string) []string {
	out := make([]string, 0, strings.Count(name, ".")+1)
	for {
		out = append(out, name)
		_, rest, ok := strings.Cut(name, ".")
		if !ok {
			return out
		}
		name = rest
	}
}

// AddHostname adds a name that was derived from a scan's result. Trailing dots go away, the name becomes lower
// case. What is no name (empty, spaces, non-ASCII, URLs, addresses) or is known with this type is dropped; in long
// lists, what is known is dropped by Finish at the latest.
func (h *Host) AddHostname(name, typ string) {
	name = strings.ToLower(strings.TrimRight(name, "."))
	if !nameLike(name) || dottedQuad(name) {
		return
	}
	if len(h.Hostnames) < longList {
		for i := range h.Hostnames {
			if h.Hostnames[i].Name == name && h.Hostnames[i].Type == typ {
				return
			}
		}
	}
	h.Hostnames = room(h.Hostnames, uniqueHostnames)
	h.Hostnames = append(h.Hostnames, Hostname{Name: name, Type: typ, Domains: Domains(name)})
}

func nameLike(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '_', c == '.', c == '*', c == '-':
		default:
			return false
		}
	}
	return s != ""
}

func dottedQuad(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}

// AddAddress adds a further address of a type (mac, ipv4, ipv6), lower case, once; in long lists, what is known is
// dropped by Finish at the latest.
func (h *Host) AddAddress(typ, addr string) {
	addr = strings.ToLower(addr)
	for i := range h.Addresses {
		l := &h.Addresses[i]
		if l.Type != typ {
			continue
		}
		if len(l.Values) < longList && slices.Contains(l.Values, addr) {
			return
		}
		l.Values = append(room(l.Values, uniqueTexts), addr)
		return
	}
	h.Addresses = append(h.Addresses, AddressList{typ, []string{addr}})
}

// ParseCPE splits a CPE name (cpe:/a:vendor:product:version or cpe:2.3:a:...). ok is false if it is none.
func ParseCPE(s string) (c CPE, ok bool) {
	rest, ok := strings.CutPrefix(s, "cpe:/")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "cpe:2.3:"); !ok {
			return c, false
		}
	}
	if c.Type, rest, ok = strings.Cut(rest, ":"); !ok {
		return CPE{}, false
	}
	c.Vendor, rest, _ = strings.Cut(rest, ":")
	c.Product, c.Version, _ = strings.Cut(rest, ":")
	return c, true
}

// AddCPE adds a CPE name with the place where it was found ("" for none). It returns false, and does nothing,
// if the name is none. In long lists, the entries of the same name are united, and origins sorted, by Finish at the
// latest.
func (h *Host) AddCPE(name, origin string) bool {
	c, ok := ParseCPE(name)
	if !ok {
		return false
	}
	if len(h.CPEs) < longList {
		for i := range h.CPEs {
			if k := &h.CPEs[i]; k.name() == c.name() {
				k.addOrigin(origin)
				return true
			}
		}
	}
	c.addOrigin(origin)
	h.CPEs = append(room(h.CPEs, uniqueCPEs), c)
	return true
}

func (c *CPE) addOrigin(origin string) {
	switch {
	case len(c.Origins) < longList:
		c.Origins = addSorted(c.Origins, origin)
	case origin != "":
		c.Origins = append(room(c.Origins, uniqueSorted), origin)
	}
}

func addSorted(list []string, s string) []string {
	i, found := slices.BinarySearch(list, s)
	if found || s == "" {
		return list
	}
	return slices.Insert(list, i, s)
}

// OriginPort is the origin of a CPE that belongs to a port's service.
func OriginPort(port int) string { return "ports.port:" + strconv.Itoa(port) }

// OriginScript is the origin of a CPE in a script's result; port may be HostScripts.
func OriginScript(port int, id string) string {
	if port == HostScripts {
		return "scripts.id:" + id
	}
	return "ports{port:" + strconv.Itoa(port) + ", scripts.id:" + id + "}"
}

// OriginOS is the origin of a CPE of an operating system match, found at that line of Nmap's database.
func OriginOS(line string) string { return "os.osmatch.line:" + line }

// AddTag adds a tag, or the pieces of information to the tag of that value, which keeps its type.
func (h *Host) AddTag(t Tag) {
	i, found := sort.Find(len(h.Tags), func(i int) int { return strings.Compare(t.Value, h.Tags[i].Value) })
	if !found {
		h.Tags = slices.Insert(h.Tags, i, Tag{Value: t.Value, Type: t.Type})
	}
	for _, s := range t.Info {
		h.Tags[i].Info = addSorted(h.Tags[i].Info, s)
	}
}

// Script returns the port's first script with an id, nil if there is none. The pointer is valid until scripts are
// added.
func (p *Port) Script(id string) *Script {
	for i := range p.Scripts {
		if p.Scripts[i].ID == id {
			return &p.Scripts[i]
		}
	}
	return nil
}

// Finish ends the building of a record: it puts the ports in the order in which records are stored, by protocol
// (absent first), then number, and drops what the Add functions left twice in long lists.
func (h *Host) Finish() {
	slices.SortStableFunc(h.Ports, func(a, b Port) int {
		if c := strings.Compare(a.Protocol, b.Protocol); c != 0 {
			return c
		}
		return a.Port - b.Port
	})
	if len(h.Hostnames) >= longList {
		h.Hostnames = uniqueHostnames(h.Hostnames)
	}
	for i := range h.Addresses {
		if l := &h.Addresses[i]; len(l.Values) >= longList {
			l.Values = uniqueTexts(l.Values)
		}
	}
	if len(h.CPEs) >= longList {
		h.CPEs = uniqueCPEs(h.CPEs)
	}
	for i := range h.CPEs {
		if c := &h.CPEs[i]; !slices.IsSorted(c.Origins) || len(c.Origins) >= longList {
			c.Origins = uniqueSorted(c.Origins)
		}
	}
}
