package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"ivre/config"
	"ivre/engine"
	"ivre/sql/store"
)

// globals are the flags that every command takes. They override the configuration.
type globals struct {
	DB        string   `name:"db" placeholder:"URL" group:"global" help:"Use a ClickHouse server, not the embedded engine: clickhouse://USER:PASSWORD@HOST:9000/DATABASE, with ?cluster=NAME, ?secure=true, ?http_port=N as needed. Also IVRE_DB, which others on the machine can't see."`
	DataDir   string   `placeholder:"DIR" group:"global" help:"Folder of the embedded engine's data (default: ~/.local/share/ivre). Also IVRE_DATA_DIR."`
	EngineLib string   `placeholder:"FILE" group:"global" help:"Library of the embedded engine, if it is not where 'ivre engine install' puts it. Also IVRE_ENGINE_LIB."`
	Config    string   `placeholder:"FILE" group:"global" help:"Read this configuration file too, last. Also IVRE_CONF."`
	Verbose   bool     `short:"v" aliases:"debug" group:"global" help:"Say more about what is done, on standard error."`
	Help      helpFlag `short:"h" group:"global" help:"Show help about ivre or the command, and do nothing else."`
}

// errHelpShown ends the parsing after --help.
var errHelpShown = errors.New("help was shown")

type helpFlag bool

// BeforeReset runs before anything else is checked, so that --help works on incomplete lines.
func (helpFlag) BeforeReset(ctx *kong.Context) error {
	if command := ctx.Selected(); command != nil { // whose own flags are to come first
		command.Flags = append(command.Flags, ctx.Model.Flags...)
		ctx.Model.Flags = nil
	}
	if err := ctx.PrintUsage(false); err != nil {
		return err
	}
	return errHelpShown
}

// env is what a command runs in.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	flags          *globals
	parser         *kong.Kong
	log            *slog.Logger
	signals        context.Context // of interruptible
	settings       *config.Config  // of config, once loaded
	filterFlags    []givenFlag     // of takeFilterFlags
	addressFiles                   // of addressData
	resolve        resolver        // nil: the system's
}

func (e *env) setUpLog() {
	e.log = slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: e.logLevel(slog.LevelWarn)}))
}

// logLevel is the level of messages to show: usual, or all with --verbose.
func (e *env) logLevel(usual slog.Level) slog.Level {
	if e.flags.Verbose {
		return slog.LevelDebug
	}
	return usual
}

// config returns the settings: the configuration with the flags of the command line put over it.
func (e *env) config() (*config.Config, error) {
	if e.settings != nil {
		return e.settings, nil
	}
	c, err := config.Load(config.Options{File: e.flags.Config})
	if err != nil {
		return nil, err
	}
	if e.flags.DB != "" {
		c.DB = e.flags.DB
	}
	if e.flags.DataDir != "" {
		c.DataDir = e.flags.DataDir
	}
	if e.flags.EngineLib != "" {
		c.EngineLib = e.flags.EngineLib
	}
	if c.Debug && !e.flags.Verbose {
		e.flags.Verbose = true
		e.setUpLog()
	}
	e.warnAbout(c.Warnings)
	e.settings = c
	return c, nil
}

// warnAbout shows what of the configuration is not used. Configurations made for IVRE have many such
// parts, so that only the first is shown unless the user wants to see more.
func (e *env) warnAbout(warnings []config.Warning) {
	for i, w := range warnings {
		if i > 0 && !e.flags.Verbose {
			fmt.Fprintf(e.stderr, "ivre: warning: %d more such parts of the configuration; -v shows them\n", len(warnings)-i)
			return
		}
		fmt.Fprintln(e.stderr, "ivre: warning:", w)
	}
}

// engineDir is the folder of the embedded engine.
func engineDir(c *config.Config) (string, error) {
	if c.DataDir == "" {
		return "", errors.New("there is no home folder to keep the data in: name a folder with --data-dir or IVRE_DATA_DIR")
	}
	return filepath.Join(c.DataDir, "db"), nil
}

// openStore opens the database that flags and configuration name. With migrate, a missing database is
// made and missing steps of the schema are applied. The caller closes it.
func (e *env) openStore(ctx context.Context, migrate bool, adjust ...func(*store.Options)) (*store.Store, error) {
	c, err := e.config()
	if err != nil {
		return nil, err
	}
	opt := store.Options{URL: c.DB, NoMigrate: !migrate}
	if c.DB == "" {
		dir, err := engineDir(c)
		if err != nil {
			return nil, err
		}
		opt.Engine = engine.Options{DataDir: dir, Library: c.EngineLib}
	}
	for _, a := range adjust {
		a(&opt)
	}
	return store.Open(ctx, opt)
}

// terminal returns the file descriptor of a stream if a person sits at it.
func terminal(stream any) (fd int, ok bool) {
	f, isFile := stream.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	return int(f.Fd()), true
}

// confirm asks before something that can't be undone. Only a person is asked: a script is taken to mean
// what it says. The question goes to standard output without an end of line; anything but y is a no,
// for which the error is an exit status of 255 without a message.
func (e *env) confirm(question string, also bool) error {
	if _, ok := terminal(e.stdin); !ok {
		return nil
	}
	fmt.Fprint(e.stdout, question)
	answer := make([]byte, 0, 16)
	for b := make([]byte, 1); len(answer) < 1024; {
		n, err := e.stdin.Read(b)
		if n == 0 && err == nil {
			continue
		}
		if n == 0 || b[0] == '\n' {
			break
		}
		answer = append(answer, b[0])
	}
	if a := string(answer); a == "y" || a == "Y" || a == "yes" && also {
		return nil
	}
	return &exitStatus{code: 255}
}
