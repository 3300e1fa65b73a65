package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"ivre/cli/termtext"
	"ivre/ingest/host"
	"ivre/sql/dns"
	"ivre/sql/store"
)

type iphostCommand struct {
	Values         []string `arg:"" name:"value" help:"Addresses, networks, names, or /regular expressions/ of names."`
	Sub            bool     `help:"Also the names below a name; expressions are tried on the parents of names, too."`
	JSON           bool     `name:"json" help:"JSON, one pair of name and target per line."`
	Passive        bool     `help:"What sensors saw, in both directions."`
	PassiveDirect  bool     `help:"What sensors saw, by the name that was asked for."`
	PassiveReverse bool     `help:"What sensors saw, by the name that was the answer (CNAME, NS, MX)."`
	Scans          bool     `aliases:"nmap" help:"Names of scanned hosts (also --nmap)."`
	All            bool     `help:"All of them (the default)."`
}

// Help is shown by --help.
func (*iphostCommand) Help() string {
	return `Tells which names point to an address, and where a name pointed to, from what sensors saw of DNS and from the
results of scans.

Examples:
  ivre iphost www.example.com
  ivre iphost --sub --json example.com
  ivre iphost --passive 192.0.2.0/24
  ivre iphost '/^mail[0-9]*\./'`
}

// Run answers.
func (c *iphostCommand) Run(e *env) error {
	from := dns.Resolvers{Direct: c.Passive || c.PassiveDirect, Reverse: c.Passive || c.PassiveReverse, Scans: c.Scans}
	if c.All || from == (dns.Resolvers{}) {
		from = dns.Resolvers{Direct: true, Reverse: true, Scans: true}
	}
	return e.withStore(true, func(ctx context.Context, db *store.Store) error {
		out := bufio.NewWriterSize(e.stdout, 64<<10)
		client := dns.New(db)
		for _, v := range c.Values {
			err := client.Resolve(ctx, v, c.Sub, from, func(p *dns.Pair) error { return c.print(out, p) })
			if err != nil {
				return errors.Join(err, out.Flush())
			}
		}
		return out.Flush()
	})
}

func (c *iphostCommand) print(out io.Writer, p *dns.Pair) error {
	var b []byte
	if c.JSON {
		b = appendTexts(append(b, `{"types": `...), p.Types)
		b = appendTexts(append(b, `, "sources": `...), p.Sources)
		b = appendMoment(append(b, `, "firstseen": `...), p.First)
		b = appendMoment(append(b, `, "lastseen": `...), p.Last)
		b = strconv.AppendUint(append(b, `, "count": `...), p.Count, 10)
		b = host.AppendString(append(b, `, "name": `...), p.Name)
		b = host.AppendString(append(b, `, "target": `...), p.Target)
		b = append(b, "}\n"...)
	} else {
		line := func(head, text string) { b = append(termtext.Append(append(b, head...), text), '\n') }
		b = append(termtext.Append(b, p.Name), " -> "...)
		b = append(termtext.Append(b, p.Target), '\t')
		line("", strings.Join(p.Types, ", "))
		line("\tfrom: ", strings.Join(p.Sources, ", "))
		if !p.First.IsZero() {
			line("\tfirstseen: ", host.FormatTime(p.First))
		}
		if !p.Last.IsZero() {
			line("\tlastseen: ", host.FormatTime(p.Last))
		}
		b = append(b, '\n')
	}
	_, err := out.Write(b)
	return err
}

func appendTexts(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = host.AppendString(b, s)
	}
	return append(b, ']')
}

func appendMoment(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, "null"...)
	}
	return append(host.AppendTime(append(b, '"'), t), '"')
}
