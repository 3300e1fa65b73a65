package passiverecon

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"time"
	"unsafe"

	"ivre/ingest/passive"
	"ivre/ingest/zeeklog"
)

// The range of times that a record may have, in microseconds since 1970: up to the end of the year 2105.
const maxTime = 4291747200 * 1_000_000

// fill makes p.record from a line.
func (p *parser) fill(row zeeklog.Row) (err error) {
	r := &p.record
	*r = passive.Record{Sensor: p.opts.Sensor, Count: 1}
	if r.First, err = moment(row.Value(colTime)); err != nil {
		return columnError(colTime, err)
	}
	r.Last = r.First
	if v := row.Value(colHost); v.IsSet() {
		var a netip.Addr
		if a, err = v.Addr(); err != nil {
			return columnError(colHost, err)
		}
		r.Addr = a.Unmap()
	}
	if v := row.Value(colPort); v.IsSet() {
		n, err := v.Uint(math.MaxUint16)
		if err != nil {
			return columnError(colPort, err)
		}
		r.Port = uint16(n)
	}
	if r.Recontype, err = p.kind(row.Value(colKind)); err != nil {
		return columnError(colKind, err)
	}
	text, err := p.textOf(&p.text, row.Value(colSource))
	if err != nil {
		return columnError(colSource, err)
	}
	r.Source = p.sources.get(text)
	if text, err = p.textOf(&p.value, row.Value(colValue)); err != nil {
		return columnError(colValue, err)
	}
	r.Value = view(text)
	if r.Addr.IsValid() {
		return nil
	}
	if text, err = p.textOf(&p.target, row.Value(colTarget)); err != nil {
		return columnError(colTarget, err)
	}
	r.TargetVal = view(text)
	return nil
}

// view is a text in a buffer that is not changed before the next line is read. Most of the time would go into making
// strings and collecting them.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func moment(v zeeklog.Value) (time.Time, error) {
	us, err := v.Time()
	if err != nil {
		return time.Time{}, err
	}
	if us < 0 || us >= maxTime {
		return time.Time{}, fmt.Errorf("%d seconds since 1970 is outside the years 1970 to 2105", us/1_000_000)
	}
	return time.UnixMilli(us / 1000).UTC(), nil
}

// kind reads the kind of an observation, without the name of the module that declares it ("PassiveRecon::").
func (p *parser) kind(v zeeklog.Value) (string, error) {
	if !v.IsSet() {
		return "", errors.New("not set, expected PassiveRecon::<kind>")
	}
	p.text = v.AppendText(p.text[:0])
	_, name, ok := bytes.Cut(p.text, []byte("::"))
	if !ok || len(name) == 0 || len(name) > maxInterned {
		return "", fmt.Errorf("%.40q is not a kind, expected PassiveRecon::<kind>", p.text)
	}
	return p.kinds.get(name), nil
}

// textOf returns the text of a value in the form that the package comment describes, in a buffer.
func (p *parser) textOf(buf *[]byte, v zeeklog.Value) ([]byte, error) {
	text := v.AppendText((*buf)[:0])
	if bytes.IndexByte(text, '\\') >= 0 {
		p.work = rawBytes(p.work[:0], text)
		text = appendEscaped(text[:0], p.work)
	}
	if len(text) > p.opts.MaxValue {
		return nil, fmt.Errorf("longer than %d bytes", p.opts.MaxValue)
	}
	if *buf = text; cap(text) > maxScratch {
		*buf = nil
	}
	if cap(p.work) > maxScratch {
		p.work = nil
	}
	return text, nil
}

// maxScratch is how much memory is kept from a line to the next for a scratch buffer.
const maxScratch = 1 << 20

// interned keeps texts that come again and again. Its memory is bounded: it forgets all when it is full.
type interned map[string]string

// Bounds of the texts that are kept.
const (
	maxInterned      = 128  // bytes of each
	maxInternedTexts = 4096 // number
)

func (in *interned) get(b []byte) string {
	if s, ok := (*in)[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(s) > maxInterned {
		return s
	}
	if *in == nil || len(*in) >= maxInternedTexts {
		*in = make(interned)
	}
	(*in)[s] = s
	return s
}
