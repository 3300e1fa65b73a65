package viewmerge

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"ivre/ingest/host"
)

// withParents adds the list of a domain and its parents, if it lacks.
func withParents(v host.Value, _ []string) host.Value {
	o, ok := v.(*host.Object)
	if !ok {
		return v
	}
	if _, ok := o.Get("parents"); ok {
		return v
	}
	return with(o, "parents", list(domains(o.Text("domain"))))
}

// maxName is the length up to which a text is taken for a name: 255 bytes (RFC 1035), each of them escaped. The parents
// of a long text of dots would be as long as its square.
const maxName = 4 * 255

// domains returns a name and its parents.
func domains(name string) []string {
	if len(name) > maxName {
		return []string{name}
	}
	return host.Domains(name)
}

func domainsOutput(items host.List) string {
	return oneOrMany("Server is authoritative for", items, func(v host.Value) string { return member(v, "domain") })
}

func mailDomainsOutput(items host.List) string {
	return oneOrMany("Server is Mail eXchanger for", items, func(v host.Value) string {
		return member(v, "domain") + " (priority " + member(v, "priority") + ")"
	})
}

// oneOrMany writes one item in the line of its title, several in lines of their own.
func oneOrMany(title string, items host.List, text func(host.Value) string) string {
	switch len(items) {
	case 0:
		return ""
	case 1:
		return title + " " + text(items[0])
	}
	var b strings.Builder
	b.WriteString(title + ":")
	for _, v := range items {
		b.WriteString("\n  " + text(v))
	}
	return b.String()
}

// reportsOutput tells about the configuration of TLS reports (RFC 8460) of domains.
func reportsOutput(items host.List) string {
	parts := make([]string, 0, len(items))
	for _, v := range items {
		parts = append(parts, "Domain "+member(v, "domain")+" has "+reportText(texts(v, "warnings")))
	}
	return strings.Join(parts, "\n")
}

func reportText(warnings []string) string {
	switch {
	case len(warnings) == 0:
		return "a valid TLS-RPT configuration"
	case len(warnings) == 1 && warnings[0] == "Domain has no TLS-RPT configuration":
		return "no TLS-RPT configuration"
	case len(warnings) == 1 && warnings[0] == "Domain has more than one TLS-RPT configuration":
		return "more than one TLS-RPT configuration"
	}
	return "a TLS-RPT configuration with warnings:\n" + strings.Join(warnings, "\n")
}

func inconsistenciesOutput(items host.List) string {
	if len(items) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("DNS inconsistency")
	for _, v := range items {
		b.WriteString("\n\n" + member(v, "name") + " (" + member(v, "rtype") + ")\nThis server:")
		for _, s := range texts(v, "value") {
			b.WriteString("\n  " + quoted(s))
		}
		b.WriteString("\nMost common answer:")
		for _, s := range texts(v, "reference_value") {
			b.WriteString("\n  " + quoted(s))
		}
	}
	return b.String()
}

// quoted writes a text as a Python literal does.
func quoted(s string) string {
	quote := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	var b strings.Builder
	b.WriteByte(quote)
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\\' || r == rune(quote):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte(quote)
	return b.String()
}

// zonesOutput shows the records of zones in columns, as Nmap does. The widths of the columns are in characters.
func zonesOutput(items host.List) string {
	var b strings.Builder
	for _, v := range items {
		b.WriteString("\nDomain: " + member(v, "domain") + "\n")
		o, _ := v.(*host.Object)
		m, _ := o.Get("records")
		records, _ := m.(host.List)
		var name, typ int
		for _, r := range records {
			name, typ = max(name, utf8.RuneCountInString(member(r, "name"))), max(typ, utf8.RuneCountInString(member(r, "type")))
		}
		name, typ = min(name, maxColumn), min(typ, maxColumn)
		for _, r := range records {
			fmt.Fprintf(&b, "| %-*s  %-*s  %s\n", name, member(r, "name"), typ, member(r, "type"), member(r, "data"))
		}
		b.WriteString("\\\n")
	}
	return b.String()
}

// maxColumn is the width up to which columns are filled up: names have at most 255 bytes (RFC 1035), so long ones are
// escapes or no names. They must not blow up all other lines.
const maxColumn = 255
