package ipdata

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ivre/ingest/ipdata/netrange"
)

// tagFile is a file that tags are made from.
type tagFile struct {
	name      string
	load      func(b *tagBuilder, data io.Reader) error
	optional  bool
	insteadOf string // used only if that file is missing
}

func scannerFile(name, label string) tagFile {
	return tagFile{name: name, load: listLoader(tagLabel{"Scanner", "warning", "Listed as a " + label + " scanner"})}
}

const torInfo = "Exit node listed at <https://check.torproject.org/torbulkexitlist>"

var tagFiles = [...]tagFile{
	{name: "tor_exit_nodes.txt", load: listLoader(tagLabel{"TOR", "info", torInfo})},
	{name: "cdn_nuclei.json", load: loadCDN},
	{name: "govcloud.json", load: loadGovCloud},
	{name: "govcloud_aws.json", load: loadGovCloud, optional: true, insteadOf: "govcloud.json"},
	{name: "govcloud_azure.json", load: loadGovCloud, optional: true, insteadOf: "govcloud.json"},
	scannerFile("ssigouvfr_scanners.txt", "ANSSI"),
	scannerFile("ukncsc_scanners.txt", "UK-NCSC"),
	scannerFile("censys_scanners.txt", "Censys"),
	scannerFile("rapid7_scanners.txt", "Rapid7"),
}

// MaxTagFile is the size of the largest file of tags that is read, in bytes. Real ones are below 5 MB.
const MaxTagFile = 64 << 20

// loadTags makes a new table if any list has changed, and tells whether it did.
func (db *DB) loadTags(old, next *snapshot) bool {
	if db.opts.DataDir == "" {
		next.tags = reservedTags()
		return old.tags == nil
	}
	stamps := make([]stamp, len(tagFiles))
	for i, f := range &tagFiles {
		if info, err := os.Stat(filepath.Join(db.opts.DataDir, f.name)); err == nil {
			stamps[i] = stampOf(info)
		}
	}
	next.tagStamps = stamps
	if old.tags != nil && slices.Equal(stamps, old.tagStamps) {
		next.tags = old.tags
		return false
	}
	var b tagBuilder
	addSpecials(&b)
	missing := map[string]bool{}
	for i, f := range &tagFiles {
		if f.insteadOf != "" && !missing[f.insteadOf] {
			continue
		}
		// A problem is told once per version of its file: not again because another file has changed.
		fresh := old.tags == nil || old.tagStamps[i] != stamps[i]
		err := loadTagFile(&b, f, filepath.Join(db.opts.DataDir, f.name))
		missing[f.name] = errors.Is(err, fs.ErrNotExist)
		if err != nil && fresh && !(missing[f.name] && f.optional) {
			db.report(err)
		}
	}
	var err error
	if next.tags, err = b.build(); err != nil {
		db.report(fmt.Errorf("%s: %w", db.opts.DataDir, err))
	}
	return true
}

func loadTagFile(b *tagBuilder, f tagFile, path string) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("Cannot find file [%s]. Try running getwebdata (%w)", path, fs.ErrNotExist)
	}
	if err != nil {
		return fmt.Errorf("cannot read a list of addresses: %w: check the file's permissions", err)
	}
	defer file.Close()
	b.nextFile()
	limited := &io.LimitedReader{R: file, N: MaxTagFile}
	err = f.load(b, bufio.NewReaderSize(limited, 1<<16))
	if limited.N <= 0 {
		return fmt.Errorf("%s is larger than %d MB: it is no list of addresses; run getwebdata again", path, MaxTagFile>>20)
	}
	if err != nil {
		return fmt.Errorf("%s: %w: run getwebdata again", path, err)
	}
	return nil
}

// badEntries collects what could not be read of a file, as one error.
type badEntries struct {
	first string
	count int
}

func (e *badEntries) note(format string, args ...any) {
	if e.count == 0 {
		e.first = fmt.Sprintf(format, args...)
	}
	e.count++
}

func (e *badEntries) err() error {
	switch e.count {
	case 0:
		return nil
	case 1:
		return errors.New(e.first)
	}
	return fmt.Errorf("%s (and %d more like it)", e.first, e.count-1)
}

// listLoader reads a file with an address or a network on each line, which get a label.
func listLoader(label tagLabel) func(*tagBuilder, io.Reader) error {
	return func(b *tagBuilder, data io.Reader) error {
		var bad badEntries
		lines := bufio.NewScanner(data)
		for n := 1; lines.Scan(); n++ {
			line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
			if line == "" || line[0] == '#' {
				continue
			}
			r, ok := parseEntry(line)
			if !ok {
				bad.note("line %d: %.60q is neither an address nor a network", n, line)
				continue
			}
			if err := b.add(r, label); err != nil {
				return err
			}
		}
		if err := lines.Err(); err != nil {
			return err
		}
		return bad.err()
	}
}

// parseEntry reads an address or a network in its usual form.
func parseEntry(s string) (netrange.Range, bool) {
	if strings.Count(s, ".") != 3 && !strings.Contains(s, ":") {
		return netrange.Range{}, false // "80" and "10/8" are legal elsewhere, and nonsense here
	}
	r, err := netrange.ParseNetwork(s)
	return r, err == nil
}
