package nfcapd

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
)

// block is one data block on its way from the file to the decoder. The buffers are used again.
type block struct {
	number  int   // from 1
	offset  int64 // of the block's header in the file
	kind    uint16
	flags   uint16
	records uint32
	partial bool // the file ends inside this block

	raw      []byte // as it is in the file
	inflated []byte // buffer for the decompressed contents
	data     []byte // the contents, once ready
	err      error  // why there are none
	ready    chan struct{}
}

// blockSource reads the blocks of a file one after the other.
type blockSource struct {
	r      io.Reader
	header fileHeader
	offset int64
	blocks int
}

// next reads the next block into b. It returns io.EOF after the last one. When the file ends early,
// b may hold the part that is there (b.partial) next to the error.
func (s *blockSource) next(b *block) error {
	if s.header.layout == layout2 && s.header.finished && s.blocks == int(s.header.blocks) {
		return io.EOF // what follows is the appendix, which has no flows
	}
	*b = block{raw: b.raw[:0], inflated: b.inflated, ready: b.ready, number: s.blocks + 1, offset: s.offset}
	var head [blockHeader]byte
	n, err := io.ReadFull(s.r, head[:])
	s.offset += int64(n)
	if err != nil {
		return s.headEnd(n, err)
	}
	b.records = le.Uint32(head[0:])
	b.kind, b.flags = le.Uint16(head[8:]), le.Uint16(head[10:])
	size := le.Uint32(head[4:])
	if size > maxBlock {
		return fmt.Errorf("block %d (at byte %d) claims to have %d bytes; nfdump's have up to 5 MiB: the file is damaged from there on",
			b.number, b.offset, size)
	}
	s.blocks++
	b.raw, err = readBytes(s.r, b.raw, int(size))
	s.offset += int64(len(b.raw))
	if err != nil {
		b.partial = true
		return s.readError(fmt.Sprintf("inside block %d, with %d of its %d bytes", b.number, len(b.raw), size), err)
	}
	return nil
}

// headEnd says what it means that only n bytes of a block header could be read.
func (s *blockSource) headEnd(n int, err error) error {
	switch {
	case n > 0:
		return s.readError(fmt.Sprintf("inside the header of block %d", s.blocks+1), err)
	case err == io.EOF && s.blocks >= int(s.header.blocks):
		return io.EOF
	}
	return s.readError(fmt.Sprintf("after %d of its %d blocks", s.blocks, s.header.blocks), err)
}

func (s *blockSource) readError(where string, err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("the file ends at byte %d, %s: it is truncated (%w)", s.offset, where, io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("at byte %d, %s: %w", s.offset, where, err)
}

// readBytes appends the next n bytes of r to buf. The buffer grows as the bytes arrive, so that a
// wrong n costs no memory.
func readBytes(r io.Reader, buf []byte, n int) ([]byte, error) {
	for n > 0 {
		buf = slices.Grow(buf, min(n, 256<<10))
		step := min(n, cap(buf)-len(buf))
		m, err := io.ReadFull(r, buf[len(buf):len(buf)+step])
		buf = buf[:len(buf)+m]
		if err != nil {
			return buf, err
		}
		n -= step
	}
	return buf, nil
}

// pipeline reads blocks ahead and decompresses them in parallel, and hands them over in their order.
type pipeline struct {
	free    chan *block // to be filled
	work    chan *block // to be decompressed
	ordered chan *block // in the file's order; each has a value in ready when it can be used
	stop    chan struct{}
	group   sync.WaitGroup
	err     error // why there are no more blocks, once ordered is closed
}

// startPipeline starts the goroutines. The caller must call finish.
func startPipeline(r io.Reader, header fileHeader) (*pipeline, error) {
	workers := 0
	if header.compression != Uncompressed {
		workers = min(runtime.GOMAXPROCS(0), 8)
	}
	inflaters := make([]*decompressor, workers)
	for i := range inflaters {
		var err error
		if inflaters[i], err = newDecompressor(header.compression); err != nil {
			return nil, err
		}
	}
	// One block in the decoder's hands, one being read, one waiting, and one per worker.
	depth := workers + 3
	p := &pipeline{
		free:    make(chan *block, depth),
		work:    make(chan *block, depth),
		ordered: make(chan *block, depth),
		stop:    make(chan struct{}),
	}
	for range depth {
		p.free <- &block{ready: make(chan struct{}, 1)}
	}
	p.group.Go(func() { p.read(&blockSource{r: r, header: header, offset: header.size}) })
	for _, d := range inflaters {
		p.group.Go(func() { p.inflate(d) })
	}
	return p, nil
}

// read fills blocks until the file or the interest in it ends.
func (p *pipeline) read(s *blockSource) {
	defer close(p.work)
	defer close(p.ordered)
	for {
		var b *block
		select {
		case b = <-p.free:
		case <-p.stop:
			return
		}
		err := s.next(b)
		if err != nil && !b.partial {
			p.err = err
			return
		}
		// Both channels have room for all blocks that exist, so that neither send waits.
		if s.header.stored(b) {
			b.data = b.raw
			b.ready <- struct{}{}
		} else {
			p.work <- b
		}
		p.ordered <- b
		if err != nil {
			p.err = err
			return
		}
	}
}

// stored tells whether the contents of a block are in the file without compression.
func (h fileHeader) stored(b *block) bool {
	return h.compression == Uncompressed || b.kind == blockRecords2 && b.flags&flagBlockUncompressed != 0
}

var errCutBlock = errors.New("the file ends inside this compressed block")

func (p *pipeline) inflate(d *decompressor) {
	defer d.close()
	for b := range p.work {
		if b.partial {
			b.err = errCutBlock
		} else {
			b.data, b.err = d.decompress(b.inflated, b.raw)
			if cap(b.data) > cap(b.inflated) {
				b.inflated = b.data // keep the buffer, it grew
			}
		}
		b.ready <- struct{}{}
	}
}

// finish ends the goroutines and waits for them, so that nothing uses the reader any more.
func (p *pipeline) finish() {
	close(p.stop)
	p.group.Wait()
}
