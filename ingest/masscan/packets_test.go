package masscan

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
)

// s7Status is an answer with a part of the system status list: records of index and text.
func s7Status(szl uint16, size int, records ...any) []byte {
	var data []byte
	for i := 0; i < len(records); i += 2 {
		rec := make([]byte, size)
		binary.BigEndian.PutUint16(rec, uint16(records[i].(int)))
		copy(rec[2:], records[i+1].(string))
		data = append(data, rec...)
	}
	list := binary.BigEndian.AppendUint16(nil, szl)
	list = append(list, 0, 0)
	list = binary.BigEndian.AppendUint16(list, uint16(size))
	list = binary.BigEndian.AppendUint16(list, uint16(len(records)/2))
	list = append(list, data...)
	body := append([]byte{0xff, 0x09}, binary.BigEndian.AppendUint16(nil, uint16(len(list)))...)
	return s7Packet(7, 12, append(body, list...))
}

func s7Packet(typ byte, params int, data []byte) []byte {
	b := []byte{0x32, typ, 0, 0, 0, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(params))
	b = binary.BigEndian.AppendUint16(b, uint16(len(data)))
	if typ == 3 {
		b = append(b, 0, 0)
	}
	b = append(b, make([]byte, params)...)
	return tpktOf(append([]byte{2, 0xf0, 0x80}, append(b, data...)...))
}

func tpktOf(b []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{3, 0}, uint16(4+len(b))), b...)
}

func s7Session(answers ...[]byte) []byte {
	out := append(tpktOf([]byte{6, 0xd0, 0, 1, 0, 1, 0}), s7Packet(3, 8, nil)...)
	for _, a := range answers {
		out = append(out, a...)
	}
	return out
}

func TestS7(t *testing.T) {
	raw := s7Session(
		s7Status(0x0011, 28, 1, "6ES7 315-2EH14-0AB0 ", 6, "6ES7 315-2EH14-0AB0 ", 0x99, "new"),
		s7Status(0x0012, 28, 1, "skipped"),
		s7Status(0x001c, 34, 1, "Plant PLC\x00\x00", 2, "CPU 315\x00", 4, "Original Siemens Equipment", 5, "S C-X4U421302009", 6, "", 7, "bad \xff", 11, "tab\there"))
	r := apply(t, &Banners{}, "tcp", 102, "s7comm", Encode(raw))
	r.wantIDs(t, "s7-info")
	sameJSON(t, "values", r.p.Scripts[0].Data, `{"module": "6ES7 315-2EH14-0AB0", "hardware": "6ES7 315-2EH14-0AB0", "UNK-0011-0099": "new",
		"system_name": "Plant PLC", "module_name": "CPU 315", "copyright": "Original Siemens Equipment", "module_sn": "S C-X4U421302009",
		"location": "tab\\there"}`)
	r.wantOutput(t, "s7-info", "\n  module: 6ES7 315-2EH14-0AB0\n  hardware: 6ES7 315-2EH14-0AB0\n  UNK-0011-0099: new\n  system_name: Plant PLC\n"+
		"  module_name: CPU 315\n  copyright: Original Siemens Equipment\n  module_sn: S C-X4U421302009\n  location: tab\\there\n")
	if diff := cmp.Diff(host.Service{Name: "iso-tsap", Product: "Siemens S7 PLC", DeviceType: "specialized"}, r.p.Service); diff != "" {
		t.Error(diff)
	}
	r = apply(t, &Banners{}, "tcp", 102, "s7comm", Encode(s7Session(s7Status(0x1c, 34, 4, "Original INSEVIS equipment"))))
	if r.p.Service.Product != "Insevis S7 PLC" {
		t.Errorf("service is %+v", r.p.Service)
	}
	r = apply(t, &Banners{}, "tcp", 102, "s7comm", Encode(s7Session(s7Status(0x1c, 34, 1, "Technodrome", 4, "Original Siemens Equipment"))))
	if s := r.p.Service; s.Name != "honeypot" || s.Product != "MushMush Conpot" {
		t.Errorf("service is %+v", s)
	}
	connect := tpktOf([]byte{6, 0xd0, 0, 1, 0, 1, 0})
	for _, bad := range []string{"", "text", string(connect), string(append(connect, tpktOf([]byte{2, 0xf0, 0x80, 0x33})...))} {
		r := apply(t, &Banners{}, "tcp", 102, "s7comm", Encode([]byte(bad)))
		r.wantIDs(t, "banner")
		if r.p.Service.Name != "iso-tsap" {
			t.Errorf("service is %+v", r.p.Service)
		}
	}
}

// Vector 21.
func TestIKENotification(t *testing.T) {
	raw := unhex(t, "001122334455667701010101010101010b10050000000000000000280000000c000000010100000e")
	r := apply(t, &Banners{Probes: []string{"ike"}}, "udp", 500, "unknown", Encode(raw))
	r.wantIDs(t, "ike-info")
	if diff := cmp.Diff(host.Service{Name: "isakmp"}, r.p.Service); diff != "" {
		t.Error(diff)
	}
	sameJSON(t, "values", r.p.Scripts[0].Data, `{"type": ["Notification"], "DOI": "IPSEC", "protocol_id": "ISAKMP", "notification_type": "NO-PROPOSAL-CHOSEN"}`)
	r.wantOutput(t, "ike-info", "Notification: NO-PROPOSAL-CHOSEN")
	if r.p.Scripts[0].Masscan == nil {
		t.Error("the banner is lost")
	}
	r = apply(t, &Banners{Probes: []string{"ike-ipsec-nat-t"}}, "udp", 4500, "unknown", Encode(append(make([]byte, 4), raw...)))
	r.wantOutput(t, "ike-info", "Notification: NO-PROPOSAL-CHOSEN")
	sameJSON(t, "values", r.p.Scripts[0].Data, `{"type": ["Notification"], "DOI": "IPSEC", "protocol_id": "ISAKMP", "notification_type": "NO-PROPOSAL-CHOSEN"}`)
	r = apply(t, &Banners{Probes: []string{"ike-ipsec-nat-t"}}, "udp", 4500, "unknown", Encode(raw))
	sameJSON(t, "values", r.p.Scripts[0].Data, `{"type": ["Notification"], "DOI": "IPSEC", "protocol_id": "ISAKMP", "notification_type": "NO-PROPOSAL-CHOSEN",
		"protocol": ["ike-ipsec-nat-t: missing non-ESP marker"]}`)
	for n := range raw {
		r := apply(t, &Banners{Probes: []string{"ike", "Own"}}, "udp", 500, "unknown", Encode(raw[:n]))
		r.wantIDs(t, "banner")
		if r.p.Service.Name != "" {
			t.Fatalf("%d bytes: service is %+v", n, r.p.Service)
		}
	}
}

// payloadOf writes an ISAKMP payload.
func payloadOf(next byte, body []byte) []byte {
	return append([]byte{next, 0, byte((len(body) + 4) >> 8), byte(len(body) + 4)}, body...)
}

func isakmp(first byte, payloads []byte) []byte {
	b := append([]byte{0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77}, "responds"...)
	b = append(b, first, 0x10, 2, 0, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(isakmpHeader+len(payloads)))
	return append(b, payloads...)
}

func ikeSA(next byte, attributes []byte) []byte {
	transform := payloadOf(0, append([]byte{1, 1, 0, 0}, attributes...))
	proposal := payloadOf(0, append([]byte{1, 1, 0, 1}, transform...))
	return payloadOf(next, append([]byte{0, 0, 0, 1, 0, 0, 0, 1}, proposal...))
}

func TestIKE(t *testing.T) {
	// The life duration has a length of its own; what follows it counts, too.
	attributes := unhex(t, "80010007 800e0100 80020002 80040002 80030001 800b0001 000c0004 00007080 8063ffff")
	windows := unhex(t, "1e2b516905991c7d7c96fcbfb587e46100000004")
	body := append(ikeSA(payloadVendor, attributes), payloadOf(payloadVendor, unhex(t, "afcad71368a1f1c96b8696fc77570100"))...)
	body = append(body, payloadOf(43, windows)...)
	body = append(body, payloadOf(payloadVendor, []byte("skipped"))...)
	body = append(body, payloadOf(0, unhex(t, "00ff"))...)
	r := apply(t, &Banners{Probes: []string{"ike"}}, "udp", 500, "unknown", Encode(isakmp(payloadSA, body)))
	data := r.p.Script("ike-info").Data.(*host.Object)
	vendors, _ := data.Delete("vendor_ids")
	sameJSON(t, "values", data, `{"type": ["SA", "Vendor ID", "Vendor ID", "Vendor ID"], "DOI": "IPSEC", "transforms": [{"Encryption": "AES-CBC", "KeyLength": 256,
		"Hash": "SHA", "GroupDesc": "1024MODPgr", "Authentication": "PSK", "LifeType": "Seconds", "LifeDuration": 28800, "UNKNOWN-99": 65535}]}`)
	list := vendors.(host.List)
	if len(list) != 3 || list[1].(*host.Object).Text("name") != "Windows-2003-or-XP-SP2" || list[2].(*host.Object).Text("value") != "00ff" {
		t.Errorf("vendors are %v", plain(list))
	}
	want := host.Service{Name: "isakmp", Product: "Microsoft/Cisco IPsec", OSType: "Windows", Version: "2003 or XP SP2"}
	if diff := cmp.Diff(want, r.p.Service); diff != "" {
		t.Error(diff)
	}
	const start = "Transforms:\n  - Authentication: PSK, Encryption: AES-CBC, GroupDesc: 1024MODPgr, Hash: SHA, KeyLength: 256, LifeDuration: 28800, LifeType: Seconds, UNKNOWN-99: 65535\nVendor IDs:\n  - "
	if out := r.p.Scripts[0].Output; !strings.HasPrefix(out, start) || !strings.HasSuffix(out, "\n  - Windows-2003-or-XP-SP2\n  - 00ff") {
		t.Errorf("output is %q", out)
	}
}

func TestIKEMalformed(t *testing.T) {
	long := append(unhex(t, "0006000a"), unhex(t, "ffffffffffffffffffff")...)
	for _, tt := range []struct {
		first byte
		body  []byte
		want  string
	}{
		{payloadSA, ikeSA(0, unhex(t, "80010063 000c7080")), `{"type": ["SA"], "DOI": "IPSEC", "transforms": [{"Encryption": "UNKNOWN-99"}], "protocol": ["invalid transform length: 28800"]}`},
		{payloadSA, ikeSA(0, long), `{"type": ["SA"], "DOI": "IPSEC", "transforms": [{"GroupPrime": "1208925819614629174706175"}]}`},
		{payloadSA, payloadOf(0, []byte{1}), `{"type": ["SA"], "protocol": ["invalid SA length: 1"]}`},
		{payloadSA, payloadOf(0, unhex(t, "00000009 00000001 00000006 0101")), `{"type": ["SA"], "DOI": "UNKNOWN-9", "protocol": ["invalid proposal length: 2"]}`},
		{payloadSA, payloadOf(0, unhex(t, "00000000 00000001 0000000c 01010401 00000000")), `{"type": ["SA"], "DOI": "ISAKMP"}`},
		{payloadSA, payloadOf(0, unhex(t, "00000002 00000001 00000030")), `{"type": ["SA"], "DOI": "GDOI", "protocol": ["invalid payload length: 48"]}`},
		{payloadNotification, payloadOf(0, unhex(t, "00000001")), `{"type": ["Notification"], "protocol": ["invalid notification length: 4"]}`},
		{payloadNotification, payloadOf(0, unhex(t, "00000001 0900ffff")), `{"type": ["Notification"], "DOI": "IPSEC", "protocol_id": "UNKNOWN-9", "notification_type": "UNKNOWN-65535"}`},
		{99, []byte{0, 0}, `{}`},
	} {
		r := apply(t, &Banners{Probes: []string{"ike"}}, "udp", 500, "unknown", Encode(isakmp(tt.first, tt.body)))
		r.wantIDs(t, "ike-info")
		sameJSON(t, tt.want, r.p.Scripts[0].Data, tt.want)
	}
}

func TestVendors(t *testing.T) {
	for name, want := range map[string]host.Service{
		"Windows":                                {Product: "Microsoft/Cisco IPsec", OSType: "Windows"},
		"Windows-8":                              {Product: "Microsoft/Cisco IPsec", OSType: "Windows", Version: "8"},
		"Firewall-1 NGX or later":                {Product: "Checkpoint VPN-1/Firewall-1", DeviceType: "security-misc", Version: "NGX or later"},
		"Firewall-1 Unknown Vsn":                 {Product: "Checkpoint VPN-1/Firewall-1", DeviceType: "security-misc"},
		"KAME/racoon":                            {Product: "KAME/racoon/IPsec Tools"},
		"strongSwan":                             {Product: "strongSwan", OSType: "Unix", Version: "4.3.6"},
		"strongSwan 5.0.4":                       {Product: "strongSwan", OSType: "Unix", Version: "5.0.4"},
		"Linux Openswan 2.6.44":                  {Product: "Openswan", OSType: "Unix", Version: "2.6.44"},
		"Linux FreeS/WAN 2.06":                   {Product: "FreeS/WAN", OSType: "Unix", Version: "2.06"},
		"Libreswan 3.5":                          {Product: "Libreswan", OSType: "Unix", Version: "3.5"},
		"Cisco VPN Concentrator (3.0.5)":         {Product: "Cisco VPN Concentrator", Version: "3.0.5"},
		"SSH QuickSec 2.1.0":                     {Product: "SSH QuickSec", Version: "2.1.0"},
		"Netscreen-07":                           {Product: "Juniper", OSType: "NetScreen OS", DeviceType: "firewall"},
		"Symantec-Raptor-v8.1":                   {Product: "Symantec-Raptor", DeviceType: "firewall", Version: "8.1"},
		"Teldat":                                 {Product: "Teldat", DeviceType: "broadband router"},
		"Dead Peer Detection":                    {},
		"a name that ends in Windows is another": {},
	} {
		var got host.Service
		if ok := vendorService(&got, name); ok != (want != host.Service{}) || got != want {
			t.Errorf("%s: %t, %+v", name, ok, got)
		}
	}
}

// The names that are known here are those that ike-scan gives.
func TestKnownVendors(t *testing.T) {
	f, err := os.Open("/usr/share/ike-scan/ike-vendor-ids")
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	theirs := readVendors(f)
	if len(theirs) < 100 {
		t.Fatalf("only %d patterns are read", len(theirs))
	}
	for _, ours := range knownVendors() {
		value := strings.TrimPrefix(ours.pattern.String(), "^")
		if strings.Contains(value, "[") {
			continue
		}
		name := ""
		for _, v := range theirs {
			if v.pattern.MatchString(value) {
				name = v.name
				break
			}
		}
		if word, _, _ := strings.Cut(ours.name, " "); name != "" && !strings.HasPrefix(name, word) {
			t.Errorf("%s is %s here and %s there", value, ours.name, name)
		}
	}
}

func TestReadVendors(t *testing.T) {
	list := readVendors(strings.NewReader("# comment\tx\nA name\t\t^AB.*\nno pattern\nbad\t(\n"))
	if len(list) != 1 || list[0].name != "A name" || !list[0].pattern.MatchString("abcd") {
		t.Errorf("got %+v", list)
	}
}

// Vector 21.
func TestDICOM(t *testing.T) {
	item := func(typ byte, value string) string {
		return string([]byte{typ, 0, byte(len(value) >> 8), byte(len(value))}) + value
	}
	pdu := func(body string) []byte {
		return append(binary.BigEndian.AppendUint32([]byte{2, 0}, uint32(len(body))), body...)
	}
	user := item(0x51, "\x00\x00\x40\x00") + item(0x52, "1.2.840.1\x00") + item(0x55, "ACME_1 ") + item(0x53, "\x00\x01")
	accepted := pdu(string(dicomFixed) + item(0x10, "1.2.840.10008.3.1.1.1") + item(0x21, "\x01\x00\x00\x00") + item(0x50, user))
	const known = `"dicom": "DICOM Service Provider discovered!"`
	for _, tt := range []struct {
		raw          []byte
		data, output string
	}{
		{unhex(t, "03000000000400010107"), `{` + known + `, "config": "Called AET check enabled"}`,
			"\n  dicom: DICOM Service Provider discovered!\n  config: Called AET check enabled"},
		{unhex(t, "03000000000400010101"), `{` + known + `, "config": "Called AET check enabled", "info": "Unusual reject message"}`,
			"\n  dicom: DICOM Service Provider discovered!\n  config: Called AET check enabled\n  info: Unusual reject message"},
		{accepted, `{` + known + `, "config": "Any AET is accepted (Insecure)", "max_pdu_length": 16384, "implementation_class_uid": "1.2.840.1",
			"implementation_version": "ACME_1", "unknown_53": "\\x00\\x01"}`,
			"\n  dicom: DICOM Service Provider discovered!\n  config: Any AET is accepted (Insecure)\n  max_pdu_length: 16384\n" +
				"  implementation_class_uid: 1.2.840.1\n  implementation_version: ACME_1\n  unknown_53: \\x00\\x01"},
		{pdu("short"), `{` + known + `, "config": "Any AET is accepted (Insecure)", "info": "Unusual accept message"}`,
			"\n  dicom: DICOM Service Provider discovered!\n  config: Any AET is accepted (Insecure)\n  info: Unusual accept message"},
	} {
		for _, b := range []*Banners{{}, {Probes: []string{"dicom"}}} {
			r := apply(t, b, "tcp", 11112, "unknown", Encode(tt.raw))
			r.wantIDs(t, "dicom-ping")
			sameJSON(t, "values", r.p.Scripts[0].Data, tt.data)
			r.wantOutput(t, "dicom-ping", tt.output)
			if r.p.Service.Name != "dicom" {
				t.Errorf("service is %+v", r.p.Service)
			}
		}
	}
	for _, bad := range []string{"", "+OK", "\x03\x00\x00\x00\x00\x05\x00\x01\x01\x07", "\x02\x01\x00\x00\x00\x00"} {
		r := apply(t, &Banners{DB: patterns(t)}, "tcp", 104, "unknown", Encode([]byte(bad)))
		r.wantIDs(t, "banner")
		if r.p.Service.Name != "" {
			t.Errorf("%q: service is %+v", bad, r.p.Service)
		}
	}
}
