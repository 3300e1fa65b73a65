package passivederive

import (
	"net/netip"
	"strconv"
	"strings"

	"ivre/ingest/passive"
)

// blacklisted turns an answer of a DNS blacklist (RFC 5782) into a record about the address that is listed: the name
// that was asked for is that address, its parts in reverse order, in the zone of the list.
func (d *Deriver) blacklisted(r *passive.Record) {
	for _, zone := range d.Blacklists {
		if zone == "" || !strings.HasSuffix(r.Value, zone) {
			continue
		}
		listed, rest, ok := listedAddress(r.Value)
		if !ok {
			continue
		}
		r.Recontype = "DNS_BLACKLIST"
		r.Source = rest + "-" + r.Source
		r.Value = ""
		if r.Addr.IsValid() {
			r.Value = r.Addr.String()
		}
		r.Addr = listed
		return
	}
}

// listedAddress takes the address off a name in a blacklist.
func listedAddress(name string) (a netip.Addr, rest string, ok bool) {
	if a, rest, ok := listedIPv6(name); ok {
		return a, rest, true
	}
	if parts := strings.SplitN(name, ".", 5); len(parts) == 5 {
		var b [4]byte
		ok := true
		for i, p := range parts[:4] {
			n, err := strconv.ParseUint(p, 10, 8)
			ok = ok && err == nil && p != "" && p[0] != '+'
			b[3-i] = byte(n)
		}
		if ok {
			return netip.AddrFrom4(b), parts[4], true
		}
	}
	return a, "", false
}

// listedIPv6 is listedAddress for names of 32 hexadecimal digits.
func listedIPv6(name string) (a netip.Addr, rest string, ok bool) {
	const nibbles = 32
	if len(name) <= 2*nibbles {
		return a, "", false
	}
	var b [16]byte
	for i := range nibbles {
		c := name[2*i]
		if !isHex(c) || name[2*i+1] != '.' {
			return a, "", false
		}
		at := nibbles - 1 - i
		if at%2 == 0 {
			b[at/2] |= digit(c) << 4
		} else {
			b[at/2] |= digit(c)
		}
	}
	return netip.AddrFrom16(b), name[2*nibbles:], true
}

// cutAnswer splits the source of a record about a blacklist: the zone, then TYPE-SERVER-PORT.
func cutAnswer(source string) (zone, answer string, ok bool) {
	i := len(source)
	for range 3 {
		if i = strings.LastIndexByte(source[:i], '-'); i < 0 {
			return source, "", false
		}
	}
	return source[:i], source[i+1:], true
}
