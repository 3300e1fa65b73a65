// Package loadtest stores passive records for tests of what reads them.
package loadtest

import (
	"context"
	"testing"

	"ivre/ingest/passive"
	"ivre/ingest/passiveload"
	"ivre/sql/store"
)

// Load stores records as they are, but for the sensor, in a load of their own. A record without Last was seen once, at
// First.
func Load(t testing.TB, db *store.Store, sensor string, records ...passive.Record) {
	t.Helper()
	ctx := context.Background()
	l, err := passiveload.New(ctx, db, passiveload.Options{Derive: passiveload.AsGiven{}})
	if err != nil {
		t.Fatal(err)
	}
	f := l.Open(passiveload.FileInfo{Name: t.Name(), Sensor: sensor})
	for _, r := range records {
		if r.Last.IsZero() {
			r.Last = r.First
		}
		if err := f.Add(&r); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Done(true); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(ctx, nil); err != nil {
		t.Fatal(err)
	}
}
