package nmapscript

import (
	"strconv"
	"strings"

	"ivre/ingest/host"
)

// changeRPC makes a flat list of {program: {protocol: {port, version, ...}}}.
func changeRPC(_ *job, v host.Value) host.Value {
	o, ok := v.(*host.Object)
	if !ok {
		return v
	}
	var list host.List
	for _, program := range o.Members {
		protocols, _ := program.Value.(*host.Object)
		if protocols == nil {
			continue
		}
		number := intOr(program.Key)
		for _, protocol := range protocols.Members {
			if details, ok := protocol.Value.(*host.Object); ok {
				list = append(list, rpcService(number, protocol.Key, details))
			}
		}
	}
	if list == nil {
		return v
	}
	return list
}

func rpcService(program host.Value, protocol string, details *host.Object) *host.Object {
	out := &host.Object{Members: append(make([]host.Member, 0, details.Len()+2),
		host.Member{Key: "program", Value: program}, host.Member{Key: "protocol", Value: protocol})}
	for _, m := range details.Members {
		switch m.Key {
		case "program", "protocol":
			continue
		case "port":
			if s, ok := m.Value.(string); ok {
				m.Value = intOr(s)
			}
		}
		out.Members = append(out.Members, m)
	}
	return out
}

// intOr returns the number that a text of digits is, else the text.
func intOr(s string) host.Value {
	if n, ok := parseDigits(s); ok {
		return n
	}
	return s
}

// parseDigits reads a number that is made of digits only.
func parseDigits(s string) (int64, bool) {
	if s == "" || s[0] == '-' || s[0] == '+' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// s7Names are the names that records have for what s7-info says.
var s7Names = [...]struct{ from, to string }{
	{"Module", "module"}, {"Basic Hardware", "hardware"}, {"Version", "version"}, {"System Name", "system_name"},
	{"Module Type", "module_name"}, {"Serial Number", "module_sn"}, {"Plant Identification", "plant"}, {"Copyright", "copyright"},
}

// changeS7 renames members; a name that is taken already is not used.
func changeS7(_ *job, v host.Value) host.Value {
	o, ok := v.(*host.Object)
	if !ok {
		return v
	}
	for _, name := range s7Names {
		if _, taken := o.Get(name.to); taken {
			continue
		}
		for i := range o.Members {
			if o.Members[i].Key == name.from {
				o.Members[i].Key = name.to
				break
			}
		}
	}
	return o
}

// finishSNMP takes the address of a network card out of the id of an SNMP engine (RFC 3411, SnmpEngineID).
func finishSNMP(j *job) bool {
	o, _ := j.s.Data.(*host.Object)
	data := o.Text("engineIDData")
	switch o.Text("engineIDFormat") {
	case "mac":
		if isMAC(data) {
			j.h.AddAddress("mac", data[:17])
		}
	case "octets": // some devices append their own number to the address
		if len(data) >= 14 && isHex(data[:12]) && data[12:14] == "33" {
			d := data
			j.h.AddAddress("mac", d[:2]+":"+d[2:4]+":"+d[4:6]+":"+d[6:8]+":"+d[8:10]+":"+d[10:12])
		}
	}
	return true
}

// isMAC tells whether a text starts with a MAC address.
func isMAC(s string) bool {
	if len(s) < 17 {
		return false
	}
	for i := 0; i < 17; i += 3 {
		if !isHex(s[i:i+2]) || i < 15 && s[i+2] != ':' {
			return false
		}
	}
	return true
}

func isHex(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
		default:
			return false
		}
	}
	return s != ""
}

// createModbus reads the first description of a device in the text of modbus-discover.
func createModbus(_ *job, output string) host.Value {
	for line := range strings.SplitSeq(output, "\n") {
		if id, ok := strings.CutPrefix(strings.TrimLeft(line, " "), "DEVICE IDENTIFICATION:"); ok {
			return host.NewObject("deviceid", strings.Trim(id, " \r"))
		}
	}
	return nil
}
