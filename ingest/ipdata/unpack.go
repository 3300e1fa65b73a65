package ipdata

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/oschwald/maxminddb-golang/v2"

	"ivre/ingest/ipdata/netrange"
)

// maxUnpacked bounds each file that comes out of an archive, in bytes. The largest real one has 500 MB.
const maxUnpacked = 4 << 30

// Unpack puts the contents of a local file into dir, which is created if needed, and returns what it wrote:
//
//   - of *.tar.gz and *.tgz archives, their *.mmdb and *.csv files, whatever directory they are in; databases keep
//     their times;
//   - of *.zip archives, their *.csv files;
//   - of BGP.raw or data-raw-table (lines "prefix AS"), BGP.csv (see DB.Routable).
//
// Files are replaced only by complete ones, databases only by ones that can be opened.
func Unpack(dir, file string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("cannot create the directory of IP data: %w", err)
	}
	u := unpacker{dir: dir}
	var err error
	switch name := strings.ToLower(filepath.Base(file)); {
	case strings.HasSuffix(name, ".tar.gz"), strings.HasSuffix(name, ".tgz"):
		err = u.tarball(file)
	case strings.HasSuffix(name, ".zip"):
		err = u.zip(file)
	case name == "bgp.raw", name == "data-raw-table":
		err = u.bgp(file)
	default:
		return nil, fmt.Errorf("%s: do not know how to unpack this: want a .tar.gz, a .zip, or BGP.raw", file)
	}
	if err != nil {
		return u.written, fmt.Errorf("cannot unpack %s: %w: download it again", file, err)
	}
	if len(u.written) == 0 {
		return nil, fmt.Errorf("%s has no databases (*.mmdb) and no tables (*.csv): download it again", file)
	}
	return u.written, nil
}

type unpacker struct {
	dir     string
	written []string
}

func (u *unpacker) tarball(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return err
	}
	defer z.Close()
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		switch strings.ToLower(path.Ext(h.Name)) {
		case ".mmdb":
			err = u.write(h.Name, t, h.ModTime)
		case ".csv":
			err = u.write(h.Name, t, time.Time{})
		}
		if err != nil {
			return err
		}
	}
}

func (u *unpacker) zip(file string) error {
	z, err := zip.OpenReader(file)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		if !strings.EqualFold(path.Ext(f.Name), ".csv") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		err = u.write(f.Name, r, time.Time{})
		r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// write puts a member of an archive into the directory, under its last name. Its time is set if it is not zero.
func (u *unpacker) write(member string, data io.Reader, mtime time.Time) error {
	name := path.Base(strings.ReplaceAll(member, `\`, "/"))
	if strings.HasPrefix(name, ".") {
		return nil // also what is left of "..", and copies that archivers of macOS make
	}
	target := filepath.Join(u.dir, name)
	err := replaceFile(target, func(f *os.File) error {
		n, err := io.Copy(f, io.LimitReader(data, maxUnpacked+1))
		if err != nil {
			return fmt.Errorf("%s: %w", member, err)
		}
		if n > maxUnpacked {
			return fmt.Errorf("%s is larger than %d GB", member, maxUnpacked>>30)
		}
		if strings.EqualFold(path.Ext(name), ".mmdb") {
			r, err := maxminddb.Open(f.Name())
			if err != nil {
				return fmt.Errorf("%s is damaged: %w", member, err)
			}
			r.Close()
		}
		if !mtime.IsZero() {
			return os.Chtimes(f.Name(), mtime, mtime)
		}
		return nil
	})
	if err == nil {
		u.written = append(u.written, target)
	}
	return err
}

// bgp makes BGP.csv: the prefixes of a routing table, joined where they overlap, nest or touch.
func (u *unpacker) bgp(file string) error {
	ranges, err := readRoutes(file)
	if err != nil {
		return err
	}
	target := filepath.Join(u.dir, "BGP.csv")
	err = replaceFile(target, func(f *os.File) error {
		w := bufio.NewWriterSize(f, 1<<16)
		for _, r := range ranges {
			first, last := r.First.As4(), r.Last.As4()
			line := strconv.AppendUint(w.AvailableBuffer(), uint64(binary.BigEndian.Uint32(first[:])), 10)
			line = strconv.AppendUint(append(line, ','), uint64(binary.BigEndian.Uint32(last[:])), 10)
			if _, err := w.Write(append(line, '\n')); err != nil {
				return err
			}
		}
		return w.Flush()
	})
	if err == nil {
		u.written = append(u.written, target)
	}
	return err
}

// readRoutes reads lines "prefix AS". Routes to everything (0/0) are left out, and IPv6.
func readRoutes(file string) ([]netrange.Range, error) {
	var ranges []netrange.Range
	err := readLines(file, func(line []byte) (bool, error) {
		prefix, _, _ := strings.Cut(strings.ReplaceAll(string(line), "\t", " "), " ")
		r, ok := parseEntry(prefix)
		if !ok {
			return true, fmt.Errorf("%.40q is no prefix", prefix)
		}
		if r.First.Is4() && strings.Contains(prefix, "/") && !strings.HasSuffix(prefix, "/0") {
			ranges = append(ranges, r)
		}
		return true, nil
	})
	if err != nil && len(ranges) == 0 {
		return nil, err
	}
	if len(ranges) == 0 {
		return nil, errors.New("no IPv4 prefixes in it")
	}
	slices.SortFunc(ranges, func(a, b netrange.Range) int {
		return cmp.Or(a.First.Compare(b.First), b.Last.Compare(a.Last))
	})
	return netrange.Union(ranges), nil
}
