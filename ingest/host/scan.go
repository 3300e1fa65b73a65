package host

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// DecodeError tells what is wrong with a JSON text, and where.
type DecodeError struct {
	Path   string // ports[3].service_name; empty for the text as a whole
	Offset int    // of the byte where reading ended, counted from 0
	Reason string
}

func (e *DecodeError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("JSON, offset %d: %s", e.Offset, e.Reason)
	}
	return fmt.Sprintf("JSON, offset %d: %s: %s", e.Offset, e.Path, e.Reason)
}

// inMember adds an outer member to the path of an error.
func inMember(err error, key string) error {
	if e, ok := err.(*DecodeError); ok {
		const longest = 64 // bytes of a key, which the file may make as long as it likes
		if len(key) > longest {
			key = strings.ToValidUTF8(key[:longest], "") + "..."
		}
		if e.Path != "" && e.Path[0] != '[' {
			key += "."
		}
		e.Path = key + e.Path
	}
	return err
}

// inItem adds an outer list's index to the path of an error.
func inItem(err error, i int) error {
	if e, ok := err.(*DecodeError); ok {
		item := "[" + strconv.Itoa(i) + "]"
		if e.Path != "" && e.Path[0] != '[' {
			item += "."
		}
		e.Path = item + e.Path
	}
	return err
}

// maxValues is the number of values (members and items) of a text that is read, maxPorts that of ports of a record:
// what needs 3 bytes in a text may take 100 in memory, a port more. A record of 65,536 ports with scripts has some
// millions of values.
const (
	maxValues = 8 << 20
	maxPorts  = 4 << 16
)

// decoder reads a JSON text (RFC 8259). Texts without escapes are parts of s, so that s is the only copy.
type decoder struct {
	s     string
	i     int // what is read next
	depth int // of objects and lists
	count int // of values, see maxValues

	// Members and items that were read, of all objects and lists that are open.
	members []Member
	values  []Value
}

func (d *decoder) fail(format string, args ...any) error {
	return &DecodeError{Offset: d.i, Reason: fmt.Sprintf(format, args...)}
}

// wrong is the error of a value of another kind.
func (d *decoder) wrong(want string) error {
	found := "something that is no JSON value"
	switch c := d.peek(); {
	case d.i == len(d.s):
		return d.fail("the text is cut off")
	case c == '"':
		found = "a text"
	case c == '{':
		found = "an object"
	case c == '[':
		found = "a list"
	case c == 't' || c == 'f':
		found = "true or false"
	case c == 'n':
		found = "null"
	case c == '-' || isDigit(c):
		found = "a number"
	}
	return d.fail("want %s, found %s", want, found)
}

// peek skips white space and returns the byte that follows, 0 at the end.
func (d *decoder) peek() byte {
	for d.i < len(d.s) {
		switch c := d.s[d.i]; c {
		case ' ', '\t', '\n', '\r':
			d.i++
		default:
			return c
		}
	}
	return 0
}

// end tells whether nothing but white space is left.
func (d *decoder) end() error {
	if d.peek(); d.i < len(d.s) {
		return d.fail("something follows the end of the JSON value")
	}
	return nil
}

// literal reads null, true or false.
func (d *decoder) literal(word string) bool {
	if !strings.HasPrefix(d.s[d.i:], word) {
		return false
	}
	d.i += len(word)
	return true
}

// null reads a null, if there is one.
func (d *decoder) null() bool { return d.peek() == 'n' && d.literal("null") }

// object reads an object: it calls member for each key, to read its value. A null is an object without members.
func (d *decoder) object(member func(key string) error) error {
	if d.null() {
		return nil
	}
	more, err := d.open('{', '}', "an object")
	for err == nil && more {
		var key string
		if d.peek() != '"' {
			return d.wrong("a key in quotes")
		}
		if key, err = d.quoted(); err != nil {
			return err
		}
		if d.peek() != ':' {
			return inMember(d.wrong("a colon"), key)
		}
		d.i++
		if err = d.counted(); err == nil {
			err = member(key)
		}
		if err != nil {
			return inMember(err, key)
		}
		more, err = d.next('}')
	}
	return err
}

// array reads a list: it calls item to read each of the items. A null is an empty list.
func (d *decoder) array(item func() error) error {
	if d.null() {
		return nil
	}
	more, err := d.open('[', ']', "a list")
	for n := 0; err == nil && more; n++ {
		if err = d.counted(); err == nil {
			err = item()
		}
		if err != nil {
			return inItem(err, n)
		}
		more, err = d.next(']')
	}
	return err
}

// open reads the beginning of an object or a list. It returns whether there is something in it.
func (d *decoder) open(begin, end byte, want string) (more bool, err error) {
	if d.peek() != begin {
		return false, d.wrong(want)
	}
	if d.depth++; d.depth > maxDepth {
		return false, d.fail("nested more than %d deep", maxDepth)
	}
	d.i++
	if d.peek() == end {
		d.i++
		d.depth--
		return false, nil
	}
	return true, nil
}

// next reads what follows a member or an item. It returns whether there is another one.
func (d *decoder) next(end byte) (more bool, err error) {
	switch d.peek() {
	case ',':
		d.i++
		return true, nil
	case end:
		d.i++
		d.depth--
		return false, nil
	}
	return false, d.wrong("a comma or " + string(end))
}

// counted counts a value that is about to be read.
func (d *decoder) counted() error {
	if d.count++; d.count > maxValues {
		return d.fail("more than %d values", maxValues)
	}
	return nil
}

// quoted reads the text that begins with the quote at d.i.
func (d *decoder) quoted() (string, error) {
	start := d.i + 1
	for i := start; i < len(d.s); {
		if i+8 <= len(d.s) {
			m := specials(load8(d.s[i:]))
			if m == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(m) / 8
		}
		switch c := d.s[i]; {
		case c == '"':
			d.i = i + 1
			return d.s[start:i], nil
		case c == '\\' || c >= utf8.RuneSelf:
			return d.unquote(start, i)
		case c < ' ':
			d.i = i
			return "", d.fail("a control character in a text")
		}
		i++
	}
	d.i = len(d.s)
	return "", d.fail("the text is cut off")
}

// unquote reads the text that begins at start and needs no change before i.
func (d *decoder) unquote(start, i int) (string, error) {
	end, escaped, ascii := textEnd(d.s, i)
	if end < 0 {
		d.i = len(d.s)
		return "", d.fail("the text is cut off")
	}
	text := d.s[start:end]
	if !escaped && (ascii || utf8.ValidString(text)) {
		d.i = end + 1
		return text, nil
	}
	b := append(make([]byte, 0, len(text)), d.s[start:i]...)
	for i < end {
		n := plainPrefix(d.s[i:end])
		b = append(b, d.s[i:i+n]...)
		if i += n; i == end {
			break
		}
		switch c := d.s[i]; {
		case c == '\\':
			d.i = i
			if b, i = d.unescape(b, i+1); i < 0 {
				return "", d.fail("a \\ that begins none of the escapes of JSON")
			}
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(d.s[i:end])
			b = utf8.AppendRune(b, r)
			i += size
		case c < ' ':
			d.i = i
			return "", d.fail("a control character in a text")
		default: // 0x7f
			b = append(b, c)
			i++
		}
	}
	d.i = end + 1
	return string(b), nil
}

// textEnd returns where the closing quote of a text is, or -1, and what is in the text from i on.
func textEnd(s string, i int) (end int, escaped, ascii bool) {
	ascii = true
	for i < len(s) {
		if i+8 <= len(s) {
			m := specials(load8(s[i:]))
			if m == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(m) / 8
		}
		switch c := s[i]; {
		case c == '"':
			return i, escaped, ascii
		case c == '\\':
			escaped = true
			i++
		case c >= utf8.RuneSelf:
			ascii = false
		case c < ' ':
			// It is found again, and refused, when the text is copied.
			escaped = true
		}
		i++
	}
	return -1, escaped, ascii
}

// unescape appends the character of the escape whose backslash is before i. It returns where the text goes on,
// -1 if there is no such escape. Halves of surrogate pairs become U+FFFD.
func (d *decoder) unescape(b []byte, i int) ([]byte, int) {
	switch c := d.s[i]; c {
	case '"', '\\', '/':
		b = append(b, c)
	case 'n':
		b = append(b, '\n')
	case 'r':
		b = append(b, '\r')
	case 't':
		b = append(b, '\t')
	case 'b':
		b = append(b, '\b')
	case 'f':
		b = append(b, '\f')
	case 'u':
		r := hex4(d.s[i+1:])
		if r < 0 {
			return b, -1
		}
		i += 5
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if strings.HasPrefix(d.s[i:], `\u`) {
				low = hex4(d.s[i+2:])
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				i += 6
			}
		}
		return utf8.AppendRune(b, r), i
	default:
		return b, -1
	}
	return b, i + 1
}

// hex4 reads four hexadecimal digits, -1 if there are none.
func hex4(s string) rune {
	if len(s) < 4 {
		return -1
	}
	var r rune
	for i := range 4 {
		c := s[i]
		switch {
		case isDigit(c):
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// numberEnd returns where the number at s[i:] ends, and whether it is an integer. It returns i if there is none.
func numberEnd(s string, i int) (end int, integer bool) {
	start := i
	if i < len(s) && s[i] == '-' {
		i++
	}
	switch first := i; {
	case digits(s, first) == first:
		return start, false
	case s[first] == '0':
		i = first + 1
	default:
		i = digits(s, first)
	}
	integer = true
	if i < len(s) && s[i] == '.' {
		if end = digits(s, i+1); end == i+1 {
			return start, false
		}
		i, integer = end, false
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if end = digits(s, j); end == j {
			return start, false
		}
		i, integer = end, false
	}
	return i, integer
}

// digits returns the index after the decimal digits at s[i:].
func digits(s string, i int) int {
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

func validNumber(s string) bool {
	end, _ := numberEnd(s, 0)
	return s != "" && end == len(s)
}
