package ipdata

import (
	"net/netip"

	"ivre/ingest/host"
	"ivre/ingest/ipdata/netrange"
)

// special is a range of addresses with a type, from the IANA registries of special-purpose addresses (RFC 6890 and
// its updates), multicast addresses and IPv6 address space. Addresses outside of all ranges are ordinary ones.
type special struct{ first, last, typ string }

// specials do not overlap, and are in ascending order. 192.0.1.0/24, 2000::/16, 2003:: to 3fff:: and 2001:200:: to
// 2001:ffff::, but for the documentation prefix, are ordinary.
var specials = [...]special{
	{"0.0.0.0", "0.255.255.255", "Current-Net"},
	{"10.0.0.0", "10.255.255.255", "Private"},
	{"100.64.0.0", "100.127.255.255", "CGN"},
	{"127.0.0.0", "127.255.255.255", "Loopback"},
	{"169.254.0.0", "169.254.255.255", "Link-Local"},
	{"172.16.0.0", "172.31.255.255", "Private"},
	{"192.0.0.0", "192.0.0.255", "Reserved"},
	{"192.0.2.0", "192.0.2.255", "Documentation"},
	{"192.88.99.0", "192.88.99.255", "IPv6-to-IPv4"},
	{"192.168.0.0", "192.168.255.255", "Private"},
	{"198.18.0.0", "198.19.255.255", "Benchmark"},
	{"198.51.100.0", "198.51.100.255", "Documentation"},
	{"203.0.113.0", "203.0.113.255", "Documentation"},
	{"224.0.0.0", "239.255.255.255", "Multicast"},
	{"240.0.0.0", "255.255.255.254", "Reserved"},
	{"255.255.255.255", "255.255.255.255", "Broadcast"},

	{"::", "::", "Unspecified"},
	{"::1", "::1", "Loopback"},
	{"::2", "::fffe:ffff:ffff", "Reserved"}, // IPv4-mapped addresses follow, which are IPv4 addresses
	{"::1:0:0:0", "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", "Reserved"},
	{"64:ff9b::", "64:ff9b::ffff:ffff", "Well-known prefix"},
	{"64:ff9b::1:0:0", "ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "Reserved"},
	{"100::", "100::ffff:ffff:ffff:ffff", "Discard (RTBH)"},
	{"100:0:0:1::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "Reserved"},
	{"2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "Protocol assignments"},
	{"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "Documentation"},
	{"2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "6to4"},
	{"4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "Reserved"},
	{"fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "Unique Local Unicast"},
	{"fe00::", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "Reserved"},
	{"fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "Link Local Unicast"},
	{"fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "Reserved"},
	{"ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "Multicast"},
}

const reservedPrefix = "Address type "

// addSpecials adds the special addresses to a table.
func addSpecials(b *tagBuilder) {
	for _, s := range &specials {
		r := netrange.Range{First: netip.MustParseAddr(s.first), Last: netip.MustParseAddr(s.last)}
		b.add(r, tagLabel{"Reserved address", "info", reservedPrefix + s.typ})
	}
}

// AddressType is the type of a special address ("Private", "Documentation", ...), empty for ordinary ones.
func AddressType(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	for _, t := range reservedTags().lookup(a.Unmap().WithZone("")) {
		return t.Info[0][len(reservedPrefix):]
	}
	return ""
}

// SpecialTags gives the tags that an address has without any data file: that of a special address, or none.
func SpecialTags(a netip.Addr) []host.Tag {
	if !a.IsValid() {
		return nil
	}
	return reservedTags().lookup(a.Unmap().WithZone(""))
}
