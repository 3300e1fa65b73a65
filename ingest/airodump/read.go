package airodump

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"ivre/ingest/p0f/textline"
	"ivre/ingest/passive"
)

// Options and Stats are those of all line-oriented logs. A row gives several records.
type (
	Options = textline.Options
	Stats   = textline.Stats
)

// ErrNoTable says that a file has lines but no table of airodump-ng.
var ErrNoTable = errors.New("not a CSV file of airodump-ng: no table of access points (BSSID, ...) or stations (Station MAC, ...)")

// Read reads a file up to its end and passes its records to emit, which must not keep the record. Each has the dates
// of its row and a count of 1. Rows without anything to record (hidden networks, stations that neither are associated
// nor ask for a network) are counted as skipped; rows that cannot be used, as those that are cut, are reported and left
// out. The error is that of emit (unchanged), of the stream or of the context, or ErrNoTable.
func Read(ctx context.Context, r io.Reader, opts Options, emit func(*passive.Record) error) (Stats, error) {
	p := parser{lines: textline.NewLines(ctx, r, opts), send: emit}
	content := false
	for {
		line, err := p.lines.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return p.lines.Stats, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			p.afterBlank = true
			continue
		}
		content = true
		if err := p.line(line); err != nil {
			return p.lines.Stats, err
		}
		p.afterBlank = false
	}
	if content && !p.found {
		return p.lines.Stats, ErrNoTable
	}
	return p.lines.Stats, nil
}

// parser is the state of one Read.
type parser struct {
	lines  *textline.Lines
	send   func(*passive.Record) error
	texts  textline.Texts
	record passive.Record

	table      *table // nil before the first one, and in one that is not known
	afterBlank bool   // the line before was blank: the next one names columns
	found      bool   // there was a table
	cells      [][]byte
	text       []byte
}

// line handles a line that is not blank. Its error is that of emit.
func (p *parser) line(line []byte) error {
	p.split(line)
	if t := tableOf(p.cells); t != nil {
		p.table, p.found = t, true
		return nil
	}
	if _, isRow := p.mac(p.cells[0]); p.afterBlank && !isRow {
		p.table = nil
		p.lines.Report(fmt.Errorf("%s begins a table that is not known; its rows are left out", textline.Quote(p.cells[0])))
		return nil
	}
	if p.table == nil {
		if p.found {
			p.lines.Skipped++ // was reported with the names of the columns
		} else {
			p.lines.Report(errors.New("no line with the names of columns before this row"))
		}
		return nil
	}
	before := p.lines.Records
	bad, err := p.row(line)
	switch {
	case err != nil:
		return err
	case bad != nil:
		p.lines.Report(bad)
	case p.lines.Records == before:
		p.lines.Skipped++
	}
	return nil
}

// maxCells bounds the cells of a line that are told apart: airodump-ng has 15. The last one has the rest of the line.
const maxCells = 64

// split splits a line into trimmed cells.
func (p *parser) split(line []byte) {
	p.cells = p.cells[:0]
	for last := false; !last; {
		var cell []byte
		if len(p.cells) == maxCells-1 {
			cell, last = line, true
		} else {
			cell, line, last = textline.Field(line, ',')
		}
		p.cells = append(p.cells, bytes.TrimSpace(cell))
	}
}

// row makes records from a row. bad says why there are none, err is that of emit.
func (p *parser) row(line []byte) (bad, err error) {
	t := p.table
	if len(p.cells) <= t.last {
		return fmt.Errorf("the row has %d cells, not the %d up to %q; it may be cut", len(p.cells), t.last+1, t.lastName), nil
	}
	first, err := textline.Stamp(p.cells[t.first], '-')
	if err != nil {
		return fmt.Errorf("First time seen: %w", err), nil
	}
	last, err := textline.Stamp(p.cells[t.seen], '-')
	if err != nil {
		return fmt.Errorf("Last time seen: %w", err), nil
	}
	if last.Before(first) { // the clock of the sensor was set back
		first, last = last, first
	}
	mac, ok := p.mac(p.cells[0])
	if !ok {
		return fmt.Errorf("%s is not a MAC address", textline.Quote(p.cells[0])), nil
	}
	r := row{line: line, mac: mac, first: first, last: last}
	if t.stations {
		return p.station(&r)
	}
	return p.accessPoint(&r)
}

// row is what all rows have.
type row struct {
	line        []byte
	mac         string
	first, last time.Time
}

// emit passes on one record of a row.
func (p *parser) emit(r *row, source, target string, addr netip.Addr) error {
	p.record = passive.Record{
		Recontype: "MAC_ADDRESS", Source: source, Addr: addr, TargetVal: target, Value: r.mac,
		Count: 1, First: r.first, Last: r.last,
	}
	if err := p.send(&p.record); err != nil {
		return err
	}
	p.lines.Records++
	return nil
}

// mac reads a MAC address, and returns it in lower case.
func (p *parser) mac(b []byte) (string, bool) {
	const length = len("00:00:00:00:00:00")
	var lower [length]byte
	if len(b) != length {
		return "", false
	}
	for i, c := range b {
		switch {
		case i%3 == 2:
			if c != ':' {
				return "", false
			}
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f':
		case 'A' <= c && c <= 'F':
			c |= 0x20
		default:
			return "", false
		}
		lower[i] = c
	}
	return p.texts.Get(lower[:]), true
}
