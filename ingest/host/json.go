package host

import (
	"net/netip"
	"strconv"
	"time"
)

// Append appends the JSON of a record, in the style of AppendValue. Unknown values are absent; openports is
// computed; there is never an _id. Further members (Extra) that have the name of a member of the record
// proper are left out. A script's structure is left out if its id would make it one of the script's own members
// ("output").
//
// Decode reads what Append writes and gives the same record back, provided that the record is as its fields
// say (times in microseconds, sorted lists sorted).
func Append(dst []byte, h *Host) []byte {
	dst = append(dst, `{"schema_version": `...)
	dst = strconv.AppendInt(dst, SchemaVersion, 10)
	dst = append(dst, ", "...)
	if h.Addr.IsValid() {
		dst = appendAddr(append(dst, `"addr": `...), h.Addr)
	}
	dst = appendAddresses(dst, h.Addresses)
	dst = appendHostnames(dst, h.Hostnames)
	if !h.Start.IsZero() {
		dst = appendDate(append(dst, `"starttime": `...), h.Start)
	}
	if !h.End.IsZero() {
		dst = appendDate(append(dst, `"endtime": `...), h.End)
	}
	dst = appendText(dst, `"state": `, h.State)
	dst = appendText(dst, `"state_reason": `, h.StateReason)
	dst = appendInt(dst, `"state_reason_ttl": `, h.StateReasonTTL)
	switch {
	case h.SourceList || len(h.Source) > 1:
		dst = appendTexts(dst, `"source": `, h.Source)
	case len(h.Source) == 1:
		dst = append(AppendString(append(dst, `"source": `...), h.Source[0]), ", "...)
	}
	dst = appendTexts(dst, `"categories": `, h.Categories)
	dst = appendTags(dst, h.Tags)
	if h.Infos != nil {
		dst = append(appendObject(append(dst, `"infos": `...), h.Infos, 1), ", "...)
	}
	dst = appendExtraPorts(dst, h.ExtraPorts)
	dst = appendCPEs(dst, h.CPEs)
	dst = appendOS(dst, h.OS)
	dst = appendTraces(dst, h.Traces)
	dst = appendExtra(dst, h.Extra, 1, ownHostMember)
	dst = appendOpenPorts(dst, h.OpenPorts())
	dst = appendPorts(dst, h.Ports)
	return closeWith(dst, '}')
}

// ownHostMember tells whether a member of a record has a place of its own in Host, or none at all.
func ownHostMember(key string) bool {
	switch key {
	case "_id", "schema_version", "addr", "addresses", "hostnames", "starttime", "endtime", "state", "state_reason",
		"state_reason_ttl", "source", "categories", "tags", "infos", "openports", "extraports", "cpes", "os", "traces",
		"ports":
		return true
	}
	return false
}

// The functions below append members, each followed by a separator.

func appendText(dst []byte, key, s string) []byte {
	if s == "" {
		return dst
	}
	return append(AppendString(append(dst, key...), s), ", "...)
}

func appendInt(dst []byte, key string, n Int) []byte {
	if !n.Set {
		return dst
	}
	return append(strconv.AppendInt(append(dst, key...), n.N, 10), ", "...)
}

func appendTexts(dst []byte, key string, list []string) []byte {
	if len(list) == 0 {
		return dst
	}
	return append(appendTextList(append(dst, key...), list), ", "...)
}

func appendTextList(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for _, s := range list {
		dst = append(AppendString(dst, s), ", "...)
	}
	return closeWith(dst, ']')
}

func appendAddr(dst []byte, a netip.Addr) []byte {
	return append(a.AppendTo(append(dst, '"')), `", `...)
}

func appendDate(dst []byte, t time.Time) []byte { return append(appendTime(dst, t), ", "...) }

func appendExtra(dst []byte, extra []Member, depth int, own func(key string) bool) []byte {
	for i := range extra {
		m := &extra[i]
		if !own(m.Key) {
			dst = append(appendValue(appendKey(dst, m.Key), m.Value, depth), ", "...)
		}
	}
	return dst
}

func appendAddresses(dst []byte, lists []AddressList) []byte {
	if len(lists) == 0 {
		return dst
	}
	dst = append(dst, `"addresses": {`...)
	for i := range lists {
		dst = append(appendTextList(appendKey(dst, lists[i].Type), lists[i].Values), ", "...)
	}
	return append(closeWith(dst, '}'), ", "...)
}

func appendHostnames(dst []byte, names []Hostname) []byte {
	if len(names) == 0 {
		return dst
	}
	dst = append(dst, `"hostnames": [`...)
	for i := range names {
		n := &names[i]
		dst = append(AppendString(append(dst, `{"name": `...), n.Name), ", "...)
		dst = appendText(dst, `"type": `, n.Type)
		dst = appendTexts(dst, `"domains": `, n.Domains)
		dst = appendExtra(dst, n.Extra, 3, ownHostnameMember)
		dst = append(closeWith(dst, '}'), ", "...)
	}
	return append(closeWith(dst, ']'), ", "...)
}

func ownHostnameMember(key string) bool {
	return key == "name" || key == "type" || key == "domains"
}

func appendTags(dst []byte, tags []Tag) []byte {
	if len(tags) == 0 {
		return dst
	}
	dst = append(dst, `"tags": [`...)
	for i := range tags {
		t := &tags[i]
		dst = append(AppendString(append(dst, `{"value": `...), t.Value), ", "...)
		dst = appendText(dst, `"type": `, t.Type)
		dst = appendTexts(dst, `"info": `, t.Info)
		dst = append(closeWith(dst, '}'), ", "...)
	}
	return append(closeWith(dst, ']'), ", "...)
}

func appendExtraPorts(dst []byte, lists []ExtraPorts) []byte {
	if len(lists) == 0 {
		return dst
	}
	dst = append(dst, `"extraports": {`...)
	for i := range lists {
		l := &lists[i]
		dst = append(appendKey(dst, l.State), `{"total": `...)
		dst = append(strconv.AppendInt(dst, l.Total, 10), `, "reasons": {`...)
		for _, r := range l.Reasons {
			dst = append(strconv.AppendInt(appendKey(dst, r.Name), r.Count, 10), ", "...)
		}
		dst = append(closeWith(dst, '}'), "}, "...)
	}
	return append(closeWith(dst, '}'), ", "...)
}

func appendCPEs(dst []byte, cpes []CPE) []byte {
	if len(cpes) == 0 {
		return dst
	}
	dst = append(dst, `"cpes": [`...)
	for i := range cpes {
		c := &cpes[i]
		dst = AppendString(append(dst, `{"type": `...), c.Type)
		dst = AppendString(append(dst, `, "vendor": `...), c.Vendor)
		dst = AppendString(append(dst, `, "product": `...), c.Product)
		dst = append(AppendString(append(dst, `, "version": `...), c.Version), ", "...)
		dst = appendTexts(dst, `"origins": `, c.Origins)
		dst = append(closeWith(dst, '}'), ", "...)
	}
	return append(closeWith(dst, ']'), ", "...)
}

func appendOS(dst []byte, os *OS) []byte {
	if os == nil {
		return dst
	}
	dst = append(dst, `"os": {`...)
	if os.PortUsed != nil {
		dst = append(appendObject(append(dst, `"portused": `...), os.PortUsed, 2), ", "...)
	}
	dst = appendObjects(dst, `"osmatch": `, os.Match)
	dst = appendObjects(dst, `"osclass": `, os.Class)
	dst = appendText(dst, `"fingerprint": `, os.Fingerprint)
	return append(closeWith(dst, '}'), ", "...)
}

func appendObjects(dst []byte, key string, list []*Object) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(append(dst, key...), '[')
	for _, o := range list {
		if o != nil {
			dst = append(appendObject(dst, o, 3), ", "...)
		}
	}
	return append(closeWith(dst, ']'), ", "...)
}

func appendTraces(dst []byte, traces []Trace) []byte {
	if len(traces) == 0 {
		return dst
	}
	dst = append(dst, `"traces": [`...)
	for i := range traces {
		t := &traces[i]
		if t.Protocol == "" {
			dst = append(dst, `{"protocol": null, `...)
		} else {
			dst = append(AppendString(append(dst, `{"protocol": `...), t.Protocol), ", "...)
		}
		dst = appendInt(dst, `"port": `, t.Port)
		dst = append(dst, `"hops": [`...)
		for j := range t.Hops {
			dst = append(appendHop(dst, &t.Hops[j]), ", "...)
		}
		dst = append(closeWith(dst, ']'), "}, "...)
	}
	return append(closeWith(dst, ']'), ", "...)
}

func appendHop(dst []byte, hop *Hop) []byte {
	dst = append(dst, '{')
	if hop.Addr.IsValid() {
		dst = appendAddr(append(dst, `"ipaddr": `...), hop.Addr)
	}
	if hop.TTL != nil {
		dst = append(appendValue(append(dst, `"ttl": `...), hop.TTL, 5), ", "...)
	}
	if hop.RTT != nil {
		dst = append(appendValue(append(dst, `"rtt": `...), hop.RTT, 5), ", "...)
	}
	dst = appendText(dst, `"host": `, hop.Host)
	dst = appendTexts(dst, `"domains": `, hop.Domains)
	dst = appendExtra(dst, hop.Extra, 5, ownHopMember)
	return closeWith(dst, '}')
}

func ownHopMember(key string) bool {
	switch key {
	case "ipaddr", "ttl", "rtt", "host", "domains":
		return true
	}
	return false
}

func appendOpenPorts(dst []byte, open OpenPorts) []byte {
	dst = append(dst, `"openports": {"count": `...)
	dst = strconv.AppendInt(dst, int64(open.Count), 10)
	for _, l := range open.Protocols {
		dst = appendKey(append(dst, ", "...), l.Protocol)
		dst = append(dst, `{"count": `...)
		dst = strconv.AppendInt(dst, int64(len(l.Ports)), 10)
		dst = append(dst, `, "ports": [`...)
		for _, p := range l.Ports {
			dst = append(strconv.AppendInt(dst, int64(p), 10), ", "...)
		}
		dst = append(closeWith(dst, ']'), '}')
	}
	return append(dst, "}, "...)
}
