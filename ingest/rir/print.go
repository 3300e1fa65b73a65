package rir

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"ivre/ingest/host"
)

// maxSafe is the largest integer that JSON readers with floating-point numbers keep exactly.
const maxSafe = 1<<53 - 1

// Append appends the record as JSON, in the style of host.AppendValue: the attributes in their order, then start,
// stop and size (a number up to 2^53-1, a text of decimal digits above), then source_file, source_hash and
// schema_version if they are known. An autonomous system starts with aut-num, an integer, and has no range.
func Append(dst []byte, r *Record) []byte { return AppendFields(dst, r, nil) }

// AppendFields appends what Append does, but only the members that keep accepts; nil accepts all.
func AppendFields(dst []byte, r *Record, keep func(key string) bool) []byte {
	w := members{dst: append(dst, '{'), keep: keep}
	if r.Kind == AutNum && w.key("aut-num") {
		w.dst = strconv.AppendUint(w.dst, uint64(r.ASNum), 10)
	}
	for i := range r.Attrs {
		w.text(r.Attrs[i].Key, r.Attrs[i].Value)
	}
	if r.Kind != AutNum {
		w.rng(r)
	}
	if r.SourceFile != "" {
		w.text("source_file", r.SourceFile)
	}
	if r.SourceHash != "" {
		w.text("source_hash", r.SourceHash)
	}
	if r.SchemaVersion != 0 && w.key("schema_version") {
		w.dst = strconv.AppendInt(w.dst, int64(r.SchemaVersion), 10)
	}
	return append(w.dst, '}')
}

// members writes the members of a JSON object.
type members struct {
	dst  []byte
	keep func(string) bool
	some bool
}

// key starts a member, unless it is not wanted.
func (w *members) key(key string) bool {
	if w.keep != nil && !w.keep(key) {
		return false
	}
	if w.some {
		w.dst = append(w.dst, ", "...)
	}
	w.some = true
	w.dst = append(host.AppendString(w.dst, key), ": "...)
	return true
}

func (w *members) text(key, value string) {
	if w.key(key) {
		w.dst = host.AppendString(w.dst, value)
	}
}

func (w *members) rng(r *Record) {
	if w.key("start") {
		w.dst = append(r.Start.AppendTo(append(w.dst, '"')), '"')
	}
	if w.key("stop") {
		w.dst = append(r.Stop.AppendTo(append(w.dst, '"')), '"')
	}
	if w.key("size") {
		size := r.Size()
		if n, ok := size.Uint64(); ok && n <= maxSafe {
			w.dst = strconv.AppendUint(w.dst, n, 10)
		} else {
			w.dst = append(size.Append(append(w.dst, '"')), '"')
		}
	}
}

// AppendFull appends the full text of the record: a line inetnum (also for IPv6; the network, or FIRST - LAST if
// there is no single one) or aut-num (the number), the attributes sorted by name (values of several lines on
// lines of their own, indented by four), and an empty line. Control characters become \xHH.
func AppendFull(dst []byte, r *Record) []byte {
	if r.Kind == AutNum {
		dst = append(dst, "aut-num: "...)
	} else {
		dst = append(dst, "inetnum: "...)
	}
	dst = append(appendName(dst, r), '\n')
	attrs := slices.Clone(r.Attrs)
	slices.SortFunc(attrs, func(a, b Attr) int { return strings.Compare(a.Key, b.Key) })
	for _, a := range attrs {
		dst = append(appendSafe(dst, a.Key), ':')
		if !strings.Contains(a.Value, "\n") {
			dst = append(appendSafe(append(dst, ' '), a.Value), '\n')
			continue
		}
		dst = append(dst, '\n')
		for line := range strings.SplitSeq(a.Value, "\n") {
			dst = append(appendSafe(append(dst, "    "...), line), '\n')
		}
	}
	return append(dst, '\n')
}

// AppendShort appends the line NETWORK: NETNAME - COUNTRY, FIRST - LAST: NETNAME - COUNTRY or ASN: AS-NAME -
// COUNTRY. Line feeds of values become " / ", missing values are empty, control characters become \xHH.
func AppendShort(dst []byte, r *Record) []byte {
	key := "netname"
	if r.Kind == AutNum {
		key = "as-name"
	}
	dst = append(appendName(dst, r), ": "...)
	dst = append(appendJoined(dst, r, key), " - "...)
	return append(appendJoined(dst, r, "country"), '\n')
}

func appendJoined(dst []byte, r *Record, key string) []byte {
	value, _ := r.Get(key)
	for i, line := range strings.Split(value, "\n") {
		if i > 0 {
			dst = append(dst, " / "...)
		}
		dst = appendSafe(dst, line)
	}
	return dst
}

// appendName appends the network, the range, or the number of the autonomous system.
func appendName(dst []byte, r *Record) []byte {
	if r.Kind == AutNum {
		return strconv.AppendUint(dst, uint64(r.ASNum), 10)
	}
	if p, ok := r.Range().Prefix(); ok {
		return p.AppendTo(dst)
	}
	return r.Stop.AppendTo(append(r.Start.AppendTo(dst), " - "...))
}

// appendSafe appends a text whose control characters, and those that change the direction of writing, are
// written as \xHH or \uHHHH: registries take almost any text, a terminal shall not obey it.
func appendSafe(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	for i, c := range s {
		switch {
		case c < utf8.RuneSelf && c >= ' ' && c != 0x7f, c == '\t':
			dst = append(dst, byte(c))
		case c < 0x100 && unicode.IsControl(c):
			dst = append(dst, '\\', 'x', digits[c>>4], digits[c&15])
		case unicode.Is(unicode.Bidi_Control, c):
			dst = append(dst, '\\', 'u', digits[c>>12], digits[c>>8&15], digits[c>>4&15], digits[c&15])
		case c == utf8.RuneError:
			_, size := utf8.DecodeRuneInString(s[i:])
			if size == 1 {
				dst = append(dst, '\\', 'x', digits[s[i]>>4], digits[s[i]&15])
				continue
			}
			fallthrough
		default:
			dst = utf8.AppendRune(dst, c)
		}
	}
	return dst
}
