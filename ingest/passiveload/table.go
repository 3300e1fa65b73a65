package passiveload

import (
	"encoding/binary"
	"net/netip"
	"time"

	"ivre/ingest/passive"
)

// Deriver makes records of what was observed. It may be used by several goroutines.
type Deriver interface {
	// Normalise gives emit what becomes of an observation: nothing, one record or several. An error says what was wrong
	// with the observation, which is then left out.
	Normalise(r *passive.Record, emit func(*passive.Record) error) error
	// Derive appends the information of a normalised record to dst, as JSON: what the record has and what can be derived
	// from it. Nothing is appended if there is none.
	Derive(dst []byte, r *passive.Record) ([]byte, passive.InfoTexts)
}

// AsGiven is a Deriver that leaves records as they are.
type AsGiven struct{}

// Normalise implements Deriver.
func (AsGiven) Normalise(r *passive.Record, emit func(*passive.Record) error) error { return emit(r) }

// Derive implements Deriver.
func (AsGiven) Derive(dst []byte, r *passive.Record) ([]byte, passive.InfoTexts) {
	return passive.AppendInfos(dst, r.Infos)
}

// Table adds up observations of the same things.
type Table struct {
	derive Deriver
	columns
	slots []uint32 // finds rows by their identity, see place

	file uint64 // of the observation that is being added
	went int    // records that became of it
	put  func(*passive.Record) error
	buf  []byte
}

// NewTable returns an empty table.
func NewTable(d Deriver) *Table {
	t := &Table{derive: d, slots: make([]uint32, 1<<10)}
	t.put = t.putRecord
	return t
}

// Len is the number of records.
func (t *Table) Len() int { return t.rows() }

// Bytes is roughly how much memory the records take.
func (t *Table) Bytes() int {
	n := t.rows() * (rowBytes + textBytes*numTexts)
	for i := range t.texts {
		n += len(t.texts[i].buf)
	}
	return n
}

// rowBytes is what the columns without texts take for a row, textBytes what each with texts takes besides them.
const (
	rowBytes  = 4*8 + 16 + 24 + 2
	textBytes = 8
)

// Each calls f with the records in the order in which they first appeared, and with their information as JSON, empty if
// there is none. Both are valid until f returns.
func (t *Table) Each(f func(r *passive.Record, infos string) error) error {
	var r passive.Record
	for i := range t.rows() {
		r = passive.Record{
			Recontype: t.texts[textRecontype].at(i), Source: t.texts[textSource].at(i), Sensor: t.texts[textSensor].at(i), TargetVal: t.texts[textTargetval].at(i),
			Port: t.port[i], Value: t.texts[textValue].at(i), Count: t.count[i], First: time.UnixMilli(t.first[i]).UTC(), Last: time.UnixMilli(t.last[i]).UTC(),
		}
		if t.addr[i] != netip.IPv6Unspecified() {
			r.Addr = t.addr[i].Unmap()
		}
		if err := f(&r, t.texts[textInfos].at(i)); err != nil {
			return err
		}
	}
	return nil
}

// Reset empties the table.
func (t *Table) Reset() {
	t.columns.reset()
	clear(t.slots)
}

// Add takes an observation, which may be reused after that. It returns whether there is a record of it: the rules for
// what is to be ignored may say that there is none.
func (t *Table) Add(r *passive.Record, file uint64) (kept bool, err error) {
	t.file, t.went = file, 0
	err = t.derive.Normalise(r, t.put)
	return t.went > 0, err
}

// putRecord adds a normalised record.
func (t *Table) putRecord(r *passive.Record) error {
	t.went++
	var id passive.ID
	id, t.buf = r.Identity(t.buf)
	slot := t.place(id, t.file)
	if row := *slot; row > 0 {
		t.merge(int(row-1), r)
		return nil
	}
	t.add(r, id, t.file)
	t.derived(t.derive, r)
	*slot = uint32(t.rows())
	if 2*t.rows() > len(t.slots) {
		t.grow()
	}
	return nil
}

// place is where the number of the row of a record of a file is, from 1 on, or belongs if it is 0. An identity is a hash
// already. At most half of the slots are used.
func (t *Table) place(id passive.ID, file uint64) *uint32 {
	mask := uint64(len(t.slots) - 1)
	for i := binary.LittleEndian.Uint64(id[:]) + file*0x9e3779b97f4a7c15; ; i++ {
		slot := &t.slots[i&mask]
		if *slot == 0 {
			return slot
		}
		if row := int(*slot - 1); t.id(row) == id && t.columns.file[row] == file {
			return slot
		}
	}
}

func (t *Table) grow() {
	t.slots = make([]uint32, 2*len(t.slots))
	for row := range t.rows() {
		*t.place(t.id(row), t.columns.file[row]) = uint32(row + 1)
	}
}
