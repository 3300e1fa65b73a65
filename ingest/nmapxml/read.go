package nmapxml

import (
	"context"
	"errors"
	"fmt"
	"io"

	"ivre/ingest/host"
)

// ErrTruncated tells that a report has no end, as if the scan was interrupted. All hosts that are complete were
// emitted.
var ErrTruncated = errors.New("the report is incomplete (was the scan interrupted?)")

// ErrSyntax tells that a file is no readable report: from the start on, or up to its end from a place on after
// which no host is found any more. All hosts before that place were emitted.
var ErrSyntax = errors.New("not a readable XML report of Nmap or Masscan")

// Options say what becomes of a report's parts. The zero value is ready to use.
type Options struct {
	// Script takes a script of a port (p is HostScripts' port for host-wide ones; it is not part of h.Ports yet) as
	// the file has it: ID, Output, HasOutput, and in Data the generic structure of its tables (*host.Object or
	// host.List, texts in them) or nil. It appends to p.Scripts what the script becomes; if that is nothing, CPE names
	// in the tables are ignored. It must not add ports. nil: scripts are appended as they are.
	Script func(h *host.Host, p *host.Port, s host.Script)
	// Banner takes a Masscan banner, the name and the text as they are in the file (with Masscan's \xHH escapes). An
	// error is passed on as a warning. nil: banners are ignored.
	Banner func(h *host.Host, p *host.Port, name, banner string) error
	// Warn is told what cannot be read and is left out, and the line where it starts. At most 1000 times. May be nil.
	Warn func(line int, msg string)
	// Reuse makes a host valid only until emit returns: its memory is used again for the next one. Strings that were
	// taken from it stay valid.
	Reuse bool
}

// Result says what was in a report.
type Result struct {
	Scanner    string // nmaprun/@scanner of the last report in the file: "nmap" (also if absent), "masscan", ...
	Hosts      int64  // emitted
	Down       int64  // hosts with a state other than up, not emitted
	NoAddress  int64  // hosts without an IP address, not emitted
	Unreadable int64  // hosts (or, between hosts, places) that cannot be read
	Truncated  bool   // the end of the report is missing
	Line       int    // the line, from 1, where reading ended
	Offset     int64  // the offset in bytes where reading ended
}

// Read reads a report from r and calls emit for each host that is complete and up (or has no state). Ports are in
// the order of [host.Host.Finish]. Unless Options.Reuse is set the host belongs to the receiver.
//
// It returns an error that wraps [ErrTruncated] or [ErrSyntax] and tells the line, an error of r or ctx, or what
// emit returned, after which it is not called any more. The Result is valid in any case.
//
// A file may have several reports one after the other.
func Read(ctx context.Context, r io.Reader, opt Options, emit func(*host.Host) error) (Result, error) {
	rd := &reader{t: newTokenizer(ctx, r), opt: opt, emit: emit}
	rd.t.onEntity = rd.unknownEntity
	err := rd.prolog()
	if err == nil {
		err = rd.run()
	}
	rd.res.Line = rd.t.line(rd.t.pos)
	rd.res.Offset = rd.t.base + int64(rd.t.pos)
	return rd.res, err
}

// reader builds hosts from tags.
type reader struct {
	t        *tokenizer
	opt      Options
	emit     func(*host.Host) error
	res      Result
	masscan  bool
	stack    []open // the open elements
	sawRoot  bool
	warnings int
	entities bool // a reference to an unknown entity was reported
	b        builder
}

// open is an element that is not closed yet.
type open struct {
	el   element // other if it has no meaning at this place
	kind element // what its name says
	name uint32  // hash of the name of an element that is not known
}

// hostError tells that the current host has a value without which it is of no use.
type hostError string

func (e hostError) Error() string { return string(e) }

// fatalError ends the reading. It is returned as it is.
type fatalError struct{ err error }

func (e fatalError) Error() string { return e.err.Error() }

func (rd *reader) warn(line int, format string, args ...any) {
	rd.warnings++
	switch {
	case rd.opt.Warn == nil || rd.warnings > maxWarnings:
	case rd.warnings == maxWarnings:
		rd.opt.Warn(line, "there is more that cannot be read and is not reported")
	default:
		rd.opt.Warn(line, fmt.Sprintf(format, args...))
	}
}

func (rd *reader) unknownEntity(name []byte) {
	if !rd.entities {
		rd.entities = true
		rd.warn(rd.t.lineOfToken(), "references to entities such as &%s; are left as they are", name)
	}
}

// run reads tags until the end of the file.
func (rd *reader) run() error {
	for {
		tok, err := rd.t.next()
		if err == nil {
			switch tok {
			case tokenStart:
				if err = rd.giveUp(rd.start()); err == nil && rd.t.empty {
					err = rd.giveUp(rd.close())
				}
			case tokenClose:
				err = rd.giveUp(rd.closeTag())
			case tokenEnd:
				return rd.atEnd()
			}
		}
		if err != nil {
			if err = rd.failed(err); err != nil {
				return err
			}
		}
	}
}

// giveUp deals with an error that concerns the current host only: what is left of it is ignored.
func (rd *reader) giveUp(err error) error {
	if bad, ok := err.(hostError); ok {
		rd.lose(bad)
		rd.b.ignored = true
		rd.t.keep = false
		return nil
	}
	return err
}

// failed deals with an error. It returns nil if reading can go on.
func (rd *reader) failed(err error) error {
	switch err := err.(type) {
	case syntaxError:
		return rd.resume(err)
	case fatalError:
		return err.err
	}
	return rd.atEnd()
}

// lose reports that the current host, or what is between hosts, cannot be read.
func (rd *reader) lose(cause error) {
	if rd.b.ignored { // it was reported
		return
	}
	rd.res.Unreadable++
	what := ""
	if rd.b.active {
		what = fmt.Sprintf("; the host that starts at line %d is left out", rd.b.line)
	}
	rd.warn(rd.t.lineOfToken(), "unreadable element: %v%s", cause, what)
}

// resume goes to the next host after a syntax error.
func (rd *reader) resume(cause syntaxError) error {
	line, off := rd.t.line(rd.t.pos), rd.t.base+int64(rd.t.pos)
	if rd.sawRoot {
		rd.lose(cause)
		rd.drop()
		rd.stack = append(rd.stack[:0], open{el: elNmaprun, kind: elNmaprun})
		switch found, err := rd.t.seek(); {
		case err != nil:
			return rd.atEnd()
		case found:
			return nil
		}
		rd.res.Truncated = true
	}
	return fmt.Errorf("%w: line %d (offset %d): %v", ErrSyntax, line, off, cause)
}

// atEnd tells what it means that there is no more input.
func (rd *reader) atEnd() error {
	t := rd.t
	t.pos = t.end
	where := fmt.Sprintf("line %d (offset %d)", t.line(t.pos), t.base+int64(t.pos))
	switch err := t.readErr; {
	case err != nil && errors.Is(err, io.ErrUnexpectedEOF): // of a compressed file
		rd.res.Truncated = true
		return fmt.Errorf("%w: it ends at %s: %w", ErrTruncated, where, err)
	case err != nil:
		return fmt.Errorf("reading failed at %s: %w", where, err)
	case rd.sawRoot && len(rd.stack) == 0:
		return nil
	}
	rd.res.Truncated = true
	return fmt.Errorf("%w: it ends at %s without </nmaprun>", ErrTruncated, where)
}

// start deals with the start of an element.
func (rd *reader) start() error {
	t := rd.t
	name := t.name()
	kind := elementOf(name)
	e := open{kind: kind}
	if kind == other {
		e.name = hash(name)
	}
	n := len(rd.stack)
	switch {
	case kind == elNmaprun:
		return rd.startReport()
	case !rd.sawRoot:
		return syntaxError(fmt.Sprintf("the outermost element is <%.40s>, not <nmaprun>", name))
	case n == 0:
		return syntaxError("an element behind </nmaprun>")
	case n == maxDepth:
		return syntaxError(fmt.Sprintf("more than %d elements in one another", maxDepth))
	case kind == elHost && rd.b.active:
		rd.lose(hostError("it has no end"))
		rd.drop()
		rd.stack = rd.stack[:1]
		n = 1
	}
	parent := rd.stack[n-1].el
	if within[kind]>>parent&1 == 0 {
		rd.stack = append(rd.stack, e)
		return nil
	}
	e.el = kind
	rd.stack = append(rd.stack, e)
	if kind == elHost {
		return rd.startHost()
	}
	if rd.b.ignored {
		return nil
	}
	return rd.startInHost(kind, parent)
}

// startReport starts a report. One that was not closed before is over, and with it its last host.
func (rd *reader) startReport() error {
	if rd.b.active {
		rd.lose(hostError("it has no end"))
		rd.drop()
	}
	t := rd.t
	rd.sawRoot = true
	rd.stack = append(rd.stack[:0], open{el: elNmaprun, kind: elNmaprun})
	rd.res.Scanner = "nmap"
	for i := range t.attrs {
		if a := &t.attrs[i]; string(t.attrName(a)) == "scanner" {
			rd.res.Scanner = t.str(a)
		}
	}
	rd.masscan = rd.res.Scanner == "masscan"
	return nil
}

// closeTag deals with </name>.
func (rd *reader) closeTag() error {
	name := rd.t.name()
	if len(rd.stack) == 0 {
		return syntaxError(fmt.Sprintf("</%.40s> without a start", name))
	}
	top := rd.stack[len(rd.stack)-1]
	if kind := elementOf(name); kind != top.kind || kind == other && hash(name) != top.name {
		return syntaxError(fmt.Sprintf("</%.40s> closes another element", name))
	}
	return rd.close()
}

// close deals with the end of the innermost element.
func (rd *reader) close() error {
	n := len(rd.stack) - 1
	e := rd.stack[n].el
	rd.stack = rd.stack[:n]
	switch {
	case e == elHost:
		return rd.closeHost()
	case e <= elHost || rd.b.ignored: // none, or that of the report
		return nil
	}
	return rd.closeInHost(e, rd.stack[n-1].el)
}
