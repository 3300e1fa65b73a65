package hostjson

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"ivre/ingest/host"
)

// Options say what is done with the records that are read. The zero value keeps them as they are.
type Options struct {
	Categories []string   // if there are any, they replace those of the records
	Source     string     // if not empty, it replaces that of the records
	Tags       []host.Tag // added to those of the records

	NeedPorts     bool // skip records without ports
	OpenPortsOnly bool // skip records without open ports
	// Skipped is called for each record that is skipped, with the reason: NoPorts or NoOpenPorts. It may be nil.
	Skipped func(reason string)

	// The functions below serve the upgrade of older records. Each may be nil: what it would make is then
	// missing, or stays as it was.

	// Cert makes the structure of a certificate (a member of the list under ssl-cert) from its PEM text, nil if it
	// cannot be read.
	Cert func(pem string) *host.Object
	// Structure makes the structure of a script's result from its output, nil if there is none. It is called for
	// http-headers, mongodb-databases and the scripts whose results are lists of files (http-ls, ftp-anon, ...).
	Structure func(id, output string) host.Value
	// Words reads the words in an image.
	Words func(image []byte) []string

	// MaxLine is the length of the longest line that is read, in bytes; 0 means DefaultMaxLine. Longer ones are bad.
	MaxLine int
}

// DefaultMaxLine is the default of Options.MaxLine. Records of hosts with all their ports open and screenshots stay
// below it.
const DefaultMaxLine = 256 << 20

// The reasons why records are skipped.
const (
	NoPorts     = "no ports"
	NoOpenPorts = "no open ports"
)

// Read reads one record per line, applies the options and passes it to emit. The record's ports are in the order
// in which records are stored (see host.Host.Finish). Empty lines are passed over.
//
// A line that cannot be read is passed to bad (which may be nil) with its number, counted from 1, and skipped. Read
// returns the first error of emit, of ctx, or of reading r, which ends it; what ends without a newline because
// of the latter is not read.
func Read(ctx context.Context, r io.Reader, opt Options, emit func(*host.Host) error, bad func(line int, err error)) error {
	opt.Categories = slices.Compact(slices.Sorted(slices.Values(opt.Categories)))
	lines := lineReader{r: bufio.NewReaderSize(r, 256<<10), most: opt.MaxLine}
	if lines.most <= 0 {
		lines.most = DefaultMaxLine
	}
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, err := lines.next()
		if err == io.EOF {
			return nil
		}
		if err != nil && !errors.Is(err, errTooLong) {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if err == nil && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var h *host.Host
		if err == nil {
			h, err = opt.record(line)
		}
		if err != nil {
			if bad != nil {
				bad(n, err)
			}
			continue
		}
		if !opt.wanted(h) {
			continue
		}
		if err := emit(h); err != nil {
			return err
		}
	}
}

// wanted tells whether a record is not to be skipped.
func (opt *Options) wanted(h *host.Host) bool {
	reason := ""
	switch {
	case opt.NeedPorts && len(h.Ports) == 0:
		reason = NoPorts
	case opt.OpenPortsOnly && !hasOpenPort(h):
		reason = NoOpenPorts
	default:
		return true
	}
	if opt.Skipped != nil {
		opt.Skipped(reason)
	}
	return false
}

func hasOpenPort(h *host.Host) bool {
	return slices.ContainsFunc(h.Ports, func(p host.Port) bool { return p.State == "open" && p.Port != host.HostScripts })
}

// record reads a record and applies the options.
func (opt *Options) record(line []byte) (*host.Host, error) {
	h, err := opt.decode(line)
	if err != nil {
		return nil, err
	}
	if !h.Addr.IsValid() {
		return nil, errors.New("the record has no addr")
	}
	if len(opt.Categories) > 0 {
		h.Categories = slices.Clone(opt.Categories)
	}
	if opt.Source != "" {
		h.Source, h.SourceList = []string{opt.Source}, false
	}
	for _, t := range opt.Tags {
		h.AddTag(t)
	}
	for i := range h.Hostnames {
		if n := &h.Hostnames[i]; n.Domains == nil && n.Name != "" && len(n.Name) <= maxName {
			n.Domains = host.Domains(n.Name)
		}
	}
	h.Finish()
	return h, nil
}

// maxName is the length of the longest name whose parents are listed. A DNS name has at most 253 characters; the
// parents of a name of nothing but dots take quadratic room.
const maxName = 255

// decode reads a record of any version.
func (opt *Options) decode(line []byte) (*host.Host, error) {
	text := string(line)
	version, err := host.VersionOf(text)
	switch {
	case err != nil:
		return nil, err
	case version == host.SchemaVersion:
		return host.DecodeString(text)
	case version < 0 || version > host.SchemaVersion:
		return nil, fmt.Errorf("the record has schema version %d, this program reads 0 to %d", version, host.SchemaVersion)
	}
	v, err := host.DecodeValue(line)
	if err != nil {
		return nil, err
	}
	rec, _ := v.(*host.Object) // VersionOf found an object
	opt.upgrade(rec, int(version))
	h, err := host.Decode(host.AppendValue(nil, rec))
	if err != nil {
		return nil, fmt.Errorf("after the upgrade from schema version %d: %w", version, err)
	}
	return h, nil
}

var errTooLong = errors.New("the line is too long")

// lineReader reads lines of bounded length.
type lineReader struct {
	r    *bufio.Reader
	most int
	buf  []byte // for a line that does not fit into r's buffer
}

// next returns a line without its newline, valid until the next call; io.EOF at the end. After errTooLong, the
// line that follows can be read.
func (l *lineReader) next() ([]byte, error) {
	l.buf = l.buf[:0]
	for size := 0; ; {
		part, err := l.r.ReadSlice('\n')
		if err == nil {
			part = part[:len(part)-1]
		}
		size += len(part)
		switch {
		case err == bufio.ErrBufferFull:
			if size <= l.most {
				l.buf = append(l.buf, part...)
			}
			continue
		case err != nil && (err != io.EOF || size == 0):
			return nil, err
		case size > l.most:
			l.buf = nil
			return nil, fmt.Errorf("%w (%d bytes, at most %d are read)", errTooLong, size, l.most)
		}
		if size > len(part) {
			l.buf = append(l.buf, part...)
			part = l.buf
		}
		return part, nil
	}
}
