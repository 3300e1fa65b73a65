package flows

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"ivre/sql/store"
	"ivre/sql/tree"
)

// NameCount is how often something occurs.
type NameCount struct {
	Name  string
	Count uint64
}

// DailyEntry says what happened at a time of day, over all days.
type DailyEntry struct {
	Time  time.Duration // since midnight, UTC
	Flows []NameCount   // by name (tcp/80, icmp/8, arp), in order of appearance
}

// Daily counts time slots by the time of day at which they start. Only slots within the request's bounds
// count; Precision is required. Order, Skip, Limit and Timeline have no effect.
func (c *Client) Daily(ctx context.Context, req Request) ([]DailyEntry, error) {
	if req.Precision <= 0 {
		return nil, &InputError{"the length of the time slots to count is missing"}
	}
	st, err := c.dailyStatement(req)
	if err != nil {
		return nil, err
	}
	var out []DailyEntry
	err = c.query(ctx, st, func(rows driver.Rows) error {
		var seconds uint32
		var k Key
		var n uint64
		if err := rows.Scan(&seconds, &k.Proto, &k.Dport, &k.Type, &n); err != nil {
			return err
		}
		t := time.Duration(seconds) * time.Second
		if len(out) == 0 || out[len(out)-1].Time != t {
			out = append(out, DailyEntry{Time: t})
		}
		last := &out[len(out)-1]
		last.Flows = append(last.Flows, NameCount{k.name(), n})
		return nil
	})
	return out, err
}

func (c *Client) dailyStatement(req Request) (store.Statement, error) {
	p, err := newPlan(req.conjuncts())
	if err != nil {
		return store.Statement{}, err
	}
	slot, err := tree.Compile(req.bounds().(tree.Elements).Cond, slotElement("slot"), &p.params)
	if err != nil {
		return store.Statement{}, err
	}
	return c.statement("SELECT toUInt32(bitShiftRight(slot, 32) % 86400) AS time, proto, dport, type, count()"+
		" FROM (SELECT "+keyColumns+", arrayJoin(slots) AS slot"+p.merged()+") WHERE "+slot.Text+
		" GROUP BY time, proto, dport, type ORDER BY time, min((src, dst)), proto, dport, type", &p.params)
}

// Precisions returns the different lengths of time slots in the database, in seconds, ascending.
func (c *Client) Precisions(ctx context.Context) ([]int, error) {
	st, err := c.statement("SELECT DISTINCT arrayJoin(arrayDistinct(arrayMap(slot -> toUInt32("+slotDuration("slot")+
		"), slots))) AS duration FROM flows ORDER BY duration", &tree.Params{})
	if err != nil {
		return nil, err
	}
	var out []int
	err = c.query(ctx, st, func(rows driver.Rows) error {
		var d uint32
		if err := rows.Scan(&d); err != nil {
			return err
		}
		out = append(out, int(d))
		return nil
	})
	return out, err
}

// FormatTimeOfDay writes a time of day as HH:MM:SS.ffffff.
func FormatTimeOfDay(d time.Duration) string {
	return time.Time{}.Add(d).Format("15:04:05.000000")
}
