package zeekflow

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"ivre/ingest/flow"
)

// recorder is a sink that keeps everything. It copies what the parser reuses.
type recorder struct {
	events  []flow.Event
	metas   []flow.Meta
	all     []string // records in their order, as dump and dumpMeta show them
	bad     []string
	skipped map[string]uint64
	notes   []string
	fail    error // returned for every record
}

func (s *recorder) Event(e *flow.Event) error {
	s.events = append(s.events, *e)
	s.all = append(s.all, dump(e))
	return s.fail
}

func (s *recorder) Meta(m *flow.Meta) error {
	c := *m
	c.Values, c.Counters = slices.Clone(m.Values), slices.Clone(m.Counters)
	s.metas = append(s.metas, c)
	s.all = append(s.all, dumpMeta(m))
	return s.fail
}

func (s *recorder) Bad(where string, err error) { s.bad = append(s.bad, where+": "+err.Error()) }

func (s *recorder) Skip(reason string, n uint64) {
	if s.skipped == nil {
		s.skipped = make(map[string]uint64)
	}
	s.skipped[reason] += n
}

func (s *recorder) Note(msg string) { s.notes = append(s.notes, msg) }

func dump(e *flow.Event) string {
	return fmt.Sprintf("conn %s..%s %s %s:%d -> %s:%d icmp %d/%d count %d cs %d/%d sc %d/%d",
		stamp(e.Start), stamp(e.End), e.Proto, e.Src, e.Sport, e.Dst, e.Dport, e.Type, e.Code, e.Count,
		e.CsPkts, e.CsBytes, e.ScPkts, e.ScBytes)
}

func dumpMeta(m *flow.Meta) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s..%s %s %s -> %s:%d icmp %d", m.Name, stamp(m.Start), stamp(m.End), m.Proto, m.Src, m.Dst, m.Dport, m.Type)
	for _, v := range m.Values {
		switch v.Kind {
		case flow.String:
			fmt.Fprintf(&b, "\n  %s = %q", v.Key, v.Str)
		case flow.Int:
			fmt.Fprintf(&b, "\n  %s = %d", v.Key, v.Int)
		case flow.Bool:
			fmt.Fprintf(&b, "\n  %s = bool %d", v.Key, v.Int)
		default:
			fmt.Fprintf(&b, "\n  %s = kind %d", v.Key, v.Kind)
		}
	}
	for _, c := range m.Counters {
		fmt.Fprintf(&b, "\n  %s += %d", c.Key, c.N)
	}
	return b.String()
}

func stamp(us int64) string { return time.UnixMicro(us).UTC().Format("2006-01-02 15:04:05.000000") }

// read reads a log that must be readable.
func read(t *testing.T, r io.Reader, opt Options) (*recorder, Result) {
	t.Helper()
	s := &recorder{}
	res, err := Read(context.Background(), r, opt, s)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return s, res
}
