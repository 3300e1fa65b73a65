package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"ivre/cli/pyprint"
	"ivre/httpapi/wire"
	"ivre/sql/flowfilter"
	"ivre/sql/flows"
)

// The least widths of the columns of a listing.
const (
	addressWidth = 29
	labelWidth   = 9
)

// marks are the separators of text answers: of columns, of the items of a list, of a tuple's items.
type marks struct{ column, list, tuple string }

func (c *flowcliCommand) marks() marks {
	if c.Separator == nil {
		return marks{" | ", " ; ", ", "}
	}
	return marks{*c.Separator, " ;", ","}
}

// list prints flows as lines of text, as they come.
func (c *flowcliCommand) list(ctx context.Context, out *bufio.Writer, client *flows.Client, req flows.Request) error {
	sep := c.marks()
	addresses, labels := addressWidth, labelWidth
	if c.Separator != nil {
		addresses, labels = 0, 0
	}
	return client.Each(ctx, req, func(f *flows.Flow) error {
		src, flow, dst := f.Src.String(), edgeLabel(f, c.Mode), f.Dst.String()
		if len(c.Fields.Words) > 0 {
			r := flows.NewRecord(f, c.Mode)
			src = withFields(src, c.Fields.Words, sep.list, r.Src.Data())
			dst = withFields(dst, c.Fields.Words, sep.list, r.Dst.Data())
			flow = withFields(flow, c.Fields.Words, sep.list, r.Flow.Data)
		}
		if c.Separator == nil {
			addresses = max(addresses, utf8.RuneCountInString(src), utf8.RuneCountInString(dst))
			labels = max(labels, utf8.RuneCountInString(flow))
		}
		line := pad(src, addresses) + sep.column + pad(flow, labels) + sep.column + pad(dst, addresses)
		if c.Timeline {
			line += sep.column + timeline(f, c.Mode, sep.list)
		}
		_, err := out.WriteString(line + "\n")
		return err
	})
}

func pad(s string, width int) string {
	if n := width - utf8.RuneCountInString(s); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}

// edgeLabel is the label of a flow in a mode.
func edgeLabel(f *flows.Flow, mode string) string {
	label := f.Label()
	if mode == flows.FlowMap || mode == flows.TalkMap {
		label = flows.NewEdge(f, mode).Label
	}
	return pyprint.Str(label)
}

// withFields puts the values of fields behind a label, as far as the data have them.
func withFields(label string, names []string, sep string, data flows.Object) string {
	cells := []string{label}
	for _, n := range names {
		if v, ok := data.Get(n); ok {
			cells = append(cells, pyprint.Str(pythonValue(v, asList)))
		} else {
			cells = append(cells, "")
		}
	}
	return strings.Join(cells, sep)
}

// timeline shows when a flow was active: the starts of its slots, or ? if there are none.
func timeline(f *flows.Flow, mode, sep string) string {
	if len(f.Times) == 0 || mode == flows.FlowMap || mode == flows.TalkMap {
		return "?"
	}
	starts := make([]string, len(f.Times))
	for i, s := range f.Times { // ascending
		starts[i] = flows.FormatTime(s.Start)
	}
	return strings.Join(starts, sep)
}

// listJSON prints flows as JSON objects, one a line, as they come.
func (c *flowcliCommand) listJSON(ctx context.Context, out *bufio.Writer, client *flows.Client, req flows.Request) error {
	var line []byte
	return client.Each(ctx, req, func(f *flows.Flow) (err error) {
		if line, err = appendRecord(line[:0], flows.NewRecord(f, c.Mode)); err != nil {
			return err
		}
		_, err = out.Write(append(line, '\n'))
		return err
	})
}

// appendRecord is wire.Append for a record. It spares the checks that encoding/json makes of what its
// parts write, which take most of the time of a long listing.
func appendRecord(line []byte, r flows.Record) ([]byte, error) {
	for _, part := range []struct {
		opening string
		value   json.Marshaler
	}{{`{"src": `, r.Src}, {`, "dst": `, r.Dst}, {`, "flow": `, r.Flow}} {
		b, err := part.value.MarshalJSON()
		if err != nil {
			return line, err
		}
		line = wire.Restyle(append(line, part.opening...), b)
	}
	return append(line, '}'), nil
}

// listFields prints the fields that filters and answers know.
func listFields(e *env) error {
	out := bufio.NewWriter(e.stdout)
	bar := func(title string) { fmt.Fprintf(out, "======= %s =======\n", centre(title, 10)) }
	bar("General")
	section := ""
	for _, f := range flowfilter.Fields() {
		if f.Meta != section {
			section = f.Meta
			bar(section)
		}
		switch {
		case f.Meta == "":
			fmt.Fprintf(out, "%-12s: %s\n", f.Name, f.Text)
		case f.Key == "": // the logs of the protocol as a whole
		case f.Counter:
			fmt.Fprintln(out, f.Name)
		default:
			fmt.Fprintf(out, "%s (list)\n", f.Name)
		}
	}
	return out.Flush()
}

// centre pads a text on both sides, on the right first.
func centre(s string, width int) string {
	n := max(0, width-utf8.RuneCountInString(s))
	return strings.Repeat(" ", n/2) + s + strings.Repeat(" ", n-n/2)
}
