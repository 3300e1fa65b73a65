package passiveload

import (
	"net/netip"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/ingest/host"
)

// columns are the columns of passive_events.
type columns struct {
	file                                          []uint64
	id, recontype, source, sensor                 []string
	addr                                          []netip.Addr
	targetval                                     []string
	port                                          []uint16
	value                                         []string
	count                                         []uint64
	first, last                                   []time.Time
	infos, service, product, version, svchostname []string
	md5, sha1, sha256                             []string
}

const insertEvents = "INSERT INTO passive_events (file, id, recontype, source, sensor, addr, targetval, port, value, count, firstseen, lastseen, " +
	"infos, service_name, service_product, service_version, service_hostname, md5, sha1, sha256)"

func (c *columns) reset() {
	c.file, c.addr, c.port, c.count, c.first, c.last = c.file[:0], c.addr[:0], c.port[:0], c.count[:0], c.first[:0], c.last[:0]
	for _, s := range c.texts() {
		clear(*s)
		*s = (*s)[:0]
	}
}

func (c *columns) texts() []*[]string {
	return []*[]string{&c.id, &c.recontype, &c.source, &c.sensor, &c.targetval, &c.value, &c.infos, &c.service, &c.product, &c.version, &c.svchostname, &c.md5, &c.sha1, &c.sha256}
}

// fill takes rows over.
func (c *columns) fill(rows []Row) {
	var buf []byte
	for i := range rows {
		r := &rows[i]
		c.file = append(c.file, r.File)
		c.id = append(c.id, string(r.ID[:]))
		c.recontype = append(c.recontype, r.Recontype)
		c.source = append(c.source, r.Source)
		c.sensor = append(c.sensor, r.Sensor)
		c.addr = append(c.addr, as16(r.Addr))
		c.targetval = append(c.targetval, r.TargetVal)
		c.port = append(c.port, r.Port)
		c.value = append(c.value, r.Value)
		c.count = append(c.count, r.Count)
		c.first = append(c.first, r.First)
		c.last = append(c.last, r.Last)
		infos := ""
		if r.Infos.Len() > 0 {
			buf = host.AppendValue(buf[:0], r.Infos)
			infos = string(buf)
		}
		c.infos = append(c.infos, infos)
		c.service = append(c.service, r.Infos.Text("service_name"))
		c.product = append(c.product, r.Infos.Text("service_product"))
		c.version = append(c.version, r.Infos.Text("service_version"))
		c.svchostname = append(c.svchostname, r.Infos.Text("service_hostname"))
		c.md5 = append(c.md5, r.Infos.Text("md5"))
		c.sha1 = append(c.sha1, r.Infos.Text("sha1"))
		c.sha256 = append(c.sha256, r.Infos.Text("sha256"))
	}
}

func (c *columns) write(b driver.Batch) error {
	for i, values := range []any{
		c.file, c.id, c.recontype, c.source, c.sensor, c.addr, c.targetval, c.port, c.value, c.count, c.first, c.last,
		c.infos, c.service, c.product, c.version, c.svchostname, c.md5, c.sha1, c.sha256,
	} {
		if err := b.Column(i).Append(values); err != nil {
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
