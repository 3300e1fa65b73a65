package flowload

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/google/uuid"

	"ivre/ingest/flow"
)

// File is the sink for the records of one file.
type File struct {
	ctx     context.Context
	loader  *Loader
	name    string
	started time.Time

	Records uint64            // taken for storage
	Bad     uint64            // could not be read
	Skipped map[string]uint64 // left out on purpose, by reason
	First   []string          // the first bad records: place and reason
	Notes   []string          // messages about the file as a whole
}

const keptErrors = 5

// Open returns a sink for a file. Records of several files share batches: a file is known to be stored
// only after Loader.Flush or Loader.Close.
func (l *Loader) Open(ctx context.Context, name string) *File {
	return &File{ctx: ctx, loader: l, name: name, started: time.Now(), Skipped: map[string]uint64{}}
}

var _ flow.Sink = (*sink)(nil)

// sink keeps the methods that parsers call apart from the counters that callers read.
type sink struct{ *File }

// Sink is what parsers write to.
func (f *File) Sink() flow.Sink { return &sink{f} }

func (s *sink) Event(e *flow.Event) error {
	f := s.File
	if f.loader.opt.Slots.count(e.Start, e.End) > maxSlots {
		s.Bad(fmt.Sprintf("record %d", f.Records+f.Bad+1), f.tooManySlots(e.Start, e.End))
		return nil
	}
	if err := f.next(); err != nil {
		return err
	}
	return f.loader.addEvent(e)
}

func (s *sink) Meta(m *flow.Meta) error {
	f := s.File
	if f.loader.opt.Slots.count(m.Start, m.End) > maxSlots {
		s.Bad(fmt.Sprintf("record %d", f.Records+f.Bad+1), f.tooManySlots(m.Start, m.End))
		return nil
	}
	if err := f.next(); err != nil {
		return err
	}
	return f.loader.addMeta(m)
}

// next counts a record; now and then it looks whether the load was interrupted.
func (f *File) next() error {
	f.Records++
	if f.Records&1023 != 0 {
		return nil
	}
	f.loader.seen.Add(1024)
	return f.ctx.Err()
}

func (f *File) tooManySlots(start, end int64) error {
	return fmt.Errorf("the record lasts %.0f s, more than %d time slots of %d s (see FLOW_TIME_PRECISION)", float64(end-start)/1e6, maxSlots, f.loader.opt.Slots.Seconds)
}

func (s *sink) Bad(where string, err error) {
	s.File.Bad++
	if len(s.First) < keptErrors {
		s.First = append(s.First, where+": "+err.Error())
	}
}

func (s *sink) Skip(reason string, n uint64) { s.Skipped[reason] += n }

func (s *sink) Note(msg string) {
	if len(s.Notes) < keptErrors {
		s.Notes = append(s.Notes, msg)
	}
}

// Done notes how the reading of the file ended; err is nil, a parser's error or that of the context.
func (f *File) Done(format string, err error) {
	r := journalRow{id: uuid.New(), file: f.name, format: format, state: "done", started: f.started, records: f.Records, bad: f.Bad}
	for _, n := range f.Skipped {
		r.skipped += n
	}
	switch {
	case errors.Is(err, context.Canceled):
		r.state = "interrupted"
	case err != nil:
		r.state, r.message = "failed", err.Error()
	}
	f.loader.done = append(f.loader.done, r)
}

// Summary says in one line what became of the file's records.
func (f *File) Summary() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d records", f.Records)
	reasons := make([]string, 0, len(f.Skipped))
	for r := range f.Skipped {
		reasons = append(reasons, r)
	}
	sort.Strings(reasons)
	for _, r := range reasons {
		fmt.Fprintf(&b, ", %d skipped (%s)", f.Skipped[r], r)
	}
	if f.Bad > 0 {
		fmt.Fprintf(&b, ", %d bad", f.Bad)
	}
	return b.String()
}
