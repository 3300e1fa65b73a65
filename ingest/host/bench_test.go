package host

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// typicalHost is like the records that Nmap gives with its default scripts.
func typicalHost() *Host {
	h := &Host{Addr: netip.MustParseAddr("192.0.2.20"), Start: time.Unix(1700000001, 0).UTC(), End: time.Unix(1700000100, 0).UTC(),
		State: "up", StateReason: "syn-ack", StateReasonTTL: Some(54), Source: []string{"s1"}, Categories: []string{"campaign-2024"},
		ExtraPorts: []ExtraPorts{{"filtered", 996, []Reason{{"no-response", 996}}}}}
	h.AddHostname("www.example.com", "PTR")
	for i, port := range []int{22, 80, 443, 8080} {
		p := Port{Port: port, Protocol: "tcp", State: "open", StateReason: "syn-ack", StateReasonTTL: Some(54),
			Service: Service{Name: "http", Product: "Apache httpd", Version: "2.4.41", ExtraInfo: "(Ubuntu)", Method: "probed", Conf: Some(10)}}
		h.AddCPE(fmt.Sprintf("cpe:/a:apache:http_server:2.4.%d", i), OriginPort(port))
		headers := List{}
		var output strings.Builder
		for _, name := range []string{"Date", "Server", "Last-Modified", "ETag", "Accept-Ranges", "Content-Length", "Vary", "Content-Type"} {
			headers = append(headers, NewObject("name", strings.ToLower(name), "value", "Tue, 14 Nov 2023 22:13:21 GMT"))
			fmt.Fprintf(&output, "\n  %s: Tue, 14 Nov 2023 22:13:21 GMT", name)
		}
		p.Scripts = []Script{
			{ID: "http-headers", HasOutput: true, Output: output.String() + "\n  \n  (Request type: HEAD)\n", Data: headers},
			{ID: "http-title", HasOutput: true, Output: "Apache2 Ubuntu Default Page: It works", Data: NewObject("title", "Apache2 Ubuntu Default Page: It works")},
			{ID: "http-server-header", HasOutput: true, Output: "Apache/2.4.41 (Ubuntu)", Data: List{"Apache/2.4.41 (Ubuntu)"}},
		}
		h.Ports = append(h.Ports, p)
	}
	pem := "-----BEGIN CERTIFICATE-----\n" + strings.Repeat(strings.Repeat("MIIDezCC", 8)+"\n", 20) + "-----END CERTIFICATE-----\n"
	h.Ports[2].Scripts = append(h.Ports[2].Scripts, Script{ID: "ssl-cert", HasOutput: true, Output: "Subject: commonName=www.example.com\n" + pem,
		Data: List{NewObject("md5", strings.Repeat("0f", 16), "sha1", strings.Repeat("0f", 20), "sha256", strings.Repeat("0f", 32),
			"subject", NewObject("commonName", "www.example.com"), "subject_text", "commonName=www.example.com", "self_signed", false,
			"not_before", h.Start, "not_after", h.End, "lifetime", int64(7775999), "version", int64(2), "san", List{"DNS:www.example.com"},
			"pubkey", NewObject("type", "rsa", "bits", int64(2048), "exponent", int64(65537), "modulus", strings.Repeat("1234567890", 61)), "pem", pem)}})
	return h
}

func BenchmarkAppend(b *testing.B) {
	h := typicalHost()
	buf := Append(nil, h)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = Append(buf[:0], h)
	}
}

// BenchmarkAppendPorts writes a record without scripts, which has short texts only.
func BenchmarkAppendPorts(b *testing.B) {
	h := typicalHost()
	for i := range h.Ports {
		h.Ports[i].Scripts = nil
	}
	buf := Append(nil, h)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = Append(buf[:0], h)
	}
}

func BenchmarkDecode(b *testing.B) {
	text := Append(nil, typicalHost())
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(text); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeValue reads a text in the compact style.
func BenchmarkDecodeValue(b *testing.B) {
	var text bytes.Buffer
	if err := json.Compact(&text, Append(nil, typicalHost())); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeValue(text.Bytes()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendStringNotASCII(b *testing.B) {
	s := strings.Repeat("Добро пожаловать, ", 50)
	b.SetBytes(int64(len(s)))
	var buf []byte
	for b.Loop() {
		buf = AppendString(buf[:0], s)
	}
}
