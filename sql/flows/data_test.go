package flows_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"ivre/ingest/flow"
	"ivre/sql/flowfilter"
	"ivre/sql/flows"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
	"ivre/sql/tree"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// records are observations to store, as a loader would.
type records struct {
	events []flow.Event
	metas  []flow.Meta
}

const eventColumns = "INSERT INTO flow_events (start_time, end_time, src, dst, proto, sport, dport, type, code, count, cspkts, csbytes, scpkts, scbytes)"

const metaColumns = "INSERT INTO flow_metadata_events (start_time, end_time, src, dst, proto, dport, type, name, values.key, values.kind, values.text, values.number, counters.key, counters.n)"

// store writes the records in batches of at most size, so that their flows spread over several parts.
func (r *records) store(t testing.TB, db *store.Store, size int) {
	t.Helper()
	for len(r.events) > 0 {
		n := min(size, len(r.events))
		batch, err := db.Conn().PrepareBatch(context.Background(), eventColumns)
		fatal(t, err)
		for _, e := range r.events[:n] {
			fatal(t, batch.Append(micros(e.Start), micros(e.End), e.Src.Netip(), e.Dst.Netip(), e.Proto, e.Sport, e.Dport, e.Type, e.Code,
				e.Count, e.CsPkts, e.CsBytes, e.ScPkts, e.ScBytes))
		}
		fatal(t, batch.Send())
		r.events = r.events[n:]
	}
	for len(r.metas) > 0 {
		n := min(size, len(r.metas))
		batch, err := db.Conn().PrepareBatch(context.Background(), metaColumns)
		fatal(t, err)
		for i := range r.metas[:n] {
			m := &r.metas[i]
			var keys, texts, counterKeys []string
			var kinds []uint8
			var numbers []int64
			var amounts []uint64
			for _, v := range m.Values {
				keys, texts, kinds, numbers = append(keys, v.Key), append(texts, v.Str), append(kinds, uint8(v.Kind)), append(numbers, v.Int)
			}
			for _, c := range m.Counters {
				counterKeys, amounts = append(counterKeys, c.Key), append(amounts, c.N)
			}
			fatal(t, batch.Append(micros(m.Start), micros(m.End), m.Src.Netip(), m.Dst.Netip(), m.Proto, m.Dport, m.Type, m.Name,
				keys, kinds, texts, numbers, counterKeys, amounts))
		}
		fatal(t, batch.Send())
		r.metas = r.metas[n:]
	}
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func micros(us int64) time.Time { return time.UnixMicro(us).UTC() }

func seconds(s float64) int64 { return int64(s * 1e6) }

func addr(s string) flow.Addr { return flow.AddrFrom(netip.MustParseAddr(s)) }

// datasetD is what the importers make of the test vectors' logs.
func datasetD() *records {
	http := func(ts float64, host, status string, code int64, req, resp uint64, proxied ...string) flow.Meta {
		m := flow.Meta{
			Start: seconds(ts), End: seconds(ts), Src: addr("192.0.2.10"), Dst: addr("198.51.100.5"), Proto: "tcp", Dport: 80, Name: "http",
		}
		m.AddString("method", "GET")
		m.AddString("host", host)
		m.AddString("user_agent", "curl/8.0")
		m.AddInt("status_code", code)
		m.AddString("status_msg", status)
		for _, p := range proxied {
			m.AddString("proxied", p)
		}
		m.AddCounter("request_body_len", req)
		m.AddCounter("response_body_len", resp)
		return m
	}
	dns := flow.Meta{
		Start: seconds(1767322802), End: seconds(1767322802), Src: addr("2001:db8::10"), Dst: addr("2001:db8::53"), Proto: "udp", Dport: 53, Name: "dns",
	}
	dns.AddString("query", "www.example.com")
	dns.AddString("class", "C_INTERNET")
	dns.AddString("type", "A")
	dns.AddString("rcode", "NOERROR")
	dns.AddString("answers", "198.51.100.5")
	dns.AddString("answers", "cdn.example.net")
	conn := func(ts float64, src, dst, proto string, sport, dport uint16, typ uint8, cspkts, csbytes, scpkts, scbytes uint64) flow.Event {
		return flow.Event{
			Start: seconds(ts), End: seconds(ts), Src: addr(src), Dst: addr(dst), Proto: proto, Sport: sport, Dport: dport, Type: typ,
			Count: 1, CsPkts: cspkts, CsBytes: csbytes, ScPkts: scpkts, ScBytes: scbytes,
		}
	}
	return &records{
		metas: []flow.Meta{
			http(1767322801, "www.example.com", "OK", 200, 0, 512),
			http(1767326402, "api.example.com", "Not Found", 404, 10, 40, "VIA -> a", "VIA -> b"),
			dns,
		},
		events: []flow.Event{
			conn(1767322800.25, "192.0.2.10", "198.51.100.5", "tcp", 40000, 80, 0, 5, 360, 4, 1100),
			conn(1767326400.5, "192.0.2.10", "198.51.100.5", "tcp", 40001, 80, 0, 2, 92, 2, 172),
			conn(1767326401, "192.0.2.11", "192.0.2.10", "icmp", 0, 0, 8, 1, 84, 1, 84),
		},
	}
}

// clientD opens a database that holds dataset D.
func clientD(t testing.TB) *flows.Client {
	db := storetest.New(t)
	datasetD().store(t, db, 1)
	return flows.New(db)
}

// edges parses flow filters.
func edges(t testing.TB, filters ...string) tree.Cond {
	t.Helper()
	c, err := flowfilter.Parse(nil, filters)
	fatal(t, err)
	return c
}

// labels lists the flows of a request.
func labels(t testing.TB, c *flows.Client, req flows.Request) []string {
	t.Helper()
	out := []string{}
	fatal(t, c.Each(context.Background(), req, func(f *flows.Flow) error {
		out = append(out, f.Src.String()+" "+f.Label()+" "+f.Dst.String())
		return nil
	}))
	return out
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse("2006-01-02 15:04", s)
	fatal(t, err)
	return v
}
