// Package dayplot draws how often things happen at which time of day: as step plots, one line per
// name, in a terminal's characters or in a PNG or SVG file. It knows nothing of what is counted.
package dayplot

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/guptarohit/asciigraph"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	_ "gonum.org/v1/plot/vg/vgimg" // registers png
	_ "gonum.org/v1/plot/vg/vgsvg" // registers svg
)

// Plot collects counts. Bucket is the length of the time that a count stands for.
type Plot struct {
	Bucket time.Duration
	names  map[string]map[time.Duration]uint64
	order  []string // of first appearance
	totals map[string]uint64
}

// ErrNothing says that there is nothing to plot.
var ErrNothing = errors.New("there is nothing to plot")

const day = 24 * time.Hour

// Add counts n for a name in the bucket that starts at a time of day.
func (p *Plot) Add(start time.Duration, name string, n uint64) {
	if p.names == nil {
		p.names, p.totals = map[string]map[time.Duration]uint64{}, map[string]uint64{}
	}
	if p.names[name] == nil {
		p.names[name] = map[time.Duration]uint64{}
		p.order = append(p.order, name)
	}
	p.names[name][start] += n
	p.totals[name] += n
}

// series is one line: the counts of all buckets of the day, of which the first starts at offset.
type series struct {
	name   string
	values []float64
}

// top returns the lines with the largest sums, at most most, largest first; a note tells of the others.
func (p *Plot) top(most int) (lines []series, offset time.Duration, note string, err error) {
	if len(p.order) == 0 || p.Bucket <= 0 {
		return nil, 0, "", ErrNothing
	}
	names := append([]string(nil), p.order...)
	sort.SliceStable(names, func(i, j int) bool { return p.totals[names[i]] > p.totals[names[j]] })
	if len(names) > most {
		note = fmt.Sprintf("the %d most frequent of %d", most, len(names))
		names = names[:most]
	}
	bucket := min(p.Bucket, day)
	for _, counts := range p.names {
		for at := range counts {
			offset = at % bucket // the same for all: slots have a common origin
		}
	}
	n := int((day + bucket - 1) / bucket)
	for _, name := range names {
		values := make([]float64, n)
		for at, count := range p.names[name] {
			if i := int(at / bucket); i >= 0 && i < n {
				values[i] += float64(count)
			}
		}
		lines = append(lines, series{name, values})
	}
	return lines, offset, note, nil
}

// What can be told apart in a terminal and in a picture.
const (
	terminalLines = 8
	pictureLines  = 24
)

var terminalColours = []asciigraph.AnsiColor{
	asciigraph.Blue, asciigraph.Red, asciigraph.Green, asciigraph.Yellow,
	asciigraph.Magenta, asciigraph.Cyan, asciigraph.White, asciigraph.Gray,
}

// Terminal draws in characters, width columns wide. Without colour, every line has a plot of its own.
func (p *Plot) Terminal(width int, colour bool) (string, error) {
	lines, offset, note, err := p.top(terminalLines)
	if err != nil {
		return "", err
	}
	columns := max(width-14, 24)
	options := []asciigraph.Option{
		asciigraph.LowerBound(0), asciigraph.Precision(0),
		asciigraph.XAxisRange(offset.Hours(), offset.Hours()+24), asciigraph.XAxisTickCount(9),
		asciigraph.XAxisValueFormatter(clock),
	}
	var out []string
	if colour {
		var data [][]float64
		var names []string
		for _, l := range lines {
			data, names = append(data, stretch(l.values, columns)), append(names, l.name)
		}
		options = append(options, asciigraph.Height(height(lines...)))
		if len(lines) > 1 {
			options = append(options, asciigraph.SeriesLegends(names...))
		} else {
			options = append(options, asciigraph.Caption(lines[0].name))
		}
		out = append(out, asciigraph.PlotMany(data, append(options, asciigraph.SeriesColors(terminalColours[:len(lines)]...))...))
	} else {
		for _, l := range lines {
			out = append(out, asciigraph.Plot(stretch(l.values, columns), append(options, asciigraph.Height(height(l)), asciigraph.Caption(l.name))...))
		}
	}
	if note != "" {
		out = append(out, "("+note+")")
	}
	return strings.Join(out, "\n\n") + "\n", nil
}

// height is the number of rows above the axis: small counts have a row each.
func height(lines ...series) int {
	most := 1.0
	for _, l := range lines {
		most = max(most, slices.Max(l.values))
	}
	return int(min(most, 12))
}

// stretch gives each bucket its share of the columns; where there are more buckets than columns, a
// column shows the largest of its buckets.
func stretch(values []float64, columns int) []float64 {
	out := make([]float64, columns)
	for c := range out {
		from, to := c*len(values)/columns, (c+1)*len(values)/columns
		out[c] = values[from]
		for _, v := range values[from:max(to, from+1)] {
			out[c] = max(out[c], v)
		}
	}
	return out
}

// clock writes hours as a time of day.
func clock(hours float64) string {
	m := int(math.Round(hours*60)) % (24 * 60)
	return fmt.Sprintf("%02d:%02d", m/60, m%60)
}

// Format returns the picture format that a file name asks for.
func Format(file string) (string, error) {
	switch ext := strings.ToLower(filepath.Ext(file)); ext {
	case ".png", ".svg":
		return ext[1:], nil
	}
	return "", fmt.Errorf("%s: a plot can be written to a .png or .svg file", file)
}

// Picture draws a picture in a format that Format knows.
func (p *Plot) Picture(w io.Writer, format, title string) error {
	lines, offset, note, err := p.top(pictureLines)
	if err != nil {
		return err
	}
	pl := plot.New()
	pl.Title.Text = title
	pl.X.Label.Text = "time of day (UTC)"
	pl.Y.Label.Text = "flows"
	if note != "" {
		pl.X.Label.Text += " - " + note
	}
	pl.X.Tick.Marker = plot.ConstantTicks(hourTicks())
	pl.X.Min, pl.X.Max, pl.Y.Min = 0, day.Hours(), 0
	pl.Legend.Top = true
	pl.Legend.Left = true
	pl.Add(plotter.NewGrid())
	for i, l := range lines {
		line, err := plotter.NewLine(steps(l.values, offset, min(p.Bucket, day)))
		if err != nil {
			return fmt.Errorf("plotting: %w", err)
		}
		line.StepStyle = plotter.PostStep
		line.Color = plotutil.Color(i)
		line.Dashes = plotutil.Dashes(i / 7) // as many colours there are
		line.Width = vg.Points(1.5)
		pl.Add(line)
		pl.Legend.Add(l.name, line)
	}
	c, err := pl.WriterTo(25*vg.Centimeter, 14*vg.Centimeter, format)
	if err != nil {
		return fmt.Errorf("plotting: %w", err)
	}
	_, err = c.WriteTo(w)
	return err
}

// steps are the corners of a line; the last one ends the last bucket.
func steps(values []float64, offset, bucket time.Duration) plotter.XYs {
	xy := make(plotter.XYs, 0, len(values)+1)
	for i, v := range values {
		xy = append(xy, plotter.XY{X: (offset + time.Duration(i)*bucket).Hours(), Y: v})
	}
	last := values[len(values)-1]
	return append(xy, plotter.XY{X: (offset + time.Duration(len(values))*bucket).Hours(), Y: last})
}

func hourTicks() []plot.Tick {
	var ticks []plot.Tick
	for h := 0; h <= 24; h++ {
		t := plot.Tick{Value: float64(h)}
		if h%3 == 0 {
			t.Label = fmt.Sprintf("%02d:00", h)
		}
		ticks = append(ticks, t)
	}
	return ticks
}
