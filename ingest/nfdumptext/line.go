// Package nfdumptext reads flow files through the nfdump program and its text output. It is for what
// package nfcapd can't do: filters in nfdump's language, and files of a kind that only the installed
// nfdump knows. It needs that program, and is several times slower. It gives the program file names
// and a filter as single arguments, and never involves a shell.
package nfdumptext

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"ivre/ingest/flow"
)

// ErrNotFlow is what ParseLine returns for lines that do not have the columns of a flow: messages of
// the program, blank lines.
var ErrNotFlow = errors.New("not a flow line")

// Columns of a line. The last one is optional.
const (
	colStart = iota
	colEnd
	colProto
	colAddr1
	colAddr2
	colPort1
	colPort2
	colPktsOut
	colPktsIn
	colBytesOut
	colBytesIn
	colFlags
	colFlows
	numColumns
)

// format makes nfdump print these columns.
const format = "fmt:%ts,%te,%pr,%sa,%da,%sp,%dp,%opkt,%ipkt,%obyt,%ibyt,%flg,%fl"

var columnNames = [numColumns]string{
	"start", "end", "protocol", "source address", "destination address", "source port", "destination port",
	"packets out", "packets in", "bytes out", "bytes in", "flags", "flows",
}

// ParseLine reads one line of nfdump's output, 12 or 13 comma-separated columns that may be padded
// with blanks: start and end time (UTC), protocol (name or number), source and destination address,
// their ports (for ICMP the destination port is "type.code"), packets out and in, bytes out and in
// ("in" is what the source sent), TCP flags, and the number of flows (1 if there is no such column).
// Amounts may be scaled ("1.2 M"). Times in the wrong order are exchanged. The port table (nil for an empty one) decides which side is the
// server. On an error e is undefined.
func ParseLine(line string, table *flow.PortTable, e *flow.Event) error {
	var cols [numColumns]string
	n := split(line, &cols)
	if n < numColumns-1 || n > numColumns {
		return ErrNotFlow
	}
	*e = flow.Event{Proto: flow.CanonicalProto(cols[colProto]), Count: 1}
	if e.Proto == "" {
		return columnError(colProto, errors.New("is empty"))
	}
	if err := parseTimes(e, &cols); err != nil {
		return err
	}
	if err := parseEnds(e, &cols); err != nil {
		return err
	}
	if err := parseAmounts(e, &cols, n); err != nil {
		return err
	}
	table.Orient(e)
	return nil
}

// split cuts the line at its commas and returns the number of columns, which may be more than fit.
func split(line string, cols *[numColumns]string) int {
	for n := 0; ; n++ {
		col, rest, more := strings.Cut(line, ",")
		if n == numColumns {
			return n + 1
		}
		cols[n] = strings.TrimSpace(col)
		if !more {
			return n + 1
		}
		line = rest
	}
}

func columnError(col int, err error) error {
	return fmt.Errorf("column %d (%s): %w", col+1, columnNames[col], err)
}

func parseTimes(e *flow.Event, cols *[numColumns]string) (err error) {
	if e.Start, err = parseTime(cols[colStart]); err != nil {
		return columnError(colStart, err)
	}
	if e.End, err = parseTime(cols[colEnd]); err != nil {
		return columnError(colEnd, err)
	}
	e.OrderTimes()
	return flow.CheckTimes(e.Start, e.End)
}

// parseTime reads "2026-01-02 03:04:05.678". The fraction is mandatory: without it this is not the
// column that it should be.
func parseTime(s string) (int64, error) {
	const layout = "2006-01-02 15:04:05" // Parse accepts a fraction after that
	if len(s) < len(layout)+2 || s[len(layout)] != '.' {
		return 0, fmt.Errorf("%q is not a time like %s.000", s, layout)
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time like %s.000", s, layout)
	}
	return t.UnixMicro(), nil
}

// parseEnds reads addresses and ports. The destination port of ICMP becomes type<<8 | code.
func parseEnds(e *flow.Event, cols *[numColumns]string) (err error) {
	if e.Src, err = flow.ParseAddr(cols[colAddr1]); err != nil {
		return columnError(colAddr1, err)
	}
	if e.Dst, err = flow.ParseAddr(cols[colAddr2]); err != nil {
		return columnError(colAddr2, err)
	}
	if flow.HasType(e.Proto) {
		if e.Dport, err = parseICMP(cols[colPort2]); err != nil {
			return columnError(colPort2, err)
		}
		return nil
	}
	if e.Sport, err = parsePort(cols[colPort1]); err != nil {
		return columnError(colPort1, err)
	}
	if e.Dport, err = parsePort(cols[colPort2]); err != nil {
		return columnError(colPort2, err)
	}
	return nil
}

func parsePort(s string) (uint16, error) {
	v, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%q is not a port", s)
	}
	return uint16(v), nil
}

// parseICMP reads "8.0", or type and code as one number as NetFlow has it.
func parseICMP(s string) (uint16, error) {
	kind, code, dotted := strings.Cut(s, ".")
	if !dotted {
		return parsePort(s)
	}
	k, err1 := strconv.ParseUint(kind, 10, 8)
	c, err2 := strconv.ParseUint(code, 10, 8)
	if err1 != nil || err2 != nil {
		return 0, fmt.Errorf("%q is not an ICMP type and code", s)
	}
	return uint16(k<<8 | c), nil
}

// parseAmounts reads the counters. "Out" is what the destination sent.
func parseAmounts(e *flow.Event, cols *[numColumns]string, n int) (err error) {
	for _, c := range [...]struct {
		col int
		to  *uint64
	}{
		{colPktsOut, &e.ScPkts}, {colPktsIn, &e.CsPkts},
		{colBytesOut, &e.ScBytes}, {colBytesIn, &e.CsBytes},
		{colFlows, &e.Count},
	} {
		if c.col >= n {
			continue
		}
		if *c.to, err = parseAmount(cols[c.col]); err != nil {
			return columnError(c.col, err)
		}
	}
	e.Count = max(1, e.Count)
	return nil
}

// unitDigits are the powers of ten that nfdump scales amounts with.
var unitDigits = map[string]int{"K": 3, "M": 6, "G": 9, "T": 12}

// parseAmount reads "1234" or "1.2 M". The latter is computed in decimal, and truncated, so that no
// rounding of binary fractions makes 2299999 of 2.3 M.
func parseAmount(s string) (uint64, error) {
	if v, err := strconv.ParseUint(s, 10, 64); err == nil {
		return v, nil
	}
	number, unit, _ := strings.Cut(s, " ")
	digits, known := unitDigits[strings.TrimSpace(unit)]
	whole, fraction, _ := strings.Cut(number, ".")
	if !known || !allDigits(whole+fraction) {
		return 0, fmt.Errorf("%q is not an amount", s)
	}
	v, err := strconv.ParseUint(whole+(fraction + "000000000000")[:digits], 10, 64)
	if err != nil || v > math.MaxInt64 {
		return 0, fmt.Errorf("the amount %q is too large", s)
	}
	return v, nil
}

func allDigits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}
