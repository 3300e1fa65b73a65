package host

import "strings"

func (d *decoder) ports() ([]Port, error) {
	n := 0
	return listOf(d, func(d *decoder, p *Port) error {
		if n++; n > maxPorts {
			return d.fail("more than %d ports", maxPorts)
		}
		return d.port(p)
	})
}

func (d *decoder) port(p *Port) error {
	var extra memberSet
	hasPort := false
	begin := d.i
	err := d.object(func(key string) (err error) {
		known := true
		if rest, ok := strings.CutPrefix(key, "service_"); ok {
			known, err = d.serviceMember(&p.Service, rest)
		} else {
			hasPort = hasPort || key == "port"
			known, err = d.portMember(p, key)
		}
		if !known {
			p.Extra, err = d.extra(&extra, p.Extra, key)
		}
		return err
	})
	if err == nil && !hasPort {
		d.i = begin
		err = inMember(d.fail("missing"), "port")
	}
	return err
}

// portMember reads a member of a port, unless it has no place in Port.
func (d *decoder) portMember(p *Port, key string) (known bool, err error) {
	switch key {
	case "port":
		p.Port, err = d.portNumber()
	case "protocol":
		p.Protocol, err = d.text()
	case "state_state":
		p.State, err = d.text()
	case "state_reason":
		p.StateReason, err = d.text()
	case "state_reason_ttl":
		p.StateReasonTTL, err = d.int()
	case "state_reason_ip":
		p.StateReasonIP, err = d.addr()
	case "scripts":
		p.Scripts, err = listOf(d, (*decoder).script)
	case "screenshot":
		p.Screenshot, err = d.text()
	case "screendata":
		p.ScreenData, err = d.binary()
	case "screenwords":
		p.ScreenWords, err = d.texts()
	default:
		return false, nil
	}
	return true, err
}

func (d *decoder) portNumber() (int, error) {
	d.peek()
	at := d.i
	n, err := d.int()
	if err == nil && (!n.Set || n.N < HostScripts || n.N > 65535) {
		d.i = at
		err = d.fail("want a port number, -1 to 65535")
	}
	return int(n.N), err
}

// serviceMember reads a member of a port whose name is service_ and key, unless it has no place in Service.
func (d *decoder) serviceMember(s *Service, key string) (known bool, err error) {
	switch key {
	case "name":
		s.Name, err = d.text()
	case "product":
		s.Product, err = d.text()
	case "version":
		s.Version, err = d.text()
	case "extrainfo":
		s.ExtraInfo, err = d.text()
	case "ostype":
		s.OSType, err = d.text()
	case "hostname":
		s.Hostname, err = d.text()
	case "devicetype":
		s.DeviceType, err = d.text()
	case "tunnel":
		s.Tunnel, err = d.text()
	case "method":
		s.Method, err = d.text()
	case "conf":
		s.Conf, err = d.int()
	case "rpcnum":
		s.RPCNum, err = d.int()
	case "lowver":
		s.LowVer, err = d.int()
	case "highver":
		s.HighVer, err = d.int()
	default:
		return false, nil
	}
	return true, err
}

func (d *decoder) script(s *Script) error {
	base := len(d.members)
	set := memberSet{base: base}
	err := d.object(func(key string) (err error) {
		switch key {
		case "id":
			s.ID, err = d.text()
		case "output":
			s.HasOutput = !d.null()
			s.Output = ""
			if s.HasOutput {
				s.Output, err = d.text()
			}
		case "masscan":
			s.Masscan, err = d.banner()
		default: // the structure or something else: the id may come last
			d.members, err = d.extra(&set, d.members, key)
		}
		return err
	})
	if err != nil {
		return err
	}
	structure := DataKey(s.ID)
	for _, m := range d.members[base:] {
		if m.Key == structure {
			s.Data = withDates(structure, m.Value)
		} else {
			s.Extra = append(s.Extra, m)
		}
	}
	clear(d.members[base:])
	d.members = d.members[:base]
	return nil
}

func (d *decoder) banner() (*Banner, error) {
	if d.null() {
		return nil, nil
	}
	b := &Banner{}
	err := d.object(func(key string) (err error) {
		switch key {
		case "raw":
			b.Raw, err = d.binary()
		case "encoded":
			b.Encoded, err = d.text()
		default:
			err = d.skip()
		}
		return err
	})
	return b, err
}

// dates are the members of structures that are dates, by the structure's key.
var dates = map[string][]string{
	"ssl-cert":                     {"not_before", "not_after"},
	"http-citrix-netscaler-triage": {"rdx_en_gzip_datetime"},
}

// withDates makes dates of the members of a structure that are dates, or of the structures in a list. What is no
// date stays as it is.
func withDates(structure string, v Value) Value {
	names := dates[structure]
	if names == nil {
		return v
	}
	list, ok := v.(List)
	if !ok {
		list = List{v}
	}
	for _, item := range list {
		o, _ := item.(*Object)
		for _, name := range names {
			v, ok := o.Get(name)
			if !ok {
				continue
			}
			if t, err := dateOf(v); err == nil {
				o.Set(name, t)
			}
		}
	}
	return v
}
