// Package lzo1x decompresses LZO1X streams as nfdump writes them into its files (raw streams without
// any container). It is safe on any input: it never reads or writes out of bounds and never produces
// more than the caller allows. It does not compress.
package lzo1x

import (
	"errors"
	"fmt"
)

// Errors of Decompress, wrapped with the offset in the input at which they were found.
var (
	ErrShort    = errors.New("lzo: the compressed data ends in the middle of the stream")
	ErrTooLarge = errors.New("lzo: the data decompresses to more than is allowed")
	ErrDistance = errors.New("lzo: a match refers to before the start of the output")
	ErrTrailing = errors.New("lzo: there is data after the end of the stream")
)

// The instruction that an opcode below 16 stands for depends on how many literals were copied just
// before it: none (a literal run follows), 1 to 3 that came with a match, or a whole run.
const afterRun = 4

// Matches of each kind start where those of the nearer kind end.
const (
	nearMatch = 1     // two and more bytes, opcodes 0 to 15 after 1 to 3 literals, 32 to 255
	runMatch  = 2049  // three bytes, opcodes 0 to 15 after a literal run
	farMatch  = 16384 // opcodes 16 to 31; a distance of just this ends the stream
)

// maxLength keeps lengths far from where they would overflow. Whether they fit into the output is
// checked when it is written: the length of the instruction that ends the stream means nothing.
const maxLength = 1 << 30

type decoder struct {
	src   []byte
	pos   int
	dst   []byte
	limit int
}

// Decompress appends the decompressed src to dst and returns it. It fails if that adds more than
// limit bytes, or if src is not exactly one complete stream. On an error the bytes decompressed so
// far are returned with it.
func Decompress(dst, src []byte, limit int) ([]byte, error) {
	d := decoder{src: src, dst: dst, limit: len(dst) + limit}
	err := d.run()
	if err == nil && d.pos < len(src) {
		err = ErrTrailing
	}
	if err != nil {
		err = fmt.Errorf("%w (at byte %d of %d)", err, d.pos, len(src))
	}
	return d.dst, err
}

func (d *decoder) run() error {
	state := 0
	if len(d.src) > 0 && d.src[0] > 17 {
		// The only place where a literal run of any length may have a one-byte header.
		n := int(d.src[0]) - 17
		d.pos = 1
		if err := d.literals(n); err != nil {
			return err
		}
		state = min(n, afterRun)
	}
	for {
		op, err := d.byte()
		if err != nil {
			return err
		}
		if op < 16 && state == 0 {
			n, err := d.length(op, 15)
			if err == nil {
				err = d.literals(n + 3)
			}
			if err != nil {
				return err
			}
			state = afterRun
			continue
		}
		n, distance, next, err := d.match(op, state)
		if err != nil {
			return err
		}
		if distance == farMatch && op < 32 {
			return nil // the end; at this distance other instructions are ordinary matches
		}
		if err := d.copyMatch(n, distance); err != nil {
			return err
		}
		if err := d.literals(next); err != nil {
			return err
		}
		state = next
	}
}

// match decodes the rest of a match instruction: its length, how far back it refers, and the number
// of literals that follow it.
func (d *decoder) match(op byte, state int) (n, distance, next int, err error) {
	switch {
	case op >= 64:
		b, err := d.byte()
		return int(op>>5) + 1, int(b)<<3 + int(op>>2&7) + nearMatch, int(op & 3), err
	case op >= 32:
		n, err = d.length(op&31, 31)
		if err != nil {
			return 0, 0, 0, err
		}
		v, err := d.uint16()
		return n + 2, v>>2 + nearMatch, v & 3, err
	case op >= 16:
		n, err = d.length(op&7, 7)
		if err != nil {
			return 0, 0, 0, err
		}
		v, err := d.uint16()
		return n + 2, int(op&8)<<11 + v>>2 + farMatch, v & 3, err
	case state == afterRun:
		b, err := d.byte()
		return 3, int(b)<<2 + int(op>>2) + runMatch, int(op & 3), err
	default:
		b, err := d.byte()
		return 2, int(b)<<2 + int(op>>2) + nearMatch, int(op & 3), err
	}
}

// length decodes a length field: its value, or if that is 0, base plus 255 for each zero byte that
// follows plus the first other byte.
func (d *decoder) length(field byte, base int) (int, error) {
	if field != 0 {
		return int(field), nil
	}
	n := base
	for {
		b, err := d.byte()
		if err != nil {
			return 0, err
		}
		if b != 0 {
			return n + int(b), nil
		}
		if n += 255; n > maxLength {
			return 0, ErrTooLarge
		}
	}
}

func (d *decoder) byte() (byte, error) {
	if d.pos >= len(d.src) {
		return 0, ErrShort
	}
	b := d.src[d.pos]
	d.pos++
	return b, nil
}

func (d *decoder) uint16() (int, error) {
	if len(d.src)-d.pos < 2 {
		return 0, ErrShort
	}
	v := int(d.src[d.pos]) | int(d.src[d.pos+1])<<8
	d.pos += 2
	return v, nil
}

func (d *decoder) literals(n int) error {
	if n > len(d.src)-d.pos {
		return ErrShort
	}
	if n > d.limit-len(d.dst) {
		return ErrTooLarge
	}
	d.dst = append(d.dst, d.src[d.pos:d.pos+n]...)
	d.pos += n
	return nil
}

func (d *decoder) copyMatch(n, distance int) error {
	if distance > len(d.dst) {
		return ErrDistance
	}
	if n > d.limit-len(d.dst) {
		return ErrTooLarge
	}
	// A match may overlap what it produces; then each round doubles what can be copied.
	for from := len(d.dst) - distance; n > 0; {
		step := min(n, len(d.dst)-from)
		d.dst = append(d.dst, d.dst[from:from+step]...)
		n -= step
	}
	return nil
}
