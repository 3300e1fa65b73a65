package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"

	"ivre/ingest/addrrange"
)

type iprangeCommand struct {
	Country    string   `short:"c" xor:"selector" placeholder:"CODE[,CODE...]" help:"Networks in countries (UK and EU are understood)."`
	Registered string   `name:"registered-country" xor:"selector" placeholder:"CODE[,CODE...]" help:"Networks that are registered in countries."`
	Region     []string `xor:"selector" sep:"none" placeholder:"COUNTRY" help:"COUNTRY REGION: networks in a region (both are codes)."`
	City       []string `xor:"selector" sep:"none" placeholder:"COUNTRY" help:"COUNTRY NAME: networks in a city."`
	ASNum      string   `short:"a" name:"asnum" xor:"selector" placeholder:"N[,N...]" help:"Networks of autonomous systems."`
	Range      []string `xor:"selector" sep:"none" placeholder:"FIRST" help:"FIRST LAST: addresses from one to another."`
	Network    string   `short:"n" xor:"selector" placeholder:"NETWORK" help:"A network."`
	Routable   bool     `xor:"selector" help:"Networks that a public routing table has a way to (BGP.csv)."`
	File       string   `short:"f" xor:"selector" placeholder:"FILE" help:"Addresses, networks and ranges in a file, one per line."`

	CIDRs  bool  `name:"cidrs" xor:"output" help:"Networks (the default)."`
	Ranges bool  `short:"r" xor:"output" help:"FIRST-LAST."`
	Count  bool  `xor:"output" help:"The number of addresses."`
	Addrs  bool  `xor:"output" help:"Every address."`
	JSON   bool  `short:"j" name:"json" xor:"output" help:"JSON: the number, the ranges, the networks."`
	Limit  int64 `short:"l" placeholder:"N" help:"The first N only (0: all)."`
	Force  bool  `help:"List any number of addresses; else a million is the most."`

	Second string `arg:"" optional:"" hidden:"" name:"second"`
}

// Help is shown by --help.
func (*iprangeCommand) Help() string {
	return `Lists the addresses of countries, regions, cities, autonomous systems, ranges or networks. It needs the tables that
'ivre ipdata --import-all' makes, or the databases themselves.

Examples:
  ivre iprange -c FR,DE
  ivre iprange --asnum AS64496 --count
  ivre iprange --range 192.0.2.1 192.0.2.10
  ivre iprange -n 192.0.2.0/24 --addrs`
}

// request puts the flags together.
func (c *iprangeCommand) request(ctx context.Context) (addrrange.Selector, error) {
	if c.File != "" {
		f, err := os.Open(c.File)
		if err != nil {
			return addrrange.Selector{}, err
		}
		defer f.Close()
		set, err := addrrange.ReadFile(ctx, c.File, f)
		return addrrange.Selector{Kind: addrrange.File, Ranges: set.Ranges()}, err
	}
	params := map[string]string{"country": c.Country, "registered_country": c.Registered, "asnum": c.ASNum, "network": c.Network}
	for name, pair := range map[string][]string{"region": c.Region, "city": c.City, "range": c.Range} {
		if len(pair) == 0 {
			continue
		}
		if c.Second == "" {
			return addrrange.Selector{}, fmt.Errorf("--%s takes two values", name)
		}
		if name == "range" {
			params["range_start"], params["range_stop"] = pair[0], c.Second
		} else {
			params[name] = pair[0] + "," + c.Second
		}
	}
	if c.Routable {
		params["routable"] = "1"
	}
	r, err := addrrange.ParseRequest(func(name string) string { return params[name] })
	return r.Selector, err
}

// Run lists.
func (c *iprangeCommand) Run(e *env) error {
	ctx, stop := e.interruptible()
	defer stop()
	chosen := c.Country != "" || c.Registered != "" || c.Region != nil || c.City != nil || c.ASNum != "" || c.Range != nil || c.Network != "" || c.Routable || c.File != ""
	if !chosen || c.Limit < 0 {
		return &usageError{err: errors.New("exactly one of --country, --registered-country, --region, --city, --asnum, --range, --network, --routable and --file is needed, and --limit takes a number from 0 on"), command: " iprange"}
	}
	selector, err := c.request(ctx)
	if err != nil {
		return err
	}
	db, err := e.addressData()
	if err != nil {
		return err
	}
	ranges, err := db.Select(selector)
	if err != nil {
		return err
	}
	opt := addrrange.Options{Limit: uint64(c.Limit), Cap: addrrange.CommandCap}
	switch {
	case c.Ranges:
		opt.Output = addrrange.Ranges
	case c.Count:
		opt.Output = addrrange.OnlyCount
	case c.Addrs:
		opt.Output = addrrange.Addrs
	case c.JSON:
		opt.Output = addrrange.Document
	}
	if c.Force {
		opt.Cap = 0
	}
	out := bufio.NewWriterSize(e.stdout, 64<<10)
	return errors.Join(addrrange.WriteText(ctx, out, ranges, opt), out.Flush())
}

type ipcalcCommand struct {
	Args []string `arg:"" name:"what" passthrough:"" help:"Networks, ranges (FIRST-LAST), addresses, decimal numbers."`
}

// Help is shown by --help.
func (*ipcalcCommand) Help() string {
	return `Converts: a network to its range, a range to its networks, a number to an address, an address to a number.

Examples:
  ivre ipcalc 192.0.2.0/24 192.0.2.0-192.0.2.10 192.0.2.1 3221225985`
}

// Run converts.
func (c *ipcalcCommand) Run(e *env) error {
	out := bufio.NewWriter(e.stdout)
	return errors.Join(addrrange.Calc(out, c.Args), out.Flush())
}
