package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"ivre/engine"
	"ivre/sql/store"
)

type engineCommand struct {
	Install engineInstall `cmd:"" help:"Fetch the engine's library with the npm client."`
	Status  engineStatus  `cmd:"" help:"Tell whether the engine runs, and how to connect to it."`
	Stop    engineStop    `cmd:"" help:"Stop the engine, whoever uses it."`
}

func (engineCommand) Help() string {
	return `The embedded engine is a real ClickHouse. It starts with the first command that needs it and ends with the last one; other commands use the one that runs. While it runs ('ivre httpd' keeps it up), any ClickHouse client can connect to it.

Examples:

  ivre engine install
  ivre engine status
  ivre engine stop`
}

type engineInstall struct {
	Dir string `placeholder:"DIR" help:"Folder to put it into (default: where ivre looks for it, ~/.local/share/ivre/engine-lib)."`
}

func (c *engineInstall) Run(e *env) error {
	ctx, stop := e.interruptible()
	defer stop()
	path, err := engine.Install(ctx, c.Dir, e.stderr)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, path)
	return err
}

type engineStatus struct {
	JSON bool `name:"json" short:"j" help:"Print one JSON object."`
}

func (engineStatus) Help() string {
	return `Prints the engine's process, its addresses and how to connect with other programs. The exit status is 1 if no engine runs.

The password is in the file that is shown, which only you can read.`
}

func (c *engineStatus) Run(e *env) error {
	dir, err := e.engineDir()
	if err != nil {
		return err
	}
	ep, running, err := engine.Status(dir)
	if err != nil {
		return fmt.Errorf("the engine's state in %s can't be read: %w", dir, err)
	}
	if !running {
		return fmt.Errorf("no engine runs on %s", dir)
	}
	if c.JSON {
		b, err := json.Marshal(ep)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(e.stdout, "%s\n", b)
		return err
	}
	_, err = fmt.Fprint(e.stdout, describeEndpoint(ep, dir))
	return err
}

func describeEndpoint(ep engine.Endpoint, dir string) string {
	file := shellQuote(ep.Password)
	rows := [][2]string{
		{"process", fmt.Sprint(ep.PID)},
		{"running since", ep.Started.Local().Format(time.DateTime)},
		{"data", dir},
		{"library", ep.Library},
		{"native protocol", fmt.Sprintf("127.0.0.1:%d", ep.TCPPort)},
		{"HTTP", fmt.Sprintf("http://127.0.0.1:%d/", ep.HTTPPort)},
		{"user", engine.User},
		{"password", "in " + ep.Password},
		{"database", store.DefaultDatabase},
	}
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%-16s%s\n", r[0], r[1])
	}
	fmt.Fprintf(&b, "\nTo connect (the password stays out of the list of processes):\n\n")
	fmt.Fprintf(&b, "  CLICKHOUSE_PASSWORD=\"$(cat %s)\" clickhouse-client --host 127.0.0.1 --port %d --user %s --database %s\n\n",
		file, ep.TCPPort, engine.User, store.DefaultDatabase)
	fmt.Fprintf(&b, "  curl 'http://127.0.0.1:%d/?database=%s' -H 'X-ClickHouse-User: %s' \\\n    -H @<(printf 'X-ClickHouse-Key: %%s' \"$(cat %s)\") --data-binary 'SELECT count() FROM flows'\n",
		ep.HTTPPort, store.DefaultDatabase, engine.User, file)
	return b.String()
}

// shellQuote writes a word for a POSIX shell.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

type engineStop struct{}

func (engineStop) Run(e *env) error {
	dir, err := e.engineDir()
	if err != nil {
		return err
	}
	ctx, stop := e.interruptible()
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	stopped, err := engine.Stop(ctx, dir)
	switch {
	case err != nil:
		return err
	case stopped:
		_, err = fmt.Fprintf(e.stdout, "stopped the engine of %s\n", dir)
	default:
		_, err = fmt.Fprintf(e.stdout, "no engine runs on %s\n", dir)
	}
	return err
}

// engineDir is the folder of the embedded engine that flags and configuration name.
func (e *env) engineDir() (string, error) {
	c, err := e.config()
	if err != nil {
		return "", err
	}
	return engineDir(c)
}
