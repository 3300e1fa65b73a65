package p0f

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"ivre/ingest/host"
	"ivre/ingest/p0f/textline"
	"ivre/ingest/passive"
)

// Options and Stats are those of all line-oriented logs.
type (
	Options = textline.Options
	Stats   = textline.Stats
)

// Read reads a log up to its end and passes one record for each entry about a SYN or SYN+ACK packet to emit, which
// must not keep the record (its Infos it may). Entries of other kinds and lines that are no entries are counted as
// skipped; entries that cannot be used are reported and left out. The error is that of emit (unchanged), of the
// stream or of the context.
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
		switch err := p.line(line); {
		case err == errSkip:
			p.lines.Skipped++
		case err != nil:
			p.lines.Report(err)
		default:
			if err := emit(&p.record); err != nil {
				return p.lines.Stats, err
			}
			p.lines.Records++
		}
	}
}

// errSkip says that a line is not meant to give a record.
var errSkip = errors.New("not an entry about a SYN or SYN+ACK")

// parser is the state of one Read.
type parser struct {
	lines  *textline.Lines
	items  [maxItems]item
	texts  textline.Texts
	record passive.Record
}

// item is one key=value of an entry.
type item struct{ key, value []byte }

// maxItems bounds the items of an entry; p0f writes at most ten.
const maxItems = 64

// prefixLen is the length of "[YYYY/MM/DD HH:MM:SS] ".
const prefixLen = 22

// line makes p.record from a line.
func (p *parser) line(line []byte) error {
	if len(line) <= prefixLen || line[0] != '[' || line[prefixLen-2] != ']' || line[prefixLen-1] != ' ' {
		return errSkip
	}
	recontype := ""
	switch mod := modOf(line[prefixLen:]); {
	case string(mod) == "syn":
		recontype = "P0FV3_SYN"
	case string(mod) == "syn+ack":
		recontype = "P0FV3_SYN+ACK"
	case mod != nil:
		return errSkip
	}
	items, err := p.split(line[prefixLen:])
	if err != nil {
		return err
	}
	if recontype == "" {
		return errors.New("no mod in the entry")
	}
	t, err := textline.Stamp(line[1:prefixLen-2], '/')
	if err != nil {
		return err
	}
	p.record = passive.Record{Recontype: recontype, Source: "P0FV3", Count: 1, First: t, Last: t}
	if err := p.subject(items); err != nil {
		return err
	}
	sig, _ := get(items, "raw_sig")
	if len(sig) == 0 {
		return errors.New("no raw_sig in the entry")
	}
	p.record.Value = p.texts.Get(sig)
	p.record.Infos = p.infos(items)
	return nil
}

// modOf finds the kind of an entry; nil if it does not say. It looks before the items are split, because entries
// about HTTP quote what clients sent.
func modOf(b []byte) []byte {
	for last := false; !last; {
		var it []byte
		it, b, last = textline.Field(b, '|')
		if value, ok := bytes.CutPrefix(it, []byte("mod=")); ok {
			return value
		}
	}
	return nil
}

// split splits an entry into its items, each of another key.
func (p *parser) split(b []byte) ([]item, error) {
	items := p.items[:0]
	for last := false; !last; {
		var field []byte
		field, b, last = textline.Field(b, '|')
		key, value, ok := bytes.Cut(field, []byte("="))
		if !ok {
			return nil, fmt.Errorf("item %s has no \"=\"; the entry may be cut", textline.Quote(field))
		}
		if len(items) == maxItems {
			return nil, fmt.Errorf("more than %d items", maxItems)
		}
		if _, twice := get(items, string(key)); twice || string(key) == "ts" {
			return nil, fmt.Errorf("duplicate key %s", textline.Quote(key))
		}
		items = append(items, item{key, value})
	}
	return items, nil
}

func get(items []item, key string) (value []byte, ok bool) {
	for i := range items {
		if string(items[i].key) == key {
			return items[i].value, true
		}
	}
	return nil, false
}

// subject sets the address that the entry is about, and the port if it is the server's.
func (p *parser) subject(items []item) error {
	subj, ok := get(items, "subj")
	if !ok {
		return errors.New("no subj in the entry")
	}
	server := string(subj) == "srv"
	if !server && string(subj) != "cli" {
		return fmt.Errorf("subj %s is neither cli nor srv", textline.Quote(subj))
	}
	end, ok := get(items, string(subj))
	if !ok {
		return fmt.Errorf("no %s in the entry", subj)
	}
	addr, port, _ := bytes.Cut(end, []byte("/"))
	a, err := textline.Addr(addr)
	if err != nil {
		return fmt.Errorf("%s: %w", subj, err)
	}
	p.record.Addr, p.record.Port = a, 0
	if server {
		n, ok := textline.Number(port, math.MaxUint16)
		if !ok {
			return fmt.Errorf("srv: %s is not a port", textline.Quote(port))
		}
		p.record.Port = uint16(n)
	}
	return nil
}

// infos returns p0f's verdict, nil if there is none.
func (p *parser) infos(items []item) *host.Object {
	var o *host.Object
	for _, key := range [...]string{"os", "app", "dist", "params"} {
		value, ok := get(items, key)
		if !ok || key == "os" && string(value) == "???" || key == "params" && bytes.EqualFold(value, []byte("none")) {
			continue
		}
		if o == nil {
			o = &host.Object{Members: make([]host.Member, 0, 4)}
		}
		o.Members = append(o.Members, host.Member{Key: key, Value: p.texts.Get(value)})
	}
	return o
}
