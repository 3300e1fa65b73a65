package input

import (
	"bufio"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// xzFooterSize is the size of the stream footer that ends every complete xz stream.
const xzFooterSize = 12

// xzReader is the library's reader, which takes some streams that are cut between two blocks or in the
// index for complete ones. xzReader reports these: a complete file ends with a stream footer.
type xzReader struct {
	r    *xz.Reader
	tail *xzTail
}

func (x *xzReader) Read(p []byte) (int, error) {
	n, err := x.r.Read(p)
	if err == io.EOF && !x.tail.isFooter() {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// xzTail remembers the last bytes that were read, without the zero bytes that may follow the last
// stream as padding.
type xzTail struct {
	src   *bufio.Reader
	last  []byte // up to xzFooterSize bytes, the last one not zero
	zeros int    // zero bytes read after these
}

func (t *xzTail) Read(p []byte) (int, error) {
	n, err := t.src.Read(p)
	t.note(p[:n])
	return n, err
}

// ReadByte is what the library reads the compressed data with, if it finds it.
func (t *xzTail) ReadByte() (byte, error) {
	c, err := t.src.ReadByte()
	switch {
	case err != nil:
	case c == 0:
		t.zeros++
	default:
		t.note([]byte{c})
	}
	return c, err
}

// note appends what was read to the tail.
func (t *xzTail) note(p []byte) {
	end := len(p)
	for end > 0 && p[end-1] == 0 {
		end--
	}
	if end > 0 {
		if end < xzFooterSize {
			for range min(t.zeros, xzFooterSize) {
				t.last = append(t.last, 0)
			}
			t.last = append(t.last, p[:end]...)
			if over := len(t.last) - xzFooterSize; over > 0 {
				t.last = append(t.last[:0], t.last[over:]...)
			}
		} else {
			t.last = append(t.last[:0], p[end-xzFooterSize:end]...)
		}
		t.zeros = 0
	}
	t.zeros += len(p) - end
}

// isFooter tells whether what was read last is a stream footer: a CRC-32 of the six bytes that follow
// it, and two magic bytes ("The .xz File Format", version 1.2, section 2.1.2).
func (t *xzTail) isFooter() bool {
	return len(t.last) == xzFooterSize && string(t.last[10:]) == "YZ" &&
		binary.LittleEndian.Uint32(t.last) == crc32.ChecksumIEEE(t.last[4:10])
}

// xzDictionary returns the size of the dictionary that the first block of an xz file asks for, 0 if it
// can't be told. The library allocates whatever it is asked for. See "The .xz File Format", version
// 1.2, section 3.1 (block header) and 5.3.1 (LZMA2).
func xzDictionary(head []byte) int64 {
	const streamHeader, lzma2 = 12, 0x21
	if len(head) < streamHeader+3 {
		return 0
	}
	block := head[streamHeader:]
	rest := block[2:]
	for range int(block[1]>>6&1) + int(block[1]>>7&1) { // compressed and uncompressed size, if present
		_, n := binary.Uvarint(rest)
		if n <= 0 {
			return 0
		}
		rest = rest[n:]
	}
	for range int(block[1]&3) + 1 {
		if len(rest) < 3 || int(rest[1]) > len(rest)-2 {
			return 0
		}
		if rest[0] == lzma2 {
			size, err := lzma.DecodeDictCap(rest[2])
			if err != nil {
				return 0
			}
			return size
		}
		rest = rest[2+int(rest[1]):]
	}
	return 0
}
