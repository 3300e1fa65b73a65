package ipdata

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"github.com/oschwald/maxminddb-golang/v2"

	"ivre/ingest/ipdata/netrange"
)

// fromBytes is a source that is not mapped.
func fromBytes(data []byte) (*source, error) {
	r, err := maxminddb.OpenBytes(data)
	if err != nil {
		return nil, err
	}
	return &source{path: "x.mmdb", role: roleOf(r.Metadata.DatabaseType), lang: "fr", reader: r, report: func(error) {},
		cache: new(cache)}, nil
}

// FuzzDatabase changes a byte or several of a database: look-ups and iterations end, without a panic.
func FuzzDatabase(f *testing.F) {
	f.Add(buildMMDB(f, "GeoLite2-City", rows{"192.0.2.0/26": paris(), "2001:db8::/32": paris()}))
	f.Add(buildMMDB(f, "GeoLite2-ASN", rows{"192.0.2.0/26": asRow(5, "x"), "10.0.0.0/8": asRow(6, "y")}, func(o *mmdbwriter.Options) { o.IPVersion = 4 }))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := fromBytes(data)
		if err != nil {
			return
		}
		for _, a := range []string{"192.0.2.1", "10.1.1.1", "2001:db8::1", "::1", "255.255.255.255"} {
			var i Infos
			rec := s.lookup(addr(a))
			i.fill(rec, rec, rec)
			i.Append(nil)
		}
		n := uint(0)
		for _, k := range []Kind{KindAS, KindCity} {
			for r := range s.ranges(k, func(*Entry) bool { return true }) {
				if n++; r.Last.Less(r.First) {
					t.Fatal(r)
				}
			}
		}
		if n > 2*(s.reader.Metadata.NodeCount+2) {
			t.Fatalf("%d ranges of %d nodes", n, s.reader.Metadata.NodeCount)
		}
		if s.broken.Load() {
			t.Fatal("a panic was caught")
		}
	})
}

// A tree in which both branches of each node lead to the next one has 2^128 networks.
func TestTreeWithLoops(t *testing.T) {
	good := buildMMDB(t, "GeoLite2-ASN", rows{"::/128": asRow(1, "x")})
	s, err := fromBytes(good)
	if err != nil {
		t.Fatal(err)
	}
	nodes := int(s.reader.Metadata.NodeCount)
	if nodes < 100 || s.reader.Metadata.RecordSize != 24 {
		t.Fatalf("%d nodes", nodes)
	}
	bad := append([]byte(nil), good...)
	var rec [4]byte
	for n := range nodes - 1 {
		binary.BigEndian.PutUint32(rec[:], uint32(n+1))
		copy(bad[n*6:], rec[1:])
		copy(bad[n*6+3:], rec[1:])
	}
	if s, err = fromBytes(bad); err != nil {
		t.Fatal(err)
	}
	told := ""
	s.report = func(err error) { told = err.Error() }
	count := 0
	s.each(func(netrange.Range, *record) bool { count++; return true })
	if count > nodes+2 || told == "" {
		t.Errorf("%d networks of %d nodes, told %q", count, nodes, told)
	}
}

// benchDB has about as many different records as real databases have in busy parts.
func benchDB(b *testing.B) (*DB, []netip.Addr) {
	dir := b.TempDir()
	cities, systems := rows{}, rows{}
	rng := rand.New(rand.NewPCG(1, 1))
	var addrs []netip.Addr
	for i := range 4096 {
		a := addr4(rng.Uint32())
		addrs = append(addrs, a)
		p := netip.PrefixFrom(a, 20).Masked().String()
		c := paris()
		c["postal"] = mmdbtype.Map{"code": mmdbtype.String(p)}
		cities[p], systems[p] = c, asRow(uint32(i), "AS "+p)
	}
	put(b, dir, "GeoLite2-City.mmdb", buildMMDB(b, "GeoLite2-City", cities))
	put(b, dir, "GeoLite2-ASN.mmdb", buildMMDB(b, "GeoLite2-ASN", systems))
	put(b, dir, "GeoLite2-Country.mmdb", buildMMDB(b, "GeoLite2-Country", rows{"0.0.0.0/1": mmdbtype.Map{"country": country("FR", "France")}}))
	db, _ := open(b, Options{Dir: dir, DataDir: dataDir(b, nil), CheckEvery: 1e9})
	return db, addrs
}

var sink int

func BenchmarkLookup(b *testing.B) {
	db, addrs := benchDB(b)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		r := db.Lookup(addrs[i&4095])
		sink += len(r.City)
		i++
	}
}

func BenchmarkLookupParallel(b *testing.B) {
	db, addrs := benchDB(b)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		n := 0
		for i := 0; pb.Next(); i++ {
			r := db.Lookup(addrs[i&4095])
			n += len(r.City)
		}
	})
}

// BenchmarkDecode is a look-up whose records are not in the cache.
func BenchmarkDecode(b *testing.B) {
	db, addrs := benchDB(b)
	s := db.cur.Load()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		a := addrs[i&4095]
		for _, src := range s.roles {
			if src != nil {
				res := src.reader.Lookup(a)
				first, second := src.cache.slots(res.Offset())
				first.Store(nil)
				second.Store(nil)
			}
		}
		r := db.Lookup(a)
		sink += len(r.City)
	}
}

func BenchmarkTags(b *testing.B) {
	db, addrs := benchDB(b)
	i := 0
	for b.Loop() {
		sink += len(db.Tags(addrs[i&4095]))
		i++
	}
}

func BenchmarkAppend(b *testing.B) {
	db, addrs := benchDB(b)
	r := db.Lookup(addrs[0])
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = r.Append(buf[:0])
	}
	sink += len(buf)
}

func BenchmarkNetworks(b *testing.B) {
	db, _ := benchDB(b)
	n := 0
	for b.Loop() {
		seq, err := db.Networks(nil)
		if err != nil {
			b.Fatal(err)
		}
		for range seq {
			n++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/network")
}
