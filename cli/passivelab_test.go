package cli_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ivre/sql/store/storetest"
)

// nmapElem is a table or an element of an Nmap script's output.
type nmapElem struct {
	Key    string     `xml:"key,attr"`
	Text   string     `xml:",chardata"`
	Elems  []nmapElem `xml:"elem"`
	Tables []nmapElem `xml:"table"`
}

func (e *nmapElem) get(key string) string {
	for _, c := range e.Elems {
		if c.Key == key {
			return c.Text
		}
	}
	return ""
}

func (e *nmapElem) table(key string) *nmapElem {
	for i := range e.Tables {
		if e.Tables[i].Key == key {
			return &e.Tables[i]
		}
	}
	return &nmapElem{}
}

// nmapScripts are the outputs of scripts in a report of Nmap, by their names.
func nmapScripts(t *testing.T, file string) map[string]*nmapElem {
	t.Helper()
	var report struct {
		Hosts []struct {
			Ports []struct {
				Scripts []struct {
					ID string `xml:"id,attr"`
					nmapElem
				} `xml:"script"`
			} `xml:"ports>port"`
		} `xml:"host"`
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	scripts := map[string]*nmapElem{}
	for _, h := range report.Hosts {
		for _, p := range h.Ports {
			for _, s := range p.Scripts {
				scripts[s.ID] = &s.nmapElem
			}
		}
	}
	return scripts
}

// labInfos are the derived informations of the lab's records that are compared.
type labInfos struct {
	MD5, SHA1, SHA256, Algo string
	Bits                    int
	NotBefore               string `json:"not_before"`
	NotAfter                string `json:"not_after"`
	Subject                 map[string]string
	SAN                     []string
	SelfSigned              bool   `json:"self_signed"`
	SignatureAlgorithm      string `json:"signature_algorithm"`
	PubKey                  struct {
		Type, Modulus string
		Bits          int
		Exponent      int
	}
}

// labRecords asks for records of the lab's sensor, by their values.
func labRecords(t *testing.T, flag, kind string) map[string]labInfos {
	t.Helper()
	records := map[string]labInfos{}
	for _, line := range lines(run(t, flag, "ipinfo", "--json", "--sensor", "lab", "-q", "recontype:"+kind)) {
		var r struct {
			Value string
			Infos labInfos
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%s: %v in %q", kind, err, line)
		}
		records[r.Value] = r.Infos
	}
	return records
}

// testPassiveLab compares what is derived from a certificate and keys with what Nmap printed about the same ones.
func testPassiveLab(t *testing.T, flag string) {
	loadPassive(t, flag, "", "passiverecon2db", "-s", "lab", passiveLabLog)
	scripts := nmapScripts(t, labNmap)
	testLabCertificate(t, flag, scripts["ssl-cert"])
	keys := labRecords(t, flag, "SSH_SERVER_HOSTKEY")
	if len(keys) != len(scripts["ssh-hostkey"].Tables) || len(keys) == 0 {
		t.Errorf("%d keys, Nmap has %d", len(keys), len(scripts["ssh-hostkey"].Tables))
	}
	for _, k := range scripts["ssh-hostkey"].Tables {
		got := keys[k.get("key")]
		if got.MD5 != k.get("fingerprint") || strconv.Itoa(got.Bits) != k.get("bits") || got.Algo != k.get("type") {
			t.Errorf("%s: %+v, Nmap has %+v", k.get("key"), got, k)
		}
	}
	if got := run(t, flag, "scan2db", "-s", "labscan", labNmap); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	// what the same things are in the scan of the same hosts
	for _, field := range []string{"hassh-server.md5", "hassh-server.sha256", "hassh-server.raw", "sshkey.fingerprint"} {
		scan, seen := run(t, flag, "top", field, "--from", "scans", "--source", "labscan"), run(t, flag, "top", field, "--from", "passive", "--sensor", "lab")
		if scan != seen || scan.code != 0 || scan.out == "" {
			t.Errorf("%s: %+v in scans, %+v in what sensors saw", field, scan, seen)
		}
	}
	const ntlm = "192.0.2.80\n\t80 HTTP_SERVER_HEADER WWW-AUTHENTICATE NTLM Target_Name:RVhBTVBMRQ==,Product_Version:MTAuMC4xNzc2Mw==,NTLM_Version:15,NetBIOS_Domain_Name:RVhBTVBMRQ==,NetBIOS_Computer_Name:U1JWMQ==,DNS_Domain_Name:ZXhhbXBsZS5jb20=,DNS_Computer_Name:c3J2MS5leGFtcGxlLmNvbQ==,DNS_Tree_Name:ZXhhbXBsZS5jb20= (1 time) 2026-11-25 17:24:02 - 2026-11-25 17:24:02 lab\n" +
		"\t\tTarget_Name: EXAMPLE\n\t\tProduct_Version: 10.0.17763\n\t\tNTLM_Version: 15\n\t\tNetBIOS_Domain_Name: EXAMPLE\n\t\tNetBIOS_Computer_Name: SRV1\n\t\tDNS_Domain_Name: example.com\n\t\tDNS_Computer_Name: srv1.example.com\n\t\tDNS_Tree_Name: example.com\n"
	checkCases(t, flag, []cliCase{
		{"V14", "ipinfo --sensor lab -q source:HTTP_SERVER_HEADER:WWW-AUTHENTICATE", ntlm},
		{"V14", "ipinfo --sensor lab -q recontype:NTLM_SERVER_FLAGS --distinct infos.ntlm-fingerprint", "0xe2898215\n"},
		{"service", "ipinfo --sensor lab --top infos.service_version", "1.22.1: 1\n"},
		{"a certificate seen twice", "ipinfo --sensor lab --cert 1c:88:b6:34:6f:df:05:c0:e4:f2:ea:7e:45:da:1e:04 --distinct count", "2\n"},
		{"by SHA-256", "ipinfo --cert C894B1000C68100C727AB41698D50579E334150A47ED759DB0312F3DF8767803 --short", "192.0.2.80\n"},
		{"by key", "ipinfo -q sshkey.fingerprint:3661097c55d7bee1abf22af2c566da44 --short", "192.0.2.22\n"},
		{"keys", "ipinfo --sensor lab --top sshkey.keytype", "ECDSA: 1\nED25519: 1\n"},
	})
}

func testLabCertificate(t *testing.T, flag string, nmap *nmapElem) {
	t.Helper()
	certs := labRecords(t, flag, "SSL_SERVER")
	if len(certs) != 1 {
		t.Fatalf("%d certificates", len(certs))
	}
	for value, got := range certs {
		if pem := strings.Join(strings.Split(strings.TrimSpace(nmap.get("pem")), "\n")[1:], ""); !strings.HasPrefix(pem, value) {
			t.Errorf("value %s, Nmap has %s", value, pem)
		}
		key, validity := nmap.table("pubkey"), nmap.table("validity")
		modulus, err := hex.DecodeString(key.get("modulus"))
		if err != nil {
			t.Fatal(err)
		}
		subject := map[string]string{}
		for _, e := range nmap.table("subject").Elems {
			subject[e.Key] = e.Text
		}
		day := func(s string) string { return strings.Replace(s, "T", " ", 1) }
		want := labInfos{MD5: nmap.get("md5"), SHA1: nmap.get("sha1"), SHA256: got.SHA256, NotBefore: day(validity.get("notBefore")), NotAfter: day(validity.get("notAfter")), Subject: subject,
			SAN: []string{"DNS:www.example.com", "DNS:example.com", "IP Address:192.0.2.80"}, SelfSigned: true, SignatureAlgorithm: nmap.get("sig_algo")}
		want.PubKey.Type, want.PubKey.Modulus, want.PubKey.Bits, want.PubKey.Exponent = key.get("type"), new(big.Int).SetBytes(modulus).String(), 2048, 65537
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	expect(t, "the value is not repeated", run(t, flag, "ipinfo", "--sensor", "lab", "--distinct", "infos.pem"), result{out: "None\n"})
}

// testPassivePipe is about the end of a pipe: observations are stored while it is open, and signals do not end it.
func testPassivePipe(t *testing.T, flag string) {
	cmd := program(t, flag, "passiverecon2db", "-s", "pipe")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line := func(n int) string {
		return zeekLog(fmt.Sprintf("170416460%d|C1|192.0.2.%d|-|PassiveRecon::DNS_ANSWER|A-198.51.100.53-53|pipe.example.org|-", n, n))
	}
	if _, err := io.WriteString(in, line(1)); err != nil {
		t.Fatal(err)
	}
	stored := func() string { return run(t, flag, "ipinfo", "--sensor", "pipe", "--count").out }
	for end := time.Now().Add(20 * time.Second); stored() != "1\n"; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("nothing was stored while the pipe was open: %s", errs.String())
		}
	}
	cmd.Process.Signal(os.Interrupt)
	cmd.Process.Signal(syscall.SIGTERM)
	_, err = io.WriteString(in, line(2))
	if err := errors.Join(err, in.Close(), cmd.Wait()); err != nil || !strings.Contains(errs.String(), "2 observations stored") {
		t.Errorf("%v: %s", err, errs.String())
	}
	if got := stored(); got != "2\n" {
		t.Errorf("stored: %s", got)
	}
}

// testPassiveChanges is about the flags that change what is stored.
func testPassiveChanges(t *testing.T, flag string) {
	other := serverFlag(storetest.New(t))
	if got := run(t, flag, "ipinfo", "--sensor", "S1", "--domain", "example.com", "--to-db", strings.TrimPrefix(other, "--db=")); got.code != 0 {
		t.Errorf("--to-db: %+v", got)
	}
	expect(t, "the copy", run(t, other, "ipinfo", "--json", "--sort", "~lastseen"), result{out: jsonA + jsonCNAME})
	expect(t, "--from-db", run(t, flag, "ipinfo", "--from-db", strings.TrimPrefix(other, "--db="), "--count"), result{out: "2\n"})
	testBlacklistUpdate(t, flag)
	before := run(t, flag, "ipinfo", "--count").out
	expect(t, "--delete", run(t, flag, "ipinfo", "--delete", "--sensor", "V24", "-q", "!recontype:DNS_ANSWER"), result{})
	checkCases(t, flag, []cliCase{
		{"what is left", "ipinfo --sensor V24 --distinct recontype", "DNS_ANSWER\n"},
		{"of others all is left", "ipinfo --sensor S1 --count", "4\n"},
		{"no such records", "ipinfo --delete --sensor nosuch", ""},
	})
	var n, left int
	fmt.Sscan(before, &n)
	fmt.Sscan(run(t, flag, "ipinfo", "--count").out, &left)
	if n-left != 3 {
		t.Errorf("%d records before, %d after", n, left)
	}
	loadPassive(t, other, "", "passiverecon2db", "--once", "-s", "S1", passiveDNSLog)
	expect(t, "a load adds to the copy", run(t, other, "ipinfo", "--distinct", "count", "--dnstype", "A"), result{out: "4\n"})
	expect(t, "--init", run(t, other, "ipinfo", "--init"), result{})
	expect(t, "nothing is left", run(t, other, "ipinfo", "--count"), result{out: "0\n"})
	loadPassive(t, other, "", "passiverecon2db", "--once", "-s", "S1", passiveDNSLog)
	expect(t, "the file can be loaded again", run(t, other, "ipinfo", "--json", "--sort", "~lastseen"), result{out: jsonA + jsonCNAME})
}

// testBlacklistUpdate has answers of a blacklist, loaded before it was known as one, turned into what a load makes of them
// now.
func testBlacklistUpdate(t *testing.T, flag string) {
	t.Helper()
	log := zeekLog("1704164600|C1|127.0.0.2|-|PassiveRecon::DNS_ANSWER|A-198.51.100.53-53|7.113.0.203.bl.example.org|-",
		"1704164605|C2|127.0.0.2|-|PassiveRecon::DNS_ANSWER|A-198.51.100.53-53|7.113.0.203.bl.example.org|-",
		"1704164606|C3|-|-|PassiveRecon::DNS_ANSWER|CNAME-198.51.100.53-53|8.113.0.203.bl.example.org|listed.example.org",
		"1704164607|C4|192.0.2.1|-|PassiveRecon::DNS_ANSWER|A-198.51.100.53-53|www.bl.example.org|-")
	loadPassive(t, flag, log, "passiverecon2db", "-s", "bl")
	config := "--config=" + write(t, filepath.Join(t.TempDir(), "ivre.conf"), "DNS_BLACKLIST_DOMAINS = {'bl.example.org'}\n")
	want := runPassive(t, log, config, "passiverecon2db", "-t", "-s", "bl")
	for _, said := range []string{"2 records became", "0 records became"} { // the second time there is nothing to do
		expect(t, "--dnsbl-update", run(t, flag, config, "ipinfo", "--dnsbl-update"), result{err: said})
		got := run(t, flag, "ipinfo", "--json", "--sensor", "bl")
		a, b := lines(got), lines(want)
		sort.Strings(a)
		sort.Strings(b)
		if diff := cmp.Diff(b, a); diff != "" || len(a) != 3 {
			t.Error(diff)
		}
	}
}
