package passiveload

import (
	"context"
	"errors"
	"testing"

	"ivre/ingest/passive"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

// A file of which observations were dropped because the load had failed must not be noted as loaded, whoever notes files
// next.
func TestFailedLoadNotesNoFile(t *testing.T) {
	ctx := context.Background()
	db := storetest.New(t)
	l, err := New(ctx, db, Options{Derive: AsGiven{}})
	if err != nil {
		t.Fatal(err)
	}
	f := l.Open(FileInfo{Name: "dropped"})
	if err := f.Add(&passive.Record{Recontype: "OPEN_PORT", Value: "tcp/80"}); err != nil {
		t.Fatal(err)
	}
	failure := errors.New("the disk is gone")
	l.fail(failure)
	if err := f.Done(true); !errors.Is(err, failure) {
		t.Error(err)
	}
	if err := l.Close(ctx, nil); !errors.Is(err, failure) {
		t.Error(err)
	}
	if len(l.ready) != 0 {
		t.Error("the file is to be noted")
	}
	var n uint64
	if err := db.QueryRow(ctx, store.Statement{SQL: "SELECT count() FROM passive_events"}).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows are stored (%v)", n, err)
	}
}

// While a worker waits for the database, others take its observations.
func TestHandOver(t *testing.T) {
	l := &Loader{queues: []chan *chunk{make(chan *chunk, 1), make(chan *chunk, 1)}, anyone: make(chan *chunk)}
	first, second := &chunk{}, &chunk{}
	l.handOver(0, first)
	done := make(chan bool)
	go func() { l.handOver(0, second); close(done) }()
	if c := <-l.anyone; c != second {
		t.Error("another worker gets something else")
	}
	<-done
	if c := <-l.queues[0]; c != first {
		t.Error("the worker itself gets something else")
	}
}
