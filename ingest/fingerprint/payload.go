package fingerprint

import (
	"strconv"
	"strings"
)

// maxPayload is the length of the longest payload of a probe that is kept, in bytes.
const maxPayload = 4096

// Sent returns the name of the probe that sends exactly this, "" if there is none. proto is tcp or udp (in any case).
func (d *DB) Sent(proto string, payload []byte) string {
	if d == nil || len(payload) > maxPayload {
		return ""
	}
	return d.payloads[strings.ToUpper(proto)+"/"+string(payload)]
}

// payloadOf reads what a probe sends: q, a delimiter, a text with the escapes of C, the delimiter.
func payloadOf(line string) (string, bool) {
	i := strings.Index(line, " q")
	if i < 0 || i+3 > len(line) {
		return "", false
	}
	text, delimiter := line[i+3:], line[i+2]
	end := strings.IndexByte(text, delimiter)
	if end < 0 {
		return "", false
	}
	text = text[:end]
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		if text[i] == 'x' && i+2 < len(text) {
			if n, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		if text[i] == '0' {
			b.WriteByte(0)
			continue
		}
		b.WriteByte(unescaped(text[i]))
	}
	return b.String(), true
}
