package flows_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"ivre/engine"
	"ivre/sql/flows"
	"ivre/sql/store"
)

// startEngine starts an embedded engine of the test's own.
func startEngine(t *testing.T, extra string) engine.Options {
	t.Helper()
	opt := engine.Options{DataDir: t.TempDir(), MaxMemory: 1 << 30, ExtraConfig: extra}
	e, err := engine.Attach(ctx, opt)
	fatal(t, err)
	t.Cleanup(func() {
		e.Release()
		stop, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if _, err := engine.Stop(stop, opt.DataDir); err != nil {
			t.Log(err)
		}
	})
	return opt
}

// openStore opens a database that ends with its engine.
func openStore(t *testing.T, opt store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(ctx, opt)
	fatal(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// shards opens a database whose tables are distributed over two engines.
func shards(t *testing.T) *store.Store {
	t.Helper()
	servers := ""
	for range 2 {
		s := openStore(t, store.Options{Engine: startEngine(t, ""), Database: "shard"})
		servers += fmt.Sprintf("<shard><replica><host>127.0.0.1</host><port>%d</port><user>%s</user><password>%s</password></replica></shard>",
			s.Engine().Endpoint().TCPPort, engine.User, s.Engine().Password())
	}
	front := openStore(t, store.Options{Engine: startEngine(t, "<remote_servers><two>"+servers+"</two></remote_servers>"), Database: "shard"})
	fatal(t, front.Exec(ctx, store.Statement{SQL: "CREATE DATABASE spread"}))
	for _, table := range []string{"flow_events", "flow_metadata_events", "flows", "flow_metadata"} {
		fatal(t, front.Exec(ctx, store.Statement{
			SQL: "CREATE TABLE spread." + table + " AS shard." + table + " ENGINE = Distributed(two, 'shard', '" + table + "', sipHash64(src))",
		}))
	}
	url := fmt.Sprintf("clickhouse://%s:%s@127.0.0.1:%d/spread?cluster=two", engine.User, front.Engine().Password(), front.Engine().Endpoint().TCPPort)
	return openStore(t, store.Options{URL: url, NoMigrate: true})
}

// TestShards asks the same questions of a database that is distributed over two servers.
func TestShards(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three engines")
	}
	r := chooser{rand.New(rand.NewPCG(*seed, 10))}
	data := r.records(200, 120)
	all := model(sortedCopy(data))
	db := shards(t)
	data.store(t, db, 100)
	for _, table := range []string{"flow_events", "flow_metadata_events"} {
		fatal(t, db.Exec(ctx, store.Statement{SQL: "SYSTEM FLUSH DISTRIBUTED " + table}))
	}
	c := flows.New(db)
	checkAll(t, c, all)
	tryFilters(t, c, r, all, *trials/8)
	tryTops(t, c, r, all, *trials/8)
	for a := range map[string]bool{"192.0.2.1": true, "2001:db8::10": true} {
		_, err := c.Host(ctx, a)
		fatal(t, err)
	}
	_, err := c.Daily(ctx, flows.Request{Precision: 3600, Cond: edges(t, "meta.http OR count > 1")})
	fatal(t, err)
	_, err = c.Precisions(ctx)
	fatal(t, err)
}
