package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ivre/cli/hostprint"
	"ivre/ingest/addrrange"
	"ivre/ingest/host"
	"ivre/ingest/rir"
	"ivre/ingest/rirload"
	"ivre/sql/ask"
	"ivre/sql/query"
	objects "ivre/sql/rir"
	"ivre/sql/store"
	"ivre/sql/tree"
)

type rirlookupCommand struct {
	IPs []string `arg:"" optional:"" name:"address" help:"Addresses to look up: the narrowest range that contains each."`

	Download bool     `group:"change" help:"Fetch the dumps of the registries into RIR_PATH, as far as there are newer ones, and print the paths of these. With --insert: load them."`
	Quiet    bool     `short:"q" group:"change" help:"With --download: do not tell what is fetched."`
	Insert   bool     `group:"change" help:"Load the dumps of the registries that are in RIR_PATH (files named *.db*); with --download, only those that were fetched."`
	Files    []string `name:"file" placeholder:"FILE" sep:"none" group:"change" help:"With --insert: load this dump (may be repeated)."`
	Init     bool     `aliases:"purgedb" group:"change" help:"Remove every object (also --purgedb)."`
	Ensure   bool     `name:"ensure-indexes" group:"change" help:"Bring the database's schema up to date."`
	Update   bool     `name:"update-schema" group:"change" help:"Bring stored objects up to date; they always are."`
	Search   string   `placeholder:"WORDS" group:"answer" help:"Objects with any of these words in their names, descriptions, remarks or organisations; \"a phrase\", -without."`
	Country  string   `placeholder:"CODE[,CODE...]" group:"answer" help:"Objects of these countries."`
	Distinct string   `placeholder:"ATTRIBUTE" group:"answer" help:"Different values of an attribute."`
	Count    bool     `group:"answer" help:"Numbers of objects."`
	Short    bool     `group:"answer" help:"One line per object."`
	JSON     bool     `name:"json" group:"answer" help:"JSON, one object per line."`
	Sort     wordList `placeholder:"[~]ATTRIBUTE ..." group:"answer" help:"Order of the objects; ~ before one: descending."`
	Limit    int64    `placeholder:"N" group:"answer" help:"At most N objects (0: all)."`
	Skip     int64    `placeholder:"N" group:"answer" help:"Leave out the first N objects."`
	FromDB   string   `name:"from-db" placeholder:"URL" group:"answer" help:"Read from this ClickHouse server."`
	Explain  bool     `hidden:"" help:"Without effect."`

	fetched []string // of --download
}

// Help is shown by --help.
func (c *rirlookupCommand) Help() string {
	return `Looks addresses up in the databases of the regional internet registries (AFRINIC, APNIC, ARIN, LACNIC, RIPE).

Their dumps are files that the registries publish: afrinic.db.gz, apnic.db.inetnum.gz, apnic.db.inet6num.gz, arin.db.gz,
lacnic.db.gz, ripe.db.inetnum.gz, ripe.db.inet6num.gz. --download fetches them into the folder that RIR_PATH names, from
the addresses in RIR_URLS; or put them there yourself, or give their paths with --file. A dump that is stored already is
left out; a new one replaces the one of the same name. If loading was interrupted after a download, --insert without
--download loads what is there.

Examples:
  ivre rirlookup --download --insert
  ivre rirlookup --insert --file ripe.db.inetnum.gz
  ivre rirlookup 192.0.2.1
  ivre rirlookup --search 'university "computing centre"' --country FR --short`
}

// Run answers.
func (c *rirlookupCommand) Run(e *env) error {
	if c.Limit < 0 || c.Skip < 0 {
		return errors.New("--limit and --skip take numbers from 0 on")
	}
	cond, err := c.cond()
	if err != nil {
		return err
	}
	var addrs []netip.Addr
	for _, s := range c.IPs {
		a, err := addrrange.ParseAddr(s)
		if err != nil {
			return fmt.Errorf("Invalid IP address ['%s']!", s) //nolint:staticcheck // as the other commands say it
		}
		addrs = append(addrs, a)
	}
	if !c.Download {
		return c.withDatabase(e, cond, addrs)
	}
	ctx, stop := e.interruptible()
	fresh, failed, err := c.download(ctx, e)
	stop()
	if err != nil {
		return err
	}
	if c.onlyDownloads() {
		for _, path := range fresh {
			fmt.Fprintln(e.stdout, path)
		}
	} else {
		c.fetched = fresh
		err = c.withDatabase(e, cond, addrs)
	}
	if err == nil && failed {
		err = &exitStatus{code: 1}
	}
	return err
}

// withDatabase does what needs the database.
func (c *rirlookupCommand) withDatabase(e *env, cond tree.Cond, addrs []netip.Addr) error {
	return e.withStoreAt(c.FromDB, func(ctx context.Context, db *store.Store) error {
		r := &rirRun{command: c, env: e, ctx: ctx, db: db, client: objects.New(db), cond: cond}
		if done, err := r.maintain(); done || err != nil {
			return err
		}
		out := bufio.NewWriterSize(e.stdout, 64<<10)
		return errors.Join(r.answer(out, addrs), out.Flush())
	})
}

// asks tells whether there is a question to answer.
func (c *rirlookupCommand) asks() bool {
	return len(c.IPs) > 0 || c.Search != "" || c.Country != "" || c.Distinct != "" || c.Count
}

// loads tells whether dumps are to be loaded.
func (c *rirlookupCommand) loads() bool { return c.Insert || len(c.Files) > 0 }

// onlyDownloads tells that --download is all there is to do.
func (c *rirlookupCommand) onlyDownloads() bool {
	return !c.asks() && !c.loads() && !c.Init && !c.Ensure && !c.Update
}

// cond is the condition that --search and --country make; nil: all objects.
func (c *rirlookupCommand) cond() (tree.Cond, error) {
	var all tree.And
	for _, of := range []struct{ function, value string }{{"text", c.Search}, {"country", c.Country}} {
		if of.value == "" {
			continue
		}
		f := host.AppendValue(nil, host.NewObject("f", of.function, "a", host.List{of.value}))
		cond, err := query.ParseJSON(f, query.Options{DB: query.RIR})
		if err != nil {
			return nil, err
		}
		all = append(all, cond)
	}
	if all == nil {
		return nil, nil
	}
	return all, nil
}

type rirRun struct {
	command *rirlookupCommand
	env     *env
	ctx     context.Context
	db      *store.Store
	client  *objects.Client
	cond    tree.Cond
}

// maintain does what changes the database; done tells that this was all.
func (r *rirRun) maintain() (done bool, err error) {
	c := r.command
	if c.Init {
		if err := r.env.confirm("This will remove all existing RIR data from your database. Proceed? [y/N] ", false); err != nil {
			return true, err
		}
		if err := r.client.Clear(r.ctx); err != nil {
			return true, err
		}
	}
	if c.loads() {
		if err := r.insert(); err != nil {
			return true, err
		}
	}
	return !c.asks() && (c.Init || c.loads() || c.Ensure || c.Update), nil
}

// insert loads dumps: those that are named or were fetched, else those in the folder.
func (r *rirRun) insert() error {
	files := slices.Concat(r.command.Files, r.command.fetched)
	if len(r.command.Files) == 0 && !r.command.Download {
		var err error
		if files, err = r.inFolder(); err != nil {
			return err
		}
	}
	failed := false
	for _, path := range files {
		out, err := rirload.File(r.ctx, r.db, path, nil)
		switch {
		case err != nil:
			failed = true
			fmt.Fprintf(r.env.stderr, "ivre: %s: %v\n", path, err)
		case out.Known:
			fmt.Fprintf(r.env.stderr, "ivre: %s: already loaded\n", path)
		default:
			fmt.Fprintf(r.env.stderr, "ivre: %s: %d objects loaded", path, out.Objects)
			if out.Bad > 0 {
				fmt.Fprintf(r.env.stderr, ", %d left out: %s", out.Bad, strings.Join(out.Problems, "; "))
			}
			fmt.Fprintln(r.env.stderr)
		}
		if r.ctx.Err() != nil {
			return r.ctx.Err()
		}
	}
	if failed {
		return &exitStatus{code: 1}
	}
	return nil
}

// inFolder are the dumps in RIR_PATH.
func (r *rirRun) inFolder() (files []string, err error) {
	dir, err := r.env.rirFolder()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		// What begins with a dot is a download that was interrupted.
		if name := e.Name(); !e.IsDir() && strings.Contains(name, ".db") && name[0] != '.' {
			files = append(files, filepath.Join(dir, name))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there are no dumps (*.db*) in %s: fetch them with --download, set RIR_PATH to their folder, or name them with --file", dir)
	}
	return files, nil
}

func (r *rirRun) answer(out *bufio.Writer, addrs []netip.Addr) error {
	c := r.command
	switch {
	case c.Distinct != "":
		req, err := r.request(addrs)
		if err != nil {
			return err
		}
		return r.client.Distinct(r.ctx, c.Distinct, req, func(v host.Value) error {
			_, err := fmt.Fprintln(out, hostprint.DistinctValue(v))
			return err
		})
	case len(addrs) > 0:
		return r.lookups(out, addrs)
	case c.Search == "" && c.Country == "" && !c.Count:
		return nil
	case c.Count:
		n, err := r.client.Count(r.ctx, r.cond)
		if err == nil && c.Search != "" {
			_, err = fmt.Fprintf(out, "%s: %d\n", c.Search, n)
		} else if err == nil {
			_, err = fmt.Fprintln(out, n)
		}
		return err
	}
	return r.list(out)
}

// request selects the objects for --distinct and lists.
func (r *rirRun) request(addrs []netip.Addr) (ask.Request, error) {
	c := r.command
	req := ask.Request{Cond: r.cond, Skip: c.Skip, Limit: c.Limit, Sort: sortKeys(c.Sort)}
	if req.Sort == nil {
		req.Sort = []ask.Sort{{Field: "start"}, {Field: "stop", Desc: true}}
	}
	if len(addrs) == 0 {
		return req, nil
	}
	var any tree.Or
	for _, a := range addrs {
		any = append(any, contains(a))
	}
	if req.Cond = any; r.cond != nil {
		req.Cond = tree.And{any, r.cond}
	}
	return req, nil
}

// contains is the condition that a range contains an address.
func contains(a netip.Addr) tree.Cond {
	return tree.And{
		tree.Test{Field: "start", Op: tree.Le, Value: tree.Addr(a)}, tree.Test{Field: "stop", Op: tree.Ge, Value: tree.Addr(a)},
	}
}

// lookups answers about each address.
func (r *rirRun) lookups(out *bufio.Writer, addrs []netip.Addr) error {
	c := r.command
	for i, a := range addrs {
		if c.Count {
			cond := tree.Cond(contains(a))
			if r.cond != nil {
				cond = tree.And{cond, r.cond}
			}
			n, err := r.client.Count(r.ctx, cond)
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "%s: %d\n", c.IPs[i], n)
			continue
		}
		text, ok, err := r.client.Best(r.ctx, a, r.cond)
		if err != nil {
			return err
		}
		if !c.JSON {
			fmt.Fprintln(out, c.IPs[i])
		}
		switch {
		case ok:
			if err := r.print(out, text); err != nil {
				return err
			}
		case !c.JSON:
			fmt.Fprintln(out, "UNKNOWN")
			if !c.Short {
				fmt.Fprintln(out)
			}
		}
	}
	return nil
}

func (r *rirRun) list(out *bufio.Writer) error {
	c := r.command
	req, err := r.request(nil)
	if err != nil {
		return err
	}
	decorated := !c.JSON && c.Search != ""
	if decorated {
		fmt.Fprintf(out, "%s\n\n", c.Search)
	}
	err = r.client.Each(r.ctx, req, func(text string) error { return r.print(out, text) })
	if err == nil && decorated {
		fmt.Fprintln(out)
	}
	return err
}

// print writes one object.
func (r *rirRun) print(out *bufio.Writer, text string) error {
	if r.command.JSON {
		_, err := out.WriteString(text + "\n")
		return err
	}
	rec, err := rir.Decode([]byte(text))
	if err != nil {
		return err
	}
	b := rir.AppendFull(nil, rec)
	if r.command.Short {
		b = rir.AppendShort(nil, rec)
		if !slices.Contains(b, '\n') {
			b = append(b, '\n')
		}
	}
	_, err = out.Write(b)
	return err
}
