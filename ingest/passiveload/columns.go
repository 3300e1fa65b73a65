package passiveload

import (
	"net/netip"
	"unsafe"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/ingest/passive"
)

// columns are rows of passive_events, in the form in which they are sent: there is nothing in them for the garbage
// collector to follow, and their memory is used again.
type columns struct {
	file  []uint64
	ids   []byte // 16 bytes each
	addr  []netip.Addr
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
	textInfos
	textServiceName
	textServiceProduct
	textServiceVersion
	textServiceHostname
	textMd5
	textSha1
	textSha256
	numTexts
)

const insertEvents = "INSERT INTO passive_events (file, id, addr, port, count, firstseen, lastseen, recontype, source, sensor, targetval, value, " +
	"infos, service_name, service_product, service_version, service_hostname, md5, sha1, sha256)"

// texts is a column of texts, which stand one after the other in a buffer.
type texts struct {
	buf  []byte
	ends []int
}

func (t *texts) add(s string) {
	t.buf = append(t.buf, s...)
	t.ends = append(t.ends, len(t.buf))
}

// at returns a text, which is valid until the column is reset.
func (t *texts) at(row int) string {
	start := 0
	if row > 0 {
		start = t.ends[row-1]
	}
	return view(t.buf[start:t.ends[row]])
}

// view is a text in a buffer that is only appended to. A copy of each would cost as much as sending them.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func (c *columns) rows() int { return len(c.file) }

func (c *columns) id(row int) passive.ID { return passive.ID(c.ids[16*row:]) }

// reset empties the columns. Their memory stays, unless a few huge texts took it.
func (c *columns) reset() {
	c.file, c.ids, c.addr, c.port, c.count, c.first, c.last = c.file[:0], c.ids[:0], c.addr[:0], c.port[:0], c.count[:0], c.first[:0], c.last[:0]
	for i := range c.texts {
		t := &c.texts[i]
		if cap(t.buf) > batchBytes {
			t.buf = nil
		}
		t.buf, t.ends = t.buf[:0], t.ends[:0]
	}
}

// add appends a row, but for what is derived.
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

// derived appends what is derived for the last row.
func (c *columns) derived(derive Deriver, r *passive.Record) {
	t := &c.texts[textInfos]
	var texts passive.InfoTexts
	t.buf, texts = derive.Derive(t.buf, r)
	t.ends = append(t.ends, len(t.buf))
	c.texts[textServiceName].add(texts.ServiceName)
	c.texts[textServiceProduct].add(texts.ServiceProduct)
	c.texts[textServiceVersion].add(texts.ServiceVersion)
	c.texts[textServiceHostname].add(texts.ServiceHostname)
	c.texts[textMd5].add(texts.MD5)
	c.texts[textSha1].add(texts.SHA1)
	c.texts[textSha256].add(texts.SHA256)
}

// merge adds observations to a row.
func (c *columns) merge(row int, r *passive.Record) {
	c.count[row] += r.Count
	c.first[row] = min(c.first[row], r.First.UnixMilli())
	c.last[row] = max(c.last[row], r.Last.UnixMilli())
}

// write gives rows to a batch of insertEvents.
func (c *columns) write(b driver.Batch, from, to int) error {
	views := make([]string, to-from)
	for i := range views {
		views[i] = view(c.ids[16*(from+i) : 16*(from+i+1)])
	}
	values := [...]any{
		c.file[from:to], views, c.addr[from:to], c.port[from:to], c.count[from:to], c.first[from:to], c.last[from:to],
	}
	for i, v := range values {
		if err := b.Column(i).Append(v); err != nil {
			return err
		}
	}
	for i := range c.texts {
		for row := from; row < to; row++ {
			views[row-from] = c.texts[i].at(row)
		}
		if err := b.Column(len(values) + i).Append(views); err != nil {
			return err
		}
	}
	return nil
}

func as16(a netip.Addr) netip.Addr {
	if !a.IsValid() {
		return netip.IPv6Unspecified()
	}
	return netip.AddrFrom16(a.As16())
}
