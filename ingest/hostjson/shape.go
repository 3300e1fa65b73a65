package hostjson

import (
	"encoding/json"
	"math"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"ivre/ingest/host"
)

// objects returns the objects in the list that is a member of o; a single object is a list of one.
func objects(o *host.Object, key string) []*host.Object {
	v, _ := o.Get(key)
	if one, ok := v.(*host.Object); ok {
		return []*host.Object{one}
	}
	return items(v)
}

// items returns the objects in a list.
func items(v host.Value) []*host.Object {
	list, _ := v.(host.List)
	out := make([]*host.Object, 0, len(list))
	for _, item := range list {
		if o, ok := item.(*host.Object); ok {
			out = append(out, o)
		}
	}
	return out
}

// object returns a member that is an object, nil if there is none.
func object(o *host.Object, key string) *host.Object {
	v, _ := o.Get(key)
	out, _ := v.(*host.Object)
	return out
}

func ports(rec *host.Object) []*host.Object { return objects(rec, "ports") }

// scripts returns the scripts of all ports and, in records below version 4, of the host.
func scripts(rec *host.Object) []*host.Object {
	out := objects(rec, "scripts")
	for _, p := range ports(rec) {
		out = append(out, objects(p, "scripts")...)
	}
	return out
}

func scriptsWithID(rec *host.Object, id string) []*host.Object {
	return slices.DeleteFunc(scripts(rec), func(s *host.Object) bool { return s.Text("id") != id })
}

// change replaces the value of a member, if there is one.
func change(o *host.Object, key string, f func(host.Value) host.Value) {
	for i := range o.Len() {
		if o.Members[i].Key == key {
			o.Members[i].Value = f(o.Members[i].Value)
			return
		}
	}
}

// keepMembers drops the members that are not to be kept.
func keepMembers(o *host.Object, keep func(host.Member) bool) {
	o.Members = slices.DeleteFunc(o.Members, func(m host.Member) bool { return !keep(m) })
}

// withFirst returns o with another first member, which replaces the one of that name.
func withFirst(key string, v host.Value, o *host.Object) *host.Object {
	out := &host.Object{Members: append(make([]host.Member, 0, o.Len()+1), host.Member{Key: key, Value: v})}
	for _, m := range o.Members {
		if m.Key != key {
			out.Members = append(out.Members, m)
		}
	}
	return out
}

// listByName makes a list of {name: {...}}, in which each object has its name, made by rename, as a member. What is
// no object is dropped; v itself, if it is none, is kept.
func listByName(v host.Value, key string, rename func(name string) string) host.Value {
	o, ok := v.(*host.Object)
	if !ok {
		return v
	}
	list := host.List{}
	for _, m := range o.Members {
		if inner, ok := m.Value.(*host.Object); ok {
			list = append(list, withFirst(key, rename(m.Key), inner))
		}
	}
	return list
}

// vulnList makes a list of vulnerabilities by id, or of a single vulnerability. The latter has texts (title, state).
func vulnList(v host.Value) host.Value {
	o, ok := v.(*host.Object)
	if !ok {
		return v
	}
	for _, m := range o.Members {
		if _, ok := m.Value.(*host.Object); !ok {
			return host.List{o}
		}
	}
	return listByName(o, "id", func(id string) string { return id })
}

// moveStructure gives a script's structure that is named like the script the name that scripts of its kind share. It
// returns whether there was one.
func moveStructure(s *host.Object) bool {
	id := s.Text("id")
	key := host.DataKey(id)
	if key == id {
		return false
	}
	v, ok := s.Delete(id)
	if ok {
		s.Set(key, v)
	}
	return ok
}

// addStructure makes a script's structure from its output, unless it has one.
func (opt *Options) addStructure(s *host.Object) {
	id := s.Text("id")
	key := host.DataKey(id)
	if v, _ := s.Get(key); v != nil || opt.Structure == nil {
		return
	}
	if v := opt.Structure(id, s.Text("output")); v != nil {
		s.Set(key, v)
	}
}

// listedFiles drops the sizes of directories in a list of files and, if numbers is set, makes numbers of sizes and totals
// that are digits.
func listedFiles(s *host.Object, numbers bool) {
	ls := object(s, "ls")
	if ls == nil {
		return
	}
	for _, volume := range objects(ls, "volumes") {
		for _, file := range objects(volume, "files") {
			if file.Text("size") == "<DIR>" {
				file.Delete("size")
			}
			if numbers {
				change(file, "size", digits)
			}
		}
	}
	if total := object(ls, "total"); total != nil && numbers {
		change(total, "files", digits)
		change(total, "bytes", digits)
	}
}

// digits makes a number of a text that consists of digits.
func digits(v host.Value) host.Value {
	s, _ := v.(string)
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return v
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return v
	}
	return n
}

// number makes an integer of a text or a whole float ("2048", "2048.0", 2048.0).
func number(v host.Value) host.Value {
	f, isFloat := v.(float64)
	if s, ok := v.(string); ok {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n
		}
		var err error
		f, err = strconv.ParseFloat(s, 64)
		isFloat = err == nil
	}
	if isFloat && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int64(f)
	}
	return v
}

// addrText makes a text of an address that is an integer: up to 32 bits that of an IPv4 address, else that of an
// IPv6 address.
func addrText(v host.Value) host.Value {
	var n big.Int
	switch v := v.(type) {
	case int64:
		n.SetInt64(v)
	case json.Number:
		if len(v) > 39 { // 2^128 has that many digits
			return v
		}
		n.SetString(string(v), 10)
	default:
		return v
	}
	switch {
	case n.Sign() < 0 || n.BitLen() > 128:
		return v
	case n.BitLen() <= 32:
		return netip.AddrFrom4([4]byte(n.FillBytes(make([]byte, 4)))).String()
	}
	return netip.AddrFrom16([16]byte(n.FillBytes(make([]byte, 16)))).String()
}

// coordinates takes latitude and longitude out of a GeoJSON point, which has them the other way round (RFC 7946,
// section 3.1.1).
func coordinates(loc host.Value) host.Value {
	point, ok := loc.(*host.Object)
	if !ok {
		return loc
	}
	v, _ := point.Get("coordinates")
	if list, _ := v.(host.List); len(list) >= 2 {
		return host.List{list[1], list[0]}
	}
	return v
}
