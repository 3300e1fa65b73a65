package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ivre/cli"
	"ivre/sql/store/storetest"
)

const (
	passiveDNSLog = "testdata/passive/dns.log" // vector V1 of the passive specification
	passiveLabLog = "testdata/passive/lab.log" // what Zeek would have seen of the hosts of labNmap, and vector V14
	passiveP0fLog = "testdata/passive/p0f.log" // of the real program
)

// zeekLog is a passiverecon log with these lines; | stands between columns.
func zeekLog(lines ...string) string {
	const head = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tpassiverecon\n" +
		"#fields\tts\tuid\thost\tsrvport\trecon_type\tsource\tvalue\ttargetval\n#types\ttime\tstring\taddr\tport\tenum\tstring\tstring\tstring\n"
	return head + strings.ReplaceAll(strings.Join(lines, "\n"), "|", "\t") + "\n"
}

// runPassive is runWith with fingerprints of services.
func runPassive(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	cleanEnv(t)
	share, err := filepath.Abs("testdata/passive/nmap")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("IVRE_NMAP_SHARE_PATH", share)
	// passiverecon2db ignores signals for the rest of the process
	defer signal.Reset(os.Interrupt, syscall.SIGTERM)
	var out, errs bytes.Buffer
	code := cli.Main(args, strings.NewReader(stdin), &out, &errs)
	return result{out.String(), errs.String(), code}
}

func loadPassive(t *testing.T, flag, stdin string, args ...string) {
	t.Helper()
	if got := runPassive(t, stdin, append([]string{flag}, args...)...); got.code != 0 || got.out != "" || !strings.Contains(got.err, " observations stored\n") {
		t.Fatalf("%v: %+v", args, got)
	}
}

// write makes a file of a test.
func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// cliCase is a command line and what it prints.
type cliCase struct {
	name string
	args string // words; none has a blank in it
	out  string
}

func checkCases(t *testing.T, flag string, cases []cliCase) {
	t.Helper()
	for _, c := range cases {
		expect(t, c.name+": "+c.args, run(t, append([]string{flag}, strings.Fields(c.args)...)...), result{out: c.out})
	}
}

// Records of the vectors V1 to V4 as JSON, without a sensor where they differ in it only.
const (
	jsonA     = `{"addr": "192.0.2.1", "count": 2, "firstseen": "2024-01-02 03:04:05.678000", "infos": {"domain": ["www.example.com", "example.com", "com"]}, "lastseen": "2024-01-02 03:05:00", "recontype": "DNS_ANSWER", "schema_version": 3, "sensor": "S1", "source": "A-198.51.100.53-53", "value": "www.example.com"}` + "\n"
	jsonCNAME = `{"count": 1, "firstseen": "2024-01-02 03:03:20", "infos": {"domain": ["www.example.com", "example.com", "com"], "domaintarget": ["cdn.example.net", "example.net", "net"]}, "lastseen": "2024-01-02 03:03:20", "recontype": "DNS_ANSWER", "schema_version": 3, "sensor": "S1", "source": "CNAME-198.51.100.53-53", "targetval": "cdn.example.net", "value": "www.example.com"}` + "\n"
	jsonP0f   = `{"addr": "198.51.100.1", "count": 1, "firstseen": "2024-01-02 03:04:06", "infos": {"dist": "5"}, "lastseen": "2024-01-02 03:04:06", "port": 80, "recontype": "P0FV3_SYN+ACK", "schema_version": 3, "sensor": "S1", "source": "P0FV3", "value": "4:59+5:0:1460:mss*10,7:mss,sok,ts,nop,ws:df:0"}` + "\n"
)

const linesP0f = `[2024/01/02 03:04:06] mod=mtu|cli=192.0.2.1/40000|srv=198.51.100.1/80|subj=cli|link=Ethernet or modem|raw_mtu=1500
[2024/01/02 03:04:06] mod=syn+ack|cli=192.0.2.1/40000|srv=198.51.100.1/80|subj=srv|os=???|dist=5|params=none|raw_sig=4:59+5:0:1460:mss*10,7:mss,sok,ts,nop,ws:df:0
`

// wifi is a record of an access point or a station of testdata/passive/airodump.csv.
func wifi(source, target, mac string) string {
	return fmt.Sprintf(`{"count": 1, "firstseen": "2024-01-02 03:04:05", "lastseen": "2024-01-02 03:14:05", "recontype": "MAC_ADDRESS", "schema_version": 3, "source": %q, "targetval": %q, "value": %q}`+"\n", source, target, mac)
}

func weblog(source, value, first, last string, count int) string {
	return fmt.Sprintf(`{"addr": "192.0.2.7", "count": %d, "firstseen": %q, "lastseen": %q, "recontype": "HTTP_CLIENT_HEADER", "schema_version": 3, "source": %q, "value": %q}`+"\n", count, first, last, source, value)
}

// TestPassiveImportsPrint is about -t: what the importers make of files, without a database (V1 to V5).
func TestPassiveImportsPrint(t *testing.T) {
	dir := t.TempDir()
	dns, err := os.ReadFile(passiveDNSLog)
	if err != nil {
		t.Fatal(err)
	}
	bad := write(t, filepath.Join(dir, "bad.log"), "hello\n")
	packed := write(t, filepath.Join(dir, "dns.log.gz"), string(gzipped(t, dns)))
	write(t, filepath.Join(dir, "tree", "a", "b", "dns.log"), string(dns))
	ignore := write(t, filepath.Join(dir, "ignore.yaml"), "IGNORENETS:\n  DNS_ANSWER: [192.0.2.0/24]\n")
	python := write(t, filepath.Join(dir, "ignore.py"), "IGNORENETS = {'DNS_ANSWER': [('192.0.2.0', '192.0.2.255')]}\nNEVERIGNORE = {'DNS_ANSWER': ['A-198.51.100.53-53']}\n")
	badRules := write(t, filepath.Join(dir, "bad.yaml"), "IGNORENETS:\n  DNS_ANSWER: [x]\n")
	listed := zeekLog("1704164600|C1|127.0.0.2|-|PassiveRecon::DNS_ANSWER|A-198.51.100.53-53|7.113.0.203.zen.spamhaus.org|-")
	json1 := `{"ts": 1704164645.678, "uid": "C1", "host": "192.0.2.1", "recon_type": "PassiveRecon::DNS_ANSWER", "source": "A-198.51.100.53-53", "value": "www.example.com"}` + "\n" +
		`{"ts": "2024-01-02T03:05:00.000000Z", "uid": "C2", "host": "192.0.2.1", "recon_type": "PassiveRecon::DNS_ANSWER", "source": "A-198.51.100.53-53", "value": "www.example.com"}` + "\n"
	ap, station := "02:00:00:aa:bb:cc", "02:00:00:11:22:33"
	air := wifi("WLAN_AP_ESSID", "TestNet", ap) + wifi("WLAN_AP_CHANNEL", "6", ap) + wifi("WLAN_AP_PRIVACY", "WPA2_WPA-CCMP TKIP-PSK", ap) +
		wifi("WLAN_ASSOCIATED", ap, station) + wifi("WLAN_PROBED_ESSID", "Home", station) + wifi("WLAN_PROBED_ESSID", "Cafe", station)
	web := weblog("USER-AGENT", "curl/8.0", "2024-01-02 03:04:05", "2024-01-02 03:04:07", 2) + weblog("X-FORWARDED-FOR", "203.0.113.5", "2024-01-02 03:04:05", "2024-01-02 03:04:05", 1)
	for _, c := range []struct {
		name  string
		args  []string
		stdin string
		want  result
	}{
		{"V1", []string{"passiverecon2db", passiveDNSLog}, "", result{out: jsonA + jsonCNAME}},
		{"modes without effect", []string{"passiverecon2db", "--bulk", "--local-bulk", "--no-bulk", passiveDNSLog}, "", result{out: jsonA + jsonCNAME}},
		{"standard input", []string{"passiverecon2db"}, string(dns), result{out: jsonA + jsonCNAME}},
		{"gzip", []string{"passiverecon2db", packed}, "", result{out: jsonA + jsonCNAME}},
		{"gzip on standard input", []string{"passiverecon2db", "-"}, string(gzipped(t, dns)), result{out: jsonA + jsonCNAME}},
		{"JSON", []string{"passiverecon2db"}, json1, result{out: jsonA}},
		{"folder", []string{"passiverecon2db", "-r", filepath.Join(dir, "tree")}, "", result{out: jsonA + jsonCNAME}},
		{"folder without -r", []string{"passiverecon2db", filepath.Join(dir, "tree")}, "", result{code: 1, err: "is a folder"}},
		{"V25: bad files among good ones", []string{"passiverecon2db", bad, filepath.Join(dir, "missing.log"), passiveDNSLog, packed}, "",
			result{code: 1, out: strings.Replace(jsonA, `"count": 2`, `"count": 4`, 1) + strings.Replace(jsonCNAME, `"count": 1`, `"count": 2`, 1), err: "bad.log: not a Zeek log"}},
		{"a missing file is named", []string{"passiverecon2db", filepath.Join(dir, "missing.log")}, "", result{code: 1, err: "missing.log: the file does not exist"}},
		{"ignored", []string{"passiverecon2db", "-i", ignore, passiveDNSLog}, "", result{out: jsonCNAME}},
		{"ignored, in Python, but for a source", []string{"passiverecon2db", "--ignore-spec", python, passiveDNSLog}, "", result{out: jsonA + jsonCNAME}},
		{"bad rules", []string{"passiverecon2db", "-i", badRules, passiveDNSLog}, "", result{code: 1, err: "--ignore-spec: "}},
		{"V5: DNS blacklist", []string{"passiverecon2db"}, listed, result{out: `{"addr": "203.0.113.7", "count": 1, "firstseen": "2024-01-02 03:03:20", "infos": {"domain": ["zen.spamhaus.org", "spamhaus.org", "org"]}, "lastseen": "2024-01-02 03:03:20", "recontype": "DNS_BLACKLIST", "schema_version": 3, "sensor": "S1", "source": "zen.spamhaus.org-A-198.51.100.53-53", "value": "127.0.0.2"}` + "\n"}},
		{"V2: p0f", []string{"p0f2db"}, linesP0f, result{out: jsonP0f}},
		{"V3: access log", []string{"weblog2db", "testdata/passive/access.log"}, "", result{out: withSensor(web), err: "access.log, line 3: "}},
		{"V4: airodump", []string{"airodump2db", "testdata/passive/airodump.csv"}, "", result{out: withSensor(air)}},
		{"no table of airodump", []string{"airodump2db", bad}, "", result{code: 1, err: "not a CSV file of airodump-ng"}},
	} {
		expect(t, c.name, runPassive(t, c.stdin, append(append(c.args[:1:1], "-t", "-s", "S1"), c.args[1:]...)...), c.want)
	}
}

func withSensor(records string) string {
	return strings.ReplaceAll(records, `"schema_version": 3, `, `"schema_version": 3, "sensor": "S1", `)
}

// TestPassive loads what the importers read and asks about it on the command line.
func TestPassive(t *testing.T) {
	db := storetest.New(t)
	flag := serverFlag(db)
	testPassiveLoads(t, flag)
	t.Run("p0f", func(t *testing.T) { testP0f(t, flag) })
	t.Run("ipinfo", func(t *testing.T) { testIPInfo(t, flag) })
	t.Run("filters", func(t *testing.T) { testPassiveFilters(t, flag) })
	t.Run("macinfo", func(t *testing.T) { testMACInfo(t, flag) })
	t.Run("iphost", func(t *testing.T) { testIPHost(t, flag) })
	t.Run("lab", func(t *testing.T) { testPassiveLab(t, flag) })
	t.Run("pipe", func(t *testing.T) { testPassivePipe(t, flag) })
	t.Run("changes", func(t *testing.T) { testPassiveChanges(t, flag) })
}

// testPassiveLoads loads all that the other tests ask about.
func testPassiveLoads(t *testing.T, flag string) {
	t.Helper()
	dir := t.TempDir()
	bad := write(t, filepath.Join(dir, "bad.log"), "hello\n")
	server := zeekLog("1704164600|C5|192.0.2.1|80|PassiveRecon::HTTP_SERVER_HEADER|SERVER|nginx/1.18.0 (Ubuntu)|-", "1704164600.5|C6|192.0.2.9|-|PassiveRecon::MAC_ADDRESS|ARP_REPLY_SRC|00:11:22:33:44:55|-")
	other := write(t, filepath.Join(dir, "other.log"), server)
	got := runPassive(t, "", flag, "passiverecon2db", "-s", "S1", bad, filepath.Join(dir, "missing.log"), passiveDNSLog, other)
	expect(t, "V25: bad files among good ones", got, result{code: 1, err: "bad.log: not a Zeek log"})
	for _, part := range []string{"missing.log: the file does not exist\n", "5 observations stored\n"} {
		if !strings.Contains(got.err, part) {
			t.Errorf("%q is not in %s", part, got.err)
		}
	}
	expect(t, "--once", runPassive(t, "", flag, "passiverecon2db", "--once", "-s", "S1", passiveDNSLog, other), result{err: "dns.log: already loaded; skipped\n"})
	expect(t, "the counts are the same", run(t, flag, "ipinfo", "-q", "host:192.0.2.1 sensor:S1", "--json", "--domain", "example.com"), result{out: jsonA})
	loadPassive(t, flag, zeekLog(
		"1704164600|C1|192.0.2.1|-|PassiveRecon::SSL_CLIENT|ja3|771,4865-4866,0-23-65281,29-23,0|-",
		"1704164601|C2|2001:db8::7|443|PassiveRecon::SSL_SERVER|ja3-UNKNOWN|771,4865,43-51|-",
		"1704164602|C3|-|-|PassiveRecon::DNS_ANSWER|CNAME-198.51.100.53-53|a.example.org|b.example.org",
		"1704164603|C4|192.0.2.1|22|PassiveRecon::SSH_SERVER_HASSH|hassh-v1.1|curve25519-sha256;aes128-ctr;hmac-sha2-256;none|-"),
		"passiverecon2db", "-s", "V24")
	for _, args := range [][]string{{"p0f2db", "-s", "p0f", passiveP0fLog}, {"weblog2db", "-s", "web", "testdata/passive/access.log"}, {"airodump2db", "-s", "air", "testdata/passive/airodump.csv"}} {
		loadPassive(t, flag, "", args...)
	}
	if t.Failed() {
		t.FailNow() // the other tests would only repeat it
	}
}

// testP0f compares what is stored of a log of p0f with its lines.
func testP0f(t *testing.T, flag string) {
	text, err := os.ReadFile(passiveP0fLog)
	if err != nil {
		t.Fatal(err)
	}
	type class struct {
		Infos map[string]string // of the first observation
		Count int
	}
	want := map[string]class{}
	for _, line := range strings.Split(string(text), "\n") {
		_, items, _ := strings.Cut(line, "] ")
		f := map[string]string{}
		for _, item := range strings.Split(items, "|") {
			key, value, _ := strings.Cut(item, "=")
			f[key] = value
		}
		if f["mod"] != "syn" && f["mod"] != "syn+ack" {
			continue
		}
		addr, port, _ := strings.Cut(f[f["subj"]], "/")
		if f["subj"] == "cli" {
			port = "0"
		}
		key := fmt.Sprint("P0FV3_", strings.ToUpper(f["mod"]), " ", netip.MustParseAddr(addr), " ", port, " ", f["raw_sig"])
		c, seen := want[key]
		if !seen {
			c.Infos = map[string]string{}
			for _, name := range []string{"os", "dist", "params"} {
				if v, ok := f[name]; ok && v != "???" && v != "none" {
					c.Infos[name] = v
				}
			}
		}
		c.Count++
		want[key] = c
	}
	got := map[string]class{}
	for _, line := range lines(run(t, flag, "ipinfo", "--json", "--sensor", "p0f")) {
		var r struct {
			Addr, Recontype, Value string
			Port                   int
			class
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		got[fmt.Sprint(r.Recontype, " ", r.Addr, " ", r.Port, " ", r.Value)] = r.class
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
		t.Error(diff)
	}
}

func lines(r result) []string { return strings.Split(strings.TrimSuffix(r.out, "\n"), "\n") }

const (
	blockOne = "192.0.2.1\n\tDNS_ANSWER A-198.51.100.53-53 www.example.com (2 times) 2024-01-02 03:04:05 - 2024-01-02 03:05:00 S1\n" +
		"\t80 HTTP_SERVER_HEADER SERVER nginx/1.18.0 (Ubuntu) (1 time) 2024-01-02 03:03:20 - 2024-01-02 03:03:20 S1\n" +
		"\t\tservice_name: http\n\t\tservice_extrainfo: Ubuntu\n\t\tservice_ostype: Linux\n\t\tservice_product: nginx\n\t\tservice_version: 1.18.0\n"
	lineMAC   = "\tMAC_ADDRESS ARP_REPLY_SRC 00:11:22:33:44:55 (1 time) 2024-01-02 03:03:20 - 2024-01-02 03:03:20 S1\n"
	lineCNAME = "cdn.example.net \tDNS_ANSWER CNAME-198.51.100.53-53 www.example.com (1 time) 2024-01-02 03:03:20 - 2024-01-02 03:03:20 S1\n" +
		"\t\tdomaintarget: ['cdn.example.net', 'example.net', 'net']\n"
	lineA = "192.0.2.1 \tDNS_ANSWER A-198.51.100.53-53 www.example.com (2 times) 2024-01-02 03:04:05 - 2024-01-02 03:05:00 S1\n"
)

// testIPInfo is about what ipinfo prints (V22) and its errors (V25).
func testIPInfo(t *testing.T, flag string) {
	firstHeader := blockOne[strings.Index(blockOne, "\t80"):]
	checkCases(t, flag, []cliCase{
		{"V22", "ipinfo --sensor S1 192.0.2.1", blockOne},
		{"blocks", "ipinfo --sensor S1 192.0.2.0/24", blockOne + "\n192.0.2.9\n" + lineMAC},
		{"records without an address do not count", "ipinfo --sensor S1 --limit 1", blockOne[:strings.Index(blockOne, "\t80")]},
		{"skip", "ipinfo --sensor S1 --skip 2 --limit 5", "192.0.2.9\n" + lineMAC},
		{"range", "ipinfo --sensor S1 192.0.2.2-192.0.2.9", "192.0.2.9\n" + lineMAC},
		{"number", "ipinfo --sensor S1 --count 3221225985", "2\n"},
		{"sort", "ipinfo --sensor S1 --sort ~port addr", "192.0.2.1\n" + firstHeader + blockOne[len("192.0.2.1\n"):strings.Index(blockOne, "\t80")] + "\n192.0.2.9\n" + lineMAC},
		{"short", "ipinfo --sensor S1 --short", "192.0.2.1\n192.0.2.9\n"},
		{"distinct", "ipinfo --sensor S1 --distinct recontype", "DNS_ANSWER\nHTTP_SERVER_HEADER\nMAC_ADDRESS\n"},
		{"json, sorted", "ipinfo --sensor S1 --json --dnstype a --sort ~lastseen", jsonA},
		{"json, limited", "ipinfo --sensor S1 --json --domain example.com --sort ~lastseen --skip 1 --limit 1", jsonCNAME},
		{"top", "ipinfo --sensor S1 --top recontype --limit 1", "DNS_ANSWER: 2\n"},
		{"rarest", "ipinfo --sensor S1 --top ~recontype --limit 2", "HTTP_SERVER_HEADER: 1\nMAC_ADDRESS: 1\n"},
		{"top of pairs", "ipinfo --sensor S1 --top source --limit 0", "DNS_ANSWER / A-198.51.100.53-53: 1\nDNS_ANSWER / CNAME-198.51.100.53-53: 1\nHTTP_SERVER_HEADER / SERVER: 1\nMAC_ADDRESS / ARP_REPLY_SRC: 1\n"},
		{"top of domains", "ipinfo --sensor S1 --top domains:2", "example.com: 2\n"},
		{"top of networks", "ipinfo --sensor S1 --top net:24", "192.0.2.0/24: 3\n"},
		{"top of addresses", "ipinfo --sensor S1 --top addr", "192.0.2.1: 2\nNone: 1\n192.0.2.9: 1\n"},
		{"top of user agents", "top useragent --from passive", "curl/8.0: 1\n"},
		{"tail: last seen", "ipinfo --sensor S1 --dnstype a --tail 1", lineA},
		{"tail: oldest first", "ipinfo --sensor S1 --domain example.com --tail 2", lineCNAME + lineA},
		{"tailnew", "ipinfo --sensor S1 --domain example.com --tailnew 1", lineA},
		{"tail 0", "ipinfo --sensor S1 --tail 0", ""},
		{"count", "ipinfo --sensor S1 --count", "4\n"},
		{"nothing", "ipinfo --sensor S1 203.0.113.1", ""},
		{"short comes before count", "ipinfo --sensor S1 --count --short 192.0.2.1", "192.0.2.1\n"},
		{"services", "ipinfo --service http --product nginx --count", "1\n"},
		{"certificates and keys", "ipinfo --cert fe7123732b95f3326014d59eca38a1b7e8d364f8 --count", "0\n"},
	})
	for args, part := range map[string]string{
		"ipinfo 192.0.2.300": "ivre: Invalid IP address ['192.0.2.300']!\n", "ipinfo --port 99999": "Invalid port ['99999']!\n", "ipinfo --limit -1": "--limit", "ipinfo --port udp/53": "udp/53",
		"ipinfo -q nosuch:1": "nosuch", "ipinfo --cert zz": "zz", "ipinfo --top hassh-x": "hassh-x", "ipinfo --nosuch": "--nosuch",
	} {
		if got := run(t, append([]string{flag}, strings.Fields(args)...)...); got.code == 0 || got.out != "" || !strings.Contains(got.err, part) {
			t.Errorf("%s: %+v, want %q", args, got, part)
		}
	}
	for _, args := range []string{"ipinfo --explain 192.0.2.1", "ipinfo --explain --top recontype", "ipinfo --explain --sensor S1 --limit 3 --sort ~lastseen"} {
		got := run(t, append([]string{flag}, strings.Fields(args)...)...)
		if got.code != 0 || got.err != "" || !strings.HasPrefix(got.out, "SELECT ") || !strings.HasSuffix(got.out, ";\n") {
			t.Errorf("%s: %+v", args, got)
		}
		if again := run(t, flag, "sql", strings.TrimSuffix(got.out, ";\n")); again.code != 0 || again.out == "" {
			t.Errorf("%s: the statement does not run: %+v", args, again)
		}
	}
}

// testPassiveFilters is about filters and their negations: the records A to D of V24 by their kinds.
func testPassiveFilters(t *testing.T, flag string) {
	kinds := map[byte]string{'A': "SSL_CLIENT", 'B': "SSL_SERVER", 'C': "DNS_ANSWER", 'D': "SSH_SERVER_HASSH"}
	for _, c := range []struct{ args, want string }{
		{"-q host:192.0.2.1", "AD"}, {"-q !host:192.0.2.1", "BC"}, {"-q net:192.0.2.0/24", "AD"}, {"-q !net:192.0.2.0/24", "B"}, {"-q !range:192.0.2.0-192.0.2.255", "B"},
		{"-q ipv6", "B"}, {"-q !ipv6", "AD"}, {"-q ipv4", "AD"}, {"--ipv6", "B"}, {"-q 443", "B"}, {"-q !443", "ACD"}, {"--port 443", "B"}, {"--host 192.0.2.1", "AD"}, {"--net 192.0.2.0/24", "AD"},
		{"192.0.2.1", "AD"}, {"2001:db8::/32 192.0.2.1", "ABD"}, {"-q recontype:SSL_CLIENT", "A"}, {"-q !recontype:SSL_CLIENT", "BCD"}, {"-q source:ja3", "A"}, {"-q source:SSL_SERVER:/^ja3/", "B"}, {"-q !source:SSL_SERVER:/^ja3/", "ACD"},
		{"--hostname a.example.org", "C"}, {"-q hostname:a.example.org", "C"}, {"--domain example.org", "C"}, {"--dnstype CNAME", "C"}, {"--dnstype A", ""},
		{"--ssl-ja3-client", "A"}, {"--ssl-ja3-client 771,4865-4866,0-23-65281,29-23,0", "A"}, {"--ssl-ja3-client 34a14ebc110e5a719652f6cb80e1f2c0", "A"}, {"--ssl-ja3-client c9f22adc931303540ff2ea2ff1c3f6872ad73c69", "A"}, {"--ssl-ja3-client /4865-4866/", "A"}, {"--ssl-ja3-client 34a14ebc110e5a719652f6cb80e1f2c1", ""},
		{"--ssl-ja3-server f4febc55ea12b31ae17cfb7e614afda8", "B"}, {"--ssl-ja3-server :UNKNOWN", "B"}, {"--ssl-ja3-server :771", ""},
		{"--hassh", "D"}, {"--hassh-server e97d07603350d1111ec2b64bf25413c9", "D"}, {"--hassh-client e97d07603350d1111ec2b64bf25413c9", ""}, {"--hassh /curve25519/", "D"},
		{"--timeagonew 3600", ""}, {"--no-timeago 3600", "ABCD"}, {"--sensor S1,V24 --dnstype CNAME --hostname a.example.org", "C"}, {"--version 3", "ABCD"}, {"--basicauth", ""}, {"--torcert", ""},
	} {
		want := []string{}
		for i := range len(c.want) {
			want = append(want, kinds[c.want[i]])
		}
		sort.Strings(want)
		args := append([]string{flag, "ipinfo", "--sensor", "V24", "--distinct", "recontype"}, strings.Fields(c.args)...)
		got := run(t, args...)
		kinds := strings.Fields(got.out)
		sort.Strings(kinds)
		if got.code != 0 || got.err != "" || !cmp.Equal(kinds, want) {
			t.Errorf("%s: %+v, want %v", c.args, got, want)
		}
	}
}

// testMACInfo is about macinfo (V23).
func testMACInfo(t *testing.T, flag string) {
	const arp = "00:11:22:33:44:55 ARP_REPLY_SRC 192.0.2.9 on S1 (MAC_ADDRESS 1 time, 2024-01-02 03:03:20.500000 - 2024-01-02 03:03:20.500000)\n"
	line := func(source, target, mac string) string {
		return mac + " " + source + " " + target + " on air (MAC_ADDRESS 1 time, 2024-01-02 03:04:05 - 2024-01-02 03:14:05)\n"
	}
	const ap, station = "02:00:00:aa:bb:cc", "02:00:00:11:22:33"
	stations := line("WLAN_ASSOCIATED", ap, station) + line("WLAN_PROBED_ESSID", "Cafe", station) + line("WLAN_PROBED_ESSID", "Home", station)
	points := line("WLAN_AP_CHANNEL", "6", ap) + line("WLAN_AP_ESSID", "TestNet", ap) + line("WLAN_AP_PRIVACY", "WPA2_WPA-CCMP TKIP-PSK", ap)
	checkCases(t, flag, []cliCase{
		{"V23", "macinfo 192.0.2.9", arp},
		{"all", "macinfo", arp + stations + points},
		{"number", "macinfo -c", "7\n"},
		{"MAC", "macinfo 00:11:22:33:44:55", arp},
		{"dashes, capitals, single digits", "macinfo 0-11-22-33-44-55", arp},
		{"capitals", "macinfo --count 02:00:00:AA:BB:CC", "3\n"},
		{"two MACs", "macinfo --count 02:00:00:AA:BB:CC 00:11:22:33:44:55", "4\n"},
		{"a MAC and a network", "macinfo 00:11:22:33:44:55 02:00:00:aa:bb:cc 192.0.2.0/24", arp},
		{"negated MAC", "macinfo !02:00:00:11:22:33 -s air", points},
		{"negated with a dash", "macinfo -s air -- -02:00:00:aa:bb:cc", stations},
		{"negated with a tilde", "macinfo -c ~02:00:00:aa:bb:cc", "4\n"},
		{"expression", "macinfo /^02:00:00:AA/", points},
		{"negated expression", "macinfo !/^02/", arp},
		{"address that is not there", "macinfo 192.0.2.1", ""},
		{"negated address: also those without one", "macinfo -c !192.0.2.9", "6\n"},
		{"negated network: only those with an address", "macinfo !192.0.2.0/28", ""},
		{"negated network", "macinfo !192.0.2.0/29", arp},
		{"sensor", "macinfo -s S1", arp},
		{"no such sensor", "macinfo -c -s S", "0\n"},
	})
	if got := run(t, flag, "macinfo", "02:00:00:aa:bb"); got.code != 1 || !strings.Contains(got.err, "02:00:00:aa:bb") {
		t.Errorf("a bad MAC: %+v", got)
	}
	// which manufacturers are known depends on what is installed; locally made addresses have none
	got := run(t, flag, "macinfo", "-r")
	if got.code != 0 || !strings.HasPrefix(got.out, "00:11:22:33:44:55 ") || !strings.HasSuffix(got.out, stations+points) {
		t.Errorf("-r: %+v", got)
	}
}

// testIPHost is about iphost (V21 and V26).
func testIPHost(t *testing.T, flag string) {
	const (
		a     = `{"types": ["A"], "sources": ["S1"], "firstseen": "2024-01-02 03:04:05.678000", "lastseen": "2024-01-02 03:05:00", "count": 2, "name": "www.example.com", "target": "192.0.2.1"}` + "\n"
		cname = `{"types": ["CNAME"], "sources": ["S1"], "firstseen": "2024-01-02 03:03:20", "lastseen": "2024-01-02 03:03:20", "count": 1, "name": "www.example.com", "target": "cdn.example.net"}` + "\n"
		textA = "www.example.com -> 192.0.2.1\tA\n\tfrom: S1\n\tfirstseen: 2024-01-02 03:04:05.678000\n\tlastseen: 2024-01-02 03:05:00\n\n"
		textC = "www.example.com -> cdn.example.net\tCNAME\n\tfrom: S1\n\tfirstseen: 2024-01-02 03:03:20\n\tlastseen: 2024-01-02 03:03:20\n\n"
	)
	checkCases(t, flag, []cliCase{
		{"V21", "iphost --json --passive-direct 192.0.2.1", a},
		{"V21: each record once", "iphost --json 192.0.2.1", a},
		{"text", "iphost www.example.com", textA + textC},
		{"other name of the command", "ipinfohost --passive 192.0.2.0/24", textA},
		{"reverse", "iphost --passive-reverse cdn.example.net", textC},
		{"not reverse", "iphost --passive-direct cdn.example.net", ""},
		{"both ways", "iphost --json --passive cdn.example.net", cname},
		{"an expression", "iphost --json --passive /^CDN/i", cname},
		{"below a name", "iphost --json --sub --passive-direct example.com", a + cname},
		{"not below a name", "iphost example.com", ""},
		{"two values", "iphost --json cdn.example.net 192.0.2.1", cname + a},
		{"nothing", "iphost nothing.example.com 203.0.113.0/24", ""},
	})
	scans := write(t, filepath.Join(t.TempDir(), "scans.json"), `{"schema_version": 22, "addr": "192.0.2.1", "source": "scan1", "starttime": "2024-01-01 00:00:00", "endtime": "2024-01-02 00:00:00", "state": "up", "hostnames": [{"name": "www.example.com", "type": "user", "domains": ["www.example.com", "example.com", "com"]}, {"name": "host1.example.net", "type": "PTR", "domains": ["host1.example.net", "example.net", "net"]}, {"name": "www.example.com", "type": "A", "domains": ["www.example.com", "example.com", "com"]}]}
{"schema_version": 22, "addr": "192.0.2.1", "source": ["scan2", "scan3"], "starttime": "2024-01-03 00:00:00", "endtime": "2024-01-04 00:00:00", "state": "up", "hostnames": [{"name": "host1.example.net", "type": "PTR", "domains": ["host1.example.net", "example.net", "net"]}]}
`)
	if got := run(t, flag, "scan2db", scans); got.code != 0 || !strings.Contains(got.err, "2 hosts seen, 2 loaded") {
		t.Fatalf("%+v", got)
	}
	const (
		scanned = `{"types": ["A"], "sources": ["scan1"], "firstseen": "2024-01-01 00:00:00", "lastseen": "2024-01-02 00:00:00", "count": 1, "name": "www.example.com", "target": "192.0.2.1"}` + "\n"
		ptr     = `{"types": ["PTR"], "sources": ["scan1", "scan2", "scan3"], "firstseen": "2024-01-01 00:00:00", "lastseen": "2024-01-04 00:00:00", "count": 2, "name": "host1.example.net", "target": "192.0.2.1"}` + "\n"
		merged  = `{"types": ["A"], "sources": ["S1", "scan1"], "firstseen": "2024-01-01 00:00:00", "lastseen": "2024-01-02 03:05:00", "count": 3, "name": "www.example.com", "target": "192.0.2.1"}` + "\n"
	)
	checkCases(t, flag, []cliCase{
		{"V26", "iphost --json --nmap www.example.com", scanned},
		{"V26: below a name", "iphost --nmap --json --sub example.net", ptr},
		{"V26: expression", "iphost --scans --json /^host/", ptr},
		{"scans and sensors", "iphost --json --all --sub example.com", merged + cname},
		{"sensors only", "iphost --json --passive 192.0.2.1", a},
		{"text", "iphost --nmap www.example.com", "www.example.com -> 192.0.2.1\tA\n\tfrom: scan1\n\tfirstseen: 2024-01-01 00:00:00\n\tlastseen: 2024-01-02 00:00:00\n\n"},
	})
	got := lines(run(t, flag, "iphost", "--json", "192.0.2.1"))
	sort.Strings(got)
	want := []string{strings.TrimSpace(merged), strings.TrimSpace(ptr)}
	sort.Strings(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What comes from a pipe has no hash to be known by: --once loads it every time, and opens it once only.
func TestOnceWithPipes(t *testing.T) {
	flag := serverFlag(storetest.New(t))
	for n := range 2 {
		path := filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		written := make(chan error, 1)
		go func() {
			written <- os.WriteFile(path, []byte(fmt.Sprintf("192.0.2.%d - - [02/Jan/2024:03:04:05 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"agent %d\"\n", n+1, n)), 0)
		}()
		got := run(t, flag, "weblog2db", "--once", "-s", "P", path)
		if err := <-written; err != nil || got.code != 0 || !strings.Contains(got.err, "1 observations stored") {
			t.Errorf("pipe %d: %+v, %v", n, got, err)
		}
	}
	expect(t, "records", run(t, flag, "ipinfo", "--sensor", "P", "--count"), result{out: "2\n"})
}
