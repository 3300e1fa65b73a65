package hostprint

import (
	"cmp"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ivre/cli/termtext"
	"ivre/ingest/host"
)

// Printer writes records one after the other. It is not safe for concurrent use. Errors are those of the writer.
type Printer interface {
	// Host writes a record, after the header if it is the first one. It neither keeps nor changes the record.
	Host(w io.Writer, h *host.Host) error
	// End writes what comes after the last record, and the header if there was none. A printer is at its end then.
	End(w io.Writer) error
}

// Manufacturer returns the short name of the manufacturer of a MAC address, if it is known. The address is as in
// the record: lower case, but not necessarily well-formed.
type Manufacturer func(mac string) (name string, known bool)

const (
	spillSize = 64 << 10 // of a page that is written before the record is complete, in bytes
	keepSize  = 1 << 20  // of a page's memory that is used again
)

// page collects output, so that writers get it in large pieces, and keeps the memory.
type page struct {
	b   []byte
	err error // the first error of a writer
}

func (p *page) text(s string)    { p.b = append(p.b, s...) }
func (p *page) clean(s string)   { p.b = termtext.Append(p.b, s) }
func (p *page) number(n int64)   { p.b = strconv.AppendInt(p.b, n, 10) }
func (p *page) time(t time.Time) { p.b = host.AppendTime(p.b, t) }

// join writes texts with separators between them.
func (p *page) join(list []string, sep string) {
	for i, s := range list {
		if i > 0 {
			p.text(sep)
		}
		p.clean(s)
	}
}

// addr writes the address of a record or a hop.
func (p *page) addr(h *host.Host) {
	if h.Addr.IsValid() {
		p.b = h.Addr.AppendTo(p.b)
	} else {
		p.text("?") // no parser makes such records
	}
}

// pad fills up with blanks what was written since the page had from bytes.
func (p *page) pad(from, width int) {
	for n := columns(p.b[from:]); n < width; n++ {
		p.b = append(p.b, ' ')
	}
}

// right moves what was written since the page had from bytes to the right end of a column.
func (p *page) right(from, width int) {
	for n := columns(p.b[from:]); n < width; n++ {
		p.b = slices.Insert(p.b, from, ' ')
	}
}

// columns is the width of a text that is most often ASCII.
func columns(b []byte) int {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return termtext.Width(string(b))
		}
	}
	return len(b)
}

// spill writes the page if it is large. Printers call it between the parts of a record.
func (p *page) spill(w io.Writer) {
	if len(p.b) >= spillSize {
		p.write(w)
	}
}

// flush writes the page.
func (p *page) flush(w io.Writer) error {
	p.write(w)
	err := p.err
	p.err = nil
	return err
}

func (p *page) write(w io.Writer) {
	if len(p.b) > 0 && p.err == nil {
		_, p.err = w.Write(p.b)
	}
	if p.b = p.b[:0]; cap(p.b) > keepSize {
		p.b = nil
	}
}

// sortedPorts returns the ports by protocol (the pseudo-port, which has none, first) and number.
func sortedPorts(ports []host.Port) []host.Port {
	less := func(a, b host.Port) int {
		return cmp.Or(strings.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Port, b.Port))
	}
	if slices.IsSortedFunc(ports, less) {
		return ports
	}
	ports = slices.Clone(ports)
	slices.SortStableFunc(ports, less)
	return ports
}

// sortedHops returns the hops by distance; those whose distance is no number come last.
func sortedHops(hops []host.Hop) []host.Hop {
	less := func(a, b host.Hop) int {
		na, oka := a.TTL.(int64)
		nb, okb := b.TTL.(int64)
		switch {
		case oka && okb:
			return cmp.Compare(na, nb)
		case oka:
			return -1
		case okb:
			return 1
		}
		return 0
	}
	if slices.IsSortedFunc(hops, less) {
		return hops
	}
	hops = slices.Clone(hops)
	slices.SortStableFunc(hops, less)
	return hops
}
