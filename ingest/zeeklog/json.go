package zeeklog

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// form says how the bytes of a value are to be read.
type form uint8

const (
	absent      form = iota // no such column
	unset                   // unset marker, JSON null
	empty                   // empty marker
	plain                   // text of the tab-separated format
	jsonString              // between the quotes, no escapes
	jsonEscaped             // between the quotes, with escapes
	jsonNumber
	jsonTrue
	jsonFalse
	jsonArray  // with its brackets
	jsonObject // with its braces
)

// member is a member of a JSON object.
type member struct {
	key  []byte
	raw  []byte
	form form
}

// maxDepth is how deep JSON values may be nested.
const maxDepth = 64

var (
	errJSONEnd   = errors.New("the JSON object is cut off")
	errJSONDepth = fmt.Errorf("JSON nested more than %d deep", maxDepth)
)

func errJSONAt(pos int) error { return fmt.Errorf("not valid JSON at column %d", pos+1) }

// parseObject reads an object that fills the line (RFC 8259), except that its strings need not be
// valid UTF-8. The members refer to the line.
func parseObject(b []byte, to []member) ([]member, error) {
	to = to[:0]
	i, more, err := openContainer(b, skipSpace(b, 0), '{', '}')
	for err == nil && more {
		if len(to) == maxColumns {
			return to, fmt.Errorf("more than %d members in a JSON object", maxColumns)
		}
		var m member
		if i, m, err = parseMember(b, i, 1); err != nil {
			break
		}
		to = append(to, m)
		i, more, err = nextElement(b, i, '}')
	}
	if err == nil {
		if i = skipSpace(b, i); i < len(b) {
			err = errJSONAt(i)
		}
	}
	return to, err
}

// parseMember reads "key": value at b[i:] and returns the position after it.
func parseMember(b []byte, i, depth int) (int, member, error) {
	var m member
	if i >= len(b) {
		return i, m, errJSONEnd
	}
	if b[i] != '"' {
		return i, m, errJSONAt(i)
	}
	end, f, err := scanString(b, i)
	if err != nil {
		return i, m, err
	}
	m.key = b[i+1 : end-1]
	if f == jsonEscaped {
		m.key = appendUnquoted(nil, m.key)
	}
	if i = skipSpace(b, end); i >= len(b) {
		return i, m, errJSONEnd
	}
	if b[i] != ':' {
		return i, m, errJSONAt(i)
	}
	i = skipSpace(b, i+1)
	if end, m.form, err = scanValue(b, i, depth); err != nil {
		return i, m, err
	}
	m.raw = b[i:end]
	if m.form == jsonString || m.form == jsonEscaped {
		m.raw = b[i+1 : end-1]
	}
	return end, m, nil
}

// openContainer reads the bracket that begins an array or object; more says that it is not empty, and
// the position is then that of its first element, else the one after the container.
func openContainer(b []byte, i int, open, end byte) (next int, more bool, err error) {
	if i >= len(b) {
		return i, false, errJSONEnd
	}
	if b[i] != open {
		return i, false, errJSONAt(i)
	}
	if i = skipSpace(b, i+1); i >= len(b) {
		return i, false, errJSONEnd
	}
	if b[i] == end {
		return i + 1, false, nil
	}
	return i, true, nil
}

// nextElement reads what follows an element of a container: a comma or its end.
func nextElement(b []byte, i int, end byte) (next int, more bool, err error) {
	i = skipSpace(b, i)
	switch {
	case i >= len(b):
		return i, false, errJSONEnd
	case b[i] == end:
		return i + 1, false, nil
	case b[i] == ',':
		return skipSpace(b, i+1), true, nil
	}
	return i, false, errJSONAt(i)
}

// scanValue finds the end of the value at b[i:].
func scanValue(b []byte, i, depth int) (end int, f form, err error) {
	if i >= len(b) {
		return i, absent, errJSONEnd
	}
	switch c := b[i]; {
	case c == '"':
		return scanString(b, i)
	case c == '-' || '0' <= c && c <= '9':
		end, err = scanNumber(b, i)
		return end, jsonNumber, err
	case c == 't':
		return scanWord(b, i, "true", jsonTrue)
	case c == 'f':
		return scanWord(b, i, "false", jsonFalse)
	case c == 'n':
		return scanWord(b, i, "null", unset)
	case c == '[':
		end, err = scanArray(b, i, depth+1)
		return end, jsonArray, err
	case c == '{':
		end, err = scanObject(b, i, depth+1)
		return end, jsonObject, err
	}
	return i, absent, errJSONAt(i)
}

func scanArray(b []byte, i, depth int) (int, error) {
	if depth > maxDepth {
		return i, errJSONDepth
	}
	i, more, err := openContainer(b, i, '[', ']')
	for err == nil && more {
		if i, _, err = scanValue(b, i, depth); err == nil {
			i, more, err = nextElement(b, i, ']')
		}
	}
	return i, err
}

func scanObject(b []byte, i, depth int) (int, error) {
	if depth > maxDepth {
		return i, errJSONDepth
	}
	i, more, err := openContainer(b, i, '{', '}')
	for err == nil && more {
		if i, _, err = parseMember(b, i, depth); err == nil {
			i, more, err = nextElement(b, i, '}')
		}
	}
	return i, err
}

// scanString finds the end of the string whose quote is b[i].
func scanString(b []byte, i int) (end int, f form, err error) {
	f = jsonString
	for i++; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i + 1, f, nil
		case c < ' ':
			return i, f, errJSONAt(i)
		case c == '\\':
			f = jsonEscaped
			n, err := scanEscape(b, i)
			if err != nil {
				return i, f, err
			}
			i += n - 1
		}
	}
	return i, f, errJSONEnd
}

// scanEscape returns the length of the escape at b[i:].
func scanEscape(b []byte, i int) (int, error) {
	if i+1 >= len(b) {
		return 0, errJSONEnd
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, nil
	case 'u':
		for j := i + 2; j < i+6; j++ {
			if j >= len(b) {
				return 0, errJSONEnd
			}
			if !isHex(b[j]) {
				return 0, errJSONAt(j)
			}
		}
		return 6, nil
	}
	return 0, errJSONAt(i + 1)
}

// scanNumber finds the end of the number at b[i:].
func scanNumber(b []byte, i int) (int, error) {
	if b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == '0':
		i++
	default:
		n := digits(b[i:])
		if n == 0 {
			return i, errJSONAt(i)
		}
		i += n
	}
	if i < len(b) && b[i] == '.' {
		n := digits(b[i+1:])
		if n == 0 {
			return i, errJSONAt(i)
		}
		i += n + 1
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		n := digits(b[i:])
		if n == 0 {
			return i, errJSONAt(i)
		}
		i += n
	}
	return i, nil
}

// digits returns how many digits b begins with.
func digits(b []byte) int {
	n := 0
	for n < len(b) && '0' <= b[n] && b[n] <= '9' {
		n++
	}
	return n
}

func scanWord(b []byte, i int, word string, f form) (int, form, error) {
	if len(b)-i < len(word) || string(b[i:i+len(word)]) != word {
		return i, f, errJSONAt(i)
	}
	return i + len(word), f, nil
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// appendUnquoted appends the content of a valid JSON string with its escapes resolved.
func appendUnquoted(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			dst = append(dst, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, n := unquoteRune(s[i+1:])
			dst = utf8.AppendRune(dst, r)
			i += n
		default: // " \ /
			dst = append(dst, s[i])
		}
	}
	return dst
}

// unquoteRune reads the digits of a \u escape, and of a second one if they are a surrogate pair. It
// returns the number of bytes read. Half a pair becomes U+FFFD.
func unquoteRune(s []byte) (rune, int) {
	r := hex4(s)
	if r < 0xd800 || r > 0xdfff {
		return r, 4
	}
	if r < 0xdc00 && len(s) >= 10 && s[4] == '\\' && s[5] == 'u' {
		if low := hex4(s[6:]); 0xdc00 <= low && low <= 0xdfff {
			return (r-0xd800)<<10 | (low - 0xdc00) + 0x10000, 10
		}
	}
	return utf8.RuneError, 4
}

func hex4(s []byte) rune {
	return rune(unhex(s[0]))<<12 | rune(unhex(s[1]))<<8 | rune(unhex(s[2]))<<4 | rune(unhex(s[3]))
}
