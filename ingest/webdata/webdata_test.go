package webdata

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ name, download, want, err string }{
		{"sorted, each once", "198.51.100.9\n9.9.9.9\n2001:db8::1\n\n# a comment\n198.51.100.10 # another\r\n9.9.9.9\n::ffff:9.9.9.8", "9.9.9.8\n9.9.9.9\n198.51.100.9\n198.51.100.10\n2001:db8::1\n", ""},
		{"networks by base, then length", "192.0.2.0/25\n192.0.2.77/24\n192.0.2.0\n192.0.2.9/32\n2001:db8::/33\n2001:db8::/32\n::ffff:192.0.2.0/120", "192.0.2.0/24\n192.0.2.0/25\n192.0.2.0\n192.0.2.9\n2001:db8::/32\n2001:db8::/33\n", ""},
		{"mark of Unicode", "\ufeff9.9.9.9\n", "9.9.9.9\n", ""},
		{"empty", "", "", "no addresses"},
		{"blank", " \n# nothing\n", "", "no addresses"},
		{"web page", "\n <!DOCTYPE html><p>9.9.9.9", "", "web page"},
		{"half of a line", "9.9.9.9\n9.9.9", "", `line 2: "9.9.9" is neither`},
		{"JSON", `{"error": 1}`, "", "line 1"},
		{"zone", "fe80::1%eth0", "", "line 1"},
		{"everything", "9.9.9.9\n0.0.0.0/0\n", "", "line 2: the network 0.0.0.0/0 is too wide"},
		{"all of IPv6", "2000::/3\n", "", "too wide"},
		{"IPv4 and more", "::ffff:0:0/95\n", "", "line 1"},
	} {
		expect(t, c.name, Addresses, c.download, c.want, c.err)
	}
}

func expect(t *testing.T, name string, made func([]byte) ([]byte, error), download, want, wantErr string) {
	t.Helper()
	got, err := made([]byte(download))
	if (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) || err == nil && string(got) != want {
		t.Errorf("%s: %q, error %v; want %q, error %s", name, got, err, want, wantErr)
	}
}

func TestPages(t *testing.T) {
	const page = `<!DOCTYPE html><html><head><title>10.20.30.40</title><style>.x::before{a:1.1.1.1}</style>
<SCRIPT>var a = "1.1.1.2 </style>";</SCRIPT ><!-- 1.1.1.3 > 1.1.1.4 --></head><body class="1.1.1.5">
<ul><li>198.51.100.0/24</li><li><code>203.0.113.0</code>/25, <b>203.0.113.128</b> / 26.</li><li>192.0.2.7.</li></ul>
<td>192.0.2.9</td><td>2001:db8:1::/48</td>&nbsp;2001:db8::7&#x2F;64;(192.0.2.8) at 12:30:45, version v192.0.2.99, 192.0.2.98-beta,
239.255.255.250:1900, 239.255.255.250, 127.0.0.1, 10.0.0.0/8, 0.0.0.0, 255.255.255.0, 0.0.0.0/0, ::1, fe80::1, 1.2.3, 1.2.3.4.5, 192.0.2.9</body></html>`
	expect(t, "addresses", PageAddresses, page, "192.0.2.7\n192.0.2.8\n192.0.2.9\n198.51.100.0/24\n203.0.113.0/25\n203.0.113.128/26\n2001:db8::/64\n2001:db8:1::/48\n", "")
	expect(t, "networks", PageNetworks, "<p>192.0.2.7<br>198.51.100.0/24", "192.0.2.7/32\n198.51.100.0/24\n", "")
	expect(t, "a plain list", PageNetworks, "2001:db8::1\n192.0.2.7\n", "192.0.2.7/32\n2001:db8::1/128\n", "")
	expect(t, "half of a plain list", PageNetworks, "192.0.2.7\n192.0.2", "", "line 2")
	expect(t, "nothing", PageNetworks, "", "", "no addresses")
	expect(t, "blocked", PageNetworks, "<h1>Blocked</h1>Your address is 192.0.2.7. <b>192.0.2.7</b>", "", "does not list addresses")
	for _, open := range []string{"<", "<p", "<!--", "<script", "<script>192.0.2.7", "<style></style"} {
		expect(t, "open "+open, PageNetworks, "<p>"+open+" 192.0.2.7 192.0.2.8", "", "does not list addresses")
	}
}

func TestResolved(t *testing.T) {
	got, err := Resolved([]netip.Addr{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::ffff:192.0.2.7"), netip.MustParseAddr("192.0.2.7"), {}})
	if err != nil || string(got) != "192.0.2.7\n2001:db8::1\n" {
		t.Errorf("%q, error %v", got, err)
	}
	if _, err := Resolved(nil); !errors.Is(err, errEmpty) {
		t.Errorf("no addresses: %v", err)
	}
}

// number is an IPv4 address as tables have it.
func number(a string) string {
	b := netip.MustParseAddr(a).As4()
	return fmt.Sprint(0xffff<<32 | int64(b[0])<<24 | int64(b[1])<<16 | int64(b[2])<<8 | int64(b[3]))
}

const top = "340282366920938463463374607431768211455"

func TestCDN(t *testing.T) {
	many := strings.Builder{}
	for i := range maxLabels + 1 {
		fmt.Fprintf(&many, `"n%d": ["192.0.2.0/24"], `, i)
	}
	for _, c := range []struct{ name, download, want, err string }{
		{"overlapping", `{"waf": {"b": ["192.0.2.64/26"]}, "cdn": {"a": ["192.0.2.0/24", " 192.0.2.0/25 ", "cdn.example.com"]}, "common": {"x": ["example.com"]}, "version": 1}`,
			"[[" + number("192.0.1.255") + ", " + number("192.0.2.63") + ", " + number("192.0.2.127") + ", " + number("192.0.2.255") + ", " + top + "],\n" +
				`[null, ["cdn","a"], [["cdn","a"], ["waf","b"]], ["cdn","a"], null]]` + "\n", ""},
		{"next to each other", `{"cdn": {"a": ["192.0.2.0/25", "192.0.2.128/25"]}}`,
			"[[" + number("192.0.1.255") + ", " + number("192.0.2.255") + ", " + top + "],\n" + `[null, ["cdn","a"], null]]` + "\n", ""},
		{"last address", `{"cdn": {"a": ["ff00::/16", "ffff::/16"]}}`, "[[338953138925153547590470800371487866879, 338958331222012082418099330867817086975, 340277174624079928635746076935438991359, " + top + "],\n" + `[null, ["cdn","a"], null, ["cdn","a"]]]` + "\n", ""},
		{"empty", " \n", "", "no addresses"},
		{"no networks", `{"cdn": {"a": ["example.com"]}}`, "", "no addresses"},
		{"truncated", `{"cdn": {"a": ["192.0.2.0/24"`, "", "unexpected end of JSON"},
		{"web page", "<html></html>", "", "web page"},
		{"a list", "[1]", "", "not the JSON"},
		{"everything", `{"cdn": {"a": ["0.0.0.0/0"]}}`, "", `"a" of "cdn": the network 0.0.0.0/0 is too wide`},
		{"many labels", `{"cdn": {` + many.String() + `"z": []}}`, "", "more than 1024 different labels"},
	} {
		expect(t, c.name, CDN, c.download, c.want, c.err)
	}
}

const (
	awsList = `{"syncToken": "1", "prefixes": [{"ip_prefix": "192.0.2.0/24", "region": "us-gov-west-1", "service": "AMAZON"},
		{"ip_prefix": "192.0.2.0/25", "region": "us-gov-west-1", "service": "EC2"}, {"ip_prefix": "198.51.100.0/24", "region": "us-east-1", "service": "EC2"}],
		"ipv6_prefixes": [{"ipv6_prefix": "2001:db8::/32", "region": "us-gov-east-1", "service": "S3"}]}`
	azureList = `{"cloud": "AzureGovernment", "values": [{"name": "Sql", "properties": {"region": "usgoviowa", "platform": "Azure",
		"systemService": "AzureSQL", "addressPrefixes": ["203.0.113.0/24"]}}, {"properties": {"region": "", "systemService": "", "addressPrefixes": ["192.0.2.0/25"]}}]}`
)

func TestGovCloud(t *testing.T) {
	got, err := GovCloud([]byte(awsList), []byte(azureList))
	if err != nil {
		t.Fatal(err)
	}
	_, labels, _ := bytes.Cut(got, []byte("\n"))
	want := `[null, ["Platform: AWS", "Platform: Azure", "Region: us-gov-west-1", "Service: AMAZON", "Service: EC2"], ["Platform: AWS", "Region: us-gov-west-1", "Service: AMAZON"], null, ` +
		`["Platform: Azure", "Region: usgoviowa", "Service: AzureSQL"], null, ["Platform: AWS", "Region: us-gov-east-1", "Service: S3"], null]]` + "\n"
	if string(labels) != want {
		t.Errorf("%s\nwant\n%s", labels, want)
	}
	for _, c := range []struct{ name, aws, azure, want string }{
		{"none", "", "", "no addresses"},
		{"AWS", "{}", azureList, AWSFile + ": there are no addresses"},
		{"AWS", `{"prefixes": [{"ip_prefix": "x", "region": "us-gov-west-1"}]}`, "", `"x" is no network`},
		{"Azure", awsList, "<html>", AzureFile + ": it is a web page"},
		{"Azure", "", azureList[:len(azureList)/2], "unexpected end of JSON"},
		{"Azure", "", `{"values": [{"properties": {"addressPrefixes": ["0.0.0.0/1"]}}]}`, "too wide"},
		{"Azure", "", `{"values": [{"properties": {"addressPrefixes": ["192.0.2.0/33"]}}]}`, `"192.0.2.0/33" is no network`},
		{"Azure", "", `{"values": []}`, "no addresses"},
	} {
		var lists [2][]byte
		for i, s := range []string{c.aws, c.azure} {
			if s != "" {
				lists[i] = []byte(s)
			}
		}
		if _, err := GovCloud(lists[0], lists[1]); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %s", c.name, err, c.want)
		}
	}
	expect(t, "as it is published", checkAWS, awsList, awsList, "")
	expect(t, "as it is published", checkAzure, azureList, azureList, "")
	expect(t, "other regions only", checkAWS, `{"prefixes": [{"ip_prefix": "192.0.2.0/24", "region": "us-east-1"}]}`, "", "no addresses")
}

func TestAzureLink(t *testing.T) {
	const url = "https://download.example.com/a/b/ServiceTags_AzureGovernment_20260504.json"
	for page, want := range map[string]string{
		`<a href="https://example.com/x">x</a><a href="` + url + `">download</a>`:   url,
		`<script>{"url":"` + strings.ReplaceAll(url, "/", `\/`) + `"}</script>`:     url,
		`<a href="https://example.com/x ServiceTags_AzureGovernment_20260504.json"`: "",
		`<a href="https://download.example.com/ServiceTags_Public_20260504.json">`:  "",
		"": "",
	} {
		if got, ok := azureLink([]byte(page)); got != want || ok != (want != "") {
			t.Errorf("%s: %q, want %q", page, got, want)
		}
	}
}

func TestLimits(t *testing.T) {
	var m tableMaker
	p, err := netip.MustParsePrefix("192.0.2.0/24"), error(nil)
	for i := 0; i <= maxEdges && err == nil; i++ {
		err = m.add(p, `"x"`)
	}
	if err == nil || !strings.Contains(err.Error(), "too many networks") {
		t.Errorf("many networks: %v", err)
	}
	// A network with all labels, within which each end of a small one begins another slice.
	m = tableMaker{}
	var labels []string
	for i := range maxLabels {
		labels = append(labels, fmt.Sprint(i))
	}
	if err := m.add(netip.MustParsePrefix("10.0.0.0/8"), labels...); err != nil {
		t.Fatal(err)
	}
	for i := range 4096 {
		if err := m.add(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}), 32), "0"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.write(func([]string) string { return "x" }); !errors.Is(err, errOverlaps) {
		t.Errorf("many overlaps: %v", err)
	}
	m = tableMaker{}
	if err := m.add(netip.MustParsePrefix("10.0.0.0/8"), strings.Repeat("x", MaxSize)); err != nil {
		t.Fatal(err)
	}
	if _, err := m.write(func(labels []string) string { return labels[0] }); !errors.Is(err, errOverlaps) {
		t.Errorf("long labels: %v", err)
	}
}
