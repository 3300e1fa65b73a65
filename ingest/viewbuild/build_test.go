package viewbuild_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
	"ivre/ingest/passive"
	"ivre/ingest/passiveload/loadtest"
	"ivre/ingest/scanload"
	"ivre/ingest/viewbuild"
	"ivre/sql/ask"
	"ivre/sql/hosts"
	"ivre/sql/query"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var everything = viewbuild.Options{Scans: true, Passive: true}

// source is a record of either kind.
type source struct {
	scan    *host.Host
	passive *passive.Record
}

// sources makes records about some addresses, several for most of them.
func sources(rng *rand.Rand, n int) (out []source) {
	services := []string{"http", "ssh", "ftp", ""}
	for range n {
		addr := netip.AddrFrom4([4]byte{192, 0, 2, byte(rng.IntN(40))})
		at := time.Date(2024, 1, 1+rng.IntN(28), rng.IntN(24), rng.IntN(60), rng.IntN(60), rng.IntN(1000)*1_000_000, time.UTC)
		if rng.IntN(3) == 0 {
			r := &passive.Record{Recontype: "OPEN_PORT", Source: "TCP", Addr: addr, Port: uint16(20 + rng.IntN(5)), First: at, Last: at}
			r.Value = fmt.Sprint("tcp/", r.Port)
			if rng.IntN(2) == 0 {
				r = &passive.Record{Recontype: "DNS_ANSWER", Source: "A-198.51.100.53-53", Addr: addr, Value: fmt.Sprintf("www%d.example.com", rng.IntN(9)), First: at, Last: at}
			}
			out = append(out, source{passive: r})
			continue
		}
		h := &host.Host{Addr: addr, Start: at, End: at.Add(time.Minute), State: "up", Source: []string{fmt.Sprint("s", rng.IntN(3))}, Categories: []string{fmt.Sprint("c", rng.IntN(3))}}
		for range rng.IntN(4) {
			port := 20 + rng.IntN(5)
			if h.Ports == nil || h.Ports[len(h.Ports)-1].Port < port {
				h.Ports = append(h.Ports, host.Port{Port: port, Protocol: "tcp", State: []string{"open", "closed"}[rng.IntN(2)], Service: host.Service{Name: services[rng.IntN(4)]},
					Scripts: []host.Script{{ID: "banner", Output: fmt.Sprint(rng.IntN(9)), HasOutput: true}}})
			}
		}
		h.AddHostname(fmt.Sprintf("h%d.example.net", rng.IntN(5)), "PTR")
		out = append(out, source{scan: h})
	}
	return out
}

func load(t *testing.T, db *store.Store, list []source) {
	t.Helper()
	ctx := context.Background()
	l, err := scanload.New(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	f := l.Open(scanload.FileInfo{Name: "scans"})
	var observed []passive.Record
	for _, s := range list {
		if s.scan == nil {
			observed = append(observed, *s.passive)
		} else if err := f.Host(s.scan); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(f.Done(true), l.Close(ctx, nil)); err != nil {
		t.Fatal(err)
	}
	loadtest.Load(t, db, "P", observed...)
}

func build(t *testing.T, db *store.Store, opt viewbuild.Options) viewbuild.Result {
	t.Helper()
	res, err := viewbuild.Build(context.Background(), db, opt)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// view returns the records of the view, by address.
func view(t *testing.T, db *store.Store) (out []string) {
	t.Helper()
	err := hosts.New(db, hosts.View).Each(context.Background(), ask.Request{}, func(r string) error {
		out = append(out, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// One run over everything and many updates over parts in any order make the same view, and the numbers of values agree
// with it after each.
func TestUpdatesMakeTheSameView(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	list := sources(rng, 600)
	one := storetest.New(t)
	load(t, one, list)
	res := build(t, one, everything)
	want := view(t, one)
	if len(want) != 40 || res.Addresses != 40 || res.Changed != 40 {
		t.Fatalf("%d records, %+v", len(want), res)
	}
	rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	many := storetest.New(t)
	update := everything
	update.Update = true
	for i := range 20 {
		load(t, many, list[i*30:(i+1)*30])
		build(t, many, update)
		if i%5 == 4 {
			agrees(t, many)
		}
	}
	if d := cmp.Diff(want, view(t, many)); d != "" {
		t.Error(d)
	}
	if res := build(t, many, everything); res.Changed != 0 || res.Addresses != 40 {
		t.Errorf("a further run changed records: %+v", res)
	}
}

// agrees compares the numbers of values with the records.
func agrees(t *testing.T, db *store.Store) {
	t.Helper()
	c := hosts.New(db, hosts.View)
	for _, field := range []string{"port", "version", "script", "domains", "category"} {
		counted, kept := map[string]uint64{}, map[string]uint64{}
		for cond, into := range map[string]map[string]uint64{"-host:198.51.100.99": counted, "": kept} {
			q, err := query.Parse(cond, query.Options{DB: query.View})
			if err != nil {
				t.Fatal(err)
			}
			err = c.Top(context.Background(), ask.TopRequest{Field: field, Cond: q.Filter}, func(v ask.Top) error {
				into[string(host.AppendValue(nil, v.Label))] = v.Count
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if d := cmp.Diff(counted, kept); d != "" {
			t.Errorf("%s: counted and kept differ: %s", field, d)
		}
	}
}

// A filter's records are merged with what the view holds.
func TestPart(t *testing.T) {
	db := storetest.New(t)
	load(t, db, sources(rand.New(rand.NewPCG(3, 4)), 300))
	q, err := query.Parse("category:c1", query.Options{DB: query.Scans})
	if err != nil {
		t.Fatal(err)
	}
	build(t, db, viewbuild.Options{Scans: true, ScansCond: q.Filter, Category: "extra"})
	for _, r := range view(t, db) {
		if !strings.Contains(r, `"categories": ["c1", "extra"]`) || strings.Contains(r, "passive") {
			t.Fatal(r)
		}
	}
	build(t, db, viewbuild.Options{Passive: true})
	passiveToo := 0
	for _, r := range view(t, db) {
		if strings.Contains(r, `"P"`) {
			passiveToo++
		}
	}
	if passiveToo == 0 {
		t.Error("nothing passive came in")
	}
	agrees(t, db)
	build(t, db, everything)
	agrees(t, db)
}

func TestNoMerge(t *testing.T) {
	db := storetest.New(t)
	load(t, db, sources(rand.New(rand.NewPCG(5, 6)), 100))
	opt := everything
	opt.NoMerge = true
	res := build(t, db, opt)
	if n := len(view(t, db)); n < 60 || uint64(n) > res.Changed {
		t.Errorf("%d records of %d", n, res.Changed)
	}
}

// With Test, nothing is stored.
func TestTest(t *testing.T) {
	db := storetest.New(t)
	load(t, db, sources(rand.New(rand.NewPCG(5, 6)), 100))
	opt := everything
	n := 0
	opt.Test = func(h *host.Host) error { n++; return nil }
	build(t, db, opt)
	if n == 0 || len(view(t, db)) != 0 {
		t.Errorf("%d records shown, %d stored", n, len(view(t, db)))
	}
}

// Records that were deleted do not come up again as older versions.
func TestDelete(t *testing.T) {
	db := storetest.New(t)
	rng := rand.New(rand.NewPCG(7, 8))
	load(t, db, sources(rng, 100))
	build(t, db, everything)
	load(t, db, sources(rng, 100))
	update := everything
	update.Update = true
	build(t, db, update)
	c := hosts.New(db, hosts.View)
	before := len(view(t, db))
	q, err := query.Parse("net:192.0.2.0/28", query.Options{DB: query.View})
	if err != nil {
		t.Fatal(err)
	}
	n, err := c.Delete(context.Background(), q.Filter)
	if err != nil || n == 0 || len(view(t, db)) != before-int(n) {
		t.Errorf("%d of %d deleted, %d left, %v", n, before, len(view(t, db)), err)
	}
	agrees(t, db)
}

// An update goes with no filter.
func TestUpdateOfAPart(t *testing.T) {
	if _, err := viewbuild.Build(context.Background(), storetest.New(t), viewbuild.Options{Update: true, Scans: true}); err == nil {
		t.Error("an update of a part was made")
	}
}
