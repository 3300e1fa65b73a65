package ipdata

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

type rows map[string]mmdbtype.DataType // by prefix

func buildMMDB(t testing.TB, typ string, data rows, change ...func(*mmdbwriter.Options)) []byte {
	t.Helper()
	opts := mmdbwriter.Options{DatabaseType: typ, BuildEpoch: 1700000000, IncludeReservedNetworks: true, RecordSize: 24}
	for _, f := range change {
		f(&opts)
	}
	w, err := mmdbwriter.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	for prefix, v := range data {
		_, n, err := net.ParseCIDR(prefix)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Insert(n, v); err != nil {
			t.Fatal(err)
		}
	}
	var buf bytes.Buffer
	if _, err := w.WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// put replaces a file by renaming, as users should.
func put(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path+".new", data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	return path
}

func names(en string, more ...string) mmdbtype.Map {
	m := mmdbtype.Map{"en": mmdbtype.String(en)}
	for i := 0; i < len(more); i += 2 {
		m[mmdbtype.String(more[i])] = mmdbtype.String(more[i+1])
	}
	return m
}

func country(code, name string) mmdbtype.Map {
	return mmdbtype.Map{"iso_code": mmdbtype.String(code), "names": names(name, "fr", name+"-fr"), "geoname_id": mmdbtype.Uint32(3017382)}
}

func asRow(n uint32, org string) mmdbtype.Map {
	return mmdbtype.Map{"autonomous_system_number": mmdbtype.Uint32(n), "autonomous_system_organization": mmdbtype.String(org)}
}

func paris() mmdbtype.Map {
	return mmdbtype.Map{
		"country": country("FR", "France"), "registered_country": country("DE", "Germany"),
		"continent":    mmdbtype.Map{"code": mmdbtype.String("EU"), "names": names("Europe")},
		"city":         mmdbtype.Map{"geoname_id": mmdbtype.Uint32(2988507), "names": names("Paris", "fr", "Paris-fr")},
		"postal":       mmdbtype.Map{"code": mmdbtype.String("75001")},
		"location":     mmdbtype.Map{"latitude": mmdbtype.Float64(48.85), "longitude": mmdbtype.Float64(2.35), "accuracy_radius": mmdbtype.Uint16(20), "time_zone": mmdbtype.String("Europe/Paris")},
		"subdivisions": mmdbtype.Slice{mmdbtype.Map{"iso_code": mmdbtype.String("IDF"), "names": names("Ile-de-France")}, mmdbtype.Map{"iso_code": mmdbtype.String("75"), "names": mmdbtype.Map{"fr": mmdbtype.String("Paris")}}},
	}
}

// sample writes the databases of the test vectors.
func sample(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	fr := mmdbtype.Map{"country": country("FR", "France"), "registered_country": country("FR", "France")}
	de := mmdbtype.Map{"country": country("DE", "Germany"), "registered_country": country("FR", "France")}
	put(t, dir, "GeoLite2-Country.mmdb", buildMMDB(t, "GeoLite2-Country", rows{
		"192.0.2.0/25": fr, "198.51.100.0/28": de, "198.51.100.16/28": fr, "2001:db8::/48": de,
	}))
	put(t, dir, "GeoLite2-City.mmdb", buildMMDB(t, "GeoLite2-City", rows{
		"192.0.2.0/26":    paris(),
		"192.0.2.64/26":   mmdbtype.Map{"country": country("FR", "France"), "location": mmdbtype.Map{"latitude": mmdbtype.Float64(1)}},
		"198.51.100.0/28": mmdbtype.Map{"country": country("DE", "Germany"), "city": mmdbtype.Map{"names": mmdbtype.Map{"fr": mmdbtype.String("Cologne")}}},
		"2001:db8::/47":   paris(),
	}, func(o *mmdbwriter.Options) { o.RecordSize = 28 }))
	put(t, dir, "GeoLite2-ASN.mmdb", buildMMDB(t, "GeoLite2-ASN", rows{
		"192.0.2.0/25": asRow(64496, "EXAMPLE AS"), "192.0.2.128/25": asRow(64496, "Example, as it was"), "198.51.100.0/24": asRow(64497, "OTHER"),
	}, func(o *mmdbwriter.Options) { o.RecordSize = 32 }))
	return dir
}

// warnings collects what a DB reports.
type warnings struct {
	mu   sync.Mutex
	list []string
}

func (w *warnings) add(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, err.Error())
}

// take returns what was reported since it was called last.
func (w *warnings) take() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := strings.Join(w.list, "\n")
	w.list = nil
	return s
}

func open(t testing.TB, opts Options) (*DB, *warnings) {
	t.Helper()
	w := &warnings{}
	opts.Warn = w.add
	if opts.CheckEvery == 0 {
		opts.CheckEvery = -1
	}
	db, err := Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db, w
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func lookup(db *DB, a string) string {
	i := db.Lookup(addr(a))
	return string(i.Append(nil))
}

// touch makes a file look changed even where times are coarse.
func touch(t testing.TB, path string, ago time.Duration) {
	t.Helper()
	at := time.Now().Add(-ago)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}
