package flow

import (
	"strconv"
	"strings"
)

// Protocol names that the parsers compare with.
const (
	ProtoICMP  = "icmp"
	ProtoTCP   = "tcp"
	ProtoUDP   = "udp"
	ProtoICMP6 = "icmp6"
)

// assignedNames lists the names of the IP protocols 0 to 146 in their order, in the spelling of the
// nfdump program (lower case) so that flows read natively and through nfdump have the same keys.
// Where nfdump has no name or uses one twice, the IANA keyword stands.
const assignedNames = "hopopt icmp igmp ggp ipip st tcp cbt egp igp " + // 0
	"bbn nvpii pup argus encom xnet chaos udp mux dcn " + // 10
	"hmp prm xns trnk1 trnk2 leaf1 leaf2 rdp irtp iso-4 " + // 20
	"netbk mfesp meinp dccp 3pc idpr xtp ddp idpr-cmtp tp++ " + // 30
	"il ipv6 sdrp rte6 frag6 idrp rsvp gre mhrp bna " + // 40
	"esp ah inlsp swipe narp mobil tlsp skip icmp6 nohe6 " + // 50
	"opts6 host cftp net satnt klan rvd ippc fs satm " + // 60
	"visa ipcv cpnx cphb wsn pvp bsatm sunnd wbmon wbexp " + // 70
	"isoip vmtp svmtp vines ttp nsigp dgp tcf eigrp ospf " + // 80
	"s-rpc larp mtp ax.25 os micp sccsp ethip encap 99 " + // 90
	"gmtp ifmp pnni pim aris scps qnx a/n ipcmp snp " + // 100
	"cpqpp ipxip vrrp pgm 0hop l2tp ddx iatp stp srp " + // 110
	"uti smp sm ptp isis4 fire crtp crudp sscopmce iplt " + // 120
	"sps pipe sctp fc rsvp-e2e-ignore mhead udp-l mpls manet hip " + // 130
	"shim6 wesp rohc ethernet aggfrag nsh homa" // 140

// protoAliases are spellings of other programs that mean exactly one protocol. Spellings that mean
// different protocols to different programs ("ipip") are not here.
var protoAliases = map[string]string{
	"icmpv6":    ProtoICMP6,
	"ipv6-icmp": ProtoICMP6,
	"ipv6-icm":  ProtoICMP6, // cut to eight characters
	"ospfigp":   "ospf",
	"udplite":   "udp-l",
}

var (
	protoNames   = buildProtoNames()
	protoNumbers = buildProtoNumbers()
)

func buildProtoNames() (names [256]string) {
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	copy(names[:], strings.Fields(assignedNames))
	return names
}

func buildProtoNumbers() map[string]uint8 {
	m := make(map[string]uint8, 256)
	for i, name := range protoNames {
		m[name] = uint8(i)
	}
	return m
}

// ProtoName returns the lower-case name of an IP protocol number; the number itself in decimal where
// none is assigned.
func ProtoName(n uint8) string { return protoNames[n] }

// ProtoNumber is the reverse of ProtoName. It also accepts the spellings that CanonicalProto does.
func ProtoNumber(name string) (n uint8, ok bool) {
	n, ok = protoNumbers[CanonicalProto(name)]
	return n, ok
}

// CanonicalProto turns the protocol column of a program's text output into the name that flows are
// keyed by: a decimal protocol number becomes its name, spellings that differ between programs are
// unified ("IPv6-ICMP" is icmp6), anything else is only put in lower case. Known names are returned
// without allocation.
func CanonicalProto(s string) string {
	s = strings.ToLower(s)
	if n, err := strconv.ParseUint(s, 10, 8); err == nil {
		return protoNames[n]
	}
	if name, ok := protoAliases[s]; ok {
		return name
	}
	// The table's own string, so that s may be a part of a long line that should not be kept alive.
	if n, ok := protoNumbers[s]; ok {
		return protoNames[n]
	}
	return s
}
