// Package storetest gives tests a real database: one engine for all tests of a package's run, one
// database for each test. The engine is an embedded one; a server if IVRE_TEST_DB holds its URL, or if
// the tests are built with the tag "docker", the official image in a container.
package storetest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ivre/engine"
	"ivre/sql/store"
)

var (
	mu       sync.Mutex
	server   string // URL; empty: the embedded engine
	dataDir  string
	keep     *engine.Engine
	sequence atomic.Int64
)

// Main runs a package's tests; call it from TestMain.
func Main(m *testing.M) {
	engine.RunIfChild()
	address, stop := startServer()
	server = address
	code := m.Run()
	stop()
	mu.Lock()
	if keep != nil {
		keep.Release()
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		if _, err := engine.Stop(ctx, dataDir); err != nil {
			fmt.Fprintln(os.Stderr, "stopping the tests' engine:", err)
		}
		cancel()
	}
	if dataDir != "" {
		os.RemoveAll(dataDir)
	}
	os.Exit(code)
}

// Options are those of the tests' engine, with a database of their own.
func Options(t testing.TB) store.Options {
	t.Helper()
	name := fmt.Sprintf("t%d_%d_%s", os.Getpid(), sequence.Add(1), strings.Map(letters, strings.ToLower(t.Name())))
	if server != "" {
		return store.Options{URL: server, Database: name}
	}
	mu.Lock()
	defer mu.Unlock()
	if keep == nil {
		dir, err := os.MkdirTemp("", "ivre-test-")
		if err != nil {
			t.Fatal(err)
		}
		dataDir = dir
		e, err := engine.Attach(context.Background(), engine.Options{DataDir: dir, MaxMemory: 4 << 30})
		if err != nil {
			t.Fatal(err)
		}
		keep = e
	}
	return store.Options{
		Engine:   engine.Options{DataDir: dataDir, MaxMemory: 4 << 30},
		Database: name,
	}
}

func letters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return '_'
}

// Embedded skips a test that is about the embedded engine itself when the tests run against a server.
func Embedded(t testing.TB) {
	t.Helper()
	if server != "" {
		t.Skip("this is about the embedded engine")
	}
}

// OwnEngine are options with an embedded engine that no other test uses, so that a test may kill it. The engine
// is gone, with its data, when the test ends.
func OwnEngine(t testing.TB) store.Options {
	t.Helper()
	Embedded(t)
	opt := Options(t)
	dir, err := os.MkdirTemp("", "ivre-test-")
	if err != nil {
		t.Fatal(err)
	}
	opt.Engine.DataDir = dir
	t.Cleanup(func() { removeEngine(t, dir) })
	return opt
}

// removeEngine removes a data folder whose engine may be about to end, and then still writes there after it took
// its endpoint file away.
func removeEngine(t testing.TB, dir string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		_, err := engine.Stop(ctx, dir)
		if err == nil {
			err = os.RemoveAll(dir)
		}
		switch {
		case err == nil:
			return
		case ctx.Err() != nil:
			t.Errorf("removing the engine of the test: %v", err)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// New opens a fresh database with the schema applied; it is dropped when the test ends.
func New(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, Options(t))
}

// Open opens the database of the options and drops it when the test ends.
func Open(t testing.TB, opt store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Conn().Exec(context.Background(), "DROP DATABASE IF EXISTS "+store.Ident(opt.Database)+" SYNC"); err != nil {
			t.Log("dropping the test's database:", err)
		}
		s.Close()
	})
	return s
}
