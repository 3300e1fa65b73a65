package measure

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"ivre/engine"
	"ivre/sql/store"
)

// File makes a file, unless it is there from an earlier run, and returns its size in bytes.
func File(path string, write func(io.Writer) error) (int64, error) {
	if _, err := os.Stat(path); err != nil {
		if err := makeFile(path, write); err != nil {
			return 0, err
		}
	}
	st, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}

func makeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync() // else the system writes it to the disk while a load is measured
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// Database is a database on an engine of its own, which this process keeps running. Close must be called.
type Database struct {
	*store.Store
	ivre, dir string
	ctx       context.Context
}

// Fresh gives an empty database in a new folder of out, for a program.
func Fresh(ctx context.Context, ivre, out, name string) (*Database, error) {
	ivre, err := filepath.Abs(ivre)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(out, name+"-db-")
	if err != nil {
		return nil, err
	}
	d := &Database{ivre: ivre, dir: dir, ctx: ctx}
	d.Store, err = store.Open(ctx, store.Options{Engine: engine.Options{DataDir: d.engineDir(), Command: []string{ivre, engine.ChildCommand}}})
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return d, nil
}

func (d *Database) engineDir() string { return filepath.Join(d.dir, "db") }

// Close ends the engine and removes the database.
func (d *Database) Close() {
	d.Store.Close()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.ctx), 30*time.Second)
	defer cancel()
	if _, err := engine.Stop(ctx, d.engineDir()); err != nil {
		log.Print(err)
	}
	if err := os.RemoveAll(d.dir); err != nil {
		log.Print(err)
	}
}

// Number is what a statement returns.
func (d *Database) Number(sql string) (n uint64, err error) {
	err = d.QueryRow(d.ctx, store.Statement{SQL: sql}).Scan(&n)
	return n, err
}

// Cost is that of a command.
type Cost struct {
	Took time.Duration
	// Memory and Engine are the most that the command and the engine had in memory, in bytes; 0 if that is unknown.
	Memory, Engine int64
	// Said is what the command wrote to its standard error.
	Said string
}

// String is time and memory.
func (c Cost) String() string {
	s := fmt.Sprintf("%.2f s, %d MB resident", c.Took.Seconds(), c.Memory>>20)
	if c.Engine > 0 {
		s += fmt.Sprintf(" (engine %d MB)", c.Engine>>20)
	}
	return s
}

// Rate is how many of n a second there were.
func (c Cost) Rate(n float64) float64 { return n / c.Took.Seconds() }

// Run runs the program with a command on the database.
func (d *Database) Run(args ...string) (Cost, error) {
	pid := 0
	if ep, ok, err := engine.Status(d.engineDir()); err == nil && ok {
		pid = ep.PID
		// proc(5): the largest size so far is forgotten. Where that is not possible, Engine is that since its start.
		_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5\n"), 0)
	}
	cmd := exec.CommandContext(d.ctx, d.ivre, append([]string{"--data-dir", d.dir}, args...)...)
	var said bytes.Buffer
	cmd.Stderr = &said
	start := time.Now()
	err := cmd.Run()
	c := Cost{Took: time.Since(start), Engine: largest(pid), Said: said.String()}
	if err != nil {
		return c, fmt.Errorf("ivre %s: %w\n%s", strings.Join(args, " "), err, c.Said)
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		c.Memory = usage.Maxrss << 10
	}
	return c, nil
}

// largest is the most memory that a process had, in bytes; 0 if that is unknown.
func largest(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	size, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.ParseInt(size, 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}

// serve starts the web server on a free port and waits until it answers.
func (d *Database) serve() (stop func(), address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	cmd := exec.CommandContext(d.ctx, d.ivre, "--data-dir", d.dir, "httpd", "--port", strconv.Itoa(port))
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	stop = func() {
		if err := cmd.Process.Signal(os.Interrupt); err == nil {
			_ = cmd.Wait() // its exit status is that of the signal
		}
	}
	address = fmt.Sprintf("http://127.0.0.1:%d", port)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if resp, err := http.Get(address + "/cgi/config"); err == nil {
			resp.Body.Close()
			return stop, address, nil
		}
	}
	stop()
	return nil, "", fmt.Errorf("the server does not answer at %s", address)
}
