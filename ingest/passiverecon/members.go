package passiverecon

import "bytes"

// unknownMember looks for a member of a JSON object that is no column of the log. _path and _write_ts, which Zeek adds
// when it streams logs, are none but no reason to complain. Whether the line is valid JSON is for others to find out: of
// one that is not, the result means nothing.
func unknownMember(object []byte) (key []byte, found bool) {
	b := object[1:]
	for {
		start := bytes.IndexByte(b, '"')
		if start < 0 {
			return nil, false
		}
		b = b[start+1:]
		end := stringEnd(b)
		if end < 0 {
			return nil, false
		}
		name := b[:end]
		if column(name) < 0 && string(name) != "_path" && string(name) != "_write_ts" {
			return name, true
		}
		if b = afterValue(b[end+1:]); b == nil {
			return nil, false
		}
	}
}

// stringEnd returns the position of the quote that ends a string, -1 if there is none.
func stringEnd(b []byte) int {
	for i := 0; ; {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		slashes := 0
		for slashes < n && b[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
		i++
	}
}

// afterValue skips the value of a member up to the comma behind it. It returns nil at the end of the object.
func afterValue(b []byte) []byte {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			end := stringEnd(b[i+1:])
			if end < 0 {
				return nil
			}
			i += end + 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return nil
			}
			depth--
		case ',':
			if depth == 0 {
				return b[i+1:]
			}
		}
	}
	return nil
}
