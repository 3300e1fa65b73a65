package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"ivre/sql/ask"
	"ivre/sql/hosts"
	"ivre/sql/store"
)

type benchCommand struct {
	List       bool     `help:"List the scenarios."`
	Scenario   []string `placeholder:"NAME" sep:"none" help:"Run this scenario (may be repeated; default: all)."`
	Backend    string   `placeholder:"NAME" help:"Name of the database in the report (default: the scheme of its URL)."`
	Iterations int      `default:"20" placeholder:"N" help:"Timed runs (default: 20)."`
	Warmup     int      `default:"3" placeholder:"N" help:"Runs before, which are not timed (default: 3)."`
	Output     string   `placeholder:"FILE" help:"Write the report to this file."`
}

// Help is shown by --help.
func (*benchCommand) Help() string {
	return `Times questions about the view and prints a report as JSON.

Examples:
  ivre bench --list
  ivre bench --scenario bench_top_service --iterations 100`
}

// scenario is a question that is timed.
type scenario struct{ name, description, field string }

// scenarios are sorted by name.
var scenarios = []scenario{
	{"bench_top_port", "The 15 most frequent ports of the view", "port"},
	{"bench_top_service", "The 15 most frequent services of the view", "service"},
}

// benchReport is the report; its members are in the order of their names.
type benchReport struct {
	Backend  string        `json:"backend"`
	Version  string        `json:"ivre_version"`
	Platform string        `json:"platform"`
	Python   string        `json:"python"` // the name is one that readers of reports know
	Results  []benchResult `json:"results"`
}

type benchResult struct {
	Description string       `json:"description"`
	Iterations  int          `json:"iterations"`
	Latency     benchLatency `json:"latency_ms"`
	Scenario    string       `json:"scenario"`
	Warmup      int          `json:"warmup"`
}

// benchLatency are times in milliseconds.
type benchLatency struct {
	Max  float64 `json:"max"`
	Mean float64 `json:"mean"`
	Min  float64 `json:"min"`
	P50  float64 `json:"p50"`
	P95  float64 `json:"p95"`
}

// Run times the scenarios.
func (c *benchCommand) Run(e *env) error {
	if c.List {
		for _, s := range scenarios {
			fmt.Fprintf(e.stdout, "%s\t%s\n", s.name, s.description)
		}
		return nil
	}
	chosen, err := c.chosen()
	if err != nil {
		return &usageError{err: err, command: " bench"}
	}
	report := benchReport{
		Backend: c.Backend, Version: programVersion(), Platform: runtime.GOOS + " " + runtime.GOARCH, Python: runtime.Version(), Results: []benchResult{},
	}
	if report.Backend == "" {
		settings, err := e.config()
		if err != nil {
			return err
		}
		report.Backend = "clickhouse"
		if u, err := url.Parse(settings.DB); err == nil && u.Scheme != "" {
			report.Backend = u.Scheme
		}
	}
	err = e.withStore(true, func(ctx context.Context, db *store.Store) error {
		client := hosts.New(db, hosts.View)
		for _, s := range chosen {
			latency, err := c.time(ctx, client, s)
			if err != nil {
				return err
			}
			report.Results = append(report.Results, benchResult{s.description, c.Iterations, latency, s.name, c.Warmup})
		}
		return nil
	})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(report); err != nil {
		return err
	}
	if c.Output != "" {
		return os.WriteFile(c.Output, b.Bytes(), 0o644)
	}
	_, err = b.WriteTo(e.stdout)
	return err
}

// chosen are the scenarios to run, in the order in which they were named.
func (c *benchCommand) chosen() ([]scenario, error) {
	if c.Iterations < 1 {
		return nil, fmt.Errorf("--iterations: %d is less than 1", c.Iterations)
	}
	if c.Warmup < 0 {
		return nil, fmt.Errorf("--warmup: %d is less than 0", c.Warmup)
	}
	if len(c.Scenario) == 0 {
		return scenarios, nil
	}
	var out []scenario
	var unknown []string
	for _, name := range c.Scenario {
		i := slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == name })
		if i < 0 {
			unknown = append(unknown, name)
			continue
		}
		out = append(out, scenarios[i])
	}
	if unknown != nil {
		return nil, errors.New("there is no scenario " + strings.Join(unknown, ", "))
	}
	return out, nil
}

func (c *benchCommand) time(ctx context.Context, client *hosts.Client, s scenario) (benchLatency, error) {
	samples := make([]float64, 0, c.Iterations)
	for i := -c.Warmup; i < c.Iterations; i++ {
		start := time.Now()
		err := client.Top(ctx, ask.TopRequest{Field: s.field, Limit: 15}, func(ask.Top) error { return nil })
		if err != nil {
			return benchLatency{}, err
		}
		if i >= 0 {
			samples = append(samples, float64(time.Since(start))/float64(time.Millisecond))
		}
	}
	return latencyOf(samples), nil
}

// latencyOf sums up samples; the percentiles are nearest ranks.
func latencyOf(samples []float64) benchLatency {
	slices.Sort(samples)
	sum := 0.0
	for _, x := range samples {
		sum += x
	}
	rank := func(q float64) float64 {
		n := len(samples)
		return thousandths(samples[min(n, max(1, int(math.Ceil(q*float64(n)))))-1])
	}
	return benchLatency{
		Max: thousandths(samples[len(samples)-1]), Mean: thousandths(sum / float64(len(samples))), Min: thousandths(samples[0]), P50: rank(0.5), P95: rank(0.95),
	}
}

func thousandths(x float64) float64 { return math.Round(x*1000) / 1000 }
