package passive_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
	"ivre/ingest/passive"
	"ivre/ingest/passiveload/loadtest"
	"ivre/sql/ask"
	records "ivre/sql/passive"
	"ivre/sql/query"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var start = time.Date(2024, 1, 2, 3, 4, 5, 678e6, time.UTC)

// observations are those of the tests; each is loaded three times, in three loads.
func observations() []passive.Record {
	addr := netip.MustParseAddr
	long := strings.Repeat("a.", 127) + "b"
	return []passive.Record{
		{Recontype: "DNS_ANSWER", Source: "A-198.51.100.53-53", Addr: addr("192.0.2.1"), Value: "www.example.com"},
		{Recontype: "DNS_ANSWER", Source: "A-198.51.100.54-53", Addr: addr("192.0.2.1"), Value: "www.example.com"},
		{Recontype: "DNS_ANSWER", Source: "AAAA-198.51.100.53-53", Addr: addr("2001:db8::1"), Value: "www.example.com"},
		{Recontype: "DNS_ANSWER", Source: "CNAME-198.51.100.53-53", TargetVal: "cdn.example.net", Value: "alias.example.com"},
		{Recontype: "DNS_ANSWER", Source: "MX-198.51.100.53-53", TargetVal: "mx.example.net.", Value: "example.com."},
		{Recontype: "DNS_ANSWER", Source: "A-198.51.100.53-53", Addr: addr("192.0.2.9"), Value: `"quoted\" name/é.example.org`},
		{Recontype: "DNS_ANSWER", Source: "A-198.51.100.53-53", Addr: addr("192.0.2.9"), Value: long},
		{Recontype: "DNS_ANSWER", Source: "A-198.51.100.53-53", Addr: addr("192.0.2.9"), Value: "a." + long},
		{Recontype: "DNS_ANSWER", Source: "odd", Value: strings.Repeat("x", passive.MaxName+1), TargetVal: "."},
		{Recontype: "DNS_BLACKLIST", Source: "zen.example-A-198.51.100.53-53", Addr: addr("203.0.113.7"), Value: "127.0.0.2",
			Infos: host.NewObject("domain", host.List{"zen.example", "example"})},
		{Recontype: "SSH_SERVER_HOSTKEY", Source: "SSHv2", Addr: addr("192.0.2.1"), Port: 22, Value: "AAAAB3",
			Infos: host.NewObject("algo", "ssh-rsa", "bits", int64(2048), "md5", "b1946ac92492d2347c6235b4d2611184")},
		{Recontype: "TCP_SERVER_BANNER", Source: "tcp/22", Addr: addr("192.0.2.2"), Port: 22, Value: "SSH-2.0-OpenSSH_9.6",
			Infos: host.NewObject("service_name", "ssh", "service_product", "OpenSSH", "service_version", "9.6")},
		{Recontype: "HTTP_CLIENT_HEADER", Source: "USER-AGENT", Addr: addr("192.0.2.3"), Value: "curl/8.5.0"},
		{Recontype: "OPEN_PORT", Source: "TCP", Addr: addr("198.51.100.200"), Port: 443, Value: "tcp/443"},
	}
}

const loads = 3

// database holds the observations.
func database(t *testing.T) *store.Store {
	t.Helper()
	db := storetest.New(t)
	for n := range loads {
		list := observations()
		for i := range list {
			list[i].First = start.Add(time.Duration(n*100+i) * time.Second)
		}
		loadtest.Load(t, db, "S1", list...)
	}
	return db
}

func request(t *testing.T, words string) ask.Request {
	t.Helper()
	q, err := query.Parse(words, query.Options{DB: query.Passive})
	if err != nil || len(q.Unused) > 0 {
		t.Fatalf("%s: %v %q", words, err, q.Unused)
	}
	return ask.Request{Cond: q.Filter}
}

// The information of every record is that of the observation, with the lists of names of DNS answers; what people who
// write SQL see in the column all_infos is the same.
func TestInfos(t *testing.T) {
	ctx := context.Background()
	db := database(t)
	c := records.New(db)
	want := map[string]any{}
	for _, r := range observations() {
		if !passive.StoredInfos(r.Recontype) {
			o := &host.Object{}
			for _, f := range []struct{ key, name string }{{"domain", r.Value}, {"domaintarget", r.TargetVal}} {
				if f.name == "" || len(f.name) > 1024 || strings.Count(f.name, ".") > 127 {
					continue
				}
				var list host.List
				for _, d := range host.Domains(f.name) {
					list = append(list, d)
				}
				o.Members = append(o.Members, host.Member{Key: f.key, Value: list})
			}
			r.Infos = o
		}
		want[r.Source+" "+r.Value] = decoded(t, string(host.AppendValue(nil, r.Infos)))
		if r.Infos.Len() == 0 {
			want[r.Source+" "+r.Value] = nil
		}
	}
	got := map[string]any{}
	n := 0
	err := c.Each(ctx, ask.Request{}, func(r *passive.Record) error {
		n++
		if r.Count != loads || !r.Last.Equal(r.First.Add((loads-1)*100*time.Second)) {
			t.Errorf("%s: seen %d times from %s to %s", r.Value, r.Count, r.First, r.Last)
		}
		got[r.Source+" "+r.Value] = nil
		if r.Infos != nil {
			got[r.Source+" "+r.Value] = decoded(t, string(host.AppendValue(nil, r.Infos)))
		}
		return nil
	})
	if err != nil || n != len(observations()) {
		t.Fatal(n, err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("records:", d)
	}
	clear(got)
	rows, err := db.Query(ctx, store.Statement{SQL: "SELECT source, value, all_infos FROM passive"})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var source, value, infos string
		if err := rows.Scan(&source, &value, &infos); err != nil {
			t.Fatal(err)
		}
		got[source+" "+value] = nil
		if infos != "" {
			got[source+" "+value] = decoded(t, infos)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("column all_infos:", d)
	}
}

func decoded(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return v
}

// The text of a record is what its parts make.
func TestEachText(t *testing.T) {
	ctx := context.Background()
	c := records.New(database(t))
	for _, words := range []string{"", "recontype:DNS_ANSWER", "recontype:SSH_SERVER_HOSTKEY"} {
		var want, got []string
		r := request(t, words)
		err := errors.Join(
			c.Each(ctx, r, func(r *passive.Record) error { want = append(want, string(passive.Append(nil, r))); return nil }),
			c.EachText(ctx, r, func(text string) error { got = append(got, text); return nil }))
		if err != nil || len(want) == 0 {
			t.Fatal(len(want), err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: %s", words, d)
		}
	}
}

// Filters choose the records that a look at each observation says.
func TestConditions(t *testing.T) {
	ctx := context.Background()
	c := records.New(database(t))
	domain := func(r *passive.Record, names ...string) bool {
		return r.Recontype == "DNS_ANSWER" && slices.ContainsFunc(host.Domains(r.Value), func(d string) bool { return slices.Contains(names, d) })
	}
	for words, want := range map[string]func(r *passive.Record) bool{
		"":                      func(*passive.Record) bool { return true },
		"recontype:DNS_ANSWER":  func(r *passive.Record) bool { return r.Recontype == "DNS_ANSWER" },
		"!recontype:DNS_ANSWER": func(r *passive.Record) bool { return r.Recontype != "DNS_ANSWER" },
		"host:192.0.2.1":        func(r *passive.Record) bool { return r.Addr == netip.MustParseAddr("192.0.2.1") },
		"net:192.0.2.0/29":      func(r *passive.Record) bool { return netip.MustParsePrefix("192.0.2.0/29").Contains(r.Addr) },
		"domain:example.com":    func(r *passive.Record) bool { return domain(r, "example.com") },
		"!domain:example.com":   func(r *passive.Record) bool { return r.Recontype == "DNS_ANSWER" && !domain(r, "example.com") },
		"domain:/^example[.]/":  func(r *passive.Record) bool { return domain(r, "example.com", "example.com.", "example.org") },
		"service:ssh":           func(r *passive.Record) bool { return r.Source == "tcp/22" },
		"sensor:S1":             func(*passive.Record) bool { return true },
		"sensor:S2":             func(*passive.Record) bool { return false },
		"useragent:/^curl/":     func(r *passive.Record) bool { return r.Source == "USER-AGENT" },
	} {
		n, err := c.Count(ctx, request(t, words).Cond)
		expected := uint64(0)
		for _, r := range observations() {
			if want(&r) {
				expected++
			}
		}
		if err != nil || n != expected {
			t.Errorf("%q: %d records (%v), want %d", words, n, err, expected)
		}
	}
}

// Values and how many records have each, and the values by themselves.
func TestTopAndDistinct(t *testing.T) {
	ctx := context.Background()
	c := records.New(database(t))
	for field, want := range map[string]string{
		"recontype":             `["DNS_ANSWER" 9] ["DNS_BLACKLIST" 1] ["HTTP_CLIENT_HEADER" 1] ["OPEN_PORT" 1] ["SSH_SERVER_HOSTKEY" 1] ["TCP_SERVER_BANNER" 1]`,
		"port":                  `[22 2] [443 1]`,
		"infos.service_product": `["OpenSSH" 1]`,
		"infos.bits":            `[2048 1]`,
		"sshkey.bits":           `[["RSA", 2048] 1]`,
		"domains:example.net":   ``,
		"domains:example.com":   `["www.example.com" 3] ["alias.example.com" 1]`,
		"domains:example.com:2": `["example.com" 4]`,
		"infos.domaintarget":    `["" 2] ["." 1] ["cdn.example.net" 1] ["example.net" 1] ["example.net." 1] ["mx.example.net." 1] ["net" 1] ["net." 1]`,
		"net:24":                `["192.0.2.0/24" 8] ["198.51.100.0/24" 1] ["203.0.113.0/24" 1]`,
		"useragent":             `["curl/8.5.0" 1]`,
		"nothing.like.this":     ``,
	} {
		var got []string
		err := c.Top(ctx, ask.TopRequest{Field: field}, func(top ask.Top) error {
			got = append(got, fmt.Sprintf("[%s %d]", host.AppendValue(nil, top.Label), top.Count))
			return nil
		})
		if text := strings.Join(got, " "); err != nil || text != want {
			t.Errorf("top %s: %s (%v), want %s", field, text, err, want)
		}
	}
	var sums []string
	err := c.Top(ctx, ask.TopRequest{Field: "recontype", Sum: true, Limit: 2}, func(top ask.Top) error {
		sums = append(sums, fmt.Sprintf("[%s %d]", host.AppendValue(nil, top.Label), top.Count))
		return nil
	})
	if text, want := strings.Join(sums, " "), fmt.Sprintf(`["DNS_ANSWER" %d] ["DNS_BLACKLIST" %d]`, 9*loads, loads); err != nil || text != want {
		t.Errorf("sums: %s (%v), want %s", text, err, want)
	}
	for path, want := range map[string]string{
		"source":             `"A-198.51.100.53-53" "A-198.51.100.54-53" "AAAA-198.51.100.53-53" "CNAME-198.51.100.53-53" "MX-198.51.100.53-53" "SSHv2" "TCP" "USER-AGENT" "odd" "tcp/22" "zen.example-A-198.51.100.53-53"`,
		"port":               `null 22 443`,
		"infos.algo":         `null "ssh-rsa"`,
		"infos.domaintarget": `"" "." "cdn.example.net" "example.net" "example.net." "mx.example.net." "net" "net."`,
	} {
		var got []string
		err := c.Distinct(ctx, path, ask.Request{}, func(v host.Value) error {
			got = append(got, string(host.AppendValue(nil, v)))
			return nil
		})
		slices.SortStableFunc(got, func(a, b string) int { return boolInt(b == "null") - boolInt(a == "null") })
		if text := strings.Join(got, " "); err != nil || text != want {
			t.Errorf("distinct %s: %s (%v), want %s", path, text, err, want)
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Sorting, skipping and limiting, and the last records.
func TestOrder(t *testing.T) {
	ctx := context.Background()
	c := records.New(database(t))
	all := observations()
	for _, test := range []struct {
		r    ask.Request
		want []string
	}{
		{ask.Request{Sort: []ask.Sort{{Field: "firstseen"}}, Limit: 2}, []string{all[0].Value, all[1].Value}},
		{ask.Request{Sort: []ask.Sort{{Field: "firstseen", Desc: true}}, Skip: 1, Limit: 2}, []string{all[12].Value, all[11].Value}},
		{ask.Request{Sort: []ask.Sort{{Field: "port", Desc: true}}, Limit: 1}, []string{all[13].Value}},
		{ask.Request{Sort: []ask.Sort{{Field: "infos.bits", Desc: true}}, Limit: 1}, []string{all[10].Value}},
	} {
		var got []string
		err := c.Each(ctx, test.r, func(r *passive.Record) error { got = append(got, r.Value); return nil })
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%+v: %q (%v), want %q", test.r, got, err, test.want)
		}
	}
	var got []string
	err := c.Recent(ctx, nil, true, start.Add(11*time.Second), 2, func(r *passive.Record) error { got = append(got, r.Value); return nil })
	if want := []string{all[12].Value, all[13].Value}; err != nil || !slices.Equal(got, want) {
		t.Errorf("recent: %q (%v), want %q", got, err, want)
	}
	var input *ask.InputError
	if err := c.Each(ctx, ask.Request{Skip: -1}, nil); !errors.As(err, &input) {
		t.Errorf("a negative skip: %v", err)
	}
	if err := c.Top(ctx, ask.TopRequest{Field: "net:33"}, nil); !errors.As(err, &input) {
		t.Errorf("net:33: %v", err)
	}
}
