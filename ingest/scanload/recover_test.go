package scanload_test

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"ivre/ingest/host"
	"ivre/ingest/scanload"
	"ivre/sql/hosts"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func record(n int) *host.Host {
	return &host.Host{
		Addr: netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}), End: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
		Ports: []host.Port{{Port: 80, Protocol: "tcp", State: "open", Scripts: []host.Script{{ID: "banner", Output: "x", HasOutput: true}}}},
	}
}

func number(t *testing.T, db *store.Store, sql string) (n uint64) {
	t.Helper()
	if err := db.QueryRow(context.Background(), store.Statement{SQL: sql}).Scan(&n); err != nil {
		t.Fatal(sql, err)
	}
	return n
}

// load stores files of ten hosts each, several at once; those whose number is odd are not done to their end.
func load(t *testing.T, db *store.Store, files int) {
	t.Helper()
	ctx := context.Background()
	l, err := scanload.New(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	for i := range files {
		readers.Go(func() {
			f := l.Open(scanload.FileInfo{Name: fmt.Sprint(i), Hash: [32]byte{byte(i), 0}, Source: "s", Categories: []string{"a'\\b"}})
			for n := range 10 {
				if err := f.Host(record(i*10 + n)); err != nil {
					t.Error(err)
				}
			}
			f.Hosts = 10
			f.Skip("down", 3)
			f.Skip("down", 1)
			if err := f.Done(i%2 == 0); err != nil {
				t.Error(err)
			}
		})
	}
	readers.Wait()
	if err := l.Close(ctx, nil); err != nil {
		t.Fatal(err)
	}
}

func TestJournal(t *testing.T) {
	db := storetest.New(t)
	load(t, db, 6)
	if n := number(t, db, "SELECT count() FROM scan_files WHERE hosts = 10 AND stored = 10 AND skipped = [('down', 4)]"); n != 3 {
		t.Errorf("%d files in the journal, want 3", n)
	}
	known, err := scanload.Loaded(context.Background(), db, "s", []string{"a'\\b"})
	if err != nil || len(known) != 3 || !known[[32]byte{4, 0}] || known[[32]byte{3, 0}] {
		t.Errorf("%v, %v", known, err)
	}
	if known, err := scanload.Loaded(context.Background(), db, "s", nil); err != nil || len(known) != 0 {
		t.Errorf("other categories: %v, %v", known, err)
	}
}

// TestRecover has a load end as if its process had died: hosts of files that were not loaded to their end go away.
func TestRecover(t *testing.T) {
	db := storetest.New(t)
	ctx := context.Background()
	load(t, db, 6)
	if n := number(t, db, "SELECT count() FROM scans"); n != 60 {
		t.Fatalf("%d hosts", n)
	}
	if messages, err := scanload.Recover(ctx, db); err != nil || messages != nil {
		t.Fatalf("nothing had to be repaired: %v, %v", messages, err)
	}
	died := "INSERT INTO loads SELECT * REPLACE ('running' AS state, 4194303 AS pid, changed + 1 AS changed) FROM loads FINAL WHERE purpose = 'nmap'"
	if err := db.Exec(ctx, store.Statement{SQL: died}); err != nil {
		t.Fatal(err)
	}
	messages, err := scanload.Recover(ctx, db)
	if err != nil || len(messages) != 1 {
		t.Fatalf("%v, %v", messages, err)
	}
	for _, sql := range []string{"SELECT count() FROM scans", "SELECT count() FROM scan_scripts", "SELECT toUInt64(sum(count)) FROM scan_tops WHERE field = 'port'"} {
		if n := number(t, db, sql); n != 30 {
			t.Errorf("%s: %d, want 30", sql, n)
		}
	}
	if same, err := hosts.New(db, hosts.Scans).TopsAgree(ctx); !same || err != nil {
		t.Errorf("the kept numbers differ, %v", err)
	}
	if messages, err := scanload.Recover(ctx, db); err != nil || messages != nil {
		t.Errorf("repaired twice: %v, %v", messages, err)
	}
	// numbers that do not agree are made anew
	if err := db.Exec(ctx, store.Statement{SQL: "TRUNCATE TABLE scan_tops"}); err != nil {
		t.Fatal(err)
	}
	if err := db.Exec(ctx, store.Statement{SQL: died}); err != nil {
		t.Fatal(err)
	}
	if messages, err := scanload.Recover(ctx, db); err != nil || len(messages) != 1 {
		t.Errorf("%v, %v", messages, err)
	}
	if same, err := hosts.New(db, hosts.Scans).TopsAgree(ctx); !same || err != nil {
		t.Errorf("the kept numbers differ, %v", err)
	}
}

// TestUnfinishedDeletion finishes a deletion that was interrupted after it was noted.
func TestUnfinishedDeletion(t *testing.T) {
	db := storetest.New(t)
	ctx := context.Background()
	load(t, db, 2)
	if err := db.Exec(ctx, store.Statement{SQL: "INSERT INTO scan_removals SELECT id FROM scans LIMIT 5"}); err != nil {
		t.Fatal(err)
	}
	if messages, err := scanload.Recover(ctx, db); err != nil || len(messages) != 1 {
		t.Fatalf("%v, %v", messages, err)
	}
	if n := number(t, db, "SELECT count() FROM scans"); n != 15 {
		t.Errorf("%d hosts", n)
	}
	if n := number(t, db, "SELECT count() FROM scan_removals"); n != 0 {
		t.Errorf("%d records are still to be deleted", n)
	}
}
