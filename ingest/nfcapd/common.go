package nfcapd

import (
	"fmt"

	"ivre/ingest/flow"
)

// A flow record of layout 1 starts like this, whatever its type. Type 1 has its flags in 8 bits and
// the exporter in the next 8; type 10 has 16 bits of flags, and 4 more bytes at the end of this part.
const (
	commonFlags   = 4
	commonMap     = 6  // number of the extension map
	commonMsec    = 8  // milliseconds of the first and the last packet (16 bits each)
	commonSeconds = 12 // seconds of both (32 bits each)
	commonProto   = 22
	commonPorts   = 24 // 16 bits each
	commonSize0   = 28 // type 1
	commonSize    = 32 // type 10
)

// Flags of the record. They also tell the sizes of what follows: addresses, packets, bytes.
const (
	commonIPv6    = 1
	commonPkts64  = 2
	commonBytes64 = 4
	commonEvent   = 64
)

// decodeCommon reads a flow record of layout 1 into d.event.
func (d *decoder) decodeCommon(kind uint16, rec []byte) error {
	size := commonSize
	if kind == recordCommon0 {
		size = commonSize0
	}
	if len(rec) < size {
		return bad("a flow record of only %d bytes", len(rec))
	}
	flags := rec[commonFlags]
	if flags&commonEvent != 0 {
		return errIsEvent
	}
	m, err := d.maps.get(le.Uint16(rec[commonMap:]))
	if err != nil {
		return err
	}
	if m.event {
		return errIsEvent
	}
	if want := size + requiredSize(flags) + m.size; len(rec) < want {
		return bad("a flow record of %d bytes that should have %d", len(rec), want)
	}
	e := &d.event
	*e = flow.Event{Proto: flow.ProtoName(rec[commonProto])}
	setTimes(e,
		uint64(le.Uint32(rec[commonSeconds:]))*1000+uint64(le.Uint16(rec[commonMsec:])),
		uint64(le.Uint32(rec[commonSeconds+4:]))*1000+uint64(le.Uint16(rec[commonMsec+2:])))
	e.Sport, e.Dport = le.Uint16(rec[commonPorts:]), le.Uint16(rec[commonPorts+2:])
	m.decode(e, decodeRequired(e, flags, rec[size:]))
	return nil
}

// requiredSize is the size of the addresses and counters that every record has.
func requiredSize(flags byte) int {
	size := 16 // two addresses, two counters of 4 bytes
	if flags&commonIPv6 != 0 {
		size += 24
	}
	if flags&commonPkts64 != 0 {
		size += 4
	}
	if flags&commonBytes64 != 0 {
		size += 4
	}
	return size
}

// decodeRequired reads the addresses and counters that every record has and returns what follows.
func decodeRequired(e *flow.Event, flags byte, b []byte) []byte {
	if flags&commonIPv6 != 0 {
		e.Src, e.Dst = addr6(b), addr6(b[16:])
		b = b[32:]
	} else {
		e.Src, e.Dst = addr4(b), addr4(b[4:])
		b = b[8:]
	}
	e.CsPkts, b = counter(b, flags&commonPkts64 != 0)
	e.CsBytes, b = counter(b, flags&commonBytes64 != 0)
	return b
}

// counter reads a number of 4 or 8 bytes and returns what follows.
func counter(b []byte, wide bool) (uint64, []byte) {
	if wide {
		return le.Uint64(b), b[8:]
	}
	return uint64(le.Uint32(b)), b[4:]
}

// Extensions that matter here.
const (
	extOutPkts32  = 14
	extOutPkts64  = 15
	extOutBytes32 = 16
	extOutBytes64 = 17
	extFlows32    = 18
	extFlows64    = 19
	extNSEL       = 37
	extNAT        = 46
)

// extensionSizes are the sizes of all extensions of nfdump 1.6 by their number; 0 where there is none.
var extensionSizes = [...]uint8{
	4: 4, 5: 8, // interfaces
	6: 4, 7: 8, // AS numbers
	8: 4,         // type of service, masks
	9: 4, 10: 16, // next hop
	11: 4, 12: 16, // BGP next hop
	13:           4, // VLANs
	extOutPkts32: 4, extOutPkts64: 8,
	extOutBytes32: 4, extOutBytes64: 8,
	extFlows32: 4, extFlows64: 8,
	20: 16, 21: 16, // MAC addresses
	22: 40,        // MPLS labels
	23: 4, 24: 16, // router
	25: 4, 26: 8, 27: 8, // router id, adjacent AS, time of reception
	extNSEL: 20, 38: 4, 39: 8, 40: 32, 41: 24, 42: 24, 43: 72, // firewall events
	45:     24,               // latencies
	extNAT: 12, 47: 8, 48: 8, // NAT events
}

// extensionMap says where in the extensions of a record the interesting ones are.
type extensionMap struct {
	size     int  // of all extensions together
	event    bool // the records are no flows
	outPkts  field
	outBytes field
	flows    field
}

// field is the place of a number within the extensions of a record. Its size is 0 if it has none.
type field struct{ offset, size int }

// decode reads the extensions b, which are at least m.size bytes.
func (m *extensionMap) decode(e *flow.Event, b []byte) {
	e.ScPkts = m.outPkts.value(b)
	e.ScBytes = m.outBytes.value(b)
	e.Count = m.flows.value(b)
}

func (f field) value(b []byte) uint64 {
	if f.size == 0 {
		return 0
	}
	v, _ := counter(b[f.offset:], f.size == 8)
	return v
}

// extensionMaps are the maps that a file has defined so far, by their number. A map may be defined
// anew; that holds for the records after it.
type extensionMaps struct {
	maps   map[uint16]*extensionMap
	lastID uint16
	last   *extensionMap // the one used last, which is mostly the one used next
}

func (s *extensionMaps) get(id uint16) (*extensionMap, error) {
	if s.last != nil && s.lastID == id {
		return s.last, nil
	}
	m := s.maps[id]
	if m == nil {
		return nil, bad("the extension map %d of this flow record is missing", id)
	}
	s.lastID, s.last = id, m
	return m, nil
}

// add takes an extension map record: number of the map, size of the extensions, their numbers, and a
// zero (16 bits each).
func (s *extensionMaps) add(rec []byte) error {
	const header = recordHeader + 4
	if len(rec) < header {
		return bad("an extension map of only %d bytes", len(rec))
	}
	id, size := le.Uint16(rec[4:]), int(le.Uint16(rec[6:]))
	// Records can't be read with an old map of the same number, should this one be unusable.
	delete(s.maps, id)
	s.last = nil
	m, err := parseExtensions(rec[header:])
	if err == nil && m.size != size {
		err = fmt.Errorf("its extensions have %d bytes, but it says %d", m.size, size)
	}
	if err != nil {
		return bad("extension map %d: %w; its flow records can't be read", id, err)
	}
	if s.maps == nil {
		s.maps = make(map[uint16]*extensionMap)
	}
	s.maps[id] = m
	return nil
}

func parseExtensions(ids []byte) (*extensionMap, error) {
	m := &extensionMap{}
	for ; len(ids) >= 2; ids = ids[2:] {
		id := le.Uint16(ids)
		if id == 0 {
			break
		}
		if id <= 3 {
			continue // the required parts, which are not extensions
		}
		if int(id) >= len(extensionSizes) || extensionSizes[id] == 0 {
			return nil, fmt.Errorf("unknown extension %d", id)
		}
		f := field{offset: m.size, size: int(extensionSizes[id])}
		switch id {
		case extOutPkts32, extOutPkts64:
			m.outPkts = f
		case extOutBytes32, extOutBytes64:
			m.outBytes = f
		case extFlows32, extFlows64:
			m.flows = f
		case extNSEL, extNAT:
			m.event = true
		}
		m.size += f.size
	}
	return m, nil
}
