package ipdata

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"ivre/ingest/host"
)

const vector17 = `{"as_num": 64496, "as_name": "EXAMPLE AS", "country_code": "FR", "country_name": "France", "region_code": ["IDF", "75"], ` +
	`"region_name": ["Ile-de-France", null], "continent_code": "EU", "continent_name": "Europe", "registered_country_code": "DE", ` +
	`"registered_country_name": "Germany", "city": "Paris", "postal_code": "75001", "coordinates": [48.85, 2.35], "coordinates_accuracy_radius": 20, ` +
	`"tags": [{"value": "Reserved address", "type": "info", "info": ["Address type Documentation"]}]}`

func TestLookup(t *testing.T) {
	db, w := open(t, Options{Dir: sample(t)})
	doc := `"tags": [{"value": "Reserved address", "type": "info", "info": ["Address type Documentation"]}]}`
	for _, c := range []struct{ addr, want string }{
		{"192.0.2.1", vector17},
		{"::ffff:192.0.2.1", vector17},
		{"192.0.2.65", `{"as_num": 64496, "as_name": "EXAMPLE AS", "country_code": "FR", "country_name": "France", "coordinates_accuracy_radius": null, ` + doc},
		{"198.51.100.1", `{"as_num": 64497, "as_name": "OTHER", "country_code": "DE", "country_name": "Germany", ` + doc},
		{"198.51.100.17", `{"as_num": 64497, "as_name": "OTHER", "country_code": "FR", "country_name": "France", ` + doc},
		{"2001:db8::1%eth0", strings.Replace(vector17, `"as_num": 64496, "as_name": "EXAMPLE AS", `, "", 1)},
		{"203.0.113.1", "{" + doc},
		{"9.9.9.9", "null"},
	} {
		if d := cmp.Diff(c.want, lookup(db, c.addr)); d != "" {
			t.Errorf("%s:\n%s", c.addr, d)
		}
	}
	if s := w.take(); s != "" {
		t.Error(s)
	}
	if i := db.Lookup(netip.Addr{}); !i.Empty() || db.Tags(netip.Addr{}) != nil {
		t.Error("something is known of no address")
	}
}

func TestObject(t *testing.T) {
	db, _ := open(t, Options{Dir: sample(t)})
	i := db.Lookup(addr("192.0.2.1"))
	want := vector17[:strings.Index(vector17, `, "tags"`)] + "}"
	if d := cmp.Diff(want, string(host.AppendValue(nil, i.Object()))); d != "" {
		t.Error(d)
	}
	i = db.Lookup(addr("203.0.113.1"))
	if got := string(host.AppendValue(nil, i.Object())); got != "{}" {
		t.Errorf("nothing known: %s", got)
	}
	if got := string(i.AppendWithAddr(nil, "203.0.113.1")); got != `{"addr": "203.0.113.1", "tags": [{"value": "Reserved address", "type": "info", "info": ["Address type Documentation"]}]}` {
		t.Error(got)
	}
	if got := string((&Infos{}).AppendWithAddr(nil, "foo")); got != `{"addr": "foo"}` {
		t.Error(got)
	}
}

func TestAppendText(t *testing.T) {
	db, _ := open(t, Options{Dir: sample(t)})
	i := db.Lookup(addr("192.0.2.1"))
	i.Tags = append(i.Tags[:len(i.Tags):len(i.Tags)], host.Tag{Value: "X"}, host.Tag{Value: "Y", Info: []string{"a", "b"}})
	want := `    as_num 64496
    as_name EXAMPLE AS
    country_code FR
    country_name France
    region_code ('IDF', '75')
    region_name ('Ile-de-France', None)
    continent_code EU
    continent_name Europe
    registered_country_code DE
    registered_country_name Germany
    city Paris
    postal_code 75001
    coordinates (48.85, 2.35)
    coordinates_accuracy_radius 20
    Reserved address: Address type Documentation
    X
    Y: a, b
`
	if d := cmp.Diff(want, string(i.AppendText(nil))); d != "" {
		t.Error(d)
	}
	i = Infos{City: "a\nb\x1b[0m", Tags: []host.Tag{{Value: "x\r", Info: []string{"y\n"}}}}
	if got := string(i.AppendText(nil)); got != "    city a\\nb\\x1b[0m\n    x\\r: y\\n\n" {
		t.Error(got)
	}
	i = Infos{Regions: []Region{{"IDF", "Côtes-d'Armor"}}, HasLocation: true}
	if got := string(i.AppendText(nil)); got != "    region_code ('IDF',)\n    region_name (\"Côtes-d'Armor\",)\n    coordinates_accuracy_radius None\n" {
		t.Error(got)
	}
	for in, want := range map[string]string{"a": `'a'`, `'"`: `'\'"'`, "\x01\\": `'\x01\\'`, "é": `'é'`} {
		if got := string(appendQuoted(nil, in)); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestNoData(t *testing.T) {
	for _, dir := range []string{"", filepath.Join(t.TempDir(), "missing"), t.TempDir()} {
		db, w := open(t, Options{Dir: dir})
		for a, want := range map[string]string{ // vector 18
			"9.9.9.9":     "null",
			"2002::1":     `{"tags": [{"value": "Reserved address", "type": "info", "info": ["Address type 6to4"]}]}`,
			"10.1.2.3":    `{"tags": [{"value": "Reserved address", "type": "info", "info": ["Address type Private"]}]}`,
			"2001:db8::1": `{"tags": [{"value": "Reserved address", "type": "info", "info": ["Address type Documentation"]}]}`,
		} {
			if got := lookup(db, a); got != want {
				t.Errorf("%s: %s, want %s", a, got, want)
			}
		}
		db.Reload()
		if s := w.take(); strings.Count(s, "Cannot find Maxmind database files") != min(len(dir), 1) || strings.Contains(s, "\n") {
			t.Errorf("directory %q: %s", dir, s)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	file := put(t, t.TempDir(), "x", nil)
	for _, o := range []Options{{Dir: file}, {DataDir: file}} {
		if _, err := Open(o); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("Open(%+v): %v", o, err)
		}
	}
}

func TestRoleOf(t *testing.T) {
	for typ, want := range map[string]role{"GeoLite2-City": roleCity, "GeoLite2-ASN": roleAS, "GeoIP2-ISP": roleAS, "GeoIP2-City-Europe": roleCity,
		"GeoIP2-Enterprise": roleCity, "city": roleCity, "GeoLite2-Country": roleCountry, "DBIP-ASN-Lite (compat=GeoLite2-ASN)": roleAS,
		"GeoIP2-Anonymous-IP": roleNone, "": roleNone, "Velocity": roleNone} {
		if got := roleOf(typ); got != want {
			t.Errorf("%s: %v, want %v", typ, got, want)
		}
	}
}

func TestOtherASKeys(t *testing.T) {
	dir := t.TempDir()
	row := asRow(64500, "ORG")
	row["isp"], row["n"], row["f"], row["b"] = mmdbtype.String("An ISP"), mmdbtype.Int32(-3), mmdbtype.Float32(0.5), mmdbtype.Bool(true)
	row["skipped"] = mmdbtype.Map{"a": mmdbtype.String("b")}
	put(t, dir, "isp.mmdb", buildMMDB(t, "GeoIP2-ISP", rows{"1.2.3.0/24": row}, func(o *mmdbwriter.Options) { o.IPVersion = 4 }))
	db, _ := open(t, Options{Dir: dir})
	want := `{"as_num": 64500, "as_name": "ORG", "b": true, "f": 0.5, "isp": "An ISP", "n": -3}`
	if got := lookup(db, "1.2.3.4"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := lookup(db, "2003::1"); got != "null" { // the database has IPv4 only
		t.Error(got)
	}
}

// Damaged files are named; the others work.
func TestDamagedFiles(t *testing.T) {
	dir := sample(t)
	good, err := os.ReadFile(filepath.Join(dir, "GeoLite2-City.mmdb"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "GeoLite2-City.mmdb", good[:len(good)/2])
	put(t, dir, "empty.mmdb", nil)
	put(t, dir, "other.mmdb", buildMMDB(t, "GeoIP2-Anonymous-IP", rows{}))
	put(t, dir, "text.mmdb", []byte("<html>not found</html>"))
	db, w := open(t, Options{Dir: dir})
	got := w.take()
	for _, want := range []string{"GeoLite2-City.mmdb is not a usable", "empty.mmdb is empty", `other.mmdb has the type "GeoIP2-Anonymous-IP"`,
		"text.mmdb is not a usable", "missing: City)"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	if len(db.Problems()) != 5 {
		t.Errorf("problems: %v", db.Problems())
	}
	if got := lookup(db, "192.0.2.1"); !strings.HasPrefix(got, `{"as_num": 64496, "as_name": "EXAMPLE AS", "country_code": "FR", "country_name": "France", "tags"`) {
		t.Error(got)
	}
	db.Reload()
	if s := w.take(); s != "" {
		t.Errorf("reported again: %s", s)
	}
}

// A record of another shape gives nothing, and is reported once.
func TestDamagedRecords(t *testing.T) {
	long := mmdbtype.Slice{}
	for range maxRegions + 1 {
		long = append(long, mmdbtype.Map{"iso_code": mmdbtype.String("X")})
	}
	wide := mmdbtype.Map{}
	for i := range maxEntries + 1 {
		wide[mmdbtype.String(fmt.Sprint("k", i))] = mmdbtype.Bool(true)
	}
	for name, rec := range map[string]mmdbtype.DataType{
		"no map": mmdbtype.String("x"), "country": mmdbtype.Map{"country": mmdbtype.String("FR")}, "code": mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.Uint32(1)}},
		"regions": mmdbtype.Map{"subdivisions": long}, "wide": wide, "text": mmdbtype.Map{"postal": mmdbtype.Map{"code": mmdbtype.String(strings.Repeat("x", maxText+1))}},
	} {
		dir := t.TempDir()
		path := put(t, dir, "c.mmdb", buildMMDB(t, "GeoLite2-City", rows{"1.2.3.0/24": rec, "1.2.4.0/24": paris()}))
		db, w := open(t, Options{Dir: dir})
		w.take()
		for range 2 {
			if got := lookup(db, "1.2.3.4"); got != "null" {
				t.Errorf("%s: %s", name, got)
			}
		}
		if s := w.take(); strings.Count(s, path) != 1 || !strings.Contains(s, "1.2.3.0/24") {
			t.Errorf("%s: %s", name, s)
		}
		if got := lookup(db, "1.2.4.4"); !strings.Contains(got, "Paris") {
			t.Errorf("%s: the good record: %s", name, got)
		}
	}
}

func TestNewestDatabaseIsUsed(t *testing.T) {
	dir := t.TempDir()
	epoch := func(n int64) func(*mmdbwriter.Options) { return func(o *mmdbwriter.Options) { o.BuildEpoch = n } }
	put(t, dir, "a.mmdb", buildMMDB(t, "GeoLite2-ASN", rows{"1.2.3.0/24": asRow(1, "old")}, epoch(1000)))
	put(t, dir, "b.mmdb", buildMMDB(t, "GeoLite2-ASN", rows{"1.2.3.0/24": asRow(2, "new")}, epoch(2000)))
	put(t, dir, "c.mmdb", buildMMDB(t, "GeoLite2-ASN", rows{"1.2.3.0/24": asRow(3, "same")}, epoch(2000)))
	db, _ := open(t, Options{Dir: dir})
	if got := lookup(db, "1.2.3.4"); !strings.Contains(got, `"as_num": 2,`) {
		t.Error(got)
	}
}

func TestLookupAllocates(t *testing.T) {
	db, _ := open(t, Options{Dir: sample(t), CheckEvery: 1 << 40})
	a := addr("192.0.2.1")
	db.Lookup(a)
	if n := testing.AllocsPerRun(100, func() { db.Lookup(a) }); n != 0 {
		t.Errorf("%v allocations per look-up", n)
	}
}
