package hosts_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"ivre/sql/hosts"
	"ivre/sql/query"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
	"ivre/sql/tree"
)

// world is a database with records, and these records in memory.
type world struct {
	db    query.Database
	c     *hosts.Client
	recs  []oracleRecord // with _id
	ids   []string       // of the records
	index map[string]int // records by id
	texts map[string]int // and by their text, which has no _id; a report may have a record twice
}

func (w *world) name() string { return w.db.String() }

func (w *world) options() query.Options {
	return query.Options{DB: w.db, RegexMaxLength: 1000, RegexStarriness: 2, Now: oracleNow}
}

// newWorld makes a database of random records and those of real reports.
func newWorld(t *testing.T, db query.Database, seed uint64, count int) *world {
	t.Helper()
	s := storetest.New(t)
	list := madeHosts(t, seed, count, db == query.View)
	tables := asView
	if db == query.Scans {
		tables = hosts.Scans
		for _, name := range []string{"nmap-A.xml", "nmap-ipv6.xml", "nmap-udp.xml", "masscan.xml"} {
			list = append(list, report(t, name)...)
		}
	}
	load(t, s, list...)
	w := &world{db: db, c: hosts.New(s, tables), index: map[string]int{}, texts: map[string]int{}}
	rows, err := s.Query(context.Background(), store.Statement{SQL: "SELECT lower(leftPad(hex(id), 16, '0')), record FROM scans ORDER BY record"})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, record string
		if err := rows.Scan(&id, &record); err != nil {
			t.Fatal(err)
		}
		rec, err := oracleDecode([]byte(record))
		if err != nil {
			t.Fatal(err)
		}
		w.texts[oracleCanonical(rec)] = len(w.recs)
		rec["_id"] = id
		w.index[id] = len(w.recs)
		w.recs, w.ids = append(w.recs, rec), append(w.ids, id)
	}
	if len(w.recs) != len(list) || len(w.index) != len(list) {
		t.Fatalf("%d of %d records were loaded, with %d identifiers", len(w.recs), len(list), len(w.index))
	}
	return w
}

// asked is a query with the answer of the oracle.
type asked struct {
	q     string
	cond  tree.Cond
	match []bool // of all records
}

// ask parses a query and asks the oracle. It returns nil for queries that mean nothing, on which both have to agree.
func (w *world) ask(t *testing.T, q string) *asked {
	t.Helper()
	a := &asked{q: q, match: make([]bool, len(w.recs))}
	words, ok := oracleSplit(q)
	for i := range words {
		words[i] = quoted(words[i])
	}
	known := ok
	for i, rec := range w.recs {
		a.match[i] = true
		for _, word := range words {
			match, understood := oracleMatch(w.name(), word, rec)
			a.match[i] = a.match[i] && match
			known = known && understood
		}
		if !known {
			break
		}
	}
	parsed, err := query.Parse(q, w.options())
	if sql := err == nil && parsed.Unused == nil; sql != known {
		t.Errorf("%s %s: the oracle takes it: %v; the parser says: %v, unused %q", w.name(), q, known, err, parsed.Unused)
		return nil
	} else if !sql {
		return nil
	}
	a.cond = parsed.Filter
	return a
}

// hits is the number of records that the oracle selects.
func (a *asked) hits() (n int) {
	for _, m := range a.match {
		if m {
			n++
		}
	}
	return n
}

// batchOf is how many conditions go to the database at once.
const batchOf = 12

// check compares what the database selects with what the oracle does.
func (w *world) check(t *testing.T, list []*asked) {
	t.Helper()
	for batch := range slices.Chunk(list, batchOf) {
		conds := make([]tree.Cond, len(batch))
		for i, a := range batch {
			conds[i] = a.cond
		}
		wrong := make([][]string, len(batch))
		rows := 0
		sql, err := w.c.Matches(context.Background(), conds, func(id string, match []uint8) {
			n := w.index[id]
			rows++
			for i, a := range batch {
				if a.match[n] != (match[i] != 0) {
					wrong[i] = append(wrong[i], id)
				}
			}
		})
		switch {
		case err != nil && len(batch) > 1: // find out which of them it is
			for _, a := range batch {
				w.check(t, []*asked{a})
			}
			continue
		case err != nil:
			t.Errorf("%s %s: %v\n%s", w.name(), batch[0].q, err, sql)
			continue
		case rows != len(w.recs):
			t.Errorf("%d records of %d are in the answer to %s", rows, len(w.recs), sql)
		}
		for i, a := range batch {
			if wrong[i] != nil {
				w.explain(t, a, wrong[i])
			}
		}
	}
}

// explain reports an answer that differs.
func (w *world) explain(t *testing.T, a *asked, ids []string) {
	t.Helper()
	sql, err := w.c.SQL(hosts.Request{Cond: a.cond})
	if err != nil {
		t.Error(err)
	}
	first := w.index[ids[0]]
	t.Errorf("%s %s\n%s\nthe answers differ for %d records: %s\nthe oracle selects the first one: %v\n%s", w.name(), a.q, sql, len(ids),
		strings.Join(ids[:min(len(ids), 8)], " "), a.match[first], oracleCanonical(w.recs[first]))
}

// checkCount compares the number of records, which may be found in another way, and the records themselves.
func (w *world) checkCount(t *testing.T, a *asked) {
	t.Helper()
	ctx := context.Background()
	want := a.hits()
	n, err := w.c.Count(ctx, a.cond)
	if err != nil || n != uint64(want) {
		t.Errorf("%s %s: %d records, want %d, %v", w.name(), a.q, n, want, err)
	}
	rows := 0
	err = w.c.Each(ctx, hosts.Request{Cond: a.cond, Limit: 20, Skip: 1}, func(record string) error {
		rec, err := oracleDecode([]byte(record))
		if n, known := w.texts[oracleCanonical(rec)]; err == nil && !(known && a.match[n]) {
			t.Errorf("%s %s: a record that does not match: %s", w.name(), a.q, record)
		}
		rows++
		return err
	})
	if wantRows := min(max(want-1, 0), 20); err != nil || rows != wantRows {
		t.Errorf("%s %s: %d records with skip 1 and limit 20, want %d, %v", w.name(), a.q, rows, wantRows, err)
	}
}

// words makes different words of a name, as many as there are up to count.
func (g maker) words(name string, count int) []string {
	seen := map[string]bool{}
	if strings.Contains(name, ".pubkey.") { // another name for .pk*
		count /= 3
	}
	for range 4 * count {
		word := wordMakers[name](g)
		if g.in(4) {
			word = pick(g, []string{"-", "!"}) + word
		}
		if seen[quoted(word)] = true; len(seen) == count {
			break
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func TestAllWordsAreMade(t *testing.T) {
	for name := range oracleTokens {
		if wordMakers[name] == nil {
			t.Errorf("nothing makes words of the name %s", name)
		}
	}
}

func TestWordsOfViews(t *testing.T) {
	t.Parallel()
	testWords(t, newWorld(t, query.View, 1, 220), 30, 240, 20)
}

func TestWordsOfScans(t *testing.T) {
	t.Parallel()
	testWords(t, newWorld(t, query.Scans, 2, 90), 6, 60, 5)
}

// testWords asks for words of each name, and for pairs of words. One in some of them is counted, too.
func testWords(t *testing.T, w *world, each, pairs, counted int) {
	g := newMaker(uint64(3 + w.db))
	g.ids = w.ids
	var all, list []*asked
	total, nothing := 0, []string{}
	for _, name := range slices.Sorted(maps.Keys(wordMakers)) {
		useful := 0
		for _, q := range g.words(name, each) {
			total++
			a := w.ask(t, q)
			if a == nil {
				continue
			}
			list = append(list, a)
			if n := a.hits(); n > 0 && n < len(w.recs) {
				if useful++; name != "search" || g.in(10) { // searches take long
					all = append(all, a)
				}
			}
		}
		if useful == 0 {
			nothing = append(nothing, name)
		}
	}
	for range pairs {
		a, b := pick(g, all), pick(g, all)
		if both := w.ask(t, a.q+" "+b.q); both != nil {
			list = append(list, both)
		}
	}
	w.check(t, list)
	for i := 0; i < len(list); i += counted {
		w.checkCount(t, list[i])
	}
	t.Logf("%d words, %d of them select some of the %d records, and %d pairs", total, len(all), len(w.recs), pairs)
	if want := []string{"display", "fields", "limit", "skip", "sortby"}; !slices.Equal(nothing, want) && w.db == query.View {
		t.Errorf("words that select nothing or everything: %q; only %q should", nothing, want)
	}
}
