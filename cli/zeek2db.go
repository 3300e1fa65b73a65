package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"ivre/ingest/flow"
	"ivre/ingest/input"
	"ivre/ingest/zeekflow"
)

type zeek2dbCommand struct {
	Files     []string `arg:"" optional:"" name:"file" help:"Zeek logs, TSV or JSON, compressed or not. Without files one log is read from standard input."`
	NoCleanup bool     `short:"C" help:"Do not turn round flows whose client and server look swapped, once everything is loaded."`
	Recursive bool     `short:"r" help:"FILE may be a folder: all files below it are read."`
	Duration  bool     `help:"Let a connection of conn.log last from ts to ts + duration. By default it occupies its start only, as it always did."`
}

// Help is shown by --help.
func (*zeek2dbCommand) Help() string {
	return `Loads Zeek's logs into the flow graph: conn.log counts traffic; http, dns, ssl, ssh, rdp, sip, snmp,
modbus and arp logs add what the protocols said (meta.http.host, meta.dns.query, ...). Other logs are left
out with a message. A log is known by its #path header or _path field, else by its name.

Examples:
  ivre zeek2db conn.log dns.log.gz
  ivre zeek2db -r /opt/zeek/logs/2026-01-02
  zcat conn.*.log.gz | ivre zeek2db`
}

// Run loads the logs.
func (c *zeek2dbCommand) Run(e *env) error {
	settings, err := e.config()
	if err != nil {
		return err
	}
	conn := false
	read := func(ctx context.Context, f *input.File, sink flow.Sink) (string, error) {
		r, err := zeekflow.Read(ctx, f, zeekflow.Options{Name: filepath.Base(f.Name()), UseDuration: c.Duration, NoMetadata: !settings.FlowStoreMetadata}, sink)
		if r.Records["conn"] > 0 {
			conn = true
		}
		if errors.Is(err, zeekflow.ErrUnknownPath) {
			sink.Note(fmt.Sprintf("left out: %v", err))
			err = nil
		}
		return strings.TrimSpace("zeek " + r.Path), err
	}
	names, total := c.Files, sizes(c.Files)
	if len(names) == 0 {
		names, total = []string{input.Stdin}, -1
	}
	return e.loadFlows(input.Files(names, c.Recursive), total, func() bool { return conn && !c.NoCleanup }, read)
}
