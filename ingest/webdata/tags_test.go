package webdata_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/ipdata"
	"ivre/ingest/webdata"
)

// open reads files as a look-up of addresses does. What is missing is no matter here.
func open(t *testing.T, files map[string][]byte) *ipdata.DB {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := ipdata.Open(ipdata.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// The reader of the files takes lists of networks as they are published, too: tables must give the same tags, however
// networks overlap.
func TestTablesKeepAllLabels(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 50 {
		var addrs []netip.Addr
		network := func() string {
			a := netip.AddrFrom4([4]byte{9, 9, byte(random.IntN(3)), byte(random.IntN(256))})
			bits := 20 + random.IntN(13)
			if random.IntN(4) == 0 {
				b := [16]byte{0x26, 0x06}
				b[15] = byte(random.IntN(256))
				a, bits = netip.AddrFrom16(b), 117+random.IntN(12)
			}
			p := netip.PrefixFrom(a, bits).Masked()
			addrs = append(addrs, p.Addr(), p.Addr().Prev(), a, a.Next())
			return p.String()
		}
		networks := func(n int) (list []string) {
			for range random.IntN(n) + 1 {
				list = append(list, network())
			}
			return list
		}
		cdn := asJSON(t, map[string]map[string][]string{"cdn": {"a": networks(9), "b": networks(9)}, "waf": {"a": networks(9)}, "cloud": {"c": networks(3)}})
		var prefixes []map[string]string
		for i, n := range networks(20) {
			prefixes = append(prefixes, map[string]string{"ip_prefix": n, "region": fmt.Sprint("us-gov-", i%3), "service": fmt.Sprint("S", i%4)})
		}
		aws := asJSON(t, map[string]any{"prefixes": prefixes})
		azure := asJSON(t, map[string]any{"values": []any{map[string]any{"properties": map[string]any{"region": "r", "addressPrefixes": networks(5)}}}})
		cdnTable, err := webdata.CDN(cdn)
		if err != nil {
			t.Fatal(err)
		}
		govTable, err := webdata.GovCloud(aws, azure)
		if err != nil {
			t.Fatal(err)
		}
		published := open(t, map[string][]byte{"cdn_nuclei.json": cdn, "govcloud_aws.json": aws, "govcloud_azure.json": azure})
		made := open(t, map[string][]byte{"cdn_nuclei.json": cdnTable, "govcloud.json": govTable})
		for _, a := range addrs {
			if d := cmp.Diff(published.Tags(a), made.Tags(a)); d != "" {
				t.Fatalf("round %d, %s: %s\n%s\n%s", round, a, d, cdn, cdnTable)
			}
		}
	}
}

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Every list has a file that the reader takes.
func TestSources(t *testing.T) {
	var names []string
	for _, s := range webdata.Sources {
		if s.URL == "" || s.Make == nil {
			t.Errorf("%s has no address, or makes nothing", s.Name)
		}
		names = append(names, s.Name)
	}
	want := []string{"censys_scanners.txt", "cdn_nuclei.json", "govcloud_aws.json", "govcloud_azure.json", "rapid7_scanners.txt", "ssigouvfr_scanners.txt", "tor_exit_nodes.txt", "ukncsc_scanners.txt"}
	slices.Sort(names)
	slices.Sort(want)
	if d := cmp.Diff(want, names); d != "" {
		t.Error(d)
	}
}
