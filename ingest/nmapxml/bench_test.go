package nmapxml

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"testing"

	"ivre/ingest/host"
)

// masscanReport is a report with one open port for each of n hosts, and a banner for every tenth.
func masscanReport(n int) []byte {
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\"?>\n<!-- masscan v1.0 scan -->\n<nmaprun scanner=\"masscan\" start=\"1700000000\" version=\"1.0-BETA\"  xmloutputversion=\"1.03\">\n<scaninfo type=\"syn\" protocol=\"tcp\" />\n")
	for i := range n {
		head := fmt.Sprintf(`<host endtime="%d"><address addr="10.%d.%d.%d" addrtype="ipv4"/><ports><port protocol="tcp" portid="%d">`,
			1700000000+i/5000, i>>16&255, i>>8&255, i&255, []int{80, 443, 22, 8080}[i%4])
		b.WriteString(head + `<state state="open" reason="syn-ack" reason_ttl="` + fmt.Sprint(40+i%24) + "\"/></port></ports></host>\n")
		if i%10 == 0 {
			b.WriteString(head + `<state state="open" reason="response" reason_ttl="64" /><service name="http" banner="HTTP/1.1 200 OK\x0d\x0aServer: nginx/1.22.1\x0d\x0aDate: Wed, 25 Nov 2026 17:25:04 GMT\x0d\x0aContent-Type: text/html\x0d\x0aConnection: close\x0d\x0a\x0d"></service></port></ports></host>` + "\n")
		}
	}
	b.WriteString("<runstats>\n<finished time=\"1700000010\" timestr=\"2026-11-25 17:25:10\" elapsed=\"9\" />\n<hosts up=\"2\" down=\"0\" total=\"2\" />\n</runstats>\n</nmaprun>\n")
	return b.Bytes()
}

// nmapReport is the report of nmap -A with its hosts n times.
func nmapReport(tb testing.TB, n int) []byte {
	text, err := os.ReadFile("testdata/nmap-A.xml")
	if err != nil {
		tb.Fatal(err)
	}
	start, end := bytes.Index(text, []byte("<host ")), bytes.LastIndex(text, []byte("</host>"))+len("</host>\n")
	return append(append(bytes.Clone(text[:start]), bytes.Repeat(text[start:end], n)...), text[end:]...)
}

func benchmarkRead(b *testing.B, text []byte, opt Options) {
	hosts := int64(0)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		res, err := Read(context.Background(), bytes.NewReader(text), opt, func(*host.Host) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
		hosts += res.Hosts
	}
	b.ReportMetric(float64(hosts)/b.Elapsed().Seconds(), "hosts/s")
}

func BenchmarkMasscan(b *testing.B) {
	text := masscanReport(100_000)
	takeBanner := func(*host.Host, *host.Port, string, string) error { return nil }
	b.Run("reuse", func(b *testing.B) { benchmarkRead(b, text, Options{Reuse: true, Banner: takeBanner}) })
	b.Run("own", func(b *testing.B) { benchmarkRead(b, text, Options{Banner: takeBanner}) })
}

func BenchmarkNmap(b *testing.B) {
	text := nmapReport(b, 200)
	b.Run("reuse", func(b *testing.B) { benchmarkRead(b, text, Options{Reuse: true}) })
	b.Run("own", func(b *testing.B) { benchmarkRead(b, text, Options{}) })
}
