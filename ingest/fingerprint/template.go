package fingerprint

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// template is a text with places for what a pattern captured.
type template []piece

// piece is a part of a template: fixed text (group 0), or captured text after fn was applied.
type piece struct {
	text  string
	group int
	fn    func(captured []byte) ([]byte, bool)
}

// versionInfo is what a match line tells of a service.
type versionInfo struct {
	fields map[byte]template // by Nmap's letters: p, v, i, h, o, d
	cpes   []template
	groups bool // some template asks for captured text
}

var errVersion = errors.New("the version information cannot be read")

// parseVersion reads fields like p/text/ and cpe:/a:vendor:product/a.
func parseVersion(s string) (versionInfo, error) {
	out := versionInfo{fields: map[byte]template{}}
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" {
			return out, nil
		}
		key := s[0]
		s = s[1:]
		if key == 'c' {
			var ok bool
			if s, ok = strings.CutPrefix(s, "pe:"); !ok {
				return out, errVersion
			}
		} else if strings.IndexByte("pvihod", key) < 0 {
			return out, fmt.Errorf("%w: unknown field %c", errVersion, key)
		}
		if len(s) < 2 {
			return out, errVersion
		}
		end := strings.IndexByte(s[1:], s[0])
		if end < 0 {
			return out, fmt.Errorf("%w: field %c has no second %c", errVersion, key, s[0])
		}
		text := s[1 : 1+end]
		if s = s[2+end:]; key == 'c' {
			text = "cpe:/" + text
			s = strings.TrimPrefix(s, "a") // the CPE applies to Nmap's own output of the host
		}
		t, err := parseTemplate(text)
		if err != nil {
			return out, err
		}
		for _, piece := range t {
			out.groups = out.groups || piece.group > 0
		}
		if key == 'c' {
			out.cpes = append(out.cpes, t)
		} else {
			out.fields[key] = t
		}
	}
}

func parseTemplate(s string) (template, error) {
	var t template
	for s != "" {
		i := strings.IndexByte(s, '$')
		if i < 0 || i+1 == len(s) {
			break
		}
		if i > 0 {
			t = append(t, piece{text: s[:i]})
		}
		s = s[i:]
		p, n, err := parseCall(s)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", s, err)
		}
		t = append(t, p)
		s = s[n:]
	}
	if s != "" {
		t = append(t, piece{text: s})
	}
	return t, nil
}

// parseCall reads $1, $P(1), $SUBST(1,"a","b") or $I(1,">") at the start of s. Another $ is text. n is how long it is.
func parseCall(s string) (p piece, n int, err error) {
	if c := s[1]; '1' <= c && c <= '9' {
		return piece{group: int(c - '0'), fn: unchanged}, 2, nil
	}
	open := strings.IndexByte(s, '(')
	if open < 0 {
		return piece{text: "$"}, 1, nil
	}
	name := s[1:open]
	if name != "P" && name != "SUBST" && name != "I" {
		return piece{text: "$"}, 1, nil
	}
	args, n, err := parseArgs(s, open+1)
	if err != nil {
		return p, 0, err
	}
	p.group, err = strconv.Atoi(args[0])
	if err != nil || p.group < 1 || p.group > 9 {
		return p, 0, errors.New("bad number of a group")
	}
	switch {
	case name == "P" && len(args) == 1:
		p.fn = printable
	case name == "SUBST" && len(args) == 3 && args[1] != "":
		p.fn = substitute(args[1], args[2])
	case name == "I" && len(args) == 2 && (args[1] == ">" || args[1] == "<"):
		p.fn = integer(args[1] == ">")
	default:
		return p, 0, errors.New("bad arguments")
	}
	return p, n, nil
}

// parseArgs reads arguments (numbers and quoted texts) from position i up to the parenthesis. n is where it ends.
func parseArgs(s string, i int) (args []string, n int, err error) {
	for i < len(s) {
		switch c := s[i]; c {
		case ')':
			if len(args) == 0 {
				return nil, 0, errors.New("no arguments")
			}
			return args, i + 1, nil
		case ',', ' ':
			i++
		case '"':
			var b []byte
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' && i+1 < len(s) {
					i++
					b = append(b, unescaped(s[i]))
				} else {
					b = append(b, s[i])
				}
			}
			i++
			args = append(args, string(b))
		default:
			start := i
			for i < len(s) && s[i] != ',' && s[i] != ')' {
				i++
			}
			args = append(args, strings.TrimSpace(s[start:i]))
		}
	}
	return nil, 0, errors.New("missing )")
}

func unescaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

func unchanged(b []byte) ([]byte, bool) { return b, true }

// printable keeps the printable bytes: of UTF-16 text in ASCII, the text.
func printable(b []byte) ([]byte, bool) {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if ' ' <= c && c <= '~' {
			out = append(out, c)
		}
	}
	return out, true
}

func substitute(from, to string) func([]byte) ([]byte, bool) {
	return func(b []byte) ([]byte, bool) { return []byte(strings.ReplaceAll(string(b), from, to)), true }
}

// integer reads an unsigned number of up to eight bytes.
func integer(bigEndian bool) func([]byte) ([]byte, bool) {
	return func(b []byte) ([]byte, bool) {
		if len(b) == 0 || len(b) > 8 {
			return nil, false
		}
		var v uint64
		for i, c := range b {
			if bigEndian {
				v = v<<8 | uint64(c)
			} else {
				v |= uint64(c) << (8 * i)
			}
		}
		return strconv.AppendUint(nil, v, 10), true
	}
}

// maxField bounds a field of a result, in bytes.
const maxField = 4096

// fill puts captured texts into a template. ok is false if a group took no part in the match or the text is empty.
func (t template) fill(group func(n int) ([]byte, bool)) (string, bool) {
	if len(t) == 1 && t[0].group == 0 {
		return t[0].text, true
	}
	var out []byte
	for _, p := range t {
		if p.group == 0 {
			out = append(out, p.text...)
			continue
		}
		b, ok := group(p.group)
		if ok {
			b, ok = p.fn(b)
		}
		if !ok {
			return "", false
		}
		out = AppendEscaped(out, b[:min(len(b), maxField)])
	}
	return string(out), len(out) > 0
}

// AppendEscaped appends bytes as Nmap prints them: CR, LF, TAB and backslash as in C, what is not printable as \xhh.
func AppendEscaped(dst, b []byte) []byte {
	const hex = "0123456789abcdef"
	for _, c := range b {
		switch {
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c == '\\':
			dst = append(dst, `\\`...)
		case ' ' <= c && c <= '~':
			dst = append(dst, c)
		default:
			dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
		}
	}
	return dst
}
