package scripts

import (
	"regexp"
	"strconv"
	"strings"

	"ivre/ingest/host"
)

// rpcPrograms flattens the tables of rpcinfo: program, then protocol.
func rpcPrograms(v host.Value) host.Value {
	o, ok := v.(*host.Object)
	if !ok {
		return v
	}
	out := host.List{}
	for _, program := range o.Members {
		protocols, ok := program.Value.(*host.Object)
		if !ok {
			continue
		}
		for _, protocol := range protocols.Members {
			details, ok := protocol.Value.(*host.Object)
			if !ok {
				continue
			}
			item := host.NewObject("program", number(program.Key), "protocol", protocol.Key)
			for _, m := range details.Members {
				value := m.Value
				if text, ok := value.(string); ok && m.Key == "port" {
					value = number(text)
				}
				item.Set(m.Key, value)
			}
			out = append(out, item)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// number is a text as an integer, or the text if it is none.
func number(s string) host.Value {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	return s
}

var macLike = regexp.MustCompile(`^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}`)
var octetsMAC = regexp.MustCompile(`^([0-9A-Fa-f]{12})33`)

// snmpAddress takes the MAC address out of an SNMP engine's id.
func snmpAddress(h *host.Host, v host.Value) {
	o, _ := v.(*host.Object)
	data := o.Text("engineIDData")
	switch o.Text("engineIDFormat") {
	case "mac":
		if mac := macLike.FindString(data); mac != "" {
			h.AddAddress("mac", mac)
		}
	case "octets":
		if m := octetsMAC.FindStringSubmatch(data); m != nil {
			var parts []string
			for i := 0; i < 12; i += 2 {
				parts = append(parts, m[1][i:i+2])
			}
			h.AddAddress("mac", strings.Join(parts, ":"))
		}
	}
}

func modbus(output string) host.Value {
	for line := range strings.SplitSeq(output, "\n") {
		if id, ok := strings.CutPrefix(strings.TrimLeft(line, " "), "DEVICE IDENTIFICATION:"); ok {
			return host.NewObject("deviceid", strings.Trim(id, " "))
		}
	}
	return nil
}

// mongo reads the text of mongodb-databases, an indented tree; nil if it is not like that.
func mongo(output string) host.Value {
	if strings.HasPrefix(strings.TrimSpace(output), "errmsg = command listDatabases requires authentication") {
		return nil
	}
	m := mongoReader{top: &host.Object{}}
	for line := range strings.SplitSeq(output, "\n") {
		if strings.TrimSpace(line) != "" && !m.line(line) {
			return nil
		}
	}
	if m.top.Len() == 0 {
		return nil
	}
	return m.top
}

type mongoReader struct {
	top      *host.Object
	section  string
	list     host.List // of databases
	database *host.Object
	shards   host.List
	inShards bool
}

func (m *mongoReader) line(line string) bool {
	text := strings.TrimLeft(line, " ")
	level := (len(line) - len(text)) / 2
	key, value, hasValue := strings.Cut(text, " = ")
	switch level {
	case 1:
		return m.first(text, key, value, hasValue)
	case 2:
		switch {
		case m.section == "bad cmd" && hasValue:
			cmd, _ := m.top.Get("bad cmd")
			return set(cmd.(*host.Object), key, value)
		case m.section != "databases":
			return false
		case hasValue:
			return set(m.top, "databases_"+key, value)
		}
		if strings.Trim(text, "0123456789") != "" {
			return false
		}
		m.database, m.inShards, m.shards = &host.Object{}, false, nil
		m.list = append(m.list, m.database)
		m.top.Set("databases", m.list)
		return true
	case 3:
		if m.database == nil {
			return false
		}
		if !hasValue {
			m.inShards = text == "shards"
			return m.inShards
		}
		return set(m.database, key, value)
	case 4:
		size, err := strconv.ParseFloat(value, 64)
		if !m.inShards || m.database == nil || err != nil {
			return false
		}
		m.shards = append(m.shards, host.NewObject("name", key, "size", size))
		m.database.Set("shards", m.shards)
		return true
	}
	return false
}

func (m *mongoReader) first(text, key, value string, hasValue bool) bool {
	m.database, m.section = nil, ""
	if hasValue {
		return set(m.top, key, value)
	}
	m.section = text
	switch text {
	case "databases":
		m.top.Set("databases", host.List{})
	case "bad cmd":
		m.top.Set("bad cmd", &host.Object{})
	default:
		return false
	}
	return true
}

// set adds a member in its type; false if it is there or is not what it should be.
func set(o *host.Object, key, text string) bool {
	if key == "$err" {
		key = "errmsg"
	}
	if _, twice := o.Get(key); twice {
		return false
	}
	var v host.Value = text
	switch key {
	case "totalSize", "totalSizeMb", "sizeOnDisk":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return false
		}
		v = f
	case "empty", "code", "ok":
		switch text {
		case "true":
			v = true
		case "false":
			v = false
		case "nil":
			v = nil
		}
	}
	o.Set(key, v)
	return true
}
