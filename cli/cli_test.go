package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ivre/cli"
	"ivre/engine"
	"ivre/sql/store"
	"ivre/sql/store/storetest"
)

// asProgram makes the test binary the ivre command, for tests that need a process of its own.
const asProgram = "IVRE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Unsetenv(asProgram)
		if len(os.Args) < 2 || os.Args[1] != "engine-child" {
			os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		}
	}
	storetest.Main(m)
}

// result is what a command left behind.
type result struct {
	out, err string
	code     int
}

// run runs a command line without standard input.
func run(t *testing.T, args ...string) result { return runWith(t, "", args...) }

func runWith(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	cleanEnv(t)
	var out, errs bytes.Buffer
	code := cli.Main(args, strings.NewReader(stdin), &out, &errs)
	return result{out.String(), errs.String(), code}
}

// cleanEnv keeps the configuration of the user out of the tests.
func cleanEnv(t *testing.T) {
	t.Helper()
	home := t.TempDir()
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "IVRE_") && name != "IVRE_ENGINE_LIB" {
			t.Setenv(name, "")
		}
	}
	// what is installed must not decide which end of a flow is the server
	ports, err := filepath.Abs("testdata/noports")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("IVRE_NMAP_SHARE_PATH", ports)
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("XDG_DATA_HOME", "")
}

// program prepares the command as a process of its own.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cleanEnv(t)
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "TERM=xterm")
	return cmd
}

// serverFlag is --db for a test's database, as if the engine were somebody else's server.
func serverFlag(s *store.Store) string {
	ep := s.Engine().Endpoint()
	return fmt.Sprintf("--db=clickhouse://%s:%s@127.0.0.1:%d/%s?http_port=%d", engine.User, s.Engine().Password(), ep.TCPPort, s.Database(), ep.HTTPPort)
}

// expect compares what a command left behind with what it should have; want.err is a part of the text.
func expect(t *testing.T, what string, got, want result) {
	t.Helper()
	if got.code != want.code {
		t.Errorf("%s: exit status %d, want %d (standard error: %s)", what, got.code, want.code, got.err)
	}
	if got.out != want.out {
		t.Errorf("%s: printed\n%q, want\n%q", what, got.out, want.out)
	}
	if want.err == "" && got.err != "" || !strings.Contains(got.err, want.err) {
		t.Errorf("%s: standard error %q, want %q in it", what, got.err, want.err)
	}
}

func TestVersion(t *testing.T) {
	got := run(t, "version")
	if got.code != 0 || !strings.HasPrefix(got.out, "ivre ") || !strings.Contains(got.out, "ClickHouse") || got.err != "" {
		t.Errorf("%+v", got)
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{}, {"--help"}, {"-h"}, {"help"}} {
		got := run(t, args...)
		if got.code != 0 || got.err != "" {
			t.Errorf("%v: status %d, %s", args, got.code, got.err)
		}
		for _, want := range []string{"engine", "db", "sql", "flowcli", "httpd", "--data-dir"} {
			if !strings.Contains(got.out, want) {
				t.Errorf("%v: nothing of %s", args, want)
			}
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"help", "sql"}, "ivre sql 'SELECT"},
		{[]string{"sql", "--help"}, "ivre sql 'SELECT"},
		{[]string{"help", "db", "check"}, "--repair"},
		{[]string{"engine", "-h"}, "ivre engine install"},
		{[]string{"flowcli", "--limit", "3", "--help"}, "--flow-daily"},
	} {
		got := run(t, c.args...)
		if got.code != 0 || got.err != "" || !strings.Contains(got.out, c.want) {
			t.Errorf("%v: %+v", c.args, got)
		}
	}
}

func TestUsageErrors(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"nosuch"}, "unexpected argument nosuch"},
		{[]string{"help", "nosuch"}, "nosuch"},
		{[]string{"sql", "--fromat", "CSV"}, `did you mean "--format"`},
		{[]string{"engine"}, "Run 'ivre engine --help'"},
		{[]string{"db", "chekc"}, "Run 'ivre db --help'"},
		{[]string{"flowcli", "--top"}, "at least one value"},
		{[]string{"flowcli", "-f"}, "at least one value"},
		{[]string{"flowcli", "--limit", "x"}, "--limit"},
		{[]string{"flowcli", "--limit=-1"}, "--limit"},
		{[]string{"flowcli", "--precision", "x"}, "not a number of seconds"},
		{[]string{"flowcli", "left over"}, "left over"},
		{[]string{"flowcli", "--init", "--explain"}, "not of changes"},
		{[]string{"flowcli", "--flow-daily", "--plot-file", "x.gif"}, ".png or .svg"},
	} {
		got := run(t, c.args...)
		expect(t, strings.Join(c.args, " "), got, result{code: 2, err: c.want})
	}
}

func TestConfiguration(t *testing.T) {
	dir := t.TempDir()
	file := dir + "/ivre.conf"
	if err := os.WriteFile(file, []byte("DB = 'clickhouse://u:verysecret@127.0.0.1:1/x'\nWEB_SECRET = 'x'\nWEB_AUTH_ENABLED = True\nMCP_X = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := run(t, "--config", file, "db", "status")
	expect(t, "a server that does not answer", got, result{code: 1, err: "no ClickHouse server answers at 127.0.0.1:1"})
	if strings.Contains(got.err, "verysecret") {
		t.Errorf("the password is shown: %s", got.err)
	}
	if n := strings.Count(got.err, "warning:"); n != 2 || !strings.Contains(got.err, "2 more") {
		t.Errorf("%d warnings: %s", n, got.err)
	}
	got = run(t, "-v", "--config", file, "--db", "clickhouse://127.0.0.1:2", "db", "status")
	expect(t, "a flag over the file", got, result{code: 1, err: "127.0.0.1:2"})
	if n := strings.Count(got.err, "warning:"); n != 3 {
		t.Errorf("%d warnings with -v: %s", n, got.err)
	}
	got = run(t, "--config", dir+"/none", "db", "status")
	expect(t, "no such file", got, result{code: 1, err: "none"})
}

func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	defer full.Close()
	_, db := datasetD(t)
	cleanEnv(t)
	for _, args := range [][]string{
		{"version"}, {"flowcli"}, {"flowcli", "--json"}, {"flowcli", "--count"}, {"flowcli", "--top", "proto"}, {"flowcli", "--fields"},
		{"flowcli", "--precision"}, {"flowcli", "--flow-daily"}, {"flowcli", "--explain"}, {"sql", "SELECT 1"}, {"db", "check"}, {"db", "status"},
	} {
		var errs bytes.Buffer
		code := cli.Main(append(args, db), strings.NewReader(""), full, &errs)
		if code != 1 || errs.String() != "ivre: write /dev/full: no space left on device\n" {
			t.Errorf("%v: status %d, %s", args, code, errs.String())
		}
	}
}
