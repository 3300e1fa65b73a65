package iptables

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"ivre/ingest/flow"
)

// maxLine is the longest line that is read, in bytes; the kernel writes at most about 1000.
const maxLine = 64 << 10

// Latest returns the default of the latest time that a stamp without a year may have: a day from now,
// as logs have the local time of machines that may be up to 14 hours ahead of UTC.
func Latest() time.Time { return time.Now().Add(24 * time.Hour) }

// Read passes the packets that a log reports to the sink. A stamp without a year is of the last year in
// which it is not later than notAfter (see Latest).
//
// Lines that log a packet but can't be used are reported with Sink.Bad, lines of other kinds are
// counted with Sink.Skip. An error of the sink, of reading or of the context ends the reading.
func Read(ctx context.Context, r io.Reader, notAfter time.Time, sink flow.Sink) error {
	br := bufio.NewReaderSize(r, maxLine)
	var e flow.Event
	var others uint64
	defer func() {
		if others > 0 {
			sink.Skip(ErrNotPacket.Error(), others)
		}
	}()
	for n := 1; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		line, err := br.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			sink.Bad(fmt.Sprintf("line %d", n), fmt.Errorf("longer than %d bytes", maxLine))
			if err := skipLine(br); err != nil {
				return ignoreEOF(err)
			}
			continue
		}
		if err != nil && (err != io.EOF || len(line) == 0) {
			return ignoreEOF(err)
		}
		if !bytes.Contains(line, []byte("IN=")) {
			others++
			continue
		}
		switch perr := ParseLine(string(line), notAfter, &e); perr {
		case nil:
			if err := sink.Event(&e); err != nil {
				return err
			}
		default:
			sink.Bad(fmt.Sprintf("line %d", n), perr)
		}
	}
}

// skipLine reads to the end of the line.
func skipLine(br *bufio.Reader) error {
	for {
		if _, err := br.ReadSlice('\n'); err != bufio.ErrBufferFull {
			return err
		}
	}
}

func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
