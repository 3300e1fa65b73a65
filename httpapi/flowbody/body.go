package flowbody

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"ivre/ingest/flow"
)

// MaxRecord is the largest record that is read, in bytes of JSON. The same holds for any other part of
// the body that has to be held in memory.
const MaxRecord = 1 << 20

// maxDepth bounds the nesting of members that are skipped.
const maxDepth = 1000

// Sink takes the records. Pointers are valid during the call only. An error ends the reading and is
// returned by Read unchanged. A flow.Sink is one.
type Sink interface {
	Event(*flow.Event) error
	Meta(*flow.Meta) error
}

// Error says what is wrong with a body: the sender's fault.
type Error struct{ text string }

func (e *Error) Error() string { return e.text }

func errorf(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Read reads a whole body and returns how many records it has. Errors are of type *Error if the body is
// wrong, else those of r or sink.
func Read(r io.Reader, sink Sink) (int, error) {
	d := decoder{window: window{r: r}, sink: sink}
	d.json = json.NewDecoder(&d.window)
	d.json.UseNumber()
	d.window.consumed = d.json.InputOffset
	err := d.body()
	if d.window.err != nil { // what the JSON decoder says of it is of no use
		err = d.window.err
	}
	return d.n, err
}

// window is a reader that fails once too much was read that the JSON decoder can't let go of.
type window struct {
	r        io.Reader
	read     int64
	consumed func() int64
	err      error // other than io.EOF
}

func (w *window) Read(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	free := MaxRecord - (w.read - w.consumed())
	if free <= 0 {
		w.err = errorf("the record (or other value) at byte %d of the body is larger than %d bytes", w.consumed(), MaxRecord)
		return 0, w.err
	}
	// The decoder looks again at what it has after each read, so a body that comes byte by byte must
	// not make as many reads.
	p = p[:min(free, int64(len(p)))]
	n := 0
	var err error
	for n < len(p) && err == nil {
		var m int
		m, err = w.r.Read(p[n:])
		n += m
	}
	w.read += int64(n)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

type decoder struct {
	window window
	json   *json.Decoder
	sink   Sink
	n      int             // records read
	raw    json.RawMessage // the record, reused
	event  flow.Event
	meta   flow.Meta
}

var errNoList = &Error{"'records' must be a list"}

// body reads the outer object.
func (d *decoder) body() error {
	tok, err := d.token()
	if err != nil {
		return err
	}
	if tok != json.Delim('{') {
		return errNoList
	}
	found := false
	for d.json.More() {
		key, err := d.token()
		if err != nil {
			return err
		}
		if key != "records" {
			if err := d.skip(); err != nil {
				return err
			}
			continue
		}
		if found {
			return errorf("invalid JSON body: 'records' appears twice")
		}
		found = true
		if err := d.records(); err != nil {
			return err
		}
	}
	if _, err := d.token(); err != nil {
		return err
	}
	if !found {
		return errNoList
	}
	if _, err := d.json.Token(); err != io.EOF {
		return errorf("invalid JSON body: something follows the object, at byte %d", d.json.InputOffset())
	}
	return nil
}

// records reads the list of records.
func (d *decoder) records() error {
	tok, err := d.token()
	if err != nil {
		return err
	}
	if tok != json.Delim('[') {
		return errNoList
	}
	for ; d.json.More(); d.n++ {
		if err := d.json.Decode(&d.raw); err != nil {
			return d.invalid(err)
		}
		if err := d.record(d.raw); err != nil {
			return err
		}
	}
	_, err = d.token()
	return err
}

// token reads a token of the JSON text; what is no JSON is the sender's fault.
func (d *decoder) token() (json.Token, error) {
	tok, err := d.json.Token()
	if err != nil {
		return nil, d.invalid(err)
	}
	return tok, nil
}

func (d *decoder) invalid(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errorf("invalid JSON body: it ends early, after %d bytes", d.window.read)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return errorf("invalid JSON body: %v, near byte %d", err, d.json.InputOffset())
	}
	return errorf("invalid JSON body: %v", err)
}

// skip reads a value of no interest without holding it.
func (d *decoder) skip() error {
	for depth := 0; ; {
		tok, err := d.token()
		if err != nil {
			return err
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		if depth > maxDepth {
			return errorf("invalid JSON body: nested more than %d deep", maxDepth)
		}
	}
}

// record reads one entry of the list.
func (d *decoder) record(raw []byte) error {
	if raw[0] != '{' {
		return errorf("each record must be an object")
	}
	var kind, name, rec []byte
	members(raw, func(key, value []byte) {
		switch string(key) {
		case "kind":
			kind = value
		case "name":
			name = value
		case "rec":
			rec = value
		}
	})
	if len(rec) == 0 || rec[0] != '{' {
		return errorf("record must be an object")
	}
	var err error
	switch k, _ := text(kind); k {
	case "flow":
		err = d.traffic(rec, flowCounters, false)
	case "conn":
		err = d.traffic(rec, connCounters, true)
	case "any":
		n, ok := text(name)
		if !ok {
			return errorf("'any' records must carry a string 'name'")
		}
		err = d.protocolLog(n, rec)
	default:
		return errorf("unknown record kind %s", shown(kind))
	}
	var wrong *memberError
	if errors.As(err, &wrong) {
		return errorf("records[%d]: %v", d.n, err)
	}
	return err
}

// memberError says what is wrong with a record, without its place in the list.
type memberError struct{ text string }

func (e *memberError) Error() string { return e.text }

func wrongf(format string, args ...any) error { return &memberError{fmt.Sprintf(format, args...)} }

// protocolLog passes a record of kind "any" on.
func (d *decoder) protocolLog(name string, rec []byte) error {
	p, ok := flow.MetadataByName(name)
	if !ok {
		return wrongf("nothing is known of logs named %s", shownText(name))
	}
	var f fields
	f.read(rec)
	start, end, err := f.times()
	if err != nil {
		return err
	}
	e, err := f.ends(false)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(rec))
	dec.UseNumber()
	var generic map[string]any
	if err := dec.Decode(&generic); err != nil {
		return wrongf("%v", err)
	}
	if err := p.SetValues(&d.meta, generic); err != nil {
		return wrongf("%v", err)
	}
	m := &d.meta
	m.Start, m.End, m.Src, m.Dst, m.Proto, m.Dport, m.Type = start, end, e.src, e.dst, e.proto, e.dport, e.icmpType
	return d.sink.Meta(m)
}

// traffic passes a record of kind "flow" or "conn" on; unset says that counters may be null.
func (d *decoder) traffic(rec []byte, counters [4]field, unset bool) error {
	var f fields
	f.read(rec)
	start, end, err := f.times()
	if err != nil {
		return err
	}
	e, err := f.ends(true)
	if err != nil {
		return err
	}
	var n [4]uint64
	for i, c := range counters {
		if n[i], err = f.counter(c, unset); err != nil {
			return err
		}
	}
	d.event = flow.Event{
		Start: start, End: end, Src: e.src, Dst: e.dst, Proto: e.proto,
		Sport: e.sport, Dport: e.dport, Type: e.icmpType, Code: e.icmpCode, Count: 1,
		CsPkts: n[0], CsBytes: n[1], ScPkts: n[2], ScBytes: n[3],
	}
	return d.sink.Event(&d.event)
}
