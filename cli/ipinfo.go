package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"ivre/cli/hostprint"
	"ivre/cli/passiveprint"
	"ivre/ingest/host"
	record "ivre/ingest/passive"
	"ivre/sql/ask"
	"ivre/sql/passive"
	"ivre/sql/query"
	"ivre/sql/store"
	"ivre/sql/tree"
)

type ipinfoCommand struct {
	hostFilter

	Short    bool     `group:"answer" help:"Addresses only, each once."`
	Distinct string   `placeholder:"FIELD" group:"answer" help:"Different values of a field."`
	JSON     bool     `name:"json" group:"answer" help:"JSON, one record per line (indented on a terminal)."`
	Top      string   `placeholder:"[!]FIELD" group:"answer" help:"Most frequent values of a field; ! or ~ before it: the rarest."`
	Tail     *int64   `placeholder:"N" group:"answer" help:"The N records that were seen last."`
	TailNew  *int64   `name:"tailnew" placeholder:"N" group:"answer" help:"The N newest records."`
	TailF    bool     `name:"tailf" group:"answer" help:"Follow what is seen, until Ctrl-C."`
	TailFNew bool     `name:"tailfnew" group:"answer" help:"Follow what is new, until Ctrl-C."`
	Count    bool     `group:"answer" help:"Number of records."`
	Explain  bool     `group:"answer" help:"Print the SQL that would be run, and do not run it."`
	Sort     wordList `placeholder:"[~]FIELD ..." group:"answer" help:"Order of the records; ~ before a field: descending."`
	Limit    *int64   `placeholder:"N" group:"answer" help:"At most N records (or values with --top: 10 unless this is given; 0 is no limit)."`
	Skip     int64    `placeholder:"N" group:"answer" help:"Leave out the first N records."`
	FromDB   string   `name:"from-db" placeholder:"URL" group:"answer" help:"Read from this ClickHouse server."`

	Init          bool   `aliases:"purgedb" group:"change" help:"Remove every record (also --purgedb)."`
	EnsureIndexes bool   `group:"change" help:"Bring the database's schema up to date."`
	UpdateSchema  bool   `group:"change" help:"Bring stored records up to date; they always are."`
	DNSBLUpdate   bool   `name:"dnsbl-update" group:"change" help:"Turn stored answers of DNS blacklists (DNS_BLACKLIST_DOMAINS) into records about the listed addresses."`
	Delete        bool   `group:"change" help:"Delete the records that match the filter."`
	ToDB          string `name:"to-db" placeholder:"URL" group:"change" help:"Add the records to those of this ClickHouse server."`

	URLs     bool `name:"http-urls" hidden:"" help:"Without effect."`
	URLNames bool `name:"http-urls-names" hidden:"" help:"Without effect."`
	URLsFull bool `name:"http-urls-full" hidden:"" help:"Without effect."`
}

// Help is shown by --help.
func (c *ipinfoCommand) Help() string {
	return `Shows what sensors saw of addresses. All filters have to hold. Without any filter and output, it follows
what is new.

` + filterHelp(query.Passive) + `
Examples:
  ivre ipinfo 192.0.2.1
  ivre ipinfo -q recontype:SSL_SERVER --json 192.0.2.0/24
  ivre ipinfo --top recontype
  ivre ipinfo --domain example.com --count
  ivre ipinfo -q 'recontype:HTTP_CLIENT_HEADER source:USER-AGENT' --distinct value`
}

// Run answers.
func (c *ipinfoCommand) Run(e *env) error {
	cond, err := c.cond(e, query.Passive)
	if err != nil {
		return err
	}
	if c.Limit != nil && *c.Limit < 0 || c.Skip < 0 {
		return errors.New("--limit and --skip take numbers from 0 on")
	}
	return e.withStoreAt(c.FromDB, func(ctx context.Context, db *store.Store) error {
		r := &passiveRun{env: e, ctx: ctx, db: db, client: passive.New(db), cond: cond}
		switch {
		case c.Init:
			return r.init()
		case c.EnsureIndexes, c.UpdateSchema: // the schema is brought up to date when the database is opened
			return nil
		case c.DNSBLUpdate:
			return r.updateBlacklists()
		}
		return r.answer(c)
	})
}

// passiveRun is one run of a command on passive records.
type passiveRun struct {
	env    *env
	ctx    context.Context
	db     *store.Store
	client *passive.Client
	cond   tree.Cond
}

func (r *passiveRun) init() error {
	err := r.env.confirm("This will remove any passive information in your database. Process ? [y/N] ", false)
	var status *exitStatus
	if errors.As(err, &status) {
		status.code = 0 // to refuse is no failure
	}
	if err != nil {
		return err
	}
	return r.client.Clear(r.ctx)
}

// answer does the first thing that is asked for, in this order.
func (r *passiveRun) answer(c *ipinfoCommand) error {
	switch {
	case c.Explain:
		return r.explain(c)
	case c.Short:
		return r.addresses()
	case c.Distinct != "":
		return r.distinct(c.Distinct)
	case c.JSON:
		return r.json(c.request(r.cond))
	case c.Top != "":
		return r.top(c)
	case c.Tail != nil:
		return r.recent(false, *c.Tail)
	case c.TailNew != nil:
		return r.recent(true, *c.TailNew)
	case c.TailF:
		return r.follow(false)
	case c.TailFNew:
		return r.follow(true)
	case c.Count:
		n, err := r.client.Count(r.ctx, r.cond)
		if err == nil {
			fmt.Fprintln(r.env.stdout, n)
		}
		return err
	case c.Delete:
		_, err := r.client.Delete(r.ctx, r.cond)
		return err
	case c.ToDB != "":
		return r.copyTo(c.ToDB, c.request(r.cond))
	case r.cond == nil && c.Limit == nil:
		return r.follow(true)
	}
	return r.blocks(c)
}

func (c *ipinfoCommand) request(cond tree.Cond) ask.Request {
	req := ask.Request{Cond: cond, Skip: c.Skip}
	if c.Limit != nil {
		req.Limit = *c.Limit
	}
	req.Sort = sortKeys(c.Sort)
	return req
}

// explain prints the statement behind the answer.
func (r *passiveRun) explain(c *ipinfoCommand) error {
	if c.Top != "" {
		return r.env.printSQL(r.client.TopSQL(c.topRequest(r.cond)))
	}
	return r.env.printSQL(r.client.SQL(c.request(r.cond)))
}

func (r *passiveRun) addresses() error {
	out := bufio.NewWriter(r.env.stdout)
	err := r.client.Addresses(r.ctx, r.cond, func(a netip.Addr) error {
		_, err := fmt.Fprintln(out, a)
		return err
	})
	return errors.Join(err, out.Flush())
}

func (r *passiveRun) distinct(field string) error {
	out := bufio.NewWriter(r.env.stdout)
	err := r.client.Distinct(r.ctx, field, ask.Request{Cond: r.cond}, func(v host.Value) error {
		_, err := fmt.Fprintln(out, hostprint.DistinctValue(v))
		return err
	})
	return errors.Join(err, out.Flush())
}

// json prints records as JSON.
func (r *passiveRun) json(req ask.Request) error {
	_, tty := terminal(r.env.stdout)
	out := bufio.NewWriterSize(r.env.stdout, 64<<10)
	var buf []byte
	err := r.client.EachText(r.ctx, req, func(text string) error {
		if !tty {
			buf = append(append(buf[:0], text...), '\n')
			_, err := out.Write(buf)
			return err
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, []byte(text), "", "    "); err != nil {
			return err
		}
		indented.WriteByte('\n')
		_, err := indented.WriteTo(out)
		return err
	})
	return errors.Join(err, out.Flush())
}

func (c *ipinfoCommand) topRequest(cond tree.Cond) ask.TopRequest {
	req := ask.TopRequest{Cond: cond, Limit: 10}
	req.Field, req.Least = ask.TopField(c.Top)
	if c.Limit != nil {
		req.Limit = *c.Limit
	}
	return req
}

func (r *passiveRun) top(c *ipinfoCommand) error {
	out := bufio.NewWriter(r.env.stdout)
	err := r.client.Top(r.ctx, c.topRequest(r.cond), func(t ask.Top) error {
		_, err := fmt.Fprintf(out, "%s: %d\n", hostprint.Label(t.Label, t.Tuple), t.Count)
		return err
	})
	return errors.Join(err, out.Flush())
}

// blocks prints records by address.
func (r *passiveRun) blocks(c *ipinfoCommand) error {
	req := c.request(r.cond)
	if req.Sort == nil {
		req.Sort = []ask.Sort{{Field: "addr"}, {Field: "port"}, {Field: "recontype"}, {Field: "source"}}
	}
	// records without an address are not shown; they must not count against the limit either
	known := tree.Exists{Field: "addr"}
	if req.Cond == nil {
		req.Cond = known
	} else {
		req.Cond = tree.And{req.Cond, known}
	}
	out := bufio.NewWriterSize(r.env.stdout, 64<<10)
	blocks := passiveprint.Blocks{About: r.env.aboutAddress()}
	var buf []byte
	err := r.client.Each(r.ctx, req, func(rec *record.Record) error {
		buf = blocks.Append(buf[:0], rec)
		_, err := out.Write(buf)
		return err
	})
	return errors.Join(err, out.Flush())
}

// recent prints the last records.
func (r *passiveRun) recent(created bool, n int64) error {
	if n <= 0 {
		return nil
	}
	_, err := r.tail(created, time.Time{}, n)
	return err
}

// tail prints records that are newer than after, at most n of them unless it is 0, and returns when the last of them was
// seen.
func (r *passiveRun) tail(created bool, after time.Time, n int64) (time.Time, error) {
	out := bufio.NewWriter(r.env.stdout)
	var buf []byte
	err := r.client.Recent(r.ctx, r.cond, created, after, n, func(rec *record.Record) error {
		buf = append(append(buf[:0], passiveprint.Subject(rec)...), ' ')
		buf = passiveprint.AppendRecord(buf, rec)
		after = rec.Last
		if created {
			after = rec.First
		}
		_, err := out.Write(buf)
		return err
	})
	return after, errors.Join(err, out.Flush())
}

// follow prints the last records and what comes after them, until the user has enough.
func (r *passiveRun) follow(created bool) error {
	after, err := r.tail(created, time.Time{}, 10)
	for err == nil {
		select {
		case <-r.ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
		if after.IsZero() {
			after = time.UnixMilli(1) // there was nothing: all counts
		}
		after, err = r.tail(created, after, 0)
	}
	if r.ctx.Err() != nil {
		return nil
	}
	return err
}
