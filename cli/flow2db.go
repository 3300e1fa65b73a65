package cli

import (
	"context"
	"errors"
	"fmt"

	"ivre/ingest/argus"
	"ivre/ingest/flow"
	"ivre/ingest/input"
	"ivre/ingest/iptables"
	"ivre/ingest/nfcapd"
	"ivre/ingest/nfdumptext"
)

type flow2dbCommand struct {
	Files      []string `arg:"" optional:"" name:"file" help:"Files to load, compressed or not; - is standard input. Without files only the clean-up runs."`
	Type       string   `short:"t" enum:"argus,netflow,iptables,auto" default:"auto" placeholder:"TYPE" help:"Format of the files: argus, netflow or iptables (default: told from the content; iptables logs must be named)."`
	PcapFilter string   `short:"f" placeholder:"FILTER" help:"Load only the flows that match this filter, in the language of nfdump (netflow) or of ra (argus)."`
	NoCleanup  bool     `short:"C" help:"Do not turn round flows whose client and server look swapped, once everything is loaded."`
}

// Help is shown by --help.
func (*flow2dbCommand) Help() string {
	return `Loads flow records into the flow graph:

  netflow   files of nfcapd and nfdump (NetFlow v5, v9, IPFIX, sFlow). They are read directly; with a
            filter, or for a kind of file that is not known, the nfdump program reads them.
  argus     files of argus, read through its ra program (Debian: argus-client)
  iptables  system logs with lines of the LOG target of iptables and nftables

Every record counts as one flow, with exact packets and bytes, so that a capture gives the same sums
whether it is loaded whole or in pieces. Loading a file twice counts it twice. A file that is damaged is
loaded up to the damage; the message says so, and the exit status is 1.

Examples:
  ivre flow2db nfcapd.202601020300 nfcapd.202601020305
  ivre flow2db -f 'proto tcp and port 443' nfcapd.202601020300
  ivre flow2db capture.argus.gz
  journalctl -k | ivre flow2db -t iptables -`
}

// Run loads the files.
func (c *flow2dbCommand) Run(e *env) error {
	settings, err := e.config()
	if err != nil {
		return err
	}
	table, source, err := flow.OpenPortTable(settings.NmapSharePath, settings.KnownPorts)
	if err != nil {
		return err
	}
	e.log.Debug("table of server ports", "source", source)
	read := func(ctx context.Context, f *input.File, sink flow.Sink) (string, error) {
		switch kind := c.kind(f); kind {
		case "netflow":
			return kind, readNetFlow(ctx, f, c.PcapFilter, table, sink)
		case "argus":
			return kind, argus.Read(ctx, f, c.PcapFilter, sink)
		case "iptables":
			if c.PcapFilter != "" {
				sink.Note("PCAP filter not supported in Iptables; every line is loaded")
			}
			return kind, iptables.Read(ctx, f, iptables.Latest(), sink)
		}
		return "", fmt.Errorf("Cannot find the appropriate parser for file '%s': it is neither a file of nfdump nor of argus; name its format with -t (iptables logs always need that; Zeek logs are for zeek2db)", f.Name())
	}
	return e.loadFlows(input.Files(c.Files, false), sizes(c.Files), func() bool { return !c.NoCleanup }, read)
}

func (c *flow2dbCommand) kind(f *input.File) string {
	if c.Type != "auto" {
		return c.Type
	}
	switch f.Kind() {
	case input.NetFlow:
		return "netflow"
	case input.Argus:
		return "argus"
	}
	return ""
}

// readNetFlow reads a file directly where it can and through the nfdump program where it must.
func readNetFlow(ctx context.Context, f *input.File, filter string, table *flow.PortTable, sink flow.Sink) error {
	if filter == "" {
		err := nfcapd.Read(ctx, f, table, sink)
		if !errors.Is(err, nfcapd.ErrUnsupported) {
			return err
		}
		// The file was read from already; the program gets it afresh.
		again, openErr := input.Open(ctx, f.Name(), input.Options{})
		if openErr != nil {
			return err
		}
		defer again.Close()
		sink.Note("read through the nfdump program: " + err.Error())
		f = again
	}
	path, err := f.Path()
	if path == "" {
		return err
	}
	return errors.Join(nfdumptext.Read(ctx, path, filter, table, sink), err)
}
