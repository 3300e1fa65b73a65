package rir

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"

	"ivre/ingest/input"
)

// Limits of one object. The largest real ones have some hundred kilobytes and 40 different attributes.
const (
	maxLine   = 1 << 20 // bytes
	maxObject = 4 << 20 // bytes of keys and values
	maxAttrs  = 256     // different attributes
	lineCost  = 8       // bytes that a line counts besides its text
)

// Options are what the reader can't know from the text.
type Options struct {
	SourceFile, SourceHash string // go into each record as they are

	// Report is called for each object or line that is left out, in the order of the file; nil ignores them.
	Report func(*Problem)
}

// Problem is an object or a line that was left out.
type Problem struct {
	Line int // in the file, from 1
	Err  error
}

func (p *Problem) Error() string { return fmt.Sprintf("line %d: %v", p.Line, p.Err) }

// Unwrap returns Err.
func (p *Problem) Unwrap() error { return p.Err }

// Read reads a dump and passes its records to f, which may keep them. Objects of other kinds than inetnum,
// inet6num and aut-num are ignored.
//
// The text is Latin-1. Lines that start with # or % are skipped. An object ends with an empty line (one of white
// space alone counts as such) or with the file. Its lines are KEY: VALUE, the class of the object comes first.
// A line that starts with a blank, a tab or a plus sign has a further line of the value before. Lines without a
// colon are reported and skipped. Objects whose range or number can't be read, and those beyond the limits (a
// line of 1 MiB, 4 MiB in all, 256 different attributes), are reported and skipped as a whole.
//
// An error of f or of the context ends the reading and is returned as it is, one of r with the line's number.
func Read(ctx context.Context, r io.Reader, opts Options, f func(*Record) error) error {
	p := parser{opts: opts, emit: f, keys: make(map[string]string)}
	br := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := br.ReadSlice('\n')
		p.line++
		if p.line%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == bufio.ErrBufferFull {
			p.longLine(line)
			if err = skipLine(br); err == nil {
				continue
			}
			line = nil
		}
		if err != nil && err != io.EOF {
			return fmt.Errorf("line %d: %w", p.line, err)
		}
		if perr := p.add(line); perr != nil {
			return perr
		}
		if err == io.EOF {
			return p.end()
		}
	}
}

// skipLine reads up to the next line feed.
func skipLine(br *bufio.Reader) error {
	for {
		if _, err := br.ReadSlice('\n'); err != bufio.ErrBufferFull {
			return err
		}
	}
}

// Hash is the SHA-256 of an uncompressed dump in hexadecimal, which is the source_hash of its records.
func Hash(ctx context.Context, r io.Reader) (string, error) {
	sum, err := input.Hash(ctx, r)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(sum[:]), nil
}

// state is what the parser does with lines.
type state uint8

const (
	between state = iota // no object has begun
	inside               // the lines belong to an object that is kept
	ignored              // the lines belong to an object that is not
)

// parser reads lines.
type parser struct {
	opts  Options
	emit  func(*Record) error
	keys  map[string]string // known names of attributes, so that they need no memory for each object
	line  int
	state state
	obj   object
}

// add takes a line. Its error is one of emit.
func (p *parser) add(line []byte) error {
	if len(line) > 0 && (line[0] == '#' || line[0] == '%') {
		return nil
	}
	value := trim(line)
	if len(value) == 0 {
		return p.end()
	}
	if p.state == ignored {
		return nil
	}
	switch line[0] {
	case '+':
		p.continued(trim(line[1:]))
		return nil
	case ' ', '\t':
		p.continued(value)
		return nil
	}
	name, value, found := bytes.Cut(value, []byte{':'})
	if name = trimRight(name); !found || len(name) == 0 {
		p.report(p.line, fmt.Errorf("no attribute (KEY: VALUE) in %.60q", line))
		return nil
	}
	value = trim(value)
	if p.state == between {
		p.begin(name, value)
		return nil
	}
	if err := p.obj.attr(p.name(name), value); err != nil {
		p.drop(err)
	}
	return nil
}

// begin starts an object with its first attribute.
func (p *parser) begin(name, value []byte) {
	kind := kindOf(p.name(name))
	if kind == 0 {
		p.state = ignored
		return
	}
	p.state = inside
	p.obj.reset(kind, p.line)
	if err := p.obj.attr(kind.String(), value); err != nil {
		p.drop(err)
	}
}

func kindOf(name string) Kind {
	switch name {
	case "inetnum":
		return Inetnum
	case "inet6num":
		return Inet6num
	case "aut-num":
		return AutNum
	}
	return 0
}

// continued adds a line to the last value.
func (p *parser) continued(value []byte) {
	if p.state == between {
		p.report(p.line, fmt.Errorf("the continuation %.60q does not follow an attribute", value))
		return
	}
	if err := p.obj.more(value); err != nil {
		p.drop(err)
	}
}

// longLine drops the object with a line that is too long, or the line if it is a comment.
func (p *parser) longLine(line []byte) {
	if line[0] == '#' || line[0] == '%' || p.state == ignored {
		return
	}
	if p.state == between {
		p.obj.reset(0, p.line) // its class is of no interest any more
	}
	p.drop(fmt.Errorf("line %d is longer than %d bytes", p.line, maxLine))
}

// drop reports an object and ignores what is left of it.
func (p *parser) drop(err error) {
	p.report(p.obj.line, fmt.Errorf("%s left out: %w", p.obj.title(), err))
	p.state = ignored
}

func (p *parser) report(line int, err error) {
	if p.opts.Report != nil {
		p.opts.Report(&Problem{line, err})
	}
}

// end finishes the object, if there is one. Its error is one of emit.
func (p *parser) end() error {
	kept := p.state == inside
	p.state = between
	if !kept {
		return nil
	}
	r, err := p.obj.record()
	if err != nil {
		p.drop(err)
		p.state = between
		return nil
	}
	r.SourceFile, r.SourceHash = p.opts.SourceFile, p.opts.SourceHash
	return p.emit(r)
}

// maxKeys is how many names of attributes are remembered. The registries use about 100.
const maxKeys = 1024

// name is the name of an attribute as records have it.
func (p *parser) name(raw []byte) string {
	if known, ok := p.keys[string(raw)]; ok {
		return known
	}
	name := string(bytes.ToLower(appendLatin1(nil, raw)))
	if name == "language" {
		name = "lang"
	}
	if len(p.keys) < maxKeys && len(raw) < 64 {
		p.keys[string(raw)] = name
	}
	return name
}
