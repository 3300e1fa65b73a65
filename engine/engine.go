package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options say which engine to use. DataDir is required.
type Options struct {
	DataDir   string
	Library   string        // path of the library; empty: searched, see FindLibrary
	MaxMemory uint64        // bytes; 0: 60 % of the machine's
	Wait      time.Duration // how long a start may take; 0: 60 s
	// ExtraConfig is XML put into the engine's configuration (remote_servers of a test cluster).
	ExtraConfig string
	// Command starts the child; nil: this program with ChildCommand. It is given the library and DataDir.
	Command []string
}

// Engine is a running engine that this process holds on to.
type Engine struct {
	opt      Options
	dirs     dirs
	password string

	mu       sync.Mutex
	clients  *lockFile // held shared while this process uses the engine
	endpoint Endpoint
}

// Attach connects to the engine of the data folder, starting it if none runs there.
// Errors: *ErrNoLibrary if it has to be started and is not installed.
func Attach(ctx context.Context, opt Options) (*Engine, error) {
	root, err := filepath.Abs(opt.DataDir)
	if err != nil {
		return nil, err
	}
	opt.DataDir = root
	if opt.Wait == 0 {
		opt.Wait = time.Minute
	}
	e := &Engine{opt: opt, dirs: dirs{root}}
	if err := e.dirs.create(); err != nil {
		return nil, err
	}
	if err := e.Ensure(ctx); err != nil {
		return nil, err
	}
	return e, nil
}

// Ensure starts the engine again if it died. It is cheap when the engine is alive.
func (e *Engine) Ensure(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.clients != nil && alive(e.endpoint.PID) {
		return nil
	}
	return withExclusive(e.dirs.startLock(), func() error { return e.ensureLocked(ctx) })
}

func (e *Engine) ensureLocked(ctx context.Context) error {
	if e.clients == nil {
		l, err := openLock(e.dirs.clientsLock())
		if err != nil {
			return err
		}
		// An engine that is shutting down holds this lock until it is gone.
		if err := l.shared(); err != nil {
			l.close()
			return err
		}
		e.clients = l
	}
	var err error
	if e.password, err = e.dirs.password(); err != nil {
		return fmt.Errorf("reading the engine's password: %w", err)
	}
	ep, err := readEndpoint(e.dirs)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return e.start(ctx)
	case err != nil: // a crash in the middle of the start
		err = e.markUnclean()
	case ep.Stopping:
		err = awaitEnd(ctx, ep.PID)
	case !alive(ep.PID):
		err = e.markUnclean()
	case listening(ep):
		e.endpoint = ep
		return nil
	default:
		return fmt.Errorf("the engine of %s (process %d) does not answer; stop it with 'ivre engine stop' or kill it", e.dirs.root, ep.PID)
	}
	if err != nil {
		return err
	}
	if err := os.Remove(e.dirs.endpointFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return e.start(ctx)
}

func (e *Engine) start(ctx context.Context) error {
	lib, err := FindLibrary(e.opt.Library)
	if err != nil {
		return err
	}
	if err := e.dirs.clearCutDefinitions(); err != nil {
		return fmt.Errorf("definitions of tables that were not written whole: %w", err)
	}
	if err := e.dirs.writeConfig(e.password, e.opt.MaxMemory, e.opt.ExtraConfig); err != nil {
		return fmt.Errorf("writing the engine's configuration: %w", err)
	}
	log, err := os.OpenFile(e.dirs.logFile(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	command := e.opt.Command
	if command == nil {
		exe, err := os.Executable()
		if err != nil {
			return err
		}
		command = []string{exe, ChildCommand}
	}
	cmd := exec.Command(command[0], append(append([]string{}, command[1:]...), lib, e.dirs.root)...)
	cmd.Stdout, cmd.Stderr = log, log
	// Its own session: Ctrl-C on the terminal is for ivre, which lets the engine end in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the engine: %w", err)
	}
	exited := make(chan error, 1)
	path := e.dirs.logFile()
	go func() {
		err := cmd.Wait()
		if err != nil { // a process that is killed cannot tell itself
			noteEnd(path, err)
		}
		exited <- err
	}()
	return e.awaitStart(ctx, cmd.Process.Pid, exited)
}

// noteEnd adds to the log how the engine's process ended.
func noteEnd(path string, end error) {
	log, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return // the folder is gone: nobody will read it
	}
	defer log.Close()
	fmt.Fprintf(log, "%s the engine's process ended: %v\n", time.Now().UTC().Format(time.RFC3339), end)
}

func (e *Engine) awaitStart(ctx context.Context, pid int, exited <-chan error) error {
	deadline := time.NewTimer(e.opt.Wait)
	defer deadline.Stop()
	for {
		ep, err := readEndpoint(e.dirs)
		if err == nil && ep.PID == pid && listening(ep) {
			e.endpoint = ep
			return nil
		}
		select {
		case <-exited:
			if free, ok := e.dirs.free(); ok && free < leastFree {
				return fmt.Errorf("the engine did not start: the disk of %s is full; make room and try again\n(its log, %s: %s)", e.opt.DataDir, e.dirs.logFile(), e.logTail())
			}
			return fmt.Errorf("the engine did not start: %s\n(its log: %s)", e.logTail(), e.dirs.logFile())
		case <-deadline.C:
			syscall.Kill(pid, syscall.SIGKILL)
			return fmt.Errorf("the engine did not listen within %v; its log: %s", e.opt.Wait, e.dirs.logFile())
		case <-ctx.Done():
			syscall.Kill(pid, syscall.SIGTERM)
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (e *Engine) logTail() string {
	f, err := os.Open(e.dirs.logFile())
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, 2000))
	text := strings.TrimSpace(string(b))
	if i := strings.Index(text, "Stack trace"); i > 0 {
		text = strings.TrimRight(text[:i], ", ")
	}
	if strings.Contains(text, "CANNOT_OPEN_FILE") || strings.Contains(text, "Cannot lock file") {
		text += " (another engine owns this folder: is an 'ivre' of another user running?)"
	}
	return text
}

// Endpoint tells where the engine listens now; it changes when the engine was restarted.
func (e *Engine) Endpoint() Endpoint {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.endpoint
}

// Password is the secret of User.
func (e *Engine) Password() string { return e.password }

// markUnclean leaves a note of a crash for whoever checks the tables next, in this process or another.
func (e *Engine) markUnclean() error {
	return os.WriteFile(e.dirs.uncleanFile(), nil, 0o600)
}

// Unclean tells whether an engine of this folder did not end in order (a crash, a power cut) and nobody
// has said Checked since.
func (e *Engine) Unclean() bool {
	_, err := os.Stat(e.dirs.uncleanFile())
	return err == nil
}

// Checked says that the tables were checked after a crash.
func (e *Engine) Checked() error {
	if err := os.Remove(e.dirs.uncleanFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Dial opens a connection to the engine's native port, starting it again first if it died.
func (e *Engine) Dial(ctx context.Context) (net.Conn, error) {
	if err := e.Ensure(ctx); err != nil {
		return nil, err
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", e.Endpoint().TCPPort))
}

// Supervise starts the engine again whenever it dies, until the context ends. report is told of each
// death and of starts that fail; restarted is called after each start that succeeds.
func (e *Engine) Supervise(ctx context.Context, report func(error), restarted func()) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if alive(e.Endpoint().PID) {
			continue
		}
		report(fmt.Errorf("the engine died; starting it again"))
		switch err := e.Ensure(ctx); {
		case err == nil:
			restarted()
		case ctx.Err() == nil:
			report(err)
		}
	}
}

// Release lets go of the engine, which ends if nobody else uses it. It does not wait for that.
func (e *Engine) Release() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.clients == nil {
		return nil
	}
	err := e.clients.close()
	e.clients = nil
	return err
}

// Status returns the endpoint of the engine that runs on a data folder; ok is false if none does.
func Status(dataDir string) (ep Endpoint, ok bool, err error) {
	root, err := filepath.Abs(dataDir)
	if err != nil {
		return Endpoint{}, false, err
	}
	ep, err = readEndpoint(dirs{root})
	if errors.Is(err, os.ErrNotExist) {
		return Endpoint{}, false, nil
	}
	return ep, err == nil && alive(ep.PID) && listening(ep), err
}

// Stop ends the engine of a data folder, whoever uses it, and waits until it is gone.
func Stop(ctx context.Context, dataDir string) (stopped bool, err error) {
	root, err := filepath.Abs(dataDir)
	if err != nil {
		return false, err
	}
	ep, err := readEndpoint(dirs{root})
	if err != nil || !alive(ep.PID) {
		return false, nil
	}
	if err := syscall.Kill(ep.PID, syscall.SIGTERM); err != nil {
		return false, err
	}
	return true, awaitEnd(ctx, ep.PID)
}

func awaitEnd(ctx context.Context, pid int) error {
	for alive(pid) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("the engine (process %d) is still ending: %w", pid, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// alive tells whether the process exists and is an engine; a recycled process number is not taken for one.
func alive(pid int) bool {
	if pid <= 0 || syscall.Kill(pid, 0) != nil {
		return false
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return true // no /proc on this system
	}
	return len(b) > 0 && strings.Contains(string(b), ChildCommand) // a zombie's is empty
}

func listening(ep Endpoint) bool {
	c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", ep.TCPPort), 5*time.Second)
	if err != nil {
		return false
	}
	c.Close()
	return true
}
