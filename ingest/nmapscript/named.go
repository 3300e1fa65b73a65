package nmapscript

import (
	"strings"

	"ivre/ingest/host"
)

// dots undoes what becomes of the dots of keys in records. Underscores that were there before are lost.
func dots(s string) string { return strings.ReplaceAll(s, "_", ".") }

// listByName makes a list of {name: {...}}, in which each object has its name, after rename if that is not nil, as the
// member key. Members that are no objects are dropped; if there are only such, ok is false.
func listByName(j *job, o *host.Object, key string, rename func(string) string) (list host.List, ok bool) {
	dropped := 0
	for _, m := range o.Members {
		inner, ok := m.Value.(*host.Object)
		if !ok {
			dropped++
			continue
		}
		name := m.Key
		if rename != nil {
			name = rename(name)
		}
		list = append(list, withFirst(key, name, inner))
	}
	if list == nil {
		return nil, false
	}
	if dropped > 0 && j != nil {
		j.warn("%d members of the result that are not tables are left out", dropped)
	}
	return list, true
}

// withFirst returns an object with another first member, which replaces the one of that name.
func withFirst(key string, v host.Value, o *host.Object) *host.Object {
	out := &host.Object{Members: append(make([]host.Member, 0, o.Len()+1), host.Member{Key: key, Value: v})}
	for _, m := range o.Members {
		if m.Key != key {
			out.Members = append(out.Members, m)
		}
	}
	return out
}

// changeVulns makes a list of vulnerabilities by id. A single one without an id is a list as well.
func changeVulns(j *job, v host.Value) host.Value {
	o, ok := v.(*host.Object)
	if !ok {
		return v
	}
	if o.Text("state") != "" || o.Text("title") != "" {
		return host.List{o}
	}
	if list, ok := listByName(j, o, "id", nil); ok {
		return list
	}
	return v
}

// changeAccounts makes a list of the applications that have default accounts.
func changeAccounts(j *job, v host.Value) host.Value {
	if o, ok := v.(*host.Object); ok {
		if list, ok := listByName(j, o, "name", nil); ok {
			return list
		}
	}
	return v
}

// changeFCrDNS makes a list of the names that were looked up.
func changeFCrDNS(j *job, v host.Value) host.Value {
	if o, ok := v.(*host.Object); ok {
		if list, ok := listByName(j, o, "name", dots); ok {
			return list
		}
	}
	return v
}

// changeMSSQL makes a list of the instances of a SQL Server. What is said about the machine is dropped.
func changeMSSQL(_ *job, v host.Value) host.Value {
	o, ok := v.(*host.Object)
	if !ok {
		return v
	}
	if list, ok := listByName(nil, o, "Instance", dots); ok {
		return list
	}
	return nil
}
