package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"

	"ivre/cli/hostprint"
	"ivre/cli/topbars"
	"ivre/ingest/host"
	"ivre/sql/ask"
	"ivre/sql/hosts"
	"ivre/sql/query"
	"ivre/sql/store"
)

type topCommand struct {
	Field string `arg:"" name:"field" help:"What to count: service, port, product:http, country, script, ... ; ! or ~ before it: the rarest first."`
	hostFilter
	From    string `enum:"scans" default:"scans" placeholder:"WHAT" help:"Which records: scans (default: scans)."`
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

` + filterHelp(query.Scans) + `
Examples:
  ivre top service
  ivre top product:http --limit 20
  ivre top '!port:open' --category office
  ivre top cert.issuer_text -q 443 --json`
}

// Run counts.
func (c *topCommand) Run(e *env) error {
	cond, err := c.cond(e, query.Scans)
	if err != nil {
		return err
	}
	if c.Limit < 0 {
		return &usageError{err: errors.New("--limit takes a number from 0 on"), command: " top"}
	}
	req := hosts.TopRequest{Cond: cond, Limit: c.Limit}
	req.Field, req.Least = ask.TopField(c.Field)
	return e.withStore(true, func(ctx context.Context, db *store.Store) error {
		client := hosts.New(db, hosts.Scans)
		if c.Explain {
			return e.printSQL(client.TopSQL(req))
		}
		return c.show(ctx, e, client, req)
	})
}

// show prints JSON, lines, or bars on a terminal.
func (c *topCommand) show(ctx context.Context, e *env, client *hosts.Client, req hosts.TopRequest) error {
	fd, tty := terminal(e.stdout)
	out := bufio.NewWriter(e.stdout)
	var rows []topbars.Row
	err := client.Top(ctx, req, func(t hosts.Top) error {
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
	return errors.Join(err, out.Flush())
}
