package passiverecon

import (
	"context"
	"errors"
	"fmt"
	"io"

	"ivre/ingest/passive"
	"ivre/ingest/zeeklog"
)

// DefaultMaxValue is the length of the longest text of a record unless Options say otherwise, in bytes.
const DefaultMaxValue = 16 << 20

// ErrNotZeek says that a stream is no Zeek log: it has neither a header nor JSON objects.
var ErrNotZeek = errors.New("not a Zeek log: it has neither #fields nor JSON objects")

// Options says how a log is read. The zero value is good.
type Options struct {
	// Sensor is the sensor of all records.
	Sensor string
	// MaxValue is the length of the longest value, source or second value that is taken, in bytes of the record's text;
	// DefaultMaxValue if 0. Lines may be four times as long, and some more for their other columns.
	MaxValue int
	// Bad is called for lines and headers that cannot be used, with their number from 1 on. If columns are missing or not
	// known, it is called for the line that names them, not for those that follow.
	Bad func(line uint64, err error)
}

// Stats says what was read. It is complete also when Read returns an error.
type Stats struct {
	Lines   uint64 // all lines, headers and blank lines included
	Records uint64 // records that emit took
	Bad     uint64 // lines and headers that were reported to Options.Bad
	Skipped uint64 // lines that were left out because of a header that was reported, or without a header
}

// Read reads a log, decompressed, up to its end and calls emit for each line. What emit gets, with the texts in it, is
// valid until it returns (see passive.Record.Clone). Count is 1, First and Last are the time of the line, in milliseconds (cut, not rounded).
//
// A line that cannot be used is reported and left out. The error is emit's (unchanged), the context's, that of r with the
// number of the last line, or ErrNotZeek, after which emit was not called. A stream without any line is no error.
func Read(ctx context.Context, r io.Reader, opts Options, emit func(*passive.Record) error) (Stats, error) {
	if opts.MaxValue <= 0 {
		opts.MaxValue = DefaultMaxValue
	}
	p := &parser{opts: opts, emit: emit}
	p.record.Sensor = opts.Sensor
	maxLine := 4*opts.MaxValue + 64<<10
	p.src = newSource(r, maxLine, p.bad)
	p.log = zeeklog.NewReader(p.src, zeeklog.Options{MaxLine: maxLine, Bad: p.bad})
	err := p.run(ctx)
	p.stats.Lines = p.log.Line()
	p.stats.Skipped += p.log.Headless()
	if err == nil && !p.log.IsZeek() && p.stats.Bad+p.stats.Skipped > 0 {
		err = ErrNotZeek
	}
	return p.stats, err
}

// checkEvery is the number of lines between two looks at the context.
const checkEvery = 4096

// parser is the state of one Read.
type parser struct {
	src    *source
	log    *zeeklog.Reader
	opts   Options
	emit   func(*passive.Record) error
	stats  Stats
	record passive.Record

	text, work    []byte // scratch
	value, target []byte // texts of the record
	kinds         interned
	sources       interned
}

func (p *parser) bad(line uint64, err error) {
	p.stats.Bad++
	if p.opts.Bad != nil {
		p.opts.Bad(line, err)
	}
}

func (p *parser) run(ctx context.Context) error {
	for n := 0; ; n++ {
		if n%checkEvery == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		err := p.log.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.line(); err != nil {
			return err
		}
	}
}

// line handles the current line. Its error is emit's.
func (p *parser) line() error {
	unusable, problem := p.src.verdict()
	switch {
	case problem != nil:
		p.bad(p.log.Line(), problem)
		return nil
	case unusable:
		p.stats.Skipped++
		return nil
	}
	if err := p.fill(p.log.Row(schema)); err != nil {
		p.bad(p.log.Line(), err)
		return nil
	}
	err := p.emit(&p.record)
	if err == nil {
		p.stats.Records++
	}
	return err
}

// The columns, in the order of the log.
const (
	colTime = iota
	colUID
	colHost
	colPort
	colKind
	colSource
	colValue
	colTarget
)

var schema = zeeklog.NewSchema(
	zeeklog.Column{Name: "ts", Type: zeeklog.Type{Base: zeeklog.Time}},
	zeeklog.Column{Name: "uid", Type: zeeklog.Type{Base: zeeklog.String}},
	zeeklog.Column{Name: "host", Type: zeeklog.Type{Base: zeeklog.Addr}},
	zeeklog.Column{Name: "srvport", Type: zeeklog.Type{Base: zeeklog.Port}},
	zeeklog.Column{Name: "recon_type", Type: zeeklog.Type{Base: zeeklog.Enum}},
	zeeklog.Column{Name: "source", Type: zeeklog.Type{Base: zeeklog.String}},
	zeeklog.Column{Name: "value", Type: zeeklog.Type{Base: zeeklog.String}},
	zeeklog.Column{Name: "targetval", Type: zeeklog.Type{Base: zeeklog.String}},
)

func columnError(col int, err error) error {
	return fmt.Errorf("column %s: %w", schema.Name(col), err)
}
