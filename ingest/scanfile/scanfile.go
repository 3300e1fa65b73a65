// Package scanfile reads the files that scanners make, whatever their format: it recognises the format by the content,
// has the right parser read it, and applies what the user wants done with the hosts (categories, source, tags, which
// hosts to keep). Read hands the hosts on; Loads has them stored, file by file.
package scanfile

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"ivre/ingest/host"
	"ivre/ingest/hostjson"
	"ivre/ingest/nmapxml"
)

// Options say what is done with the hosts of a file.
type Options struct {
	Categories []string // sorted, unique
	Source     string
	Tags       []host.Tag
	NeedPorts  bool // keep only hosts with ports
	OpenPorts  bool // keep only hosts with open ports
	// Parsers makes what interprets the reports of scanners; nil: nothing does. warn takes what it cannot understand.
	Parsers func(warn func(msg string)) Parsers
}

// Parsers are the parts that interpret what scanners report.
type Parsers struct {
	// Script and Banner are as in nmapxml.Options.
	Script func(h *host.Host, p *host.Port, s host.Script)
	Banner func(h *host.Host, p *host.Port, name, banner string) error
	// Cert, Structure and Words serve older records; see hostjson.Options.
	Cert      func(pem string) *host.Object
	Structure func(id, output string) host.Value
	Words     func(image []byte) []string
}

// Sink takes what a file holds.
type Sink interface {
	// Host takes a host, which is valid during the call only.
	Host(*host.Host) error
	// Skip counts hosts that are left out.
	Skip(reason string, n uint64)
}

// Result says what a file was.
type Result struct {
	Format string // for people: "Nmap XML", "Masscan XML", ...
	Hosts  uint64 // in the file, kept or not
	// Warnings are the first things that could not be read, with their lines.
	Warnings []string
	More     int // warnings that are not kept
}

const keptWarnings = 5

func (r *Result) warn(line int, msg string) { r.note(fmt.Sprintf("line %d: %s", line, msg)) }

func (r *Result) note(msg string) {
	if len(r.Warnings) == keptWarnings {
		r.More++
		return
	}
	r.Warnings = append(r.Warnings, msg)
}

// ErrUnknown is wrapped by the error for a file of no known format.
var ErrUnknown = errors.New("unknown file type")

// Reasons for which hosts are left out.
const (
	down        = "down"
	noAddress   = "no address"
	noPorts     = "no ports"
	noOpenPorts = "no open port"
	unreadable  = "unreadable"
)

// sinkError tells errors of the sink from those of a file.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return e.err.Error() }
func (e *sinkError) Unwrap() error { return e.err }

// IsSinkError tells whether an error of Read is one of the sink.
func IsSinkError(err error) bool {
	var s *sinkError
	return errors.As(err, &s)
}

// run is the reading of one file.
type run struct {
	opt  Options
	sink Sink
	res  Result
	with Parsers
}

// Read reads a decompressed file to its end. An error does not mean that nothing was read: hosts before the place of
// the error have been given to the sink.
func Read(ctx context.Context, r io.Reader, opt Options, sink Sink) (Result, error) {
	in := bufio.NewReaderSize(r, 256<<10)
	rn := &run{opt: opt, sink: sink}
	if opt.Parsers != nil {
		rn.with = opt.Parsers(rn.res.note)
	}
	head, err := in.Peek(4)
	if err != nil && err != io.EOF {
		return rn.res, err
	}
	if mark := []byte("\xef\xbb\xbf"); bytes.HasPrefix(head, mark) { // of UTF-8
		head = head[len(mark):]
		if _, err := in.Discard(len(mark)); err != nil {
			return rn.res, err
		}
	}
	switch {
	case len(head) == 0:
		rn.res.Format = "empty file"
		return rn.res, nil
	case head[0] == '<':
		err = rn.xml(ctx, in)
	case head[0] == '{':
		err = rn.json(ctx, in)
	case head[0] == '[':
		rn.res.Format = "Dismap JSON"
		err = notYet(rn.res.Format)
	default:
		err = fmt.Errorf("%w: neither XML (Nmap, Masscan) nor JSON lines", ErrUnknown)
	}
	return rn.res, err
}

func notYet(format string) error {
	return fmt.Errorf("%w: this looks like %s, which this version cannot read", ErrUnknown, format)
}

func (rn *run) xml(ctx context.Context, r io.Reader) error {
	rn.res.Format = "Nmap XML"
	res, err := nmapxml.Read(ctx, r, nmapxml.Options{
		Script: rn.with.Script, Banner: rn.with.Banner, Warn: rn.res.warn, Reuse: true,
	}, rn.host)
	switch res.Scanner {
	case "", "nmap":
	case "masscan":
		rn.res.Format = "Masscan XML"
	default:
		rn.res.Format = "XML of " + res.Scanner
	}
	rn.res.Hosts += uint64(res.Down + res.NoAddress + res.Unreadable)
	rn.sink.Skip(down, uint64(res.Down))
	rn.sink.Skip(noAddress, uint64(res.NoAddress))
	rn.sink.Skip(unreadable, uint64(res.Unreadable))
	return err
}

// json reads JSON lines; the members of the first one tell which program wrote them.
func (rn *run) json(ctx context.Context, in *bufio.Reader) error {
	format, err := jsonFormat(in)
	rn.res.Format = format
	if err != nil {
		return err
	}
	return hostjson.Read(ctx, in, hostjson.Options{
		Categories: rn.opt.Categories, Source: rn.opt.Source, Tags: rn.opt.Tags,
		NeedPorts: rn.opt.NeedPorts, OpenPortsOnly: rn.opt.OpenPorts, Cert: rn.with.Cert, Structure: rn.with.Structure, Words: rn.with.Words,
		Skipped: func(reason string) {
			rn.res.Hosts++
			if reason == hostjson.NoOpenPorts {
				reason = noOpenPorts
			}
			rn.sink.Skip(reason, 1)
		},
	}, rn.record, func(line int, err error) {
		rn.res.Hosts++
		rn.sink.Skip(unreadable, 1)
		rn.res.warn(line, err.Error())
	})
}

// formats are the members by which the formats of JSON lines are recognised, in the order in which they are tried.
var formats = []struct {
	format string
	all    []string // all of these
	any    []string // and one of these
}{
	{"Shodan JSON", []string{"_shodan"}, nil},
	{"IVRE JSON", []string{"addr"}, nil},
	{"Nuclei JSON", nil, []string{"matched", "matched-at"}},
	{"tlsx JSON", []string{"tls_connection"}, nil},
	{"httpx JSON", []string{"input"}, nil},
	{"ZGrab JSON", nil, []string{"ip", "domain"}},
	{"ZDNS JSON", nil, []string{"name", "altered_name"}},
	{"dnsx JSON", []string{"resolver"}, nil},
	{"Dismap JSON", []string{"host"}, nil},
	{"Citrix NetScaler triage JSON", []string{"rdx_en_stamp"}, nil},
}

// jsonFormat looks at the first line. A line that is longer than the buffer is looked at as far as it goes.
func jsonFormat(in *bufio.Reader) (string, error) {
	head, err := in.Peek(in.Size())
	if err != nil && err != io.EOF {
		return "", err
	}
	members, err := firstMembers(head)
	if err != nil {
		return "", err
	}
	for _, f := range formats {
		has := func(k string) bool { return members[k] }
		if (len(f.all) == 0 || has(f.all[0])) && (len(f.any) == 0 || slices.ContainsFunc(f.any, has)) {
			if f.format == "IVRE JSON" {
				return f.format, nil
			}
			return f.format, notYet(f.format)
		}
	}
	return "", fmt.Errorf("%w: JSON lines of no known program", ErrUnknown)
}

// firstMembers returns the names of the members of a JSON object that may be cut off.
func firstMembers(head []byte) (map[string]bool, error) {
	out := map[string]bool{}
	dec := json.NewDecoder(bytes.NewReader(head))
	depth := 0
	key := true // the next text is a name
	for {
		t, err := dec.Token()
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: the first line is no JSON object: %v", ErrUnknown, err)
		}
		switch v := t.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				depth++
			} else {
				depth--
			}
			if depth == 0 {
				return out, nil
			}
			key = true
		case string:
			if depth == 1 && key {
				out[v] = true
				key = false
				continue
			}
			key = true
		default:
			key = true
		}
	}
}

// host applies the options to a host of an XML file.
func (rn *run) host(h *host.Host) error {
	rn.res.Hosts++
	if rn.opt.NeedPorts && len(h.Ports) == 0 {
		rn.sink.Skip(noPorts, 1)
		return nil
	}
	if rn.opt.OpenPorts && !hasOpenPort(h) {
		rn.sink.Skip(noOpenPorts, 1)
		return nil
	}
	h.Categories = rn.opt.Categories
	if rn.opt.Source != "" {
		h.Source = append(h.Source[:0], rn.opt.Source)
	}
	for _, t := range rn.opt.Tags {
		h.AddTag(t)
	}
	return rn.give(h)
}

// record takes a host of a JSON export, to which the options were applied.
func (rn *run) record(h *host.Host) error {
	rn.res.Hosts++
	if !h.Addr.IsValid() || h.Addr == (netip.Addr{}) {
		rn.sink.Skip(noAddress, 1)
		return nil
	}
	return rn.give(h)
}

func (rn *run) give(h *host.Host) error {
	if err := rn.sink.Host(h); err != nil {
		return &sinkError{err}
	}
	return nil
}

func hasOpenPort(h *host.Host) bool {
	return slices.ContainsFunc(h.Ports, func(p host.Port) bool { return p.State == "open" && p.Port != host.HostScripts })
}

// Categories reads a list of categories separated by commas: sorted, unique, without empty ones.
func Categories(s string) []string {
	list := strings.Split(s, ",")
	list = slices.DeleteFunc(list, func(c string) bool { return c == "" })
	slices.Sort(list)
	return slices.Compact(list)
}

// Tags reads tags as they are given on the command line: VALUE:TYPE:INFO, separated by commas.
func Tags(s string) ([]host.Tag, error) {
	if s == "" {
		return nil, nil
	}
	var h host.Host
	for _, item := range strings.Split(s, ",") {
		parts := strings.Split(item, ":")
		if len(parts) != 3 || parts[0] == "" {
			return nil, fmt.Errorf("%q is not a tag: want VALUE:TYPE:INFO, where INFO may be empty", item)
		}
		t := host.Tag{Value: parts[0], Type: parts[1]}
		if parts[2] != "" {
			t.Info = []string{parts[2]}
		}
		h.AddTag(t)
	}
	return h.Tags, nil
}
