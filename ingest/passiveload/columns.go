package passiveload

import (
	"net/netip"
	"time"
	"unsafe"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/ingest/passive"
)

// columns are rows of passive_events without what is derived from the rest. There is nothing in them for the garbage
// collector to follow, and their memory is used again.
type columns struct {
	file  []uint64
	ids   []byte // 16 bytes each
	addr  [][16]byte
	port  []uint16
	count []uint64
	first []int64 // milliseconds since 1970
	last  []int64
	texts [numTexts]texts
}

// The columns of texts.
const (
	textRecontype = iota
	textSource
	textSensor
	textTargetval
	textValue
	numTexts
)

const insertEvents = "INSERT INTO passive_events (file, id, addr, port, count, firstseen, lastseen, recontype, source, sensor, targetval, value, " +
	"infos, service_name, service_product, service_version, service_hostname, md5, sha1, sha256)"

// texts is a column of texts, which stand one after the other in a buffer.
type texts struct {
	buf  []byte
	ends []uint32 // a table is sent long before its texts take 4 GB
}

func (t *texts) add(s string) {
	t.buf = append(t.buf, s...)
	t.end()
}

// end ends a text that was appended to the buffer.
func (t *texts) end() { t.ends = append(t.ends, uint32(len(t.buf))) }

// at returns a text, which is valid until the column is reset.
func (t *texts) at(row int) string {
	start := uint32(0)
	if row > 0 {
		start = t.ends[row-1]
	}
	return view(t.buf[start:t.ends[row]])
}

// reset empties the column. Its memory stays, unless a few huge texts took it.
func (t *texts) reset() {
	if cap(t.buf) > batchBytes {
		t.buf = nil
	}
	t.buf, t.ends = t.buf[:0], t.ends[:0]
}

// view is a text in a buffer that is only appended to. A copy of each would cost as much as sending them.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func (c *columns) rows() int { return len(c.file) }

func (c *columns) id(row int) passive.ID { return passive.ID(c.ids[16*row:]) }

func (c *columns) reset() {
	c.file, c.ids, c.addr, c.port, c.count, c.first, c.last = c.file[:0], c.ids[:0], c.addr[:0], c.port[:0], c.count[:0], c.first[:0], c.last[:0]
	for i := range c.texts {
		c.texts[i].reset()
	}
}

// record sets r to what identifies a row. It is valid until the columns are reset.
func (c *columns) record(r *passive.Record, row int) {
	*r = passive.Record{
		Recontype: c.texts[textRecontype].at(row), Source: c.texts[textSource].at(row), Sensor: c.texts[textSensor].at(row),
		TargetVal: c.texts[textTargetval].at(row), Port: c.port[row], Value: c.texts[textValue].at(row),
		Count: c.count[row], First: time.UnixMilli(c.first[row]).UTC(), Last: time.UnixMilli(c.last[row]).UTC(),
	}
	if c.addr[row] != ([16]byte{}) {
		r.Addr = netip.AddrFrom16(c.addr[row]).Unmap()
	}
}

// add appends a row.
func (c *columns) add(r *passive.Record, id passive.ID, file uint64) {
	c.file = append(c.file, file)
	c.ids = append(c.ids, id[:]...)
	c.addr = append(c.addr, as16(r.Addr))
	c.port = append(c.port, r.Port)
	c.count = append(c.count, r.Count)
	c.first = append(c.first, r.First.UnixMilli())
	c.last = append(c.last, r.Last.UnixMilli())
	c.texts[textRecontype].add(r.Recontype)
	c.texts[textSource].add(r.Source)
	c.texts[textSensor].add(r.Sensor)
	c.texts[textTargetval].add(r.TargetVal)
	c.texts[textValue].add(r.Value)
}

// merge adds observations to a row.
func (c *columns) merge(row int, r *passive.Record) {
	c.count[row] += r.Count
	c.first[row] = min(c.first[row], r.First.UnixMilli())
	c.last[row] = max(c.last[row], r.Last.UnixMilli())
}

// write gives rows and what is derived from them to a batch of insertEvents. It returns how many bytes these are, roughly.
func (t *Table) write(b driver.Batch, from, to int) (bytes int, err error) {
	t.deriveRows(from, to)
	bytes = (to - from) * (rowBytes + numTexts + numDerived)
	views := make([]string, to-from)
	for i := range views {
		views[i] = view(t.ids[16*(from+i) : 16*(from+i+1)])
	}
	values := [...]any{
		t.columns.file[from:to], views, t.addr[from:to], t.port[from:to], t.count[from:to], t.first[from:to], t.last[from:to],
	}
	for i, v := range values {
		if err := b.Column(i).Append(v); err != nil {
			return 0, err
		}
	}
	n := len(values)
	add := func(column *texts, from int) error {
		for i := range views {
			views[i] = column.at(from + i)
			bytes += len(views[i])
		}
		n++
		return b.Column(n - 1).Append(views)
	}
	for i := range t.texts {
		if err := add(&t.texts[i], from); err != nil {
			return 0, err
		}
	}
	for i := range t.derived {
		if err := add(&t.derived[i], 0); err != nil {
			return 0, err
		}
	}
	return bytes, nil
}

// The columns of what is derived.
const (
	derivedInfos = iota
	derivedServiceName
	derivedServiceProduct
	derivedServiceVersion
	derivedServiceHostname
	derivedMD5
	derivedSHA1
	derivedSHA256
	numDerived
)

// deriveRows fills t.derived for some rows.
func (t *Table) deriveRows(from, to int) {
	for i := range t.derived {
		t.derived[i].reset()
	}
	var r passive.Record
	for row := from; row < to; row++ {
		infos := &t.derived[derivedInfos]
		texts, ok := t.early[row]
		if ok {
			infos.buf = append(infos.buf, t.earlyInfos.at(texts.number)...)
		} else {
			t.record(&r, row)
			infos.buf, texts.InfoTexts = t.derive.Derive(infos.buf, &r)
		}
		infos.end()
		t.derived[derivedServiceName].add(texts.ServiceName)
		t.derived[derivedServiceProduct].add(texts.ServiceProduct)
		t.derived[derivedServiceVersion].add(texts.ServiceVersion)
		t.derived[derivedServiceHostname].add(texts.ServiceHostname)
		t.derived[derivedMD5].add(texts.MD5)
		t.derived[derivedSHA1].add(texts.SHA1)
		t.derived[derivedSHA256].add(texts.SHA256)
	}
}

func as16(a netip.Addr) [16]byte {
	if !a.IsValid() {
		return [16]byte{}
	}
	return a.As16()
}
