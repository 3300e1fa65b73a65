package cli_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"ivre/engine"
)

// startHTTPD starts the server on a free port and returns the address that it says to open.
func startHTTPD(t *testing.T, args ...string) (address string, stop func(os.Signal) int) {
	t.Helper()
	cmd := program(t, append([]string{"httpd", "-p", "0"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	link := regexp.MustCompile(`http://\S+/`)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address = link.FindString(lines.Text()); address != "" {
			break
		}
	}
	if address == "" {
		t.Fatal("it named no address")
	}
	return address, func(s os.Signal) int {
		cmd.Process.Signal(s)
		io.Copy(io.Discard, out)
		cmd.Wait()
		return cmd.ProcessState.ExitCode()
	}
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Referer", address[:strings.Index(address[8:], "/")+9])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestHTTPD(t *testing.T) {
	_, db := datasetD(t)
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		address, stop := startHTTPD(t, db)
		if code, body := get(t, address+`cgi/flows?q={"count":true}`); code != 200 || body != "{\"clients\": 3, \"servers\": 3, \"flows\": 3}\n" {
			t.Errorf("flows: %d %q", code, body)
		}
		if code, _ := get(t, address+"metrics"); code != 200 {
			t.Errorf("metrics: %d", code)
		}
		begun := time.Now()
		if code := stop(sig); code != 0 {
			t.Errorf("%v: exit status %d", sig, code)
		}
		if d := time.Since(begun); d > 5*time.Second {
			t.Errorf("%v: it took %v to end", sig, d)
		}
	}
}

func TestHTTPDStoresUploads(t *testing.T) {
	_, db := datasetD(t)
	config := filepath.Join(t.TempDir(), "ivre.conf")
	if err := os.WriteFile(config, []byte("WEB_UPLOAD_OK = True\nFLOW_TIME_PRECISION = 60\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address, stop := startHTTPD(t, db, "--config", config)
	const record = `{"records": [{"kind": "flow", "rec": {"src": "192.0.2.77", "dst": "198.51.100.5", "proto": "udp", "sport": 1024, "dport": 123, ` +
		`"start_time": 1767322800, "end_time": 1767322830, "cspkts": 1, "scpkts": 1, "csbytes": 76, "scbytes": 76}}]}`
	for path, c := range map[string]struct{ body, want string }{
		"cgi/flows": {record, `{"count": 1}`}, "cgi/flows/cleanup": {"", `{"status": "ok"}`},
	} {
		req, err := http.NewRequest(http.MethodPost, address+path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Referer", address)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 200 || strings.TrimSpace(string(b)) != c.want {
			t.Errorf("%s: %d %s", path, resp.StatusCode, b)
		}
	}
	expect(t, "the flow", run(t, "flowcli", db, "--src", "192.0.2.77", "--fields", "csbytes", "-T", "-s", ","),
		result{out: "192.0.2.77 ;,udp/123 ;76,198.51.100.5 ;,2026-01-02 03:00:00\n"})
	expect(t, "its slot", run(t, "flowcli", db, "--precision"), result{out: "60\n3600\n"})
	stop(os.Interrupt)
}

// TestHTTPDRestartsTheEngine kills the engine under the server.
func TestHTTPDRestartsTheEngine(t *testing.T) {
	dir := t.TempDir()
	address, stop := startHTTPD(t, "--data-dir", dir)
	ep, running, err := engine.Status(dir + "/db")
	if err != nil || !running {
		t.Fatalf("no engine runs: %v", err)
	}
	if err := syscall.Kill(ep.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		now, running, _ := engine.Status(dir + "/db")
		if running && now.PID != ep.PID {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the engine was not started again")
		}
	}
	if code, body := get(t, address+`cgi/flows?q={"count":true}`); code != 200 || !strings.Contains(body, `"flows": 0`) {
		t.Errorf("flows after the restart: %d %q", code, body)
	}
	if code := stop(os.Interrupt); code != 0 {
		t.Errorf("exit status %d", code)
	}
	run(t, "--data-dir", dir, "engine", "stop") // waits until it is gone
}

func TestHTTPDPortTaken(t *testing.T) {
	_, db := datasetD(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	expect(t, "a port that is taken", run(t, "httpd", db, "-p", port), result{code: 1, err: "-b and -p choose"})
	expect(t, "a bad port", run(t, "httpd", db, "-p", "70000"), result{code: 2, err: "--port"})
}
