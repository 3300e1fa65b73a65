package flow

import "testing"

func TestProtoName(t *testing.T) {
	for n, want := range map[uint8]string{
		0: "hopopt", 1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 35: "idpr", 38: "idpr-cmtp", 41: "ipv6", 47: "gre",
		50: "esp", 51: "ah", 58: "icmp6", 88: "eigrp", 89: "ospf", 94: "os", 99: "99", 103: "pim", 112: "vrrp",
		132: "sctp", 136: "udp-l", 137: "mpls", 138: "manet", 145: "nsh", 146: "homa", 147: "147", 255: "255",
	} {
		if got := ProtoName(n); got != want {
			t.Errorf("ProtoName(%d) = %q, want %q", n, got, want)
		}
	}
}

// Every number must keep its own name, or flows of different protocols would be merged.
func TestProtoNamesAreDistinct(t *testing.T) {
	for i := range 256 {
		name := ProtoName(uint8(i))
		if n, ok := ProtoNumber(name); !ok || int(n) != i {
			t.Errorf("protocol %d is named %q, which is the name of %d (%v)", i, name, n, ok)
		}
		if got := CanonicalProto(name); got != name {
			t.Errorf("CanonicalProto(%q) = %q", name, got)
		}
	}
}

func TestCanonicalProto(t *testing.T) {
	for in, want := range map[string]string{
		"TCP": "tcp", "6": "tcp", "47": "gre", "58": "icmp6", "ICMP6": "icmp6", "IPv6-ICMP": "icmp6", "ICMPv6": "icmp6",
		"255": "255", "256": "256", "147": "147", "ARP": "arp", "unknown_transport": "unknown_transport", "": "",
		"+6": "+6",
	} {
		if got := CanonicalProto(in); got != want {
			t.Errorf("CanonicalProto(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestProtoNumberUnknown(t *testing.T) {
	if n, ok := ProtoNumber("arp"); ok {
		t.Errorf("ProtoNumber(arp) = %d: it is not an IP protocol", n)
	}
}
