package input

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

// Compression is a compressed file format; the zero value means none.
type Compression uint8

// The compressions that are recognised.
const (
	None Compression = iota
	Gzip
	Bzip2
	Zstd
	Xz
	Lz4
)

// String returns the name of the program that makes files of this format, "none" for None.
func (c Compression) String() string {
	return [...]string{"none", "gzip", "bzip2", "zstd", "xz", "lz4"}[c]
}

const (
	// headSize is how many first bytes of a file are looked at to recognise its compression.
	headSize = 64
	// maxWindow is the largest window (zstd) or dictionary (xz) that is accepted, in bytes. It bounds the
	// memory that a file can ask for; the programs' default settings need at most half of it.
	maxWindow = 256 << 20
)

// detectCompression tells the compression from the first bytes of a file.
func detectCompression(head []byte) Compression {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b, 0x08}):
		return Gzip
	case isBzip2(head):
		return Bzip2
	case bytes.HasPrefix(head, []byte{0xfd, '7', 'z', 'X', 'Z', 0}):
		return Xz
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return Zstd
	case bytes.HasPrefix(head, []byte{0x04, 0x22, 0x4d, 0x18}), bytes.HasPrefix(head, []byte{0x02, 0x21, 0x4c, 0x18}):
		return Lz4 // the frame format, and the legacy one of the Linux kernel
	}
	return behindSkippable(head)
}

// isBzip2 looks beyond "BZh", which a text may start with, at the marker of the first block or, of an
// empty file, of the end.
func isBzip2(head []byte) bool {
	if len(head) < 10 || string(head[:3]) != "BZh" || head[3] < '1' || head[3] > '9' {
		return false
	}
	return bytes.Equal(head[4:10], []byte{0x31, 0x41, 0x59, 0x26, 0x53, 0x59}) ||
		bytes.Equal(head[4:10], []byte{0x17, 0x72, 0x45, 0x38, 0x50, 0x90})
}

// behindSkippable recognises files that start with skippable frames, as those of pzstd do. zstd and lz4
// share this kind of frame, so what follows decides; if that is out of sight it is taken for zstd.
func behindSkippable(head []byte) Compression {
	if len(head) < 8 || head[0]&0xf0 != 0x50 || !bytes.Equal(head[1:4], []byte{0x2a, 0x4d, 0x18}) {
		return None
	}
	size := uint64(binary.LittleEndian.Uint32(head[4:8])) + 8
	if size+4 > uint64(len(head)) {
		return Zstd
	}
	return detectCompression(head[size:])
}

// newDecoder returns a reader of the decompressed content of src and what releases it (or nil). head
// are the first bytes of src, which are still to be read from it.
func newDecoder(c Compression, src *bufio.Reader, head []byte) (io.Reader, func(), error) {
	switch c {
	case Gzip:
		r, err := gzip.NewReader(src)
		return r, nil, err
	case Bzip2:
		return bzip2.NewReader(src), nil, nil
	case Zstd:
		// One goroutine: nothing may read ahead from a standard input that is given up.
		r, err := zstd.NewReader(src, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, nil, err
		}
		return r, r.Close, nil
	case Xz:
		if dict := xzDictionary(head); dict > maxWindow {
			return nil, nil, fmt.Errorf("its dictionary takes %d MiB of memory, more than %d: decompress it with the xz program first",
				dict>>20, maxWindow>>20)
		}
		tail := &xzTail{src: src}
		r, err := xz.NewReader(tail)
		if err != nil {
			return nil, nil, err
		}
		return &xzReader{r: r, tail: tail}, nil, nil
	case Lz4:
		return lz4.NewReader(src), nil, nil
	}
	return src, nil, nil
}
