package argus

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"ivre/ingest/flow"
	"ivre/ingest/subprocess"
)

// program is the command that is looked up in the PATH.
const program = "ra"

// ErrNotInstalled is wrapped by the error that Read returns where there is no ra.
var ErrNotInstalled = errors.New("the ra program of Argus is not installed (it comes with the package argus-client)")

// settings is the configuration file that ra gets in place of the user's and the system's, which could
// change what it prints. A flow of which the start was not seen has no direction: ra then takes the side
// of a known port for the server (its own recommendation, and what Debian ships).
const settings = "RA_PORT_DIRECTION=\"services,wellknown\"\n"

// settingsFile is where ra finds the settings: its first inherited file.
const settingsFile = "/dev/fd/3"

// Read lets ra read a stream of Argus records and passes the flows that match the filter (in the
// language of ra(1), "" for all) to the sink.
//
// Records that are not flows are counted with Sink.Skip; a line that can't be used, and the place where
// the stream is cut or damaged, are reported with Sink.Bad. An error of the program is returned with
// what it wrote to its standard error; what it writes there without failing becomes a Sink.Note. If
// reading r fails, the records before are passed on and the error is returned.
//
// An error of the sink or the end of the context ends the program. After an error r may still be in use
// for as long as a call of its Read takes; it must not be read any more.
func Read(ctx context.Context, r io.Reader, filter string, sink flow.Sink) error {
	if strings.ContainsRune(filter, 0) {
		return errors.New("the filter contains a zero byte")
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return fmt.Errorf("reading Argus records: %w", ErrNotInstalled)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	p, err := start(ctx, path, filter)
	if err != nil {
		return fmt.Errorf("starting ra: %w", err)
	}
	fed := make(chan feeding, 1)
	go func() { fed <- feed(p.stdin, r) }()
	printed := output{sink: sink}
	if err := printed.read(p.stdout); err != nil {
		cancel(err) // nobody reads the output any more
	}
	waitErr := p.cmd.Wait()
	in := collect(fed)
	if ctx.Err() != nil { // the sink's error, or why the caller ended the context
		return context.Cause(ctx)
	}
	return p.conclude(&printed, in, filter, waitErr)
}

// arguments returns ra's arguments: no configuration but ours, plain numbers, times in seconds since
// 1970, comma-separated columns, the records on standard input (a name could mean more than a file).
func arguments(filter string) []string {
	args := []string{"-X", "-F", settingsFile, "-u", "-nn", "-p", "6", "-c", ",", "-s"}
	args = append(args, fields...)
	args = append(args, "-r", "-")
	if filter = strings.TrimSpace(filter); filter != "" {
		args = append(args, "--", filter)
	}
	return args
}

// process is a running ra.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.Reader
	stderr subprocess.Messages
}

func start(ctx context.Context, path, filter string) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, path, arguments(filter)...)}
	p.cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C")
	p.cmd.WaitDelay = 5 * time.Second
	p.cmd.Stderr = &p.stderr
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if p.stdout, err = p.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	conf, confWriter, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer conf.Close()
	_, err = confWriter.WriteString(settings) // fits the pipe's buffer
	confWriter.Close()
	if err != nil {
		return nil, err
	}
	p.cmd.ExtraFiles = []*os.File{conf}
	return p, p.cmd.Start()
}

// feeding is how passing the records to ra went.
type feeding struct {
	frames
	readErr error // of the source
	refused bool  // ra did not take everything
}

// feed passes the records on to ra.
func feed(w io.WriteCloser, r io.Reader) (res feeding) {
	defer w.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		res.note(buf[:n])
		if n > 0 {
			if _, werr := w.Write(buf[:n]); werr != nil {
				res.refused = true
				return res
			}
		}
		if err != nil {
			if err != io.EOF {
				res.readErr = err
			}
			return res
		}
	}
}

// collect waits for the end of the feeding, nil if the source keeps it waiting although ra has ended.
func collect(fed <-chan feeding) *feeding {
	select {
	case res := <-fed:
		return &res
	case <-time.After(time.Second):
		return nil
	}
}

// conclude reports what is to be said after ra has ended: problems of the program, then of the data.
func (p *process) conclude(printed *output, in *feeding, filter string, waitErr error) error {
	said := p.stderr.Text()
	var exit *exec.ExitError
	nothing := errors.As(waitErr, &exit) && exit.ExitCode() == 1 && said == "" // no record printed
	switch {
	case waitErr != nil && !nothing:
		return fmt.Errorf("ra could not read the Argus records (%w): %s", waitErr, said)
	case said != "":
		printed.sink.Note("ra: " + said)
	}
	if in == nil {
		return errors.New("ra ended before the data did")
	}
	management := printed.management
	if in.known {
		management = in.management
	}
	if management > 0 {
		printed.sink.Skip(string(Management), management)
	}
	switch {
	case in.readErr != nil:
		return in.readErr
	case nothing && !in.known:
		return fmt.Errorf("ra found no record: these are not Argus data (they start with % x)", in.header)
	case nothing && filter != "" && !in.broken:
		printed.sink.Note("no record matches the filter")
	}
	if where, err := in.problem(); err != nil {
		printed.sink.Bad(where, err)
	} else if in.refused {
		printed.sink.Bad(fmt.Sprintf("byte %d", in.read), errors.New("ra stopped reading near here"))
	} else if in.known && filter == "" && printed.records < in.flows {
		printed.sink.Bad("end", fmt.Errorf("ra printed %d of %d flow records", printed.records, in.flows))
	}
	return nil
}

// output reads the lines that ra prints.
type output struct {
	sink       flow.Sink
	records    uint64 // lines other than titles and management records
	management uint64
}

// maxLine is far more than any line needs.
const maxLine = 16 << 10

// read parses the output until its end or until the sink has enough.
func (o *output) read(r io.Reader) error {
	br := bufio.NewReaderSize(r, maxLine)
	var e flow.Event
	var notIP uint64
	defer func() {
		if notIP > 0 {
			o.sink.Skip(string(NotIP), notIP)
		}
	}()
	for n := 1; ; n++ {
		line, err := subprocess.ReadLine(br)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the output of ra: %w", err)
		}
		if len(line) == 0 {
			continue
		}
		o.records++
		switch err := ParseLine(string(line), &e); err {
		case nil:
			if err := o.sink.Event(&e); err != nil {
				return err
			}
		case Titles:
			o.records--
		case Management:
			o.records--
			o.management++
		case NotIP:
			notIP++
		default:
			o.sink.Bad(fmt.Sprintf("line %d of the output of ra", n), err)
		}
	}
}
