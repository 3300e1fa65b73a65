package nfdumptext

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"ivre/ingest/flow"
	"ivre/ingest/subprocess"
)

// program is the command that is looked up in the PATH.
const program = "nfdump"

// ErrNotInstalled is wrapped by the error that Read returns where there is no nfdump.
var ErrNotInstalled = errors.New("the nfdump program is not installed (it comes with the package nfdump)")

// Read lets nfdump read a file and passes the flows that match the filter (in nfdump's language, ""
// for all) to the sink. The port table (nil for an empty one) decides which side is the server.
//
// A line that looks like a flow but can't be used is reported with Sink.Bad, other lines are counted
// with Sink.Skip. If the program fails, or finds no flows and complains, its complaint is in the error
// that is returned; a complaint next to flows becomes a Sink.Note. An error of the sink or the end of
// the context ends the program.
//
// Unlike package nfcapd, nfdump prints event records (NSEL, NAT logging) like flows.
func Read(ctx context.Context, file, filter string, table *flow.PortTable, sink flow.Sink) error {
	args, err := arguments(file, filter)
	if err != nil {
		return err
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return fmt.Errorf("reading %s: %w", file, ErrNotInstalled)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C")
	cmd.WaitDelay = 5 * time.Second
	var stderr subprocess.Messages
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("starting nfdump: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting nfdump: %w", err)
	}
	flows, err := readLines(stdout, table, sink)
	if err != nil {
		cancel(err) // nobody reads its output any more
	}
	err = cmd.Wait()
	said := stderr.Text()
	switch {
	case ctx.Err() != nil: // the sink's error, or why the caller ended the context
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("nfdump could not read %s (%w): %s", file, err, said)
	case said != "" && flows == 0: // its exit status is 0 also if it can't read the file
		return fmt.Errorf("nfdump found no flows in %s: %s", file, said)
	case said != "":
		sink.Note("nfdump: " + said)
	}
	return nil
}

// arguments returns nfdump's arguments: quiet, plain numbers, whole IPv6 addresses, and no
// aggregation, so that every record keeps its own times and number of flows.
func arguments(file, filter string) ([]string, error) {
	abs, err := filepath.Abs(file) // a name that starts with "-" or looks like a list becomes plain
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	args := []string{"-q", "-N", "-6", "-o", format, "-r", abs}
	filter = strings.TrimSpace(filter)
	switch {
	case filter == "":
		return args, nil
	case strings.HasPrefix(filter, "-"):
		return nil, fmt.Errorf("the filter %q starts with a hyphen: it would be an option of nfdump, not a filter", filter)
	case strings.ContainsRune(filter, 0):
		return nil, errors.New("the filter contains a zero byte")
	}
	return append(args, "--", filter), nil
}

// maxLine is far more than any flow line needs.
const maxLine = 64 << 10

// readLines parses the program's output until its end or until the sink has enough. It returns the
// number of flow lines, good or bad.
func readLines(r io.Reader, table *flow.PortTable, sink flow.Sink) (flows int, err error) {
	br := bufio.NewReaderSize(r, maxLine)
	var e flow.Event
	others := uint64(0)
	defer func() {
		if others > 0 {
			sink.Skip("line of nfdump that is not a flow", others)
		}
	}()
	for n := 1; ; n++ {
		line, err := subprocess.ReadLine(br)
		if err == io.EOF {
			return flows, nil
		}
		if err != nil {
			return flows, fmt.Errorf("reading nfdump's output: %w", err)
		}
		switch err := ParseLine(string(line), table, &e); err {
		case nil:
			flows++
			if err := sink.Event(&e); err != nil {
				return flows, err
			}
		case ErrNotFlow:
			if !isSilent(line) {
				others++
			}
		default:
			flows++
			sink.Bad(fmt.Sprintf("line %d of nfdump's output", n), err)
		}
	}
}

// isSilent tells whether a line that is no flow means nothing.
func isSilent(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 || string(line) == "No matching flows"
}
