package ipdata

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type member struct {
	name string
	data []byte
}

func tarball(t testing.TB, mtime time.Time, members ...member) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	w := tar.NewWriter(z)
	for _, m := range members {
		if err := w.WriteHeader(&tar.Header{Name: m.name, Size: int64(len(m.data)), Mode: 0o600, ModTime: mtime, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(m.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func base(paths []string) []string {
	var out []string
	for _, p := range paths {
		out = append(out, filepath.Base(p))
	}
	slices.Sort(out)
	return out
}

func TestUnpackTar(t *testing.T) {
	src, dir := t.TempDir(), filepath.Join(t.TempDir(), "new", "dir")
	at := time.Date(2024, 3, 5, 0, 0, 0, 0, time.UTC)
	archive := put(t, src, "GeoLite2-ASN.tar.gz", tarball(t, at, member{"GeoLite2-ASN_20240305/GeoLite2-ASN.mmdb", asDB(t, 7)},
		member{"GeoLite2-ASN_20240305/README.txt", []byte("x")}, member{"../../../x.dump-IPv4.csv", []byte("1,2,3\n")}, member{"._y.csv", nil}, member{`..\..\z.csv`, nil}))
	written, err := Unpack(dir, archive)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"GeoLite2-ASN.mmdb", "x.dump-IPv4.csv", "z.csv"}, base(written)); d != "" {
		t.Error(d)
	}
	info, err := os.Stat(filepath.Join(dir, "GeoLite2-ASN.mmdb"))
	if err != nil || !info.ModTime().Equal(at) || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info, err)
	}
	db, _ := open(t, Options{Dir: dir})
	if got := db.asOf("1.2.3.4"); got != 7 {
		t.Errorf("AS %d", got)
	}
	// A damaged database does not replace a good one.
	bad := put(t, src, "bad.tgz", tarball(t, at, member{"GeoLite2-ASN.mmdb", []byte("x")}))
	if _, err := Unpack(dir, bad); err == nil || !strings.Contains(err.Error(), bad) || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("damaged: %v", err)
	}
	db.Reload()
	if got := db.asOf("1.2.3.4"); got != 7 {
		t.Errorf("AS %d after a damaged archive", got)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".ipdata-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestUnpackZip(t *testing.T) {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, text := range map[string]string{"d/GeoLite2-City-Locations-en.csv": locationsCSV, "d/COPYRIGHT.txt": "x"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	written, err := Unpack(dir, put(t, t.TempDir(), "GeoLite2-City-CSV.zip", buf.Bytes()))
	if err != nil || len(written) != 1 {
		t.Fatalf("%v, %v", written, err)
	}
	db, w := open(t, Options{Dir: dir})
	seq, err := db.CityLocations()
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Collect(seq)
	want := []Location{
		{GeonameID: 2988507, ContinentCode: "EU", ContinentName: "Europe", CountryCode: "FR", CountryName: "France",
			Regions: []Region{{"IDF", "Île-de-France"}, {"75", "Paris"}}, City: "Paris", TimeZone: "Europe/Paris"},
		{GeonameID: 3017382, ContinentCode: "EU", ContinentName: "Europe", CountryCode: "FR", CountryName: "France, all of it"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if s := w.take(); !strings.Contains(s, `line 3: geoname_id "x" is no number (and 1 more like it)`) {
		t.Error(s)
	}
}

const locationsCSV = "geoname_id,locale_code,continent_code,continent_name,country_iso_code,country_name,subdivision_1_iso_code,subdivision_1_name," +
	"subdivision_2_iso_code,subdivision_2_name,city_name,metro_code,time_zone,is_in_european_union\n" +
	"2988507,en,EU,Europe,FR,France,IDF,Île-de-France,75,Paris,Paris,,Europe/Paris,1\nx,en\n" +
	"1,en,\"a\"b,c\n3017382,en,EU,Europe,FR,\"France, all of it\"\n"

func TestUnpackBGP(t *testing.T) {
	dir := t.TempDir()
	raw := "192.0.2.0/25\t64496\n192.0.2.128/25 64497\n192.0.2.0/24  1\n10.0.0.0/8\t1\n10.1.0.0/16 2\n2001:db8::/32 3\n0.0.0.0/0 4\n192.0.4.0/24 5\n"
	if _, err := Unpack(dir, put(t, t.TempDir(), "BGP.raw", []byte(raw))); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "BGP.csv"))
	if err != nil || string(got) != "167772160,184549375\n3221225984,3221226239\n3221226496,3221226751\n" {
		t.Errorf("%s, %v", got, err)
	}
	db, w := open(t, Options{Dir: dir})
	w.take()
	read := func() string {
		seq, err := db.Routable()
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for r := range seq {
			out = append(out, r.String())
		}
		return strings.Join(out, " ")
	}
	if s := read(); s != "10.0.0.0-10.255.255.255 192.0.2.0-192.0.2.255 192.0.4.0-192.0.4.255" {
		t.Error(s)
	}
	put(t, dir, "BGP.csv", []byte("1,2\n3,4,5\n6,7\n"))
	if s := read(); s != "0.0.0.1-0.0.0.2 0.0.0.6-0.0.0.7" {
		t.Error(s)
	}
	if s := w.take(); !strings.Contains(s, "BGP.csv: line 2: ") {
		t.Error(s)
	}
}

func TestUnpackErrors(t *testing.T) {
	src, dir := t.TempDir(), t.TempDir()
	for name, data := range map[string][]byte{
		"x.tar.gz": []byte("no gzip"), "y.tgz": tarball(t, time.Now())[:15], "z.zip": []byte("PK"), "BGP.raw": []byte("foo bar\n"), "x.rar": nil,
		"none.tar.gz": tarball(t, time.Now(), member{"a.txt", nil}),
	} {
		path := put(t, src, name, data)
		if written, err := Unpack(dir, path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, %v", name, written, err)
		}
	}
	if _, err := Unpack(dir, filepath.Join(src, "missing.zip")); err == nil {
		t.Error("unpacked a missing file")
	}
}

func FuzzLocations(f *testing.F) {
	f.Add(locationsCSV)
	f.Fuzz(func(t *testing.T, s string) {
		n := 0
		_ = parseLocations(strings.NewReader(s), func(Location) bool { n++; return true })
		if n > strings.Count(s, "\n") {
			t.Fatalf("%d places", n)
		}
	})
}
