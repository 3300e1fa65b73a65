package flow

// carriesPorts tells whether the protocol has 16-bit ports where TCP has them. Only the ports of tcp
// and udp are kept in events (HasPorts); those of the others still tell which side is the server.
func carriesPorts(proto string) bool {
	switch proto {
	case ProtoTCP, ProtoUDP, "sctp", "dccp", "udp-l":
		return true
	}
	return false
}

// ICMP types that the direction depends on.
const (
	icmpEchoReply    = 0
	icmpEchoRequest  = 8
	icmp6EchoRequest = 128
	icmp6EchoReply   = 129
)

// Orient turns an observation of packets from one address to another into an event from client to
// server. On entry Src and Sport are those of the sender of the CsPkts packets, Dst and Dport those
// of the sender of the ScPkts packets (the other direction, often 0), and for ICMP Dport holds
// type<<8 | code as in NetFlow. Orient then swaps the sides if the sender is the server, and leaves
// only the members that the protocol has: ports, or type and code, or neither.
//
// The server is the side that ServerSide names; when that is undecided the sender stays the client.
// An ICMP echo reply becomes the request it answers, so that both make one flow: whoever sent it is
// the server.
func (t *PortTable) Orient(e *Event) {
	switch e.Proto {
	case ProtoTCP, ProtoUDP:
		if t.ServerSide(e.Sport, e.Dport, e.Proto) > 0 {
			e.swap()
		}
	case ProtoICMP:
		e.splitType()
		if e.Type == icmpEchoReply && e.Code == icmpEchoRequest {
			// Some exporters write type and code the wrong way round; an echo reply has no code 8.
			e.Type, e.Code = icmpEchoRequest, 0
		} else if e.Type == icmpEchoReply {
			e.Type = icmpEchoRequest
			e.swapReply()
		}
	case ProtoICMP6:
		e.splitType()
		if e.Type == icmp6EchoReply {
			e.Type = icmp6EchoRequest
			e.swapReply()
		}
	default:
		if carriesPorts(e.Proto) && t.ServerSide(e.Sport, e.Dport, e.Proto) > 0 {
			e.swap()
		}
		e.Sport, e.Dport = 0, 0
	}
}

// splitType moves the type and code of an ICMP record from Dport to where they belong.
func (e *Event) splitType() {
	e.Type, e.Code = uint8(e.Dport>>8), uint8(e.Dport)
	e.Sport, e.Dport = 0, 0
}

// swapReply makes the sender of an echo reply the server. That is the source, except in a record of
// both directions whose source sent nothing: there the packets, and so the type, are the other side's.
func (e *Event) swapReply() {
	if e.CsPkts != 0 || e.ScPkts == 0 {
		e.swap()
	}
}

// swap exchanges the two sides of the event.
func (e *Event) swap() {
	e.Src, e.Dst = e.Dst, e.Src
	e.Sport, e.Dport = e.Dport, e.Sport
	e.CsPkts, e.ScPkts = e.ScPkts, e.CsPkts
	e.CsBytes, e.ScBytes = e.ScBytes, e.CsBytes
}

// OrderTimes exchanges the times of an event that ends before it starts, and tells whether it did.
// Some exporters mix the two up (softflowd in IPFIX, for instance): the interval is right all the
// same, and leaving out the record would lose its traffic.
func (e *Event) OrderTimes() bool {
	if e.Start <= e.End {
		return false
	}
	e.Start, e.End = e.End, e.Start
	return true
}
