package scripts

import (
	"fmt"
	"regexp"
	"strings"

	"ivre/ingest/host"
)

// Escape writes bytes as text: CR, LF, TAB and backslash as in C, what is not printable as \xHH.
func Escape(raw []byte) string {
	var b strings.Builder
	for _, c := range raw {
		switch {
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\\':
			b.WriteString(`\\`)
		case c >= 32 && c <= 126:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String()
}

// Headers finds what the headers of an answer tell: the server (script http-server-header, if server is set and the
// port has none), and applications.
func Headers(h *host.Host, p *host.Port, v host.Value, server bool) {
	list, ok := v.(host.List)
	if !ok {
		return
	}
	if server && p.Script("http-server-header") == nil {
		values, texts := host.List{}, []string{}
		for _, item := range list {
			if o, ok := item.(*host.Object); ok && o.Text("name") == "server" && o.Text("value") != "" {
				values, texts = append(values, o.Text("value")), append(texts, o.Text("value"))
			}
		}
		if len(values) > 0 {
			p.Scripts = append(p.Scripts, host.Script{ID: "http-server-header", Output: strings.Join(texts, "\n"), HasOutput: true, Data: values})
		}
	}
	headerApps(h, p, list)
}

var (
	titleTag  = regexp.MustCompile(`(?i)<title[^>]*>([^<]*)</title>`)
	indexPage = regexp.MustCompile(`(?i)<title[^>]*> *(index +of|directory +listing +(of|for))`)
	entries   = []*regexp.Regexp{
		regexp.MustCompile(`(?i)<a href="(?P<name>[^"]+)">[^<]*</a></td><td[^>]*> *(?P<time>[^<]*[^< ]) *</td><td[^>]*> *(?P<size>[^<]*?)</td>`),
		regexp.MustCompile(`(?i)<a href="(?P<name>[^"]+)">[^<]*</a> *(?P<time>[0-9]+-[a-z0-9]+-[0-9]+ [0-9]+:[0-9]+) *(?P<size>[^ \r\n]+)`),
		regexp.MustCompile(`<li><a href="(?P<name>[^"]+)">`),
	}
)

// maxContent bounds how much of a page is looked at, in bytes.
const maxContent = 1 << 20

// Content finds what the body of an answer tells: its title, and the files that it lists.
func Content(p *host.Port, body []byte, path string) {
	body = body[:min(len(body), maxContent)]
	if m := titleTag.FindSubmatch(body); m != nil && p.Script("http-title") == nil {
		title := Escape(m[1])
		p.Scripts = append(p.Scripts, host.Script{ID: "http-title", Output: title, HasOutput: true, Data: host.NewObject("title", title)})
	}
	if !indexPage.Match(body) {
		return
	}
	files := host.List{}
	rows := [][3]string{{"SIZE", "TIME", "FILENAME"}}
	for _, re := range entries {
		for _, m := range re.FindAllSubmatch(body, -1) {
			file := host.NewObject("filename", Escape(m[1]))
			row := [3]string{"-", "-", Escape(m[1])}
			if len(m) > 2 && len(m[2]) > 0 {
				row[1] = Escape(m[2])
				file.Set("time", row[1])
			}
			if len(m) > 3 && len(m[3]) > 0 {
				row[0] = Escape(m[3])
				file.Set("size", row[0])
			}
			files, rows = append(files, file), append(rows, row)
		}
	}
	if len(files) == 0 {
		return
	}
	var w0, w1 int
	for _, r := range rows {
		w0, w1 = max(w0, len(r[0])), max(w1, len(r[1]))
	}
	var b strings.Builder
	b.WriteString("Volume " + path + "\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "%-*s  %-*s  %s\n", w0, r[0], w1, r[1], r[2])
	}
	p.Scripts = append(p.Scripts, host.Script{
		ID: "http-ls", Output: b.String(), HasOutput: true,
		Data: host.NewObject("volumes", host.List{host.NewObject("volume", path, "files", files)}),
	})
}
