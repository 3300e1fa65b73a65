package passivederive

import (
	"encoding/hex"
	"strings"

	"ivre/ingest/host"
	"ivre/ingest/passive"
)

// Scanners tells scanners by the exact bytes that they send. It can be used from several goroutines once it is complete.
type Scanners struct {
	byProto map[string]map[string]sent // by protocol and payload
	longest int
}

// sent says what a payload is.
type sent struct{ product, info string }

// knownPayloads are payloads of scanners other than Nmap, or of changed ones.
var knownPayloads = []struct{ proto, product, probe, payload string }{
	{"tcp", "Masscan", "TLS", "160302016f0100016b03025248c51a23f73a4edfe2b4822fff09549fa7c479b068c6138ca41c3d22e11a982084b42c85af6ee359bb62686cff283d273aa982d96fc8a2d79398b4ef80e5b9900028c00ac0140039006b0035003dc007c009c023c011c013c02700330067003200050004002f003c000a010000faef00001a001800001573796e6469636174696f6e2e7477696d672e636f6dff01000100000a00080006001700180019000b00020100002300b081011967601e04429af3e23c86584f876944b01d8e01faa5873d5ddc164cb420dad342b088ec0a13c3c64c44747df58393eb16607e470715ae683f32fc2871dd8d2ae09e03ad28d9892f0f07afc1278ef157fbc6c4d4563af6ed59614a17140bd77caefe55d97aa6f6c657b53ced789dee39d867020992cba566a3483d06eda5022e9b16f62be73f79651acb6c5cbd6bad11debedf35db0bff2c909432b594573d5e25d21bd2448596312869d74a130a33740000754f0000000500050100000000"},
	{"tcp", "Nmap-modified", "niagara-fox-modified", "666f7820612031202d3120666f782068656c6c6f0a7b0a666f782e76657273696f6e3d733a312e300a69643d693a320a7d3b3b0a"},
	{"udp", "Censys", "DTLS", "16fefd0000000000000000007e010000720000000000000072fefd5f0607426e53de72d8ef337e5fee591019498b2d4e7fde3e09f4a83f03f957060000000cc0acc0aec02bc02fc00ac0140100003c000d0010000e0403050306030401050106010807000a00080006001d00170018000b00020100001700000000000e000c0000093132372e302e302e31"},
	{"udp", "Censys", "DNS", "93d501000001000000000000033231330131033136380331393207696e2d61646472046172706100000c0001"},
}

// NewScanners returns the scanners that are known without Nmap's files.
func NewScanners() *Scanners {
	s := &Scanners{byProto: map[string]map[string]sent{"tcp": {}, "udp": {}}}
	for _, k := range knownPayloads {
		payload, err := hex.DecodeString(k.payload)
		if err != nil {
			panic(err) // the table is wrong
		}
		s.add(k.proto, string(payload), sent{k.product, strings.ToUpper(k.proto) + " probe " + k.probe})
	}
	return s
}

// add adds a payload unless it is known or empty.
func (s *Scanners) add(proto, payload string, what sent) {
	if _, known := s.byProto[proto][payload]; known || payload == "" {
		return
	}
	s.byProto[proto][payload] = what
	s.longest = max(s.longest, len(payload))
}

// builtin are the scanners of a Deriver that has no others.
var builtin = NewScanners()

// findScanner sets what is known of the scanner that sent the value of a record, if it is one.
func (d *Deriver) findScanner(r *passive.Record, proto string) {
	s := d.Scanners
	if s == nil {
		s = builtin
	}
	if r.Value == "" || len(r.Value) > 4*s.longest {
		return
	}
	payload, odd := passive.Unescape(r.Value)
	if odd {
		d.warn(r, "the value %.60q has escapes that are not known; they are taken as they are", r.Value)
	}
	what, ok := s.byProto[proto][string(payload)]
	if !ok {
		return
	}
	r.Infos = host.NewObject("service_name", "scanner", "service_product", what.product, "service_extrainfo", what.info)
}
