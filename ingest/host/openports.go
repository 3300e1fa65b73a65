package host

import "slices"

// OpenPorts is the index of open ports: the numbers for each protocol, in the order of the record, each once.
type OpenPorts struct {
	Count     int
	Protocols []ProtocolPorts
}

// ProtocolPorts are the open ports of one protocol.
type ProtocolPorts struct {
	Protocol string
	Ports    []int
}

// OpenPorts computes the index from the ports whose state is "open".
func (h *Host) OpenPorts() OpenPorts {
	var b openPortsBuilder
	for i := range h.Ports {
		if p := &h.Ports[i]; p.State == "open" && p.Port != HostScripts {
			b.add(p.Protocol, p.Port)
		}
	}
	return OpenPorts{b.count, b.lists}
}

// openPortsBuilder builds the index in a time that is proportional to the number of ports, whatever their order.
type openPortsBuilder struct {
	count int
	lists []ProtocolPorts
	seen  []portSet      // for each of the lists
	last  int            // the list of the latest port
	index map[string]int // the lists by protocol, made when there are many
}

func (b *openPortsBuilder) add(protocol string, port int) {
	i := b.list(protocol)
	l := &b.lists[i]
	if b.seen[i].add(l.Ports, port) {
		l.Ports = append(l.Ports, port)
		b.count++
	}
}

// list returns the index of the list of a protocol.
func (b *openPortsBuilder) list(protocol string) int {
	if b.last < len(b.lists) && b.lists[b.last].Protocol == protocol {
		return b.last
	}
	const few = 8 // no host has more than tcp, udp, sctp and ip, unless a file says so
	i, found := 0, false
	if len(b.lists) < few {
		i = slices.IndexFunc(b.lists, func(l ProtocolPorts) bool { return l.Protocol == protocol })
		found = i >= 0
	} else {
		if b.index == nil {
			b.index = map[string]int{}
			for i := range b.lists {
				b.index[b.lists[i].Protocol] = i
			}
		}
		i, found = b.index[protocol]
	}
	if !found {
		i = len(b.lists)
		b.lists = append(b.lists, ProtocolPorts{Protocol: protocol})
		b.seen = append(b.seen, portSet{})
		if b.index != nil {
			b.index[protocol] = i
		}
	}
	b.last = i
	return i
}

// portSet tells which ports are in a list.
type portSet struct {
	max int              // the largest port
	all map[int]struct{} // made when the ports of a long list are not in ascending order
}

// add returns whether the port is not in the list yet, and takes note that it will be.
func (s *portSet) add(list []int, port int) bool {
	if len(list) == 0 || port > s.max {
		s.max = port
		if s.all != nil {
			s.all[port] = struct{}{}
		}
		return true
	}
	if s.all == nil {
		if len(list) < longList {
			return !slices.Contains(list, port)
		}
		s.all = make(map[int]struct{}, len(list))
		for _, p := range list {
			s.all[p] = struct{}{}
		}
	}
	if _, ok := s.all[port]; ok {
		return false
	}
	s.all[port] = struct{}{}
	return true
}
