package flowbody

import (
	"fmt"
	"math"
	"strings"
	"time"

	"ivre/ingest/flow"
)

// field is a member of a record that is read.
type field int

const (
	src field = iota
	dst
	proto
	startTime
	endTime
	sport
	dport
	icmpType
	icmpCode
	csPkts
	csBytes
	scPkts
	scBytes
	origPkts
	origBytes
	respPkts
	respBytes
	numFields
)

var fieldNames = [numFields]string{
	src: "src", dst: "dst", proto: "proto", startTime: "start_time", endTime: "end_time",
	sport: "sport", dport: "dport", icmpType: "type", icmpCode: "code",
	csPkts: "cspkts", csBytes: "csbytes", scPkts: "scpkts", scBytes: "scbytes",
	origPkts: "orig_pkts", origBytes: "orig_ip_bytes", respPkts: "resp_pkts", respBytes: "resp_ip_bytes",
}

var fieldByName = func() map[string]field {
	m := make(map[string]field, numFields)
	for f, name := range fieldNames {
		m[name] = field(f)
	}
	return m
}()

// The counters of the two kinds of records, in the order of flow.Event's CsPkts, CsBytes, ScPkts, ScBytes.
var (
	flowCounters = [4]field{csPkts, csBytes, scPkts, scBytes}
	connCounters = [4]field{origPkts, origBytes, respPkts, respBytes}
)

func (f field) String() string { return "'" + fieldNames[f] + "'" }

// fields are the members of a record as JSON; nil where there is none.
type fields [numFields][]byte

// read takes the members from an object. As with any JSON decoder, the last of several wins.
func (f *fields) read(rec []byte) {
	members(rec, func(key, value []byte) {
		if i, ok := fieldByName[string(key)]; ok {
			f[i] = value
		}
	})
}

// get returns a member; why tells when it is needed.
func (f *fields) get(i field, why string) ([]byte, error) {
	if f[i] == nil {
		return nil, wrongf("%v is missing%s", i, why)
	}
	return f[i], nil
}

// number reads a whole number up to most.
func (f *fields) number(i field, most uint64, why string) (uint64, error) {
	raw, err := f.get(i, why)
	if err != nil {
		return 0, err
	}
	n, ok := whole(raw)
	if !ok || n > most {
		return 0, wrongf("%v must be a whole number from 0 to %d, not %s", i, most, shown(raw))
	}
	return n, nil
}

// counter reads a number of packets or bytes. Zeek leaves those of a connection unset that it does not
// know: they count as 0.
func (f *fields) counter(i field, unset bool) (uint64, error) {
	if unset && string(f[i]) == "null" {
		return 0, nil
	}
	return f.number(i, math.MaxUint64, "")
}

func (f *fields) addr(i field) (flow.Addr, error) {
	raw, err := f.get(i, "")
	if err != nil {
		return flow.Addr{}, err
	}
	s, ok := text(raw)
	if !ok {
		return flow.Addr{}, wrongf("%v must be an IP address in a text, not %s", i, shown(raw))
	}
	a, err := flow.ParseAddr(s)
	if err != nil {
		return flow.Addr{}, wrongf("%v must be an IP address, not %s", i, shown(raw))
	}
	return a, nil
}

// times reads the start and the end of a record.
func (f *fields) times() (start, end int64, err error) {
	if start, err = f.time(startTime); err != nil {
		return 0, 0, err
	}
	if end, err = f.time(endTime); err != nil {
		return 0, 0, err
	}
	if err := flow.CheckTimes(start, end); err != nil {
		return 0, 0, wrongf("%v", err)
	}
	return start, end, nil
}

// timeLayouts are the forms of a date. The parser also takes a fraction after the seconds.
var timeLayouts = []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05"}

// time reads a time in microseconds since 1970 UTC: a number of seconds, or a date.
func (f *fields) time(i field) (int64, error) {
	raw, err := f.get(i, "")
	if err != nil {
		return 0, err
	}
	if s, ok := text(raw); ok {
		for _, layout := range timeLayouts {
			if t, err := time.Parse(layout, s); err == nil {
				return t.Round(time.Microsecond).UnixMicro(), nil
			}
		}
	} else if us, ok := microseconds(raw); ok {
		return us, nil
	}
	return 0, wrongf("%v must be seconds since 1970 or a text YYYY-MM-DD HH:MM:SS (UTC), not %s", i, shown(raw))
}

// ends are the two sides of a flow and its protocol.
type ends struct {
	src, dst           flow.Addr
	proto              string
	sport, dport       uint16
	icmpType, icmpCode uint8
}

// ends reads them; source says that the source port or the ICMP code is needed, too.
func (f *fields) ends(source bool) (e ends, err error) {
	if e.src, err = f.addr(src); err != nil {
		return e, err
	}
	if e.dst, err = f.addr(dst); err != nil {
		return e, err
	}
	if e.proto, err = f.protocol(); err != nil {
		return e, err
	}
	why := fmt.Sprintf(" (needed as the protocol is %s)", e.proto)
	var n uint64
	switch {
	case flow.HasPorts(e.proto):
		if n, err = f.number(dport, math.MaxUint16, why); err != nil {
			return e, err
		}
		e.dport = uint16(n)
		if source {
			n, err = f.number(sport, math.MaxUint16, why)
			e.sport = uint16(n)
		}
	case flow.HasType(e.proto):
		if n, err = f.icmp(icmpType, e.proto, why); err != nil {
			return e, err
		}
		e.icmpType = uint8(n)
		if source {
			n, err = f.icmp(icmpCode, e.proto, why)
			e.icmpCode = uint8(n)
		}
	}
	return e, err
}

// icmp reads a type or code. Clients that know of them for ICMP only leave out those of ICMPv6.
func (f *fields) icmp(i field, protocol, why string) (uint64, error) {
	if protocol == flow.ProtoICMP6 && (f[i] == nil || string(f[i]) == "null") {
		return 0, nil
	}
	return f.number(i, math.MaxUint8, why)
}

// maxProtocol is the longest name of a protocol.
const maxProtocol = 64

// protocol reads the name of the transport protocol. It becomes a part of the identity of flows, so
// only what can be the name of one is let in.
func (f *fields) protocol() (string, error) {
	raw, err := f.get(proto, "")
	if err != nil {
		return "", err
	}
	s, ok := text(raw)
	if !ok || s == "" || len(s) > maxProtocol || strings.ContainsFunc(s, notInName) {
		return "", wrongf("%v must be the name of a protocol (letters, digits and any of _ - . + /), not %s", proto, shown(raw))
	}
	// Not flow.CanonicalProto: records come from programs that were asked for these very names.
	return strings.ToLower(s), nil
}

func notInName(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return !strings.ContainsRune("_-.+/", r)
}
