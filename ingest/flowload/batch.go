package flowload

import (
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/ingest/flow"
)

// Slots says which time slots are recorded with each flow (the FLOW_TIME settings).
type Slots struct {
	Seconds uint32 // length of a slot; 0: record none
	Base    uint32 // a moment (Unix time) at which a slot starts
	First   bool   // record the slot of the start only, instead of all up to the end
}

// count is how many slots a record makes.
func (s Slots) count(start, end int64) int64 {
	if s.Seconds == 0 || s.First {
		return 1
	}
	return (end-start)/(int64(s.Seconds)*1_000_000) + 2
}

// maxSlots bounds the slots of one record: with slots of a second, a record of months would make a
// row of many megabytes.
const maxSlots = 100_000

// eventBatch holds the rows of flow_events column by column. Times are converted when the batch is
// sent, in the worker.
type eventBatch struct {
	start, end                    []int64
	src, dst                      [][16]byte
	proto                         []string
	sport, dport                  []uint16
	typ, code                     []uint8
	count, cspk, csby, scpk, scby []uint64
}

func newEventBatch(rows int) *eventBatch {
	return &eventBatch{
		start: make([]int64, 0, rows), end: make([]int64, 0, rows),
		src: make([][16]byte, 0, rows), dst: make([][16]byte, 0, rows),
		proto: make([]string, 0, rows), sport: make([]uint16, 0, rows), dport: make([]uint16, 0, rows),
		typ: make([]uint8, 0, rows), code: make([]uint8, 0, rows), count: make([]uint64, 0, rows),
		cspk: make([]uint64, 0, rows), csby: make([]uint64, 0, rows), scpk: make([]uint64, 0, rows), scby: make([]uint64, 0, rows),
	}
}

func (b *eventBatch) rows() int { return len(b.start) }

func (b *eventBatch) reset() {
	b.start, b.end, b.src, b.dst = b.start[:0], b.end[:0], b.src[:0], b.dst[:0]
	b.proto, b.sport, b.dport, b.typ, b.code = b.proto[:0], b.sport[:0], b.dport[:0], b.typ[:0], b.code[:0]
	b.count, b.cspk, b.csby, b.scpk, b.scby = b.count[:0], b.cspk[:0], b.csby[:0], b.scpk[:0], b.scby[:0]
}

func (b *eventBatch) add(e *flow.Event) {
	b.start = append(b.start, e.Start)
	b.end = append(b.end, e.End)
	b.src = append(b.src, e.Src)
	b.dst = append(b.dst, e.Dst)
	b.proto = append(b.proto, e.Proto)
	b.sport = append(b.sport, e.Sport)
	b.dport = append(b.dport, e.Dport)
	b.typ = append(b.typ, e.Type)
	b.code = append(b.code, e.Code)
	b.count = append(b.count, max(1, e.Count))
	b.cspk = append(b.cspk, e.CsPkts)
	b.csby = append(b.csby, e.CsBytes)
	b.scpk = append(b.scpk, e.ScPkts)
	b.scby = append(b.scby, e.ScBytes)
}

const insertEvents = "INSERT INTO flow_events (start_time, end_time, src, dst, proto, sport, dport, type, code, " +
	"count, cspkts, csbytes, scpkts, scbytes, slot_seconds, slot_base, slot_all)"

func (b *eventBatch) write(to driver.Batch, s Slots) error {
	if err := appendTimes(to, b.start, b.end); err != nil {
		return err
	}
	return appendColumns(to, 2, b.src, b.dst, b.proto, b.sport, b.dport, b.typ, b.code,
		b.count, b.cspk, b.csby, b.scpk, b.scby, repeat(s.Seconds, b.rows()), repeat(s.Base, b.rows()), repeat(s.all(), b.rows()))
}

func (s Slots) all() uint8 {
	if s.First {
		return 0
	}
	return 1
}

func appendColumns(to driver.Batch, first int, columns ...any) error {
	for i, c := range columns {
		if err := to.Column(first + i).Append(c); err != nil {
			return err
		}
	}
	return nil
}

// appendTimes appends columns of microseconds to the first columns.
func appendTimes(to driver.Batch, columns ...[]int64) error {
	times := make([]time.Time, len(columns[0]))
	for i, micros := range columns {
		for row, m := range micros {
			times[row] = time.UnixMicro(m)
		}
		if err := to.Column(i).Append(times); err != nil {
			return err
		}
	}
	return nil
}

func repeat[T any](v T, n int) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// metaBatch holds the rows of flow_metadata_events.
type metaBatch struct {
	start, end  []int64
	src, dst    [][16]byte
	proto       []string
	dport       []uint16
	typ         []uint8
	name        []string
	keys        [][]string
	kinds       [][]uint8
	texts       [][]string
	numbers     [][]int64
	counterKeys [][]string
	counters    [][]uint64
	bytes       int // of the values, roughly
}

func (b *metaBatch) rows() int { return len(b.start) }

func (b *metaBatch) add(m *flow.Meta) {
	b.start = append(b.start, m.Start)
	b.end = append(b.end, m.End)
	b.src = append(b.src, m.Src)
	b.dst = append(b.dst, m.Dst)
	b.proto = append(b.proto, m.Proto)
	b.dport = append(b.dport, m.Dport)
	b.typ = append(b.typ, m.Type)
	b.name = append(b.name, m.Name)
	n := len(m.Values)
	keys, kinds, texts, numbers := make([]string, n), make([]uint8, n), make([]string, n), make([]int64, n)
	for i, v := range m.Values {
		keys[i], kinds[i], texts[i], numbers[i] = v.Key, uint8(v.Kind), v.Str, v.Int
		b.bytes += len(v.Str) + 64
	}
	b.keys, b.kinds, b.texts, b.numbers = append(b.keys, keys), append(b.kinds, kinds), append(b.texts, texts), append(b.numbers, numbers)
	names, sums := make([]string, len(m.Counters)), make([]uint64, len(m.Counters))
	for i, c := range m.Counters {
		names[i], sums[i] = c.Key, c.N
	}
	b.counterKeys, b.counters = append(b.counterKeys, names), append(b.counters, sums)
	b.bytes += 400
}

const insertMetas = "INSERT INTO flow_metadata_events (start_time, end_time, src, dst, proto, dport, type, name, " +
	"`values.key`, `values.kind`, `values.text`, `values.number`, `counters.key`, `counters.n`, slot_seconds, slot_base, slot_all)"

func (b *metaBatch) write(to driver.Batch, s Slots) error {
	if err := appendTimes(to, b.start, b.end); err != nil {
		return err
	}
	return appendColumns(to, 2, b.src, b.dst, b.proto, b.dport, b.typ, b.name, b.keys, b.kinds, b.texts, b.numbers,
		b.counterKeys, b.counters, repeat(s.Seconds, b.rows()), repeat(s.Base, b.rows()), repeat(s.all(), b.rows()))
}
