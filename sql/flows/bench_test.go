package flows_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"

	"ivre/sql/flows"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

// benchEvents makes n records of traffic of 80 days: few busy clients and servers, many quiet ones, and
// few ports that most traffic goes to.
const benchEvents = `INSERT INTO flow_events (start_time, end_time, src, dst, proto, sport, dport, type, code, count, cspkts, csbytes, scpkts, scbytes)
WITH cityHash64(number) AS h, cityHash64(number, 1) AS h2, cityHash64(number, 2) AS h3, cityHash64(number, 3) AS h4,
    toDateTime64('2026-01-01 00:00:00', 6, 'UTC') + toIntervalMicrosecond(intDiv(h, 16) %% (80 * 86400 * 1000000)) AS start,
    multiIf(h3 %% 100 < 75, 'tcp', h3 %% 100 < 95, 'udp', h3 %% 100 < 98, 'icmp', 'gre') AS protocol
SELECT start, start + toIntervalMicrosecond(h4 %% 600000000), %s, %s, protocol,
    if(protocol IN ('tcp', 'udp'), 1024 + intDiv(h3, 100) %% 60000, 0),
    if(protocol IN ('tcp', 'udp'), multiIf(intDiv(h4, 600) %% 100 < 40, 443, intDiv(h4, 600) %% 100 < 60, 80, intDiv(h4, 600) %% 100 < 80, 53, 1 + intDiv(h4, 6000) %% 10000), 0),
    if(protocol = 'icmp', if(h4 %% 2, 8, 3), 0), 0, 1, 1 + h4 %% 50, 40 + h4 %% 50000, h3 %% 60, h3 %% 900000
FROM numbers(%d)`

// benchMeta makes n lines of http.log.
const benchMeta = `INSERT INTO flow_metadata_events (start_time, end_time, src, dst, proto, dport, name, values.key, values.kind, values.text, values.number, counters.key, counters.n)
WITH cityHash64(number) AS h, cityHash64(number, 1) AS h2, cityHash64(number, 2) AS h3,
    toDateTime64('2026-01-01 00:00:00', 6, 'UTC') + toIntervalMicrosecond(intDiv(h, 16) %% (80 * 86400 * 1000000)) AS start
SELECT start, start, %s, %s, 'tcp', 80, 'http', ['method', 'host', 'status_code'], [1, 1, 2], ['GET', concat('www.example', toString(h3 %% 5000), '.com'), ''],
    [0, 0, [200, 404, 302][1 + h3 %% 3]], ['response_body_len'], [h %% 10000]
FROM numbers(%d)`

const (
	benchSrc = "IPv4ToIPv6(toIPv4(toUInt32(3232235520 + toUInt32(pow((h2 % 1000000) / 1000000, 2) * 60000))))"
	benchDst = "IPv4ToIPv6(toIPv4(toUInt32(3325256704 + toUInt32(pow((intDiv(h2, 1000000) % 1000000) / 1000000, 3) * 200000))))"
)

// benchDB fills a database with about as many flows as IVRE_BENCH_FLOWS says.
func benchDB(b *testing.B) *store.Store {
	n := 200_000
	if s := os.Getenv("IVRE_BENCH_FLOWS"); s != "" {
		var err error
		n, err = strconv.Atoi(s)
		fatal(b, err)
	}
	db := storetest.New(b)
	for _, sql := range []string{fmt.Sprintf(benchEvents, benchSrc, benchDst, n), fmt.Sprintf(benchMeta, benchSrc, benchDst, n/5)} {
		fatal(b, db.Exec(context.Background(), store.Statement{SQL: sql}))
	}
	return db
}

// BenchmarkQueries measures what users ask for most. Where another way to ask comes to mind, it is
// measured as well, as "by hand".
func BenchmarkQueries(b *testing.B) {
	db := benchDB(b)
	c := flows.New(db)
	var id string
	fatal(b, c.Each(ctx, flows.Request{Limit: 1}, func(f *flows.Flow) error { id = f.ID(); return nil }))
	filtered := func(filter string) flows.Request {
		return flows.Request{Cond: edges(b, filter), Limit: 1000, Timeline: true}
	}
	graph := func(req flows.Request) func() error {
		return func() error { _, err := c.Graph(ctx, req, ""); return err }
	}
	count := func(req flows.Request) func() error {
		return func() error { _, err := c.Count(ctx, req); return err }
	}
	top := func(req flows.Request, t flows.TopRequest) func() error {
		return func() error {
			for _, err := range c.Top(ctx, req, t) {
				if err != nil {
					return err
				}
			}
			return nil
		}
	}
	byHand := func(sql string) func() error {
		return func() error {
			rows, err := db.Query(ctx, store.Statement{SQL: sql})
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
			}
			return rows.Err()
		}
	}
	const key = "src, dst, proto, dport, type"
	const host = `"www.example77.com"`
	for _, q := range []struct {
		name string
		run  func() error
	}{
		{"count", count(flows.Request{})},
		{"count by hand, GROUP BY", byHand("SELECT uniqExact(src), uniqExact(dst), count() FROM (SELECT " + key + " FROM flows GROUP BY " + key + ")")},
		{"count by hand, FINAL", byHand("SELECT uniqExact(src), uniqExact(dst), count() FROM flows FINAL")},
		{"count dport = 443", count(filtered("dport = 443"))},
		{"count meta", count(filtered("meta.http.host = " + host))},
		{"graph", graph(flows.Request{Limit: 1000, Timeline: true})},
		{"graph by hand", byHand("SELECT " + key + ", min(firstseen), max(lastseen), sum(count), sum(cspkts), sum(csbytes), sum(scpkts), sum(scbytes)," +
			" groupUniqArrayArray(sports), groupUniqArrayArray(codes), groupUniqArrayArray(slots) FROM flows GROUP BY " + key + " ORDER BY " + key + " LIMIT 1000")},
		{"graph dport = 443", graph(filtered("dport = 443"))},
		{"graph csbytes > 40000", graph(filtered("csbytes > 40000"))},
		{"graph meta", graph(filtered("meta.http.host = " + host))},
		{"graph by port", graph(flows.Request{Limit: 1000, Timeline: true, OrderBy: "flow"})},
		{"top dport", top(flows.Request{}, flows.TopRequest{Fields: []string{"dport"}, N: 10})},
		{"top dport by hand", byHand("SELECT dport, count() AS c FROM (SELECT " + key + " FROM flows WHERE proto IN ('tcp', 'udp') GROUP BY " + key + ") GROUP BY dport ORDER BY c DESC LIMIT 10")},
		{"top src.addr sum csbytes", top(flows.Request{}, flows.TopRequest{Fields: []string{"src.addr"}, Sum: []string{"csbytes"}, N: 10})},
		{"top meta.http.host", top(flows.Request{}, flows.TopRequest{Fields: []string{"meta.http.host"}, N: 10})},
		{"host details, client", func() error { _, err := c.Host(ctx, "192.168.3.141"); return err }},
		{"host details, server", func() error { _, err := c.Host(ctx, "198.52.87.75"); return err }},
		{"flow details", func() error { _, err := c.Flow(ctx, id); return err }},
		{"daily", func() error { _, err := c.Daily(ctx, flows.Request{Precision: 3600}); return err }},
	} {
		b.Run(q.name, func(b *testing.B) {
			for b.Loop() {
				fatal(b, q.run())
			}
		})
	}
}
