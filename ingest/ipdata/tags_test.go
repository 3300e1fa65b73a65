package ipdata

import (
	"bytes"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/ingest/host"
	"ivre/ingest/ipdata/netrange"
)

// Both ends of each range of the specification, and what is next to it.
func TestAddressType(t *testing.T) {
	for _, line := range strings.Split(`::|Unspecified
::1|Loopback
127.0.0.0 127.255.255.255|Loopback
0.0.0.0 0.255.255.255|Current-Net
10.0.0.0 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.0 192.168.255.255 ::ffff:10.1.2.3|Private
100.64.0.0 100.127.255.255|CGN
169.254.0.0 169.254.255.255|Link-Local
192.0.2.0 192.0.2.255 198.51.100.0 198.51.100.255 203.0.113.0 203.0.113.255 2001:db8:: 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff|Documentation
192.88.99.0 192.88.99.255|IPv6-to-IPv4
198.18.0.0 198.19.255.255|Benchmark
224.0.0.0 239.255.255.255 ff00:: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff|Multicast
255.255.255.255|Broadcast
64:ff9b:: 64:ff9b::ffff:ffff|Well-known prefix
100:: 100::ffff:ffff:ffff:ffff|Discard (RTBH)
2001:: 2001:0:ffff:: 2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff|Protocol assignments
2002:: 2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff|6to4
fc00:: fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff|Unique Local Unicast
fe80:: febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff|Link Local Unicast
192.0.0.0 192.0.0.255 240.0.0.0 255.255.255.254 ::2 ::1.2.3.4 ::fffe:ffff:ffff ::1:0:0:0 64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff|Reserved
64:ff9b::1:0:0 ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 100:0:0:1:: 1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 4000:: fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff|Reserved
fe00:: fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff fec0:: feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff|Reserved
1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0|
192.0.1.0 192.0.1.255 192.0.3.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0|
203.0.112.255 203.0.114.0 223.255.255.255 2000:: 2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2001:200:: 2001:db7:ffff:ffff:ffff:ffff:ffff:ffff|
2001:db9:: 2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2003:: 3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff|`, "\n") {
		addrs, want, _ := strings.Cut(line, "|")
		for _, a := range strings.Fields(addrs) {
			if got := AddressType(addr(a)); got != want {
				t.Errorf("%s: %q, want %q", a, got, want)
			}
		}
	}
	if AddressType(netip.Addr{}) != "" || SpecialTags(netip.Addr{}) != nil {
		t.Error("no address has a type")
	}
	want := []host.Tag{{Value: "Reserved address", Type: "info", Info: []string{"Address type CGN"}}}
	if d := cmp.Diff(want, SpecialTags(addr("100.64.0.1"))); d != "" {
		t.Error(d)
	}
}

func tagText(tags []host.Tag) string {
	var out []string
	for _, t := range tags {
		out = append(out, fmt.Sprintf("%s/%s %s", t.Value, t.Type, strings.Join(t.Info, ", ")))
	}
	return strings.Join(out, "; ")
}

const (
	cdnJSON = `{"cdn": {"cloudflare": ["1.2.3.0/24", "2606:4700::/32"], "other": ["1.2.3.128/25"]}, "waf": {"cloudflare": ["1.2.3.0/28"]},
		"cloud": {"aws": ["1.2.0.0/16"]}, "common": {"x": ["cdn.example.com"]}}`
	awsJSON = `{"syncToken": "1", "prefixes": [{"ip_prefix": "5.6.0.0/16", "region": "us-gov-west-1", "service": "AMAZON"},
		{"ip_prefix": "5.6.7.0/24", "region": "us-gov-west-1", "service": "EC2"}, {"ip_prefix": "5.7.0.0/16", "region": "us-east-1", "service": "EC2"}]}`
	azureJSON = `{"cloud": "AzureGovernment", "values": [{"name": "Sql.USGovIowa", "properties": {"region": "usgoviowa", "platform": "Azure",
		"systemService": "AzureSQL", "addressPrefixes": ["7.8.9.0/24", "2a01:111::/48"]}}, {"properties": {"region": "", "systemService": "", "addressPrefixes": ["7.8.10.0/24"]}}]}`
)

func dataDir(t testing.TB, more map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"tor_exit_nodes.txt": "# list\n1.1.1.1\n\n2001:67c::1\n", "cdn_nuclei.json": cdnJSON, "govcloud.json": awsJSON,
		"ssigouvfr_scanners.txt": "192.0.2.200\n", "ukncsc_scanners.txt": "1.1.1.1\n", "censys_scanners.txt": "162.142.125.0/24\n1.1.1.1/32\n", "rapid7_scanners.txt": "5.63.151.96/27\n",
	}
	for name, text := range more {
		files[name] = text
	}
	for name, text := range files {
		if text != "" {
			put(t, dir, name, []byte(text))
		}
	}
	return dir
}

func TestTags(t *testing.T) {
	db, w := open(t, Options{DataDir: dataDir(t, nil)})
	if s := w.take(); s != "" {
		t.Error(s)
	}
	tor := "TOR/info Exit node listed at <https://check.torproject.org/torbulkexitlist>"
	for a, want := range map[string]string{
		"1.1.1.1":         "Scanner/warning Listed as a Censys scanner, Listed as a UK-NCSC scanner; " + tor,
		"1.1.1.2":         "",
		"2001:67c::1":     tor,
		"192.0.2.200":     "Reserved address/info Address type Documentation; Scanner/warning Listed as a ANSSI scanner", // V22
		"162.142.125.255": "Scanner/warning Listed as a Censys scanner",
		"5.63.151.96":     "Scanner/warning Listed as a Rapid7 scanner",
		"5.63.151.128":    "",
		"1.2.3.4":         "CDN/info cloudflare as listed by cdncheck (projectdiscovery); CLOUD/info aws as listed by cdncheck (projectdiscovery); WAF/info cloudflare as listed by cdncheck (projectdiscovery)",
		"1.2.3.200":       "CDN/info cloudflare as listed by cdncheck (projectdiscovery), other as listed by cdncheck (projectdiscovery); CLOUD/info aws as listed by cdncheck (projectdiscovery)",
		"2606:4700::1":    "CDN/info cloudflare as listed by cdncheck (projectdiscovery)",
		"5.6.7.8":         "GovCloud/info Platform: AWS, Region: us-gov-west-1, Service: AMAZON, Service: EC2",
		"5.6.8.8":         "GovCloud/info Platform: AWS, Region: us-gov-west-1, Service: AMAZON",
		"5.7.0.1":         "",
	} {
		if got := tagText(db.Tags(addr(a))); got != want {
			t.Errorf("%s: %s\nwant %s", a, got, want)
		}
		if i := db.Lookup(addr(a)); tagText(i.Tags) != want {
			t.Errorf("Lookup(%s).Tags: %s", a, tagText(i.Tags))
		}
	}
}

func TestV22(t *testing.T) {
	db, _ := open(t, Options{DataDir: dataDir(t, map[string]string{"cdn_nuclei.json": `{"cdn": {"cloudflare": ["1.2.3.0/24"]}}`})})
	want := `{"tags": [{"value": "CDN", "type": "info", "info": ["cloudflare as listed by cdncheck (projectdiscovery)"]}]}`
	if got := lookup(db, "1.2.3.4"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func number(a string) string {
	b := addr(a).As16()
	return new(big.Int).SetBytes(b[:]).String()
}

func TestTagTableFiles(t *testing.T) {
	stops := fmt.Sprintf("[[%s, %s, %s, %s], ", number("::ffff:1.2.2.255"), number("::ffff:1.2.3.255"), number("2606:46ff:ffff:ffff:ffff:ffff:ffff:ffff"),
		number("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))
	db, w := open(t, Options{DataDir: dataDir(t, map[string]string{
		"cdn_nuclei.json": stops + `[null, [["cdn", "fastly"], ["cloud", "y"]], ["cdn", "z"], {"type": "waf", "name": "x"}]]`,
		"govcloud.json":   stops + `[null, ["Platform: AWS", "Region: r"], "Platform: Y", {"platform": "Azure", "region": "z"}]]`,
	})})
	if s := w.take(); s != "" {
		t.Error(s)
	}
	for a, want := range map[string]string{
		"1.2.2.255":    "",
		"1.2.3.0":      "CDN/info fastly as listed by cdncheck (projectdiscovery); CLOUD/info y as listed by cdncheck (projectdiscovery); GovCloud/info Platform: AWS, Region: r",
		"1.2.4.0":      "CDN/info z as listed by cdncheck (projectdiscovery); GovCloud/info Platform: Y",
		"2606:4700::":  "GovCloud/info Platform: Azure, Region: z; WAF/info x as listed by cdncheck (projectdiscovery)",
		"ff02::1":      "GovCloud/info Platform: Azure, Region: z; Reserved address/info Address type Multicast; WAF/info x as listed by cdncheck (projectdiscovery)",
		"2606:46ff::1": "CDN/info z as listed by cdncheck (projectdiscovery); GovCloud/info Platform: Y",
	} {
		if got := tagText(db.Tags(addr(a))); got != want {
			t.Errorf("%s: %s, want %s", a, got, want)
		}
	}
}

func TestGovCloudSources(t *testing.T) {
	db, w := open(t, Options{DataDir: dataDir(t, map[string]string{"govcloud.json": "", "govcloud_aws.json": awsJSON, "govcloud_azure.json": azureJSON})})
	for a, want := range map[string]string{
		"7.8.9.1": "GovCloud/info Platform: Azure, Region: usgoviowa, Service: AzureSQL", "2a01:111::1": "GovCloud/info Platform: Azure, Region: usgoviowa, Service: AzureSQL",
		"7.8.10.1": "GovCloud/info Platform: Azure", "5.6.7.8": "GovCloud/info Platform: AWS, Region: us-gov-west-1, Service: AMAZON, Service: EC2",
	} {
		if got := tagText(db.Tags(addr(a))); got != want {
			t.Errorf("%s: %s, want %s", a, got, want)
		}
	}
	if s := w.take(); !strings.Contains(s, "govcloud.json]") || strings.Contains(s, "\n") {
		t.Errorf("warnings: %s", s)
	}
}

func TestBadTagFiles(t *testing.T) {
	many := strings.Builder{}
	many.WriteString(`{"cdn": {`)
	for i := range MaxTagLabels + 1 {
		fmt.Fprintf(&many, `"n%d": ["1.0.0.0/8"], `, i)
	}
	many.WriteString(`"last": []}}`)
	for _, c := range []struct{ name, text, want string }{
		{"tor_exit_nodes.txt", "1.1.1.1\nfoo\nbar\n80\n", `tor_exit_nodes.txt: line 2: "foo" is neither an address nor a network (and 2 more like it)`},
		{"rapid7_scanners.txt", strings.Repeat("x", 1<<17), "rapid7_scanners.txt: bufio.Scanner: token too long"},
		{"cdn_nuclei.json", "", "Cannot find file ["},
		{"cdn_nuclei.json", " \n", "cdn_nuclei.json: the file is empty"},
		{"cdn_nuclei.json", "{", "cdn_nuclei.json: unexpected end of JSON"},
		{"cdn_nuclei.json", "[[1]]", "a table has 2 lists, this one has 1"},
		{"cdn_nuclei.json", "[[1, 2], [null]]", "2 slices and 1 labels"},
		{"cdn_nuclei.json", `[[5, 4, -1, 1e999999, 340282366920938463463374607431768211456], [null, null, null, null, null]]`, `slice 2: "4" is no address after the slice before (and 3 more like it)`},
		{"cdn_nuclei.json", `[[5], ["x"]]`, "has no category and name"},
		{"cdn_nuclei.json", `[[5], [[["a", "b"], ["c"]]]]`, "has no category and name"},
		{"cdn_nuclei.json", `[[5], [[]]]`, "has no category and name"},
		{"cdn_nuclei.json", `{"cdn": ["1.2.3.4"], "waf": {"x": ["1.2.3.4"]}}`, `category "cdn"`},
		{"cdn_nuclei.json", many.String(), "more than 1024 different labels"},
		{"govcloud.json", `{"a": 1}`, "neither a table nor a list"},
		{"govcloud.json", `[[5], [7]]`, "is no list of texts"},
		{"govcloud.json", `{"prefixes": [{"ip_prefix": "x", "region": "us-gov-east-1"}]}`, `entry 1 of prefixes: "x" is no network`},
		{"govcloud.json", `{"values": [{"properties": {"addressPrefixes": ["y"]}}]}`, `entry 1 of values: "y" is no network`},
	} {
		dir := dataDir(t, map[string]string{c.name: c.text})
		db, w := open(t, Options{DataDir: dir})
		if s := w.take(); !strings.Contains(s, c.want) || !strings.Contains(s, c.name) || !strings.Contains(s, "getwebdata") || strings.Contains(s, "\n") {
			t.Errorf("%s %.60q: %s\nwant %s", c.name, c.text, s, c.want)
		}
		if got := tagText(db.Tags(addr("192.0.2.200"))); !strings.Contains(got, "ANSSI") {
			t.Errorf("%s: other lists do not work: %s", c.name, got)
		}
		put(t, dir, "ukncsc_scanners.txt", []byte("192.0.2.200\n#changed\n"))
		db.Reload()
		if s := w.take(); s != "" {
			t.Errorf("%s: reported again: %s", c.name, s)
		}
		if got := tagText(db.Tags(addr("192.0.2.200"))); !strings.Contains(got, "NCSC") {
			t.Errorf("%s: not reloaded: %s", c.name, got)
		}
	}
}

func TestTagReload(t *testing.T) {
	dir := t.TempDir()
	db, w := open(t, Options{DataDir: dir})
	if s := w.take(); strings.Count(s, "Cannot find file") != 7 {
		t.Error(s)
	}
	path := put(t, dir, "tor_exit_nodes.txt", []byte("8.8.8.8"))
	db.Reload()
	if got := db.Tags(addr("8.8.8.8")); len(got) != 1 || got[0].Value != "TOR" {
		t.Error(got)
	}
	table := db.cur.Load().tags
	db.Reload()
	if db.cur.Load().tags != table {
		t.Error("loaded again without a change")
	}
	touch(t, path, time.Hour)
	db.Reload()
	if db.cur.Load().tags == table {
		t.Error("not loaded again after a change")
	}
	if err := os.Remove(filepath.Join(dir, "tor_exit_nodes.txt")); err != nil {
		t.Fatal(err)
	}
	db.Reload()
	if got := db.Tags(addr("8.8.8.8")); got != nil {
		t.Error(got)
	}
	if s := w.take(); strings.Count(s, "Cannot find file") != 1 {
		t.Errorf("removed: %s", s)
	}
}

// The table gives the same as looking at every range.
func TestTableAgainstRanges(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	small := func() netip.Addr { // few addresses, so that ranges meet
		if rng.IntN(4) == 0 {
			return [...]netip.Addr{addr("::"), addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), addr("::ffff:0:0"), addr("::fffe:ffff:ffff")}[rng.IntN(4)]
		}
		return netip.AddrFrom4([4]byte{1, 2, 3, byte(rng.IntN(32))})
	}
	for range 300 {
		var b tagBuilder
		type labelled struct {
			first, last key
			tagLabel
		}
		var all []labelled
		for range rng.IntN(12) {
			x, y := small(), small()
			if keyOf(y).compare(keyOf(x)) < 0 {
				x, y = y, x
			}
			l := tagLabel{fmt.Sprint("v", rng.IntN(3)), "info", fmt.Sprint(rng.IntN(4))}
			if err := b.add(netrange.Range{First: x, Last: y}, l); err != nil {
				t.Fatal(err)
			}
			all = append(all, labelled{keyOf(x), keyOf(y), l})
		}
		table, err := b.build()
		if err != nil {
			t.Fatal(err)
		}
		for range 60 {
			a := small()
			h := host.Host{}
			for _, l := range all {
				if l.first.compare(keyOf(a)) <= 0 && keyOf(a).compare(l.last) <= 0 {
					h.AddTag(host.Tag{Value: l.value, Type: l.typ, Info: []string{l.info}})
				}
			}
			if d := cmp.Diff(h.Tags, table.lookup(a)); d != "" {
				t.Fatalf("%v: %s", a, d)
			}
		}
	}
}

// However ranges are nested, building takes time in proportion to them.
func TestNestedRanges(t *testing.T) {
	var b tagBuilder
	const n = 100_000
	for i := range uint32(n) {
		r := netrange.Range{First: addr4(i), Last: addr4(1<<31 - i)}
		if err := b.add(r, tagLabel{"x", "info", fmt.Sprint(i % 1000)}); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	table, err := b.build()
	if err != nil {
		t.Error(err)
	}
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("took %v", d)
	}
	if got := table.lookup(addr("0.255.0.0")); len(got) != 1 || len(got[0].Info) != 1000 || !slices.IsSorted(got[0].Info) {
		t.Error("wrong tags in the middle")
	}
}

// Many different sets of many labels must not take memory without bounds; special addresses are not affected by
// what comes after them.
func TestManySets(t *testing.T) {
	var b tagBuilder
	addSpecials(&b)
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range uint32(20_000) {
		first := 20<<24 + rng.Uint32N(1<<24)
		r := netrange.Range{First: addr4(first), Last: addr4(first + 1<<20)}
		if err := b.add(r, tagLabel{"x", "info", fmt.Sprint(i % 900)}); err != nil {
			t.Fatal(err)
		}
	}
	table, err := b.build()
	if err == nil {
		t.Error("no error")
	}
	total := 0
	for _, tags := range table.tags {
		for _, tag := range tags {
			total += len(tag.Info)
		}
	}
	if total > maxTagged {
		t.Errorf("%d labels", total)
	}
	if got := tagText(table.lookup(addr("10.0.0.1"))); got != "Reserved address/info Address type Private" {
		t.Error(got)
	}
}

func FuzzTagFiles(f *testing.F) {
	for _, s := range []string{cdnJSON, awsJSON, azureJSON, `[[1, 2], [null, ["a", "b"]]]`, "1.2.3.4\n10.0.0.0/8\n::/0\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, load := range []func(*tagBuilder, io.Reader) error{loadCDN, loadGovCloud, listLoader(tagLabel{"x", "info", "y"})} {
			var b tagBuilder
			addSpecials(&b)
			_ = load(&b, bytes.NewReader(data))
			table, _ := b.build()
			if !slices.IsSortedFunc(table.starts, key.compare) || table.starts[0] != (key{}) {
				t.Fatal("the table is not sorted")
			}
			if got := tagText(table.lookup(addr("10.0.0.1"))); !strings.Contains(got, "Address type Private") {
				t.Fatal(got)
			}
		}
	})
}
