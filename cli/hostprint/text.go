package hostprint

import (
	"io"
	"math"
	"strconv"
	"strings"

	"ivre/cli/termtext"
	"ivre/ingest/host"
)

// TextOptions are the options of Text.
type TextOptions struct {
	Manufacturer Manufacturer // nil: none is known
	// Terminal leaves out the empty line after each record: on a terminal it comes from the reader, who is asked to
	// press Enter.
	Terminal bool
}

// Text writes records as people read them, one line for each port, indented by TABs.
func Text(opt TextOptions) Printer { return &text{opt: opt} }

type text struct {
	page
	opt TextOptions
}

func (t *text) End(io.Writer) error { return nil }

func (t *text) Host(w io.Writer, h *host.Host) error {
	t.heading(h)
	t.place(h.Infos)
	if !h.Start.IsZero() && !h.End.IsZero() {
		t.text("\tscan ")
		t.time(h.Start)
		t.text(" - ")
		t.time(h.End)
		t.text("\n")
	}
	for _, tag := range h.Tags {
		t.text("\t")
		t.clean(tag.Value)
		if len(tag.Info) > 0 {
			t.text(" (")
			t.join(tag.Info, ", ")
			t.text(")")
		}
		t.text("\n")
	}
	for i := range h.ExtraPorts {
		t.extraPorts(&h.ExtraPorts[i])
	}
	t.ports(w, h)
	t.manufacturers(h)
	for i := range h.Traces {
		t.trace(&h.Traces[i])
		t.spill(w)
	}
	t.os(h.OS)
	if !t.opt.Terminal {
		t.text("\n")
	}
	return t.flush(w)
}

// heading writes the first line: address, names, source, categories and state.
func (t *text) heading(h *host.Host) {
	t.text("Host ")
	t.addr(h)
	for i := range h.Hostnames {
		if i == 0 {
			t.text(" (")
		} else {
			t.text("/")
		}
		t.clean(h.Hostnames[i].Name)
	}
	if len(h.Hostnames) > 0 {
		t.text(")")
	}
	if len(h.Source) > 0 {
		t.text(" from ")
		t.join(h.Source, "/")
	}
	if len(h.Categories) > 0 {
		t.text(" (")
		shown := 0
		for _, c := range h.Categories {
			if strings.HasPrefix(c, "_") { // hidden
				continue
			}
			if shown++; shown > 1 {
				t.text(", ")
			}
			t.clean(c)
		}
		t.text(")")
	}
	if h.State != "" {
		t.text(" (")
		t.clean(h.State)
		if h.StateReason != "" {
			t.text(": ")
			t.clean(h.StateReason)
		}
		t.text(")")
	}
	t.text("\n")
}

// place writes where a host is: a line for the country and one for the AS.
func (t *text) place(infos *host.Object) {
	code, name := info(infos, "country_code"), info(infos, "country_name")
	if code != "" || name != "" {
		t.text("\t" + orUnknown(code) + " - " + orUnknown(name))
		if city := info(infos, "city"); city != "" {
			t.text(" - " + city)
		}
		t.text("\n")
	}
	number, name := info(infos, "as_num"), info(infos, "as_name")
	if number != "" || name != "" {
		t.text("\tAS" + orUnknown(number) + " - " + orUnknown(name) + "\n")
	}
}

func orUnknown(s string) string {
	if s == "" {
		return "?"
	}
	return s
}

// info returns a member of a record's geography as a text that can be shown, "" if there is none.
func info(infos *host.Object, key string) string {
	if v, ok := infos.Get(key); ok && v != nil {
		return DistinctValue(v)
	}
	return ""
}

func (t *text) extraPorts(e *host.ExtraPorts) {
	t.text("\t")
	t.number(e.Total)
	t.text(" ports ")
	t.clean(e.State)
	for i, r := range e.Reasons {
		if i == 0 {
			t.text(" (")
		} else {
			t.text(", ")
		}
		t.number(r.Count)
		t.text(" ")
		t.clean(r.Name)
	}
	if len(e.Reasons) > 0 {
		t.text(")")
	}
	t.text("\n")
}

func (t *text) manufacturers(h *host.Host) {
	for _, l := range h.Addresses {
		if l.Type != "mac" {
			continue
		}
		for _, mac := range l.Values {
			t.text("\tMAC Address: ")
			t.clean(mac)
			if t.opt.Manufacturer != nil {
				if name, ok := t.opt.Manufacturer(mac); ok {
					t.text(" (")
					t.clean(name)
					t.text(")")
				}
			}
			t.text("\n")
		}
	}
}

func (t *text) trace(tr *host.Trace) {
	t.text("\tTraceroute")
	if tr.Protocol != "" {
		t.text(" (using ")
		t.clean(tr.Protocol)
		if tr.Port.Set {
			t.text("/")
			t.number(tr.Port.N)
		}
		t.text(")")
	}
	t.text("\n")
	for _, hop := range sortedHops(tr.Hops) {
		t.text("\t\t")
		t.cell(hop.TTL, 3)
		t.text(" ")
		from := len(t.b)
		if hop.Addr.IsValid() {
			t.b = hop.Addr.AppendTo(t.b)
		}
		t.right(from, 15)
		t.text(" ")
		t.cell(hop.RTT, 7)
		t.text("\n")
	}
}

// cell writes a value at the right end of a column, nothing if it is nil.
func (t *text) cell(v host.Value, width int) {
	from := len(t.b)
	if v != nil {
		t.b = AppendValue(t.b, v)
	}
	t.right(from, width)
}

// os writes the guesses that are as accurate as the best one.
func (t *text) os(os *host.OS) {
	if os == nil || len(os.Class) == 0 {
		return
	}
	t.text("\tOS fingerprint\n")
	best := math.MinInt
	for _, c := range os.Class {
		best = max(best, accuracy(c))
	}
	for _, c := range os.Class {
		if accuracy(c) != best {
			continue
		}
		t.text("\t\t")
		for _, key := range [...]string{"osfamily", "type", "vendor"} {
			if s := c.Text(key); s != "" {
				t.clean(s)
				t.text(" / ")
			}
		}
		t.text("accuracy = ")
		if best == math.MinInt {
			t.text("?")
		} else {
			t.number(int64(best))
		}
		t.text("\n")
	}
}

// accuracy is how sure Nmap is, in percent, or less than any number if that is not known.
func accuracy(class *host.Object) int {
	switch v, _ := class.Get("accuracy"); v := v.(type) {
	case string:
		if n, err := strconv.Atoi(v); err == nil {
			return n
		}
	case int64:
		return int(v)
	}
	return math.MinInt
}

// script writes the name of a script and its output: in the same line if it has one line, else in lines of their
// own. Blanks around lines and empty lines are left out.
func (t *text) script(s *host.Script) {
	t.text("\t\t")
	t.clean(s.ID)
	t.text(":")
	first, rest := nextLine(s.Output)
	switch second, _ := nextLine(rest); {
	case first == "":
	case second == "":
		t.text(" ")
		t.b = termtext.AppendTabs(t.b, first)
	default:
		for ; first != ""; first, rest = nextLine(rest) {
			t.text("\n\t\t\t")
			t.b = termtext.AppendTabs(t.b, first)
		}
	}
	t.text("\n")
}

// nextLine returns the first line of s that is not blank, trimmed, and what is after it. The line is "" if there
// is none.
func nextLine(s string) (line, rest string) {
	for s != "" {
		line, s, _ = strings.Cut(s, "\n")
		if line = strings.TrimSpace(line); line != "" {
			return line, s
		}
	}
	return "", ""
}
