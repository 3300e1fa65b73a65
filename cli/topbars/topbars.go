package topbars

import (
	"io"
	"math"
	"slices"
	"strconv"

	"ivre/cli/termtext"
)

// Row is a line of the table.
type Row struct {
	Label string
	Count int64
}

const (
	defaultWidth = 80 // of a terminal that does not tell
	gap          = 2  // blanks between columns
	minBar       = 8  // columns; below, there are no bars at all
	minLabel     = 12 // columns that a label has before there are bars

	barColor = "\x1b[36m" // cyan: readable on a dark and on a light background
	noColor  = "\x1b[0m"
)

// Write writes a line for each row, in the given order: the label, the count, and a bar whose length is in
// proportion to the count, the largest count's bar reaching the end of the line. Everything fits into width
// columns (80 if it is not positive), of which the last one stays free, except that counts are always complete.
// Labels that take too much room lose their middle; control characters in them are escaped (see
// [ivre/cli/termtext]). Counts below 0 have no bar.
func Write(w io.Writer, rows []Row, width int, color bool) error {
	if width <= 0 {
		width = defaultWidth
	}
	labels := make([]string, len(rows))
	widest, digits, largest := 0, 0, int64(0)
	for i, r := range rows {
		labels[i] = termtext.Clean(r.Label)
		widest = max(widest, termtext.Width(labels[i]))
		digits = max(digits, len(strconv.FormatInt(r.Count, 10)))
		largest = max(largest, r.Count)
	}
	label, bar := columns(width-1, widest, digits)
	var b []byte
	for i, r := range rows {
		b = appendRow(b, termtext.Shorten(labels[i], label), label, r.Count, digits)
		if n := eighths(r.Count, largest, bar); n > 0 {
			b = append(b, "  "...)
			b = appendBar(b, n, color)
		}
		b = append(b, '\n')
	}
	_, err := w.Write(b)
	return err
}

// columns shares width columns between labels and bars. Labels get what the widest one needs, but leave a third
// of the line to the bars. If that leaves them next to nothing, there are no bars.
func columns(width, widest, digits int) (label, bar int) {
	rest := width - digits - gap // for labels and bars
	bar = max(width/3, minBar)
	label = min(widest, rest-gap-bar)
	if label < min(widest, minLabel) {
		return max(1, min(widest, rest)), 0
	}
	return label, rest - gap - label
}

func appendRow(b []byte, text string, label int, count int64, digits int) []byte {
	b = append(b, text...)
	b = appendBlanks(b, label-termtext.Width(text)+gap)
	from := len(b)
	b = strconv.AppendInt(b, count, 10)
	if n := digits - (len(b) - from); n > 0 {
		b = slices.Insert(b, from, appendBlanks(nil, n)...)
	}
	return b
}

func appendBlanks(b []byte, n int) []byte {
	for range n {
		b = append(b, ' ')
	}
	return b
}

// eighths is the length of a bar in eighths of columns: not 0 for a count that is not 0.
func eighths(count, largest int64, columns int) int {
	if count <= 0 || columns <= 0 {
		return 0
	}
	return max(1, int(math.Round(float64(count)/float64(largest)*float64(columns*8))))
}

func appendBar(b []byte, eighths int, color bool) []byte {
	if color {
		b = append(b, barColor...)
	}
	for range eighths / 8 {
		b = append(b, "█"...)
	}
	if n := eighths % 8; n > 0 {
		b = append(b, string('█'+rune(8-n))...) // U+2588 is a full block, U+2589 to U+258F have 7 to 1 eighths
	}
	if color {
		b = append(b, noColor...)
	}
	return b
}
