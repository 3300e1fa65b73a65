package nfcapd

import (
	"context"
	"fmt"
	"io"

	"ivre/ingest/flow"
)

// Read reads an nfdump file from r and passes its flows to the sink, in the file's order. The port
// table (nil for an empty one) decides which side of a flow is the server, see flow.PortTable.Orient.
//
// Records that can't be used are reported with Sink.Bad and left out; after a break in the chain of
// records of a block, or a block that can't be decompressed, Read goes on with the next block. The
// times of records that end before they start are exchanged; a Sink.Note says how many. Event
// records (NSEL, NAT logging) and records that have no addresses are counted with Sink.Skip; records
// about exporters, samplers, interfaces and the like are not flows and pass without notice.
//
// It returns an error that wraps ErrUnsupported, before calling the sink, if the file is of a kind
// that it can't read; one that wraps io.ErrUnexpectedEOF if the file is truncated, after passing on
// what is there; the sink's error or the context's cause if one of them ended the reading.
//
// Blocks are read and decompressed ahead in other goroutines, which have ended when Read returns.
func Read(ctx context.Context, r io.Reader, table *flow.PortTable, sink flow.Sink) error {
	header, err := readFileHeader(r)
	if err != nil {
		return fmt.Errorf("nfcapd: %w", err)
	}
	p, err := startPipeline(r, header)
	if err != nil {
		return fmt.Errorf("nfcapd: %w", err)
	}
	defer p.finish()
	d := &decoder{table: table, sink: sink, layout: header.layout}
	defer d.report()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case b, more := <-p.ordered:
			if !more {
				return endError(p.err)
			}
			if b.number == 1 && !header.finished {
				sink.Note("the collector has not closed this file: it does not say how many blocks it has, and is read to its end")
			}
			<-b.ready
			if err := d.block(b); err != nil {
				return err
			}
			p.free <- b
		}
	}
	return context.Cause(ctx)
}

// endError is what Read returns when there are no more blocks.
func endError(err error) error {
	if err == io.EOF {
		return nil
	}
	return fmt.Errorf("nfcapd: %w", err)
}
