package ipdata

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"ivre/ingest/host"
	"ivre/ingest/ipdata/netrange"
)

// Dumps are CSV files without a header, "first,last,fields", the addresses being numbers, IPv4 only, in ascending
// order.

// dumpSuffix replaces .mmdb in the names of dumps.
const dumpSuffix = ".dump-IPv4.csv"

// dumpFile is the dump of GeoLite2 that has the ranges of a kind.
func dumpFile(k Kind) string {
	return "GeoLite2-" + [...]string{"ASN", "Country", "RegisteredCountry", "City", "City"}[k] + dumpSuffix
}

// Dump iterates over the rows of a dump; those of KindRegion are the same as those of KindCity. Lines that cannot be
// read are skipped; warn, if not nil, is called once for the first of them, and if the file cannot be read at all.
func Dump(path string, kind Kind, warn func(error)) iter.Seq2[netrange.Range, Entry] {
	return func(yield func(netrange.Range, Entry) bool) {
		err := readLines(path, func(line []byte) (bool, error) {
			r, rest, err := cutRange(line)
			if err != nil {
				return true, err
			}
			e, err := parseEntryFields(kind, rest)
			if err != nil {
				return true, err
			}
			return yield(r, e), nil
		})
		if err != nil && warn != nil {
			warn(err)
		}
	}
}

// Routable iterates over the ranges of BGP.csv: all addresses that a public routing table has a way to.
func (db *DB) Routable() (iter.Seq[netrange.Range], error) {
	path := filepath.Join(db.opts.Dir, "BGP.csv")
	if _, err := os.Stat(path); err != nil || db.opts.Dir == "" {
		return nil, db.noData("routable networks (BGP.csv)")
	}
	return func(yield func(netrange.Range) bool) {
		err := readLines(path, func(line []byte) (bool, error) {
			r, rest, err := cutRange(line)
			if err == nil && len(rest) > 0 {
				err = errors.New("want two numbers")
			}
			if err != nil {
				return true, err
			}
			return yield(r), nil
		})
		if err != nil {
			db.report(err)
		}
	}, nil
}

// readLines calls f for each line until it returns false. The first line that f has an error for is in the error
// that is returned.
func readLines(path string, f func(line []byte) (bool, error)) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot read IP data: %w", err)
	}
	defer file.Close()
	var bad badEntries
	lines := bufio.NewScanner(bufio.NewReaderSize(file, 1<<16))
	n := 1
	for more := true; more && lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		if more, err = f(line); err != nil {
			bad.note("line %d: %v", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: line %d: %w: make the file again", path, n, err)
	}
	if err := bad.err(); err != nil {
		return fmt.Errorf("%s: %w: make the file again", path, err)
	}
	return nil
}

var errRow = errors.New("want two numbers of addresses, the first not greater than the second")

// cutRange reads the first two fields.
func cutRange(line []byte) (netrange.Range, []byte, error) {
	first, rest, ok1 := bytes.Cut(line, []byte{','})
	last, rest, _ := bytes.Cut(rest, []byte{','})
	a, ok2 := parseNumber(first)
	b, ok3 := parseNumber(last)
	if !ok1 || !ok2 || !ok3 || b < a {
		return netrange.Range{}, nil, errRow
	}
	return netrange.Range{First: addr4(a), Last: addr4(b)}, rest, nil
}

func addr4(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}

// parseNumber reads a decimal number of 32 bits.
func parseNumber(s []byte) (uint32, bool) {
	if len(s) == 0 || len(s) > 10 {
		return 0, false
	}
	var n uint64
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return uint32(n), n < 1<<32
}

// parseEntryFields reads the fields after the range.
func parseEntryFields(kind Kind, rest []byte) (e Entry, err error) {
	switch kind {
	case KindAS:
		n, ok := parseNumber(rest)
		if !ok {
			return e, fmt.Errorf("%.40q is no AS number", rest)
		}
		return Entry{ASNum: int64(n)}, nil
	case KindCountry, KindRegisteredCountry:
		e.Country = string(rest)
	default:
		fields := bytes.Split(rest, []byte{','})
		if len(fields) != 4 {
			return e, fmt.Errorf("want 6 fields, got %d", len(fields)+2)
		}
		e.Country = string(fields[0])
		if r := string(fields[1]); r != "None" {
			e.Region = r
		}
		city, err := base64.StdEncoding.AppendDecode(nil, fields[2])
		if err != nil || !utf8.Valid(city) {
			return e, fmt.Errorf("%.40q is no city name in base64", fields[2])
		}
		e.City = string(city)
		if string(fields[3]) != "None" {
			n, ok := parseNumber(fields[3])
			if !ok {
				return e, fmt.Errorf("%.40q is no number of a city", fields[3])
			}
			e.CityID = host.Some(int64(n))
		}
	}
	if !plain(e.Country) {
		return e, fmt.Errorf("%.40q is no country code", e.Country)
	}
	return e, nil
}

// appendRow writes a line of a dump.
func appendRow(dst []byte, kind Kind, r netrange.Range, e *Entry) []byte {
	first, last := r.First.As4(), r.Last.As4()
	dst = strconv.AppendUint(dst, uint64(binary.BigEndian.Uint32(first[:])), 10)
	dst = strconv.AppendUint(append(dst, ','), uint64(binary.BigEndian.Uint32(last[:])), 10)
	dst = append(dst, ',')
	switch kind {
	case KindAS:
		dst = strconv.AppendInt(dst, e.ASNum, 10)
	case KindCountry, KindRegisteredCountry:
		dst = append(dst, e.Country...)
	default:
		region := e.Region
		if region == "" {
			region = "None"
		}
		dst = append(append(append(append(dst, e.Country...), ','), region...), ',')
		dst = append(base64.StdEncoding.AppendEncode(dst, []byte(e.City)), ',')
		if e.CityID.Set {
			dst = strconv.AppendInt(dst, e.CityID.N, 10)
		} else {
			dst = append(dst, "None"...)
		}
	}
	return append(dst, '\n')
}

// WriteDumps writes the dumps of the databases that look-ups use next to them, except for dumps that are newer than
// their database. It returns the files that it wrote. What fails does not keep the rest from being written.
func (db *DB) WriteDumps() ([]string, error) {
	var written []string
	var errs []error
	s := db.current()
	for _, k := range []Kind{KindAS, KindCountry, KindRegisteredCountry, KindCity} {
		src := s.roles[[...]role{roleAS, roleCountry, roleCountry, roleCity, roleCity}[k]]
		if src == nil {
			continue
		}
		path := dumpPath(src.path, k)
		if info, err := os.Stat(path); err == nil && info.ModTime().After(src.stamp.mtime) {
			continue
		}
		if err := src.writeDump(path, k); err != nil {
			errs = append(errs, fmt.Errorf("cannot write a dump: %w: check the directory's permissions and free space", err))
			continue
		}
		written = append(written, path)
	}
	return written, errors.Join(errs...)
}

// dumpPath is the dump's name for a database.
func dumpPath(mmdb string, k Kind) string {
	base := strings.TrimSuffix(mmdb, filepath.Ext(mmdb))
	if k != KindRegisteredCountry {
		return base + dumpSuffix
	}
	dir, name := filepath.Split(base)
	if !strings.Contains(name, "Country") {
		return base + "-RegisteredCountry" + dumpSuffix
	}
	return dir + strings.ReplaceAll(name, "Country", "RegisteredCountry") + dumpSuffix
}

func (s *source) writeDump(path string, kind Kind) error {
	return replaceFile(path, func(f *os.File) error {
		w := bufio.NewWriterSize(f, 1<<16)
		var line []byte
		for r, e := range s.ranges(kind, func(*Entry) bool { return true }) {
			if r.First.Is6() {
				break
			}
			line = appendRow(line[:0], kind, r, &e)
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
		if s.broken.Load() || s.told.Load() {
			return fmt.Errorf("%s is damaged", s.path) // better the old dump than half of one
		}
		return w.Flush()
	})
}

// replaceFile writes a file under another name and puts it in its place when it is complete.
func replaceFile(path string, write func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".ipdata-*.tmp")
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
