package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ivre/engine"
)

func TestMain(m *testing.M) {
	engine.RunIfChild()
	os.Exit(m.Run())
}

func attach(t *testing.T, dir string) *engine.Engine {
	t.Helper()
	e, err := engine.Attach(context.Background(), engine.Options{DataDir: dir, MaxMemory: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Release(); stop(t, dir) })
	return e
}

func stop(t *testing.T, dir string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if _, err := engine.Stop(ctx, dir); err != nil {
		t.Error(err)
	}
}

// query asks over HTTP, as curl would; it returns the status and the body.
func query(t *testing.T, e *engine.Engine, user, password, sql string) (int, string) {
	t.Helper()
	req, err := http.NewRequest("POST", fmt.Sprintf("http://127.0.0.1:%d/", e.Endpoint().HTTPPort), strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	req.Close = true // an idle connection would delay the engine's end
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, strings.TrimSpace(string(b))
}

func mustQuery(t *testing.T, e *engine.Engine, sql string) string {
	t.Helper()
	code, body := query(t, e, engine.User, e.Password(), sql)
	if code != 200 {
		t.Fatalf("%s: %d %s", sql, code, body)
	}
	return body
}

func TestOnlyThePasswordOpensTheEngine(t *testing.T) {
	dir := t.TempDir()
	e := attach(t, dir)
	if got := mustQuery(t, e, "SELECT 1 + 1"); got != "2" {
		t.Errorf("with the password: %q", got)
	}
	for _, c := range []struct{ user, password, sql string }{
		{"", "", "SELECT 1"},
		{"", "", "SELECT * FROM system.tables"},
		{"", "", "SELECT * FROM file('/etc/passwd', 'LineAsString')"},
		{"", "", "SYSTEM STOP LISTEN TCP"},
		{"default", "", "SELECT 1"},
		{engine.User, "", "SELECT 1"},
		{engine.User, "wrong", "SELECT 1"},
	} {
		if code, body := query(t, e, c.user, c.password, c.sql); code == 200 {
			t.Errorf("user %q without the password got an answer to %q: %q", c.user, c.sql, body)
		}
	}
	for _, f := range []string{"run", "run/password", "run/users.xml", "run/endpoint.json"} {
		st, err := os.Stat(filepath.Join(dir, f))
		if err != nil {
			t.Fatal(err)
		}
		if st.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to other users: %v", f, st.Mode())
		}
	}
}

func TestTwoUsersShareOneEngine(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	engines := make([]*engine.Engine, 4)
	for i := range engines {
		wg.Add(1)
		go func() {
			defer wg.Done()
			e, err := engine.Attach(context.Background(), engine.Options{DataDir: dir, MaxMemory: 1 << 30})
			if err != nil {
				t.Error(err)
				return
			}
			engines[i] = e
		}()
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	pid := engines[0].Endpoint().PID
	for _, e := range engines[1:] {
		if e.Endpoint().PID != pid {
			t.Errorf("two engines on one folder: processes %d and %d", pid, e.Endpoint().PID)
		}
	}
	for i, e := range engines {
		mustQuery(t, e, "SELECT 1")
		e.Release()
		if i < len(engines)-1 {
			mustQuery(t, engines[i+1], "SELECT 1")
		}
	}
	waitGone(t, pid)
	if e := attach(t, dir); e.Unclean() {
		t.Error("an orderly end looks like a crash")
	}
}

func waitGone(t *testing.T, pid int) {
	t.Helper()
	for range 500 {
		if syscall.Kill(pid, 0) != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("the engine (process %d) outlives its last user", pid)
}

func TestDataSurvivesEndAndCrash(t *testing.T) {
	dir := t.TempDir()
	e := attach(t, dir)
	mustQuery(t, e, "CREATE DATABASE ivre")
	mustQuery(t, e, "CREATE TABLE ivre.t (a UInt32) ENGINE = MergeTree ORDER BY a")
	mustQuery(t, e, "INSERT INTO ivre.t SELECT number FROM numbers(1000)")
	pid := e.Endpoint().PID
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitGone(t, pid)
	if err := e.Ensure(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !e.Unclean() {
		t.Error("a crash left no trace")
	}
	if err := e.Checked(); err != nil || e.Unclean() {
		t.Errorf("the trace stays: %v", err)
	}
	if got := mustQuery(t, e, "SELECT count() FROM ivre.t"); got != "1000" {
		t.Errorf("after a crash: %s rows", got)
	}
	stop(t, dir)
	e.Release()
	e2 := attach(t, dir)
	if e2.Unclean() {
		t.Error("an orderly end looks like a crash")
	}
	if got := mustQuery(t, e2, "SELECT count() FROM ivre.t"); got != "1000" {
		t.Errorf("after an orderly end: %s rows", got)
	}
}

func TestSuperviseRestarts(t *testing.T) {
	e := attach(t, t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go e.Supervise(ctx, func(err error) { t.Log(err) }, func() {})
	pid := e.Endpoint().PID
	syscall.Kill(pid, syscall.SIGKILL)
	for range 500 {
		if e.Endpoint().PID != pid {
			mustQuery(t, e, "SELECT 1")
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the engine was not started again")
}

// TestEngineEndsWithItsParent kills the only user of an engine without giving it a chance to say so.
func TestEngineEndsWithItsParent(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=TestHoldEngine")
	cmd.Env = append(os.Environ(), "HOLD_ENGINE="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ep engine.Endpoint
	for range 1000 {
		var ok bool
		if ep, ok, _ = engine.Status(dir); ok {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if ep.PID == 0 {
		t.Fatal("no engine started")
	}
	cmd.Process.Kill()
	cmd.Wait()
	waitGone(t, ep.PID)
}

func TestHoldEngine(t *testing.T) {
	dir := os.Getenv("HOLD_ENGINE")
	if dir == "" {
		return // only meaningful as the child of TestEngineEndsWithItsParent
	}
	if _, err := engine.Attach(context.Background(), engine.Options{DataDir: dir, MaxMemory: 1 << 30}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Minute)
}

// TestFolderIsRemoved takes the data folder away under a running engine.
func TestFolderIsRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	e, err := engine.Attach(context.Background(), engine.Options{DataDir: dir, MaxMemory: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	pid := e.Endpoint().PID
	if err := os.RemoveAll(filepath.Join(dir, "run")); err != nil {
		t.Fatal(err)
	}
	e.Release()
	waitGone(t, pid)
}

// Definitions of tables that a full disk has cut are taken away: the engine would not start because of them.
func TestCutDefinitions(t *testing.T) {
	dir := t.TempDir()
	e := attach(t, dir)
	mustQuery(t, e, "CREATE DATABASE d")
	mustQuery(t, e, "CREATE TABLE d.t (n UInt8) ENGINE = MergeTree ORDER BY n")
	mustQuery(t, e, "INSERT INTO d.t VALUES (7)")
	e.Release()
	stop(t, dir)
	whole, err := filepath.Glob(filepath.Join(dir, "clickhouse", "store", "*", "*", "t.sql"))
	if err != nil || len(whole) != 1 {
		t.Fatal(whole, err)
	}
	definition, err := os.ReadFile(whole[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"empty.sql": nil, "half.sql": definition[:len(definition)/2]} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(whole[0]), name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e = attach(t, dir)
	if got := mustQuery(t, e, "SELECT n FROM d.t"); got != "7" {
		t.Errorf("the whole table: %q", got)
	}
	e.Release()
	stop(t, dir)
	if kept, err := os.ReadFile(filepath.Join(dir, "run", "cut-"+filepath.Base(filepath.Dir(whole[0]))+"-half.sql")); err != nil || len(kept) != len(definition)/2 {
		t.Errorf("what was cut: %q, %v", kept, err)
	}
}

func TestMissingLibrary(t *testing.T) {
	_, err := engine.Attach(context.Background(), engine.Options{DataDir: t.TempDir(), Library: "/nonexistent/libchdb.so"})
	var missing *engine.ErrNoLibrary
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "ivre engine install") {
		t.Errorf("error without a library: %v", err)
	}
}

func TestBrokenLibrary(t *testing.T) {
	lib := filepath.Join(t.TempDir(), "libchdb.so")
	os.WriteFile(lib, []byte("not a library"), 0o644)
	_, err := engine.Attach(context.Background(), engine.Options{DataDir: t.TempDir(), Library: lib})
	if err == nil || !strings.Contains(err.Error(), "did not start") {
		t.Errorf("error with a broken library: %v", err)
	}
}
