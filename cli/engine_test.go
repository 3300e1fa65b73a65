package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ivre/engine"
)

// TestEngineCommands runs the commands on a folder of their own, as a user would: with processes that
// start the engine and let go of it.
func TestEngineCommands(t *testing.T) {
	dir := t.TempDir()
	flag := "--data-dir=" + dir
	expect(t, "status without an engine", run(t, flag, "engine", "status"), result{code: 1, err: "no engine runs on " + dir})
	expect(t, "stop without an engine", run(t, flag, "engine", "stop"), result{out: "no engine runs on " + dir + "/db\n"})
	expect(t, "status without a database", run(t, flag, "db", "status"), result{code: 1, err: "'ivre db migrate' creates it"})

	migrate := program(t, flag, "db", "migrate")
	out, err := migrate.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "database ivre is up to date") {
		t.Fatalf("db migrate: %v, %s", err, out)
	}
	e, err := engine.Attach(t.Context(), engine.Options{DataDir: dir + "/db"})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Release()
	got := run(t, flag, "engine", "status")
	for _, want := range []string{"clickhouse-client --host 127.0.0.1 --port ", "curl 'http://127.0.0.1:", dir + "/db/run/password"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("status is without %q:\n%s", want, got.out)
		}
	}
	if got.code != 0 || strings.Contains(got.out, e.Password()) {
		t.Errorf("status %d, or the password is shown:\n%s", got.code, got.out)
	}
	var ep engine.Endpoint
	got = run(t, flag, "engine", "status", "--json")
	if err := json.Unmarshal([]byte(got.out), &ep); err != nil || ep != e.Endpoint() {
		t.Errorf("as JSON: %v, %s", err, got.out)
	}
	got = run(t, flag, "db", "status")
	if got.code != 0 || !strings.Contains(got.out, "applied") {
		t.Errorf("db status: %+v", got)
	}
	expect(t, "stop", run(t, flag, "engine", "stop"), result{out: "stopped the engine of " + dir + "/db\n"})
	expect(t, "status after stop", run(t, flag, "engine", "status"), result{code: 1, err: "no engine runs"})
}

func TestEngineNotInstalled(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none.so")
	got := run(t, "--data-dir", t.TempDir(), "--engine-lib", missing, "db", "migrate")
	expect(t, "no library", got, result{code: 1, err: "'ivre engine install'"})
	if _, err := os.Stat(missing); err == nil {
		t.Error("it was made")
	}
}
