package nfcapd

import "ivre/ingest/flow"

// A V3 record is a header and a number of elements, each with a 16-bit type and a 16-bit size that
// includes these four bytes. Elements are not aligned.
const (
	v3Header      = 12
	v3Elements    = 4  // offset of the number of elements (16 bits)
	v3Flags       = 10 // offset of the flags (8 bits)
	v3FlagEvent   = 1
	elementHeader = 4
)

// Element types that matter here, and the sizes of their contents. Contents may be longer than the
// known part in later versions.
const (
	elementGeneric = 1 // times, counters, ports, protocol
	elementIPv4    = 2
	elementIPv6    = 3
	elementCounts  = 5 // number of flows, counters of the other direction
	elementNSEL    = 19
	elementNAT     = 25

	sizeGeneric = 48
	sizeIPv4    = 8
	sizeIPv6    = 32
	sizeCounts  = 24
)

// What a record has been seen to have.
const (
	hasGeneric = 1 << iota
	hasAddrs
)

// decodeV3 reads a V3 record into d.event.
func (d *decoder) decodeV3(rec []byte) error {
	if len(rec) < v3Header {
		return bad("a flow record of only %d bytes", len(rec))
	}
	if rec[v3Flags]&v3FlagEvent != 0 {
		return errIsEvent
	}
	e := &d.event
	*e = flow.Event{}
	has := 0
	body := rec[v3Header:]
	for n := le.Uint16(rec[v3Elements:]); n > 0; n-- {
		if len(body) < elementHeader {
			return bad("the record ends before its last %d elements", n)
		}
		kind, size := le.Uint16(body), int(le.Uint16(body[2:]))
		if size < elementHeader || size > len(body) {
			return bad("element of type %d and size %d, with %d bytes left in the record", kind, size, len(body))
		}
		content := body[elementHeader:size]
		body = body[size:]
		switch kind {
		case elementGeneric:
			if len(content) < sizeGeneric {
				return shortElement(kind, content)
			}
			decodeGeneric(e, content)
			has |= hasGeneric
		case elementIPv4:
			if len(content) < sizeIPv4 {
				return shortElement(kind, content)
			}
			e.Src, e.Dst = addr4(content), addr4(content[4:])
			has |= hasAddrs
		case elementIPv6:
			if len(content) < sizeIPv6 {
				return shortElement(kind, content)
			}
			e.Src, e.Dst = addr6(content), addr6(content[16:])
			has |= hasAddrs
		case elementCounts:
			if len(content) < sizeCounts {
				return shortElement(kind, content)
			}
			e.Count = le.Uint64(content)
			e.ScPkts, e.ScBytes = le.Uint64(content[8:]), le.Uint64(content[16:])
		case elementNSEL, elementNAT:
			return errIsEvent
		}
	}
	if has != hasGeneric|hasAddrs {
		return errHasNoIPs
	}
	return nil
}

func shortElement(kind uint16, content []byte) error {
	return bad("element of type %d with only %d bytes", kind, len(content))
}

// decodeGeneric: first and last packet, reception (64-bit milliseconds), packets, bytes (64), source
// and destination port (16), protocol, TCP flags, forwarding status, type of service (8). The
// destination port of ICMP is type<<8 | code.
func decodeGeneric(e *flow.Event, b []byte) {
	_ = b[sizeGeneric-1]
	setTimes(e, le.Uint64(b), le.Uint64(b[8:]))
	e.CsPkts, e.CsBytes = le.Uint64(b[24:]), le.Uint64(b[32:])
	e.Sport, e.Dport = le.Uint16(b[40:]), le.Uint16(b[42:])
	e.Proto = flow.ProtoName(b[44])
}
