// Package passiverecon reads the passiverecon log of Zeek: what the package of that name (see package zeekscript) saw,
// a line per observation, tab-separated or as JSON. It knows the columns of the log and nothing of what becomes of the
// observations.
package passiverecon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"ivre/ingest/passive"
	"ivre/ingest/zeeklog"
)

// Options say how a log is read. The zero value is good.
type Options struct {
	// Bad is told of lines that cannot be used, which are left out. Lines count from 1. It may be nil.
	Bad func(line uint64, err error)
}

// Stats count lines.
type Stats struct {
	Records uint64 // given to emit
	Bad     uint64 // left out
}

// maxLine is the length of the longest line that is read, in bytes.
const maxLine = 16 << 20

const (
	colTime = iota
	colHost
	colPort
	colKind
	colSource
	colValue
	colTarget
)

var schema = zeeklog.NewSchema(
	zeeklog.Column{Name: "ts", Type: zeeklog.Type{Base: zeeklog.Time}},
	zeeklog.Column{Name: "host", Type: zeeklog.Type{Base: zeeklog.Addr}},
	zeeklog.Column{Name: "srvport", Type: zeeklog.Type{Base: zeeklog.Port}},
	zeeklog.Column{Name: "recon_type", Type: zeeklog.Type{Base: zeeklog.Enum}},
	zeeklog.Column{Name: "source", Type: zeeklog.Type{Base: zeeklog.String}},
	zeeklog.Column{Name: "value", Type: zeeklog.Type{Base: zeeklog.String}},
	zeeklog.Column{Name: "targetval", Type: zeeklog.Type{Base: zeeklog.String}},
)

// prefix is what the kinds of observations begin with in the log.
const prefix = "PassiveRecon::"

// checkEvery is after how many lines the context is looked at.
const checkEvery = 1024

// ErrNotZeek is returned for a stream without a single line that Zeek could have written.
var ErrNotZeek = errors.New("this is no log of Zeek: neither #fields nor JSON objects in it")

// Read reads a log to its end and gives emit a record for each observation, which must not be kept (its texts may). The
// error is that of emit, of the stream or of the context, or ErrNotZeek.
func Read(ctx context.Context, r io.Reader, opts Options, emit func(*passive.Record) error) (Stats, error) {
	p := parser{opts: opts, words: map[string]string{}}
	p.log = zeeklog.NewReader(r, zeeklog.Options{MaxLine: maxLine, Bad: p.bad})
	for n := 0; ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return p.stats, ctx.Err()
		}
		err := p.log.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return p.stats, err
		}
		if err := p.line(); err != nil {
			p.bad(p.log.Line(), err)
			continue
		}
		if err := emit(&p.record); err != nil {
			return p.stats, err
		}
		p.stats.Records++
	}
	p.stats.Bad += p.log.Headless()
	if !p.log.IsZeek() && p.log.Line() > 0 {
		return p.stats, ErrNotZeek
	}
	return p.stats, nil
}

type parser struct {
	opts   Options
	log    *zeeklog.Reader
	stats  Stats
	record passive.Record
	buf    []byte
	words  map[string]string // texts that come again and again
}

func (p *parser) bad(line uint64, err error) {
	p.stats.Bad++
	if p.opts.Bad != nil {
		p.opts.Bad(line, err)
	}
}

// maxWords bounds the texts that are kept, maxWord the length of one.
const (
	maxWords = 1 << 14
	maxWord  = 64
)

// word is a text that probably comes again.
func (p *parser) word(b []byte) string {
	if s, ok := p.words[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(b) <= maxWord && len(p.words) < maxWords {
		p.words[s] = s
	}
	return s
}

// line makes p.record from the current line.
func (p *parser) line() error {
	row := p.log.Row(schema)
	r := &p.record
	*r = passive.Record{Count: 1}
	us, err := row.Value(colTime).Time()
	if err != nil {
		return fmt.Errorf("ts: %w", err)
	}
	if us < 0 || us >= maxTime {
		return errors.New("ts: the time is not between 1970 and 2299")
	}
	r.First = time.UnixMilli(us / 1000).UTC()
	r.Last = r.First
	p.buf = row.Value(colKind).AppendText(p.buf[:0])
	if len(p.buf) <= len(prefix) {
		return fmt.Errorf("recon_type: %.40q is no kind of observation", p.buf)
	}
	r.Recontype = p.word(p.buf[len(prefix):])
	if v := row.Value(colHost); v.IsSet() {
		if r.Addr, err = v.Addr(); err != nil {
			return fmt.Errorf("host: %w", err)
		}
		r.Addr = r.Addr.Unmap().WithZone("")
	}
	if v := row.Value(colPort); v.IsSet() {
		port, err := v.Uint(65535)
		if err != nil {
			return fmt.Errorf("srvport: %w", err)
		}
		r.Port = uint16(port)
	}
	if v := row.Value(colSource); v.IsSet() {
		p.buf = v.AppendText(p.buf[:0])
		r.Source = p.word(p.buf)
	}
	v := row.Value(colValue)
	if !row.Has(colValue) {
		return errors.New("value: the line has no such column")
	}
	p.buf = v.AppendText(p.buf[:0])
	r.Value = p.word(p.buf)
	if v := row.Value(colTarget); v.IsSet() && !r.Addr.IsValid() {
		p.buf = v.AppendText(p.buf[:0])
		r.TargetVal = p.word(p.buf)
	}
	return nil
}

// maxTime is the year 2300 in microseconds: what a DateTime64 can hold.
const maxTime = 10413792000 * 1_000_000
