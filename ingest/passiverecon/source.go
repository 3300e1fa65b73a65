package passiverecon

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
)

// source is a log that is read line by line, one line with each Read, and looked at before anybody else sees it: package
// zeeklog finds columns by their names and does not care about others, but here an unknown column means that the log is
// not what it should be. As nothing is read ahead, verdict always speaks of the line that the reader above has just got.
type source struct {
	in     *bufio.Reader
	max    int    // length of a line that is looked at
	rest   []byte // of the line, to be read
	long   []byte // a line that is longer than the buffer
	err    error
	number uint64
	inLine bool // the next bytes belong to the line before; it is too long to be looked at
	bad    func(uint64, error)

	sep      []byte // between columns
	sepGiven bool   // by #separator
	header   bool   // there is a #fields line
	unusable bool   // whose columns are not those of this log
	json     bool   // the line is a JSON object
	problem  error  // with its members
}

const bufferSize = 256 << 10

func newSource(r io.Reader, maxLine int, bad func(uint64, error)) *source {
	return &source{in: bufio.NewReaderSize(r, bufferSize), max: maxLine, bad: bad, sep: []byte("\t")}
}

// verdict tells what is wrong with the line: its header, which was reported, or a problem of its own.
func (s *source) verdict() (unusable bool, problem error) {
	if s.json {
		return false, s.problem
	}
	return s.unusable, nil
}

// Read reads the rest of a line or from the next one.
func (s *source) Read(p []byte) (int, error) {
	if len(s.rest) == 0 && s.err == nil {
		s.next()
	}
	if len(s.rest) == 0 {
		return 0, s.err
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// next gets the next line, or the next part of one that is too long.
func (s *source) next() {
	line, err := s.in.ReadSlice('\n')
	if err == bufio.ErrBufferFull && !s.inLine {
		line, err = s.longLine(line)
	}
	whole := !s.inLine
	s.inLine = err == bufio.ErrBufferFull
	if s.inLine {
		err = nil
	}
	s.rest, s.err = line, err
	if len(line) == 0 || !whole {
		return
	}
	s.number++
	s.json, s.problem = false, nil
	if !s.inLine && (err == nil || err == io.EOF) { // else it may be cut anywhere
		s.look(line)
	}
}

// longLine puts a line together. It gives up, with the error bufio.ErrBufferFull, when the line gets too long.
func (s *source) longLine(start []byte) ([]byte, error) {
	s.long = append(s.long[:0], start...)
	for {
		part, err := s.in.ReadSlice('\n')
		s.long = append(s.long, part...)
		if err != bufio.ErrBufferFull || len(s.long) > s.max+1 {
			line := s.long
			if cap(s.long) > maxScratch {
				s.long = nil
			}
			return line, err
		}
	}
}

// look looks at a line, which may end in CR and LF.
func (s *source) look(line []byte) {
	line = bytes.TrimRight(line, "\r\n")
	if s.number == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	if len(line) == 0 {
		return
	}
	if line[0] == '#' {
		if err := s.headerLine(line); err != nil {
			s.bad(s.number, err)
		}
		return
	}
	if line[0] != '{' && line[0] > ' ' || s.header && bytes.Contains(line, s.sep) {
		return
	}
	if object := bytes.TrimLeft(line, " \t"); len(object) > 0 && object[0] == '{' {
		s.json = true
		if key, ok := unknownMember(object); ok {
			s.problem = unknownColumn(key)
		}
	}
}

// headerLine takes what it says about columns.
func (s *source) headerLine(line []byte) error {
	if rest, ok := bytes.CutPrefix(line, []byte("#separator")); ok && len(rest) > 1 {
		s.header, s.unusable = false, false
		s.sep, s.sepGiven = rawSeparator(rest[1:]), true
		return nil
	}
	if !s.sepGiven { // as package zeeklog does
		s.sep = []byte("\t")
		if !bytes.Contains(line, s.sep) {
			s.sep = []byte(" ")
		}
	}
	names, ok := bytes.CutPrefix(line, []byte("#fields"))
	if !ok || !bytes.HasPrefix(names, s.sep) {
		return nil
	}
	s.header, s.unusable = true, true
	var seen [len(columns)]bool
	for name := range bytes.SplitSeq(names[len(s.sep):], s.sep) {
		i := column(name)
		if i < 0 {
			return fmt.Errorf("%w; the lines below this header are left out", unknownColumn(name))
		}
		seen[i] = true
	}
	for _, i := range [...]int{colTime, colKind, colValue} {
		if !seen[i] {
			return fmt.Errorf("the header has no column %s; the lines below it are left out", columns[i])
		}
	}
	s.unusable = false
	return nil
}

// columns are the names of the columns of the log.
var columns = [...]string{"ts", "uid", "host", "srvport", "recon_type", "source", "value", "targetval"}

// column returns the number of a column, -1 if the log has none of that name.
func column(name []byte) int {
	for i, c := range columns {
		if string(name) == c {
			return i
		}
	}
	return -1
}

func unknownColumn(name []byte) error {
	return fmt.Errorf("unknown column %.40q: the log of passiverecon has %s", name, strings.Join(columns[:], ", "))
}

// rawSeparator decodes the value of #separator.
func rawSeparator(b []byte) []byte {
	var out []byte
	for len(b) > 0 {
		if len(b) >= 4 && b[0] == '\\' && b[1] == 'x' {
			hi, ok1 := lowerHex(b[2] | 0x20)
			lo, ok2 := lowerHex(b[3] | 0x20)
			if ok1 && ok2 {
				out, b = append(out, hi<<4|lo), b[4:]
				continue
			}
		}
		out, b = append(out, b[0]), b[1:]
	}
	return out
}
