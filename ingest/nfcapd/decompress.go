package nfcapd

import (
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"ivre/ingest/nfcapd/internal/lzo1x"
)

// maxBlock bounds a block, compressed or not. nfdump itself refuses more than 5 MiB.
const maxBlock = 8 << 20

// usualBlock is the size that nfdump's writers fill their blocks to.
const usualBlock = 2 << 20

var errBlockTooLarge = fmt.Errorf("the block decompresses to more than %d bytes", maxBlock)

// decompressor undoes the block compression of one file. It is for one goroutine.
type decompressor struct {
	method Compression
	zstd   *zstd.Decoder
	bz2    bytes.Reader
}

func newDecompressor(method Compression) (*decompressor, error) {
	d := &decompressor{method: method}
	if method == ZSTD {
		var err error
		d.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBlock))
		if err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *decompressor) close() {
	if d.zstd != nil {
		d.zstd.Close()
	}
}

// decompress returns the contents of the block src, in dst if that is large enough.
func (d *decompressor) decompress(dst, src []byte) ([]byte, error) {
	switch d.method {
	case LZO:
		return lzo1x.Decompress(slices.Grow(dst[:0], usualBlock), src, maxBlock)
	case LZ4:
		return lz4Block(dst, src)
	case ZSTD:
		out, err := d.zstd.DecodeAll(src, dst[:0])
		if errors.Is(err, zstd.ErrDecoderSizeExceeded) {
			err = errBlockTooLarge
		}
		return out, err
	case BZ2:
		d.bz2.Reset(src)
		return readBounded(dst[:0], bzip2.NewReader(&d.bz2))
	}
	return src, nil
}

// lz4Block decompresses an LZ4 block, which does not say how large its contents are.
func lz4Block(dst, src []byte) ([]byte, error) {
	for size := max(cap(dst), usualBlock); ; size = min(2*size, maxBlock) {
		dst = slices.Grow(dst[:0], size)
		n, err := lz4.UncompressBlock(src, dst[:min(cap(dst), maxBlock)])
		if err == nil {
			return dst[:n], nil
		}
		// The library reports a lack of room and damaged data alike.
		if size >= maxBlock {
			return nil, fmt.Errorf("%w (or %w)", err, errBlockTooLarge)
		}
	}
}

// readBounded appends what r gives to dst, up to maxBlock bytes.
func readBounded(dst []byte, r io.Reader) ([]byte, error) {
	for {
		if len(dst) > maxBlock {
			return nil, errBlockTooLarge
		}
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, usualBlock)
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
