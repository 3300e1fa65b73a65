package passiveload

import (
	"encoding/binary"
	"math"

	"ivre/ingest/passive"
)

// Deriver makes records of what was observed. It may be used by several goroutines.
type Deriver interface {
	// Normalise gives emit what becomes of an observation: nothing, one record or several. An error says what was wrong
	// with the observation, which is then left out. The texts of r must not be kept.
	Normalise(r *passive.Record, emit func(*passive.Record) error) error
	// Derive appends what is stored of a normalised record's information to dst, as JSON: what the record has (which is nil
	// for kinds of which nothing is stored) and what can be derived from it. Nothing is appended if there is nothing. The
	// texts of r must not be kept, but those that are returned may be parts of them.
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
	slots []uint64 // find rows by their identity, see place

	// What is known of rows whose information was not only derived from the rest, by their number: that does not stay.
	early      map[int]earlyTexts
	earlyInfos texts

	file uint64 // of the observation that is being added
	went int    // records that became of it
	put  func(*passive.Record) error
	buf  []byte

	derived [numDerived]texts // of the rows that are being written
}

type earlyTexts struct {
	passive.InfoTexts
	number int // in earlyInfos
}

// NewTable returns an empty table.
func NewTable(d Deriver) *Table {
	t := &Table{derive: d, slots: make([]uint64, 1<<10), early: map[int]earlyTexts{}}
	t.put = t.putRecord
	return t
}

// Len is the number of records.
func (t *Table) Len() int { return t.rows() }

// Full tells that the table has as much as is sent at once.
func (t *Table) Full() bool { return t.Len() >= batchRows || t.Bytes() >= batchBytes }

// Bytes is roughly how much memory the records take.
func (t *Table) Bytes() int {
	n := t.rows()*(rowBytes+4*numTexts) + len(t.early)*earlyBytes + len(t.earlyInfos.buf)
	for i := range t.texts {
		n += len(t.texts[i].buf)
	}
	return n
}

// rowBytes is what a row takes but for its texts, with its share of the slots; earlyBytes what is known early of one.
const (
	rowBytes   = 4*8 + 16 + 16 + 2 + 4*8
	earlyBytes = 512
)

// Each calls f with the records in the order in which they first appeared, and with what is stored of their
// information. Both are valid until f returns.
func (t *Table) Each(f func(r *passive.Record, stored string) error) error {
	var r passive.Record
	for row := range t.rows() {
		t.deriveRows(row, row+1)
		t.record(&r, row)
		if err := f(&r, t.derived[derivedInfos].at(0)); err != nil {
			return err
		}
	}
	return nil
}

// Reset empties the table.
func (t *Table) Reset() {
	t.columns.reset()
	clear(t.slots)
	clear(t.early)
	t.earlyInfos.reset()
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
	slot, tag := t.place(id, t.file)
	if row := uint32(*slot); row > 0 {
		t.merge(int(row-1), r)
		return nil
	}
	if r.Infos.Len() > 0 && passive.StoredInfos(r.Recontype) {
		e := earlyTexts{number: len(t.earlyInfos.ends)}
		t.earlyInfos.buf, e.InfoTexts = t.derive.Derive(t.earlyInfos.buf, r)
		e.InfoTexts = e.Clone() // they may be parts of the observation
		t.earlyInfos.end()
		t.early[t.rows()] = e
	}
	t.add(r, id, t.file)
	*slot = tag | uint64(t.rows())
	if 2*t.rows() > len(t.slots) {
		t.grow()
	}
	return nil
}

// place is where the slot of a record of a file is. Its lower half is the number of the row, from 1 on, or 0 if there is
// none yet, to be set together with tag: the upper half of the identity's hash, which saves most looks at other rows. At
// most half of the slots are used.
func (t *Table) place(id passive.ID, file uint64) (slot *uint64, tag uint64) {
	hash := binary.LittleEndian.Uint64(id[:]) + file*0x9e3779b97f4a7c15
	tag = hash &^ math.MaxUint32
	mask := uint64(len(t.slots) - 1)
	for i := hash; ; i++ {
		slot := &t.slots[i&mask]
		if *slot == 0 {
			return slot, tag
		}
		if *slot&^math.MaxUint32 == tag {
			if row := int(uint32(*slot) - 1); t.id(row) == id && t.columns.file[row] == file {
				return slot, tag
			}
		}
	}
}

func (t *Table) grow() {
	old := t.slots
	t.slots = make([]uint64, 2*len(old))
	for row := range t.rows() {
		slot, tag := t.place(t.id(row), t.columns.file[row])
		*slot = tag | uint64(row+1)
	}
}
