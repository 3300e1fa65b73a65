package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/alecthomas/kong"

	"ivre/cli/dayplot"
	"ivre/sql/flowfilter"
	"ivre/sql/flows"
	"ivre/sql/flowstore"
	"ivre/sql/store"
)

type flowcliCommand struct {
	NodeFilters filterList  `short:"n" placeholder:"FILTER ..." sep:"none" group:"filter" help:"Conditions on the flows' ends (any field may be used)."`
	FlowFilters filterList  `short:"f" placeholder:"FILTER ..." sep:"none" group:"filter" help:"Conditions on flows, such as 'dport = 80 OR dport = 443', '!meta.http.host =~ \\.example\\.com$$', 'ANY sports > 1024'. All must hold."`
	Host        string      `placeholder:"ADDRESS" group:"filter" help:"Flows of this address or network (192.0.2.0/24), in either role."`
	Src         string      `placeholder:"ADDRESS" group:"filter" help:"Flows whose client is this address or in this network."`
	Dst         string      `placeholder:"ADDRESS" group:"filter" help:"Flows whose server is this address or in this network."`
	Proto       string      `placeholder:"NAME" group:"filter" help:"Flows of this transport protocol: tcp, udp, icmp, ..."`
	TCP         bool        `name:"tcp" group:"filter" help:"Flows of TCP."`
	UDP         bool        `name:"udp" group:"filter" help:"Flows of UDP."`
	Port        *int64      `name:"port" aliases:"dport" placeholder:"N" group:"filter" help:"Flows to this server port (also --dport)."`
	Sport       *int64      `placeholder:"N" group:"filter" help:"Flows from this client port."`
	After       string      `short:"a" placeholder:"TIME" group:"filter" help:"Flows with a time slot that starts at or after this time, YYYY-MM-DD HH:MM (UTC)."`
	Before      string      `short:"b" placeholder:"TIME" group:"filter" help:"Flows with a time slot that starts before this time."`
	Precision   optionalInt `placeholder:"[N]" group:"filter" help:"Flows with a time slot of N seconds. Without a number: list the lengths of the slots that there are."`

	Count     bool             `short:"c" group:"answer" help:"Count clients, servers and flows only."`
	Top       wordList         `short:"t" placeholder:"FIELD ..." sep:"none" group:"answer" help:"Most frequent values of a field, or combinations of several."`
	Sum       wordList         `short:"S" placeholder:"FIELD ..." sep:"none" group:"answer" help:"With --top: sum these fields up instead of counting flows."`
	Collect   wordList         `short:"C" placeholder:"FIELD ..." sep:"none" group:"answer" help:"With --top: show the values of these fields with each line."`
	Least     bool             `short:"L" group:"answer" help:"With --top: least frequent values."`
	FlowDaily bool             `group:"answer" help:"Count flows per time of day."`
	Plot      bool             `group:"answer" help:"With --flow-daily: draw a step plot."`
	PlotFile  string           `placeholder:"FILE" group:"answer" help:"With --flow-daily: draw it into this .png or .svg file."`
	Fields    optionalWordList `placeholder:"[FIELD ...]" group:"answer" help:"Show these fields too. Without names: list the fields that there are."`
	Timeline  bool             `short:"T" group:"answer" help:"Show the time slots of each flow."`
	Mode      string           `short:"m" placeholder:"MODE" group:"answer" help:"flow_map or talk_map: label flows as the map of the web interface does."`
	JSON      bool             `name:"json" short:"j" group:"answer" help:"Print one JSON object per flow."`
	Limit     uint32           `short:"l" placeholder:"N" group:"answer" help:"Print N results at most."`
	Skip      uint32           `placeholder:"N" group:"answer" help:"Leave out the first N results."`
	Orderby   string           `short:"o" placeholder:"KEY" group:"answer" help:"Order: src, dst or flow."`
	Separator *string          `short:"s" placeholder:"TEXT" group:"answer" help:"Put this between columns, and do not align them."`
	Explain   bool             `group:"answer" help:"Print the SQL that would be run, and do not run it."`

	Init            bool   `aliases:"purgedb" group:"change" help:"Remove every flow (also --purgedb)."`
	EnsureIndexes   bool   `group:"change" help:"Bring the database's schema up to date."`
	ReducePrecision uint32 `placeholder:"N" group:"change" help:"Make time slots N seconds long, for good. Filters, --after, --before and --precision (the present length) limit the change."`
}

var flowcliGroups = []kong.Group{
	{Key: "filter", Title: "Which flows:"},
	{Key: "answer", Title: "What to print:"},
	{Key: "change", Title: "Changes (a person is asked to confirm):"},
}

// Help is shown by --help.
func (flowcliCommand) Help() string {
	return `Without another flag, every flow is listed: client, protocol and port, server.

A filter is FIELD OPERATOR VALUE, or FIELD alone (it exists). Operators: = != < <= > >= =~ (regular expression; for addresses a network). A leading ! negates; OR joins; ANY, ALL, NONE, ONE and LEN look at fields with several values. 'ivre flowcli --fields' lists the fields.

Examples:

  ivre flowcli --count
  ivre flowcli --tcp --host 192.0.2.0/24 --limit 20
  ivre flowcli --top dport -l 10
  ivre flowcli --top src.addr dport --sum csbytes scbytes --collect proto
  ivre flowcli -f 'meta.http.host =~ ^www' '!dport = 80' --fields count scbytes
  ivre flowcli -a '2026-01-02 00:00' -b '2026-01-03 00:00' --flow-daily --plot
  ivre flowcli --udp --json | jq .flow.data`
}

// Validate checks what can be told from the command line alone.
func (c *flowcliCommand) Validate() error {
	if c.Explain && (c.Init || c.EnsureIndexes || c.ReducePrecision > 0) {
		return errors.New("--explain shows the SQL of questions, not of changes")
	}
	if c.PlotFile == "" {
		return nil
	}
	_, err := dayplot.Format(c.PlotFile)
	return err
}

// Run does what the flags ask for; the first of them in this order wins.
func (c *flowcliCommand) Run(e *env) error {
	if c.Fields.Given && len(c.Fields.Words) == 0 && !c.Init && !c.EnsureIndexes {
		return listFields(e)
	}
	return e.withStore(true, func(ctx context.Context, s *store.Store) error {
		if s.Unclean() {
			if err := e.recover(ctx, s); err != nil {
				return err
			}
		}
		switch {
		case c.Init:
			return c.init(ctx, e, s)
		case c.EnsureIndexes:
			return c.ensureIndexes(e)
		}
		for _, name := range c.Fields.Words {
			if _, ok := flowfilter.Lookup(name); !ok {
				return errors.New(flowfilter.NoField(name))
			}
		}
		client := flows.New(s)
		if c.Explain {
			return explain(ctx, e.stdout, func(ctx context.Context) error { return c.answer(ctx, e, s, client) })
		}
		return c.answer(ctx, e, s, client)
	})
}

func (c *flowcliCommand) answer(ctx context.Context, e *env, s *store.Store, client *flows.Client) error {
	if c.Precision.Given && c.Precision.N == 0 {
		return c.listPrecisions(ctx, e, client)
	}
	req, err := c.request()
	if err != nil {
		return err
	}
	if c.ReducePrecision > 0 {
		return c.reducePrecision(ctx, e, s, client, req)
	}
	out := bufio.NewWriterSize(e.stdout, 64<<10)
	switch {
	case c.Count:
		err = c.count(ctx, out, client, req)
	case len(c.Top) > 0:
		err = c.top(ctx, out, client, req)
	case c.FlowDaily:
		err = c.daily(ctx, e, out, client, req)
	case c.JSON:
		err = c.listJSON(ctx, out, client, req)
	default:
		err = c.list(ctx, out, client, req)
	}
	if ferr := out.Flush(); err == nil {
		err = ferr
	}
	return err
}

func (c *flowcliCommand) init(ctx context.Context, e *env, s *store.Store) error {
	if err := e.confirm("This will remove any flow result in your database. Process ? [y/N] ", false); err != nil {
		return err
	}
	return flowstore.Init(ctx, s)
}

// ensureIndexes has nothing left to do: opening the database has brought its schema up to date.
func (c *flowcliCommand) ensureIndexes(e *env) error {
	if err := e.confirm("This will lock your database. Process ? [y/N] ", false); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.stdout, "The schema is up to date; ClickHouse's tables are sorted and need no other indexes.")
	return err
}

func (c *flowcliCommand) listPrecisions(ctx context.Context, e *env, client *flows.Client) error {
	list, err := client.Precisions(ctx)
	if err != nil {
		return err
	}
	for _, n := range list {
		if _, err := fmt.Fprintln(e.stdout, n); err != nil {
			return err
		}
	}
	return nil
}

func (c *flowcliCommand) count(ctx context.Context, out *bufio.Writer, client *flows.Client, req flows.Request) error {
	n, err := client.Count(ctx, req)
	if err == nil {
		fmt.Fprintf(out, "%d clients\n%d servers\n%d flows\n", n.Clients, n.Servers, n.Flows)
	}
	return err
}

func (c *flowcliCommand) reducePrecision(ctx context.Context, e *env, s *store.Store, client *flows.Client, req flows.Request) error {
	if err := e.confirm("This will permanently reduce the precision of your database. Process ? [y/N] ", false); err != nil {
		return err
	}
	settings, err := e.config()
	if err != nil {
		return err
	}
	// The bounds are about the slots to change, not about which flows to look at.
	keys, err := client.Selection(flows.Request{Cond: req.Cond})
	if err != nil {
		return err
	}
	return flowstore.ReducePrecision(ctx, s, keys, flowstore.Precision{
		New: int(c.ReducePrecision), Base: settings.FlowTimeBase, Current: req.Precision,
		After: unixBound(req.After), Before: unixBound(req.Before),
	})
}

// unixBound turns a bound into seconds since 1970, within the range of slots; 0 is no bound.
func unixBound(t time.Time) uint32 {
	if t.IsZero() {
		return 0
	}
	return uint32(min(max(t.Unix(), 1), math.MaxUint32))
}

// explain has do run its first statement, which is printed and not run.
func explain(ctx context.Context, out interface{ Write([]byte) (int, error) }, do func(context.Context) error) error {
	dry, cancel := context.WithCancel(ctx)
	defer cancel()
	var shown []string
	err := do(store.WithTrace(dry, func(st store.Statement) {
		shown = append(shown, st.Inline()+";\n")
		cancel() // the driver sends nothing under a context that has ended
	}))
	for _, text := range shown {
		if _, err := fmt.Fprint(out, text); err != nil {
			return err
		}
	}
	if len(shown) > 0 && ctx.Err() == nil {
		return nil
	}
	return err
}
