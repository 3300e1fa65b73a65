package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"ivre/sql/flowfilter"
	"ivre/sql/flows"
)

// request puts the filters and convenience options together.
func (c *flowcliCommand) request() (flows.Request, error) {
	nodes, edges := c.filters()
	cond, err := flowfilter.Parse(nodes, edges)
	if err != nil {
		return flows.Request{}, err
	}
	req := flows.Request{
		Cond: cond, Precision: c.Precision.N, OrderBy: c.Orderby,
		Limit: int(c.Limit), Skip: int(c.Skip), Timeline: c.Timeline,
	}
	if req.After, err = parseBound("--after", c.After); err != nil {
		return flows.Request{}, err
	}
	req.Before, err = parseBound("--before", c.Before)
	return req, err
}

// filters are the filters of the command line, the convenience options written as filters behind them.
func (c *flowcliCommand) filters() (nodes, edges []string) {
	nodes, edges = slices.Clone([]string(c.NodeFilters)), slices.Clone([]string(c.FlowFilters))
	if c.Host != "" {
		nodes = append(nodes, addressFilter("addr", c.Host))
	}
	if c.Src != "" {
		edges = append(edges, addressFilter("src.addr", c.Src))
	}
	if c.Dst != "" {
		edges = append(edges, addressFilter("dst.addr", c.Dst))
	}
	if c.Proto != "" {
		edges = append(edges, "proto = "+filterText(c.Proto))
	}
	if c.TCP {
		edges = append(edges, "proto = tcp")
	}
	if c.UDP {
		edges = append(edges, "proto = udp")
	}
	if c.Port != nil {
		edges = append(edges, fmt.Sprintf("dport = %d", *c.Port))
	}
	if c.Sport != nil {
		edges = append(edges, fmt.Sprintf("ANY sports = %d", *c.Sport))
	}
	return nodes, edges
}

var plainAddress = regexp.MustCompile(`^[0-9A-Fa-f.:/]+$`)

// addressFilter tests for an address, or for a network if there is a slash.
func addressFilter(field, address string) string {
	op := " = "
	if strings.Contains(address, "/") {
		op = " =~ "
	}
	if !plainAddress.MatchString(address) {
		address = filterText(address) // it will be refused, as a whole
	}
	return field + op + address
}

// filterText writes a text as a value of the filter language.
func filterText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// parseBound reads a time bound. Seconds and days alone are accepted beside the documented form.
func parseBound(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s: %q is not a time in the form YYYY-MM-DD HH:MM", flag, text)
}
