package cli_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"ivre/sql/store/storetest"
)

// writeMMDB writes a database of one network.
func writeMMDB(t *testing.T, dir, typ, network string, record mmdbtype.Map) {
	t.Helper()
	w, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: typ, RecordSize: 24, IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	_, n, err := net.ParseCIDR(network)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Insert(n, record); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, typ+".mmdb"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := w.WriteTo(f); err != nil {
		t.Fatal(err)
	}
}

// geoip makes the databases of the specification's vectors 17 to 20, as far as one network goes.
func geoip(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeMMDB(t, dir, "GeoLite2-ASN", "192.0.2.0/25", mmdbtype.Map{"autonomous_system_number": mmdbtype.Uint32(64496), "autonomous_system_organization": mmdbtype.String("EXAMPLE AS")})
	writeMMDB(t, dir, "GeoLite2-Country", "192.0.2.0/25", mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String("FR"), "names": mmdbtype.Map{"en": mmdbtype.String("France")}}})
	return dir
}

type question struct {
	args []string
	want string // standard output
	code int
	err  string // part of standard error
}

func ask(t *testing.T, flags []string, questions []question) {
	t.Helper()
	for _, q := range questions {
		got := run(t, append(append([]string{}, flags...), q.args...)...)
		if got.code != q.code || got.out != q.want || !strings.Contains(got.err, q.err) {
			t.Errorf("%v: status %d\n%s%s\nwant status %d\n%s%s", q.args, got.code, got.out, got.err, q.code, q.want, q.err)
		}
	}
}

// Vectors 17 to 23.
func TestAddressData(t *testing.T) {
	config := filepath.Join(t.TempDir(), "ivre.conf")
	if err := os.WriteFile(config, []byte("GEOIP_PATH = "+pythonText(geoip(t))+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	db := storetest.New(t)
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte("192.0.2.0/25 # one\n192.0.2.100 - 192.0.2.130\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ask(t, []string{"--config=" + config, serverFlag(db)}, []question{
		{args: []string{"ipdata", "--json", "192.0.2.1"}, want: `{"addr": "192.0.2.1", "as_num": 64496, "as_name": "EXAMPLE AS", "country_code": "FR", "country_name": "France", "tags": [{"value": "Reserved address", "type": "info", "info": ["Address type Documentation"]}]}` + "\n"},
		{args: []string{"ipdata", "3221225985"}, want: "192.0.2.1\n    as_num 64496\n    as_name EXAMPLE AS\n    country_code FR\n    country_name France\n    Reserved address: Address type Documentation\n"},
		{args: []string{"ipdata", "--json", "foo", "9.9.9.9"}, want: "{\"addr\": \"foo\"}\n{\"addr\": \"9.9.9.9\"}\n", err: "Invalid IP address ['foo']!"},
		{args: []string{"iprange", "-c", "FR"}, want: "192.0.2.0/25\n"},
		{args: []string{"iprange", "-c", "DE,FR", "--json"}, want: `{"count": 128, "ranges": [["192.0.2.0", "192.0.2.127"]], "cidrs": ["192.0.2.0/25"]}` + "\n"},
		{args: []string{"iprange", "--asnum", "AS64496", "--count"}, want: "128\n"},
		{args: []string{"iprange", "--range", "192.0.2.1", "192.0.2.10"}, want: "192.0.2.1/32\n192.0.2.2/31\n192.0.2.4/30\n192.0.2.8/31\n192.0.2.10/32\n"},
		{args: []string{"iprange", "-n", "10.0.0.0/8", "--addrs"}, code: 1, err: "refusing to enumerate 16777216 addresses"},
		{args: []string{"iprange", "-n", "10.0.0.0/8", "--addrs", "-l", "2"}, want: "10.0.0.0\n10.0.0.1\n"},
		{args: []string{"iprange", "-f", list, "-r"}, want: "192.0.2.0-192.0.2.130\n"},
		{args: []string{"iprange"}, code: 2, err: "exactly one of"},
		{args: []string{"iprange", "--range", "192.0.2.10", "192.0.2.1"}, code: 1, err: "is empty (stop < start)"},
		{args: []string{"iprange", "--routable"}, code: 1, err: "routable"},
		{args: []string{"ipcalc", "192.0.2.0/24", "192.0.2.0", "-", "192.0.2.10", "192.0.2.1", "3221225985"}, want: "192.0.2.0-192.0.2.255\n192.0.2.0/29\n192.0.2.8/31\n192.0.2.10/32\n3221225985\n192.0.2.1\n"},
		{args: []string{"ipcalc", "192.0.2.0/33"}, code: 1, err: "192.0.2.0/33"},
		{args: []string{"flow2db", labNetFlow}, err: "records stored"},
		{args: []string{"flowcli", "--top", "src.country"}, code: 1, err: "run 'ivre ipdata --to-sql'"},
		{args: []string{"ipdata", "--to-sql"}, err: "1 networks stored"},
		{args: []string{"flowcli", "--top", "src.country", "dst.as", "--limit", "1"}, want: "(FR, 64496) | 8 | \n"},
		{args: []string{"top", "src.country", "--from", "flow", "-q", "dport = 80", "--limit", "1"}, want: "FR: 1\n"},
		{args: []string{"sql", "SELECT dictGet('geo', 'country_code', toIPv6('192.0.2.9')), dictGet('asn', 'asn', toIPv6('192.0.2.9')), dictGet('geo', 'country_name', toIPv6('192.0.2.200'))"}, want: "FR\t64496\t\n"},
	})
}

func pythonText(s string) string { return "'" + strings.ReplaceAll(s, `\`, `\\`) + "'" }

// Vectors 24 and 25, and the look-ups.
func TestRIR(t *testing.T) {
	dir := t.TempDir()
	dump, bad := filepath.Join(dir, "ripe.db.inetnum"), filepath.Join(dir, "nosuch.db")
	text := "# a dump\n\ninetnum: 192.0.2.0 - 192.0.2.255\nnetname: EX-NET\ncountry: FR\ndescr: L1\ndescr: L2\nsource: RIPE # Filtered\n\n" +
		"inetnum: 192.0.0.0 - 192.0.255.255\nnetname: WIDE\ncountry: EU # world wide\ndescr: University\n\n" +
		"inetnum: 192.0.2.9 - 192.0.2.1\nnetname: BROKEN\n\n" +
		"aut-num: AS64496\nas-name: EXAMPLE\ncountry: FR\n\nperson: nobody\n"
	if err := os.WriteFile(dump, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	flag := serverFlag(storetest.New(t))
	ask(t, []string{flag}, []question{
		{args: []string{"rirlookup", "--file", dump}, err: "3 objects loaded, 1 left out: line 15"},
		{args: []string{"rirlookup", "--file", dump}, err: "already loaded"},
		{args: []string{"rirlookup", "--file", bad}, code: 1, err: "nosuch.db"},
		{args: []string{"rirlookup", "192.0.2.1"}, want: "192.0.2.1\ninetnum: 192.0.2.0/24\ncountry: FR\ndescr:\n    L1\n    L2\nnetname: EX-NET\nsource: RIPE # Filtered\n\n"},
		{args: []string{"rirlookup", "--short", "192.0.2.1", "192.0.3.1", "198.51.100.1"}, want: "192.0.2.1\n192.0.2.0/24: EX-NET - FR\n192.0.3.1\n192.0.0.0/16: WIDE - EU # world wide\n198.51.100.1\nUNKNOWN\n"},
		{args: []string{"rirlookup", "--count", "192.0.2.1"}, want: "192.0.2.1: 2\n"},
		{args: []string{"rirlookup", "--search", "university", "--count"}, want: "university: 1\n"},
		{args: []string{"rirlookup", "--search", "university", "--short"}, want: "university\n\n192.0.0.0/16: WIDE - EU # world wide\n\n"},
		{args: []string{"rirlookup", "--country", "FR", "--short"}, want: "64496: EXAMPLE - FR\n192.0.2.0/24: EX-NET - FR\n"},
		{args: []string{"rirlookup", "--distinct", "country"}, want: "EU # world wide\nFR\n"},
		{args: []string{"rirlookup", "192.0.2.300"}, code: 1, err: "Invalid IP address ['192.0.2.300']!"},
		{args: []string{"top", "country", "--from", "rir"}, want: "FR: 2\nEU # world wide: 1\n"},
	})
	if err := os.WriteFile(dump, []byte("inetnum: 198.51.100.0 - 198.51.100.255\nnetname: NEW\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ask(t, []string{flag}, []question{
		{args: []string{"rirlookup", "--file", dump}, err: "1 objects loaded"},
		{args: []string{"rirlookup", "--count"}, want: "1\n"},
		{args: []string{"rirlookup", "--init"}},
		{args: []string{"rirlookup", "--count"}, want: "0\n"},
	})
}

// TestView makes a view of real scans and asks about it.
func TestView(t *testing.T) {
	config := filepath.Join(t.TempDir(), "ivre.conf")
	if err := os.WriteFile(config, []byte("GEOIP_PATH = "+pythonText(geoip(t))+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	db, other := storetest.New(t), storetest.New(t)
	flags := []string{"--config=" + config, serverFlag(db)}
	ask(t, flags, []question{
		{args: []string{"top", "service"}, err: "the view is empty"},
		{args: []string{"scan2db", "-s", "one", "-c", "lab", labNmap}, err: "1 results imported"},
		{args: []string{"db2view"}, err: "5 records new or changed"},
		{args: []string{"db2view"}, err: "5 addresses looked at, 0 records new or changed"},
		{args: []string{"scan2db", "-s", "two", "--update-view", labMasscan}, err: "records new or changed"},
		{args: []string{"db2view", "--update"}, err: " 0 records new or changed"},
		{args: []string{"db2view", "--update", "nmap"}, code: 1, err: "goes with no filter"},
		{args: []string{"db2view", "nosuch"}, code: 2, err: "source"},
		{args: []string{"top", "as"}, want: "64496 / EXAMPLE AS: 5\n"},
		{args: []string{"view", "--country", "FR", "--count"}, want: "5\n"},
		{args: []string{"view", "--source", "two", "--count"}, want: "1\n"},
		{args: []string{"view", "--tag", "Reserved address", "--count"}, want: "5\n"},
		{args: []string{"view", "--to-db", strings.TrimPrefix(serverFlag(other), "--db=")}, err: "5 records copied"},
	})
	ask(t, []string{"--config=" + config, serverFlag(other)}, []question{
		{args: []string{"view", "--count"}, want: "0\n"},
		{args: []string{"db2view", "--update"}, err: "5 records new or changed"},
		{args: []string{"view", "--count", "--country", "FR"}, want: "5\n"},
		{args: []string{"view", "--delete", "--country", "FR"}, err: "5 records deleted"},
		{args: []string{"db2view"}, err: "0 addresses looked at, 0 records"},
		{args: []string{"bench", "--list"}, want: "bench_top_port\tThe 15 most frequent ports of the view\nbench_top_service\tThe 15 most frequent services of the view\n"},
		{args: []string{"bench", "--scenario", "x", "--scenario", "y"}, code: 2, err: "there is no scenario x, y"},
		{args: []string{"bench", "--iterations", "0"}, code: 2, err: "less than 1"},
		{args: []string{"view", "--init"}},
		{args: []string{"view", "--count"}, want: "0\n"},
	})
}

// A run that is killed leaves whole records only, and running it again makes the same view as an undisturbed run. The
// engine is one of its own: it may end together with the client that it loses, and the next command then starts it.
func TestKilledView(t *testing.T) {
	storetest.Embedded(t)
	dir := t.TempDir()
	flag := "--data-dir=" + dir
	t.Cleanup(func() {
		expect(t, "stopping the engine", run(t, flag, "engine", "stop"), result{out: "stopped the engine of " + dir + "/db\n"})
	})
	reports := filepath.Join(t.TempDir(), "hosts.json")
	var text strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&text, `{"schema_version": 22, "addr": "10.1.%d.%d", "starttime": "2026-01-02 00:00:00", "endtime": "2026-01-02 00:00:01", "ports": [{"protocol": "tcp", "port": 22, "state_state": "open", "service_name": "ssh", "scripts": [{"id": "banner", "output": "%d"}]}]}`+"\n", i/256, i%256, i)
	}
	if err := os.WriteFile(reports, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	ask(t, []string{flag}, []question{{args: []string{"scan2db", reports}, err: "20000 hosts seen, 20000 loaded"}})
	cmd := program(t, flag, "db2view", "--processes", "1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	some := false
	for deadline := time.Now().Add(30 * time.Second); !some && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		got := run(t, flag, "sql", "SELECT count() > 0 FROM view_versions")
		some = got.out == "1\n"
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Log("the run was over already:", err)
	}
	cmd.Wait() // it was killed: that is no error here
	if !some {
		t.Fatal("nothing was stored within half a minute")
	}
	const whole = "SELECT count() FROM views WHERE id NOT IN (SELECT id FROM view_scripts WHERE script = 'banner')"
	ask(t, []string{flag}, []question{
		{args: []string{"sql", whole}, want: "0\n"},
		{args: []string{"db2view"}, err: "20000 addresses looked at"},
		{args: []string{"view", "--count"}, want: "20000\n"},
		{args: []string{"top", "service"}, want: "ssh: 20000\n"},
		{args: []string{"sql", "SELECT count() FROM view_scripts"}, want: "20000\n"},
		{args: []string{"sql", whole}, want: "0\n"},
		{args: []string{"db2view"}, err: "20000 addresses looked at, 0 records new or changed"},
	})
}

// A disk that is full while the view is made: the view stays as it was, readers are answered, the errors say what it is,
// and the next run makes the view. The disk is a small one in memory, in a mount namespace of the commands' own.
func TestViewOnFullDisk(t *testing.T) {
	storetest.Embedded(t)
	if err := exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", t.TempDir()).Run(); err != nil {
		t.Skip("this system lets nobody make a disk of their own:", err)
	}
	reports := t.TempDir()
	for n := range 2 {
		var text strings.Builder
		for i := range 2000 {
			fmt.Fprintf(&text, `{"schema_version": 22, "addr": "10.%d.%d.%d", "starttime": "2026-01-02 00:00:00", "endtime": "2026-01-02 00:00:01", "ports": [{"protocol": "tcp", "port": 22, "state_state": "open", "service_name": "ssh"}]}`+"\n", n, i/256, i%256)
		}
		if err := os.WriteFile(filepath.Join(reports, fmt.Sprintf("%d.json", n)), []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const script = `
mount -t tmpfs -o size=200m tmpfs "$DISK" || exit 99
ivre() { echo "$ ivre $*"; "$PROGRAM" --data-dir "$DISK/data" "$@" 2>&1; echo "status $?"; }
ivre scan2db "$REPORTS/0.json" >/dev/null
ivre db2view
ivre scan2db "$REPORTS/1.json" >/dev/null
"$PROGRAM" --data-dir "$DISK/data" httpd --port 0 >"$DISK/httpd" 2>&1 & # the engine stays
until grep -q http: "$DISK/httpd"; do sleep 0.1; done
cat /dev/zero >"$DISK/filler" 2>/dev/null
ivre db2view
ivre view --count
ivre top service
rm "$DISK/filler"
kill $!
wait $!
ivre engine stop >/dev/null
ivre view --count
ivre db2view
ivre view --count
ivre engine stop >/dev/null
`
	cmd := program(t)
	cmd.Env = append(cmd.Env, "DISK="+t.TempDir(), "REPORTS="+reports, "PROGRAM="+cmd.Path)
	cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", `exec unshare -rm sh -c "$0"`, script}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const want = `$ ivre db2view
ivre: view: 2000 addresses looked at, 2000 records new or changed
status 0
$ ivre db2view
…
The disk of the database is full. What is stored is intact; make room and run the command again.
status 1
$ ivre view --count
2000
status 0
$ ivre top service
ssh: 2000
status 0
$ ivre view --count
2000
status 0
$ ivre db2view
ivre: view: 4000 addresses looked at, 2000 records new or changed
status 0
$ ivre view --count
4000
status 0
`
	form := "(?s)^" + strings.ReplaceAll(regexp.QuoteMeta(want), "…", "[^$]*") + "$"
	if !regexp.MustCompile(form).Match(out) {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}
