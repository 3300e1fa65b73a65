// Package passivegen makes passiverecon logs of Zeek of any size for benchmarks: the same options always give the same
// log. Observations are mixed as at the border of an organisation: most are answers of DNS servers, a few names and
// servers are everywhere, there is a long tail, and some domains have very many names below them.
package passivegen

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
)

// Options of a log.
type Options struct {
	Observations int
	Addresses    int // servers that are observed; 0: a twentieth of Observations
	First        int // number of the first of them, see Address
	Seed         uint64
}

// Names that every log of some thousands of observations has.
const (
	BusyDomain = "cdn.example.net" // has very many names below it
	BusyName   = "www.d0.example"  // is asked for all the time
)

// busy are the domains with many names below them.
var busy = [...]string{BusyDomain, "edge.example.com", "cloud.example.org", "blocklist.example"}

// Address is that of a server; those with small numbers are seen most. Package scangen numbers hosts the same way.
func Address(n int) string {
	return fmt.Sprintf("%d.%d.%d.%d", 11+n>>24&127, n>>16&255, n>>8&255, n&255)
}

// kinds of observations with their share in per cent.
var kinds = []struct {
	share int
	write func(*generator)
}{
	{60, (*generator).dnsAnswer}, {12, (*generator).userAgent}, {4, (*generator).serverHeader}, {2, (*generator).hostHeader},
	{5, (*generator).banner}, {5, (*generator).certificate}, {2, (*generator).sshVersion}, {3, (*generator).sshKey},
	{4, (*generator).openPort}, {3, (*generator).macAddress},
}

// generator writes a log.
type generator struct {
	*rand.Rand
	out     *bufio.Writer
	o       Options
	us      int64 // time of the observation
	number  int
	domains *rand.Zipf
	certs   []string
}

// Sizes of what is chosen from.
const (
	maxDomains = 1 << 20
	clients    = 30_000
	agents     = 3_000
	resolvers  = 4
)

// start is that of the log, in microseconds since the Unix epoch (2026-01-02 00:00 UTC); it lasts a day.
const (
	start = 1767312000 * 1_000_000
	day   = 86400 * 1_000_000
)

// Write writes a log.
func Write(w io.Writer, o Options) error {
	if o.Addresses <= 0 {
		o.Addresses = max(1, o.Observations/20)
	}
	certs, err := certificates(400, o.Seed)
	if err != nil {
		return err
	}
	g := &generator{Rand: rand.New(rand.NewPCG(o.Seed, 0x7061737369766567)), out: bufio.NewWriterSize(w, 1<<20), o: o, certs: certs}
	g.domains = rand.NewZipf(g.Rand, 1.15, 8, maxDomains)
	g.out.WriteString("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tpassiverecon\n#open\t2026-01-02-00-00-00\n" +
		"#fields\tts\tuid\thost\tsrvport\trecon_type\tsource\tvalue\ttargetval\n#types\ttime\tstring\taddr\tport\tenum\tstring\tstring\tstring\n")
	for i := range o.Observations {
		g.number = i
		g.us = start + int64(i)*(day/int64(o.Observations+1))
		pick := g.IntN(100)
		for _, k := range kinds {
			if pick -= k.share; pick < 0 {
				k.write(g)
				break
			}
		}
	}
	g.out.WriteString("#close\t2026-01-03-00-00-00\n")
	return g.out.Flush()
}

// line writes an observation. Empty texts are unset.
func (g *generator) line(host string, port int, kind, source, value, target string) {
	g.out.WriteString(strconv.FormatInt(g.us/1e6, 10))
	fmt.Fprintf(g.out, ".%06d\tC%x", g.us%1e6, g.number)
	srvport := ""
	if port != 0 {
		srvport = strconv.Itoa(port)
	}
	for _, s := range [...]string{host, srvport, "PassiveRecon::" + kind, source, value, target} {
		g.out.WriteByte('\t')
		if s == "" {
			s = "-"
		}
		g.out.WriteString(s)
	}
	g.out.WriteByte('\n')
}

// hash spreads numbers: what follows from a name or a server is the same whenever it is seen.
func hash(parts ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, p := range parts {
		h = (h ^ p) * 0xff51afd7ed558ccd
		h ^= h >> 32
	}
	return h
}

func hashText(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return hash(h)
}

// server is the number of a server: half of the observations are about few of them.
func (g *generator) server() int {
	x := g.Float64()
	if g.IntN(2) == 0 {
		x = x * x * x * x
	}
	return g.o.First + int(x*float64(g.o.Addresses))
}

func (g *generator) client() string {
	x := g.Float64()
	n := int(x * x * clients)
	return fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255)
}

// name is one that somebody asks for.
func (g *generator) name() string {
	if g.IntN(4) == 0 { // one of the domains with very many names below them
		x := g.Float64()
		n := uint64(x * x * float64(max(16, g.o.Observations/10)))
		domain := busy[int(g.Float64()*g.Float64()*float64(len(busy)))]
		return fmt.Sprintf("%08x.%c.%s", uint32(hash(n)), 'a'+rune(n%5), domain)
	}
	d := g.domains.Uint64()
	label := [...]string{"www", "mail", "api", "static", "img", "login"}[int(g.Float64()*g.Float64()*6)]
	return fmt.Sprintf("%s.d%d.%s", label, d, [...]string{"example", "test", "example.com", "invalid"}[d%4])
}

// dnsAnswer is an answer: names have up to three kinds of them, and one to four addresses.
func (g *generator) dnsAnswer() {
	name := g.name()
	h := hashText(name)
	resolver := int(g.Float64() * g.Float64() * g.Float64() * resolvers)
	source := func(kind string) string { return fmt.Sprintf("%s-198.51.100.%d-53", kind, 53+resolver) }
	number := g.o.First + int(hash(h, g.Uint64N(1+h%4))%uint64(g.o.Addresses))
	if g.IntN(3) == 0 { // hosters: many names at few addresses
		number = g.o.First + int(h%uint64(max(1, g.o.Addresses/100)))
	}
	switch kind := hash(h, g.Uint64N(3)) % 100; {
	case kind < 70:
		g.line(Address(number), 0, "DNS_ANSWER", source("A"), name, "")
	case kind < 78:
		g.line(fmt.Sprintf("2001:db8:%x::%x", h&0xffff, 1+h>>16&0xff), 0, "DNS_ANSWER", source("AAAA"), name, "")
	case kind < 93:
		target := fmt.Sprintf("%08x.%c.%s", uint32(h%20000), 'a'+rune(h%5), busy[h%uint64(len(busy))])
		g.line("", 0, "DNS_ANSWER", source("CNAME"), name, target)
	case kind < 97:
		g.line(Address(number), 0, "DNS_ANSWER", source("PTR"), name, "")
	case kind < 99:
		g.line("", 0, "DNS_ANSWER", source("NS"), name, fmt.Sprintf("ns%d.dns%d.example", 1+g.IntN(2), h%2000))
	default:
		g.line("", 0, "DNS_ANSWER", source("MX"), name, fmt.Sprintf("mx%d.mail%d.example", 1+g.IntN(2), h%5000))
	}
}

func (g *generator) userAgent() {
	x := g.Float64()
	n := int(x * x * x * agents)
	value := fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.%d", 60+n%90, 60+n%90, n/90)
	switch n % 5 {
	case 1, 2:
		value = fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.%d.0 Safari/537.36", 80+n%60, n)
	case 3:
		value = fmt.Sprintf("curl/8.%d.%d", n/100, n%100)
	}
	g.line(g.client(), 0, "HTTP_CLIENT_HEADER", "USER-AGENT", value, "")
}

func (g *generator) serverHeader() {
	n := g.server()
	h := hash(uint64(n), 1)
	product := [...]string{"nginx/1.%d.%d", "Apache/2.4.%d (Debian)", "Microsoft-IIS/%d.0", "cloudflare"}[h%4]
	if h%4 < 3 {
		args := []any{h >> 8 % 28, h >> 16 % 5}
		if h%4 > 0 {
			args = args[:1]
		}
		product = fmt.Sprintf(product, args...)
	}
	g.line(Address(n), 80, "HTTP_SERVER_HEADER", "SERVER", product, "")
}

func (g *generator) hostHeader() {
	g.line(Address(g.server()), 80, "HTTP_CLIENT_HEADER_SERVER", "HOST", g.name(), "")
}

// banner is what a server says first. The name in it makes most of them different.
func (g *generator) banner() {
	n := g.server()
	h := hash(uint64(n), 2)
	var port int
	var value string
	switch h % 4 {
	case 0:
		port, value = 25, fmt.Sprintf("220 mx%d.d%d.example ESMTP Postfix (Debian/GNU)\\x0d\\x0a", h>>8%4, h>>16%uint64(g.o.Addresses))
	case 1:
		port, value = 21, fmt.Sprintf("220 (vsFTPd 3.0.%d)\\x0d\\x0a", h>>8%6)
	case 2:
		port, value = 21, fmt.Sprintf("220 ProFTPD 1.3.%d Server (d%d) [%s]\\x0d\\x0a", h>>8%8, h>>16%5000, Address(n))
	default:
		port, value = 110, "+OK Dovecot ready.\\x0d\\x0a"
	}
	g.line(Address(n), port, "TCP_SERVER_BANNER", "", value, "")
}

func (g *generator) certificate() {
	n := g.server()
	h := hash(uint64(n), 3)
	g.line(Address(n), [...]int{443, 443, 443, 8443, 993}[h>>16%5], "SSL_SERVER", "cert", g.certs[h>>32%uint64(len(g.certs))], "")
}

func (g *generator) sshVersion() {
	n := g.server()
	h := hash(uint64(n), 4)
	g.line(Address(n), 22, "SSH_SERVER", "", fmt.Sprintf("SSH-2.0-OpenSSH_%d.%dp1 Debian-%d", 7+h%3, h>>8%9, h>>16%6), "")
}

// sshKey is a host key of the form of RFC 8709: one per server, some of which share theirs.
func (g *generator) sshKey() {
	n := g.server()
	id := uint64(n)
	if id%10 == 0 {
		id %= 1000
	}
	key := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("key"), id))
	blob := append([]byte("\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"), key[:]...)
	g.line(Address(n), 22, "SSH_SERVER_HOSTKEY", "SSHv2", base64.StdEncoding.EncodeToString(blob), "")
}

func (g *generator) openPort() {
	n := g.server()
	port := [...]int{443, 80, 22, 25, 8080, 3389}[hash(uint64(n), g.Uint64N(3))%6]
	g.line(Address(n), port, "OPEN_PORT", "TCP", "tcp/"+strconv.Itoa(port), "")
}

func (g *generator) macAddress() {
	n := g.IntN(clients)
	source := [...]string{"ARP_REQUEST_SRC", "ARP_REPLY_SRC", "ARP_REQUEST_SRC"}[g.IntN(3)]
	g.line(fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255), 0, "MAC_ADDRESS", source, fmt.Sprintf("02:00:00:%02x:%02x:%02x", n>>16, n>>8&255, n&255), "")
}
