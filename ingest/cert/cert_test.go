package cert

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"ivre/ingest/host"
)

// make builds a certificate with every kind of alternative name.
func makeDER(t testing.TB, key any, public any) []byte {
	t.Helper()
	u, err := url.Parse("https://uri.example/x")
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1 << 40),
		Subject: pkix.Name{Organization: []string{"Exämple"}, CommonName: "www.example.com", ExtraNames: []pkix.AttributeTypeAndValue{
			{Type: asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25}, Value: "example"}, {Type: asn1.ObjectIdentifier{1, 2, 3, 4}, Value: "odd"}}},
		NotBefore: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC), NotAfter: time.Date(2051, 1, 2, 3, 4, 5, 0, time.UTC),
		DNSNames: []string{"www.example.com", "*.example.com"}, EmailAddresses: []string{"a@example.com"}, IPAddresses: []net.IP{net.ParseIP("192.0.2.1"), net.ParseIP("2001:db8::1")}, URIs: []*url.URL{u},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func rsaDER(t testing.TB) []byte {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return makeDER(t, key, &key.PublicKey)
}

func TestParse(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for typ, der := range map[string][]byte{"rsa": rsaDER(t), "ec": makeDER(t, key, &key.PublicKey)} {
		c := Parse(der)
		got := string(host.AppendValue(nil, c))
		bits, algorithm := "2048", "sha256WithRSAEncryption"
		if typ == "ec" {
			bits, algorithm = "384", "ecdsa-with-SHA384"
		}
		for _, want := range []string{
			`"subject": {"organizationName": "Ex..mple", "commonName": "www.example.com", "domainComponent": "example", "1.2.3.4": "odd"}`,
			`"subject_text": "organizationName=Ex..mple/commonName=www.example.com/domainComponent=example/1.2.3.4=odd"`, `"self_signed": true`,
			`"not_before": "2024-01-02 03:04:05"`, `"not_after": "2051-01-02 03:04:05"`, `"lifetime": 852076800`, `"serial_number": "1099511627776"`, `"version": 2`,
			`"signature_algorithm": "` + algorithm + `"`,
			`"san": ["DNS:www.example.com", "DNS:*.example.com", "email:a@example.com", "IP Address:192.0.2.1", "IP Address:2001:db8::1", "URI:https://uri.example/x"]`,
			`"pubkey": {"type": "` + typ + `", "bits": ` + bits,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s is not in\n%s", want, got)
			}
		}
		if again, ok := ParsePEM(c.Text("pem")); !ok || string(host.AppendValue(nil, again)) != got {
			t.Error("the PEM text is another certificate")
		}
		var h host.Host
		AddHostnames(&h, c)
		var names []string
		for _, n := range h.Hostnames {
			names = append(names, n.Name+"/"+n.Type)
		}
		if s := strings.Join(names, " "); s != "www.example.com/cert-subject-cn www.example.com/cert-san-dns *.example.com/cert-san-dns uri.example/cert-san-uri" {
			t.Error(s)
		}
	}
}

// TestAgainstOpenSSL compares hashes and names with what the openssl program says.
func TestAgainstOpenSSL(t *testing.T) {
	program, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("the openssl program is not installed")
	}
	der := rsaDER(t)
	cmd := exec.Command(program, "x509", "-inform", "der", "-noout", "-fingerprint", "-sha256", "-serial", "-dates", "-modulus")
	cmd.Stdin = bytes.NewReader(der)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	c := Parse(der)
	said := strings.ToLower(strings.ReplaceAll(string(out), ":", ""))
	if !strings.Contains(said, c.Text("sha256")) {
		t.Errorf("SHA-256 %s, openssl says %s", c.Text("sha256"), said)
	}
	key, _ := c.Get("pubkey")
	modulus, ok := new(big.Int).SetString(key.(*host.Object).Text("modulus"), 10)
	if !ok || !strings.Contains(said, "modulus="+modulus.Text(16)) {
		t.Errorf("modulus %x, openssl says %s", modulus, said)
	}
}

func TestAlternativeNames(t *testing.T) {
	for text, want := range map[string]string{
		"DNS:x": "dns x true", "URI:://h/p": "uri h true", "DirName: CN = v": "dirname-cn v true", "DirName:O=v": "dirname-cn v false",
		"othername:UPN:S-1-5": "othername-upn  false", "othername:UPN:host/h.example@REALM": "othername-upn h.example true", "othername:UPN:u@h": "othername-upn u@h true",
		"othername:SUB:v": "othername-sub v true", "othername:1.2.3": "  false", "email:x": "  false", "IP Address:1": "  false",
	} {
		kind, name, ok := alternativeName(text)
		got := kind + " " + name + " false"
		if ok {
			got = kind + " " + name + " true"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestDamagedCertificates(t *testing.T) {
	der := rsaDER(t)
	for n := range der {
		c := Parse(der[:n])
		if c.Text("sha256") == "" || c.Text("pem") == "" {
			t.Fatalf("cut at %d: no hash or no PEM text", n)
		}
		Text(c)
	}
	if _, ok := ParsePEM("x"); ok {
		t.Error("no PEM text was taken for one")
	}
}

func FuzzParse(f *testing.F) {
	lab, err := os.ReadFile("testdata/lab.pem") // from a scan of a real server
	if err != nil {
		f.Fatal(err)
	}
	block, _ := pem.Decode(lab)
	f.Add(block.Bytes)
	f.Fuzz(func(t *testing.T, der []byte) {
		c := Parse(der)
		Text(c)
		AddHostnames(&host.Host{}, c)
		if block, _ := pem.Decode([]byte(c.Text("pem"))); len(der) > 0 && (block == nil || !bytes.Equal(block.Bytes, der)) {
			t.Error("the PEM text is not the certificate")
		}
	})
}
