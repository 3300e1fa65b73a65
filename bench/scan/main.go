// Command scan measures the scans purpose: how fast reports of Masscan and Nmap are loaded, and how fast questions are
// answered through the web API beside hand-written SQL on the same tables. All figures of a run come from the same
// machine in turn.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"ivre/bench/measure"
	"ivre/bench/scangen"
)

type bench struct {
	*measure.Database
	out string
}

func main() {
	measure.Main("scan", "hosts", 1_000_000, "hosts of the Masscan report; that of Nmap has a tenth of it", run)
}

func run(db *measure.Database, out string, hosts, rounds int) error {
	b := &bench{db, out}
	if err := b.load("masscan", scangen.Masscan, scangen.Options{Hosts: hosts}); err != nil {
		return err
	}
	if err := b.load("nmap", scangen.Nmap, scangen.Options{Hosts: hosts / 10, First: 1 << 26}); err != nil {
		return err
	}
	return b.Compare(os.Stdout, "/cgi/scans", rounds, questions)
}

// load writes a report, unless it is there from an earlier run, and loads it.
func (b *bench) load(name string, write func(io.Writer, scangen.Options) error, o scangen.Options) error {
	path := filepath.Join(b.out, fmt.Sprintf("%s-%d.xml", name, o.Hosts))
	size, err := measure.File(path, func(w io.Writer) error { return write(w, o) })
	if err != nil {
		return err
	}
	cost, err := b.Run("scan2db", path)
	if err != nil {
		return err
	}
	mb := float64(size) / 1e6
	fmt.Printf("%-8s %9d hosts, %6.0f MB: %8.0f hosts/s, %6.1f MB/s, %v\n", name, o.Hosts, mb, cost.Rate(float64(o.Hosts)), cost.Rate(mb), cost)
	return nil
}

var questions = []measure.Question{
	{Path: "/top/service:15", SQL: []string{"SELECT service, count() AS n FROM scans ARRAY JOIN ports.service_name AS service, ports.state_state AS state WHERE state = 'open' GROUP BY service ORDER BY n DESC LIMIT 15"}},
	{Path: "/top/port:15", SQL: []string{"SELECT proto, port, count() AS n FROM scans ARRAY JOIN ports.protocol AS proto, ports.port AS port, ports.state_state AS state WHERE state != '' GROUP BY proto, port ORDER BY n DESC LIMIT 15"}},
	{Path: "/top/product:443:15", SQL: []string{"SELECT service, product, count() AS n FROM scans ARRAY JOIN ports.service_name AS service, ports.service_product AS product, ports.port AS port WHERE has(openports_tcp, 443) AND port = 443 GROUP BY service, product ORDER BY n DESC LIMIT 15"}},
	{Path: "/count?q=service:ssh", SQL: []string{"SELECT count() FROM scans WHERE has(ports.service_name, 'ssh')"}},
	{Path: "/count?q=product:http:nginx:443", SQL: []string{"SELECT count() FROM scans WHERE arrayExists((s, p, n) -> s = 'http' AND p = 'nginx' AND n = 443, ports.service_name, ports.service_product, ports.port)"}},
	{Path: "/count?q=hostname:/^www.*example/", SQL: []string{"SELECT count() FROM scans WHERE arrayExists(x -> match(x, '^www.*example'), hostnames.name)"}},
	{Path: "/count?q=script:http-title:/Login/", SQL: []string{"SELECT uniqExact(id) FROM scan_scripts WHERE script = 'http-title' AND match(output, 'Login')"}},
	{Path: "/count?q=httphdr:server:/nginx/", SQL: []string{"SELECT count() FROM scans WHERE id IN (SELECT id FROM scan_scripts WHERE script = 'http-headers' AND arrayExists(x -> JSONExtractString(x, 'name') = 'server' AND match(JSONExtractString(x, 'value'), 'nginx'), JSONExtractArrayRaw(data)))"}},
	{Path: "/count?q=net:75.0.0.0/18+22", SQL: []string{"SELECT count() FROM scans WHERE addr BETWEEN toIPv6('75.0.0.0') AND toIPv6('75.0.63.255') AND has(openports_tcp, 22)"}},
	{Path: "?q=service:ssh+-sortby:endtime", SQL: []string{"SELECT record FROM scans WHERE has(ports.service_name, 'ssh') ORDER BY endtime DESC, addr, id LIMIT 10"}},
	{Path: "/distinct/ports.service_name?q=limit:0", SQL: []string{"SELECT DISTINCT arrayJoin(ports.service_name) FROM scans"}},
	{Path: "/onlyips?q=service:ssh", SQL: []string{"SELECT addr FROM scans WHERE has(ports.service_name, 'ssh') ORDER BY addr, id"}},
}
