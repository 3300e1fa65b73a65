package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"ivre/cli/passiveprint"
	"ivre/ingest/manuf"
	record "ivre/ingest/passive"
	"ivre/sql/ask"
	"ivre/sql/passive"
	"ivre/sql/query"
	"ivre/sql/store"
	"ivre/sql/tree"
)

type macinfoCommand struct {
	Values  []string `arg:"" optional:"" name:"value" help:"MAC addresses, /regular expressions/ of them, IP addresses and networks; with !, ~ or - before: all but these."`
	Sensor  string   `short:"s" placeholder:"NAME" help:"Only what this sensor saw."`
	Count   bool     `short:"c" help:"Number of records."`
	Resolve bool     `short:"r" help:"Name the manufacturers of network cards."`
}

// Help is shown by --help.
func (*macinfoCommand) Help() string {
	return `Tells which MAC addresses sensors saw for which addresses, and what they saw of wireless networks.

MAC addresses are alternatives, and so are IP addresses and networks; if both are given, both have to hold.

Examples:
  ivre macinfo 192.0.2.1
  ivre macinfo -r 00:0c:29:01:02:03
  ivre macinfo '/^00:0c:29/' '!192.0.2.0/24'
  ivre macinfo -- -192.0.2.1`
}

// Run answers.
func (c *macinfoCommand) Run(e *env) error {
	cond, err := c.cond()
	if err != nil {
		return err
	}
	return e.withStore(true, func(ctx context.Context, db *store.Store) error {
		client := passive.New(db)
		if c.Count {
			n, err := client.Count(ctx, cond)
			if err == nil {
				fmt.Fprintln(e.stdout, n)
			}
			return err
		}
		var vendor func(string) (string, bool)
		if c.Resolve {
			vendor = manuf.Default().Short
		}
		out := bufio.NewWriterSize(e.stdout, 64<<10)
		var buf []byte
		req := ask.Request{Cond: cond, Sort: []ask.Sort{{Field: "value"}, {Field: "recontype"}, {Field: "source"}, {Field: "addr"}}}
		err := client.Each(ctx, req, func(r *record.Record) error {
			buf = passiveprint.AppendMAC(buf[:0], r, vendor)
			_, err := out.Write(buf)
			return err
		})
		return errors.Join(err, out.Flush())
	})
}

// cond is the condition that the arguments make.
func (c *macinfoCommand) cond() (tree.Cond, error) {
	var macs, addrs tree.Or
	for _, v := range c.Values {
		rest, neg := v, false
		if v != "" && strings.IndexByte("-!~", v[0]) >= 0 {
			rest, neg = v[1:], true
		}
		test, isMAC, err := macTest(rest)
		if err != nil {
			return nil, err
		}
		if neg {
			test = butThese(test)
		}
		if isMAC {
			macs = append(macs, test)
		} else {
			addrs = append(addrs, test)
		}
	}
	all := tree.And{tree.Test{Field: "recontype", Op: tree.Eq, Value: tree.Text("MAC_ADDRESS")}}
	if macs != nil {
		all = append(all, macs)
	}
	if addrs != nil {
		all = append(all, addrs)
	}
	if c.Sensor != "" {
		all = append(all, tree.Test{Field: "sensor", Op: tree.Eq, Value: tree.Text(c.Sensor)})
	}
	return all, nil
}

// butThese negates a test. Outside of a network is what has an address; another address than one is also none.
func butThese(test tree.Cond) tree.Cond {
	if t, ok := test.(tree.Test); ok {
		if n, ok := t.Value.(tree.Range); ok && n.From != n.To {
			return tree.And{tree.Exists{Field: t.Field}, tree.Not{Cond: test}}
		}
	}
	return tree.Not{Cond: test}
}

// macTest reads a MAC address, an expression, a network or an address.
func macTest(s string) (cond tree.Cond, isMAC bool, err error) {
	if mac, ok := normalMAC(s); ok {
		return tree.Test{Field: "value", Op: tree.Eq, Value: tree.Text(mac)}, true, nil
	}
	if strings.HasPrefix(s, "/") && strings.Contains(s[1:], "/") {
		test, err := ask.TextOrPattern("value", strings.ToLower(s))
		return test, true, err
	}
	n, err := query.Network(s)
	if err != nil {
		return nil, false, fmt.Errorf("%.60q is no MAC address, no address, no network and no /regular expression/", s)
	}
	return tree.Test{Field: "addr", Op: tree.In, Value: n}, false, nil
}

// normalMAC writes a MAC address as records have it: six groups of two lower case digits with colons.
func normalMAC(s string) (string, bool) {
	groups := strings.FieldsFunc(s, func(r rune) bool { return r == ':' || r == '-' })
	if len(groups) != 6 || strings.ContainsRune(s, ':') == strings.ContainsRune(s, '-') || len(s) != len(strings.Join(groups, ":")) {
		return "", false
	}
	for i, g := range groups {
		if len(g) > 2 || strings.Trim(strings.ToLower(g), "0123456789abcdef") != "" {
			return "", false
		}
		if len(g) == 1 {
			g = "0" + g
		}
		groups[i] = strings.ToLower(g)
	}
	return strings.Join(groups, ":"), true
}
