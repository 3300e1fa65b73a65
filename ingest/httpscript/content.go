package httpscript

import (
	"bytes"

	"ivre/ingest/host"
)

// Content adds what the body of an answer tells: the page's title (script http-title, unless the port has one), the
// files of a directory listing (script http-ls), and that it is an Elasticsearch. path is the path of the request; ""
// stands for "/".
func Content(h *host.Host, p *host.Port, body []byte, path string) {
	if len(p.Scripts) >= maxScripts {
		return
	}
	if path == "" {
		path = "/"
	}
	title, isListing := titles(body)
	if title != nil && p.Script("http-title") == nil {
		text := Escape(title)
		p.Scripts = append(p.Scripts, host.Script{ID: "http-title", Output: text, HasOutput: true, Data: host.NewObject("title", text)})
	}
	if isListing {
		addListing(p, body, path)
	}
	addElasticsearch(h, p, body)
}

// titles returns the page's title, nil if it has none, and whether a title (also one that is never closed) is that of a
// directory listing.
func titles(body []byte) (title []byte, isListing bool) {
	for c := (cursor{b: body}); c.seek("<title"); {
		// What starts before the next > leads to the same text as this one: each part of the body is read once.
		if _, ok := c.until('>'); !ok {
			break
		}
		text := c
		c.take(">")
		isListing = isListing || c.listingTitle()
		text.take(">")
		if name, ok := text.until('<'); ok && title == nil && text.take("</title>") {
			title = name
		}
		if title != nil && isListing {
			break
		}
	}
	return title, isListing
}

// listingTitle tells whether a title like that of a directory listing follows: "Index of", "Directory listing for".
func (c cursor) listingTitle() bool {
	c.blanks()
	if c.take("index") {
		return c.blanks() > 0 && c.take("of")
	}
	return c.take("directory") && c.blanks() > 0 && c.take("listing") && c.blanks() > 0 && (c.take("of") || c.take("for"))
}

// cursor reads a page. All texts that it compares are in lower case and match letters of any case.
type cursor struct {
	b []byte
	i int
}

// take skips a text if it follows.
func (c *cursor) take(text string) bool {
	if !c.at(c.i, text) {
		return false
	}
	c.i += len(text)
	return true
}

// at tells whether a text is at a place.
func (c *cursor) at(i int, text string) bool {
	if i < 0 || len(c.b)-i < len(text) {
		return false
	}
	for k := range len(text) {
		if lower(c.b[i+k]) != text[k] {
			return false
		}
	}
	return true
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + ('a' - 'A')
	}
	return b
}

// seek goes to the end of the next occurrence of a text that starts with <.
func (c *cursor) seek(text string) bool {
	for {
		k := bytes.IndexByte(c.b[c.i:], '<')
		if k < 0 {
			return false
		}
		c.i += k
		if c.take(text) {
			return true
		}
		c.i++
	}
}

// until goes to the next occurrence of a byte and returns what is before it.
func (c *cursor) until(stop byte) ([]byte, bool) {
	k := bytes.IndexByte(c.b[c.i:], stop)
	if k < 0 {
		return nil, false
	}
	c.i += k
	return c.b[c.i-k : c.i], true
}

// blanks skips blanks and returns how many there were.
func (c *cursor) blanks() int {
	return len(c.run(func(b byte) bool { return b == ' ' }))
}

// run skips bytes of a kind and returns them.
func (c *cursor) run(kind func(byte) bool) []byte {
	start := c.i
	for c.i < len(c.b) && kind(c.b[c.i]) {
		c.i++
	}
	return c.b[start:c.i]
}
