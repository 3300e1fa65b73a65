package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"ivre/cli/hostprint"
	"ivre/ingest/host"
	"ivre/sql/ask"
	"ivre/sql/hosts"
	"ivre/sql/query"
	"ivre/sql/store"
	"ivre/sql/tree"
)

// hostAnswers are the flags of a command that shows host records.
type hostAnswers struct {
	hostFilter

	Top      string   `placeholder:"[!]FIELD" group:"answer" help:"Most frequent values of a field; ! or ~ before it: the rarest."`
	Short    bool     `group:"answer" help:"Addresses only, each once."`
	Distinct string   `placeholder:"FIELD" group:"answer" help:"Different values of a field. --sort, --skip and --limit choose the records that are looked at."`
	Count    bool     `group:"answer" help:"Number of records."`
	JSON     bool     `name:"json" group:"answer" help:"JSON, one record per line (indented on a terminal)."`
	NoScreen bool     `name:"no-screenshots" group:"answer" help:"With --json: leave out screenshots."`
	Honeyd   bool     `group:"answer" help:"Configuration of Honeyd that imitates the hosts."`
	URLs     bool     `name:"http-urls" group:"answer" help:"URLs of web servers, by address."`
	URLNames bool     `name:"http-urls-names" group:"answer" help:"URLs of web servers, by name."`
	URLsFull bool     `name:"http-urls-full" group:"answer" help:"URLs of web servers, by name, after the address."`
	NmapXML  bool     `name:"nmap-xml" group:"answer" help:"XML like Nmap's."`
	Gnmap    bool     `group:"answer" help:"Nmap's format for grep."`
	Graph    string   `name:"graphroute" enum:"dot,rtgraph3d," default:"" placeholder:"dot" group:"answer" help:"Graph of the traceroutes, for Graphviz."`
	Include  string   `name:"graphroute-include" enum:"last-hop,target," default:"" placeholder:"WHAT" group:"answer" help:"With --graphroute: up to the last-hop before the target, or to the target."`
	Cluster  string   `name:"graphroute-cluster" enum:"AS,Country," default:"" placeholder:"BY" group:"answer" help:"With --graphroute: group routers by AS or Country (needs GeoIP data)."`
	CSV      string   `name:"csv" enum:"ports,hops," default:"" placeholder:"KIND" group:"answer" help:"Table of ports or hops."`
	CSVSep   string   `name:"csv-separator" default:"," placeholder:"TEXT" group:"answer" help:"With --csv: between columns."`
	CSVNA    string   `name:"csv-na-str" default:"NA" placeholder:"TEXT" group:"answer" help:"With --csv: for unknown values."`
	CSVInfos bool     `name:"csv-add-infos" group:"answer" help:"With --csv: country, city and AS, too."`
	Sort     wordList `placeholder:"[~]FIELD ..." group:"answer" help:"Order of the records; ~ before a field: descending."`
	Limit    *int64   `placeholder:"N" group:"answer" help:"At most N records (or values with --top: 10 unless this is given; 0 is no limit)."`
	Skip     int64    `placeholder:"N" group:"answer" help:"Leave out the first N records."`
	Explain  bool     `group:"answer" help:"Print the SQL that would be run, and do not run it."`
	FromDB   string   `name:"from-db" placeholder:"URL" group:"answer" help:"Read from this ClickHouse server."`

	Init          bool   `aliases:"purgedb" group:"change" help:"Remove every record (also --purgedb)."`
	EnsureIndexes bool   `group:"change" help:"Bring the database's schema up to date."`
	UpdateSchema  bool   `group:"change" help:"Bring stored records up to date; they always are."`
	Delete        bool   `group:"change" help:"Delete the records that match the filter."`
	ToDB          string `name:"to-db" placeholder:"URL" group:"change" help:"Copy the records to this ClickHouse server."`
}

type scancliCommand struct{ hostAnswers }

// Help is shown by --help.
func (c *scancliCommand) Help() string {
	return `Shows the results of active scans. All filters have to hold.

` + filterHelp(query.Scans) + `
Examples:
  ivre scancli --service http --count
  ivre scancli --top product:http --limit 20
  ivre scancli --script http-title:/login/i --http-urls
  ivre scancli -q 'hostname:/\.example\.com$/ 443' --json
  ivre scancli 192.0.2.0/24 198.51.100.7`
}

// Run answers.
func (c *scancliCommand) Run(e *env) error { return c.run(e, hosts.Scans, query.Scans) }

type viewCommand struct{ hostAnswers }

// Help is shown by --help.
func (c *viewCommand) Help() string {
	return `Shows the view: what is known of each address, from all scans and sensors ('ivre db2view' makes it). All
filters have to hold.

` + filterHelp(query.View) + `
Examples:
  ivre view 192.0.2.1
  ivre view --country FR --service http --count
  ivre view --top as --limit 20
  ivre view --tag Honeypot --json`
}

// Run answers.
func (c *viewCommand) Run(e *env) error { return c.run(e, hosts.View, query.View) }

// run answers about one kind of records.
func (c *hostAnswers) run(e *env, tables hosts.Tables, kind query.Database) error {
	cond, err := c.cond(e, kind)
	if err != nil {
		return err
	}
	return e.withStoreAt(c.FromDB, func(ctx context.Context, db *store.Store) error {
		r := &hostRun{env: e, ctx: ctx, client: hosts.New(db, tables), view: tables.View, cond: cond}
		return r.answer(c)
	})
}

// hostRun is one run of a command on host records.
type hostRun struct {
	env    *env
	ctx    context.Context
	client *hosts.Client
	view   bool
	cond   tree.Cond
}

// answer does the first thing that is asked for, in this order.
func (r *hostRun) answer(c *hostAnswers) error {
	switch {
	case c.Init:
		return r.init()
	case c.EnsureIndexes, c.UpdateSchema: // the schema is brought up to date when the database is opened
		return nil
	}
	req, err := c.request(r.cond)
	if err != nil {
		return err
	}
	switch {
	case c.Top != "":
		return r.top(c.Top, c.Limit, c.Explain)
	case c.Short:
		return r.distinct("addr", req)
	case c.Distinct != "":
		return r.distinct(c.Distinct, req)
	case c.Explain:
		return r.env.printSQL(r.client.SQL(req))
	case c.Delete:
		return r.delete()
	case c.Count:
		n, err := r.client.Count(r.ctx, r.cond)
		if err == nil {
			fmt.Fprintln(r.env.stdout, n)
		}
		return err
	case c.ToDB != "":
		return r.copyTo(c.ToDB, req)
	}
	return r.print(req, c.printer(r.env))
}

// printSQL prints the statement that would answer a question.
func (e *env) printSQL(sql string, err error) error {
	if err == nil {
		fmt.Fprintln(e.stdout, sql+";")
	}
	return err
}

func (c *hostAnswers) request(cond tree.Cond) (hosts.Request, error) {
	req := hosts.Request{Cond: cond, Skip: c.Skip}
	if c.Limit != nil {
		req.Limit = *c.Limit
	}
	if req.Limit < 0 || req.Skip < 0 {
		return req, errors.New("--limit and --skip take numbers from 0 on")
	}
	req.Sort = sortKeys(c.Sort)
	return req, nil
}

// sortKeys reads the fields of --sort; ~ before one turns its order round.
func sortKeys(fields []string) (out []ask.Sort) {
	for _, s := range fields {
		field, desc := strings.CutPrefix(s, "~")
		out = append(out, ask.Sort{Field: field, Desc: desc})
	}
	return out
}

func (r *hostRun) init() error {
	what := "scan result"
	if r.view {
		what = "view"
	}
	err := r.env.confirm("This will remove any "+what+" in your database. Process ? [y/N] ", r.view)
	var status *exitStatus
	if r.view && errors.As(err, &status) {
		status.code = 0 // to refuse is no failure
	}
	if err != nil {
		return err
	}
	return r.client.Clear(r.ctx)
}

func (r *hostRun) delete() error {
	n, err := r.client.Delete(r.ctx, r.cond)
	if err == nil {
		fmt.Fprintf(r.env.stderr, "ivre: %d records deleted\n", n)
	}
	return err
}

// top prints the most frequent values of a field.
func (r *hostRun) top(field string, limit *int64, explain bool) error {
	req := hosts.TopRequest{Cond: r.cond, Limit: 10}
	req.Field, req.Least = ask.TopField(field)
	if limit != nil {
		req.Limit = *limit
	}
	if explain {
		return r.env.printSQL(r.client.TopSQL(req))
	}
	out := bufio.NewWriter(r.env.stdout)
	err := r.client.Top(r.ctx, req, func(t hosts.Top) error {
		_, err := fmt.Fprintf(out, "%s: %d\n", hostprint.Label(t.Label, t.Tuple), t.Count)
		return err
	})
	return errors.Join(err, out.Flush())
}

func (r *hostRun) distinct(field string, req hosts.Request) error {
	out := bufio.NewWriter(r.env.stdout)
	err := r.client.Distinct(r.ctx, field, req, func(v host.Value) error {
		_, err := fmt.Fprintln(out, hostprint.DistinctValue(v))
		return err
	})
	return errors.Join(err, out.Flush())
}

// print writes the records.
func (r *hostRun) print(req hosts.Request, p hostprint.Printer) error {
	out := bufio.NewWriterSize(r.env.stdout, 64<<10)
	pause := r.env.pause()
	first := true
	err := r.client.Each(r.ctx, req, func(record string) error {
		h, err := host.Decode([]byte(record))
		if err != nil {
			return err
		}
		if !first && pause != nil {
			if err := out.Flush(); err != nil {
				return err
			}
			if err := pause(); err != nil {
				return err
			}
		}
		first = false
		return p.Host(out, h)
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err == nil {
		err = p.End(out)
	}
	return errors.Join(err, out.Flush())
}

// errEnough ends a listing that the user has seen enough of.
var errEnough = errors.New("the user has seen enough")

// pause returns a function that waits for the Enter key between records, nil unless a person sits at the terminal.
func (e *env) pause() func() error {
	_, out := terminal(e.stdout)
	_, in := terminal(e.stdin)
	if !out || !in {
		return nil
	}
	keys := bufio.NewReader(e.stdin)
	return func() error {
		if _, err := keys.ReadString('\n'); err != nil {
			return errEnough
		}
		return nil
	}
}

// printer is the one for the output that was asked for.
func (c *hostAnswers) printer(e *env) hostprint.Printer {
	_, tty := terminal(e.stdout)
	switch {
	case c.JSON:
		return hostprint.JSON(hostprint.JSONOptions{Indent: tty, NoScreenshots: c.NoScreen})
	case c.Honeyd:
		return hostprint.Honeyd(hostprint.HoneydOptions{})
	case c.URLs:
		return hostprint.HTTPURLs(hostprint.AddressURLs)
	case c.URLNames:
		return hostprint.HTTPURLs(hostprint.NameURLs)
	case c.URLsFull:
		return hostprint.HTTPURLs(hostprint.AddressedNameURLs)
	case c.NmapXML:
		return hostprint.NmapXML(e.manufacturer())
	case c.Gnmap:
		return hostprint.Gnmap()
	case c.Graph != "":
		return hostprint.GraphRoute(hostprint.GraphOptions{Include: c.include(), Cluster: e.cluster(c.Cluster)})
	case c.CSV != "":
		kind := hostprint.CSVPorts
		if c.CSV == "hops" {
			kind = hostprint.CSVHops
		}
		return hostprint.CSV(kind, hostprint.CSVOptions{Separator: c.CSVSep, NA: c.CSVNA, AddInfos: c.CSVInfos})
	}
	return hostprint.Text(hostprint.TextOptions{Manufacturer: e.manufacturer(), Terminal: tty})
}

func (c *hostAnswers) include() hostprint.GraphInclude {
	switch c.Include {
	case "last-hop":
		return hostprint.GraphLastHop
	case "target":
		return hostprint.GraphTarget
	}
	return hostprint.GraphInner
}

// textPrinter prints hosts in the default layout.
func (e *env) textPrinter() func(io.Writer, *host.Host) error {
	return hostprint.Text(hostprint.TextOptions{Manufacturer: e.manufacturer()}).Host
}
