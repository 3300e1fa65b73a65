// Command scan measures the scans purpose: how fast reports of Masscan and Nmap are loaded, and how fast questions are
// answered through the web API beside hand-written SQL on the same tables. All figures of a run come from the same
// machine in turn.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"ivre/bench/scangen"
	"ivre/engine"
	"ivre/sql/store"
)

type bench struct {
	ivre, out, dir string
	hosts, rounds  int
	ctx            context.Context
}

func main() {
	b := &bench{ctx: context.Background()}
	flag.StringVar(&b.ivre, "ivre", "./ivre", "the program to measure")
	flag.StringVar(&b.out, "out", "bench/out", "folder for generated files and the database")
	flag.IntVar(&b.hosts, "hosts", 1_000_000, "hosts of the Masscan report; that of Nmap has a tenth of it")
	flag.IntVar(&b.rounds, "rounds", 7, "repetitions of each question; medians are printed")
	flag.Parse()
	log.SetFlags(0)
	if err := b.run(); err != nil {
		log.Fatal("bench: ", err)
	}
}

func (b *bench) run() error {
	var err error
	if b.ivre, err = filepath.Abs(b.ivre); err != nil {
		return err
	}
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp(b.out, "scan-db-"); err != nil {
		return err
	}
	defer func() {
		if _, err := engine.Stop(b.ctx, filepath.Join(b.dir, "db")); err != nil {
			log.Print(err)
		}
		os.RemoveAll(b.dir)
	}()
	if err := b.load("masscan", scangen.Masscan, scangen.Options{Hosts: b.hosts}); err != nil {
		return err
	}
	if err := b.load("nmap", scangen.Nmap, scangen.Options{Hosts: b.hosts / 10, First: 1 << 26}); err != nil {
		return err
	}
	return b.questions()
}

// load writes a report, unless it is there from an earlier run, and loads it.
func (b *bench) load(name string, write func(io.Writer, scangen.Options) error, o scangen.Options) error {
	path := filepath.Join(b.out, fmt.Sprintf("%s-%d.xml", name, o.Hosts))
	if _, err := os.Stat(path); err != nil {
		f, err := os.Create(path + ".part")
		if err != nil {
			return err
		}
		err = write(f, o)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err == nil {
			err = os.Rename(path+".part", path)
		}
		if err != nil {
			return err
		}
	}
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	cmd := exec.Command(b.ivre, "--data-dir", b.dir, "scan2db", path)
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	took := time.Since(start).Seconds()
	peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss / 1024
	fmt.Printf("%-8s %9d hosts, %6.0f MB: %6.2f s, %8.0f hosts/s, %6.1f MB/s, %d MB resident\n",
		name, o.Hosts, float64(st.Size())/1e6, took, float64(o.Hosts)/took, float64(st.Size())/1e6/took, peak)
	return nil
}

// question is one of the API, with the SQL that a person would write for it.
type question struct{ path, sql string }

var ask = []question{
	{"/top/service:15", "SELECT service, count() AS n FROM scans ARRAY JOIN ports.service_name AS service, ports.state_state AS state WHERE state = 'open' GROUP BY service ORDER BY n DESC LIMIT 15"},
	{"/top/port:15", "SELECT proto, port, count() AS n FROM scans ARRAY JOIN ports.protocol AS proto, ports.port AS port, ports.state_state AS state WHERE state != '' GROUP BY proto, port ORDER BY n DESC LIMIT 15"},
	{"/top/product:443:15", "SELECT service, product, count() AS n FROM scans ARRAY JOIN ports.service_name AS service, ports.service_product AS product, ports.port AS port WHERE has(openports_tcp, 443) AND port = 443 GROUP BY service, product ORDER BY n DESC LIMIT 15"},
	{"/count?q=service:ssh", "SELECT count() FROM scans WHERE has(ports.service_name, 'ssh')"},
	{"/count?q=product:http:nginx:443", "SELECT count() FROM scans WHERE arrayExists((s, p, n) -> s = 'http' AND p = 'nginx' AND n = 443, ports.service_name, ports.service_product, ports.port)"},
	{"/count?q=hostname:/^www.*example/", "SELECT count() FROM scans WHERE arrayExists(x -> match(x, '^www.*example'), hostnames.name)"},
	{"/count?q=script:http-title:/Login/", "SELECT uniqExact(id) FROM scan_scripts WHERE script = 'http-title' AND match(output, 'Login')"},
	{"/count?q=httphdr:server:/nginx/", "SELECT count() FROM scans WHERE id IN (SELECT id FROM scan_scripts WHERE script = 'http-headers' AND arrayExists(x -> JSONExtractString(x, 'name') = 'server' AND match(JSONExtractString(x, 'value'), 'nginx'), JSONExtractArrayRaw(data)))"},
	{"/count?q=net:75.0.0.0/18+22", "SELECT count() FROM scans WHERE addr BETWEEN toIPv6('75.0.0.0') AND toIPv6('75.0.63.255') AND has(openports_tcp, 22)"},
	{"?q=service:ssh+-sortby:endtime", "SELECT record FROM scans WHERE has(ports.service_name, 'ssh') ORDER BY endtime DESC, addr, id LIMIT 10"},
	{"/distinct/ports.service_name?q=limit:0", "SELECT DISTINCT arrayJoin(ports.service_name) FROM scans"},
	{"/onlyips?q=service:ssh", "SELECT addr FROM scans WHERE has(ports.service_name, 'ssh') ORDER BY addr, id"},
}

func (b *bench) questions() error {
	cmd := exec.Command(b.ivre, "--data-dir", b.dir, "httpd", "--port", "18643")
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		if err := cmd.Process.Signal(os.Interrupt); err == nil {
			_ = cmd.Wait() // its exit status is that of the signal
		}
	}()
	const base = "http://127.0.0.1:18643/cgi/scans"
	for deadline := time.Now().Add(time.Minute); get(base+"/count") != nil; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("the server does not answer")
		}
	}
	db, err := store.Open(b.ctx, store.Options{Engine: engine.Options{DataDir: filepath.Join(b.dir, "db")}})
	if err != nil {
		return err
	}
	defer db.Close()
	fmt.Printf("%-40s %10s %10s %7s\n", "", "ivre", "SQL", "ratio")
	for _, q := range ask {
		ours, err := b.median(func() error { return get(base + q.path) })
		if err != nil {
			return fmt.Errorf("%s: %w", q.path, err)
		}
		theirs, err := b.median(func() error { return statement(db, q.sql) })
		if err != nil {
			return fmt.Errorf("%s: %w", q.sql, err)
		}
		fmt.Printf("%-40s %7.1f ms %7.1f ms %7.2f\n", q.path, ours, theirs, ours/theirs)
	}
	return nil
}

// median is how many milliseconds f takes.
func (b *bench) median(f func() error) (float64, error) {
	var times []float64
	for range b.rounds {
		start := time.Now()
		if err := f(); err != nil {
			return 0, err
		}
		times = append(times, float64(time.Since(start).Microseconds())/1000)
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

func get(address string) error {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Referer", "http://127.0.0.1:18643/")
	return fetch(req)
}

// statement runs SQL over the server's HTTP interface, so that both sides read their answers the same way.
func statement(db *store.Store, sql string) error {
	address, user, password := db.HTTPAddress()
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u := strings.TrimRight(address, "/") + "/?" + url.Values{"database": {db.Database()}}.Encode()
	req, err := http.NewRequest(http.MethodPost, u, strings.NewReader(sql+" FORMAT JSONCompactEachRow"))
	if err != nil {
		return err
	}
	req.SetBasicAuth(user, password)
	return fetch(req)
}

func fetch(req *http.Request) error {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, body[:min(len(body), 300)])
	}
	return err
}
