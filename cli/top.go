package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"ivre/cli/hostprint"
	"ivre/cli/pyprint"
	"ivre/cli/topbars"
	"ivre/ingest/host"
	"ivre/sql/ask"
	"ivre/sql/flowfilter"
	"ivre/sql/flows"
	"ivre/sql/hosts"
	"ivre/sql/passive"
	"ivre/sql/query"
	"ivre/sql/rir"
	"ivre/sql/store"
	"ivre/sql/tree"
)

type topCommand struct {
	Field string `arg:"" name:"field" help:"What to count: service, port, product:http, country, script, ... ; ! or ~ before it: the rarest first."`
	hostFilter
	From    string `enum:"view,scans,passive,rir,flow" default:"view" placeholder:"WHAT" help:"Which records: view (the default), scans, passive, rir or flow."`
	Limit   int64  `default:"10" placeholder:"N" help:"How many values (default: 10; 0: all)."`
	JSON    bool   `name:"json" help:"JSON, one value per line."`
	Explain bool   `help:"Print the SQL that would be run, and do not run it."`
}

// Help is shown by --help.
func (*topCommand) Help() string {
	return `Counts the values of a field and shows the most frequent ones.

Fields are those of the web API's top: category, country, city, as, asnum, addr, net[:BITS], source,
domains[:LEVEL|:DOMAIN[:LEVEL]], port[:open|:closed|:filtered|:SERVICE], portlist:STATE, countports:STATE,
service[:PORT], product[:PORT|:SERVICE], version[:PORT|:SERVICE[:PRODUCT]], devicetype[:PORT], cpe[.PART][:TYPE...],
script[:ID|:PORT:ID|:host:ID], cert.KEY, cacert.KEY, sshkey.KEY, hassh[-server|-client], ja3-client, ja3-server,
ja4-client, jarm[:PORT], useragent, httphdr[:NAME], httpapp[:NAME], smb.KEY, ntlm.KEY, vulns.KEY, file[:SCRIPTS][.KEY],
screenwords, hop[:TTL|>TTL], and any path of the records (ports.service_extrainfo).

Of passive records: recontype, source, sensor, addr, net[:BITS], value, port, domains[:LEVEL|:DOMAIN[:LEVEL]],
hassh[-server|-client][.KEY], sshkey.KEY, useragent[:RX], infos.KEY. Of registries' objects: any attribute. Of flows: the
fields of 'ivre flowcli --top', separated by commas (proto,dport); -q then takes a flow filter.

` + filterHelp(query.View) + `
Examples:
  ivre top service
  ivre top product:http --limit 20
  ivre top '!port:open' --category office
  ivre top recontype --from passive
  ivre top proto,dport --from flow
  ivre top cert.issuer_text -q 443 --json`
}

// topSource answers with the most frequent values of a field.
type topSource interface {
	Top(context.Context, ask.TopRequest, func(ask.Top) error) error
	TopSQL(ask.TopRequest) (string, error)
}

// Run counts.
func (c *topCommand) Run(e *env) error {
	if c.Limit < 0 {
		return &usageError{err: errors.New("--limit takes a number from 0 on"), command: " top"}
	}
	if c.From == "flow" {
		return c.flows(e)
	}
	kind := databases[c.From]
	cond, err := c.cond(e, kind)
	if err != nil {
		return err
	}
	req := ask.TopRequest{Cond: cond, Limit: c.Limit}
	req.Field, req.Least = ask.TopField(c.Field)
	return e.withStore(true, func(ctx context.Context, db *store.Store) error {
		client := c.source(db)
		if c.Explain {
			return e.printSQL(client.TopSQL(req))
		}
		n, err := c.show(ctx, e, client, req)
		if err == nil && n == 0 && kind == query.View {
			return e.hintAtScans(ctx, db)
		}
		return err
	})
}

func (c *topCommand) source(db *store.Store) topSource {
	switch c.From {
	case "passive":
		return passive.New(db)
	case "rir":
		return rir.New(db)
	case "scans":
		return hosts.New(db, hosts.Scans)
	}
	return hosts.New(db, hosts.View)
}

// hintAtScans tells a user whose view is empty how to fill it.
func (e *env) hintAtScans(ctx context.Context, db *store.Store) error {
	n, err := hosts.New(db, hosts.View).Count(ctx, nil)
	if err == nil && n == 0 {
		fmt.Fprintln(e.stderr, "ivre: the view is empty: 'ivre db2view' makes it; --from scans counts in the results of scans")
	}
	return err
}

// show prints JSON, lines, or bars on a terminal, and returns how many values there were.
func (c *topCommand) show(ctx context.Context, e *env, client topSource, req ask.TopRequest) (int, error) {
	fd, tty := terminal(e.stdout)
	out := bufio.NewWriter(e.stdout)
	var rows []topbars.Row
	n := 0
	err := client.Top(ctx, req, func(t ask.Top) error {
		n++
		label := hostprint.Label(t.Label, t.Tuple)
		switch {
		case c.JSON:
			b := host.AppendValue([]byte(`{"label": `), t.Label)
			_, err := fmt.Fprintf(out, "%s, \"value\": %d}\n", b, t.Count)
			return err
		case tty:
			rows = append(rows, topbars.Row{Label: label, Count: int64(t.Count)})
			return nil
		}
		_, err := fmt.Fprintf(out, "%s: %d\n", label, t.Count)
		return err
	})
	if err == nil && rows != nil {
		width, _, sizeErr := term.GetSize(fd)
		if sizeErr != nil {
			width = 80
		}
		err = topbars.Write(out, rows, width, os.Getenv("NO_COLOR") == "")
	}
	return n, errors.Join(err, out.Flush())
}

// flows counts in flows.
func (c *topCommand) flows(e *env) error {
	if len(e.filterFlags) > 0 || len(c.IPs) > 0 {
		return &usageError{err: errors.New("--from flow: filters are written as one flow filter, with -q"), command: " top"}
	}
	var filters []string
	if c.Query != "" {
		filters = append(filters, c.Query)
	}
	cond, err := flowfilter.Parse(nil, filters)
	if err != nil {
		return err
	}
	field, least := ask.TopField(c.Field)
	source := flowTop{cond: cond, fields: strings.Split(field, ",")}
	return e.withStore(true, func(ctx context.Context, db *store.Store) error {
		source.client = flows.New(db)
		if c.Explain {
			return errors.New("--explain: 'ivre flowcli --explain' shows the statements of flows")
		}
		_, err := c.show(ctx, e, source, ask.TopRequest{Limit: c.Limit, Least: least})
		return err
	})
}

// flowTop counts fields of flows.
type flowTop struct {
	client *flows.Client
	cond   tree.Cond
	fields []string
}

// Top implements topSource.
func (f flowTop) Top(ctx context.Context, r ask.TopRequest, each func(ask.Top) error) error {
	for entry, err := range f.client.Top(ctx, flows.Request{Cond: f.cond}, flows.TopRequest{Fields: f.fields, N: int(r.Limit), Least: r.Least}) {
		if err != nil {
			return err
		}
		label := make(host.List, len(entry.Fields))
		for i, v := range entry.Fields {
			label[i] = flowValue(v)
		}
		t := ask.Top{Label: label, Tuple: true, Count: entry.Count}
		if len(label) == 1 {
			t = ask.Top{Label: label[0], Count: entry.Count}
		}
		if err := each(t); err != nil {
			return err
		}
	}
	return nil
}

// TopSQL implements topSource.
func (flowTop) TopSQL(ask.TopRequest) (string, error) { return "", errors.ErrUnsupported }

// flowValue turns a value of a flow into one of a label.
func flowValue(v any) host.Value {
	switch v := v.(type) {
	case uint64:
		return int64(v)
	case flows.Slot, flows.Object, []any:
		return pyprint.Str(pythonValue(v, asTuple))
	}
	return v
}
