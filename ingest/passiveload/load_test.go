package passiveload_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"ivre/ingest/host"
	"ivre/ingest/passive"
	"ivre/ingest/passiveload"
	query "ivre/sql/passive"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// deriver splits values of the recontype SPLIT, ignores IGNORE and refuses BAD.
type deriver struct{}

func (deriver) Normalise(r *passive.Record, emit func(*passive.Record) error) error {
	switch r.Recontype {
	case "BAD":
		return errors.New("bad observation")
	case "IGNORE":
		return nil
	case "SPLIT":
		first := *r
		first.Recontype = "PART"
		if err := emit(&first); err != nil {
			return err
		}
		first.Value += "'"
		return emit(&first)
	}
	return emit(r)
}

func (deriver) Derive(dst []byte, r *passive.Record) ([]byte, passive.InfoTexts) {
	if r.Recontype == "DNS_ANSWER" {
		return passive.AppendInfos(dst, host.NewObject("domain", host.List{r.Value}))
	}
	return dst, passive.InfoTexts{}
}

func at(sec int) time.Time { return time.Date(2024, 1, 2, 3, 4, sec, 678_000_000, time.UTC) }

func answer(n int, sec int) *passive.Record {
	return &passive.Record{
		Recontype: "DNS_ANSWER", Source: "A-198.51.100.53-53", Addr: netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}),
		Value: fmt.Sprintf("www%d.example.com", n), First: at(sec), Last: at(sec),
	}
}

func alias(sec int) *passive.Record {
	return &passive.Record{Recontype: "DNS_ANSWER", Source: "CNAME-198.51.100.53-53", TargetVal: "cdn.example.net", Value: "www.example.com", First: at(sec), Last: at(sec)}
}

func load(t *testing.T, db *store.Store, opt passiveload.Options, files ...[]*passive.Record) *passiveload.Loader {
	t.Helper()
	opt.Derive = deriver{}
	l, err := passiveload.New(context.Background(), db, opt)
	if err != nil {
		t.Fatal(err)
	}
	for i, records := range files {
		f := l.Open(passiveload.FileInfo{Name: fmt.Sprint(i), Format: "test", Sensor: "S1"})
		f.Hash = [32]byte{byte(i), 9, 0, 1}
		for _, r := range records {
			if err := f.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Done(i%2 == 0); err != nil { // the others end early
			t.Fatal(err)
		}
	}
	return l
}

func number(t *testing.T, db *store.Store, sql string) (n uint64) {
	t.Helper()
	if err := db.QueryRow(context.Background(), store.Statement{SQL: "SELECT toUInt64(" + sql + ")"}).Scan(&n); err != nil {
		t.Fatal(sql, err)
	}
	return n
}

func check(t *testing.T, db *store.Store, want map[string]uint64) {
	t.Helper()
	for sql, w := range want {
		if got := number(t, db, sql); got != w {
			t.Errorf("%s: %d, want %d", sql, got, w)
		}
	}
}

func TestLoad(t *testing.T) {
	db := storetest.New(t)
	var records []*passive.Record
	for i := range 5000 {
		records = append(records, answer(i%50, i%60))
	}
	records = append(records, alias(7), alias(3), alias(9))
	for range 3 {
		records = append(records, &passive.Record{Recontype: "SPLIT", Value: "x", First: at(1), Last: at(1)})
	}
	records = append(records, &passive.Record{Recontype: "BAD", First: at(1), Last: at(1)}, &passive.Record{Recontype: "IGNORE", First: at(1), Last: at(1)})
	bad := 0
	l := load(t, db, passiveload.Options{Warn: func(string, error) { bad++ }}, records)
	if err := l.Close(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	check(t, db, map[string]uint64{
		"(SELECT count() FROM passive FINAL)":                                                   53,
		"(SELECT sum(count) FROM passive WHERE recontype = 'DNS_ANSWER')":                       5003,
		"(SELECT count() FROM passive FINAL WHERE recontype = 'PART' AND count = 3)":            2,
		"(SELECT count() FROM passive_dns FINAL)":                                               51,
		"(SELECT sum(count) FROM passive_dns WHERE labels = 'com.example.www7' AND type = 'A')": 100,
		"(SELECT count() FROM passive_dns_targets FINAL WHERE labels = 'net.example.cdn')":      1,
		"(SELECT count() FROM passive FINAL WHERE sensor != 'S1')":                              0,
		"(SELECT countIf(firstseen != '2024-01-02 03:04:03.678' OR lastseen != '2024-01-02 03:04:09.678' OR count != 3) FROM passive FINAL WHERE targetval != '')": 0,
		"(SELECT records = 5006 AND bad = 1 AND ignored = 1 AND format = 'test' FROM passive_files)":                                                               1,
	})
	if bad != 1 {
		t.Errorf("%d warnings, want 1", bad)
	}
	known, err := passiveload.Loaded(context.Background(), db, "S1")
	if err != nil || len(known) != 1 || !known[[32]byte{0, 9, 0, 1}] {
		t.Errorf("%v, %v", known, err)
	}
	if l.Stored() != 5008 || l.Records() != 5008 {
		t.Errorf("%d stored of %d", l.Stored(), l.Records())
	}
	// the same once more doubles the counts
	if err := load(t, db, passiveload.Options{}, records).Close(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	check(t, db, map[string]uint64{
		"(SELECT count() FROM passive FINAL)":                             53,
		"(SELECT sum(count) FROM passive WHERE recontype = 'DNS_ANSWER')": 10006,
	})
}

// What is in of files that were not loaded to their end is taken back; what other files said stays.
func TestRecover(t *testing.T) {
	db := storetest.New(t)
	ctx := context.Background()
	var one, two []*passive.Record
	for i := range 40 {
		one = append(one, answer(i, 10))
		two = append(two, answer(i+20, 5), alias(i))
	}
	if err := load(t, db, passiveload.Options{}, one, two).Close(ctx, errors.New("stopped")); err != nil {
		t.Fatal(err)
	}
	check(t, db, map[string]uint64{"(SELECT count() FROM passive FINAL)": 61})
	if messages, err := passiveload.Recover(ctx, db); err != nil || len(messages) != 0 {
		t.Fatal(messages, err) // a load that failed in order is not dead
	}
	if err := db.Exec(ctx, store.Statement{SQL: "INSERT INTO loads SELECT * REPLACE ('broken' AS state, now64(3) + 1 AS changed) FROM loads FINAL"}); err != nil {
		t.Fatal(err)
	}
	messages, err := passiveload.Recover(ctx, db)
	if err != nil || len(messages) != 1 {
		t.Fatal(messages, err)
	}
	want := map[string]uint64{
		"(SELECT count() FROM passive FINAL)":                                         40,
		"(SELECT sum(count) FROM passive)":                                            40,
		"(SELECT sum(count) FROM passive_dns)":                                        40,
		"(SELECT count() FROM passive_dns_targets)":                                   0,
		"(SELECT sum(count) FROM passive_events)":                                     40,
		"(SELECT count() FROM passive_changes)":                                       0,
		"(SELECT countIf(firstseen != '2024-01-02 03:04:10.678') FROM passive FINAL)": 0,
	}
	check(t, db, want)
	// derived tables that lost rows are made anew
	for _, sql := range []string{
		"TRUNCATE TABLE passive_dns", "ALTER TABLE passive DELETE WHERE addr < toIPv6('192.0.2.9') SETTINGS mutations_sync = 2",
		"INSERT INTO loads SELECT * REPLACE ('broken' AS state, now64(3) + 2 AS changed) FROM loads FINAL",
	} {
		if err := db.Exec(ctx, store.Statement{SQL: sql}); err != nil {
			t.Fatal(err)
		}
	}
	if messages, err := passiveload.Recover(ctx, db); err != nil || len(messages) != 1 {
		t.Fatal(messages, err)
	}
	check(t, db, want)
	if n, err := query.New(db).Delete(ctx, nil); err != nil || n != 40 {
		t.Fatal(n, err)
	}
	check(t, db, map[string]uint64{"(SELECT count() FROM passive)": 0, "(SELECT count() FROM passive_events)": 0, "(SELECT count() FROM passive_dns)": 0})
}

// A slow stream is stored while it is still open.
func TestStream(t *testing.T) {
	db := storetest.New(t)
	ctx := context.Background()
	l, err := passiveload.New(ctx, db, passiveload.Options{Derive: deriver{}, FlushEvery: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	f := l.Open(passiveload.FileInfo{Name: "-", Stream: true})
	if err := f.Add(answer(1, 1)); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); number(t, db, "(SELECT count() FROM passive)") == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing was stored while the stream was open")
		}
	}
	if err := f.Done(true); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(ctx, nil); err != nil {
		t.Fatal(err)
	}
	check(t, db, map[string]uint64{"(SELECT count() FROM passive_files)": 0, "(SELECT sum(count) FROM passive)": 1})
}
