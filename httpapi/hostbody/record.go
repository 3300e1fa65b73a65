// Package hostbody writes records of hosts and observations as the web API's clients get them: projected to the fields asked for, with dates
// and addresses in the form asked for. It knows no requests.
package hostbody

import (
	"encoding/json"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"time"

	"ivre/ingest/host"
)

// Style says how host records are written to clients.
type Style struct {
	Fields         [][]string // paths to keep, see FieldPaths; nil: all
	DatesAsStrings bool
	IPsAsNumbers   bool
	// Manuf names the manufacturer of a network card; nil: it is not known.
	Manuf func(mac string) (string, bool)
}

// Append writes a stored record as clients get it.
func (st Style) Append(dst []byte, record string) ([]byte, error) {
	v, err := host.DecodeValue([]byte(record))
	if err != nil {
		return dst, err
	}
	o, ok := v.(*host.Object)
	if !ok {
		return host.AppendValue(dst, v), nil
	}
	o.Delete("_id")
	if st.Fields != nil {
		o = project(o, st.Fields)
	}
	st.convert(o)
	return host.AppendValue(dst, o), nil
}

func (st Style) convert(o *host.Object) {
	if !st.DatesAsStrings {
		for _, key := range []string{"starttime", "endtime", "firstseen", "lastseen"} {
			epoch(o, key)
		}
		if infos, ok := object(o, "infos"); ok { // of a certificate that was seen
			epoch(infos, "not_before")
			epoch(infos, "not_after")
		}
	}
	if st.IPsAsNumbers {
		if a, err := netip.ParseAddr(o.Text("addr")); err == nil {
			o.Set("addr", json.Number(AddressNumber(a)))
		}
	} else {
		each(o, "traces", sortHops)
	}
	each(o, "ports", func(port *host.Object) { each(port, "scripts", st.script) })
	if addresses, ok := object(o, "addresses"); ok {
		if macs, ok := addresses.Get("mac"); ok {
			addresses.Set("mac", st.macs(macs))
		}
	}
}

func (st Style) script(s *host.Object) {
	if m, ok := object(s, "masscan"); ok {
		m.Delete("raw")
	}
	if st.DatesAsStrings {
		return
	}
	each(s, "ssl-cert", func(cert *host.Object) {
		epoch(cert, "not_before")
		epoch(cert, "not_after")
	})
	if triage, ok := object(s, "http-citrix-netscaler-triage"); ok {
		epoch(triage, "rdx_en_gzip_datetime")
	}
}

func (st Style) macs(v host.Value) host.Value {
	list, ok := v.(host.List)
	if !ok {
		return v
	}
	out := make(host.List, 0, len(list))
	for _, mac := range list {
		text, ok := mac.(string)
		if !ok {
			continue
		}
		o := host.NewObject("addr", text)
		if st.Manuf != nil {
			if name, known := st.Manuf(text); known {
				o.Set("manuf", name)
			}
		}
		out = append(out, o)
	}
	return out
}

// sortHops puts the hops of a trace in the order of their distance.
func sortHops(trace *host.Object) {
	v, _ := trace.Get("hops")
	hops, ok := v.(host.List)
	if !ok {
		return
	}
	slices.SortStableFunc(hops, func(a, b host.Value) int { return int(distance(a) - distance(b)) })
}

func distance(hop host.Value) int64 {
	if o, ok := hop.(*host.Object); ok {
		if n, ok := o.Get("ttl"); ok {
			if i, ok := n.(int64); ok {
				return i
			}
		}
	}
	return 0
}

// epoch turns a date into whole seconds since the Unix epoch.
func epoch(o *host.Object, key string) {
	v, ok := o.Get(key)
	if !ok {
		return
	}
	var t time.Time
	switch v := v.(type) {
	case float64:
		o.Set(key, int64(v))
		return
	case string:
		var err error
		if t, err = host.ParseTime(v); err != nil {
			return
		}
	case time.Time:
		t = v
	default:
		return
	}
	o.Set(key, t.Unix())
}

func object(o *host.Object, key string) (*host.Object, bool) {
	v, _ := o.Get(key)
	member, ok := v.(*host.Object)
	return member, ok
}

// each calls f for each object of a list.
func each(o *host.Object, key string, f func(*host.Object)) {
	v, _ := o.Get(key)
	list, _ := v.(host.List)
	for _, item := range list {
		if item, ok := item.(*host.Object); ok {
			f(item)
		}
	}
}

// AddressNumber is an address as an integer: of 32 bits for IPv4, of 128 for IPv6.
func AddressNumber(a netip.Addr) string {
	b := a.Unmap().AsSlice()
	return new(big.Int).SetBytes(b).String()
}

// project keeps the members of an object that paths lead to, descending into lists.
func project(o *host.Object, paths [][]string) *host.Object {
	out := &host.Object{}
	for _, m := range o.Members {
		var deeper [][]string
		whole := false
		for _, p := range paths {
			if p[0] != m.Key {
				continue
			}
			whole = whole || len(p) == 1
			deeper = append(deeper, p[1:])
		}
		switch {
		case whole:
			out.Members = append(out.Members, m)
		case deeper != nil:
			if v, ok := projectValue(m.Value, deeper); ok {
				out.Members = append(out.Members, host.Member{Key: m.Key, Value: v})
			}
		}
	}
	return out
}

func projectValue(v host.Value, paths [][]string) (host.Value, bool) {
	switch v := v.(type) {
	case *host.Object:
		return project(v, paths), true
	case host.List:
		out := host.List{}
		for _, item := range v {
			if kept, ok := projectValue(item, paths); ok {
				out = append(out, kept)
			}
		}
		return out, true
	}
	return nil, false
}

// FieldPaths splits a list of paths.
func FieldPaths(fields []string) [][]string {
	if fields == nil {
		return nil
	}
	out := [][]string{}
	for _, f := range fields {
		out = append(out, strings.Split(f, "."))
	}
	return out
}
