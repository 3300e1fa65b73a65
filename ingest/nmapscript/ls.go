package nmapscript

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"ivre/ingest/host"
)

// changeListing makes numbers of the sizes in the structure of a directory listing. A directory has no size.
func changeListing(_ *job, v host.Value) host.Value {
	o, _ := v.(*host.Object)
	t, _ := o.Get("total")
	if total, ok := t.(*host.Object); ok {
		for i := range total.Members {
			switch m := &total.Members[i]; m.Key {
			case "files", "bytes":
				if s, ok := m.Value.(string); ok {
					m.Value = intOr(s)
				}
			}
		}
	}
	volumes, _ := o.Get("volumes")
	list, _ := volumes.(host.List)
	for _, item := range list {
		volume, _ := item.(*host.Object)
		files, _ := volume.Get("files")
		entries, _ := files.(host.List)
		for _, entry := range entries {
			if file, ok := entry.(*host.Object); ok {
				changeFile(file)
			}
		}
	}
	return v
}

func changeFile(file *host.Object) {
	switch size := file.Text("size"); size {
	case "":
	case "<DIR>":
		file.Delete("size")
	default:
		file.Set("size", intOr(size))
	}
}

// maxFiles is the number of files whose names are taken out of a text.
const maxFiles = 50000

// listing is a directory listing that is made from text.
type listing struct {
	volumes host.List
	name    string // of the open volume
	isOpen  bool
	files   host.List
	notes   host.List // on the open volume
	info    host.List // on all

	count, bytes int64
	left         int // files that were left out
}

// createListing reads the text of the scripts that list files.
func createListing(j *job, output string) host.Value {
	l := &listing{}
	switch j.s.ID {
	case "smb-ls":
		l.readSMB(output)
	case "nfs-ls":
		l.readNFS(output)
	case "afp-ls":
		l.readAFP(output)
	case "ftp-anon":
		l.readFTP(output)
	default:
		j.warn("only the text is kept: its form is not known")
		return nil
	}
	l.closeVolume()
	if l.left > 0 {
		j.warn("of the files, the last %d are only in the text", l.left)
	}
	if l.volumes == nil {
		return nil
	}
	out := host.NewObject("total", host.NewObject("files", l.count, "bytes", l.bytes), "volumes", l.volumes)
	if l.info != nil {
		out.Set("info", l.info)
	}
	return out
}

func (l *listing) openVolume(name string) {
	l.closeVolume()
	l.name, l.isOpen = name, true
}

func (l *listing) closeVolume() {
	if !l.isOpen {
		return
	}
	volume := host.NewObject("volume", l.name, "files", l.files)
	if l.files == nil {
		volume.Set("files", host.List{})
	}
	if l.notes != nil {
		volume.Set("info", l.notes)
	}
	l.volumes = append(l.volumes, volume)
	l.isOpen, l.files, l.notes = false, nil, nil
}

// add adds a file to the open volume: the values of columns.
func (l *listing) add(columns, values []string) {
	if l.count == maxFiles {
		l.left++
		return
	}
	l.count++
	file := &host.Object{Members: make([]host.Member, len(values))}
	for i, s := range values {
		m := &file.Members[i]
		m.Key, m.Value = columns[i], s
		if columns[i] != "size" {
			continue
		}
		if n, ok := parseDigits(s); ok {
			m.Value = n
			l.bytes += min(n, math.MaxInt64-l.bytes)
		}
	}
	l.files = append(l.files, file)
}

// fields splits a line at blanks into n texts; the last is the rest of the line.
func fields(line string, n int) ([]string, bool) {
	out := make([]string, 0, n)
	line = strings.Trim(line, " \r")
	for len(out) < n-1 {
		s, rest, ok := strings.Cut(line, " ")
		if !ok {
			return nil, false
		}
		out, line = append(out, s), strings.TrimLeft(rest, " ")
	}
	return append(out, line), line != ""
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError {
		return s
	}
	return string(unicode.ToLower(r)) + s[n:]
}

// made tells whether a text is not empty and made of these characters.
func made(s, of string) bool { return s != "" && strings.Trim(s, of) == "" }
