package hostprint

import (
	"io"
	"slices"

	"ivre/ingest/host"
)

// JSONOptions are the options of JSON.
type JSONOptions struct {
	Indent        bool // members in lines of their own, indented by 4 blanks for each level
	NoScreenshots bool // without screenshot and screendata of ports (words found in them stay)
}

// JSON writes records as JSON objects, each in a line of its own unless they are indented. See [host.Append].
func JSON(opt JSONOptions) Printer { return &jsonPrinter{opt: opt} }

type jsonPrinter struct {
	page
	opt  JSONOptions
	wire []byte // a record that is to be indented
}

func (j *jsonPrinter) End(io.Writer) error { return nil }

func (j *jsonPrinter) Host(w io.Writer, h *host.Host) error {
	if j.opt.NoScreenshots {
		h = withoutScreenshots(h)
	}
	if j.opt.Indent {
		j.wire = host.Append(j.wire[:0], h)
		j.indent(w, j.wire)
		if cap(j.wire) > keepSize {
			j.wire = nil
		}
	} else {
		j.b = host.Append(j.b, h)
	}
	j.b = append(j.b, '\n')
	return j.flush(w)
}

// withoutScreenshots returns the record itself if it has no screenshots.
func withoutScreenshots(h *host.Host) *host.Host {
	has := func(p host.Port) bool { return p.Screenshot != "" || p.ScreenData != nil }
	if !slices.ContainsFunc(h.Ports, has) {
		return h
	}
	c := *h
	c.Ports = slices.Clone(h.Ports)
	for i := range c.Ports {
		c.Ports[i].Screenshot, c.Ports[i].ScreenData = "", nil
	}
	return &c
}

// indent writes valid JSON that has ", " and ": " as separators with a line for each member.
func (j *jsonPrinter) indent(w io.Writer, src []byte) {
	depth := 0
	for i := 0; i < len(src); i++ {
		switch c := src[i]; c {
		case '"':
			n := textLen(src[i:])
			j.b = append(j.b, src[i:i+n]...)
			i += n - 1
		case '{', '[':
			j.b = append(j.b, c)
			if end := c + 2; i+1 < len(src) && src[i+1] == end { // nothing in it; in ASCII, brackets are 2 apart
				j.b = append(j.b, end)
				i++
				continue
			}
			depth++
			j.newLine(w, depth)
		case '}', ']':
			depth--
			j.newLine(w, depth)
			j.b = append(j.b, c)
		case ',':
			j.b = append(j.b, c)
			j.newLine(w, depth)
			i++ // the blank
		default:
			j.b = append(j.b, c)
		}
	}
}

// textLen is the length of the JSON text that b starts with, with its quotes.
func textLen(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(b)
}

func (j *jsonPrinter) newLine(w io.Writer, depth int) {
	j.spill(w)
	j.b = append(j.b, '\n')
	for range depth {
		j.b = append(j.b, "    "...)
	}
}
