package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ivre/sql/store/storetest"
)

// terminal is the other side of a terminal that a command runs on.
type terminal struct {
	t      *testing.T
	master *os.File

	mu   sync.Mutex
	seen strings.Builder // not yet expected
}

// startOnTerminal starts a command on a new pseudo terminal.
func startOnTerminal(t *testing.T, cmd *exec.Cmd) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo terminals here:", err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 200}); err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	term := &terminal{t: t, master: master}
	go term.read()
	return term
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]")

func (c *terminal) read() {
	b := make([]byte, 4096)
	for {
		n, err := c.master.Read(b)
		c.mu.Lock()
		c.seen.Write(b[:n])
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// expect waits until the command printed a text, after what was expected before.
func (c *terminal) expect(want string) {
	c.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		c.mu.Lock()
		text := escapes.ReplaceAllString(c.seen.String(), "")
		_, rest, ok := strings.Cut(text, want)
		if ok {
			c.seen.Reset()
			c.seen.WriteString(rest)
		}
		c.mu.Unlock()
		if ok {
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t.Fatalf("%q did not appear; the terminal shows %q", want, c.seen.String())
}

func (c *terminal) send(keys string) {
	c.t.Helper()
	if _, err := c.master.WriteString(keys); err != nil {
		c.t.Fatal(err)
	}
}

func TestPrompt(t *testing.T) {
	s := storetest.New(t)
	home := t.TempDir()
	cmd := program(t, "sql", serverFlag(s), "--data-dir", home)
	term := startOnTerminal(t, cmd)
	term.expect("read-only; --write allows changes")
	term.expect("ivre> ")
	term.send("SELECT 40 +\r")
	term.expect("   -> ")
	term.send("2;\r")
	term.expect("42")
	term.expect("ivre> ")
	term.send("SELECT 'a\r")
	term.expect("'> ")
	term.send("\x03") // Ctrl-C gives up the statement
	term.expect("ivre> ")
	term.send("SELECT nosuch;\r")
	term.expect("UNKNOWN_IDENTIFIER")
	term.expect("ivre> ")
	const slow = "SELECT count() FROM numbers(100000000000) WHERE NOT ignore(sipHash64(number))"
	term.send(slow + ";\r")
	awaitQuery(t, s, slow)
	term.send("\x03") // and cancels a running one
	term.expect("Cancelled.")
	term.expect("ivre> ")
	noQueryLeft(t, s, slow)
	term.send("DESCRIBE flow_meta\t_e\t\r")
	term.expect("   -> ")
	term.send(";\r")
	term.expect("counters.key")
	term.send("help\r")
	term.expect("Ctrl-R")
	term.send("exit\r")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	history, err := os.ReadFile(home + "/sql_history")
	if err != nil {
		t.Fatal(err)
	}
	if want := "SELECT 40 + 2;\nSELECT nosuch;\n" + slow + ";\nDESCRIBE flow_metadata_events;\n"; string(history) != want {
		t.Errorf("history %q, want %q", history, want)
	}
	if st, _ := os.Stat(home + "/sql_history"); st.Mode().Perm() != 0o600 {
		t.Errorf("the history has mode %v", st.Mode())
	}
}

func TestFlowcliInit(t *testing.T) {
	_, db := datasetD(t)
	got := run(t, "flowcli", db, "--ensure-indexes")
	if got.code != 0 || !strings.Contains(got.out, "up to date") {
		t.Errorf("--ensure-indexes: %+v", got)
	}
	for _, c := range []struct {
		keys, left string
		code       int
	}{
		{"n\r", "3 flows", 255}, {"\r", "3 flows", 255}, {"yes\r", "3 flows", 255}, {"y\r", "0 flows", 0},
	} {
		cmd := program(t, "flowcli", db, "--init")
		term := startOnTerminal(t, cmd)
		term.expect("This will remove any flow result in your database. Process ? [y/N] ")
		term.send(c.keys)
		cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != c.code {
			t.Errorf("%q: exit status %d", c.keys, code)
		}
		if got := run(t, "flowcli", db, "--count"); !strings.Contains(got.out, c.left) {
			t.Errorf("after %q: %s", c.keys, got.out)
		}
	}
}
