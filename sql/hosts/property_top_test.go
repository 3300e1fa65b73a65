package hosts_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
	"ivre/sql/hosts"
	"ivre/sql/query"
)

// fields makes different fields of a family, as many as there are up to count.
func (g maker) fields(family string, count int) []string {
	seen := map[string]bool{}
	for range 6 * count {
		if seen[fieldMakers[family](g)] = true; len(seen) == count {
			break
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// filters are words that select some of the records.
func (w *world) filters(t *testing.T, g maker, count int) []*asked {
	t.Helper()
	names := slices.Sorted(maps.Keys(wordMakers))
	var out []*asked
	for len(out) < count {
		name := pick(g, names)
		if name == "search" { // takes long
			continue
		}
		if a := w.ask(t, quoted(wordMakers[name](g))); a != nil && a.hits() > 0 && a.hits() < len(w.recs) {
			out = append(out, a)
		}
	}
	return out
}

// selected are the records that a query selects; nil selects all.
func (w *world) selected(a *asked) []oracleRecord {
	if a == nil {
		return w.recs
	}
	var out []oracleRecord
	for i, rec := range w.recs {
		if a.match[i] {
			out = append(out, rec)
		}
	}
	return out
}

// topRows are all values of a field, as the database returns them.
func (w *world) topRows(r hosts.TopRequest) (out []oracleGroup, err error) {
	err = w.c.Top(context.Background(), r, func(x hosts.Top) error {
		label, err := oracleLabel(x.Label)
		out = append(out, oracleGroup{label, int(x.Count)})
		return err
	})
	return out, err
}

// oracleLabel is the canonical JSON of a value.
func oracleLabel(v host.Value) (string, error) {
	rec, err := oracleDecode(fmt.Appendf(nil, `{"v": %s}`, host.AppendValue(nil, v)))
	return oracleCanonical(rec["v"]), err
}

// checkTop compares the values of a field in the records that a query selects (nil: all) and returns their number.
func (w *world) checkTop(t *testing.T, field string, a *asked) int {
	t.Helper()
	want := oracleTop(w.name(), field, w.selected(a))
	r := hosts.TopRequest{Field: field}
	q := ""
	if a != nil {
		r.Cond, q = a.cond, a.q
	}
	rows, err := w.topRows(r)
	got := slices.Clone(rows)
	slices.SortFunc(got, func(a, b oracleGroup) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Label, b.Label))
	})
	if diff := gocmp.Diff(want, got); err != nil || diff != "" {
		sql, _ := w.c.TopSQL(r)
		t.Errorf("%s, top %s of %q: %v\n%s\n-oracle +database\n%.2000s", w.name(), field, q, err, sql, diff)
		return len(want)
	}
	if !slices.IsSortedFunc(rows, func(a, b oracleGroup) int { return b.Count - a.Count }) {
		t.Errorf("%s, top %s: not sorted", w.name(), field)
	}
	return len(want)
}

// checkFirst compares the first values of a field, most frequent or rarest first, with those of all values.
func (w *world) checkFirst(t *testing.T, field string, a *asked, limit int64) {
	t.Helper()
	for _, least := range []bool{false, true} {
		r := hosts.TopRequest{Field: field, Cond: a.cond, Least: least}
		all, err := w.topRows(r)
		r.Limit = limit
		first, err2 := w.topRows(r)
		if diff := gocmp.Diff(all[:min(int(limit), len(all))], first); err != nil || err2 != nil || diff != "" {
			t.Errorf("%s, top %d of %s: %v, %v\n%s", w.name(), limit, field, err, err2, diff)
		}
		counts := make([]int, len(all))
		for i := range all {
			counts[i] = all[i].Count
		}
		want := oracleTop(w.name(), field, w.selected(a))
		if least {
			slices.Reverse(want)
		}
		for i := range want {
			if len(all) != len(want) || counts[i] != want[i].Count {
				t.Errorf("%s, %s, least %v: the numbers are %v", w.name(), field, least, counts)
				break
			}
		}
	}
}

func (w *world) checkDistinct(t *testing.T, path string, a *asked) {
	t.Helper()
	want := oracleDistinct(path, w.selected(a))
	var r hosts.Request
	q := ""
	if a != nil {
		r.Cond, q = a.cond, a.q
	}
	var got []string
	err := w.c.Distinct(context.Background(), path, r, func(v host.Value) error {
		label, err := oracleLabel(v)
		got = append(got, label)
		return err
	})
	if i := slices.Index(got, "null"); i > 0 {
		t.Errorf("%s, distinct %s: null is not the first value", w.name(), path)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := gocmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%s, distinct %s of %q: %v\n-oracle +database\n%.2000s", w.name(), path, q, err, diff)
	}
}

func TestTopsOfViews(t *testing.T) {
	t.Parallel()
	testTops(t, newWorld(t, query.View, 4, 130), 6)
}

func TestTopsOfScans(t *testing.T) {
	t.Parallel()
	testTops(t, newWorld(t, query.Scans, 5, 70), 3)
}

// testTops asks for the values of fields of each family, of all records and of some.
func testTops(t *testing.T, w *world, each int) {
	g := newMaker(uint64(30 + w.db))
	g.ids = w.ids
	filters := w.filters(t, g, 25)
	number, values := 0, 0
	for _, family := range slices.Sorted(maps.Keys(fieldMakers)) {
		count := each
		switch family {
		case "plain":
			count = 100
		case "path":
			count = 0 // all of them below
		}
		found := 0
		for i, field := range g.fields(family, count) {
			found += w.checkTop(t, field, nil)
			w.checkTop(t, field, pick(g, filters))
			if i%8 == 0 {
				w.checkFirst(t, field, pick(g, filters), 1+g.Int64N(4))
			}
			number++
		}
		if values += found; found == 0 && family != "path" && w.db == query.View {
			t.Errorf("no field of %s has a value", family)
		}
	}
	for i, path := range somePaths {
		w.checkTop(t, path, pick(g, filters))
		w.checkDistinct(t, path, nil)
		if i%2 == 0 {
			w.checkTop(t, path, nil)
			w.checkDistinct(t, path, pick(g, filters))
		}
	}
	t.Logf("%d fields with %d values, %d paths, each with and without a filter", number, values, len(somePaths))
}
