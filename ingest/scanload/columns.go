package scanload

import (
	"net/netip"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// list is a column of arrays: the items of all rows, and where each row's end.
type list[T any] struct {
	items []T
	ends  []int
}

func (l *list[T]) add(v T) { l.items = append(l.items, v) }
func (l *list[T]) end()    { l.ends = append(l.ends, len(l.items)) }

func (l *list[T]) addRow(items ...T) {
	l.items = append(l.items, items...)
	l.end()
}

func (l *list[T]) reset() {
	clear(l.items)
	l.items, l.ends = l.items[:0], l.ends[:0]
}

func (l *list[T]) write(to driver.BatchColumn) error {
	start := 0
	for _, end := range l.ends {
		if err := to.AppendRow(l.items[start:end:end]); err != nil {
			return err
		}
		start = end
	}
	return nil
}

// flat is a column of single values.
type flat[T any] struct{ items []T }

func (f *flat[T]) add(v T) { f.items = append(f.items, v) }

func (f *flat[T]) reset() {
	clear(f.items)
	f.items = f.items[:0]
}

func (f *flat[T]) write(to driver.BatchColumn) error { return to.Append(f.items) }

// column is a column of a batch.
type column interface {
	reset()
	write(driver.BatchColumn) error
}

// named is a column with its name in the table.
type named struct {
	name   string
	column column
}

// insert is the INSERT statement for columns.
func insert(table string, columns []named) string {
	sql := "INSERT INTO " + table + " ("
	for i, c := range columns {
		if i > 0 {
			sql += ", "
		}
		sql += "`" + c.name + "`"
	}
	return sql + ")"
}

// none is the address that stands for an unknown one.
var none = netip.IPv6Unspecified()

// as16 is an address as the tables hold it: IPv4 addresses are mapped, zones dropped.
func as16(a netip.Addr) netip.Addr {
	if !a.IsValid() {
		return none
	}
	return netip.AddrFrom16(a.As16())
}

// moment is a time as the tables hold it: an unknown one is that of the epoch.
func moment(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(0, 0)
	}
	return t
}
