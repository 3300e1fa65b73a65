package ipdata

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"ivre/ingest/ipdata/netrange"
)

func rowText(seq iter.Seq2[netrange.Range, Entry]) string {
	var out strings.Builder
	for r, e := range seq {
		fmt.Fprintf(&out, "%v", r)
		if e.ASNum != 0 {
			fmt.Fprintf(&out, " AS%d", e.ASNum)
		}
		for _, s := range []string{e.Country, e.Region, e.City} {
			if s != "" {
				out.WriteString(" " + s)
			}
		}
		if e.CityID.Set {
			fmt.Fprint(&out, " ", e.CityID.N)
		}
		out.WriteByte('\n')
	}
	return out.String()
}

func ranges(t testing.TB, db *DB, k Kind, match func(*Entry) bool) string {
	t.Helper()
	seq, err := db.Ranges(k, match)
	if err != nil {
		t.Fatal(err)
	}
	return rowText(seq)
}

func TestRanges(t *testing.T) {
	db, w := open(t, Options{Dir: sample(t), Lang: "fr"})
	for _, c := range []struct {
		kind  Kind
		match func(*Entry) bool
		want  string
	}{
		{KindAS, nil, "192.0.2.0-192.0.2.255 AS64496\n198.51.100.0-198.51.100.255 AS64497\n"}, // names do not split systems
		{KindAS, func(e *Entry) bool { return e.ASName == "OTHER" }, "198.51.100.0-198.51.100.255 AS64497\n"},
		{KindCountry, func(e *Entry) bool { return e.Country == "FR" }, "192.0.2.0-192.0.2.127 FR\n198.51.100.16-198.51.100.31 FR\n"},
		{KindCountry, nil, "192.0.2.0-192.0.2.127 FR\n198.51.100.0-198.51.100.15 DE\n198.51.100.16-198.51.100.31 FR\n2001:db8::-2001:db8:0:ffff:ffff:ffff:ffff:ffff DE\n"},
		{KindRegisteredCountry, nil, "192.0.2.0-192.0.2.127 FR\n198.51.100.0-198.51.100.31 FR\n2001:db8::-2001:db8:0:ffff:ffff:ffff:ffff:ffff FR\n"},
		{KindRegion, nil, "192.0.2.0-192.0.2.63 FR IDF\n2001:db8::-2001:db8:1:ffff:ffff:ffff:ffff:ffff FR IDF\n"},
		{KindCity, nil, "192.0.2.0-192.0.2.63 FR IDF Paris-fr 2988507\n198.51.100.0-198.51.100.15 DE Cologne\n2001:db8::-2001:db8:1:ffff:ffff:ffff:ffff:ffff FR IDF Paris-fr 2988507\n"},
	} {
		if d := cmp.Diff(c.want, ranges(t, db, c.kind, c.match)); d != "" {
			t.Errorf("%v: %s", c.kind, d)
		}
	}
	seq, err := db.Ranges(KindCountry, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range seq {
		break // must not go on, nor deliver what was pending
	}
	if s := w.take(); s != "" {
		t.Error(s)
	}
}

// Vectors 19 and 20: the rows are those of a dump, the database is not there.
func TestDumpRows(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "GeoLite2-Country.dump-IPv4.csv", []byte("3221225984,3221226111,FR\n3325256704,3325256719,DE\n3325256720,3325256735,FR\n"))
	put(t, dir, "GeoLite2-City.dump-IPv4.csv", []byte("3221225984,3221225984,FR,IDF,UGFyaXM=,2988507\n3221225985,3221225985,FR,IDF,,None\n3221225986,3221225986,FR,None,UGFyaXM=,1\n"))
	db, _ := open(t, Options{Dir: dir})
	var got []string
	seq, err := db.Ranges(KindCountry, func(e *Entry) bool { return e.Country == "FR" })
	if err != nil {
		t.Fatal(err)
	}
	for r := range seq {
		for p := range r.Prefixes() {
			got = append(got, p.String())
		}
	}
	if d := cmp.Diff([]string{"192.0.2.0/25", "198.51.100.16/28"}, got); d != "" {
		t.Error(d)
	}
	all, err := db.Ranges(KindCountry, nil)
	if err != nil {
		t.Fatal(err)
	}
	var list []netrange.Range
	for r := range all {
		list = append(list, r)
	}
	if s := fmt.Sprint(netrange.Union(list)); s != "[192.0.2.0-192.0.2.127 198.51.100.0-198.51.100.31]" {
		t.Error(s)
	}
	if s := ranges(t, db, KindRegion, nil); s != "192.0.2.0-192.0.2.1 FR IDF\n" {
		t.Error(s)
	}
	if s := ranges(t, db, KindCity, func(e *Entry) bool { return e.City == "Paris" }); s != "192.0.2.0-192.0.2.0 FR IDF Paris 2988507\n192.0.2.2-192.0.2.2 FR Paris 1\n" {
		t.Error(s)
	}
	if _, err := db.Ranges(KindAS, nil); !errors.Is(err, ErrNoData) || !strings.Contains(err.Error(), dir) {
		t.Errorf("no AS data: %v", err)
	}
}

func TestNoDataErrors(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "x")
	for dir, want := range map[string]string{"": "GeoIP data is not configured (GEOIP_PATH is unset); run ", missing: "GeoIP data directory '" + missing + "' does not exist; run "} {
		db, _ := open(t, Options{Dir: dir})
		_, err1 := db.Ranges(KindCity, nil)
		_, err2 := db.Networks(nil)
		_, err3 := db.Routable()
		_, err4 := db.CityLocations()
		_, err5 := db.CountryLocations()
		for i, err := range []error{err1, err2, err3, err4, err5} {
			if !errors.Is(err, ErrNoData) || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%d: %v, want %s", i, err, want)
			}
		}
	}
}

func TestNetworks(t *testing.T) {
	db, _ := open(t, Options{Dir: sample(t)})
	seq, err := db.Networks(nil)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for p, i := range seq {
		fmt.Fprintln(&out, p, i.ASNum.N, i.CountryCode, i.City)
	}
	want := `192.0.2.0/26 64496 FR Paris
192.0.2.64/26 64496 FR 
192.0.2.128/25 64496  
198.51.100.0/28 64497 DE 
198.51.100.16/28 64497 FR 
198.51.100.32/27 64497  
198.51.100.64/26 64497  
198.51.100.128/25 64497  
2001:db8::/48 0 FR Paris
2001:db8:1::/48 0 FR Paris
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Error(d)
	}
	few, err := db.Networks(func(i *Infos) bool { return i.CountryCode == "DE" })
	if err != nil {
		t.Fatal(err)
	}
	for p := range few {
		if p.String() != "198.51.100.0/28" {
			t.Error(p)
		}
	}
}

// Rows are in order, do not overlap, and say what look-ups say.
func TestNetworksAgainstLookup(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	random := func(make func(n uint32) mmdbtype.DataType) rows {
		out := rows{}
		for range 60 {
			bits := rng.IntN(30) + 1
			a := addr4(rng.Uint32())
			if rng.IntN(8) == 0 {
				a = [...]netip.Addr{addr("0.0.0.0"), addr("255.255.255.255")}[rng.IntN(2)]
			}
			out[netip.PrefixFrom(a, bits).Masked().String()] = make(rng.Uint32N(5))
		}
		out[netip.PrefixFrom(addr("ffff:ffff::"), 16+rng.IntN(20)).Masked().String()] = make(1)
		return out
	}
	for range 10 {
		dir := t.TempDir()
		put(t, dir, "a.mmdb", buildMMDB(t, "GeoLite2-ASN", random(func(n uint32) mmdbtype.DataType { return asRow(n, "x") })))
		put(t, dir, "c.mmdb", buildMMDB(t, "GeoLite2-Country", random(func(n uint32) mmdbtype.DataType { return mmdbtype.Map{"country": country(fmt.Sprint("C", n), "x")} })))
		db, _ := open(t, Options{Dir: dir})
		seq, err := db.Networks(nil)
		if err != nil {
			t.Fatal(err)
		}
		check := func(a netip.Addr, want *Infos) {
			t.Helper()
			got := db.Lookup(a)
			got.Tags = nil
			if d := cmp.Diff(*want, got); d != "" {
				t.Fatalf("%v: %s", a, d)
			}
		}
		next := addr("0.0.0.0")
		for p, i := range seq {
			r := netrange.FromPrefix(p)
			if next.IsValid() && next.Less(r.First) {
				check(next, &Infos{}) // the gap
			}
			if next.IsValid() && r.First.Less(next) {
				t.Fatalf("%v comes after %v", p, next)
			}
			check(r.First, i)
			check(r.Last, i)
			next = r.Last.Next()
		}
	}
}

func TestWriteDumps(t *testing.T) {
	dir := sample(t)
	touch(t, filepath.Join(dir, "GeoLite2-ASN.mmdb"), time.Hour)
	touch(t, filepath.Join(dir, "GeoLite2-Country.mmdb"), time.Hour)
	touch(t, filepath.Join(dir, "GeoLite2-City.mmdb"), time.Hour)
	db, _ := open(t, Options{Dir: dir})
	written, err := db.WriteDumps()
	if err != nil || len(written) != 4 {
		t.Fatalf("%v, %v", written, err)
	}
	for name, want := range map[string]string{
		"GeoLite2-ASN":               "3221225984,3221226239,64496\n3325256704,3325256959,64497\n",
		"GeoLite2-Country":           "3221225984,3221226111,FR\n3325256704,3325256719,DE\n3325256720,3325256735,FR\n",
		"GeoLite2-RegisteredCountry": "3221225984,3221226111,FR\n3325256704,3325256735,FR\n",
		"GeoLite2-City":              "3221225984,3221226047,FR,IDF,UGFyaXM=,2988507\n",
	} {
		got, err := os.ReadFile(filepath.Join(dir, name+".dump-IPv4.csv"))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, string(got)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if again, err := db.WriteDumps(); err != nil || len(again) != 0 {
		t.Errorf("written again: %v, %v", again, err)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, ".ipdata-*")); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
	// What is read back is what the databases say of IPv4.
	for _, k := range []Kind{KindAS, KindCountry, KindRegisteredCountry, KindCity} {
		var want strings.Builder
		for line := range strings.Lines(ranges(t, db, k, nil)) {
			if !strings.HasPrefix(line, "2001:") {
				want.WriteString(line)
			}
		}
		if d := cmp.Diff(want.String(), rowText(Dump(filepath.Join(dir, dumpFile(k)), k, func(err error) { t.Error(err) }))); d != "" {
			t.Errorf("%v: %s", k, d)
		}
	}
}

func TestDumpPath(t *testing.T) {
	for in, want := range map[string]string{"/x/GeoIP2-Country.mmdb": "/x/GeoIP2-RegisteredCountry.dump-IPv4.csv", "/Country/x.mmdb": "/Country/x-RegisteredCountry.dump-IPv4.csv"} {
		if got := dumpPath(in, KindRegisteredCountry); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestBadDumps(t *testing.T) {
	dir := t.TempDir()
	for kind, lines := range map[Kind][]string{
		KindAS:      {"", "1,2", "1,2,x", "x,2,3", "2,1,3", "1,4294967296,3", "-1,2,3", "1,2,99999999999"},
		KindCountry: {"1,2,", "1,2,F R", "1,2,FR,x"},
		KindCity:    {"1,2,FR", "1,2,FR,IDF,!,1", "1,2,FR,IDF,,x", "1,2,FR,IDF,/w==,1", "1,2,,IDF,,1", "1,2,FR,IDF,,1,2"},
	} {
		for _, line := range lines {
			good := map[Kind]string{KindAS: "9,9,7", KindCountry: "9,9,FR", KindCity: "9,9,FR,IDF,,None"}[kind]
			path := put(t, dir, "d.csv", []byte(good+"\r\n"+line+"\n"+good+"\n"))
			var warned []string
			n := 0
			for r := range Dump(path, kind, func(err error) { warned = append(warned, err.Error()) }) {
				n++
				if r.String() != "0.0.0.9-0.0.0.9" {
					t.Errorf("%q: %v", line, r)
				}
			}
			if n != 2 || line != "" && (len(warned) != 1 || !strings.Contains(warned[0], path+": line 2: ")) {
				t.Errorf("%q: %d rows, %v", line, n, warned)
			}
		}
	}
	var warned error
	for range Dump(filepath.Join(dir, "missing"), KindAS, func(err error) { warned = err }) {
		t.Error("a row of a missing file")
	}
	if !errors.Is(warned, os.ErrNotExist) {
		t.Error(warned)
	}
}

func FuzzDump(f *testing.F) {
	f.Add("3221225984,3221226047,FR,IDF,UGFyaXM=,2988507\n", uint8(KindCity))
	f.Add("1,2,64496\n3,4,5", uint8(KindAS))
	f.Add("1,2,FR\n", uint8(KindCountry))
	f.Fuzz(func(t *testing.T, text string, k uint8) {
		kind := Kind(k % uint8(len(kindNames)))
		for line := range strings.Lines(text) {
			b := []byte(strings.TrimSpace(line))
			r, rest, err := cutRange(b)
			if err != nil {
				continue
			}
			e, err := parseEntryFields(kind, rest)
			if err != nil {
				continue
			}
			row := appendRow(nil, kind, r, &e)
			r2, rest2, err := cutRange(row[:len(row)-1])
			if err != nil || r2 != r {
				t.Fatalf("%q: %q: %v", line, row, err)
			}
			if e2, err := parseEntryFields(kind, rest2); err != nil || e2 != e {
				t.Fatalf("%q: %q: %+v, %+v, %v", line, row, e, e2, err)
			}
		}
	})
}
