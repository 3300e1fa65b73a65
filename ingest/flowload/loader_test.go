package flowload_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/flow"
	"ivre/ingest/flowload"
	"ivre/sql/flowstore"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const start = 1767322800_000000 // 2026-01-02 03:00:00 UTC

func event(i int) flow.Event {
	return flow.Event{
		Start: start + int64(i)*1_000_123, End: start + int64(i)*1_000_123 + 456, Src: flow.AddrFrom4(0xc0000200 + uint32(i%50)), Dst: flow.Addr{0x20, 1, 0xd, 0xb8, 15: byte(i % 7)},
		Proto: "tcp", Sport: uint16(40000 + i%1000), Dport: uint16(80 + i%3), Count: 1, CsPkts: uint64(i), CsBytes: 1<<40 + uint64(i), ScPkts: 2, ScBytes: 3,
	}
}

func meta(i int) flow.Meta {
	return flow.Meta{
		Start: start, End: start, Src: flow.AddrFrom4(0xc0000200 + uint32(i%50)), Dst: flow.AddrFrom4(0xc6336405), Proto: "tcp", Dport: 80, Name: "http",
		Values:   []flow.Value{{Key: "host", Kind: flow.String, Str: fmt.Sprintf("h%d.example.com", i%10)}, {Key: "status_code", Kind: flow.Int, Int: 200}},
		Counters: []flow.Counter{{Key: "response_body_len", N: 10}},
	}
}

func scan[T any](t *testing.T, db *store.Store, sql string) T {
	t.Helper()
	var v T
	if err := db.QueryRow(context.Background(), store.Statement{SQL: sql}).Scan(&v); err != nil {
		t.Fatal(sql, err)
	}
	return v
}

const hashOfFlows = `SELECT toString(count()) || ' ' || toString(sum(h)) FROM (SELECT sipHash64(src, dst, proto, dport, type, min(firstseen), max(lastseen), sum(count),
	sum(cspkts), sum(csbytes), sum(scpkts), sum(scbytes), sum(loglines), arraySort(groupUniqArrayArray(sports)), arraySort(groupUniqArrayArray(slots))) AS h
	FROM flows GROUP BY src, dst, proto, dport, type)`

func TestOneLoadOrTwenty(t *testing.T) {
	ctx := context.Background()
	var prints []string
	for _, pieces := range []int{1, 20} {
		db := storetest.New(t)
		const n = 20000
		for p := range pieces {
			l, err := flowload.New(ctx, db, flowload.Options{Slots: flowload.Slots{Seconds: 3600}, BatchRows: 1500})
			if err != nil {
				t.Fatal(err)
			}
			f := l.Open(ctx, fmt.Sprint("piece ", p))
			for i := n * p / pieces; i < n*(p+1)/pieces; i++ {
				e, m := event(i), meta(i)
				if err := errors.Join(f.Sink().Event(&e), f.Sink().Meta(&m)); err != nil {
					t.Fatal(err)
				}
			}
			f.Done("test", nil)
			if err := l.Close(ctx, nil); err != nil {
				t.Fatal(err)
			}
			if want := uint64(2 * n / pieces); l.Stored() != want {
				t.Errorf("%d records stored, want %d", l.Stored(), want)
			}
		}
		if got := scan[uint64](t, db, "SELECT sum(csbytes) FROM flow_events"); got != n*(1<<40)+n*(n-1)/2 {
			t.Errorf("bytes in the base table: %d", got)
		}
		if diffs, err := flowstore.Check(ctx, db); err != nil || len(diffs) > 0 {
			t.Errorf("base and derived tables: %v %v", diffs, err)
		}
		prints = append(prints, scan[string](t, db, hashOfFlows))
		if got := scan[uint64](t, db, "SELECT count() FROM loads FINAL WHERE state = 'done' AND file != ''"); got != uint64(pieces) {
			t.Errorf("%d files noted as loaded, want %d", got, pieces)
		}
		if got := scan[string](t, db, "SELECT toString(sum(n)) || ' ' || toString(uniqExact(text)) FROM flow_metadata WHERE key = 'host'"); got != "20000 10" {
			t.Errorf("hosts: %s", got)
		}
	}
	if diff := cmp.Diff(prints[0], prints[1]); diff != "" {
		t.Error("one load and twenty differ:", diff)
	}
}

func TestEveryFieldIsStored(t *testing.T) {
	ctx := context.Background()
	db := storetest.New(t)
	l, err := flowload.New(ctx, db, flowload.Options{Slots: flowload.Slots{Seconds: 60}})
	if err != nil {
		t.Fatal(err)
	}
	e := flow.Event{Start: 1767322800_250001, End: 1767322861_000000, Src: flow.AddrFrom4(0xc000020a), Dst: flow.Addr{0x20, 1, 0xd, 0xb8, 15: 1}, Proto: "icmp6",
		Type: 128, Code: 3, Count: 7, CsPkts: 1, CsBytes: 1<<64 - 1, ScPkts: 3, ScBytes: 4}
	if err := l.Open(ctx, "one").Sink().Event(&e); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(ctx, nil); err != nil {
		t.Fatal(err)
	}
	got := scan[string](t, db, "SELECT toString(tuple(* EXCEPT slots)) || toString(arrayMap(s -> (toDateTime(bitShiftRight(s, 32), 'UTC'), bitAnd(s, 4294967295)), slots)) FROM flow_events")
	want := "('2026-01-02 03:00:00.250001','2026-01-02 03:01:01.000000','::ffff:192.0.2.10','2001:db8::1','icmp6',0,0,128,3,7,1,18446744073709551615,3,4)" +
		"[('2026-01-02 03:00:00',60),('2026-01-02 03:01:00',60)]"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTooManySlots(t *testing.T) {
	ctx := context.Background()
	db := storetest.New(t)
	l, err := flowload.New(ctx, db, flowload.Options{Slots: flowload.Slots{Seconds: 1}})
	if err != nil {
		t.Fatal(err)
	}
	f := l.Open(ctx, "long")
	e := event(1)
	e.End = e.Start + 300*86400*1e6
	if err := f.Sink().Event(&e); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if f.Bad != 1 || f.Records != 0 || !strings.Contains(f.First[0], "time slots of 1 s") {
		t.Errorf("bad %d, records %d, %v", f.Bad, f.Records, f.First)
	}
}

func TestInterrupted(t *testing.T) {
	db := storetest.New(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l, err := flowload.New(ctx, db, flowload.Options{BatchRows: 1000})
	if err != nil {
		t.Fatal(err)
	}
	f := l.Open(ctx, "endless")
	n := 0
	for ; ; n++ {
		if n == 5000 {
			cancel()
		}
		e := event(n)
		if err = f.Sink().Event(&e); err != nil {
			break
		}
		if n > 10000 {
			t.Fatal("the interruption was not noticed")
		}
	}
	f.Done("test", err)
	if err := l.Close(ctx, err); err != nil {
		t.Fatal("an interrupted load must end in order:", err)
	}
	if got := scan[uint64](t, db, "SELECT count() FROM flow_events"); got != l.Stored() {
		t.Errorf("%d records are in, %d are said to be", got, l.Stored())
	}
	if got := scan[string](t, db, "SELECT arrayStringConcat(arraySort(groupArray(toString(state))), ' ') FROM loads FINAL"); got != "interrupted interrupted" {
		t.Errorf("states in the table loads: %s", got)
	}
}

func TestStorageFailure(t *testing.T) {
	ctx := context.Background()
	db := storetest.New(t)
	l, err := flowload.New(ctx, db, flowload.Options{BatchRows: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Exec(ctx, store.Statement{SQL: "RENAME TABLE flow_events TO flow_events_gone"}); err != nil {
		t.Fatal(err)
	}
	f := l.Open(ctx, "doomed")
	deadline := time.Now().Add(30 * time.Second)
	for i := 0; err == nil; i++ {
		e := event(i)
		err = f.Sink().Event(&e)
		if time.Now().After(deadline) {
			t.Fatal("the failure was not noticed")
		}
	}
	f.Done("test", err)
	if cerr := l.Close(ctx, err); cerr == nil || !strings.Contains(cerr.Error(), "storing records") {
		t.Errorf("error at the end: %v", cerr)
	}
	if l.Stored() != 0 {
		t.Errorf("%d records are said to be stored", l.Stored())
	}
	if got := scan[uint64](t, db, "SELECT countIf(state IN ('failed', 'broken') AND message != '') FROM loads FINAL"); got != 2 {
		t.Errorf("%d rows of the table loads tell of the failure, want 2", got)
	}
}

func TestLiveInputIsFlushed(t *testing.T) {
	ctx := context.Background()
	db := storetest.New(t)
	l, err := flowload.New(ctx, db, flowload.Options{FlushEvery: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close(ctx, nil)
	f := l.Open(ctx, "live")
	for i := range 2 {
		e := event(i)
		if err := f.Sink().Event(&e); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if got := scan[uint64](t, db, "SELECT count() FROM flow_events"); got != 2 {
		t.Errorf("%d records are in while the input goes on, want 2", got)
	}
}
