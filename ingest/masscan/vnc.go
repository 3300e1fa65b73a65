package masscan

import (
	"bytes"
	"strings"

	"ivre/ingest/host"
)

// vnc separates the banner proper from what Masscan found out after it: RFB 003.008 SECURITY=[VNC none] NAME=[x y] ...
func (r *reading) vnc() error {
	if bytes.IndexByte(r.raw, '=') < 0 {
		return nil
	}
	banner, info := vncParts(r.raw)
	r.raw = append([]byte(banner), '\n')
	if lines := vncLines(info); len(lines) > 0 {
		r.script("vnc-info", strings.Join(lines, "\n"), nil)
	}
	encoded := Encode(r.raw)
	_, r.s.Output = Unescape(encoded)
	r.s.Masscan = &host.Banner{Raw: r.raw, Encoded: encoded}
	return nil
}

// vncParts cuts after two words.
func vncParts(raw []byte) (banner, info string) {
	text := string(bytes.TrimLeft(raw, " "))
	n := 0
	for range 2 {
		for n < len(text) && text[n] == ' ' {
			n++
		}
		for n < len(text) && text[n] != ' ' {
			n++
		}
	}
	return text[:n], text[n:]
}

// vncLines writes KEY=value and KEY=[some values] as KEY: value. A value without brackets ends before the next blank,
// that of ERROR at the end of the text.
func vncLines(s string) []string {
	var lines []string
	for s = strings.TrimLeft(s, " "); s != ""; s = strings.TrimLeft(s, " ") {
		word, _, _ := strings.Cut(s, " ")
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			lines = append(lines, escape([]byte(word)))
			s = s[len(word):]
			continue
		}
		rest := s[len(key)+1:]
		switch {
		case key == "ERROR":
			value, s = strings.TrimRight(rest, " \r\n"), ""
		case strings.HasPrefix(rest, "["):
			value, s = bracketed(rest[1:])
		default:
			s = rest[len(value):]
		}
		lines = append(lines, escape([]byte(key))+": "+escape([]byte(value)))
	}
	return lines
}

// bracketed cuts at the bracket that ends a value. Values may hold brackets, too: it is the first that another KEY= or
// the end of the text follows, else the last one.
func bracketed(s string) (value, rest string) {
	last := -1
	for i := range len(s) {
		if s[i] != ']' {
			continue
		}
		last = i
		if i+1 == len(s) || s[i+1] == ' ' && startsPair(s[i+2:]) {
			break
		}
	}
	if last < 0 {
		return s, ""
	}
	return s[:last], s[last+1:]
}

// startsPair tells whether s starts with KEY=.
func startsPair(s string) bool {
	n := 0
	for n < len(s) && (s[n] == '-' || s[n] == '_' || s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z') {
		n++
	}
	return n > 0 && n < len(s) && s[n] == '='
}
