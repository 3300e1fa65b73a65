package flowstore_test

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/flow"
	"ivre/ingest/flowload"
	"ivre/sql/flowstore"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func load(t *testing.T, db *store.Store, slots flowload.Slots, events []flow.Event, metas []flow.Meta) {
	t.Helper()
	ctx := context.Background()
	l, err := flowload.New(ctx, db, flowload.Options{Slots: slots, BatchRows: 100})
	if err != nil {
		t.Fatal(err)
	}
	f := l.Open(ctx, "test")
	for i := range events {
		if err := f.Sink().Event(&events[i]); err != nil {
			t.Fatal(err)
		}
	}
	for i := range metas {
		if err := f.Sink().Meta(&metas[i]); err != nil {
			t.Fatal(err)
		}
	}
	f.Done("test", nil)
	if err := l.Close(ctx, nil); err != nil {
		t.Fatal(err)
	}
}

// lines returns the rows of a query, one text each.
func lines(t *testing.T, db *store.Store, sql string) []string {
	t.Helper()
	rows, err := db.Query(context.Background(), store.Statement{SQL: "SELECT arrayStringConcat(arrayMap(x -> x, splitByChar('\\t', toString(tuple(*)))), '') FROM (" + sql + ")"})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func addr(t *testing.T, s string) flow.Addr {
	t.Helper()
	a, err := flow.ParseAddr(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const (
	// edges shows the flows with their sums; the order of sets is fixed.
	edges = `SELECT IPv6NumToString(src) AS s, IPv6NumToString(dst) AS d, toString(proto) AS p, dport, sum(count) AS c, sum(cspkts) AS cp, sum(scpkts) AS sp,
		sum(csbytes) AS cb, sum(scbytes) AS sb, arraySort(groupUniqArrayArray(sports)) AS ports FROM flows GROUP BY src, dst, proto, dport, type ORDER BY src, dst, proto, dport`
	base = 1767322800 // 2026-01-02 03:00:00 UTC
)

// swapped makes n flows from one source port to n high ports, as spec/flow.md's vector 21 has them.
func swapped(t *testing.T, proto string, n int, first uint16, cs, sc uint64, span int64) []flow.Event {
	var out []flow.Event
	for i := range n {
		out = append(out, flow.Event{
			Start: base * 1e6, End: (base + span) * 1e6, Src: addr(t, "192.0.2.10"), Dst: addr(t, "198.51.100.5"), Proto: proto,
			Sport: 27017, Dport: first + uint16(i), Count: 1, CsPkts: 1, CsBytes: cs, ScPkts: 1, ScBytes: sc,
		})
	}
	return out
}

func TestCleanup(t *testing.T) {
	turned := func(proto string, cb, sb int) []string {
		return []string{fmt.Sprintf("('::ffff:198.51.100.5','::ffff:192.0.2.10','%s',27017,6,6,6,%d,%d,[50000,50001,50002,50003,50004,50005])", proto, cb, sb)}
	}
	for _, c := range []struct {
		name   string
		events []flow.Event
		want   []string // nil: unchanged
	}{
		{"six tcp", swapped(t, "tcp", 6, 50000, 200, 100, 0), turned("tcp", 600, 1200)},
		{"five tcp", swapped(t, "tcp", 5, 50000, 200, 100, 0), nil},
		{"port scan", swapped(t, "tcp", 6, 50000, 40, 20, 0), nil},
		{"six udp", swapped(t, "udp", 6, 50000, 40, 20, 0), turned("udp", 120, 240)},
		{"six udp over two slots", swapped(t, "udp", 6, 50000, 40, 20, 4000), turned("udp", 120, 240)},
		{"low ports", swapped(t, "tcp", 6, 125, 200, 100, 0), nil},
		{"several source ports", append(swapped(t, "tcp", 6, 50000, 200, 100, 0), func() []flow.Event {
			e := swapped(t, "tcp", 6, 50000, 200, 100, 0)
			for i := range e {
				e[i].Sport++
			}
			return e
		}()...), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := storetest.New(t)
			load(t, db, flowload.Slots{Seconds: 3600}, c.events, nil)
			before := lines(t, db, edges)
			n, err := flowstore.Cleanup(context.Background(), db)
			if err != nil {
				t.Fatal(err)
			}
			want := c.want
			if want == nil {
				want = before
				if n != 0 {
					t.Errorf("%d flows switched", n)
				}
			} else if n != 6 {
				t.Errorf("%d flows switched, want 6", n)
			}
			if diff := cmp.Diff(want, lines(t, db, edges)); diff != "" {
				t.Error(diff)
			}
			checkAgrees(t, db)
			if n, err := flowstore.Cleanup(context.Background(), db); n != 0 || err != nil {
				t.Errorf("a second run switched %d flows (%v)", n, err)
			}
		})
	}
}

func TestCleanupKeepsMetadata(t *testing.T) {
	db := storetest.New(t)
	meta := flow.Meta{Start: base * 1e6, End: base * 1e6, Src: addr(t, "192.0.2.10"), Dst: addr(t, "198.51.100.5"), Proto: "tcp", Dport: 50003, Name: "ssl",
		Values: []flow.Value{{Key: "version", Kind: flow.String, Str: "TLSv12"}}}
	load(t, db, flowload.Slots{Seconds: 3600}, swapped(t, "tcp", 6, 50000, 200, 100, 0), []flow.Meta{meta})
	if _, err := flowstore.Cleanup(context.Background(), db); err != nil {
		t.Fatal(err)
	}
	got := lines(t, db, "SELECT IPv6NumToString(src) AS s, dport, key, text, sum(n) AS n FROM flow_metadata GROUP BY name, key, src, dst, proto, dport, type, kind, text, number ORDER BY key")
	want := []string{"('::ffff:198.51.100.5',27017,'','',1)", "('::ffff:198.51.100.5',27017,'version','TLSv12',1)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	checkAgrees(t, db)
}

func checkAgrees(t *testing.T, db *store.Store) {
	t.Helper()
	diffs, err := flowstore.Check(context.Background(), db)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range diffs {
		t.Error("base and derived tables differ:", d)
	}
}

func TestRepair(t *testing.T) {
	db := storetest.New(t)
	events := swapped(t, "tcp", 300, 20000, 100, 100, 0)
	later := swapped(t, "tcp", 300, 20000, 100, 100, 0)
	for i := range later {
		later[i].Start += 40 * 86400e6
		later[i].End = later[i].Start + 5e6
	}
	metas := []flow.Meta{{Start: base * 1e6, End: base * 1e6, Src: addr(t, "2001:db8::1"), Dst: addr(t, "2001:db8::2"), Proto: "udp", Dport: 53, Name: "dns",
		Values: []flow.Value{{Key: "query", Kind: flow.String, Str: "www.example.com"}}, Counters: nil}}
	load(t, db, flowload.Slots{Seconds: 3600}, append(events, later...), metas)
	want, wantMeta := lines(t, db, edges), lines(t, db, "SELECT name, key, text, sum(n) FROM flow_metadata GROUP BY name, key, text ORDER BY ALL")
	for _, damage := range []string{
		"DELETE FROM flows WHERE dport < 20100 AND month = 202601",
		"INSERT INTO flows SELECT * FROM flows LIMIT 10",
		"DELETE FROM flow_metadata WHERE key = 'query'",
		"INSERT INTO flows SELECT * FROM flows WHERE loglines > 0",
		"ALTER TABLE flows DROP PARTITION 202602",
		"INSERT INTO flows SELECT * REPLACE (202512 AS month) FROM flows LIMIT 1", // a month without base rows
	} {
		if err := db.Exec(context.Background(), store.Statement{SQL: damage}); err != nil {
			t.Fatal(damage, err)
		}
		if diffs, err := flowstore.Check(context.Background(), db); err != nil || len(diffs) == 0 {
			t.Errorf("%s: not noticed (%v)", damage, err)
		}
		months, err := flowstore.Repair(context.Background(), db)
		if err != nil {
			t.Fatal(damage, err)
		}
		if len(months) != 1 {
			t.Errorf("%s: months %v repaired", damage, months)
		}
		checkAgrees(t, db)
		if diff := cmp.Diff(want, lines(t, db, edges)); diff != "" {
			t.Errorf("%s: %s", damage, diff)
		}
		if diff := cmp.Diff(wantMeta, lines(t, db, "SELECT name, key, text, sum(n) FROM flow_metadata GROUP BY name, key, text ORDER BY ALL")); diff != "" {
			t.Errorf("%s: %s", damage, diff)
		}
	}
}

func TestSlots(t *testing.T) {
	one := func(start, end int64) []flow.Event {
		e := swapped(t, "tcp", 1, 80, 1, 1, 0)
		e[0].Start, e[0].End = start*1e6, end*1e6
		return e
	}
	const day = 1767312000 // 2026-01-02 00:00:00
	at := func(h, m, s int64) int64 { return day + h*3600 + m*60 + s }
	for _, c := range []struct {
		name  string
		slots flowload.Slots
		start int64
		end   int64
		want  []string
	}{
		{"hour", flowload.Slots{Seconds: 3600}, at(3, 4, 5), at(3, 4, 5), []string{"('2026-01-02 03:00:00',3600)"}},
		{"day", flowload.Slots{Seconds: 86400}, at(3, 4, 5), at(3, 4, 5), []string{"('2026-01-02 00:00:00',86400)"}},
		{"base", flowload.Slots{Seconds: 3600, Base: 600}, at(3, 4, 5), at(3, 4, 5), []string{"('2026-01-02 02:10:00',3600)"}},
		{"range", flowload.Slots{Seconds: 3600}, at(3, 4, 5), at(5, 0, 0), []string{"('2026-01-02 03:00:00',3600)", "('2026-01-02 04:00:00',3600)", "('2026-01-02 05:00:00',3600)"}},
		{"range with a base", flowload.Slots{Seconds: 3600, Base: 600}, at(3, 30, 0), at(4, 5, 0), []string{"('2026-01-02 03:10:00',3600)"}},
		{"first only", flowload.Slots{Seconds: 3600, First: true}, at(3, 4, 5), at(5, 0, 0), []string{"('2026-01-02 03:00:00',3600)"}},
		{"none", flowload.Slots{}, at(3, 4, 5), at(5, 0, 0), nil},
		{"week from Monday", flowload.Slots{Seconds: 604800, Base: 345600}, 1563753000, 1563753000, []string{"('2019-07-15 00:00:00',604800)"}},
		{"base after the time", flowload.Slots{Seconds: 3600, Base: 2000000000}, at(3, 40, 0), at(3, 40, 0), []string{"('2026-01-02 03:33:20',3600)"}},
		{"1970", flowload.Slots{Seconds: 3600, Base: 600}, 10, 10, []string{"('1970-01-01 00:00:00',3600)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := storetest.New(t)
			load(t, db, c.slots, one(c.start, c.end), nil)
			got := lines(t, db, "SELECT start, duration FROM flow_slots ORDER BY start")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReducePrecision(t *testing.T) {
	for _, c := range []struct {
		name  string
		p     flowstore.Precision
		dport string // only flows with this port
		want  []string
		err   string
	}{
		{name: "all to two hours", p: flowstore.Precision{New: 7200}, want: []string{"(50000,'2026-01-02 02:00:00',7200)", "(50000,'2026-01-02 04:00:00',7200)", "(50001,'2026-01-02 02:00:00',7200)", "(50001,'2026-01-02 04:00:00',7200)"}},
		{name: "one flow", p: flowstore.Precision{New: 86400}, dport: "50001", want: []string{"(50000,'2026-01-02 03:00:00',3600)", "(50000,'2026-01-02 04:00:00',3600)", "(50001,'2026-01-02 00:00:00',86400)"}},
		{name: "before", p: flowstore.Precision{New: 7200, Before: base + 3600}, want: []string{"(50000,'2026-01-02 02:00:00',7200)", "(50000,'2026-01-02 04:00:00',3600)", "(50001,'2026-01-02 02:00:00',7200)", "(50001,'2026-01-02 04:00:00',3600)"}},
		{name: "after", p: flowstore.Precision{New: 7200, After: base + 3600}, want: []string{"(50000,'2026-01-02 03:00:00',3600)", "(50000,'2026-01-02 04:00:00',7200)", "(50001,'2026-01-02 03:00:00',3600)", "(50001,'2026-01-02 04:00:00',7200)"}},
		{name: "finer is kept", p: flowstore.Precision{New: 5400}, want: []string{"(50000,'2026-01-02 03:00:00',3600)", "(50000,'2026-01-02 04:00:00',3600)", "(50001,'2026-01-02 03:00:00',3600)", "(50001,'2026-01-02 04:00:00',3600)"}},
		{name: "other current", p: flowstore.Precision{New: 7200, Current: 1800}, want: []string{"(50000,'2026-01-02 03:00:00',3600)", "(50000,'2026-01-02 04:00:00',3600)", "(50001,'2026-01-02 03:00:00',3600)", "(50001,'2026-01-02 04:00:00',3600)"}},
		{name: "not coarser", p: flowstore.Precision{New: 3600, Current: 3600}, err: "greater"},
		{name: "no multiple", p: flowstore.Precision{New: 5000, Current: 3600}, err: "multiple"},
		{name: "base", p: flowstore.Precision{New: 7200, Current: 3600, Base: 10}, err: "FLOW_TIME_BASE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := storetest.New(t)
			load(t, db, flowload.Slots{Seconds: 3600}, swapped(t, "tcp", 2, 50000, 1, 1, 4000), nil)
			var keys store.Statement
			if c.dport != "" {
				keys = store.Statement{SQL: "SELECT DISTINCT src, dst, proto, dport, type FROM flows WHERE dport = {p:UInt16}", Params: map[string]string{"p": c.dport}}
			}
			err := flowstore.ReducePrecision(context.Background(), db, keys, c.p)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("error %v, want one with %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := lines(t, db, "SELECT dport, start, duration FROM flow_slots ORDER BY dport, start")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			checkAgrees(t, db)
		})
	}
}

// TestCrashInTheMiddleOfALoad kills the engine while records are stored, again and again, and expects
// base and derived tables to agree after the next command's start.
func TestCrashInTheMiddleOfALoad(t *testing.T) {
	opt := storetest.OwnEngine(t)
	opt.Database = "ivre"
	ctx := context.Background()
	var last uint64
	for round := range 4 {
		db, err := store.Open(ctx, opt)
		if err != nil {
			t.Fatal(err)
		}
		if months, err := flowstore.Recover(ctx, db); err != nil {
			t.Fatal(err)
		} else {
			t.Logf("round %d: months made anew: %v", round, months)
		}
		checkAgrees(t, db)
		var n uint64
		if err := db.QueryRow(ctx, store.Statement{SQL: "SELECT count() FROM flow_events"}).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n < last {
			t.Errorf("%d events, there were %d acknowledged ones", n, last)
		}
		l, err := flowload.New(ctx, db, flowload.Options{Slots: flowload.Slots{Seconds: 3600}, BatchRows: 1000})
		if err != nil {
			t.Fatal(err)
		}
		f := l.Open(ctx, "test")
		events := swapped(t, "tcp", 1000, 20000, 100, 100, 0)
		pid := db.Engine().Endpoint().PID
		killAt := 60 + 37*round
		for i := range killAt + 30 {
			if i == killAt { // workers are sending batches now
				syscall.Kill(pid, syscall.SIGKILL)
			}
			for j := range events {
				if err = f.Sink().Event(&events[j]); err != nil {
					break
				}
			}
			if i == killAt-11 {
				if err := l.Flush(); err != nil {
					t.Fatal(err)
				}
				last = n + l.Stored()
			}
		}
		l.Close(ctx, err)
		db.Close()
	}
}
