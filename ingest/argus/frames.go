package argus

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// frames follows the records of an Argus stream by their headers while it is passed on to ra. ra says
// nothing of a file that is cut short or damaged: it prints what it can and succeeds.
//
// A record starts with a byte of type (high half) and version, a byte of cause, and its length in
// words of four bytes, big-endian, that includes this header. See argus(5) and ArgusRecordHeader.
type frames struct {
	read       int64 // bytes written to it
	start      int64 // of the current record
	left       int64 // bytes of it still to come, beyond the header
	header     [4]byte
	have       int // bytes of the header
	broken     bool
	known      bool // starts with the record that opens an Argus stream
	flows      uint64
	management uint64
}

// Types of records.
const (
	typeFlow       = 0x1
	typeManagement = 0x8
)

// opening is the header of the record that opens a stream of Argus version 3.
var opening = [4]byte{0x83, 0x10, 0x00, 0x20}

// note takes the next bytes of the stream.
func (f *frames) note(p []byte) {
	base := f.read
	f.read += int64(len(p))
	for i := 0; i < len(p) && !f.broken; {
		if f.left > 0 {
			n := min(f.left, int64(len(p)-i))
			f.left -= n
			i += int(n)
			continue
		}
		if f.have == 0 {
			f.start = base + int64(i)
		}
		n := copy(f.header[f.have:], p[i:])
		f.have += n
		i += n
		if f.have == len(f.header) {
			f.have = 0
			f.open()
		}
	}
}

// open begins a record of which the header is complete.
func (f *frames) open() {
	if f.start == 0 {
		f.known = f.header == opening
	}
	length := int64(binary.BigEndian.Uint16(f.header[2:])) * 4
	kind := f.header[0] >> 4
	if !f.known || length < 8 || kind == 0 || kind > typeManagement {
		f.broken = true
		return
	}
	f.left = length - int64(len(f.header))
	switch kind {
	case typeFlow:
		f.flows++
	case typeManagement:
		f.management++
	}
}

// whole tells whether every byte belongs to a complete record.
func (f *frames) whole() bool { return f.known && !f.broken && f.left == 0 && f.have == 0 }

// problem says where a known stream could not be followed to its end and why; the error is nil if it
// could.
func (f *frames) problem() (where string, err error) {
	switch {
	case !f.known || f.whole():
		return "", nil
	case f.broken:
		err = errors.New("there should be an Argus record, but the data are damaged: some or all that follow are lost")
	default:
		err = errors.New("the last Argus record is cut off: the data end too early")
	}
	return fmt.Sprintf("byte %d", f.start), err
}
