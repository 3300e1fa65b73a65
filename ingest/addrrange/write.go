package addrrange

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"math"
	"net/netip"
	"strconv"
)

// Output is what is written of ranges.
type Output uint8

// The outputs. Document is the JSON document that the command line shows: the count, the ranges and the networks.
const (
	CIDRs Output = iota
	Ranges
	Addrs
	OnlyCount
	Document
)

// outputNames are also the names of the lists in the JSON documents.
var outputNames = [...]string{CIDRs: "cidrs", Ranges: "ranges", Addrs: "addrs", OnlyCount: "count", Document: "json"}

// String returns the name of the output.
func (o Output) String() string {
	if int(o) < len(outputNames) {
		return outputNames[o]
	}
	return "Output(" + strconv.Itoa(int(o)) + ")"
}

// ParseOutput reads the name of an output as requests have it: cidrs (also if it is empty), ranges, addrs, count.
func ParseOutput(s string) (Output, error) {
	switch s {
	case "", "cidrs":
		return CIDRs, nil
	case "ranges":
		return Ranges, nil
	case "addrs":
		return Addrs, nil
	case "count":
		return OnlyCount, nil
	}
	return 0, fmt.Errorf("invalid output mode %s", quote(s))
}

// The customary caps of the command line and of the tools for language models. The one of the web is configured.
const (
	CommandCap = 1_000_000
	ToolCap    = 10_000
)

// Options say what is written.
type Options struct {
	Output Output
	Limit  uint64 // how many ranges, networks or addresses at most; 0: all. Counts are not affected
	Cap    uint64 // how many addresses may be listed without a limit; 0: any number
}

// CapError says that the list of addresses would be too long.
type CapError struct {
	Count Count
	Cap   uint64
}

func (e *CapError) Error() string {
	return fmt.Sprintf("refusing to enumerate %s addresses (> cap %d); raise the cap or pick a narrower selector", e.Count, e.Cap)
}

// check returns a *CapError if the list of addresses would be too long.
func (o Options) check(ranges []Range) error {
	if o.Output != Addrs || o.Cap == 0 || o.Limit != 0 && o.Limit <= o.Cap {
		return nil
	}
	if c := Total(ranges); c.Cmp(Count{n: number{0, o.Cap}}) > 0 {
		return &CapError{c, o.Cap}
	}
	return nil
}

// limit is how many items are written at most.
func (o Options) limit() uint64 {
	if o.Limit == 0 {
		return math.MaxUint64
	}
	return o.Limit
}

// WriteText writes one item per line: networks, ranges as FIRST-LAST, addresses, or the count; Document is one
// line of JSON. Ranges are written in the order in which they come, each on its own: they are not joined.
//
// Nothing is written if the error is a *CapError. Otherwise it is one of w or of the context.
func WriteText(ctx context.Context, w io.Writer, ranges []Range, o Options) error {
	if o.Output == Document {
		return WriteJSON(ctx, w, ranges, o)
	}
	if err := o.check(ranges); err != nil {
		return err
	}
	p := newPrinter(ctx, w)
	if o.Output == OnlyCount {
		p.put(append(Total(ranges).Append(p.item()), '\n'))
		return p.close()
	}
	p.before, p.after = "", "\n"
	p.list(ranges, o.Output, o.limit(), false)
	return p.close()
}

// WriteJSON writes the JSON document {"count": N, "OUTPUT": [..]} and a line feed, without a list for OnlyCount
// and with ranges and cidrs for Document. Counts are numbers, however large.
//
// Nothing is written if the error is a *CapError. Otherwise it is one of w or of the context.
func WriteJSON(ctx context.Context, w io.Writer, ranges []Range, o Options) error {
	if err := o.check(ranges); err != nil {
		return err
	}
	p := newPrinter(ctx, w)
	p.put(Total(ranges).Append(append(p.item(), `{"count": `...)))
	lists := [][]Output{OnlyCount: nil, Document: {Ranges, CIDRs}, CIDRs: {CIDRs}, Ranges: {Ranges}, Addrs: {Addrs}}
	for _, list := range lists[o.Output] {
		p.text(`, "` + list.String() + `": [`)
		p.before, p.between, p.after = `"`, `, `, `"`
		if list == Ranges {
			p.before, p.after = `["`, `"]`
		}
		p.list(ranges, list, o.limit(), true)
		p.text("]")
	}
	p.text("}\n")
	return p.close()
}

// printer writes items. After an error, which it keeps, it writes nothing.
type printer struct {
	ctx                    context.Context
	w                      *bufio.Writer
	before, between, after string // of the items of a list
	n                      uint64 // items so far
	err                    error
}

func newPrinter(ctx context.Context, w io.Writer) *printer {
	return &printer{ctx: ctx, w: bufio.NewWriterSize(w, 32<<10)}
}

// item is the buffer to which the bytes for put are appended.
func (p *printer) item() []byte { return p.w.AvailableBuffer() }

// put writes bytes and tells whether to go on.
func (p *printer) put(b []byte) bool {
	if p.n++; p.n%4096 == 0 && p.err == nil {
		p.err = context.Cause(p.ctx)
	}
	if p.err == nil {
		_, p.err = p.w.Write(b)
	}
	return p.err == nil
}

func (p *printer) text(s string) { p.put(append(p.item(), s...)) }

// close writes what is buffered and returns the first error.
func (p *printer) close() error {
	if p.err != nil {
		return p.err
	}
	return p.w.Flush()
}

// list writes the first items of the ranges: networks, ranges or addresses.
func (p *printer) list(ranges []Range, o Output, limit uint64, json bool) {
	switch o {
	case Ranges:
		separator := "-"
		if json {
			separator = `", "`
		}
		items(p, each(ranges), limit, func(dst []byte, r Range) []byte {
			return r.Last.AppendTo(append(r.First.AppendTo(dst), separator...))
		})
	case CIDRs:
		items(p, flatten(ranges, Range.Prefixes), limit, func(dst []byte, n netip.Prefix) []byte { return n.AppendTo(dst) })
	case Addrs:
		items(p, flatten(ranges, Range.Addrs), limit, func(dst []byte, a netip.Addr) []byte { return a.AppendTo(dst) })
	}
}

// items writes the first items of a sequence.
func items[T any](p *printer, seq iter.Seq[T], limit uint64, appendItem func([]byte, T) []byte) {
	n := uint64(0)
	for item := range seq {
		b := p.item()
		if n > 0 {
			b = append(b, p.between...)
		}
		b = appendItem(append(b, p.before...), item)
		if n++; !p.put(append(b, p.after...)) || n == limit {
			return
		}
	}
}

// each is the valid ones of the ranges.
func each(ranges []Range) iter.Seq[Range] {
	return func(yield func(Range) bool) {
		for _, r := range ranges {
			if r.First.IsValid() && !yield(r) {
				return
			}
		}
	}
}

// flatten is the items of all ranges.
func flatten[T any](ranges []Range, of func(Range) iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, r := range ranges {
			for item := range of(r) {
				if !yield(item) {
					return
				}
			}
		}
	}
}
