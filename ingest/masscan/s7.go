package masscan

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"

	"ivre/ingest/host"
)

// maxS7Values bounds how many values of a PLC are kept. Real ones have about ten.
const maxS7Values = 100

// Parts of the system status list that Masscan asks for.
const (
	szlModule    = 0x0011
	szlComponent = 0x001c
)

// s7Keys names the records of the two parts.
var s7Keys = map[[2]uint16]string{
	{szlModule, 0x01}: "module", {szlModule, 0x06}: "hardware", {szlModule, 0x07}: "firmware",
	{szlModule, 0x81}: "vipa_firmware", {szlModule, 0x82}: "svn_cpu",
	{szlComponent, 1}: "system_name", {szlComponent, 2}: "module_name", {szlComponent, 3}: "plant",
	{szlComponent, 4}: "copyright", {szlComponent, 5}: "module_sn", {szlComponent, 6}: "reserved",
	{szlComponent, 7}: "module_type", {szlComponent, 8}: "memory_card_sn", {szlComponent, 11}: "location",
}

// s7 reads the answers of a PLC that speaks S7comm: of the connection (COTP), of the session's setup, and parts of the
// system status list.
func (r *reading) s7() error {
	o := s7Info(r.raw)
	if o == nil {
		r.s.ID = "banner"
		return nil
	}
	out := "\n"
	for _, m := range o.Members {
		out += "  " + m.Key + ": " + m.Value.(string) + "\n"
	}
	r.s.Output = out
	if o.Len() > 0 {
		r.s.Data = o
	}
	s := &r.p.Service
	s.DeviceType = "specialized"
	switch o.Text("copyright") {
	case "Original Siemens Equipment":
		s.Product = "Siemens S7 PLC"
	case "Original INSEVIS equipment":
		s.Product = "Insevis S7 PLC"
	}
	if o.Text("system_name") == "Technodrome" { // the default of a honeypot
		s.Name, s.Product = "honeypot", "MushMush Conpot"
	}
	return nil
}

// s7Info returns the values of the system status list, nil if b does not start like a PLC's answers.
func s7Info(b []byte) *host.Object {
	connect, b, ok := tpkt(b)
	if !ok || len(connect) < 2 || connect[1] != 0xd0 {
		return nil
	}
	setup, b, ok := tpkt(b)
	if _, s7 := s7Message(setup); !ok || !s7 {
		return nil
	}
	o := &host.Object{}
	for {
		var packet []byte
		if packet, b, ok = tpkt(b); !ok {
			return o
		}
		if data, ok := s7Message(packet); ok {
			systemStatus(o, data)
		}
	}
}

// tpkt takes a packet off b (RFC 1006, 6). ok is false if there is no complete packet.
func tpkt(b []byte) (payload, rest []byte, ok bool) {
	if len(b) < 4 || b[0] != 3 || b[1] != 0 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n < 4 || n > len(b) {
		return nil, nil, false
	}
	return b[4:n], b[n:], true
}

// s7Message returns the data of an S7comm message in a COTP data packet.
func s7Message(b []byte) (data []byte, ok bool) {
	if len(b) < 2 || b[1] != 0xf0 || int(b[0])+1 > len(b) {
		return nil, false
	}
	b = b[int(b[0])+1:]
	if len(b) < 10 || b[0] != 0x32 {
		return nil, false
	}
	header := 10
	if b[1] == 2 || b[1] == 3 { // acknowledgements also have an error code
		header = 12
	}
	start := header + int(binary.BigEndian.Uint16(b[6:]))
	end := start + int(binary.BigEndian.Uint16(b[8:]))
	if start > len(b) {
		return nil, true
	}
	return b[start:min(end, len(b))], true
}

// systemStatus reads the records of a part of the system status list.
func systemStatus(o *host.Object, b []byte) {
	if len(b) < 12 || b[0] != 0xff { // return code: success
		return
	}
	szl := binary.BigEndian.Uint16(b[4:])
	size := int(binary.BigEndian.Uint16(b[8:]))
	if szl != szlModule && szl != szlComponent || size <= 8 {
		return
	}
	for b = b[12:]; len(b) >= size && o.Len() < maxS7Values; b = b[size:] {
		index := binary.BigEndian.Uint16(b)
		key, ok := s7Keys[[2]uint16{szl, index}]
		if !ok {
			key = fmt.Sprintf("UNK-%04x-%04x", szl, index)
		}
		text := strings.TrimRight(string(b[2:2+size-8]), " \x00")
		if text == "" || !utf8.ValidString(text) {
			continue
		}
		if _, known := o.Get(key); !known {
			o.Set(key, printable(text))
		}
	}
}

// printable shows the control characters of a text as escapes.
func printable(s string) string {
	if strings.IndexFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f }) < 0 {
		return s
	}
	return escape([]byte(s))
}
