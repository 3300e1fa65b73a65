package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ebitengine/purego"
	"golang.org/x/sys/unix"
)

// ChildCommand is the hidden sub-command under which the program runs the engine.
const ChildCommand = "engine-child"

// Endpoint tells where a running engine listens (127.0.0.1 only).
type Endpoint struct {
	PID      int       `json:"pid"`
	TCPPort  int       `json:"tcp_port"`  // native protocol
	HTTPPort int       `json:"http_port"` // for curl, Grafana, DBeaver
	Password string    `json:"password_file"`
	Library  string    `json:"library"`
	Started  time.Time `json:"started"`
	// Stopping is set once the engine ends in order, with no insert under way.
	Stopping bool `json:"stopping,omitempty"`
}

const (
	// keepAlive is the statement that keeps the engine's session busy for its whole life; the child ends
	// it with KILL QUERY, upon which the engine shuts down in order. One row a fifth of a second bounds
	// how long that takes.
	keepAliveMark = "sleepEachRow(0.2)"
	keepAlive     = "SELECT count() FROM numbers(100000000000) WHERE NOT ignore(" + keepAliveMark + ") " +
		"SETTINGS max_block_size = 1, max_threads = 1, function_sleep_max_microseconds_per_block = 0, max_execution_time = 0, log_queries = 0 FORMAT Null"
)

// RunIfChild runs the engine and exits if the process was started for that. Programs and test binaries
// call it first in main.
func RunIfChild() {
	if len(os.Args) > 1 && os.Args[1] == ChildCommand {
		os.Exit(Child(os.Args[2:]))
	}
}

// Child runs the engine in this process until nobody holds the folder's lock any more, or SIGTERM or
// SIGINT arrives. Arguments: the library and the data folder. It returns the exit status.
func Child(args []string) int {
	if len(args) != 2 {
		fmt.Fprintln(os.Stderr, "this command is started by ivre itself")
		return 2
	}
	d := dirs{args[1]}
	if err := runChild(args[0], d); err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		return 1
	}
	return 0
}

func runChild(lib string, d dirs) error {
	if err := holdStdin(); err != nil {
		return err
	}
	// The library's threads write to sockets that clients may have closed; a SIGPIPE there would reach
	// Go's handler on a thread that Go does not know, which ends the process.
	signal.Ignore(syscall.SIGPIPE)
	cmdline, err := loadLibrary(lib)
	if err != nil {
		return err
	}
	password, err := d.password() // kept: the folder may be removed while the engine runs
	if err != nil {
		return err
	}
	os.Remove(d.portsFile())
	ended := make(chan struct{})
	listens := make(chan Endpoint, 1)
	go announce(lib, d, ended, listens)
	go endWithClients(d, password, ended, listens)
	query := "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; SELECT getServerPort('tcp_port'), getServerPort('http_port') INTO OUTFILE '" +
		strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(d.portsFile()) + "' FORMAT TSV; " + keepAlive
	msg := cmdline([]string{"clickhouse", "--config-file", d.configFile(), "--path", d.data(), "--query", query})
	select {
	case <-ended: // the error is that of the statement we killed
	default:
		if msg == "" {
			msg = "it ended by itself"
		}
		return fmt.Errorf("%s", msg)
	}
	// Only an orderly end removes the endpoint: one that is left behind tells the next start to check
	// the tables, unless it says that nothing was under way.
	if err := os.Remove(d.endpointFile()); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// holdStdin gives the engine a standard input that stays open: with a closed one or a file it would
// try to read a table from it.
func holdStdin() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	if err := unix.Dup2(int(r.Fd()), 0); err != nil {
		return err
	}
	// A descriptor of its own, which no finalizer closes.
	if _, err := unix.Dup(int(w.Fd())); err != nil {
		return err
	}
	return errors.Join(r.Close(), w.Close())
}

// loadLibrary returns the engine's entry point: it takes a command line and returns an error text.
func loadLibrary(path string) (func(argv []string) string, error) {
	lib, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("loading the engine's library: %w", err)
	}
	if _, err := purego.Dlsym(lib, "chdb_query_cmdline"); err != nil {
		return nil, fmt.Errorf("%s is not the library that this program needs: %w", path, err)
	}
	var run func(argc int, argv unsafe.Pointer) unsafe.Pointer
	var failure func(result unsafe.Pointer) string
	purego.RegisterLibFunc(&run, lib, "chdb_query_cmdline")
	purego.RegisterLibFunc(&failure, lib, "chdb_result_error")
	return func(argv []string) string {
		ptrs := make([]*byte, len(argv)+1)
		for i, a := range argv {
			ptrs[i] = unsafe.SliceData(append([]byte(a), 0))
		}
		result := run(len(argv), unsafe.Pointer(&ptrs[0]))
		runtime.KeepAlive(ptrs)
		if result == nil {
			return ""
		}
		return failure(result)
	}, nil
}

// announce writes the endpoint file as soon as the engine listens.
func announce(lib string, d dirs, ended <-chan struct{}, listens chan<- Endpoint) {
	for {
		select {
		case <-ended:
			return
		case <-time.After(5 * time.Millisecond):
		}
		b, err := os.ReadFile(d.portsFile())
		if err != nil || !strings.HasSuffix(string(b), "\n") {
			continue
		}
		f := strings.Fields(string(b))
		if len(f) != 2 {
			continue
		}
		tcp, err1 := strconv.Atoi(f[0])
		http, err2 := strconv.Atoi(f[1])
		if err1 != nil || err2 != nil {
			continue
		}
		e := Endpoint{PID: os.Getpid(), TCPPort: tcp, HTTPPort: http, Password: d.passwordFile(), Library: lib, Started: time.Now().UTC()}
		if err := writeEndpoint(d, e); err != nil {
			fmt.Fprintln(os.Stderr, "engine: writing the endpoint file:", err)
			os.Exit(1)
		}
		listens <- e
		return
	}
}

func writeEndpoint(d dirs, e Endpoint) error {
	b, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	tmp := d.endpointFile() + ".new"
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, d.endpointFile())
}

func readEndpoint(d dirs) (Endpoint, error) {
	var e Endpoint
	b, err := os.ReadFile(d.endpointFile())
	if err != nil {
		return e, err
	}
	return e, json.Unmarshal(b, &e)
}

// logLine writes to the engine's log.
func logLine(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().UTC().Format(time.RFC3339)+" engine: "+format+"\n", args...)
}

// endWithClients ends the engine when the last client is gone or a signal asks for it.
func endWithClients(d dirs, password string, ended chan struct{}, listens <-chan Endpoint) {
	done := make(chan error, 1)
	go func() {
		// The process that starts the engine holds the shared lock before this one asks for it.
		l, err := openLock(d.clientsLock())
		if err == nil {
			err = l.exclusive() // kept until the process ends: new clients wait for that
		}
		done <- err
	}()
	sig := make(chan os.Signal, 1)
	signal.Notify(sig, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	select {
	case s := <-sig:
		logLine("ending: %v", s)
	case err := <-done:
		if err != nil {
			logLine("watching for clients: %v", err)
		} else {
			logLine("ending: the last client is gone")
		}
	}
	e := <-listens // an end during the start waits for it
	close(ended)
	for range 10 {
		err := shutDown(d, e, password)
		time.Sleep(3 * time.Second) // the process ends meanwhile
		if err != nil {
			fmt.Fprintln(os.Stderr, "engine: stopping:", err)
		}
	}
	fmt.Fprintln(os.Stderr, "engine: it does not stop in order; it is ended now")
	os.Exit(1)
}

// shutDown makes the engine leave its main loop. The engine may then end the process by itself when
// connections are still open, so what the next start must know is written before.
func shutDown(d dirs, e Endpoint, password string) error {
	conn, err := clickhouse.Open(&clickhouse.Options{
		Addr: []string{fmt.Sprintf("127.0.0.1:%d", e.TCPPort)},
		Auth: clickhouse.Auth{Username: User, Password: password},
	})
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var inserts uint64
	if err := conn.QueryRow(ctx, "SELECT count() FROM system.processes WHERE query_kind = 'Insert'").Scan(&inserts); err != nil {
		return err
	}
	if inserts == 0 {
		e.Stopping = true
		if err := writeEndpoint(d, e); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return conn.Exec(ctx, "KILL QUERY WHERE user = '' AND query LIKE '%"+keepAliveMark+"%' ASYNC")
}
