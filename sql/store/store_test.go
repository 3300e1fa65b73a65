package store_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"ivre/migrations"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func TestSchemaHasComments(t *testing.T) {
	s := storetest.New(t)
	for _, q := range []string{
		"SELECT name FROM system.tables WHERE database = currentDatabase() AND comment = '' AND name NOT LIKE 'goose%' AND engine NOT LIKE '%View'",
		"SELECT table || '.' || name FROM system.columns WHERE database = currentDatabase() AND comment = '' AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name NOT LIKE 'goose%')",
	} {
		rows, err := s.Query(context.Background(), store.Statement{SQL: q})
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				t.Fatal(err)
			}
			t.Errorf("%s has no comment", name)
		}
	}
}

func TestTwoProcessesMigrateAtOnce(t *testing.T) {
	opt := storetest.Options(t)
	storetest.Open(t, opt) // so that it is dropped at the end
	var wg sync.WaitGroup
	opt2 := storetest.Options(t)
	opt2.Database += "_race"
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			s, err := store.Open(context.Background(), opt2)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			var n uint64
			if err := s.QueryRow(context.Background(), store.Statement{SQL: "SELECT count() FROM flows"}).Scan(&n); err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	s := storetest.Open(t, opt2)
	db := s.SQL()
	defer db.Close()
	states, err := migrations.Status(context.Background(), db, s.Target())
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range states {
		if !st.Applied {
			t.Errorf("step %s was not applied", st.Name)
		}
	}
}

func TestDownDropsEverything(t *testing.T) {
	s := storetest.New(t)
	db := s.SQL()
	defer db.Close()
	ctx := context.Background()
	if err := migrations.Down(ctx, db, s.Target()); err != nil {
		t.Fatal(err)
	}
	var left uint64
	if err := s.QueryRow(ctx, store.Statement{SQL: "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name NOT LIKE 'goose%'"}).Scan(&left); err != nil {
		t.Fatal(err)
	}
	if left != 0 {
		t.Errorf("%d tables are left", left)
	}
	if n, err := migrations.Up(ctx, db, s.Target()); err != nil || n == 0 {
		t.Errorf("applying again: %d steps, %v", n, err)
	}
}

func TestParametersRoundTrip(t *testing.T) {
	s := storetest.New(t)
	for _, v := range []string{"", "x", `it's`, `back\slash`, `\N`, "tab\tnew\nline\r", "nul\x00", "{p1:String}", "caf\u00e9", "\xff\xfe", `'; DROP TABLE flows; --`, "%$?@`"} {
		var got string
		st := store.Statement{SQL: "SELECT {p1:String}", Params: map[string]string{"p1": v}}
		if err := s.QueryRow(context.Background(), st).Scan(&got); err != nil {
			t.Errorf("%q: %v", v, err)
		} else if got != v {
			t.Errorf("%q came back as %q", v, got)
		}
		if err := s.QueryRow(context.Background(), store.Statement{SQL: st.Inline()}).Scan(&got); err != nil || got != v {
			t.Errorf("inlined, %q came back as %q (%v)", v, got, err)
		}
	}
}

func TestServerURLs(t *testing.T) {
	for _, c := range []struct{ url, want string }{
		{"mysql://x", "expected clickhouse://"},
		{"clickhouse://", "expected clickhouse://"},
		{"clickhouse://u:secret@127.0.0.1:1/ivre", "no ClickHouse server answers at 127.0.0.1:1"},
		{"clickhouse://u:secret@127.0.0.1:1/ivre?compress=1", "unknown parameter"},
		{"clickhouse://u:secret@[::1/ivre", "not a URL"},
	} {
		_, err := store.Open(context.Background(), store.Options{URL: c.url})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.url, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

// TestServerMode reaches the embedded engine as if it were somebody else's server.
func TestServerMode(t *testing.T) {
	storetest.Embedded(t)
	s := storetest.New(t)
	ep := s.Engine().Endpoint()
	remote, err := store.Open(context.Background(), store.Options{URL: store.EngineURL(ep.TCPPort, s.Engine().Password(), s.Database())})
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	var n uint64
	if err := remote.QueryRow(context.Background(), store.Statement{SQL: "SELECT count() FROM flows"}).Scan(&n); err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(context.Background(), store.Options{URL: store.EngineURL(ep.TCPPort, "wrong", s.Database())})
	if err == nil || !strings.Contains(err.Error(), "check user and password") {
		t.Errorf("with a wrong password: %v", err)
	}
}
