package nfcapd

import (
	"errors"
	"fmt"
	"slices"

	"ivre/ingest/flow"
)

// Record types. Those that are in neither list have never been in a released nfdump's files.
const (
	recordCommon0      = 1  // flow of nfdump 1.6 with up to 255 exporters
	recordExtensionMap = 2  // says which extensions the flows of layout 1 have
	recordCommon       = 10 // flow of nfdump 1.6
	recordV3           = 11 // flow of nfdump 1.7
)

// isManagement tells whether records of a type describe something else than flows.
func isManagement(kind uint16) bool {
	switch kind {
	case 3, 4, // histograms
		5, 6, // exporter and sampler of old versions
		7, 8, 9, // exporter, its statistics, sampler
		12, 13, 14, // names of applications, interfaces, VRFs
		15,             // sampler
		0x8001, 0x8002: // name and statistics of the file
		return true
	}
	return false
}

// Reasons for which records are skipped.
const (
	skipEvent   = "event record (NSEL, NAT logging)"
	skipNoAddrs = "flow record without IP addresses"
)

// Verdicts on a record that is well-formed but does not become an event.
var (
	errIsEvent  = errors.New(skipEvent)
	errHasNoIPs = errors.New(skipNoAddrs)
)

const recordHeader = 4 // type and size, 16 bits each

// maxMillis is the greatest time in milliseconds that can be converted to microseconds.
const maxMillis = flow.MaxTime / 1000

// decoder turns the records of the blocks into events. One event is used for all of them.
type decoder struct {
	table   *flow.PortTable
	sink    flow.Sink
	layout  int
	maps    extensionMaps
	event   flow.Event
	skipped map[string]uint64
	turned  uint64 // records whose times were exchanged
}

func (d *decoder) skip(reason string, n uint64) {
	if d.skipped == nil {
		d.skipped = make(map[string]uint64)
	}
	d.skipped[reason] += n
}

// report passes the counts to the sink, in a fixed order.
func (d *decoder) report() {
	reasons := make([]string, 0, len(d.skipped))
	for reason := range d.skipped {
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	for _, reason := range reasons {
		d.sink.Skip(reason, d.skipped[reason])
	}
	if d.turned > 0 {
		d.sink.Note(fmt.Sprintf("%d flow records end before they start; their times were exchanged", d.turned))
	}
}

// block decodes all records of a block. Its error is the sink's.
func (d *decoder) block(b *block) error {
	if !d.holdsRecords(b) {
		return nil
	}
	if b.err != nil {
		d.sink.Bad(fmt.Sprintf("block %d at byte %d", b.number, b.offset), b.err)
		return nil
	}
	data := b.data
	for i := uint32(1); i <= b.records; i++ {
		if len(data) < recordHeader {
			d.chainEnds(b, i, fmt.Errorf("the block has %d records, but ends before this one", b.records))
			return nil
		}
		size := int(le.Uint16(data[2:]))
		if size < recordHeader || size > len(data) {
			d.chainEnds(b, i, fmt.Errorf("size %d, with %d bytes left in the block; the rest of the block is skipped", size, len(data)))
			return nil
		}
		if err := d.record(le.Uint16(data), data[:size]); err != nil {
			if !isBad(err) {
				return err
			}
			d.sink.Bad(fmt.Sprintf("block %d, record %d", b.number, i), err)
		}
		data = data[size:]
	}
	if len(data) > 0 && !b.partial {
		d.sink.Bad(fmt.Sprintf("block %d", b.number), fmt.Errorf("%d bytes after its %d records", len(data), b.records))
	}
	return nil
}

// chainEnds reports that the records of a block can't be followed any further. Where the file ends
// inside the block that is to be expected and told by the error that Read returns.
func (d *decoder) chainEnds(b *block, record uint32, err error) {
	if !b.partial {
		d.sink.Bad(fmt.Sprintf("block %d, record %d", b.number, record), err)
	}
}

// holdsRecords tells whether the block is of a kind that has flow records.
func (d *decoder) holdsRecords(b *block) bool {
	switch b.kind {
	case blockRecords1:
		return true
	case blockRecords2:
		// In layout 1 this is also the type of blocks with histograms. Their record headers are two
		// 32-bit numbers, the first a small type, which reads as a 16-bit header of size 0.
		return d.layout == layout2 || len(b.data) < recordHeader || le.Uint16(b.data[2:]) != 0
	case blockArray:
		return false
	case blockNfdump15:
		d.skip("record of nfdump 1.5 (convert the file with nfdump 1.6)", uint64(b.records))
	default:
		d.skip(fmt.Sprintf("record in a block of unknown type %d", b.kind), uint64(b.records))
	}
	return false
}

// badRecord marks errors about the record, to tell them from the sink's.
type badRecord struct{ error }

func bad(format string, args ...any) error { return badRecord{fmt.Errorf(format, args...)} }

func isBad(err error) bool {
	_, ok := err.(badRecord)
	return ok
}

// record handles one record of any type.
func (d *decoder) record(kind uint16, rec []byte) error {
	var err error
	switch kind {
	case recordV3:
		err = d.decodeV3(rec)
	case recordCommon, recordCommon0:
		err = d.decodeCommon(kind, rec)
	case recordExtensionMap:
		return d.maps.add(rec)
	default:
		if !isManagement(kind) {
			d.skip(fmt.Sprintf("record of unknown type %d", kind), 1)
		}
		return nil
	}
	switch err {
	case nil:
		return d.emit()
	case errIsEvent:
		d.skip(skipEvent, 1)
		return nil
	case errHasNoIPs:
		d.skip(skipNoAddrs, 1)
		return nil
	}
	return err
}

// emit completes the event and passes it on.
func (d *decoder) emit() error {
	if d.event.OrderTimes() {
		d.turned++
	}
	if err := flow.CheckTimes(d.event.Start, d.event.End); err != nil {
		return badRecord{err}
	}
	if d.event.Count == 0 {
		d.event.Count = 1
	}
	d.table.Orient(&d.event)
	return d.sink.Event(&d.event)
}

// setTimes takes times in milliseconds. Those too large to convert become just too large.
func setTimes(e *flow.Event, first, last uint64) {
	e.Start = int64(min(first, maxMillis+1)) * 1000
	e.End = int64(min(last, maxMillis+1)) * 1000
}

// addr4 reads an IPv4 address, stored as a 32-bit number.
func addr4(b []byte) flow.Addr { return flow.AddrFrom4(le.Uint32(b)) }

// addr6 reads an IPv6 address, stored as two 64-bit numbers, the upper half first.
func addr6(b []byte) (a flow.Addr) {
	_ = b[15]
	be.PutUint64(a[:8], le.Uint64(b))
	be.PutUint64(a[8:], le.Uint64(b[8:]))
	return a
}
