// Command view measures the view purpose: how fast the view is made of scans and passive records, how fast it follows
// when hosts change, and how fast questions are answered through the web API beside hand-written SQL on the same tables.
// All figures of a run come from the same machine in turn.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"ivre/bench/measure"
	"ivre/bench/passivegen"
	"ivre/bench/scangen"
	"ivre/sql/store"
)

type bench struct {
	*measure.Database
	out   string
	hosts int
}

func main() {
	measure.Main("view", "hosts", 1_000_000, "hosts, each scanned three times; there are as many addresses with passive records, half of them of these hosts", run)
}

func run(db *measure.Database, out string, hosts, rounds int) error {
	b := &bench{db, out, hosts}
	if err := b.load(); err != nil {
		return err
	}
	if err := b.build(); err != nil {
		return err
	}
	if err := b.update(); err != nil {
		return err
	}
	if err := b.report(); err != nil {
		return err
	}
	return b.Compare(os.Stdout, "/cgi/view", rounds, questions)
}

// secondsPerWeek is between the scans.
const secondsPerWeek = 7 * 86400

const firstScan = 1767312000 // 2026-01-02 00:00 UTC

// load loads three scans of Masscan, one of Nmap of a tenth of the hosts, and five observations per address.
func (b *bench) load() error {
	for week := range 3 {
		o := scangen.Options{Hosts: b.hosts, Seed: uint64(week), Start: firstScan + int64(week)*secondsPerWeek}
		if err := b.scan(fmt.Sprintf("masscan-%d-week%d.xml", b.hosts, week), scangen.Masscan, o); err != nil {
			return err
		}
	}
	if err := b.scan(fmt.Sprintf("nmap-%d-view.xml", b.hosts/10), scangen.Nmap, scangen.Options{Hosts: b.hosts / 10}); err != nil {
		return err
	}
	o := passivegen.Options{Observations: 5 * b.hosts, Addresses: b.hosts, First: b.hosts / 2}
	return b.file(fmt.Sprintf("passiverecon-%d-view.log", o.Observations), o.Observations, "passiverecon2db", func(w io.Writer) error {
		return passivegen.Write(w, o)
	})
}

func (b *bench) scan(name string, write func(io.Writer, scangen.Options) error, o scangen.Options) error {
	return b.file(name, o.Hosts, "scan2db", func(w io.Writer) error { return write(w, o) })
}

// file makes a file of n things, unless it is there from an earlier run, and loads it.
func (b *bench) file(name string, n int, command string, write func(io.Writer) error) error {
	path := filepath.Join(b.out, name)
	if _, err := measure.File(path, write); err != nil {
		return err
	}
	cost, err := b.Run(command, path)
	if err != nil {
		return err
	}
	fmt.Printf("%-34s %9d: %8.0f/s, %v\n", name, n, cost.Rate(float64(n)), cost)
	return nil
}

// build makes the view, and then again: nothing has changed, so that nothing must be written.
func (b *bench) build() error {
	for _, name := range []string{"db2view", "db2view again"} {
		cost, err := b.Run("db2view")
		if err != nil {
			return err
		}
		n, err := b.Number("SELECT count() FROM views")
		if err != nil {
			return err
		}
		fmt.Printf("%-34s %9d: %8.0f/s, %v; %s\n", name, n, cost.Rate(float64(n)), cost, lastLine(cost.Said))
	}
	return nil
}

// changed is how many hosts change before the update.
const changed = 10_000

// update loads a scan in which hosts changed and lets the view follow.
func (b *bench) update() error {
	n := min(changed, b.hosts)
	// Sources that were loaded up to a quarter of an hour before the last run are looked at again, as rows may come late.
	// Here that would be all of them.
	for _, table := range []string{"scan_files", "passive_events"} {
		sql := "ALTER TABLE " + table + " UPDATE loaded = loaded - INTERVAL 1 DAY WHERE 1 SETTINGS mutations_sync = 2"
		if err := b.Exec(context.Background(), store.Statement{SQL: sql}); err != nil {
			return err
		}
	}
	o := scangen.Options{Hosts: n, Seed: 99, Start: firstScan + 4*secondsPerWeek}
	if err := b.scan(fmt.Sprintf("masscan-%d-changed.xml", n), scangen.Masscan, o); err != nil {
		return err
	}
	cost, err := b.Run("db2view", "--update")
	if err != nil {
		return err
	}
	fmt.Printf("%-34s %9d: %8.0f/s, %v; %s\n", "db2view --update", n, cost.Rate(float64(n)), cost, lastLine(cost.Said))
	return nil
}

// report prints the medians of what ivre bench reports.
func (b *bench) report() error {
	path := filepath.Join(b.out, "report.json")
	if _, err := b.Run("bench", "--output", path); err != nil {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var report struct {
		Results []struct {
			Scenario string
			Latency  struct{ P50, P95 float64 } `json:"latency_ms"`
		}
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, r := range report.Results {
		fmt.Printf("ivre bench: %-22s p50 %.1f ms, p95 %.1f ms\n", r.Scenario, r.Latency.P50, r.Latency.P95)
	}
	return nil
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// sorted makes the engine sort what is small and then read the records of what comes first, instead of reading all records
// in their order until there are enough.
const sorted = " SETTINGS optimize_read_in_order = 0"

var questions = []measure.Question{
	{Path: "/top/service", SQL: []string{"SELECT service, count() AS n FROM views ARRAY JOIN ports.service_name AS service, ports.state_state AS state WHERE state = 'open' GROUP BY service ORDER BY n DESC LIMIT 15"}},
	{Path: "/top/port:open", SQL: []string{"SELECT proto, port, count() AS n FROM views ARRAY JOIN ports.protocol AS proto, ports.port AS port, ports.state_state AS state WHERE state = 'open' GROUP BY proto, port ORDER BY n DESC LIMIT 15"}},
	{Path: "/top/product:443:15", SQL: []string{"SELECT service, product, count() AS n FROM views ARRAY JOIN ports.service_name AS service, ports.service_product AS product, ports.port AS port, ports.state_state AS state WHERE has(openports_tcp, 443) AND port = 443 AND state = 'open' GROUP BY service, product ORDER BY n DESC LIMIT 15"}},
	{Path: "/count", SQL: []string{"SELECT count() FROM views"}},
	{Path: "/count?q=service:ssh", SQL: []string{"SELECT count() FROM views WHERE has(ports.service_name, 'ssh')"}},
	{Path: "/count?q=tcp/22", SQL: []string{"SELECT count() FROM views WHERE has(openports_tcp, 22)"}},
	{Path: "/count?q=product:http:nginx", SQL: []string{"SELECT count() FROM views WHERE arrayExists((s, p) -> s = 'http' AND p = 'nginx', ports.service_name, ports.service_product)"}},
	{Path: "/count?q=hostname:/^www.*example/", SQL: []string{"SELECT count() FROM views WHERE arrayExists(x -> match(x, '^www.*example'), hostnames.name)"}},
	{Path: "/count?q=net:11.0.0.0/18", SQL: []string{"SELECT count() FROM views WHERE addr BETWEEN toIPv6('11.0.0.0') AND toIPv6('11.0.63.255')"}},
	{Path: "?q=limit:10", SQL: []string{"SELECT record FROM views ORDER BY addr, id LIMIT 10", "SELECT record FROM views ORDER BY addr, id LIMIT 10" + sorted}},
	{Path: "?q=service:ssh", SQL: []string{
		"SELECT record FROM views WHERE has(ports.service_name, 'ssh') ORDER BY addr, id LIMIT 10",
		"SELECT record FROM views WHERE has(ports.service_name, 'ssh') ORDER BY addr, id LIMIT 10" + sorted}},
	{Path: "?q=service:ssh+-sortby:endtime", SQL: []string{"SELECT record FROM views WHERE has(ports.service_name, 'ssh') ORDER BY endtime DESC, addr, id LIMIT 10"}},
	{Path: "?q=host:11.0.0.7", SQL: []string{"SELECT record FROM views WHERE addr = toIPv6('11.0.0.7')"}},
}
