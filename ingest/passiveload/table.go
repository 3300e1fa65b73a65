package passiveload

import (
	"ivre/ingest/host"
	"ivre/ingest/passive"
)

// Deriver makes records of what was observed. It may be used by several goroutines.
type Deriver interface {
	// Normalise gives emit what becomes of an observation: nothing, one record or several. An error says what was wrong
	// with the observation, which is then left out.
	Normalise(r *passive.Record, emit func(*passive.Record) error) error
	// Infos completes the information of a normalised record with what can be derived from it.
	Infos(r *passive.Record)
}

// Table adds up observations of the same things.
type Table struct {
	derive Deriver
	rows   []Row
	places map[key]int32
	// seen finds the rows that an observation went to when it came for the first time.
	seen map[key][]int32
	// bytes is roughly how much memory the rows take.
	bytes int
	buf   []byte
}

// Row is a record with the file that it is from.
type Row struct {
	passive.Record
	ID   passive.ID
	File uint64
}

type key struct {
	id   passive.ID
	file uint64
}

// NewTable returns an empty table.
func NewTable(d Deriver) *Table {
	return &Table{derive: d, places: map[key]int32{}, seen: map[key][]int32{}}
}

// Rows are the records in the order in which they first appeared.
func (t *Table) Rows() []Row { return t.rows }

// Reset empties the table.
func (t *Table) Reset() {
	clear(t.rows)
	clear(t.places)
	clear(t.seen)
	t.rows, t.bytes = t.rows[:0], 0
}

// Add takes an observation, which may be reused after that. It returns whether there is a record of it: the rules for
// what is to be ignored may say that there is none.
func (t *Table) Add(r *passive.Record, file uint64) (kept bool, err error) {
	var k key
	k.file = file
	k.id, t.buf = r.Identity(t.buf)
	if rows, ok := t.seen[k]; ok {
		for _, i := range rows {
			t.rows[i].merge(r)
		}
		return len(rows) > 0, nil
	}
	var went []int32
	err = t.derive.Normalise(r, func(n *passive.Record) error {
		went = append(went, t.put(n, file))
		return nil
	})
	if err != nil {
		return false, err
	}
	if len(t.seen) < maxSeen {
		t.seen[k] = went
	}
	return len(went) > 0, nil
}

// maxSeen bounds the observations that are known to a table; without it, ones that are ignored would fill the memory.
const maxSeen = 1 << 20

// put adds a normalised record.
func (t *Table) put(n *passive.Record, file uint64) int32 {
	var k key
	k.file = file
	k.id, t.buf = n.Identity(t.buf)
	if i, ok := t.places[k]; ok {
		t.rows[i].merge(n)
		return i
	}
	i := int32(len(t.rows))
	t.places[k] = i
	row := Row{Record: *n, ID: k.id, File: file}
	t.derive.Infos(&row.Record)
	t.rows = append(t.rows, row)
	t.bytes += 300 + len(n.Value) + len(n.TargetVal) + len(n.Source) + infosSize(row.Infos)
	return i
}

// infosSize is roughly the memory of information: certificates take some kilobytes, everything else little.
func infosSize(o *host.Object) int { return 200 * o.Len() }

// merge adds the observations of another record of the same thing.
func (r *Row) merge(o *passive.Record) {
	r.Count += o.Count
	if o.First.Before(r.First) {
		r.First = o.First
	}
	if o.Last.After(r.Last) {
		r.Last = o.Last
	}
}
