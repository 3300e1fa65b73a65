package zeekflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"ivre/ingest/flow"
	"ivre/ingest/zeeklog"
)

// Errors that say why nothing of a stream was used. Callers that walk through folders may take them
// for "skipped".
var (
	// ErrUnknownPath is what errors.Is finds in the error for Zeek logs that flows are not made from.
	ErrUnknownPath = errors.New("not a flow log")
	// ErrNotZeek says that the stream is not a Zeek log.
	ErrNotZeek = errors.New("not a Zeek log: it has neither #fields nor JSON objects")
)

// UnknownPathError names the log of a stream that has no flow log.
type UnknownPathError struct {
	Path string // "" if it could not be told
}

func (e *UnknownPathError) Error() string {
	if e.Path == "" {
		return "neither #path nor _path, the file name or the columns tell which Zeek log this is; name the file after the log (conn.log, http.log, ...)"
	}
	return fmt.Sprintf("path %q is not a flow log", e.Path)
}

// Is makes errors.Is(err, ErrUnknownPath) true.
func (e *UnknownPathError) Is(target error) bool { return target == ErrUnknownPath }

// Options says how logs are read. The zero value is what the reference does.
type Options struct {
	// Name is the name of the file. It tells which log it is if the log itself does not.
	Name string
	// UseDuration lets conn events last for the duration that the log gives. Otherwise they end when
	// they start and fall into one timeslot.
	UseDuration bool
	// NoMetadata keeps nothing of protocol logs but the fact that the flow has one (FLOW_STORE_METADATA
	// false).
	NoMetadata bool
	// MaxLine is the length in bytes of the longest line that is read, zeeklog.DefaultMaxLine if 0.
	MaxLine int
}

// Result says what was read. It is complete also when Read returns an error.
type Result struct {
	// Path is the path of the first flow log in the stream, else of the first log; "" if unknown.
	Path string
	// Records counts what the sink took, by path. More than one path comes from concatenated logs.
	Records map[string]uint64
	Lines   uint64 // all lines, headers and blank lines included
	Bad     uint64 // lines and headers that were reported to Sink.Bad
	Skipped uint64 // lines that were reported to Sink.Skip
}

// Read reads a stream of logs, decompressed, up to its end. Lines that cannot be used are reported to
// the sink, with their number. The error is that of the sink (unchanged), of the context, of r, or
// *UnknownPathError or ErrNotZeek if the stream has no flow log; the sink then got no record. A stream
// without any line or with the headers of a flow log only is no error.
func Read(ctx context.Context, r io.Reader, opt Options, sink flow.Sink) (Result, error) {
	p := &parser{
		opt:     opt,
		sink:    sink,
		named:   pathOfName(opt.Name),
		result:  Result{Records: make(map[string]uint64)},
		skipped: make(map[string]uint64),
	}
	p.log = zeeklog.NewReader(r, zeeklog.Options{MaxLine: opt.MaxLine, Bad: p.bad})
	err := p.run(ctx)
	p.result.Lines = p.log.Line()
	p.reportSkipped()
	if err == nil {
		err = p.verdict()
	}
	return p.result, err
}

// checkEvery is the number of lines between two looks at the context.
const checkEvery = 4096

// parser is the state of one Read.
type parser struct {
	log    *zeeklog.Reader
	opt    Options
	sink   flow.Sink
	result Result
	named  string // path by the name of the file

	path      string // of the last line
	kind      *kind  // of path, nil if it is no flow log
	records   uint64 // of kind that are not yet in result.Records
	flowLog   bool   // a line of a flow log was seen
	firstPath string

	skipped map[string]uint64 // lines of other logs, by path
	noted   bool

	event  flow.Event
	meta   flow.Meta
	protos [8]string // last seen names
	text   []byte    // values of the line
	spans  []span
}

func (p *parser) run(ctx context.Context) error {
	defer p.flushCount()
	for n := 0; ; n++ {
		if n%checkEvery == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		err := p.log.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.line(); err != nil {
			return err
		}
	}
}

// line handles the current line. Its error is the sink's.
func (p *parser) line() error {
	if path := p.pathOf(); path != p.path {
		p.enter(path)
	}
	k := p.kind
	if k == nil {
		p.skip()
		return nil
	}
	row := p.log.Row(k.schema)
	if k.meta == nil {
		if err := p.conn(k, row); err != nil {
			p.bad(p.log.Line(), err)
			return nil
		}
		return p.took(p.sink.Event(&p.event))
	}
	if err := p.protocol(k, row); err != nil {
		p.bad(p.log.Line(), err)
		return nil
	}
	return p.took(p.sink.Meta(&p.meta))
}

// took counts a record, unless the sink refused it.
func (p *parser) took(err error) error {
	if err == nil {
		p.records++
	}
	return err
}

// pathOf returns the path of the log that the current line belongs to.
func (p *parser) pathOf() string {
	if path := p.log.Path(); path != "" {
		return path
	}
	if p.named != "" {
		return p.named
	}
	path := pathOfColumns(p.log.Row(telling))
	if path != "" && !p.noted {
		p.noted = true
		p.sink.Note(fmt.Sprintf("line %d does not say which log it belongs to; by its columns it is %s", p.log.Line(), path))
	}
	return path
}

// enter changes to another log.
func (p *parser) enter(path string) {
	p.flushCount()
	p.path, p.kind = path, kinds[path]
	if p.kind != nil && !p.flowLog {
		p.flowLog = true
		p.result.Path = path
	}
	if p.firstPath == "" {
		p.firstPath = clip(path)
	}
}

func (p *parser) flushCount() {
	if p.records > 0 {
		p.result.Records[p.path] += p.records
		p.records = 0
	}
}

func (p *parser) bad(line uint64, err error) {
	p.result.Bad++
	p.sink.Bad(fmt.Sprintf("line %d", line), err)
}

// Bounds of the memory for names of other logs: their number, and the length of each.
const (
	maxSkippedPaths = 256
	maxPathLength   = 64
)

// clip cuts the path of another log, which a line may choose freely.
func clip(path string) string {
	if len(path) > maxPathLength {
		return strings.ToValidUTF8(path[:maxPathLength], "") + "..."
	}
	return path
}

func (p *parser) skip() {
	path := clip(p.path)
	if _, ok := p.skipped[path]; !ok && len(p.skipped) >= maxSkippedPaths {
		path = "..."
	}
	p.skipped[path]++
}

// reportSkipped tells the sink about lines of other logs.
func (p *parser) reportSkipped() {
	paths := make([]string, 0, len(p.skipped))
	for path := range p.skipped {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		reason := "line of an unknown log"
		if path != "" {
			reason = fmt.Sprintf("path %q is not a flow log", path)
		}
		p.result.Skipped += p.skipped[path]
		p.sink.Skip(reason, p.skipped[path])
	}
	if n := p.log.Headless(); n > 0 {
		p.result.Skipped += n
		p.sink.Skip("line without a #fields header", n)
	}
}

// verdict says whether a stream that was read to its end had a flow log.
func (p *parser) verdict() error {
	if p.flowLog {
		return nil
	}
	// Logs without lines still say their path.
	path := p.firstPath
	if path == "" {
		path = clip(p.log.Path())
	}
	if path == "" {
		path = p.named
	}
	p.result.Path = path
	switch {
	case !p.log.IsZeek() && p.result.Bad == 0 && p.result.Skipped == 0:
		return nil // nothing but blank lines
	case !p.log.IsZeek():
		return ErrNotZeek
	case kinds[path] != nil:
		return nil
	}
	return &UnknownPathError{Path: path}
}
