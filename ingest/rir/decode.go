package rir

import (
	"fmt"
	"net/netip"

	"ivre/ingest/host"
)

// Decode reads what Append writes.
func Decode(b []byte) (*Record, error) {
	v, err := host.DecodeValue(b)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*host.Object)
	if !ok {
		return nil, fmt.Errorf("an object of a registry is not a JSON object")
	}
	r := &Record{}
	for _, m := range o.Members {
		text, isText := m.Value.(string)
		number, isNumber := m.Value.(int64)
		switch {
		case m.Key == "start" && isText:
			r.Start, err = netip.ParseAddr(text)
		case m.Key == "stop" && isText:
			r.Stop, err = netip.ParseAddr(text)
		case m.Key == "aut-num" && isNumber && number >= 0 && number <= 1<<32-1:
			r.Kind, r.ASNum = AutNum, uint32(number)
		case m.Key == "source_file" && isText:
			r.SourceFile = text
		case m.Key == "source_hash" && isText:
			r.SourceHash = text
		case m.Key == "schema_version" && isNumber:
			r.SchemaVersion = int(number)
		case m.Key == "size":
		case isText:
			r.Attrs = append(r.Attrs, Attr{m.Key, text})
		default:
			err = fmt.Errorf("%.40q has a value that it cannot have", m.Key)
		}
		if err != nil {
			return nil, err
		}
	}
	switch {
	case r.Kind == AutNum:
	case r.Start.Is4():
		r.Kind = Inetnum
	case r.Start.IsValid():
		r.Kind = Inet6num
	default:
		return nil, fmt.Errorf("an object of a registry has neither addresses nor a number")
	}
	return r, nil
}
