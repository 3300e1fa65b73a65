package zeekflow

import (
	"bytes"
	"fmt"
	"math"

	"ivre/ingest/flow"
	"ivre/ingest/zeeklog"
)

// maxValues bounds the memory that one line can ask for through its lists. A DNS message of 64 KiB
// has less than 6000 answers.
const maxValues = 65536

// span is the text of a value in parser.text: that of meta.Values[value].
type span struct{ value, start, end int }

// protocol makes p.meta from a line of a protocol log.
func (p *parser) protocol(k *kind, row zeeklog.Row) error {
	e, err := p.ends(k, row, false)
	if err != nil {
		return err
	}
	m := &p.meta
	m.ResetValues()
	m.Start, m.End, m.Src, m.Dst, m.Name = e.time, e.time, e.src, e.dst, k.name
	m.Proto, m.Dport, m.Type = e.proto, e.dport, e.icmp[0]
	if p.opt.NoMetadata {
		return nil
	}
	p.text, p.spans = p.text[:0], p.spans[:0]
	col := k.firstKey
	for i := range k.meta.Keys {
		if err := p.key(k, i, row.Value(col)); err != nil {
			return columnError(k, col, err)
		}
		col++
	}
	p.materialize()
	for i := range k.meta.Counters {
		if v := row.Value(col); v.IsSet() {
			n, err := v.Uint(math.MaxUint64)
			if err != nil {
				return columnError(k, col, err)
			}
			m.AddCounter(k.meta.Counters[i].Name, n)
		}
		col++
	}
	return nil
}

// key adds the value of a key, or its elements if it is a list.
func (p *parser) key(k *kind, i int, v zeeklog.Value) error {
	if !v.IsSet() {
		return nil
	}
	name := k.meta.Keys[i].Name
	lower := k.name == "dns" && (name == "query" || name == "answers")
	if !v.IsList() {
		return p.value(name, v, lower)
	}
	for e := range v.Elements() {
		if err := p.value(name, e, lower); err != nil {
			return err
		}
		if len(p.meta.Values) > maxValues {
			return fmt.Errorf("more than %d values", maxValues)
		}
	}
	return nil
}

// value adds one value, of the type of its column.
func (p *parser) value(name string, v zeeklog.Value, lower bool) error {
	if !v.IsSet() {
		return nil
	}
	switch v.Type().Base {
	case zeeklog.Bool:
		b, err := v.Bool()
		if err != nil {
			return err
		}
		p.meta.AddBool(name, b)
	case zeeklog.Count, zeeklog.Port:
		n, err := v.Uint(math.MaxInt64)
		if err != nil {
			return err
		}
		p.meta.AddInt(name, int64(n))
	default:
		start := len(p.text)
		p.text = v.AppendText(p.text)
		if lower {
			p.lower(start)
		}
		if end := len(p.text); end > start {
			p.spans = append(p.spans, span{len(p.meta.Values), start, end})
			p.meta.Values = append(p.meta.Values, flow.Value{Key: name, Kind: flow.String})
		}
	}
	return nil
}

// lower turns the text from start on into lower case.
func (p *parser) lower(start int) {
	for i, c := range p.text[start:] {
		switch {
		case c >= 0x80:
			p.text = append(p.text[:start], bytes.ToLower(p.text[start:])...)
			return
		case 'A' <= c && c <= 'Z':
			p.text[start+i] = c + 'a' - 'A'
		}
	}
}

// materialize makes the strings of the values: one allocation for all of a line.
func (p *parser) materialize() {
	if len(p.spans) == 0 {
		return
	}
	all := string(p.text)
	for _, s := range p.spans {
		p.meta.Values[s.value].Str = all[s.start:s.end]
	}
}
