package dns_test

import (
	"context"
	"encoding/json"
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
	"ivre/sql/dns"
	"ivre/sql/query"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
	"ivre/sql/tree"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func day(s string) time.Time {
	t, err := host.ParseTime(s)
	if err != nil {
		panic(err)
	}
	return t
}

// database holds the records of the specification's vectors V1 and V26, and a few more.
func database(t *testing.T) *store.Store {
	t.Helper()
	db := storetest.New(t)
	addAnswers(t, db,
		passive.Record{Source: "A-198.51.100.53-53", Value: "www.example.com", Addr: netip.MustParseAddr("192.0.2.1"), First: day("2024-01-02 03:04:05.678")},
		passive.Record{Source: "A-198.51.100.53-53", Value: "www.example.com", Addr: netip.MustParseAddr("192.0.2.1"), First: day("2024-01-02 03:05:00")},
		passive.Record{Source: "CNAME-198.51.100.53-53", Value: "www.example.com", TargetVal: "cdn.example.net", First: day("2024-01-02 03:03:20")},
	)
	return db
}

// addAnswers loads DNS records that were seen once, at First.
func addAnswers(t *testing.T, db *store.Store, records ...passive.Record) {
	t.Helper()
	for i := range records {
		records[i].Recontype = "DNS_ANSWER"
	}
	loadtest.Load(t, db, "S1", records...)
}

func addScans(t *testing.T, db *store.Store) {
	t.Helper()
	ctx := context.Background()
	l, err := scanload.New(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	f := l.Open(scanload.FileInfo{Name: "scans"})
	for _, s := range []string{
		`{"addr": "192.0.2.1", "source": "scan1", "starttime": "2024-01-01 00:00:00", "endtime": "2024-01-02 00:00:00", "hostnames": [
		{"name": "www.example.com", "type": "user", "domains": ["www.example.com", "example.com", "com"]},
		{"name": "host1.example.net", "type": "PTR", "domains": ["host1.example.net", "example.net", "net"]},
		{"name": "www.example.com", "type": "A", "domains": ["www.example.com", "example.com", "com"]}]}`,
		`{"addr": "192.0.2.1", "source": ["scan2", "scan3"], "starttime": "2024-01-03 00:00:00", "endtime": "2024-01-04 00:00:00", "hostnames": [
		{"name": "host1.example.net", "type": "PTR", "domains": ["host1.example.net", "example.net", "net"]}]}`,
		`{"addr": "192.0.2.77", "starttime": "2024-01-03 00:00:00", "endtime": "2024-01-03 00:00:00"}`,
	} {
		h, err := host.Decode([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Host(h); err != nil {
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

// Vector V19.
func TestLookup(t *testing.T) {
	c := dns.New(database(t))
	const one, two = "www.example.com A 192.0.2.1 198.51.100.53 S1 2 03:04:05.678 03:05:00", "www.example.com CNAME cdn.example.net 198.51.100.53 S1 1 03:03:20 03:03:20"
	addr := func(s string) netip.Addr { return netip.MustParseAddr(s) }
	s2, err := query.Init("category:S2", query.Passive)
	if err != nil {
		t.Fatal(err)
	}
	s1, err := query.Init("category:S1", query.Passive)
	if err != nil {
		t.Fatal(err)
	}
	for i, tt := range []struct {
		q    dns.Query
		want []string
	}{
		{dns.Query{Name: "www.example.com"}, []string{one, two}},
		{dns.Query{Name: "www.example.com", Base: s1}, []string{one, two}},
		{dns.Query{Name: "www.example.com", Base: s2}, nil},
		{dns.Query{Name: "WWW.example.com"}, nil},
		{dns.Query{Name: "example.com"}, nil},
		{dns.Query{Name: "example.com", Subdomains: true}, []string{one, two}},
		{dns.Query{Name: "xample.com", Subdomains: true}, nil},
		{dns.Query{Name: "example.com", Subdomains: true, Type: "CNAME"}, []string{two}},
		{dns.Query{Name: "cdn.example.net", Reverse: true}, []string{two}},
		{dns.Query{Name: "net", Reverse: true, Subdomains: true}, []string{two}},
		{dns.Query{Name: "cdn.example.net"}, nil},
		{dns.Query{From: addr("192.0.2.0"), To: addr("192.0.2.255")}, []string{one}},
		{dns.Query{From: addr("192.0.2.1"), To: addr("192.0.2.1"), Type: "A", Base: s1}, []string{one}},
		{dns.Query{From: addr("192.0.2.1"), To: addr("192.0.2.1"), Base: s2}, nil},
		{dns.Query{From: addr("192.0.2.1"), To: addr("192.0.2.1"), Type: "AA"}, nil},
		{dns.Query{From: addr("2001:db8::"), To: addr("2001:db8::1")}, nil},
	} {
		var got []string
		err := c.Lookup(context.Background(), tt.q, func(a *dns.Answer) error {
			clock := func(t time.Time) string { return strings.TrimSuffix(host.FormatTime(t)[len("2024-01-02 "):], "000") }
			got = append(got, fmt.Sprint(a.Name, " ", a.Type, " ", a.Data, " ", a.Server, " ", a.Sensor, " ", a.Count, " ", clock(a.First), " ", clock(a.Last)))
			return nil
		})
		if err != nil {
			t.Fatal(i, err)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%d: %+v: %s", i, tt.q, d)
		}
	}
}

func show(p *dns.Pair) string {
	b, err := json.Marshal([]any{p.Name, p.Target, p.Types, p.Sources, p.Count})
	if err != nil {
		panic(err)
	}
	return string(b) + " " + host.FormatTime(p.First) + " " + host.FormatTime(p.Last)
}

// Vectors V20 and V26.
func TestMerged(t *testing.T) {
	db := database(t)
	c := dns.New(db)
	ctx := context.Background()
	get := func(r dns.MergedRequest) (out []string) {
		t.Helper()
		if err := c.Merged(ctx, r, func(p *dns.Pair) error { out = append(out, show(p)); return nil }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	v20 := []string{
		`["www.example.com","192.0.2.1",["A"],["S1"],2] 2024-01-02 03:04:05.678000 2024-01-02 03:05:00`,
		`["www.example.com","cdn.example.net",["CNAME"],["S1"],1] 2024-01-02 03:03:20 2024-01-02 03:03:20`,
	}
	if d := cmp.Diff(v20, get(dns.MergedRequest{Scans: true, Passive: true})); d != "" {
		t.Error(d)
	}
	addScans(t, db)
	v26 := []string{
		`["host1.example.net","192.0.2.1",["PTR"],["scan1","scan2","scan3"],2] 2024-01-01 00:00:00 2024-01-04 00:00:00`,
		`["www.example.com","192.0.2.1",["A","user"],["S1","scan1"],3] 2024-01-01 00:00:00 2024-01-02 03:05:00`,
		v20[1],
	}
	all := dns.MergedRequest{Scans: true, Passive: true}
	if d := cmp.Diff(v26, get(all)); d != "" {
		t.Error(d)
	}
	page := all
	page.Skip, page.Limit = 1, 1
	if d := cmp.Diff(v26[1:2], get(page)); d != "" {
		t.Error(d)
	}
	if got := get(dns.MergedRequest{}); got != nil {
		t.Error(got)
	}
	named := all
	hq, err := query.Parse("hostname:www.example.com", query.Options{DB: query.Scans})
	if err != nil {
		t.Fatal(err)
	}
	pq, err := query.Parse("hostname:www.example.com", query.Options{DB: query.Passive})
	if err != nil {
		t.Fatal(err)
	}
	named.Hosts, named.Records = hq.Filter, pq.Filter
	if d := cmp.Diff([]string{
		v26[1], v20[1], `["host1.example.net","192.0.2.1",["PTR"],["scan1"],1] 2024-01-01 00:00:00 2024-01-02 00:00:00`,
	}, get(named)); d != "" {
		t.Error(d)
	}
}

// A page is what the whole list has at its place, although it is not made of all records.
func TestMergedPages(t *testing.T) {
	db := database(t)
	addScans(t, db)
	rng := rand.New(rand.NewPCG(4, 2))
	for range 3 { // the rows of a record are several
		var list []passive.Record
		for range 60 {
			r := passive.Record{
				Source: [...]string{"A-198.51.100.53-53", "PTR-198.51.100.54-53", "CNAME-198.51.100.53-53"}[rng.IntN(3)],
				Value:  [...]string{"www.example.com", "host1.example.net", "a.example", "b.example"}[rng.IntN(4)],
				First:  day("2024-01-01 00:00:00").Add(time.Duration(rng.IntN(5)) * 24 * time.Hour), // many are seen last at once
			}
			if strings.HasPrefix(r.Source, "CNAME") {
				r.TargetVal = fmt.Sprint("cdn", rng.IntN(3), ".example")
			} else {
				r.Addr = netip.AddrFrom4([4]byte{192, 0, 2, byte(1 + rng.IntN(6))})
			}
			list = append(list, r)
		}
		addAnswers(t, db, list...)
	}
	c := dns.New(db)
	often := tree.Test{Field: "count", Op: tree.Ge, Value: tree.Int(2)} // of all rows of a record together
	for _, base := range []dns.MergedRequest{{Passive: true}, {Passive: true, Scans: true}, {Passive: true, Scans: true, Records: often}} {
		get := func(r dns.MergedRequest) (out []string) {
			if err := c.Merged(context.Background(), r, func(p *dns.Pair) error { out = append(out, show(p)); return nil }); err != nil {
				t.Fatal(err)
			}
			return out
		}
		whole := get(base)
		if len(whole) < 15 {
			t.Fatalf("there are only %d pairs", len(whole))
		}
		for skip := range len(whole) {
			for _, limit := range []int{1, 2, 7} {
				page := base
				page.Skip, page.Limit = int64(skip), int64(limit)
				if d := cmp.Diff(whole[skip:min(len(whole), skip+limit)], get(page)); d != "" {
					t.Fatalf("%+v: %s", page, d)
				}
			}
		}
	}
}

// Vectors V21 and V26.
func TestResolve(t *testing.T) {
	db := database(t)
	addScans(t, db)
	c := dns.New(db)
	const (
		a     = `["www.example.com","192.0.2.1",["A"],["S1"],2] 2024-01-02 03:04:05.678000 2024-01-02 03:05:00`
		cname = `["www.example.com","cdn.example.net",["CNAME"],["S1"],1] 2024-01-02 03:03:20 2024-01-02 03:03:20`
		scan1 = `["www.example.com","192.0.2.1",["A"],["scan1"],1] 2024-01-01 00:00:00 2024-01-02 00:00:00`
		ptr   = `["host1.example.net","192.0.2.1",["PTR"],["scan1","scan2","scan3"],2] 2024-01-01 00:00:00 2024-01-04 00:00:00`
		both  = `["www.example.com","192.0.2.1",["A"],["S1","scan1"],3] 2024-01-01 00:00:00 2024-01-02 03:05:00`
	)
	direct, reverse, scans := dns.Resolvers{Direct: true}, dns.Resolvers{Reverse: true}, dns.Resolvers{Scans: true}
	sensors, everything := dns.Resolvers{Direct: true, Reverse: true}, dns.Resolvers{Direct: true, Reverse: true, Scans: true}
	for _, tt := range []struct {
		what string
		sub  bool
		from dns.Resolvers
		want []string
	}{
		{"192.0.2.1", false, direct, []string{a}},
		{"192.0.2.1", false, sensors, []string{a}},
		{"192.0.2.1", false, everything, []string{ptr, both}},
		{"192.0.2.0/24", false, everything, []string{ptr, both}},
		{"192.0.3.0/24", false, everything, nil},
		{"www.example.com", false, scans, []string{scan1}},
		{"www.example.com", false, direct, []string{a, cname}},
		{"www.example.com", false, reverse, nil},
		{"cdn.example.net", false, sensors, []string{cname}},
		{"cdn.example.net", false, direct, nil},
		{"example.net", true, scans, []string{ptr}},
		{"example.net", true, everything, []string{ptr, cname}},
		{"/^host/", false, scans, []string{ptr}},
		{"/^EXAMPLE/i", true, scans, []string{ptr, scan1}},
		{"/example/", false, sensors, []string{a, cname}},
		{"/^example/", false, sensors, nil},
		{"/^example.net$/", true, sensors, []string{cname}},
	} {
		var got []string
		if err := c.Resolve(context.Background(), tt.what, tt.sub, tt.from, func(p *dns.Pair) error { got = append(got, show(p)); return nil }); err != nil {
			t.Fatal(tt.what, err)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s %v %+v: %s", tt.what, tt.sub, tt.from, d)
		}
	}
	if err := c.Resolve(context.Background(), "/(/", false, everything, nil); err == nil {
		t.Error("a bad expression was taken")
	}
}
