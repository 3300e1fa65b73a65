package nfcapd

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"ivre/ingest/flow"
)

// checker is a sink that checks that what it gets is as documented.
type checker struct {
	t      *testing.T
	events int
}

func (c *checker) Event(e *flow.Event) error {
	c.events++
	if err := flow.CheckTimes(e.Start, e.End); err != nil {
		c.t.Errorf("times: %v", err)
	}
	switch {
	case e.Count == 0 || e.Proto == "":
		c.t.Errorf("count %d, protocol %q", e.Count, e.Proto)
	case !flow.HasPorts(e.Proto) && (e.Sport != 0 || e.Dport != 0):
		c.t.Errorf("ports of protocol %s: %d, %d", e.Proto, e.Sport, e.Dport)
	case !flow.HasType(e.Proto) && (e.Type != 0 || e.Code != 0):
		c.t.Errorf("type and code of protocol %s: %d, %d", e.Proto, e.Type, e.Code)
	}
	return nil
}

func (c *checker) Meta(*flow.Meta) error { panic("a flow file has no metadata") }

func (c *checker) Bad(where string, err error) {
	if where == "" || err == nil {
		c.t.Errorf("Bad(%q, %v)", where, err)
	}
}

func (c *checker) Skip(reason string, n uint64) {}
func (c *checker) Note(string)                  {}

func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.nfcapd")
	if err != nil || len(files) == 0 {
		f.Fatalf("files %q, error %v", files, err)
	}
	for _, file := range files {
		data := testFile(f, filepath.Base(file))
		f.Add(data[:min(len(data), 2000)]) // small inputs make the fuzzer fast
	}
	f.Add(randomLayout1(20).bytes())
	f.Add(layout2File(Uncompressed, block12(1, blockRecords2, 0, goodFlow)))
	f.Add(layout2File(ZSTD, block12(1, blockRecords2, 0, goodFlow)))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &checker{t: t}
		err := Read(context.Background(), bytes.NewReader(data), nil, c)
		if err != nil && c.events == 0 && !Detect(data) {
			return
		}
		// Reading has to come to the same end each time, also with several goroutines at work.
		again := &checker{t: t}
		err2 := Read(context.Background(), bytes.NewReader(data), nil, again)
		if (err == nil) != (err2 == nil) || c.events != again.events {
			t.Errorf("first %d events, error %v; then %d, %v", c.events, err, again.events, err2)
		}
	})
}

// FuzzBlock is faster than FuzzRead: it goes straight to the decoder of records.
func FuzzBlock(f *testing.F) {
	v9 := testFile(f, "v9.nfcapd")
	f.Add(layout2, uint16(blockRecords2), uint32(10), v9[headerSize2+blockHeader:][:700])
	biflow := testFile(f, "ipfix-biflow.nfcapd")
	f.Add(layout2, uint16(blockRecords2), uint32(9), biflow[headerSize2+blockHeader:][:700])
	f.Add(layout1, uint16(blockRecords1), uint32(15), randomLayout1(8).blocks[0])
	f.Add(layout1, uint16(blockRecords2), uint32(1), goodFlow)
	f.Fuzz(func(t *testing.T, layout int, kind uint16, records uint32, data []byte) {
		c := &checker{t: t}
		d := &decoder{sink: c, layout: layout}
		if err := d.block(&block{number: 1, kind: kind, records: records, data: data}); err != nil {
			t.Errorf("error %v, though the sink returned none", err)
		}
		d.report()
		if most := len(data) / recordHeader; c.events > most {
			t.Errorf("%d events from %d bytes", c.events, len(data))
		}
	})
}
