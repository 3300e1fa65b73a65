package cli

import (
	"context"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"ivre/ingest/airodump"
	"ivre/ingest/arp"
	"ivre/ingest/flow"
	"ivre/ingest/input"
	"ivre/ingest/p0f"
	"ivre/ingest/passive"
	"ivre/ingest/passiverecon"
	"ivre/ingest/weblog"
	"ivre/ingest/zeekscript"
)

type passiverecon2dbCommand struct {
	passiveImport
	WriteScripts string `placeholder:"DIR" help:"Load nothing; write the Zeek package that makes the log into this folder."`
}

// Help is shown by --help.
func (*passiverecon2dbCommand) Help() string {
	return `Loads the passiverecon log of Zeek (TSV or JSON): what the package of that name saw of clients and servers.
It may be the end of a pipe: what comes is stored within seconds, and it goes on until its input ends, also after
Ctrl-C.

Examples:
  ivre passiverecon2db --write-scripts ~/zeek
  zeek -b -C -i eth0 ~/zeek/passiverecon/scripts/standalone.zeek | ivre passiverecon2db -s office
  ivre passiverecon2db -s office logs/passiverecon.*.log.gz
  ivre passiverecon2db -t passiverecon.log | head`
}

// Run loads the logs.
func (c *passiverecon2dbCommand) Run(e *env) error {
	if c.WriteScripts != "" {
		path, err := zeekscript.Write(c.WriteScripts)
		if err == nil {
			fmt.Fprintln(e.stdout, path)
		}
		return err
	}
	// It is the end of a pipe: what Zeek has still to say when the user ends both is not lost.
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM)
	c.toTheEnd = true
	return c.run(e, "passiverecon", func(ctx context.Context, in io.Reader, bad func(uint64, error), add func(*passive.Record) error) error {
		_, err := passiverecon.Read(ctx, in, passiverecon.Options{Bad: bad}, add)
		return err
	})
}

type p0f2dbCommand struct{ passiveImport }

// Help is shown by --help.
func (*p0f2dbCommand) Help() string {
	return `Loads logs of p0f (version 3): operating systems by their SYN and SYN+ACK packets.

Examples:
  ivre p0f2db -s office p0f.log
  p0f -i eth0 -o /dev/stdout | ivre p0f2db -s office`
}

// Run loads the logs.
func (c *p0f2dbCommand) Run(e *env) error {
	return c.run(e, "p0f", func(ctx context.Context, in io.Reader, bad func(uint64, error), add func(*passive.Record) error) error {
		_, err := p0f.Read(ctx, in, p0f.Options{Bad: numbered(bad)}, add)
		return err
	})
}

// numbered adapts a function for bad lines to readers that count them as int.
func numbered(bad func(uint64, error)) func(int, error) {
	return func(line int, err error) { bad(uint64(line), err) }
}

type weblog2dbCommand struct{ passiveImport }

// Help is shown by --help.
func (*weblog2dbCommand) Help() string {
	return `Loads access logs of web servers in the combined format, also with X-Forwarded-For at the end of the lines: user
agents of clients.

Examples:
  ivre weblog2db -s www /var/log/apache2/access.log*`
}

// Run loads the logs.
func (c *weblog2dbCommand) Run(e *env) error {
	return c.run(e, "weblog", func(ctx context.Context, in io.Reader, bad func(uint64, error), add func(*passive.Record) error) error {
		_, err := weblog.Read(ctx, in, weblog.Options{Bad: numbered(bad)}, add)
		return err
	})
}

type airodump2dbCommand struct{ passiveImport }

// Help is shown by --help.
func (*airodump2dbCommand) Help() string {
	return `Loads the CSV files of airodump-ng: wireless access points and stations.

Examples:
  ivre airodump2db -s rooftop dump-01.csv`
}

// Run loads the files.
func (c *airodump2dbCommand) Run(e *env) error {
	return c.run(e, "airodump", func(ctx context.Context, in io.Reader, bad func(uint64, error), add func(*passive.Record) error) error {
		_, err := airodump.Read(ctx, in, airodump.Options{Bad: numbered(bad)}, add)
		return err
	})
}

type arp2dbCommand struct {
	Files     []string `arg:"" name:"file" help:"Captures (pcap, pcapng), compressed or not."`
	NoCleanup bool     `short:"C" hidden:"" help:"Without effect."`
}

// Help is shown by --help.
func (*arp2dbCommand) Help() string {
	return `Loads the ARP packets of captures into the flow graph: who asked for whom, and who answered.

Examples:
  ivre arp2db capture.pcap`
}

// Run loads the captures.
func (c *arp2dbCommand) Run(e *env) error {
	settings, err := e.config()
	if err != nil {
		return err
	}
	read := func(ctx context.Context, f *input.File, sink flow.Sink) (string, error) {
		_, err := arp.Read(ctx, f, arp.Options{NoMetadata: !settings.FlowStoreMetadata}, sink)
		return "arp", err
	}
	return e.loadFlows(input.Files(c.Files, false), sizes(c.Files), func() bool { return false }, read)
}
