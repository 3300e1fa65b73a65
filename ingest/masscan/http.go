package masscan

import (
	"bytes"
	"strings"

	"ivre/ingest/host"
	"ivre/ingest/httpscript"
)

// maxHeaders bounds how many headers of an answer are kept.
const maxHeaders = 1000

func (r *reading) httpHeaders() error {
	if m, ok := r.ask("GetRequest"); ok {
		r.take(&m)
	}
	headers := httpHeaders(r.raw)
	r.s.Data = httpscript.HeaderList(headers)
	r.add()
	httpscript.Headers(r.h, r.p, headers, "/", true)
	return nil
}

// httpHeaders reads the status line and the headers of an answer. It ends at the line that separates them from the body.
func httpHeaders(raw []byte) []httpscript.Header {
	line, rest, more := bytes.Cut(raw, []byte("\n"))
	headers := []httpscript.Header{{Name: "_status", Value: escape(bytes.TrimSpace(line))}}
	for more && len(headers) < maxHeaders {
		line, rest, more = bytes.Cut(rest, []byte("\n"))
		if line = bytes.TrimSpace(line); len(line) == 0 {
			break
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !token(name) {
			continue
		}
		value, _, _ = bytes.Cut(bytes.TrimLeft(value, " \t"), []byte("\r"))
		headers = append(headers, httpscript.Header{Name: strings.ToLower(escape(name)), Value: escape(value)})
	}
	return headers
}

// token tells whether b is a token of RFC 9110, 5.6.2.
func token(b []byte) bool {
	for _, c := range b {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return len(b) > 0
}

func (r *reading) httpServer() error {
	r.s.Data = host.List{r.s.Output}
	return nil
}

func (r *reading) httpContent() error {
	r.s.Output = escape(r.raw)
	r.add()
	httpscript.Content(r.h, r.p, r.raw, "/")
	return nil
}
