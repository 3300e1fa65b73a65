package cli

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/term"

	"ivre/cli/dayplot"
	"ivre/cli/pyprint"
	"ivre/sql/flows"
)

// top prints the most frequent values: (values) | count | (collected values) ; ...
func (c *flowcliCommand) top(ctx context.Context, out *bufio.Writer, client *flows.Client, req flows.Request) error {
	want := flows.TopRequest{Fields: c.Top, Collect: c.Collect, Sum: c.Sum, Least: c.Least, N: req.Limit, Skip: req.Skip}
	req.Limit, req.Skip = 0, 0
	sep := c.marks()
	for entry, err := range client.Top(ctx, req, want) {
		if err != nil {
			return err
		}
		collected := make([]string, len(entry.Collected))
		for i, tuple := range entry.Collected {
			collected[i] = printTuple(tuple, sep.tuple)
		}
		_, err = fmt.Fprintf(out, "%s%s%d%s%s\n", printTuple(entry.Fields, sep.tuple), sep.column, entry.Count, sep.column, strings.Join(collected, sep.list))
		if err != nil {
			return err
		}
	}
	return nil
}

func printTuple(values []any, sep string) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = pyprint.Str(pythonValue(v, asTuple))
	}
	return "(" + strings.Join(texts, sep) + ")"
}

// Lists are tuples in top answers, so that they can be told apart, and lists elsewhere.
func asTuple(items []any) any { return pyprint.Tuple(items) }
func asList(items []any) any  { return pyprint.List(items) }

// pythonValue turns a value of package flows into what Python would have held.
func pythonValue(v any, list func([]any) any) any {
	switch v := v.(type) {
	case flows.Slot:
		return pyprint.Dict{{Key: "start", Value: v.Start}, {Key: "duration", Value: v.Duration}}
	case flows.Object:
		d := make(pyprint.Dict, len(v))
		for i, m := range v {
			d[i] = pyprint.Item{Key: m.Name, Value: pythonValue(m.Value, asList)}
		}
		return d
	case []any:
		return list(pythonValues(v))
	case []uint16:
		return list(pythonValues(v))
	case []uint8:
		return list(pythonValues(v))
	}
	return v
}

func pythonValues[T any](items []T) []any {
	out := make([]any, len(items))
	for i, v := range items {
		out[i] = pythonValue(v, asList)
	}
	return out
}

// daily prints, or draws, how many flows are active at which time of day.
func (c *flowcliCommand) daily(ctx context.Context, e *env, out *bufio.Writer, client *flows.Client, req flows.Request) error {
	if req.Precision == 0 {
		settings, err := e.config()
		if err != nil {
			return err
		}
		req.Precision = settings.FlowTimePrecision
	}
	req.Limit, req.Skip = 0, 0
	entries, err := client.Daily(ctx, req)
	if err != nil {
		return err
	}
	if c.Plot || c.PlotFile != "" {
		return c.plot(e, out, entries, time.Duration(req.Precision)*time.Second)
	}
	for _, entry := range entries {
		names := make([]string, len(entry.Flows))
		for i, n := range entry.Flows {
			names[i] = fmt.Sprintf("(%s, %d)", pyprint.Str(n.Name), n.Count)
		}
		fmt.Fprintf(out, "%s%s%s\n", flows.FormatTimeOfDay(entry.Time), c.marks().column, strings.Join(names, " ; "))
	}
	return nil
}

func (c *flowcliCommand) plot(e *env, out *bufio.Writer, entries []flows.DailyEntry, bucket time.Duration) error {
	p := dayplot.Plot{Bucket: bucket}
	for _, entry := range entries {
		for _, n := range entry.Flows {
			p.Add(entry.Time, pyprint.Str(n.Name), n.Count)
		}
	}
	if c.PlotFile != "" {
		return writePlot(&p, c.PlotFile)
	}
	width, colour := 80, false
	if fd, ok := terminal(e.stdout); ok {
		colour = !noColour()
		if w, _, err := term.GetSize(fd); err == nil && w > 0 {
			width = w
		}
	}
	text, err := p.Terminal(width, colour)
	if err == nil {
		_, err = out.WriteString(text)
	}
	return err
}
