package hostjson

import (
	"encoding/base64"
	"strings"

	"ivre/ingest/host"
)

// A record of an older schema version is upgraded while it still is a JSON object, since its shape need not be the
// one of host.Host. What does not have the shape that its version demands is left as it is: if it then does
// not fit, decoding says so.

// steps upgrade a record by one version each: the first from 0 to 1.
var steps = [host.SchemaVersion]func(opt *Options, rec *host.Object){
	upgradeTo1, upgradeTo2, upgradeTo3, upgradeTo4, upgradeTo5, upgradeTo6, upgradeTo7, upgradeTo8, upgradeTo9, upgradeTo10,
	upgradeTo11, upgradeTo12, upgradeTo13, upgradeTo14, upgradeTo15, upgradeTo16, upgradeTo17, upgradeTo18, upgradeTo19,
	upgradeTo20, upgradeTo21, upgradeTo22,
}

// upgrade brings a record from a version to the current one.
func (opt *Options) upgrade(rec *host.Object, version int) {
	for _, step := range steps[version:] {
		step(opt, rec)
	}
	rec.Set("schema_version", int64(host.SchemaVersion))
}

// upgradeTo1 adds the words in screenshots. The version also adds openports, which are always computed.
func upgradeTo1(opt *Options, rec *host.Object) {
	if opt.Words == nil {
		return
	}
	for _, p := range ports(rec) {
		data, _ := base64.StdEncoding.DecodeString(p.Text("screendata"))
		if _, has := p.Get("screenwords"); has || len(data) == 0 {
			continue
		}
		list := host.List{}
		for _, w := range opt.Words(data) {
			list = append(list, w)
		}
		if len(list) > 0 {
			p.Set("screenwords", list)
		}
	}
}

// upgradeTo2 drops services that were only looked up in a table of ports.
func upgradeTo2(_ *Options, rec *host.Object) {
	for _, p := range ports(rec) {
		if p.Text("service_method") == "table" {
			keepMembers(p, func(m host.Member) bool { return !strings.HasPrefix(m.Key, "service_") })
		}
	}
}

// upgradeTo3 gives lists of files a common name. Sizes become numbers.
func upgradeTo3(opt *Options, rec *host.Object) {
	for _, s := range scripts(rec) {
		if host.DataKey(s.Text("id")) == "ls" {
			if moveStructure(s) {
				listedFiles(s, true)
			}
			opt.addStructure(s)
		}
	}
}

// upgradeTo4 moves the host's scripts to a pseudo-port.
func upgradeTo4(_ *Options, rec *host.Object) {
	v, _ := rec.Delete("scripts")
	if l, _ := v.(host.List); len(l) > 0 {
		v, _ := rec.Get("ports")
		list, _ := v.(host.List)
		rec.Set("ports", append(list, host.NewObject("port", "host", "scripts", l)))
	}
}

// upgradeTo5 changes the number of the pseudo-port, and extraports from {state: [total, {reason: n}]} to
// {state: {total: total, reasons: {reason: n}}}.
func upgradeTo5(_ *Options, rec *host.Object) {
	for _, p := range ports(rec) {
		if p.Text("port") == "host" {
			p.Set("port", int64(host.HostScripts))
		}
	}
	extra := object(rec, "extraports")
	for i := range extra.Len() {
		m := &extra.Members[i]
		if l, _ := m.Value.(host.List); len(l) == 2 {
			m.Value = host.NewObject("total", l[0], "reasons", l[1])
		}
	}
}

// upgradeTo6 gives vulnerabilities a common name, and makes lists of them.
func upgradeTo6(_ *Options, rec *host.Object) {
	for _, s := range scripts(rec) {
		if host.DataKey(s.Text("id")) == "vulns" {
			moveStructure(s)
			change(s, "vulns", vulnList)
		}
	}
}

// upgradeTo7 adds the structure of mongodb-databases.
func upgradeTo7(opt *Options, rec *host.Object) {
	for _, s := range scriptsWithID(rec, "mongodb-databases") {
		opt.addStructure(s)
	}
}

// upgradeTo8 makes lists of vulnerabilities that are none yet.
func upgradeTo8(_ *Options, rec *host.Object) {
	for _, s := range scripts(rec) {
		if host.DataKey(s.Text("id")) == "vulns" {
			change(s, "vulns", vulnList)
		}
	}
}

// upgradeTo9 adds the structure of http-headers.
func upgradeTo9(opt *Options, rec *host.Object) {
	for _, s := range scriptsWithID(rec, "http-headers") {
		opt.addStructure(s)
	}
}

// upgradeTo10 renames members of s7-info.
func upgradeTo10(_ *Options, rec *host.Object) {
	names := map[string]string{
		"Module": "module", "Basic Hardware": "hardware", "Version": "version", "System Name": "system_name", "Module Type": "module_name",
		"Serial Number": "module_sn", "Plant Identification": "plant", "Copyright": "copyright",
	}
	for _, s := range scriptsWithID(rec, "s7-info") {
		info := object(s, "s7-info")
		for i := range info.Len() {
			if name, ok := names[info.Members[i].Key]; ok {
				info.Members[i].Key = name
			}
		}
	}
}

// upgradeTo11 makes texts of addresses, takes coordinates out of a GeoJSON point, and reads certificates anew.
func upgradeTo11(opt *Options, rec *host.Object) {
	change(rec, "addr", addrText)
	for _, p := range ports(rec) {
		change(p, "state_reason_ip", addrText)
	}
	for _, t := range objects(rec, "traces") {
		for _, hop := range objects(t, "hops") {
			change(hop, "ipaddr", addrText)
		}
	}
	if infos := object(rec, "infos"); infos != nil {
		if loc, ok := infos.Delete("loc"); ok {
			infos.Set("coordinates", coordinates(loc))
		}
	}
	opt.readCerts(rec)
}

// readCerts makes the structures of certificates from their PEM texts.
func (opt *Options) readCerts(rec *host.Object) {
	if opt.Cert == nil {
		return
	}
	for _, s := range scripts(rec) {
		if host.DataKey(s.Text("id")) != "ssl-cert" {
			continue
		}
		change(s, "ssl-cert", func(v host.Value) host.Value {
			list, isList := v.(host.List)
			if !isList {
				return opt.readCert(v)
			}
			for i := range list {
				list[i] = opt.readCert(list[i])
			}
			return list
		})
	}
}

func (opt *Options) readCert(v host.Value) host.Value {
	o, _ := v.(*host.Object)
	if pem := o.Text("pem"); pem != "" {
		if c := opt.Cert(pem); c != nil {
			return c
		}
	}
	return v
}
