// Package passiveprint writes passive records as texts for people. Everything in a record comes from the network:
// nothing of it may end a line or reach a terminal as a command.
package passiveprint

import (
	"net/netip"
	"strconv"

	"ivre/cli/pyprint"
	"ivre/cli/termtext"
	"ivre/ingest/host"
	"ivre/ingest/passive"
)

// AppendRecord appends a record: a line that starts with a tab, and a line for each piece of derived information.
func AppendRecord(dst []byte, r *passive.Record) []byte {
	dst = append(dst, '\t')
	first := len(dst)
	word := func(s string) {
		if s == "" {
			return
		}
		if len(dst) > first {
			dst = append(dst, ' ')
		}
		dst = termtext.Append(dst, s)
	}
	if r.Port != 0 {
		word(strconv.Itoa(int(r.Port)))
	}
	word(r.Recontype)
	word(r.Source)
	word(printable(r.Value))
	dst = append(dst, ' ')
	dst = AppendTimes(dst, r.Count)
	dst = append(dst, ' ')
	dst = r.First.UTC().AppendFormat(dst, "2006-01-02 15:04:05 - ")
	dst = r.Last.UTC().AppendFormat(dst, "2006-01-02 15:04:05")
	word(r.Sensor)
	dst = append(dst, '\n')
	if r.Infos == nil {
		return dst
	}
	for _, m := range r.Infos.Members {
		if m.Key == "domain" {
			continue
		}
		dst = append(dst, "\t\t"...)
		dst = append(termtext.Append(dst, m.Key), ": "...)
		dst = termtext.Append(dst, pyprint.Str(python(m.Value)))
		dst = append(dst, '\n')
	}
	return dst
}

// AppendTimes appends "(1 time)", "(2 times)".
func AppendTimes(dst []byte, n uint64) []byte {
	dst = append(dst, '(')
	dst = append(appendCount(dst, n), ')')
	return dst
}

func appendCount(dst []byte, n uint64) []byte {
	dst = append(strconv.AppendUint(dst, n, 10), " time"...)
	if n != 1 {
		dst = append(dst, 's')
	}
	return dst
}

// printable puts a dot for every character that is not one of printable ASCII.
func printable(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r < 32 || r > 126 {
			r = '.'
		}
		b = append(b, byte(r))
	}
	return string(b)
}

// python turns a value into what package pyprint writes.
func python(v host.Value) any {
	switch v := v.(type) {
	case *host.Object:
		d := make(pyprint.Dict, 0, v.Len())
		for _, m := range v.Members {
			d = append(d, pyprint.Item{Key: m.Key, Value: python(m.Value)})
		}
		return d
	case host.List:
		l := make(pyprint.List, 0, len(v))
		for _, item := range v {
			l = append(l, python(item))
		}
		return l
	case []byte:
		return string(v)
	}
	return v
}

// Subject is what a record is about: its address, else its second value.
func Subject(r *passive.Record) string {
	if r.Addr.IsValid() {
		return r.Addr.String()
	}
	return termtext.Clean(r.TargetVal)
}

// AppendMAC appends the line of a record about a MAC address. vendor names the manufacturer of a network card; it may be
// nil.
func AppendMAC(dst []byte, r *passive.Record, vendor func(mac string) (string, bool)) []byte {
	dst = appendResolved(dst, r.Value, vendor)
	dst = append(dst, ' ')
	dst = append(termtext.Append(dst, r.Source), ' ')
	switch {
	case r.Addr.IsValid():
		dst = r.Addr.AppendTo(dst)
	case r.Source == "WLAN_ASSOCIATED":
		dst = appendResolved(dst, r.TargetVal, vendor)
	default:
		dst = termtext.Append(dst, r.TargetVal)
	}
	dst = append(dst, " on "...)
	sensor := r.Sensor
	if sensor == "" {
		sensor = "-"
	}
	dst = append(termtext.Append(dst, sensor), " ("...)
	dst = append(termtext.Append(dst, r.Recontype), ' ')
	dst = append(appendCount(dst, r.Count), ", "...)
	dst = host.AppendTime(dst, r.First)
	dst = append(dst, " - "...)
	dst = host.AppendTime(dst, r.Last)
	return append(dst, ")\n"...)
}

func appendResolved(dst []byte, mac string, vendor func(mac string) (string, bool)) []byte {
	dst = termtext.Append(dst, mac)
	if vendor == nil {
		return dst
	}
	if name, ok := vendor(mac); ok {
		dst = append(dst, " ("...)
		dst = append(termtext.Append(dst, name), ')')
	}
	return dst
}

// Blocks writes records that come in the order of their addresses: a block for each address, with an empty line between
// blocks. About returns lines about an address, without tabs and line feeds; it may be nil.
type Blocks struct {
	About func(netip.Addr) []string

	last netip.Addr
}

// Append appends a record, before it the head of the block if it is the first of one. Records without an address are
// left out.
func (b *Blocks) Append(dst []byte, r *passive.Record) []byte {
	if !r.Addr.IsValid() {
		return dst
	}
	if r.Addr != b.last {
		if b.last.IsValid() {
			dst = append(dst, '\n')
		}
		b.last = r.Addr
		dst = append(r.Addr.AppendTo(dst), '\n')
		if b.About != nil {
			for _, line := range b.About(r.Addr) {
				dst = append(dst, '\t')
				dst = append(termtext.Append(dst, line), '\n')
			}
		}
	}
	return AppendRecord(dst, r)
}
