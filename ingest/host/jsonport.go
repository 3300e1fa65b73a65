package host

import (
	"strconv"
	"strings"
)

func appendPorts(dst []byte, ports []Port) []byte {
	if len(ports) == 0 {
		return dst
	}
	dst = append(dst, `"ports": [`...)
	for i := range ports {
		dst = append(appendPort(dst, &ports[i]), ", "...)
	}
	return append(closeWith(dst, ']'), ", "...)
}

func appendPort(dst []byte, p *Port) []byte {
	dst = strconv.AppendInt(append(dst, `{"port": `...), int64(p.Port), 10)
	dst = append(dst, ", "...)
	dst = appendText(dst, `"protocol": `, p.Protocol)
	dst = appendText(dst, `"state_state": `, p.State)
	dst = appendText(dst, `"state_reason": `, p.StateReason)
	dst = appendInt(dst, `"state_reason_ttl": `, p.StateReasonTTL)
	if p.StateReasonIP.IsValid() {
		dst = appendAddr(append(dst, `"state_reason_ip": `...), p.StateReasonIP)
	}
	dst = appendService(dst, &p.Service)
	dst = appendExtra(dst, p.Extra, 3, ownPortMember)
	if len(p.Scripts) > 0 {
		dst = append(dst, `"scripts": [`...)
		for i := range p.Scripts {
			dst = append(appendScript(dst, &p.Scripts[i]), ", "...)
		}
		dst = append(closeWith(dst, ']'), ", "...)
	}
	dst = appendText(dst, `"screenshot": `, p.Screenshot)
	if len(p.ScreenData) > 0 {
		dst = append(appendBinary(append(dst, `"screendata": `...), p.ScreenData), ", "...)
	}
	dst = appendTexts(dst, `"screenwords": `, p.ScreenWords)
	return closeWith(dst, '}')
}

// ownPortMember tells whether a member of a port has a place of its own in Port.
func ownPortMember(key string) bool {
	if rest, ok := strings.CutPrefix(key, "service_"); ok {
		switch rest {
		case "name", "product", "version", "extrainfo", "ostype", "hostname", "devicetype", "tunnel", "method", "conf",
			"rpcnum", "lowver", "highver":
			return true
		}
		return false
	}
	switch key {
	case "port", "protocol", "state_state", "state_reason", "state_reason_ttl", "state_reason_ip", "scripts",
		"screenshot", "screendata", "screenwords":
		return true
	}
	return false
}

func appendService(dst []byte, s *Service) []byte {
	dst = appendText(dst, `"service_name": `, s.Name)
	dst = appendText(dst, `"service_product": `, s.Product)
	dst = appendText(dst, `"service_version": `, s.Version)
	dst = appendText(dst, `"service_extrainfo": `, s.ExtraInfo)
	dst = appendText(dst, `"service_ostype": `, s.OSType)
	dst = appendText(dst, `"service_hostname": `, s.Hostname)
	dst = appendText(dst, `"service_devicetype": `, s.DeviceType)
	dst = appendText(dst, `"service_tunnel": `, s.Tunnel)
	dst = appendText(dst, `"service_method": `, s.Method)
	dst = appendInt(dst, `"service_conf": `, s.Conf)
	dst = appendInt(dst, `"service_rpcnum": `, s.RPCNum)
	dst = appendInt(dst, `"service_lowver": `, s.LowVer)
	return appendInt(dst, `"service_highver": `, s.HighVer)
}

func appendScript(dst []byte, s *Script) []byte {
	dst = append(AppendString(append(dst, `{"id": `...), s.ID), ", "...)
	if s.HasOutput {
		dst = append(AppendString(append(dst, `"output": `...), s.Output), ", "...)
	}
	key := DataKey(s.ID)
	if s.Data != nil && !ownScriptMember(key) {
		dst = append(appendValue(appendKey(dst, key), s.Data, 5), ", "...)
	}
	if b := s.Masscan; b != nil {
		dst = append(dst, `"masscan": {`...)
		if len(b.Raw) > 0 {
			dst = append(appendBinary(append(dst, `"raw": `...), b.Raw), ", "...)
		}
		dst = appendText(dst, `"encoded": `, b.Encoded)
		dst = append(closeWith(dst, '}'), ", "...)
	}
	for i := range s.Extra {
		m := &s.Extra[i]
		if !ownScriptMember(m.Key) && m.Key != key {
			dst = append(appendValue(appendKey(dst, m.Key), m.Value, 5), ", "...)
		}
	}
	return closeWith(dst, '}')
}

// ownScriptMember tells whether a member of a script has a place of its own in Script, apart from the structure.
func ownScriptMember(key string) bool {
	return key == "id" || key == "output" || key == "masscan"
}
