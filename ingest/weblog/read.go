package weblog

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

// Options and Stats are those of all line-oriented logs.
type (
	Options = textline.Options
	Stats   = textline.Stats
)

// Read reads a log up to its end and passes a record for the user agent, and one for the X-Forwarded-For header, of
// each line to emit, which must not keep the record. A client that the log has by name is the record's TargetVal.
// Lines with neither header are counted as skipped; those that are not in the format are reported and left out. The
// error is that of emit (unchanged), of the stream or of the context.
func Read(ctx context.Context, r io.Reader, opts Options, emit func(*passive.Record) error) (Stats, error) {
	p := parser{lines: textline.NewLines(ctx, r, opts)}
	for {
		line, err := p.lines.Next()
		if err == io.EOF {
			return p.lines.Stats, nil
		}
		if err != nil {
			return p.lines.Stats, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			p.lines.Skipped++
			continue
		}
		e, err := parse(line)
		if err == nil {
			err = p.client(e.client)
		}
		if err != nil {
			p.lines.Report(err)
			continue
		}
		if err := p.emit(&e, emit); err != nil {
			return p.lines.Stats, err
		}
	}
}

// parser is the state of one Read.
type parser struct {
	lines  *textline.Lines
	texts  textline.Texts
	record passive.Record

	last []byte     // client of the last line; empty if there is none
	addr netip.Addr // of last
	name string     // of last, if it is no address
}

// entry is a line, split.
type entry struct {
	client, agent, forwarded []byte // forwarded is nil if the line has no such field
	time                     time.Time
}

var (
	errFormat = errors.New("not a line of the combined log format")
	dash      = []byte("-")
)

// parse splits a line. Quoted fields contain no quotes; only if a line makes no sense that way, a backslash is taken
// to hide the quote after it, as Apache writes it.
func parse(line []byte) (entry, error) {
	var e entry
	client, rest, _ := textline.Field(line, ' ')
	e.client = client
	_, rest, _ = textline.Field(rest, ' ')   // identity, which may be "-"
	i := bytes.Index(rest, []byte(` [`))     // the user may contain spaces
	j := bytes.Index(rest, []byte(`] "`))    // end of the date
	if len(client) == 0 || i < 0 || j <= i { // i == 0: an empty user
		return e, errFormat
	}
	date, tail := rest[i+2:j], rest[j+2:]
	if !e.fields(tail, false) && !e.fields(tail, true) {
		return e, errFormat
	}
	var ok bool
	if e.time, ok = clf(date); !ok {
		return e, fmt.Errorf("%s is not a date (want DD/Mon/YYYY:HH:MM:SS and a zone)", textline.Quote(date))
	}
	return e, nil
}

// fields reads what follows the date.
func (e *entry) fields(b []byte, escapes bool) bool {
	_, b, ok := quoted(b, escapes) // request
	if !ok {
		return false
	}
	if b, ok = number(b); !ok { // status
		return false
	}
	if b, ok = number(b); !ok || len(b) == 0 || b[0] != ' ' { // size
		return false
	}
	if _, b, ok = quoted(b[1:], escapes); !ok || len(b) == 0 || b[0] != ' ' { // referer
		return false
	}
	if e.agent, b, ok = quoted(b[1:], escapes); !ok {
		return false
	}
	e.forwarded = nil
	if len(b) > 0 && b[0] == ' ' {
		if e.forwarded, b, ok = quoted(b[1:], escapes); !ok {
			return false
		}
	}
	return len(b) == 0
}

// quoted cuts a quoted field off b.
func quoted(b []byte, escapes bool) (field, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return nil, nil, false
	}
	b = b[1:]
	for i := 0; ; {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return nil, nil, false
		}
		i += n
		if !escapes || !escaped(b[:i]) {
			return b[:i], b[i+1:], true
		}
		i++
	}
}

// escaped tells whether b ends in a backslash that is not itself hidden by one.
func escaped(b []byte) bool {
	n := len(b)
	for n > 0 && b[n-1] == '\\' {
		n--
	}
	return (len(b)-n)%2 == 1
}

// number cuts a space and a number, or the "-" for none, off b.
func number(b []byte) ([]byte, bool) {
	if len(b) < 2 || b[0] != ' ' {
		return nil, false
	}
	if b = b[1:]; b[0] == '-' {
		return b[1:], true
	}
	n := 0
	for n < len(b) && '0' <= b[n] && b[n] <= '9' {
		n++
	}
	return b[n:], n > 0
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// clf reads the date of the common log format, "02/Jan/2006:15:04:05 -0700". The zone is not used.
func clf(b []byte) (t time.Time, ok bool) {
	const length = len("02/Jan/2006:15:04:05")
	if len(b) < length || b[2] != '/' || b[6] != '/' || b[11] != ':' || b[14] != ':' || b[17] != ':' || len(b) > length && b[length] != ' ' {
		return t, false
	}
	month := bytes.Index([]byte(months), b[3:6])
	if month < 0 || month%3 != 0 {
		return t, false
	}
	var n [5]int
	for i, at := range [5][2]int{{7, 11}, {0, 2}, {12, 14}, {15, 17}, {18, 20}} {
		if n[i], ok = textline.Number(b[at[0]:at[1]], 9999); !ok {
			return t, false
		}
	}
	return textline.Date(n[0], month/3+1, n[1], n[2], n[3], n[4])
}

// client sets who sent the request. Clients mostly send several in a row.
func (p *parser) client(b []byte) error {
	if bytes.Equal(b, p.last) {
		return nil
	}
	p.last = p.last[:0]
	addr, err := textline.Addr(b)
	if err != nil {
		if !isName(b) {
			return fmt.Errorf("the client %s is neither an address nor a host name", textline.Quote(b))
		}
		p.addr, p.name = netip.Addr{}, p.texts.Get(b)
	} else {
		p.addr, p.name = addr, ""
	}
	p.last = append(p.last, b...)
	return nil
}

// isName tells whether b can be the name of a host: labels of letters, digits, "-" and "_", of which the last is not
// a number (RFC 1123, section 2.1), so that damaged addresses are none.
func isName(b []byte) bool {
	const longest = 253
	if len(b) > longest {
		return false
	}
	b = bytes.TrimSuffix(b, []byte("."))
	label, digits := 0, true
	for i, c := range b {
		switch {
		case c == '.':
			if label == 0 || i+1 == len(b) {
				return false
			}
			label, digits = 0, true
			continue
		case '0' <= c && c <= '9':
		case 'a' <= c|0x20 && c|0x20 <= 'z', c == '_', c == '-' && label > 0:
			digits = false
		default:
			return false
		}
		label++
	}
	return label > 0 && !digits
}

// emit passes on the records of a line.
func (p *parser) emit(e *entry, emit func(*passive.Record) error) error {
	before := p.lines.Records
	for _, h := range [...]struct {
		name  string
		value []byte
	}{{"USER-AGENT", e.agent}, {"X-FORWARDED-FOR", e.forwarded}} {
		if len(h.value) == 0 || bytes.Equal(h.value, dash) {
			continue
		}
		p.record = passive.Record{
			Recontype: "HTTP_CLIENT_HEADER", Source: h.name, Addr: p.addr, TargetVal: p.name,
			Value: p.texts.Get(h.value), Count: 1, First: e.time, Last: e.time,
		}
		if err := emit(&p.record); err != nil {
			return err
		}
		p.lines.Records++
	}
	if p.lines.Records == before {
		p.lines.Skipped++
	}
	return nil
}
