package addrrange

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxLine is the longest line of a file, in bytes.
const maxLine = 64 << 10

// errLongLine is the error of a line that was left out.
var errLongLine = fmt.Errorf("the line is longer than %d bytes", maxLine)

// lines calls f with each line of r, which has no line break and is valid until f returns. A line that is too
// long is empty, and err is errLongLine. It returns an error of f, of r or of the context.
func lines(ctx context.Context, r io.Reader, f func(n int, line []byte, err error) error) error {
	br := bufio.NewReaderSize(r, maxLine)
	for n := 1; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		line, more, err := br.ReadLine()
		long := more
		for more && err == nil {
			_, more, err = br.ReadLine()
		}
		switch {
		case err == io.EOF && !long:
			return nil
		case err != nil && err != io.EOF:
			return fmt.Errorf("line %d: %w", n, err)
		case long:
			err = f(n, nil, errLongLine)
		default:
			err = f(n, line, nil)
		}
		if err != nil {
			return err
		}
	}
}

// ReadFile reads a file with an address, a network or a range FIRST-LAST on each line. Comments start with #,
// lines without anything else are ignored. The ranges are united. The first bad line ends the reading; its
// error has the name of the file and the number of the line.
func ReadFile(ctx context.Context, name string, r io.Reader) (Set, error) {
	var b Builder
	err := lines(ctx, r, func(n int, line []byte, err error) error {
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
		line, _, _ = bytes.Cut(line, []byte("#"))
		text := strings.Trim(string(line), blanks)
		if text == "" {
			return nil
		}
		rg, err := Parse(text)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, lineError(text, err))
		}
		b.Add(rg)
		return nil
	})
	if err != nil {
		return Set{}, err
	}
	return b.Set(), nil
}

// lineError is the error of a line: that of a reversed range speaks for itself.
func lineError(text string, err error) error {
	if errors.Is(err, ErrEmpty) {
		return err
	}
	why := reason(err)
	if bad, ok := errors.AsType[*rangeText](err); ok {
		why = reason(bad.err)
	} else if bad, ok := errors.AsType[*networkError](err); ok {
		why = reason(bad.err)
	}
	return fmt.Errorf("cannot parse %s (%s)", quote(text), why)
}

// ReadRoutes reads the table of the routed prefixes of BGP, as APNIC publishes it: a network, white space and the
// number of the origin on each line. The result is the set of what is routable. Bad lines are left out; bad is
// called with their numbers and errors, unless it is nil.
func ReadRoutes(ctx context.Context, r io.Reader, bad func(line int, err error)) (Set, error) {
	return readLines(ctx, r, bad, func(line string) (Range, error) {
		prefix, _, _ := strings.Cut(line, " ")
		prefix, _, _ = strings.Cut(prefix, "\t")
		return ParseNetwork(prefix)
	})
}

// ReadIntervals reads lines FIRST,LAST with decimal integers or addresses, as WriteIntervals writes them; more
// columns are ignored. Bad lines are left out; bad is called with their numbers and errors, unless it is nil.
func ReadIntervals(ctx context.Context, r io.Reader, bad func(line int, err error)) (Set, error) {
	return readLines(ctx, r, bad, func(line string) (Range, error) {
		first, rest, found := strings.Cut(line, ",")
		if !found {
			return Range{}, fmt.Errorf("no comma in %s", quote(line))
		}
		last, _, _ := strings.Cut(rest, ",")
		return parseRange(strings.Trim(first, blanks), strings.Trim(last, blanks), ParseAddrOrInt)
	})
}

func readLines(ctx context.Context, r io.Reader, bad func(int, error), parse func(string) (Range, error)) (Set, error) {
	var b Builder
	err := lines(ctx, r, func(n int, line []byte, err error) error {
		var rg Range
		if err == nil {
			text := strings.Trim(string(line), blanks)
			if text == "" {
				return nil
			}
			rg, err = parse(text)
		}
		if err == nil {
			b.Add(rg)
		} else if bad != nil {
			bad(n, err)
		}
		return nil
	})
	return b.Set(), err
}

// WriteIntervals writes the ranges of a set, one line FIRST,LAST for each: IPv4 as decimal integers, IPv6 as
// addresses, because small integers are IPv4.
func WriteIntervals(w io.Writer, s Set) error {
	bw := bufio.NewWriter(w)
	for _, r := range s.ranges {
		line := bw.AvailableBuffer()
		if r.First.Is4() {
			line = strconv.AppendUint(line, toNumber(r.First).lo, 10)
			line = strconv.AppendUint(append(line, ','), toNumber(r.Last).lo, 10)
		} else {
			line = append(r.First.AppendTo(line), ',')
			line = r.Last.AppendTo(line)
		}
		if _, err := bw.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return bw.Flush()
}
