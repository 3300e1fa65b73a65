package viewmerge

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
	"ivre/ingest/passive"
)

type added struct {
	h *host.Host
	o Origin
}

func build(list []added) *host.Host {
	var b Builder
	for _, a := range list {
		b.Add(a.h, a.o)
	}
	return b.Result()
}

// jsonLines makes differences readable.
func jsonLines(h *host.Host) []string { return strings.SplitAfter(appended(h), ", ") }

// TestOrderOfArrival: a Builder's result does not depend on the order in which it gets the records, even if they end at
// the same time, nor on how often.
func TestOrderOfArrival(t *testing.T) {
	for seed := range uint64(300) {
		g := newGenerator(seed)
		var all []added
		for range 1 + g.IntN(8) {
			all = append(all, added{g.host(), Origin(g.IntN(3))})
		}
		want := jsonLines(build(all))
		for range 6 {
			shuffled := append(slices.Clone(all), all[g.IntN(len(all))])
			g.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			if d := cmp.Diff(want, jsonLines(build(shuffled))); d != "" {
				t.Fatalf("seed %d: %s", seed, d)
			}
		}
	}
}

// nested merges records, from old to new, in groups of groups.
func nested(g generator, list []*host.Host) *host.Host {
	if len(list) == 1 {
		return list[0]
	}
	at := 1 + g.IntN(len(list)-1)
	older, newer := nested(g, list[:at]), nested(g, list[at:])
	if g.maybe() {
		return Merge(older, newer)
	}
	return build([]added{{newer, Stored}, {older, Stored}})
}

// TestGroups: merging neighbours first does not change the result.
func TestGroups(t *testing.T) {
	for seed := range uint64(300) {
		g := newGenerator(seed)
		g.tame = true
		list := g.apart(2 + g.IntN(6))
		var all []added
		for _, h := range list {
			all = append(all, added{h, Scan})
		}
		want := jsonLines(build(all))
		for range 4 {
			if d := cmp.Diff(want, jsonLines(nested(g, list))); d != "" {
				t.Fatalf("seed %d: %s", seed, d)
			}
		}
	}
}

// TestMergeIsTwo: a Builder with two records does what Merge does.
func TestMergeIsTwo(t *testing.T) {
	for seed := range uint64(300) {
		list := newGenerator(seed).apart(2)
		want := jsonLines(Merge(list[0], list[1]))
		if d := cmp.Diff(want, jsonLines(build([]added{{list[1], Stored}, {list[0], Passive}}))); d != "" {
			t.Fatalf("seed %d: %s", seed, d)
		}
	}
}

// sets are what is a set in a record, as a text.
func sets(h *host.Host) string {
	var out []string
	for _, n := range h.Hostnames {
		out = append(out, "name "+n.Name+" "+n.Type)
	}
	for _, l := range h.Addresses {
		for _, v := range l.Values {
			out = append(out, "address "+l.Type+" "+v)
		}
	}
	for _, c := range h.CPEs {
		out = append(out, fmt.Sprint("cpe ", c))
	}
	for _, tag := range h.Tags {
		out = append(out, fmt.Sprint("tag ", tag.Value, tag.Info))
	}
	for _, s := range h.Source {
		out = append(out, "source "+s)
	}
	for _, s := range h.Categories {
		out = append(out, "category "+s)
	}
	for i := range h.Ports {
		if p := &h.Ports[i]; p.Port == host.HostScripts {
			if s := p.Script("scanner"); s != nil {
				out = append(out, "scanner "+s.Output)
			}
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// TestAnyGroups: sets do not depend on the groups, whatever they are.
func TestAnyGroups(t *testing.T) {
	for seed := range uint64(300) {
		g := newGenerator(seed)
		g.tame = true
		var all []added
		for range 5 {
			h := g.host()
			h.Ports = []host.Port{{Port: host.HostScripts, Scripts: []host.Script{{ID: "scanner", HasOutput: true, Data: g.scanner()}}}}
			all = append(all, added{h, Scan})
		}
		want := sets(build(all))
		g.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		got := sets(Merge(build(all[:2]), Merge(build(all[2:4]), all[4].h)))
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("seed %d: %s", seed, d)
		}
	}
}

// TestMergedTwice: merging a merged record with itself changes nothing; nor does finishing a finished one. Nothing of
// this changes what was merged.
func TestMergedTwice(t *testing.T) {
	for seed := range uint64(300) {
		g := newGenerator(seed)
		x, y := g.host(), g.host()
		before := appended(x) + appended(y)
		checkMerge(t, x, y)
		if appended(x)+appended(y) != before {
			t.Fatalf("seed %d: a record was changed", seed)
		}
		if d := cmp.Diff(jsonLines(x), jsonLines(build([]added{{x, Scan}, {x, Scan}}))); d != "" {
			t.Fatalf("seed %d: the same record twice: %s", seed, d)
		}
	}
}

// checkMerge checks what holds for any two records.
func checkMerge(t *testing.T, x, y *host.Host) {
	t.Helper()
	m := Merge(Merge(x, y), Merge(x, y))
	if d := cmp.Diff(jsonLines(m), jsonLines(Merge(m, m))); d != "" {
		t.Fatalf("merged twice: %s", d)
	}
	opts := FinishOptions{HoneypotPorts: 2, MaxHostnames: 2, Malware: func(MalwareKind, string) string { return "m" }}
	Finish(m, opts)
	once := jsonLines(m)
	Finish(m, opts)
	if d := cmp.Diff(once, jsonLines(m)); d != "" {
		t.Fatalf("finished twice: %s", d)
	}
}

// manyRecords are passive records of an address, of all kinds that grow.
func manyRecords(n int) []*passive.Record {
	out := make([]*passive.Record, n)
	for i := range out {
		r := &passive.Record{Sensor: "s", Addr: address, Count: 1, Last: lastSeen.Add(time.Duration(i/3) * time.Millisecond)}
		switch i % 8 {
		case 0:
			r.Recontype, r.Source, r.Value = "DNS_ANSWER", "A-192.0.2.53-53", fmt.Sprintf("n%d.example.com", i)
		case 1:
			r.Recontype, r.Source, r.Value = "TCP_HONEYPOT_HIT", fmt.Sprintf("tcp/%d", i%65536), fmt.Sprint("probe", i)
		case 2:
			r.Recontype, r.Source, r.Value = "HTTP_CLIENT_HEADER", "USER-AGENT", fmt.Sprint("agent", i)
		case 3:
			r.Recontype, r.Port, r.Value = "TCP_SERVER_BANNER", 21, fmt.Sprint("220 ", i)
			r.Infos = host.NewObject("service_name", "ftp", "service_version", fmt.Sprint(i))
		case 4:
			r.Recontype, r.Source, r.Port = "OPEN_PORT", "TCP", uint16(i)
		case 5:
			r.Recontype, r.Source, r.Value = "HTTP_HONEYPOT_REQUEST", "GET-1.1-tcp/80", fmt.Sprint("/", i)
		case 6:
			r.Recontype, r.Source, r.Port, r.Value = "SSL_SERVER", fmt.Sprint("ja3-", i), 443, "m"
		case 7:
			r.Recontype, r.Source, r.Value = "MAC_ADDRESS", "ARP_REPLY_SRC", fmt.Sprintf("%012x", i)
		}
		out[i] = r
	}
	return out
}

func mergeMany(records []*passive.Record) *host.Host {
	var b Builder
	for _, r := range records {
		b.Add(FromPassive(r, PassiveOptions{}), Passive)
	}
	h := b.Result()
	Finish(h, FinishOptions{})
	return h
}

// TestManyRecords: the work is in proportion to the number of records. Were it quadratic anywhere, this would take minutes.
func TestManyRecords(t *testing.T) {
	records := manyRecords(100_000)
	start := time.Now()
	h := mergeMany(records)
	took := time.Since(start)
	t.Logf("%d records: %v", len(records), took)
	if took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	if n := len(h.Addresses[0].Values); n != len(records)/8 || !hasInfo(h, tagCDN, infoTooManyHostnames) || !hasInfo(h, tagHoneypot, infoHoneypot) {
		t.Errorf("%d addresses, tags %v", n, h.Tags)
	}
	if p := h.Ports[0]; p.Port != 21 || p.Service.Version != "99995" {
		t.Errorf("%d/%v", p.Port, p.Service)
	}
}

// TestLongNames: what is as long as a file is no name, and has no parents.
func TestLongNames(t *testing.T) {
	dots := strings.Repeat(".", 1<<20)
	h := FromPassive(seen(t, "DNS_ANSWER", "A-192.0.2.53-53", 0, dots, ""), PassiveOptions{})
	if n := len(h.Hostnames[0].Domains); n != 1 {
		t.Errorf("%d domains", n)
	}
	h.Ports = []host.Port{{Port: 53, Protocol: "tcp", Scripts: []host.Script{{ID: "dns-domains", Data: host.List{host.NewObject("domain", dots)}}}}}
	if n := len(texts(Merge(h, h).Ports[0].Scripts[0].Data.(host.List)[0], "parents")); n != 1 {
		t.Errorf("%d parents", n)
	}
}

// TestManyPorts: two records with all ports are merged, and each port gets tags.
func TestManyPorts(t *testing.T) {
	all := func(end int64) *host.Host {
		h := &host.Host{Addr: address, End: time.Unix(end, 0)}
		for i := range 65536 {
			c := host.NewObject("sha256", fmt.Sprint(i), "subject", host.NewObject("organizationName", fmt.Sprint(i*7%65536)))
			h.Ports = append(h.Ports, host.Port{Port: i, Protocol: "tcp", State: "open", Scripts: []host.Script{{ID: "ssl-cert", Data: host.List{c}}}})
		}
		return h
	}
	start := time.Now()
	h := Merge(all(1), all(2))
	Finish(h, FinishOptions{})
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	if len(h.Ports) != 65536 || len(h.Tags) != 1 || len(h.Tags[0].Info) != 65536 {
		t.Errorf("%d ports, %d tags", len(h.Ports), len(h.Tags))
	}
}

func BenchmarkPassive(b *testing.B) {
	records := manyRecords(100_000)
	b.ReportAllocs()
	for b.Loop() {
		mergeMany(records)
	}
}

func BenchmarkMergeTwo(b *testing.B) {
	g := newGenerator(1)
	x, y := g.host(), g.host()
	b.ReportAllocs()
	for b.Loop() {
		Merge(x, y)
	}
}
