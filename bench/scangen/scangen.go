// Package scangen makes reports of Nmap and Masscan of any size for benchmarks: the same options always give the same
// report. Hosts, ports, products, scripts and certificates are mixed as on the Internet: a few of each are everywhere,
// and there is a long tail.
package scangen

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
)

// Options of a report.
type Options struct {
	Hosts int
	First int // number of the first host: reports of one benchmark do not share addresses
	Seed  uint64
	Start int64 // of the scan, in seconds since the Unix epoch; 0: 1767312000 (2026-01-02 00:00 UTC)
}

// start is that of the scan.
func (o Options) start() int64 {
	if o.Start == 0 {
		return 1767312000
	}
	return o.Start
}

// service is what answers behind a port.
type service struct {
	port      int
	proto     string
	name      string
	tunnel    string
	products  []string // "product|version prefix|cpe"
	share     int      // of hosts, in per mille
	http, tls bool
}

var services = []service{
	{80, "tcp", "http", "", []string{"nginx|1.|cpe:/a:igor_sysoev:nginx", "Apache httpd|2.4.|cpe:/a:apache:http_server", "Microsoft IIS httpd|10.|cpe:/a:microsoft:internet_information_services", "lighttpd|1.4.|cpe:/a:lighttpd:lighttpd"}, 620, true, false},
	{443, "tcp", "http", "ssl", []string{"nginx|1.|cpe:/a:igor_sysoev:nginx", "Apache httpd|2.4.|cpe:/a:apache:http_server", "Cloudflare http proxy||", "OpenResty web app server|1.|cpe:/a:openresty:openresty"}, 560, true, true},
	{22, "tcp", "ssh", "", []string{"OpenSSH|8.|cpe:/a:openbsd:openssh", "OpenSSH|9.|cpe:/a:openbsd:openssh", "Dropbear sshd|2020.|cpe:/a:matt_johnston:dropbear_ssh_server"}, 400, false, false},
	{25, "tcp", "smtp", "", []string{"Postfix smtpd||cpe:/a:postfix:postfix", "Exim smtpd|4.|cpe:/a:exim:exim"}, 120, false, false},
	{53, "udp", "domain", "", []string{"ISC BIND|9.|cpe:/a:isc:bind", "dnsmasq|2.|cpe:/a:thekelleys:dnsmasq"}, 110, false, false},
	{21, "tcp", "ftp", "", []string{"vsftpd|3.|cpe:/a:vsftpd:vsftpd", "ProFTPD|1.3.|cpe:/a:proftpd:proftpd"}, 100, false, false},
	{3306, "tcp", "mysql", "", []string{"MySQL|8.0.|cpe:/a:mysql:mysql", "MariaDB|10.|cpe:/a:mariadb:mariadb"}, 70, false, false},
	{3389, "tcp", "ms-wbt-server", "", []string{"Microsoft Terminal Services||"}, 60, false, false},
	{8080, "tcp", "http-proxy", "", []string{"Squid http proxy|5.|cpe:/a:squid-cache:squid", "Apache Tomcat|9.|cpe:/a:apache:tomcat"}, 60, true, false},
	{8443, "tcp", "http", "ssl", []string{"Apache Tomcat|10.|cpe:/a:apache:tomcat"}, 40, true, true},
	{445, "tcp", "microsoft-ds", "", []string{"Samba smbd|4.|cpe:/a:samba:samba"}, 40, false, false},
	{6379, "tcp", "redis", "", []string{"Redis key-value store|7.|cpe:/a:redislabs:redis"}, 20, false, false},
}

func address(n int) string {
	return fmt.Sprintf("%d.%d.%d.%d", 11+n>>24&127, n>>16&255, n>>8&255, n&255)
}

func generator(o Options, host int) *rand.Rand {
	return rand.New(rand.NewPCG(o.Seed^0x6976726573636e73, uint64(o.First+host)))
}

// Masscan writes a report of Masscan: one open port for each host.
func Masscan(w io.Writer, o Options) error {
	out := bufio.NewWriterSize(w, 1<<20)
	out.WriteString("<?xml version=\"1.0\"?>\n<!-- masscan v1.0 scan -->\n<nmaprun scanner=\"masscan\" start=\"" + strconv.FormatInt(o.start(), 10) + "\" version=\"1.0-BETA\"  xmloutputversion=\"1.03\">\n<scaninfo type=\"syn\" protocol=\"tcp\" />\n")
	for i := range o.Hosts {
		r := generator(o, i)
		s := &services[pick(r, len(services))]
		fmt.Fprintf(out, "<host endtime=\"%d\"><address addr=\"%s\" addrtype=\"ipv4\"/><ports><port protocol=\"%s\" portid=\"%d\"><state state=\"open\" reason=\"syn-ack\" reason_ttl=\"%d\"/></port></ports></host>\n",
			o.start()+int64(i/1000), address(o.First+i), s.proto, s.port, 40+r.IntN(200))
	}
	out.WriteString("<runstats>\n<finished time=\"" + strconv.FormatInt(o.start()+86400, 10) + "\" elapsed=\"86400\" />\n</runstats>\n</nmaprun>\n")
	return out.Flush()
}

// pick prefers small numbers.
func pick(r *rand.Rand, n int) int {
	x := r.Float64()
	return int(x * x * float64(n))
}

// Nmap writes a report of Nmap with versions and scripts (-A).
func Nmap(w io.Writer, o Options) error {
	out := bufio.NewWriterSize(w, 1<<20)
	out.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE nmaprun>\n<nmaprun scanner=\"nmap\" args=\"nmap -A -oX scan.xml\" start=\"" + strconv.FormatInt(o.start(), 10) + "\" version=\"7.93\" xmloutputversion=\"1.05\">\n")
	for i := range o.Hosts {
		writeHost(out, generator(o, i), o.First+i, o.start())
	}
	out.WriteString("<runstats><finished time=\"" + strconv.FormatInt(o.start()+86400, 10) + "\" exit=\"success\"/></runstats>\n</nmaprun>\n")
	return out.Flush()
}

func writeHost(out *bufio.Writer, r *rand.Rand, n int, start int64) {
	domain := fmt.Sprintf("org%d.%s", pick(r, 200000), [...]string{"example", "test", "invalid", "example.net"}[r.IntN(4)])
	name := fmt.Sprintf("%s%d.%s", [...]string{"www", "mail", "host", "srv", "vpn"}[pick(r, 5)], r.IntN(100), domain)
	fmt.Fprintf(out, "<host starttime=\"%d\" endtime=\"%d\"><status state=\"up\" reason=\"echo-reply\" reason_ttl=\"%d\"/>\n<address addr=\"%s\" addrtype=\"ipv4\"/>\n<hostnames>\n<hostname name=\"%s\" type=\"PTR\"/>\n</hostnames>\n<ports><extraports state=\"filtered\" count=\"%d\">\n<extrareasons reason=\"no-response\" count=\"%d\"/>\n</extraports>\n",
		start+int64(n/100), start+60+int64(n/100), 40+r.IntN(60), address(n), name, 980+r.IntN(20), 980)
	for i := range services {
		if s := &services[i]; r.IntN(1000) < s.share {
			writePort(out, r, s, name)
		} else if r.IntN(10) == 0 {
			fmt.Fprintf(out, "<port protocol=\"%s\" portid=\"%d\"><state state=\"closed\" reason=\"reset\" reason_ttl=\"64\"/><service name=\"%s\" method=\"table\" conf=\"3\"/></port>\n", s.proto, s.port, s.name)
		}
	}
	out.WriteString("</ports>\n")
	if r.IntN(2) == 0 {
		out.WriteString("<os><portused state=\"open\" proto=\"tcp\" portid=\"80\"/><osmatch name=\"Linux 4.15 - 5.19\" accuracy=\"98\" line=\"70222\">\n<osclass type=\"general purpose\" vendor=\"Linux\" osfamily=\"Linux\" osgen=\"4.X\" accuracy=\"98\"><cpe>cpe:/o:linux:linux_kernel:4</cpe></osclass>\n</osmatch>\n</os>\n")
	}
	fmt.Fprintf(out, "<trace port=\"80\" proto=\"tcp\">\n<hop ttl=\"1\" ipaddr=\"10.0.0.1\" rtt=\"0.%d\"/>\n<hop ttl=\"2\" ipaddr=\"10.%d.0.1\" rtt=\"1.%d\" host=\"core.example.net\"/>\n<hop ttl=\"3\" ipaddr=\"%s\" rtt=\"4.20\"/>\n</trace>\n", r.IntN(100), r.IntN(200), r.IntN(100), address(n))
	out.WriteString("</host>\n")
}

func writePort(out *bufio.Writer, r *rand.Rand, s *service, name string) {
	var product, version, cpe string
	fields(s.products[pick(r, len(s.products))], &product, &version, &cpe)
	if version != "" {
		version += strconv.Itoa(pick(r, 30))
	}
	tunnel := ""
	if s.tunnel != "" {
		tunnel = " tunnel=\"ssl\""
	}
	fmt.Fprintf(out, "<port protocol=\"%s\" portid=\"%d\"><state state=\"open\" reason=\"syn-ack\" reason_ttl=\"%d\"/><service name=\"%s\" product=\"%s\" version=\"%s\"%s method=\"probed\" conf=\"10\">", s.proto, s.port, 40+r.IntN(60), s.name, product, version, tunnel)
	if cpe != "" {
		if version != "" {
			cpe += ":" + version
		}
		fmt.Fprintf(out, "<cpe>%s</cpe>", cpe)
	}
	out.WriteString("</service>")
	if s.http {
		writeHTTP(out, r, product, version, name)
	}
	if s.tls {
		writeCertificate(out, r, name)
	}
	if s.name == "ssh" {
		writeSSH(out, r)
	}
	out.WriteString("</port>\n")
}

func fields(s string, to ...*string) {
	for _, t := range to {
		for i := 0; ; i++ {
			if i == len(s) || s[i] == '|' {
				*t = s[:i]
				s = s[min(i+1, len(s)):]
				break
			}
		}
	}
}

func writeHTTP(out *bufio.Writer, r *rand.Rand, product, version, name string) {
	title := [...]string{"Welcome to nginx!", "Apache2 Default Page: It works", "Index of /", "Login", "301 Moved Permanently", "Home - " + name}[pick(r, 6)]
	fmt.Fprintf(out, "<script id=\"http-title\" output=\"%s\"><elem key=\"title\">%s</elem>\n</script>", title, title)
	fmt.Fprintf(out, "<script id=\"http-server-header\" output=\"%s/%s\"><elem>%s/%s</elem>\n</script>", product, version, product, version)
	fmt.Fprintf(out, "<script id=\"http-headers\" output=\"&#xa;  Server: %s/%s&#xa;  Date: Fri, 02 Jan 2026 00:%02d:%02d GMT&#xa;  Content-Type: text/html&#xa;  Content-Length: %d&#xa;  Connection: close&#xa;  Set-Cookie: PHPSESSID=%x; path=/&#xa;  X-Frame-Options: SAMEORIGIN&#xa;  &#xa;  (Request type: HEAD)&#xa;\"/>",
		product, version, r.IntN(60), r.IntN(60), r.IntN(100000), r.Uint64())
	out.WriteString("<script id=\"http-methods\" output=\"&#xa;  Supported Methods: GET HEAD POST OPTIONS\"><table key=\"Supported Methods\">\n<elem>GET</elem>\n<elem>HEAD</elem>\n<elem>POST</elem>\n<elem>OPTIONS</elem>\n</table>\n</script>")
}

func hashes(r *rand.Rand) (md5, sha1 string) {
	sum := sha256.Sum256([]byte(strconv.FormatUint(r.Uint64(), 16)))
	return hex.EncodeToString(sum[:16]), hex.EncodeToString(sum[:20])
}

// writeCertificate writes the result of ssl-cert as Nmap does without the certificate itself, which no benchmark
// could make fast enough.
func writeCertificate(out *bufio.Writer, r *rand.Rand, name string) {
	md5, sha1 := hashes(r)
	issuer := [...]string{"R3|Let's Encrypt", "DigiCert TLS RSA SHA256 2020 CA1|DigiCert Inc", "Sectigo RSA Domain Validation Secure Server CA|Sectigo Limited"}[pick(r, 3)]
	var cn, org string
	fields(issuer, &cn, &org)
	fmt.Fprintf(out, "<script id=\"ssl-cert\" output=\"Subject: commonName=%s&#xa;Subject Alternative Name: DNS:%s&#xa;Issuer: commonName=%s/organizationName=%s&#xa;Public Key type: rsa&#xa;Public Key bits: 2048&#xa;Not valid before: 2025-12-01T00:00:00&#xa;Not valid after:  2026-03-01T00:00:00&#xa;MD5:   %s&#xa;SHA-1: %s\"><table key=\"subject\">\n<elem key=\"commonName\">%s</elem>\n</table>\n<table key=\"issuer\">\n<elem key=\"commonName\">%s</elem>\n<elem key=\"organizationName\">%s</elem>\n</table>\n<table key=\"pubkey\">\n<elem key=\"type\">rsa</elem>\n<elem key=\"bits\">2048</elem>\n<elem key=\"exponent\">65537</elem>\n</table>\n<elem key=\"sig_algo\">sha256WithRSAEncryption</elem>\n<table key=\"validity\">\n<elem key=\"notBefore\">2025-12-01T00:00:00</elem>\n<elem key=\"notAfter\">2026-03-01T00:00:00</elem>\n</table>\n<elem key=\"md5\">%s</elem>\n<elem key=\"sha1\">%s</elem>\n</script>",
		name, name, cn, org, md5, sha1, name, cn, org, md5, sha1)
}

func writeSSH(out *bufio.Writer, r *rand.Rand) {
	md5, _ := hashes(r)
	key, _ := hashes(r)
	fmt.Fprintf(out, "<script id=\"ssh-hostkey\" output=\"&#xa;  256 %s (ED25519)\"><table>\n<elem key=\"type\">ssh-ed25519</elem>\n<elem key=\"bits\">256</elem>\n<elem key=\"key\">AAAAC3NzaC1lZDI1NTE5AAAAI%s</elem>\n<elem key=\"fingerprint\">%s</elem>\n</table>\n</script>", md5, key, md5)
	out.WriteString("<script id=\"ssh2-enum-algos\" output=\"&#xa;  kex_algorithms: (2)&#xa;      curve25519-sha256&#xa;      ecdh-sha2-nistp256&#xa;  server_host_key_algorithms: (1)&#xa;      ssh-ed25519&#xa;  encryption_algorithms: (2)&#xa;      chacha20-poly1305@openssh.com&#xa;      aes128-ctr&#xa;  mac_algorithms: (1)&#xa;      hmac-sha2-256&#xa;  compression_algorithms: (1)&#xa;      none\"><table key=\"kex_algorithms\">\n<elem>curve25519-sha256</elem>\n<elem>ecdh-sha2-nistp256</elem>\n</table>\n<table key=\"server_host_key_algorithms\">\n<elem>ssh-ed25519</elem>\n</table>\n<table key=\"encryption_algorithms\">\n<elem>chacha20-poly1305@openssh.com</elem>\n<elem>aes128-ctr</elem>\n</table>\n<table key=\"mac_algorithms\">\n<elem>hmac-sha2-256</elem>\n</table>\n<table key=\"compression_algorithms\">\n<elem>none</elem>\n</table>\n</script>")
}
