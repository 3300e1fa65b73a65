package httpscript

import (
	"bytes"
	"strings"

	"ivre/ingest/host"
)

// maxFiles is the number of files of a listing.
const maxFiles = 1 << 16

// maxPad is the width up to which the columns of a listing's text are padded: one overlong cell must not widen all of
// its column.
const maxPad = 64

// file is an entry of a directory listing; what is nil is not known.
type file struct{ name, time, size []byte }

// addListing adds the script http-ls with the files that a page lists.
func addListing(p *host.Port, body []byte, path string) {
	found := listing(body)
	if len(found) == 0 {
		return
	}
	files := make(host.List, len(found))
	rows := make([][3]string, 1, len(found)+1)
	rows[0] = [3]string{"SIZE", "TIME", "FILENAME"}
	for i, f := range found {
		row := [3]string{"-", "-", Escape(f.name)}
		o := &host.Object{Members: append(make([]host.Member, 0, 3), host.Member{Key: "filename", Value: row[2]})}
		if f.time != nil {
			row[1] = Escape(f.time)
			o.Members = append(o.Members, host.Member{Key: "time", Value: row[1]})
		}
		if f.size != nil {
			row[0] = Escape(f.size)
			o.Members = append(o.Members, host.Member{Key: "size", Value: row[0]})
		}
		files[i], rows = o, append(rows, row)
	}
	volume := host.NewObject("volume", path, "files", files)
	p.Scripts = append(p.Scripts, host.Script{
		ID: "http-ls", Output: "Volume " + path + "\n" + table(rows), HasOutput: true,
		Data: host.NewObject("volumes", host.List{volume}),
	})
}

// table writes rows of size, time and name, the first two in columns, two blanks apart.
func table(rows [][3]string) string {
	var size, time, total int
	for _, r := range rows {
		if len(r[0]) <= maxPad {
			size = max(size, len(r[0]))
		}
		if len(r[1]) <= maxPad {
			time = max(time, len(r[1]))
		}
		total += len(r[0]) + len(r[1]) + len(r[2])
	}
	var b strings.Builder
	b.Grow(total + 5*len(rows))
	for _, r := range rows {
		pad(&b, r[0], size)
		pad(&b, r[1], time)
		b.WriteString(r[2])
		b.WriteByte('\n')
	}
	return b.String()
}

func pad(b *strings.Builder, s string, width int) {
	b.WriteString(s)
	for range width - len(s) + 2 {
		b.WriteByte(' ')
	}
}

// listing returns the files of a directory listing: all that are in a table, then all that are in a text with
// columns, then all that are in a bare list. An entry of the last two kinds may be there twice.
func listing(body []byte) []file {
	var table, columns, bare []file
	for c := (cursor{b: body}); c.seek(`<a href="`) && len(table)+len(columns)+len(bare) < maxFiles; {
		inList := c.at(c.i-len(`<li><a href="`), "<li>")
		link := c
		name, ok := link.until('"')
		if !ok {
			break
		}
		if len(name) == 0 || !link.take(`">`) {
			continue
		}
		text, ok := link.until('<')
		if !ok || !link.take("</a>") {
			continue
		}
		if f, ok := link.tableEntry(name); ok {
			table = append(table, f)
		}
		if f, ok := link.columnsEntry(name); ok {
			columns = append(columns, f)
		}
		if inList && bytes.Equal(text, name) {
			bare = append(bare, file{name: name})
		}
	}
	return append(append(table, columns...), bare...)
}

// tableEntry reads what follows a link in the rows of a table, as Apache writes them: cells with time and size.
func (c cursor) tableEntry(name []byte) (f file, ok bool) {
	if !c.take("</td>") || !c.cell() {
		return f, false
	}
	time, ok := c.time()
	c.blanks()
	if !ok || !c.take("</td>") || !c.cell() {
		return f, false
	}
	size, ok := c.until('<')
	if !ok || !c.take("</td>") {
		return f, false
	}
	return file{name, time, notEmpty(bytes.TrimRight(size, " "))}, true
}

// cell skips the start of a table's cell, and blanks.
func (c *cursor) cell() bool {
	if !c.take("<td") {
		return false
	}
	if _, ok := c.until('>'); !ok {
		return false
	}
	c.i++
	c.blanks()
	return true
}

// columnsEntry reads what follows a link in a text with columns, as nginx writes it: time and size.
func (c cursor) columnsEntry(name []byte) (f file, ok bool) {
	c.blanks()
	time, ok := c.time()
	if !ok {
		return f, false
	}
	c.blanks()
	size := c.run(func(b byte) bool { return b != ' ' && b != '\r' && b != '\n' })
	return file{name, time, notEmpty(size)}, true
}

// time reads a time such as 2024-01-02 10:11 or 02-Jan-2024 10:11, also with seconds.
func (c *cursor) time() ([]byte, bool) {
	start := c.i
	ok := len(c.run(isDigit)) > 0 && c.take("-") && len(c.run(isAlnum)) > 0 && c.take("-") && len(c.run(isDigit)) > 0 &&
		c.take(" ") && len(c.run(isDigit)) > 0 && c.take(":") && len(c.run(isDigit)) > 0
	if !ok {
		return nil, false
	}
	end := c.i
	if c.take(":") && len(c.run(isDigit)) > 0 {
		end = c.i
	}
	c.i = end
	return c.b[start:end], true
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
func isAlnum(b byte) bool { return isDigit(b) || 'a' <= lower(b) && lower(b) <= 'z' }

func notEmpty(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
