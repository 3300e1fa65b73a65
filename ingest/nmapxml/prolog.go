package nmapxml

import (
	"bytes"
	"fmt"
	"strings"
)

// prolog reads a file's first bytes: a byte order mark, blanks, and the XML declaration, which tells the encoding.
func (rd *reader) prolog() error {
	t := rd.t
	for t.end < 4 && t.more() {
	}
	head := t.buf[:min(t.end, 4)]
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		t.pos = 3
	case bytes.HasPrefix(head, []byte("\xfe\xff")), bytes.HasPrefix(head, []byte("\xff\xfe")),
		bytes.HasPrefix(head, []byte("\x00<")), bytes.HasPrefix(head, []byte("<\x00")):
		return unsupported("UTF-16")
	}
	t.mark = t.pos
	if err := t.skip(isSpace); err == errEOF {
		if t.readErr != nil {
			return rd.atEnd()
		}
		return fmt.Errorf("%w: it is empty", ErrSyntax)
	} else if err != nil {
		return fmt.Errorf("%w: it starts with too many blanks", ErrSyntax)
	}
	if t.buf[t.pos] != '<' {
		for t.end-t.pos < 16 && t.more() {
		}
		return fmt.Errorf("%w: it does not start with '<' but with %q", ErrSyntax, t.buf[t.pos:min(t.end, t.pos+16)])
	}
	t.mark = t.pos
	if ok, err := t.startsWith("<?xml"); err != nil {
		return rd.atEnd()
	} else if !ok {
		return nil
	}
	decl, _, err := t.until("?>", true)
	if err != nil {
		return rd.atEnd()
	}
	if len(decl) == 0 || class[decl[0]]&isSpace == 0 { // a processing instruction with a longer name
		return nil
	}
	return rd.encoding(decl)
}

// encoding takes over the encoding that a declaration names, if it does.
func (rd *reader) encoding(decl []byte) error {
	_, rest, ok := bytes.Cut(decl, []byte("encoding"))
	if !ok {
		return nil
	}
	rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte("="))
	rest = bytes.TrimLeft(rest, " \t\r\n")
	if !ok || len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
		return fmt.Errorf("%w: the XML declaration is malformed", ErrSyntax)
	}
	name, _, ok := bytes.Cut(rest[1:], rest[:1])
	if !ok {
		return fmt.Errorf("%w: the XML declaration is malformed", ErrSyntax)
	}
	switch strings.ToLower(string(name)) {
	case "utf-8", "utf8", "us-ascii", "ascii": // ASCII is a subset
	case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1":
		rd.t.latin1 = true
	default:
		return unsupported(string(name[:min(len(name), 40)]))
	}
	return nil
}

func unsupported(encoding string) error {
	return fmt.Errorf("%w: its encoding %q is not supported (UTF-8, US-ASCII and ISO-8859-1 are; convert it to UTF-8, with iconv for instance)",
		ErrSyntax, encoding)
}

// seek goes to the next start of a host or end of a report.
func (t *tokenizer) seek() (bool, error) {
	for {
		if i := bytes.IndexByte(t.buf[t.pos:t.end], '<'); i >= 0 {
			t.pos += i
		} else {
			t.pos = t.end
		}
		t.mark, t.tokenLine = t.pos, 0
		if t.pos == t.end {
			if !t.more() {
				return false, t.readErr
			}
			continue
		}
		host, err := t.startsWith("<host")
		if err == nil && host {
			if t.pos == t.end && !t.more() {
				return false, t.readErr
			}
			if c := t.buf[t.pos]; class[c]&isSpace != 0 || c == '>' || c == '/' {
				t.pos = t.mark
				return true, nil
			}
			continue
		}
		end, err2 := t.startsWith("</nmaprun")
		if err2 == nil && end {
			t.pos = t.mark
			return true, nil
		}
		if err != nil || err2 != nil {
			t.pos = t.end
			return false, t.readErr
		}
		t.pos = t.mark + 1
	}
}
