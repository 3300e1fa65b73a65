package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/alecthomas/kong"
)

// commandLine is the grammar of the command line; see Help of each command for its examples.
type commandLine struct {
	globals

	Flow2db   flow2dbCommand         `cmd:"" name:"flow2db" help:"Load NetFlow and Argus captures and iptables logs."`
	Scan2db   scan2dbCommand         `cmd:"" name:"scan2db" aliases:"nmap2db" help:"Load results of active scans: Nmap, Masscan, IVRE JSON."`
	Scancli   scancliCommand         `cmd:"" help:"Show scan results: hosts, counts, top values, URLs."`
	DB2View   db2viewCommand         `cmd:"" name:"db2view" help:"Make the view: one record per address, of all scans and passive records."`
	View      viewCommand            `cmd:"" help:"Show the view: hosts, counts, top values, URLs."`
	Ipdata    ipdataCommand          `cmd:"" help:"Tell what is known of addresses: country, place, autonomous system."`
	Webdata   getwebdataCommand      `cmd:"" name:"getwebdata" help:"Fetch the lists that tags of addresses are made from."`
	Iprange   iprangeCommand         `cmd:"" help:"List the addresses of countries, autonomous systems, networks."`
	Ipcalc    ipcalcCommand          `cmd:"" help:"Convert between networks, ranges, addresses and numbers."`
	RIRLook   rirlookupCommand       `cmd:"" name:"rirlookup" help:"Look addresses up in the databases of the registries."`
	Ipinfo    ipinfoCommand          `cmd:"" help:"Show what sensors saw of addresses (passive records)."`
	Iphost    iphostCommand          `cmd:"" aliases:"ipinfohost" help:"Look up names and addresses in passive DNS and scans."`
	Macinfo   macinfoCommand         `cmd:"" help:"Look up MAC addresses that sensors saw."`
	Top       topCommand             `cmd:"" help:"Most frequent values of a field: ivre top service."`
	Recon2db  passiverecon2dbCommand `cmd:"" name:"passiverecon2db" help:"Load what Zeek saw of clients and servers (passive records)."`
	P0f2db    p0f2dbCommand          `cmd:"" name:"p0f2db" help:"Load logs of p0f: operating systems (passive records)."`
	Weblog2db weblog2dbCommand       `cmd:"" name:"weblog2db" help:"Load access logs of web servers (passive records)."`
	Airodump  airodump2dbCommand     `cmd:"" name:"airodump2db" help:"Load what airodump-ng saw of wireless networks (passive records)."`
	Arp2db    arp2dbCommand          `cmd:"" name:"arp2db" help:"Load ARP packets of captures (flows)."`
	Zeek2db   zeek2dbCommand         `cmd:"" name:"zeek2db" help:"Load Zeek logs."`
	Flowcli   flowcliCommand         `cmd:"" help:"Ask about flows: list, count, top values, time of day."`
	Httpd     httpdCommand           `cmd:"" help:"Serve the web interface and its API."`
	SQL       sqlCommand             `cmd:"" name:"sql" help:"Run SQL, or open a prompt for it."`
	DB        dbCommand              `cmd:"" name:"db" help:"Look after the database: schema, checks."`
	Engine    engineCommand          `cmd:"" help:"Install, inspect and stop the embedded ClickHouse engine."`
	Help      helpCommand            `cmd:"" help:"Show how to use ivre, or one of its commands."`
	Bench     benchCommand           `cmd:"" help:"Time questions about the view."`
	Version   versionCommand         `cmd:"" help:"Print the version."`
}

const description = `ivre records what is on networks and who talks to whom, in ClickHouse.

Data is kept by an embedded ClickHouse engine in a folder of yours, or on a ClickHouse server (--db).`

// Main runs a command line (without the program's name) and returns the exit status.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	e := &env{stdin: stdin, stdout: stdout, stderr: stderr}
	return e.report(e.run(args))
}

func (e *env) run(args []string) error {
	var line commandLine
	parser, err := kong.New(&line,
		kong.Name("ivre"), kong.Description(description), kong.NoDefaultHelp(),
		kong.ExplicitGroups(slices.Concat(flowcliGroups, []kong.Group{{Key: "global", Title: "Flags of every command:"}})),
		kong.Writers(e.stdout, e.stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, FlagsLast: true, WrapUpperBound: 110}),
	)
	if err != nil {
		return fmt.Errorf("the command line's grammar: %w", err)
	}
	e.flags, e.parser = &line.globals, parser
	for _, f := range parser.Model.Flags {
		if f.Name == "help" {
			parser.Model.HelpFlag = f // the help names it
		}
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	if args, err = e.takeFilterFlags(args, parser); err != nil {
		return err
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		return usage(err)
	}
	e.setUpLog()
	return ctx.Run(e)
}

// usage tells errors of the command line from the end that --help is.
func usage(err error) error {
	if errors.Is(err, errHelpShown) {
		return errHelpShown
	}
	u := &usageError{err: err}
	var p *kong.ParseError
	if errors.As(err, &p) && p.Context != nil {
		for _, step := range p.Context.Path {
			if step.Command != nil {
				u.command += " " + step.Command.Name
			}
		}
	}
	return u
}

// usageError is a command line that can't be understood.
type usageError struct {
	err     error
	command string // " db check", as far as it was understood
}

func (u *usageError) Error() string {
	return fmt.Sprintf("%v\nRun 'ivre%s --help' to see what it takes.", u.err, u.command)
}

// exitStatus ends the program with a status of its own; without an error there is no message.
type exitStatus struct {
	code int
	err  error
}

func (x *exitStatus) Error() string {
	if x.err == nil {
		return ""
	}
	return x.err.Error()
}

func (x *exitStatus) Unwrap() error { return x.err }

// report tells the user about an error and returns the exit status that stands for it.
func (e *env) report(err error) int {
	var status *exitStatus
	var bad *usageError
	sig, interrupted := e.interruptedBy()
	code, msg := 1, ""
	switch {
	case err == nil, errors.Is(err, errHelpShown):
		return 0
	case interrupted:
		code, msg = 128+int(sig), "interrupted"
	case errors.As(err, &status):
		code, msg = status.code, status.Error()
	case errors.As(err, &bad):
		code, msg = 2, bad.Error()
	default:
		msg = err.Error() + advice(err)
	}
	if msg != "" {
		fmt.Fprintln(e.stderr, "ivre: "+strings.TrimRight(msg, "\n"))
	}
	return code
}

// notEnoughSpace is what the database answers when there is no room left on its disk.
const notEnoughSpace = 243

// advice tells what to do about an error of the database that says too little; it is empty for others.
func advice(err error) string {
	var x *clickhouse.Exception
	if errors.As(err, &x) && x.Code == notEnoughSpace {
		return "\nThe disk of the database is full. What is stored is intact; make room and run the command again."
	}
	return ""
}
