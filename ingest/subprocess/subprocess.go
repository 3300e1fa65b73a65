// Package subprocess holds what the readers of external programs' output (nfdump, ra) have in common. It
// knows neither the programs nor their formats.
package subprocess

import (
	"bufio"
	"bytes"
	"io"
)

// keptOfLongLine is how much of a line is returned that does not fit the reader's buffer.
const keptOfLongLine = 200

// ReadLine returns the next line without its end, of one that does not fit the buffer of br just the
// start. It is valid until the next call. The last line may lack its end.
func ReadLine(br *bufio.Reader) ([]byte, error) {
	line, err := br.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		line = bytes.Clone(line[:min(len(line), keptOfLongLine)])
		for err == bufio.ErrBufferFull {
			_, err = br.ReadSlice('\n')
		}
	}
	if err == io.EOF && len(line) > 0 {
		err = nil
	}
	return bytes.TrimRight(line, "\r\n"), err
}

// Messages is a writer for a program's standard error: it keeps the first 4 KiB.
type Messages struct{ kept []byte }

// Write implements io.Writer; it never fails.
func (m *Messages) Write(p []byte) (int, error) {
	const limit = 4 << 10
	m.kept = append(m.kept, p[:min(len(p), limit-len(m.kept))]...)
	return len(p), nil
}

// Text is what the program said, without blanks around it.
func (m *Messages) Text() string { return string(bytes.TrimSpace(m.kept)) }
