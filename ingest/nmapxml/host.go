package nmapxml

import (
	"fmt"
	"net/netip"
	"strings"

	"ivre/ingest/host"
)

func (rd *reader) status() error {
	t, h := rd.t, rd.b.h
	for i := range t.attrs {
		switch a := &t.attrs[i]; string(t.attrName(a)) {
		case "state":
			h.State = t.str(a)
		case "reason":
			h.StateReason = t.str(a)
		case "reason_ttl":
			if err := rd.optional(&h.StateReasonTTL, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// address takes the first IP address for the host's, and keeps the others as texts.
func (rd *reader) address() error {
	t, b := rd.t, &rd.b
	var addr *attr
	typ := "ipv4" // the default in Nmap's document type
	for i := range t.attrs {
		switch a := &t.attrs[i]; string(t.attrName(a)) {
		case "addr":
			addr = a
		case "addrtype":
			typ = t.str(a)
		}
	}
	switch {
	case addr == nil:
		return nil
	case (typ == "ipv4" || typ == "ipv6") && !b.h.Addr.IsValid():
		ip, ok := parseAddr(t.raw(addr))
		if !ok {
			return hostError(fmt.Sprintf("addr: %.60q is not an IP address", t.raw(addr)))
		}
		b.h.Addr = ip
	case b.addresses == maxAddresses:
		rd.warn(t.lineOfToken(), "a host with more than %d further addresses; the others are left out", maxAddresses)
		b.addresses++
	case b.addresses < maxAddresses:
		b.addresses++
		b.h.AddAddress(typ, t.str(addr))
	}
	return nil
}

func (rd *reader) hostname() {
	t, b := rd.t, &rd.b
	var n host.Hostname
	for i := range t.attrs {
		a := &t.attrs[i]
		switch string(t.attrName(a)) {
		case "name":
			n.Name = t.str(a)
		case "type":
			n.Type = t.str(a)
		case "domains":
		default:
			n.Extra = addExtra(n.Extra, t.attrStr(a), t.value(a))
		}
	}
	n.Domains = domains(n.Name)
	b.hostnames = append(b.hostnames, n)
}

// domains lists the parents of a name. What is too long for a name gets none: every dot in it would make a copy
// of the rest when the record is written.
func domains(name string) []string {
	if len(name) > maxName {
		return []string{name}
	}
	return host.Domains(name)
}

// serviceHostname adds the name that a service told, completed by the domain that Nmap shows in the service's
// further information.
func (rd *reader) serviceHostname(s *host.Service) {
	if len(s.Hostname) > maxName || len(s.ExtraInfo) > 1<<16 {
		return
	}
	name := strings.TrimSpace(strings.ToLower(s.Hostname))
	for item := range strings.SplitSeq(strings.ToLower(s.ExtraInfo), ", ") {
		if domain, ok := strings.CutPrefix(item, "domain:"); ok {
			name += "." + strings.TrimSpace(domain)
			break
		}
	}
	if len(name) > maxName {
		return
	}
	rd.b.h.AddHostname(name, "service")
}

// cpe adds a CPE name from the text of a <cpe> element.
func (rd *reader) cpe(parent element) {
	b := &rd.b
	origin := ""
	switch parent {
	case elService, elPort:
		if b.port == nil || b.skipCPE {
			return
		}
		if b.origin == "" {
			b.origin = host.OriginPort(b.port.Port)
		}
		origin = b.origin
	case elOS, elOsmatch, elOsclass:
		origin = b.osOrigin
	}
	rd.addCPE(rd.t.intern(rd.t.text), origin)
}

func (rd *reader) addCPE(name, origin string) {
	if name = strings.TrimSpace(name); !rd.b.h.AddCPE(name, origin) {
		rd.warn(rd.t.lineOfToken(), "invalid CPE name %.60q", name)
	}
}

// parseAddr reads an IP address. Zones mean nothing outside the scanner and are dropped.
func parseAddr(b []byte) (netip.Addr, bool) {
	if a, ok := parseIPv4(b); ok {
		return a, true
	}
	if len(b) > 256 {
		return netip.Addr{}, false
	}
	s, _, _ := strings.Cut(string(b), "%")
	a, err := netip.ParseAddr(strings.TrimSpace(s))
	return a.Unmap(), err == nil
}

// parseIPv4 reads a dotted quad.
func parseIPv4(b []byte) (netip.Addr, bool) {
	var quad [4]byte
	part, digits, value := 0, 0, 0
	for _, c := range b {
		switch {
		case '0' <= c && c <= '9':
			if digits > 0 && value == 0 { // a leading zero
				return netip.Addr{}, false
			}
			value = value*10 + int(c-'0')
			digits++
			if value > 255 {
				return netip.Addr{}, false
			}
		case c == '.' && digits > 0 && part < 3:
			quad[part] = byte(value)
			part++
			digits, value = 0, 0
		default:
			return netip.Addr{}, false
		}
	}
	if part != 3 || digits == 0 {
		return netip.Addr{}, false
	}
	quad[3] = byte(value)
	return netip.AddrFrom4(quad), true
}

// parseInt reads a decimal integer; blanks around it do not matter.
func parseInt(b []byte) (int64, bool) {
	for len(b) > 0 && class[b[0]]&isSpace != 0 {
		b = b[1:]
	}
	for len(b) > 0 && class[b[len(b)-1]]&isSpace != 0 {
		b = b[:len(b)-1]
	}
	negative := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative = b[0] == '-'
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}
